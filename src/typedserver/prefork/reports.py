"""What observers in workers report to those in the parent: who reports, what is sent, and to whom it comes.

It knows the contract of such observers and a channel, nothing of what is reported.
"""

import logging
import threading
import time
from typing import Final, cast

from typedserver.errors import ends_the_program
from typedserver.events import Observer, ReportingObserver
from typedserver.lifetime.tree import leaves
from typedserver.observers.several import each_observer
from typedserver.prefork.messages import ACCOUNT
from typedserver.prefork.sharing import is_server
from typedserver.process.channel import Channel
from typedserver.protocols.servers import AnyServer

_log = logging.getLogger("typedserver")

REPORT_INTERVAL: Final = 0.5
"""Seconds between two reports: as much as a worker that is killed may keep to itself. Scrapers ask every 15 or so."""


def observers_of(server: AnyServer) -> list[Observer]:
    """Return the observers of the servers in a server, each once."""
    found: list[Observer] = []
    for leaf in leaves(server):
        if is_server(leaf):
            observer = leaf.__lifetime__.servable.recipe.config.observer
            if observer not in found:
                found.append(observer)
    return found


def _reporting(server: AnyServer) -> list[ReportingObserver]:
    # In the same order in the parent and in each worker, so that a number says which is meant.
    found: list[ReportingObserver] = []
    for observer in observers_of(server):
        for inner in each_observer(observer):
            if isinstance(inner, ReportingObserver) and inner not in found:
                found.append(inner)
    return found


class Reports:
    """The observers of one server that report.

    server: whose. Made in the parent; ``take`` is called there, all else in a worker.
    """

    __slots__ = ("_lock", "_observers", "_sent")

    def __init__(self, server: AnyServer) -> None:
        self._observers = _reporting(server)
        # Held to make a report and send it: an older one must not come after a newer one.
        self._lock = threading.Lock()
        self._sent: dict[tuple[int, int], object] = {}

    def __bool__(self) -> bool:
        return bool(self._observers)

    def enter_worker(self) -> None:
        """Have them begin anew."""
        for observer in self._observers:
            observer.enter_worker()

    def send(self, channel: Channel, seconds: float = 0.0) -> None:
        """Send what is new.

        seconds: how long to wait for room in the channel; what finds none is sent the next time. From any thread.
        """
        until = time.monotonic() + seconds
        with self._lock:
            for number, observer in enumerate(self._observers):
                for place, part in enumerate(_reports_of(observer)):
                    if self._sent.get((number, place)) == part:
                        continue
                    while not channel.send(ACCOUNT, (number, part)):
                        if not channel.wait_for_room(max(0.0, until - time.monotonic())):
                            return
                    self._sent[number, place] = part

    def take(self, pid: int, worker: int, about: object) -> None:
        """Give a part to the observer that it is for, and log what that raises."""
        number, part = cast("tuple[int, object]", about)
        observer = self._observers[number]
        try:
            observer.take_report(pid, worker, part)
        except BaseException as error:
            if ends_the_program(error):
                raise
            _log.exception("the observer %r failed at a report of worker %d", observer, pid)


def _reports_of(observer: ReportingObserver) -> "list[object]":
    try:
        return list(observer.reports())
    except BaseException as error:
        if ends_the_program(error):
            raise
        _log.exception("the observer %r could not report", observer)
        return []
