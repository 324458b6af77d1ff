"""Single sign-on at the HTTP edge, against a provider on this machine: connecting, signing in, and all that opens
nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, insert, select, update

from notifications import channels
from notifications.channels import channels_from
from notifications.models import Delivery
from tests.accounts.provider_standin import (
    SECRET,
    STRANGERS_KEY,
    OpenIdStandIn,
    open_id,
    signed,
    signed_with_public_key,
    unsigned,
)
from tests.factories import World
from tests.pages import Enter, page
from webapp.accounts.models import (
    IdentityProvider,
    ProviderTrip,
    Session,
    StaffEntry,
    StaffIdentity,
    StaffLink,
    StaffLogin,
)
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.services import tokens
from webapp.accounts.services.endings import sweep_sign_in
from webapp.accounts.services.staff_invitations import invite
from webapp.foundation import clock
from webapp.foundation.clock import machine_now
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import Staff

SUBJECT = "subject-of-saira"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def provider() -> Iterator[OpenIdStandIn]:
    with open_id() as stand_in:
        yield stand_in


def set_up(app: Flask, organisation_id: int, provider: OpenIdStandIn, **other: Any) -> None:
    """The organisation relies on the provider, and somebody has tried it."""
    box = app.extensions["seal"].box("identity-provider")
    values = {
        "kind": "other", "name": "Hill ID", "issuer": provider.issuer, "tenant": "", "client_id": provider.client_id,
        "client_secret": box.encrypt(SECRET.encode()).decode(), "domains": ["school.example"], "second_check": "always",
        "saved_at": machine_now(), "saved_by": "Adil Farooq", "tried_at": machine_now(), **other,
    }  # fmt: skip
    with unit_of_work() as tx:
        tx.execute(insert(IdentityProvider).values(organisation_id=organisation_id, **values))


@pytest.fixture
def hill_id(app: Flask, world: World, provider: OpenIdStandIn, tmp_path: Any) -> OpenIdStandIn:
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    app.extensions.pop("provider_web", None)
    set_up(app, world.organisation, provider)
    return provider


def connected(world: World, provider: OpenIdStandIn, staff_id: int = 0, subject: str = SUBJECT, of: int = 0) -> None:
    with unit_of_work() as tx:
        tx.execute(
            insert(StaffIdentity).values(
                organisation_id=of or world.organisation, staff_id=staff_id or world.officer, issuer=provider.issuer,
                subject=subject, linked_at=machine_now(),
            )
        )  # fmt: skip


def leads(answer: Any) -> str:
    """Where the page that leads to the provider sends the browser."""
    assert answer.status_code == 200, (answer.status_code, answer.text[:2000])
    found = page(answer)
    refresh = next(one.get("content", "") for one in found.all(".//meta") if one.get("http-equiv") == "refresh")
    url = refresh.removeprefix("0; url=")
    assert url in found.links().values()
    return url


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def ask(client: FlaskClient, then: str = "") -> Any:
    """Press the provider's button on the sign-in page."""
    form = page(client.get(f"/staff/sign-in?next={then}")).fields("/staff/sign-in/provider")
    return client.post("/staff/sign-in/provider", data=form)


def go(client: FlaskClient, provider: OpenIdStandIn, then: str = "") -> Any:
    """Sign in by the provider: the answer on coming back."""
    return client.get(local(provider.authorize(leads(ask(client, then)))))


def is_in(client: FlaskClient) -> bool:
    return "/staff/sign-in" not in (client.get("/staff").location or "")


def deeds() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(TrailEntry.action).order_by(TrailEntry.id)))


def refusals() -> list[str]:
    with read_door() as db:
        rows = db.scalars(select(TrailEntry.detail).where(TrailEntry.action == "sign_in_refused"))
        return [row["why"] for row in rows]


def bodies() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(Delivery.body).order_by(Delivery.id)))


def nothing_begun() -> bool:
    with read_door() as db:
        return not db.scalar(select(func.count()).select_from(Session)) and not db.scalar(
            select(func.count()).select_from(StaffEntry)
        )


# Signing in.


