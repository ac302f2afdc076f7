"""The DNS server of the examples: dig, and bytes as resolvers send them, over UDP and TCP on one port."""

import socket
import struct
import subprocess
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import pytest
from examples import dns
from examples.dns import AAAA, NXDOMAIN, SERVFAIL, TXT, A, Resolver, packed

from tests.running import PATIENCE, ask_datagram, connect, port_of
from typedserver.testing import serving

HOME = {
    "home.test": {A: bytes([192, 0, 2, 1]), TXT: b"\x05hello"},
    "www.home.test": {A: bytes([192, 0, 2, 2]), AAAA: bytes(15) + b"\1"},
}
OTHER = {"other.test": {A: bytes([198, 51, 100, 1]), TXT: b"".join(b"\xff" + bytes([65]) * 255 for _ in range(4))}}
NOWHERE = ("127.0.0.1", 9)


@contextmanager
def resolving(upstream: tuple[str, int] = NOWHERE) -> Generator[int, None, None]:
    with serving(dns.service(Resolver("home.test", HOME, upstream), 0)) as server:
        assert port_of(server, 0) == port_of(server, 1)
        yield port_of(server)


@contextmanager
def forwarding() -> Generator[int, None, None]:
    """Serve the home zone, and the other one behind it."""
    other = dns.service(Resolver("other.test", OTHER, NOWHERE), 0)
    with serving(other), resolving(("127.0.0.1", port_of(other, 1))) as port:
        yield port


def query(name: str, kind: bytes = A, number: int = 7, extra: bytes = b"") -> bytes:
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, bool(extra)) + packed(name) + kind + b"\0\1" + extra


def dig(port: int, *words: str) -> list[str]:
    command = ["dig", "@127.0.0.1", "-p", str(port), "+tries=1", "+time=10", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout.splitlines()


@pytest.mark.parametrize("over", ["+notcp", "+tcp"])
def test_dig_gets_what_the_zone_has(over: str) -> None:
    with resolving() as port:
        assert dig(port, over, "+short", "WWW.home.test", "A") == ["192.0.2.2"]
        assert dig(port, over, "+short", "www.home.test", "AAAA") == ["::1"]
        assert dig(port, over, "+short", "home.test", "TXT") == ['"hello"']
        absent = dig(port, over, "absent.home.test")
        assert any("status: NXDOMAIN" in line for line in absent)
        assert any(line.startswith("home.test.") and "SOA" in line for line in absent)
        assert any("status: NOERROR" in line for line in dig(port, over, "www.home.test", "TXT"))


@pytest.mark.parametrize("over", ["+notcp", "+tcp"])
def test_dig_gets_what_another_server_has(over: str) -> None:
    with forwarding() as port:
        assert dig(port, over, "+short", "other.test") == ["198.51.100.1"]
        assert any("status: NXDOMAIN" in line for line in dig(port, over, "absent.other.test"))


def test_dig_asks_again_over_tcp_for_what_a_datagram_does_not_hold() -> None:
    with forwarding() as port:
        answer = dig(port, "+noedns", "other.test", "TXT")
        assert ";; Truncated, retrying in TCP mode." in answer
        assert any("A" * 255 in line for line in answer)


def test_dig_hears_that_the_other_server_fails() -> None:
    with resolving() as port:
        assert any("status: SERVFAIL" in line for line in dig(port, "other.test"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 11,
        query("home.test")[:-1],
        query("home.test")[:12] + b"\x3fhome",
        b"\0\7\x81\0" + query("home.test")[4:],
        b"\0\7\x29\0" + query("home.test")[4:],
        query("home.test")[:5] + b"\2" + query("home.test")[6:],
    ],
    ids=["nothing", "half a header", "half a question", "half a name", "an answer", "an update", "two questions"],
)
def test_what_is_no_query_is_not_answered(data: bytes) -> None:
    with resolving() as port:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", port))
            client.settimeout(PATIENCE)
            client.send(data)
            client.send(query("home.test", number=8))
            assert client.recv(512)[:2] == b"\0\x08"
        with connect(("127.0.0.1", port)) as client:
            client.sendall(len(data).to_bytes(2) + data)
            assert client.recv(512) == b""


def answers(client: socket.socket, number: int) -> Iterable[bytes]:
    with client.makefile("rb") as received:
        for _ in range(number):
            yield received.read(int.from_bytes(received.read(2)))


@pytest.fixture
def dead() -> Generator[socket.socket, None, None]:
    """Listen as a server that takes queries and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        yield listener


def test_queries_of_one_connection_do_not_wait_for_each_other(
    dead: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "PATIENCE", 0.5)
    with resolving(dead.getsockname()) as port, connect(("127.0.0.1", port)) as client:
        for number, name in enumerate(("other.test", "home.test", "www.home.test")):
            sent = query(name, number=number)
            client.sendall(len(sent).to_bytes(2) + sent)
        codes = {int.from_bytes(answer[:2]): answer[3] & 15 for answer in answers(client, 3)}
        assert list(codes) == [1, 2, 0]
        assert codes == {1: 0, 2: 0, 0: SERVFAIL}


def test_many_queries_to_a_dead_server_delay_no_answer_of_the_zone(dead: socket.socket) -> None:
    longest = 0.0
    with resolving(dead.getsockname()) as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as many:
        for number in range(300):
            many.sendto(query(f"a{number}.other.test", number=number), ("127.0.0.1", port))
            if not number % 50:  # the kernel has no room for all of them at once
                before = time.monotonic()
                assert ask_datagram(("127.0.0.1", port), query("home.test")).endswith(bytes([192, 0, 2, 1]))
                longest = max(longest, time.monotonic() - before)
        # So that the drain need not wait.
        dead.close()
    # An idle machine takes a millisecond; the rest allows for a busy one.
    assert longest < dns.PATIENCE / 2


def test_answers_of_the_zone_are_whole_messages() -> None:
    with resolving() as port:
        answer = ask_datagram(("127.0.0.1", port), query("absent.home.test"))
    assert struct.unpack_from("!6H", answer) == (7, 0x8500 | NXDOMAIN, 1, 0, 1, 0)
    assert answer.count(packed("home.test")) == 4  # the question's end, the owner of the SOA, and two names in that


def test_example_is_short() -> None:
    assert len(Path(dns.__file__).read_text().splitlines()) < 100
