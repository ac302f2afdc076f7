"""What authors of endpoints, listeners and wrappers of them inherit: defaults, and passing on.

A class that inherits one of these has every member of its contract, also those that come later. Nothing here knows a
socket or a server.
"""

import dataclasses
import inspect
from collections.abc import Coroutine
from typing import Any, Generic

from typedserver.composition import check_listener
from typedserver.errors import CompositionError
from typedserver.protocols.endpoints import CertificateState, Endpoint, Listener, Refusal, Withdrawal
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address, Address_co, Request_co, RequestKind


class BaseEndpoint(Generic[Request_co, Address_co]):
    """The defaults of an endpoint; ``request_kind`` and ``listen`` are the heir's to say."""

    __slots__ = ()

    @property
    def fd_name(self) -> str | None:
        """No socket is handed over to it by name."""
        return None

    @property
    def identifies(self) -> bool:
        """Return False: its client addresses say no more than where a peer is."""
        return False

    def sharing_port(self, _port: int, /) -> Endpoint[Request_co, Address_co] | None:
        """Return None: it has no port that several listeners could share."""
        return None

    def on_port(self, _port: int, /) -> Endpoint[Request_co, Address_co] | None:
        """Return None: it has no port that it leaves to the kernel."""
        return None


class EndpointWrapper(Generic[Request_co, Address_co]):
    """An endpoint around another one: passes on what that says of itself. ``inner`` and ``listen`` are the heir's.

    A frozen dataclass that keeps the wrapped endpoint in a field is wrapped anew by ``sharing_port`` and ``on_port``;
    any other heir overrides ``around``.
    """

    __slots__ = ()

    @property
    def inner(self) -> Endpoint[object, object]:
        """The endpoint that it wraps."""
        raise CompositionError(
            f"{type(self).__name__} is no complete wrapper: its property `inner` must return the wrapped endpoint"
        )

    def around(self, endpoint: Endpoint[object, object], /) -> Endpoint[Request_co, Address_co]:
        """Return the same wrapper around another endpoint; raises CompositionError if it cannot be found out how."""
        wrapper: Any = self
        inner = self.inner
        # By the recipe's own fields: what is no dataclass has none.
        fields: tuple[dataclasses.Field[Any], ...] = dataclasses.fields(wrapper) if _is_dataclass(wrapper) else ()
        names = [field.name for field in fields if getattr(wrapper, field.name) is inner]
        if len(names) != 1:
            raise CompositionError(
                f"{self!r} is no dataclass with one field for the endpoint that it wraps: override around()"
            )
        around: Endpoint[Request_co, Address_co] = dataclasses.replace(wrapper, **{names[0]: endpoint})
        return around

    @property
    def request_kind(self) -> RequestKind:
        """As the wrapped endpoint."""
        return self.inner.request_kind

    @property
    def fd_name(self) -> str | None:
        """As the wrapped endpoint."""
        return self.inner.fd_name

    @property
    def identifies(self) -> bool:
        """As the wrapped endpoint."""
        return self.inner.identifies

    def sharing_port(self, port: int, /) -> Endpoint[Request_co, Address_co] | None:
        """Wrap the endpoint that shares its port; None if the wrapped one cannot share any."""
        shared = self.inner.sharing_port(port)
        return None if shared is None else self.around(shared)

    def on_port(self, port: int, /) -> Endpoint[Request_co, Address_co] | None:
        """Wrap the endpoint on this port; None if the wrapped one does not leave the port to the kernel."""
        there = self.inner.on_port(port)
        return None if there is None else self.around(there)


def _is_dataclass(recipe: object) -> bool:
    return dataclasses.is_dataclass(recipe)


