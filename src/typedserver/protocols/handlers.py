"""What a handler is, and what it sees of its server. Typing only."""

from typing import Any, Protocol

from typing_extensions import TypeVar

from typedserver.protocols.requests import Address, Address_contra, Request_contra, Result_co, Server_contra


class HandlerFactory(Protocol[Request_contra, Address_contra, Server_contra, Result_co]):
    """What answers one request: any callable of these three; a class whose constructor does the work is one."""

    def __call__(self, request: Request_contra, client_address: Address_contra, server: Server_contra, /) -> Result_co:
        """Answer the request, or return the coroutine that will."""
        ...


class ServerContext(Protocol):
    """The server as a handler sees it, unless the handler asks for more."""

    @property
    def server_address(self) -> Any:
        """The address it is bound to."""
        ...

    @property
    def draining(self) -> bool:
        """Whether the server is on its way to stop and wants its handlers to end."""
        ...

    def request_stop(self) -> None:
        """Have the server stop serving, without waiting for it."""
        ...


AdapterAddress_contra = TypeVar("AdapterAddress_contra", contravariant=True, default=Address)

AdapterServer_contra = TypeVar("AdapterServer_contra", contravariant=True, default=ServerContext)

AdapterRequest_contra = TypeVar("AdapterRequest_contra", contravariant=True)

AdapterAddressT = TypeVar("AdapterAddressT", default=Address)

AdapterServerT = TypeVar("AdapterServerT", default=ServerContext)
