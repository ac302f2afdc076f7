"""What surrounds a process is asked, not assumed: ignored and blocked signals, pid 1, streams, folders."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.launched import RUN, is_served, launched, said, taking_a_while, wait_for
from tests.running import PATIENCE

from typedserver import TCP, LifecycleError, Server
from typedserver.hot_restart import HotRestart
from typedserver.service.successor import Successor

IGNORED = "for number in (signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)"

PLAIN = "server = served(Threads())"

KINDS = {
    "Inline": "server = served(Inline())",
    "Threads": PLAIN,
    "Multiplexed": "server = served(Multiplexed())",
    "Forks": "server = served(Forks())",
    "Prefork": "server = Prefork(served(Threads()), 2)",
    "Group": "server = Group([served(Threads())])",
}


def serve_nothing(_request: object, _client_address: object, _server: object) -> None:
    """Serve no one."""


def send_to_all(process: "subprocess.Popen[str]", *numbers: signal.Signals) -> None:
    """Send signals to the process group, as a terminal does."""
    for number in numbers:
        os.killpg(process.pid, number)
    # For what must not happen, there is nothing to wait for.
    time.sleep(0.2)


# Signals that are ignored at the start


@pytest.mark.parametrize("kind", KINDS)
def test_program_in_the_background_serves_on_after_ctrl_c_and_hangup(kind: str, tmp_path: Path) -> None:
    with launched(tmp_path, KINDS[kind], setup=IGNORED, run=RUN) as process:
        send_to_all(process, signal.SIGINT, signal.SIGHUP)
        assert process.poll() is None
        assert is_served(tmp_path / "s")
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_command_line_in_the_background_of_a_script_serves_on_after_ctrl_c(tmp_path: Path) -> None:
    # The launcher becomes the shell, which starts the program anew as its background job.
    shell = f"os.execvp('sh', ['sh', '-c', '\"$0\" -m typedserver app:server & wait', {sys.executable!r}])"
    with launched(tmp_path, PLAIN, setup=shell) as process:
        pid = int(said(tmp_path / "s", b"pid"))
        assert pid != process.pid
        os.kill(pid, signal.SIGINT)
        time.sleep(0.2)
        assert is_served(tmp_path / "s")
        os.kill(pid, signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(("setup", "remedy"), [(IGNORED, "SIGTERM"), ("", "Ctrl-C")], ids=["ignored", "handled"])
def test_command_line_names_the_signal_that_ends_it(setup: str, remedy: str, tmp_path: Path) -> None:
    with launched(tmp_path, PLAIN, setup=setup, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert [process.stdout.readline(), process.stdout.readline()][1] == f"{remedy} ends it.\n"
        with taking_a_while(tmp_path):
            process.terminate()
            assert process.stdout.readline() == f"waiting for requests to end; {remedy} cuts them\n"
        assert process.wait(PATIENCE) == 0


def test_new_process_of_a_hot_restart_ignores_what_the_old_one_ignored(tmp_path: Path) -> None:
    with launched(tmp_path, PLAIN, setup=IGNORED) as process:
        process.send_signal(signal.SIGUSR2)
        assert process.wait(PATIENCE) == 0
        new = int(said(tmp_path / "s", b"pid"))
        for number in (signal.SIGINT, signal.SIGHUP):
            os.kill(new, number)
        time.sleep(0.2)
        assert int(said(tmp_path / "s", b"pid")) == new


# Signals that are blocked at the start

BLOCKED = "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())"


@pytest.mark.parametrize("kind", ["Threads", "Prefork"])
@pytest.mark.parametrize("run", ["cli", RUN], ids=["cli", "run"])
def test_order_to_end_arrives_where_the_launcher_has_blocked_it(run: str, kind: str, tmp_path: Path) -> None:
    with launched(tmp_path, KINDS[kind], setup=BLOCKED, run=run) as process:
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_end_of_a_new_version_is_heard_where_the_launcher_has_blocked_its_signal() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))
    try:
        successor = Successor([sys.executable, "-c", "raise SystemExit(3)"], (), ".", os.environ)
        assert successor.poll(PATIENCE) == 3
        successor.let_go()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# Signals in the last milliseconds

# Everything that comes after run(): the program's own lines, its atexit functions, and the end of its modules.
LAST = """
def send_all(kill=os.kill, pid=os.getpid(), numbers=(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)):
    for number in numbers:
        kill(pid, number)

class Last:
    def __del__(self, send_all=send_all):
        send_all()

