"""Columns of a file that not everybody who handles it may read: who is looked after, a court order."""

from __future__ import annotations

from collections.abc import Collection

from webapp.people.rules.files.columns import plain
from webapp.people.rules.files.contacts import CONTACTS
from webapp.people.rules.files.kinds import ImportKind
from webapp.people.rules.files.pupils import GROUP_OF_FIELD, PUPILS
from webapp.people.rules.groups import GROUPS
from webapp.people.rules.roles import Permission

HIDDEN = "Not shown to you"
_LAYOUTS = {ImportKind.PUPILS: PUPILS, ImportKind.CONTACTS: CONTACTS}


def may_read_column(kind: ImportKind, heading: str, permissions: Collection[str]) -> bool:
    """Whether somebody with these permissions may read what stands under a heading of a file of that kind."""
    layout = _LAYOUTS.get(kind)
    field = layout.by_alias.get(plain(heading)) if layout else None
    if field == "court_order":
        return Permission.SEE_COURT_ORDERS in permissions
    group = GROUP_OF_FIELD.get(field or "") if kind is ImportKind.PUPILS else None
    needs = GROUPS[group].needs if group else None
    return needs is None or needs in permissions
