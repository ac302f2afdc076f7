"""Meeting: Event, Queue, Lock and Semaphore between handlers of every strategy, and threads that are none."""

# Whether somebody waits, and whether anything is left of a wait, can be seen only in the private lines.
# pyright: reportPrivateUsage=false

import asyncio
import gc
import os
import queue
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from typing import Any, Final

import pytest
import uvloop

from tests.reactors import REACTORS
from tests.running import PATIENCE, Client, Run, connect, running
from typedserver import (
    TCP,
    Asyncio,
    CannotMeet,
    Deadlines,
    Event,
    Forks,
    Group,
    Inline,
    LifecycleError,
    Lock,
    Multiplexed,
    Prefork,
    Queue,
    QueueClosed,
    RecipeError,
    Semaphore,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    TaskGroup,
    ThreadPool,
    Threads,
    drive,
    sleep,
    stream_handler,
    timeout,
)
from typedserver.coroutines.waits import Cancelled, Meeting

# Strategies whose handlers run beside one another in one process.
STRATEGIES: Final[dict[str, Callable[[], Any]]] = {
    "threads": Threads,
    "thread_pool": lambda: ThreadPool(workers=16),
    "multiplexed": Multiplexed,
    "asyncio": lambda: Asyncio(grace=0),
    "uvloop": lambda: Asyncio(grace=0, loop_factory=uvloop.new_event_loop),
}
LOOPS: Final = ("multiplexed", "asyncio", "uvloop")

each_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


# What handlers do here: each connection sends the letters of what it does, and is answered when that is done.


class Room:
    """What the handlers of a test share."""

    def __init__(self) -> None:
        self.event = Event()
        self.queue: Queue[bytes] = Queue(2)
        self.lock = Lock()
        self.semaphore = Semaphore(2)
        self.inside = 0
        self.most_inside = 0

    async def serve(self, stream: Stream) -> None:
        async for line in stream:
            match line.split():
                case [b"wait"]:
                    await self.event.wait()
                    await stream.write(b"set\n")
                case [b"set"]:
                    self.event.set()
                    await stream.write(b"done\n")
                case [b"put", item]:
                    await self.queue.put(item)
                    await stream.write(b"put\n")
                case [b"get"]:
                    await stream.write(await self.queue.get() + b"\n")
                case [b"all"]:
                    async for item in self.queue:
                        await stream.write(item + b"\n")
                    await stream.write(b"end\n")
                case [b"lock"]:
                    async with self.lock:
                        await self.stay()
                    await stream.write(b"released\n")
                case [b"semaphore"]:
                    async with self.semaphore:
                        await self.stay()
                    await stream.write(b"released\n")
                case _:
                    await stream.write(b"?\n")

    async def stay(self) -> None:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        await self.event.wait()
        self.inside -= 1

    def waiting(self) -> int:
        """How many wait in any line."""
        return (
            len(self.event._waiting)
            + len(self.queue._room.line)
            + len(self.queue._filled.line)
            + len(self.lock._permits.line)
            + len(self.semaphore._permits.line)
        )


@contextmanager
def served(room: Room, strategy: str, **settings: Any) -> Generator[Run[Server[Any, Any]], None, None]:
    make = Inline if strategy == "inline" else STRATEGIES[strategy]
    with running(Server(TCP(port=0), stream_handler(room.serve), make(), **settings)) as run:
        yield run


