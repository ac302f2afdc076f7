"""The default event loop: readers, writers, timers and a wake-up, over a poller of ``pollers.py``.

It knows descriptors and callbacks, nothing of sockets, servers or coroutines. It holds no lock: all methods must be
called in the loop's thread, except ``call_soon_threadsafe`` and ``is_closed``. If a callback raises, ``run_forever``
ends and raises the same exception.

A descriptor is to be removed before it is closed. If it was not, the loop notices: it does not call the former owner
for the next one, nor does it spin by what the kernel reports of a file that only copies hold.
"""

import contextlib
import heapq
import itertools
import selectors
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final, TypeAlias

from typedserver.errors import LifecycleError
from typedserver.process.inheritance import close_after_fork, copies, leave_to_parent
from typedserver.protocols.reactors import Reactor
from typedserver.reactor.pollers import IN, LONGEST_WAIT, OUT, Poller, make_poller

Callback: TypeAlias = Callable[[], object]

# A hang-up or an error wakes the reader and the writer: each learns of it by its next system call (epoll_ctl(2)).
_WAKES_READER: Final = ~OUT
_WAKES_WRITER: Final = ~IN

# Below this many cancelled timers, rebuilding the heap costs more than keeping them.
_MIN_CANCELLED: Final = 8

# Below this many doubtful numbers, asking about each of their events costs less than a new poller.
_MIN_DOUBTED: Final = 64


def _have_signals_write_to(fd: int) -> bool:
    """Have each signal that Python handles write to a descriptor, because it must wake the loop.

    Without it, a signal that comes after Python has last looked for signals, and before the loop waits, would be
    handled at the next event only. Returns False, with nothing changed, if signals write to another descriptor
    already, or if this is not the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    before = signal.set_wakeup_fd(fd, warn_on_full_buffer=False)
    if before != -1:
        signal.set_wakeup_fd(before)
        return False
    return True


class Timer:
    """A callback with its time; returned by ``SelectorReactor.call_later``."""

    __slots__ = ("_reactor", "callback", "when")

    def __init__(self, when: float, callback: Callback, reactor: "SelectorReactor") -> None:
        self.when: float = when
        self.callback: Callback | None = callback
        self._reactor = reactor

    def cancel(self) -> None:
        """Cancel the timer; nothing happens if it has run. Loop's thread only."""
        if self.callback is not None:
            self.callback = None
            self._reactor.timer_cancelled()


