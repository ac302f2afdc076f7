"""The ground of every figure of the benchmarks: the load generator, the measured processes, and the arithmetic."""

import dataclasses
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from benchmarks import dead_upstream, files, meeting, observers, proxy, rows, tls, xdr
from benchmarks.processes import Load, ProcessError, Sample, ServerProcess, cpu_seconds_of, measure, memory_of
from benchmarks.programs import compile_program
from benchmarks.ratios import ratios, spread
from benchmarks.results import Results
from benchmarks.rounds import Heat, Progress, plan, run
from benchmarks.subjects import SUBJECTS, WORKLOADS, Kind, subject_named, workload_named
from benchmarks.tables import report
from benchmarks.targets import TARGETS, Target, judge, needed

from tests.postgresql import PostgreSQL

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("gcc") is None, reason="epoll, /proc and a C compiler"
)


# Workers of rows


@pytest.mark.parametrize("name", ["by hand", "ours ThreadPool", "ours Multiplexed"])
def test_worker_of_rows_works_off_its_table(postgresql_server: PostgreSQL, name: str) -> None:
    found = rows.measure(postgresql_server, name, rows=50, at_once=4)
    assert found.calls == 50
    assert found.seconds > 0
    assert found.cpu_seconds > 0


# The C programs


@pytest.mark.parametrize("name", ["load", "limit"])
def test_program_builds_without_a_warning(name: str, tmp_path: Path) -> None:
    assert compile_program(name, tmp_path, "-Werror").exists()


def _served(command: list[str], kind: Kind, folder: Path) -> ServerProcess:
    path = ["--path", str(folder / "echo.sock")]
    where = ["--port", "0"] if kind in ("tcp", "udp") else path
    return ServerProcess([*command, *where, *(["--udp"] if kind in ("udp", "unixgram") else [])])


def _target(server: ServerProcess, kind: Kind) -> list[str]:
    where = ["--port", server.address.rpartition(":")[2]] if kind in ("tcp", "udp") else ["--path", server.address]
    return [*where, *(["--udp"] if kind in ("udp", "unixgram") else [])]


@pytest.mark.parametrize(
    ("strategy", "kind", "arguments"),
    [
        ("inline", "tcp", ["--mode", "connect", "--clients", "4"]),
        ("inline", "udp", ["--clients", "4"]),
        ("inline", "unixgram", ["--clients", "4"]),
        ("threads", "tcp", ["--clients", "4"]),
        ("threads", "unix", ["--mode", "connect", "--clients", "4"]),
        ("multiplexed", "tcp", ["--mode", "connect", "--clients", "4", "--idle", "20"]),
        ("multiplexed", "unix", ["--clients", "4", "--idle", "20"]),
        ("multiplexed", "tcp", ["--mode", "bulk", "--size", "1000000", "--requests", "3"]),
    ],
)
def test_our_echo_answers_every_request(strategy: str, kind: Kind, arguments: list[str], tmp_path: Path) -> None:
    with _served([sys.executable, "benchmarks/echo.py", strategy], kind, tmp_path) as server:
        sample = measure(server, [*_target(server, kind), "--requests", "100", *arguments])
        server.stop()
    assert sample.errors == sample.wrong == sample.lost == sample.timeouts == 0
    assert sample.requests >= (3 if "bulk" in arguments else 100)
    assert sample.bytes == sample.requests * (1_000_000 if "bulk" in arguments else 64)
    assert 0 < sample.p50_us <= sample.p90_us <= sample.p99_us <= sample.max_us * 1.02
    assert sample.server_cpu_seconds > 0
    assert sample.server_memory > 1024**2


@pytest.mark.parametrize("framing", ["lines", "prefixed"])
@pytest.mark.parametrize("server", ["messages", "coroutine", "protocol", "streams"])
@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_echo_of_messages_answers_every_request(framing: str, server: str, kind: Kind, tmp_path: Path) -> None:
    commands = {
        "messages": ["benchmarks/echo.py", "multiplexed", "--messages"],
        "coroutine": ["benchmarks/echo.py", "multiplexed"],
        "protocol": ["-m", "benchmarks.peers.asyncio_protocol", "asyncio"],
        "streams": ["-m", "benchmarks.peers.asyncio_streams", "asyncio"],
    }
    with _served([sys.executable, *commands[server], "--framing", framing], kind, tmp_path) as process:
        load = [*_target(process, kind), "--framing", framing, "--size", "1024", "--clients", "4", "--idle", "2"]
        sample = measure(process, [*load, "--requests", "50"])
        process.stop()
    assert (sample.errors, sample.wrong, sample.bytes) == (0, 0, sample.requests * 1024)


