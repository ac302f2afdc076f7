"""Unix sockets: connections and datagrams within the machine. ``unix_path.py`` takes care of their files."""

import errno
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from typedserver.endpoints.bases import BaseEndpoint
from typedserver.endpoints.datagram_listener import DatagramListener, listen_for_datagrams
from typedserver.endpoints.handed_over import Taken, take
from typedserver.endpoints.inet import check_backlog
from typedserver.endpoints.passed import Passed, check_name
from typedserver.endpoints.socket_listeners import Bound, StreamListener
from typedserver.endpoints.unix_path import Rights, adopt_file, bind_file, place_of
from typedserver.errors import ListenError, RecipeError
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import DatagramRequest, RequestKind, StreamRequest, UnixAddress
from typedserver.recipes import check_at_least, check_buffers, check_positive, recipe_repr, shown
from typedserver.sockets.listening import unix_address

# Only the owner of the file may connect, unless the recipe says otherwise.
DEFAULT_MODE: Final = 0o600

_ALL_RIGHTS: Final = 0o777

# The number that chown(2) takes for "leave it".
_NO_GROUP: Final = 2**32 - 1

# Bytes of sun_path, with the closing NUL (unix(7); 104 on BSD and macOS).
_MAX_PATH: Final = 108 if sys.platform == "linux" else 104

# The longest datagram in bytes. It may be as long as the sender's buffer (net.core.wmem_default, 208 KiB), so by
# default none is refused.
MAX_PACKET_SIZE: Final = 256 * 1024

# Seconds, as for UDP. The queue of a Unix peer holds ten datagrams (net.unix.max_dgram_qlen), so bursts do wait here.
SEND_TIMEOUT: Final = 0.1


@dataclass(frozen=True, slots=True, repr=False)
class UnixStream(BaseEndpoint[StreamRequest, UnixAddress]):
    r"""Listen for connections on a Unix socket (unix(7)).

    path: a file system path, or ``"\0name"`` for an abstract name (Linux), which has no file and no rights.
    mode: the rights of the file; connecting needs the right to write.
    group: whose file it is besides its owner's, by name or number, as ``mode=0o660`` lets a group connect; None: the
    group of this process, or of the folder (open(2)). Only root may name a group that this process is not in.
    backlog: how many connections may wait to be accepted.
    name: finds the socket if it was handed over to this process (FileDescriptorName= in systemd.socket(5)); without a
    name, its path finds it.

    A socket that another process serves is never taken over, unless it was handed over to this one; a dead socket is
    replaced. Closing the listener removes its file, unless another file has the path by then, or the file is systemd's;
    if the file cannot be removed, a line in the log says why.

    Raises RecipeError for values that cannot work; ``listen`` raises ListenError.
    """

    path: str
    mode: int = DEFAULT_MODE
    backlog: int = socket.SOMAXCONN
    name: str | None = None
    group: str | int | None = None

    def __post_init__(self) -> None:
        _check_unix("UnixStream", self.path, self.mode, self.group)
        check_backlog("UnixStream", self.backlog)
        check_name("UnixStream", self.name)

    @property
    def request_kind(self) -> RequestKind:
        """Always "connections"."""
        return "connections"

    @property
    @override
    def fd_name(self) -> str | None:
        """The ``name`` of its socket."""
        return self.name

    def listen(self) -> StreamListener[UnixAddress]:
        """Open a listener, or take the socket that was handed over; raises ListenError if neither works."""
        return StreamListener(_open(self, socket.SOCK_STREAM, lambda made: made.listen(self.backlog)))

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True, repr=False)
class UnixDatagram(BaseEndpoint[DatagramRequest, UnixAddress]):
    """Receive datagrams on a Unix socket (unix(7)).

    path, mode, group, name: as for UnixStream; sending needs the right to write.
    max_packet_size: the longest datagram in bytes; a longer one is refused with a line in the log, never cut.
    send_timeout: seconds that a reply may wait for a peer whose queue is full before it is dropped.
    send_buffer: bytes of replies that the kernel keeps until their peers have read them, and so the longest reply; as
    for UDP. How many datagrams wait for the server is a matter of net.unix.max_dgram_qlen and of their senders.

    A peer that bound no name has the address ``""`` and cannot be answered.

    Raises RecipeError for values that cannot work; ``listen`` raises ListenError.
    """

    path: str
    mode: int = DEFAULT_MODE
    max_packet_size: int = MAX_PACKET_SIZE
    send_timeout: float = SEND_TIMEOUT
    name: str | None = None
    send_buffer: int | None = None
    group: str | int | None = None

    def __post_init__(self) -> None:
        _check_unix("UnixDatagram", self.path, self.mode, self.group)
        check_at_least("UnixDatagram", "max_packet_size", self.max_packet_size, 1, "give the longest datagram in bytes")
        check_positive(
            "UnixDatagram", "send_timeout", self.send_timeout, "give the seconds that a reply may wait", needed=True
        )
        check_name("UnixDatagram", self.name)
        check_buffers("UnixDatagram", send_buffer=self.send_buffer)

    @property
    def request_kind(self) -> RequestKind:
        """Always "datagrams"."""
        return "datagrams"

    @property
    @override
    def fd_name(self) -> str | None:
        """The ``name`` of its socket."""
        return self.name

    def listen(self) -> DatagramListener[UnixAddress]:
        """Open a listener, or take the socket that was handed over; raises ListenError if neither works."""
        return listen_for_datagrams(
            _open(self, socket.SOCK_DGRAM),
            self,
            max_packet_size=self.max_packet_size,
            send_timeout=self.send_timeout,
            send_buffer=self.send_buffer,
        )

    __repr__ = recipe_repr


