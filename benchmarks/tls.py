"""TLS beside asyncio's, uvloop's and the standard library's: ``python -m benchmarks.tls``.

Compared is the CPU time of the server for each full handshake, small exchange and megabyte, turn and turn about, so
that a machine that changes its speed changes it for all. Printed are the medians of the rounds, and the medians and
quartiles of theirs by ours: above 1 we are cheaper.
"""

import argparse
import contextlib
import os
import socket
import ssl
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ServerProcess, choose_cores
from benchmarks.ratios import ratios, spread

MEGABYTE = 1_000_000

SUBJECTS = {
    "asyncio streams": "asyncio",
    "uvloop streams": "uvloop",
    "ThreadingHTTPServer": "stdlib",
    "Multiplexed": "multiplexed",
    "Asyncio": "asyncio-strategy",
    "Threads": "threads",
    "Threads, from_stdlib": "adapted",
}

# Each of ours beside what it would replace.
PAIRS = {
    "Multiplexed": ("asyncio streams", "uvloop streams", "ThreadingHTTPServer"),
    "Asyncio": ("asyncio streams", "uvloop streams"),
    "Threads": ("ThreadingHTTPServer",),
    "Threads, from_stdlib": ("ThreadingHTTPServer",),
}


@dataclass(frozen=True, slots=True)
class Workload:
    """What a client does in one turn.

    unit: what is counted. connections: how many, one after the other. exchanges: of each; size: of each, in bytes.
    counts: how many units that is. scale: how many of the unit's parts a second has; digits: behind the point.
    """

    unit: str
    connections: int
    exchanges: int
    size: int
    counts: float
    scale: float
    digits: int


WORKLOADS = {
    "handshake": Workload("µs a handshake and its end", 100, 1, 64, 100, 1e6, 0),
    "small": Workload("µs an exchange of 64 bytes", 1, 2000, 64, 2000, 1e6, 1),
    # No more at once than the kernel takes while nobody reads: the client sends, then receives.
    "bulk": Workload("ms a megabyte both ways", 1, 128, 250_000, 128 * 250_000 / MEGABYTE, 1e3, 2),
}


def make_certificate(folder: Path) -> tuple[str, str]:
    """Have OpenSSL make a certificate and its key, of the usual curve; returns the paths."""
    certificate, key = str(folder / "certificate"), str(folder / "key")
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=localhost")
    command = ["openssl", "req", "-x509", *kind, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def turn(server: ServerProcess, workload: Workload, context: ssl.SSLContext) -> float:
    """Return the CPU of a unit."""
    used = server.cpu_seconds()
    data = os.urandom(workload.size)
    buffer = bytearray(workload.size)
    for _ in range(workload.connections):
        with socket.create_connection(("127.0.0.1", int(server.address.rpartition(":")[2]))) as raw:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with context.wrap_socket(raw) as client:
                for _ in range(workload.exchanges):
                    client.sendall(data)
                    received = 0
                    while received < workload.size:
                        size = client.recv_into(memoryview(buffer)[received:])
                        if not size:
                            raise ConnectionError(f"the server has ended the connection after {received} bytes")
                        received += size
                    if bytes(buffer) != data:
                        raise ConnectionError("the server has sent back something else")
                # Until the server has ended it as well; the standard library's does so without a word.
                with contextlib.suppress(ssl.SSLEOFError):
                    client.unwrap()
    return (server.cpu_seconds() - used) / workload.counts * workload.scale


def compare(names: list[str], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Return the costs of each workload and server, round by round."""
    server_cores, load_cores = choose_cores()
    os.sched_setaffinity(0, load_cores)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # It is not the client that we measure, nor does it give away anything.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    costs: dict[str, dict[str, list[float]]] = {each: {name: [] for name in names} for each in WORKLOADS}
    with ExitStack() as stack:
        files = make_certificate(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        servers = {
            name: stack.enter_context(
                ServerProcess(
                    [sys.executable, "-m", "benchmarks.tls_servers", SUBJECTS[name], *files],
                    cores=server_cores,
                )
            )
            for name in names
        }
        for number in range(rounds + 1):
            for each, workload in WORKLOADS.items():
                for name in names if number % 2 else reversed(names):
                    cost = turn(servers[name], workload, context)
                    # The first turn warms up.
                    if number:
                        costs[each][name].append(cost)
    return costs


def rows(costs: dict[str, dict[str, list[float]]], names: list[str]) -> list[str]:
    """Return the table, in Markdown."""
    lines = ["| workload | server | CPU | theirs by ours (quartiles) |", "|---|---|---|---|"]
    for each, workload in WORKLOADS.items():
        for name in names:
            cost = spread(costs[each][name])
            peers = [
                f"{peer} {ratios(costs[each][peer], costs[each][name])}"
                for peer in PAIRS.get(name, ())
                if peer in costs[each]
            ]
            median = 0.0 if cost is None else cost.median
            figure = f"{median:.{workload.digits}f} {workload.unit}"
            lines.append(f"| {each} | {name} | {figure} | {'; '.join(peers) or '-'} |")
    return lines


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tls", description="Compare the CPU of TLS.")
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--only", metavar="NAME", action="append", choices=SUBJECTS)
    options = parser.parse_args()
    names = [name for name in SUBJECTS if not options.only or name in options.only]
    print("\n".join(rows(compare(names, options.rounds), names)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
