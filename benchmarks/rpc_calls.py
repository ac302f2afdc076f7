"""RPC calls beside a server in C by rpcgen and libtirpc, the limit: ``python -m benchmarks.rpc_calls``.

Compared is the CPU time of the server for each call of a procedure that sends back 64 bytes, over TCP and UDP, turn and
turn about. Each connection has one call under way. Printed are the medians of the rounds, and ours by the limit's.
"""

import argparse
import os
import selectors
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import cast

from benchmarks.processes import ServerProcess, choose_cores
from benchmarks.ratios import ratios, spread

HERE = Path(__file__).parent

LIMIT = "libtirpc, in C"
# Inline serves one connection after the other, so it has no place beside others over TCP.
SUBJECTS = {
    "tcp": {"Multiplexed": "multiplexed", "Threads": "threads"},
    "udp": {"Multiplexed": "multiplexed", "Inline": "inline"},
}

CONNECTIONS = 16
CALLS = 10_000

# A call of the procedure 8 of tests/rpc_corpus/echoes.x, behind its number (RFC 5531, 9): AUTH_NONE, and 64 bytes.
DATA = struct.pack(">I", 64) + bytes(range(64))
HEAD = struct.pack(">9I", 0, 2, 0x20000042, 1, 8, 0, 0, 0, 0)
REPLY = struct.pack(">5I", 1, 0, 0, 0, 0) + DATA


def call_of(number: int, *, streams: bool) -> bytes:
    """Return a call as it is sent."""
    message = struct.pack(">I", number) + HEAD + DATA
    return struct.pack(">I", 0x80000000 | len(message)) + message if streams else message


def turn(server: ServerProcess, clients: list[socket.socket], *, streams: bool) -> tuple[float, float]:
    """Return the CPU of a call in microseconds, and how many were answered in a second."""
    used, begun = server.cpu_seconds(), time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for number, client in enumerate(clients):
            client.send(call_of(number, streams=streams))
            selector.register(client, selectors.EVENT_READ, number)
        sent, answered = len(clients), 0
        while answered < CALLS:
            ready = selector.select(10)
            if not ready:
                raise TimeoutError(f"no answer; {answered} of {CALLS} calls were answered")
            for key, _ in ready:
                client, number = cast("socket.socket", key.fileobj), key.data
                reply = client.recv(4096)
                expected = struct.pack(">I", number) + REPLY
                if reply[4 if streams else 0 :] != expected:
                    raise ValueError(f"{reply!r} is no answer to call {number}")
                answered += 1
                if sent < CALLS:
                    selector.modify(client, selectors.EVENT_READ, sent)
                    client.send(call_of(sent, streams=streams))
                    sent += 1
    return (server.cpu_seconds() - used) / CALLS * 1e6, CALLS / (time.perf_counter() - begun)


def compile_limit(folder: Path) -> Path:
    """Build the server in C."""
    made = folder / "rpc_echo"
    command = ["gcc", "-O2", "-I/usr/include/tirpc", "-o", str(made), str(HERE / "rpc_echo.c"), "-ltirpc"]
    subprocess.run(command, check=True)
    return made


def compare(kind: str, rounds: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the CPU and the calls a second of each server, round by round."""
    server_cores, load_cores = choose_cores()
    os.sched_setaffinity(0, load_cores)
    streams = kind == "tcp"
    costs: dict[str, list[float]] = {name: [] for name in (LIMIT, *SUBJECTS[kind])}
    rates: dict[str, list[float]] = {name: [] for name in costs}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        commands = {LIMIT: [str(compile_limit(folder)), kind]} | {
            name: [sys.executable, "-m", "benchmarks.rpc_servers", kind, strategy]
            for name, strategy in SUBJECTS[kind].items()
        }
        servers = {name: stack.enter_context(ServerProcess(commands[name], cores=server_cores)) for name in commands}
        clients: dict[str, list[socket.socket]] = {}
        for name, server in servers.items():
            port = int(server.address.rpartition(":")[2])
            made = clients[name] = []
            for _ in range(CONNECTIONS):
                client = socket.socket(socket.AF_INET, socket.SOCK_STREAM if streams else socket.SOCK_DGRAM)
                made.append(stack.enter_context(client))
                client.connect(("127.0.0.1", port))
                if streams:
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(rounds + 1):
            for name in servers if number % 2 else reversed(servers):
                cost, rate = turn(servers[name], clients[name], streams=streams)
                # The first turn warms up.
                if number:
                    costs[name].append(cost)
                    rates[name].append(rate)
    return costs, rates


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rpc_calls", description="Compare the CPU of RPC calls.")
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    options = parser.parse_args()
    print("| transport | server | CPU of a call, µs | calls a second | by the limit (quartiles) |")
    print("|---|---|---|---|---|")
    for kind in SUBJECTS:
        costs, rates = compare(kind, options.rounds)
        for name, cost in costs.items():
            used, rate = spread(cost), spread(rates[name])
            assert used is not None
            assert rate is not None
            by = "-" if name == LIMIT else str(ratios(cost, costs[LIMIT]))
            print(f"| {kind} | {name} | {used.median:.1f} | {rate.median:,.0f} | {by} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
