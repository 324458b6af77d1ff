"""Giving out single-task links, opening them, and using them once."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from webapp.accounts.models import SingleTaskLink
from webapp.accounts.queries.links import Link, find_link
from webapp.accounts.rules.links import LINK_LIFETIME, WITHDRAWN, LinkRefused, LinkState, looks_like_token
from webapp.accounts.services.sightings import note_opened
from webapp.accounts.services.tokens import new_link_token, token_hash
from webapp.foundation.bulk import load_rows
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, take_ids

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "organisation_id", "id", "token_hash", "school_id", "contact_id", "purpose", "subjects", "created_at",
    "expires_at", "outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LinkWanted:
    """A link to give out: one task (``purpose``) about some rows (``subjects``, their ids) for one contact."""

    organisation_id: int
    school_id: int
    contact_id: int
    purpose: str
    subjects: tuple[int, ...]
    lives: timedelta = LINK_LIFETIME


def issue_link_in(
    tx: Connection, *, organisation_id: int, school_id: int, contact_id: int, purpose: str, subjects: Sequence[int],
    lives: timedelta = LINK_LIFETIME,
) -> str:  # fmt: skip
    """Give out one link; returns its token, which is kept nowhere."""
    wanted = LinkWanted(organisation_id, school_id, contact_id, purpose, tuple(subjects), lives)
    return issue_links_in(tx, (wanted,))[0]


def issue_links_in(tx: Connection, wanted: Sequence[LinkWanted]) -> list[str]:
    """Give out many links in one go; returns their tokens in the order of ``wanted``."""
    if not wanted:
        return []
    now = machine_now()
    tokens = [new_link_token() for _ in wanted]
    is_sqlite = tx.dialect.name == "sqlite"
    stored: Any = _microseconds if is_sqlite else lambda instant: instant
    rows = (
        (
            want.organisation_id, link_id, token_hash(token), want.school_id, want.contact_id, want.purpose,
            json.dumps(want.subjects, separators=(",", ":")), stored(now), stored(now + want.lives), "",
        )
        for want, link_id, token in zip(wanted, take_ids(tx, SingleTaskLink, len(wanted)), tokens, strict=True)
    )  # fmt: skip
    load_rows(tx, SingleTaskLink.__tablename__, _COLUMNS, rows)
    return tokens


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def open_link(token: str) -> Link:
    """What a link is about and whether it still acts. Nothing changes but that it was opened, which is noted for later.

    Raises ``LinkRefused`` (altered) for a token that was never given out; for every other state look at ``.state``.
    """
    now = machine_now()
    if not looks_like_token(token):
        raise LinkRefused(LinkState.ALTERED)
    with read_door() as db:
        link = find_link(db, token_hash(token), now)
    if link is None:
        raise LinkRefused(LinkState.ALTERED)
    if link.opened_at is None and link.state is LinkState.LIVE:
        note_opened(link.organisation_id, link.id, now)
    return link


def use_link_in(tx: Connection, token: str, outcome: str) -> Link:
    """Use a link up, for the answer to a POST; ``outcome`` is a word for what was answered.

    Of two answers at once one wins. Raises ``LinkRefused`` naming the state: altered, used, expired or withdrawn.
    """
    now = machine_now()
    hashed = token_hash(token)
    used = tx.execute(
        update(SingleTaskLink)
        .where(
            SingleTaskLink.token_hash == hashed,
            SingleTaskLink.used_at.is_(None),
            SingleTaskLink.expires_at > now,
        )
        .values(used_at=now, outcome=outcome)
    )
    link = find_link(tx, hashed, now)
    if link is None:
        raise LinkRefused(LinkState.ALTERED)
    if used.rowcount != 1:
        raise LinkRefused(link.state)
    return link


def withdraw_links_in(
    tx: Connection, organisation_id: int, contact_id: int, purpose: str | None = None, *,
    about: Collection[int] | None = None,
) -> int:  # fmt: skip
    """Every living link of a contact, or those of one purpose, dies; returns how many. For a stop or a lost right.

    ``about``: only links with one of these among their subjects; one that is about others too dies whole.
    """
    now = machine_now()
    living = update(SingleTaskLink).where(
        SingleTaskLink.organisation_id == organisation_id,
        SingleTaskLink.contact_id == contact_id,
        SingleTaskLink.used_at.is_(None),
        SingleTaskLink.expires_at > now,
    )
    if purpose is not None:
        living = living.where(SingleTaskLink.purpose == purpose)
    if about is not None:
        mine = select(SingleTaskLink.id, SingleTaskLink.subjects).where(
            SingleTaskLink.organisation_id == organisation_id, SingleTaskLink.contact_id == contact_id,
            SingleTaskLink.used_at.is_(None), SingleTaskLink.expires_at > now,
        )  # fmt: skip
        ids = [row.id for row in tx.execute(mine) if not set(about).isdisjoint(row.subjects)]
        living = living.where(SingleTaskLink.id.in_(ids))
    return tx.execute(living.values(used_at=now, outcome=WITHDRAWN)).rowcount
