"""Single sign-on for the staff of all the organisation's schools: set up, tried, changed and given up."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for

from blueprints.admin import blueprint
from blueprints.auth import providers
from blueprints.auth.steps import Answer
from blueprints.staff.frame import Here, around, here, show
from blueprints.staff.typed import typed_version
from webapp.access import current_staff
from webapp.accounts.queries.providers import ProviderRow, find_provider, organisation_public_id, schools_besides
from webapp.accounts.rules.providers import Kind, ProviderFaults, SecondCheck
from webapp.accounts.services.provider_settings import (
    Keeper,
    NotForAll,
    ProviderMoved,
    check_keeper,
    remove_provider,
    save_provider,
)
from webapp.accounts.services.provider_trips import TripPurpose, Wish, back_of
from webapp.foundation.clock import london
from webapp.foundation.db import read_door
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries import times_of
from webapp.people.rules.refusals import Refused
from webapp.people.rules.roles import Permission

_FIELDS = ("name", "issuer", "tenant", "client_id", "client_secret", "domains", "second_check")


@blueprint.get("/staff/<school>/single-sign-on")
def sign_on(school: str) -> str:
    return _overview(here())


@blueprint.get("/staff/<school>/single-sign-on/set-up/<kind>")
def sign_on_form(school: str, kind: str) -> str:
    return _form(here(), _kind(kind))


@blueprint.post("/staff/<school>/single-sign-on/set-up/<kind>")
def save_sign_on(school: str, kind: str) -> Answer:
    at, found = here(), _kind(kind)
    typed = {name: request.form.get(name, "") for name in _FIELDS}
    try:
        save_provider(_keeper(at), found, typed, typed_version(), providers.gate())
    except ProviderFaults as faults:
        return _form(at, found, faults.errors), 422
    except ProviderMoved as moved:
        return _overview(at, moved), 409
    except NotForAll as refused:
        return _overview(at, refused), 422
    return redirect(url_for("admin.sign_on", school=school), 303)


@blueprint.post("/staff/<school>/single-sign-on/try")
def try_sign_on(school: str) -> Answer:
    """Go through it oneself: until somebody has come back, staff are not offered it."""
    at, session = here(), providers.open_session()
    try:
        with read_door() as db:
            found = find_provider(db, at.school.organisation_id)
            check_keeper(db, _keeper(at))
        if found is None or session is None:
            raise Refused("provider", "Set it up first.")
    except Refused as refused:
        return _overview(at, refused), 422
    then = url_for("admin.sign_on", school=school)
    return providers.away(found, Wish(TripPurpose.TRY, then, session_id=session.id))


@blueprint.post("/staff/<school>/single-sign-on/remove")
def remove_sign_on(school: str) -> Answer:
    at = here()
    try:
        remove_provider(_keeper(at), typed_version())
    except ProviderMoved as moved:
        return _overview(at, moved), 409
    except NotForAll as refused:
        return _overview(at, refused), 422
    return redirect(url_for("admin.sign_on", school=school), 303)


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        abort(404)


def _keeper(at: Here) -> Keeper:
    """The schools at which the viewer keeps the sign-in; all must be, for it holds for all."""
    viewer = current_staff()
    mine = [school.id for school in viewer.schools_where(Permission.MANAGE_SIGN_IN)]
    return Keeper(at.school.organisation_id, mine, viewer.actor)


def _overview(at: Here, refused: Refused | None = None) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        found = find_provider(db, at.school.organisation_id)
        left_out = schools_besides(db, at.school.organisation_id, _keeper(at).school_ids)
    return show(
        "admin/sign_on/overview.html", at, seen, times, "people", provider=found, kinds=tuple(Kind),
        facts_of=_facts(found) if found else [], may=not left_out,
        errors=[{"text": refused.mend, "href": "#provider"}] if refused else [],
    )  # fmt: skip


def _facts(found: ProviderRow) -> list[tuple[str, str]]:
    where = {Kind.ENTRA: "Directory (tenant) ID", Kind.GOOGLE: "Domain"}.get(found.kind)
    tried = f"Yes, on {_when(found.tried_at)}" if found.tried_at else "Not yet: staff are not offered it"
    return [
        ("Provider", found.kind.product if found.kind is not Kind.OTHER else found.name),
        *([(where, found.tenant)] if where else []), ("Issuer", found.issuer), ("Client ID", found.client_id),
        ("For addresses at", ", ".join(found.domains)), ("Second check", found.second_check.words), ("Tried", tried),
        ("Saved", f"{_when(found.saved_at)}, {found.saved_by}"),
    ]  # fmt: skip


def _when(at: Any) -> str:
    local = london(at)
    return f"{short_day_words(local.date())} {local.year} {staff_time(local)}"


def _form(at: Here, kind: Kind, errors: tuple[Refused, ...] = ()) -> str:
    with read_door() as db:
        seen, times = around(db, at), times_of(db, *at.keys, at.today)
        found = find_provider(db, at.school.organisation_id)
        organisation = organisation_public_id(db, at.school.organisation_id)
    held = found if found is not None and found.kind is kind else None
    return show(
        "admin/sign_on/form.html", at, seen, times, "people", kind=kind, has_secret=held is not None,
        version=request.form.get("version") or (found.version if found else 0), values=_values(held),
        errors=[{"text": each.mend, "href": f"#{each.field}"} for each in errors],
        back_address=back_of(providers.gate(), organisation), replaces=found if held is None else None,
        seconds=[(second.value, second.words) for second in SecondCheck],
    )  # fmt: skip


def _values(held: ProviderRow | None) -> dict[str, str]:
    """What stands in the fields: what was typed, else what is kept. A secret is never shown again."""
    if request.method == "POST":
        return {name: request.form.get(name, "")[:4000].replace("\x00", "") for name in _FIELDS}
    if held is None:
        return {"second_check": SecondCheck.OURS.value}
    return {
        "name": held.name, "issuer": held.issuer, "tenant": held.tenant, "client_id": held.client_id,
        "domains": ", ".join(held.domains), "second_check": held.second_check.value,
    }  # fmt: skip
