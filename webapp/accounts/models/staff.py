"""How staff prove who they are: passwords, second checks, links by e-mail, and a sign-in under way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import BigId, Instant, PublicId, within


class StaffLogin(Base):
    """How a member of staff proves who they are: a password (hashed) and a second factor (its secret encrypted).

    ``totp_step`` is the last half-minute whose code was used: none works twice. ``pin_hash`` is hashed and encrypted:
    six digits alone are too few to be kept as a password is.
    """

    __tablename__ = "staff_login"
    __table_args__ = (within("staff_id", to="staff"),)

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_set_at: Mapped[datetime | None] = mapped_column(Instant)
    totp_secret: Mapped[str | None] = mapped_column(String(400))
    totp_since: Mapped[datetime | None] = mapped_column(Instant)
    totp_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    pin_hash: Mapped[str | None] = mapped_column(String(400))


class StaffLink(Base):
    """A link by e-mail with which a member of staff sets a password, once; only its hash is kept."""

    __tablename__ = "staff_link"
    __table_args__ = (
        within("staff_id", to="staff"),
        Index("ix_staff_link_token_hash", "token_hash"),
        Index("ix_staff_link_staff", "organisation_id", "staff_id"),
        CheckConstraint("purpose IN ('invitation', 'password')", name="purpose"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class StaffEntry(Base):
    """A sign-in under way: the first proof was given, the second is still to come. It opens no page of the school.

    ``new_secret`` is the second factor that is being set up (encrypted). Two rows with one token are two posts of one
    person, to choose from. ``second_done``: the provider that signed them in made the second check too. ``shared``: the
    person said that others use the computer too.
    """

    __tablename__ = "staff_entry"
    __table_args__ = (within("staff_id", to="staff"), Index("ix_staff_entry_token_hash", "token_hash"))

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer)
    token_hash: Mapped[str] = mapped_column(String(64))
    way: Mapped[str] = mapped_column(String(12))
    new_secret: Mapped[str] = mapped_column(String(400))
    second_done: Mapped[bool] = mapped_column(default=False, server_default="0")
    shared: Mapped[bool] = mapped_column(default=False, server_default="0")
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class RecoveryCode(Base):
    """One of ten codes for when the second factor is lost. ``selector`` finds it, ``code_hash`` proves it."""

    __tablename__ = "recovery_code"
    __table_args__ = (
        within("staff_id", to="staff"),
        Index("ix_recovery_code_staff", "organisation_id", "staff_id"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    staff_id: Mapped[int] = mapped_column(Integer)
    selector: Mapped[str] = mapped_column(String(8))
    code_hash: Mapped[str] = mapped_column(String(200))
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SharedMachine(Base):
    """A computer that several people use, which the school has named; its browser holds the token.

    Only there do names stand on a page that nobody has signed in to.
    """

    __tablename__ = "shared_machine"
    __table_args__ = (
        within("school_id", to="school"),
        UniqueConstraint("organisation_id", "public_id"),
        Index("ix_shared_machine_token_hash", "token_hash"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    school_id: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[str] = mapped_column(String(64))
    named_by: Mapped[str] = mapped_column(String(200))
    named_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)


class KeptForm(Base):
    """What stood half written on a page when its shared computer locked itself, encrypted, for the same person alone.

    One a session; it goes when it is given back, and with the session.
    """

    __tablename__ = "kept_form"
    __table_args__ = (Index("ix_kept_form_session", "session_id"),)

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(Instant)
