"""``python -m typedserver MODULE:ATTRIBUTE``: runs the server of a module, and shows how to talk to it.

It knows servers by their contract alone, and the terminal. Exit status: 0 after a requested stop, 3 if the stop had to
cut requests at the deadline, 130 if a second signal cut them, 2 for a mistake that the caller can mend (no such server,
an address in use), 1 for a server that failed.

A signal may come when neither a thread nor a descriptor can be had, and its handler may interrupt whoever holds a lock:
what a stop needs is the loop's or the kernel's, and is there beforehand.
"""

import argparse
import contextlib
import importlib
import logging
import operator
import os
import shlex
import signal
import socket
import sys
import traceback
from collections.abc import Generator, Iterator, Sequence
from typing import Final, NoReturn, cast

from typedserver.access.layers import layers
from typedserver.access.tls import TLS
from typedserver.errors import CompositionError, CrashLoop, ListenError, RecipeError, TypedServerError
from typedserver.group import Group
from typedserver.lifetime.program import Exit
from typedserver.lifetime.serving import Serving
from typedserver.lifetime.tree import is_ours, leaves
from typedserver.prefork.sharing import is_server, serves_messages
from typedserver.process.handled import Handled
from typedserver.process.signals import keep_the_exit_status, stays_ignored, take_no_notice, unblocked
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer, HasDescriptor, ListeningServer
from typedserver.reactor.calls import call_in_loop
from typedserver.recipes import has_methods
from typedserver.service import notify
from typedserver.service.announced import announced
from typedserver.service.hot_restart import DEFAULT_START_DEADLINE, HotRestart
from typedserver.service.taking_over import take_over
from typedserver.service.terminal import show
from typedserver.sockets.lent import socket_of
from typedserver.sockets.listening import unix_address

FAILED: Final = 1
MISTAKEN: Final = 2
CUT: Final = int(Exit.CUT)

# Seconds that a stop may take before the program says that it waits: most stops are over sooner.
_PATIENCE: Final = 0.5

# Seconds that requests have to end after they were cut. Then the program exits without them.
_LAST_PATIENCE: Final = 2.0

# Seconds that the exit without them may take to write what is buffered.
_FLUSH_TIMEOUT: Final = 1.0


