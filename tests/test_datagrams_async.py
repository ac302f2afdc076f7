"""Datagrams whose handlers wait: many at once in a loop, in place elsewhere; their deadlines, drains and replies."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest
import uvloop

from tests import matrix
from tests.running import PATIENCE, ask_datagram, running
from tests.test_draining import MANY_AT_ONCE, STRATEGIES, live_requests
from typedserver import (
    UDP,
    Address,
    Asyncio,
    DatagramContext,
    Deadlines,
    Event,
    Finished,
    Forks,
    InetAddress,
    Limits,
    Multiplexed,
    Outcome,
    Refused,
    Server,
    ServerConfig,
    TaskGroup,
    Threads,
    UnixDatagram,
    datagram_handler,
    run_blocking,
    sleep,
    timeout,
    wait_draining,
)

LOOPS: Final[dict[str, Callable[[], Any]]] = {
    "multiplexed": Multiplexed,
    "asyncio": lambda: Asyncio(grace=0),
    "uvloop": lambda: Asyncio(grace=0, loop_factory=uvloop.new_event_loop),
}


@pytest.fixture
def executor() -> Any:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest, executor: ThreadPoolExecutor) -> Any:
    return STRATEGIES[request.param](executor)


@pytest.fixture(params=MANY_AT_ONCE)
def parallel(request: pytest.FixtureRequest, executor: ThreadPoolExecutor) -> Any:
    return STRATEGIES[request.param](executor)


@pytest.fixture(params=list(LOOPS))
def multiplexing(request: pytest.FixtureRequest) -> Any:
    return LOOPS[request.param]()


@contextmanager
def peer(path: str | None = None) -> Generator[socket.socket, None, None]:
    """Open a client's socket with a name, so that it can be answered."""
    with socket.socket(socket.AF_INET if path is None else socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0) if path is None else path)
        made.settimeout(PATIENCE)
        try:
            yield made
        finally:
            if path is not None:
                Path(path).unlink()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.001)


class Held:
    """A handler that holds what it is asked until it is let go."""

    def __init__(self) -> None:
        self.here = 0
        self.let_go = False

    async def answer(self, data: bytes) -> bytes:
        if data == b"quick":
            return b"at once"
        self.here += 1
        try:
            while not self.let_go:
                await sleep(0.02)
        finally:
            self.here -= 1
        return b"late " + data

    def wait_until_here(self, number: int) -> None:
        wait_for(lambda: self.here >= number)


# At once


def test_three_hundred_that_wait_delay_no_other(multiplexing: Any) -> None:
    held = Held()
    server = Server(UDP(port=0), datagram_handler(held.answer), multiplexing)
    with running(server) as run, peer() as waiting:
        waiting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 212_992)
        for number in range(300):
            waiting.sendto(b"%d" % number, run.server.server_address)
            if number % 100 == 99:
                # Its buffer holds no more at once than some two hundred.
                held.wait_until_here(number + 1)
        began = time.monotonic()
        assert ask_datagram(run.server.server_address, b"quick") == b"at once"
        assert time.monotonic() - began < PATIENCE / 4
        held.let_go = True
        assert {waiting.recv(100) for _ in range(300)} == {b"late %d" % number for number in range(300)}


def test_a_limit_leaves_the_others_in_the_kernels_queue(multiplexing: Any) -> None:
    held = Held()
    config = ServerConfig(limits=Limits(connections=2))
    with (
        running(Server(UDP(port=0), datagram_handler(held.answer), multiplexing, config=config)) as run,
        peer() as client,
    ):
        for data in (b"1", b"2", b"quick"):
            client.sendto(data, run.server.server_address)
        wait_for(lambda: held.here == 2)
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(100)
        client.settimeout(PATIENCE)
        held.let_go = True
        assert sorted(client.recv(100) for _ in range(3)) == [b"at once", b"late 1", b"late 2"]


def test_a_limit_that_refuses_drops_the_others_and_says_so(multiplexing: Any) -> None:
    held = Held()
    refused: list[Refused] = []
    config = ServerConfig(
        limits=Limits(connections=2, over="refuse"),
        observer=lambda event: refused.append(event) if isinstance(event, Refused) else None,
    )
    with (
        running(Server(UDP(port=0), datagram_handler(held.answer), multiplexing, config=config)) as run,
        peer() as client,
    ):
        for data in (b"1", b"2", b"quick"):
            client.sendto(data, run.server.server_address)
        wait_for(lambda: refused)
        assert refused[0].client_address == client.getsockname()
        held.let_go = True
        assert sorted(client.recv(100) for _ in range(2)) == [b"late 1", b"late 2"]


