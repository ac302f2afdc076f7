"""The handler classes: the order of their methods, their two files, and what their config limits."""

import errno
import io
import pickle
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.contexts import Context
from typedserver import (
    BaseRequestHandler,
    CompositionError,
    DatagramRequest,
    DatagramRequestHandler,
    LineTooLong,
    PeerTimedOut,
    ReadLimitExceeded,
    StreamConfig,
    StreamRequest,
    StreamRequestHandler,
)
from typedserver.config import waits_of

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Generator[Pair, None, None]:
    left, right = socket.socketpair()
    with left, right:
        right.settimeout(20)
        yield left, right


def reading(**reads: Callable[[Any], object]) -> pytest.MarkDecorator:
    """Run a test with each of these ways to read from a file."""
    return pytest.mark.parametrize("read", reads.values(), ids=reads)


# The order of methods


class Recording(BaseRequestHandler[bytes]):
    """Records its calls, and fails in the method that its request names."""

    calls: list[str]

    def note(self, name: str) -> None:
        if name == "setup":
            self.calls = []
        self.calls.append(name)
        RECORDED[:] = self.calls
        if name.encode() in self.request:
            raise LookupError(name)

    def setup(self) -> None:
        self.note("setup")

    def handle(self) -> None:
        self.note("handle")

    def finish(self) -> None:
        self.note("finish")


RECORDED: list[str] = []


def test_constructor_sets_up_handles_and_finishes() -> None:
    context = Context()
    handler = Recording(b"request", "client", context)
    assert RECORDED == ["setup", "handle", "finish"]
    assert (handler.request, handler.client_address, handler.server) == (b"request", "client", context)


@pytest.mark.parametrize(
    ("failing", "calls"),
    [("setup", ["setup"]), ("handle", ["setup", "handle", "finish"]), ("finish", ["setup", "handle", "finish"])],
)
def test_failure_is_raised_and_finish_runs_unless_setup_failed(failing: str, calls: list[str]) -> None:
    with pytest.raises(LookupError, match=failing):
        Recording(failing.encode(), "client", Context())
    assert calls == RECORDED


def test_base_handler_does_nothing_by_itself() -> None:
    BaseRequestHandler[bytes](b"", "client", Context())


# Streams


DEFAULT = StreamConfig()


class Handling(StreamRequestHandler):
    """Does what the test asks for."""

    def __init__(
        self, request: StreamRequest, todo: Callable[["Handling"], object], config: StreamConfig = DEFAULT
    ) -> None:
        self.todo = todo
        self.result: object = None
        super().__init__(request, "client", Context(), config=config)

    def handle(self) -> None:
        self.result = self.todo(self)


def handled(request: socket.socket, todo: Callable[[Handling], object], **config: Any) -> Any:
    config.setdefault("timeout", 20)
    return Handling(request, todo, StreamConfig(**config)).result


def test_files_are_buffered_and_speak_to_the_client(pair: Pair) -> None:
    left, right = pair
    right.send(b"one\ntwo\n")

    def echo(handler: Handling) -> None:
        assert isinstance(handler.rfile, io.BufferedIOBase)
        assert isinstance(handler.wfile, io.BufferedIOBase)
        assert handler.rfile.readable()
        assert handler.wfile.writable()
        assert handler.rfile.fileno() == handler.wfile.fileno() == left.fileno()
        handler.wfile.write(handler.rfile.readline().upper())
        handler.wfile.writelines([handler.rfile.readline()])

    handled(left, echo)
    assert right.recv(20) == b"ONE\ntwo\n"


def test_files_are_made_when_they_are_asked_for_and_once(pair: Pair) -> None:
    left, _ = pair

    def look(handler: Handling) -> None:
        assert not [name for name, value in vars(handler).items() if isinstance(value, io.IOBase)]
        assert handler.rfile is handler.rfile
        assert handler.wfile is handler.wfile

    handled(left, look)


def test_files_are_closed_when_it_is_over_and_the_connection_is_not(pair: Pair) -> None:
    left, right = pair
    files = handled(left, lambda handler: (handler.rfile, handler.wfile))
    assert [file.closed for file in files] == [True, True]
    left.send(b"x")
    assert right.recv(1) == b"x"


