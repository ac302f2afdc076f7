"""The command line as its user runs it: a process, its lines, its exit status."""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import Any

from tests.running import PATIENCE
from typedserver.cli import main

HANDLERS = """
from typedserver import *
import socketserver

@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())

@stream_handler
async def who(stream: Stream) -> None:
    await stream.write(f"{stream.client_address}\\n".encode())

@datagram_handler
def upper_datagram(data: bytes) -> bytes:
    return data.upper()

def plain(request, client_address, server):
    request.sendall(request.recv(100).upper())

class OldStyle(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline().upper())

server = Server(TCP(port=0), upper, Threads())
prefork = Prefork(Server(TCP(port=0), upper), 2)

def make():
    return Server(TCP(port=0), upper, Threads())

def make_handler():
    return upper
"""


def command(*arguments: str) -> list[str]:
    """Return what runs the program."""
    return [sys.executable, "-m", "typedserver", *arguments]


def ran(folder: Path, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run the program to its end, in a folder."""
    return subprocess.run(
        command(*arguments), cwd=folder, capture_output=True, text=True, check=False, timeout=3 * PATIENCE, **options
    )


def refusal(folder: Path, *arguments: str) -> str:
    """Run the program, which must refuse, in this process, because that is faster; returns what it says last."""
    said = io.StringIO()
    path, directory = [*sys.path], os.getcwd()
    os.chdir(folder)
    try:
        with redirect_stderr(said):
            try:
                status: object = main(arguments)
            except SystemExit as ended:
                status = ended.code
    finally:
        os.chdir(directory)
        sys.path[:] = path
        sys.modules.pop("app", None)
    assert status == 2, said.getvalue()
    return said.getvalue().splitlines()[-1]


def refusal_apart(folder: Path, *arguments: str) -> str:
    """Do the same in a process of its own."""
    ended = ran(folder, *arguments)
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr.splitlines()[-1]


class Program:
    """A program that serves."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def line(self) -> str:
        """Read a line of its output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            raise AssertionError(f"it has ended: {self.process.stderr.read()}")
        return line.rstrip("\n")

    def port(self) -> int:
        """Read the line about a port."""
        found = re.search(r"listening on (?:tcp|udp) \S+:(\d+) ", self.line())
        assert found
        return int(found[1])

    def end(self, number: signal.Signals = signal.SIGTERM, status: int = 0) -> str:
        """End it by a signal; returns all that it has written to stderr."""
        self.process.send_signal(number)
        assert self.process.wait(PATIENCE) == status
        assert self.process.stderr is not None
        return self.process.stderr.read()


@contextmanager
def program(
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    **options: Any,
) -> Generator[Program, None, None]:
    """Run the program in a folder while the block does."""
    process = subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=pass_fds,
        start_new_session=True,
        **options,
    )
    with process:
        try:
            served = Program(process)
            yield served
            if process.poll() is None:
                served.end()
        finally:
            # Also what it has started, and what has taken its place.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
