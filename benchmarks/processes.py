"""Servers and load generators as processes: on a core each, with what they cost in CPU time, memory and time to stop.

It knows processes and the kernel's accounts of them, whatever program they run: no subject, no workload, no table.
Linux alone: the accounts are read from /proc.
"""

import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from benchmarks.programs import ROOT, compile_program

PATIENCE = 30.0
"""Seconds: longer than any program here takes to start, or to stop, on a loaded machine."""

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

# What clock_getcpuclockid(3) computes: the CPU clock of a whole process, whose threads may be gone.
_CPU_CLOCK_OF_PROCESS = 2


class ProcessError(Exception):
    """A program did not start, failed, or did not stop; the message has what it said."""


def choose_cores() -> tuple[frozenset[int], frozenset[int]]:
    """Return the server's cores and the load generator's: one each, or one for both if there is no other."""
    allowed = sorted(os.sched_getaffinity(0))
    return frozenset(allowed[:1]), frozenset(allowed[1:2] or allowed[:1])


def raise_file_limit() -> int:
    """Let this process and those it starts open as many files as the kernel grants; returns how many."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@contextlib.contextmanager
def _pinned(cores: frozenset[int] | None) -> Generator[None, None, None]:
    # A child has the cores of the thread that starts it, so nothing has to run between fork and exec.
    before = os.sched_getaffinity(0)
    if cores:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _wait_for_exit(pid: int, timeout: float) -> bool:
    """Wait for a child to end, without reaping it; Popen.wait would look every now and then."""
    pidfd = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return bool(poll.poll(timeout * 1000))
    finally:
        os.close(pidfd)


def _read_line(file: IO[bytes], deadline: float) -> bytes:
    """Read a line from an unbuffered pipe; b"" at its end or at the deadline."""
    line = b""
    poll = select.poll()
    poll.register(file, select.POLLIN | select.POLLHUP)
    while not line.endswith(b"\n"):
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            return b""
        # One byte at a time, because the next reader needs what follows the line.
        part = os.read(file.fileno(), 1)
        if not part:
            return b""
        line += part
    return line


def family_of(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    for known in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{known}/task").iterdir():
                with contextlib.suppress(OSError):
                    found.extend(map(int, (task / "children").read_text().split()))
    return found


def cpu_seconds_of(pid: int) -> float:
    """Return user and system time of a process, its descendants and all children that any of them has reaped."""
    total = 0.0
    # The youngest first: a child that is reaped meanwhile is then counted twice rather than never.
    for member in reversed(family_of(pid)):
        try:
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        utime, stime, cutime, cstime = map(int, fields[11:15])
        try:
            # In nanoseconds; /proc has only hundredths of seconds.
            total += time.clock_gettime(~member << 3 | _CPU_CLOCK_OF_PROCESS)
        except OSError:
            total += (utime + stime) / _TICKS_PER_SECOND
        total += (cutime + cstime) / _TICKS_PER_SECOND
    return total


def memory_of(pid: int) -> int:
    """Return the bytes that a process and its descendants hold, shared pages by their share (PSS)."""
    total = 0
    for member in family_of(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


class ServerProcess:
    """A server in a process of its own, from its first line of output on to its stop.

    ``ready`` is what that line begins with; the rest of it is ``address``. What the program says on stderr is kept,
    and reported if it fails.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cores: frozenset[int] | None = None,
        ready: str = "listening on ",
        cwd: Path = ROOT,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.command = list(command)
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in kill
        with _pinned(cores):
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                bufsize=0,
                cwd=cwd,
                env=None if environment is None else os.environ | environment,
                # Its own process group, so that we can end its children with it.
                start_new_session=True,
            )
        self.pid = self._process.pid
        try:
            self.address = self._await_address(ready)
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def _await_address(self, ready: str) -> str:
        assert self._process.stdout is not None
        deadline = time.monotonic() + PATIENCE
        while line := _read_line(self._process.stdout, deadline):
            _before, found, address = line.decode().rstrip("\n").partition(ready)
            if found:
                return address
        raise ProcessError(f"{' '.join(self.command)} did not say {ready!r}; it said:\n{self.complaints()}")

    def complaints(self) -> str:
        """Return the end of what it has written to stderr."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-2000:]

    def cpu_seconds(self) -> float:
        """Return what it and all its children have used so far."""
        return cpu_seconds_of(self.pid)

    def memory(self) -> int:
        """Return the bytes it and all its children hold."""
        return memory_of(self.pid)

    def stop(self) -> float:
        """Ask it to stop with SIGTERM; returns the seconds that it took.

        Raises ProcessError if it does not, or says by its exit status that something went wrong.
        """
        asked = time.perf_counter()
        self._process.send_signal(signal.SIGTERM)
        ended = _wait_for_exit(self.pid, PATIENCE)
        took = time.perf_counter() - asked
        if not ended:
            self.kill()
            raise ProcessError(f"{' '.join(self.command)} did not stop at SIGTERM within {PATIENCE} s")
        if status := self._process.wait():
            raise ProcessError(f"{' '.join(self.command)} ended with status {status} and said:\n{self.complaints()}")
        return took

    def kill(self) -> None:
        """End it and all that it has started; nothing is left of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if not self._errors.closed:
            self._errors.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one run of the load generator found: its own account, and the server's."""

    requests: int
    seconds: float
    requests_per_s: float
    bytes: int
    p50_us: float
    p90_us: float
    p99_us: float
    max_us: float
    longest_gap_us: float
    errors: int
    wrong: int
    lost: int
    timeouts: int
    cpu_seconds: float
    server_cpu_seconds: float
    server_memory: int

    @property
    def cpu_us_per_request(self) -> float:
        """What a request costs the server; infinite if none was served."""
        return self.server_cpu_seconds / self.requests * 1e6 if self.requests else float("inf")

    @property
    def load_share(self) -> float:
        """How busy the load generator's core was with it, from 0 to 1."""
        return self.cpu_seconds / self.seconds

    @property
    def server_share(self) -> float:
        """How many cores the server kept busy."""
        return self.server_cpu_seconds / self.seconds


