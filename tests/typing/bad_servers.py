"""Handlers bound to a server class, with another server; and objects that cannot be members of a group."""

import asyncio
from collections.abc import Callable

from typedserver import (
    TCP,
    UDP,
    AnyServer,
    BaseRequestHandler,
    Forks,
    Group,
    InetAddress,
    ListeningServer,
    Prefork,
    Reactor,
    Server,
    ServerConfig,
    ServerContext,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    datagram_handler,
    stream_handler,
)


class ChatServer(Server[StreamRequest, InetAddress]):
    members: int = 0


class LoggingChatServer(ChatServer):
    log: list[str]


class OtherServer(Server[StreamRequest, InetAddress]): ...


class OpeningServer(Server[StreamRequest, InetAddress]):
    def __init__(self) -> None:
        super().__init__(TCP(port=0), Chat)  # error: [arg-type] (reportArgumentType)


class Chat(StreamRequestHandler[ChatServer]):
    def handle(self) -> None:
        self.server.membres += 1  # error: [attr-defined] (reportAttributeAccessIssue)


class PlainChat(BaseRequestHandler[StreamRequest, ChatServer]): ...


class LoggingChat(StreamRequestHandler[LoggingChatServer]): ...


class Unbound(StreamRequestHandler):
    def handle(self) -> None:
        self.server.members += 1  # error: [attr-defined] (reportAttributeAccessIssue)


@stream_handler
async def chat(stream: Stream[InetAddress, ChatServer]) -> None:
    stream.server.members += 1


@stream_handler
async def unbound(stream: Stream[InetAddress]) -> None:
    stream.server.members += 1  # error: [attr-defined] (reportAttributeAccessIssue)


def chat_function(_request: StreamRequest, _client_address: InetAddress, _server: ChatServer) -> None: ...


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


Server(TCP(port=0), Chat)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), PlainChat)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), chat)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), chat_function)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Chat, Threads())  # error: [arg-type] (reportArgumentType)
OtherServer(TCP(port=0), Chat)  # error: [arg-type] (reportArgumentType)
OtherServer(TCP(port=0), PlainChat)  # error: [arg-type] (reportArgumentType)
OtherServer(TCP(port=0), chat, Forks())  # error: [arg-type] (reportArgumentType)
OtherServer(TCP(port=0), chat_function)  # error: [arg-type] (reportArgumentType)
ChatServer(TCP(port=0), LoggingChat)  # error: [arg-type] (reportArgumentType)
ChatServer(TCP(port=0), lambda _r, _a, s: s.membres)  # error: [attr-defined] (reportAttributeAccessIssue)
ChatServer(UDP(port=0), reply)  # error: [arg-type] (reportArgumentType)


# Groups, and the contracts of servers


class NeverCloses:
    def serve_forever(self, poll_interval: float = 0.5, /) -> None: ...
    def shutdown(self) -> None: ...


SERVER = Server(TCP(port=0), unbound)

Group([SERVER, NeverCloses()])  # error: [list-item] (reportArgumentType)
Group([SERVER, chat])  # error: [list-item] (reportArgumentType)
Group([SERVER, TCP(port=0)])  # error: [list-item] (reportArgumentType)
Group([Server])  # error: [list-item] (reportArgumentType)
Group(SERVER)  # error: [arg-type] (reportArgumentType)
Group([SERVER], reactor_factory=asyncio.get_event_loop())  # error: [arg-type] (reportArgumentType)
ANY: AnyServer = NeverCloses()  # error: [assignment] (reportAssignmentType)
LISTENING: ListeningServer = Group([SERVER])  # error: [assignment] (reportAssignmentType)
CONTEXT: ServerContext = NeverCloses()  # error: [assignment] (reportAssignmentType)


# Processes

Prefork(SERVER)  # error: [call-arg] (reportCallIssue)
Prefork(SERVER, "2")  # error: [arg-type] (reportArgumentType)
Prefork(SERVER, 2, True)  # error: [call-arg] (reportCallIssue)
Prefork([SERVER], 2)  # error: [type-var] (reportArgumentType)
Prefork(TCP(port=0), 2)  # error: [type-var] (reportArgumentType)
Prefork(Server, 2)  # error: [type-var] (reportArgumentType)
Prefork(NeverCloses(), 2)  # error: [type-var] (reportArgumentType)
Prefork(Prefork(SERVER, 2), 2)  # error: [type-var] (reportArgumentType)
Prefork(SERVER, 2, reactor_factory=asyncio.get_event_loop())  # error: [arg-type] (reportArgumentType)
ADDRESS = Prefork(Group([SERVER]), 2).server_address  # error: [misc] (reportAttributeAccessIssue)
Prefork(Group([SERVER]), 2).fileno()  # error: [misc] (reportAttributeAccessIssue)
TIMEOUT = Prefork(SERVER, 2).server.config.timeuot  # error: [attr-defined] (reportAttributeAccessIssue)
PREFORKED: ListeningServer = Prefork(SERVER, 2)  # error: [assignment] (reportAssignmentType)


# Reactors


class NoTimers:
    def add_reader(self, fd: int, callback: Callable[[], object], /) -> None: ...


REACTOR: Reactor = NoTimers()  # error: [assignment] (reportAssignmentType)
ServerConfig(reactor_factory=asyncio.new_event_loop())  # error: [arg-type] (reportArgumentType)
ServerConfig(reactor_factory=NoTimers)  # error: [arg-type] (reportArgumentType)
SERVER.attach(NoTimers())  # error: [arg-type] (reportArgumentType)
SERVER.server_address = ("", 0)  # error: [misc] (reportAttributeAccessIssue)
SERVER.config.timeout = 3  # error: [misc] (reportAttributeAccessIssue)
