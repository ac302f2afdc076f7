"""A server as a service: its manager hears that it is ready, that it lives, and that it ends (sd_notify(3)).

The first two are sent from the server's own loop: one that does not begin is never ready, one that hangs falls silent.
It knows nothing of signals, or of who the manager is.
"""

import contextlib
import os
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from typedserver.lifetime.serving import Serving
from typedserver.protocols.reactors import Reactor
from typedserver.service.notify import stopping, watchdog, watchdog_interval


@contextlib.contextmanager
def announced(server: Serving[Any], ready: Callable[[], object]) -> Generator[None, None, None]:
    """Report to the service manager what becomes of a server that the block serves with.

    ready: called once, in the loop's thread, when the server serves, and of each Prefork in it one worker. It reports
    that the service is ready, to the manager and to whoever else has to know.

    From then on WATCHDOG=1 is sent at intervals, if the manager waits for it; STOPPING=1 when the server is asked to
    drain, at the latest when the block ends.
    """
    announcement = _Announcement(ready)
    server.__lifetime__.call_when_ready(announcement.begin)
    server.call_when_draining(announcement, announcement.stop)
    try:
        yield
    finally:
        server.forget_when_draining(announcement)
        announcement.stop()


class _Announcement:
    """What was reported of one server, by the process that it is."""

    def __init__(self, ready: Callable[[], object]) -> None:
        self._ready = ready
        self._pid = os.getpid()
        self._stopping = False

    def begin(self, reactor: Reactor) -> None:
        # In the turn after this one: if something fails as the loop begins, the service is not ready.
        reactor.call_soon_threadsafe(partial(self._report_ready, reactor))

    def _report_ready(self, reactor: Reactor) -> None:
        self._ready()
        interval = watchdog_interval()
        if interval is not None:
            self._live(reactor, interval)

    def _live(self, reactor: Reactor, interval: float) -> None:
        watchdog()
        reactor.call_later(interval, partial(self._live, reactor, interval))

    def stop(self) -> None:
        # Also out of a signal handler. A forked child is asked to drain with its parent: it is not the service.
        if not self._stopping and os.getpid() == self._pid:
            self._stopping = True
            stopping()
