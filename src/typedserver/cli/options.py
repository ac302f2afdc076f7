"""How an option is declared: what it is called, which values it takes, and what it is for. It knows no option.

An option is a field of a frozen dataclass. ``option``, ``options``, ``flag`` and ``argument`` declare one in the place
of the field's default; ``declared`` lists them. The field's name is the option's, with hyphens in the place of
underscores, and so is the key of the config file.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from typedserver.recipes import shown

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_KEY: Final = "typedserver.cli"


@dataclass(frozen=True, slots=True)
class Kind(Generic[T_co]):
    """A kind of value.

    metavar: what stands for the value in the help.
    parse: makes it of text; raises ValueError, whose text names the value and says what it must be.
    schema: what it is in the config file, as JSON Schema has it.
    takes: the types of TOML's values that are read as if they were text.
    choices: the only texts there are; () if there are others.
    """

    metavar: str
    parse: Callable[[str], T_co]
    schema: Mapping[str, object]
    takes: tuple[type, ...] = (str,)
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Options that belong together; ``of_handler``: they only make sense if a plain handler is served."""

    title: str
    of_handler: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command.

    name: without hyphens in front.
    kind: of its value; None: it is a flag, which has none.
    default: the field's value if nobody gives one.
    says: what it is for, in a line.
    unset: what holds if it is left out, in the user's words; "" if the default says so.
    """

    name: str
    section: Section
    kind: Kind[object] | None
    default: object
    says: str
    unset: str = ""
    is_repeated: bool = False
    is_positional: bool = False

    @property
    def field(self) -> str:
        """The name of its field."""
        return self.name.replace("-", "_")

    @property
    def flag(self) -> str:
        """It as one writes it on the command line."""
        return self.name if self.is_positional else f"--{self.name}"

    @property
    def without(self) -> str:
        """What holds if it is left out."""
        if self.unset or self.default is None or self.default == () or isinstance(self.default, bool):
            return self.unset
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)


def option(kind: Kind[T], default: T, section: Section, says: str, *, unset: str = "") -> T:
    """Declare an option with a value; its default may be None, whatever the kind."""
    return _declare(default, _Declaration(section, kind, says, unset))


def options(kind: Kind[T], section: Section, says: str, *, unset: str = "") -> tuple[T, ...]:
    """Declare an option that may be given several times."""
    none: tuple[T, ...] = ()
    return _declare(none, _Declaration(section, kind, says, unset, is_repeated=True))


def flag(section: Section, says: str) -> bool:
    """Declare an option without a value, which is off unless it is given."""
    off: bool = False
    return _declare(off, _Declaration(section, None, says, ""))


def argument(kind: Kind[T], section: Section, says: str) -> T | None:
    """Declare what stands on the command line without an option's name in front."""
    return _declare(None, _Declaration(section, kind, says, "", is_positional=True))


@dataclass(frozen=True, slots=True)
class _Declaration:
    """What a field's metadata keep of an option; its name and its default are the field's."""

    section: Section
    kind: Kind[Any] | None
    says: str
    unset: str
    is_repeated: bool = False
    is_positional: bool = False


def _declare(default: T, declaration: _Declaration) -> T:
    # dataclass finds a field in the place of the default; for type checkers it is the value itself.
    return field(default=default, metadata={_KEY: declaration})


class _DataClass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


def declared(settings: type[_DataClass]) -> Iterator[Option]:
    """Yield the options that a dataclass declares, in their order."""
    for each in fields(settings):
        declaration: _Declaration | None = each.metadata.get(_KEY)
        if declaration is not None:
            yield Option(
                each.name.replace("_", "-"),
                declaration.section,
                declaration.kind,
                each.default,
                declaration.says,
                declaration.unset,
                declaration.is_repeated,
                declaration.is_positional,
            )


def read(kind: Kind[object], value: object) -> object:
    """Make a value of one that a config file has; raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, kind.takes):
        raise ValueError(f"{shown(value)} is not {_named(kind)}")  # noqa: TRY004 - for the caller it is a bad value
    text = str(value)
    if kind.choices and text not in kind.choices:
        raise ValueError(f"{text!r} is none of {', '.join(kind.choices)}")
    return kind.parse(text)


def _named(kind: Kind[object]) -> str:
    return f"text ({kind.metavar})" if kind.takes == (str,) else f"a number ({kind.metavar})"
