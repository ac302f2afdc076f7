"""One run of ``serve_forever``: the reactor that it runs, what wakes it, and when it ticks.

It knows a server by the three methods that it calls, and no socket, request or handler. All methods belong to the
thread that made it, but ``wake``.
"""

import logging
import os
import select
import selectors
import time
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, cast

from typedserver.acceptor import FIRST_PAUSE, LAST_PAUSE
from typedserver.faults import AcceptFault, accept_fault
from typedserver.pidfd import open_pidfd
from typedserver.pollers import Poller, PollPoller
from typedserver.protocols import TimerHandle
from typedserver.reactor import SelectorReactor

_log = logging.getLogger("typedserver")

# poll(2) rather than epoll: it looks descriptors up by number at each wait, so a socket that was closed, wrapped or
# replaced under its number is what it is for the stdlib, and a forked child shares no kernel object with its parent.
_Poller: Final[Callable[[], selectors.BaseSelector | Poller]] = (
    PollPoller if hasattr(select, "poll") else selectors.SelectSelector
)

_NOTHING: Final = -1


class Served(Protocol):
    """What the loop calls."""

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


class ServingLoop:
    """Calls a server back for each request, each tick and each end of a child, until a stop is requested.

    served: the server.
    poll_interval: seconds without a request after which ``service_actions`` is called; None: never.
    stop_requested: asked at every wake-up.
    """

    def __init__(self, served: Served, poll_interval: float | None, *, stop_requested: Callable[[], bool]) -> None:
        self._served = served
        self._poll_interval = None if poll_interval is None else max(0.0, poll_interval)
        self._stop_requested = stop_requested
        self._fd = _NOTHING
        self._last_turn = time.monotonic()
        self._retry: TimerHandle | None = None
        self._next_pause = FIRST_PAUSE
        self._full: Callable[[], bool] | None = None
        self._pidfds: set[int] = set()
        self._reactor = SelectorReactor(_Poller())

    def run(self) -> None:
        """Serve; raises what the server's methods raise."""
        self._watch(descriptor_of(self._served))
        if self._poll_interval is not None:
            self._reactor.call_later(self._poll_interval, self._tick)
        if not self._stop_requested():
            self._reactor.run_forever()

    def wake(self) -> None:
        """Have the loop ask whether to stop; from any thread."""
        self._reactor.call_soon_threadsafe(self._stop_if_requested)

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
        if self._next_pause == FIRST_PAUSE and accept_fault(error) is AcceptFault.EXHAUSTION:
            _log.error("accepting pauses: %s; connections wait in the listener's queue", error)
        self._retry = self._reactor.call_later(self._next_pause, self._try_again)
        self._next_pause = min(self._next_pause * 2, LAST_PAUSE)
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
        self._forget_child(pidfd)
        self._end_turn()

    def _forget_child(self, pidfd: int) -> None:
        self._pidfds.remove(pidfd)
        self._reactor.remove_reader(pidfd)
        os.close(pidfd)

    def _ready(self) -> None:
        if self._stop_if_requested():
            return
        self._served._handle_request_noblock()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the name is the stdlib's, and programs override it
        if self._retry is None:
            self._next_pause = FIRST_PAUSE
        self._end_turn()

    def _end_turn(self) -> None:
        self._served.service_actions()
        self._last_turn = time.monotonic()
        if self._full is not None:
            self._follow()
        self._stop_if_requested()

    def _tick(self) -> None:
        assert self._poll_interval is not None
        left = self._last_turn + self._poll_interval - time.monotonic()
        if left <= 0:
            self._follow()
            self._end_turn()
            left = self._poll_interval
        self._reactor.call_later(left, self._tick)

    def _stop_if_requested(self) -> bool:
        if not self._stop_requested():
            return False
        self._reactor.stop()
        return True

    def _try_again(self) -> None:
        self._retry = None
        self._follow()

    def _follow(self) -> None:
        """Watch the server's descriptor, whichever it is by now, unless accepting rests."""
        if self._full is not None and not self._full():
            self._full = None
        self._watch(_NOTHING if self._retry or self._full else self._served.fileno())

    def _watch(self, fd: int) -> None:
        if fd == self._fd:
            return
        if self._fd != _NOTHING:
            self._reactor.remove_reader(self._fd)
        if fd != _NOTHING:
            self._reactor.add_reader(fd, self._ready)
        self._fd = fd
