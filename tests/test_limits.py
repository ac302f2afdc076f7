"""Limits: how many clients are served at once, how many of one peer, and how fast; exact under every strategy."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.running import PATIENCE, connect, running
from tests.test_draining import STRATEGIES, greeted, upper
from typedserver import (
    TCP,
    Limits,
    LogObserver,
    Multiplexed,
    RecipeError,
    Refused,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    Threads,
    UnixStream,
    stream_handler,
)
from typedserver.requests.admission import Admission, Rate

MANY_AT_ONCE = [name for name in STRATEGIES if name != "inline"]


@pytest.fixture(params=MANY_AT_ONCE)
def parallel(request: pytest.FixtureRequest) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as executor:
        yield STRATEGIES[request.param](executor)


class Seen:
    """An observer that keeps its events and does not want those of single requests."""

    wants_requests = False

    def __init__(self) -> None:
        self.events: list[ServerEvent] = []
        self._changed = threading.Condition()

    def __call__(self, event: ServerEvent, /) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, kind: type, count: int = 1) -> list[Any]:
        def found() -> list[object]:
            return [event for event in self.events if isinstance(event, kind)]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, PATIENCE), self.events
            return found()


def test_client_beyond_the_connections_waits_until_one_ends(parallel: Any) -> None:
    with running(Server(TCP(port=0), upper, parallel, config=ServerConfig(limits=Limits(connections=2)))) as run:
        address = run.server.server_address
        first, second = greeted(address), greeted(address)
        with connect(address) as third:
            third.sendall(b"cd\n")
            third.settimeout(0.1)
            with pytest.raises(TimeoutError):
                third.recv(100)
            first.close()
            third.settimeout(PATIENCE)
            assert third.recv(100) == b"CD\n"
        second.close()


def test_client_beyond_the_connections_is_closed_if_so_configured(parallel: Any) -> None:
    seen = Seen()
    config = ServerConfig(limits=Limits(connections=1, over="refuse"), observer=seen)
    with running(Server(TCP(port=0), upper, parallel, config=config)) as run:
        first = greeted(run.server.server_address)
        with connect(run.server.server_address) as second:
            assert second.recv(100) == b""
        refused = seen.wait_for(Refused)[0]
        assert (refused.reason, refused.limit) == ("connections", 1)
        first.sendall(b"cd\n")
        assert first.recv(100) == b"CD\n"
        first.close()


def test_peer_beyond_its_own_is_closed_and_others_are_served(parallel: Any) -> None:
    seen = Seen()
    config = ServerConfig(limits=Limits(per_peer=1), observer=seen)
    with running(Server(TCP(port=0, host=""), upper, parallel, config=config)) as run:
        port = run.server.server_address[1]
        with greeted(("127.0.0.1", port)) as first:
            with connect(("127.0.0.1", port)) as second:
                assert second.recv(100) == b""
            refused = seen.wait_for(Refused)[0]
            assert (refused.reason, refused.limit) == ("per_peer", 1)
            first.sendall(b"cd\n")
            assert first.recv(100) == b"CD\n"
        # Its place is free again when it is over.
        until = time.monotonic() + PATIENCE
        while True:
            with connect(("127.0.0.1", port)) as third:
                third.sendall(b"ef\n")
                if third.recv(100) == b"EF\n":
                    break
            assert time.monotonic() < until


def test_peers_of_unix_sockets_are_not_counted(tmp_path: Any) -> None:
    config = ServerConfig(limits=Limits(per_peer=1))
    with running(Server(UnixStream(str(tmp_path / "s")), upper, Threads(), config=config)) as run:
        for client in [greeted(run.server.server_address) for _ in range(3)]:
            client.close()


def test_rate_makes_clients_that_come_too_fast_wait() -> None:
    @stream_handler
    async def hello(stream: Stream) -> None:
        await stream.write(b"hello")

    for strategy in (Threads(), Multiplexed()):
        config = ServerConfig(limits=Limits(rate=20))
        with running(Server(TCP(port=0), hello, strategy, config=config)) as run:
            begun = time.monotonic()
            for _ in range(30):
                with connect(run.server.server_address) as client:
                    assert client.recv(100) == b"hello"
            # The first twenty may come at once, and ten more within half a second.
            assert 0.4 < time.monotonic() - begun < 5


def test_rate_closes_clients_that_come_too_fast_if_so_configured() -> None:
    config = ServerConfig(limits=Limits(rate=0.001, over="refuse"))
    with running(Server(TCP(port=0), upper, Threads(), config=config)) as run:
        greeted(run.server.server_address).close()
        with connect(run.server.server_address) as second:
            assert second.recv(100) == b""


def test_rate_fills_up_to_the_requests_of_a_second() -> None:
    rate = Rate(10)
    for _ in range(10):
        assert rate.wait() == 0
        rate.take()
    assert 0 < rate.wait() <= 0.1
    slow = Rate(0.5)
    assert slow.wait() == 0
    slow.take()
    assert 1.9 < slow.wait() <= 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("10.0.0.1", 1), ("10.0.0.1", 2), True),
        (("10.0.0.1", 1), ("10.0.0.2", 1), False),
        (("2001:db8::1", 1, 0, 0), ("2001:db8::ffff", 1, 0, 0), True),
        (("2001:db8::1", 1, 0, 0), ("2001:db8:0:1::1", 1, 0, 0), False),
        (("fe80::1%lo", 1, 0, 1), ("fe80::1%lo", 2, 0, 1), True),
        (("fe80::1%lo", 1, 0, 1), ("fe80::2%lo", 1, 0, 1), False),
        (("fe80::1%lo", 1, 0, 1), ("fe80::1%eth0", 1, 0, 2), False),
        (("febf::1%lo", 1), ("febf::1%eth0", 1), False),
        (("fec0::1", 1, 0, 0), ("fec0::2", 1, 0, 0), True),
        (("::ffff:10.0.0.1", 1, 0, 0), ("::ffff:10.0.0.2", 1, 0, 0), False),
        (("::ffff:10.0.0.1", 1, 0, 0), ("10.0.0.1", 1), True),
        (("64:ff9b::10.0.0.1", 1, 0, 0), ("64:ff9b::10.0.0.2", 1, 0, 0), False),
        (("::1", 1, 0, 0), ("::1", 2, 0, 0), True),
    ],
)
def test_peer_is_an_ipv4_address_a_prefix_of_ipv6_or_an_address_of_a_link(one: Any, other: Any, same: bool) -> None:
    admission = Admission(Limits(per_peer=1), ())
    admission.take(one)
    assert (admission.refusal(other) is not None) is same
    admission.give_back(one)
    assert admission.refusal(other) is None


def test_count_of_a_peer_is_exact_when_many_threads_give_back() -> None:
    admission = Admission(Limits(per_peer=100_000), ())
    address = ("10.0.0.1", 1)
    for _ in range(20_000):
        admission.take(address)

    def give_back() -> None:
        for _ in range(5_000):
            admission.give_back(address)

    threads = [threading.Thread(target=give_back) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admission._peers == {}  # pyright: ignore[reportPrivateUsage]  # there is no other way to see that a peer without connections is forgotten


def test_counts_are_exact_under_a_crowd(parallel: Any) -> None:
    most = 3
    lock = threading.Lock()
    now, peak = 0, 0

    @stream_handler
    async def counted(stream: Stream) -> None:
        nonlocal now, peak
        with lock:
            now += 1
            peak = max(peak, now)
        await stream.write(await stream.readline())
        with lock:
            now -= 1

    config = ServerConfig(limits=Limits(connections=most))
    with running(Server(TCP(port=0), counted, parallel, config=config)) as run:

        def ask_often() -> None:
            for _ in range(20):
                with connect(run.server.server_address) as client:
                    client.sendall(b"x\n")
                    assert client.recv(10) == b"x\n"

        crowd = [threading.Thread(target=ask_often) for _ in range(8)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
    # Children count in their own memory.
    assert peak <= most


@pytest.mark.parametrize(
    "make",
    [
        lambda: Limits(connections=0),
        lambda: Limits(per_peer=0),
        lambda: Limits(rate=0),
        lambda: Limits(over="ignore"),  # type: ignore[arg-type]  # the test is about this value
        lambda: Limits(ipv6_prefix=0),
        lambda: Limits(ipv6_prefix=129),
        lambda: ServerConfig(limits=10),  # type: ignore[arg-type]  # the test is about this value
        lambda: ServerConfig(observer=3),  # type: ignore[arg-type]  # the test is about this value
    ],
)
def test_limits_that_cannot_work_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(RecipeError):
        make()


def test_default_limits_bound_the_connections_and_the_default_observer_logs() -> None:
    config = ServerConfig()
    assert config.limits.connections == 10_000
    assert isinstance(config.observer, LogObserver)
