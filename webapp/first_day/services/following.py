"""What first-day contact does when something happens on a lower floor, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from notifications.events import (
    CallNeeded,
    ContactOptedOut,
    ContactPointWentBad,
    DeliveryCalledOff,
    DeliveryDelivered,
    DeliveryFailed,
)
from notifications.queries.dispatching import MessageFacts
from notifications.rules.policy import CallReason
from webapp.absence.services.happenings import ReportChanged, ReportEvent, ReportMade, ReportWithdrawn
from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.cases import (
    CaseHistory,
    cases_by_id,
    cases_of,
    histories,
    runs_of,
    texts_of_messages,
)
from webapp.first_day.queries.morning import load_morning
from webapp.first_day.queries.told import report_told_by, schools_of_contact
from webapp.first_day.rules import CaseState
from webapp.first_day.rules.answers import text_still_true
from webapp.first_day.rules.asked import failed_words
from webapp.first_day.services.again import again_still_true
from webapp.first_day.services.casework import Done, families_in, note_in
from webapp.first_day.services.correcting import correct_families_in, correct_later_in, hold_until, is_found
from webapp.first_day.services.gone import tell_of_gone_in
from webapp.first_day.services.opened import Opened, session_at, session_of, step_in
from webapp.first_day.services.school_session import (
    SchoolSession,
    closes_at,
    day_of,
    is_on,
    lock_session,
    lock_sessions,
)
from webapp.first_day.services.settle import settle_in
from webapp.first_day.services.telling import ASKING, Missing
from webapp.first_day.services.undone import remember_located_in
from webapp.foundation.clock import school_now
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.trail import FIRSTBELL, Actor, ActorKind
from webapp.people.queries import Family
from webapp.people.rules.roles import Role
from webapp.people.services.tasks import open_task_in
from webapp.record.rules import CaseOutcome, Whereabouts
from webapp.record.services import MarksChanged
from webapp.record.services.sighting_events import PupilSighted

_CHECK_WITHIN = timedelta(hours=4)


def look_in(
    tx: Connection, organisation_id: int, school_id: int, on: date, half: Half, enrolment_ids: Collection[int],
    by: Actor, words: str = "", *, rush: bool = False, gone: bool = False, seen: bool = False,
    undone: datetime | None = None,
) -> None:  # fmt: skip
    """Bring the cases of these pupils in line with what has just happened.

    ``rush``: before the register closes this changes no case, and is not worth a question. ``gone``: a child who was
    here has gone with somebody not known, which opens a case at any time. ``seen``, ``undone``: as ``settle_in``.
    """
    session = SchoolSession(organisation_id, school_id, on, half)
    now = school_now()
    if not enrolment_ids or (rush and now < closes_at(tx, session)):
        return
    # The lock comes before the look, so that the first-day run and this see each other's work.
    lock_session(tx, session)
    has_run = half.index in runs_of(tx, organisation_id, school_id, on)
    if not has_run and not gone:
        # A child looked for since the morning may turn up in the afternoon's register before it closes.
        known = cases_of(tx, organisation_id, enrolment_ids, on, on)
        if not any(row.half == half.index or (row.half < half.index and row.state != "closed") for row in known):
            return
    settle_in(tx, session, now, by, only=enrolment_ids, texts=has_run, words=words, seen=seen, undone=undone)


def on_marks_changed(tx: Connection, event: MarksChanged) -> None:
    """A mark explains a child, finds one, or loses one again. Older days only where there is a case."""
    today = day_of(school_now())
    if event.last < today:
        return
    for half in BOTH_HALVES:
        changed = [mark.enrolment_id for mark in event.since(today) if mark.date == today and mark.half == half.index]
        if changed:
            look_in(tx, event.organisation_id, event.school_id, today, half, changed, event.actor)


def on_report_made(tx: Connection, event: ReportMade) -> None:
    _after_report(tx, event, event.starts_on, event.ends_on)


def on_report_changed(tx: Connection, event: ReportChanged) -> None:
    first = min(event.starts_on, event.before_starts_on or event.starts_on)
    last = max(event.ends_on, event.before_ends_on or event.ends_on)
    _after_report(tx, event, first, last)


def on_report_withdrawn(tx: Connection, event: ReportWithdrawn) -> None:
    _after_report(tx, event, event.starts_on, event.ends_on)


def _after_report(tx: Connection, event: ReportEvent, first: date, last: date) -> None:
    today = day_of(school_now())
    if not first <= today <= last:
        return
    by = _teller(tx, event)
    for half in BOTH_HALVES:
        look_in(tx, event.organisation_id, event.school_id, today, half, [event.enrolment_id], by, rush=True)


def _teller(tx: Connection, event: ReportEvent) -> Actor:
    session = SchoolSession(event.organisation_id, event.school_id, day_of(school_now()), Half.AM)
    if school_now() < closes_at(tx, session):
        # Nobody is missing yet: the rush before school is spared the look-up.
        return FIRSTBELL
    row = report_told_by(tx, event.organisation_id, event.report_id)
    return FIRSTBELL if row is None else Actor(ActorKind.CONTACT, row.contact_id, row.told_by)


def on_pupil_sighted(tx: Connection, event: PupilSighted) -> None:
    """Seen: the search ends. Gone with somebody not known: it begins."""
    if event.date != day_of(school_now()):
        return
    if not event.struck:
        forget_located_in(tx, event.organisation_id, event.enrolment_id, event.date)
    else:
        remember_located_in(tx, event.organisation_id, event.enrolment_id, event.date, event.at)
    if not event.known and not event.struck:
        tell_of_gone_in(tx, event, school_now())
    for half in BOTH_HALVES:
        session = SchoolSession(event.organisation_id, event.school_id, event.date, half)
        gone = not event.known and not event.struck and is_on(tx, session, school_now())
        look_in(
            tx, event.organisation_id, event.school_id, event.date, half, [event.enrolment_id], event.actor,
            gone=gone, seen=not event.struck, undone=event.at if event.struck else None,
        )  # fmt: skip


def forget_located_in(tx: Connection, organisation_id: int, enrolment_id: int, on: date) -> None:
    """A child who was located elsewhere and is then seen at school is no longer there: leaving again is news."""
    tx.execute(
        update(FirstDayCase)
        .where(
            FirstDayCase.organisation_id == organisation_id, FirstDayCase.enrolment_id == enrolment_id,
            FirstDayCase.date == on, FirstDayCase.state == CaseState.CLOSED.value,
            FirstDayCase.outcome == CaseOutcome.LOCATED.value,
        )
        .values(outcome=CaseOutcome.SEEN_IN_SCHOOL.value, version=FirstDayCase.version + 1)
    )  # fmt: skip


def on_delivery_failed(tx: Connection, event: DeliveryFailed) -> None:
    """The board shows that a text did not arrive; with nothing left, somebody rings now."""
    if event.name in ASKING and event.nothing_left:
        _ring_instead(tx, event.organisation_id, event.message_id, event.contact_id, event.words)


def on_call_needed(tx: Connection, event: CallNeeded) -> None:
    """Nothing that was sent about a missing child went through: somebody rings now."""
    if event.name in ASKING and event.why != CallReason.FAILED:
        _ring_instead(tx, event.organisation_id, event.message_id, event.contact_id, CallReason(event.why).words)


def _ring_instead(
    tx: Connection, organisation_id: int, message_id: int, contact_id: int | None, words: str
) -> None:
    numbers = {row.case_id for row in texts_of_messages(tx, organisation_id, [message_id])}
    rows = [row for row in cases_by_id(tx, organisation_id, numbers) if row.state == CaseState.OPEN]
    lock_sessions(tx, [session_of(organisation_id, row) for row in rows])
    now = school_now()
    past = histories(tx, organisation_id, {row.id for row in rows})
    family = families_in(tx, organisation_id, {row.pupil_id for row in rows})
    for row in cases_by_id(tx, organisation_id, {row.id for row in rows}, lock=True):
        if row.state != CaseState.OPEN:
            continue
        line = _failed_line(family, row, past[row.id], contact_id, words)
        done = Done(row.id, "text_failed", words, "Firstbell", contact_id, message_id=message_id, line=line)
        note_in(tx, organisation_id, now, [done])
        step_in(tx, Opened(session_of(organisation_id, row), row, now), at_once=True)


def _failed_line(family: Family, row: Any, past: CaseHistory, contact_id: int | None, words: str) -> str:
    """What the board says of it, beside whoever else was written to."""
    names = {number: contact.first_name for number, contact in family.contacts.items()}
    others = [names[one] for one in sorted(past.texted - past.failed - {contact_id}) if one in names]
    can_ring = bool(family.with_telephone(row.pupil_id, row.date))
    return failed_words(names.get(contact_id or 0, ""), words, others, can_ring=can_ring)


def on_delivery_delivered(tx: Connection, event: DeliveryDelivered) -> None:
    """A text that was on its way while the child was found: the family is corrected now."""
    if event.name not in ASKING:
        return
    numbers = {row.case_id for row in texts_of_messages(tx, event.organisation_id, [event.message_id])}
    now = school_now()
    for row in filter(is_found, cases_by_id(tx, event.organisation_id, numbers)):
        session = session_of(event.organisation_id, row)
        if hold_until(tx, session, row.closed_at) > now:
            correct_later_in(tx, session, [row.id], row.closed_at)
        else:
            correct_families_in(tx, session, [Missing(row.id, row.pupil_id, row.first_name)], now)


def on_point_went_bad(tx: Connection, event: ContactPointWentBad) -> None:
    _check_contact(tx, event.organisation_id, event.school_id, event.contact_id, event.point_id, event.words)


def on_opted_out(tx: Connection, event: ContactOptedOut) -> None:
    _check_contact(tx, event.organisation_id, None, event.contact_id, event.point_id, "has stopped our texts")


def _check_contact(
    tx: Connection, organisation_id: int, school_id: int | None, contact_id: int, point_id: int, words: str
) -> None:
    """The office has something to mend; of a contact of several schools each hears of it from its own texts."""
    schools = (
        schools_of_contact(tx, organisation_id, contact_id, day_of(school_now())) if school_id is None else (school_id,)
    )
    for school in schools:
        open_task_in(
            tx, organisation_id, school, kind="check_number", subject_kind="contact_point", subject_id=point_id,
            title=f"Ask for a number that works: {words}"[:200], due_at=school_now() + _CHECK_WITHIN,
            actor=FIRSTBELL, owner_role=Role.ATTENDANCE_OFFICER.value,
        )  # fmt: skip


def on_called_off(tx: Connection, event: DeliveryCalledOff) -> None:
    """A text called off just as the search for its child went on again: the family is asked after all."""
    if event.name not in ASKING:
        return
    numbers = {row.case_id for row in texts_of_messages(tx, event.organisation_id, [event.message_id])}
    # Whoever opens the case has this lock: what they did is seen here, or they see that the text does not go.
    seen = cases_by_id(tx, event.organisation_id, numbers)
    lock_sessions(tx, [session_of(event.organisation_id, row) for row in seen])
    rows = [row for row in cases_by_id(tx, event.organisation_id, numbers) if row.state == CaseState.OPEN]
    if not _all_missing(tx, event.organisation_id, rows):
        return
    for row in rows:
        half = Half.from_index(row.half)
        look_in(tx, event.organisation_id, row.school_id, row.date, half, [row.enrolment_id], FIRSTBELL)


def asking_still_true(db: Connection, message: MessageFacts) -> bool:
    """A first-day text goes out only while nobody knows where each child that it names is."""
    numbers = {row.case_id for row in texts_of_messages(db, message.organisation_id, [message.message_id])}
    return _all_missing(db, message.organisation_id, cases_by_id(db, message.organisation_id, numbers))


def _all_missing(db: Connection, organisation_id: int, rows: Collection[Any]) -> bool:
    now = school_now()
    by_session: dict[SchoolSession, list[int]] = {}
    for row in rows:
        session = session_at(db, organisation_id, row, now)
        by_session.setdefault(session, []).append(row.enrolment_id)
    for session, mine in by_session.items():
        morning = load_morning(
            db, session.organisation_id, session.school_id, session.on, session.half, now, enrolment_ids=mine
        )
        missing = {p.row.enrolment_id for p in morning.pupils if text_still_true(p.state)}
        if not missing.issuperset(mine):
            return False
    return True


def asking_again_still_true(db: Connection, message: MessageFacts) -> bool:
    """As ``asking_still_true``, and only while nobody has answered and the search is the office's."""
    return again_still_true(db, message) and asking_still_true(db, message)


def correction_still_true(db: Connection, message: MessageFacts) -> bool:
    """"Your child is in school" goes out only while that is so."""
    numbers = {row.case_id for row in texts_of_messages(db, message.organisation_id, [message.message_id])}
    for row in cases_by_id(db, message.organisation_id, numbers):
        session = session_at(db, message.organisation_id, row, school_now())
        morning = load_morning(
            db, session.organisation_id, session.school_id, session.on, session.half, school_now(),
            enrolment_ids=[row.enrolment_id],
        )  # fmt: skip
        if morning.counts.get(Whereabouts.IN_SCHOOL, 0) != 1:
            return False
    return True
