"""Lines that are too long: what becomes of them, whoever reads. Nothing here knows a socket or a handler.

The law of every error of a read, of ``Stream`` and of ``rfile``: a read that raises because of what has come has taken
it, so that no handler that goes on meets the same bytes again; a read that raises because nothing has come, or because
it was interrupted, has taken nothing, so that no byte is lost.
"""

from typedserver.errors import LineTooLong, ReadLimitExceeded


class RestOfLine:
    """What is still to come of a line that was too long: it is discarded as it comes, and not kept.

    separator: what ends the line.
    seen: what has come of the line without its end.
    """

    __slots__ = ("_separator", "_tail")

    def __init__(self, separator: bytes, seen: bytes) -> None:
        self._separator = separator
        self._tail = b""
        self._keep_tail(seen)

    def _keep_tail(self, data: bytes) -> None:
        # The separator may lie across two receives.
        kept = len(self._separator) - 1
        self._tail = data[-kept:] if kept else b""

    def after(self, data: bytes) -> bytes | None:
        """Discard what belongs to the line; returns what follows it, or None if all that has come belongs to it."""
        data = self._tail + data
        end = data.find(self._separator)
        if end < 0:
            self._keep_tail(data)
            return None
        return data[end + len(self._separator) :]


def line_too_long(limit: int, separator: bytes) -> LineTooLong:
    """Make the error of a line of more than ``limit`` bytes."""
    return LineTooLong(
        f"more than {limit} bytes came without {separator!r}: raise StreamConfig(limit=) if that is right"
    )


def read_limit_exceeded(limit: int) -> ReadLimitExceeded:
    """Make the error of a read to the end of file that has found more than ``limit`` bytes."""
    return ReadLimitExceeded(
        f"more than {limit} bytes came before the end of file: read in pieces, or raise StreamConfig(read_limit=)"
    )
