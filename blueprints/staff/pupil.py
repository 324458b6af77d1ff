"""Everything about one pupil in time order, with the year picture; and the change of one mark, with its reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from blueprints.pictures.year import WeekRow, YearLayout, year_picture
from blueprints.staff import blueprint
from blueprints.staff.board_rows import when_words
from blueprints.staff.decisions import decider
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.panel import contact_lines, day_bounds, sibling_line, to_stop, year_tally
from blueprints.staff.timeline_words import KINDS, by_day, entries
from blueprints.staff.whereabouts import status_of
from webapp.absence.queries.deciding import session_facts
from webapp.access import saw
from webapp.first_day.queries.pupil_now import PupilToday, find_pupil_today
from webapp.first_day.queries.siblings import load_siblings
from webapp.first_day.queries.timeline import happenings
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.foundation.words import day_words, short_day_words, staff_time
from webapp.people.queries import calendar_of, family_of, forms_of, groups_of, times_of
from webapp.people.rules.ages import age_on, compulsory_school_age
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.groups import Group, look_first, visible_groups
from webapp.people.rules.names import TextRefused, need_line
from webapp.people.rules.roles import Permission
from webapp.record.queries import pupil_amendments, pupil_weeks
from webapp.record.rules import RecordRefused, check_mark, codes_in_force, sessions_words
from webapp.record.rules.codes import half_from_index
from webapp.record.rules.weeks import academic_year, academic_year_bounds
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

_SHOWN_AT_FIRST = timedelta(days=31)
_WEEKS_COUNTED = 10
"""School weeks over which absence that was not agreed is counted for a penalty notice (domain §6)."""
_KNOWN = {group.value: group for group in Group}
STOPPED = {
    "stopped": "Messages are stopped. What was waiting will not go, and links that were sent no longer work.",
    "stood": "These messages were stopped already.",
}
_SAID = {
    **{word: {"kind": "good", "text": text} for word, text in STOPPED.items()},
    "note-general": {"kind": "good", "text": "The note is saved."},
    "note-health": {"kind": "good", "text": "The note is saved. Only those who see health reasons see it."},
    "note-safeguarding": {"kind": "good", "text": "The note is saved. Only those who see safeguarding flags see it."},
    "message": {"kind": "good", "text": "The message is on its way. The timeline says what becomes of it."},
    "message-ring": {"kind": "alarm", "text": "Nothing reaches this person: no number or address works. Ring instead."},
}
"""What was just done, by the word in the address."""
Errors = list[dict[str, str]]


@blueprint.get("/staff/<school>/pupils/<pupil>")
def pupil(school: str, pupil: str) -> str:
    at = here()
    with read_door() as db:
        found = get_pupil(db, at, pupil)
        return _page(db, at, found)


def get_pupil(db: Connection, at: Here, public_id: str) -> PupilToday:
    """The pupil of the address; 404 for one who is not on the roll, or not of the viewer's own forms."""
    found = find_pupil_today(db, *at.keys, public_id, at.on, at.half.index)
    if found is None:
        abort(404)
    if not at.may(Permission.VIEW_ANY_PUPIL):
        own = {form_id for form_id, _ in forms_of(db, *at.keys, at.mine.owners, at.today)}
        if found.form_id not in own:
            abort(404)
    saw(found.pupil_id)
    return found


