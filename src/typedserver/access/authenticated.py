"""Authenticated: an endpoint whose peers have said who they are before a handler gets them.

It knows an authenticator as a coroutine function of a stream, and what it must do with its answer. What is asked of a
peer, and how, the authenticators know.
"""

import contextlib
import inspect
import random
import socket
from collections.abc import Callable, Coroutine
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final, Generic, Never, Protocol, cast, overload, runtime_checkable

from typing_extensions import Buffer, TypeVar, override

from typedserver.access.attempts import Attempts
from typedserver.access.layers import established_inside, turn_away
from typedserver.access.proxy_protocol import stands_behind_proxy
from typedserver.composition import check_endpoint
from typedserver.coroutines.exact import ExactStream
from typedserver.coroutines.stream import Stream
from typedserver.coroutines.waits import wait_draining
from typedserver.endpoints.bases import EndpointWrapper, ListenerWrapper
from typedserver.errors import AuthenticationFailed, CompositionError
from typedserver.protocols.endpoints import Endpoint, Listener, Refusal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address, Address_contra, InetAddress, Principal_co, UnixAddress
from typedserver.recipes import check_at_least, check_positive, misfit, name_of, recipe_repr
from typedserver.sockets.announced import announce_end
from typedserver.sockets.peers import InetPeer, UnixPeer, known

SocketT = TypeVar("SocketT", bound=socket.socket)
PeerT = TypeVar("PeerT")
Socket_contra = TypeVar("Socket_contra", bound=socket.socket, contravariant=True)
_S = TypeVar("_S", bound=socket.socket)
_P = TypeVar("_P")

# Seconds that a peer which has failed waits for its answer, at least and at most. Who guesses is slowed down by that,
# and the time says nothing of how far a guess was right.
_LEAST_DELAY: Final = 0.8
_MOST_DELAY: Final = 1.2

# How many failures of one address are usual: a person who has forgotten a password, behind an address of several.
_MAX_FAILURES: Final = 10
_FAILURE_WINDOW: Final = 60.0

_random: Final = random.SystemRandom()


class Authenticator(Protocol[Socket_contra, Address_contra, Principal_co]):
    """What finds out who a peer is: an ``async def`` of a Stream, or an object that is called as one."""

    def __call__(
        self, stream: Stream[Address_contra, ServerContext, Socket_contra], /
    ) -> Coroutine[Any, Any, Principal_co]:
        """Return the principal of a peer; raises AuthenticationFailed for one that does not prove who it is."""
        ...


@runtime_checkable
class ChecksEndpoint(Protocol):
    """An authenticator that can work with some endpoints only."""

    def check_endpoint(self, endpoint: Endpoint[object, object], /) -> None:
        """Raise CompositionError, with the remedy, for an endpoint whose peers it cannot authenticate."""
        ...


@dataclass(frozen=True, slots=True, repr=False, init=False)
class Authenticated(EndpointWrapper[SocketT, PeerT], Generic[SocketT, PeerT]):
    """Let in the peers alone who have said who they are; the handler finds that as ``principal``.

    ``Authenticated(UnixStream("/run/app.sock"), PeerCredentials())``: a handler's ``stream.principal``, and the
    ``principal`` of the client's address in any handler, is what the authenticator has returned. It runs before the
    handler, under ``Deadlines(establish=)``, and holds no thread and no place of a strategy meanwhile.

    endpoint: an endpoint of connections; ``TLS`` around it or in it.
    authenticator: an ``async def`` of a Stream, or an object with one: HMACChallenge, Scram, PeerCredentials,
    ClientCertificate, Token, or one of the program's own. It returns the principal, and raises AuthenticationFailed for
    a peer that does not prove who it is; its ``answer`` is sent about a second later, then the connection ends, and
    the event has the reason. Its stream receives not a byte more than it reads, so what follows is the handler's.
    max_failures, failure_window: after so many failures within so many seconds an address is not heard for as long: its
    connections are closed when they are accepted. None: any number. An IPv6 address counts as its /64, a Unix peer is
    not counted, and each process of a Prefork counts for itself.

    Raises CompositionError for what does not fit, RecipeError for values that cannot work.
    """

    endpoint: Endpoint[SocketT, object]
    authenticator: Callable[[Never], Coroutine[Any, Any, object]]
    _: KW_ONLY
    max_failures: int | None = _MAX_FAILURES
    failure_window: float = _FAILURE_WINDOW

    @overload
    def __init__(
        self: "Authenticated[_S, InetPeer[_P]]",
        endpoint: Endpoint[_S, InetAddress],
        authenticator: Callable[[Stream[InetAddress, ServerContext, _S]], Coroutine[Any, Any, _P]],
        *,
        max_failures: int | None = ...,
        failure_window: float = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: "Authenticated[_S, UnixPeer[_P]]",
        endpoint: Endpoint[_S, UnixAddress],
        authenticator: Callable[[Stream[UnixAddress, ServerContext, _S]], Coroutine[Any, Any, _P]],
        *,
        max_failures: int | None = ...,
        failure_window: float = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: "Authenticated[_S, InetPeer[_P] | UnixPeer[_P]]",
        endpoint: Endpoint[_S, Address],
        authenticator: Callable[[Stream[Address, ServerContext, _S]], Coroutine[Any, Any, _P]],
        *,
        max_failures: int | None = ...,
        failure_window: float = ...,
    ) -> None: ...

    def __init__(
        self,
        endpoint: Endpoint[object, object],
        authenticator: Callable[[Never], Coroutine[Any, Any, object]],
        *,
        max_failures: int | None = _MAX_FAILURES,
        failure_window: float = _FAILURE_WINDOW,
    ) -> None:
        _check_authenticator(authenticator)
        if check_endpoint(endpoint).request_kind != "connections":
            raise CompositionError(
                f"Authenticated needs an endpoint of connections, and {endpoint!r} gives {endpoint.request_kind}: "
                "a datagram says who has sent it by Sealed"
            )
        _check_fit(endpoint, authenticator)
        if max_failures is not None:
            check_at_least("Authenticated", "max_failures", max_failures, 1, "give a number, or None for any")
        check_positive("Authenticated", "failure_window", failure_window, "give seconds", needed=True)
        for name, value in (
            ("endpoint", endpoint),
            ("authenticator", authenticator),
            ("max_failures", max_failures),
            ("failure_window", failure_window),
        ):
            object.__setattr__(self, name, value)

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

    def listen(self) -> Listener[SocketT, PeerT]:
        """Open the wrapped endpoint's listener; nobody has failed yet."""
        return self.listen_counting(Attempts(self.max_failures, self.failure_window))

    def listen_counting(self, attempts: Attempts, /) -> Listener[SocketT, PeerT]:
        """Open the wrapped endpoint's listener, with failures that may have been counted already."""
        return _Listener(
            self.endpoint.listen(),
            self.authenticator,
            attempts,
            # Behind a proxy all come from the proxy's address: whose connection it is, its header says later.
            knows_address=not stands_behind_proxy(self.endpoint),
        )

    __repr__ = recipe_repr


