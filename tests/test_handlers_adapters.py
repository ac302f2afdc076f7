"""The adapters: coroutines of a Stream, functions of a datagram, and the standard library's handler classes."""

import errno
import functools
import http.server
import logging
import re
import socket
import socketserver
import threading
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tests.contexts import Context
from tests.running import ask_datagram, connect, running
from typedserver import (
    TCP,
    UDP,
    CompositionError,
    DatagramContext,
    Deadlines,
    PeerTimedOut,
    RecipeError,
    Server,
    Stream,
    StreamConfig,
    Threads,
    UnixDatagram,
    UnixStream,
    datagram_handler,
    from_stdlib,
    inet_address,
    sleep,
    stream_handler,
)
from typedserver.coroutines.drive import drive, is_coroutine


@contextmanager
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    left, right = socket.socketpair()
    with left, right:
        right.settimeout(20)
        yield left, right


# stream_handler


@stream_handler
async def upper(stream: Stream) -> None:
    """Answer each line in capitals."""
    async for line in stream:
        await stream.write(line.upper())


@stream_handler(config=StreamConfig(timeout=0.02, limit=5))
async def hasty(stream: Stream) -> None:
    await stream.readline()


def test_stream_handler_returns_the_coroutine_that_answers() -> None:
    with pair() as (left, right):
        context = Context()
        coroutine = upper(left, "client", context)
        assert is_coroutine(coroutine)
        right.send(b"one\ntwo")
        right.shutdown(socket.SHUT_WR)
        drive(coroutine)
        assert right.recv(20) == b"ONE\nTWO"


def test_stream_handler_gives_its_stream_what_it_was_given() -> None:
    with pair() as (left, _):
        seen: list[object] = []

        @stream_handler
        async def look(stream: Stream) -> None:
            seen.extend([stream.socket, stream.client_address, stream.server])

        context = Context()
        drive(look(left, "client", context))
        assert seen == [left, "client", context]


def test_stream_handler_with_a_config_keeps_to_it() -> None:
    with pair() as (left, _), pytest.raises(PeerTimedOut):
        drive(hasty(left, "client", Context()))


def test_stream_handler_keeps_the_functions_name_and_docstring() -> None:
    assert repr(upper) == "upper"
    assert upper.__doc__ == "Answer each line in capitals."
    assert repr(Server(TCP(port=9999), upper)) == "Server(TCP(port=9999), upper)"


def test_stream_handler_takes_a_partial_of_a_coroutine_function() -> None:
    async def greet(stream: Stream, *, greeting: bytes) -> None:
        await stream.write(greeting)

    with pair() as (left, right):
        handler = stream_handler(functools.partial(greet, greeting=b"hello"))
        drive(handler(left, "client", Context()))
        assert right.recv(10) == b"hello"
        assert repr(handler).startswith("functools.partial(")


def test_stream_handler_takes_a_coroutine_method() -> None:
    class Greeter:
        greeting = b"hello"

        async def greet(self, stream: Stream) -> None:
            await stream.write(self.greeting)

    with pair() as (left, right):
        drive(stream_handler(Greeter().greet)(left, "client", Context()))
        assert right.recv(10) == b"hello"


def plain(_stream: object) -> None:
    raise AssertionError("it is never called")


@pytest.mark.parametrize("function", [plain, 42, "upper", print, Stream])
def test_stream_handler_refuses_what_is_no_coroutine_function(function: Any) -> None:
    with pytest.raises(
        CompositionError, match=r"takes an `async def` of one Stream, not .*; a plain function \(request,"
    ):
        stream_handler(function)
    with pytest.raises(CompositionError):
        stream_handler(config=StreamConfig())(function)


# datagram_handler


def of_data(data: bytes) -> bytes:
    return b"data " + data


def of_both(data: bytes, client_address: object) -> bytes:
    return f"both {client_address}".encode() + data


def of_default(data: bytes, client_address: object = "unset") -> bytes:
    return f"default {client_address} ".encode() + data


def of_defaults(data: bytes = b"") -> bytes:
    return b"defaults " + data


def of_rest(*arguments: Any) -> bytes:
    return f"rest of {len(arguments)} ".encode() + bytes(arguments[0])


def of_context(data: bytes, client_address: Any, context: DatagramContext) -> bytes:
    return f"context {client_address == context.client_address} ".encode() + data