class Load:
    """The load generator, connected and on hold between one ``go`` and the next, until it is closed."""

    def __init__(self, arguments: Sequence[str], *, cores: frozenset[int] | None = None) -> None:
        command = [str(compile_program("load")), *arguments, "--hold"]
        with _pinned(cores):
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
            )
        try:
            self._await_line("connected")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _await_line(self, what: str) -> bytes:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        # It gives up by itself; and thousands of idle connections take their time.
        line = _read_line(self._process.stdout, time.monotonic() + 20 * PATIENCE)
        if not line:
            raise ProcessError(f"the load generator was not {what}: {self._process.stderr.read().decode().strip()}")
        return line

    def go(self) -> dict[str, Any]:
        """Run; returns the generator's account of all its runs so far."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        account: dict[str, Any] = json.loads(self._await_line("done"))
        return account

    def close(self) -> None:
        """Disconnect all."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        self._process.wait()


def measure(server: ServerProcess, arguments: Sequence[str], *, cores: frozenset[int] | None = None) -> Sample:
    """Run the load generator against a server; what the server uses to take up its connections is not counted."""
    with Load(arguments, cores=cores) as load:
        memory = server.memory()
        before = server.cpu_seconds()
        account = load.go()
        return Sample(**account, server_cpu_seconds=server.cpu_seconds() - before, server_memory=memory)


@dataclass(frozen=True, slots=True)
class Ran:
    """A foreign load generator's run."""

    output: str
    seconds: float
    cpu_seconds: float
    server_cpu_seconds: float


def run_client(server: ServerProcess, command: Sequence[str], *, cores: frozenset[int] | None = None) -> Ran:
    """Run another program (wrk, redis-benchmark) against a server; raises ProcessError if it fails."""
    before = server.cpu_seconds()
    started = time.perf_counter()
    with _pinned(cores), tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        except FileNotFoundError:
            raise ProcessError(f"there is no {command[0]}: run `sh benchmarks/install_tools.sh`") from None
        assert process.stdout is not None
        with process.stdout as stdout:
            output = stdout.read().decode(errors="replace")
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        server_cpu = server.cpu_seconds() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace")
            raise ProcessError(f"{' '.join(command)} ended with status {process.returncode} and said:\n{said}{output}")
    return Ran(output, seconds, usage.ru_utime + usage.ru_stime, server_cpu)
