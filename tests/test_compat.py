"""What ``typedserver.compat`` does better than the module that it replaces, and what only it can do.

``tests/parity`` and CPython's own suite show that it does everything else as that module does.
"""

import errno
import importlib.util
import logging
import os
import select
import signal
import socket
import ssl
import sys
import threading
import time
import types
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import typedserver.compat as socketserver
from typedserver._compat.children import wait_for_an_end
from typedserver._compat.compose import compose
from typedserver.errors import LifecycleError
from typedserver.process.pidfd import open_pidfd

PATIENCE = 20.0
HERE = ("127.0.0.1", 0)

# Private, but programs use them. They are looked up by name, so that no checker complains.
FLAG = "_BaseServer__shutdown_request"


class Upper(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.readline().upper())


def nothing(*_: object) -> None:
    """Answer nothing."""


@contextmanager
def serving(server: socketserver.BaseServer, poll_interval: float = 60.0) -> Generator[threading.Thread, None, None]:
    """Serve in a thread, by default with ticks so rare that no test can depend on them."""
    loop = threading.Thread(target=server.serve_forever, args=(poll_interval,))
    loop.start()
    try:
        with server:
            try:
                yield loop
            finally:
                server.shutdown()
                loop.join(PATIENCE)
    finally:
        assert not loop.is_alive()


@contextmanager
def connected(server: socketserver.TCPServer) -> Generator[socket.socket, None, None]:
    with socket.create_connection(server.socket.getsockname(), PATIENCE) as peer:
        yield peer


def ask(server: socketserver.TCPServer) -> bytes:
    with connected(server) as peer:
        peer.sendall(b"hello\n")
        return b"".join(iter(lambda: peer.recv(100), b""))


def wait_until(holds: Callable[[], bool], patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.001)


def test_shutdown_of_an_idle_server_takes_no_poll_interval() -> None:
    took: list[float] = []
    for _ in range(5):
        with socketserver.TCPServer(HERE, Upper) as server:
            loop = threading.Thread(target=server.serve_forever)
            loop.start()
            assert ask(server) == b"HELLO\n"
            start = time.monotonic()
            server.shutdown()
            took.append(time.monotonic() - start)
            loop.join()
    # Far less than the stdlib's half second. The best of five counts, because the machine may be busy.
    assert min(took) < 0.005


def test_shutdown_in_the_thread_that_serves_is_an_error_and_the_server_goes_on() -> None:
    raised: list[BaseException] = []

    class Stopping(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                self.server.shutdown()
            except LifecycleError as error:
                raised.append(error)
            self.wfile.write(b"still here")

    with serving(server := socketserver.TCPServer(HERE, Stopping)):
        assert ask(server) == b"still here"
        assert ask(server) == b"still here"
    assert "call it from another" in str(raised[0])


@pytest.mark.parametrize("interval", [0.01, 0.5])
def test_private_flag_is_seen_by_the_next_tick(interval: float) -> None:
    with socketserver.TCPServer(HERE, Upper) as server:
        loop = threading.Thread(target=server.serve_forever, args=(interval,))
        loop.start()
        assert ask(server) == b"HELLO\n"
        setattr(server, FLAG, True)
        loop.join(PATIENCE)
        assert not loop.is_alive()


def test_two_threads_may_serve_one_server_and_one_shutdown_ends_the_first_of_them() -> None:
    with socketserver.TCPServer(HERE, Upper) as server:
        server.socket.setblocking(False)
        loops = [threading.Thread(target=server.serve_forever, args=(0.01,)) for _ in range(2)]
        for loop in loops:
            loop.start()
        for _ in range(10):
            assert ask(server) == b"HELLO\n"
        while any(loop.is_alive() for loop in loops):
            server.shutdown()


def test_timeout_of_handle_request_is_kept_while_signals_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted: list[int] = []
    previous = signal.signal(signal.SIGALRM, lambda number, _: interrupted.append(number))
    try:
        with socketserver.TCPServer(HERE, Upper) as server:
            monkeypatch.setattr(server, "timeout", 0.1)
            signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
            start = time.monotonic()
            server.handle_request()
            took = time.monotonic() - start
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert interrupted
    assert 0.1 <= took < 1


class Failing(socketserver.TCPServer):
    """Fails to accept with the given errors, then accepts."""

    def __init__(self, *errors: OSError) -> None:
        super().__init__(HERE, Upper)
        self.errors = list(errors)
        self.attempts = 0

    def get_request(self) -> tuple[socket.socket, Any]:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)
        return super().get_request()


