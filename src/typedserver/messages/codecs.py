"""Codecs: what one whole message means, and how a reply is written. Frozen, and without state."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from typedserver.errors import RecipeError
from typedserver.protocols.messages import Codec, MessageT, ReplyT
from typedserver.recipes import check_callable, recipe_repr, shown


@dataclass(frozen=True, slots=True)
class Text:
    """Messages and replies as str.

    encoding, errors: as in ``bytes.decode`` and ``str.encode``. With "strict" a message that has no such text is the
    peer's fault.

    Raises RecipeError for an encoding or a way with errors that Python does not know.
    """

    encoding: str = "utf-8"
    errors: str = "strict"

    def __post_init__(self) -> None:
        # Python looks up neither before it must.
        try:
            b"\xff".decode(self.encoding, "replace")
            "\N{SNOWMAN}".encode("ascii", self.errors)
        except (LookupError, TypeError) as error:
            raise RecipeError(
                f"{shown(self)} cannot work, because {error}: give names that Python knows, as 'utf-8' and 'strict'"
            ) from error
        except ValueError:
            # The errors are found, and strict.
            pass

    def decode(self, data: bytes, /) -> str:
        """Return the text of a message; raises UnicodeDecodeError, which is a ValueError, if it has none."""
        return data.decode(self.encoding, self.errors)

    def encode(self, reply: str, /) -> bytes:
        """Return a text as bytes; raises UnicodeEncodeError if it cannot be written so."""
        return reply.encode(self.encoding, self.errors)

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True)
class CodecOf(Generic[MessageT, ReplyT]):
    """Two functions as a codec: those of msgspec, pydantic, json or struct, say.

    decoder: returns the value of a message; a ValueError means that the message has none, which is the peer's fault.
    encoder: returns a reply as bytes.

    Raises RecipeError if one of them is no function.
    """

    decoder: Callable[[bytes], MessageT]
    encoder: Callable[[ReplyT], bytes]

    def __post_init__(self) -> None:
        check_callable("CodecOf", "decoder", self.decoder, "give a function of bytes that returns a value")
        check_callable("CodecOf", "encoder", self.encoder, "give a function of a value that returns bytes")

    def decode(self, data: bytes, /) -> MessageT:
        """Return the value of a message."""
        return self.decoder(data)

    def encode(self, reply: ReplyT, /) -> bytes:
        """Return a reply as bytes."""
        return self.encoder(reply)


_text: type[Codec[str, str]] = Text
_functions: type[Codec[object, object]] = CodecOf[object, object]
