"""What TCP and UDP have in common: the address of a host, the options of an IP socket, and how addresses are written.

Internal to the endpoints; ``tcp.py`` and ``udp.py`` hold the recipes.
"""

import errno
import socket
import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

from typedserver.endpoints.handed_over import Taken, take
from typedserver.endpoints.passed import Passed
from typedserver.endpoints.socket_listeners import Bound
from typedserver.errors import ListenError, RecipeError
from typedserver.protocols.requests import InetAddress
from typedserver.recipes import check_at_least, place_of, shown

LOOPBACK: Final = "127.0.0.1"
_MAX_PORT: Final = 0xFFFF

# The addresses that stand for all of a family (ip(7), ipv6(7)).
_ALL_IPV4: Final = "0.0.0.0"  # noqa: S104 - compared, and bound if it is asked for
_ALL_IPV6: Final = "::"

# How an IPv6 address begins that stands for one of IPv4 (RFC 4291, 2.5.5.2).
_MAPPED: Final = "::ffff:"


class _InetRecipe(Protocol):
    """What TCP and UDP have in common."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def dual_stack(self) -> bool: ...
    @property
    def reuse_address(self) -> bool: ...
    @property
    def reuse_port(self) -> bool: ...
    @property
    def name(self) -> str | None: ...


def check_inet(recipe: str, host: object, port: object) -> None:
    """Raise RecipeError for a host or a port that no socket can have, or the two in the wrong order."""
    # Checked as objects, because a program without types may give any value.
    if not isinstance(host, str):
        raise RecipeError(f"{recipe}(host={shown(host)}) must be a str: an address, a name, or '' for all interfaces")
    if not isinstance(port, int) or isinstance(port, bool):
        raise RecipeError(f"{recipe}(port={shown(port)}) must be an int")
    if not 0 <= port <= _MAX_PORT:
        raise RecipeError(f"{recipe}(port={shown(port)}) must be from 0 to {_MAX_PORT}; 0 lets the kernel choose")


def check_dual_stack(recipe: str, host: str, *, dual_stack: bool) -> None:
    """Raise RecipeError for both families at once on a host that belongs to one of them."""
    if dual_stack and host not in ("", "::"):
        raise RecipeError(f"{recipe}(dual_stack=True) listens on all interfaces: give host='::', not {host!r}")


def check_backlog(recipe: str, backlog: int) -> None:
    """Raise RecipeError for a queue that holds nothing."""
    check_at_least(recipe, "backlog", backlog, 1, "give how many connections may wait, or leave it out")


def open_inet(
    recipe: _InetRecipe,
    kind: socket.SocketKind,
    prepare: Callable[[socket.socket], object] = lambda _made: None,
    *,
    backlog: int | None = None,
) -> Bound[InetAddress]:
    """Take the socket that was passed for a recipe, or else bind one; raises ListenError with the remedy.

    prepare: sets what options the recipe has besides, before the socket is bound; the kernel hands them on to each
    connection at its handshake. A socket of a predecessor gets them as well: its recipe may have had others.
    backlog: for a socket that listens for connections.
    """
    taken = _take_inet(recipe, kind)
    if taken is None:
        return Bound(bind_inet(recipe, kind, prepare, backlog), None)
    if taken.passed.owned:
        try:
            prepare(taken.socket)
        except OSError as error:
            taken.socket.close()
            raise refusal(recipe, error) from error
    return Bound(taken.socket, None, shared=True, claimable=taken.passed.owned, before=taken.before)


def bind_inet(
    recipe: _InetRecipe, kind: socket.SocketKind, prepare: Callable[[socket.socket], object], backlog: int | None
) -> socket.socket:
    """Make a bound socket of the family of the recipe's host; raises ListenError with the remedy."""
    family, address = _resolve(recipe, kind)
    try:
        made = socket.socket(family, kind)
        try:
            _set_options(made, family, recipe)
            prepare(made)
            made.bind(address)
            if backlog is not None:
                # This, too, fails with EADDRINUSE: two sockets may bind one address with SO_REUSEADDR, but only one
                # of them may listen (ip(7)).
                made.listen(backlog)
        except BaseException:
            made.close()
            raise
    except OSError as error:
        raise refusal(recipe, error) from error
    return made


