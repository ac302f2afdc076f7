"""Drive: runs a handler's coroutine in a thread or a child of its own, by waiting in place for what it waits for.

It knows the values of ``waits.py``, nothing of servers or strategies. A coroutine that asks for a task or a limit of
time goes on in a loop of its own (``in_place.py``), which the same thread turns.

What is driven here is as blocking code is: an async generator that is left open ends where it is left, as a plain
generator does. But every wait of this library can be ended from outside, by ``Driver.cut``; a new kind of wait must
wait on the driver's lock, or look again and again whether a cut has come.
"""

import contextlib
import inspect
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextvars import copy_context
from types import CoroutineType, GeneratorType
from typing import Any, Final, Protocol, TypeGuard, TypeVar, overload

from typedserver.coroutines.ends import MOST_CUTS, cannot_meet, close_generator
from typedserver.coroutines.foreign import explained, foreign_awaitable
from typedserver.coroutines.gathering import note_drivers, send_gathered, unsent
from typedserver.coroutines.in_place import InPlaceLoop
from typedserver.coroutines.waits import (
    Blocking,
    Current,
    Meeting,
    Parked,
    Readable,
    ReadableOrCalled,
    RequestCut,
    Sleep,
    Writable,
    deadline_of,
)
from typedserver.errors import CompositionError
from typedserver.sockets.bell import Bell
from typedserver.sockets.silence import deadline_passed
from typedserver.sockets.waiting import wait_until_ready

R = TypeVar("R")

# Seconds between two looks, in a wait for a descriptor, whether a cut has come: to be woken by it would take another
# descriptor, of which there may be none left. The cut of a request wakes waits for its own connection by itself.
_CUT_LOOK: Final = 0.5


# The classes whose objects are exchanges of messages (conversing.py), hence no coroutines: to check each member of a
# contract for each connection would cost as much as a message. There are as many as a program has, and each lives as
# long as the program.
exchange_classes: Final[set[type]] = set()


def is_coroutine(result: object) -> TypeGuard[Coroutine[Any, Any, object]]:
    """Whether a handler's result is still to be run."""
    # What is found without the abstract class first, because that costs ten times more.
    kind = type(result)
    return result is not None and (
        kind is CoroutineType
        or (kind not in exchange_classes and (isinstance(result, Coroutine) or is_awaited_generator(result)))
    )


def is_awaited_generator(result: object) -> bool:
    """Whether it is a generator that is run as a coroutine (types.coroutine), as ``Stream.read`` returns one."""
    return type(result) is GeneratorType and bool(result.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE)


def not_a_coroutine(strategy: str, result: object) -> CompositionError:
    """Make the error of a strategy that runs coroutines, and was given a handler that blocks."""
    return CompositionError(
        f"{strategy}() needs handlers that are coroutines, and this one returned {result!r}: "
        "make it an `async def` by stream_handler or datagram_handler, or serve it with Threads()"
    )


class Surroundings(Protocol):
    """What a driver asks of who has a request served by it."""

    def unblock(self, accepted: object, /) -> Callable[[], int] | None:
        """Have the connection that a handler got for an accepted request block no more.

        Returns what returns its descriptor, as ``fileno`` does; None if it is none.
        """
        ...

    def meeting_limit(self) -> float | None:
        """Return the most seconds of a wait for another handler, if none can run beside this one; None: any."""
        ...


