"""What a forked child must leave to its parent: the descriptors of every open listener and reactor of this process.

A child that kept them would hold a port after the parent is gone, and would keep events alive in the parent's epoll
for descriptors that the parent has closed (epoll(7), Q6). Nothing here forks, or knows what it is that is left.
"""

import os
import weakref
from collections.abc import Container
from typing import Final, Protocol, runtime_checkable


class LeftBehind(Protocol):
    """Something with descriptors that belong to the parent."""

    def leave_in_child(self, request: object, /) -> None:
        """Close this process's copy of the descriptors, but for what ``request`` is answered through."""
        ...


@runtime_checkable
class _HasDescriptor(Protocol):
    def fileno(self) -> int: ...


# By identity, and no WeakSet: that compares and guards, and a child pays a copied page for each thing that it touches.
_open: Final[dict[int, "weakref.ref[LeftBehind]"]] = {}


def leave_behind(thing: LeftBehind) -> None:
    """Note a thing that has opened descriptors; it is forgotten when it is collected."""
    number = id(thing)
    _open[number] = weakref.ref(thing, lambda _gone: _open.pop(number, None))


def _all_open() -> list[LeftBehind]:
    return [thing for reference in list(_open.values()) if (thing := reference()) is not None]


_generation = 0


def generation() -> int:
    """How many forks of this library lie between the program's first process and this one.

    What was made in an earlier generation belongs to a parent: here it is a copy, whose loop runs elsewhere.
    """
    return _generation


def leave_all_in_child(request: object) -> None:
    """Close, in a forked child, all that was noted in the parent; ``request`` stays usable."""
    _begin_generation()
    for thing in _all_open():
        thing.leave_in_child(request)


def leave_all_but(descriptors: Container[int]) -> None:
    """Close, in a forked worker, all that was noted in the parent, but for what it is to serve.

    descriptors: of the listeners that stay open. What wraps a listener has its descriptor.
    """
    _begin_generation()
    for thing in _all_open():
        if not (isinstance(thing, _HasDescriptor) and thing.fileno() in descriptors):
            thing.leave_in_child(None)


def _begin_generation() -> None:
    global _generation  # noqa: PLW0603 - a fact about the process
    _generation += 1


class Copies:
    """Whether another process may hold copies of this one's descriptors, so that closing one here does not end it."""

    __slots__ = ("possible",)

    def __init__(self) -> None:
        # Children of os.fork alone: those that subprocess starts close their copies by exec.
        self.possible: bool = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._note_fork, after_in_child=self._note_birth)

    def _note_fork(self) -> None:
        self.possible = True

    def _note_birth(self) -> None:
        # What a child opens by itself nobody else holds.
        self.possible = False


copies: Final = Copies()
