"""How long each kind of record is kept: settings, whose lowest values are what the law asks for.

The register: each entry 6 years (School Attendance (Pupil Registration) (England) Regulations 2024). All else is
practice (the Information and Records Management Society's toolkit for schools), and the school's to decide.
"""

from __future__ import annotations

from webapp.people.rules.settings import add_count

_AFTER = "Counted from the end of the school year."
KEEP_REGISTER_YEARS = add_count(
    "retention.register_years", 6, 6, 30, "years",
    f"Marks with every change, who was seen on site, and what was planned otherwise. {_AFTER}",
    "The law asks for it: each entry of the register is kept for 6 years (SI 2024/208).",
)  # fmt: skip
KEEP_REPORTS_YEARS = add_count(
    "retention.reports_years", 3, 1, 30, "years", f"What families told school, with the talk and the papers. {_AFTER}"
)
KEEP_CASES_YEARS = add_count(
    "retention.cases_years", 6, 1, 30, "years", f"Who was looked for, and each call and answer. {_AFTER}"
)
KEEP_MESSAGES_YEARS = add_count(
    "retention.messages_years", 3, 1, 30, "years", f"Texts, e-mails and app messages, sent and received. {_AFTER}"
)
KEEP_TASKS_YEARS = add_count("retention.tasks_years", 3, 1, 30, "years", f"Tasks that are done. {_AFTER}")
KEEP_IMPORTS_YEARS = add_count(
    "retention.imports_years", 1, 1, 10, "years", f"What files that were brought in held and changed. {_AFTER}"
)
KEEP_REQUESTS_YEARS = add_count(
    "retention.requests_years", 6, 1, 10, "years", f"Requests for data that are closed, without their bundles. {_AFTER}"
)
KEEP_TRAIL_YEARS = add_count(
    "retention.trail_years", 7, 6, 30, "years",
    f"Names in the trail. After it an entry says what was done and when, no longer by whom or about whom. {_AFTER}",
    "The trail proves who changed the register, and so is kept as long: 6 years (SI 2024/208).",
)  # fmt: skip
KEEP_PUPIL_AGE = add_count(
    "retention.pupil_age", 25, 18, 40, "years of age",
    "The pupil's record, notes and protection with it, once the pupil has left and reached this age.",
)  # fmt: skip
KEEP_SEN_PUPIL_AGE = add_count(
    "retention.pupil_sen_age", 31, 25, 40, "years of age",
    "The same for a pupil who had SEN support or an education, health and care plan.",
    "A record of special needs may be asked for until then, and its pupil's record with it.",
)  # fmt: skip
