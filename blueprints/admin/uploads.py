"""How large a file may be on its way in: more than any other form holds, and a clear word where it is more still."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request

from blueprints.admin import blueprint
from webapp.accounts.rules.codes import Door
from webapp.errors import error_page
from webapp.people.rules.files import MOST_BYTES
from webapp.security import read_session_token

_FORM_AROUND = 64 * 1024


@blueprint.url_value_preprocessor
def let_large_files_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the form is read for its key; only for somebody who says that they are signed in."""
    if endpoint != "admin.stage_file":
        return
    if read_session_token(request, current_app.extensions["cookies"], Door.STAFF):
        request.max_content_length = MOST_BYTES + _FORM_AROUND


@blueprint.errorhandler(413)
def too_large(_error: Exception) -> Response:
    words = (
        f"At most {MOST_BYTES // 1_000_000} MB can be read. Export fewer columns, or one term at a time, and choose it "
        "again. Nothing was changed."
    )
    return error_page(413, "That file is too big", words)
