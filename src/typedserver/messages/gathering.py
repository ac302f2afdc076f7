"""What has come of one message that is not complete: kept until more of it is there. It knows framings only."""

from typing import Final

from typedserver.protocols.messages import ForeseeingFraming, MessageT, ReplyT


class Gathering:
    """Bytes of one message, to which more are added until the message may be complete.

    It costs each byte once, however small the pieces are: they are appended to one buffer, and only what is new is
    searched.
    """

    __slots__ = ("_data", "_ends", "_enough")

    def __init__(self, data: bytes, lacks: tuple[int, bytes]) -> None:
        most, self._ends = lacks
        self._data: Final = bytearray(data)
        # How long it is when decoding is worth a try in any case.
        self._enough: Final = len(data) + most

    def __len__(self) -> int:
        return len(self._data)

    def add(self, piece: bytes) -> bytes | None:
        """Take a piece; returns everything if the message may now be complete, and then is to be thrown away."""
        data = self._data
        searched = len(data)
        data += piece
        ends = self._ends
        if len(data) >= self._enough or (ends and data.find(ends, max(0, searched - len(ends) + 1)) >= 0):
            return bytes(data)
        return None


def begin_gathering(framing: ForeseeingFraming[MessageT, ReplyT] | None, data: bytes) -> Gathering:
    """Begin with the first bytes of a message. A framing that foresees nothing is asked again at each piece."""
    return Gathering(data, (1, b"") if framing is None else framing.lacks(data))
