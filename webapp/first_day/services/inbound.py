"""A text that came in, about a child who is looked for: shown to staff with its reading, which never sets a code."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection

from notifications.events import InboundReceived
from notifications.rules.message_kinds import MessageName
from notifications.rules.replies import Meaning
from webapp.first_day.queries.cases import cases_by_id, cases_of
from webapp.first_day.queries.told import schools_of_enrolments
from webapp.first_day.rules import CaseState
from webapp.first_day.rules.alarms import alarm_words
from webapp.first_day.rules.owners import TOLD_OF_DANGER
from webapp.first_day.services.casework import Done, families_in, note_in
from webapp.first_day.services.hearing import thank_for_text_in
from webapp.first_day.services.opened import Opened, is_in_school, raise_alarm_in, session_of, step_in
from webapp.first_day.services.school_session import SchoolSession, day_of, lock_sessions
from webapp.first_day.services.telling import alarm_staff_in
from webapp.foundation.clock import school_now
from webapp.foundation.sessions import Half
from webapp.foundation.trail import FIRSTBELL, Actor, ActorKind
from webapp.people.queries import list_schools

_SAID = {
    Meaning.IN_SCHOOL: "thought in school", Meaning.WRONG_NUMBER: "wrong number", Meaning.AWAY: "away",
    Meaning.ON_THE_WAY: "on the way", Meaning.CALL_ME: "please ring",
}  # fmt: skip


def on_inbound(tx: Connection, event: InboundReceived) -> None:
    """Words of danger reach the DSL; an alarm stands on the board at once; anything else waits to be read, now."""
    now = school_now()
    if event.reading.dangers:
        _tell_dsl(tx, event, day_of(now))
    rows = _cases(tx, event)
    looked_for = sorted({row.first_name for row in rows if row.state != CaseState.CLOSED})
    thank_for_text_in(tx, event, looked_for, now)
    lock_sessions(tx, [session_of(event.organisation_id, row) for row in rows])
    for row in cases_by_id(tx, event.organisation_id, {row.id for row in rows}, lock=True):
        _hear(tx, event, Opened(session_of(event.organisation_id, row), row, now))


def _tell_dsl(tx: Connection, event: InboundReceived, today: date) -> None:
    """Where the words do not say which child, the DSL of every school that it may be about hears."""
    schools: Collection[int] = [event.school_id] if event.school_id is not None else schools_of_enrolments(
        tx, event.organisation_id, event.enrolment_ids
    )
    # Of a number that nobody holds every school of the organisation may be meant.
    schools = schools or [one.id for one in list_schools(tx) if one.organisation_id == event.organisation_id]
    for school_id in schools:
        alarm_staff_in(
            tx, SchoolSession(event.organisation_id, school_id, today, Half.AM), MessageName.DANGER_TO_DSL,
            TOLD_OF_DANGER, key=f"inbound:{event.inbound_id}:{school_id}", case_id=None,
        )  # fmt: skip


def _cases(tx: Connection, event: InboundReceived) -> list[Any]:
    """Today's cases of the children meant; where the words do not say who, of all that the number may be about."""
    today = day_of(school_now())
    if day_of(event.at) != today:
        # Words of another day, about a child who is named only now, say nothing of this one.
        return []
    meant: Collection[int] = event.enrolment_ids
    if event.reading.children:
        meant = [event.enrolment_ids[place] for place in event.reading.children if place < len(event.enrolment_ids)]
    found = cases_of(tx, event.organisation_id, meant, today, today) if meant else ()
    # The afternoon's before the morning's, and a search that goes on before one that is over.
    newest = {row.enrolment_id: row.id for row in sorted(found, key=lambda row: (row.state != "closed", row.half))}
    return list(cases_by_id(tx, event.organisation_id, newest.values()))


def _hear(tx: Connection, event: InboundReceived, opened: Opened) -> None:
    family = families_in(tx, event.organisation_id, [opened.row.pupil_id])
    contact = family.contacts.get(event.contact_id or 0)
    name = contact.name if contact else "Somebody"
    by = Actor(ActorKind.CONTACT, contact.id, contact.name) if contact else FIRSTBELL
    meaning = _SAID.get(event.reading.meaning, "")
    said = f": {meaning}?" if meaning else ", not read yet"
    line = "Words of danger. The DSL has been told" if event.reading.dangers else f"{name} answered {event.way}{said}"
    # Words of danger stay in the inbox, behind its own rights.
    words = line if event.reading.dangers else event.words
    done = Done(
        opened.row.id, "reply", words, name, event.contact_id, outcome=event.reading.meaning.value[:16], line=line
    )
    note_in(tx, event.organisation_id, opened.now, [done])
    if event.reading.alarm and not is_in_school(tx, opened):
        thought_in = event.reading.meaning is Meaning.IN_SCHOOL
        said = alarm_words(thought_in=thought_in, dangers=event.reading.dangers)
        raise_alarm_in(tx, opened, by, f"{name} {event.way}: {said}")
    elif opened.state is CaseState.OPEN:
        step_in(tx, opened, at_once=True)
