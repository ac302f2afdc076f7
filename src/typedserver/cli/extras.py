"""Packages that only an extra installs, and what is called of them. Each is imported when a command needs it."""

import importlib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace, TracebackType
from typing import Protocol, Self, cast

from typedserver.cli.mistakes import UsageError


class StopEvent(Protocol):
    """What ends a watch."""

    def is_set(self) -> bool:
        """Whether it shall end."""
        ...


class Watchfiles(Protocol):
    """The package watchfiles."""

    def PythonFilter(self, *, extra_extensions: tuple[str, ...]) -> object:  # noqa: N802 - the package's name for it
        """Make a filter that lets files of Python pass, and those with these ends."""
        ...

    def watch(
        self,
        *paths: Path,
        watch_filter: object,
        debounce: int,
        stop_event: StopEvent,
        rust_timeout: int,
        yield_on_timeout: bool,
        raise_interrupt: bool,
    ) -> Iterator[set[tuple[int, str]]]:
        """Yield what has changed, until the event is set."""
        ...


class Shtab(Protocol):
    """The package shtab."""

    # What shells offer for an option that takes a file, or a folder.
    FILE: object
    DIRECTORY: object

    def complete(self, parser: ArgumentParser, shell: str) -> str:
        """Return the completions of a parser for a shell."""
        ...


class RichTable(Protocol):
    """A table of the package rich."""

    def add_column(self, header: str, *, no_wrap: bool) -> None:
        """Add a column."""
        ...

    def add_row(self, *cells: object) -> None:
        """Add a row."""
        ...


class RichTables(Protocol):
    """What makes such tables."""

    def __call__(self, *, box: None, pad_edge: bool, header_style: str) -> RichTable:
        """Make a table with names above its columns."""
        ...

    def grid(self, *, padding: tuple[int, int]) -> RichTable:
        """Make a table without."""
        ...


class _RichSize(Protocol):
    height: int


class RichConsole(Protocol):
    """A terminal, as rich knows it."""

    @property
    def size(self) -> _RichSize:
        """How large it is just now."""
        ...


class RichLive(Protocol):
    """What is shown in a terminal, and changes."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

    def update(self, renderable: object, *, refresh: bool) -> None:
        """Show something else."""
        ...


class Rich(Protocol):
    """What is used of the package rich; the names are its classes'."""

    def Console(self) -> RichConsole:  # noqa: N802 - the package's name for it
        """Return the terminal of stdout."""
        ...

    def Live(self, *, console: RichConsole, screen: bool, auto_refresh: bool) -> RichLive:  # noqa: N802 - as above
        """Make what is shown."""
        ...

    @property
    def Table(self) -> RichTables:  # noqa: N802 - as above
        """What makes tables."""
        ...

    def Text(self, text: str, *, style: str = "", no_wrap: bool = False, overflow: str = "fold") -> object:  # noqa: N802 - as above
        """Make text that is shown as it is, whatever stands in it."""
        ...

    def Group(self, *renderables: object) -> object:  # noqa: N802 - as above
        """Put things below one another."""
        ...


def rich(command: str) -> Rich:
    """Return the classes of rich; raises UsageError, which names the extra, if it is not installed."""
    _package("rich", "top", command)
    places = {"Console": "console", "Group": "console", "Live": "live", "Table": "table", "Text": "text"}
    found = {name: vars(importlib.import_module(f"rich.{module}"))[name] for name, module in places.items()}
    return cast("Rich", SimpleNamespace(**found))


def watchfiles() -> Watchfiles:
    """Return the package; raises UsageError, which names the extra, if it is not installed."""
    return cast("Watchfiles", _package("watchfiles", "reload", "--reload"))


def shtab() -> Shtab:
    """Return the package; raises UsageError, which names the extra, if it is not installed."""
    return cast("Shtab", _package("shtab", "completion", "--print-completion"))


def _package(name: str, extra: str, option: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # Another module's name: the package is there and is itself not complete.
        if error.name != name:
            raise
        raise UsageError(f"{option} needs {name}: pip install 'typedserver[{extra}]'") from error
