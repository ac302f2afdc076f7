"""Messages that a real Dask cluster executes while its workers are killed and others come: each has exactly one reply.

The scheduler, three workers, the server and its clients are processes of their own. Executions may repeat, because Dask
runs again what a killed worker had, and because a client repeats a datagram; they are counted.
"""

import json
import random
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.reliability.dask_work import executions
from tests.reliability.programs import Program

WORKERS: Final = 3

# Seconds: the packages of Dask take some to import, and all these processes begin at once.
_START: Final = 90.0

# Seconds without any progress. After a kill the next worker may have to be there first.
_PROGRESS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Dasked:
    """The result.

    answered: messages that had their one reply. repeats, twice: see ``Account`` of the clients.
    executed: executions, those of repeats included; kills: of workers.
    """

    messages: int
    answered: int
    repeats: int
    twice: int
    executed: int
    kills: int
    seconds: float
    faults: list[str]


class Cluster:
    """A scheduler and workers; what is started later is entered in the same stack."""

    def __init__(self, stack: ExitStack, scheduler_kind: str = "scheduler") -> None:
        self._stack = stack
        self.scheduler = self._start(scheduler_kind)
        self.address: str = self.scheduler.hear(patience=_START)
        self.workers = [self._start("worker", self.address) for _ in range(WORKERS)]
        for worker in self.workers:
            worker.hear(patience=_START)

    def _start(self, *arguments: str) -> Program:
        return self._stack.enter_context(Program(["-m", "tests.reliability.dask_nodes", *arguments]))

    def server(self, ledger: Path, limit: int) -> Program:
        """Start a server whose messages it executes; the first that it says are its addresses."""
        return self._start("server", self.address, str(ledger), str(limit))

    def direct(self, ledger: Path, limit: int) -> Program:
        """Start a program that calls it directly; the first that it says is that it is ready."""
        return self._start("direct", self.address, str(ledger), str(limit))

    def failures(self) -> Program:
        """Start a program that submits messages which fail."""
        return self._start("failures", self.address)

    def losses(self) -> Program:
        """Start a program that submits a message whose result is lost after it was fetched."""
        return self._start("losses", self.address)

    def replace(self, number: int) -> None:
        """Kill a worker; another one comes when it has started, and is not waited for."""
        self.workers[number].close()
        self.workers[number] = self._start("worker", self.address)


def run(
    messages: int, clients: int, *, kills: int, seed: int = 0, passed: Callable[[float], Any] = lambda _part: None
) -> Dasked:
    """Have clients ask so many messages in all, and kill a worker so many times meanwhile."""
    chance = random.Random(seed)
    messages -= messages % clients
    killed = 0
    with ExitStack() as stack:
        ledger = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="typedserver-dask-")))
        cluster = Cluster(stack)
        server = cluster.server(ledger, limit=256)
        tcp, udp = server.hear(patience=_START)
        asking = stack.enter_context(
            Program(["-m", "tests.reliability.dask_clients", *map(json.dumps, (tcp, udp, clients, messages))])
        )
        while isinstance(said := asking.hear(patience=_PROGRESS), float):
            passed(said)
            # Of so many kills the next is due at this share of the messages.
            while killed < kills and said >= (killed + 1) / (kills + 1):
                cluster.replace(chance.randrange(WORKERS))
                killed += 1
        executed = executions(ledger)
        faults = list(said["faults"])
        if faults:
            faults.append(server.complaints())
    expected = {b"%d:%d" % (client, number) for client in range(clients) for number in range(messages // clients)}
    if missing := expected - executed.keys():
        faults.append(f"{len(missing)} messages were never executed")
    if unknown := executed.keys() - expected:
        faults.append(f"{len(unknown)} executions were of no message")
    if said["answered"] != messages:
        faults.append(f"{messages - said['answered']} messages were not answered")
    return Dasked(
        messages,
        said["answered"],
        said["repeats"],
        said["twice"],
        executed.total(),
        killed,
        said["seconds"],
        faults,
    )


def failures() -> list[str]:
    """Return what became of messages one of which raises, one does not pickle, and one kills its worker."""
    with ExitStack() as stack:
        program = Cluster(stack, "strict scheduler").failures()
        return list(iter(partial(program.hear, patience=_START), None))


def losses() -> str:
    """Return what became of a message whose result was lost after it was fetched."""
    with ExitStack() as stack:
        said: str = Cluster(stack).losses().hear(patience=_START)
        return said
