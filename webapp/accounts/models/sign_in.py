"""Tables of sign-in. Codes, counters and sessions belong to no organisation: they prove a number, not a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, Json, PublicId, within


class SignInCode(Base):
    """A six-digit code asked for in one browser. ``known`` False is a number nobody holds: same page, no text."""

    __tablename__ = "sign_in_code"
    __table_args__ = (
        Index("ix_sign_in_code_browser", "browser_hash", "created_at"),
        CheckConstraint("door IN ('parent', 'staff')", name="door"),
    )

    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    door: Mapped[str] = mapped_column(String(8))
    browser_hash: Mapped[str] = mapped_column(String(64))
    point_kind: Mapped[str] = mapped_column(String(10))
    point_value: Mapped[str] = mapped_column(String(254))
    known: Mapped[bool] = mapped_column()
    code_hash: Mapped[str] = mapped_column(String(200))
    tries_left: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Counter(Base):
    """How often something was done in a window of time; ``name`` says what and by whom (hashed)."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class Session(Base):
    """One signed-in browser. A parent's proves a contact point; ``session_contact`` says as whom it acts.

    ``passkey_id``: it began with that passkey. ``stepped_up_at``: when a code or a passkey last proved who is here.
    ``idle_minutes``: it is on a shared computer, and locks itself when nobody has touched it for so long;
    ``machine_id`` is that computer where the school has named it. While ``locked_at`` stands it opens nothing.
    """

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_token_hash", "token_hash", unique=True),
        Index("ix_session_point", "point_value"),
        Index("ix_session_machine", "staff_organisation_id", "machine_id"),
        CheckConstraint("door IN ('parent', 'staff')", name="door"),
    )

    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId(), unique=True)
    door: Mapped[str] = mapped_column(String(8))
    token_hash: Mapped[str] = mapped_column(String(64))
    point_kind: Mapped[str | None] = mapped_column(String(10))
    point_value: Mapped[str | None] = mapped_column(String(254))
    staff_organisation_id: Mapped[int | None] = mapped_column(Integer)
    staff_id: Mapped[int | None] = mapped_column(Integer)
    device_words: Mapped[str] = mapped_column(String(120), default="", server_default="")
    passkey_id: Mapped[int | None] = mapped_column(BigInteger)
    stepped_up_at: Mapped[datetime | None] = mapped_column(Instant)
    machine_id: Mapped[int | None] = mapped_column(Integer)
    idle_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    pin_tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SessionContact(Base):
    """As whom a parent's session acts: the contacts that the person said they are, one an organisation."""

    __tablename__ = "session_contact"
    __table_args__ = (within("contact_id", to="contact"), Index("ix_session_contact_session", "session_id"))

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contact_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Passkey(Base):
    """A key that a phone or computer keeps for one person; ``passkey_contact`` says for whom, or ``staff_id``.

    A parent's is for the person whom they said they were, never for a number. ``point_value`` is what they had proved
    when they made it: once that contact holds it no longer, the passkey opens nothing. ``doubted_at``: its counter
    went back, so that a copy of it may be in use.
    """

    __tablename__ = "passkey"
    __table_args__ = (
        UniqueConstraint("credential_id"),
        Index("ix_passkey_staff", "staff_organisation_id", "staff_id"),
        CheckConstraint("door IN ('parent', 'staff')", name="door"),
    )

    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId(), unique=True)
    door: Mapped[str] = mapped_column(String(8))
    credential_id: Mapped[str] = mapped_column(String(1400))
    public_key: Mapped[str] = mapped_column(String(2000))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(Json)
    device_type: Mapped[str] = mapped_column(String(20))
    backed_up: Mapped[bool] = mapped_column()
    name: Mapped[str] = mapped_column(String(60))
    point_kind: Mapped[str | None] = mapped_column(String(10))
    point_value: Mapped[str | None] = mapped_column(String(254))
    staff_organisation_id: Mapped[int | None] = mapped_column(Integer)
    staff_id: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    doubted_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class PasskeyContact(Base):
    """Whose a parent's passkey is: the contacts that the person was when they made it, one an organisation."""

    __tablename__ = "passkey_contact"
    __table_args__ = (within("contact_id", to="contact"), Index("ix_passkey_contact_passkey", "passkey_id"))

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contact_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    passkey_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class PasskeyChallenge(Base):
    """Random bytes that a passkey signs once, within minutes, in the browser that asked for them."""

    __tablename__ = "passkey_challenge"
    __table_args__ = (
        UniqueConstraint("challenge"),
        Index("ix_passkey_challenge_created_at", "created_at"),
        CheckConstraint("door IN ('parent', 'staff')", name="door"),
        CheckConstraint("purpose IN ('add', 'sign_in', 'step_up')", name="purpose"),
    )

    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    door: Mapped[str] = mapped_column(String(8))
    purpose: Mapped[str] = mapped_column(String(8))
    challenge: Mapped[str] = mapped_column(String(64))
    browser_hash: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SingleTaskLink(Base):
    """A link that does one thing for one contact, once, until it expires; only its hash is kept.

    ``purpose`` names the task ("where_is_child"), ``subjects`` the rows it is about, ``outcome`` what came of it.
    """

    __tablename__ = "single_task_link"
    __table_args__ = (
        within("school_id", to="school"),
        within("contact_id", to="contact"),
        Index("ix_single_task_link_token_hash", "token_hash"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    school_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(32))
    subjects: Mapped[list[int]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(32), default="", server_default="")


class OnSiteDevice(Base):
    """A browser that keeps the list of who is on site for when the network is down: whose, and at which school.

    The list and its key are in the browser only. ``seen_at`` is when it was last given the list; once removed, it is
    given none and deletes what it holds.
    """

    __tablename__ = "on_site_device"
    __table_args__ = (
        within("school_id", to="school"),
        within("staff_id", to="staff"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_on_site_device_public_id", "public_id"),
        Index("ix_on_site_device_staff", "organisation_id", "staff_id"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    staff_id: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(60))
    enrolled_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
