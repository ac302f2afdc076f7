"""What sealing costs: ``python -m benchmarks.sealed``.

A client asks a plain server of datagrams and a sealed one turn and turn about, 64 bytes each way, one at a time and 16
at a time, so that a machine that changes its speed changes it for both. Printed are the medians of the server's CPU
time for each datagram, and how much longer the sealed one takes. ``plain`` and ``sealed`` are what it starts itself.
"""

import argparse
import secrets
import socket
import statistics
import subprocess
import sys

from benchmarks.processes import cpu_seconds_of
from benchmarks.ratios import spread
from benchmarks.serving import serve_until_sigterm
from typedserver import (
    UDP,
    Inline,
    Multiplexed,
    Sealed,
    SealedClient,
    Server,
    datagram_handler,
)

KEY = secrets.token_bytes(32)
DATA = bytes(64)
STRATEGIES = ("inline", "multiplexed")
EXCHANGES = 512
AT_ONCE = (1, 16)


@datagram_handler
def echo(data: bytes) -> bytes:
    """Answer in place."""
    return data


@datagram_handler
async def echo_by_coroutine(data: bytes) -> bytes:
    """Answer by a coroutine."""
    return data


def serve(kind: str, strategy: str, key: bytes) -> None:
    """Serve until SIGTERM."""
    endpoint = Sealed(UDP(port=0), key) if kind == "sealed" else UDP(port=0)
    if strategy == "inline":
        serve_until_sigterm(Server(endpoint, echo, Inline()))
    else:
        serve_until_sigterm(Server(endpoint, echo_by_coroutine, Multiplexed()))


class Subject:
    """A server in a process of its own, and what asks it."""

    def __init__(self, kind: str, strategy: str) -> None:
        command = [sys.executable, "-m", "benchmarks.sealed", kind, strategy, KEY.hex()]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline().rpartition(":")[2])
        self._client = SealedClient(KEY) if kind == "sealed" else None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(5)
        self._socket.connect(("127.0.0.1", port))

    def turn(self, at_once: int) -> float:
        """Return the microseconds of CPU that each datagram of a turn has cost the server."""
        client = self._client
        before = cpu_seconds_of(self._process.pid)
        for _ in range(EXCHANGES // at_once):
            packets = [DATA if client is None else client.seal(DATA) for _ in range(at_once)]
            for packet in packets:
                self._socket.send(packet)
            for answer in [self._socket.recv(1000) for _ in packets]:
                assert (answer if client is None else client.open(answer)) == DATA
        return (cpu_seconds_of(self._process.pid) - before) / EXCHANGES * 1e6

    def close(self) -> None:
        """End the server."""
        self._socket.close()
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def compare(strategy: str, rounds: int) -> None:
    """Print what a datagram costs both."""
    subjects = [Subject(kind, strategy) for kind in ("plain", "sealed")]
    try:
        for at_once in AT_ONCE:
            for subject in subjects:
                subject.turn(at_once)
            turns = [[subject.turn(at_once) for subject in subjects] for _ in range(rounds)]
            plain, sealed = (statistics.median(each) for each in zip(*turns, strict=True))
            more = spread(after - before for before, after in turns)
            print(f"{strategy}, {at_once} at a time: {plain:.1f} µs plain, {sealed:.1f} sealed: {more} more")
    finally:
        for subject in subjects:
            subject.close()


def main() -> None:
    """Compare, or serve if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="?", choices=["plain", "sealed"])
    parser.add_argument("strategy", nargs="?", choices=STRATEGIES)
    parser.add_argument("key", nargs="?")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    if options.kind is not None:
        serve(options.kind, options.strategy, bytes.fromhex(options.key))
        return
    for strategy in STRATEGIES:
        compare(strategy, options.rounds)


if __name__ == "__main__":
    main()
