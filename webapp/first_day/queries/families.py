"""What a family's Today rests on beside the reports: marks, sightings, open cases, leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, String, and_, bindparam, case, cast, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from webapp.absence.queries.held import HELD
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.held import (
    COUNTS,
    Untold,
    counts_as_told,
    read_held,
    read_withheld,
    untold,
    weeks_as_told,
    withheld_as_told,
)
from webapp.first_day.models import FirstDayCase
from webapp.foundation.clock import london
from webapp.foundation.lists import days, pairs
from webapp.foundation.statements import plain
from webapp.people.models import Enrolment, Placement, WithheldEntry
from webapp.record.models import Expectation, Mark, PupilWeek, PupilYear, Register, Sighting
from webapp.record.queries import mondays
from webapp.record.rules import SightingKind, Tally
from webapp.record.rules.weeks import SLOTS, academic_year


@dataclass(frozen=True, slots=True)
class FamilyDay:
    """One enrolment on one day. ``case_half`` is the half of the newest open case, None where nobody is looked for.

    Codes are of the morning and the afternoon; ``taken_am`` and ``taken_pm`` say when the register was taken.
    ``arrived_at``: signed in. ``seen_at``: last seen in school, and not gone since. The seven counts are of the
    academic year. Codes, counts and weeks are as the family was last told of them. ``weeks`` is as
    ``read_weeks`` reads it. ``quiet``: nothing is said of where the child is today.
    """

    organisation_id: int
    enrolment_id: int
    starts_on: date
    ends_on: date | None
    case_half: int | None
    code_am: str | None
    code_pm: str | None
    minutes_late: int | None
    taken_am: datetime | None
    taken_pm: datetime | None
    arrived_at: datetime | None
    seen_at: datetime | None
    leave_until: date | None
    possible: int
    present: int
    authorised: int
    unauthorised: int
    late: int
    unresolved: int
    illness: int
    weeks: str
    quiet: bool = False


_ASKED_OF, _MONDAYS = pairs("enrolments"), days("weeks")
_ON: Any = bindparam("on", type_=Enrolment.starts_on.type)
_AM, _PM = aliased(Mark), aliased(Mark)
_REGISTER_AM, _REGISTER_PM = aliased(Register), aliased(Register)
_LATER, _NOW = aliased(Expectation), aliased(Expectation)


def _mark(mark: Any, half: int) -> Any:
    return and_(
        mark.organisation_id == Enrolment.organisation_id, mark.enrolment_id == Enrolment.id, mark.date == _ON,
        mark.half == half,
    )  # fmt: skip


def _register(register: Any, half: int) -> Any:
    return and_(
        register.organisation_id == Placement.organisation_id, register.school_id == Placement.school_id,
        register.form_id == Placement.form_id, register.date == _ON, register.half == half,
    )  # fmt: skip


# As whom the reader acts: what is withheld from another contact is not withheld from this one.
_FROM_READER = and_(
    WithheldEntry.organisation_id == Enrolment.organisation_id, WithheldEntry.enrolment_id == Enrolment.id,
    WithheldEntry.shown_at.is_(None),
    or_(
        WithheldEntry.contact_id.is_(None),
        tuple_(WithheldEntry.organisation_id, WithheldEntry.contact_id).in_(bindparam("adults", expanding=True)),
    ),
)  # fmt: skip
_WITHHELD = (
    select(
        func.aggregate_strings(cast(WithheldEntry.date, String) + "|" + cast(WithheldEntry.half, String), ";")
    )
    .where(_FROM_READER, WithheldEntry.kind == "mark")
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_NOT_WITHHELD = ~(
    select(WithheldEntry.id)
    .where(_FROM_READER, WithheldEntry.kind == "sighting", WithheldEntry.subject_id == Sighting.id)
    .correlate(Enrolment, Sighting)
    .exists()
)  # fmt: skip
_CASE_HALF = (
    select(func.max(FirstDayCase.half))
    .where(
        FirstDayCase.organisation_id == Enrolment.organisation_id, FirstDayCase.enrolment_id == Enrolment.id,
        FirstDayCase.date == _ON, FirstDayCase.state != "closed",
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_ARRIVED = (
    select(func.max(Sighting.at))
    .where(
        Sighting.organisation_id == Enrolment.organisation_id, Sighting.school_id == Enrolment.school_id,
        Sighting.date == _ON, Sighting.enrolment_id == Enrolment.id, Sighting.kind == SightingKind.ARRIVED.value,
        Sighting.struck_at.is_(None), _NOT_WITHHELD,
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_WENT = (SightingKind.LEFT.value, SightingKind.SENT_HOME.value)
_LAST_SEEN, _LAST_GONE = (
    func.max(case((of_kind, Sighting.at))) for of_kind in (Sighting.kind.not_in(_WENT), Sighting.kind.in_(_WENT))
)
_SEEN = (
    select(case((or_(_LAST_GONE.is_(None), _LAST_SEEN > _LAST_GONE), _LAST_SEEN)))
    .where(
        Sighting.organisation_id == Enrolment.organisation_id, Sighting.school_id == Enrolment.school_id,
        Sighting.date == _ON, Sighting.enrolment_id == Enrolment.id, Sighting.struck_at.is_(None), _NOT_WITHHELD,
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_LEAVE_UNTIL = (
    select(func.max(_LATER.date))
    .select_from(_NOW)
    .join(
        _LATER,
        and_(
            _LATER.organisation_id == _NOW.organisation_id, _LATER.enrolment_id == _NOW.enrolment_id,
            _LATER.kind == _NOW.kind, _LATER.source_kind == _NOW.source_kind,
            _LATER.source_id.is_not_distinct_from(_NOW.source_id), _LATER.date >= _ON,
        ),
    )
    .where(
        _NOW.organisation_id == Enrolment.organisation_id, _NOW.enrolment_id == Enrolment.id, _NOW.date == _ON,
        _NOW.kind == "leave",
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_DAY = (
    select(
        Enrolment.organisation_id, Enrolment.id, Enrolment.starts_on, Enrolment.ends_on, _CASE_HALF,
        _AM.code, _PM.code.label("code_pm"), func.coalesce(_PM.minutes_late, _AM.minutes_late),
        _REGISTER_AM.taken_at, _REGISTER_PM.taken_at.label("taken_pm"), _ARRIVED, _SEEN, _LEAVE_UNTIL,
        *(
            func.coalesce(getattr(PupilYear, count), 0)
            for count in COUNTS
        ),
    )
    .select_from(_ASKED_OF)
    .join(Enrolment, and_(Enrolment.organisation_id == _ASKED_OF.c.organisation_id, Enrolment.id == _ASKED_OF.c.id))
    .outerjoin(
        Placement,
        and_(
            Placement.organisation_id == Enrolment.organisation_id, Placement.school_id == Enrolment.school_id,
            Placement.enrolment_id == Enrolment.id, Placement.starts_on <= _ON,
            or_(Placement.ends_on.is_(None), Placement.ends_on >= _ON),
        ),
    )
    .outerjoin(_AM, _mark(_AM, 0))
    .outerjoin(_PM, _mark(_PM, 1))
    .outerjoin(_REGISTER_AM, _register(_REGISTER_AM, 0))
    .outerjoin(_REGISTER_PM, _register(_REGISTER_PM, 1))
    .outerjoin(
        PupilYear,
        and_(
            PupilYear.organisation_id == Enrolment.organisation_id, PupilYear.school_id == Enrolment.school_id,
            PupilYear.year == bindparam("year"), PupilYear.enrolment_id == Enrolment.id,
        ),
    )
)  # fmt: skip


# The weeks come as one text, "2026-06-15" and fourteen symbols each: forty rows took longer to fetch than to find.
# School and week stand before the enrolment in the key: one look-up a child and week, however large the organisation.
_WEEKS = (
    select(func.aggregate_strings(cast(PupilWeek.week, String) + PupilWeek.codes, ""))
    .select_from(_MONDAYS)
    # An outer join, so that SQLite begins with the weeks and not with all pupils of the school.
    .outerjoin(
        PupilWeek,
        and_(
            PupilWeek.organisation_id == Enrolment.organisation_id, PupilWeek.school_id == Enrolment.school_id,
            PupilWeek.week == _MONDAYS.c.day, PupilWeek.enrolment_id == Enrolment.id,
        ),
    )
    .correlate(Enrolment)
    .scalar_subquery()
)  # fmt: skip
_DAY_AND_WEEKS = plain(_DAY.add_columns(*(func.coalesce(each, "") for each in (_WEEKS, HELD, _WITHHELD))))
_ISO, _WEEK = 10, 10 + SLOTS


def family_day(
    db: Connection, adults: Collection[ContactKey], enrolments: Collection[tuple[int, int]], now: datetime, *,
    weeks_since: date,
) -> dict[tuple[int, int], FamilyDay]:  # fmt: skip
    """Each (organisation, enrolment) today, in one statement, with the weeks from ``weeks_since`` to today.

    The caller has checked the adult's rights; what is withheld from ``adults`` is not among it.
    """
    if not enrolments:
        return {}
    on = london(now).date()
    keys = {
        "enrolments": sorted(enrolments), "on": on, "year": academic_year(on), "weeks": mondays(weeks_since, on),
        "now": now, "adults": [(adult.organisation_id, adult.contact_id) for adult in adults],
    }  # fmt: skip
    rows = db.execute(_DAY_AND_WEEKS, keys)
    return {(row[0], row[1]): _as_told(FamilyDay(*row[:-2]), row[-2], row[-1], on) for row in rows}


def _as_told(day: FamilyDay, held: str, withheld: str, on: date) -> FamilyDay:
    """Without the decisions whose two minutes are not over, and without what is withheld."""
    year = academic_year(on)
    if held:
        found = untold(day.weeks, [one for one in read_held(held) if academic_year(one.date) == year])
        today = {one.half: one.told for one in found if one.date == on}
        day = replace(_tell(day, found), code_am=today.get(0, day.code_am), code_pm=today.get(1, day.code_pm))
    if withheld:
        hidden = [each for each in read_withheld(withheld) if academic_year(each[0]) == year]
        day = _hide(_tell(day, withheld_as_told(day.weeks, hidden)), {half for date_, half in hidden if date_ == on})
    return day


def _tell(day: FamilyDay, found: Sequence[Untold]) -> FamilyDay:
    counts = counts_as_told(Tally(*(getattr(day, count) for count in COUNTS)), found)
    return replace(
        day, weeks=weeks_as_told(day.weeks, found), **{count: getattr(counts, count) for count in COUNTS}
    )


def _hide(day: FamilyDay, halves: Collection[int]) -> FamilyDay:
    """Nothing of these halves of today; where that leaves no mark, nothing is said of today at all."""
    if not halves:
        return day
    code_am, code_pm = (None if half in halves else code for half, code in enumerate((day.code_am, day.code_pm)))
    return replace(
        day, code_am=code_am, code_pm=code_pm, minutes_late=None,
        case_half=None if day.case_half in halves else day.case_half, quiet=not (code_am or code_pm),
    )  # fmt: skip


def read_weeks(day: FamilyDay) -> list[tuple[date, str]]:
    """The (Monday, fourteen symbols) of the weeks that have marks, in order."""
    parts = sorted(day.weeks[at : at + _WEEK] for at in range(0, len(day.weeks), _WEEK))
    return [(date.fromisoformat(part[:_ISO]), part[_ISO:]) for part in parts]
