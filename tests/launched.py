"""Programs that serve, started by a launcher that has changed what surrounds them: signals, descriptors, streams."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from tests.running import PATIENCE, connect

# A server behind the Unix socket "s" of its folder. What a client says is answered in capitals, or obeyed.
APP = """
import asyncio, atexit, logging, os, resource, signal, sys, threading, time, _thread
from typedserver import *

held = []

def exhaust_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass

def refuse_thread(*_args, **_kwargs):
    raise RuntimeError("can't start new thread")

def exhaust_threads():
    _thread.start_new_thread = threading._start_new_thread = refuse_thread
    if hasattr(threading, "_start_joinable_thread"):
        threading._start_joinable_thread = refuse_thread

@stream_handler
async def obey(stream):
    async for line in stream:
        match line.strip():
            case b"exhaust descriptors":
                exhaust_descriptors()
            case b"exhaust threads":
                exhaust_threads()
            case b"take a while":
                # Needs no descriptor.
                os.makedirs("begun", exist_ok=True)
                await sleep(0.8)
            case b"pid":
                line = b"%d\\n" % os.getpid()
        await stream.write(line.upper())

def served(strategy, endpoint=UnixStream("s")):
    return Server(endpoint, obey, strategy)

"""

# How a program of one's own runs a server.
RUN = "import sys; import app; sys.exit(app.server.run())"

LAUNCHER = "import os, resource, signal, sys\n{setup}\nos.execv(sys.executable, [sys.executable, *sys.argv[1:]])"


def is_served(path: Path) -> bool:
    """Whether somebody answers at a path."""
    try:
        return said(path, b"are you there") == b"ARE YOU THERE"
    except OSError:
        return False


def said(path: Path, line: bytes) -> bytes:
    """Say a line over a connection of its own; returns the answer."""
    with connect(str(path)) as client:
        return say(client, line)


def say(client: socket.socket, line: bytes) -> bytes:
    """Say a line, and return the line that is answered."""
    client.sendall(line + b"\n")
    answer = b""
    while not answer.endswith(b"\n"):
        part = client.recv(1000)
        if not part:
            break
        answer += part
    return answer.rstrip()


def wait_until_served(path: Path, process: "subprocess.Popen[Any]") -> None:
    """Wait until the program answers."""
    deadline = time.monotonic() + PATIENCE
    while not is_served(path):
        assert process.poll() is None, f"it has ended with {process.returncode}"
        assert time.monotonic() < deadline, "it does not answer"
        time.sleep(0.01)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.01)


@contextmanager
def taking_a_while(folder: Path) -> Generator[socket.socket, None, None]:
    """Have a request in hand that takes 0.8 seconds, from when its handler has begun."""
    with connect(str(folder / "s")) as client:
        client.sendall(b"take a while\n")
        wait_for((folder / "begun").exists)
        yield client
        answer = client.recv(100)
        assert answer == b"TAKE A WHILE\n", answer


@contextmanager
def launched(
    folder: Path,
    server: str,
    *,
    setup: str = "",
    run: str = "cli",
    path: str = "s",
    environment: Mapping[str, str] | None = None,
    stdout: int | IO[Any] | None = subprocess.DEVNULL,
    stderr: int | IO[Any] | None = None,
) -> "Generator[subprocess.Popen[str], None, None]":
    """Run a program that serves, in a session of its own, from when it answers at ``path`` to the block's end.

    server: the source of the module after APP. setup: what the launcher does first, in Python.
    run: "cli" for the command line, otherwise the source of the program.
    """
    (folder / "app.py").write_text(f"{APP}\n{server}\n")
    program = ["-m", "typedserver", "app:server"] if run == "cli" else ["-c", run]
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER.format(setup=setup), *program],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=stdout,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until_served(folder / path, process)
        yield process
    finally:
        # Also what it has started, and what has taken its place.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        (folder / path).unlink(missing_ok=True)
