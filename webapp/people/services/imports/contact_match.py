"""Which child and which adult a row of a file of contacts is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from webapp.people.rules.contact_points import ReadPoint
from webapp.people.rules.files.contacts import ContactRow
from webapp.people.services.imports.flow import Scope
from webapp.people.services.imports.held_contacts import HeldContacts
from webapp.people.services.imports.planning import Reject


@dataclass(slots=True)
class Person:
    """An adult of the file, with every number that its rows give them."""

    row: ContactRow
    points: list[ReadPoint] = field(default_factory=list)


def reference_of(scope: Scope, row: ContactRow) -> str | None:
    """Two schools' systems count their contacts alike, so that the school stands before the number."""
    return f"{scope.school_code}:{row.reference}"[:60] if row.reference else None


class ContactMatch:
    """Finds the children and adults of a file. An adult who is still to be made has a number below 0."""

    def __init__(self, scope: Scope, held: HeldContacts, reject: Reject) -> None:
        self._scope, self._held, self._reject = scope, held, reject
        self.persons: dict[int, Person] = {}
        self._new = 0
        self._in_file: dict[tuple[Any, ...], int] = {}
        self._by_reference = {each.reference: each.id for each in held.contacts.values() if each.reference}
        self._by_point: dict[tuple[tuple[str, str], str], list[int]] = {}
        self._by_child: dict[tuple[tuple[str, str], int], list[int]] = {}
        for each in held.contacts.values():
            for point in held.points.get(each.id, ()):
                self._by_point.setdefault((each.name, point.value), []).append(each.id)
        for pupil_id, contact_id in held.links:
            self._by_child.setdefault((held.contacts[contact_id].name, pupil_id), []).append(contact_id)

    def pupil(self, row: ContactRow) -> int | None:
        """The child of a row, or None where the row is rejected."""
        by_upn = self._held.by_upn.get(row.upn or "")
        number = row.admission_number or ""
        by_number = self._held.by_number.get(number)
        if by_upn is not None and by_number is not None and by_upn != by_number:
            mend = "The UPN and this number are two pupils here. Check both."
            self._reject(row.line, "Admission number", number, mend)
            return None
        found = by_upn or by_number
        if found is None:
            mend = "No pupil of this school has this number. Bring in the pupils first, or check it."
            self._reject(row.line, "UPN" if row.upn else "Admission number", row.upn or number, mend)
        return found

    def person(self, row: ContactRow, pupil: int) -> int | None:
        """The adult of a row: by reference, else by the same name with a number, address or child in common."""
        keys: list[tuple[Any, ...]] = [("reference", row.reference)] if row.reference else []
        if not row.reference:
            keys += [("point", row.name, point.value) for point in row.points]
            keys.append(("child", row.name, pupil))
        number = next((self._in_file[key] for key in keys if key in self._in_file), None)
        if number is not None and row.reference and self.persons[number].row.name != row.name:
            line = self.persons[number].row.line
            mend = f"Line {line} has this reference with another name."
            self._reject(row.line, "Contact reference", row.reference, mend)
            return None
        if number is None:
            number = self._find(row, pupil)
            if number is None:
                return None
        person = self.persons.setdefault(number, Person(row))
        for key in keys:
            self._in_file.setdefault(key, number)
        person.points += [point for point in row.points if point not in person.points]
        return number

    def _find(self, row: ContactRow, pupil: int) -> int | None:
        reference = reference_of(self._scope, row)
        by_reference = self._by_reference.get(reference or "")
        if by_reference is not None:
            held = self._held.contacts[by_reference]
            if row.name[0] != held.name[0] and row.name[1] != held.name[1]:
                mend = "This reference belongs to an adult of another name here. Check it in the school's own system."
                self._reject(row.line, "Contact reference", row.reference or "", mend)
                return None
            return by_reference
        alike = [contact for point in row.points for contact in self._by_point.get((row.name, point.value), ())]
        alike += self._by_child.get((row.name, pupil), [])
        school = f"{self._scope.school_code}:"
        for contact in alike:
            known = self._held.contacts[contact].reference
            # With another reference of this school they are somebody else of the same name.
            if reference is None or known is None or not known.startswith(school):
                return contact
        self._new += 1
        return -self._new