class Driver:
    """Runs one coroutine in one thread, and the ends of the async generators that it leaves open.

    A cut ends it where it waits for something of this library: RequestCut is raised there. What ``run_blocking`` calls
    in this thread is not interrupted; RequestCut is raised when it returns.
    """

    __slots__ = ("_accepted", "_bell", "_cuts", "_is_over", "_loop", "_pause", "_surroundings")

    def __init__(
        self, surroundings: "Surroundings | None" = None, accepted: object = None, *, is_over: bool = False
    ) -> None:
        self._surroundings = surroundings
        self._accepted = accepted
        # The coroutine's own loop, once it has asked for a task or a limit of time.
        self._loop: InPlaceLoop | None = None
        # How many cuts have come: a wait that begins after one is not ended by it.
        self._cuts = 0
        # Whether every wait ends at once.
        self._is_over = is_over
        # What is released to end the present wait. A plain lock, because a signal handler may do that: if it interrupts
        # this very thread inside Event.wait(), which holds the Event's internal lock, Event.set() would wait for ever.
        self._pause: threading.Lock | None = None
        # What wakes a wait for a descriptor or a call, once there was one.
        self._bell: Bell | None = None

    def run(self, coroutine: Coroutine[Any, Any, object]) -> object:
        """Run a coroutine to its end in this thread, and return its result; None if a cut has ended it.

        Raises what the coroutine raises. If an exception interrupts the wait (KeyboardInterrupt), it is thrown into the
        coroutine.
        """
        here = _here
        here.driver = self
        former = None
        if not here.ends_generators:
            former = sys.get_asyncgen_hooks()
            sys.set_asyncgen_hooks(None, _close_left)
        try:
            return self._drive(coroutine)
        finally:
            if former is not None:
                sys.set_asyncgen_hooks(*former)
            # The thread keeps its last driver, which nothing rings any more.
            self._bell = None

    def cut(self) -> None:
        """End the coroutine if it waits; from any thread or signal handler."""
        # Two threads may add at once, and both adding one is as good.
        self._cuts += 1
        pause = self._pause
        if pause is not None:
            with contextlib.suppress(RuntimeError):
                pause.release()
        loop = self._loop
        if loop is not None:
            loop.cut()

    def cut_for_good(self) -> None:
        """End the coroutine where it waits, now or later; from any thread."""
        self._is_over = True
        self.cut()
        loop = self._loop
        if loop is not None:
            loop.abandon()

    def _drive(self, coroutine: Coroutine[Any, Any, object]) -> object:
        value: object = None
        error: BaseException | None = None
        cuts = 0
        try:
            while True:
                try:
                    wait = self.step(coroutine, value, error)
                except StopIteration as end:
                    return end.value
                except RequestCut:
                    return None
                except (RuntimeError, AttributeError) as end:
                    # What is explained has the error itself as its cause.
                    raise explained(end)  # noqa: B904
                error = None
                if type(wait) is Current and not self._is_over:
                    try:
                        loop = self._made_loop(coroutine)
                    except OSError as raised:
                        # No descriptor is left for it: the coroutine decides what is done without.
                        error = raised
                        continue
                    return self._run_in_loop(loop)
                try:
                    value = self._wait_in_place(wait)
                except BaseException as raised:  # noqa: BLE001 - the coroutine handles it or passes it on, whatever it is
                    # Thrown in outside of this clause: what is handled here would be what the coroutine handles.
                    error = raised
                if isinstance(error, RequestCut):
                    cuts += 1
                    if cuts > MOST_CUTS:
                        coroutine.close()
                        return None
        finally:
            # Its traceback names this frame: neither would be freed without the garbage collector.
            error = None

    def step(self, coroutine: Coroutine[Any, Any, object], value: object, error: BaseException | None) -> object:
        """Run a coroutine to its next wait, and send what it has gathered; raises what it ends by."""
        try:
            return coroutine.send(value) if error is None else coroutine.throw(error)
        finally:
            if unsent:
                send_gathered()
            # Its traceback names this frame: neither would be freed without the garbage collector.
            del error

    def _made_loop(self, coroutine: Coroutine[Any, Any, object]) -> InPlaceLoop:
        """Make a loop for the rest of a coroutine, which has asked what runs it; raises OSError without descriptors."""
        surroundings = self._surroundings
        if surroundings is None:
            return InPlaceLoop(coroutine, None, None, None)
        handled = surroundings.unblock(self._accepted)
        return InPlaceLoop(coroutine, self._accepted, handled, surroundings.meeting_limit())

    def _run_in_loop(self, loop: InPlaceLoop) -> object:
        """Run the rest of a coroutine in a loop of its own."""
        # The end of an async generator may be in a loop as well, if the garbage collector finds it here.
        former, self._loop = self._loop, loop
        try:
            if self._is_over:
                loop.abandon()
            return loop.run()
        finally:
            self._loop = former

    def _wait_in_place(self, wait: object) -> object:
        if self._is_over:
            raise RequestCut
        seen = self._cuts
        value: object = None
        match wait:
            case ReadableOrCalled():
                # A cut ends it: the end of the connection alone does not say that no reply is wanted.
                self._wait_until_ready_or_called(wait, seen)
            case Readable() | Writable():
                self._wait_until_ready(wait, seen)
                return None
            case Sleep():
                if wait.until <= time.monotonic():
                    # Other threads have their turn.
                    time.sleep(0)
                else:
                    self._pause_until(wait.until, None, seen)
            case Parked():
                self._pause_until(wait.until, wait.start, seen)
            case Meeting():
                self._meet(wait, seen)
            case Blocking():
                # As in another thread: what it sets in its context is not the coroutine's.
                value = copy_context().run(wait.function)
            case _:
                raise foreign_awaitable(wait)
        if self._cuts != seen:
            raise RequestCut
        return value

    def _meet(self, wait: Meeting, seen: int) -> None:
        limit = None if self._surroundings is None else self._surroundings.meeting_limit()
        self._pause_until(
            None if limit is None else time.monotonic() + limit, lambda wake: wait.start(_call, wake), seen
        )
        if limit is not None and not wait.woken and self._cuts == seen:
            raise cannot_meet(limit)

    def _pause_until(
        self, until: float | None, start: Callable[[Callable[[], object]], object] | None, seen: int
    ) -> None:
        woken = threading.Lock()
        woken.acquire()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):
                woken.release()

        # The end of an async generator may wait as well, if the garbage collector finds it just here.
        former, self._pause = self._pause, woken
        try:
            if start is not None:
                start(wake)
            # Only now, because a cut counts first and looks for the lock then.
            while self._cuts == seen:
                seconds = threading.TIMEOUT_MAX if until is None else until - time.monotonic()
                if seconds <= 0 or woken.acquire(timeout=min(seconds, threading.TIMEOUT_MAX)):
                    return
        finally:
            self._pause = former

    def _wait_until_ready(self, wait: Readable | Writable, seen: int) -> None:
        readable = isinstance(wait, Readable)
        deadline = deadline_of(wait)
        while True:
            seconds = _CUT_LOOK if deadline is None else min(_CUT_LOOK, deadline - time.monotonic())
            if wait_until_ready(wait.fd, readable=readable, timeout=max(0.0, seconds)):
                return
            if self._cuts != seen:
                raise RequestCut
            if deadline is not None and deadline <= time.monotonic():
                raise deadline_passed()

    def _wait_until_ready_or_called(self, wait: ReadableOrCalled, seen: int) -> None:
        bell = self._bell
        if bell is None:
            bell = self._bell = Bell()
        bell.mute()
        wait.start(bell.ring)
        while not bell.has_rung:
            seconds = _CUT_LOOK if wait.deadline is None else min(_CUT_LOOK, wait.deadline - time.monotonic())
            if bell.wait_readable(wait.fd, max(0.0, seconds)):
                return
            if self._cuts != seen:
                raise RequestCut
            if wait.deadline is not None and wait.deadline <= time.monotonic() and not bell.has_rung:
                raise deadline_passed()

    def close(self, generator: AsyncGenerator[object, None]) -> None:
        """End an async generator in this thread; a cut ends what that waits for."""
        self._drive(close_generator(generator))


