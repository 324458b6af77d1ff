"""The states of a case and the ladder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from webapp.first_day.rules import (
    CASE_MOVES,
    CallOutcome,
    CaseEvent,
    CaseRefused,
    CaseState,
    LadderSettings,
    NextStep,
    Owner,
    Step,
    is_late,
    next_case_state,
    next_step,
)

OPENED = datetime(2026, 6, 16, 8, 15, tzinfo=UTC)
ALICE, BOB = 1, 2


@pytest.mark.parametrize(("state", "event"), list(product(CaseState, CaseEvent)))
def test_every_pair_moves_or_is_refused_by_name(state: CaseState, event: CaseEvent) -> None:
    if (state, event) in CASE_MOVES:
        assert next_case_state(state, event) is CASE_MOVES[state, event]
    else:
        assert (state, event) == (CaseState.CLOSED, CaseEvent.CARRIED)
        with pytest.raises(CaseRefused) as refused:
            next_case_state(state, event)
        assert refused.value.field == "case"


@pytest.mark.parametrize("state", CaseState)
def test_an_alarm_never_closes_and_always_leaves_somebody_looking(state: CaseState) -> None:
    assert next_case_state(state, CaseEvent.ALARM) is not CaseState.CLOSED


def test_a_message_does_not_end_the_search_of_the_dsl() -> None:
    assert next_case_state(CaseState.CARRIED, CaseEvent.EXPLAINED) is CaseState.CARRIED


def step(minutes: float = 0, **changes: object) -> NextStep:
    facts: dict[str, object] = {
        "opened_at": OPENED, "now": OPENED + timedelta(minutes=minutes), "to_ring": (ALICE, BOB), "calls": {},
        "texted": True, "look_first": False, "alarm": False, "carried": False, "settings": LadderSettings(), **changes,
    }  # fmt: skip
    return next_step(**facts)  # type: ignore[arg-type]


NO, VOICE, WRONG = CallOutcome.NO_ANSWER, CallOutcome.VOICEMAIL, CallOutcome.WRONG_NUMBER


@pytest.mark.parametrize(
    ("changes", "what", "minutes", "contact"),
    [
        pytest.param({}, Step.RING, 15, ALICE, id="a text is given time"),
        pytest.param({"look_first": True}, Step.RING, 5, ALICE, id="less of it for a pupil to look for first"),
        pytest.param({"texted": False}, Step.RING, 0, ALICE, id="nobody to text is rung at once"),
        pytest.param({"alarm": True, "minutes": 3}, Step.RING, 3, ALICE, id="an alarm rings now"),
        pytest.param({"calls": {ALICE: (NO,)}, "minutes": 16}, Step.RING, 26, BOB, id="then the next contact"),
        pytest.param({"calls": {ALICE: (NO,), BOB: (VOICE,)}, "minutes": 30}, Step.RING, 40, ALICE, id="a second time"),
        pytest.param({"calls": {ALICE: (WRONG,), BOB: (NO,)}, "minutes": 30}, Step.RING, 40, BOB, id="no wrong number"),
        pytest.param(
            {"calls": {ALICE: (NO, NO), BOB: (NO, VOICE)}, "minutes": 50}, Step.TELL_DSL, 50, None, id="nobody is left"
        ),
        pytest.param({"to_ring": (), "texted": False}, Step.TELL_DSL, 0, None, id="nobody at all"),
        pytest.param({"to_ring": ()}, Step.TELL_DSL, 15, None, id="only a text could be sent"),
        pytest.param(
            {"look_first": True, "calls": {ALICE: (NO,)}, "minutes": 61}, Step.TELL_DSL, 60, None, id="time for the DSL"
        ),
        pytest.param({"carried": True, "minutes": 70}, Step.DSL_DECIDES, 70, None, id="the DSL has it"),
    ],
)
def test_the_ladder(changes: dict[str, object], what: Step, minutes: int, contact: int | None) -> None:
    found = step(**changes)  # type: ignore[arg-type]
    assert (found.step, found.due_at, found.contact_id) == (what, OPENED + timedelta(minutes=minutes), contact)
    assert found.owner is (Owner.DSL if what is Step.DSL_DECIDES else Owner.OFFICE)


def test_a_step_is_late_only_after_its_time() -> None:
    assert not is_late(OPENED, OPENED)
    assert is_late(OPENED, OPENED + timedelta(seconds=1))
