"""The pupil beside the board: whom to ring, brothers and sisters, this morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import Connection

from blueprints.staff.board_rows import Viewing
from blueprints.staff.frame import Here
from blueprints.staff.timeline_words import entries
from blueprints.staff.whereabouts import status_of
from webapp.access import current_staff, saw
from webapp.first_day.queries.morning import Morning, PupilNow
from webapp.first_day.queries.siblings import Sibling, load_siblings
from webapp.first_day.queries.timeline import happenings
from webapp.foundation.clock import LONDON
from webapp.people.queries import Family, calendar_of, family_of
from webapp.people.rules.ages import age_on
from webapp.people.rules.contact_points import PointKind, national
from webapp.people.rules.languages import language_name
from webapp.people.rules.roles import Permission
from webapp.record.queries import pupil_weeks
from webapp.record.rules import Tally, Whereabouts, Why, sessions_words
from webapp.record.rules.spells import ordinal, times_away
from webapp.record.rules.weeks import academic_year, academic_year_bounds, week_start

STATUS = {
    Whereabouts.IN_SCHOOL: {"kind": "in", "text": "In school"},
    Whereabouts.EXPLAINED: {"kind": "wait", "text": "Explained"},
    Whereabouts.UNEXPLAINED: {"kind": "missing", "text": "Unexplained"},
    Whereabouts.NOT_KNOWN: {"kind": "quiet", "text": "Not known yet"},
}
_COUNTED = ("possible", "present", "authorised", "unauthorised", "late", "unresolved", "illness")
_NOT_CONFIRMED = frozenset({Why.NOT_CONFIRMED_ELSEWHERE, Why.PLANNED_ELSEWHERE})


@dataclass(frozen=True, slots=True)
class Panel:
    """What the component ``pupil_panel`` reads."""

    pupil: str
    name: str
    href: str
    about: str
    status: dict[str, str] | None
    contacts: list[dict[str, Any]]
    siblings: list[dict[str, Any]]
    happened: list[dict[str, str]]
    has_case: bool
    elsewhere: bool = False
    """Somebody at the place where the pupil is planned to be may say that the pupil is there."""


def load_panel(db: Connection, at: Here, morning: Morning, viewing: Viewing, public_id: str) -> Panel | None:
    """The panel of a pupil who has a row on the board, else None."""
    pupil = next((each for each in morning.pupils if each.row.pupil_public_id == public_id), None)
    if pupil is None:
        return None
    row = pupil.row
    saw(row.pupil_id)
    contacts: list[dict[str, Any]] = []
    leads = False
    if at.may(Permission.SEE_CONTACTS):
        family = family_of(db, at.school.organisation_id, [row.pupil_id])
        held = at.may(Permission.STOP_MESSAGES)
        contacts = contact_lines(family, row.pupil_id, at.on, row.next_contact_id, held=held)
        leads = row.pupil_id in family.dsl_leads
    _, siblings = load_siblings(db, at.school.organisation_id, row, at.on, at.half, morning.now)
    first, last = day_bounds(at.on)
    found = happenings(db, *at.keys, row.enrolment_id, row.pupil_id, first, last, 12)
    return Panel(
        pupil=row.pupil_public_id, name=pupil.name, href=viewing.pupil(row.pupil_public_id),
        about=("DSL leads. " if leads else "") + _about(db, at, pupil),
        status=STATUS.get(pupil.state.state) if pupil.state.state else None,
        contacts=contacts, siblings=[sibling_line(each, at) for each in siblings],
        happened=[
            {"time": entry.time, "text": " ".join(part for part in (entry.heading, entry.text) if part)}
            for entry in entries(found, at.permissions, at.school.code)
        ],
        has_case=row.case_id is not None and row.case_state != "closed",
        elsewhere=pupil.state.why in _NOT_CONFIRMED and at.is_today and at.may(Permission.LOG_CALLS),
    )  # fmt: skip


def _about(db: Connection, at: Here, pupil: PupilNow) -> str:
    row = pupil.row
    bounds = academic_year_bounds(academic_year(at.on))
    weeks = pupil_weeks(db, at.school.organisation_id, [row.enrolment_id], *bounds)
    counts = year_tally(weeks)
    figures = f" {sessions_words(counts)}." if counts else ""
    return f"{row.form or 'No form'}, age {age_on(row.date_of_birth, at.on)}.{figures}{_nth_time(db, at, pupil, weeks)}"


def _nth_time(db: Connection, at: Here, pupil: PupilNow, weeks: Sequence[Any]) -> str:
    """Of a child who is away: how often that makes it this term."""
    term = next((term for term in calendar_of(db, *at.keys).terms if term.starts_on <= at.on <= term.ends_on), None)
    if term is None or pupil.state.state not in (Whereabouts.EXPLAINED, Whereabouts.UNEXPLAINED):
        return ""
    rows = [(row.week, row.codes) for row in weeks if week_start(term.starts_on) <= row.week <= at.on]
    times = times_away(rows, term.starts_on, at.on, away_now=True)
    return f" It is the {ordinal(times)} time away this term."


def tally_of(row: Any) -> Tally:
    """The tally of a row of the caches."""
    return Tally(*(getattr(row, field) for field in _COUNTED))


def year_tally(weeks: Sequence[Any]) -> Tally | None:
    """The year's figures out of its weeks; None before its first session."""
    summed = [sum(getattr(row, field) for row in weeks) for field in _COUNTED]
    return Tally(*summed) if any(summed) else None


