"""Enrolling a browser to keep the list of who is on site, and taking that back."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from webapp.accounts.models import OnSiteDevice
from webapp.accounts.queries.on_site import find_on_site_device
from webapp.accounts.rules.on_site import LONGEST_DEVICE_NAME, MOST_DEVICES
from webapp.foundation import trail
from webapp.foundation.clock import machine_now
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.ids import public_id
from webapp.foundation.submissions import find_result, keep_result
from webapp.foundation.trail import Actor, Deed
from webapp.people.rules.names import clean_line
from webapp.people.rules.refusals import Refused


class DeviceRefused(Refused):
    """A browser that cannot be enrolled."""


def enrol_on_site_device(organisation_id: int, school_id: int, by: Actor, name: str, key: str) -> str:
    """Enrol the browser that asks, for the member of staff ``by.id``; returns its public id.

    The same ``key`` again is the same browser. Raises DeviceRefused without a name or with too many browsers,
    TextRefused, SubmissionReused.
    """
    words = clean_line(name, LONGEST_DEVICE_NAME, "name")
    if not words:
        raise DeviceRefused("name", "Enter a name for this device, such as Office computer.")
    with unit_of_work() as tx:
        actor, content = f"staff:{by.id}", {"on_site": school_id, "name": words}
        held = find_result(tx, organisation_id, actor, key, content)
        if held is not None:
            return str(held)
        if _count(tx, organisation_id, school_id, by.id or 0) >= MOST_DEVICES:
            raise DeviceRefused("name", f"You have {MOST_DEVICES} devices already. Remove one first.")
        now, named = machine_now(), public_id()
        number = insert_row(
            tx, OnSiteDevice, organisation_id=organisation_id, public_id=named, school_id=school_id, staff_id=by.id,
            name=words, enrolled_at=now, seen_at=now,
        )  # fmt: skip
        trail.write(tx, organisation_id, by, Deed("enrolled_device", "on_site_device", number, school_id))
        keep_result(tx, organisation_id, actor, key, content, named)
        return named


def _count(tx: Connection, organisation_id: int, school_id: int, staff_id: int) -> int:
    return tx.execute(
        select(func.count()).where(
            OnSiteDevice.organisation_id == organisation_id, OnSiteDevice.school_id == school_id,
            OnSiteDevice.staff_id == staff_id, OnSiteDevice.removed_at.is_(None),
        )
    ).scalar_one()  # fmt: skip


def remove_on_site_device(organisation_id: int, school_id: int, by: Actor, device: str) -> bool:
    """Take one's own browser off: it is given no list from now on, and deletes what it holds when it next asks.

    False where there is none of that name, or it was removed before.
    """
    with unit_of_work() as tx:
        found = find_on_site_device(tx, organisation_id, school_id, by.id or 0, device)
        if found is None:
            return False
        tx.execute(
            update(OnSiteDevice)
            .where(
                OnSiteDevice.organisation_id == organisation_id, OnSiteDevice.id == found.id,
                OnSiteDevice.removed_at.is_(None),
            )
            .values(removed_at=machine_now())
        )  # fmt: skip
        trail.write(tx, organisation_id, by, Deed("removed_device", "on_site_device", found.id, school_id))
        return True


def note_list_given(organisation_id: int, school_id: int, staff_id: int, device: str) -> bool:
    """The list goes to this browser now; False for one that may not have it."""
    with unit_of_work() as tx:
        return (
            tx.execute(
                update(OnSiteDevice)
                .where(
                    OnSiteDevice.organisation_id == organisation_id, OnSiteDevice.public_id == device,
                    OnSiteDevice.school_id == school_id, OnSiteDevice.staff_id == staff_id,
                    OnSiteDevice.removed_at.is_(None),
                )
                .values(seen_at=machine_now())
            ).rowcount
            == 1
        )  # fmt: skip
