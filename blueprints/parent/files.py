"""Photos and papers on a report: added one by one, shown to the adult who sent them, taken off."""

from __future__ import annotations

from flask import Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as AnyResponse

from blueprints.parent import blueprint
from blueprints.parent.frame import adults, frame
from blueprints.parent.receipts import get_page
from blueprints.parent.typed import new_key, receipt_url
from webapp.absence.rules.papers import SHOWN_INLINE
from webapp.absence.services.change import ReportNotThere
from webapp.absence.services.papers import add_file, remove_file
from webapp.access import current_parent
from webapp.foundation import files
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door
from webapp.people.rules.refusals import Refused
from webapp.security import FILE_POLICY

Answer = str | tuple[str, int] | AnyResponse | tuple[Response, int]


@blueprint.get("/absence-reports/<report>/files")
def add(report: str) -> Answer:
    return _show(report)


@blueprint.post("/absence-reports/<report>/files")
def send(report: str) -> Answer:
    """One file. A page's script asks for JSON and is told in words what was wrong."""
    found = request.files.get("file")
    data = found.stream.read() if found else b""
    name = (found.filename if found else None) or ""
    by_script = request.accept_mimetypes.best == "application/json"
    try:
        if not found or not name:
            raise Refused("file", "Choose a photo or file")
        added = add_file(adults(current_parent()), report, request.form.get("upload", ""), name, data)
    except ReportNotThere:
        abort(404)
    except Refused as refused:
        return (jsonify(error=refused.mend), 422) if by_script else (_show(report, refused.mend), 422)
    if by_script:
        return jsonify(name=added.name, href=url_for("parent.file", report=report, file=added.public_id)), 201
    return redirect(receipt_url(report, _anchor="files"), 303)


@blueprint.get("/absence-reports/<report>/files/<file>")
def file(report: str, file: str) -> Response:
    """The file itself, in a box of its own: whatever it holds, it runs nothing."""
    page = get_page(current_parent(), report, school_now())
    line = next((line for line in page.files if line.public_id == file), None)
    if line is None:
        abort(404)
    with read_door() as db:
        stored = files.get(db, page.report.organisation_id, line.file_id)
    response = make_response(stored.data)
    response.content_type = stored.facts.content_type
    # A photo was made anew by us; a PDF is as it came, and is for the phone's own reader.
    how = "inline" if stored.facts.content_type in SHOWN_INLINE else "attachment"
    response.headers["Content-Disposition"] = dump_options_header(how, {"filename": line.name})
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


@blueprint.post("/absence-reports/<report>/files/<file>/remove")
def remove(report: str, file: str) -> Answer:
    try:
        remove_file(adults(current_parent()), report, file)
    except ReportNotThere:
        abort(404)
    return redirect(receipt_url(report, _anchor="files"), 303)


def _show(report: str, error: str = "") -> str:
    viewer = current_parent()
    page = get_page(viewer, report, school_now())
    return render_template(
        "parent/add_file.html", report=page.report, files=[line.name for line in page.files], upload=new_key(),
        error=error, errors=[{"text": error, "href": "#file"}] if error else [],
        back={"href": receipt_url(report, _anchor="files")}, **frame(viewer),
    )  # fmt: skip
