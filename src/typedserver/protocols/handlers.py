"""What a handler is, what it says of itself, and what it sees of its server. Typing only."""

import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from typing_extensions import TypeVar

from typedserver.protocols.requests import (
    Address,
    Address_contra,
    DatagramSocket,
    Request_contra,
    RequestKind,
    Result_co,
    Server_contra,
    Value_co,
)


class HandlerFactory(Protocol[Request_contra, Address_contra, Server_contra, Result_co]):
    """What answers one request: any callable of these three; a class whose constructor does the work is one."""

    def __call__(self, request: Request_contra, client_address: Address_contra, server: Server_contra, /) -> Result_co:
        """Answer the request, or return the coroutine that will."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerMarks:
    """What a handler says of itself; a plain callable says nothing, and the defaults hold for it.

    request_kind: the one kind of request that it answers; None: any.
    limits_waits: whether it limits by itself how long it waits for its peer, so that the server need not.
    gives_exchanges: whether what it returns is always a MessageExchange.
    """

    request_kind: RequestKind | None = None
    limits_waits: bool = False
    gives_exchanges: bool = False


@runtime_checkable
class MarkedHandler(Protocol):
    """A handler that says something of itself."""

    @property
    def marks(self) -> HandlerMarks:
        """What it says; asked once, when a server is made of it."""
        ...


@dataclass(frozen=True, slots=True)
class Replying:
    """What a handler of datagrams does with each of them: it calls a function, and sends what that returns.

    function: called with the data, and with the client's address as well if ``wants_address``. If it returns None,
    nothing is sent.
    finish: what is done with anything that is neither None nor bytes, given the reply and the client's address: it is
    sent, or the coroutine is returned that does so.
    """

    function: Callable[..., object]
    wants_address: bool
    finish: Callable[[object, Any], Coroutine[Any, Any, None] | None]


@runtime_checkable
class ReplyingHandler(Protocol):
    """A handler of datagrams that is a function of them."""

    def replying(self, through: DatagramSocket, server: "ServerContext", /) -> Replying | None:
        """Return what it does with the datagrams of a server; None: more than that, so it must be called itself.

        through: what all of them are answered through.
        """
        ...


class ServerDeadlines(Protocol):
    """How many seconds a connection may take at each step; None: for ever. ``Deadlines`` is one."""

    @property
    def establish(self) -> float | None:
        """From the accept until the handler has the connection."""
        ...

    @property
    def read(self) -> float | None:
        """How long one read may wait for the peer to send."""
        ...

    @property
    def write(self) -> float | None:
        """How long one write may wait for the peer to take something."""
        ...

    @property
    def total(self) -> float | None:
        """From the accept to the end."""
        ...

    @property
    def drain(self) -> float | None:
        """How long running requests have when the server drains."""
        ...


@runtime_checkable
class ServerContext(Protocol):
    """The server as a handler sees it, unless the handler asks for more."""

    @property
    def server_address(self) -> Address:
        """The address it is bound to."""
        ...

    @property
    def deadlines(self) -> ServerDeadlines:
        """How long a connection may take."""
        ...

    @property
    def quiet(self) -> float:
        """After how many seconds without a new connection a drain takes the kernel's queue for empty."""
        ...

    @property
    def draining(self) -> bool:
        """Whether the server is about to stop and wants its handlers to end."""
        ...

    def request_stop(self) -> None:
        """Have the server stop serving, without waiting for it; from any thread or signal handler."""
        ...

    def call_when_draining(self, about: object, callback: Callable[[], object]) -> None:
        """Have a function called each time the server is asked to drain, and now if it was asked before.

        about: what the call concerns, kept alive by the caller until ``forget_when_draining``. A call that concerns a
        request is forgotten when the request is over.
        callback: called in any thread or in a signal handler, so it must not wait.
        """
        ...

    def forget_when_draining(self, about: object) -> None:
        """Take ``call_when_draining`` back; from any thread."""
        ...


class HasLifespan(ServerContext, Protocol[Value_co]):
    """A server with a lifespan, as a handler sees it that asks for the lifespan's value.

    ``Stream[InetAddress, HasLifespan[Database]]``, ``StreamRequestHandler[HasLifespan[Database]]``
    """

    @property
    def lifespan_value(self) -> Value_co:
        """What the lifespan has yielded; raises LifecycleError before it is entered, and after it was left."""
        ...


AdapterAddress_contra = TypeVar("AdapterAddress_contra", contravariant=True, default=Address)
AdapterServer_contra = TypeVar("AdapterServer_contra", bound=ServerContext, contravariant=True, default=ServerContext)
AdapterSocket_contra = TypeVar("AdapterSocket_contra", bound=socket.socket, contravariant=True, default=socket.socket)
AdapterRequest_contra = TypeVar("AdapterRequest_contra", contravariant=True)
AdapterAddressT = TypeVar("AdapterAddressT", default=Address)
AdapterServerT = TypeVar("AdapterServerT", bound=ServerContext, default=ServerContext)
AdapterSocketT = TypeVar("AdapterSocketT", bound=socket.socket, default=socket.socket)
