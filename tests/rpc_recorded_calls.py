"""What real clients have sent (tests/rpc_recorded), where its lengths are, and what RFC 5531 has answered to any bytes.

Calls and arguments are read by the declarations of their protocols, by nothing of what is served: so the answers of the
server can be held against it.
"""

import struct
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from examples.nfs import HELLO, programs
from examples.protocols import vxi11
from examples.vxi11 import Instrument, Meter

from tests.rpc_corpus import echoes
from tests.rpc_counter import accepted, refused
from tests.rpc_echoes import Echoes
from tests.rpc_values import CORPUS, PROTOCOLS, plan_of
from typedserver import rpc
from typedserver.rpc.compiler.declarations import (
    Array,
    Base,
    Enum,
    Opaque,
    Optional,
    Program,
    String,
    Struct,
    Type,
    Union,
    Value,
)
from typedserver.rpc.compiler.meaning import Meaning
from typedserver.rpc.rpcbind_registry import Registry
from typedserver.rpc.rpcbind_service import programs_of

RECORDED: Final = Path(__file__).with_name("rpc_recorded")
CLIENTS: Final = ("libnfs", "libtirpc", "ours", "pyvisa", "rpcinfo")

# Of each program that the clients call, the source and the versions that are served.
_SOURCES: Final = {
    100000: (Path(rpc.__file__).with_name("rpcbind_protocol.x"), (2, 3, 4)),
    100003: (PROTOCOLS / "nfs3.x", (3,)),
    100005: (PROTOCOLS / "mount3.x", (3,)),
    vxi11.DEVICE_CORE: (PROTOCOLS / "vxi11.x", (1,)),
    echoes.ECHOES: (CORPUS / "echoes.x", (1,)),
}

_SIZES: Final = {"int": 4, "unsigned int": 4, "hyper": 8, "unsigned hyper": 8, "float": 4, "double": 8}
_NUMBERS: Final = {
    "bool": range(2),
    "char": range(-(2**7), 2**7),
    "unsigned char": range(2**8),
    "short": range(-(2**15), 2**15),
    "unsigned short": range(2**16),
}

# Of RFC 5531, 8.2: the most bytes of credentials; of AUTH_SYS (appendix A), of a name, and the most groups.
_MOST_BODY, _MOST_NAME, _MOST_GROUPS = 400, 255, 16
_BADCRED, _BADVERF, _TOOWEAK = 1, 3, 5
_PROG_UNAVAIL, _PROG_MISMATCH, _PROC_UNAVAIL, _GARBAGE_ARGS = 1, 2, 3, 4

# Where a call has the length of its credentials.
_CREDENTIALS_AT: Final = 28


class Sent(NamedTuple):
    """A call as it was sent: over TCP with the marks of its record, and without."""

    kind: str
    raw: bytes
    message: bytes


def sent_by(client: str) -> list[Sent]:
    """Return all calls of a client."""
    found: list[Sent] = []
    for line in (RECORDED / f"{client}.txt").read_text().splitlines():
        kind, data = line.split()
        raw = bytes.fromhex(data)
        found.append(Sent(kind, raw, raw if kind == "udp" else _without_marks(raw)))
    assert found
    return found


def changed(client: str) -> Iterator[bytes]:
    """Yield the calls of a client, each of them cut at every byte, and with each bit of each of its lengths changed."""
    for message in {sent.message: None for sent in sent_by(client)}:
        yield message
        yield from (message[:size] for size in range(1, len(message)))
        yield from (with_flipped(message, at, bit) for at in lengths_of(message) for bit in range(32))


def _without_marks(raw: bytes) -> bytes:
    at, message = 0, b""
    while at < len(raw):
        size = _word(raw, at) & 0x7FFFFFFF
        message += raw[at + 4 : at + 4 + size]
        at += 4 + size
    return message


def _word(data: bytes, at: int) -> int:
    """Return a word; raises _WrongError if there is none."""
    if at + 4 > len(data):
        raise _WrongError
    (word,) = struct.unpack_from(">I", data, at)
    return int(word)


class _WrongError(Exception):
    """Bytes are no value of a type."""


class _Reader:
    """Reads a value as it is declared. lengths: where the lengths in it are."""

    def __init__(self, meaning: Meaning, data: bytes, at: int) -> None:
        self._meaning = meaning
        self._data = data
        self.at = at
        self.lengths: list[int] = []

    def read(self, given: Type) -> None:
        """Go to the end of a value; raises _WrongError if it is none."""
        meant = self._meaning.meant(given)
        if isinstance(meant, Base):
            self._base(meant)
        elif isinstance(meant, Enum):
            if self._int() not in self._meaning.members(meant.name).values():
                raise _WrongError
        elif isinstance(meant, Opaque | String):
            fixed = meant.length if isinstance(meant, Opaque) else None
            self._bytes(self._count(fixed, meant.bound))
        elif isinstance(meant, Array):
            for _ in range(self._count(meant.length, meant.bound)):
                self.read(meant.element)
        elif isinstance(meant, Optional):
            self._optional(meant)
        elif isinstance(meant, Union):
            self._union(meant)
        else:
            assert isinstance(meant, Struct)
            for field in meant.fields:
                self.read(field.type)

    def _int(self) -> int:
        (number,) = struct.unpack(">i", self._take(4))
        return int(number)

    def _take(self, size: int) -> bytes:
        if self.at + size > len(self._data):
            raise _WrongError
        self.at += size
        return self._data[self.at - size : self.at]

    def _base(self, base: Base) -> None:
        if base.name in _NUMBERS:
            if self._int() not in _NUMBERS[base.name]:
                raise _WrongError
        elif base.name != "void":
            self._take(_SIZES[base.name])

    def _count(self, fixed: Value | None, bound: Value | None) -> int:
        if fixed is not None:
            return self._meaning.number(fixed)
        self.lengths.append(self.at)
        (count,) = struct.unpack(">I", self._take(4))
        if bound is not None and count > self._meaning.number(bound):
            raise _WrongError
        # Each element takes some bytes at least, or there would be no end.
        if count > len(self._data):
            raise _WrongError
        return int(count)

    def _bytes(self, size: int) -> None:
        self._take(size)
        if any(self._take(-size % 4)):
            raise _WrongError

    def _optional(self, given: Optional) -> None:
        more = self._int()
        if more not in (0, 1):
            raise _WrongError
        if more:
            self.read(given.element)

    def _union(self, union: Union) -> None:
        at = self.at
        self.read(union.discriminant.type)
        (number,) = struct.unpack(">i", self._data[at : at + 4])
        arms = {self._meaning.number(case): arm for arm in union.arms for case in arm.cases}
        default = next((arm for arm in union.arms if not arm.cases), None)
        arm = arms.get(number, default)
        if arm is None:
            raise _WrongError
        self.read(arm.field.type)


