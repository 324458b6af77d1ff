"""Court orders: noted, reviewed and ended by a person; the reviewer is reminded twice before one lapses."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import Connection, select, update

from webapp.foundation import events, trail
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Deed
from webapp.people.models import CourtOrder, PupilContact, Task
from webapp.people.queries import calendar_of
from webapp.people.rules.orders import OrderRefused, ReadOrder, TypedOrder, read_order, reminder_days
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import in_london
from webapp.people.services.rights_events import RightsChanged
from webapp.people.services.stops import Protector
from webapp.people.services.tasks import open_task_in

REMINDER = "court_order"
_KIND = "review_order_{days}"
_AT = time(9)


def add_order(by: Protector, pupil_id: int, contact_id: int, typed: TypedOrder, reviewer_id: int | None) -> None:
    """Note an order; what it takes away is gone at once. The same order typed twice is one. Raises OrderRefused."""
    order = read_order(typed, school_today())
    with unit_of_work() as tx:
        _need_contact(tx, by.organisation_id, pupil_id, contact_id)
        if _is_there(tx, by.organisation_id, pupil_id, contact_id, order):
            return
        number = insert_row(
            tx, CourtOrder, organisation_id=by.organisation_id, pupil_id=pupil_id, contact_id=contact_id,
            verified_by=by.actor.name, reviewer_id=reviewer_id, **_values(order),
        )  # fmt: skip
        _remind(tx, by, pupil_id, number, order.review_on, reviewer_id)
        _tell(tx, by, "noted_court_order", pupil_id, contact_id, number)


def review_order(
    by: Protector, pupil_id: int, number: int, version: int, typed: TypedOrder, reviewer_id: int | None
) -> None:
    """Somebody has looked: the order holds as typed until its new review date. Raises OrderRefused."""
    order = read_order(typed, school_today())
    with unit_of_work() as tx:
        values = {**_values(order), "verified_by": by.actor.name, "reviewer_id": reviewer_id}
        contact_id = _write(tx, by, pupil_id, number, version, values)
        _remind(tx, by, pupil_id, number, order.review_on, reviewer_id)
        _tell(tx, by, "reviewed_court_order", pupil_id, contact_id, number)


def end_order(by: Protector, pupil_id: int, number: int, version: int, ends_on: str) -> None:
    """The order no longer holds after a day, today at the latest; its reminders are closed. Raises OrderRefused."""
    try:
        last = date.fromisoformat(ends_on.strip())
    except ValueError:
        raise OrderRefused("ended_on", "Enter the last day of the order.") from None
    if last > school_today():
        raise OrderRefused("ended_on", "Choose today or a day before. For a later day, review the order.")
    with unit_of_work() as tx:
        contact_id = _write(tx, by, pupil_id, number, version, {"ends_on": last, "review_on": None})
        tx.execute(
            update(Task)
            .where(
                Task.organisation_id == by.organisation_id, Task.subject_kind == REMINDER, Task.subject_id == number,
                Task.state == "open",
            )
            .values(state="done", closed_at=machine_now(), closed_by=by.actor.name, version=Task.version + 1)
        )  # fmt: skip
        _tell(tx, by, "ended_court_order", pupil_id, contact_id, number)


def _values(order: ReadOrder) -> dict[str, object]:
    return {
        "kind": order.kind, "denies": order.denies, "starts_on": order.starts_on, "ends_on": order.ends_on,
        "review_on": order.review_on, "document_reference": order.reference,
    }  # fmt: skip


def _write(
    tx: Connection, by: Protector, pupil_id: int, number: int, version: int, values: dict[str, object]
) -> int:
    """Change the order as the page showed it; returns whom it limits."""
    written = tx.execute(
        update(CourtOrder)
        .where(
            CourtOrder.organisation_id == by.organisation_id, CourtOrder.pupil_id == pupil_id, CourtOrder.id == number,
            CourtOrder.version == version,
        )
        .values(**values, version=version + 1)
        .returning(CourtOrder.contact_id)
    ).scalar_one_or_none()  # fmt: skip
    if written is None:
        raise OrderRefused("version", "Somebody changed this order first. Look at it again.")
    return written


def _remind(
    tx: Connection, by: Protector, pupil_id: int, number: int, review_on: date, reviewer_id: int | None
) -> None:
    """A task for each reminder; those of a review before this one are due anew."""
    calendar = calendar_of(tx, by.organisation_id, by.school_id)
    owner = {"owner_id": reviewer_id, "owner_role": None if reviewer_id else Role.DSL.value}
    for days, on in reminder_days(calendar, review_on).items():
        due_at = in_london(on, _AT)
        task = open_task_in(
            tx, by.organisation_id, by.school_id, kind=_KIND.format(days=days), subject_kind=REMINDER,
            subject_id=number, title=f"Review an order: it lapses in {days} school days", due_at=due_at,
            actor=by.actor, pupil_id=pupil_id, owner_id=reviewer_id, owner_role=None if reviewer_id else Role.DSL.value,
        )  # fmt: skip
        tx.execute(
            update(Task)
            .where(Task.organisation_id == by.organisation_id, Task.id == task)
            .values(due_at=due_at, state="open", closed_at=None, closed_by="", version=Task.version + 1, **owner)
        )


def _need_contact(tx: Connection, organisation_id: int, pupil_id: int, contact_id: int) -> None:
    found = select(PupilContact.contact_id).where(
        PupilContact.organisation_id == organisation_id, PupilContact.pupil_id == pupil_id,
        PupilContact.contact_id == contact_id,
    )  # fmt: skip
    if tx.scalar(found) is None:
        raise OrderRefused("contact", "Choose whom the order limits.")


def _is_there(tx: Connection, organisation_id: int, pupil_id: int, contact_id: int, order: ReadOrder) -> bool:
    found = select(CourtOrder.id).where(
        CourtOrder.organisation_id == organisation_id, CourtOrder.pupil_id == pupil_id,
        CourtOrder.contact_id == contact_id, CourtOrder.document_reference == order.reference,
        CourtOrder.starts_on == order.starts_on, CourtOrder.denies == order.denies,
    )  # fmt: skip
    return tx.scalar(found) is not None


def _tell(tx: Connection, by: Protector, action: str, pupil_id: int, contact_id: int, number: int) -> None:
    trail.write(tx, by.organisation_id, by.actor, Deed(action, "court_order", number, by.school_id, pupil_id))
    events.emit(tx, RightsChanged(by.organisation_id, ((pupil_id, contact_id),)))
