"""What a broadcast is given, and the types that it gives back."""

from typing import assert_type

from typedserver import InetAddress, Server, SlowPeer, Stream, StreamRequest, broadcast, stream_handler


class Chat(Server[StreamRequest, InetAddress]):
    topic: str = "anything"


room: set[Stream[InetAddress, Chat]] = set()
names: dict[str, Stream] = {}


@stream_handler
async def member(stream: Stream[InetAddress, Chat]) -> None:
    room.add(stream)
    async for line in stream:
        slow = broadcast(room, line)
        assert_type(slow, list[Stream[InetAddress, Chat]])
        assert_type(slow[0].client_address, InetAddress)
        assert_type(broadcast(names.values(), memoryview(line)), list[Stream])
        assert_type(stream.try_write(bytearray(line)), bool)
        stream.message_done()
        try:
            await slow[0].write(line)
        except SlowPeer as error:
            assert_type(error.client_address, object)
