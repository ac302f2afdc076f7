"""What all exchanges of one recipe share, with what they ask of a framing made the same for every kind of framing."""

from collections.abc import Callable, Sequence
from typing import Final, Generic, cast

from typing_extensions import Buffer

from typedserver.errors import RecipeError
from typedserver.messages.gathering import ForeseenGathering
from typedserver.protocols.messages import (
    Answer,
    AnsweringFraming,
    BatchFraming,
    ForeseeingFraming,
    Framing,
    Gathering,
    GatheringFraming,
    Last,
    MessageT,
    Pending,
    ReplyT,
)
from typedserver.recipes import (
    MOST_SHOWN,
    check_at_least,
    check_callable,
    check_flags,
    check_positive,
    has_methods,
    shown,
)


class Plan(Generic[MessageT, ReplyT]):
    """What all exchanges of one recipe share.

    recipe: its name, for errors.
    greeting: what is sent first, as bytes.
    answering: as in AnsweringFraming; None: the framing has no such.
    encode, split, join: as in BatchFraming.
    in_order: whether replies keep the order of their messages.
    plain: types of replies of which it is known that they are neither pending nor the last; asking each is slow.

    Raises RecipeError if a value cannot work.
    """

    __slots__ = (
        "_foresees",
        "_gathers",
        "_pending",
        "answering",
        "encode",
        "framing",
        "greeting",
        "in_flight",
        "in_order",
        "join",
        "on_error",
        "plain",
        "split",
        "timeout",
    )

    def __init__(  # noqa: PLR0917 - the fields of a recipe, in their order
        self,
        recipe: str,
        framing: Framing[MessageT, ReplyT],
        greeting: ReplyT | None,
        in_flight: int,
        timeout: float | None,
        on_error: Callable[[Exception], ReplyT | Last[ReplyT] | None] | None,
        *,
        in_order: bool = True,
    ) -> None:
        if not has_methods(framing, "decode", "encode"):
            raise RecipeError(f"{recipe}(framing={shown(framing)}) must be a framing: give Lines(), say")
        check_at_least(recipe, "in_flight", in_flight, 1, "give the most replies outstanding on one connection")
        check_positive(recipe, "timeout", timeout, "give the seconds that a reply may take, or None for no limit")
        remedy = "give a function of the exception that makes a reply"
        check_callable(recipe, "on_error", on_error, remedy, needed=False, takes=("error",))
        check_flags(recipe, in_order=in_order)
        self.framing: Final = framing
        self.in_order: Final = in_order
        self.in_flight: Final = in_flight
        self.timeout: Final = timeout
        self.on_error: Final = on_error
        self._foresees: Final[ForeseeingFraming[MessageT, ReplyT] | None] = (
            framing if isinstance(framing, ForeseeingFraming) else None
        )
        self._gathers: Final[GatheringFraming[MessageT, ReplyT] | None] = (
            framing if isinstance(framing, GatheringFraming) else None
        )
        batch: BatchFraming[MessageT, ReplyT] = framing if isinstance(framing, BatchFraming) else _Singly(framing)
        # Taken once: it would cost each message to make these methods of the framing.
        self.encode: Final = framing.encode
        self.answering: Final[Callable[[Callable[[MessageT], object]], Answer] | None] = (
            framing.answering if isinstance(framing, AnsweringFraming) else None
        )
        self.split: Final = batch.split
        self.join: Final = batch.join
        self.plain: Final[set[type]] = {bytes}
        self._pending: Final[set[type]] = set()
        try:
            self.greeting: Final = b"" if greeting is None else self.encoded(greeting)
        except Exception as error:
            raise RecipeError(
                f"{recipe}(greeting={shown(greeting)}) cannot be sent by {shown(framing)}: {error}"
            ) from error

    def encoded(self, reply: ReplyT) -> bytes:
        """Return a reply as bytes; raises what ``encode`` raises, and TypeError if that returns anything else."""
        # A framing of the user's may be wrong about its type.
        sent = cast("object", self.encode(reply))
        if not isinstance(sent, Buffer):
            raise TypeError(
                f"{shown(self.framing)} has made {shown(sent)} of the reply {shown(reply)}: encode must return bytes"
            )
        return bytes(sent)

    def gathering(self, rest: bytes) -> Gathering:
        """Begin to gather a message that is not complete; raises what ``decode`` raises if it can be none."""
        taken = self.framing.decode(rest, 0)
        if taken is not None:
            raise RecipeError(
                f"{shown(self.framing)} finds a message in {shown(rest[:MOST_SHOWN])}, and the next one at {taken[1]}"
                f" of {len(rest)} bytes: decode must return a number above the start and within the data, and split"
                " leave no message behind"
            )
        if self._gathers is not None:
            return self._gathers.gather(rest)
        # Without foresight any further byte may complete it.
        return ForeseenGathering(rest, (1, b"") if self._foresees is None else self._foresees.lacks(rest))

    def is_pending(self, reply: object) -> bool:
        """Return whether a reply is a pending one; notes of which kind its type is."""
        # Whether it is one by its members is asked last, because that takes longer than most functions.
        kind = type(reply)
        if kind in self._pending:
            return True
        if reply is None or kind in self.plain or isinstance(reply, Last):
            return False
        if isinstance(reply, Pending):
            self._pending.add(kind)
            return True
        self.plain.add(kind)
        return False


class _Singly(Generic[MessageT, ReplyT]):
    """Splits and joins by a framing that takes one message at once."""

    __slots__ = ("_framing",)

    def __init__(self, framing: Framing[MessageT, ReplyT]) -> None:
        self._framing: Final = framing

    def decode(self, data: bytes, start: int, /) -> tuple[MessageT, int] | None:
        return self._framing.decode(data, start)

    def encode(self, reply: ReplyT, /) -> bytes:
        return self._framing.encode(reply)

    def split(self, data: bytes, /) -> tuple[list[MessageT], bytes]:
        decode = self._framing.decode
        messages: list[MessageT] = []
        start = 0
        # What it raises, it raises again for what is left: when the messages before are answered.
        try:
            while start < len(data) and (taken := decode(data, start)) is not None and start < taken[1] <= len(data):
                message, start = taken
                messages.append(message)
        except Exception:  # noqa: BLE001, S110 - see above
            pass
        return messages, data[start:]

    def join(self, replies: Sequence[ReplyT], /) -> bytes:
        return b"".join(map(self._framing.encode, replies))
