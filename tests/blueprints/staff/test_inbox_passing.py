"""A text that several offices see is dealt with by one, and one that is for another school is passed on to it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from notifications.models import InboundMessage
from notifications.services import receive_text
from tests.blueprints.staff.conftest import HillMorning, public_id
from tests.factories import FULL_RIGHTS, World, add_pupil, link
from tests.pages import Enter, page
from webapp.first_day.models import FirstDayCase
from webapp.foundation import work
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import TrailEntry

UNKNOWN = "+447700900077"
pytestmark = pytest.mark.usefixtures("hill")


def text_in(sender: str, words: str) -> str:
    receive_text(provider="demo", provider_id=f"in-{words}", sender=sender, words=words)
    with read_door() as db:
        newest = select(InboundMessage.public_id).order_by(InboundMessage.id.desc()).limit(1)
        return str(db.scalar(newest))


def of_nobody(words: str) -> str:
    """A text from a number that no record holds, kept for all schools of the organisation."""
    text = text_in("+447700900002", words)
    with unit_of_work() as tx:
        tx.execute(
            update(InboundMessage).values(
                sender=UNKNOWN, school_id=None, contact_id=None, enrolment_id=None, candidates=[]
            )
        )
    return text


def school_of(text: str) -> int | None:
    with read_door() as db:
        return db.scalar(select(InboundMessage.school_id).where(InboundMessage.public_id == text))


def words_of(client: FlaskClient, code: str) -> str:
    return page(client.get(f"/staff/{code}/inbox")).text


def press(client: FlaskClient, code: str, text: str, deed: str, **more: str) -> int:
    address = f"/staff/{code}/inbox/{text}/{deed}"
    fields = page(client.get(f"/staff/{code}/inbox")).fields(address)
    return client.post(address, data={**fields, **more}).status_code


def deeds() -> list[tuple[str, str, int | None]]:
    with read_door() as db:
        found = db.execute(
            select(TrailEntry.action, TrailEntry.actor_name, TrailEntry.school_id)
            .where(TrailEntry.subject_kind == "inbound_message", TrailEntry.action != "sent_text")
            .order_by(TrailEntry.id)
        )
        return [tuple(row) for row in found]


def test_of_a_contact_with_children_at_one_school_its_office_has_the_text(world: World, as_staff: Enter) -> None:
    """Bob has Tom at Hill only; also where his words name a child whom nobody knows."""
    for words in ("poorly today", "Zachary is ill"):
        assert school_of(text_in("+447700900002", words)) == world.hill
        assert words not in words_of(as_staff(world.vale_officer), "vale")
        assert words in words_of(as_staff(world.officer), "hill")


def test_of_a_contact_with_children_at_two_schools_each_sees_it_until_one_takes_it(
    world: World, as_staff: Enter
) -> None:
    text = text_in("+447700900001", "poorly today")
    assert school_of(text) is None
    hill, vale = as_staff(world.officer), as_staff(world.vale_officer)
    stale = page(hill.get("/staff/hill/inbox")).fields(f"/staff/hill/inbox/{text}/take")
    assert press(vale, "vale", text, "take") == 303
    assert "Taken by Vera Moss, Tue 16 June 07:40" in words_of(vale, "vale")
    assert "Taken by Vera Moss, Vale Academy, Tue 16 June 07:40" in words_of(hill, "hill")
    # Whoever had the page open before, and whoever deals with it all the same, is told.
    late = hill.post(f"/staff/hill/inbox/{text}/take", data=stale)
    assert (late.status_code, "Somebody has just taken this text" in page(late).text) == (409, True)
    for deed, more in (("settle", {}), ("child", {"pupil": public_id(world.tom)}), ("pass", {"to": "vale"})):
        fields = page(hill.get("/staff/hill/inbox")).fields(f"/staff/hill/inbox/{text}/pass")
        refused = hill.post(f"/staff/hill/inbox/{text}/{deed}", data={**fields, **more})
        assert refused.status_code == 409
        assert "Taken by Vera Moss, Vale Academy" in page(refused).text
    assert deeds() == [("took_text", "Vera Moss", world.vale)]
    # Vera has gone home: Hill takes it over, and deals with it.
    assert press(hill, "hill", text, "take") == 303
    assert "Taken by Saira Khan, Hill Primary" in words_of(vale, "vale")
    assert press(hill, "hill", text, "settle") == 303
    assert "poorly today" not in words_of(vale, "vale")


def test_passed_on_it_stands_there_alone_with_its_child(world: World, as_staff: Enter, hill: HillMorning) -> None:
    """Alice answers Hill's text about Tom, and means Ella, who is at Vale."""
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    work.run_due({"delivery"})
    with read_door() as db:
        before = db.execute(select(*FirstDayCase.__table__.c)).one()
    text = text_in("+447700900001", "she has a fever")
    office, vale = as_staff(world.officer), as_staff(world.vale_officer)
    assert school_of(text) == world.hill
    assert "fever" not in words_of(vale, "vale")
    assert press(office, "hill", text, "pass", to="vale") == 303
    assert "fever" not in words_of(office, "hill")
    shown = words_of(vale, "vale")
    assert "she has a fever" in shown and "about Ella Ahmed" in shown
    assert "Passed on by Saira Khan, Hill Primary, Tue 16 June 09:16" in shown
    assert deeds() == [("passed_text", "Saira Khan", world.hill)]
    with read_door() as db:
        after = db.execute(select(*FirstDayCase.__table__.c)).one()
        pupil = db.scalar(select(TrailEntry.pupil_id).where(TrailEntry.action == "passed_text"))
    assert pupil == world.ella
    # Nobody has answered about Tom.
    assert (after.next_due_at, after.state) == (before.next_due_at, before.state)
    assert "by text" not in after.last_words
    assert office.post(f"/staff/hill/inbox/{text}/settle").status_code in (400, 404)
    # Vale can give it back.
    assert press(vale, "vale", text, "pass", to="hill") == 303
    assert "about Tom Ahmed" in words_of(office, "hill")


