"""Mistakes with messages: functions, framings, codecs and sessions that do not belong together."""

from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager

from typedserver import (
    TCP,
    UDP,
    BatchFraming,
    Codec,
    CodecOf,
    Coded,
    FixedLength,
    Framed,
    Framing,
    HasLifespan,
    InetAddress,
    Last,
    LengthPrefixed,
    Lines,
    MessageExchange,
    Multiplexed,
    Netstrings,
    Pending,
    Push,
    PushSessions,
    Server,
    ServerContext,
    Sessions,
    Text,
    UnixAddress,
    UnixStream,
)

# Functions on a framing of bytes


def upper(message: bytes) -> bytes:
    return message.upper()


def text_in(message: str) -> bytes:
    return message.encode()


def text_out(message: bytes) -> str:
    return message.decode()


def title(text: str) -> str:
    return text.title()


def size(message: bytes) -> int:
    return len(message)


def two(message: bytes, _other: bytes) -> bytes:
    return message


def nothing() -> bytes:
    return b""


def later_text(_message: bytes) -> Future[str]:
    return Future()


def last_text(_message: bytes) -> Last[str]:
    return Last("bye")


def maybe_text(message: bytes) -> bytes | str:
    return message


def many(message: bytes) -> list[bytes]:
    return [message]


async def coroutine(message: bytes) -> bytes:
    return message


Framed(Lines(), text_in)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), text_out)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), title)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), size)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), two)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), nothing)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), later_text)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), last_text)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), maybe_text)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), many)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), coroutine)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), upper(b""))  # error: [arg-type] (reportArgumentType)
Framed(LengthPrefixed(), title)  # error: [arg-type] (reportArgumentType)
Framed(Netstrings(), title)  # error: [arg-type] (reportArgumentType)
Framed(FixedLength(4), title)  # error: [arg-type] (reportArgumentType)
Framed(upper, Lines())  # error: [arg-type] (reportArgumentType)
Framed(b"\n", upper)  # error: [arg-type] (reportArgumentType)
Framed(Text(), title)  # error: [arg-type] (reportArgumentType)
Framed(Lines, upper)  # error: [arg-type] (reportArgumentType)
Framed(Lines())  # error: [call-arg] (reportCallIssue)

# The other fields


def apology(error: Exception) -> str:
    return str(error)


def of_value_errors(error: ValueError) -> bytes:
    return str(error).encode()


async def later_apology(error: Exception) -> bytes:
    return str(error).encode()


Framed(Lines(), upper, greeting="hello")  # error: [misc] (reportArgumentType)
Framed(Lines(), upper, in_flight="64")  # error: [arg-type] (reportArgumentType)
Framed(Lines(), upper, timeout="1")  # error: [arg-type] (reportArgumentType)
Framed(Lines(), upper, on_error=apology)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), upper, on_error=of_value_errors)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), upper, on_error=later_apology)  # error: [arg-type] (reportArgumentType)
Framed(Lines(), upper, on_error=b"sorry")  # error: [arg-type] (reportArgumentType)
Framed(Lines(), upper).in_flight = 3  # error: [misc] (reportAttributeAccessIssue)

# Framings

Lines(b"\r\n")  # error: [call-arg] (reportCallIssue)
Lines(separator="\n")  # error: [arg-type] (reportArgumentType)
Lines(limit=None)  # error: [arg-type] (reportArgumentType)
LengthPrefixed(9)  # error: [arg-type] (reportArgumentType)
LengthPrefixed(0)  # error: [arg-type] (reportArgumentType)
LengthPrefixed(4, "network")  # error: [arg-type] (reportArgumentType)
LengthPrefixed(counts_itself=None)  # error: [arg-type] (reportArgumentType)
Netstrings(1024)  # error: [call-arg] (reportCallIssue)
FixedLength()  # error: [call-arg] (reportCallIssue)
FixedLength(b"4")  # error: [arg-type] (reportArgumentType)


class WithoutEncode:
    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        raise NotImplementedError


class WithoutStart:
    def decode(self, data: bytes, /) -> tuple[bytes, int] | None:
        raise NotImplementedError

    def encode(self, reply: bytes, /) -> bytes:
        raise NotImplementedError


class WithoutEnd:
    def decode(self, data: bytes, start: int, /) -> bytes | None:
        raise NotImplementedError

    def encode(self, reply: bytes, /) -> bytes:
        raise NotImplementedError


class WritesText:
    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        raise NotImplementedError

    def encode(self, reply: bytes, /) -> str:
        raise NotImplementedError


Framed(WithoutEncode(), upper)  # error: [arg-type] (reportArgumentType)
Framed(WithoutStart(), upper)  # error: [arg-type] (reportArgumentType)
Framed(WithoutEnd(), upper)  # error: [arg-type] (reportArgumentType)
Framed(WritesText(), upper)  # error: [arg-type] (reportArgumentType)
text_framing: Framing[str, str] = Lines()  # error: [assignment] (reportAssignmentType)
batch: BatchFraming[bytes, bytes] = Netstrings()  # error: [assignment] (reportAssignmentType)

# Codecs


def parse(data: bytes) -> int:
    return int(data)


def write(number: int) -> bytes:
    return b"%d" % number


