"""Runs a coroutine as a handler under every strategy, and returns what it has returned, also out of a child."""

import ast
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import pytest
import uvloop

from tests.running import connect, running
from typedserver import (
    TCP,
    Asyncio,
    Forks,
    Inline,
    Multiplexed,
    OnExecutor,
    Server,
    ServerConfig,
    Stream,
    ThreadPool,
    Threads,
    stream_handler,
)

STRATEGIES: Final[dict[str, Callable[[], Any]]] = {
    "inline": Inline,
    "threads": Threads,
    "pool": lambda: ThreadPool(workers=2),
    "executor": lambda: OnExecutor(ThreadPoolExecutor(2)),
    "forks": Forks,
    "multiplexed": Multiplexed,
    "asyncio": lambda: Asyncio(grace=0),
    "uvloop": lambda: Asyncio(grace=0, loop_factory=uvloop.new_event_loop),
}
# Where tasks are ours: asyncio's have its own rules for what is no part of its contract.
OURS: Final = [name for name in STRATEGIES if name not in ("asyncio", "uvloop")]

everywhere: Final = pytest.mark.parametrize("name", STRATEGIES)
"""Under every strategy."""

where_tasks_are_ours: Final = pytest.mark.parametrize("name", OURS)

Program = Callable[[Stream], Awaitable[object]]


@contextmanager
def serving(name: str, handler: Any, config: ServerConfig | None = None) -> Generator[Server[Any, Any], None, None]:
    """Serve a handler under a strategy while the block runs."""
    strategy = STRATEGIES[name]()
    server = Server(TCP(port=0), handler, strategy, config=config or ServerConfig())
    try:
        with running(server):
            yield server
    finally:
        if isinstance(strategy, OnExecutor):
            strategy.executor.shutdown()


def outcome(name: str, program: Program, sent: bytes = b"", config: ServerConfig | None = None) -> Any:
    """Serve one client by a handler that awaits the program; return its result, a plain value.

    sent: what the client sends first.
    """

    @stream_handler
    async def serve(stream: Stream) -> None:
        answer = repr(await program(stream))
        await stream.write(answer.encode())

    with serving(name, serve, config) as server, connect(server.server_address) as client:
        client.sendall(sent)
        received = b""
        while part := client.recv(65536):
            received += part
    assert received, "the handler has failed: its traceback is in the log"
    return ast.literal_eval(received.decode())
