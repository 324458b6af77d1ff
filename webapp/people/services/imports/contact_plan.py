"""What a file of contacts changes: adults, their numbers, and what each may do for each child.

A number that the school's system no longer has is not used any more; a stop that was set here stays until a person
lifts it here; rights that staff have shaped stay as they are unless the file says otherwise expressly.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from webapp.people.rules.contact_points import PointKind, ReadPoint, national
from webapp.people.rules.files import Counts, Findings
from webapp.people.rules.files.contacts import CONTACTS, EMAILS, PHONES, RIGHTS, ContactRow
from webapp.people.rules.files.rows import Reading
from webapp.people.rules.rights import Link, is_parent, with_usual_rights
from webapp.people.rules.roles import Permission
from webapp.people.services.imports.contact_match import ContactMatch, Person, reference_of
from webapp.people.services.imports.flow import Scope
from webapp.people.services.imports.held_contacts import ENDED_LINK, HeldContacts, HeldPoint, load_contacts
from webapp.people.services.imports.planning import DAY, Planner

GONE = "No longer in the school's own system"
_LINK = ("relationship", "priority", "is_parent", "parental_responsibility", "lives_with", *RIGHTS, "do_not_contact",
         "ends_on")  # fmt: skip


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
    references = {reference_of(scope, row) or "" for row in reading.rows if row.reference}
    values = {point.value for row in reading.rows for point in row.points}
    held = load_contacts(db, scope, references, values)
    return _ContactPlanner(scope, reading, held).plan()


class _ContactPlanner(Planner):
    def __init__(self, scope: Scope, reading: Reading[ContactRow], held: HeldContacts) -> None:
        super().__init__(CONTACTS, {"is_parent": "Counts as a parent", "ends_on": "Last day"})
        self.scope, self.today, self.reading, self.held = scope, scope.today, reading, held
        self.match = ContactMatch(scope, held, self.reject)
        self.result = ContactPlan()
        self.kept_ended = 0
        self.disputed: list[str] = []
        """Adults of whom the file says something else than they asked for and the office accepted."""
        self.lines: dict[tuple[int, int], int] = {}

    def plan(self) -> ContactPlan:
        links: list[tuple[ContactRow, int, int]] = []
        for row in self.reading.rows:
            pupil = self.match.pupil(row)
            contact = None if pupil is None else self.match.person(row, pupil)
            if pupil is None or contact is None:
                continue
            before = self.lines.setdefault((pupil, contact), row.line)
            if before != row.line:
                mend = f"Line {before} is this adult for this child too. If they are two, add their contact references."
                self.reject(row.line, "Last name", row.last_name, mend)
                continue
            links.append((row, pupil, contact))
        persons = self.match.persons
        self.result.new_contacts = [{} for number in persons if number < 0]
        changed_persons = {number for number, person in persons.items() if self._write_person(number, person)}
        for row, pupil, contact in links:
            was_new, was_changed = self._link(row, pupil, contact)
            with_person = contact in changed_persons and persons[contact].row is row
            self.count(new=was_new, changed=was_changed or with_person)
        open_links, removed = self._end_missing()
        self.result.findings = self.findings(
            removed=removed, of=open_links, conflicts=self.kept_ended + len(self.disputed), notes=self._notes()
        )
        return self.result

    def _notes(self) -> list[str]:
        notes, persons = [], self.match.persons
        if unreachable := sum(not person.points for person in persons.values()):
            notes.append(f"{unreachable:,} of {len(persons):,} adults have no number and no e-mail address.")
        if self.kept_ended:
            notes.append(
                f"{self.kept_ended:,} adults were taken from a child here by hand and are in the file; they stay out."
            )
        if self.disputed:
            names = ", ".join(dict.fromkeys(self.disputed))
            notes.append(
                f"The file has other details than the office accepted here for: {names}. They stay as accepted; mend "
                "the school's own system."
            )
        return notes

    def _write_person(self, number: int, person: Person) -> bool:
        row = person.row
        reference = reference_of(self.scope, row)
        held = self.held.contacts.get(number)
        if held is None:
            self.result.new_contacts[-number - 1] = {
                "reference": reference, "title": row.title, "first_name": row.first_name, "last_name": row.last_name,
                "language": row.language or "en", "needs_interpreter": bool(row.needs_interpreter),
                "address_confidential": bool(row.address_confidential),
            }  # fmt: skip
            self._points(number, "", person.points)
            return True
        said = {
            "title": row.title or None, "language": row.language, "needs_interpreter": row.needs_interpreter,
            "address_confidential": row.address_confidential or None, "reference": held.reference or reference,
        }  # fmt: skip
        wanted: dict[str, Any] = {"first_name": row.first_name, "last_name": row.last_name}
        spoken = self.held.accepted.get((number, "language"))
        if spoken is not None and said["language"] not in (None, spoken):
            self.disputed.append(held.full_name)
            said["language"] = None
        wanted |= {name: value for name, value in said.items() if value is not None}
        values = self.changed_values(held.full_name, held, wanted)
        if values:
            self.result.changed_contacts[number] = values
        return self._points(number, held.full_name, person.points) or bool(values)

    def _points(self, contact: int, who: str, points: list[ReadPoint]) -> bool:
        """Whether the points of an adult change; ``who`` is empty for a new one, of whom nothing is said."""
        held = {point.value: point for point in self.held.points.get(contact, ())}
        is_changed = False
        for priority, point in enumerate(points, start=1):
            before = held.pop(point.value, None)
            if before is None:
                self.result.new_points.append(
                    {"contact": contact, "kind": point.kind.value, "value": point.value, "priority": priority}
                )
                self._note_point(who, point, "", "in use")
                is_changed = True
                continue
            values: dict[str, Any] = {}
            if self.held.accepted.get((contact, point.value)) == "" and before.state == "bad":
                self.disputed.append(who)
            if before.priority != priority:
                values["priority"] = priority
                self._note_point(who, point, f"place {before.priority}", f"place {priority}")
            if before.state_reason == GONE:
                self._note_point(who, point, "", "in use")
                values |= {"state": "usable", "state_reason": "", "state_changed_at": self.scope.now}
            if values:
                self.result.changed_points[before.id] = values
            is_changed |= bool(values)
        for left in held.values():
            if self._is_gone(contact, left) and self.held.accepted.get((contact, left.value)):
                self.disputed.append(who)
            elif self._is_gone(contact, left):
                self._note_point(who, left, "in use", "not in the file")
                self.result.changed_points[left.id] = {
                    "state": "bad", "state_reason": GONE, "state_changed_at": self.scope.now,
                }  # fmt: skip
                is_changed = True
        return is_changed

    def _note_point(self, who: str, point: ReadPoint | HeldPoint, before: str, after: str) -> None:
        is_email = point.kind == PointKind.EMAIL
        if who:
            self.note(who, f"E-mail {point.value}" if is_email else f"Phone {national(point.value)}", before, after)

    def _is_gone(self, contact: int, point: HeldPoint) -> bool:
        """Only what this file would have said, and no number that another school of the trust holds."""
        columns = EMAILS if point.kind == PointKind.EMAIL else PHONES
        covered = not self.reading.columns.isdisjoint(columns)
        return covered and point.state == "usable" and contact not in self.held.elsewhere

    def _link(self, row: ContactRow, pupil: int, contact: int) -> tuple[bool, bool]:
        """Whether the link of a row is new, and whether it changes."""
        who = self._who(contact, row.relationship, pupil)
        if row.court_order and (pupil, contact) not in self.held.ordered:
            self.result.new_orders.append((pupil, contact))
            self.note(who, "court_order", "", True, needs=Permission.SEE_COURT_ORDERS)
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
        values = self.changed_values(who, held, {name: getattr(link, name) for name in _LINK})
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
            ends_on = max(link.starts_on or date.min, self.today - DAY)
            if link.ends_on == ends_on:
                continue
            self.result.changed_links.append(LinkChange(pupil, contact, {"ends_on": ends_on}, ENDED_LINK))
            going.append(self._who(contact, link.relationship, pupil))
        return open_links, sorted(going)

    def _who(self, contact: int, relationship: str, pupil: int) -> str:
        """An adult and their child, as lists of links name them."""
        adult = self.held.contacts.get(contact) or self.match.persons[contact].row
        return f"{adult.first_name} {adult.last_name} ({relationship} of {self.held.names[pupil]})"


def _rights(link: Link) -> tuple[bool, ...]:
    return tuple(getattr(link, name) for name in RIGHTS)
