"""UDP: the recipe, and datagrams that arrive whole or not at all."""

import copy
import dataclasses
import errno
import os
import pickle
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from tests.contexts import Context
from tests.running import PATIENCE
from tests.test_endpoints_tcp import ipv6
from typedserver import (
    UDP,
    CompositionError,
    DatagramSocket,
    DatagramTooLong,
    ListenError,
    Prefork,
    RecipeError,
    Server,
    datagram_handler,
)
from typedserver.endpoints import datagram_listener, udp
from typedserver.endpoints.datagram_listener import DatagramListener
from typedserver.sockets import datagram_options
from typedserver.sockets.datagram_options import IP_PKTINFO
from typedserver.sockets.datagrams import send_reply
from typedserver.sockets.waiting import wait_until_ready

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked so")


@contextmanager
def listening(recipe: UDP) -> Generator[DatagramListener[Any], None, None]:
    listener = recipe.listen()
    try:
        yield listener
    finally:
        listener.close()


@pytest.fixture
def client() -> Generator[socket.socket, None, None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(PATIENCE)
        yield made


def received(listener: DatagramListener[Any]) -> tuple[bytes, DatagramSocket, Any]:
    assert wait_until_ready(listener.fileno(), readable=True, timeout=PATIENCE)
    (packet, through), client_address = listener.get_request()
    return packet, through, client_address


# The recipe


@pytest.mark.parametrize(
    "recipe",
    [
        "UDP(port=9999)",
        "UDP(port=0, host='', max_packet_size=512, send_timeout=1.5, reuse_address=True, reuse_port=True)",
        "UDP(port=53, host='::', dual_stack=True)",
        "UDP(port=53, receive_buffer=4000000, send_buffer=1000000, packet_info=False)",
        "UDP(port=5353, host='', groups=('224.0.0.251', '239.1.2.3%lo'))",
    ],
)
def test_repr_is_the_code_that_makes_the_recipe(recipe: str) -> None:
    made = eval(recipe)
    assert repr(made) == recipe
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made


def test_recipe_is_frozen_slotted_and_by_keyword() -> None:
    recipe: Any = UDP(port=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.port = 2
    assert not hasattr(recipe, "__dict__")
    make: Any = UDP
    with pytest.raises(TypeError):
        make(9999)


@pytest.mark.parametrize(
    ("fields", "remedy"),
    [
        ({"port": -1}, "0 lets the kernel choose"),
        ({"port": 1, "host": b"127.0.0.1"}, "or '' for all interfaces"),
        ({"port": 1, "max_packet_size": 0}, "give the longest datagram in bytes"),
        ({"port": 1, "send_timeout": 0}, "give the seconds that a reply may wait"),
        ({"port": 1, "host": "::1", "dual_stack": True}, "give host='::', not '::1'"),
        ({"port": 1, "receive_buffer": 0}, "give bytes, or None for the system's default"),
        ({"port": 1, "send_buffer": "4M"}, "give bytes, or None for the system's default"),
        ({"port": 1, "packet_info": 1}, "True or False"),
        ({"port": 1, "host": "", "groups": "239.1.2.3"}, "a tuple of addresses, such as ('239.1.2.3',)"),
        ({"port": 1, "host": "", "groups": ("192.0.2.1",)}, "from 224.0.0.0 to 239.255.255.255, or begin with ff"),
        ({"port": 1, "host": "", "groups": ("group",)}, "is no address of a group"),
        ({"port": 1, "host": "", "groups": (3,)}, "is no address of a group"),
        ({"port": 1, "groups": ("239.1.2.3",)}, "receives nothing of that group: give host=''"),
        ({"port": 1, "host": "::", "groups": ("239.1.2.3",)}, "give host=''"),
        ({"port": 1, "host": "", "groups": ("ff02::fb",)}, "give host='::'"),
    ],
)
def test_recipe_refuses_what_cannot_work(fields: dict[str, Any], remedy: str) -> None:
    with pytest.raises(RecipeError) as refused:
        UDP(**fields)
    assert str(refused.value).startswith("UDP(")
    assert remedy in str(refused.value)


# What it opens


@pytest.mark.parametrize("host", ["127.0.0.1", "", pytest.param("::1", marks=ipv6)])
def test_family_follows_from_the_host(host: str) -> None:
    with listening(UDP(port=0, host=host)) as listener:
        assert listener.server_address[0] == (host or "0.0.0.0")
        assert len(listener.server_address) == (4 if ":" in host else 2)


def test_port_in_use_names_port_and_remedy_and_has_the_errno() -> None:
    with listening(UDP(port=0)) as listener:
        port = listener.server_address[1]
        with pytest.raises(ListenError, match=f"port {port} is in use: stop the program that holds it") as refused:
            UDP(port=port).listen()
    assert refused.value.errno == errno.EADDRINUSE


def test_reuse_port_is_shared_by_listeners_that_ask_for_it() -> None:
    with (
        listening(UDP(port=0, reuse_port=True)) as listener,
        listening(UDP(port=listener.server_address[1], reuse_port=True)) as other,
    ):
        assert other.server_address == listener.server_address


def test_reuse_address_is_set_if_asked_for() -> None:
    with (
        listening(UDP(port=0, reuse_address=True)) as listener,
        listening(UDP(port=listener.server_address[1], reuse_address=True)) as other,
    ):
        assert other.server_address == listener.server_address


# Receiving


def test_datagram_comes_with_its_sender(client: socket.socket) -> None:
    with listening(UDP(port=0)) as listener:
        client.sendto(b"packet", listener.server_address)
        packet, _, client_address = received(listener)
        assert (packet, client_address) == (b"packet", client.getsockname())


def test_empty_datagram_is_a_datagram(client: socket.socket) -> None:
    with listening(UDP(port=0)) as listener:
        client.sendto(b"", listener.server_address)
        assert received(listener)[0] == b""


def test_listener_without_a_datagram_does_not_wait_though_its_socket_blocks() -> None:
    with listening(UDP(port=0)) as listener:
        assert os.get_blocking(listener.fileno())
        with pytest.raises(BlockingIOError):
            listener.get_request()


def test_listener_does_not_wait_if_receives_have_no_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagram_listener, "DONT_WAIT", 0)
    with listening(UDP(port=0)) as listener, pytest.raises(BlockingIOError):
        listener.get_request()


def test_datagram_of_the_limit_fits(client: socket.socket) -> None:
    with listening(UDP(port=0, max_packet_size=10)) as listener:
        client.sendto(b"0123456789", listener.server_address)
        assert received(listener)[0] == b"0123456789"


@pytest.mark.parametrize("size", [11, 12, 5000])
def test_datagram_past_the_limit_is_refused_whole_and_the_next_is_taken(client: socket.socket, size: int) -> None:
    with listening(UDP(port=0, max_packet_size=10)) as listener:
        client.sendto(bytes(size), listener.server_address)
        client.sendto(b"next", listener.server_address)
        with pytest.raises(DatagramTooLong) as refused:
            received(listener)
        assert str(refused.value) == (
            f"a datagram from {client.getsockname()!r} is longer than max_packet_size=10; raise it if that is right"
        )
        assert received(listener)[0] == b"next"
        with pytest.raises(BlockingIOError):
            listener.get_request()


def test_longest_datagram_of_all_fits_by_default(client: socket.socket) -> None:
    with listening(UDP(port=0)) as listener:
        client.sendto(bytes(65507), listener.server_address)
        assert received(listener)[0] == bytes(65507)


# Answering


def test_reply_comes_from_the_address_that_was_asked(client: socket.socket) -> None:
    with listening(UDP(port=0)) as listener:
        client.sendto(b"ask", listener.server_address)
        _, through, client_address = received(listener)
        assert through.fileno() == listener.fileno()
        assert send_reply(through, b"answer", client_address)
        assert client.recvfrom(10) == (b"answer", listener.server_address)


def test_reply_to_a_client_that_has_gone_raises_nothing_now_or_later(client: socket.socket) -> None:
    with listening(UDP(port=0)) as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.sendto(b"ask", listener.server_address)
        _, through, client_address = received(listener)
        gone.close()
        for _ in range(3):
            send_reply(through, b"answer", client_address)
        client.sendto(b"next", listener.server_address)
        assert received(listener)[0] == b"next"


@ipv6
def test_dual_stack_answers_both_families(client: socket.socket) -> None:
    with listening(UDP(port=0, host="::", dual_stack=True)) as listener:
        port = listener.server_address[1]
        client.sendto(b"four", ("127.0.0.1", port))
        packet, through, client_address = received(listener)
        # As the kernel writes it, because the answer goes through the IPv6 socket.
        assert (packet, client_address[0]) == (b"four", "::ffff:127.0.0.1")
        assert send_reply(through, b"answer", client_address)
        assert client.recv(10) == b"answer"
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            six.settimeout(PATIENCE)
            six.sendto(b"six", ("::1", port))
            packet, through, client_address = received(listener)
            assert (packet, client_address[0]) == (b"six", "::1")
            assert send_reply(through, b"answer", client_address)
            assert six.recv(10) == b"answer"


# From where it answers


def question_of(listener: DatagramListener[Any], client: socket.socket, host: str) -> tuple[DatagramSocket, Any]:
    client.sendto(b"ask", (host, listener.server_address[1]))
    _, through, client_address = received(listener)
    return through, client_address


@linux
@pytest.mark.parametrize("host", ["", "0.0.0.0"])
def test_reply_of_a_listener_at_all_addresses_comes_from_the_one_that_was_asked(
    host: str, client: socket.socket
) -> None:
    with listening(UDP(port=0, host=host)) as listener:
        for asked in (("127.0.0.2", listener.server_address[1]), ("127.0.0.3", listener.server_address[1])):
            through, client_address = question_of(listener, client, asked[0])
            assert through.getsockname() == asked
            assert through.fileno() == listener.fileno()
            assert send_reply(through, b"answer", client_address)
            assert client.recvfrom(10) == (b"answer", asked)
            assert through.sendto(b"with a flag", socket.MSG_DONTWAIT, client_address) == 11
            assert client.recvfrom(20) == (b"with a flag", asked)


@ipv6
@linux
def test_reply_of_a_listener_of_both_families_comes_from_the_address_that_was_asked(client: socket.socket) -> None:
    with listening(UDP(port=0, host="::", dual_stack=True)) as listener:
        port = listener.server_address[1]
        through, client_address = question_of(listener, client, "127.0.0.2")
        assert through.getsockname() == ("::ffff:127.0.0.2", port, 0, 0)
        assert send_reply(through, b"answer", client_address)
        assert client.recvfrom(10) == (b"answer", ("127.0.0.2", port))
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            six.settimeout(PATIENCE)
            through, client_address = question_of(listener, six, "::1")
            assert through.getsockname() == ("::1", port, 0, 0)
            assert send_reply(through, b"answer", client_address)
            assert six.recvfrom(10) == (b"answer", ("::1", port, 0, 0))


@linux
@pytest.mark.parametrize(
    "recipe", [UDP(port=0, host=""), pytest.param(UDP(port=0, host="::", dual_stack=True), marks=ipv6)]
)
def test_reply_to_a_broadcast_comes_from_the_address_of_its_interface(recipe: UDP, client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    with listening(recipe) as listener:
        through, client_address = question_of(listener, client, "127.255.255.255")
        assert "127.255.255.255" in through.getsockname()[0]
        assert send_reply(through, b"answer", client_address)
        assert client.recvfrom(10) == (b"answer", ("127.0.0.1", listener.server_address[1]))


@linux
def test_packet_info_is_left_out_if_it_is_not_wanted_or_not_needed(client: socket.socket) -> None:
    for recipe in (UDP(port=0, host="", packet_info=False), UDP(port=0)):
        with listening(recipe) as listener:
            through, _ = question_of(listener, client, "127.0.0.1")
            assert isinstance(through, socket.socket)
    with listening(UDP(port=0, packet_info=True)) as listener:
        through, _ = question_of(listener, client, "127.0.0.1")
        assert not isinstance(through, socket.socket)


@linux
def test_packet_info_that_another_holder_of_the_socket_has_switched_off_is_missed_by_nobody(
    client: socket.socket,
) -> None:
    with listening(UDP(port=0, host="")) as listener:
        with socket.socket(fileno=os.dup(listener.fileno())) as holder:
            holder.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 0)
        through, client_address = question_of(listener, client, "127.0.0.1")
        assert send_reply(through, b"answer", client_address)
        assert client.recv(10) == b"answer"


@linux
def test_datagram_past_the_limit_is_refused_with_packet_info_too(client: socket.socket) -> None:
    with listening(UDP(port=0, host="", max_packet_size=10)) as listener:
        address = ("127.0.0.1", listener.server_address[1])
        client.sendto(bytes(11), address)
        client.sendto(bytes(10), address)
        with pytest.raises(DatagramTooLong):
            received(listener)
        assert received(listener)[0] == bytes(10)
        with pytest.raises(BlockingIOError):
            listener.get_request()


def test_packet_info_is_refused_where_the_kernel_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "CAN_REPORT", False)
    with pytest.raises(RecipeError, match="needs Linux: leave it out, and bind a server to each address"):
        UDP(port=0, packet_info=True)


