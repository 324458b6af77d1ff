"""Providers, whose account is whose, and round trips under way, for services and pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select

from webapp.accounts.models import IdentityProvider, ProviderTrip, Session, StaffIdentity
from webapp.accounts.queries.parents import holds_on, same
from webapp.accounts.queries.staff import AnySelect, StaffKey
from webapp.accounts.rules.providers import Kind, SecondCheck, domain_of
from webapp.people.models import Organisation, School, Staff


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """An organisation's provider. ``public_id`` is the organisation's, ``secret`` is encrypted."""

    organisation_id: int
    public_id: str
    organisation: str
    kind: Kind
    name: str
    issuer: str
    tenant: str
    client_id: str
    secret: str
    domains: tuple[str, ...]
    second_check: SecondCheck
    saved_at: datetime
    saved_by: str
    tried_at: datetime | None
    version: int


_PROVIDER: AnySelect = select(
    IdentityProvider.organisation_id, Organisation.public_id, Organisation.name.label("organisation"),
    IdentityProvider.kind, IdentityProvider.name, IdentityProvider.issuer, IdentityProvider.tenant,
    IdentityProvider.client_id, IdentityProvider.client_secret, IdentityProvider.domains,
    IdentityProvider.second_check, IdentityProvider.saved_at, IdentityProvider.saved_by, IdentityProvider.tried_at,
    IdentityProvider.version,
).join(Organisation, Organisation.id == IdentityProvider.organisation_id).order_by(Organisation.name)  # fmt: skip


def _shaped(row: Any) -> ProviderRow:
    return ProviderRow(
        row.organisation_id, row.public_id, row.organisation, Kind(row.kind), row.name, row.issuer, row.tenant,
        row.client_id, row.client_secret, tuple(row.domains), SecondCheck(row.second_check), row.saved_at,
        row.saved_by, row.tried_at, row.version,
    )  # fmt: skip


def find_provider(db: Connection, organisation_id: int) -> ProviderRow | None:
    """The provider of an organisation, tried or not."""
    row = db.execute(_PROVIDER.where(IdentityProvider.organisation_id == organisation_id)).one_or_none()
    return _shaped(row) if row is not None else None


def find_provider_named(db: Connection, public_id: str) -> ProviderRow | None:
    """The provider of the organisation of that name in addresses."""
    row = db.execute(_PROVIDER.where(Organisation.public_id == public_id[:16])).one_or_none()
    return _shaped(row) if row is not None else None


def every_provider(db: Connection) -> tuple[ProviderRow, ...]:
    """All of the service, for its operator."""
    return tuple(_shaped(row) for row in db.execute(_PROVIDER))


def only_provider(db: Connection) -> tuple[ProviderRow | None, bool]:
    """(the one provider that staff of this service are offered, whether there is any at all).

    Where there are several, who uses which is told to nobody who has typed no address.
    """
    rows = db.execute(_PROVIDER.where(IdentityProvider.tried_at.is_not(None)).limit(2)).all()
    return (_shaped(rows[0]) if len(rows) == 1 else None), bool(rows)


def providers_for(db: Connection, email: str) -> tuple[ProviderRow, ...]:
    """The providers that are offered to addresses of that domain, whoever has the address or nobody."""
    domain = domain_of(email)
    rows = db.execute(_PROVIDER.where(IdentityProvider.tried_at.is_not(None)))
    return tuple(one for one in map(_shaped, rows) if domain in one.domains)


def has_addresses_at(db: Connection, organisation_id: int, domains: Collection[str], on: date) -> frozenset[str]:
    """Those of the domains at which somebody who works for the organisation today has their address."""
    rows = db.execute(
        select(Staff.email).where(Staff.organisation_id == organisation_id, holds_on(Staff, bindparam("on"))),
        {"on": on},
    ).scalars()
    return frozenset(domain_of(email) for email in rows) & frozenset(domains)


def schools_besides(db: Connection, organisation_id: int, school_ids: Collection[int]) -> int:
    """How many schools the organisation has besides these."""
    return db.scalar(
        select(func.count())
        .select_from(School)
        .where(School.organisation_id == organisation_id, School.id.not_in(sorted(school_ids)))
    ) or 0  # fmt: skip


def holders_of(db: Connection, provider: ProviderRow, subject: str) -> tuple[StaffKey, ...]:
    """Whose account it is: one post in the provider's organisation, and one in each other that trusts the very same
    provider, client and directory. In any other organisation the account opens nothing."""
    rows = db.execute(
        select(StaffIdentity.organisation_id, StaffIdentity.staff_id)
        .join(
            IdentityProvider,
            and_(same(IdentityProvider, StaffIdentity), IdentityProvider.issuer == StaffIdentity.issuer),
        )
        .where(
            StaffIdentity.issuer == provider.issuer, StaffIdentity.subject == subject,
            IdentityProvider.client_id == provider.client_id, IdentityProvider.kind == provider.kind.value,
            IdentityProvider.tenant == provider.tenant, IdentityProvider.tried_at.is_not(None),
        )
        .order_by(StaffIdentity.organisation_id)
    )  # fmt: skip
    return tuple(StaffKey(*row) for row in rows)


def organisation_public_id(db: Connection, organisation_id: int) -> str:
    """The organisation's name in addresses."""
    return db.execute(select(Organisation.public_id).where(Organisation.id == organisation_id)).scalar_one()


@dataclass(frozen=True, slots=True)
class TripRow:
    """A round trip under way."""

    organisation_id: int
    id: int
    purpose: str
    sealed: str
    issuer: str
    client_id: str
    session_id: int | None
    link_hash: str | None
    next_path: str


def find_trip(
    db: Connection, organisation_id: int, state_hash: str, browser_hash: str, now: datetime
) -> TripRow | None:  # fmt: skip
    """The trip of that state, if it was begun with this organisation's provider in this browser and is not over."""
    row = db.execute(
        select(
            ProviderTrip.organisation_id, ProviderTrip.id, ProviderTrip.purpose, ProviderTrip.sealed,
            ProviderTrip.issuer, ProviderTrip.client_id, ProviderTrip.session_id, ProviderTrip.link_hash,
            ProviderTrip.next_path,
        ).where(
            ProviderTrip.organisation_id == organisation_id, ProviderTrip.state_hash == state_hash,
            ProviderTrip.browser_hash == browser_hash, ProviderTrip.used_at.is_(None), ProviderTrip.expires_at > now,
        )
    ).one_or_none()  # fmt: skip
    return TripRow(*row) if row is not None else None


def session_staff(db: Connection, session_id: int) -> StaffKey | None:
    """Whose session of staff it is, while it is open."""
    row = db.execute(
        select(Session.staff_organisation_id, Session.staff_id).where(
            Session.id == session_id, Session.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None or row.staff_organisation_id is None or row.staff_id is None:
        return None
    return StaffKey(row.staff_organisation_id, row.staff_id)
