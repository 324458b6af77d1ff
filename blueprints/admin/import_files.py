"""Files that go out: what is to be mended, and a sample of each kind; and what the columns of each kind are."""

from __future__ import annotations

import csv
import io

from flask import Response, abort, make_response

from blueprints.admin import blueprint
from blueprints.admin.import_words import KIND_WORDS, changes_for, ending_words, kinds_of
from blueprints.admin.imports import importing, run_here
from blueprints.admin.samples import LAYOUTS, SAMPLES
from blueprints.staff.frame import around, show
from webapp.foundation.db import read_door
from webapp.people.queries import times_of
from webapp.people.queries.imports import rejections_of
from webapp.people.rules.files import ImportKind, as_csv, changes_as_csv


@blueprint.get("/staff/<school>/imports/<run>/to-mend.csv")
def rejections_file(school: str, run: str) -> Response:
    at = importing()
    found = run_here(at, run)
    with read_door() as db:
        rejections = rejections_of(db, at.school.organisation_id, found.id)
    return _csv(as_csv(rejections), f"to-mend-{found.kind.value}.csv")


@blueprint.get("/staff/<school>/imports/<run>/changes.csv")
def changes_file(school: str, run: str) -> Response:
    at = importing()
    found = run_here(at, run)
    data = changes_as_csv(changes_for(found, at), found.preview.removing, ending_words(found))
    return _csv(data, f"changes-{found.kind.value}.csv")


@blueprint.get("/staff/<school>/imports/columns/<kind>")
def import_columns(school: str, kind: str) -> str:
    at = importing()
    found = _kind(kind, kinds_of(at))
    layout = LAYOUTS[found]
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    one_of = [" or ".join(layout.label(name) for name in names) for names in layout.one_of]
    return show(
        "admin/imports/columns.html", at, seen, times, "imports", kind=found.value, word=KIND_WORDS[found][0],
        about=KIND_WORDS[found][1], one_of=one_of,
        fields=[(field.label, field.needed, ", ".join(field.aliases), SAMPLES[found].get(field.label, ""))
                for field in layout.fields],
    )  # fmt: skip


@blueprint.get("/staff/<school>/imports/sample/<kind>.csv")
def sample_file(school: str, kind: str) -> Response:
    found = _kind(kind, kinds_of(importing()))
    return _csv(sample_of(found), f"sample-{found.value}.csv")


def sample_of(kind: ImportKind) -> bytes:
    """A file of that kind with every heading and one made-up row."""
    written = io.StringIO()
    labels = [field.label for field in LAYOUTS[kind].fields]
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(labels)
    writer.writerow([SAMPLES[kind].get(label, "") for label in labels])
    return written.getvalue().encode("utf-8-sig")


def _kind(typed: str, among: list[ImportKind]) -> ImportKind:
    found = next((kind for kind in among if kind.value == typed), None)
    return found if found is not None else abort(404)


def _csv(data: bytes, name: str) -> Response:
    answer = make_response(data)
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
