"""One child of a school by the number of their enrolment, with the session's mark and the case that is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select

from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.roll_call import case_of_session
from webapp.foundation.sessions import Half
from webapp.people.models import Contact, Enrolment, Form, Placement, Pupil
from webapp.people.queries import times_of
from webapp.record.models import Mark


@dataclass(frozen=True, slots=True)
class PupilToday:
    """A pupil on roll on a day. The case is that of the session (``roll_call.case_of_session``), whatever its state;
    None where there is none."""

    enrolment_id: int
    pupil_id: int
    public_id: str
    first_name: str
    last_name: str
    date_of_birth: date
    starts_on: date
    ends_on: date | None
    year_group: int | None
    form_id: int | None
    form: str
    code: str | None
    case_id: int | None
    case_public_id: str | None
    case_state: str | None
    case_version: int | None
    opened_at: datetime | None
    next_step: str | None
    next_due_at: datetime | None
    next_contact_id: int | None
    next_contact_name: str | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def has_case(self) -> bool:
        """Somebody is looking for the child."""
        return self.case_state in ("open", "carried")


_DAY: Any = bindparam("on")


def _same(left: Any, right: Any, **columns: str) -> Any:
    return and_(
        left.organisation_id == right.organisation_id,
        *(getattr(left, mine) == getattr(right, theirs) for mine, theirs in columns.items()),
    )


def _dated(table: Any) -> Any:
    return and_(table.starts_on <= _DAY, or_(table.ends_on.is_(None), table.ends_on >= _DAY))


def _session(table: Any) -> Any:
    return and_(
        _same(table, Enrolment, enrolment_id="id"), table.date == _DAY, table.half == bindparam("half")
    )  # fmt: skip



_PUPIL: Select[*tuple[Any, ...]] = (
    select(
        Enrolment.id.label("enrolment_id"), Pupil.id.label("pupil_id"), Pupil.public_id, Pupil.first_name,
        Pupil.last_name, Pupil.date_of_birth, Enrolment.starts_on, Enrolment.ends_on, Placement.year_group,
        Placement.form_id, func.coalesce(Form.name, "").label("form"), Mark.code, FirstDayCase.id.label("case_id"),
        FirstDayCase.public_id.label("case_public_id"), FirstDayCase.state.label("case_state"),
        FirstDayCase.version.label("case_version"), FirstDayCase.opened_at, FirstDayCase.next_step,
        FirstDayCase.next_due_at, FirstDayCase.next_contact_id, Contact.first_name.label("next_contact_name"),
    )
    .select_from(Enrolment)
    .join(Pupil, _same(Pupil, Enrolment, id="pupil_id"))
    .outerjoin(
        Placement, and_(_same(Placement, Enrolment, enrolment_id="id", school_id="school_id"), _dated(Placement))
    )
    .outerjoin(Form, _same(Form, Placement, id="form_id"))
    .outerjoin(Mark, _session(Mark))
    .outerjoin(FirstDayCase, case_of_session())
    .outerjoin(Contact, _same(Contact, FirstDayCase, id="next_contact_id"))
    .where(Enrolment.organisation_id == bindparam("organisation_id"), Enrolment.school_id == bindparam("school_id"))
)  # fmt: skip
_BY_ENROLMENT = _PUPIL.where(Enrolment.id == bindparam("enrolment_id"))
# Who has left the roll is found while somebody looks for them: the call is made, and the case closed, on their page.
_LOOKED_FOR = FirstDayCase.state.in_(("open", "carried"))
_FOUND = and_(Pupil.public_id == bindparam("public_id"), or_(_dated(Enrolment), _LOOKED_FOR))
_BY_PUBLIC_ID = _PUPIL.where(_FOUND).order_by(Enrolment.starts_on.desc())


def find_pupil_of(
    db: Connection, organisation_id: int, school_id: int, enrolment_id: int, on: date, half: int
) -> PupilToday | None:
    """The child of an enrolment at this school, on roll that day or not."""
    keys = _keys(db, organisation_id, school_id, on, half)
    row = db.execute(_BY_ENROLMENT, {**keys, "enrolment_id": enrolment_id}).one_or_none()
    return PupilToday(*row) if row else None


def find_pupil_today(
    db: Connection, organisation_id: int, school_id: int, public_id: str, on: date, half: int
) -> PupilToday | None:
    """The child of that public id, if they are on this school's roll that day, or still looked for."""
    keys = _keys(db, organisation_id, school_id, on, half)
    row = db.execute(_BY_PUBLIC_ID, {**keys, "public_id": public_id}).first()
    return PupilToday(*row) if row else None


def _keys(db: Connection, organisation_id: int, school_id: int, on: date, half: int) -> dict[str, Any]:
    times = times_of(db, organisation_id, school_id, on)
    return {
        "organisation_id": organisation_id, "school_id": school_id, "on": on, "half": half,
        "morning_ended": times.session_ends(on, Half.AM),
    }  # fmt: skip
