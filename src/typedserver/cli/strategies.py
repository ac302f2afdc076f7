"""Strategies by name, as ``--strategy`` takes them: ``threads``, ``thread-pool:64``, ``bounded:100:asyncio:uvloop``.

A name is read before anything is imported, and made into a strategy when the server is composed.
"""

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from typedserver.cli.loading import load_object
from typedserver.cli.mistakes import UsageError
from typedserver.cli.options import Kind
from typedserver.errors import CompositionError
from typedserver.protocols.strategies import ConcurrencyStrategy
from typedserver.recipes import shown
from typedserver.strategies.asyncio import Asyncio
from typedserver.strategies.bounded import Bounded
from typedserver.strategies.forks import Forks
from typedserver.strategies.inline import Inline
from typedserver.strategies.multiplexed import Multiplexed
from typedserver.strategies.on_executor import OnExecutor
from typedserver.strategies.thread_pool import ThreadPool
from typedserver.strategies.threads import Threads

# Which handlers it can run is found out when the server is composed: a name on the command line has no type.
AnyStrategy: TypeAlias = ConcurrencyStrategy[Any]


@dataclass(frozen=True, slots=True)
class StrategyChoice:
    """A strategy that was named, and not made yet.

    text: as it was written. make: returns it; raises UsageError. processes: how many are wanted besides; None: one.
    """

    text: str
    make: Callable[[], AnyStrategy]
    processes: int | None = None


def _number(text: str, written: str, least: int = 1) -> int:
    with contextlib.suppress(ValueError):
        if (number := int(written)) >= least:
            return number
    raise ValueError(f"{shown(text)} has {written!r} where a number from {least} on must stand")


def _plain(text: str, rest: str, make: Callable[[], AnyStrategy]) -> Callable[[], AnyStrategy]:
    if rest:
        raise ValueError(f"{shown(text)} has {rest!r} behind the name, where this strategy takes nothing")
    return make


def _inline(text: str, rest: str) -> Callable[[], AnyStrategy]:
    return _plain(text, rest, Inline)


def _threads(text: str, rest: str) -> Callable[[], AnyStrategy]:
    return _plain(text, rest, Threads)


def _thread_pool(text: str, rest: str) -> Callable[[], AnyStrategy]:
    if not rest:
        return ThreadPool
    workers, colon, queue = rest.partition(":")
    recipe = ThreadPool(workers=_number(text, workers))
    if colon:
        recipe = ThreadPool(workers=recipe.workers, queue=_number(text, queue, 0))
    return lambda: recipe


def _on_executor(text: str, rest: str) -> Callable[[], AnyStrategy]:
    module, colon, attribute = rest.partition(":")
    if not (module and colon and attribute):
        raise ValueError(f"{shown(text)} names no executor: write on-executor:module:attribute")

    def make() -> AnyStrategy:
        found = load_object(rest)
        try:
            # The recipe refuses what is none.
            return OnExecutor(cast("Executor", found))
        except CompositionError as error:
            raise UsageError(f"--strategy {text}: {error}") from error

    return make


def _multiplexed(text: str, rest: str) -> Callable[[], AnyStrategy]:
    if not rest:
        return Multiplexed
    recipe = Multiplexed(threads=_number(text, rest))
    return lambda: recipe


def _asyncio(text: str, rest: str) -> Callable[[], AnyStrategy]:
    if not rest:
        return Asyncio
    if rest != "uvloop":
        raise ValueError(f"{shown(text)} has {rest!r} behind the name: write asyncio, or asyncio:uvloop")

    def make() -> AnyStrategy:
        try:
            factory = load_object("uvloop:new_event_loop")
        except UsageError:
            raise UsageError(f"--strategy {text}: uvloop is not installed: pip install uvloop") from None
        return Asyncio(loop_factory=cast("Callable[[], Any]", factory))

    return make


def _forks(text: str, rest: str) -> Callable[[], AnyStrategy]:
    if not rest:
        return Forks
    recipe = Forks(max_children=_number(text, rest))
    return lambda: recipe


def _numbered(text: str, rest: str) -> tuple[int, StrategyChoice]:
    """Read what stands behind ``bounded:`` and ``prefork:``: a number, then the strategy that is meant."""
    number, _, inner = rest.partition(":")
    return _number(text, number), strategy_of(inner or DEFAULT)


def _bounded(text: str, rest: str) -> Callable[[], AnyStrategy]:
    most, inner = _numbered(text, rest)
    if inner.processes is not None:
        raise ValueError(f"{shown(text)} bounds processes: write prefork:{inner.processes}:bounded:{most}, say")

    def make() -> AnyStrategy:
        bounded: AnyStrategy = Bounded(inner.make(), most)
        return bounded

    return make


# The strategy of a handler if none is named: it holds for handlers that block and for coroutines, and one slow client
# delays nobody.
DEFAULT: Final = "threads"

_NAMES: Final[Mapping[str, Callable[[str, str], Callable[[], AnyStrategy]]]] = {
    "inline": _inline,
    "threads": _threads,
    "thread-pool": _thread_pool,
    "on-executor": _on_executor,
    "multiplexed": _multiplexed,
    "asyncio": _asyncio,
    "forks": _forks,
    "bounded": _bounded,
}

_PREFORK: Final = "prefork"

NAMES: Final = (*_NAMES, _PREFORK)
"""The first words of all strategies."""


def strategy_of(text: str) -> StrategyChoice:
    """Read the name of a strategy; raises ValueError, whose text has the value and the remedy."""
    name, _, rest = text.partition(":")
    if name == _PREFORK:
        processes, inner = _numbered(text, rest)
        if inner.processes is not None:
            raise ValueError(f"{shown(text)} forks workers in workers: write prefork:{processes} once")
        return StrategyChoice(text, inner.make, processes)
    if name not in _NAMES:
        raise ValueError(f"{shown(text)} is no strategy: give one of {', '.join(NAMES)}")
    return StrategyChoice(text, _NAMES[name](text, rest))


STRATEGY: Final = Kind(
    "NAME",
    strategy_of,
    {"type": "string", "pattern": f"^({'|'.join(NAMES)})(:.+)?$"},
)
