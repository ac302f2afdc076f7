"""Runs mypy and pyright for a test, as strictly as the project runs them, and returns their findings as values."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]

# Seconds. Both end within a few; a busy machine may take much longer.
PATIENCE = 55


class Finding(NamedTuple):
    """One line of a checker's output; ``code`` is mypy's error code, or pyright's rule."""

    file: str
    line: int
    severity: str
    code: str
    message: str


def mypy(*files: Path, cache: Path) -> list[Finding]:
    """Read the files with the project's own settings; ``cache`` is a folder that no other run uses."""
    output = _output("mypy", "--output=json", f"--cache-dir={cache}", *map(str, files))
    return [
        Finding(Path(said["file"]).name, said["line"], said["severity"], said["code"] or "", said["message"])
        for said in map(json.loads, output.splitlines())
    ]


def pyright(project: Path, patience: float = PATIENCE) -> list[Finding]:
    """Read the files of a ``pyrightconfig.json``, with the packages of this interpreter, in so many seconds."""
    # Name this interpreter, as for mypy: otherwise pyright asks the first python on PATH.
    command = ["--outputjson", "--pythonpath", sys.executable, "--project", str(project)]
    output = _output("pyright", *command, patience=patience)
    said: dict[str, Any] = json.loads(output)
    assert said["summary"]["filesAnalyzed"], output
    return [
        Finding(
            Path(one["file"]).name,
            one["range"]["start"]["line"] + 1,
            one["severity"],
            one.get("rule", ""),
            one["message"],
        )
        for one in said["generalDiagnostics"]
    ]


def verify_types(package: str) -> dict[str, Any]:
    """Return pyright's report on how much of a package's public interface has a known type, as it is."""
    return dict(json.loads(_output("pyright", "--outputjson", "--ignoreexternal", "--verifytypes", package)))


def _output(checker: str, *arguments: str, patience: float = PATIENCE) -> str:
    # This interpreter must be the first python on PATH, because --verifytypes looks nowhere else.
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        [sys.executable, "-m", checker, *arguments],
        cwd=ROOT,
        env={"PATH": path, "HOME": str(Path.home()), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )
    # Both end with 1 if they have found mistakes. With another status, or without output, the checker did not check.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert not re.search(r"Traceback|INTERNAL ERROR", done.stderr), done.stderr
    return done.stdout
