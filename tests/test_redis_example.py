"""The Redis of the examples under each strategy that it supports: redis-cli, redis-benchmark and a bare socket."""

import random
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from examples import redis_server
from examples.redis_server import MOST_ARGUMENTS, MOST_BYTES, redis

from tests.running import PATIENCE, Client, ask, connect, running
from tests.test_examples import free_port
from typedserver import TCP, Multiplexed, Server, ThreadPool, Threads, inet_address

STRATEGIES = [Multiplexed(), Threads(), ThreadPool()]

needs_redis_cli = pytest.mark.skipif(shutil.which("redis-cli") is None, reason="redis-cli")
needs_redis_benchmark = pytest.mark.skipif(shutil.which("redis-benchmark") is None, reason="redis-benchmark")


@pytest.fixture(params=STRATEGIES, ids=repr)
def address(request: pytest.FixtureRequest) -> Generator[tuple[str, int], None, None]:
    redis_server.values.clear()
    server: Server[Any, Any] = Server(TCP(port=0), redis, request.param)
    with running(server) as run:
        yield inet_address(run.server)


def command(*words: bytes) -> bytes:
    """Write a command as clients do."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def receive(client: Client, size: int) -> bytes:
    """Return so many bytes, or what came before the end."""
    received = b""
    while len(received) < size and (part := client.recv(size - len(received))):
        received += part
    return received


def receive_all(client: Client) -> bytes:
    received = b""
    while part := client.recv(65536):
        received += part
    return received


# Commands

WRONG_NUMBER = b"-ERR wrong number of arguments for '%b' command\r\n"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (command(b"PING"), b"+PONG\r\n"),
        (command(b"ping", b"hi"), b"$2\r\nhi\r\n"),
        (command(b"PING", b"a", b"b"), WRONG_NUMBER % b"ping"),
        (command(b"ECHO", b"hello"), b"$5\r\nhello\r\n"),
        (command(b"ECHO"), WRONG_NUMBER % b"echo"),
        (command(b"GET", b"nothing"), b"$-1\r\n"),
        (command(b"GET", b"a", b"b"), WRONG_NUMBER % b"get"),
        (command(b"SET", b"a", b"1") + command(b"GET", b"a"), b"+OK\r\n$1\r\n1\r\n"),
        (command(b"SET", b"a", b"") + command(b"GET", b"a"), b"+OK\r\n$0\r\n\r\n"),
        (command(b"SET", b"a"), WRONG_NUMBER % b"set"),
        (command(b"SET", b"a", b"1") + command(b"DEL", b"a", b"a", b"b"), b"+OK\r\n:1\r\n"),
        (command(b"DEL"), WRONG_NUMBER % b"del"),
        (command(b"SET", b"a", b"1") + command(b"EXISTS", b"a", b"a", b"b"), b"+OK\r\n:2\r\n"),
        (command(b"EXISTS"), WRONG_NUMBER % b"exists"),
        (command(b"INCR", b"n") * 2, b":1\r\n:2\r\n"),
        (command(b"SET", b"n", b"-1") + command(b"INCR", b"n"), b"+OK\r\n:0\r\n"),
        (command(b"INCR"), WRONG_NUMBER % b"incr"),
        (command(b"CONFIG", b"GET", b"save"), b"*2\r\n$4\r\nsave\r\n$0\r\n\r\n"),
        (command(b"CONFIG"), WRONG_NUMBER % b"config"),
        (command(b"COMMAND", b"DOCS"), b"*0\r\n"),
        (command(b"NO", b"such"), b"-ERR unknown command 'NO'\r\n"),
    ],
)
def test_command_is_answered(address: Any, sent: bytes, answered: bytes) -> None:
    assert ask(address, sent) == answered


@pytest.mark.parametrize("value", [b"one", b"", b"1.0", b"--1", b"-", b"9" * 19, b"9" * 5000])
def test_incr_refuses_a_value_that_is_no_integer(address: Any, value: bytes) -> None:
    refusal = b"-ERR value is not an integer or out of range\r\n"
    assert ask(address, command(b"SET", b"n", value) + command(b"INCR", b"n")) == b"+OK\r\n" + refusal


def test_quit_is_answered_and_ends_the_connection_and_what_follows_it_is_not_served(address: Any) -> None:
    with connect(address) as client:
        client.sendall(command(b"QUIT") + command(b"SET", b"a", b"1"))
        assert receive_all(client) == b"+OK\r\n"
    assert ask(address, command(b"GET", b"a")) == b"$-1\r\n"


def test_inline_commands_end_with_either_line_end_and_empty_ones_are_passed_over(address: Any) -> None:
    assert ask(address, b"\r\n\nPING\nset a 1\r\n*0\r\nget   a\r\n") == b"+PONG\r\n+OK\r\n$1\r\n1\r\n"


def test_value_of_every_byte_comes_back(address: Any) -> None:
    value = bytes(range(256)) + b"\r\n*1\r\n$4\r\nQUIT\r\n"
    assert ask(address, command(b"SET", value, value) + command(b"GET", value)) == b"+OK\r\n$%d\r\n%b\r\n" % (
        len(value),
        value,
    )


def test_unknown_name_with_line_ends_makes_no_reply_of_its_own(address: Any) -> None:
    answered = ask(address, command(b"X\r\n+OK\r\n") + command(b"PING"))
    assert answered == b"-ERR unknown command 'X\\r\\n+OK\\r\\n'\r\n+PONG\r\n"


# Pieces and batches


def test_commands_are_the_same_in_whatever_pieces_they_come(address: Any) -> None:
    sent = command(b"SET", b"key", b"v\r\nv") + b"PING\r\n" + command(b"GET", b"key") + command(b"INCR", b"n")
    with connect(address) as client:
        for position in range(len(sent)):
            client.sendall(sent[position : position + 1])
        client.sendall(sent)
        replies = b"+OK\r\n+PONG\r\n$4\r\nv\r\nv\r\n:%d\r\n"
        assert receive(client, 2 * len(replies % 1)) == replies % 1 + replies % 2


def test_ten_thousand_commands_in_one_go_are_answered_in_their_order(address: Any) -> None:
    with connect(address) as client:
        sending = threading.Thread(target=client.sendall, args=(command(b"INCR", b"n") * 10_000,))
        sending.start()
        expected = b"".join(b":%d\r\n" % number for number in range(1, 10_001))
        assert receive(client, len(expected)) == expected
        sending.join()


def test_replies_of_a_batch_are_no_larger_than_a_chunk_and_a_value() -> None:
    redis_server.values[b"large"] = bytes(MOST_BYTES)
    try:
        replies, rest = redis_server.answer(command(b"GET", b"large") * 100)
        assert len(replies) < 2 * MOST_BYTES
        assert rest == command(b"GET", b"large") * 99
    finally:
        redis_server.values.clear()


def test_largest_value_is_taken_and_given(address: Any) -> None:
    # A little less, because the rest of the command counts too.
    value = random.Random(4).randbytes(MOST_BYTES - 100)
    assert ask(address, command(b"SET", b"large", value) + command(b"GET", b"large")) == (
        b"+OK\r\n$%d\r\n%b\r\n" % (len(value), value)
    )


def test_clients_that_count_at_once_lose_no_count(address: Any) -> None:
    def count() -> None:
        ask(address, command(b"INCR", b"n") * 500)

    clients = [threading.Thread(target=count) for _ in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(PATIENCE)
    assert ask(address, command(b"GET", b"n")) == b"$4\r\n4000\r\n"


# Hostile clients


@pytest.mark.parametrize(
    "sent",
    [
        b"*%d\r\n" % (MOST_ARGUMENTS + 1),
        b"*-1\r\n",
        b"*\r\n",
        b"*x\r\n",
        b"*1_0\r\n",
        b"*1\n",
        b"*" + b"9" * 5000 + b"\r\n",
        b"*1\r\n$%d\r\n" % (MOST_BYTES + 1),
        b"*1\r\n$-1\r\n",
        b"*1\r\n$99999999999999999999\r\n",
        b"*1\r\n:4\r\n",
        b"*2\r\n$4\r\nPING\r\nPING\r\n",
    ],
)
def test_broken_protocol_is_answered_by_an_error_and_the_end_and_others_are_served(address: Any, sent: bytes) -> None:
    with connect(address) as other, connect(address) as hostile:
        hostile.sendall(b"PING\r\n" + sent)
        answered = receive_all(hostile)
        assert answered.startswith(b"+PONG\r\n-ERR Protocol error: "), answered
        assert answered.count(b"\r\n") == 2
        other.sendall(b"PING\r\n")
        assert receive(other, 7) == b"+PONG\r\n"


@pytest.mark.parametrize("start", [b"", b"*200\r\n"], ids=["garbage", "many arguments"])
def test_command_that_never_ends_is_refused_at_the_limit(address: Any, start: bytes) -> None:
    with connect(address) as hostile:
        piece = b"$65000\r\n%b\r\n" % bytes(65000) if start else b"x" * 65000
        sent = len(start)
        hostile.sendall(start)
        while sent < 64 * MOST_BYTES and not select.select([hostile], [], [], 0)[0]:
            hostile.sendall(piece)
            sent += len(piece)
        assert sent < 32 * MOST_BYTES
        # The client has sent more than the server has read, and gets the whole answer all the same.
        assert receive_all(hostile) == b"-ERR Protocol error: too big request\r\n"
    assert ask(address, b"PING\r\n") == b"+PONG\r\n"


def test_random_bytes_leave_the_server_well(address: Any) -> None:
    chance = random.Random(4)
    for _ in range(20):
        with connect(address) as hostile:
            hostile.sendall(chance.choice([b"", b"*3\r\n", b"*1\r\n$5\r\n"]) + chance.randbytes(2000))
    assert ask(address, b"PING\r\n") == b"+PONG\r\n"


# Real clients


@needs_redis_cli
def test_redis_cli_is_answered(address: Any) -> None:
    script = (
        "ping\nset greeting 'hello, world'\nget greeting\nincr visits\nexists greeting\ndel greeting\nget greeting\n"
    )
    script += "nonsense\nget\nconfig get save\ninfo\nquit\n"
    ran = subprocess.run(
        ["redis-cli", "-p", str(address[1])], input=script, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert ran.stdout.splitlines()[:8] == [
        "PONG",
        "OK",
        "hello, world",
        "1",
        "1",
        "1",
        "",
        "ERR unknown command 'nonsense'",
    ]
    assert "ERR wrong number of arguments for 'get' command" in ran.stdout
    assert ran.stderr == ""


@needs_redis_cli
def test_redis_cli_pipes_a_thousand_commands_in(address: Any) -> None:
    ran = subprocess.run(
        ["redis-cli", "-p", str(address[1]), "--pipe"],
        input=b"".join(command(b"SET", b"%d" % number, bytes(100)) for number in range(1000)),
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    assert b"errors: 0, replies: 1000" in ran.stdout
    assert len(redis_server.values) == 1000


@needs_redis_benchmark
@pytest.mark.parametrize("depth", ["1", "16"])
def test_redis_benchmark_meets_no_error(address: Any, depth: str) -> None:
    options = ["-t", "ping_inline,set,get", "-c", "50", "-n", "2000", "-P", depth, "-q", "--csv"]
    ran = subprocess.run(
        ["redis-benchmark", "-p", str(address[1]), *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert [line.partition(",")[0] for line in ran.stdout.splitlines()[1:]] == ['"PING_INLINE"', '"SET"', '"GET"']
    assert ran.stderr == ""


def test_example_is_served_by_the_command_line_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    # The example as it is, except the port, which another program may hold on this machine.
    port = free_port()
    (tmp_path / "redis_server.py").write_text(Path(redis_server.__file__).read_text().replace("6380", str(port)))
    process = subprocess.Popen(
        [sys.executable, "-m", "typedserver", "redis_server:server"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert str(port) in process.stdout.readline()
        assert ask(("127.0.0.1", port), b"PING\r\n") == b"+PONG\r\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


def test_example_is_short() -> None:
    assert len(Path(redis_server.__file__).read_text().splitlines()) < 100
