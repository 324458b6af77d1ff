"""Every page as each of its readers gets it: valid, named by its one heading, labelled, without inline code; each form
carries what its door asks for; and nothing on it leads to a door that is closed to the reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from tests.access.walk_table import EVERY, LINKS, OPEN, PARENT, STAFF, Ask, address, method_of, rules
from tests.access.walk_world import ROLES, Ids, Visitor, Walk
from tests.pages import Page, page

READERS = (
    "alice",
    "bob",
    "charlie",
    "dana",
    "eve",
    "mo",
    "maya",
    *(f"hill {role}" for role in ROLES),
    "hill teacher of no form",
)
SAMPLE = {"alice", "eve", "hill attendance_officer", "hill teacher"}
KEYLESS: Mapping[str, str] = {
    **dict.fromkeys(
        ("staff.confirm_reports", "staff.undo_decision", "staff.open_report", "staff.read_report", "staff.change_mark",
         "staff.settle_inbound", "staff.take_inbound", "staff.pass_inbound", "staff.text_about", "admin.settle"),
        "it carries what was seen, and is decided once",
    ),
    **dict.fromkeys(
        ("staff.here_now", "staff.undo_here_now", "staff.confirm_elsewhere", "staff.arrive", "staff.leave",
         "staff.come_back", "staff.seen_in_school", "staff.strike_sighting"),
        "a second tap is the same sighting",
    ),
    **dict.fromkeys(
        ("staff.ring", "staff.tell_dsl_now", "staff.chase", "staff.head_count", "staff.run_first_day", "staff.stop",
         "staff.say_why", "staff.lift", "staff.withhold_entry", "staff.show_entry", "staff.add_court_order",
         "staff.be_away", "staff.choose_cover", "staff.give_register", "staff.take_back_register", "staff.refer",
         "staff.be_back", "staff.end_referral", "admin.give_role", "admin.end_role"),
        "what was asked for is there already",
    ),
    **dict.fromkeys(
        ("staff.remove_on_site", "parent.remove", "parent.sign_out_phone", "parent.sign_out_others",
         "parent.thought_in", "parent.rename_passkey", "parent.remove_passkey", "parent.set_words",
         "parent.take_back_change", "parent.take_back_leaving", "parent.go_now", "parent.say_who_sees",
         "auth.sign_out", "auth.staff_sign_out", "auth.forget_this_phone"),
        "what is taken away or said is so, however often",
    ),
    **dict.fromkeys(
        ("auth.ask", "auth.staff_ask", "auth.enter", "auth.staff_enter", "auth.chosen", "auth.staff_chosen",
         "parent.send_proof", "parent.enter_proof"),
        "codes are counted, and the newest holds",
    ),
    "staff.reach_file": "it makes a file, and each that is taken is in the trail",
    **dict.fromkeys(
        ("auth.use_passkey", "parent.add_passkey", "parent.prove_by_passkey", "auth.staff_use_passkey"),
        "what the passkey has signed is taken once",
    ),
    **dict.fromkeys(
        ("auth.staff_post_chosen", "auth.staff_prove", "auth.staff_confirm_set_up", "auth.staff_set_password"),
        "a sign-in under way, its codes and its links work once",
    ),
    **dict.fromkeys(
        ("auth.staff_to_provider", "auth.staff_accept_with_provider", "auth.staff_connect", "admin.try_sign_on"),
        "each way to the provider is one of its own, and is counted",
    ),
    **dict.fromkeys(
        ("auth.staff_disconnect", "auth.staff_own_password", "admin.disconnect_account"),
        "what is taken away is gone, and the newest link holds",
    ),
    **dict.fromkeys(
        ("auth.staff_ask_link", "auth.staff_new_recovery", "auth.staff_end_others", "admin.invite_person",
         "admin.reset_second"), "the newest link holds, and one is none",
    ),
    **dict.fromkeys(
        ("admin.name_computer", "admin.remove_computer"), "a computer has one name, and is taken away once",
    ),
    **dict.fromkeys(
        ("admin.decide_data_line", "admin.decide_data_rest", "admin.hold", "admin.release"),
        "what was decided or held is so, however often",
    ),
    "parent.send": "the upload has a key of its own",
}  # fmt: skip
"""Forms without a submission key or a version, and why one that comes twice makes nothing twice; of those of staff and
parents ``test_what_is_sent_twice_is_there_once`` shows it."""
# Pages of examples, whose forms go nowhere: tests/blueprints/test_components.py looks at them.
_EXAMPLES = {f"demo.demo_components.{name}" for name in ("parent", "staff", "flow", "link")}
_NO_PAGE = {
    "parent.file", "staff.paper", "pwa.manifest", "pwa.service_worker", "staff.on_site_device", "admin.run_progress",
    "admin.sample_file", "admin.rejections_file", "admin.changes_file",
    "staff.trail_file",
    "admin.data_request_progress", "admin.deletion_progress", "admin.data_bundle",
}  # fmt: skip
# The demo's frame: who is playing, and the way to the phone.
_ANYWHERE = ("/demo/", "/static/")


def pages_of(walk: Walk, visitor: Visitor) -> Iterator[tuple[str, Page]]:
    """Every page that the reader may open, with every kind of thing on it."""
    client = walk.client(visitor)
    tables: tuple[tuple[Mapping[str, tuple[Ask, ...]], list[Ids]], ...] = (
        (STAFF, [place for code, place in walk.places.items() if code in visitor.schools]),
        (PARENT, list(walk.families.values()) if visitor.door == "parent" else []),
    )
    seen = set()
    for table, everything in tables:
        for rule in rules(walk, table):
            if method_of(rule) != "GET" or rule.endpoint in _NO_PAGE:
                continue
            for ask in table[rule.endpoint]:
                for ids in everything:
                    query = {name: str(ids.get(value, value)) for name, value in ask.query.items()}
                    path = address(rule, ask, ids)
                    if (path, str(query)) in seen:
                        continue
                    seen.add((path, str(query)))
                    answer = client.get(path, query_string=query)
                    if answer.status_code not in (302, 204):
                        yield path, page(answer)


def faults_of(walk: Walk, visitor: Visitor, path: str, found: Page) -> Iterator[str]:
    html = next(found.tree.iter("html"), found.tree)
    if not html.get("lang"):
        yield "says no language"
    if found.status in (403, 404):
        return
    for script in found.all(".//script"):
        if (script.text or "").strip() or not script.get("src"):
            yield "has a script of its own"
    if found.all(".//style"):
        yield "has a style of its own"
    for form in found.all(".//form"):
        yield from _form_faults(walk, visitor, path, form)
    for link in found.all(".//a"):
        href = link.get("href", "")
        target = urlsplit(href)
        if target.scheme in ("tel", "mailto", "https") or not target.path or target.path.startswith(_ANYWHERE):
            continue
        wrong = _closed(walk, visitor, "GET", target.path)
        if wrong:
            yield f"links to {href}: {wrong}"


def _form_faults(walk: Walk, visitor: Visitor, path: str, form: Element) -> Iterator[str]:
    target = urlsplit(form.get("action") or path).path
    method = (form.get("method") or "get").upper()
    fields = {field.get("name"): field.get("value") for field in form.iter() if field.get("name")}
    buttons = [each for each in form.iter("button") if each.get("type", "submit") == "submit"]
    # A form around a table goes nowhere by itself where none of its own buttons stands in it.
    targets = {button.get("formaction") or target for button in buttons}
    if method == "POST" and not fields.get("csrf_token"):
        yield f"the form to {target} has no key of ours"
    for one in targets:
        if one.startswith(_ANYWHERE):
            continue
        wrong = _closed(walk, visitor, method, urlsplit(one).path)
        if wrong:
            yield f"a form goes to {one}: {wrong}"
        elif method == "POST":
            endpoint = _endpoint(walk, method, urlsplit(one).path)
            if not fields.get("submission_key") and not fields.get("version") and endpoint not in KEYLESS:
                yield f"the form to {one} ({endpoint}) makes something new without a key"
            for name in needed(endpoint, walk):
                if not fields.get(name):
                    yield f"the form to {one} carries no {name}"


def needed(endpoint: str, walk: Walk) -> set[str]:
    """Of the submission's key and the version that was seen, what the table says that this door is sent."""
    found: set[str] = set()
    for ask in EVERY.get(endpoint, ()):
        if isinstance(ask, Ask) and ask.fields:
            ids: dict[str, Any] = {**walk.families["alice"], **walk.places["hill"]}
            found |= {"submission_key", "version"} & set(ask.fields(ids))
    return found


