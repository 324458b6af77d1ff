"""Imports, settings and calendar, for those who keep them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("admin", __name__)

from blueprints.admin import (  # noqa: E402, F401
    computers,
    conflicts,
    data_lines,
    data_requests,
    import_files,
    imports,
    people,
    retention,
    school_calendar,
    school_settings,
    sign_on,
    trail_address,
    uploads,
)
