"""What a server does that has no descriptors left, side by side: 64 descriptors, 100 clients, ours and the stdlib's.

``python -m benchmarks.exhaustion [SUBJECT ...] [--clients N] [--seconds S]`` prints for each the CPU time that it uses
while it is exhausted, what it logs, how long after the recovery it serves again, and how many clients it has served in
the end.

The descriptors are held by ``clients``, which stay connected. If a strategy serves fewer at once than there are
descriptors, the program itself holds them by opening files; so it does for every recovery but the first.
"""

import argparse
import contextlib
import os
import random
import selectors
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.processes import PATIENCE, ProcessError, ServerProcess
from benchmarks.ratios import spread

DESCRIPTORS = 64
SUBJECTS = ("stdlib", "compat", "threads", "multiplexed", "asyncio", "inline", "forks")

# Clients cannot exhaust these: they serve one after the other or, like Forks, keep no descriptor for a client.
NOT_BY_CLIENTS = ("inline", "forks")

# After this many seconds without an answer, no more clients are served.
_QUIET = 0.2

# Recoveries in all, because one is a matter of luck.
_RECOVERIES = 5

# Seconds without a return of the exhaustion after which an episode is over.
_SETTLES = 3.0

# Seconds between two polls of a state that no event reports.
_INTERVAL = 0.002


@dataclass(frozen=True, slots=True)
class Episode:
    """The findings about one server.

    cpu_percent: of one processor, while it was exhausted.
    log_lines, log_bytes: of that episode alone.
    recovery_ms: from the end of that episode, and of some shorter ones after it, to the next answer.
    """

    subject: str
    held_by: str
    cpu_percent: float
    log_lines: int
    log_bytes: int
    recovery_ms: list[float]
    served: int

    def row(self) -> str:
        """Write it as a row of the table."""
        return (
            f"| {self.subject:<11} | {self.held_by:<7} | {self.cpu_percent:6.2f} | {self.log_lines:9} "
            f"| {self.log_bytes:9} | {spread(self.recovery_ms)!s:<22} | {self.served:6} |"
        )


HEAD = (
    "| server      | held by |  CPU % | log lines | log bytes | recovery ms            | served |\n"
    "|-------------|---------|--------|-----------|-----------|------------------------|--------|"
)


def _wait_until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise ProcessError(f"within {patience:g} s {what}")
        time.sleep(_INTERVAL)


class Crowd:
    """Clients that each have sent a line, wait for its echo, and stay connected until the test ends them."""

    def __init__(self, address: tuple[str, int], number: int) -> None:
        self._address = address
        self._selector = selectors.DefaultSelector()
        self._waiting = number
        self._answered: list[socket.socket] = []
        self.served = 0

    def __enter__(self) -> Self:
        for _ in range(self._waiting):
            client = socket.create_connection(self._address, PATIENCE)
            client.sendall(b"x\n")
            self._selector.register(client, selectors.EVENT_READ)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.send_answered_away()
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()

    def wait_for_answers(self, timeout: float) -> int:
        """Wait for the next answers; returns how many have come."""
        ready = self._selector.select(timeout)
        for key, _events in ready:
            client = key.fileobj
            assert isinstance(client, socket.socket)
            if client.recv(16) != b"x\n":
                raise ProcessError("a client was sent away")
            self._selector.unregister(client)
            self._answered.append(client)
        self.served += len(ready)
        return len(ready)

    def send_answered_away(self) -> None:
        """Disconnect those that were served."""
        while self._answered:
            self._answered.pop().close()

    def wait_for_all(self) -> None:
        """Disconnect each when it is served, until all are served or no more is."""
        self.send_answered_away()
        while self._selector.get_map() and self.wait_for_answers(_SETTLES):
            self.send_answered_away()


def _descriptors_of(server: ServerProcess) -> int:
    return sum(1 for _ in Path(f"/proc/{server.pid}/fd").iterdir())


def _warm_up(server: ServerProcess, address: tuple[str, int]) -> int:
    """Have it serve one client; returns how many descriptors it has when it is idle."""
    with Crowd(address, 1) as crowd:
        crowd.wait_for_answers(PATIENCE)
    # A connection is closed a moment after its client has seen its end.
    time.sleep(_QUIET)
    return _descriptors_of(server)


