"""The floors of the house: which folder may import which, read from the source of every file."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "typedserver"

# From the ground up, folders and the modules beside them. Each may import only from the rows above its own. Inside a
# folder the files may import one another. A new file needs no entry here, but a new folder does.
FLOORS = (
    ("protocols", "errors", "_exported"),
    ("process", "recipes", "events", "lifecycle"),
    ("reactor", "sockets", "config", "composition", "messages", "security"),
    ("coroutines", "endpoints", "lifetime", "server_config"),
    ("handlers", "strategies", "requests", "testing", "sources", "access"),
    ("server", "group", "_compat", "observers"),
    ("prefork", "compat", "_mixins"),
    ("service", "_tools", "rpc", "mixins", "control"),
    ("cli", "hot_restart", "__main__"),
)

ROOMS = ("endpoints", "handlers", "strategies")


def _name(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {_name(file): file for file in sorted(SOURCE.rglob("*.py"))}
MODULES = sorted(FILES.keys() - {""})
FOLDERS = sorted({name.partition(".")[0] for name in MODULES if "." in name})


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _nodes(tree: ast.AST, *, run_time: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if not (run_time and _is_type_checking(child)):
            yield child
            yield from _nodes(child, run_time=run_time)


def _imports_of(source: str, *, run_time: bool = False) -> set[str]:
    """Name every module that a source imports anywhere; with ``run_time``, without imports only for type checkers."""
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


def _room(name: str) -> str:
    return name.partition(".")[0]


def _floor(room: str) -> int:
    # A room without a place counts as above everything; the test of places reports it.
    return next((number for number, rooms in enumerate(FLOORS) if room in rooms), len(FLOORS))


def _imported_rooms(room: str) -> dict[str, str]:
    """Return the rooms that a room imports, each with a file that does so."""
    return {_room(imported): name for name in MODULES if _room(name) == room for imported in _own_imports(name)}


ALL_ROOMS = sorted({_room(name) for name in MODULES})


def test_rooms_have_a_floor_each() -> None:
    assert sorted(room for rooms in FLOORS for room in rooms) == ALL_ROOMS, "give the new folder its place in FLOORS"


@pytest.mark.parametrize("room", ALL_ROOMS)
def test_room_imports_lower_floors_only(room: str) -> None:
    for imported, name in _imported_rooms(room).items():
        within = imported == room and room in FOLDERS
        # __main__ is the command line as a file to be run.
        below = _floor(imported) < _floor(room) or (room, imported) == ("__main__", "cli")
        assert within or below, f"{name} imports {imported}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_states_its_law_in_its_init(folder: str) -> None:
    law = ast.get_docstring(ast.parse(FILES[folder].read_text()))
    assert law
    assert law.endswith(".")


@pytest.mark.parametrize("name", [name for name in MODULES if "." in name])
def test_file_does_not_import_the_init_of_its_folder(name: str) -> None:
    assert _room(name) not in _own_imports(name)


def test_modules_beside_the_folders_are_few() -> None:
    assert len([name for name in FILES if "." not in name and name not in FOLDERS]) <= 16


@pytest.mark.parametrize("name", MODULES)
def test_file_does_not_import_the_package_itself(name: str) -> None:
    # The package's __init__ passes on names of every room, so an import of one from inside would be a cycle.
    assert "typedserver" not in _own_imports(name)


@pytest.mark.parametrize("room", ROOMS)
def test_endpoints_handlers_and_strategies_do_not_know_one_another(room: str) -> None:
    assert not set(_imported_rooms(room)) & (set(ROOMS) - {room})


# Every file that the package's __init__ exports from is a role, because users name it. A base that all roles of a
# room inherit from is not one.
ROLES = sorted(
    name for name in _own_imports("") if _room(name) in ROOMS and _room(name) != name and not name.endswith(".bases")
)


@pytest.mark.parametrize("role", ROLES)
def test_role_of_a_room_knows_no_other_role(role: str) -> None:
    assert not _own_imports(role) & set(ROLES)


def test_server_knows_no_concrete_piece_but_inline() -> None:
    assert {name for name in _own_imports("server") if _room(name) in ROOMS} == {"strategies.inline"}


@pytest.mark.parametrize(
    "room", [room for rooms in FLOORS[:5] for room in rooms if room not in (*ROOMS, "testing", "sources", "access")]
)
def test_what_serves_every_server_knows_no_concrete_piece(room: str) -> None:
    assert not set(_imported_rooms(room)) & set(ROOMS)


@pytest.mark.parametrize("room", ["sources", "access"])
def test_room_of_endpoints_knows_of_the_concrete_pieces_only_what_endpoints_inherit(room: str) -> None:
    # They are endpoints by themselves, whose listener is not a socket's, or wrappers of any.
    imported = {each for name in MODULES if _room(name) == room for each in _own_imports(name)}
    assert {each for each in imported if _room(each) in ROOMS} == {"endpoints.bases"}


def _is_value(node: ast.ClassDef) -> bool:
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    return [ast.unparse(base) for base in node.bases] == ["Enum"] or any(
        decorator.startswith("dataclass(frozen=True") for decorator in decorators
    )


@pytest.mark.parametrize("name", [name for name in MODULES if _room(name) == "protocols"])
def test_protocols_are_typing_only(name: str) -> None:
    source = FILES[name].read_text()
    allowed = {"socket", "collections.abc", "dataclasses", "enum", "typing", "typing_extensions"}
    assert {module for module in _imports_of(source) if not module.startswith("typedserver.protocols.")} <= allowed
    for node in ast.parse(source).body:
        assert isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.Expr | ast.ClassDef)
        if isinstance(node, ast.ClassDef):
            is_contract = any("Protocol" in ast.unparse(base) for base in node.bases)
            assert is_contract or _is_value(node), f"{node.name} is neither a contract nor a value that contracts name"
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    # A docstring and an ellipsis: nothing that runs.
                    assert [ast.unparse(statement) for statement in member.body[1:]] == ["..."], member.name


@pytest.mark.parametrize("name", FILES)
def test_file_needs_only_the_standard_library_and_typing_extensions(name: str) -> None:
    known = sys.stdlib_module_names | {"typedserver", "typing_extensions"}
    packages = {module.partition(".")[0] for module in _imports_of(FILES[name].read_text(), run_time=True)}
    assert packages <= known


def test_distribution_depends_only_on_typing_extensions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [requirement.partition(">")[0] for requirement in project["dependencies"]] == ["typing-extensions"]


# Members that are looked up by name

# Each place where the source asks a thing whether it has a member: the file, the name as it is written there, and the
# reason. None of these is a member of a contract: what a server calls stands in a contract, and a class that lacks a
# member is refused. `_compat` is left out, because socketserver probes its servers too.
PROBES: Final = {
    # What this platform, this kernel or this Python may not have.
    ("cli.serving", "'SIGUSR2'"): "Windows has no such signal",
    ("cli.invitations", "'AF_UNIX'"): "Python has none on Windows",
    ("endpoints.handed_over", "'SO_ACCEPTCONN'"): "macOS had none before 10.13",
    ("endpoints.inet", "'SO_REUSEPORT'"): "Windows has none",
    ("endpoints.tcp", "name"): "TCP_USER_TIMEOUT is Linux's alone",
    ("endpoints.unix", "'AF_UNIX'"): "Python has none on Windows",
    ("errors", "name"): "an errno of another platform",
    ("lifetime.program", "'SIGHUP'"): "Windows has no such signal",
    ("prefork.sharing", "'fork'"): "Windows has none",
    ("prefork.worker", "'SIGBUS'"): "Windows has no such signal",
    ("process.inheritance", "'register_at_fork'"): "Windows has none",
    ("process.share", "'memfd_create'"): "Linux has it since 3.17",
    ("process.pidfd", "'pidfd_open'"): "Linux has it since 5.3",
    ("reactor.pollers", "'epoll'"): "gevent takes it away when it patches a program",
    ("reactor.shared_epoll", "'epoll'"): "gevent takes it away when it patches a program",
    ("requests.faults", "name"): "an errno of another platform",
    ("sources.sql_forks", "'register_at_fork'"): "Windows has none",
    ("service.notify", "'AF_UNIX'"): "Python has none on Windows",
    ("service.notify", "'SCM_CREDENTIALS'"): "only Linux has it",
    ("strategies.forks", "'fork'"): "Windows has none",
    # Private parts of the standard library; there is another way without them.
    ("reactor.shared_epoll", "'_get_backend_id'"): "uvloop's loops name their epoll there",
    ("reactor.shared_epoll", "'_selector'"): "asyncio's loops keep their epoll there",
    ("strategies.asyncio_end", "'_default_executor'"): "asyncio's loops keep their executor there",
    ("strategies.on_executor", "'_broken'"): "executors of concurrent.futures",
    ("strategies.on_executor", "'_shutdown'"): "executors of concurrent.futures",
    ("strategies.on_executor", "'_threads'"): "executors of concurrent.futures",
    ("strategies.on_executor", "name"): "a class of a module that may not be imported yet",
    ("strategies.workers", "'_register_atexit'"): "concurrent.futures has its threads end by it",
    # Objects that a user gives and that no contract binds.
    ("composition", "name"): "this is the check that a piece has all members of its contract",
    ("handlers.from_stdlib", "'timeout'"): "a class attribute of socketserver's handlers, or of what a partial calls",
    ("lifetime.foreign", "name"): "a foreign server need have no service_actions",
    ("rpc.programs", "procedure.name"): "the methods of a service are named by its version",
    ("recipes", "'__qualname__'"): "any callable is a handler, and not all have a name",
    ("recipes", "name"): "whether a user's object is a recipe or a server at all",
    ("strategies.asyncio_end", "'__module__'"): "any callable makes a loop",
}


def _probes_of(source: str) -> set[str]:
    """Name, as written, the members that a source looks up on objects that may lack them."""
    return {
        ast.unparse(node.args[1])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and (node.func.id, len(node.args)) in {("getattr", 3), ("hasattr", 2)}
    }


def test_members_are_looked_up_by_name_only_if_the_list_gives_a_reason() -> None:
    found = {
        (name, probe) for name in MODULES if _room(name) != "_compat" for probe in _probes_of(FILES[name].read_text())
    }
    assert found - PROBES.keys() == set(), "a contract must have these, or the list must say why none can"
    assert PROBES.keys() - found == set(), "the source has these no longer: take them out of the list"


# Any in public signatures

# Between the kernel and ``establish`` a request and its address are the listener's own affair, so its contract says
# Any, and so do the bases that pass it on. Elsewhere a type of the contracts, or object, must do. There are this many,
# and the number may only fall. `_compat` and `_mixins` are left out: their signatures are socketserver's, as typeshed
# has them.
MOST_ANY: Final = 70


def _count_any(annotation: ast.AST) -> int:
    match annotation:
        case ast.Name("Any"):
            return 1
        case ast.Constant(str() as quoted):
            return _count_any(ast.parse(quoted, mode="eval").body)
        case ast.Subscript(ast.Name("Coroutine" | "Generator"), ast.Tuple([_, _, result])):
            # What a coroutine yields and is sent is between it and its driver.
            return _count_any(result)
        case _:
            return sum(map(_count_any, ast.iter_child_nodes(annotation)))


def _any_in(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    annotations = [argument.annotation for argument in named if argument is not None]
    return sum(_count_any(annotation) for annotation in (*annotations, function.returns) if annotation is not None)


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _any_of(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, int]]:
    """Yield the public functions, and the public methods of public classes, that have any Any, with how many."""
    overloaded: set[str] = set()
    for node in body:
        if isinstance(node, ast.ClassDef) and _is_public(node.name):
            yield from _any_of(node.body, f"{within}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_public(node.name):
            if any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list):
                overloaded.add(node.name)
            elif node.name in overloaded:
                # The overloads before it are what a caller's checker sees.
                continue
            if count := _any_in(node):
                yield f"{within}{node.name}", count


def test_number_of_any_in_public_signatures_does_not_grow() -> None:
    found = [
        (name, function, count)
        for name in MODULES
        if _room(name) not in {"_compat", "_mixins"}
        for function, count in _any_of(ast.parse(FILES[name].read_text()).body)
    ]
    lines = [f"{count} {name}: {function}" for name, function, count in found]
    number = sum(count for _, _, count in found)
    assert number <= MOST_ANY, "\n".join([f"{number} in all", *lines])


# The tools of the tests above


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


def test_probes_are_found_wherever_they_stand() -> None:
    source = """