def test_all_kinds_of_handlers_answer_from_the_address_that_was_asked() -> None:
    handlers: list[Any] = list(matrix.DATAGRAM_HANDLERS.values())
    for handler in handlers:
        for strategy in (Threads(), Forks()):
            server: Server[Any, Any] = Server(UDP(port=0, host=""), handler, strategy)
            with running(server) as run, peer() as client:
                # Connected, it hears this address alone.
                client.connect(("127.0.0.2", run.server.server_address[1]))
                client.send(b"x")
                assert client.recv(100) == b"X"


# The context


def test_context_replies_more_than_once_and_knows_where_the_datagram_came_in(strategy: Any) -> None:
    @datagram_handler
    async def answer(data: bytes, client_address: InetAddress, context: DatagramContext[InetAddress]) -> bytes:
        assert context.client_address == client_address
        assert await context.reply(b"1 " + data)
        await sleep(0.001)
        assert context.reply_blocking(b"2 " + data)
        return repr(context.local_address).encode()

    with running(Server(UDP(port=0, host=""), answer, strategy)) as run, peer() as client:
        asked = ("127.0.0.3", run.server.server_address[1])
        client.sendto(b"x", asked)
        assert [client.recvfrom(100) for _ in range(3)] == [
            (b"1 x", asked),
            (b"2 x", asked),
            (repr(asked).encode(), asked),
        ]


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "forks"])
def test_context_is_kept_and_answers_when_its_handler_has_returned(name: str, executor: ThreadPoolExecutor) -> None:
    kept: list[DatagramContext] = []

    @datagram_handler
    async def answer(data: bytes, _client_address: Address, context: DatagramContext) -> None:
        if data == b"subscribe":
            kept.append(context)
            await context.reply(b"subscribed")
            return
        for each in kept:
            assert await each.reply(data)

    with running(Server(UDP(port=0), answer, STRATEGIES[name](executor))) as run, peer() as client:
        address = run.server.server_address
        client.sendto(b"subscribe", address)
        assert client.recv(100) == b"subscribed"
        with peer() as publisher:
            publisher.sendto(b"news", address)
            assert client.recv(100) == b"news"
        # From a thread that is no handler.
        assert kept[0].reply_blocking(b"more")
        assert client.recv(100) == b"more"
    assert not kept[0].reply_blocking(b"too late"), "the server is closed"


def test_context_of_a_plain_function_has_its_server(caplog: pytest.LogCaptureFixture) -> None:
    class Counting(Server[Any, Any]):
        asked = 0

    @datagram_handler
    def answer(data: bytes, _client_address: Address, context: DatagramContext[Address, Counting]) -> None:
        context.server.asked += 1
        context.reply_blocking(b"%d %s" % (context.server.asked, data))

    with running(Counting(UDP(port=0), answer)) as run:
        assert ask_datagram(run.server.server_address, b"x") == b"1 x"
        assert ask_datagram(run.server.server_address, b"y") == b"2 y"
    assert not caplog.records


# What a coroutine of a Stream may await as well


def test_tasks_and_limits_of_time_belong_to_a_datagram_too(strategy: Any) -> None:
    @datagram_handler
    async def answer(data: bytes, _client_address: Address, context: DatagramContext) -> bytes:
        async def reply_after(seconds: float, reply: bytes) -> int:
            await sleep(seconds)
            await context.reply(reply)
            return len(reply)

        async with TaskGroup() as tasks:
            late = tasks.create_task(reply_after(0.02, b"late"))
            tasks.create_task(reply_after(0, b"early"))
        with suppress(TimeoutError):
            async with timeout(0.01):
                await sleep(PATIENCE * 10)
        return b"%d %s" % (late.result(), await run_blocking(data.upper))

    with running(Server(UDP(port=0), answer, strategy)) as run, peer() as client:
        client.sendto(b"x", run.server.server_address)
        assert [client.recv(100) for _ in range(3)] == [b"early", b"late", b"4 X"]


