"""What a file of contacts changes: adults, their numbers, and what each may do for each child.

A number that the school's system no longer has is not used any more; a stop that was set here stays until a person
lifts it here; rights that staff have shaped stay as they are unless the file says otherwise expressly.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.files import Counts, Findings, Rejection
from webapp.people.rules.files.contacts import EMAILS, PHONES, RIGHTS, ContactRow
from webapp.people.rules.files.rejections import shown
from webapp.people.rules.files.rows import Reading
from webapp.people.rules.rights import Link, is_parent, with_usual_rights
from webapp.people.services.imports.flow import Scope
from webapp.people.services.imports.held_contacts import ENDED_LINK, HeldContacts, HeldPoint, load_contacts
from webapp.people.services.imports.held_pupils import changed_values

GONE = "No longer in the school's own system"
_DAY = timedelta(days=1)
_NAMED = 10
_LINK = ("relationship", "priority", "is_parent", "parental_responsibility", "lives_with", *RIGHTS, "do_not_contact",
         "ends_on")  # fmt: skip


@dataclass(slots=True)
class _Person:
    """An adult of the file: ``contact`` is a number below 0 until they are written."""

    contact: int
    row: ContactRow
    points: list[ReadPoint] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link that was there and changes; ``deed`` is what the trail says of it."""

    pupil: int
    contact: int
    values: dict[str, Any]
    deed: str


@dataclass(slots=True)
class ContactPlan:
    """What to write. A contact that is still to be made has a number below 0: its place in ``new_contacts``."""

    findings: Findings = field(default_factory=lambda: Findings(Counts()))
    new_contacts: list[dict[str, Any]] = field(default_factory=list)
    changed_contacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    new_points: list[dict[str, Any]] = field(default_factory=list)
    changed_points: dict[int, dict[str, Any]] = field(default_factory=dict)
    new_links: list[dict[str, Any]] = field(default_factory=list)
    changed_links: list[LinkChange] = field(default_factory=list)
    new_orders: list[tuple[int, int]] = field(default_factory=list)


def plan_contacts(db: Connection, scope: Scope, reading: Reading[ContactRow]) -> ContactPlan:
    """Compare a file with the adults of the school's pupils."""
    references = {_reference(scope, row.reference) for row in reading.rows if row.reference}
    values = {point.value for row in reading.rows for point in row.points}
    held = load_contacts(db, scope, references, values)
    return _Planner(scope, reading, held).plan()


def _reference(scope: Scope, reference: str) -> str:
    """Two schools' systems count their contacts alike, so that the school stands before the number."""
    return f"{scope.school_code}:{reference}"[:60]


