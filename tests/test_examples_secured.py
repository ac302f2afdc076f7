"""The examples whose clients prove who they are: by a certificate, by the kernel, by a password."""

import contextlib
import os
import queue
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any, Self

import pytest
from examples import own_user, scram_chat, tls

from tests.lending import until
from tests.running import PATIENCE, ask, connect
from typedserver import AuthenticationFailed, drive, inet_address
from typedserver.testing import serving


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of TLS, as the example's docstring has them made, and those of somebody who may not write."""
    folder = tmp_path_factory.mktemp("made")
    assert tls.__doc__ is not None
    commands = [line.strip() for line in tls.__doc__.splitlines() if line.startswith("    ")]
    assert len(commands) == 6
    commands.append("$new -keyout ben.key -subj /CN=ben | $sign -out ben.pem")
    commands.append("$new -x509 -keyout eve.key -out eve.pem -subj /O=writers/CN=eve")
    subprocess.run(["bash", "-ec", "\n".join(commands)], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "files"))


def trusting(folder: Path, name: str | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if name is not None:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


class Client:
    """A client of TLS that reads line by line."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        with contextlib.ExitStack() as stack:
            plain = stack.enter_context(connect(("127.0.0.1", port)))
            self.socket = context.wrap_socket(plain, server_hostname="localhost")
            stack.pop_all()
        self._received: IO[bytes] = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._received.close()
        self.socket.close()

    def ask(self, line: str) -> str:
        self.socket.sendall(f"{line}\n".encode())
        return self.hear()

    def hear(self) -> str:
        return self._received.readline().decode().rstrip("\n")

    @property
    def serial(self) -> object:
        shown: Any = self.socket.getpeercert()
        return shown["serialNumber"]


# examples/tls.py


@contextlib.contextmanager
def board(folder: Path, **more: float) -> Generator[tuple[Any, int], None, None]:
    tls.NOTICES.clear()
    with serving(tls.boards(folder, 0, **more)) as server:
        yield server, inet_address(server)[1]


def test_board_takes_notices_of_writers_and_shows_them_to_readers(folder: Path) -> None:
    with board(folder) as (_server, port):
        with Client(port, trusting(folder, "ann")) as ann:
            assert ann.hear() == "hello ann, by TLSv1.3"
            assert ann.ask("the kettle is broken") == "written"
        with Client(port, trusting(folder, "ben")) as ben:
            assert ben.hear() == "hello ben, by TLSv1.3"
            assert ben.ask("I am ann") == "you only read here"
            assert [ben.ask(""), ben.hear()] == ["ann: the kettle is broken", "."]


@pytest.mark.parametrize("name", [None, "eve"])
def test_board_lets_in_nobody_whom_its_authority_does_not_know(name: str | None, folder: Path) -> None:
    with board(folder) as (_server, port), pytest.raises(ssl.SSLError), Client(port, trusting(folder, name)) as client:
        client.hear()


def renew(folder: Path) -> None:
    """Make a new certificate of the server, and put it and its key in the place of the old ones."""
    new = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout new.key -subj /CN=localhost"
    sign = "openssl x509 -req -copy_extensions copy -extfile extensions -CA ca.pem -CAkey ca.key -out new.pem"
    made = f"{new} -addext subjectAltName=DNS:localhost | {sign}; mv new.key server.key; mv new.pem server.pem"
    subprocess.run(["bash", "-ec", made], cwd=folder, check=True, capture_output=True)


def shown(folder: Path, port: int) -> object:
    """Return which certificate a new client is shown."""
    with Client(port, trusting(folder, "ben")) as ben:
        assert ben.hear() == "hello ben, by TLSv1.3"
        return ben.serial


@pytest.mark.parametrize("watches", [True, False])
def test_board_shows_its_new_certificate_and_goes_on_with_who_is_connected(watches: bool, folder: Path) -> None:
    with (
        board(folder, watch=0.05 if watches else 60) as (server, port),
        Client(port, trusting(folder, "ann")) as ann,
    ):
        assert ann.hear() == "hello ann, by TLSv1.3"
        renew(folder)
        if not watches:
            server.reload()
        until(lambda: shown(folder, port) != ann.serial)
        assert ann.ask("still here") == "written"


def test_board_is_a_program_that_openssl_talks_to_and_that_reloads_at_hangup(folder: Path) -> None:
    program = (
        "import pathlib, sys; from examples import tls; s = tls.boards(pathlib.Path('.'), 0);"
        "sys.exit(s.run(ready=lambda: print(s.server_address[1], flush=True)))"
    )
    root = Path(tls.__file__).parents[1]
    paths = os.pathsep.join([str(root), *sys.path])
    environment = os.environ | {"PYTHONPATH": paths}
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            words = f"openssl s_client -quiet -connect localhost:{port} -CAfile ca.pem -cert ann.pem -key ann.key"
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            with subprocess.Popen(words.split(), cwd=folder, text=True, **pipes) as client:
                try:
                    assert client.stdin is not None
                    assert client.stdout is not None
                    client.stdin.write("by openssl\n")
                    client.stdin.flush()
                    assert client.stdout.readline() == "hello ann, by TLSv1.3\n"
                    assert client.stdout.readline() == "written\n"
                finally:
                    client.kill()
            before = shown(folder, port)
            renew(folder)
            process.send_signal(signal.SIGHUP)
            until(lambda: shown(folder, port) != before)
            process.terminate()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


# examples/own_user.py


@pytest.fixture
def path(tmp_path: Path) -> str:
    own_user.VALUES.clear()
    return str(tmp_path / "agent.sock")


def test_agent_keeps_values_for_its_own_user(path: str) -> None:
    with serving(own_user.agent(path, os.geteuid())):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        said = ask(path, b"set key of the door\nget key\nget other\ndrop key\nget key\nwhat\n").decode()
    assert said.splitlines() == [
        "kept",
        "of the door",
        "there is none",
        "dropped",
        "there is none",
        "set NAME VALUE, get NAME, drop NAME",
    ]


def test_agent_of_another_user_keeps_and_tells_nothing(path: str) -> None:
    own_user.VALUES["key"] = "of the door"
    # Root reaches the socket of each user, and is none of them.
    with serving(own_user.agent(path, os.geteuid() + 1)), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(path)
        client.sendall(b"get key\nset key mine\n")
        with client.makefile("rb") as heard:
            assert heard.readline() == b"this is another user's agent\n"
            # The kernel resets the connection, because what the client has sent was not read.
            with contextlib.suppress(ConnectionResetError):
                assert heard.read() == b""
    assert own_user.VALUES == {"key": "of the door"}


# examples/scram_chat.py


@pytest.fixture
def users(folder: Path) -> Path:
    users = scram_chat.Users(folder / "users.json")
    users.add("ann", "correct horse")
    users.add("ben", "battery staple")
    return folder


def test_file_of_users_has_no_password_and_is_its_owners_alone(users: Path) -> None:
    file = users / "users.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "horse" not in file.read_text()
    assert scram_chat.Users(file).secret("eve") is None


def test_members_are_known_by_their_passwords(users: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: queue.Queue[str] = queue.Queue()

    def print_line(line: str, **_how: object) -> None:
        said.put(line)

    monkeypatch.setattr(scram_chat, "print", print_line, raising=False)
    threads: list[threading.Thread] = []

    def join(*who: str) -> None:
        threads.append(threading.Thread(target=lambda: drive(scram_chat.join(users, port, *who))))
        threads[-1].start()

    with serving(scram_chat.chat(users, 0)) as server:
        port = inet_address(server)[1]
        join("ann", "correct horse", "is anybody here?")
        assert said.get(timeout=PATIENCE) == "* ann\n"
        join("ben", "battery staple", "I am")
        assert {said.get(timeout=PATIENCE) for _ in range(3)} == {"* ben has come\n", "* ann ben\n", "<ben> I am\n"}
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize(("user", "password"), [("ann", "wrong"), ("eve", "correct horse")])
def test_who_has_not_the_password_of_a_member_is_not_let_in(user: str, password: str, users: Path) -> None:
    with serving(scram_chat.chat(users, 0)) as server, pytest.raises(AuthenticationFailed):
        drive(scram_chat.join(users, inet_address(server)[1], user, password, "I am ann"))


@pytest.mark.parametrize("example", [tls, own_user, scram_chat], ids=lambda example: example.__name__)
def test_example_is_short(example: Any) -> None:
    assert len(Path(example.__file__).read_text().splitlines()) < 125
