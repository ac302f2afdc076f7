"""Rates of bytes: reads and writes pause, nothing closes, and a drain or a cut ends a pause at once."""

import array
import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.matrix import (
    DATAGRAM_HANDLERS,
    LOOP_MAKING_STRATEGIES,
    MULTIPLEXING_STRATEGIES,
    NAMES,
    STRATEGIES,
    STREAM_HANDLERS,
)
from tests.running import PATIENCE, ask, connect, running
from tests.tls_files import files
from typedserver import (
    TCP,
    TLS,
    UDP,
    CompositionError,
    Deadlines,
    Framed,
    Inline,
    Limits,
    Lines,
    Multiplexed,
    OnExecutor,
    RecipeError,
    Server,
    ServerConfig,
    Stream,
    Threads,
    TLSConfig,
    UnixStream,
    sleep,
    stream_handler,
    timeout,
)
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.requests.pacing import Pacing
from typedserver.sockets import pacing
from typedserver.sockets.paced import PacedConnection
from typedserver.sockets.pacing import BURST, CommonAccount, Pacer, Rates
from typedserver.sockets.tls_connection import TLSConnection

RATE = 100_000

# A quarter of a second of it, and what may come at once.
AMOUNT = int(RATE * (0.25 + BURST)) // 1000 * 1000

# Bytes a second by which a pause takes a minute or more: whoever is done before has not waited for its end.
NEARLY_NOTHING = 0.01

ONE_EACH = ["Inline()", "Threads()", "Forks()", "Multiplexed()", "Asyncio(grace=0)"]
LOOPS = {**MULTIPLEXING_STRATEGIES, **LOOP_MAKING_STRATEGIES}

LIMITS = {
    "read": Limits(read_rate=RATE),
    "write": Limits(write_rate=RATE),
    "total_read": Limits(total_read_rate=RATE),
    "total_write": Limits(total_write_rate=RATE),
}


def strategy_of(source: str) -> Any:
    return eval(source, NAMES)


