"""What every peer's program takes and tells: where to listen, and one line when it does. It knows no peer."""

import argparse
import resource
import socket
from collections.abc import Sequence
from typing import Any

BACKLOG = 1024
"""For all alike, and more than any workload has clients: no peer loses a connection to a short queue."""

RECEIVED_AT_ONCE = 65536
"""For all alike where the program chooses it, as in our own echo."""

PREFIX = 4
"""Bytes of the length that comes before a message."""

FRAMINGS = ("lines", "prefixed")


def read_options(*choices: Sequence[str], datagrams: bool = True, framings: bool = False) -> argparse.Namespace:
    """Parse the command line; each of ``choices`` is a positional argument's values."""
    parser = argparse.ArgumentParser(description="An echo server of a peer, for measurements; SIGTERM ends it.")
    for number, values in enumerate(choices):
        parser.add_argument(f"choice{number}", choices=values)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, help="on 127.0.0.1; 0: the kernel chooses")
    where.add_argument("--path", help="of a Unix socket")
    if datagrams:
        parser.add_argument("--udp", action="store_true", help="datagrams: UDP with --port, Unix with --path")
    if framings:
        parser.add_argument("--framing", choices=FRAMINGS, help="answer by messages; without it by what came at once")
    # As our side and the C limit take what there is: a peer must not be short of descriptors.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return parser.parse_args()


def make_listener(options: argparse.Namespace, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """Bind as asked, for peers that take a socket; a stream socket listens."""
    family = socket.AF_INET if options.path is None else socket.AF_UNIX
    listener = socket.socket(family, kind)
    if options.path is None and kind is socket.SOCK_STREAM:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port) if options.path is None else options.path)
    if kind is socket.SOCK_STREAM:
        listener.listen(BACKLOG)
    return listener


def announce(address: Any) -> None:
    """Tell that connections are taken; who waits for the line need not try."""
    # Any: what the kernel gives depends on the family.
    print("listening on", address if isinstance(address, str) else f"{address[0]}:{address[1]}", flush=True)
