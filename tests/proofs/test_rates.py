"""Rates of bytes are kept within five parts of a hundred over five seconds, whatever the strategy and the handler.

Each server has as many clients as its strategy serves at once, at most four; they send and receive as fast as it lets
them. A rate of each connection is measured for each, a total for all; the figures are printed.
"""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.matrix import LOOP_MAKING_STRATEGIES, MULTIPLEXING_STRATEGIES, NAMES, STRATEGIES, STREAM_HANDLERS
from tests.running import connect, running
from tests.test_rates import client_context, encrypt
from tests.tls_files import files
from typedserver import (
    TCP,
    TLS,
    Deadlines,
    Framed,
    Limits,
    Lines,
    OnExecutor,
    Server,
    ServerConfig,
    TLSConfig,
)

RATE: Final = 200_000
SECONDS: Final = 5.0
PRECISION: Final = 0.05

# What else the machine does delays the clients of one round or another; a pace that is wrong is so in each.
ROUNDS: Final = 5

LINE: Final = b"x" * 999 + b"\n"

HANDLERS: Final[dict[str, Any]] = {**STREAM_HANDLERS, "framed": Framed(Lines(), lambda line: line.upper())}
LOOPS: Final = {**MULTIPLEXING_STRATEGIES, **LOOP_MAKING_STRATEGIES}
LIMITS: Final = {
    "read": Limits(read_rate=RATE),
    "write": Limits(write_rate=RATE),
    "total_read": Limits(total_read_rate=RATE),
    "total_write": Limits(total_write_rate=RATE),
}
# Each strategy, and each kind of handler; tests/test_rates.py has all of both, for shorter.
COMBINATIONS: Final = [
    *((strategy, "stream_coroutine") for strategy in [*STRATEGIES, *LOOPS]),
    *(("threads", handler) for handler in HANDLERS if handler != "stream_coroutine"),
    *((strategy, "framed") for strategy in LOOPS),
]


def transfer(address: Any, folder: str | None, seconds: float) -> int:
    """Send and receive for so many seconds; returns how many bytes came back in as long, on an average."""
    with connect(address) as plain:
        client = plain if folder is None else encrypt(client_context(Path(folder)), plain)
        ended = threading.Event()

        def send() -> None:
            with suppress(OSError):
                while not ended.is_set():
                    client.sendall(LINE)

        sender = threading.Thread(target=send)
        sender.start()
        received = 0
        begun = time.monotonic()
        until = begun + seconds
        client.settimeout(0.05)
        while time.monotonic() < until:
            with suppress(TimeoutError):
                received += len(client.recv(65536))
        took = time.monotonic() - begun
        ended.set()
        with suppress(OSError):
            client.shutdown(2)
        sender.join()
        client.close()
        return int(received * seconds / took)


def transfers(address: Any, folder: str | None, clients: int, seconds: float) -> list[int]:
    with ThreadPoolExecutor(clients) as threads:
        begun = [threads.submit(transfer, address, folder, seconds) for _ in range(clients)]
        return [each.result() for each in begun]


def measured(strategy: str, handler: str, limits: str, folder: Path | None) -> list[int]:
    sources = {**STRATEGIES, **LOOPS}
    recipe: Any = eval(sources[strategy], NAMES)
    # Others serve one connection after the other.
    clients = 1 if strategy.startswith(("inline", "bounded")) else 2 if "pool" in strategy or "exec" in strategy else 4
    endpoint: Any = TCP(port=0)
    if folder is not None:
        files(folder)
        endpoint = TLS(endpoint, TLSConfig(certificate=folder / "certificate", key=folder / "key"))
    # The deadlines are shorter than what is measured, but none of its pauses is the clients' fault.
    config = ServerConfig(limits=LIMITS[limits], deadlines=Deadlines(read=2, write=2))
    with running(Server(endpoint, HANDLERS[handler], recipe, config=config)) as run:
        # In a process of their own, because they take as much of the interpreter as the server does.
        source = f"print(*transfers({run.server.server_address!r}, {folder and str(folder)!r}, {clients}, {SECONDS}))"
        program = f"from tests.proofs.test_rates import transfers\n{source}"
        told = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
        counts = [int(count) for count in told.stdout.split()]
    if isinstance(recipe, OnExecutor):
        recipe.executor.shutdown()
    return counts


@pytest.mark.slow
@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize(("strategy", "handler"), COMBINATIONS)
def test_rate_is_kept_over_five_seconds(strategy: str, handler: str, limits: str) -> None:
    assert any(is_kept(measured(strategy, handler, limits, None), limits) for _ in range(ROUNDS))


@pytest.mark.slow
@pytest.mark.parametrize("limits", ["read", "total_write"])
@pytest.mark.parametrize("strategy", ["inline", "threads", "forks", "multiplexed", "asyncio", "uvloop"])
def test_rate_of_encrypted_bytes_is_kept_over_five_seconds(strategy: str, limits: str, tmp_path: Path) -> None:
    # A record of a thousand bytes is a fiftieth longer than what it encrypts.
    assert any(is_kept(measured(strategy, "stream_coroutine", limits, tmp_path), limits) for _ in range(ROUNDS))


def is_kept(counts: list[int], limits: str) -> bool:
    expected = RATE * SECONDS
    shares = [count / expected for count in counts]
    print(limits, *(f"{share:.3f}" for share in shares))
    if limits.startswith("total"):
        return abs(sum(shares) - 1) <= PRECISION and min(shares) >= 0.85 / len(shares)
    return all(abs(share - 1) <= PRECISION for share in shares)
