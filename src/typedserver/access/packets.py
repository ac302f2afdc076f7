"""Packets on a stream, each behind its length, as the authenticators exchange them. It knows a stream."""

import contextlib
from collections.abc import Generator

from typedserver.coroutines.stream import Stream
from typedserver.errors import AuthenticationFailed
from typedserver.security.challenge import LENGTH_BYTES, ProtocolBroken, size_of_packet


async def read_packet(stream: Stream[object], most: int) -> bytes:
    """Read a packet, and not a byte more; raises ProtocolBroken if one of more than ``most`` bytes is announced."""
    return await stream.readexactly(size_of_packet(await stream.readexactly(LENGTH_BYTES), most))


@contextlib.contextmanager
def failing(answer: bytes = b"") -> Generator[None, None, None]:
    """Raise AuthenticationFailed with this answer if the peer breaks its protocol in the block."""
    try:
        yield
    except ProtocolBroken as broken:
        raise AuthenticationFailed(str(broken), answer) from None
