"""Sockets from another process: found by name or address, and which process owns them before and after."""

import copy
import dataclasses
import os
import pickle
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from weakref import WeakSet

import pytest

from tests.running import ask, connect, running
from tests.test_endpoints_tcp import ipv6
from typedserver import TCP, UDP, Inherited, ListenError, RecipeError, Server, UnixDatagram, UnixStream
from typedserver.endpoints import handed_over, passed, passing_on
from typedserver.endpoints.passed import Passed

Recipe: TypeAlias = TCP | UDP | UnixStream | UnixDatagram
Pass: TypeAlias = Callable[..., list[int]]

# As Any, because the tests reach its private record of the process.
state: Any = handed_over

# No descriptor of the test is in this range.
FIRST = 300


@contextmanager
def listening(recipe: Recipe) -> Generator[Any, None, None]:
    listener = recipe.listen()
    try:
        yield listener
    finally:
        listener.close()


@pytest.fixture
def handover(monkeypatch: pytest.MonkeyPatch) -> Generator[Pass, None, None]:
    """Pass sockets to this process as systemd does or, with ``owned``, as a predecessor does."""
    monkeypatch.setattr(passed, "FIRST_FD", FIRST)
    monkeypatch.setattr(handed_over, "_ever_taken", set[int]())
    monkeypatch.setattr(handed_over, "_unclaimed", WeakSet[Any]())
    monkeypatch.setattr(passed, "_taken_out", dict[str, str]())
    fds: list[int] = []

    def pass_them(*sockets: Any, names: str = "", owned: bool = False) -> list[int]:
        described: list[Passed] = []
        for index, made in enumerate(sockets):
            each = passing_on.to_pass(made.fileno(), None, owned=owned)
            os.dup2(made.fileno(), FIRST + index)
            fds.append(FIRST + index)
            described.append(each)
        for name, value in passing_on.environment(described).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
        monkeypatch.setenv("LISTEN_FDNAMES", names)
        if not owned:
            monkeypatch.delenv("TYPEDSERVER_HANDOVER")
        return fds

    yield pass_them
    for fd in fds:
        if not handed_over.is_taken(fd) and fd not in state._ever_taken:
            os.close(fd)


