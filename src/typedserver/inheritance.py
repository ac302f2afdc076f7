"""What a forked child must leave to its parent: the descriptors of every open listener and reactor of this process.

A child that kept them would hold a port after the parent is gone, and would keep events alive in the parent's epoll
for descriptors that the parent has closed (epoll(7), Q6). Nothing here forks, or knows what it is that is left.
"""

import os
import weakref
from typing import Final, Protocol


class LeftBehind(Protocol):
    """Something with descriptors that belong to the parent."""

    def leave_in_child(self, request: object, /) -> None:
        """Close this process's copy of the descriptors, but for what ``request`` is answered through."""
        ...


_open: Final[weakref.WeakSet[LeftBehind]] = weakref.WeakSet()


def leave_behind(thing: LeftBehind) -> None:
    """Note a thing that has opened descriptors; it is forgotten when it is collected."""
    _open.add(thing)


_in_child = False


def in_child() -> bool:
    """Whether this process is a child that serves a request for its parent, where the servers are."""
    return _in_child


def leave_all_in_child(request: object) -> None:
    """Close, in a forked child, all that was noted in the parent; ``request`` stays usable."""
    global _in_child  # noqa: PLW0603 - a fact about the process
    _in_child = True
    for thing in list(_open):
        thing.leave_in_child(request)


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
