"""The table of states: it is complete, has no unintended transition, and holds for any history of calls."""

from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,  # pyright: ignore[reportUnknownVariableType]  # hypothesis does not annotate it
)

from typedserver import LifecycleError
from typedserver.lifecycle import REFUSALS, TRANSITIONS, State, Step, after


def test_table_decides_every_state_and_step_exactly_once() -> None:
    assert TRANSITIONS.keys().isdisjoint(REFUSALS)
    assert TRANSITIONS.keys() | REFUSALS.keys() == set(product(State, Step))


@pytest.mark.parametrize(("state", "step"), TRANSITIONS)
def test_step_that_is_listed_leads_on(state: State, step: Step) -> None:
    assert after(state, step) is TRANSITIONS[state, step]


@pytest.mark.parametrize(("state", "step"), REFUSALS)
def test_step_that_is_refused_says_what_it_was_and_why(state: State, step: Step) -> None:
    with pytest.raises(LifecycleError) as refused:
        after(state, step)
    assert str(refused.value) == f"the server cannot {step.value} now: {REFUSALS[state, step]}"
    assert refused.value.__suppress_context__


def test_nothing_leads_out_of_closed() -> None:
    assert {after for (state, _), after in TRANSITIONS.items() if state is State.CLOSED} == {State.CLOSED}


def test_every_state_but_serving_can_be_closed() -> None:
    assert {state for state, step in TRANSITIONS if step is Step.CLOSE} == set(State) - {State.SERVING}


class Life(RuleBasedStateMachine):
    """Takes any steps in any order; earlier steps, not the table, decide which steps are allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.NEW
        self.opened = self.in_loop = self.drained = self.closed = False

    @rule(step=st.sampled_from(Step))
    def take(self, step: Step) -> None:
        allowed = {
            Step.OPEN: not (self.drained or self.closed),
            Step.SERVE: not (self.closed or (self.in_loop and not self.drained)),
            Step.STOP: self.in_loop or (self.drained and not self.closed),
            Step.DRAIN: self.opened and not self.closed,
            Step.CLOSE: not self.in_loop,
            Step.RETRACT: self.opened and not (self.in_loop or self.drained or self.closed),
        }[step]
        if not allowed:
            with pytest.raises(LifecycleError):
                after(self.state, step)
            return
        self.state = after(self.state, step)
        match step:
            case Step.OPEN:
                self.opened = True
            case Step.SERVE:
                self.opened, self.in_loop = True, not self.drained
            case Step.STOP:
                self.in_loop = False
            case Step.DRAIN:
                self.drained, self.in_loop = True, False
            case Step.RETRACT:
                self.opened = False
            case Step.CLOSE:
                self.closed = True

    @invariant()
    def state_says_what_was_done(self) -> None:
        expected = (
            State.CLOSED
            if self.closed
            else State.DRAINING
            if self.drained
            else State.SERVING
            if self.in_loop
            else State.LISTENING
            if self.opened
            else State.NEW
        )
        assert self.state is expected


def test_any_history_of_steps_leads_to_the_right_state() -> None:
    run_state_machine_as_test(Life, settings=settings(max_examples=100, deadline=None))
