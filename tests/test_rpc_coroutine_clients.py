"""Clients of RPC for coroutines: under every strategy, many calls at once, and what a cancellation leaves."""

import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from tests.rpc_peers import (
    PROGRAM,
    Asked,
    Connection,
    datagram_server,
    doubling,
    stream_server,
    succeeded,
)
from tests.running import PATIENCE, ask, running
from typedserver import (
    TCP,
    Asyncio,
    ConcurrencyStrategy,
    ConnectError,
    Forks,
    Inline,
    Multiplexed,
    Server,
    Stream,
    TaskGroup,
    ThreadPool,
    Threads,
    drive,
    sleep,
    stream_handler,
    timeout,
)
from typedserver.rpc import xdr
from typedserver.rpc.client_faces import CoroutineClient
from typedserver.rpc.clients import AsyncTCPClient, AsyncUDPClient
from typedserver.rpc.errors import ClientClosed, ConnectionLost, RPCTimedOut

HOST = "127.0.0.1"

STRATEGIES: dict[str, Callable[[], ConcurrencyStrategy[Coroutine[Any, Any, object]]]] = {
    "inline": Inline,
    "threads": Threads,
    "thread_pool": ThreadPool,
    "forks": Forks,
    "multiplexed": Multiplexed,
    "asyncio": Asyncio,
    "uvloop": lambda: Asyncio(loop_factory=uvloop.new_event_loop),
}


async def double(client: CoroutineClient, number: int) -> int:
    return await client.call(PROGRAM, 1, 1, xdr.encode_int, number, xdr.decode_int)


def double_it(server: socket.socket, call: Asked, address: tuple[str, int]) -> None:
    server.sendto(succeeded(call.xid, call.number * 2), address)


def answers_in_reverse(connection: Connection) -> None:
    """Answer three calls in reverse, then others as they come."""
    calls = [call for _ in range(3) if (call := connection.call())]
    for call in reversed(calls):
        connection.answer(succeeded(call.xid, call.number * 2))
    doubling(connection)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_calls_at_once_are_answered_under_every_strategy(strategy: str) -> None:
    with stream_server(answers_in_reverse) as stream_port, datagram_server(double_it) as datagram_port:

        @stream_handler
        async def handler(stream: Stream) -> None:
            async with AsyncTCPClient(HOST, stream_port) as client, AsyncUDPClient(HOST, datagram_port) as other:
                async with TaskGroup() as tasks:
                    made = [tasks.create_task(double(client, number)) for number in range(3)]
                    sent = [tasks.create_task(double(other, number)) for number in range(3)]
                results = [each.result() for each in (*made, *sent)]
                results.append(await double(client, 50))
            await stream.write(repr(results).encode())

        with running(Server(TCP(host=HOST, port=0), handler, strategy=STRATEGIES[strategy]())) as run:
            assert ask(run.server.server_address, b"") == b"[0, 2, 4, 0, 2, 4, 100]"