@pytest.fixture
def tcp() -> Generator[socket.socket, None, None]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def udp() -> Generator[socket.socket, None, None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Generator[Path, None, None]:
    made = tmp_path / "s"
    yield made
    made.unlink(missing_ok=True)


def bound_to(path: Path, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(str(path))
    if kind == socket.SOCK_STREAM:
        made.listen()
    return made


def port_of(made: socket.socket) -> int:
    port: int = made.getsockname()[1]
    return port


# The recipes


@pytest.mark.parametrize(
    "recipe",
    [
        "TCP(port=0, name='web')",
        "UDP(port=0, name='dns')",
        "UnixStream(path='s', name='web')",
        "UnixDatagram(path='s', name='log')",
    ],
)
def test_name_is_a_field_of_the_recipe(recipe: str) -> None:
    made = eval(recipe)
    assert repr(made) == recipe
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made
    assert made != dataclasses.replace(made, name=None)


@pytest.mark.parametrize("name", ["", "a:b", "a\nb", "é", "x" * 256, b"web", 3])
@pytest.mark.parametrize(
    "make", [partial(TCP, port=0), partial(UDP, port=0), partial(UnixStream, "s"), partial(UnixDatagram, "s")]
)
def test_name_that_cannot_be_passed_on_is_refused(make: Callable[..., object], name: object) -> None:
    with pytest.raises(RecipeError, match="name="):
        make(name=name)
    make(name="x" * 255)


# Found by address


@pytest.mark.parametrize("owned", [False, True])
def test_tcp_socket_is_found_by_its_address(handover: Pass, tcp: socket.socket, owned: bool) -> None:
    fds = handover(tcp, owned=owned)
    with listening(TCP(port=port_of(tcp))) as listener:
        assert listener.fileno() == fds[0]
        assert listener.server_address == tcp.getsockname()
        assert listener.withdraw() == "shared"
        assert not os.get_inheritable(fds[0])
        with connect(tcp.getsockname()) as client:
            request, seen = listener.get_request()
            assert seen == client.getsockname()
            listener.close_request(request)


def test_host_may_be_a_name(handover: Pass, tcp: socket.socket) -> None:
    fds = handover(tcp)
    with listening(TCP(port=port_of(tcp), host="localhost")) as listener:
        assert listener.fileno() == fds[0]


def test_udp_socket_is_found_by_its_address(handover: Pass, tcp: socket.socket, udp: socket.socket) -> None:
    fds = handover(tcp, udp)
    with listening(UDP(port=port_of(udp))) as listener:
        assert listener.fileno() == fds[1]
        assert listener.withdraw() == "shared"


@ipv6
@pytest.mark.parametrize("dual_stack", [False, True])
def test_ipv6_socket_of_a_predecessor_is_found_if_it_takes_the_same_families(handover: Pass, dual_stack: bool) -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=dual_stack) as made:
        fds = handover(made, owned=True)
        with pytest.raises(ListenError, match="in use"):
            TCP(port=port_of(made), host="::", dual_stack=not dual_stack).listen()
        with listening(TCP(port=port_of(made), host="::", dual_stack=dual_stack)) as listener:
            assert listener.fileno() == fds[0]


@ipv6
@pytest.mark.parametrize("make", [TCP, UDP])
@pytest.mark.parametrize(
    ("host", "unit", "found"),
    [
        (None, "dual", True),
        ("", "dual", True),
        ("localhost", "dual", True),
        ("::", "dual", True),
        ("::1", "dual", True),
        (None, "ipv4", True),
        ("", "ipv4", True),
        ("::1", "ipv6", True),
        (None, "ipv6", False),
        ("::1", "ipv4", False),
        ("dual", "dual", True),
        ("dual", "ipv6", False),
    ],
)
def test_units_socket_for_all_addresses_is_found_by_its_port(
    handover: Pass, make: type[TCP | UDP], host: str | None, unit: str, found: bool
) -> None:
    kind = socket.SOCK_STREAM if make is TCP else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET if unit == "ipv4" else socket.AF_INET6, kind) as made:
        if unit != "ipv4":
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, unit == "ipv6")
        made.bind(("", 0))
        if make is TCP:
            made.listen()
        fds = handover(made)
        fields: dict[str, Any] = {"host": host}
        if host is None:
            fields = {}
        elif host == "dual":
            fields = {"host": "::", "dual_stack": True}
        try:
            listener: Any = make(port=port_of(made), **fields).listen()
        except ListenError:
            assert not found
            return
        assert (listener.fileno() == fds[0]) is found
        listener.close()


def test_units_socket_at_the_address_comes_before_one_for_all_addresses(handover: Pass) -> None:
    with socket.socket() as every, socket.socket() as exact:
        for made in (every, exact):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        every.bind(("", 0))
        exact.bind(("127.0.0.1", port_of(every)))
        every.listen()
        exact.listen()
        fds = handover(every, exact)
        with listening(TCP(port=port_of(every))) as listener:
            assert listener.fileno() == fds[1]


def test_predecessors_socket_for_all_addresses_is_left_if_the_recipe_has_fewer_now(handover: Pass) -> None:
    with socket.create_server(("", 0)) as made:
        handover(made, owned=True)
        with pytest.raises(ListenError, match="in use"):
            TCP(port=port_of(made)).listen()


@pytest.mark.parametrize("by", ["folder", "file"])
def test_units_unix_socket_is_found_by_a_link(handover: Pass, path: Path, by: str) -> None:
    (path.parent / "link").symlink_to(path.parent if by == "folder" else path)
    recipe = UnixStream(str(path.parent / "link" / path.name if by == "folder" else path.parent / "link"))
    with bound_to(path) as made:
        fds = handover(made)
        with listening(recipe) as listener:
            assert listener.fileno() == fds[0]


@pytest.mark.parametrize("other", [{"host": "127.0.0.2"}, {"port": 0}], ids=str)
def test_socket_of_another_address_is_left(handover: Pass, tcp: socket.socket, other: dict[str, Any]) -> None:
    handover(tcp)
    fields: dict[str, Any] = {"port": port_of(tcp), **other}
    with listening(TCP(**fields)) as listener:
        assert listener.server_address != tcp.getsockname()
        assert listener.withdraw() != "shared"


def test_socket_of_another_kind_is_left(handover: Pass) -> None:
    # No client of another test has an end at this address.
    host = "127.9.8.7"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((host, 0))
        handover(made)
        with listening(TCP(port=port_of(made), host=host)) as listener:
            assert listener.fileno() < FIRST


