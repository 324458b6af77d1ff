"""Whoever has left loses every key at once: sessions, passkeys, links, app messages, passwords.

A contact has left when no child of theirs is on a roll or will be; a member of staff on the day after their last. The
night looks at everybody, and an import or a change of ties at once (``webapp.reactions``).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from notifications.services.forgetting import drop_subscriptions_in
from webapp.accounts.models import (
    OnSiteDevice,
    Passkey,
    PasskeyContact,
    RecoveryCode,
    SessionContact,
    SingleTaskLink,
    StaffEntry,
    StaffIdentity,
    StaffLink,
    StaffLogin,
)
from webapp.accounts.queries.leavers import contacts_with_keys, staff_with_keys
from webapp.accounts.services.endings import end_sessions_in, end_staff_sessions_in, part_contact_in
from webapp.foundation import work
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import FIRSTBELL, Deed, write
from webapp.foundation.work import Job
from webapp.people.models import Organisation
from webapp.people.services.rights_events import RightsChanged, RollChanged

LEAVERS_WORK = "leavers"


def on_roll_changed(tx: Connection, event: RollChanged) -> None:
    """A file of the roll or of staff came in: whoever it left behind loses their keys in the same transaction."""
    take_keys_in(tx, event.organisation_id, school_today())


def on_rights_changed(tx: Connection, event: RightsChanged) -> None:
    """A tie ended: if it was the last, so do the keys."""
    contacts = {contact_id for _, contact_id in event.pairs}
    _take_contacts(tx, event.organisation_id, school_today(), contacts)


def take_keys_in(tx: Connection, organisation_id: int, today: date) -> int:
    """Take every key of those who have left; returns how many people had one."""
    return _take_contacts(tx, organisation_id, today) + _take_staff(tx, organisation_id, today)


def _take_contacts(tx: Connection, of: int, today: date, among: Collection[int] | None = None) -> int:
    gone = contacts_with_keys(tx, of, today, among)
    now = machine_now()
    for contact_id in gone:
        mine = (SessionContact.organisation_id == of, SessionContact.contact_id == contact_id)
        alone = ~exists().where(
            _other.c.session_id == SessionContact.session_id,
            or_(_other.c.organisation_id != of, _other.c.contact_id != contact_id),
        )
        # One phone may stand for a person at two schools: there it goes on, as the other.
        end_sessions_in(tx, select(SessionContact.session_id).where(*mine, alone))
        part_contact_in(tx, of, contact_id)
        keys = select(PasskeyContact.passkey_id).where(
            PasskeyContact.organisation_id == of, PasskeyContact.contact_id == contact_id
        )
        shared = select(PasskeyContact.passkey_id).where(
            or_(PasskeyContact.organisation_id != of, PasskeyContact.contact_id != contact_id)
        )
        tx.execute(
            update(Passkey)
            .where(Passkey.id.in_(keys), Passkey.id.not_in(shared), Passkey.removed_at.is_(None))
            .values(removed_at=now)
        )
        _drop(tx, PasskeyContact, PasskeyContact.organisation_id == of, PasskeyContact.contact_id == contact_id)
        tx.execute(
            update(SingleTaskLink)
            .where(
                SingleTaskLink.organisation_id == of, SingleTaskLink.contact_id == contact_id,
                SingleTaskLink.expires_at > now,
            )
            .values(expires_at=now)
        )  # fmt: skip
    drop_subscriptions_in(tx, of, contact_ids=gone)
    write(tx, of, FIRSTBELL, *(Deed("took_keys_of_leaver", "contact", number) for number in gone))
    return len(gone)


_other = SessionContact.__table__.alias("other_contact")


def _take_staff(tx: Connection, of: int, today: date) -> int:
    gone = staff_with_keys(tx, of, today)
    now = machine_now()
    for staff_id in gone:
        end_staff_sessions_in(tx, of, staff_id)
    theirs = and_(Passkey.staff_organisation_id == of, Passkey.staff_id.in_(gone), Passkey.removed_at.is_(None))
    tx.execute(update(Passkey).where(theirs).values(removed_at=now))
    tx.execute(
        update(OnSiteDevice)
        .where(
            OnSiteDevice.organisation_id == of, OnSiteDevice.staff_id.in_(gone), OnSiteDevice.removed_at.is_(None)
        )
        .values(removed_at=now)
    )
    for table in (RecoveryCode, StaffLink, StaffEntry, StaffIdentity, StaffLogin):
        _drop(tx, table, table.organisation_id == of, table.staff_id.in_(gone))
    drop_subscriptions_in(tx, of, staff_ids=gone)
    write(tx, of, FIRSTBELL, *(Deed("took_keys_of_leaver", "staff", number) for number in gone))
    return len(gone)


def _drop(tx: Connection, table: type, *where: ColumnElement[bool]) -> None:
    tx.execute(delete(table).where(*where))


def take_keys_of_all(job: Job) -> None:
    """The night's look at every organisation."""
    today = school_today()
    with read_door() as db:
        organisations = list(db.scalars(select(Organisation.id).order_by(Organisation.id)))
    for number in organisations:
        with unit_of_work() as tx:
            take_keys_in(tx, number, today)
        work.extend(job)


def schedule() -> None:
    """Register the nightly look; saying it again changes nothing."""
    work.handler(LEAVERS_WORK, max_attempts=3, lease_seconds=300, concurrency=1)(take_keys_of_all)
    work.every(LEAVERS_WORK, work.daily(time(0, 20)))

