"""Giving and ending roles at a school, and a form's register for some days; whoever it is about is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from webapp.foundation import events, trail
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import current, unit_of_work
from webapp.foundation.trail import Deed
from webapp.foundation.words import short_day_words
from webapp.people.models import Form, FormStaff, School, StaffRole
from webapp.people.queries.schools import get_school
from webapp.people.queries.staff_roles import given_registers, roles_held
from webapp.people.rules.role_changes import (
    Held,
    RoleRefused,
    check_giver,
    check_left,
    overlaps,
    read_grant,
    read_last_day,
)
from webapp.people.rules.roles import Permission, allowed
from webapp.people.services.covering import Arranger
from webapp.people.services.staff_events import StaffNews

LONGEST_GIVEN = timedelta(days=60)


def give_role(by: Arranger, staff_id: int, role: str, starts: str, ends: str) -> None:
    """Give somebody a role from a day to a day. Raises RoleRefused for one's own, and for one that is held already."""
    today = school_today()
    grant = read_grant(role, starts, ends, today)
    check_giver(by.actor.id, staff_id)
    with unit_of_work() as tx:
        _lock(tx, by)
        if overlaps(grant, [one for one in _held(tx, by, today) if one.staff_id == staff_id]):
            raise RoleRefused("role", "They hold this role on some of these days already. Look at the list above.")
        tx.execute(
            insert(StaffRole).values(
                organisation_id=by.organisation_id, school_id=by.school_id, staff_id=staff_id, role=grant.role.value,
                starts_on=grant.starts_on, ends_on=grant.ends_on,
            )
        )  # fmt: skip
        until = f" to {_day(grant.ends_on)}" if grant.ends_on else ""
        news = f"You are {grant.role.label} from {_day(grant.starts_on)}{until}."
        to = grant.ends_on.isoformat() if grant.ends_on else ""
        detail = {"role": grant.role.value, "from": grant.starts_on.isoformat(), "to": to}
        _note(tx, by, "gave_role", staff_id, detail, news)
    current().memo.forget()


def end_role(by: Arranger, staff_id: int, role: str, starts_on: date, last_day: str) -> None:
    """End a role after its last day, or now. Raises RoleRefused for one that nobody else would hold, or is not held."""
    today = school_today()
    last = read_last_day(last_day, today)
    with unit_of_work() as tx:
        _lock(tx, by)
        every = _held(tx, by, today)
        found = next(
            (one for one in every if (one.staff_id, one.role.value, one.starts_on) == (staff_id, role, starts_on)), None
        )
        if found is None:
            raise RoleRefused("last_day", "This role has ended. Look at the page again.")
        if found.ends_on is not None and last >= found.ends_on:
            raise RoleRefused("last_day", f"It ends on {_day(found.ends_on)} already. Choose an earlier day.")
        after = [one for one in every if one != found]
        if last >= found.starts_on:
            after.append(Held(staff_id, found.role, found.starts_on, last))
        check_left(found.role, after, max(last + timedelta(days=1), today))
        _write_end(tx, by, found, last)
        when = f"after {_day(last)}" if last >= today else "now"
        _note(tx, by, "ended_role", staff_id, {"role": role, "from": starts_on.isoformat(), "to": last.isoformat()},
              f"Your role as {found.role.label} ends {when}.")  # fmt: skip
    current().memo.forget()


