"""TimerWheel: one timer of the loop serves any number of deadlines."""

import math
import time
import weakref
from collections.abc import Callable
from functools import partial

from tests.running import PATIENCE
from typedserver import SelectorReactor
from typedserver.reactor.timer_wheel import SLOT, TimerWheel


class Patient:
    def __init__(self, expired: Callable[[], object]) -> None:
        self.deadline: float | None = None
        self.due = math.inf
        self.expired = expired

    def expire(self) -> None:
        self.expired()

    def wait(self, deadlines: TimerWheel, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        if self.deadline < self.due:
            deadlines.watch(self)


def run_for(reactor: SelectorReactor, seconds: float) -> None:
    reactor.call_later(seconds, reactor.stop)
    reactor.run_forever()


def test_deadlines_expire_at_most_two_slots_late_and_never_early() -> None:
    reactor = SelectorReactor()
    deadlines = TimerWheel(reactor)
    late: list[float] = []

    def expire(patient: Patient) -> None:
        late.append(time.monotonic() - (patient.deadline or 0))

    for seconds in (0.01, 0.1, 0.05, 0.2):
        patient = Patient(lambda: None)
        patient.wait(deadlines, seconds)
        patient.expired = partial(expire, patient)
    run_for(reactor, 0.4)
    assert len(late) == 4
    assert all(0 <= seconds < 2 * SLOT + 0.05 for seconds in late), late
    reactor.close()


def test_deadline_that_moved_on_is_looked_at_again() -> None:
    reactor = SelectorReactor()
    deadlines = TimerWheel(reactor)
    expired: list[float] = []
    patient = Patient(lambda: expired.append(time.monotonic()))
    patient.wait(deadlines, 0.05)
    patient.wait(deadlines, 0.3)
    begun = time.monotonic()
    run_for(reactor, 0.5)
    assert len(expired) == 1
    assert expired[0] - begun >= 0.29
    reactor.close()


def test_deadline_that_moves_forward_is_kept() -> None:
    reactor = SelectorReactor()
    deadlines = TimerWheel(reactor)
    expired: list[object] = []
    patient = Patient(lambda: expired.append(patient))
    patient.wait(deadlines, 60)
    patient.wait(deadlines, 0.05)
    run_for(reactor, 0.25)
    assert expired == [patient]
    reactor.close()


def test_deadline_that_is_forgotten_or_given_up_does_not_expire() -> None:
    reactor = SelectorReactor()
    deadlines = TimerWheel(reactor)
    expired: list[object] = []
    forgotten, given_up = Patient(lambda: expired.append(1)), Patient(lambda: expired.append(2))
    forgotten.wait(deadlines, 0.02)
    given_up.wait(deadlines, 0.02)
    forgotten.deadline = None
    deadlines.forget(forgotten)
    deadlines.forget(forgotten)
    given_up.deadline = None
    run_for(reactor, 0.2)
    assert not expired
    deadlines.close()
    deadlines.close()
    reactor.close()


def test_deadlines_of_ten_thousand_cost_one_timer_and_microseconds_each() -> None:
    reactor = SelectorReactor()
    timers = 0
    call_later = reactor.call_later

    def counting(delay: float, callback: Callable[[], object], /) -> object:
        nonlocal timers
        timers += 1
        return call_later(delay, callback)

    reactor.call_later = counting  # type: ignore[method-assign,assignment]  # to count its calls
    deadlines = TimerWheel(reactor)
    patients = [Patient(lambda: None) for _ in range(10_000)]
    begun = time.process_time()
    for _ in range(10):
        for patient in patients:
            patient.wait(deadlines, 60)
    each = (time.process_time() - begun) / 100_000
    assert timers == 1
    assert each < 10e-6, f"{each * 1e6:.2f} µs a wait"
    deadlines.close()
    reactor.close()


def test_what_is_forgotten_before_the_next_look_is_not_kept_until_then() -> None:
    reactor = SelectorReactor()
    deadlines = TimerWheel(reactor)
    patient = Patient(lambda: None)
    patient.wait(deadlines, PATIENCE)
    patient.deadline = None
    deadlines.forget(patient)
    gone = weakref.ref(patient)
    del patient
    assert gone() is None
    reactor.close()


def test_deadline_expires_though_one_that_was_watched_before_is_forgotten() -> None:
    reactor = SelectorReactor()
    deadlines = TimerWheel(reactor)
    expired: list[str] = []
    first, second = Patient(lambda: expired.append("first")), Patient(lambda: expired.append("second"))
    first.wait(deadlines, 0.01)
    first.deadline = None
    deadlines.forget(first)
    second.wait(deadlines, 0.01)
    run_for(reactor, 0.3)
    assert expired == ["second"]
    reactor.close()
