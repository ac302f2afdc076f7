"""Messages of a stream: what a Stream reads by a framing, from the buffer that its other reads use.

It knows the contract of a framing and the buffer of ``reading.py``; nothing of how a stream writes.
"""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, Never, Self

from typedserver.coroutines.reading import LARGEST_RECEIVE, Reading
from typedserver.errors import FramingError, IncompleteMessage, IncompleteRead, RecipeError
from typedserver.protocols.messages import ForeseeingFraming, Framing, Message_co, MessageT


class _Messages(Generic[Message_co]):
    """The messages of a stream, one after the other.

    No generator: a read that was cancelled, or whose time was over, would end one, and the stream goes on.
    """

    __slots__ = ("_next",)

    def __init__(self, following: Callable[[], Awaitable[Message_co]]) -> None:
        self._next = following

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Awaitable[Message_co]:
        return self._next()


class MessageReading(Reading):
    """What ``Stream`` inherits for reading messages; all that is kept is the buffer of ``Reading``."""

    __slots__ = ()

    def messages(self, framing: Framing[MessageT, Never]) -> AsyncIterator[MessageT]:
        """Iterate over the messages that the peer sends, until it ends its stream between two of them.

        framing: where messages begin and end. Its limit bounds what is buffered.

        What was received and is not yet a message stays the stream's. So this mixes with ``read`` and ``readline``, and
        another framing may follow, as after an upgrade; for a single message write
        ``await anext(stream.messages(framing))``. A timeout or a cancellation loses nothing: ask for the next message
        again. When the server drains, the stream ends between two messages, as it does between two lines.

        Raises FramingError if what has come is no message, which another ValueError of the framing says as well, and
        IncompleteMessage if the stream ends in the middle of one. All that was buffered is gone then, because nobody
        knows where the next message would begin.
        """
        # Asked once, because asking is slow.
        foreseeing = framing if isinstance(framing, ForeseeingFraming) else None
        return _Messages(functools.partial(self._next_message, framing, foreseeing))

    async def _next_message(
        self, framing: Framing[MessageT, Never], foreseeing: ForeseeingFraming[MessageT, Never] | None
    ) -> MessageT:
        if self._budget <= 0:
            await self._rest()
        while True:
            data = self._data
            if not data:
                exchange = self._exchange
                if exchange.mid_message:
                    exchange.mid_message = False
                data = self._data = await self._receive(LARGEST_RECEIVE)
                if not data:
                    raise StopAsyncIteration
            start = self._start
            try:
                found = framing.decode(data, start)
            except ValueError as error:
                self._take(self.buffered)
                raise _refusal(error)  # noqa: B904 - it names its cause by itself, or is the error
            if found is None:
                await self._receive_more((1, b"") if foreseeing is None else foreseeing.lacks(data[start:]))
                continue
            message, end = found
            if start < end < len(data):
                self._start = end
            elif end == len(data):
                self._data, self._start = b"", 0
            else:
                raise _misplaced(framing, start, end, len(data))
            self._budget -= 1
            self._exchange.mid_message = True
            return message

    async def _receive_more(self, lacks: tuple[int, bytes]) -> None:
        """Receive until a message that has begun may be complete; raises IncompleteMessage if the stream ends.

        lacks: see ``ForeseeingFraming``.
        """
        most, ends = lacks
        enough = self.buffered + most
        searched = self.buffered

        def complete(gathered: bytearray) -> bool:
            nonlocal searched
            if len(gathered) >= enough or (ends and gathered.find(ends, max(0, searched - len(ends) + 1)) >= 0):
                return True
            searched = len(gathered)
            return False

        try:
            await self._gather(complete, None)
        except IncompleteRead as end:
            raise IncompleteMessage(
                f"the stream ended in the middle of a message, of which {len(end.partial)} bytes had come"
            ) from None


def _refusal(error: ValueError) -> FramingError:
    if isinstance(error, FramingError):
        return error
    refusal = FramingError(f"a peer has sent what has no value: {error}")
    refusal.__cause__ = error
    return refusal


def _misplaced(framing: object, start: int, end: int, size: int) -> RecipeError:
    return RecipeError(
        f"{framing!r} found a message from {start} to {end} of {size} bytes: decode must return an end that is beyond "
        "the start and within the data"
    )
