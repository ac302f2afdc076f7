"""Writes the stub of ``typedserver.compat`` from its composition: ``python -m typedserver._tools.stubgen [--check]``.

What a public class is made of is read from the lines of ``compat.py``; its members and their types are those of the
implementing class, read from its source. Nothing is imported but to find those sources, and nothing is guessed: a line
that is not understood is an error.
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

import typedserver.compat

STUB: Final = Path(__file__).parents[3] / "stubs" / "typedserver-stubs" / "compat.pyi"

_BANNER: Final = """\
# Generated from src/typedserver/compat.py by `python -m typedserver._tools.stubgen`: do not edit.
"""

# Public programs call it although its name is private; all other private members stay out of the stub.
_KEPT: Final = frozenset({"__init__", "__enter__", "__exit__", "_handle_request_noblock"})

# What an implementing module says it has in common with another by extending this: type arguments.
_TYPE_ARGUMENTS: Final = "_Subscriptable"

# Members that BaseServer calls and leaves to its subclasses; programs call them through super() in a mix-in.
_EXPECTED: Final = {"BaseServer": ["def get_request(self) -> tuple[Any, Any]: ..."]}


class NotUnderstoodError(Exception):
    """A line of the composition is not of the form that this generator knows."""


@dataclass
class _Source:
    """The parsed source of one implementing module: its imports, its aliases and its classes, each by name."""

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
    """One line of ``compat.py``: a public name, its public bases, and the class that implements it, if one does."""

    name: str
    bases: tuple[str, ...]
    source: _Source | None

    @property
    def implementation(self) -> ast.ClassDef | None:
        return self.source.classes[self.name] if self.source else None


class _Reader:
    """Reads the lines of ``compat.py``."""

    def __init__(self) -> None:
        self.sources: dict[str, _Source] = {}
        self._modules: dict[str, str] = {}

    def composition(self, statement: ast.stmt) -> _Composition | None:
        """Return what a line composes; None for one that composes nothing."""
        match statement:
            case ast.ImportFrom(module="typedserver._compat", names=[alias]):
                self._modules[alias.asname or alias.name] = f"typedserver._compat.{alias.name}"
            case ast.Assign([ast.Name(name)], ast.Call(ast.Name("_compose"), [ast.Constant(given), *parts])):
                if given != name:
                    raise NotUnderstoodError(f"{name} is composed under the name {given!r}")
                return self._compose(name, parts)
            case _:
                pass
        return None

    def _compose(self, name: str, parts: list[ast.expr]) -> _Composition:
        bases: list[str] = []
        source: _Source | None = None
        for part in parts:
            match part:
                case ast.Name(base):
                    bases.append(base)
                case ast.Attribute(ast.Name(module), attribute) if attribute == name:
                    source = self._source(self._modules[module])
                case _:
                    raise NotUnderstoodError(f"{name} is composed of {ast.unparse(part)}")
        return _Composition(name, tuple(bases), source)

    def _source(self, name: str) -> _Source:
        if name not in self.sources:
            self.sources[name] = _Source.read(name)
        return self.sources[name]


def _base_list(composed: _Composition) -> list[str]:
    """Write the bases, with the type arguments that the implementing class gives them."""
    arguments: dict[str, str] = {}
    generic: list[str] = []
    for base in composed.implementation.bases if composed.implementation else []:
        match base:
            case ast.Subscript(ast.Name(name), parameters) if name == _TYPE_ARGUMENTS:
                generic.append(f"Generic[{_unquoted(parameters)}]")
            case ast.Subscript(ast.Name(name), parameters):
                arguments[name] = f"[{_unquoted(parameters)}]"
            case _:
                pass
    return [*(base + arguments.get(base, "") for base in composed.bases), *generic]


class _Unquoter(ast.NodeTransformer):
    """Turns annotations that are strings into what they say."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.parse(node.value, mode="eval").body if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "Literal":
            return node
        return self.generic_visit(node)


def _unquoted(annotation: ast.expr) -> str:
    text = ast.unparse(_Unquoter().visit(annotation))
    return text[1:-1] if isinstance(annotation, ast.Tuple) else text


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    if argument.annotation is None:
        return argument.arg
    written = f"{argument.arg}: {_unquoted(argument.annotation)}"
    return written if default is None else f"{written} = {ast.unparse(default)}"


