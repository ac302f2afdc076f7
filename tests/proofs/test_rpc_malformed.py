"""Every call that was cut or has a changed length, by connections of their own, under every strategy."""

from pathlib import Path

import pytest

from tests.rpc_counter import served
from tests.running import running
from tests.test_matrix import ALL_STRATEGIES, composed
from tests.test_rpc_malformed import CHANGED, check_stream
from typedserver import rpc


@pytest.mark.parametrize("strategy", ALL_STRATEGIES)
@pytest.mark.parametrize("endpoint", ["TCP(port=0)", "UnixStream({path!r})"])
def test_server_of_streams_serves_on_whatever_comes(strategy: str, endpoint: str, tmp_path: Path) -> None:
    handler = rpc.stream_handler(served())
    with composed(endpoint, handler, strategy, "ours", tmp_path / "s") as server, running(server) as run:
        check_stream(run.server.server_address, CHANGED.items())