# Buffers


def buffer_of(listener: DatagramListener[Any], option: int) -> int:
    with socket.socket(fileno=os.dup(listener.fileno())) as made:
        return made.getsockopt(socket.SOL_SOCKET, option)


@linux
def test_buffers_are_set(caplog: pytest.LogCaptureFixture) -> None:
    with listening(UDP(port=0, receive_buffer=50_000, send_buffer=60_000)) as listener:
        # The kernel doubles them.
        assert buffer_of(listener, socket.SO_RCVBUF) == 100_000
        assert buffer_of(listener, socket.SO_SNDBUF) == 120_000
    assert not caplog.records


@linux
def test_buffer_beyond_the_systems_limit_is_logged_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # As without CAP_NET_ADMIN.
    monkeypatch.setattr(datagram_options, "_SO_RCVBUFFORCE", -1)
    with listening(UDP(port=0, receive_buffer=2**30)) as listener:
        got = buffer_of(listener, socket.SO_RCVBUF) // 2
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"UDP(port=0, receive_buffer={2**30}) has a receive_buffer of {got} bytes only: raise net.")
    assert said.endswith("rmem_max, or give CAP_NET_ADMIN (socket(7))")


@linux
def test_buffer_beyond_the_systems_limit_is_had_with_the_capability(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, datagram_options._SO_RCVBUFFORCE, 20_000_000)  # pyright: ignore[reportPrivateUsage]  # the kernel's number
        except PermissionError:
            pytest.skip("this process lacks CAP_NET_ADMIN")
    with listening(UDP(port=0, receive_buffer=20_000_000, send_buffer=20_000_000)) as listener:
        assert buffer_of(listener, socket.SO_RCVBUF) == buffer_of(listener, socket.SO_SNDBUF) == 40_000_000
    assert not caplog.records


