"""A trial of a source: consumers in processes of their own, which are killed and drained at random and replaced.

It knows what is put into a source and how to ask what is left of it; the consumers' program has the servers.
"""

import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias

import sqlalchemy

from tests.postgresql import PostgreSQL
from tests.redis_server import RedisServer
from tests.reliability.consumers import AT_ONCE, EFFECTS, MAX_ATTEMPTS, PREFETCH, STRATEGIES, Plan, table
from tests.reliability.deliveries import DeliveryBook, Expected, Outcome, Verdict, judge, read_book
from tests.reliability.programs import Program, StuckError
from typedserver.sources import create_table

CONSUMERS: Final = 4

# One of so many messages is bad, so that there are some dozens.
_BAD_EVERY: Final = 499

# Seconds between two consumers' ends: several handlers' time, and many ends in a short trial.
_BETWEEN_ENDS: Final = (0.02, 0.15)

# Of a consumer's ends, so many are kills; the rest are drains.
_KILLS: Final = 0.6

# Seconds without one more message done, after which a trial is stuck: far more than a lease.
_STUCK: Final = 60.0

# What a consumer can hold: messages in its handlers, those that wait for them, and as many that are done and wait for
# their acknowledgement.
_MOST_HELD: Final = 2 * (AT_ONCE + PREFETCH)


Kind: TypeAlias = Literal["postgresql", "sqlite", "spool", "redis"]
KINDS: Final[tuple[Kind, ...]] = ("postgresql", "sqlite", "spool", "redis")


def _is_bad(number: int) -> bool:
    return number % _BAD_EVERY == 0


class Stock(Protocol):
    """A source's inside, as a trial sees it."""

    @property
    def kind(self) -> str: ...

    @property
    def where(self) -> str: ...

    def fill(self, messages: int) -> None:
        """Put messages in, numbered from 1."""
        ...

    def left(self) -> int:
        """Return how many are neither done nor dead."""
        ...

    def outcome(self) -> Outcome: ...

    def crash(self) -> bool:
        """Have the source itself crash, and start it again; return False if it has no process that could."""
        ...

    def close(self) -> None: ...


# Of a row that is lent for ever, in SQLite's texts as well.
_IS_DEAD: Final = "leased_until > '9000-01-01'"


class TableStock:
    """The rows of a table."""

    kind = "sql"

    def __init__(self, where: str, server: PostgreSQL | None = None) -> None:
        self.where = where
        self._server = server
        self._engine = sqlalchemy.create_engine(where, pool_pre_ping=True)

    def fill(self, messages: int) -> None:
        create_table(table(self.where))
        rows = [{"id": number, "bad": _is_bad(number)} for number in range(1, messages + 1)]
        with self._engine.begin() as connection:
            EFFECTS.create(connection)
            connection.execute(sqlalchemy.text("INSERT INTO rows (id, bad) VALUES (:id, :bad)"), rows)

    def left(self) -> int:
        statement = sqlalchemy.text(f"SELECT count(*) FROM rows WHERE leased_until IS NULL OR NOT {_IS_DEAD}")
        with self._engine.connect() as connection:
            return int(connection.execute(statement).scalar_one())

    def outcome(self) -> Outcome:
        with self._engine.connect() as connection:
            dead = connection.scalars(sqlalchemy.text(f"SELECT id FROM rows WHERE {_IS_DEAD}")).all()
            effects = Counter(connection.scalars(sqlalchemy.select(EFFECTS.c.message)).all())
        return Outcome(left=self.left(), dead=list(dead), effects=effects)

    def crash(self) -> bool:
        if self._server is None:
            return False
        self._server.stop(crash=True)
        self._server.start()
        return True

    def close(self) -> None:
        self._engine.dispose()


