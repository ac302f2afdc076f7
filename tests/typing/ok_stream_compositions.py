"""Every stream endpoint with every kind of stream handler under every strategy: all of them fit."""

import socketserver
from functools import partial
from typing import Any, assert_type

from typedserver import (
    TCP,
    Address,
    BaseRequestHandler,
    Forks,
    InetAddress,
    Inherited,
    Inline,
    Server,
    ServerContext,
    Stream,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    UnixAddress,
    UnixStream,
    from_stdlib,
    stream_handler,
)
from typedserver.protocols.requests import AddressT, RequestT


def kinds(server: Server[RequestT, AddressT, Any]) -> tuple[RequestT, AddressT]:
    """Tell what a server gives. mypy takes a partial for a callable of anything, also of any lifespan."""
    raise NotImplementedError


class StreamClass(StreamRequestHandler): ...


QUICK_CLASS = partial(StreamClass, config=StreamConfig(timeout=None))


class AnyStreamClass(BaseRequestHandler[StreamRequest]): ...


def stream_function(request: StreamRequest, _client_address: Address, _server: ServerContext) -> None:
    request.sendall(b"")


@stream_handler
async def stream_coroutine(stream: Stream) -> None:
    await stream.write(b"")


stdlib_stream = from_stdlib(socketserver.StreamRequestHandler)


def tcp() -> None:
    assert_type(Server(TCP(port=0), StreamClass), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), StreamClass, Inline()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), StreamClass, Threads()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), StreamClass, Forks()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), AnyStreamClass), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), AnyStreamClass, Inline()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), AnyStreamClass, Threads()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), AnyStreamClass, Forks()), Server[StreamRequest, InetAddress])
    assert_type(kinds(Server(TCP(port=0), QUICK_CLASS)), tuple[StreamRequest, InetAddress])
    assert_type(kinds(Server(TCP(port=0), QUICK_CLASS, Inline())), tuple[StreamRequest, InetAddress])
    assert_type(kinds(Server(TCP(port=0), QUICK_CLASS, Threads())), tuple[StreamRequest, InetAddress])
    assert_type(kinds(Server(TCP(port=0), QUICK_CLASS, Forks())), tuple[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stream_function), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stream_function, Inline()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stream_function, Threads()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stream_function, Forks()), Server[StreamRequest, InetAddress])
    assert_type(
        Server(TCP(port=0), lambda request, _client_address, _server: request.sendall(b"")),
        Server[StreamRequest, InetAddress],
    )
    assert_type(
        Server(TCP(port=0), lambda request, _client_address, _server: request.sendall(b""), Inline()),
        Server[StreamRequest, InetAddress],
    )
    assert_type(
        Server(TCP(port=0), lambda request, _client_address, _server: request.sendall(b""), Threads()),
        Server[StreamRequest, InetAddress],
    )
    assert_type(
        Server(TCP(port=0), lambda request, _client_address, _server: request.sendall(b""), Forks()),
        Server[StreamRequest, InetAddress],
    )
    assert_type(Server(TCP(port=0), stream_coroutine), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stream_coroutine, Inline()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stream_coroutine, Threads()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stream_coroutine, Forks()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stdlib_stream), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stdlib_stream, Inline()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stdlib_stream, Threads()), Server[StreamRequest, InetAddress])
    assert_type(Server(TCP(port=0), stdlib_stream, Forks()), Server[StreamRequest, InetAddress])


