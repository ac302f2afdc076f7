"""The sd_notify protocol: what a service sends, and what its manager receives."""

import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.running import PATIENCE
from typedserver.service import notify


@pytest.fixture(params=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[socket.socket, None, None]:
    """A service manager's socket, as NOTIFY_SOCKET names it."""
    path = tmp_path / "notify"
    address, value = (str(path), str(path)) if request.param == "path" else (f"\0{path}", f"@{path}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.settimeout(PATIENCE)
        made.bind(address)
        monkeypatch.setenv("NOTIFY_SOCKET", value)
        yield made
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("send", "message"),
    [
        (notify.ready, b"READY=1"),
        (notify.stopping, b"STOPPING=1"),
        (notify.watchdog, b"WATCHDOG=1"),
        (lambda: notify.status("two\n lines"), b"STATUS=two lines"),
        (lambda: notify.status("\U0001f642" * 5000), b"STATUS=" + "\U0001f642".encode() * 1000),
        (lambda: notify.notify("MAINPID=7", "READY=1"), b"MAINPID=7\nREADY=1"),
    ],
)
def test_message_comes_to_the_manager(manager: socket.socket, send: Callable[[], bool], message: bytes) -> None:
    assert send()
    assert manager.recv(8192) == message


def test_reload_is_sent_with_the_time_of_the_monotonic_clock(manager: socket.socket) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert notify.reloading()
    state, at = manager.recv(4096).decode().split("\n")
    assert state == "RELOADING=1"
    assert before <= int(at.removeprefix("MONOTONIC_USEC=")) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


@pytest.mark.parametrize("value", [None, "", "relative", "vsock:2:1234", "/no/such/socket", "@no such name", "@"])
def test_without_a_manager_nothing_is_sent_and_nothing_is_raised(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setenv("NOTIFY_SOCKET", value)
    assert not notify.ready()


def test_manager_that_does_not_read_does_not_block_the_service(manager: socket.socket) -> None:
    started = time.monotonic()
    delivered = 0
    while notify.watchdog():
        delivered += 1
        assert delivered < 100_000
    assert delivered > 0
    assert time.monotonic() - started < PATIENCE


@pytest.mark.parametrize(
    ("microseconds", "pid", "seconds"),
    [
        ("20000000", None, 10.0),
        ("20000000", "own", 10.0),
        ("1", "own", 5e-7),
        ("20000000", "1", None),
        ("20000000", "", None),
        ("0", None, None),
        ("-1", None, None),
        ("x", None, None),
        ("", None, None),
        (None, "own", None),
    ],
)
def test_watchdog_interval_is_half_the_time_given_to_this_process(
    monkeypatch: pytest.MonkeyPatch, microseconds: str | None, pid: str | None, seconds: float | None
) -> None:
    for name, value in (("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", pid)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, str(os.getpid()) if value == "own" else value)
    assert notify.watchdog_interval() == seconds


# The manager's end


@pytest.fixture(params=["linux", "darwin"])
def receiver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Generator[notify.Receiver, None, None]:
    """A receiver that this process sends to, as on this platform and as on one without abstract names."""
    monkeypatch.setattr(sys, "platform", request.param)
    with notify.Receiver() as made:
        monkeypatch.setenv("NOTIFY_SOCKET", made.address)
        yield made


def wait_for_message(receiver: notify.Receiver) -> None:
    assert select.select([receiver], [], [], PATIENCE)[0]


def test_receiver_hears_the_variables_of_each_message(receiver: notify.Receiver) -> None:
    assert list(receiver.messages(os.getpid())) == []
    assert notify.notify("READY=1", "STATUS=a=b", "no assignment", "EMPTY=")
    assert notify.stopping()
    wait_for_message(receiver)
    assert list(receiver.messages(os.getpid())) == [
        {"READY": "1", "STATUS": "a=b", "EMPTY": ""},
        {"STOPPING": "1"},
    ]
    assert list(receiver.messages(os.getpid())) == []


def test_receiver_takes_bytes_that_are_no_text(receiver: notify.Receiver) -> None:
    assert notify.status(b"\xff".decode(errors="surrogateescape"))
    assert list(receiver.messages(os.getpid())) == [{"STATUS": "\udcff"}]


def test_receiver_that_refuses_delivers_earlier_messages_and_fails_later_senders(
    receiver: notify.Receiver,
) -> None:
    assert notify.ready()
    receiver.refuse_more()
    assert not notify.stopping()
    assert list(receiver.messages(os.getpid())) == [{"READY": "1"}]
    assert list(receiver.messages(os.getpid())) == []


def test_receiver_leaves_no_file_after_its_close(receiver: notify.Receiver) -> None:
    place = Path(receiver.address)
    is_abstract = receiver.address.startswith("@")
    assert is_abstract or (place.is_socket() and place.parent.stat().st_mode & 0o777 == 0o700)
    receiver.close()
    receiver.close()
    assert is_abstract or not place.parent.exists()
    assert not notify.ready()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the sender of a datagram")
def test_receiver_delivers_messages_of_the_requested_process_only() -> None:
    with notify.Receiver() as receiver:
        environment = {**os.environ, "NOTIFY_SOCKET": receiver.address}
        command = [sys.executable, "-c", "from typedserver.service import notify; assert notify.ready()"]
        with subprocess.Popen(command, env=environment) as service:
            assert service.wait(PATIENCE) == 0
        assert list(receiver.messages(os.getpid())) == []
        with subprocess.Popen(command, env=environment) as service:
            assert service.wait(PATIENCE) == 0
            assert list(receiver.messages(service.pid)) == [{"READY": "1"}]


@pytest.mark.skipif(shutil.which("systemd-notify") is None, reason="systemd is not installed")
def test_receiver_hears_systemds_own_client(receiver: notify.Receiver) -> None:
    environment = {**os.environ, "NOTIFY_SOCKET": receiver.address}
    with subprocess.Popen(["systemd-notify", "--ready", "--status=well"], env=environment) as client:
        # If it has the right, it speaks for its caller.
        pid = os.getpid() if os.geteuid() == 0 else client.pid
        heard: dict[str, str] = {}
        # It waits until the manager has read everything: its last message carries a descriptor, which the kernel then
        # closes (sd_notify(3)).
        while client.poll() is None:
            select.select([receiver], [], [], 0.01)
            for message in receiver.messages(pid):
                heard.update(message)
        assert client.returncode == 0
    assert heard["READY"] == "1"
    assert heard["STATUS"] == "well"
