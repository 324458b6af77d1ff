"""Every endpoint, asked for by everybody, with their own ids and with everybody else's: who gets what, and that whoever
is turned away has changed nothing.

What is expected is written in ``walk_table`` and worked out here from who works where and whose the ids are. The whole
walk is made on SQLite; on PostgreSQL a part of it, with every endpoint and every kind of id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from werkzeug.routing import Rule as UrlRule

from tests.access import walk_table
from tests.access.walk_table import (
    CHOOSING,
    EVERY,
    LINKS,
    NO_SCHOOL,
    OPEN,
    PARENT,
    STAFF,
    Ask,
    address,
    method_of,
    rules,
)
from tests.access.walk_world import ROLES, Ids, Visitor, Walk, dump
from webapp.access.doors import ENDPOINTS
from webapp.accounts.models import Counter
from webapp.accounts.services.sightings import write_sightings
from webapp.factory import create_app
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Base
from webapp.insight.services.noting import write_noted
from webapp.people.rules.roles import Role

Expected = tuple[str, bool]
"""The status, or the door that somebody is sent to; and whether they are let in, so that a form may change things."""
_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|COPY|MERGE)|\s*WITH\b.*\b(INSERT|UPDATE|DELETE)\b", re.S)
_DOORS = {"/sign-in": "to sign in", "/staff/sign-in": "to staff's sign-in"}


SAMPLE = {"hill attendance_officer", "hill teacher", "vale head", "alice", "dana", "maya", "nobody",
          "administrator of both"}  # fmt: skip


@pytest.fixture(autouse=True)
def _a_part_on_postgresql(request: pytest.FixtureRequest, db_kind: str) -> None:
    given = request.node.callspec.params
    name = given.get("name") or f"{given.get('code')} {given.get('role')}"
    if db_kind == "postgresql" and ("name" in given or "role" in given) and name not in SAMPLE:
        pytest.skip("the whole walk is made on SQLite")


_TABLES = Base.metadata.sorted_tables
# One statement: a hundred small ones took a fifth of the walk's time.
_ROWS = select(*(select(func.count()).select_from(table).scalar_subquery().label(table.name) for table in _TABLES))
_COSTS = {f"{rule.cost or rule.wrong}:" for rule in ENDPOINTS.values() if rule.cost or rule.wrong}


def _is_count(statement: str, given: Any) -> bool:
    """A costly door counts who comes, and an open one who comes with a wrong key: tests/access/test_costs.py."""
    return statement.startswith("INSERT INTO counter") and any(cost in str(given) for cost in _COSTS)


class _Undone(Exception):
    """Ends a request's savepoint."""


