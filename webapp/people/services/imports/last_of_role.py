"""A file of staff leaves no school without its safeguarding lead or administrator: it stops, and asks for another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from webapp.people.rules.files.staff import StaffRow
from webapp.people.rules.role_changes import NEVER_WITHOUT, Held, RoleRefused, check_left, earlier
from webapp.people.rules.roles import Role


class LastOfRole:
    """Follows a file row by row, and says at its end which rows may not stand."""

    def __init__(self, before: Iterable[Held], today: date) -> None:
        self.before = [held for held in before if held.role in NEVER_WITHOUT]
        self.today = today
        self.rows: dict[int, StaffRow] = {}
        self.begun: dict[int, set[str]] = {}
        self.ended: dict[int, set[str]] = {}

    def note(self, row: StaffRow, number: int, begun: Iterable[Any], ended: Iterable[Any]) -> None:
        """A row of somebody of that number, with all roles that the file has begun and ended so far."""
        self.rows[number] = row
        self.begun[number] = {tie.what for tie in begun if tie.staff == number}
        self.ended[number] = {tie.what for tie in ended if tie.staff == number}

    def refusals(self) -> Iterator[tuple[int, str, str]]:
        """Line, column and what to do of each row that would take the last of a role away."""
        after = list(self._after())
        for held in self.before:
            row = self.rows.get(held.staff_id)
            if row is None:
                continue
            dropped = held.role.value in self.ended[held.staff_id]
            last = self.today - timedelta(days=1) if dropped else earlier(held.ends_on, row.ends_on)
            if last is None or last == held.ends_on:
                continue
            try:
                check_left(held.role, after, max(last + timedelta(days=1), self.today))
            except RoleRefused as refused:
                yield row.line, "Roles" if dropped else "Leaving date", refused.mend

    def _after(self) -> Iterator[Held]:
        for held in self.before:
            row = self.rows.get(held.staff_id)
            if row is None:
                yield held
            elif held.role.value not in self.ended[held.staff_id]:
                yield Held(held.staff_id, held.role, held.starts_on, earlier(held.ends_on, row.ends_on))
        for number, roles in self.begun.items():
            for role in roles & {each.value for each in NEVER_WITHOUT}:
                yield Held(number, Role(role), self.today, self.rows[number].ends_on)
