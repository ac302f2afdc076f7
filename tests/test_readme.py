"""README, its neighbours and docs: each program runs as pasted and passes mypy, and each link has a target.

A program that needs a file which its page has saved before is one of tests/test_pages.py.
"""

import ast
import asyncio
import configparser
import json
import logging
import os
import pwd
import re
import select
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
import sqlalchemy
from examples.protocols.calculator import CalculatorV1Client, Pair, QuotientFalse, Trouble

from tests.checkers import pyright
from tests.lending import until
from tests.played import modules_of
from tests.running import PATIENCE, ask, ask_datagram, connect, port_of, running
from tests.test_architecture import FLOORS
from tests.tls import client_context
from tests.tls_files import files
from typedserver import (
    TCP,
    UDP,
    DatagramRequest,
    Deadlines,
    Framed,
    LengthPrefixed,
    Lines,
    Multiplexed,
    Outcome,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    Submitted,
    Threads,
    UnixAddress,
    UnixStream,
    drive,
    inet_address,
    stream_handler,
)
from typedserver.lifetime.tree import is_ours
from typedserver.rpc import TCPClient, UDPClient, rpcbind_server

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


def name_of(document: Path) -> str:
    """Return how the tests call a document: by its path in docs/."""
    return document.relative_to(DOCS).as_posix() if document.is_relative_to(DOCS) else document.name


class Block(NamedTuple):
    file: str
    number: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


def _blocks_of(document: Path) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", document.read_text(), re.DOTALL | re.MULTILINE)
    return [Block(name_of(document), number, *each) for number, each in enumerate(found)]


BLOCKS = [block for document in DOCUMENTS for block in _blocks_of(document)]
SAVED = modules_of([document.read_text() for document in DOCUMENTS])


# Whose programs are shown beside ours: tests/test_pages.py runs them, and their types are their own affair.
PEERS = ("gevent", "twisted")


def _imports(text: str, modules: Collection[str]) -> bool:
    imports = [node.module or "" for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)]
    return any(module.partition(".")[0] in modules for module in imports)


PROGRAMS = [block for block in BLOCKS if block.language == "python" and not _imports(block.text, {*SAVED, *PEERS})]


def program(file: str, text: str) -> str:
    [found] = [block.text for block in PROGRAMS if block.file == file and text in block.text]
    return found


def pasted(text: str) -> dict[str, Any]:
    """Run a program, but on ports that the kernel chooses; returns its globals."""
    names: dict[str, Any] = {"__name__": "pasted"}
    exec(re.sub(r"\bport=\d+", "port=0", text), names)
    return names


@contextmanager
def serving(server: socketserver.TCPServer) -> Generator[Any, None, None]:
    """Serve with a server of ``socketserver``'s kind; yields its address."""
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths of sockets and files are relative, and one program replaces a module."""
    monkeypatch.chdir(tmp_path)
    held = files(tmp_path)
    for name, file in (("server.pem", "certificate"), ("server.key", "key"), ("clients.pem", "certificate")):
        (tmp_path / name).write_bytes((held / file).read_bytes())
    monkeypatch.setitem(sys.modules, "socketserver", sys.modules["socketserver"])


# Every block


def test_blocks_are_all_of_a_language_that_is_tested() -> None:
    # Those of all but the first in tests/test_pages.py and tests/test_cli_documentation.py.
    assert {block.language for block in BLOCKS} <= {"python", "console", "dockerfile", "ini", "text", "toml", "yaml"}


def test_blocks_are_all_found() -> None:
    # One that is indented, or has something behind its language, would be tested by nobody.
    for document in DOCUMENTS:
        fences = [line for line in document.read_text().splitlines() if "```" in line]
        assert len(fences) == 2 * len(_blocks_of(document)), document.name


@pytest.mark.parametrize("block", PROGRAMS, ids=str)
def test_program_runs_as_pasted(block: Block, tmp_path: Path) -> None:
    if "@pytest.fixture" in block.text:
        # Only pytest calls its fixtures.
        (tmp_path / "test_pasted.py").write_text(block.text)
        pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
        ended = subprocess.run([*pytest_run, str(tmp_path)], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout
        return
    names = pasted(block.text)
    for name, value in names.items():
        if is_ours(value):
            with running(value):
                pass
        elif name.startswith("test_"):
            value()
    # Last, because a server's handler may use them. They last as long as the program, which has ended here: Python 3.13
    # warns of their open connections.
    for value in names.values():
        if isinstance(value, sqlalchemy.Engine):
            value.dispose()


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The output of mypy for all programs."""
    folder = tmp_path_factory.mktemp("programs")
    for number, block in enumerate(PROGRAMS):
        (folder / f"program_{number}.py").write_text(block.text)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", *sorted(map(str, folder.glob("*.py")))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode in (0, 1), checked.stderr
    return checked.stdout


