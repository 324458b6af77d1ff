"""The school calendar and the ages of law, against a naive oracle and tables of cases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.people.rules import (
    CalendarEvent,
    CalendarRefused,
    EventKind,
    SchoolCalendar,
    SchoolSession,
    Term,
    Why,
    age_on,
    birthday,
    compulsory_school_age,
    compulsory_school_age_begins,
    read_halves,
    read_year_groups,
    school_leaving_date,
)

AUTUMN = Term("Autumn term", date(2025, 9, 2), date(2025, 12, 19))
SPRING = Term("Spring term", date(2026, 1, 5), date(2026, 3, 27))
SUMMER = Term("Summer term", date(2026, 4, 13), date(2026, 7, 17))
EVENTS = (
    CalendarEvent(EventKind.HALF_TERM, date(2025, 10, 27), date(2025, 10, 31)),
    CalendarEvent(EventKind.HALF_TERM, date(2026, 2, 14), date(2026, 2, 22)),
    CalendarEvent(EventKind.HALF_TERM, date(2026, 5, 25), date(2026, 5, 29)),
    CalendarEvent(EventKind.BANK_HOLIDAY, date(2026, 5, 4), date(2026, 5, 4), reason="Early May"),
    CalendarEvent(EventKind.BANK_HOLIDAY, date(2026, 5, 25), date(2026, 5, 25), reason="Spring"),
    CalendarEvent(EventKind.INSET, date(2026, 1, 5), date(2026, 1, 5)),
    CalendarEvent(EventKind.INSET, date(2026, 6, 26), date(2026, 6, 26)),
    CalendarEvent(EventKind.CLOSURE_PLANNED, date(2025, 12, 19), date(2025, 12, 19), halves=(Half.PM,)),
    CalendarEvent(EventKind.CLOSURE_UNPLANNED, date(2026, 1, 5), date(2026, 1, 7), reason="Snow"),
    CalendarEvent(EventKind.CLOSURE_UNPLANNED, date(2026, 3, 3), date(2026, 3, 3), year_groups=frozenset({8, 9})),
)
HILL = SchoolCalendar((SUMMER, AUTUMN, SPRING), EVENTS)


@pytest.mark.parametrize(
    ("day", "half", "year", "why", "sentence"),
    [
        (date(2026, 6, 16), Half.AM, 3, Why.OPEN, "16 June is a school day"),
        (date(2026, 7, 18), Half.AM, 3, Why.OUTSIDE_TERM, "18 July is in the school holidays. Choose a school day"),
        (date(2026, 4, 1), Half.PM, 3, Why.OUTSIDE_TERM, "1 April is in the school holidays. Choose a school day"),
        (date(2030, 1, 1), Half.PM, 3, Why.OUTSIDE_TERM, "1 January is in the school holidays. Choose a school day"),
        (date(2026, 6, 20), Half.AM, 3, Why.WEEKEND, "20 June is a Saturday. Choose a school day"),
        (date(2026, 6, 21), Half.PM, None, Why.WEEKEND, "21 June is a Sunday. Choose a school day"),
        (date(2026, 2, 14), Half.AM, 3, Why.HALF_TERM, "14 February is in half-term. Choose a school day"),
        (date(2025, 10, 29), Half.AM, 3, Why.HALF_TERM, "29 October is in half-term. Choose a school day"),
        (date(2026, 5, 4), Half.AM, 3, Why.BANK_HOLIDAY, "4 May is a bank holiday. Choose a school day"),
        (date(2026, 5, 25), Half.AM, 3, Why.HALF_TERM, "25 May is in half-term. Choose a school day"),
        (date(2026, 6, 26), Half.AM, 3, Why.INSET, "26 June is a training day. Choose a school day"),
        (date(2026, 1, 5), Half.AM, 3, Why.INSET, "5 January is a training day. Choose a school day"),
        (date(2026, 1, 6), Half.AM, 3, Why.CLOSURE, "School is closed on 6 January. Choose a school day"),
        (date(2025, 12, 19), Half.AM, 3, Why.OPEN, "19 December is a school day"),
        (
            date(2025, 12, 19), Half.PM, 3, Why.CLOSURE,
            "School is closed on the afternoon of 19 December. Choose another time",
        ),
        (date(2026, 3, 3), Half.AM, 8, Why.CLOSURE, "School is closed on 3 March. Choose a school day"),
        (date(2026, 3, 3), Half.AM, 7, Why.OPEN, "3 March is a school day"),
        (date(2026, 3, 3), Half.AM, None, Why.OPEN, "3 March is a school day"),
    ],
)  # fmt: skip
def test_session_says_why(day: date, half: Half, year: int | None, why: Why, sentence: str) -> None:
    found = HILL.session(day, half, year)
    assert (found.why, found.open, found.sentence) == (why, why is Why.OPEN, sentence)
    assert HILL.is_open(day, half, year) is found.open


def test_a_cancelled_session_is_told_from_one_never_due() -> None:
    snow = HILL.session(date(2026, 1, 6), Half.AM, 3)
    assert snow.unplanned and snow.event is not None and snow.event.reason == "Snow"
    assert not HILL.session(date(2026, 1, 5), Half.AM, 3).unplanned
    assert not HILL.session(date(2025, 12, 19), Half.PM, 3).unplanned
    assert HILL.session(date(2026, 3, 3), Half.AM, 9).unplanned


def test_the_closure_reason_is_never_in_the_parents_sentence() -> None:
    assert "Snow" not in HILL.session(date(2026, 1, 6), Half.AM, 3).sentence


def test_counting_and_moving_over_school_days() -> None:
    friday = date(2026, 6, 19)
    assert HILL.next_school_day(friday, 3) == date(2026, 6, 22)
    assert HILL.next_school_day(date(2026, 6, 25), 3) == date(2026, 6, 29)
    assert HILL.previous_school_day(date(2026, 6, 22), 3) == friday
    assert HILL.previous_school_day(date(2026, 4, 13), 3) == date(2026, 3, 27)
    assert HILL.next_school_day(date(2026, 7, 17), 3) is None
    assert HILL.previous_school_day(date(2025, 9, 2), 3) is None
    assert HILL.school_days_after(date(2026, 6, 22), 5, 3) == date(2026, 6, 30)
    assert HILL.school_days_after(date(2026, 7, 15), 3, 3) is None
    assert HILL.next_school_day(date(2026, 3, 2), 8) == date(2026, 3, 4)
    assert HILL.school_days(date(2026, 6, 25), date(2026, 6, 30), 3) == (
        date(2026, 6, 25), date(2026, 6, 29), date(2026, 6, 30),
    )  # fmt: skip
    with pytest.raises(ValueError, match="from 1"):
        HILL.school_days_after(friday, 0)


def test_sessions_between_keeps_the_halves_of_both_ends() -> None:
    first, last = SchoolSession(date(2026, 6, 25), Half.PM), SchoolSession(date(2026, 6, 29), Half.AM)
    assert HILL.sessions_between(first, last, 3) == (first, last)
    assert HILL.sessions_between(last, first, 3) == ()
    week = HILL.open_sessions(date(2026, 6, 22), date(2026, 6, 26), 3)
    assert len(week) == 8 and week == tuple(sorted(week))


def test_a_half_term_week_is_no_school_week_and_one_open_half_day_makes_one() -> None:
    assert HILL.school_weeks(date(2026, 5, 20), date(2026, 6, 3), 3) == (date(2026, 5, 18), date(2026, 6, 1))
    one_half = SchoolCalendar(
        [Term("Summer term", date(2026, 6, 15), date(2026, 6, 19))],
        [
            CalendarEvent(EventKind.CLOSURE_UNPLANNED, date(2026, 6, 15), date(2026, 6, 18)),
            CalendarEvent(EventKind.CLOSURE_UNPLANNED, date(2026, 6, 19), date(2026, 6, 19), halves=(Half.AM,)),
        ],
    )
    # Asked about the Sunday alone: the week counts for the session held on its Friday.
    assert one_half.school_weeks(date(2026, 6, 21), date(2026, 6, 21)) == (date(2026, 6, 15),)


def test_a_whole_year_counted_by_hand() -> None:
    # 209 weekdays of term, less 15 of half-term, 4 May, 5 to 7 January and 26 June, less the last afternoon of autumn.
    assert HILL.count_sessions(date(2025, 9, 1), date(2026, 8, 31), 3) == (209 - 15 - 5) * 2 - 1
    assert len(HILL.open_sessions(date(2025, 9, 1), date(2026, 8, 31), 3)) == (209 - 15 - 5) * 2 - 1


def test_terms_and_events_that_cannot_stand() -> None:
    with pytest.raises(CalendarRefused, match="must start after Autumn term ends") as refused:
        SchoolCalendar([AUTUMN, Term("Late term", date(2025, 12, 19), date(2026, 1, 9))])
    assert refused.value.field == "starts_on"
    with pytest.raises(CalendarRefused, match="same as or after the first day"):
        Term("Autumn term", date(2025, 9, 2), date(2025, 9, 1))
    with pytest.raises(CalendarRefused, match="same as or after the first day"):
        CalendarEvent(EventKind.INSET, date(2025, 9, 2), date(2025, 9, 1))
    with pytest.raises(CalendarRefused, match="year groups"):
        CalendarEvent(EventKind.INSET, date(2025, 9, 2), date(2025, 9, 2), year_groups=frozenset())
    with pytest.raises(CalendarRefused, match="the morning"):
        CalendarEvent(EventKind.INSET, date(2025, 9, 2), date(2025, 9, 2), halves=())


@pytest.mark.parametrize(
    ("raw", "years"),
    [("", None), (" ", None), ("3", {3}), ("R, 1,2", {0, 1, 2}), ("n,r", {-1, 0}), ("-1,14", {-1, 14})],
)
def test_year_groups_are_read(raw: str, years: set[int] | None) -> None:
    assert read_year_groups(raw) == (None if years is None else frozenset(years))


@pytest.mark.parametrize("raw", ["15", "3,,4", "Year 3", "٣", "3;4"])
def test_year_groups_that_are_none(raw: str) -> None:
    with pytest.raises(CalendarRefused, match="year_groups"):
        read_year_groups(raw)


def test_halves_are_read() -> None:
    assert (read_halves("AM"), read_halves("pm "), read_halves("all")) == ((Half.AM,), (Half.PM,), BOTH_HALVES)
    with pytest.raises(CalendarRefused, match="half: Use am, pm or all"):
        read_halves("noon")


def test_half_and_its_index() -> None:
    assert [half.index for half in Half] == [0, 1]
    assert [Half.from_index(index) for index in (0, 1)] == [Half.AM, Half.PM]
    with pytest.raises(ValueError, match="two sessions"):
        Half.from_index(2)


START = date(2025, 9, 1)
_days = st.integers(0, 140).map(lambda n: START + timedelta(days=n))


@st.composite
def _events(draw: st.DrawFn) -> CalendarEvent:
    starts_on = draw(_days)
    return CalendarEvent(
        draw(st.sampled_from(EventKind)),
        starts_on,
        starts_on + timedelta(days=draw(st.integers(0, 9))),
        draw(st.sampled_from([(Half.AM,), (Half.PM,), BOTH_HALVES])),
        draw(st.sampled_from([None, frozenset({3}), frozenset({3, 4}), frozenset({4})])),
    )


@given(st.lists(_events(), max_size=6), st.sampled_from([None, 3, 4, 5]), _days, _days)
def test_every_answer_agrees_with_counting_one_by_one(
    events: list[CalendarEvent], year: int | None, one: date, other: date
) -> None:
    terms = [Term("One", date(2025, 9, 8), date(2025, 10, 24)), Term("Two", date(2025, 11, 3), date(2025, 12, 19))]
    calendar = SchoolCalendar(terms, events)
    start, end = min(one, other), max(one, other)

    def held(day: date, half: Half) -> bool:
        if day.weekday() >= 5 or not any(term.starts_on <= day <= term.ends_on for term in terms):
            return False
        return not any(
            event.starts_on <= day <= event.ends_on
            and half in event.halves
            and (event.year_groups is None or (year is not None and year in event.year_groups))
            for event in events
        )

    span = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    expected = [(day, half) for day in span for half in Half if held(day, half)]
    assert list(calendar.open_sessions(start, end, year)) == expected
    assert calendar.count_sessions(start, end, year) == len(expected)
    assert [(day, half) for day in span for half in Half if calendar.session(day, half, year).open] == expected
    assert list(calendar.school_days(start, end, year)) == list(dict.fromkeys(day for day, _ in expected))
    later = [day for day in span[1:] if held(day, Half.AM) or held(day, Half.PM)]
    for n, day in enumerate(later, start=1):
        assert calendar.school_days_after(start, n, year) == day
    whole_weeks = [
        monday for monday in dict.fromkeys(day - timedelta(days=day.weekday()) for day in span)
        if any(held(monday + timedelta(days=n), half) for n in range(7) for half in Half)
    ]  # fmt: skip
    assert list(calendar.school_weeks(start, end, year)) == whole_weeks


@pytest.mark.parametrize(
    ("born", "begins"),
    [
        (date(2020, 8, 31), date(2025, 8, 31)),  # five on a prescribed day: from that day
        (date(2020, 9, 1), date(2025, 12, 31)),
        (date(2020, 12, 31), date(2025, 12, 31)),
        (date(2021, 1, 1), date(2026, 3, 31)),
        (date(2021, 3, 31), date(2026, 3, 31)),
        (date(2021, 4, 1), date(2026, 8, 31)),
        (date(2020, 2, 29), date(2025, 3, 31)),
    ],
)
def test_compulsory_school_age_begins(born: date, begins: date) -> None:
    assert compulsory_school_age_begins(born) == begins
    assert compulsory_school_age(born, begins)
    assert not compulsory_school_age(born, begins - timedelta(days=1))


@pytest.mark.parametrize(
    ("born", "leaves"),
    [
        (date(2009, 9, 1), date(2026, 6, 26)),  # sixteen on the first day of a school year: the June at its end
        (date(2010, 8, 31), date(2026, 6, 26)),  # sixteen in the holidays after: already left in June
        (date(2010, 9, 1), date(2027, 6, 25)),
        (date(2010, 6, 26), date(2026, 6, 26)),
        (date(2010, 6, 27), date(2026, 6, 26)),
        (date(2008, 2, 29), date(2024, 6, 28)),
        (date(2007, 1, 15), date(2023, 6, 30)),  # 30 June is itself the last Friday
    ],
)
def test_school_leaving_date(born: date, leaves: date) -> None:
    assert school_leaving_date(born) == leaves
    assert leaves.weekday() == 4
    assert compulsory_school_age(born, leaves)
    assert not compulsory_school_age(born, leaves + timedelta(days=1))


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2010, 6, 16), date(2026, 6, 15), 15),
        (date(2010, 6, 16), date(2026, 6, 16), 16),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2020, 1, 1), date(2020, 1, 1), 0),
    ],
)
def test_age_on(born: date, on: date, age: int) -> None:
    assert age_on(born, on) == age


def test_no_age_before_birth() -> None:
    with pytest.raises(ValueError, match="before the date of birth"):
        age_on(date(2020, 1, 2), date(2020, 1, 1))


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_everybody_is_of_school_age_for_eleven_to_twelve_years(born: date) -> None:
    begins, leaves = compulsory_school_age_begins(born), school_leaving_date(born)
    assert (begins.month, begins.day) in {(3, 31), (8, 31), (12, 31)}
    assert birthday(born, 5) <= begins < birthday(born, 5) + timedelta(days=155)
    assert leaves.month == 6 and leaves.day > 23
    assert -68 <= (leaves - birthday(born, 16)).days <= 303
