"""Calls that were cut or changed: each gets the status that it deserves or a close, and the server serves on.

The calls are recorded ones, of every kind of argument and of credentials.
"""

import socket
import struct
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rpc_counter import (
    ADD,
    ECHO,
    WHO,
    accepted,
    auth_sys,
    call,
    next_record,
    number,
    record,
    refused,
    served,
)
from tests.rpc_recorded_calls import CLIENTS, all_programs, changed, expected
from tests.running import connect, running
from typedserver import TCP, UDP, Asyncio, FramingError, Multiplexed, Server, Threads, rpc
from typedserver.rpc.answering import LONGEST_RECORD, Answering

ONE_PLUS_TWO: Final = call(ADD, number(1) + number(2))
THREE: Final = accepted(0, number(3))

CALLS: Final = {
    "null": call(0),
    "add": ONE_PLUS_TWO,
    "echo": call(ECHO, struct.pack(">I", 6) + b"sixsix\0\0"),
    "who": call(WHO, credentials=auth_sys()),
    "authenticated echo": call(ECHO, struct.pack(">I", 3) + b"abc\0", credentials=auth_sys(name=b"box", gids=(1,))),
}
# Where each of them has a length: of the credentials, of the verifier, of a name, of groups, of an argument.
LENGTHS: Final = {
    "null": (28, 36),
    "add": (28, 36),
    "echo": (28, 36, 40),
    "who": (28, 36, 48, 64, 76),
    "authenticated echo": (28, 36, 48, 64, 72, 80),
}


def _flipped() -> dict[str, bytes]:
    """Return each call with one length changed, by one bit at a time."""
    return {
        f"{name}: bit {bit} at {at}": each[:at] + struct.pack(">I", _word(each, at) ^ 1 << bit) + each[at + 4 :]
        for name, each in CALLS.items()
        for at in LENGTHS[name]
        if at + 4 <= len(each)
        for bit in range(32)
    }


def _word(data: bytes, at: int) -> int:
    (word,) = struct.unpack_from(">I", data, at)
    return int(word)


CUT: Final = {f"{name}: {size} bytes": each[:size] for name, each in CALLS.items() for size in range(len(each))}
CHANGED: Final = CUT | _flipped()

# Replies by their kind: accepted with a status, or a denial.
ACCEPTED: Final = {status: struct.pack(">5I", 1, 0, 0, 0, status) for status in range(6)}
DENIED: Final = {status: struct.pack(">4I", 1, 1, 1, status) for status in (1, 2, 3)}
KNOWN: Final = (*ACCEPTED.values(), *DENIED.values())


def _answering(*programs: rpc.Program) -> Answering:
    return Answering(
        "a test",
        programs or [served()],
        authorize=None,
        idempotent=(),
        replies_kept=100,
        bytes_kept=2**20,
        joins=False,
        longest=LONGEST_RECORD,
    )


class _Nobody:
    """Stands for a server, of which no procedure of the counter asks anything."""


def _reply(answering: Answering, message: bytes) -> bytes | None:
    """Return the reply to a message, None if it is refused as none."""
    try:
        reply = answering(message, None, ("127.0.0.1", 1), _Nobody())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # see _Nobody
    except FramingError:
        return None
    assert reply is None or isinstance(reply, bytes)
    return reply


def test_every_cut_call_is_no_call_or_has_garbage_for_arguments() -> None:
    answering = _answering()
    for name, message in CUT.items():
        kind = name.partition(":")[0]
        arguments_at = len(CALLS[kind]) - {"add": 8, "echo": 12, "authenticated echo": 8}.get(kind, 0)
        reply = _reply(answering, message)
        if len(message) < arguments_at:
            assert reply is None, name
        else:
            assert reply == accepted(4), name


def test_every_changed_length_gets_a_status_or_nothing() -> None:
    answering = _answering()
    replies: set[bytes] = set()
    for name, message in CHANGED.items():
        reply = _reply(answering, message)
        if reply is not None:
            assert reply[:4] == message[:4], name
            assert reply[4:].startswith(KNOWN), name
            # What was changed is never taken for what was sent, but for the words that bear no length.
            assert not reply[4:].startswith(ACCEPTED[5]), name
            replies.add(reply[4:])
    assert {accepted(4)[4:], refused(1)[4:], refused(3)[4:]} <= replies


# The proofs send them to servers; here they come to what answers.
@pytest.mark.parametrize("client", CLIENTS)
def test_call_of_a_real_client_has_the_reply_that_it_should_however_it_is_cut_or_changed(client: str) -> None:
    count = 0
    with all_programs() as programs:
        answering = _answering(*programs)
        for message in changed(client):
            reply, allowed = _reply(answering, message), expected(message)
            assert (reply is None) == (allowed is None), message.hex()
            assert reply is None or reply.startswith(allowed or ()), message.hex()
            count += 1
    assert count > 1000


