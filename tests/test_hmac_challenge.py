"""HMACChallenge: the clients of multiprocessing, and ours, against servers of ours and of multiprocessing."""

import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any, cast

import pytest

from tests.everywhere import STRATEGIES, everywhere
from tests.identities import ANYWHERE, BLOCKING, coroutine, hurry, received
from tests.running import PATIENCE, connect, running
from typedserver import (
    TCP,
    Authenticated,
    AuthenticationFailed,
    HMACChallenge,
    Inline,
    OnExecutor,
    Prefork,
    RecipeError,
    Server,
    Threads,
    UnixStream,
    answer_challenge,
    drive,
)
from typedserver import connect as connect_stream

KEYS = {"anna": b"the key of anna", "berta": b"the key of berta", "clara": b"the key of clara"}
# Whether the client of this Python's multiprocessing knows HMAC-MD5 alone.
OLD = sys.version_info < (3, 12)
STRICT = HMACChallenge(KEYS)
BLOCKING_STRATEGIES = [name for name in STRATEGIES if name not in ("multiplexed", "asyncio", "uvloop")]


@contextmanager
def serving(
    strategy: str = "threads", handler: Any = coroutine, authenticator: Any = None, endpoint: Any = None
) -> Generator[Server[Any, Any], None, None]:
    recipe = STRATEGIES[strategy]()
    server = Server(
        Authenticated(endpoint or TCP(port=0), authenticator or HMACChallenge(KEYS, md5=OLD)), handler, recipe
    )
    try:
        with running(server):
            yield server
    finally:
        if isinstance(recipe, OnExecutor):
            recipe.executor.shutdown()


def ask(address: Any, key: bytes, line: bytes = b"hello\n") -> bytes:
    """Connect by multiprocessing's client, then speak as the handler does, on the same connection."""
    with Client(address, authkey=key) as client, socket.socket(fileno=client.fileno()) as plain:
        client._handle = None  # type: ignore[attr-defined]  # the socket has it, and closes it
        plain.settimeout(PATIENCE)
        plain.sendall(line)
        plain.shutdown(socket.SHUT_WR)
        return received(plain)


@everywhere
def test_principal_is_the_name_of_the_key_that_has_answered(name: str) -> None:
    with serving(name) as server:
        for principal, key in KEYS.items():
            assert ask(server.server_address, key) == f"{principal} hello\n".encode()


@pytest.mark.parametrize("kind", [*BLOCKING, *ANYWHERE])
@pytest.mark.parametrize("strategy", BLOCKING_STRATEGIES)
def test_handler_of_any_kind_finds_the_principal(strategy: str, kind: str) -> None:
    with serving(strategy, (BLOCKING | ANYWHERE)[kind]) as server:
        assert ask(server.server_address, KEYS["berta"]).rstrip() == b"berta hello"


@pytest.mark.parametrize("kind", ANYWHERE)
@pytest.mark.parametrize("strategy", ["multiplexed", "asyncio", "uvloop"])
def test_handler_in_a_loop_finds_the_principal(strategy: str, kind: str) -> None:
    with serving(strategy, ANYWHERE[kind]) as server:
        assert ask(server.server_address, KEYS["berta"]).rstrip() == b"berta hello"


def test_principal_is_found_over_a_unix_socket(tmp_path: Any) -> None:
    with serving(endpoint=UnixStream(str(tmp_path / "socket"))) as server:
        assert ask(server.server_address, KEYS["anna"]) == b"anna hello\n"


