"""However handshakes end, and whatever their server is doing, each request is released exactly once."""

import asyncio
import errno
import os
import socket
import time
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from tests.reactors import REACTORS
from tests.running import PATIENCE, Run, connect, running
from tests.test_draining import STRATEGIES, drain_callbacks, live_requests, upper
from tests.test_establishing import All, Knocking, config_of, talk
from typedserver import (
    Accepted,
    Asyncio,
    AuthenticationFailed,
    Bounded,
    Deadlines,
    Finished,
    Forks,
    InetAddress,
    Limits,
    Multiplexed,
    Outcome,
    Prefork,
    SelectorReactor,
    Server,
    ServerConfig,
    ServerContext,
    Stream,
    StreamRequest,
    ThreadPool,
    Threads,
    sleep,
    stream_handler,
)

# What a client does, by the byte that it knocks with.
SILENT, LEAVES, GOOD, WRONG, BREAKS, STALLS, CUT_AT_ONCE = b"", b"-", b"!", b"?", b"x", b"z", b"c"
KNOCKS: Final = [SILENT, LEAVES, GOOD, WRONG, BREAKS, STALLS, CUT_AT_ONCE]


async def behave(knock: bytes, request: StreamRequest) -> None:
    if knock == BREAKS:
        raise ValueError("a mistake of the listener's")
    if knock == STALLS:
        try:
            await sleep(PATIENCE)
        finally:
            # A clean-up that waits once more, and is cut again or ends by itself.
            await sleep(0.01)
    if knock == CUT_AT_ONCE:
        with suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)
        raise AuthenticationFailed("its connection has ended meanwhile")


def serve_and_check(strategy: Any, knocks: list[bytes], *, most: int, ends_by: str) -> Counter[Outcome]:
    """Have clients knock, end the server, and check its books; returns how the requests have ended."""
    seen = All()
    deadlines: dict[str, float] = {"establish": 0.15} if ends_by == "deadlines" else {}
    config = config_of(seen, Limits(connections=most, per_peer=1000), **deadlines)
    server = Server(Knocking(then=behave), upper, strategy, config=config)
    with ExitStack() as stack:
        run = stack.enter_context(running(server))
        for knock in knocks:
            client = stack.enter_context(connect(server.server_address))
            with suppress(OSError):
                client.sendall(knock.replace(LEAVES, b""))
            if knock == LEAVES:
                client.close()
            elif knock == GOOD:
                # So that it holds its place no longer than it must.
                client.shutdown(socket.SHUT_WR)
        if ends_by == "deadlines":
            with connect(server.server_address) as last:
                assert talk(last) == b"AB\n"
            seen.wait_for(Finished, len(knocks) + 1)
        elif ends_by == "drain":
            report = server.drain(0.05)
            assert report is not None
            assert report.left == 0
            run.join()
    check_books(server, seen)
    return Counter(event.outcome for event in seen.events if isinstance(event, Finished))


def check_books(server: Any, seen: All) -> None:
    servable = server.__lifetime__.servable
    assert live_requests(server) == drain_callbacks(server) == {}
    assert servable.table.establishing == set()
    assert servable.table.cut == {}
    assert servable._accounts.admission._peers == {}
    assert servable._processor._established == {}
    accepted = Counter(event.connection_id for event in seen.events if isinstance(event, Accepted))
    finished = Counter(event.connection_id for event in seen.events if isinstance(event, Finished))
    assert accepted == finished
    assert set(accepted.values()) <= {1}


MADE: Final[dict[str, Any]] = {
    "threads": Threads(),
    "thread_pool": ThreadPool(workers=1),
    "bounded": Bounded(Threads(), 1),
    "multiplexed": Multiplexed(),
    "bounded_multiplexed": Bounded(Multiplexed(), 1),
    "asyncio": Asyncio(grace=0.2),
    "forks": Bounded(Forks(), 2),
}


@pytest.mark.parametrize("ends_by", ["shutdown", "drain", "deadlines"])
@pytest.mark.parametrize("name", list(MADE))
def test_each_request_is_released_once_however_its_handshake_ends(name: str, ends_by: str) -> None:
    @settings(max_examples=6, deadline=None, database=None)
    @given(st.lists(st.sampled_from(KNOCKS), max_size=6), st.sampled_from([2, 100]))
    def trial(knocks: list[bytes], most: int) -> None:
        serve_and_check(MADE[name], knocks, most=most, ends_by=ends_by)

    trial()


def test_outcome_of_a_handshake_says_how_it_has_ended() -> None:
    knocks = [SILENT, LEAVES, GOOD, WRONG, BREAKS, STALLS, CUT_AT_ONCE]
    ends = serve_and_check(Threads(), knocks, most=100, ends_by="deadlines")
    assert ends == {
        Outcome.CUT: 2,
        Outcome.DISCONNECTED: 1,
        Outcome.SERVED: 2,
        Outcome.REJECTED: 2,
        Outcome.FAILED: 1,
    }


@pytest.fixture
def executor() -> Generator[ThreadPoolExecutor, None, None]:
    with ThreadPoolExecutor(8) as made:
        yield made


# Other processes


def ask_knocking(address: Any) -> bytes:
    with connect(address) as client:
        return talk(client)


