"""The public namespace: what ``typedserver`` exports, and that every tool sees the same names as a program."""

import ast
import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Coroutine, Generator, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_args, get_origin, get_overloads, get_type_hints

import pytest

import typedserver
import typedserver.service
import typedserver.service.notify
import typedserver.testing
from tests.checkers import Finding, mypy, pyright, verify_types
from typedserver._exported import MODULES

INIT = Path(typedserver.__file__)


def _statements() -> list[ast.stmt]:
    return ast.parse(INIT.read_text()).body


def _spelled_all() -> ast.List:
    return next(
        statement.value
        for statement in _statements()
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.List)
    )


# Many programs have a function of this name, and a star import would hide it: it is imported by its name.
NOT_BY_STAR = {"connect"}
EXPORTED = sorted({*typedserver.__all__, *NOT_BY_STAR})


def _sort_key(name: str) -> tuple[int, str]:
    # ruff's order (RUF022): capitals, then classes, then functions.
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_exports_are_all_importable() -> None:
    assert [name for name in typedserver.__all__ if not hasattr(typedserver, name)] == []


def test_exports_are_written_out_and_sorted() -> None:
    # The checkers cannot see a computed name.
    written = [element.value for element in _spelled_all().elts if isinstance(element, ast.Constant)]
    assert len(written) == len(_spelled_all().elts)
    assert written == typedserver.__all__
    assert written == sorted(set(typedserver.__all__), key=_sort_key)


def test_exports_are_all_that_the_package_holds() -> None:
    listed = {name for name in dir(typedserver) if not name.startswith("_") and name != "TYPE_CHECKING"}
    held = {name for name in listed if not isinstance(getattr(typedserver, name), ModuleType)}
    assert held == set(EXPORTED)
    assert NOT_BY_STAR.isdisjoint(typedserver.__all__)


def _imports() -> dict[str, str]:
    """Return what the package's ``__init__`` says to type checkers: the module of each name."""
    for_checkers, *others = (each for each in _statements() if isinstance(each, ast.If))
    assert ast.unparse(for_checkers.test) == "TYPE_CHECKING"
    assert others == []
    imports = [each for each in for_checkers.body if isinstance(each, ast.ImportFrom)]
    assert imports == for_checkers.body
    # `import X as X` is how a typed package says that it means to export (PEP 484).
    assert all(alias.asname == alias.name for each in imports for alias in each.names)
    return {alias.name: str(each.module) for each in imports for alias in each.names}


def test_package_only_passes_names_on() -> None:
    kept = [each for each in _statements() if not isinstance(each, ast.If)]
    docstring, typing, version, exported = map(ast.unparse, kept)
    assert ast.literal_eval(docstring)
    assert typing == "from typing import TYPE_CHECKING"
    assert version == f"__version__ = {typedserver.__version__!r}"
    assert exported.startswith("__all__ = [")
    assert _imports().keys() == set(EXPORTED)


def test_names_are_where_type_checkers_look_for_them() -> None:
    assert {name: f"typedserver.{module}" for name, module in MODULES.items()} == _imports()


@pytest.mark.parametrize("name", EXPORTED)
def test_name_is_the_object_of_its_module(name: str) -> None:
    assert getattr(typedserver, name) is getattr(import_module(f"typedserver.{MODULES[name]}"), name)


