"""What school's staff see and do."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("staff", __name__)

from blueprints.staff import (  # noqa: E402, F401
    board,
    calls,
    decisions,
    find,
    inbox,
    phone,
    pupil,
    reception,
    registers,
    reports,
    start,
    tasks,
)
