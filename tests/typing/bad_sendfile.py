"""What cannot be sent as a file."""

from typing import BinaryIO, TextIO

from typedserver import Stream


async def send(stream: Stream, file: BinaryIO, text: TextIO) -> None:
    await stream.sendfile(text)  # error: [arg-type] (reportArgumentType)
    await stream.sendfile(file, "1")  # error: [arg-type] (reportArgumentType)
    await stream.sendfile(file, 0, 1.5)  # error: [arg-type] (reportArgumentType)
    stream.sendfile(file)  # error: [unused-coroutine] (reportUnusedCoroutine)
    await stream.sendfile("file")  # error: [arg-type] (reportArgumentType)
    await stream.sendfile(b"data")  # error: [arg-type] (reportArgumentType)
