"""How staff prove who they are: passwords, second factors, links and sign-ins under way, for services and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select

from webapp.accounts.models import (
    IdentityProvider,
    Passkey,
    StaffIdentity,
    StaffLogin,
)
from webapp.accounts.queries.parents import holds_on, same
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.second_factors import Standing
from webapp.people.models import School, Staff, StaffRole
from webapp.people.queries import settings_of
from webapp.people.rules.roles import Role
from webapp.people.rules.sign_in_settings import STAFF_CODES_ALONE, STAFF_SECOND_FACTOR

_ROLES = {role.value: role for role in Role}
_on = bindparam("on", type_=StaffRole.starts_on.type)
_COLUMNS: tuple[Any, ...] = (
    Staff.organisation_id, Staff.id, Staff.public_id, Staff.first_name, Staff.last_name, Staff.position, Staff.email,
    StaffLogin.password_hash, StaffLogin.password_set_at, StaffLogin.totp_secret, StaffLogin.totp_since,
    StaffLogin.totp_step, StaffIdentity.linked_at, IdentityProvider.name.label("linked_to"), StaffLogin.pin_hash,
    select(func.count())
    .select_from(Passkey)
    .where(
        Passkey.door == Door.STAFF.value, Passkey.staff_organisation_id == Staff.organisation_id,
        Passkey.staff_id == Staff.id, Passkey.removed_at.is_(None),
    )
    .scalar_subquery()
    .label("passkeys"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoginRow:
    """One post of somebody, and what they have set up for it. ``linked_to``: the name of the provider with whose
    account they sign in; None also where the organisation relies on that provider no longer. ``passkeys`` counts those
    that were not removed, also one that is doubted: a password alone must not take its place."""

    key: StaffKey
    public_id: str
    first_name: str
    last_name: str
    position: str
    email: str
    password_hash: str | None
    password_set_at: datetime | None
    totp_secret: str | None
    totp_since: datetime | None
    totp_step: int
    linked_at: datetime | None = None
    linked_to: str | None = None
    pin_hash: str | None = None
    passkeys: int = 0

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def has_factor(self) -> bool:
        return self.totp_secret is not None or self.passkeys > 0


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .select_from(Staff)
        .outerjoin(StaffLogin, same(StaffLogin, Staff, staff_id="id"))
        .outerjoin(StaffIdentity, same(StaffIdentity, Staff, staff_id="id"))
        .outerjoin(
            IdentityProvider,
            and_(
                same(IdentityProvider, StaffIdentity), IdentityProvider.issuer == StaffIdentity.issuer,
                IdentityProvider.tried_at.is_not(None),
            ),
        )
        .where(holds_on(Staff, _on))
        .order_by(Staff.organisation_id, Staff.id)
    )


_BY_EMAIL = _rows().where(Staff.email == bindparam("email"))
_BY_KEY = _rows().where(Staff.organisation_id == bindparam("organisation_id"), Staff.id == bindparam("staff_id"))
_AT_SCHOOL = _rows().where(
    Staff.organisation_id == bindparam("organisation_id"),
    Staff.id.in_(
        select(StaffRole.staff_id).where(
            StaffRole.organisation_id == bindparam("organisation_id"), StaffRole.school_id == bindparam("school_id"),
            holds_on(StaffRole, _on),
        )
    ),
)  # fmt: skip


_EVER_AT_SCHOOL = _rows().where(
    Staff.organisation_id == bindparam("organisation_id"),
    Staff.id.in_(
        select(StaffRole.staff_id).where(
            StaffRole.organisation_id == bindparam("organisation_id"), StaffRole.school_id == bindparam("school_id"),
        )
    ),
)  # fmt: skip


def _shaped(row: Any) -> LoginRow:
    return LoginRow(
        StaffKey(row.organisation_id, row.id), row.public_id, row.first_name, row.last_name, row.position, row.email,
        row.password_hash, row.password_set_at, row.totp_secret, row.totp_since, row.totp_step or 0, row.linked_at,
        row.linked_to, row.pin_hash, row.passkeys,
    )  # fmt: skip


def logins_of(db: Connection, email: str, on: date) -> tuple[LoginRow, ...]:
    """The posts of an address on the day."""
    return tuple(_shaped(row) for row in db.execute(_BY_EMAIL, {"email": email, "on": on}))


def find_login(db: Connection, key: StaffKey, on: date) -> LoginRow | None:
    """One post, or None where the person works here no longer."""
    keys = {"organisation_id": key.organisation_id, "staff_id": key.staff_id, "on": on}
    row = db.execute(_BY_KEY, keys).one_or_none()
    return _shaped(row) if row is not None else None


def logins_at(
    db: Connection, organisation_id: int, school_id: int, on: date, *, ever: bool = False
) -> Sequence[LoginRow]:
    """Everybody who holds a role at the school on the day; with ``ever`` also those who did or will, and still work
    for the organisation."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    rows = db.execute(_EVER_AT_SCHOOL if ever else _AT_SCHOOL, keys)
    return sorted((_shaped(row) for row in rows), key=lambda one: (one.last_name, one.name))


