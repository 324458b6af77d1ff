"""Which doors ask for a fresh proof: every endpoint, written by hand; and what everybody gets whose proof is stale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event, update

from tests.access.test_role_walk import Asking, expected_of_staff, refused
from tests.access.walk_table import EVERY, NO_SCHOOL, STAFF, address, method_of, rules
from tests.access.walk_world import ROLES, Walk, dump
from webapp.access.doors import ENDPOINTS
from webapp.accounts.models import Session
from webapp.foundation.clock import machine_now
from webapp.people.rules.roles import Permission

SAFEGUARDING = {
    "staff.rights", "staff.save_rights", "staff.orders", "staff.add_court_order", "staff.review_court_order",
    "staff.end_court_order", "staff.stops", "staff.say_why", "staff.lift", "staff.withheld", "staff.withhold_entry",
    "staff.show_entry", "staff.told", "staff.told_page", "admin.data_lines", "admin.decide_data_line",
    "admin.decide_data_rest", "admin.holds", "admin.hold", "admin.release",
}  # fmt: skip
EXPORT = {
    "admin.rejections_file", "admin.changes_file", "staff.enrol_on_site", "staff.reach_file", "staff.trail_file",
    "admin.make_data_bundle", "admin.data_bundle",
}  # fmt: skip
OF_A_KIND = {"admin.rejections_file", "admin.changes_file"}
"""The kind of file says who may have it, and is looked up by the page: the gate asks every role for a proof."""
ACCESS = {
    "admin.person", "admin.invite_person", "admin.reset_second", "admin.name_computer", "admin.remove_computer",
    "auth.staff_passkeys", "auth.staff_options_to_add", "auth.staff_add_passkey", "auth.staff_rename_passkey",
    "auth.staff_before_removing", "auth.staff_remove_passkey", "auth.staff_pin", "auth.staff_set_pin",
    "auth.staff_remove_pin", "auth.staff_connect", "auth.staff_disconnect", "auth.staff_own_password",
    "admin.disconnect_account", "admin.sign_on_form", "admin.save_sign_on", "admin.try_sign_on", "admin.remove_sign_on",
    "admin.give_role", "admin.end_role", "admin.set_address", "admin.delete_records",
}  # fmt: skip
KIND = {
    **dict.fromkeys(SAFEGUARDING, "safeguarding"), **dict.fromkeys(EXPORT, "export"), **dict.fromkeys(ACCESS, "access"),
}  # fmt: skip
# What one of these opens is for a few: it asks for a proof, or says here why it does not.
FOR_A_FEW = {
    Permission.MANAGE_RIGHTS, Permission.SEE_COURT_ORDERS, Permission.STOP_MESSAGES, Permission.WITHHOLD_ENTRIES,
    Permission.SEE_SAFEGUARDING_FLAGS, Permission.MANAGE_STAFF, Permission.MANAGE_SIGN_IN,
    Permission.CHECK_DATA_REQUESTS, Permission.HOLD_RECORDS, Permission.DELETE_RECORDS,
}  # fmt: skip
WITHOUT = {
    "staff.stop": "a child may be in danger: one tap, and only ever towards saying less",
    "staff.handle_danger_in_text": "somebody has read the danger and says what was done: the next alarm waits for it",
    "admin.people": "names and whether a second check is set up; what changes it asks",
    "admin.sign_on": "which providers there are; their forms, and what changes them, ask",
    "admin.retention": "how many records of each kind are due, and of no child; deleting them asks",
    "admin.confirm_retention": "the same numbers once more; deleting asks",
    "admin.deletion": "how many records of each kind went",
    "admin.deletion_progress": "how many records of each kind went",
}
IN_AN_EMERGENCY = {
    "staff.day", "staff.day_changes", "staff.case", "staff.do_in_case", "staff.tell_dsl_now", "staff.ring",
    "staff.call", "staff.log_call_made", "staff.here_now", "staff.on_site", "staff.on_site_copy", "staff.stop",
    "staff.pupil", "staff.reception", "staff.leave", "staff.run_first_day", "staff.inbox", "staff.settle_inbound",
    "staff.handle_danger_in_text",
}  # fmt: skip


def test_every_endpoint_asks_for_what_is_written_here() -> None:
    asks = {name: rule.fresh.value if rule.fresh else "" for name, rule in ENDPOINTS.items()}
    assert asks == {name: KIND.get(name, "") for name in EVERY}


def test_what_only_a_few_may_see_asks_or_says_why_not() -> None:
    open_doors = {name for name, rule in ENDPOINTS.items() if rule.permission in FOR_A_FEW and rule.fresh is None}
    assert open_doors == set(WITHOUT)


def test_nothing_stands_between_a_child_in_danger_and_who_helps() -> None:
    assert {name for name in IN_AN_EMERGENCY if ENDPOINTS[name].fresh is not None} == set()


class _Undone(Exception):
    """Ends the savepoint in which proofs are old."""


@pytest.fixture
def stale(walk: Walk) -> Iterator[Asking]:
    """Everybody signed in hours ago, and has proved nothing since."""
    standing, found = walk.standing, Asking(walk)
    with suppress(_Undone), walk.database.writing() as tx:
        old = machine_now() - timedelta(hours=5)
        tx.execute(update(Session).where(Session.door == "staff").values(stepped_up_at=old))
        walk.standing = dump(tx)
        with found.listening():
            yield found
        raise _Undone
    walk.standing = standing


_EVERY_ROLE = frozenset(ROLES)


@pytest.mark.parametrize(
    "name",
    ["hill dsl", "hill head", "hill attendance_lead", "administrator of both", "hill teacher", "alice", "nobody"],
)
def test_a_stale_proof_is_asked_for_again_and_changes_nothing(walk: Walk, stale: Asking, name: str) -> None:
    """A page leads to the proof and back, a form is answered with it; whoever may not enter hears of that first."""
    visitor, asked = walk.visitors[name], 0
    for rule in rules(walk, STAFF):
        for ask in STAFF[rule.endpoint]:
            for code in walk.places:
                if visitor.door != "staff" and code != "hill":
                    continue
                for whose, other in walk.places.items():
                    if whose != code and rule.endpoint not in KIND:
                        continue
                    roles = visitor.schools.get(code, frozenset()) if visitor.door == "staff" else frozenset()
                    gate = _EVERY_ROLE if rule.endpoint in OF_A_KIND else ask.roles
                    expected = expected_of_staff(visitor, rule, ask, code, whose=whose)
                    if rule.endpoint in KIND and roles & gate:
                        expected = refused(403 if method_of(rule) == "POST" else 302)
                        asked += 1
                    stale.ask(visitor, rule, ask, {**other, "school": code}, expected, f"{code}, {whose}'s ids")
    for rule in rules(walk, NO_SCHOOL):
        if rule.endpoint in KIND and visitor.door == "staff":
            expected = refused(403 if method_of(rule) == "POST" else 302)
            stale.ask(visitor, rule, NO_SCHOOL[rule.endpoint][0], {}, expected, "no school")
            asked += 1
    assert "\n".join(stale.faults) == ""
    assert asked >= (20 if visitor.door == "staff" else 0)


def test_a_page_leads_to_the_proof_and_back(walk: Walk, stale: Asking) -> None:
    client, ids = walk.client(walk.visitors["hill dsl"]), walk.places["hill"]
    path = next(address(rule, STAFF[rule.endpoint][0], ids) for rule in rules(walk, ("staff.stops",)))
    answer = client.get(f"{path}?lift=1")
    assert urlsplit(answer.location).path == "/staff/prove"
    assert parse_qs(urlsplit(answer.location).query) == {"next": [f"{path}?lift=1"], "why": ["safeguarding"]}
    # A script is told in its own words where to go.
    told = client.post(
        path.replace("/stops", "/stops/why"), data={"csrf_token": walk.visitors["hill dsl"].csrf},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert (told.status_code, urlsplit(told.json["go"]).path) == (403, "/staff/prove")


def test_the_stop_is_one_tap_and_says_so_where_no_proof_is_asked(walk: Walk, stale: Asking) -> None:
    visitor, ids = walk.visitors["hill dsl"], walk.places["hill"]
    (rule,) = rules(walk, ("staff.stop",))
    client = walk.client(visitor)
    with suppress(_Undone), walk.database.writing():
        path = address(rule, STAFF["staff.stop"][0], ids)
        answer = client.post(path, data={"contact": "everybody", "csrf_token": visitor.csrf})
        assert answer.status_code == 303
        page = client.get(answer.location)
        assert page.status_code == 200
        assert "Messages are stopped." in page.text
        raise _Undone


def test_asking_for_a_proof_asks_the_database_for_nothing(walk: Walk) -> None:
    """Its time comes with the sign-in's own statement, and settings are kept: the second page costs no more than one
    whose door asks for none."""
    client, ids = walk.client(walk.visitors["hill dsl"]), walk.places["hill"]
    path = next(address(rule, STAFF[rule.endpoint][0], ids) for rule in rules(walk, ("staff.stops",)))
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    assert client.get(path).status_code == 200
    event.listen(walk.database.write_engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(walk.database.write_engine, "before_cursor_execute", note)
    assert len([one for one in seen if "stepped_up_at" in one]) == 1
    assert not [one for one in seen if "school_setting" in one or "organisation_setting" in one]
