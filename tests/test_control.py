"""Control: what a socket beside a server says of it and does to it, whatever kind of server that is."""

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tests.launched import wait_for as wait_until
from tests.running import Client, Run, ask, connect, running
from typedserver import (
    TCP,
    Asyncio,
    CompositionError,
    Control,
    Finished,
    Forks,
    Framed,
    Group,
    Inline,
    Limits,
    Lines,
    Multiplexed,
    Operated,
    Prefork,
    RecipeError,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    ThreadPool,
    Threads,
    UnixStream,
    stream_handler,
)
from typedserver.control.census import text_of
from typedserver.control.client import ControlClient, ControlError
from typedserver.sockets.peers import InetPeer, UnixPeer


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


def blocking(request: socket.socket, _address: object, _server: object) -> None:
    while data := request.recv(100):
        request.sendall(data.upper())


class Asking(ControlClient):
    """A client whose answers are not typed: what a test expects of them says what they are."""

    def ask(self, do: str, **more: object) -> Any:
        return super().ask(do, **more)


@contextmanager
def controlled(server: Any, folder: Path, **options: Any) -> Generator[tuple[Asking, Run[Operated]], None, None]:
    """Serve with a control socket, and speak to it."""
    path = str(folder / "control.sock")
    with running(Operated(server, Control(path), **options)) as run, Asking(path) as client:
        yield client, run


def client_of(server: Server[Any, Any]) -> Client:
    """Connect a client that its handler has answered, so that it is served by now."""
    client = connect(server.server_address)
    client.sendall(b"a\n")
    assert client.recv(10) == b"A\n"
    return client


def ids(control: Asking, **options: object) -> list[str]:
    return [each["id"] for each in control.ask("connections", **options)["connections"]]


STRATEGIES = {
    "threads": (Threads(), blocking),
    "thread-pool": (ThreadPool(workers=4), upper),
    "multiplexed": (Multiplexed(), upper),
    "asyncio": (Asyncio(), upper),
    "forks": (Forks(), upper),
}


@pytest.mark.parametrize("name", STRATEGIES)
def test_control_shows_a_connection_and_cuts_it(name: str, tmp_path: Path) -> None:
    strategy, handler = cast("Any", STRATEGIES[name])
    server: Server[Any, Any] = Server(TCP(port=0), handler, strategy)
    with controlled(server, tmp_path) as (control, _), client_of(server) as one, client_of(server) as other:
        host, port = one.getsockname()[:2]
        [found] = control.ask("connections", filter=f"{host}:{port}")["connections"]
        assert (found["address"], found["state"]) == (f"{host}:{port}", "serving")
        assert found["handler"] == handler.__qualname__
        assert control.ask("status")["connections"] == 2
        assert control.ask("cut", id=found["id"]) == {"cut": found["id"]}
        assert one.recv(10) == b""
        wait_until(lambda: control.ask("status")["requests"]["cut"] == 1)
        assert found["id"] not in ids(control)
        other.sendall(b"b\n")
        assert other.recv(10) == b"B\n"


def test_control_shows_an_inline_server_between_its_requests(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Inline())
    with controlled(server, tmp_path) as (control, _):
        assert ask(server.server_address, b"a\n") == b"A\n"
        assert control.ask("status")["requests"]["served"] == 1


@pytest.mark.parametrize("inner", [False, True], ids=["group", "group-in-group"])
def test_control_shows_each_server_of_a_group(inner: bool, tmp_path: Path) -> None:
    one: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    other: Server[Any, Any] = Server(UnixStream(str(tmp_path / "other")), upper, Threads())
    group = Group([Group([one, other])] if inner else [one, other])
    with controlled(group, tmp_path) as (control, _), client_of(one), client_of(other), client_of(other):
        found = control.ask("status")["servers"]
        assert [each["connections"] for each in found] == [1, 2]
        assert [each["strategy"] for each in found] == ["Multiplexed()", "Threads()"]
        assert found[1]["address"] == f"unix:{tmp_path / 'other'}"


