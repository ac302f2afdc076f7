"""What is lost at SIGTERM under load: each server is stopped while clients ask without a pause, one after the other.

``python -m benchmarks.loss [--trials N] [--clients N] [NAME ...]``. All speak the same minimal HTTP, so that the same
clients, those of the proof in ``tests/reliability``, ask all of them: a connection for each request, and each request
is followed to its answer or its end. Every server is stopped as its own documentation says that it stops gracefully.

A request that was handed to the kernel and got no answer is lost. A connection that was made and reset before its
request could be sent is counted separately. A refused connection loses nothing: that client may ask another server.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from tests.reliability.clients import LOADED, Account, Order, account_of
from tests.reliability.programs import Program, StuckError

from benchmarks.loss_servers import OURS, STDLIB
from benchmarks.processes import ProcessError, ServerProcess, choose_cores
from benchmarks.ratios import spread
from benchmarks.tables import table

# Milliseconds that the handler takes, in turn, as in the proof.
SERVICE: Final = (0, 0, 0, 1, 0, 0, 0, 5)

# Answers before the signal: enough for every server to have started what it starts for a load.
_LOADED: Final = 500

_GEVENT: Final = "gevent StreamServer"
_GUNICORN: Final = "gunicorn gthread"
SUBJECTS: Final[tuple[str, ...]] = (*OURS, *STDLIB, _GEVENT, _GUNICORN)


@dataclass
class Found:
    """What the trials of one server have shown."""

    sent: int = 0
    answered: int = 0
    lost: int = 0
    unsent: int = 0
    trials_with_loss: int = 0
    seconds: list[float] = field(default_factory=list[float])

    def add(self, account: Account, seconds: float) -> None:
        """Count a trial."""
        # The clients report both as connections that were made: a reset before the request, and one after it.
        unsent = sum(how.startswith("before it was sent") for _client, _number, how, *_rest in account.lost)
        self.sent += account.sent - unsent
        self.answered += account.answered
        self.lost += len(account.lost) - unsent
        self.unsent += unsent + len(account.failed)
        self.trials_with_loss += bool(account.lost or account.failed)
        self.seconds.append(seconds)


def _command(subject: str) -> list[str]:
    if subject == _GEVENT:
        return [sys.executable, "-m", "benchmarks.peers.gevent_http"]
    if subject == _GUNICORN:
        config = "python:benchmarks.peers.gunicorn_config"
        return [sys.executable, "-m", "gunicorn", "--config", config, "benchmarks.peers.gunicorn_config:answer"]
    return [sys.executable, "-m", "benchmarks.loss_servers", subject]


def stop_under_load(subject: str, clients: Program, number: int) -> tuple[Account, float]:
    """Run a trial; returns what became of the requests, and the seconds from the signal to the server's end."""
    cores = choose_cores()[0]
    with ServerProcess(_command(subject), cores=cores) as server:
        host, _colon, port = server.address.rpartition(":")
        order = Order(
            addresses=[[host, int(port)]], clients=number, loaded=_LOADED, speech="http", service=list(SERVICE)
        )
        clients.send(asdict(order))
        if clients.hear() != LOADED:
            raise ProcessError(f"{subject} did not bear the load: {server.complaints()}")
        seconds = server.stop()
        while (heard := clients.hear()) == LOADED:
            pass
    return account_of(heard), seconds


def run(subjects: Sequence[str], trials: int, number: int) -> dict[str, Found]:
    """Stop each of them this many times, in turn."""
    found = {subject: Found() for subject in subjects}
    with Program(["-m", "tests.reliability.clients"]) as clients:
        for trial in range(trials):
            for subject in subjects:
                account, seconds = stop_under_load(subject, clients, number)
                found[subject].add(account, seconds)
                print(
                    f"{trial + 1}/{trials} {subject}: {account.answered} of {account.sent}, {seconds:.2f} s",
                    file=sys.stderr,
                )
    return found


def print_table(found: dict[str, Found], trials: int, number: int) -> None:
    """Print the table."""
    rows = [
        [
            subject,
            f"{of.sent:,}",
            f"{of.answered:,}",
            f"{of.lost:,}",
            f"{of.unsent:,}",
            f"{of.trials_with_loss} of {trials}",
            str(spread(of.seconds)),
        ]
        for subject, of in found.items()
    ]
    print(f"SIGTERM under load of {number} clients, {trials} times each")
    print()
    for line in table(
        ["server", "sent", "answered", "sent and lost", "reset unsent", "stops with a loss", "seconds to stop"], rows
    ):
        print(line)


def main() -> int:
    """Run the command line; returns the exit status: 1 if one of ours has lost anything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loss", description="Stop servers under load.")
    parser.add_argument("subjects", nargs="*", metavar="NAME", help=f"of {', '.join(SUBJECTS)}")
    parser.add_argument("--trials", type=int, default=10, metavar="N")
    parser.add_argument("--clients", type=int, default=64, metavar="N")
    options = parser.parse_args()
    subjects: Sequence[str] = options.subjects or SUBJECTS
    if unknown := set(subjects) - set(SUBJECTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose of {', '.join(SUBJECTS)}")
    try:
        found = run(subjects, options.trials, options.clients)
    except (ProcessError, StuckError) as error:
        print(error, file=sys.stderr)
        return 1
    print_table(found, options.trials, options.clients)
    return int(any(found[subject].lost or found[subject].unsent for subject in subjects if subject in OURS))


if __name__ == "__main__":
    sys.exit(main())
