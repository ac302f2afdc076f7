"""What a stream and a handler may send of files."""

import gzip
import io
from pathlib import Path
from typing import BinaryIO, assert_type

from typedserver import SendableFile, Stream, StreamRequestHandler


async def send(stream: Stream, file: BinaryIO, raw: io.FileIO, packed: gzip.GzipFile) -> None:
    assert_type(await stream.sendfile(file), int)
    await stream.sendfile(file, 10)
    await stream.sendfile(file, offset=10, count=5)
    await stream.sendfile(file, count=None)
    await stream.sendfile(io.BytesIO(b"data"))
    await stream.sendfile(raw)
    await stream.sendfile(packed)


class Handler(StreamRequestHandler):
    def handle(self) -> None:
        with Path("file").open("rb") as file:
            assert_type(self.sendfile(file, 1, 2), int)


def are_sendable(file: BinaryIO, packed: gzip.GzipFile) -> list[SendableFile]:
    return [file, packed]
