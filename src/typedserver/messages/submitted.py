"""Submitted: a function of messages that runs elsewhere, by an executor of ``concurrent.futures``.

It knows executors and the futures that they return, and that a fork takes neither along. It knows no exchange: who
calls it keeps the order of the replies, gives up what takes too long, and cancels what nobody waits for any more.

As for the waiters of coroutines there is no lock around what several threads change: each change is one call of the
interpreter's own, and whoever has put something down looks again whether somebody else has missed it meanwhile. The
garbage collector may end a coroutine between any two steps, and that cancels what the coroutine waits for.
"""

import contextlib
import logging
import threading
import types
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError, wait
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final, Generic, Self

from typing_extensions import override

from typedserver.errors import CompositionError, LifecycleError
from typedserver.process.endings import end_with_process
from typedserver.process.inheritance import lineage
from typedserver.protocols.messages import Message_contra, MessageT, ReplyT
from typedserver.recipes import check_at_least, check_callable, recipe_repr, shown

_log: Final = logging.getLogger("typedserver")

_REMEDY: Final = "give a function that makes one, as in Submitted(lambda: ThreadPoolExecutor(8), function)"


@dataclass(frozen=True, slots=True, repr=False)
class Submitted(Generic[Message_contra, ReplyT]):
    """Call ``function`` by an executor: in threads, in processes, on the machines of a Dask cluster.

    executor: any ``concurrent.futures.Executor``, or a function that makes one. What the function makes is made when it
    is first needed, anew in each process that a fork has made, and anew if it breaks for good, as a
    ProcessPoolExecutor does when one of its processes is killed.
    function: gets a message and returns the reply. For another process it must pickle, as must its arguments.
    limit: how many messages the executor has at once. What comes beyond that waits in a line here, in its order.

    A call returns the future of the reply at once and never raises an Exception: what fails is the future's, a message
    that cannot be pickled as well as a pool that was shut down. From any thread.

    When a pool breaks, all that it has fails by BrokenExecutor, because nobody knows what was begun. What waits in the
    line is served by the next pool. So if messages may kill a process, a ``limit`` near the number of processes loses
    the fewest.

    An executor that was given belongs to the caller, who shuts it down, and it serves the process alone in which this
    was made: in a forked one each call fails with CompositionError. What the function has made is shut down by
    ``shutdown``, at the end of a ``with`` block, else when the process ends, the workers of Prefork and the children of
    Forks included.

    Raises CompositionError if ``executor`` is neither, RecipeError for a function that cannot be called, or is an
    ``async def``, and for a limit below 1.
    """

    executor: Executor | Callable[[], Executor]
    function: Callable[[Message_contra], ReplyT]
    limit: int = 1024
    _lives: "dict[int, _Life[Message_contra, ReplyT]]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.executor, Executor) and not callable(self.executor):
            raise CompositionError(f"Submitted(executor={shown(self.executor)}) needs an Executor, or {_REMEDY}")
        if not isinstance(self.executor, Executor):
            takes_none = "give an Executor, or a function without arguments that makes one; it comes first"
            check_callable("Submitted", "executor", self.executor, takes_none, takes=())
        check_callable("Submitted", "function", self.function, "give a function of a message", takes=("message",))
        check_at_least("Submitted", "limit", self.limit, 1, "give how many messages the executor may have at once")
        # By the generation of forks: what a fork has copied is the parent's, and is not touched.
        object.__setattr__(self, "_lives", {lineage.generation: self._begin(here=True)})

    def _begin(self, *, here: bool) -> "_Life[Message_contra, ReplyT]":
        executor = self.executor
        supply = _Given(executor, here=here) if isinstance(executor, Executor) else _Made(executor)
        return _Life(supply, self.function, self.limit)

    def _life(self) -> "_Life[Message_contra, ReplyT]":
        generation = lineage.generation
        life = self._lives.get(generation)
        return life if life is not None else self._lives.setdefault(generation, self._begin(here=False))

    def __call__(self, message: Message_contra, /) -> Future[ReplyT]:
        """Have the function called with a message; returns the future of what it returns."""
        life = self._lives.get(lineage.generation)
        return (life if life is not None else self._life()).submit(message)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End it in this process: what waits in the line is cancelled, and every later call fails.

        wait: whether to return only when the executor has finished what it has.
        cancel_futures: whether to cancel what it has, as far as it has not begun.

        The executor is shut down if it was made here. A second call does nothing. A ``with`` block begins anew.
        """
        self._life().end(wait=wait, cancel=cancel_futures)

    def __enter__(self) -> Self:
        """Have the executor made now, if it is to be made; raises what that raises."""
        life = self._life()
        if life.over:
            here = min(self._lives) == lineage.generation
            life = self._lives[lineage.generation] = self._begin(here=here)
        life.supply.get()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None, /
    ) -> None:
        """Do as ``shutdown`` does."""
        self.shutdown()

    __repr__ = recipe_repr


class _Given:
    """The executor that the caller has made, and shuts down."""

    def __init__(self, executor: Executor, *, here: bool) -> None:
        self._executor = executor
        self._here = here

    def get(self) -> Executor:
        if not self._here:
            # Its threads, its connections and the readers of its pipes are the parent's: a call could wait for ever.
            raise CompositionError(f"{shown(self._executor)} belongs to the parent of this process: {_REMEDY}")
        return self._executor

    def replaced(self, _broken: Executor, error: BrokenExecutor, /) -> Executor:
        raise error

    def end(self, *, wait: bool) -> None:
        """It is the caller's."""


