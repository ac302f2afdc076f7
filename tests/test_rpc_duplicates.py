"""Calls that come again are run once: by whatever way they come, whatever is lost, and however many are kept."""

import os
import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rpc_counter import (
    COUNT,
    ECHO,
    LATER,
    ONE_WAY,
    Counter,
    accepted,
    ask_record,
    auth_sys,
    call,
    next_record,
    number,
    record,
    served,
)
from tests.rpc_relay import ask_until_answered, perturbing
from tests.running import Client, connect, running
from typedserver import TCP, UDP, ConcurrencyStrategy, Multiplexed, Server, Threads, UnixStream, rpc
from typedserver.rpc.duplicates import KeptReplies, Standing

FIRST, SECOND = accepted(0, number(1)), accepted(0, number(2))
ASKED = call(COUNT, number(5))

# The replies to calls of a test, and those to calls of its end, which show that nothing more comes.
END = call(COUNT, number(-1), xid=99)
ENDED = accepted(0, number(1), xid=99)


@contextmanager
def datagram_client(counter: Counter, **options: Any) -> Generator[Client]:
    server = Server(UDP(port=0), rpc.datagram_handler(served(counter), **options), Multiplexed())
    with running(server) as run, connect(run.server.server_address, socket.SOCK_DGRAM) as client:
        yield client


def _ask(client: Client, message: bytes) -> bytes:
    client.send(message)
    return client.recv(65536)


def test_call_that_comes_again_is_not_run_again() -> None:
    counter = Counter()
    with datagram_client(counter) as client:
        assert [_ask(client, ASKED) for _ in range(3)] == [FIRST] * 3
    assert counter.counted == {5: 1}


@pytest.mark.parametrize(
    "other",
    [
        call(COUNT, number(5), xid=2),
        call(COUNT, number(5), credentials=auth_sys()),
    ],
)
def test_call_that_differs_in_anything_is_another_one(other: bytes) -> None:
    counter = Counter()
    with datagram_client(counter) as client:
        assert _ask(client, ASKED) == FIRST
        assert _ask(client, other) == other[:4] + SECOND[4:]


def test_same_call_of_another_peer_is_another_one() -> None:
    counter = Counter()
    with datagram_client(counter) as client, connect(client.getpeername(), socket.SOCK_DGRAM) as other:
        assert _ask(client, ASKED) == FIRST
        assert _ask(other, ASKED) == SECOND


@pytest.mark.parametrize("options", [{"idempotent": ["count"]}, {"replies_kept": 0}], ids=str)
def test_call_whose_reply_is_not_kept_is_run_again(options: dict[str, Any]) -> None:
    counter = Counter()
    with datagram_client(counter, **options) as client:
        assert [_ask(client, ASKED), _ask(client, ASKED)] == [FIRST, SECOND]


def test_one_way_call_that_comes_again_is_not_run_again() -> None:
    counter = Counter()
    with datagram_client(counter) as client:
        for _ in range(2):
            client.send(call(ONE_WAY, number(5)))
        assert _ask(client, END) == ENDED
    assert counter.sent == [5]


def test_call_that_comes_again_while_it_runs_is_dropped() -> None:
    counter = Counter()
    with datagram_client(counter) as client:
        for _ in range(3):
            client.send(call(LATER, number(5)))
        assert _ask(client, END) == ENDED
        assert counter.counted[5] == 1
        counter.futures[5].set_result(1)
        assert client.recv(100) == FIRST
        assert _ask(client, call(LATER, number(5))) == FIRST
        assert counter.counted[5] == 1


def test_oldest_reply_goes_if_there_are_too_many() -> None:
    counter = Counter()
    with datagram_client(counter, replies_kept=2) as client:
        calls = [call(COUNT, number(each), xid=each) for each in range(3)]
        for each in calls:
            _ask(client, each)
        # The last two are there, the first is not.
        assert [_ask(client, each)[-4:] for each in (calls[2], calls[1], calls[0])] == [
            number(1),
            number(1),
            number(2),
        ]


def test_oldest_reply_goes_if_they_are_too_long() -> None:
    seen: list[int] = []

    class Noting(Counter):
        def echo(self, argument: bytes, call: rpc.Call, /) -> bytes:
            seen.append(call.xid)
            return argument

    with datagram_client(Noting(), bytes_kept=5_000) as client:
        calls = [call(ECHO, struct.pack(">I", 2_000) + bytes(2_000), xid=each) for each in range(3)]
        for each in (*calls, calls[2], calls[1], calls[0]):
            _ask(client, each)
    assert seen == [0, 1, 2, 0]


# Streams


