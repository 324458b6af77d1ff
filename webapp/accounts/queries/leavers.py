"""Who has left and holds a key still: sessions, passkeys, links, app messages, a password."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, and_, exists, or_, select

from notifications.models import PushSubscription
from webapp.accounts.models import (
    OnSiteDevice,
    Passkey,
    PasskeyContact,
    RecoveryCode,
    Session,
    SessionContact,
    SingleTaskLink,
    StaffEntry,
    StaffIdentity,
    StaffLink,
    StaffLogin,
)
from webapp.foundation.clock import machine_now
from webapp.people.models import Contact, Enrolment, PupilContact, Staff, StaffRole


def contacts_with_keys(
    db: Connection, organisation_id: int, today: date, among: Collection[int] | None = None
) -> list[int]:
    """Contacts whose every child has left, or whose every tie has ended, and who hold a key; nobody whose child is to
    come. A contact to whom no child was ever tied has not left."""
    of = organisation_id
    tie = and_(PupilContact.organisation_id == of, PupilContact.contact_id == Contact.id)
    staying = exists().where(
        tie, or_(PupilContact.ends_on.is_(None), PupilContact.ends_on >= today), Enrolment.organisation_id == of,
        Enrolment.pupil_id == PupilContact.pupil_id, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= today),
    )  # fmt: skip
    keys = or_(
        *(
            exists().where(table.organisation_id == of, table.contact_id == Contact.id)
            for table in (SessionContact, PasskeyContact, PushSubscription)
        ),
        exists().where(
            SingleTaskLink.organisation_id == of, SingleTaskLink.contact_id == Contact.id,
            SingleTaskLink.expires_at > machine_now(),
        ),
    )  # fmt: skip
    found = select(Contact.id).where(Contact.organisation_id == of, exists().where(tie), ~staying, keys)
    if among is not None:
        found = found.where(Contact.id.in_(among))
    return list(db.scalars(found.order_by(Contact.id)))


def staff_with_keys(db: Connection, organisation_id: int, today: date) -> list[int]:
    """Staff whose last day, or whose last role, is over, and who hold a key."""
    of = organisation_id
    keys = or_(
        *(
            exists().where(table.organisation_id == of, table.staff_id == Staff.id)
            for table in (RecoveryCode, StaffLink, StaffEntry, StaffIdentity, StaffLogin, PushSubscription)
        ),
        exists().where(
            Session.staff_organisation_id == of, Session.staff_id == Staff.id, Session.ended_at.is_(None)
        ),
        exists().where(
            Passkey.staff_organisation_id == of, Passkey.staff_id == Staff.id, Passkey.removed_at.is_(None)
        ),
        exists().where(
            OnSiteDevice.organisation_id == of, OnSiteDevice.staff_id == Staff.id, OnSiteDevice.removed_at.is_(None)
        ),
    )
    role = and_(StaffRole.organisation_id == of, StaffRole.staff_id == Staff.id)
    # Who was never given a role has not left: they may have been invited today.
    without = and_(
        exists().where(role), ~exists().where(role, or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= today))
    )
    found = select(Staff.id).where(Staff.organisation_id == of, or_(Staff.ends_on < today, without), keys)
    return list(db.scalars(found.order_by(Staff.id)))
