"""The protocol by which a service reports its state to its manager (sd_notify(3)), from both ends.

A message is a datagram of lines VARIABLE=VALUE to the Unix socket that NOTIFY_SOCKET names. A service sends them; a
program that starts a service itself, as a hot restart does, receives them. Nothing here knows servers.

A service that says nothing is killed, and clients may hold all descriptors: whoever will have to report keeps the
socket open from the beginning (``KeptOpen``).
"""

import contextlib
import os
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

from typedserver.process.inheritance import close_after_fork

# Bytes of a message that systemd reads (NOTIFY_BUFFER_MAX in its src/core/manager.c, PIPE_BUF).
_LONGEST_MESSAGE: Final = 4096

# Characters of a status, of at most four bytes each, because systemd discards a message that is too long.
_LONGEST_STATUS: Final = 1000

# struct ucred: pid, uid, gid (unix(7)).
_CREDENTIALS: Final = struct.Struct("=iII")


class _Sender:
    """The socket that messages are sent by, while somebody keeps it open; without that, one for each message."""

    __slots__ = ("__weakref__", "_keepers", "_lock", "_socket")

    def __init__(self) -> None:
        # Held to count the keepers; not to send, because a signal handler sends too.
        self._lock = threading.Lock()
        self._keepers = 0
        self._socket: socket.socket | None = None

    def keep(self) -> None:
        with self._lock:
            self._keepers += 1
            if self._socket is None:
                # Without one, each message tries again.
                with contextlib.suppress(OSError):
                    self._socket = _sending_socket()
                    close_after_fork(self)

    def let_go(self) -> None:
        with self._lock:
            self._keepers -= 1
            if not self._keepers:
                self._close()

    def send(self, message: bytes, address: str) -> None:
        sender = self._socket
        if sender is not None:
            # To the address, not by a connection: the manager may have begun anew since.
            sender.sendto(message, address)
            return
        with _sending_socket() as once:
            once.sendto(message, address)

    def leave_in_child(self, _request: object, /) -> None:
        """Close a forked child's copy."""
        self._close()

    def _close(self) -> None:
        kept, self._socket = self._socket, None
        if kept is not None:
            kept.close()


def _sending_socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


_outgoing: Final = _Sender()


class KeptOpen:
    """Keeps the socket open that messages are sent by, if there is a service manager, until it is closed."""

    def __init__(self) -> None:
        self._keeps: bool = _address_of(os.environ.get("NOTIFY_SOCKET", "")) is not None
        if self._keeps:
            _outgoing.keep()

    def close(self) -> None:
        """Keep it no more; a second call does nothing."""
        keeps, self._keeps = self._keeps, False
        if keeps:
            _outgoing.let_go()


def notify(*lines: str) -> bool:
    """Send one message of these lines to the service manager; from any thread or signal handler.

    Returns whether it was delivered. It never blocks and never raises: if there is no manager, if its socket is gone or
    its queue is full, the message is dropped. It needs a descriptor, unless the socket is ``KeptOpen``.
    """
    try:
        address = _address_of(os.environ.get("NOTIFY_SOCKET", ""))
        if address is None:
            return False
        _outgoing.send("\n".join(lines).encode(errors="surrogateescape"), address)
    except (OSError, ValueError, MemoryError):
        # ValueError: NOTIFY_SOCKET has a NUL, which only a broken launcher sets.
        return False
    return True


def _address_of(value: str) -> str | None:
    """Return the address in NOTIFY_SOCKET: a path or an abstract name; None if this system has no such socket."""
    if not hasattr(socket, "AF_UNIX"):
        return None
    if value.startswith("@"):
        return "\0" + value[1:]
    return value if value.startswith("/") else None


def ready() -> bool:
    """Report that the start or a reload is over, and requests are served."""
    return notify("READY=1")


def reloading() -> bool:
    """Report that a reload begins; ``ready`` ends it."""
    # By the time, the manager knows whether a READY=1 answers its own request (Type=notify-reload).
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> bool:
    """Report that the service ends."""
    return notify("STOPPING=1")


def watchdog() -> bool:
    """Report that the service is alive; must be called every ``watchdog_interval`` seconds."""
    return notify("WATCHDOG=1")


def status(text: str) -> bool:
    """Report in one line what the service does, or why it failed."""
    return notify(status_line(text))


def status_line(text: str) -> str:
    """Return the line that ``status`` sends, to send it with others; a text that is too long is cut."""
    # A second line would be another variable.
    return f"STATUS={' '.join(text.split())[:_LONGEST_STATUS]}"


def watchdog_interval() -> float | None:
    """Return the seconds between two calls of ``watchdog``; None if the manager does not wait for them.

    It is half the time after which the manager considers the service hung (sd_watchdog_enabled(3)).
    """
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(microseconds) / 2e6


class Receiver:
    """Receives the messages of one process: the manager's end.

    On Linux it has an abstract name, because the kernel names the sender of a message; on other systems it has a path
    in a private folder. Must be closed, or used by ``with``; one thread at a time.
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
        """The value of NOTIFY_SOCKET for the process that sends."""
        name: str | bytes = self._socket.getsockname()
        return "@" + name[1:].decode() if isinstance(name, bytes) else name

    def fileno(self) -> int:
        """Return the descriptor that is readable if a message waits."""
        return self._socket.fileno()

    def messages(self, pid: int) -> Iterator[dict[str, str]]:
        """Yield the messages that wait, each as variables with their values.

        pid: the sender; messages of other processes are discarded if the kernel names the sender.
        """
        while True:
            try:
                message, ancillary, _, _ = self._socket.recvmsg(
                    _LONGEST_MESSAGE, socket.CMSG_SPACE(_CREDENTIALS.size) if sys.platform == "linux" else 0
                )
            except BlockingIOError:
                return
            if not message:
                # An empty message, or the end after ``refuse_more``.
                return
            if sys.platform != "linux" or _sender(ancillary) == pid:
                lines = message.decode(errors="surrogateescape").split("\n")
                yield {name: value for name, is_given, value in (line.partition("=") for line in lines) if is_given}

    def refuse_more(self) -> None:
        """Take no more messages: sending one fails. Those that were delivered still wait."""
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
