"""Somebody at another place says that a pupil is there: what was planned becomes what is known."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, insert, select, update

from webapp.foundation import trail
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import Enrolment
from webapp.record.models import Expectation, Mark
from webapp.record.rules.session_view import is_elsewhere


def confirm_elsewhere_in(
    tx: Connection, organisation_id: int, school_id: int, enrolment_id: int, on: dt.date, half: Half, *,
    at: dt.datetime, told_by: str, actor: Actor,
) -> bool:  # fmt: skip
    """Keep that the pupil is where the plan or the mark (B D K P V W) says; ``told_by`` is who said so there.

    False where neither says so for this session. Saying it twice keeps the first.
    """
    key = (
        Expectation.organisation_id == organisation_id, Expectation.enrolment_id == enrolment_id,
        Expectation.date == on, Expectation.half == half.index,
    )  # fmt: skip
    pupil_id = tx.scalar(
        select(Enrolment.pupil_id).where(
            Enrolment.organisation_id == organisation_id, Enrolment.school_id == school_id, Enrolment.id == enrolment_id
        )
    )
    planned = tx.execute(select(Expectation.code, Expectation.confirmed_at).where(*key)).one_or_none()
    marked = tx.scalar(
        select(Mark.code).where(
            Mark.organisation_id == organisation_id, Mark.enrolment_id == enrolment_id, Mark.date == on,
            Mark.half == half.index,
        )
    )  # fmt: skip
    code = planned.code if planned is not None else marked
    if pupil_id is None or code is None or not is_elsewhere(code):
        return False
    if planned is not None and planned.confirmed_at is not None:
        return True
    kept = {"confirmed_at": at, "confirmed_by": told_by}
    if planned is not None:
        tx.execute(update(Expectation).where(*key).values(**kept))
    else:
        tx.execute(
            insert(Expectation).values(
                organisation_id=organisation_id, enrolment_id=enrolment_id, date=on, half=half.index,
                school_id=school_id, kind="elsewhere", code=code, source_kind="mark", **kept,
            )
        )  # fmt: skip
    detail = {"date": on.isoformat(), "half": half.index, "code": code, "told_by": told_by}
    deed = Deed("confirmed_elsewhere", "expectation", enrolment_id, school_id, pupil_id, detail)
    trail.write(tx, organisation_id, actor, deed)
    return True
