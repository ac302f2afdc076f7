"""The table of options: arguments, config file, JSON Schema and documentation say the same of each."""

import dataclasses
import json
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import jsonschema
import pytest

from tests.cli import HANDLERS, ran, refusal
from typedserver import Deadlines, Limits
from typedserver.cli import main
from typedserver.cli.config_file import read_config
from typedserver.cli.mistakes import UsageError
from typedserver.cli.schema import schema_of
from typedserver.cli.serve import settings_from
from typedserver.cli.settings import OPTIONS, Settings

SCHEMA = json.loads(schema_of(OPTIONS))
NAMES = [option.name for option in OPTIONS]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


def test_help_has_each_option(folder: Path) -> None:
    helped = ran(folder, "serve", "--help").stdout
    for each in OPTIONS:
        assert (each.kind.metavar if each.is_positional and each.kind else each.flag) in helped


def test_command_line_loads_openssl_only_for_tls(folder: Path) -> None:
    code = "import sys, typedserver.cli; sys.exit('ssl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 0


def test_program_of_the_distribution_is_this_one() -> None:
    [script] = metadata.entry_points(group="console_scripts", name="typedserver")
    assert script.load() is main


def test_schema_is_printed(folder: Path) -> None:
    printed = ran(folder, "--print-schema")
    assert (printed.returncode, printed.stdout) == (0, schema_of(OPTIONS))


def test_schema_is_one_and_has_a_property_for_each_option() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert list(SCHEMA["properties"]) == NAMES


def test_settings_are_the_defaults_if_nothing_is_given() -> None:
    assert settings_from({}) == Settings()


def test_config_file_sets_what_arguments_do_not(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text('app = "app:upper"\ndeadline = 5\nlisten = ["unix:a", "unix:b"]\n')
    settings = settings_from({"config": tmp_path / "server.toml", "deadline": 7.0})
    assert (settings.app, settings.deadline, len(settings.listen)) == ("app:upper", 7.0, 2)
    assert settings.given == {"app", "deadline", "listen"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('app = "app:upper"\nlisen = "unix:a"\n', 2, "lisen: there is no such key; is listen meant?"),
        ("zzzz = 1\n", 1, "zzzz: there is no such key, see typedserver serve --help"),
        ("\n\n# here\nlisten = [\n  'unix:a',\n  'localhost:1'\n]\n", 4, "listen: 'localhost:1' is no address"),
        ('factory = "yes"\n', 1, "factory: 'yes' is neither true nor false"),
        ("deadline = true\n", 1, "deadline: True is not a number (SECONDS)"),
        ("app = 5\n", 1, "app: 5 is not text (MODULE:ATTRIBUTE)"),
        ("deadline = -1\n", 1, "deadline: '-1' is no number of seconds from 0 on"),
        ("deadline = 5\nprocesses = 0\n", 2, "processes: '0' is no whole number from 1 on"),
        ('log-level = "LOUD"\n', 1, "log-level: 'LOUD' is none of DEBUG, INFO, WARNING, ERROR"),
        ("[listen]\na = 1\n", 1, "listen: {'a': 1} is not text (ADDRESS)"),
        ("deadline = 5\n\nprocesses = = 4\n", 3, "it is no TOML"),
        ("deadline = 5\ndeadline = 6\n", 2, "it is no TOML"),
        ("app = '''\nopen\n", 1, "it is no TOML"),
    ],
)
def test_config_file_error_names_file_and_line(text: str, line: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        read_config(path, OPTIONS)
    assert str(refused.value).startswith(f"{path}:{line}: {message}")


def test_config_file_that_cannot_be_read_is_named(folder: Path) -> None:
    assert refusal(folder, "serve", "--config", "none.toml") == (
        "typedserver: none.toml: No such file or directory: is --config spelled right?"
    )
    (folder / "server.toml").write_bytes(b"\xff")
    assert "server.toml: it is no UTF-8" in refusal(folder, "--config", "server.toml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lisen=x", "app:upper"], "error: there is no option --lisen; is --listen meant?"),
        (["--zzzzzzzz", "app:upper"], "error: there is no option --zzzzzzzz"),
        (["--dead=5", "app:upper"], "error: there is no option --dead"),
        (["app:upper", "app:upper"], "error: unrecognized arguments: app:upper"),
        (["--listen", "app:upper"], "error: argument --listen: 'app:upper' is no address"),
        (["--processes=many", "app:upper"], "error: argument --processes: 'many' is no whole number from 1 on"),
        (["--log-level=LOUD", "app:server"], "error: argument --log-level: invalid choice: 'LOUD'"),
        (["--strategy=fast", "app:upper"], "error: argument --strategy: 'fast' is no strategy: give one of inline,"),
        (["serv", "app:server"], "typedserver: 'serv' is no command (serve"),
        ([], "typedserver: error: there is nothing to do: give module:attribute, as examples.upper:server"),
        (["serve"], "typedserver: there is nothing to serve: give module:attribute, as examples.upper:server"),
    ],
    ids=str,
)
def test_arguments_that_are_wrong_are_named_with_the_remedy(arguments: list[str], message: str, folder: Path) -> None:
    assert message in refusal(folder, *arguments)


@pytest.mark.parametrize(("recipe", "prefix"), [(Limits(), "limit_"), (Deadlines(), "deadline_")], ids=str)
def test_each_field_of_a_limit_or_deadline_is_an_option_with_its_default(
    recipe: Limits | Deadlines, prefix: str
) -> None:
    for field in dataclasses.fields(recipe):
        # How long a drain may take is --deadline, which holds for every server.
        if field.name != "drain":
            assert getattr(Settings(), prefix + field.name) == getattr(recipe, field.name)


def test_each_key_of_the_schema_takes_what_its_option_takes(tmp_path: Path) -> None:
    text = """
        app = "app:upper"
        listen = ["tcp://127.0.0.1:1", "unix:a?mode=660"]
        strategy = "thread-pool:64"
        limit-connections = "none"
        limit-rate = 2.5
        limit-over = "refuse"
        deadline-read = 30
        deadline-total = "none"
        proxy-from = "192.0.2.0/24"
        tls-certificate = "server.pem"
    """
    (tmp_path / "server.toml").write_text(text)
    jsonschema.validate(tomllib.loads(text), SCHEMA)
    settings = settings_from({"config": tmp_path / "server.toml"})
    assert (settings.limit_connections, settings.limit_rate, settings.limit_over) == (None, 2.5, "refuse")
    assert (settings.deadline_read, settings.deadline_total) == (30.0, None)
    assert settings.proxy_from == ("192.0.2.0/24",)


@pytest.mark.parametrize(
    "bad", ["limit-connections = 0", "limit-rate = -1", "limit-over = 'wait'", "lisen = 'unix:a'", "deadline = 'x'"]
)
def test_schema_refuses_what_the_program_refuses(bad: str, tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(bad)
    with pytest.raises(UsageError):
        read_config(tmp_path / "server.toml", OPTIONS)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(bad), SCHEMA)
