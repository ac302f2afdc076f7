"""SelectorReactor: descriptors, timers and wake-ups, the same with every poller of the platform."""

# The cost of a wake-up, and its failures, can be seen only in the private socketpair.
# pyright: reportPrivateUsage=false

import contextlib
import gc
import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.descriptors import lowest_free
from typedserver import LifecycleError, SelectorReactor
from typedserver.reactor.pollers import LONGEST_WAIT
from typedserver.reactor.selector_reactor import Timer

SELECTORS: dict[str, Callable[[], selectors.BaseSelector | None]] = {
    "epoll": lambda: None,
    "select": selectors.SelectSelector,
    "poll": selectors.PollSelector,
    "epoll-selector": selectors.EpollSelector,
}


@pytest.fixture(params=SELECTORS)
def reactor(request: pytest.FixtureRequest) -> Generator[SelectorReactor, None, None]:
    made = SelectorReactor(SELECTORS[request.param]())
    yield made
    made.close()


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        right.setblocking(False)
        yield left, right


Pair = tuple[socket.socket, socket.socket]


def turns(reactor: SelectorReactor, count: int = 1) -> None:
    """Run the loop for some turns, whether anything is ready or not."""
    for _ in range(count):
        reactor.call_later(0, reactor.stop)
        reactor.run_forever()


# Readers and writers


