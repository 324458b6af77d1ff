"""Reports as the family sees them: an adult's own, whole; another adult's, only that school knows.

Every statement asks through the adults who look. Rights are read at each request: an adult who may no longer report
about a child finds none of their reports about that child either.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select, tuple_

from webapp.absence.models import AbsenceReport, ReportEvent
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.lists import pairs
from webapp.foundation.statements import plain
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import CourtOrder, Enrolment, Placement, Pupil, PupilContact, WithheldEntry
from webapp.people.queries import settings_of
from webapp.people.rules import rights as rules
from webapp.people.rules.own_voice import rights_of
from webapp.people.rules.rights import Right

_LINK_FIELDS = tuple(rules.Link.__dataclass_fields__)
_PLAIN = (
    "id", "public_id", "school_id", "enrolment_id", "contact_id", "told_by", "channel", "kind", "starts_on", "ends_on",
    "leaves_at", "arrives_at", "reason", "symptoms", "words", "wants_call", "back_on", "after_close", "state",
    "expected_at", "sent_at", "phone_time", "read_at", "read_first", "not_sure", "danger", "version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report that the adult sent and may still see. ``changed_at``: when the family last changed it. ``asked_until``:
    the last day that the family said, where the run was too long and only its first days stand. ``is_own``: the pupil
    sent it, about themselves."""

    organisation_id: int
    id: int
    public_id: str
    school_id: int
    enrolment_id: int
    contact_id: int
    told_by: str
    channel: str
    kind: str
    starts_on: date
    ends_on: date
    leaves_at: time | None
    arrives_at: time | None
    reason: str
    symptoms: str
    words: str
    wants_call: bool
    back_on: date | None
    after_close: bool
    state: str
    expected_at: datetime | None
    sent_at: datetime
    phone_time: datetime | None
    read_at: datetime | None
    read_first: bool
    not_sure: bool
    danger: bool
    version: int
    pupil_id: int
    child: str
    first_name: str
    year_group: int | None
    changed_at: datetime | None = None
    asked_until: date | None = None
    is_own: bool = False

    @property
    def by(self) -> Actor:
        """Who sent it, as the trail names them: an adult, or the pupil."""
        if self.is_own:
            return Actor(ActorKind.PUPIL, self.pupil_id, self.told_by)
        return Actor(ActorKind.CONTACT, self.contact_id, self.told_by)


@dataclass(frozen=True, slots=True)
class FamilyReport:
    """A report as Today shows it. ``reason`` is empty for another adult's."""

    organisation_id: int
    enrolment_id: int
    public_id: str
    mine: bool
    kind: str
    state: str
    starts_on: date
    ends_on: date
    arrives_at: time | None
    expected_at: datetime | None
    sent_at: datetime
    reason: str
    leaves_at: time | None = None


