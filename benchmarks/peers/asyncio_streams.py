"""An echo on asyncio's streams, on asyncio's own loop or on uvloop's.

``python -m benchmarks.peers.asyncio_streams (asyncio|uvloop) (--port N | --path P) [--framing NAME]``
"""

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path

from benchmarks.peers.command_line import BACKLOG, PREFIX, RECEIVED_AT_ONCE, announce, read_options
from benchmarks.peers.loops import LOOPS, run


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a connection."""
    try:
        while data := await reader.read(RECEIVED_AT_ONCE):
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        writer.close()


async def echo_lines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a connection line by line."""
    with contextlib.suppress(ConnectionError):
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    writer.close()


async def echo_prefixed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a connection message by message, each with its length before it."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            length = await reader.readexactly(PREFIX)
            writer.write(length + await reader.readexactly(int.from_bytes(length, "big")))
            await writer.drain()
    writer.close()


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGTERM."""
    serve_one = {None: echo, "lines": echo_lines, "prefixed": echo_prefixed}[options.framing]
    if options.path is None:
        server = await asyncio.start_server(serve_one, "127.0.0.1", options.port, backlog=BACKLOG)
    else:
        server = await asyncio.start_unix_server(serve_one, options.path, backlog=BACKLOG)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    announce(server.sockets[0].getsockname())
    await stop.wait()
    server.close()
    if options.path is not None:
        with contextlib.suppress(FileNotFoundError):
            Path(options.path).unlink()  # noqa: ASYNC240 - one call at the end


if __name__ == "__main__":
    parsed = read_options(LOOPS, datagrams=False, framings=True)
    run(parsed.choice0, serve(parsed))
