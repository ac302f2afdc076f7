"""Framings: where messages begin and end in a stream. Each is frozen, bounded and without state, and does no I/O."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, Literal, TypeAlias

from typedserver.errors import FramingError, RecipeError
from typedserver.protocols.messages import Answer, AnsweringFraming, BatchFraming, ForeseeingFraming
from typedserver.recipes import beginning, check_at_least, check_flags, recipe_repr, shown

_DEFAULT_LIMIT: Final = 2**24

_ZERO: Final = ord("0")
_COMMA: Final = ord(",")

_LONG: Final = "give the longest message in bytes"


def _check_separator(separator: object) -> None:
    if not isinstance(separator, bytes) or not separator:
        raise RecipeError(f"Lines(separator={shown(separator)}) must be bytes, at least one: give b'\\r\\n', say")


def _check_reply(reply: object) -> None:
    if not isinstance(reply, bytes):
        raise TypeError(f"{shown(reply)} is no reply of bytes: return bytes, or let Coded(codec, function) make them")


def _check_length(framing: str, reply: bytes, limit: int) -> None:
    _check_reply(reply)
    if len(reply) > limit:
        raise ValueError(
            f"the reply {beginning(reply, 0)} has {len(reply)} bytes, and {framing} takes {limit}:"
            " give it a larger limit, and the peer as well"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Messages that each end with a separator, which is no part of them.

    separator: the bytes that end a message.
    limit: the most bytes of a message, without the separator.

    Raises RecipeError for an empty separator and a limit below 1.
    """

    separator: bytes = b"\n"
    limit: int = 65536
    # Whether an end of the separator is also its beginning: then it may be found across the end of a reply.
    _overlaps: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        separator = self.separator
        _check_separator(separator)
        check_at_least("Lines", "limit", self.limit, 1, _LONG)
        overlaps = any(separator.startswith(separator[at:]) for at in range(1, len(separator)))
        object.__setattr__(self, "_overlaps", overlaps)

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        """Return the line that begins at ``start``; raises FramingError if it is beyond the limit."""
        separator = self.separator
        end = data.find(separator, start, start + self.limit + len(separator))
        if end >= 0:
            return data[start:end], end + len(separator)
        if len(data) - start >= self.limit + len(separator):
            raise FramingError(
                f"{beginning(data, start)} came, and no {separator!r} within {self.limit} bytes:"
                " Lines(limit=...) takes longer messages"
            )
        return None

    def encode(self, reply: bytes, /) -> bytes:
        """Return a reply with the separator behind it; raises ValueError if it could not be read as one message."""
        if type(reply) is not bytes or len(reply) > self.limit:
            _check_length("Lines", reply, self.limit)
        sent = reply + self.separator
        # As ``in``, which takes twice as long.
        if sent.find(self.separator) != len(reply):
            raise ValueError(
                f"the reply {beginning(reply, 0)} would be read as more than one, because {self.separator!r} is in it:"
                " take it out, or use LengthPrefixed"
            )
        return sent

    def split(self, data: bytes, /) -> tuple[Sequence[bytes], bytes]:
        """Return all lines of ``data``, and what follows the last of them, or the first that is too long."""
        messages = data.split(self.separator)
        rest = messages.pop()
        if len(data) > self.limit and messages and len(max(messages, key=len)) > self.limit:
            at = next(at for at, message in enumerate(messages) if len(message) > self.limit)
            rest = self.separator.join([*messages[at:], rest])
            del messages[at:]
        return messages, rest

    def join(self, replies: Sequence[bytes], /) -> bytes:
        """Return replies with a separator behind each; raises ValueError as ``encode`` does."""
        separator = self.separator
        sent = separator.join(replies) + separator
        if sent.count(separator) != len(replies) or len(sent) > self.limit or self._overlaps:
            return b"".join(map(self.encode, replies))
        return sent

    def answering(self, function: Callable[[bytes], object], /) -> Answer:
        """Return what answers data if it is one line."""
        separator, limit, overlaps = self.separator, self.limit, self._overlaps
        first = separator[0]

        def answer(data: bytes) -> bytes | tuple[object] | None:
            message, found, rest = data.partition(separator)
            if rest or not found or len(message) > limit or overlaps:
                return None
            reply = function(message)
            # A number first, because to look for bytes costs ten times more.
            if type(reply) is bytes and (first not in reply or separator not in reply) and len(reply) <= limit:
                return reply + separator
            return (reply,)

        return answer

    def lacks(self, data: bytes, /) -> tuple[int, bytes]:
        """Return how many bytes are too many, and that the separator may come before."""
        return self.limit + len(self.separator) - len(data), self.separator

    __repr__ = recipe_repr