def of_text(text: str) -> int:
    return int(text)


def later_title(_text: str) -> Future[str]:
    return Future()


numbers = CodecOf(parse, write)

Coded(Text(), upper)  # error: [arg-type] (reportArgumentType)
Coded(Text(), of_text)  # error: [arg-type] (reportArgumentType)
Coded(numbers, title)  # error: [arg-type] (reportArgumentType)
Coded(numbers, of_text)  # error: [arg-type] (reportArgumentType)
Coded(Lines(), upper)  # error: [arg-type] (reportArgumentType)
Coded(title, Text())  # error: [arg-type] (reportArgumentType)
Coded(Text(), title, upper)  # error: [arg-type] (reportArgumentType)
Coded(Text(), title, on_error=of_value_errors)  # error: [arg-type] (reportArgumentType)
Coded(Text(), later_title)  # error: [arg-type] (reportArgumentType)
Coded(Text(), coroutine)  # error: [arg-type] (reportArgumentType)
CodecOf(of_text, write)  # error: [arg-type] (reportArgumentType)
CodecOf(parse, of_text)  # error: [arg-type] (reportArgumentType)
CodecOf(parse)  # error: [call-arg] (reportCallIssue)
Text(encoding=None)  # error: [arg-type] (reportArgumentType)
wrong_codec: Codec[str, str] = numbers  # error: [assignment] (reportAssignmentType)
Framed(Lines(), Coded(Text(), title), on_error=apology)  # error: [arg-type] (reportArgumentType)

# Sessions


def session(_client_address: object, _server: object) -> Callable[[bytes], bytes]:
    return upper


def text_session(_client_address: object, _server: object) -> Callable[[str], str]:
    return title


def no_session(_client_address: object, _server: object) -> bytes:
    return b""


def pushing(_client_address: object, _server: object, _push: Push[bytes]) -> Callable[[bytes], bytes]:
    return upper


def pushing_text(_client_address: object, _server: object, push: Push[str]) -> Callable[[bytes], bytes]:
    push("text")
    return upper


def pushing_wrong(_client_address: object, _server: object, push: Push[bytes]) -> Callable[[bytes], bytes]:
    push("text")  # error: [arg-type] (reportArgumentType)
    return upper


def of_unix(_client_address: UnixAddress, _server: ServerContext) -> Callable[[bytes], bytes]:
    return upper


def of_inet(_client_address: InetAddress, _server: ServerContext) -> Callable[[bytes], bytes]:
    return upper


def with_value(_client_address: object, _server: HasLifespan[int]) -> Callable[[bytes], bytes]:
    return upper


@contextmanager
def name() -> Generator[str]:
    yield "a"


class WithoutCall:
    def __init__(self, client_address: object, server: object) -> None: ...


Sessions(Lines(), text_session)  # error: [arg-type] (reportArgumentType)
Sessions(Lines(), no_session)  # error: [arg-type] (reportArgumentType)
Sessions(Lines(), upper)  # error: [arg-type] (reportArgumentType)
Sessions(Lines(), WithoutCall)  # error: [arg-type] (reportArgumentType)
Sessions(Lines(), pushing)  # error: [arg-type] (reportArgumentType)
Sessions(Lines(), session, greeting="hello")  # error: [misc] (reportArgumentType)
Sessions(Lines(), session, on_error=apology)  # error: [arg-type] (reportArgumentType)
Sessions(Lines(), session, outbox=10)  # error: [call-arg] (reportCallIssue)
PushSessions(Lines(), session)  # error: [arg-type] (reportArgumentType)
PushSessions(Lines(), pushing_text)  # error: [arg-type] (reportArgumentType)
PushSessions(Lines(), pushing, outbox=None)  # error: [arg-type] (reportArgumentType)

# Servers

Server(UDP(port=0), Framed(Lines(), upper))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), upper)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Framed)  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Lines())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Coded(Text(), title))  # error: [arg-type] (reportArgumentType)
Server(UDP(port=0), Sessions(Lines(), session), Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Sessions(Lines(), of_unix))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Sessions(Lines(), of_unix), Multiplexed())  # error: [arg-type] (reportArgumentType)
Server(UnixStream("s"), Sessions(Lines(), of_inet))  # error: [arg-type] (reportArgumentType)
Server(TCP(port=0), Sessions(Lines(), with_value), lifespan=name)  # error: [misc] (reportArgumentType)

# What is pending, and exchanges


class WithoutCancel:
    def add_done_callback(self, fn: Callable[[object], object], /) -> object:
        raise NotImplementedError

    def result(self, timeout: float | None = None) -> bytes:
        raise NotImplementedError

    def exception(self, timeout: float | None = None) -> BaseException | None:
        raise NotImplementedError

    def done(self) -> bool:
        raise NotImplementedError


class WithoutProceed:
    def start(self, wake: Callable[[], object], /) -> bytes:
        raise NotImplementedError

    def receive(self, data: bytes, /) -> bytes:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


pending: Pending[bytes] = WithoutCancel()  # error: [assignment] (reportAssignmentType)
text_pending: Pending[bytes] = Future[str]()  # error: [assignment] (reportAssignmentType)
exchange: MessageExchange = WithoutProceed()  # error: [assignment] (reportAssignmentType)
