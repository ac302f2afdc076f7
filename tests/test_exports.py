"""The public namespace: what ``typedserver`` exports, and that every tool sees the same names as a program."""

import ast
import inspect
import json
from collections.abc import Callable, Coroutine, Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_args, get_origin, get_overloads, get_type_hints

import pytest

import typedserver
import typedserver.service
import typedserver.service.notify
import typedserver.testing
from tests.checkers import Finding, mypy, pyright, verify_types

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
    held = {
        name
        for name, thing in vars(typedserver).items()
        if not name.startswith("_") and not isinstance(thing, ModuleType)
    }
    assert held == set(EXPORTED)
    assert NOT_BY_STAR.isdisjoint(typedserver.__all__)


def test_package_only_passes_names_on() -> None:
    imports = [statement for statement in _statements() if isinstance(statement, ast.ImportFrom)]
    others = [statement for statement in _statements() if not isinstance(statement, ast.ImportFrom)]
    docstring, version, exported = map(ast.unparse, others)
    assert ast.literal_eval(docstring)
    assert version == f"__version__ = {typedserver.__version__!r}"
    assert exported.startswith("__all__ = [")
    # `import X as X` is how a typed package says that it means to export (PEP 484).
    assert all(alias.asname == alias.name for statement in imports for alias in statement.names)
    assert {alias.name for statement in imports for alias in statement.names} == set(EXPORTED)


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


PUBLIC = {
    f"{namespace.__name__}.{name}": thing
    for namespace in (typedserver, typedserver.service, typedserver.service.notify, typedserver.testing)
    for name, thing in vars(namespace).items()
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
