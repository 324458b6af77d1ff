"""The medical room: who has a medical need and is in school now, what was last noted, and who was seen here today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blueprints.staff import blueprint
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.reception import PLACES
from blueprints.staff.whereabouts import status_of
from webapp.first_day.queries.medical import newest_health_notes, pupils_in_groups
from webapp.first_day.queries.morning import Morning, load_morning
from webapp.foundation.clock import london, school_now
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import times_of
from webapp.people.rules.groups import GROUPS, Group
from webapp.people.rules.roles import Permission
from webapp.record.queries import code_in, session_facts
from webapp.record.queries.registers import sightings_of
from webapp.record.rules.session_view import SEEN_CODES

_IN, _NOT_MARKED = {"kind": "in", "text": "In school"}, {"kind": "quiet", "text": "Not marked yet"}
_NEEDS = (Group.MEDICAL, Group.NON_VERBAL)


@dataclass(slots=True)
class Patient:
    """One pupil with a medical need, where they are, and the newest health note."""

    public_id: str
    name: str
    form: str
    status: dict[str, str]
    note: str = ""
    noted: str = ""
    needs: list[str] = field(default_factory=list)


@blueprint.get("/staff/<school>/medical")
def medical(school: str) -> str:
    at, now = here(), school_now()
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        rows = pupils_in_groups(db, *at.keys, [need.value for need in _NEEDS], at.today)
        enrolments = sorted({row.enrolment_id for row in rows})
        morning = load_morning(db, *at.keys, at.today, at.half, now, enrolment_ids=enrolments)
        facts = {row.enrolment_id: row.symbols for row in session_facts(db, *at.keys, at.today)}
        notes = newest_health_notes(db, at.school.organisation_id, {row.pupil_id for row in rows})
        sightings = sightings_of(db, *at.keys, at.today)
    here_today = [row for row in sightings if row.place == PLACES[0] and row.struck_at is None]
    return show(
        "staff/medical/medical.html", at, seen, times, "medical", pupils=_patients(at, rows, morning, facts, notes),
        here_today=[(row, staff_time(london(row.at))) for row in here_today],
        may_reception=at.may(Permission.USE_RECEPTION),
    )  # fmt: skip


def _patients(
    at: Here, rows: Sequence[Any], morning: Morning, facts: Mapping[int, Any], notes: Mapping[int, Any]
) -> list[Patient]:
    told = {pupil.row.enrolment_id: status_of(pupil, at.today, at.permissions) for pupil in morning.pupils}
    found: dict[int, Patient] = {}
    for row in rows:
        if row.pupil_id not in found:
            in_school = code_in(facts.get(row.enrolment_id), at.half.index) in SEEN_CODES
            status = told.get(row.enrolment_id) or (_IN if in_school else _NOT_MARKED)
            note = notes.get(row.pupil_id)
            found[row.pupil_id] = Patient(
                row.public_id, f"{row.first_name} {row.last_name}", row.form, status, note.words if note else "",
                f"{note.by}, {short_day_words(london(note.at).date())}" if note else "",
            )
        found[row.pupil_id].needs.append(GROUPS[Group(row.group)].label)
    return list(found.values())
