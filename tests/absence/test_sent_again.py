"""The same adult sends the form again, by Back or from another tab: one report, and nothing that was said is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from tests.absence.family import alice, rows, sent, typed
from tests.factories import TODAY, World
from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.rules.cover import Away
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import Reason, Symptom
from webapp.absence.rules.said_again import Said, is_same_hours, new_words
from webapp.absence.services.change import say_back_on
from webapp.absence.services.report import report_absence
from webapp.foundation.db import Database, read_door
from webapp.people.models import Task

WEDNESDAY = date(2026, 6, 17)
ALL_DAY = Away(Kind.ALL_DAY, TODAY, TODAY)
LATE = Away(Kind.LATE, TODAY, TODAY, arrives_at=time(10))
SICK = Said(ALL_DAY, Reason.ILL, (Symptom.SICK,), "Sick at 6")


def days(first: date, last: date) -> Away:
    return Away(Kind.DAYS, first, last)


@pytest.mark.parametrize(
    ("before", "again", "same"),
    [
        (ALL_DAY, ALL_DAY, True),
        (days(TODAY, WEDNESDAY), ALL_DAY, True),
        (ALL_DAY, days(TODAY, WEDNESDAY), False),
        (days(TODAY, WEDNESDAY), days(WEDNESDAY, WEDNESDAY + timedelta(days=1)), False),
        (LATE, replace(LATE, arrives_at=time(11)), True),
        (LATE, ALL_DAY, False),
        (ALL_DAY, LATE, False),
    ],
)
def test_a_day_that_is_new_needs_a_report_of_its_own(before: Away, again: Away, same: bool) -> None:
    assert is_same_hours(before, again) is same


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"symptoms": ()}, ""),
        ({"words": ""}, ""),
        ({"words": "And a rash"}, "And a rash"),
        ({"symptoms": (Symptom.SICK, Symptom.TEMPERATURE)}, "Ill or unwell: sick or diarrhoea, high temperature"),
        ({"reason": Reason.TRANSPORT, "symptoms": (), "words": ""}, "Could not get to school"),
        ({"reason": Reason.TRANSPORT, "symptoms": (), "words": "No bus"}, "Could not get to school. No bus"),
        ({"away": LATE, "words": ""}, "Today, until 10am"),
    ],
)
def test_only_what_is_new_is_added(changes: dict[str, object], words: str) -> None:
    assert new_words(SICK, replace(SICK, **changes), TODAY) == words  # type: ignore[arg-type]


def talk() -> list[str]:
    with read_door() as door:
        return list(door.scalars(select(ReportMessage.words).order_by(ReportMessage.id)))


def test_the_same_form_again_adds_nothing(db: Database, world: World) -> None:
    form = typed(world.tom, words="Sick at 6")
    report_absence(form, alice(world), "k1")
    again = sent(report_absence(form, alice(world), "k2")).children[0]
    assert (again.already, again.added) == (True, False)
    assert talk() == []
    assert len(rows(AbsenceReport.id)) == 1


def test_another_reason_reaches_school_once_however_often_it_is_sent(db: Database, world: World) -> None:
    report_absence(typed(world.tom, reason="not_known", symptoms=()), alice(world), "k1")
    form = typed(world.tom, symptoms=("temperature",))
    for key in ("k2", "k3"):
        again = sent(report_absence(form, alice(world), key)).children[0]
        assert (again.already, again.added) == (True, key == "k2")
    assert sent(report_absence(form, alice(world), "k2")).children[0].added, "the kept answer says what it said"
    assert talk() == ["Ill or unwell: high temperature"]
    assert rows(AbsenceReport.reason, AbsenceReport.version) == [("not_known", 2)]


def test_a_code_is_not_confirmed_unread_after_another_reason_and_words_alone_leave_it(
    db: Database, world: World
) -> None:
    report_absence(typed(world.tom), alice(world), "k1")
    report_absence(typed(world.tom, words="Sick at 6"), alice(world), "k2")
    assert rows(AbsenceReport.read_first, AbsenceReport.version) == [(False, 1)]
    report_absence(typed(world.tom, reason="appointment", symptoms=()), alice(world), "k3")
    assert rows(AbsenceReport.read_first, AbsenceReport.version) == [(True, 2)]


def test_a_call_that_is_asked_for_the_second_time_is_made(db: Database, world: World) -> None:
    form = typed(world.tom, reason="anxious", symptoms=())
    report_absence(form, alice(world), "k1")
    for key in ("k2", "k3"):
        report_absence(replace(form, wants_call=True), alice(world), key)
    with read_door() as door:
        assert door.scalars(select(Task.title)).all() == ["Ring Alice Ahmed about Tom"]


def test_sent_again_after_the_day_back_was_said_it_is_still_one_report(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    first = sent(report_absence(typed(world.tom), alice(world), "k1")).children[0]
    frozen.shift(timedelta(minutes=1))
    say_back_on(alice(world).adults, first.report, 1, "2026-06-18")
    again = sent(report_absence(typed(world.tom), alice(world), "k2")).children[0]
    assert (again.already, again.report) == (True, first.report)
    assert rows(AbsenceReport.ends_on) == [(WEDNESDAY,)]


def test_more_days_than_were_told_are_told(db: Database, world: World) -> None:
    form = typed(world.tom, kind="days", ends_on="2026-06-17")
    report_absence(form, alice(world), "k1")
    more = sent(report_absence(replace(form, ends_on="2026-06-19"), alice(world), "k2")).children[0]
    assert not more.already
    assert rows(AbsenceReport.ends_on) == [(WEDNESDAY,), (date(2026, 6, 19),)]
