"""An echo on asyncio's protocols (callbacks, no coroutine), on asyncio's own loop or on uvloop's.

``python -m benchmarks.peers.asyncio_protocol (asyncio|uvloop) (--port N | --path P) [--udp] [--framing NAME]``
"""

import argparse
import asyncio
import contextlib
import signal
import socket
from pathlib import Path
from typing import Any, cast

from benchmarks.peers.command_line import BACKLOG, PREFIX, announce, make_listener, read_options
from benchmarks.peers.loops import LOOPS, run


class Echo(asyncio.Protocol):
    """Answers a connection; stops reading while the peer does not take its answers, as the documentation asks."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)

    def pause_writing(self) -> None:
        """Wait for the peer."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        # The peer may have gone in between.
        if not self.transport.is_closing():
            self.transport.resume_reading()


def same(message: bytes) -> bytes:
    """Answer a message, by itself: what our function of a message does."""
    return message


class EchoLines(Echo):
    """Answers a connection line by line, with one write for all that came at once."""

    rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer the lines that are whole."""
        if self.rest:
            data = self.rest + data
        messages = data.split(b"\n")
        self.rest = messages.pop()
        if len(messages) == 1:
            self.transport.write(same(messages[0]) + b"\n")
        elif messages:
            self.transport.write(b"\n".join([same(message) for message in messages]) + b"\n")


class EchoPrefixed(Echo):
    """Answers a connection message by message, each with its length before it, with one write for all of them."""

    rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer the messages that are whole."""
        if self.rest:
            data = self.rest + data
        size = len(data)
        start = 0
        replies: list[bytes] = []
        while size - start >= PREFIX:
            end = start + PREFIX + int.from_bytes(data[start : start + PREFIX], "big")
            if end > size:
                break
            reply = same(data[start + PREFIX : end])
            replies += len(reply).to_bytes(PREFIX, "big"), reply
            start = end
        self.rest = data[start:] if start < size else b""
        if replies:
            self.transport.write(b"".join(replies))


class EchoDatagram(asyncio.DatagramProtocol):
    """Answers datagrams."""

    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Send it back."""
        self.transport.sendto(data, addr)


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    if options.udp:
        bound = make_listener(options, socket.SOCK_DGRAM)
        bound.setblocking(False)
        transport, _protocol = await loop.create_datagram_endpoint(EchoDatagram, sock=bound)
        announce(bound.getsockname())
        await stop.wait()
        transport.close()
    else:
        protocol = {None: Echo, "lines": EchoLines, "prefixed": EchoPrefixed}[options.framing]
        if options.path is None:
            server = await loop.create_server(protocol, "127.0.0.1", options.port, backlog=BACKLOG)
        else:
            server = await loop.create_unix_server(protocol, options.path, backlog=BACKLOG)
        announce(server.sockets[0].getsockname())
        await stop.wait()
        server.close()
    if options.path is not None:
        with contextlib.suppress(FileNotFoundError):
            Path(options.path).unlink()  # noqa: ASYNC240 - one call at the end


if __name__ == "__main__":
    parsed = read_options(LOOPS, framings=True)
    run(parsed.choice0, serve(parsed))
