"""An echo over TLS under one of several servers: ``python -m benchmarks.tls_servers SUBJECT CERTIFICATE KEY``.

All have the same rules, those of ``ssl.create_default_context`` without tickets, so that each handshake is a full one.
"""

import argparse
import asyncio
import http.server
import signal
import socket
import socketserver
import ssl
import threading
from typing import Any

from benchmarks.peers.command_line import announce
from benchmarks.peers.loops import LOOPS, run
from benchmarks.serving import serve_until_sigterm
from typedserver import TCP, TLS, Asyncio, Multiplexed, Server, Stream, Threads, from_stdlib, stream_handler

# The largest read of each.
CHUNK = 256 * 1024
BACKLOG = 1024


@stream_handler
async def echo(stream: Stream) -> None:
    """Send back what comes."""
    while data := await stream.read(CHUNK):
        await stream.write(data)


class Echo(socketserver.BaseRequestHandler):
    """The same, as a class of the standard library."""

    def handle(self) -> None:
        """Send back what comes."""
        while data := self.request.recv(CHUNK):
            self.request.sendall(data)


class ThreadingHTTPServer(http.server.ThreadingHTTPServer):
    """With a queue as long as ours."""

    request_queue_size = BACKLOG


def serve_ours(name: str, context: ssl.SSLContext) -> None:
    """Serve by this library."""
    endpoint = TLS(TCP(port=0, host="127.0.0.1"), context)
    server: Server[Any, Any]
    match name:
        case "multiplexed":
            server = Server(endpoint, echo, Multiplexed())
        case "asyncio-strategy":
            server = Server(endpoint, echo, Asyncio())
        case "threads":
            server = Server(endpoint, echo, Threads())
        case _:
            server = Server(endpoint, from_stdlib(Echo), Threads())
    serve_until_sigterm(server)


async def serve_streams(context: ssl.SSLContext) -> None:
    """Serve by asyncio's streams, in the loop that runs."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context, limit=CHUNK, backlog=BACKLOG)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    announce(server.sockets[0].getsockname())
    await stop.wait()
    server.close()


def serve_stdlib(context: ssl.SSLContext) -> None:
    """Serve by http.server's server, whose listener is wrapped as its documentation shows: it accepts and shakes hands.

    Since Python 3.14 it has HTTPSServer, which does the same.
    """
    # It looks up its own name, which costs seconds if no resolver answers.
    socket.getfqdn = lambda name="": name
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        # shutdown waits for the loop that this very thread runs.
        signal.signal(signal.SIGTERM, lambda _number, _frame: threading.Thread(target=server.shutdown).start())
        announce(server.server_address)
        server.serve_forever()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tls_servers")
    parser.add_argument("subject", choices=[*LOOPS, "stdlib", "multiplexed", "asyncio-strategy", "threads", "adapted"])
    parser.add_argument("certificate")
    parser.add_argument("key")
    options = parser.parse_args()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)
    context.num_tickets = 0
    if options.subject in LOOPS:
        run(options.subject, serve_streams(context))
    elif options.subject == "stdlib":
        serve_stdlib(context)
    else:
        serve_ours(options.subject, context)


if __name__ == "__main__":
    main()
