"""The long way, in four questions: who and what, when, why, and check. Nothing is chosen but by what was tapped.

What is no secret (which child, what kind, which day) stands in the address, so that Back works; why a child is away is
sent in the body alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import abort, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.parent import blueprint
from blueprints.parent.changes import PLACES, dates_of
from blueprints.parent.frame import child_day, frame
from blueprints.parent.quick_report import send
from blueprints.parent.typed import as_fields, by_field, fitting_items, new_key, read_typed, summary
from webapp.absence.rules.cover import Away
from webapp.absence.rules.drafts import ChildDay, Draft, FieldError, Refusals, TypedReport, read_report
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import Reason, Symptom, why_words
from webapp.absence.rules.receipts import when_words
from webapp.absence.rules.times import local_day, read_day
from webapp.access import current_parent
from webapp.accounts.queries.parents import ViewerChild
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import day_words
from webapp.people.rules.rights import Right

Answer = str | tuple[str, int] | Response
_DAYS_OFFERED = 5
_TODAY = "today"
_FIRST = {"children", "kind"}
_SECOND = {"starts_on", "ends_on", "leaves_at", "arrives_at"}


@blueprint.get("/absence-reports/new")
def new_report() -> Answer:
    return _first(_read())


@blueprint.get("/absence-reports/new/when")
def when() -> Answer:
    typed = _read()
    errors = _errors(typed, _FIRST)
    if errors:
        return _first(typed, errors)
    # All day today has no more to ask about the time.
    return _third(typed) if request.args.get("kind") == _TODAY else _second(typed)


@blueprint.get("/absence-reports/new/why")
def why() -> Answer:
    typed = _read()
    errors = _errors(typed, _FIRST)
    if errors:
        return _first(typed, errors)
    errors = _errors(typed, _SECOND)
    return _second(typed, errors) if errors else _third(typed)


@blueprint.post("/absence-reports/new/check")
def check() -> Answer:
    typed = read_typed(request.form, back_on="")
    answer = _draft(typed)
    key = request.form.get("submission_key", "")
    if isinstance(answer, Refusals):
        return _faulty(typed, answer.errors, key)
    return _fourth(typed, answer, key)


@blueprint.post("/absence-reports/new")
def send_new_report() -> Answer:
    typed = read_typed(request.form, back_on="")
    return send(typed, lambda errors: _faulty(typed, errors, request.form.get("submission_key", "")))


def _read() -> TypedReport:
    """What the address says. "today" is all day today."""
    typed_kind = request.args.get("kind", "")
    if typed_kind != _TODAY:
        return read_typed(request.args)
    return read_typed(request.args, kind=Kind.ALL_DAY.value, starts_on=local_day(school_now()).isoformat())


def _children(typed: TypedReport) -> list[ViewerChild]:
    """The chosen children. 404 for one whom this adult may not report."""
    viewer = current_parent()
    found = [viewer.find_child(key) for key in typed.children]
    if any(child is None or not child.may(Right.REPORT) for child in found):
        abort(404)
    return [child for child in found if child is not None]


def _days(typed: TypedReport) -> list[ChildDay]:
    children, today = _children(typed), local_day(school_now())
    with read_door() as db:
        return [child_day(db, child, today) for child in children]


def _draft(typed: TypedReport) -> Draft | Refusals:
    return read_report(typed, _days(typed), school_now())


def _errors(typed: TypedReport, fields: set[str]) -> tuple[FieldError, ...]:
    """What is wrong so far; a reason that fits stands in for the one that is asked next."""
    stand_in = TypedReport(
        typed.children, typed.kind, typed.starts_on, typed.ends_on, typed.leaves_at, typed.arrives_at,
        Reason.OTHER.value,
    )  # fmt: skip
    answer = _draft(stand_in)
    return tuple(error for error in answer.errors if error.field in fields) if isinstance(answer, Refusals) else ()


def _faulty(typed: TypedReport, errors: Sequence[FieldError], key: str) -> Answer:
    """Back to the first question that has something wrong, with everything as it was typed."""
    fields = {error.field for error in errors}
    if fields & _FIRST:
        return _first(typed, errors), 422
    return (_second(typed, errors) if fields & _SECOND else _third(typed, errors, key)), 422


def _first(typed: TypedReport, errors: Sequence[FieldError] = ()) -> str:
    viewer = current_parent()
    children = [(child.public_id, child.first_name) for child in viewer.children if child.may(Right.REPORT)]
    if not children:
        abort(404)
    chosen = typed.children or ((children[0][0],) if len(children) == 1 else ())
    kinds = [
        {"value": _TODAY, "text": "All day today"},
        {"value": Kind.ALL_DAY.value, "text": "All day on another day"},
        *({"value": kind.value, "text": kind.label} for kind in Kind if kind is not Kind.ALL_DAY),
    ]
    return _page("who", typed, errors, children=children, chosen=chosen, kinds=kinds, kind=request.values.get("kind"))


def _second(typed: TypedReport, errors: Sequence[FieldError] = ()) -> str:
    days = _days(typed)
    offered = _offered(days[0], local_day(school_now())) if days else []
    values = [value for value, _ in offered]
    chosen = typed.starts_on if typed.starts_on in values else ("other" if typed.starts_on else None)
    kind = Kind(typed.kind)
    # Where a day was tapped, or none, the radios are at fault; else the three fields.
    places = PLACES if chosen == "other" else {"ends_on": PLACES["ends_on"]}
    return _page(
        "when", typed, errors, places, offered=offered, chosen=chosen, dates=dates_of(typed), leaves=kind.leaves,
        arrives=kind.arrives, several=kind is Kind.DAYS, names=_names(typed),
    )  # fmt: skip


def _offered(child: ChildDay, today: date) -> list[tuple[str, str]]:
    """Today, where there is school, and the next school days."""
    days = [today] if child.calendar.is_school_day(today, child.year_group) else []
    while len(days) < _DAYS_OFFERED:
        following = child.calendar.next_school_day(days[-1] if days else today, child.year_group)
        if following is None:
            break
        days.append(following)
    return [(day.isoformat(), f"Today, {day_words(day)}" if day == today else day_words(day)) for day in days]


def _third(typed: TypedReport, errors: Sequence[FieldError] = (), key: str = "") -> str:
    return _page("why", typed, errors, reasons=fitting_items(typed), names=_names(typed), key=key or new_key(),
                 doing=_doing(typed.kind))  # fmt: skip


def _fourth(typed: TypedReport, draft: Draft, key: str) -> str:
    today = local_day(school_now())
    away = Away(draft.kind, draft.starts_on, draft.ends_on, draft.leaves_at, draft.arrives_at)
    symptoms: tuple[Symptom, ...] = draft.symptoms
    facts = [
        ("Who", _names(typed)), ("When", when_words(away, today)), ("Why", why_words(draft.reason, symptoms)),
        *([("Your words", draft.words)] if draft.words else []),
    ]  # fmt: skip
    return _page("check", typed, (), facts=facts, key=key, long_run=any(c.asked_until for c in draft.children))


def _names(typed: TypedReport) -> str:
    firsts = [child.first_name for child in _children(typed)]
    return firsts[0] if len(firsts) == 1 else f"{', '.join(firsts[:-1])} and {firsts[-1]}" if firsts else ""


def _doing(kind: str) -> str:
    words = {Kind.LATE: "coming in late", Kind.EARLY: "leaving early", Kind.OUT_AND_BACK: "going out"}
    return words.get(Kind(kind), "away") if kind in {each.value for each in Kind} else "away"


def _page(
    step: str, typed: TypedReport, errors: Sequence[FieldError], places: Mapping[str, str] | None = None, **context: Any
) -> str:
    number = ("who", "when", "why", "check").index(step) + 1
    held = as_fields(typed)
    back = {
        "who": "/home", "when": url_for("parent.new_report", **_address(typed, _FIRST)),
        "why": url_for("parent.when", **_address(typed, _FIRST | _SECOND)),
        "check": url_for("parent.why", **_address(typed, _FIRST | _SECOND)),
    }  # fmt: skip
    return render_template(
        f"parent/new_{step}.html", typed=typed, held=held, errors=summary(errors, places), faults=by_field(errors),
        before_title=f"Question {number} of 4" if number < 4 else "Last step", back={"href": back[step]},
        today=read_day(typed.starts_on), **context, **frame(current_parent()),
    )  # fmt: skip


def _address(typed: TypedReport, names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in as_fields(typed).items() if name in names}
