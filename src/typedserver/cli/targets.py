"""The other side of an address: a client's socket, connected to it. It knows sockets, and how addresses are written."""

import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typedserver.cli.addresses import Address, parse_address
from typedserver.cli.mistakes import UsageError
from typedserver.cli.options import Kind
from typedserver.security.openssl import ssl

# Seconds that a server may take to accept: far more than it needs.
DEFAULT_TIMEOUT: Final = 10.0

_EVERYWHERE: Final = ("", "*", "0.0.0.0", "::")  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class Target:
    """Where a client connects. ``text``: as it was written."""

    text: str
    address: Address

    @property
    def is_datagram(self) -> bool:
        """Whether it takes datagrams."""
        return self.address.scheme in ("udp", "unix-datagram")


def _target_of(text: str) -> Target:
    address = parse_address(text)
    if address.scheme == "fd":
        raise ValueError(f"{text!r} is a descriptor of the server's: give its address, as tcp://127.0.0.1:9999")
    if address.scheme in ("tcp", "udp") and address.host in _EVERYWHERE:
        raise ValueError(f"{text!r} is where a server listens, not where it is reached: give a host, as 127.0.0.1")
    if address.scheme in ("tcp", "udp") and address.port == 0:
        raise ValueError(f"{text!r} names no port: give the one that the server shows when it starts")
    return Target(text, address)


TARGET: Final = Kind("ADDRESS", _target_of, {"type": "string"})


def connected(target: Target, timeout: float = DEFAULT_TIMEOUT) -> socket.socket:
    """Return a blocking socket that is connected to a target; raises UsageError, which says what to do."""
    try:
        if target.address.scheme in ("tcp", "udp"):
            return _connected_by_ip(target, timeout)
        return _connected_by_path(target, timeout)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{target.text}: {reason}: is the server running, and is the address right?") from error


def _connected_by_ip(target: Target, timeout: float) -> socket.socket:
    address = target.address
    if address.scheme == "tcp":
        made = socket.create_connection((address.host, address.port), timeout)
        made.settimeout(None)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        return made
    family, _, _, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.connect(place)
    except BaseException:
        made.close()
        raise
    return made


def _connected_by_path(target: Target, timeout: float) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if target.is_datagram else socket.SOCK_STREAM)
    try:
        if target.is_datagram:
            # Without a name it would get no answers. The kernel gives one that has no file (unix(7), autobind).
            made.bind("")
        made.settimeout(timeout)
        made.connect(target.address.path)
        made.settimeout(None)
    except BaseException:
        made.close()
        raise
    return made


def encrypted(plain: socket.socket, target: Target, *, ca: Path | None, name: str | None) -> socket.socket:
    """Return a connection under TLS; raises UsageError if the server's certificate is not trusted.

    ca: whom to trust; None: whom this machine trusts. name: the server's name; None: the host of its address.
    """
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    except OSError as error:
        plain.close()
        raise UsageError(f"--tls-ca {ca}: {error.strerror or error}") from error
    try:
        return context.wrap_socket(plain, server_hostname=name or target.address.host or None)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise UsageError(
            f"{target.text}: its certificate is not trusted ({error.verify_message}): name who has made it by "
            "--tls-ca, and its name by --tls-name"
        ) from error
    except (OSError, ValueError) as error:
        plain.close()
        raise UsageError(f"{target.text}: the handshake has failed ({error}): does the server speak TLS?") from error


def is_on_this_machine(target: Target) -> bool:
    """Whether a target is a Unix socket, or all addresses of its host are of loopback."""
    address = target.address
    if address.scheme not in ("tcp", "udp"):
        return True
    try:
        found = socket.getaddrinfo(address.host, address.port)
    except OSError as error:
        raise UsageError(f"{target.text}: {error.strerror or error}: is the host spelled right?") from error
    return all(ipaddress.ip_address(str(place[0]).partition("%")[0]).is_loopback for *_, place in found)
