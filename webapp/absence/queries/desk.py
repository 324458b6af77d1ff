"""What the office sees: a day's reports, those that wait to be read, and the children about whom a caller speaks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, literal, null, or_, select

from webapp.absence.models import AbsenceReport, ReportDecision, ReportMessage
from webapp.people.models import Contact, CourtOrder, Enrolment, Placement, Pupil, PupilContact
from webapp.people.rules import rights as rules
from webapp.people.rules.rights import Right

_LINK_FIELDS = tuple(rules.Link.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class SchoolChild:
    """A child on the school's roll. ``contact_name`` is empty where the caller is not one of the child's contacts."""

    enrolment_id: int
    pupil_id: int
    key: str
    first_name: str
    year_group: int | None
    contact_name: str
    may_report: bool


@dataclass(frozen=True, slots=True)
class BoardReport:
    """A report of a school that touches a day: the columns of ``rules.cover.ReportRow`` and what a row shows.

    ``words`` and ``reason`` go through ``rules.sight`` before a role reads them.
    """

    id: int
    public_id: str
    enrolment_id: int
    contact_id: int | None
    told_by: str
    channel: str
    kind: str
    state: str
    starts_on: date
    ends_on: date
    leaves_at: time | None
    arrives_at: time | None
    expected_at: datetime | None
    reason: str
    symptoms: str
    words: str
    wants_call: bool
    suggested_code: str
    read_first: bool
    not_sure: bool
    danger: bool
    after_close: bool
    sent_at: datetime
    read_at: datetime | None
    version: int
    unread_talk: bool


@dataclass(frozen=True, slots=True)
class BoardDecision:
    """A decision on one session of the day that stands: what Undo needs."""

    id: int
    report_id: int
    enrolment_id: int
    half: int
    code: str
    accepted: bool
    decided_at: datetime
    decided_by: str
    told_due_at: datetime


_BOARD_FIELDS = tuple(name for name in BoardReport.__dataclass_fields__ if name != "unread_talk")
_UNREAD = exists(
    select(ReportMessage.id).where(
        ReportMessage.organisation_id == AbsenceReport.organisation_id, ReportMessage.report_id == AbsenceReport.id,
        ReportMessage.side == "family", ReportMessage.read_at.is_(None),
    )
)  # fmt: skip
_BOARD: Select[*tuple[Any, ...]] = (
    select(*(getattr(AbsenceReport, name) for name in _BOARD_FIELDS), _UNREAD.label("unread_talk"))
    .where(
        AbsenceReport.organisation_id == bindparam("organisation_id"),
        AbsenceReport.school_id == bindparam("school_id"),
        AbsenceReport.ends_on >= bindparam("first"),
        AbsenceReport.starts_on <= bindparam("last"),
    )
    .order_by(AbsenceReport.sent_at, AbsenceReport.id)
)
_INBOX: Select[*tuple[Any, ...]] = (
    select(*(getattr(AbsenceReport, name) for name in _BOARD_FIELDS), _UNREAD.label("unread_talk"))
    .where(
        AbsenceReport.organisation_id == bindparam("organisation_id"),
        AbsenceReport.school_id == bindparam("school_id"),
        AbsenceReport.ends_on >= bindparam("since"),
        or_(AbsenceReport.state.in_(("sent", "held")), _UNREAD),
    )
    .order_by(AbsenceReport.danger.desc(), AbsenceReport.sent_at, AbsenceReport.id)
)
_ONE: Select[*tuple[Any, ...]] = (
    select(*(getattr(AbsenceReport, name) for name in _BOARD_FIELDS), _UNREAD.label("unread_talk"))
    .where(
        AbsenceReport.organisation_id == bindparam("organisation_id"),
        AbsenceReport.school_id == bindparam("school_id"),
        AbsenceReport.public_id == bindparam("public_id"),
    )
)  # fmt: skip
_DECISIONS = (
    select(
        ReportDecision.id, ReportDecision.report_id, AbsenceReport.enrolment_id, ReportDecision.half,
        ReportDecision.code, ReportDecision.accepted, ReportDecision.decided_at, ReportDecision.decided_by,
        ReportDecision.told_due_at,
    )
    .join(
        AbsenceReport,
        and_(
            AbsenceReport.organisation_id == ReportDecision.organisation_id,
            AbsenceReport.id == ReportDecision.report_id,
        ),
    )
    .where(
        AbsenceReport.organisation_id == bindparam("organisation_id"),
        AbsenceReport.school_id == bindparam("school_id"),
        AbsenceReport.ends_on >= bindparam("on"),
        AbsenceReport.starts_on <= bindparam("on"),
        ReportDecision.date == bindparam("on"),
        ReportDecision.undone_at.is_(None),
    )
    .order_by(ReportDecision.decided_at, ReportDecision.id)
)  # fmt: skip

_ON: Any = bindparam("on", type_=Enrolment.starts_on.type)


def _children(with_contact: bool) -> Select[*tuple[Any, ...]]:
    """The school's children of some public ids; with the caller's tie and orders where the caller is known."""
    columns: list[Any] = [
        Enrolment.id.label("enrolment_id"), Enrolment.pupil_id, Pupil.public_id.label("key"), Pupil.first_name,
        Placement.year_group,
    ]  # fmt: skip
    if with_contact:
        columns += [
            Contact.first_name.label("contact_first"), Contact.last_name.label("contact_last"),
            *(getattr(PupilContact, field).label(f"link_{field}") for field in _LINK_FIELDS),
            CourtOrder.id.label("order_id"), CourtOrder.denies, CourtOrder.starts_on.label("order_starts_on"),
            CourtOrder.ends_on.label("order_ends_on"), CourtOrder.review_on,
        ]  # fmt: skip
    else:
        columns += [literal("").label("contact_first"), null().label("link_pupil_id")]
    statement = (
        select(*columns)
        .select_from(Enrolment)
        .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
        .outerjoin(
            Placement,
            and_(
                Placement.organisation_id == Enrolment.organisation_id, Placement.school_id == Enrolment.school_id,
                Placement.enrolment_id == Enrolment.id, Placement.starts_on <= _ON,
                or_(Placement.ends_on.is_(None), Placement.ends_on >= _ON),
            ),
        )
    )  # fmt: skip
    if with_contact:
        tie = and_(
            PupilContact.organisation_id == Enrolment.organisation_id, PupilContact.pupil_id == Enrolment.pupil_id,
            PupilContact.contact_id == bindparam("contact_id"),
        )  # fmt: skip
        statement = (
            statement.outerjoin(PupilContact, tie)
            .outerjoin(
                Contact,
                and_(
                    Contact.organisation_id == PupilContact.organisation_id, Contact.id == PupilContact.contact_id
                ),
            )
            .outerjoin(
                CourtOrder,
                and_(
                    CourtOrder.organisation_id == PupilContact.organisation_id,
                    CourtOrder.pupil_id == PupilContact.pupil_id, CourtOrder.contact_id == PupilContact.contact_id,
                ),
            )
        )  # fmt: skip
    return statement.where(
        Enrolment.organisation_id == bindparam("organisation_id"),
        Enrolment.school_id == bindparam("school_id"),
        Pupil.public_id.in_(bindparam("keys", expanding=True)),
        Enrolment.starts_on <= _ON,
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _ON),
    ).order_by(Enrolment.id)


_CHILDREN, _CHILDREN_OF_CALLER = _children(False), _children(True)


def find_school_children(
    db: Connection, organisation_id: int, school_id: int, keys: Collection[str], contact_id: int | None, on: date
) -> Sequence[SchoolChild]:
    """The children of these public ids on the school's roll, with what the caller may do for each; one statement."""
    values: dict[str, Any] = {
        "organisation_id": organisation_id, "school_id": school_id, "keys": sorted(set(keys)), "on": on,
    }  # fmt: skip
    if contact_id is not None:
        values["contact_id"] = contact_id
    grouped: dict[int, list[Any]] = {}
    for row in db.execute(_CHILDREN if contact_id is None else _CHILDREN_OF_CALLER, values):
        grouped.setdefault(row.enrolment_id, []).append(row)
    return [_child(rows, on) for rows in grouped.values()]


