"""Lifetime: how anything that serves opens, enters a loop, leaves it, drains and closes; one server or many alike.

It knows the lifecycle table, a reactor and a Servable, and nothing of requests. ``serve`` is ``attach`` to a loop of
its own.

Ctrl-C may come between any two steps, and again while the first one is obeyed: each step of an end may be taken again,
and ``close`` takes those that are left.

Other people's code runs while this opens or closes: endpoints, loops, hooks. It may ask anything from here, and what
would wait for itself is refused (``turns.py``); observers hear of it all when no lock is held.
"""

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Final, Generic

from typing_extensions import TypeVar

from typedserver.errors import LifecycleError
from typedserver.lifecycle import State, Step, after
from typedserver.lifetime.attachment import Attachment, End, Ended
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.lifetime.own_loop import OwnLoop
from typedserver.lifetime.servable import Servable
from typedserver.lifetime.turns import Turn
from typedserver.process.callers import is_called_by
from typedserver.process.forking import end_as_child
from typedserver.process.inheritance import generation, tell_of_forks
from typedserver.protocols.reactors import Reactor
from typedserver.reactor.calls import call_in_loop
from typedserver.reactor.shared_epoll import part_from_parent

# Covariant, although the servable stands in an attribute: nobody but the lifetime writes that.
ServableT_co = TypeVar("ServableT_co", bound=Servable, default=Servable, covariant=True)


