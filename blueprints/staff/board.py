"""The day board: one sum that adds up, six lists that shrink."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as AnyResponse

from blueprints.staff import blueprint
from blueprints.staff.board_reports import bulk_words, chosen, confirm_rows, other_rows
from blueprints.staff.board_rows import Row, Viewing, unexplained_rows
from blueprints.staff.board_words import alarms, health, notices, stops, sum_note, texts_wait
from blueprints.staff.frame import HALF_OF, WORD_OF, Here, around, here, show
from blueprints.staff.panel import load_panel
from blueprints.staff.typed import is_number, typed_again
from webapp.access import current_staff, use_version
from webapp.first_day.queries.around import DAY_VERSION
from webapp.first_day.queries.morning import Morning, load_morning
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.people.queries import calendar_of, times_of
from webapp.people.rules.roles import Permission
from webapp.record.rules import Whereabouts, WorkList

use_version("day", DAY_VERSION, lambda arguments: {"school_code": arguments.get("school", "")})

LISTS: tuple[tuple[WorkList, str], ...] = (
    (WorkList.UNEXPLAINED, "Unexplained"),
    (WorkList.TO_CONFIRM, "To confirm"),
    (WorkList.REPORTED_MARKED_IN, "Reported away, marked in"),
    (WorkList.LATE, "Late"),
    (WorkList.PLANNED, "Planned"),
    (WorkList.SETTLED, "Settled"),
)
CLOSED_AT_FIRST = frozenset({WorkList.PLANNED, WorkList.SETTLED})
_OPEN_FROM = 8
"""Lists that only show are open while they are no longer than this."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: its rows only where they are shown. ``href`` opens it."""

    key: str
    word: str
    number: int
    rows: list[Row] | None
    href: str


@blueprint.get("/staff/<school>/board")
@blueprint.get("/staff/<school>/day/today")
def today(school: str) -> AnyResponse:
    return redirect(here().board)


@blueprint.get("/staff/<school>/day/<on>", defaults={"half": None})
@blueprint.get("/staff/<school>/day/<on>/<half>")
def day(school: str, on: str, half: str | None) -> str:
    return board(here(on, half))


@blueprint.get("/staff/<school>/day/<on>/<half>/changes")
def day_changes(school: str, on: str, half: str) -> Response:
    """What the board asks for every fifteen seconds: 204 from the sign-in's own query, or the page as it is now."""
    at = here(on, half)
    known, _, until = request.args.get("version", "").partition("-")
    if known == str(current_staff().version) and is_number(until, 12) and school_now().timestamp() < int(until):
        return make_response("", 204)
    return make_response(board(at))


def board(at: Here, *, said: str = "", errors: list[dict[str, str]] | None = None) -> str:
    """The page of a session. ``said`` is the line of what was just done."""
    now = school_now()
    with read_door() as db:
        return _board(db, at, now, said, errors or [])