@dataclass(frozen=True, slots=True)
class Place:
    """A school at which somebody holds roles. ``phone`` and the names stand in what they are sent."""

    id: int
    name: str
    sms_name: str
    roles: frozenset[Role]


_PLACES = (
    select(School.id, School.name, School.sms_name, StaffRole.role)
    .join(School, same(School, StaffRole, id="school_id"))
    .where(
        StaffRole.organisation_id == bindparam("organisation_id"), StaffRole.staff_id == bindparam("staff_id"),
        holds_on(StaffRole, _on),
    )
    .order_by(School.id)
)  # fmt: skip
_ANY_SCHOOL = (
    select(School.id, School.name, School.sms_name)
    .where(School.organisation_id == bindparam("organisation_id"))
    .order_by(School.id)
    .limit(1)
)


def places_of(db: Connection, key: StaffKey, on: date) -> tuple[Place, ...]:
    """Where somebody works on the day; with no role anywhere the organisation's first school, with none."""
    keys = {"organisation_id": key.organisation_id, "staff_id": key.staff_id, "on": on}
    found: dict[int, tuple[str, str, set[Role]]] = {}
    for row in db.execute(_PLACES, keys):
        roles = found.setdefault(row.id, (row.name, row.sms_name, set()))[2]
        roles |= {_ROLES[row.role]} if row.role in _ROLES else set()
    if not found:
        return tuple(
            Place(*row, frozenset()) for row in db.execute(_ANY_SCHOOL, {"organisation_id": key.organisation_id})
        )
    return tuple(Place(number, name, sms_name, frozenset(held)) for number, (name, sms_name, held) in found.items())


def standing_of(db: Connection, login: LoginRow, on: date, *, done: bool = False) -> Standing:
    """What decides whether a second proof is asked. ``done``: the provider gave it."""
    places = places_of(db, login.key, on)
    every = (settings_of(db, login.key.organisation_id, place.id, on)[STAFF_SECOND_FACTOR] for place in places)
    roles = frozenset(role for place in places for role in place.roles)
    everybody = any(value == "everybody" for value in every)
    return Standing(roles, login.totp_secret is not None, everybody, has_passkey=login.passkeys > 0, done=done)


def takes_code_alone(db: Connection, login: LoginRow, on: date) -> bool:
    """Whether a code by e-mail still is a first proof: before there is a password or an account of a provider's, or
    where every school says so."""
    if login.password_hash is None:
        return login.linked_to is None
    places = places_of(db, login.key, on)
    settings = (settings_of(db, login.key.organisation_id, place.id, on) for place in places)
    return all(each[STAFF_CODES_ALONE] == "yes" for each in settings)
