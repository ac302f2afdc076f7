"""``python -m typedserver MODULE:ATTRIBUTE``: runs a server that a module holds, and says how to talk to it.

It knows servers by their contract alone, and the terminal. Exit status: 0 after a stop that was asked for, 2 for what
the caller can mend (no such server, an address in use), 1 for a server that failed, 130 where a second signal cut it.
"""

import argparse
import contextlib
import importlib
import logging
import os
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Final, Protocol, TextIO, cast, runtime_checkable

from typedserver.errors import CompositionError, CrashLoop, ListenError, RecipeError, TypedServerError
from typedserver.protocols import AnyServer
from typedserver.sockets import unix_address

DONE: Final = 0
FAILED: Final = 1
MISTAKEN: Final = 2
CUT: Final = 130
"""As a shell tells a program that Ctrl-C has ended (128 + SIGINT)."""

# Seconds of silent waiting before it is said what is waited for.
_PATIENCE: Final = 0.5


class UsageError(TypedServerError):
    """The command line named no server."""


@runtime_checkable
class _Openable(Protocol):
    def open(self) -> object: ...


@runtime_checkable
class _Stoppable(Protocol):
    def request_stop(self) -> None: ...


@runtime_checkable
class _ManyServers(Protocol):
    @property
    def servers(self) -> Iterable[AnyServer]: ...


@runtime_checkable
class _ServerInside(Protocol):
    @property
    def server(self) -> AnyServer: ...


@runtime_checkable
class _HasWorkers(Protocol):
    @property
    def pids(self) -> Iterable[int]: ...


@runtime_checkable
class _HasDescriptor(Protocol):
    def fileno(self) -> int: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(message)s")
    try:
        return _run(load(cast("str", options.app)))
    except (UsageError, ListenError, CompositionError, RecipeError) as error:
        _say(f"typedserver: {error}", sys.stderr)
        return MISTAKEN
    except CrashLoop as error:
        _say(f"typedserver: {error}", sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m typedserver", description="Run a server until Ctrl-C.")
    parser.add_argument("app", metavar="MODULE:ATTRIBUTE", help="where the server is, as examples.upper:server")
    parser.add_argument("--log-level", default="WARNING", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    return parser


def load(app: str) -> AnyServer:
    """Import ``module:attribute``, from the working directory too; raises UsageError where no server is there."""
    module_name, colon, attribute = app.partition(":")
    if not (module_name and colon and attribute):
        raise UsageError(f"{app!r} names no server: give module:attribute, as examples.upper:server")
    if os.getcwd() not in sys.path:  # noqa: PTH109 - sys.path holds strings
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise
        raise UsageError(f"there is no module {error.name!r} here or installed: is {app!r} spelled right?") from error
    if not hasattr(module, attribute):
        raise UsageError(f"module {module_name!r} has no {attribute!r}: is {app!r} spelled right?")
    found = cast("object", getattr(module, attribute))
    if not all(callable(getattr(found, name, None)) for name in ("serve_forever", "shutdown", "server_close")):
        raise UsageError(f"{app!r} is no server, but {found!r}: name the Server, not what it is made of")
    return cast("AnyServer", found)


def _run(server: AnyServer) -> int:
    # Told a moment after the stop was asked for, and only if there is something to wait for.
    patience = threading.Timer(_PATIENCE, _say, ("waiting for requests to end; Ctrl-C cuts them",))
    patience.daemon = True
    # Before the addresses are told: who reads them may send a signal at once.
    with _stopped_by_signals(server, patience.start):
        try:
            if isinstance(server, _Openable):
                server.open()
            for line in _invitations(server):
                _say(line)
            _say("Ctrl-C ends it.")
            server.serve_forever()
        finally:
            try:
                server.server_close()
            finally:
                patience.cancel()
    return DONE


@contextlib.contextmanager
def _stopped_by_signals(server: AnyServer, asked: Callable[[], object]) -> Generator[None, None, None]:
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        if stopping:
            # What is open is closed by the kernel; the listener, with its file, has been closed before the wait.
            for pid in _workers(server):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os._exit(CUT)
        stopping = True
        asked()
        if isinstance(server, _Stoppable):
            server.request_stop()
        else:
            # A foreign shutdown waits for the loop that this very thread runs.
            threading.Thread(target=server.shutdown, daemon=True).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _workers(server: AnyServer) -> Iterator[int]:
    """Tell the processes that would outlive this one for as long as they have requests."""
    if isinstance(server, _HasWorkers):
        yield from server.pids
    elif isinstance(server, _ManyServers):
        for member in server.servers:
            yield from _workers(member)


def _say(line: str, file: TextIO | None = None) -> None:
    print(line, file=file or sys.stdout, flush=True)


def _invitations(server: AnyServer) -> Iterator[str]:
    """Tell each address, with the line to paste into a terminal to talk to it."""
    if isinstance(server, _ManyServers):
        for member in server.servers:
            yield from _invitations(member)
    elif isinstance(server, _ServerInside):
        yield from _invitations(server.server)
    elif isinstance(server, _HasDescriptor):
        with socket.socket(fileno=os.dup(server.fileno())) as listening:
            yield _invitation(listening)


def _invitation(listening: socket.socket) -> str:
    address = listening.getsockname()
    datagrams = listening.type == socket.SOCK_DGRAM
    if listening.family == getattr(socket, "AF_UNIX", None):
        path = unix_address(address)
        if path.startswith("\0"):
            kind = "ABSTRACT-SENDTO" if datagrams else "ABSTRACT-CONNECT"
            return f"listening on @{path[1:]:<24} try: socat - {kind}:{shlex.quote(path[1:])}"
        return f"listening on {path:<25} try: nc {'-uU' if datagrams else '-U'} {shlex.quote(path)}"
    host, port = address[:2]
    # All interfaces are no address to talk to: the loopback one is.
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    kind = "udp" if datagrams else "tcp"
    place = f"{kind} [{host}]:{port}" if ":" in host else f"{kind} {host}:{port}"
    return f"listening on {place:<25} try: nc {'-u ' if datagrams else ''}{target} {port}"