def give_register(by: Arranger, form_id: int, staff_id: int, starts_on: date, ends_on: date) -> None:
    """Give a form's register to somebody for some days; it lapses by itself. The same again is once.

    Raises RoleRefused naming ``person``, ``form``, ``starts_on`` or ``ends_on``.
    """
    today = school_today()
    if starts_on < today:
        raise RoleRefused("starts_on", "Choose today or a day to come.")
    if not starts_on <= ends_on <= starts_on + LONGEST_GIVEN:
        raise RoleRefused("ends_on", "Choose a last day on or after the first, within two months.")
    with unit_of_work() as tx:
        _lock(tx, by)
        form = tx.execute(
            select(Form.name).where(
                Form.organisation_id == by.organisation_id, Form.school_id == by.school_id, Form.id == form_id
            )
        ).scalar_one_or_none()
        if form is None:
            raise RoleRefused("form", "Choose a form.")
        roles = {one.role for one in _held(tx, by, today) if one.staff_id == staff_id and one.holds(starts_on)}
        if not allowed(roles, Permission.TAKE_OWN_REGISTER):
            raise RoleRefused("person", "Choose somebody who takes registers here on that day.")
        keys = {"organisation_id": by.organisation_id, "form_id": form_id, "staff_id": staff_id}
        mine = [FormStaff.__table__.c[name] == value for name, value in keys.items()]
        there = tx.execute(
            select(FormStaff.starts_on, FormStaff.ends_on).where(*mine, FormStaff.starts_on <= ends_on)
        ).all()  # fmt: skip
        if any(row.ends_on is None or row.ends_on >= starts_on for row in there):
            return
        tx.execute(insert(FormStaff).values(**keys, starts_on=starts_on, ends_on=ends_on))
        days = _day(starts_on) if starts_on == ends_on else f"{_day(starts_on)} to {_day(ends_on)}"
        detail = {"form": form, "from": starts_on.isoformat(), "to": ends_on.isoformat()}
        _note(tx, by, "gave_register", staff_id, detail, f"You take the register of {form}, {days}.", "registers")
    current().memo.forget()


def take_back_register(by: Arranger, form_id: int, staff_id: int, starts_on: date) -> None:
    """A form that was given is not theirs any more, from today on. Raises RoleRefused for one that was not given."""
    today = school_today()
    with unit_of_work() as tx:
        _lock(tx, by)
        rows = given_registers(tx, by.organisation_id, by.school_id, today)
        found = next((r for r in rows if (r.form_id, r.staff_id, r.starts_on) == (form_id, staff_id, starts_on)), None)
        if found is None:
            raise RoleRefused("given", "This was taken back or is over. Look at the page again.")
        mine = (
            FormStaff.organisation_id == by.organisation_id, FormStaff.form_id == form_id,
            FormStaff.staff_id == staff_id, FormStaff.starts_on == starts_on,
        )  # fmt: skip
        if starts_on < today:
            tx.execute(update(FormStaff).where(*mine).values(ends_on=today - timedelta(days=1)))
        else:
            tx.execute(delete(FormStaff).where(*mine))
        detail = {"form": found.form, "from": starts_on.isoformat()}
        news = f"The register of {found.form} is not yours any more."
        _note(tx, by, "took_back_register", staff_id, detail, news, "registers")
    current().memo.forget()


def _held(tx: Connection, by: Arranger, today: date) -> list[Held]:
    return list(roles_held(tx, by.organisation_id, by.school_id, today))


def _write_end(tx: Connection, by: Arranger, found: Held, last: date) -> None:
    """A role that would end before it begins was never one: its row goes, and the trail has it."""
    mine = (
        StaffRole.organisation_id == by.organisation_id, StaffRole.school_id == by.school_id,
        StaffRole.staff_id == found.staff_id, StaffRole.role == found.role.value,
        StaffRole.starts_on == found.starts_on,
    )  # fmt: skip
    if last < found.starts_on:
        tx.execute(delete(StaffRole).where(*mine))
    else:
        tx.execute(update(StaffRole).where(*mine).values(ends_on=last))


def _lock(tx: Connection, by: Arranger) -> None:
    """Two who end the last two of a role at once are one after the other."""
    school = select(School.id).where(School.organisation_id == by.organisation_id, School.id == by.school_id)
    tx.execute(school.with_for_update(key_share=True)).one()


def _note(
    tx: Connection, by: Arranger, deed: str, staff_id: int, detail: Mapping[str, Any], news: str, page: str = "",
) -> None:  # fmt: skip
    trail.write(
        tx, by.organisation_id, by.actor, Deed(deed, "staff", staff_id, by.school_id, None, dict(detail))
    )
    code = get_school(tx, by.organisation_id, by.school_id).code
    key = f"{deed}:{staff_id}:{machine_now():%Y%m%d%H%M%S%f}"
    events.emit(
        tx, StaffNews(by.organisation_id, by.school_id, staff_id, news, f"/staff/{code}/{page}", key)
    )


def _day(on: date) -> str:
    return f"{short_day_words(on)} {on.year}"