def test_server_without_descriptors_pauses_and_logs_once(caplog: pytest.LogCaptureFixture) -> None:
    with serving(server := Failing(*[OSError(errno.EMFILE, "Too many open files")] * 5)):
        start = time.monotonic()
        with caplog.at_level(logging.ERROR, "typedserver"):
            assert ask(server) == b"HELLO\n"
        # Pauses of 5, 10, 20, 40 and 50 ms; the stdlib would have tried 50,000 times.
        assert time.monotonic() - start > 0.12
        assert server.attempts == 6
    assert [record.message.partition(":")[0] for record in caplog.records] == ["accepting pauses"]


def test_server_without_descriptors_stops_as_fast_as_any_other() -> None:
    with serving(server := Failing(*[OSError(errno.EMFILE, "Too many open files")] * 50)), connected(server):
        wait_until(lambda: server.attempts > 1)
        start = time.monotonic()
        server.shutdown()
        assert time.monotonic() - start < 0.5


@pytest.mark.parametrize(
    "error", [OSError("the program's own"), ssl.SSLError(1, "no handshake"), OSError(errno.ECONNABORTED, "gone")]
)
def test_error_of_one_request_does_not_make_the_server_pause(error: OSError) -> None:
    with serving(server := Failing(*[error] * 200)):
        start = time.monotonic()
        assert ask(server) == b"HELLO\n"
        assert time.monotonic() - start < 1
        assert server.attempts == 201


def test_pause_grows_only_while_nothing_is_accepted() -> None:
    server = Failing()
    with serving(server):
        for _ in range(10):
            server.errors.append(OSError(errno.EMFILE, "Too many open files"))
            start = time.monotonic()
            assert ask(server) == b"HELLO\n"
            assert time.monotonic() - start < 0.5


def test_socket_closed_under_the_loop_does_not_make_it_spin() -> None:
    # The stdlib takes a whole core from here to the end.
    with serving(server := Failing(), 0.01):
        assert ask(server) == b"HELLO\n"
        server.socket.close()
        ticked = threading.Event()
        server.service_actions = ticked.set  # type: ignore[method-assign]
        assert ticked.wait(PATIENCE)
        before = server.attempts
        time.sleep(0.05)
        assert server.attempts - before <= 2


def test_socket_replaced_under_the_loop_is_served_by_the_next_tick() -> None:
    with serving(server := socketserver.TCPServer(HERE, Upper), 0.01):
        assert ask(server) == b"HELLO\n"
        first, server.socket = server.socket, socket.create_server(HERE)
        with first:
            assert ask(server) == b"HELLO\n"


def certificate() -> Path:
    """Find the certificate that CPython tests its own ssl module with."""
    spec = importlib.util.find_spec("test")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for path in (Path(folder, *place) for folder in folders for place in ((), ("certdata",))):
        if (path / "keycert.pem").exists():
            return path / "keycert.pem"
    pytest.skip(f"{sys.executable} comes without the certificates of its test package")


def test_listener_wrapped_in_tls_serves() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate())
    server = socketserver.ThreadingTCPServer(HERE, Upper)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    with serving(server):
        # A client that speaks no TLS is ignored, like any OSError of get_request.
        with connected(server) as peer:
            peer.sendall(b"no TLS\n" * 10)
            with suppress(OSError):
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(100):
                    pass
        with connected(server) as plain, client.wrap_socket(plain) as peer:
            peer.sendall(b"hello\n")
            assert peer.recv(100) == b"HELLO\n"


