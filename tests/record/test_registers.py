"""How long a register is open, what an arrival suggests, and every pair of register state and event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from webapp.record.rules import (
    TAKEN_STATES,
    LateSuggestion,
    RegisterEvent,
    RegisterEventRefused,
    RegisterState,
    RegisterTimesWrong,
    RegisterTooLong,
    RegisterWindow,
    minutes_late,
    next_register_state,
    register_overdue,
    suggest_late,
)


def at(clock: str) -> datetime:
    hour, minute, second = map(int, f"{clock}:00".split(":")[:3])
    return datetime(2026, 1, 13, hour, minute, second, tzinfo=UTC)


OPENS, CLOSES, ENDS = at("8:50"), at("9:15"), at("12:00")


def test_a_register_may_stay_open_for_thirty_minutes_and_no_longer() -> None:
    assert RegisterWindow(OPENS, OPENS + timedelta(minutes=30)).closes_at == at("9:20")
    with pytest.raises(RegisterTooLong, match="at most 30 minutes") as refused:
        RegisterWindow(OPENS, OPENS + timedelta(minutes=30, seconds=1))
    assert "regulation 10" in str(refused.value)
    assert (refused.value.field, refused.value.mend) == ("closes_at", "Close it within 30 minutes of its opening.")


@pytest.mark.parametrize("closes", [OPENS, OPENS - timedelta(minutes=5)])
def test_a_register_closes_after_it_opens(closes: datetime) -> None:
    with pytest.raises(RegisterTimesWrong) as refused:
        RegisterWindow(OPENS, closes)
    assert refused.value.field == "closes_at"


def test_a_time_without_its_zone_is_refused_by_name() -> None:
    with pytest.raises(RegisterTimesWrong, match="opened_at has no time zone"):
        RegisterWindow(OPENS.replace(tzinfo=None), CLOSES)
    with pytest.raises(RegisterTimesWrong, match="closes_at has no time zone"):
        RegisterWindow(OPENS, CLOSES.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("now", "is_open"), [("8:49:59", False), ("8:50", True), ("9:14:59", True), ("9:15", False), ("9:16", False)]
)
def test_open_until_just_before_the_close(now: str, is_open: bool) -> None:
    assert RegisterWindow(OPENS, CLOSES).is_open(at(now)) is is_open


@pytest.mark.parametrize(
    ("now", "suggested", "minutes"),
    [
        ("8:30", LateSuggestion.ON_TIME, 0),
        ("8:50", LateSuggestion.ON_TIME, 0),  # present when the taking begins
        ("8:50:01", LateSuggestion.L, 0),
        ("9:14:59", LateSuggestion.L, 24),
        ("9:15", LateSuggestion.U, 25),  # the taking has ended
        ("11:59:59", LateSuggestion.U, 189),
        ("12:00", LateSuggestion.SESSION_OVER, 190),
        ("15:00", LateSuggestion.SESSION_OVER, 370),
    ],
)
def test_the_clock_suggests(now: str, suggested: LateSuggestion, minutes: int) -> None:
    assert suggest_late(at(now), OPENS, CLOSES, ENDS) is suggested
    assert minutes_late(at(now), OPENS) == minutes


@pytest.mark.parametrize(("now", "overdue"), [("9:15", False), ("9:24:59", False), ("9:25", True), ("11:00", True)])
def test_ten_minutes_after_its_close_a_register_is_overdue(now: str, overdue: bool) -> None:
    assert register_overdue(at(now), CLOSES) is overdue


# Each state's answer to opened, submitted, close reached, head count started, head count finished; "" is refused.
EXPECTED = {
    "due": ("open", "taken", "missing", "", ""),
    "open": ("open", "taken", "missing", "", ""),
    "taken": ("taken", "taken", "closed", "", ""),
    "closed": ("", "", "closed", "", "closed"),
    "missing": ("missing", "closed", "missing", "head_count", ""),
    "head_count": ("head_count", "closed", "head_count", "head_count", "closed"),
}


@pytest.mark.parametrize(("state", "event"), list(product(RegisterState, RegisterEvent)))
def test_every_pair_of_state_and_event(state: RegisterState, event: RegisterEvent) -> None:
    after = EXPECTED[state][list(RegisterEvent).index(event)]
    if after:
        assert next_register_state(state, event) is RegisterState(after)
    else:
        with pytest.raises(RegisterEventRefused) as refused:
            next_register_state(state, event)
        assert refused.value.field == "register" and refused.value.mend


def test_from_every_state_the_register_can_still_be_closed() -> None:
    for start in RegisterState:
        reached, waiting = {start}, [start]
        while waiting:
            state = waiting.pop()
            for event in RegisterEvent:
                try:
                    after = next_register_state(state, event)
                except RegisterEventRefused:
                    continue
                if after not in reached:
                    reached.add(after)
                    waiting.append(after)
        assert RegisterState.CLOSED in reached


def test_the_close_alone_never_makes_an_untaken_register_taken() -> None:
    for state in set(RegisterState) - TAKEN_STATES:
        assert next_register_state(state, RegisterEvent.CLOSE_REACHED) not in TAKEN_STATES
