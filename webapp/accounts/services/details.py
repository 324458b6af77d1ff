"""A contact asks the office to change what school holds about them; the office accepts or refuses.

Nothing changes until a person of the office has looked: whoever holds a phone for a minute, or a session that was left
open, must not turn a family's messages to themselves. The contact is told by the old way and by the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, func, select, update

from notifications import channels
from notifications.events import ContactPointWentBad
from notifications.rules.message_kinds import MessageName
from notifications.rules.policy import Point
from notifications.services import Outgoing, send_many_in
from webapp.accounts.queries.details import (
    TASK,
    ChangeRow,
    find_change,
    is_another_familys,
    task_of,
    waiting_of,
)
from webapp.foundation import events, ids, trail
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.submissions import find_result, keep_result
from webapp.foundation.trail import Actor, Deed
from webapp.people.models import Contact, ContactPoint, DetailChange
from webapp.people.rules.details import MOST_OPEN, AskedDetail, Detail, DetailRefused, need_answer
from webapp.people.rules.roles import Role
from webapp.people.services.tasks import close_task_in, open_task_in

CHANGED = "Changed as they asked"
_DUE = timedelta(days=1)


class ChangeNotThere(LookupError):
    """No such request for whoever asks."""


@dataclass(frozen=True, slots=True)
class Asker:
    """The contact who asks, the school whose office answers, and a child of theirs there, for the task."""

    organisation_id: int
    contact_id: int
    school_id: int
    pupil_id: int | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers, at which school; the caller has checked that they may."""

    organisation_id: int
    school_id: int
    actor: Actor


def ask_change(by: Asker, asked: AskedDetail, key: str) -> str:
    """Keep the request and give the office a task; ``key`` again is the same request. Returns its name in addresses.

    Raises ``DetailRefused`` where several wait already.
    """
    who = f"detail:{by.contact_id}"
    content = {"detail": asked.detail.value, "old": asked.old, "new": asked.new}
    with unit_of_work() as tx:
        held = find_result(tx, by.organisation_id, who, key, content)
        if held is not None:
            return str(held["change"])
        if waiting_of(tx, by.organisation_id, by.contact_id) >= MOST_OPEN:
            raise DetailRefused("detail", "School has several of your changes to look at. Ring the office.")
        elsewhere = bool(
            asked.detail.is_point and asked.new
            and is_another_familys(tx, by.organisation_id, by.contact_id, asked.new)
        )  # fmt: skip
        now, public_id = machine_now(), ids.public_id()
        number = insert_row(
            tx, DetailChange, organisation_id=by.organisation_id, public_id=public_id, school_id=by.school_id,
            contact_id=by.contact_id, field=asked.detail.value, old_value=asked.old, new_value=asked.new,
            words=asked.words, held_elsewhere=elsewhere, asked_at=now, asked_by=by.actor.name,
        )  # fmt: skip
        deed = Deed("asked_change_of_details", TASK, number, by.school_id, detail={"detail": asked.detail.value})
        trail.write(tx, by.organisation_id, by.actor, deed)
        open_task_in(
            tx, by.organisation_id, by.school_id, kind=TASK, subject_kind=TASK, subject_id=number,
            title=f"{by.actor.name} asks for a change: {asked.detail.label.lower()}", due_at=now + _DUE,
            actor=by.actor, owner_role=Role.ATTENDANCE_OFFICER.value, pupil_id=by.pupil_id,
        )  # fmt: skip
        keep_result(tx, by.organisation_id, who, key, content, {"change": public_id})
        return public_id


def take_back_change(organisation_id: int, contact_id: int, public_id: str, *, actor: Actor) -> None:
    """The contact does not want it any more; one that was answered stays. Raises ``ChangeNotThere``."""
    with unit_of_work() as tx:
        number = tx.scalar(
            update(DetailChange)
            .where(
                DetailChange.organisation_id == organisation_id, DetailChange.contact_id == contact_id,
                DetailChange.public_id == public_id, DetailChange.state == "asked",
            )
            .values(state="withdrawn", answered_at=machine_now(), version=DetailChange.version + 1)
            .returning(DetailChange.id)
        )  # fmt: skip
        if number is None:
            raise ChangeNotThere(public_id)
        trail.write(tx, organisation_id, actor, Deed("took_back_change_of_details", TASK, number))
        _close_task(tx, organisation_id, number, actor, "withdrawn")


