"""A release: what `make release-check` builds passes every check, and works where nothing else is installed.

The tools are in an environment of their own, which `make release-check` and `make proofs` make.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.packaging.building import ROOT
from tests.packaging.test_packaging import PROJECT, planted

TOOLS: Final = Path(os.environ.get("RELEASE_VENV", ROOT / ".venv-release")) / "bin"

# What pyroma misses, with the reason. When a reason is gone, the line must go.
MISSED: Final = {
    "Your package does not have author-email data.": "nobody has given an address yet",
    "Your package should have a 'url' field with a link to the project home page, or a 'project_urls' field, with a "
    "dictionary of links, or both.": "the project has no public address yet",
}

# Seconds: the network, and a machine that does other work.
pytestmark = pytest.mark.timeout(600)

SMOKE: Final = ROOT / "tests" / "packaging" / "smoke"


def said(*command: str | Path, folder: Path = ROOT, status: int = 0) -> str:
    """Run a command without what this environment has of Python's; returns its output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


class Built(NamedTuple):
    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both distributions; the wheel is built from the source distribution, as installers do."""
    folder = tmp_path_factory.mktemp("dist")
    said(TOOLS / "python", "-m", "build", "--no-isolation", "--outdir", folder)
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


# What is built


def test_twine_takes_both(built: Built) -> None:
    assert said(TOOLS / "twine", "check", "--strict", *built).count("PASSED") == 2


def test_pyroma_misses_what_is_listed_and_nothing_else(built: Built) -> None:
    # Its own limit is left out, because the list says more.
    lines = said(TOOLS / "pyroma", "--min", "1", built.sdist).splitlines()
    assert {line for line in lines if line.startswith("Your package")} == MISSED.keys()


def test_wheel_has_the_contents_of_a_wheel(built: Built) -> None:
    said(TOOLS / "check-wheel-contents", built.wheel)


# Where nothing else is installed


def found(version: str) -> str | None:
    """Return a Python of this version, on the path or of pyenv; None if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python{version}"))]
    for candidate in candidates:
        # A pyenv shim is on the path even where its version is not chosen, so a candidate must run to count.
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(candidate)
    return None


@pytest.fixture(scope="module", params=["3.11", "3.12", "3.13", "3.14"])
def installed(request: pytest.FixtureRequest, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment in which the wheel was installed, and what it needs."""
    interpreter = found(request.param)
    if interpreter is None:
        pytest.skip(f"Python {request.param}: not found, not run")
    folder = tmp_path_factory.mktemp("installed") / "venv"
    said(interpreter, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    install(python, built.wheel)
    return python


def install(python: Path, what: str | Path, *options: str | Path) -> None:
    """Install for another interpreter, which has no pip."""
    command: list[str | Path] = [
        TOOLS / "python",
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    said(*command, *options, what)


def test_wheel_brings_typing_extensions_and_nothing_else(installed: Path) -> None:
    code = "import importlib.metadata as m; print(*(each.name for each in m.distributions()))"
    names = {name.replace("_", "-") for name in said(installed, "-I", "-c", code).split()}
    assert names == {"typedserver", "typing-extensions"}


def test_installed_package_works(installed: Path, tmp_path: Path) -> None:
    # pytest apart from it, because the environment stays as a user has it.
    apart = tmp_path / "pytest"
    install(installed, "pytest>=8.3", "--target", apart)
    shutil.copy(SMOKE / "test_installed.py", tmp_path)
    run = f"import sys; sys.path.append({str(apart)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    arguments: list[str | Path] = [
        "-q",
        "-c",
        "/dev/null",
        "--rootdir",
        tmp_path,
        "-p",
        "no:cacheprovider",
        "test_installed.py",
    ]
    output = said(installed, "-c", run, *arguments, folder=tmp_path)
    assert re.search(r"^\d+ passed", output, re.MULTILINE), output
    where = said(installed, "-c", "import typedserver; print(typedserver.__file__)", folder=tmp_path)
    assert Path(where).is_relative_to(installed.parents[1])


def test_mypy_finds_the_mistakes_of_a_users_program_and_no_other(installed: Path, tmp_path: Path) -> None:
    for source in PROJECT.glob("*.py.in"):
        (tmp_path / source.name.removesuffix(".in")).write_text(source.read_text())
    command: list[str | Path] = [TOOLS / "mypy", "--strict", "--output=json", f"--python-executable={installed}"]
    output = said(*command, "ok.py", "wrong.py", folder=tmp_path, status=1)
    errors = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert {(one["file"], one["line"]) for one in errors if one["severity"] == "error"} == planted(tmp_path), output


# What belongs to a release


def test_changelog_can_be_made_of_its_texts() -> None:
    made = said(TOOLS / "towncrier", "build", "--draft", "--version", "99.0.0", "--date", "2026-01-01")
    assert made.startswith("## 99.0.0 (2026-01-01)\n\n###"), made
    assert made.count("\n- ") == len(list((ROOT / "changelog.d").iterdir()))


def test_workflows_are_clean_under_actionlint() -> None:
    assert said(TOOLS / "actionlint") == ""


def test_workflows_are_clean_under_zizmor() -> None:
    # What it would ask the network for is left out.
    assert "No findings" in said(TOOLS / "zizmor", "--offline", "--persona=auditor", ".github")


def test_workflows_call_targets_that_there_are() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = [
        word
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
        for command in re.findall(r"run: make (.*)$", path.read_text(), re.MULTILINE)
        for word in command.split()
        if "=" not in word
    ]
    assert {"unit", "proofs", "release-check", "dist"} <= set(called) <= targets


def test_pre_commit_knows_its_configuration() -> None:
    said(TOOLS / "pre-commit", "validate-config")
