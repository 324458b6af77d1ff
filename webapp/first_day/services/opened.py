"""A case in hand: its session locked, its row locked, and what is next in it after something was done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from notifications.rules.message_kinds import MessageName
from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.cases import find_case, histories
from webapp.first_day.queries.morning import PupilNow, load_morning
from webapp.first_day.rules import CaseEvent, CaseRefused, CaseState, NextStep, next_case_state, next_step
from webapp.first_day.rules.owners import TOLD_OF_ALARMS, TOLD_OF_DANGER
from webapp.first_day.services.casework import Done, families_in, move_in, note_in, owners_in, put_next_in, tell_trail
from webapp.first_day.services.school_session import SchoolSession, ladder_settings, lock_session, opens_at
from webapp.first_day.services.telling import alarm_staff_in
from webapp.foundation.clock import school_now
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor
from webapp.people.queries import groups_of
from webapp.people.rules.groups import GROUPS, Group
from webapp.record.rules import CaseOutcome, Whereabouts

_LOOK_FIRST = frozenset(group.value for group in Group if GROUPS[group].look_first)


@dataclass(frozen=True, slots=True)
class Opened:
    """``row`` has the columns of ``queries.cases.find_case``."""

    session: SchoolSession
    row: Any
    now: datetime

    @property
    def state(self) -> CaseState:
        return CaseState(self.row.state)


def session_of(organisation_id: int, row: Any) -> SchoolSession:
    """The session that a case belongs to."""
    return SchoolSession(organisation_id, row.school_id, row.date, Half.from_index(row.half))


def session_at(db: Connection, organisation_id: int, row: Any, now: datetime) -> SchoolSession:
    """The session in which the child of a case is looked for at ``now``: a morning's case lives on in the afternoon."""
    session = session_of(organisation_id, row)
    afternoon = replace(session, half=Half.PM)
    return afternoon if opens_at(db, afternoon) <= now else session


def open_case_in(
    tx: Connection, organisation_id: int, school_id: int, public_id: str, version: int | None = None
) -> Opened:
    """Lock a case of the school. Raises CaseRefused where it is not there, or has changed since ``version``."""
    row = find_case(tx, organisation_id, public_id)
    if row is None or row.school_id != school_id:
        raise CaseRefused("case", "This case is not there.")
    session = session_of(organisation_id, row)
    # The session before the row, as everybody takes them.
    lock_session(tx, session)
    row = find_case(tx, organisation_id, public_id, lock=True)
    if row is None or (version is not None and row.version != version):
        raise CaseRefused("version", "Somebody was faster. Look at this child again.")
    return Opened(session, row, school_now())


def where_now(tx: Connection, opened: Opened) -> PupilNow | None:
    """The child of the case as the board sees them now; None for one who is not due any more."""
    session = session_at(tx, opened.session.organisation_id, opened.row, opened.now)
    morning = load_morning(
        tx, session.organisation_id, session.school_id, session.on, session.half, opened.now,
        enrolment_ids=[opened.row.enrolment_id],
    )  # fmt: skip
    return next(iter(morning.pupils), None)


def is_in_school(tx: Connection, opened: Opened) -> bool:
    pupil = where_now(tx, opened)
    return pupil is not None and pupil.state.state is Whereabouts.IN_SCHOOL


def step_in(
    tx: Connection, opened: Opened, *, alarm: bool | None = None, carried: bool | None = None, at_once: bool = False
) -> NextStep:
    """Reckon what is next from everything done so far, and write it. ``at_once``: somebody must look now."""
    session, row = opened.session, opened.row
    history = histories(tx, session.organisation_id, [row.id])[row.id]
    family = families_in(tx, session.organisation_id, [row.pupil_id])
    groups = groups_of(tx, session.organisation_id, [row.pupil_id], session.on)
    step = next_step(
        opened_at=row.opened_at, now=opened.now, to_ring=family.with_telephone(row.pupil_id, session.on),
        calls=history.calls, texted=bool(history.texted),
        look_first=bool(groups.get(row.pupil_id, frozenset()) & _LOOK_FIRST),
        alarm=row.alarm if alarm is None else alarm,
        carried=opened.state is CaseState.CARRIED if carried is None else carried,
        settings=ladder_settings(tx, session), dsl_leads=row.pupil_id in family.dsl_leads,
    )  # fmt: skip
    if at_once:
        step = NextStep(step.step, opened.now, step.owner, step.contact_id)
    put_next_in(tx, session, {row.id: step}, owners_in(tx, session))
    return step


def raise_alarm_in(tx: Connection, opened: Opened, by: Actor, line: str) -> None:
    """An adult thought that the child was in school: on the board at once, and every alarm phone rings."""
    session, row = opened.session, opened.row
    after = next_case_state(opened.state, CaseEvent.ALARM)
    if opened.state is CaseState.CLOSED:
        move_in(tx, session.organisation_id, [row.id], after, by=by.name, at=opened.now)
    tx.execute(
        update(FirstDayCase)
        .where(FirstDayCase.organisation_id == session.organisation_id, FirstDayCase.id == row.id)
        .values(alarm=True)
    )
    note_in(tx, session.organisation_id, opened.now, [Done(row.id, "alarm", line, by.name, line=line)])
    tell_trail(tx, session, by, "raised_alarm", [(row.id, row.pupil_id)])
    step_in(tx, opened, alarm=True, carried=after is CaseState.CARRIED)
    alarm_staff_in(
        tx, session, MessageName.STAFF_ALARM, TOLD_OF_ALARMS, key=f"alarm:{row.id}:{row.version}", case_id=row.id,
        pupil_ids=(row.pupil_id,),
    )  # fmt: skip


def hand_to_dsl_in(tx: Connection, opened: Opened, by: Actor, words: str) -> None:
    """Hand the search to the DSL, who is told at once; the office can no longer close it."""
    session, row = opened.session, opened.row
    already = opened.state is CaseState.CARRIED
    move_in(
        tx, session.organisation_id, [row.id], next_case_state(opened.state, CaseEvent.CARRIED), by=by.name,
        at=opened.now, outcome=CaseOutcome(row.outcome) if already else CaseOutcome.CARRIED_TO_DSL, words=words,
    )  # fmt: skip
    note_in(tx, session.organisation_id, opened.now, [Done(row.id, "told_dsl", words, by.name, line="DSL told")])
    tell_trail(tx, session, by, "told_dsl", [(row.id, row.pupil_id)])
    step_in(tx, opened, carried=True)
    alarm_staff_in(
        tx, session, MessageName.DANGER_TO_DSL, TOLD_OF_DANGER, key=f"told-dsl:{row.id}:{row.version}",
        case_id=row.id, pupil_ids=(row.pupil_id,),
    )  # fmt: skip
