"""What stood half written when a shared computer locked itself: kept encrypted, given back once, to the same session.

It holds words about children, so that it never lies in the browser, where the next person sits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from cryptography.fernet import InvalidToken, MultiFernet
from sqlalchemy import delete, insert, select

from webapp.accounts.models import KeptForm, Session
from webapp.accounts.rules.sessions import LONGEST_KEPT_FORM
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door, unit_of_work

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Given:
    """A form as it was left: the page's path, and its fields by name, in their order."""

    path: str
    fields: Fields


def keep_form(token: str, path: str, fields: Fields, box: MultiFernet) -> bool:
    """Keep what was typed on a page, in place of what was kept before. False for too much, and for a session that is
    over or on no shared computer."""
    said = json.dumps([path, fields])
    if len(said) > LONGEST_KEPT_FORM:
        return False
    sealed = box.encrypt(said.encode()).decode()
    with unit_of_work() as tx:
        row = tx.execute(
            select(Session.id, Session.staff_organisation_id).where(
                Session.token_hash == token_hash(token), Session.ended_at.is_(None), Session.machine_id.is_not(None)
            )
        ).one_or_none()
        if row is None:
            return False
        tx.execute(delete(KeptForm).where(KeptForm.session_id == row.id))
        kept = {"organisation_id": row.staff_organisation_id, "session_id": row.id, "kept_at": machine_now()}
        tx.execute(insert(KeptForm).values(**kept, sealed=sealed))
        return True


def find_path(session_id: int, box: MultiFernet) -> str | None:
    """The page of the form that is kept for a session; nothing is used up."""
    with read_door() as db:
        sealed = db.scalar(select(KeptForm.sealed).where(KeptForm.session_id == session_id))
    given = _opened(sealed, box)
    return given.path if given else None


def give_back(session_id: int, box: MultiFernet) -> Given | None:
    """What was kept for a session, once."""
    with unit_of_work() as tx:
        sealed = tx.scalar(delete(KeptForm).where(KeptForm.session_id == session_id).returning(KeptForm.sealed))
    return _opened(sealed, box)


def _opened(sealed: str | None, box: MultiFernet) -> Given | None:
    if sealed is None:
        return None
    try:
        path, fields = json.loads(box.decrypt(sealed.encode()))
    except InvalidToken:
        # Its key was taken out of use meanwhile.
        return None
    return Given(path, [(name, value) for name, value in fields])
