"""One list of scenarios, run against the standard library and against the drop-in: both see the same."""

import socketserver

import pytest

import tests.parity.scenarios_construction
import tests.parity.scenarios_failures
import tests.parity.scenarios_handlers
import tests.parity.scenarios_loop
import tests.parity.scenarios_mixins
import tests.parity.scenarios_requests  # noqa: F401 - they register their scenarios
import typedserver.compat
from tests.parity.world import SCENARIOS, run


@pytest.mark.parametrize("name", SCENARIOS)
def test_both_modules_show_the_same(name):
    expected = run(SCENARIOS[name], socketserver, socketserver)
    assert run(SCENARIOS[name], typedserver.compat, socketserver) == expected
    assert any(expected[role] for role in ("main", "loop", "workers")), "the scenario told nothing"
