"""Connection: an accepted socket, which can be cut whatever its handler has done with the descriptor.

It knows one socket; nothing of handlers, loops or servers. Whoever cuts a connection means what the kernel calls the
open file, not the object that a handler was given: a TLS wrap takes the descriptor over, ``dup`` makes another one.
So the object notes which file it had when it loses it, and a cut looks that file up. The server's own end of a
connection does not come here: it closes by ``socket.socket.close``, and pays nothing.
"""

import _socket
import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Final, Protocol, Self

from typing_extensions import Buffer, override

from typedserver.protocols.proxied import ProxyHeader
from typedserver.protocols.requests import AddressT
from typedserver.sockets.listening import plain_accept
from typedserver.sockets.pacing import Pacer
from typedserver.sockets.sent_away import reduced
from typedserver.sockets.states import IP_FAMILIES

# Past what a class below may do in its own ``fileno``.
_fileno = socket.socket.fileno

# The C methods below those of ``socket.socket``, each of which would cost a connection a call or two more. The class
# that gevent puts in its place has none below.
_BELOW: Final[type[_socket.socket]] = _socket.socket if _socket.socket in socket.socket.__mro__ else socket.socket
_init = _BELOW.__init__
_close = _BELOW.close

# Asked for each connection.
_default_timeout = socket.getdefaulttimeout

# Where Linux lists the descriptors of a process.
_DESCRIPTORS: Final = "/proc/self/fd"

_NO_LIMITS: Final = (None, None)


class BufferedReader(Protocol):
    """Who has read from a connection, and may hold more than its handler has read."""

    @property
    def buffered(self) -> int:
        """How many bytes were received and not read yet."""
        ...


