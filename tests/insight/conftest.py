"""Tom's family with marked words of everybody around him, so that each can be looked for in what is handed over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, select, update

from notifications.models import Delivery, InboundMessage, Message, MessagePupil
from tests.factories import TODAY, World
from webapp.absence.models import AbsenceReport, ReportDecision, ReportMessage, SignOutRequest
from webapp.first_day.models import CaseEvent, FirstDayCase, PupilNote
from webapp.foundation import work
from webapp.foundation.db import Database, insert_row, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed, write
from webapp.insight.models import ShownPage, SubjectRequest
from webapp.insight.services import nightly
from webapp.insight.services.requests import Keeper
from webapp.people.models import (
    Contact,
    CourtOrder,
    DetailChange,
    MessageStop,
    Pupil,
    PupilContact,
    ReachNote,
    Referral,
    Task,
    WithheldEntry,
)
from webapp.record.models import Mark, Sighting

NOW = datetime(2026, 6, 16, 9, 0, tzinfo=UTC)
HELD = {
    "other contact": "MARKBOBSWORDS", "his number": "+447700900002", "his name": "Bob Ahmed",
    "talk with him": "MARKBOBSTALK", "message to him": "MARKTOBOB", "his text": "MARKBOBSTEXT",
    "staff name": "Saira Khan", "staff note": "MARKNOTE", "safeguarding note": "MARKSAFE",
    "order": "MARKORDER", "stop": "MARKSTOP", "withheld why": "MARKWITHHELD", "withheld place": "MARKPLACE",
    "sibling": "Ella", "case words": "MARKCASE", "decision": "MARKDECISION", "danger": "MARKDANGER",
    "why rights": "MARKRIGHTS", "referral": "MARKREFERRAL", "shown to him": "MARKBOBSHOWN",
    "shown before it was withheld": "MARKSHOWNTHEN", "why Tom leaves": "MARKTOMLEAVES", "Tom's danger": "MARKTOMDANGER",
    "answer to Tom": "MARKANSWERTOM", "task of danger": "MARKTASKDANGER",
}  # fmt: skip
"""Everybody else's words: none may be in what Alice gets unless a person has released it."""
HERS = "MARKALICESWORDS"
ABOUT_HER = {
    "what staff did": "MARKREACHED", "what staff answered": "MARKANSWERED", "what she was shown": "MARKHERPAGE",
}  # fmt: skip
"""Words of others in rows about Alice herself: a line in her own bundle, and in no child's."""
HER_NEW_NUMBER = "+447700900055"
ABOUT_BOB = ("MARKBOBREACHED", "MARKBOBANSWERED", "MARKBOBHOME", "+447700900066")
"""Of him alone: in nobody else's bundle, and not even a line of one."""


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def keeper(world: World, db: Database) -> Keeper:
    nightly.schedule()
    return Keeper(world.organisation, world.hill, Actor(ActorKind.STAFF, world.dsl, "Dina Bell", "DSL"))


