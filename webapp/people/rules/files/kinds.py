"""What can be brought in from a file, and who may do it."""

from __future__ import annotations

from enum import StrEnum

from webapp.people.rules.roles import Permission


class ImportKind(StrEnum):
    """What a file holds; the value is what is stored and what the command line says."""

    PUPILS = "pupils"
    CONTACTS = "contacts"
    STAFF = "staff"
    CALENDAR = "calendar"
    MARKS = "marks"


# A file of staff gives roles, and a calendar says when a child is missed: each asks for its own permission.
PERMISSION_OF: dict[ImportKind, Permission] = {
    ImportKind.PUPILS: Permission.IMPORT,
    ImportKind.CONTACTS: Permission.IMPORT,
    ImportKind.STAFF: Permission.MANAGE_STAFF,
    ImportKind.CALENDAR: Permission.MANAGE_CALENDAR,
    ImportKind.MARKS: Permission.IMPORT,
}