_stream_conforms: type[Endpoint[StreamRequest, UnixAddress]] = UnixStream
_datagram_conforms: type[Endpoint[DatagramRequest, UnixAddress]] = UnixDatagram


def _check_unix(recipe: str, path: object, mode: object, group: object) -> None:
    # Checked as objects, because a program without types may give any value.
    if not isinstance(path, str) or not path:
        raise RecipeError(f"{recipe}(path={shown(path)}) must be a str with a path, or '\\0name' for an abstract name")
    abstract = path.startswith("\0")
    if not abstract and "\0" in path:
        raise RecipeError(f"{recipe}(path={path!r}) has a NUL in it: only an abstract name may, and begins with it")
    # A path needs room for its closing NUL, an abstract name does not (unix(7)).
    most = _MAX_PATH if abstract else _MAX_PATH - 1
    length = len(os.fsencode(path))
    if length > most:
        raise RecipeError(
            f"{recipe}(path={path!r}) is {length - most} bytes too long: the kernel takes {most} (unix(7)); "
            "use a shorter folder, or a path relative to the working directory"
        )
    if not isinstance(mode, int) or isinstance(mode, bool) or not 0 <= mode <= _ALL_RIGHTS:
        raise RecipeError(f"{recipe}(mode={shown(mode)}) must be rights from 0o000 to 0o777")
    if group is None:
        return
    if not isinstance(group, str | int) or isinstance(group, bool) or group == "":
        raise RecipeError(f"{recipe}(group={shown(group)}) must be the name of a group, or its number")
    if isinstance(group, int) and not 0 <= group < _NO_GROUP:
        raise RecipeError(f"{recipe}(group={shown(group)}) must be a number from 0 to {_NO_GROUP - 1}")
    if abstract:
        raise RecipeError(f"{recipe}(group={shown(group)}) needs a file, and an abstract name has none: give a path")


def _open(
    recipe: UnixStream | UnixDatagram,
    kind: socket.SocketKind,
    activate: Callable[[socket.socket], object] = lambda _made: None,
) -> Bound[UnixAddress]:
    """Take the socket that was passed for a recipe, or else bind one; raises ListenError with the remedy.

    activate: called with the new socket once it is bound, while no other server binds the path.
    """

    def spell_own(_address: object) -> str:
        return recipe.path

    taken = _take(recipe, kind)
    if taken is None:
        made, remove = _bind(recipe, kind, activate)
        return Bound(made, unix_address, spell_own, remove)
    file = taken.passed.file
    return Bound(
        taken.socket,
        unix_address,
        # Written as in the recipe, unless systemd has bound the socket to another path.
        spell_own if taken.at_address else unix_address,
        None if file is None else adopt_file(taken.socket.fileno(), file),
        shared=True,
        claimable=taken.passed.owned,
        before=taken.before,
    )


def _take(recipe: UnixStream | UnixDatagram, kind: socket.SocketKind) -> Taken | None:
    if not hasattr(socket, "AF_UNIX"):
        return None
    path = recipe.path

    def is_address(found: socket.socket, passed: Passed) -> bool:
        if passed.file is not None:
            # The file may have several paths. If it was removed, it has none, and a new one must be bound.
            return passed.file.is_at(path)
        bound = unix_address(found.getsockname())
        if "\0" in bound + path:
            return bound == path
        return bound != "" and _is_same_file(bound, path)

    return take(recipe, recipe.name, kind, (socket.AF_UNIX,), is_address)


def _is_same_file(bound: str, path: str) -> bool:
    """Return whether a path leads to the file of another, by links too: a folder's, or that of a unit's Symlinks=."""
    if place_of(bound) == place_of(path):
        return True
    try:
        return os.path.samefile(bound, path)  # noqa: PTH121 - strings in
    except OSError:
        return False


def _bind(
    recipe: UnixStream | UnixDatagram, kind: socket.SocketKind, activate: Callable[[socket.socket], object]
) -> tuple[socket.socket, Callable[[], bool] | None]:
    """Bind and activate a socket; returns it with a function that removes its file, if it has one."""
    path = recipe.path
    gid = _gid_of(recipe)
    made = socket.socket(socket.AF_UNIX, kind)
    try:
        if path.startswith("\0"):
            made.bind(path)
            activate(made)
            return made, None
        return made, bind_file(made, path, Rights(recipe.mode, gid), lambda: activate(made))
    except OSError as error:
        made.close()
        raise _refusal(recipe, path, error) from error


def _gid_of(recipe: UnixStream | UnixDatagram) -> int | None:
    """Return the number of the group of a recipe; raises ListenError if this machine has no such group."""
    group = recipe.group
    if group is None or isinstance(group, int):
        return group
    import grp  # noqa: PLC0415 - only POSIX has it, and few recipes name a group

    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise ListenError(
            f"{recipe!r} cannot listen: this machine has no group {group!r}; make it, or give a number"
        ) from None


def _refusal(recipe: object, path: str, error: OSError) -> ListenError:
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - a str in, a str out
    remedies = {
        errno.EADDRINUSE: "another process serves it: stop that one, or choose another path",
        errno.ENOENT: f"the folder {folder!r} does not exist: make it first",
        errno.ENOTDIR: f"{folder!r} is no folder: choose another path",
        errno.EACCES: f"the folder {folder!r} cannot be written to: choose another, or change its rights",
        errno.EPERM: "this process may not give its file to that group: run it as a member of the group, or as root",
        errno.EROFS: "the file system is read-only: choose another path",
        errno.EEXIST: "a file that is no socket has that name, and is not ours to remove: choose another path",
    }
    remedy = remedies.get(error.errno or 0, "see unix(7)")
    return ListenError(f"{recipe!r} cannot listen: {error.strerror}; {remedy}", error.errno)
