"""Replies that will come: how coroutines wait for them under every strategy, and what becomes of those nobody wants."""

import gc
import queue
import socket
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.everywhere import STRATEGIES, everywhere, outcome, serving
from tests.running import PATIENCE, ask, ask_datagram, connect, running
from typedserver import (
    TCP,
    UDP,
    Address,
    DatagramContext,
    Framed,
    Lines,
    Multiplexed,
    OnExecutor,
    QueueSource,
    Retries,
    Server,
    Stream,
    Submitted,
    TaskGroup,
    UnixDatagram,
    UnixStream,
    datagram_handler,
    drive,
    message_handler,
    timeout,
)
from typedserver.coroutines.pending import result_of
from typedserver.protocols.messages import Pending
from typedserver.testing import FaultyExecutor, Socketpairs


def upper(data: bytes) -> bytes:
    return data.upper()


@pytest.fixture
def held() -> Iterator[FaultyExecutor]:
    with FaultyExecutor(held=True) as executor:
        yield executor


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Iterator[Any]:
    strategy = STRATEGIES[request.param]()
    yield strategy
    if isinstance(strategy, OnExecutor):
        strategy.executor.shutdown()


# A coroutine that waits


def answered(result: object = None, error: Exception | None = None, *, late: bool = True) -> "Future[Any]":
    """Return a future that another thread fulfils."""
    future: Future[Any] = Future()

    def fulfil() -> None:
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    if late:
        threading.Timer(0.005, fulfil).start()
    else:
        fulfil()
    return future


@everywhere
@pytest.mark.parametrize("late", [True, False])
def test_coroutine_gets_the_result_of_a_future(name: str, late: bool) -> None:
    async def program(_stream: Stream) -> object:
        return await result_of(answered(b"there", late=late))

    assert outcome(name, program) == b"there"


@everywhere
def test_coroutine_gets_the_error_of_a_future(name: str) -> None:
    async def program(_stream: Stream) -> object:
        try:
            return await result_of(answered(error=ValueError("no")))
        except ValueError as error:
            return str(error)

    assert outcome(name, program) == "no"


@everywhere
def test_future_that_others_cancel_is_an_error_and_no_cancellation_of_the_coroutine(name: str) -> None:
    async def program(_stream: Stream) -> object:
        future: Future[bytes] = Future()
        threading.Timer(0.005, future.cancel).start()
        try:
            return await result_of(future)
        except Exception as error:
            return type(error) is CancelledError

    assert outcome(name, program) is True


@everywhere
def test_limit_of_time_cancels_the_future(name: str) -> None:
    async def program(_stream: Stream) -> object:
        future: Future[bytes] = Future()
        try:
            async with timeout(0.005):
                await result_of(future)
        except TimeoutError:
            pass
        return future.cancelled()

    assert outcome(name, program) is True


@everywhere
def test_end_of_a_group_cancels_the_futures_of_its_tasks(name: str) -> None:
    async def program(_stream: Stream) -> object:
        futures: list[Future[bytes]] = [Future() for _ in range(3)]

        async def fail() -> None:
            raise ValueError

        try:
            async with TaskGroup() as group:
                for future in futures:
                    group.create_task(result_of(future))
                group.create_task(fail())
        except* ValueError:
            pass
        return [future.cancelled() for future in futures]

    assert outcome(name, program) == [True] * 3


def test_future_that_runs_on_keeps_nothing_of_the_coroutine_alive() -> None:
    class Kept: ...

    future: Future[bytes] = Future()
    future.set_running_or_notify_cancel()

    async def program(kept: Kept) -> None:
        async with timeout(0.001):
            await result_of(future)
        del kept

    kept = Kept()
    gone = weakref.ref(kept)
    coroutine = program(kept)
    del kept
    with pytest.raises(TimeoutError):
        drive(coroutine)
    del coroutine
    gc.collect()
    assert gone() is None
    assert not future.cancelled()
    future.set_result(b"")


# Datagrams


def client() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(PATIENCE)
    return made


