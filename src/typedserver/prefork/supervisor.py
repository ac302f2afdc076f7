"""The supervisor: keeps a number of worker processes alive, and ends them.

It knows pids, a reactor and what to call, nothing of servers: what a worker does is ``worker.py``'s.
"""

import logging
import math
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from typedserver.errors import CrashLoop, how_it_ended
from typedserver.prefork.messages import BEATS
from typedserver.prefork.restarts import Restarts, StartLimits
from typedserver.prefork.supervised import Supervised
from typedserver.process.channel import Channel, Message, open_channel
from typedserver.process.children import Children
from typedserver.process.inheritance import close_after_fork, leave_to_parent
from typedserver.protocols.reactors import Reactor, TimerHandle

_log = logging.getLogger("typedserver")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a worker's silence counts as a hang.

    seconds: how long it may be silent.
    expected: whether every worker must send beats; otherwise only one that has sent a beat before.
    """

    seconds: float
    expected: bool


class Supervisor:
    """Runs ``count`` workers in children of this process, each replaced when it ends, until it is stopped.

    prepare: called in a worker's process, while signals are blocked, with its number, from 0, and its end of the
    channel, by which it must report its progress.
    work: what a worker does, in its process.
    failed: called once with a CrashLoop, if new workers keep ending soon after their start and none lives on.
    stop_timeout: seconds that a worker which leaves has for what it has in hand, before it is killed; None: any time.
    heartbeat: when a silent worker is killed; None: never.
    orders: returns what a new worker must find in its channel at once.
    reported: called with the process of a worker, its number, and what it reports besides its progress.
    begun: called each time the loop of a worker has begun.
    started: called with the process of each worker, and its number.
    ended: called with the same, the exit status, whether it has ended in order, and the seconds that it has lived.

    A worker that reports BEGUN has started, however soon it ends, and one that reports FAILED has not, however late. A
    worker that reports LEAVING is replaced
    immediately, unless ``count`` already replaced workers are still running.

    All methods belong to the loop's thread, or to whoever closes the server when the loop has ended; any thread may
    call ``halt``, ``order`` and ``pids``.
    """

    def __init__(
        self,
        reactor: Reactor,
        count: int,
        limits: StartLimits,
        *,
        prepare: Callable[[int, Channel], object],
        work: Callable[[], object],
        failed: Callable[[BaseException], object],
        stop_timeout: float | None,
        heartbeat: Heartbeat | None,
        orders: Callable[[], Iterable[Message]],
        reported: Callable[[int, int, Message], object],
        begun: Callable[[], object],
        started: Callable[[int, int], object],
        ended: Callable[[int, int, int | None, bool, float], object],
    ) -> None:
        self._reactor = reactor
        self._count = count
        self._prepare = prepare
        self._work = work
        self._failed = failed
        self._stop_timeout = stop_timeout
        self._heartbeat = heartbeat
        self._orders = orders
        self._reported = reported
        self._begun = begun
        self._tell_start = started
        self._tell_end = ended
        self._next_look: TimerHandle | None = None
        self._children: Children[Supervised] = Children(reactor, self._ended)
        self._heard: set[Supervised] = set()
        self._limits = limits
        self._restarts = Restarts(reactor, count, limits, self._start)
        self._stopping = False
        # Called when all workers have drained and ended; None before a drain.
        self._drained: Callable[[], object] | None = None
        self._killed: Callable[[int], object] = int
        self._drain_limit: TimerHandle | None = None
        close_after_fork(self)
        leave_to_parent(self)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that were not reaped yet."""
        return tuple(self._children.about)

    def start(self) -> None:
        """Start all workers."""
        for number in range(self._count):
            self._start(number)
        self._look_later()

    def _start(self, number: int) -> None:
        self._restarts.begin(number)
        if self._stopping:
            return
        refusal = self._fork(Supervised(number, beating=self._heartbeat is not None and self._heartbeat.expected))
        if refusal is None:
            self._restarts.note_started()
        elif self._restarts.after_refusal(number):
            _log.error("no worker can be started: %s; it is tried again until there is one", refusal)

    def _fork(self, worker: Supervised) -> OSError | None:
        try:
            worker.channel, workers_end = open_channel()
        except OSError as error:
            # EMFILE, ENFILE (socketpair(2)).
            return error
        self._heard.add(worker)
        for order in self._orders():
            worker.order(*order)
        try:
            refusal = self._children.fork(worker, partial(self._prepare, worker.number, workers_end), self._work)
        finally:
            workers_end.close()
        if refusal is None:
            worker.watch(self._reactor, partial(self._hear, worker))
            for pid, other in self._children.about.items():
                if other is worker:
                    worker.pid = pid
                    self._tell_start(pid, worker.number)
        else:
            self._close_channel(worker)
        return refusal

    def _hear(self, worker: Supervised) -> None:
        self._read_progress(worker)
        worker.unwatch_if_ended()
        if not worker.leaving or self._stopping:
            return
        if worker.limit is None and self._stop_timeout is not None:
            worker.limit = self._reactor.call_later(self._stop_timeout, partial(self._end_leaving, worker))
        self._replace_leaving()

    def _read_progress(self, worker: Supervised) -> None:
        had_begun = worker.begun
        for message in worker.read_progress():
            self._reported(worker.pid, worker.number, message)
        if worker.begun and not had_begun:
            self._begun()

    def _close_channel(self, worker: Supervised) -> None:
        worker.close_channel()
        self._heard.discard(worker)

    def _look_later(self) -> None:
        if self._heartbeat is not None:
            self._next_look = self._reactor.call_later(self._heartbeat.seconds / BEATS, self._look)

    def _look(self) -> None:
        self._look_later()
        for pid, worker in self._children.about.items():
            # What it reported while this loop was busy, or stopped, came in time.
            self._hear(worker)
            if worker.hangs():
                _log.error(
                    "worker %d hangs: its loop has not turned for %.1f s; it is killed, with the requests that it has "
                    "in hand",
                    pid,
                    time.monotonic() - worker.heard,
                )
                self._kill(worker)

    def _replace_leaving(self) -> None:
        """Replace workers that leave: each may take as long as its requests do, and accepts none meanwhile."""
        workers = self._children.about
        for pid, worker in workers.items():
            # No more than ``count``, or workers that leave one after the other, with a request each, would pile up.
            if sum(other.replaced for other in workers.values()) >= self._count:
                return
            # A worker that leaves before its loop has begun may have failed to start: its end will show it.
            if worker.leaving and worker.begun and not worker.replaced and not worker.drained:
                worker.replaced = True
                _log.info("worker %d leaves by itself, %.1f s after its start; it is replaced", pid, worker.lived)
                self._restarts.after_success(worker.number, worker.lived)

    def _end_leaving(self, worker: Supervised) -> None:
        _log.error(
            "worker %s leaves, and did not end within %s s: it is killed, with the requests that it has in hand",
            *(pid for pid, other in self._children.about.items() if other is worker),
            self._stop_timeout,
        )
        self._kill(worker)

    def _kill(self, worker: Supervised) -> None:
        worker.killed = True
        self._children.send_signal(signal.SIGKILL, to=lambda about: about is worker)

    def leave_in_child(self, _request: object, /) -> None:
        """In a forked child: these are the parent's workers, and report to the parent alone."""
        for worker in self._heard:
            worker.leave_channel()
        self._heard.clear()

    def leave_to_parent(self) -> None:
        """In a process that the program has forked: as ``leave_in_child``."""
        self.leave_in_child(None)

    def _ended(self, pid: int, status: int | None, worker: Supervised) -> None:
        self._note_end(pid, status, worker)
        self._look_whether_drained()

    def _note_end(self, pid: int, status: int | None, worker: Supervised) -> None:
        # Its last messages may be read only after its end.
        self._read_progress(worker)
        self._close_channel(worker)
        if worker.limit is not None:
            worker.limit.cancel()
        asked = self._stopping and status == -signal.SIGTERM
        expected = asked or (status == 0 and (self._stopping or worker.leaving))
        self._tell_end(pid, worker.number, status, expected, worker.lived)
        if self._stopping:
            # It was asked to end: the signal may have come before it was ready for it.
            level = logging.DEBUG if status in (0, None, -signal.SIGTERM) else logging.ERROR
            _log.log(level, "worker %d %s while it stopped", pid, how_it_ended(status))
            return
        # If it was killed from here, the reason is in the log already.
        level = logging.INFO if status == 0 or worker.killed else logging.ERROR
        if worker.replaced or worker.drained:
            _log.log(level, "worker %d %s, %.1f s after its start", pid, how_it_ended(status), worker.lived)
            self._replace_leaving()
            return
        _log.log(level, "worker %d %s, %.1f s after its start; it is replaced", pid, how_it_ended(status), worker.lived)
        if self._has_started(worker):
            self._restarts.after_success(worker.number, worker.lived)
        elif self._restarts.note_failure(worker.lived) and not self._one_lives_on():
            self._failed(CrashLoop(pid, status, self._restarts.failures, self._limits.start_seconds))
        else:
            self._restarts.after_failure(worker.number)

    def _has_started(self, worker: Supervised) -> bool:
        return worker.begun or (worker.lived >= self._limits.start_seconds and not worker.failed)

    def _one_lives_on(self) -> bool:
        for worker in list(self._heard):
            self._hear(worker)
        return any(map(self._has_started, self._children.about.values()))

    def order(self, what: str, about: object = None) -> None:
        """Send an order to all workers; from any thread."""
        for worker in self._children.about.values():
            worker.order(what, about)

    def drain(self, until: float, drained: Callable[[], object], killed: Callable[[int], object]) -> None:
        """Call ``drained`` when all workers, which were ordered to drain, have ended; kill those that do not end.

        until: when they are killed, by the monotonic clock; a later call can bring it forward.
        killed: called with how many are killed then.

        A worker that ends without having reported DRAINED is replaced: the replacement serves what waits for it.
        """
        self._drained = drained
        self._killed = killed
        if self._drain_limit is not None:
            self._drain_limit.cancel()
        if until < math.inf:
            self._drain_limit = self._reactor.call_later(max(0.0, until - time.monotonic()), self._end_draining)
        self._look_whether_drained()

    def _look_whether_drained(self) -> None:
        if self._drained is not None and not self._children and not self._restarts.are_due:
            self._drained()

    def _end_draining(self) -> None:
        self._stopping = True
        self._restarts.cancel()
        if self._children:
            _log.error(
                "workers %s did not end after the drain's deadline: they are killed, with the requests that they have "
                "in hand",
                ", ".join(map(str, self.pids)),
            )
            self._killed(len(self._children))
            self._children.send_signal(signal.SIGKILL)
        self._look_whether_drained()

    def halt(self) -> None:
        """Start no more workers, because ``stop`` follows. Takes no lock."""
        self._stopping = True

    def stop(self) -> None:
        """Ask the workers to end, and leave the loop; it may be called again after an interrupt."""
        self._stopping = True
        self._drained = None
        self._restarts.cancel()
        for timer in (self._next_look, self._drain_limit):
            if timer is not None:
                timer.cancel()
        for worker in self._children.about.values():
            # Its channel stays open: orders may follow.
            worker.unwatch()
            if worker.limit is not None:
                worker.limit.cancel()
        self._children.send_signal(signal.SIGTERM)
        self._children.leave_loop()

    def enter_loop(self, reactor: Reactor) -> None:
        """Have another loop reap the workers that were asked to end."""
        self._reactor = reactor
        self._restarts.enter_loop(reactor)
        self._children.enter_loop(reactor)

    def reap(self) -> int:
        """Note which workers have ended; returns how many have not."""
        return self._children.reap()

    def wait(self, seconds: float | None) -> None:
        """Wait for the workers, and kill those that have not ended after so many seconds; None: wait for ever."""
        if self._children.wait(seconds):
            _log.error(
                "workers %s did not end within %.3g s: they are killed, with the requests that they have in hand",
                ", ".join(map(str, self.pids)),
                seconds,
            )
            self._children.send_signal(signal.SIGKILL)
            self._children.wait()