def test_connection_is_the_request(pair: Pair) -> None:
    assert handled(pair[0], lambda handler: handler.connection) is pair[0]


@pytest.mark.parametrize("name", ["timeout", "rbufsize", "wbufsize", "disable_nagle_algorithm"])
def test_handler_class_refuses_what_only_socketserver_reads_from_it(name: str) -> None:
    message = rf"H\.{name} has no effect here.*partial\(H, config=StreamConfig\({name}=1\)\)"
    with pytest.raises(CompositionError, match=message):
        type("H", (StreamRequestHandler,), {name: 1})


def test_handler_takes_its_config_by_partial(pair: Pair) -> None:
    seen: list[StreamConfig] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            seen.append(self.config)

    config = StreamConfig(limit=5)
    partial(Handler, config=config)(pair[0], "client", Context())
    Handler(pair[0], "client", Context())
    assert seen == [config, DEFAULT]


# Writing


def test_unbuffered_write_has_been_sent_when_it_returns(pair: Pair) -> None:
    left, right = pair

    def write(handler: Handling) -> None:
        for data in (b"bytes", bytearray(b"array"), memoryview(b"view")):
            assert handler.wfile.write(data) == len(data)
            assert right.recv(20) == bytes(data)

    handled(left, write)


@pytest.mark.parametrize("size", [-1, 1, 100])
def test_buffered_write_is_sent_by_a_flush_or_the_end(pair: Pair, size: int) -> None:
    left, right = pair
    right.setblocking(False)

    def write(handler: Handling) -> None:
        handler.wfile.write(b"x")
        if size != 1:
            with pytest.raises(BlockingIOError):
                right.recv(1)
        handler.wfile.flush()
        assert right.recv(1) == b"x"
        handler.wfile.write(b"y")

    handled(left, write, wbufsize=size)
    assert right.recv(1) == b"y"


@pytest.mark.parametrize("size", [0, -1])
def test_large_write_arrives_whole_at_a_slow_reader(pair: Pair, size: int) -> None:
    left, right = pair
    data = bytes(range(256)) * 8192
    got = bytearray()

    def read() -> None:
        while len(got) < len(data):
            got.extend(right.recv(60_000))

    reader = threading.Thread(target=read)
    reader.start()
    handled(left, lambda handler: handler.wfile.write(data), wbufsize=size)
    reader.join()
    assert got == data


def test_client_that_has_gone_before_the_last_flush_is_no_error(pair: Pair) -> None:
    left, right = pair

    def write_to_nobody(handler: Handling) -> None:
        handler.wfile.write(b"x")
        right.close()

    handled(left, write_to_nobody, wbufsize=-1)


@pytest.mark.parametrize("size", [0, 100])
def test_client_that_has_gone_is_an_error_of_the_write(pair: Pair, size: int) -> None:
    left, right = pair
    right.close()
    with pytest.raises(BrokenPipeError):
        handled(left, lambda handler: handler.wfile.write(bytes(200)), wbufsize=size)


@pytest.mark.parametrize("size", [0, 100])
def test_client_that_never_reads_times_out(pair: Pair, size: int) -> None:
    left, _ = pair
    with pytest.raises(PeerTimedOut, match=r"'client' took nothing for 0.02 s: raise StreamConfig\(timeout=\) if"):
        handled(left, lambda handler: handler.wfile.write(bytes(1 << 24)), wbufsize=size, timeout=0.02)


# Reading


@pytest.mark.parametrize("size", [-1, 0, 1, 100])
def test_reads_are_the_same_whatever_the_buffer(pair: Pair, size: int) -> None:
    left, right = pair
    right.send(b"line\n12345rest\nof it\n")
    right.close()

    def read(handler: Handling) -> list[object]:
        rfile = handler.rfile
        return [rfile.readline(), rfile.read(3), rfile.read1(1), rfile.readline(1), list(rfile), rfile.read()]

    assert handled(left, read, rbufsize=size) == [b"line\n", b"123", b"4", b"5", [b"rest\n", b"of it\n"], b""]


