"""Naming a cover, being away, and being back. What passes to a cover is worked out when it is looked at, so that
nothing has to be moved when a half day begins or ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select, update

from webapp.foundation import events, ids, trail
from webapp.foundation.clock import london, machine_now, school_now
from webapp.foundation.db import current, insert_row, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, Deed
from webapp.foundation.words import short_day_words
from webapp.people.models import Staff, StaffAway, StaffCover
from webapp.people.queries.covering import cover_of, half_of, standing_at
from webapp.people.queries.schools import get_school
from webapp.people.rules.absences import Away, CoverRefused, read_away
from webapp.people.rules.covering import Member, Standing, can_cover
from webapp.people.services.staff_events import StaffNews


@dataclass(frozen=True, slots=True)
class Arranger:
    """Who arranges, at which school; the caller has checked that they may for the person."""

    organisation_id: int
    school_id: int
    actor: Actor


def name_cover(by: Arranger, staff_id: int, cover_id: int | None) -> None:
    """Somebody does this person's work whenever they are away; None takes the name back.

    Two may cover each other: while both are away the work goes on to those who answer for it. Raises CoverRefused for
    somebody who has no role here today, or may not do this work.
    """
    with unit_of_work() as tx:
        standing = standing_at(tx, by.organisation_id, by.school_id, school_now())
        owner = _member(tx, by, standing, staff_id)
        before = cover_of(tx, by.organisation_id, by.school_id, staff_id)
        if before == cover_id:
            return
        mine = (
            StaffCover.organisation_id == by.organisation_id, StaffCover.school_id == by.school_id,
            StaffCover.staff_id == staff_id,
        )  # fmt: skip
        if cover_id is None:
            tx.execute(delete(StaffCover).where(*mine))
        else:
            cover = _fit(standing, owner, cover_id)
            values = {"cover_id": cover.id, "set_by": by.actor.name, "set_at": machine_now()}
            if before is None:
                keys = {"organisation_id": by.organisation_id, "school_id": by.school_id, "staff_id": staff_id}
                tx.execute(insert(StaffCover).values(**keys, **values))
            else:
                tx.execute(update(StaffCover).where(*mine).values(**values))
            _tell(tx, by, cover.id, f"You cover for {owner.name} when they are away.", f"covers:{staff_id}")
        deed = Deed("named_cover", "staff", staff_id, by.school_id, None, {"before": before, "cover": cover_id})
        trail.write(tx, by.organisation_id, by.actor, deed)
    current().memo.forget()


def say_away(
    by: Arranger, staff_id: int, starts: str, starts_half: str, ends: str, ends_half: str
) -> None:
    """Somebody is away for some half days: their work is their cover's meanwhile, who is told.

    Raises CoverRefused for days that cannot be; saying the same again changes nothing.
    """
    now = school_now()
    with unit_of_work() as tx:
        half = half_of(tx, by.organisation_id, by.school_id, now)
        away = read_away(starts, starts_half, ends, ends_half, london(now).date(), half)
        standing = standing_at(tx, by.organisation_id, by.school_id, now)
        owner = _member(tx, by, standing, staff_id)
        _lock(tx, by, staff_id)
        if away in _spans(tx, by, staff_id):
            return
        number = insert_row(
            tx, StaffAway, organisation_id=by.organisation_id, public_id=ids.public_id(), school_id=by.school_id,
            staff_id=staff_id, starts_on=away.starts_on, starts_half=away.starts_half.index, ends_on=away.ends_on,
            ends_half=away.ends_half.index, said_by=by.actor.name, said_at=now,
        )  # fmt: skip
        detail = {"from": _said(away.starts_on, away.starts_half), "to": _until(away)}
        trail.write(tx, by.organisation_id, by.actor, Deed("said_away", "staff", staff_id, by.school_id, None, detail))
        cover = owner.cover_id if owner.cover_id in standing.members else None
        if cover is not None:
            news = f"You cover for {owner.name}, away from {detail['from']} {detail['to']}."
            _tell(tx, by, cover, news, f"away:{number}")
        if by.actor.id != staff_id:
            _tell(tx, by, staff_id, f"You are down as away from {detail['from']} {detail['to']}.", f"is_away:{number}")
    current().memo.forget()


def say_back(by: Arranger, staff_id: int, public_id: str) -> None:
    """Back, or not away after all: from now on what is due is theirs; what a cover began stays the cover's.

    Raises CoverRefused for an absence that is over or was taken back.
    """
    now = school_now()
    with unit_of_work() as tx:
        today, half = london(now).date(), half_of(tx, by.organisation_id, by.school_id, now)
        cancelled = tx.execute(
            update(StaffAway)
            .where(
                StaffAway.organisation_id == by.organisation_id, StaffAway.school_id == by.school_id,
                StaffAway.staff_id == staff_id, StaffAway.public_id == public_id, StaffAway.cancelled_at.is_(None),
            )
            .values(cancelled_at=now, cancelled_by=by.actor.name)
            .returning(StaffAway.starts_on, StaffAway.starts_half, StaffAway.ends_on, StaffAway.ends_half)
        ).one_or_none()  # fmt: skip
        if cancelled is None or _away(cancelled).is_over(today, half):
            raise CoverRefused("away", "This was taken back or is over. Look at the page again.")
        detail = {"from": _said(cancelled.starts_on, Half.from_index(cancelled.starts_half))}
        trail.write(tx, by.organisation_id, by.actor, Deed("said_back", "staff", staff_id, by.school_id, None, detail))
    current().memo.forget()


def may_cover(standing: Standing, staff_id: int) -> list[Member]:
    """Who may be named as this person's cover: those with a role here today who may do their work, by name."""
    owner = standing.members.get(staff_id)
    fit = [
        one for one in standing.members.values()
        if owner is not None and one.id != staff_id and can_cover(one.roles, owner.roles)
    ]  # fmt: skip
    return sorted(fit, key=lambda one: one.name)


