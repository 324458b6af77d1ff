"""What a file of pupils changes: who is new, who is placed elsewhere, who is not on the roll any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from webapp.people.rules.files import Counts, Findings, Rejection
from webapp.people.rules.files.pupils import PupilRow
from webapp.people.rules.files.rejections import shown
from webapp.people.rules.files.rows import Reading
from webapp.people.rules.identifiers import is_temporary_upn
from webapp.people.services.imports.flow import Scope
from webapp.people.services.imports.held_pupils import (
    HeldEnrolment,
    HeldPlacement,
    HeldPupil,
    HeldRoll,
    changed_values,
    load_roll,
)

_NAMED = 10
DAY = timedelta(days=1)


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
    return _Planner(scope, reading, roll).plan()


class _Planner:
    def __init__(self, scope: Scope, reading: Reading[PupilRow], roll: HeldRoll) -> None:
        self.today, self.reading, self.roll = scope.today, reading, roll
        self.by_upn, self.by_number = roll.by_upn, roll.by_admission_number
        self.result = PupilPlan(held_forms=roll.forms)
        self.rejections: list[Rejection] = []
        self.kept: set[int] = set()
        self.claimed: dict[int, int] = {}
        self.nameless: dict[tuple[str, str, date], list[int]] = {}
        for pupil in roll.pupils.values():
            if pupil.upn is None and pupil.id in roll.enrolments:
                key = (pupil.first_name.casefold(), pupil.last_name.casefold(), pupil.date_of_birth)
                self.nameless.setdefault(key, []).append(pupil.id)

    def plan(self) -> PupilPlan:
        new = changed = unchanged = 0
        for row in self.reading.rows:
            before = len(self.rejections)
            was_new, was_changed = self._row(row)
            if len(self.rejections) > before:
                continue
            new, changed = new + was_new, changed + (was_changed and not was_new)
            unchanged += not was_new and not was_changed
        on_roll, removed = self._leave()
        counts = Counts(new=new, changed=changed, unchanged=unchanged, removed=len(removed), of=on_roll)
        self.result.findings = Findings(counts, tuple(self.rejections), tuple(removed[:_NAMED]))
        return self.result

    def _reject(self, row: PupilRow, name: str, value: str, mend: str) -> None:
        self.rejections.append(Rejection(row.line, name, shown(value), mend))

    def _row(self, row: PupilRow) -> tuple[bool, bool]:
        pupil = self._find(row)
        if self.rejections and self.rejections[-1].line == row.line:
            return False, False
        if pupil is not None:
            before = self.claimed.setdefault(pupil.id, row.line)
            if before != row.line:
                mend = f"Line {before} is the same pupil by the other number. Each pupil has one row."
                self._reject(row, "UPN", row.upn or row.admission_number or "", mend)
                return False, False
        pupil_id, is_changed = self._pupil(row, pupil)
        enrolment_id, is_new, moved = self._enrolment(row, pupil_id)
        if enrolment_id is None:
            return False, False
        placed = self._place(row, enrolment_id, is_new=is_new)
        grouped = self._group(row, pupil_id)
        return is_new, is_changed or moved or placed or grouped

    def _find(self, row: PupilRow) -> HeldPupil | None:
        """Whom a row is about: by UPN, then by admission number, then by name and birth where no UPN was known."""
        by_upn = self.roll.pupils.get(self.by_upn.get(row.upn or "", 0))
        by_number = self.roll.pupils.get(self.by_number.get(row.admission_number or "", 0))
        if by_upn is not None:
            if by_number is not None and by_number.id != by_upn.id:
                mend = "This admission number belongs to another pupil here, and the UPN to a third. Check both."
                self._reject(row, "Admission number", row.admission_number or "", mend)
            elif not _alike(row, by_upn):
                mend = "A pupil of another name and date of birth has this UPN here. Check the UPN of both."
                self._reject(row, "UPN", row.upn or "", mend)
            return by_upn
        if by_number is not None:
            if not _may_be_renumbered(row, by_number):
                mend = "Another pupil has this admission number here. Check the number, the UPN and the name."
                self._reject(row, "Admission number", row.admission_number or "", mend)
            return by_number
        key = ((row.first_name or row.legal_first_name).casefold(), row.last_name.casefold(), row.date_of_birth)
        alike = self.nameless.get(key, [])
        return self.roll.pupils[alike[0]] if len(alike) == 1 else None

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
        values = changed_values(held, wanted)
        if values:
            self.result.changed_pupils[held.id] = values
        return held.id, bool(values)

    def _enrolment(self, row: PupilRow, pupil_id: int) -> tuple[int | None, bool, bool]:
        """The enrolment of a row, whether it is new, whether it changes."""
        held = self.roll.enrolments.get(pupil_id, [])
        target = _which(held, row, self.today)
        others = [each for each in held if each is not target]
        ends = row.ends_on or date.max
        if any(each.starts_on <= ends and row.starts_on <= (each.ends_on or date.max) for each in others):
            mend = "The pupil was on roll here on that day already, by an earlier enrolment. Check the admission date."
            self._reject(row, "Admission date", row.starts_on.isoformat(), mend)
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
        changes = changed_values(target, {**wanted, "admission_number": number})
        if changes:
            self.result.changed_enrolments[target.id] = changes
        return target.id, False, bool(changes)

    def _place(self, row: PupilRow, enrolment_id: int, *, is_new: bool) -> bool:
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
            return True
        form_id = self._kept_form(row, here)
        if here.year_group == row.year_group and self._is_form(row, here):
            return False
        if here.starts_on >= now:
            values = {"year_group": row.year_group, "form": row.form, "form_id": form_id}
            self.result.changed_placements.append((enrolment_id, here.starts_on, values))
        else:
            self.result.changed_placements.append((enrolment_id, here.starts_on, {"ends_on": now - DAY}))
            self._new_placement(row, enrolment_id, now, here.ends_on, form_id)
        self._want_form(row)
        return True

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

    def _group(self, row: PupilRow, pupil_id: int) -> bool:
        held = self.roll.groups.get(pupil_id, {})
        # Nobody knows since when; of a pupil who is new here it is taken to hold this school year.
        since = self.today if pupil_id > 0 else max(row.starts_on, _september(self.today))
        changes = [
            GroupChange(pupil_id, group.value, held.get(group.value, since), ends=not member)
            for group, member in row.groups.items()
            if member != (group.value in held)
        ]
        self.result.groups += changes
        return bool(changes)

    def _leave(self) -> tuple[int, list[str]]:
        """Whoever is on roll and not in the file leaves; how many were on roll, and who goes."""
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


def _alike(row: PupilRow, held: HeldPupil) -> bool:
    """One of birth, surname and first name must be the same: a changed surname is common, a changed child is not."""
    firsts = {held.first_name.casefold(), held.legal_first_name.casefold()}
    return (
        row.date_of_birth == held.date_of_birth
        or row.last_name.casefold() == held.last_name.casefold()
        or not firsts.isdisjoint({row.first_name.casefold(), row.legal_first_name.casefold()})
    )


def _may_be_renumbered(row: PupilRow, held: HeldPupil) -> bool:
    """A permanent UPN takes the place of a temporary one; a mended UPN needs the same child beside it."""
    if row.upn is None or held.upn is None or is_temporary_upn(held.upn):
        return _alike(row, held)
    return row.date_of_birth == held.date_of_birth and row.last_name.casefold() == held.last_name.casefold()


def _which(held: Sequence[HeldEnrolment], row: PupilRow, today: date) -> HeldEnrolment | None:
    """The enrolment that a row speaks of: the one of that admission date, else the one that is open."""
    same = [each for each in held if each.starts_on == row.starts_on]
    still_open = [each for each in held if each.is_open(today)]
    found = same or still_open[-1:]
    return found[0] if found else None


def _september(day: date) -> date:
    """The first day of the school year of a day, as placements count it."""
    return date(day.year if day.month >= 9 else day.year - 1, 9, 1)
