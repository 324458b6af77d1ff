"""Sums of sessions, their percentages, and the words they are said in."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.record.rules import (
    CODES,
    RetiredCode,
    Tally,
    UnknownCode,
    get_code,
    half_days_words,
    sessions_words,
    tally,
)

ON = date(2026, 6, 16)


def made(present: int, authorised: int = 0, unauthorised: int = 0, unresolved: int = 0) -> Tally:
    possible = present + authorised + unauthorised
    return Tally(possible, present, authorised, unauthorised, unresolved=unresolved)


ONE_OF_EACH = [
    # code, possible, present, authorised, unauthorised, late, unresolved, illness, not counted
    *[(letter, 1, 1, 0, 0, 0, 0, 0, 0) for letter in ("/", "\\", "K", "V", "P", "W", "B", "J")],
    ("L", 1, 1, 0, 0, 1, 0, 0, 0),  # late never lowers the percentage
    ("U", 1, 0, 0, 1, 1, 0, 0, 0),  # late, and an absence
    *[(letter, 1, 0, 1, 0, 0, 0, 0, 0) for letter in ("C", "C1", "C2", "E", "J1", "M", "R", "S", "T", "H")],
    ("I", 1, 0, 1, 0, 0, 0, 1, 0),
    *[(letter, 1, 0, 0, 1, 0, 0, 0, 0) for letter in ("G", "O")],
    ("N", 1, 0, 0, 1, 0, 1, 0, 0),  # counts as unauthorised while it is open
    *[(c, 0, 0, 0, 0, 0, 0, 0, 1) for c in ("D", "X", "Q", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Y", "Z", "#")],
]


def test_the_table_below_names_every_code() -> None:
    assert sorted(row[0] for row in ONE_OF_EACH) == sorted(code.code for code in CODES)


@pytest.mark.parametrize("row", ONE_OF_EACH, ids=[row[0] for row in ONE_OF_EACH])
def test_one_mark_of_each_code(row: tuple[str, int, int, int, int, int, int, int, int]) -> None:
    assert tally([row[0]]) == Tally(*row[1:])


@pytest.mark.parametrize("blank", [None, "", " ", "-"])
def test_a_missing_mark_counts_nowhere(blank: str | None) -> None:
    assert tally([blank, "/", blank]) == tally(["/"])


def test_the_example_of_the_guidance() -> None:
    """20 sessions, of them a Y4, a Q and two I: 18 possible, 2 missed, 88.8 shown, persistently absent."""
    year = tally(["Y4", "Q", "I", "I"] + ["/", "\\"] * 8)
    assert (year.possible, year.missed, year.percent_text, year.is_persistent) == (18, 2, "88.8%", True)
    assert year.too_few


def test_codes_and_texts_count_alike_and_texts_are_read_as_the_day_had_them() -> None:
    assert tally([get_code("I", ON), "i", "/"]) == tally(["I", "I", "/"], ON)
    assert tally(["H"]).authorised == 1
    with pytest.raises(RetiredCode):
        tally(["H"], ON)
    with pytest.raises(UnknownCode) as refused:
        tally(["/", "QQ"])
    assert refused.value.field == "code"
    with pytest.raises(UnknownCode):
        tally(["QQ"], ON)


@pytest.mark.parametrize(
    ("present", "possible", "text"),
    [
        (8996, 10000, "89.9%"),  # never up to 90
        (9999, 10000, "99.9%"),
        (310, 322, "96.2%"),
        (299, 322, "92.8%"),
        (322, 322, "100.0%"),
        (0, 322, "0.0%"),
        (1, 3, "33.3%"),
        (2, 3, "66.6%"),
        (29, 100, "29.0%"),  # 0.29 * 1000 is 290.00000000000006 or 289.99… in floats
        (0, 0, "no sessions yet"),
    ],
)
def test_percentages_are_cut_never_rounded_up(present: int, possible: int, text: str) -> None:
    assert made(present, possible - present).percent_text == text


@pytest.mark.parametrize(
    ("missed", "possible", "at_risk", "persistent", "severe"),
    [
        (0, 0, False, False, False),  # nothing was possible, so nothing was missed
        (0, 100, False, False, False),
        (49, 1000, False, False, False),
        (50, 1000, True, False, False),  # exactly a twentieth
        (99, 1000, True, False, False),
        (100, 1000, False, True, False),  # exactly a tenth is persistent
        (499, 1000, False, True, False),
        (500, 1000, False, True, True),  # severe stays persistent
        (38, 380, False, True, False),
        (37, 380, True, False, False),
        (1, 1, False, True, True),
    ],
)
def test_thresholds_are_exact(missed: int, possible: int, at_risk: bool, persistent: bool, severe: bool) -> None:
    year = made(possible - missed, missed)
    assert (year.is_at_risk, year.is_persistent, year.is_severe) == (at_risk, persistent, severe)


def test_too_few_has_a_limit() -> None:
    assert made(19).too_few and not made(20).too_few
    assert made(29).has_fewer_than(30) and not made(30).has_fewer_than(30)


def test_words() -> None:
    assert sessions_words(made(299, 20, 3, 1)) == "299 of 322 sessions (92.8%), may change"
    assert sessions_words(made(299, 20, 3)) == "299 of 322 sessions (92.8%)"
    assert sessions_words(made(8, 2)) == "8 of 10 sessions (too few for a percentage)"
    assert sessions_words(made(8, 1, 1, 1)) == "8 of 10 sessions (too few for a percentage), may change"
    assert sessions_words(made(8, 2), too_few_below=10) == "8 of 10 sessions (80.0%)"
    assert sessions_words(made(1)) == "1 of 1 session (too few for a percentage)"
    assert sessions_words(Tally()) == "no sessions yet"
    assert half_days_words(made(310, 12)) == "in school 310 of 322 half days"
    assert half_days_words(made(0, 1)) == "in school 0 of 1 half day"
    assert half_days_words(tally(["#"])) == "no half days yet"


@pytest.mark.parametrize(
    "counts",
    [
        {"possible": 2, "present": 1},
        {"possible": -1, "present": -1},
        {"possible": 1, "present": 1, "unresolved": 1},
        {"possible": 1, "present": 1, "illness": 1},
        {"possible": 1, "authorised": 1, "late": 1},
        {"not_counted": -1},
    ],
)
def test_counts_that_contradict_one_another_are_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="rebuild the counts"):
        Tally(**counts)


marks = st.lists(st.sampled_from([code.code for code in CODES] + ["", "-"]), max_size=400)


@given(marks, marks)
def test_weeks_add_up_to_the_year(first: list[str], second: list[str]) -> None:
    assert tally(first) + tally(second) == tally(first + second) == sum([tally(second), tally(first)], Tally())


@given(marks)
def test_every_mark_is_counted_once_and_the_figures_agree_with_fractions(codes: list[str]) -> None:
    year = tally(codes)
    assert year.possible + year.not_counted == sum(code not in ("", "-") for code in codes)
    assert year.attended + year.missed == year.possible
    assert year.provisional == ("N" in codes)
    tenths = year.percent_tenths()
    if tenths is None:
        assert year.possible == 0
    else:
        exact = Fraction(year.attended * 100, year.possible)
        assert 0 <= exact - Fraction(tenths, 10) < Fraction(1, 10)
        assert year.is_persistent == (exact <= 90) and year.is_severe == (exact <= 50)
        assert year.is_at_risk == (90 < exact <= 95)


@given(marks)
def test_one_more_late_mark_never_lowers_the_percentage(codes: list[str]) -> None:
    before, after = tally(codes).percent_tenths(), tally([*codes, "L"]).percent_tenths()
    assert after is not None and (before is None or after >= before)
