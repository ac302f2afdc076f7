"""The pid file, and the user that the program becomes: real processes, as root and as others."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli import HANDLERS, program, ran, refusal, refusal_apart
from tests.launched import wait_for
from tests.running import PATIENCE, ask, connect
from tests.tls import client_context
from tests.tls_files import files

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user; others are refused below")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    return tmp_path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter; those of pytest are one user's, and shared by tests."""
    with tempfile.TemporaryDirectory(prefix="typedserver") as made:
        Path(made).chmod(0o755)
        (Path(made) / "app.py").write_text(HANDLERS)
        yield Path(made)


@pytest.fixture
def nobodys(open_folder: Path) -> Path:
    """A folder of the user nobody's."""
    own = open_folder / "own"
    own.mkdir()
    shutil.chown(own, "nobody")
    return own


# The pid file


def test_pid_file_names_the_process_while_it_serves(folder: Path) -> None:
    with program(folder, "app:server", "--pid-file", "server.pid") as served:
        served.port()
        assert (folder / "server.pid").read_text() == f"{served.process.pid}\n"
        assert served.end() == ""
    assert not (folder / "server.pid").exists()


def test_pid_file_of_a_process_that_serves_is_left_alone(folder: Path) -> None:
    with program(folder, "app:server", "--pid-file", "server.pid") as served:
        served.port()
        said = refusal(folder, "app:server", "--pid-file", "server.pid")
        assert f"--pid-file server.pid: process {served.process.pid} has written it and runs: stop that" in said
        assert (folder / "server.pid").read_text() == f"{served.process.pid}\n"
        assert served.end() == ""


def test_pid_file_of_a_number_that_is_another_process_by_now_is_written_anew(folder: Path) -> None:
    path = folder / "server.pid"
    # This process has begun after that file was written, so it has not written it.
    path.write_text(f"{os.getpid()}\n")
    os.utime(path, (1, 1))
    with program(folder, "app:server", "--pid-file", "server.pid") as served:
        served.port()
        assert path.read_text() == f"{served.process.pid}\n"
        assert served.end() == ""


@pytest.mark.parametrize("text", ["", "no number\n", "999999999999999999999\n", "-1\n"])
def test_pid_file_that_names_no_process_is_written_anew(text: str, folder: Path) -> None:
    (folder / "server.pid").write_text(text)
    assert ran(folder, "--check", "app:server", "--pid-file", "server.pid").returncode == 0


def test_pid_file_that_cannot_be_written_is_refused_before_anything_is_bound(folder: Path) -> None:
    assert "there is no folder" in refusal(folder, "app:server", "--pid-file", "none/server.pid")
    assert "that is no plain file: choose another path" in refusal(folder, "app:server", "--pid-file", ".")


def test_pid_file_is_no_other_name_of_a_file(folder: Path) -> None:
    (folder / "precious").write_text("precious")
    os.link(folder / "precious", folder / "server.pid")
    assert "that is no plain file of one name" in refusal(folder, "app:server", "--pid-file", "server.pid")
    assert (folder / "precious").read_text() == "precious"


def test_pid_file_is_the_new_processs_after_a_hot_restart(folder: Path) -> None:
    arguments = ["app:upper", "--listen", "unix:s", "--pid-file", "server.pid"]
    with program(folder, *arguments) as served:
        served.line()
        old = served.process.pid
        served.process.send_signal(signal.SIGUSR2)
        wait_for(lambda: (folder / "server.pid").read_text() not in ("", f"{old}\n"))
        new = int((folder / "server.pid").read_text())
        assert served.process.wait(PATIENCE) == 0
        assert int((folder / "server.pid").read_text()) == new
        assert ask(str(folder / "s"), b"hello\n") == b"HELLO\n"
        os.kill(new, signal.SIGTERM)
        wait_for(lambda: not (folder / "server.pid").exists())


# Another user


def identity_of(pid: int) -> dict[str, list[int]]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {
        name: [int(each) for each in numbers.split()]
        for name, _, numbers in (line.partition(":") for line in lines)
        if name in ("Uid", "Gid", "Groups")
    }


@as_root
@pytest.mark.parametrize("processes", [[], ["--processes", "2"]], ids=["one", "two"])
def test_user_is_another_once_all_is_bound(processes: list[str], open_folder: Path, nobodys: Path) -> None:
    path, pid_file = nobodys / "s", nobodys / "pid"
    arguments = ["--user", "nobody", "--pid-file", str(pid_file), "--give-up", "restart", *processes]
    # A port that only root may bind, if any is.
    with program(open_folder, "app:upper", "--listen", f"unix:{path}?mode=660", *arguments) as served:
        served.line()
        assert served.line() == "Ctrl-C ends it."
        nobody = nobodys.stat().st_uid
        pids = [served.process.pid, *children_of(served.process.pid)]
        assert len(pids) == (3 if processes else 1)
        for pid in pids:
            numbers = identity_of(pid)
            assert numbers["Uid"] == [nobody] * 4
            assert 0 not in numbers["Gid"] + numbers["Groups"]
        assert (path.stat().st_uid, stat.S_IMODE(path.stat().st_mode)) == (nobody, 0o660)
        assert ask(str(path), b"hello\n") == b"HELLO\n"
        assert served.end() == ""
    assert list(nobodys.iterdir()) == []


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@as_root
def test_user_is_refused_what_it_could_not_do_later(open_folder: Path, nobodys: Path) -> None:
    files(open_folder)
    (open_folder / "key").chmod(0o600)
    tls = ["--tls-certificate", "certificate", "--tls-key", "key"]
    said = refusal_apart(
        open_folder, "app:upper", "--listen", "unix:s", *tls, "--user", "nobody", "--give-up", "restart"
    )
    assert said.startswith("typedserver: --user nobody: that user cannot read key, so a renewed certificate could not")
    assert "that user cannot remove s, because" in said
    assert said.endswith("Or do without: --give-up reload --give-up unlink")
    # Nothing was bound.
    assert not (open_folder / "s").exists()
    assert list(nobodys.iterdir()) == []