def of_both_and_rest(data: bytes, client_address: object, *rest: object) -> bytes:
    return f"both {client_address}{len(rest)}".encode() + data


def of_keyword(data: bytes, *, prefix: bytes = b"keyword ") -> bytes:
    return prefix + data


def of_needed_keyword(data: bytes, *, prefix: bytes) -> bytes:
    return prefix + data


one_lambda: Callable[[bytes], bytes] = lambda data: b"lambda " + data  # noqa: E731 - the test is about a lambda
two_lambda: Callable[[bytes, Any], bytes] = lambda data, address: b"lambda " + address.encode() + data  # noqa: E731 - as above


class Methods:
    def of_data(self, data: bytes) -> bytes:
        return b"method " + data

    def of_both(self, data: bytes, client_address: object) -> bytes:
        return f"method {client_address}".encode() + data

    def __call__(self, data: bytes) -> bytes:
        return b"instance " + data


@contextmanager
def datagram_ends(tmp_path: Path) -> Generator[tuple[socket.socket, socket.socket], None, None]:
    listener, client = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
    with listener, client:
        for end, name in ((listener, "l"), (client, "c")):
            end.bind(str(tmp_path / name))
        client.setblocking(False)
        yield listener, client
    for name in ("l", "c"):
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    ("function", "reply"),
    [
        (of_data, b"data x"),
        (of_both, b"both Cx"),
        (of_context, b"context True x"),
        # If two signatures fit, it is the one that the type checker chooses: f(data) first.
        (of_default, b"default unset x"),
        (of_defaults, b"defaults x"),
        (of_rest, b"rest of 1 x"),
        (of_both_and_rest, b"both C0x"),
        (of_keyword, b"keyword x"),
        (functools.partial(of_needed_keyword, prefix=b"partial "), b"partial x"),
        (functools.partial(of_both, client_address="given "), b"both given x"),
        (one_lambda, b"lambda x"),
        (two_lambda, b"lambda Cx"),
        (Methods().of_data, b"method x"),
        (Methods().of_both, b"method Cx"),
        (Methods(), b"instance x"),
        (bytes.upper, b"X"),
        (bytes, b"x"),
    ],
)
def test_datagram_handler_calls_with_what_the_function_takes(function: Any, reply: bytes, tmp_path: Path) -> None:
    with datagram_ends(tmp_path) as (listener, client):
        datagram_handler(function)((b"x", listener), client.getsockname(), Context())
        assert client.recv(100) == reply.replace(b"C", client.getsockname().encode())


def test_datagram_handler_that_returns_none_sends_nothing(tmp_path: Path) -> None:
    with datagram_ends(tmp_path) as (listener, client):

        @datagram_handler
        def silent(_data: bytes) -> None:
            return None

        silent((b"x", listener), client.getsockname(), Context())
        with pytest.raises(BlockingIOError):
            client.recv(10)


def test_datagram_handler_that_returns_an_empty_reply_sends_it(tmp_path: Path) -> None:
    with datagram_ends(tmp_path) as (listener, client):
        datagram_handler(lambda _data: b"")((b"x", listener), client.getsockname(), Context())
        assert client.recv(10) == b""


def test_datagram_handler_keeps_the_functions_name() -> None:
    assert repr(datagram_handler(of_data)) == "of_data"
    assert repr(Server(UDP(port=9999), datagram_handler(of_data))) == "Server(UDP(port=9999), of_data)"


def of_four(_data: bytes, _address: object, _context: object, _more: object) -> bytes:
    raise AssertionError("it is never called")


of_any: Any = of_data


@pytest.mark.parametrize("function", [of_four, lambda: b"", of_needed_keyword, functools.partial(of_any, b"x", b"y")])
def test_datagram_handler_refuses_another_arity(function: Any) -> None:
    with pytest.raises(CompositionError, match=r"takes f\(data\), .*, client_address, context\), not "):
        datagram_handler(function)


@pytest.mark.parametrize("function", [42, "of_data", None])
def test_datagram_handler_refuses_what_cannot_be_called(function: Any) -> None:
    with pytest.raises(CompositionError, match="takes a function, not "):
        datagram_handler(function)


