"""Every form of the desk against what no form should send: a clear answer each time, and never a fault of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.blueprints.staff.conftest import BOARD, HillMorning, public_id
from tests.factories import TODAY, World
from tests.pages import Enter, page
from webapp.absence.models import AbsenceReport, SignOutRequest
from webapp.accounts.rules import limits
from webapp.first_day.models import FirstDayCase
from webapp.foundation.clock import machine_now, school_now
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import DetailChange
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.services.own_voice import Keeper, set_own_points
from webapp.record.models import Mark, Sighting

MODULES = (
    "away", "calls", "cover", "decisions", "details", "own_contact", "phone", "reach", "reception", "referrals",
    "registers", "reports", "sign_outs",
)  # fmt: skip
SESSION = {"on": "2026-06-16", "half": "am"}
KEY = {"submission_key": "a-key-of-the-test"}

# Endpoint, what stands in its address besides the school, and a form that it would take.
FORMS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "staff.run_first_day": ({}, SESSION),
    "staff.here_now": ({}, {**SESSION, "pupil": "{tom}"}),
    "staff.undo_here_now": ({}, {**SESSION, "pupil": "{tom}"}),
    "staff.tell_dsl_now": ({}, {**SESSION, "pupil": "{tom}"}),
    "staff.ring": ({}, {**SESSION, "pupil": "{tom}"}),
    "staff.log_call_made": (
        {"pupil": "{tom}"}, {**KEY, "contact": "{alice}", "outcome": "spoke", "words": "Said", "located": ""},
    ),
    "staff.do_in_case": (
        {"pupil": "{tom}", "deed": "close"}, {**KEY, "outcome": "located", "words": "At home", "reason": ""},
    ),
    "staff.do_in_case:skip": ({"pupil": "{tom}", "deed": "skip"}, {"reason": "Number in use", "words": ""}),
    "staff.do_in_case:note": ({"pupil": "{tom}", "deed": "note"}, {"words": "A note"}),
    "staff.do_in_case:tell-dsl": ({"pupil": "{tom}", "deed": "tell-dsl"}, {"words": "Not found"}),
    "staff.do_in_case:police": ({"pupil": "{tom}", "deed": "police"}, {"words": "Called 101"}),
    "staff.do_in_case:alarm-over": ({"pupil": "{tom}", "deed": "alarm-over"}, {"words": "Spoke to her"}),
    "staff.confirm_reports": ({}, {**SESSION, "confirm": "{choice}", "report": "{choice}", "bulk": "1"}),
    "staff.undo_decision": ({}, {**SESSION, "undo": "1"}),
    "staff.open_report": ({}, {**SESSION, "report": "{number}"}),
    "staff.took_down": (
        {"pupil": "{tom}"},
        {**KEY, "contact": "{alice}", "caller": "", "kind": "late", "reason": "running_late", "at_time": "10.30",
         "words": "Flat tyre"},
    ),
    "staff.read_report": ({"report": "{report}"}, {}),
    "staff.decide_report": (
        {"report": "{report}"},
        {**SESSION, "version": "1", "answer": "accept", "code": "Y7", "note": "Flood", "reason": "", "seen": ""},
    ),
    "staff.decide_report:refuse": (
        {"report": "{report}"}, {**SESSION, "version": "1", "answer": "refuse", "reason": "Seen in town"},
    ),
    "staff.ask_family": ({"report": "{report}"}, {**KEY, "words": "Has Noor seen a doctor?"}),
    "staff.release_report": ({"report": "{report}"}, {"version": "1"}),
    "staff.chase": ({"on": "2026-06-16", "half": "morning", "form": "3K"}, {}),
    "staff.head_count": ({"on": "2026-06-16", "half": "morning", "form": "3K"}, {}),
    "staff.take": (
        {"on": "2026-06-16", "half": "morning", "form": "3K"},
        {"version": "1", "mark-{tom_enrolment}": "in", "mark-{noor_enrolment}": "away"},
    ),
    "staff.arrive": ({"pupil": "{tom}"}, {"code": "U", "minutes": "20", "reason": "Bus"}),
    "staff.leave": (
        {"pupil": "{noor}"},
        {"who": "{charlie}", "name": "", "reason": "Dentist", "back_by": "11.30", "sent_home": "1"},
    ),
    "staff.come_back": ({"pupil": "{noor}"}, {}),
    "staff.seen_in_school": ({"pupil": "{tom}"}, {"place": "Medical room"}),
    "staff.strike_sighting": ({}, {"sighting": "none", "reason": "A slip"}),
    "staff.be_away": (
        {"person": "{me}"},
        {"starts_on": "2026-06-22", "starts_half": "morning", "ends_on": "2026-06-23", "ends_half": "afternoon"},
    ),
    "staff.be_back": ({"person": "{me}"}, {"away": "none"}),
    "staff.choose_cover": ({"person": "{me}"}, {"cover": "{head}"}),
    "staff.give_register": (
        {}, {"form": "{form}", "person": "{teacher}", "starts_on": "2026-06-22", "ends_on": "2026-06-23"},
    ),
    "staff.take_back_register": ({}, {"given": "{form}.{teacher}.2025-09-01"}),
    "staff.refer": ({"pupil": "{tom}"}, {"officer": "{teacher}", "until": "2026-09-01", "reason": "Below 90%"}),
    "staff.end_referral": ({"pupil": "{tom}"}, {"referral": "none", "why": "All is well"}),
    "staff.answer_leaving": ({"request_id": "{leaving}"}, {"version": "1", "agree": "yes", "answer": "Go"}),
    "staff.saw_leave": ({"request_id": "{leaving}"}, {"version": "1"}),
    "staff.save_own_contact": ({"pupil": "{tom}"}, {"version": "2", "mobile": "07700 900055", "email": ""}),
    "staff.decide_change": ({"change": "{change}"}, {"version": "1", "accept": "no", "answer": "Not yours"}),
    "staff.note_reach": ({"adult": "{alice_name}"}, {**KEY, "kind": "rang", "words": "No answer"}),
    "staff.invite_contact": ({"adult": "{alice_name}"}, KEY),
    "staff.reach_file": ({}, {"year": "", "form": ""}),
}  # fmt: skip
BAD = (
    "", " ", "x" * 100_000, "\x00", "a\x00b", "😀", "\u202e\u2066سلام", "-1", "0", "99999999999999999999", "1e9", "²",
    "٣", "null", "' OR 1=1 --", "<script>", "2026-02-30", "25:61", "é" * 300,
)  # fmt: skip
CLEAR = {303, 400, 403, 404, 409, 422}

Filled = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def fill(hill: HillMorning, world: World) -> Filled:
    """A morning with Tom missing and looked for, and Noor reported ill; and what the forms of it name."""
    hill.report(world.noor, world.charlie)
    hill.clock("08:55")
    hill.register(noor="N")
    hill.clock("09:16")
    hill.run()
    with unit_of_work() as tx:
        insert_row(
            tx, SignOutRequest, organisation_id=world.organisation, public_id="leaving-1", school_id=world.hill,
            enrolment_id=world.noor_enrolment, contact_id=world.charlie, date=TODAY, leaves_at=time(13, 10),
            reason="Dentist", asked_at=school_now(),
        )  # fmt: skip
        insert_row(
            tx, DetailChange, organisation_id=world.organisation, public_id="change-1", school_id=world.hill,
            contact_id=world.alice, field="language", old_value="en", new_value="pl", asked_at=machine_now(),
            asked_by="Alice Ahmed",
        )  # fmt: skip
    # A number that Tom has already: whoever opened the page before that is behind.
    keeper = Keeper(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))
    set_own_points(keeper, world.tom, [ReadPoint(PointKind.MOBILE, "+447700900056")], 0)
    with read_door() as db:
        row = db.execute(select(AbsenceReport.id, AbsenceReport.public_id)).one()
    names = {
        "tom": public_id(world.tom), "noor": public_id(world.noor), "alice": str(world.alice),
        "charlie": str(world.charlie), "tom_enrolment": str(world.tom_enrolment),
        "noor_enrolment": str(world.noor_enrolment), "number": str(row.id), "report": row.public_id,
        "choice": f"{row.id}.1.I.N", "form": str(world.form_3k), "teacher": str(world.teacher),
        "me": f"stf-{world.organisation}-Khan", "head": f"stf-{world.organisation}-Osei",
        "leaving": "leaving-1", "change": "change-1", "alice_name": "con-1-Alice",
    }  # fmt: skip
    return lambda given: {name.format(**names): value.format(**names) for name, value in given.items()}


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried here by the hundred is what is typed, not how often."""
    more = tuple(replace(each, most=10_000) for each in limits.LIMITS)
    monkeypatch.setattr(limits, "LIMITS", more)