def _child(rows: Sequence[Any], on: date) -> SchoolChild:
    row = rows[0]
    if row.link_pupil_id is None:
        return SchoolChild(row.enrolment_id, row.pupil_id, row.key, row.first_name, row.year_group, "", False)
    link = rules.Link(*(getattr(row, f"link_{field}") for field in _LINK_FIELDS))
    orders = [
        rules.CourtOrder(
            link.pupil_id, link.contact_id, rules.read_denies(each.denies), each.order_starts_on, each.order_ends_on,
            each.review_on,
        )
        for each in rows
        if each.order_id is not None
    ]  # fmt: skip
    may = rules.may(rules.effective_rights(link, orders, on), Right.REPORT)
    name = f"{row.contact_first} {row.contact_last}".strip()
    return SchoolChild(row.enrolment_id, row.pupil_id, row.key, row.first_name, row.year_group, name, may)


def reports_on(
    db: Connection, organisation_id: int, school_id: int, first: date, last: date | None = None
) -> Sequence[BoardReport]:
    """The school's reports that touch a day, or any day up to ``last``, oldest first, in one statement."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "first": first, "last": last or first}
    return [BoardReport(*row) for row in db.execute(_BOARD, keys)]


def decisions_on(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[BoardDecision]:
    """The decisions on that day's sessions that stand, oldest first, in one statement."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return [BoardDecision(*row) for row in db.execute(_DECISIONS, keys)]


def reports_inbox(db: Connection, organisation_id: int, school_id: int, since: date) -> Sequence[BoardReport]:
    """Reports that nobody has read, that are held, or on which the family wrote: danger first, then the oldest."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "since": since}
    return [BoardReport(*row) for row in db.execute(_INBOX, keys)]


def find_school_report(db: Connection, organisation_id: int, school_id: int, public_id: str) -> BoardReport | None:
    """One of the school's reports by its name in URLs."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id}
    row = db.execute(_ONE, keys).one_or_none()
    return BoardReport(*row) if row else None
