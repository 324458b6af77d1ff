"""Single sign-on: whose accounts an organisation trusts, which account is whose, and round trips under way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, Json, within


class IdentityProvider(Base):
    """The provider that signs an organisation's staff in; one each. ``client_secret`` is encrypted.

    ``tenant``: the directory that an Entra account, or the domain that a Google account, has to belong to. Until
    ``tried_at`` it is offered to nobody: somebody has to have come back from it once.
    """

    __tablename__ = "identity_provider"
    __table_args__ = (
        CheckConstraint("kind IN ('entra', 'google', 'other')", name="kind"),
        CheckConstraint("second_check IN ('ours', 'when_said', 'always')", name="second_check"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(40))
    issuer: Mapped[str] = mapped_column(String(300))
    tenant: Mapped[str] = mapped_column(String(100), default="", server_default="")
    client_id: Mapped[str] = mapped_column(String(300))
    client_secret: Mapped[str] = mapped_column(String(2000))
    domains: Mapped[list[str]] = mapped_column(Json)
    second_check: Mapped[str] = mapped_column(String(12))
    saved_at: Mapped[datetime] = mapped_column(Instant)
    saved_by: Mapped[str] = mapped_column(String(200))
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class StaffIdentity(Base):
    """The account at the provider with which a member of staff signs in: (issuer, subject), never an address."""

    __tablename__ = "staff_identity"
    __table_args__ = (within("staff_id", to="staff"), UniqueConstraint("organisation_id", "issuer", "subject"))

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime] = mapped_column(Instant)


class ProviderTrip(Base):
    """A round trip to the provider: begun in one browser, ended once. ``sealed`` holds what only we know of it.

    ``purpose`` says what comes of it: a sign-in, an account connected by invitation (``link_hash``) or by somebody
    signed in (``session_id``), or a trial of the settings.
    """

    __tablename__ = "provider_trip"
    __table_args__ = (
        UniqueConstraint("organisation_id", "state_hash"),
        Index("ix_provider_trip_created_at", "created_at"),
        CheckConstraint("purpose IN ('enter', 'invited', 'connect', 'try')", name="purpose"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    state_hash: Mapped[str] = mapped_column(String(64))
    browser_hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str] = mapped_column(String(1000))
    issuer: Mapped[str] = mapped_column(String(300))
    client_id: Mapped[str] = mapped_column(String(300))
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    link_hash: Mapped[str | None] = mapped_column(String(64))
    next_path: Mapped[str] = mapped_column(String(500), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
