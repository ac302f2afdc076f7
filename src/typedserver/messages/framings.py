"""Framings: where messages begin and end in a stream. Each is frozen, bounded and without state, and does no I/O."""

from dataclasses import dataclass
from typing import Final

from typedserver.errors import FramingError, RecipeError
from typedserver.protocols.messages import ForeseeingFraming
from typedserver.recipes import check_at_least, recipe_repr, shown

# Bytes of what a peer has sent in an error's message: enough to recognise it.
_MOST_SHOWN: Final = 40


def _beginning(data: bytes, start: int) -> str:
    return shown(data[start : start + _MOST_SHOWN]) + ("..." if len(data) - start > _MOST_SHOWN else "")


def _check_separator(separator: object) -> None:
    if not isinstance(separator, bytes) or not separator:
        raise RecipeError(f"Lines(separator={shown(separator)}) must be bytes, at least one: give b'\\r\\n', say")


def _check_reply(reply: object) -> None:
    if not isinstance(reply, bytes):
        raise TypeError(f"{shown(reply)} is no reply of bytes: return bytes, or let Coded(codec, function) make them")


@dataclass(frozen=True, slots=True)
class Lines:
    """Messages that each end with a separator, which is no part of them.

    separator: the bytes that end a message.
    limit: the most bytes of a message, without the separator.

    Raises RecipeError for an empty separator and a limit below 1.
    """

    separator: bytes = b"\n"
    limit: int = 65536

    def __post_init__(self) -> None:
        _check_separator(self.separator)
        check_at_least("Lines", "limit", self.limit, 1, "give the longest message in bytes")

    def decode(self, data: bytes, start: int, /) -> tuple[bytes, int] | None:
        """Return the line that begins at ``start``; raises FramingError if it is beyond the limit."""
        separator = self.separator
        end = data.find(separator, start, start + self.limit + len(separator))
        if end >= 0:
            return data[start:end], end + len(separator)
        if len(data) - start >= self.limit + len(separator):
            raise FramingError(
                f"a peer has sent {_beginning(data, start)}, and no {separator!r} within {self.limit} bytes:"
                " Lines(limit=...) takes longer messages"
            )
        return None

    def encode(self, reply: bytes, /) -> bytes:
        """Return a reply with the separator behind it; raises ValueError if it could not be read as one message."""
        _check_reply(reply)
        sent = reply + self.separator
        # Where the separator is found first: a reply's end may be the beginning of one.
        if sent.find(self.separator) != len(reply):
            raise ValueError(
                f"the reply {_beginning(reply, 0)} would be two messages, because {self.separator!r} is in it:"
                " take it out, or use LengthPrefixed"
            )
        if len(reply) > self.limit:
            raise ValueError(
                f"the reply {_beginning(reply, 0)} has {len(reply)} bytes, and the limit is {self.limit}:"
                " Lines(limit=...) takes longer messages"
            )
        return sent

    def lacks(self, data: bytes, /) -> tuple[int, bytes]:
        """Return that the separator may come, or as many bytes as are too many."""
        return self.limit + len(self.separator) - len(data), self.separator

    __repr__ = recipe_repr


_foresees: type[ForeseeingFraming[bytes, bytes]] = Lines
