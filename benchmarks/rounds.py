"""How the comparison is run: in every round, at every workload, all subjects side by side, each with a fresh server.

They take turns of a twentieth of a second: a machine that is slow for a while is so for all of them. It knows subjects,
workloads and processes, and fills a ``Results``; tables and plots show them.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from benchmarks.processes import PATIENCE, Load, ProcessError, Sample, ServerProcess, choose_cores, measure
from benchmarks.programs import ROOT
from benchmarks.results import Results
from benchmarks.subjects import Subject, Workload

# Requests before we first read a server's memory, so that late imports are not counted for connections.
_WARM_UP = 50

# Seconds: thousands of requests of the cheap kind, and shorter than the phases in which a shared host is slow.
_TURN = 0.05


@dataclass(frozen=True, slots=True)
class Heat:
    """All subjects that are measured at a workload, in a round."""

    round: int
    workload: Workload
    subjects: tuple[Subject, ...]


class Progress:
    """A line with the progress and the time left: rewritten on a terminal, else one line for each workload."""

    def __init__(self, total: int, file: TextIO = sys.stderr) -> None:
        self._total = total
        self._file = file
        self._done = 0
        self._started = time.monotonic()
        self._shown: object = None

    def begin(self, round_number: int, rounds: int, what: str, who: str) -> None:
        """Show what is measured next."""
        left = ""
        if self._done:
            seconds = (time.monotonic() - self._started) / self._done * (self._total - self._done)
            left = f", about {seconds / 60:.1f} min left"
        line = f"round {round_number}/{rounds} · {what} · {self._done}/{self._total}{left}"
        if self._file.isatty():
            self._clear()
            self._file.write(f"{line} · {who}")
        elif self._shown != (round_number, what):
            self._file.write(f"{line}\n")
        self._shown = (round_number, what)
        self._file.flush()

    def _clear(self) -> None:
        if self._file.isatty():
            self._file.write("\r\033[K")

    def done(self, number: int = 1) -> None:
        """Record that this many were measured."""
        self._done += number

    def say(self, line: str) -> None:
        """Print a line that stays."""
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
) -> list[Heat]:
    """Return all there is to measure, in its order; ``wanted(subject, workload)`` selects."""
    heats = [
        Heat(
            number,
            workload,
            tuple(subject for subject in subjects if subject.serves(workload) and wanted(subject.name, workload.name)),
        )
        for number in range(1, rounds + 1)
        for workload in workloads
        if not workload.idle or number <= idle_rounds
    ]
    return [heat for heat in heats if heat.subjects]


def run(heats: Sequence[Heat], seconds: float, results: Results, progress: Progress) -> None:
    """Measure all in their order. A subject that does not start is left out from then on."""
    rounds = max((heat.round for heat in heats), default=0)
    broken: set[str] = set()
    for heat in heats:
        progress.begin(heat.round, rounds, heat.workload.name, "")
        _Heat(heat, seconds, results, progress, broken).run()
        progress.done(len(heat.subjects))


class NotStartedError(ProcessError):
    """A server did not come up: it will not the next time, either."""


class WrongEchoError(ProcessError):
    """Some requests failed, so that the figures of the others are worth nothing."""


class _Entry:
    """A subject in a heat: its server, the load on it, and what has come out so far."""

    def __init__(self, subject: Subject, server: ServerProcess, load: Load) -> None:
        self.subject = subject
        self.server = server
        self.load = load
        self._memory = server.memory()
        # What it takes to take up the connections is not counted, and all that follows is: also what is done when
        # the generator has its answer.
        self._cpu_before = server.cpu_seconds()
        self._account: dict[str, Any] = {}

    def take_turn(self) -> None:
        self._account = self.load.go()

    def sample(self) -> Sample:
        used = self.server.cpu_seconds() - self._cpu_before
        return Sample(**self._account, server_cpu_seconds=used, server_memory=self._memory)


class _Heat:
    """A heat under way."""

    def __init__(self, heat: Heat, seconds: float, results: Results, progress: Progress, broken: set[str]) -> None:
        self._heat = heat
        self._seconds = seconds
        self._results = results
        self._progress = progress
        self._broken = broken

    def run(self) -> None:
        subjects = [subject for subject in self._heat.subjects if subject.name not in self._broken]
        with tempfile.TemporaryDirectory() as folder:
            if self._heat.workload.idle:
                for subject in subjects:
                    with self._failures_noted(subject), self._serving(subject, folder) as server:
                        self._measure_beside_idle(subject, server)
            else:
                self._measure_in_turns(subjects, folder)

    @contextlib.contextmanager
    def _failures_noted(self, subject: Subject) -> Generator[None, None, None]:
        workload = self._heat.workload
        try:
            yield
        except ProcessError as error:
            for idle in workload.idle or (0,):
                known = self._results.samples.get((subject.name, workload.name, idle), [])
                if len(known) < self._heat.round:
                    self._results.add(subject.name, workload.name, None, idle)
            last_line = str(error).strip().splitlines()[-1]
            self._results.failures.append(f"{subject.name} at {workload.name}: {last_line}")
            self._progress.say(self._results.failures[-1])
            if isinstance(error, NotStartedError):
                self._broken.add(subject.name)

    def _serving(self, subject: Subject, folder: str) -> ServerProcess:
        server_cores, load_cores = choose_cores()
        path = Path(folder) / f"socket{self._heat.subjects.index(subject)}"
        command = subject.command_for(self._heat.workload, str(path))
        try:
            return ServerProcess(command, cores=server_cores | load_cores if subject.all_cores else server_cores)
        except ProcessError as error:
            raise NotStartedError(str(error)) from error

    def _measure_in_turns(self, subjects: Sequence[Subject], folder: str) -> None:
        workload = self._heat.workload
        _, load_cores = choose_cores()
        turns = max(1, round(self._seconds / _TURN))
        with contextlib.ExitStack() as stack:
            entries: list[_Entry] = []
            for subject in subjects:
                with self._failures_noted(subject):
                    server = stack.enter_context(self._serving(subject, folder))
                    arguments = workload.load_arguments(server.address, self._seconds / turns)
                    load = stack.enter_context(Load(arguments, cores=load_cores))
                    entries.append(_Entry(subject, server, load))
            for number in range(turns):
                # Back and forth, so that no subject always follows a costly neighbour.
                for entry in entries[:: -1 if number % 2 else 1]:
                    with self._failures_noted(entry.subject):
                        try:
                            entry.take_turn()
                        except ProcessError:
                            entries.remove(entry)
                            raise
            for entry in entries:
                with self._failures_noted(entry.subject):
                    sample = entry.sample()
                    _check(sample)
                    self._results.add(entry.subject.name, workload.name, sample)
                    entry.load.close()
                    self._results.stops.setdefault(entry.subject.name, []).append(entry.server.stop())

    def _measure_beside_idle(self, subject: Subject, server: ServerProcess) -> None:
        workload = self._heat.workload
        _, load_cores = choose_cores()
        arguments = workload.load_arguments(server.address, self._seconds)
        with Load([*arguments, "--requests", str(_WARM_UP)], cores=load_cores) as load:
            load.go()
        for idle in workload.idle:
            beside = ["--idle", str(idle)] if idle else []
            sample = measure(server, [*arguments, *beside], cores=load_cores)
            _check(sample)
            self._results.add(subject.name, workload.name, sample, idle)


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
