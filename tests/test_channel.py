"""Channel: messages between two processes stay apart, nobody waits to send one, and the end of a side is reported."""

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


def test_channel_carries_messages_both_ways_in_order_and_apart(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    assert one.send("first")
    assert one.send("second", {"seconds": 0.5, "addresses": ["\0name", "\udcff"]})
    assert other.send("back", [1, None])
    assert other.receive() == [("first", None), ("second", {"seconds": 0.5, "addresses": ["\0name", "\udcff"]})]
    assert one.receive() == [("back", [1, None])]
    assert one.receive() == other.receive() == []
    assert not one.ended


def test_channel_sends_the_repr_of_what_json_cannot_write(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    assert one.send("odd", [b"bytes", 1j])
    assert other.receive() == [("odd", ["b'bytes'", "1j"])]


def test_channel_accepts_a_message_of_the_greatest_length(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    text = "x" * (LONGEST - len('["long", ""]'))
    assert one.send("long", text)
    assert other.receive() == [("long", text)]


def test_channel_that_is_full_or_has_no_other_side_accepts_nothing_and_does_not_wait(
    ends: tuple[Channel, Channel],
) -> None:
    one, other = ends
    sent = 0
    while one.send("more"):
        sent += 1
    assert len(other.receive()) == sent
    assert one.send("again")
    other.close()
    assert not one.send("more")
    one.close()
    assert not one.send("more")


def test_channel_reports_the_end_of_the_other_side_after_its_last_message(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    one.send("last")
    one.close()
    assert other.receive() == [("last", None)]
    assert other.ended
    assert other.receive() == []


def test_channel_has_ended_if_the_other_side_left_messages_unread(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    one.send("unread")
    other.close()
    assert one.receive() == []
    assert one.ended


def test_closed_channel_carries_nothing_more(ends: tuple[Channel, Channel]) -> None:
    one, _ = ends
    one.close()
    assert one.fileno() == -1
    assert one.receive() == []
    assert one.ended


def test_channel_messages_of_threads_and_signal_handlers_stay_apart(ends: tuple[Channel, Channel]) -> None:
    one, other = ends
    before = signal.signal(signal.SIGUSR1, lambda _number, _frame: one.send("signal", "y" * 1000))
    try:
        threads = [
            threading.Thread(target=lambda: [one.send("thread", "x" * 1000) for _ in range(20)]) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for _ in range(10):
            one.send("main", "z" * 1000)
            os.kill(os.getpid(), signal.SIGUSR1)
        for thread in threads:
            thread.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    counts: dict[str, int] = {}
    for what, about in other.receive():
        assert about == {"signal": "y", "thread": "x", "main": "z"}[what] * 1000
        counts[what] = counts.get(what, 0) + 1
    assert counts["main"] == 10
    assert counts["signal"] >= 1
    assert counts["thread"] == 60