class Held(socketserver.BaseRequestHandler):
    """Holds its thread until the client closes."""

    def handle(self) -> None:
        self.request.recv(1)


def begun_since(before: set[threading.Thread]) -> set[threading.Thread]:
    return set(threading.enumerate()) - before


def test_threads_that_have_ended_are_not_kept() -> None:
    with socketserver.ThreadingTCPServer(HERE, Held) as server:
        before = set(threading.enumerate())
        with connected(server):
            server.handle_request()
            (first,) = held = begun_since(before)
            for _ in range(30):
                with connected(server):
                    server.handle_request()
                    (other,) = begun_since(before) - held
                # It has ended by itself, and the next request removes it from any place in the list.
                other.join(PATIENCE)
                assert set(vars(server)["_threads"]) == {first, other}
            with connected(server), connected(server):
                server.handle_request()
                server.handle_request()
                assert set(vars(server)["_threads"]) == begun_since(before)
        # The standard library too keeps the threads that ended last until the next request.
        for thread in begun_since(before):
            thread.join(PATIENCE)
        with connected(server):
            server.handle_request()
            assert set(vars(server)["_threads"]) == begun_since(before)


def test_threads_of_a_programs_own_are_not_kept_for_ever() -> None:
    with socketserver.ThreadingTCPServer(HERE, Held) as server:
        with connected(server):
            server.handle_request()
        threads: list[threading.Thread] = vars(server)["_threads"]
        for _ in range(100):
            thread = threading.Thread(target=nothing)
            threads.append(thread)
            thread.start()
            thread.join(PATIENCE)
            assert len(threads) <= 8


def test_thread_that_has_served_is_kept_until_it_has_ended() -> None:
    served, go = threading.Event(), threading.Event()

    class Lingering(threading.Thread):
        def run(self) -> None:
            super().run()
            served.set()
            assert go.wait(PATIENCE)

    with socketserver.ThreadingTCPServer(HERE, nothing) as server:
        with connected(server):
            server.handle_request()
        threads: Any = vars(server)["_threads"]
        lingering = Lingering(target=threads.reporting(nothing), args=(None, None))
        threads.append(lingering)
        lingering.start()
        assert served.wait(PATIENCE)
        with connected(server):
            server.handle_request()
        assert lingering in threads
        go.set()
        server.server_close()
        assert not lingering.is_alive()


def test_threads_are_tracked_in_flat_memory() -> None:
    server = socketserver.ThreadingTCPServer(HERE, nothing)
    most = 0
    with server:
        for _ in range(300):
            with connected(server) as peer:
                server.handle_request()
                peer.recv(1)
            most = max(most, len(vars(server)["_threads"]))
    assert most <= 20
    assert len(vars(server)["_threads"]) == 0


def test_appending_a_thread_costs_the_same_however_many_live() -> None:
    asked = 0

    class Living(threading.Thread):
        def is_alive(self) -> bool:
            nonlocal asked
            asked += 1
            return True

    with socketserver.ThreadingTCPServer(HERE, nothing) as server:
        vars(server)["block_on_close"] = True
        with connected(server):
            server.handle_request()
        threads: list[threading.Thread] = vars(server)["_threads"]
        for _ in range(1000):
            threads.append(Living())
        # 1,000 threads: the stdlib asks 500,000 times.
        assert asked < 3000
        threads[:] = [thread for thread in threads if type(thread) is threading.Thread]


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
needs_pidfd = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="this platform has no pidfd_open")


@needs_pidfd
def test_child_is_reaped_when_it_ends_without_any_tick() -> None:
    with serving(server := socketserver.ForkingTCPServer(HERE, Upper)):
        assert ask(server) == b"HELLO\n"
        wait_until(lambda: not server.active_children, 1.0)


class Waiting(socketserver.StreamRequestHandler):
    """Holds its child until the client speaks."""

    def handle(self) -> None:
        self.wfile.write(b"begun\n")
        self.rfile.readline()


