"""Message handlers whose clients, framings and exchanges do what they must not: nobody else's connection notices."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import pytest
from typing_extensions import override

from tests.running import PATIENCE, ask, connect, running
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    BaseExchange,
    Finished,
    Framed,
    Lines,
    MessageExchange,
    Multiplexed,
    Outcome,
    Push,
    PushSessions,
    RecipeError,
    Server,
    ServerConfig,
    ServerEvent,
    Threads,
    datagram_handler,
)
from typedserver.messages.pushes import Pushes

NONE = cast("Any", None)


@pytest.mark.parametrize("replies", [True, False])
def test_step_of_many_messages_ends_soon_and_wakes(replies: bool) -> None:
    wakes: list[bool] = []
    calls: list[bytes] = []

    def slow(message: bytes) -> bytes | None:
        calls.append(message)
        time.sleep(0.001)
        return message if replies else None

    exchange = Framed(Lines(), slow)(NONE, "", NONE)
    exchange.start(lambda: wakes.append(True))
    sent = exchange.receive(b"\n" * 300 + b"rest")
    assert len(calls) == 64
    while not exchange.waits_for_peer:
        assert wakes.pop(), "whoever runs it must hear that there is more to do"
        sent += exchange.proceed()
    assert not wakes
    assert len(calls) == 300
    assert sent == b"\n" * (300 if replies else 0)
    assert exchange.receive(b"\n") == (b"rest\n" if replies else b"")


@pytest.mark.parametrize("strategy", [Multiplexed, Asyncio])
def test_good_client_is_answered_beside_one_that_sends_thousands_of_messages_at_once(
    strategy: Callable[[], Any],
) -> None:
    def function(message: bytes) -> bytes:
        if not message:
            time.sleep(0.0005)
        return message

    server = Server(TCP(host="127.0.0.1", port=0), Framed(Lines(), function), strategy())
    with running(server), connect(server.server_address) as bad, connect(server.server_address) as good:
        # Ten seconds of work, of which each receive brings a great part.
        bad.sendall(b"\n" * 20_000)
        began = time.monotonic()
        for _ in range(3):
            good.sendall(b"hello\n")
            assert good.recv(100) == b"hello\n"
        assert time.monotonic() - began < 3.0
        bad.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


class Odd:
    """Lines whose ``decode`` and ``encode`` do something else for one that says so."""

    def __init__(self, encoded: object = b"", position: object = None) -> None:
        self._encoded, self._position = encoded, position

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        end = data.find(b"\n", start)
        if end < 0:
            return None
        message = data[start:end]
        odd = message == b"odd" and self._position is not None
        return message, cast("int", self._position) if odd else end + 1

    def encode(self, reply: bytes, /) -> bytes:
        return cast("bytes", self._encoded) if reply == b"odd" else reply + b"\n"


def same(message: bytes) -> bytes:
    return message


STRATEGIES = [Multiplexed, Asyncio, Threads]


def outcomes(framed: Framed[bytes, bytes], strategy: Any, *sent: bytes) -> list[Outcome]:
    """Serve a good client and bad ones; returns how the connections of the bad ones have ended."""
    finished: list[Outcome] = []

    def observe(event: ServerEvent) -> None:
        if isinstance(event, Finished):
            finished.append(event.outcome)

    server = Server(TCP(host="127.0.0.1", port=0), framed, strategy(), config=ServerConfig(observer=observe))
    with running(server), connect(server.server_address) as good:
        for each in sent:
            good.sendall(b"hello\n")
            assert good.recv(100) == b"hello\n"
            assert ask(server.server_address, each) in {b"", b"a\n"}
        good.sendall(b"hello\n")
        assert good.recv(100) == b"hello\n"
        end = time.monotonic() + PATIENCE
        while len(finished) < len(sent):
            assert time.monotonic() < end
            time.sleep(0.002)
        return finished[: len(sent)]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("encoded", ["text", None, 5])
def test_framing_that_makes_no_bytes_of_a_reply_fails_for_its_connection_alone(strategy: Any, encoded: object) -> None:
    found = outcomes(Framed(Odd(encoded), same), strategy, b"odd\n", b"a\nodd\nb\n")
    assert found == [Outcome.FAILED] * 2


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("position", [0, -5, 10**30, "5"])
def test_framing_that_says_a_wrong_position_is_no_fault_of_the_client(strategy: Any, position: object) -> None:
    found = outcomes(Framed(Odd(position=position), same), strategy, b"odd\n", b"a\nodd\nb\n")
    assert found == [Outcome.FAILED] * 2


def test_greeting_of_which_a_framing_makes_no_bytes_is_refused_at_once() -> None:
    with pytest.raises(RecipeError, match="must return bytes"):
        Framed(Odd("text"), same, greeting=b"odd")


def test_reply_that_a_framing_makes_as_bytearray_is_sent() -> None:
    exchange = Framed(Odd(bytearray(b"ODD\n")), same)(NONE, "", NONE)
    exchange.start(lambda: None)
    assert exchange.receive(b"odd\n") == b"ODD\n"
    assert exchange.receive(b"a\nodd\n") == b"a\nODD\n"


class Broken(BaseExchange):
    """Echoes, until a member is broken by what the client sends."""

    def __init__(self) -> None:
        self._broken = b""
        self._over = False

    def receive(self, data: bytes, /) -> bytes:
        self._over = not data
        self._broken = data if data in {b"is_idle", b"is_over", b"error", b"waits_for_peer", b"wants_data"} else b""
        return cast("bytes", "text") if data == b"text" else data

    def _check(self, member: bytes) -> None:
        if self._broken == member:
            raise RuntimeError(member)

    @property
    def is_idle(self) -> bool:
        self._check(b"is_idle")
        return True

    @property
    def is_over(self) -> bool:
        self._check(b"is_over")
        return self._over

    @property
    @override
    def waits_for_peer(self) -> bool:
        self._check(b"waits_for_peer")
        return self._broken not in {b"is_over", b"wants_data"} and not self._over

    @property
    @override
    def wants_data(self) -> bool:
        self._check(b"wants_data")
        return True

    @property
    @override
    def error(self) -> Exception | None:
        self._check(b"error")
        return None


def broken(_request: object, _client_address: object, _server: object) -> MessageExchange:
    return Broken()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("member", [b"text", b"is_over", b"waits_for_peer", b"wants_data", b"is_idle", b"error"])
def test_exchange_that_raises_ends_its_own_connection_alone(strategy: Any, member: bytes) -> None:
    server = Server(TCP(host="127.0.0.1", port=0), broken, strategy())
    with running(server), connect(server.server_address) as good:
        for _ in range(2):
            good.sendall(b"hello")
            assert good.recv(100) == b"hello"
            with connect(server.server_address) as bad:
                bad.sendall(member)
                assert bad.recv(100) in {b"", member}
        good.sendall(b"hello")
        assert good.recv(100) == b"hello"


class Again(bytes):
    """Pushes once more while it is pushed, as a signal handler does that comes just then."""

    push: Push[bytes]

    @override
    def __len__(self) -> int:
        if push := self.__dict__.pop("push", None):
            push(b"within")
        return super().__len__()


def test_push_may_interrupt_a_push() -> None:
    pushes = Pushes(1000)
    again = Again(b"outer")
    again.push = pushes.give
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(pushes.give, again).result(PATIENCE)
    assert pushes.take() == b"withinouter"


def test_push_of_another_thread_while_the_session_begins_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    take, given = Pushes.take, threading.Event()

    def take_and_be_pushed(pushes: Pushes) -> bytes:
        data = take(pushes)
        if not given.is_set():
            given.set()
            pushes.give(b"news\n")
        return data

    monkeypatch.setattr(Pushes, "take", take_and_be_pushed)

    def session(_address: object, _server: object, _push: Push[bytes]) -> Callable[[bytes], bytes]:
        return same

    server = Server(TCP(host="127.0.0.1", port=0), PushSessions(Lines(), session), Multiplexed())
    with running(server), connect(server.server_address) as client:
        assert client.recv(100) == b"news\n"


@pytest.mark.parametrize("strategy", [Multiplexed, Asyncio])
def test_deadline_cuts_thousands_of_pending_datagrams_soon(strategy: Any) -> None:
    pending: list[Future[bytes]] = []

    def function(_data: bytes) -> Future[bytes]:
        future: Future[bytes] = Future()
        pending.append(future)
        return future

    server = Server(UDP(host="127.0.0.1", port=0, receive_buffer=2**20), datagram_handler(function), strategy())
    with running(server), connect(server.server_address, socket.SOCK_DGRAM) as client:
        while len(pending) < 8000:
            for _ in range(50):
                client.send(b"x")
            time.sleep(0.001)
        began = time.process_time()
        server.drain(0.1)
        assert time.process_time() - began < 2.0, "each cut looks at one request, not at all"
    assert all(future.cancelled() for future in pending)
