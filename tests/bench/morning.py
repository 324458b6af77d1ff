"""A school morning on the bench: the demo's own script, and families of Vale enough for about sixty away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from webapp import reactions
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.report import Reporter, report_absence
from webapp.accounts.rules.persons import ContactKey
from webapp.demo import playing
from webapp.foundation import clock, config
from webapp.foundation import db as doors
from webapp.foundation.clock import london
from webapp.foundation.db import Database

AWAY = 40
"""Children of Vale told about beyond the script, which has about twenty."""
_FAMILIES = text(
    "SELECT l.organisation_id, min(l.contact_id) AS contact_id, p.public_id FROM pupil_contact l"
    " JOIN pupil p ON p.organisation_id = l.organisation_id AND p.id = l.pupil_id"
    " JOIN enrolment e ON e.organisation_id = p.organisation_id AND e.pupil_id = p.id AND e.ends_on IS NULL"
    " JOIN school s ON s.organisation_id = e.organisation_id AND s.id = e.school_id AND s.code = 'vale'"
    " WHERE l.may_report AND l.lives_with AND NOT l.do_not_contact"
    " AND NOT EXISTS (SELECT 1 FROM court_order o WHERE o.pupil_id = p.id)"
    " AND NOT EXISTS (SELECT 1 FROM expectation x WHERE x.enrolment_id = e.id AND x.date = :today)"
    " GROUP BY l.organisation_id, p.public_id, p.id ORDER BY p.id LIMIT :away"
)


def live_through(database: Database, settings: dict[str, str], until: datetime) -> None:
    """Bring a seeded demo database to ``until`` (school time): reports in, Vale's register closed, its texts queued."""
    doors.use(database)
    try:
        reactions.wire(config.load(settings))
        playing.play_from_the_start(until)
        today = london(until).date()
        with database.reading() as db:
            families = db.execute(_FAMILIES, {"today": today.isoformat(), "away": AWAY}).all()
        for number, family in enumerate(families):
            typed = TypedReport(
                children=(family.public_id,), kind="all_day", starts_on=today.isoformat(), reason="ill",
                words="Sick in the night" if number % 3 else "", symptoms=("cough",),
            )  # fmt: skip
            report_absence(typed, Reporter((ContactKey(family.organisation_id, family.contact_id),)), f"b{number}")
    finally:
        doors.use(None)
        clock.use_school_offset(None)