def test_control_shows_a_foreign_server_as_one_of_which_nothing_is_known(tmp_path: Path) -> None:
    foreign = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    with controlled(foreign, tmp_path) as (control, run):
        [found] = control.ask("status")["servers"]
        assert (found["connections"], found["address"]) == (None, None)
        with pytest.raises(ControlError, match="cannot be suspended: drain it, or stop it"):
            control.ask("suspend")
        assert control.ask("drain")
        run.join()


def test_control_lists_connections_by_pages_the_eldest_first(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path) as (control, _):
        clients = [client_of(server) for _ in range(5)]
        all_of_them = ids(control)
        assert len(all_of_them) == 5
        assert all_of_them == ids(control), "a connection keeps its id"
        assert ids(control, offset=1, limit=2) == all_of_them[1:3]
        assert control.ask("connections", offset=9) == {"total": 5, "offset": 9, "connections": []}
        assert control.ask("connections", filter="upper", limit=0)["total"] == 5
        assert ids(control, filter="no such thing") == []
        ages = [each["seconds"] for each in control.ask("connections")["connections"]]
        assert ages == sorted(ages, reverse=True)
        for client in clients:
            client.close()


def test_control_names_a_connection_as_its_events_do(tmp_path: Path) -> None:
    events = list[ServerEvent]()
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed(), config=ServerConfig(observer=events.append))
    with controlled(server, tmp_path) as (control, _):
        with client_of(server):
            [name] = ids(control)
        wait_until(lambda: ids(control) == [])
    [ended] = [each for each in events if isinstance(each, Finished)]
    assert str(ended.connection_id) == name


def test_suspended_server_accepts_when_control_resumes_it(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path) as (control, _):
        assert control.ask("suspend") == {"state": "suspended"}
        with connect(server.server_address) as client:
            client.sendall(b"a\n")
            # Asked again, so that the loop has turned since the client has connected.
            assert control.ask("status")["state"] == "suspended"
            assert ids(control) == []
            assert control.ask("resume") == {"state": "serving"}
            assert client.recv(10) == b"A\n"


def test_drain_by_control_ends_the_server_and_shows_it_until_then(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), blocking, Threads())
    with controlled(server, tmp_path) as (control, run), client_of(server) as client:
        assert control.ask("drain", deadline=60) == {"state": "draining"}
        status = control.ask("status")
        assert (status["state"], status["connections"]) == ("draining", 1)
        with pytest.raises(ControlError, match="accepts nothing any more"):
            control.ask("resume")
        assert run.thread.is_alive()
        control.ask("drain", deadline=0)
        assert client.recv(10) == b""
        run.join()
        assert run.server.drain_report is not None
        assert len(run.server.drain_report.cut) == 1


def test_stop_ends_those_who_watch(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path) as (control, run):
        news = control.watch()
        assert next(news)["status"]["state"] == "serving"
        run.server.shutdown()
        run.server.server_close()
        assert list(news) == []


def test_watching_shows_what_has_changed(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path) as (control, _), client_of(server):
        news = control.watch()
        first = next(news)
        [eldest] = [each["id"] for each in first["new"]]
        with client_of(server):
            second = next(each for each in news if each["new"])
            assert [each["id"] for each in second["new"]] != [eldest]
            assert second["gone"] == []
        third = next(each for each in news if each["gone"])
        assert third["gone"] == [each["id"] for each in second["new"]]


def test_watcher_that_does_not_read_holds_up_nobody(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path) as (control, run), socket.socket(socket.AF_UNIX) as watcher:
        watcher.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        watcher.connect(str(tmp_path / "control.sock"))
        watcher.sendall(b'{"do": "watch"}\n')
        news = control.watch()
        for _ in range(3):
            assert next(news)["status"]["state"] == "serving"
        assert run.thread.is_alive()


