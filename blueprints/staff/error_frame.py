"""The bar over an error that staff meet: that of the school in the address if they work there, else of their first."""

from __future__ import annotations

from typing import Any

from flask import g, request

from blueprints.staff.frame import Here, around, bar, half_now
from webapp.access.looked_for import look_for_staff
from webapp.errors import use_frame
from webapp.foundation.clock import school_today
from webapp.foundation.db import read_door
from webapp.people.queries import times_of
from webapp.people.queries.covering import kept_standing
from webapp.people.rules.roles import permissions_of


def _error_frame() -> dict[str, Any] | None:
    viewer = look_for_staff()
    if viewer is None or not viewer.schools:
        return None
    g.viewer = viewer
    code = request.path.removeprefix("/staff/").partition("/")[0]
    school, today = viewer.find_school(code) or viewer.schools[0], school_today()
    now = half_now(school, today)
    with read_door() as db:
        standing = kept_standing(db, school.organisation_id, school.id, today, now)
        mine = standing.mine(viewer.staff_id, school.roles)
        at = Here(school, permissions_of(school.roles), today, now, today, standing, mine)
        seen, times = around(db, at), times_of(db, *at.keys, today)
    return bar(at, seen, times, "")


use_frame("staff", _error_frame)
