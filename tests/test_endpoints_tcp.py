"""TCP: the recipe, what it opens, and the listener's side of the contract."""

import copy
import dataclasses
import errno
import os
import pickle
import socket
import struct
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.contexts import Context
from tests.running import PATIENCE, connect
from typedserver import TCP, CompositionError, Keepalive, ListenError, RecipeError, Server, inet_address
from typedserver.endpoints import inet
from typedserver.endpoints.socket_listeners import Bound, StreamListener
from typedserver.sockets import accepted as accepted_sockets
from typedserver.sockets import listening as listening_sockets
from typedserver.sockets.waiting import wait_until_ready


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@contextmanager
def listening(recipe: TCP) -> Generator[StreamListener[Any], None, None]:
    listener = recipe.listen()
    try:
        yield listener
    finally:
        listener.close()


@contextmanager
def accepted(
    listener: StreamListener[Any], address: Any
) -> Generator[tuple[socket.socket, Any, socket.socket], None, None]:
    """Connect and accept; yields the request, its address and the client."""
    with connect(address) as client:
        assert wait_until_ready(listener.fileno(), readable=True, timeout=PATIENCE)
        request, client_address = listener.get_request()
        with request:
            yield request, client_address, client


# The recipe


@pytest.mark.parametrize(
    "recipe",
    [
        "TCP(port=9999)",
        "TCP(port=0, host='', backlog=5, reuse_address=False, reuse_port=True)",
        "TCP(port=80, host='::', dual_stack=True)",
        "TCP(port=80, keepalive=Keepalive(), user_timeout=1.5)",
        "TCP(port=80, keepalive=Keepalive(idle=5, interval=1, count=2))",
    ],
)
def test_repr_is_the_code_that_makes_the_recipe(recipe: str) -> None:
    made = eval(recipe)
    assert repr(made) == recipe
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made
    assert hash(made) == hash(copy.copy(made))


