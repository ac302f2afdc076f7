"""The syslog collector of the examples: logger of util-linux, and bytes as other clients send them."""

import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from examples import syslog

from tests.running import PATIENCE, Client, connect, port_of
from typedserver.testing import serving

HOST = "127.0.0.1"
LOCAL0, CRIT, NOTICE = 16, 2, 5


class Collector(NamedTuple):
    port: int
    path: str


@contextmanager
def collecting(tmp_path: Path) -> Generator[Collector, None, None]:
    path = str(tmp_path / "log")
    with serving(syslog.collector(str(tmp_path / "messages.db"), 0, path)) as server:
        yield Collector(port_of(server), path)


def stored(tmp_path: Path) -> list[tuple[str, int, int, str]]:
    """Return all messages without their time, when the server has drained."""
    with closing(sqlite3.connect(tmp_path / "messages.db")) as database:
        return database.execute("SELECT source, facility, severity, text FROM messages ORDER BY rowid").fetchall()


@pytest.mark.parametrize(
    ("options", "source"),
    [
        (("-n", HOST, "-d"), HOST),
        (("-n", HOST, "-T"), HOST),
        (("-n", HOST, "-T", "--octet-count"), HOST),
        (("-u", "--socket-errors=on"), "local"),
    ],
    ids=["UDP", "TCP", "TCP with counts", "Unix"],
)
def test_logger_is_stored(options: tuple[str, ...], source: str, tmp_path: Path) -> None:
    with collecting(tmp_path) as collector:
        where = ["-u", collector.path, *options[1:]] if options[0] == "-u" else [*options, "-P", str(collector.port)]
        for text in ("first", "second\N{SNOWMAN}"):
            subprocess.run(["logger", *where, "-p", "local0.crit", "-t", "me", text], check=True, timeout=PATIENCE)
    messages = stored(tmp_path)
    assert [message[:3] for message in messages] == [(source, LOCAL0, CRIT)] * 2
    assert [message[3].rpartition(" ")[2] for message in messages] == ["first", "second\N{SNOWMAN}"]


@pytest.mark.parametrize(
    "sent",
    [
        b"<130>one\n<13>two\n<0>three\n",
        b"8 <130>one7 <13>two8 <0>three",
        b"8 <130>one<13>two\n9 <0>three\n",
    ],
    ids=["lines", "counts", "both"],
)
def test_messages_of_a_connection_are_stored_in_whatever_pieces_they_come(sent: bytes, tmp_path: Path) -> None:
    with collecting(tmp_path) as collector, connect((HOST, collector.port)) as client:
        for position in range(len(sent)):
            client.sendall(sent[position : position + 1])
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert stored(tmp_path) == [(HOST, 16, 2, "one"), (HOST, 1, 5, "two"), (HOST, 0, 0, "three")]


def test_message_may_hold_line_ends_if_it_is_counted(tmp_path: Path) -> None:
    with collecting(tmp_path) as collector, connect((HOST, collector.port)) as client:
        client.sendall(b"15 <13>one\n<13>two")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert stored(tmp_path) == [(HOST, 1, NOTICE, "one\n<13>two")]


@pytest.mark.parametrize("sent", [b"none", b"<>none", b"<x>none", b"<none"])
def test_message_without_a_priority_is_a_users_notice(sent: bytes, tmp_path: Path) -> None:
    with collecting(tmp_path) as collector, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.connect(collector.path)
        client.send(sent)
    assert stored(tmp_path) == [("local", 1, NOTICE, sent.decode())]


@pytest.mark.parametrize("sent", [b"99999999 <13>x", b"1x <13>x", b"4" * 70_000])
def test_broken_count_ends_its_connection_alone(sent: bytes, tmp_path: Path) -> None:
    with collecting(tmp_path) as collector, connect((HOST, collector.port)) as other:
        with connect((HOST, collector.port)) as hostile:
            hostile.sendall(sent)
            assert hostile.recv(1) == b""
        other.sendall(b"<13>well\n")
        other.shutdown(socket.SHUT_WR)
        assert other.recv(1) == b""
    assert stored(tmp_path) == [(HOST, 1, NOTICE, "well")]


def test_drain_ends_connections_between_two_messages_at_once_and_stores_all(tmp_path: Path) -> None:
    clients: list[Client] = []
    try:
        with collecting(tmp_path) as collector:
            for number in range(20):
                client = connect((HOST, collector.port))
                clients.append(client)
                client.sendall(b"".join(b"<13>%d.%d\n" % (number, each) for each in range(100)))
            before = time.monotonic()
        # All of them have only sent, and would send more: a drain waits 25 seconds for what is in a message.
        assert time.monotonic() - before < PATIENCE / 2
    finally:
        for client in clients:
            client.close()
    assert len(stored(tmp_path)) == 2000


def test_what_the_database_refuses_is_told_and_lost_and_what_follows_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def exchange(statement: str) -> None:
        with closing(sqlite3.connect(tmp_path / "messages.db")) as database:
            database.execute(statement)
            database.commit()

    def until(condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    with collecting(tmp_path) as collector, connect((HOST, collector.port)) as client:
        exchange("ALTER TABLE messages RENAME TO moved")
        client.sendall(b"<13>lost\n")
        until(lambda: "1 messages are lost: no such table" in capsys.readouterr().out)
        exchange("ALTER TABLE moved RENAME TO messages")
        client.sendall(b"<13>kept\n")
    assert stored(tmp_path) == [(HOST, 1, NOTICE, "kept")]


def test_example_is_short() -> None:
    assert len(Path(syslog.__file__).read_text().splitlines()) < 100