class Lifetime(Generic[ServableT_co]):
    """The life of one server, over what it serves.

    server: what messages name.
    servable: what is opened, served and closed.
    drain_request: whether a drain was asked for, and who is called then; the server's handlers know it too.
    state: where the life begins: LISTENING in a process whose parent has opened everything.
    """

    __slots__ = (
        "__weakref__",
        "_attachment",
        "_close_turn",
        "_is_foreign",
        "_left",
        "_loop_thread",
        "_server",
        "_serves_in",
        "_stop_requested",
        "_turn",
        "drain_request",
        "own_loop",
        "servable",
        "state",
        "suspended",
    )

    def __init__(
        self,
        server: object,
        servable: ServableT_co,
        drain_request: DrainRequest,
        reactor_factory: Callable[[], Reactor],
        *,
        state: State = State.NEW,
    ) -> None:
        self._server = server
        self.servable: ServableT_co = servable
        self.drain_request: DrainRequest = drain_request
        self.own_loop: OwnLoop = OwnLoop(reactor_factory)
        # Of the process that it serves in: in one that was forked from that it is a copy. None: it does not serve, and
        # may in any process that has it.
        self._serves_in: int | None = None
        # Whether it is a copy in a process that the program has forked, not this library.
        self._is_foreign = False
        self.state: State = state
        # To change the state, and to open. The other one, to close: that waits for workers, who may ask for the state.
        self._turn = Turn()
        self._close_turn = Turn()
        self._attachment: Attachment | None = None
        self._loop_thread: int | None = None
        self._stop_requested = False
        self.suspended: bool = False
        # The end of the attachment to any loop.
        self._left = End(reached=True)
        tell_of_forks(self)

    def for_worker(self) -> "Lifetime[ServableT_co]":
        """Return the life that begins in a forked worker process, with what the parent has opened.

        The parent's loop, its threads and whoever held a lock are not in this process.
        """
        drain_request = DrainRequest()
        servable = self.servable.for_worker(drain_request)
        lifetime = Lifetime(self._server, servable, drain_request, self.own_loop.factory, state=State.LISTENING)
        lifetime.suspended = self.suspended
        return lifetime

    def is_copy(self) -> bool:
        """Whether this is a forked child's copy of its parent's server."""
        return self._serves_in not in (None, generation())

    def is_worker(self) -> bool:
        """Whether the calling thread serves a request of this server, or is in a child that does."""
        return self.is_copy() or self.servable.is_worker()

    def check_that_it_is_here(self) -> None:
        """Raise LifecycleError in a forked child, whose server is in another process."""
        if self.is_copy():
            raise LifecycleError(
                f"{self._server!r} cannot be stopped by a forked child: the server is its parent process"
            )

    # In processes that the program forks

    def before_fork(self) -> None:
        """Prepare to share what is open and not served."""
        self.servable.before_fork()

    def after_fork(self) -> None:
        """Go on, in the parent."""
        self.servable.after_fork()

    def leave_to_parent(self) -> None:
        """Begin anew in the child, with what is open; a server that serves in the parent is left alone by the child.

        The loop of the parent's, its threads, its requests and whoever held a lock are not in this process.
        """
        self._turn = Turn()
        self._close_turn = Turn()
        for loop in (self._attachment, self.own_loop):
            if loop is not None and loop.reactor is not None and not loop.reactor.is_closed():
                part_from_parent(loop.reactor)
        self.servable.enter_child()
        if self.is_copy():
            self._is_foreign = True
            if self.own_loop.reactor is not None:
                # A child that returns into the loop runs nothing more in it.
                self.own_loop.reactor.stop()
            return
        self.drain_request.enter_child()
        self.servable = self.servable.in_child(self.drain_request)
        self.own_loop = OwnLoop(self.own_loop.factory)
        self._left = End(reached=True)

    # Opening and closing

    def open(self) -> None:
        """Open what is not open yet."""
        self._check_that_it_does_not_open_here()
        self._turn.take(self._open)

    def _open(self) -> None:
        state = after(self.state, Step.OPEN)
        self.servable.open()
        self.state = state

    def retract(self) -> None:
        """Take an ``open`` back; does nothing while it serves."""
        self._check_that_it_does_not_open_here()
        self._turn.take(self._retract)

    def _retract(self) -> None:
        if self.state is State.LISTENING and self.own_loop.thread is None:
            self.servable.retract()
            self.state = after(self.state, Step.RETRACT)

    def _check_that_it_does_not_open_here(self) -> None:
        if self._turn.is_taken_here():
            raise LifecycleError(
                f"{self._server!r} is being opened in this very thread, by what calls this: open, serve and close it "
                "when that is done"
            )

    def close(self, request_stop: Callable[[], object]) -> None:
        """Close what is open, then wait for workers; a second call does nothing but what an interrupt has left.

        request_stop: how it is stopped if it serves in another thread.
        """
        if self._is_foreign:
            # It unwinds: what was open here is closed already, and the rest is its parent's.
            return
        if self.is_worker():
            raise LifecycleError(f"{self._server!r} cannot be closed by one of its workers: use request_stop()")
        if self._close_turn.is_taken_here():
            # The second call: what the first one closes has made it.
            return
        self._check_that_it_does_not_open_here()
        while not self._turn.take(self._closed_if_idle):
            self._leave_loop(request_stop)
        self._close_turn.take(self._close)

    def _closed_if_idle(self) -> bool:
        if self.own_loop.thread is not None or self._attachment is not None:
            return False
        self.state = after(self.state, Step.CLOSE)
        return True

    def _close(self) -> None:
        try:
            self.servable.close()
        finally:
            self.own_loop.close()

    def _leave_loop(self, request_stop: Callable[[], object]) -> None:
        attachment = self._attachment
        if self.own_loop.runs_here():
            if self._serves_here():
                raise LifecycleError(f"{self._server!r} cannot be closed inside its own loop: use request_stop()")
            self._end_own_loop(attachment)
        elif self.own_loop.thread is not None:
            # Of this run: before the wait, another thread may begin another one.
            ended = self.own_loop.ended
            request_stop()
            ended.wait()
        elif attachment is None:
            return
        elif (
            self._loop_thread == threading.get_ident()
            or attachment.reactor.is_closed()
            # A loop of its own that no longer runs: it was interrupted in its end.
            or attachment.reactor is self.own_loop.reactor
        ):
            self._detach(attachment)
        else:
            raise LifecycleError(
                f"{self._server!r} is attached to a loop: detach() there before it is closed elsewhere"
            )

    def _serves_here(self) -> bool:
        """Whether a loop of its own runs in this thread; ``own_loop.thread`` may be left from an interrupted run."""
        return is_called_by(_SERVES, lambda lifetime: lifetime is self)

    # Serving

    def serve(self, start: Callable[[Attachment], object]) -> None:
        """Serve in a loop of its own until it is stopped; ``start`` begins that.

        It returns at once if what was asked for before has ended it already.
        """
        self._check_that_it_does_not_open_here()
        reactor = self._turn.take(self._reactor_unless_over)
        if reactor is None:
            return
        failures: list[BaseException] = []
        running = False

        def ended(error: BaseException | None) -> None:
            # Recorded rather than raised: asyncio's and uvloop's loops would only log it.
            if error is not None:
                failures.append(error)
            # A stop outside the run would be kept by the loop, and end its next run.
            if running:
                reactor.stop()

        attachment = self.attach(reactor, ended, start, own=True)
        try:
            if attachment.attached:
                running = True
                reactor.run_forever()
        except BaseException as error:
            if self._is_foreign:
                end_as_child(error)
            raise
        finally:
            running = False
            if self._is_foreign:
                # A child that was forked in the loop. What follows in the program is its parent's.
                end_as_child(failures[0] if failures else None)
            self._end_own_loop(attachment)
        if failures:
            raise failures[0]

    def reactor(self) -> Reactor:
        """Return the loop of its own, made if need be; raises LifecycleError once it was closed."""
        self._check_that_it_does_not_open_here()
        return self._turn.take(self._made_reactor)

    def _made_reactor(self) -> Reactor:
        after(self.state, Step.SERVE)
        return self.own_loop.made()

    def check_that_it_is_not_over(self) -> None:
        """Raise LifecycleError for a server that ``serve`` would not serve any more."""
        if self.is_over():
            raise LifecycleError(f"{self._server!r} was closed, or has drained: make a new one from the same recipe")

    def _reactor_unless_over(self) -> Reactor | None:
        if self.is_over():
            # A stop is for one run, and this was it; a drain is for good.
            self._stop_requested = False
            return None
        return self._made_reactor()

    def is_over(self) -> bool:
        """Whether a drain has ended it, or whoever stopped it has closed it before it could serve."""
        if self.state is State.CLOSED:
            return self._stop_requested or self.drain_request.until is not None
        return self._attachment is None and self.state is State.DRAINING and self.servable.is_drained

    def attach(
        self, reactor: Reactor, ended: Ended, start: Callable[[Attachment], object], *, own: bool = False
    ) -> Attachment:
        """Serve in a loop, which is its own or another's; ``start`` begins that.

        What it returns is not attached if what was asked for before has ended the server already.
        """
        self._check_that_it_does_not_open_here()
        # By itself, before it enters the loop: an observer that hears of it may still close it.
        self._turn.take(self._open_if_new)
        attachment = Attachment(reactor, self._exit_loop, ended)
        while (ending := self._turn.take(partial(self._enter_loop, attachment, own=own))) is not None:
            if ending is _NEVER:
                attachment.refuse()
                return attachment
            ending.wait()
        try:
            # Whoever asked before for a stop wants nothing begun, a lifespan least of all.
            if not self._stop_requested:
                start(attachment)
        except BaseException:
            if own:
                self._end_own_loop(attachment)
            else:
                self._detach(attachment)
            raise
        if self._stop_requested:
            attachment.detach()
            return attachment
        if self.suspended:
            self.servable.suspend(suspended=True)
        if self.drain_request.until is not None:
            self._drain_in_loop(attachment)
        return attachment

    def _open_if_new(self) -> None:
        if self.state is State.NEW:
            self._open()

    def _enter_loop(self, attachment: Attachment, *, own: bool) -> End | None:
        """Take the attachment; returns the end to wait for if it serves in another thread, which is to end soon."""
        if self.is_over():
            return _NEVER
        if self._drains_elsewhere():
            # A loop of somebody else's must not be held up by that.
            return self._left if own else _NEVER
        state = after(self.state, Step.SERVE)
        if self.is_copy():
            raise LifecycleError(
                f"{self._server!r} serves in a parent of this process: fork before it serves, or make a new one"
            )
        if self._attachment is not None:
            raise LifecycleError(f"{self._server!r} serves already: one loop at a time; call shutdown() first")
        if self.own_loop.thread is not None and not self.own_loop.runs_here():
            return self.own_loop.ended
        self.servable.open()
        # The state last, and by _exit_loop first: what is serving has an attachment to be ended.
        if own:
            self.own_loop.begin()
        self._left = End(reached=False)
        self._loop_thread = threading.get_ident()
        self._serves_in = generation()
        self._attachment = attachment
        self.state = state
        return None

    def _drains_elsewhere(self) -> bool:
        """Whether another thread serves it until a drain is over, and may be waited for here."""
        here = self._loop_thread == threading.get_ident() or self.own_loop.runs_here()
        return self._attachment is not None and self.draining and not here and not self.is_worker()

    def _detach(self, attachment: Attachment) -> None:
        """Have it leave the loop, also if it was interrupted at that before."""
        attachment.detach()
        if self._attachment is attachment:
            self._exit_loop(attachment)

    def _exit_loop(self, attachment: Attachment) -> None:
        failure: Exception | None = None
        if self._is_foreign:
            # The place in the loop is the parent's, who serves on.
            return
        try:
            self.servable.stop()
        except Exception as error:  # noqa: BLE001 - raised below; an interrupt instead leaves all of this to the next call
            failure = error
        self._turn.take(partial(self._forget_loop, attachment))
        if failure is not None:
            raise failure

    def _forget_loop(self, attachment: Attachment) -> None:
        if self._attachment is attachment:
            if self.state is State.SERVING:
                self.state = after(self.state, Step.STOP)
            self._stop_requested = False
            self._attachment = None
            self._loop_thread = None
            self._serves_in = None
            self._left.reach()

    def _end_own_loop(self, attachment: Attachment | None) -> None:
        try:
            if attachment is not None:
                self._detach(attachment)
        finally:
            self._turn.take(self.own_loop.end)

    # Stopping

    def request_stop(self) -> None:
        """Have it stop serving, without waiting; from any thread or signal handler."""
        # No lock is taken: a signal handler may have interrupted the thread that holds it.
        self.check_that_it_is_here()
        self._stop_requested = True
        self.servable.halt()
        attachment = self._attachment
        if attachment is not None:
            _call_in_its_loop(attachment, attachment.detach)

    def shutdown(self, request_stop: Callable[[], object]) -> None:
        """Stop serving by ``request_stop``, and wait until the loop has ended."""
        self.check_that_it_is_here()
        if self.servable.serves_in_this_thread() or (self.own_loop.runs_here() and self._serves_here()):
            raise LifecycleError(
                f"shutdown() in the serving thread of {self._server!r} would wait for itself: request_stop()"
            )
        attachment = self._attachment
        if self.own_loop.runs_here():
            self._end_own_loop(attachment)
        elif attachment is not None and self.own_loop.thread is None and self._loop_thread == threading.get_ident():
            attachment.detach()
        else:
            ended = self.own_loop.ended
            request_stop()
            ended.wait()

    # Draining

    @property
    def draining(self) -> bool:
        """Whether it is about to stop and wants its handlers to end."""
        return self.drain_request.until is not None and self.state is not State.CLOSED

    def request_drain(self, deadline: float | None) -> None:
        """Have it drain and then stop, without waiting; from any thread or signal handler."""
        self.check_that_it_is_here()
        until = self.drain_request.ask(self.servable.drain_seconds if deadline is None else deadline)
        # Here and now: the loop may be blocked by a handler that waits for exactly this.
        self.servable.warn(until, deadline)
        self.drain_request.notify()
        attachment = self._attachment
        if attachment is not None:
            _call_in_its_loop(attachment, partial(self._drain_in_loop, attachment))

    def drain(self, request_drain: Callable[[], object], start: Callable[[Attachment], object]) -> None:
        """Serve to the end what has come: in the loop that runs, or by ``start`` in one that is run for it here."""
        here = threading.get_ident()
        if self.is_worker() or (self._loop_thread == here and self.own_loop.thread is None):
            raise LifecycleError(
                f"drain() in a thread that serves for {self._server!r} would wait for itself: request_drain(), and in "
                "asyncio `await server.wait_closed()` after it, or `async with server.serving()`"
            )
        if self.own_loop.runs_here() and self._serves_here():
            raise LifecycleError(
                f"drain() in the serving thread of {self._server!r} would wait for itself: request_drain()"
            )
        if self.own_loop.runs_here():
            # Its own loop was interrupted in its end.
            self._end_own_loop(self._attachment)
        request_drain()
        may_serve = self.state in (State.LISTENING, State.DRAINING) and not self.servable.is_drained
        if may_serve and self._attachment is None and self.own_loop.thread is None:
            # A stop that was asked for before is less than this.
            self._stop_requested = False
            # Another thread may begin to serve just now, and drains then.
            with contextlib.suppress(LifecycleError):
                self.serve(start)
        while (end := self.end_ahead()) is not None:
            end.wait()

    def end_ahead(self) -> End | None:
        """Return the next end to wait for, until it serves no more; None if it does not. From any thread."""
        left, ended = self._left, self.own_loop.ended
        if self._attachment is not None:
            return left
        return None if self.own_loop.thread is None else ended

    def _drain_in_loop(self, attachment: Attachment) -> None:
        until = self.drain_request.until
        if self._attachment is not attachment or not attachment.attached or until is None:
            return
        try:
            self._turn.take(partial(self._advance, Step.DRAIN))
            self.servable.drain(attachment, until)
        except BaseException as error:  # noqa: BLE001 - asyncio's loops swallow what a callback raises
            attachment.end(error)

    def _advance(self, step: Step) -> None:
        self.state = after(self.state, step)

    # Accepting or not

    def accept_or_not(self, *, suspended: bool) -> None:
        """Stop or start accepting, from the loop's next turn on; from any thread."""
        self.check_that_it_is_here()
        self.servable.pass_on_suspension(suspended=suspended)
        self.suspended = suspended
        attachment = self._attachment
        if attachment is not None and not attachment.reactor.is_closed():
            call_in_loop(attachment.reactor, partial(self._suspend_in_loop, attachment))

    def _suspend_in_loop(self, attachment: Attachment) -> None:
        if self._attachment is attachment and attachment.attached and not self.draining:
            self.servable.suspend(suspended=self.suspended)

    def call_when_ready(self, callback: Callable[[Reactor], object]) -> None:
        """Call back once in a loop of its own, when requests are served there; before that loop was made."""
        self.own_loop.call_when_begun(lambda reactor: self.servable.call_when_ready(partial(callback, reactor)))


def _call_in_its_loop(attachment: Attachment, callback: Callable[[], object]) -> None:
    """Call back in the loop of an attachment; if that is closed, detach it here."""
    if attachment.reactor.is_closed():
        # Whoever ran the loop has forgotten to detach: nothing will ever run in it again.
        attachment.detach()
    else:
        call_in_loop(attachment.reactor, callback)


_SERVES: Final = (Lifetime.serve.__code__,)

# In place of an end to wait for: nothing is left to be served.
_NEVER: Final = End(reached=True)
