"""A program for the tests of RPC, written by hand as the compiler would write it, its service, and calls as bytes."""

import socket
import struct
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from typedserver import rpc
from typedserver.rpc import xdr

PROGRAM: Final = 0x20000099
ADD, ECHO, FAIL, DENY, ONE_WAY, COUNT, LATER, WHO, UNSENDABLE = range(1, 10)


class CounterV1(Protocol):
    def add(self, argument1: int, argument2: int, call: rpc.Call, /) -> rpc.Result[int]: ...
    def echo(self, argument: bytes, call: rpc.Call, /) -> rpc.Result[bytes]: ...
    def fail(self, call: rpc.Call, /) -> rpc.Result[None]: ...
    def deny(self, argument: int, call: rpc.Call, /) -> rpc.Result[None]: ...
    def one_way(self, argument: int, call: rpc.Call, /) -> rpc.Result[None]: ...
    def count(self, argument: int, call: rpc.Call, /) -> rpc.Result[int]: ...
    def later(self, argument: int, call: rpc.Call, /) -> rpc.Result[int]: ...
    def who(self, call: rpc.Call, /) -> rpc.Result[str]: ...
    def unsendable(self, call: rpc.Call, /) -> rpc.Result[int]: ...


def _int(data: xdr.Decoder) -> tuple[int]:
    return (xdr.decode_int(data),)


def _two(data: xdr.Decoder) -> tuple[int, int]:
    return xdr.decode_int(data), xdr.decode_int(data)


def _opaque(data: xdr.Decoder) -> tuple[bytes]:
    return (xdr.decode_opaque(data),)


def _none(_data: xdr.Decoder) -> tuple[()]:
    return ()


COUNTER_V1: Final = rpc.Version[CounterV1](
    "COUNTER",
    PROGRAM,
    1,
    {
        ADD: rpc.Procedure("add", _two, xdr.encode_int),
        ECHO: rpc.Procedure("echo", _opaque, xdr.encode_opaque),
        FAIL: rpc.Procedure("fail", _none, xdr.encode_void),
        DENY: rpc.Procedure("deny", _int, xdr.encode_void),
        ONE_WAY: rpc.Procedure("one_way", _int, xdr.encode_void),
        COUNT: rpc.Procedure("count", _int, xdr.encode_int),
        LATER: rpc.Procedure("later", _int, xdr.encode_int),
        WHO: rpc.Procedure("who", _none, xdr.encode_string),
        UNSENDABLE: rpc.Procedure("unsendable", _none, xdr.encode_int),
    },
)


@dataclass
class Counter:
    """counted: how often ``count`` was called, for each argument. sent: what came by one-way calls."""

    counted: dict[int, int] = field(default_factory=dict[int, int])
    sent: list[int] = field(default_factory=list[int])
    calls: list[rpc.Call] = field(default_factory=list[rpc.Call])
    futures: dict[int, Future[int]] = field(default_factory=dict[int, "Future[int]"])
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def add(self, argument1: int, argument2: int, call: rpc.Call, /) -> int:
        self.calls.append(call)
        return argument1 + argument2

    def echo(self, argument: bytes, _call: rpc.Call, /) -> bytes:
        return argument

    def fail(self, _call: rpc.Call, /) -> None:
        raise LookupError("as the test wants it")

    def deny(self, argument: int, _call: rpc.Call, /) -> None:
        raise rpc.Denied(rpc.AuthStat(argument))

    def one_way(self, argument: int, _call: rpc.Call, /) -> rpc.Result[None]:
        self.sent.append(argument)
        return rpc.NO_REPLY

    def count(self, argument: int, _call: rpc.Call, /) -> int:
        self.counted[argument] = self.counted.get(argument, 0) + 1
        return self.counted[argument]

    def later(self, argument: int, _call: rpc.Call, /) -> Future[int]:
        future = self.futures[argument] = Future[int]()
        self.counted[argument] = self.counted.get(argument, 0) + 1
        self.asked.release()
        return future

    def who(self, call: rpc.Call, /) -> str:
        return repr(call.credentials)

    def unsendable(self, _call: rpc.Call, /) -> int:
        return 2**40


# Calls and replies, by the words of RFC 5531 and not by the code under test.

NOBODY: Final = struct.pack(">II", 0, 0)


def auth_sys(
    stamp: int = 7, name: bytes = b"box!", uid: int = 1000, gid: int = 100, gids: tuple[int, ...] = (4, 24)
) -> bytes:
    body = struct.pack(">II", stamp, len(name)) + name + b"\0" * (-len(name) % 4)
    body += struct.pack(f">III{len(gids)}I", uid, gid, len(gids), *gids)
    return struct.pack(">II", 1, len(body)) + body


def call(
    procedure: int,
    arguments: bytes = b"",
    *,
    xid: int = 1,
    program: int = PROGRAM,
    version: int = 1,
    rpc_version: int = 2,
    credentials: bytes = NOBODY,
    verifier: bytes = NOBODY,
) -> bytes:
    return struct.pack(">6I", xid, 0, rpc_version, program, version, procedure) + credentials + verifier + arguments


def number(value: int) -> bytes:
    return struct.pack(">i", value)


def record(message: bytes, *, size: int | None = None) -> bytes:
    """Return a message as a record, in fragments of ``size`` bytes."""
    if size is None:
        return struct.pack(">I", 0x80000000 | len(message)) + message
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    last = len(parts) - 1
    return b"".join(struct.pack(">I", (at == last) << 31 | len(part)) + part for at, part in enumerate(parts))


def accepted(status: int, rest: bytes = b"", *, xid: int = 1) -> bytes:
    return struct.pack(">6I", xid, 1, 0, 0, 0, status) + rest


def refused(status: int, *, xid: int = 1) -> bytes:
    return struct.pack(">5I", xid, 1, 1, 1, status)


RPC_MISMATCH: Final = struct.pack(">6I", 1, 1, 1, 0, 2, 2)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            return data
        data += part
    return data


def next_record(connection: socket.socket) -> bytes | None:
    """Return the next record that a server sends in one fragment; None if it has ended the connection."""
    mark = _exactly(connection, 4)
    if not mark:
        return None
    (size,) = struct.unpack(">I", mark)
    assert size & 0x80000000
    return _exactly(connection, size & 0x7FFFFFFF)


def ask_record(connection: socket.socket, message: bytes) -> bytes | None:
    connection.sendall(record(message))
    return next_record(connection)


def served(service: Any = None) -> rpc.Program:
    return COUNTER_V1.served_by(Counter() if service is None else service)
