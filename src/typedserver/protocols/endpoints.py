"""What an endpoint and its listener promise. Typing only.

Every member that a server calls stands here. In ``endpoints/bases.py``, ``BaseEndpoint`` and ``BaseListener`` have the
defaults, ``EndpointWrapper`` and ``ListenerWrapper`` pass everything on to what they wrap.
"""

import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address, Address_co, Request_co, RequestKind

# What becomes of new clients when a listener is withdrawn. "settled": the kernel refuses them from now on, and what
# waits in its queue is all that can be accepted. "refusing": the same, but those whose handshake has begun still come
# in. "leaking": some others may come in, too. "shared": another process serves them. A listener must not say more than
# the kernel has done.
Withdrawal: TypeAlias = Literal["settled", "refusing", "leaking", "shared"]


Refusal: TypeAlias = Literal["verify_request", "connections", "rate", "per_peer", "filter", "failures", "seal", "error"]
"""Why a request was refused: by the hook of that name, by the field of ``Limits`` of that name, by a filter of
addresses, because its peer has failed to authenticate too often, because its datagram was not sealed as it must be, or
by an error."""


@dataclass(frozen=True, slots=True)
class CertificateState:
    """A certificate that a listener shows to its clients.

    certificate: the file. name: whose certificate it is. expires: when it does, in seconds since 1970 (Unix time).
    """

    certificate: str
    name: str
    expires: float


