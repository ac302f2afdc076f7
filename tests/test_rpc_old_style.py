"""RPC servers in the style of socketserver answer as the new ones do, and can be inherited from as the old ones."""

import socket
import struct
import threading
from collections.abc import Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rpc_counter import (
    ADD,
    COUNT,
    DENY,
    ECHO,
    FAIL,
    LATER,
    ONE_WAY,
    Counter,
    accepted,
    ask_record,
    call,
    next_record,
    number,
    record,
    refused,
    served,
)
from tests.running import ask_datagram, connect
from typedserver import CompositionError, RecipeError, compat, rpc

ONE_PLUS_TWO = call(ADD, number(1) + number(2))
THREE = accepted(0, number(3))

STREAMS = [rpc.TCPRPCServer, rpc.ThreadingTCPRPCServer, rpc.ForkingTCPRPCServer]
DATAGRAMS = [rpc.UDPRPCServer, rpc.ThreadingUDPRPCServer, rpc.ForkingUDPRPCServer]


class Elsewhere(Counter):
    def later(self, argument: int, _call: rpc.Call, /) -> Future[int]:
        future = Future[int]()
        threading.Thread(target=lambda: future.set_result(argument)).start()
        return future


@contextmanager
def serving(server: Any) -> Generator[Any]:
    """Serve in a thread while the block runs; gives the address."""
    with server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield server.server_address
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("kind", STREAMS)
def test_stream_is_answered(kind: Any) -> None:
    with serving(kind(("127.0.0.1", 0), [served(Elsewhere())])) as address, connect(address) as client:
        assert ask_record(client, ONE_PLUS_TWO) == THREE
        assert ask_record(client, call(FAIL, xid=2)) == accepted(5, xid=2)
        assert ask_record(client, call(DENY, number(5), xid=3)) == refused(5, xid=3)
        assert ask_record(client, call(LATER, number(9), xid=4)) == accepted(0, number(9), xid=4)
        client.sendall(record(call(ONE_WAY, number(1), xid=5)))
        client.sendall(record(call(ADD, number(1) + number(2)), size=3))
        assert next_record(client) == THREE


@pytest.mark.parametrize("kind", DATAGRAMS)
def test_datagrams_are_answered(kind: Any) -> None:
    much = struct.pack(">I", 60_000) + b"x" * 60_000
    with serving(kind(("127.0.0.1", 0), [served(Elsewhere())])) as address:
        assert ask_datagram(address, ONE_PLUS_TWO) == THREE
        assert ask_datagram(address, call(LATER, number(9))) == accepted(0, number(9))
        assert ask_datagram(address, call(ECHO, much)) == accepted(0, much)


def test_mixin_answers_on_any_server_class(tmp_path: Path) -> None:
    class Server(rpc.RPCMixIn, compat.UnixStreamServer):
        pass

    path = str(tmp_path / "s")
    with serving(Server(path, [served()])), connect(path) as client:
        assert ask_record(client, ONE_PLUS_TWO) == THREE
    Path(path).unlink()


@pytest.mark.parametrize(
    "sent",
    [
        record(bytes(5)),
        struct.pack(">I", 0x80000000 | 101),
        record(ONE_PLUS_TWO)[:30],
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_call_ends_its_connection_alone(sent: bytes) -> None:
    class Short(rpc.ThreadingTCPRPCServer):
        max_record_size = 100

    with serving(Short(("127.0.0.1", 0), [served()])) as address, connect(address) as client, connect(address) as other:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        assert next_record(client) is None
        assert ask_record(other, ONE_PLUS_TWO) == THREE


def test_what_is_no_call_is_no_datagram_to_answer() -> None:
    with (
        serving(rpc.UDPRPCServer(("127.0.0.1", 0), [served()])) as address,
        connect(address, socket.SOCK_DGRAM) as client,
    ):
        for sent in (b"", THREE, ONE_PLUS_TWO[:39], ONE_PLUS_TWO):
            client.send(sent)
        assert client.recv(100) == THREE


def test_call_that_comes_again_is_run_once() -> None:
    counter = Counter()
    asked = call(COUNT, number(5))
    with serving(rpc.ThreadingTCPRPCServer(("127.0.0.1", 0), [served(counter)])) as address:
        for _ in range(2):
            with connect(address) as client:
                assert ask_record(client, asked) == accepted(0, number(1))
    counter = Counter()
    with (
        serving(rpc.UDPRPCServer(("127.0.0.1", 0), [served(counter)])) as address,
        connect(address, socket.SOCK_DGRAM) as client,
    ):
        for _ in range(2):
            client.send(asked)
            assert client.recv(100) == accepted(0, number(1))


def test_call_that_comes_again_over_another_connection_has_the_reply_of_the_first() -> None:
    counter = Counter()
    asked = record(call(LATER, number(5)))
    with (
        serving(rpc.ThreadingTCPRPCServer(("127.0.0.1", 0), [served(counter)])) as address,
        connect(address) as first,
        connect(address) as second,
    ):
        first.sendall(asked)
        assert counter.asked.acquire(timeout=20)
        # It may be taken up before or after the result is there.
        second.sendall(asked)
        counter.futures[5].set_result(1)
        assert next_record(first) == next_record(second) == accepted(0, number(1))
    assert counter.counted[5] == 1


def test_callers_are_authorized() -> None:
    server = rpc.TCPRPCServer(("127.0.0.1", 0), [served()], authorize=rpc.require_auth_sys)
    with serving(server) as address, connect(address) as client:
        assert ask_record(client, ONE_PLUS_TWO) == refused(5)


def test_socket_is_bound_when_that_is_asked_for() -> None:
    with rpc.UDPRPCServer(("127.0.0.1", 0), [served()], False) as server:
        server.server_bind()
        assert server.server_address[1] != 0


def test_values_that_cannot_work_are_refused() -> None:
    with pytest.raises(CompositionError, match="TCPRPCServer needs a program"):
        rpc.TCPRPCServer(("127.0.0.1", 0), [])
    with pytest.raises(RecipeError, match="UDPRPCServer"):
        rpc.UDPRPCServer(("127.0.0.1", 0), [served()], idempotent=["nothing"])
