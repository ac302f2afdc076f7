"""Forks: each request in a child process of its own.

It knows children by their requests, nothing of how a process is forked or reaped.
"""

import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from typing import Final

from typedserver.errors import ChildFailed, CompositionError
from typedserver.process.children import Children
from typedserver.process.forking import plain_signal
from typedserver.process.handled import Handled
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.strategies import ConcurrencyStrategy, Dispatcher, RequestProcessor
from typedserver.recipes import check_at_least, check_flags, recipe_repr
from typedserver.sockets.connection import finish_ends
from typedserver.sockets.limits import expect_signals
from typedserver.sockets.lingering import LONGEST
from typedserver.strategies.bases import BaseDispatcher, BaseStrategy

# As many as socketserver.ForkingMixIn has.
DEFAULT_MAX_CHILDREN: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Forks(BaseStrategy):
    """Serve each request in a forked child: it has memory of its own, and a crash ends only one request. POSIX only.

    A child takes SIGTERM as the order to drain, and ignores SIGINT: both may be sent to a whole process group, and a
    request must be served to its end in any case. SIGKILL ends a child.

    max_children: how many may run at once; accepting pauses at the bound.
    block_on_close: whether closing the server waits for the children. If it does not, children that end later are
    zombies until a server of this process forks, reaps or closes.

    Raises RecipeError for a bound below 1, CompositionError if the platform cannot fork.
    """

    max_children: int = DEFAULT_MAX_CHILDREN
    block_on_close: bool = True

    def __post_init__(self) -> None:
        check_at_least("Forks", "max_children", self.max_children, 1, "give the most children to run at once")
        check_flags("Forks", block_on_close=self.block_on_close)
        if not hasattr(os, "fork"):
            raise CompositionError("Forks() needs fork(), which this platform lacks: use Threads()")

    def start(self, processor: RequestProcessor[object], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server."""
        return _ForksDispatcher(self, processor, reactor)

    __repr__ = recipe_repr


_conforms: type[ConcurrencyStrategy[object]] = Forks


# Seconds until a child is notified again that the server drains, doubled each time: each signal interrupts whatever the
# child's handler does.
_FIRST_PAUSE: Final = 1.0


def _finish_first(_number: int, _frame: object) -> None:
    """Do nothing, so that the request is served to its end: Ctrl-C stops the parent."""


class _ForksDispatcher(BaseDispatcher):
    """Gives each request to a child, and releases it when the kernel says that the child has ended."""

    __slots__ = ("_children", "_handled", "_notices", "_processor", "_recipe")

    def __init__(self, recipe: Forks, processor: RequestProcessor[object], reactor: Reactor | None) -> None:
        self._recipe = recipe
        self._processor = processor
        self._children: Children[tuple[object, object]] = Children(reactor, self._ended)
        # When a child is notified next that the server drains, and the pause after that; by its request's identity.
        self._notices: dict[int, tuple[float, float]] = {}
        # What a child handles.
        self._handled: Handled | None = None

    @property
    def has_capacity(self) -> bool:
        return len(self._children) < self._recipe.max_children

    def process_request(self, request: object, client_address: object, /) -> None:
        about = request, client_address
        refusal: BaseException | None = None
        try:
            refusal = self._children.fork(
                about, self._take_over_signals, partial(self._serve_in_child, request, client_address)
            )
        except BaseException as error:
            if not any(known is about for known in self._children.about.values()):
                # There is no child whose end would release the request.
                refusal = error
            if not isinstance(error, Exception):
                raise
            if refusal is None:
                # A signal handler has raised beside the fork: the child is there, and serves the request.
                self._processor.fail(error)
        finally:
            try:
                self._processor.close_request(request)
            finally:
                if refusal is not None:
                    # Only this client is refused; the server goes on.
                    self._processor.release(request, client_address, refusal)
                else:
                    self._processor.leave_to_child(request)

    def _take_over_signals(self) -> None:
        # The wake-up descriptor belongs to the parent's loop: asyncio would take the child's signals for its own.
        signal.set_wakeup_fd(-1)
        self._handled = Handled()
        # Not the program's own handler, because that ends the parent: Ctrl-C reaches the whole process group. It is a
        # function, because programs that the child starts would inherit SIG_IGN.
        if callable(plain_signal.getsignal(signal.SIGINT)):
            self._handled.set(signal.SIGINT, _finish_first)
        # A service manager sends it to all processes of the service (systemd.kill(5)), and a request must be served to
        # its end.
        self._handled.set(signal.SIGTERM, lambda _number, _frame: self._processor.drain_in_child())

    def _serve_in_child(self, request: object, client_address: object) -> None:
        self._processor.enter_child(request)
        # It is notified again and again that the server drains.
        expect_signals()
        self._processor.serve_request(request, client_address)
        # The child's end closes what lingers.
        finish_ends(LONGEST)

    def _ended(self, pid: int, status: int | None, about: tuple[object, object]) -> None:
        self._notices.pop(id(about[0]), None)
        self._processor.release(*about, ChildFailed(pid, status) if status else None)

    def service_actions(self) -> None:
        """Reap the children that have ended."""
        self._children.reap()

    def drain(self) -> None:
        """Notify every child by SIGTERM; if it is called again, those that are due, after longer and longer pauses."""
        now = time.monotonic()
        self._children.send_signal(signal.SIGTERM, to=lambda about: self._take_notice(id(about[0]), now))

    def _take_notice(self, key: int, now: float) -> bool:
        """Return whether a child is due to be notified; if so, set when it is next."""
        due, pause = self._notices.get(key, (now, _FIRST_PAUSE))
        if now < due:
            return False
        self._notices[key] = now + pause, pause * 2
        return True

    def cut(self, request: object, /) -> None:
        """Kill the child that serves this request."""
        self._children.send_signal(signal.SIGKILL, to=lambda about: about[0] is request)

    def close(self, timeout: float | None = None, /) -> int:
        """Wait for the children, at most ``timeout`` seconds, unless the recipe forbids it."""
        if self._recipe.block_on_close:
            return self._children.wait(timeout)
        left = self._children.reap()
        self._children.forget()
        return left
