"""Docstrings as the reference shows them: parameters as a list, and each public name that one mentions as a link.

An extension of griffe. The docstrings of this library have a line ``name: what it is`` for each parameter or field,
which goes on unindented; griffe wants a section with indented lines. It knows nothing of pages.
"""

import ast
import copy
import re
from typing import Final

import griffe

# A line that tells of one parameter or of several: "port: ..." or "rbufsize, wbufsize: ...".
_FIELD: Final = re.compile(r"(\w+(?:, \w+)*): ")

# A name between backticks, whose first part may be public, and the name of an error without any.
_QUOTED: Final = re.compile(r"``([A-Za-z_]\w*)((?:\.\w+)*(?:\([^`]*\))?)``")
_BARE: Final = re.compile(r"(?<![`\w.\[])([A-Z]\w+)(?![`\w\]])")

# Packages and modules whose names programs use, beside those of the package itself.
_PUBLIC: Final = ("rpc", "sources", "testing", "hot_restart")

# The modules whose classes are composed by calls.
_COMPOSED: Final = ("compat", "mixins")


class Docstrings(griffe.Extension):
    """Rewrites the docstrings and the defaults of a package once it is loaded."""

    def on_package(self, *, pkg: griffe.Module, **_others: object) -> None:
        """Rewrite what the package and all that it holds say of themselves."""
        self._package = pkg.path
        self._names = frozenset(_names_of(pkg))
        self._errors = frozenset(name for name in self._names if _is_error(pkg.members[name]))
        for name in _COMPOSED:
            _compose_classes(_module(pkg, name), pkg)
        paths = {path for name in ("", *_PUBLIC) for path in _exported(_module(pkg, name) if name else pkg)}
        for path in sorted(paths):
            _take_in_private_bases(pkg[path.removeprefix(f"{pkg.path}.")], paths)
        self._rewrite(pkg, pkg)

    def _rewrite(self, thing: griffe.Object, package: griffe.Module) -> None:
        if thing.docstring is not None:
            thing.docstring.value = self._linked(_in_sections(thing.docstring.value, thing), thing.name)
        if isinstance(thing, griffe.Attribute):
            thing.value = _shown(thing.value, package)
        if isinstance(thing, griffe.Function):
            for parameter in thing.parameters:
                parameter.default = _shown(parameter.default, package)
        if isinstance(thing, griffe.Class):
            _show_overloads(thing)
        for member in thing.members.values():
            if isinstance(member, griffe.Object):
                self._rewrite(member, package)

    def _linked(self, text: str, own: str) -> str:
        def quoted(found: re.Match[str]) -> str:
            name, rest = found.groups()
            if name not in self._names or name == own:
                return found[0]
            return f"[`{name}{rest}`][{self._package}.{name}]"

        def bare(found: re.Match[str]) -> str:
            name = found[1]
            return f"[{name}][{self._package}.{name}]" if name in self._errors and name != own else name

        return _BARE.sub(bare, _QUOTED.sub(quoted, text))


def _names_of(module: griffe.Module) -> list[str]:
    """Return the names that a module exports."""
    names = [str(name).strip("'\"") for name in module.exports or ()]
    return [name for name in names if name in module.members]


def _exported(module: griffe.Module) -> list[str]:
    """Return where the names that a module exports are defined."""
    members = [module.members[name] for name in _names_of(module)]
    return [each.target_path if isinstance(each, griffe.Alias) else each.path for each in members]


def _show_overloads(thing: griffe.Class) -> None:
    """Give a contract the methods of which it has nothing but overloads; griffe takes them for the parts of one."""
    for name, overloads in thing.overloads.items():
        if name not in thing.members:
            shown = copy.copy(overloads[0])
            shown.overloads = overloads
            thing.set_member(name, shown)


def _take_in_private_bases(thing: griffe.Object | griffe.Alias, public: set[str]) -> None:
    """Give a public class what it inherits from classes that are not, because the reference shows no others."""
    if not isinstance(thing, griffe.Class):
        return
    for base in thing.mro():
        if base.path in public:
            continue
        for member in base.members.values():
            if isinstance(member, griffe.Object) and member.is_public and member.name not in thing.members:
                thing.set_member(member.name, copy.copy(member))


