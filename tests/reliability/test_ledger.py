"""Nothing is lost: what clients have sent is answered, whatever happens to the server meanwhile.

The short form; ``python -m tests.reliability`` runs forty trials of each.
"""

from collections.abc import Generator

import pytest
from tests.reliability.compositions import PREFORKED, STRATEGIES, transports_of
from tests.reliability.trials import Event, Stand

CELLS = [(strategy, transport) for strategy in STRATEGIES for transport in transports_of(strategy)]


@pytest.fixture(scope="module")
def stand() -> Generator[Stand, None, None]:
    """Both programs, for all tests here."""
    with Stand() as stand:
        yield stand


def test_harness_finds_what_the_stdlib_loses(stand: Stand) -> None:
    trials = [stand.run("stdlib", "stdlib", "tcp4") for _ in range(3)]
    losses = [loss for trial in trials for loss in trial.comparison.losses]
    assert losses, "a harness that finds none here would find none anywhere"
    assert all(loss.where == "never taken" for loss in losses), "they sat in the queue that was closed"
    assert all(not trial.comparison.contradictions for trial in trials), "both sides tell the same"


@pytest.mark.parametrize(("strategy", "transport"), CELLS)
@pytest.mark.parametrize("event", ["drain", "sigterm"])
def test_nothing_is_lost_at(event: Event, strategy: str, transport: str, stand: Stand) -> None:
    assert not stand.run(event, strategy, transport).faults


@pytest.mark.parametrize(("strategy", "transport"), CELLS)
def test_nothing_is_lost_or_refused_while_accepting_is_suspended(strategy: str, transport: str, stand: Stand) -> None:
    assert not stand.run("suspend", strategy, transport).faults


@pytest.mark.parametrize("transport", ["tcp4", "tcp6", "unix"])
@pytest.mark.parametrize("strategy", PREFORKED)
def test_killed_worker_loses_what_it_had_in_hand_alone(strategy: str, transport: str, stand: Stand) -> None:
    assert not stand.run("crash", strategy, transport).faults
