"""What a caller of RPC programs gets, by the words of RFC 5531: over streams and datagrams, under every strategy."""

import logging
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
    ADD,
    COUNT,
    COUNTER_V1,
    DENY,
    ECHO,
    FAIL,
    LATER,
    ONE_WAY,
    PROGRAM,
    RPC_MISMATCH,
    UNSENDABLE,
    WHO,
    Counter,
    accepted,
    ask_record,
    auth_sys,
    call,
    next_record,
    number,
    record,
    refused,
    served,
)
from tests.running import Client, ask_datagram, connect, running
from tests.test_matrix import ALL_STRATEGIES, composed
from typedserver import TCP, UDP, CompositionError, Inline, Multiplexed, RecipeError, Server, Threads, rpc

THREE = accepted(0, number(3))
ONE_PLUS_TWO = call(ADD, number(1) + number(2))


class Elsewhere(Counter):
    """A counter whose ``later`` is answered by a thread, also in a child."""

    def later(self, argument: int, _call: rpc.Call, /) -> Future[int]:
        future = Future[int]()
        threading.Thread(target=lambda: future.set_result(argument)).start()
        return future


@contextmanager
def stream_client(*programs: rpc.Program, **options: Any) -> Generator[Client]:
    server = Server(TCP(port=0), rpc.stream_handler(*programs, **options), Multiplexed())
    with running(server) as run, connect(run.server.server_address) as client:
        yield client


@pytest.mark.parametrize("strategy", ALL_STRATEGIES)
@pytest.mark.parametrize("endpoint", ["TCP(port=0)", "UnixStream({path!r})"])
def test_stream_is_served_under_every_strategy(strategy: str, endpoint: str, tmp_path: Path) -> None:
    handler = rpc.stream_handler(served(Elsewhere()))
    much = struct.pack(">I", 40_000) + b"x" * 40_000
    with (
        composed(endpoint, handler, strategy, "ours", tmp_path / "s") as server,
        running(server) as run,
        connect(run.server.server_address) as client,
    ):
        assert ask_record(client, ONE_PLUS_TWO) == THREE
        assert ask_record(client, call(LATER, number(9), xid=2)) == accepted(0, number(9), xid=2)
        assert ask_record(client, call(ECHO, much, xid=3)) == accepted(0, much, xid=3)


@pytest.mark.parametrize("strategy", ALL_STRATEGIES)
@pytest.mark.parametrize("endpoint", ["UDP(port=0)", "UnixDatagram({path!r})"])
def test_datagrams_are_served_under_every_strategy(strategy: str, endpoint: str, tmp_path: Path) -> None:
    handler = rpc.datagram_handler(served(Elsewhere()))
    with composed(endpoint, handler, strategy, "ours", tmp_path / "s") as server, running(server) as run:
        address = run.server.server_address
        for count, (asked, answer) in enumerate(
            ((ONE_PLUS_TWO, THREE), (call(LATER, number(9), xid=2), accepted(0, number(9), xid=2)))
        ):
            own_path = tmp_path / f"client{count}"
            assert ask_datagram(address, asked, str(own_path)) == answer
            own_path.unlink(missing_ok=True)


_SHOWN = b"AuthSys(stamp=7, machine_name='box!', uid=1000, gid=100, gids=(4, 24))"


def _string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text + bytes(-len(text) % 4)


