"""Runs a server in a thread for a test, and speaks to it as a plain client would."""

import socket
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, Self, TypeVar, cast

from typedserver import Group, Server, inet_address
from typedserver.lifecycle import State
from typedserver.protocols.servers import AnyServer

# Seconds. Nothing here takes as long even on a loaded machine; a test that needs it has failed.
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
    # Otherwise the block could begin before the server serves.
    while getattr(server, "state", None) is State.LISTENING and run.thread.is_alive():
        time.sleep(0.0005)
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


def port_of(group: Group, member: int = 0) -> int:
    """Return the port of a member of a group of our servers."""
    return inet_address(cast("Server[Any, Any]", group.servers[member]))[1]


def _family_of(address: Any) -> tuple[socket.AddressFamily, Any]:
    if not isinstance(address, tuple):
        return socket.AF_UNIX, address
    host, port, *_ = cast("tuple[str, int]", address)
    return (socket.AF_INET6 if ":" in host else socket.AF_INET), (host, port)


def connect(address: Any, kind: socket.SocketKind = socket.SOCK_STREAM) -> Client:
    """Connect to a server's address, whatever its family."""
    family, target = _family_of(address)
    client = Client(family, kind)
    client.settimeout(PATIENCE)
    try:
        client.connect(target)
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
    family, target = _family_of(address)
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        if own_path is not None and family == socket.AF_UNIX:
            client.bind(own_path)
        client.sendto(data, target)
        return client.recv(65536)


@contextmanager
def all_started(executor: ThreadPoolExecutor, threads: int) -> Generator[None, None, None]:
    """Have all threads of an executor begin, so that none of them begins in a test; shut it down in the end."""
    with executor:
        begun = threading.Barrier(threads + 1, timeout=PATIENCE)
        for _ in range(threads):
            executor.submit(begun.wait)
        begun.wait()
        yield
