"""Calls that come again are run once: by whatever way they come, whatever is lost, and however many are kept."""

import os
import socket
import struct
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
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
from typedserver import TCP, UDP, Asyncio, ConcurrencyStrategy, Multiplexed, Server, Threads, UnixStream, rpc
from typedserver.rpc.answering import Answering
from typedserver.rpc.duplicates import KeptReplies, Standing
from typedserver.rpc.later import ComingReply

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
            assert ask_record(other, END) == ENDED
            counter.futures[5].set_result(1)
            assert ask_record(other, asked) == FIRST
    assert counter.counted[5] == 1


@pytest.mark.parametrize("strategy", [Multiplexed(), Asyncio(), Threads()], ids=repr)
@pytest.mark.parametrize("is_lost", [False, True], ids=["first connection lives", "first connection is lost"])
def test_call_that_comes_again_over_a_stream_while_it_runs_gets_the_reply_of_the_first(
    strategy: ConcurrencyStrategy[Any], is_lost: bool
) -> None:
    counter = Counter()
    asked = call(LATER, number(5))
    with running(Server(TCP(port=0), rpc.stream_handler(served(counter)), strategy)) as run:
        address = run.server.server_address
        with connect(address) as first, connect(address) as second, connect(address) as third:
            first.sendall(record(asked))
            assert counter.asked.acquire(timeout=20)
            for again in (second, third):
                again.sendall(record(asked))
                # The one before it has been taken up when this is answered.
                assert ask_record(again, END) == ENDED
            if is_lost:
                first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                socket.socket.close(first)
                with connect(address) as fourth:
                    assert ask_record(fourth, END) == ENDED
            counter.futures[5].set_result(1)
            assert [next_record(each) for each in ([] if is_lost else [first]) + [second, third]] == [FIRST] * (
                2 if is_lost else 3
            )
    assert counter.counted[5] == 1


def test_call_joins_one_that_runs_in_another_thread() -> None:
    begun, ended = threading.Event(), threading.Event()

    class Slow(Counter):
        def count(self, argument: int, call: rpc.Call, /) -> int:
            if argument == 5:
                begun.set()
                assert ended.wait(20)
            return super().count(argument, call)

    counter = Slow()
    with (
        running(Server(TCP(port=0), rpc.stream_handler(served(counter)), Threads())) as run,
        connect(run.server.server_address) as first,
        connect(run.server.server_address) as second,
    ):
        first.sendall(record(ASKED))
        assert begun.wait(20)
        second.sendall(record(ASKED))
        assert ask_record(second, END) == ENDED
        ended.set()
        assert next_record(first) == next_record(second) == FIRST
    assert counter.counted[5] == 1


class _Nobody:
    """Stands for a server, of which no procedure of the counter asks anything."""


def _answering(counter: Counter) -> Callable[[], Any]:
    """Return what answers the call LATER each time that it comes, as over streams."""
    answering = Answering(
        "a test",
        [served(counter)],
        authorize=None,
        idempotent=(),
        replies_kept=10,
        bytes_kept=10_000,
        joins=True,
        longest=10_000,
    )
    nobody: Any = _Nobody()
    return lambda: answering(call(LATER, number(5)), "peer", ("127.0.0.1", 1), nobody)


def test_call_that_comes_again_at_the_moment_at_which_it_is_given_up_is_run_again() -> None:
    joined: list[Any] = []

    class Cancelled(Future[int]):
        def cancel(self) -> bool:
            joined.append(ask())
            return super().cancel()

    class Early(Counter):
        def later(self, argument: int, call: rpc.Call, /) -> Future[int]:
            made = super().later(argument, call)
            if self.counted[argument] == 1:
                made = self.futures[argument] = Cancelled()
            return made

    counter = Early()
    ask = _answering(counter)
    ask().cancel()
    assert counter.counted[5] == 2
    assert not joined[0].done()
    counter.futures[5].set_result(1)
    assert joined[0].result() == FIRST
    assert ask() == FIRST


def test_caller_who_has_joined_a_call_that_ends_its_thread_is_told_of_a_failure() -> None:
    joined: list[Any] = []

    class Ending(Counter):
        def later(self, argument: int, call: rpc.Call, /) -> Future[int]:
            joined.append(ask())
            raise SystemExit

    ask = _answering(Ending())
    with pytest.raises(SystemExit):
        ask()
    assert joined[0].result() == accepted(5)


def test_one_who_has_joined_cannot_cancel_for_the_others() -> None:
    counter = Counter()
    ask = _answering(counter)
    first, second, third = ask(), ask(), ask()
    told: list[bytes | None] = []

    def tell(reply: Any) -> None:
        told.append(reply.result())

    third.add_done_callback(tell)
    second.cancel()
    first.cancel()
    assert not counter.futures[5].cancelled()
    counter.futures[5].set_result(1)
    assert (first.result(), second.result(), told) == (FIRST, FIRST, [FIRST])
    assert (third.exception(), third.done()) == (None, True)
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


def test_kept_replies_let_calls_join_one_that_runs() -> None:
    kept = KeptReplies(10, 10_000, joins=True)
    assert kept.begin(1) is Standing.NEW
    assert not kept.is_joined(1)
    joined = kept.begin(1)
    assert isinstance(joined, ComingReply)
    assert kept.begin(1) is joined
    assert kept.is_joined(1)
    kept.finish(1, b"reply")
    assert joined.result() == b"reply"
    assert kept.begin(1) == b"reply"
    assert not kept.is_joined(1)


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
