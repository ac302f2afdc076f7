"""connect: a handler calls out, under every strategy; what it says when that fails, and that nothing is left behind."""

import errno
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, assert_type, cast

import pytest
import uvloop

from tests.descriptors import lowest_free
from tests.running import PATIENCE, ask, running
from tests.running import connect as dial
from typedserver import (
    TCP,
    Asyncio,
    ClientStream,
    ConcurrencyStrategy,
    ConnectError,
    ConnectTimedOut,
    Deadlines,
    Forks,
    InetAddress,
    Inline,
    Multiplexed,
    PeerTimedOut,
    ReadLimitExceeded,
    RecipeError,
    Server,
    ServerConfig,
    Stream,
    StreamConfig,
    ThreadPool,
    Threads,
    UnixAddress,
    UnixStream,
    connect,
    drive,
    inet_address,
    sleep,
    stream_handler,
)
from typedserver.coroutines import connect as connecting

STRATEGIES: dict[str, Callable[[], ConcurrencyStrategy[Coroutine[Any, Any, object]]]] = {
    "inline": Inline,
    "threads": Threads,
    "thread_pool": ThreadPool,
    "forks": Forks,
    "multiplexed": Multiplexed,
    "asyncio": Asyncio,
    "uvloop": lambda: Asyncio(loop_factory=uvloop.new_event_loop),
}
LOOPS = ("multiplexed", "asyncio", "uvloop")

Work = Callable[[], Coroutine[Any, Any, object]]
Calls = Callable[[Work], str]


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> ConcurrencyStrategy[Coroutine[Any, Any, object]]:
    return STRATEGIES[request.param]()


def called(strategy: ConcurrencyStrategy[Coroutine[Any, Any, object]], work: Work) -> str:
    """Run something in a handler, and return its result, or what it raised, as text."""

    @stream_handler
    async def handler(stream: Stream) -> None:
        try:
            result = await work()
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
        await stream.write(str(result).encode())

    with running(Server(TCP(port=0), handler, strategy)) as run:
        return ask(run.server.server_address, b"").decode()


@pytest.fixture
def calls(strategy: ConcurrencyStrategy[Coroutine[Any, Any, object]]) -> Calls:
    return lambda work: called(strategy, work)


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@pytest.fixture
def backend() -> Generator[InetAddress, None, None]:
    with running(Server(TCP(port=0), upper, Threads())) as run:
        yield inet_address(run.server)


def unused() -> InetAddress:
    """Return an address at which nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address: InetAddress = closed.getsockname()
        return address


@contextmanager
def blackhole() -> Generator[InetAddress, None, None]:
    """Give an address that answers no handshake: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            with suppress(BlockingIOError):
                filling.connect(listener.getsockname())
        yield listener.getsockname()


