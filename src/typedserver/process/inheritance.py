"""What a forked child must close: its copies of the descriptors of every open listener and reactor of the parent.

If a child kept them, it would hold a port after the parent has gone, and the parent's epoll would still report events
of descriptors that the parent has closed (epoll(7), Q6). Nothing here forks, or knows listeners and reactors.
"""

import os
import weakref
from collections.abc import Container
from typing import Final, Protocol, runtime_checkable


class ClosedAfterFork(Protocol):
    """An owner of descriptors that belong to the parent alone."""

    def leave_in_child(self, request: object, /) -> None:
        """Close this process's copies of the descriptors, except the one that ``request`` is answered through."""
        ...


@runtime_checkable
class _HasDescriptor(Protocol):
    def fileno(self) -> int: ...


# Keyed by id rather than a WeakSet, because a WeakSet hashes and compares its items: in a child, touching an object
# copies a page of memory.
_open: Final[dict[int, "weakref.ref[ClosedAfterFork]"]] = {}


def close_after_fork(owner: ClosedAfterFork) -> None:
    """Have a forked child call ``owner.leave_in_child``, for as long as the owner exists."""
    number = id(owner)
    _open[number] = weakref.ref(owner, lambda _gone: _open.pop(number, None))


def _all_open() -> list[ClosedAfterFork]:
    return [owner for reference in list(_open.values()) if (owner := reference()) is not None]


_generation = 0


def generation() -> int:
    """Return how many forks of this library lie between the program's first process and this one.

    An object that was made in an earlier generation is a copy: its loop runs in a parent process.
    """
    return _generation


def leave_all_in_child(request: object) -> None:
    """Close the parent's descriptors in a forked child, which can still answer ``request``."""
    _begin_generation()
    for owner in _all_open():
        owner.leave_in_child(request)


def leave_all_but(descriptors: Container[int]) -> None:
    """Close the parent's descriptors in a forked worker, except those of the listeners that it must serve.

    descriptors: of these listeners; a wrapper of a listener has the same descriptor.
    """
    _begin_generation()
    for owner in _all_open():
        if not (isinstance(owner, _HasDescriptor) and owner.fileno() in descriptors):
            owner.leave_in_child(None)


def _begin_generation() -> None:
    global _generation  # noqa: PLW0603 - a property of the process
    _generation += 1


class Copies:
    """Whether another process may hold copies of our descriptors, so that closing one here does not end its file.

    possible: whether one may.
    """

    __slots__ = ("possible",)

    def __init__(self) -> None:
        # Only children of os.fork count, because exec closes the copies of those that subprocess starts.
        self.possible: bool = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._note_fork, after_in_child=self._note_birth)

    def _note_fork(self) -> None:
        self.possible = True

    def _note_birth(self) -> None:
        # No other process holds a descriptor that the child opens from now on.
        self.possible = False


copies: Final = Copies()
