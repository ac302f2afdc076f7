"""Values that cannot work: they are refused where they are given, with their name, by calls as by recipes."""

import decimal
import fractions
import math
import socketserver
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.running import connect, running

from typedserver import (
    TCP,
    UDP,
    Asyncio,
    Bounded,
    CompositionError,
    Deadlines,
    Forks,
    Group,
    Inherited,
    Keepalive,
    Limits,
    Multiplexed,
    Prefork,
    RecipeError,
    SelectorReactor,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    ThreadPool,
    Threads,
    UnixDatagram,
    UnixStream,
    from_stdlib,
    stream_handler,
    wait_draining,
)
from typedserver.cli import main
from typedserver.hot_restart import HotRestart


@stream_handler
async def ends(stream: Stream) -> None:
    await stream.readline()


def make() -> Server[Any, Any]:
    return Server(TCP(port=0), ends, Multiplexed())


def attach(**options: Any) -> None:
    reactor = SelectorReactor()
    try:
        make().attach(reactor, **options)
    finally:
        reactor.close()


class MyInt(int):
    """An int, as any program may derive one."""


class NoRepr:
    """A value that cannot even be shown."""

    def __repr__(self) -> str:
        raise ZeroDivisionError


# 10**5000 has no repr: int to str conversions have a limit.
NO_NUMBERS: tuple[object, ...] = (math.nan, -math.inf, 10**400, 10**5000, -1, "5", b"5", 5j, [], NoRepr(), True, False)
NO_NUMBERS_OF_OTHERS: tuple[object, ...] = (decimal.Decimal(5), fractions.Fraction(5))

TIMES: dict[str, Callable[[Any], object]] = {
    "Deadlines(establish": lambda value: Deadlines(establish=value),
    "Deadlines(read": lambda value: Deadlines(read=value),
    "Deadlines(write": lambda value: Deadlines(write=value),
    "Deadlines(total": lambda value: Deadlines(total=value),
    "Deadlines(drain": lambda value: Deadlines(drain=value),
    "StreamConfig(timeout": lambda value: StreamConfig(timeout=value),
    "ServerConfig(timeout": lambda value: ServerConfig(timeout=value),
    "ServerConfig(quiet": lambda value: ServerConfig(quiet=value),
    "Limits(rate": lambda value: Limits(rate=value),
    "Threads(keep": lambda value: Threads(keep=value),
    "Asyncio(grace": lambda value: Asyncio(grace=value),
    "UDP(send_timeout": lambda value: UDP(port=0, send_timeout=value),
    "UnixDatagram(send_timeout": lambda value: UnixDatagram("x", send_timeout=value),
    "TCP(user_timeout": lambda value: TCP(port=0, user_timeout=value),
    "Inherited(send_timeout": lambda value: Inherited.datagram(fd=3, send_timeout=value),
    "Prefork(stop_timeout": lambda value: Prefork(make(), 1, stop_timeout=value),
    "Prefork(start_seconds": lambda value: Prefork(make(), 1, start_seconds=value),
    "Prefork(heartbeat": lambda value: Prefork(make(), 1, heartbeat=value),
    "HotRestart(start_deadline": lambda value: HotRestart(make(), start_deadline=value),
    "from_stdlib(timeout": lambda value: from_stdlib(socketserver.StreamRequestHandler, timeout=value),
    "serve_forever(poll_interval": lambda value: make().serve_forever(value),
    "attach(poll_interval": lambda value: attach(poll_interval=value),
}
TIMES_OF_CALLS: dict[str, Callable[[Any], object]] = {
    "run(deadline": lambda value: make().run(deadline=value),
    "request_drain(deadline": lambda value: make().request_drain(value),
    "drain(deadline": lambda value: make().drain(value),
    "wait_draining(seconds": lambda value: wait_draining(make(), value).send(None),
}
COUNTS: dict[str, Callable[[Any], object]] = {
    "Limits(connections": lambda value: Limits(connections=value),
    "Limits(per_peer": lambda value: Limits(per_peer=value),
    "Limits(ipv6_prefix": lambda value: Limits(ipv6_prefix=value),
    "StreamConfig(limit": lambda value: StreamConfig(limit=value),
    "StreamConfig(read_limit": lambda value: StreamConfig(read_limit=value),
    "ServerConfig(accept_batch": lambda value: ServerConfig(accept_batch=value),
    "ThreadPool(workers": lambda value: ThreadPool(workers=value),
    "Bounded(max_requests": lambda value: Bounded(Threads(), value),
    "Forks(max_children": lambda value: Forks(max_children=value),
    "Prefork(processes": lambda value: Prefork(make(), value),
    "Keepalive(idle": lambda value: Keepalive(idle=value),
    "Keepalive(interval": lambda value: Keepalive(interval=value),
    "Keepalive(count": lambda value: Keepalive(count=value),
    "TCP(backlog": lambda value: TCP(port=0, backlog=value),
    "UDP(max_packet_size": lambda value: UDP(port=0, max_packet_size=value),
    "UnixDatagram(max_packet_size": lambda value: UnixDatagram("x", max_packet_size=value),
}
COUNTS_FROM_0: dict[str, Callable[[Any], object]] = {
    "StreamConfig(outbox": lambda value: StreamConfig(outbox=value),
    "TCP(port": lambda value: TCP(port=value),
    "UDP(port": lambda value: UDP(port=value),
    "UnixStream(mode": lambda value: UnixStream("x", mode=value),
    "UnixDatagram(mode": lambda value: UnixDatagram("x", mode=value),
    "Inherited(fd": lambda value: Inherited.stream(fd=value),
    "ThreadPool(queue": lambda value: ThreadPool(queue=value),
    "Prefork(start_retries": lambda value: Prefork(make(), 1, start_retries=value),
}