@pytest.mark.parametrize("number", range(len(PROGRAMS)), ids=[str(block) for block in PROGRAMS])
def test_program_is_clean_under_mypy_strict(number: int, complaints: str) -> None:
    assert [line for line in complaints.splitlines() if f"program_{number}.py:" in line] == []


@pytest.mark.slow
def test_programs_are_clean_under_pyright_strict(tmp_path: Path) -> None:
    for block in PROGRAMS:
        (tmp_path / f"{block.file.replace('/', '_')}_{block.number}.py").write_text(block.text)
    # Two blocks are nothing but the import of the drop-in.
    strict: dict[str, object] = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "reportUnusedImport": False,
        # One imports an example.
        "extraPaths": [str(ROOT)],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(strict))
    assert pyright(tmp_path) == []


# README


def test_readme_is_three_screens() -> None:
    assert len(README.read_text().splitlines()) <= 130


def test_readme_example_is_as_short_as_it_says() -> None:
    [first, *_] = [block for block in PROGRAMS if block.file == "README.md"]
    assert first.file == "README.md"
    assert len([line for line in first.text.splitlines() if line.strip()]) <= 15


def test_readme_example_serves_as_pasted() -> None:
    with running(pasted(program("README.md", "upper_datagram"))["server"]) as run:
        assert ask(run.server.servers[0].server_address, b"read me\n") == b"READ ME\n"
        assert ask_datagram(run.server.servers[1].server_address, b"read me") == b"READ ME"


def test_readme_function_of_messages_answers_lines_and_datagrams_as_pasted() -> None:
    with running(pasted(program("README.md", "Framed("))["server"]) as run:
        assert ask(run.server.servers[0].server_address, b"read me\nagain\n") == b"Read Me\nAgain\n"
        assert ask_datagram(run.server.servers[1].server_address, b"read me") == b"Read Me"


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "examples").glob("*.py")))
def test_readme_names_each_example_that_is_a_program_of_its_own(name: str) -> None:
    parts_of_others = (
        "__init__",
        "calculator_client",
        "upper_client",
        "tcp_upper",
        "udp_upper",
        "stream_upper",
        "threads_upper",
    )
    if name not in parts_of_others and not name.startswith("stdlib_"):
        assert f"(examples/{name}.py)" in README.read_text()


# docs/guide.md


def test_guide_program_of_ones_own_ends_by_a_signal_as_pasted(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    # The test needs the address to be printed; the rest is as pasted.
    made = "Server(TCP(port=0), upper, Threads()).run()"
    text = program("guide.md", "sys.exit(Server").replace("9999", "0")
    assert made in text
    printing = "run(ready=lambda: print(server.server_address[1], flush=True))"
    path.write_text(text.replace(made, f"(server := Server(TCP(port=0), upper, Threads())).{printing}"))
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True) as running_program:
            assert running_program.stdout is not None
            port = int(running_program.stdout.readline())
            assert ask(("127.0.0.1", port), b"read me\n") == b"READ ME\n"
            running_program.send_signal(number)
            assert running_program.wait(PATIENCE) == 0


def test_guide_endpoints_serve_as_pasted() -> None:
    names = pasted(program("guide.md", "UnixDatagram"))
    with running(names["packets"]) as run:
        assert ask_datagram(run.server.server_address, b"read me") == b"READ ME"
    with running(names["streams"]) as run:
        assert ask("upper.sock", b"read me\n") == b"READ ME\n"
        assert os.stat("upper.sock").st_mode & 0o777 == 0o660
    with running(names["datagrams"]):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.bind("client.dgram")
            client.settimeout(PATIENCE)
            client.sendto(b"read me", "upper.dgram")
            assert client.recv(100) == b"READ ME"
        os.unlink("client.dgram")


