"""Forks: a child for each request. The loop reaps it, and it leaves the parent's resources alone."""

import asyncio
import contextlib
import errno
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from tests.running import PATIENCE, Run, ask, ask_datagram, connect, running
from tests.test_strategies_threads import Recorder
from typedserver import (
    TCP,
    UDP,
    ChildFailed,
    CompositionError,
    Forks,
    Group,
    LifecycleError,
    RecipeError,
    SelectorReactor,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    UnixStream,
    datagram_handler,
    inet_address,
    stream_handler,
)


@pytest.fixture(params=["pidfd", "waitpid"])
def reaping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Reap with pidfd_open and, as on kernels that lack it, without."""
    if request.param == "waitpid":
        monkeypatch.delattr(os, "pidfd_open")
    return request.param  # type: ignore[no-any-return]  # one of the two above


def tell_pid(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(65536):
        request.sendall(b"%d %b" % (os.getpid(), data))


def children() -> set[int]:
    found: set[int] = set()
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as children_of_task:
            found.update(map(int, children_of_task.read().split()))
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_forks_serve_each_request_in_a_child(config: ServerConfig) -> None:
    with running(Server(TCP(port=0), tell_pid, Forks(), config=config)) as run:
        pids = {ask(run.server.server_address, b"x").split()[0] for _ in range(3)}
    assert len(pids) == 3
    assert str(os.getpid()).encode() not in pids


def test_forks_leave_no_zombie_a_second_after_a_childs_end(config: ServerConfig, reaping: str) -> None:
    with running(Server(TCP(port=0), tell_pid, Forks(), config=config)) as run:
        for _ in range(5):
            ask(run.server.server_address, b"x")
        ended = time.monotonic()
        wait_until(lambda: not children())
        assert time.monotonic() - ended < 1.0, reaping


def test_forks_pause_accepting_at_max_children_without_spinning(config: ServerConfig, reaping: str) -> None:
    with running(Server(TCP(port=0), tell_pid, Forks(max_children=2), config=config)) as run:
        address = run.server.server_address
        clients = [connect(address) for _ in range(4)]
        for client in clients:
            client.sendall(b"x")
        assert clients[0].recv(100)
        assert clients[1].recv(100)
        used = time.process_time()
        clients[2].settimeout(0.2)
        with pytest.raises(TimeoutError):
            clients[2].recv(100)
        assert time.process_time() - used < 0.1, "it waits without using the processor"
        assert len(children()) == 2
        clients[0].close()
        clients[2].settimeout(PATIENCE)
        assert clients[2].recv(100), reaping
        clients[1].close()
        assert clients[3].recv(100)
        clients[2].close()
        clients[3].close()


@pytest.mark.parametrize("code", [0, 3, None, "a message"])
def test_forks_child_exits_by_the_status_of_system_exit(code: Any, caplog: pytest.LogCaptureFixture) -> None:
    def leave(_request: object, _client_address: object, _server: object) -> NoReturn:
        sys.exit(code)

    with running(Server(TCP(port=0), leave, Forks())) as run:
        assert ask(run.server.server_address, b"") == b""
        wait_until(lambda: not children())
    failures = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(failures) == (code in (3, "a message"))


def test_forks_handlers_exception_is_reported_in_the_child(capfd: pytest.CaptureFixture[str]) -> None:
    class Reporting(Server[StreamRequest, Any]):
        def handle_error(self, _request: Any, _client_address: Any, /) -> None:
            print("child", os.getpid() != parent, sys.exc_info()[1])

    def fail(_request: object, _client_address: object, _server: object) -> None:
        raise ValueError("a handler's fault")

    parent = os.getpid()
    with running(Reporting(TCP(port=0), fail, Forks())) as run:
        assert ask(run.server.server_address, b"") == b""
        wait_until(lambda: not children())
    assert capfd.readouterr().out == "child True a handler's fault\n"


def test_forks_killed_child_is_reported_to_the_parent(config: ServerConfig, caplog: pytest.LogCaptureFixture) -> None:
    def die(_request: object, _client_address: object, _server: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with running(Server(TCP(port=0), die, Forks(), config=config)) as run:
        assert ask(run.server.server_address, b"") == b""
        wait_until(lambda: not children())
        assert ask(run.server.server_address, b"") == b"", "it goes on"
    assert "was killed by signal 9" in str(caplog.records[0].exc_info)


def test_forks_child_prints_once_what_the_parent_had_not_flushed(tmp_path: Any) -> None:
    # In a separate process, which has a buffered stdout.
    script = (
        "import os, sys, socket\n"
        "from typedserver import Server, TCP, Forks\n"
        "def handler(request, client_address, server): print('child')\n"
        "with Server(TCP(port=0), handler, Forks()) as server:\n"
        "    print('parent')\n"
        "    socket.create_connection(server.server_address).close()\n"
        "    server.handle_request()\n"
    )
    target = tmp_path / "out"
    with target.open("w") as out:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", script],
            dict(os.environ),
            file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)],
        )
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert target.read_text() == "parent\nchild\n"


def test_forks_child_keeps_no_descriptor_of_the_parents(tmp_path: Any, config: ServerConfig) -> None:
    def tell_descriptors(request: StreamRequest, _client_address: object, _server: object) -> None:
        request.recv(10)
        lines: list[str] = []
        for fd in os.listdir("/proc/self/fd"):
            try:
                lines.append(f"{fd} {os.readlink(f'/proc/self/fd/{fd}')}")
            except OSError:
                continue
        request.sendall("\n".join(lines).encode())

    def inodes(fds: list[int]) -> set[str]:
        return {os.readlink(f"/proc/self/fd/{fd}") for fd in fds}

    members: list[Server[Any, Any]] = [
        Server(TCP(port=0), tell_descriptors, Forks()),
        Server(UnixStream(str(tmp_path / "s")), tell_descriptors, Forks()),
        Server(UDP(port=0), datagram_handler(lambda data: data)),
    ]
    with running(Group(members, reactor_factory=config.reactor_factory)):
        # A sibling is running, so that the parent holds a pidfd, too.
        with connect(members[0].server_address) as sibling, connect(members[0].server_address) as client:
            wait_until(lambda: bool(children()))
            client.sendall(b"x")
            held = client.recv(100_000).decode()
            sibling.sendall(b"x")
            assert sibling.recv(100_000)
        listening = inodes([member.fileno() for member in members])
    for target in listening:
        assert target not in held
    assert "pidfd" not in held
    if config.reactor_factory is SelectorReactor:
        assert "eventpoll" not in held


def test_forks_open_children_do_not_make_the_loop_spin(config: ServerConfig) -> None:
    server = Server(TCP(port=0), tell_pid, Forks(), config=config)
    with running(server), connect(server.server_address) as held:
        held.sendall(b"x")
        assert held.recv(100)
        for _ in range(3):
            assert ask(server.server_address, b"x")
        wait_until(lambda: len(children()) == 1)
        used = time.process_time()
        time.sleep(0.2)
        assert time.process_time() - used < 0.1


def test_forks_serve_again_after_a_stop_with_a_child_still_open(config: ServerConfig) -> None:
    with Server(TCP(port=0), tell_pid, Forks(), config=config) as server:
        run = Run(server)
        with connect(server.server_address) as held:
            held.sendall(b"1")
            first = held.recv(100)
            server.shutdown()
            run.join()
            again = Run(server)
            assert ask(server.server_address, b"2")
            held.sendall(b"3")
            assert held.recv(100).split()[0] == first.split()[0], "the child outlives the stop"
            server.shutdown()
            again.join()


def test_forks_datagrams_are_answered_by_the_child(tmp_path: Any, config: ServerConfig) -> None:
    handler = datagram_handler(lambda data: b"%d %b" % (os.getpid(), data))
    with running(Server(UDP(port=0), handler, Forks(), config=config)) as run:
        pid, data = ask_datagram(run.server.server_address, b"x").split()
    assert data == b"x"
    assert int(pid) != os.getpid()


def test_forks_close_waits_for_children_as_the_recipe_says() -> None:
    for recipe in (Forks(), Forks(block_on_close=False)):
        with Server(TCP(port=0), tell_pid, recipe) as server, connect(server.server_address) as client:
            server.handle_request()
            client.sendall(b"x")
            assert client.recv(100)
            threading.Timer(0.05, client.shutdown, (socket.SHUT_RDWR,)).start()
            begun = time.monotonic()
            server.server_close()
            assert (time.monotonic() - begun > 0.04) is recipe.block_on_close
            wait_until(lambda: not threading_timers())
        for pid in children():
            os.waitpid(pid, 0)


def threading_timers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_forks_close_with_a_timeout_returns_how_many_are_left() -> None:
    recorder = Recorder(lambda _request: time.sleep(PATIENCE))
    recorder.enter_child = lambda _request: None  # type: ignore[method-assign]  # here a child does serve
    dispatcher = Forks().start(recorder, None)
    dispatcher.process_request("one", "address")
    dispatcher.process_request("two", "address")
    assert dispatcher.close(0.02) == 2
    dispatcher.cut("one")
    dispatcher.cut("none such")
    wait_until(lambda: dispatcher.close(0) == 1)
    dispatcher.drain()
    assert dispatcher.close(0.02) == 1, "a signal alone does not end a child"
    dispatcher.cut("two")
    assert dispatcher.close() == 0
    ends = sorted((request, getattr(error, "status", None)) for request, _, error in recorder.released)
    assert ends == [("one", -signal.SIGKILL), ("two", -signal.SIGKILL)]


def test_forks_fork_that_fails_refuses_one_request_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fork = os.fork
    failing = True

    def unreliable() -> int:
        if failing:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fork()

    monkeypatch.setattr(os, "fork", unreliable)
    with running(Server(TCP(port=0), tell_pid, Forks())) as run:
        assert ask(run.server.server_address, b"") == b""
        failing = False
        assert ask(run.server.server_address, b"next")
    assert "Resource temporarily unavailable" in caplog.text


@pytest.mark.parametrize("kind", [MemoryError, KeyboardInterrupt])
def test_forks_fork_that_raises_otherwise_releases_the_request_as_well(
    kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> NoReturn:
        raise kind

    monkeypatch.setattr(os, "fork", fail)
    recorder = Recorder()
    dispatcher = Forks().start(recorder, None)
    with contextlib.suppress(KeyboardInterrupt):
        dispatcher.process_request("request", "address")
    assert recorder.closed == ["request"]
    ((_, _, error),) = recorder.released
    assert type(error) is kind
    assert dispatcher.has_capacity
    assert dispatcher.close() == 0


def test_forks_handler_of_a_signal_that_raises_beside_a_fork_ends_the_loop_and_not_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fork = os.fork

    def interrupted() -> int:
        pid = fork()
        if pid:
            signal.raise_signal(signal.SIGHUP)
        return pid

    def restart(_number: int, _frame: object) -> NoReturn:
        raise TimeoutError("the program's own")

    monkeypatch.setattr(os, "fork", interrupted)
    failed: list[BaseException] = []
    recorder = Recorder()
    recorder.enter_child = lambda _request: None  # type: ignore[method-assign]  # here a child does serve
    recorder.fail = failed.append  # type: ignore[method-assign]
    before = signal.signal(signal.SIGHUP, restart)
    try:
        dispatcher = Forks().start(recorder, None)
        dispatcher.process_request("request", "address")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert [type(error) for error in failed] == [TimeoutError]
    assert not recorder.released, "the child serves it"
    assert dispatcher.close() == 0
    assert [(request, error) for request, _, error in recorder.released] == [("request", None)]


def test_forks_child_that_the_loop_cannot_watch_is_reaped_by_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(TCP(port=0), tell_pid, Forks(), config=ServerConfig(reactor_factory=Unwatching))
    with running(server) as run:
        assert ask(run.server.server_address, b"x")
        wait_until(lambda: not children())


class Unwatching(SelectorReactor):
    """A loop that has no room for more than the listener and its own (epoll_ctl(2), ENOSPC)."""

    def add_reader(self, fd: int, callback: Callable[[], object], /) -> None:
        if "pidfd" in os.readlink(f"/proc/self/fd/{fd}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().add_reader(fd, callback)


def test_forks_bear_that_somebody_else_reaps_the_child(config: ServerConfig) -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with running(Server(TCP(port=0), tell_pid, Forks(max_children=1), config=config)) as run:
            for _ in range(3):
                assert ask(run.server.server_address, b"x")
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_forks_child_cannot_stop_or_close_the_server() -> None:
    def try_to(request: StreamRequest, _client_address: object, server: Server[Any, Any]) -> None:
        for call in (server.request_stop, server.shutdown, server.server_close):
            try:
                call()
            except LifecycleError:
                request.sendall(b"refused ")

    with running(Server(TCP(port=0), try_to, Forks())) as run:
        assert ask(run.server.server_address, b"") == b"refused refused refused "
        assert ask(run.server.server_address, b"") == b"refused refused refused ", "the parent serves on"


def test_forks_recipe_refuses_values_that_cannot_work(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecipeError, match="max_children"):
        Forks(max_children=0)
    monkeypatch.delattr(os, "fork")
    with pytest.raises(CompositionError, match="Threads"):
        Forks()


def test_child_failed_distinguishes_signal_and_status() -> None:
    assert "killed by signal 9" in str(ChildFailed(1, -9))
    assert "exited with status 3" in str(ChildFailed(1, 3))


def test_forks_child_blocked_in_its_last_flush_never_returns_to_the_parents_program(tmp_path: Any) -> None:
    script = (
        "import os, signal, socket, sys, threading, time\n"
        "from typedserver import Server, TCP, Forks\n"
        "def interrupt(number, frame): raise KeyboardInterrupt\n"
        "def handler(request, client_address, server):\n"
        "    signal.signal(signal.SIGUSR1, interrupt)\n"
        "    request.sendall(b'%d' % os.getpid())\n"
        "    print('x' * 1_000_000)\n"
        "server = Server(TCP(port=0), handler, Forks()).open()\n"
        "with socket.create_connection(server.server_address) as client:\n"
        "    server.handle_request()\n"
        "    pid = int(client.recv(100))\n"
        "time.sleep(0.2)\n"
        "os.kill(pid, signal.SIGUSR1)\n"
        "server.server_close()\n"
        "open(sys.argv[1], 'a').write('once ')\n"
    )
    target = tmp_path / "log"
    reader, writer = os.pipe()
    process = subprocess.Popen([sys.executable, "-c", script, str(target)], stdout=writer)
    os.close(writer)
    assert process.wait(PATIENCE) == 0
    os.close(reader)
    assert target.read_text() == "once "


@stream_handler
async def tell_pid_to_each_message(stream: Stream) -> None:
    while data := await stream.read(100):
        await stream.write(b"%d %b" % (os.getpid(), data))


def terminate(pid: int, client: socket.socket) -> None:
    # Again and again, as a server that drains does it: a signal that comes just before the child waits is noticed
    # after that wait.
    deadline = time.monotonic() + PATIENCE
    while not select.select([client], [], [], 0.05)[0] and time.monotonic() < deadline:
        os.kill(pid, signal.SIGTERM)


def test_forks_child_ignores_ctrl_c_and_drains_at_sigterm(
    config: ServerConfig,
) -> None:
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    try:
        with running(Server(TCP(port=0), tell_pid_to_each_message, Forks(), config=config)) as run:
            with connect(run.server.server_address) as client:
                client.sendall(b"x")
                pid = int(client.recv(100).split()[0])
                os.kill(pid, signal.SIGINT)
                client.sendall(b"y")
                assert client.recv(100).split()[1] == b"y"
                terminate(pid, client)
                assert client.recv(100) == b""
            wait_until(lambda: not children())
    finally:
        signal.signal(signal.SIGTERM, before)


def test_forks_children_of_a_program_that_blocks_sigterm_receive_it() -> None:
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    server = Server(TCP(port=0), tell_pid_to_each_message, Forks())
    try:
        with running(server), connect(server.server_address) as client:
            client.sendall(b"x")
            terminate(int(client.recv(100).split()[0]), client)
            assert client.recv(100) == b""
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def test_forks_child_leaves_the_loops_wake_up_descriptor_alone() -> None:
    woken: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, woken.append, 1)
        with Server(TCP(port=0), tell_pid_to_each_message, Forks()) as server:
            server.attach(loop)
            reader, writer = await asyncio.open_connection(*inet_address(server))
            writer.write(b"x")
            pid = int((await reader.read(100)).split()[0])
            end = asyncio.ensure_future(reader.read(100))
            # Again and again, for the same reason as ``terminate``.
            while not end.done():
                os.kill(pid, signal.SIGTERM)
                await asyncio.wait([end], timeout=0.05)
            assert end.result() == b""
            writer.close()
            await asyncio.sleep(0.05)
        loop.remove_signal_handler(signal.SIGTERM)

    asyncio.run(main())
    assert not woken


def test_forks_close_reaps_the_ended_beside_a_running_one() -> None:
    recorder = Recorder(lambda request: time.sleep(PATIENCE) if request == "slow" else None)
    recorder.enter_child = lambda _request: None  # type: ignore[method-assign]  # here a child does serve
    dispatcher = Forks(block_on_close=False).start(recorder, None)
    for request in ("slow", "quick", "quick"):
        dispatcher.process_request(request, "address")
    wait_until(lambda: dispatcher.close() == 1)
    dispatcher.cut("slow")
    wait_until(lambda: dispatcher.close() == 0)


def is_zombie(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "Z"


def child_that_no_close_has_waited_for() -> int:
    server = Server(TCP(port=0), tell_pid, Forks(block_on_close=False)).open()
    with connect(server.server_address) as client:
        server.handle_request()
        client.sendall(b"x")
        pid = int(client.recv(100).split()[0])
        server.server_close()
    return pid


def test_forks_children_that_no_close_has_waited_for_are_reaped_as_another_server_forks() -> None:
    pid = child_that_no_close_has_waited_for()
    wait_until(lambda: is_zombie(pid))
    with Server(TCP(port=0), tell_pid, Forks()) as other:
        connect(other.server_address).close()
        other.handle_request()
        assert pid not in children()


def test_forks_children_that_no_close_has_waited_for_are_reaped_as_another_server_closes() -> None:
    with Server(TCP(port=0), tell_pid, Forks()) as other, connect(other.server_address) as client:
        other.handle_request()
        pid = child_that_no_close_has_waited_for()
        wait_until(lambda: is_zombie(pid))
        client.close()
        other.server_close()
        assert pid not in children()


INTERRUPTED_FORK = """
import os, signal, socket, sys, threading, time
from functools import partial
from typedserver import Forks, Server, TCP