def test_datagram_wakes_a_handler_that_waits_for_it(multiplexing: Any) -> None:
    events: dict[bytes, Event] = {}

    @datagram_handler
    async def meet(data: bytes) -> bytes:
        kind, _, name = data.partition(b" ")
        event = events.setdefault(name, Event())
        if kind == b"wait":
            await event.wait()
            return b"woken by " + name
        event.set()
        return b"set"

    with running(Server(UDP(port=0), meet, multiplexing)) as run, peer() as client:
        client.sendto(b"wait a", run.server.server_address)
        assert ask_datagram(run.server.server_address, b"set a") == b"set"
        assert client.recv(100) == b"woken by a"


def test_cut_reaches_the_tasks_of_a_datagram(strategy: Any) -> None:
    @datagram_handler
    async def answer(data: bytes, _client_address: Address, context: DatagramContext) -> bytes:
        if data == b"quick":
            return b"at once"
        async with TaskGroup() as tasks:
            tasks.create_task(sleep(PATIENCE * 10))
            await context.reply(b"here")
        raise AssertionError("it was cut")

    server = Server(UDP(port=0), answer, strategy)
    with running(server) as run, peer() as client:
        client.sendto(b"wait", run.server.server_address)
        assert client.recv(100) == b"here"
        report = server.drain(0.2)
        assert (report.served, report.cut, report.left) == (0, (client.getsockname(),), 0)


# Replies for which there is no room


def test_reply_to_a_peer_that_does_not_read_holds_up_nobody_and_is_dropped(multiplexing: Any, tmp_path: Path) -> None:
    results: list[bool] = []

    @datagram_handler
    async def answer(data: bytes, _client_address: Address, context: DatagramContext) -> bytes | None:
        if data == b"quick":
            return b"at once"
        while await context.reply(data):
            pass
        results.append(False)
        return None

    server = Server(UnixDatagram(str(tmp_path / "s"), send_timeout=1.0), answer, multiplexing)
    with running(server), peer(str(tmp_path / "deaf")) as deaf:
        began = time.monotonic()
        deaf.sendto(b"flood", str(tmp_path / "s"))
        for number in range(5):
            own_path = str(tmp_path / f"c{number}")
            assert ask_datagram(str(tmp_path / "s"), b"quick", own_path) == b"at once"
            Path(own_path).unlink()
        assert not results
        wait_for(lambda: results)
        assert time.monotonic() - began >= 1


def test_reply_waits_for_a_peer_that_reads_late(strategy: Any, tmp_path: Path) -> None:
    @datagram_handler
    async def answer(data: bytes, _client_address: Address, context: DatagramContext) -> bytes:
        for number in range(40):
            assert await context.reply(b"%d" % number)
        return data

    server = Server(UnixDatagram(str(tmp_path / "s"), send_timeout=PATIENCE), answer, strategy)
    with running(server), peer(str(tmp_path / "c")) as client:
        client.sendto(b"last", str(tmp_path / "s"))
        # Its queue is full by then (net.unix.max_dgram_qlen).
        time.sleep(0.05)
        assert [client.recv(100) for _ in range(41)] == [*(b"%d" % number for number in range(40)), b"last"]


def test_reply_longer_than_a_datagram_is_the_handlers_error(strategy: Any, caplog: pytest.LogCaptureFixture) -> None:
    @datagram_handler
    async def answer(data: bytes) -> bytes:
        await sleep(0)
        return bytes(70_000) if data == b"long" else data

    with running(Server(UDP(port=0), answer, strategy)) as run, peer() as client:
        client.sendto(b"long", run.server.server_address)
        assert ask_datagram(run.server.server_address, b"x") == b"x"
    if not isinstance(strategy, Forks):
        assert any("Message too long" in str(record.exc_info) for record in caplog.records)


def test_exception_of_a_coroutine_costs_its_client_alone(strategy: Any, caplog: pytest.LogCaptureFixture) -> None:
    @datagram_handler
    async def answer(data: bytes) -> bytes:
        await sleep(0.001)
        if data == b"bad":
            raise ValueError("bad data")
        return data

    with running(Server(UDP(port=0), answer, strategy)) as run, peer() as client:
        client.sendto(b"bad", run.server.server_address)
        assert ask_datagram(run.server.server_address, b"x") == b"x"
    if not isinstance(strategy, Forks):
        assert any("bad data" in str(record.exc_info) for record in caplog.records)


