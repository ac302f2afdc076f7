"""The addresses of peers that are known: each is an address as its endpoint gives it, and has a principal besides.

So whatever takes an address takes them: handlers, logs and hooks need not know that a peer was authenticated. They know
addresses only.
"""

from collections.abc import Callable
from typing import Final, Generic, TypeVar, cast

from typing_extensions import override

from typedserver.protocols.requests import Address, Identified, InetAddress, Principal_co, UnixAddress

# Where an IPv6 address has its scope, behind its host and port: (host, port, flow, scope).
_SCOPE_AT: Final = 1

_P = TypeVar("_P")


class InetPeer(tuple[str, int], Generic[Principal_co]):  # noqa: SLOT001 - an heir of tuple can have none but empty ones
    """A TCP peer that is known: ``(host, port)``, with its ``principal``.

    It compares and hashes as that tuple, and is pickled with its principal. The scope of an IPv6 address stands in the
    host: ``fe80::1%2``.
    """

    _principal: Principal_co

    def __new__(cls, principal: Principal_co, address: InetAddress, /) -> "InetPeer[Principal_co]":
        """Make the address of a peer that is known."""
        host, port, *more = address
        scope = more[_SCOPE_AT] if len(more) > _SCOPE_AT else 0
        if scope and "%" not in host:
            host = f"{host}%{scope}"
        peer = super().__new__(cls, (host, port))
        peer._principal = principal
        return peer

    @property
    def principal(self) -> Principal_co:
        """Who the peer is, as the authenticator has found out."""
        return self._principal

    @override
    def __reduce__(self) -> "tuple[Callable[..., InetPeer[Principal_co]], tuple[Principal_co, tuple[str, int]]]":
        return type(self), (self._principal, (self[0], self[1]))

    @override
    def __repr__(self) -> str:
        return f"InetPeer({self._principal!r}, {super().__repr__()})"


class UnixPeer(str, Generic[Principal_co]):
    """A Unix peer that is known: its path, mostly ``""``, with its ``principal``.

    It compares and hashes as that str, and is pickled with its principal.
    """

    __slots__ = ("_principal",)

    _principal: Principal_co

    def __new__(cls, principal: Principal_co, address: UnixAddress, /) -> "UnixPeer[Principal_co]":
        """Make the address of a peer that is known."""
        peer = super().__new__(cls, address)
        peer._principal = principal
        return peer

    @property
    def principal(self) -> Principal_co:
        """Who the peer is, as the authenticator has found out."""
        return self._principal

    @override
    def __reduce__(self) -> "tuple[Callable[..., UnixPeer[Principal_co]], tuple[Principal_co, str]]":
        return type(self), (self._principal, str(self))

    @override
    def __repr__(self) -> str:
        return f"UnixPeer({self._principal!r}, {super().__repr__()})"


def known(principal: _P, address: Address) -> InetPeer[_P] | UnixPeer[_P]:
    """Return an address with the principal that was found out."""
    return UnixPeer(principal, address) if isinstance(address, str) else InetPeer(principal, address)


def as_pair(address: UnixAddress) -> tuple[str, int]:
    """Return a Unix address as code for TCP takes it, ``("unix", 0)`` for one without a name; its principal stays."""
    pair = (str(address) or "unix", 0)
    return InetPeer(cast("UnixPeer[object]", address).principal, pair) if isinstance(address, UnixPeer) else pair


_inet_conforms: type[Identified[str]] = InetPeer[str]
_unix_conforms: type[Identified[str]] = UnixPeer[str]
