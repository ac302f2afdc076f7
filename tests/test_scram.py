"""Scram: exchanges sans-IO, over a server, and what is no proof."""

import base64
import hashlib
import hmac
import importlib
import logging
import sys
import threading
from functools import partial
from typing import Any

import pytest

from tests.everywhere import STRATEGIES, everywhere
from tests.identities import coroutine, hurry, received
from tests.running import connect, running
from typedserver import (
    TCP,
    Authenticated,
    AuthenticationFailed,
    CompositionError,
    OnExecutor,
    RecipeError,
    Scram,
    ScramSecret,
    Server,
    Threads,
    drive,
    scram_login,
)
from typedserver import connect as connect_stream
from typedserver.access import scram_extra
from typedserver.access.scram import ScramExchange
from typedserver.security.challenge import ProtocolBroken, packed

pytest.importorskip("scramp", reason="the extra [scram] is not installed")

ITERATIONS = 4096
PASSWORDS = {"anna": "the password of anna", "bertä": "the pässword of berta"}


class Store:
    """Users whose secrets are kept in memory."""

    def __init__(self, mechanism: Any = "SCRAM-SHA-256") -> None:
        self.asked: list[str] = []
        self.threads: set[int] = set()
        self.users = {
            user: ScramSecret.of(password, mechanism=mechanism, iterations=ITERATIONS)
            for user, password in PASSWORDS.items()
        }

    def secret(self, user: str, /) -> ScramSecret | None:
        self.asked.append(user)
        self.threads.add(threading.get_ident())
        return self.users.get(user)


