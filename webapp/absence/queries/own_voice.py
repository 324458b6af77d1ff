"""What a pupil told school for themselves, as their parents may see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection, and_, bindparam, select

from webapp.absence.models import AbsenceReport
from webapp.absence.queries.families import WITHHELD
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.lists import pairs
from webapp.people.models import PupilContact
from webapp.people.rules.own_voice import ParentsSee


@dataclass(frozen=True, slots=True)
class PupilsReport:
    """One report of a pupil about themselves. ``reason`` and ``words`` are empty where parents see the fact alone."""

    kind: str
    starts_on: date
    ends_on: date
    leaves_at: time | None
    arrives_at: time | None
    sent_at: datetime
    reason: str
    symptoms: str
    words: str


_ASKED_OF = pairs("enrolments")
_REPORTS = (
    select(
        AbsenceReport.kind, AbsenceReport.starts_on, AbsenceReport.ends_on, AbsenceReport.leaves_at,
        AbsenceReport.arrives_at, AbsenceReport.sent_at, AbsenceReport.reason, AbsenceReport.symptoms,
        AbsenceReport.words,
    )
    .select_from(_ASKED_OF)
    .join(
        AbsenceReport,
        and_(
            AbsenceReport.organisation_id == _ASKED_OF.c.organisation_id,
            AbsenceReport.enrolment_id == _ASKED_OF.c.id,
        ),
    )
    .join(
        PupilContact,
        and_(
            PupilContact.organisation_id == AbsenceReport.organisation_id,
            PupilContact.contact_id == AbsenceReport.contact_id, PupilContact.is_pupil,
        ),
    )
    .where(
        AbsenceReport.ends_on >= bindparam("since"), AbsenceReport.state.not_in(("held", "withdrawn")),
        # Words of danger are the DSL's, who decides what a parent hears.
        ~AbsenceReport.danger, ~WITHHELD,
    )
    .order_by(AbsenceReport.starts_on.desc(), AbsenceReport.id.desc())
)  # fmt: skip


def pupils_reports(
    db: Connection, adults: Collection[ContactKey], enrolments: Collection[tuple[int, int]], since: date,
    see: ParentsSee,
) -> Sequence[PupilsReport]:  # fmt: skip
    """The pupil's own reports that touch ``since`` or later, newest first, cut to what parents see; one statement."""
    if see is ParentsSee.EMERGENCIES or not adults or not enrolments:
        return []
    keys = {
        "adults": sorted({(one.organisation_id, one.contact_id) for one in adults}), "enrolments": sorted(enrolments),
        "since": since,
    }  # fmt: skip
    found = []
    for row in db.execute(_REPORTS, keys):
        said = tuple(row[6:]) if see is ParentsSee.EVERYTHING else ("", "", "")
        found.append(PupilsReport(*row[:6], *said))
    return found