def _take_inet(recipe: _InetRecipe, kind: socket.SocketKind) -> Taken | None:
    def is_address(found: socket.socket, passed: Passed) -> bool:
        family, address = _resolve(recipe, kind)
        if found.family != family or is_dual_stack(found) != recipe.dual_stack:
            return False
        bound = found.getsockname()
        # If the kernel had chosen the predecessor's port, only the name can identify the socket.
        is_same_recipe = recipe.port == 0 and passed.owned and passed.name == recipe.name
        port = bound[1] if is_same_recipe else recipe.port
        # The last part of an IPv6 address is its scope (ipv6(7)), which the address of all interfaces lacks.
        return bool(bound[:2] == (address[0], port) and bound[3:] in ((), (0,), address[3:]))

    def includes_address(found: socket.socket) -> bool:
        # A unit that names a port alone (ListenStream=8080) has one socket for all addresses, of both families.
        if found.getsockname()[:2] not in ((_ALL_IPV4, recipe.port), (_ALL_IPV6, recipe.port)):
            return False
        family, _ = _resolve(recipe, kind)
        if is_dual_stack(found):
            return True
        return found.family == family and not recipe.dual_stack

    families = socket.AF_INET, socket.AF_INET6
    return take(recipe, recipe.name, kind, families, is_address, includes_address=includes_address)


def is_dual_stack(bound: socket.socket) -> bool:
    """Return whether IPv4 peers have mapped IPv6 addresses on a socket."""
    return bound.family == socket.AF_INET6 and not bound.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


def _resolve(recipe: _InetRecipe, kind: socket.SocketKind) -> tuple[socket.AddressFamily, Any]:
    host, port = recipe.host, recipe.port
    if recipe.dual_stack:
        return socket.AF_INET6, (_ALL_IPV6, port)
    # "" means all interfaces of IPv4, as in socketserver.
    family = socket.AF_INET if host == "" else socket.AF_UNSPEC
    try:
        found = socket.getaddrinfo(host or _ALL_IPV4, port, family, kind, 0, socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenError(
            f"{recipe!r} cannot listen: host {host!r} is no address of this machine ({error}); "
            "give an IP address, 'localhost', or '' for all interfaces",
            # The numbers of getaddrinfo are not the kernel's.
            error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None,
        ) from error
    return found[0][0], found[0][4]


def _set_options(made: socket.socket, family: socket.AddressFamily, recipe: _InetRecipe) -> None:
    if sys.platform == "win32":
        # On Windows SO_REUSEADDR lets other programs steal a bound port; this option is the default of POSIX.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    elif recipe.reuse_address:
        # Without it a restarted server cannot bind while old connections are in TIME_WAIT (socket(7)).
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if recipe.reuse_port:
        if not hasattr(socket, "SO_REUSEPORT"):
            raise OSError(errno.ENOPROTOOPT, "this platform has no SO_REUSEPORT, which reuse_port needs")
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        # Always set, because the default depends on the system (bindv6only, ipv6(7)).
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not recipe.dual_stack)


def refusal(recipe: _InetRecipe, error: OSError) -> ListenError:
    """Make the error for an address that could not be bound, with the reason and the remedy."""
    host, port = recipe.host, recipe.port
    place = place_of(host or "*", port)
    remedies = {
        errno.EADDRINUSE: f"port {port} is in use: stop the program that holds it, or choose another port",
        errno.EACCES: f"port {port} needs a privilege: choose one above 1023, or grant CAP_NET_BIND_SERVICE",
        errno.EADDRNOTAVAIL: f"{host!r} is no address of this machine: give one of its own, or '' for all",
        errno.EAFNOSUPPORT: "this machine lacks that address family: give a host of another",
        errno.ENOPROTOOPT: "leave that out",
    }
    remedy = remedies.get(error.errno or 0, "see ip(7)")
    return ListenError(f"{recipe!r} cannot listen on {place}: {error.strerror}; {remedy}", error.errno)


def spell_inet(address: Any) -> InetAddress:  # noqa: ANN401 - the kernel's answer has no type
    """Write a peer's address as the kernel gives it."""
    # Any, because what accept and recvfrom return depends on the family, which types do not show.
    found: InetAddress = address
    return found


def spell_mapped(address: Any) -> InetAddress:  # noqa: ANN401 - the kernel's answer has no type
    """Write an IPv4 peer of a dual-stack socket by its IPv4 address, so that logs and access lists agree."""
    host, port, *_ = address
    # As inet_ntop(3) writes a mapped address; no other one has these digits and a dot.
    if host.startswith(_MAPPED) and "." in host:
        return host.removeprefix(_MAPPED), port
    return spell_inet(address)
