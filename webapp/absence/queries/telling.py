"""To whom a report belongs when something about it is to be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, or_, select, tuple_

from webapp.absence.models import AbsenceReport, ReportDecision, ReportMessage
from webapp.absence.rules.states import State
from webapp.people.models import Enrolment, Pupil, WithheldEntry


@dataclass(frozen=True, slots=True)
class ReportToTell:
    """A report with the child it is about and the adult who sent it; None where no contact did."""

    report_id: int
    public_id: str
    school_id: int
    pupil_id: int
    first_name: str
    contact_id: int | None


_COLUMNS = (
    AbsenceReport.id, AbsenceReport.public_id, AbsenceReport.school_id, Enrolment.pupil_id, Pupil.first_name,
    AbsenceReport.contact_id,
)  # fmt: skip
_REPORTS = (
    select(*_COLUMNS)
    .join(
        Enrolment,
        and_(
            Enrolment.organisation_id == AbsenceReport.organisation_id, Enrolment.id == AbsenceReport.enrolment_id
        ),
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .where(AbsenceReport.organisation_id == bindparam("organisation_id"))
    .order_by(AbsenceReport.id)
)  # fmt: skip
_OF_DECISIONS = _REPORTS.where(
    AbsenceReport.id.in_(
        select(ReportDecision.report_id).where(
            ReportDecision.organisation_id == bindparam("organisation_id"),
            ReportDecision.id.in_(bindparam("ids", expanding=True)),
        )
    )
)


def reports_of_decisions(db: Connection, organisation_id: int, decisions: Collection[int]) -> Sequence[ReportToTell]:
    """The reports that these decisions are about, each once."""
    keys = {"organisation_id": organisation_id, "ids": sorted(set(decisions))}
    return [ReportToTell(*row) for row in db.execute(_OF_DECISIONS, keys)]


_NAMES = select(AbsenceReport.organisation_id, AbsenceReport.id, AbsenceReport.public_id).where(
    tuple_(AbsenceReport.organisation_id, AbsenceReport.id).in_(bindparam("reports", expanding=True)),
    tuple_(AbsenceReport.organisation_id, AbsenceReport.contact_id).in_(bindparam("contacts", expanding=True)),
)


def names_of_reports(
    db: Connection, contacts: Collection[tuple[int, int]], reports: Collection[tuple[int, int]]
) -> Mapping[tuple[int, int], str]:
    """The public ids of those (organisation, report) that one of these (organisation, contact) sent."""
    if not contacts or not reports:
        return {}
    keys = {"reports": sorted(reports), "contacts": sorted(contacts)}
    return {(row.organisation_id, row.id): row.public_id for row in db.execute(_NAMES, keys)}


_LAST_SIDE = (
    select(ReportMessage.side)
    .where(
        ReportMessage.organisation_id == bindparam("organisation_id"),
        ReportMessage.report_id == bindparam("report_id"),
    )
    .order_by(ReportMessage.at.desc(), ReportMessage.id.desc())
    .limit(1)
)


def waits_for_family(db: Connection, organisation_id: int, report_id: int) -> bool:
    """True while school's question is the last word of the talk: for ``still_true`` of the message that asks it."""
    return db.scalar(_LAST_SIDE, {"organisation_id": organisation_id, "report_id": report_id}) == "school"


_WITHHELD = (
    select(WithheldEntry.id)
    .join(
        ReportDecision,
        and_(
            ReportDecision.organisation_id == WithheldEntry.organisation_id,
            ReportDecision.date == WithheldEntry.date, ReportDecision.half == WithheldEntry.half,
        ),
    )
    .where(
        WithheldEntry.organisation_id == AbsenceReport.organisation_id,
        WithheldEntry.enrolment_id == AbsenceReport.enrolment_id, WithheldEntry.kind == "mark",
        WithheldEntry.shown_at.is_(None), ReportDecision.report_id == AbsenceReport.id,
        or_(WithheldEntry.contact_id.is_(None), WithheldEntry.contact_id == AbsenceReport.contact_id),
    )
    .correlate(AbsenceReport)
    .exists()
)  # fmt: skip
_TAKEN_BACK = select(AbsenceReport.id).where(
    AbsenceReport.organisation_id == bindparam("organisation_id"), AbsenceReport.id == bindparam("report_id"),
    or_(AbsenceReport.state == State.WITHDRAWN.value, _WITHHELD),
    select(ReportDecision.id).where(
        ReportDecision.organisation_id == AbsenceReport.organisation_id,
        ReportDecision.report_id == AbsenceReport.id, ReportDecision.undone_at.is_(None),
    ).exists(),
)  # fmt: skip


def outcome_stands(db: Connection, organisation_id: int, report_id: int) -> bool:
    """False for a decision on what the family has taken back since: it is no news to them. That it is undone still is,
    where they had heard of it. False too for a decision on a session that is withheld from whoever reported it."""
    return db.scalar(_TAKEN_BACK, {"organisation_id": organisation_id, "report_id": report_id}) is None
