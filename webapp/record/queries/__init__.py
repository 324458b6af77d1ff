"""Read-only shapes of the record, as Core rows."""

from webapp.record.queries.insight import (
    school_pupils,
    school_week_reasons,
    school_weeks,
    school_year_groups,
    trust_schools,
)
from webapp.record.queries.pupils import (
    mondays,
    open_conflicts,
    pupil_amendments,
    pupil_marks,
    pupil_weeks,
    pupil_years,
)
from webapp.record.queries.sessions import code_in, minutes_late, session_facts

__all__ = [
    "code_in", "minutes_late", "mondays", "open_conflicts", "pupil_amendments", "pupil_marks", "pupil_weeks",
    "pupil_years", "school_pupils", "school_week_reasons", "school_weeks", "school_year_groups", "session_facts",
    "trust_schools",
]  # fmt: skip
