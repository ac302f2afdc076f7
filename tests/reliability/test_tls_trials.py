"""Certificates are renewed under load, and handshakes fail: nothing is lost, and nothing is left.

The short forms; tests/proofs/test_tls.py has the long ones.
"""

import pytest

from tests.reliability import tls_trials


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["multiplexed"])
def test_no_handshake_fails_while_certificates_are_renewed(strategy: str) -> None:
    assert not tls_trials.renewals(strategy, 400, 3).faults


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["threads"])
def test_handshakes_that_fail_leave_nothing(strategy: str) -> None:
    assert not tls_trials.failures(strategy, 1_000).faults
