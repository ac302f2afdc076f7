"""Handler classes that set what socketserver lets them set: request, connection and files, in setup() or later."""

import functools
import io
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.running import PATIENCE, connect, running
from tests.tls import client_context, server_context

from typedserver import (
    TCP,
    Deadlines,
    Finished,
    Forks,
    Inline,
    Outcome,
    PeerTimedOut,
    Server,
    ServerConfig,
    ServerEvent,
    StreamConfig,
    StreamRequestHandler,
    ThreadPool,
    Threads,
)

STRATEGIES = [Inline(), Threads(), ThreadPool(workers=1), Forks()]


class Wraps(StreamRequestHandler):
    """Knows how to begin TLS, as a program's own base class would."""

    tls: ClassVar[ssl.SSLContext]

    def answer(self) -> None:
        for line in self.rfile:
            if line == b"quit\n":
                break
            self.wfile.write(line.upper())


@pytest.fixture(autouse=True)
def tls(tmp_path: Path) -> Generator[None, None, None]:
    """Give the handlers a certificate."""
    Wraps.tls = server_context(tmp_path)
    yield
    del Wraps.tls


class AtOnce(Wraps):
    def setup(self) -> None:
        self.request = self.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self.answer()


class Unchained(AtOnce):
    """Does without the inherited ``setup``, which in socketserver would leave it without files."""

    def setup(self) -> None:
        self.connection = self.tls.wrap_socket(self.request, server_side=True)


class AtCommand(Wraps):
    """Begins TLS at a command, and has the files made anew."""

    def handle(self) -> None:
        assert self.rfile.readline() == b"STARTTLS\n"
        self.wfile.write(b"go\n")
        self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        self.answer()


class WithOwnFiles(Wraps):
    """As written for socketserver, where nothing makes the files anew."""

    def handle(self) -> None:
        assert self.rfile.readline() == b"STARTTLS\n"
        self.wfile.write(b"go\n")
        self.request = self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.answer()


AT_ONCE: list[type[Wraps]] = [AtOnce, Unchained]
AT_COMMAND: list[type[Wraps]] = [AtCommand, WithOwnFiles]


@contextmanager
def secured(address: Any, handler: type) -> Generator[ssl.SSLSocket, None, None]:
    """Connect as the handler expects, and begin TLS."""
    client = connect(address)
    try:
        if handler in AT_COMMAND:
            client.sendall(b"STARTTLS\n")
            assert client.recv(10) == b"go\n"
        with client_context().wrap_socket(client) as secure:
            yield secure
    finally:
        client.close()


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
@pytest.mark.parametrize("handler", AT_ONCE + AT_COMMAND)
def test_handler_speaks_through_the_connection_that_it_has_set(handler: type[Wraps], strategy: Any) -> None:
    with running(Server(TCP(port=0), handler, strategy)) as run:
        for _ in range(2):
            with secured(run.server.server_address, handler) as client:
                client.sendall(b"one\n")
                if handler is not WithOwnFiles:
                    assert client.recv(10) == b"ONE\n"
                client.sendall(b"quit\n")
                # What a buffered file still held is sent before the end.
                assert client.recv(10) == (b"ONE\n" if handler is WithOwnFiles else b"")
                assert client.recv(10) == b""


@pytest.mark.parametrize("handler", AT_ONCE + AT_COMMAND)
def test_connection_that_was_set_ends_with_its_handler(handler: type[Wraps]) -> None:
    kept: list[Any] = []

    class Kept(handler):  # type: ignore[valid-type, misc]  # a parameter
        def handle(self) -> None:
            # So that the collector of garbage does not end it.
            kept.append(self)
            super().handle()
            kept.append(self.connection)

    Kept.__name__ = handler.__name__
    with running(Server(TCP(port=0), Kept, Threads())) as run, secured(run.server.server_address, handler) as client:
        client.sendall(b"one\nquit\n")
        assert client.recv(10) == b"ONE\n"
        assert client.recv(10) == b""
        run.server.drain(PATIENCE)
    assert isinstance(kept[1], ssl.SSLSocket)
    assert kept[1].fileno() == -1
    assert [file.closed for file in (kept[0].rfile, kept[0].wfile)] == [True, True]


def outcomes(seen: list[Outcome]) -> Callable[[ServerEvent], None]:
    def observe(event: ServerEvent) -> None:
        if isinstance(event, Finished):
            seen.append(event.outcome)

    return observe


@pytest.mark.parametrize("handler", AT_ONCE + AT_COMMAND)
def test_silent_client_of_the_connection_that_was_set_is_given_up(
    handler: type[Wraps], caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Outcome] = []
    config = ServerConfig(observer=outcomes(seen), deadlines=Deadlines(read=0.3, write=0.3))
    with (
        caplog.at_level(logging.WARNING, "typedserver"),
        running(Server(TCP(port=0), handler, Threads(), config=config)) as run,
        secured(run.server.server_address, handler) as client,
    ):
        client.sendall(b"half")
        assert client.recv(10) == b""
        run.server.drain(PATIENCE)
    assert seen == [Outcome.GIVEN_UP]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("handler", [AtOnce, Unchained, AtCommand])
