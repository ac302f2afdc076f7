"""Group(same_port=True): servers of TCP and UDP, or of several hosts, on one port that the kernel has chosen."""

import errno
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.running import Run, ask, ask_datagram, running
from tests.test_endpoints_tcp import ipv6
from typedserver import (
    TCP,
    UDP,
    Endpoint,
    EndpointWrapper,
    Forks,
    Group,
    InetAddress,
    Listener,
    ListenError,
    Multiplexed,
    Prefork,
    RecipeError,
    Server,
    Stream,
    StreamRequest,
    Threads,
    UnixStream,
    datagram_handler,
    stream_handler,
)
from typedserver.testing import Faulty, serving


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@datagram_handler
def upper_packet(data: bytes) -> bytes:
    return data.upper()


def tcp(strategy: Any = None, **fields: Any) -> Server[Any, Any]:
    return Server(TCP(port=0, **fields), upper, strategy or Threads())


def udp(**fields: Any) -> Server[Any, Any]:
    return Server(UDP(port=0, **fields), upper_packet)


# No client of another test has an end at this address, so a port that is free for one kind is free for the other.
HOST = "127.9.3.7"


@contextmanager
def udp_port_in_use() -> Generator[int, None, None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind((HOST, 0))
        yield holder.getsockname()[1]


@dataclass(frozen=True)
class Choosing(EndpointWrapper[StreamRequest, InetAddress]):
    """A kernel that chooses these ports."""

    endpoint: Endpoint[StreamRequest, InetAddress]
    ports: Iterator[int]

    @property
    def inner(self) -> Endpoint[StreamRequest, InetAddress]:
        return self.endpoint

    def listen(self) -> Listener[StreamRequest, InetAddress]:
        chosen = self.inner.on_port(next(self.ports, 0))
        return (chosen or self.inner).listen()


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("strategy", [Threads(), Forks(), Multiplexed()], ids=repr)
def test_tcp_and_udp_have_one_port(strategy: Any, order: int) -> None:
    streams, packets = tcp(strategy), udp()
    with running(Group([streams, packets][::order], same_port=True)):
        assert streams.server_port == packets.server_port != 0
        assert ask(streams.server_address, b"line\n") == b"LINE\n"
        assert ask_datagram(packets.server_address, b"packet") == b"PACKET"


@ipv6
def test_several_hosts_have_one_port() -> None:
    servers = [tcp(), tcp(host="::1"), udp(), udp(host="::1")]
    with Group(servers, same_port=True):
        assert len({server.server_port for server in servers}) == 1


def test_servers_with_a_port_of_their_own_keep_it(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    fixed = Server(TCP(port=port, host=HOST), upper, Threads())
    streams, packets = tcp(), udp()
    unix = Server(UnixStream(str(tmp_path / "s")), upper, Threads())
    with Group([fixed, streams, unix, packets], same_port=True):
        assert fixed.server_port == port
        assert streams.server_port == packets.server_port != port


def test_ports_are_each_their_own_unless_asked_for() -> None:
    servers = [tcp() for _ in range(3)]
    with Group(servers):
        assert len({server.server_port for server in servers}) == 3


def test_port_that_is_in_use_for_the_other_kind_is_given_up() -> None:
    with udp_port_in_use() as taken:
        streams, packets = (
            Server(Choosing(TCP(port=0, host=HOST), iter([taken, taken])), upper, Threads()),
            udp(host=HOST),
        )
        with running(Group([streams, packets], same_port=True)):
            assert streams.server_port == packets.server_port != taken
            assert ask_datagram(packets.server_address, b"packet") == b"PACKET"


def test_group_gives_up_if_no_port_is_free_for_all_and_leaves_none_open() -> None:
    with udp_port_in_use() as taken:
        streams, packets = Server(Choosing(TCP(port=0, host=HOST), repeat(taken)), upper, Threads()), udp(host=HOST)
        with pytest.raises(ListenError, match=f"the group did not open, .* port {taken} is in use") as refused:
            Group([streams, packets], same_port=True).open()
        assert refused.value.errno == errno.EADDRINUSE
        # What the group had opened is free again.
        with Server(TCP(port=taken, host=HOST), upper):
            pass


def test_server_that_is_open_before_its_group_keeps_its_port() -> None:
    streams, packets = tcp().open(), udp()
    port = streams.server_port
    with Group([packets, streams], same_port=True):
        assert streams.server_port == packets.server_port == port
    with udp_port_in_use() as taken:
        streams = Server(Choosing(TCP(port=0, host=HOST), iter([taken])), upper, Threads()).open()
        group = Group([streams, udp(host=HOST)], same_port=True)
        with pytest.raises(ListenError, match="is in use"):
            group.open()
        assert streams.server_port == taken
        group.server_close()


def test_group_that_is_retracted_opens_on_another_port() -> None:
    streams, packets = tcp(), udp()
    group = Group([streams, packets], same_port=True).open()
    group.retract()
    with group:
        assert streams.server_port == packets.server_port


@pytest.mark.parametrize("reuse_port", [False, True])
def test_workers_of_a_prefork_have_one_port(reuse_port: bool) -> None:
    streams, packets = tcp(), udp()
    with serving(Prefork(Group([streams, packets], same_port=True), 2, reuse_port=reuse_port)):
        assert streams.server_port == packets.server_port != 0
        assert ask(streams.server_address, b"line\n") == b"LINE\n"
        assert ask_datagram(packets.server_address, b"packet") == b"PACKET"


@pytest.mark.parametrize("reuse_port", [False, True])
def test_prefork_in_a_group_shares_the_port_of_the_group(reuse_port: bool) -> None:
    streams, packets = tcp(), udp()
    with serving(Group([Prefork(streams, 1, reuse_port=reuse_port), packets], same_port=True)):
        assert streams.server_port == packets.server_port != 0
        assert ask(streams.server_address, b"line\n") == b"LINE\n"
        assert ask_datagram(packets.server_address, b"packet") == b"PACKET"


def test_listeners_of_workers_give_up_a_port_that_is_in_use() -> None:
    with udp_port_in_use() as taken:
        streams, packets = Server(Choosing(TCP(port=0, host=HOST), iter([taken])), upper, Threads()), udp(host=HOST)
        with Prefork(Group([streams, packets], same_port=True), 2, reuse_port=True):
            assert streams.server_port == packets.server_port != taken


def test_wrapped_endpoints_share_a_port() -> None:
    streams, packets = Server(Faulty(TCP(port=0)), upper, Threads()), Server(Faulty(UDP(port=0)), upper_packet)
    with Group([Group([streams]), packets], same_port=True):
        assert streams.server_port == packets.server_port


def test_group_of_less_than_two_such_servers_is_refused(tmp_path: Path) -> None:
    for servers in ([tcp()], [tcp(), Server(TCP(port=1), upper)], [Server(UnixStream("s"), upper), udp()]):
        with pytest.raises(RecipeError, match=r"same_port=True.*give two with port=0"):
            Group(servers, same_port=True)
    with pytest.raises(RecipeError, match=r"Group\(same_port='yes'\) must be True or False"):
        Group([tcp(), udp()], same_port="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # wrong


def test_drained_group_of_one_port_ends_as_any_other() -> None:
    streams, packets = tcp(), udp()
    with Group([streams, packets], same_port=True) as group:
        run = Run(group)
        assert ask(streams.server_address, b"line\n") == b"LINE\n"
        report = group.drain()
        run.join()
    assert run.result is None
    assert not report.cut