@pytest.mark.parametrize("handler", ["datagram_of_data", "datagram_plain_function"])
def test_function_that_waits_for_nothing_gets_a_clear_error_in_a_loop_and_is_released(
    handler: str, multiplexing: Any, caplog: pytest.LogCaptureFixture
) -> None:
    config = ServerConfig(limits=Limits(connections=1))
    function: Any = matrix.DATAGRAM_HANDLERS[handler]
    server: Server[Any, Any] = Server(UDP(port=0), function, multiplexing, config=config)
    with running(server) as run:
        for _ in range(2):
            # The second is answered too, so the first has released the only place.
            assert ask_datagram(run.server.server_address, b"x") == b"X"
    wanted = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert ["make it an `async def`" in str(record.exc_info) for record in wanted] == [True, True]


# Deadlines and drains


@datagram_handler
async def stuck(data: bytes, _client_address: Address, context: DatagramContext) -> bytes:
    """Answer at once; or say that it is there, and wait for ever."""
    if data == b"quick":
        return b"at once"
    await context.reply(b"here")
    await sleep(PATIENCE * 10)
    raise AssertionError("it was cut")


def ask_until_answered(address: Any) -> None:
    """Ask again and again: on a slow machine a question may be cut as well."""
    with peer() as client:
        client.settimeout(0.5)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            client.sendto(b"quick", address)
            with suppress(TimeoutError):
                assert client.recv(100) == b"at once"
                return
    raise AssertionError("no question was answered")


def test_total_deadline_cuts_a_coroutine_that_waits(strategy: Any) -> None:
    ends: list[Finished] = []
    config = ServerConfig(
        deadlines=Deadlines(total=0.3),
        observer=lambda event: ends.append(event) if isinstance(event, Finished) else None,
    )
    with running(Server(UDP(port=0), stuck, strategy, config=config)) as run, peer() as client:
        client.sendto(b"wait", run.server.server_address)
        wait_for(lambda: ends)
        assert ends[0].outcome is Outcome.CUT
        ask_until_answered(run.server.server_address)


def test_total_deadline_cuts_a_coroutine_without_an_observer(strategy: Any) -> None:
    config = ServerConfig(deadlines=Deadlines(total=0.3))
    with running(Server(UDP(port=0), stuck, strategy, config=config)) as run, peer() as client:
        for _ in range(2):
            client.sendto(b"wait", run.server.server_address)
        ask_until_answered(run.server.server_address)
        wait_for(lambda: not live_requests(run.server))


def test_what_is_cut_runs_its_finally_clauses_which_may_reply() -> None:
    @datagram_handler
    async def answer(_data: bytes, _client_address: Address, context: DatagramContext) -> None:
        try:
            await sleep(PATIENCE * 10)
        finally:
            await sleep(0.001)
            await context.reply(b"cut")

    for strategy in (*(make() for make in LOOPS.values()), Threads()):
        config = ServerConfig(deadlines=Deadlines(total=0.2))
        with running(Server(UDP(port=0), answer, strategy, config=config)) as run:
            assert ask_datagram(run.server.server_address, b"x") == b"cut"


def test_drain_waits_for_what_runs_and_for_its_replies(parallel: Any) -> None:
    @datagram_handler
    async def answer(data: bytes, _client_address: Address, context: DatagramContext) -> bytes:
        await context.reply(b"here")
        await wait_draining(context.server)
        await sleep(0.05)
        return data

    server = Server(UDP(port=0), answer, parallel)
    with running(server) as run, peer() as client:
        for number in range(3):
            client.sendto(b"%d" % number, run.server.server_address)
        assert [client.recv(100) for _ in range(3)] == [b"here"] * 3
        report = server.drain(PATIENCE)
        assert sorted(client.recv(100) for _ in range(3)) == [b"0", b"1", b"2"]
        assert (report.served, report.cut, report.left) == (3, (), 0)


def test_drains_deadline_cuts_a_coroutine_that_waits(strategy: Any) -> None:
    server = Server(UDP(port=0), stuck, strategy)
    with running(server) as run, peer() as client:
        client.sendto(b"wait", run.server.server_address)
        assert client.recv(100) == b"here"
        began = time.monotonic()
        report = server.drain(0.2)
        assert time.monotonic() - began < PATIENCE / 2
        assert (report.served, report.cut, report.left) == (0, (client.getsockname(),), 0)


def test_close_ends_coroutines_that_wait(multiplexing: Any) -> None:
    held = Held()
    server = Server(UDP(port=0), datagram_handler(held.answer), multiplexing)
    server.open()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with peer() as client:
        client.sendto(b"x", server.server_address)
        wait_for(lambda: held.here)
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()
    assert held.here == 0