def test_socket_that_does_not_listen_is_left(handover: Pass) -> None:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        handover(made)
        with pytest.raises(ListenError, match="in use"):
            TCP(port=port_of(made), reuse_address=False).listen()


@pytest.mark.parametrize("make", [UnixStream, UnixDatagram])
@pytest.mark.parametrize("owned", [False, True])
def test_unix_socket_is_found_by_its_path(
    handover: Pass, path: Path, make: type[UnixStream | UnixDatagram], owned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = socket.SOCK_STREAM if make is UnixStream else socket.SOCK_DGRAM
    with bound_to(path, kind) as made:
        fds = handover(made, owned=owned)
        monkeypatch.chdir(path.parent)
        with listening(make("s")) as listener:
            assert listener.fileno() == fds[0]
            assert listener.server_address == "s"
    assert path.is_socket()


def test_abstract_name_is_found(handover: Pass) -> None:
    name = f"\0typedserver-handed-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(name)
        made.listen()
        fds = handover(made)
        with listening(UnixStream(name)) as listener:
            assert listener.fileno() == fds[0]
            assert listener.server_address == name


def test_socket_is_taken_once(handover: Pass, tcp: socket.socket) -> None:
    fds = handover(tcp)
    recipe = TCP(port=port_of(tcp))
    with listening(recipe), pytest.raises(ListenError, match="in use"):
        recipe.listen()
    # The number is free again, so a descriptor opened there now was not handed over.
    os.dup2(tcp.fileno(), fds[0])
    with pytest.raises(ListenError, match="in use"):
        recipe.listen()
    os.close(fds[0])


@pytest.mark.parametrize("variable", ["LISTEN_PID", "LISTEN_FDS"])
@pytest.mark.parametrize("value", [None, "", "1x"])
def test_socket_that_was_passed_to_nobody_or_another_is_left(
    handover: Pass, tcp: socket.socket, monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None
) -> None:
    handover(tcp)
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)
    with pytest.raises(ListenError, match="in use"):
        TCP(port=port_of(tcp)).listen()


def test_descriptor_that_is_not_open_is_left(handover: Pass, tcp: socket.socket) -> None:
    (fd,) = handover(tcp)
    os.close(fd)
    state._ever_taken.clear()
    with pytest.raises(ListenError, match="in use"):
        TCP(port=port_of(tcp)).listen()
    os.dup2(tcp.fileno(), fd)


# Found by name


