"""The trail as its readers search it, by key and in one statement, however long it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, false, func, or_, select

from webapp.foundation.trail import TrailEntry
from webapp.insight.rules.deeds import Reach, actions_of
from webapp.insight.rules.readers import Reader
from webapp.people.models import Contact, Enrolment, Pupil, PupilContact, School, Staff, StaffRole

_MOST_NAMED = 50
_KNOWN = actions_of(Reach.OFFICE, Reach.CHILD)
_OFFICE = actions_of(Reach.OFFICE)
Hide = Callable[[Any, Any], Any]
"""A column as an expression that no index has, or as it is."""


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One entry; ``pupil_name`` is empty where it is about no pupil."""

    id: int
    at: datetime
    actor_kind: str
    actor_name: str
    actor_position: str
    action: str
    school_id: int | None
    subject_kind: str
    subject_id: int | None
    detail: Any
    pupil_public_id: str
    pupil_name: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None or empty is anything. ``actors`` are (kind, id) pairs, ``since`` is included and
    ``until`` not; ``after`` is the (instant, number) of the last entry of the page before."""

    actors: Collection[tuple[str, int]] | None = None
    pupils: Collection[int] | None = None
    action: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, int] | None = None


def search_trail(
    db: Connection, organisation_id: int, reader: Reader, wanted: Wanted, limit: int
) -> Sequence[TrailRow]:
    """The newest entries that the reader may know of and that fit, at most ``limit``, newest first."""
    statement = trail_statement(organisation_id, reader, wanted, plain=db.dialect.name == "sqlite")
    return [TrailRow(*row) for row in db.execute(statement.limit(limit))]


def trail_statement(
    organisation_id: int, reader: Reader, wanted: Wanted, *, plain: bool = False
) -> Select[*tuple[Any, ...]]:
    """The statement behind ``search_trail``, newest first.

    ``plain``: for a database that does not know which index narrows most; it is shown only the one to use.
    """
    hide: Hide = func.coalesce if plain else lambda column, _empty: column
    named = func.coalesce(Pupil.first_name + " " + Pupil.last_name, "")
    found: Select[*tuple[Any, ...]] = (
        select(
            TrailEntry.id, TrailEntry.at, TrailEntry.actor_kind, TrailEntry.actor_name, TrailEntry.actor_position,
            TrailEntry.action, TrailEntry.school_id, TrailEntry.subject_kind, TrailEntry.subject_id, TrailEntry.detail,
            func.coalesce(Pupil.public_id, ""), named,
        )
        .outerjoin(
            Pupil, and_(Pupil.organisation_id == TrailEntry.organisation_id, Pupil.id == TrailEntry.pupil_id)
        )
        .where(TrailEntry.organisation_id == organisation_id)
        .where(*_visible(reader, wanted, hide), *_asked(reader, wanted, hide))
        .order_by(TrailEntry.at.desc(), TrailEntry.id.desc())
    )  # fmt: skip
    return found


def _visible(reader: Reader, wanted: Wanted, hide: Hide) -> list[ColumnElement[bool]]:
    """What the reader may know to be there."""
    conditions: list[ColumnElement[bool]] = []
    if not reader.whole:
        narrow = bool(wanted.action) or wanted.pupils is not None or wanted.actors is not None
        school = hide(TrailEntry.school_id, 0) if narrow else TrailEntry.school_id
        conditions.append(_of(reader.schools, school))
    if reader.safeguarding != reader.schools:
        # A deed that has no words yet is among those that only safeguarding leads read.
        action = hide(TrailEntry.action, "")
        conditions.append(or_(action.in_(_KNOWN), TrailEntry.school_id.in_(sorted(reader.safeguarding))))
    return conditions


def _of(schools: Collection[int], school: Any) -> ColumnElement[bool]:
    only = sorted(schools)
    one: ColumnElement[bool] = school == only[0] if len(only) == 1 else school.in_(only)
    return one


def _asked(reader: Reader, wanted: Wanted, hide: Hide) -> Iterable[ColumnElement[bool]]:
    if wanted.action:
        yield TrailEntry.action == wanted.action
    if wanted.kind:
        yield hide(TrailEntry.actor_kind, "") == wanted.kind
    if wanted.actors is not None:
        yield _by(wanted.actors)
    if wanted.pupils is not None:
        yield TrailEntry.pupil_id.in_(sorted(wanted.pupils)) if wanted.pupils else false()
    if _tells_more(wanted) and reader.children != reader.schools:
        # Else a search would say of an entry what its line does not.
        yield or_(hide(TrailEntry.action, "").in_(_OFFICE), TrailEntry.school_id.in_(sorted(reader.children)))
    if wanted.since is not None:
        yield TrailEntry.at >= wanted.since
    if wanted.until is not None:
        yield TrailEntry.at < wanted.until
    if wanted.after is not None:
        at, number = wanted.after
        yield TrailEntry.at <= at
        yield or_(TrailEntry.at < at, TrailEntry.id < number)


def _tells_more(wanted: Wanted) -> bool:
    of_family = any(kind != "staff" for kind, _ in wanted.actors or ())
    return bool(wanted.action) or wanted.pupils is not None or of_family


def _by(actors: Collection[tuple[str, int]]) -> ColumnElement[bool]:
    by_kind = {kind: sorted(number for each, number in actors if each == kind) for kind in {kind for kind, _ in actors}}
    either = [and_(TrailEntry.actor_kind == kind, TrailEntry.actor_id.in_(those)) for kind, those in by_kind.items()]
    return or_(*either) if either else false()


_SCHOOLS: Any = bindparam("schools", expanding=True)
_LIKE: Any = bindparam("like")


def _like(*names: Any) -> ColumnElement[bool]:
    first, last = names
    return or_(
        func.lower(first + " " + last).like(_LIKE, escape="\\"), func.lower(last).like(_LIKE, escape="\\")
    )  # fmt: skip


_STAFF = (
    select(Staff.id)
    .join(StaffRole, and_(StaffRole.organisation_id == Staff.organisation_id, StaffRole.staff_id == Staff.id))
    .where(
        Staff.organisation_id == bindparam("organisation_id"), StaffRole.school_id.in_(_SCHOOLS),
        _like(Staff.first_name, Staff.last_name),
    )
    .distinct().order_by(Staff.id).limit(_MOST_NAMED)
)  # fmt: skip
_CONTACTS = (
    select(Contact.id)
    .join(
        PupilContact,
        and_(PupilContact.organisation_id == Contact.organisation_id, PupilContact.contact_id == Contact.id),
    )
    .join(
        Enrolment,
        and_(Enrolment.organisation_id == PupilContact.organisation_id, Enrolment.pupil_id == PupilContact.pupil_id),
    )
    .where(
        Contact.organisation_id == bindparam("organisation_id"), Enrolment.school_id.in_(_SCHOOLS),
        _like(Contact.first_name, Contact.last_name),
    )
    .distinct().order_by(Contact.id).limit(_MOST_NAMED)
)  # fmt: skip
_PUPILS = (
    select(Pupil.id, Pupil.public_id)
    .join(Enrolment, and_(Enrolment.organisation_id == Pupil.organisation_id, Enrolment.pupil_id == Pupil.id))
    .where(
        Pupil.organisation_id == bindparam("organisation_id"), Enrolment.school_id.in_(_SCHOOLS),
        _like(Pupil.first_name, Pupil.last_name),
    )
    .distinct().order_by(Pupil.id).limit(_MOST_NAMED)
)  # fmt: skip
_ALL_SCHOOLS = select(School.id, School.name).where(School.organisation_id == bindparam("organisation_id"))

def actors_named(db: Connection, organisation_id: int, reader: Reader, words: str) -> set[tuple[str, int]]:
    """Staff, and for who sees children contacts, whose first or last name begins so; left the school or not."""
    keys = {"organisation_id": organisation_id, "like": _pattern(words)}
    found = {("staff", number) for number in db.scalars(_STAFF, {**keys, "schools": sorted(reader.schools)})}
    if reader.children:
        adults = db.scalars(_CONTACTS, {**keys, "schools": sorted(reader.children)})
        found |= {("contact", number) for number in adults}
    return found


def pupils_named(db: Connection, organisation_id: int, reader: Reader, words: str) -> list[int]:
    """Pupils, on roll or left, whose first or last name begins so; nobody for who sees no child."""
    if not reader.children:
        return []
    keys = {"organisation_id": organisation_id, "like": _pattern(words), "schools": sorted(reader.children)}
    return [row.id for row in db.execute(_PUPILS, keys)]


def schools_of_organisation(db: Connection, organisation_id: int) -> dict[int, str]:
    """Every school of the organisation by id, with its name."""
    return {row.id: row.name for row in db.execute(_ALL_SCHOOLS, {"organisation_id": organisation_id})}


def _pattern(words: str) -> str:
    plain = words.strip().lower()
    for special in ("\\", "%", "_"):
        plain = plain.replace(special, "\\" + special)
    return f"{plain}%"
