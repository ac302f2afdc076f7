"""Clients that wear a server out, under every strategy: each is cut at its deadline, and the others are served on."""

from pathlib import Path

import pytest

from tests.reliability import test_hostile
from tests.reliability.programs import Program


@pytest.mark.parametrize("strategy", test_hostile.STRATEGIES)
def test_server_serves_on_after_each_hostile_client(strategy: str, hostile: Program, log_file: Path) -> None:
    test_hostile.test_server_serves_on_after_each_hostile_client(strategy, hostile, log_file)


@pytest.mark.parametrize("strategy", ["threads", "thread_pool", "forks", "multiplexed", "asyncio", "uvloop"])
def test_others_are_served_while_a_client_drips(strategy: str, hostile: Program) -> None:
    test_hostile.test_others_are_served_while_a_client_drips(strategy, hostile)


@pytest.mark.parametrize("strategy", ["multiplexed", "asyncio", "uvloop"])
def test_good_client_is_answered_within_50_ms_beside_five_thousand_idle_ones(strategy: str) -> None:
    test_hostile.test_good_client_is_answered_within_50_ms_beside_five_thousand_idle_ones(strategy)
