"""What school's staff see and do."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("staff", __name__)

from blueprints.staff import (  # noqa: E402, F401
    away,
    board,
    calls,
    cover,
    decisions,
    elsewhere,
    error_frame,
    find,
    inbox,
    inbox_passing,
    medical,
    on_site,
    papers,
    phone,
    pupil,
    pupil_notes,
    reception,
    referrals,
    registers,
    reports,
    rights_contacts,
    rights_orders,
    rights_stops,
    rights_withheld,
    start,
    tasks,
    totals,
)
