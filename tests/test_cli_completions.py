"""What shells complete: each shell itself reads it, and bash and fish are asked what they would offer."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli import ran, refusal_apart
from typedserver.cli.commands import COMMANDS
from typedserver.cli.completions import SHELLS
from typedserver.cli.settings import OPTIONS


def shell(name: str) -> str:
    """Return a shell's path; tests/install_clients.sh installs those that are missing."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(params=SHELLS)
def printed(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    name: str = request.param
    made = ran(tmp_path, "--print-completion", name)
    assert (made.returncode, made.stderr) == (0, "")
    (tmp_path / "completion").write_text(made.stdout)
    return name, tmp_path / "completion"


def test_completion_is_read_by_its_shell(printed: tuple[str, Path]) -> None:
    name, path = printed
    read = subprocess.run([shell(name), "-n", str(path)], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


def test_completion_has_each_option_and_command(printed: tuple[str, Path]) -> None:
    name, path = printed
    text = path.read_text()
    for option in OPTIONS:
        if not option.is_positional:
            assert (f"-l {option.name} " if name == "fish" else option.flag) in text
    for command in COMMANDS:
        assert command in text


def test_completion_of_bash_offers_options_and_words(tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(ran(tmp_path, "--print-completion", "bash").stdout)
    script = """
        source ./completion
        offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _shtab_typedserver; echo "${COMPREPLY[@]}"; }
        offer typedserver ser
        offer typedserver serve --limit-o
        offer typedserver serve --limit-over r
    """
    said = subprocess.run([shell("bash"), "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == ["serve", "--limit-over", "refuse"]


def test_completion_of_fish_offers_options_and_words(tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(ran(tmp_path, "--print-completion", "fish").stdout)
    script = """
        source ./completion
        complete -C "typedserver ser"
        complete -C "typedserver serve --limit-o"
        complete -C "typedserver serve --limit-over r"
        complete -C "typedserver serve --config comp"
    """
    said = subprocess.run([shell("fish"), "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    offered = [line.partition("\t")[0] for line in said.stdout.splitlines()]
    assert offered == ["serve", "--limit-over", "refuse", "completion"]


def test_completion_without_its_extra_names_it(tmp_path: Path) -> None:
    (tmp_path / "shtab.py").write_text("raise ModuleNotFoundError('no', name='shtab')")
    assert refusal_apart(tmp_path, "--print-completion", "zsh") == (
        "typedserver: --print-completion needs shtab: pip install 'typedserver[completion]'"
    )
    # Made here, not by shtab.
    assert ran(tmp_path, "--print-completion", "fish").returncode == 0


def test_completion_may_be_asked_for_in_one_word(tmp_path: Path) -> None:
    assert ran(tmp_path, "--print-completion=fish").stdout == ran(tmp_path, "--print-completion", "fish").stdout


def test_completion_of_an_unknown_shell_is_refused(tmp_path: Path) -> None:
    assert "argument --print-completion: invalid choice: 'csh'" in refusal_apart(tmp_path, "--print-completion", "csh")
