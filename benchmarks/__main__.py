"""``python -m benchmarks``: the comparison as a whole, from the command line to tables, plots and a file of results.

It composes the other modules; nothing is measured or computed here. ``make bench`` sets up what it needs.
"""

import argparse
import os
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import plots, rounds, tables, targets
from benchmarks.processes import choose_cores, raise_file_limit
from benchmarks.programs import BUILD, BuildError, compile_program
from benchmarks.results import Results
from benchmarks.subjects import SUBJECTS, WORKLOADS

# What fits into five minutes on two cores: three rounds are the fewest that have a median.
_ROUNDS, _SECONDS = 3, 0.25
_TARGET_ROUNDS, _TARGET_SECONDS = 5, 0.6
_QUICK_ROUNDS, _QUICK_SECONDS = 1, 0.1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare echo servers, side by side.")
    parser.add_argument("--only", metavar="REGEX", type=re.compile, help="of 'WORKLOAD: SUBJECT', as 'tcp-64|idle: M'")
    parser.add_argument("--targets", action="store_true", help="only what the table of targets needs, in 5 rounds")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that all runs")
    parser.add_argument("--rounds", type=int, metavar="N")
    parser.add_argument("--seconds", type=float, metavar="S", help="that each measurement takes")
    parser.add_argument("--results", type=Path, metavar="FILE", default=BUILD / "results.json", help="written as JSON")
    parser.add_argument("--read", action="store_true", help="measure nothing, print what --results has")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw into it; `make bench`: benchmarks/plots")
    return parser


def _machine() -> dict[str, str]:
    server, load = choose_cores()
    cores = (
        f"server on core {min(server)}, load on core {min(load)}"
        if server != load
        else "server and load on one core, for want of another"
    )
    return {
        "system": f"{platform.system()} {platform.release()}",
        "python": f"Python {platform.python_version()}",
        "cores": f"{os.cpu_count()} cores: {cores}",
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    if options.read:
        try:
            results = Results.load(options.results)
        except FileNotFoundError:
            print(f"there is no {options.results}: leave --read out to measure", file=sys.stderr)
            return 2
    else:
        try:
            for name in ("load", "limit"):
                compile_program(name)
        except BuildError as error:
            print(error, file=sys.stderr)
            return 2
        results = Results(_machine())
        try:
            _measure(options, results)
        except KeyboardInterrupt:
            print("\ninterrupted: what was measured so far", file=sys.stderr)
        results.save(options.results)
    # Of a selection, only what it has to say.
    verdicts = [verdict for verdict in targets.judge(results) if verdict.measured or not options.only]
    for line in tables.report(results, verdicts):
        print(line)
    print(f"All samples are in {options.results}.")
    if options.plots is not None:
        for file in plots.draw(results, options.plots):
            print("drawn:", file)
    return 0


def _measure(options: argparse.Namespace, results: Results) -> None:
    raise_file_limit()
    needed = targets.needed()

    def wanted(subject: str, workload: str) -> bool:
        if options.targets and (subject, workload) not in needed:
            return False
        return options.only is None or bool(options.only.search(f"{workload}: {subject}"))

    if options.targets:
        number, seconds = _TARGET_ROUNDS, _TARGET_SECONDS
    else:
        number, seconds = (_QUICK_ROUNDS, _QUICK_SECONDS) if options.quick else (_ROUNDS, _SECONDS)
    number, seconds = options.rounds or number, options.seconds or seconds
    # Thousands of connections take seconds to make: once is enough if no target depends on it.
    idle_rounds = number if options.targets else 1
    heats = rounds.plan(SUBJECTS, WORKLOADS, number, idle_rounds=idle_rounds, wanted=wanted)
    stopped = [subject for subject in SUBJECTS if subject.shutdown and wanted(subject.name, "shutdown")]
    progress = rounds.Progress(sum(len(heat.subjects) for heat in heats) + len(stopped))
    try:
        rounds.measure_shutdowns(stopped, number, results, progress)
        rounds.run(heats, seconds, results, progress)
    finally:
        progress.end()


if __name__ == "__main__":
    sys.exit(main())
