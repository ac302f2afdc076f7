"""The proxy of the examples beside one on asyncio's streams: ``python -m benchmarks.proxy``.

Bytes go through each proxy to an echo and back, in turns, so that a machine that changes its speed changes it for all.
Compared is the CPU time of the proxy for each megabyte that it has passed on, round by round; printed are the median
and the quartiles of ours by theirs. A ratio below 1 means that ours is cheaper.
"""

import argparse
import os
import socket
import statistics
import sys
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from benchmarks.processes import ServerProcess, choose_cores

MEGABYTE = 1 << 20

PROXIES = {
    "asyncio streams": ("-m", "benchmarks.peers.asyncio_proxy", "asyncio"),
    "uvloop streams": ("-m", "benchmarks.peers.asyncio_proxy", "uvloop"),
    "Multiplexed": ("-m", "examples.proxy"),
    "Threads": ("-m", "examples.proxy", "--strategy", "threads"),
}
REFERENCE = "asyncio streams"

# How many connections at once, how many bytes of one write, and how many megabytes a turn on all of them.
WORKLOADS = {
    "one connection, bulk": (1, MEGABYTE, 64),
    "16 connections, bulk": (16, MEGABYTE, 64),
    "16 connections, 4 KiB a write": (16, 4096, 4),
}


def _echo(connection: socket.socket) -> None:
    buffer = bytearray(MEGABYTE)
    with connection, memoryview(buffer) as view:
        while size := connection.recv_into(buffer):
            connection.sendall(view[:size])
        connection.shutdown(socket.SHUT_WR)


@contextmanager
def backend() -> Generator[int, None, None]:
    """Serve an echo in threads; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_echo, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def transfer(port: int, size: int, total: int, *, answers: bool) -> None:
    """Send so many bytes in writes of a size, and receive them all; answers: each write waits for its echo."""
    data = bytes(size)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def receive(wanted: int) -> None:
            buffer = bytearray(MEGABYTE)
            while wanted > 0:
                received = client.recv_into(buffer)
                if not received:
                    raise ConnectionError(f"the proxy ended the connection, and {wanted} bytes are missing")
                wanted -= received

        def send() -> None:
            for _ in range(total // size):
                client.sendall(data)
                if answers:
                    receive(size)
            client.shutdown(socket.SHUT_WR)

        sending = threading.Thread(target=send)
        sending.start()
        if not answers:
            receive(total)
        sending.join()
        if client.recv(1):
            raise ConnectionError("the proxy has sent more than it was given")


def turn(server: ServerProcess, workload: str) -> float:
    """Return the milliseconds of CPU for each megabyte, which goes through the proxy twice."""
    connections, size, megabytes = WORKLOADS[workload]
    port = int(server.address)
    used = server.cpu_seconds()
    with ThreadPoolExecutor(connections) as executor:
        share = megabytes * MEGABYTE // connections
        answers = size < MEGABYTE
        for done in [executor.submit(transfer, port, size, share, answers=answers) for _ in range(connections)]:
            done.result()
    return (server.cpu_seconds() - used) / (2 * megabytes) * 1000


def compare(workload: str, names: list[str], rounds: int) -> dict[str, list[float]]:
    """Return the costs of each proxy, round by round."""
    server_cores, load_cores = choose_cores()
    os.sched_setaffinity(0, load_cores)
    costs: dict[str, list[float]] = {name: [] for name in names}
    with ExitStack() as stack:
        target = f"127.0.0.1:{stack.enter_context(backend())}"
        servers = {
            name: stack.enter_context(
                ServerProcess([sys.executable, *PROXIES[name], "0", target], cores=server_cores, ready="ready ")
            )
            for name in names
        }
        for number in range(rounds + 1):
            for name in names if number % 2 else reversed(names):
                cost = turn(servers[name], workload)
                # The first turn warms up.
                if number:
                    costs[name].append(cost)
    return costs


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proxy", description="Compare proxies' CPU a megabyte.")
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--only", metavar="NAME", action="append", choices=PROXIES, help="with the reference")
    options = parser.parse_args()
    names = [name for name in PROXIES if not options.only or name in options.only or name == REFERENCE]
    print(f"{'CPU ms a megabyte':<34}{'':<18}{'median':>8}   of asyncio's (quartiles)", flush=True)
    for workload in WORKLOADS:
        costs = compare(workload, names, options.rounds)
        for name in names:
            ratios = [own / theirs for own, theirs in zip(costs[name], costs[REFERENCE], strict=True)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            print(
                f"{workload:<34}{name:<18}{statistics.median(costs[name]):>8.3f}   {middle:.2f} ({low:.2f}-{high:.2f})",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
