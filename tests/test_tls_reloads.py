"""Certificates that are replaced while a server serves: loaded by a call, by SIGHUP, by a look, in every worker."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import pytest

from tests.running import PATIENCE, connect, running
from tests.test_tls import echo, encrypted
from tests.tls import client_context
from tests.tls_files import files
from typedserver import (
    TCP,
    TLS,
    Forks,
    Inline,
    ListenError,
    Multiplexed,
    Prefork,
    Reloaded,
    ReloadFailed,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    ThreadPool,
    Threads,
    TLSConfig,
    stream_handler,
)

STRATEGIES: Final = [Inline(), Threads(), ThreadPool(workers=2), Forks(), Multiplexed()]

# Seconds between two looks at the files.
WATCH: Final = 0.01


def shown(address: Any) -> bytes:
    """Return the certificate that the server shows."""
    with connect(address) as raw, client_context().wrap_socket(raw) as client:
        certificate = client.getpeercert(binary_form=True)
        # A forked child has a copy of it.
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
    assert certificate is not None
    return certificate


def of_file(file: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(file.read_text())


def wait_until(happened: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.005)


class Told:
    """Keeps what was told of reloads."""

    def __init__(self) -> None:
        self.reloaded = 0
        self.failed: list[str] = []

    def __call__(self, event: ServerEvent) -> None:
        if isinstance(event, Reloaded):
            self.reloaded += 1
        elif isinstance(event, ReloadFailed):
            self.failed.append(str(event.error))


class Mounted:
    """A volume as Kubernetes mounts a secret: files that lead by a link to a folder, which is swapped for another."""

    def __init__(self, folder: Path, made: Path) -> None:
        self.folder = folder
        self._made = made
        self._number = 0
        folder.mkdir()
        self.swap("certificate", "key")
        for name in ("tls.crt", "tls.key"):
            (folder / name).symlink_to(Path("..data") / name)

    def swap(self, certificate: str, key: str) -> None:
        self._number += 1
        version = self.folder / f"..version_{self._number}"
        version.mkdir()
        (version / "tls.crt").write_bytes((self._made / certificate).read_bytes())
        (version / "tls.key").write_bytes((self._made / key).read_bytes())
        made = self.folder / "..data_tmp"
        made.symlink_to(version.name)
        made.rename(self.folder / "..data")

    def config(self, **more: Any) -> TLSConfig:
        return TLSConfig(certificate=self.folder / "tls.crt", key=self.folder / "tls.key", **more)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return files(folder)


@pytest.fixture
def mounted(tmp_path: Path, made: Path) -> Mounted:
    return Mounted(tmp_path / "mounted", made)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_certificate_of_a_swapped_volume_is_served_to_who_comes_next(
    mounted: Mounted, made: Path, strategy: Any
) -> None:
    told = Told()
    server = Server(TLS(TCP(port=0), mounted.config(watch=WATCH)), echo, strategy, config=ServerConfig(observer=told))
    with running(server):
        assert shown(server.server_address) == of_file(made / "certificate")
        mounted.swap("other.pem", "other.key")
        wait_until(lambda: told.reloaded)
        assert shown(server.server_address) == of_file(made / "other.pem")
        mounted.swap("certificate", "key")
        wait_until(lambda: told.reloaded == 2)
        assert shown(server.server_address) == of_file(made / "certificate")
    assert told.failed == []


def test_swapped_volume_is_loaded_by_a_call(mounted: Mounted, made: Path) -> None:
    with running(Server(TLS(TCP(port=0), mounted.config()), echo, Threads())) as run:
        mounted.swap("other.pem", "other.key")
        assert shown(run.server.server_address) == of_file(made / "certificate")
        run.server.reload()
        assert shown(run.server.server_address) == of_file(made / "other.pem")


def test_half_of_a_new_pair_changes_nothing_and_the_whole_is_taken(made: Path) -> None:
    told = Told()
    config = TLSConfig(certificate=made / "certificate", key=made / "key", watch=WATCH)
    before = of_file(made / "certificate")
    with running(Server(TLS(TCP(port=0), config), echo, Multiplexed(), config=ServerConfig(observer=told))) as run:
        (made / "certificate").write_bytes((made / "other.pem").read_bytes())
        wait_until(lambda: told.failed)
        assert "is not the key of" in told.failed[0]
        assert shown(run.server.server_address) == before
        (made / "key").write_bytes((made / "other.key").read_bytes())
        wait_until(lambda: told.reloaded)
        assert shown(run.server.server_address) == of_file(made / "other.pem")


@pytest.mark.parametrize("name", ["certificate", "key"])
def test_file_that_is_removed_changes_nothing(made: Path, name: str) -> None:
    told = Told()
    config = TLSConfig(certificate=made / "certificate", key=made / "key", watch=WATCH)
    before = of_file(made / "certificate")
    with running(Server(TLS(TCP(port=0), config), echo, Multiplexed(), config=ServerConfig(observer=told))) as run:
        content = (made / name).read_bytes()
        (made / name).unlink()
        wait_until(lambda: told.failed)
        assert "No such file or directory: give the path of a file of PEM" in told.failed[0]
        assert shown(run.server.server_address) == before
        with pytest.raises(ListenError, match="No such file"):
            run.server.reload()
        (made / name).write_bytes(content)
        wait_until(lambda: told.reloaded)
        assert shown(run.server.server_address) == before


def test_authorities_of_clients_are_loaded_anew(made: Path) -> None:
    (made / "authorities").write_bytes((made / "certificate").read_bytes())
    config = TLSConfig(
        certificate=made / "certificate",
        key=made / "key",
        client_ca=made / "authorities",
        client_certificate="required",
    )
    context = client_context()
    context.load_cert_chain(made / "alice.pem", made / "alice.key")

    def is_let_in(server: Server[Any, Any]) -> bool:
        try:
            with encrypted(server, context) as client:
                client.sendall(b"hello")
                return client.recv(10) == b"hello"
        except OSError:
            return False

    with running(Server(TLS(TCP(port=0), config), echo, Threads())) as run:
        assert is_let_in(run.server)
        (made / "authorities").write_bytes((made / "other.pem").read_bytes())
        run.server.reload()
        assert not is_let_in(run.server)


PROGRAM: Final = """
import os, sys
from typedserver import TCP, TLS, Multiplexed, Prefork, Server, Stream, Threads, TLSConfig, stream_handler