def token(client: FlaskClient, address: str = BOARD) -> dict[str, str]:
    fields = page(client.get(address)).all(".//input")
    return {"csrf_token": next(f.get("value", "") for f in fields if f.get("name") == "csrf_token")}


def address_of(app: Flask, endpoint: str, values: dict[str, str], school: str = "hill") -> str:
    with app.test_request_context():
        return app.url_for(endpoint.partition(":")[0], school=school, **values)


def check(answer: Any, about: object) -> None:
    """A clear answer: back to a page, a file, a page that says what is wrong, or a plain refusal."""
    if answer.status_code == 200 and answer.mimetype == "text/csv":
        return
    assert answer.status_code in CLEAR, (answer.status_code, about)
    if answer.status_code in (409, 422) and b"govuk-error-summary" in answer.data:
        found = page(answer)
        assert found.title.startswith("Error: "), about
        ids = {element.get("id") for element in found.tree.iter()}
        summary = next(each for each in found.all(".//div") if "govuk-error-summary" in (each.get("class") or ""))
        for link in summary.iter("a"):
            href = link.get("href", "")
            assert not href.startswith("#") or href[1:] in ids, (href, about)


def test_every_form_of_the_desk_is_in_the_table(app: Flask) -> None:
    posts = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and app.view_functions[rule.endpoint].__module__ in {f"blueprints.staff.{name}" for name in MODULES}
    }
    assert posts == {name.partition(":")[0] for name in FORMS}