def check_refused(name: str, call: Callable[[Any], object], *values: object) -> None:
    for value in values:
        with pytest.raises(RecipeError) as refused:
            call(value)
        assert str(refused.value).startswith(f"{name}="), name


@pytest.mark.parametrize("name", TIMES)
def test_time_that_cannot_work_is_refused(name: str) -> None:
    zero_is_a_time = name == "Asyncio(grace"
    check_refused(name, TIMES[name], *NO_NUMBERS, *NO_NUMBERS_OF_OTHERS, math.inf, *(() if zero_is_a_time else (0,)))


@pytest.mark.parametrize("name", TIMES_OF_CALLS)
def test_deadline_of_a_call_that_cannot_work_is_refused_at_once(name: str) -> None:
    check_refused(name, TIMES_OF_CALLS[name], *NO_NUMBERS, *NO_NUMBERS_OF_OTHERS)


@pytest.mark.parametrize("name", COUNTS)
def test_count_that_cannot_work_is_refused(name: str) -> None:
    check_refused(name, COUNTS[name], *NO_NUMBERS, 1.0, 0, math.inf)
    COUNTS[name](MyInt(3))


@pytest.mark.parametrize("name", COUNTS_FROM_0)
def test_number_that_cannot_work_is_refused(name: str) -> None:
    check_refused(name, COUNTS_FROM_0[name], *NO_NUMBERS, 1.0, math.inf)
    COUNTS_FROM_0[name](MyInt(3))


@pytest.mark.parametrize(
    "name",
    [
        *("ServerConfig(quiet", "Threads(keep", "Prefork(start_seconds", "HotRestart(start_deadline"),
        *("UDP(send_timeout", "UnixDatagram(send_timeout", "serve_forever(poll_interval", "attach(poll_interval"),
    ],
)
def test_time_that_is_needed_is_not_none(name: str) -> None:
    check_refused(name, TIMES[name], None)


@pytest.mark.parametrize("name", list(COUNTS_FROM_0)[:4] + list(COUNTS)[2:])
def test_count_that_is_needed_is_not_none(name: str) -> None:
    check_refused(name, (COUNTS | COUNTS_FROM_0)[name], None)


