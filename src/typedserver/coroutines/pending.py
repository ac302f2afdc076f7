"""Pending replies: how a coroutine waits for what an executor, or any other thread, will fulfil.

It knows what a ``Pending`` promises, and one wait of ``waits.py``; nothing of executors or messages.
"""

from collections.abc import Callable
from typing import TypeVar

from typedserver.coroutines.waits import Parked, wait_for
from typedserver.protocols.messages import Pending

R = TypeVar("R")


async def result_of(pending: Pending[R]) -> R:
    """Wait until a reply is there, and return it; raises what it has failed by. Under every strategy.

    If the coroutine ends before that, the reply is cancelled, because nobody waits for it any more.
    """
    if not pending.done():
        call = _Call(pending)
        try:
            # Looked at again, because a driver may be woken by something else.
            while not pending.done():
                await wait_for(Parked(call.start))
        finally:
            call.wake = None
            if not pending.done():
                pending.cancel()
    return pending.result()


class _Call:
    """What a pending reply calls when it is there.

    wake: what to call then; None once nobody waits: the reply may outlive whoever has asked for it by hours.
    """

    __slots__ = ("_is_asked", "_pending", "wake")

    def __init__(self, pending: Pending[object]) -> None:
        self._pending = pending
        self._is_asked = False
        self.wake: Callable[[], object] | None = None

    def start(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        if not self._is_asked:
            self._is_asked = True
            self._pending.add_done_callback(self)
        elif self._pending.done():
            wake()

    def __call__(self, _pending: object) -> None:
        wake = self.wake
        if wake is not None:
            wake()
