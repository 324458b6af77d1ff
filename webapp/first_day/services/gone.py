"""A child whom somebody not known takes before or after the sessions: no register would say so for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from notifications.rules.message_kinds import MessageName
from webapp.first_day.rules.owners import TOLD_OF_DANGER
from webapp.first_day.services.school_session import SchoolSession, is_on, opens_at
from webapp.first_day.services.settle import LOOK_WORK
from webapp.first_day.services.telling import alarm_staff_in
from webapp.foundation.sessions import BOTH_HALVES
from webapp.foundation.work import NewWork, Priority, enqueue
from webapp.record.services.sighting_events import PupilSighted


def tell_of_gone_in(tx: Connection, event: PupilSighted, now: datetime) -> None:
    """Outside the sessions the DSL hears at once; if the child is not back when the next one opens, a case begins."""
    sessions = [SchoolSession(event.organisation_id, event.school_id, event.date, half) for half in BOTH_HALVES]
    if any(is_on(tx, session, now) for session in sessions):
        return
    alarm_staff_in(
        tx, sessions[0], MessageName.DANGER_TO_DSL, TOLD_OF_DANGER,
        key=f"gone:{event.enrolment_id}:{event.at.isoformat()}", case_id=None, pupil_ids=(event.pupil_id,),
    )  # fmt: skip
    coming = next((session for session in sessions if opens_at(tx, session) > now), None)
    if coming is None:
        return
    enqueue(
        tx,
        NewWork(
            kind=LOOK_WORK, subject=f"{event.organisation_id}-{event.school_id}",
            slot=f"{coming.slot}:gone:{event.enrolment_id}@{event.at:%H:%M:%S}", organisation_id=event.organisation_id,
            school_id=event.school_id, priority=Priority.ABSENCE, school_due_at=opens_at(tx, coming),
            payload={"date": event.date.isoformat(), "half": coming.half.index, "gone": event.enrolment_id},
        ),
    )  # fmt: skip
