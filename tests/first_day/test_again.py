"""The second text: once, to those who were texted, while nobody has answered and nobody has found the child."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, update

from notifications.services import load_handlers, receive_text
from notifications.services.queueing import WORK
from tests.factories import World
from tests.first_day.conftest import at
from tests.first_day.mornings import OFFICER, case_of, kinds_of, run, take, texts, token_of, told
from webapp.first_day.rules import CallOutcome
from webapp.first_day.rules.answers import Answer
from webapp.first_day.services.again import AGAIN_WORK
from webapp.first_day.services.answers import LinkAnswer, answer_by_link
from webapp.first_day.services.handling import Caseworker, here_now, log_call, tell_dsl
from webapp.foundation import work
from webapp.foundation.db import Database, current, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import PupilContact, SchoolSetting
from webapp.record.models import Register

pytestmark = pytest.mark.usefixtures("wired")
When = Callable[[str], None]


@pytest.fixture
def asked(db: Database, world: World, when: When) -> str:
    """Tom's family was texted at 9:15; returns the link's token."""
    take(world)
    when("09:15")
    run(world)
    return token_of(world.alice)


def clock(when: When, hhmm: str) -> None:
    when(hhmm)
    work.run_due({AGAIN_WORK})


def again() -> list[int]:
    return [message.contact_id for message in told("missing_child_again")]


def test_half_an_hour_without_an_answer_brings_one_more(world: World, asked: str, when: When) -> None:
    clock(when, "09:44")
    assert again() == []
    clock(when, "09:45")
    assert again() == [world.alice]
    case = case_of(world.tom_enrolment)
    assert case.last_words == "Second text to Alice 09:45"
    assert kinds_of(case.id) == ["opened", "text", "text"]
    assert "we still need to know where Tom is" in texts()[-1][2]
    clock(when, "10:30")
    run(world)
    assert again() == [world.alice]


def test_its_link_takes_the_answer(world: World, asked: str, when: When) -> None:
    clock(when, "09:45")
    answer_by_link(token_of(world.alice), str(case_of(world.tom_enrolment).public_id), LinkAnswer(Answer.AWAY, "ill"))
    assert case_of(world.tom_enrolment).state == "closed"


@pytest.mark.parametrize("what", ["link", "words", "spoken to", "found", "dsl"])
def test_nobody_is_asked_again_once_it_is_not_true(world: World, asked: str, when: When, what: str) -> None:
    when("09:30")
    case = str(case_of(world.tom_enrolment).public_id)
    office = Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))
    if what == "link":
        answer_by_link(asked, case, LinkAnswer(Answer.AWAY, "ill"))
    elif what == "words":
        receive_text(provider="demo", provider_id="1", sender="+447700900001", words="hmm what")
    elif what == "spoken to":
        log_call(office, case, world.bob, CallOutcome.SPOKE)
    elif what == "found":
        here_now(office, world.tom_enrolment)
    else:
        tell_dsl(office, case)
    clock(when, "09:45")
    assert again() == []


def test_who_may_not_be_told_any_more_is_left_out_for_the_next(world: World, asked: str, when: When) -> None:
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).values(do_not_contact=True).where(PupilContact.contact_id == world.alice))
    clock(when, "09:45")
    assert again() == [world.bob]


def test_a_voicemail_is_no_answer(world: World, asked: str, when: When) -> None:
    when("09:31")
    office = Caseworker(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))
    log_call(office, str(case_of(world.tom_enrolment).public_id), world.bob, CallOutcome.VOICEMAIL)
    clock(when, "09:45")
    assert again() == [world.alice]


@pytest.mark.parametrize("what", ["answered", "found"])
def test_what_waits_in_the_queue_is_not_sent_any_more(world: World, asked: str, when: When, what: str) -> None:
    load_handlers()
    work.run_due({WORK})
    clock(when, "09:45")
    if what == "answered":
        receive_text(provider="demo", provider_id="1", sender="+447700900001", words="hmm what")
    else:
        here_now(Caseworker(world.organisation, world.hill, OFFICER), world.tom_enrolment)
    work.run_due({WORK})
    bodies = [(state, body) for _, state, body in texts() if "we still need to know" in body]
    assert [state for state, _ in bodies] == ["cancelled"]


def test_old_marks_hold_it_back_until_they_are_fresh(world: World, asked: str, when: When) -> None:
    def imported(hhmm: str) -> None:
        with unit_of_work() as tx:
            tx.execute(update(Register).values(source="import", taken_at=at(hhmm)))

    # Old already when the run looked, at 09:15.
    imported("08:54")
    clock(when, "09:45")
    assert again() == []
    imported("09:48")
    clock(when, "09:50")
    assert again() == [world.alice]


def test_marks_that_were_new_when_the_run_looked_do_not_hold_it_back(world: World, asked: str, when: When) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Register).values(source="import", taken_at=at("09:14")))
    clock(when, "09:45")
    assert again() == [world.alice]


@pytest.mark.parametrize(("minutes", "first"), [("0", None), ("45", "10:00")])
def test_the_school_says_when(db: Database, world: World, when: When, minutes: str, first: str | None) -> None:
    with unit_of_work() as tx:
        tx.execute(
            insert(SchoolSetting).values(
                organisation_id=world.organisation, school_id=world.hill, key="first_day.text_again_minutes",
                value=minutes, effective_from=date(2025, 9, 1),
            )
        )  # fmt: skip
    current().memo.forget()
    take(world)
    when("09:15")
    run(world)
    clock(when, "09:45")
    assert again() == []
    clock(when, "10:00")
    assert again() == ([] if first is None else [world.alice])
