"""The axes of the matrix of messages: framings, endpoints, strategies, and the kinds of what answers a message."""

import itertools
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from typing_extensions import override

from tests import matrix
from tests.running import PATIENCE, connect
from typedserver import (
    Coded,
    Endpoint,
    EndpointWrapper,
    FixedLength,
    Framed,
    Framing,
    FramingOf,
    LengthPrefixed,
    Lines,
    Listener,
    ListenerWrapper,
    Netstrings,
    Push,
    PushSessions,
    ServerContext,
    Sessions,
    Stream,
    StreamRequest,
    Submitted,
    Text,
    sleep,
    stream_handler,
)

FRAMINGS: Final[dict[str, Framing[bytes, bytes]]] = {
    "lines": Lines(),
    "crlf": Lines(separator=b"\r\n"),
    "length1": LengthPrefixed(1, limit=255),
    "length2": LengthPrefixed(2, limit=2**16 - 1),
    "length3": LengthPrefixed(3),
    "length4": LengthPrefixed(),
    "length4_little": LengthPrefixed(4, byteorder="little"),
    "length8_itself": LengthPrefixed(8, counts_itself=True),
    "netstrings": Netstrings(),
    "fixed": FixedLength(9),
}

# Of nine bytes each, so that FixedLength takes them. ``none`` gets no reply.
MESSAGES: Final = [b"message %d" % (number % 10) for number in range(25)]
NONE: Final = b"say none."


def upper(message: bytes) -> bytes | None:
    return None if message == NONE else message.upper()


def upper_text(message: str) -> str | None:
    return None if message == NONE.decode() else message.upper()


def slow(message: bytes) -> bytes | None:
    # The replies become ready in another order than their messages came.
    time.sleep(0.0003 * (message[-1] % 3))
    return upper(message)


def _elsewhere(stack: ExitStack) -> Submitted[bytes, bytes | None]:
    submitted = Submitted(lambda: ThreadPoolExecutor(4), slow)
    stack.callback(submitted.shutdown)
    return submitted


class Mixed:
    """Answers every third message at once, and the others later."""

    def __init__(self, later: Submitted[bytes, bytes | None]) -> None:
        self._later = later
        self._numbers = itertools.count()

    def __call__(self, message: bytes) -> bytes | Future[bytes | None] | None:
        return self._later(message) if next(self._numbers) % 3 else upper(message)


class Session:
    """Answers only if it knows who asks, and where."""

    def __init__(self, client_address: object, server: ServerContext) -> None:
        self._knows = client_address is not None and bool(server.server_address)

    def __call__(self, message: bytes) -> bytes | None:
        return upper(message) if self._knows else None


class PushingSession:
    """Pushes what others reply."""

    def __init__(self, _client_address: object, _server: ServerContext, push: Push[bytes]) -> None:
        self._push = push

    def __call__(self, message: bytes) -> None:
        reply = upper(message)
        if reply is not None:
            self._push(reply)


def _coroutine(framing: Framing[bytes, bytes], _stack: ExitStack) -> Any:
    @stream_handler
    async def serve(stream: Stream) -> None:
        async for message in stream.messages(framing):
            reply = upper(message)
            if reply is not None:
                await stream.send(framing, reply)

    return serve


KINDS: Final[dict[str, Callable[[Framing[bytes, bytes], ExitStack], Any]]] = {
    "function": lambda framing, _stack: Framed(framing, upper),
    "coded": lambda framing, _stack: Framed(framing, Coded(Text(), upper_text)),
    "values": lambda framing, _stack: Framed(FramingOf(framing, Text()), upper_text),
    "submitted": lambda framing, stack: Framed(framing, _elsewhere(stack), in_flight=4),
    "mixed": lambda framing, stack: Framed(framing, Mixed(_elsewhere(stack)), in_flight=3),
    "session": lambda framing, _stack: Sessions(framing, Session),
    "pushing": lambda framing, _stack: PushSessions(framing, PushingSession),
    "coroutine": _coroutine,
}
"""What makes a handler of a framing; what must be closed after it is on the stack."""


class _EstablishedListener(ListenerWrapper[Any, Any]):
    @override
    def establish(
        self, request: StreamRequest, client_address: Any, server: ServerContext, /
    ) -> Coroutine[Any, Any, tuple[Any, Any]]:
        async def establish() -> tuple[Any, Any]:
            # So that it does suspend.
            await sleep(0)
            established = self.inner.establish(request, client_address, server)
            return await established if isinstance(established, Coroutine) else established

        return establish()


@dataclass(frozen=True)
class Established(EndpointWrapper[Any, Any]):
    """An endpoint whose ``establish`` is a coroutine, as that of a TLS endpoint is."""

    endpoint: Endpoint[Any, Any]

    @property
    def inner(self) -> Endpoint[Any, Any]:
        return self.endpoint

    def listen(self) -> Listener[Any, Any]:
        return _EstablishedListener(self.endpoint.listen())


matrix.NAMES["Established"] = Established

ENDPOINTS: Final = matrix.STREAM_ENDPOINTS | {
    "established_tcp": "Established(TCP(port=0))",
    "established_unix": "Established(UnixStream({path!r}))",
}


def ask_messages(address: Any, framing: Framing[bytes, bytes], messages: Sequence[bytes], piece: int) -> list[bytes]:
    """Send messages in pieces of a size, end the stream, and return the messages that came back."""
    data = b"".join(map(framing.encode, messages))
    with connect(address) as client:
        client.settimeout(PATIENCE)
        for start in range(0, len(data), piece):
            client.sendall(data[start : start + piece])
        client.shutdown(socket.SHUT_WR)
        received = b""
        while part := client.recv(65536):
            received += part
    replies: list[bytes] = []
    start = 0
    while start < len(received):
        taken = framing.decode(received, start)
        assert taken is not None, f"half a reply: {received[start:]!r}"
        reply, start = taken
        replies.append(reply)
    return replies
