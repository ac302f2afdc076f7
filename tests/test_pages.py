"""Pages of the documentation that are followed: each is played as by a reader, and its programs serve as they say."""

import configparser
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checkers import Finding, pyright
from tests.cli import ran
from tests.played import Part, free_port, parts_of, playing
from tests.running import PATIENCE

DOCS = Path(__file__).parents[1] / "docs"

TUTORIAL = [f"tutorial/{name}.md" for name in ("index", "talking", "tests", "tls", "stopping")]

# Pages of one piece that have commands.
PLAYED = ["how-to/graceful-restart.md", "how-to/tls.md"]

# Whose programs all answer a line or a datagram in capitals.
MIGRATIONS = [f"how-to/from-{name}.md" for name in ("asyncio", "gevent", "socketserver", "twisted")]

# Whose files are another program's.
DEPLOYMENTS = ["how-to/docker.md", "how-to/kubernetes.md", "how-to/systemd.md"]

# What takes a network and minutes is done by the proofs.
INSTALLING = ("pip install",)


def page(name: str) -> str:
    return (DOCS / name).read_text()


def blocks(name: str, language: str) -> list[Part]:
    return [part for part in parts_of(page(name)) if part.language == language]


def test_pages_that_hold_more_than_programs_have_a_test() -> None:
    # Another file has the tests of these two.
    others = {"command-line.md", "stopping-and-restarting.md"}
    holding = {
        path.relative_to(DOCS).as_posix()
        for path in DOCS.rglob("*.md")
        if any(part.language not in ("python", "text") for part in parts_of(path.read_text()))
    }
    assert holding == {*TUTORIAL, *PLAYED, *DEPLOYMENTS, *others}


# Tutorial and how-to


def test_tutorial_is_followed_from_its_first_page_to_its_last(tmp_path: Path) -> None:
    with playing(tmp_path, without=INSTALLING) as player:
        for name in TUTORIAL:
            player.play(page(name))


@pytest.mark.parametrize("name", PLAYED)
def test_page_does_what_it_shows(name: str, tmp_path: Path) -> None:
    with playing(tmp_path) as player:
        player.play(page(name))


@pytest.mark.slow
def test_tutorial_programs_are_clean_under_both_checkers(tmp_path: Path) -> None:
    for name in TUTORIAL:
        for part in parts_of(page(name)):
            if part.name is not None:
                (tmp_path / part.name).write_text(part.text)
        # Programs that stand by themselves are read in tests/test_readme.py.
        if name.endswith(("tests.md", "stopping.md")):
            assert strictly_checked(tmp_path) == [], name


def strictly_checked(folder: Path) -> list[Finding]:
    """Return what mypy and pyright find in the programs of a folder."""
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "pythonVersion": "3.11"}')
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "."]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    return pyright(folder)


# Migrations

SERVERS = [
    pytest.param(part.text, id=f"{name}:{number}")
    for name in MIGRATIONS
    for number, part in enumerate(blocks(name, "python"))
]

DATAGRAMS = ("UDP", "Datagram", "datagram")


@contextmanager
def started(program: str, folder: Path) -> Generator[int]:
    """Run a program of a page on another port than the page's, and stop it by Ctrl-C; yields the port."""
    port = free_port()
    path = folder / "program.py"
    path.write_text(re.sub(r"\b(9999|8000)\b", str(port), program))
    with subprocess.Popen([sys.executable, str(path)], cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield port
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=PATIENCE)
            # What socketserver and others say of a Ctrl-C is their own affair.
            assert process.returncode == 0 or "KeyboardInterrupt" in said, said
        finally:
            process.kill()
    if "import socketserver" in program:
        # The standard library leaves the file of a socket behind.
        (folder / "upper.sock").unlink(missing_ok=True)


