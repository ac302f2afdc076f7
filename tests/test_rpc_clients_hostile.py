"""Whatever a server sends, calls end as the classes say; in whatever order things happen, each has its own reply."""

import contextlib
import random
import struct
import threading
from concurrent.futures import Future

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rpc_peers import PROGRAM, Connection, record, stream_server, succeeded
from tests.running import PATIENCE
from typedserver.errors import FramingError
from typedserver.rpc import xdr
from typedserver.rpc.client_links import Records
from typedserver.rpc.client_messages import result_of_reply
from typedserver.rpc.clients import TCPClient
from typedserver.rpc.errors import ConnectionLost, RPCError, RPCTimedOut, UnreadableReply
from typedserver.rpc.record_marking import RecordMarking

HOST = "127.0.0.1"

words = st.lists(st.sampled_from([0, 1, 2, 3, 5, 6, 7, 400, 401, 2**31, 2**32 - 1]), max_size=12)


@given(words, st.binary(max_size=5))
def test_any_reply_is_a_result_or_an_error_of_the_classes(numbers: list[int], rest: bytes) -> None:
    message = struct.pack(f">II{len(numbers)}I", 1, 1, *numbers) + rest
    try:
        assert isinstance(result_of_reply(message, xdr.decode_opaque, "it"), bytes)
    except RPCError as error:
        said = str(error)
    else:
        return
    assert said.startswith("it: ")


@given(st.binary(max_size=100))
def test_any_bytes_are_a_result_or_an_error(message: bytes) -> None:
    with contextlib.suppress(RPCError):
        result_of_reply(message, xdr.decode_int, "it")


@pytest.mark.parametrize("length", range(4, 32, 3))
def test_a_reply_that_is_cut_off_is_unreadable(length: int) -> None:
    whole = succeeded(1, 5)
    if length < len(whole):
        with pytest.raises(UnreadableReply):
            result_of_reply(whole[:length], xdr.decode_int, "it")


@given(st.lists(st.binary(max_size=30), max_size=6), st.data())
def test_records_are_found_in_whatever_pieces_and_fragments_they_come(
    messages: list[bytes], data: st.DataObject
) -> None:
    stream = b""
    for message in messages:
        at = 0
        while at < len(message) and (size := data.draw(st.integers(1, 40))) < len(message) - at:
            stream += record(message[at : at + size], last=False)
            at += size
        stream += record(message[at:])
    records, at = Records(RecordMarking(limit=30)), 0
    found: list[bytes] = []
    while at < len(stream):
        size = data.draw(st.integers(1, 20))
        found += records.take(stream[at : at + size])
        at += size
    assert found == messages


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_are_records_or_refused_and_no_more_than_the_limit_is_kept(pieces: list[bytes]) -> None:
    records = Records(RecordMarking(limit=50))
    try:
        for piece in pieces:
            assert all(len(each) <= 50 for each in records.take(piece))
    except FramingError:
        pass


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=80))
def test_whatever_comes_in_the_place_of_a_reply_ends_the_call(garbage: bytes) -> None:
    def send_garbage(connection: Connection) -> None:
        connection.call()
        connection.socket.sendall(garbage)

    with (
        stream_server(send_garbage) as port,
        TCPClient(HOST, port, timeout=PATIENCE, limit=60) as client,
        pytest.raises((ConnectionLost, UnreadableReply)),
    ):
        client.call(PROGRAM, 1, 1, xdr.encode_int, 1, xdr.decode_int)


def test_each_of_many_calls_gets_its_own_reply_whatever_becomes_of_the_others() -> None:
    """Threads and futures, some of which give up early; replies in any order, twice, late or never."""
    chance = random.Random(7)

    def answer_as_it_likes(connection: Connection) -> None:
        held: list[bytes] = []
        for call in connection.calls():
            reply = succeeded(call.xid, call.number * 2)
            if call.number % 10 == 9:
                # Never, or late.
                held.append(reply)
                continue
            held.append(reply)
            if chance.random() < 0.4:
                chance.shuffle(held)
                connection.socket.sendall(b"".join(map(record, held + held[:1])))
                held.clear()

    wrong: list[object] = []

    def call(first: int) -> None:
        for number in range(first, first + 40):
            caller = client.using(timeout=0.02 if number % 10 == 9 else PATIENCE)
            try:
                result = caller.call(PROGRAM, 1, 1, xdr.encode_int, number, xdr.decode_int)
            except RPCTimedOut:
                if number % 10 != 9:
                    wrong.append(number)
            else:
                if result != number * 2:
                    wrong.append((number, result))

    with stream_server(answer_as_it_likes) as port, TCPClient(HOST, port) as client:
        # What is held goes with what comes next, so something must come until all are done.
        done = threading.Event()

        def keep_coming() -> None:
            while not done.wait(0.002):
                client.send(PROGRAM, 1, 1, xdr.encode_int, 0)

        coming = threading.Thread(target=keep_coming)
        threads = [threading.Thread(target=call, args=(first,)) for first in range(0, 160, 40)]
        for thread in (coming, *threads):
            thread.start()
        futures: list[tuple[int, Future[int]]] = [
            (number, client.call_later(PROGRAM, 1, 1, xdr.encode_int, number, xdr.decode_int))
            for number in range(1000, 1100)
            if number % 10 != 9
        ]
        for number, future in futures:
            if number % 7 == 0:
                future.cancel()
            elif future.result(PATIENCE) != number * 2:
                wrong.append(number)
        for thread in threads:
            thread.join(PATIENCE)
        done.set()
        coming.join(PATIENCE)
    assert not wrong