async def coroutine_of_data(data: bytes) -> bytes:
    await sleep(0)
    return b"coroutine " + data


def passed_through(*arguments: Any) -> Any:
    return coroutine_of_data(*arguments)


@pytest.mark.parametrize("function", [coroutine_of_data, functools.partial(coroutine_of_data), passed_through])
def test_datagram_handler_of_a_coroutine_function_returns_the_coroutine_that_replies(
    function: Any, tmp_path: Path
) -> None:
    with datagram_ends(tmp_path) as (listener, client):
        handler = cast("Any", datagram_handler(function))
        result = cast("object", handler((b"x", listener), client.getsockname(), Context()))
        with pytest.raises(BlockingIOError):
            client.recv(100)
        assert drive(result) is None
        assert client.recv(100) == b"coroutine x"


# from_stdlib


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        self.logged = format % args


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        host, port = self.client_address
        self.wfile.write(f"{host} {port} ".encode() + self.rfile.readline())


class Patient(Echo):
    timeout = 20


class DatagramEcho(socketserver.DatagramRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.read().upper())


@pytest.mark.parametrize("strategy", [Threads()])
def test_http_handler_serves_a_file_over_tcp(tmp_path: Path, strategy: Threads) -> None:
    (tmp_path / "file").write_bytes(b"content" * 100_000)
    handler = from_stdlib(functools.partial(Quiet, directory=str(tmp_path)))
    with running(Server(TCP(port=0), handler, strategy)) as run:
        host, port = inet_address(run.server)
        with urllib.request.urlopen(f"http://{host}:{port}/file", timeout=20) as answer:
            assert answer.read() == b"content" * 100_000


def test_http_handler_logs_and_serves_a_client_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    path = str(tmp_path / "s")
    with (
        running(Server(UnixStream(path), from_stdlib(functools.partial(Quiet, directory=str(tmp_path))))),
        connect(path) as client,
    ):
        client.sendall(b"GET /file HTTP/1.0\r\n\r\n")
        assert client.makefile("rb").read().endswith(b"\r\n\r\ncontent")


def answered(handler: Any, client_address: Any, sent: bytes = b"line\n") -> bytes:
    with pair() as (left, right):
        right.send(sent)
        handler(left, client_address, Context())
        left.shutdown(socket.SHUT_WR)
        return right.makefile("rb").read()


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        (("127.0.0.1", 5), b"127.0.0.1 5 line\n"),
        ("", b"unix 0 line\n"),
        ("/a/path", b"/a/path 0 line\n"),
        ("\0name", b"\0name 0 line\n"),
    ],
)
def test_stdlib_stream_handler_finds_a_pair_for_an_address(address: Any, seen: bytes) -> None:
    assert answered(from_stdlib(Echo), address) == seen


def test_stdlib_handler_is_returned_and_knows_its_server() -> None:
    with pair() as (left, _):
        context = Context()
        handler = from_stdlib(socketserver.BaseRequestHandler)(left, "client", context)
        assert isinstance(handler, socketserver.BaseRequestHandler)
        assert handler.server is context  # type: ignore[comparison-overlap]  # the adapter's purpose: it is no BaseServer


def test_stdlib_datagram_handler_answers(tmp_path: Path) -> None:
    with running(Server(UDP(port=0), from_stdlib(DatagramEcho))) as run:
        assert ask_datagram(run.server.server_address, b"ask") == b"ASK"
    own = tmp_path / "own"
    with running(Server(UnixDatagram(str(tmp_path / "s")), from_stdlib(DatagramEcho))) as run:
        assert ask_datagram(run.server.server_address, b"ask", str(own)) == b"ASK"
    own.unlink()


class Timing(socketserver.StreamRequestHandler):
    """Answers with its timeout."""

    def handle(self) -> None:
        self.found = self.connection.gettimeout()


class TimingItself(Timing):
    timeout = 7


class TimingLate(Timing):
    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(8)


@pytest.mark.parametrize(
    ("handler", "options", "timeout"),
    [
        (Timing, {}, 60),
        (Timing, {"timeout": 5}, 5),
        (Timing, {"timeout": None}, None),
        (TimingItself, {}, 7),
        (TimingItself, {"timeout": None}, 7),
        (TimingLate, {"timeout": 5}, 8),
    ],
)
def test_stdlib_handler_has_the_timeout_that_was_given_or_its_own(
    handler: type[Timing], options: dict[str, Any], timeout: float | None
) -> None:
    with pair() as (left, _):
        made: Any = from_stdlib(handler, **options)(left, ("h", 1), Context())
        assert made.found == timeout


