"""A TCP proxy on asyncio's streams, with half-close: what ``examples/proxy.py`` is compared with.

``python -m benchmarks.peers.asyncio_proxy (asyncio|uvloop) PORT HOST:PORT``
"""

import asyncio
import signal
import sys

from benchmarks.peers.loops import run

# As in the example.
CHUNK = 256 * 1024


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send all that comes, and the end as well."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def serve(port: int, host: str, target: int) -> None:
    """Serve until SIGTERM."""
    # asyncio's loop keeps none: while both directions wait, a handler might be garbage.
    handlers: set[object] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(task := asyncio.current_task())
        upstream_reader, upstream_writer = await asyncio.open_connection(host, target)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pass_on(reader, upstream_writer))
                tasks.create_task(pass_on(upstream_reader, writer))
        finally:
            handlers.discard(task)
            upstream_writer.close()
            writer.close()

    server = await asyncio.start_server(forward, "127.0.0.1", port)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    host, _, target = sys.argv[3].rpartition(":")
    run(sys.argv[1], serve(int(sys.argv[2]), host, int(target)))
