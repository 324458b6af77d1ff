"""The gate: who is let in where, and what the others are told."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import bindparam, event, func, insert, select, update

from tests.access.conftest import TABLE, build
from tests.factories import World, add_contact
from webapp import access
from webapp.access import Audience, Rule, doors, faults, opened, parent, staff
from webapp.access.endpoints import ENDPOINTS
from webapp.access.table import UndeclaredEndpoint
from webapp.access.visitors import NobodyHere
from webapp.accounts.models import Session, SessionContact
from webapp.accounts.services.endings import end_session, part_contact_in
from webapp.accounts.services.sightings import write_sightings
from webapp.foundation.config import Config
from webapp.foundation.db import Database, unit_of_work
from webapp.insight.services.noting import forget_noted
from webapp.people.models import CourtOrder, Pupil, PupilContact, School, StaffRole
from webapp.people.rules.roles import PERMISSIONS, Permission, Role

Enter = Callable[..., Any]

VISITORS = ("nobody", "alice", "officer", "teacher", "head", "vale_officer")
# endpoint: what each visitor gets, in the order of VISITORS
ROLES: dict[str, tuple[str, tuple[int, ...]]] = {
    "auth.sign_in": ("GET /sign-in", (200, 200, 200, 200, 200, 200)),
    "auth.staff_sign_in": ("GET /staff/sign-in", (200, 200, 200, 200, 200, 200)),
    "auth.choose": ("GET /sign-in/who", (302, 200, 302, 302, 302, 302)),
    "auth.staff_choose": ("GET /staff/sign-in/who", (302, 302, 200, 200, 200, 200)),
    "parent.home": ("GET /home", (302, 200, 302, 302, 302, 302)),
    "parent.report": ("POST /children/{tom}/away-today", (401, 200, 401, 401, 401, 401)),
    "staff.schools": ("GET /staff", (302, 302, 200, 200, 200, 200)),
    "staff.totals": ("GET /staff/totals", (302, 302, 403, 403, 403, 403)),
    "staff.board": ("GET /staff/hill/day", (302, 302, 200, 403, 200, 404)),
    "staff.confirm": ("POST /staff/hill/confirm", (401, 401, 200, 403, 200, 404)),
    "links.answer": ("POST /t/abc", (200, 200, 200, 200, 200, 200)),
    "webhooks.receipt": ("POST /webhooks/receipt", (200, 200, 200, 200, 200, 200)),
    "demo.phone": ("GET /demo/phone", (200, 200, 200, 200, 200, 200)),
}


def name_in_addresses(db: Database, pupil: int) -> str:
    with db.reading() as read:
        return read.execute(select(Pupil.public_id).where(Pupil.id == pupil)).scalar_one()


def test_every_endpoint_of_the_trial_has_its_row() -> None:
    assert set(ROLES) | {"parent.mixed_up"} == set(TABLE)


@pytest.mark.parametrize("visitor", VISITORS)
def test_the_role_table(
    db: Database, client: FlaskClient, world: World, enter: Enter, form_key: Callable[[], str], visitor: str
) -> None:
    if visitor != "nobody":
        enter(getattr(world, visitor), staff=visitor != "alice")
    key = form_key()
    tom = name_in_addresses(db, world.tom)
    got, expected = {}, {}
    for endpoint, (request, statuses) in ROLES.items():
        method, path = request.format(tom=tom).split()
        data = {"csrf_token": key} if method == "POST" else None
        got[endpoint] = client.open(path, method=method, data=data).status_code
        expected[endpoint] = statuses[VISITORS.index(visitor)]
    assert got == expected


def test_a_page_sends_its_reader_to_the_right_door_and_back(client: FlaskClient) -> None:
    assert client.get("/home").location == "/sign-in?next=/home"
    assert client.get("/staff/hill/day?form=3K").location == "/staff/sign-in?next=/staff/hill/day?form%3D3K"


@pytest.mark.parametrize(
    "headers",
    [{"HX-Request": "true"}, {"Sec-Fetch-Mode": "cors"}, {"Accept": "application/json"}],
    ids=["a part of a page", "a script", "json"],
)
def test_a_script_is_told_and_not_sent_elsewhere(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get("/home", headers=headers).status_code == 401
    assert client.get("/home", headers={"Accept": "text/html,*/*", "Sec-Fetch-Mode": "navigate"}).status_code == 302


def test_another_familys_child_is_not_there(
    db: Database, client: FlaskClient, world: World, enter: Enter, form_key: Callable[[], str]
) -> None:
    enter(world.alice)
    assert client.get(f"/children/{name_in_addresses(db, world.tom)}/away-today").text == "Tom"
    for stranger in (world.noor, world.other_pupil):
        name = name_in_addresses(db, stranger)
        for answer in (
            client.get(f"/children/{name}/away-today"),
            client.post(f"/children/{name}/away-today", data={"csrf_token": form_key()}),
        ):
            assert answer.status_code == 404
    assert client.get("/children/nobody/away-today").status_code == 404


def test_one_right_that_is_missing_is_refused_and_a_bar_hides_the_child(
    db: Database, client: FlaskClient, world: World, enter: Enter
) -> None:
    enter(world.bob)
    path = f"/children/{name_in_addresses(db, world.tom)}/away-today"
    with unit_of_work() as tx:
        tx.execute(
            insert(CourtOrder).values(
                organisation_id=world.organisation, id=1, pupil_id=world.tom, contact_id=world.bob, kind="order",
                denies="report", starts_on=date(2026, 1, 1),
            )
        )  # fmt: skip
    refused = client.get(path)
    assert refused.status_code == 403
    assert "Please ring the school office" in refused.text
    with unit_of_work() as tx:
        tx.execute(update(CourtOrder).values(review_on=date(2026, 6, 15)))
    assert client.get(path).status_code == 404
    assert client.get("/home").text == ""


def test_what_is_taken_away_is_gone_at_the_next_tap(client: FlaskClient, world: World, enter: Enter) -> None:
    signed_in = enter(world.alice)
    assert client.get("/home").text == "Ella Tom"
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).where(PupilContact.pupil_id == world.ella).values(do_not_contact=True))
    assert client.get("/home").text == "Tom"
    with unit_of_work() as tx:
        part_contact_in(tx, world.organisation, world.alice)
    assert client.get("/home").location == "/sign-in/who"
    end_session(signed_in.token)
    assert client.get("/home").location == "/sign-in?next=/home"


def test_who_has_not_chosen_is_sent_to_choose(
    client: FlaskClient, world: World, enter: Enter, form_key: Callable[[], str]
) -> None:
    enter(world.alice)
    enter(world.officer, staff=True)
    with unit_of_work() as tx:
        tx.execute(SessionContact.__table__.delete())
        tx.execute(update(Session).values(staff_id=None, staff_organisation_id=None))
    assert client.get("/home").location == "/sign-in/who"
    assert client.get("/sign-in/who").text == "<h1>+447700900001</h1>"
    assert client.get("/staff").location == "/staff/sign-in/who"
    assert client.get("/staff/sign-in/who").status_code == 200
    report = client.post("/children/x/away-today", data={"csrf_token": form_key()})
    assert report.status_code == 401


def test_the_two_doors_have_two_sessions(client: FlaskClient, world: World, enter: Enter) -> None:
    enter(world.alice)
    officer = enter(world.officer, staff=True)
    assert client.get("/home").text == "Ella Tom"
    assert client.get("/staff").text == "hill"
    end_session(officer.token)
    assert client.get("/home").text == "Ella Tom"
    assert client.get("/staff").status_code == 302


def test_a_role_counts_only_at_its_school(db: Database, client: FlaskClient, world: World, enter: Enter) -> None:
    with unit_of_work() as tx:
        tx.execute(
            insert(StaffRole).values(
                organisation_id=world.organisation, staff_id=world.officer, school_id=world.vale, role="teacher",
                starts_on=date(2026, 1, 1),
            )
        )  # fmt: skip
    enter(world.officer, staff=True)
    assert client.get("/staff/hill/day").text == "Hill Primary"
    assert client.get("/staff/vale/day").status_code == 403
    assert client.get("/staff/dale/day").status_code == 404
    assert client.get("/staff/nowhere/day").status_code == 404
    assert client.get("/staff").text == "hill vale"


@pytest.mark.parametrize("role", Role)
def test_each_role_enters_where_its_permissions_say(
    client: FlaskClient, world: World, enter: Enter, form_key: Callable[[], str], role: Role
) -> None:
    with unit_of_work() as tx:
        tx.execute(StaffRole.__table__.delete())
        tx.execute(
            insert(StaffRole).values(
                organisation_id=world.organisation, staff_id=world.officer, school_id=world.hill, role=role.value,
                starts_on=date(2026, 1, 1),
            )
        )  # fmt: skip
    enter(world.officer, staff=True)
    board = client.get("/staff/hill/day").status_code
    confirm = client.post("/staff/hill/confirm", data={"csrf_token": form_key()}).status_code
    assert board == (200 if role in PERMISSIONS[Permission.VIEW_BOARD] else 403)
    assert confirm == (200 if role in PERMISSIONS[Permission.CONFIRM_CODES] else 403)


def test_a_page_costs_one_query_to_enter(db: Database, client: FlaskClient, world: World, enter: Enter) -> None:
    enter(world.alice)
    enter(world.officer, staff=True)
    # Whoever was seen in an earlier test is written down now, and not in the middle of the count.
    write_sightings(at_once=True)
    forget_noted()
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.write_engine, "before_cursor_execute", note)
    for path in ("/home", "/staff/hill/day", "/staff"):
        seen.clear()
        client.get(path).close()
        assert len(seen) == 1, path
        assert seen[0].startswith("SELECT")
    seen.clear()
    for path in ("/sign-in", "/t/abc", "/demo/phone", "/nowhere"):
        client.get(path).close()
    assert seen == []
    event.remove(db.write_engine, "before_cursor_execute", note)


def test_a_visit_is_noted_after_the_answer_and_once_a_minute(
    db: Database, client: FlaskClient, world: World, enter: Enter, morning: time_machine.Traveller
) -> None:
    write_sightings(at_once=True)
    enter(world.alice)
    with db.reading() as read:
        before = read.execute(select(Session.seen_at)).scalar_one()
    morning.shift(timedelta(minutes=3))
    client.get("/home").close()
    write_sightings(at_once=True)
    with db.reading() as read:
        assert read.execute(select(Session.seen_at)).scalar_one() - before == timedelta(minutes=3)


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(
    db: Database, demo_config: Config, world: World, enter: Enter, morning: time_machine.Traveller
) -> None:
    app = build(demo_config, {**TABLE, "staff.board": staff(Permission.VIEW_BOARD, by_itself=True)})
    browser = app.test_client()
    browser.set_cookie("firstbell-staff", enter(world.officer, staff=True).token)
    for _ in range(29):
        morning.shift(timedelta(minutes=1))
        assert browser.get("/staff/hill/day").status_code == 200
        write_sightings(at_once=True)
    morning.shift(timedelta(minutes=1))
    assert browser.get("/staff/hill/day").status_code == 302


def test_a_hand_on_the_machine_does(
    client: FlaskClient, world: World, enter: Enter, morning: time_machine.Traveller
) -> None:
    enter(world.officer, staff=True)
    for _ in range(3):
        morning.shift(timedelta(minutes=29))
        assert client.get("/staff/hill/day").status_code == 200
        write_sightings(at_once=True)


def test_a_board_may_bring_its_version_along(
    db: Database, demo_config: Config, world: World, enter: Enter, client: FlaskClient
) -> None:
    ours = School.organisation_id == Session.staff_organisation_id
    version = select(func.max(School.id)).where(ours, School.code == bindparam("code")).correlate(Session)
    access.use_version("trial", version.scalar_subquery(), lambda arguments: {"code": arguments["school"]})
    app = build(demo_config, {**TABLE, "staff.board": staff(Permission.VIEW_BOARD, version="trial")})
    app.view_functions["staff.board"] = lambda school: str(access.current_staff().version)
    signed_in = enter(world.officer, staff=True)
    browser = app.test_client()
    browser.set_cookie("firstbell-staff", signed_in.token)
    assert browser.get("/staff/hill/day").text == str(world.hill)


def test_the_demos_doors_are_not_there_in_earnest(db: Database, production_config: Config) -> None:
    browser = build(production_config).test_client()
    assert browser.get("/demo/phone", base_url="https://attend.hill.example").status_code == 404


def test_a_view_and_a_table_that_disagree_are_found_out(client: FlaskClient, world: World, enter: Enter) -> None:
    enter(world.alice)
    with pytest.raises(NobodyHere):
        client.get("/mixed-up")


def test_an_endpoint_that_is_not_in_the_table_stops_the_start(demo_config: Config) -> None:
    for endpoint in TABLE:
        without = {name: rule for name, rule in TABLE.items() if name != endpoint}
        with pytest.raises(UndeclaredEndpoint, match=endpoint):
            build(demo_config, without)
    with pytest.raises(UndeclaredEndpoint, match="version"):
        build(demo_config, {**TABLE, "staff.board": staff(version="no such version")})


def test_an_endpoint_that_came_later_opens_to_nobody(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/late", "late", lambda: "open")
    assert client.get("/late").status_code == 404


def test_the_trial_table_fits_and_every_misfit_is_named(app: Flask) -> None:
    assert faults(app, TABLE) == []
    for endpoint, rule, words in (
        ("staff.board", staff(in_school=False), "under /staff/<school>/"),
        ("staff.schools", staff(), "under /staff/<school>/"),
        ("staff.board", parent(), "only staff enter"),
        ("parent.home", access.link(), "<token>"),
        ("parent.home", Rule(Audience.PARENT, Permission.VIEW_BOARD), "permissions"),
        ("gone.away", opened(), "not in the application"),
    ):
        found = faults(app, {**TABLE, endpoint: rule})
        assert any(words in fault and fault.startswith(endpoint) for fault in found), (endpoint, found)
    assert any(fault.startswith("parent.home") for fault in faults(app, {}))


def test_each_door_is_declared_once_and_where_its_blueprint_is() -> None:
    """Two modules that name one endpoint would leave it to their order which rule holds."""
    for module in pkgutil.iter_modules(doors.__path__):
        declared = importlib.import_module(f"{doors.__name__}.{module.name}").ENDPOINTS
        for endpoint, rule in declared.items():
            assert endpoint.startswith(f"{module.name}."), endpoint
            assert ENDPOINTS[endpoint] is rule


def test_a_contact_who_only_collects_enters_and_sees_no_child(client: FlaskClient, world: World, enter: Enter) -> None:
    with unit_of_work() as tx:
        nani = add_contact(tx, world.organisation, "Nani", "Begum", mobile="+447700900050")
        tx.execute(
            insert(PupilContact).values(
                organisation_id=world.organisation, pupil_id=world.tom, contact_id=nani, relationship="grandmother",
                priority=3, may_collect=True,
            )
        )  # fmt: skip
    enter(nani)
    assert (client.get("/home").status_code, client.get("/home").text) == (200, "")
