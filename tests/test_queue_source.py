"""QueueSource: the messages of a queue as requests, tried again in memory, and put back when the server closes."""

import multiprocessing
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.lending import BLOCKING, LOOPS, STRATEGIES, until
from tests.running import PATIENCE, running
from typedserver import (
    CompositionError,
    Delivery,
    Limits,
    QueueSource,
    RecipeError,
    Retries,
    Server,
    ServerConfig,
    ServerContext,
    Threads,
    sleep,
)

QUICK = Retries(max_attempts=3, min_backoff=0.02, max_backoff=0.03)

QUEUES: dict[str, Callable[[], Any]] = {
    "Queue": queue.Queue,
    "SimpleQueue": queue.SimpleQueue,
    "LifoQueue": queue.LifoQueue,
    "multiprocessing": multiprocessing.get_context("fork").Queue,
}


class Handled:
    """A handler that notes what it was called with, and fails for some messages."""

    def __init__(self, fails: Callable[[Any], bool] = lambda _message: False) -> None:
        self.deliveries: list[tuple[Any, int]] = []
        self.times: list[float] = []
        self._fails = fails

    async def __call__(self, message: Any, delivery: Delivery, _server: ServerContext) -> None:
        self.deliveries.append((message, delivery.attempt))
        self.times.append(time.monotonic())
        await sleep(0)
        if self._fails(message):
            raise ValueError(message)


def close(messages: Any) -> None:
    """End the thread of a queue of multiprocessing's."""
    if hasattr(messages, "join_thread"):
        messages.close()
        messages.join_thread()


@pytest.mark.parametrize("kind", QUEUES)
@pytest.mark.parametrize("name", ["inline", "threads", "multiplexed", "asyncio"])
def test_queue_gives_its_messages(kind: str, name: str) -> None:
    messages = QUEUES[kind]()
    handled = Handled()
    try:
        with running(Server(QueueSource(messages), handled, STRATEGIES[name])):
            for number in range(20):
                messages.put(number)
            until(lambda: len(handled.deliveries) == 20)
    finally:
        close(messages)
    assert sorted(handled.deliveries) == [(number, 1) for number in range(20)]


@pytest.mark.parametrize("strategy", [*BLOCKING.values(), *LOOPS.values()], ids=[*BLOCKING, *LOOPS])
def test_queue_tries_again_what_failed_and_then_gives_it_up(strategy: Any) -> None:
    dead: list[tuple[str, BaseException]] = []
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    source = QueueSource(messages, retries=QUICK, dead_letter=lambda message, error: dead.append((message, error)))
    with running(Server(source, Handled(lambda message: message == "bad"), strategy)):
        for message in ("good", "bad", "good"):
            messages.put(message)
        until(lambda: dead)
    assert [message for message, _ in dead] == ["bad"]


def test_queue_counts_attempts_and_waits_twice_as_long_each_time() -> None:
    handled = Handled(lambda _message: len(handled.deliveries) < 4)
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    messages.put("late")
    retries = Retries(max_attempts=None, min_backoff=0.05, max_backoff=60.0)
    with running(Server(QueueSource(messages, retries=retries), handled, Threads())):
        until(lambda: len(handled.deliveries) == 4)
    assert handled.deliveries == [("late", 1), ("late", 2), ("late", 3), ("late", 4)]
    pauses = [after - before for before, after in zip(handled.times, handled.times[1:], strict=False)]
    assert [pause >= least for pause, least in zip(pauses, (0.05, 0.1, 0.2), strict=True)] == [True] * 3


def test_queue_serves_others_while_a_message_waits_for_its_next_attempt() -> None:
    handled = Handled(lambda message: message == "bad")
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    messages.put("bad")
    with running(Server(QueueSource(messages, retries=Retries()), handled)):
        until(lambda: handled.deliveries)
        messages.put("good")
        until(lambda: len(handled.deliveries) == 2)
    assert handled.deliveries[1] == ("good", 1)


def test_queue_without_a_dead_letter_logs_what_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    messages.put("bad")
    with running(Server(QueueSource(messages, name="orders"), Handled(lambda _message: True))):
        until(lambda: "dropped" in caplog.text)
    assert "message of orders is dropped after 1 attempts: ValueError('bad')" in caplog.text


