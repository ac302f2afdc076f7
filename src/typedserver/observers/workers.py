"""The workers of a Prefork as the parent's observer knows them: what each place has counted, over all who held it.

It knows reports and numbers, nothing of processes. Nothing here takes a lock: who counts does.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final, cast

from typedserver.observers.counts import Key, PlainCounts, Table
from typedserver.sockets.queues import ListenerQueue


class _Process:
    """A worker that lives.

    number: its place. counts: what it has reported. queues: those of its listeners, by what names the server.
    """

    __slots__ = ("counts", "number", "queues")

    def __init__(self, number: int, counts: Table) -> None:
        self.number = number
        self.counts = counts
        self.queues: dict[Key, list[ListenerQueue]] = {}


class Place:
    """One place among the workers.

    ended: what those have counted who held it and have ended.
    alive: how many processes hold it: none until its worker is replaced, and two while one leaves.
    starts, ends: how many have begun, and how many have ended by whether that was expected.
    """

    __slots__ = ("alive", "ended", "ends", "starts")

    def __init__(self, ended: Table) -> None:
        self.ended: Final = ended
        self.alive: int = 0
        self.starts: int = 0
        self.ends: Counter[bool] = Counter()


class WorkerCounts:
    """What the workers have counted, place by place.

    make: makes an empty table.
    """

    __slots__ = ("_make", "_places", "_processes")

    def __init__(self, make: Callable[[], Table]) -> None:
        self._make = make
        self._places: dict[int, Place] = {}
        self._processes: dict[int, _Process] = {}

    @property
    def places(self) -> list[tuple[int, Place]]:
        """All places, with their numbers."""
        return sorted(self._places.items())

    def _place(self, number: int) -> Place:
        place = self._places.get(number)
        if place is None:
            place = self._places[number] = Place(self._make())
        return place

    def started(self, pid: int, number: int) -> None:
        """Note that a worker has begun."""
        place = self._place(number)
        place.starts += 1
        place.alive += 1
        self._processes[pid] = _Process(number, self._make())

    def ended(self, pid: int, number: int, *, expected: bool) -> None:
        """Note that a worker has ended: its counts are kept with its place, and what it had in hand is lost."""
        place = self._place(number)
        place.ends[expected] += 1
        process = self._processes.pop(pid, None)
        if process is not None:
            place.alive -= 1
            process.counts.lose_active()
            place.ended.add(process.counts)

    def take(self, pid: int, part: object) -> None:
        """Take what a worker has counted of one server, in the place of what it had reported of that before."""
        process = self._processes.get(pid)
        if process is None:
            # It was started before the observer heard of anything.
            return
        name, kind, counts, queues = cast("tuple[str, str, PlainCounts, list[list[int]]]", part)
        process.counts.put((name, kind), counts)
        process.queues[name, kind] = [ListenerQueue(*queue) for queue in queues]

    def of_place(self, number: int) -> Table:
        """Return all that was counted at a place."""
        table = self._make()
        table.add(self._place(number).ended)
        for process in self._processes.values():
            if process.number == number:
                table.add(process.counts)
        return table

    def queues(self) -> list[tuple[Key, list[ListenerQueue]]]:
        """Return the queues of the listeners of the workers that live, with what names their servers."""
        return [item for process in self._processes.values() for item in process.queues.items()]
