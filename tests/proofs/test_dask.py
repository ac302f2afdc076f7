"""A real Dask cluster executes messages while its workers are killed: each has its one reply, or its one error."""

import pytest

from tests.reliability import dasked
from tests.reliability.dasked import Dasked

MESSAGES = 5_000
CLIENTS = 50
KILLS = 6


@pytest.fixture(scope="module")
def found() -> Dasked:
    return dasked.run(MESSAGES, CLIENTS, kills=KILLS)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_each_message_has_one_reply_while_workers_are_killed_and_others_come(found: Dasked) -> None:
    assert not found.faults
    assert found.answered == MESSAGES
    assert found.kills == KILLS
    # A repeated datagram may have a second reply, and nothing else may.
    assert found.twice <= found.repeats


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_messages_are_executed_again_after_a_kill_and_no_more_often_than_that(found: Dasked) -> None:
    again = found.executed - MESSAGES - found.repeats
    # What a killed worker had: the one it ran, what was queued there, and results that nobody had fetched yet.
    assert again <= KILLS * 256


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_failure_of_one_message_on_a_cluster_is_its_own() -> None:
    assert dasked.failures() == ["b'ok'", "ValueError", "TypeError", "b'ok'", "KilledWorker", "b'ok'"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_result_that_is_lost_just_after_it_was_fetched_has_arrived() -> None:
    assert dasked.losses() == "b'ok'"