# Groups


def send_to_group(client: socket.socket, group: str, port: int) -> None:
    client.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    client.sendto(b"all", (group, port))


@linux
@pytest.mark.parametrize("host", ["", "239.1.2.3"])
def test_group_is_heard_and_answered_from_an_address_of_the_interface(host: str, client: socket.socket) -> None:
    with listening(UDP(port=0, host=host, groups=("239.1.2.3%lo",))) as listener:
        port = listener.server_address[1]
        send_to_group(client, "239.1.2.3", port)
        packet, through, client_address = received(listener)
        assert packet == b"all"
        assert through.getsockname() == ("239.1.2.3", port)
        assert send_reply(through, b"answer", client_address)
        assert client.recvfrom(10) == (b"answer", ("127.0.0.1", port))


@linux
def test_group_that_only_another_socket_has_joined_is_not_heard(client: socket.socket) -> None:
    with (
        listening(UDP(port=0, host="", reuse_port=True, groups=("239.1.2.3%lo",))) as listener,
        listening(UDP(port=listener.server_address[1], host="", reuse_port=True, groups=("239.1.2.4%lo",))) as other,
    ):
        for group in ("239.1.2.3", "239.1.2.4"):
            send_to_group(client, group, listener.server_address[1])
        for each, group in ((listener, "239.1.2.3"), (other, "239.1.2.4")):
            assert received(each)[1].getsockname()[0] == group
            with pytest.raises(BlockingIOError):
                each.get_request()


