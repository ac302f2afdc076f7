"""``redis-benchmark`` against the example's Redis under our strategies, asyncio's streams and the stdlib's threads.

``python -m benchmarks.redis_requests [--rounds N] [--seconds N] [--clients N]``; interleaved, a fresh server each time,
server and load on a core each; with one request in flight for each connection, and with many (pipelining).
"""

import argparse
import csv
import sys
from dataclasses import dataclass

from benchmarks.processes import ProcessError, ServerProcess, choose_cores, run_client
from benchmarks.ratios import ratios, spread
from benchmarks.tables import table

SERVERS = {
    "ours, Multiplexed()": "multiplexed",
    "ours, ThreadPool()": "thread_pool",
    "asyncio streams": "asyncio",
    "uvloop streams": "uvloop",
    "stdlib ThreadingTCPServer": "stdlib",
}
REFERENCES = ("asyncio streams", "uvloop streams", "stdlib ThreadingTCPServer")
TESTS = ("ping_inline", "set", "get")

# How many requests are in flight on a connection, and about how many a second any of the servers answers then: the
# program cannot run for a given time.
DEPTHS = {1: 20_000, 16: 100_000}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run found."""

    requests_per_s: float
    cpu_us: float
    load_share: float


Series = dict[str, list[Measured | None]]


def measure(server: ServerProcess, test: str, depth: int, clients: int, requests: int) -> Measured:
    """Run redis-benchmark once; it fails at the first reply that is an error."""
    _server_cores, load_cores = choose_cores()
    host, _colon, port = server.address.rpartition(":")
    command = ["redis-benchmark", "-h", host, "-p", port, "-q", "--csv", "-t", test, "-c", str(clients)]
    ran = run_client(server, [*command, "-n", str(requests), "-P", str(depth)], cores=load_cores)
    rows = [row for row in csv.DictReader(ran.output.splitlines()) if row["test"].lower() == test]
    if len(rows) != 1:
        raise ProcessError(f"redis-benchmark did not report {test}; it said:\n{ran.output}")
    rate = float(rows[0]["rps"])
    return Measured(rate, ran.server_cpu_seconds / requests * 1e6, ran.cpu_seconds / ran.seconds)


def run(rounds: int, seconds: float, clients: int) -> dict[tuple[int, str], Series]:
    """Measure all servers once a round."""
    server_cores, _load_cores = choose_cores()
    found: dict[tuple[int, str], Series] = {
        (depth, test): {name: [] for name in SERVERS} for depth in DEPTHS for test in TESTS
    }
    for number in range(1, rounds + 1):
        for depth, rate in DEPTHS.items():
            for name, argument in SERVERS.items():
                command = [sys.executable, "-m", "benchmarks.redis_servers", argument]
                with ServerProcess(command, cores=server_cores) as server:
                    for test in TESTS:
                        try:
                            made = measure(server, test, depth, clients, round(rate * seconds))
                        except ProcessError as error:
                            print(f"{name}: {error}", file=sys.stderr)
                            made = None
                        found[depth, test][name].append(made)
                    server.stop()
            print(f"round {number}/{rounds}: {depth} in flight measured", file=sys.stderr)
    return found


def print_tables(found: dict[tuple[int, str], Series]) -> None:
    """Print a table for each depth and test."""
    header = ["requests/s", "CPU µs/request", *(f"per CPU second, x {name}" for name in REFERENCES), "load's core busy"]
    for (depth, test), series in found.items():
        cpu = {name: [None if made is None else made.cpu_us for made in runs] for name, runs in series.items()}
        rows: list[list[str]] = []
        for name, runs in series.items():
            made = [one for one in runs if one is not None]
            rate = spread(one.requests_per_s for one in made)
            rows.append(
                [
                    name,
                    f"{rate.median:,.0f} ({rate.low:,.0f}-{rate.high:,.0f})" if rate else "-",
                    str(spread(one.cpu_us for one in made) or "-"),
                    *(str(ratios(cpu[other], cpu[name]) or "-") for other in REFERENCES),
                    str(spread(one.load_share for one in made) or "-"),
                ]
            )
        print("\n".join(table([f"{test}, -P {depth}", *header], rows)), end="\n\n")


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.redis_requests", description="A protocol in use.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--seconds", type=float, default=1.0, metavar="N", help="about how long a run takes")
    parser.add_argument("--clients", type=int, default=50, metavar="N")
    options = parser.parse_args()
    found = run(options.rounds, options.seconds, options.clients)
    print_tables(found)
    return 0 if all(None not in runs for series in found.values() for runs in series.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