class UsageError(TypedServerError):
    """The command line named no server."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(message)s")
    try:
        with _failure_reported():
            return _run(
                load(cast("str", options.app)),
                cast("float | None", options.deadline),
                cast("float", options.start_deadline),
            )
    except (UsageError, ListenError, CompositionError, RecipeError) as error:
        show(f"typedserver: {error}", sys.stderr)
        return MISTAKEN
    except CrashLoop as error:
        show(f"typedserver: {error}", sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m typedserver", description="Run a server until Ctrl-C.")
    # Asked of the package itself, which imports this module when all of it is there.
    version = cast("str", vars(sys.modules["typedserver"])["__version__"])
    parser.add_argument("--version", action="version", version=f"typedserver {version}")
    parser.add_argument("app", metavar="MODULE:ATTRIBUTE", help="where the server is, as examples.upper:server")
    parser.add_argument(
        "--deadline",
        type=_seconds,
        metavar="SECONDS",
        help="how long running requests have when the server is asked to end (default: as the server's Deadlines say)",
    )
    parser.add_argument(
        "--start-deadline",
        type=_seconds,
        default=DEFAULT_START_DEADLINE,
        metavar="SECONDS",
        help="how long a new process has to be ready, when SIGUSR2 asks for a hot restart (default: %(default)g)",
    )
    parser.add_argument("--log-level", default="WARNING", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    return parser


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if (seconds := float(text)) >= 0:
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 on")


def load(app: str) -> AnyServer:
    """Import ``module:attribute``, from the working directory too; raises UsageError if there is no server.

    The attribute may be one of another's, as in ``module:app.server``.
    """
    module_name, colon, attribute = app.partition(":")
    if not (module_name and colon and attribute):
        raise UsageError(f"{app!r} names no server: give module:attribute, as examples.upper:server")
    with contextlib.suppress(OSError):
        # OSError: the working directory was removed; what is installed can be served all the same.
        if (folder := os.getcwd()) not in sys.path:  # noqa: PTH109 - sys.path holds strings
            sys.path.insert(0, folder)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise
        raise UsageError(f"there is no module {error.name!r} here or installed: is {app!r} spelled right?") from error
    try:
        found = cast("object", operator.attrgetter(attribute)(module))
    except AttributeError as error:
        raise UsageError(f"module {module_name!r} has no {attribute!r} ({error}): is {app!r} spelled right?") from error
    if not has_methods(found, "serve_forever", "shutdown", "server_close"):
        remedy = "name the Server, not what it is made of"
        if callable(found):
            remedy = f"call it in the module, as in `server = {attribute}(...)`, and name what it returns"
        raise UsageError(f"{app!r} is no server, but {found!r}: {remedy}")
    return cast("AnyServer", found)


@contextlib.contextmanager
def _failure_reported() -> Generator[None, None, None]:
    """Report a failure to the service manager, or to the predecessor, because they may not see stderr."""
    try:
        yield
    except TypedServerError as error:
        notify.status(str(error))
        raise
    except SystemExit as error:
        if isinstance(error.code, str):
            notify.status(error.code)
        raise
    except Exception as error:
        reason = "".join(traceback.format_exception_only(error))
        if not isinstance(error, SyntaxError):
            # A SyntaxError names its place itself, and its last frame is the compiler's.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            reason += f" ({frame.filename}:{frame.lineno})"
        notify.status(reason)
        raise


@contextlib.contextmanager
def _restarted_by_a_signal(server: Serving, start_deadline: float) -> Generator[None, None, None]:
    """Have SIGUSR2 start a new process instead of this one, while the block serves."""
    if not hasattr(signal, "SIGUSR2"):
        yield
        return
    restart = HotRestart(server, start_deadline=start_deadline)
    handled = Handled()
    handled.set(signal.SIGUSR2, lambda _number, _frame: restart.request())
    try:
        with unblocked(signal.SIGUSR2):
            yield
    finally:
        # The default handler would kill the program while it ends.
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        restart.close()
        take_no_notice(signal.SIGUSR2, handled.former[signal.SIGUSR2])


def _run(server: AnyServer, deadline: float | None, start_deadline: float) -> int:
    # A server of a foreign class has no loop that signals could wake. In a group it runs in a thread.
    serving: Serving = server if is_ours(server) else Group([server])
    ends_it = "SIGTERM" if stays_ignored(signal.SIGINT) else "Ctrl-C"
    stop = _Stop(f"waiting for requests to end; {ends_it} cuts them")
    serving.__lifetime__.call_when_ready(stop.enter_loop)

    def invite() -> None:
        for line in _invitations(server):
            show(line, sys.stdout)
        show(f"{ends_it} ends it.", sys.stdout)

    try:
        with _restarted_by_a_signal(serving, start_deadline), announced(serving, take_over):
            try:
                status = serving.run(deadline=deadline, ready=invite, asked=stop.asked)
            finally:
                # run() sees to that by itself if a signal has ended it, but not if a hot restart has.
                keep_the_exit_status()
    except KeyboardInterrupt:
        status = CUT
    finally:
        stop.close()
    report = serving.__lifetime__.servable.report()
    if status == CUT or (report is not None and report.left):
        # The interpreter would wait for threads that did not end, maybe for ever.
        _exit_at_once(status)
    return status


class _Stop:
    """What the user gets to see of a stop: a hint if it takes a while, and the program's end at the second signal.

    hint: what is shown after a while.

    Signal handlers call ``asked``, so it starts no thread and takes no lock: the hint is the loop's to show, and the
    end is the kernel's to remind of.
    """

    def __init__(self, hint: str) -> None:
        self._hint = hint
        self._reactor: Reactor | None = None
        self._exits = False

    def enter_loop(self, reactor: Reactor) -> None:
        self._reactor = reactor

    def asked(self, signals: int) -> None:
        reactor = self._reactor
        if signals > 1:
            self._exits = True
            _exit_after(_LAST_PATIENCE, CUT)
        elif reactor is not None:
            call_in_loop(reactor, lambda: reactor.call_later(_PATIENCE, self._show_hint))

    def _show_hint(self) -> None:
        show(self._hint, sys.stdout)

    def close(self) -> None:
        if self._exits:
            _exit_after(0, CUT)


def _exit_after(seconds: float, status: int) -> None:
    """Have the program exit after so many seconds, whatever the main thread waits for; 0 takes that back.

    By SIGALRM, because a thread may not be had at that moment. From here on that signal is not the program's any more:
    all that it does is to end.
    """
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, lambda _number, _frame: os._exit(status) if seconds else None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM,))
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _exit_at_once(status: int) -> NoReturn:
    # A pipe that nobody reads, or a lock that a thread holds which writes to it, would keep the program.
    _exit_after(_FLUSH_TIMEOUT, status)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.flush()
    os._exit(status)


def _invitations(server: AnyServer) -> Iterator[str]:
    """Yield each address, with a command that talks to it."""
    for leaf in leaves(server):
        if serves_messages(leaf):
            yield f"receiving from {cast('ListeningServer', leaf).server_address}"
            continue
        # A foreign server may listen on something else than a socket.
        with contextlib.suppress(OSError):
            if isinstance(leaf, HasDescriptor):
                yield _invitation_of(leaf.fileno(), speaks_tls=_speaks_tls(leaf))


def _speaks_tls(server: AnyServer) -> bool:
    return is_server(server) and any(isinstance(layer, TLS) for layer in layers(server.endpoint))


def _invitation_of(listening: int, *, speaks_tls: bool) -> str:
    # Not by a copy of the descriptor, because there may be none left.
    borrowed = socket_of(listening)
    try:
        return _invitation(borrowed, speaks_tls=speaks_tls)
    finally:
        borrowed.detach()


def _invitation(listening: socket.socket, *, speaks_tls: bool) -> str:
    address = listening.getsockname()
    datagrams = listening.type == socket.SOCK_DGRAM
    if listening.family == getattr(socket, "AF_UNIX", None):
        path = unix_address(address)
        if path.startswith("\0"):
            kind = "ABSTRACT-SENDTO" if datagrams else "ABSTRACT-CONNECT"
            return f"listening on @{path[1:]:<24} try: socat - {kind}:{shlex.quote(path[1:])}"
        client = "openssl s_client -quiet -unix" if speaks_tls else f"nc {'-uU' if datagrams else '-U'}"
        return f"listening on {path:<25} try: {client} {shlex.quote(path)}"
    host, port = cast("tuple[str, int]", address[:2])
    # A client cannot connect to "all interfaces", but it can to loopback.
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    kind = "udp" if datagrams else "tcp"
    place = f"{kind} [{host}]:{port}" if ":" in host else f"{kind} {host}:{port}"
    if speaks_tls:
        to = f"[{target}]:{port}" if ":" in target else f"{target}:{port}"
        return f"listening on {place:<25} try: openssl s_client -quiet -connect {to}"
    return f"listening on {place:<25} try: nc {'-u ' if datagrams else ''}{target} {port}"
