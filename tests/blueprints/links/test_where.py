"""The page behind a first-day text: one task, one answer a child, acted on by POST only."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from notifications import channels
from notifications.models import Message
from tests.factories import FULL_RIGHTS, TODAY, World, link
from tests.pages import counted_statements, page
from webapp.absence.models import AbsenceReport
from webapp.accounts.models import SingleTaskLink
from webapp.accounts.services.links import issue_link_in, withdraw_links_in
from webapp.first_day.models import FirstDayCase
from webapp.first_day.rules.answers import WHERE_IS_CHILD
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.ids import public_id
from webapp.people.models import Contact, ContactPoint

CLOSED_WORDS = "Thank you. School has an answer."


@pytest.fixture(autouse=True)
def _after_the_register(app: Flask, at: time_machine.Traveller) -> Iterator[None]:
    """9:24am: Hill's register has closed at 9:15am."""
    at.shift(timedelta(minutes=104))
    yield
    channels.use(None)


def add_case(world: World, enrolment: int, school: int, on: date = TODAY) -> tuple[int, str]:
    now, name = school_now(), public_id()
    with unit_of_work() as tx:
        case = insert_row(
            tx, FirstDayCase, organisation_id=world.organisation, public_id=name, school_id=school,
            enrolment_id=enrolment, date=on, half=0, state="open", opened_at=now, owner_role="attendance_officer",
            next_step="ring", next_due_at=now,
        )  # fmt: skip
    return case, name


def give_link(world: World, *cases: int, contact: int | None = None, purpose: str = WHERE_IS_CHILD) -> str:
    with unit_of_work() as tx:
        return issue_link_in(
            tx, organisation_id=world.organisation, school_id=world.hill, contact_id=contact or world.alice,
            purpose=purpose, subjects=cases,
        )  # fmt: skip


@pytest.fixture
def tom(world: World) -> tuple[int, str]:
    return add_case(world, world.tom_enrolment, world.hill)


@pytest.fixture
def token(world: World, tom: tuple[int, str]) -> str:
    return give_link(world, tom[0])


def reports() -> list[tuple[int, str, str]]:
    with read_door() as db:
        rows = db.execute(select(AbsenceReport.enrolment_id, AbsenceReport.kind, AbsenceReport.reason))
        return [tuple(row) for row in rows]


def case_of(case_id: int):
    with read_door() as db:
        return db.execute(
            select(FirstDayCase.state, FirstDayCase.alarm, FirstDayCase.outcome).where(FirstDayCase.id == case_id)
        ).one()


def used_at() -> list[object]:
    with read_door() as db:
        return list(db.scalars(select(SingleTaskLink.used_at)))


def test_it_says_what_school_asks_and_nothing_else(db: Database, anonymous: FlaskClient, token: str, world: World):
    with counted_statements(db) as seen:
        answer = anonymous.get(f"/t/{token}")
    shown = page(answer)
    assert len(seen) <= 12
    assert shown.h1 == "Where is Tom this morning?"
    assert "Tom was not in class when the register closed at 9:15am." in shown.text
    assert "until 9:24am Thursday 18 June" in shown.text
    assert "Ahmed" not in shown.text
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer.headers
    assert len(answer.data) < 20_000


def test_looking_answers_nothing(anonymous: FlaskClient, token: str, tom: tuple[int, str]):
    for path in ("", f"/away/{tom[1]}", f"/on-the-way/{tom[1]}"):
        assert anonymous.get(f"/t/{token}{path}").status_code == 200
    for path in (f"/thought-in/{tom[1]}", "/wrong-number", "/question"):
        assert anonymous.get(f"/t/{token}{path}").status_code == 405
    assert used_at() == [None]
    assert reports() == []
    assert case_of(tom[0]) == ("open", False, "")


def test_away_with_a_reason_is_a_report(anonymous: FlaskClient, token: str, tom: tuple[int, str], world: World):
    path = f"/t/{token}/away/{tom[1]}"
    assert page(anonymous.get(path)).h1 == "Why is Tom away today?"
    sent = anonymous.post(path, data={"reason": "ill", "symptom": ["sick"], "words": "Sick in the night 🤒"})
    assert sent.status_code == 303
    assert reports() == [(world.tom_enrolment, "all_day", "ill")]
    told = page(anonymous.get(sent.location))
    assert told.h1 == "Sent to school at 9:24am"
    assert "Hill Primary has your answer about Tom. It is not read yet." in told.text
    assert "You can close this page." in told.text
    assert page(anonymous.get(f"/t/{token}")).h1 == CLOSED_WORDS


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Choose why Tom is away"),
        ({"reason": "running_late"}, "Choose why Tom is away"),
        ({"reason": "ill", "words": "x" * 20_000}, None),
    ],
)
def test_a_fault_keeps_what_was_typed(
    anonymous: FlaskClient, token: str, tom: tuple[int, str], given: dict[str, str], sentence: str | None
):
    path = f"/t/{token}/away/{tom[1]}"
    refused = anonymous.post(path, data={"words": "She was sick\r\nلیلا 🤒", **given})
    shown = page(refused)
    assert refused.status_code == 400
    assert shown.title.startswith("Error: Why is Tom away today?")
    if sentence:
        assert shown.text.count(sentence) == 2
        assert "لیلا 🤒" in shown.fields(path)["words"]
    assert reports() == []
    assert used_at() == [None]


