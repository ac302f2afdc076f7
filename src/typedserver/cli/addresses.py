"""Addresses as text, as in ``tcp://127.0.0.1:9999``: what one says, and the endpoint that listens there.

It knows the recipes of endpoints, and opens none. A descriptor (``fd://3``) is looked at, because what kind of socket
it is cannot be said otherwise.
"""

import contextlib
import os
import re
import socket
import stat
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from typedserver.cli.options import Kind
from typedserver.endpoints.inherited import Inherited
from typedserver.endpoints.passed import passed_sockets
from typedserver.endpoints.tcp import TCP
from typedserver.endpoints.udp import UDP
from typedserver.endpoints.unix import DEFAULT_MODE, UnixDatagram, UnixStream
from typedserver.errors import RecipeError
from typedserver.protocols.endpoints import Endpoint
from typedserver.recipes import shown
from typedserver.sockets.lent import socket_of

_FORMS: Final = "tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, unix-datagram:PATH or fd://NUMBER"

_MOST_PORT: Final = 0xFFFF

_INET: Final = ("tcp", "udp")
_UNIX: Final = ("unix", "unix-datagram")

# What may follow an address behind a question mark, as in unix:chat.sock?mode=660.
_EXTRAS: Final[Mapping[str, tuple[str, ...]]] = {
    "tcp": ("backlog", "name"),
    "udp": ("name",),
    "unix": ("backlog", "group", "mode", "name"),
    "unix-datagram": ("group", "mode", "name"),
    "fd": (),
}

# A host that stands for all interfaces, of both families.
_EVERYWHERE: Final = "*"


@dataclass(frozen=True, slots=True)
class Address:
    """What a text such as ``tcp://[::1]:9999`` says.

    scheme: a key of the table of extras. host, port: of tcp and udp. path: of unix and unix-datagram; an abstract name
    begins with a NUL. descriptor: of fd, its number or its name. extras: what stands behind a question mark.
    """

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""
    descriptor: str = ""
    extras: Mapping[str, str] = field(default_factory=dict[str, str])


def parse_address(text: str) -> Address:
    """Read an address; raises ValueError, whose text has the value and the remedy."""
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in _EXTRAS:
        raise ValueError(f"{shown(text)} is no address: give {_FORMS}{_meant(text)}")
    place, _, query = rest.partition("?")
    extras = _extras_of(text, scheme, query)
    if scheme in _UNIX:
        return Address(scheme, path=_path_of(text, place), extras=extras)
    if not place.startswith("//"):
        raise ValueError(f"{shown(text)} lacks two slashes: write {scheme}://{place}")
    place = place.removeprefix("//")
    if scheme == "fd":
        if not place:
            raise ValueError(f"{shown(text)} names no descriptor: give its number, as fd://3, or its name")
        return Address(scheme, descriptor=place)
    host, port = _host_and_port(text, scheme, place)
    return Address(scheme, host=host, port=port, extras=extras)


def _meant(text: str) -> str:
    """Return a hint if an address lacks its scheme alone."""
    if re.fullmatch(r"[^/]*:\d+", text):
        return f"; for TCP that is tcp://{text}"
    return f"; for a Unix socket that is unix:{text}" if "/" in text and ":" not in text else ""


def _path_of(text: str, place: str) -> str:
    path = urllib.parse.unquote(place)
    if path.startswith("//"):
        # As in a URL without a host: unix:///run/chat.sock.
        path = path.removeprefix("//")
    if not path:
        raise ValueError(f"{shown(text)} names no path: give one, as unix:chat.sock, or unix:@name for an abstract one")
    return "\0" + path[1:] if path.startswith("@") else path


def _host_and_port(text: str, scheme: str, place: str) -> tuple[str, int]:
    host, colon, port = place.rpartition(":")
    if not colon or port.endswith("]"):
        raise ValueError(f"{shown(text)} names no port: write {scheme}://{place}:9999, say; 0 lets the kernel choose")
    if not port.isdecimal() or int(port) > _MOST_PORT:
        raise ValueError(f"{shown(text)} names no port: {port!r} is no number from 0 to {_MOST_PORT}")
    if not host:
        raise ValueError(
            f"{shown(text)} names no host: write {scheme}://127.0.0.1:{port} for this machine alone, or "
            f"{scheme}://*:{port} for all interfaces"
        )
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1], int(port)
    if ":" in host:
        raise ValueError(f"{shown(text)} has an IPv6 address without brackets: write {scheme}://[{host}]:{port}")
    return host, int(port)