def _board(db: Connection, at: Here, now: datetime, said: str, errors: list[dict[str, str]]) -> str:
    times, calendar = times_of(db, *at.keys, at.on), calendar_of(db, *at.keys)
    year, form = _number("year"), _number("form")
    morning = load_morning(db, *at.keys, at.on, at.half, now, year_group=year, form_id=form)
    seen = around(db, at)
    wait = texts_wait(db, at, morning, seen, times)
    may_decide = at.may(Permission.CONFIRM_CODES)
    viewing = Viewing(
        at.school.code,
        at.permissions,
        now,
        can_decide=may_decide and at.is_today and now >= times.register_opens(at.on, at.half),
        staff_id=current_staff().staff_id,
        standing=at.standing,
        waits=now < times.register_opens(at.on, at.half),
    )
    lists = _lists(at, morning, viewing)
    panel = load_panel(db, at, morning, viewing, request.args["pupil"]) if request.args.get("pupil") else None
    at_hand = any(listed.rows for listed in lists)
    if request.headers.get("X-Part") == "panel":
        # The script has the rest already: the page once more would double what a first look costs.
        return render_template(
            "staff/board/panel.html", at=at, panel=panel, errors=errors, typed=typed_again(), query=_query(),
            rows_at_hand=at_hand,
        )  # fmt: skip
    confirm = next(listed for listed in lists if listed.key == WorkList.TO_CONFIRM).rows or []
    ready = chosen(confirm)
    return show(
        "staff/board/day.html", at, seen, times, "today", morning=morning, lists=lists, viewing=viewing, said=said,
        errors=errors, typed=typed_again(), ready=ready, bulk=bulk_words(ready), may_decide=viewing.can_decide,
        panel=panel, rows_at_hand=at_hand,
        title_count=morning.counts[Whereabouts.UNEXPLAINED], version=_version(morning, now),
        health=health(seen, morning, at, times, wait=wait), note=sum_note(morning),
        alarms=[*alarms(morning, viewing), *(stops(db, at) if seen.stops else [])],
        notices=notices(at, morning, seen, calendar, now, wait=wait), form_name=_filter_words(morning, year, form),
        run=at.is_today and at.may(Permission.RUN_FIRST_DAY) and now >= morning.register_closes
        and any(not row.has_case and not row.done for row in lists[0].rows or []),
        poll=url_for("staff.day_changes", school=at.school.code, on=at.on.isoformat(), half=WORD_OF[at.half]),
        before=_beside(at, calendar.previous_school_day(at.on)), after=_beside(at, calendar.next_school_day(at.on)),
        halves=[
            (word.capitalize(), url_for("staff.day", school=at.school.code, on=at.on.isoformat(), half=word), half)
            for word, half in HALF_OF.items()
        ],
        query=_query(), loop_number={work_list.value: number for number, (work_list, _) in enumerate(LISTS, 1)},
        counts=[
            {"key": each.key, "href": each.href, "number": each.number, "word": each.word,
             "hot": each.key == WorkList.UNEXPLAINED and each.number > 0}
            for each in lists
        ],
        checked=[row.choice for row in ready] if request.args.get("all") else [],
    )  # fmt: skip


def _lists(at: Here, morning: Morning, viewing: Viewing) -> list[Listed]:
    wanted = request.args.get("list", "")
    found = []
    for work_list, word in LISTS:
        number = len(morning.pupils_in(work_list))
        rows: list[Row] | None = None
        if work_list is WorkList.UNEXPLAINED:
            rows = unexplained_rows(morning, viewing)
        elif work_list is WorkList.TO_CONFIRM:
            rows = confirm_rows(morning, viewing)
        elif wanted == work_list or (number <= _OPEN_FROM and work_list not in CLOSED_AT_FIRST):
            # A list that is empty may hold a row that was dealt with just now.
            rows = other_rows(morning, work_list, viewing) or (None if wanted != work_list else [])
        query = {**_query(), "list": work_list.value} if rows is None else _query()
        found.append(Listed(work_list.value, word, number, rows, f"{_address(at, query)}#{work_list.value}"))
    return found


def _version(morning: Morning, now: datetime) -> str:
    """What is known, and until when it is true if nobody does anything."""
    turns = [pupil.state.until for pupil in morning.pupils if pupil.state.until is not None]
    # "In 8 min" is another sentence a minute later; and PostgreSQL may commit a smaller number after a greater.
    turns += [morning.register_closes, now + timedelta(minutes=1)]
    until = min(at for at in turns if at > now)
    return f"{current_staff().version}-{int(until.timestamp())}"


def _number(name: str) -> int | None:
    value = request.args.get(name, "")
    return int(value) if is_number(value, 8) else None


def _query() -> dict[str, str]:
    """The filter that a link or a deed keeps."""
    return {name: request.args[name] for name in ("year", "form", "list") if request.args.get(name)}


def _address(at: Here, query: dict[str, Any]) -> str:
    return url_for("staff.day", school=at.school.code, on=at.on.isoformat(), half=WORD_OF[at.half], **query)


def _beside(at: Here, on: Any) -> dict[str, str] | None:
    if on is None:
        return None
    return {"text": f"{on:%a}", "href": url_for("staff.day", school=at.school.code, on=on.isoformat(), half="morning")}


def _filter_words(morning: Morning, year: int | None, form: int | None) -> str:
    if form is not None:
        return next((each.form for each in morning.forms if each.form_id == form), "this form")
    return f"year {year}" if year is not None else ""