@pytest.fixture
def planted(world: World, db: Database) -> World:
    """Rows of every chapter about Tom, by Alice, by Bob and by staff."""
    of, school, tom, enrolment = world.organisation, world.hill, world.tom, world.tom_enrolment
    with unit_of_work() as tx:
        tx.execute(
            update(PupilContact)
            .where(PupilContact.contact_id == world.bob)
            .values(changed_why=HELD["why rights"], changed_by="Dina Bell")
        )
        tx.execute(
            Mark.__table__.insert(),
            [{"organisation_id": of, "enrolment_id": enrolment, "date": date(2026, 6, day), "half": half, "code": code}
             for day, half, code in ((15, 0, "/"), (15, 1, "Y5"), (16, 0, "I"))],
        )  # fmt: skip
        for contact, words, danger in (
            (world.alice, HERS, False), (world.bob, HELD["other contact"], False), (world.bob, HELD["danger"], True),
        ):
            name = "Alice Ahmed" if contact == world.alice else "Bob Ahmed"
            report = insert_row(
                tx, AbsenceReport, organisation_id=of, public_id=words[:16], school_id=school, enrolment_id=enrolment,
                contact_id=contact, told_by=name, channel="app", kind="all_day", starts_on=TODAY, ends_on=TODAY,
                reason="ill", words=words, suggested_code="I", state="recorded", danger=danger, sent_at=NOW,
                read_by="Saira Khan",
            )  # fmt: skip
            insert_row(
                tx, ReportDecision, organisation_id=of, report_id=report, date=TODAY, half=0, code="I", accepted=True,
                reason=HELD["decision"], decided_at=NOW, decided_by_id=world.officer, decided_by="Saira Khan",
                told_due_at=NOW,
            )  # fmt: skip
            if contact == world.bob and not danger:
                insert_row(
                    tx, ReportMessage, organisation_id=of, report_id=report, side="family", author=name,
                    author_id=contact, words=HELD["talk with him"], at=NOW,
                )  # fmt: skip
        message = insert_row(
            tx, Message, organisation_id=of, public_id="msg-bob", key="k", school_id=school, contact_id=world.bob,
            name="school_asks", urgency="soon", language="en", about_kind="report", words={"q": HELD["message to him"]},
            created_at=NOW,
        )  # fmt: skip
        tx.execute(MessagePupil.__table__.insert().values(organisation_id=of, pupil_id=tom, message_id=message))
        insert_row(
            tx, Delivery, organisation_id=of, message_id=message, school_id=school, channel="sms",
            address=HELD["his number"], body=f"Tom and Ella: {HELD['message to him']}", state="delivered", token="t",
            due_at=NOW, created_at=NOW,
        )  # fmt: skip
        insert_row(
            tx, InboundMessage, organisation_id=of, public_id="in-bob", provider="demo", provider_id="1",
            sender=HELD["his number"], body=HELD["his text"], received_at=NOW, school_id=school,
            contact_id=world.bob, enrolment_id=enrolment, candidates=[], suggestion={},
        )  # fmt: skip
        case = insert_row(
            tx, FirstDayCase, organisation_id=of, public_id="case", school_id=school, enrolment_id=enrolment,
            date=TODAY, half=0, state="closed", opened_at=NOW, owner_role="attendance_officer", next_step="ring",
            outcome_words=HELD["case words"],
        )  # fmt: skip
        insert_row(tx, CaseEvent, organisation_id=of, case_id=case, at=NOW, kind="call", contact_id=world.bob,
                   words=HELD["case words"], by="Saira Khan")  # fmt: skip
        sighting = insert_row(
            tx, Sighting, organisation_id=of, public_id="seen", school_id=school, enrolment_id=enrolment, date=TODAY,
            kind="signed_out", at=NOW, place=HELD["withheld place"], seen_by="Saira Khan", collected_by_id=world.bob,
        )  # fmt: skip
        for kind, words in (("general", HELD["staff note"]), ("safeguarding", HELD["safeguarding note"])):
            insert_row(
                tx, PupilNote, organisation_id=of, public_id=kind, school_id=school, pupil_id=tom, kind=kind,
                words=words, at=NOW, by_id=world.officer, by="Saira Khan",
            )  # fmt: skip
        insert_row(
            tx, CourtOrder, organisation_id=of, pupil_id=tom, contact_id=world.bob, kind=HELD["order"],
            denies="collect", starts_on=date(2026, 1, 1),
        )  # fmt: skip
        insert_row(
            tx, MessageStop, organisation_id=of, public_id="stop", school_id=school, pupil_id=tom,
            contact_id=world.bob, reason=HELD["stop"], stopped_at=NOW, stopped_by="Dina Bell",
        )  # fmt: skip
        protected = {"organisation_id": of, "school_id": school, "pupil_id": tom, "review_on": date(2026, 7, 1),
                     "reason": HELD["withheld why"], "withheld_at": NOW, "withheld_by": "Dina Bell"}  # fmt: skip
        insert_row(tx, WithheldEntry, public_id="wh-1", kind="sighting", subject_id=sighting, **protected)
        insert_row(tx, WithheldEntry, public_id="wh-2", kind="mark", enrolment_id=enrolment, date=date(2026, 6, 15),
                   half=1, **protected)  # fmt: skip
        _plant_own_voice(tx, world)
        _plant_contacts(tx, world)
        actor = Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Attendance officer")
        write(tx, of, actor, Deed("confirmed_code", "mark", 1, school, tom),
              Deed("stopped_messages", "message_stop", 1, school, tom))  # fmt: skip
    return world