def answer_change(by: Answerer, public_id: str, version: int, *, accept: bool, answer: str) -> None:
    """Accept the change and make it, or refuse it with a reason; the contact is told by the old way and the new.

    Raises ``ChangeNotThere``, ``DetailRefused`` (somebody was first, or no reason) and TextRefused.
    """
    words = need_answer(accept, answer)
    with unit_of_work() as tx:
        row = find_change(tx, by.organisation_id, by.school_id, public_id, school_today(), lock=True)
        if row is None:
            raise ChangeNotThere(public_id)
        if row.state != "asked" or row.version != version:
            raise DetailRefused("change", "Somebody has answered this already. Look at it again.")
        ways = _ways(tx, row, accept=accept)
        if accept:
            _make(tx, by, row)
        tx.execute(
            update(DetailChange)
            .where(DetailChange.organisation_id == row.organisation_id, DetailChange.id == row.id)
            .values(
                state="accepted" if accept else "refused", answer=words, answered_at=machine_now(),
                answered_by=by.actor.name, version=row.version + 1,
            )
        )  # fmt: skip
        deed = Deed("answered_change_of_details", TASK, row.id, by.school_id,
                    detail={"contact": row.contact_id, "detail": row.detail, "accepted": accept})  # fmt: skip
        trail.write(tx, by.organisation_id, by.actor, deed)
        _close_task(tx, by.organisation_id, row.id, by.actor, "done")
        _tell(tx, row, ways, accept=accept)


def _ways(tx: Connection, row: ChangeRow, *, accept: bool) -> list[Point]:
    """Where the contact hears of it: what school had until now, and what it has from now on."""
    held = tx.execute(
        select(ContactPoint.kind, ContactPoint.value)
        .where(
            ContactPoint.organisation_id == row.organisation_id, ContactPoint.contact_id == row.contact_id,
            ContactPoint.state == "usable", ContactPoint.kind.in_(("mobile", "email")),
        )
        .order_by(ContactPoint.priority, ContactPoint.id)
    ).all()  # fmt: skip
    first = [Point(point.kind, point.value) for point in held if point.value == row.old]
    first = first or [Point(point.kind, point.value) for point in held][:1]
    # A number that was refused may be anybody's: nothing goes there.
    is_new = accept and row.new and row.detail in (Detail.MOBILE, Detail.EMAIL)
    return [*first, *([Point(row.detail, row.new)] if is_new else [])]


def _make(tx: Connection, by: Answerer, row: ChangeRow) -> None:
    mine = Contact.organisation_id == row.organisation_id, Contact.id == row.contact_id
    if row.detail == Detail.LANGUAGE:
        tx.execute(update(Contact).where(*mine).values(language=row.new, version=Contact.version + 1))
        return
    if row.detail == Detail.ADDRESS:
        # Addresses are kept in the school's own system: the office writes it there.
        return
    points = ContactPoint.organisation_id == row.organisation_id, ContactPoint.contact_id == row.contact_id
    place = tx.scalar(select(ContactPoint.priority).where(*points, ContactPoint.value == row.old)) if row.old else None
    if row.new:
        if place is None:
            place = int(tx.scalar(select(func.coalesce(func.max(ContactPoint.priority), 0)).where(*points)) or 0) + 1
        _put(tx, row, place)
    if row.old:
        gone = tx.scalar(
            update(ContactPoint)
            .where(*points, ContactPoint.value == row.old)
            .values(state="bad", state_reason=CHANGED, state_changed_at=machine_now())
            .returning(ContactPoint.id)
        )
        if gone is not None:
            deed = Deed("marked_point_bad", "contact_point", gone, by.school_id,
                        detail={"contact": row.contact_id, "state": "bad"})  # fmt: skip
            trail.write(tx, row.organisation_id, by.actor, deed)
            events.emit(tx, ContactPointWentBad(row.organisation_id, by.school_id, row.contact_id, gone, CHANGED))
    tx.execute(update(Contact).where(*mine).values(version=Contact.version + 1))


def _put(tx: Connection, row: ChangeRow, place: int) -> None:
    """The new number or address works from now on, also where it did not work before."""
    stood = tx.execute(
        update(ContactPoint)
        .where(
            ContactPoint.organisation_id == row.organisation_id, ContactPoint.contact_id == row.contact_id,
            ContactPoint.value == row.new,
        )
        .values(state="usable", state_reason="", state_changed_at=machine_now(), priority=place)
    ).rowcount  # fmt: skip
    if not stood:
        insert_row(
            tx, ContactPoint, organisation_id=row.organisation_id, contact_id=row.contact_id, kind=row.detail,
            value=row.new, priority=place,
        )  # fmt: skip


def _close_task(tx: Connection, organisation_id: int, change_id: int, actor: Actor, state: str) -> None:
    task = task_of(tx, organisation_id, change_id)
    if task is not None:
        close_task_in(tx, organisation_id, task[0], task[1], actor=actor, state=state)


def _tell(tx: Connection, row: ChangeRow, ways: list[Point], *, accept: bool) -> None:
    words: dict[str, object] = {"accepted": accept}
    if not accept:
        words["link"] = f"{channels.current().public_url}/you/details"
    send_many_in(
        tx,
        [
            Outgoing(
                organisation_id=row.organisation_id, school_id=row.school_id, name=MessageName.DETAILS_ANSWERED,
                key=f"details_answered:{row.id}:{number}", contact_id=row.contact_id, about_kind=TASK,
                about_id=row.id, words=words, to=way,
            )
            for number, way in enumerate(ways)
        ],
    )  # fmt: skip