def _member(tx: Connection, by: Arranger, standing: Standing, staff_id: int) -> Member:
    if staff_id not in standing.members:
        raise CoverRefused("person", "This person has no role at the school today.")
    return standing.members[staff_id]


def _fit(standing: Standing, owner: Member, cover_id: int) -> Member:
    if cover_id == owner.id:
        raise CoverRefused("cover", "Choose somebody else: nobody covers for themselves.")
    cover = standing.members.get(cover_id)
    if cover is None:
        raise CoverRefused("cover", "Choose somebody who has a role at the school today.")
    if not can_cover(cover.roles, owner.roles):
        raise CoverRefused("cover", f"Choose somebody who may do {owner.name}’s work. Cover gives nobody more rights.")
    return cover


def _lock(tx: Connection, by: Arranger, staff_id: int) -> None:
    """A double tap is one absence."""
    mine = select(Staff.id).where(Staff.organisation_id == by.organisation_id, Staff.id == staff_id)
    tx.execute(mine.with_for_update(key_share=True)).one()


def _spans(tx: Connection, by: Arranger, staff_id: int) -> Iterable[Away]:
    rows = tx.execute(
        select(StaffAway.starts_on, StaffAway.starts_half, StaffAway.ends_on, StaffAway.ends_half).where(
            StaffAway.organisation_id == by.organisation_id, StaffAway.school_id == by.school_id,
            StaffAway.staff_id == staff_id, StaffAway.cancelled_at.is_(None),
        )
    )  # fmt: skip
    return {_away(row) for row in rows}


def _away(row: tuple[date, int, date | None, int]) -> Away:
    starts_on, starts_half, ends_on, ends_half = row
    return Away(starts_on, Half.from_index(starts_half), ends_on, Half.from_index(ends_half))


def _said(on: date, half: Half) -> str:
    return f"{short_day_words(on)} {'morning' if half is Half.AM else 'afternoon'}"


def _until(away: Away) -> str:
    return f"to {_said(away.ends_on, away.ends_half)}" if away.ends_on else "until they are back"


def _tell(tx: Connection, by: Arranger, staff_id: int, news: str, key: str) -> None:
    code = get_school(tx, by.organisation_id, by.school_id).code
    stamp = machine_now().strftime("%Y%m%d%H%M%S")
    path = f"/staff/{code}/away"
    events.emit(tx, StaffNews(by.organisation_id, by.school_id, staff_id, news, path, f"{key}:{staff_id}:{stamp}"))
