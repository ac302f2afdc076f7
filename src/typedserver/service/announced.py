"""A server as a service: it tells its manager that it is ready, that it lives, and that it ends (sd_notify(3)).

The first two are told from the server's own loop: one that does not begin is never ready, one that hangs falls silent.
It knows how servers come by their loop, and nothing of signals, or of who the manager is.
"""

import contextlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Protocol, cast, runtime_checkable

from typedserver.lifetime.serving import Serving
from typedserver.prefork.prefork import Prefork
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import AnyServer, ListeningServer
from typedserver.service.notify import stopping, watchdog, watchdog_interval


@runtime_checkable
class _HasMembers(Protocol):
    @property
    def servers(self) -> Sequence[AnyServer]: ...


@contextlib.contextmanager
def announced(server: Serving, ready: Callable[[], object]) -> Generator[None, None, None]:
    """Have the service manager told of a server that the block serves with.

    ready: called once, in the loop's thread, when that has begun, and of each Prefork in the server the loop of one
    worker. It tells that the service is ready, and whoever else has to know.

    From then on WATCHDOG=1 is told at intervals, where the manager waits for it; STOPPING=1 when the server is asked to
    drain, at the latest when the block ends.
    """
    announcement = _Announcement(server, ready)
    try:
        yield
    finally:
        announcement.end()


class _Announcement:
    """What is told of one server, and what it waits for before that."""

    def __init__(self, server: Serving, ready: Callable[[], object]) -> None:
        self._server = server
        self._ready = ready
        self._pid = os.getpid()
        self._is_ready = False
        self._stopping = False
        # Of each Prefork, a pipe on which a worker tells that its loop has begun.
        self._ears: list[int] = []
        self._mouths: list[int] = []
        self._awaited: set[int] = set()
        self._reactor: Reactor | None = None
        try:
            for prefork in _preforks(server):
                self._await_worker(prefork)
        except BaseException:
            self._close()
            raise
        _call_when_its_loop_begins(server, self._begin)
        server.call_when_draining(self, self._stop)

    def _await_worker(self, prefork: "Prefork[ListeningServer]") -> None:
        if isinstance(prefork.server, Serving):
            ear, mouth = os.pipe()
            self._ears.append(ear)
            self._mouths.append(mouth)
            os.set_blocking(mouth, False)
            _call_when_its_loop_begins(prefork.server, lambda _reactor: _tell(mouth))

    def _begin(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._awaited = set(self._ears)
        for ear in self._ears:
            reactor.add_reader(ear, partial(self._hear, ear))
        # In the turn after this one: where something fails as the loop begins, the service is not ready.
        reactor.call_soon_threadsafe(self._look)

    def _hear(self, ear: int) -> None:
        # Once is enough: those that come later write to a pipe that nobody reads, and do not wait for that.
        if self._reactor is not None:
            self._reactor.remove_reader(ear)
        self._awaited.discard(ear)
        self._look()

    def _look(self) -> None:
        if self._awaited or self._reactor is None or self._is_ready:
            return
        self._is_ready = True
        self._ready()
        interval = watchdog_interval()
        if interval is not None:
            self._live(self._reactor, interval)

    def _live(self, reactor: Reactor, interval: float) -> None:
        watchdog()
        reactor.call_later(interval, partial(self._live, reactor, interval))

    def _stop(self) -> None:
        # Also out of a signal handler. A forked child is told that its parent drains: it is not the service.
        if not self._stopping and os.getpid() == self._pid:
            self._stopping = True
            stopping()

    def end(self) -> None:
        self._server.forget_when_draining(self)
        self._stop()
        self._close()

    def _close(self) -> None:
        for ear in self._awaited:
            # The server may have closed the loop, which has forgotten it by then.
            with contextlib.suppress(Exception):
                cast("Reactor", self._reactor).remove_reader(ear)
        for fd in (*self._ears, *self._mouths):
            os.close(fd)
        self._ears, self._mouths, self._awaited = [], [], set()


def _tell(mouth: int) -> None:
    with contextlib.suppress(OSError):
        os.write(mouth, b"b")


def _preforks(server: AnyServer) -> "Iterator[Prefork[ListeningServer]]":
    if isinstance(server, Prefork):
        yield cast("Prefork[ListeningServer]", server)
    elif isinstance(server, _HasMembers):
        for member in server.servers:
            yield from _preforks(member)


def _call_when_its_loop_begins(server: Serving, callback: Callable[[Reactor], object]) -> None:
    """Have a callback called in the first turn of the server's own loop, before whatever is readable."""
    make = server._reactor_factory  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Serving's own, of another

    def make_reactor() -> Reactor:
        reactor = make()
        reactor.call_soon_threadsafe(partial(callback, reactor))
        return reactor

    server._reactor_factory = make_reactor  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
