"""A handler that answers an error of a read and reads on never meets the same bytes again, and loses no others."""

import functools
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from tests.running import PATIENCE, Client, connect, running

from typedserver import (
    TCP,
    Asyncio,
    Inline,
    LineTooLong,
    Multiplexed,
    PeerTimedOut,
    ReadLimitExceeded,
    Server,
    Stream,
    StreamConfig,
    StreamRequestHandler,
    Threads,
    stream_handler,
)

STRATEGIES = [Inline(), Threads(), Multiplexed(), Asyncio(grace=0)]

SHORT = StreamConfig(limit=1000, read_limit=1000, timeout=PATIENCE)


@stream_handler(config=SHORT)
async def mail_by_stream(stream: Stream) -> None:
    """Answers as a mail server does (RFC 5321, 4.5.3.1)."""
    while True:
        try:
            line = await stream.readline()
        except LineTooLong:
            await stream.write(b"500\n")
        else:
            if not line:
                return
            await stream.write(b"250 " + line)


@stream_handler(config=SHORT)
async def mail_by_iteration(stream: Stream) -> None:
    lines = aiter(stream)
    while True:
        try:
            line = await anext(lines, None)
        except LineTooLong:
            await stream.write(b"500\n")
        else:
            if line is None:
                return
            await stream.write(b"250 " + line)


class MailByFile(StreamRequestHandler):
    def handle(self) -> None:
        while True:
            try:
                line = self.rfile.readline()
            except LineTooLong:
                self.wfile.write(b"500\n")
            else:
                if not line:
                    return
                self.wfile.write(b"250 " + line)


class MailByIteration(StreamRequestHandler):
    def handle(self) -> None:
        lines = iter(self.rfile)
        while True:
            try:
                line = next(lines, None)
            except LineTooLong:
                self.wfile.write(b"500\n")
            else:
                if line is None:
                    return
                self.wfile.write(b"250 " + line)


CASES = [
    *[(handler, strategy) for handler in (mail_by_stream, mail_by_iteration) for strategy in STRATEGIES],
    (functools.partial(MailByFile, config=SHORT), Threads()),
    (functools.partial(MailByIteration, config=SHORT), Inline()),
]


def end(client: Client) -> None:
    # The server may have answered and closed already.
    with suppress(OSError):
        client.shutdown(socket.SHUT_WR)


def replies(client: Client, number: int) -> list[bytes]:
    with client.makefile("rb") as file:
        return [file.readline() for _ in range(number)]