def test_guide_handlers_serve_as_pasted(tmp_path: Path) -> None:
    names = pasted(program("guide.md", "where_am_i"))
    with running(names["replies"]) as run:
        assert ask_datagram(run.server.server_address, b"where\n") == b"you are 127.0.0.1\n"
    with running(names["greeter"]) as run:
        assert ask(run.server.server_address, b"") == b"hello\n"
    with running(names["lines"]) as run:
        assert ask(run.server.server_address, b"read\nme\n") == b"READ\nME\n"
    (tmp_path / "file").write_text("read me")
    with running(names["files"]) as run:
        assert ask(run.server.server_address, b"GET /file HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nread me")


def test_guide_coroutine_calls_what_blocks_as_pasted() -> None:
    with running(pasted(program("guide.md", "gethostbyname"))["server"]) as run:
        assert ask(run.server.server_address, b"127.0.0.1\n") == b"127.0.0.1\n"


def test_guide_handlers_of_a_server_of_ones_own_serve_as_pasted() -> None:
    names = pasted(program("guide.md", "class Chat"))
    for server in (names["chat"], names["other"], names["soon"]):
        with running(server):
            assert ask(server.server_address, b"") == b"127.0.0.1, welcome to the lobby\n"


def test_guide_server_in_a_thread_ends_as_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    pasted(program("guide.md", "threading.Thread"))["main"]()
    out = capsys.readouterr().out
    assert out.startswith("serving on ('127.0.0.1', ")
    assert out.endswith("\nb'HELLO\\n'\n")


def test_guide_servers_of_the_stdlib_run_in_worker_processes_as_pasted() -> None:
    server = pasted(program("guide.md", "ThreadingHTTPServer"))["server"]
    with server.server, running(server) as run:
        assert ask(run.server.server_address, b"HEAD / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 ")
        assert run.server.processes == 4


def test_guide_asyncio_handler_forwards_as_pasted() -> None:
    target = pasted(program("README.md", "upper_datagram"))["server"].servers[0]
    with running(target):
        port = str(target.server_address[1])
        with running(pasted(program("guide.md", "forward").replace("9999", port))["server"]) as run:
            assert ask(run.server.server_address, b"read\nme\n") == b"READ\nME\n"


def test_guide_server_serves_in_a_loop_of_asyncio_as_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(pasted(program("guide.md", "async with Server("))["main"]())
    assert capsys.readouterr().out == "b'HELLO\\n'\n"


def test_guide_limits_are_those_of_the_server_as_pasted() -> None:
    with running(pasted(program("guide.md", "Limits(connections="))["server"]) as run:
        assert ask(run.server.server_address, b"read me\n") == b"READ ME\n"
        assert run.server.deadlines.drain == 10
        assert run.server.config.limits.per_peer == 20


def test_guide_observer_counts_as_pasted() -> None:
    names = pasted(program("guide.md", "class Outcomes"))
    with running(names["server"]) as run:
        assert ask(run.server.server_address, b"read me\n") == b"READ ME\n"
    assert names["outcomes"].count == {Outcome.SERVED: 1}


# docs/multiplexing.md


def test_multiplexing_handler_asks_two_others_at_once_as_pasted() -> None:
    names = pasted(program("multiplexing.md", "first.sock"))

    @stream_handler
    async def named(stream: Stream[UnixAddress]) -> None:
        async for line in stream:
            await stream.write(b"%b says %b" % (str(stream.server.server_address).encode(), line))

    first, second = (Server(UnixStream(f"{name}.sock"), named, Threads()) for name in ("first", "second"))
    with running(first), running(second), running(names["server"]) as run:
        answer = ask(run.server.server_address, b"read me\n")
    assert answer == b"first.sock says read me\nsecond.sock says read me\n"


def test_multiplexing_echo_reminds_beside_its_answers_as_pasted() -> None:
    text = program("multiplexing.md", "reminding").replace("sleep(10)", "sleep(0.01)")
    with running(pasted(text)["server"]) as run, connect(run.server.server_address) as client:
        client.sendall(b"read me\n")
        with client.makefile("rb") as received:
            assert {received.readline() for _ in range(3)} == {b"read me\n", b"still here\n"}


