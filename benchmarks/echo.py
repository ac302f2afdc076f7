"""Our side of every comparison: an echo until end of file, by the public API and default settings alone.

``python benchmarks/echo.py STRATEGY (--port N | --path P) [--udp] [--framing NAME] [--messages] [--processes N]
[--workers N]``; SIGTERM ends it.

It must know nothing of how it is measured: what is fast here is fast in any program that is composed like this.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import Any

from typedserver import (
    TCP,
    UDP,
    Asyncio,
    Chunks,
    ConcurrencyStrategy,
    DatagramRequest,
    Endpoint,
    Forks,
    Framed,
    Framing,
    IncompleteRead,
    Inline,
    LengthPrefixed,
    Lines,
    Multiplexed,
    Prefork,
    Server,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    UnixDatagram,
    UnixStream,
    datagram_handler,
    stream_handler,
)

RECEIVED_AT_ONCE = 65536
STRATEGIES = ("inline", "threads", "thread_pool", "forks", "multiplexed", "asyncio", "uvloop")
COROUTINES = ("multiplexed", "asyncio", "uvloop")
FRAMINGS = ("lines", "prefixed")


def echo(request: StreamRequest, _client_address: object, _server: object) -> None:
    """Answer a connection in place."""
    while data := request.recv(RECEIVED_AT_ONCE):
        request.sendall(data)


@stream_handler
async def echo_stream(stream: Stream) -> None:
    """Answer a connection as a coroutine."""
    while data := await stream.read(RECEIVED_AT_ONCE):
        await stream.write(data)


@stream_handler
async def echo_lines(stream: Stream) -> None:
    """Answer a connection line by line."""
    async for line in stream:
        await stream.write(line)


@stream_handler
async def echo_prefixed(stream: Stream) -> None:
    """Answer a connection message by message, each with its length before it."""
    try:
        while True:
            length = await stream.readexactly(4)
            message = await stream.readexactly(int.from_bytes(length))
            await stream.write(length + message)
    except IncompleteRead:
        # The end.
        pass


def same(message: bytes) -> bytes:
    """Answer a message, by itself."""
    return message


@datagram_handler
def echo_datagram(data: bytes) -> bytes:
    """Answer a datagram."""
    return data


def main() -> int:
    """Run the command line; returns the exit status."""
    options = read_options()
    server = make_server(options)
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.request_stop())
    server.open()
    try:
        # Print the address only when a connection is accepted, so that a client that has read the line need not retry.
        print("listening on", _spell(server.server_address), flush=True)
        server.serve_forever()
    finally:
        server.server_close()
    return 0


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="An echo server, for measurements; SIGTERM ends it.")
    parser.add_argument("strategy", choices=STRATEGIES)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, help="on 127.0.0.1; 0: chosen by the kernel, printed on the first line")
    where.add_argument("--path", help="of a Unix socket")
    parser.add_argument("--udp", action="store_true", help="datagrams: UDP with --port, Unix datagrams with --path")
    parser.add_argument("--framing", choices=FRAMINGS, help="answer by messages; without it by what came at once")
    parser.add_argument("--messages", action="store_true", help="by a function of a message, not of a connection")
    parser.add_argument("--processes", type=int, metavar="N", help="so many of it, by Prefork")
    parser.add_argument("--workers", type=int, metavar="N", help="how many threads thread_pool has")
    options = parser.parse_args(arguments)
    if options.udp and options.strategy in COROUTINES:
        parser.error(f"{options.strategy} serves connections: leave --udp out, or choose inline, threads or forks")
    if options.workers is not None and options.strategy != "thread_pool":
        parser.error("--workers is thread_pool's: leave it out, or choose that")
    if (options.messages or options.framing) and options.udp:
        parser.error("--framing and --messages are for connections: leave --udp out")
    if options.framing and not options.messages and options.strategy not in COROUTINES:
        parser.error(
            f"the echo that blocks knows no framing: leave --framing out, or add --messages, or choose one of "
            f"{', '.join(COROUTINES)}"
        )
    return options


def make_server(options: argparse.Namespace) -> Server[Any, Any] | Prefork[Server[Any, Any]]:
    """Compose what the command line asks for."""
    server = _serve_datagrams(options) if options.udp else _serve_streams(options)
    return server if options.processes is None else Prefork(server, options.processes)


def _serve_streams(options: argparse.Namespace) -> Server[Any, Any]:
    endpoint: Endpoint[StreamRequest, Any] = (
        TCP(port=options.port) if options.path is None else UnixStream(options.path)
    )
    framings: dict[str | None, Framing[bytes, bytes]] = {None: Chunks(), "lines": Lines(), "prefixed": LengthPrefixed()}
    coroutines = {None: echo_stream, "lines": echo_lines, "prefixed": echo_prefixed}
    handler = Framed(framings[options.framing], same) if options.messages else coroutines[options.framing]
    match options.strategy:
        case "multiplexed":
            return Server(endpoint, handler, Multiplexed())
        case "asyncio":
            return Server(endpoint, handler, Asyncio())
        case "uvloop":
            import uvloop  # noqa: PLC0415 - the others run without it

            return Server(endpoint, handler, Asyncio(loop_factory=uvloop.new_event_loop))
        case _:
            return Server(endpoint, handler if options.messages else echo, _blocking(options))


def _serve_datagrams(options: argparse.Namespace) -> Server[Any, Any]:
    endpoint: Endpoint[DatagramRequest, Any] = (
        UDP(port=options.port) if options.path is None else UnixDatagram(options.path)
    )
    return Server(endpoint, echo_datagram, _blocking(options))


def _blocking(options: argparse.Namespace) -> ConcurrencyStrategy[object]:
    pool = ThreadPool() if options.workers is None else ThreadPool(workers=options.workers)
    strategies: dict[str, ConcurrencyStrategy[object]] = {
        "inline": Inline(),
        "threads": Threads(),
        "thread_pool": pool,
        "forks": Forks(),
    }
    return strategies[options.strategy]


def _spell(address: Any) -> str:
    return address if isinstance(address, str) else f"{address[0]}:{address[1]}"


if __name__ == "__main__":
    sys.exit(main())