def test_counts_say_how_requests_ended_and_how_long_they_took(tmp_path: Path) -> None:
    @stream_handler
    async def failing(stream: Stream) -> None:
        if await stream.readline() == b"fail\n":
            raise ValueError("on purpose")

    config = ServerConfig(limits=Limits(per_peer=1))
    server: Server[Any, Any] = Server(TCP(port=0), failing, Multiplexed(), config=config)
    with controlled(server, tmp_path) as (control, _):
        for line in (b"fail\n", b"go\n"):
            assert ask(server.server_address, line) == b""
            wait_until(lambda: control.ask("status")["connections"] == 0)
        with connect(server.server_address) as one:
            wait_until(lambda: control.ask("status")["connections"] == 1)
            with connect(server.server_address) as other:
                assert other.recv(1) == b""
            one.sendall(b"go\n")
            assert one.recv(1) == b""
        wait_until(lambda: control.ask("status")["connections"] == 0)
        status = control.ask("status")
        assert status["requests"]["served"] == 2
        assert status["requests"]["failed"] == 1
        assert status["refused"] == {"per_peer": 1}
        took = status["latencies"]["requests"]
        assert took["count"] == 3
        assert 0 < took["p50"] <= took["p99"] <= took["most"]
        assert status["rates"]["requests"] > 0


@pytest.mark.parametrize("messages", [False, True])
def test_messages_are_counted_if_that_is_asked_for(messages: bool, tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), Framed(Lines(), bytes.upper), Multiplexed())
    with controlled(server, tmp_path, messages=messages) as (control, _), client_of(server):
        assert control.ask("status")["messages"]["count"] == (1 if messages else 0)


def test_server_that_nobody_operates_counts_nothing() -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with running(server):
        assert ask(server.server_address, b"a\n") == b"A\n"
    assert server.__lifetime__.servable.counts is None


# Workers


def test_control_sums_up_the_workers_of_a_prefork_and_cuts_in_one(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Threads())
    with controlled(Prefork(server, 2), tmp_path) as (control, _):
        clients = [client_of(server) for _ in range(6)]
        status = control.ask("status")
        assert status["connections"] == 6
        assert sum(each["connections"] for each in status["workers"]) == 6
        assert all(each["answers"] for each in status["workers"])
        found = control.ask("connections")["connections"]
        pids = {str(each["pid"]) for each in status["workers"]}
        assert len(pids) == 2
        assert {each["id"].partition("-")[0] for each in found} <= pids
        [mine] = [each for each in found if each["address"] == "{}:{}".format(*clients[2].getsockname())]
        control.ask("cut", id=mine["id"])
        assert clients[2].recv(10) == b""
        wait_until(lambda: control.ask("status")["requests"]["cut"] == 1)
        assert control.ask("status")["connections"] == 5
        for client in clients:
            client.close()