def test_multiplexing_greeting_waits_for_a_name_as_long_as_pasted() -> None:
    text = program("multiplexing.md", "too late").replace("timeout(5)", "timeout(0.05)")
    with running(pasted(text)["server"]) as run:
        assert ask(run.server.server_address, b"reader\n") == b"hello, reader\n"
        with connect(run.server.server_address) as client:
            client.sendall(b"half a na")
            assert client.recv(100) == b"too late\n"


def test_multiplexing_follower_gets_what_is_measured_as_pasted() -> None:
    group = pasted(program("multiplexing.md", "measured"))["server"]
    with running(group):
        measuring, following = (each.server_address for each in group.servers)
        with connect(following) as follower, connect(measuring, socket.SOCK_DGRAM) as client:
            client.send(b"21 C\n")
            assert follower.recv(100) == b"21 C\n"
            follower.shutdown(socket.SHUT_WR)
            assert follower.recv(100) == b""
            client.send(b"22 C\n")
            with connect(following) as second:
                assert second.recv(100) == b"22 C\n"
                # Nobody waits for the deadline of a drain: a follower ends with what it reads.
                before = time.monotonic()
                group.drain()
                assert time.monotonic() - before < PATIENCE / 2


# docs/messages.md


def test_messages_function_is_served_by_lines_as_pasted() -> None:
    names = pasted(program("messages.md", "def title"))
    names["test_title"]()
    with running(names["server"]) as run:
        assert ask(run.server.server_address, b"read me\nagain\n") == b"Read Me\nAgain\n"
        # What is no text ends the connection of whoever sends it.
        assert ask(run.server.server_address, b"read\n\xff\nme\n") == b"Read\n"


def test_messages_function_counts_in_an_executor_as_pasted() -> None:
    names = pasted(program("messages.md", "ProcessPoolExecutor"))
    count: Submitted[bytes, bytes] = Submitted(ThreadPoolExecutor, names["count"])
    with count, running(Server(TCP(port=0), Framed(Lines(), count, timeout=5), Multiplexed())) as run:
        assert ask(run.server.server_address, b"1 2 3\n4 5\n") == b"6\n9\n"


def test_messages_framing_of_ones_own_serves_as_pasted() -> None:
    with running(pasted(program("messages.md", "class Numbers"))["server"]) as run:
        sent = [number.to_bytes(8, "big") for number in (1, 2, 10**7, 3)]
        assert ask(run.server.server_address, b"".join(sent)) == b"odd\neven\n"


def test_messages_values_are_served_on_streams_and_datagrams_as_pasted() -> None:
    with running(pasted(program("messages.md", "class Order"))["server"]) as run:
        order, bill = b'{"item": "nail", "count": 3}', b'{"total": 21}'
        framing = LengthPrefixed()
        assert ask(run.server.servers[0].server_address, framing.encode(order)) == framing.encode(bill)
        assert ask_datagram(run.server.servers[1].server_address, order) == bill


def test_messages_function_that_fails_says_so_as_pasted() -> None:
    with running(pasted(program("messages.md", "def divide"))["server"]) as run:
        answer = ask(run.server.server_address, b"6 3\n6 0\n8 2\n").splitlines()
        assert answer == [b"two numbers", b"2", b"error: integer division or modulo by zero", b"4"]


def test_messages_members_of_the_chat_hear_each_other_as_pasted() -> None:
    with running(pasted(program("messages.md", "class Member"))["server"]) as run:
        address = run.server.server_address
        with connect(address) as first, connect(address) as second, first.makefile("rb") as heard:
            assert heard.readline() == b"welcome\n"
            assert second.recv(100) == b"welcome\n"
            second.sendall(b"hello\n")
            assert re.fullmatch(rb"127\.0\.0\.1:\d+ says hello\n", heard.readline())
            first.sendall(b"quit\n")
            assert heard.readline() == b"bye\n"
            assert heard.readline() == b""


def test_messages_coroutine_relays_as_pasted() -> None:
    names = pasted(program("messages.md", "def relay"))
    framing = names["FRAMING"]
    upper = Framed(framing, bytes.upper)
    with running(Server(UnixStream("upper.sock"), upper, Threads())), running(names["server"]) as run:
        sent = framing.encode(b"read") + framing.encode(b"me")
        assert ask(run.server.server_address, sent) == framing.encode(b"READ") + framing.encode(b"ME")


