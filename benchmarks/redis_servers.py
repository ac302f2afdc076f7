"""The example's Redis by the I/O of others: the same parser and the same commands, so that nothing else differs.

``python -m benchmarks.redis_servers (multiplexed|thread_pool|asyncio|uvloop|stdlib)`` serves until SIGTERM. All read as
much at once, write the replies of a batch together, and have Nagle's algorithm off (asyncio's default).
"""

import argparse
import asyncio
import signal
import socketserver
import threading

from examples.redis_server import CHUNK, answer, redis

from benchmarks.peers.command_line import BACKLOG, announce
from benchmarks.peers.loops import run
from benchmarks.serving import serve_until_sigterm
from typedserver import TCP, Multiplexed, Server, ThreadPool

SERVERS = ("multiplexed", "thread_pool", "asyncio", "uvloop", "stdlib")


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve a connection by asyncio's streams."""
    received: bytes | None = b""
    try:
        while received is not None:
            replies, received = answer(received)
            if replies:
                writer.write(replies)
                await writer.drain()
            elif received is not None:
                received = received + data if (data := await reader.read(CHUNK)) else None
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        writer.close()


class Redis(socketserver.StreamRequestHandler):
    """Serves a connection by the standard library's files."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Serve it."""
        received: bytes | None = b""
        while received is not None:
            replies, received = answer(received)
            if replies:
                self.wfile.write(replies)
            elif received is not None:
                received = received + data if (data := self.rfile.read1(CHUNK)) else None


class Threading(socketserver.ThreadingTCPServer):
    """With a queue as long as ours, so that none of its clients waits for a lost SYN."""

    request_queue_size = BACKLOG
    daemon_threads = True


async def _serve_asyncio() -> None:
    server = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=BACKLOG)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    announce(server.sockets[0].getsockname())
    await stop.wait()
    server.close()


def _serve_stdlib() -> None:
    with Threading(("127.0.0.1", 0), Redis) as server:
        # shutdown waits for the loop that this very thread runs.
        signal.signal(signal.SIGTERM, lambda _number, _frame: threading.Thread(target=server.shutdown).start())
        announce(server.server_address)
        server.serve_forever()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="The example's Redis, by one I/O or another.")
    parser.add_argument("server", choices=SERVERS)
    match parser.parse_args().server:
        case "multiplexed":
            serve_until_sigterm(Server(TCP(port=0), redis, Multiplexed()))
        case "thread_pool":
            serve_until_sigterm(Server(TCP(port=0), redis, ThreadPool()))
        case "stdlib":
            _serve_stdlib()
        case loop:
            run(loop, _serve_asyncio())


if __name__ == "__main__":
    main()