def _parameters(arguments: ast.arguments) -> str:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    written = [_argument(*pair) for pair in zip(positional, [*defaults, *arguments.defaults], strict=True)]
    if arguments.posonlyargs:
        written.insert(len(arguments.posonlyargs), "/")
    if arguments.kwonlyargs:
        written += ["*", *map(_argument, arguments.kwonlyargs, arguments.kw_defaults)]
    return ", ".join(written)


def _is_public(name: str) -> bool:
    return name in _KEPT or not name.startswith("_")


def _comment(source_line: str) -> str:
    # What the implementing class tells the type checkers to bear, the stub must tell them as well; not why.
    marks = [part.partition(" - ")[0].strip() for part in source_line.split("#")[1:]]
    return "".join(f"  # {mark}" for mark in marks if mark.startswith(("type: ignore", "pyright: ignore")))


def _members(body: list[ast.stmt], lines: list[str]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.AnnAssign(ast.Name(name), annotation) if _is_public(name):
                yield f"{name}: {_unquoted(annotation)}{_comment(lines[statement.lineno - 1])}"
            case ast.FunctionDef(name, arguments, returns=ast.expr() as returns) if _is_public(name):
                head = f"def {name}({_parameters(arguments)}) -> {_unquoted(returns)}: ..."
                yield head + _comment(lines[statement.lineno - 1])
            case ast.If(ast.Name("TYPE_CHECKING")):
                yield from _members(statement.body, lines)
            case _:
                pass


def _class(composed: _Composition) -> list[str]:
    bases = ", ".join(_base_list(composed))
    head = f"class {composed.name}({bases}):" if bases else f"class {composed.name}:"
    members: list[str] = []
    if composed.source and composed.implementation:
        lines = inspect.getsource(importlib.import_module(composed.source.name)).splitlines()
        members = [*_members(composed.implementation.body, lines), *_EXPECTED.get(composed.name, [])]
    return ["", head, *(f"    {member}" for member in members)] if members else ["", f"{head} ..."]


def _body(reader: _Reader, statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        composed = reader.composition(statement)
        if composed is not None:
            yield from _class(composed)
            continue
        match statement:
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


def _needed(body: str, sources: dict[str, _Source]) -> tuple[set[str], list[str]]:
    """Find the imports, and the aliases of the implementing modules, that the classes use."""
    own = {node.name for node in ast.walk(ast.parse(body)) if isinstance(node, ast.ClassDef)}
    imports: set[str] = {"from typing import Generic"}
    aliases: dict[str, str] = {}
    pending = sorted(_names_in(body) - own - set(dir(builtins)) - {"__all__"})
    while pending:
        name = pending.pop()
        source = next((each for each in sources.values() if name in each.imports or name in each.assignments), None)
        if name == "sys":
            imports.add("import sys")
        elif source is None:
            raise NotUnderstoodError(f"{name} is used, but no implementing module imports or makes it")
        elif name in source.imports:
            imports.add(source.imports[name])
        elif name not in aliases:
            aliases[name] = ast.unparse(source.assignments[name])
            pending += _names_in(aliases[name]) - own - set(dir(builtins)) - {name}
    return imports, sorted(aliases.values())


def _merged(imports: set[str]) -> Iterator[str]:
    """Write one line for each module."""
    heads: dict[str, list[str]] = {}
    for line in sorted(imports):
        head, _, name = line.partition(" import ")
        heads.setdefault(head, []).append(name)
    for head, names in heads.items():
        yield f"{head} import {', '.join(names)}" if any(names) else head


def read_composition(source: str) -> tuple[str, dict[str, _Source]]:
    """Return the classes' text, and the sources of their members; raises NotUnderstoodError."""
    reader = _Reader()
    return "\n".join(_body(reader, ast.parse(source).body)), reader.sources


def generate() -> str:
    """Return the text of the stub."""
    body, sources = read_composition(inspect.getsource(typedserver.compat))
    imports, aliases = _needed(body, sources)
    return "\n".join([_BANNER, *_merged(imports), "", *aliases, "", body, ""])


def main(arguments: list[str] | None = None) -> int:
    """Write the stub, or with ``--check`` only say whether it is what would be written; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m typedserver._tools.stubgen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the stub is out of date")
    if not parser.parse_args(arguments).check:
        STUB.write_text(generate())
        return 0
    if STUB.read_text() == generate():
        return 0
    print(f"{STUB} is out of date: run `python -m typedserver._tools.stubgen`", file=sys.stderr)  # noqa: T201 - a command
    return 1


if __name__ == "__main__":
    sys.exit(main())
