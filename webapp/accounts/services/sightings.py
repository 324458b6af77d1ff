"""When a session was last seen and a link first opened: kept in a batch, at most one write a second and process.

The pages that cause it only read; what they noted is written after an answer has gone out.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError

from webapp.accounts.models import Session, SingleTaskLink
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.sessions import renewed, worth_noting
from webapp.foundation.clock import machine_now, monotonic
from webapp.foundation.db import unit_of_work

log = logging.getLogger("firstbell.accounts")

_FLUSH_SECONDS = 1.0
_AT_ONCE = 500
T = TypeVar("T")


class _Noted:
    """What waits to be written in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[int, Door] = {}
        self._links: dict[tuple[int, int], datetime] = {}
        self._flushed = float("-inf")

    def session(self, session_id: int, door: Door) -> None:
        with self._lock:
            self._sessions[session_id] = door

    def link(self, organisation_id: int, link_id: int, at: datetime) -> None:
        with self._lock:
            self._links.setdefault((organisation_id, link_id), at)

    def take(self, *, at_once: bool) -> tuple[dict[int, Door], dict[tuple[int, int], datetime]]:
        """Everything that waits, if a second has gone by since the last time."""
        with self._lock:
            if not (self._sessions or self._links):
                return {}, {}
            if not at_once and monotonic() - self._flushed < _FLUSH_SECONDS:
                return {}, {}
            taken = self._sessions, self._links
            self._sessions, self._links, self._flushed = {}, {}, monotonic()
            return taken


    def forget(self) -> None:
        with self._lock:
            self._sessions, self._links, self._flushed = {}, {}, float("-inf")


_noted = _Noted()


def touch_session(session_id: int, door: Door, seen_at: datetime, now: datetime) -> None:
    """Note that a session is in use; nothing is noted within a minute of ``seen_at``, its last sighting kept."""
    if worth_noting(seen_at, now):
        _noted.session(session_id, door)


def note_opened(organisation_id: int, link_id: int, now: datetime) -> None:
    """Note that a link was opened; only the first time is kept."""
    _noted.link(organisation_id, link_id, now)


def forget_sightings() -> None:
    """Forget what this process has noted; for a database that begins anew."""
    _noted.forget()


def write_sightings(*, at_once: bool = False) -> None:
    """Write what was noted, if a second has gone by since the last time or ``at_once``.

    What cannot be written is dropped and logged: it is worth less than the page that has just gone out.
    """
    sessions, links = _noted.take(at_once=at_once)
    if not sessions and not links:
        return
    try:
        with unit_of_work() as tx:
            for door in Door:
                _write_sessions(tx, door, sorted(key for key, held in sessions.items() if held is door))
            _write_links(tx, links)
    except SQLAlchemyError:
        log.warning("%s sightings were not written", len(sessions) + len(links), exc_info=True)


def _write_sessions(tx: Connection, door: Door, ids: list[int]) -> None:
    now = machine_now()
    values = {"seen_at": now}
    longer = renewed(door, now)
    if longer is not None:
        values["expires_at"] = longer
    for some in _portions(ids):
        # Another process may be writing the same session: then it is seen, and nobody waits.
        free = select(Session.id).where(Session.id.in_(some)).order_by(Session.id).with_for_update(skip_locked=True)
        tx.execute(update(Session).where(Session.id.in_(free), Session.ended_at.is_(None)).values(values))


def _write_links(tx: Connection, links: dict[tuple[int, int], datetime]) -> None:
    for some in _portions(sorted(links)):
        tx.execute(
            update(SingleTaskLink)
            .where(
                tuple_(SingleTaskLink.organisation_id, SingleTaskLink.id).in_(some),
                SingleTaskLink.opened_at.is_(None),
            )
            .values(opened_at=min(links[key] for key in some))
        )


def _portions(rows: list[T]) -> Iterable[list[T]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))
