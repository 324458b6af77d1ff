"""Small look-ups for what events carry as a number alone: who told school, and whose contact somebody is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, union

from notifications.models import InboundMessage
from notifications.rules.replies import Meaning
from webapp.absence.models import AbsenceReport
from webapp.accounts.rules.persons import ContactKey
from webapp.first_day.models import FirstDayCase
from webapp.people.models import Enrolment, PupilContact
from webapp.record.models import Mark, Sighting
from webapp.record.rules import SightingKind
from webapp.record.rules.session_view import SEEN_CODES

_NEWEST = 200
_NO_ANSWER = sorted(each.value for each in (Meaning.STOP, Meaning.START, Meaning.HELP, Meaning.THANKS))
_GOING = frozenset({SightingKind.LEFT, SightingKind.SENT_HOME})

_REPORT = select(AbsenceReport.told_by, AbsenceReport.contact_id, AbsenceReport.channel).where(
    AbsenceReport.organisation_id == bindparam("organisation_id"), AbsenceReport.id == bindparam("report_id")
)

_SCHOOLS = (
    select(Enrolment.school_id)
    .distinct()
    .join(
        PupilContact,
        and_(
            PupilContact.organisation_id == Enrolment.organisation_id, PupilContact.pupil_id == Enrolment.pupil_id,
        ),
    )
    .where(
        Enrolment.organisation_id == bindparam("organisation_id"),
        PupilContact.contact_id == bindparam("contact_id"),
        Enrolment.starts_on <= bindparam("on"),
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= bindparam("on")),
    )
    .order_by(Enrolment.school_id)
)  # fmt: skip

_OF_ENROLMENTS = (
    select(Enrolment.school_id)
    .distinct()
    .where(
        Enrolment.organisation_id == bindparam("organisation_id"), Enrolment.id.in_(bindparam("ids", expanding=True))
    )
    .order_by(Enrolment.school_id)
)  # fmt: skip
_PUPILS_OF = (
    select(Enrolment.pupil_id)
    .distinct()
    .where(
        Enrolment.organisation_id == bindparam("organisation_id"), Enrolment.id.in_(bindparam("ids", expanding=True))
    )
    .order_by(Enrolment.pupil_id)
)  # fmt: skip

_WRITTEN = (
    select(
        InboundMessage.id, InboundMessage.enrolment_id, InboundMessage.contact_id, InboundMessage.reading,
        InboundMessage.danger, InboundMessage.body, InboundMessage.received_at,
    )
    .where(
        InboundMessage.organisation_id == bindparam("organisation_id"),
        InboundMessage.school_id == bindparam("school_id"),
        InboundMessage.state == "new",
        InboundMessage.received_at >= bindparam("since", type_=InboundMessage.received_at.type),
        InboundMessage.enrolment_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(InboundMessage.id)
)  # fmt: skip
_MINE = (
    select(
        InboundMessage.organisation_id, InboundMessage.contact_id, InboundMessage.enrolment_id,
        InboundMessage.received_at,
    )
    .where(
        InboundMessage.organisation_id.in_(bindparam("organisations", expanding=True)),
        InboundMessage.contact_id.in_(bindparam("contacts", expanding=True)),
        InboundMessage.enrolment_id.in_(bindparam("ids", expanding=True)),
        InboundMessage.received_at >= bindparam("since", type_=InboundMessage.received_at.type),
        InboundMessage.reading.not_in(_NO_ANSWER),
    )
    .order_by(InboundMessage.received_at, InboundMessage.id)
)  # fmt: skip

_MARKED_IN = select(Mark.enrolment_id).where(
    Mark.organisation_id == bindparam("organisation_id"), Mark.date == bindparam("on"),
    Mark.half == bindparam("half"),
    Mark.enrolment_id.in_(bindparam("ids", expanding=True)), Mark.code.in_(sorted(SEEN_CODES)),
)  # fmt: skip
_SEEN = select(Sighting.enrolment_id).where(
    Sighting.organisation_id == bindparam("organisation_id"), Sighting.school_id == bindparam("school_id"),
    Sighting.date == bindparam("on"), Sighting.enrolment_id.in_(bindparam("ids", expanding=True)),
    Sighting.struck_at.is_(None), Sighting.kind.in_(sorted(kind.value for kind in SightingKind if kind not in _GOING)),
)  # fmt: skip
_HERE_EARLIER = union(_MARKED_IN, _SEEN)


def marked_in(
    db: Connection, organisation_id: int, enrolment_ids: Collection[int], on: date, half: int
) -> frozenset[int]:
    """Those of the enrolments who are marked in for the session."""
    keys = {"organisation_id": organisation_id, "ids": sorted(enrolment_ids), "on": on, "half": half}
    return frozenset(db.scalars(_MARKED_IN, keys)) if enrolment_ids else frozenset()


def here_earlier(
    db: Connection, organisation_id: int, school_id: int, enrolment_ids: Collection[int], on: date
) -> frozenset[int]:
    """Those of the enrolments whom somebody in school has seen that day, or marked in for the morning."""
    keys = {"organisation_id": organisation_id, "ids": sorted(enrolment_ids), "on": on, "half": 0}
    keys["school_id"] = school_id
    return frozenset(db.scalars(_HERE_EARLIER, keys)) if enrolment_ids else frozenset()


_PUPILS = select(PupilContact.pupil_id).where(
    PupilContact.organisation_id == bindparam("organisation_id"), PupilContact.contact_id == bindparam("contact_id")
)
_ABOUT_PUPIL = [
    select(table.id)
    .join(Enrolment, and_(Enrolment.organisation_id == table.organisation_id, Enrolment.id == table.enrolment_id))
    .where(table.organisation_id == bindparam("organisation_id"), Enrolment.pupil_id == bindparam("pupil_id"))
    .order_by(table.id.desc())
    .limit(_NEWEST)
    for table in (FirstDayCase, AbsenceReport)
]


def pupils_of_contact(db: Connection, organisation_id: int, contact_id: int) -> Sequence[int]:
    """The children to whom this adult is tied, whatever the tie allows."""
    return db.scalars(_PUPILS, {"organisation_id": organisation_id, "contact_id": contact_id}).all()


def cases_and_reports_of(db: Connection, organisation_id: int, pupil_id: int) -> tuple[frozenset[int], frozenset[int]]:
    """The ids of the child's newest cases and reports: more than any link that still lives is about."""
    keys = {"organisation_id": organisation_id, "pupil_id": pupil_id}
    cases, reports = (frozenset(db.scalars(statement, keys)) for statement in _ABOUT_PUPIL)
    return cases, reports


