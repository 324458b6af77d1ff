"""Who is due in one session, in one statement: a row for each pupil about whom something is to be said, and a count of
the rest by form.

"The rest" are marked present or not yet marked, and nothing else is known of them. One statement is one snapshot, so
that the rows and the counts always add up.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
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
    not_,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from webapp.absence.models import AbsenceReport
from webapp.first_day.models import FirstDayCase
from webapp.foundation.types import Instant
from webapp.people.models import Contact, Enrolment, Form, Placement, Pupil, PupilGroup
from webapp.people.rules.groups import GROUPS
from webapp.record.models import Expectation, Mark, PupilWeek, Register, Sighting
from webapp.record.rules import TAKEN_STATES, CaseOutcome
from webapp.record.rules.weeks import NO_MARK

_ORGANISATION: Any = bindparam("organisation_id")
_SCHOOL: Any = bindparam("school_id")
_DAY: Any = bindparam("on")
_HALF: Any = bindparam("half")
_MORNING_ENDED: Any = bindparam("morning_ended", type_=Instant())
_own_case = aliased(FirstDayCase)
_LOOK_FIRST = sorted(group.value for group, kind in GROUPS.items() if kind.look_first)
_TAKEN = sorted(state.value for state in TAKEN_STATES)


def _dated(starts_on: Any, ends_on: Any) -> ColumnElement[bool]:
    return and_(starts_on <= _DAY, or_(ends_on.is_(None), ends_on >= _DAY))


def case_of_session(enrolment_id: Any = Enrolment.id) -> ColumnElement[bool]:
    """The case of the session; in an afternoon that has none of its own, the morning's, if the child was still looked
    for when the morning ended, or somebody has said by name where the child is. One child is one search.
    Parameters organisation_id, on, half, morning_ended."""
    own = exists().where(
        _own_case.organisation_id == _ORGANISATION,
        _own_case.enrolment_id == enrolment_id,
        _own_case.date == _DAY,
        _own_case.half == _HALF,
    )
    from_the_morning = and_(
        FirstDayCase.half < _HALF,
        or_(
            FirstDayCase.state != "closed", FirstDayCase.closed_at >= _MORNING_ENDED,
            FirstDayCase.outcome == CaseOutcome.LOCATED.value,
        ),
        ~own.correlate_except(_own_case),
    )
    return and_(
        FirstDayCase.organisation_id == _ORGANISATION,
        FirstDayCase.enrolment_id == enrolment_id,
        FirstDayCase.date == _DAY,
        or_(FirstDayCase.half == _HALF, from_the_morning),
    )


def _touched() -> CTE:
    """The enrolments of which something is known beside the mark."""
    of_day = [
        select(table.enrolment_id).where(
            table.organisation_id == _ORGANISATION, table.school_id == _SCHOOL, table.date == _DAY, *more
        )
        for table, more in (
            (Sighting, (Sighting.struck_at.is_(None),)),
            (Expectation, (Expectation.half == _HALF,)),
            (FirstDayCase, (FirstDayCase.half <= _HALF,)),
        )
    ]
    reported = select(AbsenceReport.enrolment_id).where(
        AbsenceReport.organisation_id == _ORGANISATION,
        AbsenceReport.school_id == _SCHOOL,
        AbsenceReport.ends_on >= _DAY,
        AbsenceReport.starts_on <= _DAY,
    )
    return union_all(*of_day, reported).cte("touched")


def _everybody(*, some: bool) -> CTE:
    """Everybody on roll: year, form, register, and the ``plain_code`` of those of whom nothing else need be said; and
    who is on roll no more while somebody looks for them.

    The week's text is read and not the marks: a range of one index in place of a search for each pupil.
    """
    touched = _touched()
    symbol = func.coalesce(func.substr(PupilWeek.codes, bindparam("place"), 1), NO_MARK)
    not_taken = or_(Register.state.is_(None), Register.state.not_in(_TAKEN))
    plain_code = case(
        (Enrolment.id.in_(select(touched.c.enrolment_id)), null()),
        (symbol.in_(("/", "\\")), symbol),
        (and_(symbol == NO_MARK, not_taken), NO_MARK),
    )
    mine = (Enrolment.id.in_(bindparam("enrolment_ids", expanding=True)),) if some else ()
    on_roll = (
        select(
            Enrolment.id.label("enrolment_id"), Enrolment.pupil_id, Placement.year_group, Placement.form_id,
            Register.state.label("register_state"), plain_code.label("plain_code"),
            literal(1, Integer).label("on_roll"),
        )
        .select_from(Enrolment)
        .join(
            Placement,
            and_(
                Placement.organisation_id == Enrolment.organisation_id,
                Placement.school_id == Enrolment.school_id,
                Placement.enrolment_id == Enrolment.id,
                _dated(Placement.starts_on, Placement.ends_on),
            ),
        )
        .outerjoin(Register, _register_of(Placement))
        .outerjoin(
            PupilWeek,
            and_(
                PupilWeek.organisation_id == _ORGANISATION,
                PupilWeek.school_id == _SCHOOL,
                PupilWeek.week == bindparam("week"),
                PupilWeek.enrolment_id == Enrolment.id,
            ),
        )
        .where(
            Enrolment.organisation_id == _ORGANISATION,
            Enrolment.school_id == _SCHOOL,
            _dated(Enrolment.starts_on, Enrolment.ends_on),
            *mine,
        )
    )  # fmt: skip
    return union_all(on_roll, _off_roll().where(*mine)).cte("everybody")


def _register_of(of: Any) -> ColumnElement[bool]:
    return and_(
        Register.organisation_id == _ORGANISATION,
        Register.school_id == _SCHOOL,
        Register.form_id == of.form_id,
        Register.date == _DAY,
        Register.half == _HALF,
    )


def _off_roll() -> Select[*tuple[Any, ...]]:
    """Pupils with a live case who have left the roll, or their place on it, since it was opened: the newest place."""
    placed = aliased(Placement)
    own = and_(
        placed.organisation_id == Enrolment.organisation_id,
        placed.school_id == Enrolment.school_id,
        placed.enrolment_id == Enrolment.id,
    )
    newest = select(func.max(placed.starts_on)).where(own).correlate(Enrolment).scalar_subquery()
    still = exists().where(own, _dated(placed.starts_on, placed.ends_on)).correlate(Enrolment)
    looked_for = select(FirstDayCase.enrolment_id).where(
        FirstDayCase.organisation_id == _ORGANISATION,
        FirstDayCase.school_id == _SCHOOL,
        FirstDayCase.date == _DAY,
        FirstDayCase.half <= _HALF,
        FirstDayCase.state != "closed",
    )
    return (
        select(
            Enrolment.id, Enrolment.pupil_id, Placement.year_group, Placement.form_id, Register.state, null(),
            literal(0, Integer),
        )
        .select_from(Enrolment)
        .outerjoin(
            Placement,
            and_(
                Placement.organisation_id == Enrolment.organisation_id,
                Placement.school_id == Enrolment.school_id,
                Placement.enrolment_id == Enrolment.id,
                Placement.starts_on == newest,
            ),
        )
        .outerjoin(Register, _register_of(Placement))
        .where(
            Enrolment.organisation_id == _ORGANISATION,
            Enrolment.id.in_(looked_for),
            not_(and_(_dated(Enrolment.starts_on, Enrolment.ends_on), still)),
        )
    )  # fmt: skip


def told(everybody: CTE) -> Select[Any]:
    """The pupils of ``everybody`` of whom something is to be said, with the session's mark, plan and case."""

    def of_session(table: Any) -> ColumnElement[bool]:
        return and_(
            table.organisation_id == _ORGANISATION,
            table.enrolment_id == everybody.c.enrolment_id,
            table.date == _DAY,
            table.half == _HALF,
        )

    looked_for = exists().where(
        PupilGroup.organisation_id == Pupil.organisation_id,
        PupilGroup.pupil_id == Pupil.id,
        PupilGroup.group.in_(_LOOK_FIRST),
        _dated(PupilGroup.starts_on, PupilGroup.ends_on),
    )
    return (
        select(
            literal(0, Integer).label("plain"), everybody.c.enrolment_id, Pupil.id.label("pupil_id"),
            Pupil.public_id.label("pupil_public_id"), Pupil.first_name, Pupil.last_name, Pupil.date_of_birth,
            everybody.c.year_group, everybody.c.form_id, func.coalesce(Form.name, "").label("form"),
            everybody.c.register_state, everybody.c.on_roll, Mark.code, Mark.minutes_late, Mark.imported_code,
            looked_for.label("look_first"),
            Expectation.kind.label("expectation_kind"), Expectation.code.label("expectation_code"),
            Expectation.place, Expectation.starts_at.label("expectation_starts_at"),
            Expectation.confirmed_at.label("expectation_confirmed_at"), FirstDayCase.id.label("case_id"),
            FirstDayCase.public_id.label("case_public_id"), FirstDayCase.half.label("case_half"),
            FirstDayCase.state.label("case_state"),
            FirstDayCase.outcome, FirstDayCase.alarm, FirstDayCase.opened_at, FirstDayCase.owner_role,
            FirstDayCase.owner_id, FirstDayCase.next_step, FirstDayCase.next_contact_id,
            Contact.first_name.label("next_contact_name"), FirstDayCase.next_due_at,
            FirstDayCase.ringing_by, FirstDayCase.ringing_until, FirstDayCase.last_words,
            FirstDayCase.version.label("case_version"), literal(1, Integer).label("pupils"),
        )
        .select_from(everybody)
        .join(Pupil, and_(Pupil.organisation_id == _ORGANISATION, Pupil.id == everybody.c.pupil_id))
        .outerjoin(Form, _form_of(everybody))
        .outerjoin(Mark, of_session(Mark))
        .outerjoin(Expectation, of_session(Expectation))
        .outerjoin(FirstDayCase, case_of_session(everybody.c.enrolment_id))
        .outerjoin(
            Contact,
            and_(Contact.organisation_id == _ORGANISATION, Contact.id == FirstDayCase.next_contact_id),
        )
        .where(everybody.c.plain_code.is_(None))
    )  # fmt: skip