@as_root
def test_user_serves_with_a_key_that_root_alone_reads_if_reloads_are_given_up(open_folder: Path, nobodys: Path) -> None:
    files(open_folder)
    (open_folder / "key").chmod(0o600)
    tls = ["--tls-certificate", "certificate", "--tls-key", "key"]
    give_up = ["--give-up", "reload", "--give-up", "restart"]
    with program(
        open_folder, "app:upper", "--listen", f"unix:{nobodys / 's'}", *tls, "--user", "nobody", *give_up
    ) as served:
        served.line()
        served.process.send_signal(signal.SIGHUP)
        assert served.process.stderr is not None
        assert "could not reload, and goes on as it was" in served.process.stderr.readline()
        with connect(str(nobodys / "s")) as plain, client_context().wrap_socket(plain) as client:
            client.sendall(b"hello\n")
            assert client.recv(100) == b"HELLO\n"
        assert "ermission denied" in served.end()


@as_root
def test_user_cannot_restart_hot_if_that_was_given_up(open_folder: Path, nobodys: Path) -> None:
    arguments = ["--listen", f"unix:{nobodys / 's'}", "--user", "nobody", "--give-up", "restart"]
    with program(open_folder, "app:upper", *arguments) as served:
        served.line()
        served.process.send_signal(signal.SIGUSR2)
        assert served.process.stderr is not None
        refused = "hot restart refused: it was given up (--give-up restart)\n"
        assert served.process.stderr.readline() == refused
        assert served.end() == ""


def interpreter_of_everybody() -> str | None:
    """Return an interpreter that the user nobody may run, and that is new enough."""
    for each in dict.fromkeys((sys.executable, shutil.which("python3", path="/usr/bin:/usr/local/bin"))):
        question = [each or "", "-c", "import sys, socket; sys.exit(sys.version_info < (3, 11))"]
        try:
            if each and subprocess.run(question, user="nobody", check=False, cwd="/", stderr=-3).returncode == 0:
                return each
        except OSError:
            continue
    return None


@as_root
def test_user_restarts_hot_with_its_pid_file_and_its_socket(open_folder: Path, nobodys: Path) -> None:
    python = interpreter_of_everybody()
    if python is None:
        pytest.skip("the user nobody may run no interpreter here")
    import typing_extensions

    import typedserver

    paths = [str(Path(typedserver.__file__).parents[1]), str(Path(typing_extensions.__file__).parent)]
    arguments = [
        "app:upper",
        "--listen",
        f"unix:{nobodys / 's'}",
        "--user",
        "nobody",
        "--pid-file",
        str(nobodys / "pid"),
    ]
    process = subprocess.Popen(
        [python, "-m", "typedserver", *arguments],
        cwd=open_folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on"), process.stderr and process.stderr.read()
            process.send_signal(signal.SIGUSR2)
            wait_for(lambda: (nobodys / "pid").read_text() not in ("", f"{process.pid}\n"))
            new = int((nobodys / "pid").read_text())
            assert process.wait(PATIENCE) == 0
            assert identity_of(new)["Uid"] == [nobodys.stat().st_uid] * 4
            assert ask(str(nobodys / "s"), b"hello\n") == b"HELLO\n"
            os.kill(new, signal.SIGTERM)
            wait_for(lambda: not list(nobodys.iterdir()))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@as_root
def test_user_that_is_no_root_cannot_become_another(open_folder: Path, nobodys: Path) -> None:
    _ = nobodys
    code = "import os; os.setuid(65534); from typedserver.cli import main; main(['app:server', '--user', 'root'])"
    # Imported as root, because the interpreter may be root's alone.
    setup = "import typedserver.cli.commands, sys; sys.path.insert(0, '.'); import app; "
    ended = subprocess.run(
        [sys.executable, "-c", setup + code], cwd=open_folder, capture_output=True, text=True, check=False
    )
    assert "--user root: only root can become another user or group, and this process is user 65534" in ended.stderr


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--user", "no_such_user"], "--user no_such_user: this machine has no such user: is it spelled right?"),
        (["--user", "4000000001"], "--user 4000000001: this machine has no such user"),
        (["--group", "no_such_group"], "--group no_such_group: this machine has no such group: is it spelled right?"),
        (["--give-up", "all"], "argument --give-up: invalid choice: 'all'"),
        (["--umask", "999"], "argument --umask: '999' is no mask in octal, from 000 to 777"),
    ],
)
def test_rights_that_cannot_be_had_are_refused(option: list[str], message: str, folder: Path) -> None:
    assert message in refusal(folder, "app:server", *option)


def test_umask_takes_rights_from_the_files_of_the_program(folder: Path) -> None:
    with program(folder, "app:server", "--pid-file", "server.pid", "--umask", "077") as served:
        served.port()
        assert stat.S_IMODE((folder / "server.pid").stat().st_mode) == 0o600
        assert served.end() == ""
