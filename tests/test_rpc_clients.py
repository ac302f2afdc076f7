"""Blocking clients of RPC over TCP: calls by number from any thread, and what becomes of them when things go wrong."""

import gc
import os
import socket
import struct
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.rpc_peers import PROGRAM, Asked, Connection, accepted, denied, doubling, record, stream_server, succeeded
from tests.running import PATIENCE
from typedserver import ConnectError, LifecycleError, RecipeError
from typedserver.rpc import xdr
from typedserver.rpc.client_faces import BlockingClient
from typedserver.rpc.clients import TCPClient, UnixClient
from typedserver.rpc.errors import (
    AuthenticationRefused,
    ClientClosed,
    ConnectionLost,
    GarbageArguments,
    ProcedureUnavailable,
    ProgramMismatch,
    ProgramUnavailable,
    RPCError,
    RPCMismatch,
    RPCTimedOut,
    ServiceFailed,
    UnreadableReply,
)
from typedserver.rpc.programs import AuthSys

HOST = "127.0.0.1"


def double(client: BlockingClient, number: int) -> int:
    return client.call(PROGRAM, 1, 1, xdr.encode_int, number, xdr.decode_int)


def double_later(client: BlockingClient, number: int) -> Future[int]:
    return client.call_later(PROGRAM, 1, 1, xdr.encode_int, number, xdr.decode_int)


def test_a_call_returns_its_result() -> None:
    with stream_server(doubling) as port, TCPClient(HOST, port) as client:
        assert [double(client, number) for number in range(3)] == [0, 2, 4]


def test_a_call_names_program_version_and_procedure_and_has_another_number_each_time() -> None:
    came: list[Asked] = []

    def note(connection: Connection) -> None:
        for call in connection.calls():
            came.append(call)
            connection.answer(accepted(call.xid, 0))

    with stream_server(note) as port, TCPClient(HOST, port) as client:
        for procedure in (7, 8):
            client.call(PROGRAM, 3, procedure, xdr.encode_int, -5, xdr.decode_void)
    assert [(each.program, each.version, each.procedure) for each in came] == [(PROGRAM, 3, 7), (PROGRAM, 3, 8)]
    assert [each.argument for each in came] == [b"\xff\xff\xff\xfb"] * 2
    assert [each.credentials for each in came] == [(0, b"")] * 2
    assert came[1].xid != came[0].xid


def test_credentials_are_those_of_the_client_that_calls() -> None:
    came: list[Asked] = []

    def note(connection: Connection) -> None:
        for call in connection.calls():
            came.append(call)
            connection.answer(succeeded(call.xid, 0))

    someone = AuthSys(stamp=1, machine_name="lab", uid=2**32 - 2, gid=3, gids=(4, 5))
    with stream_server(note) as port, TCPClient(HOST, port) as client:
        double(client.using(credentials=someone), 1)
        double(client, 1)
    body = struct.pack(">II3sxIIIII", 1, 3, b"lab", 2**32 - 2, 3, 2, 4, 5)
    assert [each.credentials for each in came] == [(1, body), (0, b"")]


def test_an_argument_that_has_no_bytes_is_refused_before_anything_is_sent() -> None:
    with TCPClient(HOST, 1) as client:
        with pytest.raises(xdr.XDRError):
            double(client, 2**31)
        with pytest.raises(xdr.XDRError):
            double_later(client, 2**31)
        with pytest.raises(xdr.XDRError):
            client.call(2**32, 1, 1, xdr.encode_int, 1, xdr.decode_int)


