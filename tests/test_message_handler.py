"""message_handler: functions of a message as handlers of a source."""

import functools
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.lending import BLOCKING, LOOPS, STRATEGIES, Lending, until
from tests.running import PATIENCE, running
from typedserver import TCP, CompositionError, Server, Submitted, message_handler


def check(number: int) -> None:
    if number % 3 == 0:
        raise ValueError(number)


def half(number: int) -> float:
    check(number)
    return number / 2


@pytest.mark.parametrize("strategy", BLOCKING.values(), ids=BLOCKING)
def test_function_of_a_message_is_a_handler_of_a_source(strategy: Any) -> None:
    source = Lending(1, 2, 3)
    with running(Server(source.polled(), message_handler(check), strategy)):
        source.wait_for("acknowledge 1", "acknowledge 2", "reject 3")


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "forks"])
def test_message_is_done_when_the_future_is_that_its_function_returned(name: str) -> None:
    source = Lending(1, 2, 3)
    with (
        ThreadPoolExecutor(1) as pool,
        running(Server(source.polled(3), message_handler(Submitted(pool, half)), STRATEGIES[name])),
    ):
        source.wait_for("acknowledge 1", "acknowledge 2", "reject 3")
    assert repr(source.errors[3]) == "ValueError(3)"


@pytest.mark.parametrize("name", ["threads", *LOOPS])
def test_message_is_not_done_before_the_future_is(name: str) -> None:
    source = Lending(1)
    future: Future[int] = Future()
    asked = threading.Event()

    def later(_number: int) -> Future[int]:
        asked.set()
        return future

    with running(Server(source.polled(), message_handler(later), STRATEGIES[name])):
        assert asked.wait(PATIENCE)
        source.put(2)
        source.wait_for("lend 2")
        assert not source.did("acknowledge")
        future.set_result(1)
        source.wait_for("acknowledge 1", "acknowledge 2")


@pytest.mark.parametrize("name", ["inline", "threads", *LOOPS])
def test_future_of_a_message_that_is_cut_is_cancelled_and_the_message_given_back(name: str) -> None:
    source = Lending(1)
    future: Future[int] = Future()

    def later(_number: int) -> Future[int]:
        return future

    server = Server(source.polled(), message_handler(later), STRATEGIES[name])
    with running(server) as run:
        source.wait_for("lend 1")
        until(lambda: server.__lifetime__.servable.table.requests)
        server.drain(0.05)
        run.join()
    assert future.cancelled()
    assert source.did("release") == [1]


def test_message_handler_keeps_the_name_and_the_words_of_its_function() -> None:
    def ship(number: int) -> None:
        """Ship it."""

    handler = message_handler(ship)
    assert (handler.__name__, handler.__doc__) == ("ship", "Ship it.")  # type: ignore[attr-defined]  # pyright: ignore
    assert repr(handler).endswith("ship")


def test_message_handler_takes_a_partial_and_a_builtin() -> None:
    source = Lending(1, 2)
    noted: list[int] = []
    with running(Server(source.polled(), message_handler(noted.append))):
        source.wait_for("acknowledge 1", "acknowledge 2")
    assert noted == [1, 2]
    message_handler(functools.partial(check))


def of_nothing() -> None: ...


def of_two(_first: int, _second: int) -> None: ...


@pytest.mark.parametrize("function", [of_nothing, of_two, 3])
def test_message_handler_refuses_what_takes_no_message(function: Any) -> None:
    with pytest.raises(CompositionError, match="takes a function of a message"):
        message_handler(function)


def test_message_handler_refuses_an_async_def() -> None:
    async def ship(_number: int) -> None: ...

    with pytest.raises(CompositionError, match=r"takes no `async def`, and .*ship is one: serve with an `async def"):
        message_handler(ship)  # type: ignore[arg-type]  # pyright: ignore


def test_message_handler_is_refused_by_an_endpoint_of_connections() -> None:
    with pytest.raises(CompositionError, match=r"answers messages, and TCP.* gives connections"):
        Server(TCP(port=0), message_handler(check))  # type: ignore[arg-type]  # pyright: ignore
