"""One run of ``serve_forever``: the reactor it runs on, what wakes it, and when it calls ``service_actions``.

It knows a server only by three methods and a flag, and knows no socket, request or handler. All methods must be called
in the thread that made the loop, except ``wake``.
"""

import os
import select
import selectors
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol, cast

from typedserver.process.pidfd import open_pidfd
from typedserver.reactor.pollers import Poller, PollPoller, make_poller
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.requests.exhaustion import Exhaustion
from typedserver.requests.faults import AcceptFault, accept_fault

_NO_DESCRIPTOR: Final = -1


def _make_poller() -> Poller:
    # poll(2) and not epoll(7), because poll looks up each descriptor by its number at each wait. If a program closes,
    # wraps or replaces the socket under that number, the effect is the standard library's. And a forked child shares no
    # kernel object with its parent.
    return PollPoller() if hasattr(select, "poll") else make_poller(selectors.SelectSelector())


class Served(Protocol):
    """The methods of a server that the loop calls, and the flag that ends it, under the standard library's names."""

    _BaseServer__shutdown_request: bool

    def fileno(self) -> int: ...
    def _handle_request_noblock(self) -> object: ...
    def service_actions(self) -> object: ...


def descriptor_of(served: object) -> int:
    """Return the descriptor of a server; raises ValueError, as selectors does, if it has none."""
    try:
        fd = int(cast("Served", served).fileno())
    except (AttributeError, TypeError, ValueError):
        raise ValueError(f"Invalid file object: {served!r}") from None
    if fd < 0:
        raise ValueError(f"Invalid file descriptor: {fd}")
    return fd


def _wake_up() -> None:
    """Do nothing: waking the loop is enough."""


class ServingLoop:
    """Calls a server for each request, each tick and each child that ends, until its flag asks for a stop.

    served: the server.
    poll_interval: seconds without a request after which ``service_actions`` is called (a tick); None for no ticks.
    """

    def __init__(self, served: Served, poll_interval: float | None) -> None:
        self._served = served
        self._poll_interval = None if poll_interval is None else max(0.0, poll_interval)
        self._fd = _NO_DESCRIPTOR
        self._waiting = False
        self._resting = False
        self._full: Callable[[], bool] | None = None
        self._pidfds: set[int] = set()
        self._poller = _make_poller()
        self._reactor = SelectorReactor(self._poller)
        self._exhaustion = Exhaustion(self._reactor, self._try_again)

    def run(self) -> None:
        """Serve until the flag is set; raises what the server's methods raise."""
        self._watch(descriptor_of(self._served))
        # Any, because other threads change the flag, and a type checker would take it for constant.
        served: Any = self._served
        poll, interval, exhaustion = self._poller.poll, self._poll_interval, self._exhaustion
        while not served._BaseServer__shutdown_request:  # noqa: SLF001 - programs set it, too
            if exhaustion.lasts:
                left = exhaustion.time_left()
                events = poll(left if interval is None else min(interval, left))
            else:
                events = poll(interval)
            # The usual case, one request and nothing else, does not go through the reactor: this saves each request a
            # callback.
            if len(events) == 1 and events[0][0] == self._fd and not exhaustion.lasts:
                self._waiting = True
            else:
                self._reactor.call_back(events)
            # If a stop and a request come together, the request stays in the queue for the next run.
            if served._BaseServer__shutdown_request:  # noqa: SLF001
                return
            if self._waiting:
                self._waiting = False
                served._handle_request_noblock()  # noqa: SLF001 - the name is the stdlib's, and programs override it
                served.service_actions()
                if self._full is not None:
                    self._follow()
            else:
                served.service_actions()
                self._follow()

    def wake(self) -> None:
        """Make the loop look at the flag now; may be called from any thread."""
        self._reactor.call_soon_threadsafe(_wake_up)

    def close(self) -> None:
        """Close the descriptors that belong to the loop."""
        for pidfd in list(self._pidfds):
            self._forget_child(pidfd)
        self._watch(_NO_DESCRIPTOR)
        self._reactor.close()

    def accept_failed(self, error: OSError) -> None:
        """Stop accepting for a while, if the next attempt would fail too; the standard library tries at full speed."""
        # A subclass of OSError (such as SSLError, which has no errno) or an error without an errno, which the program
        # raised itself, concerns one request only.
        if type(error) is not OSError or error.errno is None or accept_fault(error) is AcceptFault.CONNECTION:
            return
        # A program may close the socket under the loop to stop it. As in the standard library, this is not logged.
        self._exhaustion.rest(error, log=accept_fault(error) is AcceptFault.EXHAUSTION)
        self._resting = True
        self._follow()

    def rest_while(self, full: Callable[[], bool]) -> None:
        """Stop accepting as long as ``full()`` is true; it is called after each turn of the loop."""
        self._full = full
        self._follow()

    def await_child(self, pid: int) -> None:
        """Take a turn when this child ends. If the kernel cannot report that, the next tick finds it."""
        pidfd = open_pidfd(pid)
        if pidfd is not None:
            self._pidfds.add(pidfd)
            self._reactor.add_reader(pidfd, partial(self._child_ended, pidfd))

    @property
    def awaits_children(self) -> bool:
        """Whether the end of a child will wake the loop."""
        return bool(self._pidfds)

    def _child_ended(self, pidfd: int) -> None:
        # Waking the loop is enough, because the server reaps its children after each turn.
        self._forget_child(pidfd)

    def _forget_child(self, pidfd: int) -> None:
        self._pidfds.remove(pidfd)
        self._reactor.remove_reader(pidfd)
        os.close(pidfd)

    def _ready(self) -> None:
        self._waiting = True

    def _try_again(self) -> None:
        self._resting = False
        self._follow()

    def _follow(self) -> None:
        """Watch the server's descriptor, which may be another one by now, unless accepting rests."""
        if self._full is not None and not self._full():
            self._full = None
        self._watch(_NO_DESCRIPTOR if self._resting or self._full else self._served.fileno())

    def _watch(self, fd: int) -> None:
        if fd == self._fd:
            return
        if self._fd != _NO_DESCRIPTOR:
            self._reactor.remove_reader(self._fd)
        if fd != _NO_DESCRIPTOR:
            self._reactor.add_reader(fd, self._ready)
        self._fd = fd
