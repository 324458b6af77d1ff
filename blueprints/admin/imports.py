"""Bringing in a file: chosen, looked at, applied. The worker checks and applies; the web process never reads it."""

from __future__ import annotations

import secrets

from flask import Response as FlaskResponse
from flask import abort, current_app, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from blueprints.admin import blueprint
from blueprints.admin.import_words import (
    KIND_WORDS,
    UNDER_WAY,
    changes_for,
    columns_for,
    count_figures,
    kinds_of,
    nouns,
    result_words,
    status_of,
    when_staged,
    who_and_when,
    would_change_nothing,
)
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_key, typed_version
from webapp.access import current_staff
from webapp.foundation.db import read_door
from webapp.people.queries import times_of
from webapp.people.queries.imports import RunRow, find_run, list_runs, rejections_of
from webapp.people.rules import Refused
from webapp.people.rules.files import (
    MOST_BYTES,
    ConfirmationNeeded,
    FileRefused,
    ImportKind,
    LookNeeded,
    RunRefused,
    RunState,
)
from webapp.people.rules.roles import Permission
from webapp.record.services.imports import abandon_import, apply_import, check_import_again, stage_import

Errors = list[dict[str, str]]
_SHOWN = 50
_ROLLS = ("whole", "part")


@blueprint.get("/staff/<school>/imports")
def imports(school: str) -> str:
    at = importing()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        runs = [run for run in list_runs(db, *at.keys) if run.kind in kinds_of(at)]
    found = [(run, KIND_WORDS[run.kind][0], status_of(run), result_words(run), when_staged(run)) for run in runs]
    return show(
        "admin/imports/imports.html", at, seen, times, "imports", found=found,
        sees_conflicts=at.may(Permission.AMEND_PAST_MARKS),
    )  # fmt: skip


@blueprint.get("/staff/<school>/imports/new")
def new_import(school: str) -> str:
    return _choose_page(importing())


@blueprint.post("/staff/<school>/imports/new")
def stage_file(school: str) -> Response | tuple[str, int]:
    at, sent = importing(), request.files.get("file")
    kind = _kind(at, request.form.get("kind", ""))
    if kind is None:
        return _choose_page(at, [{"text": "Choose what the file holds", "href": "#kind"}]), 422
    roll = request.form.get("roll", "")
    if kind is ImportKind.PUPILS and roll not in _ROLLS:
        # Whoever is not in a whole roll leaves: nobody chooses that by not choosing.
        text = "Choose whether the file holds the whole roll or only some of it"
        return _choose_page(at, [{"text": text, "href": "#roll"}]), 422
    if sent is None or not sent.filename:
        return _choose_page(at, [{"text": "Choose the file", "href": "#file"}]), 422
    try:
        run = stage_import(
            *at.keys, kind, sent.filename, sent.read(MOST_BYTES + 1), current_staff().actor,
            allow_fictional=current_app.extensions["settings"].fictional_numbers, submission_key=typed_key(),
            part=kind is ImportKind.PUPILS and roll == "part",
        )  # fmt: skip
    except (FileRefused, RunRefused) as refused:
        return _choose_page(at, [{"text": refused.mend, "href": "#file"}]), 422
    return redirect(url_for("admin.run", school=school, run=run), 303)


@blueprint.get("/staff/<school>/imports/<run>")
def run(school: str, run: str) -> str:
    at = importing()
    return _run_page(at, run_here(at, run))


@blueprint.get("/staff/<school>/imports/<run>/progress")
def run_progress(school: str, run: str) -> FlaskResponse:
    """What the progress bar asks: state, percent, and what is being done."""
    found = run_here(importing(), run)
    return jsonify(state=found.state.value, percent=found.percent, words=found.words)