def contact_lines(
    family: Family, pupil_id: int, on: date, next_id: int | None = None, *, held: bool = False
) -> list[dict[str, Any]]:
    """Whom to ring, in order; nobody who is not to be rung. ``held``: those too, last, for who decides about them."""
    lines = []
    reach = family.to_reach(pupil_id, on)
    for link in (*reach.ring, *(reach.held if held else ())):
        contact = family.contacts[link.contact_id]
        phone = next((p.value for p in contact.points if p.kind != PointKind.EMAIL and p.state != "bad"), "")
        notes = [] if link in reach.ring else ["Held for the DSL."]
        notes.append(link.relationship.capitalize() + ".")
        if link.lives_with:
            notes.append("Lives with.")
        language = language_name(contact.language)
        notes.append(f"{language}, ask for an interpreter." if contact.needs_interpreter else f"{language}.")
        notes.append(f"{national(phone)}." if phone else "No number that works.")
        lines.append(
            {"id": link.contact_id, "name": contact.name, "note": " ".join(notes), "phone": phone,
             "next": link.contact_id == next_id}
        )  # fmt: skip
    return lines


def to_stop(family: Family, pupil_id: int) -> list[tuple[int, str, bool]]:
    """The contacts of the child, in the order to be rung: id, words, and whether messages to them are stopped."""
    links = sorted(family.links.get(pupil_id, ()), key=lambda link: (link.priority, link.contact_id))
    return [
        (
            link.contact_id, f"{family.contacts[link.contact_id].name}, {link.relationship}",
            (pupil_id, link.contact_id) in family.stopped,
        )
        for link in links
    ]  # fmt: skip


def sibling_line(sibling: Sibling, at: Here) -> dict[str, Any]:
    """Ella, Vale Academy 8B; a link only where the viewer works."""
    works_there = any(school.id == sibling.school_id for school in current_staff().schools)
    return {
        "text": f"{sibling.first_name}, {sibling.school_name} {sibling.form}".strip(),
        "href": url_for("staff.pupil", school=sibling.school_code, pupil=sibling.public_id) if works_there else "",
        "status": status_of(sibling.now, at.on, at.permissions),
    }  # fmt: skip


def day_bounds(on: date) -> tuple[datetime, datetime]:
    """The instants at which the day begins and ends in London."""
    start = datetime(on.year, on.month, on.day, tzinfo=LONDON)
    following = on + timedelta(days=1)
    return start, datetime(following.year, following.month, following.day, tzinfo=LONDON)
