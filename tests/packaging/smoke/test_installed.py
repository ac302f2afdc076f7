"""What is installed works, one round of each kind. It needs the package and pytest, and nothing of the source tree.

It runs with the unit tests as well, so that it is known to be right; tests/proofs/test_release.py runs it where nothing
but the wheel is installed.
"""

import importlib
import importlib.metadata
import importlib.resources
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import typedserver
import typedserver.compat
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    Bounded,
    Coded,
    Forks,
    Framed,
    Inline,
    Lines,
    Multiplexed,
    Server,
    Stream,
    Text,
    ThreadPool,
    Threads,
    UnixStream,
    datagram_handler,
    inet_address,
    stream_handler,
)
from typedserver.testing import serving

# Seconds, for what takes a few milliseconds.
PATIENCE = 20.0

APP = """
from typedserver import Stream, stream_handler

@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())
"""

# A program of its own, because Prefork forks, and a test has threads.
PREFORK = """
import sys
from app import upper
from typedserver import TCP, Prefork, Server

server = Prefork(Server(TCP(port=0), upper), 2)
sys.exit(server.run(ready=lambda: print(server.server.server_address[1], flush=True)))
"""


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


def asked(client: socket.socket) -> bytes:
    with client, client.makefile("rwb") as file:
        file.write(b"hello\n")
        file.flush()
        return file.readline()


def ask(address: tuple[str, int]) -> bytes:
    return asked(socket.create_connection(address, timeout=PATIENCE))


def test_version_is_that_of_the_distribution() -> None:
    assert importlib.metadata.version("typedserver") == typedserver.__version__


def test_package_says_that_it_is_typed() -> None:
    assert importlib.resources.files(typedserver).joinpath("py.typed").is_file()


def test_modules_can_all_be_imported() -> None:
    names = [module.name for module in pkgutil.walk_packages(typedserver.__path__, "typedserver.")]
    assert len(names) > 300
    for name in names:
        # It would run the command.
        if name != "typedserver.__main__":
            importlib.import_module(name)


@pytest.mark.parametrize(
    "strategy",
    [Inline(), Threads(), ThreadPool(workers=2, queue=1), Bounded(Threads(), 1), Forks(), Multiplexed(), Asyncio()],
    ids=repr,
)
def test_strategy_answers_a_line(strategy: Any) -> None:
    with serving(Server(TCP(port=0), upper, strategy)) as server:
        assert ask(inet_address(server)) == b"HELLO\n"


def test_unix_socket_answers_a_line(tmp_path: Path) -> None:
    with serving(Server(UnixStream(str(tmp_path / "s")), upper, Threads())):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(PATIENCE)
        client.connect(str(tmp_path / "s"))
        assert asked(client) == b"HELLO\n"


def test_datagram_is_answered() -> None:
    with (
        serving(Server(UDP(port=0), datagram_handler(bytes.upper))) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        client.settimeout(PATIENCE)
        client.sendto(b"hello", server.server_address)
        assert client.recv(100) == b"HELLO"


def test_function_of_messages_answers() -> None:
    with serving(Server(TCP(port=0), Framed(Lines(), Coded(Text(), str.title)), Multiplexed())) as server:
        assert ask(inet_address(server)) == b"Hello\n"


class Upper(typedserver.compat.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.readline().upper())


def test_drop_in_answers_a_line() -> None:
    with typedserver.compat.ThreadingTCPServer(("127.0.0.1", 0), Upper) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert ask(inet_address(server)) == b"HELLO\n"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "preforked.py").write_text(PREFORK)
    return tmp_path


def test_prefork_answers_a_line_and_ends_by_a_signal(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "preforked.py"], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert ask(("127.0.0.1", int(process.stdout.readline()))) == b"HELLO\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


# Beside the interpreter, wherever that is installed.
COMMAND = str(Path(sys.executable).with_name("typedserver"))


def test_command_says_its_version() -> None:
    said = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True).stdout
    assert said == f"typedserver {typedserver.__version__}\n"


def test_command_serves_a_handler_and_ends_by_a_signal(folder: Path) -> None:
    arguments = ["serve", "app:upper", "--listen", "tcp://127.0.0.1:0"]
    with subprocess.Popen([COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        # "listening on tcp 127.0.0.1:34477       try: ..."
        port = process.stdout.readline().split()[3].rpartition(":")[2]
        assert ask(("127.0.0.1", int(port))) == b"HELLO\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_compiler_of_rpc_compiles(tmp_path: Path) -> None:
    (tmp_path / "sum.x").write_text("struct pair { int a; int b; };\n")
    compiler = str(Path(sys.executable).with_name("typedserver-rpcgen"))
    said = subprocess.run([compiler, str(tmp_path / "sum.x")], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "class Pair" in said.stdout + "".join(made.read_text() for made in tmp_path.glob("*.py"))
