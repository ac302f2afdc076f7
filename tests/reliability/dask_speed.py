"""``python -m tests.reliability.dask_speed``: a cluster behind a server, beside the same cluster called directly.

The same function, messages and number in flight, in turn. What differs is the way to the cluster: a program that calls
``Client.get_executor``, or clients that speak TCP to a server, in two processes more.
"""

import argparse
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.ratios import Spread, ratios, spread

from tests.reliability.dask_clients import WINDOW
from tests.reliability.dasked import Cluster
from tests.reliability.programs import Program

# So many have a few messages each on their way.
_CLIENTS: Final = 16
IN_FLIGHT: Final = _CLIENTS * WINDOW

# Seconds; a round may take as long on a machine that does other work.
_PATIENCE: Final = 300.0


def measure(rounds: int, messages: int) -> tuple[Spread, Spread, Spread]:
    """Return the messages a second through the server and directly, and the ratio of both."""
    messages -= messages % _CLIENTS
    served: list[float] = []
    called: list[float] = []
    with ExitStack() as stack:
        ledger = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="typedserver-dask-")))
        cluster = Cluster(stack)
        tcp, _udp = cluster.server(ledger, limit=4 * IN_FLIGHT).hear(patience=_PATIENCE)
        direct = cluster.direct(ledger, IN_FLIGHT)
        assert direct.hear(patience=_PATIENCE) == "ready"
        # The first round warms both up.
        for number in range(rounds + 1):
            direct.send(messages)
            seconds: float = direct.hear(patience=_PATIENCE)
            with Program(
                ["-m", "tests.reliability.dask_clients", *map(json.dumps, (tcp, None, _CLIENTS, messages))]
            ) as asking:
                while isinstance(account := asking.hear(patience=_PATIENCE), float):
                    pass
            assert account["answered"] == messages, account["faults"]
            if number:
                called.append(messages / seconds)
                served.append(messages / account["seconds"])
    figures = spread(served), spread(called), ratios(served, called)
    assert figures[0] is not None
    assert figures[1] is not None
    assert figures[2] is not None
    return figures[0], figures[1], figures[2]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.dask_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--messages", type=int, default=2_000, help="of each round")
    options = parser.parse_args()
    served, called, ratio = measure(options.rounds, options.messages)
    print(f"{IN_FLIGHT} in flight; messages a second, median (quartiles) of {ratio.rounds} rounds")
    print(f"through a server: {served}")
    print(f"directly: {called}")
    print(f"ratio: {ratio}")


if __name__ == "__main__":
    main()
