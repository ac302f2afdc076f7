"""A worker that hangs is found and replaced, under every strategy and on every loop."""

from typing import Any

import pytest

from tests import test_prefork_heartbeat
from typedserver import Forks, Inline, Multiplexed, ServerConfig, ThreadPool, Threads


@pytest.mark.parametrize("strategy", [Inline(), Threads(), ThreadPool(), Forks(), Multiplexed()], ids=repr)
def test_prefork_worker_that_was_stopped_is_replaced(
    strategy: Any, config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    test_prefork_heartbeat.test_prefork_worker_that_was_stopped_is_replaced(strategy, config, caplog)
