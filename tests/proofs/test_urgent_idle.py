"""Urgent bytes that nobody reads cost next to nothing for as long as they lie there, on every loop and strategy."""

import os
import selectors
import socket
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.everywhere import STRATEGIES
from tests.reactors import REACTORS
from tests.running import PATIENCE, connect, running
from typedserver import (
    TCP,
    OnExecutor,
    Reactor,
    SelectorReactor,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    UnixStream,
    sleep,
    stream_handler,
)

# Seconds, and the share of them that all servers of a case may use of one CPU.
REST: Final = 10.0
SHARE: Final = 0.01

POLICIES: Final = ("ignore", "inline", "deliver")

LOOPS: Final[dict[str, Callable[[], Reactor]]] = REACTORS | {
    "poll": lambda: SelectorReactor(selectors.PollSelector()),
    "select": lambda: SelectorReactor(selectors.SelectSelector()),
}


def cases() -> Generator[tuple[str, str | None], None, None]:
    for name in STRATEGIES:
        # asyncio's strategies make their loop by themselves.
        if name in ("asyncio", "uvloop"):
            yield name, None
        else:
            yield from ((name, loop) for loop in LOOPS)


def cpu() -> float:
    """Return how many seconds of CPU this process and its living children have used."""
    pids = {str(os.getpid())}
    for thread in Path("/proc/self/task").iterdir():
        pids.update((thread / "children").read_text().split())
    used = [Path("/proc", pid, "stat").read_text().rpartition(")")[2].split() for pid in pids]
    # utime and stime (proc(5)), counted behind the name.
    return sum(int(fields[11]) + int(fields[12]) for fields in used) / os.sysconf("SC_CLK_TCK")


def client_of(server: Any) -> socket.socket:
    client = connect(server.server_address)
    client.settimeout(PATIENCE)
    return client


@contextmanager
def serving(name: str, loop: str | None, endpoint: Any, handler: Any) -> Generator[Any, None, None]:
    config = ServerConfig() if loop is None else ServerConfig(reactor_factory=LOOPS[loop])
    strategy = STRATEGIES[name]()
    try:
        with running(Server(endpoint, handler, strategy, config=config)) as run:
            yield run.server
    finally:
        if isinstance(strategy, OnExecutor):
            strategy.executor.shutdown()


@pytest.mark.parametrize("reads", [True, False], ids=["waits in a read", "sleeps"])
@pytest.mark.parametrize(("name", "loop"), list(cases()))
def test_urgent_bytes_that_nobody_reads_cost_less_than_a_hundredth(
    name: str, loop: str | None, reads: bool, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        clients: list[socket.socket] = []
        for policy in POLICIES:

            @stream_handler(config=StreamConfig(urgent=policy))
            async def rest(stream: Stream) -> None:
                await stream.write(b"ready\n")
                await stream.write(await stream.readline())
                if not reads:
                    # The loop has its descriptor still.
                    await sleep(REST + 1)
                while not (await stream.read(100)).endswith(b"end"):
                    pass

            for endpoint in (TCP(port=0), UnixStream(str(tmp_path / policy))):
                server = stack.enter_context(serving(name, loop, endpoint, rest))
                client = stack.enter_context(client_of(server))
                assert client.recv(100) == b"ready\n"
                # Long enough that it waits in its read: only then a loop has its descriptor.
                time.sleep(0.05)
                client.sendall(b"hello\n")
                assert client.recv(100) == b"hello\n"
                client.send(b"!", socket.MSG_OOB)
                clients.append(client)
        before = cpu()
        time.sleep(REST)
        used = cpu() - before
        for client in clients:
            client.sendall(b"end")
        assert used < REST * SHARE, f"{used:.2f} s of CPU in {REST:.0f} s"
