"""Pupils with a medical need, and the newest health note of each, for whoever treats them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from webapp.first_day.models import PupilNote
from webapp.first_day.rules.notes import NoteKind
from webapp.people.models import Enrolment, Form, Placement, Pupil, PupilGroup

_ORGANISATION: Any = bindparam("organisation_id")
_SCHOOL: Any = bindparam("school_id")
_DAY: Any = bindparam("on")


def _same(left: Any, right: Any, **columns: str) -> Any:
    return and_(
        left.organisation_id == right.organisation_id,
        *(getattr(left, mine) == getattr(right, theirs) for mine, theirs in columns.items()),
    )


def _dated(table: Any) -> Any:
    return and_(table.starts_on <= _DAY, or_(table.ends_on.is_(None), table.ends_on >= _DAY))


_ROWS = (
    select(
        Enrolment.id.label("enrolment_id"), Pupil.id.label("pupil_id"), Pupil.public_id, Pupil.first_name,
        Pupil.last_name, func.coalesce(Form.name, "").label("form"), PupilGroup.group,
    )
    .select_from(PupilGroup)
    .join(Pupil, _same(Pupil, PupilGroup, id="pupil_id"))
    .join(Enrolment, and_(_same(Enrolment, Pupil, pupil_id="id"), _dated(Enrolment)))
    .outerjoin(Placement, and_(_same(Placement, Enrolment, enrolment_id="id"), _dated(Placement)))
    .outerjoin(Form, _same(Form, Placement, id="form_id"))
    .where(
        PupilGroup.organisation_id == _ORGANISATION, PupilGroup.group.in_(bindparam("groups", expanding=True)),
        _dated(PupilGroup), Enrolment.school_id == _SCHOOL,
    )
    .order_by(Pupil.last_name, Pupil.first_name, Pupil.id)
)  # fmt: skip
_NEWEST = (
    select(PupilNote.pupil_id, func.max(PupilNote.id).label("id"))
    .where(
        PupilNote.organisation_id == _ORGANISATION, PupilNote.kind == NoteKind.HEALTH.value,
        PupilNote.pupil_id.in_(bindparam("pupil_ids", expanding=True)),
    )
    .group_by(PupilNote.pupil_id)
    .subquery()
)  # fmt: skip
_NOTES = (
    select(PupilNote.pupil_id, PupilNote.words, PupilNote.at, PupilNote.by)
    .join(_NEWEST, PupilNote.id == _NEWEST.c.id)
    .where(PupilNote.organisation_id == _ORGANISATION)
)


def pupils_in_groups(
    db: Connection, organisation_id: int, school_id: int, groups: Collection[str], on: date
) -> Sequence[Any]:
    """Each pupil of the school in one of the groups that day, a row a group, by name: enrolment_id, pupil_id,
    public_id, first_name, last_name, form, group."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "groups": sorted(groups), "on": on}
    return db.execute(_ROWS, keys).all()


def newest_health_notes(db: Connection, organisation_id: int, pupil_ids: Collection[int]) -> dict[int, Any]:
    """The newest health note of each pupil who has one: words, at, by."""
    if not pupil_ids:
        return {}
    keys = {"organisation_id": organisation_id, "pupil_ids": sorted(pupil_ids)}
    return {row.pupil_id: row for row in db.execute(_NOTES, keys)}
