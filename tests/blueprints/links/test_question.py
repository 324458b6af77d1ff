"""School's question on a report, answered by its link."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from notifications import channels
from notifications.models import Message
from tests.factories import World
from tests.pages import counted_statements, page
from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.deciders import Decider
from webapp.absence.services.report import Reporter, report_absence
from webapp.absence.services.talk import ask
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import PupilContact

QUESTION = "Has she seen a doctor? <b>Zoë</b>"


@pytest.fixture
def token(app: Flask, world: World) -> Iterator[str]:
    """Alice has reported Tom; the office asks, and the text carries a link."""
    adult = ContactKey(world.organisation, world.alice)
    typed = TypedReport(("pup-1-Tom-Ahmed",), "all_day", "2026-06-16", reason="ill", words="Poorly all night")
    report_absence(typed, Reporter((adult,), 7), "k1")
    with read_door() as db:
        report = db.scalar(select(AbsenceReport.id))
    staff = Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Attendance officer")
    ask(Decider(world.organisation, world.hill, staff), report or 0, QUESTION, "q1")
    with read_door() as db:
        link = db.scalar(select(Message.words).where(Message.name == "school_asks"))["link"]
    yield link.rpartition("/")[2]
    channels.use(None)


def talk() -> list[tuple[str, str]]:
    with read_door() as db:
        rows = db.execute(select(ReportMessage.side, ReportMessage.words).order_by(ReportMessage.id))
        return [tuple(row) for row in rows]


def test_it_shows_the_question_and_none_of_the_talk(db: Database, anonymous: FlaskClient, token: str):
    with counted_statements(db) as seen:
        shown = page(anonymous.get(f"/t/{token}"))
    assert len(seen) <= 12
    assert shown.h1 == "School has a question"
    assert QUESTION in shown.text
    assert "Saira Khan asked at 7:40am" in shown.text
    assert "Poorly all night" not in shown.text


def test_an_answer_goes_onto_the_report_once(anonymous: FlaskClient, token: str):
    path = f"/t/{token}/question"
    sent = anonymous.post(path, data={"words": "Yes, at nine\0 ✓"})
    assert (sent.status_code, sent.location) == (303, f"/t/{token}")
    assert page(anonymous.get(f"/t/{token}")).h1 == "Thank you. School has an answer."
    again = anonymous.post(path, data={"words": "And again"})
    assert again.status_code == 410
    assert "And again" in page(again).text
    assert talk() == [("school", QUESTION), ("family", "Yes, at nine ✓")]


@pytest.mark.parametrize("words", ["", "  \r\n ", "x" * 2001])
def test_no_words_and_too_many_are_refused_and_kept(anonymous: FlaskClient, token: str, words: str):
    refused = anonymous.post(f"/t/{token}/question", data={"words": words})
    shown = page(refused)
    assert refused.status_code == 400
    assert shown.title == "Error: School has a question"
    assert shown.fields()["words"].strip() == words.strip()
    assert [side for side, _ in talk()] == ["school"]


def test_late_words_are_given_back(anonymous: FlaskClient, token: str, at: time_machine.Traveller):
    at.shift(timedelta(hours=49))
    late = anonymous.post(f"/t/{token}/question", data={"words": "Yes, at nine"})
    assert late.status_code == 410
    assert "Yes, at nine" in page(late).text
    assert [side for side, _ in talk()] == ["school"]


def test_whoever_may_speak_about_the_child_no_longer_reads_nothing(anonymous: FlaskClient, token: str, world: World):
    with unit_of_work() as tx:
        tx.execute(
            update(PupilContact)
            .where(PupilContact.contact_id == world.alice, PupilContact.pupil_id == world.tom)
            .values(may_report=False, may_view_attendance=False, do_not_contact=True)
        )
    assert QUESTION not in anonymous.get(f"/t/{token}").text
    assert anonymous.post(f"/t/{token}/question", data={"words": "Yes"}).status_code == 410
    assert [side for side, _ in talk()] == ["school"]
