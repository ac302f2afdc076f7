"""The metrics and the fixture of the examples: a scraper, curl, and pytest in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from examples import metrics

from tests.running import PATIENCE, ask, connect, port_of, running
from tests.scrapes import OPEN_METRICS, Values, scrape, total
from tests.test_strategies_forks import wait_until
from typedserver import Prefork

FINISHED = "typedserver_requests_total"


@contextmanager
def measuring() -> Generator[tuple[Prefork[Any], int], None, None]:
    """Serve the example; gives the echoing server, and the port of the metrics."""
    with running(metrics.service(0, 0, processes=2)) as run:
        echoing = cast("Prefork[Any]", run.server.servers[0])
        wait_until(lambda: len(echoing.pids) == 2)
        yield echoing, port_of(run.server, 1)


def scrape_until(port: int, name: str, number: float, accept: str) -> Values:
    while total(values := scrape(port, accept), name) != number:
        pass
    return values


@pytest.mark.parametrize("accept", ["text/plain", OPEN_METRICS], ids=["text", "openmetrics"])
def test_scrape_shows_what_became_of_connections_of_all_workers(accept: str) -> None:
    with measuring() as (echoing, port):
        with connect(echoing.server_address) as client:
            client.sendall(b"echo\n")
            assert client.recv(5) == b"echo\n"
            values = scrape_until(port, "typedserver_requests_active", 1, accept)
            assert total(values, "typedserver_requests_accepted_total") == 1
        for _ in range(9):
            ask(echoing.server_address, b"hello\n")
        values = scrape_until(port, FINISHED, 10, accept)
        assert total(values, FINISHED, outcome="served") == 10
        assert total(values, "typedserver_worker_requests_total") == 10
        assert total(values, "typedserver_request_duration_seconds_bucket", le="+Inf") == 10
        assert 0 < total(values, "typedserver_request_duration_seconds_sum") < PATIENCE
        assert total(values, "typedserver_queue_limit") > 0


def test_scrape_goes_on_while_a_worker_dies_and_is_replaced() -> None:
    with measuring() as (echoing, port):
        for _ in range(10):
            ask(echoing.server_address, b"hello\n")
        scrape_until(port, FINISHED, 10, "text/plain")
        os.kill(echoing.pids[0], signal.SIGKILL)
        values = scrape_until(port, "typedserver_worker_starts_total", 3, "text/plain")
        assert total(values, "typedserver_worker_ends_total", expected="false") == 1
        assert total(values, FINISHED) == 10


def test_curl_reads_the_metrics() -> None:
    with measuring() as (_, port):
        read = subprocess.run(
            ["curl", "-sS", "--fail", f"http://127.0.0.1:{port}/metrics"],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        ).stdout
    for name in ("typedserver_requests_total", "typedserver_request_duration_seconds", "typedserver_workers"):
        assert f"# TYPE {name} " in read
        assert f"# HELP {name} " in read


def test_fixture_serves_its_tests_under_each_strategy() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "examples/pytest_fixture.py"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "6 passed" in ran.stdout


def test_examples_are_short() -> None:
    for example in ("metrics", "pytest_fixture"):
        assert len(Path(f"examples/{example}.py").read_text().splitlines()) < 100
