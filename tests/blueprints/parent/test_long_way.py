"""The long way in four questions, with every way to go wrong."""

from __future__ import annotations

import pytest

from tests.blueprints.parent.test_report import public_id, reports
from tests.factories import World
from tests.pages import Enter, page

WHY = "/absence-reports/new/why"
CHECK = "/absence-reports/new/check"
SEND = "/absence-reports/new"


def walk(client, query: dict, **why):
    """From the third question to the check, as the form leads."""
    form = page(client.get(WHY, query_string=query)).fields(CHECK)
    return client.post(CHECK, data={**form, **why})


def test_late_in_four_questions(as_parent: Enter, world: World):
    alice, tom = as_parent(world.alice), public_id(world.tom)
    who = page(alice.get(SEND, query_string={"children": tom}))
    assert who.h1 == "Who is this about, and what is it?"
    query = {**who.fields("/absence-reports/new/when"), "kind": "late"}
    when = page(alice.get("/absence-reports/new/when", query_string=query))
    assert "Today, Tuesday 16 June" in when.text and "Monday 22 June" in when.text
    query = {**when.fields(WHY), "starts_on": "2026-06-16", "arrives_at": "10.30"}
    why = page(alice.get(WHY, query_string=query))
    assert "Running late" in why.text and "Away on a trip" not in why.text
    checked = page(alice.post(CHECK, data={**why.fields(CHECK), "reason": "running_late", "words": "Flat tyre"}))
    assert checked.h1 == "Check and send"
    assert "Today, until 10:30am" in checked.text and "Flat tyre" in checked.text
    answer = alice.post(SEND, data=checked.fields(SEND))
    assert page(alice.get(answer.location)).h1 == "Sent to school at 7:40am"
    assert "School expects Tom at 10:30am" in page(alice.get("/home")).text
    assert [(one.kind, one.reason) for one in reports()] == [("late", "running_late")]