@pytest.mark.parametrize("subject", list(dead_upstream.SUBJECTS)[1:])
def test_forwarder_with_a_dead_upstream_answers_for_its_own_zone(subject: str) -> None:
    took, lost = dead_upstream.measure(subject, 100, 0.2)
    assert took
    assert not lost


@pytest.mark.parametrize("kind", ["tcp", "unix", "udp", "unixgram"])
def test_limit_answers_every_request(kind: Kind, tmp_path: Path) -> None:
    with _served([str(compile_program("limit"))], kind, tmp_path) as server:
        sample = measure(server, [*_target(server, kind), "--requests", "1000", "--clients", "8"])
        server.stop()
    assert (sample.errors, sample.requests >= 1000) == (0, True)


@contextmanager
def _answering(answer: bytes) -> Generator[int, None, None]:
    """Serve one connection after the other, with the same answer to every request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                with connection:
                    while connection.recv(65536):
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _load(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([compile_program("load"), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("answer", [b"x" * 64, b"x" * 65])
def test_wrong_echo_is_an_error(answer: bytes) -> None:
    with _answering(answer) as port:
        done = _load("--port", str(port), "--mode", "connect", "--seconds", "0.05")
    account = json.loads(done.stdout)
    assert done.returncode == 1
    assert account["requests"] == 0
    assert account["wrong"] > 0
    assert account["errors"] >= account["wrong"]


def test_wrong_echo_ends_a_run_of_persistent_connections_before_it_begins() -> None:
    with _answering(b"x" * 64) as port, pytest.raises(ProcessError, match="does an echo server listen there"):
        Load(["--port", str(port)])


def test_missing_listener_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = _load("--port", str(port))
    assert (done.returncode, "no answer" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments", [[], ["--port", "1", "--path", "p"], ["--port", "x"], ["--port", "1", "--mode", "m"]]
)
def test_wrong_command_line_is_reported(arguments: list[str]) -> None:
    done = _load(*arguments)
    assert (done.returncode, bool(done.stderr)) == (2, True)


# Processes


def test_cpu_time_of_ended_threads_and_reaped_children_is_counted() -> None:
    before = cpu_seconds_of(os.getpid())
    burn = "import time\nwhile time.process_time() < 0.1: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert cpu_seconds_of(os.getpid()) - before >= 0.09
    # The kernel counts in ticks.
    assert cpu_seconds_of(os.getpid()) >= time.process_time()
    assert memory_of(os.getpid()) > 1024**2


def test_output_of_a_server_that_does_not_start_is_reported() -> None:
    with pytest.raises(ProcessError, match="no such luck"):
        ServerProcess([sys.executable, "-c", "import sys; sys.exit('no such luck')"])


def test_failing_stop_is_reported() -> None:
    script = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit('fell over')); "
    script += "print('listening on it', flush=True); signal.pause()"
    with (
        ServerProcess([sys.executable, "-c", script]) as server,
        pytest.raises(ProcessError, match=r"(?s)status 1.*fell over"),
    ):
        server.stop()


# Meeting


@pytest.mark.parametrize("workload", meeting.WORKLOADS)
def test_libraries_take_the_same_steps_of_meeting(workload: str) -> None:
    names = ["asyncio", "Multiplexed", "Asyncio()"]
    costs = meeting.compare(meeting.WORKLOADS[workload], rounds=1, steps=200, names=names)
    assert list(costs) == names
    assert all(cost is not None and cost > 0 for found in costs.values() for cost in found)


# Arithmetic


def test_spread_is_the_median_with_the_quartiles() -> None:
    found = spread([3.0, 1.0, 2.0, 10.0, 4.0])
    assert found is not None
    assert (found.median, found.low, found.high, found.rounds) == (3.0, 2.0, 4.0, 5)
    assert str(found) == "3.00 (2.00-4.00)"
    assert str(spread([2.0])) == "2.00 (2.00-2.00)"
    assert spread([]) is None


def test_ratios_are_of_the_same_round() -> None:
    # A machine twice as slow in the second round: the ratio is the same in both.
    found = ratios([10.0, 20.0, None, 30.0, 5.0], [5.0, 10.0, 1.0, None, 0.0])
    assert found is not None
    assert (found.median, found.low, found.high, found.rounds) == (2.0, 2.0, 2.0, 2)
    assert ratios([None], [1.0]) is None


def _sample(
    *, requests: int = 1000, cpu: float = 0.01, p50: float = 100.0, memory: int = 10 * 1024**2, load: float = 0.5
) -> Sample:
    return Sample(
        requests=requests,
        seconds=1.0,
        requests_per_s=float(requests),
        bytes=requests * 64,
        p50_us=p50,
        p90_us=p50,
        p99_us=p50,
        max_us=p50,
        longest_gap_us=p50,
        errors=0,
        wrong=0,
        lost=0,
        timeouts=0,
        cpu_seconds=load,
        server_cpu_seconds=cpu,
        server_memory=memory,
    )


def _results() -> Results:
    results = Results({"system": "a machine"})
    for cpu in (0.010, 0.020, 0.012):
        results.add("Multiplexed", "tcp-64", _sample(cpu=cpu))
        results.add("uvloop streams", "tcp-64", _sample(cpu=cpu * 1.25, load=0.99))
    results.add("Multiplexed", "idle", _sample(), 0)
    results.add("Multiplexed", "idle", _sample(p50=150.0, memory=10 * 1024**2 + 4000 * 1024), 4000)
    results.shutdowns["Inline"] = [0.001, 0.006, 0.007]
    return results


def _verdict(ours: str, workload: str, reference: str | None, figure: str) -> tuple[object, ...]:
    for verdict in judge(_results()):
        target = verdict.target
        if (target.ours, target.workload, target.reference, target.figure) == (ours, workload, reference, figure):
            return (verdict.measured and round(verdict.measured.median, 3), verdict.met, verdict.aim_met)
    raise AssertionError("no such target")


def test_targets_are_held_against_results() -> None:
    assert _verdict("Multiplexed", "tcp-64", "uvloop streams", "cpu") == (1.25, True, False)
    assert _verdict("Multiplexed", "tcp-64", "uvloop protocol", "cpu") == (None, None, None)
    assert _verdict("Multiplexed", "idle", None, "memory_per_idle") == (1.0, True, True)
    assert _verdict("Multiplexed", "idle", None, "p50_beside_idle") == (1.5, False, False)
    assert _verdict("Inline", "shutdown", None, "shutdown") == (6.0, False, False)


def test_target_is_compared_by_the_digits_that_are_printed() -> None:
    target = Target("compat sync", "connect-16", "stdlib sync", 1.0, 1.1)
    assert [target.reached(value, target.least) for value in (1.0, 0.996, 0.994)] == [True, True, False]
    assert target.reached(1.0, None) is None


def test_results_survive_their_file(tmp_path: Path) -> None:
    results = _results()
    results.add("gevent", "tcp-64", None)
    results.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == results


def test_report_has_ratios_targets_and_workloads_limited_by_the_generator() -> None:
    results = _results()
    text = "\n".join(report(results, judge(results)))
    assert "1.25 (1.25-1.25)" in text
    assert "1,000*" in text
    assert "the load generator was the limit" in text
    assert "NOT MET" in text


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.ours}-{target.workload}-{target.figure}")
def test_target_names_subjects_that_serve_its_workload(target: Target) -> None:
    for name in (target.ours, target.reference):
        if name is None:
            continue
        subject = subject_named(name)
        if target.workload == "shutdown":
            assert subject.shutdown
        else:
            assert subject.serves(workload_named(target.workload))


def test_rounds_follow_one_another_and_hold_only_what_was_asked_for() -> None:
    pairs = needed()
    heats = plan(SUBJECTS, WORKLOADS, 2, idle_rounds=1, wanted=lambda subject, workload: (subject, workload) in pairs)
    planned = [(heat.round, heat.workload.name, subject.name) for heat in heats for subject in heat.subjects]
    assert planned == sorted(planned, key=lambda cell: cell[0])
    assert len(set(planned)) == len(planned)
    assert {(subject, workload) for _round, workload, subject in planned} == {
        pair for pair in pairs if pair[1] != "shutdown"
    }
    assert not [cell for cell in planned if cell[:2] == (2, "idle")]


def test_subjects_at_a_workload_take_turns_and_only_a_failing_one_is_reported() -> None:
    results = Results()
    progress_output = io.StringIO()
    subjects = (
        subject_named("Inline"),
        dataclasses.replace(subject_named("Threads"), command=(sys.executable, "-c", "raise SystemExit('no start')")),
        subject_named("stdlib sync"),
    )
    heats = [Heat(number, workload_named("unix-connect-16"), subjects) for number in (1, 2)]
    run(heats, 0.15, results, Progress(6, progress_output))
    for name in ("Inline", "stdlib sync"):
        first, second = results.samples[name, "unix-connect-16", 0]
        assert first is not None
        assert second is not None
        # Three turns of a twentieth of a second; the last requests of each end after it.
        assert 0.15 <= first.seconds < 1
        assert len(results.stops[name]) == 2
    assert results.samples["Threads", "unix-connect-16", 0] == [None]
    assert results.failures == ["Threads at unix-connect-16: no start"]
    assert "no start" in progress_output.getvalue()


@pytest.mark.parametrize(("kind", "arguments"), [("tcp", []), ("unix", ["--mode", "connect"]), ("udp", [])])
def test_load_reports_all_its_runs(kind: Kind, arguments: list[str], tmp_path: Path) -> None:
    with _served([str(compile_program("limit"))], kind, tmp_path) as server:
        with Load([*_target(server, kind), "--requests", "100", "--clients", "2", *arguments]) as load:
            accounts = [load.go() for _ in range(3)]
        server.stop()
    assert [account["errors"] for account in accounts] == [0, 0, 0]
    for number, account in enumerate(accounts, 1):
        # A client may have one more under way when the last one is counted.
        assert 100 * number <= account["requests"] <= 101 * number
        assert account["bytes"] == 64 * account["requests"]
    assert accounts[0]["seconds"] < accounts[1]["seconds"] < accounts[2]["seconds"]


def test_server_of_one_connection_is_not_asked_for_two() -> None:
    inline = subject_named("Inline")
    raw = [workload for workload in WORKLOADS if workload.framing is None]
    assert [workload.name for workload in raw if not inline.serves(workload)] == [
        "tcp-16",
        "tcp-64",
        "unix-64",
        "idle",
    ]


# TLS


def test_observers_are_compared_with_one_that_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    costs = observers.compare(observers.OBSERVERS, processes=1, rounds=1, exchanges=observers.AT_ONCE)
    assert all(cost > 0 for each in costs.values() for cost in each)
    observers.show(costs)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == list(observers.OBSERVERS)


def test_tls_is_compared_with_what_it_would_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    little = tls.Workload("µs an exchange", 2, 3, 1000, 6, 1e6, 0)
    monkeypatch.setattr(tls, "WORKLOADS", {"little": little})
    cores = os.sched_getaffinity(0)
    names = ["asyncio streams", "ThreadingHTTPServer", "Multiplexed", "Threads, from_stdlib"]
    try:
        costs = tls.compare(names, 1)
    finally:
        os.sched_setaffinity(0, cores)
    assert all(cost > 0 for each in costs["little"].values() for cost in each)
    table = tls.rows(costs, names)
    assert len(table) == 2 + len(names)
    assert "| little | Multiplexed | " in table[4]
    assert "ThreadingHTTPServer" in table[4]


# Files


@pytest.mark.parametrize("family", ["TCP", "Unix"])
def test_files_arrive_whole_in_each_way(family: str) -> None:
    cores = os.sched_getaffinity(0)
    try:
        costs = files.compare(family, 1, files.PAIRS, 1_000_000, 1)
    finally:
        os.sched_setaffinity(0, cores)
    assert all(0 <= cost < 100 for each in costs.values() for cost in each)


# The proxy


def test_proxies_pass_on_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(proxy.WORKLOADS, "little", (2, 4096, 1))
    cores = os.sched_getaffinity(0)
    try:
        costs = proxy.compare("little", ["asyncio streams", "Multiplexed"], 1)
    finally:
        os.sched_setaffinity(0, cores)
    assert all(0 < cost < 1000 for each in costs.values() for cost in each)


def test_compiled_codecs_are_compared_with_xdrlib_at_the_same_values(capsys: pytest.CaptureFixture[str]) -> None:
    xdr.main(["--entries", "2", "--rounds", "2"])
    assert "| xdrlib, by hand |" in capsys.readouterr().out
