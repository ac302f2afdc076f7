"""The addresses of a name, and the order in which a client tries them."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typedserver import ConnectError, drive
from typedserver.coroutines.resolving import Candidate, bound, interleaved, numeric, resolve

FOUR, SIX = int(socket.AF_INET), int(socket.AF_INET6)

CANDIDATES = st.lists(st.builds(Candidate, st.sampled_from([FOUR, SIX]), st.tuples(st.sampled_from("abc"), st.just(1))))


def candidate(family: int, host: str) -> Candidate:
    return Candidate(family, (host, 1))


def test_families_take_turns() -> None:
    given_ = [candidate(SIX, "a"), candidate(SIX, "b"), candidate(SIX, "c"), candidate(FOUR, "d"), candidate(FOUR, "e")]
    assert [each.address[0] for each in interleaved(given_)] == ["a", "d", "b", "e", "c"]


@given(CANDIDATES)
def test_interleaving_keeps_each_candidate_once_and_the_order_of_each_family(candidates: list[Candidate]) -> None:
    result = interleaved(candidates)
    unique = list(dict.fromkeys(candidates))
    assert sorted(map(repr, result)) == sorted(map(repr, unique))
    assert result[:1] == candidates[:1]
    for family in (FOUR, SIX):
        assert [each for each in result if each.family == family] == [each for each in unique if each.family == family]


def test_numbers_are_no_names() -> None:
    assert numeric(("192.0.2.1", 80)) == [Candidate(FOUR, ("192.0.2.1", 80))]
    assert numeric(("localhost", 80)) is None


def test_flow_and_scope_are_kept() -> None:
    assert numeric(("fe80::1", 80, 3, 7)) == [Candidate(SIX, ("fe80::1", 80, 3, 7))]
    # Flow and scope are IPv6's.
    assert numeric(("192.0.2.1", 80, 0, 0)) == [Candidate(FOUR, ("192.0.2.1", 80))]


def test_own_address_is_of_the_same_family() -> None:
    own = [candidate(FOUR, "own"), candidate(FOUR, "other")]
    assert bound([candidate(SIX, "a"), candidate(FOUR, "b")], own) == [Candidate(FOUR, ("b", 1), ("own", 1))]


@pytest.mark.parametrize("name", ["no-such-host.invalid", "x" * 70, ".", "a..b"])
def test_name_without_an_address_is_one_error(name: str) -> None:
    with pytest.raises(ConnectError, match="has no address") as raised:
        drive(resolve((name, 1)))
    assert raised.value.errno is None
