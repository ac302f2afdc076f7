"""Redis for tests: Debian's redis-server in a temporary folder, on a Unix socket alone, that stores nothing."""

import shutil
import signal
import socket
from typing import Self

from tests.foreign_servers import ForeignServer


class RedisServer:
    """A Redis that runs until ``close``; raises ForeignServerError if it does not start."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise RuntimeError("redis-server is not installed: run sh tests/install_clients.sh as root")
        self._program = program
        self.server = ForeignServer("redis")
        self._socket = self.server.folder / "socket"
        try:
            self.start()
        except BaseException:
            self.server.close()
            raise

    @property
    def url(self) -> str:
        """What ``redis.Redis.from_url`` takes."""
        return f"unix://{self._socket}?db=0"

    def start(self) -> None:
        """Start it again after ``stop``; it is empty then."""
        options = ["--port", "0", "--unixsocket", str(self._socket), "--save", "", "--appendonly", "no"]
        self.server.start([self._program, *options], self._is_ready)

    def _is_ready(self) -> bool:
        try:
            return self.ask("PING") == "+PONG"
        except OSError:
            return False

    def ask(self, command: str) -> str:
        """Return the first line of its reply, as it comes."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self._socket))
            client.sendall(command.encode() + b"\r\n")
            with client.makefile("r", newline="\r\n") as replies:
                return replies.readline().rstrip()

    def stop(self) -> None:
        """Stop it, all connections with it."""
        self.server.stop(signal.SIGTERM)

    def close(self) -> None:
        """Stop it for good."""
        self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
