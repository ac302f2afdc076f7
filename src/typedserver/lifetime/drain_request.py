"""A request to drain: until when, and whom to call. Also what a drain may take where nothing else bounds it.

It knows callbacks and the monotonic clock, nothing of servers or loops. Any thread and any signal handler may call it,
so it takes no lock: each step is one operation of a dict or one assignment.
"""

import logging
import math
import time
from collections.abc import Callable
from typing import Final

from typedserver.errors import ends_the_program
from typedserver.process.callers import is_called_by

_log = logging.getLogger("typedserver")

# How long requests that were cut have for their ``finally`` clauses. Their connections are shut down, so they no longer
# wait for a peer and one second is plenty. A handler that is still running computes or waits for something else: the
# stop does not wait for it.
CUT_GRACE: Final = 1.0

# If the kernel cannot be made to refuse new connections, clients that keep coming would keep the queue from ever being
# quiet: what has come within this second is served, and no more.
LEAKING_LIMIT: Final = 1.0


class DrainRequest:
    """Whether a server was asked to drain, until when, and who is called then.

    until: when running requests are cut, by the monotonic clock; ``math.inf`` for never, None if nobody has asked.
    callbacks: who is called, by the identity of what each concerns: mostly a request. Always the same dict.
    """

    __slots__ = ("callbacks", "until")

    def __init__(self) -> None:
        self.until: float | None = None
        self.callbacks: dict[int, Callable[[], object]] = {}

    def ask(self, seconds: float | None) -> float:
        """Ask for a drain that has so many seconds (None: any number); returns until when it may last.

        A later call can only bring that forward.
        """
        until = math.inf if seconds is None else time.monotonic() + max(0.0, seconds)
        if self.until is None or until < self.until:
            self.until = until
        return self.until

    def call(self, about: object, callback: Callable[[], object]) -> None:
        """Call a function at each ``notify``, and now if a drain was asked for before."""
        self.callbacks[id(about)] = callback
        # After the callback is kept: ``ask`` sets ``until`` before ``notify`` reads the callbacks. At least one of both
        # threads sees the other.
        if self.until is not None:
            _call(callback)

    def forget(self, about: object) -> None:
        """Take ``call`` back."""
        self.callbacks.pop(id(about), None)

    def notify(self) -> None:
        """Call everyone; what a callback raises is logged.

        A callback that asks for the drain again is not called for that: whoever called it goes on with the others.
        """
        if not is_called_by(_NOTIFIES, lambda drain_request: drain_request is self):
            self.notify_each()

    def notify_each(self) -> None:
        """Call everyone."""
        for callback in list(self.callbacks.values()):
            _call(callback)

    def enter_child(self) -> None:
        """Forget everyone, in a forked child: those who wait are the parent's."""
        self.callbacks.clear()

    def ask_in_child(self) -> None:
        """Note that the parent of this process drains; it keeps the deadline."""
        self.until = math.inf

    def seconds_to_close(self) -> float | None:
        """Return how long a close may wait for workers: None, as their recipes say, if no deadline was set."""
        if self.until is None or self.until == math.inf:
            return None
        # From the deadline, not from now: a drain in the loop has waited for them as long already.
        return max(0.0, self.until + CUT_GRACE - time.monotonic())


_NOTIFIES: Final = (DrainRequest.notify_each.__code__,)


def _call(callback: Callable[[], object]) -> None:
    try:
        callback()
    except BaseException as error:
        # Whatever else it raises, SystemExit included: the others must be called, and the thread is none of its.
        if ends_the_program(error):
            raise
        _log.exception("%r failed when the server asked it to drain", callback)
