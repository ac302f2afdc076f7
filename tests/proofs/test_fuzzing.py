"""Hypothesis with twenty times as many examples as the short forms make up."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test  # pyright: ignore[reportUnknownVariableType]  # not annotated

from tests import test_lifecycle, test_stream
from tests.test_stream import pieces, reads, texts

EXAMPLES = 2_000
pytestmark = pytest.mark.timeout(600)
many = settings(max_examples=EXAMPLES, deadline=None)


def undecorated(test: Any) -> Any:
    """Return the function that a ``given`` has wrapped; Hypothesis documents the attribute."""
    return test.hypothesis.inner_test


def test_any_history_of_steps_leads_to_the_right_state() -> None:
    run_state_machine_as_test(test_lifecycle.Life, settings=many)


@many
@given(data=texts, sizes=pieces, blocking=st.booleans())
def test_any_split_gives_the_same_lines(**drawn: Any) -> None:
    undecorated(test_stream.test_any_split_gives_the_same_lines)(**drawn)


@many
@given(data=texts, sizes=pieces, blocking=st.booleans(), script=reads)
def test_any_split_gives_the_same_reads(**drawn: Any) -> None:
    undecorated(test_stream.test_any_split_gives_the_same_reads)(**drawn)


@many
@given(data=texts, sizes=pieces, blocking=st.booleans(), limit=st.integers(1, 8))
def test_any_split_finds_the_same_line_too_long(**drawn: Any) -> None:
    undecorated(test_stream.test_any_split_finds_the_same_line_too_long)(**drawn)


@many
@given(size=st.integers(0, 40), taken=st.integers(0, 40), sizes=pieces, blocking=st.booleans())
def test_any_split_finds_the_same_read_limit(**drawn: Any) -> None:
    undecorated(test_stream.test_any_split_finds_the_same_read_limit)(**drawn)
