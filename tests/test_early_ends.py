"""Ends that are asked for before, while and just after serving begins: each is kept, and serve_forever returns."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.running import PATIENCE, Run, connect
from typedserver import (
    TCP,
    Asyncio,
    Forks,
    Group,
    Inline,
    LifecycleError,
    Multiplexed,
    Prefork,
    SelectorReactor,
    Server,
    ServerConfig,
    State,
    Stream,
    ThreadPool,
    Threads,
    stream_handler,
)

# The race is won and lost at different places; each try ends a moment later than the one before.
TRIES = 60

# A drain waits this long for a connection that is on its way: not at all here, where none comes.
CONFIG = ServerConfig(quiet=0.0005)


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


def served_by(strategy: Any) -> Server[Any, Any]:
    return Server(TCP(port=0), upper, strategy, config=CONFIG)


MAKERS: dict[str, Callable[[], Any]] = {
    "Inline": lambda: served_by(Inline()),
    "Threads": lambda: served_by(Threads()),
    "ThreadPool": lambda: served_by(ThreadPool()),
    "Forks": lambda: served_by(Forks()),
    "Multiplexed": lambda: served_by(Multiplexed()),
    "Asyncio": lambda: served_by(Asyncio()),
    "Group": lambda: Group([served_by(Threads()), served_by(Multiplexed())]),
}

ENDS: dict[str, Callable[[Any], object]] = {
    "drain": lambda server: server.drain(),
    "request_drain": lambda server: server.request_drain(),
    "shutdown": lambda server: server.shutdown(),
    "request_stop": lambda server: server.request_stop(),
}


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Callable[[], Any]:
    return MAKERS[request.param]


@pytest.fixture(params=ENDS)
def end(request: pytest.FixtureRequest) -> Callable[[Any], object]:
    return ENDS[request.param]


def test_end_at_any_moment_of_the_beginning_is_kept(make: Callable[[], Any], end: Callable[[Any], object]) -> None:
    for number in range(TRIES):
        server = make()
        with server:
            run = Run(server)
            for _ in range(number * 40 % 400):
                pass
            end(server)
        run.join()
        assert run.result is None, (number, run.result)


def test_end_of_a_server_that_nobody_has_opened_is_kept(make: Callable[[], Any], end: Callable[[Any], object]) -> None:
    for number in range(TRIES // 4):
        server = make()
        run = Run(server)
        for _ in range(number * 160 % 400):
            pass
        end(server)
        run.join()
        server.server_close()
        assert run.result is None, (number, run.result)


@pytest.mark.parametrize("end", ["drain", "request_drain"])
def test_drain_of_a_prefork_that_begins_to_serve_is_kept(end: str) -> None:
    for _ in range(5):
        with Prefork(served_by(Threads()), 1) as server:
            run = Run(server)
            ENDS[end](server)
            run.join()
            assert run.result is None


def test_serve_forever_returns_at_once_after_an_end_and_the_close(
    make: Callable[[], Any], end: Callable[[Any], object]
) -> None:
    with make() as server:
        end(server)
    assert server.state is State.CLOSED
    server.serve_forever()


def test_stop_is_kept_for_one_serve_forever_only() -> None:
    with served_by(Threads()) as server:
        server.request_stop()
    server.serve_forever()
    with pytest.raises(LifecycleError, match="was closed"):
        server.serve_forever()


def test_serve_forever_after_a_close_alone_is_refused(make: Callable[[], Any]) -> None:
    with make() as server:
        pass
    with pytest.raises(LifecycleError, match="was closed"):
        server.serve_forever()


def test_handle_request_of_a_drained_server_is_refused() -> None:
    server = served_by(Inline()).open()
    server.drain()
    with pytest.raises(LifecycleError, match="has drained"):
        server.handle_request()


def test_serve_forever_waits_for_the_drain_that_another_thread_serves() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(request: socket.socket, _address: object, _server: object) -> None:
        begun.set()
        go_on.wait(PATIENCE)
        request.sendall(b"late")

    with Server(TCP(port=0), wait, Threads(), config=CONFIG) as server:
        with connect(server.server_address) as client:
            drain = threading.Thread(target=server.drain)
            drain.start()
            assert begun.wait(PATIENCE)
            run = Run(server)
            run.thread.join(0.05)
            assert run.thread.is_alive()
            go_on.set()
            run.join()
            assert run.result is None
            assert client.recv(100) == b"late"
        drain.join(PATIENCE)
    assert server.drain_report is not None
    assert server.drain_report.served == 1


def test_serve_forever_in_the_thread_that_drains_is_refused() -> None:
    refused: list[BaseException] = []

    def again(_request: object, _address: object, server: Any) -> None:
        server.request_drain()
        try:
            server.serve_forever()
        except LifecycleError as error:
            refused.append(error)

    for strategy in (Inline(), Threads()):
        with Server(TCP(port=0), again, strategy, config=CONFIG) as server:
            run = Run(server)
            with connect(server.server_address) as client:
                assert client.recv(100) == b""
            run.join()
            assert run.result is None
    assert len(refused) == 2


def test_attach_after_a_drain_gives_no_place_in_the_loop(make: Callable[[], Any]) -> None:
    ended: list[BaseException | None] = []
    server = make().open()
    server.drain()
    loop = asyncio.new_event_loop()
    try:
        assert not server.attach(loop, ended=ended.append).attached
    finally:
        loop.close()
    assert ended == [None]


def test_attach_does_not_hold_up_the_loop_for_a_drain_elsewhere() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(_request: object, _address: object, _server: object) -> None:
        begun.set()
        go_on.wait(PATIENCE)

    server = Server(TCP(port=0), wait, Threads(), config=CONFIG).open()
    with connect(server.server_address):
        drain = threading.Thread(target=server.drain)
        drain.start()
        assert begun.wait(PATIENCE)
        reactor = SelectorReactor()
        assert not server.attach(reactor).attached
        go_on.set()
        drain.join(PATIENCE)
        reactor.close()


def test_group_serves_without_a_member_that_has_drained() -> None:
    gone, stays = served_by(Threads()), served_by(Threads())
    with Group([gone, stays]) as group:
        gone.drain()
        run = Run(group)
        with connect(stays.server_address) as client:
            client.sendall(b"x\n")
            assert client.recv(100) == b"X\n"
        group.drain()
        run.join()
    assert run.result is None
