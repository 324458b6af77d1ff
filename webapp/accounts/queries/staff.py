"""Who looks at a staff page, and what they may do at which school: sign-in, roles and a version in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, null, or_, select
from sqlalchemy.sql.selectable import ScalarSelect

from webapp.accounts.models import Session
from webapp.accounts.queries.parents import holds_on, same
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.sessions import is_locked
from webapp.foundation.trail import Actor, ActorKind
from webapp.foundation.types import Instant
from webapp.people.models import School, Staff, StaffRole
from webapp.people.rules.roles import Permission, Role, allowed

AnySelect = Select[*tuple[Any, ...]]
_ROLES = {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class StaffSchool:
    """A school at which somebody works, and the roles that they hold there."""

    organisation_id: int
    id: int
    public_id: str
    code: str
    name: str
    sms_name: str
    phone: str
    colour: int
    roles: frozenset[Role]

    def allows(self, permission: Permission) -> bool:
        return allowed(self.roles, permission)


@dataclass(frozen=True, slots=True)
class StaffViewer:
    """A signed-in member of staff. ``version`` is what the statement was asked to bring along, else None.

    ``proved_at``: when it was last proved who is here. ``idle_minutes``: they sit at a shared computer, which locks
    itself after so long; ``machine_id`` is that computer where the school has named it.
    """

    session_id: int
    public_id: str
    seen_at: datetime
    organisation_id: int
    staff_id: int
    staff_public_id: str
    title: str
    first_name: str
    last_name: str
    position: str
    schools: tuple[StaffSchool, ...]
    version: Any = None
    proved_at: datetime | None = None
    idle_minutes: int | None = None
    machine_id: int | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def actor(self) -> Actor:
        """The person as the trail and an amendment name them: name and position of today (domain §7.3)."""
        return Actor(ActorKind.STAFF, self.staff_id, self.name, self.position)

    def find_school(self, code: str) -> StaffSchool | None:
        """The school of that code, if the viewer holds a role there."""
        return next((school for school in self.schools if school.code == code), None)

    def schools_where(self, permission: Permission) -> tuple[StaffSchool, ...]:
        return tuple(school for school in self.schools if school.allows(permission))


def staff_statement(version: ScalarSelect[Any] | None = None) -> AnySelect:
    """The statement behind ``find_staff``, to be built once at module level.

    ``version`` is one value to bring along, such as a board's version, so that a poll costs a single query. It may
    correlate with ``Session.staff_organisation_id`` and use parameters of its own (see ``find_staff``).
    """
    on = bindparam("on", type_=StaffRole.starts_on.type)
    return (
        select(
            Session.id.label("session_id"), Session.public_id.label("session_public_id"), Session.seen_at,
            Session.stepped_up_at, Session.idle_minutes, Session.machine_id,
            Staff.organisation_id, Staff.id.label("staff_id"), Staff.public_id.label("staff_public_id"), Staff.title,
            Staff.first_name, Staff.last_name, Staff.position,
            StaffRole.role,
            School.id.label("school_id"), School.public_id, School.code, School.name, School.sms_name, School.phone,
            School.colour,
            (version if version is not None else null()).label("version"),
        )
        .select_from(Session)
        .join(
            Staff,
            and_(
                Staff.organisation_id == Session.staff_organisation_id, Staff.id == Session.staff_id,
                holds_on(Staff, on),
            ),
        )
        .outerjoin(StaffRole, and_(same(StaffRole, Staff, staff_id="id"), holds_on(StaffRole, on)))
        .outerjoin(School, same(School, StaffRole, id="school_id"))
        .where(
            Session.token_hash == bindparam("token_hash"),
            Session.door == Door.STAFF.value,
            Session.ended_at.is_(None),
            Session.locked_at.is_(None),
            Session.expires_at > bindparam("now", type_=Instant()),
            Session.seen_at > bindparam("idle_since", type_=Instant()),
        )
    )  # fmt: skip


STAFF = staff_statement()


def find_staff(
    db: Connection, token_hash: str, now: datetime, idle_since: datetime, on: date,
    statement: AnySelect = STAFF, parameters: Mapping[str, Any] | None = None,
) -> StaffViewer | None:  # fmt: skip
    """The member of staff whose session this is, with the roles that they hold on the school day ``on``.

    None where the session is unknown, ended, locked, over or idle since ``idle_since``, or the person works here no
    longer; also where it is on a shared computer that nobody has touched for so long as locks it.
    ``parameters`` are those of the version that ``statement`` brings along.
    """
    values = {**(parameters or {}), "token_hash": token_hash, "now": now, "idle_since": idle_since, "on": on}
    rows = db.execute(statement, values).all()
    if not rows:
        return None
    first = rows[0]
    if is_locked(None, first.idle_minutes, first.seen_at, now):
        return None
    roles: dict[int, set[Role]] = {}
    schools: dict[int, Any] = {}
    for row in rows:
        # A role that this version of the service does not know opens nothing.
        role = _ROLES.get(row.role)
        if role is not None:
            roles.setdefault(row.school_id, set()).add(role)
            schools[row.school_id] = row
    found = (
        StaffSchool(
            row.organisation_id, school_id, row.public_id, row.code, row.name, row.sms_name, row.phone, row.colour,
            frozenset(roles[school_id]),
        )
        for school_id, row in schools.items()
    )  # fmt: skip
    return StaffViewer(
        session_id=first.session_id,
        public_id=first.session_public_id,
        seen_at=first.seen_at,
        organisation_id=first.organisation_id,
        staff_id=first.staff_id,
        staff_public_id=first.staff_public_id,
        title=first.title,
        first_name=first.first_name,
        last_name=first.last_name,
        position=first.position,
        schools=tuple(sorted(found, key=lambda school: (school.name, school.code))),
        version=first.version,
        proved_at=first.stepped_up_at,
        idle_minutes=first.idle_minutes,
        machine_id=first.machine_id,
    )


@dataclass(frozen=True, slots=True)
class StaffKey:
    """A member of staff of one organisation."""

    organisation_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class StaffChoice:
    """One of the posts that an address at school belongs to, to choose from."""

    key: StaffKey
    public_id: str
    name: str
    position: str


_CHOICES = (
    select(Staff.organisation_id, Staff.id, Staff.public_id, Staff.first_name, Staff.last_name, Staff.position)
    .where(
        Staff.email == bindparam("email"),
        Staff.starts_on <= bindparam("on"),
        or_(Staff.ends_on.is_(None), Staff.ends_on >= bindparam("on")),
    )
    .order_by(Staff.organisation_id, Staff.id)
)


def staff_choices(db: Connection, email: str, on: date) -> tuple[StaffChoice, ...]:
    """Those who work somewhere on the day and whose address this is; mostly one, two where they serve two trusts."""
    rows = db.execute(_CHOICES, {"email": email, "on": on}).all()
    return tuple(
        StaffChoice(
            StaffKey(row.organisation_id, row.id), row.public_id, f"{row.first_name} {row.last_name}", row.position
        )
        for row in rows
    )


def find_staff_email(db: Connection, key: StaffKey) -> str | None:
    """The address at school of a member of staff, or None if there is no such person."""
    return db.execute(
        select(Staff.email).where(Staff.organisation_id == key.organisation_id, Staff.id == key.staff_id)
    ).scalar_one_or_none()
