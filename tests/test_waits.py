"""What coroutines of this library yield, seen by a driver that resumes them step by step."""

import time
from collections.abc import Coroutine
from typing import Any

import pytest

from typedserver import run_blocking, sleep
from typedserver.coroutines.waits import Blocking, Parked, Readable, Sleep, Wait, Writable, wait_for


def resume(coroutine: Coroutine[Any, Any, object], value: object) -> object:
    """Resume a coroutine, which must then end; returns its result."""
    with pytest.raises(StopIteration) as end:
        coroutine.send(value)
    return end.value.value


@pytest.mark.parametrize(
    "wait", [Readable(3), Writable(3, 5.0), Sleep(1.0), Parked(lambda wake: wake()), Blocking(lambda: 1)]
)
def test_wait_reaches_the_driver_and_its_answer_comes_back(wait: Wait) -> None:
    async def handler() -> object:
        return await wait_for(wait)

    coroutine = handler()
    assert coroutine.send(None) is wait
    assert resume(coroutine, "answer") == "answer"


@pytest.mark.parametrize("wait", [Readable(3), Writable(3)])
def test_wait_for_a_descriptor_has_no_deadline_by_default(wait: Readable | Writable) -> None:
    assert wait.deadline is None


def test_sleep_waits_until_a_moment_of_the_monotonic_clock() -> None:
    before = time.monotonic()
    coroutine = sleep(10)
    wait = coroutine.send(None)
    after = time.monotonic()
    assert isinstance(wait, Sleep)
    assert before + 10 <= wait.until <= after + 10
    assert resume(coroutine, None) is None


def test_blocking_function_is_the_drivers_to_call() -> None:
    calls: list[str] = []

    def function() -> str:
        calls.append("called")
        return "result"

    coroutine = run_blocking(function)
    wait = coroutine.send(None)
    assert isinstance(wait, Blocking)
    assert calls == []
    assert resume(coroutine, wait.function()) == "result"
    assert calls == ["called"]


def test_blocking_functions_exception_is_raised_where_it_was_awaited() -> None:
    coroutine = run_blocking(lambda: None)
    coroutine.send(None)
    with pytest.raises(LookupError, match="its own"):
        coroutine.throw(LookupError("its own"))


def test_waits_are_slotted() -> None:
    assert not any(hasattr(wait, "__dict__") for wait in (Readable(1), Writable(1), Sleep(1.0)))
