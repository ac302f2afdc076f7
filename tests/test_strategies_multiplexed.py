"""Multiplexed: thousands of coroutines in the loop's one thread, each fair to the others."""

import asyncio
import contextlib
import errno
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.running import PATIENCE, Run, ask, connect, running
from tests.test_strategies_threads import Recorder
from typedserver import (
    TCP,
    Bounded,
    CompositionError,
    LifecycleError,
    Multiplexed,
    SelectorReactor,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    inet_address,
    run_blocking,
    sleep,
    stream_handler,
)
from typedserver.coroutines.waits import Parked, Readable, wait_for
from typedserver.reactor.selector_reactor import Timer


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@stream_handler
async def echo(stream: Stream) -> None:
    while data := await stream.read(65536):
        await stream.write(data)


def multiplexed(handler: Any, config: ServerConfig, **kwargs: Any) -> Server[Any, Any]:
    return Server(TCP(port=0, **kwargs), handler, Multiplexed(), config=config)


def test_multiplexed_serves_many_at_once_in_one_thread(config: ServerConfig) -> None:
    with running(multiplexed(upper, config)) as run:
        clients = [connect(run.server.server_address) for _ in range(100)]
        for number in range(3):
            for client in clients:
                client.sendall(b"line %d\n" % number)
            assert all(client.recv(100) == b"LINE %d\n" % number for client in clients)
        assert threading.active_count() == 2, "the test's own and the loop's"
        for client in clients:
            client.close()


def test_multiplexed_writes_to_a_slow_reader_while_others_are_served(config: ServerConfig) -> None:
    size = 20_000_000

    @stream_handler
    async def send_much(stream: Stream) -> None:
        if await stream.readline() == b"much\n":
            await stream.write(bytes(size))
        else:
            await stream.write(b"little")

    with running(multiplexed(send_much, config)) as run, connect(run.server.server_address) as slow:
        slow.sendall(b"much\n")
        assert slow.recv(1)
        assert ask(run.server.server_address, b"x\n") == b"little"
        received = 1
        while received < size:
            received += len(slow.recv(1_000_000))
        assert received == size


