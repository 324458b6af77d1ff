"""Files are rows, found by their SHA-256, in the same transaction and backup as what they belong to.

This is the only door to their bytes: moving them to object storage changes this module and nothing else. What a file
was called is kept by the row that refers to it, because the same bytes may come twice under two names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    exists,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.clock import machine_now
from webapp.foundation.db import Base, take_ids
from webapp.foundation.types import BigId, Instant


class File(Base):
    """The bytes of one file of one organisation. ``bytes`` stands last, so that the rest is read without it."""

    __tablename__ = "file"
    __table_args__ = (UniqueConstraint("organisation_id", "sha256"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigId, Identity(always=False), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    bytes: Mapped[bytes] = mapped_column(LargeBinary)


class FileMissing(LookupError):
    """The organisation holds no file of this number."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file without reading its bytes; ``size`` in bytes, ``sha256`` in hexadecimal."""

    id: int
    sha256: str
    content_type: str
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file with its bytes."""

    facts: FileFacts
    data: bytes


_KEY = ("organisation_id", "sha256")
_INSERT = {
    "sqlite": sqlite_insert(File).on_conflict_do_nothing(index_elements=_KEY),
    "postgresql": postgresql_insert(File).on_conflict_do_nothing(index_elements=_KEY),
}
_FACTS = (File.id, File.sha256, File.content_type, File.size, File.created_at)
_BY_HASH: Select[int] = select(File.id).where(
    File.organisation_id == bindparam("organisation_id"), File.sha256 == bindparam("sha256")
)
_MINE = (File.organisation_id == bindparam("organisation_id"), File.id == bindparam("id"))
_DESCRIBE = select(*_FACTS).where(*_MINE)
_READ = select(*_FACTS, File.bytes).where(*_MINE)


def digest(data: bytes) -> str:
    """The SHA-256 of ``data`` in hexadecimal; take it before the unit of work opens when the file is large."""
    return hashlib.sha256(data).hexdigest()


def put(tx: Connection, organisation_id: int, data: bytes, content_type: str, *, sha256: str | None = None) -> int:
    """Keep ``data`` and return its number; bytes that the organisation holds already keep their number and type.

    ``sha256`` is ``digest(data)``, where the caller has taken it before.
    """
    key = {"organisation_id": organisation_id, "sha256": sha256 or digest(data)}
    held = tx.execute(_BY_HASH, key).scalar_one_or_none()
    if held is not None:
        return held
    row = {**key, "content_type": content_type, "size": len(data), "created_at": machine_now(), "bytes": data}
    if tx.dialect.name == "sqlite":
        row["id"] = take_ids(tx, File)[0]
    tx.execute(_INSERT[tx.dialect.name], row)
    return tx.execute(_BY_HASH, key).scalar_one()


def get(db: Connection, organisation_id: int, file_id: int) -> StoredFile:
    """The file with its bytes. Raises FileMissing."""
    row = db.execute(_READ, {"organisation_id": organisation_id, "id": file_id}).one_or_none()
    if row is None:
        raise FileMissing(f"there is no file {file_id}")
    return StoredFile(FileFacts(row.id, row.sha256, row.content_type, row.size, row.created_at), row.bytes)


def get_facts(db: Connection, organisation_id: int, file_id: int) -> FileFacts:
    """What is known of the file, its bytes unread. Raises FileMissing."""
    row = db.execute(_DESCRIBE, {"organisation_id": organisation_id, "id": file_id}).one_or_none()
    if row is None:
        raise FileMissing(f"there is no file {file_id}")
    return FileFacts(row.id, row.sha256, row.content_type, row.size, row.created_at)


def remove_unused(tx: Connection, organisation_id: int, file_ids: Collection[int]) -> int:
    """Destroy those of the files to which no row refers any more; returns how many. Every table that may refer to a
    file says so with a foreign key."""
    unused = File.organisation_id == organisation_id, File.id.in_(file_ids)
    kept = [
        exists().where(table.c.organisation_id == organisation_id, column == File.id)
        for table in Base.metadata.tables.values()
        for column in table.c
        if any(key.column.table is File.__table__ and key.column.name == "id" for key in column.foreign_keys)
    ]
    return tx.execute(delete(File).where(*unused, *(~each for each in kept))).rowcount if file_ids else 0


def remove(tx: Connection, organisation_id: int, file_id: int) -> None:
    """Destroy a file whose time is over. Raises IntegrityError while a row still refers to it."""
    tx.execute(delete(File).where(File.organisation_id == organisation_id, File.id == file_id))
