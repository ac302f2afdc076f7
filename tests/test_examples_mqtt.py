"""The MQTT broker of the examples: mosquitto's clients, and plain sockets."""

import shutil
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from examples import mqtt
from examples.mqtt import Kind, Packet, Packets, fits

from tests.running import PATIENCE, Client, connect, running
from typedserver import TCP, FramingError, Multiplexed, Server, Threads, inet_address

PACKETS = Packets()

needs_mosquitto = pytest.mark.skipif(shutil.which("mosquitto_sub") is None, reason="mosquitto-clients")


@pytest.fixture(params=[Multiplexed, Threads])
def broker(request: pytest.FixtureRequest) -> Generator[Server[Any, Any], None, None]:
    strategy: Callable[[], Any] = request.param
    server = Server(TCP(port=0), mqtt.subscribers, strategy(), config=mqtt.config, lifespan=mqtt.everybody)
    with running(server):
        yield server


@pytest.fixture
def port(broker: Server[Any, Any]) -> int:
    return inet_address(broker)[1]


class Peer:
    """A client that sends and receives packets."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._received = b""
        self.send(Kind.CONNECT, b"\0\4MQTT\4\2\0\0\0\0")
        assert self.receive() == Packet(Kind.CONNACK, b"\0\0")

    def send(self, kind: Kind, body: bytes, flags: int = 0) -> None:
        self._client.sendall(PACKETS.encode(Packet(kind, body, flags)))

    def receive(self) -> Packet | None:
        while (taken := PACKETS.decode(self._received, 0)) is None:
            part = self._client.recv(65536)
            if not part:
                return None
            self._received += part
        packet, end = taken
        self._received = self._received[end:]
        return packet

    def subscribe(self, topic: bytes) -> None:
        self.send(Kind.SUBSCRIBE, b"\0\1" + string(topic) + b"\0", 2)
        assert self.receive() == Packet(Kind.SUBACK, b"\0\1\0")


def string(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


@contextmanager
def peer(port: int) -> Generator[Peer, None, None]:
    with connect(("127.0.0.1", port)) as client:
        yield Peer(client)


def test_what_one_publishes_all_who_want_it_are_sent(port: int) -> None:
    with peer(port) as first, peer(port) as second, peer(port) as third:
        first.subscribe(b"home/+")
        second.subscribe(b"home/#")
        third.subscribe(b"home/door")
        third.send(Kind.PUBLISH, string(b"home/door") + b"open")
        for each in (first, second, third):
            assert each.receive() == Packet(Kind.PUBLISH, string(b"home/door") + b"open")
        first.send(Kind.PUBLISH, string(b"home/hall/lamp") + b"on")
        assert second.receive() == Packet(Kind.PUBLISH, string(b"home/hall/lamp") + b"on")
        for each in (first, third):
            each.send(Kind.PINGREQ, b"")
            assert each.receive() == Packet(Kind.PINGRESP, b"")


def test_one_who_no_longer_wants_a_topic_is_sent_nothing(port: int) -> None:
    with peer(port) as first:
        first.subscribe(b"news")
        first.send(Kind.UNSUBSCRIBE, b"\0\2" + string(b"news"), 2)
        assert first.receive() == Packet(Kind.UNSUBACK, b"\0\2")
        first.send(Kind.PUBLISH, string(b"news") + b"old")
        first.send(Kind.PINGREQ, b"")
        assert first.receive() == Packet(Kind.PINGRESP, b"")


def test_packet_that_is_to_arrive_at_least_once_is_acknowledged(port: int) -> None:
    with peer(port) as first, peer(port) as second:
        second.subscribe(b"news")
        first.send(Kind.PUBLISH, string(b"news") + b"\0\7big", 2)
        assert first.receive() == Packet(Kind.PUBACK, b"\0\7")
        assert second.receive() == Packet(Kind.PUBLISH, string(b"news") + b"big")
        first.send(Kind.PUBLISH, string(b"news") + b"\0\7big", 4)
        assert first.receive() is None


def test_client_that_takes_its_leave_is_disconnected(port: int) -> None:
    with peer(port) as first:
        first.send(Kind.DISCONNECT, b"")
        assert first.receive() is None


def test_publisher_waits_for_no_subscriber_who_does_not_read(port: int) -> None:
    with peer(port) as publisher, peer(port) as slow, peer(port) as other:
        slow.subscribe(b"news")
        other.subscribe(b"news")
        news = string(b"news") + bytes(100_000)
        for _ in range(100):
            publisher.send(Kind.PUBLISH, news)
            assert other.receive() == Packet(Kind.PUBLISH, news)


@needs_mosquitto
def test_mosquittos_clients_publish_and_subscribe(broker: Server[Any, Any], port: int) -> None:
    options = ["-h", "127.0.0.1", "-p", str(port), "-V", "311"]
    listening = subprocess.Popen(
        ["mosquitto_sub", *options, "-t", "home/+", "-v", "-C", "3"], stdout=subprocess.PIPE, text=True
    )
    subscribers: Any = broker.lifespan_value
    deadline = time.monotonic() + PATIENCE
    try:
        while not any(each.wanted for each in tuple(subscribers)):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        for quality, message in enumerate(["open", "shut"]):
            publish = ["mosquitto_pub", *options, "-t", "home/door", "-m", message, "-q", str(quality)]
            subprocess.run(publish, check=True, timeout=PATIENCE)
        lines = "".join(f"{number}\n" for number in range(1000))
        publish = ["mosquitto_pub", *options, "-t", "home/lines", "-s"]
        subprocess.run(publish, check=True, timeout=PATIENCE, input=lines, text=True)
        said, _ = listening.communicate(timeout=PATIENCE)
        assert "home/door open\n" in said
        assert "home/door shut\n" in said
        assert f"home/lines {lines}" in said
        assert listening.returncode == 0
    finally:
        listening.kill()
        listening.communicate()


@pytest.mark.parametrize(
    ("wanted", "topic", "does"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a/b", "a", False),
        ("a", "a/b", False),
        ("+", "a", True),
        ("+", "a/b", False),
        ("a/+/c", "a/b/c", True),
        ("#", "a/b", True),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("b/#", "a/b", False),
    ],
)
def test_wildcards_stand_for_levels(wanted: str, topic: str, does: bool) -> None:
    assert fits(wanted.encode().split(b"/"), topic.encode().split(b"/")) is does


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 2**18])
def test_packet_of_any_size_is_one_again(size: int) -> None:
    packet = Packet(Kind.PUBLISH, bytes(size), 2)
    data = PACKETS.encode(packet)
    assert PACKETS.decode(b"x" + data, 1) == (packet, 1 + len(data))
    assert all(PACKETS.decode(data[:end], 0) is None for end in range(min(len(data), 10)))


def test_packet_beyond_the_limit_is_refused() -> None:
    with pytest.raises(FramingError, match="longer than"):
        PACKETS.decode(b"\x30\xff\xff\xff\x7f", 0)
    with pytest.raises(FramingError, match="more than four bytes"):
        PACKETS.decode(b"\x30\x80\x80\x80\x80\x01", 0)