@pytest.mark.parametrize(
    "strategies",
    [
        ("threads", "threads"),
        ("thread_pool", "multiplexed"),
        ("multiplexed", "multiplexed"),
        ("asyncio", "multiplexed"),
        ("asyncio", "asyncio"),
        ("uvloop", "threads"),
    ],
)
def test_handlers_of_servers_in_different_loops_and_threads_share_one_client(strategies: tuple[str, str]) -> None:
    connections: list[Connection] = []

    def note(connection: Connection) -> None:
        connections.append(connection)
        doubling(connection)

    with stream_server(note) as port:
        client = AsyncTCPClient(HOST, port)

        @stream_handler
        async def handler(stream: Stream) -> None:
            async for line in stream:
                await stream.write(b"%d\n" % await double(client, int(line)))

        servers = [Server(TCP(host=HOST, port=0), handler, strategy=STRATEGIES[each]()) for each in strategies]
        with running(servers[0]), running(servers[1]):
            wrong: list[bytes] = []

            def visit(address: object, first: int) -> None:
                numbers = range(first, first + 50)
                came = ask(address, b"".join(b"%d\n" % number for number in numbers))
                if came != b"".join(b"%d\n" % (number * 2) for number in numbers):
                    wrong.append(came)

            threads = [
                threading.Thread(target=visit, args=(server.server_address, first))
                for first in range(0, 200, 50)
                for server in servers
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
        client.close()
    assert not wrong
    assert len(connections) == 1


def test_who_is_cancelled_while_it_receives_hands_that_on() -> None:
    release = threading.Event()

    def hold(connection: Connection) -> None:
        calls = [call for _ in range(2) if (call := connection.call())]
        release.wait(PATIENCE)
        for call in calls:
            connection.answer(succeeded(call.xid, call.number * 2))
        doubling(connection)

    async def main(port: int) -> list[int]:
        async with AsyncTCPClient(HOST, port) as client, TaskGroup() as tasks:
            first = tasks.create_task(double(client, 1))
            await sleep(0.02)
            second = tasks.create_task(double(client, 2))
            await sleep(0.02)
            first.cancel()
            await sleep(0.02)
            release.set()
            while not second.done():
                await sleep(0.005)
            return [second.result(), await double(client, 3)]

    with stream_server(hold) as port:
        assert drive(main(port)) == [4, 6]


def test_a_limit_of_time_ends_a_call_and_the_connection_goes_on() -> None:
    def answer_some(connection: Connection) -> None:
        for call in connection.calls():
            if call.number:
                connection.answer(succeeded(call.xid, call.number * 2))

    async def main(port: int) -> int:
        async with AsyncTCPClient(HOST, port) as client:
            with pytest.raises(TimeoutError):
                async with timeout(0.05):
                    await double(client, 0)
            with pytest.raises(RPCTimedOut):
                await double(client.using(timeout=0.05), 0)
            return await double(client, 2)

    with stream_server(answer_some) as port:
        assert drive(main(port)) == 4


def test_a_close_ends_calls_that_are_under_way() -> None:
    async def main(client: CoroutineClient) -> None:
        async with TaskGroup() as tasks:
            calls = [tasks.create_task(_failure(client, number)) for number in range(3)]
            await sleep(0.05)
            client.close()
        assert [type(call.result()) for call in calls] == [ClientClosed] * 3

    with stream_server(lambda connection: [*connection.calls()]) as port:
        drive(main(AsyncTCPClient(HOST, port)))
    with datagram_server(lambda _server, _call, _address: None) as port:
        drive(main(AsyncUDPClient(HOST, port)))


async def _failure(client: CoroutineClient, number: int) -> BaseException | None:
    try:
        await double(client, number)
    except (ClientClosed, ConnectionLost, ConnectError) as error:
        return error
    return None


def test_the_first_calls_at_once_make_one_connection() -> None:
    connections: list[Connection] = []

    def note(connection: Connection) -> None:
        connections.append(connection)
        doubling(connection)

    async def main(port: int) -> list[int]:
        async with AsyncTCPClient(HOST, port) as client, TaskGroup() as tasks:
            made = [tasks.create_task(double(client, number)) for number in range(10)]
        return [each.result() for each in made]

    with stream_server(note) as port:
        assert drive(main(port)) == [number * 2 for number in range(10)]
    assert len(connections) == 1


def test_calls_without_replies_are_batched() -> None:
    came: list[int] = []

    def note(connection: Connection) -> None:
        for call in connection.calls():
            came.append(call.number)
            if call.number == 9:
                connection.answer(succeeded(call.xid, 0))

    async def main(port: int) -> None:
        async with AsyncTCPClient(HOST, port) as client:
            await client.send(PROGRAM, 1, 1, xdr.encode_int, 0)
            async with client.batch() as batch:
                for number in (1, 2):
                    batch.send(PROGRAM, 1, 1, xdr.encode_int, number)
            await double(client, 9)

    with stream_server(note) as port:
        drive(main(port))
    assert came == [0, 1, 2, 9]
