"""The states of a server, and the one table that leads from each to the next.

Pure: no socket, no thread, no lock. ``lifetime.py`` looks up here what a call does, or why it is refused.
"""

from enum import Enum
from typing import Final

from typedserver.errors import LifecycleError


class State(Enum):
    """Where a server stands."""

    NEW = "new"
    LISTENING = "listening"
    SERVING = "serving"
    DRAINING = "draining"
    CLOSED = "closed"


class Step(Enum):
    """What moves a server."""

    OPEN = "open"
    SERVE = "serve"
    STOP = "stop"
    RETRACT = "be retracted"
    DRAIN = "drain"
    CLOSE = "close"


# (state, step) -> the state after it. A step that is not listed here is refused, with the remedy of REFUSALS.
TRANSITIONS: Final[dict[tuple[State, Step], State]] = {
    (State.NEW, Step.OPEN): State.LISTENING,
    (State.LISTENING, Step.OPEN): State.LISTENING,
    (State.SERVING, Step.OPEN): State.SERVING,
    (State.NEW, Step.SERVE): State.SERVING,
    (State.LISTENING, Step.SERVE): State.SERVING,
    (State.SERVING, Step.STOP): State.LISTENING,
    # A drain that was left before its end goes on.
    (State.DRAINING, Step.SERVE): State.DRAINING,
    (State.LISTENING, Step.RETRACT): State.NEW,
    (State.LISTENING, Step.DRAIN): State.DRAINING,
    (State.SERVING, Step.DRAIN): State.DRAINING,
    (State.DRAINING, Step.DRAIN): State.DRAINING,
    # A loop that ends while the server drains does not take it back to listening.
    (State.DRAINING, Step.STOP): State.DRAINING,
    (State.NEW, Step.CLOSE): State.CLOSED,
    (State.LISTENING, Step.CLOSE): State.CLOSED,
    (State.DRAINING, Step.CLOSE): State.CLOSED,
    (State.CLOSED, Step.CLOSE): State.CLOSED,
}

REFUSALS: Final[dict[tuple[State, Step], str]] = {
    (State.SERVING, Step.SERVE): "it serves already: one loop at a time; call shutdown() first",
    (State.SERVING, Step.CLOSE): "it is serving: call shutdown() first, or close it from outside its loop",
    (State.CLOSED, Step.OPEN): "it was closed: make a new one from the same recipe",
    (State.CLOSED, Step.SERVE): "it was closed: make a new one from the same recipe",
    (State.CLOSED, Step.STOP): "it was closed: it is not serving",
    (State.CLOSED, Step.DRAIN): "it was closed: nothing is left to drain",
    (State.DRAINING, Step.OPEN): "it is draining: it will be closed, make a new one from the same recipe",
    (State.NEW, Step.DRAIN): "it was never opened: nothing is there to drain; call server_close()",
    (State.NEW, Step.RETRACT): "it was never opened",
    (State.SERVING, Step.RETRACT): "it is serving: call shutdown() first",
    (State.DRAINING, Step.RETRACT): "it is draining: it will be closed",
    (State.CLOSED, Step.RETRACT): "it was closed: make a new one from the same recipe",
    (State.NEW, Step.STOP): "it is not serving",
    (State.LISTENING, Step.STOP): "it is not serving",
}


def after(state: State, step: Step) -> State:
    """Return the state that a step leads to; raises LifecycleError with the remedy if it leads nowhere."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise LifecycleError(f"the server cannot {step.value} now: {REFUSALS[state, step]}") from None
