"""A server with few descriptors, for the stampede: ``python -m tests.reliability.stampeded STRATEGY DESCRIPTORS``.

It writes its address as a line of JSON, and serves until SIGTERM. 0 descriptors: as many as it has.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any, Final

import uvloop

from typedserver import (
    TCP,
    Asyncio,
    Forks,
    Multiplexed,
    Prefork,
    Server,
    Stream,
    ThreadPool,
    Threads,
    sleep,
    stream_handler,
)

# Dead clients in the queue are served before the next good one: by children some hundred a second.
_BACKLOG: Final = 128

# A burst is forgotten sooner than a test waits.
_KEEP: Final = 0.3


@stream_handler
async def answer(stream: Stream) -> None:
    """Answer line by line, until the client ends."""
    async for line in stream:
        client, number, service = line.split()
        if int(service):
            await sleep(int(service) / 1000)
        await stream.write(b"%s %s ok\n" % (client, number))


def _served(strategy: Any) -> Server[Any, Any]:
    return Server(TCP(port=0, backlog=_BACKLOG), answer, strategy)


SERVERS: Final[dict[str, Callable[[], Any]]] = {
    "threads": lambda: _served(Threads(keep=_KEEP)),
    "thread_pool": lambda: _served(ThreadPool(workers=8)),
    "forks": lambda: _served(Forks(max_children=200)),
    "multiplexed": lambda: _served(Multiplexed()),
    "asyncio": lambda: _served(Asyncio()),
    "uvloop": lambda: _served(Asyncio(loop_factory=uvloop.new_event_loop)),
    "prefork_threads": lambda: Prefork(_served(Threads(keep=_KEEP)), 2),
    "prefork_multiplexed": lambda: Prefork(_served(Multiplexed()), 2),
}


def main() -> int:
    """Run the command line; returns the exit status."""
    strategy, descriptors = sys.argv[1:]
    if int(descriptors):
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(descriptors), int(descriptors)))
    server = SERVERS[strategy]().open()
    os.write(1, json.dumps(server.server_address).encode() + b"\n")
    status: int = server.run(deadline=0.0)
    return status


if __name__ == "__main__":
    sys.exit(main())
