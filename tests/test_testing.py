"""The endpoints for tests: they fail as the test asks, and otherwise behave like the wrapped ones."""

import errno
import logging
import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import FrozenInstanceError
from itertools import repeat
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

import typedserver
from tests import matrix
from tests.contexts import Context
from tests.running import PATIENCE, ask, ask_datagram, connect, running
from typedserver import (
    TCP,
    UDP,
    Asyncio,
    BaseEndpoint,
    BaseListener,
    CompositionError,
    Forks,
    Group,
    Inline,
    LifecycleError,
    ListenError,
    Multiplexed,
    Prefork,
    RecipeError,
    RequestKind,
    SelectorReactor,
    Server,
    ServerConfig,
    State,
    Stream,
    StreamRequest,
    Threads,
    UnixStream,
    sleep,
    stream_handler,
    wait_draining,
)
from typedserver.testing import Fault, Faults, Faulty, FaultyExecutor, Socketpairs, serving

# Faulty


def test_faulty_without_faults_is_the_endpoint_that_it_wraps(config: ServerConfig, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with running(Server(Faulty(UnixStream(path)), matrix.stream_function, Forks(), config=config)) as run:
        assert run.server.server_address == path
        assert ask(path, b"served") == b"SERVED"
    assert not os.path.exists(path)


def test_faulty_datagrams_are_answered_by_forks_with_and_without_faults(config: ServerConfig) -> None:
    endpoint = Faulty(UDP(port=0), requests=[None, Faults()])
    with running(Server(endpoint, matrix.datagram_of_data, Forks(), config=config)) as run:
        for _ in range(3):
            assert ask_datagram(run.server.server_address, b"served") == b"SERVED"


def test_faulty_fits_no_strategy_that_the_wrapped_endpoint_does_not() -> None:
    handler: Any = matrix.stream_coroutine
    with pytest.raises(CompositionError):
        Server(Faulty(UDP(port=0)), handler, Multiplexed())


def test_faulty_raises_as_the_wrapped_endpoint_does_if_it_cannot_listen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ListenError):
        Faulty(TCP(port=taken.getsockname()[1])).listen()


def test_faulty_says_of_itself_what_the_wrapped_endpoint_and_its_listener_do() -> None:
    recipe = Faulty(UDP(port=0, name="log"), accept=[errno.EMFILE])
    assert (recipe.request_kind, recipe.fd_name) == ("datagrams", "log")
    assert recipe.sharing_port(53) == Faulty(UDP(port=53, name="log", reuse_port=True), accept=[errno.EMFILE])
    assert Faulty(Socketpairs()).sharing_port(0) is None
    listener = recipe.listen()
    assert listener.request_kind == "datagrams"
    listener.share()
    assert listener.withdraw() == "shared"
    listener.close()


def test_faulty_recipe_is_frozen_and_shows_what_it_does() -> None:
    recipe = Faulty(TCP(port=0), accept=[errno.EMFILE])
    assert repr(recipe) == "Faulty(endpoint=TCP(port=0), accept=[24])"
    with pytest.raises(FrozenInstanceError):
        recipe.accept = ()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_faulty_accept_fails_in_turn_and_then_no_more() -> None:
    listener = Faulty(TCP(port=0), accept=[errno.EMFILE, None, errno.ECONNABORTED]).listen()
    try:
        with connect(listener.server_address):
            with pytest.raises(OSError) as raised:
                listener.get_request()
            assert (raised.value.errno, raised.value.strerror) == (errno.EMFILE, os.strerror(errno.EMFILE))
            listener.get_request()[0].close()
        with pytest.raises(ConnectionAbortedError):
            listener.get_request()
        with pytest.raises(BlockingIOError):
            listener.get_request()
    finally:
        listener.close()


def test_faulty_sequence_begins_anew_with_each_listener_and_an_iterator_goes_on() -> None:
    def outcome(endpoint: Faulty[Any, Any]) -> int | None:
        listener = endpoint.listen()
        try:
            listener.get_request()
        except OSError as error:
            return error.errno
        finally:
            listener.close()
        return None

    faults: list[Fault] = [errno.EMFILE, errno.ENFILE]
    sequence, iterator = Faulty(TCP(port=0), accept=faults), Faulty(TCP(port=0), accept=iter(faults))
    assert [outcome(sequence), outcome(sequence)] == [errno.EMFILE, errno.EMFILE]
    assert [outcome(iterator), outcome(iterator), outcome(iterator)] == [errno.EMFILE, errno.ENFILE, errno.EAGAIN]


def test_faulty_accept_can_be_changed_while_the_server_runs(config: ServerConfig) -> None:
    recovered = threading.Event()

    def until_recovered() -> Iterator[Fault]:
        while not recovered.is_set():
            yield errno.EMFILE

    endpoint = Faulty(TCP(port=0), accept=until_recovered())
    server = Server(endpoint, matrix.stream_function, config=config)
    with running(server), connect(server.server_address) as client:
        client.sendall(b"x")
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1)
        recovered.set()
        client.settimeout(PATIENCE)
        assert client.recv(1) == b"X"


def calls(request: StreamRequest, _client_address: object, _server: object) -> None:
    """Make each of the calls that can fail, and answer with the results."""
    results: list[str] = []
    for call in (
        lambda: request.recv(100),
        lambda: request.recv_into(bytearray(100)),
        lambda: request.send(b"a"),
        lambda: request.sendall(b"b"),
        lambda: request.shutdown(socket.SHUT_RD),
    ):
        try:
            call()
        except OSError as error:
            results.append(errno.errorcode[error.errno or 0])
        else:
            results.append("done")
    request.sendall(" ".join(results).encode())


def test_faulty_requests_fail_each_by_its_own_faults() -> None:
    endpoint = Faulty(
        TCP(port=0),
        requests=[
            Faults(recv=[errno.ECONNRESET, None], send=[None, errno.EPIPE], shutdown=[errno.ENOTCONN]),
            None,
            Faults(recv=[None, errno.ETIMEDOUT]),
        ],
    )
    with running(Server(endpoint, calls)) as run:
        address = run.server.server_address
        assert ask(address, b"x") == b"a" + b"ECONNRESET done done EPIPE ENOTCONN"
        assert ask(address, b"x") == b"ab" + b"done done done done done"
        assert ask(address, b"x") == b"ab" + b"done ETIMEDOUT done done done"
        assert ask(address, b"x") == b"ab" + b"done done done done done"


@pytest.mark.parametrize("packet_info", [False, True])
def test_faulty_reply_of_a_datagram_fails_and_the_next_does_not(packet_info: bool) -> None:
    endpoint = Faulty(UDP(port=0, packet_info=packet_info), requests=[Faults(sendto=[errno.ENOBUFS])])
    with running(Server(endpoint, matrix.datagram_of_data)) as run:
        with pytest.raises(TimeoutError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.05)
            client.sendto(b"lost", run.server.server_address)
            client.recv(100)
        assert ask_datagram(run.server.server_address, b"served") == b"SERVED"


def test_faulty_function_is_called_in_place_of_a_fault() -> None:
    slow = Faults(recv=[lambda: time.sleep(0.05)])
    with running(Server(Faulty(TCP(port=0), requests=[slow]), matrix.stream_function)) as run:
        begun = time.monotonic()
        assert ask(run.server.server_address, b"served") == b"SERVED"
        assert time.monotonic() - begun >= 0.05


# establish


class Reporting(Server[StreamRequest, Any]):
    errors: list[BaseException | None]

    def handle_error(self, _request: Any, _client_address: Any, /) -> None:
        self.errors.append(sys.exception())


STRATEGIES: list[Any] = [Threads(), Multiplexed(), Asyncio(grace=0)]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_faulty_establish_that_fails_costs_one_client_alone(strategy: Any) -> None:
    def refuse() -> None:
        raise ValueError("not this one")

    async def refuse_later() -> None:
        await typedserver.sleep(0.01)
        raise ValueError("not this one either")

    kinds: list[Fault] = [errno.ECONNRESET, refuse, refuse_later]
    endpoint = Faulty(TCP(port=0), requests=[Faults(establish=kind) for kind in kinds])
    server = Reporting(endpoint, matrix.stream_coroutine, strategy)
    server.errors = []
    with running(server) as run:
        assert [ask(run.server.server_address, b"") for _ in kinds] == [b""] * 3
        assert ask(run.server.server_address, b"served\n") == b"SERVED\n"
    # Each error is recorded in its own worker, after its client has seen the end.
    errors = Counter(type(error) for error in server.errors)
    assert errors == {ConnectionResetError: 1, ValueError: 2}


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
def test_faulty_establish_that_waits_holds_up_no_other_client(strategy: Any) -> None:
    slow = Faults(establish=lambda: typedserver.sleep(0.2))
    server = Server(Faulty(TCP(port=0), requests=[slow]), matrix.stream_coroutine, strategy)
    with running(server), connect(server.server_address) as waiting:
        waiting.sendall(b"slow\n")
        assert ask(server.server_address, b"served\n") == b"SERVED\n"
        waiting.setblocking(False)
        with pytest.raises(BlockingIOError):
            waiting.recv(100)
        waiting.settimeout(PATIENCE)
        assert waiting.recv(100) == b"SLOW\n"


