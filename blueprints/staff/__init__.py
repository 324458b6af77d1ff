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
    details,
    elsewhere,
    error_frame,
    find,
    inbox,
    inbox_passing,
    medical,
    on_site,
    own_contact,
    papers,
    phone,
    pupil,
    pupil_notes,
    reach,
    reception,
    referrals,
    registers,
    reports,
    rights_contacts,
    rights_orders,
    rights_stops,
    rights_withheld,
    sign_outs,
    start,
    tasks,
    told,
    totals,
    trail,
)
