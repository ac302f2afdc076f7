"""Bytes that are being written and read, and fields of fixed size among them. It knows no type of XDR."""

import struct
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar, final

from typedserver.rpc.xdr_error import XDRError

T = TypeVar("T")

# A length is an unsigned int (RFC 4506, 4.10): what a declaration without a bound allows.
MAXIMUM: Final = 2**32 - 1


# How deep values of a recursive type may be nested. Python allows some 1,000 calls within one another, each level takes
# two or three, and whoever decodes is some way down already.
DEPTH: Final = 100


UNIT: Final = 4


# Lengths for which a run of fields keeps struct's plan: names are hardly of more, and whoever sends every length there
# is makes us keep no more than some tens of kilobytes.
_KEPT: Final = 128


@final
class Encoder(bytearray):
    """Bytes that are being written: a bytearray to which encoders append (``out += ...``)."""

    __slots__ = ("depth",)

    def __init__(self) -> None:
        super().__init__()
        self.depth: int = 0

    def getvalue(self) -> bytes:
        """Return what was encoded up to now."""
        return bytes(self)

    def enter(self) -> None:
        """Go one level down in a value of a recursive type; raises XDRError below DEPTH levels."""
        self.depth += 1
        if self.depth > DEPTH:
            raise XDRError(f"is nested more than {DEPTH} levels deep")


@final
class Decoder:
    """Bytes that are being read, and how far.

    ``data`` is read from ``start`` on. What decoders return are copies, so that ``data`` may be written again after.
    No length inside can ask for more than what is there. So ``limit``, the most bytes that there may be, bounds the
    memory that a value takes: some tens of bytes for each of them. Raises XDRError if there are more.
    """

    __slots__ = ("buffer", "depth", "position")

    def __init__(self, data: "bytes | bytearray | memoryview[int]", start: int = 0, *, limit: int = MAXIMUM) -> None:
        # Of a memoryview each slice would have to be copied by another call; and a slice of bytes is a copy.
        self.buffer: Final[bytes] = data if isinstance(data, bytes) else bytes(data)
        self.position: int = start
        self.depth: int = 0
        if len(self.buffer) - start > limit:
            raise XDRError(f"{len(self.buffer) - start} bytes are more than the limit of {limit}")

    @property
    def remaining(self) -> int:
        """How many bytes have not been decoded yet."""
        return len(self.buffer) - self.position

    def finish(self) -> None:
        """Check that everything was decoded; raises XDRError if bytes are left."""
        if self.position != len(self.buffer):
            raise XDRError(f"{self.remaining} bytes are left behind the value")

    def enter(self) -> None:
        """Go one level down in a value of a recursive type; raises XDRError below DEPTH levels."""
        self.depth += 1
        if self.depth > DEPTH:
            raise XDRError(f"is nested more than {DEPTH} levels deep")


Encode: TypeAlias = Callable[[Encoder, T], None]


Decode: TypeAlias = Callable[[Decoder], T]


@final
class Fields:
    """What fields behind one another are: struct's code of each, and its name, which serves errors.

    A name is an attribute of the value, dotted if it is of a value inside. One with a # before it is the length of the
    attribute; the code * is for bytes of any length.
    """

    __slots__ = ("codes", "lengths", "names")

    def __init__(self, codes: str, names: tuple[str, ...]) -> None:
        self.codes: Final = codes.split()
        self.names: Final = tuple(name.removeprefix("#") for name in names)
        self.lengths: Final = frozenset(name[1:] for name in names if name.startswith("#"))


@final
class Run:
    """Fields of fixed size behind one another, which are packed and unpacked at once."""

    __slots__ = ("fields", "pack", "size", "unpack_from")

    def __init__(self, codes: str, *names: str) -> None:
        packing = struct.Struct(f">{codes.replace(' ', '')}")
        self.fields: Final = Fields(codes, names)
        self.size: Final = packing.size
        self.pack: Final = packing.pack
        self.unpack_from: Final = packing.unpack_from


@final
class SizedRun(dict[int, struct.Struct]):
    """Fields behind one another of which one is bytes: ``run[length]`` packs and unpacks them if these are so many.

    The code behind the bytes' * is of what fills them up to the next four: x to write zeros, s to read it as a value.
    """

    __slots__ = ("_after", "_before", "fields")

    def __init__(self, codes: str, *names: str) -> None:
        super().__init__()
        self.fields: Final = Fields(codes.replace("* x", "*").replace("* s", "*"), names)
        self._before, self._after = codes.replace(" ", "").split("*")

    def __missing__(self, length: int) -> struct.Struct:
        if len(self) >= _KEPT:
            self.clear()
        self[length] = packing = struct.Struct(f">{self._before}{length}s{-length & 3}{self._after}")
        return packing


def short(data: Decoder, needed: int) -> XDRError:
    """Return the error for bytes that end too early."""
    return XDRError(f"{needed} bytes are needed, {max(data.remaining, 0)} are left")