def test_messages_exchange_of_ones_own_serves_as_pasted() -> None:
    framing = LengthPrefixed(2)
    with running(pasted(program("messages.md", "class Upgradable"))["server"]) as run:
        sent = b"read\nbinary\n" + framing.encode(b"me\n")
        assert ask(run.server.server_address, sent) == b"READ\n" + framing.encode(b"ME\n")


def test_guides_encrypted_server_serves_as_pasted(tmp_path: Path) -> None:
    with running(pasted(program("guide.md", "client_ca"))["server"]) as run, connect(run.server.server_address) as raw:
        context = client_context()
        context.load_cert_chain(tmp_path / "alice.pem", tmp_path / "alice.key")
        with context.wrap_socket(raw) as client, client.makefile("rwb") as file:
            file.write(b"hello\n")
            file.flush()
            assert file.readline() == b"hello alice\n"
            assert file.readline() == b"HELLO\n"


def test_guides_starttls_serves_as_pasted() -> None:
    server = Server(TCP(port=0), pasted(program("guide.md", "STARTTLS"))["mail"], Multiplexed())
    with running(server), connect(server.server_address) as raw, raw.makefile("rb", buffering=0) as lines:
        raw.sendall(b"NOOP\r\n")
        assert lines.readline() == b"530 begin by STARTTLS\r\n"
        raw.sendall(b"STARTTLS\r\n")
        assert lines.readline() == b"220 go ahead\r\n"
        with client_context().wrap_socket(raw) as client:
            client.sendall(b"hello\n")
            assert client.recv(100) == b"HELLO\n"


# docs/sealed.md


def test_sealed_datagrams_are_served_and_asked_as_pasted() -> None:
    names = pasted(program("sealed.md", "token_bytes(32) for"))
    report = pasted(program("sealed.md", "def report"))["report"]
    with running(names["server"]) as run:
        assert report(run.server.server_address[1], names["keys"][1]) == b"noted"


# docs/rpc.md


def test_service_of_rpc_serves_as_pasted() -> None:
    names = pasted(program("rpc.md", "class Calculator"))
    with running(names["servers"]):
        for member, kind in enumerate((TCPClient, UDPClient)):
            with kind("127.0.0.1", port_of(names["servers"], member)) as client:
                calculator = CalculatorV1Client(client)
                assert calculator.add(Pair(1, 2)) == 3
                assert calculator.divide(Pair(1, 0)) == QuotientFalse(Trouble.DIVISION_BY_ZERO)
                assert calculator.sum((1, 2, 3)) == 6


def test_clients_of_rpc_call_as_pasted() -> None:
    names = pasted(program("rpc.md", "RpcbindV4Client(client)"))
    with running(rpcbind_server(port=0, path=None)) as run:
        port = inet_address(cast("Server[Any, Any]", run.server.servers[0]))[1]
        assert names["where"]("127.0.0.1", 100000, port) == f"127.0.0.1.{port >> 8}.{port & 255}"
        assert abs(drive(names["clock"]("127.0.0.1", port)) - time.time()) < PATIENCE


# docs/authentication.md


def test_authentication_by_the_kernel_serves_as_pasted() -> None:
    with running(pasted(program("authentication.md", "greet.sock"))["server"]):
        assert ask("greet.sock", b"") == f"hello {pwd.getpwuid(os.geteuid()).pw_name}\n".encode()


def test_authentication_of_ones_own_serves_as_pasted() -> None:
    with running(pasted(program("authentication.md", "by_number"))["server"]) as run:
        assert ask(run.server.server_address, b"21\n") == b"42\n"
        assert ask(run.server.server_address, b"many\n") == b"a number, please\n"


# docs/sources.md


def test_sources_sale_and_its_row_end_in_one_transaction_as_pasted() -> None:
    names = pasted(program("sources.md", "def sell_once"))
    database, table, stock = (names[name] for name in ("database", "table", "stock"))
    with database.begin() as connection:
        connection.execute(stock.insert().values(goods="tea", amount=10))
        connection.execute(table.insert(), [{"goods": "tea", "count": count} for count in (1, 2, 3)])

    def left() -> int:
        with database.connect() as connection:
            return int(connection.execute(stock.select()).one().amount)

    with running(names["server"]):
        until(lambda: left() == 4)
    with database.connect() as connection:
        assert connection.execute(table.select()).all() == []
    database.dispose()