@cache
def _arguments(program: int, version: int) -> tuple[Meaning, dict[int, Sequence[Type]]]:
    """Return the arguments of the procedures of a program."""
    meaning = plan_of(_SOURCES[program][0]).meaning
    for declared in meaning.declarations:
        if isinstance(declared, Program) and meaning.number(declared.number) == program:
            for each in declared.versions:
                if meaning.number(each.number) == version:
                    return meaning, {meaning.number(one.number): one.arguments for one in each.procedures}
    raise AssertionError((program, version))


def lengths_of(message: bytes) -> list[int]:
    """Return where a call that is right has lengths: of its credentials and what is in them, and of its arguments."""
    size = _word(message, _CREDENTIALS_AT)
    found = [_CREDENTIALS_AT]
    if size:
        # The name, behind the stamp; and the groups, behind the two numbers behind it.
        name = _CREDENTIALS_AT + 8
        found += [name, name + 4 + _word(message, name) + -_word(message, name) % 4 + 8]
    at = _CREDENTIALS_AT + 4 + size + -size % 4
    found.append(at + 4)
    program, version, procedure = (_word(message, each) for each in (12, 16, 20))
    versions = _SOURCES.get(program, (None, ()))[1]
    if version not in versions:
        return found
    meaning, procedures = _arguments(program, version)
    reader = _Reader(meaning, message, at + 8)
    for given in procedures.get(procedure, ()):
        reader.read(given)
    assert reader.at == len(message)
    return found + reader.lengths


def expected(message: bytes) -> "tuple[bytes, ...] | None":
    """Return how a reply may begin that RFC 5531 has for a message; None if it has none.

    A call that is right is answered by SUCCESS, or refused: rpcbind passes no calls on (docs/rpc.md).
    """
    if len(message) < 40 or _word(message, 4) != 0:
        return None
    xid = _word(message, 0)
    assert _word(message, 8) == 2
    flavor, size = _word(message, 24), _word(message, _CREDENTIALS_AT)
    at = _CREDENTIALS_AT + 4 + size + -size % 4
    if size > _MOST_BODY:
        return (refused(_BADCRED, xid=xid),)
    if at + 8 > len(message):
        return None
    if not _are_credentials(flavor, message[_CREDENTIALS_AT + 4 : _CREDENTIALS_AT + 4 + size]):
        return (refused(_BADCRED, xid=xid),)
    if _word(message, at) or _word(message, at + 4):
        return (refused(_BADVERF, xid=xid),)
    program, version, procedure = (_word(message, each) for each in (12, 16, 20))
    if program not in _SOURCES:
        return (accepted(_PROG_UNAVAIL, xid=xid),)
    versions = _SOURCES[program][1]
    if version not in versions:
        return (accepted(_PROG_MISMATCH, struct.pack(">II", min(versions), max(versions)), xid=xid),)
    meaning, procedures = _arguments(program, version)
    if procedure not in procedures and procedure:
        return (accepted(_PROC_UNAVAIL, xid=xid),)
    reader = _Reader(meaning, message, at + 8)
    try:
        for given in procedures.get(procedure, ()):
            reader.read(given)
    except _WrongError:
        return (accepted(_GARBAGE_ARGS, xid=xid),)
    if reader.at != len(message):
        return (accepted(_GARBAGE_ARGS, xid=xid),)
    return accepted(0, xid=xid), refused(_TOOWEAK, xid=xid)


def _are_credentials(flavor: int, body: bytes) -> bool:
    assert flavor in (0, 1)
    if flavor == 0:
        return not body
    try:
        name = _word(body, 4)
        at = 8 + name + -name % 4
        groups = _word(body, at + 8)
        padding = body[8 + name : at]
    except _WrongError:
        return False
    return name <= _MOST_NAME and groups <= _MOST_GROUPS and at + 12 + groups * 4 == len(body) and not any(padding)


def with_flipped(message: bytes, at: int, bit: int) -> bytes:
    """Return a message with one bit of a word changed."""
    return message[:at] + struct.pack(">I", _word(message, at) ^ 1 << bit) + message[at + 4 :]


@contextmanager
def all_programs() -> Generator[list[rpc.Program], None, None]:
    """Give what serves every program that the clients call."""
    with ThreadPoolExecutor(1) as workers:
        service = Instrument(Meter(), workers)
        try:
            yield [
                echoes.ECHOES_V1.served_by(Echoes()),
                vxi11.DEVICE_CORE_VERSION.served_by(service),
                *programs(HELLO),
                *programs_of(Registry(lambda: ()), "tcp"),
            ]
        finally:
            service.close()
