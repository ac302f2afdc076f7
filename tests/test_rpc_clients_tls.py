"""Clients of RPC that ask their server for TLS before the first call (RFC 9289)."""

import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.rpc_peers import PROGRAM, Connection, accepted, stream_server, succeeded
from tests.running import PATIENCE, ask, running
from tests.tls_files import files
from typedserver import (
    TCP,
    Asyncio,
    ConnectError,
    Inline,
    Multiplexed,
    RecipeError,
    Server,
    Stream,
    Threads,
    TLSConfig,
    inet_address,
    rpc,
    stream_handler,
)
from typedserver.rpc import xdr

HOST = "127.0.0.1"


class Doubling:
    """A program of one procedure, and of one that sends much."""

    def double(self, number: int, _call: rpc.Call, /) -> int:
        return number * 2

    def fill(self, number: int, _call: rpc.Call, /) -> bytes:
        return b"x" * number


VERSION: rpc.Version[Doubling] = rpc.Version(
    "DOUBLING",
    PROGRAM,
    1,
    {
        1: rpc.Procedure("double", xdr.arguments(xdr.decode_int), xdr.encode_int),
        2: rpc.Procedure("fill", xdr.arguments(xdr.decode_int), xdr.encode_opaque),
    },
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files(tmp_path)


def trusting(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=folder / "certificate")
    context.set_alpn_protocols(["sunrpc"])
    return context


def serving(folder: Path) -> Server[Any, Any]:
    config = TLSConfig(certificate=folder / "certificate", key=folder / "key")
    endpoint = rpc.OpportunisticTLS(TCP(port=0), config, required=True)
    return Server(endpoint, rpc.stream_handler(VERSION.served_by(Doubling())), strategy=Multiplexed())


def double(client: rpc.Client, number: int) -> int:
    return client.call(PROGRAM, 1, 1, xdr.encode_int, number, xdr.decode_int)


def test_calls_go_by_tls(folder: Path) -> None:
    with running(serving(folder)) as run:
        port = inet_address(run.server)[1]
        with rpc.TCPClient("localhost", port, tls=trusting(folder)) as client:
            assert [double(client, number) for number in range(3)] == [0, 2, 4]
            later = [client.call_later(PROGRAM, 1, 1, xdr.encode_int, each, xdr.decode_int) for each in range(20)]
            assert [each.result(PATIENCE) for each in later] == [each * 2 for each in range(20)]
            assert client.call(PROGRAM, 1, 2, xdr.encode_int, 900_000, xdr.decode_opaque) == b"x" * 900_000
            threads = [threading.Thread(target=lambda: [double(client, each) for each in range(30)]) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
            assert double(client, 5) == 10
        with rpc.TCPClient("localhost", port) as client, pytest.raises(rpc.AuthenticationRefused):
            double(client, 1)


@pytest.mark.parametrize("strategy", [Multiplexed, Asyncio, Threads, Inline])
def test_coroutines_call_by_tls(folder: Path, strategy: Any) -> None:
    with running(serving(folder)) as run:
        port = inet_address(run.server)[1]

        @stream_handler
        async def handler(stream: Stream) -> None:
            async with rpc.AsyncTCPClient("localhost", port, tls=trusting(folder)) as client:
                result = await client.call(PROGRAM, 1, 1, xdr.encode_int, 21, xdr.decode_int)
            await stream.write(b"%d" % result)

        with running(Server(TCP(port=0), handler, strategy=strategy())) as asking:
            assert ask(asking.server.server_address, b"") == b"42"


def test_a_connection_that_ends_while_idle_is_made_again(folder: Path) -> None:
    with running(serving(folder)) as run:
        port = inet_address(run.server)[1]
        with rpc.TCPClient("localhost", port, tls=trusting(folder)) as client:
            assert double(client, 1) == 2
            run.server.shutdown()
            run.join()
            run.server.server_close()
            with running(_again(folder, port)):
                assert double(client, 2) == 4


def _again(folder: Path, port: int) -> Server[Any, Any]:
    config = TLSConfig(certificate=folder / "certificate", key=folder / "key")
    endpoint = rpc.OpportunisticTLS(TCP(port=port), config)
    return Server(endpoint, rpc.stream_handler(VERSION.served_by(Doubling())), strategy=Multiplexed())


def test_a_server_without_tls_is_not_called_in_plain_text(folder: Path) -> None:
    numbers: list[int] = []

    def note(connection: Connection) -> None:
        for call in connection.calls():
            numbers.append(call.procedure)
            assert call.credentials == (7, b"")
            connection.answer(accepted(call.xid, 0))

    def deny(connection: Connection) -> None:
        for call in connection.calls():
            connection.answer(succeeded(call.xid ^ 1, 1))

    def leave(_connection: Connection) -> None:
        pass

    for script in (note, deny, leave):
        with (
            stream_server(script) as port,
            rpc.TCPClient(HOST, port, tls=trusting(folder), server_hostname="localhost") as client,
            pytest.raises(ConnectError, match="has no TLS"),
        ):
            double(client, 1)
    assert numbers == [0]


def test_a_certificate_that_is_not_trusted_is_refused(folder: Path) -> None:
    with running(serving(folder)) as run:
        port = inet_address(run.server)[1]
        with rpc.TCPClient("localhost", port, tls=True) as client, pytest.raises(ConnectError, match="refused"):
            double(client, 1)
        with (
            rpc.TCPClient("localhost", port, tls=trusting(folder), server_hostname="other.example") as client,
            pytest.raises(ConnectError, match="refused"),
        ):
            double(client, 1)


def test_what_comes_behind_the_answer_in_plain_text_is_refused(folder: Path) -> None:
    def put_more_behind(connection: Connection) -> None:
        call = connection.call()
        assert call is not None
        begin = (
            call.xid.to_bytes(4, "big") + bytes((0, 0, 0, 1)) + bytes(8) + bytes((0, 0, 0, 8)) + b"STARTTLS" + bytes(4)
        )
        connection.socket.sendall(
            (0x80000000 | len(begin)).to_bytes(4, "big") + begin + (0x80000004).to_bytes(4, "big") + b"more"
        )
        connection.call()

    with (
        stream_server(put_more_behind) as port,
        rpc.TCPClient(HOST, port, tls=trusting(folder), server_hostname="localhost") as client,
        pytest.raises(ConnectError, match="plain"),
    ):
        double(client, 1)


def test_a_server_that_does_not_answer_is_given_up(folder: Path) -> None:
    def wait(connection: Connection) -> None:
        for _ in connection.calls():
            pass

    with (
        stream_server(wait) as port,
        rpc.TCPClient("localhost", port, timeout=0.1, tls=trusting(folder)) as client,
        pytest.raises(ConnectError),
    ):
        double(client, 1)


@pytest.mark.parametrize(
    "how",
    [
        {"tls": False},
        {"tls": "yes"},
        {"tls": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)},
        {"server_hostname": "a"},
        {"tls": True, "server_hostname": ""},
    ],
)
def test_values_that_cannot_work_are_refused(how: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        rpc.TCPClient(HOST, 1, **how)
