"""Message handlers that fit: framings, codecs, replies of every kind, sessions, and the strategies and endpoints."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from types import TracebackType
from typing import assert_type

from typedserver import (
    TCP,
    Address,
    Asyncio,
    BatchFraming,
    Bounded,
    Chunks,
    Codec,
    CodecOf,
    Coded,
    FixedLength,
    ForeseeingFraming,
    Forks,
    Framed,
    Framing,
    HasLifespan,
    InetAddress,
    Inline,
    Last,
    LengthPrefixed,
    Lines,
    MessageExchange,
    Multiplexed,
    Netstrings,
    OnExecutor,
    Pending,
    Prefork,
    Push,
    PushSessions,
    Reply,
    Server,
    ServerContext,
    Sessions,
    StreamRequest,
    Text,
    ThreadPool,
    Threads,
    UnixAddress,
    UnixStream,
)

# Framings and codecs

framings: Sequence[Framing[bytes, bytes]] = [
    Lines(separator=b"\r\n", limit=1024),
    LengthPrefixed(2, "little", counts_itself=True),
    LengthPrefixed(3),
    Netstrings(limit=1024),
    FixedLength(16),
    Chunks(),
]
batches: Sequence[BatchFraming[bytes, bytes]] = [Lines(), LengthPrefixed(), FixedLength(1), Chunks()]
foreseeing: Sequence[ForeseeingFraming[bytes, bytes]] = [Lines(), LengthPrefixed(), Netstrings(), FixedLength(1)]


@dataclass(frozen=True)
class Job:
    name: str


class _Jobs:
    """A framing of values, written by its shape."""

    def decode(self, data: bytes, start: int, /) -> tuple[Job, int] | None:
        return (Job(data[start : start + 4].decode()), start + 4) if len(data) >= start + 4 else None

    def encode(self, reply: Mapping[str, int], /) -> bytes:
        return json.dumps(reply).encode()


# Functions of messages


def upper(message: bytes) -> bytes:
    return message.upper()


def sink(_message: bytes) -> None: ...


def sometimes(message: bytes) -> bytes | None:
    return message or None


def quits(message: bytes) -> bytes | Last[bytes] | None:
    return Last(b"bye") if message == b"quit" else message


def later(message: bytes) -> Future[bytes]:
    future: Future[bytes] = Future()
    future.set_result(message)
    return future


def later_or_not(message: bytes) -> bytes | Future[bytes | None]:
    return message


def quits_later(_message: bytes) -> Pending[bytes | Last[bytes] | None]:
    return Future[bytes | Last[bytes] | None]()


def of_anything(_message: object) -> bytes:
    return b""


def everything(message: bytes) -> Reply[bytes]:
    return message


def count(job: Job) -> dict[str, int]:
    return {job.name: 1}


def apology(error: Exception) -> bytes:
    return repr(error).encode()


def last_apology(_error: Exception) -> Last[bytes]:
    return Last(b"sorry")


assert_type(Framed(Lines(), upper), Framed[bytes, bytes])
of_jobs: Framed[Job, Mapping[str, int]] = Framed(_Jobs(), count)
Framed(Lines(), sink)
Framed(Lines(), sometimes)
Framed(Lines(), quits)
Framed(Lines(), later)
Framed(Lines(), later_or_not)
Framed(Lines(), quits_later)
Framed(Lines(), of_anything)
Framed(Lines(), everything)
Framed(Lines(), lambda message: message[::-1])
Framed(Lines(), upper, greeting=b"hello", in_flight=1, timeout=0.5, on_error=apology)
Framed(Lines(), upper, on_error=last_apology)
Framed(Lines(), upper, on_error=lambda _error: None)
Framed(_Jobs(), count, greeting={"hello": 1}, on_error=lambda error: {str(error): 0})


# Codecs


def title(text: str) -> str:
    return text.title()


def check(text: str) -> str | None:
    return text or None


def no_text(error: ValueError) -> str:
    return str(error)


def parse(data: bytes) -> Job:
    return Job(data.decode())


def write(counts: Mapping[str, int]) -> bytes:
    return json.dumps(counts).encode()


text: Codec[str, str] = Text("latin-1", "replace")
jobs = CodecOf(parse, write)
assert_type(jobs, CodecOf[Job, Mapping[str, int]])
jobs_codec: Codec[Job, dict[str, int]] = jobs
Framed(Lines(), Coded(Text(), title))
Framed(Lines(), Coded(Text(), check, no_text))
Framed(Lines(), Coded(jobs, count))
assert_type(Coded(Text(), title)(b""), bytes | None)


def on_executor(executor: Executor) -> Callable[[bytes], Future[bytes | None]]:
    return lambda message: executor.submit(Coded(Text(), title), message)


def served_on(executor: Executor) -> None:
    Framed(Lines(), on_executor(executor))


# Sessions


class Counting:
    def __init__(self, client_address: Address, server: ServerContext) -> None:
        self.count = 0

    def __call__(self, message: bytes) -> bytes:
        self.count += 1
        return message


class OfInet:
    def __init__(self, client_address: InetAddress, server: ServerContext) -> None:
        self.host = client_address[0]

    def __enter__(self) -> int:
        return 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def __call__(self, message: bytes) -> Reply[bytes]:
        return Last(message)


def of_unix(_client_address: UnixAddress, _server: ServerContext) -> Callable[[bytes], bytes]:
    return upper


def with_value(_client_address: object, server: HasLifespan[list[bytes]]) -> Callable[[bytes], None]:
    return server.lifespan_value.append


def of_text(_client_address: object, _server: object) -> Callable[[bytes], bytes | None]:
    return Coded(Text(), title)


class Chatting:
    def __init__(self, client_address: InetAddress, server: ServerContext, push: Push[bytes]) -> None:
        self.push = push

    def __call__(self, message: bytes) -> bytes | None:
        return None if self.push(message) else b"too slow"


def pushing(_client_address: object, _server: object, push: Push[Mapping[str, int]]) -> Callable[[Job], None]:
    assert_type(push({"pushed": 1}), bool)

    def answer(job: Job) -> None:
        push({job.name: 1})

    return answer


# With every strategy and endpoint

Server(TCP(port=0), Framed(Lines(), upper))
Server(UnixStream("s"), Framed(Lines(), upper), Inline())
Server(TCP(port=0), Framed(Lines(), upper), Threads())
Server(TCP(port=0), Framed(Lines(), upper), ThreadPool(workers=2))
Server(TCP(port=0), Framed(Lines(), upper), Forks())
Server(TCP(port=0), Framed(Lines(), later), Multiplexed())
Server(TCP(port=0), Framed(Lines(), later), Asyncio())
Server(TCP(port=0), Framed(Lines(), upper), Bounded(Multiplexed(), 10))
Server(TCP(port=0), Sessions(Lines(), Counting), Multiplexed())
Server(UnixStream("s"), Sessions(Lines(), Counting))
Server(TCP(port=0), Sessions(Lines(), OfInet), Threads())
Server(UnixStream("s"), Sessions(Lines(), of_unix), Multiplexed())
Server(TCP(port=0), Sessions(Lines(), of_text), Multiplexed())
Server(TCP(port=0), PushSessions(Lines(), Chatting), Multiplexed())
Server(TCP(port=0), PushSessions(_Jobs(), pushing, outbox=10), Asyncio())
Prefork(Server(TCP(port=0), Framed(Lines(), upper), Multiplexed()), processes=2)
Sessions(Lines(), with_value)
Sessions(Lines(), Counting, greeting=b"hello", in_flight=1, timeout=0.5, on_error=apology)


def on_an_executor(executor: Executor) -> None:
    Server(TCP(port=0), Framed(Lines(), upper), OnExecutor(executor))


def by_hand(request: StreamRequest, server: ServerContext) -> None:
    exchange: MessageExchange = Framed(Lines(), upper)(request, ("127.0.0.1", 1), server)
    assert_type(exchange.start(lambda: None) + exchange.receive(b""), bytes)
