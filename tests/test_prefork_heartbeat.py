"""A worker that hangs is found by its silence and replaced, and no other worker is."""

import asyncio
import os
import signal
import socket
import socketserver
import threading
import time
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.running import PATIENCE, ask, connect
from tests.test_prefork import (
    TellPid,
    forked,
    handling,
    kill,
    messages,
    pid_from,
    program,
    running_foreign,
    wait_for_replacement,
    wait_for_workers,
)
from tests.test_strategies_forks import wait_until
from typedserver import (
    TCP,
    Asyncio,
    BaseStrategy,
    Group,
    Inline,
    Multiplexed,
    Prefork,
    Server,
    ServerConfig,
    Stream,
    StreamRequest,
    Threads,
    compat,
    stream_handler,
)
from typedserver.process.channel import Channel, Message

# Seconds; short, so that a test finds a worker that hangs soon.
HEARTBEAT = 0.3

# The parent finds it after one and a half times the heartbeat; the rest is for a busy machine.
FOUND = HEARTBEAT * 1.5 + 3.0

# Seconds; longer than a busy machine keeps a healthy loop from its processor.
CALM_HEARTBEAT = 1.0


def hung(caplog: pytest.LogCaptureFixture, pid: int) -> bool:
    """Whether the log says that this worker hangs; a busy machine may delay others for as long."""
    return any(f"worker {pid} hangs: its loop has not turned for " in line for line in messages(caplog))


def hang_if_asked(request: StreamRequest, _client_address: object, _server: object) -> None:
    data = request.recv(100)
    if data == b"loop":
        while True:
            pass
    if data == b"lock":
        lock = threading.Lock()
        with lock:
            lock.acquire()
    request.sendall(b"%d %b" % (os.getpid(), data))


@stream_handler
async def hang_if_asked_as_coroutine(stream: Stream) -> None:
    async for line in stream:
        if line == b"lock\n":
            time.sleep(PATIENCE)  # noqa: ASYNC251 - it blocks the loop: that is the point
        await stream.write(b"%d %b" % (os.getpid(), line))


class Hanging(Protocol):
    """Make a worker of this Prefork hang; returns its pid."""

    def __call__(self, prefork: Prefork[Any]) -> int: ...


def stop(prefork: Prefork[Any]) -> int:
    pid = prefork.pids[0]
    kill(pid, signal.SIGSTOP)
    return pid


def replaced_in(prefork: Prefork[Any], pid: int) -> float:
    begun = time.monotonic()
    wait_for_replacement(prefork, pid, prefork.processes)
    return time.monotonic() - begun


