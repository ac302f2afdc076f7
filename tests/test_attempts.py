"""Attempts: whose failures are counted, for how long, and in how much memory."""

import time

import pytest

from typedserver.access.attempts import MOST_ADDRESSES, Attempts

PEER = ("192.0.2.1", 5000)


def test_peer_is_refused_after_so_many_failures() -> None:
    attempts = Attempts(3, 60.0)
    for _ in range(2):
        attempts.failed(PEER)
        assert not attempts.is_refused(PEER)
    attempts.failed(("192.0.2.1", 6000))
    assert attempts.is_refused(PEER)
    assert not attempts.is_refused(("192.0.2.2", 5000))


def test_failures_count_for_the_window_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    attempts = Attempts(2, 60.0)
    attempts.failed(PEER)
    now += 30.0
    attempts.failed(PEER)
    assert attempts.is_refused(PEER)
    now += 29.9
    assert attempts.is_refused(PEER)
    now += 0.1
    # The first is over, the second counts still.
    assert not attempts.is_refused(PEER)
    attempts.failed(PEER)
    assert attempts.is_refused(PEER)
    now += 60.0
    assert not attempts.is_refused(PEER)
    assert len(attempts) == 0


def test_any_number_may_fail_if_there_is_no_limit() -> None:
    attempts = Attempts(None, 60.0)
    for _ in range(1000):
        attempts.failed(PEER)
    assert not attempts.is_refused(PEER)
    assert len(attempts) == 0


def test_peer_of_a_unix_socket_is_not_counted() -> None:
    attempts = Attempts(1, 60.0)
    attempts.failed("")
    assert not attempts.is_refused("")


@pytest.mark.parametrize(
    ("failed", "asked", "refused"),
    [
        (("::ffff:192.0.2.1", 1, 0, 0), ("192.0.2.1", 2), True),
        (("2001:db8::1", 1, 0, 0), ("2001:db8::2", 2), True),
        (("2001:db8::1", 1, 0, 0), ("2001:db8:0:1::1", 2, 0, 0), False),
        (("64:ff9b::192.0.2.1", 1, 0, 0), ("192.0.2.1", 2), True),
        (("64:ff9b::192.0.2.1", 1, 0, 0), ("64:ff9b::192.0.2.2", 2, 0, 0), False),
        (("fe90::1", 1, 0, 2), ("fe90::1%2", 2), True),
        (("fe90::1", 1, 0, 2), ("fe90::1", 2, 0, 3), False),
        (("fe80::1%2", 1, 0, 2), ("fe80::1%2", 2), True),
        (("fe80::1%2", 1, 0, 2), ("fe80::2%2", 2), False),
        (("no address: at all", 1), ("no address: at all", 1), True),
    ],
)
def test_peer_is_an_address_whatever_way_it_is_written(failed: object, asked: object, refused: bool) -> None:
    attempts = Attempts(1, 60.0)
    attempts.failed(failed)
    assert attempts.is_refused(asked) is refused


def test_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    attempts = Attempts(1, 60.0)
    for number in range(MOST_ADDRESSES + 10):
        attempts.failed((f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1))
    assert len(attempts) == MOST_ADDRESSES
    assert not attempts.is_refused(("10.0.0.9", 1))
    assert attempts.is_refused(("10.0.0.10", 1))