_UnpackFrom: TypeAlias = Callable[[bytes, int], tuple[int]]
_Pack: TypeAlias = Callable[[int], bytes]
_FORMATS: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}


def _packing(size: int, byteorder: Literal["big", "little"]) -> tuple[_UnpackFrom, _Pack]:
    """Return what reads a length at a place in bytes, and what writes one, each as quickly as can be."""
    form = _FORMATS.get(size)
    if form is None:
        return (
            lambda data, at: (int.from_bytes(data[at : at + size], byteorder),),
            lambda length: length.to_bytes(size, byteorder),
        )
    packed = struct.Struct((">" if byteorder == "big" else "<") + form)
    unpack: _UnpackFrom = packed.unpack_from
    pack: _Pack = packed.pack
    return unpack, pack


@dataclass(frozen=True, slots=True)
class LengthPrefixed:
    """Messages that each stand behind their length.

    size: how many bytes the length has, 1 to 8.
    byteorder: of the length.
    limit: the most bytes of a message, without the length; no more than the length can say, in any case.
    counts_itself: whether the length counts its own bytes, too.

    Raises RecipeError if a value cannot work.
    """

    size: Literal[1, 2, 3, 4, 5, 6, 7, 8] = 4
    byteorder: Literal["big", "little"] = "big"
    limit: int = _DEFAULT_LIMIT
    counts_itself: bool = False
    _most: int = field(init=False, repr=False, compare=False)
    _counted: int = field(init=False, repr=False, compare=False)
    _unpack: _UnpackFrom = field(init=False, repr=False, compare=False)
    _pack: _Pack = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_size(self.size)
        if self.byteorder not in ("big", "little"):
            raise RecipeError(f"LengthPrefixed(byteorder={shown(self.byteorder)}) must be 'big' or 'little'")
        check_at_least("LengthPrefixed", "limit", self.limit, 1, _LONG)
        check_flags("LengthPrefixed", counts_itself=self.counts_itself)
        counted = self.size if self.counts_itself else 0
        object.__setattr__(self, "_counted", counted)
        object.__setattr__(self, "_most", min(self.limit, 256**self.size - 1 - counted))
        unpack, pack = _packing(self.size, self.byteorder)
        object.__setattr__(self, "_unpack", unpack)
        object.__setattr__(self, "_pack", pack)

    def _length(self, data: bytes, start: int) -> int:
        (said,) = self._unpack(data, start)
        length = said - self._counted
        if length > self.limit:
            raise FramingError(
                f"a message of {length} bytes was announced by {shown(data[start : start + self.size])}, and the limit"
                f" is {self.limit}: LengthPrefixed(limit=...) takes longer messages"
            )
        if length < 0:
            raise FramingError(
                f"the length {said} was sent, {shown(data[start : start + self.size])}, which is less than the"
                f" {self.size} bytes that it has itself: without counts_itself, lengths are of the message alone"
            )
        return length

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        """Return the message whose length begins at ``start``; raises FramingError if it is beyond the limit."""
        begin = start + self.size
        if len(data) < begin:
            return None
        end = begin + self._length(data, start)
        return (data[begin:end], end) if end <= len(data) else None

    def encode(self, reply: bytes, /) -> bytes:
        """Return a reply behind its length; raises ValueError if it is beyond the limit."""
        if type(reply) is not bytes or len(reply) > self._most:
            _check_length("LengthPrefixed", reply, self._most)
        return self._pack(len(reply) + self._counted) + reply

    def split(self, data: bytes, /) -> tuple[Sequence[bytes], bytes]:
        """Return all messages of ``data``, and what follows the last of them, or the first that is none."""
        size, unpack, counted, total = self.size, self._unpack, self._counted, len(data)
        most, head = self.limit + counted, size - counted
        messages: list[bytes] = []
        start, last = 0, total - size
        while start <= last:
            (said,) = unpack(data, start)
            end = start + head + said
            if end > total or not counted <= said <= most:
                break
            messages.append(data[start + size : end])
            start = end
        return messages, data[start:]

    def join(self, replies: Sequence[bytes], /) -> bytes:
        """Return replies, each behind its length; raises ValueError as ``encode`` does."""
        if self._counted or max(map(len, replies)) > self._most:
            return b"".join(map(self.encode, replies))
        return b"".join(chain.from_iterable(zip(map(self._pack, map(len, replies)), replies, strict=True)))

    def answering(self, function: Callable[[bytes], object], /) -> Answer:
        """Return what answers data if it is one message behind its length."""
        size, limit, counted, most, pack, unpack = (
            self.size,
            self.limit,
            self._counted,
            self._most,
            self._pack,
            self._unpack,
        )

        def answer(data: bytes) -> bytes | tuple[object] | None:
            length = len(data) - size
            if not 0 <= length <= limit or unpack(data, 0)[0] - counted != length:
                return None
            reply = function(data[size:])
            if type(reply) is bytes and len(reply) <= most:
                return pack(len(reply) + counted) + reply
            return (reply,)

        return answer

    def lacks(self, data: bytes, /) -> tuple[int, bytes]:
        """Return how many bytes are missing in the message, or in its length."""
        if len(data) < self.size:
            return self.size - len(data), b""
        return self.size + self._length(data, 0) - len(data), b""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.size, self.byteorder, self.limit, self.counts_itself)

    __repr__ = recipe_repr