STATUSES = {
    "success": (ONE_PLUS_TWO, THREE),
    "procedure 0 that the version does not name": (call(0), accepted(0)),
    "PROG_UNAVAIL": (call(ADD, program=PROGRAM + 1), accepted(1)),
    "PROG_MISMATCH below": (call(ADD, version=0), accepted(2, struct.pack(">II", 1, 1))),
    "PROG_MISMATCH above": (call(0, version=2**32 - 1), accepted(2, struct.pack(">II", 1, 1))),
    "PROC_UNAVAIL": (call(99), accepted(3)),
    "GARBAGE_ARGS: too short": (call(ADD, number(1)), accepted(4)),
    "GARBAGE_ARGS: too long": (call(ADD, number(1) * 3), accepted(4)),
    "GARBAGE_ARGS: a length beyond the message": (call(ECHO, struct.pack(">I", 2**32 - 1)), accepted(4)),
    "GARBAGE_ARGS: of procedure 0": (call(0, number(1)), accepted(4)),
    "SYSTEM_ERR: raised": (call(FAIL), accepted(5)),
    "SYSTEM_ERR: the result has no bytes": (call(UNSENDABLE), accepted(5)),
    "RPC_MISMATCH": (call(ADD, rpc_version=3), RPC_MISMATCH),
    "RPC_MISMATCH: nothing is known of what follows": (struct.pack(">III", 1, 0, 1), RPC_MISMATCH),
    "AUTH_BADCRED: credentials that end too early": (
        call(WHO, credentials=struct.pack(">III", 1, 4, 7)),
        refused(1),
    ),
    "AUTH_BADCRED: too many groups": (call(WHO, credentials=auth_sys(gids=tuple(range(17)))), refused(1)),
    "AUTH_BADCRED: a name that is too long": (call(WHO, credentials=auth_sys(name=b"x" * 256, gids=())), refused(1)),
    "AUTH_BADCRED: padding that is not zero": (
        call(WHO, credentials=auth_sys(name=b"box", gids=()).replace(b"box\0", b"boxx")),
        refused(1),
    ),
    "AUTH_BADCRED: bytes behind the credentials": (
        call(WHO, credentials=struct.pack(">II", 1, 24) + bytes(24)),
        refused(1),
    ),
    "AUTH_BADCRED: more than 400 bytes": (
        call(WHO, credentials=struct.pack(">II", 1, 404) + bytes(404)),
        refused(1),
    ),
    "AUTH_BADCRED: nobody with a name": (call(WHO, credentials=struct.pack(">III", 0, 4, 0)), refused(1)),
    "AUTH_BADCRED: TLS, which an endpoint begins": (call(0, credentials=struct.pack(">II", 7, 0)), refused(1)),
    "AUTH_REJECTEDCRED: AUTH_SHORT": (call(WHO, credentials=struct.pack(">III", 2, 4, 9)), refused(2)),
    "AUTH_REJECTEDCRED: RPCSEC_GSS": (call(WHO, credentials=struct.pack(">III", 6, 4, 9)), refused(2)),
    "AUTH_BADVERF": (call(WHO, verifier=struct.pack(">III", 0, 4, 9)), refused(3)),
    "AUTH_BADVERF: of another flavor": (call(WHO, verifier=struct.pack(">II", 1, 0)), refused(3)),
    "AUTH_SYS": (call(WHO, credentials=auth_sys()), accepted(0, _string(_SHOWN))),
}
DENIALS = [status for status in rpc.AuthStat if status is not rpc.AuthStat.OK]


@pytest.mark.parametrize("name", STATUSES)
def test_reply_has_the_status_that_the_call_deserves(name: str, caplog: pytest.LogCaptureFixture) -> None:
    asked, answer = STATUSES[name]
    with (
        running(Server(UDP(port=0), rpc.datagram_handler(served()), Inline())) as run,
        stream_client(served()) as client,
    ):
        assert ask_record(client, asked) == answer
        assert ask_record(client, ONE_PLUS_TWO) == THREE
        assert ask_datagram(run.server.server_address, asked) == answer
    told = [each.levelno for each in caplog.records if "SYSTEM_ERR" in each.message]
    assert told == ([logging.ERROR] * 2 if "SYSTEM_ERR" in name else [])


@pytest.mark.parametrize("status", DENIALS, ids=lambda status: status.name)
def test_service_refuses_its_caller_for_any_reason(status: rpc.AuthStat) -> None:
    with stream_client(served()) as client:
        assert ask_record(client, call(DENY, number(status))) == refused(status)