if hasattr(os, "fork"):
    x = [getattr(thing, name, None), getattr(thing, "plain"), thing.getattr(1, 2, 3)]
"""
    assert _probes_of(source) == {"'fork'", "name"}


def test_any_is_counted_only_in_public_signatures() -> None:
    source = """
def plain(a: Any, *rest: "list[Any]", **more: int) -> Callable[[Any], Any]: ...
def _private(a: Any) -> Any: ...
async def coroutine(a: Coroutine[Any, Any, int], b: Coroutine[Any, Any, Any]) -> None: ...
class Public:
    field: Any
    def __init__(self, a: Any) -> None: ...
    def _own(self) -> Any: ...
    @overload
    def one(self, a: Any) -> int: ...
    def one(self, a: Any) -> Any: ...
class _Private:
    def method(self) -> Any: ...
"""
    counted = {"plain": 4, "coroutine": 1, "Public.__init__": 1, "Public.one": 1}
    assert dict(_any_of(ast.parse(source).body)) == counted


def test_relative_imports_are_refused() -> None:
    with pytest.raises(AssertionError, match="absolute"):
        _imports_of("from . import server")


# The English


def _prose() -> list[str]:
    """Return all words of the source's comments and docstrings."""
    words: list[str] = []
    for file in FILES.values():
        source = file.read_text()
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        texts = [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
        texts += re.findall(r"#\s(?!noqa|pyright|type:)(.*)", source)
        words += re.findall(r"[a-z']+", " ".join(texts).lower())
    return words


@pytest.mark.parametrize(
    ("spellings", "least", "most"),
    [
        ({"if"}, 6, 20),
        ({"because"}, 1, 10),
        ({"tell", "tells", "told"}, 0, 0.5),
        ({"whoever", "whatever"}, 0, 2),
    ],
)
def test_comments_and_docstrings_are_plain_english(spellings: set[str], least: float, most: float) -> None:
    # For each thousand words; what h11, trio and svcs write was counted the same way.
    words = _prose()
    assert least <= sum(word in spellings for word in words) * 1000 / len(words) <= most


def test_cannot_is_one_word() -> None:
    assert [name for name, file in FILES.items() if "can not" in file.read_text()] == []