@pytest.mark.parametrize("address", ["udp", "unix"])
def test_datagram_is_answered_by_a_future_under_every_strategy(strategy: Any, address: str, tmp_path: Path) -> None:
    endpoint = UDP(port=0) if address == "udp" else UnixDatagram(str(tmp_path / "s"))
    with (
        Submitted(lambda: ThreadPoolExecutor(2), upper) as compute,
        running(Server(endpoint, datagram_handler(compute), strategy)) as run,
    ):
        for _ in range(3):
            assert ask_datagram(run.server.server_address, b"abc", str(tmp_path / "client")) == b"ABC"
            (tmp_path / "client").unlink(missing_ok=True)


def test_function_of_datagram_and_address_and_context_may_return_a_future() -> None:
    def of_address(data: bytes, address: Address) -> "Future[bytes | None]":
        return answered(data + str(address[0]).encode())

    def of_context(data: bytes, _address: Address, context: DatagramContext) -> Pending[bytes | None]:
        context.reply_blocking(b"at once")
        return answered(data)

    with running(Server(UDP(port=0), datagram_handler(of_address), Multiplexed())) as run:
        assert ask_datagram(run.server.server_address, b"from ") == b"from 127.0.0.1"
    with running(Server(UDP(port=0), datagram_handler(of_context), Multiplexed())) as run, client() as peer:
        peer.sendto(b"later", run.server.server_address)
        assert [peer.recv(100), peer.recv(100)] == [b"at once", b"later"]


def test_future_without_a_reply_sends_none_and_one_that_fails_fails_its_datagram_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def function(data: bytes) -> "Future[bytes | None]":
        match data:
            case b"none":
                return answered(None)
            case b"fails":
                return answered(error=ValueError("of this one"))
            case _:
                return answered(data)

    with running(Server(UDP(port=0), datagram_handler(function), Multiplexed())) as run, client() as peer:
        for data in (b"none", b"fails", b"answered"):
            peer.sendto(data, run.server.server_address)
        assert peer.recv(100) == b"answered"
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info and record.exc_info[1]] == [
        ("of this one",)
    ]


def test_many_datagrams_wait_for_their_futures_at_once(held: FaultyExecutor) -> None:
    compute = Submitted(held, upper)
    with running(Server(UDP(port=0), datagram_handler(compute), Multiplexed())) as run, client() as peer:
        for number in range(100):
            peer.sendto(b"n%d" % number, run.server.server_address)
        assert held.wait_submitted(100, PATIENCE)
        held.release()
        assert {peer.recv(100) for _ in range(100)} == {b"N%d" % number for number in range(100)}


@pytest.mark.parametrize("name", ["multiplexed", "threads", "asyncio"])
def test_cut_datagram_cancels_its_future(held: FaultyExecutor, name: str) -> None:
    compute = Submitted(held, upper)
    with running(Server(UDP(port=0), datagram_handler(compute), STRATEGIES[name]())) as run, client() as peer:
        peer.sendto(b"x", run.server.server_address)
        assert held.wait_submitted(1, PATIENCE)
        assert held.outstanding == 1
        run.server.drain(deadline=0.01)
        assert held.outstanding == 0


# Streams


@pytest.mark.parametrize("address", ["tcp", "unix"])
def test_connection_is_answered_by_futures_in_order_under_every_strategy(
    strategy: Any, address: str, tmp_path: Path
) -> None:
    endpoint: Any = TCP(port=0) if address == "tcp" else UnixStream(str(tmp_path / "s"))
    sent = b"".join(b"line %d\n" % number for number in range(200))
    with (
        Submitted(lambda: ThreadPoolExecutor(4), upper, limit=3) as compute,
        running(Server(endpoint, Framed(Lines(), compute), strategy)) as run,
    ):
        assert ask(run.server.server_address, sent) == sent.upper()


def test_connection_without_a_limit_of_the_kernels_gets_its_reply_while_it_sends_nothing(strategy: Any) -> None:
    # The time that a wait on it may take is kept by the socket's own timeout.
    pairs = Socketpairs()
    with (
        Submitted(lambda: FaultyExecutor(calls=[lambda: time.sleep(0.01)]), upper) as compute,
        running(Server(pairs, Framed(Lines(), compute), strategy)),
        pairs.connect() as peer,
    ):
        peer.settimeout(PATIENCE)
        for _ in range(2):
            peer.sendall(b"line\n")
            assert peer.recv(100) == b"LINE\n"
        # A child has a copy of the client's end.
        peer.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("name", ["multiplexed", "threads", "asyncio"])
