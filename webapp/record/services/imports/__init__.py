"""Bringing in files of marks; with it every other kind, because whoever brings in marks brings in the rest too."""

from webapp.people.services.imports import Scope, import_file, make_scope, register
from webapp.record.services.imports.marks import MARK_IMPORTER

register(MARK_IMPORTER)

__all__ = ["Scope", "import_file", "make_scope"]
