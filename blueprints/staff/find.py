"""Find a pupil by name or form."""

from __future__ import annotations

from flask import request

from blueprints.staff import blueprint
from blueprints.staff.frame import around, here, show
from webapp.foundation.db import read_door
from webapp.people.queries import forms_of, search_pupils, times_of
from webapp.people.rules.roles import Permission


@blueprint.get("/staff/<school>/find")
def find(school: str) -> str:
    at = here()
    words = request.args.get("q", "").replace("\x00", "")[:80]
    with read_door() as db:
        found = search_pupils(db, *at.keys, words, at.today) if words.strip() else ()
        if not at.may(Permission.VIEW_ANY_PUPIL):
            own = {form_id for form_id, _ in forms_of(db, *at.keys, at.mine.owners, at.today)}
            found = [pupil for pupil in found if pupil.form_id in own]
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    return show("staff/find/find.html", at, seen, times, "find", found=found, words=words)