atexit.register(send_all)
last = Last()
server = served(Threads())
"""

RUN_AND_LAST = "import sys; import app; status = app.server.run(); app.send_all(); sys.exit(status)"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
@pytest.mark.parametrize("run", ["cli", RUN_AND_LAST], ids=["cli", "run"])
def test_signals_in_the_last_milliseconds_do_not_change_the_exit_status(
    run: str, number: signal.Signals, tmp_path: Path
) -> None:
    with launched(tmp_path, LAST, run=run, stderr=subprocess.PIPE) as process:
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_signals_in_the_last_milliseconds_of_a_hot_restart_do_not_change_the_exit_status(tmp_path: Path) -> None:
    server = LAST.replace("signal.SIGHUP)", "signal.SIGHUP, signal.SIGUSR2)")
    with launched(tmp_path, server) as process:
        process.send_signal(signal.SIGUSR2)
        assert process.wait(PATIENCE) == 0
        assert is_served(tmp_path / "s")


SOON = "import app, typedserver.process.signals as signals; signals._AFTERMATH = 0.0; app.server.run(); {after}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_signal_means_what_it_did_before_if_the_program_goes_on(number: signal.Signals, tmp_path: Path) -> None:
    run = SOON.format(after=f"app.os.kill(app.os.getpid(), {int(number)}); app.time.sleep(60)")
    with launched(tmp_path, PLAIN, run=run, stderr=subprocess.DEVNULL) as process:
        process.terminate()
        assert process.wait(PATIENCE) == -number


def test_signal_means_what_it_did_before_if_no_signal_has_ended_the_server(tmp_path: Path) -> None:
    run = "import app; app.Thread(target=app.end).start(); app.server.run(); app.os.kill(app.os.getpid(), 15)"
    server = """
from threading import Thread
def end():
    while not os.path.exists("asked"):
        time.sleep(0.01)
    server.request_drain()
server = served(Threads())
"""
    with launched(tmp_path, server, run=run) as process:
        (tmp_path / "asked").touch()
        assert process.wait(PATIENCE) == -signal.SIGTERM


# pid 1


UNSHARE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", ["Threads", "Prefork"])
def test_first_process_of_a_container_refuses_a_hot_restart_and_serves_on(kind: str, tmp_path: Path) -> None:
    if not may_unshare():
        pytest.skip("a pid namespace needs root")
    inside = [*UNSHARE, sys.executable, "-m", "typedserver", "app:server"]
    log = tmp_path / "log"
    with (
        log.open("w") as stderr,
        launched(tmp_path, KINDS[kind], setup=f"os.execvp('unshare', {inside!r})", stderr=stderr) as process,
    ):
        if kind != "Prefork":
            assert said(tmp_path / "s", b"pid") == b"1"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        first = int(children.read_text())
        os.kill(first, signal.SIGUSR2)
        wait_for(lambda: "hot restart refused: this process is pid 1" in log.read_text())
        assert is_served(tmp_path / "s")
        os.kill(first, signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_hot_restart_of_the_first_process_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 1)
    remedy = pytest.raises(LifecycleError, match=r"pid 1.*replace the whole container instead")
    with Server(TCP(port=0), serve_nothing) as server, remedy:
        HotRestart(server).restart()


# Streams

STREAMS = {
    "full": "fd = os.open('/dev/full', os.O_WRONLY); os.dup2(fd, 1)",
    "full, stderr too": "fd = os.open('/dev/full', os.O_WRONLY); os.dup2(fd, 1); os.dup2(fd, 2)",
    "without a reader": "reads, writes = os.pipe(); os.close(reads); os.dup2(writes, 1)",
    "a pipe that nobody empties": """
reads, writes = os.pipe()
os.set_inheritable(reads, True)
os.set_blocking(writes, False)
try:
    while True: os.write(writes, bytes(4096))
except BlockingIOError: os.set_blocking(writes, True)
os.dup2(writes, 1)""",
    "closed": "os.close(1)",
    "closed, stderr too": "os.close(1); os.close(2)",
}


@pytest.mark.parametrize("stream", STREAMS)
def test_command_line_whose_output_is(stream: str, tmp_path: Path) -> None:
    """Serves and drains all the same, with the same exit status."""
    with launched(tmp_path, PLAIN, setup=STREAMS[stream]) as process:
        # Longer than until it shows that it waits.
        with taking_a_while(tmp_path):
            process.terminate()
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("variables", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}], ids=str)
def test_command_line_shows_a_name_that_its_output_cannot_spell(variables: dict[str, str], tmp_path: Path) -> None:
    server = "server = served(Threads(), UnixStream(os.fsdecode(b'gru\\xc3\\x9f')))"
    environment = {**variables, "PYTHONCOERCECLOCALE": "0"}
    with launched(
        tmp_path, server, path="gru\xdf", environment=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        assert "listening on gru" in process.stdout.readline()


# The working directory


def test_command_line_serves_from_a_directory_that_was_removed(tmp_path: Path) -> None:
    setup = "os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')"
    server = f"server = served(Threads(), UnixStream({str(tmp_path / 's')!r}))"
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {"PYTHONPATH": path, "PWD": str(tmp_path / "gone")}
    with launched(tmp_path, server, setup=setup, environment=environment) as process:
        process.send_signal(signal.SIGUSR2)
        assert process.wait(PATIENCE) == 0
        assert is_served(tmp_path / "s")
