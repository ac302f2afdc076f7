"""Writes the stubs of the modules that are composed: ``python -m typedserver._tools.stubgen [--check]``.

The calls in ``compat.py`` and ``mixins.py`` name each public class, its bases and its body; the body's source has the
members and their types. Modules are imported only to find their sources. Nothing is guessed: a line that this generator
does not understand is an error.
"""

import argparse
import ast
import builtins
import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[3]

# The modules that are composed, each with its stub.
STUBS: Final = {
    "typedserver.compat": _ROOT / "stubs" / "typedserver-stubs" / "compat.pyi",
    "typedserver.mixins": _ROOT / "stubs" / "typedserver-stubs" / "mixins.pyi",
}

# Where the bodies are: a composing module imports them from there, each module under a name of its own.
_BODIES: Final = frozenset({"typedserver._compat", "typedserver._mixins"})

# From where a composing module may import bases.
_BASES: Final = "typedserver.compat"

_BANNER: Final = """\
# Generated from src/{} by `python -m typedserver._tools.stubgen`: do not edit.
"""

# The private members that the stub has: Python's own methods, and one that public programs call.
_KEPT: Final = frozenset({"__init__", "__enter__", "__exit__", "__class_getitem__", "_handle_request_noblock"})

# The methods that BaseServer calls and its subclasses implement. A mix-in calls them through super(), so the stub must
# have them; typeshed's has them too.
_EXPECTED: Final = {"BaseServer": ["def get_request(self) -> tuple[Any, Any]: ..."]}


class NotUnderstoodError(Exception):
    """A line of the composition does not have the form that this generator knows."""