def test_versions_between_which_a_call_falls_are_told() -> None:
    versions = [
        rpc.Version[Any]("COUNTER", PROGRAM, version, {ADD: COUNTER_V1.procedures[ADD]}).served_by(Counter())
        for version in (2, 7)
    ]
    other = rpc.Version[Any]("OTHER", PROGRAM + 5, 3, {}).served_by(object())
    with stream_client(*versions, other) as client:
        assert ask_record(client, call(ADD, version=4)) == accepted(2, struct.pack(">II", 2, 7))
        assert ask_record(client, call(ADD, number(1) + number(2), version=7)) == THREE
        assert ask_record(client, call(0, program=PROGRAM + 5, version=3)) == accepted(0)


def test_procedure_sees_its_call() -> None:
    counter = Counter()
    with stream_client(served(counter)) as client:
        ask_record(client, call(ADD, number(1) + number(2), xid=77, credentials=auth_sys(gids=())))
        (seen,) = counter.calls
        assert (seen.xid, seen.program, seen.version, seen.procedure) == (77, PROGRAM, 1, ADD)
        assert seen.credentials == rpc.AuthSys(7, "box!", 1000, 100, ())
        assert seen.client_address == client.getsockname()
        assert seen.server.server_address == client.getpeername()


# Records


@pytest.mark.parametrize("size", [1, 7, 43, 44])
@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_call_may_come_in_fragments_of_any_size(size: int, piece: int) -> None:
    sent = record(ONE_PLUS_TWO, size=size) * 2
    with stream_client(served()) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(sent), piece):
            client.sendall(sent[at : at + piece])
        assert [next_record(client), next_record(client)] == [THREE, THREE]


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack(">I", 0x80000000 | 2**16 + 1),
        struct.pack(">I", 2**16) + bytes(2**16) + struct.pack(">I", 0x80000001),
        struct.pack(">I", 0),
        struct.pack(">I", 4) + bytes(4) + struct.pack(">I", 0),
        struct.pack(">I", 0x80000000),
        record(ONE_PLUS_TWO[:39]),
        record(THREE),
        record(b"GET / HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n"),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["long", "long later", "empty", "empty later", "nothing", "short", "a reply", "no call", "HTTP"],
)
def test_what_is_no_call_ends_its_connection_alone(sent: bytes) -> None:
    with stream_client(served(), limit=2**16) as client, connect(client.getpeername()) as other:
        assert ask_record(client, ONE_PLUS_TWO) == THREE
        client.sendall(sent)
        assert next_record(client) is None
        assert ask_record(other, ONE_PLUS_TWO) == THREE


def test_what_is_no_call_is_no_datagram_to_answer() -> None:
    with (
        running(Server(UDP(port=0), rpc.datagram_handler(served()), Multiplexed())) as run,
        connect(run.server.server_address, socket.SOCK_DGRAM) as client,
    ):
        for sent in (b"", b"x", ONE_PLUS_TWO[:39], THREE, ONE_PLUS_TWO):
            client.send(sent)
        assert client.recv(1000) == THREE


def test_reply_that_no_datagram_can_bear_is_an_error_of_the_system() -> None:
    class Long(Counter):
        def echo(self, _argument: bytes, _call: rpc.Call, /) -> bytes:
            return bytes(70_000)

    with running(Server(UDP(port=0), rpc.datagram_handler(served(Long())), Multiplexed())) as run:
        assert ask_datagram(run.server.server_address, call(ECHO, number(0))) == accepted(5)


# Calls without replies, and replies that come later


def test_one_way_calls_go_before_a_call_that_is_answered() -> None:
    counter = Counter()
    with stream_client(served(counter)) as client:
        client.sendall(b"".join(record(call(ONE_WAY, number(each), xid=each + 10)) for each in range(5)))
        assert ask_record(client, ONE_PLUS_TWO) == THREE
    assert counter.sent == [0, 1, 2, 3, 4]