def _endpoint(walk: Walk, method: str, path: str) -> str:
    return str(walk.app.url_map.bind("localhost").match(path, method=method)[0])


def _closed(walk: Walk, visitor: Visitor, method: str, path: str) -> str:
    """Why this reader cannot go there, or nothing."""
    try:
        endpoint, arguments = walk.app.url_map.bind("localhost").match(path, method=method)
    except RequestRedirect:
        return ""
    except MethodNotAllowed:
        return "not by that method"
    except HTTPException:
        return "nothing is there"
    if not visitor.door:
        return ""
    if endpoint in STAFF:
        roles = visitor.schools.get(arguments["school"], frozenset())
        deeds = [ask for ask in STAFF[endpoint] if all(arguments.get(name, v) == v for name, v in ask.given.items()
                 if name in ("deed", "kind"))]  # fmt: skip
        if not any(roles & ask.roles and not _instead(ask, roles) for ask in deeds):
            return f"closed to {sorted(roles)}"
    if endpoint in PARENT and visitor.door != "parent":
        return "closed to all but parents"
    return ""


def _instead(ask: Ask, roles: frozenset[str]) -> bool:
    closed = (403, 404) if "kind" in ask.given else (403,)
    return any(roles & held and status in closed for held, status in ask.instead.items())


