"""Hot restart: a new process takes the place of this one, on the same listening sockets, and no connection is lost.

The new process is started as systemd does it: with the sockets from descriptor 3 on, and a socket by which it reports
that it is ready (sd_listen_fds(3), sd_notify(3)). Then both accept from the same queues, until this one drains. It
knows servers by their contracts, and nothing of signals: ``cli/``, or a program of its own, asks for the restart.

Until the new process serves, nothing here may cost the old one anything. Whatever cannot be had for a restart, be it a
descriptor, a thread or a process, is a restart that has failed: the log says so, and this process goes on.
"""

import _thread
import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from typing_extensions import TypeIs

from typedserver.endpoints import handed_over, passing_on
from typedserver.endpoints.passed import FIRST_FD, Passed
from typedserver.errors import LifecycleError, RecipeError, TypedServerError, how_it_ended
from typedserver.group import Members
from typedserver.lifetime.tree import is_ours, leaves, nodes
from typedserver.prefork.prefork import Prefork
from typedserver.prefork.sharing import is_server, serves_messages
from typedserver.protocols.servers import AnyServer, HasDescriptor, ListeningServer
from typedserver.recipes import check_positive, has_methods, shown
from typedserver.service.notify import KeptOpen, Receiver, notify, reloading, status_line, watchdog_interval
from typedserver.service.successor import Successor
from typedserver.service.taking_over import NEXT_NOTIFY_SOCKET, UNSERVED
from typedserver.sockets.waiting import wait_until_ready

_log = logging.getLogger("typedserver")

# Seconds. It is shorter than what systemd gives a reload (DefaultTimeoutStartSec=, 90 s), so that we report the reason
# of a failure.
DEFAULT_START_DEADLINE: Final = 60.0

# The kernel ends a pid namespace, such as a container, with its first process (pid_namespaces(7)).
_FIRST_PROCESS: Final = 1

_NO_THREAD: Final = "there is no thread to do it in ({}): raise the limit of threads or of memory (ulimit -u, pids.max)"

# Seconds between two looks whether the new process lives and is still wanted. A message of it wakes us at once.
_LOOK: Final = 0.05


class RestartFailed(TypedServerError, RuntimeError):  # noqa: N818 - see ChildFailed
    """The new process did not take over: it has ended, or was ended, and this one continues as before."""