@pytest.mark.parametrize("strategy", [Multiplexed(), Asyncio(), Threads()], ids=repr)
def test_server_of_streams_serves_on_whatever_comes(strategy: Multiplexed | Asyncio | Threads) -> None:
    answering = _answering()
    # Some of each kind: a connection for each of them takes long.
    chosen = list(CHANGED.items())[:: 1 + len(CHANGED) // 150]
    with running(Server(TCP(port=0), rpc.stream_handler(served()), strategy)) as run:
        address = run.server.server_address
        for name, message in chosen:
            expected = _reply(answering, message)
            with connect(address) as client:
                client.sendall(record(message))
                assert next_record(client) == expected, name
                if expected is not None:
                    client.sendall(record(ONE_PLUS_TWO))
                    assert next_record(client) == THREE
        with connect(address) as client:
            client.sendall(record(ONE_PLUS_TWO))
            assert next_record(client) == THREE


def test_server_of_datagrams_serves_on_whatever_comes() -> None:
    answering = _answering()
    with (
        running(Server(UDP(port=0), rpc.datagram_handler(served(), replies_kept=0), Multiplexed())) as run,
        connect(run.server.server_address, socket.SOCK_DGRAM) as client,
    ):
        for name, message in CHANGED.items():
            expected = _reply(answering, message)
            client.send(message)
            if expected is None:
                client.send(ONE_PLUS_TWO)
                expected = THREE
            assert client.recv(65536) == expected, name


@pytest.mark.parametrize("bit", range(32))
@pytest.mark.parametrize("name", ["add", "authenticated echo"])
def test_changed_mark_ends_the_connection_or_waits_for_more(bit: int, name: str) -> None:
    sent = record(CALLS[name])
    changed = struct.pack(">I", _word(sent, 0) ^ 1 << bit) + sent[4:]
    with running(Server(TCP(port=0), rpc.stream_handler(served()), Multiplexed())) as run:
        with connect(run.server.server_address) as client:
            client.sendall(changed)
            client.shutdown(socket.SHUT_WR)
            # A shorter record may be a call with garbage for arguments; nothing else is answered.
            replies: list[bytes] = []
            while (reply := next_record(client)) is not None:
                replies.append(reply)
            assert all(reply == accepted(4) for reply in replies)
        with connect(run.server.server_address) as client:
            client.sendall(sent)
            assert next_record(client)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.builds(bytes.__add__, st.sampled_from([*CALLS.values()]), st.binary())))
def test_any_bytes_are_answered_or_no_call(message: bytes) -> None:
    reply = _reply(_answering(), message)
    assert reply is None or reply[:4] == message[:4]


@settings(max_examples=400, deadline=None)
@given(
    messages=st.lists(st.binary(max_size=60), max_size=8),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    piece=st.integers(1, 50),
)
def test_records_are_the_same_in_any_fragments_and_pieces(messages: list[bytes], sizes: list[int], piece: int) -> None:
    framing = rpc.RecordMarking(limit=60)
    sent = b"".join(
        record(message, size=sizes[index % len(sizes)]) if message else record(message)
        for index, message in enumerate(messages)
    )
    found, rest = framing.split(sent)
    assert (list(found), rest) == (messages, b"")
    # As an exchange does it, in pieces.
    taken: list[bytes] = []
    gathering = None
    for at in range(0, len(sent), piece):
        data: bytes | None = sent[at : at + piece]
        assert data is not None
        if gathering is not None:
            data = gathering.add(data)
            if data is None:
                continue
        more, rest = framing.split(data)
        taken += more
        gathering = framing.gather(rest) if rest else None
    assert taken == messages
    assert gathering is None


@settings(max_examples=400, deadline=None)
@given(data=st.binary(max_size=300), piece=st.integers(1, 50))
def test_any_bytes_are_records_or_refused_and_bounded(data: bytes, piece: int) -> None:
    framing = rpc.RecordMarking(limit=20)
    messages, rest = framing.split(data)
    assert all(len(each) <= 20 for each in messages)
    if rest:
        try:
            assert framing.decode(rest, 0) is None
        except FramingError:
            return
        gathering = framing.gather(rest[:1])
        for at in range(1, len(rest), piece):
            assert gathering.add(rest[at : at + piece]) is None


def test_record_of_many_fragments_costs_its_length() -> None:
    # One after the other, of one byte each: twice as many take twice as long, and not four times.
    framing = rpc.RecordMarking()
    gathering = framing.gather(struct.pack(">I", 1))
    fragment = b"x" + struct.pack(">I", 1)
    for _ in range(100_000):
        assert gathering.add(fragment) is None
    whole = gathering.add(b"x" + struct.pack(">I", 0x80000000))
    assert whole is not None
    (message,), rest = framing.split(whole)
    assert (len(message), rest) == (100_001, b"")
