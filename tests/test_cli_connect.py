"""``typedserver connect``: conversations by a pipe, on a terminal, under TLS, and in datagrams."""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli import HANDLERS, Program, command, program, ran, refusal
from tests.launched import wait_for
from tests.running import PATIENCE
from tests.tls_files import files
from typedserver.cli.conversation import printable

MORE = """
@stream_handler
async def hostile(stream: Stream) -> None:
    await stream.readline()
    await stream.write(b"\\x1b[2Jgone\\x07\\n")

@stream_handler
async def once(stream: Stream) -> None:
    await stream.write(b"bye\\n")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS + MORE)
    return tmp_path


@contextmanager
def serving(folder: Path, handler: str = "app:upper", *arguments: str) -> Generator[Program, None, None]:
    with program(folder, handler, "--listen", "unix:s", *arguments) as served:
        served.line()
        yield served


def test_connect_sends_what_is_piped_and_shows_what_comes(folder: Path) -> None:
    with serving(folder):
        asked = ran(folder, "connect", "unix:s", input="hello\nworld")
        assert (asked.returncode, asked.stdout, asked.stderr) == (0, "HELLO\nWORLD", "")


def test_connect_ends_when_the_server_does(folder: Path) -> None:
    with serving(folder, "app:once"):
        asked = ran(folder, "connect", "unix:s", stdin=subprocess.DEVNULL)
        assert (asked.returncode, asked.stdout) == (0, "bye\n")


def test_connect_ends_with_the_server_while_there_may_be_more_to_send(folder: Path) -> None:
    with serving(folder, "app:once"):
        process = subprocess.Popen(
            command("connect", "unix:s"),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.read() == b"bye\n"
            assert process.wait(PATIENCE) == 0
            assert process.stderr is not None
            assert process.stderr.read() == b""


def test_connect_ends_lines_as_it_is_asked_to(folder: Path) -> None:
    with serving(folder):
        asked = subprocess.run(
            command("connect", "--crlf", "unix:s"), cwd=folder, input=b"hello\n", capture_output=True, check=True
        )
        assert asked.stdout == b"HELLO\r\n"


@pytest.mark.parametrize("scheme", ["udp://127.0.0.1:0", "unix-datagram:d"])
def test_connect_exchanges_datagrams(scheme: str, folder: Path) -> None:
    with program(folder, "app:upper_datagram", "--listen", scheme) as served:
        target = scheme if scheme.startswith("unix") else f"udp://127.0.0.1:{served.port()}"
        if scheme.startswith("unix"):
            served.line()
        asked = ran(folder, "connect", target, input="hello\n")
        assert (asked.returncode, asked.stdout, asked.stderr) == (0, "HELLO\n", "")


def test_connect_encrypts_and_trusts_whom_it_is_told_to(folder: Path) -> None:
    files(folder)
    tls = ["--tls-certificate", "certificate", "--tls-key", "key"]
    with program(folder, "app:upper", "--listen", "tcp://127.0.0.1:0", *tls) as served:
        target = f"tcp://127.0.0.1:{int(served.line().rpartition(':')[2])}"
        trusted = ["--tls-ca", "certificate", "--tls-name", "localhost"]
        asked = ran(folder, "connect", target, *trusted, input="hello\n")
        assert (asked.returncode, asked.stdout, asked.stderr) == (0, "HELLO\n", "")
        said = refusal(folder, "connect", "--tls", target)
        assert "its certificate is not trusted (" in said
        assert "name who has made it by --tls-ca" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["unix:none"], "typedserver: unix:none: No such file or directory: is the server running"),
        (["tcp://127.0.0.1:0"], "names no port: give the one that the server shows when it starts"),
        (["tcp://0.0.0.0:1"], "is where a server listens, not where it is reached: give a host, as 127.0.0.1"),
        (["fd://3"], "is a descriptor of the server's: give its address"),
        (["localhost:1"], "for TCP that is tcp://localhost:1"),
        (["--tls", "udp://127.0.0.1:9"], "--tls is for connections, and udp://127.0.0.1:9 takes datagrams"),
    ],
)
def test_connect_refuses_what_it_cannot_reach(arguments: list[str], message: str, folder: Path) -> None:
    assert message in refusal(folder, "connect", *arguments)


# On a terminal


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "TERM": "dumb"}
        self.process = subprocess.Popen(
            command(*arguments),
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.output = ""

    def until(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.output:
            left = deadline - time.monotonic()
            assert left > 0, self.output
            if select.select([self.master], [], [], left)[0]:
                self.output += os.read(self.master, 65536).decode()

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def press(self, key: Callable[[], object]) -> None:
        """Press a key that ends the program, until it does.

        Once may be too early: between two lines the terminal is not readline's, and takes Ctrl-D otherwise; and Python
        hears of a signal at the next key only, if it comes between the prompt and the wait for a key.
        """

        def is_over() -> bool:
            with suppress(OSError, subprocess.TimeoutExpired):
                key()
                self.process.wait(PATIENCE / 4)
            return self.process.poll() is not None

        wait_for(is_over)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@contextmanager
def terminal(folder: Path, *arguments: str) -> Generator[Terminal, None, None]:
    made = Terminal(folder, *arguments)
    try:
        yield made
    finally:
        made.close()


def test_connect_on_a_terminal_answers_and_remembers(folder: Path) -> None:
    with serving(folder):
        with terminal(folder, "connect", "unix:s") as shell:
            shell.until("> ")
            shell.type("hello\n")
            shell.until("HELLO")
            shell.press(lambda: shell.type("\x04"))
            assert shell.process.returncode == 0
        history = folder / "state" / "typedserver" / "history"
        assert "hello\n" in history.read_text()
        assert history.stat().st_mode & 0o777 == 0o600


def test_connect_on_a_terminal_keeps_no_history_if_it_is_not_wanted(folder: Path) -> None:
    with serving(folder):
        with terminal(folder, "connect", "--no-history", "unix:s") as shell:
            shell.until("> ")
            shell.type("secret\n")
            shell.until("SECRET")
            shell.press(lambda: shell.type("\x04"))
            assert shell.process.returncode == 0
        assert not (folder / "state").exists()


def test_connect_on_a_terminal_shows_no_commands_of_the_servers(folder: Path) -> None:
    with serving(folder, "app:hostile"), terminal(folder, "connect", "unix:s") as shell:
        shell.until("> ")
        shell.type("hello\n")
        shell.until("\\x1b[2Jgone\\x07")
        shell.until("the server has ended it")
        assert "\x1b[2J" not in shell.output
        shell.type("\n")
        assert shell.process.wait(PATIENCE) == 0


def test_connect_on_a_terminal_ends_by_ctrl_c(folder: Path) -> None:
    with serving(folder), terminal(folder, "connect", "unix:s") as shell:
        shell.until("> ")
        shell.press(lambda: shell.process.send_signal(signal.SIGINT))
        assert shell.process.returncode == 130


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
        ("a\rb\x9bc\u2028", "a\\rb\\x9bc\\u2028"),
        ("é", "é"),
    ],
)
def test_printable_text_commands_no_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown
