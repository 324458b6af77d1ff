"""What is needed to take a report: each child's school, the adult's rights, and what school knows already."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, or_, select
from sqlalchemy.sql.elements import ColumnElement

from webapp.absence.models import AbsenceReport
from webapp.absence.rules.cover import Away
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import Reason, Symptom
from webapp.absence.rules.said_again import Said
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.submissions import Submission
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import Contact, CourtOrder, Enrolment, Placement, Pupil, PupilContact, PupilGroup
from webapp.people.queries import SchoolRow, calendar_of, get_school, settings_of
from webapp.people.rules import groups as group_rules
from webapp.people.rules import rights as rules
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.groups import Group
from webapp.people.rules.own_voice import rights_of
from webapp.people.rules.school_times import SchoolTimes


@dataclass(frozen=True, slots=True)
class KnownReport:
    """A report that stands already for days that the new one touches."""

    id: int
    public_id: str
    contact_id: int | None
    kind: str
    state: str
    sent_at: datetime
    said: Said


@dataclass(frozen=True, slots=True)
class ReportableChild:
    """One enrolment of a child for whom the adult may report today.

    ``order_in_place``: an order about this child waits or is in force, whomever it limits. ``flagged``: a pupil whom
    the school looks for first. ``known_phone``: this phone has reported before. ``is_own``: the pupil reports for
    themselves.
    """

    organisation_id: int
    pupil_id: int
    key: str
    first_name: str
    enrolment_id: int
    school: SchoolRow
    year_group: int | None
    contact_id: int
    contact_name: str
    flagged: bool
    order_in_place: bool
    known_phone: bool
    reports: tuple[KnownReport, ...]
    calendar: SchoolCalendar
    times: SchoolTimes
    born: date
    is_own: bool = False

    @property
    def by(self) -> Actor:
        """Who reports, as the trail names them: an adult, or the pupil."""
        if self.is_own:
            return Actor(ActorKind.PUPIL, self.pupil_id, self.contact_name)
        return Actor(ActorKind.CONTACT, self.contact_id, self.contact_name)


AnyRow = Row[*tuple[Any, ...]]


def _same(left: type[Any], right: type[Any], **columns: str) -> ColumnElement[bool]:
    return and_(
        left.organisation_id == right.organisation_id,
        *(getattr(left, mine) == getattr(right, theirs) for mine, theirs in columns.items()),
    )


_ON: Any = bindparam("on", type_=Enrolment.starts_on.type)
_LINK_FIELDS = tuple(rules.Link.__dataclass_fields__)
_PUPIL = " (pupil)"
"""After the name of who reports for themselves, wherever staff read who said it."""


def _holds(table: type[Any]) -> ColumnElement[bool]:
    return and_(table.starts_on <= _ON, or_(table.ends_on.is_(None), table.ends_on >= _ON))


_CHILDREN = (
    select(
        *(getattr(PupilContact, field).label(f"link_{field}") for field in _LINK_FIELDS),
        PupilContact.organisation_id, Contact.first_name.label("contact_first_name"),
        Contact.last_name.label("contact_last_name"),
        Pupil.public_id.label("key"), Pupil.first_name, Pupil.date_of_birth,
        Enrolment.id.label("enrolment_id"), Enrolment.school_id, Placement.year_group,
        PupilGroup.group,
        CourtOrder.id.label("order_id"), CourtOrder.contact_id.label("order_contact_id"), CourtOrder.denies,
        CourtOrder.starts_on.label("order_starts_on"), CourtOrder.ends_on.label("order_ends_on"),
        CourtOrder.review_on,
        AbsenceReport.id.label("report_id"), AbsenceReport.public_id.label("report_public_id"),
        AbsenceReport.contact_id.label("report_contact_id"), AbsenceReport.kind, AbsenceReport.state,
        AbsenceReport.sent_at, AbsenceReport.starts_on.label("report_starts_on"),
        AbsenceReport.ends_on.label("report_ends_on"), AbsenceReport.leaves_at, AbsenceReport.arrives_at,
        AbsenceReport.reason, AbsenceReport.symptoms, AbsenceReport.words,
        exists(
            select(Submission.key).where(
                Submission.organisation_id == PupilContact.organisation_id, Submission.actor == bindparam("actor")
            )
        ).label("known_phone"),
        exists(
            select(Submission.key).where(
                Submission.organisation_id == bindparam("anchor"), Submission.actor == bindparam("actor"),
                Submission.key == bindparam("key"),
            )
        ).label("sent_before"),
    )
    .select_from(Pupil)
    .join(PupilContact, _same(PupilContact, Pupil, pupil_id="id"))
    .join(Contact, _same(Contact, PupilContact, id="contact_id"))
    .join(Enrolment, and_(_same(Enrolment, Pupil, pupil_id="id"), _holds(Enrolment)))
    .outerjoin(
        Placement, and_(_same(Placement, Enrolment, school_id="school_id", enrolment_id="id"), _holds(Placement))
    )
    .outerjoin(PupilGroup, and_(_same(PupilGroup, Pupil, pupil_id="id"), _holds(PupilGroup)))
    .outerjoin(CourtOrder, _same(CourtOrder, Pupil, pupil_id="id"))
    .outerjoin(
        AbsenceReport,
        and_(
            _same(AbsenceReport, Enrolment, enrolment_id="id"), AbsenceReport.ends_on >= bindparam("first"),
            AbsenceReport.starts_on <= bindparam("last"), AbsenceReport.state != "withdrawn",
        ),
    )
    .where(
        Pupil.organisation_id.in_(bindparam("organisations", expanding=True)),
        Pupil.public_id.in_(bindparam("keys", expanding=True)),
        PupilContact.contact_id.in_(bindparam("contacts", expanding=True)),
    )
    .order_by(Pupil.organisation_id, Pupil.id, Enrolment.id)
)  # fmt: skip
_LAST_STATE = (
    select(AbsenceReport.state)
    .where(
        AbsenceReport.organisation_id == bindparam("organisation_id"),
        AbsenceReport.enrolment_id == bindparam("enrolment_id"),
        AbsenceReport.contact_id == bindparam("contact_id"),
    )
    .order_by(AbsenceReport.sent_at.desc(), AbsenceReport.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Reportable:
    """The children found, in no order of importance, and whether this very form was acted on before."""

    children: tuple[ReportableChild, ...]
    sent_before: bool


def find_reportable(
    db: Connection, adults: Collection[ContactKey], keys: Sequence[str], *, on: date, first: date, last: date,
    actor: str, anchor: int, key: str,
) -> Reportable:  # fmt: skip
    """The children of these public ids for whom one of ``adults`` may report, one an enrolment; others are left out.

    ``first`` and ``last`` bound the days for which earlier reports are looked for. ``actor``, ``anchor`` and ``key``
    name the submission. One statement for any number of children.
    """
    wanted = {(adult.organisation_id, adult.contact_id) for adult in adults}
    rows = db.execute(
        _CHILDREN,
        {
            "organisations": sorted({org for org, _ in wanted}), "contacts": sorted({one for _, one in wanted}),
            "keys": list(keys), "on": on, "first": first, "last": last, "actor": actor, "anchor": anchor, "key": key,
        },
    ).all()  # fmt: skip
    grouped: dict[tuple[int, int], list[AnyRow]] = {}
    for row in rows:
        if (row.organisation_id, row.link_contact_id) in wanted:
            grouped.setdefault((row.organisation_id, row.enrolment_id), []).append(row)
    found = (_child(db, same, on) for same in grouped.values())
    return Reportable(tuple(child for child in found if child is not None), any(row.sent_before for row in rows))


def _child(db: Connection, rows: Sequence[AnyRow], on: date) -> ReportableChild | None:
    row = rows[0]
    link = rules.Link(*(getattr(row, f"link_{field}") for field in _LINK_FIELDS))
    orders = {
        each.order_id: rules.CourtOrder(
            link.pupil_id, each.order_contact_id, rules.read_denies(each.denies), each.order_starts_on,
            each.order_ends_on, each.review_on,
        )
        for each in rows
        if each.order_id is not None
    }  # fmt: skip
    # Who is asked where the child is may answer, also while an order waits for a person: it shows them nothing.
    settings = settings_of(db, row.organisation_id, row.school_id, on)
    if not rights_of(link, orders.values(), on, row.date_of_birth, settings).asked:
        return None
    reports = {
        each.report_id: KnownReport(
            each.report_id, each.report_public_id, each.report_contact_id, each.kind, each.state, each.sent_at,
            _said(each),
        )
        for each in rows
        if each.report_id is not None
    }
    organisation_id = row.organisation_id
    return ReportableChild(
        organisation_id=organisation_id,
        pupil_id=link.pupil_id,
        key=row.key,
        first_name=row.first_name,
        enrolment_id=row.enrolment_id,
        school=get_school(db, organisation_id, row.school_id),
        year_group=row.year_group,
        contact_id=link.contact_id,
        contact_name=f"{row.contact_first_name} {row.contact_last_name}".strip() + (_PUPIL if link.is_pupil else ""),
        flagged=group_rules.look_first(_groups(each.group for each in rows)),
        order_in_place=any(order.in_force(on) or order.needs_check(on) for order in orders.values()),
        known_phone=bool(row.known_phone),
        reports=tuple(sorted(reports.values(), key=lambda report: report.sent_at)),
        calendar=calendar_of(db, organisation_id, row.school_id),
        times=SchoolTimes(settings),
        born=row.date_of_birth,
        is_own=link.is_pupil,
    )


def _said(row: AnyRow) -> Said:
    away = Away(Kind(row.kind), row.report_starts_on, row.report_ends_on, row.leaves_at, row.arrives_at)
    return Said(away, Reason(row.reason), [Symptom(chip) for chip in row.symptoms.split(",") if chip], row.words)


def _groups(names: Any) -> set[Group]:
    known = {group.value: group for group in Group}
    return {known[name] for name in names if name in known}


def last_report_held(db: Connection, organisation_id: int, enrolment_id: int, contact_id: int) -> bool:
    """True if this adult's newest report about the child still waits for somebody to look at who sent it."""
    keys = {"organisation_id": organisation_id, "enrolment_id": enrolment_id, "contact_id": contact_id}
    return db.scalar(_LAST_STATE, keys) == "held"
