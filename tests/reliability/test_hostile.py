"""Clients that wear a server out: each is cut at its deadline, and the others are served on.

The short form, under a strategy or two; tests/proofs/test_hostile.py has them all.
"""

import os
import resource
import signal
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.reliability.clients import Account, Order, account_of
from tests.reliability.hostile import CLIENTS, READ_DEADLINE, TOTAL_DEADLINE, WRITE_DEADLINE
from tests.reliability.programs import Program
from tests.running import PATIENCE, Run, ask
from typedserver import (
    TCP,
    Asyncio,
    Bounded,
    Deadlines,
    Exit,
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

STRATEGIES: dict[str, Callable[[ThreadPoolExecutor], Any]] = {
    "inline": lambda _pool: Inline(),
    "threads": lambda _pool: Threads(keep=0.2),
    "thread_pool": lambda _pool: ThreadPool(workers=2),
    "bounded": lambda _pool: Bounded(Threads(keep=0.2), 2),
    "on_executor": OnExecutor,
    "forks": lambda _pool: Forks(),
    "multiplexed": lambda _pool: Multiplexed(),
    "asyncio": lambda _pool: Asyncio(grace=0),
    "uvloop": lambda _pool: Asyncio(grace=0, loop_factory=uvloop.new_event_loop),
}
CONFIG = ServerConfig(deadlines=Deadlines(read=READ_DEADLINE, write=WRITE_DEADLINE, total=TOTAL_DEADLINE))

# Descriptors that a server may have beside five thousand connections.
DESCRIPTORS_BESIDE = 100
IDLE = 5_000
GOOD = 100
# Other tests take the processors at times, so we look at the server when they do not.
BATCHES = 10
ANSWERED_WITHIN = 0.05


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


def _descriptors_fall_to(number: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while len(os.listdir("/proc/self/fd")) > number and time.monotonic() < deadline:
        time.sleep(0.005)
    return len(os.listdir("/proc/self/fd")) <= number


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_server_serves_on_after_each_hostile_client(strategy: str, hostile: Program, log_file: Path) -> None:
    with ThreadPoolExecutor(2) as pool, Server(TCP(port=0), upper, STRATEGIES[strategy](pool), config=CONFIG) as server:
        run = Run(server)
        try:
            address = server.server_address
            assert ask(address, b"good\n") == b"GOOD\n"
            descriptors = len(os.listdir("/proc/self/fd"))
            for client in CLIENTS:
                hostile.send([client, address])
                assert (wrong := hostile.hear()) is None, wrong
                assert ask(address, b"good\n") == b"GOOD\n", client
                assert _descriptors_fall_to(descriptors), client
        finally:
            server.shutdown()
            run.join()
    said = log_file.read_text()
    assert "Traceback" not in said, said
    assert "ERROR" not in said, said


@pytest.mark.parametrize("strategy", ["threads", "multiplexed"])
def test_others_are_served_while_a_client_drips(strategy: str, hostile: Program) -> None:
    with ThreadPoolExecutor(2) as pool, Server(TCP(port=0), upper, STRATEGIES[strategy](pool), config=CONFIG) as server:
        run = Run(server)
        try:
            hostile.send(["sends_a_byte_now_and_then", server.server_address])
            begun = time.monotonic()
            while time.monotonic() - begun < TOTAL_DEADLINE / 2:
                assert ask(server.server_address, b"good\n") == b"GOOD\n"
            assert (wrong := hostile.hear()) is None, wrong
        finally:
            server.shutdown()
            run.join()


@contextmanager
def many_descriptors() -> Generator[None, None, None]:
    """Room for the idle connections, in this process and in those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = IDLE + DESCRIPTORS_BESIDE
    assert hard == resource.RLIM_INFINITY or hard >= needed, f"raise the hard limit of open files to {needed} (ulimit)"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _ask(clients: Program, address: Any, number: int) -> Account:
    clients.send(asdict(Order(addresses=[address], clients=1, until="asked", total=number, loaded=2 * GOOD)))
    account = account_of(clients.hear())
    assert not account.lost
    return account


@pytest.mark.parametrize("strategy", ["multiplexed"])
def test_good_client_is_answered_within_50_ms_beside_five_thousand_idle_ones(strategy: str) -> None:
    with (
        many_descriptors(),
        Program(["-m", "tests.reliability.stampeded", strategy, "0"]) as server,
        Program(["-m", "tests.reliability.hostile"]) as idle,
        Program(["-m", "tests.reliability.clients"]) as clients,
    ):
        address = server.hear()
        idle.send(["holds_five_thousand", address])
        assert idle.hear() == "held"
        # The first request waits in the queue behind all of them until the server has accepted them.
        _ask(clients, address, 1)
        accounts: list[Account] = []
        while len(accounts) < BATCHES and not (accounts and accounts[-1].slowest < ANSWERED_WITHIN):
            accounts.append(_ask(clients, address, GOOD))
        assert all(account.answered == GOOD for account in accounts)
        assert accounts[-1].slowest < ANSWERED_WITHIN, [account.slowest for account in accounts]
        idle.send("let go")
        assert (wrong := idle.hear()) is None, wrong
        # The drain cuts at once those of the five thousand that have not gone yet.
        assert server.end(signal.SIGTERM) in (Exit.DRAINED, Exit.DEADLINE)
