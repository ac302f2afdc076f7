"""RecordMarking: where a message begins and ends in a stream (RFC 5531, 11). It knows bytes, and no call."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from typedserver.errors import FramingError
from typedserver.protocols.messages import Answer, AnsweringFraming, BatchFraming, Gathering, GatheringFraming
from typedserver.recipes import check_at_least, recipe_repr

# The last fragment of a record has this bit in its mark; the rest is the fragment's length.
_LAST: Final = 0x8000_0000
_LENGTH: Final = 0x7FFF_FFFF
_SIZE: Final = 4

_MARK: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMarking:
    """Messages as records: each in one or more fragments, before each of which stands its length.

    A reply is sent as one fragment. A record may come in fragments of any size, but for empty ones before the last: of
    these a peer could send any number without ever coming to the limit.

    limit: the most bytes of a record that comes, without the marks.

    Raises RecipeError for a limit below 1.
    """

    limit: int = 2**20

    def __post_init__(self) -> None:
        check_at_least("RecordMarking", "limit", self.limit, 1, "give the longest call in bytes")

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        """Return the record that begins at ``start``; raises FramingError if it is beyond the limit."""
        if len(data) - start < _SIZE:
            return None
        (mark,) = _MARK.unpack_from(data, start)
        begin = start + _SIZE
        end = begin + (mark & _LENGTH)
        if mark & _LAST and end - begin <= self.limit:
            return (data[begin:end], end) if end <= len(data) else None
        record = Record(self.limit)
        found = record.feed(data, start)
        return None if found is None else (bytes(record.content), found)

    def encode(self, reply: bytes, /) -> bytes:
        """Return a reply behind its mark; raises ValueError beyond 2 GiB."""
        if len(reply) > _LENGTH:
            raise ValueError(f"the reply has {len(reply)} bytes, and a fragment takes {_LENGTH}")
        return _MARK.pack(_LAST | len(reply)) + reply

    def split(self, data: bytes, /) -> tuple[Sequence[bytes], bytes]:
        """Return all records of ``data``, and what follows the last of them, or the first that is none."""
        messages: list[bytes] = []
        start = 0
        try:
            while (taken := self.decode(data, start)) is not None:
                message, start = taken
                messages.append(message)
        except FramingError:
            # ``decode`` says it again for what is left.
            pass
        return messages, data[start:]

    def join(self, replies: Sequence[bytes], /) -> bytes:
        """Return replies, each behind its mark; raises as ``encode`` does."""
        return b"".join(map(self.encode, replies))

    def answering(self, function: Callable[[bytes], object], /) -> Answer:
        """Return what answers data if it is one record of one fragment."""
        limit = self.limit

        def answer(data: bytes) -> bytes | tuple[object] | None:
            length = len(data) - _SIZE
            if not 0 <= length <= limit or _MARK.unpack_from(data)[0] != _LAST | length:
                return None
            reply = function(data[_SIZE:])
            if type(reply) is bytes and len(reply) <= _LENGTH:
                return _MARK.pack(_LAST | len(reply)) + reply
            return (reply,)

        return answer

    def gather(self, data: bytes, /) -> Gathering:
        """Begin with a record that is not complete."""
        return _Gathered(data, self.limit)

    __repr__ = recipe_repr


class Record:
    """One record, as far as it has come. It costs each byte once, in however many fragments and pieces they are.

    content: what its fragments bear. left: how many bytes of the fragment that has begun are to come. taken: how many
    bytes have come, with the marks.
    """

    __slots__ = ("_is_last", "_limit", "_mark", "content", "left", "taken")

    def __init__(self, limit: int) -> None:
        self._limit: Final = limit
        self.content: Final = bytearray()
        self.taken: int = 0
        # The bytes of a mark that has not come whole.
        self._mark = b""
        self.left: int = 0
        self._is_last = False

    @property
    def wants(self) -> int:
        """How many bytes it takes next: the rest of a fragment or of a mark."""
        return self.left or _SIZE - len(self._mark)

    def feed(self, data: bytes, start: int) -> int | None:
        """Take what has come from ``start`` on; returns where the record ends, None if more must come.

        Raises FramingError for a record that is beyond the limit.
        """
        at = start
        while True:
            piece = data[at : at + self.left]
            self.content.extend(piece)
            at += len(piece)
            self.left -= len(piece)
            if self.left == 0 and self._is_last:
                return at
            mark = self._mark + data[at : at + _SIZE - len(self._mark)]
            at += len(mark) - len(self._mark)
            if self.left or len(mark) < _SIZE:
                self._mark = mark
                self.taken += at - start
                return None
            self._mark = b""
            self._begin(mark)

    def _begin(self, packed: bytes) -> None:
        (mark,) = _MARK.unpack(packed)
        self.left = mark & _LENGTH
        self._is_last = bool(mark & _LAST)
        size = len(self.content) + self.left
        if size > self._limit:
            raise FramingError(
                f"a record of at least {size} bytes was announced by the mark {mark:#010x}, and the limit is"
                f" {self._limit}: limit= takes longer ones"
            )
        if not self.left and not self._is_last:
            raise FramingError("an empty fragment came that is not the last of its record")


class _Gathered:
    """A record until it is complete; then it is as if it had come in one fragment."""

    __slots__ = ("_limit", "_record")

    def __init__(self, data: bytes, limit: int) -> None:
        self._limit: Final = limit
        self._record: Final = Record(limit)
        self._record.feed(data, 0)

    def __len__(self) -> int:
        return self._record.taken

    def beginning(self, size: int, /) -> bytes:
        return bytes(self._record.content[:size])

    def add(self, piece: bytes, /) -> bytes | None:
        record = self._record
        try:
            end = record.feed(piece, 0)
        except FramingError:
            # What ``decode`` finds wrong as well, and it is asked for the error.
            return _MARK.pack(min(len(record.content) + record.left, _LENGTH) if record.left else 0)
        return None if end is None else _MARK.pack(_LAST | len(record.content)) + record.content + piece[end:]


_batches: type[BatchFraming[bytes, bytes]] = RecordMarking
_answers: type[AnsweringFraming[bytes, bytes]] = RecordMarking
_gathers: type[GatheringFraming[bytes, bytes]] = RecordMarking
