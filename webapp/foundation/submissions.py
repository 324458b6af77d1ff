"""One answer for one submission: a double tap, Back, a retry and the offline queue are the same thing.

A form carries a key made once; the key is stored with its result in the transaction of the deed.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.foundation.clock import machine_now
from webapp.foundation.db import Base
from webapp.foundation.statements import adding
from webapp.foundation.types import Instant, Json


class Submission(Base):
    """A submission that was acted on: who sent it, what it held (hashed), and what came of it."""

    __tablename__ = "submission"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    actor: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    result: Mapped[Any] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(Instant)


_FIND = select(Submission.content_hash, Submission.result).where(
    Submission.organisation_id == bindparam("organisation_id"),
    Submission.actor == bindparam("actor"),
    Submission.key == bindparam("key"),
)


class SubmissionReused(ValueError):
    """The same key came with other content; neither is acted on again."""


def _hash(content: Any) -> str:
    plain = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def key_of_words(key: str, words: str) -> str:
    """The key of what was written on a form of a talk: the same words of one form are one line, and other words that it
    sends (Back, a second thought) are another, so that none is lost."""
    return f"{key[:47]}.{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def find_result(tx: Connection, organisation_id: int, actor: str, key: str, content: Any) -> Any | None:
    """The stored result of this submission, or None if it is new. Raises SubmissionReused on other content."""
    row = tx.execute(_FIND, {"organisation_id": organisation_id, "actor": actor, "key": key}).one_or_none()
    if row is None:
        return None
    if row.content_hash != _hash(content):
        raise SubmissionReused("this form was sent before with other words; open it again to change it")
    return row.result


def keep_result(tx: Connection, organisation_id: int, actor: str, key: str, content: Any, result: Any) -> None:
    """Store what came of a submission, in the same transaction."""
    tx.execute(
        adding(Submission),
        {
            "organisation_id": organisation_id, "actor": actor, "key": key, "content_hash": _hash(content),
            "result": result, "received_at": machine_now(),
        },
    )  # fmt: skip