note_drivers(Driver.step)


def _call(wake: Callable[[], object]) -> None:
    wake()


class _Here(threading.local):
    """What the present thread is.

    driver: what it drives, or has driven last; None if it drives nothing.
    ends_generators: whether async generators end here in any case.
    """

    driver: Driver | None = None
    ends_generators: bool = False


_here: Final = _Here()


def _close_left(generator: AsyncGenerator[object, None]) -> None:
    """End an async generator that was left open; the interpreter calls this, in any thread."""
    driver = _here.driver
    if driver is not None:
        driver.close(generator)
        return
    # The garbage collector has found it in a thread that may have no time to wait: a loop's, say.
    try:
        threading.Thread(target=Driver().close, args=(generator,), name="typedserver generator", daemon=True).start()
    except (RuntimeError, MemoryError):
        # No thread can be started: it ends where it waits first.
        Driver(is_over=True).close(generator)


def end_generators_here() -> None:
    """Have the async generators that are left open in this thread end here, for as long as the thread lives.

    Whatever is driven has that anyway, but for each coroutine anew, which costs more.
    """
    sys.set_asyncgen_hooks(None, _close_left)
    _here.ends_generators = True


@overload
def drive(result: Coroutine[Any, Any, R], /) -> R: ...


@overload
def drive(result: object, /) -> object: ...


def drive(result: object, /) -> object:
    """Run a coroutine to its end in this thread and return its result; return anything else as it is.

    Raises what the coroutine raises. If an exception interrupts the wait (KeyboardInterrupt), it is thrown into the
    coroutine, so that its ``finally`` clauses run. From any thread.
    """
    return Driver().run(result) if is_coroutine(result) else result
