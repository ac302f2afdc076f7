"""Forks: each request in a child process of its own."""

import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from typing import Final

from typedserver.errors import ChildFailed, CompositionError
from typedserver.process.children import Children
from typedserver.process.forking import forget_signals
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_at_least, recipe_repr
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy

# socketserver's own bound.
DEFAULT_MAX_CHILDREN: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Forks(BaseStrategy):
    """Serve each request in a forked child: memory of its own, and a crash ends one request alone. POSIX only.

    SIGTERM tells a child that the server drains, and SIGINT nothing: both come to a whole process group, and a request
    is served to its end all the same. SIGKILL ends a child.

    max_children: how many may run at once; accepting pauses at the bound.
    block_on_close: whether closing the server waits for the children. Those that it does not wait for are zombies when
    they end, until a server of this process forks, reaps or closes next.

    Raises RecipeError for a bound below 1, CompositionError where the platform can not fork.
    """

    max_children: int = DEFAULT_MAX_CHILDREN
    block_on_close: bool = True

    def __post_init__(self) -> None:
        check_at_least("Forks", "max_children", self.max_children, 1, "give the most children to run at once")
        if not hasattr(os, "fork"):
            raise CompositionError("Forks() needs fork(), which this platform lacks: use Threads()")

    def start(self, processor: RequestProcessor[object], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ForksDispatcher(self, processor, reactor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Forks


# Seconds until a child is told once more that the server drains, doubled each time: each signal interrupts what it
# waits for, and the kernel begins to count its read deadline anew (signal(7), SO_RCVTIMEO).
_FIRST_PAUSE: Final = 1.0

# What ends the parent; what else the program handles it handles in its children, too.
_TAKEN_OVER: Final = (signal.SIGINT,)


def _finish_first(_number: int, _frame: object) -> None:
    """Let the request be served to its end: Ctrl-C stops the parent."""


class _ForksDispatcher(BaseDispatcher):
    """Gives each request to a child, and releases it when the kernel says that the child has ended."""

    __slots__ = ("_children", "_processor", "_recipe", "_told")

    def __init__(self, recipe: Forks, processor: RequestProcessor[object], reactor: Reactor | None) -> None:
        self._recipe = recipe
        self._processor = processor
        self._children: Children[tuple[object, object]] = Children(reactor, self._ended)
        # When a child is told next that the server drains, and how long after that again; by its request's identity.
        self._told: dict[int, tuple[float, float]] = {}

    @property
    def has_capacity(self) -> bool:
        return len(self._children) < self._recipe.max_children

    def process_request(self, request: object, client_address: object, /) -> None:
        about = request, client_address
        refusal: BaseException | None = None
        try:
            refusal = self._children.fork(
                about, self._take_over_the_signals, partial(self._serve_in_child, request, client_address)
            )
        except BaseException as error:
            if not any(known is about for known in self._children.about.values()):
                # Before there was a child, which would be told of at its end.
                refusal = error
            if not isinstance(error, Exception):
                raise
            if refusal is None:
                # A signal's handler has raised beside the fork: that is no fault of the request, which is served.
                self._processor.fail(error)
        finally:
            try:
                self._processor.close_request(request)
            finally:
                if refusal is not None:
                    # This client is refused, the server goes on.
                    self._processor.release(request, client_address, refusal)

    def _take_over_the_signals(self) -> None:
        forget_signals(_TAKEN_OVER, _finish_first)
        # Also from whoever stops a service as a whole (systemd.kill(5)): a request is to be served to its end.
        signal.signal(signal.SIGTERM, lambda _number, _frame: self._processor.drain_in_child())

    def _serve_in_child(self, request: object, client_address: object) -> None:
        self._processor.enter_child(request)
        self._processor.serve_request(request, client_address)

    def _ended(self, pid: int, status: int | None, about: tuple[object, object]) -> None:
        self._told.pop(id(about[0]), None)
        self._processor.release(*about, ChildFailed(pid, status) if status else None)

    def service_actions(self) -> None:
        """Reap the children that have ended."""
        self._children.reap()

    def drain(self) -> None:
        """Tell every child by SIGTERM; again, where it is still there after longer and longer pauses."""
        now = time.monotonic()
        self._children.send_signal(signal.SIGTERM, to=lambda about: self._is_to_be_told(id(about[0]), now))

    def _is_to_be_told(self, key: int, now: float) -> bool:
        due, pause = self._told.get(key, (now, _FIRST_PAUSE))
        if now < due:
            return False
        self._told[key] = now + pause, pause * 2
        return True

    def cut(self, request: object, /) -> None:
        """Kill the child that serves this request."""
        self._children.send_signal(signal.SIGKILL, to=lambda about: about[0] is request)

    def close(self, timeout: float | None = None, /) -> int:
        """Wait for the children, unless the recipe says not to."""
        if self._recipe.block_on_close:
            return self._children.wait(timeout)
        left = self._children.reap()
        self._children.forget()
        return left
