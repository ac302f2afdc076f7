"""The generated stubs match the composition of their modules, and the modules at run time."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from typedserver._tools import stubgen

MODULES: list[Any] = [importlib.import_module(name) for name in ("typedserver.compat", "typedserver.mixins")]


def names_of(module: Any) -> list[str]:
    # Not by attribute, because a type checker does not follow the `+=` of the stub.
    return sorted(cast("list[str]", vars(module)["__all__"]))


CLASSES = [(module, name) for module in MODULES for name in names_of(module)]
ALLOWLIST = Path(__file__).with_name("stubtest_allowlist.txt")


def stub_classes(module: Any) -> dict[str, ast.ClassDef]:
    tree = ast.parse(stubgen.STUBS[module.__name__].read_text())
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def base_names(statement: ast.ClassDef) -> list[str]:
    bases = [base.value if isinstance(base, ast.Subscript) else base for base in statement.bases]
    names = [base.id for base in bases if isinstance(base, ast.Name)]
    assert len(names) == len(bases)
    return [name for name in names if name != "Generic"]


def public_bases(cls: type[Any]) -> list[str]:
    return [base.__name__ for base in cls.__bases__ if base is not object]


def test_stub_is_up_to_date() -> None:
    assert stubgen.main(["--check"]) == 0


def test_check_reports_a_stub_that_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "compat.pyi"
    stale.write_text("class BaseServer: ...\n")
    monkeypatch.setitem(stubgen.STUBS, "typedserver.compat", stale)
    monkeypatch.setitem(stubgen.STUBS, "typedserver.mixins", tmp_path / "mixins.pyi")
    (tmp_path / "mixins.pyi").write_text(stubgen.generate("typedserver.mixins"))
    assert stubgen.main(["--check"]) == 1
    assert "python -m typedserver._tools.stubgen" in capsys.readouterr().err
    assert stale.read_text() == "class BaseServer: ...\n"
    assert stubgen.main([]) == 0
    assert stubgen.main(["--check"]) == 0


@pytest.mark.parametrize("module", MODULES)
def test_stub_holds_every_public_class(module: Any) -> None:
    assert set(stub_classes(module)) == set(names_of(module))


@pytest.mark.parametrize(("module", "name"), CLASSES)
def test_stub_bases_are_the_runtime_bases(module: Any, name: str) -> None:
    assert base_names(stub_classes(module)[name]) == public_bases(getattr(module, name))


def test_stub_package_is_partial_and_has_nothing_importable() -> None:
    folder = stubgen.STUBS["typedserver.compat"].parent
    assert sorted(path.name for path in folder.iterdir()) == ["compat.pyi", "mixins.pyi", "py.typed"]
    assert (folder / "py.typed").read_text() == "partial\n"


@pytest.mark.parametrize(
    "line",
    [
        'TCPServer = _compose("UDPServer", BaseServer, module=__name__)',
        'TCPServer = _compose("TCPServer", make_base(), module=__name__)',
        'TCPServer = _compose("TCPServer", BaseServer[int], module=__name__)',
        'TCPServer = _compose("TCPServer", BaseServer, body=make_body(), module=__name__)',
        'TCPServer = _compose("TCPServer", BaseServer, body=_servers.TCPServer, module=__name__)',
        'TCPServer = _compose("TCPServer", BaseServer, body=TCPServer, module=__name__)',
    ],
)
def test_line_that_is_not_understood_is_an_error(line: str) -> None:
    with pytest.raises(stubgen.NotUnderstoodError, match="TCPServer"):
        stubgen.read_composition(line)


@pytest.mark.slow
def test_stubtest_finds_nothing() -> None:
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed here")
    command = [sys.executable, "-m", "mypy.stubtest", *stubgen.STUBS, "--allowlist", str(ALLOWLIST)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