def answer(ask: bytes, family: socket.AddressFamily, kind: socket.SocketKind, address: Any) -> bytes:
    """Ask a server that may not listen yet."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with socket.socket(family, kind) as client, suppress(OSError):
            client.settimeout(1)
            client.connect(address)
            client.sendall(ask)
            return client.recv(1000)
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("program", SERVERS)
def test_migrating_programs_before_and_after_answer_the_same(program: str, tmp_path: Path) -> None:
    with started(program, tmp_path) as port:
        here = ("127.0.0.1", port)
        if "http.server" in program:
            ask = b"GET /program.py HTTP/1.0\r\n\r\n"
            assert answer(ask, socket.AF_INET, socket.SOCK_STREAM, here).startswith(b"HTTP/1.0 200 OK")
        elif "upper.sock" in program:
            path = str(tmp_path / "upper.sock")
            assert answer(b"hello\n", socket.AF_UNIX, socket.SOCK_STREAM, path) == b"HELLO\n"
        elif any(word in program for word in DATAGRAMS):
            assert answer(b"hello", socket.AF_INET, socket.SOCK_DGRAM, here) == b"HELLO"
        else:
            assert answer(b"hello\n", socket.AF_INET, socket.SOCK_STREAM, here) in (b"HELLO\n", b"hello hello\n")


def test_migrating_from_socketserver_has_every_class() -> None:
    headings = " ".join(re.findall(r"^## (.*)$", page("how-to/from-socketserver.md"), re.MULTILINE))
    for name in ("TCPServer", "UDPServer", "UnixStreamServer", "UnixDatagramServer", "BaseServer"):
        assert name in headings
    for name in (
        "ThreadingMixIn",
        "ForkingMixIn",
        "BaseRequestHandler",
        "StreamRequestHandler",
        "DatagramRequestHandler",
    ):
        assert name in headings


# Deployments


def checked(folder: Path, command: list[str]) -> str:
    """Return what a command line of typedserver would do, from a page; it binds nothing."""
    program, word, *arguments = command
    assert (Path(program).name, word) == ("typedserver", "serve")
    ended = ran(folder, "serve", "--check", *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the program that the pages of deployments speak of."""
    [app] = blocks("how-to/docker.md", "python")
    assert app.name == "app.py"
    (tmp_path / "app.py").write_text(app.text)
    return tmp_path


def test_systemd_units_start_what_there_is_and_wait_for_the_drain(folder: Path) -> None:
    service, listener = (configparser.ConfigParser(strict=False) for _ in range(2))
    for parser, part in zip((service, listener), blocks("how-to/systemd.md", "ini"), strict=True):
        # Names of options have capitals.
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's documentation has it
        parser.read_string(part.text)
    (folder / "app.py").write_text((folder / "app.py").read_text() + SERVER)
    assert "Server(TCP" in checked(folder, shlex.split(service["Service"]["ExecStart"]))
    # Twenty-five seconds and what a cut takes.
    assert float(service["Service"]["TimeoutStopSec"]) >= 25 + 15
    assert int(service["Service"]["LimitNOFILE"]) > 10_000
    assert listener["Socket"]["FileDescriptorName"] == "chat"


# The unit names a server, for which a handler stands on the other pages.
SERVER = """
from typedserver import TCP, Server, Threads

server = Server(TCP(port=0), upper, Threads())
"""


def test_docker_file_starts_what_it_copies(folder: Path) -> None:
    [file] = blocks("how-to/docker.md", "dockerfile")
    steps = [line.split(maxsplit=1) for line in file.text.splitlines()]
    copied = [shlex.split(rest)[0] for step, rest in steps if step == "COPY"]
    assert copied == ["wheels", "app.py"]
    [command] = [rest for step, rest in steps if step == "CMD"]
    assert "Server(TCP(port=9999, host='0.0.0.0'), upper, Multiplexed())" in checked(folder, yaml.safe_load(command))


def test_kubernetes_starts_what_there_is_and_waits_for_the_drain(folder: Path) -> None:
    [file] = blocks("how-to/kubernetes.md", "yaml")
    deployment, service = yaml.safe_load_all(file.text)
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert "Server(TCP(port=9999, host='0.0.0.0'), upper, Multiplexed())" in checked(folder, container["args"])
    [deadline] = [float(each.partition("=")[2]) for each in container["args"] if each.startswith("--deadline=")]
    pause = float(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] >= pause + deadline + 5
    ports = {each["name"] for each in container["ports"]}
    assert {each["targetPort"] for each in service["spec"]["ports"]} == ports == {"chat"}
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["tcpSocket"]["port"] in ports