def _module(package: griffe.Module, name: str) -> griffe.Module:
    """Return a module of a package."""
    module = package.members[name]
    assert isinstance(module, griffe.Module)
    return module


def _compose_classes(module: griffe.Module, package: griffe.Module) -> None:
    """Put the classes in a module's place that its calls of ``compose`` make (_compat/compose.py)."""
    for name, member in tuple(module.members.items()):
        call = member.value if isinstance(member, griffe.Attribute) else None
        if not isinstance(call, griffe.ExprCall) or str(call.function) != "_compose":
            continue
        named = {each.name: each.value for each in call.arguments if isinstance(each, griffe.ExprKeyword)}
        bases = [each for each in call.arguments[1:] if not isinstance(each, griffe.ExprKeyword)]
        made = griffe.Class(name, bases=bases, lineno=member.lineno, endlineno=member.endlineno)
        if "doc" in named:
            made.docstring = griffe.Docstring(ast.literal_eval(str(named["doc"])), parent=made)
        if "body" in named:
            body = package[_path_of(named["body"]).removeprefix(f"{package.path}.")]
            if body.docstring is not None:
                docstring = copy.copy(body.docstring)
                docstring.parent = made
                made.docstring = docstring
            for part in body.members.values():
                made.set_member(part.name, part)
        module.set_member(name, made)


def _path_of(expression: str | griffe.Expr) -> str:
    assert isinstance(expression, griffe.Expr)
    return expression.canonical_path


def _is_error(member: griffe.Object | griffe.Alias) -> bool:
    return isinstance(member, griffe.Alias) and member.target_path.startswith("typedserver.errors.")


def _shown(value: str | griffe.Expr | None, package: griffe.Module) -> str | griffe.Expr | None:
    """Return a default as a reader wants it: the value of a constant of this package, and not its name."""
    if not isinstance(value, griffe.ExprName) or not value.canonical_path.startswith(f"{package.path}."):
        return value
    try:
        constant = package[value.canonical_path.removeprefix(f"{package.path}.")]
        literal = ast.literal_eval(str(constant.value)) if isinstance(constant, griffe.Attribute) else None
    except (KeyError, ValueError, SyntaxError):
        return value
    return value if literal is None else repr(literal)


def _in_sections(text: str, thing: griffe.Object) -> str:
    """Return a docstring whose parameters stand in a section, as griffe reads it."""
    title, names = _fields_of(thing)
    paragraphs = re.split(r"\n\s*\n", text)
    rewritten = [_section(title, each, names) or each for each in paragraphs]
    return "\n\n".join(rewritten)


def _fields_of(thing: griffe.Object) -> tuple[str, frozenset[str]]:
    """Return what the names that a docstring explains are, and these names."""
    if isinstance(thing, griffe.Function):
        return "Args", frozenset(parameter.name.lstrip("*") for parameter in thing.parameters)
    if not isinstance(thing, griffe.Class):
        return "", frozenset()
    made = thing.members.get("__init__")
    if isinstance(made, griffe.Function):
        return "Args", frozenset(parameter.name.lstrip("*") for parameter in made.parameters)
    is_dataclass = any("dataclass" in str(decorator.value) for decorator in thing.decorators)
    return "Args" if is_dataclass else "Attributes", frozenset(thing.members)


def _section(title: str, paragraph: str, names: frozenset[str]) -> str | None:
    """Return a paragraph of fields as a section, or None if it is none."""
    lines = paragraph.splitlines()
    first = _FIELD.match(lines[0])
    if first is None or not names.issuperset(first[1].split(", ")):
        return None
    entries: list[str] = []
    for line in lines:
        found = _FIELD.match(line)
        told = found[1].split(", ") if found is not None else []
        if found is None or not names.issuperset(told):
            entries[-1] += f"\n        {line}"
            continue
        # griffe takes one name for each entry: what is said of several stands at the last, and the others name that.
        *others, last = told
        entries += [f"    {other}: see {last}." for other in others]
        together = f"(with {', '.join(others)}) " if others else ""
        entries.append(f"    {last}: {together}{line[found.end() :]}")
    return "\n".join([f"{title}:", *entries])
