"""Programs that a trial talks to: a line of JSON to them, a line of JSON back, and a deadline for each."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Self

ROOT: Final = Path(__file__).parents[2]

# Seconds; longer than anything here takes on a loaded machine, so a program that takes longer hangs.
PATIENCE: Final = 30.0


class StuckError(AssertionError):
    """A program did not answer in time, or has ended; the message has its output and its stacks."""


class Program:
    """A Python module that runs as a process of its own, with pipes to it and from it."""

    def __init__(self, arguments: Sequence[str], *, environment: dict[str, str] | None = None) -> None:
        self._name = " ".join(arguments)
        # A file, because nobody needs to read it while the program writes.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | (environment or {}),
            # Its own process group, so that we can end its children with it.
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def send(self, thing: object) -> None:
        """Write a line: text as it is, all else as JSON."""
        line = thing if isinstance(thing, str) else json.dumps(thing)
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    def hear(self, *, patience: float = PATIENCE, suspects: Iterable[int] = ()) -> Any:
        """Return the next line that it writes; raises StuckError, with the stacks of it and the suspected processes."""
        return json.loads(self.hear_line(patience=patience, suspects=suspects))

    def hear_line(self, *, patience: float = PATIENCE, suspects: Iterable[int] = ()) -> bytes:
        """Return the next line as it is."""
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        deadline = time.monotonic() + patience
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while b"\n" not in self._rest:
            ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            part = os.read(fd, 65536) if ready else b""
            if not part:
                self._ask_where(suspects)
                raise StuckError(
                    f"{self._name} {'has ended' if ready else f'said nothing for {patience:g} s'}; {self.complaints()}"
                )
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _ask_where(self, suspects: Iterable[int]) -> None:
        for pid in suspects:
            with contextlib.suppress(ProcessLookupError):
                # faulthandler prints every thread's stack.
                os.kill(pid, signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)

    def said(self) -> str:
        """Return what it and its children have written to standard error."""
        # Opened anew, because a seek would move the place where they write.
        return Path(f"/proc/self/fd/{self._errors.fileno()}").read_bytes().decode(errors="replace")

    def complaints(self) -> str:
        """Return the end of the standard error."""
        return self.said()[-6000:]

    def end(self, number: signal.Signals, *, patience: float = PATIENCE) -> int:
        """Send it a signal and wait for its end; returns its exit status, raises StuckError if it does not end."""
        self._process.send_signal(number)
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._ask_where([self.pid])
            raise StuckError(f"{self._name} did not end at {number.name}; {self.complaints()}") from None

    def close(self) -> None:
        """End it, and all that it has started."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()
