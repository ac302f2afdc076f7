"""Channel: messages between two processes that keep apart, for which nobody waits, and whose end is told."""

import os
import signal
import threading
from collections.abc import Generator

import pytest

from typedserver.process.channel import LONGEST, Channel, open_channel


@pytest.fixture
def ends() -> Generator[tuple[Channel, Channel], None, None]:
    one, other = open_channel()
    yield one, other
    one.close()
    other.close()


def test_channel_tells_both_ways_in_order_and_apart(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    assert one.tell("first")
    assert one.tell("second", {"seconds": 0.5, "addresses": ["\0name", "\udcff"]})
    assert other.tell("back", [1, None])
    assert other.told() == [("first", None), ("second", {"seconds": 0.5, "addresses": ["\0name", "\udcff"]})]
    assert one.told() == [("back", [1, None])]
    assert one.told() == other.told() == []
    assert not one.ended


def test_channel_writes_what_json_can_not_as_it_is_shown(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    assert one.tell("odd", [b"bytes", 1j])
    assert other.told() == [("odd", ["b'bytes'", "1j"])]


def test_channel_takes_a_message_of_the_greatest_length(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    text = "x" * (LONGEST - len('["long", ""]'))
    assert one.tell("long", text)
    assert other.told() == [("long", text)]


def test_channel_that_is_full_or_has_no_other_side_takes_nothing_and_waits_for_nobody(
    ends: tuple[Channel, Channel],
) -> None:
    one, other = ends
    sent = 0
    while one.tell("more"):
        sent += 1
    assert len(other.told()) == sent
    assert one.tell("again")
    other.close()
    assert not one.tell("more")
    one.close()
    assert not one.tell("more")


def test_channel_tells_the_end_of_the_other_side_after_its_last_words(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    one.tell("last")
    one.close()
    assert other.told() == [("last", None)]
    assert other.ended
    assert other.told() == []


def test_channel_whose_other_side_left_something_unread_has_ended(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    one.tell("unread")
    other.close()
    assert one.told() == []
    assert one.ended


def test_channel_that_is_closed_tells_nothing_more(ends: tuple[Channel, Channel]) -> None:
    one, _ = ends
    one.close()
    assert one.fileno() == -1
    assert one.told() == []
    assert one.ended


def test_channel_messages_of_threads_and_signal_handlers_stay_apart(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    before = signal.signal(signal.SIGUSR1, lambda _number, _frame: one.tell("signal", "y" * 1000))
    try:
        threads = [
            threading.Thread(target=lambda: [one.tell("thread", "x" * 1000) for _ in range(20)]) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for _ in range(10):
            one.tell("main", "z" * 1000)
            os.kill(os.getpid(), signal.SIGUSR1)
        for thread in threads:
            thread.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    counts: dict[str, int] = {}
    for what, about in other.told():
        assert about == {"signal": "y", "thread": "x", "main": "z"}[what] * 1000
        counts[what] = counts.get(what, 0) + 1
    assert counts["main"] == 10
    assert counts["signal"] >= 1
    assert counts["thread"] == 60