_ON: Any = bindparam("on", type_=Enrolment.starts_on.type)
_OF_REPORT = and_(
    ReportEvent.organisation_id == AbsenceReport.organisation_id, ReportEvent.report_id == AbsenceReport.id
)
_CHANGED_AT = (
    select(func.max(ReportEvent.at))
    .where(_OF_REPORT, ReportEvent.kind == "changed")
    .correlate(AbsenceReport)
    .scalar_subquery()
)
# The days that the family gave last, whole, where they were more than the school takes without a talk.
_GIVEN = (
    select(ReportEvent.before)
    .where(ReportEvent.kind.in_(("sent", "changed", "back_on")))
    .order_by(ReportEvent.id.desc())
    .limit(1)
)
_LAST_GIVEN = _GIVEN.where(_OF_REPORT).correlate(AbsenceReport).scalar_subquery()
_GIVEN_OF_ONE = _GIVEN.where(
    ReportEvent.organisation_id == bindparam("organisation_id"), ReportEvent.report_id == bindparam("report_id")
)
_OWN: Select[*tuple[Any, ...]] = (
    select(
        AbsenceReport.organisation_id, *(getattr(AbsenceReport, name) for name in _PLAIN), Enrolment.pupil_id,
        Pupil.public_id.label("child"), Pupil.first_name, Placement.year_group, _CHANGED_AT.label("changed_at"),
        _LAST_GIVEN.label("asked_until"), PupilContact.is_pupil.label("is_own"), Pupil.date_of_birth,
        *(getattr(PupilContact, field).label(f"link_{field}") for field in _LINK_FIELDS),
        CourtOrder.id.label("order_id"), CourtOrder.denies, CourtOrder.starts_on.label("order_starts_on"),
        CourtOrder.ends_on.label("order_ends_on"), CourtOrder.review_on,
    )
    .select_from(AbsenceReport)
    .join(
        Enrolment,
        and_(
            Enrolment.organisation_id == AbsenceReport.organisation_id, Enrolment.id == AbsenceReport.enrolment_id
        ),
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .join(
        PupilContact,
        and_(
            PupilContact.organisation_id == AbsenceReport.organisation_id, PupilContact.pupil_id == Enrolment.pupil_id,
            PupilContact.contact_id == AbsenceReport.contact_id,
        ),
    )
    .outerjoin(
        Placement,
        and_(
            Placement.organisation_id == AbsenceReport.organisation_id,
            Placement.school_id == AbsenceReport.school_id, Placement.enrolment_id == AbsenceReport.enrolment_id,
            Placement.starts_on <= _ON, or_(Placement.ends_on.is_(None), Placement.ends_on >= _ON),
        ),
    )
    .outerjoin(
        CourtOrder,
        and_(
            CourtOrder.organisation_id == AbsenceReport.organisation_id, CourtOrder.pupil_id == Enrolment.pupil_id,
            CourtOrder.contact_id == AbsenceReport.contact_id,
        ),
    )
    .where(
        tuple_(AbsenceReport.organisation_id, AbsenceReport.contact_id).in_(bindparam("adults", expanding=True))
    )
)  # fmt: skip
_ONE = _OWN.where(AbsenceReport.public_id == bindparam("public_id"))
_ONE_LOCKED = _ONE.with_for_update(of=AbsenceReport)
_HISTORY = _OWN.where(Pupil.public_id == bindparam("child"), AbsenceReport.ends_on >= bindparam("since")).order_by(
    AbsenceReport.starts_on.desc(), AbsenceReport.id.desc()
)
_ASKED_OF = pairs("enrolments")
_READER: Any = bindparam("adults", expanding=True)
WITHHELD = (
    select(WithheldEntry.id)
    .where(
        WithheldEntry.organisation_id == AbsenceReport.organisation_id,
        WithheldEntry.enrolment_id == AbsenceReport.enrolment_id, WithheldEntry.kind == "mark",
        WithheldEntry.shown_at.is_(None), WithheldEntry.date.between(AbsenceReport.starts_on, AbsenceReport.ends_on),
        or_(
            WithheldEntry.contact_id.is_(None),
            tuple_(WithheldEntry.organisation_id, WithheldEntry.contact_id).in_(_READER),
        ),
    )
    .correlate(AbsenceReport)
    .exists()
)  # fmt: skip
"""Whether a report covers a day that is kept from one of the ``adults``: (organisation, contact) each."""
_FAMILY_REPORTS = plain(
    select(
        AbsenceReport.organisation_id, AbsenceReport.enrolment_id, AbsenceReport.public_id, AbsenceReport.contact_id,
        AbsenceReport.kind, AbsenceReport.state, AbsenceReport.starts_on, AbsenceReport.ends_on,
        AbsenceReport.arrives_at, AbsenceReport.expected_at, AbsenceReport.sent_at, AbsenceReport.reason,
        AbsenceReport.leaves_at,
    )
    .select_from(_ASKED_OF)
    .join(
        AbsenceReport,
        and_(
            AbsenceReport.organisation_id == _ASKED_OF.c.organisation_id,
            AbsenceReport.enrolment_id == _ASKED_OF.c.id,
        ),
    )
    .where(
        AbsenceReport.ends_on >= bindparam("first"), AbsenceReport.starts_on <= bindparam("last"),
        # What another adult told of a session that is withheld from this one is withheld with it.
        or_(tuple_(AbsenceReport.organisation_id, AbsenceReport.contact_id).in_(_READER), ~WITHHELD),
    )
    .order_by(AbsenceReport.sent_at.desc(), AbsenceReport.id.desc())
)  # fmt: skip


def family_reports(
    db: Connection, adults: Collection[ContactKey], enrolments: Collection[tuple[int, int]], first: date, last: date
) -> Sequence[FamilyReport]:
    """The reports of a family's Today that touch ``first`` to ``last``, newest first, in one statement.

    ``enrolments`` (organisation, enrolment) are those about which the adults may report or see.
    """
    if not adults or not enrolments:
        return []
    mine = set(_pairs(adults))
    keys = {"enrolments": sorted(enrolments), "first": first, "last": last, "adults": sorted(mine)}
    rows = db.execute(_FAMILY_REPORTS, keys)
    found = (_as_family_report(row, is_mine=(row.organisation_id, row.contact_id) in mine) for row in rows)
    return [report for report in found if report.mine or report.state != "held"]


def _as_family_report(row: Any, *, is_mine: bool) -> FamilyReport:
    return FamilyReport(
        row.organisation_id, row.enrolment_id, row.public_id, is_mine, row.kind, row.state, row.starts_on, row.ends_on,
        row.arrives_at, row.expected_at, row.sent_at, row.reason if is_mine else "",
        row.leaves_at,
    )  # fmt: skip


def find_own_report(
    db: Connection, adults: Collection[ContactKey], public_id: str, on: date, *, lock: bool = False
) -> OwnReport | None:
    """The adult's own report of that name, while they may report about its child on the school day ``on``."""
    if not adults:
        return None
    keys = {"adults": _pairs(adults), "public_id": public_id, "on": on}
    return next(iter(_allowed(db, db.execute(_ONE_LOCKED if lock else _ONE, keys).all(), on)), None)


def history_of(
    db: Connection, adults: Collection[ContactKey], child: str, since: date, on: date
) -> Sequence[OwnReport]:
    """The adult's own reports about the child of that public id, newest first."""
    if not adults:
        return []
    rows = db.execute(_HISTORY, {"adults": _pairs(adults), "child": child, "since": since, "on": on}).all()
    return _allowed(db, rows, on)


def _pairs(adults: Collection[ContactKey]) -> list[tuple[int, int]]:
    return sorted({(adult.organisation_id, adult.contact_id) for adult in adults})


def _allowed(db: Connection, rows: Sequence[Any], on: date) -> list[OwnReport]:
    """One report for the rows of its orders, if the right to report still holds."""
    grouped: dict[tuple[int, int], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row.organisation_id, row.id), []).append(row)
    found = []
    for same in grouped.values():
        row = same[0]
        link = rules.Link(*(getattr(row, f"link_{field}") for field in _LINK_FIELDS))
        orders = [
            rules.CourtOrder(
                link.pupil_id, link.contact_id, rules.read_denies(each.denies), each.order_starts_on,
                each.order_ends_on, each.review_on,
            )
            for each in same
            if each.order_id is not None
        ]  # fmt: skip
        settings = settings_of(db, row.organisation_id, row.school_id, on)
        if rules.may(rights_of(link, orders, on, row.date_of_birth, settings), Right.REPORT):
            own = OwnReport(*row[: len(OwnReport.__dataclass_fields__)])
            found.append(replace(own, asked_until=_read_asked(row.asked_until, row.ends_on)))
    return found


def _read_asked(given: dict[str, Any] | None, ends_on: date) -> date | None:
    """The last day that was asked for, from ``_LAST_GIVEN``; None where every day that was said stands."""
    raw = (given or {}).get("asked_until")
    asked = date.fromisoformat(raw) if raw else None
    return asked if asked is not None and asked > ends_on else None


def asked_until_of(db: Connection, organisation_id: int, report_id: int, ends_on: date) -> date | None:
    """The same of one report, for staff who may read it."""
    given = db.scalar(_GIVEN_OF_ONE, {"organisation_id": organisation_id, "report_id": report_id})
    return _read_asked(given, ends_on)