def _page(db: Connection, at: Here, found: PupilToday) -> str:
    seen, times, calendar = around(db, at), times_of(db, *at.keys, at.today), calendar_of(db, *at.keys)
    year = academic_year(at.today)
    first_day, last_day = academic_year_bounds(year)
    weeks = pupil_weeks(db, at.school.organisation_id, [found.enrolment_id], first_day, last_day)
    groups = groups_of(db, at.school.organisation_id, [found.pupil_id], at.today).get(found.pupil_id, frozenset())
    contacts: list[dict[str, Any]] = []
    family = family_of(db, at.school.organisation_id, [found.pupil_id])
    if at.may(Permission.SEE_CONTACTS):
        held = at.may(Permission.STOP_MESSAGES)
        contacts = contact_lines(family, found.pupil_id, at.today, found.next_contact_id, held=held)
    stands, siblings = load_siblings(db, at.school.organisation_id, found, at.today, at.half, school_now())
    since, until, older = _range(at)
    happened = happenings(db, *at.keys, found.enrolment_id, found.pupil_id, day_bounds(since)[0], day_bounds(until)[1])
    kind = request.args.get("show", "")
    every = entries(happened, at.permissions, at.school.code)
    lines = [entry for entry in every if kind not in KINDS or entry.kind == kind]
    terms = [term for term in calendar.terms if first_day <= term.starts_on <= last_day]
    sees_codes = at.may(Permission.SEE_HEALTH_REASONS)
    known = frozenset(_KNOWN[name] for name in groups & set(_KNOWN))
    counts = year_tally(weeks)
    return show(
        "staff/pupil/pupil.html", at, seen, times, "find", pupil=found, age=age_on(found.date_of_birth, at.today),
        groups=visible_groups(known, frozenset(at.permissions)), first=look_first(known), counts=counts,
        says=f"In school {sessions_words(counts)}." if counts else "No sessions yet.",
        picture=year_picture(
            [WeekRow(row.week, row.codes) for row in weeks], terms, calendar, at.today, for_parent=not sees_codes,
            layout=YearLayout.ROW, year_group=found.year_group, since=found.starts_on, until=found.ends_on,
        ),
        not_agreed=_not_agreed(weeks, calendar, at.today, found.year_group), contacts=contacts,
        status=status_of(stands, at.today, at.permissions),
        siblings=[sibling_line(each, at) for each in siblings], days=by_day(lines, at.today), kinds=KINDS, kind=kind,
        older=older if older["month"] >= f"{found.starts_on:%Y-%m}" else None,
        changed=_changed(db, at, found, first_day, last_day) if sees_codes else [],
        next_due=when_words(found.next_due_at, school_now()) if found.has_case and found.next_due_at else "",
        dsl_leads=found.pupil_id in family.dsl_leads,
        to_stop=to_stop(family, found.pupil_id) if at.may(Permission.STOP_MESSAGES) else [],
        sees_codes=sees_codes, said=_SAID.get(request.args.get("said", "")),
    )  # fmt: skip


def _range(at: Here) -> tuple[date, date, dict[str, str]]:
    """The days that are shown, and the link to the month before."""
    asked = request.args.get("month", "")
    try:
        start = date.fromisoformat(f"{asked}-01") if asked else at.today - _SHOWN_AT_FIRST
    except ValueError:
        abort(404)
    end = min(at.today, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)) if asked else at.today
    before = start.replace(day=1) - timedelta(days=1) if asked else start
    month = day_words(before).split(" ")[2]
    return start, end, {"month": f"{before:%Y-%m}", "text": f"Show {month} {before.year}"}


def _not_agreed(weeks: Any, calendar: SchoolCalendar, today: date, year_group: int | None) -> tuple[int, date | None]:
    """Sessions not agreed in the last ten school weeks, those without a reason yet left out; and since when."""
    counted = calendar.school_weeks(academic_year_bounds(academic_year(today))[0], today, year_group)[-_WEEKS_COUNTED:]
    wanted = set(counted)
    return sum(row.unauthorised - row.unresolved for row in weeks if row.week in wanted), min(wanted, default=None)


def _changed(db: Connection, at: Here, found: PupilToday, first: date, last: date) -> list[dict[str, Any]]:
    """Every amendment of the year with its five parts, newest first; the oldest of a session says what came first."""
    rows = pupil_amendments(db, at.school.organisation_id, found.enrolment_id, first, last)
    oldest: dict[tuple[date, int], Any] = {}
    for row in rows:
        oldest.setdefault((row.date, row.half), row)
    in_order = sorted(rows, key=lambda row: row.amended_at)
    return [_parts(row, is_first=oldest[row.date, row.half] is row) for row in reversed(in_order)]


