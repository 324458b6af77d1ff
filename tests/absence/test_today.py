"""From marks, sightings and reports to the sentence of the card."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.absence.calendars import CALENDAR, CLOSED, TIMES, TUESDAY, at
from webapp.absence.rules.cards import card_sentence
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.states import State
from webapp.absence.rules.today import Day, Told, card_facts


def sentence(day: Day, now: datetime, *told: Told, may_view: bool = True, may_report: bool = True) -> str:
    facts = card_facts("Tom", day, told, CALENDAR, TIMES, 8, now, may_view=may_view, may_report=may_report)
    return card_sentence(facts, now).sentence


def said(state: State, kind: Kind = Kind.ALL_DAY, **more: object) -> Told:
    return Told(state, kind, TUESDAY, TUESDAY, at("07:41"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "now", "says"),
    [
        (Day(), at("07:40"), "Starts 8:45am"),
        (Day(), at("09:00"), "Not marked yet"),
        (Day(), at("15:30"), "School is over for today."),
        (Day("/", taken_am=at("08:52")), at("09:00"), "Marked in at 8:52am"),
        (Day("/"), at("09:00"), "Marked in"),
        (Day("/", "\\", taken_am=at("08:52"), taken_pm=at("13:05")), at("13:30"), "Marked in at 1:05pm"),
        (Day("L", minutes_late=7), at("09:00"), "Came in at 8:52am"),
        (Day("U", minutes_late=47), at("09:40"), "Came in at 9:32am"),
        (Day("N", arrived_at=at("09:32")), at("09:40"), "Came in at 9:32am"),
        (Day("N"), at("09:40"), "School recorded: no reason yet"),
        (Day("V"), at("09:40"), "School recorded: on a school trip"),
        (Day("I", "\\", taken_pm=at("13:05")), at("13:30"), "Marked in at 1:05pm"),
        (Day("C", leave_until=date(2026, 6, 18)), at("09:00"), "Away until Thu 18 June. Agreed."),
        (Day(case_half=0), at("09:20"), "Please tell school where Tom is"),
        (Day(), at("09:00", CLOSED), "School is closed today. You do not need to do anything."),
        (Day(), at("09:00", date(2026, 6, 20)), "No school today. Back on Monday 22 June."),
        (Day(), at("09:00", date(2026, 6, 26)), "No school today. Back on Monday 29 June."),
        (Day(), at("09:00", date(2026, 8, 4)), "No school today. Back on Wednesday 2 September."),
    ],
)
def test_what_the_card_says(day: Day, now: datetime, says: str):
    assert sentence(day, now) == says


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ((said(State.SENT),), "School knows Tom is away today"),
        ((said(State.HELD),), "Sent 7:41am. School will check it with you first."),
        ((said(State.WITHDRAWN, expected_at=at("10:00")),), "School expects Tom at 10am"),
        ((said(State.WITHDRAWN, expected_at=at("08:50")),), "Not marked yet"),
        ((said(State.WITHDRAWN), said(State.READ)), "School knows Tom is away today"),
        ((said(State.SENT, Kind.LATE, arrives_at=at("10:30")),), "School expects Tom at 10:30am"),
        ((Told(State.SENT, Kind.ALL_DAY, date(2026, 6, 15), date(2026, 6, 15), at("07:41")),), "Not marked yet"),
    ],
)
def test_what_the_family_told_counts(told: tuple[Told, ...], says: str):
    assert sentence(Day(), at("09:00"), *told) == says


@pytest.mark.parametrize(
    ("day", "now", "says"),
    [
        (Day("I"), at("09:04"), "School expects Tom at 10am"),
        (Day("I"), at("10:12"), "School expected Tom at 10am"),
        (Day("I", "I"), at("13:20"), "School expected Tom at 10am"),
        (Day("I", case_half=0), at("10:12"), "Please tell school where Tom is"),
        (Day("N"), at("10:12"), "School recorded: no reason yet"),
        (Day("U", minutes_late=70), at("10:12"), "Came in at 9:55am"),
    ],
)
def test_what_was_taken_back_is_not_what_the_family_reads(day: Day, now: datetime, says: str):
    assert sentence(day, now, said(State.WITHDRAWN, expected_at=at("10:00"))) == says


def test_who_may_not_report_is_not_asked_and_who_may_not_see_is_not_told():
    assert sentence(Day(case_half=0), at("09:20"), may_report=False) == "Not marked yet"
    assert sentence(Day("/", taken_am=at("08:52")), at("09:00"), may_view=False) == ""