STORES: Any = {mechanism: Store(mechanism) for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")}
STORE: Store = STORES["SCRAM-SHA-256"]


def recipe(mechanism: Any = "SCRAM-SHA-256", **options: Any) -> Scram:
    given: dict[str, Any] = {"iterations": ITERATIONS, **options}
    return Scram(STORES[mechanism], mechanism, **given)


# Sans-IO: by hand, as RFC 5802 has it

BINDING = ("tls-server-end-point", b"the hash of the certificate")


class ByHand:
    """A client that can do everything wrong."""

    def __init__(self, user: str, password: str, header: str = "n,,", bound: bytes = b"", digest: str = "sha256"):
        self.user, self.password, self.header, self.bound, self.digest = user, password, header, bound, digest
        self.bare = f"n={user},r=abcdefgh"

    def first(self) -> bytes:
        return f"{self.header}{self.bare}".encode()

    def final(self, server_first: bytes) -> bytes:
        said = dict(part.split("=", 1) for part in server_first.decode().split(","))
        salted = hashlib.pbkdf2_hmac(self.digest, self.password.encode(), base64.b64decode(said["s"]), int(said["i"]))
        client_key = hmac.digest(salted, b"Client Key", self.digest)
        stored = hashlib.new(self.digest, client_key).digest()
        channel = base64.b64encode(self.header.encode() + self.bound).decode()
        without = f"c={channel},r={said['r']}"
        message = f"{self.bare},{server_first.decode()},{without}".encode()
        signature = hmac.digest(stored, message, self.digest)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self.expected = hmac.digest(hmac.digest(salted, b"Server Key", self.digest), message, self.digest)
        return f"{without},p={base64.b64encode(proof).decode()}".encode()


@pytest.mark.parametrize(("mechanism", "digest"), [("SCRAM-SHA-256", "sha256"), ("SCRAM-SHA-512", "sha512")])
def test_exchange_by_hand_proves_both_sides(mechanism: Any, digest: str) -> None:
    exchange = ScramExchange(recipe(mechanism), None)
    client = ByHand("anna", PASSWORDS["anna"], digest=digest)
    assert exchange.mechanism == mechanism
    said = exchange.end(client.final(exchange.begin(client.first())))
    assert base64.b64decode(said.removeprefix(b"v=")) == client.expected
    assert exchange.user == "anna"


def test_exchange_is_bound_to_the_certificate() -> None:
    exchange = ScramExchange(recipe(), BINDING)
    assert exchange.mechanism == "SCRAM-SHA-256-PLUS"
    client = ByHand("anna", PASSWORDS["anna"], "p=tls-server-end-point,,", BINDING[1])
    exchange.end(client.final(exchange.begin(client.first())))
    assert exchange.user == "anna"


@pytest.mark.parametrize(
    ("header", "bound"),
    [
        # Who stands between the two has another certificate.
        ("p=tls-server-end-point,,", b"the hash of another certificate"),
        ("p=tls-server-end-point,,", b""),
        # -PLUS was taken away from what was offered, or is not spoken.
        ("y,,", b""),
        ("n,,", b""),
        ("p=tls-unique,,", BINDING[1]),
        ("p=tls-exporter,,", BINDING[1]),
        # The proof would be another user's.
        ("p=tls-server-end-point,a=root,", BINDING[1]),
    ],
)
def test_proof_that_is_not_bound_to_the_certificate_is_none(header: str, bound: bytes) -> None:
    exchange = ScramExchange(recipe(), BINDING)
    client = ByHand("anna", PASSWORDS["anna"], header, bound)
    with pytest.raises(ProtocolBroken):
        exchange.end(client.final(exchange.begin(client.first())))


def test_client_that_binds_where_nothing_can_be_bound_is_refused() -> None:
    client = ByHand("anna", PASSWORDS["anna"], "p=tls-server-end-point,,", BINDING[1])
    with pytest.raises(ProtocolBroken):
        ScramExchange(recipe(), None).begin(client.first())


def test_replay_of_a_recorded_proof_fails() -> None:
    first, second = ScramExchange(recipe(), None), ScramExchange(recipe(), None)
    client = ByHand("anna", PASSWORDS["anna"])
    recorded = client.final(first.begin(client.first()))
    first.end(recorded)
    second.begin(client.first())
    with pytest.raises(ProtocolBroken, match="nonce"):
        second.end(recorded)


def test_unknown_user_looks_like_a_known_one() -> None:
    scram = recipe()

    def looks(user: str) -> tuple[int, str, list[str], type[BaseException]]:
        exchange = ScramExchange(scram, None)
        client = ByHand(user, "a wrong password")
        said = exchange.begin(client.first())
        parts = dict(part.split("=", 1) for part in said.decode().split(","))
        with pytest.raises(ProtocolBroken) as caught:
            exchange.end(client.final(said))
        return len(base64.b64decode(parts["s"])), parts["i"], list(parts), type(caught.value)

    def salt(user: str) -> bytes:
        return ScramExchange(scram, None).begin(ByHand(user, "").first()).split(b",")[1]

    assert looks("anna") == looks("nobody")
    # It stays the same, as a known one's does, and is another for another user.
    assert salt("nobody") == salt("nobody") != salt("nobody else")
    assert salt("anna") == salt("anna")


def test_salt_of_an_unknown_user_is_the_same_after_a_restart_if_the_key_is() -> None:
    def salt(**options: Any) -> bytes:
        return ScramExchange(recipe(**options), None).begin(ByHand("nobody", "").first()).split(b",")[1]

    assert salt(decoy_key=b"ours") == salt(decoy_key=b"ours")
    assert salt() != salt()


def test_user_is_the_name_as_saslprep_has_prepared_it() -> None:
    exchange = ScramExchange(recipe(), None)
    # A soft hyphen is mapped to nothing (RFC 4013, 2.1), and "=2C" is a comma.
    exchange.begin(ByHand("an\u00adna=2C", "").first())
    assert STORE.asked[-1] == "anna,"


@pytest.mark.parametrize(
    "message",
    [b"", b"\xff", b"n,,", b"n,,n=,r=a", b"n,,n=anna", b"n,,r=a,n=anna", b"GET / HTTP/1.1", b"n,,n=a\x00,r=b"],
)
def test_first_message_that_is_none_is_refused(message: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        ScramExchange(recipe(), None).begin(message)


@pytest.mark.parametrize("message", [b"", b"\xff", b"c=biws", b"c=biws,r=abcdefgh,p=AAAA", b"c=!,r=a,p=!"])
def test_last_message_that_is_none_is_refused(message: bytes) -> None:
    exchange = ScramExchange(recipe(), None)
    exchange.begin(ByHand("anna", "").first())
    with pytest.raises(ProtocolBroken):
        exchange.end(message)


# Over a server


async def log_in(address: Any, user: str, password: str, **options: Any) -> bytes:
    host: tuple[str, int] = address
    async with await connect_stream(host) as stream:
        await scram_login(stream, user, password, **options)
        await stream.write(b"hello\n")
        stream.write_eof()
        return await stream.read()


@everywhere
def test_principal_is_the_user_that_has_proven_the_password(name: str) -> None:
    strategy = STRATEGIES[name]()
    try:
        with running(Server(Authenticated(TCP(port=0), recipe()), coroutine, strategy)) as run:
            for user, password in PASSWORDS.items():
                assert drive(log_in(run.server.server_address, user, password)) == f"{user} hello\n".encode()
    finally:
        if isinstance(strategy, OnExecutor):
            strategy.executor.shutdown()


@pytest.mark.parametrize(
    ("user", "password"), [("anna", "wrong"), ("nobody", "wrong"), ("anna", PASSWORDS["bertä"]), ("anna", "")]
)
def test_whoever_fails_gets_one_uniform_answer(
    user: str, password: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hurry(monkeypatch)
    caplog.set_level(logging.DEBUG)
    with (
        running(Server(Authenticated(TCP(port=0), recipe()), coroutine, Threads())) as run,
        pytest.raises(AuthenticationFailed, match="other-error"),
    ):
        drive(log_in(run.server.server_address, user, password))
    assert ("unknown" in caplog.text) is (user == "nobody")
    secret = STORE.users["anna"]
    for told in (secret.stored_key, secret.server_key):
        assert told.hex() not in caplog.text
        assert base64.b64encode(told).decode() not in caplog.text
        assert repr(told) not in caplog.text


@pytest.mark.parametrize(
    "sent", [packed(b""), packed(b"p=tls-unique,,n=anna,r=x"), packed(b"x" * 5000), b"GET / HTTP/1"]
)
def test_whoever_breaks_the_protocol_gets_the_same_answer(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    with (
        running(Server(Authenticated(TCP(port=0), recipe()), coroutine, Threads())) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(sent)
        assert received(client) == packed(b"SCRAM-SHA-256") + packed(b"e=other-error")


class _Broken:
    def secret(self, user: str, /) -> ScramSecret | None:
        raise LookupError(f"no database for {user}")


def test_store_that_fails_is_the_programs_own_fault(caplog: pytest.LogCaptureFixture) -> None:
    endpoint = Authenticated(TCP(port=0), Scram(_Broken(), iterations=ITERATIONS), max_failures=1)
    with running(Server(endpoint, coroutine, Threads())) as run:
        for _ in range(2):
            # It is no failure of the peer, so the second is heard as the first was.
            with pytest.raises(Exception, match=r"ended after 0 bytes|reset"):
                drive(log_in(run.server.server_address, "anna", "any"))
    assert caplog.text.count("LookupError: no database for anna") == 2


def test_secret_of_another_mechanism_is_named(caplog: pytest.LogCaptureFixture) -> None:
    endpoint = Authenticated(TCP(port=0), Scram(STORE, "SCRAM-SHA-512", iterations=ITERATIONS))
    with running(Server(endpoint, coroutine, Threads())) as run, pytest.raises(Exception, match=r"ended|reset"):
        drive(log_in(run.server.server_address, "anna", PASSWORDS["anna"]))
    assert "SCRAM-SHA-512 needs 64" in caplog.text


# Our client, and servers that are none


def _forger(*answers: Any) -> Any:
    from typedserver import stream_handler

    @stream_handler
    async def forger(stream: Any) -> None:
        said = b""
        for answer in answers:
            data: Any = answer(said) if callable(answer) else answer
            await stream.write(packed(data))
            said = await stream.readexactly(int.from_bytes(await stream.readexactly(4), "big"))
        await stream.read()

    return forger


def _server_first(said: bytes, iterations: int = ITERATIONS) -> bytes:
    nonce = said.rpartition(b"r=")[2]
    return b"r=%smore,s=%s,i=%d" % (nonce, base64.b64encode(bytes(16)), iterations)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([b"PLAIN"], "speaks no SCRAM"),
        ([b"SCRAM-SHA-1"], "speaks no SCRAM"),
        ([b"SCRAM-SHA-256-PLUS"], "no TLS to bind to"),
        ([b"SCRAM-SHA-256", partial(_server_first, iterations=9_000_000)], "9000000 iterations"),
        ([b"SCRAM-SHA-256", b"r=another,s=AAAAAAAAAAAAAAAAAAAAAA==,i=4096"], "nonce"),
        ([b"SCRAM-SHA-256", _server_first, b"v=" + base64.b64encode(bytes(32))], "signature"),
        ([b"SCRAM-SHA-256", b"e=unknown-user"], "unknown-user"),
        ([b"SCRAM-SHA-256", b"\xff"], "did not let"),
    ],
)
def test_our_client_refuses_a_server_that_is_not_the_one_it_should_be(answers: Any, says: str) -> None:
    with (
        running(Server(TCP(port=0), _forger(*answers), Threads())) as run,
        pytest.raises(AuthenticationFailed, match=says),
    ):
        drive(log_in(run.server.server_address, "anna", PASSWORDS["anna"]))


def test_our_client_refuses_a_name_that_cannot_be_sent() -> None:
    with (
        running(Server(Authenticated(TCP(port=0), recipe()), coroutine, Threads())) as run,
        pytest.raises(RecipeError, match="scram_login"),
    ):
        drive(log_in(run.server.server_address, "", "any"))


# Recipes


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mechanism": "SCRAM-SHA-1"}, "SCRAM-SHA-256 or SCRAM-SHA-512"),
        ({"iterations": 4095}, "RFC 7677"),
        ({"salt_bytes": 11}, "salt_bytes"),
        ({"decoy_key": b""}, "decoy_key"),
    ],
)
def test_recipe_that_cannot_work_is_refused(options: Any, says: str) -> None:
    given: dict[str, Any] = {"store": STORE, **options}
    with pytest.raises(RecipeError, match=says):
        Scram(**given)


@pytest.mark.parametrize("store", [None, {}, Store])
def test_store_without_its_method_is_refused(store: Any) -> None:
    with pytest.raises(RecipeError, match="secret"):
        Scram(store)


def test_secret_shows_nothing_and_is_checked() -> None:
    secret = ScramSecret.of("a password", iterations=ITERATIONS, salt=bytes(12))
    assert repr(secret) == "ScramSecret(iterations=4096)"
    assert secret == ScramSecret.of("a password", iterations=ITERATIONS, salt=bytes(12))
    assert secret != ScramSecret.of("another", iterations=ITERATIONS, salt=bytes(12))
    wrong: list[dict[str, Any]] = [{"salt": bytes(11)}, {"iterations": 1}, {"mechanism": "MD5"}]
    for options in wrong:
        with pytest.raises(RecipeError):
            ScramSecret.of("a password", **options)
    with pytest.raises(RecipeError, match="must be bytes"):
        ScramSecret(salt=bytes(16), stored_key="text", server_key=bytes(32), iterations=4096)  # type: ignore[arg-type]
    assert "decoy" not in repr(recipe())


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scramp", None)
    importlib.invalidate_caches()
    for make in (lambda: Scram(STORE), lambda: ScramSecret.of("a password"), scram_extra.scramp):
        with pytest.raises(CompositionError, match=r"pip install 'typedserver\[scram\]'"):
            make()
