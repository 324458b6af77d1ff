"""Pupils on roll, with the year, form and groups of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select

from webapp.people.models import Enrolment, Form, Placement, Pupil, PupilGroup


@dataclass(frozen=True, slots=True)
class PupilRow:
    """A pupil on a school's roll on a day. ``form`` is empty for a pupil in no form."""

    enrolment_id: int
    pupil_id: int
    public_id: str
    first_name: str
    last_name: str
    date_of_birth: date
    year_group: int
    form_id: int | None
    form: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def _on(column_from: Any, column_to: Any) -> ColumnElement[bool]:
    day: Any = bindparam("on")
    return and_(column_from <= day, or_(column_to.is_(None), column_to >= day))


_ROLL = (
    select(
        Enrolment.id.label("enrolment_id"), Pupil.id.label("pupil_id"), Pupil.public_id, Pupil.first_name,
        Pupil.last_name, Pupil.date_of_birth, Placement.year_group, Placement.form_id,
        func.coalesce(Form.name, "").label("form"),
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .join(
        Placement,
        and_(
            Placement.organisation_id == Enrolment.organisation_id,
            Placement.school_id == Enrolment.school_id,
            Placement.enrolment_id == Enrolment.id,
            _on(Placement.starts_on, Placement.ends_on),
        ),
    )
    .outerjoin(
        Form,
        and_(
            Form.organisation_id == Placement.organisation_id,
            Form.school_id == Placement.school_id,
            Form.id == Placement.form_id,
        ),
    )
    .where(
        Enrolment.organisation_id == bindparam("organisation_id"),
        Enrolment.school_id == bindparam("school_id"),
        _on(Enrolment.starts_on, Enrolment.ends_on),
    )
)  # fmt: skip
_ROLL_IN_ORDER = _ROLL.order_by(Pupil.last_name, Pupil.first_name, Enrolment.id)
_ONE = _ROLL.where(Pupil.public_id == bindparam("public_id"))
_SEARCH = _ROLL_IN_ORDER.where(
    or_(
        func.lower(Pupil.first_name + " " + Pupil.last_name).like(bindparam("like"), escape="\\"),
        func.lower(Pupil.last_name).like(bindparam("like"), escape="\\"),
        func.lower(Form.name) == bindparam("form"),
    )
).limit(50)
_FORM_ROLL = _ROLL_IN_ORDER.where(Placement.form_id == bindparam("form_id"))
_YEARS = _ROLL.with_only_columns(Placement.year_group, maintain_column_froms=True).distinct()
_GROUPS = select(PupilGroup.pupil_id, PupilGroup.group).where(
    PupilGroup.organisation_id == bindparam("organisation_id"),
    PupilGroup.pupil_id.in_(bindparam("pupil_ids", expanding=True)),
    _on(PupilGroup.starts_on, PupilGroup.ends_on),
)


def roll_of(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[PupilRow]:
    """Everyone on the school's roll that day, by name."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return [PupilRow(*row) for row in db.execute(_ROLL_IN_ORDER, keys)]


def form_roll(db: Connection, organisation_id: int, school_id: int, form_id: int, on: date) -> Sequence[PupilRow]:
    """The pupils of one form that day, by name."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "form_id": form_id, "on": on}
    return [PupilRow(*row) for row in db.execute(_FORM_ROLL, keys)]


def years_of(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[int]:
    """The years that have pupils that day, lowest first: -1 nursery, 0 reception."""
    return sorted(db.scalars(_YEARS, {"organisation_id": organisation_id, "school_id": school_id, "on": on}))


def find_pupil(db: Connection, organisation_id: int, school_id: int, public_id: str, on: date) -> PupilRow | None:
    """The pupil of that public id, if they are on this school's roll that day."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id, "on": on}
    row = db.execute(_ONE, keys).one_or_none()
    return PupilRow(*row) if row else None


def search_pupils(db: Connection, organisation_id: int, school_id: int, words: str, on: date) -> Sequence[PupilRow]:
    """Up to 50 pupils whose name begins with the words (first, last or full name), or of that form."""
    plain = words.strip().lower()
    for special in ("\\", "%", "_"):
        plain = plain.replace(special, "\\" + special)
    keys = {
        "organisation_id": organisation_id, "school_id": school_id, "on": on, "like": f"{plain}%",
        "form": words.strip().lower(),
    }  # fmt: skip
    return [PupilRow(*row) for row in db.execute(_SEARCH, keys)]


def groups_of(
    db: Connection, organisation_id: int, pupil_ids: Collection[int], on: date
) -> Mapping[int, frozenset[str]]:
    """The groups that each of the pupils belongs to that day; pupils in none are left out."""
    held: dict[int, set[str]] = defaultdict(set)
    keys = {"organisation_id": organisation_id, "pupil_ids": list(pupil_ids), "on": on}
    for pupil_id, group in db.execute(_GROUPS, keys):
        held[pupil_id].add(group)
    return {pupil_id: frozenset(groups) for pupil_id, groups in held.items()}
