"""Who saw what: every page of staff that shows a child writes it down, and every page that a parent reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from tests.access.walk_table import NO_SCHOOL, PARENT, STAFF, Ask, address, method_of
from tests.access.walk_world import Visitor, Walk
from webapp.access import Shows
from webapp.access.endpoints import ENDPOINTS
from webapp.access.table import Audience
from webapp.foundation.trail import TrailEntry
from webapp.insight.models import ShownPage
from webapp.insight.rules.pages import PAGES
from webapp.insight.services import noting
from webapp.insight.services.noting import forget_noted, write_noted

NO_CHILD = {
    "staff.start", "staff.school_start", "staff.today", "staff.totals",
    "auth.staff_account", "auth.staff_choose",
    "admin.imports", "admin.new_import", "admin.import_columns", "admin.sample_file",
    "admin.settings", "admin.setting_group", "admin.calendar", "admin.new_entry", "admin.calendar_entry",
    "admin.people", "admin.person", "admin.trail_address", "admin.computers", "admin.sign_on", "admin.sign_on_form",
    "admin.retention", "admin.confirm_retention", "admin.deletion", "admin.deletion_progress",
    "staff.away", "staff.away_of", "staff.given_registers",
    "auth.staff_awake", "auth.staff_before_removing", "auth.staff_offer_pin", "auth.staff_passkeys", "auth.staff_pin",
    "auth.staff_proof",
}  # fmt: skip
"""Pages of staff on which no child is named, written by hand: a new one is decided about here."""
NO_FACTS = {
    "parent.children", "parent.you", "parent.phones", "parent.notifications", "parent.language", "parent.contact",
    "parent.passkeys", "parent.before_removing", "parent.before_forgetting", "parent.prove", "parent.proof_code",
    # Forms: what the family is about to say. What they say is a report, and its receipt is kept.
    "parent.quick_report", "parent.new_report", "parent.when", "parent.why", "parent.change", "parent.coming_in",
    "parent.add", "parent.on_the_way", "parent.file", "parent.told",
    "auth.offer_passkey",
    # What school holds of the reader, not of a child.
    "parent.details",
}  # fmt: skip
"""Pages of parents that say nothing of what school knows, or only what the parent has just said."""


def gets(walk: Walk) -> Iterator[Any]:
    for rule in sorted(walk.app.url_map.iter_rules(), key=lambda each: each.rule):
        if method_of(rule) == "GET":
            yield rule


def test_every_page_of_staff_says_what_of_children_it_shows(walk: Walk) -> None:
    asked = {rule.endpoint for rule in gets(walk) if ENDPOINTS[rule.endpoint].audience is Audience.STAFF}
    silent = {name for name in asked if ENDPOINTS[name].shows is None}
    assert sorted(silent - NO_CHILD) == [], "say in webapp/access/doors what of children the page shows"
    assert sorted(NO_CHILD - silent - {"auth.staff_account", "auth.staff_choose"}) == []


def test_what_is_written_down_has_words() -> None:
    kept = {name for name, rule in ENDPOINTS.items() if rule.shows not in (None, Shows.KEPT_BY_ITSELF)}
    assert kept <= set(PAGES)


class Looking:
    """Somebody of staff who opens pages, and what the trail says of it."""

    def __init__(self, walk: Walk, visitor: Visitor) -> None:
        self.walk, self.client = walk, walk.client(visitor)

    def entries(self) -> list[Any]:
        kept = select(TrailEntry.__table__).where(TrailEntry.action.startswith("viewed_"))
        with self.walk.database.reading() as db:
            return list(db.execute(kept.order_by(TrailEntry.id)))


@pytest.fixture
def looking(walk: Walk) -> Iterator[Any]:
    """What is written is taken back."""
    with walk.database.writing() as tx:
        point = tx.begin_nested()
        # What other tests' walks through the same world left.
        tx.execute(delete(ShownPage))
        tx.execute(delete(TrailEntry).where(TrailEntry.action.startswith("viewed_")))
        forget_noted()
        yield lambda name: Looking(walk, walk.visitors[name])
        forget_noted()
        point.rollback()


def _open(client: FlaskClient, rule: Any, ask: Ask, ids: Any) -> Any:
    query = {name: str(ids.get(value, value)) for name, value in ask.query.items()}
    return client.get(address(rule, ask, ids), query_string=query)


@pytest.mark.parametrize("role", ["head", "dsl", "attendance_officer", "teacher", "administrator", "welfare_officer"])
def test_every_page_that_shows_a_child_is_kept(walk: Walk, looking: Any, role: str) -> None:
    at, ids = looking(f"hill {role}"), walk.places["hill"]
    opened = 0
    for rule in gets(walk):
        shows = ENDPOINTS[rule.endpoint].shows
        if rule.endpoint not in STAFF or shows in (None, Shows.KEPT_BY_ITSELF):
            continue
        for ask in STAFF[rule.endpoint]:
            forget_noted()
            before = len(at.entries())
            answer = _open(at.client, rule, ask, ids)
            at_once = len(at.entries()) - before
            answer.close()
            write_noted(at_once=True)
            found = at.entries()[before:]
            if answer.status_code != 200:
                assert not found, (rule.endpoint, answer.status_code)
                continue
            opened += 1
            assert {each.detail["page"] for each in found} == {rule.endpoint}, rule.endpoint
            assert {each.school_id for each in found} == {ids["school_id"]}
            if shows is Shows.SAFEGUARDING:
                assert at_once == 1
            if shows is not Shows.MANY:
                (entry,) = found
                assert entry.pupil_id is not None
                assert entry.action == ("viewed_safeguarding" if shows is Shows.SAFEGUARDING else "viewed_child")
    assert opened >= {"teacher": 6, "administrator": 2, "welfare_officer": 2}.get(role, 18), opened


def test_a_page_that_may_not_be_kept_is_not_shown(
    walk: Walk, looking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    at, ids = looking("hill dsl"), walk.places["hill"]
    monkeypatch.setattr(noting, "write_all", broken)
    monkeypatch.setitem(walk.app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = at.client.get(f"/staff/hill/pupils/{ids['pupil']}/withheld")
    assert answer.status_code == 500
    assert "Look at it again on" not in answer.text
    # An ordinary page has gone out before it is written.
    assert at.client.get(f"/staff/hill/pupils/{ids['pupil']}").status_code == 200


def test_the_same_look_is_one_entry_for_ten_minutes(walk: Walk, looking: Any) -> None:
    at, ids = looking("hill head"), walk.places["hill"]
    for _ in range(3):
        at.client.get(f"/staff/hill/pupils/{ids['pupil']}").close()
        at.client.get(f"/staff/hill/pupils/{ids['pupil']}/stops").close()
        write_noted(at_once=True)
    assert sorted(each.action for each in at.entries()) == ["viewed_child", *["viewed_safeguarding"] * 3]


def test_a_panel_on_the_board_is_a_look_at_that_child(walk: Walk, looking: Any) -> None:
    at, ids = looking("hill attendance_officer"), walk.places["hill"]
    at.client.get(f"/staff/hill/day/{ids['on']}/morning?pupil={ids['pupil']}").close()
    write_noted(at_once=True)
    assert {(each.action, each.pupil_id) for each in at.entries()} == {
        ("viewed_list", None), ("viewed_child", ids["missing"][0]),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["alice", "bob", "charlie"])
def test_every_page_that_tells_a_parent_something_is_kept(walk: Walk, looking: Any, name: str) -> None:
    del looking
    ids, client, silent = walk.families[name], walk.client(walk.visitors[name]), []
    for rule in gets(walk):
        if rule.endpoint not in PARENT or rule.endpoint in NO_SCHOOL:
            continue
        for ask in PARENT[rule.endpoint]:
            forget_noted()
            with walk.database.reading() as db:
                before = len(db.execute(select(ShownPage.id)).all())
            answer = _open(client, rule, ask, ids)
            answer.close()
            write_noted(at_once=True)
            with walk.database.reading() as db:
                kept = select(ShownPage.contact_id, ShownPage.page).order_by(ShownPage.id)
                rows = db.execute(kept).all()[before:]
            if answer.status_code != 200 or rule.endpoint in NO_FACTS:
                assert not rows, rule.endpoint
                continue
            if not rows:
                silent.append(rule.endpoint)
            assert {row.contact_id for row in rows} <= {ids["contact"]}
            assert {row.page for row in rows} <= set(PAGES)
    assert silent == [], "note what the page said (blueprints/parent/shown.py), or say in NO_FACTS why not"
