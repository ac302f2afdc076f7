"""What a stream says of urgent data."""

from typing import assert_type

from typedserver import Stream, StreamConfig, stream_handler


@stream_handler(config=StreamConfig(urgent="deliver"))
async def serve(stream: Stream) -> None:
    assert_type(stream.urgent, bytes)
    assert_type(await stream.wait_urgent(1.0), bytes)
    assert_type(stream.at_mark(), bool)
    await stream.send_urgent(b"!")
