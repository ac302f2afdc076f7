"""The contracts: what an endpoint, a handler, a strategy, a reactor and a server promise one another.

Typing only. No class here has a body that runs, nothing here imports another room, and nothing is subclassed: an
object fits a contract by its shape. Whoever calls a member is named in its docstring, for that is who it must satisfy.
"""

import socket
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Protocol, TypeAlias

from typing_extensions import TypeVar

InetAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
"""A TCP or UDP peer: ``(host, port)``, for IPv6 with flow label and scope behind them (ip(7), ipv6(7))."""

UnixAddress: TypeAlias = str
"""A Unix peer: its path, ``"\\0name"`` for an abstract name, ``""`` for a socket that has no name (unix(7))."""

Address: TypeAlias = InetAddress | UnixAddress
"""Any client address that the endpoints of this library give."""

StreamRequest: TypeAlias = socket.socket
"""What a stream endpoint gives: the connected socket, blocking."""

DatagramRequest: TypeAlias = tuple[bytes, socket.socket]
"""What a datagram endpoint gives: the packet, and the socket through which a reply goes."""

RequestT = TypeVar("RequestT")
AddressT = TypeVar("AddressT")
ResultT = TypeVar("ResultT")

# What an endpoint produces can only come out of it, what a handler consumes can only go in: hence the variances.
Request_co = TypeVar("Request_co", covariant=True)
Address_co = TypeVar("Address_co", covariant=True)
Result_co = TypeVar("Result_co", covariant=True)
Request_contra = TypeVar("Request_contra", contravariant=True)
Address_contra = TypeVar("Address_contra", contravariant=True)
Server_contra = TypeVar("Server_contra", contravariant=True)
Result_contra = TypeVar("Result_contra", contravariant=True)


class Listener(Protocol[Request_co, Address_co]):
    """A bound, live source of requests. The server that opened it closes it.

    It may have more: ``withdraw() -> Withdrawal`` has the kernel take nothing new for good, while what waits can still
    be accepted; ``share()`` says that another process has its socket too, and serves on; ``cut_request(request)`` ends
    a connection at once, from any thread; ``answers_requests`` says that requests are answered through it, so that it
    must outlive them. One that wraps another passes these on.

    Requests pass through it as ``Any``: between ``get_request`` and ``establish`` they are the listener's own affair,
    and only what ``establish`` returns reaches a handler.
    """

    @property
    def server_address(self) -> Any:
        """The address it is bound to, as the kernel tells it (a port 0 is resolved)."""
        ...

    def fileno(self) -> int:
        """The descriptor that a reactor watches; it is readable when a request waits."""
        ...

    def get_request(self) -> tuple[Any, Any]:
        """Take one waiting request, with its client's address; called in the loop's thread, so it must be quick.

        Raises BlockingIOError when none waits, any other OSError when the kernel refuses.
        """
        ...

    def establish(
        self, request: Any, client_address: Any, /
    ) -> tuple[Request_co, Address_co] | Coroutine[Any, Any, tuple[Request_co, Address_co]]:
        """Make of a raw request what the handler gets; called in the worker, where it may do I/O.

        It owns the raw request: where it raises, it has closed it.
        """
        ...

    def shutdown_request(self, request: Any, /) -> None:
        """Tell the peer that no more will be sent, then close the request."""
        ...

    def close_request(self, request: Any, /) -> None:
        """Close this process's copy of the request, telling the peer nothing."""
        ...

    def leave_in_child(self, request: Any, /) -> None:
        """In a forked child: close the listener's own descriptor, unless ``request`` is answered through it.

        It never unlinks or shuts down anything: those would reach the parent.
        """
        ...

    def close(self) -> None:
        """Close for good; a second call does nothing."""
        ...


# What becomes of new clients when a listener is withdrawn. "refusing": the kernel refuses them from now on, and what
# waits is to be accepted. "leaking": the same, but some may still come in. "shared": another process serves them.
Withdrawal: TypeAlias = Literal["refusing", "leaking", "shared"]


class Endpoint(Protocol[Request_co, Address_co]):
    """Where requests come from, as a frozen recipe: nothing is opened until ``listen``."""

    def listen(self) -> Listener[Request_co, Address_co]:
        """Open a listener of one's own for each call; raises ListenError, which names the remedy."""
        ...


class HandlerFactory(Protocol[Request_contra, Address_contra, Server_contra, Result_co]):
    """What answers one request: any callable of these three; a class whose constructor does the work is one."""

    def __call__(self, request: Request_contra, client_address: Address_contra, server: Server_contra, /) -> Result_co:
        """Answer the request, or return the coroutine that will."""
        ...


# What an endpoint gives, or a handler or strategy is for: ``request_kind`` of those that are for one kind alone.
RequestKind: TypeAlias = Literal["connections", "datagrams"]


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


class TimerHandle(Protocol):
    """A timer that was set."""

    def cancel(self) -> object:
        """Unset it; nothing happens if it has run."""
        ...


class Reactor(Protocol):
    """An event loop: a subset of asyncio's, so that asyncio's and uvloop's loops are reactors as they stand."""

    def add_reader(self, fd: int, callback: Callable[[], object], /) -> None:
        """Call back whenever the descriptor is readable, until ``remove_reader``."""
        ...

    def remove_reader(self, fd: int, /) -> object:
        """Forget the reader; to be called before the descriptor is closed."""
        ...

    def add_writer(self, fd: int, callback: Callable[[], object], /) -> None:
        """Call back whenever the descriptor is writable, until ``remove_writer``."""
        ...

    def remove_writer(self, fd: int, /) -> object:
        """Forget the writer; to be called before the descriptor is closed."""
        ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> TimerHandle:
        """Call back once after ``delay`` seconds."""
        ...

    def call_soon_threadsafe(self, callback: Callable[[], object], /) -> object:
        """Call back once, in the loop; may be called from any thread and from a signal handler."""
        ...

    def run_forever(self) -> None:
        """Run until ``stop``."""
        ...

    def stop(self) -> None:
        """End ``run_forever`` after what is being called back."""
        ...

    def close(self) -> None:
        """Give up all resources; the loop must not be running."""
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


class AnyServer(Protocol):
    """Whatever serves: ours, a Group, the standard library's."""

    def serve_forever(self, poll_interval: float = ..., /) -> None:
        """Serve until ``shutdown``."""
        ...

    def shutdown(self) -> None:
        """End ``serve_forever`` and wait until it has ended."""
        ...

    def server_close(self) -> None:
        """Give up all that is open."""
        ...


class ListeningServer(AnyServer, Protocol):
    """A server that has one address."""

    @property
    def server_address(self) -> Any:
        """The address it is bound to."""
        ...

    def fileno(self) -> int:
        """Its listening descriptor."""
        ...

    def handle_request(self) -> None:
        """Serve one request."""
        ...


class ServerContext(Protocol):
    """The server as a handler sees it, unless the handler asks for more."""

    @property
    def server_address(self) -> Any:
        """The address it is bound to."""
        ...

    @property
    def draining(self) -> bool:
        """Whether the server is on its way to stop and wants its handlers to end."""
        ...

    def request_stop(self) -> None:
        """Have the server stop serving, without waiting for it."""
        ...
