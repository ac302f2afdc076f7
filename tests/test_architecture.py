"""The floors of the house (design 7): who may import whom, read from the source of every file."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "typedserver"

# From the ground up. A file imports from the rows above it here, never from its own: a new file is given its place,
# and a row between two others where it needs one.
FLOORS = (
    # 0: contracts and exceptions, and what knows nothing of this library
    ("protocols", "errors", "inheritance", "pollers", "pidfd", "callers", "notify", "channel"),
    (
        "config",
        "sockets",
        "waits",
        "faults",
        "lifecycle",
        "timer_wheel",
        "forking",
        "live",
        "signals",
        "exhaustion",
        "loops",
    ),
    ("admission",),
    # 1: the loop, the wait, the life of a request and of a server
    ("drive", "reactor", "acceptor"),
    ("draining", "lifetime"),
    ("events", "worker_messages", "foreign"),
    ("serving",),
    ("stream", "processing", "workers", "asyncio_waits", "supervised"),
    ("asyncio_tasks", "supervisor"),
    # 2: the rooms
    ("endpoints", "handlers", "strategies", "composition"),
    # 3: the composition
    ("server",),
    # 4: compositions of compositions, and the stdlib's names
    ("group", "_compat", "testing"),
    ("sharing", "compat"),
    ("prefork_worker",),
    ("prefork",),
    ("successor",),
    ("hot_restart", "service"),
    # 5: programs
    ("cli", "_stubgen"),
    ("__main__",),
)

ROOMS = ("endpoints", "handlers", "strategies")

# What the files of a room share; the others are one role each and do not know one another.
SHARED = {"endpoints.base", "endpoints.handed_over", "endpoints.inet", "endpoints.unix_path"}


def _name(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {_name(file): file for file in sorted(SOURCE.rglob("*.py"))}
MODULES = sorted(FILES.keys() - {""})
ROLES = [name for name in MODULES if name.partition(".")[0] in ROOMS and "." in name and name not in SHARED]


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _nodes(tree: ast.AST, *, run_time: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if not (run_time and _is_type_checking(child)):
            yield child
            yield from _nodes(child, run_time=run_time)


def _imports_of(source: str, *, run_time: bool = False) -> set[str]:
    """Name every module that a source imports, wherever in it; ``run_time``: not for type checkers alone."""
    found: set[str] = set()
    for node in _nodes(ast.parse(source), run_time=run_time):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute: compat's source runs under other names"
            module = node.module or ""
            # `from package import module` imports the module.
            found.update(
                full if (full := f"{module}.{alias.name}").removeprefix("typedserver.") in FILES else module
                for alias in node.names
            )
    return found


def _own_imports(name: str) -> set[str]:
    imported = _imports_of(FILES[name].read_text())
    return {module.removeprefix("typedserver.") for module in imported if module.partition(".")[0] == "typedserver"}


def _floor(name: str) -> int:
    # A file that was given no place stands above all others, until the test of places has said so.
    return next((number for number, names in enumerate(FLOORS) if name.partition(".")[0] in names), len(FLOORS))


def _room(name: str) -> str:
    return name.partition(".")[0]


def test_files_have_a_floor_each() -> None:
    placed = [name for names in FLOORS for name in names]
    assert sorted(placed) == sorted({_room(name) for name in MODULES}), "give the new file its place in FLOORS"


@pytest.mark.parametrize("name", MODULES)
def test_file_imports_lower_floors_only(name: str) -> None:
    for imported in _own_imports(name):
        within_its_package = _room(imported) == _room(name) and _room(name) != name
        assert within_its_package or _floor(imported) < _floor(name), f"{name} imports {imported}"


@pytest.mark.parametrize("name", MODULES)
def test_file_does_not_import_the_package_itself(name: str) -> None:
    # The package's __init__ imports everything: from inside it would be a circle.
    assert "typedserver" not in _own_imports(name)


@pytest.mark.parametrize("name", ROLES)
def test_role_of_a_room_knows_no_other_role(name: str) -> None:
    assert not [imported for imported in _own_imports(name) if _room(imported) in ROOMS and imported not in SHARED]


@pytest.mark.parametrize("name", [name for name in MODULES if _room(name) in ROOMS])
def test_room_imports_no_other_room(name: str) -> None:
    assert {_room(imported) for imported in _own_imports(name)} & set(ROOMS) <= {_room(name)}


def test_server_knows_no_concrete_piece_but_inline() -> None:
    assert {name for name in _own_imports("server") if _room(name) in ROOMS} == {"strategies.inline"}


@pytest.mark.parametrize("name", [name for name in MODULES if _floor(name) < _floor("endpoints")])
def test_engine_knows_no_room(name: str) -> None:
    assert not [imported for imported in _own_imports(name) if _room(imported) in ROOMS]


def test_protocols_are_typing_only() -> None:
    source = FILES["protocols"].read_text()
    assert _imports_of(source) == {"socket", "collections.abc", "typing", "typing_extensions"}
    for node in ast.parse(source).body:
        assert isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.Expr | ast.ClassDef)
        if isinstance(node, ast.ClassDef):
            assert any("Protocol" in ast.unparse(base) for base in node.bases), f"{node.name} is no contract"
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    # A docstring and an ellipsis: nothing that runs.
                    assert [ast.unparse(statement) for statement in member.body[1:]] == ["..."], member.name


@pytest.mark.parametrize("name", FILES)
def test_file_needs_the_standard_library_and_typing_extensions_alone(name: str) -> None:
    known = sys.stdlib_module_names | {"typedserver", "typing_extensions"}
    packages = {module.partition(".")[0] for module in _imports_of(FILES[name].read_text(), run_time=True)}
    assert packages <= known


def test_distribution_depends_on_typing_extensions_alone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [requirement.partition(">")[0] for requirement in project["dependencies"]] == ["typing-extensions"]


# What the tests above rest on


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
import os.path as p
from typedserver import group
from typedserver.errors import ListenError
def late():
    import fcntl
if TYPE_CHECKING:
    from _typeshed import Unused
"""
    everything = {"os.path", "typedserver.group", "typedserver.errors", "fcntl", "_typeshed"}
    assert _imports_of(source) == everything
    assert _imports_of(source, run_time=True) == everything - {"_typeshed"}


def test_relative_imports_are_refused() -> None:
    with pytest.raises(AssertionError, match="absolute"):
        _imports_of("from . import server")
