"""The server's side of a trial: a program that forks a process for each server that a line orders.

``python -m tests.reliability.served`` reads a plan a line as JSON. The fork has all modules loaded, so that a trial
does not start an interpreter. The server's process reads its orders and writes its results over the same pipes, while
the program waits for its end.
"""

import contextlib
import faulthandler
import json
import os
import signal
import threading
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tests.reliability.clients import Lines
from tests.reliability.compositions import Composed, compose, compose_stdlib
from tests.reliability.ledger import Book

Way: TypeAlias = Literal["drain", "run", "stdlib"]


@dataclass(kw_only=True)
class Plan:
    """Which server to run, and how it must be ended.

    way: "drain": it serves in a thread, and obeys orders that come as lines; "run": it serves by ``run()`` in the main
    thread until a signal comes; "stdlib": the standard library's server in place of ours, until SIGTERM.
    """

    strategy: str
    transport: str
    way: Way
    folder: str
    book: str
    noted: bool = False
    deadline: float = 10.0


@dataclass(kw_only=True)
class Ready:
    pid: int
    addresses: list[Any]


@dataclass(kw_only=True)
class Ended:
    """How a server's process ended, and what it left: each field is empty or 0 after a good stop."""

    status: int
    seconds: float
    error: str
    threads: list[str]
    children: list[int]
    files: list[str]
    report: dict[str, Any] | None


def _say(thing: object) -> None:
    os.write(1, json.dumps(thing, default=repr).encode() + b"\n")


def _addresses_of(server: Any) -> list[Any]:
    return [member.server_address for member in getattr(server, "servers", [server])]


def children_of(pid: int) -> list[int]:
    """Return the children that a process has now."""
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            # A thread may end meanwhile.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found.extend(map(int, (task / "children").read_text().split()))
    return found


def _serve(plan: Plan, control: Lines) -> None:
    """Run the planned server in this process, to its end."""
    book = Book(plan.book)
    path = str(Path(plan.folder) / "ledger.sock")
    if plan.way == "stdlib":
        composed = Composed(compose_stdlib(book))
    else:
        composed = compose(plan.strategy, plan.transport, path, book, noted=plan.noted)
    status, error, seconds = 0, "", 0.0
    try:
        match plan.way:
            case "drain":
                seconds = _drain_when_ordered(composed.server, control, plan.deadline)
            case "run":
                _announce(composed.server.open())
                status = composed.server.run(deadline=plan.deadline)
            case "stdlib":
                _serve_as_the_stdlib_does(composed.server)
    except BaseException:
        status, error = 1, traceback.format_exc()
    composed.end()
    report: Any = getattr(composed.server, "drain_report", None)
    ended = Ended(
        status=status,
        seconds=seconds,
        error=error,
        threads=[thread.name for thread in threading.enumerate() if thread is not threading.current_thread()],
        children=children_of(os.getpid()),
        files=[entry.name for entry in Path(plan.folder).iterdir() if entry.is_socket()],
        report=None if report is None else asdict(report),
    )
    _say(asdict(ended))


def _announce(server: Any) -> None:
    _say(asdict(Ready(pid=os.getpid(), addresses=_addresses_of(server))))


def _drain_when_ordered(server: Any, control: Lines, deadline: float) -> float:
    server.open()
    failures: list[BaseException] = []

    def serve() -> None:
        try:
            server.serve_forever()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=serve, name="serving")
    thread.start()
    _announce(server)
    while (order := control.read()) != "drain":
        match order:
            case "suspend":
                server.suspend()
            case "resume":
                server.resume()
            case _:
                raise ValueError(f"a server's process knows no {order!r}")
        _say(order)
    begun = time.monotonic()
    server.drain(deadline)
    took = time.monotonic() - begun
    thread.join()
    if failures:
        raise failures[0]
    return took


def _serve_as_the_stdlib_does(server: Any) -> None:
    asked, ask = os.pipe()

    def shut_down_when_asked() -> None:
        os.read(asked, 1)
        server.shutdown()

    # Beforehand, because a signal handler that starts a thread may interrupt the start of another one, whose lock it
    # would wait for.
    threading.Thread(target=shut_down_when_asked).start()
    signal.signal(signal.SIGTERM, lambda _number, _frame: os.write(ask, b"x"))
    _announce(server)
    server.serve_forever()
    server.server_close()


def main() -> None:
    """Run the command line."""
    # On SIGABRT a process that hangs prints its stacks.
    faulthandler.enable()
    control = Lines(0)
    while line := control.read():
        plan = Plan(**json.loads(line))
        pid = os.fork()
        if not pid:
            try:
                _serve(plan, control)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        _say({"gone": pid})


if __name__ == "__main__":
    main()