def _said_by(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def test_package_loads_what_is_asked_for() -> None:
    ours = "[name for name in sys.modules if name.startswith('typedserver.')]"
    assert _said_by(f"import sys, typedserver; print({ours})") == "['typedserver._exported']\n"
    assert _said_by(f"import sys, typedserver; typedserver.Limits; print('typedserver.config' in {ours})") == "True\n"


def test_package_lists_all_names_before_any_is_asked_for() -> None:
    said = _said_by("import typedserver; print(*dir(typedserver))").split()
    assert {*EXPORTED, "__all__", "__version__", "errors", "sources"} <= set(said)


def test_star_brings_what_is_exported() -> None:
    said = _said_by("from typedserver import *; print(*(name for name in globals() if not name.startswith('__')))")
    assert sorted(said.split()) == sorted(typedserver.__all__)


def test_folders_are_attributes_of_the_package() -> None:
    said = _said_by("import typedserver; print(typedserver.errors.__name__, typedserver.access.__name__)")
    assert said == "typedserver.errors typedserver.access\n"


def test_exported_class_is_pickled_by_its_module() -> None:
    kept = pickle.dumps((typedserver.Limits, typedserver.Limits(connections=3)))
    said = _said_by(
        f"import pickle; cls, limits = pickle.loads({kept!r}); print(type(limits) is cls, limits.connections)"
    )
    assert said == "True 3\n"


def test_wrong_name_has_the_errors_of_python() -> None:
    said = _said_by("import typedserver; typedserver.Thread")
    assert "AttributeError: module 'typedserver' has no attribute 'Thread'. Did you mean: 'Threads'?" in said
    assert "ImportError: cannot import name 'Thread' from 'typedserver'" in _said_by("from typedserver import Thread")


def test_failure_to_import_a_module_is_said_as_it_is() -> None:
    program = "import sys; sys.modules['typedserver.access.sealed'] = None; from typedserver import Sealed"
    assert "ModuleNotFoundError: import of typedserver.access.sealed halted" in _said_by(program)


# The view of the checkers


def _reader(folder: Path) -> Path:
    """Write a program that asks a checker for the type of every exported name, one a line."""
    lines = ["import typedserver", *(f"reveal_type(typedserver.{name})" for name in EXPORTED)]
    file = folder / "reader.py"
    file.write_text("\n".join(lines) + "\n")
    return file


def _unseen(findings: list[Finding]) -> list[str]:
    """List the names that were not revealed, or not as a type."""
    revealed = {
        finding.line: finding.message.replace("'", '"')
        for finding in findings
        if finding.severity in ("note", "information")
    }
    return [
        name
        for line, name in enumerate(EXPORTED, 2)
        if line not in revealed or revealed[line].endswith(('is "Any"', 'is "Unknown"'))
    ]


@pytest.mark.slow
def test_mypy_sees_every_exported_name(tmp_path: Path) -> None:
    findings = mypy(_reader(tmp_path), cache=tmp_path / "cache")
    assert [finding for finding in findings if finding.severity == "error"] == []
    assert _unseen(findings) == []


@pytest.mark.slow
def test_pyright_sees_every_exported_name(tmp_path: Path) -> None:
    _reader(tmp_path)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "pythonVersion": "3.11"}))
    findings = [
        finding
        for finding in pyright(tmp_path)
        # A generic class has no arguments here, and strict mode reports them as unknown.
        if not finding.code.startswith("reportUnknown")
    ]
    assert [finding for finding in findings if finding.severity != "information"] == []
    assert _unseen(findings) == []


@pytest.mark.slow
def test_public_types_are_all_known() -> None:
    report = verify_types("typedserver")["typeCompleteness"]
    unknown = [
        (symbol["name"], [said["message"] for said in symbol["diagnostics"]])
        for symbol in report["symbols"]
        if not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"]
    ]
    assert unknown == []
    # The stubs were read as well.
    assert "typedserver.compat.TCPServer" in {symbol["name"] for symbol in report["symbols"]}
    assert report["completenessScore"] == 1


# What annotations are at run time


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _is_ours(thing: object) -> bool:
    return str(getattr(thing, "__module__", "")).startswith("typedserver.")


def _public_parts(thing: object) -> Iterator[object]:
    """Yield a function; or a class with its public methods and properties, inherited ones included."""
    yield thing
    for base in thing.__mro__ if inspect.isclass(thing) else ():
        for name, member in vars(base).items():
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if _is_public(name) and inspect.isfunction(function) and _is_ours(function):
                yield function


