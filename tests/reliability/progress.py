"""How far a long run has come: a bar with the time left on a terminal, a line now and then elsewhere."""

import shutil
import sys
import threading
import time
from typing import Final, TextIO

# Seconds between two lines if the output is no terminal: a log should show that the run goes on, in few lines.
_LINE_EVERY: Final = 20.0

_BAR: Final = 24

# From this part on we can estimate the time left from the work done.
_TELLING: Final = 0.01


class Progress:
    """Counts the work done, of a total, in estimated seconds; may be called from any thread."""

    def __init__(self, total: float, file: TextIO | None = None) -> None:
        self._total = max(total, 1e-9)
        self._done = 0.0
        self._begun = time.monotonic()
        self._reported = 0.0
        self._file = file or sys.stderr
        self._lock = threading.Lock()
        self._bar = self._file.isatty()

    def add(self, work: float, what: str) -> None:
        """Record work that is done."""
        with self._lock:
            self._done = min(self._total, self._done + work)
            now = time.monotonic()
            if self._bar:
                self._write(f"\r{self._line(what)[: shutil.get_terminal_size().columns - 1]}\x1b[K")
            elif now - self._reported > _LINE_EVERY:
                self._reported = now
                self._write(f"{self._line(what)}\n")

    def say(self, line: str) -> None:
        """Write a line above the bar."""
        with self._lock:
            self._write(f"\r\x1b[K{line}\n" if self._bar else f"{line}\n")

    def end(self) -> None:
        """Leave the line of the bar."""
        with self._lock:
            self._write("\r\x1b[K" if self._bar else "")

    def _line(self, what: str) -> str:
        part = self._done / self._total
        gone = time.monotonic() - self._begun
        left = gone / part - gone if part > _TELLING else 0.0
        filled = round(part * _BAR)
        bar = f"[{'#' * filled}{'.' * (_BAR - filled)}] " if self._bar else ""
        time_left = f"{int(left // 60)}:{int(left % 60):02} left" if left else "begun"
        return f"{bar}{part:4.0%}  {time_left}  {what}"

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