class Asking:
    """Asks, notes what was written, and takes it back."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.written: list[str] = []
        self.faults: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        def note(_c: Any, cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
            if cursor.rowcount != 0 and _CHANGES.match(statement) and not _is_count(statement, given):
                self.written.append(statement)

        engine = self.walk.database.write_engine
        event.listen(engine, "after_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(engine, "after_cursor_execute", note)

    def ask(self, visitor: Visitor, rule: UrlRule, ask: Ask, ids: Ids, expected: Expected, what: str) -> None:
        """One cell of the table."""
        method, (status, may) = method_of(rule), expected
        path, fields = address(rule, ask, ids), self._fields(ask, ids)
        with self._taken_back() as changed:
            got = self._send(visitor, method, path, ask, ids, fields)
            if got != status:
                self._fault(visitor, rule, what, f"{method} {path} got {got}, expected {status}")
            elif may and method == "POST" and ask.keeps is False and not self.written:
                self._fault(visitor, rule, what, "changes nothing, though it was let in")
            if self.written and not (may and ask.keeps is not True) and changed():
                self._fault(visitor, rule, what, f"got {got} and changed: {self.written[0][:200]}")

    def twice(self, visitor: Visitor, rule: UrlRule, ask: Ask, ids: Ids) -> set[str]:
        """The tables that hold more when a form has come a second time than after the first."""
        held = []
        with self._taken_back():
            for _ in range(2):
                self._send(visitor, "POST", address(rule, ask, ids), ask, ids, self._fields(ask, ids))
                with self.walk.database.reading() as db:
                    held.append(db.execute(_ROWS).one()._asdict())
        return {name for name in held[0] if held[0][name] != held[1][name]}

    def changed(self, visitor: Visitor, rule: UrlRule, ask: Ask, ids: Ids) -> set[str]:
        """The tables that are others after a form."""
        with self._taken_back(), self.walk.database.reading() as db:
            before = dump(db)
            self._send(visitor, "POST", address(rule, ask, ids), ask, ids, self._fields(ask, ids))
            after = dump(db)
        return {name for name, rows in after.items() if rows != before[name] and name != Counter.__tablename__}

    def _fields(self, ask: Ask, ids: Ids) -> dict[str, Any]:
        return dict(ask.fields(ids)) if ask.fields else {}

    def _send(self, visitor: Visitor, method: str, path: str, ask: Ask, ids: Ids, fields: dict[str, Any]) -> str:
        client = self.walk.client(visitor)
        query = {name: str(ids.get(value, value)) for name, value in ask.query.items()}
        self.written.clear()
        if method == "GET":
            answer = client.get(path, query_string=query)
        elif ask.json:
            answer = client.post(path, json=fields, headers={"X-CSRFToken": visitor.csrf})
        else:
            answer = client.post(path, data={**fields, "csrf_token": visitor.csrf})
        held = list(self.written)
        answer.close()
        self.written[:] = held
        if answer.status_code == 302 and urlsplit(answer.location).path in _DOORS:
            return _DOORS[urlsplit(answer.location).path]
        return str(answer.status_code)

    @contextmanager
    def _taken_back(self) -> Iterator[Any]:
        database = self.walk.database
        try:
            with database.writing() as tx:
                yield lambda: dump(tx) != self.walk.standing
                write_sightings(at_once=True)
                write_noted(at_once=True)
                raise _Undone
        except _Undone:
            if self.written:
                database.memo.forget()

    def _fault(self, visitor: Visitor, rule: UrlRule, what: str, says: str) -> None:
        self.faults.append(f"{visitor.name}: {rule.endpoint} with {what}: {says}")


@pytest.fixture
def asking(walk: Walk) -> Iterator[Asking]:
    found = Asking(walk)
    with found.listening():
        yield found


def let_in(ask: Ask, rule: UrlRule) -> Expected:
    return str(ask.status or (303 if method_of(rule) == "POST" else 200)), True


def refused(status: int) -> Expected:
    return str(status), False


def turned_away(rule: UrlRule, door: str) -> Expected:
    """Somebody who is not signed in at that door: a page sends them there, a form is told."""
    if method_of(rule) == "POST":
        return refused(401)
    return "to sign in" if door == "parent" else "to staff's sign-in", False


def expected_of_staff(visitor: Visitor, rule: UrlRule, ask: Ask, school: str, *, whose: str) -> Expected:
    """``whose``: the school that the other ids are of."""
    if visitor.door != "staff":
        return turned_away(rule, "staff")
    if school not in visitor.schools:
        return refused(404)
    roles = visitor.schools[school]
    if not roles & ask.roles:
        return refused(403)
    instead = next((status for held, status in ask.instead.items() if roles & held), 0)
    if ask.everywhere:
        organisation = ("dale",) if school == "dale" else ("hill", "vale")
        instead = 0 if all(visitor.schools.get(each, frozenset()) & ask.everywhere for each in organisation) else 403
    if whose != school:
        # What a role may not do at all is said first; of another's child nothing is.
        return refused(403 if instead == 403 else ask.foreign)
    if instead:
        return refused(instead)
    if ask.own and roles <= walk_table.CLASSROOM and not visitor.own:
        return refused(404)
    return let_in(ask, rule)


# The table is whole.


def test_every_endpoint_is_in_the_walk(walk: Walk) -> None:
    there = {rule.endpoint for rule in walk.app.url_map.iter_rules()}
    assert sorted(there - set(EVERY)) == [], "say in tests/access/walk_table.py who may enter"
    assert sorted(set(EVERY) - there) == []
    tables = (STAFF, NO_SCHOOL, PARENT, OPEN, CHOOSING, LINKS)
    assert sum(len(table) for table in tables) == len(EVERY), "an endpoint stands in two tables"


def test_every_role_walks() -> None:
    assert set(ROLES) == {role.value for role in Role}
    assert set(ROLES) == walk_table.EVERYBODY


# Staff.


def staff_cells(walk: Walk, visitor: Visitor) -> Iterator[tuple[UrlRule, Ask, Ids, str, str]]:
    """Each address of the visitor's schools with the ids of each school, and of the others with their own ids.

    What is refused for the role or the school is refused before an id is read: it is asked for once an endpoint.
    """
    for rule in rules(walk, STAFF):
        for number, ask in enumerate(STAFF[rule.endpoint]):
            for code, place in walk.places.items():
                roles = visitor.schools.get(code, frozenset())
                if number and not roles & ask.roles:
                    continue
                if visitor.door != "staff" and code != "hill":
                    continue
                seen = set()
                for whose, other in ((code, place), *walk.places.items()):
                    ids = {**other, "school": code}
                    fields = ask.fields(ids) if ask.fields else {}
                    key = (address(rule, ask, ids), repr([v for v in fields.values() if not isinstance(v, tuple)]))
                    if key in seen or (whose != code and not roles & ask.roles):
                        continue
                    seen.add(key)
                    yield rule, ask, ids, code, whose


@pytest.mark.parametrize(
    ("code", "role"),
    # The schools are furnished alike: every role walks at one, and those who do most at the other too.
    [*(("hill", role) for role in ROLES), *(("vale", role) for role in ("attendance_officer", "head", "teacher"))],
)
def test_staff_at_their_own_school_and_at_the_others(walk: Walk, asking: Asking, code: str, role: str) -> None:
    _staff_walk(walk, asking, walk.visitors[f"{code} {role}"])


@pytest.mark.parametrize(
    "name",
    ["hill teacher of no form", "vale teacher of no form", "administrator of both", "trust_lead of both",
     "staff without a role", "dale attendance_officer", "alice", "nobody"],
)  # fmt: skip
def test_staffs_pages_for_others(walk: Walk, asking: Asking, name: str) -> None:
    _staff_walk(walk, asking, walk.visitors[name])


def _staff_walk(walk: Walk, asking: Asking, visitor: Visitor) -> None:
    cells = 0
    for rule, ask, ids, code, whose in staff_cells(walk, visitor):
        expected = expected_of_staff(visitor, rule, ask, code, whose=whose)
        asking.ask(visitor, rule, ask, ids, expected, f"{code}'s address and {whose}'s ids {dict(ask.given)}")
        cells += 1
    for rule in rules(walk, NO_SCHOOL):
        for ask in NO_SCHOOL[rule.endpoint]:
            expected = turned_away(rule, "staff")
            if visitor.door == "staff":
                roles = frozenset().union(*visitor.schools.values())
                expected = let_in(ask, rule) if roles & ask.roles else refused(403)
            asking.ask(visitor, rule, ask, {}, expected, "no school")
    assert "\n".join(asking.faults) == ""
    assert cells >= len(STAFF) * (1 if visitor.door != "staff" else 3)


# Parents.


def expected_of_parent(visitor: Visitor, rule: UrlRule, ask: Ask, ids: Ids) -> Expected:
    if visitor.door != "parent":
        return turned_away(rule, "parent")
    closed = walk_table.NOT_FOR_PUPILS if visitor.name in walk_table.PUPILS else walk_table.PUPILS_ALONE
    if rule.endpoint in closed:
        return refused(404)
    right = visitor.rights.get(ids["child_name"], "")
    if ask.right == "own":
        return let_in(ask, rule) if visitor.name == ids["author"] else refused(ask.foreign)
    if ask.right == "report" and right == "view":
        return refused(403)
    holds = {
        "": True, "some": "all" in visitor.rights.values(), "view": bool(right), "report": right == "all",
        "tell": right == "all", "seen": bool(visitor.rights),
    }  # fmt: skip
    return let_in(ask, rule) if holds[ask.right] else refused(404)


@pytest.mark.parametrize(
    "name", ["nobody", "alice", "bob", "charlie", "val", "dana", "eve", "nani", "mo", "maya", "hill head", "vale dsl"]
)
def test_parents_pages(walk: Walk, asking: Asking, name: str) -> None:
    visitor = walk.visitors[name]
    for rule in rules(walk, PARENT):
        for ask in PARENT[rule.endpoint]:
            seen: set[str] = set()
            for owner, ids in walk.families.items():
                # What names nobody is asked for once.
                cell = f"{address(rule, ask, ids)} {ask.right and owner}"
                if cell not in seen:
                    seen.add(cell)
                    expected = expected_of_parent(visitor, rule, ask, ids)
                    asking.ask(visitor, rule, ask, ids, expected, f"what is {owner}'s")
    assert "\n".join(asking.faults) == ""


@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "mo"])
def test_a_file_belongs_to_its_report(walk: Walk, asking: Asking, name: str) -> None:
    """One's own report in the address, and another's file."""
    visitor, mine = walk.visitors[name], walk.families[name]
    for rule in rules(walk, ("parent.file", "parent.remove")):
        for owner, theirs in walk.families.items():
            if owner == name:
                continue
            (ask,) = PARENT[rule.endpoint]
            # Taking off what is not on the report changes nothing and is no error: it is off.
            expected = refused(404 if method_of(rule) == "GET" else 303)
            asking.ask(visitor, rule, ask, {**mine, "file": theirs["file"]}, expected, f"{owner}'s file")
    assert "\n".join(asking.faults) == ""


# Those who only hold a link, those who have yet to choose, and everybody.


@pytest.mark.parametrize("name", ["nobody", "bob", "hill reception"])
def test_single_task_links(walk: Walk, asking: Asking, name: str) -> None:
    """The token is the key, whoever holds it; and it opens nothing else."""
    visitor = walk.visitors[name]
    for rule in rules(walk, LINKS):
        for ask in LINKS[rule.endpoint]:
            for owner in ("alice", "val", "mo"):
                ids = {**walk.families[owner], "receipt": "no-receipt"}
                asking.ask(visitor, rule, ask, ids, let_in(ask, rule), f"{owner}'s link")
                others = [walk.places[code]["case"] for code in walk.places if walk.places[code]["case"] != ids["case"]]
                if "case" in rule.arguments:
                    for case in others:
                        asking.ask(visitor, rule, ask, {**ids, "case": case}, refused(404), "another child's case")
                if ask.given or rule.endpoint in ("links.opened", "links.told"):
                    continue
                wrong = {**ids, "token": ids["question_token"]}
                asking.ask(visitor, rule, ask, wrong, refused(404), "a link for something else")
                asking.ask(
                    visitor, rule, ask, {**ids, "token": ids["token"][:-1] + "_"}, refused(404), "an altered token"
                )
    assert "\n".join(asking.faults) == ""


@pytest.mark.parametrize("name", ["nobody", "alice", "bob", "hill attendance_officer", "trust_lead of both"])
def test_open_pages(walk: Walk, asking: Asking, name: str) -> None:
    visitor = walk.visitors[name]
    ids = {"address": "+447700900001", "key": "no-such-card", "device": walk.places["hill"]["device"]}
    for rule in rules(walk, OPEN):
        for ask in OPEN[rule.endpoint]:
            asking.ask(visitor, rule, ask, ids, let_in(ask, rule), "")
    for rule in rules(walk, CHOOSING):
        door, ask = CHOOSING[rule.endpoint]
        expected = let_in(ask, rule) if visitor.door == door else turned_away(rule, door)
        asking.ask(visitor, rule, ask, ids, expected, "")
    assert "\n".join(asking.faults) == ""


# What holds for all of them.


@pytest.mark.parametrize("name", ["nobody", "alice", "hill head"])
def test_no_form_without_its_key(walk: Walk, asking: Asking, name: str) -> None:
    """A form that no page of ours gave changes nothing, whoever sends it; links and machines prove themselves."""
    visitor = walk.visitors[name]
    keyless = Visitor(visitor.name, visitor.door, visitor.schools, visitor.own, visitor.rights, visitor.cookies)
    families, places = walk.families["alice"], walk.places["hill"]
    for table, ids in ((STAFF, places), (PARENT, families), (OPEN, {**places, "address": "+447700900001", "key": "x"})):
        for rule in rules(walk, table):
            if method_of(rule) == "POST" and not rule.endpoint.startswith("webhooks."):
                for ask in table[rule.endpoint]:
                    asking.ask(keyless, rule, ask, ids, refused(400), "no form key")
    assert "\n".join(asking.faults) == ""


@pytest.mark.parametrize("name", ["nobody", "alice", "hill attendance_officer"])
def test_other_methods_are_not_taken(walk: Walk, name: str) -> None:
    client = walk.client(walk.visitors[name])
    ids = {**walk.families["alice"], **walk.places["hill"], "receipt": "x", "address": "x", "key": "x"}
    known = {name: asks[0] for name, asks in EVERY.items() if name not in CHOOSING}
    wrong = {
        f"{method} {path}": status
        for path in {address(rule, known[rule.endpoint], ids) for rule in rules(walk, known)}
        for method in ("PUT", "PATCH", "DELETE")
        if (status := client.open(path, method=method).status_code) != 405
    }
    assert wrong == {}


def test_the_demos_doors_are_not_there_in_earnest(walk: Walk, tmp_path: Path) -> None:
    base = "https://attend.hill.example"
    given = {**demo_environment(tmp_path, "k" * 40, 8000), "FIRSTBELL_MODE": "production", "FIRSTBELL_PUBLIC_URL": base}
    client = _in_production(load(given), walk).test_client()
    for rule in walk.app.url_map.iter_rules():
        if rule.endpoint.startswith("demo."):
            path = address(rule, Ask(), {"address": "+447700900001", "key": "alice"})
            assert client.open(path, method=method_of(rule), base_url=base).status_code == 404, path


def _in_production(settings: Any, walk: Walk) -> Flask:
    app = create_app(settings, walk.database)
    app.testing = True
    return app


# A form that is sent twice: a double tap, or a phone that lost the answer.

_CHALLENGES = frozenset({"parent.options_to_add", "parent.options_to_prove"})
"""What a passkey signs is new each time: it makes no deed, and is gone the next night."""
_NOTED_EACH_TIME = {
    "staff.ring": "each claim to ring is in the trail; the case is held once",
    "staff.chase": "each asking is in the trail; the teacher gets one message",
    "staff.head_count": "each asking is in the trail; there is one task",
    "staff.reach_file": "each list that is taken away is in the trail",
    "staff.run_first_day": "each run by hand is in the trail and beside the cases; nobody is texted twice",
}


@pytest.mark.parametrize("name", ["hill attendance_officer", "hill dsl", "alice", "nobody"])
def test_what_is_sent_twice_is_there_once(walk: Walk, asking: Asking, name: str) -> None:
    """What a form makes it makes once, whether its key, its version or what it says makes it the same form."""
    visitor, found = walk.visitors[name], []
    table = {"staff": STAFF, "parent": PARENT}.get(visitor.door, LINKS)
    ids = walk.places["hill"] if table is STAFF else {**walk.families["alice"], "receipt": "none"}
    for rule in rules(walk, table):
        for ask in table[rule.endpoint]:
            if method_of(rule) == "POST" and ask.keeps is not True:
                more = asking.twice(visitor, rule, ask, ids)
                more -= {"counter", "passkey_challenge"} if rule.endpoint in _CHALLENGES else set()
                if more - ({"trail_entry", "case_event"} if rule.endpoint in _NOTED_EACH_TIME else set()):
                    found.append(f"{rule.endpoint} {dict(ask.given)} makes more of {sorted(more)}")
    assert "\n".join(found) == ""


# One's own child in the address, and an adult of another family in the form.


@pytest.mark.parametrize("name", ["hill attendance_officer", "hill head"])
@pytest.mark.parametrize(
    ("endpoint", "field"),
    [("staff.log_call_made", "contact"), ("staff.took_down", "contact"), ("staff.leave", "who"),
     ("staff.send", "contact")],
)  # fmt: skip
def test_another_familys_adult_with_my_pupil(walk: Walk, asking: Asking, name: str, endpoint: str, field: str) -> None:
    visitor, ids = walk.visitors[name], walk.places["hill"]
    (rule,) = rules(walk, (endpoint,))
    (ask,) = STAFF[endpoint]
    assert ask.fields is not None
    asking.ask(visitor, rule, ask, ids, let_in(ask, rule), "the child's own")
    for family in ("charlie", "val", "mo"):
        theirs = replace(ask, fields=_always(**{**ask.fields(ids), field: str(walk.families[family]["contact"])}))
        # That somebody tried to collect a child is kept and told, and the child has not left.
        tried = endpoint == "staff.leave" and family != "mo"
        expected = ("403", True) if tried else refused(422)
        asking.ask(visitor, rule, replace(theirs, keeps=None), ids, expected, f"{family}'s adult")
        changed = asking.changed(visitor, rule, theirs, ids)
        assert not changed & {"sighting", "mark", "first_day_case", "case_event"} if tried else not changed
    assert "\n".join(asking.faults) == ""


def _always(**fields: Any) -> Any:
    return lambda _ids: fields
