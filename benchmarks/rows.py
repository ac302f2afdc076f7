"""Rows per second: our ``SQLTable`` beside procrastinate, pgqueuer, dramatiq-pg and a worker written by hand.

``python -m benchmarks.rows [--rounds N] [--rows N] [--at-once N] [--only NAME,...]``; interleaved, on one PostgreSQL
that flushes what it commits, as it does by default; each worker in a fresh process on a fresh database.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from tests.postgresql import DURABLE, PostgreSQL

from benchmarks.processes import PATIENCE, ProcessError
from benchmarks.programs import ROOT
from benchmarks.ratios import ratios, spread
from benchmarks.rounds import Progress
from benchmarks.tables import table

WORKERS = {
    "ours Multiplexed": ("benchmarks.row_workers", "multiplexed"),
    "ours ThreadPool": ("benchmarks.row_workers", "thread_pool"),
    "ours one by one": ("benchmarks.row_workers", "one_by_one"),
    "procrastinate": ("benchmarks.peers.procrastinate_rows",),
    "pgqueuer": ("benchmarks.peers.pgqueuer_rows",),
    "dramatiq-pg": ("benchmarks.peers.dramatiq_rows",),
    "by hand": ("benchmarks.row_workers", "by_hand"),
}
REFERENCES = ("procrastinate", "pgqueuer", "dramatiq-pg", "by hand")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run found; CPU times in seconds."""

    seconds: float
    cpu_seconds: float
    postgres_cpu_seconds: float
    calls: int


Series = dict[str, list[Measured | None]]


def measure(server: PostgreSQL, name: str, rows: int, at_once: int) -> Measured:
    """Run a worker once; raises ProcessError if it fails."""
    with server.new_database() as database, tempfile.TemporaryFile() as errors:
        command = [sys.executable, "-m", *WORKERS[name], "--conninfo", database.conninfo, "--rows", str(rows)]
        command += ["--at-once", str(at_once), "--postgres", str(server.server.pid)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT, text=True
        ) as process:
            assert process.stdout is not None
            try:
                process.stdout.readline()
                # What filled the tables is not to be written out while the worker runs.
                server.execute("CHECKPOINT")
                said, _errors = process.communicate("go\n", timeout=PATIENCE + rows / 50)
            except (subprocess.TimeoutExpired, BrokenPipeError):
                said = ""
            finally:
                process.kill()
        if not said:
            errors.seek(0)
            complaint = errors.read().decode(errors="replace")[-2000:]
            raise ProcessError(f"{name} did not work off its queue; it said:\n{complaint}")
    return Measured(**json.loads(said))


def run(names: list[str], rounds: int, rows: int, at_once: int) -> Series:
    """Measure all workers once a round."""
    found: Series = {name: [] for name in names}
    progress = Progress(rounds * len(names))
    with PostgreSQL(*DURABLE) as server:
        for number in range(1, rounds + 1):
            for name in names:
                progress.begin(number, rounds, f"{rows:,} rows", name)
                try:
                    made = measure(server, name, rows, at_once)
                except ProcessError as error:
                    progress.say(str(error))
                    made = None
                found[name].append(made)
                progress.done()
    progress.end()
    return found


def print_table(found: Series, rows: int) -> None:
    """Print all figures, and the ratios to each peer."""
    references = [name for name in REFERENCES if name in found]
    header = ["", "rows/s", "CPU us/row", "PostgreSQL's", *(f"rows/s, x {name}" for name in references), "calls/row"]
    rates = {name: [None if made is None else rows / made.seconds for made in runs] for name, runs in found.items()}
    lines: list[list[str]] = []
    for name, runs in found.items():
        made = [one for one in runs if one is not None]
        rate = spread(rows / one.seconds for one in made)
        lines.append(
            [
                name,
                f"{rate.median:,.0f} ({rate.low:,.0f}-{rate.high:,.0f})" if rate else "-",
                str(spread(one.cpu_seconds / rows * 1e6 for one in made) or "-"),
                str(spread(one.postgres_cpu_seconds / rows * 1e6 for one in made) or "-"),
                *(str(ratios(rates[name], rates[other]) or "-") for other in references),
                str(spread(one.calls / rows for one in made) or "-"),
            ]
        )
    print("\n".join(table(header, lines)))


def main() -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows", description="Workers of a table's rows.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--rows", type=int, default=5_000, metavar="N")
    parser.add_argument("--at-once", type=int, default=10, metavar="N", help="handlers that run at the same time")
    parser.add_argument("--only", metavar="NAME,...", help=f"of {', '.join(WORKERS)}")
    options = parser.parse_args()
    names = list(WORKERS) if options.only is None else options.only.split(",")
    if unknown := set(names) - set(WORKERS):
        parser.error(f"there is no worker {', '.join(sorted(unknown))}: choose of {', '.join(WORKERS)}")
    found = run(names, options.rounds, options.rows, options.at_once)
    print_table(found, options.rows)
    return 0 if all(None not in runs for runs in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
