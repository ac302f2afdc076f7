"""The sockets that were handed over to this process as it started: by systemd, or by its predecessor in a hot restart.

systemd keeps a copy of each of its sockets, so this process serves them but never withdraws or unlinks them. Those that
the predecessor owns are shared by both processes until this one is ready and claims them.

Internal to the endpoints and to hot restarts; ``passed.py`` reads how they are described. It knows no server.
"""

import logging
import os
import socket
import stat
import weakref
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

from typedserver.endpoints.passed import Passed, forget_predecessor, passed_sockets
from typedserver.errors import ListenError
from typedserver.sockets.lent import Before, socket_of

_log = logging.getLogger("typedserver")


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

# The listeners of sockets that a predecessor owns.
_unclaimed: Final["weakref.WeakSet[Sharing]"] = weakref.WeakSet()

# The sockets that this process has claimed from it.
claimed: Final["weakref.WeakSet[socket.socket]"] = weakref.WeakSet()


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


def unserved() -> list[Passed]:
    """Return the sockets that the predecessor owns and that no listener here serves."""
    return [each for each in passed_sockets() if each.owned and each.fd not in _ever_taken]


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
    left = unserved()
    for each in left:
        _ever_taken.add(each.fd)
        # The file first: then a client finds no server, rather than one that never answers.
        if each.file is not None:
            try:
                each.file.remove()
            except OSError as error:
                _log.warning("the file of the predecessor's socket %r stays: %s; remove it by hand", each.name, error)
        os.close(each.fd)
    forget_predecessor()
    return left


def all_claimed() -> bool:
    """Return whether this process owns all sockets that it has taken from its predecessor."""
    return not _unclaimed
