"""Runs a server in a thread for a test, and speaks to it as a plain client would."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, Self, TypeVar

from typedserver.protocols import AnyServer

# Longer than anything here takes on a loaded machine; a test that needs it has failed.
PATIENCE = 20.0


class Openable(AnyServer, Protocol):
    def open(self) -> Self: ...


AnyServerT = TypeVar("AnyServerT", bound=AnyServer)
OpenableT = TypeVar("OpenableT", bound=Openable)


class Run(Generic[AnyServerT]):
    """A server that serves in a thread; ``result`` is what serve_forever raised."""

    def __init__(self, server: AnyServerT) -> None:
        self.server = server
        self.result: BaseException | None = None
        self.thread = threading.Thread(target=self._serve, name="serving")
        self.thread.start()

    def _serve(self) -> None:
        try:
            self.server.serve_forever()
        except BaseException as error:
            self.result = error

    def join(self) -> None:
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), "serve_forever did not end"


@contextmanager
def running(server: OpenableT) -> Generator[Run[OpenableT], None, None]:
    """Serve while the block runs, then shut down, join and close."""
    server.open()
    run = Run(server)
    try:
        yield run
    finally:
        server.shutdown()
        run.join()
        server.server_close()
    if run.result is not None:
        raise run.result


class Client(socket.socket):
    """A client's socket. Children forked by the server under test hold copies of it, so a close alone ends nothing."""

    def close(self) -> None:
        with suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)
        super().close()


def connect(address: Any, kind: socket.SocketKind = socket.SOCK_STREAM) -> Client:
    """Connect to a server's address, whatever its family."""
    if isinstance(address, tuple):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        address = address[:2]
    else:
        family = socket.AF_UNIX
    client = Client(family, kind)
    client.settimeout(PATIENCE)
    try:
        client.connect(address)
    except BaseException:
        client.close()
        raise
    return client


def ask(address: Any, data: bytes) -> bytes:
    """Send over a stream, end it, and return all that comes back."""
    with connect(address) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        received = b""
        while part := client.recv(65536):
            received += part
        return received


def ask_datagram(address: Any, data: bytes, own_path: str | None = None) -> bytes:
    """Send a datagram and return the answer; a Unix client needs a path of its own to be answered."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        if own_path is not None:
            client.bind(own_path)
        client.sendto(data, address)
        return client.recv(65536)
