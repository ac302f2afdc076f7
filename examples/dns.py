"""A DNS server for one zone, which asks another server for all other names; over UDP and TCP on one port.

`python -m typedserver examples.dns:server`, then `dig @127.0.0.1 -p 5353 www.home.test`, with `+tcp` for TCP. It asks
over TCP, where nobody else can forge an answer, and a dead server delays only those who ask for its names.
"""

import contextlib
import struct

from typedserver import (
    TCP,
    UDP,
    Group,
    IncompleteRead,
    Multiplexed,
    Semaphore,
    Server,
    Stream,
    TaskGroup,
    connect,
    datagram_handler,
    stream_handler,
    timeout,
)

A, SOA, TXT, AAAA = b"\0\1", b"\0\6", b"\0\x10", b"\0\x1c"  # the kinds of records
SERVFAIL, NXDOMAIN, TRUNCATED, AUTHORITATIVE, ANSWER = 2, 3, 0x0200, 0x0400, 0x8000  # flags and codes
TTL, PATIENCE, AT_ONCE, ROOM = 300, 5.0, 100, 512  # seconds; seconds; queries of a connection; bytes of a datagram


def packed(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(owner: bytes, kind: bytes, value: bytes) -> bytes:
    return owner + kind + struct.pack("!HIH", 1, TTL, len(value)) + value


class Query:
    def __init__(self, data: bytes) -> None:
        at = 12
        while at < len(data) and data[at]:
            at += 1 + data[at]
        self.data, self.name, self.kind, self.end = data, data[12 : at + 1].lower(), data[at + 1 : at + 3], at + 5
        if self.end > len(data) or data[2] & 0xF8 or data[4:6] != b"\0\1":
            raise ValueError("it breaks off, answers, or asks for another thing")

    def reply(self, flags: int, answer: bytes = b"", authority: bytes = b"") -> bytes:
        counts = struct.pack("!5H", ANSWER | flags | (self.data[2] & 1) << 8, 1, bool(answer), bool(authority), 0)
        return self.data[:2] + counts + self.data[12 : self.end] + answer + authority


class Resolver:
    def __init__(self, zone: str, names: dict[str, dict[bytes, bytes]], upstream: tuple[str, int]) -> None:
        self.zone, self.upstream = packed(zone), upstream
        self.names = {packed(name): values for name, values in names.items()}
        self.authority = record(self.zone, SOA, packed(f"ns.{zone}") * 2 + struct.pack("!5I", 1, 3600, 600, 86400, TTL))

    async def answer(self, query: Query) -> bytes:
        if query.name.endswith(self.zone):
            values = self.names.get(query.name)
            if values and query.kind in values:
                return query.reply(AUTHORITATIVE, record(b"\xc0\x0c", query.kind, values[query.kind]))
            return query.reply(AUTHORITATIVE | (0 if values else NXDOMAIN), authority=self.authority)
        with contextlib.suppress(OSError, IncompleteRead):
            async with timeout(PATIENCE), await connect(self.upstream) as upstream:
                await upstream.write(len(query.data).to_bytes(2) + query.data)
                return await upstream.readexactly(int.from_bytes(await upstream.readexactly(2)))
        return query.reply(SERVFAIL)

    async def over_udp(self, data: bytes) -> bytes | None:
        with contextlib.suppress(ValueError):
            query = Query(data)
            answer = await self.answer(query)
            return answer if len(answer) <= ROOM else query.reply(TRUNCATED)  # then it asks over TCP
        return None

    async def over_tcp(self, stream: Stream) -> None:
        async def reply(query: Query) -> None:
            answer = await self.answer(query)
            await stream.write(len(answer).to_bytes(2) + answer)
            at_once.release()

        at_once = Semaphore(AT_ONCE)
        async with TaskGroup() as tasks:
            with contextlib.suppress(IncompleteRead, ValueError):
                while await at_once.acquire():
                    size = int.from_bytes(await stream.readexactly(2))
                    tasks.create_task(reply(Query(await stream.readexactly(size))))


def service(resolver: Resolver, port: int) -> Group:
    udp = Server(UDP(port=port), datagram_handler(resolver.over_udp), Multiplexed())
    return Group([udp, Server(TCP(port=port), stream_handler(resolver.over_tcp), Multiplexed())], same_port=not port)


web = {A: bytes([192, 0, 2, 2]), AAAA: bytes.fromhex("20010db8000000000000000000000002")}
home = {"home.test": {A: bytes([192, 0, 2, 1]), TXT: b"\x0chello, world"}, "www.home.test": web}
server = service(Resolver("home.test", home, ("9.9.9.9", 53)), 5353)
