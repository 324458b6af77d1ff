"""A week as fourteen characters, and the year that a day belongs to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.record.rules import (
    CODE_OF,
    CODES,
    EMPTY_WEEK,
    SLOTS,
    SYMBOL_OF,
    Code,
    Half,
    UnknownCode,
    academic_year,
    academic_year_bounds,
    get_code,
    pack_week,
    slot_of,
    unpack_week,
    week_start,
)

MONDAY = date(2026, 6, 15)


def test_every_code_has_one_character_of_its_own() -> None:
    assert set(SYMBOL_OF) == {code.code for code in CODES}
    assert all(len(symbol) == 1 and symbol.isascii() and symbol.isprintable() for symbol in CODE_OF)
    assert len(CODE_OF) == len(SYMBOL_OF)
    assert "." not in CODE_OF and " " not in CODE_OF
    assert {code: symbol for code, symbol in SYMBOL_OF.items() if code != symbol} == {
        "C1": "c",
        "C2": "p",
        "J1": "j",
        "Y1": "1",
        "Y2": "2",
        "Y3": "3",
        "Y4": "4",
        "Y5": "5",
        "Y6": "6",
        "Y7": "7",
    }


def test_a_week_is_read_from_monday_morning_to_sunday_afternoon() -> None:
    tuesday, sunday = MONDAY + timedelta(1), MONDAY + timedelta(6)
    marks: dict[tuple[date, Half], Code | str | None] = {
        (MONDAY, Half.AM): "/",
        (MONDAY, Half.PM): get_code("C2", MONDAY),
        (tuesday, Half.PM): " y7",
        (tuesday, Half.AM): None,
        (sunday, Half.PM): "#",
    }
    assert pack_week(marks) == "/p.7.........#"
    assert list(unpack_week("/p.7.........#", MONDAY).items()) == [
        ((MONDAY, Half.AM), "/"),
        ((MONDAY, Half.PM), "C2"),
        ((tuesday, Half.PM), "Y7"),
        ((sunday, Half.PM), "#"),
    ]
    assert slot_of(sunday, Half.PM) == SLOTS - 1 == 13


def test_no_mark_is_a_dot() -> None:
    assert pack_week({}) == pack_week({(MONDAY, Half.AM): ""}) == EMPTY_WEEK == "." * 14
    assert unpack_week(EMPTY_WEEK, MONDAY) == {}


def test_bad_weeks_are_refused() -> None:
    with pytest.raises(ValueError, match="one week"):
        pack_week({(MONDAY, Half.AM): "/", (MONDAY + timedelta(7), Half.AM): "/"})
    with pytest.raises(UnknownCode):
        pack_week({(MONDAY, Half.AM): "C3"})
    with pytest.raises(ValueError, match="14 characters"):
        unpack_week("/" * 13, MONDAY)
    with pytest.raises(ValueError, match="in place 1"):
        unpack_week("/?" + "." * 12, MONDAY)
    with pytest.raises(ValueError, match="must be a Monday"):
        unpack_week(EMPTY_WEEK, MONDAY + timedelta(1))


@given(
    st.dates(date(2020, 1, 1), date(2040, 1, 1)).map(week_start),
    st.dictionaries(st.tuples(st.integers(0, 6), st.sampled_from(Half)), st.sampled_from([c.code for c in CODES])),
)
def test_round_trip(monday: date, week: dict[tuple[int, Half], str]) -> None:
    marks = {(monday + timedelta(day), half): code for (day, half), code in week.items()}
    text = pack_week(marks)
    assert len(text) == SLOTS
    assert unpack_week(text, monday) == marks
    for (on, half), code in marks.items():
        assert text[slot_of(on, half)] == SYMBOL_OF[code]


@given(st.dates(date(1, 1, 8)))
def test_a_week_starts_on_its_monday(on: date) -> None:
    monday = week_start(on)
    assert monday.weekday() == 0 and 0 <= (on - monday).days < 7


@pytest.mark.parametrize(
    ("on", "year"),
    [
        (date(2026, 7, 31), 2025),
        (date(2026, 8, 1), 2026),
        (date(2026, 8, 28), 2026),  # a training day at the end of August opens the new year
        (date(2026, 9, 1), 2026),
        (date(2027, 1, 1), 2026),
    ],
)
def test_the_academic_year_begins_on_the_first_of_august(on: date, year: int) -> None:
    assert academic_year(on) == year
    first, last = academic_year_bounds(year)
    assert first <= on <= last and academic_year(first) == academic_year(last) == year
