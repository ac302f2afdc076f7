"""TLS that callers of RPC ask for (RFC 9289): those that ask get it, and all others find every byte untouched."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rpc_counter import ADD, accepted, ask_record, call, next_record, number, record, refused, served
from tests.running import Client, connect, running
from tests.test_matrix import ALL_STRATEGIES, composed
from tests.tls import client_context
from tests.tls_files import files
from typedserver import TCP, TLS, UDP, CompositionError, Multiplexed, RecipeError, Server, ServerConfig, TLSConfig, rpc
from typedserver.config import Deadlines

AUTH_TLS = struct.pack(">II", 7, 0)
PROBE = call(0, xid=9, credentials=AUTH_TLS)
STARTTLS = struct.pack(">6I", 9, 1, 0, 0, 8, 0x53544152) + b"TTLS" + bytes(4)

ONE_PLUS_TWO = call(ADD, number(1) + number(2))
THREE = accepted(0, number(3))


@contextmanager
def encrypted_by(client: socket.socket) -> Generator[ssl.SSLSocket]:
    """Do the client's half of the handshake; the end is shut down, because children may hold copies of it."""
    context = client_context()
    context.set_alpn_protocols(["sunrpc"])
    with context.wrap_socket(client) as encrypted:
        try:
            yield encrypted
        finally:
            encrypted.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def config(tmp_path: Path) -> TLSConfig:
    files(tmp_path)
    return TLSConfig(certificate=tmp_path / "certificate", key=tmp_path / "key")


@contextmanager
def served_client(endpoint: Any, **deadlines: Any) -> Generator[Client]:
    settings = ServerConfig(deadlines=Deadlines(**deadlines))
    server = Server(endpoint, rpc.stream_handler(served()), Multiplexed(), config=settings)
    with running(server) as run, connect(run.server.server_address) as client:
        yield client


@pytest.mark.parametrize("strategy", ALL_STRATEGIES)
def test_caller_that_asks_gets_tls_under_every_strategy(strategy: str, config: TLSConfig, tmp_path: Path) -> None:
    handler = rpc.stream_handler(served())
    with composed("TCP(port=0)", handler, strategy, "ours", tmp_path / "s") as plain:
        chosen: Any = plain.strategy
        endpoint = rpc.OpportunisticTLS(TCP(port=0), config)
        with (
            running(Server(endpoint, handler, chosen)) as run,
            connect(run.server.server_address) as client,
            connect(run.server.server_address) as other,
        ):
            assert ask_record(client, PROBE) == STARTTLS
            with encrypted_by(client) as encrypted:
                assert encrypted.version() == "TLSv1.3"
                assert encrypted.selected_alpn_protocol() == "sunrpc"
                assert ask_record(encrypted, ONE_PLUS_TWO) == THREE
                assert ask_record(encrypted, ONE_PLUS_TWO) == THREE
            assert ask_record(other, ONE_PLUS_TWO) == THREE


