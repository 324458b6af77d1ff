"""Bringing in files of pupils, contacts, staff and calendars. Marks join from the floor above."""

from webapp.people.services.imports.calendar import CALENDAR_IMPORTER
from webapp.people.services.imports.contacts import CONTACT_IMPORTER
from webapp.people.services.imports.flow import Importer, Scope, import_file, make_scope, register
from webapp.people.services.imports.pupils import PUPIL_IMPORTER
from webapp.people.services.imports.runs import abandon_import, apply_import, check_import_again, stage_import
from webapp.people.services.imports.staff import STAFF_IMPORTER
from webapp.people.services.imports.working import load_handlers

for _importer in (PUPIL_IMPORTER, CONTACT_IMPORTER, STAFF_IMPORTER, CALENDAR_IMPORTER):
    register(_importer)

__all__ = [
    "Importer", "Scope", "abandon_import", "apply_import", "check_import_again", "import_file", "load_handlers",
    "make_scope", "register", "stage_import",
]  # fmt: skip
