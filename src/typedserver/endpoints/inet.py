"""What TCP and UDP share: from a host to an address family, the options of an IP socket, and its addresses.

Internal to the endpoints; ``tcp.py`` and ``udp.py`` hold the recipes.
"""

import errno
import socket
import sys
from typing import Any, Final

from typedserver.endpoints.handed_over import Passed, Taken, take
from typedserver.errors import ListenError, RecipeError
from typedserver.protocols.requests import InetAddress
from typedserver.recipes import check_at_least

LOOPBACK: Final = "127.0.0.1"
_MAX_PORT: Final = 0xFFFF


def check_inet(recipe: str, host: object, port: object) -> None:
    """Refuse a host or a port that no socket can have, and the two in the wrong order."""
    # Compared as objects: a program without types may give anything.
    if not isinstance(host, str):
        raise RecipeError(f"{recipe}(host={host!r}) must be a str: an address, a name, or '' for all interfaces")
    if not isinstance(port, int) or isinstance(port, bool):
        raise RecipeError(f"{recipe}(port={port!r}) must be an int")
    if not 0 <= port <= _MAX_PORT:
        raise RecipeError(f"{recipe}(port={port!r}) must be from 0 to {_MAX_PORT}; 0 lets the kernel choose")


def check_dual_stack(recipe: str, host: str, *, dual_stack: bool) -> None:
    """Refuse both families at once on a host that belongs to one of them."""
    if dual_stack and host not in ("", "::"):
        raise RecipeError(f"{recipe}(dual_stack=True) listens on all interfaces: give host='::', not {host!r}")


def check_backlog(recipe: str, backlog: int) -> None:
    """Refuse a queue that holds nothing."""
    check_at_least(recipe, "backlog", backlog, 1, "give how many connections may wait, or leave it out")


def bind_inet(
    recipe: object, kind: socket.SocketKind, host: str, port: int, *, dual_stack: bool, reuse: bool, reuse_port: bool
) -> socket.socket:
    """Make a bound socket of the family that the host has; raises ListenError with the remedy."""
    family, address = _resolve(recipe, kind, host, port, dual_stack=dual_stack)
    try:
        made = socket.socket(family, kind)
        try:
            _set_options(made, family, dual_stack=dual_stack, reuse=reuse, reuse_port=reuse_port)
            made.bind(address)
        except BaseException:
            made.close()
            raise
    except OSError as error:
        raise refusal(recipe, host, port, error) from error
    return made


def take_inet(
    recipe: object, name: str | None, kind: socket.SocketKind, host: str, port: int, *, dual_stack: bool
) -> Taken | None:
    """Take the socket that was passed for a recipe; None where there is none. Raises ListenError with the remedy."""

    def is_address(found: socket.socket, passed: Passed) -> bool:
        family, address = _resolve(recipe, kind, host, port, dual_stack=dual_stack)
        if found.family != family or is_dual_stack(found) != dual_stack:
            return False
        bound = found.getsockname()
        # Which port the kernel had chosen for a predecessor only the name can tell.
        its_port = bound[1] if port == 0 and passed.owned and passed.name == name else port
        # An IPv6 address has its scope as the last part (ipv6(7)); of all interfaces it has none.
        return bool(bound[:2] == (address[0], its_port) and bound[3:] in ((), (0,), address[3:]))

    return take(recipe, name, kind, (socket.AF_INET, socket.AF_INET6), is_address)


def is_dual_stack(bound: socket.socket) -> bool:
    """Whether IPv4 peers come to a socket as mapped addresses of IPv6."""
    return bound.family == socket.AF_INET6 and not bound.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


def _resolve(
    recipe: object, kind: socket.SocketKind, host: str, port: int, *, dual_stack: bool
) -> tuple[socket.AddressFamily, Any]:
    if dual_stack:
        return socket.AF_INET6, ("::", port)
    # "" is all interfaces of IPv4, as it always was for socketserver.
    family = socket.AF_INET if host == "" else socket.AF_UNSPEC
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", port, family, kind, 0, socket.AI_PASSIVE)  # noqa: S104 - asked for
    except (OSError, UnicodeError) as error:
        raise ListenError(
            f"{recipe!r} can not listen: host {host!r} is no address of this machine ({error}); "
            "give an IP address, 'localhost', or '' for all interfaces",
            # getaddrinfo's own numbers are none of the kernel's.
            error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None,
        ) from error
    return found[0][0], found[0][4]


def _set_options(
    made: socket.socket, family: socket.AddressFamily, *, dual_stack: bool, reuse: bool, reuse_port: bool
) -> None:
    if sys.platform == "win32":
        # There SO_REUSEADDR lets anyone steal a bound port; this is what POSIX's default means.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    elif reuse:
        # Without it a restarted server waits for the TIME_WAIT of the old one's connections to end (socket(7)).
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        if not hasattr(socket, "SO_REUSEPORT"):
            raise OSError(errno.ENOPROTOOPT, "this platform has no SO_REUSEPORT")
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        # Never left to the system's default (ipv6(7), bindv6only): a server should mean the same everywhere.
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not dual_stack)


def refusal(recipe: object, host: str, port: int, error: OSError) -> ListenError:
    """Make the error that tells why an address could not be bound, and what to do about it."""
    place = f"[{host}]:{port}" if ":" in host else f"{host or '*'}:{port}"
    remedies = {
        errno.EADDRINUSE: f"port {port} is in use: stop the program that holds it, or choose another port",
        errno.EACCES: f"port {port} needs a privilege: choose one above 1023, or grant CAP_NET_BIND_SERVICE",
        errno.EADDRNOTAVAIL: f"{host!r} is no address of this machine: give one of its own, or '' for all",
        errno.EAFNOSUPPORT: "this machine lacks that address family: give a host of another",
        errno.ENOPROTOOPT: "leave reuse_port out",
    }
    remedy = remedies.get(error.errno or 0, "see ip(7)")
    return ListenError(f"{recipe!r} can not listen on {place}: {error.strerror}; {remedy}", error.errno)


def spell_inet(address: Any) -> InetAddress:
    """Write a peer's address as the kernel gives it."""
    # Any: what accept and recvfrom give depends on the family, which the type system does not see.
    found: InetAddress = address
    return found


def spell_mapped(address: Any) -> InetAddress:
    """Write an IPv4 peer of a dual-stack socket as the IPv4 address it has, so that logs and access lists agree."""
    import ipaddress  # noqa: PLC0415 - only dual-stack sockets need it

    host, port, *_ = address
    mapped = ipaddress.IPv6Address(host.partition("%")[0]).ipv4_mapped
    return spell_inet(address) if mapped is None else (str(mapped), port)
