"""A chain of hot restarts under load: version after version of one program takes the socket over, and nothing is lost.

This module knows only the command line: SIGUSR2 to restart, SIGTERM to stop.
"""

import contextlib
import json
import os
import select
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tests.reliability.clients import END, LOADED, Order
from tests.reliability.ledger import Comparison, Written, compare
from tests.reliability.programs import PATIENCE, Program, StuckError
from tests.reliability.trials import CLIENTS, SERVICE, also, hear_account

# The program finds its orders in a folder that its environment names; these are the files in it.
FOLDER: Final = "LEDGER_FOLDER"
PLAN: Final = "plan"
VERSIONS: Final = "versions"
BOOK: Final = "book"
SOCKET: Final = "ledger.sock"

BROKEN: Final = "broken"
"""In place of a strategy: a version that does not start."""

# The last line that the command line prints before it serves.
_SERVES: Final = b"Ctrl-C ends it."

# What the old version logs when a new one did not start.
_GOES_ON: Final = "this process goes on"

# Seconds between two looks at a file, because no event reports that a program which is not our child has written it.
_LOOK: Final = 0.005


@dataclass(frozen=True, slots=True)
class Restarts:
    """The results of a chain; ``seconds``: from each signal to the end of the version before."""

    comparison: Comparison
    seconds: list[float]


def _free_port(family: socket.AddressFamily, host: str) -> int:
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _address_of(transport: str, folder: Path) -> tuple[Any, int]:
    match transport:
        case "tcp4":
            port = _free_port(socket.AF_INET, "127.0.0.1")
            return ("127.0.0.1", port), port
        case "tcp6":
            port = _free_port(socket.AF_INET6, "::1")
            return ("::1", port), port
        case _:
            return str(folder / SOCKET), 0


def _await(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise StuckError(f"{what} did not come within {PATIENCE:g} s")
        time.sleep(_LOOK)


class _Chain:
    def __init__(self, folder: Path, transport: str) -> None:
        self._folder = folder
        self._transport = transport
        self.address, self._port = _address_of(transport, folder)
        self.current = 0
        self.said: Callable[[], str] = str

    @property
    def versions(self) -> list[int]:
        with contextlib.suppress(FileNotFoundError):
            return [int(line) for line in (self._folder / VERSIONS).read_text().splitlines()]
        return []

    def plan(self, strategy: str) -> None:
        plan = {"strategy": strategy, "transport": self._transport, "port": self._port}
        (self._folder / PLAN).write_text(json.dumps(plan))

    def restart(self, strategy: str) -> float:
        """Replace the version that serves; returns the seconds until it had ended."""
        self.plan(strategy)
        begun = time.monotonic()
        if strategy == BROKEN:
            refusals = self.said().count(_GOES_ON)
            os.kill(self.current, signal.SIGUSR2)
            _await(lambda: self.said().count(_GOES_ON) > refusals, "the word that the version before goes on")
            return time.monotonic() - begun
        pidfd = os.pidfd_open(self.current)
        try:
            os.kill(self.current, signal.SIGUSR2)
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            if not poll.poll(PATIENCE * 1000):
                os.kill(self.current, signal.SIGABRT)
                raise StuckError(f"the version before {strategy} did not end within {PATIENCE:g} s")
        finally:
            os.close(pidfd)
        self.current = self.versions[-1]
        return time.monotonic() - begun


def run(transport: str, strategies: Sequence[str], *, answers: int = 100) -> Restarts:
    """Restart under load, from the first of the strategies to each that follows; then stop the last.

    ``BROKEN`` among them is a version that does not start: the one before goes on.
    """
    with tempfile.TemporaryDirectory(prefix="restart") as name:
        folder = Path(name)
        chain = _Chain(folder, transport)
        chain.plan(strategies[0])
        environment = {FOLDER: name}
        with (
            Program(["-m", "typedserver", "tests.reliability.restarted:server"], environment=environment) as served,
            Program(["-m", "tests.reliability.clients"]) as clients,
        ):
            while served.hear_line() != _SERVES:
                pass
            chain.current = served.pid
            chain.said = served.said
            order = Order(
                addresses=[chain.address], clients=CLIENTS, loaded=answers, until="ended", service=list(SERVICE)
            )
            clients.send(asdict(order))
            try:
                seconds: list[float] = []
                for strategy in strategies[1:]:
                    assert clients.hear() == LOADED
                    seconds.append(chain.restart(strategy))
                    assert clients.hear() == LOADED
                clients.send(END)
                account = hear_account(clients, suspects=[chain.current])
                os.kill(chain.current, signal.SIGTERM)
                _await(lambda: not Path(f"/proc/{chain.current}").exists() or _is_zombie(chain.current), "the end")
            except AssertionError as error:
                raise StuckError(f"{error}; the program said: {served.complaints()}") from error
            comparison = compare(account, Written.read(folder / BOOK))
            if account.refused:
                comparison = also(comparison, f"{account.refused} connections were refused meanwhile")
            if any(entry.is_socket() for entry in folder.iterdir()):
                comparison = also(comparison, "the path of the socket was left")
            return Restarts(comparison, seconds)


def _is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True
