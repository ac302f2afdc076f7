"""The dispatchers of a server: one for each loop that it has served in.

It knows a strategy and its dispatchers, nothing of listeners or requests.
"""

from collections.abc import Callable
from typing import Any

from typedserver.composition import check_dispatcher, check_reactor
from typedserver.lifetime.drain_request import CUT_GRACE, DrainRequest
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor


class Dispatchers:
    """One dispatcher for each loop; the current one is last, workers of an earlier one may still be running."""

    __slots__ = ("_all", "_strategy")

    def __init__(self, strategy: ConcurrencyStrategy[Any]) -> None:
        self._strategy = strategy
        self._all: list[tuple[Reactor, Dispatcher]] = []

    def __len__(self) -> int:
        return len(self._all)

    @property
    def current(self) -> Dispatcher:
        """The dispatcher of the loop that runs."""
        return self._all[-1][1]

    def of(self, reactor: Reactor, processor: RequestProcessor[Any]) -> Dispatcher:
        """Return the dispatcher of this loop, started if need be, as the current one."""
        known = next((entry for entry in self._all if entry[0] is reactor), None)
        if known is None:
            check_reactor(reactor)
            self._forget_ended()
            dispatcher = self._strategy.start(processor, reactor)
            check_dispatcher(dispatcher)
            known = (reactor, dispatcher)
        else:
            self._all.remove(known)
        self._all.append(known)
        return known[1]

    def _forget_ended(self) -> None:
        self._all = [
            (reactor, dispatcher) for reactor, dispatcher in self._all if not reactor.is_closed() or dispatcher.close(0)
        ]

    def is_worker(self) -> bool:
        """Whether the calling thread runs a request of one of them; from any thread."""
        return any(dispatcher.is_worker() for _, dispatcher in list(self._all))

    def drain(self) -> None:
        """Pass on to workers in other processes that the server drains."""
        for _, dispatcher in self._all:
            dispatcher.drain()

    def cut(self, request: object) -> None:
        """End the worker of this request; from any thread."""
        for _, dispatcher in list(self._all):
            dispatcher.cut(request)

    def close(
        self, drain_request: DrainRequest, cut_all: Callable[[], object], end_waits: Callable[[], object]
    ) -> None:
        """Wait for the workers of all of them.

        drain_request: how long, in all, once a drain was asked for; otherwise each waits as the recipe says.
        cut_all: called if workers are left at the end of a drain; they have a second more.
        end_waits: called if workers are left after that, which nobody waits for: they may wait for nothing either.
        """
        while self._all:
            # Taken out afterwards: whoever interrupts the wait may close again, and wait for the rest. A drain may be
            # asked for during the wait.
            if self._all[-1][1].close(drain_request.seconds_to_close()) and drain_request.until is not None:
                cut_all()
                if self._all[-1][1].close(CUT_GRACE):
                    end_waits()
            self._all.pop()
