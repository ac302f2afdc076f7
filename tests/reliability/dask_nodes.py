"""The processes of a cluster, and of what it works for; ``python -m tests.reliability.dask_nodes`` with one of these:

scheduler; "strict scheduler"; worker ADDRESS; server ADDRESS LEDGER LIMIT; direct ADDRESS LEDGER LIMIT; failures
ADDRESS; losses ADDRESS.

Each is a process of its own on loopback, without a dashboard, prints its address and ends when its input does: so
nothing is left of a test that was killed.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from typing import Any, Final, NoReturn

import dask.config
from distributed import Client, Scheduler, Worker
from examples.cluster import Cluster

from tests.reliability.dask_work import Execute, reply_to
from typedserver import TCP, UDP, Framed, Group, Lines, Multiplexed, Server, Submitted, datagram_handler
from typedserver.testing import serving

HOST: Final = "127.0.0.1"

# How many dead workers a task may leave behind before it is given up as their murderer: here they are killed by us, and
# no message is to blame. And for how long whoever fetches a result tries to reach a worker that has died with it: the
# message is executed again only then.
SETTINGS: Final[dict[str, object]] = {
    "distributed.scheduler.allowed-failures": 100,
    "distributed.comm.timeouts.connect": "3s",
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


def say(thing: Any) -> None:
    print(json.dumps(thing), flush=True)


async def _input_ends() -> None:
    await asyncio.to_thread(sys.stdin.read)


async def schedule() -> None:
    async with Scheduler(host=HOST, port=0, dashboard=False, dashboard_address=f"{HOST}:0") as scheduler:
        say(scheduler.address)
        await _input_ends()


async def work(address: str) -> None:
    async with Worker(address, host=HOST, nthreads=1, dashboard=False, dashboard_address=f"{HOST}:0") as worker:
        say(worker.address)
        await _input_ends()


def connected(address: str) -> Client:
    made: Client = Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
    return made


def _said(error: Exception) -> bytes:
    # No right reply, so the clients report it.
    return repr(error).replace("\n", " ").encode()


def serve(address: str, ledger: str, limit: int) -> None:
    with (
        connected(address) as client,
        Submitted(Cluster(client), Execute(ledger), limit=limit) as execute,
    ):
        tcp = Server(TCP(port=0), Framed(Lines(), execute, on_error=_said), Multiplexed())
        udp = Server(UDP(port=0), datagram_handler(execute), Multiplexed())
        with serving(Group([tcp, udp])):
            say([tcp.server_address, udp.server_address])
            sys.stdin.read()


def call_directly(address: str, ledger: str, limit: int) -> None:
    """Execute as many messages as each line of the input says, ``limit`` at once, and print the seconds."""
    execute = Execute(ledger)
    places = threading.Semaphore(limit)
    with connected(address) as client:
        executor = Cluster(client)
        say("ready")
        for line in sys.stdin:
            begun = time.monotonic()
            futures: list[Future[bytes]] = []
            for number in range(int(line)):
                places.acquire()
                future = executor.submit(execute, b"0:%d " % number)
                future.add_done_callback(lambda _: places.release())
                futures.append(future)
            for number, future in enumerate(futures):
                assert future.result() == reply_to(b"0:%d " % number)
            say(time.monotonic() - begun)


class Unpicklable:
    def __reduce__(self) -> NoReturn:
        raise TypeError("it does not leave this process")


def act(message: object) -> object:
    match message:
        case "raise":
            raise ValueError(message)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            pass
    return b"ok"


def fail(address: str) -> None:
    """Print what became of some messages, one after the other."""
    with connected(address) as client, Submitted(Cluster(client), act) as submitted:
        for message in ("ok", "raise", Unpicklable(), "ok", "die", "ok"):
            future = submitted(message)
            error = future.exception(60)
            say(repr(future.result()) if error is None else type(error).__name__)
    say(None)


def lose(address: str) -> None:
    """Print what becomes of a message whose result the scheduler calls lost just after it was fetched."""
    with connected(address) as client, Submitted(Cluster(client), act) as submitted:
        inside: Any = client
        gather = inside._gather

        async def gather_and_lose(*futures: Any, **options: Any) -> Any:
            gathered = await gather(*futures, **options)
            for state in inside.futures.values():
                state.lose()
            return gathered

        inside._gather = gather_and_lose
        future = submitted("ok")
        say(repr(future.exception(60) or future.result()))


def main() -> None:
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with dask.config.set(SETTINGS):
        match sys.argv[1:]:
            case ["scheduler"]:
                asyncio.run(schedule())
            case ["strict scheduler"]:
                # It gives a task up with the first worker that dies of it.
                with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
                    asyncio.run(schedule())
            case ["worker", address]:
                asyncio.run(work(address))
            case ["failures", address]:
                fail(address)
            case ["losses", address]:
                lose(address)
            case ["direct", address, ledger, limit]:
                call_directly(address, ledger, int(limit))
            case ["server", address, ledger, limit]:
                serve(address, ledger, int(limit))
            case _:
                sys.exit(__doc__)


if __name__ == "__main__":
    main()
