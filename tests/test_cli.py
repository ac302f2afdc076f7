"""The command line: what it runs, what it prints, how it ends."""

import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

import typedserver
from tests.running import PATIENCE, ask, connect
from tests.tls_files import files
from typedserver import cli
from typedserver.cli import UsageError
from typedserver.cli.loading import load_object

PROGRAM = """
import http.server
from typedserver import Group, Inline, Server, TCP, TLS, TLSConfig, Threads, UDP, UnixStream, UnixDatagram
from typedserver import datagram_handler

def upper(request, client_address, server):
    request.sendall(request.recv(100).upper())

def fail(request, client_address, server):
    raise SystemExit(3)

class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

server = Server(TCP(port=0), upper)
class Box:
    server = Server(TCP(port=0), upper)
def hold(request, client_address, server):
    request.sendall(b"held")
    request.recv(1)

holding = Server(TCP(port=0), hold, Threads())
everywhere = Server(TCP(port=0, host='::', dual_stack=True), upper)
failing = Server(TCP(port=0), fail)
abstract = Group([Server(UnixStream("\\0typedserver test"), upper), Server(UnixDatagram("d.sock"), lambda *_: None)])
config = TLSConfig(certificate="certificate", key="key")
encrypted = Group([Server(TLS(TCP(port=0), config), upper), Server(TLS(UnixStream("s.sock"), config), upper)])
def foreign():
    return http.server.HTTPServer(("127.0.0.1", 0), Quiet)
if __name__ != "app": raise ImportError
try:
    foreign_server = foreign()
except OSError:
    pass
number = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(PROGRAM)
    return tmp_path


def start(folder: Path, app: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "typedserver", app],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def port_of(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    return int(process.stdout.readline().rsplit(maxsplit=1)[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
@pytest.mark.parametrize("app", ["app:server", "app:Box.server", "app:everywhere", "app:foreign_server"])
def test_cli_ends_by_a_signal_with_status_0_and_no_traceback(folder: Path, app: str, number: signal.Signals) -> None:
    process = start(folder, app)
    with process:
        port = port_of(process)
        assert ask(("127.0.0.1", port), b"GET / HTTP/1.0\r\n\r\n")
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_cli_prints_how_to_reach_abstract_names_and_unix_datagrams(folder: Path) -> None:
    process = start(folder, "app:abstract")
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("try: socat - ABSTRACT-CONNECT:'typedserver test'\n")
        assert process.stdout.readline().endswith("try: nc -uU d.sock\n")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert not (folder / "d.sock").exists()


def test_cli_names_a_client_that_speaks_tls(folder: Path) -> None:
    files(folder)
    process = start(folder, "app:encrypted")
    with process:
        assert process.stdout is not None
        place, _, client = process.stdout.readline().partition(" try: ")
        port = place.split()[-1].rpartition(":")[2]
        assert client == f"openssl s_client -quiet -connect 127.0.0.1:{port}\n"
        assert process.stdout.readline().endswith("try: openssl s_client -quiet -unix s.sock\n")
        asked = subprocess.run(client.split(), input=b"hello\n", capture_output=True, check=False, timeout=PATIENCE)
        assert asked.stdout == b"HELLO\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_cli_server_that_fails_ends_the_program_as_it_asks(folder: Path) -> None:
    process = start(folder, "app:failing")
    with process:
        connect(("127.0.0.1", port_of(process))).close()
        assert process.wait(PATIENCE) == 3


@pytest.mark.parametrize(
    ("app", "message"),
    [
        ("app", "module:attribute"),
        (":server", "module:attribute"),
        ("no_such_module:server", "no module 'no_such_module'"),
        ("app:number", "is no server, but 3"),
        ("app:none_such", "has no 'none_such'"),
        ("app:Box.none_such", "has no 'Box.none_such'"),
        ("app:server.", "has no 'server.'"),
        ("app:Quiet", "if it is a handler, say where it listens, as --listen tcp://127.0.0.1:9999"),
        ("app:Server", "is the class of a server: call it in the module, as in `server = Server(...)`"),
        ("app:foreign", "if it returns a server, give --factory, or call it in the module"),
    ],
)
def test_cli_reports_a_name_that_is_no_server(
    app: str, message: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    try:
        assert cli.main([app]) == 2
        assert message in capsys.readouterr().err
    finally:
        if (foreign := sys.modules.pop("app", None)) is not None:
            foreign.foreign_server.server_close()


def test_cli_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"typedserver {typedserver.__version__}\n"


@pytest.mark.parametrize("seconds", ["x", "-1", "nan"])
def test_cli_refuses_what_is_no_number_of_seconds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([f"--deadline={seconds}", "app:server"])
    assert f"argument --deadline: {seconds!r} is no number of seconds from 0 on" in capsys.readouterr().err


def test_cli_lets_a_modules_own_import_error_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.py").write_text("import none_such_as_well")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(ModuleNotFoundError, match="none_such_as_well"):
        load_object("broken:server")


def test_cli_refuses_before_it_touches_anything() -> None:
    with pytest.raises(UsageError):
        load_object("")


def test_cli_port_in_use_names_the_port_and_the_remedy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (folder / "busy.py").write_text(
            f"from typedserver import Server, TCP\nserver = Server(TCP(port={port}), lambda *_: None)"
        )
        process = start(folder, "busy:server")
        with process:
            assert process.wait(PATIENCE) == 2
            assert process.stderr is not None
            output = process.stderr.read()
    assert f"port {port} is in use: stop the program that holds it, or choose another port" in output
    assert "Traceback" not in output


class Foreign(http.server.HTTPServer):
    """A server that a signal stops in the thread that serves; its own shutdown would wait for itself there."""


def test_cli_stops_a_foreign_server_in_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Foreign(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)

    module = types.ModuleType("foreign")
    vars(module)["server"] = server
    monkeypatch.setitem(sys.modules, "foreign", module)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    assert cli.main(["foreign:server"]) == 0
    assert server.fileno() == -1


def test_cli_second_signal_cuts_what_the_first_waits_for(folder: Path) -> None:
    process = start(folder, "app:holding")
    with process, connect(("127.0.0.1", port_of(process))) as client:
        assert client.recv(4) == b"held"
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        output = process.stdout.readline() + process.stdout.readline()
        assert "waiting for requests to end; Ctrl-C cuts them" in output
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert client.recv(1) == b""


MIDST = """
from typedserver import *

@stream_handler
async def upper(stream):
    async for line in stream:
        await stream.write(line.upper())

server = Server(TCP(port=0), upper, Threads())
"""


def test_cli_gives_a_request_more_than_a_moment_to_end(tmp_path: Path) -> None:
    (tmp_path / "midst.py").write_text(MIDST)
    process = start(tmp_path, "midst:server")
    with process, connect(("127.0.0.1", port_of(process))) as client:
        client.sendall(b"ab\nc")
        assert client.recv(10) == b"AB\n"
        process.send_signal(signal.SIGTERM)
        # Longer than the time that a second signal would leave it.
        time.sleep(3)
        client.sendall(b"d\n")
        assert client.recv(10) == b"CD\n"
        assert client.recv(10) == b""
        assert process.wait(PATIENCE) == 0
