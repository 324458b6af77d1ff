"""Texts that came in and that nobody has settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from notifications.models import InboundMessage
from notifications.rules.holding import PASSED, TOOK
from webapp.foundation.trail import TrailEntry
from webapp.foundation.types import Instant
from webapp.people.models import Contact, Enrolment, Pupil
from webapp.people.rules.contact_points import national

HANDLED_DANGER = "handled_danger"
"""The deed of the trail that says that somebody has dealt with a text's words of danger."""
HIDDEN = "For the safeguarding lead"
"""What stands for the words of danger before those who need not know them."""


@dataclass(frozen=True, slots=True)
class TextIn:
    """A text. ``suggestion`` is what the reader of replies made of it; ``candidates`` enrolments that its number fits;
    the pupil's fields are empty where it is not known which child it is about. ``handled_by``: who was first to write
    down what was done about words of danger, ``handled_at`` when, by the machine's clock. ``settled_at``: done with.
    ``held_…``: the newest deed that says in whose hands it is (taken, or passed on from a school), machine time.
    ``hidden``: words of danger, before a reader who need not know them; then it names nobody either."""

    id: int
    public_id: str
    sender: str
    body: str
    received_at: datetime
    contact_id: int | None
    contact_name: str
    enrolment_id: int | None
    pupil_public_id: str
    pupil_name: str
    reading: str
    suggestion: Any
    candidates: Any
    danger: bool
    pupil_id: int | None
    handled_by: str | None
    handled_at: datetime | None
    settled_by: str
    settled_at: datetime | None
    held_deed: int | None
    held_action: str | None
    held_by: str | None
    held_at: datetime | None
    held_school_id: int | None
    hidden: bool = False

    def is_taken_at_another_than(self, school_id: int) -> bool:
        """Somebody of another school deals with it."""
        return self.held_action == TOOK and self.held_school_id != school_id

    @property
    def must_be_handled(self) -> bool:
        """Words of danger about a child, and nobody has written down what was done about them."""
        return self.danger and bool(self.pupil_public_id) and not self.handled_by


def _same(left: Any, right: Any, mine: str, theirs: str) -> Any:
    return and_(left.organisation_id == right.organisation_id, getattr(left, mine) == getattr(right, theirs))


_deed = aliased(TrailEntry)
_HANDLED = (
    select(func.min(_deed.id))
    .where(
        _deed.organisation_id == InboundMessage.organisation_id, _deed.subject_kind == "inbound_message",
        _deed.subject_id == InboundMessage.id, _deed.action == HANDLED_DANGER,
    )
    .correlate(InboundMessage)
    .scalar_subquery()
)  # fmt: skip
_held, _holding = aliased(TrailEntry), aliased(TrailEntry)
_HELD = (
    select(func.max(_held.id))
    .where(
        _held.organisation_id == InboundMessage.organisation_id, _held.subject_kind == "inbound_message",
        _held.subject_id == InboundMessage.id, _held.action.in_((TOOK, PASSED)),
    )
    .correlate(InboundMessage)
    .scalar_subquery()
)  # fmt: skip
_TEXTS: Select[*tuple[Any, ...]] = (
    select(
        InboundMessage.id, InboundMessage.public_id, InboundMessage.sender, InboundMessage.body,
        InboundMessage.received_at, InboundMessage.contact_id,
        func.coalesce(Contact.first_name + " " + Contact.last_name, "").label("contact_name"),
        InboundMessage.enrolment_id, func.coalesce(Pupil.public_id, "").label("pupil_public_id"),
        func.coalesce(Pupil.first_name + " " + Pupil.last_name, "").label("pupil_name"), InboundMessage.reading,
        InboundMessage.suggestion, InboundMessage.candidates, InboundMessage.danger, Pupil.id.label("pupil_id"),
        TrailEntry.actor_name.label("handled_by"),
        TrailEntry.at.label("handled_at"), InboundMessage.settled_by, InboundMessage.settled_at,
        _holding.id.label("held_deed"), _holding.action.label("held_action"), _holding.actor_name.label("held_by"),
        _holding.at.label("held_at"), _holding.school_id.label("held_school_id"),
    )
    .outerjoin(Contact, _same(Contact, InboundMessage, "id", "contact_id"))
    .outerjoin(Enrolment, _same(Enrolment, InboundMessage, "id", "enrolment_id"))
    .outerjoin(Pupil, _same(Pupil, Enrolment, "id", "pupil_id"))
    .outerjoin(
        TrailEntry,
        and_(
            TrailEntry.organisation_id == InboundMessage.organisation_id, InboundMessage.danger,
            TrailEntry.id == _HANDLED,
        ),
    )
    .outerjoin(_holding, and_(_holding.organisation_id == InboundMessage.organisation_id, _holding.id == _HELD))
    .where(
        InboundMessage.organisation_id == bindparam("organisation_id"),
        # A text whose school is not known stands in the inbox of each, for the first who settles it.
        or_(InboundMessage.school_id == bindparam("school_id"), InboundMessage.school_id.is_(None)),
    )
)  # fmt: skip
_NEW = (
    _TEXTS.where(InboundMessage.state == "new")
    .order_by(InboundMessage.danger.desc(), InboundMessage.received_at, InboundMessage.id)
    .limit(200)
)
_DANGER_SETTLED = (
    _TEXTS.where(
        InboundMessage.state == "settled", InboundMessage.danger,
        InboundMessage.received_at >= bindparam("since", type_=Instant()),
    )
    .order_by(InboundMessage.settled_at.desc(), InboundMessage.id)
    .limit(50)
)  # fmt: skip
_ONE = _TEXTS.where(InboundMessage.public_id == bindparam("public_id"))


def texts_inbox(db: Connection, organisation_id: int, school_id: int, *, sees_danger: bool) -> Sequence[TextIn]:
    """Texts that wait: danger first, then the oldest; at most 200."""
    keys = {"organisation_id": organisation_id, "school_id": school_id}
    return [_shown(TextIn(*row), sees_danger) for row in db.execute(_NEW, keys)]


def danger_settled(db: Connection, organisation_id: int, school_id: int, since: datetime) -> Sequence[TextIn]:
    """Texts with words of danger that came in since and are done with, for those who may read them; at most 50."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "since": since}
    return [_shown(TextIn(*row), True) for row in db.execute(_DANGER_SETTLED, keys)]


def find_text_in(
    db: Connection, organisation_id: int, school_id: int, public_id: str, *, sees_danger: bool
) -> TextIn | None:
    """One text of the school, settled or not."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "public_id": public_id}
    row = db.execute(_ONE, keys).one_or_none()
    return _shown(TextIn(*row), sees_danger) if row else None


def _shown(found: TextIn, sees_danger: bool) -> TextIn:
    sender = national(found.sender) if found.sender.startswith("+") else found.sender
    if not found.danger or sees_danger:
        return replace(found, sender=sender)
    return replace(
        found, sender="", body=HIDDEN, contact_id=None, contact_name="", enrolment_id=None, pupil_public_id="",
        pupil_id=None, handled_by=None, handled_at=None, pupil_name="", reading="", suggestion={},
        candidates=[], hidden=True,
    )  # fmt: skip
