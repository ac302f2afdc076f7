"""The exceptions of this library: one root, one class for each thing that a caller can do something about.

A message says what was wrong, with which value, and the remedy. Nothing here knows the code that raises it.
"""

import errno
import functools
import signal
import threading
import types
from typing import Final, cast


class TypedServerError(Exception):
    """The root of all exceptions raised by this library."""


class RecipeError(TypedServerError, ValueError):
    """A recipe, or a call, was given a value that cannot work; raised where the value is given."""


class CompositionError(TypedServerError, TypeError):
    """Pieces were put together that do not fit; a type checker reports this before the program runs."""


class LifecycleError(TypedServerError, RuntimeError):
    """A server was asked for something that its state does not allow."""


class ListenError(TypedServerError, OSError):
    """An endpoint could not be opened. ``errno`` is the kernel's reason; None if the kernel did not refuse."""

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(errno, message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> "tuple[type[ListenError], tuple[str, int | None]]":
        return type(self), (self.message, self.errno)


class ConnectError(TypedServerError, OSError):
    """A connection to another server could not be made.

    ``errno`` is the kernel's reason, of the first address if several were tried; None if the kernel was not asked. It
    is no ConnectionError, because those are the end of the connection that a handler serves.
    """

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(errno, message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> "tuple[type[ConnectError], tuple[str, int | None]]":
        return type(self), (self.message, self.errno)


class ConnectTimedOut(ConnectError, TimeoutError):  # noqa: N818 - as PeerTimedOut
    """No address of another server answered in time."""


class DatagramTooLong(TypedServerError, ValueError):  # noqa: N818 - it names the datagram, as IncompleteRead the read
    """A datagram was longer than the endpoint takes; all of it was discarded."""


class LineTooLong(TypedServerError, ValueError):  # noqa: N818 - see DatagramTooLong
    """A peer sent more than the limit without the separator that the handler waits for."""


class ReadLimitExceeded(TypedServerError, ValueError):  # noqa: N818 - see DatagramTooLong
    """A peer sent more before its end of file than one read may gather."""


class PeerTimedOut(TypedServerError, TimeoutError):  # noqa: N818 - see DatagramTooLong
    """A peer sent nothing, or took nothing, for longer than the handler's config allows."""


class CannotMeet(TypedServerError, TimeoutError):  # noqa: N818 - see DatagramTooLong
    """A handler waited for another handler where none can run beside it, and nothing else came for too long."""


class SlowPeer(PeerTimedOut):
    """A peer took nothing for longer than a write may wait, and its connection was ended for that.

    ``client_address`` is that peer, whose handler ends as given up. A handler that has written to another one's
    connection may catch this and go on: its own connection is untouched.
    """

    def __init__(self, message: str, client_address: object) -> None:
        super().__init__(message)
        self.client_address = client_address

    def __reduce__(self) -> "tuple[type[SlowPeer], tuple[str, object]]":
        return type(self), (str(self), self.client_address)


class FramingError(TypedServerError, ValueError):
    """A peer sent what is no message, or one beyond the framing's limit."""


class IncompleteMessage(FramingError):  # noqa: N818 - as IncompleteRead
    """A peer ended the stream in the middle of a message."""


class IncompleteRead(TypedServerError, EOFError):  # noqa: N818 - see DatagramTooLong
    """The peer ended its stream before all that a handler reads had come.

    ``partial`` is what had come, ``expected`` how many bytes were wanted (None if a separator was). If nothing had come
    and the handler lets it go, the peer counts as one that has left, else as one that broke off in the middle.
    """

    def __init__(self, partial: bytes, expected: int | None) -> None:
        wanted = "a separator" if expected is None else f"{expected} bytes"
        super().__init__(f"the stream ended after {len(partial)} bytes, while {wanted} were awaited")
        self.partial = partial
        self.expected = expected

    def __reduce__(self) -> "tuple[type[IncompleteRead], tuple[bytes, int | None]]":
        return type(self), (self.partial, self.expected)


class FileTruncated(TypedServerError, EOFError):  # noqa: N818 - see DatagramTooLong
    """A file became shorter while it was sent: what was promised of it cannot be sent any more."""


class QueueClosed(TypedServerError):  # noqa: N818 - see DatagramTooLong
    """A queue was closed: nothing more is put into it, and all that was in it is gone."""


class LeaseLost(TypedServerError, RuntimeError):  # noqa: N818 - see DatagramTooLong
    """A row of a table is no longer its handler's: the lease has expired and another has taken it, or the row is over.

    The handler's transaction must be rolled back.
    """


class RolledBack(TypedServerError):  # noqa: N818 - see DatagramTooLong
    """A handler returned, but the transaction in which it had acknowledged its row was rolled back."""


class TriedTooOften(TypedServerError):  # noqa: N818 - see DatagramTooLong
    """A row was lent as often as it may be, and nobody has said what became of it: perhaps its processes died of it."""


class Rejected(TypedServerError, OSError):  # noqa: N818 - see DatagramTooLong
    """A peer was turned away before its handler was called; its message says why.

    It is the peer's fault: the log has a line of it, and its request's outcome is REJECTED. It is an OSError, because a
    connection could not be made, and has no ``errno``.
    """


class PacketRefused(Rejected):
    """A sealed datagram was turned away: it is not authentic, too old, or came before.

    ``client_address`` is where it came from, if a server has received it: whoever has sent it may say anything there.
    """

    client_address: object = None


class HandshakeFailed(Rejected):
    """The TLS handshake with a peer failed, or it speaks no TLS at all."""


class ProxyHeaderRefused(Rejected):
    """A peer sent no PROXY header, or a wrong one, or it is none of the proxies that are trusted."""


class AddressDenied(Rejected):
    """A peer's address is one of those that are denied."""


class AuthenticationFailed(Rejected, PermissionError):  # noqa: N818 - see DatagramTooLong
    """A peer could not prove who it is.

    The message is the reason, for the server's operator: the peer must not learn it. What the peer gets before its
    connection ends is ``answer``, which an authenticator gives alike for every failure.
    """

    def __init__(self, reason: str, answer: bytes = b"") -> None:
        super().__init__(reason)
        self.answer = answer

    def __reduce__(self) -> "tuple[type[AuthenticationFailed], tuple[str, bytes]]":
        return type(self), (str(self), self.answer)


class ForeignAwaitable(TypedServerError, RuntimeError):  # noqa: N818 - see DatagramTooLong
    """A handler awaited something that belongs to another event loop than the one that drives it."""


def how_it_ended(status: int | None) -> str:
    """Describe the end of a process by its exit status: negative for a signal, None if it is unknown."""
    if status is None:
        return "ended, and was reaped by other code"
    return f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"


class ChildFailed(TypedServerError):  # noqa: N818 - see DatagramTooLong
    """A child that served a request ended by a signal, or with a status other than 0.

    ``pid`` is the child's, ``status`` its exit status, negative for a signal (as in subprocess).
    """

    def __init__(self, pid: int, status: int) -> None:
        super().__init__(f"child {pid} {how_it_ended(status)} before its request was over")
        self.pid = pid
        self.status = status

    def __reduce__(self) -> "tuple[type[ChildFailed], tuple[int, int]]":
        return type(self), (self.pid, self.status)


class RequestRefused(TypedServerError):  # noqa: N818 - see DatagramTooLong
    """A message was refused by the server's ``verify_request``, so that its handler was not called."""


class RequestOverdue(TypedServerError, TimeoutError):  # noqa: N818 - see DatagramTooLong
    """The handler of a message took longer than ``Deadlines(total=)`` allows, and was cut."""


class ProcessDied(TypedServerError):  # noqa: N818 - see DatagramTooLong
    """The process that worked on a message has ended before it was done, and another one has found the message."""


class SourceFailed(TypedServerError, OSError):  # noqa: N818 - see DatagramTooLong
    """A source could give no messages: ``__cause__`` is what it has raised. Its listener tries again by itself."""


class CrashLoop(TypedServerError, RuntimeError):  # noqa: N818 - see DatagramTooLong
    """The workers of a Prefork end as soon as they are started, again and again.

    ``pid`` is the last one's, ``status`` its exit status: negative for a signal, None if other code has reaped it.
    """

    def __init__(self, pid: int, status: int | None, failures: int, start_seconds: float) -> None:
        super().__init__(
            f"{failures} workers in a row ended within {start_seconds:g} s of their start, or could not begin; "
            f"the last of them, {pid}, {how_it_ended(status)}: what it wrote to stderr says why; mend that and start "
            "again, or raise start_retries"
        )
        self.pid = pid
        self.status = status
        self.failures = failures
        self.start_seconds = start_seconds

    def __reduce__(self) -> "tuple[type[CrashLoop], tuple[int, int | None, int, float]]":
        return type(self), (self.pid, self.status, self.failures, self.start_seconds)


# The errors of a system call after the peer or the path has gone, except those that are a ConnectionError.
_GONE: Final = frozenset(
    getattr(errno, name)
    for name in (
        "ENOTCONN",  # send(2), recv(2), shutdown(2): reset
        "ETIMEDOUT",  # tcp(7): the peer did not acknowledge in time
        # tcp(7): "or the last received error on this connection is reported", which the kernel makes of ICMP messages
        # (accept(2)). ENOPROTOOPT and EOPNOTSUPP are left out: they are as often the handler's mistake.
        "EHOSTUNREACH",
        "ENETUNREACH",
        "ENETDOWN",
        "EHOSTDOWN",
        "ENONET",
        "EPROTO",
        "ENETRESET",  # POSIX: keepalive has found that the peer has gone
    )
    if hasattr(errno, name)
)

# ssl's exceptions for a peer that has ended its session or its connection. They are known by name, because the module
# ``ssl`` and its library are loaded only if a program uses TLS.
_ENDS_OF_TLS: Final = frozenset(("SSLEOFError", "SSLZeroReturnError"))


# A task that was cancelled because another one failed is no fault of its own. It is known by name, because asyncio is
# loaded only if a program uses it.
_CANCELLED: Final = "CancelledError"

# How many different causes of a group a log's line tells; a handler may write to thousands in one group.
_TOLD: Final = 3


def is_disconnect(error: BaseException) -> bool:
    """Return whether an exception is the ordinary end of a connection by its peer or its path.

    A group, such as an ``asyncio.TaskGroup`` raises, is one if all that it holds are, in whatever depth.
    """
    return all(map(_is_disconnect, _causes(error)))


def is_peers_fault(error: BaseException) -> bool:
    """Return whether an exception means that a peer broke a limit, or was turned away: a line in a log, no traceback.

    A group counts as the worst of what it holds: it is one if it holds one, and nothing worse.
    """
    causes = _causes(error)
    return any(map(_is_peers_fault, causes)) and all(_is_peers_fault(each) or _is_disconnect(each) for each in causes)


def is_rejection(error: BaseException) -> bool:
    """Return whether an exception means that a peer was turned away before its handler, and nothing worse.

    A group is one if it holds one, and besides only the ordinary ends of connections.
    """
    causes = _causes(error)
    return any(isinstance(each, Rejected) for each in causes) and all(
        isinstance(each, Rejected) or _is_disconnect(each) for each in causes
    )


def in_a_line(error: BaseException) -> str:
    """Return what a log says of a peer that has gone or broke a limit: of a group, what it holds.

    Broken limits come first, because they are why it is logged at all.
    """
    causes = sorted(_causes(error), key=_is_peers_fault, reverse=True)
    if causes[0] is error:
        return str(error)
    # A name, because CancelledError for example has no text; once each, because the tasks of a group often fail alike.
    texts = list(dict.fromkeys(str(each) or type(each).__name__ for each in causes))
    told, more = texts[:_TOLD], len(texts) - _TOLD
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _causes(error: BaseException) -> list[BaseException]:
    """Return what an exception consists of: of a group what it holds, of all others the exception itself.

    Cancelled tasks are left out if a group holds anything else, because that is why they were cancelled.
    """
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    # Not by ``split``, which recurses: a group may be nested more deeply than the stack reaches.
    groups: list[BaseExceptionGroup[BaseException]] = [error]
    found: list[BaseException] = []
    while groups:
        for each in groups.pop().exceptions:
            if isinstance(each, BaseExceptionGroup):
                groups.append(cast("BaseExceptionGroup[BaseException]", each))
            else:
                found.append(each)
    return [each for each in found if not is_cancellation(each)] or found


def is_cancellation(error: BaseException) -> bool:
    """Return whether an exception says that a task of asyncio was cancelled."""
    return type(error).__name__ == _CANCELLED


def _is_disconnect(error: BaseException) -> bool:
    if isinstance(error, ConnectionError) or type(error).__name__ in _ENDS_OF_TLS:
        return True
    if isinstance(error, IncompleteRead):
        # An end between two messages is how a peer takes its leave; one in the middle of something is its fault.
        return not error.partial
    # Python makes a TimeoutError of ETIMEDOUT; the one of a wait that we have ended has no errno.
    return isinstance(error, OSError) and type(error) in (OSError, TimeoutError) and error.errno in _GONE


def _is_peers_fault(error: BaseException) -> bool:
    if isinstance(error, IncompleteRead):
        return bool(error.partial)
    return isinstance(error, PeerTimedOut | LineTooLong | ReadLimitExceeded | FramingError | Rejected)


def ends_the_program(error: BaseException) -> bool:
    """Return whether an exception is the program's own wish, whatever code was running when it came.

    That is so for Ctrl-C, and for what a signal handler raises: both come in the main thread, in the middle of any
    code. Whoever keeps exceptions of a bystander's code (an observer, a callback) from doing harm passes these on.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    if isinstance(error, KeyboardInterrupt):
        return True
    handlers = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    traceback: types.TracebackType | None = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in handlers:
            return True
        traceback = traceback.tb_next
    return False


def _code_of(handler: object) -> types.CodeType | None:
    """Return the code of a function, a method, a partial of one, or an object that is called."""
    while isinstance(handler, functools.partial):
        handler = handler.func
    kind: type = type(handler)
    if callable(handler) and kind not in (types.FunctionType, types.MethodType):
        handler = kind.__call__
    if isinstance(handler, types.MethodType):
        handler = handler.__func__
    return handler.__code__ if isinstance(handler, types.FunctionType) else None
