"""The sockets that were handed over to this process as it started: by systemd, or by its predecessor in a hot restart.

Both describe them in LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES (sd_listen_fds(3)). systemd keeps a copy of each of its
sockets, so this process serves them but never withdraws or unlinks them. A predecessor also lists, in
TYPEDSERVER_HANDOVER, the sockets that it owns. Both processes share these until this one is ready and claims them.

The variables are meant for this process alone. The first look takes them out of the environment, as sd_listen_fds(3)
does if it is asked to, because a child or grandchild that gets them may have the pid in LISTEN_PID by chance.

Internal to the endpoints and to hot restarts; ``passing_on.py`` writes what is read here. It knows no server.
"""

import json
import logging
import os
import socket
import stat
import weakref
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, Protocol

from typedserver.endpoints.unix_path import OwnFile
from typedserver.errors import ListenError, RecipeError
from typedserver.sockets.lent import Before, socket_of

_log = logging.getLogger("typedserver")

# The first descriptor that is passed (sd_listen_fds(3)).
FIRST_FD: Final = 3

# The name that systemd gives a socket without one.
NAMELESS: Final = "unknown"

# The longest name that systemd takes (fdname_is_valid in its src/basic/fd-util.c).
_LONGEST_NAME: Final = 255

# The variable in which a predecessor lists the sockets that it owns.
HANDOVER: Final = "TYPEDSERVER_HANDOVER"

_VARIABLES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", HANDOVER)


@dataclass(frozen=True, slots=True)
class Passed:
    """A socket that one process passes to another.

    fd: its descriptor in this process. name: as in LISTEN_FDNAMES.
    owned: whether a predecessor owns it, not systemd. file: that of a Unix socket, if its owner must remove it.
    before: how it was before it was lent to the predecessor; None: nobody has.
    """

    fd: int
    name: str = NAMELESS
    owned: bool = False
    file: OwnFile | None = None
    before: Before | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A passed socket that a listener serves from now on. ``at_address``: whether it has the recipe's address."""

    socket: socket.socket
    passed: Passed
    at_address: bool

    @property
    def before(self) -> Before | None:
        """How it was before it was lent to this process; None if it will be this process's own."""
        return None if self.passed.owned else how_it_was(self.passed.fd)


class Sharing(Protocol):
    """A listener whose socket another process may serve too."""

    def own(self) -> None:
        """Note that only this process serves the socket."""
        ...

    def fileno(self) -> int:
        """The listening descriptor."""
        ...


# The sockets that were taken and are still open. Two listeners of one descriptor would each close it, and the second
# close could hit another file that has got the number by then.
_taken: Final[weakref.WeakValueDictionary[int, socket.socket]] = weakref.WeakValueDictionary()

# The descriptors that were ever taken: after the close, another file may get the number.
_ever_taken: Final[set[int]] = set()

# How each of them was before.
_before: Final[dict[int, Before]] = {}

# The variables that were taken out of the environment.
_taken_out: Final[dict[str, str]] = {}

# The listeners of sockets that a predecessor owns.
_unclaimed: Final["weakref.WeakSet[Sharing]"] = weakref.WeakSet()

# The sockets that this process has claimed from it.
claimed: Final["weakref.WeakSet[socket.socket]"] = weakref.WeakSet()


def check_name(recipe: str, name: object) -> None:
    """Raise RecipeError for a name that LISTEN_FDNAMES cannot carry; None passes."""
    if name is None:
        return
    # Checked as an object, because a program without types may give any value.
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isascii():
        raise RecipeError(f"{recipe}(name={name!r}) must be a str of 1 to {_LONGEST_NAME} ASCII characters")
    if ":" in name or not name.isprintable():
        raise RecipeError(f"{recipe}(name={name!r}) must have no ':' and no control characters (sd_listen_fds(3))")


# Reading


def variables() -> dict[str, str]:
    """Return the variables by which sockets were passed to this process, or to the one that has forked it."""
    found = {name: value for name in _VARIABLES if (value := os.environ.pop(name, None)) is not None}
    if found:
        _taken_out.clear()
        _taken_out.update(found)
    return _taken_out


def _variables_for_us() -> dict[str, str]:
    found = variables()
    return found if found.get("LISTEN_PID") == str(os.getpid()) else {}


def passed_sockets() -> list[Passed]:
    """Return the sockets that were passed to this process; none if the variables are meant for another one."""
    found = _variables_for_us()
    count = found.get("LISTEN_FDS", "")
    if not count.isdecimal():
        return []
    names = found.get("LISTEN_FDNAMES", "").split(":")
    mark: dict[str, Any] = json.loads(found.get(HANDOVER, "{}"))
    own, lent = mark.get("sockets", {}), mark.get("lent", {})
    return [
        Passed(
            fd,
            names[i] if i < len(names) and names[i] else NAMELESS,
            str(fd) in own,
            _own_file(own.get(str(fd))),
            _before_of(lent.get(str(fd))),
        )
        for i, fd in enumerate(range(FIRST_FD, FIRST_FD + int(count)))
    ]


def _own_file(written: Any) -> OwnFile | None:  # noqa: ANN401 - JSON that the other process wrote
    return None if written is None else OwnFile(written[0], written[1], written[2], os.getpid())


def _before_of(written: Any) -> Before | None:  # noqa: ANN401 - the same
    return None if written is None else Before(written[0], bytes.fromhex(written[1]))


def predecessor() -> int | None:
    """Return the pid of the process that has started this one to take its place; None if there is none."""
    mark = _variables_for_us().get(HANDOVER)
    if mark is None:
        return None
    pid: int = json.loads(mark)["from"]
    return pid