def test_of_several_children_there_the_office_says_which(world: World, as_staff: Enter) -> None:
    with unit_of_work() as tx:
        omar, _ = add_pupil(tx, world.organisation, world.vale, "Omar", "Ahmed", form_id=world.form_8b, year_group=8)
        link(tx, world.organisation, omar, world.alice, "mother", 1, **FULL_RIGHTS)
    text = of_nobody("ill again")
    with unit_of_work() as tx:
        tx.execute(update(InboundMessage).values(contact_id=world.alice, school_id=world.hill))
    assert press(as_staff(world.officer), "hill", text, "pass", to="vale") == 303
    shown = words_of(as_staff(world.vale_officer), "vale")
    assert "ill again" in shown and "child not known" in shown
    assert "About Ella Ahmed" in shown


def test_of_nobody_known_it_goes_without_a_child(world: World, as_staff: Enter) -> None:
    text = of_nobody("ill again")
    assert press(as_staff(world.officer), "hill", text, "pass", to="vale") == 303
    assert school_of(text) == world.vale
    assert "child not known" in words_of(as_staff(world.vale_officer), "vale")


@pytest.mark.parametrize("to", ["", "hill", "dale", "x" * 500, "\u202e", "vale "])
def test_only_to_another_school_of_ours(world: World, as_staff: Enter, to: str) -> None:
    text, client = of_nobody("ill again"), as_staff(world.officer)
    address = f"/staff/hill/inbox/{text}/pass"
    fields = page(client.get("/staff/hill/inbox")).fields(address)
    answer = client.post(address, data={**fields, "to": to})
    assert (answer.status_code, "Choose the school it is for" in page(answer).text) == (422, True)
    assert school_of(text) is None and deeds() == []


@pytest.mark.parametrize("held", ["", "0", "-1", "x", "99999999999999999999", "²"])
def test_who_took_it_is_never_guessed(world: World, as_staff: Enter, held: str) -> None:
    text, client = of_nobody("ill again"), as_staff(world.officer)
    assert press(client, "hill", text, "take") == 303
    address = f"/staff/hill/inbox/{text}/take"
    fields = page(client.get("/staff/hill/inbox")).fields(address)
    assert client.post(address, data={**fields, "held": held}).status_code == 409


def test_words_of_danger_are_dealt_with_before_they_are_passed_on(world: World, as_staff: Enter) -> None:
    text, client = text_in("+447700900002", "his uncle hit Tom"), as_staff(world.officer)
    address = f"/staff/hill/inbox/{text}/pass"
    fields = page(client.get("/staff/hill/inbox")).fields(address)
    answer = client.post(address, data={**fields, "to": "vale"})
    assert (answer.status_code, school_of(text)) == (409, world.hill)
    assert "Write first what was done about the words of danger" in page(answer).text