def report_told_by(db: Connection, organisation_id: int, report_id: int) -> Any | None:
    """told_by, contact_id and channel of a report, or None."""
    return db.execute(_REPORT, {"organisation_id": organisation_id, "report_id": report_id}).one_or_none()


def schools_of_contact(db: Connection, organisation_id: int, contact_id: int, on: date) -> Sequence[int]:
    """The schools at which this adult has a child that day."""
    return db.scalars(_SCHOOLS, {"organisation_id": organisation_id, "contact_id": contact_id, "on": on}).all()


def schools_of_enrolments(db: Connection, organisation_id: int, enrolment_ids: Collection[int]) -> Sequence[int]:
    """The schools to which these enrolments belong."""
    keys = {"organisation_id": organisation_id, "ids": sorted(enrolment_ids)}
    return db.scalars(_OF_ENROLMENTS, keys).all() if enrolment_ids else []


def pupils_of_enrolments(db: Connection, organisation_id: int, enrolment_ids: Collection[int]) -> Sequence[int]:
    """The children whose enrolments these are."""
    keys = {"organisation_id": organisation_id, "ids": sorted(enrolment_ids)}
    return db.scalars(_PUPILS_OF, keys).all() if enrolment_ids else []


def texts_of_adults(
    db: Connection, adults: Collection[ContactKey], enrolments: Collection[tuple[int, int]], since: datetime
) -> dict[tuple[int, int], datetime]:
    """When one of these adults last wrote about each of the (organisation, enrolment) by text, since then."""
    mine = {(one.organisation_id, one.contact_id) for one in adults}
    keys = {
        "organisations": sorted({organisation for organisation, _ in mine}), "since": since,
        "contacts": sorted({contact for _, contact in mine}), "ids": sorted({number for _, number in enrolments}),
    }  # fmt: skip
    rows = db.execute(_MINE, keys) if mine and enrolments else ()
    return {
        (row.organisation_id, row.enrolment_id): row.received_at
        for row in rows
        if (row.organisation_id, row.contact_id) in mine and (row.organisation_id, row.enrolment_id) in enrolments
    }


def texts_not_read(
    db: Connection, organisation_id: int, school_id: int, enrolment_ids: Collection[int], since: datetime
) -> Sequence[Any]:
    """Texts about these pupils that wait to be read: columns of ``inbound_message``, oldest first."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "ids": sorted(enrolment_ids), "since": since}
    return db.execute(_WRITTEN, keys).all() if enrolment_ids else []