@blueprint.post("/staff/<school>/imports/<run>/apply")
def apply_run(school: str, run: str) -> Response | tuple[str, int]:
    at = importing()
    found, typed = run_here(at, run), request.form.get("ending", "").strip().replace(",", "")
    if found.counts.asks and typed != str(found.counts.removed):
        words = f"Type this number: {found.counts.removed:,}. If it is not right, give the file up"
        return _run_page(at, found, [{"text": words, "href": "#ending"}]), 422
    try:
        apply_import(
            *at.keys, run, typed_version(), current_staff().actor, confirmed=found.counts.asks,
            looked=bool(request.form.get("looked")),
            allow_fictional=current_app.extensions["settings"].fictional_numbers, submission_key=typed_key(),
        )  # fmt: skip
    except LookNeeded as refused:
        return _run_page(at, found, [{"text": refused.mend, "href": "#looked"}]), 422
    except (RunRefused, ConfirmationNeeded) as refused:
        return _moved_on(at, run, refused)
    return redirect(url_for("admin.run", school=school, run=run), 303)


@blueprint.post("/staff/<school>/imports/<run>/give-up")
def give_up_run(school: str, run: str) -> Response | tuple[str, int]:
    at = importing()
    run_here(at, run)
    try:
        abandon_import(*at.keys, run, typed_version(), current_staff().actor)
    except RunRefused as refused:
        return _moved_on(at, run, refused)
    return redirect(url_for("admin.imports", school=school), 303)


@blueprint.post("/staff/<school>/imports/<run>/check-again")
def check_again(school: str, run: str) -> Response | tuple[str, int]:
    at = importing()
    run_here(at, run)
    fictional = current_app.extensions["settings"].fictional_numbers
    try:
        check_import_again(*at.keys, run, typed_version(), current_staff().actor, allow_fictional=fictional)
    except RunRefused as refused:
        return _moved_on(at, run, refused)
    return redirect(url_for("admin.run", school=school, run=run), 303)


def importing() -> Here:
    """The school of the address, for somebody who may bring something in there."""
    at = here()
    if not kinds_of(at):
        abort(403)
    return at


def run_here(at: Here, public_id: str) -> RunRow:
    """A run of this school and of a kind that the viewer may bring in. 404 for any other."""
    with read_door() as db:
        found = find_run(db, *at.keys, public_id)
    if found is None or found.kind not in kinds_of(at):
        abort(404)
    return found


def _kind(at: Here, typed: str) -> ImportKind | None:
    return next((kind for kind in kinds_of(at) if kind.value == typed), None)


def _choose_page(at: Here, errors: Errors | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    kinds = [{"value": kind.value, "text": KIND_WORDS[kind][0], "hint": KIND_WORDS[kind][1]} for kind in kinds_of(at)]
    chosen = request.form.get("kind") or request.args.get("kind")
    roll = request.form.get("roll") or request.args.get("roll")
    return show(
        "admin/imports/new.html", at, seen, times, "imports", errors=errors or [], kinds=kinds, chosen=chosen,
        key=secrets.token_urlsafe(18), most=MOST_BYTES // 1_000_000, roll=roll,
    )  # fmt: skip


def _run_page(at: Here, found: RunRow, errors: Errors | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        refused, viewer = found.state is RunState.REFUSED, current_staff().actor
        rejections = rejections_of(db, at.school.organisation_id, found.id, _SHOWN) if refused else ()
    return show(
        "admin/imports/run.html", at, seen, times, "imports", errors=errors or [], run=found,
        kind=KIND_WORDS[found.kind][0], status_of_run=status_of(found), figures_of=count_figures(found),
        under_way=found.state in UNDER_WAY, rejections=rejections, more=max(found.counts.rejected - _SHOWN, 0),
        who=who_and_when(found), by_another=not found.staged.is_by(viewer.kind.value, viewer.id),
        changes=changes_for(found, at)[:_SHOWN], changing=len(found.preview.changes), shown=_SHOWN,
        sees_codes=at.may(Permission.AMEND_PAST_MARKS), typed=request.form.get("ending", ""),
        key=secrets.token_urlsafe(18), nouns=nouns(found.kind, found.counts.of),
        is_whole=found.kind is ImportKind.PUPILS, is_part=found.staged.part,
        lines=[f"Row {n}" for n, _ in enumerate(found.preview.rows, 1)],
        columns=columns_for(found, at), nothing_new=would_change_nothing(found),
    )  # fmt: skip


def _moved_on(at: Here, public_id: str, refused: Refused) -> tuple[str, int]:
    """Somebody was first, or the file does something else now: what stands is shown with the reason."""
    return _run_page(at, run_here(at, public_id), [{"text": refused.mend, "href": "#run"}]), 409