@everywhere
def test_client_without_a_key_that_is_known_is_told_so_and_ended(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    with serving(name) as server:
        with pytest.raises(Exception, match="digest sent was rejected"):
            ask(server.server_address, b"a stranger's")
        assert ask(server.server_address, KEYS["anna"]) == b"anna hello\n"


def test_principal_is_found_in_the_workers_of_a_prefork() -> None:
    server = Server(Authenticated(TCP(port=0), HMACChallenge(KEYS, md5=OLD)), coroutine, Threads())
    with running(Prefork(server, 2)) as run:
        for principal, key in KEYS.items():
            assert ask(run.server.server_address, key) == f"{principal} hello\n".encode()


# The clients of three Pythons

PROGRAM = """
import sys
from multiprocessing.connection import Client
try:
    with Client(("127.0.0.1", int(sys.argv[1])), authkey=sys.argv[2].encode()):
        print("in")
except Exception as error:
    print(type(error).__name__)
"""


@cache
def python(version: str) -> str | None:
    """Return an interpreter of this version, or None if there is none here."""
    # pyenv's own command for it fails unless it was told to use it.
    of_pyenv = Path.home().glob(f".pyenv/versions/{version}.*/bin/python")
    for command in (sys.executable, shutil.which(f"python{version}"), *map(str, of_pyenv)):
        if command is not None:
            code = "import sys; print('%d.%d' % sys.version_info[:2])"
            said = subprocess.run([command, "-c", code], capture_output=True, text=True, check=False)
            if said.stdout.strip() == version:
                return command
    return None


@pytest.mark.parametrize(
    ("version", "digest", "md5", "comes_in"),
    [
        ("3.11", "sha256", True, True),
        ("3.11", "sha256", False, False),
        ("3.12", "sha256", False, True),
        ("3.12", "sha3_256", False, True),
        ("3.13", "sha256", True, True),
        ("3.13", "sha384", False, True),
        ("3.13", "sha3_384", False, True),
    ],
)
def test_multiprocessing_client_of_each_python(
    version: str, digest: Any, md5: bool, comes_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"there is no Python {version} here")
    with serving(authenticator=HMACChallenge(KEYS, digest, md5)) as server:
        for key, comes in ((KEYS["clara"], comes_in), (b"a stranger's", False)):
            command = [interpreter, "-c", PROGRAM, str(server.server_port), key.decode()]
            said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
            assert said.strip() == ("in" if comes else "AuthenticationError")


# Our client


async def log_in(address: Any, key: bytes, **options: Any) -> bytes:
    host: tuple[str, int] = address
    async with await connect_stream(host) as stream:
        await answer_challenge(stream, key, **options)
        await stream.write(b"hello\n")
        stream.write_eof()
        return await stream.read()


@everywhere
def test_our_client_proves_its_key_and_has_the_server_prove_it(name: str) -> None:
    with serving(name) as server:
        assert drive(log_in(server.server_address, KEYS["clara"])) == b"clara hello\n"


def test_our_client_with_another_key_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    with serving() as server, pytest.raises(AuthenticationFailed, match="does not take this key"):
        drive(log_in(server.server_address, b"a stranger's"))


def test_our_client_and_the_listener_of_multiprocessing_prove_their_key_to_each_other() -> None:
    key = KEYS["anna"]
    with Listener(("127.0.0.1", 0), authkey=key) as listener:
        accepted: list[Any] = []
        thread = threading.Thread(target=lambda: accepted.append(listener.accept()))
        thread.start()

        async def client() -> bytes:
            address = cast("tuple[str, int]", listener.address)
            async with await connect_stream(address) as stream:
                await answer_challenge(stream, key, md5=OLD)
                thread.join(PATIENCE)
                with accepted[0] as connection:
                    connection.send_bytes(b"welcome")
                return await stream.readexactly(4 + 7)

        assert drive(client()) == b"\0\0\0\7welcome"


def test_our_client_refuses_a_server_that_does_not_know_the_key() -> None:
    # It says welcome to anybody, as a forger does, and answers as well as it can.
    @coroutine_of
    async def forger(stream: Any) -> None:
        await stream.write(_packed(b"#CHALLENGE#{sha256}" + bytes(40)))
        await _packet(stream)
        await stream.write(_packed(b"#WELCOME#"))
        await _packet(stream)
        await stream.write(_packed(b"{sha256}" + bytes(32)))

    with (
        running(Server(TCP(port=0), forger, Threads())) as run,
        pytest.raises(AuthenticationFailed, match="the server"),
    ):
        drive(log_in(run.server.server_address, KEYS["anna"]))


def test_our_client_does_not_answer_by_md5_unless_it_is_allowed() -> None:
    @coroutine_of
    async def legacy(stream: Any) -> None:
        await stream.write(_packed(b"#CHALLENGE#" + bytes(20)))
        await stream.read()

    with running(Server(TCP(port=0), legacy, Threads())) as run, pytest.raises(AuthenticationFailed, match="md5=True"):
        drive(log_in(run.server.server_address, KEYS["anna"]))


def coroutine_of(function: Any) -> Any:
    from typedserver import stream_handler

    return stream_handler(function)


def _packed(data: bytes) -> bytes:
    return struct.pack("!i", len(data)) + data


async def _packet(stream: Any) -> bytes:
    (size,) = struct.unpack("!i", await stream.readexactly(4))
    return bytes(await stream.readexactly(size))


# Attacks


class Tap:
    """A client that notes what it sends and receives."""

    def __init__(self, address: Any) -> None:
        self.client = connect(address)

    def packet(self) -> bytes:
        (size,) = struct.unpack("!i", self.exactly(4))
        return self.exactly(size)

    def exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.client.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def send(self, data: bytes) -> None:
        self.client.sendall(_packed(data))


def test_replay_of_a_recorded_exchange_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from typedserver.security.challenge import answer

    hurry(monkeypatch)
    with serving(authenticator=STRICT) as server:
        first, second = Tap(server.server_address), Tap(server.server_address)
        with first.client, second.client:
            recorded = answer(KEYS["anna"], first.packet())
            first.send(recorded)
            assert first.packet() == b"#WELCOME#"
            assert second.packet().startswith(b"#CHALLENGE#{sha256}")
            second.send(recorded)
            assert second.packet() == b"#FAILURE#"
            with pytest.raises(EOFError):
                second.packet()


@pytest.mark.parametrize(
    "sent",
    [
        _packed(b""),
        _packed(b"x" * 16),
        _packed(b"{md5}" + b"x" * 16),
        _packed(b"{sha384}" + b"x" * 48),
        _packed(b"{sha256}" + b"x" * 32),
        _packed(b"x" * 257),
        struct.pack("!i", -1) + struct.pack("!Q", 2**62),
        struct.pack("!i", 2**31 - 1),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_whoever_fails_gets_one_uniform_answer(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    with serving(authenticator=STRICT) as server:
        tap = Tap(server.server_address)
        with tap.client:
            tap.packet()
            tap.client.sendall(sent)
            assert received(tap.client) == _packed(b"#FAILURE#")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({}, "at least one name"),
        (None, "at least one name"),
        ({"a": "secret-text"}, "of type str"),
        ({"a": b""}, "is empty"),
        ({"a": b"secret-text", "b": b"secret-text"}, "have the same secret"),
    ],
)
def test_keys_that_cannot_work_are_refused_and_not_shown(keys: Any, says: str) -> None:
    with pytest.raises(RecipeError, match=says) as caught:
        HMACChallenge(keys)
    assert "secret-text" not in str(caught.value)


def test_digest_and_flag_are_checked() -> None:
    for digest in ("md5", "sha1", None):
        with pytest.raises(RecipeError, match="sha256"):
            HMACChallenge(KEYS, digest=digest)  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="md5="):
        HMACChallenge(KEYS, md5="yes")  # type: ignore[arg-type]


def test_key_that_was_taken_out_of_the_mapping_opens_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    keys = dict(KEYS)
    with serving(authenticator=HMACChallenge(keys)) as server:
        assert drive(log_in(server.server_address, KEYS["anna"])) == b"anna hello\n"
        del keys["anna"]
        with pytest.raises(AuthenticationFailed):
            drive(log_in(server.server_address, KEYS["anna"]))


def test_inline_serves_the_next_after_one_that_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    with running(Server(Authenticated(TCP(port=0), HMACChallenge(KEYS)), coroutine, Inline())) as run:
        for _ in range(3):
            with pytest.raises(AuthenticationFailed):
                drive(log_in(run.server.server_address, b"a stranger's"))
        assert drive(log_in(run.server.server_address, KEYS["anna"])) == b"anna hello\n"
