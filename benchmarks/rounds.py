"""How the comparison is run: every subject once a round, each time a fresh server, the rounds one after the other.

It knows subjects, workloads and processes, and fills a ``Results``; what is made of that is for tables and plots.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from benchmarks.processes import PATIENCE, Load, ProcessError, Sample, ServerProcess, choose_cores, measure
from benchmarks.programs import ROOT
from benchmarks.results import Results
from benchmarks.subjects import Subject, Workload

# So many requests before the memory of a server is read for the first time: what it imports late is no connection's.
_WARM_UP = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """A subject at a workload, in a round."""

    round: int
    workload: Workload
    subject: Subject


class Progress:
    """A line that tells how far it is and how long it may take: over and over on a terminal, else one a workload."""

    def __init__(self, total: int, file: TextIO = sys.stderr) -> None:
        self._total = total
        self._file = file
        self._done = 0
        self._started = time.monotonic()
        self._told: object = None

    def begin(self, round_number: int, rounds: int, what: str, who: str) -> None:
        """Tell what is measured next."""
        left = ""
        if self._done:
            seconds = (time.monotonic() - self._started) / self._done * (self._total - self._done)
            left = f", about {seconds / 60:.1f} min left"
        line = f"round {round_number}/{rounds} · {what} · {self._done}/{self._total}{left}"
        if self._file.isatty():
            self._clear()
            self._file.write(f"{line} · {who}")
        elif self._told != (round_number, what):
            self._file.write(f"{line}\n")
        self._told = (round_number, what)
        self._file.flush()

    def _clear(self) -> None:
        if self._file.isatty():
            self._file.write("\r\033[K")

    def done(self) -> None:
        """Take note that it was measured."""
        self._done += 1

    def say(self, line: str) -> None:
        """Tell something that stays."""
        self._clear()
        self._file.write(f"{line}\n")

    def end(self) -> None:
        """Clear the line."""
        self._clear()
        minutes, seconds = divmod(round(time.monotonic() - self._started), 60)
        self._file.write(f"measured in {minutes} min {seconds} s\n")


def plan(
    subjects: Sequence[Subject],
    workloads: Sequence[Workload],
    rounds: int,
    *,
    idle_rounds: int,
    wanted: Callable[[str, str], bool],
) -> list[Cell]:
    """Return all there is to measure, interleaved; ``wanted(subject, workload)`` selects."""
    return [
        Cell(number, workload, subject)
        for number in range(1, rounds + 1)
        for workload in workloads
        if not workload.idle or number <= idle_rounds
        for subject in subjects
        if subject.serves(workload) and wanted(subject.name, workload.name)
    ]


def run(cells: Sequence[Cell], seconds: float, results: Results, progress: Progress) -> None:
    """Measure all cells in their order. A subject that does not start is left out from then on."""
    rounds = max((cell.round for cell in cells), default=0)
    broken: set[str] = set()
    for cell in cells:
        name = cell.subject.name
        progress.begin(cell.round, rounds, cell.workload.name, name)
        if name not in broken:
            try:
                _measure_cell(cell, seconds, results)
            except ProcessError as error:
                for idle in cell.workload.idle or (0,):
                    known = results.samples.get((name, cell.workload.name, idle), [])
                    if len(known) < cell.round:
                        results.add(name, cell.workload.name, None, idle)
                last_line = str(error).strip().splitlines()[-1]
                results.failures.append(f"{name} at {cell.workload.name}: {last_line}")
                progress.say(results.failures[-1])
                if isinstance(error, NotStartedError):
                    broken.add(name)
        progress.done()


class NotStartedError(ProcessError):
    """A server did not come up: it will not the next time, either."""


class WrongEchoError(ProcessError):
    """Some requests failed, so that the figures of the others are worth nothing."""


def _measure_cell(cell: Cell, seconds: float, results: Results) -> None:
    subject, workload = cell.subject, cell.workload
    server_cores, load_cores = choose_cores()
    with tempfile.TemporaryDirectory() as folder:
        command = subject.command_at(workload.kind, str(Path(folder) / "socket"))
        try:
            server = ServerProcess(command, cores=server_cores | load_cores if subject.all_cores else server_cores)
        except ProcessError as error:
            raise NotStartedError(str(error)) from error
        with server:
            arguments = workload.load_arguments(server.address, seconds)
            if workload.idle:
                with Load([*arguments, "--requests", str(_WARM_UP)], cores=load_cores) as load:
                    load.go()
            for idle in workload.idle or (0,):
                beside = ["--idle", str(idle)] if idle else []
                sample = measure(server, [*arguments, *beside], cores=load_cores)
                _check(sample)
                results.add(subject.name, workload.name, sample, idle)
            if not workload.idle:
                # After thousands of connections have gone it may still be busy with that.
                results.stops.setdefault(subject.name, []).append(server.stop())


def _check(sample: Sample) -> None:
    if sample.errors or not sample.requests:
        raise WrongEchoError(
            f"{sample.errors} errors beside {sample.requests} requests "
            f"({sample.wrong} wrong, {sample.lost} lost, {sample.timeouts} timed out): not counted"
        )


def measure_shutdowns(subjects: Sequence[Subject], times: int, results: Results, progress: Progress) -> None:
    """Measure ``shutdown()`` of those subjects whose servers run in a thread of a process of ours."""
    for subject in subjects:
        progress.begin(1, 1, "shutdown", subject.name)
        arguments = [sys.executable, "-m", "benchmarks.shutdown_time", subject.shutdown, "--times", str(times)]
        try:
            done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = str(error.stderr or error).strip().splitlines()
            results.failures.append(f"{subject.name} at shutdown: {said[-1]}")
            progress.say(results.failures[-1])
        else:
            results.shutdowns[subject.name] = json.loads(done.stdout)
        progress.done()
