"""How coroutines are ended by what drives them, and what these say of a wait that they cannot end."""

import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Final

from typedserver.coroutines.waits import RequestCut
from typedserver.errors import CannotMeet

_log = logging.getLogger("typedserver")

# How often a coroutine is told that it is cut: there may be waits in its ``finally`` clauses. One that goes on waiting
# ignores that, and is closed.
MOST_CUTS: Final = 3


def cannot_meet(seconds: float) -> CannotMeet:
    """Make the error of a handler that waited for another one where none can run beside it."""
    return CannotMeet(
        f"a handler waited {seconds:g} seconds for another handler, and none can run beside it: Inline() serves one "
        "request at a time, and a child of Forks() shares no memory with the others. Serve them with Threads(), "
        "ThreadPool(), Multiplexed() or Asyncio()"
    )


async def close_generator(generator: AsyncGenerator[object, None]) -> None:
    """Have an async generator run its ``finally`` clauses, which may await; what they raise is logged."""
    try:
        await generator.aclose()
    except Exception:  # noqa: BLE001 - whoever has left it open is elsewhere by now
        _log.exception("%r failed when it was closed, because it had been left open", generator)


def end_coroutine(
    coroutine: Coroutine[Any, Any, object], cancellation: Callable[[], BaseException] = RequestCut
) -> None:
    """End a coroutine where it waits, and each wait of its ``finally`` clauses as well; raises what it raises.

    cancellation: makes what is raised where it waits.
    """
    for _ in range(MOST_CUTS):
        thrown = cancellation()
        try:
            coroutine.throw(thrown)
        except StopIteration:
            return
        except BaseException as raised:
            if type(raised) is type(thrown):
                return
            raise
        finally:
            # Its traceback names this frame.
            del thrown
    coroutine.close()


def run_out(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine to its end, and end it where it waits; raises what it raises."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    end_coroutine(coroutine)