def _parts(row: Any, *, is_first: bool) -> dict[str, Any]:
    when = london(row.amended_at)
    return {
        "session": f"{short_day_words(row.date)} {'morning' if row.half == 0 else 'afternoon'}",
        "before": row.original_code or "no mark", "first": is_first, "after": row.amended_code or "no mark",
        "why": row.reason, "when": f"{short_day_words(when.date())} {staff_time(when)}", "who": row.actor_name,
        "position": row.actor_position,
    }  # fmt: skip


@blueprint.get("/staff/<school>/pupils/<pupil>/mark/<on>/<half>")
def mark(school: str, pupil: str, on: str, half: str) -> str:
    return _mark_page(here(on, half), pupil)


@blueprint.post("/staff/<school>/pupils/<pupil>/mark/<on>/<half>")
def change_mark(school: str, pupil: str, on: str, half: str) -> Response | tuple[str, int]:
    at = here(on, half)
    if not at.is_today and not at.may(Permission.AMEND_PAST_MARKS):
        abort(403)
    with read_door() as db:
        found = get_pupil(db, at, pupil)
    typed = {name: request.form.get(name, "") for name in ("code", "note", "reason", "seen")}
    try:
        written = write_marks(_batch(at, found, typed))
    except TextRefused as refused:
        is_reason_empty = refused.field == "reason" and not typed["reason"].strip()
        text = "Write why the mark changes" if is_reason_empty else refused.mend
        return _mark_page(at, pupil, typed, [{"text": text, "href": f"#{refused.field}"}]), 422
    except RecordRefused as refused:
        return _mark_page(at, pupil, typed, [{"text": f"{refused} {refused.mend}", "href": f"#{refused.field}"}]), 422
    if written.stale:
        now = found.code or "no mark"
        text = f"Somebody changed this mark first. It says {now} now; you chose {typed['code']}. Look again, then save."
        return _mark_page(at, pupil, typed, [{"text": text, "href": "#code"}]), 409
    return redirect(at.board if at.is_today else url_for("staff.pupil", school=school, pupil=pupil), 303)


def _batch(at: Here, found: PupilToday, typed: dict[str, str]) -> MarkBatch:
    """The change, if the code may be written by this person for this session. Raises TextRefused or CodeRefused."""
    with read_door() as db:
        calendar, times = calendar_of(db, *at.keys), times_of(db, *at.keys, at.on)
        facts = session_facts(db, at.school.organisation_id, [found.enrolment_id], at.on, at.on)
    by, key = decider(at), (found.enrolment_id, at.on, at.half.index)
    reason = need_line(typed["reason"], 500, "reason")
    code = check_mark(
        typed["code"].strip().upper(), at.on, half_from_index(at.half.index), today=at.today,
        session_open=calendar.is_open(at.on, at.half, found.year_group), setter=by.setter,
        compulsory_school_age=compulsory_school_age(found.date_of_birth, at.on), note=typed["note"],
        leave_granted=key in facts.leave, begun=school_now() >= times.register_opens(at.on, at.half),
    )  # fmt: skip
    change = MarkChange(*key, code.code, note=typed["note"].strip() or None)
    return MarkBatch(*at.keys, [change], by.actor, reason, MarkSource.STAFF, [typed["seen"] or None])


def _mark_page(at: Here, public_id: str, typed: dict[str, str] | None = None, errors: Errors | None = None) -> str:
    with read_door() as db:
        found = get_pupil(db, at, public_id)
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    codes = [
        (code.code, f"{code.code}  {code.meaning}")
        for code in codes_in_force(at.on)
        if decider(at).setter in code.setters and at.half.value in {half.value for half in code.halves}
    ]
    return show(
        "staff/pupil/mark.html", at, seen, times, "find", pupil=found, codes=codes, errors=errors or [],
        typed=typed or {"code": "", "note": "", "reason": ""},
        half_words="morning" if at.half is Half.AM else "afternoon",
    )  # fmt: skip
