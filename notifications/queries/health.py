"""Whether messages are going out, for the board: "Texts are not going out since 09:03. 7 families have not been told."
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, case, exists, func, select

from notifications.models import IS_OPEN, ChannelPause, Delivery, Message
from webapp.foundation.clock import machine_now, school_offset

PATIENCE = timedelta(minutes=2)
"""How long a delivery may be due before the board says that they are not going out."""


@dataclass(frozen=True, slots=True)
class Health:
    """``since`` (school time) is from when on texts are not going out, None while they are; ``families`` are the things
    (cases, reports) of which nobody has been told; ``words`` say why, where that is known."""

    since: datetime | None
    families: int
    words: str

    @property
    def is_well(self) -> bool:
        return self.since is None


_told = Delivery.__table__.alias("told")
_same = Message.__table__.alias("same")
_TOLD = exists().where(
    _same.c.organisation_id == Message.organisation_id,
    _same.c.about_kind == Message.about_kind,
    _same.c.about_id == Message.about_id,
    _told.c.organisation_id == _same.c.organisation_id,
    _told.c.message_id == _same.c.id,
    _told.c.channel != "push",
    _told.c.state.in_(("sent", "delivered")),
)
_late = (
    select(func.min(Delivery.due_at).label("oldest"))
    .join(Message, and_(Message.organisation_id == Delivery.organisation_id, Message.id == Delivery.message_id))
    .where(
        Delivery.organisation_id == bindparam("organisation_id"),
        Delivery.school_id == bindparam("school_id"),
        IS_OPEN,
        Delivery.due_at < bindparam("late", type_=Delivery.due_at.type),
        Delivery.channel != "push",
        Message.contact_id.is_not(None),
        Message.urgency != "code",
        ~_TOLD,
    )
    .group_by(Message.about_kind, Message.about_id, case((Message.about_id.is_(None), Message.id)))
    .subquery("late")
)
_HEALTH = select(
    func.min(_late.c.oldest).label("oldest"),
    func.count().label("families"),
    select(ChannelPause.since).where(ChannelPause.channel == "sms").scalar_subquery().label("since"),
    select(ChannelPause.words).where(ChannelPause.channel == "sms").scalar_subquery().label("words"),
).select_from(_late)


def health(db: Connection, organisation_id: int, school_id: int) -> Health:
    """How texts stand at one school, in one statement: by the oldest that is due and by a stopped channel."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "late": machine_now() - PATIENCE}
    row = db.execute(_HEALTH, keys).one()
    started = [at for at in (row.oldest, row.since) if at is not None]
    since = min(started) + school_offset() if started else None
    return Health(since, row.families, row.words or "")