def test_a_connected_account_signs_in(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    assert "Sign in with Hill ID" in page(anonymous.get("/staff/sign-in")).text
    answer = go(anonymous, hill_id, "/staff/hill/inbox")
    assert (answer.status_code, answer.location) == (303, "/staff/hill/inbox")
    assert is_in(anonymous)
    with read_door() as db:
        detail = db.scalar(select(TrailEntry.detail).where(TrailEntry.action == "signed_in"))
    assert detail == {"way": "provider"}
    assert hill_id.authorizations[0]["redirect_uri"].endswith("/staff/sign-in/back/org-Firsthill-Tr")


def test_tokens_and_codes_stay_on_the_server(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    """The browser carries a code there and back, and gets a session of ours; the ID token it never sees."""
    connected(world, hill_id)
    made: list[str] = []
    hill_id.sign = lambda claims: made.append(signed(claims)) or made[-1]  # type: ignore[func-returns-value]
    url = leads(ask(anonymous))
    asked = parse_qs(urlsplit(url).query)
    assert asked["response_type"] == ["code"] and asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid"]
    answer = anonymous.get(local(hill_id.authorize(url)))
    assert answer.location == "/staff" and len(made) == 1
    given = answer.text + str(answer.headers) + anonymous.get("/staff/you").text
    assert made[0] not in given and made[0].split(".")[2] not in given
    with read_door() as db:
        kept = [*db.execute(select(ProviderTrip)).all(), *db.execute(select(Session)).all()]
    assert made[0] not in str(kept)


def test_going_on_is_only_ever_to_a_page_of_ours(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    form = page(anonymous.get("/staff/sign-in")).fields("/staff/sign-in/provider")
    answer = anonymous.post("/staff/sign-in/provider", data={**form, "next": "//evil.example/x"})
    back = anonymous.get(local(hill_id.authorize(leads(answer))) + "&next=https://evil.example")
    assert (back.status_code, back.location) == (303, "/staff")


def test_an_address_alone_opens_nothing(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    hill_id.claims = {"email": f"saira.khan.{world.organisation}@school.example", "email_verified": True}
    answer = go(anonymous, hill_id)
    assert answer.status_code == 403
    shown = page(answer)
    assert shown.h1 == "This account is not connected to Firstbell" and "open the link in your invitation" in shown.text
    assert not is_in(anonymous) and nothing_begun()
    assert refusals() == ["unknown"]


def test_a_leavers_access_ends(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    gone = clock.school_today() - timedelta(days=1)
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.officer).values(ends_on=gone))
    assert go(anonymous, hill_id).status_code == 403
    assert nothing_begun()


@pytest.mark.parametrize(
    ("second", "claims", "asked"),
    [
        ("always", {}, False),
        ("when_said", {}, True),
        ("when_said", {"amr": ["pwd"]}, True),
        ("when_said", {"amr": ["pwd", "mfa"]}, False),
        ("when_said", {"acr": "phr"}, False),
        ("when_said", {"amr": "mfa", "acr": "0"}, True),
        ("ours", {"amr": ["pwd", "mfa"]}, True),
    ],
)
def test_whose_second_check_counts(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, second: str, claims: dict[str, Any], asked: bool
):
    connected(world, hill_id)
    with unit_of_work() as tx:
        tx.execute(update(IdentityProvider).values(second_check=second))
    hill_id.claims = claims
    answer = go(anonymous, hill_id)
    assert answer.location == ("/staff/sign-in/set-up" if asked else "/staff")
    assert is_in(anonymous) is not asked


def test_our_second_check_follows(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    with unit_of_work() as tx:
        tx.execute(update(IdentityProvider).values(second_check="ours"))
    first = go(anonymous, hill_id, "/staff/hill/inbox")
    shown = page(anonymous.get(first.location))
    totp = pyotp.TOTP(re.search(r"Key ?((?:[A-Z2-7]{4} ?){8})", shown.text)[1].replace(" ", ""))
    assert anonymous.post(first.location, data={**shown.fields(), "code": totp.at(machine_now())}).status_code == 200
    assert is_in(anonymous)


# Posts in two organisations.


def also_at_dale(app: Flask, world: World, provider: OpenIdStandIn, **other: Any) -> None:
    set_up(app, world.other_organisation, provider, **other)
    connected(world, provider, world.other_officer, of=world.other_organisation)


def test_two_organisations_with_one_client_are_chosen_between(
    app: Flask, anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn
):
    connected(world, hill_id)
    also_at_dale(app, world, hill_id)
    typed = {"contact_point": "anybody@school.example", "how": "provider"}
    form = page(anonymous.get("/staff/sign-in")).fields("/staff/sign-in")
    which = anonymous.post("/staff/sign-in", data={**form, **typed})
    assert "Dale School: Hill ID" in page(which).text and "Firsthill Trust: Hill ID" in page(which).text
    choice = page(which).fields("/staff/sign-in/provider")
    back = anonymous.get(local(hill_id.authorize(leads(anonymous.post("/staff/sign-in/provider", data=choice)))))
    assert back.location == "/staff/sign-in/post" and not is_in(anonymous)
    chosen = page(anonymous.get("/staff/sign-in/post"))
    assert "Saira Khan" in chosen.text and "Otto Dale" in chosen.text
    anonymous.post("/staff/sign-in/post", data={**chosen.fields(), "person": "stf-2-Dale"})
    with read_door() as db:
        assert db.scalars(select(Session.staff_id)).all() == [world.other_officer]


@pytest.mark.parametrize("other", [{"client_id": "another"}, {"tenant": "other.example"}, {"tried_at": None}])
def test_the_account_of_another_organisation_opens_nothing_here(
    app: Flask, anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, other: dict[str, Any]
):
    """The subject is connected at Dale School; here it is nobody's."""
    also_at_dale(app, world, hill_id, **other)
    form = {"provider": "org-Firsthill-Tr", "csrf_token": page(anonymous.get("/staff/sign-in")).fields()["csrf_token"]}
    answer = anonymous.get(local(hill_id.authorize(leads(anonymous.post("/staff/sign-in/provider", data=form)))))
    assert answer.status_code == 403 and nothing_begun()


def test_who_signs_in_where_is_told_to_nobody(
    app: Flask, anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn
):
    set_up(app, world.other_organisation, hill_id, name="Dale ID", domains=["dale.example"])
    shown = page(anonymous.get("/staff/sign-in")).text
    assert "Hill ID" not in shown and "Dale ID" not in shown and "Use my work account" in shown
    form = page(anonymous.get("/staff/sign-in")).fields("/staff/sign-in")
    nobody = anonymous.post("/staff/sign-in", data={**form, "contact_point": "nobody@dale.example", "how": "provider"})
    assert "login_hint=nobody" in leads(nobody)
    strange = anonymous.post("/staff/sign-in", data={**form, "contact_point": "x@else.example", "how": "provider"})
    assert strange.status_code == 422 and "No work account leads here" in page(strange).text
    for bad in ("", "\x00", "no address", "x" * 100_000, "@", "a@b@c"):
        wrong = anonymous.post("/staff/sign-in", data={**form, "contact_point": bad, "how": "provider"})
        assert wrong.status_code in (400, 422), bad


def test_an_untried_provider_is_offered_to_nobody(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    with unit_of_work() as tx:
        tx.execute(update(IdentityProvider).values(tried_at=None))
    shown = page(anonymous.get("/staff/sign-in"))
    assert "Hill ID" not in shown.text and "work account" not in shown.text
    data = {"csrf_token": shown.fields()["csrf_token"], "provider": "org-Firsthill-Tr"}
    answer = anonymous.post("/staff/sign-in/provider", data=data)
    assert answer.status_code == 303 and answer.location.startswith("/staff/sign-in")


# What opens nothing.


def _without(name: str) -> Callable[[OpenIdStandIn], None]:
    return lambda provider: provider.claims.update({name: None})


def _saying(**claims: Any) -> Callable[[OpenIdStandIn], None]:
    return lambda provider: provider.claims.update(claims)


def _signing(sign: Callable[[dict[str, Any]], str]) -> Callable[[OpenIdStandIn], None]:
    return lambda provider: setattr(provider, "sign", sign)


def _in_time(**at: int) -> Callable[[OpenIdStandIn], None]:
    def lie(provider: OpenIdStandIn) -> None:
        now = int(machine_now().timestamp())
        provider.claims.update({name: now + seconds for name, seconds in at.items()})

    return lie


LIES: dict[str, Callable[[OpenIdStandIn], None]] = {
    "another nonce": _saying(nonce="of another sign-in"),
    "no nonce": _without("nonce"),
    "another audience": _saying(aud="another-client"),
    "two audiences and no authorised party": _saying(aud=["firstbell", "another-client"]),
    "authorised for another": _saying(azp="another-client"),
    "another issuer": _saying(iss="https://evil.example"),
    "expired": _in_time(exp=-61),
    "not valid yet": _in_time(nbf=61),
    "from the future": _in_time(iat=61),
    "kept for an hour": _in_time(iat=-3600, exp=3600),
    "no end": _without("exp"),
    "an end that is no number": _saying(exp="never"),
    "no subject": _without("sub"),
    "a subject that is no text": _saying(sub=7),
    "alg none": _signing(unsigned),
    "HS256 with the public key": _signing(signed_with_public_key),
    "another's key under the same name": _signing(lambda claims: signed(claims, STRANGERS_KEY)),
    "a key that is not published": _signing(lambda claims: signed(claims, STRANGERS_KEY, kid="two")),
    "no token": _signing(lambda claims: ""),
    "a token cut short": _signing(lambda claims: signed(claims)[:-20]),
    "claims changed after signing": _signing(
        lambda claims: signed({**claims, "sub": "x"}).rsplit(".", 1)[0] + "." + signed(claims).rsplit(".", 1)[1]
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_token_that_is_not_right_opens_nothing(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, lie: Callable[[OpenIdStandIn], None]
):
    connected(world, hill_id)
    lie(hill_id)
    answer = go(anonymous, hill_id)
    assert answer.status_code == 403 and page(answer).h1 == "We cannot use the answer from Hill ID"
    assert not is_in(anonymous) and nothing_begun()
    assert refusals() == ["not_trusted"]


def test_a_private_or_foreign_account_is_refused(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    for kind, claim, right in (("entra", "tid", "4f1c"), ("google", "hd", "hill.example")):
        with unit_of_work() as tx:
            tx.execute(update(IdentityProvider).values(kind=kind, tenant=right, name="Work"))
        for said in (None, "9188040d-6c67-4c5b-b112-36a304b66dad", "", 7):
            hill_id.claims = {claim: said}
            answer = go(anonymous, hill_id)
            assert answer.status_code == 403
            assert page(answer).h1 == "This is not a work account of your school"
        hill_id.claims = {claim: right}
        assert go(anonymous, hill_id).location == "/staff"
    assert "prompt" in hill_id.authorizations[-1] and hill_id.authorizations[-1]["hd"] == "hill.example"
    assert set(refusals()) == {"other_tenant"}


def test_a_state_works_once(anonymous: FlaskClient, app: Flask, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    url = leads(ask(anonymous))
    back = local(hill_id.authorize(url))
    assert anonymous.get(back).location == "/staff"
    again = anonymous.get(back)
    assert again.status_code == 410 and page(again).h1 == "Start the sign-in again"
    assert page(again).links()["Go on to Firstbell"] == "/staff"
    # A second code for the same state is no better.
    assert anonymous.get(local(hill_id.authorize(url))).status_code == 410


def test_a_state_belongs_to_the_browser_that_asked(
    anonymous: FlaskClient, app: Flask, world: World, hill_id: OpenIdStandIn
):
    connected(world, hill_id)
    back = local(hill_id.authorize(leads(ask(anonymous))))
    other = app.test_client()
    assert other.get(back).status_code == 410
    leads(ask(other))
    assert other.get(back).status_code == 410 and not is_in(other)
    # What the stranger tried has not cost the owner their sign-in.
    assert anonymous.get(back).location == "/staff"


def test_a_code_of_one_browser_is_no_use_in_another(
    anonymous: FlaskClient, app: Flask, world: World, hill_id: OpenIdStandIn
):
    """A code slipped under one's own state fails at the provider: it was given out for another verifier."""
    connected(world, hill_id)
    stolen = parse_qs(urlsplit(hill_id.authorize(leads(ask(anonymous)))).query)["code"][0]
    thief = app.test_client()
    mine = parse_qs(urlsplit(leads(ask(thief))).query)["state"][0]
    address = "/staff/sign-in/back/org-Firsthill-Tr"
    answer = thief.get(f"{address}?{urlencode({'code': stolen, 'state': mine})}")
    assert answer.status_code == 503 and not is_in(thief)


def test_two_providers_are_not_mixed_up(app: Flask, anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    """A trip that began with one organisation's provider ends at that organisation's address or not at all, and a
    provider that names itself is held to it."""
    connected(world, hill_id)
    with open_id() as evil:
        set_up(app, world.other_organisation, evil, name="Dale ID", domains=["dale.example"])
        key = page(anonymous.get("/staff/sign-in")).fields()["csrf_token"]
        data = {"csrf_token": key, "provider": "org-Dale-School"}
        began = leads(anonymous.post("/staff/sign-in/provider", data=data))
        state = parse_qs(urlsplit(began).query)["state"][0]
        code = parse_qs(urlsplit(hill_id.authorize(_at(began, hill_id))).query)["code"][0]
        answer = anonymous.get(f"/staff/sign-in/back/org-Firsthill-Tr?{urlencode({'code': code, 'state': state})}")
        assert answer.status_code == 410 and "/token" not in hill_id.asked + evil.asked
    for said, names_itself in (({"iss": "https://evil.example"}, False), ({}, True)):
        hill_id.discovery = {"authorization_response_iss_parameter_supported": names_itself}
        app.extensions.pop("provider_web", None)
        data = {"csrf_token": key, "provider": "org-Firsthill-Tr"}
        back = local(hill_id.authorize(leads(anonymous.post("/staff/sign-in/provider", data=data))))
        assert anonymous.get(f"{back}&{urlencode(said)}").status_code == 403
    assert not is_in(anonymous) and "/token" not in hill_id.asked


def _at(url: str, provider: OpenIdStandIn) -> str:
    return f"{provider.url}/authorize?{urlsplit(url).query}"


def test_it_takes_no_longer_than_a_quarter_of_an_hour(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, at: time_machine.Traveller
):
    connected(world, hill_id)
    back = local(hill_id.authorize(leads(ask(anonymous))))
    at.shift(timedelta(minutes=15))
    assert anonymous.get(back).status_code == 410


def test_two_tabs_each_come_back(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    first, second = leads(ask(anonymous)), leads(ask(anonymous))
    assert anonymous.get(local(hill_id.authorize(second))).location == "/staff"
    assert anonymous.get(local(hill_id.authorize(first))).location == "/staff"


@pytest.mark.parametrize("changed", [{"issuer": "https://new.example"}, {"client_id": "new"}])
def test_changed_settings_end_what_was_begun(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, changed: dict[str, str]
):
    connected(world, hill_id)
    back = local(hill_id.authorize(leads(ask(anonymous))))
    with unit_of_work() as tx:
        tx.execute(update(IdentityProvider).values(**changed))
    assert anonymous.get(back).status_code == 410 and "/token" not in hill_id.asked


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 403, "You did not sign in"),
        ("server_error", 503, "Hill ID cannot sign you in just now"),
        ("temporarily_unavailable", 503, "Hill ID cannot sign you in just now"),
        ("<script>alert(1)</script>", 503, "Hill ID cannot sign you in just now"),
    ],
)
def test_what_the_provider_says_instead(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, error: str, status: int, words: str
):
    connected(world, hill_id)
    hill_id.error = error
    answer = go(anonymous, hill_id)
    assert (answer.status_code, page(answer).h1) == (status, words)
    assert "<script>alert" not in answer.text and page(answer).links()["Sign in"] == "/staff/sign-in"
    assert not is_in(anonymous)


@pytest.mark.parametrize("fault", ["down", "too large", "elsewhere", "lies about itself", "plain http"])
def test_a_provider_that_cannot_be_asked(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, fault: str
):
    connected(world, hill_id)
    path = "/trust/.well-known/openid-configuration"
    match fault:
        case "down":
            hill_id.status[path] = 500
        case "too large":
            hill_id.filler = 300_000
        case "elsewhere":
            hill_id.elsewhere = f"{hill_id.url}/keys"
        case "lies about itself":
            hill_id.discovery = {"issuer": "https://evil.example"}
        case "plain http":
            hill_id.discovery = {"token_endpoint": "http://evil.example/token"}
    answer = ask(anonymous)
    assert answer.status_code == 503 and page(answer).h1 == "Hill ID cannot sign you in just now"
    assert len(hill_id.asked) == 1
    # It is not asked again at once.
    assert ask(anonymous).status_code == 503 and len(hill_id.asked) == 1


def test_a_new_key_is_fetched_once_and_what_it_says_is_kept(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, at: time_machine.Traveller
):
    connected(world, hill_id)
    for _ in range(3):
        assert go(anonymous, hill_id).location == "/staff"
    assert hill_id.asked.count("/keys") == 1 and hill_id.asked.count("/trust/.well-known/openid-configuration") == 1
    at.shift(timedelta(minutes=2))
    new = STRANGERS_KEY.__class__.generate_key(2048, {"kid": "new", "use": "sig"})
    hill_id.keys.append(new)
    hill_id.sign = lambda claims: signed(claims, new, kid="new")
    assert go(anonymous, hill_id).location == "/staff"
    hill_id.sign = lambda claims: signed(claims, new, kid="unknown")
    for _ in range(3):
        assert go(anonymous, hill_id).status_code == 403
    assert hill_id.asked.count("/keys") == 2


def test_a_secret_that_the_keys_no_longer_open(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    with unit_of_work() as tx:
        tx.execute(update(IdentityProvider).values(client_secret="sealed with a lost key"))
    assert ask(anonymous).status_code == 503


@pytest.mark.parametrize(
    "query", ["", "?state=", "?state=x&code=y", "?state=%00", "?error=access_denied", "?state=" + "x" * 9000]
)
def test_coming_back_from_nowhere(anonymous: FlaskClient, hill_id: OpenIdStandIn, query: str):
    for organisation in ("org-Firsthill-Tr", "no-such"):
        assert anonymous.get(f"/staff/sign-in/back/{organisation}{query}").status_code in (400, 410)
    assert nothing_begun()


def test_setting_out_is_counted(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    answers = [ask(anonymous).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]


# Connecting an account.


def invitation(world: World, staff_id: int = 0) -> str:
    invite(
        StaffKey(world.organisation, staff_id or world.officer),
        Actor(ActorKind.STAFF, world.head, "Grace Osei", "Headteacher"),
    )
    return [found[0] for body in bodies() if (found := re.search(r"/staff/sign-in/t/\w+", body))][-1]


def accept(client: FlaskClient, link: str) -> Any:
    form = page(client.get(link)).fields(f"{link}/provider")
    return client.post(f"{link}/provider", data=form)


def identities() -> dict[int, str]:
    with read_door() as db:
        return dict(db.execute(select(StaffIdentity.staff_id, StaffIdentity.subject)).all())


def test_an_invitation_connects_the_account_once(
    anonymous: FlaskClient, app: Flask, world: World, hill_id: OpenIdStandIn
):
    link = invitation(world)
    assert page(anonymous.get(link)).h1 == "Choose how you sign in"
    answer = anonymous.get(local(hill_id.authorize(leads(accept(anonymous, link)))))
    assert answer.location == "/staff" and is_in(anonymous)
    assert identities() == {world.officer: SUBJECT}
    assert deeds() == ["invited", "connected_account", "signed_in"]
    assert "You can now sign in to Firstbell with Hill ID." in bodies()[-1]
    assert anonymous.get(link).status_code == 410
    # From now on that account signs in, a code by e-mail sets no password, and there is nothing to invite to.
    other = app.test_client()
    assert go(other, hill_id).location == "/staff"
    sent = len(bodies())
    form = page(other.get("/staff/sign-in")).fields("/staff/sign-in")
    typed = {"contact_point": f"saira.khan.{world.organisation}@school.example", "how": "code"}
    assert other.post("/staff/sign-in", data={**form, **typed}).status_code == 302
    assert len(bodies()) == sent
    with pytest.raises(Exception, match="signs in with Hill ID already"):
        invitation(world)


def test_an_invitation_that_is_over_connects_nothing(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, at: time_machine.Traveller
):
    link = invitation(world)
    back = local(hill_id.authorize(leads(accept(anonymous, link))))
    assert used_up() == 1
    answer = anonymous.get(back)
    assert answer.status_code == 410 and page(answer).h1 == "This link no longer works"
    assert identities() == {} and not is_in(anonymous)


def used_up() -> int:
    """The invitation was used meanwhile."""
    with unit_of_work() as tx:
        return tx.execute(update(StaffLink).values(used_at=machine_now())).rowcount


def test_a_link_for_a_password_connects_nothing(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    link = invitation(world)
    with unit_of_work() as tx:
        tx.execute(update(StaffLink).values(purpose="password"))
    shown = page(anonymous.get(link))
    assert shown.h1 == "Choose a password" and "Hill ID" not in shown.text
    assert anonymous.post(f"{link}/provider", data=shown.fields()).status_code == 410


def test_an_account_of_a_colleague_is_not_taken(
    anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn
):
    connected(world, hill_id, world.teacher)
    link = invitation(world)
    answer = anonymous.get(local(hill_id.authorize(leads(accept(anonymous, link)))))
    assert answer.status_code == 409 and page(answer).h1 == "This account belongs to somebody else here"
    assert identities() == {world.teacher: SUBJECT} and not is_in(anonymous)
    assert refusals() == ["taken"]
    # The invitation still holds; and a leaver's account is free again.
    assert anonymous.get(link).status_code == 200
    with unit_of_work() as tx:
        gone = clock.school_today() - timedelta(days=1)
        tx.execute(update(Staff).where(Staff.id == world.teacher).values(ends_on=gone))
    assert anonymous.get(local(hill_id.authorize(leads(accept(anonymous, link))))).location == "/staff"
    assert identities() == {world.officer: SUBJECT}


def connect(client: FlaskClient) -> Any:
    return client.post("/staff/you/account", data=page(client.get("/staff/you")).fields("/staff/you/account"))


def test_somebody_signed_in_connects_their_account(as_staff: Enter, world: World, hill_id: OpenIdStandIn):
    saira = as_staff(world.officer)
    assert "Work account Not connected" in page(saira.get("/staff/you")).text.replace("accountNot", "account Not")
    answer = saira.get(local(hill_id.authorize(leads(connect(saira)))))
    assert (answer.status_code, answer.location) == (303, "/staff/you")
    assert identities() == {world.officer: SUBJECT} and is_in(saira)
    assert "You can sign in with your Hill ID account." in page(saira.get("/staff/you")).text


def proved_long_ago(minutes: int = 10) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Session).values(stepped_up_at=machine_now() - timedelta(minutes=minutes)))


def with_password(world: World, words: str = "copper lantern gravy") -> str:
    """Saira has a password beside her account."""
    values = {"organisation_id": world.organisation, "staff_id": world.officer, "password_set_at": machine_now()}
    with unit_of_work() as tx:
        tx.execute(insert(StaffLogin).values(**values, password_hash=tokens.hash_code(words)))
    return words


def test_connecting_asks_for_a_fresh_proof(as_staff: Enter, world: World, hill_id: OpenIdStandIn):
    """The trip begins after the proof, and not before."""
    saira, password = as_staff(world.officer), with_password(world)
    proved_long_ago()
    asked = page(connect(saira))
    assert (asked.status, asked.h1) == (403, "Show that it is you") and "Nothing was sent yet" in asked.text
    assert "who can sign in" in asked.text and trips() == 0
    wrong = page(saira.post("/staff/prove", data={**asked.fields("/staff/prove"), "password": "not this one"}))
    assert wrong.status == 422 and trips() == 0
    proved = page(saira.post("/staff/prove", data={**wrong.fields("/staff/prove"), "password": password}))
    assert proved.h1 == "Thank you. Send it now?" and trips() == 0
    away = saira.post("/staff/you/account", data=proved.fields("/staff/you/account"))
    assert saira.get(local(hill_id.authorize(leads(away)))).location == "/staff/you"
    assert identities() == {world.officer: SUBJECT}


def trips() -> int:
    with read_door() as db:
        return db.scalar(select(func.count()).select_from(ProviderTrip)) or 0


@pytest.mark.parametrize("path", ["/staff/you/account/remove", "/staff/you/password"])
def test_disconnecting_and_a_first_password_ask_for_a_fresh_proof(
    as_staff: Enter, world: World, hill_id: OpenIdStandIn, path: str
):
    """Whoever has the account alone has nothing to type, and is told to sign in anew."""
    connected(world, hill_id)
    saira = as_staff(world.officer)
    key = {"csrf_token": page(saira.get("/staff/you")).fields()["csrf_token"]}
    proved_long_ago()
    shown = page(saira.post(path, data=key))
    assert (shown.status, shown.h1) == (403, "Show that it is you")
    assert "Sign out, then sign in with Hill ID" in shown.text and not shown.all(".//input[@name='password']")
    assert identities() == {world.officer: SUBJECT} and "disconnected_account" not in deeds()
    assert saira.post("/staff/sign-out", data=shown.fields("/staff/sign-out")).location == "/staff/signed-out"


def test_connecting_ends_with_the_session_that_began_it(
    app: Flask, as_staff: Enter, world: World, hill_id: OpenIdStandIn
):
    saira = as_staff(world.officer)
    back = local(hill_id.authorize(leads(connect(saira))))
    saira.post("/staff/sign-out", data=page(saira.get("/staff/you")).fields())
    answer = saira.get(back)
    assert answer.status_code == 403 and page(answer).h1 == "You were signed out meanwhile"
    # Nor does somebody else's session in the same browser get it.
    saira, colleague = as_staff(world.officer), as_staff(world.teacher)
    back = local(hill_id.authorize(leads(connect(saira))))
    name = app.extensions["cookies"].name("staff")
    saira.set_cookie(name, colleague.get_cookie(name).value)
    assert saira.get(back).status_code == 403
    assert identities() == {}


def test_an_account_is_disconnected_only_where_a_password_is_left(
    as_staff: Enter, world: World, hill_id: OpenIdStandIn
):
    connected(world, hill_id)
    saira = as_staff(world.officer)
    shown = page(saira.get("/staff/you"))
    assert "set a password first" in shown.text
    key = {"csrf_token": shown.fields()["csrf_token"]}
    assert saira.post("/staff/you/account/remove", data=key).status_code == 422
    link = saira.post("/staff/you/password", data=shown.fields("/staff/you/password")).location
    words = {"password": "copper lantern gravy", "again": "copper lantern gravy"}
    assert saira.post(link, data={**page(saira.get(link)).fields(link), **words}).status_code == 303
    saira = as_staff(world.officer)
    form = page(saira.get("/staff/you")).fields("/staff/you/account/remove")
    assert saira.post("/staff/you/account/remove", data=form).location == "/staff/you"
    assert identities() == {} and deeds()[-1] == "disconnected_account"
    assert "You no longer sign in to Firstbell with Hill ID." in bodies()[-1]
    assert saira.post("/staff/you/account/remove", data=form).status_code == 422


def test_an_administrator_disconnects_an_account(
    app: Flask, as_staff: Enter, anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn
):
    connected(world, hill_id)
    assert go(anonymous, hill_id).location == "/staff"
    head = as_staff(world.head)
    one = page(head.get("/staff/hill/people")).links()["Saira Khan"]
    shown = page(head.get(one))
    assert "Hill ID, connected on Tue 16 June 2026" in shown.text and "Invite" not in shown.text
    form = shown.fields(f"{one}/disconnect")
    poor = head.post(f"{one}/disconnect", data={**form, "why_disconnect": ""})
    assert poor.status_code == 422 and "#why_disconnect" in page(poor).links().values()
    assert head.post(f"{one}/disconnect", data={**form, "why_disconnect": "New account"}).status_code == 303
    assert identities() == {} and not is_in(anonymous)
    with read_door() as db:
        entry = db.execute(
            select(TrailEntry.actor_name, TrailEntry.detail).where(TrailEntry.action == "disconnected_account")
        ).one()
    assert entry == ("Grace Osei", {"reason": "New account"})
    assert "no longer sign in" in bodies()[-1]
    assert head.post(f"{one}/disconnect", data={**form, "why_disconnect": "Again"}).status_code == 422
    assert "Invite" in page(head.get(one)).text


def test_signing_out_says_what_stays(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn):
    connected(world, hill_id)
    go(anonymous, hill_id)
    answer = anonymous.post("/staff/sign-out", data=page(anonymous.get("/staff/you")).fields())
    assert answer.location == "/staff/signed-out" and not is_in(anonymous)
    assert "that account is still signed in on this computer" in page(anonymous.get("/staff/signed-out")).text


def test_without_a_provider_nothing_speaks_of_one(
    app: Flask, as_staff: Enter, anonymous: FlaskClient, world: World, tmp_path: Any
):
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    saira = as_staff(world.officer)
    shown = page(saira.get("/staff/you"))
    assert "Work account" not in shown.text
    assert saira.post("/staff/you/account", data=shown.fields()).status_code == 422
    assert "work account" not in page(anonymous.get("/staff/sign-in")).text
    link = invitation(world)
    found = page(anonymous.get(link))
    assert found.h1 == "Choose a password"
    assert anonymous.post(f"{link}/provider", data=found.fields()).status_code == 410


def test_what_was_begun_and_is_over_is_swept(anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn, at: Any):
    ask(anonymous)
    with read_door() as db:
        sealed = db.execute(select(ProviderTrip.sealed, ProviderTrip.state_hash)).one()
    url = leads(ask(anonymous))
    assert not any(part in url for part in sealed)
    at.shift(timedelta(days=2))
    sweep_sign_in()
    with read_door() as db:
        assert db.scalar(select(func.count()).select_from(ProviderTrip)) == 0




def test_an_address_that_another_organisation_wrote_down_leads_to_no_other_post(
    app: Flask, anonymous: FlaskClient, world: World, hill_id: OpenIdStandIn
):
    """Dale School gives its Otto the address of Hill's Saira, and signs him in: he stays Otto."""
    also_at_dale(app, world, hill_id, client_id="dale")
    email = f"saira.khan.{world.organisation}@school.example"
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.other_officer).values(email=email))
        tx.execute(delete(IdentityProvider).where(IdentityProvider.organisation_id == world.organisation))
    hill_id.client_id = "dale"
    assert go(anonymous, hill_id).location == "/staff"
    shown = page(anonymous.get("/staff/sign-in/who"))
    assert "Saira" not in shown.text
    key = {"csrf_token": shown.fields()["csrf_token"], "person": "stf-1-Khan"}
    assert anonymous.post("/staff/sign-in/who", data=key).status_code == 422
    with read_door() as db:
        assert db.scalars(select(Session.staff_id)).all() == [world.other_officer]