def test_replies_come_in_the_order_of_their_results() -> None:
    counter = Counter()
    with stream_client(served(counter)) as client:
        for xid in (1, 2, 3):
            client.sendall(record(call(LATER, number(xid), xid=xid)))
            assert counter.asked.acquire(timeout=20)
        # One that is not waited for overtakes them all.
        assert ask_record(client, call(ADD, number(1) + number(2), xid=4)) == accepted(0, number(3), xid=4)
        for xid in (3, 1, 2):
            counter.futures[xid].set_result(xid * 10)
            assert next_record(client) == accepted(0, number(xid * 10), xid=xid)


def test_result_that_fails_later_is_a_status_as_any() -> None:
    counter = Counter()
    with stream_client(served(counter)) as client:
        for xid, (failure, answer) in enumerate(
            {
                "raised": (LookupError("as the test wants it"), accepted(5, xid=0)),
                "denied": (rpc.Denied(rpc.AuthStat.TOOWEAK), refused(5, xid=1)),
            }.values()
        ):
            client.sendall(record(call(LATER, number(xid), xid=xid)))
            assert counter.asked.acquire(timeout=20)
            counter.futures[xid].set_exception(failure)
            assert next_record(client) == answer
        client.sendall(record(call(LATER, number(5), xid=5)))
        assert counter.asked.acquire(timeout=20)
        counter.futures[5].cancel()
        assert next_record(client) == accepted(5, xid=5)


def test_calls_beyond_those_in_flight_wait() -> None:
    counter = Counter()
    with stream_client(served(counter), in_flight=2) as client:
        client.sendall(b"".join(record(call(LATER, number(xid), xid=xid)) for xid in range(3)))
        assert counter.asked.acquire(timeout=20)
        assert counter.asked.acquire(timeout=20)
        assert not counter.asked.acquire(timeout=0.05)
        counter.futures[1].set_result(1)
        assert next_record(client) == accepted(0, number(1), xid=1)
        assert counter.asked.acquire(timeout=20)
        counter.futures[2].set_result(2)
        counter.futures[0].set_result(0)
        assert {next_record(client), next_record(client)} == {
            accepted(0, number(0), xid=0),
            accepted(0, number(2), xid=2),
        }


def test_results_that_nobody_waits_for_are_given_up() -> None:
    counter = Counter()
    cancelled = threading.Event()
    with running(Server(TCP(port=0), rpc.stream_handler(served(counter)), Multiplexed())) as run:
        with connect(run.server.server_address) as client:
            client.sendall(record(call(LATER, number(1))))
            assert counter.asked.acquire(timeout=20)
            counter.futures[1].add_done_callback(lambda _future: cancelled.set())
            # A peer that has only ended what it sends still gets its replies.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket.close(client)
        run.server.shutdown()
        run.join()
        run.server.server_close()
        assert cancelled.wait(20)


# Who may call


def _fail(_call: rpc.Call, /) -> rpc.AuthStat | None:
    raise LookupError("as the test wants it")


def _refuse(_call: rpc.Call, /) -> rpc.AuthStat | None:
    return rpc.AuthStat.FAILED


def _say_yes(_call: rpc.Call, /) -> rpc.AuthStat | None:
    return rpc.AuthStat.OK


def _by_procedure(call: rpc.Call, /) -> rpc.AuthStat | None:
    return None if call.procedure == ADD else rpc.AuthStat.TOOWEAK


KNOWN = call(ADD, number(1) + number(2), credentials=auth_sys())
AUTHORIZED: list[tuple[Callable[[rpc.Call], rpc.AuthStat | None], bytes, bytes]] = [
    (rpc.allow_anybody, ONE_PLUS_TWO, THREE),
    (rpc.require_auth_sys, ONE_PLUS_TWO, refused(5)),
    (rpc.require_auth_sys, KNOWN, THREE),
    (rpc.require_auth_sys, call(0), accepted(0)),
    (rpc.require_auth_sys, call(99), accepted(3)),
    (rpc.require_reserved_port, ONE_PLUS_TWO, refused(5)),
    (_refuse, ONE_PLUS_TWO, refused(7)),
    (_say_yes, ONE_PLUS_TWO, THREE),
    (_by_procedure, ONE_PLUS_TWO, THREE),
    (_by_procedure, call(COUNT, number(1)), refused(5)),
    (_fail, ONE_PLUS_TWO, refused(7)),
    # It is asked before the arguments are looked at.
    (rpc.require_auth_sys, call(ADD), refused(5)),
]


