"""Announced ends: a socket that is closed or detached tells it first to who waits for its descriptor.

A descriptor's number is free once it is closed, and the next connection gets it. So a loop must leave it before that.
If a handler itself closes its connection, or another handler shuts that client out, the loop hears of it here alone.
In a thread that is not the loop's, the number is kept until the loop has left it. This file knows sockets and those who
are told, nothing of loops.

Nobody hears of a number that is closed past its socket (os.close). So what waits for numbers must not rely on this
alone: it asks the holder before it waits, and finds out if the number is another's.
"""

import os
import socket
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from typing_extensions import override

from typedserver.sockets.sent_away import reduced

if TYPE_CHECKING:

    class _Socket(socket.socket):
        def _real_close(self) -> None:
            """Close the descriptor: ``close`` does it, unless a file of ``makefile`` is open, whose close does it then.

            It is private, and typeshed lacks it.
            """

else:
    # An object can change its class only if it need not change its layout, which a base class of sockets adds to.
    _Socket = object


Leaving: TypeAlias = Callable[["Callable[[], object] | None"], object]
"""Has a descriptor left in another thread, soon; takes what is to be called there after that, or None."""


class EndWatcher(Protocol):
    """Who waits for the descriptors of sockets."""

    def ends(self, connection: socket.socket, /) -> Leaving | None:
        """Leave the descriptor of a connection, because it is closed or given away next; from any thread.

        Returns None, or what must be called to have it left, if that cannot be done in this thread.
        """
        ...


# All that live, by their identity, with the process that each belongs to. They are few, and only the end of an
# announced socket asks them.
_watchers: Final[dict[int, tuple[int, "weakref.ref[EndWatcher]"]]] = {}


def tell_ends(watcher: EndWatcher) -> None:
    """Tell somebody the ends of all announced sockets, for as long as it exists, in this process."""
    number = id(watcher)
    _watchers[number] = os.getpid(), weakref.ref(watcher, lambda _gone: _watchers.pop(number, None))


def announce_end(connection: object) -> None:
    """Have a socket announce its end from now on; nothing happens if it is of a class that cannot."""
    if isinstance(connection, socket.socket) and not isinstance(connection, AnnouncedSocket):
        kind = type(connection)
        if kind not in _classes:
            _classes[kind] = _announced(kind)
        announced = _classes[kind]
        if announced is not None:
            connection.__class__ = announced


def _announce(connection: socket.socket) -> list[Leaving]:
    """Tell everybody that it ends; returns how those leave who have not done so."""
    # In a child that a handler has forked the loops are the parent's, and what it closes is a copy.
    process = os.getpid()
    watchers = [reference() for owner, reference in list(_watchers.values()) if owner == process]
    leavings = [watcher.ends(connection) for watcher in watchers if watcher is not None]
    return [leave for leave in leavings if leave is not None]


class AnnouncedSocket(_Socket):
    """A socket that says when its descriptor goes: what ``announce_end`` puts before the class of a socket."""

    __slots__ = ()

    @override
    def _real_close(self, *arguments: Any) -> None:
        leavings = _announce(self) if self.fileno() >= 0 else []
        if leavings:
            # The object is closed now, and the number when the last of them has left it. If a loop never runs again,
            # it is closed with what waits there.
            kept = socket.socket(self.family, self.type, self.proto, fileno=super().detach())
            for leave in leavings[:-1]:
                leave(None)
            leavings[-1](kept.close)
        super()._real_close(*arguments)

    def end(self) -> None:
        """Close, as the server does (``Connection.end``), which must be told of as well."""
        socket.socket.close(self)

    @override
    def detach(self) -> int:
        leavings = _announce(self) if self.fileno() >= 0 else []
        fd = super().detach()
        for leave in leavings:
            leave(None)
        return fd


class _AnnouncedPlainSocket(AnnouncedSocket, socket.socket):
    """One that is otherwise a plain socket."""

    __slots__ = ()

    @override
    def __reduce__(self) -> tuple[Callable[..., socket.socket], tuple[object, ...]]:
        return reduced(self)


def _announced(kind: type[socket.socket]) -> type[AnnouncedSocket] | None:
    """Make the class of such sockets that announce their end; None if an object cannot change to it."""
    made: Any = type(kind.__name__, (AnnouncedSocket, kind), {"__slots__": (), "__module__": kind.__module__})
    try:
        # Only the layout of objects matters to the interpreter, so an object that was never opened tells.
        kind.__new__(kind).__class__ = made
    except TypeError:
        return None
    announced: type[AnnouncedSocket] = made
    return announced


# What becomes of the classes of sockets; a program has few.
_classes: Final[dict[type[socket.socket], type[AnnouncedSocket] | None]] = {socket.socket: _AnnouncedPlainSocket}