def test_dead_letter_that_fails_is_logged_and_the_next_message_served(caplog: pytest.LogCaptureFixture) -> None:
    messages: queue.Queue[str] = queue.Queue()
    handled = Handled(lambda message: message == "bad")

    def fail(_message: str, _error: BaseException) -> None:
        raise RuntimeError("no grave")

    with running(Server(QueueSource(messages, dead_letter=fail), handled)):
        messages.put("bad")
        messages.put("good")
        # Both are done, the one as well as the other.
        messages.join()
    assert "RuntimeError: no grave" in caplog.text


def test_join_of_a_queue_waits_until_all_messages_are_acknowledged_or_dead() -> None:
    messages: queue.Queue[int] = queue.Queue()
    dead: list[int] = []
    handled = Handled(lambda number: number % 2 == 0)
    source = QueueSource(messages, retries=QUICK, dead_letter=lambda number, _error: dead.append(number))
    with running(Server(source, handled, Threads())):
        for number in range(6):
            messages.put(number)
        messages.join()
        assert sorted(dead) == [0, 2, 4]
        assert len(handled.deliveries) == 3 + 3 * 3


@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue", "multiprocessing"])
def test_queue_gets_back_what_is_not_done_when_the_server_closes(kind: str) -> None:
    messages = QUEUES[kind]()
    handled = Handled(lambda _message: True)
    begun, go = threading.Event(), threading.Event()

    def work(message: str, _delivery: Delivery, _server: ServerContext) -> None:
        if message == "fails":
            raise ValueError
        begun.set()
        assert go.wait(PATIENCE)

    try:
        for message in ("fails", "runs", "prefetched", "left"):
            messages.put(message)
        config = ServerConfig(limits=Limits(connections=1))
        server = Server(QueueSource(messages, retries=Retries()), work, Threads(), config=config)
        with running(server) as run:
            assert begun.wait(PATIENCE)
            server.request_drain(PATIENCE)
            go.set()
            run.join()
        left = {messages.get(True, PATIENCE) for _ in range(3)}
    finally:
        close(messages)
    assert left == {"fails", "prefetched", "left"}
    assert not handled.deliveries


def test_queue_that_is_full_when_the_server_closes_buries_what_cannot_go_back() -> None:
    messages: queue.Queue[str] = queue.Queue(1)
    buried: list[tuple[str, BaseException]] = []
    messages.put("first")
    handled = Handled(lambda _message: True)
    source = QueueSource(
        messages, retries=Retries(), dead_letter=lambda message, error: buried.append((message, error))
    )
    server = Server(source, handled, Threads())
    with running(server) as run:
        until(lambda: handled.deliveries)
        server.suspend()
        run.server.request_stop()
        run.join()
        messages.put("second")
        until(messages.full)
    assert [(message, type(error)) for message, error in buried] == [("first", queue.Full)]
    assert messages.get_nowait() == "second"


def test_queue_of_the_parent_is_not_served_in_a_worker(tmp_path: Any) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    endpoint = QueueSource(messages)
    listener = endpoint.listen()
    pid = os.fork()
    if pid == 0:
        try:
            messages.put("mine")
            listener.fileno()
            told = ""
            end = time.monotonic() + PATIENCE
            while "multiprocessing.Queue()" not in told and time.monotonic() < end:
                try:
                    listener.get_request()
                except BlockingIOError:
                    time.sleep(0.01)
                except OSError as error:
                    told += str(error)
            (tmp_path / "told").write_text(told)
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    listener.close()
    assert "give a multiprocessing.Queue()" in (tmp_path / "told").read_text()


def give(values: dict[str, Any]) -> QueueSource[int]:
    return QueueSource(**values)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"queue": []}, CompositionError),
        ({"queue": queue.Queue}, CompositionError),
        ({"retries": 3}, RecipeError),
        ({"dead_letter": "log"}, RecipeError),
        ({"prefetch": 0}, RecipeError),
    ],
)
def test_queue_source_refuses_what_cannot_work(values: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        give({"queue": queue.Queue[int](), **values})