def _form_of(of: Any) -> ColumnElement[bool]:
    return and_(Form.organisation_id == _ORGANISATION, Form.id == of.c.form_id)


def _rest(everybody: CTE, like: Select[Any]) -> Select[Any]:
    grouped = ("year_group", "form_id", "register_state", "plain_code")
    counted = (
        select(*(everybody.c[name] for name in grouped), func.count().label("pupils"))
        .where(everybody.c.plain_code.is_not(None))
        .group_by(*(everybody.c[name] for name in grouped))
        .subquery("counted")
    )
    known: dict[str, Any] = {
        "plain": literal(1, Integer), "on_roll": literal(1, Integer),
        "year_group": counted.c.year_group, "form_id": counted.c.form_id,
        "form": func.coalesce(Form.name, ""), "register_state": counted.c.register_state,
        "code": func.nullif(counted.c.plain_code, NO_MARK), "pupils": counted.c.pupils,
    }  # fmt: skip

    def column(of: Any) -> Any:
        kind = Boolean if isinstance(of.type, Boolean) else of.type
        return known.get(of.name, cast(null(), kind)).label(of.name)

    return select(*(column(each) for each in like.selected_columns)).select_from(
        counted.outerjoin(Form, _form_of(counted))
    )


def _statement(*, some: bool = False) -> Select[Any]:
    everybody = _everybody(some=some)
    known = told(everybody)
    return select(union_all(known, _rest(everybody, known)).subquery("roll_call"))


SOME = _statement(some=True)
"""As ``ROLL_CALL``, of the pupils of ``enrolment_ids`` only."""
ROLL_CALL = _statement()
"""Columns as in ``_statement``; ``pupils`` is 1 for a pupil's own row and the number counted for the rest."""
