"""Serving: the face of everything that serves, a Server, a Group and a Prefork alike.

It forwards to one Lifetime and holds nothing else, so that a subclass may name its own attributes as it likes, save for
those that a handler asks for: ``draining``, ``server_address``, ``deadlines`` and ``quiet`` (ServerContext).
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar, overload

from typedserver.composition import check_reactor
from typedserver.errors import RecipeError
from typedserver.events import NOTHING_DRAINED, DrainReport
from typedserver.lifecycle import State
from typedserver.lifetime import in_asyncio, program
from typedserver.lifetime.attachment import Attachment, Ended, raise_in_loop
from typedserver.lifetime.lifetime import Lifetime, ServableT_co
from typedserver.protocols.reactors import Reactor
from typedserver.recipes import check_callable, check_positive, check_seconds, shown

ValueT = TypeVar("ValueT")

# socketserver's own interval between two calls of service_actions, in seconds.
DEFAULT_POLL_INTERVAL: Final = 0.5


class Fact(Generic[ValueT]):
    """A read-only attribute that a subclass may use for something else.

    A property would refuse a subclass that assigns to an attribute of that name. An instance's own attribute takes the
    place of this one, and the library never reads it from there.
    """

    def __init__(self, read: Callable[[Any], ValueT]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    @overload
    def __get__(self, instance: None, owner: type, /) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type, /) -> ValueT: ...
    def __get__(self, instance: object, owner: type, /) -> Self | ValueT:
        """Return what it reads of the instance; of the class, itself."""
        return self if instance is None else self._read(instance)


class Serving(Generic[ServableT_co]):
    """A server, or several as one: opens, serves, drains and closes. What Server, Group and Prefork have in common.

    Raises as the methods say. Those that may be called from any thread say so; all others belong to the thread that
    serves, or to the one that will.
    """

    def __init__(self, lifetime: Lifetime[ServableT_co]) -> None:
        # What the library's own parts ask for. A dunder, because a subclass may use any other name.
        self.__lifetime__: Lifetime[ServableT_co] = lifetime

    def __enter_worker__(self, begun: Callable[[Reactor], object] | None = None) -> None:
        """In a forked worker process: begin a life there, with what the parent has opened.

        begun: called with a loop of its own in the first turn of that, before whatever is readable.
        """
        self.__lifetime__ = self.__lifetime__.for_worker()
        if begun is not None:
            self.__lifetime__.call_when_ready(begun)

    # Opening and closing

    def open(self) -> Self:
        """Open what it listens on, if that is not done; returns the server itself.

        Raises ListenError if that cannot be opened, LifecycleError after a close.
        """
        self.__lifetime__.open()
        return self

    def retract(self) -> None:
        """Take an ``open`` back: what it opened is closed, and may be opened again. Does nothing while it serves."""
        self.__lifetime__.retract()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server_close()

    def server_close(self) -> None:
        """Close what is open, then wait for workers as their recipes say; a second call does nothing.

        A loop that runs in another thread is shut down first. If Ctrl-C has interrupted it, or has ended
        ``serve_forever`` in the middle of its end, another call does what is left. Raises LifecycleError from a worker,
        from the loop's own thread while it runs, and in a child of ``Forks``: each would wait for itself.

        If the program has forked by itself, it closes this process's copies, and the last process that serves them
        removes the files. In a child of one that serves it does nothing.
        """
        self.__lifetime__.close(self.request_stop)

    # Serving

    def serve_forever(self, poll_interval: float = DEFAULT_POLL_INTERVAL) -> None:
        """Serve until ``shutdown`` or ``request_stop``, in the thread that calls; opens what is not open.

        poll_interval: how often an overridden ``service_actions`` is called, in seconds. Nothing else polls.

        A stop or a drain that was asked for before is kept, also if the server was closed since: it returns when that
        is over, mostly at once. Raises RecipeError for an interval that is no number of seconds above 0, ListenError if
        something cannot be opened, LifecycleError if it was closed otherwise or serves already, and whatever ended the
        loop otherwise: a fatal error of a listener, a BaseException that is no Exception out of a handler that ran in
        the loop.
        """
        _check_interval("serve_forever", poll_interval)
        lifetime = self.__lifetime__
        lifetime.serve(lambda attachment: lifetime.servable.start(attachment, poll_interval))

    def attach(
        self, reactor: Reactor, *, ended: Ended = raise_in_loop, poll_interval: float = DEFAULT_POLL_INTERVAL
    ) -> Attachment:
        """Serve in a loop that somebody else runs, until ``detach``, ``request_stop`` or ``shutdown``.

        reactor: the loop, asyncio's and uvloop's included; call this in the thread that runs it.
        ended: called once when the server has left the loop, with the exception that made it leave, or None if that
        was asked for; unless given, the exception is raised in the loop.
        poll_interval: as for ``serve_forever``.

        Opens what is not open. A stop or a drain that was asked for before is kept: if it is over already, what this
        returns is not attached. Raises CompositionError for what is no loop, and otherwise as ``serve_forever`` does.
        """
        check_reactor(reactor)
        _check_interval("attach", poll_interval)
        check_callable("attach", "ended", ended, "give a function that takes an exception or None")
        lifetime = self.__lifetime__
        return lifetime.attach(reactor, ended, lambda attachment: lifetime.servable.start(attachment, poll_interval))

    def serving(self, *, deadline: float | None = None) -> AbstractAsyncContextManager[Self]:
        """Serve in the loop of asyncio's that runs here, while an ``async with`` block does; it drains in the end.

        deadline: seconds that running requests have when the block is over, before they are cut, from 0 to
        ``math.inf``; None: as configured (``Deadlines(drain=)``).

        For every strategy, and for uvloop: what the loop itself serves (``Inline``) holds it up. The block gets the
        server, and begins when that serves; it may have it end by ``request_drain`` or ``request_stop``, and wait for
        that by ``wait_closed``. If the block is cancelled, the server drains all the same, and the cancellation goes on
        afterwards. Another one cuts what is left, at once.

        Entering raises as ``attach`` does, LifecycleError where no loop of asyncio's runs, and RecipeError for the
        deadline. What made the server leave the loop otherwise is raised after the block, whose own exception is then
        that one's ``__context__``.
        """
        return in_asyncio.serving(self, deadline)

    async def wait_closed(self) -> None:
        """Wait in asyncio until it serves no more, because it was stopped or has drained; at once if it does not serve.

        In a program of asyncio's, whichever loop or thread the server serves in. With ``request_drain`` it is what
        ``drain`` is elsewhere. Raises LifecycleError where no loop of asyncio's runs.
        """
        await in_asyncio.left(self.__lifetime__)

    def when_ready(self, callback: Callable[[], object]) -> None:
        """Call back once when it serves in a loop of its own: in the first turn of that, in its thread.

        A Prefork is ready when one of its workers serves, a Group when all its members are. To be called before
        ``serve_forever`` or ``run``.
        """
        check_callable("when_ready", "callback", callback, "give a function without parameters")
        self.__lifetime__.call_when_ready(lambda _reactor: callback())

    def run(
        self,
        *,
        deadline: float | None = None,
        reload: Callable[[], object] | None = None,
        opened: Callable[[], object] | None = None,
        ready: Callable[[], object] | None = None,
        asked: Callable[[int], object] | None = None,
    ) -> int:
        """Serve as a program does, until a signal ends it; returns the exit status, one of ``Exit``.

        deadline: seconds that running requests have once it drains, from 0 to ``math.inf``; None: as configured
        (``Deadlines(drain=)``).
        reload: called in the loop for SIGHUP; None: the ``reload`` hook. What it raises is logged.
        opened: called once in this thread, when all is open and before anything is served, or a worker forked: here a
        program that began as root becomes another user. What it raises ends the run.
        ready: called once in the loop, when it serves.
        asked: called in the signal handler for each signal that asks it to end, with how many of these there were, once
        the server was asked; what it raises is logged.

        The first SIGTERM or SIGINT drains, a second one cuts at once what is left, whichever it is, and a third raises
        KeyboardInterrupt. It closes the server in the end, also if ``serve_forever`` raises. Handlers in threads or
        children go on through all that.

        If the program was started with SIGINT or SIGHUP ignored, as in the background of a script or by nohup, that
        stays so; SIGTERM is always obeyed. In the second after a stop that a signal has asked for, further signals mean
        nothing, so that the program ends with the exit status that this returns.

        Main thread alone: raises LifecycleError in others. Raises RecipeError at once for values that cannot work, and
        otherwise as ``serve_forever`` does.
        """
        check_seconds("run", "deadline", deadline)
        check_callable("run", "reload", reload, "give a function without parameters, or None", needed=False)
        check_callable("run", "opened", opened, "give a function without parameters, or None", needed=False)
        check_callable("run", "ready", ready, "give a function without parameters, or None", needed=False)
        check_callable("run", "asked", asked, "give a function that takes a number, or None", needed=False)
        return program.run(
            self,
            deadline,
            program.Calls(
                reload or self.reload,
                opened or program.nothing,
                ready or program.nothing,
                asked or program.nothing,
            ),
        )

    # Stopping

    def request_stop(self) -> None:
        """Have it stop serving, without waiting: from any thread or signal handler, any number of times.

        Before serving it is kept for the next ``serve_forever``. In a loop that is not its own, it leaves that loop.
        Raises LifecycleError in a forked child, whose server is in another process.
        """
        self.__lifetime__.request_stop()

    def shutdown(self) -> None:
        """Stop serving and wait until the loop has ended; running requests go on.

        Any thread may call it, a handler in a thread of its own included. In a loop that is not its own it leaves that
        loop and waits for nothing. Raises LifecycleError from a serving thread itself, and in a forked child.
        """
        self.__lifetime__.shutdown(self.request_stop)

    # Draining

    def request_drain(self, deadline: float | None = None) -> None:
        """Have it drain and then stop, without waiting: from any thread or signal handler, any number of times.

        deadline: seconds that running requests have from now before they are cut, 0 cuts at once, ``math.inf`` never;
        None: as configured. A later call can only bring that forward.

        From now on the kernel refuses new clients, if it can; those that have connected before are served, also from
        the kernel's queue. Handlers see ``draining``; connections that wait between two messages end. When all is
        over, or cut, ``serve_forever`` returns. Before serving it is kept for the next ``serve_forever``.

        Raises RecipeError for a deadline that is no number of seconds from 0 on, LifecycleError in a forked child,
        whose server is in another process.
        """
        check_seconds("request_drain", "deadline", deadline)
        self.__lifetime__.request_drain(deadline)

    def drain(self, deadline: float | None = None) -> DrainReport:
        """Serve to the end what has come, then close; returns what it has come to.

        deadline: seconds that running requests have before they are cut; None: as configured (``Deadlines(drain=)``).

        If nobody serves at the moment, it serves what waits in the kernel's queue, in this thread. Raises RecipeError
        for a deadline as ``request_drain`` does, LifecycleError from a worker, from the loop's own thread (where
        ``request_drain`` does not wait), and in a forked child.
        """
        check_seconds("drain", "deadline", deadline)
        lifetime = self.__lifetime__
        lifetime.drain(
            partial(self.request_drain, deadline),
            lambda attachment: lifetime.servable.start(attachment, DEFAULT_POLL_INTERVAL),
        )
        self.server_close()
        return lifetime.servable.report() or NOTHING_DRAINED

    @property
    def draining(self) -> bool:
        """Whether it is about to stop and wants its handlers to end."""
        return self.__lifetime__.draining

    def call_when_draining(self, about: object, callback: Callable[[], object]) -> None:
        """Have a function called each time the server is asked to drain, and now if it was asked before.

        about: what the call concerns, kept alive by the caller until ``forget_when_draining``. A call that concerns a
        request is forgotten when the request is over.
        callback: called in any thread or in a signal handler, so it must not wait. What it raises is logged.

        From any thread.
        """
        given: object = callback
        # A call less than by check_callable: nearly every connection comes here.
        if not callable(given):
            raise RecipeError(f"call_when_draining(callback={shown(given)}) must be a callable")
        self.__lifetime__.drain_request.call(about, callback)

    def forget_when_draining(self, about: object) -> None:
        """Take ``call_when_draining`` back; from any thread."""
        self.__lifetime__.drain_request.forget(about)

    # Accepting or not

    def suspend(self) -> None:
        """Accept nothing until ``resume``; running requests go on, and new clients wait in the kernel's queue.

        It holds from the loop's next turn on, and does not wait for that. From any thread, any number of times, also
        before serving.
        """
        self.__lifetime__.accept_or_not(suspended=True)

    def resume(self) -> None:
        """Accept again after ``suspend``; from any thread, any number of times."""
        self.__lifetime__.accept_or_not(suspended=False)

    def reload(self) -> None:
        """Take over what has changed outside, such as a certificate; hook, called for SIGHUP by ``run``."""
        self.__lifetime__.servable.reload()

    # What it says of itself

    @Fact
    def state(self) -> State:
        """Where it stands in its life."""
        return self.__lifetime__.state

    @Fact
    def suspended(self) -> bool:
        """Whether it accepts nothing until ``resume``."""
        return self.__lifetime__.suspended

    @Fact
    def drain_report(self) -> DrainReport | None:
        """What the drain has come to, so far or in the end; None if none has begun."""
        return self.__lifetime__.servable.report()


def _check_interval(call: str, poll_interval: object) -> None:
    check_positive(call, "poll_interval", poll_interval, "give the seconds between two calls", needed=True)
