"""The server that runs in a worker, as the worker asks it: one of this library, or one of another class.

It knows how each kind begins, stops and drains, nothing of channels or signals.
"""

import time
from collections.abc import Callable
from typing import Protocol

from typedserver.events import DrainReport
from typedserver.group import Group
from typedserver.lifetime import foreign
from typedserver.lifetime.serving import Serving
from typedserver.lifetime.tree import is_ours, leaves, nodes
from typedserver.prefork.sharing import is_server
from typedserver.protocols.endpoints import Withdrawal
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.servers import ListeningServer
from typedserver.reactor.calls import every


class WorkerServer(Protocol):
    """A server in a worker. ``stop``, ``drain`` and what follows may be called from any thread."""

    def enter(self, begun: Callable[[], object], beat: Callable[[], object], interval: float | None) -> None:
        """Begin a life in this process.

        begun: called when its loop begins. beat: called about every ``interval`` seconds while it turns; None: never.
        """
        ...

    def serve(self, poll_interval: float) -> None:
        """Serve until it is stopped, or drained."""
        ...

    def close(self) -> None:
        """Close it, and wait for its requests."""
        ...

    def stop(self) -> None:
        """Stop it, without waiting; from a signal handler as well."""
        ...

    def drain(self, until: float, withdrawals: list[Withdrawal], *, again: bool) -> None:
        """Have it serve what has come and then end, without waiting.

        until: by when, by the monotonic clock. withdrawals: what became of new clients of each of its listeners.
        again: whether it was asked before.
        """
        ...

    def cut(self) -> None:
        """Cut what it still has in hand."""
        ...

    def report(self) -> DrainReport | None:
        """Return what its drain has come to; None if it cannot know."""
        ...

    def suspend(self) -> None:
        """Have it accept nothing."""
        ...

    def resume(self) -> None:
        """Have it accept again."""
        ...

    def reload(self) -> None:
        """Have it take over what has changed outside."""
        ...


def worker_server(server: "ListeningServer | Group") -> WorkerServer:
    """Return a server as its worker asks it."""
    return _OurServer(server) if is_ours(server) else _ForeignServer(server)


class _OurServer:
    """A Server or a Group: its own loop beats, its own drain empties the queue."""

    def __init__(self, server: Serving) -> None:
        self._server = server

    def enter(self, begun: Callable[[], object], beat: Callable[[], object], interval: float | None) -> None:
        def loop_begins(reactor: Reactor) -> None:
            begun()
            if interval is not None:
                beat()
                every(reactor, interval, beat)

        for node in nodes(self._server):
            if is_ours(node):
                node.__enter_worker__(loop_begins if node is self._server else None)

    def serve(self, poll_interval: float) -> None:
        self._server.serve_forever(poll_interval)

    def close(self) -> None:
        self._server.server_close()

    def stop(self) -> None:
        self._server.request_stop()

    def drain(self, until: float, withdrawals: list[Withdrawal], *, again: bool) -> None:
        del again
        for leaf, withdrawal in zip(leaves(self._server), withdrawals, strict=True):
            if is_server(leaf):
                leaf.__lifetime__.servable.listener.note_withdrawal(withdrawal)
        self._server.request_drain(max(0.0, until - time.monotonic()))

    def cut(self) -> None:
        # Its loop does that by itself, unless it has ended and its workers are being waited for.
        self._server.request_drain(0.0)

    def report(self) -> DrainReport | None:
        report: DrainReport | None = self._server.__lifetime__.servable.report()
        return report

    def suspend(self) -> None:
        self._server.suspend()

    def resume(self) -> None:
        self._server.resume()

    def reload(self) -> None:
        self._server.reload()


class _ForeignServer:
    """A server of another class: it knows neither a beat nor a drain, and is watched from outside."""

    def __init__(self, server: ListeningServer) -> None:
        self._server = server
        # How often its loop must turn by itself for a beat to be seen; None: it need not.
        self._poll_interval: float | None = None
        self._stopping = False
        # In the worker, whose threads are not its parent's.
        self._stopper: foreign.Stopper | None = None

    def enter(self, begun: Callable[[], object], beat: Callable[[], object], interval: float | None) -> None:
        self._stopper = foreign.Stopper(self._server)
        turned: Callable[[], object] | None = None
        if interval is not None:
            # A beat is sent after a request and every poll_interval: half of ``interval`` each.
            self._poll_interval = interval / 2
            turned = _at_most_every(interval / 2, beat)
        foreign.call_in_its_loop(self._server, begun=begun, turned=turned)

    def serve(self, poll_interval: float) -> None:
        self._server.serve_forever(
            poll_interval if self._poll_interval is None else min(poll_interval, self._poll_interval)
        )

    def close(self) -> None:
        self._server.server_close()

    def stop(self) -> None:
        self._stopping = True
        if self._stopper is not None:
            self._stopper.stop()

    def drain(self, until: float, withdrawals: list[Withdrawal], *, again: bool) -> None:
        if self._stopper is not None and not (again or self._stopping):
            self._stopper.stop_when_its_queue_is_empty(self._server.fileno(), withdrawals[0], until)

    def cut(self) -> None:
        """Do nothing: its requests cannot be cut. They end with the worker."""

    def report(self) -> DrainReport | None:
        return None

    def suspend(self) -> None:
        """Do nothing: it cannot be suspended."""

    def resume(self) -> None:
        """Do nothing: it was not suspended."""

    def reload(self) -> None:
        """Do nothing: nothing is known of what it has loaded."""


def _at_most_every(interval: float, function: Callable[[], object]) -> Callable[[], object]:
    """Make of a function one that does nothing when it is called again too soon."""
    due = 0.0

    def called() -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + interval
            function()

    return called