@pytest.mark.parametrize("piece", [1, 5, 43])
def test_question_may_come_in_pieces(piece: int, config: TLSConfig) -> None:
    with served_client(rpc.OpportunisticTLS(TCP(port=0), config)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sent = record(PROBE)
        for at in range(0, len(sent), piece):
            client.sendall(sent[at : at + piece])
            time.sleep(0.001)
        assert next_record(client) == STARTTLS
        with encrypted_by(client) as encrypted:
            assert ask_record(encrypted, ONE_PLUS_TWO) == THREE


@pytest.mark.parametrize(
    "first",
    [
        ONE_PLUS_TWO,
        call(0),
        # As the question, but for one byte of it.
        call(0, rpc_version=3, credentials=AUTH_TLS),
        call(ADD, credentials=AUTH_TLS),
        call(0, number(0), credentials=AUTH_TLS),
        call(0, credentials=struct.pack(">III", 7, 4, 0)),
        call(0, credentials=AUTH_TLS, verifier=struct.pack(">III", 0, 4, 0)),
    ],
)
@pytest.mark.parametrize("piece", [1, 1000])
def test_any_other_first_call_is_the_handlers(first: bytes, piece: int, config: TLSConfig) -> None:
    handler = rpc.stream_handler(served())
    with running(Server(TCP(port=0), handler, Multiplexed())) as run, connect(run.server.server_address) as client:
        expected = ask_record(client, first)
    with served_client(rpc.OpportunisticTLS(TCP(port=0), config)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sent = record(first)
        for at in range(0, len(sent), piece):
            client.sendall(sent[at : at + piece])
        assert next_record(client) == expected
        assert ask_record(client, ONE_PLUS_TWO) == THREE


def test_question_in_fragments_is_no_question(config: TLSConfig) -> None:
    with served_client(rpc.OpportunisticTLS(TCP(port=0), config)) as client:
        client.sendall(record(PROBE, size=20))
        assert next_record(client) == refused(1, xid=9)


def test_question_that_comes_later_or_again_is_refused(config: TLSConfig) -> None:
    with served_client(rpc.OpportunisticTLS(TCP(port=0), config)) as client:
        assert ask_record(client, ONE_PLUS_TWO) == THREE
        assert ask_record(client, PROBE) == refused(1, xid=9)
        with connect(client.getpeername()) as other:
            assert ask_record(other, PROBE) == STARTTLS
            with encrypted_by(other) as encrypted:
                assert ask_record(encrypted, PROBE) == refused(1, xid=9)


def test_plain_call_behind_the_question_ends_the_connection(config: TLSConfig) -> None:
    with served_client(rpc.OpportunisticTLS(TCP(port=0), config)) as client:
        client.sendall(record(PROBE) + record(ONE_PLUS_TWO))
        assert next_record(client) == STARTTLS
        # An alert, and no reply.
        with pytest.raises((AssertionError, ConnectionError)):
            assert next_record(client) is not None
            assert next_record(client) == THREE


def test_caller_that_does_not_ask_and_must_is_refused(config: TLSConfig) -> None:
    with served_client(rpc.OpportunisticTLS(TCP(port=0), config, required=True)) as client:
        assert ask_record(client, ONE_PLUS_TWO) == refused(5)
        assert next_record(client) is None
        with connect(client.getpeername()) as other:
            assert ask_record(other, PROBE) == STARTTLS
            with encrypted_by(other) as encrypted:
                assert ask_record(encrypted, ONE_PLUS_TWO) == THREE


def test_caller_that_says_nothing_is_ended_by_the_deadline(config: TLSConfig) -> None:
    with served_client(rpc.OpportunisticTLS(TCP(port=0), config), establish=0.1) as client:
        assert next_record(client) is None
        with connect(client.getpeername()) as half:
            half.sendall(record(PROBE)[:30])
            assert next_record(half) is None


def test_caller_that_leaves_leaves_nothing_behind(config: TLSConfig) -> None:
    with served_client(rpc.OpportunisticTLS(TCP(port=0), config, required=True)) as client:
        client.shutdown(socket.SHUT_WR)
        assert next_record(client) is None


def test_drain_does_not_wait_for_a_caller_that_has_said_nothing(config: TLSConfig) -> None:
    endpoint = rpc.OpportunisticTLS(TCP(port=0), config)
    server = Server(endpoint, rpc.stream_handler(served()), Multiplexed(), config=ServerConfig(quiet=0.002))
    with running(server) as run, connect(run.server.server_address) as client:
        drained = threading.Thread(target=run.server.drain, args=(20.0,))
        began = time.monotonic()
        drained.start()
        assert next_record(client) is None
        drained.join()
        assert time.monotonic() - began < 10


def test_what_cannot_work_is_refused(config: TLSConfig) -> None:
    # What the types refuse.
    opportunistic: Any = rpc.OpportunisticTLS
    with pytest.raises(CompositionError, match="connections"):
        opportunistic(UDP(port=0), config)
    with pytest.raises(CompositionError, match="twice"):
        opportunistic(TLS(TCP(port=0), config), config)
    with pytest.raises(RecipeError, match="required"):
        opportunistic(TCP(port=0), config, required=1)
    assert repr(rpc.OpportunisticTLS(TCP(port=0), config, required=True)).endswith("required=True)")