@reading(
    read_1=lambda file: file.read(1),
    read=lambda file: file.read(),
    readline=lambda file: file.readline(),
    next=next,
    readinto=lambda file: file.readinto(bytearray(5)),
    peek=lambda file: file.peek(),
)
def test_silent_client_times_out_and_does_not_look_ended(pair: Pair, read: Callable[[Any], object]) -> None:
    with pytest.raises(PeerTimedOut, match=r"'client' sent nothing for 0.02 s: raise StreamConfig\(timeout=\) if"):
        handled(pair[0], lambda handler: read(handler.rfile), timeout=0.02)


def test_client_without_a_timeout_is_waited_for(pair: Pair) -> None:
    left, right = pair
    timer = threading.Timer(0.03, right.send, [b"late\n"])
    timer.start()
    assert handled(left, lambda handler: handler.rfile.readline(), timeout=None) == b"late\n"
    timer.join()


def test_client_has_a_minute_by_default(pair: Pair) -> None:
    assert Handling(pair[0], lambda handler: waits_of(handler.config, handler.server)).result == (60, 60)


@pytest.mark.parametrize("line", [b"1234567\n", b"\n", b"12345678"])
def test_line_of_the_limit_is_taken(pair: Pair, line: bytes) -> None:
    left, right = pair
    right.send(line)
    right.close()
    assert handled(left, lambda handler: handler.rfile.readline(), limit=8) == line


@pytest.mark.parametrize("line", [b"12345678\n", b"123456789"])
@reading(readline=lambda file: file.readline(), readline_none=lambda file: file.readline(None), next=next)
def test_line_past_the_limit_is_refused(pair: Pair, line: bytes, read: Callable[[Any], object]) -> None:
    left, right = pair
    right.send(line)
    right.close()
    with pytest.raises(LineTooLong, match=r"more than 8 bytes came without b'\\n': raise StreamConfig\(limit=\)"):
        handled(left, lambda handler: read(handler.rfile), limit=8)


def test_line_of_a_size_that_the_handler_chose_has_no_other_limit(pair: Pair) -> None:
    left, right = pair
    right.send(b"123456789\n")
    assert handled(left, lambda handler: handler.rfile.readline(10), limit=8) == b"123456789\n"


@reading(read=lambda file: file.read(), read_none=lambda file: file.read(None), readlines=lambda file: file.readlines())
def test_read_to_the_end_of_file_has_a_limit(pair: Pair, read: Callable[[Any], object]) -> None:
    left, right = pair
    right.send(b"1\n" * 5)
    right.shutdown(socket.SHUT_WR)
    got = handled(left, lambda handler: read(handler.rfile), read_limit=10)
    assert got in (b"1\n" * 5, [b"1\n"] * 5)


@reading(
    read=lambda file: file.read(),
    readlines=lambda file: file.readlines(),
    readlines_none=lambda file: file.readlines(None),
)
def test_read_to_the_end_of_file_is_refused_past_its_limit(pair: Pair, read: Callable[[Any], object]) -> None:
    left, right = pair
    right.send(b"1\n" * 6)
    right.shutdown(socket.SHUT_WR)
    with pytest.raises(ReadLimitExceeded, match=r"read in pieces, or raise StreamConfig\(read_limit=\)"):
        handled(left, lambda handler: read(handler.rfile), read_limit=10)


def test_lines_up_to_a_size_that_the_handler_chose_have_no_other_limit(pair: Pair) -> None:
    left, right = pair
    right.send(b"1\n" * 6)
    assert handled(left, lambda handler: handler.rfile.readlines(11), read_limit=10) == [b"1\n"] * 6


def test_pickle_loads_one_object_after_another(pair: Pair) -> None:
    left, right = pair
    objects = [list(range(100)), {"key": "value" * 100}]
    for each in objects:
        right.send(pickle.dumps(each))
    right.close()
    assert handled(left, lambda handler: [pickle.load(handler.rfile) for _ in objects]) == objects


