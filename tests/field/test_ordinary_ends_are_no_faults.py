"""A client that goes in an ordinary way is a disconnect, however its handler meets that: no fault, no warning."""

import asyncio
import logging
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from tests.running import PATIENCE, Client, connect, running

from typedserver import (
    TCP,
    Asyncio,
    Deadlines,
    Finished,
    IncompleteRead,
    LineTooLong,
    Multiplexed,
    Outcome,
    PeerTimedOut,
    Server,
    ServerConfig,
    ServerEvent,
    Stream,
    Threads,
    stream_handler,
)
from typedserver.errors import is_disconnect, is_peers_fault
from typedserver.events import outcome_of


def reset(client: Client) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # socket.socket's: a shutdown before it would send the end.
    socket.socket.close(client)


def end(client: Client) -> None:
    client.close()


def outcome_and_log(
    handler: Any, strategy: Any, leave: Callable[[Client], object], caplog: pytest.LogCaptureFixture
) -> tuple[Outcome, list[str]]:
    """Serve a client that leaves; returns how its request ended, and the levels of what was logged above DEBUG."""
    seen: list[Finished] = []

    def observe(event: ServerEvent) -> None:
        if isinstance(event, Finished):
            seen.append(event)

    config = ServerConfig(observer=observe, deadlines=Deadlines(read=PATIENCE))
    with (
        caplog.at_level(logging.DEBUG, "typedserver"),
        running(Server(TCP(port=0), handler, strategy, config=config)) as run,
    ):
        client = connect(run.server.server_address)
        client.sendall(b"\0\0\0\2ab")
        assert client.recv(10) == b"ok"
        leave(client)
        client.close()
        run.server.drain(PATIENCE)
    levels = [record.levelname for record in caplog.records if record.levelno > logging.DEBUG]
    return seen[0].outcome, levels


@stream_handler
async def frames(stream: Stream) -> None:
    while True:
        size = int.from_bytes(await stream.readexactly(4), "big")
        await stream.readexactly(size)
        await stream.write(b"ok")


@stream_handler
async def frames_in_a_group(stream: Stream) -> None:
    async with asyncio.TaskGroup() as outer:
        outer.create_task(asyncio.sleep(PATIENCE))

        async def inner() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(asyncio.sleep(PATIENCE))

                async def read() -> None:
                    while True:
                        await stream.readexactly(4)
                        await stream.readexactly(2)
                        await stream.write(b"ok")

                tasks.create_task(read())

        outer.create_task(inner())


@pytest.mark.parametrize("leave", [reset, end])
@pytest.mark.parametrize(
    ("handler", "strategy"),
    [
        (frames, Threads()),
        (frames, Multiplexed()),
        (frames, Asyncio(grace=0)),
        (frames_in_a_group, Asyncio(grace=0)),
    ],
    ids=repr,
)
def test_client_that_goes_between_two_frames_has_disconnected(
    handler: Any, strategy: Any, leave: Callable[[Client], object], caplog: pytest.LogCaptureFixture
) -> None:
    assert outcome_and_log(handler, strategy, leave, caplog) == (Outcome.DISCONNECTED, [])


def test_client_that_ends_within_a_frame_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    def leave(client: Client) -> None:
        client.sendall(b"\0\0")

    assert outcome_and_log(frames, Threads(), leave, caplog) == (Outcome.GIVEN_UP, ["WARNING"])


def test_mistake_beside_a_reset_is_reported_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    @stream_handler
    async def mistaken(stream: Stream) -> None:
        await stream.readexactly(6)
        await stream.write(b"ok")

        async def read() -> None:
            await stream.read(1)
            raise ConnectionResetError

        async def fail() -> None:
            try:
                await asyncio.sleep(PATIENCE)
            finally:
                raise ZeroDivisionError

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())
            tasks.create_task(read())

    outcome = outcome_and_log(mistaken, Asyncio(grace=0), lambda client: client.sendall(b"x"), caplog)
    assert outcome == (Outcome.FAILED, ["ERROR"])


GONE = ConnectionResetError("gone")
LEFT = IncompleteRead(b"", 4)
SILENT = PeerTimedOut("silent")
LONG = LineTooLong("long")
BROKEN_OFF = IncompleteRead(b"ab", 4)
MISTAKE = ZeroDivisionError()
CANCELLED = asyncio.CancelledError()


def group(*errors: BaseException) -> BaseExceptionGroup[BaseException]:
    return BaseExceptionGroup("several", errors)


def nested(error: BaseException, depth: int) -> BaseException:
    for _ in range(depth):
        error = group(error)
    return error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (group(GONE), Outcome.DISCONNECTED),
        (group(GONE, LEFT, BrokenPipeError()), Outcome.DISCONNECTED),
        (group(group(GONE), group(group(LEFT))), Outcome.DISCONNECTED),
        (group(GONE, CANCELLED), Outcome.DISCONNECTED),
        (group(SILENT), Outcome.GIVEN_UP),
        (group(GONE, group(SILENT)), Outcome.GIVEN_UP),
        (group(LONG, BROKEN_OFF, CANCELLED), Outcome.GIVEN_UP),
        (group(GONE, SILENT, MISTAKE), Outcome.FAILED),
        (group(group(GONE), group(MISTAKE)), Outcome.FAILED),
        (group(GONE, KeyboardInterrupt()), Outcome.FAILED),
        (group(CANCELLED), Outcome.FAILED),
        (nested(GONE, 5000), Outcome.DISCONNECTED),
        (nested(SILENT, 5000), Outcome.GIVEN_UP),
        (nested(MISTAKE, 5000), Outcome.FAILED),
    ],
)
def test_group_counts_as_the_worst_of_what_it_holds(error: BaseException, outcome: Outcome) -> None:
    assert outcome_of(error, was_cut=False) is outcome
    assert is_disconnect(error) is (outcome is Outcome.DISCONNECTED)
    assert is_peers_fault(error) is (outcome is Outcome.GIVEN_UP)