@pytest.mark.parametrize(("handler", "strategy"), CASES, ids=repr)
def test_line_too_long_is_answered_once_and_the_next_line_served(handler: Any, strategy: Any) -> None:
    with running(Server(TCP(port=0), handler, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(b"x" * 500_000 + b"\nhello\n" + b"y" * 1000 + b"\nagain\n")
        assert replies(client, 4) == [b"500\n", b"250 hello\n", b"500\n", b"250 again\n"]


@pytest.mark.parametrize(("handler", "strategy"), CASES, ids=repr)
def test_line_too_long_that_never_ends_is_answered_once(handler: Any, strategy: Any) -> None:
    with running(Server(TCP(port=0), handler, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(b"x" * 2000)
        assert replies(client, 1) == [b"500\n"]
        client.sendall(b"x" * 300_000)
        end(client)
        assert client.recv(100) == b""


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_connection_that_only_ends_its_long_line_is_idle_at_a_drain(strategy: Any) -> None:
    with running(Server(TCP(port=0), mail_by_stream, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(b"x" * 2000)
        assert replies(client, 1) == [b"500\n"]
        client.sendall(b"x" * 2000)
        assert run.server.drain(PATIENCE).cut == ()
        assert client.recv(100) == b""


@stream_handler(config=SHORT)
async def upload_by_stream(stream: Stream) -> None:
    while True:
        try:
            data = await stream.read()
        except ReadLimitExceeded:
            await stream.write(b"413\n")
        else:
            await stream.write(b"200 %d\n" % len(data))
            return


class UploadByFile(StreamRequestHandler):
    def handle(self) -> None:
        while True:
            try:
                data = self.rfile.read()
            except ReadLimitExceeded:
                self.wfile.write(b"413\n")
            else:
                self.wfile.write(b"200 %d\n" % len(data))
                return


@pytest.mark.parametrize(
    ("handler", "strategy"),
    [
        *[(upload_by_stream, strategy) for strategy in STRATEGIES],
        (functools.partial(UploadByFile, config=SHORT), Threads()),
    ],
    ids=repr,
)
def test_read_past_its_limit_goes_on_behind_what_was_too_much(handler: Any, strategy: Any) -> None:
    with running(Server(TCP(port=0), handler, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(bytes(3500))
        end(client)
        assert replies(client, 4) == [b"413\n", b"413\n", b"413\n", b"200 500\n"]


@pytest.mark.parametrize("strategy", [Multiplexed(), Asyncio(grace=0)], ids=repr)
def test_handler_that_reads_on_at_the_end_lets_the_others_run(strategy: Any) -> None:
    over = threading.Event()

    @stream_handler
    async def heedless(stream: Stream) -> None:
        await stream.write(b"greeting")
        while not over.is_set():
            await stream.readline()

    with running(Server(TCP(port=0), heedless, strategy)) as run:
        try:
            for _ in range(3):
                with connect(run.server.server_address) as client:
                    client.settimeout(PATIENCE / 4)
                    assert client.recv(100) == b"greeting"
        finally:
            over.set()


# A silent client


QUICK = StreamConfig(timeout=0.1, limit=1000, read_limit=1000)


def told_after(read: Callable[[Any], object], gone: type[Exception] = PeerTimedOut) -> tuple[type, list[object]]:
    """Return a handler class that says when its client was silent, reads again, and what it has read in the end."""
    found: list[object] = []

    class Patient(StreamRequestHandler):
        def handle(self) -> None:
            while True:
                try:
                    found.append(read(self.rfile))
                except gone:
                    self.wfile.write(b"silent\n")
                else:
                    self.wfile.write(b"read\n")
                    return

    return Patient, found


def readinto(file: Any) -> bytes:
    buffer = bytearray(6)
    return bytes(buffer[: file.readinto(buffer)])


READS: dict[str, tuple[Callable[[Any], object], object]] = {
    "readline": (lambda file: file.readline(), b"hello\n"),
    "readline of a size": (lambda file: file.readline(6), b"hello\n"),
    "next": (next, b"hello\n"),
    "read of a size": (lambda file: file.read(6), b"hello\n"),
    "readinto": (readinto, b"hello\n"),
    "read": (lambda file: file.read(), b"hello\nXYZ"),
    "readlines": (lambda file: file.readlines(), [b"hello\n", b"XYZ"]),
    "readlines of a size": (lambda file: file.readlines(7), [b"hello\n", b"XYZ"]),
    "list": (list, [b"hello\n", b"XYZ"]),
}


@pytest.mark.parametrize(("read", "wanted"), READS.values(), ids=READS)
@pytest.mark.parametrize("rbufsize", [-1, 0, 3])
def test_silence_in_the_middle_loses_no_byte_of_rfile(read: Any, wanted: object, rbufsize: int) -> None:
    handler, found = told_after(read)
    config = StreamConfig(timeout=0.05, rbufsize=rbufsize)
    with (
        running(Server(TCP(port=0), functools.partial(handler, config=config), Threads())) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"hel")
        with client.makefile("rb") as replied:
            assert replied.readline() == b"silent\n"
            client.sendall(b"lo\n" if wanted == b"hello\n" else b"lo\nXYZ")
            end(client)
            while (reply := replied.readline()) == b"silent\n":
                pass
            assert reply == b"read\n"
    assert found == [wanted]


def test_silence_within_a_list_of_lines_loses_none() -> None:
    handler, found = told_after(lambda file: file.readlines(100))
    with (
        running(Server(TCP(port=0), functools.partial(handler, config=QUICK), Threads())) as run,
        connect(run.server.server_address) as client,
    ):
        client.sendall(b"one\ntwo\nth")
        with client.makefile("rb") as replied:
            assert replied.readline() == b"silent\n"
            client.sendall(b"ree\n")
            end(client)
            while replied.readline() == b"silent\n":
                pass
    assert found == [[b"one\n", b"two\n", b"three\n"]]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
@pytest.mark.parametrize("how", ["readline", "readexactly", "readuntil", "read"])
def test_silence_in_the_middle_loses_no_byte_of_a_stream(strategy: Any, how: str) -> None:
    reads: dict[str, Callable[[Stream], Any]] = {
        "readline": lambda stream: stream.readline(),
        "readexactly": lambda stream: stream.readexactly(6),
        "readuntil": lambda stream: stream.readuntil(b"\n"),
        "read": lambda stream: stream.read(),
    }

    @stream_handler(config=QUICK)
    async def patient(stream: Stream) -> None:
        while True:
            try:
                data = await reads[how](stream)
            except PeerTimedOut:
                await stream.write(b"silent\n")
            else:
                await stream.write(data)
                return

    with running(Server(TCP(port=0), patient, strategy)) as run, connect(run.server.server_address) as client:
        client.sendall(b"hel")
        with client.makefile("rb") as replied:
            assert replied.readline() == b"silent\n"
            client.sendall(b"lo\n")
            end(client)
            while (reply := replied.readline()) == b"silent\n":
                pass
            assert reply == b"hello\n"


def test_silence_in_the_rest_of_a_long_line_is_reported_and_the_next_line_served() -> None:
    @stream_handler(config=StreamConfig(timeout=0.05, limit=10))
    async def patient(stream: Stream) -> None:
        while True:
            try:
                line = await stream.readline()
            except LineTooLong:
                await stream.write(b"long\n")
            except PeerTimedOut:
                await stream.write(b"silent\n")
            else:
                await stream.write(line)
                return

    with running(Server(TCP(port=0), patient, Multiplexed())) as run, connect(run.server.server_address) as client:
        client.sendall(b"x" * 20)
        with client.makefile("rb") as replied:
            assert replied.readline() == b"long\n"
            client.sendall(b"x" * 20)
            assert replied.readline() == b"silent\n"
            client.sendall(b"x\nhello\n")
            while (reply := replied.readline()) == b"silent\n":
                pass
            assert reply == b"hello\n"


# A reply that was broken off


def test_reply_that_was_broken_off_is_not_followed_by_another() -> None:
    raised: list[BaseException] = []
    ended = threading.Event()

    class Insisting(StreamRequestHandler):
        def handle(self) -> None:
            for data in (bytes(1 << 24), b"sorry\n"):
                try:
                    self.wfile.write(data)
                except OSError as error:
                    raised.append(error)
            ended.set()

    config = StreamConfig(timeout=0.1)
    with (
        running(Server(TCP(port=0), functools.partial(Insisting, config=config), Threads())) as run,
        connect(run.server.server_address),
    ):
        assert ended.wait(PATIENCE)
    assert [type(error) for error in raised] == [PeerTimedOut, BrokenPipeError]
