"""Exhaustion: a server that has 64 descriptors for 100 clients; tests/proofs/test_exhaustion.py has every kind."""

import pytest
from benchmarks.exhaustion import Episode, keeps_its_promise, measure
from benchmarks.ratios import spread


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["multiplexed"])
def test_server_out_of_descriptors_rests_says_so_twice_and_serves_everybody_when_it_has_them_again(
    subject: str,
) -> None:
    episode = measure(subject, clients=100, seconds=1.0)
    assert episode.cpu_percent < 2
    assert episode.log_lines == 2, "one when it begins, one when it is over"
    recovery = spread(episode.recovery_ms)
    assert recovery is not None
    assert recovery.median < 100
    assert episode.served == 100
    assert keeps_its_promise(episode, 100)


def test_promise_is_of_all_four_figures() -> None:
    kept = Episode("", "", 1.9, 2, 157, [1.0, 99.0, 300.0], 100)
    assert keeps_its_promise(kept, 100)
    assert not keeps_its_promise(Episode("", "", 2.0, 2, 157, [1.0], 100), 100)
    assert not keeps_its_promise(Episode("", "", 1.9, 3, 157, [1.0], 100), 100)
    assert not keeps_its_promise(Episode("", "", 1.9, 2, 157, [1.0, 100.0, 101.0], 100), 100)
    assert not keeps_its_promise(Episode("", "", 1.9, 2, 157, [1.0], 99), 100)
