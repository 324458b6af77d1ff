"""What the database holds about a school's roll, in five queries, for a file to be compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, or_, select

from webapp.people.models import Enrolment, Form, Placement, Pupil, PupilGroup
from webapp.people.services.imports.flow import Scope

T = TypeVar("T", bound=Hashable)
_AT_ONCE = 5000


@dataclass(slots=True)
class HeldPupil:
    """A pupil of the organisation, with the columns that a file may change."""

    id: int
    upn: str | None
    legal_first_name: str
    first_name: str
    last_name: str
    date_of_birth: date
    sex: str
    ethnicity: str | None
    first_language: str

    @property
    def listed(self) -> str:
        return f"{self.last_name}, {self.first_name}"


@dataclass(slots=True)
class HeldEnrolment:
    """An enrolment at the school of the file."""

    id: int
    pupil_id: int
    kind: str
    admission_number: str | None
    starts_on: date
    ends_on: date | None

    def is_open(self, today: date) -> bool:
        return self.ends_on is None or self.ends_on >= today


@dataclass(slots=True)
class HeldPlacement:
    starts_on: date
    ends_on: date | None
    year_group: int
    form_id: int | None


@dataclass(slots=True)
class HeldRoll:
    """Pupils by id; their enrolments and placements at the school; groups that are open (or begin later)."""

    pupils: dict[int, HeldPupil] = field(default_factory=dict)
    enrolments: dict[int, list[HeldEnrolment]] = field(default_factory=lambda: defaultdict(list))
    placements: dict[int, list[HeldPlacement]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[int, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    forms: dict[str, int] = field(default_factory=dict)

    @property
    def by_upn(self) -> dict[str, int]:
        return {pupil.upn: pupil.id for pupil in self.pupils.values() if pupil.upn}

    @property
    def by_admission_number(self) -> dict[str, int]:
        """Pupil by admission number; the newest enrolment speaks."""
        every = (each for enrolments in self.enrolments.values() for each in enrolments)
        return {
            each.admission_number: each.pupil_id
            for each in sorted(every, key=lambda each: each.starts_on)
            if each.admission_number
        }


_PUPIL = (
    Pupil.id, Pupil.upn, Pupil.legal_first_name, Pupil.first_name, Pupil.last_name, Pupil.date_of_birth, Pupil.sex,
    Pupil.ethnicity, Pupil.first_language,
)  # fmt: skip
_ENROLMENT = (
    Enrolment.id, Enrolment.pupil_id, Enrolment.kind, Enrolment.admission_number, Enrolment.starts_on,
    Enrolment.ends_on,
)  # fmt: skip


def load_roll(db: Connection, scope: Scope, upns: Collection[str]) -> HeldRoll:
    """The roll of the school with everybody who was ever on it, and the organisation's other pupils of these UPNs."""
    roll = HeldRoll()
    organisation = scope.organisation_id
    of_school = (Enrolment.organisation_id == organisation, Enrolment.school_id == scope.school_id)
    for row in db.execute(select(*_ENROLMENT).where(*of_school).order_by(Enrolment.starts_on)):
        roll.enrolments[row.pupil_id].append(HeldEnrolment(*row))
    here = select(Enrolment.pupil_id).where(*of_school)
    for pupil in db.execute(select(*_PUPIL).where(Pupil.organisation_id == organisation, Pupil.id.in_(here))):
        roll.pupils[pupil.id] = HeldPupil(*pupil)
    for some in chunks(upns):
        for pupil in db.execute(select(*_PUPIL).where(Pupil.organisation_id == organisation, Pupil.upn.in_(some))):
            roll.pupils.setdefault(pupil.id, HeldPupil(*pupil))
    placements = (
        select(Placement.enrolment_id, Placement.starts_on, Placement.ends_on, Placement.year_group, Placement.form_id)
        .where(Placement.organisation_id == organisation, Placement.school_id == scope.school_id)
        .order_by(Placement.starts_on)
    )
    for place in db.execute(placements):
        roll.placements[place.enrolment_id].append(HeldPlacement(*place[1:]))
    _load_groups(db, scope, roll)
    forms = select(Form.name, Form.id).where(Form.organisation_id == organisation, Form.school_id == scope.school_id)
    roll.forms = {form.name: form.id for form in db.execute(forms)}
    return roll


def _load_groups(db: Connection, scope: Scope, roll: HeldRoll) -> None:
    for some in chunks(roll.pupils):
        rows = db.execute(
            select(PupilGroup.pupil_id, PupilGroup.group, PupilGroup.starts_on)
            .where(
                PupilGroup.organisation_id == scope.organisation_id, PupilGroup.pupil_id.in_(some),
                or_(PupilGroup.ends_on.is_(None), PupilGroup.ends_on >= scope.today),
            )
            .order_by(PupilGroup.starts_on.desc())
        )  # fmt: skip
        for row in rows:
            roll.groups[row.pupil_id][row.group] = row.starts_on


def chunks(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """The values in lists short enough for one statement."""
    every = list(dict.fromkeys(values))
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