def test_recipe_is_frozen_slotted_and_by_keyword() -> None:
    recipe: Any = TCP(port=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.port = 2
    assert not hasattr(recipe, "__dict__")
    make: Any = TCP
    with pytest.raises(TypeError):
        make(9999)


@pytest.mark.parametrize(
    ("fields", "remedy"),
    [
        ({"port": -1}, "0 lets the kernel choose"),
        ({"port": 65536}, "0 lets the kernel choose"),
        ({"port": "80"}, "must be an int"),
        ({"port": True}, "must be an int"),
        ({"port": ("127.0.0.1", 80)}, "must be an int"),
        ({"port": 80, "host": 80}, "or '' for all interfaces"),
        ({"port": 80, "host": None}, "or '' for all interfaces"),
        ({"port": 80, "backlog": 0}, "or leave it out"),
        ({"port": 80, "backlog": 2**31}, "or leave it out"),
        ({"port": 80, "host": "127.0.0.1", "dual_stack": True}, "give host='::', not '127.0.0.1'"),
        ({"port": 80, "keepalive": True}, "must be a Keepalive(...), or None"),
        ({"port": 80, "keepalive": 60}, "must be a Keepalive(...), or None"),
        ({"port": 80, "user_timeout": 0}, "or None to leave that to the system"),
        ({"port": 80, "user_timeout": "5"}, "or None to leave that to the system"),
    ],
)
def test_recipe_refuses_what_cannot_work(fields: dict[str, Any], remedy: str) -> None:
    with pytest.raises(RecipeError) as refused:
        TCP(**fields)
    assert str(refused.value).startswith("TCP(")
    assert remedy in str(refused.value)


@pytest.mark.parametrize("field", ["idle", "interval", "count"])
def test_keepalive_refuses_what_the_kernel_does_not_take(field: str) -> None:
    most = 127 if field == "count" else 32767
    assert getattr(Keepalive(**{field: most}), field) == most
    for value in (0, -1, most + 1, 1.5, "1", None, True):
        values: dict[str, Any] = {field: value}
        with pytest.raises(RecipeError, match=rf"Keepalive\({field}=.*1 to {most}"):
            Keepalive(**values)


def test_making_a_recipe_opens_nothing() -> None:
    before = os.listdir("/proc/self/fd")
    TCP(port=0)
    assert os.listdir("/proc/self/fd") == before


# What it opens


def family_of(listener: StreamListener[Any]) -> int:
    with socket.socket(fileno=os.dup(listener.fileno())) as copy_of_it:
        return copy_of_it.family


@pytest.mark.parametrize(
    ("host", "family", "bound"),
    [
        ("127.0.0.1", socket.AF_INET, "127.0.0.1"),
        ("", socket.AF_INET, "0.0.0.0"),
        pytest.param("::1", socket.AF_INET6, "::1", marks=ipv6),
        pytest.param("::", socket.AF_INET6, "::", marks=ipv6),
    ],
)
def test_family_follows_from_the_host(host: str, family: socket.AddressFamily, bound: str) -> None:
    with listening(TCP(port=0, host=host)) as listener:
        assert family_of(listener) == family
        assert listener.server_address[0] == bound
        assert listener.server_address[1] > 0


def test_name_is_resolved() -> None:
    with listening(TCP(port=0, host="localhost")) as listener:
        assert listener.server_address[0] in ("127.0.0.1", "::1")
        with accepted(listener, listener.server_address):
            pass


def test_default_is_only_loopback() -> None:
    with listening(TCP(port=0)) as listener:
        assert listener.server_address[0] == "127.0.0.1"


def backlog_of(listener: StreamListener[Any]) -> int:
    """Ask the kernel; of a listening socket tcpi_sacked is the backlog (tcp_diag.c, tcp_get_info)."""
    with socket.socket(fileno=os.dup(listener.fileno())) as copy_of_it:
        backlog: int = struct.unpack_from("I", copy_of_it.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 28)[0]
    return backlog


def test_backlog_is_as_asked_and_the_systems_maximum_by_default() -> None:
    with listening(TCP(port=0, backlog=7)) as listener:
        assert backlog_of(listener) == 7
    somaxconn = int(Path("/proc/sys/net/core/somaxconn").read_text())
    with listening(TCP(port=0)) as listener:
        assert backlog_of(listener) == min(socket.SOMAXCONN, somaxconn)


def test_each_listen_opens_a_listener_of_its_own() -> None:
    recipe = TCP(port=0)
    with listening(recipe) as one, listening(recipe) as other:
        assert one.server_address != other.server_address


def left_in_time_wait() -> int:
    """Serve and end a connection, so that its port lingers in TIME_WAIT; returns the port."""
    with listening(TCP(port=0)) as listener:
        port: int = listener.server_address[1]
        with accepted(listener, listener.server_address) as (request, _, client):
            request.close()
            assert client.recv(1) == b""
    return port


def test_port_in_time_wait_is_bound_again() -> None:
    with listening(TCP(port=left_in_time_wait())):
        pass


def test_port_in_time_wait_is_refused_without_reuse_address() -> None:
    with pytest.raises(ListenError, match="is in use"):
        TCP(port=left_in_time_wait(), reuse_address=False).listen()


def test_reuse_port_is_shared_by_listeners_that_ask_for_it() -> None:
    with listening(TCP(port=0, reuse_port=True)) as listener:
        port = listener.server_address[1]
        with listening(TCP(port=port, reuse_port=True)) as other:
            assert other.server_address == listener.server_address
        with pytest.raises(ListenError):
            TCP(port=port).listen()


def test_reuse_port_is_refused_if_the_platform_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    with pytest.raises(ListenError, match="no SO_REUSEPORT, which reuse_port needs; leave that out") as refused:
        TCP(port=0, reuse_port=True).listen()
    assert refused.value.errno == errno.ENOPROTOOPT


def test_exclusive_use_of_the_port_is_requested_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inet, "sys", SimpleNamespace(platform="win32"))
    # Only Windows has the real option. Any other option that takes a flag shows that the name is used.
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_OOBINLINE, raising=False)
    with listening(TCP(port=0)) as listener, socket.socket(fileno=os.dup(listener.fileno())) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE)
        assert not made.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)


# Both families


@ipv6
@pytest.mark.parametrize("host", ["", "::"])
def test_dual_stack_takes_both_families_and_writes_ipv4_as_ipv4(host: str) -> None:
    with listening(TCP(port=0, host=host, dual_stack=True)) as listener:
        port = listener.server_address[1]
        assert listener.server_address == ("::", port, 0, 0)
        with accepted(listener, ("127.0.0.1", port)) as (_, client_address, client):
            assert client_address == client.getsockname()
        with accepted(listener, ("::1", port)) as (_, client_address, client):
            assert client_address == client.getsockname()


