"""Connections of messages that need no exchange: what is taken from the acceptor at once, and when that ends."""

import pickle
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from tests.launched import wait_for
from tests.running import PATIENCE, ask, connect, running
from typedserver import (
    TCP,
    Chunks,
    Deadlines,
    EndpointWrapper,
    Framed,
    Last,
    LengthPrefixed,
    Lines,
    ListenerWrapper,
    MessageExchange,
    Multiplexed,
    Server,
    ServerConfig,
    UnixStream,
)
from typedserver.messages.exchange import Exchange


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list of the exchanges that were made."""
    exchanges: list[object] = []
    begin: Any = vars(Exchange)["__init__"]

    def note(self: object, *arguments: object) -> None:
        exchanges.append(self)
        begin(self, *arguments)

    monkeypatch.setattr(Exchange, "__init__", note)
    return exchanges


def received(client: socket.socket, size: int) -> bytes:
    """Receive so many bytes."""
    data = b""
    while len(data) < size and (part := client.recv(size - len(data))):
        data += part
    return data


def rest(client: socket.socket) -> bytes:
    """Receive up to the end."""
    data = b""
    while part := client.recv(65536):
        data += part
    return data


def upper(message: bytes) -> bytes:
    return message.upper()


def test_connection_whose_messages_come_whole_needs_no_exchange(made: list[object]) -> None:
    with (
        running(Server(TCP(port=0), Framed(Lines(), upper), Multiplexed())) as run,
        connect(run.server.server_address) as client,
    ):
        for line in (b"one\n", b"two\n", b"three\n", b"four\n"):
            client.sendall(line)
            assert received(client, len(line)) == line.upper()
        client.shutdown(socket.SHUT_WR)
        assert rest(client) == b""
    assert made == []


@pytest.mark.parametrize(
    ("pieces", "answers"),
    [
        ((b"half", b" a line\n"), (b"", b"HALF A LINE\n")),
        ((b"two\nat once\n",), (b"TWO\nAT ONCE\n",)),
        ((b"one\n", b"and\na half", b" one\n"), (b"ONE\n", b"AND\n", b"A HALF ONE\n")),
    ],
)
def test_exchange_is_made_for_what_is_not_one_message_by_itself(
    made: list[object], pieces: tuple[bytes, ...], answers: tuple[bytes, ...]
) -> None:
    with (
        running(Server(TCP(port=0), Framed(Lines(), upper), Multiplexed())) as run,
        connect(run.server.server_address) as client,
    ):
        for piece, answer in zip(pieces, answers, strict=True):
            client.sendall(piece)
            assert received(client, len(answer)) == answer
            if not answer:
                wait_for(lambda: len(made) == 1)
        client.sendall(b"more\n")
        assert received(client, 5) == b"MORE\n"
    assert len(made) == 1


@pytest.mark.parametrize("at", [0, 1, 3])
def test_function_that_fails_ends_its_connection_whether_there_was_an_exchange_or_not(
    at: int, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_at_last(message: bytes) -> bytes:
        if message == b"fail":
            raise LookupError("no such thing")
        return message

    with running(Server(TCP(port=0), Framed(Lines(), fail_at_last), Multiplexed())) as run:
        with connect(run.server.server_address) as client:
            for _ in range(at):
                client.sendall(b"good\n")
                assert received(client, 5) == b"good\n"
            client.sendall(b"fail\n")
            assert rest(client) == b""
        assert ask(run.server.server_address, b"another\n") == b"another\n"
    assert caplog.text.count("LookupError: no such thing") == 1


def test_failure_is_answered_as_the_recipe_says() -> None:
    def fail(_message: bytes) -> bytes:
        raise LookupError("no")

    handler = Framed(Lines(), fail, on_error=lambda error: str(error).encode())
    with running(Server(TCP(port=0), handler, Multiplexed())) as run, connect(run.server.server_address) as client:
        for _ in range(3):
            client.sendall(b"x\n")
            assert received(client, 3) == b"no\n"


def test_last_reply_ends_a_connection_that_had_no_exchange() -> None:
    handler = Framed(Lines(), lambda message: Last(b"bye") if message == b"quit" else message)
    with running(Server(TCP(port=0), handler, Multiplexed())) as run, connect(run.server.server_address) as client:
        client.sendall(b"hello\n")
        assert received(client, 6) == b"hello\n"
        client.sendall(b"quit\n")
        assert rest(client) == b"bye\n"


@pytest.mark.parametrize("size", [1, 478, 479, 480, 958, 959, 4096])
def test_what_was_sent_at_once_comes_at_once_however_much_it_is(size: int, tmp_path: Path) -> None:
    sizes: list[int] = []

    def note(message: bytes) -> bytes:
        sizes.append(len(message))
        return b"."

    # The first, for which no exchange is there, and those that come later.
    with (
        running(Server(UnixStream(str(tmp_path / "s")), Framed(Chunks(), note), Multiplexed())) as run,
        connect(run.server.server_address) as client,
    ):
        for given in (size, 1, size, size):
            client.sendall(b"x" * given)
            assert received(client, 1) == b"."
    assert sizes == [size, 1, size, size]


def test_message_of_any_length_is_answered_beside_small_ones() -> None:
    handler = Framed(LengthPrefixed(), upper)
    with running(Server(TCP(port=0), handler, Multiplexed())) as run, connect(run.server.server_address) as client:
        for size in (3, 470, 475, 476, 100_000, 5, 300_000, 0):
            message = len(b"a" * size).to_bytes(4) + b"a" * size
            client.sendall(message)
            assert received(client, len(message)) == message.upper()


def test_client_that_says_nothing_is_given_up_without_an_exchange(
    made: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    config = ServerConfig(deadlines=Deadlines(read=0.2))
    with (
        running(Server(TCP(port=0), Framed(Lines(), upper), Multiplexed(), config=config)) as run,
        connect(run.server.server_address) as client,
        connect(run.server.server_address) as other,
    ):
        other.sendall(b"hello\n")
        assert received(other, 6) == b"HELLO\n"
        assert rest(client) == b""
        assert rest(other) == b""
    assert caplog.text.count("sent nothing for 0.2 s") == 2
    assert made == []


def test_drain_ends_idle_connections_and_finishes_a_message(made: list[object]) -> None:
    server = Server(TCP(port=0), Framed(Lines(), upper), Multiplexed(), config=ServerConfig(quiet=0.05))
    with running(server) as run, connect(run.server.server_address) as idle, connect(run.server.server_address) as busy:
        for client in (idle, busy):
            client.sendall(b"one\n")
            assert received(client, 4) == b"ONE\n"
        busy.sendall(b"the first half")
        wait_for(lambda: len(made) == 1)
        server.request_drain(PATIENCE)
        assert rest(idle) == b""
        busy.sendall(b" and the second\n")
        busy.shutdown(socket.SHUT_WR)
        assert rest(busy) == b"THE FIRST HALF AND THE SECOND\n"


def test_drain_ends_a_connection_that_has_begun_at_once_and_leaves_a_new_one_its_time() -> None:
    server = Server(TCP(port=0), Framed(Lines(), upper), Multiplexed(), config=ServerConfig(quiet=30.0))
    with running(server), connect(server.server_address) as begun, connect(server.server_address) as new:
        begun.sendall(b"one\n")
        assert received(begun, 4) == b"ONE\n"
        server.request_drain(PATIENCE)
        assert rest(begun) == b""
        # It is still served, because a client that has only just come may be about to speak.
        new.sendall(b"two\n")
        assert received(new, 4) == b"TWO\n"


def test_drain_counts_connections_that_come_after_it() -> None:
    server = Server(TCP(port=0), Framed(Lines(), upper), Multiplexed(), config=ServerConfig(quiet=0.2))
    with running(server) as run:
        assert ask(run.server.server_address, b"before\n") == b"BEFORE\n"
        with connect(run.server.server_address) as first:
            first.sendall(b"one\n")
            assert received(first, 4) == b"ONE\n"
            report = server.drain(PATIENCE)
    assert (report.served, report.left, report.cut) == (1, 0, ())


class Plain(ListenerWrapper[Any, Any]):
    """Gives sockets that are no connections of ours."""

    def get_request(self) -> Any:
        request, address = self.inner.get_request()
        return socket.socket(fileno=request.detach()), address


@dataclass(frozen=True)
class PlainSockets(EndpointWrapper[Any, Any]):
    endpoint: Any

    @property
    @override
    def inner(self) -> Any:
        return self.endpoint

    def listen(self) -> Plain:
        return Plain(self.endpoint.listen())


def test_socket_of_a_listener_of_ones_own_is_served_as_well(made: list[object]) -> None:
    with running(Server[Any, Any](PlainSockets(TCP(port=0)), Framed(Lines(), upper), Multiplexed())) as run:
        assert ask(run.server.server_address, b"hello\n") == b"HELLO\n"
    assert len(made) == 1


class Shouting(Framed[bytes, bytes]):
    """Gives exchanges of its own."""

    def __call__(self, request: Any, client_address: object, server: Any, /) -> MessageExchange:
        return Framed(Lines(), lambda message: message + b"!")(request, client_address, server)


def test_handler_that_overrides_what_makes_exchanges_makes_them() -> None:
    handler = Shouting(Lines(), upper)
    assert handler.answer is None
    with running(Server(TCP(port=0), handler, Multiplexed())) as run:
        assert ask(run.server.server_address, b"hello\n") == b"hello!\n"


class Asked(Server[Any, Any]):
    """Overrides one hook."""

    @override
    def verify_request(self, request: Any, client_address: Any, /) -> bool:
        return True


class Finished(Server[Any, Any]):
    """Overrides another."""

    @override
    def finish_request(self, request: Any, client_address: Any, /) -> object:
        return super().finish_request(request, client_address)


class Closed(Server[Any, Any]):
    """Overrides the last."""

    @override
    def close_request(self, request: Any, /) -> None:
        super().close_request(request)


@pytest.mark.parametrize("kind", [Asked, Finished, Closed])
def test_hook_that_is_overridden_is_called(kind: Callable[..., Server[Any, Any]], made: list[object]) -> None:
    with running(kind(TCP(port=0), Framed(Lines(), upper), Multiplexed())) as run:
        assert ask(run.server.server_address, b"hello\n") == b"HELLO\n"
    # By the way that has all of them.
    assert len(made) == 1


def test_greeting_needs_an_exchange() -> None:
    handler = Framed(Lines(), upper, greeting=b"welcome")
    assert handler.answer is None
    with running(Server(TCP(port=0), handler, Multiplexed())) as run, connect(run.server.server_address) as client:
        assert received(client, 8) == b"welcome\n"


def test_handler_survives_pickling() -> None:
    handler = Framed(Lines(limit=5), bytes.upper, in_flight=3)
    assert pickle.loads(pickle.dumps(handler)) == handler
