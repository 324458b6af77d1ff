"""The provider of an organisation: set up, changed, and given up by an administrator of all its schools."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, update

from webapp.accounts.models import IdentityProvider
from webapp.accounts.queries.providers import (
    ProviderRow,
    find_provider,
    has_addresses_at,
    schools_besides,
)
from webapp.accounts.rules.providers import Kind, ProviderFaults, ProviderSettings, ProviderTrouble, read_provider
from webapp.accounts.services.provider_trips import Gate
from webapp.foundation.clock import machine_now, school_today
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, Deed, write
from webapp.people.rules.refusals import Refused


class NotForAll(Refused):
    """One provider holds for all schools: it is for whoever keeps the sign-in at every one of them."""

    def __init__(self) -> None:
        super().__init__(
            "provider", "This holds for every school of your trust. Ask somebody who is administrator at all of them."
        )


class ProviderMoved(Refused):
    """Somebody changed the provider after the page was opened."""

    def __init__(self) -> None:
        super().__init__("provider", "Somebody has changed this meanwhile. Look at it again.")


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who changes it: their organisation, and the schools at which they keep the sign-in."""

    organisation_id: int
    school_ids: Collection[int]
    actor: Actor


def save_provider(keeper: Keeper, kind: Kind, typed: Mapping[str, str], version: int, gate: Gate) -> None:
    """Set the provider up or change it; until somebody has come back from it once, it is offered to nobody.

    Raises ``NotForAll``, ``ProviderMoved``, and ``ProviderFaults`` naming each field, also where nothing answers.
    """
    with read_door() as db:
        check_keeper(db, keeper)
        held = find_provider(db, keeper.organisation_id)
    settings = read_provider(kind, typed, gate.web.reach, has_secret=held is not None and held.kind is kind)
    _check_domains(keeper, settings)
    _check_answers(settings, gate)
    with unit_of_work() as tx:
        check_keeper(tx, keeper)
        held = find_provider(tx, keeper.organisation_id)
        if (held.version if held is not None else 0) != version:
            raise ProviderMoved()
        _write_in(tx, keeper, settings, held, gate)


def _check_domains(keeper: Keeper, settings: ProviderSettings) -> None:
    """Only domains at which the organisation's own staff are: nobody leads another school's staff astray."""
    with read_door() as db:
        ours = has_addresses_at(db, keeper.organisation_id, settings.domains, school_today())
    strange = sorted(set(settings.domains) - ours)
    if strange:
        raise ProviderFaults([Refused("domains", f"Nobody of your staff has an address at {', '.join(strange)}.")])


def _check_answers(settings: ProviderSettings, gate: Gate) -> None:
    try:
        gate.web.discover(settings.issuer, anew=True)
        gate.web.keys(settings.issuer)
    except ProviderTrouble as trouble:
        field = "issuer" if settings.kind is Kind.OTHER else "tenant"
        words = f"The provider could not be asked: {trouble}. Check this, and try again."
        raise ProviderFaults([Refused(field, words)]) from None


def _write_in(
    tx: Connection, keeper: Keeper, settings: ProviderSettings, held: ProviderRow | None, gate: Gate
) -> None:  # fmt: skip
    secret = gate.box.encrypt(settings.secret.encode()).decode() if settings.secret else held.secret if held else ""
    values = {
        "kind": settings.kind.value, "name": settings.name, "issuer": settings.issuer, "tenant": settings.tenant,
        "client_id": settings.client_id, "client_secret": secret, "domains": list(settings.domains),
        "second_check": settings.second_check.value, "saved_at": machine_now(), "saved_by": keeper.actor.name,
    }  # fmt: skip
    if held is None:
        tx.execute(insert(IdentityProvider).values(organisation_id=keeper.organisation_id, **values))
    else:
        same = (held.issuer, held.tenant, held.client_id) == (settings.issuer, settings.tenant, settings.client_id)
        kept = same and not settings.secret
        tx.execute(
            update(IdentityProvider)
            .where(IdentityProvider.organisation_id == keeper.organisation_id)
            .values(**values, version=held.version + 1, **({} if kept else {"tried_at": None}))
        )
    detail = {
        "issuer": settings.issuer, "tenant": settings.tenant, "client_id": settings.client_id,
        "domains": list(settings.domains), "second_check": settings.second_check.value,
        "new_secret": bool(settings.secret),
    }  # fmt: skip
    deed = Deed("saved_provider", "identity_provider", keeper.organisation_id, detail=detail)
    write(tx, keeper.organisation_id, keeper.actor, deed)


def remove_provider(keeper: Keeper, version: int) -> None:
    """Give the provider up: nobody signs in with it any more. Whose account was whose is kept for when it comes back.

    Raises ``NotForAll`` and ``ProviderMoved``.
    """
    with unit_of_work() as tx:
        held = find_provider(tx, keeper.organisation_id)
        if held is None or held.version != version:
            raise ProviderMoved()
        check_keeper(tx, keeper)
        gone = tx.execute(
            delete(IdentityProvider).where(
                IdentityProvider.organisation_id == keeper.organisation_id, IdentityProvider.version == version
            )
        )
        if gone.rowcount != 1:
            raise ProviderMoved()
        deed = Deed("removed_provider", "identity_provider", keeper.organisation_id)
        write(tx, keeper.organisation_id, keeper.actor, deed)


def check_keeper(db: Connection, keeper: Keeper) -> None:
    """Raises ``NotForAll`` unless they keep the sign-in at every school of the organisation."""
    if schools_besides(db, keeper.organisation_id, keeper.school_ids):
        raise NotForAll()
