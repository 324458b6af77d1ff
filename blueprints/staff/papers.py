"""Photos and papers that a family sent with a report, opened by those who see reasons. Each opening is kept."""

from __future__ import annotations

from flask import Response, abort, make_response
from werkzeug.http import dump_options_header

from blueprints.staff import blueprint
from blueprints.staff.frame import here
from webapp.absence.queries.desk import find_school_report
from webapp.absence.queries.pages import files_of
from webapp.absence.rules.papers import SHOWN_INLINE
from webapp.absence.services.papers import note_file_opened
from webapp.access import current_staff
from webapp.foundation import files
from webapp.foundation.db import read_door
from webapp.people.rules.roles import Permission
from webapp.security import FILE_POLICY


@blueprint.get("/staff/<school>/reports/<report>/files/<file>")
def paper(school: str, report: str, file: str) -> Response:
    """The file, in a box of its own: whatever it holds, it runs nothing. 404 for a report that is not the viewer's."""
    at = here()
    with read_door() as db:
        found = find_school_report(db, *at.keys, report)
        if found is None or (found.danger and not at.may(Permission.SEE_SAFEGUARDING_FLAGS)):
            abort(404)
        held = files_of(db, at.school.organisation_id, found.id)
        line = next((line for line in held if line.public_id == file), None)
        if line is None:
            abort(404)
        stored = files.get(db, at.school.organisation_id, line.file_id)
    note_file_opened(*at.keys, found.enrolment_id, found.id, line.public_id, current_staff().actor)
    answer = make_response(stored.data)
    answer.content_type = stored.facts.content_type
    how = "inline" if stored.facts.content_type in SHOWN_INLINE else "attachment"
    answer.headers["Content-Disposition"] = dump_options_header(how, {"filename": line.name})
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
