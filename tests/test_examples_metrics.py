"""The metrics and the fixture of the examples: curl, and pytest in a process of its own."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from examples import metrics

from tests.running import PATIENCE, ask, connect, port_of
from typedserver import TCP, Limits, Server, ServerConfig, Threads
from typedserver.testing import serving


def curl(*words: str) -> str:
    return subprocess.run(
        ["curl", "-sS", "--fail", *words], capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout


@contextmanager
def measuring() -> Generator[tuple[int, str], None, None]:
    with serving(metrics.service(0, 0)) as server:
        yield port_of(server), f"http://127.0.0.1:{port_of(server, 1)}/metrics"


def values(text: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_curl_reads_what_became_of_connections() -> None:
    with measuring() as (port, url):
        with connect(("127.0.0.1", port)) as client:
            client.sendall(b"echo\n")
            assert client.recv(5) == b"echo\n"
            read = values(curl(url))
            assert (read["connections_accepted_total"], read["connections_open"]) == (1, 1)
        ask(("127.0.0.1", port), b"hello\n")
        while (read := values(curl(url)))["connections_open"]:
            pass
    assert read["connections_accepted_total"] == 2
    assert read['connections_finished_total{outcome="served"}'] == 2
    assert read['connection_seconds_bucket{le="0.01"}'] <= read['connection_seconds_bucket{le="+Inf"}'] == 2
    assert read["connection_seconds_count"] == 2
    assert 0 < read["connection_seconds_sum"] < PATIENCE


def test_refusals_are_counted_by_their_reason() -> None:
    observer = metrics.Metrics()
    config = ServerConfig(observer=observer, limits=Limits(per_peer=1))
    server = Server(TCP(port=0), metrics.echo, Threads(), config=config)
    with serving(server), connect(server.server_address) as client:
        client.sendall(b"echo\n")
        assert client.recv(5) == b"echo\n"
        with connect(server.server_address) as refused:
            assert refused.recv(1) == b""
    [refusals] = [each for each in values(str(observer)).items() if each[0].startswith("connections_refused_total")]
    assert refusals[1] == 1


def test_each_metric_has_its_type_and_help() -> None:
    text = str(metrics.Metrics())
    assert text.endswith("\n")
    for name in metrics.KINDS:
        assert f"# TYPE {name} " in text
        assert f"# HELP {name} " in text


def test_fixture_serves_its_tests_under_each_strategy() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "examples/pytest_fixture.py"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "6 passed" in ran.stdout


def test_examples_are_short() -> None:
    for example in ("metrics", "pytest_fixture"):
        assert len(Path(f"examples/{example}.py").read_text().splitlines()) < 100
