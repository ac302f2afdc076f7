"""QueueSource: the messages of a queue of this program.

It knows queues by two methods. What waits for another attempt is kept in memory, and goes back into the queue when the
server closes.
"""

import heapq
import itertools
import logging
import queue
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Final, Generic, Protocol, cast

from typing_extensions import TypeVar, override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.errors import CompositionError
from typedserver.process.inheritance import generation
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.requests import RequestKind
from typedserver.protocols.sources import Delivery, Leased
from typedserver.recipes import check_callable, has_methods, recipe_repr, shown
from typedserver.sources.base import BaseSource
from typedserver.sources.polled import SourceListener
from typedserver.sources.receiver import Pace, check_pace
from typedserver.sources.retries import Retries, check_retries

_log = logging.getLogger("typedserver")

MessageT = TypeVar("MessageT")

# A message of a queue is gone when its process ends, and whoever has put it is often still there to try again.
_ONCE: Final = Retries(max_attempts=1)

# Seconds in all that a close waits for a full queue to take messages back.
_LONGEST_PUT: Final = 1.0


class Gettable(Protocol[MessageT]):
    """What is asked of a queue: those of ``queue`` and of ``multiprocessing`` fit."""

    def get(self, block: bool = True, timeout: float | None = None) -> MessageT:
        """Return what is next; raises ``queue.Empty`` if there is nothing in time."""
        ...

    def put(self, message: MessageT, block: bool = True, timeout: float | None = None, /) -> object:
        """Take a message back; raises ``queue.Full`` if there is no room in time."""
        ...


class _Joinable(Protocol):
    def task_done(self) -> object: ...


@dataclass(frozen=True, slots=True, repr=False)
class QueueSource(BaseEndpoint[MessageT, Delivery], Generic[MessageT]):
    """Serve what is put into a queue: ``queue.Queue`` and its kin, ``SimpleQueue``, or one of ``multiprocessing``.

    queue: where messages come from. Other threads may take from it as well. Its ``join`` returns when all messages are
    acknowledged, or dead.
    retries: how often a message is tried whose handler raises; once, unless you say otherwise. What waits for another
    attempt is in memory only. When the server closes, it is put back, as is what was not begun.
    dead_letter: called with a message and its last error, in the source's thread, when it will not be tried again.
    Without it, that is a line in the log.
    prefetch: the most messages that wait here for the server.
    name: what the queue is called in errors, events and deliveries.

    Under Prefork, or if the program forks once the server is open, it must be a queue of ``multiprocessing``, because
    of any other each process has a copy.

    Raises RecipeError for values that cannot work, CompositionError for what is no queue.
    """

    queue: Gettable[MessageT]
    _: KW_ONLY
    retries: Retries = _ONCE
    dead_letter: Callable[[MessageT, BaseException], object] | None = None
    prefetch: int = 1
    name: str = "queue"

    def __post_init__(self) -> None:
        if not has_methods(self.queue, "get", "put"):
            raise CompositionError(f"{self.queue!r} is no queue: give QueueSource a queue.Queue() or its like")
        check_retries("QueueSource", self.retries)
        check_callable("QueueSource", "dead_letter", self.dead_letter, "it gets message and error", needed=False)
        check_pace("QueueSource", self.prefetch)

    @property
    def request_kind(self) -> RequestKind:
        """Always "messages"."""
        return "messages"

    def listen(self) -> Listener[MessageT, Delivery]:
        """Begin to take from the queue, as soon as a server asks for messages."""
        return SourceListener(self, partial(_open, self, generation()), Pace(prefetch=self.prefetch))

    __repr__ = recipe_repr


_conforms: type[Endpoint[int, Delivery]] = QueueSource[int]


def _open(recipe: QueueSource[MessageT], opened: int) -> "_Queued[MessageT]":
    if opened != generation() and isinstance(recipe.queue, queue.Queue | queue.SimpleQueue):
        raise CompositionError(
            f"{recipe!r} was opened before this process was forked, and each process would have a copy of the queue: "
            "give a multiprocessing.Queue(), or open the server after the fork"
        )
    return _Queued(recipe)


