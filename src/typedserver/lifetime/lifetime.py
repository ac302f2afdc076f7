"""Lifetime: how anything that serves opens, enters a loop, leaves it and closes; one server or many alike.

It knows the lifecycle table and a reactor. What is opened and what is done in the loop is the subclass's: a server has
a listener and an acceptor, a group has servers. ``serve_forever`` is ``attach`` to a reactor of its own.

Ctrl-C may come between any two steps, and again while the first one is obeyed: each step of an end may be taken again,
and ``server_close`` takes those that are left.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Final, Self

from typedserver.errors import LifecycleError
from typedserver.lifetime.attachment import Attachment, End, Ended, raise_in_loop
from typedserver.lifetime.lifecycle import State, Step, after
from typedserver.process.callers import is_called_by
from typedserver.process.inheritance import generation
from typedserver.protocols.reactors import Reactor

# socketserver's own interval between two calls of service_actions, in seconds.
DEFAULT_POLL_INTERVAL: Final = 0.5


class Lifetime(ABC):
    """The life of a server, over what a subclass does for its parts."""

    def __init__(self, reactor_factory: Callable[[], Reactor]) -> None:
        self._reactor_factory = reactor_factory
        # Of the process that it serves in: in a forked child it is a copy.
        self._generation = generation()
        self._state = State.NEW
        self._state_lock = threading.Lock()
        self._own_reactor: Reactor | None = None
        self._attachment: Attachment | None = None
        self._loop_thread: int | None = None
        # While a loop of its own runs, the thread that runs it: longer than it is attached to it.
        self._own_loop_thread: int | None = None
        self._close_lock = threading.Lock()
        self._stop_requested = False
        # Of the loop of its own that runs, or has run last; and of the attachment to any loop.
        self._loop_end = End(reached=True)
        self._left = End(reached=True)

    @abstractmethod
    def _open_parts(self) -> None:
        """Open what is not open yet; where that fails, nothing is left open that was not before."""

    @abstractmethod
    def _retract_parts(self) -> None:
        """Close what ``_open_parts`` opened, so that it may be opened again."""

    @abstractmethod
    def _start_parts(self, attachment: Attachment, poll_interval: float) -> None:
        """Begin to serve in the attachment's loop; what ends that by itself calls ``attachment.end``."""

    def _halt_parts(self) -> None:
        """Begin nothing more, as ``_stop_parts`` is to follow; from any thread or signal handler, so without a lock."""

    @abstractmethod
    def _stop_parts(self) -> None:
        """Leave the loop, in its thread; again, where that was interrupted."""

    @abstractmethod
    def _close_parts(self) -> None:
        """Close what is open, and wait for workers; again, where that was interrupted."""

    @abstractmethod
    def _is_drained(self) -> bool:
        """Whether a drain has come to its end, so that nothing is left to be served."""

    @abstractmethod
    def _entered(self, attachment: Attachment) -> None:
        """Do what was asked for before it was in a loop; in the loop's thread."""

    def _in_worker(self) -> bool:
        """Whether this thread is serving a request of this server."""
        return self._is_copy()

    def _is_copy(self) -> bool:
        return self._generation != generation()

    @property
    def state(self) -> State:
        """Where it stands in its life."""
        return self._state

    # Opening and closing

    def open(self) -> Self:
        """Open what it listens on, if that is not done; returns the server itself.

        Raises ListenError where that can not be opened, LifecycleError after a close.
        """
        with self._state_lock:
            state = after(self._state, Step.OPEN)
            self._open_parts()
            self._state = state
        return self

    def retract(self) -> None:
        """Take an ``open`` back: what it opened is closed, and may be opened again. Does nothing while it serves."""
        with self._state_lock:
            if self._state is State.LISTENING and self._own_loop_thread is None:
                self._retract_parts()
                self._state = after(self._state, Step.RETRACT)

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server_close()

    def server_close(self) -> None:
        """Close what is open, then wait for workers as their recipes say; a second call does nothing.

        A loop that runs in another thread is shut down first. Where Ctrl-C has interrupted it, or has ended
        ``serve_forever`` in the middle of its end, another call does what is left. Raises LifecycleError from a worker,
        from the loop's own thread while it runs, and in a forked child: each would wait for itself.
        """
        if self._in_worker():
            raise LifecycleError(f"{self!r} can not be closed by one of its workers: use request_stop()")
        while not self._closed_if_idle():
            self._leave_loop()
        with self._close_lock:
            try:
                self._close_parts()
            finally:
                if self._own_reactor is not None:
                    self._own_reactor.close()

    def _closed_if_idle(self) -> bool:
        with self._state_lock:
            if self._own_loop_thread is not None or self._attachment is not None:
                return False
            self._state = after(self._state, Step.CLOSE)
            return True

    def _leave_loop(self) -> None:
        attachment = self._attachment
        if self._own_loop_thread == threading.get_ident():
            if self._serves_here():
                raise LifecycleError(f"{self!r} can not be closed inside its own loop: use request_stop()")
            self._end_own_loop(attachment)
        elif self._own_loop_thread is not None:
            # Of this run: before the wait, somebody may begin another one.
            end = self._loop_end
            self.request_stop()
            end.wait()
        elif attachment is None:
            return
        elif (
            self._loop_thread == threading.get_ident()
            or attachment.reactor.is_closed()
            # A loop of its own that runs no more: it was interrupted in its end.
            or attachment.reactor is self._own_reactor
        ):
            self._detach(attachment)
        else:
            raise LifecycleError(f"{self!r} is attached to a loop: detach() there before it is closed elsewhere")

    def _serves_here(self) -> bool:
        """Whether a loop of its own runs in this thread; what says so may be left from one that was interrupted."""
        return is_called_by(_SERVES, lambda server: server is self)

    def enter_worker(self, begun: Callable[[Reactor], object] | None = None) -> None:
        """In a forked worker process: begin a life there, with what the parent has opened.

        begun: called with a loop of its own as that begins: in its first turn, before whatever is readable.

        The parent's loop, its threads and whoever held a lock are not in this process.
        """
        make = self._reactor_factory

        def make_reactor() -> Reactor:
            reactor = make()
            if begun is not None:
                reactor.call_soon_threadsafe(partial(begun, reactor))
            return reactor

        Lifetime.__init__(self, make_reactor)
        self._state = State.LISTENING

    # Serving

    def serve_forever(self, poll_interval: float = DEFAULT_POLL_INTERVAL) -> None:
        """Serve until ``shutdown`` or ``request_stop``, in the thread that calls; opens what is not open.

        poll_interval: how often an overridden ``service_actions`` is called, in seconds. Nothing else polls.

        A stop that was asked for before is kept, and ends it at once. Raises ListenError where something can not be
        opened, LifecycleError where it was closed or serves already, and whatever ended the loop otherwise: a fatal
        error of a listener, a BaseException that is no Exception out of a handler that ran in the loop.
        """
        self._serve(lambda attachment: self._start_parts(attachment, poll_interval))

    def _serve(self, start: Callable[[Attachment], object]) -> None:
        reactor = self._reactor()
        failures: list[BaseException] = []
        running = False

        def ended(error: BaseException | None) -> None:
            # Recorded rather than raised: asyncio's and uvloop's loops would only log it.
            if error is not None:
                failures.append(error)
            # A stop outside the run would be kept by the loop, and end its next run.
            if running:
                reactor.stop()

        attachment = self._attach(reactor, ended, start, own=True)
        try:
            if attachment.attached:
                running = True
                reactor.run_forever()
        finally:
            running = False
            self._end_own_loop(attachment)
        if failures:
            raise failures[0]

    def _reactor(self) -> Reactor:
        with self._state_lock:
            after(self._state, Step.SERVE)
            if self._own_reactor is None:
                self._own_reactor = self._reactor_factory()
            return self._own_reactor

    def attach(
        self, reactor: Reactor, *, ended: Ended = raise_in_loop, poll_interval: float = DEFAULT_POLL_INTERVAL
    ) -> Attachment:
        """Serve in a loop that somebody else runs, until ``detach``, ``request_stop`` or ``shutdown``.

        reactor: the loop, asyncio's and uvloop's included; call this in the thread that runs it.
        ended: called once when the server has left the loop, with the exception that made it leave, or None where that
        was asked for; unless given, the exception is raised in the loop.
        poll_interval: as for ``serve_forever``.

        Opens what is not open. Raises as ``serve_forever`` does.
        """
        return self._attach(reactor, ended, lambda attachment: self._start_parts(attachment, poll_interval))

    def _attach(
        self, reactor: Reactor, ended: Ended, start: Callable[[Attachment], object], *, own: bool = False
    ) -> Attachment:
        attachment = Attachment(reactor, self._exit_loop, ended)
        while (ending := self._enter_loop(attachment, own=own)) is not None:
            ending.wait()
        try:
            start(attachment)
        except BaseException:
            if own:
                self._end_own_loop(attachment)
            else:
                self._detach(attachment)
            raise
        if self._stop_requested:
            attachment.detach()
        else:
            self._entered(attachment)
        return attachment

    def _enter_loop(self, attachment: Attachment, *, own: bool) -> End | None:
        """Take the attachment; returns the end to be waited for, where another thread is still leaving its loop."""
        with self._state_lock:
            state = after(self._state, Step.SERVE)
            if self._attachment is not None or (state is State.DRAINING and self._is_drained()):
                raise LifecycleError(f"{self!r} serves already, or has drained: make a new one from the same recipe")
            if self._own_loop_thread not in (None, threading.get_ident()):
                return self._loop_end
            self._open_parts()
            # The state last, and by _exit_loop first: what is serving has an attachment to be ended.
            if own:
                self._own_loop_thread = threading.get_ident()
                self._loop_end = End(reached=False)
            self._left = End(reached=False)
            self._loop_thread = threading.get_ident()
            self._attachment = attachment
            self._state = state
            return None

    def _detach(self, attachment: Attachment) -> None:
        """Have it leave the loop, also where it was interrupted at that before."""
        attachment.detach()
        if self._attachment is attachment:
            self._exit_loop(attachment)

    def _exit_loop(self, attachment: Attachment) -> None:
        failure: Exception | None = None
        try:
            self._stop_parts()
        except Exception as error:  # noqa: BLE001 - raised below; an interrupt instead leaves all of this to the next call
            failure = error
        with self._state_lock:
            if self._attachment is attachment:
                if self._state is State.SERVING:
                    self._state = after(self._state, Step.STOP)
                self._stop_requested = False
                self._attachment = None
                self._loop_thread = None
                self._left.reach()
        if failure is not None:
            raise failure

    def _end_own_loop(self, attachment: Attachment | None) -> None:
        try:
            if attachment is not None:
                self._detach(attachment)
        finally:
            with self._state_lock:
                self._loop_end.reach()
                self._own_loop_thread = None

    # Stopping

    def request_stop(self) -> None:
        """Have it stop serving, without waiting: from any thread or signal handler, any number of times.

        Before serving it is kept for the next ``serve_forever``. In a loop that is not its own, it leaves that loop.
        Raises LifecycleError in a forked child, whose server is in another process.
        """
        # No lock is taken: a signal handler may have interrupted the thread that holds it.
        self._check_that_it_is_here()
        self._stop_requested = True
        self._halt_parts()
        attachment = self._attachment
        if attachment is None:
            return
        if attachment.reactor.is_closed():
            # Whoever ran the loop has forgotten to detach: nothing will ever run in it again.
            attachment.detach()
        else:
            attachment.reactor.call_soon_threadsafe(attachment.detach)

    def shutdown(self) -> None:
        """Stop serving and wait until the loop has ended; running requests go on.

        Any thread may call it, a handler in a thread of its own included. In a loop that is not its own it leaves that
        loop and waits for nothing. Raises LifecycleError from the serving thread itself, and in a forked child.
        """
        self._check_that_it_is_here()
        ident = threading.get_ident()
        if self._own_loop_thread == ident and self._serves_here():
            raise LifecycleError(f"shutdown() in the serving thread of {self!r} would wait for itself: request_stop()")
        attachment = self._attachment
        if self._own_loop_thread == ident:
            self._end_own_loop(attachment)
        elif attachment is not None and self._own_loop_thread is None and self._loop_thread == ident:
            attachment.detach()
        else:
            end = self._loop_end
            self.request_stop()
            end.wait()

    def _check_that_it_is_here(self) -> None:
        if self._is_copy():
            raise LifecycleError(f"{self!r} can not be stopped by a forked child: the server is its parent process")


_SERVES: Final = (Lifetime._serve.__code__,)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # its own, below it
