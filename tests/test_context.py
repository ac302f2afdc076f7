"""Handlers of this library in servers of another kind: they have the usual deadlines, and never drain."""

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Generator
from typing import Any

import pytest

from tests import matrix
from tests.contexts import Context
from tests.running import ask, ask_datagram
from typedserver import BaseRequestHandler, ServerContext, Stream, StreamConfig, stream_handler, wait_draining
from typedserver.config import DEFAULT_DEADLINES, DEFAULT_QUIET
from typedserver.coroutines.context import context_of
from typedserver.coroutines.drive import drive, is_coroutine


@contextlib.contextmanager
def serving(made: socketserver.BaseServer) -> Generator[Any, None, None]:
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made.server_address
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


def driven(handler: Any) -> Any:
    """Return a handler for socketserver: a coroutine is run as soon as it is made."""

    def handle(request: Any, client_address: Any, server: Any) -> object:
        answering = handler(request, client_address, server)
        return drive(answering) if is_coroutine(answering) else answering

    return handle


@pytest.mark.parametrize("name", matrix.STREAM_HANDLERS)
def test_stream_handler_serves_in_a_server_of_socketserver(name: str) -> None:
    handler = driven(matrix.STREAM_HANDLERS[name])
    with serving(socketserver.TCPServer(("127.0.0.1", 0), handler)) as address:
        assert ask(address, b"one\ntwo\n") == b"ONE\nTWO\n"


@pytest.mark.parametrize("name", matrix.DATAGRAM_HANDLERS)
def test_datagram_handler_serves_in_a_server_of_socketserver(name: str) -> None:
    handler = driven(matrix.DATAGRAM_HANDLERS[name])
    with serving(socketserver.UDPServer(("127.0.0.1", 0), handler)) as address:
        assert ask_datagram(address, b"one") == b"ONE"


def test_coroutine_finds_that_a_server_of_another_kind_does_not_drain() -> None:
    @stream_handler
    async def look(stream: Stream[Any, Any]) -> None:
        began = time.monotonic()
        drains = await wait_draining(stream.server, 0.02)
        waited = time.monotonic() - began
        await stream.write(f"{drains} {stream.draining} {waited >= 0.02}".encode())

    with serving(socketserver.TCPServer(("127.0.0.1", 0), driven(look))) as address:
        assert ask(address, b"") == b"False False True"


def test_context_of_a_server_of_another_kind_has_the_usual_values(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []
    with socketserver.TCPServer(("127.0.0.1", 0), BaseRequestHandler) as server:  # type: ignore[arg-type]  # not called
        monkeypatch.setattr(server, "shutdown", lambda: stopped.append(True))
        context = context_of(server)
        assert isinstance(context, ServerContext)
        assert context.server_address == server.server_address
        context.request_stop()
    assert (context.deadlines, context.quiet, context.draining) == (DEFAULT_DEADLINES, DEFAULT_QUIET, False)
    context.call_when_draining("request", lambda: stopped.append(False))
    context.forget_when_draining("request")
    assert stopped == [True]


def test_server_with_the_whole_contract_is_its_own_context() -> None:
    context = Context()
    assert context_of(context) is context
    config = StreamConfig(timeout=20)
    left, right = socket.socketpair()
    with left, right:
        stream = Stream(left, "client", context, config)
        assert stream.server is context
        assert len(context.callbacks) == 1, "it is called when the server drains"
        right.send(b"line\n")
        assert drive(stream.readline()) == b"line\n"
