"""The matrix of messages: every framing on every endpoint under every strategy, with every kind of what answers."""

import itertools
from pathlib import Path

import pytest

from tests import test_messages_matrix
from tests.message_matrix import ENDPOINTS, FRAMINGS, KINDS
from tests.test_matrix import ALL_STRATEGIES


@pytest.mark.parametrize(
    ("framing", "endpoint", "strategy", "kind"), itertools.product(FRAMINGS, ENDPOINTS, ALL_STRATEGIES, KINDS)
)
def test_matrix_of_messages(framing: str, endpoint: str, strategy: str, kind: str, tmp_path: Path) -> None:
    test_messages_matrix.test_matrix_of_messages(framing, endpoint, strategy, kind, tmp_path)


@pytest.mark.parametrize(
    ("framing", "endpoint", "strategy", "kind"),
    itertools.product(["lines"], ["tcp4", "established_unix"], ALL_STRATEGIES, KINDS),
)
def test_matrix_of_messages_in_worker_processes(
    framing: str, endpoint: str, strategy: str, kind: str, tmp_path: Path
) -> None:
    test_messages_matrix.test_matrix_of_messages_in_worker_processes(framing, endpoint, strategy, kind, tmp_path)
