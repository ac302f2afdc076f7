"""Coded: a function of values as a function of bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, cast

from typedserver.errors import FramingError, RecipeError
from typedserver.protocols.messages import Codec, Last, MessageT, Pending, ReplyT
from typedserver.recipes import beginning, check_callable, has_methods, recipe_repr, shown


@dataclass(frozen=True, slots=True)
class Coded(Generic[MessageT, ReplyT]):
    """A function of values as a function of bytes, for Framed, Sessions, Submitted and datagram_handler.

    codec: makes the value of a message, and the bytes of a reply.
    function: returns the reply to a value, or None for none.
    on_error: returns the reply to a message of which the codec makes no value, by a ValueError; None for no reply.
    Without it that is a FramingError: the peer's connection ends, and nobody else's. If the codec cannot write a reply,
    that is a failure of the function, and so is a ``Last`` or a Future: ``FramingOf(framing, codec)`` takes those.

    Raises RecipeError if a value cannot work.
    """

    codec: Codec[MessageT, ReplyT]
    function: Callable[[MessageT], ReplyT | None]
    on_error: Callable[[ValueError], ReplyT | None] | None = None

    def __post_init__(self) -> None:
        if not has_methods(self.codec, "decode", "encode"):
            raise RecipeError(f"Coded(codec={shown(self.codec)}) must be a codec: give Text(), say")
        remedy = "give a function of a value that returns the reply"
        check_callable("Coded", "function", self.function, remedy, takes=("message",))
        remedy = "give a function of the exception that returns the reply"
        check_callable("Coded", "on_error", self.on_error, remedy, needed=False, takes=("error",))

    def __call__(self, data: bytes, /) -> bytes | None:
        """Return the reply to a message; raises FramingError if the codec makes no value of it."""
        codec = self.codec
        try:
            message = codec.decode(data)
        except ValueError as error:
            if self.on_error is None:
                raise FramingError(
                    f"{shown(codec)} makes no value of {beginning(data)}, because {error}: "
                    "Coded(on_error=...) may answer that"
                ) from error
            reply = self.on_error(error)
        else:
            reply = self.function(message)
        try:
            return None if reply is None else codec.encode(reply)
        except Exception as error:
            # A program without type checker may return one all the same.
            returned: object = reply
            if isinstance(returned, (Last, Pending)):
                text = shown(cast("object", returned))
                raise TypeError(
                    f"Coded makes no bytes of {text}: let the function return a reply or None, or serve it by "
                    "Framed(FramingOf(framing, codec), function), which takes Last and Futures"
                ) from error
            raise

    __repr__ = recipe_repr
