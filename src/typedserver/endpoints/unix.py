"""Unix sockets: connections and datagrams within the machine. The care of their files is ``unix_path.py``'s."""

import errno
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.endpoints.handed_over import Passed, Taken, check_name, expect, take
from typedserver.endpoints.inet import check_backlog
from typedserver.endpoints.socket_listeners import DatagramListener, StreamListener
from typedserver.endpoints.unix_path import adopt_file, bind_file
from typedserver.errors import ListenError, RecipeError
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import DatagramRequest, RequestKind, StreamRequest, UnixAddress
from typedserver.recipes import check_at_least, check_positive, recipe_repr
from typedserver.sockets.listening import unix_address

# Only its owner may connect, unless told otherwise.
DEFAULT_MODE: Final = 0o600

_ALL_RIGHTS: Final = 0o777

# sun_path with its closing NUL (unix(7); 104 on BSD and macOS).
_MAX_PATH: Final = 108 if sys.platform == "linux" else 104

# Unix datagrams may be as long as the sender's buffer (net.core.wmem_default, 208 KiB): by default none is refused.
MAX_PACKET_SIZE: Final = 256 * 1024

# As for UDP. A Unix peer's queue holds ten datagrams (net.unix.max_dgram_qlen), so a burst does wait here.
SEND_TIMEOUT: Final = 0.1


@dataclass(frozen=True, slots=True, repr=False)
class UnixStream(BaseEndpoint[StreamRequest, UnixAddress]):
    r"""Listen for connections on a Unix socket (unix(7)).

    path: a file system path, or ``"\0name"`` for an abstract name (Linux), which has no file and no rights.
    mode: the rights of the file; connecting needs the right to write.
    backlog: how many connections may wait to be accepted.
    name: by which to find the socket, where one was handed over to this process (FileDescriptorName= in
    systemd.socket(5)); without a name it is found by its path.

    A socket that another process serves is never taken over, unless it was handed over to this one; one that nobody
    serves is replaced. Closing the listener removes the file if it is still its own, and not systemd's.

    Raises RecipeError for values that can not work; ``listen`` raises ListenError.
    """

    path: str
    mode: int = DEFAULT_MODE
    backlog: int = socket.SOMAXCONN
    name: str | None = None

    def __post_init__(self) -> None:
        _check_unix("UnixStream", self.path, self.mode)
        check_backlog("UnixStream", self.backlog)
        check_name("UnixStream", self.name)

    @property
    def request_kind(self) -> RequestKind:
        """Connections alone."""
        return "connections"

    @property
    @override
    def fd_name(self) -> str | None:
        """The ``name`` of its socket."""
        return self.name

    def listen(self) -> StreamListener[UnixAddress]:
        """Open a listener, or take the one that was handed over; raises ListenError where neither can be had."""
        opened = _take(self, self.name, self.path, socket.SOCK_STREAM) or _bind(
            self, self.path, self.mode, socket.SOCK_STREAM, lambda made: made.listen(self.backlog)
        )
        listener = StreamListener(
            opened.bound, unix_address, opened.remove, opened.spell_own(self.path), shared=opened.taken is not None
        )
        expect(opened.taken, listener)
        return listener

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True, repr=False)
class UnixDatagram(BaseEndpoint[DatagramRequest, UnixAddress]):
    """Receive datagrams on a Unix socket (unix(7)).

    path, mode, name: as for UnixStream; sending needs the right to write.
    max_packet_size: the longest datagram in bytes; a longer one is refused with a line in the log, never cut.
    send_timeout: seconds that a reply may wait for a peer whose queue is full before it is dropped.

    A peer that bound no name has the address ``""`` and can not be answered.

    Raises RecipeError for values that can not work; ``listen`` raises ListenError.
    """

    path: str
    mode: int = DEFAULT_MODE
    max_packet_size: int = MAX_PACKET_SIZE
    send_timeout: float = SEND_TIMEOUT
    name: str | None = None

    def __post_init__(self) -> None:
        _check_unix("UnixDatagram", self.path, self.mode)
        check_at_least("UnixDatagram", "max_packet_size", self.max_packet_size, 1, "give the longest datagram in bytes")
        check_positive("UnixDatagram", "send_timeout", self.send_timeout, "give the seconds that a reply may wait")
        check_name("UnixDatagram", self.name)

    @property
    def request_kind(self) -> RequestKind:
        """Datagrams alone."""
        return "datagrams"

    @property
    @override
    def fd_name(self) -> str | None:
        """The ``name`` of its socket."""
        return self.name

    def listen(self) -> DatagramListener[UnixAddress]:
        """Open a listener, or take the one that was handed over; raises ListenError where neither can be had."""
        opened = _take(self, self.name, self.path, socket.SOCK_DGRAM) or _bind(
            self, self.path, self.mode, socket.SOCK_DGRAM, lambda _made: None
        )
        listener = DatagramListener(
            opened.bound,
            unix_address,
            max_packet_size=self.max_packet_size,
            send_timeout=self.send_timeout,
            on_close=opened.remove,
            spell_own=opened.spell_own(self.path),
            shared=opened.taken is not None,
        )
        expect(opened.taken, listener)
        return listener

    __repr__ = recipe_repr


