"""The frame of every staff page: the bar by role, its numbers, and the school day that an address names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, render_template, url_for
from sqlalchemy import Connection

from webapp.access import current_staff, school_scope
from webapp.accounts.queries.staff import StaffSchool
from webapp.first_day.queries.around import Around, load_around
from webapp.foundation.clock import machine_now, school_now, school_today
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.people.queries import times_of
from webapp.people.queries.covering import kept_standing
from webapp.people.rules.covering import Mine, Standing
from webapp.people.rules.files import PERMISSION_OF
from webapp.people.rules.names import PersonName
from webapp.people.rules.roles import Permission, permissions_of
from webapp.people.rules.school_times import SchoolTimes

_ON_A_PHONE = ("today", "find", "inbox", "tasks", "medical", "reception", "registers", "on_site", "totals", "referred")
HALF_OF = {"morning": Half.AM, "afternoon": Half.PM}
WORD_OF = {half: word for word, half in HALF_OF.items()}


@dataclass(frozen=True, slots=True)
class Here:
    """The school of the address, what the viewer may do there, and the session that a page speaks of."""

    school: StaffSchool
    permissions: Collection[Permission]
    on: date
    half: Half
    today: date
    standing: Standing
    """Who works here and who stands in for whom now."""
    mine: Mine
    """Whose work the viewer does now: their own, and that of those for whom they cover."""

    @property
    def is_today(self) -> bool:
        return self.on == self.today

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def keys(self) -> tuple[int, int]:
        return self.school.organisation_id, self.school.id

    @property
    def board(self) -> str:
        """The address of the board of this session."""
        return url_for("staff.day", school=self.school.code, on=self.on.isoformat(), half=WORD_OF[self.half])


def here(on: str | None = None, half: str | None = None) -> Here:
    """The school of the address and its day: the one named, else today. 404 for a day that is none."""
    school, today = school_scope(), school_today()
    try:
        day = date.fromisoformat(on) if on else today
        named = HALF_OF[half] if half else None
    except (ValueError, KeyError):
        abort(404)
    now = half_now(school, today)
    with read_door() as db:
        standing = kept_standing(db, school.organisation_id, school.id, today, now)
    mine = standing.mine(current_staff().staff_id, school.roles)
    half_of_page = named or (now if day == today else Half.AM)
    return Here(school, permissions_of(school.roles), day, half_of_page, today, standing, mine)


def half_now(school: StaffSchool, on: date) -> Half:
    """The half that staff look at: the afternoon from its register's opening on. Uses settings that are kept."""
    with read_door() as db:
        times = times_of(db, school.organisation_id, school.id, on)
    return Half.PM if on == school_today() and school_now() >= times.register_opens(on, Half.PM) else Half.AM


def around(db: Connection, at: Here) -> Around:
    """The numbers of the bar, in one statement."""
    return load_around(db, *at.keys, at.mine, at.today, at.half.index, machine_now())


def show(template: str, at: Here, seen: Around, times: SchoolTimes, place: str, **context: Any) -> str:
    """Render a page in the frame."""
    return render_template(template, **bar(at, seen, times, place), at=at, **context)


