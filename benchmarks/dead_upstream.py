"""A forwarder of datagrams whose upstream is dead: ``python -m benchmarks.dead_upstream [--queries N] [--seconds S]``.

Each server answers a query for its own zone at once, and forwards the others to a socket that never answers, for which
it waits two seconds. It gets many of these at once, then a local query every ten milliseconds. Printed is how long the
local answers took, and how many never came.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from typedserver import (
    UDP,
    Asyncio,
    Event,
    Group,
    Inherited,
    Multiplexed,
    Server,
    Serving,
    ThreadPool,
    datagram_handler,
    run_blocking,
    timeout,
)

# Seconds that the forwarder waits for its upstream, as resolvers do; between two local queries; and after which a local
# query counts as lost.
UPSTREAM_TIMEOUT: Final = 2.0
BETWEEN: Final = 0.01
LOST_AFTER: Final = 1.0

LOCAL: Final = b"local"

# Bytes: what Linux lets anybody have (net.core.rmem_max), and enough for some five hundred small datagrams at once.
RECEIVE_BUFFER: Final = 212_992


def forward(upstream: Any, data: bytes) -> bytes | None:
    """Ask upstream, and wait for the answer in this thread."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(UPSTREAM_TIMEOUT)
        asking.connect(upstream)
        asking.send(data)
        try:
            return asking.recv(65535)
        except OSError:
            return None


Served: TypeAlias = tuple[Serving[Any], Server[Any, Any]]
"""What is served, and the one of it that clients ask."""


def blocking(upstream: Any) -> Served:
    """Make a forwarder that waits in 64 threads."""

    @datagram_handler
    def answer(data: bytes) -> bytes | None:
        return data if data.startswith(LOCAL) else forward(upstream, data)

    server = Server(UDP(port=0, receive_buffer=RECEIVE_BUFFER), answer, ThreadPool(workers=64))
    return server, server


def waiting(upstream: Any, strategy: Any) -> Served:
    """Make a forwarder whose coroutines wait, for functions in threads."""

    @datagram_handler
    async def answer(data: bytes) -> bytes | None:
        return data if data.startswith(LOCAL) else await run_blocking(forward, upstream, data)

    server = Server(UDP(port=0, receive_buffer=RECEIVE_BUFFER), answer, strategy)
    return server, server


def meeting(upstream: Any, strategy: Any) -> Served:
    """Make a forwarder that asks by one socket, whose answers are datagrams of a second server."""
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.bind(("127.0.0.1", 0))
    answered: dict[bytes, Event] = {}

    @datagram_handler
    async def answer(data: bytes) -> bytes | None:
        if data.startswith(LOCAL):
            return data
        came = answered[data] = Event()
        try:
            asking.sendto(data, upstream)
            async with timeout(UPSTREAM_TIMEOUT):
                await came.wait()
        except TimeoutError:
            return None
        finally:
            del answered[data]
        return data

    @datagram_handler
    async def from_upstream(data: bytes) -> None:
        if data in answered:
            answered[data].set()

    server = Server(UDP(port=0, receive_buffer=RECEIVE_BUFFER), answer, strategy)
    answers = Server(Inherited.datagram(fd=os.dup(asking.fileno())), from_upstream, strategy)
    return Group([server, answers]), server


SUBJECTS: Final[dict[str, Callable[[Any], Served]]] = {
    "ThreadPool(workers=64), def": blocking,
    "Multiplexed(), run_blocking": lambda upstream: waiting(upstream, Multiplexed()),
    "Asyncio(), run_blocking": lambda upstream: waiting(upstream, Asyncio(grace=0)),
    "Multiplexed(), Event": lambda upstream: meeting(upstream, Multiplexed()),
}


def serve(subject: str, port: int) -> None:
    """Serve until the process is killed, with an upstream at this port."""
    served, asked = SUBJECTS[subject](("127.0.0.1", port))
    with served:
        print(asked.server_address[1], flush=True)
        served.serve_forever()


def measure(subject: str, queries: int, seconds: float) -> tuple[list[float], int]:
    """Return how many seconds each local answer took, and how many local queries had none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream:
        upstream.bind(("127.0.0.1", 0))
        command = [sys.executable, "-m", "benchmarks.dead_upstream", "--serve", subject, str(upstream.getsockname()[1])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                return _ask(("127.0.0.1", int(process.stdout.readline())), queries, seconds)
            finally:
                process.kill()


def _ask(address: Any, queries: int, seconds: float) -> tuple[list[float], int]:
    took: list[float] = []
    lost = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(address)
        client.settimeout(LOST_AFTER)
        for number in range(queries):
            client.send(b"remote %d" % number)
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            number += 1
            asked = b"%s %d" % (LOCAL, number)
            began = time.monotonic()
            client.send(asked)
            try:
                # An answer that comes after its time is that of a query that counts as lost.
                while client.recv(100) != asked:
                    pass
            except TimeoutError:
                lost += 1
            else:
                took.append(time.monotonic() - began)
            time.sleep(BETWEEN)
    return took, lost


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Local answers of a forwarder whose upstream is dead.")
    parser.add_argument("--queries", type=int, default=300, help="for the dead upstream")
    parser.add_argument("--seconds", type=float, default=3.0, help="of local queries")
    parser.add_argument("--serve", nargs=2, metavar=("SUBJECT", "PORT"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.serve[0], int(options.serve[1]))
        return 0
    print(f"{'local answers, in ms':<32}{'median':>8}{'worst':>8}{'lost':>6}")
    for subject in SUBJECTS:
        took, lost = measure(subject, options.queries, options.seconds)
        median, worst = (statistics.median(took) * 1e3, max(took) * 1e3) if took else (float("nan"), float("nan"))
        print(f"{subject:<32}{median:>8.1f}{worst:>8.1f}{lost:>6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
