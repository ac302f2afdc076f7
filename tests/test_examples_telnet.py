"""The telnet-like server of the examples: a long command ends when its client interrupts it."""

import socket
import time

import pytest
from examples.telnet import Parser, telnet

from tests.running import PATIENCE, connect, running
from typedserver import TCP, Multiplexed, Server, Threads

IAC, IP, DM, WILL, DO, DONT, WONT, SB, SE, AYT = 255, 244, 242, 251, 253, 254, 252, 250, 240, 246


@pytest.mark.parametrize("strategy", [Multiplexed(), Threads()], ids=repr)
def test_command_ends_at_once_when_the_client_sends_synch(strategy: Multiplexed | Threads) -> None:
    with running(Server(TCP(port=0), telnet, strategy)) as run, connect(run.server.server_address) as client:
        client.settimeout(PATIENCE)
        with client.makefile("rb") as lines:
            assert lines.readline() == b"count N, quit, or anything else\r\n"
            client.sendall(b"count 100000\r\n")
            assert lines.readline() == b"1\r\n"
            # Typed ahead, to be forgotten.
            client.sendall(b"never mind\r\n")
            begun = time.monotonic()
            client.sendall(bytes([IAC, IP, IAC]))
            client.send(bytes([DM]), socket.MSG_OOB)
            last = b"1"
            while (line := lines.readline()) != b"interrupted\r\n":
                assert line
                last = line
            assert time.monotonic() - begun < 5
            assert int(last) < 100_000
            client.sendall(b"still here\r\n")
            assert lines.readline() == b"still here\r\n"
            client.sendall(b"count 2\r\nquit\r\n")
            assert lines.readlines() == [b"1\r\n", b"2\r\n", b"done\r\n"]


@pytest.mark.parametrize(
    ("data", "text", "answer"),
    [
        (b"plain\r\n", b"plain\r\n", b""),
        (bytes([97, IAC, IAC, 98]), b"a\xffb", b""),
        (bytes([IAC, WILL, 1, IAC, DO, 3, 97]), b"a", bytes([IAC, DONT, 1, IAC, WONT, 3])),
        (bytes([IAC, DONT, 1, IAC, WONT, 1, IAC, DM]), b"", b""),
        (bytes([IAC, SB, 31, 0, 80, 0, 24, IAC, SE, 97]), b"a", b""),
        (bytes([IAC, AYT]), b"", b"[yes]\r\n"),
    ],
)
@pytest.mark.parametrize("size", [1, 100])
def test_telnets_own_commands_are_taken_out_of_any_pieces(data: bytes, text: bytes, answer: bytes, size: int) -> None:
    parser = Parser()
    fed = [parser.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert b"".join(each[0] for each in fed) == text
    assert b"".join(each[1] for each in fed) == answer
