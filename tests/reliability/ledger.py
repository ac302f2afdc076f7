"""The ledger: what the server has noted about each request, and the comparison with its clients' account.

The book is a file that every process of a server appends to: one write for each entry, so that a killed process
leaves no half of one. This module knows nothing of servers, clients or events.
"""

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from tests.reliability.clients import END_OF_FILE, Account

# Kind, process, client, number; after an accepted connection the client's address follows, in that many bytes.
_ENTRY: Final = struct.Struct("=cIII")
_ADDRESS_BYTES: Final = 16
_ACCEPTED, _TAKEN, _ANSWERED = b"C", b"T", b"A"
_ENTRY_BYTES: Final = _ENTRY.size + _ADDRESS_BYTES

TO_BEGIN: Final = 1.0
"""Seconds that a client has for its first byte before a drain takes it for idle: twenty times
``ServerConfig.quiet``."""


class Book:
    """The server's side of the ledger, open for writing; all processes of the server may share one."""

    def __init__(self, path: str) -> None:
        # O_APPEND: every process writes at the end (open(2)).
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _write(self, kind: bytes, client: int, number: int, address: bytes = b"") -> None:
        entry = _ENTRY.pack(kind, os.getpid(), client, number)
        os.write(self._fd, entry + address.ljust(_ADDRESS_BYTES, b"\0"))

    def accepted(self, address: str) -> None:
        """Note a connection that was accepted, by its client's own address."""
        self._write(_ACCEPTED, 0, 0, address.encode())

    def taken(self, client: int, number: int) -> None:
        """Note that a handler has read a request."""
        self._write(_TAKEN, client, number)

    def answering(self, client: int, number: int) -> None:
        """Note that the kernel is about to get the answer; a process that is killed after that notes no more."""
        self._write(_ANSWERED, client, number)

    def close(self) -> None:
        os.close(self._fd)


@dataclass
class Written:
    """The content of a book: by request, the process that took it and the one that answered it."""

    accepted: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    taken: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    answered: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a book; raises ValueError if a request is in it twice, or an entry is cut short."""
        written = cls()
        data = path.read_bytes()
        if len(data) % _ENTRY_BYTES:
            raise ValueError(f"{len(data)} bytes are no whole number of entries")
        for start in range(0, len(data), _ENTRY_BYTES):
            kind, pid, client, number = _ENTRY.unpack_from(data, start)
            if kind == _ACCEPTED:
                address = data[start + _ENTRY.size : start + _ENTRY_BYTES]
                # The names that the kernel chooses begin with a zero byte, and have no other.
                name = address[:1].decode() + address[1:].rstrip(b"\0").decode()
                written.accepted.setdefault(name, []).append(pid)
                continue
            column = written.taken if kind == _TAKEN else written.answered
            if (client, number) in column:
                raise ValueError(f"request {client}:{number} is in the book twice")
            column[client, number] = pid
        return written


@dataclass(frozen=True, slots=True)
class Loss:
    """A request that was connected and got no answer.

    where: how far it came: "never taken", "taken, not answered" or "answered, not received".
    took: seconds from the client's connect to the end of its send.
    """

    client: int
    number: int
    how: str
    where: str
    taken_by: int | None
    address: str
    took: float

    def __str__(self) -> str:
        return f"request {self.client}:{self.number} ({self.how}; {self.where})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The clients' account beside the server's book."""

    sent: int
    answered: int
    refused: int
    losses: tuple[Loss, ...]
    late: tuple[Loss, ...]
    """Lost by clients that asked later after their connect than a drain waits; it takes them for idle."""
    failed: tuple[str, ...]
    """Connections that were neither made nor refused."""
    contradictions: tuple[str, ...]
    """Contradictions of the two sides: one of them is wrong, and nothing is proved."""

    @property
    def kept(self) -> bool:
        """Whether all that was connected was answered, by both accounts."""
        return not (self.losses or self.failed or self.contradictions)

    def describe(self, most: int = 10) -> str:
        """Name what was lost and what contradicts."""
        named = [*map(str, self.losses), *self.failed, *self.contradictions]
        more = f" and {len(named) - most} more" if len(named) > most else ""
        return f"{self.answered} of {self.sent} answered; " + "; ".join(named[:most]) + more


def compare(account: Account, written: Written, *, drained: bool = True) -> Comparison:
    """Compare what the clients sent and received with what the server took and answered.

    drained: whether the server has drained; only then can requests come too late.
    """
    lost = {(client, number): (how, address, took) for client, number, how, address, took in account.lost}
    losses: list[Loss] = []
    for (client, number), (how, address, took) in sorted(lost.items()):
        request = client, number
        where = (
            "answered, not received"
            if request in written.answered
            else "taken, not answered"
            if request in written.taken
            else "never taken"
        )
        losses.append(Loss(client, number, how, where, written.taken.get(request), address, took))
    return Comparison(
        sent=account.sent,
        answered=account.answered,
        refused=account.refused,
        losses=tuple(loss for loss in losses if not (drained and _is_late(loss))),
        late=tuple(loss for loss in losses if drained and _is_late(loss)),
        failed=tuple(f"client {client} could not connect: {error}" for client, error in account.failed),
        contradictions=tuple(_contradictions(account, written, set(lost))),
    )


def _is_late(loss: Loss) -> bool:
    """Whether the client was late, as it is if other programs have taken the processors."""
    return loss.where == "never taken" and loss.how == END_OF_FILE and loss.took > TO_BEGIN


def _contradictions(account: Account, written: Written, lost: set[tuple[int, int]]) -> Iterable[str]:
    sent = {(client, number) for client, count in enumerate(account.connected) for number in range(count)}
    received = sent - lost
    if account.answered != len(received):
        yield f"the clients report {account.answered} answers, and {len(received)} requests that were not lost"
    if unwritten := received - written.answered.keys():
        yield f"{len(unwritten)} answers that the server has not written down, such as {min(unwritten)}"
    if unsent := (written.taken.keys() | written.answered.keys()) - sent:
        yield f"{len(unsent)} requests that no client has sent, such as {min(unsent)}"
