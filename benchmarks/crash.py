"""What a killed worker costs: SIGKILL of one of a ``Prefork``'s workers while clients ask without a pause.

``python -m benchmarks.crash [--processes N] [--strategy S] [--clients N] [--kills N]`` measures how long it takes until
a new worker has answered, and how many requests failed, beside how many the killed worker can have had in hand.

The load is in Python because it reads from each answer which worker gave it.
"""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from benchmarks.pid_server import STRATEGIES
from benchmarks.processes import PATIENCE, ProcessError, ServerProcess, choose_cores
from benchmarks.ratios import spread

# Seconds between two kills, so that each finds all workers at work; no event reports that.
_RECOVERY = 0.3


@dataclass(frozen=True, slots=True)
class Kill:
    """One worker's death: milliseconds until another one served, requests that failed, requests that were answered."""

    replaced_ms: float
    failed: int
    answered: int


class Clients:
    """Threads that each make one request after the other, a connection each, and note which worker has answered."""

    def __init__(self, address: tuple[str, int], number: int) -> None:
        self._address = address
        self._stopping = False
        self._answer = threading.Condition()
        self.workers: dict[int, float] = {}
        """When each worker has answered first."""
        self._last_answers: dict[int, float] = {}
        self.answered = 0
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(number)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stopping = True
        for thread in self._threads:
            thread.join()

    def _ask_on(self) -> None:
        while not self._stopping:
            try:
                worker = self._ask()
            except OSError as error:
                with self._answer:
                    self.failures.append(repr(error))
                continue
            now = time.perf_counter()
            with self._answer:
                self.answered += 1
                self._last_answers[worker] = now
                if worker not in self.workers:
                    self.workers[worker] = now
                    self._answer.notify_all()

    def _ask(self) -> int:
        with socket.create_connection(self._address, PATIENCE) as client:
            client.sendall(b"who\n")
            answer = client.recv(64)
            if not answer.endswith(b"\n"):
                raise ConnectionResetError("end of file in place of an answer")
            client.shutdown(socket.SHUT_WR)
            if client.recv(64):
                raise ConnectionError("more than an answer")
            return int(answer)

    def choose_victim(self) -> int:
        """Return a worker that works: the one that has answered last of all."""
        with self._answer:
            return max(self._last_answers, key=lambda worker: self._last_answers[worker])

    def wait_for_workers(self, number: int) -> None:
        """Return when so many have answered, in all; raises ProcessError if they do not."""
        with self._answer:
            if not self._answer.wait_for(lambda: len(self.workers) >= number, PATIENCE):
                raise ProcessError(
                    f"{len(self.workers)} workers have answered within {PATIENCE} s, not {number}; "
                    f"{len(self.failures)} requests failed: {self.failures[-1:]}"
                )


def kill_workers(server: ServerProcess, clients: Clients, processes: int, kills: int) -> list[Kill]:
    """Kill one worker after the other, each when its predecessor is replaced."""
    clients.wait_for_workers(processes)
    found: list[Kill] = []
    for _ in range(kills):
        time.sleep(_RECOVERY)
        victim = clients.choose_victim()
        known, failed, answered = len(clients.workers), len(clients.failures), clients.answered
        killed = time.perf_counter()
        os.kill(victim, signal.SIGKILL)
        # Pids repeat only after thousands of processes, so an unknown pid is a new worker.
        clients.wait_for_workers(known + 1)
        replaced = max(clients.workers.values())
        time.sleep(_RECOVERY)
        found.append(Kill((replaced - killed) * 1e3, len(clients.failures) - failed, clients.answered - answered))
        print(f"killed {victim}: {found[-1]}; {server.memory() / 1024**2:.0f} MiB", file=sys.stderr)
    return found


def run(command: Sequence[str], processes: int, clients: int, kills: int) -> list[Kill]:
    """Start the server that the command names, kill its workers, and stop it; raises ProcessError."""
    server_cores, load_cores = choose_cores()
    with ServerProcess(command, cores=server_cores | load_cores) as server:
        host, _colon, port = server.address.rpartition(":")
        with Clients((host, int(port)), clients) as asking:
            found = kill_workers(server, asking, processes, kills)
        print(f"stopped in {server.stop() * 1e3:.1f} ms")
    return found


def main() -> int:
    """Run the command line; returns the exit status: 1 if a worker was replaced late, or more failed than may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description="Kill workers under load.")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    parser.add_argument("--strategy", default="inline", choices=STRATEGIES)
    parser.add_argument("--clients", type=int, default=8, metavar="N")
    parser.add_argument("--kills", type=int, default=10, metavar="N")
    parser.add_argument("--within", type=float, default=100.0, metavar="MS", help="that a replacement may take")
    options = parser.parse_args()
    command = [
        sys.executable,
        "benchmarks/pid_server.py",
        *("--processes", str(options.processes), "--strategy", options.strategy),
    ]
    try:
        found = run(command, options.processes, options.clients, options.kills)
    except ProcessError as error:
        print(error, file=sys.stderr)
        return 1
    in_hand = 1 if options.strategy == "inline" else options.clients
    replaced = spread(kill.replaced_ms for kill in found)
    failed = spread(kill.failed for kill in found)
    answered = sum(kill.answered for kill in found)
    print(f"{len(found)} workers killed: another one served after {replaced} ms (at most {options.within:g})")
    print(f"requests that failed for each: {failed} (a killed worker has at most {in_hand} in hand)")
    print(f"{answered} requests were answered around the kills")
    late = any(kill.replaced_ms > options.within for kill in found)
    lost = any(kill.failed > in_hand for kill in found)
    return int(late or lost)


if __name__ == "__main__":
    sys.exit(main())
