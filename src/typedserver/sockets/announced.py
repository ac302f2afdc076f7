"""Announced ends: a socket that is closed or detached tells it first to who waits for its descriptor.

A descriptor's number is free once it is closed, and the next connection gets it. So a loop must leave it before that.
If a handler itself closes its connection, or another handler shuts that client out, the loop hears of it here alone.
This file knows sockets and those who are told, nothing of loops.

Nobody hears of a number that is closed past its socket (os.close), or by a socket of another class. So what waits for
numbers must not rely on this alone: it asks the holder before it waits, and finds out if the number is another's.
"""

import os
import socket
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from typing_extensions import override

if TYPE_CHECKING:
    from multiprocessing.reduction import DupFd


class EndWatcher(Protocol):
    """Who waits for the descriptors of sockets."""

    def ends(self, connection: socket.socket, /) -> Callable[[], object] | None:
        """Leave the descriptor of a connection, because it is closed or given away next; from any thread.

        Returns None, or what must be called once that has happened: if it cannot be left in this thread.
        """
        ...


# All that live, by their identity. They are few, and only the end of an announced socket asks them.
_watchers: Final[dict[int, "weakref.ref[EndWatcher]"]] = {}

if hasattr(os, "register_at_fork"):
    # The loops are the parent's: what a child closes is its copy.
    os.register_at_fork(after_in_child=_watchers.clear)


def tell_ends(watcher: EndWatcher) -> None:
    """Tell somebody the ends of all announced sockets, for as long as it exists, in this process."""
    number = id(watcher)
    _watchers[number] = weakref.ref(watcher, lambda _gone: _watchers.pop(number, None))


def announce_end(connection: object) -> None:
    """Have a socket announce its end from now on; nothing happens if it is of a class that cannot."""
    # Another class may have another layout, and its own way to close.
    if type(connection) is socket.socket:
        connection.__class__ = _AnnouncedSocket


def _announce(connection: socket.socket) -> list[Callable[[], object]]:
    """Tell everybody that it ends; returns what is to be called after that."""
    if connection.fileno() < 0:
        return []
    watchers = [reference() for reference in list(_watchers.values())]
    calls = [watcher.ends(connection) for watcher in watchers if watcher is not None]
    return [call for call in calls if call is not None]


class _AnnouncedSocket(socket.socket):
    """A plain socket that says when its descriptor goes."""

    __slots__ = ()

    @override
    def close(self) -> None:
        later = _announce(self)
        super().close()
        for call in later:
            call()

    @override
    def detach(self) -> int:
        later = _announce(self)
        fd = super().detach()
        for call in later:
            call()
        return fd

    @override
    def dup(self) -> socket.socket:
        # The inherited one would make the copy of this class, too.
        copy = socket.socket(self.family, self.type, self.proto, fileno=socket.dup(self.fileno()))
        copy.settimeout(self.gettimeout())
        return copy

    @override
    def __reduce__(self) -> tuple[Callable[..., socket.socket], tuple[object, ...]]:
        # multiprocessing sends plain sockets to other processes, and knows them by their exact class.
        from multiprocessing.reduction import DupFd  # noqa: PLC0415 - most servers have no use for it

        return _rebuild, (DupFd(self.fileno()), int(self.family), int(self.type), self.proto)


def _rebuild(copy: "DupFd", family: int, kind: int, proto: int) -> socket.socket:
    return socket.socket(family, kind, proto, fileno=copy.detach())
