"""Tests of a server, with a fixture that serves while a test runs: `python -m pytest examples/pytest_fixture.py`."""

import socket
from collections.abc import Generator

import pytest

from typedserver import (
    TCP,
    Asyncio,
    InetAddress,
    Multiplexed,
    Server,
    Stream,
    StreamRequest,
    Threads,
    inet_address,
    stream_handler,
)
from typedserver.testing import serving


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@pytest.fixture(params=[Threads(), Multiplexed(), Asyncio()], ids=repr)
def server(request: pytest.FixtureRequest) -> Generator[Server[StreamRequest, InetAddress]]:
    with serving(Server(TCP(port=0), upper, request.param)) as server:
        yield server


def test_lines_are_answered_in_capitals(server: Server[StreamRequest, InetAddress]) -> None:
    with socket.create_connection(inet_address(server)) as client:
        client.sendall(b"hello\nworld\n")
        with client.makefile("rb") as received:
            assert [received.readline(), received.readline()] == [b"HELLO\n", b"WORLD\n"]


def test_clients_are_served_until_the_server_has_drained(server: Server[StreamRequest, InetAddress]) -> None:
    with socket.create_connection(inet_address(server)) as client:
        client.sendall(b"hello\n")
        assert client.recv(100) == b"HELLO\n"
        server.request_drain()
        assert client.recv(100) == b""
