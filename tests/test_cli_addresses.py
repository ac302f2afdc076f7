"""Addresses as text, and what listens there."""

import socket

import pytest

from typedserver import TCP, UDP, UnixDatagram, UnixStream
from typedserver.cli.addresses import endpoint_of, parse_address
from typedserver.endpoints.inherited import Inherited
from typedserver.protocols.endpoints import Endpoint


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("tcp://127.0.0.1:9999", TCP(port=9999)),
        ("tcp://[::1]:9999", TCP(host="::1", port=9999)),
        ("tcp://localhost:0?name=web", TCP(host="localhost", port=0, name="web")),
        ("tcp://*:80", TCP(host="::", port=80, dual_stack=True)),
        ("tcp://0.0.0.0:80?backlog=5", TCP(host="0.0.0.0", port=80, backlog=5)),
        ("udp://127.0.0.1:53", UDP(port=53)),
        ("udp://*:53", UDP(host="::", port=53, dual_stack=True)),
        ("unix:chat.sock", UnixStream("chat.sock")),
        ("unix:/run/chat.sock?mode=660&group=www-data", UnixStream("/run/chat.sock", 0o660, group="www-data")),
        ("unix:///run/chat.sock", UnixStream("/run/chat.sock")),
        ("unix:@chat", UnixStream("\0chat")),
        ("unix:a%3Fb", UnixStream("a?b")),
        ("unix-datagram:log.sock?mode=0o666", UnixDatagram("log.sock", 0o666)),
    ],
)
def test_address_is_the_endpoint_of_its_scheme(text: str, endpoint: Endpoint[object, object]) -> None:
    assert endpoint_of(text) == endpoint


def test_address_of_a_descriptor_is_of_the_sockets_kind() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stream, socket.socket(type=socket.SOCK_DGRAM) as datagram:
        for made, kind in ((stream, Inherited.stream), (datagram, Inherited.datagram)):
            assert endpoint_of(f"fd://{made.fileno()}") == kind(fd=made.fileno())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no address: give tcp://HOST:PORT"),
        ("localhost:9999", "for TCP that is tcp://localhost:9999"),
        ("/run/a.sock", "for a Unix socket that is unix:/run/a.sock"),
        ("http://a:1", "'http://a:1' is no address"),
        ("tcp:127.0.0.1:1", "lacks two slashes: write tcp://127.0.0.1:1"),
        ("tcp://127.0.0.1", "names no port: write tcp://127.0.0.1:9999"),
        ("tcp://[::1]", "names no port: write tcp://[::1]:9999"),
        ("tcp://127.0.0.1:x", "'x' is no number from 0 to 65535"),
        ("tcp://127.0.0.1:65536", "'65536' is no number from 0 to 65535"),
        ("tcp://:80", "names no host: write tcp://127.0.0.1:80 for this machine alone, or tcp://*:80 for all"),
        ("tcp://::1:80", "has an IPv6 address without brackets: write tcp://[::1]:80"),
        ("tcp://a:1?mode=660", "sets 'mode', which tcp addresses do not have: they have backlog, name"),
        ("tcp://a:1?name", "has 'name' behind its question mark: write name=value"),
        ("tcp://a:1?backlog=few", "has backlog=few"),
        ("tcp://a:1?backlog=0", "must be an int of at least 1"),
        ("unix:", "names no path"),
        ("unix:a?mode=rw", "has mode=rw, which is no rights in octal"),
        ("unix:@a?group=www", "an abstract name has none"),
        (f"unix:{'a' * 200}", "bytes too long"),
        ("fd://", "names no descriptor"),
        ("fd://999", "descriptor 999 is no open socket"),
        ("fd://1?name=a", "sets 'name', which fd addresses do not have: they have none"),
        ("fd://99999999999999999999", "is no open socket"),
        ("fd://web", "no socket of that name was passed"),
    ],
)
def test_address_that_is_none_is_refused_with_the_remedy(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        endpoint_of(text)
    assert message in str(refused.value)


def test_address_of_a_file_is_refused_as_a_descriptor() -> None:
    with open("/dev/null") as file, pytest.raises(ValueError, match="is no open socket"):
        endpoint_of(f"fd://{file.fileno()}")


def test_address_says_its_parts() -> None:
    address = parse_address("tcp://[fe80::1%eth0]:5?name=a")
    assert (address.host, address.port, address.extras) == ("fe80::1%eth0", 5, {"name": "a"})
