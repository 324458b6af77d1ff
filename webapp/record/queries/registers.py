"""Registers of a day, with the people who take them; the marks of one form; the sightings of one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, or_, select

from webapp.people.models import Enrolment, Form, FormStaff, Placement, Pupil, Staff
from webapp.record.models import Mark, Register, Sighting
from webapp.record.rules import SightingKind

_ORGANISATION: BindParameter[int] = bindparam("organisation_id")
_SCHOOL: BindParameter[int] = bindparam("school_id")
_ON: BindParameter[dt.date] = bindparam("on")
_HALF: BindParameter[int] = bindparam("half")

_REGISTER = select(
    Register.form_id, Register.state, Register.taken_at, Register.taken_by, Register.source, Register.chased_at,
    Register.version,
).where(
    Register.organisation_id == _ORGANISATION, Register.school_id == _SCHOOL, Register.date == _ON,
    Register.half == _HALF,
)  # fmt: skip
_ONE = _REGISTER.where(Register.form_id == bindparam("form_id"))
_OF_DAY = (
    select(
        Form.id.label("form_id"), Form.name.label("form"), func.coalesce(Register.state, "due").label("state"),
        Register.taken_at, func.coalesce(Register.taken_by, "").label("taken_by"), Register.chased_at,
        func.coalesce(Register.version, 0).label("version"),
    )
    .outerjoin(
        Register,
        and_(
            Register.organisation_id == Form.organisation_id, Register.school_id == Form.school_id,
            Register.form_id == Form.id, Register.date == _ON, Register.half == _HALF,
        ),
    )
    .where(Form.organisation_id == _ORGANISATION, Form.school_id == _SCHOOL)
    .order_by(Form.name)
)  # fmt: skip
_TAKERS = (
    select(FormStaff.form_id, Staff.id, Staff.first_name, Staff.last_name)
    .join(Staff, and_(Staff.organisation_id == FormStaff.organisation_id, Staff.id == FormStaff.staff_id))
    .where(
        FormStaff.organisation_id == _ORGANISATION, FormStaff.form_id.in_(bindparam("form_ids", expanding=True)),
        FormStaff.starts_on <= _ON, or_(FormStaff.ends_on.is_(None), FormStaff.ends_on >= _ON),
    )
    .order_by(FormStaff.form_id, FormStaff.starts_on.desc(), Staff.id)
)  # fmt: skip
_MARKS = select(Mark.enrolment_id, Mark.code, Mark.minutes_late).where(
    Mark.organisation_id == _ORGANISATION, Mark.enrolment_id.in_(bindparam("enrolment_ids", expanding=True)),
    Mark.date == _ON, Mark.half == _HALF,
)  # fmt: skip
_ENROLMENT = (
    select(
        Enrolment.id.label("enrolment_id"), Enrolment.pupil_id, Pupil.public_id.label("pupil_public_id"),
        Pupil.first_name, Pupil.last_name, Pupil.date_of_birth, Placement.year_group,
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .outerjoin(
        Placement,
        and_(
            Placement.organisation_id == Enrolment.organisation_id, Placement.school_id == Enrolment.school_id,
            Placement.enrolment_id == Enrolment.id, Placement.starts_on <= _ON,
            or_(Placement.ends_on.is_(None), Placement.ends_on >= _ON),
        ),
    )
    .where(
        Enrolment.organisation_id == _ORGANISATION, Enrolment.school_id == _SCHOOL,
        Enrolment.id == bindparam("enrolment_id"), Enrolment.starts_on <= _ON,
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _ON),
    )
)  # fmt: skip
_SIGHTINGS = (
    select(
        Sighting.id, Sighting.public_id, Sighting.enrolment_id, Sighting.kind, Sighting.at, Sighting.back_by,
        Sighting.minutes_late, Sighting.place, Sighting.reason, Sighting.collected_by_id, Sighting.collector_known,
        Sighting.collected_by_name, Sighting.seen_by, Sighting.struck_at, Enrolment.pupil_id,
        Pupil.public_id.label("pupil_public_id"), Pupil.first_name, Pupil.last_name,
    )
    .join(
        Enrolment, and_(Enrolment.organisation_id == Sighting.organisation_id, Enrolment.id == Sighting.enrolment_id)
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .where(Sighting.organisation_id == _ORGANISATION, Sighting.school_id == _SCHOOL, Sighting.date == _ON)
    .order_by(Sighting.at.desc(), Sighting.id.desc())
)  # fmt: skip
_ONE_SIGHTING = (
    select(
        Sighting.id, Sighting.enrolment_id, Sighting.date, Sighting.kind, Sighting.at, Sighting.struck_at,
        Enrolment.pupil_id,
    )
    .join(
        Enrolment, and_(Enrolment.organisation_id == Sighting.organisation_id, Enrolment.id == Sighting.enrolment_id)
    )
    .where(
        Sighting.organisation_id == _ORGANISATION, Sighting.school_id == _SCHOOL,
        Sighting.public_id == bindparam("public_id"),
    )
)  # fmt: skip

_MARKED = (
    select(
        Placement.form_id, func.count().label("pupils"),
        func.count(Mark.code).label("marked"),
    )
    .select_from(Placement)
    .join(
        Enrolment,
        and_(Enrolment.organisation_id == Placement.organisation_id, Enrolment.id == Placement.enrolment_id),
    )
    .outerjoin(
        Mark,
        and_(
            Mark.organisation_id == Placement.organisation_id, Mark.enrolment_id == Placement.enrolment_id,
            Mark.date == _ON, Mark.half == _HALF,
        ),
    )
    .where(
        Placement.organisation_id == _ORGANISATION, Placement.school_id == _SCHOOL, Placement.form_id.is_not(None),
        Placement.starts_on <= _ON, or_(Placement.ends_on.is_(None), Placement.ends_on >= _ON),
        Enrolment.starts_on <= _ON, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _ON),
    )
    .group_by(Placement.form_id)
    .order_by(Placement.form_id)
)  # fmt: skip


def forms_marked(db: Connection, organisation_id: int, school_id: int, on: dt.date, half: int) -> Sequence[Any]:
    """Each form with pupils that day: form_id, pupils, and how many of them are marked."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on, "half": half}
    return db.execute(_MARKED, keys).all()


