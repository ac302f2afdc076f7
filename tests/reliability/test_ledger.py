"""Nothing is lost: the server answers every request that a client has sent, whatever happens to it.

The short form, each strategy on one transport; tests/proofs/test_ledger.py has them on all, and
``python -m tests.reliability`` runs forty trials of each.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.reliability import restarts
from tests.reliability.clients import Account, Lost
from tests.reliability.compositions import PREFORKED, STRATEGIES, transports_of
from tests.reliability.ledger import TO_BEGIN, Book, Written, compare
from tests.reliability.trials import Event, Stand, without_the_killed

# Each strategy on one of its transports, and each transport.
CELLS = [
    (strategy, transports_of(strategy)[number % len(transports_of(strategy))])
    for number, strategy in enumerate(STRATEGIES)
]


def test_harness_finds_what_the_stdlib_loses(stand: Stand) -> None:
    trials = [stand.run("stdlib", "stdlib", "tcp4") for _ in range(3)]
    losses = [loss for trial in trials for loss in trial.comparison.losses]
    assert losses, "a harness that finds none here would find none anywhere"
    assert all(loss.where == "never taken" for loss in losses), "they sat in the queue that was closed"
    assert all(not trial.comparison.contradictions for trial in trials), "both sides agree"


def _account(*, connected: list[int], lost: list[Lost]) -> Account:
    answered = sum(connected) - len(lost)
    return Account(
        connected=connected, answered=answered, refused=0, lost=lost, failed=[], slowest=0.0, seconds=0.0, stopped=0.0
    )


@pytest.fixture
def book(tmp_path: Path) -> Generator[Book, None, None]:
    """A book in which the first of a client's two requests is written as answered, and the second as taken."""
    book = Book(str(tmp_path / "book"))
    book.accepted("\x0000001")
    for number in range(2):
        book.taken(0, number)
    book.answering(0, 0)
    yield book
    book.close()


def test_ledger_names_what_was_lost_and_how_far_it_came(book: Book, tmp_path: Path) -> None:
    account = _account(connected=[2, 1], lost=[(0, 1, "ECONNRESET", "", 0.0), (1, 0, "end of file", "", 0.0)])
    comparison = compare(account, Written.read(tmp_path / "book"))
    assert list(map(str, comparison.losses)) == [
        "request 0:1 (ECONNRESET; taken, not answered)",
        "request 1:0 (end of file; never taken)",
    ]
    assert not comparison.contradictions


def test_ledger_reports_contradictions_of_the_two_sides(book: Book, tmp_path: Path) -> None:
    unwritten = compare(_account(connected=[2], lost=[]), Written.read(tmp_path / "book"))
    assert unwritten.contradictions == ("1 answers that the server has not written down, such as (0, 1)",)
    unsent = compare(_account(connected=[1], lost=[]), Written.read(tmp_path / "book"))
    assert unsent.contradictions == ("1 requests that no client has sent, such as (0, 1)",)


def test_ledger_separates_clients_that_asked_later_than_a_drain_waits(book: Book, tmp_path: Path) -> None:
    lost: list[Lost] = [(1, 0, "end of file", "", TO_BEGIN * 1.1), (1, 1, "end of file", "", TO_BEGIN * 0.9)]
    lost += [(1, 2, "ECONNRESET", "", TO_BEGIN * 1.1), (0, 1, "end of file", "", TO_BEGIN * 1.1)]
    comparison = compare(_account(connected=[2, 3], lost=lost), Written.read(tmp_path / "book"))
    assert [(loss.client, loss.number) for loss in comparison.late] == [(1, 0)]
    assert [(loss.client, loss.number) for loss in comparison.losses] == [(0, 1), (1, 1), (1, 2)]
    undrained = compare(_account(connected=[2, 3], lost=lost), Written.read(tmp_path / "book"), drained=False)
    assert not undrained.late
    assert len(undrained.losses) == len(lost)


def test_ledger_refuses_a_book_with_a_request_twice(book: Book, tmp_path: Path) -> None:
    book.taken(0, 0)
    with pytest.raises(ValueError, match="request 0:0 is in the book twice"):
        Written.read(tmp_path / "book")


def test_killed_worker_is_charged_with_what_it_took_or_accepted_and_one_more(book: Book, tmp_path: Path) -> None:
    written = Written.read(tmp_path / "book")
    lost: list[Lost] = [
        (0, 1, "reset", "other", 0.0),
        (1, 0, "reset", "\x0000001", 0.0),
        (2, 0, "reset", "not noted", 0.0),
        (3, 0, "reset", "too", 0.0),
    ]
    comparison = compare(_account(connected=[2, 1, 1, 1], lost=lost), written)
    assert [loss.client for loss in without_the_killed(comparison, written, [os.getpid()]).losses] == [3]
    assert len(without_the_killed(comparison, written, []).losses) == 4


@pytest.mark.parametrize(
    ("event", "strategy", "transport"), [*(("drain", *cell) for cell in CELLS), ("sigterm", "threads", "tcp4")]
)
def test_nothing_is_lost_at(event: Event, strategy: str, transport: str, stand: Stand) -> None:
    assert not stand.run(event, strategy, transport).faults


@pytest.mark.parametrize(("strategy", "transport"), [("threads", "tcp4"), ("multiplexed", "unix")])
def test_nothing_is_lost_or_refused_while_accepting_is_suspended(strategy: str, transport: str, stand: Stand) -> None:
    assert not stand.run("suspend", strategy, transport).faults


@pytest.mark.parametrize(("strategy", "transport"), [(PREFORKED[0], "tcp4"), (PREFORKED[-1], "unix")])
def test_killed_worker_loses_what_it_had_in_hand_alone(strategy: str, transport: str, stand: Stand) -> None:
    assert not stand.run("crash", strategy, transport).faults


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["tcp4"])
def test_nothing_is_lost_or_refused_at_hot_restarts(transport: str) -> None:
    versions = ("threads", "multiplexed", restarts.BROKEN, "prefork_threads", "asyncio")
    comparison = restarts.run(transport, versions).comparison
    assert comparison.kept, comparison.describe()
