"""``python -m tests.reliability.dask_speed``: a cluster behind a server, beside the same cluster called directly.

The same function, messages and number in flight, in turn. What differs is the way to the cluster: a program that calls
the same executor, or clients that speak TCP to a server, in two processes more.
"""

import argparse
import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.processes import cpu_seconds_of
from benchmarks.ratios import ratios, spread

from tests.reliability.dask_clients import WINDOW
from tests.reliability.dasked import Cluster
from tests.reliability.programs import Program

# So many have a few messages each on their way.
_CLIENTS: Final = 16
IN_FLIGHT: Final = _CLIENTS * WINDOW

# Seconds; a round may take as long on a machine that does other work.
_PATIENCE: Final = 300.0


@dataclass
class Found:
    """What was measured in each round.

    served, called: messages a second, through the server and directly.
    costs: microseconds of processor time for each message that was served, of each kind of process; and, as "program",
    of the one that calls directly.
    """

    served: list[float] = field(default_factory=list[float])
    called: list[float] = field(default_factory=list[float])
    costs: dict[str, list[float]] = field(default_factory=dict[str, list[float]])


def measure(rounds: int, messages: int) -> Found:
    """Serve so many messages in each round, and call the cluster directly as often."""
    messages -= messages % _CLIENTS
    found = Found()
    with ExitStack() as stack:
        ledger = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="typedserver-dask-")))
        cluster = Cluster(stack)
        server = cluster.server(ledger, limit=4 * IN_FLIGHT)
        tcp, _udp = server.hear(patience=_PATIENCE)
        direct = cluster.direct(ledger, IN_FLIGHT)
        assert direct.hear(patience=_PATIENCE) == "ready"
        kinds = {"server": [server], "scheduler": [cluster.scheduler], "workers": cluster.workers, "program": [direct]}
        # The first round warms both up.
        for number in range(rounds + 1):
            before = {kind: _cpu_of(programs) for kind, programs in kinds.items()}
            direct.send(messages)
            seconds: float = direct.hear(patience=_PATIENCE)
            before |= {kind: _cpu_of(programs) for kind, programs in kinds.items() if kind != "program"}
            order = map(json.dumps, (tcp, None, _CLIENTS, messages))
            with Program(["-m", "tests.reliability.dask_clients", *order]) as asking:
                while isinstance(account := asking.hear(patience=_PATIENCE), float):
                    pass
            assert account["answered"] == messages, account["faults"]
            if number:
                found.called.append(messages / seconds)
                found.served.append(messages / account["seconds"])
                for kind, programs in kinds.items():
                    used = _cpu_of(programs) - before[kind]
                    found.costs.setdefault(kind, []).append(1e6 * used / messages)
    return found


def _cpu_of(programs: list[Program]) -> float:
    return sum(cpu_seconds_of(program.pid) for program in programs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.dask_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--messages", type=int, default=2_000, help="of each round")
    options = parser.parse_args()
    found = measure(options.rounds, options.messages)
    print(f"{IN_FLIGHT} in flight; median (quartiles) of {options.rounds} rounds")
    print(f"messages a second through a server: {spread(found.served)}")
    print(f"messages a second directly: {spread(found.called)}")
    print(f"ratio: {ratios(found.served, found.called)}")
    for kind, costs in found.costs.items():
        print(f"processor time of the {kind}, microseconds a message: {spread(costs)}")


if __name__ == "__main__":
    main()
