"""Blocking clients of RPC over UDP: calls are sent again, and whose datagrams count."""

import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable

import pytest

from tests.rpc_peers import PROGRAM, Asked, datagram_server, succeeded
from tests.running import PATIENCE
from typedserver import ConnectError, DatagramTooLong, RecipeError
from typedserver.rpc import xdr
from typedserver.rpc.client_faces import BlockingClient
from typedserver.rpc.clients import UDPClient
from typedserver.rpc.errors import ClientClosed, ConnectionLost, RPCTimedOut

HOST = "127.0.0.1"


def double(client: BlockingClient, number: int) -> int:
    return client.call(PROGRAM, 1, 1, xdr.encode_int, number, xdr.decode_int)


def double_it(server: socket.socket, call: Asked, address: tuple[str, int]) -> None:
    server.sendto(succeeded(call.xid, call.number * 2), address)


def closed_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind((HOST, 0))
        return int(bound.getsockname()[1])


def test_a_call_returns_its_result() -> None:
    with datagram_server(double_it) as port, UDPClient(HOST, port) as client:
        assert [double(client, number) for number in range(3)] == [0, 2, 4]


def test_a_call_that_is_lost_is_sent_again_after_growing_pauses_with_the_same_number() -> None:
    came: list[tuple[float, Asked]] = []

    def answer_the_fourth(server: socket.socket, call: Asked, address: tuple[str, int]) -> None:
        came.append((time.monotonic(), call))
        if len(came) == 4:
            double_it(server, call, address)

    with datagram_server(answer_the_fourth) as port, UDPClient(HOST, port, retry=0.04) as client:
        assert double(client, 3) == 6
    assert len({call.xid for _, call in came}) == 1
    pauses = [later - sooner for (sooner, _), (later, _) in itertools.pairwise(came)]
    for pause, least in zip(pauses, (0.04, 0.08, 0.16), strict=True):
        assert pause >= least * 0.9


def test_a_reply_to_each_sending_is_taken_once() -> None:
    came: list[Asked] = []

    def answer_twice(server: socket.socket, call: Asked, address: tuple[str, int]) -> None:
        came.append(call)
        for _ in range(2):
            double_it(server, call, address)

    with datagram_server(answer_twice) as port, UDPClient(HOST, port) as client:
        assert [double(client, number) for number in range(20)] == [number * 2 for number in range(20)]
    assert len(came) == 20


def test_a_late_reply_of_an_earlier_call_is_dropped() -> None:
    late: list[tuple[Asked, tuple[str, int]]] = []

    def answer_the_first_late(server: socket.socket, call: Asked, address: tuple[str, int]) -> None:
        late.append((call, address))
        if len(late) > 1:
            server.sendto(succeeded(late[0][0].xid, 99), address)
            double_it(server, call, address)

    with datagram_server(answer_the_first_late) as port, UDPClient(HOST, port) as client:
        with pytest.raises(RPCTimedOut, match="1 times"):
            double(client.using(timeout=0.05), 1)
        assert double(client, 2) == 4


def test_nonsense_is_dropped() -> None:
    def answer(server: socket.socket, call: Asked, address: tuple[str, int]) -> None:
        for nonsense in (b"", b"abc", struct.pack(">II", call.xid, 0), succeeded(call.xid ^ 1, 7)):
            server.sendto(nonsense, address)
        double_it(server, call, address)

    with datagram_server(answer) as port, UDPClient(HOST, port) as client:
        assert double(client, 2) == 4


def test_a_datagram_from_another_address_is_not_taken() -> None:
    def answer_by_another(server: socket.socket, call: Asked, address: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(succeeded(call.xid, 666), address)
        double_it(server, call, address)

    with datagram_server(answer_by_another) as port, UDPClient(HOST, port) as client:
        assert double(client, 2) == 4


def test_nobody_at_the_port_is_said_at_once() -> None:
    with UDPClient(HOST, closed_port()) as client:
        begun = time.monotonic()
        with pytest.raises(ConnectionLost, match="refused"):
            double(client, 1)
        assert time.monotonic() - begun < 5


def test_an_idempotent_call_waits_for_a_server_that_comes() -> None:
    port = closed_port()
    with UDPClient(HOST, port).using(idempotent=True) as client:
        future = client.call_later(PROGRAM, 1, 1, xdr.encode_int, 4, xdr.decode_int)
        time.sleep(0.05)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind((HOST, port))
            server.settimeout(PATIENCE)
            message, address = server.recvfrom(1000)
            server.sendto(message[:4] + struct.pack(">IIIIIi", 1, 0, 0, 0, 0, 8), address)
            assert future.result(PATIENCE) == 8


def test_the_address_of_a_name_that_answers_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with datagram_server(double_it) as port:
        found = [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.3", port)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, port)),
        ]

        def look_up(host: str, *arguments: object, flags: int, **_others: object) -> list[object]:
            if flags:
                raise socket.gaierror
            return list(found)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        with UDPClient("several", port) as client:
            assert [double(client, number) for number in range(3)] == [0, 2, 4]


def test_a_call_that_fits_no_datagram_is_refused() -> None:
    with datagram_server(double_it) as port, UDPClient(HOST, port) as client:
        with pytest.raises(DatagramTooLong, match="TCPClient"):
            client.call(PROGRAM, 1, 1, xdr.encode_opaque, bytes(70000), xdr.decode_int)
        assert double(client, 1) == 2


def test_a_close_ends_a_call_that_is_under_way() -> None:
    came = threading.Event()
    failures: list[BaseException] = []

    with datagram_server(lambda _server, _call, _address: came.set()) as port:
        client = UDPClient(HOST, port)

        def call() -> None:
            try:
                double(client, 1)
            except ClientClosed as error:
                failures.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        assert came.wait(PATIENCE)
        client.close()
        thread.join(PATIENCE)
    assert len(failures) == 1


def test_calls_without_replies_and_batches_are_datagrams() -> None:
    came: list[int] = []
    both = threading.Event()

    def note(_server: socket.socket, call: Asked, _address: object) -> None:
        came.append(call.number)
        if len(came) == 3:
            both.set()

    with datagram_server(note) as port, UDPClient(HOST, port) as client:
        client.send(PROGRAM, 1, 1, xdr.encode_int, 1)
        with client.batch() as batch:
            for number in (2, 3):
                batch.send(PROGRAM, 1, 1, xdr.encode_int, number)
        assert both.wait(PATIENCE)
    assert came == [1, 2, 3]


def test_a_name_without_an_address_is_a_connect_error() -> None:
    with UDPClient("no-such-name.invalid", 1) as client, pytest.raises(ConnectError):
        double(client, 1)


@pytest.mark.parametrize("make", [lambda: UDPClient(HOST, 1, retry=0), lambda: UDPClient(HOST, -1)])
def test_values_that_cannot_work_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(RecipeError):
        make()
