"""One run of ``serve_forever``: the reactor that it runs, what wakes it, and when it ticks.

It knows a server by the three methods that it calls, and no socket, request or handler. All methods belong to the
thread that made it, but ``wake``.
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

_NOTHING: Final = -1


def _make_poller() -> Poller:
    # poll(2) rather than epoll: it looks descriptors up by number at each wait, so a socket that was closed, wrapped
    # or replaced under its number is what it is for the stdlib, and a forked child shares no kernel object with its
    # parent.
    return PollPoller() if hasattr(select, "poll") else make_poller(selectors.SelectSelector())


class Served(Protocol):
    """What the loop calls, and the flag that ends it, by the name that it has in the stdlib."""

    _BaseServer__shutdown_request: bool

    def fileno(self) -> int: ...
    def _handle_request_noblock(self) -> object: ...
    def service_actions(self) -> object: ...


def descriptor_of(served: object) -> int:
    """Ask a server for the descriptor to wait on; raises ValueError as selectors does where it has none."""
    try:
        fd = int(cast("Served", served).fileno())
    except (AttributeError, TypeError, ValueError):
        raise ValueError(f"Invalid file object: {served!r}") from None
    if fd < 0:
        raise ValueError(f"Invalid file descriptor: {fd}")
    return fd


def _wake_up() -> None:
    """Nothing is to be done but to wake."""


class ServingLoop:
    """Calls a server back for each request, each tick and each end of a child, until a stop is requested.

    served: the server.
    poll_interval: seconds without a request after which ``service_actions`` is called; None: never.
    """

    def __init__(self, served: Served, poll_interval: float | None) -> None:
        self._served = served
        self._poll_interval = None if poll_interval is None else max(0.0, poll_interval)
        self._fd = _NOTHING
        self._waiting = False
        self._resting = False
        self._full: Callable[[], bool] | None = None
        self._pidfds: set[int] = set()
        self._poller = _make_poller()
        self._reactor = SelectorReactor(self._poller)
        self._exhaustion = Exhaustion(self._reactor, self._try_again)

    def run(self) -> None:
        """Serve; raises what the server's methods raise."""
        self._watch(descriptor_of(self._served))
        # Any: the flag may have changed at each look, which no type tells.
        served: Any = self._served
        poll, interval, exhaustion = self._poller.poll, self._poll_interval, self._exhaustion
        while not served._BaseServer__shutdown_request:  # noqa: SLF001 - programs set it, too
            if exhaustion.lasts:
                left = exhaustion.time_left()
                events = poll(left if interval is None else min(interval, left))
            else:
                events = poll(interval)
            # A request and nothing else, as mostly: what its callback would do is done here.
            if len(events) == 1 and events[0][0] == self._fd and not exhaustion.lasts:
                self._waiting = True
            else:
                self._reactor.call_back(events)
            # A request that came together with the stop stays where it is, for the next run.
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
        """Have the loop ask whether to stop; from any thread."""
        self._reactor.call_soon_threadsafe(_wake_up)

    def close(self) -> None:
        """Give up the descriptors of the loop's own."""
        for pidfd in list(self._pidfds):
            self._forget_child(pidfd)
        self._watch(_NOTHING)
        self._reactor.close()

    def accept_failed(self, error: OSError) -> None:
        """Rest from accepting, if the next attempt would fail as well; the stdlib tries for ever, at full speed."""
        # A subclass of OSError (an SSLError, whose errno is none) or one made by the program is about one request.
        if type(error) is not OSError or error.errno is None or accept_fault(error) is AcceptFault.CONNECTION:
            return
        # A socket that was closed under the loop is often meant as a stop: nothing is told of it, as in the stdlib.
        self._exhaustion.rest(error, tell=accept_fault(error) is AcceptFault.EXHAUSTION)
        self._resting = True
        self._follow()

    def rest_while(self, full: Callable[[], bool]) -> None:
        """Accept nothing as long as ``full()``; asked again after each turn."""
        self._full = full
        self._follow()

    def await_child(self, pid: int) -> None:
        """Take a turn when this child ends; where the kernel does not tell, only the ticks can find it."""
        pidfd = open_pidfd(pid)
        if pidfd is not None:
            self._pidfds.add(pidfd)
            self._reactor.add_reader(pidfd, partial(self._child_ended, pidfd))

    @property
    def awaits_children(self) -> bool:
        """Whether the end of a child will be a turn."""
        return bool(self._pidfds)

    def _child_ended(self, pidfd: int) -> None:
        # To be woken is all: after each turn the server looks after its children by itself.
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
        """Watch the server's descriptor, whichever it is by now, unless accepting rests."""
        if self._full is not None and not self._full():
            self._full = None
        self._watch(_NOTHING if self._resting or self._full else self._served.fileno())

    def _watch(self, fd: int) -> None:
        if fd == self._fd:
            return
        if self._fd != _NOTHING:
            self._reactor.remove_reader(self._fd)
        if fd != _NOTHING:
            self._reactor.add_reader(fd, self._ready)
        self._fd = fd
