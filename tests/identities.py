"""What tests of authentication share: handlers of every kind, which answer with the principal, and a quick delay."""

import socket
import socketserver
from typing import Any, Final

import pytest

from typedserver import (
    BaseRequestHandler,
    Identified,
    Lines,
    Sessions,
    Stream,
    StreamRequest,
    StreamRequestHandler,
    from_stdlib,
    stream_handler,
)
from typedserver.access import authenticated


@stream_handler
async def coroutine(stream: Stream[Identified[object]]) -> None:
    async for line in stream:
        await stream.write(f"{stream.principal} {line.decode()}".encode())


def function(request: StreamRequest, client_address: Identified[object], _server: object) -> None:
    with request.makefile("rb") as lines:
        for line in lines:
            request.sendall(f"{client_address.principal} {line.decode()}".encode())


class Files(StreamRequestHandler[Any, Any]):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(f"{self.client_address.principal} {line.decode()}".encode())


class Base(BaseRequestHandler[StreamRequest, Any, Any]):
    def handle(self) -> None:
        function(self.request, self.client_address, self.server)


class StdlibFiles(socketserver.StreamRequestHandler):
    client_address: Any

    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(f"{self.client_address.principal} {line.decode()}".encode())


class Session:
    def __init__(self, client_address: Identified[object], _server: object) -> None:
        self._principal = client_address.principal

    def __call__(self, message: bytes) -> bytes:
        return f"{self._principal} {message.decode()}".encode()


BLOCKING: Final[dict[str, Any]] = {
    "function": function,
    "base": Base,
    "files": Files,
    "stdlib": from_stdlib(StdlibFiles),
}
ANYWHERE: Final[dict[str, Any]] = {"coroutine": coroutine, "sessions": Sessions(Lines(), Session)}
"""The kinds of handlers, by their name: each answers a line with the principal and the line."""


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a peer that has failed wait for a moment only."""
    monkeypatch.setattr(authenticated, "_LEAST_DELAY", 0.01)
    monkeypatch.setattr(authenticated, "_MOST_DELAY", 0.02)


def received(client: socket.socket) -> bytes:
    """Return all that a server sends until it ends the connection."""
    data = b""
    while part := client.recv(65536):
        data += part
    return data
