"""Sealed datagrams: who is let in, once, under every strategy; and what is refused without an answer."""

import os
import pickle
import secrets
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import sealed_wire
from tests.matrix import LOOP_MAKING_STRATEGIES, MULTIPLEXING_STRATEGIES, STRATEGIES
from tests.running import PATIENCE, running
from tests.test_tls import strategy_of
from typedserver import (
    TCP,
    UDP,
    CompositionError,
    DatagramContext,
    DatagramRequestHandler,
    Filtered,
    InetPeer,
    Inline,
    Multiplexed,
    PacketRefused,
    PeerTimedOut,
    Prefork,
    RecipeError,
    Refused,
    Sealed,
    SealedClient,
    SealedSocket,
    Server,
    ServerConfig,
    ServerContext,
    ServerEvent,
    Threads,
    UnixDatagram,
    datagram_handler,
    inet_address,
)
from typedserver.endpoints.bases import EndpointWrapper, ListenerWrapper
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.security.sealed_packets import OVERHEAD, REPLY_OVERHEAD
from typedserver.security.seals import Seals

KEY: Final = secrets.token_bytes(32)
OTHER: Final = secrets.token_bytes(32)

ALL: Final = STRATEGIES | MULTIPLEXING_STRATEGIES | LOOP_MAKING_STRATEGIES


def seals(keys: Any = KEY, *, window: int = 1024, validity: float = 30.0, senders: int = 100) -> Seals:
    return Seals(keys, window=window, validity=validity, senders=senders)


def why(opens: Seals, packet: bytes) -> str:
    """Return why a packet is refused."""
    with pytest.raises(PacketRefused) as refused:
        opens.open(packet)
    return str(refused.value)


# The packets


def test_packet_is_opened_once() -> None:
    client, server = SealedClient(KEY), seals()
    packet = client.seal(b"hello")
    assert server.open(packet)[:2] == (0, b"hello")
    assert why(server, packet) == "it came before"


def test_packet_hides_what_it_holds_and_is_53_bytes_longer() -> None:
    server = seals()
    packet = SealedClient(KEY).seal(b"attack at dawn")
    assert b"attack" not in packet
    assert len(packet) - len(b"attack at dawn") == OVERHEAD == 53
    assert len(server.open(packet)[2](b"")) == REPLY_OVERHEAD == 49


def test_equal_data_is_sealed_differently_each_time() -> None:
    client = SealedClient(KEY)
    assert len({client.seal(b"hello")[-21:] for _ in range(100)}) == 100


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, 57), bit=st.integers(0, 7))
def test_any_changed_bit_is_refused(at: int, bit: int) -> None:
    packet = bytearray(SealedClient(KEY).seal(b"hello"))
    packet[at] ^= 1 << bit
    with pytest.raises(PacketRefused):
        seals().open(bytes(packet))


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 53), bit=st.integers(0, 7))
def test_any_changed_bit_of_a_reply_is_refused(at: int, bit: int) -> None:
    client = SealedClient(KEY)
    packet = bytearray(seals().open(client.seal(b"hello"))[2](b"there"))
    packet[at] ^= 1 << bit
    with pytest.raises(PacketRefused):
        client.open(bytes(packet))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_anything_else_is_refused(packet: bytes) -> None:
    with pytest.raises(PacketRefused):
        seals().open(packet)
    with pytest.raises(PacketRefused):
        SealedClient(KEY).open(packet)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), min_size=1, max_size=200), st.sampled_from([1, 8, 1024])
)
def test_each_packet_is_let_in_at_most_once_in_any_order(arrivals: list[tuple[int, int]], window: int) -> None:
    server = seals(window=window)
    packets: dict[tuple[int, int], bytes] = {}
    for sender in range(3):
        client = SealedClient(KEY)
        packets |= {(sender, number): client.seal(f"{sender} {number}".encode()) for number in range(41)}
    highest: dict[int, int] = {}
    let_in: set[tuple[int, int]] = set()
    for arrival in arrivals:
        sender, number = arrival
        try:
            _, data, _ = server.open(packets[arrival])
        except PacketRefused:
            assert arrival in let_in or highest.get(sender, -1) - number >= window
        else:
            assert arrival not in let_in
            assert data == f"{sender} {number}".encode()
            let_in.add(arrival)
            highest[sender] = max(highest.get(sender, -1), number)


