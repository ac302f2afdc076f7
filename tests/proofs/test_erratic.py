"""No pending reply is lost, whenever it comes, in each way to serve, over TCP and a Unix socket."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.reliability import erratic
from tests.test_messages_running import WAYS, Establishing
from typedserver import TCP, Asyncio, ThreadPool, UnixStream

# An inline strategy serves one client at a time.
PARALLEL = [name for name, way in WAYS.items() if not way.is_inline]

# As many as are served at once.
CONNECTIONS = 12


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("transport", ["tcp", "unix"])
@pytest.mark.parametrize("name", PARALLEL)
def test_each_message_has_its_reply_whenever_that_comes(name: str, transport: str, tmp_path: Path) -> None:
    way = WAYS[name]
    endpoint: Any = TCP(port=0) if transport == "tcp" else UnixStream(str(tmp_path / "s"))
    if way.establishes != "nothing":
        endpoint = Establishing(endpoint, way.establishes)
    with ThreadPoolExecutor(CONNECTIONS) as executor:
        strategy = ThreadPool(workers=CONNECTIONS) if name == "thread_pool" else way.strategy(executor)
        own_loop: dict[str, Any] = {} if isinstance(strategy, Asyncio) else {"reactor_factory": way.reactor}
        found = erratic.run(endpoint, strategy, 6.0, seed=1, **own_loop)
    assert not found.faults
    assert found.left