def test_name_takes_precedence_over_the_address(handover: Pass, tcp: socket.socket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        fds = handover(tcp, other, names="a:b")
        # The unit decides the address of a socket from systemd.
        with listening(TCP(port=port_of(tcp), name="b")) as listener:
            assert listener.fileno() == fds[1]
            assert listener.server_address == other.getsockname()
        # A recipe without a name, or with a name that was not passed, goes by the address.
        with listening(TCP(port=port_of(tcp), name="c")) as listener:
            assert listener.fileno() == fds[0]


def test_port_0_is_found_only_by_name(handover: Pass, tcp: socket.socket, udp: socket.socket) -> None:
    fds = handover(tcp, udp, names="web:dns", owned=True)
    with listening(TCP(port=0)) as unnamed, listening(TCP(port=0, name="web")) as listener:
        assert unnamed.fileno() < FIRST
        assert listener.fileno() == fds[0]
        with listening(UDP(port=0, name="dns")) as datagrams:
            assert datagrams.fileno() == fds[1]


def test_name_of_two_sockets_means_the_one_at_the_address(handover: Pass, tcp: socket.socket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        fds = handover(tcp, other, names="web:web")
        with pytest.raises(ListenError, match=r"descriptors \[300, 301\] have its name, and none its address"):
            TCP(port=0, name="web").listen()
        with listening(TCP(port=port_of(other), name="web")) as listener:
            assert listener.fileno() == fds[1]


def test_name_of_two_sockets_means_the_one_of_its_kind(handover: Pass, tcp: socket.socket, udp: socket.socket) -> None:
    fds = handover(tcp, udp, names="dns:dns")
    with listening(UDP(port=0, name="dns")) as datagrams, listening(TCP(port=0, name="dns")) as streams:
        assert [streams.fileno(), datagrams.fileno()] == fds


def test_named_socket_that_cannot_be_served_is_refused_with_the_reason(
    handover: Pass, tcp: socket.socket, path: Path
) -> None:
    handover(tcp, names="web")
    with pytest.raises(ListenError, match="descriptor 300, which has its name: it is a SOCK_STREAM socket"):
        UDP(port=0, name="web").listen()
    with pytest.raises(ListenError, match="descriptor 300, which has its name: it is of another family"):
        UnixStream(str(path), name="web").listen()


def test_unix_socket_of_the_name_is_called_by_its_own_path(handover: Pass, path: Path) -> None:
    with bound_to(path) as made:
        fds = handover(made, names="web")
        with listening(UnixStream("elsewhere", name="web")) as listener:
            assert listener.fileno() == fds[0]
            assert listener.server_address == str(path)


@ipv6
def test_dual_stack_socket_of_the_name_writes_ipv4_as_ipv4(handover: Pass) -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as made:
        handover(made, names="web")
        with (
            listening(TCP(port=1, name="web")) as listener,
            connect(("127.0.0.1", port_of(made))) as client,
        ):
            request, seen = listener.get_request()
            assert seen == client.getsockname()
            listener.close_request(request)


# A recipe that has moved, in a hot restart: the new program is right


def test_predecessors_socket_of_the_name_is_left_if_the_port_has_changed(handover: Pass, tcp: socket.socket) -> None:
    handover(tcp, names="web", owned=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = port_of(free)
    with listening(TCP(port=port, name="web")) as listener:
        assert port_of_listener(listener) == port


def test_predecessors_socket_of_the_name_is_left_if_the_host_has_changed(handover: Pass, tcp: socket.socket) -> None:
    handover(tcp, names="web", owned=True)
    with listening(TCP(port=0, host="127.0.0.2", name="web")) as listener:
        assert listener.server_address[0] == "127.0.0.2"


def port_of_listener(listener: Any) -> int:
    port: int = listener.server_address[1]
    return port


# How a socket was before


@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize("make", [TCP, UDP])
def test_socket_that_goes_through_several_processes_is_given_back_as_it_was_before_the_first(
    handover: Pass, tcp: socket.socket, udp: socket.socket, blocks: bool, make: type[TCP | UDP]
) -> None:
    mine = tcp if make is TCP else udp
    mine.setblocking(blocks)
    before = mine.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)
    handover(mine)
    recipe = make(port=port_of(mine))
    for _ in range(2):
        predecessor: Any = recipe.listen()
        environment = passing_on.environment([passing_on.to_pass(FIRST, None, owned=False)])
        predecessor.share()
        predecessor.close()
        # It is given back by the last of them.
        assert os.get_blocking(mine.fileno()) is (blocks and make is UDP)
        os.dup2(mine.fileno(), FIRST)
        os.environ |= environment | {"LISTEN_PID": str(os.getpid())}
        state._ever_taken.clear()
    recipe.listen().close()
    assert os.get_blocking(mine.fileno()) is blocks
    assert mine.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16) == before


def test_variables_are_taken_out_of_the_environment(handover: Pass, tcp: socket.socket) -> None:
    fds = handover(tcp, names="web", owned=True)
    assert passed.predecessor() == os.getpid()
    assert not any(name.startswith(("LISTEN_", "TYPEDSERVER_")) for name in os.environ)
    # They are not forgotten.
    with listening(TCP(port=0, name="web")) as listener:
        assert listener.fileno() == fds[0]
        assert handed_over.claim() == []


# The owner of a socket


@pytest.mark.parametrize("make", [UnixStream, UnixDatagram])
def test_file_of_systemds_socket_stays(handover: Pass, path: Path, make: type[UnixStream | UnixDatagram]) -> None:
    kind = socket.SOCK_STREAM if make is UnixStream else socket.SOCK_DGRAM
    with bound_to(path, kind) as made:
        handover(made)
        with listening(make(str(path))) as listener:
            handed_over.claim()
            assert listener.withdraw() == "shared"
            assert not passing_on.is_own(listener.fileno())
            assert passing_on.to_pass(listener.fileno(), None, owned=False).file is None
        assert path.is_socket()


@pytest.mark.parametrize("make", [UnixStream, UnixDatagram])
def test_file_of_a_predecessors_socket_is_removed_by_its_owner(
    handover: Pass, path: Path, make: type[UnixStream | UnixDatagram]
) -> None:
    recipe = make(str(path))
    predecessor = recipe.listen()
    handover(predecessor, predecessor, predecessor, owned=True)
    predecessor.share()
    predecessor.close()
    assert path.is_socket()
    # A process that failed to start ends without removing the file.
    with listening(recipe) as failed:
        assert failed.withdraw() == "shared"
        assert not handed_over.all_claimed()
        assert not passing_on.is_own(failed.fileno())
    assert path.is_socket()
    with listening(recipe):
        assert [each.fd for each in handed_over.claim()] == [FIRST + 2]
    assert not path.exists()


def test_owned_socket_can_be_handed_over_again_with_its_file(handover: Pass, path: Path) -> None:
    recipe = UnixStream(str(path))
    predecessor = recipe.listen()
    file = passing_on.to_pass(predecessor.fileno(), None, owned=True).file
    assert file is not None
    handover(predecessor, owned=True)
    predecessor.share()
    predecessor.close()
    with listening(recipe) as listener:
        handed_over.claim()
        assert handed_over.all_claimed()
        assert passing_on.is_own(listener.fileno())
        assert passing_on.to_pass(listener.fileno(), "web", owned=True) == Passed(FIRST, "web", owned=True, file=file)
        assert listener.withdraw() == "settled"
        assert not path.exists(), "it is the listener's own again"


def test_file_that_another_process_has_put_in_its_place_is_left(handover: Pass, path: Path) -> None:
    recipe = UnixStream(str(path))
    predecessor = recipe.listen()
    handover(predecessor, owned=True)
    predecessor.share()
    predecessor.close()
    path.rename(path.with_name("moved"))
    with bound_to(path):
        with pytest.raises(ListenError, match="another process serves it"):
            recipe.listen()
        with listening(UnixStream(str(path.with_name("moved")))) as listener:
            assert listener.fileno() == FIRST
            handed_over.claim()
        assert path.is_socket()
    path.with_name("moved").unlink()


@pytest.mark.parametrize("removed", ["before it is handed over", "afterwards"])
def test_path_is_bound_again_if_its_file_was_removed(handover: Pass, path: Path, removed: str) -> None:
    recipe = UnixStream(str(path))
    predecessor = recipe.listen()
    if removed != "afterwards":
        path.unlink()
    handover(predecessor, owned=True)
    predecessor.share()
    predecessor.close()
    path.unlink(missing_ok=True)
    with listening(recipe) as listener:
        assert listener.fileno() < FIRST
        connect(str(path)).close()
    assert not path.exists()


def test_predecessors_socket_that_nobody_serves_is_closed_with_its_file(
    handover: Pass, path: Path, tcp: socket.socket
) -> None:
    predecessor = UnixStream(str(path)).listen()
    fds = handover(predecessor, tcp, names="old:web", owned=True)
    predecessor.share()
    predecessor.close()
    with listening(TCP(port=port_of(tcp))) as listener:
        assert [each.name for each in handed_over.claim()] == ["old"]
        assert not path.exists()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fds[0])
        os.fstat(listener.fileno())
        assert handed_over.claim() == []