def _check_size(size: object) -> None:
    if not isinstance(size, int) or isinstance(size, bool) or size not in range(1, 9):
        raise RecipeError(f"LengthPrefixed(size={shown(size)}) must be 1 to 8: give the bytes of the length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Netstrings:
    """Messages as netstrings: ``5:hello,`` (https://cr.yp.to/proto/netstrings.txt).

    limit: the most bytes of a message.

    Raises RecipeError for a limit below 1.
    """

    limit: int = _DEFAULT_LIMIT
    # How many digits a length may have.
    _digits: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_at_least("Netstrings", "limit", self.limit, 1, _LONG)
        object.__setattr__(self, "_digits", len(str(self.limit)))

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        """Return the netstring that begins at ``start``; raises FramingError for what is none, or beyond the limit."""
        colon = data.find(b":", start, start + self._digits + 1)
        length = data[start:colon] if colon >= 0 else data[start : start + self._digits + 1]
        if not length.isdigit() or (length[0] == _ZERO and len(length) > 1):
            if colon < 0 and not length:
                return None
            raise FramingError(f"{beginning(data, start)} is no netstring: its length must come first, as 5:hello,")
        if len(length) > self._digits or int(length) > self.limit:
            raise FramingError(
                f"a netstring was announced by {shown(length)}, and the limit is {self.limit}:"
                " Netstrings(limit=...) takes longer ones"
            )
        end = colon + 1 + int(length)
        if colon < 0 or end >= len(data):
            return None
        if data[end] != _COMMA:
            raise FramingError(
                f"the netstring {beginning(data, start)} has {shown(data[end : end + 1])} behind it: it must have ','"
            )
        return data[colon + 1 : end], end + 1

    def encode(self, reply: bytes, /) -> bytes:
        """Return a reply as a netstring; raises ValueError if it is beyond the limit."""
        _check_length("Netstrings", reply, self.limit)
        return b"%d:%b," % (len(reply), reply)

    def lacks(self, data: bytes, /) -> tuple[int, bytes]:
        """Return how many bytes are missing in the netstring; one if that is not known yet."""
        colon = data.find(b":")
        return (1 if colon < 0 else colon + 2 + int(data[:colon]) - len(data)), b""

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True)
class FixedLength:
    """Messages that have all the same length.

    length: of each, in bytes.

    Raises RecipeError for a length below 1.
    """

    length: int

    def __post_init__(self) -> None:
        check_at_least("FixedLength", "length", self.length, 1, "give the bytes of each message")

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        """Return the message that begins at ``start``."""
        end = start + self.length
        return (data[start:end], end) if end <= len(data) else None

    def encode(self, reply: bytes, /) -> bytes:
        """Return a reply as it is; raises ValueError if it has another length."""
        _check_reply(reply)
        if len(reply) != self.length:
            raise ValueError(
                f"the reply {beginning(reply, 0)} has {len(reply)} bytes, and all have {self.length}: fill it up"
            )
        return reply

    def split(self, data: bytes, /) -> tuple[Sequence[bytes], bytes]:
        """Return all messages of ``data``, and what follows the last of them."""
        length = self.length
        whole = len(data) - len(data) % length
        return [data[start : start + length] for start in range(0, whole, length)], data[whole:]

    def join(self, replies: Sequence[bytes], /) -> bytes:
        """Return replies one behind the other; raises ValueError as ``encode`` does."""
        return b"".join(map(self.encode, replies))

    def answering(self, function: Callable[[bytes], object], /) -> Answer:
        """Return what answers data if it is one message."""
        length = self.length

        def answer(data: bytes) -> bytes | tuple[object] | None:
            if len(data) != length:
                return None
            reply = function(data)
            return reply if type(reply) is bytes and len(reply) == length else (reply,)

        return answer

    def lacks(self, data: bytes, /) -> tuple[int, bytes]:
        """Return how many bytes are missing."""
        return self.length - len(data), b""


