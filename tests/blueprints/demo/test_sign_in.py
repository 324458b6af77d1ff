"""Cards of the demo's sign-in page: one tap and one is somebody; nowhere but in the demo."""

from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.factories import World
from tests.pages import page
from webapp.demo.cards import sign_in_cards
from webapp.factory import create_app
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, unit_of_work
from webapp.people.models import Staff

CLOCK = "/demo/clock"


def form_key(client: FlaskClient) -> str:
    return page(client.get(CLOCK)).fields(CLOCK)["csrf_token"]


def test_a_parents_card_signs_in_and_leads_home(app: Flask, anonymous: FlaskClient, world: World):
    answer = anonymous.post("/demo/sign-in/alice-ahmed", data={"csrf_token": form_key(anonymous)})
    assert (answer.status_code, answer.location) == (303, "/home")
    assert anonymous.get_cookie(app.extensions["cookies"].name("parent")) is not None


def test_a_staff_card_signs_in_and_leads_to_their_school(app: Flask, anonymous: FlaskClient, world: World):
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.officer).values(email="s.khan@hill.example"))
    answer = anonymous.post("/demo/sign-in/saira-khan", data={"csrf_token": form_key(anonymous)})
    assert (answer.status_code, answer.location) == (303, "/staff")
    assert anonymous.get_cookie(app.extensions["cookies"].name("staff")) is not None


@pytest.mark.parametrize("key", ["nobody", "vera-moss", "jana-novak"])
def test_a_card_without_its_person_is_not_there(anonymous: FlaskClient, world: World, key: str):
    assert anonymous.post(f"/demo/sign-in/{key}", data={"csrf_token": form_key(anonymous)}).status_code == 404


def test_a_form_of_another_site_signs_nobody_in(anonymous: FlaskClient, world: World):
    assert anonymous.post("/demo/sign-in/alice-ahmed").status_code == 400
    key = form_key(anonymous)
    crossed = anonymous.post(
        "/demo/sign-in/alice-ahmed", data={"csrf_token": key}, headers={"Origin": "https://x.example"}
    )
    assert crossed.status_code == 403


def test_every_card_stands_on_the_sign_in_page_and_posts_to_itself(app: Flask):
    with app.test_request_context():
        html = render_template_string('{% include "demo/sign_in_cards.html" %}')
    for card in sign_in_cards():
        assert f'action="/demo/sign-in/{card.key}"' in html
    assert html.count("<form") == len(sign_in_cards())
    assert "A tour of three minutes" in html


def test_outside_the_demo_there_is_no_such_door(db: Database, tmp_path: Path):
    settings = {**demo_environment(tmp_path, "k" * 40, 8000), "FIRSTBELL_MODE": "production"}
    app = create_app(load({**settings, "FIRSTBELL_PUBLIC_URL": "https://attend.hill.example"}), db)
    client = app.test_client()
    for path in ("/demo/phone", "/demo/clock", "/demo/components"):
        assert client.get(path, base_url="https://attend.hill.example").status_code == 404
    assert client.post("/demo/sign-in/alice-ahmed", base_url="https://attend.hill.example").status_code == 404
