"""The function of the examples that runs in four places: netcat, socat and plain sockets."""

import json
import socket
import subprocess
from pathlib import Path

import pytest
from examples.compute import Job, Result, compute, decode, encode

from tests.running import PATIENCE, ask, ask_datagram
from tests.test_examples import served_by_the_command_line


@pytest.mark.parametrize(
    ("number", "factors"), [(2, [2]), (91, [7, 13]), (97, [97]), (360, [2, 2, 2, 3, 3, 5]), (999983**2, [999983] * 2)]
)
def test_function_is_tested_by_calling_it(number: int, factors: list[int]) -> None:
    assert compute(Job(1, number)) == Result(1, factors)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"id": 1, "number": 1}', b'{"id": "1", "number": 91}', b"\xff"])
def test_what_is_no_job_has_no_value(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)


def test_job_and_result_are_json() -> None:
    assert decode(b'{"id": 7, "number": 91}') == Job(7, 91)
    assert json.loads(encode(Result(7, [7, 13]))) == {"id": 7, "factors": [7, 13]}


def asked(number: int) -> bytes:
    return json.dumps({"id": number, "number": number}).encode()


def factors_of(answer: bytes) -> list[list[int]]:
    return [json.loads(line)["factors"] for line in answer.splitlines()]


@pytest.mark.parametrize("where", ["inline", "threads", "processes", "dask"])
def test_one_line_says_where_the_function_runs(where: str, tmp_path: Path) -> None:
    if where == "dask":
        pytest.importorskip("distributed")
    with served_by_the_command_line("compute", tmp_path, where) as port:
        for client in (["nc", "-N", "127.0.0.1", str(port)], ["nc", "-N", "-U", "compute.sock"]):
            sent = b"".join(asked(number) + b"\n" for number in (91, 97, 360))
            answered = subprocess.run(
                client, cwd=tmp_path, input=sent, capture_output=True, check=True, timeout=2 * PATIENCE
            )
            assert factors_of(answered.stdout) == [[7, 13], [97], [2, 2, 2, 3, 3, 5]]
        assert factors_of(ask_datagram(("127.0.0.1", port), asked(91))) == [[7, 13]]
        if where == "dask":
            # Its workers log each failure of a task with a traceback.
            return
        # What is no job ends the connection of whoever sends it, behind what was asked before.
        assert factors_of(ask(("127.0.0.1", port), asked(91) + b"\nno job\n" + asked(97) + b"\n")) == [[7, 13]]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client_socket:
            client_socket.settimeout(PATIENCE)
            client_socket.connect(("127.0.0.1", port))
            client_socket.send(b"no job")
            client_socket.send(asked(97))
            assert factors_of(client_socket.recv(65536)) == [[97]]
