"""Answers in capitals on TCP, UDP and a Unix socket: one handler for both kinds of streams, one function for UDP.

`make run`, or `python -m typedserver examples.upper:server`.
"""

from typedserver import TCP, UDP, Group, Server, Stream, Threads, UnixStream, datagram_handler, stream_handler


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@datagram_handler
def upper_datagram(data: bytes) -> bytes:
    return data.upper()


server = Group(
    [
        Server(TCP(port=9999), upper, Threads(daemon=True)),
        Server(UDP(port=9999), upper_datagram),
        Server(UnixStream("upper.sock"), upper, Threads(daemon=True)),
    ]
)