def test_text_is_read_through_a_wrapper(pair: Pair) -> None:
    left, right = pair
    right.send("één\nzwei\n".encode())
    right.close()

    def read(handler: Handling) -> list[str]:
        # typeshed wants a name, which io's own buffered files lack as well.
        rfile: Any = handler.rfile
        return list(io.TextIOWrapper(rfile, encoding="utf-8"))

    assert handled(left, read) == ["één\n", "zwei\n"]


class Failing(socket.socket):
    """Fails like a connection whose path is gone: the kernel has given up and reports it once (tcp(7))."""

    def recv(self, *_arguments: Any, **_options: Any) -> bytes:
        raise OSError(errno.ETIMEDOUT, "gave up")

    def send(self, *_arguments: Any, **_options: Any) -> int:
        raise OSError(errno.ETIMEDOUT, "gave up")

    def sendall(self, *_arguments: Any, **_options: Any) -> None:
        raise OSError(errno.ETIMEDOUT, "gave up")


@pytest.mark.parametrize(("use", "size"), [("read", 0), ("write", 0), ("write", 10)])
def test_lost_path_is_neither_a_silent_client_nor_an_end(pair: Pair, use: str, size: int) -> None:
    def use_it(handler: Handling) -> object:
        return handler.rfile.read(1) if use == "read" else handler.wfile.write(bytes(100))

    with Failing(fileno=pair[0].detach()) as end, pytest.raises(TimeoutError) as lost:
        handled(end, use_it, wbufsize=size)
    assert not isinstance(lost.value, PeerTimedOut)
    assert lost.value.errno == errno.ETIMEDOUT


@pytest.mark.parametrize("disable", [True, False])
def test_nagle_is_as_the_config_says(disable: bool) -> None:
    with socket.socket() as made:
        handled(made, lambda _: None, disable_nagle_algorithm=disable)
        assert bool(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) is disable


def test_nagle_is_nothing_to_a_unix_stream(pair: Pair) -> None:
    handled(pair[0], lambda _: None, disable_nagle_algorithm=True)


# Datagrams


class Answering(DatagramRequestHandler):
    """Answers as the packet asks."""

    def handle(self) -> None:
        data = self.rfile.read()
        if data == b"fail":
            self.wfile.write(b"half an answer")
            raise LookupError("in mid-answer")
        if data != b"silence":
            self.wfile.write(data.upper())
            self.wfile.write(b"!")


@contextmanager
def datagram_ends(tmp_path: Path) -> Generator[Pair, None, None]:
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client,
    ):
        for end, name in ((listener, "l"), (client, "c")):
            end.bind(str(tmp_path / name))
        client.setblocking(False)
        yield listener, client
    for name in ("l", "c"):
        (tmp_path / name).unlink()


def request_of(packet: bytes, listener: socket.socket) -> DatagramRequest:
    return packet, listener


def test_datagram_handler_sends_what_was_written_as_one_datagram(tmp_path: Path) -> None:
    with datagram_ends(tmp_path) as (listener, client):
        handler = Answering(request_of(b"ask", listener), client.getsockname(), Context())
        assert client.recvfrom(20) == (b"ASK!", listener.getsockname())
        assert (handler.packet, handler.socket) == (b"ask", listener)


def test_datagram_handler_that_writes_nothing_sends_nothing(tmp_path: Path) -> None:
    with datagram_ends(tmp_path) as (listener, client):
        Answering(request_of(b"silence", listener), client.getsockname(), Context())
        with pytest.raises(BlockingIOError):
            client.recv(20)


def test_datagram_handler_that_fails_raises_after_its_finish(tmp_path: Path) -> None:
    with datagram_ends(tmp_path) as (listener, client):
        with pytest.raises(LookupError, match="in mid-answer"):
            Answering(request_of(b"fail", listener), client.getsockname(), Context())
        assert client.recv(20) == b"half an answer"


def test_datagram_handler_of_a_client_that_has_gone_raises_nothing(tmp_path: Path) -> None:
    with datagram_ends(tmp_path) as (listener, _):
        Answering(request_of(b"ask", listener), str(tmp_path / "gone"), Context())
        Answering(request_of(b"ask", listener), "", Context())