def test_silent_client_of_a_stdlib_handler_times_out() -> None:
    with pair() as (left, _), pytest.raises(PeerTimedOut) as silent:
        from_stdlib(Echo, timeout=0.02)(left, ("h", 1), Context())
    assert type(silent.value.__cause__) is TimeoutError
    assert str(silent.value) == "('h', 1) sent nothing for 0.02 s: raise from_stdlib(timeout=) if that is right"


class Telling(socketserver.StreamRequestHandler):
    """Writes more than its client takes."""

    def handle(self) -> None:
        self.wfile.write(bytes(1 << 24))


class Peeking(socketserver.BaseRequestHandler):
    """Reads its connection by itself."""

    def handle(self) -> None:
        self.request.recv(1)


class TellingHastily(Telling):
    timeout = 0.02


class Hasty(Context):
    """A server with its own deadlines."""

    deadlines = Deadlines(read=0.02)


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (from_stdlib(Telling, timeout=0.02), "took nothing for 0.02 s: raise from_stdlib(timeout=)"),
        (from_stdlib(TellingHastily), "took nothing for 0.02 s: raise TellingHastily.timeout"),
        (from_stdlib(Telling), "took nothing for 0.02 s: raise Deadlines(read=) or from_stdlib(timeout=)"),
        (from_stdlib(Peeking), "neither sent nor took anything for 0.02 s: raise Deadlines(read=) or from_stdlib(ti"),
    ],
    ids=["given", "own", "server", "unknown"],
)
def test_silent_client_of_a_stdlib_handler_is_reported_with_its_limit(handler: Any, words: str) -> None:
    with pair() as (left, _), pytest.raises(PeerTimedOut, match=re.escape(f"('h', 1) {words}")):
        handler(left, ("h", 1), Hasty())


class Wronged(socketserver.BaseRequestHandler):
    """Raises the exception that it gets in place of an address."""

    def handle(self) -> None:
        raise self.client_address


@pytest.mark.parametrize(
    ("error", "timeout"),
    [(TimeoutError("another's"), None), (TimeoutError(errno.ETIMEDOUT, "path lost"), 5), (LookupError("bug"), 5)],
)
def test_stdlib_handlers_other_errors_go_on_as_they_are(error: Exception, timeout: float | None) -> None:
    handler: Any = from_stdlib(Wronged, timeout=timeout)
    with pair() as (left, _), pytest.raises(type(error)) as raised:
        handler(left, error, Context())
    assert raised.value is error


def test_slow_client_of_a_stdlib_handler_is_waited_for() -> None:
    with pair() as (left, right):
        timer = threading.Timer(0.03, right.send, [b"late\n"])
        timer.start()
        from_stdlib(Patient, timeout=0.01)(left, ("h", 1), Context())
        assert right.recv(20) == b"h 1 late\n"
        timer.join()


def test_stdlib_handlers_repr_names_its_class() -> None:
    assert repr(from_stdlib(Echo)) == "from_stdlib(Echo)"
    assert repr(from_stdlib(functools.partial(Quiet, directory="/x"))).startswith("from_stdlib(functools.partial(")


@pytest.mark.parametrize("handler", [42, "Echo", None])
def test_stdlib_handler_that_is_no_class_is_refused(handler: Any) -> None:
    with pytest.raises(CompositionError, match="takes a handler class, not "):
        from_stdlib(handler)


@pytest.mark.parametrize("timeout", [0, -1])
def test_stdlib_handlers_timeout_that_cannot_work_is_refused(timeout: float) -> None:
    with pytest.raises(RecipeError, match="or None to wait for ever"):
        from_stdlib(Echo, timeout=timeout)


def test_silent_client_of_a_stdlib_handler_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with (
        running(Server(TCP(port=0), from_stdlib(Echo, timeout=0.02), Threads())) as run,
        connect(run.server.server_address) as client,
    ):
        assert client.recv(1) == b""
    assert [record.exc_info for record in caplog.records if record.levelno >= logging.WARNING] == [None]
