"""The sockets that were handed over to this process as it started: by systemd, or by its predecessor in a hot restart.

Both tell of them by LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES (sd_listen_fds(3)). systemd keeps a copy of each:
it may be served, and is never withdrawn or unlinked here. A predecessor tells besides, in TYPEDSERVER_HANDOVER, which
ones were its own: those are shared with it until it knows that this process is ready, and this process's from then on.

Internal to the endpoints, and to ``hot_restart.py``, which writes what is read here.
"""

import json
import os
import socket
import stat
import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from typedserver.endpoints.unix_path import OwnFile, file_of
from typedserver.errors import ListenError, RecipeError

# The first descriptor that is passed (sd_listen_fds(3)).
_FIRST_FD: Final = 3

# What a socket without a name is called by systemd itself.
NAMELESS: Final = "unknown"

# The most that systemd takes for a name (fdname_is_valid in its src/basic/fd-util.c).
_LONGEST_NAME: Final = 255

_HANDOVER: Final = "TYPEDSERVER_HANDOVER"


@dataclass(frozen=True, slots=True)
class Passed:
    """A socket that is passed to a process, in the order of the descriptors there.

    fd: its descriptor, in the process that is asked. name: as in LISTEN_FDNAMES.
    owned: whether it was opened by a predecessor, and is not systemd's. file: that of a Unix socket, if it has to be
    removed by whoever owns it.
    """

    fd: int
    name: str = NAMELESS
    owned: bool = False
    file: OwnFile | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A passed socket that is served from now on. ``at_address``: whether it is where the recipe says."""

    socket: socket.socket
    passed: Passed
    at_address: bool


class Sharing(Protocol):
    """A listener whose socket another process may serve as well."""

    def own(self) -> None:
        """Note that the socket is this process's alone."""
        ...

    def fileno(self) -> int:
        """The listening descriptor."""
        ...


# What was taken over and is still open: two listeners of one descriptor would each close it, and the second close may
# hit a descriptor that is somebody else's by then.
_taken: Final[weakref.WeakValueDictionary[int, socket.socket]] = weakref.WeakValueDictionary()

# The descriptors that were taken once: the number may be another socket's when that is closed.
_spent: Final[set[int]] = set()

# Listeners of sockets that will be this process's own, and sockets that have become so.
_expecting: Final["weakref.WeakSet[Sharing]"] = weakref.WeakSet()
_owned: Final["weakref.WeakSet[socket.socket]"] = weakref.WeakSet()


def check_name(recipe: str, name: object) -> None:
    """Refuse a name that LISTEN_FDNAMES can not carry; None passes. Raises RecipeError."""
    if name is None:
        return
    # Compared as objects: a program without types may give anything.
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isascii():
        raise RecipeError(f"{recipe}(name={name!r}) must be a str of 1 to {_LONGEST_NAME} ASCII characters")
    if ":" in name or not name.isprintable():
        raise RecipeError(f"{recipe}(name={name!r}) must have no ':' and no control characters (sd_listen_fds(3))")


# Reading


def passed_sockets() -> list[Passed]:
    """Read what was passed to this process; nothing where that was another, or nobody passed any."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = os.environ.get("LISTEN_FDS", "")
    if not count.isdecimal():
        return []
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    own = _marked_as_own()
    return [
        Passed(fd, names[i] if i < len(names) and names[i] else NAMELESS, fd in own, own.get(fd))
        for i, fd in enumerate(range(_FIRST_FD, _FIRST_FD + int(count)))
    ]


def _marked_as_own() -> dict[int, OwnFile | None]:
    mark = os.environ.get(_HANDOVER)
    if mark is None:
        return {}
    sockets: dict[str, Any] = json.loads(mark)["sockets"]
    return {
        int(fd): None if file is None else OwnFile(file[0], file[1], file[2], os.getpid())
        for fd, file in sockets.items()
    }


def predecessor() -> int | None:
    """Return the pid of the process that has started this one to take its place; None where nobody has."""
    mark = os.environ.get(_HANDOVER)
    if mark is None or os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    pid: int = json.loads(mark)["from"]
    return pid


def why_not(fd: int, kind: socket.SocketKind, *, remedy: str = "") -> str:
    """Tell why a descriptor can not be served as this kind of socket; "" if it can.

    remedy: what to do about one of another kind.
    """
    if is_taken(fd):
        return "it is served by another listener of this process, which will close it"
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return "it is no socket"
        probe = socket.socket(fileno=os.dup(fd))
    except OSError as error:
        return f"{error.strerror}; was it passed to this process?"
    with probe:
        if probe.type != kind:
            return f"it is a {probe.type.name} socket, not {kind.name}{remedy}"
        if kind == socket.SOCK_STREAM and not _listens(probe):
            return "it does not listen; call listen() on it before it is passed"
    return ""


def _listens(probe: socket.socket) -> bool:
    # Where the kernel can not be asked (macOS before 10.13), the first accept will tell.
    option = getattr(socket, "SO_ACCEPTCONN", None)
    return option is None or bool(probe.getsockopt(socket.SOL_SOCKET, option))


# Taking


def is_taken(fd: int) -> bool:
    """Whether a listener of this process serves a descriptor that it has taken over."""
    return _socket_taken(fd) is not None


def _socket_taken(fd: int) -> socket.socket | None:
    taken = _taken.get(fd)
    return taken if taken is not None and taken.fileno() == fd else None


def take_fd(fd: int) -> socket.socket:
    """Have a descriptor be this process's alone, as a socket; whoever gets it closes it."""
    # Not its children's (sd_listen_fds(3) does the same).
    os.set_inheritable(fd, False)
    _taken[fd] = taken = socket.socket(fileno=fd)
    _spent.add(fd)
    return taken