def bar(at: Here, seen: Around, times: SchoolTimes, place: str) -> dict[str, Any]:
    viewer, code = current_staff(), at.school.code
    closed = school_now() >= times.register_closes(at.today, at.half)
    may_tasks = bool(at.permissions)
    reaches = {
        "today": at.may(Permission.VIEW_BOARD),
        "registers": at.may(Permission.TAKE_OWN_REGISTER) or at.may(Permission.CHASE_REGISTERS),
        "reception": at.may(Permission.USE_RECEPTION),
        "medical": at.may(Permission.SEE_MEDICAL_NOTES) and not at.may(Permission.VIEW_BOARD),
        "inbox": at.may(Permission.WRITE_TO_FAMILIES) and at.may(Permission.VIEW_BOARD),
        "on_site": at.may(Permission.VIEW_WHO_IS_ON_SITE),
        "totals": at.may(Permission.VIEW_TOTALS),
        # Whoever works the board finds these in the menu under their name.
        "referred": at.may(Permission.VIEW_REFERRED_CASES) and not at.may(Permission.VIEW_BOARD),
        "find": at.may(Permission.VIEW_OWN_PUPILS),
        "tasks": may_tasks,
        # Whoever works the board finds these in the menu under their name.
        **{key: reached and not at.may(Permission.VIEW_BOARD) for key, reached in _keeps(at).items()},
        # Seldom needed: in the menu only.
        "computers": False,
    }
    counts = {"registers": seen.forms_open if closed else 0, "inbox": seen.inbox, "tasks": seen.tasks}
    every = {
        "today": ("Today", "home", url_for("staff.day", school=code, on=at.today.isoformat())),
        "registers": ("Registers", "calendar", url_for("staff.registers", school=code)),
        "reception": ("Reception", "school", url_for("staff.reception", school=code)),
        "medical": ("Medical room", "check", url_for("staff.medical", school=code)),
        "inbox": ("Inbox", "inbox", url_for("staff.inbox", school=code)),
        "on_site": ("On site", "people", url_for("staff.on_site", school=code)),
        "totals": ("Totals", "info", url_for("staff.totals", school=code)),
        "referred": ("Referred", "info", url_for("staff.referred", school=code)),
        "find": ("Find", "find", url_for("staff.find", school=code)),
        "tasks": ("Tasks", "tasks", url_for("staff.tasks", school=code)),
        "imports": ("Imports", "file", url_for("admin.imports", school=code)),
        "calendar": ("Calendar", "calendar", url_for("admin.calendar", school=code)),
        "settings": ("Settings", "edit", url_for("admin.settings", school=code)),
        "people": ("People", "people", url_for("admin.people", school=code)),
        "computers": ("Shared computers", "school", url_for("admin.computers", school=code)),
        "trail": ("Trail", "info", url_for("staff.trail", school=code)),
        "data_requests": ("Requests for data", "file", url_for("admin.data_requests", school=code)),
        # Whoever may only hold finds the holds; who deletes, the schedule and from there the rest.
        "retention": ("Keeping", "clock", url_for(
            "admin.retention" if at.may(Permission.DELETE_RECORDS) else "admin.holds", school=code
        )),
    }
    entries = {
        key: {"key": key, "text": text, "symbol": symbol, "href": href, "count": counts.get(key, 0)}
        for key, (text, symbol, href) in every.items()
        if reaches[key]
    }
    short = PersonName(viewer.first_name, viewer.last_name)
    return {
        "school": {"name": at.school.name, "colour": at.school.colour},
        "other_schools": [_school_link(school, at) for school in viewer.schools] if len(viewer.schools) > 1 else [],
        "places": [entries[key] for key in every if key in entries and key not in ("find", "tasks")],
        "bottom_places": [entries[key] for key in _ON_A_PHONE if key in entries][:4],
        "place": place,
        "person": {
            "name": short.staff_form, "initials": short.initials,
            "links": [
                *({"text": every[key][0], "href": every[key][2]} for key, reached in _keeps(at).items() if reached),
                *([{"text": "Referred cases", "href": every["referred"][2]}]
                  if at.may(Permission.VIEW_REFERRED_CASES) and not reaches["referred"] else []),
                {"text": "Away and cover", "href": url_for("staff.away", school=code)},
                {"text": "Your sign-in", "href": url_for("auth.staff_account")},
                {"text": "Sign out", "post": url_for("auth.staff_sign_out")},
            ],
        },
        "find_href": every["find"][2] if reaches["find"] else None,
        "tasks": {"href": every["tasks"][2], "count": seen.tasks} if may_tasks else None,
        "start_href": url_for("staff.school_start", school=code),
    }  # fmt: skip


def _keeps(at: Here) -> dict[str, bool]:
    """What the viewer keeps for the school, place by place of the bar."""
    return {
        "imports": any(at.may(permission) for permission in PERMISSION_OF.values()),
        "calendar": at.may(Permission.MANAGE_CALENDAR),
        "settings": at.may(Permission.MANAGE_SETTINGS),
        "people": at.may(Permission.MANAGE_STAFF),
        "computers": at.may(Permission.MANAGE_SETTINGS),
        "trail": at.may(Permission.VIEW_TRAIL),
        "data_requests": at.may(Permission.KEEP_DATA_REQUESTS),
        "retention": at.may(Permission.DELETE_RECORDS) or at.may(Permission.HOLD_RECORDS),
    }


def _school_link(school: StaffSchool, at: Here) -> dict[str, Any]:
    href = url_for("staff.school_start", school=school.code)
    return {"name": school.name, "href": href, "current": school == at.school}
