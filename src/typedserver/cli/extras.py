"""Packages that only an extra installs, and what is called of them. Each is imported when a command needs it."""

import importlib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

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
