"""TLSConnection: a socket that speaks TLS by memories of OpenSSL's."""

import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.tls import client_context, server_context
from typedserver.sockets.accepted import Connection
from typedserver.sockets.connection import end_and_close, end_reading, finish_ends
from typedserver.sockets.limits import limit_waits
from typedserver.sockets.silence import SilenceError
from typedserver.sockets.tls_connection import TLSConnection, WouldBlock, WouldBlockWriting
from typedserver.sockets.tls_facts import TLSFacts
from typedserver.sockets.tls_transfer import Truncated
from typedserver.sockets.waiting import DONT_WAIT

PATIENCE = 10.0

Pair = tuple[TLSConnection, ssl.SSLSocket]


@contextlib.contextmanager
def connected(
    folder: Path, *, family: int = socket.AF_UNIX, version: str = "1.3", small: bool = False, ours: bool = False
) -> Generator[Pair, None, None]:
    """Yield both ends of a connection whose handshake is over; ``ours``: the client is one of our own as well."""
    if family == socket.AF_UNIX:
        raw, theirs = socket.socketpair()
    else:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            theirs = socket.create_connection(listener.getsockname())
            raw, _ = listener.accept()
    if small:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    theirs.settimeout(PATIENCE)
    context = server_context(folder)
    if version == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    accepted = Connection(raw.family, raw.type, raw.proto, raw.detach())
    connection = TLSConnection(accepted, context)
    connection.settimeout(PATIENCE)
    with ThreadPoolExecutor(1) as pool, connection:
        client = pool.submit(_client, theirs) if ours else pool.submit(client_context().wrap_socket, theirs)
        connection.do_handshake()
        with client.result(PATIENCE) as peer:
            yield connection, peer


def _client(connection: socket.socket) -> ssl.SSLSocket:
    client = TLSConnection(connection, client_context(), server_side=False)
    client.do_handshake()
    return client


def _received(peer: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (more := peer.recv(65536)):
        data += more
    return bytes(data)


VERSIONS = pytest.mark.parametrize("version", ["1.2", "1.3"])
FAMILIES = pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET], ids=["unix", "tcp"])


def test_connection_is_an_ssl_socket_and_a_connection(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, _):
        assert isinstance(connection, ssl.SSLSocket)
        assert isinstance(connection, Connection)
        assert (connection.version(), connection.server_side) == ("TLSv1.3", True)
        assert connection.cipher() is not None


# What Python's own object does between its creation and its end, none of which ours calls.
_PRIVATE = {"_create", "_check_connected", "_checkClosed", "_real_close", "_real_connect"}


def test_every_method_of_an_ssl_socket_is_our_own() -> None:
    ours = set(vars(TLSConnection)) | set(vars(TLSFacts)) | set(vars(Connection))
    theirs = {name for name in vars(ssl.SSLSocket) if not name.startswith("__")} - _PRIVATE
    assert theirs - ours == set()


@VERSIONS
@FAMILIES
def test_data_passes_byte_for_byte_both_ways_at_once(tmp_path: Path, family: int, version: str) -> None:
    data = os.urandom(3_000_000)
    # Before Python 3.13.4 no two threads may use a socket of the module ssl at once: so both ends are ours.
    both = connected(tmp_path, family=family, version=version, ours=True)
    with both as (connection, peer), ThreadPoolExecutor(3) as pool:
        sent = [pool.submit(connection.sendall, data), pool.submit(peer.sendall, data)]
        theirs = pool.submit(_received, peer, len(data))
        assert _received(connection, len(data)) == data
        assert theirs.result(PATIENCE) == data
        assert [each.result(PATIENCE) for each in sent] == [None, None]


