"""Messages of a stream that are used as what they are not."""

from dataclasses import dataclass

from typedserver import Stream, stream_handler


@dataclass(frozen=True)
class Numbers:
    """A framing whose messages are numbers, and whose replies are texts."""

    def decode(self, data: bytes, start: int, /) -> tuple[int, int] | None:
        return (data[start], start + 1) if start < len(data) else None

    def encode(self, reply: str, /) -> bytes:
        return reply.encode()


class OnlyDecodes:
    def decode(self, data: bytes, start: int, /) -> tuple[int, int] | None:
        return (data[start], start + 1) if start < len(data) else None


@stream_handler
async def serve(stream: Stream) -> None:
    async for number in stream.messages(Numbers()):
        number.upper()  # error: [attr-defined] (reportAttributeAccessIssue)
        await stream.send(Numbers(), number)  # error: [misc] (reportArgumentType)
    await stream.send(Numbers(), b"bytes")  # error: [misc] (reportArgumentType)
    await stream.send("a message")  # error: [call-arg] (reportCallIssue)
    await stream.send("a message", Numbers())  # error: [arg-type] (reportArgumentType)
    stream.send(Numbers(), "a message")  # error: [unused-coroutine] (reportUnusedCoroutine)
    for _ in stream.messages(Numbers()):  # error: [attr-defined] (reportGeneralTypeIssues)
        pass
    stream.messages(Numbers)  # error: [arg-type] (reportArgumentType)
    stream.messages(OnlyDecodes())  # error: [arg-type] (reportArgumentType)
    stream.messages(Numbers(), limit=3)  # error: [call-arg] (reportCallIssue)
    text: str = await anext(stream.messages(Numbers()))  # error: [arg-type] (reportAssignmentType)
    print(text)
