"""The promise table and its page: a broken promise is shown as broken, and each line has its test."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.__main__ import promise_table, run
from tests.reliability.jobs import PARTS, Job, Row
from tests.reliability.progress import Progress

TESTS = Path(__file__).parents[1]
FOLDERS = (TESTS, TESTS / "field", TESTS / "reliability", TESTS / "proofs")
PAGE = (TESTS.parent / "docs" / "promises.md").read_text()
NAMED = sorted(set(re.findall(r"`(?:tests/(?:reliability|proofs|field)/)?(test_\w+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize(("file", "function"), NAMED, ids=["::".join(name) for name in NAMED])
def test_promises_name_tests_that_there_are(file: str, function: str) -> None:
    sources = [path.read_text() for folder in FOLDERS if (path := folder / file).exists()]
    assert sources, f"there is no {file}"
    assert not function or any(f"def {function}(" in source for source in sources)


def test_promises_name_more_than_twenty_tests() -> None:
    assert len(NAMED) > 20


def _job(part: str, faults: list[str]) -> Job:
    def work(passed: Callable[[float], object]) -> Row:
        passed(0.5)
        return Row(part, "threads", trials=3, requests=1_000, lost=len(faults), faults=faults)

    return Job(part, "threads", 1.0, work, alone=part == "soak")


def test_table_shows_which_promises_were_kept_and_broken(capsys: pytest.CaptureFixture[str]) -> None:
    rows = run([_job("drain", []), _job("soak", ["request 1:2 (ECONNRESET; never taken)"])])
    assert [bool(row.faults) for row in rows] == [False, True]
    table = "\n".join(promise_table(rows))
    assert "kept" in table.partition("### soak")[0]
    assert "BROKEN" in table.partition("### soak")[2]
    assert "BROKEN soak, threads: request 1:2 (ECONNRESET; never taken)" in capsys.readouterr().err


def test_table_adds_up_the_rows_of_a_part() -> None:
    rows = run([_job("crash", []), _job("crash", ["one"])])
    (total,) = (line for line in promise_table(rows) if line.startswith("| all"))
    assert [cell.strip() for cell in total.split("|")[1:6]] == ["all", "6", "2,000", "1", "BROKEN"]


def test_table_has_a_title_for_each_part() -> None:
    titles = [line for line in promise_table([Row(part, "x") for part in PARTS]) if line.startswith("###")]
    assert len(titles) == len(PARTS)


def test_progress_elsewhere_than_on_a_terminal_is_a_line_now_and_then() -> None:
    said = io.StringIO()
    progress = Progress(10.0, said)
    progress.add(5.0, "half")
    progress.add(5.0, "whole")
    progress.say("a word")
    progress.end()
    assert said.getvalue().splitlines() == [" 50%  0:00 left  half", "a word"]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_is_a_bar_with_the_time_left() -> None:
    said = _Terminal()
    progress = Progress(10.0, said)
    progress.add(5.0, "half")
    assert "[############............]  50%  0:00 left  half" in said.getvalue()