@dataclass
class _Source:
    """The parsed source of one module with bodies: its imports, its assignments and its classes, each by name."""

    name: str
    imports: dict[str, str] = field(default_factory=dict[str, str])
    assignments: dict[str, ast.stmt] = field(default_factory=dict[str, ast.stmt])
    classes: dict[str, ast.ClassDef] = field(default_factory=dict[str, ast.ClassDef])

    @classmethod
    def read(cls, name: str) -> "_Source":
        source = cls(name)
        for statement in ast.parse(inspect.getsource(importlib.import_module(name))).body:
            source._take(statement)
        return source

    def _take(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Import(names) | ast.ImportFrom(names=names):
                self.imports.update((alias.asname or alias.name, _import_line(statement, alias)) for alias in names)
            case ast.Assign(targets=[ast.Name(name)]):
                self.assignments[name] = statement
            case ast.ClassDef(name):
                self.classes[name] = statement
            case ast.If(ast.Name("TYPE_CHECKING")):
                for inner in statement.body:
                    self._take(inner)
            case _:
                return


def _import_line(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    name = ast.unparse(alias)
    return f"from {statement.module} import {name}" if isinstance(statement, ast.ImportFrom) else f"import {name}"


@dataclass(frozen=True)
class _Composition:
    """One call of a composing module: a public name, its public bases, and the module that has its body, if any."""

    name: str
    bases: tuple[str, ...]
    source: _Source | None

    @property
    def body(self) -> ast.ClassDef | None:
        return self.source.classes[self.name] if self.source else None


class _Reader:
    """Reads the lines of a composing module."""

    def __init__(self) -> None:
        self.sources: dict[str, _Source] = {}
        self._modules: dict[str, str] = {}

    def composition(self, statement: ast.stmt) -> _Composition | None:
        """Return what a statement composes, or None if it composes nothing."""
        match statement:
            case ast.ImportFrom(module=str(module), names=[alias]) if module in _BODIES:
                self._modules[alias.asname or alias.name] = f"{module}.{alias.name}"
            case ast.Assign([ast.Name(name)], ast.Call(ast.Name("_compose"), [ast.Constant(given), *bases], keywords)):
                if given != name:
                    raise NotUnderstoodError(f"{name} is composed under the name {given!r}")
                body = next((keyword.value for keyword in keywords if keyword.arg == "body"), None)
                return _Composition(name, tuple(_base(name, base) for base in bases), self._source(name, body))
            case _:
                pass
        return None

    def _source(self, name: str, body: ast.expr | None) -> _Source | None:
        match body:
            case None:
                return None
            case ast.Attribute(ast.Name(alias), attribute) if attribute == name and alias in self._modules:
                module = self._modules[alias]
                if module not in self.sources:
                    self.sources[module] = _Source.read(module)
                return self.sources[module]
            case _:
                raise NotUnderstoodError(f"{name} has the body {ast.unparse(body)}")


def _base(name: str, base: ast.expr) -> str:
    if not isinstance(base, ast.Name):
        raise NotUnderstoodError(f"{name} has the base {ast.unparse(base)}")
    return base.id


def _base_list(composed: _Composition) -> list[str]:
    """Write the public bases, with the type arguments that the body gives them."""
    written = {
        base.value.id: ast.unparse(base)
        for base in (composed.body.bases if composed.body else [])
        if isinstance(base, ast.Subscript) and isinstance(base.value, ast.Name)
    }
    return [*(written.get(base, base) for base in composed.bases), *filter(None, [written.get("Generic")])]


def _is_public(name: str) -> bool:
    return name in _KEPT or not name.startswith("_")


def _comment(source_line: str) -> str:
    # Where a body silences a type checker, the stub must do so too; the reason stays in the body.
    marks = [part.partition(" - ")[0].strip() for part in source_line.split("#")[1:]]
    return "".join(f"  # {mark}" for mark in marks if mark.startswith(("type: ignore", "pyright: ignore")))


def _unquoted(annotation: ast.expr) -> str:
    # A body quotes what must not be evaluated at run time; a stub is never run.
    match annotation:
        case ast.Constant(str(text)):
            return text
        case _:
            return ast.unparse(annotation)


def _is_overload(function: ast.FunctionDef) -> bool:
    return "overload" in map(ast.unparse, function.decorator_list)


def _members(body: list[ast.stmt], lines: list[str]) -> Iterator[str]:
    overloaded = {each.name for each in body if isinstance(each, ast.FunctionDef) and _is_overload(each)}
    for statement in body:
        match statement:
            case ast.AnnAssign(ast.Name(name), annotation) if _is_public(name):
                yield f"{name}: {_unquoted(annotation)}{_comment(lines[statement.lineno - 1])}"
            case ast.FunctionDef(name) if name in overloaded and not _is_overload(statement):
                # A stub has the overloads without the function that implements them.
                continue
            case ast.FunctionDef(name, arguments, returns=ast.expr() as returns) if _is_public(name):
                if name in overloaded:
                    yield "@overload"
                head = f"def {name}({ast.unparse(arguments)}) -> {ast.unparse(returns)}: ..."
                yield head + _comment(lines[statement.lineno - 1])
            case ast.If(ast.Name("TYPE_CHECKING")):
                yield from _members(statement.body, lines)
            case _:
                pass


def _class(composed: _Composition) -> list[str]:
    bases = ", ".join(_base_list(composed))
    head = f"class {composed.name}({bases}):" if bases else f"class {composed.name}:"
    members: list[str] = []
    if composed.source and composed.body:
        lines = inspect.getsource(importlib.import_module(composed.source.name)).splitlines()
        members = [*_members(composed.body.body, lines), *_EXPECTED.get(composed.name, [])]
    return ["", head, *(f"    {member}" for member in members)] if members else ["", f"{head} ..."]


def _body(reader: _Reader, statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        composed = reader.composition(statement)
        if composed is not None:
            yield from _class(composed)
            continue
        match statement:
            case ast.ImportFrom(module=module) if module == _BASES:
                yield ast.unparse(statement)
            case ast.If(test):
                yield f"if {ast.unparse(test)}:"
                yield from (f"    {line}" if line else "" for line in _body(reader, statement.body))
            case ast.Assign([ast.Name("__all__")]) | ast.AugAssign(ast.Name("__all__")):
                yield ast.unparse(statement)
            case ast.Assign([ast.Name("__version__")]):
                yield "__version__: str"
            case _:
                pass


def _names_in(text: str) -> set[str]:
    return {
        node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _defined_in(text: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(text)))
    classes = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    return classes | {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}


def _needed(body: str, sources: dict[str, _Source]) -> tuple[set[str], list[str]]:
    """Return the imports that the classes need, and the assignments: the aliases and type variables of the bodies."""
    own = _defined_in(body)
    imports: set[str] = set()
    aliases: dict[str, str] = {}
    pending = sorted(_names_in(body) - own - set(dir(builtins)) - {"__all__"})
    while pending:
        name = pending.pop()
        source = next((each for each in sources.values() if name in each.imports or name in each.assignments), None)
        if name == "sys":
            imports.add("import sys")
        elif source is None:
            raise NotUnderstoodError(f"{name} is used, but no module with a body imports or assigns it")
        elif name in source.imports:
            imports.add(source.imports[name])
        elif name not in aliases:
            aliases[name] = ast.unparse(source.assignments[name])
            pending += _names_in(aliases[name]) - own - set(dir(builtins)) - {name}
    return imports, sorted(aliases.values())


def _merged(imports: set[str]) -> Iterator[str]:
    """Write one import line for each module."""
    heads: dict[str, list[str]] = {}
    for line in sorted(imports):
        head, _, name = line.partition(" import ")
        heads.setdefault(head, []).append(name)
    for head, names in heads.items():
        yield f"{head} import {', '.join(names)}" if any(names) else head


def read_composition(source: str) -> tuple[str, dict[str, _Source]]:
    """Return the text of the classes, and the sources of their bodies by module name.

    source: the source of a composing module. Raises NotUnderstoodError if a line of it is not understood.
    """
    reader = _Reader()
    return "\n".join(_body(reader, ast.parse(source).body)), reader.sources


def generate(name: str) -> str:
    """Return the text of the stub of a composing module; raises NotUnderstoodError."""
    module = importlib.import_module(name)
    body, sources = read_composition(inspect.getsource(module))
    imports, aliases = _needed(body, sources)
    banner = _BANNER.format(Path(inspect.getfile(module)).relative_to(_ROOT / "src"))
    return "\n".join([banner, *_merged(imports), "", *aliases, "", body, ""])


def main(arguments: list[str] | None = None) -> int:
    """Write the stubs, or with ``--check`` compare them with what would be written.

    Returns the exit status: 0, or 1 if a stub that was compared is out of date. Raises NotUnderstoodError.
    """
    parser = argparse.ArgumentParser(prog="python -m typedserver._tools.stubgen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a stub is out of date")
    only_compares = parser.parse_args(arguments).check
    status = 0
    for name, stub in STUBS.items():
        if not only_compares:
            stub.write_text(generate(name))
        elif stub.read_text() != generate(name):
            print(f"{stub} is out of date: run `python -m typedserver._tools.stubgen`", file=sys.stderr)  # noqa: T201 - a command
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
