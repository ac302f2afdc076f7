"""Sealed: an endpoint of datagrams that are encrypted, authenticated, and let in once.

It knows datagrams and what they are answered through; their wire form is ``sealed_packets.py``'s.
"""

import errno
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final, Generic, overload

from typing_extensions import Buffer, TypeVar, override

from typedserver.composition import check_endpoint
from typedserver.endpoints.bases import EndpointWrapper, ListenerWrapper
from typedserver.errors import CompositionError, PacketRefused
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.requests import Address, DatagramRequest, DatagramSocket, InetAddress, UnixAddress
from typedserver.recipes import check_at_least, check_positive, recipe_repr
from typedserver.security.sealed_packets import Keys, check_keys, cryptography
from typedserver.security.seals import SealReply, Seals
from typedserver.sockets.peers import InetPeer, UnixPeer, known

PeerT = TypeVar("PeerT")

# Numbers behind the highest that may still come: a reordering network does not come near it (WireGuard has 8,000,
# IPsec 64).
_WINDOW: Final = 1024

# Seconds that the clocks of both ends may differ, with the way between them.
_VALIDITY: Final = 30.0

# Some hundred bytes each.
_SENDERS: Final = 10_000


@dataclass(frozen=True, slots=True, repr=False, init=False)
class Sealed(EndpointWrapper[DatagramRequest, PeerT], Generic[PeerT]):
    """Let in datagrams alone that who has a key has sealed: ``Sealed(UDP(port=9999), key)``; see ``SealedSocket``.

    A handler gets what a datagram holds, and ``principal`` of its client's address is the number of the key. What it
    answers is sealed for that client. Each datagram is let in once, however often it comes; one that is not authentic,
    too old or came before is dropped without an answer, and reported as Refused ("seal") with the reason. A datagram is
    53 bytes longer than what it holds (a reply 49), which ``max_packet_size`` counts.

    endpoint: UDP or UnixDatagram, or a wrapper of one.
    keys: a shared key of 32 random bytes, which has number 0; a mapping of numbers to keys, so that each client has its
    own, or an old one and a new one hold at a time; or a function that returns such a mapping: it is called when the
    endpoint opens and at each ``reload``.
    window: how far behind the highest of a client's numbers one may still come.
    validity: how many seconds the clocks may differ. What comes twice within that is known by its number.
    senders: how many clients are known at once; a client is forgotten when nothing of it can come again.

    Each process knows only what it has let in itself. So a Prefork cannot serve it, and what one process has let in
    while a hot restart goes on, the other may let in as well. After a start, what was sealed before is refused.

    Needs the extra ``sealed``. Raises RecipeError for values that cannot work, CompositionError for what does not fit.
    """

    endpoint: Endpoint[DatagramRequest, object]
    keys: Keys = field(repr=False)
    _: KW_ONLY
    window: int = _WINDOW
    validity: float = _VALIDITY
    senders: int = _SENDERS

    @overload
    def __init__(
        self: "Sealed[InetPeer[int]]",
        endpoint: Endpoint[DatagramRequest, InetAddress],
        keys: Keys,
        *,
        window: int = ...,
        validity: float = ...,
        senders: int = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: "Sealed[UnixPeer[int]]",
        endpoint: Endpoint[DatagramRequest, UnixAddress],
        keys: Keys,
        *,
        window: int = ...,
        validity: float = ...,
        senders: int = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: "Sealed[InetPeer[int] | UnixPeer[int]]",
        endpoint: Endpoint[DatagramRequest, Address],
        keys: Keys,
        *,
        window: int = ...,
        validity: float = ...,
        senders: int = ...,
    ) -> None: ...

    def __init__(
        self,
        endpoint: Endpoint[DatagramRequest, object],
        keys: Keys,
        *,
        window: int = _WINDOW,
        validity: float = _VALIDITY,
        senders: int = _SENDERS,
    ) -> None:
        if check_endpoint(endpoint).request_kind != "datagrams":
            raise CompositionError(
                f"Sealed needs an endpoint of datagrams, and {endpoint!r} gives {endpoint.request_kind}: "
                "connections are encrypted by TLS"
            )
        inner: object = endpoint
        while isinstance(inner, EndpointWrapper):
            if isinstance(inner, Sealed):
                raise CompositionError("Sealed around Sealed: no client seals twice, so leave one out")
            inner = inner.inner
        if not callable(keys):
            kept = check_keys("Sealed", "keys", keys)
            # So that nobody changes it by changing what he has given.
            keys = keys if isinstance(keys, bytes) else kept
        check_at_least("Sealed", "window", window, 1, "1024 is usual")
        check_positive("Sealed", "validity", validity, "give seconds")
        check_at_least("Sealed", "senders", senders, 1, "10_000 is usual")
        for name, value in (
            ("endpoint", endpoint),
            ("keys", keys),
            ("window", window),
            ("validity", validity),
            ("senders", senders),
        ):
            object.__setattr__(self, name, value)
        cryptography()

    @property
    @override
    def inner(self) -> Endpoint[object, object]:
        """The endpoint that it wraps."""
        return self.endpoint

    @property
    @override
    def identifies(self) -> bool:
        """Return True: that is what it is for."""
        return True

    def listen(self) -> Listener[DatagramRequest, PeerT]:
        """Open the wrapped endpoint's listener; raises ListenError as that does, and what the function of keys does."""
        seals = Seals(self.keys, window=self.window, validity=self.validity, senders=self.senders)
        return _Listener(self.endpoint.listen(), seals)

    __repr__ = recipe_repr


