"""Term dates for any year, and the day on which the demo stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.demo.schools import SCHOOLS
from webapp.demo.terms import demo_day, school_calendar, school_year, training_days
from webapp.demo.trust import MORNING, demo_moment
from webapp.foundation.clock import LONDON
from webapp.foundation.sessions import BOTH_HALVES
from webapp.people.rules.calendar import EventKind, Why

YEARS = range(2022, 2042)


@pytest.mark.parametrize(
    ("year", "autumn", "spring", "summer"),
    [
        (2024, ("2024-09-02", "2024-12-20"), ("2025-01-06", "2025-04-04"), ("2025-04-22", "2025-07-22")),
        (2025, ("2025-09-01", "2025-12-19"), ("2026-01-05", "2026-03-27"), ("2026-04-13", "2026-07-20")),
        (2026, ("2026-09-01", "2026-12-18"), ("2027-01-04", "2027-03-25"), ("2027-04-12", "2027-07-21")),
    ],
)
def test_the_terms_of_a_year(year, autumn, spring, summer):
    terms = [(str(term.starts_on), str(term.ends_on)) for term in school_year(year).terms]
    assert terms == [autumn, spring, summer]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("code", SCHOOLS)
def test_every_year_has_its_days(code, year):
    calendar = school_calendar(code, [year])
    days = calendar.school_days(date(year, 8, 1), date(year + 1, 7, 31))
    assert 188 <= len(days) <= 190
    assert all(day.weekday() < 5 for day in days)
    for event in calendar.events:
        if event.kind is not EventKind.CLOSURE_UNPLANNED:
            assert not any(calendar.is_school_day(day) for day in (event.starts_on, event.ends_on)), event
            assert calendar.session(event.starts_on, BOTH_HALVES[0]).why is not Why.OUTSIDE_TERM, event


@pytest.mark.parametrize("year", YEARS)
def test_the_schools_train_on_different_days(year):
    plan = school_year(year)
    hill, vale = training_days("hill", plan), training_days("vale", plan)
    assert len(set(hill)) == len(set(vale)) == 5
    assert len(set(hill) & set(vale)) == 1
    assert all(day.weekday() < 5 and not _closed_for_all(plan, day) for day in (*hill, *vale))


def _closed_for_all(plan, day: date) -> bool:
    inside = any(term.starts_on <= day <= term.ends_on for term in plan.terms)
    return not inside or any(start <= day <= end for start, end in plan.half_terms)


def _calendars(year: int):
    return [school_calendar(code, range(year - 1, year + 2)) for code in SCHOOLS]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-06-16", "2026-06-16"),
        ("2026-11-22", "2026-11-20"),  # a Sunday
        ("2026-06-26", "2026-06-25"),  # Vale's training day
        ("2026-10-23", "2026-10-22"),  # Hill's training day
        ("2026-11-02", "2026-10-22"),  # Vale's training day after half-term, Hill's before it
        ("2026-05-07", "2026-05-06"),  # Hill is a polling station
        ("2026-05-04", "2026-05-01"),  # a bank holiday
        ("2026-10-28", "2026-10-22"),  # half-term
        ("2026-12-25", "2026-12-18"),
        ("2026-08-15", "2026-07-20"),
        ("2026-09-01", "2026-07-20"),  # both schools train
        ("2026-09-02", "2026-07-20"),  # Vale still does
        ("2026-09-03", "2026-09-03"),
    ],
)
def test_the_latest_day_on_which_both_schools_are_open(today, expected):
    assert demo_day(date.fromisoformat(today), *_calendars(2025)) == date.fromisoformat(expected)


def test_no_day_is_early_enough():
    with pytest.raises(ValueError, match="No school day"):
        demo_day(date(2020, 1, 1), *_calendars(2025))


@settings(deadline=None, max_examples=60)
@given(st.dates(date(2023, 1, 1), date(2040, 12, 31)))
def test_the_demo_always_starts_on_a_school_morning(today):
    at = demo_moment(None, today)
    local = at.astimezone(LONDON)
    assert at.tzinfo is UTC
    assert local.time() == MORNING
    assert local.date() <= today
    assert today - local.date() <= timedelta(days=60)
    assert demo_moment(at, date(2000, 1, 1)) == at
    calendars = _calendars(local.year)
    assert all(calendar.is_open(local.date(), half) for calendar in calendars for half in BOTH_HALVES)
    later = [local.date() + timedelta(days=n) for n in range(1, (today - local.date()).days + 1)]
    assert not any(all(c.is_open(day, half) for c in calendars for half in BOTH_HALVES) for day in later)


def test_another_moment_may_be_asked_for():
    asked = datetime(2026, 6, 20, 13, 40, tzinfo=LONDON)  # a Saturday
    assert demo_moment(asked, date(2030, 1, 1)).astimezone(LONDON) == datetime(2026, 6, 19, 13, 40, tzinfo=LONDON)


def test_nobody_knows_of_a_boiler_before_it_breaks():
    kinds = {
        known: {event.kind for event in school_calendar("vale", [2026], date.fromisoformat(known)).events}
        for known in ("2026-10-07", "2026-10-08")
    }
    assert EventKind.CLOSURE_UNPLANNED not in kinds["2026-10-07"]
    assert EventKind.CLOSURE_UNPLANNED in kinds["2026-10-08"]
