"""An echo on asyncio's protocols (callbacks, no coroutine), on asyncio's own loop or on uvloop's.

``python -m benchmarks.peers.asyncio_protocol (asyncio|uvloop) (--port N | --path P) [--udp]``
"""

import argparse
import asyncio
import contextlib
import signal
import socket
from pathlib import Path
from typing import Any, cast

from benchmarks.peers.command_line import BACKLOG, announce, make_listener, read_options
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
        if options.path is None:
            server = await loop.create_server(Echo, "127.0.0.1", options.port, backlog=BACKLOG)
        else:
            server = await loop.create_unix_server(Echo, options.path, backlog=BACKLOG)
        announce(server.sockets[0].getsockname())
        await stop.wait()
        server.close()
    if options.path is not None:
        with contextlib.suppress(FileNotFoundError):
            Path(options.path).unlink()  # noqa: ASYNC240 - one call at the end


if __name__ == "__main__":
    parsed = read_options(LOOPS)
    run(parsed.choice0, serve(parsed))
