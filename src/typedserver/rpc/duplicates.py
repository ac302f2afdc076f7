"""The replies of the last calls, so that none is run again if it comes again. It knows bytes and keys, and no call."""

import threading
from collections.abc import Hashable
from enum import Enum
from typing import Final, TypeAlias, final

from typedserver.process.inheritance import generation
from typedserver.rpc.later import ComingReply

# What an entry costs besides the bytes of its reply: a tuple of a peer's address and a head, and its place in a dict.
_OVERHEAD: Final = 400


class Standing(Enum):
    """What is known of a call that has no reply yet."""

    NEW = "new"
    RUNS = "runs"


# The reply of a call that was run, and None if there was none; or what will have it.
Known: TypeAlias = Standing | ComingReply | bytes | None


@final
class KeptReplies:
    """The replies of calls, by what these differ in; from any thread.

    A call is begun, and then either finished by its reply or forgotten. What a fork copies is the parent's, so a child
    begins anew.

    joins: whether a call that comes again while it runs waits for the same reply; else it is said to run. It must wait
    if nobody sends it once more, as over a stream.

    most: how many replies are kept. size: how many bytes they take, roughly. The oldest go first. Calls that run are
    not counted.
    """

    __slots__ = ("_joins", "_lives", "_most", "_size")

    def __init__(self, most: int, size: int, *, joins: bool = False) -> None:
        self._most: Final = most
        self._size: Final = size
        self._joins: Final = joins
        # By the generation of forks.
        self._lives: Final[dict[int, _Life]] = {}

    def _life(self) -> "_Life":
        now = generation()
        life = self._lives.get(now)
        # Two threads may come here at once: both get the one that was there first.
        return self._lives.setdefault(now, _Life(self._size)) if life is None else life

    def begin(self, key: Hashable) -> Known:
        """Note that a call has come; returns NEW if it must be run, and else its reply, now or later.

        RUNS if it is being run and calls do not join.
        """
        life = self._life()
        with life.lock:
            if key in life.kept:
                return life.kept[key]
            if key not in life.running:
                life.running[key] = None
                return Standing.NEW
            if not self._joins:
                return Standing.RUNS
            coming = life.running[key]
            if coming is None:
                life.running[key] = coming = ComingReply()
            return coming

    def is_joined(self, key: Hashable) -> bool:
        """Return whether a call that runs has come again, so that others wait for its reply."""
        life = self._life()
        with life.lock:
            return life.running.get(key) is not None

    def finish(self, key: Hashable, reply: bytes | None) -> None:
        """Keep the reply of a call that was begun, and give it to those who have joined."""
        life = self._life()
        with life.lock:
            if key not in life.running:
                # It was begun before a fork.
                return
            joined = life.running.pop(key)
            life.kept[key] = reply
            life.room -= _cost(reply)
            while len(life.kept) > self._most or life.room < 0:
                oldest = next(iter(life.kept))
                life.room += _cost(life.kept.pop(oldest))
        if joined is not None:
            joined.come(reply)

    def forget(self, key: Hashable) -> ComingReply | None:
        """Forget a call that was begun and has not run; returns what those wait for who have joined."""
        life = self._life()
        with life.lock:
            return life.running.pop(key, None)


@final
class _Life:
    """What is kept in one process: a child may find the lock of its parent taken for ever."""

    __slots__ = ("kept", "lock", "room", "running")

    def __init__(self, room: int) -> None:
        self.lock: Final = threading.Lock()
        # With what those wait for who have joined, once there are any.
        self.running: Final[dict[Hashable, ComingReply | None]] = {}
        # In the order of their ends.
        self.kept: Final[dict[Hashable, bytes | None]] = {}
        self.room = room


def _cost(reply: bytes | None) -> int:
    return _OVERHEAD + (0 if reply is None else len(reply))