def line_of(client: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\n"):
        part = client.recv(1)
        assert part, "the server has ended the connection"
        received += part
    return received[:-1]


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so that no event tells."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it has not come"
        time.sleep(0.001)


@contextmanager
def clients(run: Run[Any], count: int) -> Generator[list[Client], None, None]:
    made = [connect(run.server.server_address) for _ in range(count)]
    try:
        yield made
    finally:
        for client in made:
            client.close()


@each_strategy
def test_event_wakes_all_who_wait_and_lets_the_others_pass(strategy: str) -> None:
    room = Room()
    with served(room, strategy) as run, clients(run, 5) as connections:
        for client in connections[:4]:
            client.sendall(b"wait\n")
        until(lambda: room.waiting() == 4)
        connections[4].sendall(b"set\nwait\n")
        assert [line_of(connections[4]), line_of(connections[4])] == [b"done", b"set"]
        assert [line_of(client) for client in connections[:4]] == [b"set"] * 4
    assert room.waiting() == 0


@each_strategy
def test_any_thread_sets_puts_gets_and_releases(strategy: str) -> None:
    room = Room()
    room.lock.acquire_blocking()
    with served(room, strategy) as run, clients(run, 3) as (waits, gets, locks):
        waits.sendall(b"wait\n")
        gets.sendall(b"get\n")
        locks.sendall(b"lock\n")
        until(lambda: room.waiting() == 3)
        room.queue.put_nowait(b"item")
        assert line_of(gets) == b"item"
        room.lock.release()
        room.event.set()
        assert [line_of(waits), line_of(locks)] == [b"set", b"released"]


@each_strategy
def test_items_come_out_in_order_to_those_that_came_first(strategy: str) -> None:
    room = Room()
    with served(room, strategy) as run, clients(run, 6) as connections:
        for number, client in enumerate(connections[:3], 1):
            client.sendall(b"get\n")
            until(lambda number=number: len(room.queue._filled.line) == number)  # type: ignore[misc]  # mypy cannot infer it
        for number, client in enumerate(connections[3:]):
            client.sendall(b"put %d\n" % number)
            assert line_of(client) == b"put"
            # Otherwise two of them could go on at once, in their threads.
            assert line_of(connections[number]) == b"%d" % number


@each_strategy
def test_put_waits_for_room_in_order(strategy: str) -> None:
    room = Room()
    with served(room, strategy) as run, clients(run, 5) as connections:
        for number, client in enumerate(connections[:4]):
            client.sendall(b"put %d\n" % number)
            until(lambda number=number: room.queue.qsize() + room.waiting() == number + 1)  # type: ignore[misc]  # mypy cannot infer it
        assert room.waiting() == 2
        got: list[bytes] = []
        for number in range(4):
            connections[4].sendall(b"get\n")
            got.append(line_of(connections[4]))
            if number < 2:
                # The one that gets room now.
                assert line_of(connections[number + 2]) == b"put"
        assert got == [b"0", b"1", b"2", b"3"]


@each_strategy
def test_iteration_ends_when_the_queue_is_closed_and_empty(strategy: str) -> None:
    room = Room()
    with served(room, strategy) as run, clients(run, 2) as (reads, writes):
        room.queue.put_nowait(b"1")
        reads.sendall(b"all\n")
        assert line_of(reads) == b"1"
        writes.sendall(b"put 2\n")
        assert line_of(writes) == b"put"
        assert line_of(reads) == b"2"
        room.queue.close()
        assert line_of(reads) == b"end"


@each_strategy
def test_lock_is_held_by_one_and_semaphore_by_as_many_as_it_has(strategy: str) -> None:
    for word, most in ((b"lock\n", 1), (b"semaphore\n", 2)):
        room = Room()
        with served(room, strategy) as run, clients(run, 5) as connections:
            for client in connections:
                client.sendall(word)
            until(lambda room=room, most=most: room.waiting() == 5 and room.inside == most)  # type: ignore[misc]  # mypy cannot infer it
            room.event.set()
            assert [line_of(client) for client in connections] == [b"released"] * 5
        assert room.most_inside == most
        assert not room.lock.locked()
        assert not room.semaphore.locked()


@each_strategy
def test_cut_ends_a_wait_and_leaves_nothing_behind(strategy: str) -> None:
    room = Room()
    room.queue.put_nowait(b"1")
    room.queue.put_nowait(b"2")
    room.lock.acquire_blocking()
    with served(room, strategy) as run, clients(run, 3) as connections:
        for client, word in zip(connections, (b"wait\n", b"put 3\n", b"lock\n"), strict=True):
            client.sendall(word)
        until(lambda: room.waiting() == 3)
        report = run.server.drain(0)
        assert len(report.cut) == 3
        assert report.left == 0
    assert room.waiting() == 0
    room.lock.release()
    assert not room.lock.locked()
    assert [room.queue.get_nowait(), room.queue.get_nowait()] == [b"1", b"2"]
    assert room.queue.empty()


@each_strategy
def test_item_put_for_a_handler_that_is_cut_goes_to_the_next(strategy: str) -> None:
    room = Room()
    with served(room, strategy) as run, clients(run, 1) as (client,):
        client.sendall(b"get\n")
        until(lambda: room.waiting() == 1)
        run.server.drain(0)
        room.queue.put_nowait(b"kept")
    assert room.queue.get_nowait() == b"kept"


# Handlers of several servers


@pytest.mark.parametrize(
    ("first", "second"), [("threads", "multiplexed"), ("multiplexed", "asyncio"), ("uvloop", "thread_pool")]
)
def test_handlers_of_two_servers_with_different_strategies_meet(first: str, second: str) -> None:
    room = Room()
    handler = stream_handler(room.serve)
    with served(room, first) as one, running(Server(TCP(port=0), handler, STRATEGIES[second]())) as two:
        for getting, putting in ((one, two), (two, one)):
            with clients(getting, 1) as (gets,), clients(putting, 1) as (puts,):
                gets.sendall(b"get\nwait\n")
                until(lambda: room.waiting() == 1)
                puts.sendall(b"put over\n")
                assert [line_of(gets), line_of(puts)] == [b"over", b"put"]
                until(lambda: room.waiting() == 1)
                puts.sendall(b"set\n")
                assert [line_of(gets), line_of(puts)] == [b"set", b"done"]
                room.event.clear()


def test_handlers_of_a_groups_members_meet() -> None:
    room = Room()
    handler = stream_handler(room.serve)
    members = [Server(TCP(port=0), handler, strategy()) for strategy in (Threads, Multiplexed, Multiplexed)]
    with (
        running(Group(members)),
        connect(members[0].server_address) as gets,
        connect(members[2].server_address) as puts,
    ):
        gets.sendall(b"get\n")
        until(lambda: room.waiting() == 1)
        puts.sendall(b"put over\n")
        assert line_of(gets) == b"over"


@pytest.mark.parametrize("reactor", REACTORS)
def test_handlers_meet_in_every_loop_that_multiplexed_runs_in(reactor: str) -> None:
    room = Room()
    config = ServerConfig(reactor_factory=REACTORS[reactor])
    with served(room, "multiplexed", config=config) as run, clients(run, 2) as (gets, puts):
        gets.sendall(b"get\n")
        until(lambda: room.waiting() == 1)
        puts.sendall(b"put over\n")
        assert line_of(gets) == b"over"


def test_handlers_of_one_worker_of_a_prefork_meet() -> None:
    room = Room()
    server = Server(TCP(port=0), stream_handler(room.serve), Multiplexed())
    with running(Prefork(server, processes=1)) as run, clients(run, 2) as (gets, puts):
        gets.sendall(b"get\n")
        puts.sendall(b"put over\n")
        assert [line_of(puts), line_of(gets)] == [b"put", b"over"]
    # Each process has its own.
    assert room.queue.empty()


# Where no other handler can run


QUICKLY: Final = ServerConfig(deadlines=Deadlines(read=0.05))


@pytest.mark.parametrize("strategy", [Inline, Forks])
@pytest.mark.parametrize("word", [b"wait", b"get", b"lock"])
def test_wait_that_no_handler_can_end_is_ended_by_the_read_deadline(strategy: Callable[[], Any], word: bytes) -> None:
    room = Room()
    room.lock.acquire_blocking()

    async def handle(stream: Stream) -> None:
        try:
            await room.serve(stream)
        except CannotMeet as error:
            await stream.write(str(error).encode() + b"\n")

    with (
        running(Server(TCP(port=0), stream_handler(handle), strategy(), config=QUICKLY)) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(word + b"\n")
        assert b"serve them with Threads()" in line_of(client).replace(b"Serve", b"serve")
    assert room.waiting() == 0


def test_thread_outside_ends_a_wait_under_inline() -> None:
    room = Room()
    with served(room, "inline") as run, clients(run, 1) as (client,):
        client.sendall(b"get\n")
        until(lambda: room.waiting() == 1)
        room.queue.put_nowait(b"from outside")
        assert line_of(client) == b"from outside"


# Handlers that are no coroutines, and other threads


def test_handlers_that_are_no_coroutines_wait_in_their_threads() -> None:
    items: Queue[bytes] = Queue(1)
    event, lock = Event(), Lock()

    def handle(request: StreamRequest, _address: object, _server: object) -> None:
        with suppress(OSError):
            request.sendall(items.get_blocking(PATIENCE))
            assert event.wait_blocking(PATIENCE)
            assert lock.acquire_blocking(PATIENCE)
            request.sendall(b"!")

    lock.acquire_blocking()
    with running(Server(TCP(port=0), handle, Threads())) as run, connect(run.server.server_address) as client:
        items.put_blocking(b"?", PATIENCE)
        assert client.recv(1) == b"?"
        event.set()
        until(lambda: len(lock._permits.line) == 1)
        lock.release()
        assert client.recv(1) == b"!"


def test_blocking_wait_ends_with_its_time() -> None:
    full: Queue[int] = Queue(1)
    full.put_nowait(1)
    held = Lock()
    assert held.acquire_blocking(0)
    assert not Event().wait_blocking(0.01)
    assert not held.acquire_blocking(0.01)
    assert not Semaphore(0).acquire_blocking(0)
    with pytest.raises(queue.Full):
        full.put_blocking(2, 0.01)
    with pytest.raises(queue.Empty):
        Queue[int](1).get_blocking(0.01)
    # None of them has left anything.
    assert full.get_nowait() == 1
    full.put_nowait(3)
    held.release()
    assert not held.locked()


BLOCKING: Final[dict[str, Callable[[Any], object]]] = {
    "wait": lambda timeout: Event().wait_blocking(timeout),
    "acquire": lambda timeout: Lock().acquire_blocking(timeout),
    "get": lambda timeout: Queue[int](1).get_blocking(timeout),
    "put": lambda timeout: Queue[int](1).put_blocking(1, timeout),
}


@pytest.mark.parametrize("call", BLOCKING)
def test_timeout_that_is_no_time_is_refused(call: str) -> None:
    for seconds in (-1, "1", float("nan")):
        with pytest.raises(RecipeError, match="seconds"):
            BLOCKING[call](seconds)


@pytest.mark.parametrize("strategy", LOOPS)
def test_coroutine_of_a_loop_may_not_block_its_thread(strategy: str) -> None:
    held = Lock()
    assert held.acquire_blocking(0)

    async def handle(stream: Stream) -> None:
        event: Event = Event()
        items: Queue[int] = Queue(1)
        items.put_nowait(1)
        for block in (
            event.wait_blocking,
            held.acquire_blocking,
            Queue[int](1).get_blocking,
            lambda: items.put_blocking(2),
        ):
            try:
                block()
            except LifecycleError as error:
                await stream.write(b"refused\n" if "await" in str(error) else b"?\n")
        # What need not wait may be called.
        event.set()
        assert event.wait_blocking()
        assert items.get_blocking() == 1
        await stream.write(b"went on\n")

    with (
        running(Server(TCP(port=0), stream_handler(handle), STRATEGIES[strategy]())) as run,
        connect(run.server.server_address) as client,
    ):
        assert [line_of(client) for _ in range(5)] == [b"refused"] * 4 + [b"went on"]
    held.release()
    assert not held.locked()


# Signal handlers


@contextmanager
def on_alarm(function: Callable[[], object]) -> Generator[None, None, None]:
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: function())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no interval timers")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_signal_handler_wakes_a_handler(strategy: str) -> None:
    """The loop, or the handler's thread, sits in a system call when the signal comes."""
    room = Room()
    server = Server(TCP(port=0), stream_handler(room.serve), STRATEGIES[strategy]())
    heard: list[bytes] = []

    def ask() -> None:
        with connect(server.server_address) as client:
            client.sendall(b"wait\n")
            heard.append(line_of(client))
        server.shutdown()

    def ring() -> None:
        if room.waiting():
            room.event.set()
        else:
            signal.setitimer(signal.ITIMER_REAL, 0.02)

    with server:
        server.open()
        asking = threading.Thread(target=ask)
        with on_alarm(ring):
            asking.start()
            server.serve_forever()
        asking.join(PATIENCE)
    assert heard == [b"set"]


def test_signal_handler_ends_a_wait_in_its_own_thread() -> None:
    event = Event()
    with on_alarm(event.set):
        assert event.wait_blocking(PATIENCE)
    items: Queue[int] = Queue(1)
    with on_alarm(lambda: items.put_nowait(1)):
        assert items.get_blocking(PATIENCE) == 1
    with on_alarm(items.close), pytest.raises(QueueClosed):
        items.get_blocking(PATIENCE)
    with on_alarm(Event().set):
        event.clear()
        assert drive(waits_for(event)) == "over"


async def waits_for(event: Event) -> str:
    threading.Timer(0.05, event.set).start()
    await event.wait()
    return "over"


# By hand: what a driver does, step by step


class Hand:
    """Drives a coroutine by hand; ``waiting`` is what it waits for, ``result`` what it returned or raised."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.coroutine = coroutine
        self.waiting: Meeting | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.calls = 0
        self._step(lambda: coroutine.send(None))

    def _step(self, step: Callable[[], Any]) -> None:
        self.waiting = None
        try:
            wait = step()
        except StopIteration as end:
            self.result = end.value
        except BaseException as error:
            self.error = error
        else:
            assert isinstance(wait, Meeting)
            self.waiting = wait
            wait.start(self._call, None)

    def _call(self, _argument: None) -> None:
        self.calls += 1

    @property
    def is_woken(self) -> bool:
        return self.waiting is not None and self.waiting.woken

    def resume(self) -> "Hand":
        assert self.is_woken
        self._step(lambda: self.coroutine.send(None))
        return self

    def cancel(self) -> "Hand":
        assert self.waiting is not None
        self._step(lambda: self.coroutine.throw(Cancelled()))
        assert isinstance(self.error, Cancelled)
        return self


def test_event_wakes_who_waits_even_if_it_is_cleared_at_once() -> None:
    event = Event()
    first, second = Hand(event.wait()), Hand(event.wait())
    event.set()
    event.clear()
    late = Hand(event.wait())
    assert (first.is_woken, second.is_woken, late.is_woken) == (True, True, False)
    assert first.resume().result is True
    late.cancel()
    assert not event._waiting


def test_cancelled_getter_passes_its_item_on() -> None:
    items: Queue[str] = Queue(3)
    first, second = Hand(items.get()), Hand(items.get())
    items.put_nowait("item")
    assert (first.is_woken, second.is_woken) == (True, False)
    assert items.empty()
    with pytest.raises(queue.Empty):
        items.get_nowait()
    first.cancel()
    assert second.is_woken
    assert second.resume().result == "item"


def test_cancelled_getter_leaves_its_item_if_nobody_waits() -> None:
    items: Queue[str] = Queue(3)
    getter = Hand(items.get())
    items.put_nowait("first")
    items.put_nowait("second")
    getter.cancel()
    assert [items.get_nowait(), items.get_nowait()] == ["first", "second"]


def test_order_of_items_survives_cancelled_getters() -> None:
    items: Queue[int] = Queue(5)
    getters = [Hand(items.get()) for _ in range(3)]
    for item in range(5):
        items.put_nowait(item)
    getters[1].cancel()
    getters[0].cancel()
    assert getters[2].resume().result == 0
    assert [items.get_nowait() for _ in range(4)] == [1, 2, 3, 4]


def test_newcomer_gets_nothing_that_is_promised_to_one_that_waits() -> None:
    items: Queue[str] = Queue(1)
    getter = Hand(items.get())
    items.put_nowait("item")
    newcomer = Hand(items.get())
    assert newcomer.waiting is not None
    assert getter.resume().result == "item"
    assert not newcomer.is_woken


def test_cancelled_putter_passes_its_room_on_and_has_put_nothing() -> None:
    items: Queue[str] = Queue(1)
    items.put_nowait("first")
    second, third = Hand(items.put("second")), Hand(items.put("third"))
    assert items.get_nowait() == "first"
    assert (second.is_woken, third.is_woken) == (True, False)
    assert items.full()
    with pytest.raises(queue.Full):
        items.put_nowait("newcomer")
    second.cancel()
    third.resume()
    assert items.get_nowait() == "third"
    assert items.empty()


@pytest.mark.parametrize("make", [Lock, lambda: Semaphore(1)])
def test_cancelled_one_passes_its_turn_on(make: Callable[[], Lock | Semaphore]) -> None:
    lock = make()
    assert Hand(lock.acquire()).result is True
    second, third = Hand(lock.acquire()), Hand(lock.acquire())
    lock.release()
    assert (second.is_woken, third.is_woken) == (True, False)
    # A newcomer waits behind those that came before.
    fourth = Hand(lock.acquire())
    second.cancel()
    assert third.is_woken
    third.resume()
    lock.release()
    assert fourth.is_woken
    fourth.resume()
    lock.release()
    assert not lock.locked()


@pytest.mark.parametrize("make", [Lock, lambda: Semaphore(1)])
def test_one_that_gives_up_before_its_turn_is_left_out(make: Callable[[], Lock | Semaphore]) -> None:
    lock = make()
    Hand(lock.acquire())
    second, third = Hand(lock.acquire()), Hand(lock.acquire())
    second.cancel()
    lock.release()
    assert third.is_woken


def test_lock_is_released_by_an_error_in_its_block() -> None:
    lock = Lock()

    async def fail() -> None:
        async with lock:
            raise ValueError

    assert isinstance(Hand(fail()).error, ValueError)
    assert not lock.locked()


def test_lock_that_nobody_holds_is_not_released() -> None:
    lock = Lock()
    with pytest.raises(LifecycleError, match="nobody holds"):
        lock.release()
    Hand(lock.acquire())
    waiting = Hand(lock.acquire())
    lock.release()
    # It is the next one's, who has not gone on yet.
    with pytest.raises(LifecycleError, match="nobody holds"):
        lock.release()
    waiting.resume()
    lock.release()


def test_semaphore_may_be_released_more_often_than_taken() -> None:
    semaphore = Semaphore(0)
    waiting = Hand(semaphore.acquire())
    semaphore.release()
    semaphore.release()
    assert waiting.is_woken
    assert Hand(semaphore.acquire()).result is True
    assert semaphore.locked()


def test_close_gives_what_is_left_and_then_ends_all() -> None:
    items: Queue[int] = Queue(2)
    items.put_nowait(1)
    items.put_nowait(2)
    putter = Hand(items.put(3))
    items.close()
    items.close()
    assert isinstance(putter.resume().error, QueueClosed)
    with pytest.raises(QueueClosed):
        items.put_nowait(4)
    with pytest.raises(QueueClosed):
        items.put_blocking(4)
    assert isinstance(Hand(items.put(4)).error, QueueClosed)
    assert [items.get_nowait(), items.get_blocking()] == [1, 2]
    with pytest.raises(QueueClosed):
        items.get_nowait()
    with pytest.raises(QueueClosed):
        items.get_blocking()
    assert isinstance(Hand(items.get()).error, QueueClosed)
    assert items.empty()


def test_close_ends_those_that_wait_to_get() -> None:
    items: Queue[int] = Queue(2)
    waiting = [Hand(items.get()) for _ in range(2)]
    items.close()
    assert [type(hand.resume().error) for hand in waiting] == [QueueClosed] * 2


def test_closed_queue_is_not_over_while_its_last_item_is_promised() -> None:
    items: Queue[str] = Queue(2)
    first, second = Hand(items.get()), Hand(items.get())
    items.put_nowait("last")
    items.close()
    assert not second.is_woken
    first.cancel()
    assert second.resume().result == "last"
    with pytest.raises(QueueClosed):
        items.get_nowait()


def test_putter_that_was_given_room_before_the_close_puts_nothing_after_it() -> None:
    items: Queue[int] = Queue(1)
    items.put_nowait(1)
    putter = Hand(items.put(2))
    assert items.get_nowait() == 1
    getter = Hand(items.get())
    items.close()
    assert isinstance(putter.resume().error, QueueClosed)
    assert isinstance(getter.resume().error, QueueClosed)


def test_getters_hear_of_the_end_though_the_last_putter_was_cancelled() -> None:
    items: Queue[int] = Queue(1)
    items.put_nowait(1)
    putter = Hand(items.put(2))
    assert items.get_nowait() == 1
    getter = Hand(items.get())
    items.close()
    putter.cancel()
    assert isinstance(getter.resume().error, QueueClosed)


@pytest.mark.parametrize("maxsize", [0, -1, 1.0, True, None])
def test_queue_without_a_bound_is_refused(maxsize: Any) -> None:
    with pytest.raises(RecipeError, match="maxsize"):
        Queue[int](maxsize)


@pytest.mark.parametrize("value", [-1, 1.0, True, None])
def test_semaphore_of_no_number_is_refused(value: Any) -> None:
    with pytest.raises(RecipeError, match="value"):
        Semaphore(value)


def test_states_can_be_read() -> None:
    items: Queue[int] = Queue(1)
    assert (items.maxsize, items.qsize(), items.empty(), items.full()) == (1, 0, True, False)
    items.put_nowait(1)
    assert (items.qsize(), items.empty(), items.full()) == (1, False, True)
    event = Event()
    event.set()
    assert event.is_set()
    event.clear()
    assert not event.is_set()
    assert [repr(each) for each in (event, items, Lock(), Semaphore(3))] == [
        "<Event unset, 0 waiting>",
        "<Queue 1 of 1 items>",
        "<Lock free, 0 waiting>",
        "<Semaphore 3 free, 0 waiting>",
    ]


def test_none_is_an_item_as_any_other() -> None:
    items: Queue[None] = Queue(1)
    items.put_nowait(None)
    assert Hand(items.get()).result is None


# What nobody ends


def test_coroutine_that_is_closed_leaves_the_line() -> None:
    items: Queue[str] = Queue(1)
    event, lock = Event(), Lock()
    Hand(lock.acquire())
    closed = [Hand(items.get()), Hand(event.wait()), Hand(lock.acquire())]
    next_one = Hand(items.get())
    items.put_nowait("item")
    for hand in closed:
        hand.coroutine.close()
    assert next_one.resume().result == "item"
    assert not event._waiting
    assert not lock._permits.line


def test_coroutine_that_is_dropped_when_it_was_woken_passes_its_item_on() -> None:
    items: Queue[str] = Queue(1)
    dropped: list[Hand | None] = [Hand(items.get())]
    next_one = Hand(items.get())
    items.put_nowait("item")
    dropped.clear()
    gc.collect()
    assert next_one.resume().result == "item"


@pytest.mark.parametrize("make", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_item_for_a_task_of_a_loop_that_was_closed_goes_to_the_next(make: Callable[[], Any]) -> None:
    from typedserver.strategies.asyncio_waits import LoopWaits

    items: Queue[str] = Queue(1)
    loop = make()
    waits = LoopWaits.join(loop)
    task: Any = loop.create_task(items.get())
    loop.call_soon(loop.stop)
    loop.run_forever()
    waits.leave()
    loop.close()
    # Nobody hears of it; the task has its item when it is ended, which passes it on.
    items.put_nowait("item")
    waiting = Hand(items.get())
    task._log_destroy_pending = False
    del task, waits, loop
    gc.collect()
    assert waiting.resume().result == "item"


def test_server_that_is_closed_passes_on_what_its_handlers_were_woken_for() -> None:
    room = Room()
    server = Server(TCP(port=0), stream_handler(room.serve), Multiplexed())
    with running(server) as run, clients(run, 1) as (client,):
        client.sendall(b"get\n")
        until(lambda: room.waiting() == 1)
        server.shutdown()
        run.join()
        # The loop stands: the handler is woken for this, and will never run.
        room.queue.put_nowait(b"item")
        assert room.queue.empty()
    assert room.queue.get_nowait() == b"item"


# Cancelled by a task or a limit of time: under asyncio the one that is cancelled hears of it only in its next step


def played(strategy: str, play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine in a handler; raises what it raises."""
    failures: list[BaseException] = []

    async def handle(stream: Stream) -> None:
        try:
            await play()
        except BaseException as error:
            failures.append(error)
        await stream.write(b"over\n")

    make = Inline if strategy == "inline" else STRATEGIES[strategy]
    with running(Server(TCP(port=0), stream_handler(handle), make())) as run, clients(run, 1) as (client,):
        assert line_of(client) == b"over"
    if failures:
        raise failures[0]


each_strategy_and_inline = pytest.mark.parametrize("strategy", ["inline", *STRATEGIES])


@each_strategy_and_inline
@pytest.mark.parametrize("cancelled_first", [True, False])
def test_turn_of_a_task_that_is_cancelled_goes_to_the_next(strategy: str, cancelled_first: bool) -> None:
    lock = Lock()
    items: Queue[str] = Queue(1)

    async def play() -> None:
        await lock.acquire()
        async with TaskGroup() as tasks:
            acquiring = [tasks.create_task(lock.acquire()) for _ in range(3)]
            getting = [tasks.create_task(items.get()) for _ in range(3)]
            while len(lock._permits.line) + len(items._filled.line) < 6:
                await sleep(0)
            if cancelled_first:
                acquiring[0].cancel()
                getting[0].cancel()
            lock.release()
            items.put_nowait("item")
            if not cancelled_first:
                acquiring[0].cancel()
                getting[0].cancel()
            while not (acquiring[0].done() and getting[0].done()):
                await sleep(0)
            # Who is woken before it is cancelled may have its turn still, but asyncio cancels it in any case.
            if not acquiring[0].cancelled():
                lock.release()
            if not getting[0].cancelled():
                items.put_nowait(getting[0].result())
            assert await acquiring[1]
            assert await getting[1] == "item"
            lock.release()
            items.put_nowait("second")
            assert (await acquiring[2], await getting[2]) == (True, "second")
            lock.release()
            if cancelled_first or strategy in {"asyncio", "uvloop"}:
                assert (acquiring[0].cancelled(), getting[0].cancelled()) == (True, True)

    played(strategy, play)
    assert not lock.locked()
    assert items.empty()


@each_strategy_and_inline
def test_item_that_comes_as_the_time_is_over_is_got_or_stays(strategy: str) -> None:
    items: Queue[int] = Queue(2)
    got: list[int] = []

    async def get_all() -> None:
        while len(got) < 150:
            with suppress(TimeoutError):
                async with timeout(random.choice((0, 0.0001, 0.0003))):
                    got.append(await items.get())
            await sleep(0)

    async def put_all() -> None:
        item = 0
        while item < 150:
            with suppress(TimeoutError):
                async with timeout(random.choice((0, 0.0001, 0.0003))):
                    await items.put(item)
                    item += 1
            if random.random() < 0.3:
                await sleep(random.choice((0, 0.0001)))

    async def play() -> None:
        async with timeout(PATIENCE), TaskGroup() as tasks:
            tasks.create_task(put_all())
            tasks.create_task(get_all())

    played(strategy, play)
    assert got == list(range(150))
    assert (items._room.free(), items._filled.free(), len(items._items)) == (2, 0, 0)


# Tasks of an asyncio program, which no server has made


RUNS: Final[dict[str, Callable[[Coroutine[Any, Any, None]], None]]] = {
    "asyncio": asyncio.run,
    "uvloop": uvloop.run,
}

each_run = pytest.mark.parametrize("run", RUNS)


@each_run
def test_program_of_asyncio_meets_the_handlers_of_a_server_beside_it(run: str) -> None:
    room = Room()

    async def program() -> None:
        with served(room, "threads") as serving, clients(serving, 1) as (client,):
            client.sendall(b"put item\n")
            assert await room.queue.get() == b"item"
            # Only now, because the handler may otherwise get its own item.
            client.sendall(b"get\nwait\n")
            await room.queue.put(b"answer")
            room.event.set()
            assert await asyncio.to_thread(lambda: [line_of(client) for _ in range(3)]) == [b"put", b"answer", b"set"]

    RUNS[run](program())


@each_run
@pytest.mark.parametrize("woken_first", [False, True])
def test_task_of_a_program_that_is_cancelled_passes_its_turn_on(run: str, woken_first: bool) -> None:
    items: Queue[str] = Queue(1)

    async def program() -> None:
        first, second = asyncio.create_task(items.get()), asyncio.create_task(items.get())
        await asyncio.sleep(0)
        if woken_first:
            items.put_nowait("item")
        first.cancel()
        if not woken_first:
            items.put_nowait("item")
        assert await second == "item"
        assert first.cancelled()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await items.get()

    RUNS[run](program())
    assert (items._room.free(), items._filled.free(), len(items._filled.line)) == (1, 0, 0)


@each_run
def test_thread_wakes_a_task_of_a_program(run: str) -> None:
    event = Event()

    async def program() -> None:
        timer = threading.Timer(0.02, event.set)
        timer.start()
        await asyncio.gather(event.wait(), event.wait())
        timer.join()

    RUNS[run](program())
    assert not event._waiting


# Forks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_child_has_a_copy_in_which_nobody_waits() -> None:
    items: Queue[bytes] = Queue(1)
    lock = Lock()
    lock.acquire_blocking()
    getter, acquirer = Hand(items.get()), Hand(lock.acquire())
    readable, writable = os.pipe()
    pid = os.fork()
    if not pid:
        # pragma: no cover - in the child
        status = b"failed"
        try:
            items.put_nowait(b"child's")
            lock.release()
            if lock.acquire_blocking(0) and items.get_nowait() == b"child's" and not getter.is_woken:
                status = b"well"
        finally:
            os.write(writable, status)
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(readable, 10) == b"well"
    os.close(readable)
    os.close(writable)
    assert not getter.is_woken
    assert not acquirer.is_woken
    items.put_nowait(b"parent's")
    assert getter.resume().result == b"parent's"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_fork_beside_threads_that_meet_leaves_no_lock_behind() -> None:
    items: Queue[int] = Queue(2)
    stop = threading.Event()

    def turn() -> None:
        while not stop.is_set():
            with suppress(queue.Full):
                items.put_nowait(1)
            with suppress(queue.Empty):
                items.get_nowait()

    turning = [threading.Thread(target=turn) for _ in range(2)]
    for thread in turning:
        thread.start()
    try:
        for _ in range(8):
            pid = os.fork()
            if not pid:
                # pragma: no cover - in the child
                signal.alarm(10)
                event = Event()
                with suppress(queue.Empty, queue.Full):
                    items.get_nowait()
                    items.put_nowait(1)
                event.set()
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
    finally:
        stop.set()
        for thread in turning:
            thread.join(PATIENCE)


# Races


def in_threads(*functions: Callable[[], object]) -> None:
    failures: list[BaseException] = []

    def run(function: Callable[[], object]) -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


@pytest.fixture
def switching() -> Generator[None, None, None]:
    """Have threads take turns as often as possible."""
    import sys

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("switching")
def test_no_item_is_lost_or_doubled_among_threads_that_give_up_now_and_then() -> None:
    items: Queue[int] = Queue(3)
    put: list[int] = []
    got: list[int] = []

    def producer(first: int) -> Callable[[], None]:
        def produce() -> None:
            for item in range(first, first + 300):
                try:
                    items.put_blocking(item, random.choice((0, 0.0005, None)))
                except queue.Full:
                    continue
                put.append(item)

        return produce

    def consume() -> None:
        while True:
            try:
                got.append(items.get_blocking(random.choice((0, 0.0005, None))))
            except queue.Empty:
                continue
            except QueueClosed:
                return

    consumers = [threading.Thread(target=consume) for _ in range(3)]
    for thread in consumers:
        thread.start()
    in_threads(*(producer(first) for first in (0, 1000, 2000)))
    items.close()
    for thread in consumers:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert Counter(got) == Counter(put)
    assert (items._room.free(), items._filled.free()) == (3, 0)


@pytest.mark.usefixtures("switching")
def test_what_was_put_before_a_close_is_got_after_it() -> None:
    for _ in range(30):
        items: Queue[int] = Queue(2)
        put: list[int] = []
        got: list[int] = []

        def produce(items: Queue[int] = items, put: list[int] = put) -> None:
            with suppress(QueueClosed):
                for item in range(1000):
                    items.put_blocking(item)
                    put.append(item)

        def consume(items: Queue[int] = items, got: list[int] = got) -> None:
            with suppress(QueueClosed):
                while True:
                    got.append(items.get_blocking())

        def close(items: Queue[int] = items, got: list[int] = got) -> None:
            until(lambda: len(got) > 20)
            items.close()

        in_threads(produce, produce, consume, consume, close)
        assert Counter(got) == Counter(put)


@pytest.mark.usefixtures("switching")
@pytest.mark.parametrize("make", [Lock, lambda: Semaphore(1)])
def test_no_turn_is_lost_or_doubled_among_threads_that_give_up_now_and_then(
    make: Callable[[], Lock | Semaphore],
) -> None:
    lock = make()
    inside: list[int] = []

    def enter() -> None:
        for _ in range(200):
            if lock.acquire_blocking(random.choice((0, 0.0002, None))):
                inside.append(1)
                assert len(inside) == 1
                inside.pop()
                lock.release()

    in_threads(*[enter] * 4)
    assert not lock.locked()


@pytest.mark.usefixtures("switching")
def test_no_wake_up_of_an_event_is_lost_between_threads() -> None:
    ping, pong = Event(), Event()

    def play(mine: Event, others: Event) -> Callable[[], None]:
        def turn() -> None:
            for _ in range(500):
                assert mine.wait_blocking(PATIENCE)
                mine.clear()
                others.set()

        return turn

    ping.set()
    in_threads(play(ping, pong), play(pong, ping))


@each_strategy
def test_no_item_is_lost_while_handlers_are_cut(strategy: str) -> None:
    """A thread puts while the server drains, and its handlers are cut where they wait."""
    items: Queue[int] = Queue(1)
    got: list[int] = []
    ended = threading.Event()

    async def handle(_stream: Stream) -> None:
        while True:
            item = await items.get()
            got.append(item)

    put: list[int] = []

    def produce() -> None:
        while not ended.is_set():
            with suppress(queue.Full):
                items.put_blocking(len(put), 0.0005)
                put.append(len(put))

    with running(Server(TCP(port=0), stream_handler(handle), STRATEGIES[strategy]())) as run, clients(run, 6):
        until(lambda: len(items._filled.line) == 6)
        producing = threading.Thread(target=produce)
        producing.start()
        try:
            until(lambda: len(got) > 20)
            assert len(run.server.drain(0).cut) == 6
        finally:
            ended.set()
            producing.join(PATIENCE)
    with suppress(queue.Empty):
        while True:
            got.append(items.get_nowait())
    assert Counter(got) == Counter(put)