@linux
@pytest.mark.parametrize("host", ["::", "dual"])
def test_group_of_ipv6_is_heard_and_answered_by_an_address_of_the_interface(host: str) -> None:
    index, name = a_multicast_interface()
    groups = (f"ff02::1234%{name}",) if host == "::" else (f"ff02::1234%{name}", "239.1.2.3%lo")
    with (
        listening(UDP(port=0, host="::", dual_stack=host == "dual", groups=groups)) as listener,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six,
    ):
        port = listener.server_address[1]
        six.settimeout(PATIENCE)
        six.sendto(b"all", ("ff02::1234", port, 0, index))
        packet, through, client_address = received(listener)
        assert packet == b"all"
        assert through.getsockname() == ("ff02::1234", port, 0, index)
        assert send_reply(through, b"answer", client_address)
        answer, (_, its_port, *_) = six.recvfrom(10)
        assert (answer, its_port) == (b"answer", port)


def a_multicast_interface() -> tuple[int, str]:
    """Return an interface by which this machine reaches an IPv6 group of its link, itself among it."""
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        for index, name in socket.if_nameindex():
            with suppress(OSError):
                probe.sendto(b"", ("ff02::1234", 9, 0, index))
                return index, name
    pytest.skip("no interface takes IPv6 multicast")


