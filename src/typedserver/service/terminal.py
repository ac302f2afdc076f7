"""Lines for whoever looks at the program: on a terminal, in a file or a pipe, or nowhere.

It knows streams. Nobody need look: a stream may be missing, closed, full, or of an encoding without the letters of a
name. None of that may end the program, hold it up, or change its exit status.
"""

import contextlib
import io
import os
from typing import Final, TextIO

from typedserver.sockets.waiting import wait_until_ready

# Bytes that a pipe takes at once when it is writable (PIPE_BUF, pipe(7)): a longer line could hold the program up.
_LONGEST_LINE: Final = 4096


def show(line: str, stream: TextIO | None) -> None:
    """Write a line if the stream takes it now; otherwise it is dropped. From any thread or signal handler."""
    if stream is None:
        # The program was started with the stream closed.
        return
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        # ValueError: it was closed. RuntimeError: a signal has interrupted a write to the same buffer.
        if type(stream) is io.TextIOWrapper and (fd := _descriptor_of(stream)) is not None:
            _write(stream, fd, line)
        else:
            print(line, file=stream, flush=True)


def _descriptor_of(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except OSError:
        # io.UnsupportedOperation: it is in memory, as under a test.
        return None


def _write(stream: TextIO, fd: int, line: str) -> None:
    if os.name == "posix" and not wait_until_ready(fd, readable=False, timeout=0):
        return
    # What the program itself has written comes first.
    stream.flush()
    # Not by the stream: what it could not write would stay in its buffer, and the interpreter, which tries again at its
    # end, would make the exit status 120 of that.
    os.write(fd, _encoded(f"{line}{os.linesep}", stream)[-_LONGEST_LINE:])


def _encoded(text: str, stream: TextIO) -> bytes:
    try:
        return text.encode(stream.encoding, stream.errors or "strict")
    except UnicodeEncodeError:
        return text.encode(stream.encoding, "backslashreplace")