def _namespaces() -> Iterator[tuple[str, dict[str, object]]]:
    yield "typedserver", {name: getattr(typedserver, name) for name in EXPORTED}
    for module in (typedserver.service, typedserver.service.notify, typedserver.testing):
        yield module.__name__, vars(module)


PUBLIC = {
    f"{namespace}.{name}": thing
    for namespace, held in _namespaces()
    for name, thing in held.items()
    if _is_public(name) and _is_ours(thing) and (inspect.isclass(thing) or inspect.isfunction(thing))
}


@pytest.mark.parametrize("name", PUBLIC)
def test_annotations_can_be_asked_for_at_run_time(name: str) -> None:
    for part in _public_parts(PUBLIC[name]):
        get_type_hints(part)


# Uses of Any


def _holds_any(hint: object) -> bool:
    arguments = get_args(hint)
    if get_origin(hint) in (Coroutine, Generator):
        # What a coroutine yields and is sent is between it and its driver.
        arguments = arguments[2:]
    return hint is Any or any(
        any(map(_holds_any, cast("list[object]", argument))) if isinstance(argument, list) else _holds_any(argument)
        for argument in arguments
    )


def _functions_of(cls: type) -> Iterator[tuple[str, Callable[..., object]]]:
    for base in cls.__mro__:
        if not base.__module__.startswith("typedserver"):
            continue
        for name, member in vars(base).items():
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if inspect.isfunction(function) and (name in ("__init__", "__call__") or not name.startswith("_")):
                yield f"{base.__name__}.{name}", function


def _public_functions() -> Iterator[tuple[str, Callable[..., object]]]:
    for name in EXPORTED:
        thing = getattr(typedserver, name)
        if inspect.isclass(thing):
            yield from _functions_of(thing)
        elif inspect.isfunction(thing):
            # Of an overloaded function, a caller's checker sees only the overloads.
            yield from ((name, function) for function in get_overloads(thing) or [thing])


def _places_of_any(functions: Iterator[tuple[str, Callable[..., object]]]) -> set[str]:
    return {
        f"{name}({place})"
        for name, function in functions
        for place, hint in get_type_hints(function).items()
        if _holds_any(hint)
    }


def test_any_appears_only_as_the_contracts_allow() -> None:
    # Between get_request and establish only the listener needs to know the type of a request and its address. The
    # address that a listener is bound to is whatever the kernel returns.
    raw: tuple[str, ...] = ("(request)", "(_request)", "(client_address)", "(_client_address)")
    raw += (".server_address(return)",)
    others = {place for place in _places_of_any(_public_functions()) if not place.endswith(raw)}
    assert others == {
        "Listener.get_request(return)",  # the raw request with its raw address
        "ListenerWrapper.get_request(return)",  # the same
        # As typeshed has it for Future: a callback's parameter is the future itself, whatever its class.
        "Pending.add_done_callback(fn)",
        # A table of any rows; SQLTable is of one kind, so no other type is all of them.
        "create_table(source)",
        "redeliver(source)",
    }


def test_handlers_and_recipes_hold_no_any() -> None:
    # The contracts' raw requests end at the handler: nothing that it sees is Any.
    for cls in (
        typedserver.BaseRequestHandler,
        typedserver.StreamRequestHandler,
        typedserver.DatagramRequestHandler,
        typedserver.Stream,
        typedserver.TCP,
        typedserver.UDP,
        typedserver.UnixStream,
        typedserver.UnixDatagram,
        typedserver.Inherited,
        typedserver.StreamConfig,
        typedserver.ServerConfig,
    ):
        fields = {name for name, hint in get_type_hints(cls).items() if _holds_any(hint)}
        assert not fields, cls
        assert _places_of_any(_functions_of(cls)) == set(), cls


def test_any_is_found_inside_other_types() -> None:
    assert all(map(_holds_any, (Any, list[Any], dict[str, list[Any]], Callable[[Any], int], Coroutine[int, int, Any])))
    assert not any(map(_holds_any, (int, None, list[int], Callable[[int], int], Coroutine[Any, Any, int])))