def take(
    recipe: object,
    name: str | None,
    kind: socket.SocketKind,
    families: Collection[int],
    is_address: Callable[[socket.socket, Passed], bool],
) -> Taken | None:
    """Take the socket that was passed for a recipe: by its name, else by its address; None where there is none.

    is_address: whether a socket of this kind is where the recipe says.

    What systemd passes by the name is taken wherever it is bound: the unit decides. What a predecessor has passed by
    the name is left when the recipe has moved to another address. Raises ListenError for what has the name and can not
    be served, or where several could be meant.
    """
    passed = [each for each in passed_sockets() if each.fd not in _spent]
    fitting: dict[Passed, bool] = {}
    for each in passed:
        if not why_not(each.fd, kind):
            with socket.socket(fileno=os.dup(each.fd)) as probe:
                if probe.family in families:
                    fitting[each] = is_address(probe, each)
    named = [each for each in passed if name is not None and each.name == name]
    if not any(fitting.get(each) for each in named):
        # None of the name is where the recipe says, which the unit may have meant.
        meant = [each for each in named if not each.owned]
        match [each for each in meant if each in fitting]:
            case [each]:
                return Taken(take_fd(each.fd), each, at_address=False)
            case []:
                if meant:
                    fd, reason = meant[0].fd, why_not(meant[0].fd, kind) or "it is of another family"
                    raise ListenError(f"{recipe!r} can not serve descriptor {fd}, which has its name: {reason}")
            case several:
                fds = [each.fd for each in several]
                raise ListenError(f"{recipe!r} can not listen: descriptors {fds} have its name, and none its address")
    here = [each for each, at_address in fitting.items() if at_address]
    if not here:
        return None
    found = next((each for each in here if each in named), here[0])
    return Taken(take_fd(found.fd), found, at_address=True)


def expect(taken: Taken | None, listener: Sharing) -> None:
    """Note the listener of a socket that was taken: where a predecessor owned it, it will be this process's."""
    if taken is not None and taken.passed.owned:
        _expecting.add(listener)


def take_possession() -> list[Passed]:
    """Own what the predecessor has owned, now that it goes; returns what nobody serves any more, closed.

    To be called once it was told that this process is ready, for it accepts nothing more then.
    """
    for listener in list(_expecting):
        listener.own()
        taken = _socket_taken(listener.fileno())
        if taken is not None:
            _owned.add(taken)
    _expecting.clear()
    left = [each for each in passed_sockets() if each.owned and each.fd not in _spent]
    for each in left:
        _spent.add(each.fd)
        # A client finds no server, rather than one that never answers.
        if each.file is not None:
            each.file.remove()
        os.close(each.fd)
    os.environ.pop(_HANDOVER, None)
    return left


def is_settled() -> bool:
    """Whether all that was taken from a predecessor has become this process's own."""
    return not _expecting


# Handing over


def is_own(fd: int) -> bool:
    """Whether a listening socket was opened by this process, or by a predecessor which has gone."""
    taken = _socket_taken(fd)
    return taken is None or taken in _owned


def to_pass(fd: int, name: str | None, *, owned: bool) -> Passed:
    """Make what tells a successor of a listening socket, with the file that it will have to remove."""
    return Passed(fd, name or NAMELESS, owned, file_of(fd) if owned else None)


def environment(passed: Sequence[Passed]) -> dict[str, str]:
    """Return the variables that hand sockets over, in this order, to a child of this process; all but LISTEN_PID.

    That is the child's own to set, before it becomes the program.
    """
    return {
        "LISTEN_FDS": str(len(passed)),
        "LISTEN_FDNAMES": ":".join(each.name for each in passed),
        _HANDOVER: json.dumps(
            {
                "from": os.getpid(),
                "sockets": {
                    _FIRST_FD + number: each.file and (each.file.path, each.file.device, each.file.inode)
                    for number, each in enumerate(passed)
                    if each.owned
                },
            }
        ),
    }
