"""Exhaustion: the pauses of an episode, and its two lines in the log, on a loop whose clock the test turns."""

import errno
import logging
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from typedserver.requests import exhaustion
from typedserver.requests.exhaustion import FIRST_PAUSE, LAST_PAUSE, SETTLED, Exhaustion


class Timer:
    def __init__(self, delay: float, callback: Callable[[], object]) -> None:
        self.delay = delay
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """Keeps timers until the test lets time pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.timers: list[Timer] = []
        monkeypatch.setattr(exhaustion, "time", SimpleNamespace(monotonic=lambda: self.now))

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        self.timers.append(Timer(delay, callback))
        return self.timers[-1]

    @property
    def pending(self) -> list[Timer]:
        return [timer for timer in self.timers if not timer.cancelled]

    def pass_time(self) -> float:
        """Run the only timer; returns how long it waited."""
        (timer,) = self.pending
        self.timers.clear()
        self.now += timer.delay
        timer.callback()
        return timer.delay


def no_descriptors() -> OSError:
    return OSError(errno.EMFILE, os.strerror(errno.EMFILE))


class Episode:
    def __init__(self, loop: Loop) -> None:
        self.tries = 0
        self.loop = loop
        made: Any = loop
        self.exhaustion = Exhaustion(made, self.again)

    def again(self) -> None:
        self.tries += 1

    def fail(self) -> float:
        self.exhaustion.rest(no_descriptors())
        return self.loop.pass_time()


@pytest.fixture
def episode(monkeypatch: pytest.MonkeyPatch) -> Episode:
    return Episode(Loop(monkeypatch))


def test_exhaustion_pauses_grow_up_to_the_last(episode: Episode) -> None:
    pauses = [episode.fail() for _ in range(8)]
    assert pauses == [min(FIRST_PAUSE * 2**number, LAST_PAUSE) for number in range(8)]
    assert pauses[-1] == LAST_PAUSE <= 0.05, "served again within 100 ms of recovery"
    assert episode.tries == 8


def test_exhaustion_logs_two_lines_however_often_it_fails(episode: Episode, caplog: pytest.LogCaptureFixture) -> None:
    waited = sum(episode.fail() for _ in range(100))
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert episode.loop.pass_time() == SETTLED
    begun, over = (record.getMessage() for record in caplog.records)
    assert begun == "accepting pauses: [Errno 24] Too many open files; connections wait in the listener's queue"
    said, _, seconds = over.removesuffix(" s").rpartition(" ")
    assert said == "accepting goes on: 100 attempts had failed in"
    assert float(seconds) == pytest.approx(waited, abs=0.01)
    assert not episode.exhaustion.lasts
    assert not episode.loop.pending


def test_exhaustion_that_comes_back_before_it_has_settled_is_the_same_episode(
    episode: Episode, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        episode.fail()
        episode.loop.now += SETTLED * 0.9
    assert len(caplog.records) == 1


def test_exhaustion_after_an_episode_begins_another_one(episode: Episode, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        assert episode.fail() == FIRST_PAUSE
        episode.fail()
        episode.loop.pass_time()
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING] * 3


def test_exhaustion_that_fails_within_a_pause_waits_again(episode: Episode) -> None:
    # As after the end of a request: the acceptor tries again before the pause is over.
    episode.exhaustion.rest(no_descriptors())
    episode.exhaustion.rest(no_descriptors())
    assert [timer.delay for timer in episode.loop.pending] == [FIRST_PAUSE * 2]


def test_exhaustion_ended_in_an_episode_leaves_no_timer_and_logs_no_more(
    episode: Episode, caplog: pytest.LogCaptureFixture
) -> None:
    episode.fail()
    episode.exhaustion.end()
    episode.exhaustion.end()
    assert not episode.loop.pending
    assert not episode.exhaustion.lasts
    assert len(caplog.records) == 1


def test_exhaustion_is_not_logged_if_logging_is_off(episode: Episode, caplog: pytest.LogCaptureFixture) -> None:
    episode.exhaustion.rest(OSError(errno.EBADF, "closed"), log=False)
    episode.loop.pass_time()
    episode.exhaustion.rest(no_descriptors())
    episode.loop.pass_time()
    episode.loop.pass_time()
    assert not caplog.records


def test_exhaustion_reports_the_time_left(episode: Episode) -> None:
    episode.exhaustion.rest(no_descriptors())
    assert episode.exhaustion.time_left() == pytest.approx(FIRST_PAUSE)
    episode.loop.now += 1
    assert episode.exhaustion.time_left() == 0
