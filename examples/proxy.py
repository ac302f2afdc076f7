"""A TCP proxy: it passes each connection on to another server, both ways at once, and each end as it comes.

``python -m examples.proxy 127.0.0.1:8080 example.org:80``; with ``--strategy threads`` each client has a thread.
"""

import argparse
import logging
import sys
from collections.abc import Coroutine
from typing import Any, Final

from typedserver import (
    TCP,
    ConcurrencyStrategy,
    ConnectError,
    Deadlines,
    InetAddress,
    Multiplexed,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    StreamRequest,
    TaskGroup,
    Threads,
    connect,
    stream_handler,
)

log = logging.getLogger("proxy")

STRATEGIES: Final[dict[str, type[Multiplexed | Threads]]] = {"multiplexed": Multiplexed, "threads": Threads}

# Bytes of one read: large ones cost less for each byte.
CHUNK: Final = 256 * 1024

# Either side may be silent for an hour while the other one sends. ends_idle: only the two ends know whether they are
# between two messages, so a drain lets them go on.
PATIENT: Final = StreamConfig(timeout=3600.0, ends_idle=False)


async def pass_on(source: Stream, target: Stream) -> None:
    """Send all that comes, and the end as well: the other direction goes on (half-close)."""
    while data := await source.read(CHUNK):
        await target.write(data)
    target.write_eof()


class Proxy(Server[StreamRequest, InetAddress]):
    """Passes connections on to one server, the target."""

    def __init__(
        self, port: int, target: InetAddress, strategy: ConcurrencyStrategy[Coroutine[Any, Any, object]]
    ) -> None:
        self.target = target
        super().__init__(TCP(port=port), forward, strategy, config=ServerConfig(deadlines=Deadlines(total=None)))


@stream_handler(config=PATIENT)
async def forward(client: Stream[InetAddress, Proxy]) -> None:
    """Serve one client."""
    try:
        upstream = await connect(client.server.target, config=PATIENT)
    except ConnectError as error:
        log.warning("%s: %s", client.client_address, error)
        return
    async with upstream, TaskGroup() as tasks:
        tasks.create_task(pass_on(client, upstream))
        tasks.create_task(pass_on(upstream, client))


def address_of(text: str) -> InetAddress:
    """Read HOST:PORT."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def main() -> int:
    """Serve until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m examples.proxy", description=__doc__)
    parser.add_argument("port", type=int, help="to listen on")
    parser.add_argument("target", type=address_of, metavar="HOST:PORT")
    parser.add_argument("--strategy", choices=STRATEGIES, default="multiplexed")
    options = parser.parse_args()
    logging.basicConfig(level="INFO", format="%(message)s")
    server = Proxy(options.port, options.target, STRATEGIES[options.strategy]())
    return server.run(ready=lambda: print(f"ready {server.server_address[1]}", flush=True))


if __name__ == "__main__":
    sys.exit(main())
