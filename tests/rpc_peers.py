"""Servers of RPC made by hand, which answer as a test wants: late, twice, in pieces, or by nonsense."""

import socket
import struct
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.running import PATIENCE

PROGRAM = 0x20000001

_HEAD = struct.Struct(">IIIIII")


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it has come."""

    xid: int
    program: int
    version: int
    procedure: int
    credentials: tuple[int, bytes]
    argument: bytes

    @property
    def number(self) -> int:
        """The argument as an int."""
        (number,) = struct.unpack(">i", self.argument)
        return int(number)


def asked(message: bytes) -> Asked:
    """Take a call apart, by the book and by other means than the client."""
    xid, kind, version_of_rpc, program, version, procedure = _HEAD.unpack_from(message)
    assert (kind, version_of_rpc) == (0, 2)
    at = _HEAD.size
    flavor, length = struct.unpack_from(">II", message, at)
    body = message[at + 8 : at + 8 + length]
    at += 8 + length + -length % 4
    assert message[at : at + 8] == bytes(8), "the verifier of a call is none"
    return Asked(xid, program, version, procedure, (flavor, body), message[at + 8 :])


def accepted(xid: int, status: int, rest: bytes = b"") -> bytes:
    """Return an accepted reply."""
    return struct.pack(">IIIIII", xid, 1, 0, 0, 0, status) + rest


def succeeded(xid: int, number: int) -> bytes:
    """Return the reply whose result is an int."""
    return accepted(xid, 0, struct.pack(">i", number))


def denied(xid: int, *numbers: int) -> bytes:
    """Return a rejected reply."""
    return struct.pack(f">III{len(numbers)}I", xid, 1, 1, *numbers)


def record(message: bytes, *, last: bool = True) -> bytes:
    """Return a message as one fragment."""
    return struct.pack(">I", (0x80000000 if last else 0) | len(message)) + message


class Connection:
    """One connection with a client, in a thread of the server's."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        connected.settimeout(PATIENCE)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = connected.makefile("rb")

    def calls(self) -> Iterator[Asked]:
        """Return the calls that come, until the client has gone."""
        while call := self.call():
            yield call

    def call(self) -> Asked | None:
        """Return the next call; None if the client has gone."""
        mark = self._stream.read(4)
        if len(mark) < 4:
            return None
        (size,) = struct.unpack(">I", mark)
        assert size & 0x80000000, "a client sends each call as one fragment"
        return asked(self._stream.read(size & 0x7FFFFFFF))

    def answer(self, message: bytes) -> None:
        """Send a reply."""
        self.socket.sendall(record(message))

    def end(self) -> None:
        """End the connection both ways."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self._stream.close()
        self.socket.close()


@contextmanager
def stream_server(
    *scripts: Callable[[Connection], object], listener: socket.socket | None = None
) -> Generator[int, None, None]:
    """Serve a connection by each script, one after the other, the last one for all that follow; gives the port."""
    listening = socket.create_server(("127.0.0.1", 0)) if listener is None else listener
    connections: list[Connection] = []
    threads: list[threading.Thread] = []
    failures: list[BaseException] = []

    def serve(connection: Connection, script: Callable[[Connection], object]) -> None:
        try:
            script(connection)
        except (OSError, ValueError):
            # The client has gone, or the test is over.
            pass
        except BaseException as error:
            failures.append(error)
        finally:
            connection.end()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection = Connection(listening.accept()[0])
                connections.append(connection)
                script = scripts[min(len(connections), len(scripts)) - 1]
                threads.append(threading.Thread(target=serve, args=(connection, script)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join(PATIENCE)
        for connection in connections:
            connection.end()
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
    if failures:
        raise failures[0]


def doubling(connection: Connection) -> None:
    """Answer each call by twice its number."""
    for call in connection.calls():
        connection.answer(succeeded(call.xid, call.number * 2))


@contextmanager
def datagram_server(
    script: Callable[[socket.socket, Asked, tuple[str, int]], object], host: str = "127.0.0.1"
) -> Generator[int, None, None]:
    """Call a script for each datagram that comes; gives the port."""
    failures: list[BaseException] = []
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((host, 0))

        def serve() -> None:
            try:
                while message := server.recvfrom(65536):
                    if not message[0]:
                        return
                    script(server, asked(message[0]), message[1])
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with socket.socket(server.family, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", server.getsockname())
            thread.join(PATIENCE)
            assert not thread.is_alive()
    if failures:
        raise failures[0]