class SpoolStock:
    """The files of a folder."""

    kind = "spool"

    def __init__(self, where: str) -> None:
        self.where = where
        self._folder = Path(where)

    def fill(self, messages: int) -> None:
        self._folder.mkdir()
        for number in range(1, messages + 1):
            (self._folder / f"{number:06}").write_text("bad" if _is_bad(number) else "good")

    def _files(self) -> list[Path]:
        """Return all that is in the folder but the locks, whose names begin with no number of ours."""
        files = [Path(parent) / name for parent, _folders, names in os.walk(self._folder) for name in names]
        return [file for file in files if file.name.isdecimal()]

    def left(self) -> int:
        return sum(file.parent.name != "failed" for file in self._files())

    def outcome(self) -> Outcome:
        return Outcome(
            left=self.left(), dead=[int(file.name) for file in self._files() if file.parent.name == "failed"]
        )

    def crash(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""


class StreamStock:
    """The entries of a Redis stream, by the commands themselves."""

    kind = "redis"

    def __init__(self, server: RedisServer) -> None:
        self.where = server.url
        self._server = server

    def fill(self, messages: int) -> None:
        for number in range(1, messages + 1):
            self._server.ask(f"XADD rows * number {number} bad {int(_is_bad(number))}")

    def left(self) -> int:
        return int(self._server.ask("XLEN rows").removeprefix(":"))

    def outcome(self) -> Outcome:
        script = (
            "local dead = {} "
            "for place, entry in ipairs(redis.call('XRANGE', 'rows:dead', '-', '+')) do dead[place] = entry[2][2] end "
            "return redis.status_reply(table.concat(dead, ' '))"
        )
        dead = self._server.ask(f'EVAL "{script}" 0').removeprefix("+")
        return Outcome(left=self.left(), dead=list(map(int, dead.split())))

    def crash(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def stock_of(kind: Kind, folder: Path) -> Generator[Stock, None, None]:
    """Bring up what a source of this kind needs."""
    match kind:
        case "postgresql":
            with (
                PostgreSQL() as server,
                server.new_database() as database,
                closing(TableStock(database.url, server)) as stock,
            ):
                yield stock
        case "sqlite":
            with closing(TableStock(f"sqlite:///{folder / 'rows.db'}")) as stock:
                yield stock
        case "spool":
            yield SpoolStock(str(folder / "spool"))
        case "redis":
            with RedisServer() as redis:
                yield StreamStock(redis)


@dataclass(frozen=True, slots=True)
class Sourced:
    """The result of a trial."""

    verdict: Verdict
    killed: int
    drained: int
    crashed: int
    seconds: float
    faults: tuple[str, ...]

    def describe(self) -> str:
        """Say what happened, in a line."""
        again = len(self.verdict.repeated)
        named = "".join(f", such as {each}" for each in self.verdict.repeated[:1])
        return (
            f"{self.verdict.deliveries:,} deliveries of {self.verdict.messages:,} messages; {self.killed} killed, "
            f"{self.drained} drained{', the source crashed' if self.crashed else ''}; {again} came again{named}"
        )


class _Crew:
    """The consumers, under each strategy in turn."""

    def __init__(self, program: Program, stock: Stock, book: str, *, once: bool) -> None:
        self._program = program
        self._stock = stock
        self._book = book
        self._once = once
        self._noted = DeliveryBook(book, 0)
        self._last = 0
        self._serving: dict[int, int] = {}  # Process by consumer.
        self._draining: dict[int, int] = {}
        self._statuses: dict[int, int] = {}  # By process.
        self.killed = self.drained = self.crashed = 0
        self.faults: list[str] = []

    def start(self) -> None:
        """Start one more; it serves a moment later."""
        self._last += 1
        plan = Plan(
            kind=self._stock.kind,
            where=self._stock.where,
            book=self._book,
            consumer=self._last,
            strategy=STRATEGIES[self._last % len(STRATEGIES)],
            once=self._once,
        )
        self._program.send({"start": asdict(plan)})

    def serving(self, least: int) -> list[int]:
        """Return the consumers that serve, when at least so many do."""
        while len(self._serving) < least:
            self._hear()
        return list(self._serving)

    def _hear(self, *suspects: int) -> None:
        heard = self._program.hear(suspects=[*suspects, *self._serving.values()])
        if "serves" in heard:
            self._serving[heard["serves"]] = heard["pid"]
        else:
            self._statuses[heard["ended"]] = heard["status"]

    def _await_end(self, consumer: int, pid: int, expected: int) -> None:
        self._program.send({"wait": pid})
        while pid not in self._statuses:
            self._hear(pid)
        # The number may be another's by and by.
        status = self._statuses.pop(pid)
        if status != expected:
            self.faults.append(f"consumer {consumer} ended with status {status} instead of {expected}")

    def kill(self, consumer: int) -> None:
        pid = self._serving.pop(consumer)
        # Before, because a source that sees its end gives its messages to another at once.
        self._noted.killed(consumer)
        os.kill(pid, signal.SIGKILL)
        self._await_end(consumer, pid, -signal.SIGKILL)
        self.killed += 1

    def drain(self, consumer: int) -> None:
        """Have it drain, while the others go on."""
        self._draining[consumer] = pid = self._serving.pop(consumer)
        os.kill(pid, signal.SIGTERM)
        self.drained += 1

    def crash_source(self) -> None:
        """Have the source crash while all serve; who starts meanwhile could not open it."""
        self.serving(CONSUMERS)
        self._noted.outage()
        if self._stock.crash():
            self._noted.outage()
            self.crashed += 1

    def end(self) -> None:
        """Drain all, and wait for their ends."""
        for consumer in self.serving(CONSUMERS):
            self.drain(consumer)
        for consumer, pid in self._draining.items():
            self._await_end(consumer, pid, 0)
        self._noted.close()


def run(
    stock: Stock,
    messages: int,
    *,
    once: bool = False,
    crash: bool = True,
    seed: int = 7,
    passed: Callable[[float], object] = lambda _part: None,
) -> Sourced:
    """Run a trial; ``passed`` is called with the part that is done, from 0 to 1.

    once: whether the handlers have an effect in the transaction that acknowledges, which must be there once.
    crash: whether the source crashes when half is done, if it has a process of its own.

    Raises StuckError if no message is done any more.
    """
    choice = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="ledger") as folder,
        Program(["-m", "tests.reliability.consumers"]) as program,
    ):
        book = Path(folder) / "book"
        stock.fill(messages)
        begun = time.monotonic()
        crew = _Crew(program, stock, str(book), once=once)
        for _ in range(CONSUMERS):
            crew.start()
        last, since = messages, begun
        crashes = [messages // 2] if crash else []
        while left := stock.left():
            passed(1 - left / messages)
            if left != last:
                last, since = left, time.monotonic()
            elif time.monotonic() - since > _STUCK:
                raise StuckError(f"{left} messages are left for {_STUCK:g} s; {program.complaints()}")
            if crashes and left < crashes[0]:
                crashes.pop()
                crew.crash_source()
            time.sleep(choice.uniform(*_BETWEEN_ENDS))
            victim = choice.choice(crew.serving(CONSUMERS - 1))
            (crew.kill if choice.random() < _KILLS else crew.drain)(victim)
            crew.start()
        seconds = time.monotonic() - begun
        crew.end()
        outcome = stock.outcome() if once else replace(stock.outcome(), effects=None)
        bad = {number for number in range(1, messages + 1) if _is_bad(number)}
        expected = Expected(messages=messages, bad=bad, max_attempts=MAX_ATTEMPTS, most_held=_MOST_HELD)
        verdict = judge(read_book(book), outcome, expected)
        said = program.said()
        faults = [*crew.faults, *verdict.faults, *([f"the consumers said: {said[-2000:]}"] if said else [])]
        return Sourced(verdict, crew.killed, crew.drained, crew.crashed, seconds, tuple(faults))
