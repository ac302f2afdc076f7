"""The device gateway of the examples: operators are nc, devices are plain sockets."""

import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

import pytest
from examples import gateway
from examples.gateway import ACK, COMMAND, HEADER, HELLO, PING, PONG, REPORT, RESULT, frame

from tests.running import PATIENCE, connect
from typedserver import TCP, Group, Multiplexed, Server, Threads, UnixStream, inet_address
from typedserver.testing import serving


class Service(NamedTuple):
    port: int
    path: str

    def ask(self, line: str) -> str:
        """Have an operator say a line, by nc."""
        command = ["nc", "-N", "-U", self.path]
        return subprocess.run(
            command, input=f"{line}\n", capture_output=True, text=True, check=True, timeout=PATIENCE
        ).stdout.rstrip("\n")


# Devices and operators also meet if they are served in different ways.
@pytest.fixture(params=[(Multiplexed(), Multiplexed()), (Multiplexed(), Threads())], ids=repr)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Service, None, None]:
    path = str(tmp_path / "operators")
    of_devices, of_operators = request.param
    devices = Server(TCP(port=0), gateway.serve_device, of_devices)
    operators = Server(UnixStream(path), gateway.serve_operator, of_operators)
    with serving(Group([devices, operators])):
        yield Service(inet_address(devices)[1], path)
    assert gateway.devices == {}


class Device:
    def __init__(self, service: Service, name: bytes) -> None:
        self.socket = connect(("127.0.0.1", service.port))
        self._received = self.socket.makefile("rb")
        self.socket.sendall(frame(HELLO, 0, name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._received.close()
        self.socket.close()

    def send(self, kind: int, number: int = 0, payload: bytes = b"") -> None:
        self.socket.sendall(frame(kind, number, payload))

    def receive(self) -> tuple[int, int, bytes] | None:
        if not (header := self._received.read(HEADER.size)):
            return None
        kind, number, length = HEADER.unpack(header)
        return kind, number, self._received.read(length)

    def report(self, payload: bytes) -> None:
        self.send(REPORT, 1, payload)
        assert self.receive() == (ACK, 1, b"")


@contextmanager
def operator(service: Service, line: str) -> Generator["subprocess.Popen[str]", None, None]:
    """Have an operator say a line, and wait for the answer meanwhile."""
    with subprocess.Popen(
        ["nc", "-N", "-U", service.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        program.stdin.write(f"{line}\n")
        program.stdin.close()
        program.stdin = None
        try:
            yield program
        finally:
            program.kill()


def test_reports_are_acknowledged_and_listed(service: Service) -> None:
    assert service.ask("list") == ""
    with Device(service, b"pump") as pump, Device(service, b"fan") as fan:
        pump.report(b"20 C")
        fan.report(b"900 rpm")
        pump.report(b"21 C")
        assert service.ask("list") == "pump=21 C fan=900 rpm"


def test_command_goes_down_and_its_result_comes_up_whatever_comes_between(service: Service) -> None:
    with Device(service, b"pump") as pump:
        pump.report(b"")
        with operator(service, "do pump open the valve") as asked:
            kind, number, command = pump.receive() or (0, 0, b"")
            assert (kind, command) == (COMMAND, b"open the valve")
            pump.send(RESULT, number + 7, b"of no command")
            pump.report(b"22 C")
            pump.send(RESULT, number, b"opened")
            pump.send(RESULT, number, b"again")
            assert asked.communicate(timeout=PATIENCE)[0] == "opened\n"
        pump.report(b"22 C")


def test_results_find_their_commands_in_whatever_order_they_come(service: Service) -> None:
    with Device(service, b"pump") as pump:
        pump.report(b"")
        with operator(service, "do pump one") as one, operator(service, "do pump two") as two:
            received = [pump.receive() or (0, 0, b"") for _ in range(2)]
            numbers = {command: number for _, number, command in received}
            pump.send(RESULT, numbers[b"two"], b"2")
            pump.send(RESULT, numbers[b"one"], b"1")
            assert [each.communicate(timeout=PATIENCE)[0] for each in (one, two)] == ["1\n", "2\n"]


def test_command_without_a_result_ends_in_time(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.05)
    with Device(service, b"pump") as pump:
        pump.report(b"")
        assert service.ask("do pump something") == "error: no answer"
        kind, number, command = pump.receive() or (0, 0, b"")
        assert (kind, command) == (COMMAND, b"something")
        pump.send(RESULT, number, b"too late")
        pump.report(b"")


def test_silent_device_is_asked_and_nothing_of_its_frames_is_lost(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "SILENCE", 0.05)
    with Device(service, b"pump") as pump:
        assert pump.receive() == (PING, 0, b"")
        sent = frame(REPORT, 3, b"slow")
        pump.socket.sendall(sent[:3])
        time.sleep(0.1)  # longer than SILENCE, in the middle of a header
        pump.socket.sendall(sent[3:])
        while (received := pump.receive()) == (PING, 0, b""):
            pump.send(PONG)
        assert received == (ACK, 3, b"")


def test_device_that_comes_again_takes_its_own_place(service: Service) -> None:
    with Device(service, b"pump") as former:
        former.report(b"old")
        with Device(service, b"pump") as pump:
            pump.report(b"new")
            former.socket.shutdown(socket.SHUT_WR)
            assert former.receive() is None
            assert service.ask("list") == "pump=new"


def test_drain_ends_all_devices_at_once(tmp_path: Path) -> None:
    devices = Server(TCP(port=0), gateway.serve_device, Multiplexed())
    with serving(Group([devices])):
        clients = [Device(Service(inet_address(devices)[1], ""), b"%d" % number) for number in range(20)]
        for client in clients:
            client.report(b"")
            client.send(PONG)
        before = time.monotonic()
    assert time.monotonic() - before < PATIENCE / 2
    for client in clients:
        with client:
            assert client.receive() is None


def test_example_is_short() -> None:
    assert len(Path(gateway.__file__).read_text().splitlines()) < 100
