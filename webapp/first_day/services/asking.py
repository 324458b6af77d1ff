"""Asking families where their child is, and what a person does next if they do not answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from notifications.rules.message_kinds import MessageName
from webapp.first_day.queries.cases import CaseHistory
from webapp.first_day.queries.morning import PupilNow
from webapp.first_day.queries.told import here_earlier, texts_not_read
from webapp.first_day.rules import NextStep, Owner, Step, next_step
from webapp.first_day.rules.asked import asked_words
from webapp.first_day.rules.owners import TOLD_OF_ALARMS, TOLD_OF_DANGER
from webapp.first_day.services.again import queue_again_in
from webapp.first_day.services.asked import asked_done
from webapp.first_day.services.casework import Done, note_in, owners_in, put_next_in
from webapp.first_day.services.school_session import SchoolSession, closes_at, ends_at, ladder_settings
from webapp.first_day.services.telling import Missing, alarm_staff_in, ask_families_in
from webapp.foundation.sessions import Half
from webapp.people.queries import Family, settings_of
from webapp.people.rules.settings import TEXT_DELAY_MINUTES
from webapp.record.rules import Flag, Why

_TODAY = timedelta(hours=12)


def is_text_time(tx: Connection, session: SchoolSession, now: datetime) -> bool:
    settings = settings_of(tx, session.organisation_id, session.school_id, session.on)
    first = closes_at(tx, session) + timedelta(minutes=settings[TEXT_DELAY_MINUTES])
    return first <= now < ends_at(tx, session)


@dataclass(slots=True)
class Asked:
    """``texted``: cases for which a text went into the queue; ``nobody`` those for which none could."""

    messages: int = 0
    texted: set[int] = field(default_factory=set)
    nobody: list[int] = field(default_factory=list)


def missing_of(pupil: PupilNow, case_id: int | None = None) -> Missing:
    row: Any = pupil.row
    return Missing(case_id or row.case_id, row.pupil_id, row.first_name, row.case_version or 1)


def ask_in(
    tx: Connection, session: SchoolSession, pupils: Sequence[PupilNow], cases: Mapping[int, int], family: Family,
    now: datetime,
) -> Asked:  # fmt: skip
    asked = Asked()
    by_contact: dict[int, list[Missing]] = defaultdict(list)
    for pupil in pupils:
        one = missing_of(pupil, cases[pupil.row.enrolment_id])
        for link in family.to_reach(one.pupil_id, session.on).text:
            by_contact[link.contact_id].append(one)
    queued = ask_families_in(tx, session, by_contact)
    for contact_id, message in queued.items():
        asked.messages += bool(message.channels)
        if "sms" in message.channels:
            asked.texted |= {one.case_id for one in by_contact[contact_id]}
    done = asked_done(session, by_contact, queued, family, now)
    reached = {one.case_id for one in done}
    for pupil in pupils:
        case_id = cases[pupil.row.enrolment_id]
        if case_id not in asked.texted:
            asked.nobody.append(case_id)
        if case_id not in reached:
            line = asked_words((), now, can_ring=bool(family.with_telephone(pupil.row.pupil_id, session.on)))
            done.append(Done(case_id, "no_text", "Nobody to text", "Firstbell", line=line))
    note_in(tx, session.organisation_id, now, done)
    queue_again_in(tx, session, asked.texted, now)
    return asked


def put_steps_in(
    tx: Connection, session: SchoolSession, fresh: Sequence[PupilNow], untexted: Sequence[PupilNow],
    cases: Mapping[int, int], past: Mapping[int, CaseHistory], family: Family, asked: Asked, now: datetime, *,
    at_once: Collection[int] = (),
) -> None:  # fmt: skip
    """What is next in each case that is new, open again, or texted just now; those of the enrolments in ``at_once``
    are rung now."""
    settings, steps = ladder_settings(tx, session), {}
    touched = {pupil.row.enrolment_id: pupil for pupil in fresh}
    touched |= {p.row.enrolment_id: p for p in untexted if cases[p.row.enrolment_id] in asked.texted}
    for enrolment_id, pupil in touched.items():
        case_id = cases[enrolment_id]
        if pupil.state.why is Why.COLLECTOR_NOT_KNOWN:
            steps[case_id] = NextStep(Step.TELL_DSL, now, Owner.OFFICE)
            continue
        steps[case_id] = next_step(
            opened_at=now, now=now, to_ring=family.with_telephone(pupil.row.pupil_id, session.on),
            calls=past[case_id].calls, texted=case_id in asked.texted,
            look_first=Flag.LOOK_FIRST in pupil.state.flags, alarm=enrolment_id in at_once,
            carried=False, settings=settings, dsl_leads=pupil.row.pupil_id in family.dsl_leads,
        )  # fmt: skip
    put_next_in(tx, session, steps, owners_in(tx, session) if steps else {})


def tell_of_strangers_in(
    tx: Connection, session: SchoolSession, fresh: Sequence[PupilNow], cases: Mapping[int, int]
) -> None:
    """A child who left with somebody not known: the DSL hears at once."""
    for pupil in fresh:
        if pupil.state.why is Why.COLLECTOR_NOT_KNOWN:
            case_id = cases[pupil.row.enrolment_id]
            alarm_staff_in(
                tx, session, MessageName.DANGER_TO_DSL, TOLD_OF_DANGER,
                # A case that is open again for it is news again.
                key=f"stranger:{case_id}:{pupil.row.case_version or 1}", case_id=case_id,
                pupil_ids=(pupil.row.pupil_id,),
            )  # fmt: skip


def vanished_in(tx: Connection, session: SchoolSession, missing: Sequence[PupilNow]) -> frozenset[int]:
    """Enrolments of those missing this afternoon who were in school before: not late, but gone."""
    if session.half is Half.AM:
        return frozenset()
    asked = [p.row.enrolment_id for p in missing if p.state.why is not Why.COLLECTOR_NOT_KNOWN]
    return here_earlier(tx, session.organisation_id, session.school_id, asked, session.on)


def tell_of_vanished_in(
    tx: Connection, session: SchoolSession, pupils: Sequence[PupilNow], cases: Mapping[int, int], now: datetime
) -> None:
    """Present earlier, missing now: every alarm phone rings, once for all who are found missing together."""
    if not pupils:
        return
    line = "In school earlier today, missing now"
    numbers = [cases[pupil.row.enrolment_id] for pupil in pupils]
    note_in(
        tx, session.organisation_id, now, [Done(case, "vanished", line, "Firstbell", line=line) for case in numbers]
    )
    alarm_staff_in(
        tx, session, MessageName.STAFF_ALARM, TOLD_OF_ALARMS, key=f"vanished:{min(numbers)}:{now:%H%M%S}",
        case_id=min(numbers), pupil_ids=tuple(pupil.row.pupil_id for pupil in pupils),
    )  # fmt: skip


def note_texts_not_read_in(
    tx: Connection, session: SchoolSession, fresh: Sequence[PupilNow], cases: Mapping[int, int], family: Family,
    now: datetime,
) -> None:  # fmt: skip
    """A family that wrote before the register closed: its words wait in the inbox, and the case says so."""
    since = now - _TODAY
    rows = texts_not_read(tx, session.organisation_id, session.school_id, [p.row.enrolment_id for p in fresh], since)
    done = []
    for row in rows:
        contact = family.contacts.get(row.contact_id or 0)
        name = contact.name if contact else "Somebody"
        line = "Words of danger. The DSL has been told" if row.danger else f"{name} has sent a text, not read yet"
        words = line if row.danger else row.body
        done.append(
            Done(cases[row.enrolment_id], "reply", words, name, row.contact_id, outcome=row.reading[:16], line=line)
        )
    note_in(tx, session.organisation_id, now, done)
