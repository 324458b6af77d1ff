"""Requests of pupils to leave during the day, as the pupil sees their own and the office sees a school's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from webapp.absence.models import SignOutRequest
from webapp.people.models import Enrolment, Form, MessageStop, Placement, Pupil, PupilGroup
from webapp.people.rules import groups as group_rules
from webapp.people.rules.groups import Group


@dataclass(frozen=True, slots=True)
class SignOutRow:
    """One request. ``dsl_leads``: messages about the pupil are stopped, so that the DSL decides."""

    id: int
    public_id: str
    school_id: int
    enrolment_id: int
    contact_id: int
    on: date
    leaves_at: time
    back_at: time | None
    reason: str
    danger: bool
    state: str
    asked_at: datetime
    answered_at: datetime | None
    answered_by: str
    answer: str
    gone_at: datetime | None
    version: int
    pupil_id: int
    pupil: str
    first_name: str
    last_name: str
    born: date
    dsl_leads: bool
    form: str = ""


_COLUMNS = tuple(
    getattr(SignOutRequest, name)
    for name in (
        "id", "public_id", "school_id", "enrolment_id", "contact_id", "date", "leaves_at", "back_at", "reason",
        "danger", "state", "asked_at", "answered_at", "answered_by", "answer", "gone_at", "version",
    )
)  # fmt: skip
_STOPPED = (
    exists()
    .where(
        MessageStop.organisation_id == Pupil.organisation_id, MessageStop.pupil_id == Pupil.id,
        MessageStop.lifted_at.is_(None),
    )
    .correlate(Pupil)
)  # fmt: skip
_ON: Any = bindparam("on", type_=Placement.starts_on.type)
_REQUESTS: Any = (
    select(
        *_COLUMNS, Pupil.id.label("pupil_id"), Pupil.public_id.label("pupil"), Pupil.first_name, Pupil.last_name,
        Pupil.date_of_birth.label("born"), _STOPPED.label("dsl_leads"),
    )
    .join(
        Enrolment,
        and_(
            Enrolment.organisation_id == SignOutRequest.organisation_id, Enrolment.id == SignOutRequest.enrolment_id
        ),
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .where(SignOutRequest.organisation_id == bindparam("organisation_id"))
)  # fmt: skip
_OF_SCHOOL: Any = (
    _REQUESTS.add_columns(Form.name.label("form"))
    .outerjoin(
        Placement,
        and_(
            Placement.organisation_id == Enrolment.organisation_id, Placement.school_id == Enrolment.school_id,
            Placement.enrolment_id == Enrolment.id, Placement.starts_on <= _ON,
            or_(Placement.ends_on.is_(None), Placement.ends_on >= _ON),
        ),
    )
    .outerjoin(Form, and_(Form.organisation_id == Placement.organisation_id, Form.id == Placement.form_id))
    .where(
        SignOutRequest.school_id == bindparam("school_id"), SignOutRequest.date == _ON,
        SignOutRequest.state.in_(("asked", "agreed", "gone")),
    )
    .order_by(SignOutRequest.leaves_at, SignOutRequest.id)
)  # fmt: skip
_OF_CONTACT = _REQUESTS.where(
    SignOutRequest.contact_id == bindparam("contact_id"), SignOutRequest.date == _ON
).order_by(SignOutRequest.id.desc())
_ONE = _REQUESTS.where(SignOutRequest.public_id == bindparam("public_id"))
_GROUPS = select(PupilGroup.group).where(
    PupilGroup.organisation_id == bindparam("organisation_id"), PupilGroup.pupil_id == bindparam("pupil_id"),
    PupilGroup.starts_on <= _ON, or_(PupilGroup.ends_on.is_(None), PupilGroup.ends_on >= _ON),
)  # fmt: skip


def sign_outs_on(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[SignOutRow]:
    """The school's requests of a day that wait, were agreed or were acted on, by the time asked for; one statement."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return [SignOutRow(*row) for row in db.execute(_OF_SCHOOL, keys)]


def own_sign_outs(db: Connection, organisation_id: int, contact_id: int, on: date) -> Sequence[SignOutRow]:
    """A pupil's own requests of a day, newest first."""
    keys = {"organisation_id": organisation_id, "contact_id": contact_id, "on": on}
    return [SignOutRow(*row) for row in db.execute(_OF_CONTACT, keys)]


def find_sign_out(
    db: Connection, organisation_id: int, public_id: str, *, school_id: int | None = None,
    contact_id: int | None = None, lock: bool = False,
) -> SignOutRow | None:  # fmt: skip
    """One request of the school's, or of the pupil's own."""
    statement = _ONE
    if school_id is not None:
        statement = statement.where(SignOutRequest.school_id == school_id)
    if contact_id is not None:
        statement = statement.where(SignOutRequest.contact_id == contact_id)
    if lock:
        statement = statement.with_for_update(of=SignOutRequest)
    row = db.execute(statement, {"organisation_id": organisation_id, "public_id": public_id}).one_or_none()
    return SignOutRow(*row) if row is not None else None


def is_looked_for_first(db: Connection, organisation_id: int, pupil_id: int, on: date) -> bool:
    """True for a pupil whom the school looks for first (``people.rules.groups``)."""
    known = {group.value: group for group in Group}
    held = db.scalars(_GROUPS, {"organisation_id": organisation_id, "pupil_id": pupil_id, "on": on})
    return group_rules.look_first({known[name] for name in held if name in known})
