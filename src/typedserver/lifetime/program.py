"""Running a server as a program does: until a signal ends it, with an exit status that says how.

It knows a server that drains, and the signals that a program is ended by. A signal drains the server before anything
else is done about it, because anything else may fail.
"""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from typedserver.errors import LifecycleError
from typedserver.process.signals import handled_by
from typedserver.reactor.calls import call_in_loop

if TYPE_CHECKING:
    from typedserver.lifetime.serving import Serving

_log = logging.getLogger("typedserver")

# The 1st signal drains, the 2nd cuts, the 3rd raises KeyboardInterrupt.
_SIGNALS_OBEYED: Final = 2


class Exit(IntEnum):
    """The exit status of a program that has run a server."""

    DRAINED = 0
    """Every request that was accepted came to its end."""
    DEADLINE = 3
    """Some were cut when the drain's time was over."""
    CUT = 130
    """Some were cut by a second signal: 128 and the number of Ctrl-C's."""


def nothing(_signals: int = 0) -> None:
    """Do nothing, in the place of what a program leaves out."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What a program wants to be called for, as ``Serving.run`` says."""

    reload: Callable[[], object]
    opened: Callable[[], object] = nothing
    ready: Callable[[], object] = nothing
    asked: Callable[[int], object] = nothing


def run(server: "Serving", deadline: float | None, calls: Calls) -> int:
    """Serve until a signal ends it, as ``Serving.run`` says."""
    if threading.current_thread() is not threading.main_thread():
        raise LifecycleError(
            f"run() of {server!r} handles signals, which come to the main thread alone: in another, use "
            "`with server: server.serve_forever()` and end it by request_drain()"
        )
    times = 0

    def end() -> None:
        nonlocal times
        times += 1
        if times > _SIGNALS_OBEYED:
            raise KeyboardInterrupt
        server.request_drain(deadline if times == 1 else 0.0)
        calls.asked(times)

    def reload_in_loop() -> None:
        try:
            calls.reload()
        except Exception:  # noqa: BLE001 - whatever the hook raises, the server goes on
            _log.exception("reloading failed: what was loaded before stays")

    lifetime = server.__lifetime__
    plan: dict[signal.Signals, Callable[[], object]] = {signal.SIGTERM: end, signal.SIGINT: end}
    if hasattr(signal, "SIGHUP"):
        reactor = lifetime.reactor()
        # Not in the signal handler: a program's own code must not run between any two steps of the loop's.
        plan[signal.SIGHUP] = lambda: call_in_loop(reactor, reload_in_loop)
    # Before it opens: whoever finds it open may send a signal at once.
    with handled_by(plan, lifetime.reactor, lambda: times > 0):
        try:
            server.open()
            calls.opened()
            lifetime.call_when_ready(lambda _reactor: calls.ready())
            server.serve_forever()
        finally:
            server.server_close()
    report = lifetime.servable.report()
    if report is None or not (report.cut or report.left):
        return Exit.DRAINED
    return Exit.CUT if times > 1 else Exit.DEADLINE