def test_on_the_way_offers_the_next_half_hours(anonymous: FlaskClient, token: str, tom: tuple[int, str], world: World):
    path = f"/t/{token}/on-the-way/{tom[1]}"
    shown = page(anonymous.get(path))
    assert shown.h1 == "When will Tom be at school?"
    assert "By 9:30am" in shown.text
    sent = anonymous.post(path, data={"arrives_at": "10am"})
    assert reports() == [(world.tom_enrolment, "late", "running_late")]
    assert page(anonymous.get(sent.location)).h1 == "Thank you. Please bring Tom to reception."


def test_on_the_way_in_the_afternoon_about_the_morning(
    anonymous: FlaskClient, token: str, tom: tuple[int, str], world: World, at: time_machine.Traveller
):
    at.shift(timedelta(hours=4, minutes=20))
    path = f"/t/{token}/on-the-way/{tom[1]}"
    shown = page(anonymous.get(path))
    assert "By 2pm" in shown.text
    assert "By 2:30pm" in shown.text
    sent = anonymous.post(path, data={"arrives_at": "2pm"})
    assert reports() == [(world.tom_enrolment, "late", "running_late")]
    assert page(anonymous.get(sent.location)).h1 == "Thank you. Please bring Tom to reception."


@pytest.mark.parametrize("typed", ["", "soon", "8:30am", "25:00", "\0"])
def test_a_time_that_cannot_be_is_asked_for_again(anonymous: FlaskClient, token: str, tom: tuple[int, str], typed: str):
    path = f"/t/{token}/on-the-way/{tom[1]}"
    refused = anonymous.post(path, data={"arrives_at": typed})
    assert refused.status_code == 400
    assert "#arrives_at" in page(refused).links().values()
    assert reports() == []


def test_thought_in_is_an_alarm_before_the_page_is_there(
    anonymous: FlaskClient, token: str, tom: tuple[int, str], world: World
):
    sent = anonymous.post(f"/t/{token}/thought-in/{tom[1]}")
    assert case_of(tom[0]) == ("open", True, "")
    told = page(anonymous.get(sent.location))
    assert told.h1 == "The school office has been told, 9:24am"
    assert told.links()["Ring school"] == "tel:01632960001"
    with read_door() as db:
        told_staff = db.scalar(select(func.count()).select_from(Message).where(Message.name == "staff_alarm"))
    assert told_staff


def test_the_wrong_number_is_not_texted_again(anonymous: FlaskClient, token: str, world: World):
    sent = anonymous.post(f"/t/{token}/wrong-number")
    assert page(anonymous.get(sent.location)).h1 == "Thank you. We will not text this number again."
    assert page(anonymous.get(f"/t/{token}")).h1 == CLOSED_WORDS


def test_siblings_are_asked_about_in_turn(anonymous: FlaskClient, world: World, tom: tuple[int, str]):
    noor = add_case(world, world.noor_enrolment, world.hill)
    with unit_of_work() as tx:
        link(tx, world.organisation, world.noor, world.alice, "aunt", 2, **FULL_RIGHTS)
    token = give_link(world, tom[0], noor[0])
    assert page(anonymous.get(f"/t/{token}")).h1 == "Where is Tom this morning?"
    sent = anonymous.post(f"/t/{token}/thought-in/{tom[1]}")
    assert page(anonymous.get(sent.location)).links()["Answer for the next child"] == f"/t/{token}"
    assert page(anonymous.get(f"/t/{token}")).h1 == "Where is Noor this morning?"
    anonymous.post(f"/t/{token}/thought-in/{noor[1]}")
    assert page(anonymous.get(f"/t/{token}")).h1 == CLOSED_WORDS


def test_the_same_answer_again_is_thanked_and_another_is_taken(
    anonymous: FlaskClient, token: str, tom: tuple[int, str]
):
    path = f"/t/{token}/away/{tom[1]}"
    anonymous.post(path, data={"reason": "ill"})
    again = anonymous.post(path, data={"reason": "ill"})
    assert (again.status_code, page(again).h1) == (200, CLOSED_WORDS)
    other = anonymous.post(path, data={"reason": "appointment", "words": "Dentist at ten"})
    assert page(anonymous.get(other.location)).h1 == "Sent to school at 9:24am"
    alarm = anonymous.post(f"/t/{token}/thought-in/{tom[1]}")
    assert page(anonymous.get(alarm.location)).h1 == "The school office has been told, 9:24am"
    assert case_of(tom[0])[:2] == ("open", True)
    assert [reason for _, _, reason in reports()] == ["ill"]