def lines_of(size: int) -> bytes:
    return (b"x" * 999 + b"\n") * (size // 1000)


def exchange(address: Any, data: bytes, wrap: Callable[[socket.socket], socket.socket] | None = None) -> float:
    """Send lines, receive as many in capitals, and return how many seconds that has taken."""
    with connect(address) as plain:
        client = plain if wrap is None else wrap(plain)
        begun = time.monotonic()
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        received = b""
        while len(received) < len(data):
            part = client.recv(65536)
            assert part, "the server has closed a connection that it should pace"
            received += part
        seconds = time.monotonic() - begun
        sender.join()
        # A forked child has a copy of it.
        client.shutdown(socket.SHUT_RDWR)
        client.close()
    assert received == data.upper()
    return seconds


def check_pace(seconds: float) -> None:
    """Check how long ``AMOUNT`` has taken: a quarter of a second, or not much more on a loaded machine."""
    assert 0.23 < seconds < 1.5


def served(handler: Any, strategy: Any, limits: Limits, endpoint: Any = None, **deadlines: float | None) -> Any:
    config = ServerConfig(limits=limits, deadlines=Deadlines(**deadlines))
    return running(Server(endpoint or TCP(port=0), handler, strategy, config=config))


# The pace, everywhere


@pytest.mark.parametrize("handler", STREAM_HANDLERS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_handler_of_any_kind_is_paced(strategy: str, handler: str) -> None:
    recipe = strategy_of(STRATEGIES[strategy])
    with served(STREAM_HANDLERS[handler], recipe, Limits(read_rate=RATE)) as run:
        check_pace(exchange(run.server.server_address, lines_of(AMOUNT)))
    if isinstance(recipe, OnExecutor):
        recipe.executor.shutdown()


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("strategy", LOOPS)
def test_coroutine_in_a_loop_is_paced(strategy: str, limits: str) -> None:
    with served(STREAM_HANDLERS["stream_coroutine"], strategy_of(LOOPS[strategy]), LIMITS[limits]) as run:
        check_pace(exchange(run.server.server_address, lines_of(AMOUNT)))


@pytest.mark.parametrize("handler", STREAM_HANDLERS)
@pytest.mark.parametrize("limits", ["write", "total_read", "total_write"])
def test_each_rate_paces_each_kind_of_handler(limits: str, handler: str) -> None:
    with served(STREAM_HANDLERS[handler], Threads(), LIMITS[limits]) as run:
        check_pace(exchange(run.server.server_address, lines_of(AMOUNT)))


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("strategy", ONE_EACH)
def test_exchange_of_messages_is_paced(strategy: str, limits: str) -> None:
    framed = Framed(Lines(), lambda line: line.upper())
    with served(framed, strategy_of(strategy), LIMITS[limits]) as run:
        check_pace(exchange(run.server.server_address, lines_of(AMOUNT)))


def client_context(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "certificate")


def encrypt(context: ssl.SSLContext, plain: socket.socket) -> socket.socket:
    # Not the standard library's, which two threads must not use at once before Python 3.13.
    client = TLSConnection(plain, context, server_side=False, server_hostname="localhost")
    client.do_handshake()
    return client


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("strategy", ONE_EACH)
def test_encrypted_connection_is_paced(strategy: str, limits: str, tmp_path: Path) -> None:
    files(tmp_path)
    endpoint = TLS(TCP(port=0), TLSConfig(certificate=tmp_path / "certificate", key=tmp_path / "key"))
    handler = STREAM_HANDLERS["stream_coroutine"]
    wrap = partial(encrypt, client_context(tmp_path))

    with served(handler, strategy_of(strategy), LIMITS[limits], endpoint) as run:
        check_pace(exchange(run.server.server_address, lines_of(AMOUNT), wrap))


def test_encrypted_connection_of_a_blocking_handler_is_paced(tmp_path: Path) -> None:
    files(tmp_path)
    endpoint = TLS(TCP(port=0), TLSConfig(certificate=tmp_path / "certificate", key=tmp_path / "key"))
    wrap = partial(encrypt, client_context(tmp_path))

    for limits in (LIMITS["read"], LIMITS["write"]):
        with served(STREAM_HANDLERS["StreamFiles"], Threads(), limits, endpoint) as run:
            check_pace(exchange(run.server.server_address, lines_of(AMOUNT), wrap))


@pytest.mark.parametrize("limits", ["read", "write"])
@pytest.mark.parametrize("strategy", ["Threads()", "Multiplexed()"])
def test_connection_on_a_unix_socket_is_paced(strategy: str, limits: str, tmp_path: Path) -> None:
    endpoint = UnixStream(str(tmp_path / "socket"))
    with served(STREAM_HANDLERS["stream_coroutine"], strategy_of(strategy), LIMITS[limits], endpoint) as run:
        check_pace(exchange(run.server.server_address, lines_of(AMOUNT)))


@stream_handler
async def shout_by_outbox(stream: Stream) -> None:
    async for line in stream:
        while not stream.try_write(line.upper()):
            await sleep(0.01)


@pytest.mark.parametrize("limits", ["write", "total_write"])
@pytest.mark.parametrize("strategy", ["Threads()", "Multiplexed()"])
def test_outbox_is_emptied_at_the_pace(strategy: str, limits: str) -> None:
    with served(shout_by_outbox, strategy_of(strategy), LIMITS[limits]) as run:
        check_pace(exchange(run.server.server_address, lines_of(AMOUNT)))


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("strategy", ["Threads()", "Multiplexed()"])
def test_what_the_outbox_keeps_at_the_end_of_a_handler_is_sent_at_the_pace(
    strategy: str, encrypted: bool, tmp_path: Path
) -> None:
    @stream_handler
    async def leave_all(stream: Stream) -> None:
        assert stream.try_write(bytes(AMOUNT))

    endpoint: Any = TCP(port=0)
    if encrypted:
        files(tmp_path)
        endpoint = TLS(endpoint, TLSConfig(certificate=tmp_path / "certificate", key=tmp_path / "key"))
    with (
        served(leave_all, strategy_of(strategy), LIMITS["write"], endpoint) as run,
        connect(run.server.server_address) as plain,
    ):
        client = client_context(tmp_path).wrap_socket(plain, server_hostname="localhost") if encrypted else plain
        begun = time.monotonic()
        received = 0
        while part := client.recv(65536):
            received += len(part)
        assert received == AMOUNT
        check_pace(time.monotonic() - begun)
        client.close()


@pytest.mark.parametrize(
    ("strategy", "limits"),
    [
        ("Threads()", "total_read"),
        ("Forks()", "total_read"),
        ("Multiplexed()", "total_read"),
        ("Asyncio(grace=0)", "total_read"),
        ("Forks()", "total_write"),
        ("Multiplexed()", "total_write"),
    ],
)
def test_connections_share_a_total(strategy: str, limits: str) -> None:
    with (
        served(STREAM_HANDLERS["stream_coroutine"], strategy_of(strategy), LIMITS[limits]) as run,
        ThreadPoolExecutor(4) as clients,
    ):
        address = run.server.server_address
        seconds = list(clients.map(partial(exchange, address), [lines_of(AMOUNT)] * 4))
    # As much for each. The first has had what may come at once.
    assert 4 * AMOUNT / RATE - BURST - 0.05 < max(seconds) < 4
    assert min(seconds) > max(seconds) * 0.6


def test_idle_connections_take_nothing_of_a_total() -> None:
    with (
        served(STREAM_HANDLERS["stream_coroutine"], Threads(), Limits(total_read_rate=RATE)) as run,
        connect(run.server.server_address) as idle,
    ):
        idle.sendall(b"a\n")
        assert idle.recv(10) == b"A\n"
        check_pace(exchange(run.server.server_address, lines_of(AMOUNT)))


def test_small_messages_below_the_rate_are_not_held_up() -> None:
    with (
        served(
            STREAM_HANDLERS["stream_coroutine"], Threads(), Limits(read_rate=10_000, total_write_rate=10_000)
        ) as run,
        connect(run.server.server_address) as client,
    ):
        begun = time.monotonic()
        for _ in range(50):
            client.sendall(b"a line of text\n")
            assert client.recv(100) == b"A LINE OF TEXT\n"
        assert time.monotonic() - begun < 0.5


# What does not happen in a pause


@pytest.mark.parametrize("handler", ["StreamBase", "StreamFiles", "stream_coroutine", "stream_stdlib"])
def test_deadlines_of_reads_and_writes_do_not_run_in_a_pause(handler: str) -> None:
    # A byte each eighth of a second, and half as long for the peer.
    limits = Limits(read_rate=8, write_rate=8)
    with served(STREAM_HANDLERS[handler], Threads(), limits, read=0.06, write=0.06) as run:
        assert ask(run.server.server_address, b"abcd\n") == b"ABCD\n"


@pytest.mark.parametrize("handler", ["stream_coroutine", "framed", "outbox"])
@pytest.mark.parametrize("strategy", ["Inline()", "Multiplexed()", "Asyncio(grace=0)"])
def test_deadlines_do_not_run_in_a_pause_of_a_coroutine(strategy: str, handler: str) -> None:
    handlers = {
        "stream_coroutine": STREAM_HANDLERS["stream_coroutine"],
        "framed": Framed(Lines(), lambda line: line.upper()),
        "outbox": shout_by_outbox,
    }
    limits = Limits(read_rate=8, write_rate=8)
    with served(handlers[handler], strategy_of(strategy), limits, read=0.06, write=0.06) as run:
        assert ask(run.server.server_address, b"abcd\n") == b"ABCD\n"


def test_silence_of_the_peer_is_found_between_pauses() -> None:
    with (
        served(STREAM_HANDLERS["StreamFiles"], Threads(), Limits(read_rate=RATE), read=0.1) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"half a")
        assert client.recv(10) == b""


@pytest.mark.parametrize("strategy", ["Multiplexed()", "Asyncio(grace=0)"])
def test_pause_makes_no_thread_and_takes_no_processor_time(strategy: str) -> None:
    limits = Limits(read_rate=NEARLY_NOTHING)
    with (
        served(STREAM_HANDLERS["stream_coroutine"], strategy_of(strategy), limits) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"ab\n")
        time.sleep(0.1)
        threads, spent = threading.active_count(), time.process_time()
        time.sleep(0.4)
        assert time.process_time() - spent < 0.1
        assert threading.active_count() == threads
        # Otherwise it would have to be waited for at the end.
        run.server.drain(5)
        assert client.recv(10) == b"AB\n"


# What ends a pause


@pytest.mark.parametrize("limits", [Limits(read_rate=NEARLY_NOTHING), Limits(total_write_rate=NEARLY_NOTHING)])
@pytest.mark.parametrize("strategy", ONE_EACH)
def test_drain_ends_a_pause_at_once(strategy: str, limits: Limits) -> None:
    with (
        served(STREAM_HANDLERS["stream_coroutine"], strategy_of(strategy), limits) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"abc\n")
        time.sleep(0.2)
        begun = time.monotonic()
        report = run.server.drain(PATIENCE)
        assert client.recv(10, socket.MSG_WAITALL) == b"ABC\n"
        assert time.monotonic() - begun < 5
        assert report is not None
        assert not report.cut


@pytest.mark.parametrize("handler", ["StreamBase", "StreamFiles", "stream_stdlib", "framed", "outbox"])
def test_drain_ends_a_pause_of_each_kind_of_handler(handler: str) -> None:
    handlers = {**STREAM_HANDLERS, "framed": Framed(Lines(), lambda line: line.upper()), "outbox": shout_by_outbox}
    limits = Limits(read_rate=2, write_rate=NEARLY_NOTHING)
    with (
        served(handlers[handler], Threads(), limits) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"a\n")
        client.shutdown(socket.SHUT_WR)
        time.sleep(0.8)
        begun = time.monotonic()
        run.server.drain(PATIENCE)
        assert client.recv(10, socket.MSG_WAITALL) == b"A\n"
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize("limits", [Limits(read_rate=NEARLY_NOTHING), Limits(total_write_rate=NEARLY_NOTHING)])
@pytest.mark.parametrize("strategy", ONE_EACH)
def test_cut_ends_a_pause_at_once(strategy: str, limits: Limits) -> None:
    with (
        served(STREAM_HANDLERS["stream_coroutine"], strategy_of(strategy), limits, total=0.3) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"abc\n")
        begun = time.monotonic()
        received = b""
        # Something was not read.
        with contextlib.suppress(ConnectionError):
            while part := client.recv(10):
                received += part
        assert len(received) <= 4
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize("handler", ["StreamBase", "StreamFiles", "stream_stdlib"])
def test_cut_ends_a_pause_of_a_handler_that_blocks(handler: str) -> None:
    with (
        served(STREAM_HANDLERS[handler], Threads(), Limits(read_rate=NEARLY_NOTHING), total=0.3) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"abc\n")
        begun = time.monotonic()
        # Something was not read.
        with contextlib.suppress(ConnectionError):
            while client.recv(10):
                pass
        assert time.monotonic() - begun < 3
    # ``running`` has waited for the worker.
    assert time.monotonic() - begun < 5


def test_timeout_of_a_task_ends_a_pause() -> None:
    ended = threading.Event()

    @stream_handler
    async def impatient(stream: Stream) -> None:
        try:
            async with timeout(0.2):
                await stream.readline()
        except TimeoutError:
            ended.set()

    for strategy in (Threads(), Multiplexed()):
        ended.clear()
        with (
            served(impatient, strategy, Limits(read_rate=NEARLY_NOTHING)) as run,
            connect(run.server.server_address) as client,
        ):
            client.sendall(b"abc\n")
            assert ended.wait(PATIENCE)


# One connection


def paced_pair(**rates: float) -> tuple[PacedConnection, socket.socket, Pacer]:
    ours, theirs = socket.socketpair()
    full = {"read": None, "write": None, "total_read": None, "total_write": None, **rates}
    pacer = Rates(**full).pacer()
    theirs.settimeout(PATIENCE)
    return PacedConnection.of(ours, pacer), theirs, pacer


def test_operations_of_a_socket_keep_their_meaning() -> None:
    ours, theirs, _ = paced_pair(read=1e6, write=1e6, total_read=1e6, total_write=1e6)
    with ours, theirs:
        theirs.sendall(b"abcdefghijkl")
        assert ours.recv(2, socket.MSG_PEEK) == b"ab"
        assert ours.recv(2) == b"ab"
        assert ours.recvfrom(2)[0] == b"cd"
        buffer = bytearray(2)
        assert ours.recv_into(buffer) == 2
        assert buffer == b"ef"
        assert ours.recvfrom_into(buffer)[0] == 2
        assert buffer == b"gh"
        assert ours.recvmsg(1)[0] == b"i"
        assert ours.recvmsg_into([memoryview(buffer)[:1], memoryview(buffer)[1:]])[0] == 2
        assert buffer == b"jk"
        assert ours.recv(1) == b"l"
        ours.sendall(b"abc")
        assert ours.send(b"de") == 2
        assert ours.sendmsg([b"f", b"gh"]) == 3
        assert ours.send(array.array("H", [0x6161])) == 2
        ours.sendall(array.array("H", [0x6262]))
        assert theirs.recv(100) == b"abcdefghaabb"
        assert ours.recv(0) == b""
        with pytest.raises(BlockingIOError):
            ours.recv(1, socket.MSG_DONTWAIT)
        theirs.close()
        assert ours.recv(1) == b""
        assert ours.unread is False
        with pytest.raises(BrokenPipeError):
            ours.sendall(b"a")


def test_receive_of_all_waits_for_all() -> None:
    ours, theirs, _ = paced_pair(read=100)
    with ours, theirs:
        theirs.sendall(b"x" * 30)
        assert ours.recv(30, socket.MSG_WAITALL) == b"x" * 30
        theirs.sendall(b"y" * 10)
        buffer = bytearray(10)
        assert ours.recv_into(buffer, 0, socket.MSG_WAITALL) == 10
        assert buffer == b"y" * 10


def test_file_is_sent_at_the_pace(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(lines_of(AMOUNT))
    ours, theirs, _ = paced_pair(write=RATE)
    with ours, theirs, path.open("rb") as file:
        begun = time.monotonic()
        with ThreadPoolExecutor(1) as sender:
            sent = sender.submit(ours.sendfile, file, 1000)
            received = b""
            while len(received) < AMOUNT - 1000:
                received += theirs.recv(65536)
            assert sent.result() == len(received)
        assert received == lines_of(AMOUNT)[1000:]
        check_pace(time.monotonic() - begun)
        assert file.tell() == len(received) + 1000


def test_timeout_of_a_handlers_own_bounds_the_wait_for_the_peer() -> None:
    ours, theirs, _ = paced_pair(read=RATE, total_read=RATE)
    with ours, theirs:
        ours.settimeout(0.05)
        with pytest.raises(TimeoutError):
            ours.recv(10)
        theirs.sendall(b"ab")
        assert ours.recv(10) == b"ab"
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(10)


def test_copy_of_a_connection_has_the_same_pace() -> None:
    ours, theirs, _ = paced_pair(read=RATE)
    with ours, theirs, ours.dup() as copy:
        assert copy.pacer is ours.pacer


def test_descriptor_of_a_paced_connection_blocks_for_whoever_is_given_it() -> None:
    ours, theirs, _ = paced_pair(read=RATE)
    with ours, theirs:
        assert os.get_blocking(ours.fileno())


def test_plain_end_of_an_encrypted_connection_is_paced(tmp_path: Path) -> None:
    files(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    ours, theirs, pacer = paced_pair(read=1e6)

    def leave() -> bytes:
        client = client_context(tmp_path).wrap_socket(theirs, server_hostname="localhost")
        with client.unwrap() as plain:
            plain.sendall(b"plain")
            return plain.recv(10)

    with ThreadPoolExecutor(1) as clients:
        left = clients.submit(leave)
        encrypted = TLSConnection(ours, context)
        assert encrypted.pacer is pacer
        encrypted.do_handshake()
        assert encrypted.recv(10) == b""
        with encrypted.unwrap() as plain:
            assert plain.recv(5, socket.MSG_WAITALL) == b"plain"
            assert isinstance(plain, PacedConnection)
            assert plain.pacer is pacer
            plain.sendall(b"end")
        assert left.result(PATIENCE) == b"end"
    encrypted.close()


# The accounts, by a clock of the test's own


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(
    rate=st.floats(0.5, 1e7),
    common=st.booleans(),
    steps=st.lists(st.tuples(st.floats(0, 0.5), st.integers(1, 1 << 20), st.floats(0, 1)), max_size=60),
)
def test_no_window_of_time_has_more_than_its_rate_and_the_burst(
    rate: float, common: bool, steps: list[tuple[float, int, float]]
) -> None:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "monotonic", clock)
        rates = Rates(None, None, rate, None) if common else Rates(rate, None, None, None)
        pace = rates.pacer().reads
        assert pace is not None
        moves: list[tuple[float, int]] = []
        for seconds, size, part in steps:
            clock.now += seconds
            granted = pace.grant(size)
            assert 0 <= granted <= size
            if granted:
                count = int(granted * part)
                pace.moved(count)
                moves.append((clock.now, count))
            else:
                assert pace.until > clock.now
        burst = max(BURST, 1.5 / rate)
        for first, (begun, _) in enumerate(moves):
            total = 0
            for at, count in moves[first:]:
                total += count
                assert total <= rate * (at - begun + burst) * (1 + 1e-6) + 1


@settings(deadline=None, max_examples=30)
@given(rate=st.sampled_from([50.0, 1e4, 1e6, 1e7]), others=st.integers(0, 30), common=st.booleans())
def test_greedy_connections_get_all_of_a_rate_in_equal_shares(rate: float, others: int, common: bool) -> None:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "monotonic", clock)
        rates = Rates(None, None, rate, None) if common else Rates(rate, None, None, None)
        paces = [pace for _ in range(others + 1) if (pace := rates.pacer().reads) is not None]
        counts = [0] * len(paces)
        due = [clock.now] * len(paces)
        begun = clock.now
        while clock.now < begun + 5:
            # The one that was to wake first, a little late.
            which = due.index(min(due))
            clock.now = max(clock.now, due[which] + 0.001)
            granted = paces[which].grant(65536)
            if granted:
                paces[which].moved(granted)
                counts[which] += granted
            else:
                due[which] = paces[which].until
        # A connection alone has its own rate; together they have the common one.
        each = rate * 5 / (len(paces) if common else 1)
        most_at_once = max(1, rate / 8)
        if each / most_at_once > 10:
            assert min(counts) > each * 0.9
        assert sum(counts) <= (rate * 5 * (1 if common else len(paces)) + most_at_once * len(paces)) * 1.01
        assert sum(counts) >= rate * 5 * 0.95 * (1 if common else len(paces)) - most_at_once


def test_fork_makes_an_account_common_to_both_processes() -> None:
    account = CommonAccount(1000)
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            account.spend(10_000)
            os.write(write, b"1")
        finally:
            os._exit(0)
    try:
        assert os.read(read, 1) == b"1"
        _, until = account.reserve(time.monotonic(), 1)
        assert until > time.monotonic() + 5
    finally:
        os.waitpid(pid, 0)
        os.close(read)
        os.close(write)


# What is refused


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "1M", True, [1]])
@pytest.mark.parametrize("name", ["read_rate", "write_rate", "total_read_rate", "total_write_rate"])
def test_rate_that_is_no_number_above_zero_is_refused(name: str, rate: Any) -> None:
    with pytest.raises(RecipeError, match=rf"Limits\({name}=.*bytes a second"):
        Limits(**{name: rate})


def test_rates_of_bytes_are_refused_for_datagrams() -> None:
    handler: Any = DATAGRAM_HANDLERS["datagram_of_data"]
    with pytest.raises(CompositionError, match="rates of bytes"):
        Server(UDP(port=0), handler, Inline(), config=ServerConfig(limits=Limits(read_rate=1)))


def test_connection_that_reads_in_its_own_way_is_refused() -> None:
    class OwnSocket(socket.socket):
        pass

    of_server = Pacing(Limits(read_rate=1), DrainRequest())
    of_server.begin()
    accept = of_server.paced(print)
    with OwnSocket() as own, pytest.raises(CompositionError, match="OwnSocket"):
        accept(own, None)
