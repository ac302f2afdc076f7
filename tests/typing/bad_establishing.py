"""Handshakes that do not fit: an ``establish`` without its server, and one that gives another request than it says."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from typedserver import (
    TCP,
    Endpoint,
    EndpointWrapper,
    InetAddress,
    Listener,
    ListenerWrapper,
    Refusal,
    Server,
    ServerContext,
    Stream,
    StreamRequest,
    stream_handler,
)


class WithoutServer(ListenerWrapper[StreamRequest, InetAddress]):
    @override
    async def establish(  # error: [override] (reportIncompatibleMethodOverride)
        self, request: StreamRequest, client_address: InetAddress, /
    ) -> tuple[StreamRequest, InetAddress]:
        return request, client_address


class GivesBytes(ListenerWrapper[StreamRequest, InetAddress]):
    @override
    async def establish(  # error: [override] (reportIncompatibleMethodOverride)
        self, request: Any, client_address: Any, server: ServerContext, /
    ) -> tuple[bytes, InetAddress]:
        return b"", client_address


class Refuses(ListenerWrapper[StreamRequest, InetAddress]):
    @override
    def refusal(self, client_address: object, /) -> Refusal | None:
        return "unknown"  # error: [return-value] (reportReturnType)


class BytesListener(ListenerWrapper[bytes, InetAddress]):
    @override
    def establish(
        self, request: Any, client_address: Any, server: ServerContext, /
    ) -> Coroutine[Any, Any, tuple[bytes, InetAddress]]:
        raise NotImplementedError


@dataclass(frozen=True)
class Lies(EndpointWrapper[StreamRequest, InetAddress]):
    """Says that it gives connections, and opens a listener of bytes."""

    endpoint: Endpoint[StreamRequest, InetAddress]

    @property
    @override
    def inner(self) -> Endpoint[StreamRequest, InetAddress]:
        return self.endpoint

    def listen(self) -> Listener[StreamRequest, InetAddress]:
        return BytesListener(self.endpoint.listen())  # error: [return-value] (reportReturnType)


@dataclass(frozen=True)
class GivesAnother(EndpointWrapper[bytes, InetAddress]):
    """Says what it gives, which is no connection."""

    endpoint: Endpoint[StreamRequest, InetAddress]

    @property
    @override
    def inner(self) -> Endpoint[StreamRequest, InetAddress]:
        return self.endpoint

    def listen(self) -> Listener[bytes, InetAddress]:
        return BytesListener(self.endpoint.listen())


@stream_handler
async def echo(stream: Stream) -> None:
    await stream.write(await stream.read())


Server(GivesAnother(TCP(port=0)), echo)  # error: [arg-type] (reportArgumentType)
