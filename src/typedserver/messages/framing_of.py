"""FramingOf: a framing of bytes and a codec as one framing, whose messages are values."""

from dataclasses import dataclass
from typing import Generic

from typedserver.errors import RecipeError
from typedserver.protocols.messages import Codec, ForeseeingFraming, Framing, MessageT, ReplyT
from typedserver.recipes import has_methods, recipe_repr, shown


@dataclass(frozen=True, slots=True)
class FramingOf(Generic[MessageT, ReplyT]):
    """A framing whose messages and replies are a codec's values: for Sessions, for ``Last``, and for a Stream.

    ``Framed(Lines(), Coded(Text(), function))`` and ``Framed(FramingOf(Lines(), Text()), function)`` answer alike. The
    first has a function of bytes, which an executor or a datagram may have as well. In the second the function sees
    nothing but values, so it may return ``Last(text)``, and a session may push texts.

    framing: where messages begin and end.
    codec: what each of them means. If it raises ValueError, the peer is at fault, as by the framing's own FramingError.

    Raises RecipeError if a value cannot work.
    """

    framing: Framing[bytes, bytes]
    codec: Codec[MessageT, ReplyT]

    def __post_init__(self) -> None:
        if not has_methods(self.framing, "decode", "encode"):
            raise RecipeError(f"FramingOf(framing={shown(self.framing)}) must be a framing: give Lines(), say")
        if not has_methods(self.codec, "decode", "encode"):
            raise RecipeError(f"FramingOf(codec={shown(self.codec)}) must be a codec: give Text(), say")

    def decode(self, data: bytes, start: int, /) -> tuple[MessageT, int] | None:
        """Return the value of the message that begins at ``start``; raises as the framing and the codec do."""
        taken = self.framing.decode(data, start)
        return None if taken is None else (self.codec.decode(taken[0]), taken[1])

    def encode(self, reply: ReplyT, /) -> bytes:
        """Return a value as it is sent; raises as the codec and the framing do."""
        return self.framing.encode(self.codec.encode(reply))

    def lacks(self, data: bytes, /) -> tuple[int, bytes]:
        """Return what the framing foresees, if it does."""
        return self.framing.lacks(data) if isinstance(self.framing, ForeseeingFraming) else (1, b"")

    __repr__ = recipe_repr


_foresees: type[ForeseeingFraming[object, object]] = FramingOf[object, object]