class HotRestart:
    """Has a new process take the place of this one, on request.

    server: the server of this process; it must be open when a restart is asked for. It may be of another library's
    class, if the new process finds its sockets by itself.
    command: the program and its arguments; by default the command line of this process.
    start_deadline: seconds in which the new process must report that it is ready (READY=1).

    The new process starts in the directory in which this object was made, by the shell's name for it (PWD): if that is
    a link to the current release, the new process runs in the new release.

    When the new process is ready, this one shares its listeners with it, and drains. If the new process ends before, or
    is not ready in time, it is ended, and this process continues as before. Must be closed when the server has ended.

    Raises RecipeError for a server, a deadline or a command that cannot work.
    """

    def __init__(
        self,
        server: AnyServer,
        *,
        command: Sequence[str] | None = None,
        start_deadline: float = DEFAULT_START_DEADLINE,
    ) -> None:
        if not has_methods(server, "serve_forever", "shutdown", "server_close"):
            raise RecipeError(f"HotRestart(server={shown(server)}) must be a server")
        check_positive("HotRestart", "start_deadline", start_deadline, "give seconds", needed=True)
        _check_command(command)
        self._server = server
        self._command = tuple(command) if command is not None else (sys.executable, *sys.orig_argv[1:])
        self._start_deadline = start_deadline
        self._directory = _working_directory()
        # The listening descriptors in the order in which they were handed over, and those that nobody serves there.
        self._passed: list[int] = []
        self._unserved: set[int] = set()
        # Held during a restart.
        self._restarting = threading.Lock()
        self._closed = False
        self._successor: int | None = None
        # The service manager must hear of a restart even if clients hold all descriptors by then.
        self._kept = KeptOpen()

    def request(self) -> None:
        """Restart, without waiting, and log the result; from any thread or signal handler."""
        # Not a threading.Thread yet: its start takes locks, and the thread that a signal has interrupted may hold them.
        try:
            _thread.start_new_thread(self._start_thread, ())
        except (RuntimeError, MemoryError) as error:
            self._log_failure(_NO_THREAD.format(error))

    def _start_thread(self) -> None:
        # Logging in a thread that threading has not made would leave a dummy thread object there for ever.
        try:
            threading.Thread(target=self._restart_and_log, name="hot restart", daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            self._log_failure(_NO_THREAD.format(error))

    def _restart_and_log(self) -> None:
        try:
            self._restart()
        except RestartFailed as failure:
            self._log_failure(failure)
        except LifecycleError as refusal:
            _log.warning("hot restart refused: %s", refusal)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody is there to raise it to
            _log.exception("hot restart failed; this process goes on")
            _report_failure(error)

    def _log_failure(self, failure: object) -> None:
        _log.error("hot restart failed: %s; this process goes on", failure)
        _report_failure(failure)

    def restart(self) -> int:
        """Restart, and return the pid of the process that has taken over; from any thread but the server's loop.

        Raises RestartFailed, with the reason, if this process continues. Raises LifecycleError if a restart is under
        way or has succeeded, if the server is about to end, if this process itself has not taken over yet, or if it is
        pid 1.
        """
        try:
            return self._restart()
        except RestartFailed as failure:
            _report_failure(failure)
            raise

    def _restart(self) -> int:
        if not self._restarting.acquire(blocking=False):
            raise LifecycleError("another is under way")
        try:
            self._check_that_it_may()
            try:
                successor = self._started_and_ready()
            except (OSError, MemoryError) as error:
                # Descriptors, processes or memory have run out (EMFILE, EAGAIN, ENOMEM), or there is no such program.
                raise RestartFailed(f"no process could be started: {str(error) or 'out of memory'}") from error
            self._give_way(successor)
            return successor.pid
        finally:
            self._restarting.release()

    def _started_and_ready(self) -> Successor:
        # Before RELOADING=1, because it raises if a socket cannot be handed over.
        fds, passed = self._sockets()
        with Receiver() as receiver:
            reloading()
            successor = Successor(self._command, fds, self._directory, _environment(passed, receiver))
            try:
                self._wait_until_ready(receiver, successor)
            except BaseException:
                successor.end()
                raise
            return successor

    @property
    def successor(self) -> int | None:
        """The process that has taken the place of this one; None if none has. From any thread."""
        return self._successor

    def close(self) -> None:
        """End a restart that is under way, and its process; later requests are refused."""
        self._closed = True
        with self._restarting:
            self._kept.close()

    def _check_that_it_may(self) -> None:
        if is_ours(self._server) and self._server.__lifetime__.is_copy():
            # A forked child has a copy of this object, but a restart is meant for the program.
            raise LifecycleError("this is a forked child")
        if os.getpid() == _FIRST_PROCESS:
            raise LifecycleError(
                "this process is pid 1, and when that ends the kernel kills all others, the new process too; "
                "replace the whole container instead, or have a service manager start this program"
            )
        if self._successor is not None:
            raise LifecycleError(f"process {self._successor} has taken over already")
        if self._closed or _is_ending(self._server):
            raise LifecycleError("the server is about to end")
        if not handed_over.all_claimed():
            raise LifecycleError("this process is not ready itself, because its predecessor still serves")
        for prefork in _preforks_with_ports(self._server):
            if any(_was_given_a_free_port(leaf) for leaf in leaves(prefork)):
                raise LifecycleError(f"the new process could not know the ports that {prefork!r} has: give port=")

    def _sockets(self) -> tuple[list[int], list[Passed]]:
        # In the order of their descriptors, so that sockets which were passed to this process keep their numbers.
        listening = sorted(
            ((leaf.fileno(), leaf) for leaf in _sharing_leaves(self._server)),
            key=lambda each: each[0],
        )
        passed: list[Passed] = []
        for fd, leaf in listening:
            if fd < 0:
                raise LifecycleError(f"{leaf!r} is not open")
            own = is_ours(leaf) and passing_on.is_own(fd)
            name = leaf.__lifetime__.servable.recipe.endpoint.fd_name if is_server(leaf) else None
            passed.append(passing_on.to_pass(fd, name, owned=own))
        self._passed = [fd for fd, _ in listening]
        return self._passed, passed

    def _wait_until_ready(self, receiver: Receiver, successor: Successor) -> None:
        deadline = time.monotonic() + self._start_deadline
        reported: dict[str, str] = {}

        def is_ready() -> bool:
            for message in receiver.messages(successor.pid):
                reported.update(message)
            return reported.get("READY") == "1"

        while True:
            wait_until_ready(receiver.fileno(), readable=True, timeout=_LOOK)
            late = time.monotonic() > deadline
            if late or self._closed or _is_ending(self._server):
                # From now on the new process fails to report READY=1, so that it does not claim our sockets.
                receiver.refuse_more()
            ready, status = is_ready(), _status_of(successor)
            if status is not None:
                # Its last message may have come after the last read.
                is_ready()
                reason = f": {reported['STATUS']}" if "STATUS" in reported else ""
                raise RestartFailed(f"process {successor.pid} {how_it_ended(status)} before it took over{reason}")
            if self._closed or _is_ending(self._server):
                raise RestartFailed("the server was asked to end")
            if ready:
                self._unserved = self._fds_of(reported.get(UNSERVED, ""))
                return
            if late:
                raise RestartFailed(f"process {successor.pid} was not ready within {self._start_deadline:g} s")

    def _fds_of(self, numbers: str) -> set[int]:
        """Return our descriptors of those that the new process has by these numbers."""
        positions = [int(number) - FIRST_FD for number in numbers.split() if number.isdecimal()]
        return {self._passed[position] for position in positions if 0 <= position < len(self._passed)}

    def _give_way(self, successor: Successor) -> None:
        # First, so that the new process is systemd's child before systemd hears of it.
        successor.let_go()
        self._successor = successor.pid
        for leaf in _sharing_leaves(self._server):
            # What the new process does not serve is emptied here.
            if is_ours(leaf) and leaf.fileno() not in self._unserved:
                # One that was closed meanwhile shares nothing; the others do.
                with contextlib.suppress(LifecycleError):
                    leaf.__lifetime__.servable.share()
        for node in nodes(self._server):
            if is_ours(node) and isinstance(node.__lifetime__.servable, Members):
                for face in node.__lifetime__.servable.beside:
                    # An operator wants to see the process that goes on, and both would accept what comes.
                    face.suspend()
        # Before the drain, because the program may end right after it. A warning, so that it is shown by default to a
        # user who has sent the signal from a terminal.
        _log.warning("hot restart: process %d serves, this one ends with what it has in hand", successor.pid)
        # One message, so that the service always has a main process. WATCHDOG=1 is among it because systemd may have
        # ignored the first one of the new process, which was not the main process then.
        notify(f"MAINPID={successor.pid}", "READY=1", "STATUS=", "WATCHDOG=1")
        # From now on only the new process reports: this one stops, but the service does not.
        os.environ.pop("NOTIFY_SOCKET", None)
        self._kept.close()
        if is_ours(self._server):
            self._server.request_drain()
        else:
            self._server.shutdown()


def _report_failure(failure: object) -> None:
    """Report that the reload is over; last of all, because the service manager may ask for the next one at once."""
    notify("READY=1", status_line(f"hot restart failed: {failure}"))


def _environment(passed: Sequence[Passed], receiver: Receiver) -> dict[str, str]:
    environment = {**os.environ, **passing_on.environment(passed), "NOTIFY_SOCKET": receiver.address}
    # The starter fills it in, because only the new process knows its pid.
    environment["LISTEN_PID"] = ""
    environment.pop(NEXT_NOTIFY_SOCKET, None)
    if "NOTIFY_SOCKET" in os.environ:
        environment[NEXT_NOTIFY_SOCKET] = os.environ["NOTIFY_SOCKET"]
    if watchdog_interval() is None:
        # The watchdog was meant for another process, or for none.
        environment.pop("WATCHDOG_USEC", None)
        environment.pop("WATCHDOG_PID", None)
    else:
        environment["WATCHDOG_PID"] = ""
    return environment


def _working_directory() -> str:
    """Return the working directory by the shell's name for it, which may be a link to another directory by now."""
    by_name = os.environ.get("PWD", "")
    with contextlib.suppress(OSError):
        if os.path.isabs(by_name) and os.path.samefile(by_name, "."):  # noqa: PTH117, PTH121 - a str in, a str out
            return by_name
    with contextlib.suppress(OSError):
        return os.getcwd()  # noqa: PTH109
    # It was removed, or lies in a folder that may not be read: the new process begins there all the same.
    return os.curdir


def _status_of(successor: Successor) -> int | None:
    try:
        return successor.poll()
    except ChildProcessError as error:
        raise RestartFailed(f"process {successor.pid} cannot be watched: {error}") from error


def _is_ending(server: AnyServer) -> bool:
    return is_ours(server) and server.draining


def _opens_ports(server: AnyServer) -> "TypeIs[Prefork[Any]]":
    """Return whether a server is a Prefork that opens a listener for each worker."""
    return isinstance(server, Prefork) and server.__lifetime__.servable.recipe.reuse_port


def _preforks_with_ports(server: AnyServer) -> "Iterator[Prefork[Any]]":
    return (node for node in nodes(server) if _opens_ports(node))


def _listening(server: AnyServer) -> Iterator[ListeningServer]:
    """Yield the servers below a server that listen on a descriptor."""
    return (cast("ListeningServer", leaf) for leaf in leaves(server) if isinstance(leaf, HasDescriptor))


def _sharing_leaves(server: AnyServer) -> Iterator[ListeningServer]:
    """Yield the servers whose listener both processes serve.

    Those of a Prefork whose workers open a listener each are left out: the new process opens its own on the same port,
    and each worker here serves what waits in its own listener. So are those of messages: the new process opens the
    source by itself, and this one gives back what it has not begun.
    """
    apart = {id(leaf) for prefork in _preforks_with_ports(server) for leaf in _listening(prefork)}
    return (leaf for leaf in _listening(server) if id(leaf) not in apart and not serves_messages(leaf))


def _was_given_a_free_port(server: AnyServer) -> bool:
    """Return whether the kernel has chosen the port of a server, so that no other process can know it."""
    if not is_server(server):
        return False
    # Any port would do for the question.
    return server.__lifetime__.servable.recipe.endpoint.on_port(1) is not None


def _check_command(command: object) -> None:
    """Raise RecipeError unless a value is a program with its arguments; None passes."""
    if command is None:
        return
    # A str is a sequence of strings, too.
    is_list = isinstance(command, Sequence) and not isinstance(command, str | bytes)
    parts = cast("Sequence[object]", command) if is_list else ()
    if not parts or not all(isinstance(part, str | bytes | os.PathLike) for part in parts):
        raise RecipeError(f"HotRestart(command={command!r}) must be a sequence: the program, then each argument")