class _Made:
    """The executor that a function of the program makes; and its successors, if it breaks."""

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._executor: Executor | None = None
        # Held while one is made, because all who come meanwhile need it. Reentrant, so that a function that needs what
        # it is to make hears of that.
        self._making = threading.RLock()
        self._is_making = False
        self._over = False

    def get(self) -> Executor:
        return self._executor or self._made(None)

    def replaced(self, broken: Executor, error: BrokenExecutor, /) -> Executor:
        executor = self._made(broken)
        # Its first line, because some write pages, and as text: who keeps the record would keep what a traceback knows.
        _log.warning("%s is broken (%s), and was replaced by a new one", shown(broken), str(error).partition("\n")[0])
        return executor

    def _made(self, broken: Executor | None) -> Executor:
        with self._making:
            executor = self._executor
            if executor is not None and executor is not broken:
                # Another thread was faster.
                return executor
            if self._is_making:
                raise LifecycleError(f"{shown(self._make)} submits a message to the executor that it has yet to make")
            if self._over:
                raise _over()
            self._is_making = True
            try:
                made = self._make()
            finally:
                self._is_making = False
            _check_made(made, self._make)
            self._executor = made
        if broken is not None:
            broken.shutdown(wait=False)
        return made

    def end(self, *, wait: bool) -> None:
        self._over = True
        with self._making:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=wait)


def _check_made(made: object, make: object) -> None:
    if not isinstance(made, Executor):
        raise CompositionError(f"{shown(make)} returned {shown(made)}, which is no Executor: {_REMEDY}")


_Supply = _Given | _Made


def _over() -> LifecycleError:
    return LifecycleError("Submitted was shut down: a `with` block of it begins anew")


