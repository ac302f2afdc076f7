"""An MQTT 3.1.1 broker: `python -m typedserver examples.mqtt:server`, a framing of its own and sessions that push.

Then `mosquitto_sub -p 7883 -t 'home/+'`, and `mosquitto_pub -p 7883 -t home/door -m open` beside it. It keeps nothing,
and delivers once at most (QoS 0). Nobody waits for a subscriber who does not read: what its outbox has no room for is
lost.
"""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from enum import IntEnum
from types import TracebackType
from typing import Self, TypeAlias

from typedserver import (
    TCP,
    Deadlines,
    FramingError,
    HasLifespan,
    InetAddress,
    Last,
    Multiplexed,
    Push,
    PushSessions,
    Server,
    ServerConfig,
)

SEVEN_BITS, LONGEST_LENGTH = 127, 4  # MQTT 3.1.1, 2.2.3


class Kind(IntEnum):
    CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
    SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 10, 11, 12, 13, 14


@dataclass(frozen=True)
class Packet:
    kind: int
    body: bytes
    flags: int = 0


@dataclass(frozen=True)
class Packets:
    """Kind and flags, four bits each; the length, seven bits a byte; then the body."""

    limit: int = 2**18

    def decode(self, data: bytes, start: int, /) -> tuple[Packet, int] | None:
        length = 0
        for number, byte in enumerate(data[start + 1 : start + 1 + LONGEST_LENGTH]):
            length |= (byte & SEVEN_BITS) << 7 * number
            if length > self.limit:
                raise FramingError(f"a packet of {length} bytes is longer than {self.limit}")
            if byte <= SEVEN_BITS:
                body = start + 2 + number
                end = body + length
                return (Packet(data[start] >> 4, data[body:end], data[start] & 15), end) if end <= len(data) else None
        if len(data) - start > LONGEST_LENGTH:
            raise FramingError("the length of a packet has more than four bytes")
        return None

    def encode(self, reply: Packet, /) -> bytes:
        head, length = bytearray([reply.kind << 4 | reply.flags]), len(reply.body)
        while length > SEVEN_BITS:
            head.append(length & SEVEN_BITS | 128)
            length >>= 7
        return bytes([*head, length]) + reply.body


def strings(data: bytes, *, between: int = 0) -> Generator[bytes]:
    """Strings, with the length of each before it, and so many bytes behind each."""
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        yield data[2:end]
        data = data[end + between :]


def fits(wanted: list[bytes], topic: list[bytes]) -> bool:
    if not wanted or not topic:
        return wanted in ([], [b"#"]) and not topic
    return wanted[0] == b"#" or (wanted[0] in (b"+", topic[0]) and fits(wanted[1:], topic[1:]))


class Subscriber:
    def __init__(self, _address: InetAddress, server: HasLifespan["Everybody"], push: Push[Packet]) -> None:
        self.everybody, self.push = server.lifespan_value, push
        self.wanted: dict[bytes, list[bytes]] = {}

    def __enter__(self) -> Self:
        self.everybody.add(self)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.everybody.discard(self)

    def __call__(self, packet: Packet) -> Packet | Last[Packet] | None:  # noqa: PLR0911 - one for each kind
        number, rest = packet.body[:2], packet.body[2:]
        match packet.kind:
            case Kind.CONNECT:
                return Packet(Kind.CONNACK, b"\0\0")
            case Kind.PUBLISH:
                return self.publish(packet)
            case Kind.SUBSCRIBE:
                topics = list(strings(rest, between=1))
                self.wanted.update((topic, topic.split(b"/")) for topic in topics)
                return Packet(Kind.SUBACK, number + bytes(len(topics)))
            case Kind.UNSUBSCRIBE:
                for topic in strings(rest):
                    self.wanted.pop(topic, None)
                return Packet(Kind.UNSUBACK, number)
            case Kind.PINGREQ:
                return Packet(Kind.PINGRESP, b"")
            case Kind.DISCONNECT:
                return Last()
            case _:
                return None

    def publish(self, packet: Packet) -> Packet | None:
        topic = next(strings(packet.body), b"")
        end, quality = 2 + len(topic), packet.flags >> 1 & 3
        if quality > 1:
            raise FramingError("QoS 2 is not served here")
        numbered = 2 * quality  # bytes: QoS 1 numbers its packets
        news = Packet(Kind.PUBLISH, packet.body[:end] + packet.body[end + numbered :])
        for each in tuple(self.everybody):
            if any(fits(wanted, topic.split(b"/")) for wanted in each.wanted.values()):
                each.push(news)
        return Packet(Kind.PUBACK, packet.body[end : end + 2]) if numbered else None


Everybody: TypeAlias = set[Subscriber]


@contextlib.contextmanager
def everybody() -> Generator[Everybody]:
    yield set()


subscribers = PushSessions(Packets(), Subscriber)
config = ServerConfig(deadlines=Deadlines(read=None, total=None, write=10))  # a subscriber may listen for days
server = Server(TCP(port=7883), subscribers, Multiplexed(), config=config, lifespan=everybody)
