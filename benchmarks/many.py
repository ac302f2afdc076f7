"""How many connections one server holds, and what a new one costs beside them.

``python -m benchmarks.many [STRATEGY] [--connections N] [--requests N] [--rounds N]``: 10,000 by default, held by one
``Multiplexed`` server while one client does 1,000 requests, a connection each, and the same on one connection.
"""

import argparse
import sys
from itertools import product

from benchmarks.echo import STRATEGIES
from benchmarks.processes import (
    ProcessError,
    Sample,
    ServerProcess,
    choose_cores,
    measure,
    raise_file_limit,
)
from benchmarks.programs import BuildError
from benchmarks.ratios import Spread, ratios, spread
from benchmarks.subjects import Kind
from benchmarks.tables import table

# Descriptors that a server has beside its connections: its loop's, its listener, its modules' while they load.
_BESIDE = 100

Rounds = dict[tuple[str, int], list[Sample]]


def run(strategy: str, connections: int, requests: int, rounds: int) -> Rounds:
    """Measure without and with the connections held, a fresh server each; interleaved."""
    kind: Kind = "tcp"
    server_cores, load_cores = choose_cores()
    found: Rounds = {}
    for _round, idle, mode in product(range(rounds), (0, connections), ("connect", "echo")):
        command = [sys.executable, "benchmarks/echo.py", strategy, "--port", "0"]
        with ServerProcess(command, cores=server_cores) as server:
            where = ["--port", server.address.rpartition(":")[2], "--mode", mode]
            # The server has done its one-time work before we read its memory.
            measure(server, [*where, "--requests", "50"], cores=load_cores)
            arguments = [*where, "--idle", str(idle), "--requests", str(requests)]
            sample = measure(server, arguments, cores=load_cores)
            if sample.errors:
                raise ProcessError(f"{sample.errors} of {sample.requests} requests failed beside {idle} connections")
            found.setdefault((mode, idle), []).append(sample)
            server.stop()
        print(f"{kind}, {mode}, beside {idle}: p50 {sample.p50_us:.0f} µs", file=sys.stderr)
    return found


def print_table(found: Rounds, connections: int) -> None:
    """Print the table and the two ratios."""
    rows: list[list[str]] = []
    for (mode, idle), samples in found.items():
        values = (
            spread(sample.p50_us for sample in samples),
            spread(sample.p99_us for sample in samples),
            spread(sample.cpu_us_per_request for sample in samples),
            spread(sample.server_memory / 1024**2 for sample in samples),
        )
        what = "a connection each" if mode == "connect" else "one connection"
        rows.append([f"{what}, beside {idle:,}", *(_cell(value) for value in values)])
    for line in table(["1 client", "p50 µs", "p99 µs", "server CPU µs/request", "server MiB"], rows):
        print(line)
    for mode in ("connect", "echo"):
        none, many = found[mode, 0], found[mode, connections]
        p50 = ratios([sample.p50_us for sample in many], [sample.p50_us for sample in none])
        print(f"{mode}: p50 beside {connections:,} is {p50} times that beside none (same rounds)")
    memory = spread(
        (full.server_memory - empty.server_memory) / connections / 1024
        for full, empty in zip(found["connect", connections], found["connect", 0], strict=True)
    )
    print(f"memory of a connection: {memory} KiB (the server's own; the kernel's buffers are not in it)")


def _cell(value: Spread | None) -> str:
    return "-" if value is None else f"{value.median:.1f} ({value.low:.1f}-{value.high:.1f})"


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description="Hold many connections.")
    parser.add_argument("strategy", nargs="?", default="multiplexed", choices=STRATEGIES)
    parser.add_argument("--connections", type=int, default=10_000, metavar="N")
    parser.add_argument("--requests", type=int, default=1_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    options = parser.parse_args()
    most = raise_file_limit() - _BESIDE
    if options.connections > most:
        print(f"only {most} connections fit: raise the hard limit of open files (ulimit -Hn)", file=sys.stderr)
        return 2
    try:
        found = run(options.strategy, options.connections, options.requests, options.rounds)
    except (ProcessError, BuildError) as error:
        print(error, file=sys.stderr)
        return 1
    print_table(found, options.connections)
    return 0


if __name__ == "__main__":
    sys.exit(main())
