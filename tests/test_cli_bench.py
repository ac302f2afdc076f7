"""``typedserver bench``: a load that is bounded, on a server of this machine, and what it tells."""

import json
import math
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli import HANDLERS, program, ran, refusal
from tests.test_cli_connect import terminal
from typedserver.requests.histogram import Histogram

SHORT = ["--seconds", "0.3", "--connections", "3"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


def test_bench_counts_answers_and_shows_how_long_they_took(folder: Path) -> None:
    with program(folder, "app:upper", "--listen", "unix:s") as served:
        served.line()
        ended = ran(folder, "bench", "unix:s", *SHORT)
        assert (ended.returncode, ended.stderr) == (0, "")
        first, counted, within, *bars = ended.stdout.splitlines()
        assert first.startswith("unix:s: 3 clients for 0.3 s")
        assert " answers, " in counted
        assert within.startswith("  answered within   50 % ")
        assert any("█" in bar for bar in bars)
        assert served.end() == ""


@pytest.mark.parametrize(
    ("handler", "listen", "arguments"),
    [
        ("app:upper", "tcp://127.0.0.1:0", []),
        ("app:upper", "tcp://[::1]:0", ["--connect-each-time"]),
        ("app:upper", "tcp://127.0.0.1:0", ["--send", r"a\nb\r\n", "--until", r"B\r\n"]),
        ("app:upper", "tcp://127.0.0.1:0", ["--send", r"\xe9\n", "--answer-bytes", "2"]),
        ("app:upper_datagram", "udp://127.0.0.1:0", []),
    ],
)
def test_bench_asks_by_every_transport(handler: str, listen: str, arguments: list[str], folder: Path) -> None:
    with program(folder, handler, "--listen", listen) as served:
        target = f"{listen.rpartition(':')[0]}:{served.port()}"
        ended = ran(folder, "bench", target, *SHORT, *arguments, "--json")
        assert (ended.returncode, ended.stderr) == (0, "")
        result = json.loads(ended.stdout)
        assert result["answers"] > 0
        assert (result["lost"], result["ended"], result["failure"]) == (0, 0, "")
        assert result["connections"] > 3 if "--connect-each-time" in arguments else result["connections"] == 3
        assert 0 < result["latency_seconds"]["50"] <= result["latency_seconds"]["most"] < 1
        assert served.end() == ""


def test_bench_says_so_if_no_answer_came(folder: Path) -> None:
    with program(folder, "app:upper", "--listen", "unix:s") as served:
        served.line()
        ended = ran(folder, "bench", "unix:s", *SHORT, "--until", "never")
        assert ended.returncode == 1
        assert "no answer came: is --until what the server's answers end by" in ended.stdout


def test_bench_goes_on_with_a_server_that_ends_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(100)
                        connection.sendall(b"bye\n")

        thread = threading.Thread(target=serve)
        thread.start()
        target = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        ended = ran(Path.cwd(), "bench", target, *SHORT, "--json")
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
    result = json.loads(ended.stdout)
    assert result["answers"] > 3
    assert result["ended"] > 3


def test_bench_ends_early_if_the_server_has_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        target = f"tcp://127.0.0.1:{listening.getsockname()[1]}"

        def serve_one() -> None:
            connection, _ = listening.accept()
            listening.close()
            with connection:
                connection.recv(100)
                connection.sendall(b"bye\n")

        thread = threading.Thread(target=serve_one)
        thread.start()
        ended = ran(Path.cwd(), "bench", target, "--seconds", "15", "--connections", "1", "--json")
        thread.join()
    result = json.loads(ended.stdout)
    assert "Connection refused" in result["failure"]
    assert result["seconds"] < 14


def test_bench_shows_its_progress_on_a_terminal(folder: Path) -> None:
    with program(folder, "app:upper", "--listen", "unix:s") as served:
        served.line()
        with terminal(folder, "bench", "unix:s", *SHORT) as shell:
            shell.until("answers a second")
            assert "[#" in shell.output or "[." in shell.output
            shell.until("answered within")
            assert shell.process.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tcp://192.0.2.1:80"], "is another machine, and a load is for one's own: run it there, against 127.0.0.1"),
        (["unix:none"], "unix:none: No such file or directory: is the server running"),
        (["unix:s", "--seconds", "0"], "'0' is no number of seconds above 0, and at most 3600"),
        (["unix:s", "--seconds", "3601"], "'3601' is no number of seconds above 0, and at most 3600"),
        (["unix:s", "--connections", "0"], "'0' is no whole number from 1 on"),
        (["unix:s", "--connections", "100000000"], "needs more descriptors than this shell allows"),
        (["unix:s", "--send", ""], "'' is empty: give what is sent"),
        (["unix:s", "--send", r"\x1"], "has an escape that Python does not know"),
    ],
)
def test_bench_refuses_what_cannot_work(arguments: list[str], message: str, folder: Path) -> None:
    assert message in refusal(folder, "bench", *arguments)


# The histogram


def test_histogram_finds_percentiles_within_its_step() -> None:
    histogram = Histogram()
    times = [number / 1000 for number in range(1, 1001)]
    for each in times:
        histogram.add(each)
    for percent in (1, 50, 90, 99, 99.9):
        exact = times[math.ceil(len(times) * percent / 100) - 1]
        assert exact <= histogram.percentile(percent) <= exact * 1.05
    assert (histogram.count, histogram.most, histogram.percentile(100)) == (1000, 1.0, 1.0)


def test_histogram_holds_whatever_comes() -> None:
    histogram = Histogram()
    for each in (0.0, 1e-9, 1e9):
        histogram.add(each)
    assert histogram.count == 3
    assert sum(count for *_, count in histogram.doublings()) == 3
    assert list(Histogram().doublings()) == []
    assert Histogram().percentile(50) == 0.0
