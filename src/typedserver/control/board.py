"""What is known of a server in all of its processes: asked of each once a second, and summed up.

It knows a server and its workers' channels, a census, and no client. Loop's thread only: that is the loop of the server
itself, so what is read here stands still meanwhile, in this process.
"""

import contextlib
import itertools
import math
import os
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from typedserver.control.census import Census, Connection, Question, text_of
from typedserver.control.said import ServerStatus, Status
from typedserver.control.samples import Samples
from typedserver.coroutines.event import Event
from typedserver.coroutines.tasks import TaskGroup
from typedserver.coroutines.timeouts import timeout
from typedserver.coroutines.waits import sleep
from typedserver.lifetime.serving import Serving
from typedserver.lifetime.tree import is_ours, leaves, nodes
from typedserver.prefork.prefork import Prefork
from typedserver.prefork.sharing import is_server
from typedserver.prefork.workers import Workers
from typedserver.protocols.servers import AnyServer
from typedserver.recipes import name_of, shown
from typedserver.requests.counts import Counts

# Seconds between two looks, and so between two updates of who watches.
INTERVAL: Final = 1.0

# Seconds that workers have for their answers: each has a thread for orders, which waits for nothing else. One that is
# silent for longer hangs as a whole, or was stopped.
_PATIENCE: Final = 1.0


@dataclass(slots=True)
class _Process:
    """What one process has said last: of each server its live requests and its counts; its connections.

    silent: whether it did not answer in time.
    """

    live: dict[int, int] = field(default_factory=dict[int, int])
    counts: dict[int, Counts] = field(default_factory=dict[int, Counts])
    connections: list[Connection] = field(default_factory=list[Connection])
    silent: bool = False


@dataclass(slots=True)
class _Asked:
    """A question that workers were asked.

    waits_for: those that have not answered to the end. over: set when all have.
    """

    waits_for: set[int]
    over: Event = field(default_factory=Event)
    said: dict[int, list[tuple[str, Any]]] = field(default_factory=dict[int, list[tuple[str, Any]]])


