"""A server as a service: it reports to its manager that it is ready, that it is alive, and that it ends (sd_notify(3)).

The server's own loop sends the first two: if it does not begin, the service is never ready, and if it hangs, the
watchdog messages stop. It knows nothing of signals, or of the manager.
"""

import contextlib
import os
from collections.abc import Callable, Generator
from functools import partial

from typedserver.lifetime.serving import Serving
from typedserver.protocols.reactors import Reactor
from typedserver.reactor.calls import every
from typedserver.service.notify import KeptOpen, stopping, watchdog, watchdog_interval


@contextlib.contextmanager
def announced(server: Serving, ready: Callable[[], object]) -> Generator[None, None, None]:
    """Report the state of a server to the service manager, while the block serves.

    ready: called once, in the loop's thread, when the server serves, and so does one worker of each Prefork in it. It
    must report to the manager that the service is ready.

    From then on WATCHDOG=1 is sent at intervals, if the manager waits for it. STOPPING=1 is sent when the server is
    asked to drain, at the latest when the block ends.
    """
    announcement = _Announcement(ready)
    kept = KeptOpen()
    try:
        server.__lifetime__.call_when_ready(announcement.begin)
        server.call_when_draining(announcement, announcement.stop)
        yield
    finally:
        server.forget_when_draining(announcement)
        announcement.stop()
        kept.close()


class _Announcement:
    """The reports of one server, by the process that was started as the service."""

    def __init__(self, ready: Callable[[], object]) -> None:
        self._ready = ready
        self._pid = os.getpid()
        self._stopping = False

    def begin(self, reactor: Reactor) -> None:
        # In the next turn, because the service is not ready if something fails as the loop begins.
        reactor.call_soon_threadsafe(partial(self._report_ready, reactor))

    def _report_ready(self, reactor: Reactor) -> None:
        self._ready()
        interval = watchdog_interval()
        if interval is not None:
            watchdog()
            every(reactor, interval, watchdog)

    def stop(self) -> None:
        # May be called by a signal handler. A forked child drains with its parent, but is not the service.
        if not self._stopping and os.getpid() == self._pid:
            self._stopping = True
            stopping()