def find_register(
    db: Connection, organisation_id: int, school_id: int, form_id: int, on: dt.date, half: int, *, lock: bool = False
) -> Any | None:
    """The row of one form's register, None before anything was done: form_id, state, taken_at, taken_by, source,
    chased_at, version."""
    statement = _ONE.with_for_update() if lock else _ONE
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on, "half": half, "form_id": form_id}
    return db.execute(statement, keys).one_or_none()


def register_rows(
    db: Connection, organisation_id: int, school_id: int, on: dt.date, half: int, *, lock: bool = False
) -> Sequence[Any]:
    """The rows of every register of the session for which there is one; columns as ``find_register``."""
    statement = _REGISTER.order_by(Register.form_id)
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on, "half": half}
    return db.execute(statement.with_for_update() if lock else statement, keys).all()


def registers_of(db: Connection, organisation_id: int, school_id: int, on: dt.date, half: int) -> Sequence[Any]:
    """Every form by name: form_id, form, state ("due": nothing was done), taken_at, taken_by, chased_at, version."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on, "half": half}
    return db.execute(_OF_DAY, keys).all()


def takers_of(
    db: Connection, organisation_id: int, form_ids: Collection[int], on: dt.date
) -> dict[int, tuple[tuple[int, str], ...]]:
    """Who takes each form's register that day, as (staff id, name), cover of the day first."""
    found: dict[int, list[tuple[int, str]]] = {}
    keys = {"organisation_id": organisation_id, "form_ids": sorted(form_ids), "on": on}
    for row in db.execute(_TAKERS, keys) if form_ids else ():
        found.setdefault(row.form_id, []).append((row.id, f"{row.first_name} {row.last_name}"))
    return {form_id: tuple(people) for form_id, people in found.items()}


def marks_in(
    db: Connection, organisation_id: int, enrolment_ids: Collection[int], on: dt.date, half: int
) -> dict[int, tuple[str | None, int | None]]:
    """(code, minutes late) of one session by enrolment, for those who have a mark."""
    keys = {"organisation_id": organisation_id, "enrolment_ids": sorted(enrolment_ids), "on": on, "half": half}
    return {row.enrolment_id: (row.code, row.minutes_late) for row in db.execute(_MARKS, keys)} if enrolment_ids else {}


def find_enrolment(db: Connection, organisation_id: int, school_id: int, enrolment_id: int, on: dt.date) -> Any | None:
    """A pupil of the school's roll that day by enrolment: enrolment_id, pupil_id, pupil_public_id, names,
    date_of_birth, year_group."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "enrolment_id": enrolment_id, "on": on}
    return db.execute(_ENROLMENT, keys).one_or_none()


def sightings_of(db: Connection, organisation_id: int, school_id: int, on: dt.date) -> Sequence[Any]:
    """Everybody seen coming and going that day, newest first, struck rows included."""
    return db.execute(_SIGHTINGS, {"organisation_id": organisation_id, "school_id": school_id, "on": on}).all()


def find_sighting(db: Connection, organisation_id: int, school_id: int, public_id: str) -> Any | None:
    """One sighting of the school: id, enrolment_id, date, kind, at, struck_at, pupil_id."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id}
    return db.execute(_ONE_SIGHTING, keys).one_or_none()


_LAST_SIGHTING = (
    select(Sighting.public_id, Sighting.kind, Sighting.place, Sighting.at)
    .where(
        Sighting.organisation_id == _ORGANISATION,
        Sighting.school_id == _SCHOOL,
        Sighting.date == _ON,
        Sighting.enrolment_id == bindparam("enrolment_id"),
        Sighting.struck_at.is_(None),
    )
    .order_by(Sighting.at.desc(), Sighting.id.desc())
    .limit(1)
)
_GONE = frozenset({SightingKind.LEFT.value, SightingKind.SENT_HOME.value})
_LOCK_PUPIL = select(Enrolment.id).where(
    Enrolment.organisation_id == _ORGANISATION, Enrolment.id == bindparam("enrolment_id")
)


def last_sighting(tx: Connection, organisation_id: int, school_id: int, enrolment_id: int, on: dt.date) -> Any | None:
    """The newest sighting of the pupil that day that was not struck: public_id, kind, place, at.

    Holds the pupil's row until the transaction ends, so that two who see the child at once are one after the other.
    """
    keys = {"organisation_id": organisation_id, "school_id": school_id, "enrolment_id": enrolment_id, "on": on}
    # Not FOR UPDATE: a case that is opened meanwhile points at the pupil, and would wait for ever.
    tx.execute(_LOCK_PUPIL.with_for_update(key_share=True), keys)
    return tx.execute(_LAST_SIGHTING, keys).one_or_none()


def has_gone(db: Connection, organisation_id: int, school_id: int, enrolment_id: int, on: dt.date) -> bool:
    """The pupil left or was sent home that day, and has not been seen since."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "enrolment_id": enrolment_id, "on": on}
    last = db.execute(_LAST_SIGHTING, keys).one_or_none()
    return last is not None and last.kind in _GONE
