"""Authenticated: what it lets in, what becomes of those who fail, and that nothing secret is told."""

import asyncio
import contextlib
import copy
import logging
import os
import pickle
import socket
import struct
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tests.everywhere import STRATEGIES, everywhere
from tests.identities import coroutine, hurry, received
from tests.running import PATIENCE, connect, running
from typedserver import (
    TCP,
    UDP,
    Authenticated,
    AuthenticationFailed,
    CompositionError,
    Credentials,
    Deadlines,
    Endpoint,
    EndpointWrapper,
    Established,
    Filtered,
    Finished,
    HMACChallenge,
    Identified,
    InetAddress,
    InetPeer,
    Inline,
    OnExecutor,
    Outcome,
    PeerCredentials,
    ProxyProtocol,
    RecipeError,
    Refused,
    Sealed,
    Server,
    ServerConfig,
    ServerContext,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    Token,
    UnixPeer,
    UnixStream,
    datagram_handler,
    stream_handler,
)
from typedserver.access import authenticated
from typedserver.access.attempts import Attempts

if TYPE_CHECKING:
    from os import PathLike

TOKENS = {"anna": b"the-token-of-anna", "berta": b"the-token-of-berta"}


def ask(address: Any, sent: bytes) -> bytes:
    with connect(address) as client:
        if sent:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
        return received(client)


# Addresses that say who it is


@pytest.mark.parametrize(
    ("peer", "plain"),
    [
        (InetPeer("anna", ("192.0.2.1", 5)), ("192.0.2.1", 5)),
        (InetPeer(7, ("fe80::1", 5, 0, 2)), ("fe80::1%2", 5)),
        (InetPeer(7, ("fe80::1%eth0", 5, 0, 2)), ("fe80::1%eth0", 5)),
        (InetPeer(7, ("::1", 5, 0, 0)), ("::1", 5)),
        (UnixPeer(Credentials(pid=1, uid=2, gid=3), ""), ""),
    ],
)
def test_peer_is_an_address_and_keeps_its_principal(peer: Any, plain: Any) -> None:
    assert peer == plain
    assert hash(peer) == hash(plain)
    assert isinstance(peer, type(plain))
    for other in (pickle.loads(pickle.dumps(peer)), copy.copy(peer), copy.deepcopy(peer)):
        assert (other, other.principal, type(other)) == (plain, peer.principal, type(peer))
    assert repr(peer.principal) in repr(peer)
    with pytest.raises(AttributeError):
        peer.principal = "another"


def test_stream_that_was_not_authenticated_has_no_principal() -> None:
    raised: list[BaseException] = []

    @stream_handler
    async def handler(stream: Stream) -> None:
        try:
            print(stream.principal)  # type: ignore[misc]  # pyright: ignore
        except CompositionError as error:
            raised.append(error)

    with running(Server(TCP(port=0), handler, Threads())) as run:
        ask(run.server.server_address, b"")
    assert "wrap the server's endpoint" in str(raised[0])


# What is refused at construction


async def nobody(_stream: Stream) -> int:
    return 0


def no_coroutine(_stream: Stream) -> int:
    return 0


# A program without types gives anything.
untyped: Any = Authenticated


