"""The exceptions: which ``except`` clauses catch them, what they say, and that they can be sent between processes."""

import copy
import errno
import pickle
from asyncio import CancelledError
from collections.abc import Callable

import pytest

from typedserver import (
    AddressDenied,
    AuthenticationFailed,
    CannotMeet,
    ChildFailed,
    CompositionError,
    ConnectError,
    ConnectTimedOut,
    CrashLoop,
    DatagramTooLong,
    FileTruncated,
    ForeignAwaitable,
    FramingError,
    HandshakeFailed,
    IncompleteMessage,
    IncompleteRead,
    LeaseLost,
    LifecycleError,
    LineTooLong,
    ListenError,
    PacketRefused,
    PeerTimedOut,
    ProcessDied,
    ProxyHeaderRefused,
    QueueClosed,
    ReadLimitExceeded,
    RecipeError,
    Rejected,
    RequestOverdue,
    RequestRefused,
    RolledBack,
    SlowPeer,
    SourceFailed,
    TriedTooOften,
    TypedServerError,
    errors,
)

ALL: dict[type[TypedServerError], type[Exception]] = {
    RecipeError: ValueError,
    CompositionError: TypeError,
    LifecycleError: RuntimeError,
    ListenError: OSError,
    ConnectError: OSError,
    ConnectTimedOut: TimeoutError,
    DatagramTooLong: ValueError,
    LineTooLong: ValueError,
    FramingError: ValueError,
    IncompleteMessage: ValueError,
    ReadLimitExceeded: ValueError,
    PeerTimedOut: TimeoutError,
    SlowPeer: TimeoutError,
    IncompleteRead: EOFError,
    FileTruncated: EOFError,
    Rejected: OSError,
    HandshakeFailed: OSError,
    ProxyHeaderRefused: OSError,
    PacketRefused: OSError,
    AddressDenied: OSError,
    AuthenticationFailed: PermissionError,
    ForeignAwaitable: RuntimeError,
    CannotMeet: TimeoutError,
    QueueClosed: Exception,
    ChildFailed: Exception,
    CrashLoop: RuntimeError,
    RequestRefused: Exception,
    ProcessDied: Exception,
    RequestOverdue: TimeoutError,
    SourceFailed: OSError,
    LeaseLost: RuntimeError,
    RolledBack: Exception,
    TriedTooOften: Exception,
}

EXAMPLES = [
    RecipeError("value"),
    CompositionError("pieces"),
    LifecycleError("state"),
    ListenError("port in use", errno.EADDRINUSE),
    ListenError("no such host"),
    ConnectError("cannot connect", errno.ECONNREFUSED),
    ConnectTimedOut("no answer", errno.ETIMEDOUT),
    DatagramTooLong("long"),
    LineTooLong("line"),
    FramingError("message"),
    IncompleteMessage("message"),
    ReadLimitExceeded("much"),
    PeerTimedOut("silence"),
    SlowPeer("took nothing", ("127.0.0.1", 42)),
    IncompleteRead(b"par", 5),
    IncompleteRead(b"par", None),
    FileTruncated("file"),
    Rejected("stranger"),
    HandshakeFailed("plain text"),
    ProxyHeaderRefused("no header"),
    PacketRefused("it came before"),
    AddressDenied("denied"),
    AuthenticationFailed("wrong key"),
    ForeignAwaitable("future"),
    CannotMeet("nobody else runs"),
    QueueClosed("no more comes"),
    ChildFailed(42, -9),
    RequestRefused("no"),
    ProcessDied("gone"),
    RequestOverdue("late"),
    SourceFailed("gone"),
    LeaseLost("row"),
    RolledBack("row"),
    TriedTooOften("row"),
    CrashLoop(42, -9, 11, 0.25),
]


def test_every_error_is_under_the_one_root() -> None:
    named = {thing for thing in vars(errors).values() if isinstance(thing, type)}
    assert named == {TypedServerError, *ALL}
    assert all(issubclass(error, TypedServerError) for error in named)


@pytest.mark.parametrize("error", ALL)
def test_error_is_caught_as_the_builtin_that_it_is_like(error: type[TypedServerError]) -> None:
    assert issubclass(error, ALL[error])


def pickled(error: TypedServerError) -> TypedServerError:
    arrived: TypedServerError = pickle.loads(pickle.dumps(error))
    return arrived


def copied(error: TypedServerError) -> TypedServerError:
    return copy.copy(error)


def attributes(error: TypedServerError) -> dict[str, object]:
    return {name: getattr(error, name, None) for name in ("errno", "message", "partial", "expected", "pid", "status")}


@pytest.mark.parametrize("travel", [pickled, copied])
@pytest.mark.parametrize("error", EXAMPLES, ids=repr)
def test_error_arrives_whole(error: TypedServerError, travel: Callable[[TypedServerError], TypedServerError]) -> None:
    arrived = travel(error)
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert attributes(arrived) == attributes(error)


def test_listen_error_says_its_message_and_has_the_errno() -> None:
    error = ListenError("port 80 is in use", errno.EADDRINUSE)
    assert str(error) == error.message == "port 80 is in use"
    assert error.errno == errno.EADDRINUSE
    assert ListenError("unknown host").errno is None


def test_incomplete_read_names_what_was_awaited() -> None:
    assert str(IncompleteRead(b"abc", 5)) == "the stream ended after 3 bytes, while 5 bytes were awaited"
    assert "a separator were awaited" in str(IncompleteRead(b"", None))


def test_failed_child_says_how_it_ended() -> None:
    assert str(ChildFailed(7, -11)) == "child 7 was killed by signal 11 before its request was over"
    assert str(ChildFailed(7, 3)) == "child 7 exited with status 3 before its request was over"


def test_log_of_a_group_tells_what_it_holds() -> None:
    broken, gone = IncompleteRead(b"abc", 5), ConnectionResetError(errno.ECONNRESET, "reset")
    assert errors.in_a_line(broken) == str(broken)
    nested = BaseExceptionGroup("tasks", [gone, ExceptionGroup("inner", [broken, broken]), CancelledError()])
    assert errors.in_a_line(nested) == f"{broken}; {gone}"
    assert errors.in_a_line(BaseExceptionGroup("tasks", [CancelledError()])) == "CancelledError"


def test_log_of_a_group_is_short_however_much_it_holds() -> None:
    group = ExceptionGroup("tasks", [PeerTimedOut(f"client {number}") for number in range(1000)])
    assert errors.in_a_line(group) == "client 0; client 1; client 2; and 997 more"