@ipv6
def test_ipv6_only_takes_no_ipv4() -> None:
    with listening(TCP(port=0, host="::")) as listener, pytest.raises(ConnectionRefusedError):
        connect(("127.0.0.1", listener.server_address[1])).close()


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (("::ffff:10.1.2.3", 5, 0, 0), ("10.1.2.3", 5)),
        (("2001:db8::1", 5, 0, 0), ("2001:db8::1", 5, 0, 0)),
        (("fe80::1%eth0", 5, 0, 2), ("fe80::1%eth0", 5, 0, 2)),
    ],
)
def test_mapped_address_is_written_as_what_it_is(address: Any, written: Any) -> None:
    assert inet.spell_mapped(address) == written


# What it cannot open


def test_port_in_use_names_port_and_remedy_and_has_the_errno() -> None:
    with listening(TCP(port=0)) as listener:
        port = listener.server_address[1]
        with pytest.raises(ListenError) as refused:
            TCP(port=port).listen()
    assert str(refused.value) == (
        f"TCP(port={port}) cannot listen on 127.0.0.1:{port}: Address already in use; "
        f"port {port} is in use: stop the program that holds it, or choose another port"
    )
    assert refused.value.errno == errno.EADDRINUSE
    assert isinstance(refused.value.__cause__, OSError)


def test_rival_that_listens_between_bind_and_listen_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as rival:
        rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        rival.bind(("127.0.0.1", 0))

        class Late(socket.socket):
            def bind(self, address: Any, /) -> None:
                super().bind(address)
                rival.listen()

        monkeypatch.setattr(inet, "socket", SimpleNamespace(**{**vars(socket), "socket": Late}))
        with pytest.raises(ListenError, match="is in use"):
            TCP(port=rival.getsockname()[1]).listen()


@pytest.mark.parametrize("host", ["fe80::1%nosuch", "no such host.invalid", "a..b", "x" * 70])
def test_host_that_cannot_be_resolved_is_reported(host: str) -> None:
    with pytest.raises(
        ListenError, match=r"is no address of this machine .*; give an IP address, 'localhost', or ''"
    ) as no:
        TCP(port=0, host=host).listen()
    assert repr(host) in str(no.value)
    assert no.value.errno is None


def test_host_of_another_machine_is_reported() -> None:
    # TEST-NET-1 (RFC 5737): no machine has it.
    with pytest.raises(
        ListenError, match=r"'192\.0\.2\.1' is no address of this machine: give one of its own"
    ) as refused:
        TCP(port=0, host="192.0.2.1").listen()
    assert refused.value.errno == errno.EADDRNOTAVAIL


def test_family_that_the_machine_lacks_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_arguments: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(inet, "socket", SimpleNamespace(**{**vars(socket), "socket": lacking}))
    with pytest.raises(ListenError, match=r"on \[::1\]:5: .*lacks that address family: give a host of another"):
        TCP(port=5, host="::1").listen()


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (errno.EACCES, "port 80 needs a privilege: choose one above 1023, or grant CAP_NET_BIND_SERVICE"),
        (errno.ENOBUFS, "see ip(7)"),
    ],
)
def test_refusal_names_place_and_remedy(reason: int, remedy: str) -> None:
    refused = inet.refusal(TCP(port=80, host=""), OSError(reason, "kernel's words"))
    assert str(refused) == f"TCP(port=80, host='') cannot listen on *:80: kernel's words; {remedy}"
    assert refused.errno == reason


def first_unprivileged_port() -> int:
    return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())


