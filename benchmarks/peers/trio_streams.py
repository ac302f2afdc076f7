"""An echo on trio: its streams for connections, its sockets for datagrams (it has no stream of those).

``python -m benchmarks.peers.trio_streams (--port N | --path P) [--udp]``
"""

import argparse
import contextlib
import signal
import socket
from functools import partial
from pathlib import Path

import trio

from benchmarks.peers.command_line import RECEIVED_AT_ONCE, announce, make_listener, read_options


async def echo(stream: trio.SocketStream) -> None:
    """Answer a connection; ``serve_listeners`` closes it."""
    with contextlib.suppress(trio.BrokenResourceError):
        while data := await stream.receive_some(RECEIVED_AT_ONCE):
            await stream.send_all(data)


async def echo_datagrams(bound: trio.socket.SocketType) -> None:
    """Answer datagrams."""
    while True:
        data, address = await bound.recvfrom(RECEIVED_AT_ONCE)
        await bound.sendto(data, address)


async def stop_at_signal(scope: trio.CancelScope) -> None:
    """Cancel all at SIGTERM."""
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async for _number in signals:
            scope.cancel()


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGTERM."""
    bound = make_listener(options, socket.SOCK_DGRAM if options.udp else socket.SOCK_STREAM)
    address = bound.getsockname()
    wrapped = trio.socket.from_stdlib_socket(bound)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop_at_signal, nursery.cancel_scope)
        if options.udp:
            nursery.start_soon(echo_datagrams, wrapped)
        else:
            await nursery.start(partial(trio.serve_listeners, echo, [trio.SocketListener(wrapped)]))
        announce(address)
    if options.path is not None:
        with contextlib.suppress(FileNotFoundError):
            Path(options.path).unlink()  # noqa: ASYNC240 - one call at the end


if __name__ == "__main__":
    trio.run(serve, read_options())
