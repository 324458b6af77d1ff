"""Tables of the post room. The message row is the truth; each delivery on a channel is its own row and states.

Instants are of the school's clock, so that pages can show them beside registers; ``due_at`` and a channel's pause are
machine time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, Json, PublicId, within

_OPEN = "state IN ('waiting', 'unknown')"


class Message(Base):
    """Something that school tells one person. ``name`` is its folder of words, ``about`` the row it speaks of.

    ``key`` makes saying it twice the same message (unique within the organisation). ``kept``: it was not to reach this
    person, so that it stands on no page of theirs.
    """

    __tablename__ = "message"
    __table_args__ = (
        within("school_id", to="school"),
        within("contact_id", to="contact"),
        within("staff_id", to="staff"),
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "key"),
        Index("ix_message_contact", "organisation_id", "contact_id", "created_at"),
        Index("ix_message_about", "organisation_id", "about_kind", "about_id"),
        CheckConstraint("(contact_id IS NULL) <> (staff_id IS NULL)", name="one_person"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    key: Mapped[str] = mapped_column(String(120))
    school_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int | None] = mapped_column(Integer)
    staff_id: Mapped[int | None] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(40))
    urgency: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(12))
    about_kind: Mapped[str] = mapped_column(String(24))
    about_id: Mapped[int | None] = mapped_column(BigId)
    words: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
    deadline: Mapped[datetime | None] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    kept: Mapped[bool] = mapped_column(default=False, server_default="0")


class MessagePupil(Base):
    """A child that a message is about: for the child's timeline, and to ask once more about rights before it goes."""

    __tablename__ = "message_pupil"
    __table_args__ = (
        within("message_id", to="message"),
        within("pupil_id", to="pupil"),
        Index("ix_message_pupil_message", "organisation_id", "message_id"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pupil_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    message_id: Mapped[int] = mapped_column(BigId, primary_key=True)


class Delivery(Base):
    """One message on one channel. ``address`` is where it goes; ``body`` the text as sent.

    ``state`` is one of ``notifications.rules.delivery_states``. ``due_at`` is when it may first go; ``unless_seen``:
    only if there is no sign of the push by then. ``tries`` counts the attempts whose outcome was written down,
    ``repeats`` those that may have sent the same again.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        within("message_id", to="message"),
        within("school_id", to="school"),
        UniqueConstraint("organisation_id", "message_id", "channel", "address"),
        Index("ix_delivery_provider_id", "provider", "provider_id"),
        Index("ix_delivery_token", "token"),
        Index("ix_delivery_address", "address", "created_at"),
        Index(
            "ix_delivery_open", "organisation_id", "school_id", "due_at",
            sqlite_where=text(_OPEN), postgresql_where=text(_OPEN),
        ),
        CheckConstraint("channel IN ('sms', 'push', 'email')", name="channel"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    message_id: Mapped[int] = mapped_column(BigId)
    school_id: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(200), default="", server_default="")
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    segments: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    state: Mapped[str] = mapped_column(String(10))
    provider: Mapped[str] = mapped_column(String(16), default="", server_default="")
    provider_id: Mapped[str | None] = mapped_column(String(80))
    token: Mapped[str] = mapped_column(String(40))
    error_code: Mapped[str] = mapped_column(String(16), default="", server_default="")
    error_words: Mapped[str] = mapped_column(String(200), default="", server_default="")
    unless_seen: Mapped[bool] = mapped_column(default=False, server_default="0")
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    repeats: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)


# Written out, not bound: neither engine can prove a partial index from a parameter.
IS_OPEN: ColumnElement[bool] = literal_column(f"delivery.{_OPEN}")


class ChannelPause(Base):
    """A channel of the whole service on which nothing goes out: its account, key or sender was refused.

    ``until`` is when the next delivery tries again; the row goes when one gets through.
    """

    __tablename__ = "channel_pause"

    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    error_code: Mapped[str] = mapped_column(String(16), default="", server_default="")
    words: Mapped[str] = mapped_column(String(200), default="", server_default="")


class ProviderEvent(Base):
    """What a provider told us, kept once by its own key, whatever order and however often it comes."""

    __tablename__ = "provider_event"
    __table_args__ = (
        UniqueConstraint("organisation_id", "provider", "event_key"),
        within("delivery_id", to="delivery"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    event_key: Mapped[str] = mapped_column(String(120))
    delivery_id: Mapped[int] = mapped_column(BigId)
    status: Mapped[str] = mapped_column(String(24))
    error_code: Mapped[str] = mapped_column(String(16), default="", server_default="")
    received_at: Mapped[datetime] = mapped_column(Instant)


class PushSubscription(Base):
    """A phone or browser of one contact that takes pushes; ``state`` is live or gone."""

    __tablename__ = "push_subscription"
    __table_args__ = (
        within("contact_id", to="contact"),
        within("staff_id", to="staff"),
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "endpoint"),
        Index("ix_push_subscription_contact", "organisation_id", "contact_id", "state"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    contact_id: Mapped[int | None] = mapped_column(Integer)
    staff_id: Mapped[int | None] = mapped_column(Integer)
    endpoint: Mapped[str] = mapped_column(String(500))
    p256dh: Mapped[str] = mapped_column(String(120))
    auth: Mapped[str] = mapped_column(String(40))
    device_words: Mapped[str] = mapped_column(String(120), default="", server_default="")
    state: Mapped[str] = mapped_column(String(8), default="live", server_default="live")
    created_at: Mapped[datetime] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    gone_at: Mapped[datetime | None] = mapped_column(Instant)


class InboundMessage(Base):
    """A text that came in. The words are kept as they came; ``suggestion`` is what the reader of replies made of them.

    ``state``: new, settled. Several children may fit one number: ``candidates`` lists their enrolments.
    """

    __tablename__ = "inbound_message"
    __table_args__ = (
        within("school_id", to="school"),
        within("contact_id", to="contact"),
        within("enrolment_id", to="enrolment"),
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "provider", "provider_id"),
        Index("ix_inbound_message_inbox", "organisation_id", "school_id", "state", "received_at"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    provider: Mapped[str] = mapped_column(String(16))
    provider_id: Mapped[str] = mapped_column(String(80))
    sender: Mapped[str] = mapped_column(String(254))
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
    school_id: Mapped[int | None] = mapped_column(Integer)
    contact_id: Mapped[int | None] = mapped_column(Integer)
    enrolment_id: Mapped[int | None] = mapped_column(Integer)
    answers_message_id: Mapped[int | None] = mapped_column(BigId)
    candidates: Mapped[Any] = mapped_column(Json)
    reading: Mapped[str] = mapped_column(String(24), default="", server_default="")
    suggestion: Mapped[Any] = mapped_column(Json)
    danger: Mapped[bool] = mapped_column(default=False, server_default="0")
    state: Mapped[str] = mapped_column(String(8), default="new", server_default="new")
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