class BaseListener(Generic[Request_co, Address_co]):
    """The defaults of a listener: one whose requests are ready as they come, and cannot be ended from outside.

    ``request_kind``, ``server_address``, ``fileno``, ``get_request``, ``shutdown_request``, ``close_request`` and
    ``close`` are the heir's to say.
    """

    __slots__ = ()

    @property
    def establishes(self) -> bool:
        """Whether the heir overrides ``establish``."""
        return type(self).establish is not BaseListener[Any, Any].establish

    @property
    def establishes_in_loop(self) -> bool:
        """Whether the heir's ``establish`` is an `async def`."""
        return inspect.iscoroutinefunction(type(self).establish)

    @property
    def refuses(self) -> bool:
        """Whether the heir overrides ``refusal``."""
        return type(self).refusal is not BaseListener[Any, Any].refusal

    @property
    def certificates(self) -> tuple[CertificateState, ...]:
        """None: it shows no certificate."""
        return ()

    @property
    def watch(self) -> float | None:
        """Return None: nothing of it changes outside."""
        return None

    def establish(
        self, request: Any, client_address: Any, _server: ServerContext, /
    ) -> tuple[Request_co, Address_co] | Coroutine[Any, Any, tuple[Request_co, Address_co]]:
        """Return the arguments: the request is ready as it is."""
        return request, client_address

    def refusal(self, _client_address: object, /) -> Refusal | None:
        """Return None: whoever comes may come."""
        return None

    def cut_request(self, request: Any, /) -> None:
        """Leave the request alone: it cannot be ended from outside."""

    def settle_request(self, request: Any, error: BaseException | None, /) -> None:
        """Do nothing: nobody waits to hear of its end."""

    def withdraw(self) -> Withdrawal:
        """Return "leaking": the kernel cannot be kept from taking more."""
        return "leaking"

    def share(self) -> None:
        """Do nothing: nothing of it reaches another process."""

    def inherit(self) -> None:
        """Do nothing: nothing of it reaches another process."""

    def reload(self) -> None:
        """Do nothing: nothing of it changes outside."""

    def has_changed(self) -> bool:
        """Return False: nothing of it changes outside."""
        return False

    def leave_in_child(self, _request: Any, /) -> None:
        """Do nothing: it has no descriptor of its own."""


class ListenerWrapper(Generic[Request_co, Address_co]):
    """A listener around another one: passes everything on. The heir overrides what it changes.

    inner: the listener that it wraps; closed with it. Raises CompositionError for one that lacks a member.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: Listener[object, object]) -> None:
        # Here, because the wrapper itself has every member.
        check_listener(inner)
        # What it gives becomes what the heir's ``establish`` makes of it, which no type can say here.
        self.inner: Listener[Any, Any] = inner

    @property
    def request_kind(self) -> RequestKind:
        """As the wrapped listener."""
        return self.inner.request_kind

    @property
    def establishes(self) -> bool:
        """Whether the heir overrides ``establish``, or the wrapped listener has something to do there."""
        return type(self).establish is not ListenerWrapper[Any, Any].establish or self.inner.establishes

    @property
    def establishes_in_loop(self) -> bool:
        """Whether the heir's ``establish`` is an `async def`, or the wrapped listener's is driven by the loop."""
        return inspect.iscoroutinefunction(type(self).establish) or self.inner.establishes_in_loop

    @property
    def refuses(self) -> bool:
        """Whether the heir overrides ``refusal``, or the wrapped listener may refuse."""
        return type(self).refusal is not ListenerWrapper[Any, Any].refusal or self.inner.refuses

    @property
    def certificates(self) -> tuple[CertificateState, ...]:
        """As the wrapped listener."""
        return self.inner.certificates

    @property
    def watch(self) -> float | None:
        """As the wrapped listener."""
        return self.inner.watch

    @property
    def server_address(self) -> Address:
        """As the wrapped listener."""
        return self.inner.server_address

    def fileno(self) -> int:
        """Return the wrapped listener's descriptor."""
        return self.inner.fileno()

    def get_request(self) -> tuple[Any, Any]:
        """Take a request from the wrapped listener."""
        return self.inner.get_request()

    def establish(
        self, request: Any, client_address: Any, server: ServerContext, /
    ) -> tuple[Request_co, Address_co] | Coroutine[Any, Any, tuple[Request_co, Address_co]]:
        """Have the wrapped listener establish the request."""
        return self.inner.establish(request, client_address, server)

    def refusal(self, client_address: object, /) -> Refusal | None:
        """As the wrapped listener."""
        return self.inner.refusal(client_address)

    def shutdown_request(self, request: Any, /) -> None:
        """As the wrapped listener."""
        self.inner.shutdown_request(request)

    def close_request(self, request: Any, /) -> None:
        """As the wrapped listener."""
        self.inner.close_request(request)

    def cut_request(self, request: Any, /) -> None:
        """As the wrapped listener."""
        self.inner.cut_request(request)

    def settle_request(self, request: Any, error: BaseException | None, /) -> None:
        """As the wrapped listener."""
        self.inner.settle_request(request, error)

    def withdraw(self) -> Withdrawal:
        """As the wrapped listener."""
        return self.inner.withdraw()

    def share(self) -> None:
        """As the wrapped listener."""
        self.inner.share()

    def inherit(self) -> None:
        """As the wrapped listener."""
        self.inner.inherit()

    def reload(self) -> None:
        """As the wrapped listener."""
        self.inner.reload()

    def has_changed(self) -> bool:
        """As the wrapped listener."""
        return self.inner.has_changed()

    def leave_in_child(self, request: Any, /) -> None:
        """As the wrapped listener."""
        self.inner.leave_in_child(request)

    def close(self) -> None:
        """Close the wrapped listener."""
        self.inner.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} around {self.inner!r}>"


_wrapper_conforms: type[Listener[str, str]] = ListenerWrapper[str, str]
