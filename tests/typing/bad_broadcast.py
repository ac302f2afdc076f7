"""Mistakes with broadcasts and outboxes."""

from typedserver import Stream, broadcast, stream_handler


@stream_handler
async def misuse(stream: Stream) -> None:
    broadcast([stream], "text")  # error: [arg-type] (reportArgumentType)
    broadcast(stream, b"text")  # error: [arg-type] (reportArgumentType)
    broadcast([b"text"], b"text")  # error: [type-var] (reportArgumentType)
    broadcast([stream])  # error: [call-arg] (reportCallIssue)
    stream.try_write("text")  # error: [arg-type] (reportArgumentType)
    await stream.try_write(b"text")  # error: [misc] (reportGeneralTypeIssues)
    stream.message_done(b"text")  # error: [call-arg] (reportCallIssue)