@stream_handler
async def tell(stream: Stream) -> None:
    await stream.write(b"%d" % os.getpid())

config = TLSConfig(certificate="mounted/tls.crt", key="mounted/tls.key")
server = Server(TLS(TCP(port=0, name="tls"), config), tell, Multiplexed())
both = {"server": server, "prefork": Prefork(server, 2)}
"""


class Program:
    """A server in a process of its own, as ``python -m typedserver`` runs it."""

    def __init__(self, folder: Path, app: str) -> None:
        (folder / "app.py").write_text(PROGRAM + f"app = both[{app!r}]\n")
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "typedserver", "app:app"],
            cwd=folder,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = ("127.0.0.1", int(self._process.stdout.readline().rpartition(":")[2]))

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def shown_by_process(self) -> tuple[int, bytes]:
        with connect(self.address) as raw, client_context().wrap_socket(raw) as client:
            certificate = client.getpeercert(binary_form=True)
            assert certificate is not None
            return int(client.recv(100)), certificate

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._log.close()
        self._process.terminate()
        assert self._process.wait(PATIENCE) == 0
        assert self._process.stdout is not None
        self._process.stdout.close()


def of_workers(program: Program, number: int) -> dict[int, bytes]:
    """Return what each of so many workers shows."""
    found: dict[int, bytes] = {}
    until = time.monotonic() + PATIENCE
    while len(found) < number:
        assert time.monotonic() < until
        pid, certificate = program.shown_by_process()
        found[pid] = certificate
    return found


@pytest.mark.parametrize(("app", "workers"), [("server", 1), ("prefork", 2)])
def test_sighup_has_every_process_load_the_files(
    tmp_path: Path, mounted: Mounted, made: Path, app: str, workers: int
) -> None:
    old, new = of_file(made / "certificate"), of_file(made / "other.pem")
    with Program(tmp_path, app) as program:
        assert set(of_workers(program, workers).values()) == {old}
        mounted.swap("other.pem", "other.key")
        program.send(signal.SIGHUP)
        wait_until(lambda: set(of_workers(program, workers).values()) == {new})


def test_worker_that_is_made_later_shows_what_the_others_do(tmp_path: Path, mounted: Mounted, made: Path) -> None:
    new = of_file(made / "other.pem")
    with Program(tmp_path, "prefork") as program:
        mounted.swap("other.pem", "other.key")
        program.send(signal.SIGHUP)
        wait_until(lambda: set(of_workers(program, 2).values()) == {new})
        killed = next(iter(of_workers(program, 2)))
        os.kill(killed, signal.SIGKILL)

        def replaced() -> bool:
            try:
                return killed not in of_workers(program, 2)
            except OSError:
                # The one that was killed had accepted it.
                return False

        wait_until(replaced)
        assert set(of_workers(program, 2).values()) == {new}


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("app", ["server", "prefork"])
def test_session_of_before_does_not_outlast_a_reload(
    tmp_path: Path, mounted: Mounted, made: Path, app: str, version: str
) -> None:
    def connected(program: Program, *more: str) -> str:
        address = f"{program.address[0]}:{program.address[1]}"
        ran = subprocess.run(
            ["openssl", "s_client", "-connect", address, version, "-ign_eof", *more],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            text=True,
        )
        # Whether it goes on with a session or not, it is served.
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    with Program(tmp_path, app) as program:
        assert "New, TLSv1" in connected(program, "-sess_out", "session.pem")
        # TLS 1.3 has sessions by tickets alone, of which there are none.
        again = ["-sess_in", "session.pem"] if (tmp_path / "session.pem").exists() else []
        assert bool(again) == (version == "-tls1_2")
        reused = ["Reused, TLSv1" in connected(program, *again) for _ in range(6)]
        if version == "-tls1_3":
            assert not any(reused)
        mounted.swap("other.pem", "other.key")
        program.send(signal.SIGHUP)
        new = of_file(made / "other.pem")
        wait_until(lambda: all(program.shown_by_process()[1] == new for _ in range(8)))
        for _ in range(6):
            assert "Reused" not in connected(program, *again)


def test_connections_in_flight_go_on_by_what_they_began_with(mounted: Mounted, made: Path) -> None:
    @stream_handler
    async def lines(stream: Stream) -> None:
        async for line in stream:
            await stream.write(line)

    server = Prefork(Server(TLS(TCP(port=0), mounted.config(watch=WATCH)), lines, Multiplexed()), 2)
    with running(server):
        address = server.server_address
        with connect(address) as raw, client_context().wrap_socket(raw) as old:
            mounted.swap("other.pem", "other.key")
            wait_until(lambda: all(shown(address) == of_file(made / "other.pem") for _ in range(8)))
            old.sendall(b"still here\n")
            assert old.recv(100) == b"still here\n"
            assert old.getpeercert(binary_form=True) == of_file(made / "certificate")
            old.shutdown(socket.SHUT_RDWR)