def _exhaust(server: ServerProcess, idle: int) -> None:
    # A descriptor that is closed later would be free for a client.
    _wait_until(lambda: _descriptors_of(server) == idle, "it has not closed what it had")
    os.kill(server.pid, signal.SIGUSR1)
    _wait_until(lambda: _descriptors_of(server) == DESCRIPTORS, "it has not used up its descriptors")


def _recover(server: ServerProcess) -> float:
    """Give the descriptors back; returns when that was."""
    os.kill(server.pid, signal.SIGUSR2)
    return time.perf_counter()


def _measure_cpu(server: ServerProcess, seconds: float) -> float:
    used, begun = server.cpu_seconds(), time.perf_counter()
    time.sleep(seconds)
    return 100 * (server.cpu_seconds() - used) / (time.perf_counter() - begun)


def _measure(server: ServerProcess, log: Path, subject: str, clients: int, seconds: float) -> Episode:
    host, _colon, port = server.address.rpartition(":")
    address = host, int(port)
    by_program = subject in NOT_BY_CLIENTS
    idle = _warm_up(server, address)
    if by_program:
        _exhaust(server, idle)
    recoveries: list[float] = []
    with Crowd(address, clients) as crowd:
        while crowd.wait_for_answers(_QUIET):
            pass
        if crowd.served == clients or (by_program and crowd.served):
            raise ProcessError(f"{crowd.served} clients were served: it was not exhausted")
        cpu = _measure_cpu(server, seconds)
        if by_program:
            recovered = _recover(server)
        else:
            recovered = time.perf_counter()
            crowd.send_answered_away()
        if not crowd.wait_for_answers(PATIENCE):
            raise ProcessError("it does not serve again")
        recoveries.append(1000 * (time.perf_counter() - recovered))
        crowd.wait_for_all()
    with contextlib.suppress(ProcessError):
        _wait_until(lambda: log.read_bytes().count(b"\n") >= 2, "nothing was logged", _SETTLES)  # noqa: PLR2004 - begin, end
    logged = log.read_bytes()
    # Not by anything that the server does itself.
    recoveries.extend(_recover_once_more(server, address, idle) for _ in range(_RECOVERIES - 1))
    return Episode(
        subject,
        "program" if by_program else "clients",
        cpu,
        logged.count(b"\n"),
        len(logged),
        recoveries,
        crowd.served,
    )


def _recover_once_more(server: ServerProcess, address: tuple[str, int], idle: int) -> float:
    _exhaust(server, idle)
    with Crowd(address, 1) as crowd:
        # Never at the same moment of the server's own intervals.
        if crowd.wait_for_answers(random.uniform(_QUIET / 2, _QUIET)):  # noqa: S311 - no secret
            raise ProcessError("it was not exhausted")
        recovered = _recover(server)
        if not crowd.wait_for_answers(PATIENCE):
            raise ProcessError("it does not serve again")
        return 1000 * (time.perf_counter() - recovered)


def measure(subject: str, *, clients: int = 100, seconds: float = 2.0) -> Episode:
    """Start a server, exhaust it, let it recover, and stop it; raises ProcessError if that fails."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "benchmarks.exhausted_server", subject, "--log", str(log)]
        with ServerProcess([*command, "--descriptors", str(DESCRIPTORS)]) as server:
            found = _measure(server, log, subject, clients, seconds)
            server.stop()
        return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 1 if one of ours does not keep its promise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exhaustion", description="Take all descriptors away.")
    parser.add_argument("subjects", nargs="*", default=SUBJECTS, metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--clients", type=int, default=100, metavar="N")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="that CPU time is measured for")
    options = parser.parse_args(arguments)
    if unknown := set(options.subjects) - set(SUBJECTS):
        parser.error(f"{', '.join(unknown)} is none of {', '.join(SUBJECTS)}")
    print(HEAD)
    kept = True
    for subject in options.subjects:
        episode = measure(subject, clients=options.clients, seconds=options.seconds)
        print(episode.row(), flush=True)
        kept &= subject == "stdlib" or keeps_its_promise(episode, options.clients)
    return int(not kept)


def keeps_its_promise(episode: Episode, clients: int) -> bool:
    """Whether it uses less than 2 %, says two lines, is back within a tenth of a second, and has served everybody."""
    recovery = spread(episode.recovery_ms)
    return (
        episode.cpu_percent < 2  # noqa: PLR2004
        and episode.log_lines == 2  # noqa: PLR2004
        and recovery is not None
        and recovery.median < 100  # noqa: PLR2004
        and episode.served == clients
    )


if __name__ == "__main__":
    sys.exit(main())
