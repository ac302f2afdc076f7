"""Mistakes in calling out."""

from typedserver import Asyncio, Multiplexed, Stream, connect, stream_handler

Multiplexed(threads="8")  # error: [arg-type] (reportArgumentType)
Asyncio(threads=None)  # error: [arg-type] (reportArgumentType)
Multiplexed(8)  # error: [call-arg] (reportCallIssue)


@stream_handler
async def forward(stream: Stream) -> None:
    await connect(("h", "1"))  # error: [arg-type] (reportArgumentType)
    await connect(b"/path")  # error: [call-overload] (reportCallIssue)
    await connect("h", 1)  # error: [call-overload] (reportCallIssue)
    await connect(("h", 1), local_address="/path")  # error: [call-overload] (reportCallIssue)
    await connect("/path", timeout="1")  # error: [call-overload] (reportCallIssue)
    async with connect("/path"):  # error: [attr-defined] (reportGeneralTypeIssues)
        await stream.write(b".")
    with await connect("/path"):  # error: [attr-defined] (reportGeneralTypeIssues)
        pass
    connect("/path")  # error: [unused-coroutine] (reportUnusedCoroutine)
