"""The lifespan of a server: a context that a process enters before its first request, and leaves after its last one.

It knows a context manager, and a dispatcher that may run it in its loop. It knows nothing of requests, or of how a
server begins and ends.
"""

import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import copy_context
from functools import partial
from typing import Final, Protocol, cast

from typedserver.coroutines.companions import Companions
from typedserver.coroutines.loop import CoroutineLoop
from typedserver.coroutines.waits import Cancelled, Parked, wait_for
from typedserver.errors import CompositionError, ForeignAwaitable, LifecycleError, is_cancellation
from typedserver.lifetime.attachment import Attachment
from typedserver.protocols.reactors import Reactor, TimerHandle
from typedserver.protocols.strategies import Companion, Dispatcher
from typedserver.recipes import name_of

_log = logging.getLogger("typedserver")

# What asyncio raises (RuntimeError) where no loop of its own runs.
_NO_LOOP: Final = "no running event loop"


class Suspend(Protocol):
    """What has a server accept nothing, or again."""

    def __call__(self, *, suspended: bool) -> object:
        """Suspend it, or not."""
        ...


class Lifespan:
    """The lifespan of one server in one process.

    server: what messages name.
    make: makes the context manager, once for each entry; None: the server was given no lifespan.
    lost: called in the loop's thread with an exception by which it has ended before it was left; returns whether that
    has ended the serving. Otherwise ``leave`` raises it.

    is_entered: whether its value is there.

    All but ``value`` belongs to the loop's thread, or to whoever closes the server when the loop has ended.
    """

    __slots__ = (
        "_companion",
        "_failed",
        "_failure",
        "_give_up",
        "_is_left",
        "_leave",
        "_loops",
        "_lost",
        "_make",
        "_server",
        "_value",
        "is_entered",
    )

    def __init__(
        self, server: object, make: Callable[[], object] | None, lost: Callable[[BaseException], bool]
    ) -> None:
        self._server = server
        self._make = make
        self._lost = lost
        self._value: object = None
        self.is_entered: bool = False
        # How it is left, if that is done by whoever closes the server.
        self._leave: Callable[[], object] | None = None
        # What runs it in the loop, one for each entry, if the dispatcher does not.
        self._loops: list[Companions] = []
        # What lives in the loop; while it is being entered, what cancels that, and who hears if it fails.
        self._companion: _InLoop | None = None
        self._give_up: Callable[[], object] | None = None
        self._failed: Callable[[BaseException | None], object] | None = None
        # Whether the server is closed; what it has failed by before that.
        self._is_left = False
        self._failure: BaseException | None = None

    @property
    def value(self) -> object:
        """What it has yielded; raises LifecycleError before it was entered, and after it was left. From any thread."""
        if self.is_entered:
            return self._value
        if self._make is None:
            raise LifecycleError(f"{self._server!r} has no lifespan: give one, as in Server(..., lifespan=database)")
        raise LifecycleError(
            f"the lifespan of {self._server!r} is not entered: its value is there from before the first request of "
            "this process until after the last one"
        )

    def enter(
        self,
        dispatcher: Dispatcher,
        reactor: Reactor,
        entered: Callable[[], object],
        failed: Callable[[BaseException | None], object],
    ) -> bool:
        """Enter it, if it was not entered; returns whether that is done.

        entered, failed: if not, one of them is called in a later turn of the loop. ``failed`` gets what the entry has
        raised; None if whoever runs the loop has cancelled it.

        Raises what the entry raises, CompositionError for what is no context manager.
        """
        if self._make is None or self.is_entered:
            return True
        manager = self._make()
        if isinstance(manager, AbstractAsyncContextManager):
            self._enter_in_loop(
                cast("AbstractAsyncContextManager[object]", manager), dispatcher, reactor, entered, failed
            )
            return False
        if not isinstance(manager, AbstractContextManager):
            raise CompositionError(
                f"the lifespan {name_of(self._make)} has returned {manager!r}, which is no context manager: decorate "
                "it with contextlib.contextmanager or contextlib.asynccontextmanager"
            )
        self._value = manager.__enter__()
        self._leave = partial(manager.__exit__, None, None, None)
        self.is_entered = True
        return True

    def _enter_in_loop(
        self,
        manager: AbstractAsyncContextManager[object],
        dispatcher: Dispatcher,
        reactor: Reactor,
        entered: Callable[[], object],
        failed: Callable[[BaseException | None], object],
    ) -> None:
        # In a later turn, and in the context of now: what begins to accept in the lifespan's own step would have the
        # lifespan's own context.
        here = copy_context()
        companion = _InLoop(
            manager,
            partial(self._note_entered, lambda: reactor.call_soon_threadsafe(lambda: here.run(entered))),
            self._note_end,
        )
        # Before it runs: the task of an eager loop takes its first steps at once.
        self._companion = companion
        self._failed = lambda error: reactor.call_soon_threadsafe(lambda: here.run(failed, error))
        give_up = dispatcher.accompany(companion)
        if give_up is None:
            companions = Companions(CoroutineLoop(reactor, self._lost))
            self._loops.append(companions)
            give_up = companions.accompany(companion)
        if self._is_entering():
            self._give_up = give_up

    # In the loop

    def _is_entering(self) -> bool:
        return self._failed is not None

    def _note_entered(self, entered: Callable[[], object], companion: "_InLoop", value: object) -> None:
        if companion is self._companion:
            self._give_up = self._failed = None
            self._value = value
            self.is_entered = True
            entered()

    def _note_end(self, companion: "_InLoop", error: BaseException | None) -> None:
        cause = self._cause_of(error)
        if companion is not self._companion:
            # It was given up, and has ended by that.
            self._log(cause)
            return
        failed, self._failed = self._failed, None
        self.is_entered = False
        self._companion = self._give_up = self._value = None
        if failed is not None:
            failed(cause)
        elif cause is None or (not companion.is_asked and self._lost(cause)):
            return
        elif self._is_left:
            self._log(cause)
        else:
            self._failure = cause

    def _cause_of(self, error: BaseException | None) -> BaseException | None:
        if error is None or is_cancellation(error) or isinstance(error, Cancelled):
            return None
        if isinstance(error, ForeignAwaitable) or (isinstance(error, RuntimeError) and str(error) == _NO_LOOP):
            foreign = CompositionError(
                f"the lifespan {name_of(self._make)} awaits what asyncio's loop must give: serve with Asyncio(), or "
                "let it await what typedserver offers alone"
            )
            foreign.__cause__ = error
            return foreign
        return error

    def _log(self, error: BaseException | None) -> None:
        if error is not None:
            _log.error("the lifespan of %r failed at its end", self._server, exc_info=error)

    def give_up(self) -> None:
        """Enter it no more, if it is still being entered: the server leaves the loop."""
        give_up, self._give_up = self._give_up, None
        if give_up is not None:
            self._companion = self._failed = None
            give_up()

    # At the end

    def leave(self) -> None:
        """Leave it, if it was entered; raises what that raises. What the dispatcher runs, it has left before."""
        while self._loops:
            # Taken out afterwards: whoever interrupts the wait may close again, and wait for the rest.
            self._loops[-1].close()
            self._loops.pop()
        leave, self._leave = self._leave, None
        failure, self._failure = self._failure, None
        # If it has not ended by now, it ends in a loop that runs on: its failure can only be logged.
        self._is_left = True
        if failure is not None:
            raise failure
        if leave is not None:
            try:
                leave()
            finally:
                self.is_entered = False
                self._value = None


