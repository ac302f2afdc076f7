"""Exhaustion: servers that have 64 descriptors for 100 clients, each a process of its own."""

import pytest

from tests.reliability import test_exhaustion


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["threads", "multiplexed", "asyncio", "inline", "forks", "compat"])
def test_server_out_of_descriptors_rests_says_so_twice_and_serves_everybody_when_it_has_them_again(
    subject: str,
) -> None:
    test_exhaustion.test_server_out_of_descriptors_rests_says_so_twice_and_serves_everybody_when_it_has_them_again(
        subject
    )
