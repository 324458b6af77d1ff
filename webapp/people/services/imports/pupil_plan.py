"""What a file of pupils changes: who is new, who is placed elsewhere, who is not on the roll any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from webapp.people.rules.files import Counts, Findings
from webapp.people.rules.files.pupils import PUPILS, PupilRow
from webapp.people.rules.files.rows import Reading
from webapp.people.rules.groups import GROUPS, Group
from webapp.people.rules.session_days import year_words
from webapp.people.services.imports.flow import Scope
from webapp.people.services.imports.held_pupils import HeldEnrolment, HeldPlacement, HeldPupil, HeldRoll, load_roll
from webapp.people.services.imports.planning import DAY, Planner
from webapp.people.services.imports.pupil_match import PupilMatch, enrolment_of


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A membership that begins, or (``ends``) the one of this first day that ends."""

    pupil: int
    group: str
    starts_on: date
    ends: bool


@dataclass(slots=True)
class PupilPlan:
    """What to write. A pupil or enrolment that is still to be made has a number below 0: the place in its list."""

    findings: Findings = field(default_factory=lambda: Findings(Counts()))
    new_pupils: list[dict[str, Any]] = field(default_factory=list)
    changed_pupils: dict[int, dict[str, Any]] = field(default_factory=dict)
    new_enrolments: list[dict[str, Any]] = field(default_factory=list)
    changed_enrolments: dict[int, dict[str, Any]] = field(default_factory=dict)
    held_forms: dict[str, int] = field(default_factory=dict)
    new_forms: list[str] = field(default_factory=list)
    new_placements: list[dict[str, Any]] = field(default_factory=list)
    """``form`` is a name, or None where ``form_id`` is given."""
    changed_placements: list[tuple[int, date, dict[str, Any]]] = field(default_factory=list)
    groups: list[GroupChange] = field(default_factory=list)


def plan_pupils(db: Connection, scope: Scope, reading: Reading[PupilRow]) -> PupilPlan:
    """Compare a file with the roll."""
    roll = load_roll(db, scope, [row.upn for row in reading.rows if row.upn])
    return _PupilPlanner(scope, reading, roll).plan()


