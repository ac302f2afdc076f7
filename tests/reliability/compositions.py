"""The servers of the ledger: every strategy and wrapper, on every transport, with one handler that writes the book.

This module composes servers with the public API, and opens nothing.
"""

import socketserver
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import uvloop

from tests.reliability.ledger import Book
from typedserver import (
    TCP,
    Address,
    Asyncio,
    Bounded,
    ConcurrencyStrategy,
    Endpoint,
    Forks,
    Group,
    Inline,
    Multiplexed,
    OnExecutor,
    Prefork,
    Server,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    UnixStream,
    sleep,
    stream_handler,
)

TRANSPORTS: Final = ("tcp4", "tcp6", "unix")

# Two, because the smallest machine has two processors, and because one must serve when another is killed.
PROCESSES: Final = 2

# Fewer than the clients, so that requests wait in the kernel and in the pool's queue before a worker takes them.
WORKERS: Final = 8


@dataclass
class Composed:
    """A server, its book, and the resources that the test must end after the close."""

    server: Any
    executors: list[Executor] = field(default_factory=list[Executor])

    def end(self) -> None:
        for executor in self.executors:
            executor.shutdown()


class NotedServer(Server[Any, Any]):
    """Notes each connection that it accepts, by the client's own address."""

    book: Book

    def verify_request(self, _request: Any, client_address: Any, /) -> bool:
        name = client_address.decode() if isinstance(client_address, bytes) else client_address
        self.book.accepted(name if isinstance(name, str) else str(name[1]))
        return True


def endpoint_of(transport: str, path: str, port: int = 0) -> Endpoint[StreamRequest, Any]:
    """Return the recipe of a transport by its name; Unix transports use ``path``, the others ``port``."""
    match transport:
        case "tcp4":
            return TCP(port=port)
        case "tcp6":
            return TCP(port=port, host="::1")
        case "unix":
            return UnixStream(path)
        case _:
            raise ValueError(f"no transport is called {transport!r}")


def _handler(book: Book) -> Any:
    @stream_handler
    async def answer(stream: Stream[Address]) -> None:
        line = await stream.readline()
        client, number, service = map(int, line.split())
        book.taken(client, number)
        if service:
            await sleep(service / 1000)
        book.answering(client, number)
        await stream.write(b"%d %d ok\n" % (client, number))

    return answer


_SINGLE: Final[dict[str, Callable[[], ConcurrencyStrategy[Any]]]] = {
    "inline": Inline,
    "threads": Threads,
    "thread_pool": lambda: ThreadPool(workers=WORKERS),
    "bounded": lambda: Bounded(Threads(), WORKERS),
    "forks": lambda: Forks(max_children=WORKERS),
    "multiplexed": Multiplexed,
    "bounded_multiplexed": lambda: Bounded(Multiplexed(), WORKERS),
    "asyncio": Asyncio,
    "uvloop": partial(Asyncio, loop_factory=uvloop.new_event_loop),
}
_IN_WORKERS: Final[dict[str, str]] = {
    "prefork_inline": "inline",
    "prefork_threads": "threads",
    "prefork_thread_pool": "thread_pool",
    "prefork_multiplexed": "multiplexed",
}
PREFORKED: Final = tuple(_IN_WORKERS)
STRATEGIES: Final = (*_SINGLE, "on_executor", *_IN_WORKERS, "prefork_reuse_port", "group")


def transports_of(strategy: str) -> tuple[str, ...]:
    """Return the transports that a strategy is served on; a group is on all of them at once."""
    match strategy:
        case "group":
            return ("all",)
        case "prefork_reuse_port":
            # An option of TCP's (socket(7)).
            return ("tcp4", "tcp6")
        case _:
            return TRANSPORTS


def compose(strategy: str, transport: str, path: str, book: Book, *, noted: bool = False, port: int = 0) -> Composed:
    """Compose a server that writes into this book; if ``noted``, it also notes connections that it accepts."""
    kind: type[Server[Any, Any]] = Server
    if noted:
        NotedServer.book = book
        kind = NotedServer
    handler = _handler(book)

    def served(strategy: ConcurrencyStrategy[Any], on: str = transport) -> Server[Any, Any]:
        return kind(endpoint_of(on, path, port), handler, strategy)

    if strategy == "group":
        parts: tuple[ConcurrencyStrategy[Any], ...] = (Threads(), ThreadPool(workers=WORKERS), Multiplexed())
        return Composed(Group([served(part, on) for on, part in zip(TRANSPORTS, parts, strict=True)]))
    if strategy == "on_executor":
        executor = ThreadPoolExecutor(WORKERS)
        return Composed(served(OnExecutor(executor)), [executor])
    if strategy == "prefork_reuse_port":
        return Composed(Prefork(served(Threads()), PROCESSES, reuse_port=True))
    if (inner := _IN_WORKERS.get(strategy)) is not None:
        return Composed(Prefork(served(_SINGLE[inner]()), PROCESSES))
    return Composed(served(_SINGLE[strategy]()))


class StdlibServer(socketserver.ThreadingTCPServer):
    """The standard library's server, in which the harness must find losses; its queue is as long as ours."""

    request_queue_size = 4096
    allow_reuse_address = True


def compose_stdlib(book: Book) -> StdlibServer:
    """Make the standard library's server, already bound."""

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            client, number, _service = map(int, self.rfile.readline().split())
            book.taken(client, number)
            book.answering(client, number)
            self.wfile.write(b"%d %d ok\n" % (client, number))

    return StdlibServer(("127.0.0.1", 0), Answer)
