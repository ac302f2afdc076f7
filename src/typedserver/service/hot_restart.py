"""Hot restart: a new process takes the place of this one, on the same listening sockets, and no connection is lost.

The new one is started as systemd would start it: with the sockets from descriptor 3 on, and a socket on which it tells
when it is ready (sd_listen_fds(3), sd_notify(3)). Both accept from one queue then, until this one drains. It knows
servers by what they can do, and nothing of signals: who asks for a restart is ``cli.py``'s, or a program's own.
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

from typedserver.endpoints import handed_over
from typedserver.endpoints.handed_over import Passed
from typedserver.errors import LifecycleError, TypedServerError, how_it_ended
from typedserver.lifetime.tree import is_ours, leaves, nodes
from typedserver.prefork.prefork import Prefork
from typedserver.prefork.sharing import is_server
from typedserver.protocols.servers import AnyServer, HasDescriptor, ListeningServer
from typedserver.recipes import check_positive
from typedserver.service.notify import Receiver, notify, reloading, status_line, watchdog_interval
from typedserver.service.successor import Successor
from typedserver.service.taking_over import NEXT_NOTIFY_SOCKET
from typedserver.sockets.waiting import wait_until_ready

_log = logging.getLogger("typedserver")

# Shorter than what systemd gives a reload (DefaultTimeoutStartSec=, 90 s), so that the reason is told here.
DEFAULT_START_DEADLINE: Final = 60.0

# How often it is looked whether the new process lives and is still wanted. A message of its wakes at once.
_LOOK: Final = 0.05


class RestartFailed(TypedServerError, RuntimeError):  # noqa: N818 - see ChildFailed
    """The new process did not take over: it has ended, or was ended, and this one goes on as before."""


class HotRestart:
    """Has a new process take the place of this one, when it is asked to.

    server: what serves here, open by then. Of another library's class it may be, if the new process finds its sockets
    itself.
    command: the program and its arguments; unless given, what this process was started by.
    start_deadline: seconds in which the new process has to tell that it is ready (READY=1).

    The new process runs in the directory that this one was in when this was made, by the name that the shell had for it
    (PWD): where that is a link to a release, the new process is in the new one.

    When it is ready this process's listeners are shared with it, and drain. If it ends before, or is not ready in time,
    it is ended, and this process goes on as if nothing had been. To be closed when the server has ended.

    Raises RecipeError for a deadline that can not work.
    """

    def __init__(
        self,
        server: AnyServer,
        *,
        command: Sequence[str] | None = None,
        start_deadline: float = DEFAULT_START_DEADLINE,
    ) -> None:
        check_positive("HotRestart", "start_deadline", start_deadline, "give seconds")
        self._server = server
        self._command = tuple(command) if command is not None else (sys.executable, *sys.orig_argv[1:])
        self._start_deadline = start_deadline
        self._directory = _working_directory()
        self._pid = os.getpid()
        # Held by whoever restarts.
        self._restarting = threading.Lock()
        self._closed = False
        self._successor: int | None = None

    def request(self) -> None:
        """Restart, without waiting; from any thread or signal handler. How it has gone is told in the log."""
        # Not yet a threading.Thread: starting one takes locks that the thread which a signal has interrupted may hold.
        _thread.start_new_thread(self._start_thread, ())

    def _start_thread(self) -> None:
        # A thread that threading has not made would be known to it for ever, as a dummy, once it has logged a line.
        threading.Thread(target=self._restart_and_tell, name="hot restart", daemon=True).start()

    def _restart_and_tell(self) -> None:
        try:
            self._restart()
        except RestartFailed as failure:
            _log.error("hot restart failed: %s; this process goes on", failure)
            _tell_that_it_goes_on(failure)
        except LifecycleError as refusal:
            _log.warning("hot restart refused: %s", refusal)

    def restart(self) -> int:
        """Restart, and return the pid of the process that has taken over; not in the loop's thread, which it needs.

        Raises RestartFailed, with the reason, where this process goes on; LifecycleError where one is under way or has
        been, where the server is about to end, or where this process itself has not taken over yet.
        """
        try:
            return self._restart()
        except RestartFailed as failure:
            _tell_that_it_goes_on(failure)
            raise

    def _restart(self) -> int:
        if not self._restarting.acquire(blocking=False):
            raise LifecycleError("another is under way")
        try:
            self._check_that_it_may()
            # Of what can not be handed over nobody is to be told that it is.
            fds, passed = self._sockets()
            with Receiver() as receiver:
                reloading()
                successor = self._start(fds, passed, receiver)
                try:
                    self._wait_until_ready(receiver, successor)
                except BaseException:
                    successor.end()
                    raise
            self._give_way(successor)
            return successor.pid
        finally:
            self._restarting.release()

    def close(self) -> None:
        """End a restart that is under way, and its process; none can be asked for any more."""
        self._closed = True
        with self._restarting:
            pass

    def _check_that_it_may(self) -> None:
        if os.getpid() != self._pid:
            # A forked child has a copy of this, and whoever asks for a restart means the program.
            raise LifecycleError("this is a forked child")
        if self._successor is not None:
            raise LifecycleError(f"process {self._successor} has taken over already")
        if self._closed or _is_ending(self._server):
            raise LifecycleError("the server is about to end")
        if not handed_over.is_settled():
            raise LifecycleError("this process is not ready itself, its predecessor serves")
        for prefork in _preforks_with_ports(self._server):
            if any(_was_given_a_free_port(leaf) for leaf in leaves(prefork)):
                raise LifecycleError(f"the new process could not know the ports that {prefork!r} has: give port=")

    def _sockets(self) -> tuple[list[int], list[Passed]]:
        # In the order of their descriptors: what was passed to this process first has the same numbers again.
        listening = sorted(
            ((leaf.fileno(), leaf) for leaf in _sharing_leaves(self._server)),
            key=lambda each: each[0],
        )
        passed: list[Passed] = []
        for fd, leaf in listening:
            if fd < 0:
                raise LifecycleError(f"{leaf!r} is not open")
            own = is_ours(leaf) and handed_over.is_own(fd)
            name = leaf.__lifetime__.servable.recipe.endpoint.fd_name if is_server(leaf) else None
            passed.append(handed_over.to_pass(fd, name, owned=own))
        return [fd for fd, _ in listening], passed

    def _start(self, fds: Sequence[int], passed: Sequence[Passed], receiver: Receiver) -> Successor:
        try:
            return Successor(self._command, fds, self._directory, _environment(passed, receiver))
        except OSError as error:
            raise RestartFailed(f"no process could be started: {error}") from error

    def _wait_until_ready(self, receiver: Receiver, successor: Successor) -> None:
        deadline = time.monotonic() + self._start_deadline
        heard: dict[str, str] = {}

        def is_ready() -> bool:
            for message in receiver.messages(successor.pid):
                heard.update(message)
            return heard.get("READY") == "1"

        while True:
            wait_until_ready(receiver.fileno(), readable=True, timeout=_LOOK)
            late = time.monotonic() > deadline
            if late or self._closed or _is_ending(self._server):
                # From here on it can not tell any more, and knows that: it is not to take for its own what it serves.
                receiver.refuse_more()
            ready, status = is_ready(), _status_of(successor)
            if status is not None:
                # Its last words may have come after its end was seen.
                is_ready()
                reason = f": {heard['STATUS']}" if "STATUS" in heard else ""
                raise RestartFailed(f"process {successor.pid} {how_it_ended(status)} before it took over{reason}")
            if self._closed or _is_ending(self._server):
                raise RestartFailed("the server was asked to end")
            if ready:
                return
            if late:
                raise RestartFailed(f"process {successor.pid} was not ready within {self._start_deadline:g} s")

    def _give_way(self, successor: Successor) -> None:
        # First of all, for systemd to see a child of its own.
        successor.let_go()
        self._successor = successor.pid
        # One that is closed by now shares nothing more.
        with contextlib.suppress(LifecycleError):
            for leaf in _sharing_leaves(self._server):
                if is_ours(leaf):
                    leaf.__lifetime__.servable.share()
        # Before it drains: it may be over in a moment, and the program with it.
        # A warning: who has sent a signal from a terminal is to see what has come of it.
        _log.warning("hot restart: process %d serves, this one ends with what it has in hand", successor.pid)
        # In one message, so that there is no moment without a main process; the new one's first sign of life may have
        # come before that, and not have counted. It is the new one's to speak from now on: that this one stops is not
        # what the service does.
        notify(f"MAINPID={successor.pid}", "READY=1", "STATUS=", "WATCHDOG=1")
        os.environ.pop("NOTIFY_SOCKET", None)
        if is_ours(self._server):
            self._server.request_drain()
        else:
            self._server.shutdown()


def _tell_that_it_goes_on(failure: RestartFailed) -> None:
    """Tell the service manager that the reload is over: last of all, for it may ask for the next one at once."""
    notify("READY=1", status_line(f"hot restart failed: {failure}"))


def _environment(passed: Sequence[Passed], receiver: Receiver) -> dict[str, str]:
    environment = {**os.environ, **handed_over.environment(passed), "NOTIFY_SOCKET": receiver.address}
    # Only the new process knows its own pid.
    environment["LISTEN_PID"] = ""
    environment.pop(NEXT_NOTIFY_SOCKET, None)
    if "NOTIFY_SOCKET" in os.environ:
        environment[NEXT_NOTIFY_SOCKET] = os.environ["NOTIFY_SOCKET"]
    if watchdog_interval() is None:
        # It was for another process, or for none.
        environment.pop("WATCHDOG_USEC", None)
        environment.pop("WATCHDOG_PID", None)
    else:
        environment["WATCHDOG_PID"] = ""
    return environment


def _working_directory() -> str:
    """Return the working directory by the name that the shell had for it, which may be a link by now to another."""
    by_name = os.environ.get("PWD", "")
    with contextlib.suppress(OSError):
        if os.path.isabs(by_name) and os.path.samefile(by_name, "."):  # noqa: PTH117, PTH121 - a str in, a str out
            return by_name
    return os.getcwd()  # noqa: PTH109


def _status_of(successor: Successor) -> int | None:
    try:
        return successor.poll()
    except ChildProcessError as error:
        raise RestartFailed(f"process {successor.pid} is out of sight: {error}") from error


def _is_ending(server: AnyServer) -> bool:
    return is_ours(server) and server.draining


def _opens_ports(server: AnyServer) -> "TypeIs[Prefork[Any]]":
    """Whether it opens a listener for each worker."""
    return isinstance(server, Prefork) and server.__lifetime__.servable.recipe.reuse_port


def _preforks_with_ports(server: AnyServer) -> "Iterator[Prefork[Any]]":
    return (node for node in nodes(server) if _opens_ports(node))


def _listening(server: AnyServer) -> Iterator[ListeningServer]:
    """Yield the servers that listen on a descriptor."""
    return (cast("ListeningServer", leaf) for leaf in leaves(server) if isinstance(leaf, HasDescriptor))


def _sharing_leaves(server: AnyServer) -> Iterator[ListeningServer]:
    """Yield the servers whose listener both processes serve.

    Not those that have a port of which each worker has a listener: the new process opens its own beside them, and
    what waits in one of these is its worker's to serve.
    """
    apart = {id(leaf) for prefork in _preforks_with_ports(server) for leaf in _listening(prefork)}
    return (leaf for leaf in _listening(server) if id(leaf) not in apart)


def _was_given_a_free_port(server: AnyServer) -> bool:
    """Whether its recipe leaves the port to the kernel, so that no other process can know it."""
    if not is_server(server):
        return False
    service = server.__lifetime__.servable
    address, endpoint = service.listener.opened.server_address, service.recipe.endpoint
    return isinstance(address, tuple) and endpoint.sharing_port(0) != endpoint.sharing_port(address[1])