@dataclass(frozen=True, slots=True)
class Chunks:
    """What has come is a message, whatever it is: for an echo, a proxy, a sink, and where a message ends elsewhere.

    TCP may cut and join what a peer has sent as it likes. So this fits only if that makes no difference to the
    function, or if each peer waits for the reply before it sends more, and sends no more than one receive takes.
    """

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        """Return what there is."""
        return (data[start:], len(data)) if start < len(data) else None

    def encode(self, reply: bytes, /) -> bytes:
        """Return a reply as it is."""
        _check_reply(reply)
        return reply

    def split(self, data: bytes, /) -> tuple[Sequence[bytes], bytes]:
        """Return what there is."""
        return (data,), b""

    def join(self, replies: Sequence[bytes], /) -> bytes:
        """Return replies one behind the other."""
        return b"".join(replies)

    def answering(self, function: Callable[[bytes], object], /) -> Answer:
        """Return what answers data."""

        def answer(data: bytes) -> bytes | tuple[object] | None:
            reply = function(data)
            return reply if type(reply) is bytes else (reply,)

        return answer


_batches: tuple[type[BatchFraming[bytes, bytes]], ...] = (Lines, LengthPrefixed, FixedLength, Chunks)
_answer: tuple[type[AnsweringFraming[bytes, bytes]], ...] = (Lines, LengthPrefixed, FixedLength, Chunks)
_foresee: tuple[type[ForeseeingFraming[bytes, bytes]], ...] = (Lines, LengthPrefixed, Netstrings, FixedLength)