class _Life(Generic[Message_contra, ReplyT]):
    """What one process has submitted, and what waits for that.

    supply: where the executor comes from.
    over: whether it was shut down.
    """

    __slots__ = ("__weakref__", "_free", "_fresh", "_function", "_line", "_live", "_skipped", "over", "supply")

    def __init__(self, supply: _Supply, function: Callable[[Message_contra], ReplyT], limit: int) -> None:
        self.supply: Final = supply
        self._function = function
        self.over: bool = False
        # The places in the executor that nobody has: those that were given back, and those that were never taken.
        self._free: deque[bool] = deque()
        self._fresh: Iterator[bool] = repeat(True, limit)
        # What the executor has and has not finished.
        self._live: set[Future[ReplyT]] = set()
        # The places of what was cancelled there. An executor keeps that in its queue, with the message, until one of
        # its workers comes to it. So the place is free only when a worker has finished something, or none is at work:
        # clients that ask and go again and again would fill that queue without an end otherwise.
        self._skipped: deque[bool] = deque()
        # Not a deque, from which what is cancelled could not be taken so fast.
        self._line: OrderedDict[_Waiting[Any, ReplyT], None] = OrderedDict()
        if isinstance(supply, _Made):
            end_with_process(self)

    def submit(self, message: Message_contra) -> Future[ReplyT]:
        if not self._line and self._take():
            # As nearly always: the executor's own future will do.
            try:
                future = self._submitted(message)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's
                self._give()
                return _failed(error)
            except BaseException:
                self._give()
                raise
            self._watch(future)
            return future
        waiting = _Waiting[Message_contra, ReplyT](message, self._line)
        self._line[waiting] = None
        # A place may have become free before this was in the line.
        self._match()
        return waiting

    def _submitted(self, message: Message_contra) -> Future[ReplyT]:
        if self.over:
            raise _over()
        executor = self.supply.get()
        try:
            return executor.submit(self._function, message)
        except BrokenExecutor as error:
            # It has not taken the message.
            return self.supply.replaced(executor, error).submit(self._function, message)

    def _watch(self, future: Future[ReplyT]) -> None:
        if future.done():
            # Not by a call back: an executor that fails at once, or calls at once, would go down the line by recursion.
            self._give()
        else:
            self._live.add(future)
            future.add_done_callback(self._done)

    def _take(self) -> bool:
        if self._free:
            try:
                return self._free.pop()
            except IndexError:
                # Another thread was faster.
                pass
        return next(self._fresh, False)

    def _give(self) -> None:
        self._free.append(True)
        if self._line:
            self._match()

    def _done(self, future: Future[ReplyT]) -> None:
        self._live.discard(future)
        cancelled = future.cancelled()
        if cancelled:
            self._skipped.append(True)
            # Looked at after that was put down: who finishes the last does it the other way round.
            if self._live:
                return
        else:
            self._free.append(True)
        while self._skipped:
            with contextlib.suppress(IndexError):
                self._free.append(self._skipped.pop())
        if self._line:
            if not cancelled and isinstance(future.exception(), BrokenExecutor):
                self._match_apart()
            else:
                self._match()

    def _match(self) -> None:
        """Submit what waits first, for as long as there is a place."""
        while self._line and self._take():
            try:
                waiting, _ = self._line.popitem(last=False)
            except KeyError:
                # It was cancelled. The loop looks again for what has come meanwhile.
                self._free.append(True)
                continue
            self._begin(waiting)

    def _begin(self, waiting: "_Waiting[Message_contra, ReplyT]") -> None:
        try:
            future = self._submitted(waiting.take_message())
        except BaseException as error:
            self._free.append(True)
            waiting.fail(error)
            if not isinstance(error, Exception):
                raise
            return
        # First, so that it hears of that before others take its place.
        waiting.follow(future)
        if future.done():
            self._free.append(True)
        else:
            self._live.add(future)
            future.add_done_callback(self._done)

    def _match_apart(self) -> None:
        # A pool that breaks fails its futures while it holds the lock that its ``submit`` and ``shutdown`` need
        # (ProcessPoolExecutor, Python 3.12).
        try:
            threading.Thread(target=self._match, name="typedserver submitted", daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            # Those that wait must not wait for ever.
            self._refuse_all(error)

    def _refuse_all(self, error: BaseException) -> None:
        while self._line:
            with contextlib.suppress(KeyError):
                self._line.popitem(last=False)[0].fail(error)

    def end(self, *, wait: bool, cancel: bool) -> None:
        self.over = True
        for waiting in list(self._line):
            waiting.cancel()
        live = list(self._live)
        if cancel:
            for future in live:
                future.cancel()
        if wait:
            # Of one that was cancelled, ``wait`` of the library would wait until a worker has come to it.
            _wait_for([future for future in live if not future.cancelled()])
        self.supply.end(wait=wait)

    def end_with_process(self) -> None:
        self.end(wait=True, cancel=True)


def _wait_for(futures: list[Future[ReplyT]]) -> None:
    wait(futures)


def _failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


class _Waiting(Future[ReplyT], Generic[MessageT, ReplyT]):
    """The future of a message that waits in the line; later it follows the executor's."""

    def __init__(self, message: MessageT, line: "OrderedDict[_Waiting[Any, ReplyT], None]") -> None:
        super().__init__()
        self._message: list[MessageT] = [message]
        self._line = line
        self._followed: Future[ReplyT] | None = None
        # What the first takes who has cancelled it.
        self._unnoticed = [True]

    def take_message(self) -> MessageT:
        """Return the message; once, because it is not kept."""
        return self._message.pop()

    def follow(self, future: Future[ReplyT]) -> None:
        """End as the executor's future does."""
        self._followed = future
        # Looked at after that was put down: ``cancel`` does it the other way round.
        if self.cancelled():
            future.cancel()
        future.add_done_callback(self._take_over)

    def fail(self, error: BaseException) -> None:
        """End by an error."""
        # Who has cancelled it waits for nothing.
        with contextlib.suppress(InvalidStateError):
            self.set_exception(error)

    def _take_over(self, future: Future[ReplyT]) -> None:
        if future.cancelled():
            self._cancel()
        elif (error := future.exception()) is not None:
            self.fail(error)
        else:
            with contextlib.suppress(InvalidStateError):
                self.set_result(future.result())

    @override
    def cancel(self) -> bool:
        """Leave the line, or cancel what the executor has; returns False if that runs or is done."""
        self._line.pop(self, None)
        followed = self._followed
        if followed is not None and not followed.cancel():
            return False
        return self._cancel()

    def _cancel(self) -> bool:
        if not super().cancel():
            return False
        # ``wait`` and ``as_completed`` hear of it only so, and only once.
        with contextlib.suppress(IndexError):
            self._unnoticed.pop()
            self.set_running_or_notify_cancel()
        return True

    @override
    def running(self) -> bool:
        """Whether the executor runs it just now."""
        followed = self._followed
        return followed is not None and followed.running()