class Board:
    """The state of a server, in this process and its workers.

    server: what is looked at; it is counted from the next time on that it begins to serve.
    with_messages: whether messages are counted as well.
    """

    def __init__(self, server: AnyServer, *, with_messages: bool) -> None:
        self.server: AnyServer = server
        # The server, if it can be suspended: one of a foreign class cannot.
        self.owner: Serving | None = server if is_ours(server) else None
        # Has the server drain, whatever its class; set by what serves it.
        self.drain: Callable[[float | None], object] = _nothing_drains
        self._leaves: Sequence[AnyServer] = tuple(leaves(server))
        self.handlers: Sequence[str] = [_handler_of(leaf) for leaf in self._leaves]
        self._census = Census(self._leaves)
        self._preforks: list[Prefork[Any]] = [node for node in nodes(server) if isinstance(node, Prefork)]
        self._numbers = itertools.count(1)
        self._asked: dict[int, _Asked] = {}
        self._processes: dict[int, _Process] = {}
        # What was counted by workers that have gone, for each server.
        self._past: dict[int, Counts] = {}
        self._workers_ended = 0
        self._began = time.monotonic()
        self._samples = Samples(self._began)
        self._looked = self._looked_for_news = -math.inf
        # Whoever watches waits for this; how many of them want to see the connections.
        self._news = Event()
        self._viewers = 0
        for leaf in self._leaves:
            if is_server(leaf):
                leaf.__lifetime__.servable.counts = Counts(with_messages=with_messages)
        for workers in self._workforces():
            workers.answer, workers.answered = self._census.answer, self._take

    def _workforces(self) -> list[Workers]:
        # Looked up each time: a process that the program has forked has others.
        return [prefork.__lifetime__.servable for prefork in self._preforks]

    # Looking

    @contextlib.asynccontextmanager
    async def looking(self) -> AsyncGenerator[None, None]:
        """Look once a second, for as long as the block lasts: the lifespan of what shows it."""
        async with TaskGroup() as tasks:
            task = tasks.create_task(self._look_again_and_again())
            try:
                yield
            finally:
                task.cancel()

    async def _look_again_and_again(self) -> None:
        due = time.monotonic()
        while True:
            # There may be two of these, of the socket and of the page.
            if time.monotonic() - self._looked_for_news >= INTERVAL / 2:
                self._looked_for_news = time.monotonic()
                await self.look(connections=self._viewers > 0)
                self._news.set()
                self._news.clear()
            due = max(due + INTERVAL, time.monotonic())
            await sleep(due - time.monotonic())

    async def look(self, *, connections: bool) -> None:
        """Ask each process how it is; one that does not answer within a second is noted as silent.

        connections: whether the connections are asked for as well.
        """
        self._looked = time.monotonic()
        self._forget_ended()
        self._note_mine(connections=connections)
        asked = await self._ask(("state", connections))
        for pid, said in asked.said.items():
            if pid not in asked.waits_for:
                self._note(pid, said, connections=connections)
        for pid in asked.waits_for:
            self._processes.setdefault(pid, _Process()).silent = True
        self._samples.add(self._looked, self._total())

    def _note_mine(self, *, connections: bool) -> None:
        mine = self._processes.setdefault(os.getpid(), _Process())
        for place, (live, counts) in enumerate(self._census.counts()):
            # A copy, which is not counted on in.
            mine.live[place], mine.counts[place] = live, Counts()
            mine.counts[place].merge(counts)
        if connections:
            mine.connections = self._census.connections()

    def _note(self, pid: int, said: list[tuple[str, Any]], *, connections: bool) -> None:
        process = self._processes.setdefault(pid, _Process())
        process.silent = False
        rows = list[Connection]()
        for what, about in said:
            if what == "counts":
                place, live, counts = about
                process.live[place], process.counts[place] = live, Counts.of_message(counts)
            elif what == "connections":
                rows.extend(itertools.starmap(Connection, about))
        if connections:
            process.connections = rows

    def _forget_ended(self) -> None:
        pids = {pid for workers in self._workforces() for pid in workers.pids}
        for pid in [pid for pid in self._processes if pid not in pids and pid != os.getpid()]:
            self._workers_ended += 1
            for place, counts in self._processes.pop(pid).counts.items():
                self._past.setdefault(place, Counts()).merge(counts)

    async def _ask(self, question: Question) -> _Asked:
        """Ask all workers, and wait for their answers, for as long as one may take."""
        workforces = self._workforces()
        asked = _Asked({pid for workers in workforces for pid in workers.pids})
        if asked.waits_for:
            number = next(self._numbers)
            self._asked[number] = asked
            try:
                for workers in workforces:
                    workers.ask(number, question)
                async with timeout(_PATIENCE):
                    await asked.over.wait()
            except TimeoutError:
                pass
            finally:
                del self._asked[number]
        return asked

    def _take(self, pid: int, number: int, part: Any) -> None:  # noqa: ANN401 - JSON that the other process wrote
        asked = self._asked.get(number)
        if asked is None:
            return
        if part is not None:
            asked.said.setdefault(pid, []).append(part)
            return
        asked.said.setdefault(pid, [])
        asked.waits_for.discard(pid)
        if not asked.waits_for:
            asked.over.set()

    @contextlib.contextmanager
    def viewing(self) -> Generator[None, None, None]:
        """Have the connections asked for at each look, for as long as the block lasts."""
        self._viewers += 1
        try:
            yield
        finally:
            self._viewers -= 1

    async def news(self) -> None:
        """Wait for the next look."""
        await self._news.wait()

    # What it knows

    def connections(self) -> list[Connection]:
        """Return the connections of all processes, as they were at the last look that asked for them."""
        return [each for process in self._processes.values() for each in process.connections]

    def name_of(self, connection: Connection) -> str:
        """Return what names a connection to an operator: its number, behind the process of its worker."""
        return f"{connection.pid}-{connection.number}" if self._preforks else str(connection.number)

    def _total(self) -> Counts:
        total = Counts()
        for counts in self._counts():
            total.merge(counts)
        return total

    def _counts(self) -> list[Counts]:
        return [
            *self._past.values(),
            *(counts for process in self._processes.values() for counts in process.counts.values()),
        ]

    @property
    def state(self) -> str:
        """Whether it is serving, suspended or draining."""
        owner = self.owner
        if owner is None:
            return "serving"
        return "draining" if owner.draining else "suspended" if owner.__lifetime__.suspended else "serving"

    def status(self) -> Status:
        """Return all that is known but the connections, as of the last look; docs/operating.md says what is what."""
        total = self._total()
        mine = os.getpid()
        return {
            "state": self.state,
            "pid": mine,
            "seconds": time.monotonic() - self._began,
            "connections": sum(sum(process.live.values()) for process in self._processes.values()),
            "requests": total.outcomes,
            "refused": {reason: count for reason, count in total.refusals.items() if count},
            "messages": {"count": total.messages.count, "failed": total.failed_messages},
            "rates": self._samples.rates(),
            "latencies": self._samples.latencies(),
            "servers": [self._server_status(place, leaf) for place, leaf in enumerate(self._leaves)],
            "workers": [
                {
                    "pid": pid,
                    "connections": sum(process.live.values()),
                    "requests": sum(counts.requests.count for counts in process.counts.values()),
                    "answers": not process.silent,
                }
                for pid, process in sorted(self._processes.items())
                if pid != mine
            ],
            "workers_ended": self._workers_ended,
        }

    def _server_status(self, place: int, leaf: AnyServer) -> ServerStatus:
        live = sum(process.live.get(place, 0) for process in self._processes.values())
        if not is_server(leaf):
            # Nothing is known of what another class serves.
            return {
                "handler": self.handlers[place],
                "address": None,
                "endpoint": None,
                "strategy": None,
                "connections": None,
                "limit": None,
            }
        recipe = leaf.__lifetime__.servable.recipe
        return {
            "handler": self.handlers[place],
            "address": text_of(leaf.server_address),
            "endpoint": repr(recipe.endpoint),
            "strategy": repr(recipe.strategy),
            "connections": live,
            "limit": recipe.config.limits.connections,
        }

    # What is done

    async def cut(self, name: str) -> bool:
        """End a connection, by the name that it has here; returns whether it was still there."""
        pid, _, number = name.rpartition("-")
        if not number.isdecimal() or (pid and not pid.isdecimal()):
            return False
        if not pid or int(pid) == os.getpid():
            return self._census.cut(int(number))
        asked = await self._ask(("cut", int(pid), int(number)))
        return any(has_cut for said in asked.said.values() for what, has_cut in said if what == "cut")


def _handler_of(server: AnyServer) -> str:
    return name_of(server.__lifetime__.servable.recipe.handler) if is_server(server) else shown(server)


def _nothing_drains(_deadline: float | None) -> None:
    """Do nothing: nobody serves yet."""
