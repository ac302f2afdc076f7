"""Filtered: whom it lets in, where it looks, and what is reported of the others."""

import contextlib
import ipaddress
import queue
import random
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.everywhere import STRATEGIES, everywhere
from tests.running import PATIENCE, ask, ask_datagram, connect, running
from tests.test_proxy_protocol import Ends, asked_in_vain, serving, told
from typedserver import (
    TCP,
    UDP,
    AddressDenied,
    CompositionError,
    Filtered,
    Inline,
    Outcome,
    ProxyProtocol,
    QueueSource,
    RecipeError,
    Refused,
    Server,
    ServerConfig,
    ServerEvent,
    Threads,
    UnixStream,
    datagram_handler,
)
from typedserver.access.filtered import Denial


class Refusals:
    """An observer that keeps what was refused."""

    def __init__(self) -> None:
        self.seen: list[Refused] = []
        self.has_refused = threading.Event()

    def __call__(self, event: ServerEvent) -> None:
        if isinstance(event, Refused):
            self.seen.append(event)
            self.has_refused.set()

    def first(self) -> Refused:
        assert self.has_refused.wait(PATIENCE)
        return self.seen[0]


@pytest.mark.parametrize(
    ("allow", "deny", "host", "may_come"),
    [
        ([], [], "192.0.2.1", True),
        ([], ["192.0.2.0/24"], "192.0.2.1", False),
        ([], ["192.0.2.0/24"], "192.0.3.1", True),
        (["192.0.2.0/24"], [], "192.0.2.1", True),
        (["192.0.2.0/24"], [], "192.0.3.1", False),
        (["192.0.2.0/24"], [], "::1", False),
        (["192.0.2.0/24"], ["192.0.2.1"], "192.0.2.1", False),
        (["192.0.2.1"], ["192.0.2.0/24"], "192.0.2.1", True),
        (["192.0.2.1"], ["192.0.2.0/24"], "192.0.2.2", False),
        (["192.0.2.1"], ["192.0.2.1"], "192.0.2.1", False),
        (["192.0.2.1/32"], ["::ffff:192.0.2.1"], "192.0.2.1", False),
        (["192.0.2.0/24"], [], "::ffff:192.0.2.1", True),
        ([], ["192.0.2.0/24"], "::ffff:192.0.2.1", False),
        ([], ["192.0.2.0/24"], "64:ff9b::192.0.2.1", False),
        (["10.0.0.0/8"], ["0.0.0.0/0"], "10.0.0.1", True),
        (["10.0.0.0/8"], ["10.0.0.0/8", "10.1.0.0/16"], "10.2.0.1", False),
        (["10.0.0.0/8", "10.1.2.0/24"], ["10.1.0.0/16"], "10.1.2.3", True),
        (["fe80::/10"], [], "fe80::1%eth0", True),
        (["2001:db8::/32"], ["2001:db8:1::/48"], "2001:db8:1::1", False),
        ([], ["192.0.2.1"], "no address", True),
        (["192.0.2.1"], [], "no address", False),
    ],
)
def test_longest_network_decides_and_deny_at_a_tie(
    allow: list[str], deny: list[str], host: str, may_come: bool
) -> None:
    denial = Denial(allow, deny)
    assert (denial.of((host, 1)) is None) is may_come
    assert (denial.of((host, 1, 0, 0)) is None) is may_come


def test_path_is_in_no_network() -> None:
    assert Denial([], ["192.0.2.1"]).of("192.0.2.1") is None
    assert Denial(["192.0.2.1"], []).of("192.0.2.1") is not None


@everywhere
def test_denied_connection_is_closed_at_the_accept_under_every_strategy(name: str) -> None:
    refusals = Refusals()
    config = ServerConfig(observer=refusals)
    with (
        serving(Filtered(TCP(port=0), deny=["127.0.0.1"]), strategy=STRATEGIES[name](), config=config) as address,
        connect(address) as client,
    ):
        with contextlib.suppress(ConnectionError):
            assert client.recv(1) == b""
        refused = refusals.first()
    assert (refused.reason, refused.limit, refused.error) == ("filter", None, None)


@everywhere
def test_allowed_connection_is_served_under_every_strategy(name: str) -> None:
    endpoint = Filtered(TCP(port=0), allow=["127.0.0.0/8"])
    with serving(endpoint, strategy=STRATEGIES[name]()) as address, connect(address) as client:
        own = client.getsockname()
        client.sendall(b"hello\n")
        assert client.recv(100) == f"{own} hello\n".encode()


def test_handle_request_passes_over_a_denied_client() -> None:
    refusals = Refusals()
    with Server(
        Filtered(TCP(port=0), deny=["127.0.0.1"]), told, Inline(), config=ServerConfig(observer=refusals)
    ) as server:
        server.open()
        with connect(server.server_address) as client:
            server.handle_request()
            with contextlib.suppress(ConnectionError):
                assert client.recv(1) == b""
    assert refusals.first().reason == "filter"


