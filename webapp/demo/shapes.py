"""The demo trust as plain values. ``number`` counts from 0 within its kind; the writer turns numbers into ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from webapp.demo.names import Faith
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.groups import Group
from webapp.people.rules.rights import Link
from webapp.people.rules.roles import Role


@dataclass(frozen=True, slots=True)
class Form:
    """A registration group of one school; ``size`` is how many pupils it has."""

    number: int
    school: str
    name: str
    year_group: int
    size: int


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil and their enrolment (the same number). ``key`` is "Tom Ahmed" for the named cast, else empty.

    ``rate`` is the share of sessions that a pupil of the cast misses, None for the others.
    """

    number: int
    family: int
    school: str
    form: int
    year_group: int
    first_name: str
    legal_first_name: str
    last_name: str
    sex: str
    born: date
    ethnicity: str
    language: str
    faith: Faith
    joined: date
    key: str = ""
    groups: frozenset[Group] = frozenset()
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A number or address of a contact; ``state`` is usable, bad or opted_out."""

    contact: int
    kind: PointKind
    value: str
    priority: int
    state: str = "usable"
    state_reason: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """An adult. ``key`` is "Alice Ahmed" for the named cast, else empty."""

    number: int
    title: str
    first_name: str
    last_name: str
    language: str = "en"
    needs_interpreter: bool = False
    child_words: str = "name"
    prefers_voice: bool = False
    address_confidential: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A court order; ``denies`` as it is stored."""

    pupil: int
    contact: int
    kind: str
    denies: str
    starts_on: date
    ends_on: date | None
    review_on: date | None
    document_reference: str
    verified_by: str


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Someone who works for the trust. ``roles`` are (school code, role); ``form`` is (school code, form name)."""

    number: int
    title: str
    first_name: str
    last_name: str
    email: str
    position: str
    roles: tuple[tuple[str, Role], ...]
    form: tuple[str, str] | None = None
    mobile: str | None = None

    @property
    def display(self) -> str:
        """S Khan."""
        return f"{self.first_name[0]} {self.last_name}"


@dataclass(frozen=True, slots=True)
class People:
    """Everybody. The ids in ``links`` are numbers of pupils and contacts."""

    forms: tuple[Form, ...]
    pupils: tuple[Pupil, ...]
    contacts: tuple[Contact, ...]
    points: tuple[Point, ...]
    links: tuple[Link, ...]
    orders: tuple[Order, ...]
    staff: tuple[StaffMember, ...]


@dataclass(slots=True)
class Sheet:
    """The marks of one pupil over the sessions of their timetable, "" where there is none.

    ``minutes`` and ``notes`` are by place in the list. ``first_seen_as`` holds what the register first said where the
    office has changed it since.
    """

    codes: list[str]
    minutes: dict[int, int] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    first_seen_as: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change to one mark: its session by date and half, and the regulations' five parts."""

    pupil: int
    date: date
    half: int
    original_code: str
    amended_code: str
    reason: str
    amended_at: datetime
    staff: int


@dataclass(frozen=True, slots=True)
class TakenRegister:
    """A register of one form and session; ``taken_at`` None while it is still due."""

    form: int
    date: date
    half: int
    taken_at: datetime | None
    taken_by: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A pupil who signed in at reception."""

    pupil: int
    at: datetime
    minutes_late: int
    reason: str
    seen_by: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A session known beforehand to go otherwise; ``kind`` is elsewhere, leave, appointment or part_time."""

    pupil: int
    date: date
    half: int
    kind: str
    code: str
    place: str
    starts_at: datetime
    ends_at: datetime