def test_multiplexed_client_that_sends_without_pause_starves_nobody(config: ServerConfig) -> None:
    with running(multiplexed(upper, config)) as run:
        address = run.server.server_address

        def chatter(client: socket.socket) -> None:
            # Until the test hangs up; the kernel holds more lines than the server can answer in that time.
            with contextlib.suppress(OSError):
                while True:
                    client.sendall(b"x\n" * 50_000)

        def swallow(client: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while client.recv(1_000_000):
                    pass

        with connect(address) as chatty:
            threads = [threading.Thread(target=work, args=(chatty,)) for work in (chatter, swallow)]
            for thread in threads:
                thread.start()
            waits: list[float] = []
            for _ in range(5):
                begun = time.monotonic()
                assert ask(address, b"y\n") == b"Y\n"
                waits.append(time.monotonic() - begun)
            chatty.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
        # A chunk of 256 KiB of two-byte lines is half a second's work if no other client has a turn in it.
        assert sorted(waits)[2] < 0.2, waits


@pytest.mark.parametrize("size", [1, 4096, 100_000])
def test_multiplexed_client_that_fills_every_read_starves_nobody(size: int, config: ServerConfig) -> None:
    @stream_handler
    async def devour(stream: Stream) -> None:
        while data := await stream.read(size):
            if data == b"?":
                await stream.write(b"!")

    with running(multiplexed(devour, config)) as run, connect(run.server.server_address) as greedy:
        ended = threading.Event()

        def pour() -> None:
            with contextlib.suppress(OSError):
                while not ended.is_set():
                    greedy.sendall(b"x" * 1_000_000)

        thread = threading.Thread(target=pour)
        thread.start()
        waits: list[float] = []
        for _ in range(5):
            begun = time.monotonic()
            assert ask(run.server.server_address, b"?") == b"!"
            waits.append(time.monotonic() - begun)
        ended.set()
        greedy.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert sorted(waits)[2] < 0.2, waits


def test_multiplexed_gives_up_a_silent_client_and_one_that_never_reads(
    config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    impatient = stream_handler(config=StreamConfig(timeout=0.2))

    @impatient
    async def serve(stream: Stream) -> None:
        async for line in stream:
            await stream.write(line * 1_000_000)

    with running(multiplexed(serve, config)) as run:
        begun = time.monotonic()
        with connect(run.server.server_address) as silent:
            assert silent.recv(1) == b""
        assert 0.19 < time.monotonic() - begun < 2.0
        with connect(run.server.server_address) as never_reads:
            never_reads.sendall(b"0123456789012345678\n")
            deadline = time.monotonic() + PATIENCE
            while len(caplog.records) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


def test_multiplexed_sleep_and_run_blocking_hold_up_nobody(config: ServerConfig) -> None:
    entered, may_end = threading.Event(), threading.Event()

    def block() -> int:
        entered.set()
        assert may_end.wait(PATIENCE)
        return threading.get_ident()

    @stream_handler
    async def serve(stream: Stream) -> None:
        match await stream.readline():
            case b"sleep\n":
                await sleep(0.3)
                await stream.write(b"slept")
            case b"block\n":
                await stream.write(b"%d" % (await run_blocking(block) != threading.get_ident()))
            case b"fail\n":
                try:
                    await run_blocking(lambda: 1 // 0)
                except ZeroDivisionError:
                    await stream.write(b"failed")
            case _:
                await stream.write(b"at once")

    with running(multiplexed(serve, config)) as run:
        address = run.server.server_address
        with connect(address) as sleeper, connect(address) as blocker:
            sleeper.sendall(b"sleep\n")
            blocker.sendall(b"block\n")
            assert entered.wait(PATIENCE)
            begun = time.monotonic()
            assert ask(address, b"now\n") == b"at once"
            assert time.monotonic() - begun < 0.3
            may_end.set()
            assert blocker.recv(10) == b"1"
            assert sleeper.recv(10) == b"slept"
        assert ask(address, b"fail\n") == b"failed"


def test_multiplexed_parked_coroutine_is_woken_from_another_thread(config: ServerConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await wait_for(Parked(lambda wake: threading.Timer(0.01, wake).start()))
        await stream.write(b"woken")

    with running(multiplexed(serve, config)) as run:
        assert ask(run.server.server_address, b"") == b"woken"


@pytest.mark.parametrize("strategy", [Multiplexed(), Bounded(Multiplexed(), 1)], ids=repr)
def test_multiplexed_without_a_thread_for_run_blocking_costs_its_client_alone(
    strategy: Any, monkeypatch: pytest.MonkeyPatch, config: ServerConfig
) -> None:
    start = threading.Thread.start
    called: list[bytes] = []

    def fail_once(_thread: threading.Thread) -> None:
        monkeypatch.setattr(threading.Thread, "start", start)
        raise RuntimeError("can't start new thread")

    @stream_handler
    async def answer_from_a_thread(stream: Stream) -> None:
        line = await stream.readline()
        await run_blocking(called.append, line)
        await stream.write(line)

    with running(Server(TCP(port=0), answer_from_a_thread, strategy, config=config)) as run:
        with connect(run.server.server_address) as client:
            monkeypatch.setattr(threading.Thread, "start", fail_once)
            client.sendall(b"refused\n")
            assert client.recv(100) == b""
        assert ask(run.server.server_address, b"served\n") == b"served\n"
    assert called == [b"served\n"], "what was refused is not done later"


def test_multiplexed_descriptor_that_the_loop_cannot_watch_is_its_handlers_error_alone() -> None:
    refused: list[str] = []

    class Full(SelectorReactor):
        """Has no room for the first connection that has slept (epoll_ctl(2), ENOSPC)."""

        room = False

        def add_reader(self, fd: int, callback: Callable[[], object], /) -> None:
            if slept.is_set() and not self.room:
                self.room = True
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            super().add_reader(fd, callback)

    slept = threading.Event()

    @stream_handler
    async def hesitate(stream: Stream) -> None:
        # In a callback of the loop, after the dispatch of the request has returned.
        await sleep(0.001)
        slept.set()
        try:
            line = await stream.readline()
        except OSError as error:
            refused.append(errno.errorcode[error.errno or 0])
            line = b"no room\n"
        await stream.write(line)

    config = ServerConfig(reactor_factory=Full)
    with running(Server(TCP(port=0), hesitate, Multiplexed(), config=config)) as run:
        with connect(run.server.server_address) as client:
            assert client.recv(100) == b"no room\n"
        assert ask(run.server.server_address, b"served\n") == b"served\n"
    assert refused == ["ENOSPC"]


def test_multiplexed_refuses_what_is_another_loops(config: ServerConfig, caplog: pytest.LogCaptureFixture) -> None:
    class Foreign:
        def __await__(self) -> Any:
            yield "something of another loop's"

    @stream_handler
    async def serve(stream: Stream) -> None:
        await Foreign()

    with running(multiplexed(serve, config)) as run:
        assert ask(run.server.server_address, b"") == b""
    assert "belongs to another event loop" in str(caplog.records[0].exc_info)


def test_multiplexed_blocking_handler_without_types_gets_a_clear_error(caplog: pytest.LogCaptureFixture) -> None:
    def blocking(_request: object, _client_address: object, _server: object) -> None:
        """Return at once, unlike a coroutine."""

    with running(Server(TCP(port=0), blocking, Multiplexed())) as run:  # type: ignore[arg-type]  # what is tested
        assert ask(run.server.server_address, b"") == b""
    assert "make it an `async def` by stream_handler" in str(caplog.records[0].exc_info)


def test_multiplexed_needs_a_loop() -> None:
    with pytest.raises(CompositionError, match="needs a loop"):
        Multiplexed().start(Recorder(), None)  # type: ignore[arg-type]  # the double serves anything


def test_multiplexed_handlers_exception_costs_its_client_alone(
    config: ServerConfig, caplog: pytest.LogCaptureFixture
) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        if await stream.readline() == b"bad\n":
            raise ValueError("a handler's fault")
        await stream.write(b"good")

    with running(multiplexed(serve, config)) as run:
        assert ask(run.server.server_address, b"bad\n") == b""
        assert ask(run.server.server_address, b"fine\n") == b"good"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


class Stopping(BaseException):
    """A BaseException that is no Exception, like SystemExit and KeyboardInterrupt."""


@pytest.mark.parametrize("wait_first", [False, True])
def test_multiplexed_raises_a_base_exception_from_serving(wait_first: bool, config: ServerConfig) -> None:
    @stream_handler
    async def serve(_stream: Stream) -> None:
        if wait_first:
            await sleep(0.01)
        raise Stopping

    with multiplexed(serve, config) as server, connect(server.server_address) as client:
        with pytest.raises(Stopping):
            server.serve_forever()
        assert client.recv(1) == b"", "the request was closed all the same"


def test_multiplexed_close_ends_waiting_coroutines_with_their_finally_clauses(config: ServerConfig) -> None:
    ended: list[str] = []
    waiting = threading.Barrier(4, timeout=PATIENCE)

    @stream_handler
    async def serve(stream: Stream) -> None:
        kind = await stream.readline()
        try:
            await run_blocking(waiting.wait)
            await (sleep(60) if kind == b"sleep\n" else stream.readline())
        finally:
            ended.append(kind.decode().strip())

    server = multiplexed(serve, config).open()
    run = Run(server)
    clients = [connect(server.server_address) for _ in range(3)]
    for client, kind in zip(clients, (b"sleep\n", b"read\n", b"read\n"), strict=True):
        client.sendall(kind)
    waiting.wait()
    server.shutdown()
    run.join()
    server.server_close()
    assert sorted(ended) == ["read", "read", "sleep"]
    for client in clients:
        assert client.recv(1) == b""
        client.close()


class Timing(SelectorReactor):
    """Records the timers that are set for about a thousand seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.long: list[Timer] = []

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        timer = super().call_later(delay, callback)
        if 900 < delay <= 1000:
            self.long.append(timer)
        return timer


@pytest.mark.parametrize("kind", [b"sleeping", b"parked", b"woken"])
def test_multiplexed_coroutine_that_is_cut_or_woken_leaves_no_timer(kind: bytes) -> None:
    @stream_handler
    async def wait(stream: Stream) -> None:
        await stream.write(b"waiting")
        until = time.monotonic() + 1000
        if kind == b"sleeping":
            await sleep(1000)
        else:
            await wait_for(Parked(lambda wake: wake() if kind == b"woken" else None, until))

    reactor = Timing()
    server = multiplexed(wait, ServerConfig(reactor_factory=lambda: reactor)).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert client.recv(10) == b"waiting"
        server.request_drain(0)
        run.join()
    server.server_close()
    assert [timer.callback for timer in reactor.long] == [None]


def test_multiplexed_coroutine_that_will_not_end_is_reported_at_close() -> None:
    @stream_handler
    async def stubborn(stream: Stream) -> None:
        try:
            await stream.write(b"waiting")
            await stream.readline()
        finally:
            await sleep(1)

    server = Server(TCP(port=0), stubborn, Multiplexed()).open()
    run = Run(server)
    with connect(server.server_address) as client:
        assert client.recv(10) == b"waiting"
        server.shutdown()
        run.join()
        server.server_close()


def test_multiplexed_connections_outlive_a_stop_and_go_on_with_the_next_serving(config: ServerConfig) -> None:
    with multiplexed(upper, config) as server:
        run = Run(server)
        with connect(server.server_address) as client:
            client.sendall(b"one\n")
            assert client.recv(10) == b"ONE\n"
            server.shutdown()
            run.join()
            client.sendall(b"two\n")
            again = Run(server)
            assert client.recv(10) == b"TWO\n"
            server.shutdown()
            again.join()


def test_multiplexed_handle_request_returns_when_the_request_is_over(config: ServerConfig) -> None:
    with multiplexed(upper, config) as server, connect(server.server_address) as client:
        client.sendall(b"one\n")
        client.shutdown(socket.SHUT_WR)
        server.handle_request()
        assert client.recv(10) == b"ONE\n"
        assert client.recv(10) == b""


def test_multiplexed_handler_cannot_close_or_wait_for_its_server(config: ServerConfig) -> None:
    refused: list[str] = []

    @stream_handler
    async def serve(stream: Stream[Any, Server[Any, Any]]) -> None:
        for call in (stream.server.shutdown, stream.server.server_close):
            try:
                call()
            except LifecycleError as error:
                refused.append(str(error))
        stream.server.request_stop()

    with multiplexed(serve, config) as server:
        run = Run(server)
        connect(server.server_address).close()
        run.join()
    assert len(refused) == 2


def test_multiplexed_data_that_nobody_awaits_does_not_make_the_loop_spin(config: ServerConfig) -> None:
    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.readline()
        await sleep(0.3)
        await stream.write(await stream.readline())

    with running(multiplexed(serve, config)) as run, connect(run.server.server_address) as client:
        client.sendall(b"one\n")
        time.sleep(0.02)
        used = time.process_time()
        client.sendall(b"two\n")
        assert client.recv(10) == b"two\n"
        assert time.process_time() - used < 0.15


def test_multiplexed_connections_closed_beside_a_forked_copy_do_not_make_the_loop_spin() -> None:
    with running(Server(TCP(port=0), upper, Multiplexed())) as run:
        clients = [connect(run.server.server_address) for _ in range(5)]
        for client in clients:
            client.sendall(b"x\n")
            assert client.recv(10) == b"X\n"
        go_on, wait = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(wait)
            os.read(go_on, 1)
            os._exit(0)
        try:
            for client in clients:
                client.close()
            time.sleep(0.05)
            used = time.process_time()
            time.sleep(0.2)
            assert time.process_time() - used < 0.1
            assert ask(run.server.server_address, b"y\n") == b"Y\n"
        finally:
            os.close(wait)
            os.close(go_on)
            os.waitpid(pid, 0)


def test_multiplexed_serves_beside_coroutines_of_asyncio() -> None:
    async def main() -> bytes:
        with Server(TCP(port=0), upper, Multiplexed()) as server:
            server.attach(asyncio.get_running_loop())
            reader, writer = await asyncio.open_connection(*inet_address(server))
            writer.write(b"both\n")
            answer = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return answer

    assert asyncio.run(main()) == b"BOTH\n"


def test_multiplexed_resets_leave_nothing_behind(config: ServerConfig) -> None:
    with running(multiplexed(echo, config)) as run:
        for _ in range(20):
            with connect(run.server.server_address) as client:
                client.sendall(b"x" * 1000)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                socket.socket.close(client)
        assert ask(run.server.server_address, b"x") == b"x"


def test_multiplexed_waits_may_be_for_other_descriptors_than_the_requests() -> None:
    reader, writer = socket.socketpair()
    reader.setblocking(False)

    @stream_handler
    async def serve(stream: Stream) -> None:
        await stream.readline()
        await wait_for(Readable(reader.fileno(), None))
        await stream.write(reader.recv(10))

    with running(Server(TCP(port=0), serve, Multiplexed())) as run, connect(run.server.server_address) as client:
        client.sendall(b"\n")
        writer.sendall(b"from there")
        assert client.recv(10) == b"from there"
    reader.close()
    writer.close()


def test_multiplexed_write_to_another_connection_ends_with_that() -> None:
    others: list[Stream] = []
    outcomes: list[BaseException | None] = []
    may_end = threading.Event()

    @stream_handler
    async def pushed(stream: Stream) -> None:
        if await stream.readline() == b"receive\n":
            others.append(stream)
            await stream.write(b"ready\n")
            await run_blocking(may_end.wait)
            return
        try:
            await others[0].write(bytes(50_000_000))
        except ConnectionError as error:
            outcomes.append(error)
        await stream.write(b"over\n")

    with running(Server(TCP(port=0), pushed, Multiplexed())) as run:
        receiver, sender = connect(run.server.server_address), connect(run.server.server_address)
        with receiver, sender:
            receiver.sendall(b"receive\n")
            assert receiver.recv(100) == b"ready\n"
            sender.sendall(b"push\n")
            # It has filled the kernel's buffers, and waits.
            assert receiver.recv(1)
            time.sleep(0.2)
            may_end.set()
            assert sender.recv(100) == b"over\n"
    assert len(outcomes) == 1
