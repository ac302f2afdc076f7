"""Serving: if an interrupt comes at any line of its end, server_close does the rest."""

import contextlib
import inspect
import linecache
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import typedserver
from tests.running import PATIENCE
from typedserver import TCP, Group, SelectorReactor, Server, ServerConfig, State, Threads

FILES = {
    str(file)
    for folder in ("lifetime", "requests")
    for file in (Path(inspect.getfile(typedserver)).parent / folder).glob("*.py")
} | {str(Path(inspect.getfile(typedserver)).with_name(name)) for name in ("server.py", "group.py")}

# More than the lines of any of these runs.
MANY = 5000


class Interruption:
    """Raises KeyboardInterrupt once, at the n-th line that runs in FILES; ``where`` is None until then."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.where: str | None = None
        self._seen: set[tuple[FrameType, int]] = set()

    @contextmanager
    def begun(self) -> Generator[None, None, None]:
        """Count lines from now on, including those of functions that already run."""
        former = sys.gettrace()
        self.begin()
        try:
            yield
        finally:
            sys.settrace(former)

    def begin(self) -> None:
        frame: FrameType | None = inspect.currentframe()
        while frame is not None:
            if frame.f_code.co_filename in FILES:
                frame.f_trace = self._trace
            frame = frame.f_back
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line" and not self._is_none(frame):
            self.left -= 1
            if self.left == 0:
                self.where = f"{frame.f_code.co_qualname}:{frame.f_lineno}"
                sys.settrace(None)
                raise KeyboardInterrupt
        return self._trace

    def _is_none(self, frame: FrameType) -> bool:
        # The interpreter checks for no signal between a `with` block and the calls of __enter__ and __exit__:
        # the line comes again when the block has ended, and a `try` is no step of its own. A tracer's exception would
        # leave the lock locked.
        name, number = frame.f_code.co_filename, frame.f_lineno
        line, before = (linecache.getline(name, each).lstrip() for each in (number, number - 1))
        comes_again = (frame, number) in self._seen
        self._seen.add((frame, number))
        return (comes_again and line.startswith("with ")) or (line == "try:\n" and before.startswith("with "))


def serve_nothing(_request: object, _client_address: object, _server: object) -> None:
    """Serve no one."""


class Loop(SelectorReactor):
    """Calls back once when it runs, and records whether it was closed."""

    def __init__(self, running: Callable[[], object]) -> None:
        super().__init__()
        self.call_soon_threadsafe(running)
        self.closed = False

    def close(self) -> None:
        super().close()
        self.closed = True


def one(**kwargs: Any) -> Server[Any, Any]:
    return Server(TCP(port=0), serve_nothing, Threads(), config=ServerConfig(**kwargs))


def many(**kwargs: Any) -> Group:
    return Group([one(), Group([one()])], **kwargs)


def interrupt() -> None:
    raise KeyboardInterrupt


def every_line(run: Callable[[Interruption], object]) -> None:
    """Run it again and again, interrupted one line later each time, until there is no such line."""
    for number in range(1, MANY):
        interruption = Interruption(number)
        run(interruption)
        if interruption.where is None:
            assert number > 50, "it has many lines"
            return
    pytest.fail("it has no end")


@pytest.mark.parametrize("make", [one, many])
@pytest.mark.parametrize("first", ["interrupted", "stopped"])
def test_serving_that_is_interrupted_at_any_line_is_closed(first: str, make: Callable[..., Any]) -> None:
    def run(interruption: Interruption) -> None:
        loops: list[Loop] = []

        def begin() -> None:
            if first == "interrupted":
                interruption.begin()
                interrupt()

        def make_loop() -> Loop:
            loops.append(Loop(begin))
            return loops[-1]

        server = make(reactor_factory=make_loop)
        caught = False
        former = sys.gettrace()
        try:
            with server:
                if first == "stopped":
                    server.request_stop()
                    interruption.begin()
                server.serve_forever()
        except KeyboardInterrupt:
            caught = True
        finally:
            sys.settrace(former)
        where = interruption.where
        assert caught == (where is not None or first == "interrupted"), where
        server.server_close()
        assert server.state is State.CLOSED, where
        assert all(loop.closed for loop in loops), where
        # A thread that waits for the loop's end returns.
        waiter = threading.Thread(target=server.shutdown)
        waiter.start()
        waiter.join(PATIENCE)
        assert not waiter.is_alive(), where

    every_line(run)


@pytest.mark.parametrize("make", [one, many])
def test_attached_server_that_is_interrupted_at_any_line_leaves_the_loop(make: Callable[..., Any]) -> None:
    def run(interruption: Interruption) -> None:
        reactor = SelectorReactor()
        server = make()
        with contextlib.suppress(KeyboardInterrupt), interruption.begun(), server:
            server.attach(reactor)
            server.shutdown()
        server.server_close()
        assert server.state is State.CLOSED
        assert "0 readers" in repr(reactor), interruption.where
        reactor.close()

    every_line(run)


@pytest.mark.slow
def test_serving_that_is_interrupted_twice_is_closed_and_raises_what_it_is() -> None:
    program = """
        import os, signal, sys, time
        from typedserver import TCP, Server, State, Threads

        def live(server, ready):
            with server:
                os.write(ready, b"r")
                server.serve_forever()

        def close(server):
            server.server_close()
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        def live_and_close(ready):
            server = Server(TCP(port=0), lambda request, client_address, server: None, Threads())
            try:
                try:
                    live(server, ready)
                except KeyboardInterrupt:
                    close(server)
            except KeyboardInterrupt:
                # This was the second.
                close(server)
            os._exit(0 if server.state is State.CLOSED else 2)

        for turn in range(150):
            receiver, ready = os.pipe()
            pid = os.fork()
            if pid == 0:
                try:
                    # As long as it takes to find that it hangs.
                    signal.alarm(10)
                    live_and_close(ready)
                finally:
                    os._exit(1)
            os.read(receiver, 1)
            os.close(receiver)
            os.close(ready)
            os.kill(pid, signal.SIGINT)
            # The second comes anywhere in the end that the first has begun.
            until = time.perf_counter() + turn * 3e-6
            while time.perf_counter() < until:
                pass
            os.kill(pid, signal.SIGINT)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if status:
                sys.exit(f"turn {turn}: {status}")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=60)
