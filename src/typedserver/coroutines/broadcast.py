"""Broadcasting: one message to many streams at once, by whom nobody is held up. It knows streams, no servers."""

from collections.abc import Iterable
from typing import Any

from typing_extensions import Buffer, TypeVar

from typedserver.coroutines.stream import Stream

_StreamT = TypeVar("_StreamT", bound=Stream[Any, Any])


def broadcast(streams: Iterable[_StreamT], data: Buffer) -> list[_StreamT]:
    """Give ``data`` to all streams at once, and return those that are too slow for it; from any thread.

    It never waits: each stream is given it by ``Stream.try_write``. So a stream that is returned has not a part of it,
    and gets nothing, unless you give it more later. Streams that have ended are skipped.

    The streams are looked at once, at the beginning: a set that other threads change meanwhile may be given as it is.
    Raises CompositionError if one of them has a TLS connection, as ``try_write`` does.
    """
    # Once for all, because each outbox would otherwise make a copy of what may change.
    message = data if type(data) is bytes else bytes(memoryview(data))
    slow: list[_StreamT] = []
    for stream in tuple(streams):
        try:
            if not stream.try_write(message):
                slow.append(stream)
        except OSError:
            # It has ended: its own handler hears of that.
            continue
    return slow