def _extras_of(text: str, scheme: str, query: str) -> dict[str, str]:
    try:
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ValueError(f"{shown(text)} has {query!r} behind its question mark: write name=value&name=value") from None
    for name, _ in pairs:
        if name not in _EXTRAS[scheme]:
            known = ", ".join(_EXTRAS[scheme]) or "none"
            raise ValueError(f"{shown(text)} sets {name!r}, which {scheme} addresses do not have: they have {known}")
    return dict(pairs)


def endpoint_of(text: str) -> Endpoint[object, object]:
    """Return the endpoint that listens at an address; raises ValueError, whose text has the value and the remedy."""
    address = parse_address(text)
    extras = address.extras
    name = extras.get("name")
    try:
        match address.scheme:
            case "tcp":
                host, both = _bound_host(address.host)
                return TCP(host=host, port=address.port, dual_stack=both, name=name, backlog=_backlog(text, extras))
            case "udp":
                host, both = _bound_host(address.host)
                return UDP(host=host, port=address.port, dual_stack=both, name=name)
            case "unix":
                mode = _mode(text, extras)
                group = extras.get("group")
                return UnixStream(address.path, mode, backlog=_backlog(text, extras), name=name, group=group)
            case "unix-datagram":
                return UnixDatagram(address.path, _mode(text, extras), name=name, group=extras.get("group"))
            case _:
                return _inherited(text, address.descriptor)
    except RecipeError as error:
        raise ValueError(f"{shown(text)}: {error}") from error


def _bound_host(host: str) -> tuple[str, bool]:
    return ("::", True) if host == _EVERYWHERE else (host, False)


def _mode(text: str, extras: Mapping[str, str]) -> int:
    written = extras.get("mode")
    if written is None:
        return DEFAULT_MODE
    if not re.fullmatch(r"(0o?)?[0-7]{1,3}", written):
        raise ValueError(f"{shown(text)} has mode={written}, which is no rights in octal: give mode=660, say")
    return int(written.removeprefix("0o"), 8)


def _backlog(text: str, extras: Mapping[str, str]) -> int:
    written = extras.get("backlog")
    if written is None:
        return socket.SOMAXCONN
    if not written.isdecimal():
        raise ValueError(f"{shown(text)} has backlog={written}: give how many connections may wait")
    return int(written)


def _inherited(text: str, descriptor: str) -> Endpoint[object, object]:
    if not descriptor.isdecimal():
        found = [each.fd for each in passed_sockets() if each.name == descriptor]
        if not found:
            raise ValueError(f"{shown(text)}: no socket of that name was passed to this program (LISTEN_FDNAMES)")
        if _kind_of(text, found[0]) == socket.SOCK_DGRAM:
            return Inherited.datagram(name=descriptor)
        return Inherited.stream(name=descriptor)
    number = int(descriptor)
    return Inherited.datagram(fd=number) if _kind_of(text, number) == socket.SOCK_DGRAM else Inherited.stream(fd=number)


def _kind_of(text: str, number: int) -> int:
    with contextlib.suppress(OSError, OverflowError):
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            borrowed = socket_of(number)
            try:
                return borrowed.type
            finally:
                borrowed.detach()
    raise ValueError(f"{shown(text)}: descriptor {number} is no open socket: have whoever starts this program pass it")


ADDRESS: Final = Kind("ADDRESS", endpoint_of, {"type": "string", "pattern": "^(tcp|udp|fd)://.+|^unix(-datagram)?:.+"})


def _page_of(text: str) -> Endpoint[object, object]:
    """Return where a page for operators listens: HOST:PORT, or as an address of connections is written."""
    address = text if "//" in text or text.startswith("unix") else f"tcp://{text}"
    if parse_address(address).scheme not in ("tcp", "unix"):
        raise ValueError(f"{shown(text)} is no place for a page: give HOST:PORT, as 127.0.0.1:9100, or unix:PATH")
    return endpoint_of(address)


PAGE: Final = Kind("HOST:PORT", _page_of, {"type": "string", "minLength": 1})
