"""Connections of coroutines that are taken from the acceptor at once, and when they are not."""

import socket
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import pytest
from typing_extensions import override

from tests.launched import wait_for
from tests.running import PATIENCE, ask, connect, running
from typedserver import (
    TCP,
    Asyncio,
    Deadlines,
    Limits,
    Multiplexed,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    TaskGroup,
    sleep,
    stream_handler,
)
from typedserver.requests.processor import Processor


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list of the requests that were begun in the general way."""
    requests: list[object] = []
    begin = Processor.begin_request

    def note(self: Processor, request: object, client_address: object, /) -> object:
        requests.append(request)
        return begin(self, request, client_address)

    monkeypatch.setattr(Processor, "begin_request", note)
    return requests


def ignore(_event: ServerEvent) -> None:
    """Take no note of an event."""


class Verifying(Server[Any, Any]):
    @override
    def verify_request(self, request: Any, client_address: Any) -> bool:
        return True


class Finishing(Server[Any, Any]):
    @override
    def finish_request(self, request: Any, client_address: Any) -> object:
        return super().finish_request(request, client_address)


def test_plain_connection_is_taken_at_once(begun: list[object]) -> None:
    with running(Server(TCP(port=0), upper, Multiplexed())) as run:
        assert ask(run.server.server_address, b"hello\n") == b"HELLO\n"
    assert begun == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: Server(TCP(port=0), upper, Multiplexed(), config=ServerConfig(observer=ignore)),
        lambda: Server(TCP(port=0), upper, Multiplexed(), config=ServerConfig(limits=Limits(per_peer=9))),
        lambda: Verifying(TCP(port=0), upper, Multiplexed()),
        lambda: Finishing(TCP(port=0), upper, Multiplexed()),
        lambda: Server(TCP(port=0), upper, Asyncio()),
    ],
    ids=["observer", "limit", "verify_request", "finish_request", "Asyncio"],
)
def test_connection_of_which_more_is_asked_goes_the_general_way(
    make: Callable[[], Server[Any, Any]], begun: list[object]
) -> None:
    with running(make()) as run:
        assert ask(run.server.server_address, b"hello\n") == b"HELLO\n"
    assert len(begun) == 1


def test_handler_that_fails_at_its_call_ends_its_connection_alone(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_request: object, _client_address: object, _server: object) -> Coroutine[Any, Any, None]:
        raise LookupError("no such thing")

    with running(Server[Any, Any](TCP(port=0), fail, Multiplexed())) as run:
        for _ in range(2):
            with connect(run.server.server_address) as client:
                assert client.recv(10) == b""
    assert caplog.text.count("LookupError: no such thing") == 2


def test_handler_that_is_no_coroutine_is_refused_by_name(caplog: pytest.LogCaptureFixture) -> None:
    def give_nothing(_request: object, _client_address: object, _server: object) -> Any:
        """Return no coroutine."""

    server = Server[Any, Any](TCP(port=0), give_nothing, Multiplexed())
    with running(server), connect(server.server_address) as client:
        assert client.recv(10) == b""
    assert "Multiplexed() needs handlers that are coroutines" in caplog.text


class Steps(Coroutine[Any, Any, None]):
    """A coroutine that is none of Python's own."""

    def __init__(self, inner: Coroutine[Any, Any, None]) -> None:
        self.inner = inner

    def send(self, value: Any, /) -> Any:
        return self.inner.send(value)

    def throw(self, *error: Any) -> Any:
        return self.inner.throw(*error)

    @override
    def close(self) -> None:
        self.inner.close()

    def __await__(self) -> Generator[Any, Any, None]:
        return self.inner.__await__()


def test_coroutine_of_any_class_is_run() -> None:
    def handle(request: Any, client_address: Any, server: Any) -> Coroutine[Any, Any, None]:
        async def answer() -> None:
            await upper(request, client_address, server)

        return Steps(answer())

    with running(Server[Any, Any](TCP(port=0), handle, Multiplexed())) as run:
        assert ask(run.server.server_address, b"hello\n") == b"HELLO\n"


def test_silent_client_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    config = ServerConfig(deadlines=Deadlines(read=0.2))
    server = Server(TCP(port=0), upper, Multiplexed(), config=config)
    with running(server), connect(server.server_address) as client:
        assert client.recv(10) == b""
        assert server.drain(PATIENCE).left == 0
    assert caplog.text.count("sent nothing for 0.2 s") == 1


def test_total_deadline_cuts_a_handler_that_waits_for_something_else(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    @stream_handler
    async def rest(stream: Stream) -> None:
        try:
            await sleep(PATIENCE)
        finally:
            ended.append("cut")

    config = ServerConfig(deadlines=Deadlines(total=0.2))
    with running(Server(TCP(port=0), rest, Multiplexed(), config=config)) as run:
        with connect(run.server.server_address) as client:
            assert client.recv(10) == b""
        wait_for(lambda: ended == ["cut"])
    assert caplog.text == ""


def test_close_ends_handlers_where_they_wait_and_their_tasks_with_them() -> None:
    ended: list[str] = []

    async def wait(name: str) -> None:
        try:
            await sleep(PATIENCE)
        finally:
            ended.append(name)

    @stream_handler
    async def handler(stream: Stream) -> None:
        await stream.write(b"begun\n")
        async with TaskGroup() as tasks:
            tasks.create_task(wait("task"))
            await wait("handler")

    with running(Server(TCP(port=0), handler, Multiplexed())) as run, connect(run.server.server_address) as client:
        assert client.recv(10) == b"begun\n"
        run.server.shutdown()
        run.join()
        run.server.server_close()
        assert client.recv(10) == b""
    assert sorted(ended) == ["handler", "task"]


def test_drain_finishes_who_is_in_the_middle_and_counts_who_comes_later() -> None:
    server = Server(TCP(port=0), upper, Multiplexed(), config=ServerConfig(quiet=0.2))
    with running(server), connect(server.server_address) as idle, connect(server.server_address) as busy:
        for client in (idle, busy):
            client.sendall(b"one\n")
            assert client.recv(10) == b"ONE\n"
        busy.sendall(b"the first half")
        server.request_drain(PATIENCE)
        assert idle.recv(10) == b""
        busy.sendall(b" and the second\n")
        busy.shutdown(socket.SHUT_WR)
        assert busy.recv(100) == b"THE FIRST HALF AND THE SECOND\n"
        report = server.drain(PATIENCE)
    assert (report.served, report.left, report.cut) == (2, 0, ())