@pytest.mark.parametrize("path", ["/wrong-number", "/on-the-way/{case}", "/away/{case}"])
def test_another_answer_that_cannot_be_taken_is_said_plainly(
    anonymous: FlaskClient, token: str, tom: tuple[int, str], path: str
):
    anonymous.post(f"/t/{token}/away/{tom[1]}", data={"reason": "ill"})
    lost = anonymous.post(f"/t/{token}{path.format(case=tom[1])}", data={"words": "Dentist at ten"})
    shown = page(lost)
    assert (lost.status_code, shown.h1) == (410, "School did not get this")
    assert shown.links()["Ring school"] == "tel:01632960001"
    assert ("Dentist at ten" in shown.text) is path.startswith("/away")


def test_a_link_that_ran_out_says_so(
    anonymous: FlaskClient, token: str, tom: tuple[int, str], at: time_machine.Traveller
):
    at.shift(timedelta(hours=48))
    shown = anonymous.get(f"/t/{token}")
    assert (shown.status_code, page(shown).h1) == (410, "This page has run out")
    late = anonymous.post(f"/t/{token}/away/{tom[1]}", data={"reason": "ill", "words": "He was poorly"})
    assert late.status_code == 410
    assert "He was poorly" in page(late).text
    assert reports() == []


def test_a_link_that_school_took_back_tells_nothing(anonymous: FlaskClient, token: str, world: World):
    with unit_of_work() as tx:
        withdraw_links_in(tx, world.organisation, world.alice)
    shown = anonymous.get(f"/t/{token}")
    assert shown.status_code == 410
    assert "Tom" not in page(shown).text


@pytest.mark.parametrize("path", ["", "/away/{case}", "/on-the-way/{case}"])
@pytest.mark.parametrize("altered", [lambda t: t[:-1], lambda t: t[::-1], lambda t: t + "a", lambda t: "x" * 16])
def test_an_altered_link_is_not_there(anonymous: FlaskClient, token: str, tom: tuple[int, str], path: str, altered):
    answer = anonymous.get(f"/t/{altered(token)}{path.format(case=tom[1])}")
    assert answer.status_code == 404
    assert page(answer).h1 == "We cannot find that page"
    assert anonymous.post(f"/t/{altered(token)}/thought-in/{tom[1]}").status_code == 404


def test_a_link_is_about_its_own_children_only(anonymous: FlaskClient, token: str, tom: tuple[int, str], world: World):
    noor = add_case(world, world.noor_enrolment, world.hill)
    for path in (f"/away/{noor[1]}", f"/on-the-way/{noor[1]}", "/away/nobody"):
        assert anonymous.get(f"/t/{token}{path}").status_code == 404
    for path in (f"/away/{noor[1]}", f"/on-the-way/{noor[1]}", f"/thought-in/{noor[1]}"):
        data = {"reason": "ill", "arrives_at": "10am"}
        assert anonymous.post(f"/t/{token}{path}", data=data).status_code == 404
    assert reports() == []
    assert case_of(noor[0]) == ("open", False, "")


def test_a_receipt_is_of_its_own_link_and_does_not_last(
    anonymous: FlaskClient, token: str, tom: tuple[int, str], world: World, at: time_machine.Traveller
):
    receipt = anonymous.post(f"/t/{token}/thought-in/{tom[1]}").location
    other = give_link(world, tom[0], contact=world.bob)
    assert anonymous.get(receipt.replace(token, other)).location == f"/t/{other}"
    assert anonymous.get(f"/t/{token}/told/made-up").location == f"/t/{token}"
    at.shift(timedelta(minutes=16))
    assert anonymous.get(receipt).location == f"/t/{token}"


def test_a_contact_set_to_your_child_reads_no_name(anonymous: FlaskClient, token: str, world: World):
    with unit_of_work() as tx:
        tx.execute(update(Contact).where(Contact.id == world.alice).values(child_words="your_child"))
    shown = page(anonymous.get(f"/t/{token}"))
    assert shown.h1 == "Where is your child this morning?"
    assert "Your child is away, and I know why" in shown.text
    assert "Tom" not in shown.text


def test_the_next_day_only_the_past_is_asked_about(
    anonymous: FlaskClient, token: str, tom: tuple[int, str], at: time_machine.Traveller
):
    at.shift(timedelta(hours=24))
    shown = page(anonymous.get(f"/t/{token}"))
    assert shown.h1 == "Where was Tom on Tuesday morning?"
    assert "on the way" not in shown.text


def test_another_sites_page_cannot_answer(anonymous: FlaskClient, token: str, tom: tuple[int, str]):
    crossed = anonymous.post(f"/t/{token}/thought-in/{tom[1]}", headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    assert case_of(tom[0]) == ("open", False, "")


def test_a_link_for_something_else_is_no_link_here(anonymous: FlaskClient, tom: tuple[int, str], world: World):
    token = give_link(world, tom[0], purpose="something_else")
    assert anonymous.get(f"/t/{token}").status_code == 404
    assert anonymous.post(f"/t/{token}/thought-in/{tom[1]}").status_code == 404
    with read_door() as db:
        assert db.scalars(select(ContactPoint.state).where(ContactPoint.contact_id == world.alice)).all() == [
            "usable", "usable",
        ]  # fmt: skip