@needs_pidfd
@pytest.mark.parametrize("poll_interval", [60.0, 0.01])
def test_server_at_its_bound_of_children_accepts_when_one_ends(poll_interval: float) -> None:
    server = socketserver.ForkingTCPServer(HERE, Waiting)
    server.max_children = 1
    with serving(server, poll_interval), ExitStack() as stack:
        first, second = (stack.enter_context(connected(server)) for _ in range(2))
        assert first.recv(100) == b"begun\n"
        assert not select.select([second], [], [], 0.05)[0]
        first.sendall(b"end\n")
        assert second.recv(100) == b"begun\n"
        second.sendall(b"end\n")


@needs_pidfd
def test_server_at_its_bound_of_children_stops_at_once() -> None:
    server = socketserver.ForkingTCPServer(HERE, Waiting)
    server.max_children = 1
    with serving(server), connected(server) as peer:
        assert peer.recv(100) == b"begun\n"
        wait_until(lambda: bool(server.active_children))
        start = time.monotonic()
        server.shutdown()
        assert time.monotonic() - start < 0.5
        peer.sendall(b"end\n")


@needs_fork
def test_server_at_its_bound_does_not_reap_the_children_of_others() -> None:
    other = os.fork()
    if other == 0:
        os._exit(7)
    server = socketserver.ForkingTCPServer(HERE, nothing)
    server.max_children = 1
    with server, connected(server):
        server.handle_request()
        server.collect_children()
        assert not server.active_children
    assert os.waitstatus_to_exitcode(os.waitpid(other, 0)[1]) == 7


@needs_fork
def test_children_are_reaped_if_the_kernel_has_no_pidfd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    server = socketserver.ForkingTCPServer(HERE, Upper)
    server.max_children = 1
    with serving(server, 0.01):
        for _ in range(3):
            assert ask(server) == b"HELLO\n"
        wait_until(lambda: not server.active_children, 1.0)


def sockets() -> list[str]:
    """Name the sockets that this process holds."""
    names: list[str] = []
    for entry in Path("/proc/self/fd").iterdir():
        # The descriptor through which the folder was read is closed by now.
        with suppress(FileNotFoundError):
            names.append(os.readlink(entry))
    return [name for name in names if name.startswith("socket:")]


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are read from /proc")
def test_child_does_not_hold_the_descriptors_of_its_parents_loop() -> None:
    class Counting(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write("\n".join(sockets()).encode())

    before = sockets()
    with serving(server := socketserver.ForkingTCPServer(HERE, Counting)):
        held = ask(server).decode().splitlines()
    # The listener, the request, and the client's end in this same process. Only the parent has the wake-up pair.
    assert len(held) == len(before) + 3


@needs_fork
def test_wait_for_a_child_returns_if_another_caller_reaped_it() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    wait_for_an_end([child])
    os.waitpid(child, 0)
    assert open_pidfd(child) is None
    wait_for_an_end([child])


def test_composed_class_bears_the_name_of_the_module_that_composes_it() -> None:
    made = compose("Made", socketserver.ThreadingMixIn, socketserver.TCPServer, module="somewhere")
    assert (made.__module__, made.__qualname__) == ("somewhere", "Made")
    assert made.__bases__ == (socketserver.ThreadingMixIn, socketserver.TCPServer)


def test_source_run_under_another_name_makes_classes_of_that_name() -> None:
    path = str(socketserver.__file__)
    module = types.ModuleType("socketserver")
    exec(compile(Path(path).read_bytes(), path, "exec"), vars(module))
    for name in module.__all__:
        assert getattr(module, name).__module__ == "socketserver"
    assert issubclass(module.ThreadingTCPServer, module.TCPServer)
    assert not issubclass(module.TCPServer, socketserver.TCPServer)


def test_handler_classes_take_type_arguments() -> None:
    class Typed(socketserver.StreamRequestHandler[socket.socket, socketserver.ThreadingTCPServer]):
        pass

    assert Typed.__mro__[1] is socketserver.StreamRequestHandler
    assert Typed.__bases__ == (socketserver.StreamRequestHandler,)