# Faulty in Faulty, and unknown listeners


def test_faulty_wraps_a_faulty_one() -> None:
    endpoint = Faulty(Faulty(TCP(port=0), accept=repeat(errno.ECONNABORTED, 2)), accept=[errno.EPROTO])
    with running(Server(endpoint, matrix.stream_function)) as run:
        assert ask(run.server.server_address, b"served") == b"SERVED"


def test_faulty_leaves_requests_of_other_kinds_as_they_are() -> None:
    class Messages(BaseListener[str, str]):
        request_kind: RequestKind = "messages"
        server_address = "jobs"

        def fileno(self) -> int:
            return -1

        def get_request(self) -> tuple[str, str]:
            return "a message", "who sent it"

        def shutdown_request(self, request: str, /) -> None: ...
        def close_request(self, request: str, /) -> None: ...
        def close(self) -> None: ...

    class Jobs(BaseEndpoint[str, str]):
        request_kind: RequestKind = "messages"

        def listen(self) -> Messages:
            return Messages()

    listener = Faulty(Jobs(), requests=[Faults(establish=errno.EIO)]).listen()
    assert listener.request_kind == "messages"
    request, client_address = listener.get_request()
    assert listener.establish(request, client_address, Context()) == ("a message", "who sent it")


# Socketpairs


def ask_pairs(pairs: Socketpairs, data: bytes) -> bytes:
    with pairs.connect() as client:
        client.settimeout(PATIENCE)
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(100), b""))


@pytest.mark.parametrize("strategy", [Threads(), Forks()], ids=repr)
def test_socketpairs_are_served(strategy: Any, config: ServerConfig) -> None:
    pairs = Socketpairs()
    with running(Server(pairs, matrix.stream_function, strategy, config=config)) as run:
        assert [ask_pairs(pairs, b"served") for _ in range(3)] == [b"SERVED"] * 3
        assert run.server.server_address == ""


@pytest.mark.parametrize("strategy", [Multiplexed(), Asyncio(grace=0)], ids=repr)
def test_socketpairs_are_served_by_coroutines(strategy: Any) -> None:
    pairs = Socketpairs()
    with running(Server(Faulty(pairs, accept=[errno.EPROTO]), matrix.stream_coroutine, strategy)):
        assert ask_pairs(pairs, b"served\n") == b"SERVED\n"


def test_socketpairs_connect_only_while_something_listens() -> None:
    pairs = Socketpairs()
    with pytest.raises(LifecycleError, match="open the server"):
        pairs.connect()
    with Server(pairs, matrix.stream_function):
        pairs.connect().close()
    with pytest.raises(LifecycleError, match="open the server"):
        pairs.connect()


@pytest.mark.parametrize("strategy", [Threads(), Forks(), Multiplexed(), Asyncio(grace=0)], ids=repr)
def test_socketpairs_drain_as_soon_as_all_are_served(strategy: Any, caplog: pytest.LogCaptureFixture) -> None:
    pairs = Socketpairs()
    with running(Server(pairs, matrix.stream_coroutine, strategy)) as run, pairs.connect() as client:
        client.settimeout(PATIENCE)
        client.sendall(b"served\n")
        assert client.recv(100) == b"SERVED\n"
        report = run.server.drain(PATIENCE)
    assert report.cut == ()
    assert report.seconds < PATIENCE / 4
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_socketpairs_refuse_from_a_drain_on() -> None:
    pairs = Socketpairs()
    seen: list[str] = []

    @stream_handler
    async def stay(stream: Stream) -> None:
        await wait_draining(stream.server)
        while True:
            try:
                pairs.connect().close()
            except LifecycleError as error:
                seen.append(str(error))
                return
            await sleep(0.001)

    with running(Server(pairs, stay, Multiplexed())) as run, pairs.connect():
        run.server.drain(PATIENCE)
    # One connection may come in between the notice of the drain and its beginning, and is then refused as well.
    assert seen


