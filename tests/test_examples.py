"""The composed examples, each run as a program, as the README and their own heads say."""

import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.running import PATIENCE


@contextmanager
def serving(example: str) -> Generator[tuple[subprocess.Popen[str], str], None, None]:
    """Run an example on a port of the kernel's choice, which it prints first."""
    process = subprocess.Popen(
        [sys.executable, f"examples/{example}.py", "127.0.0.1", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().split()[1]
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()


def output(*command: str) -> str:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("example", "client"), [("tcp_upper", "tcp_upper"), ("stream_upper", "tcp_upper"), ("udp_upper", "udp_upper")]
)
def test_example_answers_its_client_in_capitals(example: str, client: str) -> None:
    with serving(example) as (process, port):
        assert output(f"examples/{client}.py", "client", "127.0.0.1", port, "hello", "world") == "HELLO WORLD\n"
        assert process.stdout is not None
        assert process.stdout.readline() == "127.0.0.1 wrote: b'hello world'\n"


def test_example_of_threads_serves_each_client_apart() -> None:
    lines = [f"in a thread of its own: True: HELLO {number}\n" for number in (1, 2, 3)]
    assert output("examples/threads_upper.py") == "".join(lines)


def test_main_job_serves_all_three_sockets_and_ends_by_ctrl_c() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "typedserver", "examples.upper:server"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        told = [process.stdout.readline() for _ in range(4)]
        assert [re.sub(r".*try: ", "", line).strip() for line in told[:3]] == [
            "nc 127.0.0.1 9999",
            "nc -u 127.0.0.1 9999",
            "nc -U upper.sock",
        ]
        assert output("examples/upper_client.py") == "b'OVER TCP\\n'\nb'OVER UDP\\n'\nb'OVER A UNIX SOCKET\\n'\n"
        for command, answer in (
            (("nc", "-N", "127.0.0.1", "9999"), "LINE\n"),
            (("nc", "-N", "-U", "upper.sock"), "LINE\n"),
            (("socat", "-t1", "-", "TCP:127.0.0.1:9999"), "LINE\n"),
            (("socat", "-t1", "-", "UDP:127.0.0.1:9999"), "LINE\n"),
            (("socat", "-t1", "-", "UNIX-CONNECT:upper.sock"), "LINE\n"),
        ):
            told_by = subprocess.run(command, input="line\n", capture_output=True, text=True, check=True)
            assert told_by.stdout == answer, command
        # A second one finds the port in use.
        second = subprocess.run(
            [sys.executable, "-m", "typedserver", "examples.upper:server"], capture_output=True, text=True, check=False
        )
        assert second.returncode == 2
        assert "port 9999 is in use" in second.stderr
        assert "Traceback" not in second.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()
