"""The hooks of a server that a subclass may override, bound once for each loop.

To call a default for each request would cost as much as serving a datagram: what is not overridden is None here, and
its place takes what the default would have called.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import Any, Protocol

from typedserver.protocols.handlers import ServerContext


class HookedServer(ServerContext, Protocol):
    """A server with the hooks of ``socketserver``, as ``Server`` documents them."""

    def verify_request(self, request: object, client_address: object, /) -> bool:
        """Say whether to serve a request."""
        ...

    def process_request(self, request: object, client_address: object, /) -> None:
        """Have the strategy serve a request."""
        ...

    def finish_request(self, request: Any, client_address: Any, /) -> object:
        """Call the handler."""
        ...

    def shutdown_request(self, request: object, /) -> None:
        """End a request in an orderly way, then close it."""
        ...

    def close_request(self, request: object, /) -> None:
        """Close this process's copy of a request."""
        ...

    def handle_error(self, request: object, client_address: object, /) -> None:
        """Report the exception that is being handled."""
        ...

    def service_actions(self) -> None:
        """Do what must be done now and then."""
        ...


@dataclass(frozen=True, slots=True)
class Hooks:
    """Those hooks that are overridden, by a subclass or on the instance; None for those that are not."""

    verify_request: Callable[[object, object], bool] | None
    process_request: Callable[[object, object], None] | None
    finish_request: Callable[[object, object], object] | None
    shutdown_request: Callable[[object], None] | None
    service_actions: Callable[[], None] | None

    @staticmethod
    def of(server: HookedServer, defaults: type[HookedServer]) -> "Hooks":
        """Find out which hooks of a server are not the defaults of its class."""

        def overridden(bound: object, default: object) -> bool:
            return not isinstance(bound, MethodType) or bound.__func__ is not default

        # The default of shutdown_request calls close_request.
        ends = overridden(server.shutdown_request, defaults.shutdown_request) or overridden(
            server.close_request, defaults.close_request
        )
        return Hooks(
            server.verify_request if overridden(server.verify_request, defaults.verify_request) else None,
            server.process_request if overridden(server.process_request, defaults.process_request) else None,
            server.finish_request if overridden(server.finish_request, defaults.finish_request) else None,
            server.shutdown_request if ends else None,
            server.service_actions if overridden(server.service_actions, defaults.service_actions) else None,
        )