class _Planner:
    def __init__(self, scope: Scope, reading: Reading[ContactRow], held: HeldContacts) -> None:
        self.scope, self.today, self.reading, self.held = scope, scope.today, reading, held
        self.result = ContactPlan()
        self.rejections: list[Rejection] = []
        self.persons: dict[int, _Person] = {}
        self.in_file: dict[tuple[Any, ...], int] = {}
        self.kept_ended = 0
        self.lines: dict[tuple[int, int], int] = {}
        self.by_reference = {each.reference: each.id for each in held.contacts.values() if each.reference}
        self.by_point: dict[tuple[tuple[str, str], str], list[int]] = {}
        self.by_child: dict[tuple[tuple[str, str], int], list[int]] = {}
        for each in held.contacts.values():
            for point in held.points.get(each.id, ()):
                self.by_point.setdefault((each.name, point.value), []).append(each.id)
        for pupil_id, contact_id in held.links:
            self.by_child.setdefault((held.contacts[contact_id].name, pupil_id), []).append(contact_id)

    def plan(self) -> ContactPlan:
        links: list[tuple[ContactRow, int, int]] = []
        for row in self.reading.rows:
            pupil = self._pupil(row)
            contact = None if pupil is None else self._person(row, pupil)
            if pupil is None or contact is None:
                continue
            before = self.lines.setdefault((pupil, contact), row.line)
            if before != row.line:
                mend = f"Line {before} is this adult for this child too. If they are two, add their contact references."
                self._reject(row, "Last name", row.last_name, mend)
                continue
            links.append((row, pupil, contact))
        changed_persons = {number for number, person in self.persons.items() if self._write_person(number, person)}
        new = changed = unchanged = 0
        for row, pupil, contact in links:
            was_new, was_changed = self._link(row, pupil, contact)
            was_changed |= contact in changed_persons and self.persons[contact].row is row
            new, changed = new + was_new, changed + (was_changed and not was_new)
            unchanged += not was_new and not was_changed
        open_links, removed = self._end_missing()
        counts = Counts(
            new=new, changed=changed, unchanged=unchanged, conflicts=self.kept_ended, removed=len(removed),
            of=open_links,
        )  # fmt: skip
        self.result.findings = Findings(counts, tuple(self.rejections), tuple(removed[:_NAMED]), tuple(self._notes()))
        return self.result

    def _reject(self, row: ContactRow, name: str, value: str, mend: str) -> None:
        self.rejections.append(Rejection(row.line, name, shown(value), mend))

    def _notes(self) -> list[str]:
        notes = []
        if unreachable := sum(not person.points for person in self.persons.values()):
            notes.append(f"{unreachable:,} of {len(self.persons):,} adults have no number and no e-mail address.")
        if self.kept_ended:
            notes.append(
                f"{self.kept_ended:,} adults were taken from a child here by hand and are in the file; they stay out."
            )
        return notes

    def _pupil(self, row: ContactRow) -> int | None:
        by_upn = self.held.by_upn.get(row.upn or "")
        number = row.admission_number or ""
        by_number = self.held.by_number.get(number)
        if by_upn is not None and by_number is not None and by_upn != by_number:
            self._reject(row, "Admission number", number, "The UPN and this number are two pupils here. Check both.")
            return None
        found = by_upn or by_number
        if found is None:
            mend = "No pupil of this school has this number. Bring in the pupils first, or check it."
            self._reject(row, "UPN" if row.upn else "Admission number", row.upn or number, mend)
        return found

    def _person(self, row: ContactRow, pupil: int) -> int | None:
        """The adult of a row: by reference, else by the same name with a number, address or child in common."""
        keys: list[tuple[Any, ...]] = [("reference", row.reference)] if row.reference else []
        if not row.reference:
            keys += [("point", row.name, point.value) for point in row.points]
            keys.append(("child", row.name, pupil))
        number = next((self.in_file[key] for key in keys if key in self.in_file), None)
        if number is not None and row.reference and self.persons[number].row.name != row.name:
            line = self.persons[number].row.line
            self._reject(row, "Contact reference", row.reference, f"Line {line} has this reference with another name.")
            return None
        if number is None:
            number = self._find(row, pupil)
            if number is None:
                return None
        person = self.persons.setdefault(number, _Person(number, row))
        for key in keys:
            self.in_file.setdefault(key, number)
        person.points += [point for point in row.points if point not in person.points]
        return number

    def _find(self, row: ContactRow, pupil: int) -> int | None:
        reference = _reference(self.scope, row.reference) if row.reference else None
        by_reference = self.by_reference.get(reference or "")
        if by_reference is not None:
            held = self.held.contacts[by_reference]
            if row.name[0] != held.name[0] and row.name[1] != held.name[1]:
                mend = "This reference belongs to an adult of another name here. Check it in the school's own system."
                self._reject(row, "Contact reference", row.reference or "", mend)
                return None
            return by_reference
        alike = [contact for point in row.points for contact in self.by_point.get((row.name, point.value), ())]
        alike += self.by_child.get((row.name, pupil), [])
        school = f"{self.scope.school_code}:"
        for contact in alike:
            known = self.held.contacts[contact].reference
            # With another reference of this school they are somebody else of the same name.
            if reference is None or known is None or not known.startswith(school):
                return contact
        self.result.new_contacts.append({})
        return -len(self.result.new_contacts)

    def _write_person(self, number: int, person: _Person) -> bool:
        row = person.row
        reference = _reference(self.scope, row.reference) if row.reference else None
        held = self.held.contacts.get(number)
        if held is None:
            self.result.new_contacts[-number - 1] = {
                "reference": reference, "title": row.title, "first_name": row.first_name, "last_name": row.last_name,
                "language": row.language or "en", "needs_interpreter": bool(row.needs_interpreter),
                "address_confidential": bool(row.address_confidential),
            }  # fmt: skip
            self._points(number, person.points)
            return True
        said = {
            "title": row.title or None, "language": row.language, "needs_interpreter": row.needs_interpreter,
            "address_confidential": row.address_confidential or None, "reference": held.reference or reference,
        }  # fmt: skip
        wanted = {"first_name": row.first_name, "last_name": row.last_name}
        values = changed_values(held, wanted | {name: value for name, value in said.items() if value is not None})
        if values:
            self.result.changed_contacts[number] = values
        return self._points(number, person.points) or bool(values)

    def _points(self, contact: int, points: list[ReadPoint]) -> bool:
        held = {point.value: point for point in self.held.points.get(contact, ())}
        is_changed = False
        for priority, point in enumerate(points, start=1):
            before = held.pop(point.value, None)
            if before is None:
                self.result.new_points.append(
                    {"contact": contact, "kind": point.kind.value, "value": point.value, "priority": priority}
                )
                is_changed = True
                continue
            values: dict[str, Any] = {}
            if before.priority != priority:
                values["priority"] = priority
            if before.state_reason == GONE:
                values |= {"state": "usable", "state_reason": "", "state_changed_at": self.scope.now}
            if values:
                self.result.changed_points[before.id] = values
            is_changed |= bool(values)
        for left in held.values():
            if self._is_gone(contact, left):
                self.result.changed_points[left.id] = {
                    "state": "bad", "state_reason": GONE, "state_changed_at": self.scope.now,
                }  # fmt: skip
                is_changed = True
        return is_changed

    def _is_gone(self, contact: int, point: HeldPoint) -> bool:
        """Only what this file would have said, and no number that another school of the trust holds."""
        columns = EMAILS if point.kind == PointKind.EMAIL else PHONES
        covered = not self.reading.columns.isdisjoint(columns)
        return covered and point.state == "usable" and contact not in self.held.elsewhere

    def _link(self, row: ContactRow, pupil: int, contact: int) -> tuple[bool, bool]:
        """Whether the link of a row is new, and whether it changes."""
        if row.court_order and (pupil, contact) not in self.held.ordered:
            self.result.new_orders.append((pupil, contact))
        said: dict[str, Any] = {
            "relationship": row.relationship, "priority": row.priority,
            "parental_responsibility": row.parental_responsibility, "lives_with": row.lives_with,
            "is_parent": is_parent(
                row.relationship, parental_responsibility=row.parental_responsibility, lives_with=row.lives_with
            ),
        }  # fmt: skip
        rights: dict[str, Any] = row.rights
        held = self.held.links.get((pupil, contact))
        if held is None:
            link = with_usual_rights(Link(pupil, contact, do_not_contact=bool(row.do_not_contact), **said))
            link = replace(link, **rights)
            values = {name: getattr(link, name) for name in _LINK}
            self.result.new_links.append({"pupil": pupil, "contact": contact, **values})
            return True, True
        link = replace(held, do_not_contact=held.do_not_contact or bool(row.do_not_contact), **said)
        if _rights(held) == _rights(with_usual_rights(held)):
            link = with_usual_rights(link)
        link = replace(link, **rights)
        if held.ends_on is not None and held.ends_on < self.today:
            if (pupil, contact, held.ends_on) not in self.held.ended_by_import:
                self.kept_ended += 1
            else:
                link = replace(link, ends_on=None)
        values = changed_values(held, {name: getattr(link, name) for name in _LINK})
        if values:
            self.result.changed_links.append(LinkChange(pupil, contact, values, "changed_contact_link"))
        return False, bool(values) or (pupil, contact) in self.result.new_orders

    def _end_missing(self) -> tuple[int, list[str]]:
        """Of children in the file, whoever is not in it any more; how many there were, and who goes."""
        children = {pupil for pupil, _ in self.lines}
        open_links, going = 0, []
        for (pupil, contact), link in self.held.links.items():
            if pupil not in children or not link.holds(self.today):
                continue
            open_links += 1
            if (pupil, contact) in self.lines or self.rejections or self.reading.rejections:
                continue
            ends_on = max(link.starts_on or date.min, self.today - _DAY)
            if link.ends_on == ends_on:
                continue
            self.result.changed_links.append(LinkChange(pupil, contact, {"ends_on": ends_on}, ENDED_LINK))
            adult = self.held.contacts[contact]
            going.append(f"{adult.first_name} {adult.last_name} ({link.relationship} of {self.held.names[pupil]})")
        return open_links, sorted(going)


def _rights(link: Link) -> tuple[bool, ...]:
    return tuple(getattr(link, name) for name in RIGHTS)