def test_control_lists_more_connections_than_one_message_of_a_worker_holds(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(Prefork(server, 1), tmp_path) as (control, _):
        clients = [connect(server.server_address) for _ in range(450)]
        wait_until(lambda: control.ask("status")["connections"] == 450)
        assert len(set(ids(control, limit=1000))) == 450
        for client in clients:
            client.close()


def test_control_suspends_and_drains_the_workers_of_a_prefork(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Threads())
    with controlled(Prefork(server, 2), tmp_path) as (control, run):
        assert control.ask("suspend") == {"state": "suspended"}
        assert control.ask("resume") == {"state": "serving"}
        with client_of(server):
            pass
        control.ask("drain")
        run.join()


def test_control_shows_a_worker_that_does_not_answer(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Threads())
    with controlled(Prefork(server, 2), tmp_path) as (control, _), client_of(server):
        stopped, _other = control.ask("status")["workers"]
        os.kill(stopped["pid"], signal.SIGSTOP)
        try:
            answers = {each["pid"]: each["answers"] for each in control.ask("status")["workers"]}
            assert answers.pop(stopped["pid"]) is False
            assert list(answers.values()) == [True]
        finally:
            os.kill(stopped["pid"], signal.SIGCONT)
        wait_until(lambda: all(each["answers"] for each in control.ask("status")["workers"]))


def test_counts_of_a_worker_that_has_gone_are_kept(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Threads())
    with controlled(Prefork(server, 1), tmp_path) as (control, _):
        with client_of(server):
            pass
        wait_until(lambda: control.ask("status")["requests"]["served"] == 1)
        [worker] = control.ask("status")["workers"]
        os.kill(worker["pid"], signal.SIGKILL)
        wait_until(lambda: control.ask("status")["workers_ended"] == 1)
        assert control.ask("status")["requests"]["served"] == 1
        with client_of(server):
            pass
        wait_until(lambda: control.ask("status")["requests"]["served"] == 2)


# Who may ask, and for what

# What another user's process sees of a socket that all may connect to.
_ASK_AS_NOBODY = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
with socket.socket(socket.AF_UNIX) as control:
    control.connect(sys.argv[1])
    control.sendall(b'{"do": "status"}\\n')
    sys.stdout.write(control.makefile().readline())
"""


def _asked_as_nobody(folder: Path) -> "subprocess.CompletedProcess[str]":
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.getuid() and each.stat().st_mode & 0o055 != 0o055:
            each.chmod(each.stat().st_mode | 0o055)
    return subprocess.run(
        [sys.executable, "-c", _ASK_AS_NOBODY, str(folder / "control.sock")],
        capture_output=True,
        text=True,
        check=False,
    )


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@needs_root
def test_control_socket_is_its_owners_alone(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path):
        assert (tmp_path / "control.sock").stat().st_mode & 0o777 == 0o600
        assert "PermissionError" in _asked_as_nobody(tmp_path).stderr


@needs_root
@pytest.mark.parametrize("users", [(), ("nobody",)])
def test_control_answers_a_user_that_it_names_and_no_other(users: tuple[str, ...], tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with running(Operated(server, Control(str(tmp_path / "control.sock"), mode=0o666, users=users))):
        ended = _asked_as_nobody(tmp_path)
        answer = json.loads(ended.stdout)
        if users:
            assert answer["state"] == "serving"
        else:
            assert answer == {"error": "user 65534 may not control this server: Control(users=) names who may"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"status\n", "is no JSON"),
        (b"[" * 60_000 + b"\n", "is no JSON"),
        (b"[]\n", "is no question: send an object"),
        (b'{"do": "reboot"}\n', "'reboot' is nothing that can be done: ask for status, connections, suspend"),
        (b'{"do": ["cut"]}\n', "is nothing that can be done"),
        (b'{"do": "status", "all": 1}\n', "status has no 'all': it takes nothing"),
        (b'{"do": "cut"}\n', "cut needs the id of a connection"),
        (b'{"do": "cut", "id": 3}\n', "cut needs the id of a connection"),
        (b'{"do": "cut", "id": "-"}\n', "there is no connection '-'"),
        (b'{"do": "cut", "id": "1-2-3"}\n', "there is no connection '1-2-3'"),
        (b'{"do": "cut", "id": "\xc2\xb2"}\n', "there is no connection"),
        (b'{"do": "drain", "deadline": -1}\n', "drain(deadline=-1) must"),
        (b'{"do": "drain", "deadline": "soon"}\n', "drain(deadline='soon') must"),
        (b'{"do": "connections", "limit": -1}\n', "limit=-1 must be a whole number"),
        (b'{"do": "connections", "limit": 1e9}\n', "limit=1000000000.0 must be a whole number"),
        (b'{"do": "connections", "offset": true}\n', "offset=True must be a whole number"),
        (b'{"do": "connections", "filter": 7}\n', "filter=7 must be text"),
        (b"x" * 70_000 + b"\n", "a question is one line of JSON, of at most 64 KiB"),
    ],
)
def test_control_says_what_is_wrong_and_goes_on(line: bytes, message: str, tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path) as (control, _), connect(str(tmp_path / "control.sock")) as raw:
        raw.sendall(line)
        assert message in json.loads(raw.makefile().readline())["error"]
        assert control.ask("status")["state"] == "serving"


def test_answers_come_in_the_order_of_the_questions(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path), connect(str(tmp_path / "control.sock")) as raw:
        raw.sendall(b'{"do": "suspend"}\n{"do": "status"}\n{"do": "resume"}\n')
        answers = raw.makefile()
        assert [json.loads(answers.readline())["state"] for _ in range(3)] == ["suspended", "suspended", "serving"]


def test_client_without_a_server_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="does the server run, with --control"):
        ControlClient(str(tmp_path / "no.sock"))


def test_client_of_something_else_says_so(tmp_path: Path) -> None:
    path = str(tmp_path / "upper.sock")

    @stream_handler
    async def greeting(stream: Stream) -> None:
        await stream.write(b"220 mail.example\r\n")
        await stream.read()

    server: Server[Any, Any] = Server(UnixStream(path), greeting, Multiplexed())
    with running(server), ControlClient(path) as client, pytest.raises(ControlError, match="speaks something else"):
        client.ask("status")


# Recipes


def test_operated_refuses_what_it_cannot_show(tmp_path: Path) -> None:
    control = Control(str(tmp_path / "control.sock"))
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with pytest.raises(RecipeError, match="needs a server"):
        Operated(cast("Any", upper), control)
    with pytest.raises(RecipeError, match="shows it to nobody"):
        Operated(server)
    with pytest.raises(RecipeError, match="needs faces such as Control"):
        Operated(server, cast("Any", "control.sock"))
    operated = Operated(server, control)
    with pytest.raises(CompositionError, match="is operated already"):
        Operated(Group([operated]), control)
    with pytest.raises(CompositionError, match="give Operated the Prefork"):
        Prefork(cast("Any", Group([operated])), 2)
    assert repr(operated).endswith(f"Control(path='{tmp_path}/control.sock'))")
    assert operated.server is server
    assert operated.faces == (control,)


def test_control_refuses_values_that_cannot_work(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="must be a tuple of names"):
        Control(str(tmp_path / "control.sock"), users=cast("Any", "ada"))
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with pytest.raises(RecipeError, match="there is no user 'no such user'"):
        Operated(server, Control(str(tmp_path / "control.sock"), users=("no such user",)))


def test_control_socket_in_use_keeps_the_server_from_opening(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    with controlled(server, tmp_path):
        other: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
        with pytest.raises(OSError, match=r"control\.sock"):
            Operated(other, Control(str(tmp_path / "control.sock"))).open()


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("192.0.2.1", 5), "192.0.2.1:5"),
        (("2001:db8::1", 5, 0, 0), "[2001:db8::1]:5"),
        ("", "unix"),
        ("/run/a", "unix:/run/a"),
        ("\0a", "unix:@a"),
        ("/run/\x1b[2J\n", "unix:/run/\\x1b[2J\\n"),
        ("/" + "a" * 300, "unix:/" + "a" * 194),
        (("alone",), "('alone',)"),
        (None, "None"),
        (InetPeer("ada", ("192.0.2.1", 5)), "192.0.2.1:5 ada"),
        (UnixPeer(7, ""), "unix 7"),
    ],
)
def test_address_of_a_client_is_a_short_line(address: object, text: str) -> None:
    assert text_of(address) == text


def test_threads_of_a_server_may_count_at_once(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), blocking, ThreadPool(workers=8))
    with controlled(server, tmp_path) as (control, _):
        clients = [
            threading.Thread(target=lambda: [ask(server.server_address, b"a") for _ in range(20)]) for _ in range(8)
        ]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        wait_until(lambda: control.ask("status")["requests"]["served"] == 160)
