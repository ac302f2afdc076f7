"""A server that answers each connection with a file: ``python -m benchmarks.file_server HOW FILE [--path P]``.

HOW names a strategy and a way, as in HOWS. Without a path of a Unix socket it serves a port of its own choice. SIGTERM
ends it. It must know nothing of how it is measured.
"""

import argparse
import functools
import http.server
import signal
import sys
from pathlib import Path
from typing import Any

from typedserver import (
    TCP,
    Asyncio,
    Multiplexed,
    Server,
    Stream,
    Threads,
    UnixStream,
    from_stdlib,
    stream_handler,
)

READ_AT_ONCE = 64 * 1024


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A handler of the standard library that writes no log."""

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002 - the base's name
        """Write nothing."""


class Copying(Quiet):
    """One that copies its files itself, as the standard library's does."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Copy."""
        super().copyfile(source, outputfile)


def make_server(how: str, file: Path, path: str | None) -> Server[Any, Any]:
    """Compose what the command line asks for."""

    @stream_handler
    async def send(stream: Stream) -> None:
        await stream.readuntil(b"\r\n\r\n")
        with file.open("rb") as opened:
            await stream.sendfile(opened)

    @stream_handler
    async def copy(stream: Stream) -> None:
        await stream.readuntil(b"\r\n\r\n")
        with file.open("rb") as opened:
            while data := opened.read(READ_AT_ONCE):
                await stream.write(data)

    endpoint = TCP(port=0) if path is None else UnixStream(path)
    match how.split():
        case ["threads", "http" | "http-copy" as way]:
            kind = Quiet if way == "http" else Copying
            handler = from_stdlib(functools.partial(kind, directory=str(file.parent)))
            return Server(endpoint, handler, Threads())
        case ["multiplexed", way]:
            return Server(endpoint, send if way == "sendfile" else copy, Multiplexed())
        case ["asyncio", way]:
            return Server(endpoint, send if way == "sendfile" else copy, Asyncio())
        case ["threads", way]:
            return Server(endpoint, send if way == "sendfile" else copy, Threads())
        case _:
            raise ValueError(how)


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.file_server")
    parser.add_argument("how")
    parser.add_argument("file", type=Path)
    parser.add_argument("--path")
    options = parser.parse_args()
    server = make_server(options.how, options.file, options.path)
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.request_stop())
    server.open()
    try:
        address = server.server_address
        print("listening on", address if isinstance(address, str) else address[1], flush=True)
        server.serve_forever()
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
