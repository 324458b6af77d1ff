"""Today."""

from __future__ import annotations

from flask import render_template

from blueprints.parent import blueprint
from blueprints.parent.frame import frame
from blueprints.parent.shown import note_today
from blueprints.parent.today import load_today
from webapp.access import current_parent
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door


@blueprint.get("/home")
def home() -> str:
    viewer = current_parent()
    with read_door() as db:
        today = load_today(db, viewer, school_now())
    note_today(viewer, today)
    return render_template("parent/home.html", **today, **frame(viewer, "today", today["unread"]))
