"""The inbox: reports nobody has read, what families wrote on them, and texts that came in."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.staff import blueprint
from blueprints.staff.board_reports import report_who
from blueprints.staff.decisions import decider
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_again, typed_key
from notifications.rules.holding import PASSED
from notifications.services.inbound import InboundRefused, NamedChild, name_child, settle_text
from webapp.absence.queries.desk import reports_inbox
from webapp.absence.rules.drafts import Refusals, TypedReport
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import REASONS, Reason
from webapp.absence.rules.sight import shown
from webapp.absence.rules.states import ReportRefused
from webapp.absence.services.desk import report_from_text
from webapp.access import current_staff
from webapp.first_day.queries.inbox import TextIn, danger_settled, find_text_in, texts_inbox
from webapp.first_day.queries.pupil_now import find_pupil_today
from webapp.first_day.rules.notes import NoteRefused
from webapp.first_day.services.pupil_notes import NoteWriter, PupilNamed, handle_danger
from webapp.foundation.clock import london, school_now, school_offset
from webapp.foundation.db import read_door
from webapp.foundation.submissions import SubmissionReused
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import roll_of, schools_of, search_pupils, times_of
from webapp.people.queries.schools import SchoolRow
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission

Errors = list[dict[str, str]]
_MOST_MATCHES = 12
_OTHER_CHILD = "Somebody has said that this text is about another child. Look at it again"
_SETTLED_STAYS = timedelta(days=1)
"""How long a text with words of danger stays on the page, counted from when it came, once it is done with."""


@blueprint.get("/staff/<school>/inbox")
def inbox(school: str) -> str:
    return inbox_page(here())


def inbox_page(at: Here, errors: Errors | None = None) -> str:
    flags, looked_for = at.may(Permission.SEE_SAFEGUARDING_FLAGS), request.args.get("q", "").replace("\x00", "")[:80]
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        reports = reports_inbox(db, *at.keys, at.today)
        texts = texts_inbox(db, *at.keys, sees_danger=flags)
        settled = danger_settled(db, *at.keys, school_now() - _SETTLED_STAYS) if flags else ()
        matches = search_pupils(db, *at.keys, looked_for, at.today) if looked_for.strip() else ()
        names = {pupil.enrolment_id: pupil for pupil in roll_of(db, *at.keys, at.today)}
        schools = schools_of(db, at.school.organisation_id)
    return show(
        "staff/inbox/inbox.html", at, seen, times, "inbox", errors=errors or [],
        reports=[
            (row, names[row.enrolment_id], _shown(at, row), report_who(row))
            for row in reports
            if row.enrolment_id in names and (flags or not row.danger)
        ],
        texts=[(text, [names[one] for one in text.candidates if one in names]) for text in texts],
        held={text.public_id: words for text in texts if (words := _held_words(at, text, schools))},
        others=[school for school in schools if school.id != at.school.id],
        handled={text.public_id: _handled_words(text) for text in texts if text.handled_by},
        settled=[(text, _settled_words(text)) for text in settled],
        picked=request.args.get("text", ""), looked_for=looked_for, matches=matches[:_MOST_MATCHES],
        reasons=[(reason.value, kind.staff) for reason, kind in REASONS.items() if kind.fits(Kind.ALL_DAY)],
        key=secrets.token_urlsafe(18), typed=typed_again(), typed_for=(request.view_args or {}).get("text"),
    )  # fmt: skip


def _shown(at: Here, row: Any) -> Any:
    return shown(
        reason=row.reason, symptoms=row.symptoms, words=row.words, danger=row.danger, permissions=at.permissions
    )


def text_in_inbox(at: Here, public_id: str) -> TextIn:
    with read_door() as db:
        found = find_text_in(db, *at.keys, public_id, sees_danger=at.may(Permission.SEE_SAFEGUARDING_FLAGS))
    if found is None or found.hidden:
        abort(404)
    return found


@blueprint.post("/staff/<school>/inbox/<text>/settle")
def settle_inbound(school: str, text: str) -> Response | tuple[str, int]:
    at = here()
    found = text_in_inbox(at, text)
    if first := refuse_first(at, found):
        return first
    try:
        settle_text(at.school.organisation_id, found.id, actor=current_staff().actor, school_id=at.school.id)
    except InboundRefused as refused:
        again = text_in_inbox(at, text)
        words = f"{_settled_words(again)}. Nothing was changed." if again.settled_at is not None else refused.mend
        return inbox_page(at, [{"text": words, "href": "#texts"}]), 409
    return redirect(url_for("staff.inbox", school=school), 303)


def _handled_words(found: TextIn) -> str:
    """Danger dealt with by Ann Lee, Tue 16 June 09:20: the trail keeps machine time, and the page school time."""
    when = f", {_when(found.handled_at + school_offset())}" if found.handled_at is not None else ""
    return f"Danger dealt with by {found.handled_by}{when}"


def _held_words(at: Here, found: TextIn, schools: Sequence[SchoolRow]) -> str:
    """Who deals with it, or which office has passed it on; nothing where nobody has said so."""
    if found.held_at is None:
        return ""
    name = next((school.name for school in schools if school.id == found.held_school_id), "")
    when = _when(found.held_at + school_offset())
    if found.held_action == PASSED:
        return f"Passed on by {found.held_by}, {name}, {when}"
    where = f", {name}" if found.held_school_id != at.school.id else ""
    return f"Taken by {found.held_by}{where}, {when}"


def _refuse_taken(at: Here, found: TextIn) -> tuple[str, int] | None:
    """The page that says who deals with a text, where that is somebody of another school."""
    if not found.is_taken_at_another_than(at.school.id):
        return None
    with read_door() as db:
        words = _held_words(at, found, schools_of(db, at.school.organisation_id))
    return inbox_page(at, [{"text": f"{words}. To deal with it yourself, take it first", "href": "#texts"}]), 409


def refuse_first(at: Here, found: TextIn) -> tuple[str, int] | None:
    """The page that says what comes before this deed: another has the text, or its words of danger wait."""
    if found.must_be_handled and not found.is_taken_at_another_than(at.school.id):
        return inbox_page(at, [_handle_first(found)]), 409
    return _refuse_taken(at, found)


def _settled_words(found: TextIn) -> str:
    when = f", {_when(found.settled_at)}" if found.settled_at is not None else ""
    return f"Dealt with by {found.settled_by}{when}"


def _when(instant: datetime) -> str:
    at = london(instant)
    return f"{short_day_words(at.date())} {staff_time(at)}"


def _handle_first(found: TextIn) -> dict[str, str]:
    """Words of danger are first of all danger: by one tap they are neither a report nor done with."""
    return {"text": "Write first what was done about the words of danger", "href": f"#danger-{found.public_id}"}


@blueprint.post("/staff/<school>/inbox/<text>/danger")
def handle_danger_in_text(school: str, text: str) -> Response | tuple[str, int]:
    """Whoever may read words of danger says what was done about them; then the text is like any other."""
    at = here()
    found = text_in_inbox(at, text)
    if not found.danger or found.pupil_id is None:
        return inbox_page(at, [{"text": "Say first which child the text is about", "href": "#texts"}]), 409
    by, pupil = NoteWriter(*at.keys, current_staff().actor), PupilNamed(found.pupil_id, found.pupil_public_id)
    try:
        handle_danger(by, pupil, found.id, request.form.get("words", ""))
    except SubmissionReused:
        return _handled_before(at, text_in_inbox(at, text)), 409
    except NoteRefused:
        return inbox_page(at, [_handle_first(found)]), 422
    except Refused as refused:
        return inbox_page(at, [{"text": refused.mend, "href": f"#danger-{found.public_id}"}]), 422
    return redirect(url_for("staff.inbox", school=school), 303)


def _handled_before(at: Here, found: TextIn) -> str:
    """Two tabs, or two people: the words that were kept first stand, and what was typed now is given back."""
    typed = " ".join(request.form.get("words", "").split())[:500]
    words = f"{_handled_words(found)}. Not kept, add it as a note on the child’s page: “{typed}”"
    return inbox_page(at, [{"text": words, "href": "#texts"}])


@blueprint.post("/staff/<school>/inbox/<text>/child")
def text_about(school: str, text: str) -> Response | tuple[str, int]:
    """Staff say which child a text is about, or that it is another: its words are heard there, and it waits on."""
    at = here()
    found = text_in_inbox(at, text)
    if taken := _refuse_taken(at, found):
        return taken
    with read_door() as db:
        child = find_pupil_today(db, *at.keys, request.form.get("pupil", ""), at.today, at.half.index)
    if child is None:
        return inbox_page(at, [{"text": "Choose the child the text is about", "href": f"#find-{found.public_id}"}]), 422
    named = NamedChild(at.school.id, child.enrolment_id, child.pupil_id, child.first_name)
    try:
        name_child(at.school.organisation_id, found.id, named, actor=current_staff().actor)
    except InboundRefused as refused:
        return inbox_page(at, [{"text": refused.mend, "href": "#texts"}]), 409
    return redirect(url_for("staff.inbox", school=school), 303)


@blueprint.post("/staff/<school>/inbox/<text>/report")
def report_of_text(school: str, text: str) -> Response | tuple[str, int]:
    """What staff read in a text becomes a report; the reader of replies only suggests."""
    at = here()
    found, reason = text_in_inbox(at, text), request.form.get("reason", "")
    if first := refuse_first(at, found):
        return first
    if not found.pupil_public_id:
        return inbox_page(at, [{"text": "Say first which child the text is about", "href": "#texts"}]), 422
    if request.form.get("pupil", "") != found.pupil_public_id:
        return inbox_page(at, [{"text": _OTHER_CHILD, "href": "#texts"}]), 409
    if reason not in set(Reason):
        return inbox_page(at, [{"text": "Choose a reason", "href": f"#reason-{found.public_id}"}]), 422
    typed = TypedReport(
        children=(found.pupil_public_id,), kind=Kind.ALL_DAY.value, starts_on=at.today.isoformat(), reason=reason,
        words=found.body,
    )  # fmt: skip
    try:
        done = report_from_text(decider(at), typed, typed_key(), contact_id=found.contact_id, inbound_id=found.id)
    except InboundRefused as refused:
        return inbox_page(at, [{"text": refused.mend, "href": "#texts"}]), 409
    except (ReportRefused, SubmissionReused, Refused) as refused:
        return inbox_page(at, [{"text": getattr(refused, "mend", str(refused)), "href": "#texts"}]), 422
    if isinstance(done, Refusals):
        return inbox_page(at, [{"text": each.sentence, "href": "#texts"} for each in done.errors]), 422
    return redirect(url_for("staff.inbox", school=school), 303)
