"""Texts of numbers that school does not know: whose inbox they stand in, and the child that staff name."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from notifications.models import InboundMessage, Message
from notifications.services import receive_text
from tests.blueprints.staff.conftest import BOARD, HillMorning, asked, public_id
from tests.factories import FULL_RIGHTS, World, add_staff, link
from tests.pages import Enter, counted_statements, page
from webapp.absence.models import AbsenceReport
from webapp.first_day.models import CaseEvent, FirstDayCase
from webapp.first_day.queries.inbox import HANDLED_DANGER, find_text_in, texts_inbox
from webapp.foundation import work
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry

UNKNOWN = "+447700900077"


@pytest.fixture
def missing(hill: HillMorning) -> HillMorning:
    """Tom has not been marked in, and his family was asked."""
    hill.clock("08:55")
    hill.register()
    hill.clock("09:16")
    hill.run()
    return hill


def text_of_nobody(world: World, words: str) -> str:
    """Kept by the organisation for all its schools, as where there is only one."""
    receive_text(provider="demo", provider_id=f"x{words}", sender="+447700900002", words=words)
    with unit_of_work() as tx:
        tx.execute(
            update(InboundMessage).values(
                sender=UNKNOWN, school_id=None, contact_id=None, enrolment_id=None, candidates=[]
            )
        )
        return str(tx.scalar(select(InboundMessage.public_id)))


def events() -> list[tuple[str, str]]:
    with read_door() as db:
        found = db.execute(select(CaseEvent.kind, CaseEvent.outcome).order_by(CaseEvent.id))
        return [(row.kind, row.outcome) for row in found]


def case() -> Any:
    with read_door() as db:
        return db.execute(select(*FirstDayCase.__table__.c)).one()


def test_staff_find_the_child_and_the_words_are_heard(missing: HillMorning, as_staff: Enter, world: World) -> None:
    text = text_of_nobody(world, "He left at twenty to nine, he is in school")
    with unit_of_work() as tx:
        tx.execute(CaseEvent.__table__.delete().where(CaseEvent.kind.in_(("reply", "alarm"))))
        tx.execute(update(FirstDayCase).values(alarm=False))
        tx.execute(update(InboundMessage).values(danger=False))
    client = as_staff(world.officer)
    shown = page(client.get("/staff/hill/inbox"))
    assert "child not known" in shown.text
    assert "07700 900077" in shown.text
    found = page(client.get(f"/staff/hill/inbox?text={text}&q=ahm"))
    assert "About Tom Ahmed, 3K" in found.text
    address = f"/staff/hill/inbox/{text}/child"
    fields = {**found.fields(address), "pupil": public_id(world.tom)}
    assert client.post(address, data=fields).status_code == 303
    assert [kind for kind, _ in events()][-2:] == ["reply", "alarm"]
    assert case().alarm is True
    # It waits for whoever deals with it, now with the child.
    after = page(client.get("/staff/hill/inbox"))
    assert "about Tom Ahmed" in after.text
    assert client.post(address, data=fields).status_code == 409


def test_whoever_is_not_on_the_roll_cannot_be_meant(missing: HillMorning, as_staff: Enter, world: World) -> None:
    text = text_of_nobody(world, "poorly")
    client = as_staff(world.officer)
    found = page(client.get(f"/staff/hill/inbox?text={text}&q=zzz"))
    assert "Nobody of that name" in found.text
    fields = page(client.get(f"/staff/hill/inbox?text={text}&q=tom")).fields(f"/staff/hill/inbox/{text}/child")
    before = events()
    for pupil in (public_id(world.ella), public_id(world.other_pupil), "", "x"):
        refused = client.post(f"/staff/hill/inbox/{text}/child", data={**fields, "pupil": pupil})
        assert refused.status_code == 422
        assert "Choose the child" in page(refused).text
    assert events() == before


def test_it_stands_in_every_inbox_until_the_first_settles_it(
    missing: HillMorning, as_staff: Enter, world: World
) -> None:
    text = text_of_nobody(world, "poorly today")
    vale, hill = as_staff(world.vale_officer), as_staff(world.officer)
    assert "poorly today" in page(hill.get("/staff/hill/inbox")).text
    found = page(vale.get("/staff/vale/inbox"))
    assert "poorly today" in found.text
    address = f"/staff/vale/inbox/{text}/settle"
    assert vale.post(address, data=found.fields(address)).status_code == 303
    assert "poorly today" not in page(hill.get("/staff/hill/inbox")).text
    with read_door() as db:
        assert db.scalar(select(InboundMessage.school_id)) == world.vale


def test_another_organisation_sees_nothing_of_it(missing: HillMorning, world: World) -> None:
    text = text_of_nobody(world, "poorly today")
    with read_door() as db:
        elsewhere = (world.other_organisation, world.other_school)
        assert texts_inbox(db, *elsewhere, sees_danger=True) == []
        assert find_text_in(db, *elsewhere, text, sees_danger=True) is None


def test_words_of_danger_say_only_that_they_came(
    missing: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        lead = add_staff(tx, world.organisation, world.hill, "Ngozi", "Okafor", "Pastoral lead", "pastoral_lead")
    receive_text(provider="demo", provider_id="d", sender="+447700900002", words="his uncle hit Tom")
    shown = page(as_staff(lead).get("/staff/hill/inbox"))
    assert "For the safeguarding lead" in shown.text
    assert "hit" not in shown.text
    assert "Bob" not in shown.text
    text = ""
    with read_door() as door:
        text = str(door.scalar(select(InboundMessage.public_id)))
    assert as_staff(lead).post(f"/staff/hill/inbox/{text}/settle").status_code in (400, 404)


def test_the_inbox_asks_no_more_for_many(missing: HillMorning, as_staff: Enter, world: World, db: Database) -> None:
    client = as_staff(world.officer)
    client.get(BOARD)
    found = []
    for number in range(2):
        for part in range(1 + 6 * number):
            receive_text(provider="demo", provider_id=f"{number}-{part}", sender="+447700900002", words=f"hm {part}")
        with counted_statements(db) as seen:
            client.get("/staff/hill/inbox?text=x&q=tom")
        found.append(len(asked(seen)))
    assert found[0] == found[1] <= 12


def handled() -> list[str]:
    with read_door() as db:
        found = db.scalars(select(TrailEntry.actor_name).where(TrailEntry.action == HANDLED_DANGER))
        return list(found)


def test_words_of_danger_are_dealt_with_once(missing: HillMorning, as_staff: Enter, world: World) -> None:
    receive_text(provider="demo", provider_id="d", sender="+447700900002", words="his uncle hit Tom")
    with read_door() as db:
        text = str(db.scalar(select(InboundMessage.public_id)))
    officer, lead = as_staff(world.officer), as_staff(world.dsl)
    address = f"/staff/hill/inbox/{text}/danger"
    first, second, other = (page(client.get("/staff/hill/inbox")) for client in (officer, officer, lead))
    missing.clock("09:20")
    assert officer.post(address, data={**first.fields(address), "words": "Rang 101"}).status_code == 303
    # A double tap is the same deed; another tab, and another person, are told who was first.
    assert officer.post(address, data={**first.fields(address), "words": "Rang 101"}).status_code == 303
    for client, fields in ((officer, second.fields(address)), (lead, other.fields(address))):
        refused = client.post(address, data={**fields, "words": "Rang the social worker"})
        assert refused.status_code == 409
        said = page(refused).text
        assert "Saira Khan, Tue 16 June 09:20. Not kept, add it as a note on the child’s page" in said
        assert "“Rang the social worker”" in said
    assert handled() == ["Saira Khan"]
    assert "Danger dealt with by Saira Khan, Tue 16 June 09:20" in page(officer.get("/staff/hill/inbox")).text


def test_words_of_danger_about_nobody_known_say_that_they_are_dealt_with(
    missing: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        lead = add_staff(tx, world.organisation, world.hill, "Ngozi", "Okafor", "Pastoral lead", "pastoral_lead")
    text = text_of_nobody(world, "he hits her every night")
    client = as_staff(world.dsl)
    address = f"/staff/hill/inbox/{text}/settle"
    fields = page(client.get("/staff/hill/inbox")).fields(address)
    missing.clock("09:20")
    assert client.post(address, data=fields).status_code == 303
    found = page(client.get("/staff/hill/inbox"))
    assert "No text is waiting." in found.text
    assert "child not known: he hits her every night" in found.text
    with read_door() as door:
        name = door.scalar(select(InboundMessage.settled_by))
    assert f"Dealt with by {name}, Tue 16 June 09:20" in found.text
    assert not [form for form in found.all(".//form") if form.get("action") == address]
    again = client.post(address, data=fields)
    assert again.status_code == 409
    assert f"Dealt with by {name}, Tue 16 June 09:20. Nothing was changed." in page(again).text
    assert "every night" not in page(as_staff(lead).get("/staff/hill/inbox")).text


def test_staff_say_that_a_text_is_about_another_child(missing: HillMorning, as_staff: Enter, world: World) -> None:
    receive_text(provider="demo", provider_id="x1", sender="+447700900001", words="Tom is ill")
    client = as_staff(world.officer)
    with read_door() as db:
        text = str(db.scalar(select(InboundMessage.public_id)))
    report = f"/staff/hill/inbox/{text}/report"
    stale = page(client.get("/staff/hill/inbox")).fields(report)
    found = page(client.get(f"/staff/hill/inbox?text={text}&q=noor"))
    assert "about Tom Ahmed" in found.text
    address = f"/staff/hill/inbox/{text}/child"
    fields = {**found.fields(address), "pupil": public_id(world.noor)}
    assert client.post(address, data=fields).status_code == 303
    # Whoever still sees Tom on an older page makes no report of it.
    refused = client.post(report, data={**stale, "reason": "ill"})
    assert (refused.status_code, "about another child" in page(refused).text) == (409, True)
    assert case().state == "open"
    now = page(client.get("/staff/hill/inbox")).fields(report)
    assert client.post(report, data={**now, "reason": "ill"}).status_code == 303
    with read_door() as db:
        assert db.scalars(select(AbsenceReport.enrolment_id)).all() == [world.noor_enrolment]


def test_a_sibling_named_is_never_taken_for_the_child_who_is_looked_for(
    missing: HillMorning, as_staff: Enter, world: World
) -> None:
    with unit_of_work() as tx:
        link(tx, world.organisation, world.noor, world.alice, "aunt", 2, **FULL_RIGHTS)
    receive_text(provider="demo", provider_id="x1", sender="+447700900001", words="Noor is ill today")
    client = as_staff(world.officer)
    shown = page(client.get("/staff/hill/inbox"))
    assert "about Noor" in shown.text
    with read_door() as db:
        text = str(db.scalar(select(InboundMessage.public_id)))
    report = f"/staff/hill/inbox/{text}/report"
    assert client.post(report, data={**shown.fields(report), "reason": "ill"}).status_code == 303
    with read_door() as db:
        assert db.scalars(select(AbsenceReport.enrolment_id)).all() == [world.noor_enrolment]
    assert case().state == "open"


def one_text() -> str:
    with read_door() as db:
        return str(db.scalar(select(InboundMessage.public_id)))


def name(client: FlaskClient, child: str) -> None:
    address = f"/staff/hill/inbox/{one_text()}/child"
    fields = page(client.get(f"/staff/hill/inbox?text={one_text()}&q=noor")).fields(address)
    assert client.post(address, data={**fields, "pupil": child}).status_code == 303


def clock_of(row: Any) -> tuple[Any, ...]:
    return row.state, row.next_step, row.next_due_at, row.next_contact_id, row.alarm, row.owner_role


@pytest.mark.parametrize("words", ["Tom is ill", "Tom is in school, I dropped him", "wrong number about Tom"])
def test_a_text_that_moves_to_another_child_leaves_the_first_case_as_it_was(
    missing: HillMorning, as_staff: Enter, world: World, words: str
) -> None:
    before = case()
    assert before.last_words == "Text to Alice 09:16"
    receive_text(provider="demo", provider_id="x1", sender="+447700900001", words=words)
    assert "by text" in case().last_words
    assert clock_of(case()) != clock_of(before)
    client = as_staff(world.officer)
    name(client, public_id(world.noor))
    after = case()
    assert clock_of(after) == clock_of(before)
    assert after.last_words == "The text was about another child"
    assert "by text" not in page(client.get(BOARD)).text
    assert tuple(kind for kind, _ in reversed(events()) if kind in ("moved", "reply"))[:2] == ("moved", "reply")
    with read_door() as db:
        deed = select(TrailEntry.actor_name, TrailEntry.subject_id).where(TrailEntry.action == "moved_text")
        assert [tuple(row) for row in db.execute(deed)] == [("Saira Khan", before.id)]
    assert "Text moved to another child" in page(client.get(f"/staff/hill/pupils/{public_id(world.tom)}")).text


def test_what_the_family_said_besides_stays(missing: HillMorning, as_staff: Enter, world: World) -> None:
    receive_text(provider="demo", provider_id="x0", sender="+447700900002", words="Tom is in school")
    receive_text(provider="demo", provider_id="x1", sender="+447700900001", words="Tom is in school too")
    with unit_of_work() as tx:
        first = InboundMessage.provider_id == "x0"
        tx.execute(update(InboundMessage).where(first).values(state="settled", public_id="settled-before"))
        tx.execute(update(InboundMessage).where(~first).values(public_id="a"))
    with read_door() as db:
        moved = str(db.scalar(select(InboundMessage.public_id).where(InboundMessage.state == "new")))
    client = as_staff(world.officer)
    address = f"/staff/hill/inbox/{moved}/child"
    fields = page(client.get(f"/staff/hill/inbox?text={moved}&q=noor")).fields(address)
    assert client.post(address, data={**fields, "pupil": public_id(world.noor)}).status_code == 303
    assert case().alarm, "Bob thought so too"


def test_the_second_text_goes_after_all_where_nobody_has_answered(
    missing: HillMorning, as_staff: Enter, world: World
) -> None:
    work.run_due({"delivery"})
    receive_text(provider="demo", provider_id="x1", sender="+447700900001", words="Tom is ill")
    hill = missing
    hill.clock("09:50")
    work.run_due({"first_day_again"})
    with read_door() as db:
        asked_before = db.scalar(select(func.count()).where(Message.name == "missing_child_again"))
    name(as_staff(world.officer), public_id(world.noor))
    with read_door() as db:
        asked_after = db.scalar(select(func.count()).where(Message.name == "missing_child_again"))
    assert (asked_before, asked_after) == (0, 1)
