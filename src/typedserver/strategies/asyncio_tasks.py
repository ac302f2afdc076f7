"""Requests as tasks of an asyncio loop: the live side of the strategy Asyncio.

It has a file of its own because asyncio is loaded with it. ``asyncio_waits.py`` has what our coroutines wait for,
``asyncio_end.py`` how the requests end. Loop's thread only, unless said otherwise.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from typedserver.coroutines.drive import is_coroutine, not_a_coroutine
from typedserver.coroutines.ends import end_coroutine
from typedserver.coroutines.foreign import explained
from typedserver.errors import CompositionError
from typedserver.process.callers import is_called_by
from typedserver.protocols.messages import Unfinished
from typedserver.protocols.strategies import Companion, Place, RequestProcessor
from typedserver.recipes import has_methods
from typedserver.sockets.announced import announce_end
from typedserver.strategies.asyncio_end import LoopEnd, clean_up_left, log_abandoned
from typedserver.strategies.asyncio_waits import AdaptedCoroutine, LoopWaits, abandon_task, was_raised_by_loop
from typedserver.strategies.bases import BaseDispatcher


@dataclass(eq=False, slots=True)
class _Serving:
    """A request that is being served.

    fd: the descriptor that is held for it; -1: it has none.
    cancelled: when its task was cancelled, as a time.monotonic value.
    """

    request: Any
    client_address: object
    fd: int = -1
    handling: Coroutine[Any, Any, object] | None = None
    adapted: AdaptedCoroutine | None = None
    task: "asyncio.Task[object] | None" = None
    cancelled: float | None = None


class AsyncioDispatcher(BaseDispatcher):
    """Keeps the set of requests whose tasks are running, and ends these when it is closed."""

    __slots__ = ("_by_request", "_end", "_grace", "_loop", "_processor", "_running", "_waits")

    place = Place.IN_LOOP
    has_capacity: bool = True

    def __init__(
        self,
        processor: RequestProcessor[Unfinished],
        loop: object,
        grace: float | None,
        threads: int,
    ) -> None:
        if not isinstance(loop, asyncio.AbstractEventLoop):
            raise CompositionError(
                f"Asyncio() serves in a loop of asyncio's kind, and {loop!r} is none: "
                "for a group, give Group(..., reactor_factory=asyncio.new_event_loop)"
            )
        self._grace = grace
        self._processor = processor
        self._loop = loop
        self._waits = LoopWaits.join(loop, threads)
        self._running: set[_Serving] = set()
        # The same by the identity of the request: a drain's deadline cuts thousands one by one.
        self._by_request: dict[int, _Serving] = {}
        self._end = LoopEnd(loop, self, processor.fail)

    def process_request(self, request: Any, client_address: object, /) -> None:  # noqa: ANN401 - a connection, which the strategy looks into
        """Make a task of the request."""
        serving = _Serving(request, client_address)
        # A datagram or a message is answered through the listener, and has no descriptor of its own.
        if has_methods(request, "setblocking", "fileno"):
            request.setblocking(False)
            # The loop must leave the descriptor before it is closed: otherwise its number is lost to everybody else in
            # it.
            announce_end(request)
            serving.fd = request.fileno()
            self._waits.hold(request)
        self._running.add(serving)
        self._by_request[id(request)] = serving
        serving.adapted = AdaptedCoroutine(self._waits, self._serve(serving), serving)
        serving.task = self._loop.create_task(serving.adapted)
        serving.task.add_done_callback(partial(self._release_unserved, serving))

    async def _serve(self, serving: _Serving) -> None:
        error = None
        try:
            # Inside the task, so that the handler has a current task and a context of its own from its first line.
            handling = self._processor.begin_request(serving.request, serving.client_address)
            if is_coroutine(handling):
                serving.handling = handling
                await handling
                self._end_request(serving, None)
            elif not isinstance(handling, Exception):
                # If it is an Exception, begin_request has reported it already.
                error = not_a_coroutine("Asyncio", handling)
        except (asyncio.CancelledError, GeneratorExit):
            self._end_request(serving, None)
            raise
        except BaseException as failure:  # noqa: BLE001 - it is raised from serving; if the task kept it, some would be raised twice
            # If the request was abandoned, its end was reported then.
            if serving in self._running:
                reported = serving.handling is not None and isinstance(failure, Exception)
                self._end_request(serving, explained(failure))
                if not reported and not was_raised_by_loop(failure):
                    self._end.fail(failure)
        finally:
            self._release(serving, error)

    def _end_request(self, serving: _Serving, error: BaseException | None) -> None:
        handling, serving.handling = serving.handling, None
        if handling is None or serving not in self._running:
            return
        # Now, because end_request closes the descriptor.
        self._waits.drop(serving.fd, serving.request, serving)
        try:
            self._processor.end_request(serving.request, serving.client_address, error)
        except BaseException as raised:  # noqa: BLE001 - an overridden hook raised it: it is raised from serving
            self._end.fail(raised)

    def _release(self, serving: _Serving, error: BaseException | None = None) -> None:
        if serving in self._running:
            self._running.remove(serving)
            self._by_request.pop(id(serving.request), None)
            # If it did not end in order, its descriptor is still registered.
            self._waits.drop(serving.fd, serving.request, serving)
            # They know one another, and the task knows the error that it has ended by.
            serving.adapted = serving.task = None
            self._processor.release(serving.request, serving.client_address, error)

    def _release_unserved(self, serving: _Serving, _task: "asyncio.Task[object] | None" = None) -> None:
        """Close a request whose task was cancelled before its first step, or does not end."""
        if serving in self._running:
            self._waits.drop(serving.fd, serving.request, serving)
            self._processor.close_request(serving.request)
            self._release(serving)

    def is_worker(self) -> bool:
        """Whether the calling thread runs a task or a function of a request; from any thread."""
        # An abandoned handler runs outside its task.
        here = self._waits.current_owner() in self._running
        return here or is_called_by(_ENDS, lambda dispatcher: dispatcher is self)

    def cut(self, request: object, /) -> None:
        """Cancel the task that serves this request; from any thread.

        The first cut cancels. A later one abandons the request, if it has had its time to clean up.
        """
        serving = self._by_request.get(id(request))
        if serving is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cut, serving)

    def _cut(self, serving: _Serving) -> None:
        if serving in self._running and self._seconds_left(serving) <= 0:
            log_abandoned(serving.client_address)
            self.abandon(serving)

    def _seconds_left(self, serving: _Serving) -> float:
        """Cancel the task of a request, once; returns the seconds that it has to clean up."""
        if serving.cancelled is None:
            serving.cancelled = time.monotonic()
            if serving.task is not None:
                serving.task.cancel()
        return clean_up_left(serving.cancelled)

    def accompany(self, companion: Companion, /) -> Callable[[], object]:
        """Run a companion as a task of the loop, which ends after those of the requests; returns what cancels it."""
        return self._end.accompany(companion, AdaptedCoroutine(self._waits, companion.run(), companion))

    def close(self, timeout: float | None = None, /) -> int:
        """Let the tasks run on for ``timeout`` seconds (None: as the recipe says), then cancel them.

        In the thread of a loop that is running it only begins with that; otherwise it waits. Returns how many are left.
        """
        self._end.close(self._grace if timeout is None else timeout)
        return len(self._running)

    # What its end asks for

    def tasks(self) -> "set[asyncio.Task[object]]":
        """Return the tasks of the requests that have not ended."""
        return {serving.task for serving in self._running if serving.task is not None}

    def client_addresses(self) -> list[object]:
        """Return the clients' addresses of the requests that have not ended."""
        return [serving.client_address for serving in self._running]

    def cancel_all(self) -> float:
        """Cancel the requests that were not cancelled yet; returns the seconds until all have had their time."""
        return max((self._seconds_left(serving) for serving in list(self._running)), default=0.0)

    def close_threads(self, timeout: float | None) -> int:
        """Wait for the functions that requests have given to threads of ours; from any thread."""
        return self._waits.blocking_calls.close(timeout)

    def abandon_all(self) -> None:
        """End requests where they wait: their ``finally`` clauses run, and may wait for nothing."""
        for serving in list(self._running):
            self.abandon(serving)

    def abandon(self, serving: _Serving) -> None:
        """End one request so."""
        adapted, task = serving.adapted, serving.task
        assert adapted is not None
        # Its inner tasks first: no task outlives its request.
        for inner in self._waits.tasks_of(serving):
            if inner is not task:
                abandon_task(inner)
        adapted.abandon()
        if serving.handling is not None:
            error = None
            try:
                end_coroutine(serving.handling, asyncio.CancelledError)
            except BaseException as raised:  # noqa: BLE001 - no coroutine may keep the others from their end
                error = raised
            self._end_request(serving, error)
            self._release(serving)
        else:
            self._release_unserved(serving)
        adapted.close()
        if task is not None and not self._loop.is_closed():
            task.cancel()

    def leave(self) -> None:
        """Give the loop back as it was."""
        self._waits.leave()


# The methods of a dispatcher that run a handler's code outside its task.
_ENDS: Final = (AsyncioDispatcher.abandon.__code__,)
