"""How many functions of run_blocking run at once, where requests share one thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any

import pytest
import uvloop

from tests.running import PATIENCE, connect, running
from typedserver import (
    TCP,
    Asyncio,
    ConcurrencyStrategy,
    Group,
    Multiplexed,
    RecipeError,
    Server,
    Stream,
    StreamRequest,
    run_blocking,
    stream_handler,
)
from typedserver.protocols.requests import InetAddress

MADE: dict[str, Callable[[int], ConcurrencyStrategy[Coroutine[Any, Any, object]]]] = {
    "multiplexed": lambda threads: Multiplexed(threads=threads),
    "asyncio": lambda threads: Asyncio(threads=threads),
    "uvloop": lambda threads: Asyncio(threads=threads, loop_factory=uvloop.new_event_loop),
}


class Together:
    """Functions that block until as many of them run as are awaited."""

    def __init__(self, awaited: int) -> None:
        self._barrier = threading.Barrier(awaited)
        self._running = 0
        self._lock = threading.Lock()
        self.most = 0

    def meet(self) -> None:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        try:
            self._barrier.wait(PATIENCE)
        finally:
            with self._lock:
                self._running -= 1


def serving(
    strategy: ConcurrencyStrategy[Coroutine[Any, Any, object]], together: Together
) -> Server[StreamRequest, InetAddress]:
    @stream_handler
    async def handler(stream: Stream) -> None:
        await run_blocking(together.meet)
        await stream.write(b"met")

    return Server(TCP(port=0), handler, strategy)


def all_meet(addresses: list[Any]) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(address)) for address in addresses]
        assert [client.recv(100) for client in clients] == [b"met"] * len(clients)


@pytest.mark.parametrize("name", MADE)
def test_as_many_functions_run_at_once_as_there_may_be_threads(name: str) -> None:
    together = Together(3)
    with running(serving(MADE[name](3), together)) as run:
        all_meet([run.server.server_address] * 12)
    assert together.most == 3


@pytest.mark.parametrize("make", [Multiplexed, Asyncio])
def test_64_functions_run_at_once_unless_the_recipe_says_otherwise(
    make: Callable[[], ConcurrencyStrategy[Coroutine[Any, Any, object]]],
) -> None:
    together = Together(64)
    with running(serving(make(), together)) as run:
        all_meet([run.server.server_address] * 128)
    assert together.most == 64


def test_threads_are_made_when_they_are_needed() -> None:
    before = threading.active_count()
    together = Together(1)
    with running(serving(Multiplexed(), together)) as run:
        all_meet([run.server.server_address])
        all_meet([run.server.server_address])
        # The server's own, the one that watches deadlines, and one for the functions.
        assert threading.active_count() <= before + 3


def test_servers_of_one_asyncio_loop_share_the_threads_of_the_one_with_most() -> None:
    together = Together(3)
    members = [serving(Asyncio(threads=threads), together) for threads in (1, 3, 2)]
    with running(Group(members, reactor_factory=asyncio.new_event_loop)):
        all_meet([members[0].server_address] * 9)
    assert together.most == 3


@pytest.mark.parametrize("make", [Multiplexed, Asyncio])
@pytest.mark.parametrize("threads", [0, -1, True, 1.5, None])
def test_number_of_threads_that_cannot_work_is_refused(make: Callable[..., object], threads: object) -> None:
    with pytest.raises(RecipeError, match=r"threads=.* must be an int of at least 1"):
        make(threads=threads)


def test_threads_are_shown_unless_they_are_the_default() -> None:
    assert repr(Multiplexed()) == "Multiplexed()"
    assert repr(Multiplexed(threads=5)) == "Multiplexed(threads=5)"
