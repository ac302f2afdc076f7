"""The types hold on the platforms that docs/releases.md names and on which no test runs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.checkers import ROOT, pyright
from tests.packaging.test_packaging import PROJECT, environment, planted

# Seconds that pyright may take for the whole package, on a machine that does other work.
PATIENCE: Final = 500

pytestmark = pytest.mark.timeout(600)


def mypy(*arguments: str | Path, folder: Path) -> str:
    command = [sys.executable, "-m", "mypy", *map(str, arguments)]
    environment_of_it = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run(command, cwd=folder, env=environment_of_it, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_mypy_finds_no_mistake_in_the_package_on_macos(tmp_path: Path) -> None:
    # What follows a return on all other platforms is unreachable there, and meant to be.
    options = ["--platform=darwin", "--no-warn-unreachable", f"--cache-dir={tmp_path}"]
    assert mypy(*options, "-p", "typedserver", folder=ROOT).startswith("Success: no issues found in ")


def test_pyright_finds_no_mistake_in_the_package_on_macos(tmp_path: Path) -> None:
    settings = {
        # It takes no absolute path here.
        "include": [os.path.relpath(ROOT / "src", tmp_path)],
        "pythonPlatform": "Darwin",
        "pythonVersion": "3.11",
        "stubPath": str(ROOT / "stubs"),
        "typeCheckingMode": "strict",
        "reportMissingModuleSource": False,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    assert pyright(tmp_path, PATIENCE) == []


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_mypy_finds_the_mistakes_of_a_users_program_on_other_platforms_and_no_other(
    platform: str, tmp_path: Path
) -> None:
    python = environment("build_wheel", tmp_path)
    for source in PROJECT.glob("*.py.in"):
        (tmp_path / source.name.removesuffix(".in")).write_text(source.read_text())
    options = ["--strict", "--output=json", f"--platform={platform}", f"--python-executable={python}"]
    output = mypy(*options, "ok.py", "wrong.py", folder=tmp_path)
    errors = [json.loads(line) for line in output.splitlines()]
    assert {(one["file"], one["line"]) for one in errors if one["severity"] == "error"} == planted(tmp_path), output