STATUSES: dict[str, tuple[Callable[[int], bytes], type[RPCError]]] = {
    "prog_unavail": (lambda xid: accepted(xid, 1), ProgramUnavailable),
    "prog_mismatch": (lambda xid: accepted(xid, 2, struct.pack(">II", 2, 4)), ProgramMismatch),
    "proc_unavail": (lambda xid: accepted(xid, 3), ProcedureUnavailable),
    "garbage_args": (lambda xid: accepted(xid, 4), GarbageArguments),
    "system_err": (lambda xid: accepted(xid, 5), ServiceFailed),
    "rpc_mismatch": (lambda xid: denied(xid, 0, 3, 5), RPCMismatch),
    "auth_error": (lambda xid: denied(xid, 1, 5), AuthenticationRefused),
    "unknown_accept": (lambda xid: accepted(xid, 6), UnreadableReply),
    "unknown_reject": (lambda xid: denied(xid, 2), UnreadableReply),
    "unknown_reply": (lambda xid: struct.pack(">III", xid, 1, 2), UnreadableReply),
    "no_status": (lambda xid: struct.pack(">II", xid, 1), UnreadableReply),
    "short_mismatch": (lambda xid: accepted(xid, 2, b"\0\0\0\2"), UnreadableReply),
    "long_status": (lambda xid: accepted(xid, 1, b"\0\0\0\0"), UnreadableReply),
    "short_result": (lambda xid: accepted(xid, 0, b"\0\0\0"), UnreadableReply),
    "long_result": (lambda xid: accepted(xid, 0, bytes(8)), UnreadableReply),
    "long_verifier": (lambda xid: struct.pack(">IIIII404xI", xid, 1, 0, 1, 404, 0) + bytes(4), UnreadableReply),
}


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_is_an_error_of_its_own_and_the_connection_goes_on(status: str) -> None:
    reply, kind = STATUSES[status]

    def fail_once(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        connection.answer(reply(call.xid))
        doubling(connection)

    with stream_server(fail_once) as port, TCPClient(HOST, port) as client:
        with pytest.raises(kind) as caught:
            double(client, 1)
        assert double(client, 2) == 4
    assert type(caught.value) is kind
    assert str(PROGRAM) in str(caught.value)
    if isinstance(caught.value, ProgramMismatch):
        assert (caught.value.low, caught.value.high) == (2, 4)
    if isinstance(caught.value, RPCMismatch):
        assert (caught.value.low, caught.value.high) == (3, 5)
    if isinstance(caught.value, AuthenticationRefused):
        assert caught.value.status == 5


def test_a_reply_may_have_a_verifier() -> None:
    def verify(connection: Connection) -> None:
        for call in connection.calls():
            connection.answer(struct.pack(">IIIII4sIi", call.xid, 1, 0, 9, 3, b"abc\0", 0, 44))

    with stream_server(verify) as port, TCPClient(HOST, port) as client:
        assert double(client, 1) == 44


def test_calls_are_matched_by_number_in_whatever_order_replies_come() -> None:
    def reverse(connection: Connection) -> None:
        calls = [call for _ in range(5) if (call := connection.call())]
        connection.socket.sendall(b"".join(record(succeeded(each.xid, each.number * 2)) for each in reversed(calls)))

    with stream_server(reverse) as port, TCPClient(HOST, port) as client:
        futures = [double_later(client, number) for number in range(5)]
        assert [future.result(PATIENCE) for future in futures] == [0, 2, 4, 6, 8]


def test_threads_call_at_once_over_one_connection() -> None:
    def answer_in_pairs(connection: Connection) -> None:
        # The wrong way round, so that no thread may take the reply that comes first.
        for held in connection.calls():
            call = connection.call()
            assert call is not None
            for each in (call, held):
                connection.answer(succeeded(each.xid, each.number * 2))

    results: dict[int, int] = {}
    with stream_server(answer_in_pairs) as port, TCPClient(HOST, port) as client:

        def call(number: int) -> None:
            for each in range(number * 20, number * 20 + 20):
                results[each] = double(client, each)

        threads = [threading.Thread(target=call, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert results == {number: number * 2 for number in range(40)}


def _pieces(xid: int) -> list[bytes]:
    whole = succeeded(xid, 8)
    return [bytes((each,)) for each in record(whole[:7], last=False) + record(whole[7:])]


def _with_others_and_twice(xid: int) -> list[bytes]:
    return [record(succeeded(xid ^ 1, 1)) + record(succeeded(xid, 8)) + record(succeeded(xid, 9))]


def _behind_nonsense(xid: int) -> list[bytes]:
    return [record(b"") + record(b"abc") + record(struct.pack(">II", xid, 0)) + record(succeeded(xid, 8))]


@pytest.mark.parametrize("reply", [_pieces, _with_others_and_twice, _behind_nonsense])
def test_a_reply_is_found_among_what_comes(reply: Callable[[int], list[bytes]]) -> None:
    def answer(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        for piece in reply(call.xid):
            connection.socket.sendall(piece)
        doubling(connection)

    with stream_server(answer) as port, TCPClient(HOST, port) as client:
        assert double(client, 1) == 8
        assert double(client, 2) == 4


def test_a_reply_of_many_bytes_comes_whole() -> None:
    def send_much(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        connection.answer(accepted(call.xid, 0, struct.pack(">I", 5_000_000) + b"x" * 5_000_000))

    with stream_server(send_much) as port, TCPClient(HOST, port) as client:
        assert client.call(PROGRAM, 1, 1, xdr.encode_void, None, xdr.decode_opaque) == b"x" * 5_000_000


def test_a_reply_beyond_the_limit_ends_the_connection() -> None:
    def send_much(connection: Connection) -> None:
        connection.call()
        connection.socket.sendall(record(bytes(60), last=False) + struct.pack(">I", 0x80000029))
        connection.call()

    with stream_server(send_much, doubling) as port, TCPClient(HOST, port, limit=100) as client:
        with pytest.raises(ConnectionLost, match="limit is 100"):
            double(client, 1)
        assert double(client, 1) == 2


def test_a_call_ends_at_its_deadline_and_a_late_reply_disturbs_nobody() -> None:
    late = threading.Event()

    def answer_late(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        late.wait(PATIENCE)
        connection.answer(succeeded(call.xid, 1))
        doubling(connection)

    with stream_server(answer_late) as port, TCPClient(HOST, port) as client:
        begun = time.monotonic()
        with pytest.raises(RPCTimedOut):
            double(client.using(timeout=0.1), 1)
        assert 0.1 <= time.monotonic() - begun < 5
        late.set()
        assert double(client, 4) == 8


def test_a_thread_that_waits_for_the_one_that_receives_has_a_deadline_of_its_own() -> None:
    def answer_none(connection: Connection) -> None:
        for call in connection.calls():
            if call.number:
                connection.answer(succeeded(call.xid, 1))

    with stream_server(answer_none) as port, TCPClient(HOST, port) as client:
        first = double_later(client.using(timeout=0.5), 0)
        with pytest.raises(RPCTimedOut):
            double(client.using(timeout=0.05), 0)
        # Who receives hands over to who waits longer.
        assert double(client, 1) == 1
        with pytest.raises(RPCTimedOut):
            first.result(PATIENCE)


def test_a_call_under_way_fails_when_the_connection_ends_and_the_next_one_makes_another() -> None:
    def end(connection: Connection) -> None:
        connection.call()

    with stream_server(end, doubling) as port, TCPClient(HOST, port) as client:
        with pytest.raises(ConnectionLost, match="may have been run"):
            double(client, 1)
        assert double(client, 1) == 2


def test_all_calls_under_way_fail_when_the_connection_ends() -> None:
    def end(connection: Connection) -> None:
        for _ in range(3):
            connection.call()

    with stream_server(end, doubling) as port, TCPClient(HOST, port) as client:
        futures = [double_later(client, number) for number in range(3)]
        for future in futures:
            assert isinstance(future.exception(PATIENCE), ConnectionLost)


def test_an_idempotent_call_is_made_again_with_the_same_number() -> None:
    came: list[int] = []

    def end(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        came.append(call.xid)

    def answer(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        came.append(call.xid)
        connection.answer(succeeded(call.xid, 2))

    with stream_server(end, end, answer) as port, TCPClient(HOST, port).using(idempotent=True) as client:
        assert double(client, 1) == 2
    assert len(came) == 3
    assert len(set(came)) == 1


def test_an_idempotent_call_outlives_a_restart_of_the_server() -> None:
    listener = socket.create_server((HOST, 0))
    port = listener.getsockname()[1]
    gone = threading.Event()

    def end(connection: Connection) -> None:
        connection.call()
        # Nobody listens meanwhile.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        connection.end()
        gone.set()

    with TCPClient(HOST, port).using(idempotent=True) as client:
        thread_server = threading.Thread(target=lambda: end(Connection(listener.accept()[0])))
        thread_server.start()
        future = double_later(client, 4)
        assert gone.wait(PATIENCE)
        thread_server.join(PATIENCE)
        with stream_server(doubling, listener=socket.create_server((HOST, port))):
            assert future.result(PATIENCE) == 8


def test_an_idempotent_call_fails_by_what_it_last_failed_by_when_its_time_is_over() -> None:
    def end(connection: Connection) -> None:
        connection.call()

    with stream_server(end) as port:
        client = TCPClient(HOST, port, timeout=0.3).using(idempotent=True)
        with client, pytest.raises(ConnectionLost):
            double(client, 1)


def test_a_connection_that_the_server_ended_while_idle_is_made_again_without_an_error() -> None:
    ended = threading.Event()

    def answer_one(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        connection.answer(succeeded(call.xid, 2))
        connection.end()
        ended.set()

    with stream_server(answer_one, doubling) as port, TCPClient(HOST, port) as client:
        assert double(client, 1) == 2
        assert ended.wait(PATIENCE)
        assert double(client, 3) == 6


def test_a_server_that_is_not_there_is_a_connect_error() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    with TCPClient(HOST, port) as client:
        for each in (client, client.using(idempotent=True)):
            with pytest.raises(ConnectError):
                double(each, 1)
        assert isinstance(double_later(client, 1).exception(PATIENCE), ConnectError)


def test_a_close_ends_calls_that_are_under_way_in_any_thread() -> None:
    came = threading.Semaphore(0)

    def answer_none(connection: Connection) -> None:
        for _ in connection.calls():
            came.release()

    failures: list[BaseException] = []
    with stream_server(answer_none) as port:
        client = TCPClient(HOST, port)

        def call() -> None:
            try:
                double(client, 1)
            except RPCError as error:
                failures.append(error)

        threads = [threading.Thread(target=call) for _ in range(3)]
        for thread in threads:
            thread.start()
        future = double_later(client, 1)
        for _ in range(4):
            assert came.acquire(timeout=PATIENCE)
        client.close()
        for thread in threads:
            thread.join(PATIENCE)
        assert isinstance(future.exception(PATIENCE), ClientClosed)
        client.close()
    assert [type(failure) for failure in failures] == [ClientClosed] * 3


def test_a_closed_client_refuses_calls() -> None:
    with stream_server(doubling) as port:
        with TCPClient(HOST, port) as client:
            assert double(client, 1) == 2
        with pytest.raises(ClientClosed):
            double(client, 1)
        with pytest.raises(ClientClosed):
            double_later(client, 1)
        with pytest.raises(ClientClosed):
            client.send(PROGRAM, 1, 1, xdr.encode_int, 1)


def test_a_callback_may_call_later_and_must_not_wait() -> None:
    refused: list[BaseException] = []
    second: list[Future[int]] = []
    called = threading.Event()

    with stream_server(doubling) as port, TCPClient(HOST, port) as client:

        def callback(_future: Future[int]) -> None:
            try:
                double(client, 1)
            except LifecycleError as error:
                refused.append(error)
            second.append(double_later(client, 5))
            called.set()

        double_later(client, 1).add_done_callback(callback)
        assert called.wait(PATIENCE)
        assert second[0].result(PATIENCE) == 10
    assert "call_later" in str(refused[0])


def test_a_cancelled_future_is_left_alone() -> None:
    held = threading.Event()

    def hold(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        held.wait(PATIENCE)
        connection.answer(succeeded(call.xid, call.number * 2))
        doubling(connection)

    with stream_server(hold) as port, TCPClient(HOST, port) as client:
        future = double_later(client, 1)
        assert future.cancel()
        held.set()
        assert double(client, 3) == 6


def test_a_call_without_a_reply_returns_at_once() -> None:
    came: list[int] = []
    both = threading.Event()

    def note(connection: Connection) -> None:
        for call in connection.calls():
            came.append(call.number)
            if len(came) == 2:
                both.set()

    with stream_server(note) as port, TCPClient(HOST, port) as client:
        client.send(PROGRAM, 1, 1, xdr.encode_int, 1)
        client.send(PROGRAM, 1, 1, xdr.encode_int, 2)
        assert both.wait(PATIENCE)
    assert came == [1, 2]


def test_a_batch_is_sent_at_once_before_the_call_that_follows_and_not_at_all_if_its_block_fails() -> None:
    came: list[int] = []

    def note(connection: Connection) -> None:
        for call in connection.calls():
            came.append(call.number)
            if call.number == 9:
                connection.answer(succeeded(call.xid, 0))

    with stream_server(note) as port, TCPClient(HOST, port) as client:
        with client.batch() as batch:
            for number in range(3):
                batch.send(PROGRAM, 1, 1, xdr.encode_int, number)
            assert came == []
        with pytest.raises(KeyError), client.batch() as batch:
            batch.send(PROGRAM, 1, 1, xdr.encode_int, 7)
            raise KeyError
        double(client, 9)
    assert came == [0, 1, 2, 9]


def test_a_forked_process_makes_a_connection_of_its_own() -> None:
    connections: list[object] = []

    def note(connection: Connection) -> None:
        connections.append(connection)
        doubling(connection)

    with stream_server(note) as port, TCPClient(HOST, port) as client:
        assert double(client, 1) == 2
        assert double_later(client, 1).result(PATIENCE) == 2
        # One that only closes ends nothing of the parent's.
        child = os.fork()
        if not child:
            client.close()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        child = os.fork()
        if not child:
            status = 1
            try:
                assert double(client, 2) == 4
                assert double_later(client, 3).result(PATIENCE) == 6
                client.close()
                status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert double(client, 4) == 8
        assert double_later(client, 5).result(PATIENCE) == 10
    assert len(connections) == 2


def test_a_client_that_is_forgotten_leaves_no_thread() -> None:
    with stream_server(doubling) as port:
        client = TCPClient(HOST, port)
        assert double_later(client, 1).result(PATIENCE) == 2
        thread = next(each for each in threading.enumerate() if each.name == "typedserver rpc calls")
        with warnings.catch_warnings():
            # Its socket is closed as well.
            warnings.simplefilter("ignore", ResourceWarning)
            del client
            gc.collect()
            thread.join(PATIENCE)
            gc.collect()
        assert not thread.is_alive()


def test_a_unix_socket_is_called_as_well(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def answer(connected: socket.socket) -> None:
        with connected, connected.makefile("rb") as stream:
            message = stream.read(48)
            connected.sendall(record(succeeded(int.from_bytes(message[4:8], "big"), 6)))

    with listener, UnixClient(path) as client:
        future = double_later(client, 3)
        answer(listener.accept()[0])
        assert future.result(PATIENCE) == 6
    (tmp_path / "socket").unlink()


@pytest.mark.parametrize(
    "make",
    [
        lambda: TCPClient("", 1),
        lambda: TCPClient(HOST, 0),
        lambda: TCPClient(HOST, 65536),
        lambda: TCPClient(HOST, True),
        lambda: TCPClient(HOST, 1, timeout=0),
        lambda: TCPClient(HOST, 1, limit=0),
        lambda: UnixClient(""),
        lambda: TCPClient(HOST, 1).using(timeout=-1),
    ],
)
def test_values_that_cannot_work_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(RecipeError):
        make()
