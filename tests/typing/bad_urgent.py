"""Policies and calls for urgent data that cannot be."""

from typedserver import Stream, StreamConfig

StreamConfig(urgent="in-band")  # error: [arg-type] (reportArgumentType)
StreamConfig(urgent=True)  # error: [arg-type] (reportArgumentType)


async def serve(stream: Stream) -> None:
    await stream.send_urgent("!")  # error: [arg-type] (reportArgumentType)
    await stream.wait_urgent("1")  # error: [arg-type] (reportArgumentType)
    await stream.urgent  # error: [misc] (reportGeneralTypeIssues)
    stream.send_urgent(b"!")  # error: [unused-coroutine] (reportUnusedCoroutine)