class _Listener(ListenerWrapper[DatagramRequest, PeerT]):
    """Opens each datagram when it is received: in the server's process, also if a child answers it."""

    __slots__ = ("_refuses", "_seals")

    def __init__(self, inner: Listener[DatagramRequest, Any], seals: Seals) -> None:
        super().__init__(inner)
        self._seals = seals
        self._refuses = inner.refuses

    @override
    def get_request(self) -> tuple[Any, Any]:
        """Receive a datagram and open it; raises PacketRefused for one that may not be let in."""
        (packet, through), address = self.inner.get_request()
        try:
            key, data, seal = self._open(packet, address)
        except PacketRefused as refused:
            refused.client_address = address
            raise
        peer = known(key, address)
        return (data, SealedReplies(through, address, peer, seal)), peer

    def _open(self, packet: bytes, address: object) -> tuple[int, bytes, SealReply]:
        if self._refuses and self.inner.refusal(address) is not None:
            # Here, where it costs less than to open it, and where nobody can hand it on as if it had been opened.
            raise PacketRefused(f"the endpoint inside refuses the address {address!r}")
        return self._seals.open(packet)

    @override
    def reload(self) -> None:
        """Ask for the keys anew; raises what their function does, and goes on with what it had."""
        self._seals.reload()
        self.inner.reload()


class SealedReplies:
    """What a sealed datagram is answered through: it seals each answer for the one who has sent it, and for no other.

    From any thread, for as long as the server is open.
    """

    __slots__ = ("_address", "_peer", "_seal", "_through")

    def __init__(self, through: DatagramSocket, address: Address, peer: object, seal: SealReply) -> None:
        self._through = through
        # As the kernel writes it, and as the handler has it.
        self._address = address
        self._peer = peer
        self._seal = seal

    @overload
    def sendto(self, data: Buffer, address: Address, /) -> int: ...

    @overload
    def sendto(self, data: Buffer, flags: int, address: Address, /) -> int: ...

    def sendto(self, data: Buffer, flags_or_address: int | Address, address: Address | None = None, /) -> int:
        """Seal and send an answer; returns the length of what was sealed.

        Raises OSError as a socket does, and (EINVAL) for another address than the sender's, for which nothing can be
        sealed.
        """
        flags, to = (flags_or_address, address) if isinstance(flags_or_address, int) else (0, flags_or_address)
        if to not in (self._peer, self._address):
            raise OSError(
                errno.EINVAL, f"an answer to {self._peer!r} is sealed for that client, and cannot be sent to {to!r}"
            )
        plain = data if isinstance(data, bytes) else bytes(data)
        self._through.sendto(self._seal(plain), flags, self._address)
        return len(plain)

    def fileno(self) -> int:
        """Return the descriptor of the listener's socket; -1 once it is closed."""
        return self._through.fileno()

    def getsockname(self) -> Address:
        """Return the address that the datagram was sent to, if that is known; else the one that is listened at."""
        return self._through.getsockname()

    def __repr__(self) -> str:
        return f"<SealedReplies to {self._peer!r}>"


_conforms: type[DatagramSocket] = SealedReplies