def test_record_that_comes_a_byte_at_a_time_is_read_when_it_is_whole(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer):
        spied, relay = socket.socketpair()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = client_context().wrap_bio(incoming, outgoing)
        accepted = Connection(spied.family, spied.type, spied.proto, spied.detach())
        with TLSConnection(accepted, connection.context) as slow, relay:
            slow.setblocking(False)
            relay.setblocking(False)
            for _ in range(4):
                with contextlib.suppress(ssl.SSLWantReadError):
                    client.do_handshake()
                for byte in outgoing.read():
                    relay.send(bytes([byte]))
                    with contextlib.suppress(WouldBlock):
                        slow.do_handshake()
                with contextlib.suppress(BlockingIOError):
                    incoming.write(relay.recv(65536))
            client.write(b"hello")
            for byte in outgoing.read()[:-1]:
                relay.send(bytes([byte]))
                with pytest.raises(WouldBlock):
                    slow.recv(100)
        del peer


def test_nothing_to_read_is_said_as_tls_and_as_plain_sockets_say_it(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, _):
        for error in (ssl.SSLWantReadError, BlockingIOError):
            with pytest.raises(error):
                connection.recv(1, DONT_WAIT)
        connection.setblocking(False)
        with pytest.raises(WouldBlock):
            connection.recv(1)


def test_read_returns_less_than_was_asked_for_only_if_nothing_more_has_come(tmp_path: Path) -> None:
    with connected(tmp_path, family=socket.AF_INET) as (connection, peer):
        for _ in range(20):
            peer.sendall(bytes(1000))
        time.sleep(0.05)
        assert len(connection.recv(65536)) == 20_000
        assert connection.pending() == 0
        assert not connection.holds


def test_what_a_full_read_leaves_is_pending(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer):
        peer.sendall(b"a" * 20_000)
        assert connection.recv(10) == b"a" * 10
        assert connection.holds
        assert connection.pending() == 16384
        assert connection.recv(65536, DONT_WAIT) == b"a" * 19_990


def test_peek_leaves_what_it_returns(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer):
        peer.sendall(b"hello")
        assert connection.recv(3, socket.MSG_PEEK) == b"hel"
        assert connection.recv(100, socket.MSG_PEEK) == b"hello"
        assert connection.recv(100) == b"hello"


def test_flags_that_tls_has_nothing_of_are_refused(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, _):
        with pytest.raises(ValueError, match="MSG_PEEK"):
            connection.recv(1, socket.MSG_OOB)
        with pytest.raises(ValueError, match="MSG_DONTWAIT"):
            connection.send(b"x", socket.MSG_OOB)


REFUSED: list[tuple[str, tuple[Any, ...]]] = [
    ("recvfrom", (1,)),
    ("recvfrom_into", (bytearray(1),)),
    ("recvmsg", (1,)),
    ("recvmsg_into", ([bytearray(1)],)),
    ("sendto", (b"x", "")),
    ("sendmsg", ([b"x"],)),
    ("dup", ()),
    ("accept", ()),
    ("connect", ("",)),
    ("connect_ex", ("",)),
    ("__reduce__", ()),
]


@pytest.mark.parametrize(("method", "arguments"), REFUSED, ids=[name for name, _ in REFUSED])
def test_method_that_would_go_past_tls_is_refused(tmp_path: Path, method: str, arguments: tuple[Any, ...]) -> None:
    with connected(tmp_path) as (connection, _), pytest.raises((ValueError, NotImplementedError, TypeError)):
        getattr(connection, method)(*arguments)


def test_slow_reader_gets_each_byte_once_however_little_the_kernel_takes(tmp_path: Path) -> None:
    data = os.urandom(400_000)
    with connected(tmp_path, small=True) as (connection, peer), ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(_received, peer, len(data))
        connection.setblocking(False)
        rest = memoryview(data)
        refusals = 0
        while rest:
            # Pieces of all lengths, one among them: of one byte nothing can be left to be sent.
            size = 1 + refusals % 40_000 if refusals % 3 else 1
            try:
                rest = rest[connection.send(rest[:size]) :]
            except WouldBlockWriting:
                refusals += 1
                time.sleep(0)
        while True:
            with contextlib.suppress(WouldBlockWriting):
                connection.shutdown(socket.SHUT_WR)
                break
            time.sleep(0)
        assert theirs.result(PATIENCE) == data


