"""A small application behind the real guards, with one view of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf

from tests.access.walk_world import Walk, furnished, walking
from tests.accounts.conftest import MORNING
from tests.databases import RolledBack, Template
from tests.factories import World
from webapp import access, security
from webapp.access import choosing, demo, link, opened, parent, staff, webhook
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.sessions import SignedIn, demo_sign_in
from webapp.foundation.config import Config, demo_environment, load
from webapp.foundation.db import Database
from webapp.people.rules.rights import Right
from webapp.people.rules.roles import Permission

TABLE = {
    "auth.sign_in": opened(),
    "auth.staff_sign_in": opened(),
    "auth.choose": choosing(Door.PARENT),
    "auth.staff_choose": choosing(Door.STAFF),
    "parent.home": parent(),
    "parent.report": parent(),
    "parent.mixed_up": parent(),
    "staff.schools": staff(in_school=False),
    "staff.totals": staff(Permission.COMPARE_SCHOOLS, in_school=False),
    "staff.board": staff(Permission.VIEW_BOARD),
    "staff.confirm": staff(Permission.CONFIRM_CODES),
    "links.answer": link(),
    "webhooks.receipt": webhook(),
    "demo.phone": demo(),
}


@pytest.fixture
def morning() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def _views(app: Flask) -> None:
    def add(rule: str, endpoint: str, view: Callable[..., Any], *methods: str) -> None:
        app.add_url_rule(rule, endpoint, view, methods=list(methods) or ["GET"])

    add("/sign-in", "auth.sign_in", lambda: f"<h1>Sign in</h1>{generate_csrf()}", "GET", "POST")
    add("/staff/sign-in", "auth.staff_sign_in", lambda: "<h1>Staff sign in</h1>")
    add("/sign-in/who", "auth.choose", lambda: f"<h1>{access.current_session().point_value}</h1>", "GET", "POST")
    add("/staff/sign-in/who", "auth.staff_choose", lambda: "<h1>Choose</h1>")
    add("/home", "parent.home", lambda: " ".join(child.first_name for child in access.current_parent().children))
    add(
        "/children/<child>/away-today", "parent.report",
        lambda child: access.child_for(child, Right.REPORT).first_name, "GET", "POST",
    )  # fmt: skip
    add("/mixed-up", "parent.mixed_up", lambda: access.current_staff().name)
    add("/staff", "staff.schools", lambda: " ".join(school.code for school in access.current_staff().schools))
    add("/staff/totals", "staff.totals", lambda: "totals")
    add("/staff/<school>/day", "staff.board", lambda school: access.school_scope().name)
    add("/staff/<school>/confirm", "staff.confirm", lambda school: access.school_scope().name, "POST")
    add("/t/<token>", "links.answer", lambda token: "answer", "GET", "POST")
    add("/webhooks/receipt", "webhooks.receipt", lambda: "", "POST")
    add("/demo/phone", "demo.phone", lambda: "phone")


@pytest.fixture
def demo_config(tmp_path: Path) -> Config:
    return load(demo_environment(tmp_path, "k" * 40, 8000))


@pytest.fixture
def production_config(tmp_path: Path) -> Config:
    return load(
        {**demo_environment(tmp_path, "k" * 40, 8000), "FIRSTBELL_MODE": "production",
         "FIRSTBELL_PUBLIC_URL": "https://attend.hill.example"}
    )  # fmt: skip


def build(config: Config, table: Any = None) -> Flask:
    app = Flask("tests", static_folder=None)
    app.testing = True
    security.init_app(app, config)
    _views(app)
    access.init_app(app, TABLE if table is None else table)
    return app


@pytest.fixture
def app(db: Database, demo_config: Config, morning: time_machine.Traveller) -> Flask:
    return build(demo_config)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def enter(app: Flask, client: FlaskClient, world: World, demo_config: Config) -> Callable[..., SignedIn]:
    """Sign the client in as a contact, or with ``staff`` as a member of staff."""

    def sign_in(person: int, *, staff: bool = False) -> SignedIn:
        signed_in = demo_sign_in(demo_config, (StaffKey if staff else ContactKey)(world.organisation, person))
        client.set_cookie(app.extensions["cookies"].name(signed_in.door.value), signed_in.token)
        return signed_in

    return sign_in


@pytest.fixture
def form_key(client: FlaskClient) -> Callable[[], str]:
    """The key of a form that this browser was given."""

    def get() -> str:
        return client.get("/sign-in").text.partition("</h1>")[2]

    return get


@pytest.fixture(scope="session")
def _furnished_copies(templates: dict[str, Template]) -> Iterator[dict[str, tuple[Walk, ExitStack]]]:
    """The furnished world of each engine, which outlives the turns that engines take in each file."""
    made: dict[str, tuple[Walk, ExitStack]] = {}
    yield made
    for kind, (walk, held) in made.items():
        held.close()
        walk.database.dispose()
        templates[kind].drop(walk.database.url.render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def _furnished(
    db_kind: str, templates: dict[str, Template], tmp_path_factory: pytest.TempPathFactory,
    _furnished_copies: dict[str, tuple[Walk, ExitStack]],
) -> Walk:  # fmt: skip
    if db_kind not in _furnished_copies:
        template, held = templates[db_kind], ExitStack()
        made = furnished(RolledBack(template.clone()), template.world, tmp_path_factory.mktemp("furnished"))
        _furnished_copies[db_kind] = held.enter_context(made), held
    return _furnished_copies[db_kind][0]


@pytest.fixture(scope="module")
def walk(_furnished: Walk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The world of ``walk_world``, furnished once an engine; who asks takes back what they changed."""
    with walking(_furnished, tmp_path_factory.mktemp("walk")) as made:
        yield made