def test_idle_connection_that_was_set_ends_at_a_drain(handler: type[Wraps]) -> None:
    with (
        running(Server(TCP(port=0), handler, Threads())) as run,
        secured(run.server.server_address, handler) as client,
    ):
        client.sendall(b"one\n")
        assert client.recv(10) == b"ONE\n"
        assert run.server.drain(PATIENCE).cut == ()
        assert client.recv(10) == b""


def test_connection_that_was_set_ends_if_its_setup_fails() -> None:
    kept: list[ssl.SSLSocket] = []

    class Failing(AtOnce):
        def setup(self) -> None:
            super().setup()
            assert isinstance(self.request, ssl.SSLSocket)
            kept.append(self.request)
            raise LookupError

    with running(Server(TCP(port=0), Failing, Threads())) as run, secured(run.server.server_address, Failing) as client:
        assert client.recv(10) == b""
        run.server.drain(PATIENCE)
    assert kept[0].fileno() == -1


def test_what_came_in_plain_text_is_not_read_as_secured() -> None:
    read: list[bytes] = []
    over = threading.Event()

    class Careful(StreamRequestHandler):
        def handle(self) -> None:
            read.append(self.rfile.readline())
            self.wfile.write(b"go\n")
            # As a TLS wrap would take the descriptor over (RFC 3207, 4.2).
            self.connection = socket.socket(fileno=self.connection.detach())
            read.append(self.rfile.readline())
            over.set()

    with running(Server(TCP(port=0), Careful, Threads())) as run, connect(run.server.server_address) as client:
        client.sendall(b"STARTTLS\nDELETE ALL\n")
        assert client.recv(10) == b"go\n"
        client.sendall(b"secured\n")
        assert over.wait(PATIENCE)
        assert client.recv(10) == b""
    assert read == [b"STARTTLS\n", b"secured\n"]


# Files alone


def test_files_that_were_set_are_used_and_closed() -> None:
    made: list[io.BufferedIOBase] = []

    class OwnFiles(StreamRequestHandler):
        def setup(self) -> None:
            super().setup()
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
            made.extend((self.rfile, self.wfile))

        def handle(self) -> None:
            self.wfile.write(self.rfile.readline().upper())

    with running(Server(TCP(port=0), OwnFiles, Threads())) as run, connect(run.server.server_address) as client:
        client.sendall(b"one\n")
        assert client.recv(10) == b"ONE\n"
        assert client.recv(10) == b""
    assert [file.closed for file in made] == [True, True]


def test_handler_may_use_the_name_request_for_something_else() -> None:
    class Parsing(StreamRequestHandler):
        def handle(self) -> None:
            parsed: Any = {"command": self.rfile.readline()}
            self.request = parsed
            self.wfile.write(parsed["command"].upper())
            self.wfile.write(self.rfile.readline())

    with running(Server(TCP(port=0), Parsing, Threads())) as run, connect(run.server.server_address) as client:
        client.sendall(b"one\ntwo\n")
        with client.makefile("rb") as replied:
            assert replied.read() == b"ONE\ntwo\n"


# setup()


class Prepares(StreamRequestHandler):
    """Prepares what is its own, and forgets the inherited ``setup``."""

    def setup(self) -> None:
        self.user = None

    def handle(self) -> None:
        self.wfile.write(self.rfile.readline().upper())


class ReadsByItself(Prepares):
    def handle(self) -> None:
        while self.request.recv(100):
            pass


class ReadsInSetup(StreamRequestHandler):
    """Has a word with its client before it calls the inherited ``setup``."""

    def setup(self) -> None:
        while self.request.recv(100):
            pass
        super().setup()


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
@pytest.mark.parametrize("handler", [Prepares, ReadsByItself, ReadsInSetup])
def test_deadlines_hold_whatever_setup_does(handler: type[StreamRequestHandler], strategy: Any) -> None:
    config = ServerConfig(deadlines=Deadlines(read=0.2))
    with (
        running(Server(TCP(port=0), handler, strategy, config=config)) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"half")
        client.settimeout(PATIENCE / 4)
        assert client.recv(10) == b""


def test_idle_connection_ends_at_a_drain_whatever_setup_does() -> None:
    config = ServerConfig(quiet=0.005)
    with (
        running(Server(TCP(port=0), Prepares, Threads(), config=config)) as run,
        connect(run.server.server_address) as client,
    ):
        assert run.server.drain(PATIENCE).cut == ()
        assert client.recv(10) == b""


def test_config_that_setup_sets_holds() -> None:
    found: list[BaseException] = []

    class Configured(StreamRequestHandler):
        def setup(self) -> None:
            self.config = StreamConfig(timeout=0.05)
            super().setup()

        def handle(self) -> None:
            try:
                self.rfile.readline()
            except PeerTimedOut as error:
                found.append(error)

    handler = functools.partial(Configured, config=StreamConfig(timeout=None))
    with running(Server(TCP(port=0), handler, Threads())) as run, connect(run.server.server_address) as client:
        assert client.recv(10) == b""
    assert "for 0.05 s" in str(found[0])
