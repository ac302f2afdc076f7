"""The lifecycle under several threads at once: whatever they call, nothing deadlocks and every state follows in order.

Hypothesis chooses the calls; one of a few threads makes each of them, while the others go on. We check the server's
state at every change, and what is left behind at the end. The short form; tests/proofs/test_lifecycle.py
makes up ten times as many.
"""

import contextlib
import faulthandler
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.running import PATIENCE, connect
from typedserver import (
    TCP,
    Asyncio,
    Bounded,
    Group,
    Inline,
    LifecycleError,
    Multiplexed,
    Server,
    State,
    Stream,
    ThreadPool,
    Threads,
    stream_handler,
)
from typedserver.lifecycle import TRANSITIONS

EXAMPLES: Final = 40
STEPS: Final = 25
ACTORS: Final = 3

# Calls that end a server for good are rare, because the calls after them show little.
SELDOM: Final = st.sampled_from([False] * 5 + [True])

LEGAL: Final = {(before, after) for (before, _step), after in TRANSITIONS.items()} | {(state, state) for state in State}


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


COMPOSITIONS: Final[dict[str, Callable[[], Any]]] = {
    "inline": lambda: Server(TCP(port=0), upper, Inline()),
    "threads": lambda: Server(TCP(port=0), upper, Threads()),
    "thread_pool": lambda: Server(TCP(port=0), upper, ThreadPool(workers=2)),
    "multiplexed": lambda: Server(TCP(port=0), upper, Multiplexed()),
    "bounded": lambda: Server(TCP(port=0), upper, Bounded(Multiplexed(), 2)),
    "asyncio": lambda: Server(TCP(port=0), upper, Asyncio(grace=0)),
    "group": lambda: Group([Server(TCP(port=0), upper, Threads()), Server(TCP(port=0), upper, Multiplexed())]),
}


class Changes:
    """Every change of a server's state that the table does not list."""

    def __init__(self) -> None:
        self.illegal: list[tuple[State, State]] = []

    def note(self, before: State, after: State) -> None:
        if (before, after) not in LEGAL:
            self.illegal.append((before, after))


def watch(server: Any, changes: Changes) -> None:
    """Report each assignment of the state."""
    name = "_state"
    kind: type[Any] = server.__class__

    def read(watched: Any) -> Any:
        return watched.__dict__[name]

    def write(watched: Any, state: State) -> None:
        changes.note(watched.__dict__[name], state)
        watched.__dict__[name] = state

    server.__class__ = type(kind.__name__, (kind,), {name: property(read, write)})


class Actor:
    """A thread that makes the calls it is given, one after the other."""

    def __init__(self, number: int) -> None:
        self._calls: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self.failures: list[BaseException] = []
        self.thread = threading.Thread(target=self._run, name=f"actor {number}", daemon=True)
        self.thread.start()

    def call(self, function: Callable[[], object]) -> None:
        self._calls.put(function)

    def end(self) -> None:
        self._calls.put(None)

    def _run(self) -> None:
        while (function := self._calls.get()) is not None:
            try:
                function()
            except LifecycleError:
                # A call that is not allowed now raises, and does nothing else.
                pass
            except BaseException as error:
                self.failures.append(error)


class Lifecycle(RuleBasedStateMachine):
    """Several threads that open, serve, stop, drain, suspend and close one server, and clients that come meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.changes = Changes()
        self.actors = [Actor(number) for number in range(ACTORS)]
        self.server: Any = None

    @initialize(composition=st.sampled_from(sorted(COMPOSITIONS)))
    def compose(self, composition: str) -> None:
        self.server = COMPOSITIONS[composition]()
        watch(self.server, self.changes)

    def _call(self, actor: int, name: str, *arguments: object) -> None:
        self.actors[actor].call(lambda: getattr(self.server, name)(*arguments))

    @rule(actor=st.integers(0, ACTORS - 1))
    def open(self, actor: int) -> None:
        self._call(actor, "open")

    @rule(actor=st.integers(0, ACTORS - 1))
    def serve(self, actor: int) -> None:
        self._call(actor, "serve_forever")

    @rule()
    def request_stop(self) -> None:
        # From this thread, because the call never blocks, whatever the other threads do.
        self.server.request_stop()

    @rule(deadline=st.sampled_from([None, 0.0, 0.05]), really=SELDOM)
    def request_drain(self, deadline: float | None, *, really: bool) -> None:
        with contextlib.suppress(LifecycleError):
            if really:
                self.server.request_drain(deadline)

    @rule(actor=st.integers(0, ACTORS - 1))
    def shutdown(self, actor: int) -> None:
        self._call(actor, "shutdown")

    @rule(actor=st.integers(0, ACTORS - 1), deadline=st.sampled_from([0.0, 0.05, 0.2]), really=SELDOM)
    def drain(self, actor: int, deadline: float, *, really: bool) -> None:
        if really:
            self._call(actor, "drain", deadline)

    @rule(actor=st.integers(0, ACTORS - 1), name=st.sampled_from(["suspend", "resume"]))
    def suspend_or_resume(self, actor: int, name: str) -> None:
        self._call(actor, name)

    @rule(actor=st.integers(0, ACTORS - 1), really=SELDOM)
    def close(self, actor: int, *, really: bool) -> None:
        if really:
            self._call(actor, "server_close")

    @rule()
    def retract(self) -> None:
        self.server.retract()

    @rule(actor=st.integers(0, ACTORS - 1))
    def ask(self, actor: int) -> None:
        self.actors[actor].call(self._ask)

    def _ask(self) -> None:
        for server in getattr(self.server, "servers", [self.server]):
            with contextlib.suppress(OSError), connect(server.server_address) as client:
                # Not for long, because a thread that suspends need not resume.
                client.settimeout(0.05)
                client.sendall(b"line\n")
                answer = client.recv(100)
                assert answer in (b"LINE\n", b""), answer

    def teardown(self) -> None:
        if self.server is None:
            return
        for actor in self.actors:
            actor.end()
        closing = Actor(ACTORS)
        closing.call(self._close_until_all_have_ended)
        closing.end()
        closing.thread.join(PATIENCE)
        stuck = [actor.thread.name for actor in (*self.actors, closing) if actor.thread.is_alive()]
        if stuck:
            faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr, all_threads=True)
        assert not stuck, f"deadlock: {stuck}"
        failures = [failure for actor in (*self.actors, closing) for failure in actor.failures]
        assert not failures, failures
        assert not self.changes.illegal, self.changes.illegal
        assert self.server.state is State.CLOSED

    def _close_until_all_have_ended(self) -> None:
        for actor in self.actors:
            while actor.thread.is_alive():
                self.server.server_close()
                actor.thread.join(0.05)
        self.server.server_close()


def _threads() -> Iterator[str]:
    return (thread.name for thread in threading.enumerate() if thread is not threading.current_thread())


def make_calls(examples: int) -> None:
    """Generate this many examples, and run them."""
    threads, descriptors = len(list(_threads())), len(list(Path("/proc/self/fd").iterdir()))
    run_state_machine_as_test(
        Lifecycle,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            # A shrink needs runs that can be repeated, and threads make no two runs alike.
            suppress_health_check=[HealthCheck.too_slow],
            database=None,
        ),
    )
    assert len(list(_threads())) <= threads, list(_threads())
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors


@pytest.mark.slow
def test_lifecycle_bears_any_calls_of_several_threads() -> None:
    make_calls(EXAMPLES)