def test_verify_request_is_not_asked_of_a_denied_client() -> None:
    asked: list[object] = []

    class Asking(Server[Any, Any]):
        def verify_request(self, request: Any, client_address: Any, /) -> bool:
            asked.append(client_address)
            return True

    refusals = Refusals()
    server = Asking(Filtered(TCP(port=0), deny=["127.0.0.1"]), told, Threads(), config=ServerConfig(observer=refusals))
    with running(server), connect(server.server_address):
        refusals.first()
    assert asked == []


def test_denied_datagram_is_dropped() -> None:
    refusals = Refusals()

    @datagram_handler
    def upper(data: bytes) -> bytes:
        return data.upper()

    server = Server(Filtered(UDP(port=0), deny=["127.0.0.2"]), upper, Inline(), config=ServerConfig(observer=refusals))
    with running(server), socket.socket(type=socket.SOCK_DGRAM) as denied:
        denied.bind(("127.0.0.2", 0))
        denied.sendto(b"hello", server.server_address)
        assert ask_datagram(server.server_address, b"hello") == b"HELLO"
        assert refusals.first().client_address == denied.getsockname()
        denied.settimeout(0.05)
        with pytest.raises(TimeoutError):
            denied.recv(100)


@everywhere
def test_behind_a_proxy_the_client_is_judged(name: str) -> None:
    ends = Ends()
    endpoint = Filtered(ProxyProtocol(TCP(port=0)), allow=["192.0.2.0/24"], deny=["192.0.2.66"])
    with serving(endpoint, strategy=STRATEGIES[name](), config=ServerConfig(observer=ends)) as address:
        assert ask(address, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nhello\n") == b"('192.0.2.1', 1) hello\n"
        assert ends.next().outcome is Outcome.SERVED
        asked_in_vain(address, b"PROXY TCP4 192.0.2.66 192.0.2.2 1 2\r\nhello\n")
        end = ends.next()
    assert end.outcome is Outcome.REJECTED
    assert isinstance(end.error, AddressDenied)
    assert "Filtered(deny=['192.0.2.66/32'])" in str(end.error)


def test_filter_inside_of_a_proxys_endpoint_judges_the_proxy() -> None:
    refusals = Refusals()
    endpoint = ProxyProtocol(Filtered(TCP(port=0), deny=["127.0.0.1"]))
    with serving(endpoint, config=ServerConfig(observer=refusals)) as address, connect(address):
        assert refusals.first().reason == "filter"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Filtered(TCP(port=0), allow=["10.0.0.1/8"]), RecipeError, r"Filtered\(allow=.*write '10.0.0.0/8'"),
        (lambda: Filtered(TCP(port=0), deny=["localhost"]), RecipeError, r"Filtered\(deny=.*is no network"),
        (lambda: Filtered(TCP(port=0), deny="10.0.0.0/8"), RecipeError, "a sequence of networks"),
        (lambda: Filtered(QueueSource(queue.Queue[str]())), CompositionError, "the messages of"),  # type: ignore[type-var]  # pyright: ignore
        (lambda: Filtered(None), CompositionError, "lacks"),  # type: ignore[arg-type]  # pyright: ignore
    ],
)
def test_what_cannot_work_is_refused_at_construction(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_unix_socket_cannot_be_filtered(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with pytest.raises(CompositionError, match="have an IP address"):
        Filtered(UnixStream(str(path))).listen()  # type: ignore[type-var]  # pyright: ignore
    assert not path.exists()


def test_recipe_shows_itself_and_shares_its_port() -> None:
    recipe = Filtered(TCP(port=0), deny=["192.0.2.1"])
    assert repr(recipe) == "Filtered(endpoint=TCP(port=0), deny=('192.0.2.1',))"
    assert recipe.on_port(7) == Filtered(TCP(port=7), deny=("192.0.2.1",))


def test_many_networks_cost_a_connection_a_few_microseconds() -> None:
    rng = random.Random(15)
    networks: list[str] = []
    for _ in range(5000):
        length = rng.randint(8, 32)
        networks.append(str(ipaddress.ip_network((rng.getrandbits(32) >> (32 - length) << (32 - length), length))))
        length = rng.randint(16, 128)
        host = rng.getrandbits(128) >> (128 - length) << (128 - length)
        networks.append(str(ipaddress.IPv6Network((host, length))))
    denial = Denial([], networks)
    hosts = [(str(ipaddress.IPv4Address(rng.getrandbits(32))), 1) for _ in range(500)]
    hosts += [(str(ipaddress.IPv6Address(rng.getrandbits(128))), 1) for _ in range(500)]

    def seconds() -> float:
        began = time.thread_time()
        for host in hosts:
            denial.of(host)
        return (time.thread_time() - began) / len(hosts)

    # 2 µs; a look through all of them would take a thousand times as long.
    assert min(seconds() for _ in range(5)) < 20e-6
