"""How a function of messages that computes scales with the processes it may use, and what its server costs beside it.

``python -m benchmarks.scaling``: a server with a pool of 1, 2, ... processes, in turn, and the same function called in
place. The rate of two processes over that of one is what a second core, or a second host, brings.
"""

import argparse
import os
import socket
import threading
import time
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from benchmarks.ratios import Spread, ratios, spread
from benchmarks.tables import table
from typedserver import TCP, Framed, Lines, Multiplexed, Server, Submitted, inet_address
from typedserver.testing import serving

# Clients, and lines that each has on their way: enough that no process ever waits for the next.
_CLIENTS = 4
_WINDOW = 4


def burn(steps: int, message: bytes) -> bytes:
    """Compute for a while, and return the message."""
    found = 0
    for number in range(steps):
        found ^= number * number
    return message if found >= 0 else b""


def steps_for(seconds: float) -> int:
    """Return how many steps take so many seconds of processor time here."""
    steps = 200_000
    begun = time.thread_time()
    burn(steps, b"")
    return max(1, round(steps * seconds / (time.thread_time() - begun)))


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second, and microseconds of processor time of the server's own process for each."""

    messages: float
    server_us: float


def _ask(address: tuple[str, int], messages: int) -> None:
    with socket.create_connection(address) as client, client.makefile("rb") as replies:
        sent = min(_WINDOW, messages)
        client.sendall(b"message\n" * sent)
        for _ in range(messages):
            assert replies.readline() == b"message\n"
            if sent < messages:
                client.sendall(b"message\n")
                sent += 1


@contextmanager
def _server(processes: int, steps: int) -> Generator[tuple[str, int], None, None]:
    function = partial(burn, steps)
    if not processes:
        with serving(Server(TCP(port=0), Framed(Lines(), function), Multiplexed())) as server:
            yield inet_address(server)[:2]
        return
    # Not forked: this process has threads.
    with (
        Submitted(partial(ProcessPoolExecutor, processes, get_context("forkserver")), function) as compute,
        serving(Server(TCP(port=0), Framed(Lines(), compute), Multiplexed())) as server,
    ):
        yield inet_address(server)[:2]


def measure(processes: int, steps: int, messages: int) -> Rate:
    """Have so many messages computed by so many processes; 0: in the server's own."""
    with _server(processes, steps) as address:
        _ask(address, 4 * max(1, processes))
        asking = [threading.Thread(target=_ask, args=(address, messages // _CLIENTS)) for _ in range(_CLIENTS)]
        begun, used = time.monotonic(), time.process_time()
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        return Rate(messages / (time.monotonic() - begun), 1e6 * (time.process_time() - used) / messages)


def compare(processes: list[int], seconds: float, messages: int, rounds: int) -> dict[int, list[Rate]]:
    """Measure each number of processes in each round."""
    steps = steps_for(seconds)
    found: dict[int, list[Rate]] = {number: [] for number in processes}
    for _ in range(rounds):
        for number in processes:
            found[number].append(measure(number, steps, messages))
    return found


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--most", type=int, default=os.cpu_count() or 1, help="processes (default: the cores)")
    parser.add_argument("--milliseconds", type=float, default=5.0, help="of processor time for each message")
    parser.add_argument("--messages", type=int, default=400, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    processes = list(range(options.most + 1))
    found = compare(processes, options.milliseconds / 1e3, options.messages, options.rounds)

    def cells(number: int) -> list[str]:
        rate: Spread | None = spread(one.messages for one in found[number])
        over = ratios([one.messages for one in found[number]], [one.messages for one in found[1]])
        own = spread(one.server_us for one in found[number])
        return [str(number or "in place"), str(rate), str(over), str(own)]

    titles = ["processes", "messages a second", "over one process", "the server's and clients' own, µs a message"]
    for line in table(titles, [cells(number) for number in processes]):
        print(line)


if __name__ == "__main__":
    main()