def test_idle_listener_of_socketpairs_has_nothing_to_take() -> None:
    listener = Socketpairs().listen()
    with pytest.raises(BlockingIOError):
        listener.get_request()
    assert listener.withdraw() == "settled"
    with pytest.raises(BlockingIOError):
        listener.get_request()
    listener.close()


def test_socketpair_that_finds_no_descriptor_is_exhaustion(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = Socketpairs()
    listener = pairs.listen()
    with pairs.connect():
        with monkeypatch.context() as patched:
            # The kernel delivers the byte, and closes a descriptor for which it has no number (unix(7)).
            received: Any = (b"\0", [], socket.MSG_CTRUNC, None)
            patched.setattr(socket, "recv_fds", Mock(return_value=received))
            with pytest.raises(OSError) as raised:
                listener.get_request()
        assert raised.value.errno == errno.EMFILE
        listener.get_request()[0].close()
    listener.close()


# serving


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@pytest.mark.parametrize("strategy", [Inline(), Threads(), Forks(), Multiplexed(), Asyncio()], ids=repr)
def test_serving_gives_a_server_that_serves_and_drains_it_afterwards(strategy: Any) -> None:
    made = Server(TCP(port=0), upper, strategy)
    with serving(made) as server:
        assert server is made
        states = [server.state]
        client = connect(server.server_address)
        client.sendall(b"in time\n")
    with client:
        assert client.recv(100) == b"IN TIME\n"
        assert client.recv(100) == b""
    assert [*states, server.state] == [State.SERVING, State.CLOSED]
    assert server.drain_report is not None
    assert not server.drain_report.cut


def test_serving_serves_groups_and_preforks() -> None:
    inner = Server(TCP(port=0), upper, Threads())
    with serving(Group([inner])):
        assert ask(inner.server_address, b"x\n") == b"X\n"
    with serving(Prefork(Server(TCP(port=0), upper, Threads()), 2)) as prefork:
        assert ask(prefork.server_address, b"x\n") == b"X\n"
        pids = prefork.pids
    assert (len(pids), len(prefork.pids)) == (2, 0)


@pytest.mark.parametrize("end", ["drain", "request_drain", "shutdown", "request_stop", "server_close"])
def test_serving_lets_the_block_end_the_server_by_itself(end: str) -> None:
    with serving(Server(TCP(port=0), upper, Threads())) as server:
        getattr(server, end)()
    assert server.state is State.CLOSED


def test_serving_cuts_at_the_deadline() -> None:
    @stream_handler
    async def wait(stream: Stream) -> None:
        await stream.write(b"begun")
        await sleep(PATIENCE)

    began = time.monotonic()
    with serving(Server(TCP(port=0), wait, Multiplexed()), deadline=0.0) as server:
        client = connect(server.server_address)
        assert client.recv(100) == b"begun"
    client.close()
    assert time.monotonic() - began < PATIENCE / 2
    assert server.drain_report is not None
    assert len(server.drain_report.cut) == 1


class _Broken(BaseException):
    pass


def _told(server: Server[Any, Any]) -> bytes:
    """Return what the server tells a client that says nothing."""
    with connect(server.server_address) as client:
        return client.recv(100)


def _break(_request: object, _address: object, _server: object) -> None:
    raise _Broken


def test_serving_raises_what_failed_in_its_thread() -> None:
    with pytest.raises(_Broken) as broken, serving(Server(TCP(port=0), _break, Inline())) as server:
        assert _told(server) == b""
    assert broken.value.__context__ is None
    assert server.state is State.CLOSED


def test_serving_keeps_the_exception_of_the_block_as_the_context_of_the_failure() -> None:
    with pytest.raises(_Broken) as broken, serving(Server(TCP(port=0), _break, Inline())) as server:
        assert _told(server) == b"never"
    assert isinstance(broken.value.__context__, AssertionError)


def test_serving_raises_the_exception_of_the_block_if_nothing_else_failed() -> None:
    with pytest.raises(ZeroDivisionError), serving(Server(TCP(port=0), upper, Threads())) as server:
        raise ZeroDivisionError
    assert server.state is State.CLOSED


def test_serving_lets_ctrl_c_in_the_block_through() -> None:
    with pytest.raises(KeyboardInterrupt), serving(Server(TCP(port=0), _break, Inline())) as server:
        assert _told(server) == b""
        raise KeyboardInterrupt


def test_serving_raises_before_the_block_if_it_cannot_serve() -> None:
    taken = Server(TCP(port=0), upper).open()
    inside: list[object] = []
    with taken, pytest.raises(ListenError), serving(Server(TCP(port=taken.server_port), upper)) as server:
        inside.append(server)

    class Breaks(SelectorReactor):
        def run_forever(self) -> None:
            raise _Broken

    config = ServerConfig(reactor_factory=Breaks)
    with pytest.raises(_Broken), serving(Server(TCP(port=0), upper, config=config)) as server:
        inside.append(server)
    with pytest.raises(RecipeError, match="deadline"), serving(taken, deadline=-1.0) as server:
        inside.append(server)
    assert not inside


# FaultyExecutor


def test_faulty_executor_without_faults_is_an_executor_of_threads() -> None:
    with FaultyExecutor() as executor:
        assert executor.submit(divmod, 7, 2).result(PATIENCE) == (3, 1)
        assert list(executor.map(str, range(3))) == ["0", "1", "2"]
        names = {executor.submit(lambda: threading.current_thread().name).result(PATIENCE) for _ in range(4)}
        assert threading.current_thread().name not in names
    assert executor.submitted == 8
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(str)


def test_faulty_executor_fails_and_delays_in_turn() -> None:
    def late() -> None:
        time.sleep(0.01)

    with FaultyExecutor([None, errno.EMFILE], [late, errno.EIO, None], threads=1) as executor:
        begun = time.monotonic()
        assert executor.submit(str, 1).result(PATIENCE) == "1"
        assert time.monotonic() - begun >= 0.01
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            executor.submit(str, 2)
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            executor.submit(str, 3).result(PATIENCE)
        assert executor.submit(str, 4).result(PATIENCE) == "4"
        assert executor.submitted == 3


def test_faulty_executor_runs_what_it_holds_when_it_is_told() -> None:
    with FaultyExecutor(held=True) as executor:
        first, second, third, fourth = [executor.submit(str, number) for number in range(4)]
        assert executor.release(1) == 1
        assert first.result(PATIENCE) == "0"
        assert executor.release(1, last=True) == 1
        assert fourth.result(PATIENCE) == "3"
        assert not second.running()
        assert second.cancel()
        assert executor.outstanding == 1
        executor.release()
        assert third.result(PATIENCE) == "2"
        assert executor.submit(str, 5).result(PATIENCE) == "5"
        executor.hold()
        sixth = executor.submit(str, 6)
        assert executor.outstanding == 1
    assert sixth.result(0) == "6"


def test_faulty_executor_that_is_shut_down_cancels_what_it_holds_if_it_is_asked_to() -> None:
    executor = FaultyExecutor(held=True)
    futures = [executor.submit(str, number) for number in range(3)]
    executor.shutdown(cancel_futures=True)
    assert all(future.cancelled() for future in futures)


def test_faulty_executor_that_breaks_down_fails_what_it_has_and_what_comes() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def run() -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    with FaultyExecutor(held=True) as executor:
        running, held, cancelled = executor.submit(run), executor.submit(str), executor.submit(str)
        executor.release(1)
        assert begun.wait(PATIENCE)
        cancelled.cancel()
        executor.break_down("told to")
        for future in (running, held):
            with pytest.raises(BrokenExecutor, match="told to"):
                future.result(PATIENCE)
        with pytest.raises(BrokenExecutor, match="told to"):
            executor.submit(str)
        assert cancelled.cancelled()
        assert executor.outstanding == 0
        # Nobody hears of its result.
        go_on.set()


def test_faulty_executor_tells_how_many_calls_it_has_taken() -> None:
    with FaultyExecutor() as executor:
        assert not executor.wait_submitted(1, 0)
        threading.Timer(0.005, executor.submit, (str,)).start()
        assert executor.wait_submitted(1, PATIENCE)
