"""Gathering: what a coroutine writes while more of what has come is unread is sent together, by one call of the kernel.

Whoever runs coroutines calls ``send_gathered`` after each step that has left something, so nothing is kept across a
wait. It knows no stream, only who gathers.
"""

import os
from collections.abc import Callable
from threading import get_ident
from types import CodeType, FunctionType
from typing import Final, Protocol

from typedserver.process.callers import is_called_by

# The bytes at which it is sent in any case: as much as one receive brings, so that answers of the same size as what is
# answered are one send.
MOST_GATHERED: Final = 64 * 1024


class Gathers(Protocol):
    """Who keeps what is still to be sent."""

    def send_gathered(self) -> None:
        """Send it, and wait for nothing; whoever reads or writes next hears of a failure."""
        ...


# Those that keep something, by the thread that sends it. Mostly there are none; it is asked after each step.
unsent: Final[dict[int, list[Gathers]]] = {}

# The methods that call ``send_gathered`` after each step of a coroutine.
_drivers: Final[set[CodeType]] = set()


def gather_here(who: Gathers) -> int:
    """Have this thread send what it gathers for somebody from now on; returns its identity."""
    here = get_ident()
    known = unsent.get(here)
    if known is None:
        unsent[here] = [who]
    else:
        known.append(who)
    return here


def send_gathered() -> None:
    """Send all that this thread has gathered."""
    for who in unsent.pop(get_ident(), ()):
        who.send_gathered()


def note_drivers(*methods: Callable[..., object]) -> None:
    """Note the methods that run steps of coroutines, and send then what these have gathered."""
    _drivers.update(method.__code__ for method in methods if isinstance(method, FunctionType))


def is_driven() -> bool:
    """Return whether what runs here is a step of a coroutine after which ``send_gathered`` is called."""
    return is_called_by(_drivers)


# A child would send it once more.
os.register_at_fork(before=send_gathered)
