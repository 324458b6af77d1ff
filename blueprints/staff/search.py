"""What whoever goes on with a search must know first: the family's words, who was tried, who saw the child last."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from blueprints.staff.board_rows import Viewing, row_flags
from blueprints.staff.frame import Here
from blueprints.staff.panel import Panel, day_bounds, load_panel
from blueprints.staff.timeline_words import Entry, entries
from webapp.access import current_staff
from webapp.first_day.queries.morning import load_morning
from webapp.first_day.queries.pupil_now import PupilToday
from webapp.first_day.queries.timeline import happenings
from webapp.foundation.clock import school_now

_FAMILY = frozenset({"sent", "inbox"})
"""The signs of entries in which a family speaks."""


@dataclass(frozen=True, slots=True)
class Search:
    """``said`` are the family's own words of today, the newest first, and ``happened`` the whole day so far;
    ``last_seen`` is a sentence. ``panel`` is None of a child who is not due any more."""

    said: list[Entry]
    happened: list[Entry]
    last_seen: str
    flags: tuple[str, ...]
    alarm: bool
    panel: Panel | None


def load_search(db: Connection, at: Here, pupil: PupilToday) -> Search:
    """The search for a child of this session, as the viewer may see it."""
    now = school_now()
    viewing = Viewing(
        at.school.code, at.permissions, now, can_decide=False, staff_id=current_staff().staff_id, standing=at.standing
    )
    morning = load_morning(db, *at.keys, at.on, at.half, now, enrolment_ids=[pupil.enrolment_id])
    state = next((each for each in morning.pupils if each.row.enrolment_id == pupil.enrolment_id), None)
    first, last = day_bounds(at.on)
    found = happenings(db, *at.keys, pupil.enrolment_id, pupil.pupil_id, first, last)
    lines = entries(found, at.permissions, at.school.code)
    seen = next((each for each in lines if each.symbol == "school"), None)
    last_seen = f"{seen.time} {seen.heading} {seen.text} ({seen.who})" if seen else "Nobody has seen the child today"
    # A text stands in the timeline as a text and as what it did in the search: the words are said once.
    said = {each.text.strip("“”"): each for each in lines if each.symbol in _FAMILY and each.text}
    return Search(
        list(said.values()), lines, " ".join(last_seen.split()) + ".",
        row_flags(state, viewing) if state else (), state is not None and bool(state.row.alarm),
        load_panel(db, at, morning, viewing, pupil.public_id),
    )  # fmt: skip