@pytest.mark.parametrize("strategy", [Multiplexed(), Threads()], ids=repr)
def test_call_that_comes_again_over_another_connection_is_not_run_again(strategy: ConcurrencyStrategy[Any]) -> None:
    counter = Counter()
    with running(Server(TCP(port=0), rpc.stream_handler(served(counter)), strategy)) as run:
        for _ in range(2):
            with connect(run.server.server_address) as client:
                assert ask_record(client, ASKED) == FIRST
    assert counter.counted == {5: 1}


def test_reply_that_comes_when_its_connection_has_gone_is_kept() -> None:
    counter = Counter()
    asked = call(LATER, number(5))
    with running(Server(TCP(port=0), rpc.stream_handler(served(counter)), Multiplexed())) as run:
        address = run.server.server_address
        with connect(address) as client, connect(address) as other:
            client.sendall(record(asked))
            assert counter.asked.acquire(timeout=20)
            # It runs, so that it cannot be cancelled any more.
            assert counter.futures[5].set_running_or_notify_cancel()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket.close(client)
            # Dropped, because it runs still.
            other.sendall(record(asked))
            assert ask_record(other, END) == ENDED
            counter.futures[5].set_result(1)
            assert ask_record(other, asked) == FIRST
    assert counter.counted[5] == 1


def test_call_that_was_given_up_before_it_began_is_run_when_it_comes_again() -> None:
    counter = Counter()
    given_up = threading.Event()
    with running(Server(TCP(port=0), rpc.stream_handler(served(counter)), Multiplexed())) as run:
        with connect(run.server.server_address) as client:
            client.sendall(record(call(LATER, number(5))))
            assert counter.asked.acquire(timeout=20)
            counter.futures[5].add_done_callback(lambda _future: given_up.set())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket.close(client)
            assert given_up.wait(20)
        with connect(run.server.server_address) as client:
            client.sendall(record(call(LATER, number(5))))
            assert counter.asked.acquire(timeout=20)
            counter.futures[5].set_result(1)
            assert next_record(client) == FIRST
    assert counter.counted[5] == 2


def test_unix_peers_have_no_host_whose_replies_are_kept(tmp_path: Path) -> None:
    counter = Counter()
    path = str(tmp_path / "s")
    with running(Server(UnixStream(path), rpc.stream_handler(served(counter)), Multiplexed())):
        for reply in (FIRST, SECOND):
            with connect(path) as client:
                assert ask_record(client, ASKED) == reply


# Loss


@pytest.mark.parametrize("strategy", [Multiplexed(), Threads()], ids=repr)
def test_each_call_is_run_once_though_a_third_of_all_is_lost_and_repeated(strategy: ConcurrencyStrategy[Any]) -> None:
    counter = Counter()
    calls = {xid: call(COUNT, number(xid), xid=xid) for xid in range(300)}
    with (
        running(Server(UDP(port=0), rpc.datagram_handler(served(counter)), strategy)) as run,
        perturbing(run.server.server_address, loss=0.3, seed=4) as address,
    ):
        replies = ask_until_answered(address, calls, at_once=32, patience=20)
    assert replies == {xid: accepted(0, number(1), xid=xid) for xid in calls}
    assert counter.counted == dict.fromkeys(calls, 1)


# What is kept


def test_kept_replies_know_what_runs_and_what_has_run() -> None:
    kept = KeptReplies(10, 10_000)
    assert kept.begin(1) is Standing.NEW
    assert kept.begin(1) is Standing.RUNS
    kept.finish(1, b"reply")
    assert kept.begin(1) == b"reply"
    assert kept.begin(2) is Standing.NEW
    kept.finish(2, None)
    assert kept.begin(2) is None
    assert kept.begin(3) is Standing.NEW
    kept.forget(3)
    assert kept.begin(3) is Standing.NEW


def test_kept_replies_stay_within_their_bounds() -> None:
    kept = KeptReplies(100, 50_000)
    for key in range(1000):
        assert kept.begin(key) is Standing.NEW
        kept.finish(key, bytes(key))
    there = [key for key in range(1000) if kept.begin(key) is not Standing.NEW]
    assert there == list(range(1000 - len(there), 1000))
    assert 1 <= len(there) <= 50
    assert kept.begin("long") is Standing.NEW
    kept.finish("long", bytes(60_000))
    assert kept.begin("long") is Standing.NEW


def test_reply_that_takes_all_room_is_not_kept() -> None:
    kept = KeptReplies(10, 1_000)
    assert kept.begin(1) is Standing.NEW
    kept.finish(1, bytes(2_000))
    assert kept.begin(1) is Standing.NEW


def test_forked_process_keeps_replies_of_its_own() -> None:
    kept = KeptReplies(10, 10_000)
    kept.begin(1)
    kept.finish(1, b"reply")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(write, b"new" if kept.begin(1) is Standing.NEW else b"known")
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    try:
        assert os.waitpid(child, 0)[1] == 0
        assert os.read(read, 10) == b"new"
    finally:
        os.close(read)
    assert kept.begin(1) == b"reply"
