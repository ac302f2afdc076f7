"""Two trees of this project, turn and turn about: ``python -m benchmarks.turns BEFORE [AFTER]``.

Each workload is served by both trees' ``benchmarks/echo.py``, side by side and in short turns, so that a machine that
changes its speed changes it for both. Compared is the CPU time of the server for each request, round by round; printed
is the median of the rounds' ratios, with its quartiles. A ratio below 1 means that AFTER (this tree, unless given) is
cheaper.
"""

import argparse
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import Load, ServerProcess, choose_cores
from benchmarks.programs import ROOT

WORKLOADS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "multiplexed, persistent": (("multiplexed",), ("--mode", "echo", "--clients", "64")),
    "multiplexed, a connection each": (("multiplexed",), ("--mode", "connect", "--clients", "16")),
    "inline, a connection each": (("inline",), ("--mode", "connect", "--clients", "16")),
    "inline, datagrams": (("inline", "--udp"), ("--udp", "--clients", "16")),
    "threads, persistent": (("threads",), ("--mode", "echo", "--clients", "64")),
    "threads, a connection each": (("threads",), ("--mode", "connect", "--clients", "16")),
    "thread_pool, a connection each": (("thread_pool",), ("--mode", "connect", "--clients", "16")),
    "asyncio, persistent": (("asyncio",), ("--mode", "echo", "--clients", "64")),
    "messages, persistent, Unix": (("multiplexed", "--messages"), ("--mode", "echo", "--clients", "64")),
    "messages, a connection each, Unix": (("multiplexed", "--messages"), ("--mode", "connect", "--clients", "16")),
    "lines, persistent, Unix": (
        ("multiplexed", "--messages", "--framing", "lines"),
        ("--framing", "lines", "--mode", "echo", "--clients", "64"),
    ),
    "multiplexed, persistent, Unix": (("multiplexed",), ("--mode", "echo", "--clients", "64")),
    "multiplexed, a connection each, Unix": (("multiplexed",), ("--mode", "connect", "--clients", "16")),
}
"""What is served, and how the load generator asks for it: what ``benchmarks.hot_path`` looks at, and Unix sockets."""


def compare(before: Path, after: Path, workload: str, rounds: int, seconds: float) -> tuple[list[float], list[float]]:
    """Return the microseconds of CPU a request, of each round, before and after."""
    options, asks = WORKLOADS[workload]
    server_cores, load_cores = choose_cores()
    is_unix = workload.endswith("Unix")
    costs: tuple[list[float], list[float]] = ([], [])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        servers = [
            stack.enter_context(
                ServerProcess(
                    [
                        *(sys.executable, str(tree / "benchmarks" / "echo.py"), *options),
                        *(("--path", str(folder / name)) if is_unix else ("--port", "0")),
                    ],
                    cores=server_cores,
                    cwd=tree,
                    environment={"PYTHONPATH": str(tree / "src")},
                )
            )
            for name, tree in (("before", before), ("after", after))
        ]
        loads = [
            stack.enter_context(
                Load(
                    [
                        *asks,
                        *(("--path", address) if is_unix else ("--port", address.rpartition(":")[2])),
                        *("--seconds", str(seconds)),
                    ],
                    cores=load_cores,
                )
            )
            for address in (server.address for server in servers)
        ]
        seen = [0, 0]
        for turn in range(rounds + 1):
            order = (0, 1) if turn % 2 else (1, 0)
            for number in order:
                used = servers[number].cpu_seconds()
                requests = int(loads[number].go()["requests"])
                cost = (servers[number].cpu_seconds() - used) / max(1, requests - seen[number]) * 1e6
                seen[number] = requests
                # The first turn warms up.
                if turn:
                    costs[number].append(cost)
    return costs


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description="Compare two trees' CPU a request.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="?", default=ROOT)
    parser.add_argument("--rounds", type=int, default=15, metavar="N")
    parser.add_argument("--seconds", type=float, default=0.3, metavar="S", help="of each turn")
    parser.add_argument("--only", metavar="WORD", default="", help="workloads with this in their name")
    options = parser.parse_args()
    print(f"{'CPU us a request':<34}{'before':>9}{'after':>9}   ratio (quartiles)", flush=True)
    for workload in WORKLOADS:
        if options.only in workload:
            before, after = compare(options.before, options.after, workload, options.rounds, options.seconds)
            low, middle, high = statistics.quantiles([b / a for a, b in zip(before, after, strict=True)], n=4)
            print(
                f"{workload:<34}{statistics.median(before):>9.2f}{statistics.median(after):>9.2f}"
                f"   {middle:.3f} ({low:.3f}-{high:.3f})",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
