"""Who saw what, and what parents were shown: noted by pages, kept in a batch, at most one write a second and process.

A page that is about safeguarding waits for its entry; the others have gone out by then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import Connection, func, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from webapp.foundation.clock import london, monotonic, school_now
from webapp.foundation.db import take_ids, unit_of_work
from webapp.foundation.statements import adding
from webapp.foundation.trail import Actor, Deed, write_all
from webapp.insight.models import ShownPage
from webapp.insight.rules.shown import Facts, as_kept, digest_of_facts, is_new

log = logging.getLogger("firstbell.insight")

VIEWED_AGAIN = timedelta(minutes=10)
"""The same person at the same page of the same pupil: one entry in so long."""
SHOWN_AGAIN = timedelta(minutes=1)
"""A page that says what this process has noted is not compared with the record again for so long."""
_FLUSH_SECONDS = 1.0
_AT_ONCE = 500
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class View:
    """A member of staff looked at a page; ``pupil_id`` None for a page of many pupils. ``page`` is an endpoint."""

    organisation_id: int
    school_id: int
    by: Actor
    page: str
    pupil_id: int | None = None
    safeguarding: bool = False

    @property
    def entry(self) -> tuple[int, Actor, Deed]:
        what = "viewed_safeguarding" if self.safeguarding else "viewed_child" if self.pupil_id else "viewed_list"
        return self.organisation_id, self.by, Deed(
            what, "page", None, self.school_id, self.pupil_id, {"page": self.page}
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Whom:
    """One parent's page about one child, or about none."""

    organisation_id: int
    contact_id: int
    pupil_id: int | None
    page: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What it said, when on the school's clock, to whom by name, and at which school the child is."""

    whom: Whom
    by: Actor
    school_id: int | None
    at: datetime
    kept: Mapping[str, Any]


class _Noted:
    """What waits to be written in this process, and what was noted lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        with self._lock:
            self._views: list[View] = []
            self._shown: list[Shown] = []
            self._lately: dict[object, tuple[float, int]] = {}
            self._flushed = float("-inf")

    def is_known(self, key: object, mark: int, for_: timedelta) -> bool:
        """Whether the same was noted so lately; remembers that it is now."""
        now = monotonic()
        with self._lock:
            held = self._lately.get(key)
            if held is not None and held[1] == mark and now - held[0] < for_.total_seconds():
                return True
            if len(self._lately) >= _REMEMBERED:
                self._lately.clear()
            self._lately[key] = (now, mark)
            return False

    def add(self, one: View | Shown) -> None:
        with self._lock:
            if isinstance(one, View):
                self._views.append(one)
            else:
                self._shown.append(one)

    def take(self, *, at_once: bool) -> tuple[list[View], list[Shown]]:
        """Everything that waits, if a second has gone by since the last time."""
        with self._lock:
            if not (self._views or self._shown):
                return [], []
            if not at_once and monotonic() - self._flushed < _FLUSH_SECONDS:
                return [], []
            taken = self._views, self._shown
            self._views, self._shown, self._flushed = [], [], monotonic()
            return taken

    def waits(self) -> bool:
        with self._lock:
            return bool(self._views or self._shown)


_noted = _Noted()


def note_view(view: View) -> None:
    """Note that a page was seen; the same again within ten minutes is one entry."""
    key = (view.organisation_id, view.by.id, view.page, view.school_id, view.pupil_id)
    if not _noted.is_known(key, 0, VIEWED_AGAIN):
        _noted.add(view)


def keep_views(views: Sequence[View]) -> None:
    """Write who saw a page before it is answered. Raises what the database raises: then there is no page."""
    with unit_of_work() as tx:
        write_all(tx, [view.entry for view in views])


def note_shown(
    whom: Whom, by: Actor, school_id: int | None, mark: int, facts: Callable[[], Facts]
) -> None:
    """Note what a page said. ``mark`` is a hash of it: where this process has noted the same within a minute, that is
    all. ``facts`` gives the words."""
    if not _noted.is_known((whom.organisation_id, whom.contact_id, whom.pupil_id, whom.page), mark, SHOWN_AGAIN):
        _noted.add(Shown(whom, by, school_id, school_now(), as_kept(facts())))


def forget_noted() -> None:
    """Forget what this process has noted; for a database that begins anew."""
    _noted.forget()


def something_waits() -> bool:
    return _noted.waits()


def write_noted(*, at_once: bool = False) -> None:
    """Write what was noted, if a second has gone by since the last time or ``at_once``; what fails is logged."""
    views, shown = _noted.take(at_once=at_once)
    if not views and not shown:
        return
    made = [(one, digest_of_facts(one.kept)) for one in shown]
    try:
        with unit_of_work() as tx:
            entries = [view.entry for view in views]
            for start in range(0, len(made), _AT_ONCE):
                entries += _keep_shown(tx, made[start : start + _AT_ONCE])
            for start in range(0, len(entries), _AT_ONCE):
                write_all(tx, entries[start : start + _AT_ONCE])
    except SQLAlchemyError:
        log.exception("%s views were not written", len(views) + len(shown))


_KEYS = (ShownPage.organisation_id, ShownPage.contact_id, ShownPage.pupil_id, ShownPage.page)


def _keep_shown(tx: Connection, made: Sequence[tuple[Shown, str]]) -> list[tuple[int, Actor, Deed]]:
    """A row for each page that says something new or on a new day; returns the entries of the trail that prove it."""
    last = _last(tx, {(one.whom.organisation_id, one.whom.contact_id) for one, _ in made})
    fresh: list[tuple[Shown, str]] = []
    for one, digest in made:
        on = london(one.at).date()
        if is_new(last.get(one.whom), digest, on):
            fresh.append((one, digest))
            last[one.whom] = (digest, on)
    if not fresh:
        return []
    numbers = take_ids(tx, ShownPage, len(fresh))
    tx.execute(
        adding(ShownPage),
        [
            {"organisation_id": one.whom.organisation_id, "id": number, "contact_id": one.whom.contact_id,
             "pupil_id": one.whom.pupil_id, "page": one.whom.page, "at": one.at, "digest": digest,
             "version": _program(), "facts": one.kept}
            for (one, digest), number in zip(fresh, numbers, strict=True)
        ],
    )  # fmt: skip
    return [
        (one.whom.organisation_id, one.by,
         Deed("was_shown", "shown_page", number, one.school_id, one.whom.pupil_id,
              {"page": one.whom.page, "digest": digest}))
        for (one, digest), number in zip(fresh, numbers, strict=True)
    ]  # fmt: skip


def _last(tx: Connection, contacts: set[tuple[int, int]]) -> dict[Whom, tuple[str, date]]:
    """What each page said last to these contacts, (organisation, contact)."""
    newest = (
        select(func.max(ShownPage.id))
        .where(tuple_(ShownPage.organisation_id, ShownPage.contact_id).in_(sorted(contacts)))
        .group_by(*_KEYS)
    )
    rows = tx.execute(
        select(*_KEYS, ShownPage.digest, ShownPage.at).where(
            tuple_(ShownPage.organisation_id, ShownPage.contact_id).in_(sorted(contacts)), ShownPage.id.in_(newest)
        )
    )
    return {Whom(*row[:4]): (row.digest, london(row.at).date()) for row in rows}


@cache
def _program() -> str:
    """The version of the program, whose pages and words these were."""
    try:
        return version("firstbell")[:20]
    except PackageNotFoundError:
        return "unknown"