def test_group_of_an_interface_that_is_not_there_names_the_remedy() -> None:
    with pytest.raises(ListenError, match=r"cannot join the group '239\.1\.2\.3%nosuch': .*; name an interface"):
        UDP(port=0, host="", groups=("239.1.2.3%nosuch",)).listen()


def test_group_is_shared_by_no_port_because_each_socket_would_get_its_datagrams() -> None:
    assert UDP(port=0, host="", groups=("239.1.2.3",)).sharing_port(0) is None
    assert UDP(port=0).sharing_port(9) == UDP(port=9, reuse_port=True)
    server = Server(UDP(port=0, host="", groups=("239.1.2.3",)), datagram_handler(bytes))
    with pytest.raises(CompositionError, match="leave it out to share one listener"):
        Prefork(server, 2, reuse_port=True)


# The socket


def test_send_timeout_is_the_kernels() -> None:
    with listening(UDP(port=0, send_timeout=1.5)) as listener, socket.socket(fileno=os.dup(listener.fileno())) as made:
        seconds = made.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)
        assert seconds == (1).to_bytes(8, "little") + (500_000).to_bytes(8, "little")


# The listener


def test_datagram_is_established_and_given_up_without_touching_the_socket(client: socket.socket) -> None:
    with listening(UDP(port=0)) as listener:
        client.sendto(b"x", listener.server_address)
        packet, through, client_address = received(listener)
        assert not listener.establishes
        assert listener.establish((packet, through), client_address, Context()) == ((packet, through), client_address)
        listener.shutdown_request((packet, through))
        listener.close_request((packet, through))
        client.sendto(b"y", listener.server_address)
        assert received(listener)[0] == b"y"


@pytest.mark.parametrize("host", ["127.0.0.1", ""])
def test_child_keeps_the_socket_that_its_request_is_answered_through(host: str, client: socket.socket) -> None:
    with listening(UDP(port=0, host=host)) as listener, listening(UDP(port=0)) as other:
        address = ("127.0.0.1", listener.server_address[1])
        client.sendto(b"ask", address)
        packet, through, client_address = received(listener)
        pid = os.fork()
        if pid == 0:
            try:
                for each in (listener, other):
                    each.leave_in_child((packet, through))
                send_reply(through, str(other.fileno()).encode(), client_address)
            finally:
                os._exit(0)
        assert client.recvfrom(10) == (b"-1", address)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("request_of_it", [None, b"packet", (b"packet", None)])
def test_listener_of_another_request_is_left(request_of_it: object) -> None:
    listener = UDP(port=0).listen()
    listener.leave_in_child(request_of_it)
    assert listener.fileno() == -1
    listener.close()


def test_listener_closes_once_and_for_all() -> None:
    listener = UDP(port=0).listen()
    assert repr(listener) == f"<DatagramListener fd={listener.fileno()} server_address={listener.server_address!r}>"
    listener.close()
    listener.close()
    assert repr(listener) == "<DatagramListener closed>"
