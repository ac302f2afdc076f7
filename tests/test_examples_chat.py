"""The chat of the examples: nc and socat, and plain sockets."""

import select
import subprocess
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Self

from examples import chat

from tests.running import PATIENCE, connect
from typedserver import inet_address
from typedserver.testing import serving


class Member:
    """A client that reads line by line."""

    def __init__(self, port: int) -> None:
        self.socket = connect(("127.0.0.1", port))
        self._received: IO[bytes] = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._received.close()
        self.socket.close()

    def say(self, text: str) -> None:
        self.socket.sendall(text.encode() + b"\n")

    def hear(self) -> str:
        return self._received.readline().decode().rstrip("\n")


@contextmanager
def chatting() -> Generator[int, None, None]:
    with serving(chat.chat(0)) as server:
        yield inet_address(server)[1]


def test_what_one_says_all_others_hear() -> None:
    with chatting() as port, Member(port) as first:
        assert first.hear() == "* guest1 has come"
        with Member(port) as second, Member(port) as third:
            assert [second.hear() for _ in range(1)] == ["* guest2 has come"]
            assert first.hear() == "* guest2 has come"
            for member in (first, second, third):
                assert member.hear() == "* guest3 has come"
            second.say("hello  there")
            assert [first.hear(), third.hear()] == ["<guest2> hello there"] * 2
            second.say("/nick ann")
            assert {first.hear(), second.hear(), third.hear()} == {"* guest2 is now ann"}
            third.say("/nick ann")
            assert third.hear() == "! ann is taken"
            third.say("/who")
            assert third.hear() == "* guest1 guest3 ann"
            third.say("/help")
            assert third.hear() == "! /nick NAME, /who, /quit"
            third.say("/quit")
            assert third.hear() == ""
            assert [first.hear(), second.hear()] == ["* guest3 has gone"] * 2
        assert first.hear() == "* ann has gone"


def test_line_that_is_too_long_ends_its_connection_alone() -> None:
    with chatting() as port, Member(port) as first, Member(port) as second:
        assert first.hear() == "* guest1 has come"
        second.say("x" * 2000)
        assert [first.hear(), first.hear()] == ["* guest2 has come", "* guest2 has gone"]


def test_nc_and_socat_talk_to_each_other() -> None:
    def start(command: str) -> "subprocess.Popen[str]":
        words = command.format("127.0.0.1", port).split()
        program = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.enter_context(program)
        stack.callback(program.kill)
        return program

    def hear(program: "subprocess.Popen[str]") -> str:
        assert program.stdout is not None
        assert select.select([program.stdout], [], [], PATIENCE)[0]
        return program.stdout.readline()

    def say(program: "subprocess.Popen[str]", line: str) -> None:
        assert program.stdin is not None
        program.stdin.write(line)
        program.stdin.flush()

    with chatting() as port, ExitStack() as stack:
        nc = start("nc {} {}")
        assert hear(nc) == "* guest1 has come\n"
        socat = start("socat - TCP:{}:{}")
        assert hear(socat) == "* guest2 has come\n"
        assert hear(nc) == "* guest2 has come\n"
        say(nc, "I am nc\n")
        assert hear(socat) == "<guest1> I am nc\n"
        say(socat, "I am socat\n")
        assert hear(nc) == "<guest2> I am socat\n"


def test_drain_says_goodbye_and_takes_no_time() -> None:
    with ExitStack() as stack:
        with chatting() as port:
            members = [stack.enter_context(Member(port)) for _ in range(3)]
            for number, member in enumerate(members, 1):
                assert member.hear() == f"* guest{number} has come"
            before = time.monotonic()
        assert time.monotonic() - before < PATIENCE / 2
        for member in members:
            lines = list(iter(member.hear, ""))
            assert "* the server goes down" in lines


def test_member_who_does_not_read_is_thrown_out_and_holds_up_nobody() -> None:
    with chatting() as port, Member(port) as speaker, Member(port) as listener, Member(port) as deaf:
        for number, member in enumerate((speaker, listener, deaf), 1):
            assert member.hear() == f"* guest{number} has come"
        longest, said = 0.0, 0
        line = "x" * 990
        while True:
            before = time.monotonic()
            speaker.say(line)
            said += 1
            while (heard := listener.hear()) != f"<guest1> {line}":
                assert heard in ("* guest2 has come", "* guest3 has come", "* guest3 has gone")
                if heard == "* guest3 has gone":
                    break
            longest = max(longest, time.monotonic() - before)
            if heard == "* guest3 has gone":
                break
            assert said < 100_000
        # No line waited for the one who does not read: an idle machine takes a millisecond.
        assert longest < 1.0


def test_example_is_short() -> None:
    assert len(Path(chat.__file__).read_text().splitlines()) < 100
