"""The adults: contacts, the numbers and addresses that reach them, and each one's rights for each child."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.db import Base
from webapp.foundation.types import Instant, PublicId, within


class Contact(Base):
    """An adult known to the organisation, or a pupil as themselves (``PupilContact.is_pupil``). ``child_words`` is
    "name" or "your_child" (what texts may call the child). ``parents_see``: a pupil's own word, from eighteen.
    ``opened_at``: when they first signed in, None for who never did."""

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("organisation_id", "public_id"),
        UniqueConstraint("organisation_id", "reference"),
        CheckConstraint("child_words IN ('name', 'your_child')", name="child_words"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId())
    reference: Mapped[str | None] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(20), default="", server_default="")
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(12), default="en", server_default="en")
    needs_interpreter: Mapped[bool] = mapped_column(default=False, server_default="0")
    child_words: Mapped[str] = mapped_column(String(12), default="name", server_default="name")
    prefers_voice: Mapped[bool] = mapped_column(default=False, server_default="0")
    address_confidential: Mapped[bool] = mapped_column(default=False, server_default="0")
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    parents_see: Mapped[str] = mapped_column(String(12), default="", server_default="")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class ContactPoint(Base):
    """A mobile, landline or e-mail of a contact, normalised (E.164, or lower-case address).

    ``state`` is usable, bad (a provider or a person said so) or opted_out. Sign-in proves a point, not a person.
    """

    __tablename__ = "contact_point"
    __table_args__ = (
        within("contact_id", to="contact"),
        UniqueConstraint("organisation_id", "contact_id", "value"),
        Index("ix_contact_point_value", "value"),
        CheckConstraint("kind IN ('mobile', 'landline', 'email')", name="kind"),
        CheckConstraint("state IN ('usable', 'bad', 'opted_out')", name="state"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    contact_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(254))
    priority: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    state: Mapped[str] = mapped_column(String(10), default="usable", server_default="usable")
    state_reason: Mapped[str] = mapped_column(String(120), default="", server_default="")
    state_changed_at: Mapped[datetime | None] = mapped_column(Instant)


class PupilContact(Base):
    """What one contact is to one child, and what they may do; a column of rights that is not set is a no.

    ``changed_*`` say who last changed it by hand, when and why; empty while it is as it was brought in. ``is_pupil``:
    the contact is the pupil; its columns of rights are no, and ``people.rules.own_voice`` says what holds.
    """

    __tablename__ = "pupil_contact"
    __table_args__ = (
        within("pupil_id", to="pupil"),
        within("contact_id", to="contact"),
        Index("ix_pupil_contact_contact", "organisation_id", "contact_id"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pupil_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contact_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    relationship: Mapped[str] = mapped_column(String(40))
    priority: Mapped[int] = mapped_column(SmallInteger)
    is_parent: Mapped[bool] = mapped_column(default=False, server_default="0")
    parental_responsibility: Mapped[bool] = mapped_column(default=False, server_default="0")
    lives_with: Mapped[bool] = mapped_column(default=False, server_default="0")
    may_view_attendance: Mapped[bool] = mapped_column(default=False, server_default="0")
    may_view_plans: Mapped[bool] = mapped_column(default=False, server_default="0")
    may_view_messages: Mapped[bool] = mapped_column(default=False, server_default="0")
    may_report: Mapped[bool] = mapped_column(default=False, server_default="0")
    may_request_leave: Mapped[bool] = mapped_column(default=False, server_default="0")
    may_collect: Mapped[bool] = mapped_column(default=False, server_default="0")
    do_not_contact: Mapped[bool] = mapped_column(default=False, server_default="0")
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    changed_why: Mapped[str] = mapped_column(String(500), default="", server_default="")
    is_pupil: Mapped[bool] = mapped_column(default=False, server_default="0")


class CourtOrder(Base):
    """An order that limits one contact for one child. Past ``review_on`` its limits stay and nothing new is shown until
    a person looks; ``reviewer_id`` is the member of staff whose turn it is, None for whoever leads safeguarding.

    ``denies`` is a comma-separated list of the rights it takes away (view, report, leave, collect, contact).
    """

    __tablename__ = "court_order"
    __table_args__ = (
        within("pupil_id", to="pupil"),
        within("contact_id", to="contact"),
        Index("ix_court_order_pupil", "organisation_id", "pupil_id", "contact_id"),
    )

    organisation_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[int] = mapped_column(Integer, Identity(always=False), primary_key=True)
    pupil_id: Mapped[int] = mapped_column(Integer)
    contact_id: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(60))
    denies: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    review_on: Mapped[date | None] = mapped_column(Date)
    document_reference: Mapped[str] = mapped_column(String(120), default="", server_default="")
    verified_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    reviewer_id: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
