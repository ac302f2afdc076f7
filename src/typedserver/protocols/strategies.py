"""What a strategy, its dispatcher and the server's request processor promise one another. Typing only."""

from typing import Any, Protocol

from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import Result_co, Result_contra


class RequestProcessor(Protocol[Result_co]):
    """What a strategy may ask of the server that it works for."""

    def serve_request(self, request: Any, client_address: Any, /) -> None:
        """Live a request's whole life: establish, handle, report an error, shut down. Called in the worker.

        A coroutine handler is run to its end in this thread. No Exception leaves it, but what an overridden
        ``handle_error`` raises; a BaseException that is no Exception does, after the request was closed.
        """
        ...

    def begin_request(self, request: Any, client_address: Any, /) -> Result_co:
        """Begin what ``serve_request`` does, for a strategy that runs coroutines itself.

        Returns the coroutine that is to be run, where the handler (or ``establish``) is one: ``end_request`` is to
        follow. Otherwise it is all over, and this is what the handler returned, or the Exception that was reported in
        its place. Raises as ``serve_request`` does.
        """
        ...

    def end_request(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        """Report and shut down, after the coroutine of ``begin_request`` has ended; once, in the thread that ran it.

        error: what came out of it, None for nothing that is an error. No descriptor of the request may be watched any
        more: it is closed here. Raises what an overridden ``handle_error`` does.
        """
        ...

    def close_request(self, request: Any, /) -> None:
        """Give up this process's copy: the parent of a fork, or whoever can not serve the request."""
        ...

    def enter_child(self, request: Any, /) -> None:
        """In a forked child, once, before it serves: give up all descriptors of the parent's but the request's."""
        ...

    def drain_in_child(self) -> None:
        """In a forked child: the parent drains, and has told this process; in its main thread or a signal handler."""
        ...

    def fail(self, error: BaseException, /) -> None:
        """End the server's loop by an exception that left a request served in the loop; from any thread."""
        ...

    def release(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        """Say that a request is over; exactly once a request, in the server's process, from any thread.

        ``error`` is what the worker itself could not tell: a killed child, a thread that did not start.
        """
        ...


class Dispatcher(Protocol):
    """A strategy's live side: it starts workers and keeps account of them.

    All methods are called in the loop's thread, or by who closes the server when the loop has ended. One that serves in
    the loop's thread itself, and holds it up, says so by ``blocks_loop``; its ``cut`` may be called in any thread.

    One that runs what ``begin_request`` has returned has an ``is_worker`` besides, which says in any thread whether
    that runs one of its requests at this moment: such a worker can not close its server.
    """

    @property
    def has_capacity(self) -> bool:
        """Whether one more request may come; while it is False the server leaves its listener out of the reactor."""
        ...

    def process_request(self, request: Any, client_address: Any, /) -> None:
        """Have the request served. The dispatcher calls ``release`` for it, also if this raises."""
        ...

    def service_actions(self) -> None:
        """Do what a reactor would have called for, where there is none."""
        ...

    def drain(self) -> None:
        """Tell workers out of this process that the server drains; maybe more than once."""
        ...

    def cut(self, request: Any, /) -> None:
        """End the worker of this request now, where the end of its connection does not."""
        ...

    def close(self, timeout: float | None = None, /) -> int:
        """Wait for workers, at most ``timeout`` seconds (None: as long as the recipe says); how many are left."""
        ...


class ConcurrencyStrategy(Protocol[Result_contra]):
    """How many requests run at once, and where: a frozen recipe.

    The type of result says what handlers it can run: one that drives blocking handlers and coroutines alike takes
    ``object``, one that needs a coroutine takes ``Coroutine``; a handler that gives less is then a type error.

    One that runs in no loop but its own kind has a ``reactor_factory`` besides, which a server makes its loop by; one
    that wraps another passes on the other's (None: any loop will do). One that has what a forked process would lack has
    a ``check_before_fork``, which raises CompositionError and is passed on likewise.
    """

    def start(self, processor: RequestProcessor[Result_contra], reactor: Reactor | None, /) -> Dispatcher:
        """Begin work for a server. Without a reactor, what it would watch is done in ``service_actions``."""
        ...
