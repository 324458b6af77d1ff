"""Groups too small to be shown, and how often somebody was away."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.record.rules.codes import Half
from webapp.record.rules.small_groups import count_words, hidden_groups, shown_counts
from webapp.record.rules.spells import ordinal, times_away
from webapp.record.rules.weeks import pack_week

MONDAY = date(2026, 6, 8)


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({3: 30, 4: 30}, set()),
        ({3: 10, 4: 30}, set()),
        # One alone could be reckoned from the total: the smallest of the others goes too.
        ({3: 9, 4: 30, 5: 28}, {3, 5}),
        ({3: 9, 4: 1, 5: 28}, {3, 4}),
        # Two who are hidden together are a group of two: the rest taken from the total would tell of them.
        ({3: 1, 4: 1, 5: 28, 6: 30}, {3, 4, 5}),
        ({3: 4, 4: 5, 5: 28}, {3, 4, 5}),
        ({3: 9}, {3}),
        ({3: 0, 4: 30}, set()),
        ({3: 0, 4: 9, 5: 30}, {4, 5}),
        ({}, set()),
    ],
)
def test_hidden_groups(sizes: dict[int, int], hidden: set[int]) -> None:
    assert hidden_groups(sizes) == hidden


@pytest.mark.parametrize(
    ("accepted", "refused", "open_", "hidden", "whole"),
    [
        (40, 12, 9, "", True),
        (40, 0, 9, "", True),
        # One alone could be reckoned from the sum.
        (40, 1, 10, "refused open", True),
        (6, 1, 0, "accepted refused", True),
        (40, 1, 3, "refused open", True),
        # Nothing but small counts: the percentage would give them away.
        (0, 1, 0, "refused", False),
        (4, 4, 0, "accepted refused", False),
        (0, 0, 0, "", True),
    ],
)
def test_counts_that_would_speak_of_a_child(
    accepted: int, refused: int, open_: int, hidden: str, whole: bool
) -> None:
    shown = shown_counts({"accepted": accepted, "refused": refused, "open": open_})
    assert (shown.hidden, shown.whole) == (frozenset(hidden.split()), whole)


def test_the_school_says_how_small_a_group_may_be() -> None:
    assert hidden_groups({3: 12, 4: 30, 5: 28}, smallest=15) == {3, 5}
    assert hidden_groups({3: 6, 4: 30, 5: 28}, smallest=5) == frozenset()


@given(
    st.dictionaries(st.integers(0, 13), st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=8),
    st.integers(5, 30),
)  # fmt: skip
def test_what_is_hidden_cannot_be_reckoned(groups: dict[int, tuple[int, int]], smallest: int) -> None:
    """By whoever has the total and every figure that is shown: what they get is of two groups at least, and of as many
    pupils as one may have; or nothing is shown at all."""
    sizes, away = ({group: row[at] for group, row in groups.items()} for at in (0, 1))
    hidden = hidden_groups(sizes, away, smallest)
    shown = [group for group in sizes if group not in hidden and sizes[group]]
    assert all(sizes[group] >= smallest and not 0 < away[group] < 5 for group in shown)
    if hidden and shown:
        assert len(hidden) > 1
        assert sum(sizes.values()) - sum(sizes[group] for group in shown) >= smallest
        left = sum(away[group] for group in hidden)
        assert left == 0 or left >= 5


def test_a_year_of_whom_hardly_anybody_was_away_is_hidden_with_another() -> None:
    assert hidden_groups({3: 30, 4: 30, 5: 28}, {3: 2, 4: 50, 5: 40}) == {3, 5}
    assert hidden_groups({3: 30, 4: 30}, {3: 0, 4: 5}) == set()


@pytest.mark.parametrize(
    ("count", "words"), [(0, "none"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (70, "70")]
)
def test_counts_of_children(count: int, words: str) -> None:
    assert count_words(count) == words


def week(codes: str, monday: date = MONDAY) -> tuple[date, str]:
    """Ten codes of a week, Monday morning first; "." is no mark."""
    marks = {
        (date.fromordinal(monday.toordinal() + slot // 2), (Half.AM, Half.PM)[slot % 2]): code
        for slot, code in enumerate(codes)
        if code != "."
    }
    return monday, pack_week(marks)


@pytest.mark.parametrize(
    ("codes", "now", "times"),
    [
        ("/\\/\\/\\/\\/\\", False, 0), ("II/\\/\\/\\/\\", False, 1), ("II/\\II/\\/\\", False, 2),
        ("I\\I\\/\\/\\/\\", False, 2),
        # No mark and a day that does not count end nothing.
        ("II..II/\\/\\", False, 1), ("II##II/\\/\\", False, 1),
        ("/\\/\\/\\/\\..", True, 1), ("II/\\/\\/\\N.", True, 2), ("II/\\/\\/\\/\\", True, 2),
        # Late is not away; late after the register closed is.
        ("L\\L\\/\\/\\/\\", False, 0), ("U\\/\\/\\/\\/\\", False, 1), ("B\\V\\/\\/\\/\\", False, 0),
    ],
)  # fmt: skip
def test_times_away(codes: str, now: bool, times: int) -> None:
    assert times_away([week(codes)], MONDAY, date(2026, 6, 12), away_now=now) == times


def test_one_time_lasts_over_a_weekend_and_days_outside_do_not_count() -> None:
    later = date(2026, 6, 15)
    weeks = [week("II/\\/\\/\\/\\", later), week("/\\/\\/\\/\\II")]
    assert times_away(weeks, MONDAY, date(2026, 6, 19)) == 1
    assert times_away(weeks, later, date(2026, 6, 19)) == 1
    assert times_away(weeks, date(2026, 6, 17), date(2026, 6, 19)) == 0


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"),
     (102, "102nd"), (111, "111th")],
)  # fmt: skip
def test_ordinals(number: int, word: str) -> None:
    assert ordinal(number) == word