def why_not(fd: int, kind: socket.SocketKind, *, remedy: str = "") -> str:
    """Return the reason why a descriptor cannot be served as this kind of socket; "" if it can.

    remedy: is added to the reason if the socket is of another kind.
    """
    if is_taken(fd):
        return "it is served by another listener of this process, which will close it"
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return "it is no socket"
        probe = socket_of(os.dup(fd))
    except OSError as error:
        return f"{error.strerror}; was it passed to this process?"
    with probe:
        if probe.type != kind:
            return f"it is a {probe.type.name} socket, not {kind.name}{remedy}"
        if kind == socket.SOCK_STREAM and not _listens(probe):
            return "it does not listen; call listen() on it before it is passed"
    return ""


def _listens(probe: socket.socket) -> bool:
    # macOS before 10.13 lacks the option; there the first accept fails if the socket does not listen.
    option = getattr(socket, "SO_ACCEPTCONN", None)
    return option is None or bool(probe.getsockopt(socket.SOL_SOCKET, option))


# Taking


def is_taken(fd: int) -> bool:
    """Return whether a listener of this process serves a descriptor that was passed to it."""
    return socket_taken(fd) is not None


def socket_taken(fd: int) -> socket.socket | None:
    """Return the socket that was made of a passed descriptor; None if it was not taken, or is closed."""
    taken = _taken.get(fd)
    return taken if taken is not None and taken.fileno() == fd else None


def how_it_was(fd: int) -> Before | None:
    """Return how a passed descriptor was before it was lent to this process; None if it was not taken."""
    return _before.get(fd) if is_taken(fd) else None


def take_fd(fd: int, before: Before | None = None) -> socket.socket:
    """Make a socket of a passed descriptor; the caller closes it.

    before: how it was, if whoever has passed it has found it otherwise than it is now.
    """
    # The children of this process must not inherit it; sd_listen_fds(3) does the same.
    os.set_inheritable(fd, False)
    _taken[fd] = taken = socket_of(fd)
    _ever_taken.add(fd)
    _before[fd] = before or Before.of(taken)
    return taken


def take(
    recipe: object,
    name: str | None,
    kind: socket.SocketKind,
    families: Collection[int],
    is_address: Callable[[socket.socket, Passed], bool],
    *,
    includes_address: Callable[[socket.socket], bool] = lambda _probe: False,
) -> Taken | None:
    """Take the socket that was passed for a recipe, found by its name or else by its address; None if there is none.

    is_address: whether a socket has the address of the recipe.
    includes_address: whether it is bound to that one among others, so that the recipe could not bind it besides.

    If systemd passes a socket of the name, it is taken at any address, because the unit decides that. So is one that
    includes the recipe's address, if none has it. If a predecessor passes one of the name, it is left if the recipe has
    another address now. Raises ListenError if the socket of the name cannot be served, or if several could be meant.
    """
    passed = [each for each in passed_sockets() if each.fd not in _ever_taken]
    fitting: dict[Passed, bool] = {}
    including: list[Passed] = []
    for each in passed:
        if not why_not(each.fd, kind):
            with socket_of(os.dup(each.fd)) as probe:
                if probe.family in families:
                    fitting[each] = is_address(probe, each)
                    if not each.owned and includes_address(probe):
                        including.append(each)
    named = [each for each in passed if name is not None and each.name == name]
    if not any(fitting.get(each) for each in named):
        # No socket of the name has the recipe's address, but systemd's unit may want another one.
        meant = [each for each in named if not each.owned]
        match [each for each in meant if each in fitting]:
            case [each]:
                return _take(each, at_address=False)
            case []:
                if meant:
                    fd, reason = meant[0].fd, why_not(meant[0].fd, kind) or "it is of another family"
                    raise ListenError(f"{recipe!r} cannot serve descriptor {fd}, which has its name: {reason}")
            case several:
                fds = [each.fd for each in several]
                raise ListenError(f"{recipe!r} cannot listen: descriptors {fds} have its name, and none its address")
    here = [each for each, at_address in fitting.items() if at_address] or including
    if not here:
        return None
    return _take(next((each for each in here if each in named), here[0]), at_address=True)


def _take(found: Passed, *, at_address: bool) -> Taken:
    return Taken(take_fd(found.fd, found.before), found, at_address)


def claim_later(listener: Sharing) -> None:
    """Note a listener whose socket a predecessor owns, for ``claim``."""
    _unclaimed.add(listener)


def claim() -> list[Passed]:
    """Own all sockets that the predecessor has owned; closes and returns those that no listener here serves.

    Must be called only when the predecessor knows that this process is ready, because then it accepts no more.
    """
    for listener in list(_unclaimed):
        listener.own()
        taken = socket_taken(listener.fileno())
        if taken is not None:
            claimed.add(taken)
    _unclaimed.clear()
    left = [each for each in passed_sockets() if each.owned and each.fd not in _ever_taken]
    for each in left:
        _ever_taken.add(each.fd)
        # The file first: then a client finds no server, rather than one that never answers.
        if each.file is not None:
            try:
                each.file.remove()
            except OSError as error:
                _log.warning("the file of the predecessor's socket %r stays: %s; remove it by hand", each.name, error)
        os.close(each.fd)
    variables().pop(HANDOVER, None)
    return left


def all_claimed() -> bool:
    """Return whether this process owns all sockets that it has taken from its predecessor."""
    return not _unclaimed