class Listener(Protocol[Request_co, Address_co]):
    """A bound, live source of requests. The server that opened it closes it.

    Raw requests pass through it as ``Any``: between ``get_request`` and ``establish`` they are the listener's own
    affair, and only what ``establish`` returns reaches a handler.
    """

    @property
    def request_kind(self) -> RequestKind:
        """What it gives. Datagrams and messages are answered through the listener, so it must outlive them."""
        ...

    @property
    def establishes(self) -> bool:
        """Whether ``establish`` has anything to do; a server does not call one that returns its arguments."""
        ...

    @property
    def establishes_in_loop(self) -> bool:
        """Whether ``establish`` returns a coroutine that never blocks its thread; asked once for each loop.

        Then the server's loop drives it, and gives the connection to the strategy when it is established: so a client
        that is silent holds no worker. If not, ``establish`` is called in the worker.
        """
        ...

    @property
    def refuses(self) -> bool:
        """Whether ``refusal`` has anything to say; asked once for each loop."""
        ...

    @property
    def certificates(self) -> tuple[CertificateState, ...]:
        """Those that it shows to new clients; asked when it was opened or reloaded, from any thread."""
        ...

    @property
    def watch(self) -> float | None:
        """Every how many seconds a server asks whether it ``has_changed`` outside; None: never."""
        ...

    @property
    def server_address(self) -> Address:
        """The address it is bound to, as the kernel names it (a port 0 is resolved)."""
        ...

    def fileno(self) -> int:
        """The descriptor that a reactor watches; it is readable when a request waits."""
        ...

    def get_request(self) -> tuple[Any, Any]:
        """Take one waiting request, with its client's address; called in the loop's thread, so it must be quick.

        Raises BlockingIOError if none waits, any other OSError if the kernel refuses.
        """
        ...

    def establish(
        self, request: Any, client_address: Any, server: ServerContext, /
    ) -> tuple[Request_co, Address_co] | Coroutine[Any, Any, tuple[Request_co, Address_co]]:
        """Make of a raw request what the handler gets.

        A plain function is called in the worker, where it may do I/O that blocks. An `async def` is driven by the
        server's loop, with a socket that does not block, and waits by what a ``Stream`` offers. It owns the raw
        request: if it raises, it has closed it. Raises a ``Rejected`` to turn a peer away.
        """
        ...

    def refusal(self, client_address: object, /) -> Refusal | None:
        """Say why a request must be refused at once, by its raw client's address; None if it may come.

        Called in the loop's thread for each request, before anything else is done for it, so it must be quick.
        """
        ...

    def shutdown_request(self, request: Any, /) -> None:
        """Say to the peer that no more will be sent, then close the request."""
        ...

    def close_request(self, request: Any, /) -> None:
        """Close this process's copy of the request, without a word to the peer."""
        ...

    def cut_request(self, request: Any, /) -> None:
        """End the request both ways at once, so that its handler finds the end; from any thread."""
        ...

    def settle_request(self, request: Any, error: BaseException | None, /) -> None:
        """Take note of how a message ended; only if it gives messages.

        Called once for each request that ``get_request`` has returned, in the server's process, from any thread; it
        must not wait. After ``close`` it may still be called, for a handler that nobody could end.

        error: None if the handler returned; an Exception, or SystemExit, if it failed or had no time left; anything
        else if it was not begun, or was cut because the server ends.
        """
        ...

    def withdraw(self) -> Withdrawal:
        """Have the kernel take nothing new, for good; what waits can still be accepted."""
        ...

    def share(self) -> None:
        """Note that another process has the same socket and goes on serving it; from any thread.

        From then on nothing may reach the kernel's socket: ``withdraw`` returns "shared", ``close`` closes a copy.
        """
        ...

    def inherit(self) -> None:
        """Note that the process which opened it leaves it to this one, which was forked from that; from any thread.

        Without this call, nothing that a forked process does may reach the kernel's socket, or remove its file.
        """
        ...

    def reload(self) -> None:
        """Take over what has changed outside, such as a certificate; from any thread.

        If that fails it goes on as it was, and raises an Exception that says why.
        """
        ...

    def has_changed(self) -> bool:
        """Return whether what it loads from outside has changed since the last load, even if that has failed.

        Asked in the loop, so it must be quick. It raises nothing: what is gone has changed.
        """
        ...

    def leave_in_child(self, request: Any, /) -> None:
        """Close this process's copy of the listener, unless ``request`` is answered through it.

        It never unlinks or shuts down anything: those would reach the process that still serves.
        """
        ...

    def close(self) -> None:
        """Close for good; a second call does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Receiving:
    """How a listener receives datagrams, for a server that does so by itself.

    listener: which one; whatever wraps it may do more.
    socket: by ``recvfrom``, without waiting. size: so many bytes; that many are one too many.
    spell: writes a client's address, as the kernel gives it; None: it stays so. Text stays so in any case.
    too_long: makes the error of a datagram that is too long, given its client's address.
    """

    listener: object
    socket: socket.socket
    size: int
    spell: Callable[[Any], Any] | None
    too_long: Callable[[Any], Exception]


@runtime_checkable
class ReceivingListener(Protocol):
    """A listener of datagrams that receives from one socket."""

    @property
    def receiving(self) -> Receiving | None:
        """All that its ``get_request`` does; None: that does more, so it must be called."""
        ...


class Endpoint(Protocol[Request_co, Address_co]):
    """Where requests come from, as a frozen recipe: nothing is opened until ``listen``."""

    @property
    def request_kind(self) -> RequestKind:
        """What its listener gives."""
        ...

    @property
    def fd_name(self) -> str | None:
        """By which name its socket is handed over to this process (FileDescriptorName= in systemd.socket(5))."""
        ...

    @property
    def identifies(self) -> bool:
        """Whether its client addresses say who the peer is (``Identified``)."""
        ...

    def sharing_port(self, port: int, /) -> "Endpoint[Request_co, Address_co] | None":
        """Return the same recipe with a port that several listeners share (SO_REUSEPORT, socket(7)).

        port: the port; 0 keeps the recipe's own. Returns None if this kind of endpoint cannot share a port.
        """
        ...

    def on_port(self, port: int, /) -> "Endpoint[Request_co, Address_co] | None":
        """Return the same recipe on this port, if it leaves the port to the kernel; None if it has one, or none at all.

        A group asks for this whose servers have one port in common (``same_port``).
        """
        ...

    def listen(self) -> Listener[Request_co, Address_co]:
        """Open a new listener at each call; raises ListenError, which names the remedy."""
        ...
