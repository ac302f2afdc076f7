"""Clients that misbehave, under every strategy: the server goes on serving and logs at most one line about each."""

import os
import time
from collections.abc import Generator
from typing import Any

import pytest

from tests import matrix
from tests.reliability.programs import Program
from tests.running import PATIENCE, Run, ask
from typedserver import (
    TCP,
    Forks,
    Inline,
    Server,
    Stream,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
    Threads,
    stream_handler,
)

STRATEGIES: dict[str, Any] = {"inline": Inline(), "threads": Threads(), "forks": Forks()}

# Seconds. Short, so that the server gives up a silent client within the test.
SHORT = StreamConfig(timeout=0.4)


class Files(StreamRequestHandler):
    def __init__(self, request: StreamRequest, client_address: Any, server: Any) -> None:
        super().__init__(request, client_address, server, config=SHORT)

    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


@stream_handler(config=SHORT)
async def coroutine(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


HANDLERS: dict[str, Any] = {"files": Files, "coroutine": coroutine}


CLIENTS = [
    "resets_in_mid_line",
    "resets_before_it_is_accepted",
    "closes_before_it_is_accepted",
    "is_silent",
    "never_reads",
    "sends_a_hundred_megabytes_without_a_newline",
    "half_closes",
    "ends_while_it_is_answered",
]


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Any:
    return STRATEGIES[request.param]


@pytest.fixture(params=list(HANDLERS))
def server(request: pytest.FixtureRequest, strategy: Any) -> Generator[Server[Any, Any], None, None]:
    with Server(TCP(port=0), HANDLERS[request.param], strategy) as opened:
        yield opened


def misbehave(hostile: Program, client: str, server: Server[Any, Any]) -> None:
    hostile.send([client, server.server_address])
    assert (wrong := hostile.hear()) is None, wrong


@pytest.mark.parametrize("client", CLIENTS)
def test_server_serves_on_after_a_client_that(
    client: str, server: Server[Any, Any], hostile: Program, log_file: Any
) -> None:
    run = Run(server)
    try:
        misbehave(hostile, client, server)
        begun = time.monotonic()
        assert ask(server.server_address, b"good\n") == b"GOOD\n"
        # The server gives up a client after 0.4 s, so Inline is blocked no longer than that.
        assert time.monotonic() - begun < PATIENCE / 2
    finally:
        server.shutdown()
        run.join()
        server.server_close()
    lines = log_file.read_text().splitlines()
    assert len(lines) <= 1, lines
    assert not any("Traceback" in line or line.startswith("ERROR") for line in lines)


def test_reset_clients_leave_the_descriptors_as_they_were(strategy: Any, hostile: Program) -> None:
    with Server(TCP(port=0), matrix.StreamBase, strategy) as server:
        run = Run(server)
        assert ask(server.server_address, b"x") == b"X"
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            misbehave(hostile, "resets_in_mid_line", server)
        assert ask(server.server_address, b"x") == b"X"
        deadline = time.monotonic() + PATIENCE
        while len(os.listdir("/proc/self/fd")) > before and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(os.listdir("/proc/self/fd")) <= before
        server.shutdown()
        run.join()