@pytest.mark.parametrize("name", FORMS)
def test_no_form_is_a_fault_of_ours(
    app: Flask, fill: Filled, unhurried: None, as_staff: Enter, world: World, name: str
) -> None:
    values, form = fill(FORMS[name][0]), fill(FORMS[name][1])
    client = as_staff(world.dsl if name.endswith("police") else world.officer)
    keys, address = token(client), address_of(app, name, values)
    check(client.post(address, data=keys), "nothing but the token")
    check(client.post(address, data={**keys, "unknown": "field"}), "an unknown field")
    check(client.post(address, json=form), "JSON")
    assert client.post(address, data=form).status_code == 400, "no token"
    for bad in BAD:
        check(client.post(address, data={**keys, **dict.fromkeys(form, bad)}), bad[:20])
        for field in form:
            check(client.post(address, data={**keys, **form, field: bad}), (field, bad[:20]))
            check(client.post(address, data={**keys, **form, field: [bad, form[field]]}), (field, bad[:20], "twice"))


@pytest.mark.parametrize("name", FORMS)
def test_the_same_form_twice_is_once_or_refused(
    app: Flask, fill: Filled, as_staff: Enter, world: World, name: str
) -> None:
    client = as_staff(world.dsl if name.endswith("police") else world.officer)
    data, address = {**token(client), **fill(FORMS[name][1])}, address_of(app, name, fill(FORMS[name][0]))
    counts = []
    for _ in range(3):
        check(client.post(address, data=data), name)
        with read_door() as db:
            counts.append(
                [db.scalar(select(func.count()).select_from(each)) for each in (AbsenceReport, Sighting, FirstDayCase)]
            )
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("name", [name for name in FORMS if "pupil" in {**FORMS[name][0], **FORMS[name][1]}])
def test_another_schools_child_is_not_there(
    app: Flask, fill: Filled, as_staff: Enter, world: World, name: str
) -> None:
    client = as_staff(world.officer)
    keys = token(client)
    for theirs in (world.ella, world.other_pupil):
        where = {**fill(FORMS[name][0]), **({"pupil": public_id(theirs)} if "pupil" in FORMS[name][0] else {})}
        data = {**keys, **fill(FORMS[name][1]), **({"pupil": public_id(theirs)} if "pupil" in FORMS[name][1] else {})}
        answer = client.post(address_of(app, name, where), data=data)
        assert answer.status_code == (403 if name.endswith("police") else 404), name


@pytest.mark.parametrize("name", [name for name in FORMS if "report" in FORMS[name][0]])
def test_another_schools_report_is_not_there(
    app: Flask, fill: Filled, as_staff: Enter, world: World, name: str
) -> None:
    theirs = as_staff(world.vale_officer)
    keys = token(theirs, "/staff/vale/day/2026-06-16/morning")
    data = {**keys, **fill(FORMS[name][1])}
    assert theirs.post(address_of(app, name, fill(FORMS[name][0]), "vale"), data=data).status_code == 404
    assert theirs.post(address_of(app, name, fill(FORMS[name][0])), data=data).status_code == 404


@pytest.mark.parametrize("name", [name for name in FORMS if "version" in FORMS[name][1]])
@pytest.mark.parametrize("version", ["7", "0", "999999999"])
def test_a_stale_version_changes_nothing(
    app: Flask, fill: Filled, as_staff: Enter, world: World, name: str, version: str
) -> None:
    client = as_staff(world.officer)
    data = {**token(client), **fill(FORMS[name][1]), "version": version}
    with read_door() as db:
        before = db.execute(select(Mark.enrolment_id, Mark.code)).all()
    answer = client.post(address_of(app, name, fill(FORMS[name][0])), data=data)
    assert answer.status_code == 409
    check(answer, name)
    with read_door() as db:
        assert db.execute(select(Mark.enrolment_id, Mark.code)).all() == before
        assert db.scalars(select(AbsenceReport.state)).all() in (["read"], ["sent"])
