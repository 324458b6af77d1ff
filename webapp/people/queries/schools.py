"""Schools, their calendars and their settings. Calendars and settings are kept for a few seconds a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, select

from webapp.foundation.db import current
from webapp.people.models import CalendarEvent, Organisation, OrganisationSetting, School, SchoolSetting, Term
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.school_times import SchoolTimes
from webapp.people.rules.session_days import CalendarEvent as Event
from webapp.people.rules.session_days import EventKind, read_halves, read_year_groups
from webapp.people.rules.session_days import Term as TermDays
from webapp.people.rules.settings import Settings, settings_as_of


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school as pages and messages need it."""

    organisation_id: int
    id: int
    public_id: str
    code: str
    name: str
    sms_name: str
    phone: str
    colour: int
    organisation_name: str


_COLUMNS = (
    School.organisation_id, School.id, School.public_id, School.code, School.name, School.sms_name, School.phone,
    School.colour, Organisation.name.label("organisation_name"),
)  # fmt: skip
_SCHOOLS = (
    select(*_COLUMNS)
    .join(Organisation, Organisation.id == School.organisation_id)
    .order_by(School.organisation_id, School.name)
)
_TERMS = select(Term.name, Term.starts_on, Term.ends_on).where(
    Term.organisation_id == bindparam("organisation_id"), Term.school_id == bindparam("school_id")
)
_EVENTS = select(
    CalendarEvent.kind, CalendarEvent.starts_on, CalendarEvent.ends_on, CalendarEvent.half, CalendarEvent.year_groups,
    CalendarEvent.reason,
).where(
    CalendarEvent.organisation_id == bindparam("organisation_id"), CalendarEvent.school_id == bindparam("school_id")
)  # fmt: skip
_SCHOOL_SETTINGS = select(SchoolSetting.key, SchoolSetting.effective_from, SchoolSetting.value).where(
    SchoolSetting.organisation_id == bindparam("organisation_id"), SchoolSetting.school_id == bindparam("school_id")
)
_ORGANISATION_SETTINGS = select(
    OrganisationSetting.key, OrganisationSetting.effective_from, OrganisationSetting.value
).where(OrganisationSetting.organisation_id == bindparam("organisation_id"))


def list_schools(db: Connection) -> Sequence[SchoolRow]:
    """Every school of the service, by organisation and name."""
    return [SchoolRow(*row) for row in db.execute(_SCHOOLS)]


def schools_of(db: Connection, organisation_id: int) -> Sequence[SchoolRow]:
    """The schools of one organisation, by name; kept."""
    return current().memo.get(
        ("schools", organisation_id),
        lambda: [SchoolRow(*row) for row in db.execute(_SCHOOLS.where(School.organisation_id == organisation_id))],
    )


def find_school(db: Connection, organisation_id: int, code: str) -> SchoolRow | None:
    """The organisation's school of that code, or None."""
    return next((school for school in schools_of(db, organisation_id) if school.code == code), None)


def get_school(db: Connection, organisation_id: int, school_id: int) -> SchoolRow:
    """The school of that id. Raises LookupError."""
    for school in schools_of(db, organisation_id):
        if school.id == school_id:
            return school
    raise LookupError(f"no school {school_id} in organisation {organisation_id}")


def calendar_of(db: Connection, organisation_id: int, school_id: int) -> SchoolCalendar:
    """The school's calendar; kept."""
    keys = {"organisation_id": organisation_id, "school_id": school_id}

    def make() -> SchoolCalendar:
        terms = [TermDays(*row) for row in db.execute(_TERMS, keys)]
        events = [
            Event(EventKind(row.kind), row.starts_on, row.ends_on, read_halves(row.half),
                  read_year_groups(row.year_groups), row.reason)
            for row in db.execute(_EVENTS, keys)
        ]  # fmt: skip
        return SchoolCalendar(terms, events)

    return current().memo.get(("calendar", organisation_id, school_id), make)


def settings_of(db: Connection, organisation_id: int, school_id: int, on: date) -> Settings:
    """The school's settings on a day; kept."""
    keys = {"organisation_id": organisation_id, "school_id": school_id}

    def make() -> Settings:
        return settings_as_of(
            [(row.key, row.effective_from, row.value) for row in db.execute(_SCHOOL_SETTINGS, keys)],
            on,
            [(row.key, row.effective_from, row.value) for row in db.execute(_ORGANISATION_SETTINGS, keys)],
        )

    return current().memo.get(("settings", organisation_id, school_id, on), make)


def times_of(db: Connection, organisation_id: int, school_id: int, on: date) -> SchoolTimes:
    """The instants of the school's day; kept with its settings."""
    return SchoolTimes(settings_of(db, organisation_id, school_id, on))