class Connection(socket.socket):
    """An accepted connection.

    unread: what is known of bytes that the peer has sent and nobody has read: False if there are none, because the
    peer has ended its side or the connection was cut; who has read so far; None if nobody knows.
    deaf: whether our own side of reading was ended, so that a read finds an end that is not the peer's.
    copied: whether a handler has made a copy of it, which may be used when the handler is over.
    became: the connection that has taken its descriptor over, to speak TLS on it.
    proxy_header: what a proxy has said of the connection if it came by one.
    limits: how many seconds a read and a write may wait for the peer, if ``limit_waits`` has said so; None: for ever.
    """

    # Also those of the classes of limited.py, which are states of this one. A dict besides, which plain sockets have
    # not either, would make each look-up of a method cost more.
    __slots__ = ("_drained", "_has_timers", "_lost", "became", "copied", "deaf", "limits", "proxy_header", "unread")

    # Whether it keeps its limits by waiting itself, and ends its stream by more than a close.
    waits_by_itself: ClassVar[bool] = False

    # Whether it keeps its limits in a way of its own, so that ``limit_waits`` does not choose one.
    keeps_kind: ClassVar[bool] = False

    unread: BufferedReader | bool | None
    deaf: bool
    copied: bool
    limits: tuple[float | None, float | None]
    became: "Connection | None"
    proxy_header: ProxyHeader | None
    # The number, device and inode of what this object had, once it has lost it.
    _lost: tuple[int, int, int] | None
    # See PolledConnection.
    _has_timers: bool
    _drained: bool

    # What ``socket.socket`` keeps, in slots of its own: how many files of ``makefile`` are open, and whether it is
    # closed when the last of them is.
    _io_refs: int
    _closed: bool

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:  # noqa: A002 - socket.socket's names
        if fileno is None:
            # What the platform's defaults are, it says itself.
            socket.socket.__init__(self, family, type, proto)
        else:
            _init(self, family, type, proto, fileno)
        self._begin()

    @classmethod
    def accepting(
        cls, listener: socket.socket, spell: "Callable[[object], AddressT] | None"
    ) -> "Callable[[], tuple[socket.socket, AddressT]]":
        """Return a function that accepts a connection, which blocks, whatever the program's default timeout is.

        It is one of this class if the listener is a plain socket under Linux; else as its ``accept`` makes it.
        spell: writes its client's address; None: it stays as the kernel gives it.
        """
        accept: Callable[[], tuple[int, Any]] | None = plain_accept(listener)
        if accept is None:
            return _accepting_otherwise(listener, spell)
        plain_accept_one = accept
        new, init = cls.__new__, _init
        family, kind, proto = int(listener.family), int(listener.type), listener.proto

        # One function, because each call costs every connection.
        def accept_one() -> "tuple[socket.socket, Any]":
            fd, client_address = plain_accept_one()
            # As the class does if it is called.
            connection = new(cls)
            init(connection, family, kind, proto, fd)
            connection._begin()  # noqa: SLF001 - it is one of this class
            if _default_timeout() is not None:
                # A new socket takes it, and it concerns the program's own connections and not these.
                connection.setblocking(True)
            # Text is the path of a Unix socket, or "" for none, and is spelled already.
            if spell is None or type(client_address) is str:
                return connection, client_address
            return connection, spell(client_address)

        return accept_one

    def _begin(self) -> None:
        self._io_refs = 0
        self._closed = False
        self.unread = None
        self.deaf = self.copied = self._has_timers = self._drained = False
        self.limits = _NO_LIMITS
        self.became = self.proxy_header = self._lost = None

    @property
    def holds(self) -> bool:
        """Whether more may be read than what the kernel has to say."""
        return False

    @property
    def server_name(self) -> str | None:
        """The name that a client of TLS has asked for; None if it has not, or speaks none."""
        return None

    @property
    def pacer(self) -> Pacer | None:
        """How fast its bytes may move; None: as fast as it goes."""
        return None

    def seal(self, _pieces: Iterable[Buffer], /) -> bytes | None:
        """Return what is sent for these pieces of data, with what ends the stream; None: the pieces themselves."""
        return None

    def note_end(self) -> None:
        """Note that the peer has ended its side, and all of it was read."""
        self.unread = False

    def take_any_end(self) -> None:
        """Take an end that the peer has not announced, which a plain connection cannot announce, for its end."""

    def give_up(self) -> None:
        """Wait for nothing more of the peer when it ends: it has broken a deadline."""
        self.unread, self.deaf = False, False
        if self.became is not None:
            self.became.give_up()

    def cut(self) -> None:
        """End the connection both ways, so that whoever reads or writes finds its end; from any thread."""
        self.give_up()
        pacer = self.pacer
        if pacer is not None:
            pacer.lift()
        if self.became is not None:
            self.became.cut()
        elif _fileno(self) >= 0:
            _end_both_ways(self)
        elif self._lost is not None:
            _end_lost(*self._lost)

    @override
    def gettimeout(self) -> float | None:
        """Return what a read may wait, though the descriptor blocks: a TLS wrap gives that to its own socket."""
        own = super().gettimeout()
        return self.limits[0] if own is None else own

    @override
    def close(self) -> None:
        """Close, as a handler does; a copy that it has made can still be cut."""
        self._note_loss()
        super().close()

    @override
    def detach(self) -> int:
        """Give the descriptor away; it can still be cut."""
        self._note_loss()
        limit_unsent(self, *self.limits)
        return super().detach()

    @override
    def dup(self) -> Self:
        """Return a copy with the same limits, which leaves the mode of the descriptor as it is."""
        # socket.socket's would set the timeout that ``gettimeout`` says, and so make both descriptors non-blocking.
        copy = type(self)(self.family, self.type, self.proto, os.dup(self.fileno()))
        copy.settimeout(super().gettimeout())
        copy.limits = self.limits
        self.copied = True
        return copy

    def end(self) -> None:
        """Close, as its server does when its handler is over: nobody cuts it later. An open file of it closes it."""
        if self._io_refs:
            socket.socket.close(self)
        else:
            # As that does, without three calls.
            self._closed = True
            _close(self)

    def close_copy(self) -> None:
        """Close the descriptor in this process, whatever object has it by now, without a word to the peer.

        For a forked child, in which no other thread runs, and which runs nothing of whoever has taken it over.
        """
        if self.became is not None:
            self.became.close_copy()
        elif _fileno(self) >= 0:
            socket.socket.close(self)
        elif self._lost is not None:
            number, device, inode = self._lost
            with contextlib.suppress(OSError):
                status = os.fstat(number)
                # Otherwise it was closed, and the number is another file's.
                if (status.st_dev, status.st_ino) == (device, inode):
                    os.close(number)

    @override
    def __reduce__(self) -> tuple[Callable[..., socket.socket], tuple[object, ...]]:
        return reduced(self)

    def _note_loss(self) -> None:
        number = _fileno(self)
        if number >= 0:
            with contextlib.suppress(OSError):
                status = os.fstat(number)
                self._lost = number, status.st_dev, status.st_ino