async def no_stream() -> int:
    return 0


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: untyped(TCP(port=0), no_coroutine), "no coroutine function: give an `async def`"),
        (lambda: untyped(TCP(port=0), no_stream), "is called with a Stream"),
        (lambda: untyped(TCP(port=0), None), "no coroutine function"),
        (lambda: untyped(TCP(port=0), PeerCredentials), "PeerCredentials is a class: give an object"),
        (lambda: untyped(TCP(port=0), PeerCredentials()), "needs a Unix endpoint"),
        (lambda: untyped(Authenticated(TCP(port=0), nobody), PeerCredentials()), "needs a Unix endpoint"),
        (lambda: untyped(UDP(port=0), nobody), "gives datagrams"),
        (lambda: untyped("endpoint", nobody), "no complete Endpoint"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_remedy(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(CompositionError, match=says):
        make()


@pytest.mark.parametrize("field", ["max_failures", "failure_window"])
@pytest.mark.parametrize("value", [0, -1, "10", True])
def test_limits_of_failures_are_checked(field: str, value: Any) -> None:
    with pytest.raises(RecipeError, match=field):
        Authenticated(TCP(port=0), nobody, **{field: value})


def test_wrapper_passes_on_what_its_endpoint_says() -> None:
    recipe = Authenticated(TCP(port=0), Token(TOKENS), max_failures=3)
    assert recipe.request_kind == "connections"
    assert recipe.on_port(7) == replace(recipe, endpoint=TCP(port=7))
    assert recipe == Authenticated(endpoint=TCP(port=0), authenticator=Token(TOKENS), max_failures=3)
    assert "max_failures=3" in repr(recipe)


# Failures


@everywhere
def test_whoever_fails_is_ended_after_a_delay_and_others_are_served_meanwhile(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticated, "_LEAST_DELAY", 0.2)
    monkeypatch.setattr(authenticated, "_MOST_DELAY", 0.2)
    recipe = STRATEGIES[name]()
    server = Server(Authenticated(TCP(port=0), Token(TOKENS)), coroutine, recipe)
    try:
        with running(server), connect(server.server_address) as bad:
            began = time.monotonic()
            bad.sendall(b"no token\n")
            assert ask(server.server_address, b"the-token-of-anna\r\nhello\n") == b"anna hello\n"
            assert received(bad) == b""
            assert time.monotonic() - began >= 0.2
    finally:
        if isinstance(recipe, OnExecutor):
            recipe.executor.shutdown()


def test_reason_of_a_failure_is_told_to_the_log_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hurry(monkeypatch)
    caplog.set_level(logging.INFO)

    async def refusing(_stream: Stream) -> str:
        raise AuthenticationFailed("the moon is full", b"no\n")

    with running(Server(Authenticated(TCP(port=0), refusing), coroutine, Threads())) as run:
        assert ask(run.server.server_address, b"") == b"no\n"
    assert "the moon is full" in caplog.text


def test_failure_keeps_its_answer_and_its_reason_when_it_is_pickled() -> None:
    failure = AuthenticationFailed("reason", b"answer")
    assert isinstance(failure, PermissionError)
    other = pickle.loads(pickle.dumps(failure))
    assert (str(other), other.answer) == ("reason", b"answer")


def test_authenticator_that_fails_by_itself_closes_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_stream: Stream) -> str:
        raise RuntimeError("a mistake")

    with running(Server(Authenticated(TCP(port=0), broken), coroutine, Threads())) as run:
        assert ask(run.server.server_address, b"") == b""
    assert "a mistake" in caplog.text


def test_peer_that_failed_too_often_is_not_heard_with_a_right_token(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    endpoint = Authenticated(TCP(port=0), Token(TOKENS), max_failures=3)
    with running(Server(endpoint, coroutine, Threads())) as run:
        address = run.server.server_address
        for _ in range(2):
            assert ask(address, b"no token\n") == b""
        assert ask(address, b"the-token-of-anna\nhello\n") == b"anna hello\n"
        assert ask(address, b"no token\n") == b""
        # It may be closed at once, before what was sent was read.
        with contextlib.suppress(OSError):
            assert ask(address, b"the-token-of-anna\nhello\n") == b""


def test_peer_is_told_nothing_of_guesses_that_it_has_begun_before_it_failed_too_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hurry(monkeypatch)

    async def asks(stream: Stream) -> str:
        guess = await stream.readexactly(1)
        if guess != b"!":
            raise AuthenticationFailed("a wrong guess", b"no")
        await stream.write(b"yes")
        return "somebody"

    endpoint = Authenticated(TCP(port=0), asks, max_failures=2)
    with running(Server(endpoint, coroutine, Threads())) as run:
        clients = [connect(run.server.server_address) for _ in range(4)]
        try:
            heard: list[bytes] = []
            for client, guess in zip(clients, (b"?", b"?", b"?", b"!"), strict=True):
                client.sendall(guess)
                heard.append(received(client))
            assert heard == [b"no", b"", b"", b""]
        finally:
            for client in clients:
                client.close()


def test_peer_that_leaves_before_it_says_anything_has_not_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    endpoint = Authenticated(TCP(port=0), Token(TOKENS), max_failures=1)
    with running(Server(endpoint, coroutine, Threads())) as run:
        for _ in range(3):
            with connect(run.server.server_address) as client:
                client.shutdown(socket.SHUT_WR)
                assert received(client) == b""
        assert ask(run.server.server_address, b"the-token-of-anna\nhello\n") == b"anna hello\n"


@pytest.mark.parametrize("strategy", [Inline(), Threads()], ids=repr)
def test_silent_peer_is_cut_by_the_deadline_to_establish(strategy: Any) -> None:
    config = ServerConfig(deadlines=Deadlines(establish=0.3))
    server = Server(Authenticated(TCP(port=0), Token(TOKENS)), coroutine, strategy, config=config)
    with running(server), connect(server.server_address) as silent:
        assert received(silent) == b""


def test_drain_does_not_wait_for_who_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticated, "_LEAST_DELAY", PATIENCE)
    monkeypatch.setattr(authenticated, "_MOST_DELAY", PATIENCE)
    failed = threading.Event()
    notes = Attempts.failed

    def noting(self: Attempts, client_address: object) -> None:
        notes(self, client_address)
        failed.set()

    monkeypatch.setattr(Attempts, "failed", noting)
    server = Server(Authenticated(TCP(port=0), Token(TOKENS)), coroutine, Threads())
    began = time.monotonic()
    with running(server), connect(server.server_address) as bad:
        bad.sendall(b"no token\n")
        assert failed.wait(PATIENCE)
        server.request_drain()
        assert received(bad) == b""
    assert time.monotonic() - began < PATIENCE / 2


def test_drain_does_not_end_a_peer_in_the_middle_of_saying_who_it_is() -> None:
    asked = threading.Event()

    async def asks(stream: Stream) -> str:
        name = await stream.readexactly(1)
        await stream.write(b"?")
        asked.set()
        return (name + await stream.readexactly(1)).decode()

    server = Server(Authenticated(TCP(port=0), asks), coroutine, Threads())
    with running(server), connect(server.server_address) as client:
        client.sendall(b"a")
        assert asked.wait(PATIENCE)
        assert client.recv(1) == b"?"
        server.request_drain()
        # It would be ended at once.
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(PATIENCE)
        client.sendall(b"bhello\n")
        client.shutdown(socket.SHUT_WR)
        assert received(client) == b"ab hello\n"


def test_peer_that_has_failed_too_often_is_refused_when_it_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    refused: list[Refused] = []

    def observe(event: object) -> None:
        if isinstance(event, Refused):
            refused.append(event)

    endpoint = Authenticated(TCP(port=0), Token(TOKENS), max_failures=1, failure_window=PATIENCE)
    server = Server(endpoint, coroutine, Threads(), config=ServerConfig(observer=observe))
    with running(server):
        assert ask(server.server_address, b"no token\n") == b""
        with contextlib.suppress(OSError):
            assert ask(server.server_address, b"the-token-of-anna\nhello\n") == b""
    assert [(event.reason, event.limit) for event in refused] == [("failures", None)]


def test_event_of_a_failure_has_the_outcome_and_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    told: list[Any] = []
    server = Server(
        Authenticated(TCP(port=0), Token(TOKENS)), coroutine, Threads(), config=ServerConfig(observer=told.append)
    )
    with running(server):
        assert ask(server.server_address, b"no token\n") == b""
        assert ask(server.server_address, b"the-token-of-anna\nhello\n") == b"anna hello\n"
    outcomes = [(event.outcome, str(event.error)) for event in told if isinstance(event, Finished)]
    assert outcomes == [
        (Outcome.REJECTED, "it has sent a line that is no token which is known"),
        (Outcome.SERVED, "None"),
    ]
    (established,) = [event for event in told if isinstance(event, Established)]
    address: Any = established.client_address
    assert (type(address), address.principal) == (InetPeer, "anna")


@pytest.mark.parametrize("name", ["inline", "threads", "pool", "executor", "multiplexed", "asyncio"])
def test_many_who_fail_hold_no_thread_and_no_place(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than the test, so that nobody who fails has his answer in it.
    monkeypatch.setattr(authenticated, "_LEAST_DELAY", PATIENCE)
    monkeypatch.setattr(authenticated, "_MOST_DELAY", PATIENCE)
    failed: list[object] = []
    notes = Attempts.failed

    def noting(self: Attempts, client_address: object) -> None:
        notes(self, client_address)
        failed.append(client_address)

    monkeypatch.setattr(Attempts, "failed", noting)
    recipe = STRATEGIES[name]()
    endpoint = Authenticated(TCP(port=0), Token(TOKENS), max_failures=None)
    server = Server(endpoint, coroutine, recipe)
    with contextlib.ExitStack() as stack:
        if isinstance(recipe, OnExecutor):
            stack.callback(recipe.executor.shutdown)
        stack.enter_context(running(server))
        for _ in range(5):
            assert ask(server.server_address, b"the-token-of-anna\nhello\n") == b"anna hello\n"
        threads = threading.active_count()
        bad = [stack.enter_context(connect(server.server_address)) for _ in range(100)]
        for client in bad:
            client.sendall(b"no token\n")
        deadline = time.monotonic() + PATIENCE
        while len(failed) < len(bad):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        for _ in range(5):
            assert ask(server.server_address, b"the-token-of-anna\nhello\n") == b"anna hello\n"
        # A pool makes its two workers when it likes, and the thread of who was served may end a little later.
        assert threading.active_count() <= threads + 2
        server.request_drain()
        assert [received(client) for client in bad] == [b""] * len(bad)


def test_failures_behind_a_proxy_are_counted_by_the_clients_address(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    endpoint = Authenticated(ProxyProtocol(TCP(port=0)), Token(TOKENS), max_failures=1)
    with running(Server(endpoint, coroutine, Threads())) as run:
        # The second is the proxy's own connection, as a check of health is.
        for header in (b"PROXY TCP4 192.0.2.1 192.0.2.9 5 6\r\n", b"PROXY UNKNOWN\r\n"):
            assert ask(run.server.server_address, header + b"no token\n") == b""
            assert ask(run.server.server_address, header + b"the-token-of-anna\nhello\n") == b""
        other = b"PROXY TCP4 192.0.2.2 192.0.2.9 5 6\r\n"
        assert ask(run.server.server_address, other + b"the-token-of-anna\nhello\n") == b"anna hello\n"


# Token


def test_what_follows_the_token_is_the_handlers_in_whatever_pieces_it_comes() -> None:
    with (
        running(Server(Authenticated(TCP(port=0), Token(TOKENS)), coroutine, Threads())) as run,
        connect(run.server.server_address) as client,
    ):
        for byte in b"the-token-of-berta\nhello\n":
            client.sendall(bytes([byte]))
        client.shutdown(socket.SHUT_WR)
        assert received(client) == b"berta hello\n"


@pytest.mark.parametrize("line", [b"\n", b"the-token-of-ann\n", b"the-token-of-annaa\n", b" the-token-of-anna\n", b"x"])
def test_line_that_is_no_token_lets_nobody_in(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    with running(Server(Authenticated(TCP(port=0), Token(TOKENS)), coroutine, Threads())) as run:
        assert ask(run.server.server_address, line + b"hello\n") == b""


@pytest.mark.parametrize("token", [b"two\nlines", b"ends\r", b"x" * 5000])
def test_token_that_is_no_line_is_refused_and_not_shown(token: bytes) -> None:
    with pytest.raises(RecipeError, match="no line") as caught:
        Token({"anna": token})
    assert repr(token)[2:6] not in str(caught.value).partition("anna")[2]


# PeerCredentials


@everywhere
def test_principal_of_a_unix_peer_is_its_process(name: str, tmp_path: Any) -> None:
    path = str(tmp_path / "socket")
    recipe = STRATEGIES[name]()

    @stream_handler
    async def whoami(stream: Stream[Identified[Credentials]]) -> None:
        who = stream.principal
        await stream.write(f"{who.pid} {who.uid} {who.gid} {who.user} {who.group}".encode())

    try:
        with running(Server(Authenticated(UnixStream(path), PeerCredentials()), whoami, recipe)):
            import grp
            import pwd

            names = f"{pwd.getpwuid(os.geteuid()).pw_name} {grp.getgrgid(os.getegid()).gr_name}"
            assert ask(path, b"") == f"{os.getpid()} {os.geteuid()} {os.getegid()} {names}".encode()
    finally:
        if isinstance(recipe, OnExecutor):
            recipe.executor.shutdown()


def test_credentials_of_ids_that_have_no_name_have_none() -> None:
    nobody = Credentials(pid=1, uid=2**32 - 5, gid=2**32 - 5)
    assert (nobody.user, nobody.group) == (None, None)


class _Answering:
    """A stream whose socket answers SO_PEERCRED as it is told."""

    def __init__(self, answer: bytes) -> None:
        self.socket = self
        self._answer = answer

    def getsockopt(self, _level: int, _option: int, _size: int) -> bytes:
        return self._answer


def _credentials(answer: bytes) -> Credentials:
    stream: Any = _Answering(answer)
    return asyncio.run(PeerCredentials()(stream))


def test_credentials_have_ids_above_two_to_the_31() -> None:
    assert _credentials(struct.pack("iII", 7, 2**31 + 1, 2**31 + 2)) == Credentials(pid=7, uid=2**31 + 1, gid=2**31 + 2)


def test_credentials_that_the_kernel_does_not_know_are_refused() -> None:
    with pytest.raises(AuthenticationFailed, match="came by no Unix socket"):
        _credentials(struct.pack("iII", 0, 2**32 - 1, 2**32 - 1))


def test_kernel_gives_no_credentials_of_a_peer_of_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)

    def check_nothing(_self: PeerCredentials, _endpoint: object) -> None:
        return

    monkeypatch.setattr(PeerCredentials, "check_endpoint", check_nothing)
    endpoint = untyped(TCP(port=0), PeerCredentials())
    with running(Server(endpoint, coroutine, Threads())) as run:
        assert ask(run.server.server_address, b"hello\n") == b""


# Secrets


# Whether what a handler asks for is there


class AsksInClass(StreamRequestHandler[ServerContext, Identified[str]]): ...


class HeirOfAsking(AsksInClass): ...


def asks_in_function(_request: StreamRequest, client_address: Identified[int], _server: object) -> None: ...


@stream_handler
async def asks_in_coroutine(stream: Stream[Identified[int]]) -> None: ...


@stream_handler
async def asks_for_peer(stream: Stream[InetPeer[int]]) -> None: ...


@stream_handler
async def asks_for_either_peer(stream: Stream[InetPeer[int] | UnixPeer[int]]) -> None: ...


@stream_handler
async def takes_others_too(stream: Stream[Identified[int] | InetAddress]) -> None: ...


@stream_handler
async def takes_any(stream: Stream[Any]) -> None: ...


@stream_handler
async def names_what_cannot_be_read(stream: "Stream[PathLike[str]]") -> None: ...


@datagram_handler
def asks_in_datagrams(data: bytes, client_address: Identified[int]) -> bytes:
    return data


class Knowing(EndpointWrapper[StreamRequest, Any]):
    """A wrapper of a program's own whose addresses have a principal."""

    @property
    @override
    def inner(self) -> Endpoint[object, object]:
        return TCP(port=0)

    @property
    @override
    def identifies(self) -> bool:
        return True

    def listen(self) -> Any:
        return TCP(port=0).listen()


ASKING = [
    AsksInClass,
    HeirOfAsking,
    asks_in_function,
    partial(asks_in_function),
    asks_in_coroutine,
    asks_for_peer,
    asks_for_either_peer,
]


@pytest.mark.parametrize("handler", ASKING)
@pytest.mark.parametrize("endpoint", [TCP(port=0), UnixStream("socket"), Filtered(TCP(port=0), deny=["192.0.2.0/24"])])
def test_handler_that_asks_who_the_peer_is_is_refused_where_nobody_finds_out(endpoint: Any, handler: Any) -> None:
    with pytest.raises(CompositionError, match=r"asks who the peer is \(Identified\).*wrap it, as in Authenticated"):
        Server(endpoint, handler, Threads())


def test_handler_of_datagrams_that_asks_who_has_sent_them_is_refused_where_nobody_finds_out() -> None:
    handler: Any = asks_in_datagrams
    with pytest.raises(CompositionError, match="asks who the peer is"):
        Server(UDP(port=0), handler)
    Server(Sealed(UDP(port=0), bytes(32)), handler)


@pytest.mark.parametrize("handler", ASKING)
@pytest.mark.parametrize(
    "endpoint",
    [
        Authenticated(TCP(port=0), Token(TOKENS)),
        Filtered(Authenticated(TCP(port=0), Token(TOKENS)), deny=["192.0.2.0/24"]),
        Knowing(),
    ],
)
def test_handler_that_asks_who_the_peer_is_is_taken_where_it_is_found_out(endpoint: Any, handler: Any) -> None:
    Server(endpoint, handler, Threads())


@pytest.mark.parametrize("handler", [takes_others_too, takes_any, names_what_cannot_be_read])
def test_handler_that_does_not_need_to_know_who_the_peer_is_is_taken_everywhere(handler: Any) -> None:
    Server(TCP(port=0), handler, Threads())


class _Observer:
    def __init__(self) -> None:
        self.told: list[str] = []

    def __call__(self, event: object) -> None:
        self.told.append(repr(event))
        error = getattr(event, "error", None)
        if isinstance(error, BaseException):
            self.told.extend(traceback.TracebackException.from_exception(error, capture_locals=False).format())


def test_no_secret_is_told_by_log_repr_traceback_or_event(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hurry(monkeypatch)
    caplog.set_level(logging.DEBUG)
    observer = _Observer()
    secrets = [*TOKENS.values()]
    for authenticator in (Token(TOKENS), HMACChallenge(TOKENS)):
        endpoint: Any = Authenticated(TCP(port=0), authenticator)
        server = Server(endpoint, coroutine, Threads(), config=ServerConfig(observer=observer))
        observer.told.append(repr((server, endpoint, authenticator, str(endpoint))))
        with running(server):
            for sent in (b"no token\n", secrets[0][:-1] + b"\n", secrets[0], b"\0\0\0\x10" + secrets[0][:16]):
                ask(server.server_address, sent)
    assert observer.told
    told = "".join(observer.told) + caplog.text
    for secret in secrets:
        assert secret.decode() not in told
        assert secret.hex() not in told
