"""The desk of first-day contact: the step that is due, what can be undone, danger first, and no search to work in."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from notifications.models import InboundMessage, Message
from notifications.services import receive_text
from tests.blueprints.staff.conftest import BOARD, HillMorning, public_id
from tests.factories import World
from tests.pages import Enter, Page, page, text_of
from webapp.absence.models import AbsenceReport
from webapp.first_day.models import CaseEvent, FirstDayCase, PupilNote
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.record.models import Sighting

UNDO_SEEN = "/staff/hill/here-now/undo"


def rows(*columns: Any) -> list[Any]:
    with read_door() as db:
        return [tuple(row) for row in db.execute(select(*columns))]


def row_of(found: Page, pupil: str, prefix: str) -> Any:
    return next(row for row in found.all(".//tr") if row.get("id") == f"{prefix}-{pupil}")


def board_fields(client: FlaskClient) -> dict[str, str]:
    fields = page(client.get(BOARD)).all(".//input")
    token = next(field.get("value", "") for field in fields if field.get("name") == "csrf_token")
    return {"csrf_token": token, "on": "2026-06-16", "half": "am"}


@pytest.fixture
def missing(hill: HillMorning) -> HillMorning:
    """Tom is looked for since 9:16."""
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    return hill


@pytest.fixture
def clash(hill: HillMorning, world: World) -> HillMorning:
    """Tom is reported ill, and his teacher marks him in."""
    hill.report(world.tom, world.alice)
    hill.clock("08:55")
    hill.register(tom="/")
    hill.clock("09:20")
    return hill


def dsl_due() -> None:
    with unit_of_work() as tx:
        tx.execute(update(FirstDayCase).values(next_step="tell_dsl", next_contact_id=None))


class TestTellTheLead:
    def test_the_rows_first_button_does_the_step(self, missing: HillMorning, as_staff: Enter, world: World) -> None:
        client, tom = as_staff(world.officer), public_id(world.tom)
        assert text_of(next(row_of(page(client.get(BOARD)), tom, "u").iter("button"))) == "Ring"
        dsl_due()
        missing.clock("09:40")
        button = next(row_of(page(client.get(BOARD)), tom, "u").iter("button"))
        assert (text_of(button), button.get("class")) == ("Tell DSL", "small-button small-button--main")
        pressed = {"pupil": button.get("value")}
        answer = client.post(button.get("formaction"), data={**board_fields(client), **pressed})
        assert (answer.status_code, answer.location.split("?")[0]) == (303, BOARD)
        assert rows(FirstDayCase.state, FirstDayCase.next_step) == [("carried", "dsl_decides")]
        assert ("told_dsl", world.officer) in rows(TrailEntry.action, TrailEntry.actor_id)
        assert rows(Message.staff_id).count((world.dsl,)) == 1
        # A second tap tells nobody anew, and says so.
        again = client.post(button.get("formaction"), data={**board_fields(client), **pressed})
        assert again.status_code == 409
        assert "Already told at" in page(again).text
        assert rows(CaseEvent.kind).count(("told_dsl",)) == 1
        # What is due now is the lead's: the office has no button for it.
        assert "Decide" not in text_of(row_of(page(client.get(BOARD)), tom, "u"))
        theirs = row_of(page(as_staff(world.dsl).get(BOARD)), tom, "u")
        assert text_of(next(theirs.iter("a"))) == "Tom Ahmed"
        assert [link.get("href") for link in theirs.iter("a")][1] == f"/staff/hill/pupils/{tom}/case"

    def test_found_meanwhile_is_said_on_the_board(self, missing: HillMorning, as_staff: Enter, world: World) -> None:
        client, tom = as_staff(world.officer), public_id(world.tom)
        dsl_due()
        fields = board_fields(client)
        client.post("/staff/hill/here-now", data={**fields, "pupil": tom})
        answer = client.post("/staff/hill/tell-dsl", data={**fields, "pupil": tom})
        assert answer.status_code == 409
        found = page(answer)
        assert "Nobody is looking for Tom Ahmed now." in found.text
        assert [one.get("id") for one in found.all(".//div") if one.get("id") == "board"] == ["board"]
        assert rows(FirstDayCase.state) == [("closed",)]


class TestLooked:
    def test_here_i_looked_can_be_undone(self, clash: HillMorning, as_staff: Enter, world: World) -> None:
        client, tom = as_staff(world.officer), public_id(world.tom)
        client.post("/staff/hill/here-now", data={**board_fields(client), "pupil": tom})
        row = row_of(page(client.get(BOARD)), tom, "r")
        assert row.get("class") == "row--done"
        assert "Here, looked 09:20" in text_of(row)
        undo = next(button for button in row.iter("button") if "Undo" in text_of(button))
        assert (undo.get("formaction"), undo.get("value"), undo.get("id")) == (UNDO_SEEN, tom, f"r-{tom}-undo")
        assert client.post(UNDO_SEEN, data={**board_fields(client), "pupil": tom}).status_code == 303
        assert [struck is not None for (struck,) in rows(Sighting.struck_at)] == [True]
        assert "Here, I looked" in text_of(row_of(page(client.get(BOARD)), tom, "r"))

    def test_it_goes_after_a_quarter_of_an_hour(self, clash: HillMorning, as_staff: Enter, world: World) -> None:
        client, tom = as_staff(world.officer), public_id(world.tom)
        client.post("/staff/hill/here-now", data={**board_fields(client), "pupil": tom})
        clash.clock("09:36")
        assert f'id="r-{tom}"' not in client.get(BOARD).text


class TestQuotes:
    @pytest.mark.parametrize(("words", "quoted"), [("Sick in the night", ["Sick in the night"]), ("", [])])
    def test_only_the_familys_own_words_are_quoted(
        self, hill: HillMorning, as_staff: Enter, world: World, words: str, quoted: list[str]
    ) -> None:
        hill.report(world.tom, world.alice, words=words)
        hill.clock("08:55")
        row = row_of(page(as_staff(world.officer).get(BOARD)), public_id(world.tom), "c")
        assert [text_of(quote) for quote in row.iter("q")] == quoted
        assert (words or "Ill") in text_of(row)

    def test_what_staff_wrote_of_a_call_is_not_quoted(self, hill: HillMorning, as_staff: Enter, world: World) -> None:
        hill.report(world.tom, world.alice)
        with unit_of_work() as tx:
            tx.execute(update(AbsenceReport).values(channel="phone"))
        hill.clock("08:55")
        row = row_of(page(as_staff(world.officer).get(BOARD)), public_id(world.tom), "c")
        assert list(row.iter("q")) == []
        assert "Sick in the night" in text_of(row)


class TestNoSearch:
    @pytest.mark.parametrize("what", ["call", "case"])
    def test_a_page_says_that_there_is_none_and_what_can_be_done(
        self, hill: HillMorning, as_staff: Enter, world: World, what: str
    ) -> None:
        tom = public_id(world.tom)
        found = page(as_staff(world.officer).get(f"/staff/hill/pupils/{tom}/{what}"))
        assert found.h1 == "Nobody is looking for Tom Ahmed now"
        assert found.links()["Open the child"] == f"/staff/hill/pupils/{tom}"
        assert found.links()["Take a report down"] == f"/staff/hill/pupils/{tom}/report"

    @pytest.mark.parametrize("address", ["call", "case/note"])
    def test_words_that_came_too_late_stand_there_again(
        self, missing: HillMorning, as_staff: Enter, world: World, address: str
    ) -> None:
        client, tom = as_staff(world.officer), public_id(world.tom)
        form = f"/staff/hill/pupils/{tom}/{address}"
        open_page = page(client.get(form.removesuffix("/note")))
        fields = open_page.fields() if address == "call" else open_page.fields(form)
        client.post("/staff/hill/here-now", data={**board_fields(client), "pupil": tom})
        typed = {"contact": str(world.alice), "outcome": "spoke", "words": "Gran says <he> is on his way"}
        answer = client.post(form, data={**fields, **typed})
        assert answer.status_code == 409
        assert "Gran says <he> is on his way" in page(answer).text
        assert not {"call", "note"} & {kind for (kind,) in rows(CaseEvent.kind)}


class TestDanger:
    @pytest.fixture
    def text(self, missing: HillMorning) -> str:
        receive_text(provider="demo", provider_id="d", sender="+447700900001", words="His uncle hit Tom, he is ill")
        ((named, danger),) = rows(InboundMessage.public_id, InboundMessage.danger)
        assert danger
        return str(named)

    def test_by_one_tap_it_is_neither_a_report_nor_done_with(self, text: str, as_staff: Enter, world: World) -> None:
        client = as_staff(world.dsl)
        shown = page(client.get("/staff/hill/inbox"))
        assert not {"Take as report", "Dealt with"} & {text_of(b) for b in shown.all(".//button")}
        token = shown.fields(f"/staff/hill/inbox/{text}/danger")
        officer = as_staff(world.officer)
        theirs = page(officer.get("/staff/hill/inbox")).fields(f"/staff/hill/inbox/{text}/danger")
        reports = len(rows(AbsenceReport.id))
        for deed in ("report", "settle"):
            fields = {"csrf_token": theirs["csrf_token"], "reason": "ill", "submission_key": "k" * 12}
            answer = officer.post(f"/staff/hill/inbox/{text}/{deed}", data=fields)
            assert answer.status_code == 409
            assert "Write first what was done about the words of danger" in page(answer).text
        empty = client.post(f"/staff/hill/inbox/{text}/danger", data={**token, "words": "  "})
        assert empty.status_code == 422
        assert (rows(InboundMessage.state), len(rows(AbsenceReport.id))) == ([("new",)], reports)

    def test_once_it_is_dealt_with_it_is_a_text_like_others(self, text: str, as_staff: Enter, world: World) -> None:
        client = as_staff(world.dsl)
        address = f"/staff/hill/inbox/{text}/danger"
        fields = {**page(client.get("/staff/hill/inbox")).fields(address), "words": "Rang social care, ref 12"}
        assert [client.post(address, data=fields).status_code for _ in range(2)] == [303, 303]
        assert rows(PupilNote.kind, PupilNote.words, PupilNote.by_id) == [
            ("safeguarding", "Rang social care, ref 12", world.dsl)
        ]
        assert ("handled_danger", world.dsl) in rows(TrailEntry.action, TrailEntry.actor_id)
        officer = as_staff(world.officer)
        shown = page(officer.get("/staff/hill/inbox"))
        assert "Danger dealt with by Dina Bell, " in shown.text
        taking = f"/staff/hill/inbox/{text}/report"
        assert officer.post(taking, data={**shown.fields(taking), "reason": "ill"}).status_code == 303
        assert rows(InboundMessage.state) == [("settled",)]
        assert (True,) in rows(AbsenceReport.danger)

    def test_a_text_without_danger_is_not_handled_so(self, missing: HillMorning, as_staff: Enter, world: World) -> None:
        receive_text(provider="demo", provider_id="p", sender="+447700900001", words="hmm what")
        ((named,),) = rows(InboundMessage.public_id)
        client = as_staff(world.dsl)
        fields = {"csrf_token": board_fields(client)["csrf_token"], "words": "x", "submission_key": "k" * 12}
        assert client.post(f"/staff/hill/inbox/{named}/danger", data=fields).status_code == 409
        assert rows(PupilNote.id) == []
