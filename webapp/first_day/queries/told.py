"""Small look-ups for what events carry as a number alone: who told school, and whose contact somebody is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from notifications.models import InboundMessage
from webapp.absence.models import AbsenceReport
from webapp.people.models import Enrolment, PupilContact

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


def texts_not_read(
    db: Connection, organisation_id: int, school_id: int, enrolment_ids: Collection[int], since: datetime
) -> Sequence[Any]:
    """Texts about these pupils that wait to be read: columns of ``inbound_message``, oldest first."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "ids": sorted(enrolment_ids), "since": since}
    return db.execute(_WRITTEN, keys).all() if enrolment_ids else []
