"""docs/command-line.md: its commands print what it shows, its tables have all options, its files work as pasted."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import jsonschema
import pytest

from tests.cli import program, ran
from tests.running import ask
from typedserver.cli.options import Option
from typedserver.cli.parser import help_of
from typedserver.cli.schema import schema_of
from typedserver.cli.settings import ABILITIES, OPTIONS
from typedserver.cli.strategies import NAMES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "command-line.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    """Return the commands of the page that end by themselves, each with what it prints."""
    return [
        (command, printed)
        for block in blocks("console")
        for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    [app] = blocks("python")
    right, wrong = blocks("toml")
    (tmp_path / "app.py").write_text(app)
    (tmp_path / "server.toml").write_text(right)
    (tmp_path / "wrong.toml").write_text(wrong)
    # One command names an example.
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


@pytest.mark.parametrize(("command", "printed"), commands(), ids=[command for command, _ in commands()])
def test_page_command_prints_what_the_page_shows(command: str, printed: str, folder: Path) -> None:
    name, *arguments = shlex.split(command)
    assert name == "typedserver"
    ended = ran(folder, *arguments)
    assert ended.stdout + ended.stderr == printed
    assert ended.returncode == (2 if ended.stderr else 0)


def row_of(option: Option) -> str:
    value = f" {option.kind.metavar}" if option.kind is not None and not option.is_positional else ""
    name = option.kind.metavar if option.is_positional and option.kind is not None else f"{option.flag}{value}"
    return f"| `{name}` | {help_of(option)} |"


def test_page_has_each_option_as_the_help_has_it() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| `(--|MODULE)", line)]
    expected = [row_of(option) for option in OPTIONS]
    assert [row for row in rows if row in expected] == expected
    # Nothing else in that table.
    first, last = rows.index(expected[0]), rows.index(expected[-1])
    assert rows[first : last + 1] == expected


def test_page_has_each_strategy_and_each_ability() -> None:
    for name in (*NAMES, *ABILITIES):
        assert re.search(rf"^\| `{name}[`:]", PAGE, re.MULTILINE), name


def test_schema_in_the_documentation_is_that_of_the_options() -> None:
    # Printed anew by: typedserver --print-schema > docs/server.schema.json
    assert (ROOT / "docs" / "server.schema.json").read_text() == schema_of(OPTIONS)


def test_page_config_file_is_served_as_pasted(folder: Path) -> None:
    [text, wrong] = blocks("toml")
    schema = json.loads(schema_of(OPTIONS))
    jsonschema.validate(tomllib.loads(text), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(wrong), schema)
    (folder / "server.toml").write_text(text.replace(":9999", ":0"))
    with program(folder, "--config", "server.toml") as served:
        port = served.port()
        assert "chat.sock" in served.line()
        assert ask(("127.0.0.1", port), b"hello\n") == b"HELLO\n"
        # It asks for an access log.
        assert "served in" in served.end()


def test_page_completions_go_where_the_shells_look() -> None:
    [block] = [each for each in blocks("text") if "--print-completion" in each]
    assert re.findall(r"--print-completion (\w+) >", block) == ["bash", "zsh", "fish"]