def test_systemds_socket_that_nobody_serves_stays_open(handover: Pass, tcp: socket.socket) -> None:
    fds = handover(tcp)
    assert handed_over.claim() == []
    os.fstat(fds[0])


def test_inherited_is_always_shared(handover: Pass, tcp: socket.socket) -> None:
    handover(tcp, names="web", owned=True)
    listener: Any = Inherited.stream(name="web").listen()
    handed_over.claim()
    assert listener.withdraw() == "shared"
    listener.close()


def test_socket_that_the_recipe_opened_is_its_own(tcp: socket.socket) -> None:
    assert passing_on.is_own(tcp.fileno())
    with listening(TCP(port=0)) as listener:
        assert passing_on.is_own(listener.fileno())
        assert listener.withdraw() != "shared"


def test_predecessor_is_known_only_to_the_process_that_it_started(
    handover: Pass, tcp: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert passed.predecessor() is None
    handover(tcp, owned=True)
    assert passed.predecessor() == os.getpid()
    monkeypatch.setenv("LISTEN_PID", "1")
    assert passed.predecessor() is None


def upper(request: socket.socket, _client_address: object, _server: object) -> None:
    request.sendall(request.recv(10).upper())


def test_handed_over_socket_is_served(handover: Pass, tcp: socket.socket) -> None:
    handover(tcp)
    with running(Server(TCP(port=port_of(tcp)), upper)):
        assert ask(tcp.getsockname(), b"hello") == b"HELLO"
