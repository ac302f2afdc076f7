"""The matrix of messages: every framing on every endpoint under every strategy, with every kind of what answers."""

import asyncio
import itertools
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests import test_messages_matrix
from tests.message_matrix import ENDPOINTS, FRAMINGS, KINDS, MESSAGES, NONE, ask_messages
from tests.running import running
from tests.test_matrix import ALL_STRATEGIES, composed, reachable
from typedserver import Group, Server

# A group has one loop for all.
LOOPS: dict[str, Any] = {
    "asyncio": asyncio.new_event_loop,
    "bounded_asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.mark.parametrize(("endpoint", "strategy", "kind"), [*itertools.product(ENDPOINTS, ALL_STRATEGIES, KINDS)])
def test_matrix_of_messages(endpoint: str, strategy: str, kind: str, tmp_path: Path) -> None:
    # One server for each framing: to begin and to end takes longer than to ask.
    servers: dict[str, Server[Any, Any]] = {}
    with ExitStack() as stack:
        for name, framing in FRAMINGS.items():
            handler = KINDS[kind](framing, stack)
            made = composed(ENDPOINTS[endpoint], handler, strategy, "ours", tmp_path / name)
            servers[name] = stack.enter_context(made)
        loop = LOOPS.get(strategy)
        group = Group(servers.values()) if loop is None else Group(servers.values(), reactor_factory=loop)
        stack.enter_context(running(group))
        for name, framing in FRAMINGS.items():
            address = reachable(servers[name].server_address)
            for piece in (13, 10_000):
                replies = ask_messages(address, framing, [*MESSAGES, NONE], piece)
                assert replies == [message.upper() for message in MESSAGES], (name, piece)


@pytest.mark.parametrize(
    ("framing", "endpoint", "strategy", "kind"),
    [*itertools.product(["lines"], ["tcp4", "established_unix"], ALL_STRATEGIES, KINDS)],
)
def test_matrix_of_messages_in_worker_processes(
    framing: str, endpoint: str, strategy: str, kind: str, tmp_path: Path
) -> None:
    test_messages_matrix.test_matrix_of_messages_in_worker_processes(framing, endpoint, strategy, kind, tmp_path)