@pytest.mark.parametrize(("authorize", "asked", "answer"), AUTHORIZED)
def test_authorize_refuses_callers(authorize: Any, asked: bytes, answer: bytes) -> None:
    with stream_client(served(), authorize=authorize) as client:
        assert ask_record(client, asked) == answer


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (("127.0.0.1", 1023), None),
        (("127.0.0.1", 1024), rpc.AuthStat.TOOWEAK),
        (("::1", 600, 0, 0), None),
        (("127.0.0.1", 0), rpc.AuthStat.TOOWEAK),
        ("/run/somebody", None),
    ],
)
def test_reserved_ports_are_those_below_1024(address: Any, status: rpc.AuthStat | None) -> None:
    server: Any = None
    assert rpc.require_reserved_port(rpc.Call(1, PROGRAM, 1, ADD, None, address, server)) is status


# What cannot work


class Incomplete:
    def add(self, argument1: int, argument2: int, _call: rpc.Call, /) -> int:
        return argument1 + argument2


class Asynchronous:
    async def add(self, argument1: int, argument2: int, _call: rpc.Call, /) -> int:
        return argument1 + argument2


# What the types refuse.
UNTYPED: Any = COUNTER_V1.served_by
UNTYPED_HANDLER: Any = rpc.stream_handler


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: UNTYPED(Incomplete()), "it has no method echo"),
        (lambda: UNTYPED(Counter), "give an object of the class"),
        (lambda: UNTYPED(Asynchronous()), "add is an `async def`"),
        (rpc.stream_handler, "needs a program"),
        (lambda: UNTYPED_HANDLER(Counter()), "is none: give CALC_V1.served_by"),
        (lambda: rpc.datagram_handler(served(), served()), "twice"),
    ],
)
def test_programs_that_cannot_be_served_are_refused_by_name(make: Any, text: str) -> None:
    with pytest.raises(CompositionError, match=text):
        make()


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"in_flight": 0},
        {"authorize": 3},
        {"authorize": lambda: None},
        {"idempotent": "add"},
        {"idempotent": ["ad"]},
        {"replies_kept": -1},
        {"bytes_kept": 0},
    ],
    ids=lambda options: f"{options}".partition(" at ")[0],
)
def test_values_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        rpc.stream_handler(served(), **options)


def test_numbers_beyond_32_bits_are_refused() -> None:
    for numbers in ((2**32, 1, 1), (1, -1, 1), (1, 1, 2**32)):
        with pytest.raises(RecipeError, match="32 bits"):
            rpc.Version[Any]("X", numbers[0], numbers[1], {numbers[2]: COUNTER_V1.procedures[ADD]})


def test_denial_without_a_reason_is_refused() -> None:
    with pytest.raises(RecipeError):
        rpc.Denied(rpc.AuthStat.OK)


def test_threads_and_datagrams_stand_beside_one_another_for_the_same_program() -> None:
    counter = Counter()
    with (
        running(Server(TCP(port=0), rpc.stream_handler(served(counter)), Threads())) as stream,
        running(Server(UDP(port=0), rpc.datagram_handler(served(counter)), Threads())) as datagrams,
        connect(stream.server.server_address) as client,
    ):
        replies = [
            ask_record(client, call(COUNT, number(4), xid=1)),
            ask_datagram(datagrams.server.server_address, call(COUNT, number(4), xid=2)),
        ]
    assert replies == [accepted(0, number(count), xid=count) for count in (1, 2)]
