"""What an event loop promises: a subset of asyncio's. Typing only."""

from collections.abc import AsyncGenerator, Callable
from typing import Protocol, runtime_checkable


class TimerHandle(Protocol):
    """A timer that was set."""

    def cancel(self) -> object:
        """Unset it; nothing happens if it has run."""
        ...


class Reactor(Protocol):
    """An event loop: a subset of asyncio's, so that asyncio's and uvloop's loops are reactors as they stand."""

    def add_reader(self, fd: int, callback: Callable[[], object], /) -> None:
        """Call back whenever the descriptor is readable, until ``remove_reader``."""
        ...

    def remove_reader(self, fd: int, /) -> object:
        """Forget the reader; to be called before the descriptor is closed."""
        ...

    def add_writer(self, fd: int, callback: Callable[[], object], /) -> None:
        """Call back whenever the descriptor is writable, until ``remove_writer``."""
        ...

    def remove_writer(self, fd: int, /) -> object:
        """Forget the writer; to be called before the descriptor is closed."""
        ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> TimerHandle:
        """Call back once after ``delay`` seconds."""
        ...

    def call_soon_threadsafe(self, callback: Callable[[], object], /) -> object:
        """Call back once, in the loop; may be called from any thread and from a signal handler."""
        ...

    def is_closed(self) -> bool:
        """Whether it was closed, so that nothing will ever run in it again; from any thread."""
        ...

    def run_forever(self) -> None:
        """Run until ``stop``."""
        ...

    def stop(self) -> None:
        """End ``run_forever`` after what is being called back."""
        ...

    def close(self) -> None:
        """Give up all resources; the loop must not be running."""
        ...


@runtime_checkable
class ReleasesReaders(Protocol):
    """A reactor that may leave a descriptor to the kernel, which drops it as it is closed.

    It notices if a descriptor was closed while it was watched, or if a copy was left: such a number wakes nobody else,
    and the loop does not spin.
    """

    def release_reader(self, fd: int, /) -> object:
        """Forget a reader whose descriptor is closed next, and was not copied; cheaper than ``remove_reader``."""
        ...


@runtime_checkable
class KeepsTime(Protocol):
    """A reactor that looks at the clock once for all that it calls back."""

    @property
    def now(self) -> float:
        """When its present turn began to call back, or the last one, by the monotonic clock; in the loop's thread."""
        ...


@runtime_checkable
class TellsWhetherItRuns(Protocol):
    """A reactor that may be asked whether somebody runs it just now, as those of asyncio's kind may be."""

    def is_running(self) -> bool:
        """Whether it runs, in whatever thread; from any thread."""
        ...


@runtime_checkable
class EndsGenerators(Protocol):
    """A reactor whose thread has, while it runs, no async generators but those of one strategy's coroutines."""

    def end_generators_by(self, end: Callable[[AsyncGenerator[object, None]], None], /) -> None:
        """Have a function called for each async generator that its callbacks leave open; from any thread.

        A later function takes the place of an earlier one for generators that begin from then on.
        """
        ...