_stream_conforms: type[Endpoint[StreamRequest, UnixAddress]] = UnixStream
_datagram_conforms: type[Endpoint[DatagramRequest, UnixAddress]] = UnixDatagram


def _check_unix(recipe: str, path: object, mode: object) -> None:
    # Compared as objects: a program without types may give anything.
    if not isinstance(path, str) or not path:
        raise RecipeError(f"{recipe}(path={path!r}) must be a str with a path, or '\\0name' for an abstract name")
    abstract = path.startswith("\0")
    if not abstract and "\0" in path:
        raise RecipeError(f"{recipe}(path={path!r}) has a NUL in it: only an abstract name may, and begins with it")
    # A path ends in a NUL of its own; an abstract name is as long as it is (unix(7)).
    most = _MAX_PATH if abstract else _MAX_PATH - 1
    length = len(os.fsencode(path))
    if length > most:
        raise RecipeError(
            f"{recipe}(path={path!r}) is {length - most} bytes too long: the kernel takes {most} (unix(7)); "
            "use a shorter folder, or a path relative to the working directory"
        )
    if not isinstance(mode, int) or not 0 <= mode <= _ALL_RIGHTS:
        raise RecipeError(f"{recipe}(mode={mode!r}) must be rights from 0o000 to 0o777")


@dataclass(frozen=True, slots=True)
class _Opened:
    """A socket that is bound, with what removes its file, if that is to be; and with what it was taken from."""

    bound: socket.socket
    remove: Callable[[], None] | None
    taken: Taken | None = None

    def spell_own(self, path: str) -> Callable[[object], str]:
        """Write its address as the recipe does, unless systemd has bound it elsewhere."""
        return unix_address if self.taken is not None and not self.taken.at_address else lambda _address: path


def _take(recipe: object, name: str | None, path: str, kind: socket.SocketKind) -> _Opened | None:
    if not hasattr(socket, "AF_UNIX"):
        return None

    def is_address(found: socket.socket, passed: Passed) -> bool:
        if passed.file is not None:
            # By whatever path it is reached. One that was removed can not be: it is bound anew.
            return passed.file.is_at(path)
        bound = unix_address(found.getsockname())
        if "\0" in bound + path:
            return bound == path
        return bound != "" and os.path.abspath(bound) == os.path.abspath(path)  # noqa: PTH100 - strings in

    taken = take(recipe, name, kind, (socket.AF_UNIX,), is_address)
    if taken is None:
        return None
    file = taken.passed.file
    return _Opened(taken.socket, None if file is None else adopt_file(taken.socket.fileno(), file), taken)


def _bind(
    recipe: object, path: str, mode: int, kind: socket.SocketKind, activate: Callable[[socket.socket], object]
) -> _Opened:
    """Bind and activate a socket; an abstract name has no file to be removed."""
    made = socket.socket(socket.AF_UNIX, kind)
    try:
        if path.startswith("\0"):
            made.bind(path)
            activate(made)
            return _Opened(made, None)
        return _Opened(made, bind_file(made, path, mode, lambda: activate(made)))
    except OSError as error:
        made.close()
        raise _refusal(recipe, path, error) from error


def _refusal(recipe: object, path: str, error: OSError) -> ListenError:
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - a str in, a str out
    remedies = {
        errno.EADDRINUSE: "another process serves it: stop that one, or choose another path",
        errno.ENOENT: f"the folder {folder!r} does not exist: make it first",
        errno.ENOTDIR: f"{folder!r} is no folder: choose another path",
        errno.EACCES: f"the folder {folder!r} can not be written to: choose another, or change its rights",
        errno.EROFS: "the file system is read-only: choose another path",
        errno.EEXIST: "a file that is no socket has that name, and is not ours to remove: choose another path",
        errno.ETIMEDOUT: f"another program holds a lock on {folder!r}: choose another folder",
    }
    remedy = remedies.get(error.errno or 0, "see unix(7)")
    return ListenError(f"{recipe!r} can not listen: {error.strerror}; {remedy}", error.errno)
