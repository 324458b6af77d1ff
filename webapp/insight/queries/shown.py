"""What one contact was shown and told about one pupil, and when; for those who may read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from notifications.models import Delivery, Message, MessagePupil
from notifications.queries.parents import push_text
from webapp.foundation.trail import TrailEntry
from webapp.foundation.types import Instant
from webapp.insight.models import ShownPage
from webapp.insight.rules.shown import digest_of_facts
from webapp.people.models import Contact, PupilContact


@dataclass(frozen=True, slots=True)
class ContactRow:
    """Somebody who is, or was, a contact of the pupil."""

    id: int
    public_id: str
    name: str
    relationship: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing of the list. ``kind``: page (``what`` names it), message (``what`` is its words), deed (its name).

    ``ways`` of a message are (channel, state, instant, text as sent).
    """

    at: datetime
    kind: str
    what: str
    read_at: datetime | None = None
    ways: tuple[tuple[str, str, datetime | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What a page said from ``at`` on. ``is_proven``: it is what was kept then, and an entry of the trail says so."""

    page: str
    at: datetime
    version: str
    facts: Mapping[str, Any]
    about_pupil: bool
    is_proven: bool


_ORGANISATION: Any = bindparam("organisation_id")
_BEFORE: Any = bindparam("before", type_=Instant())
_CONTACTS = (
    select(
        Contact.id, Contact.public_id, func.trim(Contact.first_name + " " + Contact.last_name),
        PupilContact.relationship,
    )
    .join(
        PupilContact,
        and_(PupilContact.organisation_id == Contact.organisation_id, PupilContact.contact_id == Contact.id),
    )
    .where(Contact.organisation_id == _ORGANISATION, PupilContact.pupil_id == bindparam("pupil_id"))
    .order_by(PupilContact.priority, Contact.id)
)  # fmt: skip
_ABOUT = and_(
    ShownPage.organisation_id == _ORGANISATION, ShownPage.contact_id == bindparam("contact_id"),
    or_(ShownPage.pupil_id == bindparam("pupil_id"), ShownPage.pupil_id.is_(None)),
)  # fmt: skip
_PAGES = (
    select(ShownPage.at, ShownPage.page).where(_ABOUT, ShownPage.at < _BEFORE)
    .order_by(ShownPage.at.desc(), ShownPage.id.desc()).limit(bindparam("limit"))
)  # fmt: skip
_MESSAGES = (
    select(Message.id, Message.created_at, Message.read_at, Message.words)
    .join(
        MessagePupil,
        and_(MessagePupil.organisation_id == Message.organisation_id, MessagePupil.message_id == Message.id),
    )
    .where(
        Message.organisation_id == _ORGANISATION, Message.contact_id == bindparam("contact_id"),
        MessagePupil.pupil_id == bindparam("pupil_id"), Message.created_at < _BEFORE,
    )
    .order_by(Message.created_at.desc(), Message.id.desc()).limit(bindparam("limit"))
)  # fmt: skip
_DELIVERIES = (
    select(
        Delivery.message_id, Delivery.channel, Delivery.state, Delivery.body, Delivery.sent_at, Delivery.delivered_at,
        Delivery.failed_at,
    )
    .where(
        Delivery.organisation_id == _ORGANISATION, Delivery.message_id.in_(bindparam("messages", expanding=True))
    )
    .order_by(Delivery.id)
)  # fmt: skip
_DEEDS = (
    select(TrailEntry.at, TrailEntry.action)
    .where(
        TrailEntry.organisation_id == _ORGANISATION, TrailEntry.actor_kind == "contact",
        TrailEntry.actor_id == bindparam("contact_id"), TrailEntry.pupil_id == bindparam("pupil_id"),
        TrailEntry.action.in_(bindparam("deeds", expanding=True)), TrailEntry.at < _BEFORE,
    )
    .order_by(TrailEntry.at.desc(), TrailEntry.id.desc()).limit(bindparam("limit"))
)  # fmt: skip
_NEWEST = (
    select(func.max(ShownPage.id)).where(_ABOUT, ShownPage.at <= bindparam("at", type_=Instant()))
    .group_by(ShownPage.pupil_id, ShownPage.page)
)  # fmt: skip
_DRAWN = (
    select(
        ShownPage.id, ShownPage.page, ShownPage.at, ShownPage.version, ShownPage.facts, ShownPage.digest,
        ShownPage.pupil_id,
    )
    .where(ShownPage.organisation_id == _ORGANISATION, ShownPage.id.in_(_NEWEST))
    .order_by(ShownPage.at.desc(), ShownPage.id.desc())
)  # fmt: skip
_PROOFS = select(TrailEntry.subject_id, TrailEntry.detail).where(
    TrailEntry.organisation_id == _ORGANISATION, TrailEntry.subject_kind == "shown_page",
    TrailEntry.subject_id.in_(bindparam("pages", expanding=True)), TrailEntry.action == "was_shown",
)  # fmt: skip


def contacts_ever(db: Connection, organisation_id: int, pupil_id: int) -> Sequence[ContactRow]:
    """Everybody who is or was a contact of the pupil, in the order to be rung."""
    keys = {"organisation_id": organisation_id, "pupil_id": pupil_id}
    return [ContactRow(*row) for row in db.execute(_CONTACTS, keys)]


def told_about(
    db: Connection, organisation_id: int, contact_id: int, pupil_id: int, deeds: Collection[str], before: datetime,
    limit: int,
) -> list[Happened]:  # fmt: skip
    """Pages as they changed, messages with the text that went out, and what the contact did; newest first.

    At most ``limit``, in four statements. A message that reached nobody is among them, with what kept it. ``deeds``
    are those that the reader may know of.
    """
    known = sorted(set(deeds) - {"was_shown"})
    keys = {"organisation_id": organisation_id, "contact_id": contact_id, "pupil_id": pupil_id, "before": before,
            "limit": limit, "deeds": known}  # fmt: skip
    found = [Happened(row.at, "page", row.page) for row in db.execute(_PAGES, keys)]
    found += [Happened(row.at, "deed", row.action) for row in db.execute(_DEEDS, keys)]
    messages = db.execute(_MESSAGES, keys).all()
    ways: dict[int, list[tuple[str, str, datetime | None, str]]] = {row.id: [] for row in messages}
    if messages:
        for row in db.execute(_DELIVERIES, {"organisation_id": organisation_id, "messages": sorted(ways)}):
            body = push_text(row.body) if row.channel == "push" else row.body
            done_at = row.delivered_at or row.failed_at or row.sent_at
            ways[row.message_id].append((row.channel, row.state, done_at, body))
    for row in messages:
        those = tuple(ways[row.id])
        words = str(row.words.get("body") or next((body for *_, body in those), ""))
        found.append(Happened(row.created_at, "message", words, row.read_at, those))
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def pages_at(db: Connection, organisation_id: int, contact_id: int, pupil_id: int, at: datetime) -> list[Page]:
    """Each page as it last stood for the contact at that instant of the school's clock, the newest first.

    Two statements. A page about no child is among them.
    """
    keys = {"organisation_id": organisation_id, "contact_id": contact_id, "pupil_id": pupil_id, "at": at}
    rows = db.execute(_DRAWN, keys).all()
    if not rows:
        return []
    proofs = _proofs(db, organisation_id, [row.id for row in rows])
    return [
        Page(
            row.page, row.at, row.version, row.facts, row.pupil_id is not None,
            proofs.get(row.id) == row.digest == digest_of_facts(row.facts),
        )
        for row in rows
    ]  # fmt: skip


def _proofs(db: Connection, organisation_id: int, pages: Collection[int]) -> dict[int, str]:
    keys = {"organisation_id": organisation_id, "pages": sorted(pages)}
    return {row.subject_id: str(row.detail.get("digest", "")) for row in db.execute(_PROOFS, keys)}
