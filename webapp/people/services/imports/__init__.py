"""Bringing in files of pupils, contacts, staff and calendars. Marks join from the floor above."""

from webapp.people.services.imports.flow import Importer, Scope, import_file, make_scope, register
from webapp.people.services.imports.pupils import PUPIL_IMPORTER

for _importer in (PUPIL_IMPORTER,):
    register(_importer)

__all__ = ["Importer", "Scope", "import_file", "make_scope", "register"]
