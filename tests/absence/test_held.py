"""A decision counts for the family when its two minutes are over; until then they see what they were last told."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.absence.rules.held import Held, Untold, counts_as_told, read_held, untold, weeks_as_told
from webapp.record.rules.arithmetic import Tally

TUESDAY = date(2026, 6, 16)
WEEKS = "2026-06-08//////////....2026-06-15/\\IN.........."


def test_the_newest_decision_is_read_first():
    text = "7|2026-06-16|0|I|N;12|2026-06-16|0|G|I;9|2026-06-16|1|M|;"
    assert read_held(text) == [
        Held(TUESDAY, 0, "G", "I"), Held(TUESDAY, 1, "M", None), Held(TUESDAY, 0, "I", "N"),
    ]  # fmt: skip
    assert read_held("") == []


@pytest.mark.parametrize(
    ("held", "news"),
    [
        ([Held(TUESDAY, 0, "I", "N")], [Untold(TUESDAY, 0, "I", "N")]),
        ([Held(TUESDAY, 0, "I", None)], [Untold(TUESDAY, 0, "I", None)]),
        # Decided twice within the two minutes.
        ([Held(TUESDAY, 0, "I", "G"), Held(TUESDAY, 0, "G", "N")], [Untold(TUESDAY, 0, "I", "N")]),
        # The mark was changed since by another hand.
        ([Held(TUESDAY, 0, "G", "I")], []),
        ([Held(TUESDAY, 1, "M", None)], []),
        # Planned ahead: no week to look in.
        ([Held(date(2026, 6, 24), 1, "M", None)], [Untold(date(2026, 6, 24), 1, "M", None)]),
    ],
)
def test_what_the_family_has_not_heard(held: list[Held], news: list[Untold]):
    assert untold(WEEKS, held) == news


def test_weeks_and_counts_go_back_to_what_was_told():
    news = [Untold(TUESDAY, 0, "I", "N"), Untold(date(2026, 6, 15), 1, "\\", None)]
    assert weeks_as_told(WEEKS, news) == "2026-06-08//////////....2026-06-15/.NN.........."
    assert counts_as_told(Tally(14, 12, 1, 1, 0, 1, 1), news) == Tally(13, 11, 0, 2, 0, 2, 0)
