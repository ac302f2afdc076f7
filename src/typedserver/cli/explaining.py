"""What a server is made of, as a tree: endpoint, wrappers, handler, strategy, limits, and what each costs or forbids.

It knows the recipes of this library by their classes, others by their repr. The figures are those of
docs/performance.md: they say what is much and what is little, and are another machine's.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from typedserver.cli.explaining_endpoints import endpoint_of
from typedserver.cli.tree import Node
from typedserver.composition import limits_its_waits, marks_of
from typedserver.config import Deadlines, Limits
from typedserver.control.operated import Operated
from typedserver.events import LogObserver, wants_requests
from typedserver.group import Group
from typedserver.handlers.classes import BaseRequestHandler
from typedserver.handlers.from_stdlib import StdlibHandler
from typedserver.lifetime.tree import is_ours, members_of
from typedserver.messages.framed import Framed
from typedserver.messages.sessions import Sessions
from typedserver.prefork.prefork import Prefork
from typedserver.prefork.sharing import is_server
from typedserver.protocols.requests import RequestKind
from typedserver.protocols.servers import AnyServer
from typedserver.protocols.strategies import ConcurrencyStrategy
from typedserver.recipes import name_of, shown
from typedserver.requests.request_service import Recipe
from typedserver.strategies.asyncio import Asyncio
from typedserver.strategies.bases import StrategyWrapper
from typedserver.strategies.bounded import Bounded
from typedserver.strategies.forks import Forks
from typedserver.strategies.inline import Inline
from typedserver.strategies.multiplexed import Multiplexed
from typedserver.strategies.on_executor import OnExecutor
from typedserver.strategies.thread_pool import ThreadPool
from typedserver.strategies.threads import Threads


def explained(app: str, server: AnyServer) -> Node:
    """Return the tree of a server; ``app``: what it was asked for by."""
    return Node(app, _kind(server), tuple(_notes_of_server(server)), _branches(server))


def _kind(server: AnyServer) -> str:
    if isinstance(server, Prefork):
        return f"a Prefork of {server.processes} processes"
    if isinstance(server, Group):
        return f"a Group of {len(server.servers)}"
    if isinstance(server, Operated):
        return f"an Operated server, with {len(server.faces)} face{'s' if len(server.faces) > 1 else ''}"
    return f"a {type(server).__name__}" if is_ours(server) else f"{shown(server)}, of another library"


def _notes_of_server(server: AnyServer) -> Iterator[str]:
    if isinstance(server, Prefork):
        yield "workers share no memory: what a handler keeps, only its own worker has"
        yield "a worker that dies is replaced, and only the requests that it served are lost"
        if server.__lifetime__.servable.recipe.reuse_port:
            yield "each worker has a listener of its own: what waits for one that dies waits for its replacement"
    elif isinstance(server, Operated):
        yield "counting costs half a microsecond a request; what holds up the loop holds up what shows it"
    elif isinstance(server, Group):
        yield "one loop and one stop for all; a handler that runs Inline holds up all of them"
    elif not is_ours(server):
        yield "it serves in a thread of its own; no deadline, limit or drain of this library holds"


def _branches(server: AnyServer) -> Sequence[Node]:
    if isinstance(server, Operated):
        inner = server.server
        faces = [Node("face", repr(face)) for face in server.faces]
        return [Node("server", _kind(inner), tuple(_notes_of_server(inner)), _branches(inner)), *faces]
    members = members_of(server)
    if members:
        return [Node("server", _kind(each), tuple(_notes_of_server(each)), _branches(each)) for each in members]
    return list(_pieces(server.__lifetime__.servable.recipe)) if is_server(server) else []


def _pieces(recipe: Recipe) -> Iterator[Node]:
    yield endpoint_of(recipe.endpoint, recipe.config.limits)
    yield Node("handler", name_of(recipe.handler), tuple(_notes_of_handler(recipe.handler)))
    yield _strategy(recipe.strategy)
    limits, deadlines, kind = recipe.config.limits, recipe.config.deadlines, recipe.endpoint.request_kind
    yield Node("limits", _fields(limits), tuple(_notes_of_limits(limits, kind)))
    yield Node("deadlines", _fields(deadlines), tuple(_notes_of_deadlines(deadlines, kind)))
    observer = recipe.config.observer
    text = type(observer).__name__ if isinstance(observer, LogObserver) else name_of(observer)
    if wants_requests(observer):
        notes = ("it is called for each request, in the thread that serves it, so it must not wait",)
    else:
        notes = ("it wants no single requests, so it costs them nothing",)
    yield Node("observer", text, notes)
    if recipe.lifespan is not None:
        yield Node("lifespan", name_of(recipe.lifespan), ("each process that serves enters one of its own",))


def _fields(recipe: Limits | Deadlines) -> str:
    given: list[tuple[str, object]] = [(field.name, getattr(recipe, field.name)) for field in fields(recipe)]
    # Limits are off unless they are given, so those that are off would hide the others.
    shorter = [(name, value) for name, value in given if value is not None]
    return ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in shorter)


# Handlers


def _notes_of_handler(handler: Callable[..., object]) -> Iterator[str]:
    # Looked at apart, because what is known of it afterwards has the types of no class.
    given: object = handler
    if isinstance(given, Framed | Sessions):
        yield f"a function of messages; {given.in_flight} replies may be outstanding on a connection"
        yield "the function runs in place: under Multiplexed and Asyncio one that blocks holds up all others"
    elif isinstance(given, StdlibHandler):
        yield "a class of the standard library: it blocks, so Multiplexed and Asyncio cannot serve it"
        yield "a drain cannot see whether it is between two messages, and cuts it at the deadline"
    elif isinstance(given, type) and issubclass(given, BaseRequestHandler):
        yield "a class with setup, handle and finish: it blocks, so Multiplexed and Asyncio cannot serve it"
    elif marks_of(handler).request_kind is None and not limits_its_waits(handler):
        yield "a function of (request, client_address, server), which this library does not look into"
        yield "a drain cannot see whether it is between two messages, and cuts it at the deadline"
    elif inspect.iscoroutinefunction(inspect.unwrap(handler)):
        yield "a coroutine, which every strategy serves"
    if (kind := marks_of(handler).request_kind) is not None:
        yield f"it answers {kind}"


# Strategies

COSTS: Final[Mapping[type, tuple[str, ...]]] = {
    Inline: (
        "one request at a time, in the loop's thread: a slow client holds up all others",
        "cheapest for datagrams (7 µs of CPU for one, as measured in docs/performance.md)",
    ),
    Threads: (
        "a thread for each request, without a bound of its own: limits.connections bounds it",
        "21 KiB for an idle connection; 12 µs of CPU for a request on an old connection, 49 µs on a new one",
    ),
    ThreadPool: (
        "a client that holds its thread keeps it: as many silent ones as there are threads hold up all others",
        "12 µs of CPU for a request on an old connection, 48 µs on a new one",
    ),
    OnExecutor: (
        "the executor's queue has no bound: Bounded(OnExecutor(executor), n) pauses accepting",
        "closing the server waits for its own requests, and never shuts the executor down",
    ),
    Multiplexed: (
        "all requests in the loop's one thread: a handler that blocks holds up all of them (run_blocking)",
        "1.6 KiB for an idle connection; 10 µs of CPU for a request on an old connection, 42 µs on a new one",
        "a close without a drain ends handlers where they wait",
    ),
    Asyncio: (
        "all requests as tasks of one asyncio loop: a handler that blocks holds up all of them",
        "3.5 KiB for an idle connection; 20 µs of CPU for a request on an old connection, 17 µs on uvloop",
    ),
    Forks: (
        "a process for each request: 2.6 ms of CPU, so some hundreds a second; Prefork forks once for thousands",
        "what a handler changes in memory is lost with its child",
    ),
}


def _strategy(strategy: ConcurrencyStrategy[Any]) -> Node:
    notes = list[str](COSTS.get(type(strategy), ()))
    if isinstance(strategy, Bounded):
        notes.append(f"at most {strategy.max_requests} requests at once: further clients wait in the kernel's queue")
    if strategy.runs_coroutines:
        notes.append("serves handlers that are coroutines, and no others")
    if strategy.request_kind is not None:
        notes.append(f"serves {strategy.request_kind} alone")
    inner = [_strategy(strategy.inner)] if isinstance(strategy, StrategyWrapper) else []
    return Node("strategy", repr(strategy), notes, inner)


# Limits


def _notes_of_limits(limits: Limits, kind: RequestKind) -> Iterator[str]:
    if limits.connections is None:
        yield f"without a number of {kind}, clients can take all descriptors and all memory"
    if limits.per_peer is None and kind == "connections":
        yield "one client may take all of them: per_peer"
    if limits.over == "pause":
        yield "what is beyond them waits in the kernel's queue"
    else:
        yield "what is beyond them is closed at once"


def _notes_of_deadlines(deadlines: Deadlines, kind: RequestKind) -> Iterator[str]:
    if kind == "connections":
        if deadlines.read is None:
            yield "without one for reads, a silent client stays for ever"
        if deadlines.total is not None:
            yield f"a connection ends after {deadlines.total:g} s, whatever it does: give none if they live for days"
    if deadlines.drain is None:
        yield "a stop waits for what runs as long as that takes"
    else:
        yield f"a stop cuts what is left after {deadlines.drain:g} s"
