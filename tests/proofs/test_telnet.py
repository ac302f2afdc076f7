"""Debian's telnet client interrupts a long command of the telnet-like example."""

import os
import pty
import select
import subprocess
import time
from typing import Self

import pytest
from examples.telnet import telnet

from tests.running import PATIENCE, running
from typedserver import TCP, Asyncio, Multiplexed, Server, Threads


class Terminal:
    """A client that believes it has a person before it."""

    def __init__(self, *command: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.shown = b""

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def expect(self, text: bytes) -> None:
        """Wait until a text was shown behind what was expected before."""
        until = time.monotonic() + PATIENCE
        while text not in self.shown:
            left = until - time.monotonic()
            assert left > 0, self.shown
            if select.select([self._ours], [], [], left)[0]:
                self.shown += os.read(self._ours, 65536)
        self.shown = self.shown.partition(text)[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)


@pytest.mark.parametrize("strategy", [Multiplexed(), Threads(), Asyncio(grace=0)], ids=repr)
@pytest.mark.parametrize("interrupts", [["send synch"], ["send ip", "send synch"]], ids=" then ".join)
def test_real_telnet_interrupts_a_long_command(
    strategy: Multiplexed | Threads | Asyncio, interrupts: list[str]
) -> None:
    with running(Server(TCP(port=0), telnet, strategy)) as run:
        port = run.server.server_address[1]
        with Terminal("telnet", "127.0.0.1", str(port)) as client:
            client.expect(b"count N, quit, or anything else")
            client.type("count 1000000\r")
            client.expect(b"\n3\r\n")
            for command in interrupts:
                # It shows what comes only when it has left its command mode.
                client.expect(b"0\r\n")
                client.type("\x1d")
                client.expect(b"telnet> ")
                client.type(command + "\r")
            client.expect(b"interrupted\r\n")
            client.type("still here\r")
            # Once as the terminal shows what is typed, once as the server says it again.
            client.expect(b"still here\r\n")
            client.expect(b"still here\r\n")
            client.type("quit\r")
            client.expect(b"Connection closed by foreign host")
