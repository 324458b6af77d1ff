"""Bringing in files of marks; with it every other kind, because whoever brings in marks brings in the rest too."""

from webapp.people.services.imports import (
    Scope,
    abandon_import,
    apply_import,
    check_import_again,
    import_file,
    load_handlers,
    make_scope,
    register,
    stage_import,
)
from webapp.record.services.imports.marks import MARK_IMPORTER

register(MARK_IMPORTER)

__all__ = [
    "Scope", "abandon_import", "apply_import", "check_import_again", "import_file", "load_handlers", "make_scope",
    "stage_import",
]  # fmt: skip