def _accepting_otherwise(
    listener: socket.socket, spell: Callable[[object], AddressT] | None
) -> Callable[[], tuple[socket.socket, AddressT]]:
    def accept_one() -> tuple[socket.socket, Any]:
        connection, client_address = listener.accept()
        if _default_timeout() is not None or sys.platform != "linux":
            # On BSD and Windows it inherits the listener's blocking mode, on Linux it does not (accept(2)).
            connection.setblocking(True)
        return connection, client_address if spell is None else spell(client_address)

    return accept_one


def limit_unsent(connection: socket.socket, read: float | None, write: float | None) -> None:
    """Have the kernel end a TCP connection whose peer takes nothing for ``write`` seconds, whoever writes to it.

    For an object that has one timeout for both directions, which is the limit of a read (TCP_USER_TIMEOUT, tcp(7)).
    """
    if write is None or (read is not None and read <= write):
        return
    if connection.family in IP_FAMILIES and sys.platform == "linux":
        with contextlib.suppress(OSError):
            milliseconds = max(1, min(int(write * 1000), 0x7FFFFFFF))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def _end_both_ways(connection: socket.socket) -> None:
    # Another thread may close it, or the peer reset it, at the same time.
    with contextlib.suppress(OSError):
        # socket.socket's, because SSLSocket's would drop the TLS layer and continue in plain text.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def end_both_ways(connection: socket.socket) -> None:
    """End a connection both ways, whatever has become of its object; from any thread."""
    if isinstance(connection, Connection):
        connection.cut()
    else:
        _end_both_ways(connection)


def _end_lost(number: int, device: int, inode: int) -> None:
    """End the connection that had this number, by the number that it has now; nothing happens if it is closed."""
    for candidate in _numbers(number):
        try:
            # A copy first, then the question whether it is the one: the number itself may be closed and be another
            # file's at any moment.
            copy = os.dup(candidate)
        except OSError:
            # It is closed, or no descriptor is left for the copy (EMFILE). A stranger must not be ended, and who is cut
            # in vain is cut again.
            continue
        try:
            status = os.fstat(copy)
            if (status.st_dev, status.st_ino) == (device, inode):
                _shut_down_number(copy)
                return
        finally:
            os.close(copy)


def _numbers(first: int) -> Iterator[int]:
    yield first
    if sys.platform == "linux":
        # What was duplicated has another number. This is looked up only for a connection that was given away and must
        # be cut, which is rare.
        with contextlib.suppress(OSError):
            yield from (int(name) for name in os.listdir(_DESCRIPTORS) if int(name) != first)  # noqa: PTH208 - names are all


def _shut_down_number(number: int) -> None:
    # Family and kind are said, because to ask for them costs calls; shutdown(2) needs neither.
    passing = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, number)
    try:
        _end_both_ways(passing)
    finally:
        passing.detach()