def test_workers_of_a_prefork_establish_for_themselves() -> None:
    server = Server(Knocking(), upper, ThreadPool(workers=1), config=config_of())
    with ExitStack() as stack:
        run = stack.enter_context(running(Prefork(server, 2)))
        for _ in range(20):
            stack.enter_context(connect(server.server_address))
        for _ in range(4):
            assert ask_knocking(server.server_address) == b"AB\n"
        begun = time.monotonic()
        run.server.drain(10)
        assert time.monotonic() - begun < 5
        run.join()


@pytest.mark.parametrize("name", ["threads", "multiplexed", "forks"])
def test_process_that_a_handler_forks_leaves_handshakes_to_its_parent(name: str) -> None:
    """What is in the middle of a handshake goes on in the parent, whatever the child does and however it ends."""

    def fork(request: StreamRequest, _client_address: object, _server: ServerContext) -> None:
        pid = os.fork()
        if not pid:
            raise SystemExit(3)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        request.sendall(b"%d" % status)

    @stream_handler
    async def fork_in_loop(stream: Stream) -> None:
        fork(stream.socket, None, stream.server)

    handler: Any = fork_in_loop if name == "multiplexed" else fork
    with ExitStack() as stack:
        executor = stack.enter_context(ThreadPoolExecutor(1))
        run = stack.enter_context(running(Server(Knocking(), handler, STRATEGIES[name](executor))))
        address = run.server.server_address
        late = [stack.enter_context(connect(address)) for _ in range(3)]
        for client in (stack.enter_context(connect(address)), *late):
            client.sendall(b"!")
            assert client.recv(100) == b"3"


# Loops of others


def test_server_in_a_loop_of_asyncio_establishes_there() -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        with ExitStack() as stack:
            server = stack.enter_context(Server(Knocking(), upper, Bounded(Threads(), 1), config=config_of()))
            attachment = server.attach(loop)
            for _ in range(10):
                stack.enter_context(connect(server.server_address))
            for _ in range(3):
                assert await loop.run_in_executor(None, ask_knocking, server.server_address) == b"AB\n"
            attachment.detach()

    asyncio.run(serve())


@pytest.mark.parametrize("factory", REACTORS.values(), ids=REACTORS)
def test_handshakes_run_in_every_kind_of_loop(factory: Any) -> None:
    config = ServerConfig(reactor_factory=factory, deadlines=Deadlines(establish=0.3))
    with ExitStack() as stack:
        run = stack.enter_context(running(Server(Knocking(), upper, Threads(), config=config)))
        quiet = [stack.enter_context(connect(run.server.server_address)) for _ in range(5)]
        for knock, answer in ((b"!ab\n", b"AB\n"), (b"?", b""), (b"!ab\n", b"AB\n")):
            with connect(run.server.server_address) as client:
                client.sendall(knock)
                assert client.recv(100) == answer
        for client in quiet:
            assert client.recv(100) == b""
        assert ask_knocking(run.server.server_address) == b"AB\n"


# Faults of others


class Failing(Server[StreamRequest, InetAddress]):
    """Its hooks raise."""

    @override
    def handle_error(self, request: Any, client_address: Any, /) -> None:
        raise ZeroDivisionError("an overridden handle_error")

    @override
    def shutdown_request(self, request: Any, /) -> None:
        super().shutdown_request(request)
        raise ZeroDivisionError("an overridden shutdown_request")


@pytest.mark.parametrize("name", ["threads", "inline", "multiplexed"])
def test_hook_that_fails_in_the_name_of_a_handshake_ends_the_loop_and_no_place_is_kept(
    name: str, executor: ThreadPoolExecutor
) -> None:
    seen = All()
    config = config_of(seen, Limits(connections=10, per_peer=1000))
    server = Failing(Knocking(then=behave), upper, STRATEGIES[name](executor), config=config).open()
    run = Run(server)
    with connect(server.server_address) as quiet, connect(server.server_address) as client:
        seen.wait_for(Accepted, 2)
        client.sendall(BREAKS)
        run.join()
        if name == "multiplexed":
            # It runs handshakes itself, which stay until the loop goes on, or the server is closed.
            server.server_close()
        assert quiet.recv(100) == b""
    server.server_close()
    assert isinstance(run.result, ZeroDivisionError)
    check_books(server, seen)


def test_loop_that_takes_no_descriptor_more_refuses_that_client_alone() -> None:
    class Full(SelectorReactor):
        refuses = False

        @override
        def add_reader(self, fd: int, callback: Any, /) -> None:
            if self.refuses:
                Full.refuses = False
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            super().add_reader(fd, callback)

    seen = All()
    config = ServerConfig(reactor_factory=Full, observer=seen, limits=Limits(connections=10, per_peer=1000))
    server = Server(Knocking(), upper, Threads(), config=config)
    with running(server), connect(server.server_address) as good:
        assert talk(good) == b"AB\n"
        Full.refuses = True
        with connect(server.server_address) as refused:
            assert refused.recv(100) == b""
        assert ask_knocking(server.server_address) == b"AB\n"
    ends = [event.outcome for event in seen.events if isinstance(event, Finished)]
    assert ends.count(Outcome.FAILED) == 1
    check_books(server, seen)
