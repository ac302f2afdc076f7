"""The other side of a control socket: questions and answers in lines of JSON. It knows a socket, and no server."""

import json
import socket
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, Self, cast

from typedserver.control.said import News
from typedserver.errors import TypedServerError

# Seconds: a server that is idle answers at once, and one that waits for a worker which hangs within two.
PATIENCE: Final = 10.0

# Bytes: the first answer to a watcher has up to ten thousand connections of each server.
_LONGEST: Final = 64 * 1024 * 1024


class ControlError(TypedServerError):
    """A control socket cannot be spoken to, or refuses what is asked for; the text says why, and what to do."""


class ControlClient:
    """A connection to a control socket.

    Use it by ``with``, or ``close`` it. All methods raise ControlError, and are one thread's.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(PATIENCE)
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise ControlError(f"{path}: {error.strerror or error}: {_remedy(error)}") from error
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it; a second call does nothing."""
        self._lines.close()
        self._socket.close()

    def ask(self, do: str, **more: object) -> Mapping[str, object]:
        """Ask for something, and return the answer (``said.py``); raises ControlError if it is refused."""
        self._send({"do": do, **more})
        answer = self._receive()
        if answer is None:
            raise ControlError(f"{self._path}: the server has ended the connection: does it still run?")
        return answer

    def watch(self) -> Iterator[News]:
        """Yield what the server shows, once a second, until it ends."""
        self._send({"do": "watch"})
        while (news := self._receive()) is not None:
            yield cast("News", news)

    def _send(self, question: dict[str, object]) -> None:
        try:
            self._socket.sendall(json.dumps(question).encode() + b"\n")
        except OSError as error:
            raise ControlError(f"{self._path}: {error.strerror or error}: does the server still run?") from error

    def _receive(self) -> Mapping[str, object] | None:
        try:
            line = self._lines.readline(_LONGEST)
        except TimeoutError:
            raise ControlError(
                f"{self._path}: no answer within {PATIENCE:g} s: does a handler hold up the server's loop (Inline)?"
            ) from None
        except OSError as error:
            raise ControlError(f"{self._path}: {error.strerror or error}") from error
        if not line:
            return None
        answer = _parsed(line)
        if not isinstance(answer, dict):
            raise ControlError(f"{self._path} speaks something else than a control socket does: is the path right?")
        said = cast("dict[str, object]", answer)
        if "error" in said:
            raise ControlError(str(said["error"]))
        return said


def _parsed(line: bytes) -> object:
    try:
        return cast("object", json.loads(line))
    except ValueError:
        return None


def _remedy(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "only the server's user and root may, unless Control(mode=, group=, users=) says otherwise"
    return "does the server run, with --control, and is this its path?"