class _Queued(BaseSource[MessageT]):
    """Takes from a queue, and keeps what must be tried again."""

    def __init__(self, recipe: QueueSource[MessageT]) -> None:
        self._recipe = recipe
        self._queue = recipe.queue
        self._numbers = itertools.count(1)
        # What was given back, in order, and what waits for its next attempt, by time.
        self._again: deque[Leased[MessageT]] = deque()
        self._resting: list[tuple[float, int, Leased[MessageT]]] = []
        # What the queue has raised when some messages were in hand.
        self._error: BaseException | None = None

    @property
    @override
    def name(self) -> str:
        return self._recipe.name

    @override
    def receive(self, most: int, wait: float, /) -> Sequence[Leased[MessageT]]:
        error, self._error = self._error, None
        if error is not None:
            raise error
        received: list[Leased[MessageT]] = []
        try:
            while len(received) < most and (leased := self._next(0.0 if received else wait)) is not None:
                received.append(leased)
        except BaseException as raised:
            if not received:
                raise
            self._error = raised
        return received

    def _next(self, wait: float) -> Leased[MessageT] | None:
        if self._again:
            return self._again.popleft()
        if self._resting:
            wait = min(wait, max(0.0, self._resting[0][0] - time.monotonic()))
        if not self._resting or wait > 0 or self._resting[0][0] > time.monotonic():
            try:
                message = self._queue.get(True, wait) if wait > 0 else self._queue.get(False)
            except queue.Empty:
                pass
            else:
                return Leased(message, Delivery(source=self.name, key=next(self._numbers), attempt=1))
        if self._resting and self._resting[0][0] <= time.monotonic():
            return heapq.heappop(self._resting)[2]
        return None

    @override
    def acknowledge(self, leased: Leased[MessageT], /) -> None:
        self._note_done()

    @override
    def reject(self, leased: Leased[MessageT], error: BaseException, /) -> None:
        delivery = leased.delivery
        seconds = self._recipe.retries.backoff(delivery.attempt)
        if seconds is not None:
            next_attempt = Delivery(source=delivery.source, key=delivery.key, attempt=delivery.attempt + 1)
            again = Leased(leased.message, next_attempt)
            heapq.heappush(self._resting, (time.monotonic() + seconds, next(self._numbers), again))
            return
        try:
            self._bury(leased.message, error, delivery.attempt)
        finally:
            self._note_done()

    def _bury(self, message: MessageT, error: BaseException, attempts: int) -> None:
        if self._recipe.dead_letter is None:
            _log.warning("message of %s is dropped after %d attempts: %s", self.name, attempts, shown(error))
        else:
            self._recipe.dead_letter(message, error)

    @override
    def release(self, leased: Leased[MessageT], /) -> None:
        self._again.append(leased)

    @override
    def close(self) -> None:
        left = [*self._again, *(leased for _, _, leased in sorted(self._resting))]
        self._again.clear()
        self._resting.clear()
        until = time.monotonic() + _LONGEST_PUT
        for leased in left:
            try:
                self._put_back(leased, max(0.0, until - time.monotonic()))
            except Exception:  # noqa: BLE001 - one that fails must not take those behind it along
                _log.exception("%s could not bury %s", self.name, shown(leased.delivery.key))

    def _put_back(self, leased: Leased[MessageT], timeout: float) -> None:
        try:
            self._queue.put(leased.message, True, timeout)
        except Exception as error:  # noqa: BLE001 - it is full, or was closed, and nobody is left who would try it
            self._bury(leased.message, error, leased.delivery.attempt)
        finally:
            # It was counted once more as it was put back.
            self._note_done()

    def _note_done(self) -> None:
        if has_methods(self._queue, "task_done"):
            cast("_Joinable", self._queue).task_done()
