"""A successor: what it inherits, how we learn of its end, and that it is no child of ours."""

import contextlib
import os
import signal
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import PATIENCE
from typedserver.service.successor import Successor
from typedserver.sockets.waiting import wait_until_ready

WAIT = "import signal\nsignal.pause()"


@contextmanager
def started(
    code: str, *, passed: Sequence[int] = (), environment: Mapping[str, str] | None = None
) -> Generator[Successor, None, None]:
    successor = Successor([sys.executable, "-c", code], passed, "/", {**os.environ, **(environment or {})})
    try:
        yield successor
    finally:
        successor.end()


@pytest.mark.parametrize(
    ("code", "status"),
    [("pass", 0), ("raise SystemExit(7)", 7), ("import os\nos.kill(os.getpid(), 9)", -9)],
)
def test_end_of_a_successor_is_known_and_stays_so(code: str, status: int) -> None:
    with started(code) as successor:
        assert successor.poll(PATIENCE) == status
        assert successor.poll() == status
        successor.end()
        successor.let_go()


def test_successor_that_lives_has_no_status() -> None:
    with started(WAIT) as successor:
        assert successor.poll() is None
        assert successor.poll(0.05) is None
        os.kill(successor.pid, signal.SIGUSR1)
        assert successor.poll(PATIENCE) == -signal.SIGUSR1


def test_successor_is_asked_to_end_and_then_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("typedserver.service.successor._END_TIMEOUT", 0.1)
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    code = f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen({str(ready)!r}, 'w').close()\nsignal.pause()"
    with started(f"import signal\n{code}") as successor:
        ready.read_text()
        successor.end()
        with pytest.raises(ProcessLookupError):
            os.kill(successor.pid, 0)


def test_successor_that_is_let_go_is_an_orphan_and_goes_on(tmp_path: Path) -> None:
    gate, parent_pid = tmp_path / "gate", tmp_path / "parent_pid"
    os.mkfifo(gate)
    os.mkfifo(parent_pid)
    code = f"open({str(gate)!r}).read()\nopen({str(parent_pid)!r}, 'w').write(str(os.getppid()))"
    with started(f"import os, signal\n{code}\nsignal.pause()") as successor:
        starter = successor._starter.pid  # pyright: ignore[reportPrivateUsage]
        successor.let_go()
        gate.write_text("go on")
        parent = int(parent_pid.read_text())
        assert parent not in (starter, os.getpid())
        os.kill(successor.pid, signal.SIGKILL)


def test_successor_is_let_go_though_a_forked_child_holds_a_copy_of_all() -> None:
    with started(WAIT) as successor:
        copy_of_it = os.dup(successor._channel.fileno())  # pyright: ignore[reportPrivateUsage]
        try:
            successor.let_go()
            os.kill(successor.pid, signal.SIGKILL)
        finally:
            os.close(copy_of_it)


def test_successor_has_its_pid_in_the_variables_that_want_it() -> None:
    code = (
        "import os\nown = str(os.getpid())\n"
        "raise SystemExit([os.environ.get(n) == own for n in ('LISTEN_PID', 'WATCHDOG_PID')] != [True, False])"
    )
    with started(code, environment={"LISTEN_PID": ""}) as successor:
        assert successor.poll(PATIENCE) == 0


def test_successor_has_what_is_passed_in_this_order_and_no_other_descriptor(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context((tmp_path / name).open("w")) for name in "abcdef"]
        os.set_inheritable(files[0].fileno(), True)
        code = (
            "import os\n"
            "names = [os.path.basename(os.readlink(f'/proc/self/fd/{fd}')) for fd in range(3, 8)]\n"
            "left = sorted(int(fd) for fd in os.listdir('/proc/self/fd'))\n"
            # The last one reads the folder.
            "assert (names, left) == (list('fedcb'), list(range(9))), (names, left)\n"
        )
        with started(code, passed=[file.fileno() for file in reversed(files[1:])]) as successor:
            assert successor.poll(PATIENCE) == 0


def test_successor_has_the_signals_of_any_program() -> None:
    code = (
        "import signal\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        "assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL\n"
        "assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == set()\n"
    )
    with started(code) as successor:
        assert successor.poll(PATIENCE) == 0


def test_program_that_is_none_has_pythons_ignored_signals_back(tmp_path: Path) -> None:
    # Only SIGPIPE and SIGXFSZ: this process has inherited any other ignored signal from its parent.
    look = 'test $(( 0x$(sed -n "s/^SigIgn:[[:space:]]*//p" /proc/self/status) & 0x1001000 )) -eq 0'
    successor = Successor(["sh", "-c", look], [], "/", os.environ)
    assert successor.poll(PATIENCE) == 0
    successor.let_go()


def test_command_that_cannot_be_run_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    successor = Successor(["/no/such/program"], [], "/", os.environ)
    assert successor.poll(PATIENCE) == 127
    successor.let_go()
    assert "'/no/such/program' cannot be run: [Errno 2] No such file" in capfd.readouterr().err


def test_folder_that_does_not_exist_is_reported() -> None:
    with pytest.raises(FileNotFoundError, match="/no/such/folder"):
        Successor(["true"], [], "/no/such/folder", os.environ)


def test_starter_that_is_killed_says_nothing_more() -> None:
    with started(WAIT) as successor:
        os.kill(successor._starter.pid, signal.SIGKILL)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(ChildProcessError, match="killed"):
            successor.poll(PATIENCE)
        os.kill(successor.pid, signal.SIGKILL)


@pytest.mark.parametrize("stubborn", [False, True])
def test_successor_is_ended_though_its_starter_was_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stubborn: bool
) -> None:
    monkeypatch.setattr("typedserver.service.successor._END_TIMEOUT", 0.1 if stubborn else PATIENCE)
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else ""
    with started(f"import signal\n{ignore}\nopen({str(ready)!r}, 'w').close()\nsignal.pause()") as successor:
        ready.read_text()
        os.kill(successor._starter.pid, signal.SIGKILL)  # pyright: ignore[reportPrivateUsage]
        pidfd = os.pidfd_open(successor.pid)
        successor.end()
        assert wait_until_ready(pidfd, readable=True, timeout=PATIENCE)
        os.close(pidfd)


def test_starter_that_cannot_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typedserver.service.successor._STARTER", "raise SystemExit(1)")
    with pytest.raises(ChildProcessError, match="has failed"):
        Successor(["true"], [], "/", os.environ)