def test_the_day_may_be_typed(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    query = {
        "children": public_id(world.ella), "kind": "days", "starts_on": "other", "starts_on_day": "22",
        "starts_on_month": "June", "starts_on_year": "2026", "ends_on_day": "24", "ends_on_month": "6",
        "ends_on_year": "26",
    }  # fmt: skip
    checked = page(walk(alice, query, reason="ill"))
    assert "Monday 22 to Wednesday 24 June, all day" in checked.text
    assert alice.post(SEND, data=checked.fields(SEND)).status_code == 303


def test_a_trip_leads_to_asking_for_time_off(as_parent: Enter, world: World):
    query = {"children": public_id(world.ella), "kind": "days", "starts_on": "2026-06-22"}
    query |= {"ends_on_day": "24", "ends_on_month": "6", "ends_on_year": "2026"}
    why = page(as_parent(world.alice).get(WHY, query_string=query))
    assert "Time off in term has to be asked for before it starts." in why.text


def test_a_long_run_sends_its_first_days_and_asks_to_talk(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    query = {"children": public_id(world.ella), "kind": "days", "starts_on": "2026-06-16"}
    query |= {"ends_on_day": "1", "ends_on_month": "7", "ends_on_year": "2026"}
    checked = page(walk(alice, query, reason="ill"))
    assert "would like to talk with you" in checked.text
    receipt = page(alice.get(alice.post(SEND, data=checked.fields(SEND)).location))
    told = "You told us Tuesday 16 June to Wednesday 1 July."
    assert f"{told} School has the first 5 school days now and wants to talk about the rest." in receipt.text
    assert "WhenTuesday 16 June to Wednesday 1 July, all day" in receipt.text
    # The days back that are offered lie after what was said, and the first of them is what was said.
    backs = [each.get("value") for each in receipt.all(".//button") if each.get("name") == "back_on"]
    assert backs == ["2026-07-02", "2026-07-03", "2026-07-06", "not_sure"]
    said = [each.get("value") for each in receipt.all(".//button") if each.get("aria-current")]
    assert said == ["2026-07-02"]
    ring = next(form for form in receipt.all(".//form") if form.get("action", "").endswith("/ring-me"))
    for _ in range(2):
        answer = alice.post(ring.get("action"), data=receipt.fields(ring.get("action")))
    again = page(alice.get(answer.location))
    assert again.text.count("Please ring me about how long Ella will be away.") == 1
    assert told in again.text and "Ask school to ring me" not in again.text
    change = answer.location.split("#")[0] + "/change"
    form = page(alice.get(change)).fields(change)
    assert (form["ends_on_day"], form["ends_on_month"]) == ("1", "7")


def test_several_days_are_not_asked_back_for_a_day_among_them(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    query = {"children": public_id(world.ella), "kind": "days", "starts_on": "2026-06-16"}
    query |= {"ends_on_day": "18", "ends_on_month": "6", "ends_on_year": "2026"}
    checked = page(walk(alice, query, reason="ill"))
    receipt = page(alice.get(alice.post(SEND, data=checked.fields(SEND)).location))
    backs = [each.get("value") for each in receipt.all(".//button") if each.get("name") == "back_on"]
    assert backs == ["2026-06-19", "2026-06-22", "2026-06-23", "not_sure"]


@pytest.mark.parametrize(
    ("query", "question", "says", "leads_to"),
    [
        ({}, "Who is this about, and what is it?", "Choose a child", "#children"),
        ({"children": "ella"}, "Who is this about, and what is it?", "Choose what it is", "#kind"),
        ({"children": "ella", "kind": "days"}, "When?", "Choose the day", "#starts_on"),
        (
            {"children": "ella", "kind": "all_day", "starts_on": "2026-07-18"}, "When?",
            "18 July is in the school holidays. Choose a school day", "#starts_on-day",
        ),
        (
            {"children": "ella", "kind": "all_day", "starts_on": "2026-06-26"}, "When?",
            "26 June is a training day. Choose a school day", "#starts_on-day",
        ),
        (
            {"children": "ella", "kind": "days", "starts_on": "2026-06-18", "ends_on_day": "17", "ends_on_month": "6",
             "ends_on_year": "2026"}, "When?", "The last day must be the same as or after the first day",
            "#ends_on-day",
        ),
        (
            {"children": "ella", "kind": "days", "starts_on": "2026-06-18", "ends_on_day": "31", "ends_on_month": "6",
             "ends_on_year": "2026"}, "When?", "Enter a real day, like 16 6 2026", "#ends_on-day",
        ),
        (
            {"children": "ella", "kind": "late", "starts_on": "2026-06-16", "arrives_at": "soon"}, "When?",
            "Enter a time, like 9:30am", "#arrives_at",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_was_asked(as_parent: Enter, world: World, query, question, says, leads_to):
    query = {**query, **({"children": public_id(world.ella)} if "children" in query else {})}
    shown = page(as_parent(world.alice).get(WHY, query_string=query))
    assert shown.title == f"Error: {question}"
    assert shown.links().get(says) == leads_to
    if "ends_on_day" in query:
        assert shown.fields()["ends_on_day"] == query["ends_on_day"]
    if "arrives_at" in query:
        assert shown.fields()["arrives_at"] == "soon"


def test_a_missing_reason_comes_back_to_the_third_question(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    query = {"children": public_id(world.ella), "kind": "all_day", "starts_on": "2026-06-17"}
    answer = walk(alice, query, words="So tired\x00")
    form = page(answer)
    assert (answer.status_code, form.title) == (422, "Error: Why?")
    assert form.fields()["words"].strip() == "So tired"
    assert form.fields(CHECK)["submission_key"]


def test_a_child_that_is_not_theirs_is_not_there(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    for stranger in (world.noor, world.other_pupil):
        query = {"children": public_id(stranger), "kind": "all_day", "starts_on": "2026-06-17"}
        assert alice.get(WHY, query_string=query).status_code == 404
        assert alice.get(SEND, query_string=query).status_code in (200, 404)
    form = page(alice.get(WHY, query_string={**query, "children": public_id(world.ella)})).fields(CHECK)
    sent = alice.post(SEND, data={**form, "children": public_id(world.noor), "reason": "ill"})
    assert sent.status_code == 404
    assert reports() == []
