"""The composed examples, each run as a program as the README and its own docstring say."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import PATIENCE


@contextmanager
def serving(example: str) -> Generator[tuple[subprocess.Popen[str], str], None, None]:
    """Run an example on a port that the kernel chooses; the example prints it first."""
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


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_main_job_serves_all_three_sockets_and_ends_by_ctrl_c(tmp_path: Path) -> None:
    # The example as it is, except for the port, which another program on this machine may hold.
    port = free_port()
    for name in ("upper", "upper_client"):
        (tmp_path / f"{name}.py").write_text(Path(f"examples/{name}.py").read_text().replace("9999", str(port)))
    command = [sys.executable, "-m", "typedserver", "upper:server"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        printed = [process.stdout.readline() for _ in range(4)]
        assert [re.sub(r".*try: ", "", line).strip() for line in printed[:3]] == [
            f"nc 127.0.0.1 {port}",
            f"nc -u 127.0.0.1 {port}",
            "nc -U upper.sock",
        ]
        asked = subprocess.run([sys.executable, "upper_client.py"], cwd=tmp_path, capture_output=True, check=True)
        assert asked.stdout.decode() == "b'OVER TCP\\n'\nb'OVER UDP\\n'\nb'OVER A UNIX SOCKET\\n'\n"
        for client in (
            ("nc", "-N", "127.0.0.1", str(port)),
            ("nc", "-N", "-U", "upper.sock"),
            ("socat", "-t1", "-", f"TCP:127.0.0.1:{port}"),
            ("socat", "-t1", "-", f"UDP:127.0.0.1:{port}"),
            ("socat", "-t1", "-", "UNIX-CONNECT:upper.sock"),
        ):
            answered = subprocess.run(client, cwd=tmp_path, input=b"line\n", capture_output=True, check=True)
            assert answered.stdout == b"LINE\n", client
        second = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert second.returncode == 2
        assert f"port {port} is in use" in second.stderr
        assert "Traceback" not in second.stderr
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        # On an idle machine it takes 20 ms, with the interpreter's end; the rest allows for a busy machine.
        assert time.monotonic() - begun < 1.0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


@contextmanager
def served_by_the_command_line(example: str, folder: Path, attribute: str = "server") -> Generator[int, None, None]:
    """Serve an example as it is, except for its ports, which another program on this machine may hold."""
    text = Path(f"examples/{example}.py").read_text()
    port = 0
    for number in sorted(set(re.findall(r"\b(?:5353|5514|7\d\d\d|8000)\b", text)), reverse=True):
        port = free_port()
        text = text.replace(number, str(port))
    (folder / "program.py").write_text(text)
    process = subprocess.Popen(
        [sys.executable, "-m", "typedserver", f"program:{attribute}"],
        cwd=folder,
        # An example may import another one.
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(Path.cwd()))))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert str(port) in process.stdout.readline()
        yield port
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("example", "client", "sent", "answer"),
    [
        ("chat", "nc -N 127.0.0.1 {}", "/who\n", "* guest1 has come\n* guest1\n"),
        ("dns", "dig @127.0.0.1 -p {} +short www.home.test", "", "192.0.2.2\n"),
        ("gateway", "nc -N -U gateway.sock", "list\n", "\n"),
        ("http", "curl -sS http://127.0.0.1:{}/data", "", "served"),
        ("metrics", "nc -N 127.0.0.1 {}", "echo\n", "echo\n"),
        ("mqtt", "mosquitto_pub -p {} -t home/door -m open -q 1", "", ""),
        ("syslog", "logger -n 127.0.0.1 -P {} -T hello", "", ""),
    ],
    ids=lambda each: each if each.isalpha() else "",
)
def test_example_serves_by_the_command_line_and_ends_by_ctrl_c(
    example: str, client: str, sent: str, answer: str, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("served")
    with served_by_the_command_line(example, tmp_path) as port:
        command = client.format(port).split()
        answered = subprocess.run(
            command, cwd=tmp_path, input=sent, capture_output=True, text=True, check=True, timeout=PATIENCE
        )
        assert answered.stdout == answer