class SelectorReactor:
    """The loop that a server makes for itself, unless its config names another one.

    selector: a selector or poller to use instead of epoll or the platform's best; the reactor closes it.

    now: when this turn began to call back, by the monotonic clock.
    """

    def __init__(self, selector: selectors.BaseSelector | Poller | None = None) -> None:
        self._poller = make_poller(selector)
        self.now: float = time.monotonic()
        self._readers: dict[int, Callback] = {}
        self._writers: dict[int, Callback] = {}
        # The numbers under which the kernel may report a file that has left them. Either they were closed while they
        # were watched: True. Or they are nobody's and had an event: False, which holds for the next turn only, because
        # the event may be older than their removal.
        self._doubted: dict[int, bool] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._timer_order = itertools.count()
        self._cancelled = 0
        self._ready: deque[Callback] = deque()
        self._woken = False
        # The thread that runs the loop, and whether it calls back just now: then it looks into the queue before it
        # waits. At any other time, a signal handler in that thread may come just before the wait, and must wake it.
        self._thread = 0
        self._calling = False
        self._stopping = False
        self._running = False
        self._closed = False
        self._end_generator: Callable[[AsyncGenerator[object, None]], None] | None = None
        # Whether signals write to the sender.
        self._woken_by_signals = False
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)
        self._wake_sender.setblocking(False)
        self.add_reader(self._wake_receiver.fileno(), self._drain_wake_ups)
        close_after_fork(self)
        leave_to_parent(self)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "running" if self._running else "idle"
        # While it is open, one is its own.
        readers = len(self._readers) - (not self._closed)
        return f"<SelectorReactor {state}, {readers} readers, {len(self._writers)} writers>"

    def add_reader(self, fd: int, callback: Callback, /) -> None:
        """Call back whenever the descriptor is readable, or has an error to be read."""
        mask = IN | OUT if fd in self._writers else IN
        # The poller first: if it refuses the descriptor, the table must not name it.
        if self._poller.watch(fd, mask) and (fd in self._readers or mask != IN):
            self._doubted[fd] = True
        self._readers[fd] = callback

    def remove_reader(self, fd: int, /) -> bool:
        """Forget the reader; returns whether there was one. Must be called before the descriptor is closed."""
        return self._forget(self._readers, fd, self._writers, OUT)

    def release_reader(self, fd: int, /) -> None:
        """Forget a reader whose descriptor is closed next, and leave it to the kernel to stop watching.

        This saves half a microsecond for each connection. The caller knows that this thread has made no copy of the
        descriptor; it is ``remove_reader`` once this process has forked. If there is a copy all the same, its first
        event is one that is nobody's, which ends the watch.
        """
        if copies.possible or fd in self._writers or not self._poller.drops_closed:
            self.remove_reader(fd)
        else:
            self._readers.pop(fd, None)

    def add_writer(self, fd: int, callback: Callback, /) -> None:
        """Call back whenever the descriptor is writable, or has an error to be found by writing."""
        mask = IN | OUT if fd in self._readers else OUT
        if self._poller.watch(fd, mask) and (mask != OUT or fd in self._writers):
            self._doubted[fd] = True
        self._writers[fd] = callback

    def remove_writer(self, fd: int, /) -> bool:
        """Forget the writer; returns whether there was one. Must be called before the descriptor is closed."""
        return self._forget(self._writers, fd, self._readers, IN)

    def _forget(self, table: dict[int, Callback], fd: int, other: dict[int, Callback], mask_of_other: int) -> bool:
        if table.pop(fd, None) is None:
            return False
        if not self._closed:
            in_time = self._poller.change(fd, mask_of_other) if fd in other else self._poller.forget(fd)
            if not in_time:
                self._doubted[fd] = True
        return True

    def call_later(self, delay: float, callback: Callback, /) -> Timer:
        """Call back once after ``delay`` seconds of the monotonic clock; in the next turn if that is 0 or less."""
        # Never in the past: a chain of such timers would come before timers that are due, and starve them.
        timer = Timer(time.monotonic() + max(0.0, delay), callback, self)
        heapq.heappush(self._timers, (timer.when, next(self._timer_order), timer))
        return timer

    def timer_cancelled(self) -> None:
        """Count a cancelled timer, and rebuild the heap if most of its timers are cancelled."""
        self._cancelled += 1
        if self._cancelled > _MIN_CANCELLED and self._cancelled * 2 > len(self._timers):
            self._timers = [entry for entry in self._timers if entry[2].callback is not None]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def call_soon_threadsafe(self, callback: Callback, /) -> None:
        """Call back once in the loop, now or in its next run; from any thread or signal handler.

        Nothing happens if the loop is closed.
        """
        if self._closed:
            return
        self._ready.append(callback)
        # No lock: we append the callback before reading _woken; the loop clears _woken before reading the queue. So no
        # callback is missed, and many calls send one byte. If two threads both send one, that is harmless.
        if not self._woken and not (self._calling and threading.get_ident() == self._thread):
            self._wake()

    def _wake(self) -> None:
        try:
            self._woken = True
            self._wake_sender.send(b"\0")
        except OSError:
            # If the socket is full, the loop wakes up anyway; if it is closed, there is no loop to wake.
            return
        except BaseException:
            # Ctrl-C may have come before the byte was sent, so the next call must not rely on it.
            self._woken = False
            raise

    def _drain_wake_ups(self) -> None:
        # If bytes are left after one read, they wake the loop again.
        with contextlib.suppress(BlockingIOError):
            self._wake_receiver.recv(4096)
        self._woken = False

    def end_generators_by(self, end: Callable[[AsyncGenerator[object, None]], None], /) -> None:
        """Have a function called for each async generator that callbacks leave open while the loop runs."""
        self._end_generator = end
        if self._running:
            sys.set_asyncgen_hooks(None, end)

    def is_running(self) -> bool:
        """Return whether a thread runs the loop; from any thread."""
        return self._running

    def is_closed(self) -> bool:
        """Return whether the loop is closed, so that nothing will run in it again; from any thread."""
        return self._closed

    def run_forever(self) -> None:
        """Run in the calling thread until ``stop``.

        Raises what a callback raises, and LifecycleError if the loop runs already or is closed.
        """
        if self._running or self._closed:
            raise LifecycleError(f"{self!r} cannot run: give each loop a reactor of its own")
        generator_hooks = sys.get_asyncgen_hooks()
        # No call between this and the clause that takes it back: Ctrl-C may raise at any call.
        self._running = True
        try:
            if self._ready or self._woken:
                # An exception has ended the last run after a wake-up and before its callbacks.
                self._wake()
            if self._end_generator is not None:
                sys.set_asyncgen_hooks(None, self._end_generator)
            self._woken_by_signals = _have_signals_write_to(self._wake_sender.fileno())
            self._thread = threading.get_ident()
            timeout = self._next_timeout()
            if self._ready and not self._stopping:
                # Who is to be told that the loop has begun hears it before any reader.
                self._drain_wake_ups()
                timeout = self.call_back(())
            while not self._stopping:
                timeout = self.turn(timeout)
        finally:
            # The calls come last, because a second Ctrl-C may raise at any call and end this clause.
            self._running = False
            self._stopping = False
            self._calling = False
            self._thread = 0
            self._ignore_signals()
            sys.set_asyncgen_hooks(*generator_hooks)

    def _ignore_signals(self) -> None:
        if self._woken_by_signals:
            self._woken_by_signals = False
            signal.set_wakeup_fd(-1)

    def turn_here(self) -> None:
        """Note that the calling thread turns the loop, by ``turn``, from now on."""
        self._thread = threading.get_ident()

    def turn(self, timeout: float | None) -> float | None:
        """Wait once, at most ``timeout`` seconds, and call back; returns how long the next wait may be.

        ``run_forever`` does this again and again; a caller with a loop of its own may call it instead.
        """
        # An exception may have ended the last turn in the middle.
        self._calling = False
        return self.call_back(self._poller.poll(timeout))

    def call_back(self, events: Sequence[tuple[int, int]]) -> float | None:
        """Call back for the events of a wait; returns how long the next wait may be, or None if there is no timer.

        This is the second half of a turn, for a caller that waits by the poller itself.
        """
        reader, writers, ready = self._readers.get, self._writers, self._ready
        self._calling = True
        self.now = time.monotonic()
        if self._doubted:
            events = self._without_former_owners(events)
        for fd, mask in events:
            # Looked up only now, because an earlier callback of this turn may have removed it.
            callback = reader(fd)
            if callback is not None:
                if mask == IN:
                    # Nearly always, so it is asked first.
                    callback()
                    continue
                if mask & _WAKES_READER:
                    callback()
            elif fd not in writers:
                # If the next turn reports it as well, it is nobody's.
                self._doubted.setdefault(fd, False)
            if mask != IN and mask & _WAKES_WRITER and (callback := writers.get(fd)) is not None:
                callback()
        if ready:
            # What these add waits for the next turn; a chain of calls would starve the descriptors.
            for _ in range(len(ready)):
                ready.popleft()()
        timeout = self._run_due_timers() if self._timers else None
        self._calling = False
        # Only now, because who calls from here on wakes the loop.
        return 0.0 if ready else timeout

    def _without_former_owners(self, events: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
        """Return the events without those of files that have left their number to another file, or to none.

        To be called before anything is called back, so that the tables are those of the wait.
        """
        doubted = self._doubted
        renew = len(doubted) > max(_MIN_DOUBTED, len(self._readers) + len(self._writers))
        self._doubted = {fd: stays for fd, stays in doubted.items() if stays}
        true: list[tuple[int, int]] = []
        for event in events:
            fd, mask = event
            if fd not in doubted:
                true.append(event)
            elif fd in self._readers or fd in self._writers:
                if self._poller.confirms(fd, mask):
                    true.append(event)
                else:
                    renew = True
            elif not self._poller.forget(fd):
                # It was closed while it was watched; otherwise somebody else has it, and nobody here.
                renew = True
        if renew and self._poller.renew():
            self._doubted.clear()
            self._watch_anew(true)
        return true

    def _watch_anew(self, events: list[tuple[int, int]]) -> None:
        """Have a new poller watch all descriptors; appends an event for each that is closed: its owner looks."""
        for fd in self._readers.keys() | self._writers.keys():
            mask = (IN if fd in self._readers else 0) | (OUT if fd in self._writers else 0)
            try:
                self._poller.watch(fd, mask)
            except OSError:
                events.append((fd, mask))

    def _next_timeout(self) -> float | None:
        if not self._timers:
            return None
        return min(max(0.0, self._timers[0][0] - time.monotonic()), LONGEST_WAIT)

    def _run_due_timers(self) -> float | None:
        now = time.monotonic()
        left = self._timers[0][0] - now
        if left > 0:
            return min(LONGEST_WAIT, left)
        # A timer that a timer sets waits for the next turn; a chain of zero delays would starve the descriptors.
        last = next(self._timer_order)
        while self._timers and self._timers[0][0] <= now and self._timers[0][1] < last:
            timer = heapq.heappop(self._timers)[2]
            if timer.callback is None:
                self._cancelled -= 1
                continue
            callback, timer.callback = timer.callback, None
            callback()
        return self._next_timeout()

    def stop(self) -> None:
        """End ``run_forever`` after this turn's callbacks, or its next run at once."""
        self._stopping = True

    def close(self) -> None:
        """Close the loop's own descriptors, and none that it watches; a second call does nothing.

        Raises LifecycleError if it runs.
        """
        if self._running:
            raise LifecycleError("a running reactor cannot be closed: stop it first")
        self._close_descriptors()

    def leave_in_child(self, _request: object) -> None:
        """Close a forked child's copy of the loop's descriptors; the parent's stay open."""
        # Otherwise a signal would write to the next file that gets this descriptor's number.
        self._ignore_signals()
        self._close_descriptors()

    def leave_to_parent(self) -> None:
        """In a process that the program has forked: be closed, and end ``run_forever`` if that is in the stack.

        Whoever runs it here would take the parent's events, and each change would reach the parent's interest list.
        """
        self.leave_in_child(None)
        # In place: a turn that goes on looks them up in these.
        self._readers.clear()
        self._writers.clear()
        self._doubted.clear()
        self._ready.clear()
        self._timers.clear()
        self._stopping = True

    def _close_descriptors(self) -> None:
        self._closed = True
        self._poller.close()
        # Both know this loop, which would not be freed without the garbage collector.
        self._readers.pop(self._wake_receiver.fileno(), None)
        self._end_generator = None
        self._wake_receiver.close()
        self._wake_sender.close()


_conforms: type[Reactor] = SelectorReactor
