"""A pupil and the pupil's brothers and sisters, children of the organisation who live with an adult that the pupil
lives with; and where each of them is, by the day of the school that the child goes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import CTE, Connection, Select, String, and_, bindparam, case, cast, null, or_, select
from sqlalchemy.orm import aliased

from webapp.first_day.models import FirstDayCase
from webapp.first_day.queries.morning import PupilNow, reports_of, seen_as, state_of
from webapp.first_day.queries.roll_call import told
from webapp.foundation.sessions import Half
from webapp.people.models import Enrolment, Placement, Pupil, PupilContact, School
from webapp.people.queries import calendar_of, times_of
from webapp.record.models import Register, Sighting
from webapp.record.rules import CaseOutcome, RegisterState, SessionRegister


@dataclass(frozen=True, slots=True)
class Sibling:
    """One brother or sister at one school, and where the child is in the session."""

    public_id: str
    first_name: str
    school_id: int
    school_code: str
    school_name: str
    form: str
    now: PupilNow


_ORGANISATION: Any = bindparam("organisation_id")
_DAY: Any = bindparam("on")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_CASE = ("case_id", "case_public_id", "case_half", "case_state", "outcome", "alarm", "opened_at")


def _same(left: Any, right: Any, **columns: str) -> Any:
    return and_(
        left.organisation_id == right.organisation_id,
        *(getattr(left, mine) == getattr(right, theirs) for mine, theirs in columns.items()),
    )


def _dated(table: Any) -> Any:
    return and_(table.starts_on <= _DAY, or_(table.ends_on.is_(None), table.ends_on >= _DAY))


def _family() -> CTE:
    """The pupil, on roll or not, and those at home with the pupil: the columns that ``roll_call.told`` reads."""
    own, theirs = aliased(PupilContact), aliased(PupilContact)
    at_home = (
        select(theirs.pupil_id)
        .join(own, and_(own.organisation_id == theirs.organisation_id, own.contact_id == theirs.contact_id))
        .where(
            theirs.organisation_id == _ORGANISATION,
            own.pupil_id == bindparam("pupil_id"),
            theirs.pupil_id != bindparam("pupil_id"),
            own.lives_with,
            theirs.lives_with,
        )
    )
    on_roll = case((and_(_dated(Enrolment), Placement.enrolment_id.is_not(None)), 1), else_=0)
    placed = and_(_same(Placement, Enrolment, enrolment_id="id", school_id="school_id"), _dated(Placement))
    register = and_(
        _same(Register, Placement, form_id="form_id", school_id="school_id"), Register.date == _DAY,
        Register.half == bindparam("half"),
    )  # fmt: skip
    return (
        select(
            Enrolment.id.label("enrolment_id"), Enrolment.pupil_id, Enrolment.school_id, Placement.year_group,
            Placement.form_id, Register.state.label("register_state"), cast(null(), String).label("plain_code"),
            on_roll.label("on_roll"),
        )
        .select_from(Enrolment)
        .outerjoin(Placement, placed)
        .outerjoin(Register, register)
        .where(
            Enrolment.organisation_id == _ORGANISATION,
            or_(
                Enrolment.id == bindparam("enrolment_id"),
                and_(Enrolment.pupil_id.in_(at_home), _dated(Enrolment)),
            ),
        )
        .cte("everybody")
    )  # fmt: skip


def _statement() -> Select[Any]:
    """A row for each child and each time that somebody saw the child that day, or one without."""
    family = _family()
    seen = and_(
        Sighting.organisation_id == _ORGANISATION, Sighting.school_id == family.c.school_id,
        Sighting.enrolment_id == family.c.enrolment_id, Sighting.date == _DAY, Sighting.struck_at.is_(None),
    )  # fmt: skip
    return (
        told(family)
        .add_columns(
            School.id.label("school_id"), School.code.label("school_code"), School.name.label("school_name"),
            FirstDayCase.closed_at.label("case_closed_at"), Sighting.kind, Sighting.at, Sighting.collector_known,
            Sighting.back_by,
        )
        .join(School, and_(School.organisation_id == _ORGANISATION, School.id == family.c.school_id))
        .outerjoin(Sighting, seen)
        .order_by(Pupil.date_of_birth, Pupil.id, family.c.enrolment_id, Sighting.at, Sighting.id)
    )  # fmt: skip


_FAMILY = _statement()


def load_siblings(
    db: Connection, organisation_id: int, pupil: Any, on: date, half: Half, now: datetime
) -> tuple[PupilNow, Sequence[Sibling]]:
    """Where ``pupil`` (enrolment_id, pupil_id) is, and the brothers and sisters, the eldest first; two statements."""
    keys: dict[str, Any] = {
        "organisation_id": organisation_id, "enrolment_id": pupil.enrolment_id, "pupil_id": pupil.pupil_id, "on": on,
        "half": half.index,
        # The schools' mornings end at their own times: what is over by then is left out below.
        "morning_ended": _LONG_AGO,
    }  # fmt: skip
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in db.execute(_FAMILY, keys):
        rows[row.enrolment_id].append(row)
    reports = reports_of(db, organisation_id, rows, on, half)
    found = {
        number: _stands(db, organisation_id, held, reports.get(number, ()), on, half, now)
        for number, held in rows.items()
    }
    siblings = [
        Sibling(
            row.pupil_public_id, row.first_name, row.school_id, row.school_code, row.school_name, row.form,
            found[number],
        )
        for number, (row, *_) in rows.items()
        if number != pupil.enrolment_id
    ]  # fmt: skip
    return found[pupil.enrolment_id], siblings


def _stands(
    db: Connection, organisation_id: int, held: Sequence[Any], said: tuple[Any, ...], on: date, half: Half,
    now: datetime,
) -> PupilNow:  # fmt: skip
    # Calendar and times are kept in the process: nothing is asked of the database here.
    row = SimpleNamespace(**held[0]._mapping)
    times, calendar = times_of(db, organisation_id, row.school_id, on), calendar_of(db, organisation_id, row.school_id)
    if _is_of_the_morning_alone(row, half, times.session_ends(on, Half.AM)):
        vars(row).update(dict.fromkeys(_CASE))
    register = SessionRegister(
        RegisterState(row.register_state or RegisterState.DUE.value), times.register_opens(on, half),
        times.register_closes(on, half), times.session_ends(on, half), times.seen_until(on, half),
    )  # fmt: skip
    seen = tuple(seen_as(each) for each in held if each.kind is not None)
    is_open = calendar.is_open(on, half, row.year_group)
    return PupilNow(row, said, seen, state_of(row, register, said, seen, half, is_open=is_open, now=now))


def _is_of_the_morning_alone(row: Any, half: Half, morning_ended: datetime) -> bool:
    """A search that was over when the morning ended says nothing of the afternoon (``roll_call.case_of_session``)."""
    if row.case_id is None or row.case_half == half.index or row.case_state != "closed":
        return False
    return bool(row.case_closed_at < morning_ended and row.outcome != CaseOutcome.LOCATED)
