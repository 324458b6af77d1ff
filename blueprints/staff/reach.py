"""Who has not been reached or never opened Firstbell: the list, what was done about each, and the list as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from blueprints.parent.typed import new_key
from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import fit_to_show, is_number, typed_key
from webapp.access import current_staff
from webapp.accounts.queries.reach import ReachRow, not_reached
from webapp.accounts.rules.reach import GAP_WORDS, NEXT_WORDS, Gap, ReachNoteKind, why_not_invited
from webapp.accounts.services.reach import ContactNotThere, Reacher, note_export
from webapp.accounts.services.reach import invite_contact as invite
from webapp.accounts.services.reach import note_reach as keep_note
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words
from webapp.people.queries import times_of
from webapp.people.rules import Refused
from webapp.people.rules.contact_points import national
from webapp.people.rules.files.rejections import table_as_csv
from webapp.people.rules.session_days import year_words

Answer = AnyResponse | tuple[str, int]
_NOTES = {
    ReachNoteKind.RANG: "Rang", ReachNoteKind.ASKED: "Asked for a number", ReachNoteKind.LETTER: "Letter sent",
    ReachNoteKind.DONE: "Dealt with", ReachNoteKind.INVITED: "Invited",
}  # fmt: skip
_CHOICES = [(kind.value, words) for kind, words in _NOTES.items() if kind is not ReachNoteKind.INVITED]
_HEADINGS = ("Contact", "Children", "Why", "Next", "Phone", "Last done")
_SAID = {"noted": "Noted.", "invited": "Invited. The message is on its way."}


@blueprint.get("/staff/<school>/not-reached")
def reach(school: str) -> str:
    return _page(here())


@blueprint.post("/staff/<school>/not-reached/<adult>/note")
def note_reach(school: str, adult: str) -> Answer:
    form = request.form
    return _do(adult, "noted", lambda by: keep_note(
        by, adult, form.get("kind", ""), form.get("words", ""), typed_key()
    ))  # fmt: skip


@blueprint.post("/staff/<school>/not-reached/<adult>/invite")
def invite_contact(school: str, adult: str) -> Answer:
    return _do(adult, "invited", lambda by: invite(by, adult, typed_key()))


@blueprint.post("/staff/<school>/not-reached/file")
def reach_file(school: str) -> Response:
    """The list as it is filtered, as CSV; that it was taken is in the trail."""
    at = here()
    rows = [row for row in _rows(at, *_filters()) if not row.done]
    note_export(_by(at), len(rows))
    answer = Response(table_as_csv(_HEADINGS, [_cells(row) for row in rows]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="not-reached-{at.today.isoformat()}.csv"'
    return answer


def _do(adult: str, said: str, deed: Any) -> Answer:
    at = here()
    try:
        deed(_by(at))
    except ContactNotThere:
        abort(404)
    except Refused as refused:
        return _page(at, refused, adult), 422
    return redirect(url_for("staff.reach", school=at.school.code, said=said, **_kept()), 303)


def _by(at: Here) -> Reacher:
    return Reacher(*at.keys, current_staff().actor)


def _filters() -> tuple[int | None, str, str]:
    """Year, form and reason as asked for; what is none of ours filters nothing."""
    year, why = request.values.get("year", ""), request.values.get("why", "")
    form = fit_to_show(request.values.get("form", ""))[:24].strip()
    return int(year) if is_number(year, 2) else None, form, why if why in {gap.value for gap in Gap} else ""


def _kept() -> dict[str, Any]:
    year, form, why = _filters()
    return {"year": "" if year is None else str(year), "form": form, "why": why}


def _rows(at: Here, year: int | None, form: str, why: str) -> Sequence[ReachRow]:
    with read_door() as db:
        found = not_reached(db, *at.keys, at.today, school_now(), year=year, form=form)
    return [row for row in found if not why or why in row.gaps]


def _page(at: Here, refused: Refused | None = None, wrong: str = "") -> str:
    year, form, why = _filters()
    rows, now = _rows(at, year, form, why), school_now()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    waiting = [row for row in rows if not row.done]
    return show(
        "staff/reach/reach.html", at, seen, times, "tasks", rows=[_line(row, now) for row in waiting[:200]],
        more=max(0, len(waiting) - 200), dealt_with=len(rows) - len(waiting), filters=_kept(), key=new_key(),
        years=[(str(number), year_words(number)) for number in range(14)], wrong=wrong, choices=_CHOICES,
        reasons=[(gap.value, words) for gap, words in GAP_WORDS.items()], refused=refused,
        said=_SAID.get(request.args.get("said", "")),
        counts=[(words, sum(gap in row.gaps for row in waiting)) for gap, words in GAP_WORDS.items()],
        errors=[{"text": refused.mend, "href": f"#contact-{wrong}" if _is_on(waiting, wrong) else "#main"}]
        if refused else [],
    )  # fmt: skip


def _is_on(rows: Sequence[ReachRow], public_id: str) -> bool:
    return any(row.public_id == public_id for row in rows[:200])


def _line(row: ReachRow, now: Any) -> dict[str, Any]:
    return {
        "row": row, "children": _children(row), "why": [GAP_WORDS[gap] for gap in row.gaps], "how": row.how,
        "next": NEXT_WORDS[row.next], "phone": national(row.phone) if row.phone else "",
        "may_invite": why_not_invited(row.facts, now) == "", "last": _last(row),
    }  # fmt: skip


def _children(row: ReachRow) -> str:
    return ", ".join(f"{name} {form}".strip() for name, _, form in row.children)


def _last(row: ReachRow) -> str:
    """Rang, Mon 15 June, Vera Moss: No answer."""
    if not row.notes:
        return ""
    note = row.notes[0]
    what = f"{_NOTES[ReachNoteKind(note.kind)]}, {short_day_words(london(note.at).date())}, {note.by}"
    return f"{what}: {note.words}" if note.words else what


def _cells(row: ReachRow) -> tuple[str, ...]:
    return (
        row.name, _children(row), "; ".join(GAP_WORDS[gap] for gap in row.gaps), NEXT_WORDS[row.next],
        national(row.phone) if row.phone else "", _last(row),
    )  # fmt: skip
