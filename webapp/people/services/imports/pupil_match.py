"""Which pupil, and which enrolment, a row of a file is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from webapp.people.rules.files.pupils import PupilRow
from webapp.people.rules.identifiers import is_temporary_upn
from webapp.people.services.imports.held_pupils import HeldEnrolment, HeldPupil, HeldRoll
from webapp.people.services.imports.planning import Reject


class PupilMatch:
    """Finds the pupils of a file on the roll; each at most once."""

    def __init__(self, roll: HeldRoll, reject: Reject) -> None:
        self._roll, self._reject = roll, reject
        self._by_upn, self._by_number = roll.by_upn, roll.by_admission_number
        self._claimed: dict[int, int] = {}
        self._nameless: dict[tuple[str, str, date], list[int]] = {}
        for pupil in roll.pupils.values():
            if pupil.upn is None and pupil.id in roll.enrolments:
                key = (pupil.first_name.casefold(), pupil.last_name.casefold(), pupil.date_of_birth)
                self._nameless.setdefault(key, []).append(pupil.id)

    def find(self, row: PupilRow) -> HeldPupil | None:
        """The pupil of a row, None for a new one; what cannot be is rejected."""
        pupil = self._look(row)
        if pupil is not None:
            before = self._claimed.setdefault(pupil.id, row.line)
            if before != row.line:
                mend = f"Line {before} is the same pupil by the other number. Each pupil has one row."
                self._reject(row.line, "UPN", row.upn or row.admission_number or "", mend)
        return pupil

    def _look(self, row: PupilRow) -> HeldPupil | None:
        """By UPN, then by admission number, then by name and birth where no UPN was known."""
        by_upn = self._roll.pupils.get(self._by_upn.get(row.upn or "", 0))
        by_number = self._roll.pupils.get(self._by_number.get(row.admission_number or "", 0))
        if by_upn is not None:
            if by_number is not None and by_number.id != by_upn.id:
                mend = "This admission number belongs to another pupil here, and the UPN to a third. Check both."
                self._reject(row.line, "Admission number", row.admission_number or "", mend)
                return None
            if not _alike(row, by_upn):
                mend = "A pupil of another name and date of birth has this UPN here. Check the UPN of both."
                self._reject(row.line, "UPN", row.upn or "", mend)
                return None
            return by_upn
        if by_number is not None:
            if not _may_be_renumbered(row, by_number):
                mend = "Another pupil has this admission number here. Check the number, the UPN and the name."
                self._reject(row.line, "Admission number", row.admission_number or "", mend)
                return None
            return by_number
        key = ((row.first_name or row.legal_first_name).casefold(), row.last_name.casefold(), row.date_of_birth)
        alike = self._nameless.get(key, [])
        return self._roll.pupils[alike[0]] if len(alike) == 1 else None


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


def enrolment_of(held: Sequence[HeldEnrolment], row: PupilRow, today: date) -> HeldEnrolment | None:
    """The enrolment that a row speaks of: the one of that admission date, else the one that is open."""
    same = [each for each in held if each.starts_on == row.starts_on]
    still_open = [each for each in held if each.is_open(today)]
    found = same or still_open[-1:]
    return found[0] if found else None
