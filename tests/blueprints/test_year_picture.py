"""The year picture: each code has its look, days to come are empty, and parents read words."""

import gzip
import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprints.pictures import WeekRow, year_picture
from webapp.foundation.sessions import Half
from webapp.people.rules.calendar import CalendarEvent, EventKind, SchoolCalendar, Term
from webapp.record.rules.codes import CODES
from webapp.record.rules.weeks import EMPTY_WEEK, SYMBOL_OF

MONDAY = date(2026, 6, 1)
SUMMER = Term("Summer term", date(2026, 4, 13), date(2026, 7, 17))
CALENDAR = SchoolCalendar(
    [SUMMER],
    [
        CalendarEvent(EventKind.HALF_TERM, date(2026, 5, 25), date(2026, 5, 29)),
        CalendarEvent(EventKind.BANK_HOLIDAY, date(2026, 5, 4), date(2026, 5, 4)),
    ],
)
PRESENT = "/\\" * 5 + "...."

LOOKS = {
    "year-in": ["/", "\\", "L", "P", "V", "W", "B", "K", "J"],
    "year-accepted": ["I", "M", "C", "C1", "C2", "E", "J1", "R", "S", "T", "H"],
    "year-not": ["G", "O", "U"],
    "year-open": ["N"],
    "year-none": ["#", "D", "Q", "X", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z"],
}


def week_of(symbols: str, monday: date = MONDAY) -> WeekRow:
    return WeekRow(monday, symbols + EMPTY_WEEK[len(symbols) :])


def draw(weeks, *, today=MONDAY + timedelta(days=6), since=MONDAY, for_parent=True, **others):
    return year_picture(weeks, [SUMMER], CALENDAR, today, for_parent=for_parent, since=since, **others)


def bars(picture: str) -> dict[str, int]:
    """How many bars (or dots) each look has."""
    root = ElementTree.fromstring(picture)
    return {
        path.get("class"): path.get("d").count("M")
        for path in root.iter("path")
        if path.get("class") not in ("year-stripe", "year-cross")
    }


@pytest.mark.parametrize(("look", "code"), [(look, code) for look, codes in LOOKS.items() for code in codes])
def test_each_code_has_its_look(look: str, code: str):
    picture = draw([week_of(SYMBOL_OF[code])], today=MONDAY)
    assert bars(picture) == {look: 1}


def test_the_table_names_every_code():
    assert sorted(code for codes in LOOKS.values() for code in codes) == sorted(code.code for code in CODES)


@pytest.mark.parametrize(("code", "cut"), [("/", False), ("L", True), ("O", False), ("U", True)])
def test_a_late_mark_loses_a_corner(code: str, cut: bool):
    assert ("h15v8h-22v-1z" in draw([week_of(code)], today=MONDAY)) is cut


def test_stripes_and_crosses_stand_in_the_bars():
    picture = draw([week_of("IIO/")], today=MONDAY + timedelta(days=1))
    lines = {path.get("class"): path.get("d") for path in ElementTree.fromstring(picture).iter("path")}
    assert lines["year-stripe"].count("M") == 8
    assert lines["year-cross"].count("M") == 1


@pytest.mark.parametrize(
    ("what", "today", "symbols", "expected"),
    [
        ("a past session has no reason yet", MONDAY + timedelta(days=1), ".\\", {"year-open": 1, "year-in": 1}),
        ("today without a mark is empty", MONDAY, "/.", {"year-in": 1}),
        ("tomorrow's planned code is not drawn", MONDAY, "/\\MM", {"year-in": 2}),
        ("a week without a row has no reason yet", MONDAY + timedelta(days=4), None, {"year-open": 8}),
    ],
)  # fmt: skip
def test_what_has_no_mark(what: str, today: date, symbols: str | None, expected: dict[str, int]):
    assert bars(draw([week_of(symbols)] if symbols else [], today=today)) == expected, what


def test_a_bank_holiday_is_a_dot_and_half_term_a_gap():
    holiday = date(2026, 5, 4)
    assert bars(draw([], since=holiday, today=holiday)) == {"year-none": 2}
    weeks = [WeekRow(date(2026, 5, 18), PRESENT), WeekRow(MONDAY, PRESENT)]
    starts = sorted({int(x) for x in re.findall(r"M(\d+) 0h22", draw(weeks, since=date(2026, 5, 18)))})
    assert starts[1] - starts[0] == 24 + 12


def test_outside_the_enrolment_nothing_is_drawn():
    picture = draw([week_of(PRESENT)], since=MONDAY + timedelta(days=1), until=MONDAY + timedelta(days=2))
    assert bars(picture) == {"year-in": 4}


def test_terms_to_come_are_left_out():
    autumn = Term("Autumn term", date(2026, 9, 2), date(2026, 12, 18))
    picture = year_picture([], [SUMMER, autumn], SchoolCalendar([SUMMER, autumn]), MONDAY, for_parent=True)
    assert "Summer term" in picture
    assert "Autumn term" not in picture
    assert "svg" not in year_picture([], [autumn], SchoolCalendar([autumn]), MONDAY, for_parent=True)


def test_a_parent_reads_words_and_staff_codes_as_well():
    rows = [week_of("/\\IIOO/N5L")]
    parent, staff = (draw(rows, for_parent=each) for each in (True, False))
    words = "Half days: 4 in school, 2 away, reason accepted, 2 away, not accepted, 1 no reason yet."
    assert f"<desc>{words}</desc>" in parent
    assert f"<desc>{words} Codes: / 2, I 2, L 1, N 1, O 2, Y5 1, \\ 1.</desc>" in staff


@given(st.lists(st.sampled_from([SYMBOL_OF[code.code] for code in CODES]), min_size=10, max_size=10))
def test_a_parent_never_meets_a_code_nor_detention(symbols: list[str]):
    picture = draw([week_of("".join(symbols))])
    text = " ".join(re.findall(r">([^<]+)<", re.sub(r"<text.*?</text>", "", picture)))
    assert re.fullmatch(r"Summer term Summer term (No half days yet\.|Half days: [a-z0-9, ]+\.)", text)
    assert sum(bars(picture).values()) == 10
    assert bars(picture).get("year-none", 0) == sum(symbol in "#DQXYZ1234567" for symbol in symbols)


def test_right_to_left_mirrors_the_weeks_and_keeps_the_words_readable():
    left, right = (draw([week_of(PRESENT)], rtl=each) for each in (False, True))
    width = re.search(r'viewBox="0 0 (\d+) ', right)[1]
    assert f'<g transform="matrix(-1 0 0 1 {width} 0)">' in right
    assert f'<text x="{width}" y="12">M</text>' in right
    assert 'direction="rtl"' in right
    assert "matrix" not in left
    assert 'direction="ltr"' in left


def test_a_name_is_escaped():
    term = Term("<b>Summer</b>", SUMMER.starts_on, SUMMER.ends_on)
    picture = year_picture([], [term], CALENDAR, MONDAY, for_parent=True)
    assert "<b>" not in picture
    assert "&lt;b&gt;Summer" in picture


def test_an_unknown_layout_is_refused():
    with pytest.raises(ValueError, match="diagonal"):
        draw([], layout="diagonal")


def test_a_whole_year_is_small_on_the_wire():
    terms = [
        Term("Autumn term", date(2025, 9, 3), date(2025, 12, 19)),
        Term("Spring term", date(2026, 1, 5), date(2026, 3, 27)),
        Term("Summer term", date(2026, 4, 13), date(2026, 7, 21)),
    ]
    varied = ["/\\/\\/\\/\\/\\", "IIII/\\/\\/\\", "/\\L\\/\\/M/\\", "/\\/\\/\\/\\OO", "U\\/\\/\\/\\N\\"]
    weeks = [week_of(varied[n % 5], date(2025, 9, 1) + timedelta(days=7 * n)) for n in range(46)]
    picture = year_picture(weeks, terms, SchoolCalendar(terms), date(2026, 7, 21), for_parent=True)
    assert len(gzip.compress(picture.encode(), 6)) < 2600


def test_a_reason_that_is_told_and_not_recorded_has_a_look_of_its_own():
    """Only where no reason stands: a mark that says more is not covered up."""
    told = {(MONDAY, Half.AM), (MONDAY, Half.PM), (MONDAY + timedelta(days=1), Half.AM)}
    weeks = [week_of(SYMBOL_OF["N"] + SYMBOL_OF["I"] + SYMBOL_OF["N"] * 2)]
    picture = draw(weeks, today=MONDAY + timedelta(days=1), told=told)
    assert bars(picture) == {"year-told": 2, "year-accepted": 1, "year-open": 1}
    assert "1 no reason yet, 2 told to school, not recorded yet" in picture
