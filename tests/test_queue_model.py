"""Queue against a model: whatever is put, got, cancelled and closed in whatever order, nothing is lost or overtaken."""

# That nothing is left in the end can be seen only in the private lines.
# pyright: reportPrivateUsage=false

import queue
from collections import deque
from collections.abc import Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,  # pyright: ignore[reportUnknownVariableType]  # hypothesis does not annotate it
)

from typedserver import Queue, QueueClosed
from typedserver.coroutines.waits import Cancelled, Meeting


class Waiting:
    """A coroutine that puts or gets, driven by hand."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.coroutine = coroutine
        self.meeting: Meeting | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.step(None)

    def step(self, error: BaseException | None) -> None:
        self.meeting = None
        try:
            wait = self.coroutine.send(None) if error is None else self.coroutine.throw(error)
        except StopIteration as end:
            self.result = end.value
        except BaseException as raised:
            self.error = raised
        else:
            assert isinstance(wait, Meeting)
            self.meeting = wait

    @property
    def is_woken(self) -> bool:
        return self.meeting is not None and self.meeting.woken

    @property
    def is_granted(self) -> bool:
        """Whether what it waits for is its own; else it was woken to look whether it is the first to take it."""
        return self.meeting is not None and self.meeting.granted


class Queues(RuleBasedStateMachine):
    """The queue, and what must be in it: the items in the order in which their puts came to an end."""

    def __init__(self) -> None:
        super().__init__()
        self.maxsize = 2
        self.queue: Queue[int] = Queue(self.maxsize)
        self.items: deque[int] = deque()
        self.getters: list[Waiting] = []
        self.putters: list[tuple[Waiting, int]] = []
        # Those that were given room before the close, and have not gone on yet: until then, nobody hears of the end.
        self.admitted: list[Waiting] = []
        self.closed = False
        self.number = 0

    def _room(self) -> int:
        return self.maxsize - len(self.items) - sum(putter.is_granted for putter, _ in self.putters)

    def _free_items(self) -> int:
        return len(self.items) - sum(getter.is_granted for getter in self.getters)

    @rule()
    def put_nowait(self) -> None:
        self.number += 1
        has_room = self._room() > 0
        try:
            self.queue.put_nowait(self.number)
        except queue.Full:
            assert not self.closed
            assert not has_room
        except QueueClosed:
            assert self.closed
        else:
            assert has_room
            assert not self.closed
            self.items.append(self.number)

    @rule()
    def get_nowait(self) -> None:
        has_item = self._free_items() > 0
        try:
            item = self.queue.get_nowait()
        except queue.Empty:
            assert not has_item
            assert self.items or self.admitted or not self.closed
        except QueueClosed:
            assert self.closed
            assert not self.items
        else:
            assert has_item
            assert item == self.items.popleft()

    @rule()
    def put(self) -> None:
        self.number += 1
        has_room = self._room() > 0
        putter = Waiting(self.queue.put(self.number))
        if putter.meeting is not None:
            assert not has_room
            self.putters.append((putter, self.number))
        else:
            self._has_put(putter, self.number)

    @rule()
    def get(self) -> None:
        has_item = self._free_items() > 0
        getter = Waiting(self.queue.get())
        if getter.meeting is not None:
            assert not has_item
            self.getters.append(getter)
        else:
            self._has_got(getter)

    def _has_put(self, putter: Waiting, item: int) -> None:
        if putter.error is None:
            assert not self.closed
            self.items.append(item)
        else:
            assert isinstance(putter.error, QueueClosed)
            assert self.closed

    def _has_got(self, getter: Waiting) -> None:
        if getter.error is None:
            assert getter.result == self.items.popleft()
        else:
            assert isinstance(getter.error, QueueClosed)
            assert self.closed
            assert not self.items

    @precondition(lambda self: any(getter.is_woken for getter in self.getters))
    @rule(data=st.data())
    def resume_getter(self, data: st.DataObject) -> None:
        getter = data.draw(st.sampled_from([getter for getter in self.getters if getter.is_woken]))
        self.getters.remove(getter)
        has_item = getter.is_granted or self._free_items() > 0
        getter.step(None)
        if getter.meeting is None:
            self._has_got(getter)
        else:
            assert not has_item
            # It waits again, before those who came later.
            self.getters.insert(sum(other.is_woken for other in self.getters), getter)

    @precondition(lambda self: any(putter.is_woken for putter, _ in self.putters))
    @rule(data=st.data())
    def resume_putter(self, data: st.DataObject) -> None:
        putter, item = data.draw(st.sampled_from([pair for pair in self.putters if pair[0].is_woken]))
        self._forget((putter, item))
        has_room = putter.is_granted or self._room() > 0
        putter.step(None)
        if putter.meeting is None:
            self._has_put(putter, item)
        else:
            assert not has_room
            self.putters.insert(sum(other.is_woken for other, _ in self.putters), (putter, item))

    @precondition(lambda self: self.getters)
    @rule(data=st.data())
    def cancel_getter(self, data: st.DataObject) -> None:
        getter = data.draw(st.sampled_from(self.getters))
        self.getters.remove(getter)
        getter.step(Cancelled())
        assert isinstance(getter.error, Cancelled)

    @precondition(lambda self: self.putters)
    @rule(data=st.data())
    def cancel_putter(self, data: st.DataObject) -> None:
        putter, item = data.draw(st.sampled_from(self.putters))
        self._forget((putter, item))
        putter.step(Cancelled())
        assert isinstance(putter.error, Cancelled)

    def _forget(self, pair: tuple[Waiting, int]) -> None:
        self.putters.remove(pair)
        if pair[0] in self.admitted:
            self.admitted.remove(pair[0])

    @rule()
    def close(self) -> None:
        if not self.closed:
            self.admitted = [putter for putter, _ in self.putters if putter.is_granted]
        self.closed = True
        self.queue.close()

    @invariant()
    def nobody_waits_for_what_is_there(self) -> None:
        getters = [getter.is_woken for getter in self.getters]
        putters = [putter.is_woken for putter, _ in self.putters]
        # Who came first is woken first.
        assert getters == sorted(getters, reverse=True)
        assert putters == sorted(putters, reverse=True)
        if self.closed:
            assert all(putters)
            if not self.items and not self.admitted:
                assert all(getters)
        else:
            looking = sum(putter.is_woken and not putter.is_granted for putter, _ in self.putters)
            assert all(putters) or self._room() <= looking
        looking = sum(getter.is_woken and not getter.is_granted for getter in self.getters)
        assert all(getters) or self._free_items() <= looking

    @invariant()
    def what_it_says_of_itself_is_so(self) -> None:
        # Those that are woken by the end have no item.
        assert self.queue.qsize() == max(0, self._free_items())
        assert self.queue.empty() == (self._free_items() <= 0)
        if not self.closed:
            assert self.queue.full() == (self._room() == 0)

    def teardown(self) -> None:
        for waiting in [*self.getters, *(putter for putter, _ in self.putters)]:
            waiting.coroutine.close()
        assert not self.queue._room.line
        assert not self.queue._filled.line
        assert self.queue._room.free() == self.maxsize - len(self.items)
        assert self.queue._filled.free() == len(self.items)


def test_queue_is_as_its_model() -> None:
    run_state_machine_as_test(Queues, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))


def test_item_of_a_getter_that_gives_up_is_there_for_who_comes_first() -> None:
    items: Queue[int] = Queue(2)
    first, second = Waiting(items.get()), Waiting(items.get())
    items.put_nowait(1)
    first.step(Cancelled())
    assert second.is_woken
    # If it were kept for the second, and that gave up as well, and so on, nobody would ever have it.
    assert items.get_nowait() == 1
    second.step(None)
    assert second.meeting is not None
    items.put_nowait(2)
    second.step(None)
    assert second.result == 2
