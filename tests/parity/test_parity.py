"""One list of scenarios, run against the standard library and against the drop-in: both see the same."""

import importlib
import socketserver

import pytest
from tests.parity.world import SCENARIOS, run

import typedserver.compat

# They register their scenarios.
for _topic in ("construction", "requests", "failures", "handlers", "loop", "mixins"):
    importlib.import_module(f"tests.parity.scenarios_{_topic}")


@pytest.mark.parametrize("name", SCENARIOS)
def test_both_modules_show_the_same(name: str) -> None:
    expected = run(SCENARIOS[name], socketserver, socketserver)
    assert run(SCENARIOS[name], typedserver.compat, socketserver) == expected
    assert any(expected[role] for role in ("main", "loop", "workers")), "the scenario recorded nothing"
