"""The protocol by which a service tells its manager how it is (sd_notify(3)), from both ends.

A message is a datagram of lines VARIABLE=VALUE to the Unix socket that NOTIFY_SOCKET names. A service sends them;
whoever starts a service itself, as a hot restart does, receives them. Nothing here knows servers, or what follows.
"""

import os
import shutil
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

# What systemd itself takes of a message (NOTIFY_BUFFER_MAX in its src/core/manager.c, PIPE_BUF).
_LONGEST_MESSAGE: Final = 4096

# In characters, of which one takes four bytes at most: one that is longer than a message would be thrown away with it.
_LONGEST_STATUS: Final = 1000

# struct ucred: pid, uid, gid (unix(7)).
_CREDENTIALS: Final = struct.Struct("=iII")


def notify(*lines: str) -> bool:
    """Send one message of these lines to the service manager; returns whether it was delivered.

    Never blocks and never raises: without a manager, without a socket of it, or while its queue is full, there is
    nobody to be told. Any thread or signal handler.
    """
    address = _address_of(os.environ.get("NOTIFY_SOCKET", ""))
    if address is None:
        return False
    message = "\n".join(lines).encode(errors="surrogateescape")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(message, address)
    except (OSError, ValueError):
        # ValueError: a path with a NUL, which only the environment of a broken launcher has.
        return False
    return True


def _address_of(value: str) -> str | None:
    """Read NOTIFY_SOCKET: a path, or an abstract name; None for what there is no socket for here."""
    if not hasattr(socket, "AF_UNIX"):
        return None
    if value.startswith("@"):
        return "\0" + value[1:]
    return value if value.startswith("/") else None


def ready() -> bool:
    """Tell that the start, or a reload, is over and requests are served."""
    return notify("READY=1")


def reloading() -> bool:
    """Tell that a reload begins; ``ready`` ends it."""
    # The manager tells by the time whether a READY=1 is the answer to its own request (Type=notify-reload).
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> bool:
    """Tell that it ends."""
    return notify("STOPPING=1")


def watchdog() -> bool:
    """Tell that it is alive; to be sent at ``watchdog_interval``."""
    return notify("WATCHDOG=1")


def status(text: str) -> bool:
    """Tell in one line what it is doing, or why it could not."""
    return notify(status_line(text))


def status_line(text: str) -> str:
    """Make the line that ``status`` sends, to be sent with others; what is too long for a message is left out."""
    # A second line would be another variable.
    return f"STATUS={' '.join(text.split())[:_LONGEST_STATUS]}"


def watchdog_interval() -> float | None:
    """Return the seconds between two calls of ``watchdog``; None where nobody waits for them.

    Half of what the manager waits before it takes the service for hung (sd_watchdog_enabled(3)).
    """
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(microseconds) / 2e6


class Receiver:
    """Receives what one process tells: the manager's end.

    It has an abstract name on Linux, where the kernel tells who has sent a message; elsewhere a path in a folder that
    nobody else may enter. To be closed, or used by ``with``; one thread at a time.
    """

    def __init__(self) -> None:
        self._folder: str | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            if sys.platform == "linux":
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                # The kernel chooses a name that is free (autobind, unix(7)).
                self._socket.bind("")
            else:
                self._folder = tempfile.mkdtemp(prefix="notify")
                self._socket.bind(f"{self._folder}/s")
        except BaseException:
            self.close()
            raise

    @property
    def address(self) -> str:
        """What NOTIFY_SOCKET is to be for the process that shall be heard."""
        name: str | bytes = self._socket.getsockname()
        return "@" + name[1:].decode() if isinstance(name, bytes) else name

    def fileno(self) -> int:
        """Return the descriptor that is readable when a message waits."""
        return self._socket.fileno()

    def messages(self, pid: int) -> Iterator[dict[str, str]]:
        """Take the messages that wait, as variables with their values.

        pid: the process that is heard; what any other has sent is thrown away, where the kernel tells who it was.
        """
        while True:
            try:
                message, ancillary, _, _ = self._socket.recvmsg(
                    _LONGEST_MESSAGE, socket.CMSG_SPACE(_CREDENTIALS.size) if sys.platform == "linux" else 0
                )
            except BlockingIOError:
                return
            if not message:
                # Empty, or the end of one that has been shut down.
                return
            if sys.platform != "linux" or _sender(ancillary) == pid:
                lines = message.decode(errors="surrogateescape").split("\n")
                yield {name: value for name, is_given, value in (line.partition("=") for line in lines) if is_given}

    def refuse_more(self) -> None:
        """Take no more messages: whoever sends one is told so. Those that were delivered still wait."""
        self._socket.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """Close the socket, and remove its folder; a second call does nothing."""
        self._socket.close()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _sender(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, getattr(socket, "SCM_CREDENTIALS", 2)):
            pid: int = _CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0]
            return pid
    return None
