"""Who is due in one session, in one statement: a row for each pupil about whom something is to be said, and a count of
the rest by form.

"The rest" are marked present or not yet marked, and nothing else is known of them. One statement is one snapshot, so
that the rows and the counts always add up.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)

from webapp.absence.models import AbsenceReport
from webapp.first_day.models import FirstDayCase
from webapp.people.models import Contact, Enrolment, Form, Placement, Pupil, PupilGroup
from webapp.people.rules.groups import GROUPS
from webapp.record.models import Expectation, Mark, Register, Sighting
from webapp.record.rules import TAKEN_STATES

_ORGANISATION: Any = bindparam("organisation_id")
_SCHOOL: Any = bindparam("school_id")
_DAY: Any = bindparam("on")
_HALF: Any = bindparam("half")
_LOOK_FIRST = sorted(group.value for group, kind in GROUPS.items() if kind.look_first)
_TAKEN = sorted(state.value for state in TAKEN_STATES)


def _dated(starts_on: Any, ends_on: Any) -> ColumnElement[bool]:
    return and_(starts_on <= _DAY, or_(ends_on.is_(None), ends_on >= _DAY))


def _of_session(table: Any) -> ColumnElement[bool]:
    return and_(
        table.organisation_id == Enrolment.organisation_id,
        table.enrolment_id == Enrolment.id,
        table.date == _DAY,
        table.half == _HALF,
    )


def _touched() -> Any:
    """The enrolments of which something is known beside the mark."""
    of_day = [
        select(table.enrolment_id).where(
            table.organisation_id == _ORGANISATION, table.school_id == _SCHOOL, table.date == _DAY, *more
        )
        for table, more in (
            (Sighting, (Sighting.struck_at.is_(None),)),
            (Expectation, (Expectation.half == _HALF,)),
            (FirstDayCase, (FirstDayCase.half == _HALF,)),
        )
    ]
    reported = select(AbsenceReport.enrolment_id).where(
        AbsenceReport.organisation_id == _ORGANISATION,
        AbsenceReport.school_id == _SCHOOL,
        AbsenceReport.ends_on >= _DAY,
        AbsenceReport.starts_on <= _DAY,
    )
    return union(*of_day, reported)


def _statement(*, some: bool = False) -> Select[Any]:
    present = Mark.code.in_(("/", "\\"))
    unmarked = and_(Mark.code.is_(None), or_(Register.state.is_(None), Register.state.not_in(_TAKEN)))
    plain = and_(or_(present, unmarked), Enrolment.id.not_in(_touched()))
    looked_for = exists().where(
        PupilGroup.organisation_id == Pupil.organisation_id,
        PupilGroup.pupil_id == Pupil.id,
        PupilGroup.group.in_(_LOOK_FIRST),
        _dated(PupilGroup.starts_on, PupilGroup.ends_on),
    )
    people = (
        select(
            case((plain, 1), else_=0).label("plain"),
            Enrolment.id.label("enrolment_id"),
            Pupil.id.label("pupil_id"),
            Pupil.public_id.label("pupil_public_id"),
            Pupil.first_name,
            Pupil.last_name,
            Pupil.date_of_birth,
            Placement.year_group,
            Placement.form_id,
            func.coalesce(Form.name, "").label("form"),
            Register.state.label("register_state"),
            Mark.code,
            Mark.minutes_late,
            looked_for.label("look_first"),
            Expectation.kind.label("expectation_kind"),
            Expectation.code.label("expectation_code"),
            Expectation.place,
            Expectation.starts_at.label("expectation_starts_at"),
            Expectation.confirmed_at.label("expectation_confirmed_at"),
            FirstDayCase.id.label("case_id"),
            FirstDayCase.public_id.label("case_public_id"),
            FirstDayCase.state.label("case_state"),
            FirstDayCase.outcome,
            FirstDayCase.alarm,
            FirstDayCase.opened_at,
            FirstDayCase.owner_role,
            FirstDayCase.next_step,
            FirstDayCase.next_contact_id,
            Contact.first_name.label("next_contact_name"),
            FirstDayCase.next_due_at,
            FirstDayCase.ringing_by,
            FirstDayCase.ringing_until,
            FirstDayCase.last_words,
            FirstDayCase.version.label("case_version"),
        )
        .select_from(Enrolment)
        .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
        .join(
            Placement,
            and_(
                Placement.organisation_id == Enrolment.organisation_id,
                Placement.school_id == Enrolment.school_id,
                Placement.enrolment_id == Enrolment.id,
                _dated(Placement.starts_on, Placement.ends_on),
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
        .outerjoin(
            Register,
            and_(
                Register.organisation_id == Placement.organisation_id,
                Register.school_id == Placement.school_id,
                Register.form_id == Placement.form_id,
                Register.date == _DAY,
                Register.half == _HALF,
            ),
        )
        .outerjoin(Mark, _of_session(Mark))
        .outerjoin(Expectation, _of_session(Expectation))
        .outerjoin(FirstDayCase, _of_session(FirstDayCase))
        .outerjoin(
            Contact,
            and_(Contact.organisation_id == FirstDayCase.organisation_id, Contact.id == FirstDayCase.next_contact_id),
        )
        .where(
            Enrolment.organisation_id == _ORGANISATION,
            Enrolment.school_id == _SCHOOL,
            _dated(Enrolment.starts_on, Enrolment.ends_on),
            *((Enrolment.id.in_(bindparam("enrolment_ids", expanding=True)),) if some else ()),
        )
        .cte("people")
    )
    told = select(*people.c, literal(1, Integer).label("pupils")).where(people.c.plain == 0)
    grouped = ("plain", "year_group", "form_id", "form", "register_state", "code")
    rest = (
        select(
            *(
                column
                if column.name in grouped
                else cast(null(), Boolean if isinstance(column.type, Boolean) else column.type).label(column.name)
                for column in people.c
            ),
            func.count().label("pupils"),
        )
        .where(people.c.plain == 1)
        .group_by(*(people.c[name] for name in grouped))
    )
    both = union_all(told, rest).subquery("roll_call")
    return select(both)


SOME = _statement(some=True)
"""As ``ROLL_CALL``, of the pupils of ``enrolment_ids`` only."""
ROLL_CALL = _statement()
"""Columns as in ``_statement``; ``pupils`` is 1 for a pupil's own row and the number counted for the rest."""
