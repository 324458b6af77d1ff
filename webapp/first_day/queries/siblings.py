"""A pupil's brothers and sisters: children of the organisation who live with an adult that the pupil lives with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from webapp.absence.models import AbsenceReport
from webapp.people.models import Enrolment, Form, Placement, Pupil, PupilContact, School
from webapp.record.models import Mark


@dataclass(frozen=True, slots=True)
class Sibling:
    """One brother or sister at one school, with the session's code and whether somebody reported them away."""

    public_id: str
    first_name: str
    school_id: int
    school_code: str
    school_name: str
    form: str
    code: str | None
    reported: bool


_DAY: Any = bindparam("on")


def _dated(table: Any) -> Any:
    return and_(table.starts_on <= _DAY, or_(table.ends_on.is_(None), table.ends_on >= _DAY))


def _siblings() -> Select[*tuple[Any, ...]]:
    own, theirs = aliased(PupilContact), aliased(PupilContact)
    at_home = (
        select(theirs.pupil_id)
        .join(own, and_(own.organisation_id == theirs.organisation_id, own.contact_id == theirs.contact_id))
        .where(
            theirs.organisation_id == bindparam("organisation_id"),
            own.pupil_id == bindparam("pupil_id"),
            theirs.pupil_id != bindparam("pupil_id"),
            own.lives_with,
            theirs.lives_with,
        )
    )
    reported = (
        select(AbsenceReport.id)
        .where(
            AbsenceReport.organisation_id == Enrolment.organisation_id,
            AbsenceReport.enrolment_id == Enrolment.id,
            AbsenceReport.starts_on <= _DAY,
            AbsenceReport.ends_on >= _DAY,
            AbsenceReport.state.not_in(("withdrawn", "held")),
        )
        .exists()
    )
    return (
        select(
            Pupil.public_id, Pupil.first_name, School.id.label("school_id"), School.code.label("school_code"),
            School.name.label("school_name"), func.coalesce(Form.name, "").label("form"), Mark.code,
            reported.label("reported"),
        )
        .select_from(Pupil)
        .join(Enrolment, and_(Enrolment.organisation_id == Pupil.organisation_id, Enrolment.pupil_id == Pupil.id))
        .join(School, and_(School.organisation_id == Enrolment.organisation_id, School.id == Enrolment.school_id))
        .outerjoin(
            Placement,
            and_(
                Placement.organisation_id == Enrolment.organisation_id, Placement.school_id == Enrolment.school_id,
                Placement.enrolment_id == Enrolment.id, _dated(Placement),
            ),
        )
        .outerjoin(Form, and_(Form.organisation_id == Placement.organisation_id, Form.id == Placement.form_id))
        .outerjoin(
            Mark,
            and_(
                Mark.organisation_id == Enrolment.organisation_id, Mark.enrolment_id == Enrolment.id,
                Mark.date == _DAY, Mark.half == bindparam("half"),
            ),
        )
        .where(Pupil.organisation_id == bindparam("organisation_id"), Pupil.id.in_(at_home), _dated(Enrolment))
        .order_by(Pupil.date_of_birth, Pupil.id)
    )  # fmt: skip


_SIBLINGS = _siblings()


def siblings_of(db: Connection, organisation_id: int, pupil_id: int, on: date, half: int) -> Sequence[Sibling]:
    """In one statement; the eldest first."""
    keys = {"organisation_id": organisation_id, "pupil_id": pupil_id, "on": on, "half": half}
    return [Sibling(*row) for row in db.execute(_SIBLINGS, keys)]
