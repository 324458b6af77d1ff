"""Single sign-on: to the provider and back, from the sign-in page, an invitation or one's own page."""

from __future__ import annotations

from flask import current_app, make_response, redirect, render_template, request, url_for

from blueprints.auth import blueprint, staff_steps, steps
from webapp.accounts.queries.devices import OpenSession, find_session
from webapp.accounts.queries.providers import ProviderRow, find_provider, providers_for
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.limits import TooMany
from webapp.accounts.rules.provider_refusals import ProviderRefused
from webapp.accounts.rules.providers import Reach
from webapp.accounts.rules.sessions import idle_since
from webapp.accounts.services.challenges import Asker
from webapp.accounts.services.provider_entries import complete
from webapp.accounts.services.provider_trips import Gate, TripPurpose, Wish, begin_trip, end_trip, provider_named
from webapp.accounts.services.provider_web import ProviderWeb
from webapp.accounts.services.staff_passwords import LinkOver, open_password_link
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now
from webapp.foundation.db import read_door
from webapp.security import browser_token, client_address, put_browser_token, read_session_token

_WEB = "provider_web"


def gate() -> Gate:
    """The way to the providers and back; what they say is kept once a process."""
    extensions = current_app.extensions
    settings = extensions["settings"]
    if _WEB not in extensions:
        extensions[_WEB] = ProviderWeb(Reach(plain_loopback=settings.is_demo, own_hosts=settings.sign_in_hosts))
    back = f"{settings.public_url}/staff/sign-in/back"
    return Gate(extensions[_WEB], extensions["seal"].box("identity-provider"), back)


def providers_of(email: str) -> tuple[ProviderRow, ...]:
    with read_door() as db:
        return providers_for(db, email)


def choose(found: tuple[ProviderRow, ...], typed: str) -> str:
    """Several organisations have addresses at that domain: the person says which is theirs."""
    return render_template(
        "auth/which_provider.html", found=found, typed=typed, next=steps.wanted() or "",
        action=url_for("auth.staff_to_provider"),
    )  # fmt: skip


def enter(provider: ProviderRow, typed: str = "") -> steps.Answer:
    """Away to sign in there."""
    return away(provider, Wish(TripPurpose.ENTER, steps.wanted() or "", typed))


def away(provider: ProviderRow, wish: Wish) -> steps.Answer:
    """The page that leads to the provider: a form may send a browser to no other site, a page may."""
    cookies = current_app.extensions["cookies"]
    token = browser_token(request, cookies)
    try:
        leads = begin_trip(provider, wish, Asker(token, client_address()), gate())
    except ProviderRefused as refused:
        return refused_page(refused)
    except TooMany as many:
        return render_template("auth/provider_refused.html", heading="Wait a little", words=many.mend, why=""), 429
    response = make_response(render_template("auth/to_provider.html", leads=leads, provider=provider))
    put_browser_token(response, cookies, token)
    return response


def refused_page(refused: ProviderRefused) -> tuple[str, int]:
    return render_template(
        "auth/provider_refused.html", heading=refused.title, words=refused.mend, trying=refused.trying,
        why=refused.why if refused.trying else "", back_to=refused.then if refused.trying else "",
    ), refused.status  # fmt: skip


def open_session() -> OpenSession | None:
    """The staff session of this browser, if it is open."""
    held = read_session_token(request, current_app.extensions["cookies"], Door.STAFF)
    now = machine_now()
    with read_door() as db:
        found = find_session(db, token_hash(held), now, idle_since(now)) if held else None
    return found if found is not None and found.door is Door.STAFF and found.staff is not None else None


@blueprint.post("/staff/sign-in/provider")
def staff_to_provider() -> steps.Answer:
    """The button that names a provider."""
    found = provider_named(request.form.get("provider", "")[:50])
    if found is None:
        return redirect(url_for("auth.staff_sign_in", next=steps.wanted()), 303)
    return enter(found, request.form.get("hint", "")[:254].replace("\x00", ""))


@blueprint.get("/staff/sign-in/back/<provider>")
def staff_from_provider(provider: str) -> steps.Answer:
    """Back from the provider. Whatever this address says works once, and in the browser that went there."""
    said = {name: request.args.get(name, "")[:10_000] for name in request.args}
    token, mine = browser_token(request, current_app.extensions["cookies"]), open_session()
    try:
        came = complete(end_trip(provider, said, token, gate()), mine.id if mine else None, staff_steps.box())
    except ProviderRefused as refused:
        return refused_page(refused)
    except LinkOver as over:
        return render_template("auth/link_over.html", words=over.mend), 410
    if came.entry is None:
        return redirect(came.then, 303)
    return staff_steps.onward(came.entry, came.then or None)


@blueprint.post("/staff/sign-in/t/<token>/provider")
def staff_accept_with_provider(token: str) -> steps.Answer:
    """Accept an invitation with an account of the provider, in place of a password."""
    try:
        link = open_password_link(token)
        provider = offered_to(link.login.key)
        if provider is None or link.purpose != "invitation":
            raise LinkOver()
    except LinkOver as over:
        return render_template("auth/link_over.html", words=over.mend), 410
    return away(provider, Wish(TripPurpose.INVITED, hint=link.login.email, link_token=token))


def offered_to(key: StaffKey) -> ProviderRow | None:
    """The provider with whose accounts the staff of an organisation sign in."""
    with read_door() as db:
        found = find_provider(db, key.organisation_id)
    return found if found is not None and found.tried_at is not None else None