class _InLoop:
    """An asynchronous lifespan, which lives in the loop of the requests: entered and left in one task.

    entered: called with this and its value. ended: called with this and the exception that it has ended by.

    is_asked: whether it was asked to end.
    """

    def __init__(
        self,
        manager: AbstractAsyncContextManager[object],
        entered: "Callable[[_InLoop, object], object]",
        ended: "Callable[[_InLoop, BaseException | None], object]",
    ) -> None:
        self._manager = manager
        self._entered = entered
        self._ended = ended
        self.is_asked: bool = False
        self._wake: Callable[[], object] | None = None

    async def run(self) -> None:
        """Enter it, wait until it is asked to end, and leave it."""
        error: BaseException | None = None
        try:
            async with self._manager as value:
                self._entered(self, value)
                await wait_for(Parked(self._wait))
        except GeneratorExit as raised:
            error = raised
            raise
        except BaseException as raised:  # noqa: BLE001 - whoever serves hears of it, whatever it is
            error = raised
        finally:
            self._ended(self, error)
            # Its traceback names this frame: neither would be freed without the garbage collector.
            error = None

    def _wait(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        if self.is_asked:
            wake()

    def end(self) -> None:
        """Ask it to end: it leaves the context."""
        self.is_asked = True
        if self._wake is not None:
            self._wake()


_conforms: type[Companion] = _InLoop


class Entrance:
    """A server's way into a loop while its lifespan is entered there: what follows, and what is asked for before.

    attachment: the server's place in the loop.
    begin: begins to accept. suspend, drain: what is called after that, if it was asked for before.

    suspended: whether it accepts nothing at first.
    ready: whom to call when it serves.
    """

    __slots__ = ("_attachment", "_begin", "_drain", "_suspend", "_timer", "_until", "ready", "suspended")

    def __init__(
        self,
        attachment: Attachment,
        begin: Callable[[], object],
        suspend: Suspend,
        drain: Callable[[float], object],
    ) -> None:
        self._attachment = attachment
        self._begin = begin
        self._suspend = suspend
        self._drain = drain
        # Until when it drains, by the monotonic clock; None: it does not. And what ends the entry then.
        self._until: float | None = None
        self._timer: TimerHandle | None = None
        self.suspended: bool = False
        self.ready: list[Callable[[], object]] = []

    def drain(self, until: float) -> None:
        """Drain once the lifespan is entered; if that takes longer than the drain may, the server leaves the loop."""
        self.leave()
        self._until = until
        if until < math.inf:
            seconds = max(0.0, until - time.monotonic())
            self._timer = self._attachment.reactor.call_later(seconds, self._attachment.detach)

    def pass_through(self) -> None:
        """Begin to accept, and do what was asked for."""
        self.leave()
        try:
            self._begin()
            if self.suspended:
                self._suspend(suspended=True)
            if self._until is not None:
                self._drain(self._until)
            for callback in self.ready:
                callback()
        except BaseException as error:  # noqa: BLE001 - asyncio's loops swallow what a callback raises
            self._attachment.end(error)

    def leave(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
