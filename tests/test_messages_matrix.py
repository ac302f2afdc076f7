"""The matrix of messages in short: each framing, endpoint, strategy and kind of what answers, with a real client.

tests/proofs/test_messages_matrix.py has the whole product.
"""

import itertools
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.message_matrix import ENDPOINTS, FRAMINGS, KINDS, MESSAGES, NONE, ask_messages
from tests.running import running
from tests.test_matrix import ALL_STRATEGIES, composed, reachable
from typedserver import Prefork

COMBINATIONS = [
    *itertools.product(FRAMINGS, ["tcp4", "established_unix"], ["multiplexed"], ["function"]),
    *itertools.product(FRAMINGS, ["unix"], ["threads"], ["coroutine", "mixed"]),
    *itertools.product(["lines"], ENDPOINTS, ["threads", "multiplexed", "asyncio"], ["function"]),
    *itertools.product(["length4"], ["tcp4", "established_tcp"], ALL_STRATEGIES, KINDS),
]


@pytest.mark.parametrize(("framing", "endpoint", "strategy", "kind"), dict.fromkeys(COMBINATIONS))
def test_matrix_of_messages(framing: str, endpoint: str, strategy: str, kind: str, tmp_path: Path) -> None:
    chosen = FRAMINGS[framing]
    with (
        ExitStack() as stack,
        composed(ENDPOINTS[endpoint], KINDS[kind](chosen, stack), strategy, "ours", tmp_path / "s") as server,
        running(server) as run,
    ):
        address = reachable(run.server.server_address)
        asked = [*MESSAGES, NONE]
        assert ask_messages(address, chosen, asked, piece=13) == [message.upper() for message in MESSAGES]
        assert ask_messages(address, chosen, asked, piece=10_000) == [message.upper() for message in MESSAGES]


PREFORKED = [
    *itertools.product(["lines"], ["tcp4", "unix"], ["inline", "multiplexed"], KINDS),
    *itertools.product(["netstrings"], ["tcp4"], ALL_STRATEGIES, ["mixed"]),
]


@pytest.mark.parametrize(("framing", "endpoint", "strategy", "kind"), dict.fromkeys(PREFORKED))
def test_matrix_of_messages_in_worker_processes(
    framing: str, endpoint: str, strategy: str, kind: str, tmp_path: Path
) -> None:
    chosen = FRAMINGS[framing]
    with (
        ExitStack() as stack,
        composed(ENDPOINTS[endpoint], KINDS[kind](chosen, stack), strategy, "ours", tmp_path / "s") as server,
        running(Prefork(server, 2)) as run,
    ):
        address = reachable(run.server.server_address)
        for _ in range(2):
            assert ask_messages(address, chosen, MESSAGES, piece=50) == [message.upper() for message in MESSAGES]
