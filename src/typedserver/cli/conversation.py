"""A conversation in lines: what is typed goes to the server, what comes is shown. It knows a socket and two streams.

On a terminal, lines are edited and remembered, and what comes is shown above the line that is being typed. From a pipe,
what is read is sent as it is, and the end of the input ends the sending side.

One thread reads and another one writes. The socket does not block, and has a lock, because OpenSSL cannot do both for
one connection at once (openssl-threads(7)).
"""

import codecs
import contextlib
import math
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final, TextIO

from typedserver.security.openssl import ssl
from typedserver.sockets.waiting import wait_until_ready

# Bytes at once, as a Stream reads.
_READ: Final = 256 * 1024

# Lines that are remembered.
_HISTORY: Final = 1000

_PROMPT: Final = "> "

# Back to the first column, and clear the line (ECMA-48, EL).
_CLEAR: Final = "\r\x1b[K"

# Characters that command a terminal, and line breaks besides the newline. A server must not be able to (CWE-150).
_COMMANDS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")

# Seconds of silence after which no more answers are expected, if the sending side cannot be ended: that of datagrams
# never can, and Python's TLS ends both sides at once.
_SILENCE: Final = 1.0

# Seconds between two looks whether it is over.
_LOOK: Final = 0.1


def printable(text: str) -> str:
    r"""Return a text in which what commands a terminal is written out, as \x1b."""
    return _COMMANDS.sub(lambda found: ascii(found[0])[1:-1], text)


class Conversation:
    """One conversation with a server.

    connection: a socket that is connected; the caller closes it. line_end: what is sent behind each line.
    """

    def __init__(self, connection: socket.socket, line_end: bytes) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._line_end = line_end
        self._ends_by_silence = connection.type == socket.SOCK_DGRAM or isinstance(connection, ssl.SSLSocket)
        self._lock = threading.Lock()
        # Set when the server has ended the conversation.
        self._over = threading.Event()
        # When something came last, or was sent last of all; infinite while more may be sent.
        self._quiet_since = math.inf

    def copy(self, source: int, output: TextIO) -> None:
        """Send what can be read, then end that side; write what comes until the server ends.

        source: a descriptor, because a thread that waits for a buffered file would keep the interpreter from its end.
        """

        def send() -> None:
            with contextlib.suppress(OSError):
                while data := os.read(source, _READ):
                    self._send(self._with_line_ends(data))
            self._end_sending()

        # A daemon: the server may end it all while there is nothing to read.
        threading.Thread(target=send, name="sending", daemon=True).start()
        for data in self._heard():
            output.buffer.write(data)
            output.buffer.flush()

    def _with_line_ends(self, data: bytes) -> bytes:
        return data if self._line_end == b"\n" else data.replace(b"\r\n", b"\n").replace(b"\n", self._line_end)

    def talk(self, history: Path | None) -> None:
        """Send each line that is typed, until the input or the server ends; ``history``: where lines are kept."""
        decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode

        def show() -> None:
            for data in self._heard():
                text = printable(decode(data).replace("\r\n", "\n"))
                _show_above(text if text.endswith("\n") else text + "\n")
            if self._quiet_since == math.inf:
                _show_above("(the server has ended it; press Enter)\n")

        # A daemon: Ctrl-C may end it all while the server says nothing.
        receiver = threading.Thread(target=show, name="receiving", daemon=True)
        with _remembered(history):
            receiver.start()
            while not self._over.is_set():
                try:
                    line = input(_PROMPT)
                except EOFError:
                    break
                self._send(line.encode(errors="surrogateescape") + self._line_end)
        self._end_sending()
        receiver.join()

    def _end_sending(self) -> None:
        self._quiet_since = time.monotonic()
        if not self._ends_by_silence:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_WR)

    def _heard(self) -> Iterator[bytes]:
        """Yield what comes, until the server ends, or has been silent for long enough."""
        with contextlib.suppress(OSError):
            while data := self._received():
                if self._quiet_since != math.inf:
                    self._quiet_since = time.monotonic()
                yield data
        self._over.set()

    def _received(self) -> bytes:
        """Wait for something, and return it; nothing at the end."""
        while True:
            readable = True
            try:
                with self._lock:
                    return self._connection.recv(_READ)
            except (BlockingIOError, ssl.SSLWantReadError):
                pass
            except ssl.SSLWantWriteError:
                readable = False
            ready = wait_until_ready(self._connection.fileno(), readable=readable, timeout=_LOOK)
            if not ready and self._ends_by_silence and time.monotonic() - self._quiet_since > _SILENCE:
                return b""

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        while left and not self._over.is_set():
            try:
                with self._lock:
                    left = left[self._connection.send(left) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                wait_until_ready(self._connection.fileno(), readable=False, timeout=_LOOK)
            except ssl.SSLWantReadError:
                wait_until_ready(self._connection.fileno(), readable=True, timeout=_LOOK)
            except OSError:
                # The server has ended it; what it has sent before is still shown.
                return


# The terminal


def _show_above(text: str) -> None:
    """Show a text above the line that is being typed, and that line again."""
    sys.stdout.write(f"{_CLEAR}{text}{_PROMPT}{_typed()}")
    sys.stdout.flush()


def _typed() -> str:
    """Return what stands in the line that is being typed."""
    try:
        import readline  # noqa: PLC0415 - not every Python has it
    except ImportError:
        return ""
    return readline.get_line_buffer()


@contextlib.contextmanager
def _remembered(history: Path | None) -> Generator[None, None, None]:
    """Have lines edited, and remember them in a file, which its owner alone may read: they may hold passwords."""
    try:
        import readline  # noqa: PLC0415 - not every Python has it
    except ImportError:
        yield
        return
    readline.set_history_length(_HISTORY)
    if history is not None:
        with contextlib.suppress(OSError):
            readline.read_history_file(history)
    try:
        yield
    finally:
        if history is not None:
            with contextlib.suppress(OSError):
                history.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(history, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
                readline.write_history_file(history)


def history_file() -> Path:
    """Return where lines are kept (XDG Base Directory, XDG_STATE_HOME)."""
    state = os.environ.get("XDG_STATE_HOME", "")
    # A relative one is ignored, as the specification asks.
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "typedserver" / "history"
