"""A user gets the same types from mypy and pyright with an installed wheel and with an editable install."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.packaging.building import build

PROJECT = Path(__file__).with_name("project")
MARK = "# wrong"

_MISSING = [name for name in ("hatchling", "mypy", "pyright") if importlib.util.find_spec(name) is None]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(_MISSING), reason=f"not installed here: {_MISSING}")]


def environment(hook: str, folder: Path) -> Path:
    """Make a virtual environment and install the wheel of the hook as an installer does, by unpacking it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    site = next((folder / "venv").glob("lib/python*/site-packages"))
    with zipfile.ZipFile(build(hook, folder)) as wheel:
        wheel.extractall(site)
    return folder / "venv" / "bin" / "python"


@pytest.fixture(params=["build_wheel", "build_editable"], scope="module")
def python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy the user's program; in the tree its files have another suffix, because one of them is full of errors."""
    for source in PROJECT.glob("*.py.in"):
        (tmp_path / source.name.removesuffix(".in")).write_text(source.read_text())
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    return tmp_path


def planted(project: Path) -> set[tuple[str, int]]:
    lines = (project / "wrong.py").read_text().splitlines()
    return {("wrong.py", number) for number, line in enumerate(lines, 1) if MARK in line}


def run_checker(*command: str, folder: Path) -> str:
    quiet = {**os.environ, "PYTHONPATH": ""}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=quiet, capture_output=True, text=True, check=False
    ).stdout


def test_mypy_finds_the_planted_errors_and_no_other(python: Path, project: Path) -> None:
    said = run_checker(
        "mypy", "--strict", "--output=json", f"--python-executable={python}", "ok.py", "wrong.py", folder=project
    )
    errors = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    found = {(error["file"], error["line"]) for error in errors if error["severity"] == "error"}
    assert found == planted(project), said


def test_pyright_finds_the_planted_errors_and_no_other(python: Path, project: Path) -> None:
    said = run_checker("pyright", "--outputjson", f"--pythonpath={python}", folder=project)
    errors = json.loads(said)["generalDiagnostics"]
    found = {(Path(error["file"]).name, error["range"]["start"]["line"] + 1) for error in errors}
    assert found == planted(project), said


def test_drop_in_is_what_is_imported(python: Path) -> None:
    # typing_extensions is the only dependency; it is taken from the development environment.
    path = str(Path(str(importlib.util.find_spec("typing_extensions").origin)).parent)  # type: ignore[union-attr]
    code = "import typedserver.compat as c; print(c.ThreadingTCPServer(('127.0.0.1', 0), None).server_close())"
    ran = subprocess.run(
        [str(python), "-c", code], env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert ran.stdout == "None\n", ran.stderr
