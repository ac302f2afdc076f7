"""The promises of the types, as both checkers read ``tests/typing``: only a composition that fits is clean."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.checkers import Finding, mypy, pyright

FOLDER = Path(__file__).parent / "typing"
FILES = sorted(FOLDER.glob("*.py"))

MARK = re.compile(r"  # error:(?: \[(?P<mypy>[a-z-]+)\])?(?: \((?P<pyright>report\w+)\))?$")

# (file, line) -> code
Marks = dict[tuple[str, int], str]


def _marks(checker: str) -> Marks:
    return {
        (file.name, number): mark[checker]
        for file in FILES
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if (mark := MARK.search(line)) and mark[checker]
    }


def _differences(findings: list[Finding], marks: Marks) -> list[str]:
    """Compare by line. A checker may say more about a marked line than its mark does, but not something else."""
    said: defaultdict[tuple[str, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.severity != "information" and finding.severity != "note":
            said[finding.file, finding.line].append(finding)
    lacking = [
        f"{file}:{line}: nothing says {code}, but {[(one.code, one.message) for one in said[file, line]]}"
        for (file, line), code in marks.items()
        if code not in {one.code for one in said[file, line]}
    ]
    unmarked = [
        f"{file}:{line}: {one.message} [{one.code}]"
        for (file, line), ones in said.items()
        for one in ones
        if (file, line) not in marks
    ]
    return lacking + unmarked


@pytest.mark.slow
def test_mypy_finds_the_marked_mistakes_and_no_others(tmp_path: Path) -> None:
    assert not _differences(mypy(*FILES, cache=tmp_path), _marks("mypy"))


@pytest.mark.slow
def test_pyright_finds_the_marked_mistakes_and_no_others() -> None:
    assert not _differences(pyright(FOLDER), _marks("pyright"))


def test_mistakes_are_marked_for_both_checkers() -> None:
    # Only pyright finds one of them; the file says why.
    lines = [line for file in FILES for line in file.read_text().splitlines() if "# error" in line]
    one_sided = [line for line in lines if not (mark := MARK.search(line)) or not (mark["mypy"] and mark["pyright"])]
    assert [line.partition("  # error")[0] for line in one_sided] == [
        "Server(UDP(port=0), partial(StreamClass, config=CONFIG))"
    ]


def test_mistakes_stand_in_the_files_named_for_them() -> None:
    marked = {file for file, _line in _marks("pyright")}
    assert marked == {file.name for file in FILES if file.name.startswith("bad_")}
    assert {file.name for file in FILES} - marked == {file.name for file in FILES if file.name.startswith("ok_")}


def test_differences_name_missing_and_unmarked_findings() -> None:
    found = [Finding("a.py", 1, "error", "misc", "other"), Finding("a.py", 3, "warning", "x", "unasked")]
    marks = {("a.py", 1): "arg-type", ("a.py", 2): "arg-type"}
    assert [difference.split(":")[1] for difference in _differences(found, marks)] == ["1", "2", "3"]
    assert not _differences([Finding("a.py", 1, "note", "", "by the way")], {})