@pytest.mark.parametrize("strategy", [Threads(), Multiplexed()], ids=repr)
def test_prefork_worker_that_was_stopped_is_replaced(
    strategy: Any, config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    handler: Any = hang_if_asked_as_coroutine if isinstance(strategy, Multiplexed) else hang_if_asked
    inner = Server(TCP(port=0), handler, strategy, config=config)
    prefork = Prefork(inner, 2, heartbeat=HEARTBEAT, reactor_factory=config.reactor_factory)
    with forked(prefork):
        stopped = stop(prefork)
        assert HEARTBEAT < replaced_in(prefork, stopped) < FOUND
    assert hung(caplog, stopped)


def test_prefork_worker_of_asyncio_that_was_stopped_is_replaced() -> None:
    with forked(Prefork(Server(TCP(port=0), hang_if_asked_as_coroutine, Asyncio()), 1, heartbeat=HEARTBEAT)) as run:
        assert replaced_in(run.server, stop(run.server)) < FOUND


@pytest.mark.parametrize("how", [b"loop", b"lock"])
def test_prefork_worker_that_hangs_in_a_handler_is_replaced_while_the_others_serve(
    how: bytes,
) -> None:
    with forked(Prefork(Server(TCP(port=0), hang_if_asked), 2, heartbeat=HEARTBEAT)) as run:
        before = set(run.server.pids)
        begun = time.monotonic()
        with connect(run.server.server_address) as held:
            held.sendall(how)
            while set(run.server.pids) == before:
                assert pid_from(run.server.server_address) > 0
            assert time.monotonic() - begun < FOUND
            assert held.recv(100) == b"", "what it had in hand is lost"


def test_prefork_worker_whose_loop_is_blocked_by_a_coroutine_is_replaced() -> None:
    inner = Server(TCP(port=0), hang_if_asked_as_coroutine, Multiplexed())
    with forked(Prefork(inner, 1, heartbeat=HEARTBEAT)) as run, connect(run.server.server_address) as held:
        held.sendall(b"x\n")
        pid = int(held.recv(100).split()[0])
        held.sendall(b"lock\n")
        assert held.recv(100) == b""
        wait_for_replacement(run.server, pid, 1)
        assert int(ask(run.server.server_address, b"x\n").split()[0]) != pid


@pytest.mark.parametrize("reuse_port", [False, True], ids=["shared", "reuse_port"])
def test_prefork_what_waits_for_a_worker_that_hangs_is_served(*, reuse_port: bool) -> None:
    inner = Server(TCP(port=0), hang_if_asked)
    with forked(Prefork(inner, 1, heartbeat=HEARTBEAT, reuse_port=reuse_port)) as run:
        address = run.server.server_address
        pid = pid_from(address)
        with connect(address) as held, connect(address) as waiting:
            held.sendall(b"lock")
            waiting.sendall(b"x")
            assert int(waiting.recv(100).split()[0]) != pid
            assert held.recv(100) == b""


def test_prefork_worker_that_hangs_before_its_loop_begins_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hanging = tmp_path / "hanging"

    class HangingAtFirst(BaseStrategy):
        def start(self, processor: Any, reactor: Any, /) -> Any:
            if not hanging.exists():
                hanging.touch()
                time.sleep(PATIENCE)
            return Inline().start(processor, reactor)

    with forked(Prefork(Server(TCP(port=0), hang_if_asked, HangingAtFirst()), 1, heartbeat=HEARTBEAT)) as run:
        pid = run.server.pids[0]
        assert pid_from(run.server.server_address) != pid
    assert hung(caplog, pid)


def test_prefork_of_a_group_replaces_a_worker_whose_loop_hangs() -> None:
    beside, foreign = Server(TCP(port=0), hang_if_asked), socketserver.TCPServer(("127.0.0.1", 0), TellPid)
    inner = Server(TCP(port=0), hang_if_asked)
    with forked(Prefork(Group([inner, Group([beside, foreign])]), 1, heartbeat=HEARTBEAT)) as run:
        pid = run.server.pids[0]
        with connect(beside.server_address) as held:
            held.sendall(b"lock")
            assert held.recv(100) == b""
        assert pid_from(inner.server_address) != pid
        assert pid_from(foreign.server_address) != pid


@pytest.mark.parametrize("base", [socketserver.TCPServer, compat.TCPServer], ids=["stdlib", "compat"])
def test_prefork_foreign_worker_that_hangs_is_replaced_and_an_idle_one_is_not(
    base: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ticks: list[int] = []

    class Ticking(base):  # type: ignore[misc]  # one of two
        def service_actions(self) -> None:
            ticks.append(1)

    def answer(request: StreamRequest, client_address: object, server: object) -> None:
        if request.recv(100, socket.MSG_PEEK) == b"ticks":
            request.recv(100)
            request.sendall(b"%d" % len(ticks))
        else:
            hang_if_asked(request, client_address, server)

    # Its loop wakes up by itself every half a second, which would be too seldom for the heartbeat.
    with running_foreign(Prefork(Ticking(("127.0.0.1", 0), handling(answer)), 1, heartbeat=0.4)) as prefork:
        time.sleep(1.0)
        pid = pid_from(prefork.server_address)
        assert prefork.pids == (pid,)
        assert int(ask(prefork.server_address, b"ticks")) >= 3, "its own is called as well"
        assert not messages(caplog)
        with connect(prefork.server_address) as held:
            held.sendall(b"lock")
            assert held.recv(100) == b""
        assert pid_from(prefork.server_address) != pid


def test_prefork_foreign_worker_without_service_actions_is_never_taken_for_hung() -> None:
    class Bare:
        def __init__(self) -> None:
            self._inner = socketserver.TCPServer(("127.0.0.1", 0), TellPid)
            self.serve_forever = self._inner.serve_forever
            self.shutdown = self._inner.shutdown
            self.server_close = self._inner.server_close
            self.fileno = self._inner.fileno
            self.handle_request = self._inner.handle_request
            self.server_address = self._inner.server_address

    with running_foreign(Prefork(Bare(), 1, heartbeat=0.1)) as prefork:
        pid = pid_from(prefork.server_address)
        time.sleep(0.4)
        assert prefork.pids == (pid,)


def test_prefork_without_a_heartbeat_bears_a_worker_that_hangs() -> None:
    with forked(Prefork(Server(TCP(port=0), hang_if_asked), 1, heartbeat=None)) as run:
        pid = pid_from(run.server.server_address)
        kill(pid, signal.SIGSTOP)
        time.sleep(0.3)
        assert run.server.pids == (pid,)
        kill(pid, signal.SIGCONT)
        assert pid_from(run.server.server_address) == pid


def test_prefork_busy_workers_are_not_taken_for_hung(config: ServerConfig, caplog: pytest.LogCaptureFixture) -> None:
    inner = Server(TCP(port=0), hang_if_asked_as_coroutine, Multiplexed(), config=config)
    prefork = Prefork(inner, 2, heartbeat=CALM_HEARTBEAT, reactor_factory=config.reactor_factory)
    with forked(prefork):
        before = prefork.pids
        stopping = time.monotonic() + 2 * CALM_HEARTBEAT

        def load() -> None:
            with connect(prefork.server_address) as client:
                while time.monotonic() < stopping:
                    client.sendall(b"x\n")
                    client.recv(100)

        clients = [threading.Thread(target=load) for _ in range(8)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert prefork.pids == before
    assert not messages(caplog)


def test_prefork_inline_request_that_is_shorter_than_the_heartbeat_is_no_hang(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with forked(Prefork(Server(TCP(port=0), hang_if_asked), 1, heartbeat=CALM_HEARTBEAT)) as run:
        pid = pid_from(run.server.server_address)
        for _ in range(2):
            with connect(run.server.server_address) as client:
                time.sleep(0.8 * CALM_HEARTBEAT)
                client.sendall(b"x")
                assert int(client.recv(100).split()[0]) == pid
            # Its loop turns.
            time.sleep(0.3 * CALM_HEARTBEAT)
    assert not messages(caplog)


def test_prefork_loop_that_was_held_up_takes_no_worker_for_hung(
    config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    reactor = config.reactor_factory()
    with forked(
        Prefork(Server(TCP(port=0), hang_if_asked), 2, heartbeat=CALM_HEARTBEAT, reactor_factory=lambda: reactor)
    ) as run:
        before = run.server.pids
        reactor.call_soon_threadsafe(lambda: time.sleep(1.6 * CALM_HEARTBEAT))
        time.sleep(2 * CALM_HEARTBEAT)
        assert run.server.pids == before
    assert not messages(caplog)


def test_prefork_in_a_loop_of_somebody_else_finds_a_worker_that_hangs() -> None:
    async def main() -> None:
        with Prefork(Server(TCP(port=0), hang_if_asked), 1, heartbeat=HEARTBEAT) as prefork:
            attachment = prefork.attach(asyncio.get_running_loop())
            stopped = stop(prefork)
            while stopped in prefork.pids or not prefork.pids:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.01)
            attachment.detach()

    asyncio.run(main())


def test_prefork_worker_that_leaves_is_not_taken_for_hung(caplog: pytest.LogCaptureFixture) -> None:
    with (
        forked(Prefork(Server(TCP(port=0), hold_on, Threads()), 1, heartbeat=CALM_HEARTBEAT)) as run,
        connect(run.server.server_address) as held,
    ):
        held.sendall(b"1")
        pid = int(held.recv(100).split()[0])
        kill(pid, signal.SIGTERM)
        wait_until(lambda: len(run.server.pids) == 2)
        time.sleep(1.6 * CALM_HEARTBEAT)
        held.sendall(b"2")
        assert held.recv(100).split() == [str(pid).encode(), b"2"]
    assert not messages(caplog)


def hold_on(request: StreamRequest, _client_address: object, _server: object) -> None:
    while data := request.recv(100):
        request.sendall(b"%d %b" % (os.getpid(), data))


def test_prefork_worker_that_hangs_as_the_prefork_stops_is_killed_after_stop_timeout() -> None:
    with forked(Prefork(Server(TCP(port=0), hang_if_asked), 2, heartbeat=PATIENCE, stop_timeout=0.2)) as run:
        stop(run.server)


def test_prefork_request_costs_the_parent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Message] = []
    receive = Channel.receive

    def receive_and_note(channel: Channel) -> list[Message]:
        messages = receive(channel)
        heard.extend(messages)
        return messages

    monkeypatch.setattr(Channel, "receive", receive_and_note)
    with forked(Prefork(Server(TCP(port=0), hang_if_asked), 1, heartbeat=PATIENCE)) as run:
        pid_from(run.server.server_address)
        wait_until(lambda: len(heard) == 2)
        for _ in range(100):
            pid_from(run.server.server_address)
        assert heard == [("begun", None), ("beat", None)]


def test_prefork_program_that_was_stopped_with_its_workers_goes_on_with_them(tmp_path: Path) -> None:
    with program(tmp_path, "-m", "typedserver", "app:beating") as started:
        workers = set(wait_for_workers(started))
        connect(started.address).close()
        started.signal_group(signal.SIGSTOP)
        time.sleep(1.6 * CALM_HEARTBEAT)
        started.signal_group(signal.SIGCONT)
        time.sleep(CALM_HEARTBEAT)
        assert started.workers == workers
        started.process.send_signal(signal.SIGTERM)
        assert started.wait() == 0
        assert "hangs" not in started.stderr()
