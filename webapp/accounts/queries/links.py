"""What a single-task link is about, and whether it still acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from webapp.accounts.models import SingleTaskLink
from webapp.accounts.queries.parents import same
from webapp.accounts.rules.links import LinkState, link_state
from webapp.people.models import Contact, School


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was given out. ``subjects`` are ids of the rows that ``purpose`` is about."""

    organisation_id: int
    id: int
    state: LinkState
    purpose: str
    subjects: tuple[int, ...]
    contact_id: int
    language: str
    child_words: str
    school_id: int
    school_name: str
    school_phone: str
    expires_at: datetime
    opened_at: datetime | None
    outcome: str
    contact_name: str = ""


_LINK = (
    select(
        SingleTaskLink.organisation_id, SingleTaskLink.id, SingleTaskLink.purpose, SingleTaskLink.subjects,
        SingleTaskLink.contact_id, SingleTaskLink.expires_at, SingleTaskLink.opened_at, SingleTaskLink.used_at,
        SingleTaskLink.outcome,
        Contact.language, Contact.child_words, Contact.first_name.label("given"), Contact.last_name.label("family"),
        School.id.label("school_id"), School.name, School.phone,
    )
    .join(Contact, same(Contact, SingleTaskLink, id="contact_id"))
    .join(School, same(School, SingleTaskLink, id="school_id"))
    .where(SingleTaskLink.token_hash == bindparam("token_hash"))
)  # fmt: skip


def find_link(db: Connection, token_hash: str, now: datetime) -> Link | None:
    """The link of a token, in the state that it is in now; None if no such link was given out."""
    row = db.execute(_LINK, {"token_hash": token_hash}).one_or_none()
    if row is None:
        return None
    return Link(
        organisation_id=row.organisation_id,
        id=row.id,
        state=link_state(used_at=row.used_at, outcome=row.outcome, expires_at=row.expires_at, now=now),
        purpose=row.purpose,
        subjects=tuple(row.subjects),
        contact_id=row.contact_id,
        language=row.language,
        child_words=row.child_words,
        school_id=row.school_id,
        school_name=row.name,
        school_phone=row.phone,
        expires_at=row.expires_at,
        opened_at=row.opened_at,
        outcome=row.outcome,
        contact_name=f"{row.given} {row.family}".strip(),
    )
