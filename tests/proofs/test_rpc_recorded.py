"""What real clients have sent, cut at every byte and with every length changed: the server answers by the book.

Over UDP and TCP, under each kind of strategy: the status that RFC 5531 has, or a close, and the server serves on.
"""

import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from tests.rpc_corpus import echoes
from tests.rpc_counter import accepted, call, next_record, record
from tests.rpc_recorded_calls import (
    CLIENTS,
    all_programs,
    changed,
    expected,
    sent_by,
    with_flipped,
)
from tests.running import connect, running
from typedserver import TCP, UDP, Asyncio, Multiplexed, Server, Threads, rpc

STRATEGIES: list[Any] = [Multiplexed(), Asyncio(grace=0), Threads()]
NULL = call(0, program=echoes.ECHOES, xid=0xFFFFFFFE)
NULLED = accepted(0, xid=0xFFFFFFFE)
READ = struct.pack(">II", 100003, 6)
SYSTEM_ERR = 5

every_client = pytest.mark.parametrize("client", CLIENTS)
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)


@every_strategy
@every_client
def test_each_changed_call_over_udp_has_the_reply_that_it_should(client: str, strategy: Any) -> None:
    with (
        all_programs() as programs,
        running(Server(UDP(port=0), rpc.datagram_handler(*programs, replies_kept=0), strategy)) as run,
        connect(run.server.server_address, socket.SOCK_DGRAM) as plain,
    ):
        for message in changed(client):
            plain.send(message)
            allowed = expected(message)
            if allowed is None:
                # Nothing comes before the reply to a call that is right.
                plain.send(NULL)
                allowed = (NULLED,)
            elif message[12:16] + message[20:24] == READ:
                # What libnfs reads at once over TCP is more than a datagram can have.
                allowed += (accepted(SYSTEM_ERR, xid=int.from_bytes(message[:4])),)
            assert plain.recv(65536).startswith(allowed), message.hex()


@every_strategy
@every_client
def test_each_changed_call_over_tcp_has_the_reply_that_it_should_or_a_close(client: str, strategy: Any) -> None:
    with (
        all_programs() as programs,
        running(Server(TCP(port=0), rpc.stream_handler(*programs, replies_kept=0), strategy)) as run,
    ):
        address = run.server.server_address
        messages = list(changed(client))
        while messages:
            with connect(address) as plain:
                while messages:
                    message = messages.pop()
                    plain.sendall(record(message))
                    allowed, reply = expected(message), next_record(plain)
                    if allowed is None:
                        assert reply is None, message.hex()
                        break
                    assert reply is not None, message.hex()
                    assert reply.startswith(allowed), message.hex()
        with connect(address) as plain:
            plain.sendall(record(NULL))
            assert next_record(plain) == NULLED


@every_client
def test_each_stream_that_is_cut_is_closed_without_a_reply(client: str) -> None:
    with (
        all_programs() as programs,
        running(Server(TCP(port=0), rpc.stream_handler(*programs, replies_kept=0), Multiplexed())) as run,
    ):
        address = run.server.server_address
        for sent in sent_by(client):
            for size in range(len(sent.raw) if sent.kind == "tcp" else 0):
                with connect(address) as plain:
                    plain.sendall(sent.raw[:size])
                    plain.shutdown(socket.SHUT_WR)
                    assert next_record(plain) is None, (sent.raw.hex(), size)
        with connect(address) as plain:
            plain.sendall(record(NULL))
            assert next_record(plain) == NULLED


@every_client
def test_each_changed_mark_of_a_record_is_answered_as_what_it_makes_of_the_bytes(client: str) -> None:
    limit = 2**20
    with (
        all_programs() as programs,
        running(Server(TCP(port=0), rpc.stream_handler(*programs, replies_kept=0, limit=limit), Multiplexed())) as run,
    ):
        address = run.server.server_address
        for sent in sent_by(client):
            for bit in range(32 if sent.kind == "tcp" else 0):
                stream = with_flipped(sent.raw, 0, bit)
                with connect(address) as plain:
                    plain.sendall(stream)
                    plain.shutdown(socket.SHUT_WR)
                    for allowed in _by_their_marks(stream, limit):
                        reply = next_record(plain)
                        assert reply is not None, (stream.hex(), allowed)
                        assert reply.startswith(allowed), (stream.hex(), reply)
                    assert next_record(plain) is None
        with connect(address) as plain:
            plain.sendall(record(NULL))
            assert next_record(plain) == NULLED


def _by_their_marks(stream: bytes, limit: int) -> Iterator[tuple[bytes, ...]]:
    """Yield what is allowed as the reply to each record of a stream, until it is one that ends the connection."""
    at, message = 0, b""
    while at + 4 <= len(stream):
        (mark,) = struct.unpack_from(">I", stream, at)
        size = mark & 0x7FFFFFFF
        at += 4 + size
        message += stream[at - size : at]
        if at > len(stream) or len(message) > limit:
            return
        if mark >> 31:
            allowed = expected(message)
            if allowed is None:
                return
            yield allowed
            message = b""
