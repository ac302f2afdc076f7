"""Pending replies: how a coroutine waits for what an executor, or any other thread, will fulfil.

It knows what a ``Pending`` promises, and one wait of ``waits.py``; nothing of executors or messages.
"""

from typing import TypeVar

from typedserver.coroutines.waits import Calls, Parked, wait_for
from typedserver.protocols.messages import Pending

R = TypeVar("R")


async def result_of(pending: Pending[R]) -> R:
    """Wait until a reply is there, and return it; raises what it has failed by. Under every strategy.

    If the coroutine ends before that, the reply is cancelled, because nobody waits for it any more.
    """
    if not pending.done():
        calls = Calls()
        pending.add_done_callback(lambda _pending: calls.come())
        try:
            while not pending.done():
                calls.has_come = False
                # It may have come just before that.
                if not pending.done():
                    await wait_for(Parked(calls.start))
        finally:
            # The reply may outlive by hours whoever has asked for it: it must not keep what runs this alive.
            calls.start(_nothing)
            if not pending.done():
                pending.cancel()
    return pending.result()


def _nothing() -> None:
    pass
