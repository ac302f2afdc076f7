"""``--reload``: serve in a child process, and start that anew when a file changes. For development.

It knows a command and folders, and no server. The child has a process group of its own, so that what a terminal sends
reaches this process alone, which passes it on once.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from typedserver.cli.extras import watchfiles
from typedserver.process.signals import stays_ignored
from typedserver.service.terminal import show

# Milliseconds in which further changes count as one: an editor writes several files at once.
_DEBOUNCE: Final = 300

# Milliseconds between two looks whether a signal has come.
_LOOK: Final = 200

# Seconds that the child has to end what it has in hand, and then to end what was cut.
_PATIENCE: Final = 2.0
_LAST_PATIENCE: Final = 5.0

# What a shell adds to the number of the signal that has ended a program.
_KILLED: Final = 128

# What this process is sent on behalf of the one that serves.
_PASSED_ON: Final = tuple(each for each in signal.Signals if each.name in ("SIGINT", "SIGTERM", "SIGHUP"))


def serve_reloading(arguments: Sequence[str], folders: Sequence[Path], config: Path | None) -> int:
    """Run the program with these arguments until a signal ends it; returns the exit status of the last child.

    folders: whose files of Python are watched, all below them included; none: the working directory's.
    config: another file that is watched. Raises UsageError if watchfiles is not installed.
    """
    package = watchfiles()
    watched = [*(folders or [Path()]), *([config] if config is not None else [])]
    # The one that watches must not be started by the one that serves.
    child = _Child([sys.executable, "-m", "typedserver", "serve", *arguments, "--no-reload"])
    ending = threading.Event()

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if number in (signal.SIGINT, signal.SIGTERM):
            ending.set()
            # Always obeyed, and means the same.
            child.send(signal.SIGTERM)
        else:
            child.send(number)

    former = {number: signal.signal(number, pass_on) for number in _PASSED_ON if not stays_ignored(number)}
    try:
        child.start()
        changes = package.watch(
            *watched,
            watch_filter=package.PythonFilter(extra_extensions=(".toml",)),
            debounce=_DEBOUNCE,
            stop_event=ending,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        for changed in changes:
            if changed and not ending.is_set():
                show(f"{_named(changed)} changed: starting anew", sys.stdout)
                child.end()
                child.start()
                if ending.is_set():
                    # The signal has come while there was no child, or went to the one before.
                    child.send(signal.SIGTERM)
            else:
                child.mourn()
        return child.wait()
    finally:
        for number, meaning in former.items():
            signal.signal(number, meaning)


def _named(changed: set[tuple[int, str]]) -> str:
    first, *more = sorted(os.path.relpath(path) for _, path in changed)
    return f"{first} and {len(more)} more have" if more else f"{first} has"


class _Child:
    """The process that serves, one after the other."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._is_mourned = False

    def start(self) -> None:
        self._is_mourned = False
        # Not closed: sockets that were passed to this program are the child's.
        self._process = subprocess.Popen(self._command, process_group=0, close_fds=False)  # noqa: S603 - it is this program

    def send(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def mourn(self) -> None:
        """Say that it has ended by itself, once: a module that cannot be imported is mended, and then it goes on."""
        if self._process is not None and self._process.poll() is not None and not self._is_mourned:
            self._is_mourned = True
            show(f"it has ended with status {self._process.returncode}; waiting for a change", sys.stdout)

    def end(self) -> None:
        process = self._process
        if process is None:
            return
        for step, patience in ((signal.SIGTERM, _PATIENCE), (signal.SIGTERM, _LAST_PATIENCE), (signal.SIGKILL, None)):
            process.send_signal(step)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            return

    def wait(self) -> int:
        """Wait for its end; returns the exit status as a shell has it."""
        status = 0 if self._process is None else self._process.wait()
        return status if status >= 0 else _KILLED - status
