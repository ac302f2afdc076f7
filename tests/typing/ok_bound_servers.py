"""Handlers bound to a program's own server class: they see its attributes, and fit only that class."""

from functools import partial
from typing import Generic, assert_type

from typedserver import (
    TCP,
    UDP,
    Address,
    BaseRequestHandler,
    DatagramRequest,
    DatagramRequestHandler,
    InetAddress,
    Inline,
    Server,
    Stream,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    UnixStream,
    stream_handler,
)
from typedserver.protocols.requests import AddressT


class ChatServer(Server[StreamRequest, InetAddress]):
    members: int = 0

    def verify_request(self, _request: StreamRequest, client_address: InetAddress, /) -> bool:
        return client_address[0] != "192.0.2.1"


class OpeningChatServer(ChatServer):
    def __init__(self, port: int, *, threads: bool) -> None:
        super().__init__(TCP(port=port), Chat, Threads() if threads else Inline())


class LoggingChatServer(ChatServer):
    log: list[str]


class Chat(StreamRequestHandler[ChatServer]):
    def handle(self) -> None:
        assert_type(self.server, ChatServer)
        assert_type(self.client_address, Address)
        self.server.members += 1


class InetChat(StreamRequestHandler[ChatServer, InetAddress]):
    def handle(self) -> None:
        assert_type(self.client_address, InetAddress)
        assert_type(self.server.members, int)


class PlainChat(BaseRequestHandler[StreamRequest, ChatServer]): ...


@stream_handler
async def chat(stream: Stream[InetAddress, ChatServer]) -> None:
    assert_type(stream.server, ChatServer)
    stream.server.members += 1


def chat_function(_request: StreamRequest, _client_address: InetAddress, server: ChatServer) -> None:
    server.members += 1


assert_type(ChatServer(TCP(port=0), Chat), ChatServer)
assert_type(ChatServer(TCP(port=0), InetChat, Threads()), ChatServer)
assert_type(ChatServer(TCP(port=0), PlainChat), ChatServer)
assert_type(ChatServer(TCP(port=0), partial(Chat, config=StreamConfig(timeout=1))), ChatServer)
assert_type(ChatServer(TCP(port=0), chat), ChatServer)
assert_type(ChatServer(TCP(port=0), chat_function), ChatServer)
assert_type(
    ChatServer(TCP(port=0), lambda _request, _client_address, server: assert_type(server, ChatServer)), ChatServer
)
assert_type(ChatServer(TCP(port=0), StreamRequestHandler), ChatServer)

# A server may have more than the handler asks for.
assert_type(LoggingChatServer(TCP(port=0), Chat), LoggingChatServer)
assert_type(LoggingChatServer(TCP(port=0), chat), LoggingChatServer)


class PacketServer(Server[DatagramRequest, InetAddress]):
    seen: set[bytes]


class Packet(DatagramRequestHandler[PacketServer]):
    def handle(self) -> None:
        self.server.seen.add(self.packet)


assert_type(PacketServer(UDP(port=0), Packet, Threads()), PacketServer)


class AnyAddressServer(Server[StreamRequest, AddressT], Generic[AddressT]):
    motd: bytes = b"hello"


class Greeting(StreamRequestHandler["AnyAddressServer[Address]"]): ...


@stream_handler
async def greeting(stream: Stream[InetAddress, AnyAddressServer[InetAddress]]) -> None:
    await stream.write(stream.server.motd)


assert_type(AnyAddressServer(TCP(port=0), greeting), AnyAddressServer[InetAddress])
assert_type(AnyAddressServer(UnixStream("s"), StreamRequestHandler), AnyAddressServer[str])
