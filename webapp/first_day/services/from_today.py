"""A signed-in parent answers "Please tell school where Tom is" on Today."""

from __future__ import annotations

from sqlalchemy import select

from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.cases import cases_by_id
from webapp.first_day.rules.answers import Answer
from webapp.first_day.services.casework import Done, note_in, tell_trail
from webapp.first_day.services.opened import Opened, is_in_school, raise_alarm_in, session_of
from webapp.first_day.services.school_session import day_of, lock_session
from webapp.first_day.services.telling import thank_in
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.trail import Actor


def say_thought_in(organisation_id: int, enrolment_id: int, by: Actor) -> bool:
    """The adult thought that the child was in school: the alarm of the open case of today.

    The caller has checked that the adult may report. False where nobody looks for the child any more, or school has
    seen them since; a second tap raises no second alarm.
    """
    with unit_of_work() as tx:
        now = school_now()
        open_case = tx.execute(
            select(FirstDayCase.id)
            .where(
                FirstDayCase.organisation_id == organisation_id, FirstDayCase.enrolment_id == enrolment_id,
                FirstDayCase.date == day_of(now), FirstDayCase.state != "closed",
            )
            .order_by(FirstDayCase.half.desc())
            .limit(1)
        ).scalar_one_or_none()  # fmt: skip
        if open_case is None:
            return False
        (row,) = cases_by_id(tx, organisation_id, [open_case])
        session = session_of(organisation_id, row)
        lock_session(tx, session)
        (row,) = cases_by_id(tx, organisation_id, [open_case], lock=True)
        opened = Opened(session, row, now)
        if row.state == "closed" or is_in_school(tx, opened):
            return False
        if not row.alarm:
            first_name = by.name.split(" ")[0]
            line = f"{first_name} {Answer.THOUGHT_IN.words}"
            done = Done(row.id, "answer", Answer.THOUGHT_IN.words, by.name, by.id, outcome=Answer.THOUGHT_IN.value)
            note_in(tx, organisation_id, now, [done])
            tell_trail(tx, session, by, "answered_first_day", [(row.id, row.pupil_id)], {"answer": "thought_in"})
            raise_alarm_in(tx, opened, by, line)
            thank_in(tx, session, by.id or 0, row.id, row.pupil_id, row.first_name)
        return True
