"""The ledger of a source finds what it is there for."""

from pathlib import Path

import pytest

from tests.reliability.deliveries import DeliveryBook, Expected, Outcome, judge, read_book

EXPECTED = Expected(messages=3, bad={3}, max_attempts=2, most_held=1)
DONE = Outcome(left=0, dead=[3])

# Who (0: the one that kills), what, which message, attempt.
Note = tuple[int, str, int, int]
GOOD: list[Note] = [
    (1, "begun", 1, 1),
    (2, "begun", 3, 1),
    (1, "done", 1, 1),
    (2, "failed", 3, 1),
    (1, "begun", 2, 1),
    (1, "begun", 3, 2),
    (1, "failed", 3, 2),
    (1, "done", 2, 1),
]


def written(folder: Path, notes: list[Note]) -> Path:
    path = folder / "book"
    for who, what, message, attempt in notes:
        book = DeliveryBook(str(path), who)
        if what == "killed":
            book.killed(message)
        elif what == "outage":
            book.outage()
        else:
            getattr(book, what)(message, attempt)
        book.close()
    return path


def faults(folder: Path, notes: list[Note], outcome: Outcome = DONE) -> str:
    return judge(read_book(written(folder, notes)), outcome, EXPECTED).describe()


def test_book_of_what_was_promised_has_no_faults(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD, Outcome(left=0, dead=[3], effects={1: 1, 2: 1})) == ""


def test_message_of_a_killed_consumer_comes_again_and_is_named(tmp_path: Path) -> None:
    verdict = judge(read_book(written(tmp_path, KILLED)), DONE, EXPECTED)
    assert verdict.faults == ()
    assert list(map(str, verdict.repeated)) == ["message 1, attempt 1, by consumer 3 (done)"]


KILLED: list[Note] = [
    (3, "begun", 1, 1),
    (3, "done", 1, 1),
    (0, "killed", 3, 0),
    (1, "begun", 1, 2),
    (1, "done", 1, 2),
    *GOOD[1:2],
    *GOOD[3:],
]


def test_message_that_was_lent_when_its_source_crashed_may_come_again(tmp_path: Path) -> None:
    outage: list[Note] = [(0, "outage", 0, 0), (0, "outage", 0, 0)]
    assert faults(tmp_path, [*KILLED[:2], *outage, *KILLED[3:]]) == ""


def test_source_that_crashes_may_forget_what_it_has_lent(tmp_path: Path) -> None:
    # Message 3 was lent before the crash. Its handler may begin after that, as the first of its consumer's.
    forgotten: list[Note] = [(2, "begun", 3, 1), (0, "outage", 0, 0), (2, "failed", 3, 1), (1, "begun", 3, 1)]
    rest: list[Note] = [(1, "failed", 3, 1), *GOOD[5:7], GOOD[0], GOOD[2], GOOD[4], GOOD[7]]
    assert faults(tmp_path, [*forgotten, *rest]) == ""
    (tmp_path / "book").unlink()
    assert faults(tmp_path, [forgotten[1], forgotten[0], *forgotten[2:], *rest]) == ""
    (tmp_path / "book").unlink()
    assert "came after" in faults(tmp_path, [forgotten[0], *forgotten[2:], *rest])


def test_message_whose_handler_failed_has_its_effect_if_the_commit_came_through(tmp_path: Path) -> None:
    notes: list[Note] = [*GOOD, (1, "failed", 2, 1)]
    assert faults(tmp_path, notes, Outcome(left=0, dead=[3], effects={1: 1, 2: 1})) == ""
    assert "was the last" in judge(read_book(tmp_path / "book"), DONE, EXPECTED).describe()


@pytest.mark.parametrize(
    ("notes", "found"),
    [
        ([*GOOD[1:2], *GOOD[3:]], "message 1 was never delivered"),
        (GOOD[:-1], "message 2, attempt 1, by consumer 1 (unfinished) was the last"),
        ([*GOOD, (2, "begun", 1, 2), (2, "done", 1, 2)], "nobody had killed the consumer of message 1"),
        ([*KILLED[:2], *KILLED[3:5], KILLED[2], *KILLED[5:]], "nobody had killed the consumer of message 1"),
        ([*KILLED[:3], (1, "begun", 1, 1), (1, "done", 1, 1), *KILLED[5:]], "came after message 1, attempt 1"),
        ([*GOOD, (1, "begun", 4, 1)], "1 messages that nobody has put in, such as 4"),
        ([*GOOD[:6], (1, "done", 3, 2), GOOD[7]], "message 3 is bad, and was done"),
        ([*GOOD, (1, "begun", 3, 3), (1, "failed", 3, 3)], "bad message 3 came again after message 3, attempt 2"),
        ([*GOOD[:5], GOOD[7]], "bad message 3 was given up after message 3, attempt 1"),
        ([(3, "begun", 2, 0), *KILLED[:2], *KILLED[2:]], "2 of its messages came again"),
    ],
)
def test_ledger_finds(notes: list[Note], found: str, tmp_path: Path) -> None:
    assert found in faults(tmp_path, notes)


def test_entry_without_its_beginning_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="consumer 1 ended message 1 and never began it"):
        read_book(written(tmp_path, GOOD[2:]))


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        (Outcome(left=1, dead=[3]), "1 messages are left"),
        (Outcome(left=0, dead=[]), "0 dead messages instead of 1; wrong: [3]"),
        (Outcome(left=0, dead=[3, 3]), "2 dead messages instead of 1; wrong: []"),
        (Outcome(left=0, dead=[2, 3]), "wrong: [2]"),
        (Outcome(left=0, dead=[3], effects={1: 2, 2: 1}), "message 1 had its effect 2 times"),
        (Outcome(left=0, dead=[3], effects={1: 1}), "message 2 had its effect 0 times"),
    ],
)
def test_ledger_finds_what_the_source_says(outcome: Outcome, found: str, tmp_path: Path) -> None:
    assert found in faults(tmp_path, GOOD, outcome)
