"""What staff are told who would work in a search that is not open: the child is found, or was not missing."""

from __future__ import annotations

from flask import request

from blueprints.staff.frame import Here, around, show
from blueprints.staff.typed import fit_to_show
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.foundation.db import read_door
from webapp.people.queries import times_of


def no_search(at: Here, pupil: PupilToday) -> str:
    """Nobody is looking for the child: what can be done instead. What was typed stands there again."""
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
    wrote = [request.form.get(name, "") for name in ("words", "reason")]
    return show(
        "staff/calls/none.html", at, seen, times, "today", pupil=pupil,
        wrote=[fit_to_show(words) for words in wrote if words.strip()],
    )  # fmt: skip
