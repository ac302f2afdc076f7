"""What a fork hands on that must not be shared: copies of descriptors, of handlers of signals, of a server that serves.

If a child kept the parent's listeners, it would hold a port after the parent has gone. If it kept the parent's epoll,
each change there would reach the parent's loop (epoll(7), Q6). Nothing here forks, or knows listeners and reactors.

Two kinds of processes are forked. The maker of a child of this library (``Children``) closes what it must not have, by
``leave_all_in_child`` or ``leave_all_but``. Any other child is the program's: a daemon, a sibling that serves the same
listener, a process of a pool, a child of a handler that unwinds by ``sys.exit``. Only the interpreter knows of those,
and calls hooks. So an object that is used in one process alone, or is shared by rules, must be noted here, by
``leave_to_parent`` or ``tell_of_forks``. No object may conclude from a count of our own forks whose process this is.
"""

import os
import threading
import weakref
from collections.abc import Container
from typing import Final, Protocol, runtime_checkable


class ClosedAfterFork(Protocol):
    """An owner of descriptors that belong to the parent alone."""

    def leave_in_child(self, request: object, /) -> None:
        """Close this process's copies of the descriptors, except the one that ``request`` is answered through."""
        ...


class LeftToParent(Protocol):
    """What is the parent's alone, in a child that the program has forked by itself."""

    def leave_to_parent(self) -> None:
        """In the child, before anything else of it runs: make sure that nothing which is done here reaches the parent.

        No other thread of the parent is here, but the locks that they held are.
        """
        ...


class ToldOfForks(LeftToParent, Protocol):
    """What several processes may share, and must arrange for before the program forks."""

    def before_fork(self) -> None:
        """In the parent, in the thread that forks next."""
        ...

    def after_fork(self) -> None:
        """In the parent, in the thread that has forked, or has failed to."""
        ...


@runtime_checkable
class _HasDescriptor(Protocol):
    def fileno(self) -> int: ...


# Keyed by id rather than a WeakSet, because a WeakSet hashes and compares its items: in a child, touching an object
# copies a page of memory.
_open: Final[dict[int, "weakref.ref[ClosedAfterFork]"]] = {}
_left: Final[dict[int, "weakref.ref[LeftToParent]"]] = {}
_told: Final[dict[int, "weakref.ref[ToldOfForks]"]] = {}


def close_after_fork(owner: ClosedAfterFork) -> None:
    """Have a child of this library call ``owner.leave_in_child``, for as long as the owner exists."""
    number = id(owner)
    _open[number] = weakref.ref(owner, lambda _gone: _open.pop(number, None))


def leave_to_parent(owner: LeftToParent) -> None:
    """Have a child of the program's call ``owner.leave_to_parent``, for as long as the owner exists."""
    number = id(owner)
    _left[number] = weakref.ref(owner, lambda _gone: _left.pop(number, None))


def tell_of_forks(owner: ToldOfForks) -> None:
    """Call an owner at each fork of the program's, before and after, for as long as the owner exists."""
    number = id(owner)
    _told[number] = weakref.ref(owner, lambda _gone: _told.pop(number, None))


def _all_open() -> list[ClosedAfterFork]:
    return [owner for reference in list(_open.values()) if (owner := reference()) is not None]


def _all_told() -> list[ToldOfForks]:
    return [owner for reference in list(_told.values()) if (owner := reference()) is not None]


def _all_left() -> list[LeftToParent]:
    return [owner for reference in list(_left.values()) if (owner := reference()) is not None]


class Lineage:
    """The forks that lie between the program's first process and this one.

    generation: how many. What began to serve in an earlier generation is a copy: its loop runs in a parent process.
    """

    __slots__ = ("_forking", "generation")

    def __init__(self) -> None:
        self.generation: int = 0
        # The threads in which this library forks just now.
        self._forking: set[int] = set()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._before, after_in_parent=self._after, after_in_child=self._enter_child)

    def begin_own_fork(self) -> None:
        """Note that the next fork of this thread is the library's: its maker knows what the child must close."""
        self._forking.add(threading.get_ident())

    def end_own_fork(self) -> None:
        """Note that it is over, in the parent."""
        self._forking.discard(threading.get_ident())

    def _before(self) -> None:
        if threading.get_ident() not in self._forking:
            for owner in _all_told():
                owner.before_fork()

    def _after(self) -> None:
        if threading.get_ident() not in self._forking:
            # What was noted last first: it has changed what those before it had set.
            for owner in reversed(_all_told()):
                owner.after_fork()

    def _enter_child(self) -> None:
        self.generation += 1
        is_own_child = threading.get_ident() in self._forking
        self._forking.clear()
        if is_own_child:
            return
        for owner in (*reversed(_all_told()), *_all_left()):
            owner.leave_to_parent()


lineage: Final = Lineage()


def generation() -> int:
    """Return how many forks lie between the program's first process and this one."""
    return lineage.generation


def leave_all_in_child(request: object) -> None:
    """Close the parent's descriptors in a child of this library, which can still answer ``request``."""
    for owner in _all_open():
        owner.leave_in_child(request)


def leave_all_but(descriptors: Container[int]) -> None:
    """Close the parent's descriptors in a worker of this library, except those of the listeners that it must serve.

    descriptors: of these listeners; a wrapper of a listener has the same descriptor.
    """
    for owner in _all_open():
        if not (isinstance(owner, _HasDescriptor) and owner.fileno() in descriptors):
            owner.leave_in_child(None)


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
