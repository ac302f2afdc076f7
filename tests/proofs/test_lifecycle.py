"""The lifecycle under several threads at once, with very many histories of calls."""

import pytest

from tests.reliability.test_lifecycle import make_calls

EXAMPLES = 400


@pytest.mark.slow
@pytest.mark.timeout(EXAMPLES * 2)
def test_lifecycle_bears_any_calls_of_several_threads() -> None:
    make_calls(EXAMPLES)
