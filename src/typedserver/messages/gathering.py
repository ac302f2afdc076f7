"""What has come of one message that is not complete: kept until more of it is there. It knows no framing."""

from typing import Final

from typedserver.protocols.messages import Gathering


class ForeseenGathering:
    """Bytes of one message, to which more are added until the message may be complete.

    It costs each byte once, however small the pieces are: they are appended to one buffer, and only what is new is
    searched.

    lacks: how many more bytes make an attempt worth while, and what makes it so earlier if it comes; ``b""``: nothing.
    """

    __slots__ = ("_data", "_ends", "_enough")

    def __init__(self, data: bytes, lacks: tuple[int, bytes]) -> None:
        most, self._ends = lacks
        self._data: Final = bytearray(data)
        # How long it is when decoding is worth a try in any case.
        self._enough: Final = len(data) + most

    def __len__(self) -> int:
        return len(self._data)

    def beginning(self, size: int, /) -> bytes:
        """Return the first bytes, at most ``size`` of them."""
        return bytes(self._data[:size])

    def add(self, piece: bytes, /) -> bytes | None:
        """Take a piece; returns everything if the message may now be complete, and then is to be thrown away."""
        data = self._data
        searched = len(data)
        data += piece
        ends = self._ends
        if len(data) >= self._enough or (ends and data.find(ends, max(0, searched - len(ends) + 1)) >= 0):
            return bytes(data)
        return None


_conforms: type[Gathering] = ForeseenGathering