def test_client_that_goes_cancels_what_it_has_asked(held: FaultyExecutor, name: str) -> None:
    compute = Submitted(held, upper, limit=2)
    with serving(name, Framed(Lines(), compute)) as server:
        with connect(server.server_address) as client:
            client.sendall(b"a\nb\nc\nd\n")
            assert held.wait_submitted(2, PATIENCE)
            # It goes by a reset: one that ends its side alone may still wait for its replies.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket.close(client)
        # What it had in the executor and in the line is gone, so a next client has its place.
        with connect(server.server_address) as client:
            client.sendall(b"e\n")
            assert held.wait_submitted(3, PATIENCE)
            held.release()
            assert client.recv(100) == b"E\n"
            assert held.outstanding == 0


def test_many_connections_share_the_limit_and_all_are_answered(held: FaultyExecutor) -> None:
    compute = Submitted(held, upper, limit=5)
    with serving("multiplexed", Framed(Lines(), compute, in_flight=4)) as server:
        clients = [connect(server.server_address) for _ in range(10)]
        for client in clients:
            client.sendall(b"one\ntwo\nthree\nfour\nfive\n")
        assert held.wait_submitted(5, PATIENCE)
        assert held.outstanding == 5
        held.release()
        for client in clients:
            with client, client.makefile("rb") as file:
                assert [file.readline() for _ in range(5)] == [b"ONE\n", b"TWO\n", b"THREE\n", b"FOUR\n", b"FIVE\n"]


def test_reply_that_takes_too_long_is_cancelled_and_told_to_the_client(held: FaultyExecutor) -> None:
    compute = Submitted(held, upper)
    handler = Framed(Lines(), compute, timeout=0.01, on_error=lambda error: type(error).__name__.encode())
    with serving("multiplexed", handler) as server, connect(server.server_address) as client:
        client.sendall(b"slow\n")
        assert client.recv(100) == b"TimeoutError\n"
        assert held.outstanding == 0


def test_executor_that_breaks_is_one_error_each_and_the_connection_goes_on() -> None:
    executors = [FaultyExecutor(held=True), FaultyExecutor()]
    making = iter(executors)
    with Submitted(lambda: next(making), upper, limit=2) as compute:
        handler = Framed(Lines(), compute, on_error=lambda error: type(error).__name__.encode())
        with serving("multiplexed", handler) as server, connect(server.server_address) as client:
            client.sendall(b"a\nb\nc\nd\n")
            assert executors[0].wait_submitted(2, PATIENCE)
            executors[0].break_down()
            with client.makefile("rb") as file:
                assert [file.readline() for _ in range(4)] == [b"BrokenExecutor\n", b"BrokenExecutor\n", b"C\n", b"D\n"]


# Sources


@pytest.mark.parametrize("name", ["threads", "multiplexed", "asyncio"])
def test_messages_of_a_source_are_settled_by_their_futures(name: str) -> None:
    jobs: queue.Queue[int] = queue.Queue()
    failed: queue.Queue[tuple[int, str]] = queue.Queue()
    done: queue.Queue[int] = queue.Queue()

    def work(number: int) -> None:
        if number == 2:
            raise ValueError("of this one")
        done.put(number)

    def bury(number: int, error: BaseException) -> None:
        failed.put((number, str(error)))

    with Submitted(lambda: ThreadPoolExecutor(2), work, limit=2) as compute:
        source = QueueSource(jobs, retries=Retries(max_attempts=1), dead_letter=bury)
        with running(Server(source, message_handler(compute), STRATEGIES[name]())):
            for number in range(5):
                jobs.put(number)
            assert {done.get(timeout=PATIENCE) for _ in range(4)} == {0, 1, 3, 4}
            assert failed.get(timeout=PATIENCE) == (2, "of this one")