@pytest.mark.parametrize("name", READERS)
def test_every_page(walk: Walk, db_kind: str, name: str) -> None:
    if db_kind == "postgresql" and name not in SAMPLE:
        pytest.skip("every reader's pages are read on SQLite")
    visitor = walk.visitors[name]
    faults, count = [], 0
    for path, found in pages_of(walk, visitor):
        count += 1
        faults += [f"{path}: {fault}" for fault in faults_of(walk, visitor, path, found)]
    assert "\n".join(faults) == ""
    assert count >= 4


def test_pages_for_everybody(walk: Walk) -> None:
    client = walk.client(walk.visitors["nobody"])
    visitor, faults = walk.visitors["nobody"], []
    for rule in rules(walk, OPEN):
        if method_of(rule) == "GET" and rule.endpoint not in _NO_PAGE | _EXAMPLES:
            path = address(rule, Ask(), {"address": "+447700900001", "token": "no-such-link", "provider": "no-such"})
            answer = client.get(path)
            if answer.status_code == 200:
                faults += [f"{path}: {fault}" for fault in faults_of(walk, visitor, path, page(answer))]
    assert "\n".join(faults) == ""


@pytest.mark.parametrize("owner", ["alice", "val", "mo"])
def test_pages_behind_links(walk: Walk, owner: str) -> None:
    client = walk.client(walk.visitors["nobody"])
    ids = {**walk.families[owner], "receipt": "none"}
    paths = [address(rule, Ask(), ids) for rule in rules(walk, LINKS) if method_of(rule) == "GET"]
    for path in (*paths, f"/t/{ids['question_token']}"):
        answer = client.get(path)
        if answer.status_code != 302:
            found = page(answer)
            assert not found.all(".//style")
            assert all(script.get("src") for script in found.all(".//script")), path
            assert next(found.tree.iter("html"), found.tree).get("lang") == "en"
