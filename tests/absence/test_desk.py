"""The office's desk and the talk on a report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import time_machine
from sqlalchemy import select, update

from notifications.models import InboundMessage
from notifications.services import InboundRefused
from tests.absence.family import AT_0741, alice, key_of, rows, sent, statements, typed
from tests.factories import FULL_RIGHTS, TODAY, World, add_pupil, link
from webapp.absence.models import AbsenceReport, ReportEvent, ReportMessage
from webapp.absence.queries.desk import decisions_on, find_school_report, reports_inbox, reports_on
from webapp.absence.queries.families import family_reports, find_own_report, history_of
from webapp.absence.queries.pages import find_report_page
from webapp.absence.rules.drafts import Refusals
from webapp.absence.rules.states import ReportRefused, State
from webapp.absence.rules.talk import WordsRefused
from webapp.absence.services.change import ReportNotThere
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.desk import log_phone_report, mark_read, release, report_from_text
from webapp.absence.services.report import report_absence
from webapp.absence.services.talk import ask, mark_talk_read, write_to_school
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.submissions import SubmissionReused
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.rules.names import TextRefused


def khan(world: World) -> Decider:
    return Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


def moss(world: World) -> Decider:
    return Decider(world.organisation, world.vale, Actor(ActorKind.STAFF, world.vale_officer, "Vera Moss", "Officer"))


def adults(contact_id: int, world: World) -> tuple[ContactKey, ...]:
    return (ContactKey(world.organisation, contact_id),)


def sent_report(world: World, **changes: object) -> tuple[str, int]:
    name = sent(report_absence(typed(world.tom, **changes), alice(world), "k1")).children[0].report
    number = rows(AbsenceReport.id)[0][0]
    assert isinstance(number, int)
    return name, number


def test_reading_is_a_deed_of_its_own(db: Database, world: World) -> None:
    _, number = sent_report(world)
    assert mark_read(moss(world), [number]) == []
    assert mark_read(khan(world), [number]) == [number]
    assert mark_read(khan(world), [number]) == []
    assert rows(AbsenceReport.state, AbsenceReport.read_by, AbsenceReport.read_at, AbsenceReport.version) == [
        ("read", "Saira Khan", AT_0741, 1)
    ]


def test_a_held_report_that_was_read_is_held_until_released(db: Database, world: World) -> None:
    _, number = sent_report(world)
    with unit_of_work() as tx:
        tx.execute(update(AbsenceReport).values(state="held"))
    mark_read(khan(world), [number])
    assert rows(AbsenceReport.state) == [("held",)]
    with pytest.raises(ReportRefused):
        release(khan(world), number, 7)
    with pytest.raises(ReportRefused):
        release(moss(world), number, 1)
    release(khan(world), number, 1)
    assert rows(AbsenceReport.state, AbsenceReport.version) == [("read", 2)]
    with pytest.raises(ReportRefused):
        release(khan(world), number, 2)


def test_a_call_is_taken_down_once(db: Database, world: World) -> None:
    form = typed(world.tom, words="Grandmother rang")
    first = log_phone_report(khan(world), form, "k1", contact_id=world.bob)
    assert log_phone_report(khan(world), form, "k1", contact_id=world.bob) == first
    with pytest.raises(SubmissionReused):
        log_phone_report(khan(world), replace(form, words="x"), "k1", contact_id=world.bob)
    assert rows(AbsenceReport.told_by, AbsenceReport.channel, AbsenceReport.state, AbsenceReport.contact_id,
                AbsenceReport.read_by) == [("Bob Ahmed", "phone", "read", world.bob, "Saira Khan")]  # fmt: skip


def test_a_caller_who_may_not_report_is_not_believed_by_themselves(db: Database, world: World) -> None:
    results = [
        log_phone_report(khan(world), typed(world.tom), "k1", contact_id=None, caller=" Aunt\x00 May "),
        log_phone_report(khan(world), typed(world.tom), "k2", contact_id=world.charlie, caller="Charlie"),
    ]
    assert [one.state for result in results if not isinstance(result, Refusals) for one in result] == [State.HELD] * 2
    assert rows(AbsenceReport.told_by, AbsenceReport.contact_id)[0] == ("Aunt May", None)


def test_a_call_about_another_schools_child_or_from_nobody_is_refused(db: Database, world: World) -> None:
    with pytest.raises(ReportRefused):
        log_phone_report(khan(world), typed(world.ella), "k1", contact_id=world.alice)
    with pytest.raises(TextRefused):
        log_phone_report(khan(world), typed(world.tom), "k1", contact_id=None, caller=" ")
    assert isinstance(log_phone_report(khan(world), typed(world.tom, reason=""), "k1", contact_id=world.bob), Refusals)
    assert rows(AbsenceReport.id) == []


def text_in(world: World) -> int:
    with unit_of_work() as tx:
        return insert_row(
            tx, InboundMessage, organisation_id=world.organisation, public_id="in-1", provider="demo",
            provider_id="1", sender="+447700900001", body="hes got a temp", received_at=school_now(),
            school_id=world.hill, contact_id=world.alice, candidates=[], suggestion={},
        )  # fmt: skip


def state_of_text(number: int) -> tuple[str, str]:
    with read_door() as door:
        found = door.execute(
            select(InboundMessage.state, InboundMessage.settled_by).where(InboundMessage.id == number)
        ).one()
    return found.state, found.settled_by


def test_a_text_that_staff_accept_becomes_one_report(db: Database, world: World) -> None:
    number = text_in(world)
    words = typed(world.tom, words="hes got a temp")
    result = report_from_text(khan(world), words, "k1", contact_id=world.alice, inbound_id=number)
    assert not isinstance(result, Refusals)
    assert rows(AbsenceReport.channel, AbsenceReport.state) == [("text", "read")]
    assert state_of_text(number) == ("settled", "Saira Khan")
    # Somebody else, or the same form opened again: nothing more is made.
    with pytest.raises(InboundRefused):
        report_from_text(khan(world), words, "k2", contact_id=world.alice, inbound_id=number)
    assert len(rows(AbsenceReport.id)) == 1


def test_a_text_that_is_refused_as_report_stays_in_the_inbox(db: Database, world: World) -> None:
    number = text_in(world)
    nothing = typed(world.tom, reason="")
    refused = report_from_text(khan(world), nothing, "k1", contact_id=world.alice, inbound_id=number)
    assert isinstance(refused, Refusals)
    assert state_of_text(number) == ("new", "")


def test_the_family_writes_and_school_asks(db: Database, world: World) -> None:
    name, number = sent_report(world)
    line = write_to_school(adults(world.alice, world), name, " Still sick\x00 ", "t1")
    assert write_to_school(adults(world.alice, world), name, "Still sick", "t1") == line
    # Back, other words and Send: those are said as well.
    assert write_to_school(adults(world.alice, world), name, "He is being hit at home", "t1") > line
    with pytest.raises(WordsRefused):
        write_to_school(adults(world.alice, world), name, "Without a key", "")
    question = ask(khan(world), number, "Has she seen a doctor?", "a1")
    assert ask(khan(world), number, "Has she seen a doctor?", "a1") == question
    with read_door() as door:
        talk = door.execute(select(ReportMessage.side, ReportMessage.author, ReportMessage.words)).all()
        assert [tuple(row) for row in talk] == [
            ("family", "Alice Ahmed", "Still sick"), ("family", "Alice Ahmed", "He is being hit at home"),
            ("school", "Saira Khan", "Has she seen a doctor?"),
        ]  # fmt: skip
        assert [row.unread_talk for row in reports_on(door, world.organisation, world.hill, TODAY)] == [True]
    mark_talk_read(world.organisation, number, "family")
    with read_door() as door:
        assert [row.unread_talk for row in reports_on(door, world.organisation, world.hill, TODAY)] == [False]


def test_nothing_written_too_much_and_a_stranger(db: Database, world: World) -> None:
    name, number = sent_report(world)
    with pytest.raises(WordsRefused):
        write_to_school(adults(world.alice, world), name, "\x00\u200b ", "t1")
    with pytest.raises(TextRefused):
        write_to_school(adults(world.alice, world), name, "x" * 2001, "t1")
    with pytest.raises(ReportNotThere):
        write_to_school(adults(world.bob, world), name, "Hello", "t1")
    with pytest.raises(ReportRefused):
        ask(moss(world), number, "Hello?", "a1")
    with pytest.raises(WordsRefused):
        ask(khan(world), number, "", "a1")


def test_a_report_of_nobody_known_cannot_be_asked_about(db: Database, world: World) -> None:
    log_phone_report(khan(world), typed(world.tom), "k1", contact_id=None, caller="Aunt May")
    number = rows(AbsenceReport.id)[0][0]
    assert isinstance(number, int)
    with pytest.raises(ReportRefused):
        ask(khan(world), number, "Who are you?", "a1")


def test_each_adult_reads_their_own_and_only_that_school_knows_of_the_others(db: Database, world: World) -> None:
    name, _ = sent_report(world, words="private")
    toms = [(world.organisation, world.tom_enrolment)]
    with read_door() as door:
        (mine,) = family_reports(door, adults(world.alice, world), toms, TODAY, TODAY)
        assert (mine.mine, mine.reason, mine.state) == (True, "ill", "sent")
        (seen,) = family_reports(door, adults(world.bob, world), toms, TODAY, TODAY)
        assert (seen.mine, seen.reason, seen.public_id) == (False, "", name)
        assert family_reports(door, adults(world.alice, world), toms, date(2026, 6, 17), date(2026, 6, 17)) == []
        assert find_own_report(door, adults(world.bob, world), name, TODAY) is None
        assert find_report_page(door, adults(world.bob, world), name, TODAY, AT_0741) is None
        key = key_of(world.tom)
        assert [row.public_id for row in history_of(door, adults(world.alice, world), key, TODAY, TODAY)] == [name]
        assert history_of(door, adults(world.bob, world), key, TODAY, TODAY) == []
        assert history_of(door, adults(world.charlie, world), key, TODAY, TODAY) == []


def test_another_adults_held_report_is_not_shown(db: Database, world: World) -> None:
    sent_report(world)
    with unit_of_work() as tx:
        tx.execute(update(AbsenceReport).values(state="held"))
    toms = [(world.organisation, world.tom_enrolment)]
    with read_door() as door:
        assert family_reports(door, adults(world.bob, world), toms, TODAY, TODAY) == []
        assert len(family_reports(door, adults(world.alice, world), toms, TODAY, TODAY)) == 1


def test_the_page_tells_a_decision_when_its_hold_is_over(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    name, number = sent_report(world, reason="appointment")
    due = confirm(khan(world), [Decision(number, 1, "M")]).decided[0].told_due_at
    with read_door() as door:
        before = find_report_page(door, adults(world.alice, world), name, TODAY, AT_0741)
        after = find_report_page(door, adults(world.alice, world), name, TODAY, due)
    assert before is not None and before.told == ()
    assert after is not None and [(one.code, one.accepted) for one in after.told] == [("M", True)] * 2
    assert after.school.name == "Hill Primary"


def test_the_board_and_the_inbox_are_one_schools(db: Database, world: World) -> None:
    name, number = sent_report(world)
    with read_door() as door:
        assert [row.id for row in reports_on(door, world.organisation, world.hill, TODAY)] == [number]
        assert reports_on(door, world.organisation, world.vale, TODAY) == []
        assert reports_on(door, world.other_organisation, world.other_school, TODAY) == []
        assert reports_on(door, world.organisation, world.hill, date(2026, 6, 15)) == []
        assert [row.id for row in reports_inbox(door, world.organisation, world.hill, TODAY)] == [number]
        assert find_school_report(door, world.organisation, world.vale, name) is None
        found = find_school_report(door, world.organisation, world.hill, name)
        assert found is not None and found.words == ""
    mark_read(khan(world), [number])
    with read_door() as door:
        assert reports_inbox(door, world.organisation, world.hill, TODAY) == []
        assert decisions_on(door, world.organisation, world.hill, TODAY) == []


@pytest.mark.parametrize("count", [1, 50])
def test_pages_take_as_many_statements_for_one_report_as_for_fifty(db: Database, world: World, count: int) -> None:
    pupils, enrolments = [], []
    with unit_of_work() as tx:
        for index in range(count):
            pupil, enrolment = add_pupil(tx, world.organisation, world.hill, f"P{index:02}", "Ahmed")
            link(tx, world.organisation, pupil, world.alice, "mother", 1, lives_with=True, **FULL_RIGHTS)
            pupils.append(pupil)
            enrolments.append((world.organisation, enrolment))
    form = typed(*pupils)
    report_absence(form, alice(world), "k1")
    with read_door() as door, statements(db) as heard:
        assert len(reports_on(door, world.organisation, world.hill, TODAY)) == count
        assert len(reports_inbox(door, world.organisation, world.hill, TODAY)) == count
        assert len(family_reports(door, adults(world.alice, world), enrolments, TODAY, TODAY)) == count
        decisions_on(door, world.organisation, world.hill, TODAY)
    assert len(heard) == 4
    with statements(db) as heard:
        log_phone_report(khan(world), replace(form, reason="appointment"), "p1", contact_id=world.alice)
        mark_read(khan(world), [row[0] for row in rows(AbsenceReport.id)])  # type: ignore[misc]
    assert len(heard) < 40
    with read_door() as door:
        kinds = door.scalars(select(ReportEvent.kind)).all()
    assert sorted(kinds) == sorted(["sent", "taken_down", "read"] * count)
