"""Nothing is lost: under every strategy, on every transport, whatever happens to the server.

One trial of each; ``python -m tests.reliability`` runs forty.
"""

import pytest

from tests.reliability import restarts, test_ledger
from tests.reliability.compositions import PREFORKED, STRATEGIES, TRANSPORTS, transports_of
from tests.reliability.trials import Event, Stand

CELLS = [(strategy, transport) for strategy in STRATEGIES for transport in transports_of(strategy)]


@pytest.mark.parametrize(("strategy", "transport"), CELLS)
@pytest.mark.parametrize("event", ["drain", "sigterm"])
def test_nothing_is_lost_at(event: Event, strategy: str, transport: str, stand: Stand) -> None:
    test_ledger.test_nothing_is_lost_at(event, strategy, transport, stand)


@pytest.mark.parametrize(("strategy", "transport"), CELLS)
def test_nothing_is_lost_or_refused_while_accepting_is_suspended(strategy: str, transport: str, stand: Stand) -> None:
    test_ledger.test_nothing_is_lost_or_refused_while_accepting_is_suspended(strategy, transport, stand)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("strategy", PREFORKED)
def test_killed_worker_loses_what_it_had_in_hand_alone(strategy: str, transport: str, stand: Stand) -> None:
    test_ledger.test_killed_worker_loses_what_it_had_in_hand_alone(strategy, transport, stand)


@pytest.mark.slow
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_nothing_is_lost_or_refused_at_hot_restarts(transport: str) -> None:
    test_ledger.test_nothing_is_lost_or_refused_at_hot_restarts(transport)


@pytest.mark.slow
def test_nothing_is_lost_at_hot_restarts_of_workers_with_queues_of_their_own() -> None:
    comparison = restarts.run("tcp4", ["prefork_reuse_port"] * 4).comparison
    assert comparison.kept, comparison.describe()
