"""One entry of the trail, and the writing of it in the transaction of its deed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, ForeignKey, Identity, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.clock import machine_now
from webapp.foundation.db import Base, take_ids
from webapp.foundation.statements import adding
from webapp.foundation.trail.digests import digest_of, new_salt, personal_digest
from webapp.foundation.types import BigId, Instant, Json


class ActorKind(StrEnum):
    """Whose hand it was."""

    STAFF = "staff"
    CONTACT = "contact"
    PUPIL = "pupil"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``name`` and ``position`` are kept as they were on the day (register regs 6-7, domain §7.3)."""

    kind: ActorKind
    id: int | None
    name: str
    position: str = ""


FIRSTBELL = Actor(ActorKind.SYSTEM, None, "Firstbell")


ERASURE = "erased_trail_entries"
ERASED: dict[str, Any] = {
    "actor_id": None, "actor_name": "erased", "actor_position": "", "subject_id": None, "pupil_id": None, "detail": {},
}  # fmt: skip
"""What an entry says of people once that is erased."""

_BRIN = {"pages_per_range": 16, "autosummarize": True}


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class TrailEntry(Base):
    """One deed. ``detail`` holds ids and plain values, never free text that a role may not see.

    ``digest`` covers what stays and, through ``salt``, what is personal (``digests``). Once that is erased the salt is
    gone, and ``erased_digest`` stands for it, so that the chain of the seals still holds. An older version of the
    service writes no digest: the sealing gives such an entry its own.
    """

    __tablename__ = "trail_entry"
    __table_args__ = (
        Index("ix_trail_entry_pupil", "organisation_id", "pupil_id", "at"),
        Index("ix_trail_entry_subject", "organisation_id", "subject_kind", "subject_id", "at"),
        # For those who search it, by key and newest first: everything, a school's, somebody's, of one deed.
        Index("ix_trail_entry_organisation", "organisation_id", "at"),
        Index("ix_trail_entry_school", "organisation_id", "school_id", "at"),
        Index("ix_trail_entry_actor", "organisation_id", "actor_kind", "actor_id", "at"),
        Index("ix_trail_entry_action", "organisation_id", "action", "at"),
        # For the sealing, which asks for what is new; rows come in this order, so that a few summaries do.
        Index("ix_trail_entry_at", "at", postgresql_using="brin", postgresql_with=_BRIN),
        Index("ix_trail_entry_bare", "id", **_where("digest IS NULL")),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    school_id: Mapped[int | None] = mapped_column(Integer)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(200))
    actor_position: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(BigId)
    pupil_id: Mapped[int | None] = mapped_column(Integer)
    detail: Mapped[Any] = mapped_column(Json)
    salt: Mapped[str | None] = mapped_column(String(32))
    digest: Mapped[str | None] = mapped_column(String(64))
    erased_digest: Mapped[str | None] = mapped_column(String(64))
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry to be written: ``action`` is a verb in the past ("confirmed_code"), ``subject_kind`` a table's name."""

    action: str
    subject_kind: str
    subject_id: int | None = None
    school_id: int | None = None
    pupil_id: int | None = None
    detail: dict[str, Any] | None = None


def write(tx: Connection, organisation_id: int, actor: Actor, *deeds: Deed) -> None:
    """Append the deeds to the trail, in one statement."""
    write_all(tx, [(organisation_id, actor, deed) for deed in deeds])


def write_all(tx: Connection, entries: Sequence[tuple[int, Actor, Deed]]) -> None:
    """Append deeds of several people and organisations, (organisation, actor, deed), in one statement."""
    if not entries:
        return
    at = machine_now()
    ids = take_ids(tx, TrailEntry, len(entries)) if tx.dialect.name == "sqlite" else [None] * len(entries)
    rows = []
    for number, (organisation_id, actor, deed) in zip(ids, entries, strict=True):
        row = {
            "organisation_id": organisation_id, "at": at, "school_id": deed.school_id,
            "actor_kind": actor.kind.value, "actor_id": actor.id, "actor_name": actor.name,
            "actor_position": actor.position, "action": deed.action, "subject_kind": deed.subject_kind,
            "subject_id": deed.subject_id, "pupil_id": deed.pupil_id, "detail": deed.detail or {},
        }  # fmt: skip
        salt = new_salt()
        row |= {"salt": salt, "digest": digest_of(personal_digest(salt, row), row)}
        rows.append(row if number is None else {**row, "id": number})
    tx.execute(adding(TrailEntry), rows)