def test_number_far_ahead_costs_no_memory() -> None:
    server = seals()
    assert server.open(sealed_wire.request(KEY, b"first"))[1] == b"first"
    assert server.open(sealed_wire.request(KEY, b"far", number=2**63))[1] == b"far"
    (sender,) = server.known.values()
    assert sender.seen.bit_length() <= 1024
    assert server.open(sealed_wire.request(KEY, b"behind", number=2**63 - 1023))[1] == b"behind"
    assert "below the highest" in why(server, sealed_wire.request(KEY, b"too far behind", number=2**63 - 1024))


@pytest.mark.parametrize("seconds", [-31.0, 31.0])
def test_packet_of_another_time_is_refused(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    server = seals()
    server.began -= 1_000_000_000
    client = SealedClient(KEY)
    now = time.time_ns()
    with monkeypatch.context() as patch:
        patch.setattr("typedserver.security.sealed_packets.time.time_ns", lambda: now + int(seconds * 1e9))
        packet = client.seal(b"hello")
    assert "its time differs by" in why(server, packet)


def test_packet_that_was_sealed_before_the_server_began_is_refused() -> None:
    client = SealedClient(KEY)
    packet = client.seal(b"hello")
    server = seals()
    server.began += 1_000_000
    assert "older than this server" in why(server, packet)


def test_forgeries_make_the_server_remember_nobody() -> None:
    server = seals(senders=2)
    for _ in range(1000):
        assert "not sealed by key 0" in why(server, SealedClient(OTHER).seal(b"hello"))
    assert not server.known
    assert server.open(SealedClient(KEY).seal(b"hello"))[1] == b"hello"


def test_sender_is_forgotten_only_when_nothing_of_it_can_come_again() -> None:
    server = seals(senders=2, validity=0.05)
    first = SealedClient(KEY)
    packet = first.seal(b"first")
    server.open(packet)
    server.open(SealedClient(KEY).seal(b"second"))
    assert "2 senders are known" in why(server, SealedClient(KEY).seal(b"third"))
    time.sleep(0.11)
    assert server.open(SealedClient(KEY).seal(b"third"))[1] == b"third"
    assert "its time differs" in why(server, packet)


def test_keys_are_told_apart_by_their_numbers() -> None:
    server = seals({1: KEY, 7: OTHER})
    assert server.open(SealedClient(KEY, 1).seal(b"a"))[:2] == (1, b"a")
    assert server.open(SealedClient(OTHER, 7).seal(b"b"))[:2] == (7, b"b")
    assert why(server, SealedClient(KEY).seal(b"c")) == "there is no key 0"
    assert "not sealed by key 7" in why(server, SealedClient(KEY, 7).seal(b"d"))


def test_reload_takes_new_keys_and_forgets_those_that_are_gone() -> None:
    keys = {1: KEY}
    server = seals(lambda: keys)
    client = SealedClient(KEY, 1)
    packet = client.seal(b"a")
    server.open(packet)
    keys = {1: KEY, 2: OTHER}
    server.reload()
    assert why(server, packet) == "it came before"
    assert server.open(SealedClient(OTHER, 2).seal(b"b"))[1] == b"b"
    keys = {2: OTHER}
    server.reload()
    assert why(server, client.seal(b"c")) == "there is no key 1"
    keys = {}
    with pytest.raises(RecipeError, match="must be a key"):
        server.reload()
    assert server.open(SealedClient(OTHER, 2).seal(b"d"))[1] == b"d"


def test_key_that_is_taken_away_and_comes_back_lets_nothing_in_twice() -> None:
    keys = {1: KEY}
    server = seals(lambda: keys)
    packet = SealedClient(KEY, 1).seal(b"once")
    _, _, seal = server.open(packet)
    answer = seal(b"answer")
    for changed in ({2: OTHER}, {1: OTHER}, {1: KEY}):
        keys = changed
        server.reload()
        with pytest.raises(PacketRefused):
            server.open(packet)
    assert why(server, packet) == "it came before"
    assert seal(b"answer")[:33] != answer[:33]


def test_clock_that_is_set_back_lets_nothing_in_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    server, clock = seals(senders=1), time.time_ns()
    monkeypatch.setattr("typedserver.security.sealed_packets.time.time_ns", lambda: clock)
    server.began -= 1_000_000
    packet = SealedClient(KEY).seal(b"once")
    server.open(packet)
    clock += 61 * 1_000_000_000
    assert server.open(SealedClient(KEY).seal(b"who takes the room of the first"))[1]
    clock -= 61 * 1_000_000_000
    assert "one it has forgotten" in why(server, packet)


def test_reply_is_for_its_client_and_its_request_alone() -> None:
    server, client, other = seals(), SealedClient(KEY), SealedClient(KEY)
    other.seal(b"something as well")
    number, packet = client.seal_numbered(b"hello")
    reply = server.open(packet)[2](b"there")
    with pytest.raises(PacketRefused, match="not sealed for this client"):
        other.open(reply)
    assert client.open_numbered(reply) == (number, b"there")
    with pytest.raises(PacketRefused, match="it came before"):
        client.open(reply)
    with pytest.raises(PacketRefused, match="it is no sealed reply"):
        client.open(packet)
    assert "it is no sealed packet" in why(server, reply)


def test_reply_to_nothing_that_was_sent_is_refused() -> None:
    server, client = seals(), SealedClient(KEY)
    reply = bytearray(server.open(client.seal(b"hello"))[2](b"there"))
    reply[21:29] = struct.pack("!Q", 5)
    with pytest.raises(PacketRefused, match="it answers nothing that was sent"):
        client.open(bytes(reply))


def test_request_may_be_answered_more_than_once() -> None:
    server, client = seals(), SealedClient(KEY)
    seal = server.open(client.seal(b"hello"))[2]
    assert [client.open(seal(data)) for data in (b"1", b"2", b"3")] == [b"1", b"2", b"3"]


def test_replies_of_many_threads_are_sealed_by_a_nonce_each() -> None:
    server, client = seals(), SealedClient(KEY)
    seal = server.open(client.seal(b"hello"))[2]
    replies: list[bytes] = []
    threads = [threading.Thread(target=lambda: replies.extend(seal(b"x") for _ in range(200))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({reply[:33] for reply in replies}) == 800


def in_a_child(make: Callable[[], bytes]) -> bytes:
    """Return what a child of a fork makes; nothing if it makes nothing for long."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(writing, make())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        made = pipe.read() if select.select([reading], [], [], PATIENCE)[0] else b""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return made


def test_child_of_a_fork_seals_under_a_name_of_its_own() -> None:
    server, client = seals(), SealedClient(KEY)
    client.seal(b"before")
    of_child, of_parent = in_a_child(lambda: client.seal(b"in the child")), client.seal(b"in the parent")
    assert of_child[5:21] != of_parent[5:21]
    assert {server.open(packet)[1] for packet in (of_child, of_parent)} == {b"in the child", b"in the parent"}


def test_child_of_a_child_that_has_the_same_pid_seals_under_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pids come round: once the parent has ended, a child may have its number.
    monkeypatch.setattr(os, "getpid", lambda: 1)
    client = SealedClient(KEY)
    of_parent = client.seal(b"in the parent")
    of_grandchild = in_a_child(lambda: in_a_child(lambda: client.seal(b"in the grandchild")))
    assert of_grandchild[5:21] != of_parent[5:21]


def test_child_seals_though_another_thread_of_its_parent_was_sealing() -> None:
    client, is_over = SealedClient(KEY), threading.Event()

    def seal() -> None:
        while not is_over.is_set():
            client.seal(b"x")

    thread = threading.Thread(target=seal)
    thread.start()
    try:
        for _ in range(20):
            assert in_a_child(lambda: client.seal(b"in the child"))
    finally:
        is_over.set()
        thread.join()


def test_copy_that_a_fork_has_made_answers_under_a_name_of_its_own_and_lets_nothing_in_again() -> None:
    server, client = seals(), SealedClient(KEY)
    before, after = client.seal(b"before"), client.seal(b"after")
    server.open(before)
    assert in_a_child(lambda: why(server, before).encode()) == b"it came before"
    of_child, of_parent = in_a_child(lambda: server.open(after)[2](b"child")), server.open(after)[2](b"parent")
    assert of_child[5:21] != of_parent[5:21]
    assert {client.open(of_child), client.open(of_parent)} == {b"child", b"parent"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (b"short", "key 0 has 5 bytes, and must be 32 random bytes: secrets.token_bytes"),
        ({1: "text"}, "key 1 is of type str"),
        ({-1: KEY}, "-1 must be a number from 0 to 4294967295"),
        ({True: KEY}, "True must be a number"),
        ({}, "must be a key, a mapping of numbers to keys, or a function"),
        (None, "must be a key"),
    ],
)
def test_keys_that_cannot_work_are_refused(keys: Any, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Sealed(UDP(port=0), keys)


@pytest.mark.parametrize("wrong", [{"window": 0}, {"validity": 0}, {"senders": 0}, {"validity": float("nan")}])
def test_values_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        Sealed(UDP(port=0), KEY, **wrong)


def test_no_key_is_ever_shown() -> None:
    shown = repr(Sealed(UDP(port=0), {1: KEY})) + repr(SealedClient(KEY))
    with pytest.raises(RecipeError) as wrong:
        Sealed(UDP(port=0), {1: b"secret"})
    assert "secret'" not in str(wrong.value)
    assert KEY.hex() not in shown
    assert repr(KEY) not in shown


# Serving


@datagram_handler
def upper(data: bytes) -> bytes:
    return data.upper()


@datagram_handler
async def upper_by_coroutine(data: bytes) -> bytes:
    return data.upper()


class Upper(DatagramRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.read().upper())


HANDLERS: Final[dict[str, Any]] = {"function": upper, "class": Upper, "coroutine": upper_by_coroutine}
CASES: Final = [
    *((strategy, name) for strategy in STRATEGIES for name in HANDLERS),
    *((strategy, "coroutine") for strategy in (*MULTIPLEXING_STRATEGIES, *LOOP_MAKING_STRATEGIES)),
]


@pytest.mark.parametrize(("strategy", "handler"), CASES)
def test_datagram_is_opened_and_its_answer_sealed(strategy: str, handler: str) -> None:
    with strategy_of(strategy) as made:
        server = Server(Sealed(UDP(port=0), KEY), HANDLERS[handler], made)
        with running(server), SealedSocket(server.server_address, KEY) as client:
            assert client.ask(b"hello", PATIENCE) == b"HELLO"
            assert client.ask(b"again", PATIENCE) == b"AGAIN"


@pytest.mark.parametrize("strategy", ["inline", "forks", "multiplexed"])
def test_datagram_of_a_unix_socket_is_opened_and_its_answer_sealed(strategy: str, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with strategy_of(strategy) as made:
        server = Server(Sealed(UnixDatagram(path), KEY), upper_by_coroutine, made)
        with running(server), SealedSocket(path, KEY) as client:
            assert client.ask(b"hello", PATIENCE) == b"HELLO"


@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
def test_principal_is_the_number_of_the_key(host: str) -> None:
    @datagram_handler
    def tell(_data: bytes, client_address: InetPeer[int]) -> bytes:
        assert pickle.loads(pickle.dumps(client_address)).principal == client_address.principal
        return b"%d" % client_address.principal

    server = Server(Sealed(UDP(port=0, host=host), {3: KEY, 4: OTHER}), tell, Threads())
    with running(server):
        for number, key in ((3, KEY), (4, OTHER)):
            with SealedSocket(server.server_address, key, number) as client:
                assert client.ask(b"who", PATIENCE) == b"%d" % number


def test_answers_leave_from_the_address_that_was_asked() -> None:
    server = Server(Sealed(UDP(port=0, host="0.0.0.0"), KEY), upper, Inline())
    with running(server), SealedSocket(("127.0.0.2", inet_address(server)[1]), KEY) as client:
        assert client.ask(b"hello", PATIENCE) == b"HELLO"


@pytest.mark.parametrize("strategy", [name for name in ALL if name != "on_executor"])
def test_replay_reaches_no_handler(strategy: str) -> None:
    seen = Seen()
    with strategy_of(strategy) as made:
        server = Server(Sealed(UDP(port=0), KEY), upper_by_coroutine, made, config=ServerConfig(observer=seen))
        with running(server), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
            raw.settimeout(PATIENCE)
            raw.bind(("127.0.0.1", 0))
            address = raw.getsockname()
            client = SealedClient(KEY)
            packet = client.seal(b"once")
            for sent in (packet, packet, b"no packet at all", client.seal(b"twice")):
                raw.sendto(sent, server.server_address)
            assert {client.open(raw.recv(1000)) for _ in range(2)} == {b"ONCE", b"TWICE"}
            seen.wait(2)
            raw.settimeout(0.05)
            with pytest.raises(TimeoutError):
                raw.recv(1000)
    assert [str(event.error) for event in seen.refused] == ["it came before", "it is no sealed packet"]
    assert {event.reason for event in seen.refused} == {"seal"}
    assert {event.client_address for event in seen.refused} == {address}


class Seen:
    """Keeps what was refused."""

    def __init__(self) -> None:
        self.refused: list[Refused] = []
        self._changed = threading.Condition()

    def __call__(self, event: ServerEvent) -> None:
        if isinstance(event, Refused):
            with self._changed:
                self.refused.append(event)
                self._changed.notify_all()

    def wait(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.refused) >= number, PATIENCE)


def test_context_answers_sealed_and_later() -> None:
    kept: list[DatagramContext[InetPeer[int]]] = []

    @datagram_handler
    async def keep(_data: bytes, _address: InetPeer[int], context: DatagramContext[InetPeer[int]]) -> None:
        kept.append(context)
        await context.reply(b"first")

    server = Server(Sealed(UDP(port=0), KEY), keep, Multiplexed())
    with running(server), SealedSocket(server.server_address, KEY) as client:
        assert client.ask(b"hello", PATIENCE) == b"first"
        assert kept[0].reply_blocking(b"second")
        assert client.receive(PATIENCE)[1] == b"second"


def test_answer_for_another_address_is_refused() -> None:
    told: list[str] = []

    def send_elsewhere(request: Any, _client_address: object, _server: ServerContext) -> None:
        with pytest.raises(OSError, match="sealed for that client") as refused:
            request[1].sendto(b"secret", ("127.0.0.1", 9))
        told.append(str(refused.value))
        request[1].sendto(b"done", _client_address)

    server = Server(Sealed(UDP(port=0), KEY), send_elsewhere, Inline())
    with running(server), SealedSocket(server.server_address, KEY) as client:
        assert client.ask(b"hello", PATIENCE) == b"done"
    assert told


def test_keys_of_a_function_are_asked_for_at_a_reload() -> None:
    keys: Mapping[int, bytes] = {0: KEY}

    def current() -> Mapping[int, bytes]:
        return keys

    server = Server(Sealed(UDP(port=0), current), upper, Threads())
    with running(server):
        keys = {1: OTHER}
        server.reload()
        with SealedSocket(server.server_address, OTHER, 1) as client:
            assert client.ask(b"hello", PATIENCE) == b"HELLO"
        with SealedSocket(server.server_address, KEY) as client, pytest.raises(PeerTimedOut):
            client.ask(b"hello", 0.05)


def test_denied_address_is_refused_before_anything_is_opened() -> None:
    seen = Seen()
    endpoint = Sealed(Filtered(UDP(port=0), deny=["127.0.0.0/8"]), KEY)
    server = Server(endpoint, upper, Threads(), config=ServerConfig(observer=seen))
    with running(server), SealedSocket(server.server_address, KEY) as client:
        client.send(b"hello")
        seen.wait(1)
    assert seen.refused[0].reason == "filter"


class PassesNothingOn(ListenerWrapper[Any, Any]):
    """A wrapper whose author has thought of no other one."""

    def refusal(self, _client_address: object, /) -> None:
        return None


@dataclass(frozen=True)
class PassingNothingOn(EndpointWrapper[Any, Any]):
    endpoint: Endpoint[Any, Any]

    @property
    def inner(self) -> Endpoint[Any, Any]:
        return self.endpoint

    def listen(self) -> Listener[Any, Any]:
        return PassesNothingOn(self.endpoint.listen())


def test_datagram_that_was_not_opened_reaches_no_handler_by_a_wrapper_that_lets_all_in() -> None:
    seen = Seen()
    endpoint = PassingNothingOn(Sealed(Filtered(UDP(port=0), deny=["127.0.0.0/8"]), KEY))
    server = Server(endpoint, upper, Threads(), config=ServerConfig(observer=seen))
    with running(server), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.sendto(b"in plain text", server.server_address)
        seen.wait(1)
    assert "refuses the address" in str(seen.refused[0].error)


# Without the package


def test_without_the_extra_its_name_is_told() -> None:
    program = """
import sys
sys.modules["cryptography"] = None
import typedserver
for make in (
    lambda: typedserver.Sealed(typedserver.UDP(port=0), bytes(32)),
    lambda: typedserver.SealedClient(bytes(32)),
    lambda: typedserver.SealedSocket(("127.0.0.1", 9), bytes(32)),
):
    try:
        make()
    except typedserver.CompositionError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "cryptography is not installed: pip install 'typedserver[sealed]'\n" * 3


def test_cryptography_is_loaded_only_for_who_seals() -> None:
    program = "import sys, typedserver; typedserver.UDP(port=0); sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# What does not fit


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Sealed(TCP(port=0), KEY), "connections are encrypted by TLS"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - it is refused at run time as well
        (lambda: Sealed(Sealed(UDP(port=0), KEY), KEY), "no client seals twice"),
        (lambda: Prefork(Server(Sealed(UDP(port=0), KEY), upper, Threads()), 2), "a sealed datagram would come twice"),
    ],
)
def test_composition_that_does_not_fit_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(CompositionError, match=said):
        make()