def unix_stream() -> None:
    assert_type(Server(UnixStream("s"), StreamClass), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), StreamClass, Inline()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), StreamClass, Threads()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), StreamClass, Forks()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), AnyStreamClass), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), AnyStreamClass, Inline()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), AnyStreamClass, Threads()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), AnyStreamClass, Forks()), Server[StreamRequest, UnixAddress])
    assert_type(kinds(Server(UnixStream("s"), QUICK_CLASS)), tuple[StreamRequest, UnixAddress])
    assert_type(kinds(Server(UnixStream("s"), QUICK_CLASS, Inline())), tuple[StreamRequest, UnixAddress])
    assert_type(
        kinds(Server(UnixStream("s"), QUICK_CLASS, Threads())),
        tuple[StreamRequest, UnixAddress],
    )
    assert_type(kinds(Server(UnixStream("s"), QUICK_CLASS, Forks())), tuple[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stream_function), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stream_function, Inline()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stream_function, Threads()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stream_function, Forks()), Server[StreamRequest, UnixAddress])
    assert_type(
        Server(UnixStream("s"), lambda request, _client_address, _server: request.sendall(b"")),
        Server[StreamRequest, UnixAddress],
    )
    assert_type(
        Server(UnixStream("s"), lambda request, _client_address, _server: request.sendall(b""), Inline()),
        Server[StreamRequest, UnixAddress],
    )
    assert_type(
        Server(UnixStream("s"), lambda request, _client_address, _server: request.sendall(b""), Threads()),
        Server[StreamRequest, UnixAddress],
    )
    assert_type(
        Server(UnixStream("s"), lambda request, _client_address, _server: request.sendall(b""), Forks()),
        Server[StreamRequest, UnixAddress],
    )
    assert_type(Server(UnixStream("s"), stream_coroutine), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stream_coroutine, Inline()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stream_coroutine, Threads()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stream_coroutine, Forks()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stdlib_stream), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stdlib_stream, Inline()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stdlib_stream, Threads()), Server[StreamRequest, UnixAddress])
    assert_type(Server(UnixStream("s"), stdlib_stream, Forks()), Server[StreamRequest, UnixAddress])


def inherited_stream() -> None:
    assert_type(Server(Inherited.stream(fd=3), StreamClass), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), StreamClass, Inline()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), StreamClass, Threads()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), StreamClass, Forks()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), AnyStreamClass), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), AnyStreamClass, Inline()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), AnyStreamClass, Threads()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), AnyStreamClass, Forks()), Server[StreamRequest, Address])
    assert_type(kinds(Server(Inherited.stream(fd=3), QUICK_CLASS)), tuple[StreamRequest, Address])
    assert_type(
        kinds(Server(Inherited.stream(fd=3), QUICK_CLASS, Inline())),
        tuple[StreamRequest, Address],
    )
    assert_type(
        kinds(Server(Inherited.stream(fd=3), QUICK_CLASS, Threads())),
        tuple[StreamRequest, Address],
    )
    assert_type(
        kinds(Server(Inherited.stream(fd=3), QUICK_CLASS, Forks())),
        tuple[StreamRequest, Address],
    )
    assert_type(Server(Inherited.stream(fd=3), stream_function), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stream_function, Inline()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stream_function, Threads()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stream_function, Forks()), Server[StreamRequest, Address])
    assert_type(
        Server(Inherited.stream(fd=3), lambda request, _client_address, _server: request.sendall(b"")),
        Server[StreamRequest, Address],
    )
    assert_type(
        Server(Inherited.stream(fd=3), lambda request, _client_address, _server: request.sendall(b""), Inline()),
        Server[StreamRequest, Address],
    )
    assert_type(
        Server(Inherited.stream(fd=3), lambda request, _client_address, _server: request.sendall(b""), Threads()),
        Server[StreamRequest, Address],
    )
    assert_type(
        Server(Inherited.stream(fd=3), lambda request, _client_address, _server: request.sendall(b""), Forks()),
        Server[StreamRequest, Address],
    )
    assert_type(Server(Inherited.stream(fd=3), stream_coroutine), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stream_coroutine, Inline()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stream_coroutine, Threads()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stream_coroutine, Forks()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stdlib_stream), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stdlib_stream, Inline()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stdlib_stream, Threads()), Server[StreamRequest, Address])
    assert_type(Server(Inherited.stream(fd=3), stdlib_stream, Forks()), Server[StreamRequest, Address])
