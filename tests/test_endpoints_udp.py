"""UDP: the recipe, and datagrams that arrive whole or not at all."""

import copy
import dataclasses
import errno
import os
import pickle
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.contexts import Context
from tests.running import PATIENCE
from tests.test_endpoints_tcp import ipv6
from typedserver import UDP, DatagramSocket, DatagramTooLong, ListenError, RecipeError
from typedserver.endpoints import datagram_listener
from typedserver.endpoints.datagram_listener import DatagramListener
from typedserver.sockets.datagrams import send_reply
from typedserver.sockets.waiting import wait_until_ready


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


def test_child_keeps_the_socket_that_its_request_is_answered_through(client: socket.socket) -> None:
    with listening(UDP(port=0)) as listener, listening(UDP(port=0)) as other:
        client.sendto(b"ask", listener.server_address)
        packet, through, client_address = received(listener)
        pid = os.fork()
        if pid == 0:
            try:
                for each in (listener, other):
                    each.leave_in_child((packet, through))
                send_reply(through, str(other.fileno()).encode(), client_address)
            finally:
                os._exit(0)
        assert client.recvfrom(10) == (b"-1", listener.server_address)
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
