"""Messages of a stream: what a framing's messages are, so are those of the stream, of a handler's and of a client's."""

from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import assert_type

from typedserver import Stream, connect, stream_handler


@dataclass(frozen=True)
class Numbers:
    """A framing whose messages are numbers, and whose replies are texts."""

    def decode(self, data: bytes, start: int, /) -> tuple[int, int] | None:
        return (data[start], start + 1) if start < len(data) else None

    def encode(self, reply: str, /) -> bytes:
        return reply.encode()


@stream_handler
async def serve(stream: Stream) -> None:
    messages = stream.messages(Numbers())
    assert_type(messages, AsyncIterator[int])
    assert_type(await anext(messages), int)
    assert_type(await anext(messages, None), int | None)
    async for number in messages:
        assert_type(number, int)
        await stream.send(Numbers(), str(number))
    await assert_type(stream.send(Numbers(), ""), Coroutine[object, None, None])


async def ask(path: str) -> list[int]:
    async with await connect(path) as other:
        await other.send(Numbers(), "ask")
        return [number async for number in other.messages(Numbers())]
