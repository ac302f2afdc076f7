"""A trial of the ledger: clients ask without a pause, something happens to the server, two accounts are compared.

This module knows the two programs, not what they serve. It reports each lost request and how far that request came.
"""

import os
import random
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias

from tests.reliability.clients import END, LOADED, Account, Order, account_of
from tests.reliability.ledger import Comparison, Loss, Written, compare
from tests.reliability.programs import Program
from tests.reliability.served import Ended, Plan, Ready, children_of

Event: TypeAlias = Literal["drain", "sigterm", "suspend", "crash", "stdlib"]

CLIENTS: Final = 32

# Milliseconds that the handler takes, in turn: mostly none, so that the queue empties and fills again; and sometimes so
# long that several requests wait, in every place where they can.
SERVICE: Final = (0, 0, 0, 1, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 2, 0)

# How often accepting is suspended in a trial, and how many workers are killed.
_TIMES: Final = 2


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a trial."""

    comparison: Comparison
    ended: Ended
    seconds: float
    in_hand: int = 0
    """How many were lost with a killed worker, which had them in hand."""

    @property
    def faults(self) -> list[str]:
        """Return what is not as promised: nothing may be lost, and nothing left."""
        found: list[str] = []
        if not self.comparison.kept:
            found.append(self.comparison.describe())
        ended = self.ended
        if ended.error:
            found.append(ended.error)
        if ended.status:
            found.append(f"exit status {ended.status}")
        found.extend(
            f"{what} left: {left}"
            for what, left in (("threads", ended.threads), ("children", ended.children), ("files", ended.files))
            if left
        )
        return found


def hear_account(clients: Program, suspects: Sequence[int] = ()) -> Account:
    """Wait for the account of the clients' program, past its reports of progress."""
    while (heard := clients.hear(suspects=suspects)) == LOADED:
        pass
    return account_of(heard)


class Stand:
    """Both programs, running; they serve one trial after the other."""

    def __init__(self, seed: int = 5) -> None:
        self._served = Program(["-m", "tests.reliability.served"])
        self._clients = Program(["-m", "tests.reliability.clients"])
        self._choice = random.Random(seed)  # the moment of the event differs, and is the same in the next run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._clients.close()
        self._served.close()

    def run(self, event: Event, strategy: str, transport: str, *, answers: int = 100, clients: int = CLIENTS) -> Trial:
        """Run a trial, with this many answers before the event.

        Raises StuckError if one of the programs is stuck; this stand is then useless.
        """
        with tempfile.TemporaryDirectory(prefix="ledger") as folder:
            book = Path(folder) / "book"
            plan = Plan(
                strategy=strategy,
                transport=transport,
                way="run" if event == "sigterm" else "stdlib" if event == "stdlib" else "drain",
                folder=folder,
                book=str(book),
                noted=event == "crash",
            )
            self._served.send(asdict(plan))
            ready = Ready(**self._served.hear())
            order = Order(
                addresses=ready.addresses,
                clients=clients,
                loaded=self._choice.randint(answers, answers * 3 // 2),
                until="refused" if event in ("drain", "sigterm", "stdlib") else "ended",
                service=list(SERVICE),
                named=event == "crash",
            )
            self._clients.send(asdict(order))
            self._await_load()
            killed: list[int] = []
            match event:
                case "drain":
                    self._served.send("drain")
                case "sigterm" | "stdlib":
                    os.kill(ready.pid, signal.SIGTERM)
                case "suspend":
                    self._suspend()
                case "crash":
                    killed = self._kill_workers(ready.pid)
            if order.until == "ended":
                self._clients.send(END)
                account = self._account(ready.pid)
                self._served.send("drain")
                ended = self._ended(ready.pid)
            else:
                ended = self._ended(ready.pid)
                account = self._account(ready.pid)
            self._served.hear(suspects=[ready.pid])
            written = Written.read(book)
            comparison = compare(account, written, drained=order.until == "refused")
            all_lost = len(comparison.losses)
            if event == "crash":
                comparison = without_the_killed(comparison, written, killed)
            if order.until == "ended" and account.refused:
                comparison = also(comparison, f"{account.refused} connections were refused meanwhile")
            return Trial(comparison, ended, account.seconds, all_lost - len(comparison.losses))

    def _await_load(self) -> None:
        heard = self._clients.hear()
        assert heard == LOADED, heard

    def _account(self, pid: int) -> Account:
        return hear_account(self._clients, suspects=[pid])

    def _ended(self, pid: int) -> Ended:
        return Ended(**self._served.hear(suspects=[pid]))

    def _suspend(self) -> None:
        for _ in range(_TIMES):
            for order_word in ("suspend", "resume"):
                self._served.send(order_word)
                heard = self._served.hear()
                assert heard == order_word, heard
            self._await_load()

    def _kill_workers(self, parent: int) -> list[int]:
        killed: list[int] = []
        for _ in range(_TIMES):
            victim = self._choice.choice([pid for pid in children_of(parent) if pid not in killed])
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)
            # The request after the next began when the worker was dead.
            self._await_load()
            self._await_load()
        return killed


def also(comparison: Comparison, contradiction: str) -> Comparison:
    """Add what else is not as promised."""
    return replace(comparison, contradictions=(*comparison.contradictions, contradiction))


def without_the_killed(comparison: Comparison, written: Written, killed: list[int]) -> Comparison:
    """Leave out the losses that a killed worker had taken, or at least accepted.

    One more for each: a worker may die between the accept and its note. The rest was lost otherwise.
    """
    unnoted = len(killed)
    others: list[Loss] = []
    for loss in comparison.losses:
        holders = written.accepted.get(loss.address, [])
        if loss.taken_by in killed or any(pid in killed for pid in holders):
            continue
        if not holders and unnoted:
            unnoted -= 1
            continue
        others.append(loss)
    return replace(comparison, losses=tuple(others))