class Restart(BaseException): pass

def restart(number, frame): raise Restart

def interrupted(in_child, fork=os.fork):
    pid = fork()
    if (pid == 0) is in_child:
        signal.raise_signal(signal.SIGHUP)
    return pid

def handler(request, client_address, server): request.sendall(b"served")

def take_a_signal():
    forked.acquire()
    signal.raise_signal(signal.SIGHUP)

main, forked, where = os.getpid(), threading.Lock(), sys.argv[1]
signal.signal(signal.SIGHUP, restart)
if where == "thread":
    # It takes the signal, and the main thread has its handler to run when it comes back from fork().
    forked.acquire()
    threading.Thread(target=take_a_signal).start()
    os.register_at_fork(after_in_parent=forked.release)
    os.register_at_fork(after_in_parent=partial(time.sleep, 0.1))
else:
    os.fork = partial(interrupted, where == "child")
with Server(TCP(port=0), handler, Forks()) as server, socket.create_connection(server.server_address) as client:
    try:
        server.handle_request()
    except Restart:
        print("restarted", "here" if os.getpid() == main else "IN A CHILD", flush=True)
    server.server_close()
    print(client.recv(100), open(f"/proc/{main}/task/{main}/children").read())
"""


@pytest.mark.parametrize(
    ("where", "output"),
    [("child", "b'' \n"), ("parent", "restarted here\nb'served' \n"), ("thread", "restarted here\nb'served' \n")],
)
def test_forks_handler_of_a_signal_that_raises_as_a_child_is_forked_leaves_no_copy_and_no_orphan(
    where: str, output: str
) -> None:
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_FORK, where], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (process.stdout, process.returncode) == (output, 0), process.stderr