def test_partial_send_leaves_at_least_a_byte_to_be_sent(tmp_path: Path) -> None:
    with connected(tmp_path, small=True) as (connection, peer):
        connection.setblocking(False)
        data = bytes(1_000_000)
        sent = connection.send(data)
        assert 0 < sent < len(data)
        with pytest.raises(WouldBlockWriting):
            connection.send(data[sent:])
        received = bytearray()
        while True:
            with contextlib.suppress(WouldBlockWriting):
                assert connection.send(data[sent : sent + 1]) == 1
                break
            # Nothing, if a part of a record has come.
            peer.settimeout(0.01)
            with contextlib.suppress(TimeoutError):
                received += peer.recv(65536)
        peer.settimeout(PATIENCE)
        received += _received(peer, sent + 1 - len(received))
        assert received == data[: sent + 1]


def test_close_notify_ends_the_stream_and_reading_goes_on(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer):
        connection.shutdown(socket.SHUT_WR)
        assert peer.recv(10) == b""
        peer.sendall(b"late")
        assert connection.recv(10) == b"late"
        with pytest.raises(BrokenPipeError):
            connection.send(b"x")


def test_what_had_come_before_our_own_end_is_still_read(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer):
        peer.sendall(b"a" * 40_000)
        assert connection.recv(1) == b"a"
        connection.shutdown(socket.SHUT_WR)
        assert len(_received(connection, 39_999)) == 39_999


def test_end_without_the_peers_word_is_told_from_its_end(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer):
        peer.sendall(b"half")
        socket.socket.shutdown(peer, socket.SHUT_WR)
        assert connection.recv(10) == b"half"
        with pytest.raises(Truncated) as raised:
            connection.recv(10)
        assert isinstance(raised.value, ssl.SSLEOFError)
        assert isinstance(raised.value, ConnectionError)
        connection.suppress_ragged_eofs = True
        assert connection.recv(10) == b""
    with connected(tmp_path) as (connection, peer):
        peer.setblocking(False)
        with contextlib.suppress(ssl.SSLWantReadError):
            peer.unwrap()
        assert connection.recv(10) == b""
        assert connection.recv(10) == b""


def test_peers_end_behind_its_data_is_readable_for_the_kernel(tmp_path: Path) -> None:
    import select

    with connected(tmp_path) as (connection, peer):
        peer.sendall(b"last")
        peer.setblocking(False)
        with contextlib.suppress(ssl.SSLWantReadError):
            peer.unwrap()
        assert connection.recv(100) == b"last"
        # Its descriptor is still open, so nothing more comes.
        assert select.select([connection], [], [], 1.0)[0]
        assert connection.recv(100) == b""


def test_end_of_reading_of_our_own_is_an_end_and_says_nothing_to_the_peer(tmp_path: Path) -> None:
    with connected(tmp_path, family=socket.AF_INET) as (connection, peer):
        end_reading(connection)
        assert connection.recv(10) == b""
        connection.sendall(b"goodbye")
        assert peer.recv(100) == b"goodbye"
        connection.shutdown(socket.SHUT_WR)
        assert peer.recv(100) == b""


def test_byte_that_was_changed_on_its_way_is_an_error_behind_what_came_before(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer):
        peer.sendall(b"good")
        socket.socket.send(peer, b"\x17\x03\x03\x00\x20" + bytes(32))
        time.sleep(0.05)
        assert connection.recv(100) == b"good"
        for _ in range(2):
            with pytest.raises(ssl.SSLError):
                connection.recv(100)


@pytest.mark.parametrize("limited", [False, True], ids=["own timeout", "limits"])
def test_silent_peer_ends_a_read(tmp_path: Path, limited: bool) -> None:
    with connected(tmp_path) as (connection, _):
        if limited:
            assert limit_waits(connection, 0.05, 0.05) is connection
        else:
            connection.settimeout(0.05)
        with pytest.raises(SilenceError if limited else TimeoutError):
            connection.recv(1)


