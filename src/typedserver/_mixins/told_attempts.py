"""ToldAttempts: failures that are counted in the process that accepts, also if a child of its own has noted them.

It knows addresses, processes and a pair of sockets between them; nothing of what has failed.
"""

import contextlib
import os
import socket
from typing import Final, cast

from typing_extensions import override

from typedserver.access.attempts import Attempts

# Where an IPv6 address has its scope.
_SCOPE_AT: Final = 3

# Bytes: more than the longest host with its scope.
_LONGEST_HOST: Final = 256


class ToldAttempts(Attempts):
    """Counts failures by address; what a child notes is told to the process that has forked it.

    A child that serves one request and ends would take what it has noted with it, so nobody would ever be refused.
    """

    __slots__ = ("_heard", "_pid", "_told")

    def __init__(self, most: int | None, window: float) -> None:
        super().__init__(most, window)
        # Each message is a host, whole or not at all.
        self._told, self._heard = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._told.setblocking(False)
        self._heard.setblocking(False)
        self._pid = os.getpid()

    @property
    def is_in_child(self) -> bool:
        """Whether the calling process was forked by the one that accepts."""
        return os.getpid() != self._pid

    def accepts(self) -> None:
        """Note that the calling process accepts, and hear what its children have noted."""
        self._pid = os.getpid()
        # BlockingIOError if there is nothing more, another OSError once it was closed.
        with contextlib.suppress(OSError):
            while True:
                super().failed((self._heard.recv(_LONGEST_HOST).decode(errors="replace"), 0))

    @override
    def failed(self, client_address: object) -> None:
        """Note a failure, here and in the process that accepts; from any thread."""
        super().failed(client_address)
        if self.is_in_child and isinstance(client_address, tuple):
            host, *more = cast("tuple[object, ...]", client_address)
            scope = more[_SCOPE_AT - 1] if len(more) >= _SCOPE_AT else 0
            # If nobody hears any more, or not in time, nothing is lost but a count.
            with contextlib.suppress(OSError):
                self._told.send((f"{host}%{scope}" if scope else f"{host}").encode())

    def close(self) -> None:
        """Hear nothing more."""
        self._told.close()
        self._heard.close()
