"""Whom a message can reach: points, living push subscriptions and rights, set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from notifications.models import PushSubscription
from notifications.rules.message_kinds import MessageKind, Urgency
from notifications.rules.policy import Hours, Point, Reach
from webapp.foundation.statements import plain
from webapp.people.queries import Family, family_of, get_staff, settings_of
from webapp.people.queries.own_voice import own_rights
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.rights import Right, effective_rights, may
from webapp.people.rules.settings import PUSH_HEAD_START_MINUTES, QUIET_FROM, QUIET_TO

_BY_CONTACT = plain(
    select(PushSubscription.contact_id, PushSubscription.endpoint)
    .where(
        PushSubscription.organisation_id == bindparam("organisation_id"),
        PushSubscription.contact_id.in_(bindparam("ids", expanding=True)),
        PushSubscription.state == "live",
    )
    .order_by(PushSubscription.contact_id, PushSubscription.id)
)
_BY_STAFF = plain(
    select(PushSubscription.staff_id, PushSubscription.endpoint)
    .where(
        PushSubscription.organisation_id == bindparam("organisation_id"),
        PushSubscription.staff_id.in_(bindparam("ids", expanding=True)),
        PushSubscription.state == "live",
    )
    .order_by(PushSubscription.staff_id, PushSubscription.id)
)


@dataclass(frozen=True, slots=True)
class Recipients:
    """The people of one batch of messages in one organisation."""

    family: Family
    contact_pushes: Mapping[int, tuple[str, ...]]
    staff_reach: Mapping[int, Reach]
    own: Mapping[int, frozenset[Right]] = field(default_factory=dict)
    """What pupils as their own contacts may be told, by contact id."""

    def reach(self, contact_id: int | None, staff_id: int | None) -> Reach:
        """How this person can be reached; nothing at all for one who is no longer there."""
        if staff_id is not None:
            return self.staff_reach.get(staff_id, Reach())
        contact = self.family.contacts.get(contact_id or 0)
        if contact is None:
            # About no child nobody was looked up; a push needs no more than the phone.
            return Reach() if self.family.contacts else Reach(pushes=self.contact_pushes.get(contact_id or 0, ()))
        points = tuple(Point(point.kind, point.value, point.state) for point in contact.points)
        return Reach(points, self.contact_pushes.get(contact.id, ()), contact.prefers_voice)

    def may_be_told(self, kind: MessageKind, contact_id: int | None, pupil_ids: Collection[int], on: date) -> bool:
        """True if the contact holds the message's right for every child that it is about, on that day, and the DSL has
        not stopped messages to them about any."""
        if kind.right is None or contact_id is None:
            return True
        for pupil_id in pupil_ids:
            if (pupil_id, contact_id) in self.family.stopped:
                return False
            link = next((one for one in self.family.links.get(pupil_id, ()) if one.contact_id == contact_id), None)
            if link is None:
                return False
            if link.is_pupil:
                if kind.right not in self.own.get(link.contact_id, frozenset()):
                    return False
                continue
            held = effective_rights(link, self.family.orders, on)
            # About a missing child an order that waits to be looked at changes nothing.
            about_missing = kind.urgency is Urgency.MISSING and kind.right is Right.REPORT
            if not (held.asked if about_missing else may(held, kind.right)):
                return False
        return True

    def says_your_child(self, contact_id: int | None) -> bool:
        contact = self.family.contacts.get(contact_id or 0)
        return contact is not None and contact.child_words == "your_child"


def recipients_of(
    db: Connection, organisation_id: int, contact_ids: Collection[int], staff_ids: Collection[int],
    pupil_ids: Collection[int], on: date,
) -> Recipients:  # fmt: skip
    """Everybody whom these messages are for: four statements for contacts, one more where a pupil is written to, and
    two for each member of staff."""
    family = family_of(db, organisation_id, pupil_ids) if pupil_ids else Family({}, (), {})
    pushes = _pushes(db, _BY_CONTACT, organisation_id, contact_ids)
    links = (link for held in family.links.values() for link in held if link.contact_id in contact_ids)
    own = own_rights(db, organisation_id, links, on)
    return Recipients(family, pushes, _staff(db, organisation_id, staff_ids), own)


def _pushes(
    db: Connection, statement: Select[*tuple[Any, ...]], organisation_id: int, ids: Collection[int]
) -> dict[int, tuple[str, ...]]:
    held: dict[int, list[str]] = defaultdict(list)
    if ids:
        for person_id, endpoint in db.execute(statement, {"organisation_id": organisation_id, "ids": list(ids)}):
            if person_id is not None:
                held[person_id].append(endpoint)
    return {person_id: tuple(endpoints) for person_id, endpoints in held.items()}


def _staff(db: Connection, organisation_id: int, staff_ids: Collection[int]) -> dict[int, Reach]:
    pushes = _pushes(db, _BY_STAFF, organisation_id, staff_ids)
    reach = {}
    for staff_id in staff_ids:
        person = get_staff(db, organisation_id, staff_id)
        points = [Point(PointKind.MOBILE, person.mobile)] if person.mobile else []
        points.append(Point(PointKind.EMAIL, person.email))
        reach[staff_id] = Reach(tuple(points), pushes.get(staff_id, ()))
    return reach


def hours_of(db: Connection, organisation_id: int, school_id: int, on: date) -> Hours:
    """The school's quiet hours and the head start of a push, as of a day."""
    settings = settings_of(db, organisation_id, school_id, on)
    head_start = timedelta(minutes=settings[PUSH_HEAD_START_MINUTES])
    return Hours(settings[QUIET_FROM], settings[QUIET_TO], head_start)
