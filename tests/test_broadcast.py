"""Broadcasting: one message to all, which no slow peer holds up."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.contexts import Context
from tests.reliability.chat import Figures, chat
from tests.running import PATIENCE, connect, running
from tests.test_outbox import every_strategy
from typedserver import (
    TCP,
    Multiplexed,
    Server,
    Stream,
    StreamConfig,
    broadcast,
    stream_handler,
)


def test_broadcast_gives_a_message_to_all_and_returns_the_slow_ones() -> None:
    pairs = [socket.socketpair() for _ in range(3)]
    try:
        streams = [Stream(left, name, Context(), StreamConfig(outbox=1000)) for name, (left, _) in enumerate(pairs)]
        while streams[1].try_write(bytes(1000)):
            pass
        assert broadcast(streams, memoryview(b"x" * 600)) == [streams[1]]
        for _, right in (pairs[0], pairs[2]):
            assert right.recv(1000) == b"x" * 600
        assert broadcast(set(streams), b"") == []
        assert broadcast((), b"nobody") == []
    finally:
        for left, right in pairs:
            left.close()
            right.close()


def test_broadcast_skips_those_who_have_ended() -> None:
    pairs = [socket.socketpair() for _ in range(4)]
    try:
        streams = [Stream(left, name, Context()) for name, (left, _) in enumerate(pairs)]
        pairs[0][0].close()
        pairs[1][1].close()
        streams[2].close()
        assert broadcast(streams, b"x") == []
        assert pairs[3][1].recv(10) == b"x"
    finally:
        for left, right in pairs:
            left.close()
            right.close()


def test_broadcast_takes_its_streams_at_once() -> None:
    left, right = socket.socketpair()
    with left, right:
        stream = Stream(left, "client", Context())
        room = {stream}
        streams = (room.pop() for _ in range(1))
        assert broadcast(streams, b"x") == []
        assert right.recv(10) == b"x"


@every_strategy
def test_every_client_gets_every_line_though_one_never_reads(make: Callable[[], Any]) -> None:
    figures: Figures = chat(make(), members=8, lines=400, rate=600, size=4000, write=0.3)
    assert figures.lost == 0
    assert figures.slow_was_ended
    # A speaker that waited for the slow one would wait for its deadline. On a machine with much else to do, some wait
    # for a processor.
    assert figures.waits[len(figures.waits) * 9 // 10] < 0.2


@every_strategy
def test_client_that_sends_many_lines_at_once_has_all_answers_at_once(make: Callable[[], Any]) -> None:
    @stream_handler
    async def upper(stream: Stream) -> None:
        async for line in stream:
            await stream.write(line.upper())

    took: list[float] = []
    server: Server[Any, Any] = Server(TCP(port=0), upper, make())
    with running(server), connect(server.server_address) as client:
        # Not at first, when the client's kernel acknowledges at once.
        for _ in range(15):
            begun = time.monotonic()
            client.sendall(b"line\n" * 16)
            got = b""
            while len(got) < 80:
                got += client.recv(1000)
            took.append(time.monotonic() - begun)
            assert got == b"LINE\n" * 16
    # It was 44 ms each time, in which the client's kernel waited for something to send with its acknowledgement.
    assert sorted(took)[10] < 0.03


def test_second_write_of_a_connection_has_the_kernel_hold_back_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, connect(listener.getsockname()) as client:
        served, _ = listener.accept()
        with served:
            served.setblocking(False)
            stream = Stream(served, "client", Context())
            nodelay: list[int] = []
            for _ in range(3):
                assert stream.try_write(b"x")
                nodelay.append(served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            assert (nodelay[0], bool(nodelay[1]), bool(nodelay[2])) == (0, True, True)
            assert client.recv(1) == b"x"


def test_any_thread_broadcasts() -> None:
    members: set[Stream] = set()

    @stream_handler
    async def member(stream: Stream) -> None:
        members.add(stream)
        try:
            async for _ in stream:
                pass
        finally:
            members.discard(stream)

    server: Server[Any, Any] = Server(TCP(port=0), member, Multiplexed())
    with running(server):
        clients = [connect(server.server_address) for _ in range(5)]
        deadline = time.monotonic() + PATIENCE
        while len(members) < len(clients):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        threads = [threading.Thread(target=broadcast, args=(members, b"%d\n" % number)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for client in clients:
            got = b""
            while len(got) < 20:
                got += client.recv(100)
            assert sorted(got.split()) == [b"%d" % number for number in range(10)]
            client.close()
