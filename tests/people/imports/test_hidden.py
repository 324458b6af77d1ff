"""Which columns of a file somebody who handles it may read."""

from __future__ import annotations

import pytest

from webapp.people.rules.files.hidden import may_read_column
from webapp.people.rules.files.kinds import ImportKind
from webapp.people.rules.roles import Permission

FLAGS, ORDERS = Permission.SEE_SAFEGUARDING_FLAGS, Permission.SEE_COURT_ORDERS


@pytest.mark.parametrize(
    ("kind", "heading", "permissions", "expected"),
    [
        (ImportKind.PUPILS, "Looked after", (), False),
        (ImportKind.PUPILS, "In care", (), False),
        (ImportKind.PUPILS, "CLA", (ORDERS,), False),
        (ImportKind.PUPILS, "Looked after", (FLAGS,), True),
        (ImportKind.PUPILS, "Young carer", (), False),
        (ImportKind.PUPILS, "Surname", (), True),
        (ImportKind.PUPILS, "Pupil premium", (), True),
        (ImportKind.CONTACTS, "Court order", (FLAGS,), False),
        (ImportKind.CONTACTS, "court orders", (ORDERS,), True),
        (ImportKind.CONTACTS, "Priority", (), True),
        (ImportKind.STAFF, "Role", (), True),
    ],
)
def test_a_column(kind: ImportKind, heading: str, permissions: tuple[str, ...], expected: bool) -> None:
    assert may_read_column(kind, heading, permissions) is expected
