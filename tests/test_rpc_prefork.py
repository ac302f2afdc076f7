"""RPC in the workers of a Prefork: each answers, and each knows the calls that it has run itself."""

import os
import socket
import struct
import time
from contextlib import ExitStack
from typing import Any

import pytest

from tests.rpc_counter import WHO, Counter, accepted, ask_record, call, served
from tests.running import PATIENCE, Client, connect, running
from typedserver import TCP, UDP, Multiplexed, Prefork, Server, Threads, rpc

# The number of the call that is sent more than once; greetings have greater ones.
AGAIN = 7


class Telling(Counter):
    """Tells which process has run a call, and how often that process has."""

    def who(self, call: rpc.Call, /) -> str:
        self.counted[call.xid] = self.counted.get(call.xid, 0) + 1
        return f"{os.getpid()} {self.counted[call.xid]}"


def _asked(xid: int) -> bytes:
    return call(WHO, xid=xid)


def _told(reply: bytes | None, xid: int) -> tuple[int, int]:
    """Return the process and its count from a reply."""
    head = accepted(0, xid=xid)
    assert reply is not None
    assert reply.startswith(head)
    (size,) = struct.unpack_from(">I", reply, len(head))
    pid, count = reply[len(head) + 4 : len(head) + 4 + size].split()
    return int(pid), int(count)


def _ask_datagram(client: Client, xid: int) -> tuple[int, int]:
    client.send(_asked(xid))
    return _told(client.recv(65536), xid)


def _until_two_answer(ask: Any) -> dict[int, Client]:
    """Return a client for each of two workers; ``ask`` makes one, and asks by the number that it is given."""
    found: dict[int, Client] = {}
    deadline = time.monotonic() + PATIENCE
    number = 1000
    while len(found) < 2:
        assert time.monotonic() < deadline, "only one worker answers"
        number += 1
        client, pid = ask(number)
        found.setdefault(pid, client)
    return found


@pytest.mark.parametrize("strategy", [Multiplexed(), Threads()], ids=repr)
@pytest.mark.parametrize("reuse_port", [False, True], ids=["one listener", "a listener each"])
def test_each_worker_answers_over_tcp_and_repeats_its_own_replies(strategy: Any, reuse_port: bool) -> None:
    server = Server(TCP(port=0), rpc.stream_handler(served(Telling())), strategy)
    with running(Prefork(server, 2, reuse_port=reuse_port)) as run, ExitStack() as stack:

        def ask(number: int) -> tuple[Client, int]:
            client = stack.enter_context(connect(run.server.server_address))
            return client, _told(ask_record(client, _asked(number)), number)[0]

        clients = _until_two_answer(ask)
        assert os.getpid() not in clients
        for _ in range(2):
            for pid, client in clients.items():
                # The other has run the very same call, of the same host, and this one does not know.
                assert _told(ask_record(client, _asked(AGAIN)), AGAIN) == (pid, 1)


def test_each_worker_answers_over_udp_and_none_runs_a_call_twice() -> None:
    server = Server(UDP(port=0), rpc.datagram_handler(served(Telling())), Multiplexed())
    with running(Prefork(server, 2)) as run, ExitStack() as stack:

        def ask(number: int) -> tuple[Client, int]:
            client = stack.enter_context(connect(run.server.server_address, socket.SOCK_DGRAM))
            return client, _ask_datagram(client, number)[0]

        client, *_ = _until_two_answer(ask).values()
        # Whichever is free takes a datagram: a call that comes again may come to another worker, which runs it too.
        assert {_ask_datagram(client, AGAIN)[1] for _ in range(50)} == {1}


def test_call_over_udp_comes_again_to_the_worker_that_has_run_it_if_each_has_its_own_listener() -> None:
    server = Server(UDP(port=0), rpc.datagram_handler(served(Telling())), Multiplexed())
    with running(Prefork(server, 2, reuse_port=True)) as run, ExitStack() as stack:

        def ask(number: int) -> tuple[Client, int]:
            client = stack.enter_context(connect(run.server.server_address, socket.SOCK_DGRAM))
            return client, _ask_datagram(client, number)[0]

        for pid, client in _until_two_answer(ask).items():
            assert {_ask_datagram(client, AGAIN) for _ in range(50)} == {(pid, 1)}
