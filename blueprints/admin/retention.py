"""What is due to be deleted, looked at twice and confirmed; certificates of what was; and what is held."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.admin.data_requests import about_here, keeper
from blueprints.admin.data_words import day, when
from blueprints.admin.setting_words import value_words
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import fit_to_show, typed_again, typed_key
from webapp.foundation.db import read_door
from webapp.insight.queries.finding import find_people
from webapp.insight.queries.holds import holds_of
from webapp.insight.queries.keeping import SHOWN, count_due, find_run, last_counts, list_due, list_runs, run_progress
from webapp.insight.rules.keeping import (
    KEEPINGS,
    DeletionRefused,
    RecordKind,
    count_words,
    read_kinds,
    schedule_of,
)
from webapp.insight.services.holds import hold_records, release_hold
from webapp.insight.services.keeping import confirm_deletion
from webapp.people.queries import settings_of, times_of
from webapp.people.rules import Refused
from webapp.people.rules.roles import Permission

Answer = Response | tuple[str, int]
_STATES = {"running": ("wait", "Being deleted"), "done": ("in", "Deleted"), "failed": ("missing", "Stopped")}


@blueprint.get("/staff/<school>/retention")
def retention(school: str) -> str:
    return _page(here())


@blueprint.get("/staff/<school>/retention/confirm")
def confirm_retention(school: str) -> Answer | str:
    at = here()
    try:
        kinds = read_kinds(request.args.getlist("kinds"))
    except DeletionRefused as refused:
        return _page(at, refused), 422
    return _confirm_page(at, kinds)


@blueprint.post("/staff/<school>/retention/confirm")
def delete_records(school: str) -> Answer:
    at, form = here(), request.form
    try:
        kinds = read_kinds(form.getlist("kinds"))
    except DeletionRefused as refused:
        return _page(at, refused), 422
    try:
        run = confirm_deletion(keeper(at), kinds, form.get("total", ""), submission_key=typed_key())
    except DeletionRefused as refused:
        return _confirm_page(at, kinds, refused), 422
    return redirect(url_for("admin.deletion", school=school, deletion=run), 303)


@blueprint.get("/staff/<school>/retention/deletions/<deletion>")
def deletion(school: str, deletion: str) -> str:
    at = here()
    run = _run(at, deletion)
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        percent, words = run_progress(db, at.school.organisation_id, run.id)
    plan = [(KEEPINGS[RecordKind(kind)].title, count_words(RecordKind(kind), each["due"]), each["before"])
            for kind, each in run.plan["kinds"].items()]  # fmt: skip
    gone = [(KEEPINGS[RecordKind(kind)].title, table, count) for kind, tables in run.result.items()
            for table, count in tables.items()]  # fmt: skip
    return show(
        "admin/retention/deletion.html", at, seen, times, "retention", run=run, status_of_run=_STATES[run.state],
        plan=plan, gone=gone, percent=percent, words=words, confirmed=when(run.confirmed_at),
        finished=when(run.finished_at) if run.finished_at else "",
    )  # fmt: skip


@blueprint.get("/staff/<school>/retention/deletions/<deletion>/progress")
def deletion_progress(school: str, deletion: str) -> FlaskResponse:
    """What the progress bar asks: state, percent, and what is being done."""
    at = here()
    run = _run(at, deletion)
    with read_door() as db:
        percent, words = run_progress(db, at.school.organisation_id, run.id)
    return jsonify(state=run.state, percent=percent, words=words)


@blueprint.get("/staff/<school>/retention/holds")
def holds(school: str) -> str:
    return _holds_page(here())


@blueprint.post("/staff/<school>/retention/holds/<kind>/<person>")
def hold(school: str, kind: str, person: str) -> Answer:
    at, form = here(), request.form
    about = about_here(at, kind, person)
    try:
        hold_records(keeper(at), about, form.get("why", ""), form.get("review", ""))
    except Refused as refused:
        return _holds_page(at, refused, (kind, person, about.name)), 409 if refused.field == "hold" else 422
    return redirect(url_for("admin.holds", school=school), 303)


@blueprint.post("/staff/<school>/retention/holds/release")
def release(school: str) -> Answer:
    at = here()
    try:
        release_hold(keeper(at), request.form.get("hold", ""))
    except Refused as refused:
        return _holds_page(at, refused), 409
    return redirect(url_for("admin.holds", school=school), 303)


def _run(at: Here, public_id: str) -> Any:
    with read_door() as db:
        found = find_run(db, *at.keys, public_id)
    return found if found is not None else abort(404)


def _page(at: Here, refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        settings = settings_of(db, *at.keys, at.today)
        counts, runs = last_counts(db, *at.keys), list_runs(db, *at.keys)
    schedule = schedule_of(settings, at.today)
    rows = [
        {"kind": kind.value, "title": keeping.title, "kept": value_words(keeping.key.name, str(settings[keeping.key])),
         "source": keeping.source, "before": day(schedule.before[kind]), "counted": kind.value in counts,
         "due": counts[kind.value].due if kind.value in counts else 0,
         "due_words": count_words(kind, counts[kind.value].due) if kind.value in counts else "Not counted yet",
         "oldest": day(counts[kind.value].oldest) if kind.value in counts and counts[kind.value].oldest else ""}
        for kind, keeping in KEEPINGS.items()
    ]  # fmt: skip
    counted = next((when(row.counted_at) for row in counts.values()), "")
    return show(
        "admin/retention/retention.html", at, seen, times, "retention", rows=rows, counted=counted,
        runs=[(run, _STATES[run.state], when(run.confirmed_at)) for run in runs], errors=_errors(refused, "kinds"),
        holds=at.may(Permission.HOLD_RECORDS), sets=at.may(Permission.MANAGE_SETTINGS),
    )  # fmt: skip


def _confirm_page(at: Here, kinds: tuple[RecordKind, ...], refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        schedule = schedule_of(settings_of(db, *at.keys, at.today), at.today)
        counts = [count_due(db, kind, *at.keys, schedule) for kind in kinds]
        lists = {kind: list_due(db, kind, *at.keys, schedule) for kind in kinds}
    return show(
        "admin/retention/confirm.html", at, seen, times, "retention", key=secrets.token_urlsafe(18), shown=SHOWN,
        kinds=[kind.value for kind in kinds], total=sum(each.due for each in counts), typed=typed_again(),
        found=[(KEEPINGS[each.kind].title, count_words(each.kind, each.due), day(each.before), KEEPINGS[each.kind].age,
                [(row.name, count_words(each.kind, row.due), day(row.oldest) if row.oldest else "")
                 for row in lists[each.kind]]) for each in counts],
        errors=_errors(refused),
    )  # fmt: skip


def _holds_page(at: Here, refused: Refused | None = None, chosen: tuple[str, str, str] | None = None) -> str:
    words = fit_to_show(request.args.get("q", "")[:100])
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        standing = holds_of(db, *at.keys)
        people = find_people(db, *at.keys, words) if words else ()
    asked = request.args.get("kind", ""), request.args.get("person", "")
    if chosen is None and all(asked):
        about = about_here(at, *asked)
        chosen = f"{about.kind}s", about.public_id, about.name
    return show(
        "admin/retention/holds.html", at, seen, times, "retention", words=words, people=people, chosen=chosen,
        standing=[(row, when(row.held_at), day(row.review_on)) for row in standing], typed=typed_again(),
        errors=_errors(refused),
    )  # fmt: skip


def _errors(refused: Refused | None, field: str = "") -> list[dict[str, str]]:
    return [{"text": refused.mend, "href": f"#{field or refused.field}"}] if refused is not None else []