# docs/migrating.md


def test_migrating_program_answers_the_same_before_and_after_as_pasted() -> None:
    before = pasted(program("migrating.md", "class UpperServer"))
    with serving(before["UpperServer"](("127.0.0.1", 0), before["Upper"])) as address:
        assert ask(address, b"read\nme\n") == b"READ\nME\n"
    with running(pasted(program("migrating.md", "StreamConfig(timeout=30)"))["server"]) as run:
        assert ask(run.server.server_address, b"read\nme\n") == b"READ\nME\n"


def test_migrating_import_is_the_drop_in() -> None:
    names = pasted(next(block.text for block in PROGRAMS if block.file == "migrating.md"))
    assert "ThreadingTCPServer" in names["socketserver"].__all__


# docs/stopping-and-restarting.md


def test_stopping_clock_says_goodbye_when_its_server_drains_as_pasted() -> None:
    server = pasted(program("stopping-and-restarting.md", "def clock"))["server"]
    with running(server), connect(server.server_address) as client:
        assert client.recv(100) == b"tick\n"
        server.request_drain()
        with client.makefile("rb") as received:
            assert received.read().endswith(b"bye\n")


def test_stopping_program_restarts_by_a_signal_as_pasted(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = probe.getsockname()
    path = tmp_path / "program.py"
    path.write_text(program("stopping-and-restarting.md", "HotRestart").replace("9999", str(address[1])))
    successor = 0
    with subprocess.Popen([sys.executable, str(path)], stderr=subprocess.PIPE, text=True) as first:
        try:
            while True:
                with suppress(ConnectionRefusedError):
                    assert ask(address, b"read me\n") == b"READ ME\n"
                    break
            first.send_signal(signal.SIGUSR2)
            assert first.stderr is not None
            line = first.stderr.readline()
            successor = int(line.partition("process ")[2].split()[0])
            assert first.wait(PATIENCE) == 0
            assert ask(address, b"read me\n") == b"READ ME\n"
        finally:
            first.kill()
            if successor:
                os.kill(successor, signal.SIGTERM)
            # At the end of the output both processes have ended.
            assert first.stderr is not None
            first.stderr.read()


def test_stopping_unit_of_systemd_runs_the_command_line() -> None:
    [unit] = [block.text for block in BLOCKS if block.language == "ini" and block.file == "stopping-and-restarting.md"]
    parser = configparser.ConfigParser()
    parser.read_string(unit)
    assert parser["Service"]["ExecStart"].endswith("python -m typedserver app:server")
    assert float(parser["Service"]["TimeoutStopSec"]) > 25


# docs/operating.md


def test_operating_server_is_seen_by_a_program_of_ones_own_as_pasted() -> None:
    operated = pasted(program("operating.md", "Operated("))["server"]
    connections = pasted(program("operating.md", "def connections"))["connections"]
    with running(operated), connect(operated.server.server_address) as client:
        client.sendall(b"a\n")
        assert client.recv(10) == b"A\n"
        assert connections("control.sock") == 1


# docs/writing-a-strategy.md


@pytest.mark.parametrize(
    ("text", "asked", "answer"), [("class Pool(", b"", b"hello\n"), ("class Logged(", b"", b"hello\n")]
)
def test_writing_strategy_serves_as_pasted(
    text: str, asked: bytes, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    names = pasted(program("writing-a-strategy.md", text))
    servers = [names[name] for name in ("server", "waiting") if name in names]
    for server in servers:
        with running(server) as run:
            for _ in range(6):
                assert ask(run.server.server_address, asked) == answer
    logged = [record.getMessage() for record in caplog.records if record.name == "root"]
    assert len([line for line in logged if line.endswith(" is over")]) == (12 if "Logged" in text else 0)


@pytest.fixture
def held() -> Generator[threading.Event, None, None]:
    """What a handler waits for that nothing else ends; set at the end, if not before."""
    event = threading.Event()
    yield event
    event.set()


def test_writing_pool_waits_no_longer_than_a_drain_allows(held: threading.Event) -> None:
    names = pasted(program("writing-a-strategy.md", "class Pool("))
    serving_thread: list[threading.Thread] = []
    begun = threading.Event()

    def hold(_request: StreamRequest, _client_address: object, _server: object) -> None:
        serving_thread.append(threading.current_thread())
        begun.set()
        held.wait(PATIENCE)

    server = Server(TCP(port=0), hold, names["Pool"](2), config=ServerConfig(deadlines=Deadlines(drain=0.1)))
    with running(server) as run, connect(server.server_address):
        assert begun.wait(PATIENCE)
        before = time.monotonic()
        assert run.server.drain().left == 1
        run.server.server_close()
        # The deadline, and two seconds after it.
        assert time.monotonic() - before < PATIENCE / 2
        held.set()
    serving_thread[0].join(PATIENCE)
    assert not serving_thread[0].is_alive()


def test_writing_pool_counts_equal_datagrams_apart(held: threading.Event) -> None:
    names = pasted(program("writing-a-strategy.md", "class Pool("))
    begun = threading.Semaphore(0)

    def hold(_request: DatagramRequest, _client_address: object, _server: object) -> None:
        begun.release()
        held.wait(PATIENCE)

    with running(Server(UDP(port=0), hold, names["Pool"](2))) as run:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for _ in range(3):
                client.sendto(b"again", run.server.server_address)
            assert begun.acquire(timeout=PATIENCE)
            assert begun.acquire(timeout=PATIENCE)
            # The third waits in the kernel: a pool that took two equal requests for one would have taken it.
            assert not begun.acquire(timeout=0.05)
            assert select.select([run.server.fileno()], [], [], 0)[0]
        held.set()
        assert begun.acquire(timeout=PATIENCE)


def test_writing_endpoint_serves_packets_as_pasted(tmp_path: Path) -> None:
    server = pasted(program("writing-a-strategy.md", "class UnixPackets"))["server"]
    with running(server), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.connect("packets.sock")
        for packet in (b"one", b"two"):
            client.send(packet)
        assert [client.recv(100), client.recv(100)] == [b"ONE", b"TWO"]
    assert not (tmp_path / "packets.sock").exists()


def test_writing_endpoint_wrapper_establishes_as_pasted() -> None:
    with running(pasted(program("writing-a-strategy.md", "class Proxied"))["server"]) as run:
        header = b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"
        assert ask(run.server.server_address, header) == b"you are 192.0.2.1\n"
        # The kernel resets the connection if the client still sends.
        with suppress(OSError):
            assert ask(run.server.server_address, b"GET / HTTP/1.0\r\n\r\n") == b""


# Links and names


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_document_links_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        name, _, heading = target.partition("#")
        if name.startswith("https:"):
            continue
        linked = document.parent / name if name else document
        assert linked.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
            assert heading in [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings], target


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
SOURCES = {path.relative_to(ROOT / "src" / "typedserver"): path for path in (ROOT / "src").rglob("*.py")}


def test_architecture_names_files_that_there_are() -> None:
    named = set(re.findall(r"\b((?:\w+/)*\w+\.py)\b", ARCHITECTURE))
    assert len(named) > 30
    assert [name for name in named if Path(name) not in SOURCES and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z]\w+\.\w+)`", ARCHITECTURE))))
def test_architecture_names_methods_that_there_are(name: str) -> None:
    owner, _, method = name.partition(".")
    bodies = [
        {each.name for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
        for path in SOURCES.values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name == owner
    ]
    assert any(method in body for body in bodies)


def test_architecture_shows_each_folder_on_its_floor() -> None:
    [picture] = [block.text for block in BLOCKS if block.file == "architecture.md"]
    floors: dict[int, set[str]] = {}
    for line in picture.splitlines():
        if found := re.match(r"\s+(\d)\s", line):
            floors[int(found[1])] = {name.removesuffix(".py") for name in re.findall(r"\w+(?=/)|\w+\.py", line)}
    for number, rooms in enumerate(FLOORS):
        folders = {room for room in rooms if (ROOT / "src" / "typedserver" / room).is_dir()}
        assert folders <= floors[number], number
        assert floors[number] <= set(rooms), number