def test_peer_that_takes_nothing_ends_a_write(tmp_path: Path) -> None:
    with connected(tmp_path, small=True) as (connection, _):
        limit_waits(connection, None, 0.05)
        with pytest.raises(SilenceError):
            connection.sendall(bytes(4_000_000))


def test_reader_and_writer_in_two_threads_do_not_hold_each_other(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(connection.recv, 10)
        connection.sendall(b"to you")
        assert peer.recv(10) == b"to you"
        peer.sendall(b"to me")
        assert waiting.result(PATIENCE) == b"to me"


def test_cut_ends_a_read_that_waits(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, _), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(connection.recv, 10)
        time.sleep(0.02)
        connection.cut()
        assert waiting.result(PATIENCE) == b""


@pytest.mark.parametrize("full", [False, True], ids=["room", "no room"])
def test_end_and_close_lets_the_peer_read_all_and_says_the_end(tmp_path: Path, full: bool) -> None:
    with connected(tmp_path, small=full) as (connection, peer):
        data = b"x" * 1000
        sent = 0
        if full:
            connection.setblocking(False)
            with contextlib.suppress(WouldBlockWriting):
                while True:
                    sent += connection.send(data)
        else:
            connection.sendall(data)
            sent = len(data)
        end_and_close(connection)
        assert connection.fileno() < 0
        got = _received(peer, sent + 10)
        # The last byte counts as sent only when all is on its way.
        assert len(got) in (sent, sent + 1)
        assert finish_ends(PATIENCE)


def test_file_of_makefile_reads_and_writes(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer), connection.makefile("rwb") as file:
        peer.sendall(b"one\ntwo\n")
        assert [file.readline(), file.readline()] == [b"one\n", b"two\n"]
        file.write(b"three\n")
        file.flush()
        assert peer.recv(100) == b"three\n"


def test_sendfile_sends_from_an_offset(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    with connected(tmp_path) as (connection, peer), (tmp_path / "file").open("rb") as file:
        assert connection.sendfile(file, 2, 5) == 5
        assert peer.recv(100) == b"23456"


def test_unwrap_returns_the_plain_connection(tmp_path: Path) -> None:
    with connected(tmp_path) as (connection, peer), ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(peer.unwrap)
        with connection.unwrap() as plain, theirs.result(PATIENCE) as other:
            other.sendall(b"plain")
            assert plain.recv(10) == b"plain"


def test_first_bytes_that_were_received_before_are_part_of_the_handshake(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ThreadPoolExecutor(1) as pool:
        client = pool.submit(client_context().wrap_socket, theirs)
        first = ours.recv(7)
        with TLSConnection(ours, server_context(tmp_path), received=first) as connection:
            connection.do_handshake()
            with client.result(PATIENCE) as peer:
                peer.sendall(b"hello")
                assert connection.recv(10) == b"hello"


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\x80"])
def test_failed_handshake_leaves_the_descriptor_to_be_closed(tmp_path: Path, first: bytes) -> None:
    ours, theirs = socket.socketpair()
    with theirs, TLSConnection(ours, server_context(tmp_path)) as connection:
        theirs.sendall(first)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(ssl.SSLError):
            connection.do_handshake()
        assert connection.began == first[:12]


def test_memory_of_failed_handshakes_is_freed(tmp_path: Path) -> None:
    import gc

    context = server_context(tmp_path)

    def fail() -> None:
        ours, theirs = socket.socketpair()
        with theirs, TLSConnection(ours, context) as connection:
            theirs.sendall(b"no TLS at all")
            with pytest.raises(ssl.SSLError):
                connection.do_handshake()

    fail()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(300):
        fail()
    gc.collect()
    assert len(gc.get_objects()) < before + 100


def test_two_threads_write_whole_pieces(tmp_path: Path) -> None:
    piece = b"0123456789" * 1000
    with connected(tmp_path) as (connection, peer):
        threads = [threading.Thread(target=connection.sendall, args=(piece,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert _received(peer, 4 * len(piece)) == 4 * piece
        for thread in threads:
            thread.join()