def test_reader_is_called_whenever_there_is_something_to_read(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    got: list[bytes] = []

    def read() -> None:
        got.append(left.recv(1))
        if len(got) == 3:
            reactor.stop()

    reactor.add_reader(left.fileno(), read)
    right.send(b"abc")
    reactor.run_forever()
    assert got == [b"a", b"b", b"c"]
    assert reactor.remove_reader(left.fileno())


def test_reader_hears_of_the_peers_end(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    reactor.add_reader(left.fileno(), reactor.stop)
    right.close()
    reactor.run_forever()
    assert left.recv(1) == b""
    reactor.remove_reader(left.fileno())


def test_writer_alone_hears_of_the_peers_end(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    with pytest.raises(BlockingIOError):
        while True:
            left.send(bytes(65536))
    reactor.add_writer(left.fileno(), reactor.stop)
    right.close()
    reactor.run_forever()
    with pytest.raises(BrokenPipeError):
        left.send(b"x")
    reactor.remove_writer(left.fileno())


def test_writer_is_called_when_there_is_room(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    with pytest.raises(BlockingIOError):
        while True:
            left.send(bytes(65536))
    calls: list[str] = []
    reactor.add_writer(left.fileno(), lambda: calls.append("room"))
    turns(reactor, 3)
    assert calls == []
    with pytest.raises(BlockingIOError):
        while True:
            right.recv(1 << 20)
    turns(reactor, 3)
    assert len(calls) == 3
    reactor.remove_writer(left.fileno())


def test_reader_and_writer_of_one_descriptor_are_separate(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    calls: list[str] = []
    fd = left.fileno()
    reactor.add_reader(fd, lambda: calls.append("read"))
    reactor.add_writer(fd, lambda: calls.append("write"))
    turns(reactor)
    assert calls == ["write"]
    right.send(b"x")
    turns(reactor)
    assert sorted(calls) == ["read", "write", "write"]
    calls.clear()
    assert reactor.remove_writer(fd)
    turns(reactor)
    assert calls == ["read"]
    reactor.add_writer(fd, lambda: calls.append("again"))
    assert reactor.remove_reader(fd)
    turns(reactor)
    assert calls == ["read", "again"]
    assert reactor.remove_writer(fd)
    turns(reactor)
    assert calls == ["read", "again"]


def test_callback_that_is_added_again_replaces_the_first(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    right.send(b"x")
    calls: list[str] = []
    reactor.add_reader(left.fileno(), lambda: calls.append("first"))
    reactor.add_reader(left.fileno(), lambda: calls.append("second"))
    turns(reactor)
    assert calls == ["second"]
    reactor.remove_reader(left.fileno())


def test_reader_removed_by_an_earlier_callback_of_the_turn_is_not_called(reactor: SelectorReactor) -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    calls: list[int] = []

    def reader(index: int) -> Callable[[], None]:
        def read() -> None:
            calls.append(index)
            assert reactor.remove_reader(pairs[1 - index][0].fileno())

        return read

    for index, (left, right) in enumerate(pairs):
        reactor.add_reader(left.fileno(), reader(index))
        right.send(b"x")
    turns(reactor)
    assert len(calls) == 1
    reactor.remove_reader(pairs[calls[0]][0].fileno())
    for left, right in pairs:
        left.close()
        right.close()


def test_reader_that_removes_the_writer_of_its_descriptor_is_the_last_call(
    reactor: SelectorReactor, pair: Pair
) -> None:
    left, right = pair
    right.send(b"x")
    calls: list[str] = []

    def read() -> None:
        calls.append("read")
        reactor.remove_writer(left.fileno())
        reactor.remove_reader(left.fileno())

    reactor.add_writer(left.fileno(), lambda: calls.append("write"))
    reactor.add_reader(left.fileno(), read)
    turns(reactor, 2)
    assert calls == ["read"]


def test_removing_what_is_not_there_says_so(reactor: SelectorReactor, pair: Pair) -> None:
    fd = pair[0].fileno()
    assert not reactor.remove_reader(fd)
    assert not reactor.remove_writer(fd)


def test_descriptor_that_is_not_open_is_refused_without_a_trace() -> None:
    # Only epoll refuses at once: select and poll find out when they wait.
    reactor = SelectorReactor()
    left, right = socket.socketpair()
    fd = left.fileno()
    left.close()
    right.close()
    before = repr(reactor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        reactor.add_reader(fd, reactor.stop)
    with pytest.raises(OSError, match="Bad file descriptor"):
        reactor.add_writer(fd, reactor.stop)
    assert repr(reactor) == before
    reactor.close()


@pytest.mark.parametrize("kinds", ["r", "w", "rw"])
def test_descriptor_that_was_closed_can_still_be_removed(reactor: SelectorReactor, kinds: str) -> None:
    left, right = socket.socketpair()
    fd = left.fileno()
    if "r" in kinds:
        reactor.add_reader(fd, reactor.stop)
    if "w" in kinds:
        reactor.add_writer(fd, reactor.stop)
    left.close()
    right.close()
    assert reactor.remove_reader(fd) is ("r" in kinds)
    assert reactor.remove_writer(fd) is ("w" in kinds)
    turns(reactor)


class Former:
    """A descriptor that is watched, then closed without a word to the loop; a copy of its file stays readable."""

    def __init__(self, reactor: SelectorReactor, called: Callable[[], object]) -> None:
        left, self.peer = socket.socketpair()
        self.number = left.fileno()
        reactor.add_reader(self.number, called)
        self.copy = left.dup()
        left.close()

    def send(self) -> None:
        self.peer.send(b"to the copy")

    def close(self) -> None:
        self.copy.close()
        self.peer.close()


def assert_idle(reactor: SelectorReactor) -> None:
    used = time.thread_time()
    reactor.call_later(0.1, reactor.stop)
    reactor.run_forever()
    assert time.thread_time() - used < 0.03


@pytest.mark.parametrize("removed", ["removed", "released", "replaced"])
def test_copy_of_a_descriptor_that_was_closed_unremoved_does_not_spin_the_loop(removed: str) -> None:
    reactor = SelectorReactor()
    calls: list[str] = []
    former = Former(reactor, lambda: calls.append("former"))
    match removed:
        case "removed":
            assert reactor.remove_reader(former.number)
        case "released":
            reactor.release_reader(former.number)
        case _:
            left, right = socket.socketpair()
            assert left.fileno() == former.number
            reactor.add_reader(former.number, lambda: calls.append("next"))
            assert reactor.remove_reader(former.number)
            left.close()
            right.close()
    former.send()
    assert_idle(reactor)
    assert calls == []
    former.close()
    reactor.close()


@pytest.mark.parametrize("direction", ["reader", "writer"])
def test_next_owner_of_a_number_hears_of_its_own_events_alone(direction: str) -> None:
    reactor = SelectorReactor()
    calls: list[str] = []
    former = Former(reactor, lambda: calls.append("former"))
    left, right = socket.socketpair()
    left.setblocking(False)
    assert left.fileno() == former.number
    if direction == "reader":
        reactor.add_reader(left.fileno(), lambda: calls.append(left.recv(10).decode()))
    else:
        with contextlib.suppress(BlockingIOError):
            while True:
                left.send(bytes(65536))
        reactor.remove_reader(former.number)
        reactor.add_writer(left.fileno(), reactor.stop)
    former.send()
    assert_idle(reactor)
    assert calls == []
    if direction == "reader":
        right.send(b"own")
        turns(reactor, 3)
        assert calls == ["own"]
        assert reactor.remove_reader(left.fileno())
    else:
        right.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                right.recv(65536)
        reactor.run_forever()
        assert reactor.remove_writer(left.fileno())
    left.close()
    right.close()
    former.close()
    reactor.close()


def test_descriptors_that_stay_are_watched_on_when_others_were_closed_unremoved() -> None:
    reactor = SelectorReactor()
    calls: list[bytes] = []
    pairs = [socket.socketpair() for _ in range(3)]
    for left, _ in pairs:
        left.setblocking(False)
        reactor.add_reader(left.fileno(), lambda left=left: calls.append(left.recv(10)))  # type: ignore[misc]  # mypy cannot infer it
    lost, its_peer = socket.socketpair()
    found: list[str] = []
    reactor.add_reader(lost.fileno(), lambda: found.append("closed"))
    former = Former(reactor, lambda: calls.append(b"former"))
    number = lost.fileno()
    lost.close()
    reactor.remove_reader(former.number)
    former.send()
    turns(reactor, 3)
    for _, right in pairs:
        right.send(b"x")
    turns(reactor, 3)
    assert calls == [b"x"] * 3
    assert found, "whoever was not told of a close is called once, and finds it"
    assert reactor.remove_reader(number)
    for left, _ in pairs:
        assert reactor.remove_reader(left.fileno())
    former.close()
    for end in (its_peer, *(end for pair in pairs for end in pair)):
        end.close()
    reactor.close()


def test_many_descriptors_that_were_closed_unremoved_leave_no_doubt() -> None:
    reactor = SelectorReactor()
    ends = [end for _ in range(50) for end in socket.socketpair()]
    numbers = [end.fileno() for end in ends]
    for end in ends:
        reactor.add_reader(end.fileno(), reactor.stop)
    for end in ends:
        end.close()
    for number in numbers:
        assert reactor.remove_reader(number)
    assert len(reactor._doubted) == 100
    turns(reactor, 2)
    assert not reactor._doubted, "each would cost its next owner a call for each event"
    reactor.close()


def test_number_of_a_regular_file_is_a_sockets_next(tmp_path: Path) -> None:
    reactor = SelectorReactor()
    calls: list[str] = []
    file = (tmp_path / "file").open("w+")
    fd = file.fileno()
    reactor.add_reader(fd, lambda: calls.append("file"))
    file.close()
    with lowest_free(fd):
        left, right = socket.socketpair()
    assert left.fileno() == fd
    reactor.add_reader(fd, lambda: calls.append("socket"))
    assert_idle(reactor)
    assert calls == []
    right.send(b"x")
    turns(reactor)
    assert calls == ["socket"]
    reactor.remove_reader(fd)
    left.close()
    right.close()
    reactor.close()


def test_regular_file_counts_as_always_ready(tmp_path: Path) -> None:
    for name in ("epoll", "select", "poll"):
        reactor = SelectorReactor(SELECTORS[name]())
        with (tmp_path / "file").open("w+") as file:
            calls: list[str] = []
            fd = file.fileno()
            reactor.add_reader(fd, lambda calls=calls: calls.append("read"))  # type: ignore[misc]  # mypy cannot infer it
            turns(reactor, 2)
            assert calls == ["read"] * 2
            reactor.add_writer(fd, lambda calls=calls: calls.append("write"))  # type: ignore[misc]  # as above
            turns(reactor)
            assert sorted(calls) == ["read"] * 3 + ["write"]
            assert reactor.remove_reader(fd)
            assert reactor.remove_writer(fd)
            turns(reactor)
            assert len(calls) == 4
        reactor.close()


# Timers


def test_timers_run_in_order_of_time_and_then_of_setting(reactor: SelectorReactor) -> None:
    ran: list[str] = []
    reactor.call_later(0.02, lambda: ran.append("second"))
    reactor.call_later(0.01, lambda: ran.append("first"))
    same = 0.03
    reactor.call_later(same, lambda: ran.append("third"))
    reactor.call_later(same, lambda: ran.append("fourth"))
    reactor.call_later(0.05, reactor.stop)
    began = time.monotonic()
    reactor.run_forever()
    assert ran == ["first", "second", "third", "fourth"]
    assert time.monotonic() - began >= 0.05


def test_cancelled_timer_does_not_run(reactor: SelectorReactor) -> None:
    ran: list[str] = []
    timer = reactor.call_later(0, lambda: ran.append("cancelled"))
    timer.cancel()
    timer.cancel()
    turns(reactor, 2)
    assert ran == []


def test_timer_may_be_cancelled_after_it_ran(reactor: SelectorReactor) -> None:
    ran: list[str] = []
    timer = reactor.call_later(0, lambda: ran.append("ran"))
    turns(reactor)
    timer.cancel()
    assert ran == ["ran"]


def test_timer_may_cancel_another_of_the_same_turn(reactor: SelectorReactor) -> None:
    ran: list[str] = []
    others: list[Timer] = []
    reactor.call_later(0, lambda: others.pop().cancel())
    others.append(reactor.call_later(0, lambda: ran.append("other")))
    turns(reactor, 2)
    assert ran == []


@pytest.mark.parametrize("delay", [0, -1])
@pytest.mark.parametrize("coarse", [False, True], ids=["fine", "coarse"])
def test_timer_set_by_a_timer_waits_for_the_next_turn(
    reactor: SelectorReactor, pair: Pair, delay: float, coarse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if coarse:
        # The clock of Windows stands still for milliseconds.
        monkeypatch.setattr("typedserver.reactor.selector_reactor.time", SimpleNamespace(monotonic=lambda: 5.0))
    left, right = pair
    right.send(b"x")
    ran: list[str] = []

    def again() -> None:
        ran.append("timer")
        reactor.call_later(delay, again)

    reactor.add_reader(left.fileno(), lambda: ran.append("reader"))
    reactor.call_later(delay, again)
    turns(reactor, 3)
    assert ran == ["reader", "timer"] * 3
    reactor.remove_reader(left.fileno())


def test_negative_delay_is_none(reactor: SelectorReactor) -> None:
    reactor.call_later(-1000, reactor.stop)
    reactor.run_forever()


@pytest.mark.parametrize("delay", [LONGEST_WAIT * 40, 1e12, float("inf")])
def test_timer_of_the_far_future_waits_with_the_rest(reactor: SelectorReactor, delay: float) -> None:
    timer = reactor.call_later(delay, reactor.stop)
    reactor.call_soon_threadsafe(reactor.stop)
    reactor.run_forever()
    timer.cancel()


def live_timers() -> int:
    """Count the timers of this process; a test compares two counts because loops of other tests may have some."""
    gc.collect()
    return sum(isinstance(thing, Timer) for thing in gc.get_objects())


def test_cancelled_timers_hold_no_memory(reactor: SelectorReactor) -> None:
    before = live_timers()
    kept = [reactor.call_later(3600, reactor.stop) for _ in range(10)]
    for _ in range(10_000):
        reactor.call_later(3600, reactor.stop).cancel()
    assert live_timers() - before < 200
    ran: list[str] = []
    reactor.call_later(0, lambda: ran.append("still in order"))
    turns(reactor)
    assert ran == ["still in order"]
    for timer in kept:
        timer.cancel()


def test_cancelled_timers_whose_time_has_passed_hold_no_memory(reactor: SelectorReactor) -> None:
    before = live_timers()
    for _ in range(100):
        for _ in range(50):
            reactor.call_later(0, reactor.stop).cancel()
        turns(reactor)
    assert live_timers() <= before


# call_soon_threadsafe


def test_call_from_another_thread_wakes_the_loop(reactor: SelectorReactor) -> None:
    def call() -> None:
        time.sleep(0.02)
        reactor.call_soon_threadsafe(reactor.stop)

    caller = threading.Thread(target=call)
    caller.start()
    reactor.run_forever()
    caller.join()


def test_calls_run_in_the_loops_thread_in_their_order(reactor: SelectorReactor) -> None:
    ran: list[tuple[int, int]] = []

    def call() -> None:
        for index in range(100):
            reactor.call_soon_threadsafe(lambda index=index: ran.append((index, threading.get_ident())))  # type: ignore[misc]  # mypy cannot infer it
        reactor.call_soon_threadsafe(reactor.stop)

    caller = threading.Thread(target=call)
    caller.start()
    reactor.run_forever()
    caller.join()
    assert ran == [(index, threading.get_ident()) for index in range(100)]


def test_call_made_before_the_run_comes_before_what_is_readable(reactor: SelectorReactor, pair: Pair) -> None:
    receiver, sender = pair
    sender.send(b"x")
    called: list[str] = []

    def read() -> None:
        called.append("read")
        reactor.stop()

    reactor.add_reader(receiver.fileno(), read)
    reactor.call_soon_threadsafe(lambda: called.append("called"))
    reactor.run_forever()
    reactor.remove_reader(receiver.fileno())
    assert called == ["called", "read"]


def test_many_calls_wake_the_loop_once(reactor: SelectorReactor) -> None:
    ran: list[int] = []
    for index in range(1000):
        reactor.call_soon_threadsafe(lambda index=index: ran.append(index))  # type: ignore[misc]  # mypy cannot infer it
    assert reactor._wake_receiver.recv(4096, socket.MSG_PEEK) == b"\0"
    turns(reactor)
    assert ran == list(range(1000))
    with pytest.raises(BlockingIOError):
        reactor._wake_receiver.recv(1)


def test_no_call_of_many_threads_is_lost(reactor: SelectorReactor) -> None:
    ran: list[int] = []
    count = 4 * 2000

    def note() -> None:
        ran.append(1)
        if len(ran) == count:
            reactor.stop()

    def call() -> None:
        for _ in range(2000):
            reactor.call_soon_threadsafe(note)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    reactor.run_forever()
    for caller in callers:
        caller.join()
    assert len(ran) == count


def test_call_made_by_a_call_runs_in_a_later_turn(reactor: SelectorReactor) -> None:
    ran: list[str] = []

    def again() -> None:
        ran.append("call")
        reactor.call_soon_threadsafe(again)

    reactor.call_soon_threadsafe(again)
    turns(reactor, 3)
    assert ran == ["call"] * 3


def test_call_made_by_a_callback_sends_no_byte(reactor: SelectorReactor) -> None:
    ran: list[str] = []

    def first() -> None:
        for name in ("second", "third"):
            reactor.call_soon_threadsafe(lambda name=name: ran.append(name))  # type: ignore[misc]  # mypy cannot infer it
        reactor.call_soon_threadsafe(reactor.stop)
        with pytest.raises(BlockingIOError):
            reactor._wake_receiver.recv(1, socket.MSG_PEEK)

    reactor.call_later(0, first)
    reactor.run_forever()
    assert ran == ["second", "third"]


def test_calls_of_callbacks_do_not_starve_descriptors_and_timers(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    seen: list[str] = []

    def again() -> None:
        if len(seen) < 2:
            reactor.call_soon_threadsafe(again)
        else:
            reactor.stop()

    def readable() -> None:
        seen.append("readable")
        reactor.remove_reader(left.fileno())

    reactor.add_reader(left.fileno(), readable)
    reactor.call_later(0.001, lambda: seen.append("timer"))
    right.send(b"x")
    reactor.call_soon_threadsafe(again)
    reactor.run_forever()
    assert sorted(seen) == ["readable", "timer"]


def test_signal_handler_wakes_a_turn_after_a_callback_has_failed(reactor: SelectorReactor) -> None:
    woken: list[None] = []
    before = signal.signal(
        signal.SIGUSR1, lambda _number, _frame: reactor.call_soon_threadsafe(lambda: woken.append(None))
    )
    try:
        reactor.turn_here()
        reactor.call_later(0, lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            reactor.turn(1)
        timer = threading.Timer(0.02, os.kill, [os.getpid(), signal.SIGUSR1])
        timer.start()
        reactor.turn(20)
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert woken == [None]


def test_signal_handler_may_call(reactor: SelectorReactor) -> None:
    before = signal.signal(signal.SIGUSR1, lambda _number, _frame: reactor.call_soon_threadsafe(reactor.stop))
    try:
        timer = threading.Timer(0.02, os.kill, [os.getpid(), signal.SIGUSR1])
        timer.start()
        reactor.run_forever()
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_wake_up_survives_a_full_pipe(reactor: SelectorReactor) -> None:
    with pytest.raises(BlockingIOError):
        while True:
            reactor._wake_sender.send(bytes(65536))
    reactor.call_soon_threadsafe(reactor.stop)
    reactor.run_forever()


def test_call_after_close_is_nothing(reactor: SelectorReactor) -> None:
    reactor.close()
    reactor.call_soon_threadsafe(reactor.stop)
    assert len(reactor._ready) == 0


class Interrupting(socket.socket):
    """Raises an interrupt in its first send, before anything is sent."""

    interrupted = False

    def send(self, *arguments: object) -> int:
        if not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt
        return super().send(b"\0")


def test_interrupted_wake_up_does_not_silence_the_next(reactor: SelectorReactor) -> None:
    runner = threading.Thread(target=reactor.run_forever, daemon=True)
    runner.start()
    running = threading.Event()
    reactor.call_soon_threadsafe(running.set)
    assert running.wait(20)
    reactor._wake_sender = Interrupting(fileno=reactor._wake_sender.detach())
    with pytest.raises(KeyboardInterrupt):
        reactor.call_soon_threadsafe(lambda: None)
    reactor.call_soon_threadsafe(reactor.stop)
    runner.join(20)
    assert not runner.is_alive()


# Running, stopping, closing


def test_exception_of_a_callback_ends_the_run_and_another_run_goes_on(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    right.send(b"x")

    def fail() -> None:
        reactor.remove_reader(left.fileno())
        raise LookupError("of a callback")

    reactor.add_reader(left.fileno(), fail)
    with pytest.raises(LookupError, match="of a callback"):
        reactor.run_forever()
    turns(reactor)


def test_exception_of_a_timer_leaves_the_other_timers(reactor: SelectorReactor) -> None:
    ran: list[str] = []
    reactor.call_later(0, lambda: 1 // 0)
    reactor.call_later(0, lambda: ran.append("other"))
    with pytest.raises(ZeroDivisionError):
        reactor.run_forever()
    turns(reactor)
    assert ran == ["other"]


def test_exception_of_a_call_leaves_the_other_calls_for_the_next_run(reactor: SelectorReactor) -> None:
    reactor.call_soon_threadsafe(lambda: 1 // 0)
    reactor.call_soon_threadsafe(reactor.stop)
    with pytest.raises(ZeroDivisionError):
        reactor.run_forever()
    reactor.run_forever()


def test_stop_before_the_run_ends_it_at_once(reactor: SelectorReactor) -> None:
    ran: list[str] = []
    reactor.call_later(0, lambda: ran.append("timer"))
    reactor.stop()
    reactor.run_forever()
    assert ran == []
    turns(reactor)
    assert ran == ["timer"]


def test_stop_ends_the_run_after_the_turns_other_callbacks(reactor: SelectorReactor) -> None:
    ran: list[str] = []
    reactor.call_later(0, reactor.stop)
    reactor.call_later(0, lambda: ran.append("other"))
    reactor.run_forever()
    assert ran == ["other"]


def test_reactor_runs_in_a_thread_that_is_not_the_main_one(reactor: SelectorReactor) -> None:
    runner = threading.Thread(target=reactor.run_forever)
    runner.start()
    ran = threading.Event()
    reactor.call_soon_threadsafe(ran.set)
    assert ran.wait(20)
    reactor.call_soon_threadsafe(reactor.stop)
    runner.join()


def test_reactor_runs_once_at_a_time(reactor: SelectorReactor) -> None:
    reactor.call_later(0, reactor.run_forever)
    with pytest.raises(LifecycleError, match="running, 0 readers, 0 writers> cannot run: give each loop"):
        reactor.run_forever()


def test_running_reactor_cannot_be_closed(reactor: SelectorReactor) -> None:
    reactor.call_later(0, reactor.close)
    with pytest.raises(LifecycleError, match="stop it first"):
        reactor.run_forever()


def test_closed_reactor_cannot_run_and_lets_go(reactor: SelectorReactor, pair: Pair) -> None:
    reactor.add_reader(pair[0].fileno(), reactor.stop)
    reactor.close()
    reactor.close()
    with pytest.raises(LifecycleError, match="closed"):
        reactor.run_forever()
    assert reactor.remove_reader(pair[0].fileno())
    assert repr(reactor) == "<SelectorReactor closed, 0 readers, 0 writers>"


def test_repr_says_what_is_watched(reactor: SelectorReactor, pair: Pair) -> None:
    reactor.add_reader(pair[0].fileno(), reactor.stop)
    reactor.add_writer(pair[0].fileno(), reactor.stop)
    reactor.add_writer(pair[1].fileno(), reactor.stop)
    assert repr(reactor) == "<SelectorReactor idle, 1 readers, 2 writers>"
    for end in pair:
        reactor.remove_reader(end.fileno())
        reactor.remove_writer(end.fileno())


# Forked children


def in_child(function: Callable[[], object]) -> int:
    """Call a function in a forked child, which then ends; returns its pid."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            function()
            status = 0
        finally:
            os._exit(status)
    return pid


def test_childs_copy_of_a_descriptor_does_not_spin_the_parents_loop(reactor: SelectorReactor) -> None:
    left, right = socket.socketpair()
    fd = left.fileno()
    right.send(b"for ever readable")
    held_read, held_write = os.pipe()

    def hold() -> None:
        os.close(held_write)
        os.read(held_read, 1)

    reactor.add_reader(fd, reactor.stop)
    pid = in_child(hold)
    os.close(held_read)
    reactor.remove_reader(fd)
    left.close()
    used = time.thread_time()
    reactor.call_later(0.2, reactor.stop)
    reactor.run_forever()
    used = time.thread_time() - used
    os.close(held_write)
    os.waitpid(pid, 0)
    right.close()
    assert used < 0.05


def test_child_that_leaves_its_copy_does_not_disturb_the_parent(reactor: SelectorReactor, pair: Pair) -> None:
    left, right = pair
    got: list[bytes] = []

    def read() -> None:
        got.append(left.recv(100))
        reactor.stop()

    def leave() -> None:
        reactor.leave_in_child(None)
        # A child may still clean up; none of it may reach the parent's epoll.
        reactor.remove_reader(left.fileno())
        reactor.call_soon_threadsafe(reactor.stop)
        reactor.close()

    reactor.add_reader(left.fileno(), read)
    _, status = os.waitpid(in_child(leave), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    right.send(b"to the parent")
    reactor.run_forever()
    assert got == [b"to the parent"]
    reactor.call_soon_threadsafe(reactor.stop)
    reactor.run_forever()
    reactor.remove_reader(left.fileno())


def test_reactor_that_was_left_is_closed(reactor: SelectorReactor) -> None:
    reactor.leave_in_child(None)
    assert repr(reactor).startswith("<SelectorReactor closed")


def test_child_can_leave_a_loop_that_runs(reactor: SelectorReactor) -> None:
    statuses: list[int] = []

    def fork() -> None:
        _, status = os.waitpid(in_child(lambda: reactor.leave_in_child(None)), 0)
        statuses.append(os.waitstatus_to_exitcode(status))
        reactor.stop()

    reactor.call_later(0, fork)
    reactor.run_forever()
    assert statuses == [0]


def test_reactor_notices_a_signal_that_does_not_interrupt_its_wait() -> None:
    # A signal may come between Python's last check and the wait. Here it reaches another thread, with the same effect.
    reactor = SelectorReactor()
    before = signal.signal(signal.SIGUSR1, lambda _number, _frame: reactor.stop())
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])

    def be_hit() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

    try:
        hit = threading.Timer(0.02, be_hit)
        hit.start()
        reactor.run_forever()
        hit.join()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
        signal.signal(signal.SIGUSR1, before)
        reactor.close()
    assert signal.set_wakeup_fd(-1) == -1


def test_reactor_leaves_a_wake_up_descriptor_of_somebody_else_alone() -> None:
    reactor = SelectorReactor()
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    signal.set_wakeup_fd(sender.fileno())
    try:
        reactor.call_soon_threadsafe(reactor.stop)
        reactor.run_forever()
        assert signal.set_wakeup_fd(-1) == sender.fileno()
    finally:
        reactor.close()
        receiver.close()
        sender.close()
