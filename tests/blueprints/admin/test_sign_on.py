"""Setting single sign-on up: who may, what is refused, that it is tried before staff are offered it, and its secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from notifications import channels
from notifications.channels import channels_from
from tests.accounts.provider_standin import SECRET, OpenIdStandIn, open_id
from tests.blueprints.auth.test_single_sign_on import connected, go, leads, local, set_up
from tests.factories import TODAY, World
from tests.pages import Enter, page
from webapp.accounts.models import IdentityProvider, StaffIdentity
from webapp.foundation.clock import machine_now
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import StaffRole

PAGE = "/staff/hill/single-sign-on"
FORM = f"{PAGE}/set-up/other"


@pytest.fixture
def provider(app: Flask, tmp_path: Any) -> Iterator[OpenIdStandIn]:
    channels.use(channels_from(load(demo_environment(tmp_path, "k" * 40, 8000))))
    app.extensions.pop("provider_web", None)
    with open_id() as stand_in:
        yield stand_in


@pytest.fixture
def trust_keeper(keeper: FlaskClient, administrator: int, world: World) -> FlaskClient:
    """Adil Farooq, administrator at both schools of the trust."""
    role = {"staff_id": administrator, "school_id": world.vale, "role": "administrator", "starts_on": TODAY}
    with unit_of_work() as tx:
        tx.execute(insert(StaffRole).values(organisation_id=world.organisation, **role))
    return keeper


def save(client: FlaskClient, provider: OpenIdStandIn, form: str = FORM, **typed: str) -> Any:
    values = {
        "name": "Hill ID", "issuer": provider.issuer, "client_id": provider.client_id, "client_secret": SECRET,
        "domains": "school.example", "second_check": "always",
    }  # fmt: skip
    return client.post(form, data={**page(client.get(form)).fields(form), **values, **typed})


def held() -> Any:
    with read_door() as db:
        return db.execute(select(IdentityProvider)).one_or_none() and db.execute(
            select(IdentityProvider.issuer, IdentityProvider.client_secret, IdentityProvider.tried_at,
                   IdentityProvider.version, IdentityProvider.second_check)
        ).one()  # fmt: skip


def press(client: FlaskClient, deed: str) -> Any:
    return client.post(f"{PAGE}/{deed}", data=page(client.get(PAGE)).fields(f"{PAGE}/{deed}"))


def deeds() -> list[str]:
    with read_door() as db:
        return list(db.scalars(select(TrailEntry.action).order_by(TrailEntry.id)))


def test_from_nothing_to_the_first_sign_in(
    app: Flask, trust_keeper: FlaskClient, anonymous: FlaskClient, world: World, provider: OpenIdStandIn
):
    listed = page(trust_keeper.get("/staff/hill/people")).links()
    assert page(trust_keeper.get(listed["Single sign-on"])).links()["Another provider"] == FORM
    assert "/staff/sign-in/back/org-Firsthill-Tr" in page(trust_keeper.get(FORM)).text
    assert save(trust_keeper, provider).location == PAGE
    assert "Not yet: staff are not offered it" in page(trust_keeper.get(PAGE)).text
    assert "Hill ID" not in page(anonymous.get("/staff/sign-in")).text
    back = trust_keeper.get(local(provider.authorize(leads(press(trust_keeper, "try")))))
    assert (back.status_code, back.location) == (303, PAGE)
    shown = page(trust_keeper.get(PAGE)).text
    assert "Yes, on Tue 16 June 2026" in shown and "Adil Farooq" in shown and provider.issuer in shown
    # Going through it connects nobody; an account that is connected signs in.
    assert go(anonymous, provider).status_code == 403
    connected(world, provider)
    assert go(anonymous, provider).location == "/staff"
    assert [deed for deed in deeds() if "provider" in deed] == ["saved_provider", "tried_provider"]


def test_the_secret_is_kept_sealed_and_never_shown(
    app: Flask, trust_keeper: FlaskClient, provider: OpenIdStandIn
):
    save(trust_keeper, provider)
    with read_door() as db:
        rows = db.scalars(select(TrailEntry.detail).where(TrailEntry.action == "saved_provider")).all()
    assert rows[0]["new_secret"] is True and SECRET not in str(rows)
    assert app.extensions["seal"].box("identity-provider").decrypt(held().client_secret.encode()).decode() == SECRET
    assert SECRET not in trust_keeper.get(FORM).text and SECRET not in trust_keeper.get(PAGE).text
    wrong = save(trust_keeper, provider, domains="")
    assert wrong.status_code == 422 and SECRET not in wrong.text


def test_an_administrator_of_one_school_changes_nothing(
    app: Flask, keeper: FlaskClient, world: World, provider: OpenIdStandIn
):
    set_up(app, world.organisation, provider)
    before = held()
    shown = page(keeper.get(PAGE))
    assert "administrator at all of them" in shown.text and not [
        form for form in shown.all(".//form") if PAGE in form.get("action", "")
    ]
    refused = save(keeper, provider, second_check="ours")
    assert refused.status_code == 422 and "every school of your trust" in page(refused).text
    key = {"csrf_token": shown.fields()["csrf_token"], "version": "1"}
    for deed in ("try", "remove"):
        assert keeper.post(f"{PAGE}/{deed}", data=key).status_code == 422
    assert held() == before and "saved_provider" not in deeds()


@pytest.mark.parametrize("who", ["head", "officer", "teacher"])
def test_others_do_not_see_it(as_staff: Enter, world: World, who: str):
    client = as_staff(getattr(world, who))
    assert client.get(PAGE).status_code == 403 and client.get(FORM).status_code == 403


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"issuer": "http://evil.example"}, "issuer"),
        ({"issuer": "https://login.microsoftonline.com/common/v2.0"}, "issuer"),
        ({"domains": "elsewhere.example"}, "domains"),
        ({"domains": "gmail.com"}, "domains"),
        ({"client_secret": ""}, "client_secret"),
        ({"second_check": "never"}, "second_check"),
        ({"name": "\x00"}, "name"),
    ],
)
def test_an_error_names_its_field_and_keeps_what_was_typed(
    trust_keeper: FlaskClient, provider: OpenIdStandIn, typed: dict[str, str], field: str
):
    answer = save(trust_keeper, provider, **typed)
    assert answer.status_code == 422
    shown = page(answer)
    assert f"#{field}" in shown.links().values()
    assert shown.fields(FORM)["client_id"] == provider.client_id
    assert held() is None


def test_a_provider_that_does_not_answer_is_not_saved(trust_keeper: FlaskClient, provider: OpenIdStandIn):
    provider.status["/trust/.well-known/openid-configuration"] = 404
    answer = save(trust_keeper, provider)
    assert answer.status_code == 422 and "it answers with status 404" in page(answer).text
    assert held() is None


def test_a_trial_that_fails_says_why_and_offers_it_to_nobody(
    trust_keeper: FlaskClient, anonymous: FlaskClient, provider: OpenIdStandIn
):
    save(trust_keeper, provider, client_secret="a wrong one")
    answer = trust_keeper.get(local(provider.authorize(leads(press(trust_keeper, "try")))))
    shown = page(answer)
    assert answer.status_code == 503 and "it did not take our code: invalid_client" in shown.text.lower()
    assert shown.links()["Back to single sign-on"] == PAGE
    assert save(trust_keeper, provider).location == PAGE
    provider.claims = {"aud": "another"}
    answer = trust_keeper.get(local(provider.authorize(leads(press(trust_keeper, "try")))))
    assert answer.status_code == 403 and "meant for another client ID" in page(answer).text
    assert held().tried_at is None


def test_a_trial_is_of_whoever_began_it(
    app: Flask, trust_keeper: FlaskClient, as_staff: Enter, world: World, provider: OpenIdStandIn
):
    save(trust_keeper, provider)
    back = local(provider.authorize(leads(press(trust_keeper, "try"))))
    name = app.extensions["cookies"].name("staff")
    trust_keeper.set_cookie(name, as_staff(world.officer).get_cookie(name).value)
    assert trust_keeper.get(back).status_code == 403
    assert held().tried_at is None


def test_what_is_changed_is_tried_anew(trust_keeper: FlaskClient, provider: OpenIdStandIn):
    save(trust_keeper, provider)
    with unit_of_work() as tx:
        tx.execute(update(IdentityProvider).values(tried_at=machine_now()))
    assert save(trust_keeper, provider, client_secret="", second_check="ours").location == PAGE
    assert (held().tried_at is None, held().version, held().second_check) == (False, 2, "ours")
    save(trust_keeper, provider, client_secret="a new one")
    assert held().tried_at is None


def test_two_who_change_it_at_once(trust_keeper: FlaskClient, provider: OpenIdStandIn):
    save(trust_keeper, provider)
    answer = save(trust_keeper, provider, version="0", second_check="ours")
    assert answer.status_code == 409 and "Somebody has changed this meanwhile" in page(answer).text
    form = page(trust_keeper.get(PAGE)).fields(f"{PAGE}/remove")
    assert trust_keeper.post(f"{PAGE}/remove", data={**form, "version": "7"}).status_code == 409
    assert trust_keeper.post(f"{PAGE}/remove", data={**form, "version": "x"}).status_code == 400
    assert held().second_check == "always"


def test_given_up_it_signs_nobody_in(
    app: Flask, trust_keeper: FlaskClient, anonymous: FlaskClient, world: World, provider: OpenIdStandIn
):
    save(trust_keeper, provider)
    with unit_of_work() as tx:
        tx.execute(update(IdentityProvider).values(tried_at=machine_now()))
    connected(world, provider)
    form = page(anonymous.get("/staff/sign-in")).fields("/staff/sign-in/provider")
    back = local(provider.authorize(leads(anonymous.post("/staff/sign-in/provider", data=form))))
    assert press(trust_keeper, "remove").location == PAGE
    assert held() is None and deeds()[-1] == "removed_provider"
    assert anonymous.get(back).status_code == 410
    assert "Hill ID" not in page(anonymous.get("/staff/sign-in")).text
    # Whose account is whose is kept, and opens nothing; the person is asked for a password again.
    with read_door() as db:
        assert db.scalars(select(StaffIdentity.staff_id)).all() == [world.officer]
    one = page(trust_keeper.get("/staff/hill/people")).links()["Saira Khan"]
    assert "Has no password yet" in page(trust_keeper.get(one)).text
