"""From when a pupil answers for themselves, and what their parents then see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.people.rules.own_voice import (
    OWN_RIGHTS,
    ParentsSee,
    SignOut,
    answers,
    born_by,
    first_of,
    is_adult,
    left_to_parents,
    may_sign_out,
    parents_see,
    rights_of,
    seen_words,
)
from webapp.people.rules.rights import EVERY_RIGHT, Link, Right, Rights, effective_rights, pupil_may_report
from webapp.people.rules.settings import PARENTS_SEE, PUPIL_REPORTS_FROM_AGE, PUPIL_SIGN_OUT, Settings

BORN = date(2010, 6, 16)
"""Sixteen on 16 June 2026, and of compulsory school age until Friday 26 June 2026."""
OFF, ON = Settings(), Settings().having(PUPIL_REPORTS_FROM_AGE, 16)
OWN = Link(1, 2, "pupil", 999, is_pupil=True)

days = st.dates(date(2024, 1, 1), date(2040, 12, 31))
births = st.dates(date(2000, 1, 1), date(2020, 12, 31))


@pytest.mark.parametrize(
    ("born", "on", "may"),
    [
        (BORN, date(2026, 6, 26), False),
        (BORN, date(2026, 6, 27), True),
        # Born on 31 August: the June before the sixteenth birthday's September.
        (date(2010, 8, 31), date(2026, 6, 26), False),
        (date(2010, 8, 31), date(2026, 6, 27), True),
        # Born a day later: a school year later.
        (date(2010, 9, 1), date(2026, 9, 2), False),
        (date(2010, 9, 1), date(2027, 6, 25), False),
        (date(2010, 9, 1), date(2027, 6, 26), True),
    ],
)
def test_from_when_a_pupil_answers(born: date, on: date, may: bool) -> None:
    assert answers(born, on, ON) is may
    assert not answers(born, on, OFF)


@given(births, days, st.sampled_from([16, 18]))
def test_the_latest_day_of_birth_says_the_same_as_the_rule(born: date, on: date, from_age: int) -> None:
    """What the database is asked is what the rule says."""
    if born <= on:
        assert (born <= born_by(on, from_age)) is pupil_may_report(born, on, from_age)


@given(births, days)
def test_rights_of_a_pupils_own_link_come_from_age_and_setting_alone(born: date, on: date) -> None:
    every_tick = Link(1, 2, "pupil", 999, is_pupil=True, **{f"may_{right}": True for right in Right})
    if born <= on:
        for link in (OWN, every_tick):
            held = rights_of(link, (), on, born, ON)
            assert held.allowed == (OWN_RIGHTS if answers(born, on, ON) else frozenset())
            assert held.asked is answers(born, on, ON)
            assert rights_of(link, (), on, born, OFF).allowed == frozenset()
    assert Right.COLLECT not in OWN_RIGHTS and Right.REQUEST_LEAVE not in OWN_RIGHTS


def test_what_takes_a_pupils_own_rights_away() -> None:
    on = date(2026, 9, 7)
    ended = Link(1, 2, "pupil", 999, is_pupil=True, ends_on=on - timedelta(days=1))
    stopped = Link(1, 2, "pupil", 999, is_pupil=True, do_not_contact=True)
    assert rights_of(OWN, (), on, BORN, ON).allowed == OWN_RIGHTS
    assert rights_of(ended, (), on, BORN, ON).allowed == frozenset()
    assert rights_of(stopped, (), on, BORN, ON).allowed == frozenset()


def test_a_link_that_is_nobodys_own_is_as_it_was() -> None:
    link = Link(1, 2, "mother", 1, is_parent=True, lives_with=True, may_report=True)
    assert rights_of(link, (), date(2026, 9, 7), BORN, ON) == effective_rights(link, (), date(2026, 9, 7))


SEVENTEEN, EIGHTEEN = date(2027, 9, 6), date(2028, 6, 16)


@pytest.mark.parametrize(
    ("on", "school", "choice", "see"),
    [
        # Not of age: parents see everything, whatever is set or was said.
        (date(2026, 6, 26), "emergencies", "emergencies", "everything"),
        (SEVENTEEN, "everything", "", "everything"),
        (SEVENTEEN, "fact", "", "fact"),
        (SEVENTEEN, "emergencies", "", "emergencies"),
        # Until eighteen the pupil's own word does not count.
        (EIGHTEEN - timedelta(days=1), "everything", "emergencies", "everything"),
        # From eighteen it does; without it the fact alone, at most.
        (EIGHTEEN, "everything", "", "fact"),
        (EIGHTEEN, "fact", "", "fact"),
        (EIGHTEEN, "emergencies", "", "emergencies"),
        (EIGHTEEN, "everything", "emergencies", "emergencies"),
        (EIGHTEEN, "emergencies", "everything", "everything"),
    ],
)
def test_what_parents_see(on: date, school: str, choice: str, see: str) -> None:
    assert parents_see(BORN, on, ON.having(PARENTS_SEE, school), choice) is ParentsSee(see)
    assert parents_see(BORN, on, Settings().having(PARENTS_SEE, school), choice) is ParentsSee.EVERYTHING
    assert is_adult(BORN, on) is (on >= EIGHTEEN)


def test_with_emergencies_only_a_parent_keeps_who_may_collect_and_is_still_asked() -> None:
    held = Rights(OWN, EVERY_RIGHT, asked=True)
    assert left_to_parents(held, ParentsSee.EMERGENCIES) == {Right.COLLECT}
    assert left_to_parents(held, ParentsSee.FACT) == left_to_parents(held, ParentsSee.EVERYTHING) == EVERY_RIGHT


def test_of_two_schools_the_more_careful_one_counts() -> None:
    assert first_of([ParentsSee.EVERYTHING, ParentsSee.FACT]) is ParentsSee.FACT
    assert first_of([ParentsSee.EMERGENCIES, ParentsSee.FACT]) is ParentsSee.EMERGENCIES
    assert first_of([]) is ParentsSee.EVERYTHING


@pytest.mark.parametrize("how", SignOut)
def test_who_may_ask_to_leave(how: SignOut) -> None:
    settings = ON.having(PUPIL_SIGN_OUT, how.value)
    assert may_sign_out(BORN, SEVENTEEN, settings) is how
    assert may_sign_out(BORN, date(2026, 6, 26), settings) is SignOut.NO


def test_the_page_says_truly_what_parents_see() -> None:
    assert "why and in your own words" in seen_words(ParentsSee.EVERYTHING)[0]
    assert "cannot see why" in seen_words(ParentsSee.FACT)[0]
    assert "cannot see your days" in seen_words(ParentsSee.EMERGENCIES)[0]
    assert all("does not know where you are" in seen_words(see)[1] for see in ParentsSee)
