"""A server that is worn out: ``python -m tests.reliability.stampeded STRATEGY DESCRIPTORS [FOLDER]``.

It writes its address as a line of JSON, and serves until SIGTERM. 0 descriptors means no limit of ours. With a folder
it speaks TLS, by the files ``party.pem`` and ``party.key`` in it.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

import uvloop

from typedserver import (
    TCP,
    TLS,
    Asyncio,
    Forks,
    Multiplexed,
    Prefork,
    Server,
    Stream,
    ThreadPool,
    Threads,
    TLSConfig,
    sleep,
    stream_handler,
)

# The server takes dead clients in the queue before the next good one; forked children do some hundred a second.
_BACKLOG: Final = 128

_PREFORK: Final = "prefork_"

# Seconds that idle threads are kept: short, so that those of a burst have ended before a test gives up.
_KEEP: Final = 0.3


@stream_handler
async def answer(stream: Stream) -> None:
    """Answer line by line, until the client ends."""
    async for line in stream:
        client, number, service = line.split()
        if int(service):
            await sleep(int(service) / 1000)
        await stream.write(b"%s %s ok\n" % (client, number))


def _strategy(name: str) -> Any:
    match name:
        case "threads":
            return Threads(keep=_KEEP)
        case "thread_pool":
            return ThreadPool(workers=8)
        case "forks":
            return Forks(max_children=200)
        case "multiplexed":
            return Multiplexed()
        case "asyncio":
            return Asyncio()
        case "uvloop":
            return Asyncio(loop_factory=uvloop.new_event_loop)
        case _:
            raise ValueError(f"no strategy is called {name!r}")


def main() -> int:
    """Run the command line; returns the exit status."""
    name, descriptors, *folder = sys.argv[1:]
    endpoint: Any = TCP(port=0)
    if int(descriptors):
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(descriptors), int(descriptors)))
        endpoint = TCP(port=0, backlog=_BACKLOG)
    if folder:
        endpoint = TLS(endpoint, TLSConfig(certificate=Path(folder[0], "party.pem"), key=Path(folder[0], "party.key")))
    single = Server(endpoint, answer, _strategy(name.removeprefix(_PREFORK)))
    server: Any = Prefork(single, 2) if name.startswith(_PREFORK) else single
    server.open()
    os.write(1, json.dumps(server.server_address).encode() + b"\n")
    status: int = server.run(deadline=5.0)
    return status


if __name__ == "__main__":
    sys.exit(main())