def name_with(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> InetAddress:
    """Have the name "many.test" resolve to these addresses."""
    plain = socket.getaddrinfo

    def resolved(host: str, port: int, *rest: int, **named: int) -> object:
        if host != "many.test":
            return plain(host, port, *rest, **named)
        if named["flags"] & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        return [
            (socket.AF_INET6 if ":" in each[0] else socket.AF_INET, socket.SOCK_STREAM, 6, "", each)
            for each in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return "many.test", 1


@contextmanager
def unresolved(monkeypatch: pytest.MonkeyPatch) -> Generator[InetAddress, None, None]:
    """Give a name that the resolver does not come to an end with."""
    over = threading.Event()
    plain = socket.getaddrinfo

    def wait_for_ever(host: str, port: int, *rest: int, **named: int) -> object:
        if host != "slow.test":
            return plain(host, port, *rest, **named)
        if not named["flags"] & socket.AI_NUMERICHOST:
            # A server waits at its end for the functions that run.
            over.wait(1.0)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", wait_for_ever)
    try:
        yield "slow.test", 1
    finally:
        over.set()


async def upper_of(address: InetAddress) -> str:
    async with await connect(address) as stream:
        await stream.write(b"hello\n")
        return (await stream.readline()).decode().strip()


# Under every strategy


def test_connect_reaches_an_address_of_numbers(calls: Calls, backend: InetAddress) -> None:
    assert calls(lambda: upper_of(backend)) == "HELLO"


def test_connect_resolves_a_name(calls: Calls, backend: InetAddress) -> None:
    assert calls(lambda: upper_of(("localhost", backend[1]))) == "HELLO"


def test_connect_reaches_an_address_of_ipv6(calls: Calls) -> None:
    with running(Server(TCP(port=0, host="::1"), upper, Threads())) as run:
        # As a server and its streams say it: with flow and scope.
        address = inet_address(run.server)
        assert calls(lambda: upper_of(address)) == "HELLO"
        assert calls(lambda: upper_of(("::1", address[1]))) == "HELLO"


@pytest.mark.parametrize("name", ["{}", "\0{}"], ids=["path", "abstract"])
def test_connect_reaches_a_unix_socket(calls: Calls, tmp_path: Path, name: str) -> None:
    path = name.format(tmp_path / "socket")

    async def work() -> str:
        async with await connect(path) as stream:
            await stream.write(b"hello\n")
            return f"{stream.client_address} {(await stream.readline()).decode()}"

    with running(Server(UnixStream(path), upper, Threads())):
        assert calls(work) == f"{path} HELLO\n"


def test_connection_is_made_again_and_again(calls: Calls, backend: InetAddress) -> None:
    # Each closes the descriptor whose number the next one gets.
    async def work() -> list[str]:
        return [await upper_of(backend) for _ in range(5)]

    assert calls(work) == str(["HELLO"] * 5)


def test_refusal_names_the_address_and_the_reason(calls: Calls) -> None:
    address = unused()
    said = calls(lambda: connect(address))
    assert said == f"ConnectError: cannot connect to {address!r}: 127.0.0.1 port {address[1]}: Connection refused"


def test_name_without_an_address_is_named(calls: Calls) -> None:
    said = calls(lambda: connect(("no-such-host.invalid", 1)))
    assert said.startswith("ConnectError: cannot connect to ('no-such-host.invalid', 1): the name")


def test_path_without_a_server_is_named(calls: Calls, tmp_path: Path) -> None:
    path = str(tmp_path / "none")
    said = calls(lambda: connect(path))
    assert said == f"ConnectError: cannot connect to {path!r}: {path!r}: No such file or directory"


def test_time_of_a_connection_is_limited(calls: Calls) -> None:
    with blackhole() as address:
        said = calls(lambda: connect(address, timeout=0.2))
    assert said == (
        f"ConnectTimedOut: cannot connect to {address!r}: 127.0.0.1 port {address[1]}: "
        "no answer within 0.2 s (raise timeout= if that is right)"
    )


def test_name_that_does_not_resolve_in_time_is_given_up(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    with unresolved(monkeypatch) as name:
        said = calls(lambda: connect(name, timeout=0.1))
    assert said == (
        "ConnectTimedOut: cannot connect to ('slow.test', 1): the name has no answer within 0.1 s "
        "(raise timeout= if that is right)"
    )


def test_next_address_is_tried_soon_if_one_does_not_answer(
    calls: Calls, backend: InetAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    with blackhole() as silent:
        name = name_with(monkeypatch, ("127.0.0.1", silent[1]), ("127.0.0.1", backend[1]))
        began = time.monotonic()
        assert calls(lambda: upper_of(name)) == "HELLO"
        assert time.monotonic() - began < 5


def test_all_but_the_first_that_connects_are_closed(
    calls: Calls, backend: InetAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All are begun before one can end.
    monkeypatch.setattr("typedserver.coroutines.connect._STAGGER", -1.0)
    with blackhole() as silent:
        ports = silent[1], backend[1], backend[1], silent[1]
        name = name_with(monkeypatch, *((f"127.0.0.{number}", port) for number, port in enumerate(ports, 1)))
        with running(Server(TCP(port=backend[1], host="127.0.0.3"), upper, Threads())) as other:
            assert calls(lambda: upper_of(name)) == "HELLO"
            # Its handlers end only if their clients do.
            report = other.server.drain(PATIENCE)
    assert report is not None
    assert report.cut == ()


def test_next_address_is_tried_if_one_refuses(
    calls: Calls, backend: InetAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = unused()
    name = name_with(monkeypatch, ("127.0.0.1", closed[1]), ("127.0.0.1", backend[1]))
    assert calls(lambda: upper_of(name)) == "HELLO"


def test_every_address_that_was_tried_is_named(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = unused()[1], unused()[1]
    name = name_with(monkeypatch, ("127.0.0.1", one), ("::1", other))
    said = calls(lambda: connect(name))
    assert said == (
        "ConnectError: cannot connect to ('many.test', 1): "
        f"127.0.0.1 port {one}: Connection refused; ::1 port {other}: Connection refused"
    )


def test_own_address_is_chosen(calls: Calls, backend: InetAddress) -> None:
    async def work() -> object:
        async with await connect(backend, local_address=("127.0.0.3", 0)) as stream:
            return stream.socket.getsockname()[0]

    assert calls(work) == "127.0.0.3"


def test_own_address_of_another_family_is_refused(calls: Calls, backend: InetAddress) -> None:
    said = calls(lambda: connect(backend, local_address=("::1", 0)))
    assert "there is no address of the same family" in said


def test_limits_of_a_config_hold(calls: Calls, backend: InetAddress) -> None:
    async def work() -> str:
        async with await connect(backend, config=StreamConfig(timeout=0.1)) as stream:
            with pytest.raises(PeerTimedOut, match=r"for 0\.1 s: raise StreamConfig\(timeout=\)"):
                await stream.read()
        async with await connect(backend, config=StreamConfig(read_limit=3)) as stream:
            await stream.write(b"hello\n")
            with pytest.raises(ReadLimitExceeded):
                await stream.read()
        return "both"

    assert calls(work) == "both"


def test_drain_does_not_end_what_a_handler_has_called(
    strategy: ConcurrencyStrategy[Coroutine[Any, Any, object]],
) -> None:
    answers = threading.Event()

    @stream_handler
    async def slow(stream: Stream) -> None:
        await stream.readline()
        while not answers.is_set():
            await sleep(0.01)
        await stream.write(b"answer\n")

    @stream_handler
    async def asking(stream: Stream) -> None:
        async with await connect(address) as called:
            await called.write(b"question\n")
            await stream.write(b"begun\n")
            await stream.write(await called.readline())

    with running(Server(TCP(port=0), slow, Threads())) as backend:
        address = inet_address(backend.server)
        with running(Server(TCP(port=0), asking, strategy)) as front:
            with dial(front.server.server_address) as client:
                received = client.makefile("rb")
                assert received.readline() == b"begun\n"
                front.server.request_drain(PATIENCE)
                time.sleep(0.1)
                answers.set()
                assert received.read() == b"answer\n"
            front.join()


@pytest.mark.parametrize("doing", ["resolves", "connects", "races", "reads"])
def test_cut_request_leaves_no_connection(
    strategy: ConcurrencyStrategy[Coroutine[Any, Any, object]], doing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    @stream_handler(config=StreamConfig(timeout=None))
    async def silent(stream: Stream) -> None:
        await stream.write(b"connected")
        assert await stream.read() == b""
        ended.set()

    @stream_handler
    async def asking(stream: Stream) -> None:
        await stream.write(b"begun\n")
        async with await connect(address, timeout=None, config=StreamConfig(timeout=None)) as called:
            while data := await called.read(100):
                await stream.write(data)

    with ExitStack() as stack:
        address: InetAddress
        if doing == "resolves":
            address = stack.enter_context(unresolved(monkeypatch))
        elif doing == "reads":
            backend = stack.enter_context(running(Server(TCP(port=0), silent, Threads())))
            address = inet_address(backend.server)
        else:
            address = stack.enter_context(blackhole())
            if doing == "races":
                other = stack.enter_context(blackhole())
                address = name_with(monkeypatch, ("127.0.0.1", address[1]), ("127.0.0.1", other[1]))
        config = ServerConfig(deadlines=Deadlines(drain=0.1))
        front = stack.enter_context(running(Server(TCP(port=0), asking, strategy, config=config)))
        with dial(front.server.server_address) as client:
            expected = b"begun\nconnected" if doing == "reads" else b"begun\n"
            received = client.makefile("rb")
            assert received.read(len(expected)) == expected
            front.server.request_drain()
            assert received.read() == b""
            front.join()
        assert doing != "reads" or ended.wait(PATIENCE)


def test_worker_of_a_prefork_calls_out(backend: InetAddress) -> None:
    program = f"""
import os, signal, socket, sys, threading
from typedserver import TCP, Multiplexed, Prefork, Server, Stream, connect, stream_handler

@stream_handler
async def handler(stream: Stream) -> None:
    async with await connect(("localhost", {backend[1]})) as called:
        async for line in stream:
            await called.write(line)
            await stream.write(await called.readline())

def ask() -> None:
    with socket.create_connection(prefork.server_address) as client:
        client.sendall(b"hello\\n")
        client.shutdown(socket.SHUT_WR)
        print(client.makefile().read(), end="", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

prefork = Prefork(Server(TCP(port=0), handler, Multiplexed()), processes=2)
sys.exit(prefork.run(ready=lambda: threading.Thread(target=ask).start()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout == "HELLO\n"


# In loops, which must leave a descriptor before it is closed


@pytest.mark.parametrize("name", LOOPS)
def test_stream_that_is_closed_wakes_who_reads_it(name: str, backend: InetAddress) -> None:
    shared: list[ClientStream[InetAddress]] = []

    @stream_handler
    async def handler(stream: Stream) -> None:
        if await stream.readline() == b"read\n":
            shared.append(await connect(backend))
            await stream.write(b"reads\n")
            try:
                await shared[0].read()
            except OSError as error:
                await stream.write(f"{error.errno}".encode())
            else:
                await stream.write(b"end")
        else:
            shared.pop().close()

    server = Server(TCP(port=0), handler, STRATEGIES[name]())
    with running(server), dial(server.server_address) as reader:
        reader.sendall(b"read\n")
        assert reader.recv(100) == b"reads\n"
        ask(server.server_address, b"close\n")
        assert reader.recv(100) in (b"end", str(errno.EBADF).encode())


@pytest.mark.parametrize("name", LOOPS)
def test_stream_that_is_closed_in_another_thread_leaves_its_loop(name: str, backend: InetAddress) -> None:
    shared: list[ClientStream[InetAddress]] = []

    @stream_handler
    async def handler(stream: Stream) -> None:
        shared.append(await connect(backend))
        await stream.write(b"reads\n")
        with suppress(OSError):
            await shared[0].read()
        # Its number is free, and the next connection has it.
        await stream.write((await upper_of(backend)).encode())

    server = Server(TCP(port=0), handler, STRATEGIES[name]())
    with running(server), dial(server.server_address) as client:
        assert client.recv(100) == b"reads\n"
        shared[0].close()
        assert client.recv(100) == b"HELLO"


# Without a server


def test_connect_is_driven_in_any_thread(backend: InetAddress) -> None:
    assert drive(upper_of(backend)) == "HELLO"


def test_what_was_written_arrives_before_the_end(tmp_path: Path) -> None:
    async def send(address: InetAddress) -> None:
        async with await connect(address) as stream:
            await stream.write(b"x" * 3_000_000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: drive(send(listener.getsockname())))
        thread.start()
        accepted, _ = listener.accept()
        with accepted:
            # Unread by the client: a plain close would reset the connection, and destroy what is on its way.
            accepted.sendall(b"never read")
            received = 0
            while data := accepted.recv(65536):
                received += len(data)
        thread.join()
    assert received == 3_000_000


def test_what_the_outbox_keeps_arrives_before_the_end() -> None:
    kept: list[int] = []

    async def send(address: InetAddress) -> None:
        async with await connect(address) as stream:
            while stream.try_write(b"x" * 10_000):
                kept.append(10_000)
        # The outbox has the connection now, and it is closed once.
        stream.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        drive(send(listener.getsockname()))
        accepted, _ = listener.accept()
        with accepted:
            received = 0
            while data := accepted.recv(65536):
                received += len(data)
    assert received == sum(kept) > 0


def test_close_twice_is_one_close(backend: InetAddress) -> None:
    async def work() -> None:
        async with await connect(backend) as stream:
            fd = stream.socket.fileno()
            stream.close()
            with lowest_free(fd):
                other = os.open(os.devnull, os.O_RDONLY)
            stream.close()
            os.close(other)

    drive(work())


def test_closed_stream_raises_where_it_is_used(backend: InetAddress) -> None:
    async def work() -> None:
        stream = await connect(backend)
        stream.close()
        assert await stream.read() == b""
        with pytest.raises(OSError):
            await stream.write(b"x")

    drive(work())


def test_full_queue_of_a_unix_socket_is_waited_for(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")

    async def work() -> bytes:
        async with await connect(path) as stream:
            return await stream.read()

    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as filling:
        listener.bind(path)
        listener.listen(0)
        filling.connect(path)
        with pytest.raises(ConnectTimedOut, match="no answer within"):
            drive(connect(path, timeout=0.1))
        received: list[object] = []
        thread = threading.Thread(target=lambda: received.append(drive(work())))
        thread.start()
        time.sleep(0.02)
        for _ in range(2):
            accepted, _address = listener.accept()
            with accepted:
                accepted.sendall(b"accepted")
        thread.join()
    Path(path).unlink()
    assert received == [b"accepted"]


def test_own_path_is_bound(tmp_path: Path) -> None:
    path, own = str(tmp_path / "socket"), str(tmp_path / "own")

    async def work() -> None:
        async with await connect(path, local_address=own):
            pass

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        drive(work())
        accepted, address = listener.accept()
        accepted.close()
        assert address == own
    Path(path).unlink()
    Path(own).unlink()


def test_port_that_connects_to_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel may choose for this end the very port that it connects to.
    address = unused()
    with pytest.raises(ConnectError) as raised:
        drive(connect(address, local_address=address))
    assert raised.value.errno == errno.ECONNREFUSED


def test_connection_that_is_reset_at_once_has_failed(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        state_of: Callable[[socket.socket], int] = vars(connecting)["_state_of"]

        def reset_after(connection: socket.socket) -> int:
            state = state_of(connection)
            accepted, _address = listener.accept()
            # What is closed without a linger is reset (socket(7)).
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            accepted.close()
            return state

        monkeypatch.setattr(connecting, "_state_of", reset_after)
        address: InetAddress = listener.getsockname()
        said = calls(lambda: connect(address))
    assert said == f"ConnectError: cannot connect to {address!r}: Connection reset by peer"


def test_name_for_which_no_descriptor_is_left_is_named(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = socket.getaddrinfo

    def exhausted(host: str, port: int, *rest: int, **named: int) -> object:
        if host != "any.test":
            return plain(host, port, *rest, **named)
        if named["flags"] & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "no number")
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(socket, "getaddrinfo", exhausted)
    said = calls(lambda: connect(("any.test", 1)))
    assert said == "ConnectError: cannot connect to ('any.test', 1): Too many open files"


def test_errors_are_of_the_builtin_kinds() -> None:
    with pytest.raises(ConnectError) as refused:
        drive(connect(unused()))
    assert isinstance(refused.value, OSError)
    assert refused.value.errno == errno.ECONNREFUSED
    assert isinstance(refused.value.__cause__, ConnectionRefusedError)
    with blackhole() as address, pytest.raises(TimeoutError) as late:
        drive(connect(address, timeout=0.05))
    assert late.value.errno == errno.ETIMEDOUT


def test_failed_connection_is_the_handlers_failure_and_no_disconnect(caplog: pytest.LogCaptureFixture) -> None:
    address = unused()

    @stream_handler
    async def handler(_stream: Stream) -> None:
        await connect(address)

    with running(Server(TCP(port=0), handler, Threads())) as run:
        assert ask(run.server.server_address, b"") == b""
    assert "Connection refused" in caplog.text


def test_result_is_typed_by_the_address() -> None:
    async def never_run() -> None:
        assert_type(await connect(("h", 1)), ClientStream[InetAddress])
        assert_type(await connect("/path"), ClientStream[UnixAddress])
        plain: Stream[InetAddress] = await connect(("h", 1))
        del plain

    assert callable(never_run)


BAD: dict[str, tuple[object, dict[str, object]]] = {
    "nothing": (None, {}),
    "a path of bytes": (b"/path", {}),
    "an empty path": ("", {}),
    "an empty host": (("", 1), {}),
    "a port of text": (("h", "1"), {}),
    "port 0": (("h", 0), {}),
    "a port too large": (("h", 65536), {}),
    "a flag for a port": (("h", True), {}),
    "a list": (["h", 1], {}),
    "a timeout of 0": (("h", 1), {"timeout": 0}),
    "a config that is none": (("h", 1), {"config": 3}),
    "an own path for TCP": (("h", 1), {"local_address": "/path"}),
    "an own host for a path": ("/path", {"local_address": ("h", 1)}),
}


@pytest.mark.parametrize(("address", "named"), BAD.values(), ids=BAD)
def test_value_that_cannot_work_is_refused(address: object, named: dict[str, object]) -> None:
    connecting = cast("Callable[..., object]", connect)
    with pytest.raises(RecipeError, match=r"^connect\("):
        drive(connecting(address, **named))
