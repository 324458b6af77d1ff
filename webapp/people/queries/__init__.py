"""Read-only shapes of people, for pages and for the services above."""

from webapp.people.queries.contacts import ContactRow, Family, PointRow, family_of
from webapp.people.queries.pupils import PupilRow, find_pupil, form_roll, groups_of, roll_of, search_pupils, years_of
from webapp.people.queries.schools import (
    SchoolRow,
    calendar_of,
    find_school,
    get_school,
    list_schools,
    schools_of,
    settings_of,
    times_of,
)
from webapp.people.queries.staff import StaffRow, forms_of, get_staff, holders_of

__all__ = [
    "ContactRow", "Family", "PointRow", "PupilRow", "SchoolRow", "StaffRow", "calendar_of", "family_of", "find_pupil",
    "find_school", "form_roll", "forms_of", "get_school", "get_staff", "groups_of", "holders_of", "list_schools",
    "roll_of", "schools_of", "search_pupils", "settings_of", "times_of", "years_of",
]  # fmt: skip