def _plant_own_voice(tx: Any, world: World) -> None:
    """Tom as himself, who asks to leave, once with words of danger; a referral."""
    of, school, tom = world.organisation, world.hill, world.tom
    own = insert_row(tx, Contact, organisation_id=of, public_id="tom-himself", first_name="Tom", last_name="Ahmed")
    tx.execute(
        insert(PupilContact).values(
            organisation_id=of, pupil_id=tom, contact_id=own, relationship="The pupil", priority=9, is_pupil=True
        )
    )
    for words, danger in ((HELD["why Tom leaves"], False), (HELD["Tom's danger"], True)):
        insert_row(
            tx, SignOutRequest, organisation_id=of, public_id=words[:16], school_id=school,
            enrolment_id=world.tom_enrolment, contact_id=own, date=TODAY, leaves_at=time(13, 30), reason=words,
            danger=danger, asked_at=NOW, answered_at=NOW, answered_by="Saira Khan", answer=HELD["answer to Tom"],
        )  # fmt: skip
    insert_row(
        tx, Task, organisation_id=of, public_id="danger", school_id=school, pupil_id=tom, kind="danger_in_sign_out",
        subject_kind="sign_out_request", subject_id=1, title=HELD["task of danger"], owner_role="dsl", due_at=NOW,
    )  # fmt: skip
    insert_row(
        tx, Referral, organisation_id=of, public_id="referral", school_id=school, pupil_id=tom,
        officer_id=world.officer, reason=HELD["referral"], starts_on=TODAY, ends_on=date(2026, 7, 1), referred_at=NOW,
        referred_by="Dina Bell",
    )  # fmt: skip


def _plant_contacts(tx: Any, world: World) -> None:
    """What Alice and Bob were shown, asked to change, and what the office did to reach them."""
    of, school, reached, answered, home = world.organisation, world.hill, *ABOUT_BOB[:3]
    for contact, pupil, words in (
        (world.alice, world.tom, HELD["shown before it was withheld"]), (world.bob, world.tom, HELD["shown to him"]),
        (world.alice, None, ABOUT_HER["what she was shown"]), (world.bob, None, home),
    ):
        insert_row(
            tx, ShownPage, organisation_id=of, contact_id=contact, pupil_id=pupil, page="child", at=NOW, digest="d",
            version="1", facts={"lines": [words]},
        )  # fmt: skip
    for contact, done, answer, number in (
        (world.alice, ABOUT_HER["what staff did"], ABOUT_HER["what staff answered"], HER_NEW_NUMBER),
        (world.bob, reached, answered, ABOUT_BOB[3]),
    ):
        insert_row(
            tx, ReachNote, organisation_id=of, school_id=school, contact_id=contact, kind="rang", words=done, at=NOW,
            by_id=world.officer, by="Saira Khan",
        )  # fmt: skip
        insert_row(
            tx, DetailChange, organisation_id=of, public_id=f"change-{contact}", school_id=school, contact_id=contact,
            field="mobile", new_value=number, held_elsewhere=True, state="refused", asked_at=NOW,
            asked_by="Alice Ahmed", answered_at=NOW, answered_by="Saira Khan", answer=answer,
        )  # fmt: skip


def run_work() -> None:
    """Let the worker gather and make."""
    assert work.run_due({"subject_gather", "subject_bundle"})


def request_row(tx: Any) -> Any:
    return tx.execute(select(SubjectRequest.__table__)).one()


def name_of(tx: Any, table: type[Pupil] | type[Contact], number: int) -> str:
    return str(tx.scalar(select(table.public_id).where(table.id == number)))