@pytest.mark.skipif(first_unprivileged_port() < 2, reason="here every port is open to everyone")
def test_privileged_port_without_privilege_is_reported() -> None:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            TCP(port=1).listen()
        except ListenError as refused:
            os.write(write_end, str(refused).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with open(read_end) as output:
        assert "port 1 needs a privilege: choose one above 1023" in output.read()
    os.waitpid(pid, 0)


def test_refused_listen_leaves_no_descriptor() -> None:
    with listening(TCP(port=0)) as listener:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            with pytest.raises(ListenError):
                TCP(port=listener.server_address[1]).listen()
        assert len(os.listdir("/proc/self/fd")) == before


# The listener


def test_listener_without_a_client_does_not_wait() -> None:
    with listening(TCP(port=0)) as listener, pytest.raises(BlockingIOError):
        listener.get_request()


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_accepted_connection_blocks_though_the_listener_does_not(
    monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    for module in (accepted_sockets, listening_sockets):
        monkeypatch.setattr(module, "sys", SimpleNamespace(platform=platform))
    with listening(TCP(port=0)) as listener:
        assert not os.get_blocking(listener.fileno())
        with accepted(listener, listener.server_address) as (request, client_address, client):
            assert request.getblocking()
            assert os.get_blocking(request.fileno())
            assert client_address == client.getsockname()


def test_plain_connection_is_established_as_it_is() -> None:
    with listening(TCP(port=0)) as listener, socket.socket() as request:
        assert not listener.establishes
        assert listener.establish(request, ("h", 1), Context()) == (request, ("h", 1))


def test_shut_down_request_ends_its_client_even_if_copies_are_open() -> None:
    with listening(TCP(port=0)) as listener, accepted(listener, listener.server_address) as (request, _, client):
        with request.dup():
            listener.shutdown_request(request)
            assert client.recv(1) == b""
        assert request.fileno() == -1


def test_closed_request_does_not_end_its_client_while_copies_are_open() -> None:
    with listening(TCP(port=0)) as listener, accepted(listener, listener.server_address) as (request, _, client):
        with request.dup() as copy_of_it:
            listener.close_request(request)
            copy_of_it.send(b"still here")
            assert client.recv(20) == b"still here"
        assert request.fileno() == -1


def test_listener_closes_once_and_for_all() -> None:
    listener = TCP(port=0).listen()
    address = listener.server_address
    assert repr(listener) == f"<StreamListener fd={listener.fileno()} server_address={address!r}>"
    listener.close()
    listener.close()
    assert repr(listener) == "<StreamListener closed>"
    with pytest.raises(ConnectionRefusedError):
        connect(address)


def test_listener_is_closed_even_if_its_clean_up_fails() -> None:
    made = socket.create_server(("127.0.0.1", 0))
    listener = StreamListener(Bound(made, inet.spell_inet, on_close=lambda: 1 // 0))
    with pytest.raises(ZeroDivisionError):
        listener.close()
    assert made.fileno() == -1


def test_child_that_leaves_its_copy_neither_holds_nor_disturbs_the_port() -> None:
    with listening(TCP(port=0)) as listener:
        address = listener.server_address
        held_read, held_write = os.pipe()
        left_read, left_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(held_write)
                listener.leave_in_child(None)
                os.write(left_write, b"left")
                os.read(held_read, 1)
            finally:
                os._exit(0)
        assert os.read(left_read, 4) == b"left"
        with accepted(listener, address):
            pass
    with pytest.raises(ConnectionRefusedError):
        connect(address)
    for end in (held_read, held_write, left_read, left_write):
        os.close(end)
    os.waitpid(pid, 0)


def test_listener_that_was_left_is_closed() -> None:
    listener = TCP(port=0).listen()
    listener.leave_in_child(None)
    assert listener.fileno() == -1
    listener.close()


class BoundServer:
    """A server that is bound to an address."""

    def __init__(self, server_address: object) -> None:
        self.server_address = server_address


def serve_nothing(_request: object, _client_address: object, _server: object) -> None:
    """Return at once."""


def test_inet_address_is_what_a_client_connects_to() -> None:
    with Server(TCP(port=0), serve_nothing) as server:
        host, port = inet_address(server)
        assert (host, port) == server.server_address
        socket.create_connection(inet_address(server)).close()


@pytest.mark.parametrize(
    ("bound", "address"),
    [
        (("127.0.0.1", 9), ("127.0.0.1", 9)),
        (("::1", 9, 0, 0), ("::1", 9)),
        (("fe80::1", 9, 0, 3), ("fe80::1%3", 9)),
        (("fe80::1%eth0", 9, 0, 3), ("fe80::1%3", 9)),
    ],
)
def test_inet_address_has_the_scope_in_the_host(bound: object, address: tuple[str, int]) -> None:
    assert inet_address(BoundServer(bound)) == address


def test_inet_address_of_a_unix_socket_is_refused() -> None:
    with pytest.raises(CompositionError, match="no host and port"):
        inet_address(BoundServer("/run/served"))
