"""Sockets of our own classes on their way to another process: multiprocessing knows plain ones by their exact class.

It knows one socket; the other process gets a plain one.
"""

import socket
from collections.abc import Callable
from typing import Protocol


class _Copy(Protocol):
    """A descriptor on its way to another process."""

    def detach(self) -> int:
        """Return its number in this process."""
        ...


def reduced(connection: socket.socket) -> tuple[Callable[..., socket.socket], tuple[object, ...]]:
    """Return what ``__reduce__`` of a socket returns, so that multiprocessing sends it as it sends a plain one."""
    from multiprocessing.reduction import DupFd  # noqa: PLC0415 - most servers have no use for it

    return _rebuild, (DupFd(connection.fileno()), int(connection.family), int(connection.type), connection.proto)


def _rebuild(copy: _Copy, family: int, kind: int, proto: int) -> socket.socket:
    return socket.socket(family, kind, proto, fileno=copy.detach())
