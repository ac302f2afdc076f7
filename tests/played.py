"""Plays pages of the documentation: saves their files, runs their commands, compares what these print.

A page says "save this as `name`" before a block that is a file. A block of ``console`` has commands behind ``$`` and
what they print. If it begins with a comment, as ``# Anna's terminal``, its command goes on in that terminal, and later
blocks with the same comment go on there: behind ``>`` is what is typed, and ``^C`` is Ctrl-C, after which the command
ends well. Ports are others than the page's, so that pages are played at the same time.
"""

import contextlib
import os
import queue
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.running import PATIENCE

# As long as those of the pages, so that columns stay, and below those that the kernel gives to clients.
_PORTS: Final = range(2_000, 10_000)

# A port as pages spell it; and what differs from one run to the next.
_PORT: Final = re.compile(r"(?<=:)\d{4,5}\b|(?<=port=)\d{4,5}\b|(?<=127\.0\.0\.1 )\d{4,5}\b|(?<=Port: )\d{4,5}\b")
_SECONDS: Final = re.compile(r"\bin \d+\.\d+s\b")

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SAVED: Final = re.compile(r"[Ss]ave this as `([^`]+)`")


class Part(NamedTuple):
    """A block of a page: its language, its text, and the name that it is to be saved as."""

    language: str
    text: str
    name: str | None


def modules_of(pages: Sequence[str]) -> set[str]:
    """Return the names of the modules that pages have their readers save."""
    names = [part.name for page in pages for part in parts_of(page) if part.name is not None]
    return {name.removesuffix(".py") for name in names if name.endswith(".py")}


def parts_of(page: str) -> list[Part]:
    """Return the blocks of a page."""
    parts: list[Part] = []
    end = 0
    for found in _FENCE.finditer(page):
        # The sentences that stand between this block and the one before.
        name = _SAVED.findall(re.sub(r"\s+", " ", page[end : found.start()]))
        parts.append(Part(found[1], found[2], name[-1] if name else None))
        end = found.end()
    return parts


class Terminal:
    """A command that goes on, and what it has printed."""

    def __init__(self, command: str, folder: Path, environment: dict[str, str]) -> None:
        self.command = command
        self._process = subprocess.Popen(
            shlex.split(command),
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            # A hot restart leaves a process behind that is ended with the first.
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def line(self) -> str | None:
        """Return the next line that it prints; None at its end."""
        return self._lines.get(timeout=PATIENCE)

    def interrupt(self) -> int:
        """Press Ctrl-C; returns the exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE)

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reading.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


class Player:
    """Plays pages one after the other, in one folder."""

    def __init__(self, folder: Path, *, without: Sequence[str] = ()) -> None:
        """Begin in a folder; a block with one of the words of ``without`` in it is left out."""
        self.folder = folder
        self._without = without
        self._ports: dict[str, str] = {}
        self._terminals: dict[str, Terminal] = {}
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "LISTEN_"))
        }
        self._environment |= {"HOME": str(folder), "PYTHONUNBUFFERED": "1"}
        self._first_on_path(Path(sys.executable).parent)

    def _first_on_path(self, programs: Path) -> None:
        self._environment["PATH"] = f"{programs}:{self._environment['PATH']}"

    def play(self, page: str) -> None:
        """Play a page from its beginning to its end."""
        for language, text, name in parts_of(page):
            if any(word in text for word in self._without):
                continue
            if name is not None:
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self.real(text))
            elif language == "console":
                label, _, rest = text.partition("\n")
                if label.startswith("# "):
                    self._converse(label, rest)
                else:
                    self._run(text)

    def real(self, text: str) -> str:
        """Return a text of the page with the ports that are really used."""

        def other(found: re.Match[str]) -> str:
            return self._ports.setdefault(found[0], str(free_port()))

        return _PORT.sub(other, text)

    def shown(self, text: str) -> str:
        """Return what was printed as the page shows it."""
        for page, port in self._ports.items():
            text = text.replace(port, page)
        return _SECONDS.sub("in 0.05s", text)

    def _run(self, block: str) -> None:
        """Run commands that end by themselves."""
        for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            word, *arguments = shlex.split(command)
            if word == "cd":
                self.folder /= arguments[0]
            elif word == ".":
                self._first_on_path((self.folder / arguments[0]).parent)
            else:
                ended = subprocess.run(
                    ["sh", "-c", self.real(command)],
                    cwd=self.folder,
                    env=self._environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                shown = self.shown(ended.stdout)
                assert shown == printed, f"{command}\n{shown}"

    def _converse(self, label: str, block: str) -> None:
        for line in block.splitlines():
            if line.startswith("$ "):
                self._end(label)
                self._terminals[label] = Terminal(self.real(line[2:]), self.folder, self._environment)
            elif line.startswith("> "):
                self._terminals[label].type(line[2:])
            elif line == "^C":
                assert self._terminals[label].interrupt() == 0, label
            else:
                found = self._terminals[label].line()
                shown = None if found is None else self.shown(found)
                assert shown == line, f"{label}: {shown!r} in place of {line!r}"

    def _end(self, label: str) -> None:
        terminal = self._terminals.pop(label, None)
        if terminal is not None:
            terminal.end()

    def close(self) -> None:
        """End what still runs."""
        for label in tuple(self._terminals):
            self._end(label)


def free_port() -> int:
    """Return a port of four digits that nobody has."""
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


@contextmanager
def playing(folder: Path, *, without: Sequence[str] = ()) -> Generator[Player]:
    """Play pages while the block runs."""
    player = Player(folder, without=without)
    try:
        yield player
    finally:
        player.close()