def _check_authenticator(authenticator: object) -> None:
    if isinstance(authenticator, type):
        raise CompositionError(f"the authenticator {authenticator.__name__} is a class: give an object of it")
    # Of an object, its class's method.
    called = type(authenticator).__call__ if callable(authenticator) else None
    if not (inspect.iscoroutinefunction(authenticator) or inspect.iscoroutinefunction(called)):
        raise CompositionError(
            f"the authenticator {name_of(authenticator)} is no coroutine function: give an `async def` of a Stream "
            "that returns the principal, or an object such as PeerCredentials()"
        )
    if callable(authenticator) and (error := misfit(authenticator, ("stream",), follow_wrapped=True)) is not None:
        raise CompositionError(f"the authenticator {name_of(authenticator)} is called with a Stream: {error}")


def _check_fit(endpoint: Endpoint[object, object], authenticator: object) -> None:
    if isinstance(authenticator, ChecksEndpoint):
        authenticator.check_endpoint(endpoint)


class _HeardStream(ExactStream[Any, ServerContext]):
    """The stream of an authenticator: a peer that has failed too often meanwhile hears nothing more.

    Otherwise who guesses on a thousand connections at once would hear of each guess whether it was right. All that is
    said until the peer is known is one message, in whose middle a drain does not end the connection.
    """

    __slots__ = ("attempts",)

    attempts: Attempts

    @override
    async def write(self, data: Buffer) -> None:
        if self.attempts.is_refused(self.client_address):
            raise _fails_too_often()
        has_begun = self._exchange.mid_message is not None
        await super().write(data)
        if has_begun:
            self.message_begun()


def _fails_too_often() -> AuthenticationFailed:
    return AuthenticationFailed("it has failed too often, and is not heard now")


class _Listener(ListenerWrapper[SocketT, PeerT]):
    """Has each peer authenticated before a handler gets its connection."""

    __slots__ = ("_attempts", "_authenticator", "_knows_address")

    def __init__(
        self,
        inner: Listener[SocketT, Any],
        authenticator: Callable[[Never], Coroutine[Any, Any, object]],
        attempts: Attempts,
        *,
        knows_address: bool,
    ) -> None:
        super().__init__(inner)
        # The constructor of the recipe has its type: a stream of this listener's addresses is what it takes.
        self._authenticator = cast("Callable[[Stream[Any, ServerContext]], Coroutine[Any, Any, object]]", authenticator)
        self._attempts = attempts
        self._knows_address = knows_address

    @override
    def refusal(self, client_address: Any, /) -> Refusal | None:
        """Refuse an address that has failed too often, if it is the peer's own."""
        if self._knows_address and self._attempts.is_refused(client_address):
            return "failures"
        return self.inner.refusal(client_address)

    @override
    async def establish(self, request: Any, client_address: Any, server: ServerContext, /) -> tuple[SocketT, PeerT]:
        """Establish the request as the wrapped listener does, then find out who the peer is.

        Raises AuthenticationFailed, and what the authenticator raises besides.
        """
        connection, address = await established_inside(self.inner, request, client_address, server)
        try:
            principal = await self._authenticate(connection, address, server)
        except Exception:
            if not connection.getblocking():
                # The loop in which it was waited for must leave the descriptor first.
                announce_end(connection)
            self.inner.shutdown_request(connection)
            raise
        except BaseException:
            # It was cut, or the server ends.
            turn_away(self.inner, connection)
            raise
        finally:
            server.forget_when_draining(connection)
        return connection, cast("PeerT", known(principal, address))

    async def _authenticate(self, connection: socket.socket, address: Address, server: ServerContext) -> object:
        attempts = self._attempts
        if attempts.is_refused(address):
            raise _fails_too_often()
        stream = _HeardStream(connection, address, server)
        stream.attempts = attempts
        try:
            return await self._authenticator(stream)
        except AuthenticationFailed as failure:
            if not attempts.is_refused(address):
                attempts.failed(address)
                # A drain does not wait for who is slowed down.
                await wait_draining(server, _random.uniform(_LEAST_DELAY, _MOST_DELAY))
                if failure.answer:
                    with contextlib.suppress(OSError):
                        await stream.write(failure.answer)
            raise