FLAGS: dict[str, Callable[[Any], object]] = {
    "Threads(daemon": lambda value: Threads(daemon=value),
    "Threads(block_on_close": lambda value: Threads(block_on_close=value),
    "ThreadPool(daemon": lambda value: ThreadPool(daemon=value),
    "Forks(block_on_close": lambda value: Forks(block_on_close=value),
    "StreamConfig(ends_idle": lambda value: StreamConfig(ends_idle=value),
    "StreamConfig(disable_nagle_algorithm": lambda value: StreamConfig(disable_nagle_algorithm=value),
    "TCP(reuse_address": lambda value: TCP(port=0, reuse_address=value),
    "TCP(reuse_port": lambda value: TCP(port=0, reuse_port=value),
    "UDP(reuse_port": lambda value: UDP(port=0, reuse_port=value),
    "Prefork(reuse_port": lambda value: Prefork(make(), 1, reuse_port=value),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flag_is_true_or_false(name: str) -> None:
    check_refused(name, FLAGS[name], "no", None, 0, 1, [])


async def async_function(*_: object) -> None:
    """Be awaited by nobody."""


CALLABLES: dict[str, Callable[[Any], object]] = {
    "ServerConfig(observer": lambda value: ServerConfig(observer=value),
    "ServerConfig(reactor_factory": lambda value: ServerConfig(reactor_factory=value),
    "Group(reactor_factory": lambda value: Group([make()], reactor_factory=value),
    "Prefork(reactor_factory": lambda value: Prefork(make(), 1, reactor_factory=value),
    "when_ready(callback": lambda value: make().when_ready(value),
    "attach(ended": lambda value: attach(ended=value),
    "run(ready": lambda value: make().run(ready=value),
    "run(reload": lambda value: make().run(reload=value),
    "run(asked": lambda value: make().run(asked=value),
}


@pytest.mark.parametrize("name", CALLABLES)
def test_what_is_called_later_can_be_called(name: str) -> None:
    check_refused(name, CALLABLES[name], 5, "print", async_function, *(() if name.startswith("run(") else (None,)))


def test_callback_of_a_drain_can_be_called() -> None:
    check_refused("call_when_draining(callback", lambda value: make().call_when_draining(object(), value), 5, None)


def test_observer_that_is_false_is_an_observer() -> None:
    class Empty(list[object]):
        def __call__(self, event: object) -> None:
            self.append(event)

    observer = Empty()
    with Server(TCP(port=0), ends, Threads(), config=ServerConfig(observer=observer)):
        pass
    assert len(observer) == 2


@pytest.mark.parametrize("command", ["python -m x", b"python", [], (), [1], 5])
def test_command_of_a_hot_restart_is_a_list_of_arguments(command: Any) -> None:
    check_refused("HotRestart(command", lambda value: HotRestart(make(), command=value), command)


def test_handlers_config_is_a_stream_config() -> None:
    bad: Any = ServerConfig()
    with pytest.raises(RecipeError, match="StreamConfig"):
        stream_handler(config=bad)
    with pytest.raises((RecipeError, CompositionError)):
        Server(TCP(port=0), ends, config=StreamConfig())  # type: ignore[arg-type]  # the test is about this value


def test_deadline_for_ever_is_one() -> None:
    with running(make()) as run:
        with connect(run.server.server_address) as client:
            client.sendall(b"x")
            run.server.request_drain(math.inf)
            assert run.server.draining
            client.sendall(b"\n")
            assert client.recv(1) == b""
        run.join()
        report = run.server.drain_report
        assert report is not None
        assert (report.cut, report.left) == ((), 0)


def test_drain_that_was_refused_was_not_asked_for() -> None:
    with make() as server:
        for value in (math.nan, "5"):
            bad: Any = value
            with pytest.raises(RecipeError):
                server.request_drain(bad)
        assert not server.draining


def test_wait_for_a_drain_may_last_for_ever() -> None:
    @stream_handler
    async def waits(stream: Stream) -> None:
        await stream.write(b"waits")
        assert await wait_draining(stream.server, math.inf)

    for strategy in (Threads(), Multiplexed(), Asyncio(grace=0)):
        strategy_of_any: Any = strategy
        with running(Server(TCP(port=0), waits, strategy_of_any)) as run, connect(run.server.server_address) as client:
            assert client.recv(10) == b"waits"
            run.server.request_drain()
            assert client.recv(10) == b""
            run.join()


@pytest.mark.parametrize("option", ["--deadline", "--start-deadline"])
@pytest.mark.parametrize("value", ["nan", "-5", "x", ""])
def test_command_line_refuses_times_that_cannot_work(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["examples.upper:server", f"{option}={value}"])
    assert refused.value.code == 2
    assert option in capsys.readouterr().err


BAD_READS: dict[str, Callable[[Stream], Any]] = {
    "read(True)": lambda stream: stream.read(True),
    "read(1.0)": lambda stream: stream.read(1.0),  # type: ignore[arg-type]  # the test is about this value
    "read(nan)": lambda stream: stream.read(math.nan),  # type: ignore[arg-type]  # the test is about this value
    "read(None)": lambda stream: stream.read(None),  # type: ignore[arg-type]  # the test is about this value
    "read(-2)": lambda stream: stream.read(-2),
    "readexactly(False)": lambda stream: stream.readexactly(False),
    "readexactly(2.0)": lambda stream: stream.readexactly(2.0),  # type: ignore[arg-type]  # the test is about this value
    "readexactly(-1)": lambda stream: stream.readexactly(-1),
    "readuntil(b'')": lambda stream: stream.readuntil(b""),
    "readuntil('x')": lambda stream: stream.readuntil("x"),  # type: ignore[arg-type]  # the test is about this value
    "readuntil(10)": lambda stream: stream.readuntil(10),  # type: ignore[arg-type]  # the test is about this value
}


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed()], ids=repr)
def test_read_of_an_absurd_size_costs_no_byte(strategy: Any) -> None:
    refused: list[str] = []
    done = threading.Event()

    @stream_handler
    async def reads(stream: Stream) -> None:
        # Twice: with an empty buffer, and with a full one.
        for before in (b"", b"a"):
            assert await stream.read(len(before)) == before
            for name, read in BAD_READS.items():
                try:
                    await read(stream)
                except (TypeError, ValueError):
                    refused.append(name)
        assert await stream.readexactly(MyInt(2)) == b"bc"
        separator: Any = bytearray(b"\n")
        assert await stream.readuntil(separator) == b"d\n"
        done.set()

    with running(Server(TCP(port=0), reads, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(b"abcd\n")
        assert client.recv(1) == b""
    assert done.is_set()
    assert refused == list(BAD_READS) * 2


NOT_WHAT_IS_ASKED_FOR: dict[str, Callable[[], object]] = {
    "Group of a number": lambda: Group(5),  # type: ignore[arg-type]  # the test is about this value
    "Group of a server": lambda: Group(make()),  # type: ignore[arg-type]  # the test is about this value
    "Prefork of a class": lambda: Prefork(Server, 1),  # type: ignore[type-var]  # the test is about this value
    "HotRestart of a number": lambda: HotRestart(5),  # type: ignore[arg-type]  # the test is about this value
    "attach to nothing": lambda: make().attach(None),  # type: ignore[arg-type]  # the test is about this value
    "attach to a class": lambda: make().attach(SelectorReactor),  # type: ignore[arg-type]  # the test is about this value
}


@pytest.mark.parametrize("call", NOT_WHAT_IS_ASKED_FOR.values(), ids=NOT_WHAT_IS_ASKED_FOR)
def test_piece_that_is_none_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises((RecipeError, CompositionError)):
        call()