class _PupilPlanner(Planner):
    def __init__(self, scope: Scope, reading: Reading[PupilRow], roll: HeldRoll) -> None:
        super().__init__(PUPILS, {})
        self.scope, self.today, self.reading, self.roll = scope, scope.today, reading, roll
        self.match = PupilMatch(roll, self.reject)
        self.result = PupilPlan(held_forms=roll.forms)
        self.form_names = {number: name for name, number in roll.forms.items()}
        self.kept: set[int] = set()

    def plan(self) -> PupilPlan:
        for row in self.reading.rows:
            before = len(self.rejections)
            was_new, was_changed = self._row(row)
            if len(self.rejections) == before:
                self.count(new=was_new, changed=was_changed)
        on_roll, removed = self._leave()
        self.result.findings = self.findings(removed=removed, of=on_roll)
        return self.result

    def _row(self, row: PupilRow) -> tuple[bool, bool]:
        before = len(self.rejections)
        pupil = self.match.find(row)
        if len(self.rejections) > before:
            return False, False
        who = f"{row.last_name}, {row.first_name or row.legal_first_name}" if pupil is None else pupil.listed
        pupil_id, is_changed = self._pupil(row, pupil)
        enrolment_id, is_new, moved = self._enrolment(row, pupil_id, who)
        if enrolment_id is None:
            return False, False
        placed = self._place(row, enrolment_id, who)
        grouped = self._group(row, pupil_id, who)
        return is_new, is_changed or moved or placed or grouped

    def _pupil(self, row: PupilRow, held: HeldPupil | None) -> tuple[int, bool]:
        if held is None:
            self.result.new_pupils.append(
                {
                    "upn": row.upn, "legal_first_name": row.legal_first_name or row.first_name,
                    "first_name": row.first_name or row.legal_first_name, "last_name": row.last_name,
                    "date_of_birth": row.date_of_birth, "sex": row.sex, "ethnicity": row.ethnicity,
                    "first_language": row.first_language or "en",
                }
            )  # fmt: skip
            return -len(self.result.new_pupils), True
        # Where the file has one first name and the two are the same here, both follow it.
        same = held.first_name == held.legal_first_name
        wanted = {
            "upn": row.upn or held.upn,
            "legal_first_name": row.legal_first_name or (row.first_name if same else held.legal_first_name),
            "first_name": row.first_name or (row.legal_first_name if same else held.first_name),
            "last_name": row.last_name, "date_of_birth": row.date_of_birth, "sex": row.sex,
            "ethnicity": row.ethnicity or held.ethnicity, "first_language": row.first_language or held.first_language,
        }  # fmt: skip
        values = self.changed_values(held.listed, held, wanted)
        if values:
            self.result.changed_pupils[held.id] = values
        return held.id, bool(values)

    def _enrolment(self, row: PupilRow, pupil_id: int, who: str) -> tuple[int | None, bool, bool]:
        """The enrolment of a row, whether it is new, whether it changes."""
        held = self.roll.enrolments.get(pupil_id, [])
        target = enrolment_of(held, row, self.today)
        others = [each for each in held if each is not target]
        ends = row.ends_on or date.max
        if any(each.starts_on <= ends and row.starts_on <= (each.ends_on or date.max) for each in others):
            mend = "The pupil was on roll here on that day already, by an earlier enrolment. Check the admission date."
            self.reject(row.line, "Admission date", row.starts_on.isoformat(), mend)
            return None, False, False
        wanted: dict[str, Any] = {"kind": row.kind, "starts_on": row.starts_on, "ends_on": row.ends_on}
        if target is None:
            values = {"pupil": pupil_id, "admission_number": row.admission_number, **wanted}
            self.result.new_enrolments.append(values)
            return -len(self.result.new_enrolments), True, True
        self.kept.add(target.id)
        if "kind" not in self.reading.columns:
            wanted["kind"] = target.kind
        if "ends_on" not in self.reading.columns and target.is_open(self.today):
            # One who left today left because an earlier file of today did not have them.
            wanted["ends_on"] = None if target.ends_on == self.today else target.ends_on
        number = row.admission_number or target.admission_number
        changes = self.changed_values(who, target, {**wanted, "admission_number": number})
        if changes:
            self.result.changed_enrolments[target.id] = changes
        return target.id, False, bool(changes)

    def _place(self, row: PupilRow, enrolment_id: int, who: str) -> bool:
        held = self.roll.placements.get(enrolment_id, [])
        ended = row.ends_on is not None and row.ends_on < self.today
        now = max(self.today, row.starts_on)
        here = next((each for each in held if each.starts_on <= now and (each.ends_on or now) >= now), None)
        if here is None:
            if held and ended:
                return False
            september = _september(row.ends_on if ended and row.ends_on else self.today)
            starts_on = max(row.starts_on, september) if not held else now
            later = next((each for each in held if each.starts_on > starts_on), None)
            self._new_placement(row, enrolment_id, starts_on, later.starts_on - DAY if later else None, None)
            if enrolment_id > 0:
                self._note_place(who, None, row, "")
            return True
        form_id = self._kept_form(row, here)
        if here.year_group == row.year_group and self._is_form(row, here):
            return False
        self._note_place(who, here, row, self.form_names.get(form_id or 0, ""))
        if here.starts_on >= now:
            values = {"year_group": row.year_group, "form": row.form, "form_id": form_id}
            self.result.changed_placements.append((enrolment_id, here.starts_on, values))
        else:
            self.result.changed_placements.append((enrolment_id, here.starts_on, {"ends_on": now - DAY}))
            self._new_placement(row, enrolment_id, now, here.ends_on, form_id)
        self._want_form(row)
        return True

    def _note_place(self, who: str, here: HeldPlacement | None, row: PupilRow, kept_form: str) -> None:
        before = ("", "") if here is None else (year_words(here.year_group), self.form_names.get(here.form_id or 0, ""))
        after = (year_words(row.year_group), row.form or kept_form)
        for what, old, new in zip(("year_group", "form"), before, after, strict=True):
            if old != new:
                self.note(who, what, old, new)

    def _new_placement(
        self, row: PupilRow, enrolment_id: int, starts_on: date, ends_on: date | None, form_id: int | None
    ) -> None:
        self._want_form(row)
        self.result.new_placements.append(
            {
                "enrolment": enrolment_id, "starts_on": starts_on, "ends_on": ends_on, "year_group": row.year_group,
                "form": row.form, "form_id": form_id,
            }
        )  # fmt: skip

    def _want_form(self, row: PupilRow) -> None:
        if row.form and row.form not in self.roll.forms and row.form not in self.result.new_forms:
            self.result.new_forms.append(row.form)

    def _is_form(self, row: PupilRow, here: HeldPlacement) -> bool:
        if "form" not in self.reading.columns:
            return True
        return here.form_id == (self.roll.forms.get(row.form, 0) if row.form else None)

    def _kept_form(self, row: PupilRow, here: HeldPlacement) -> int | None:
        """A file without forms leaves them, unless the year changes."""
        keeps = "form" not in self.reading.columns and here.year_group == row.year_group
        return here.form_id if keeps else None

    def _group(self, row: PupilRow, pupil_id: int, who: str) -> bool:
        held = self.roll.groups.get(pupil_id, {})
        # Nobody knows since when; of a pupil who is new here it is taken to hold this school year.
        since = self.today if pupil_id > 0 else max(row.starts_on, _september(self.today))
        changes = [
            GroupChange(pupil_id, group.value, held.get(group.value, since), ends=not member)
            for group, member in row.groups.items()
            if member != (group.value in held)
        ]
        self.result.groups += changes
        for change in changes if pupil_id > 0 else ():
            kind = GROUPS[Group(change.group)]
            self.note(who, kind.label, change.ends, not change.ends, needs=kind.needs or "")
        return bool(changes)

    def _leave(self) -> tuple[int, list[str]]:
        """Whoever is on roll and not in the file leaves; how many were on roll, and who goes. A part of the roll says
        nothing of the others."""
        if self.scope.part:
            return 0, []
        rejected = {each.line for each in (*self.rejections, *self.reading.rejections)}
        on_roll, going = 0, []
        for enrolment in self._on_roll():
            on_roll += 1
            # They may be in the building: the roll, and the list of who is on site, lose them tomorrow.
            ends_on = max(enrolment.starts_on, self.today)
            if enrolment.id in self.kept or enrolment.ends_on == ends_on or rejected:
                continue
            self.result.changed_enrolments[enrolment.id] = {"ends_on": ends_on}
            going.append(self.roll.pupils[enrolment.pupil_id].listed)
        return on_roll, sorted(going)

    def _on_roll(self) -> Sequence[HeldEnrolment]:
        return [
            each
            for enrolments in self.roll.enrolments.values()
            for each in enrolments
            if each.starts_on <= self.today and each.is_open(self.today)
        ]


def _september(day: date) -> date:
    """The first day of the school year of a day, as placements count it."""
    return date(day.year if day.month >= 9 else day.year - 1, 9, 1)
