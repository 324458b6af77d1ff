"""The pages of the trail: searched, by pupil, as a file, and what each parent was shown drawn again."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from tests.blueprints.staff.conftest import HillMorning, public_id
from tests.factories import World, add_staff
from tests.pages import Enter, Page, counted_statements, page
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed, TrailEntry, write
from webapp.insight.models import ShownPage
from webapp.insight.services.noting import forget_noted, write_noted
from webapp.people.models import Contact, StaffRole
from webapp.people.services.stops import Protector
from webapp.people.services.withholding import Entry, withhold
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

SAIRA = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")


@pytest.fixture
def administrator(world: World, app: object) -> int:
    with unit_of_work() as tx:
        return add_staff(tx, world.organisation, world.hill, "Adil", "Farooq", "Administrator", "administrator")


@pytest.fixture
def done(hill: HillMorning, world: World) -> None:
    """A morning with every reach of deed in it."""
    hill.clock("08:52")
    hill.report(world.noor, world.charlie)
    hill.clock("09:05")
    hill.register(tom="N", noor="N")
    change = MarkChange(world.noor_enrolment, date(2026, 6, 16), 0, "I")
    write_marks(MarkBatch(world.organisation, world.hill, (change,), SAIRA, "Mother rang", MarkSource.STAFF))
    by = Protector(world.organisation, world.hill, Actor(ActorKind.STAFF, world.dsl, "Dina Bell", "DSL"))
    withhold(by, Entry("mark", world.tom, world.tom_enrolment, date(2026, 6, 15), 0), world.bob, "2026-07-01", "Police")
    with unit_of_work() as tx:
        write(tx, world.organisation, SAIRA, Deed("changed_setting", "school_setting", 1, world.hill, None,
                                                  {"key": "messages.quiet_from", "before": "20:00", "value": "21:00"}))


def of(client: FlaskClient, **query: str) -> Page:
    return page(client.get("/staff/hill/trail", query_string=query))


@pytest.mark.usefixtures("done")
def test_a_dsl_reads_everything(as_staff: Enter, world: World) -> None:
    found = of(as_staff(world.dsl)).text
    for words in ("changed a mark", "kept an entry from a contact", "changed a setting", "Tom Ahmed", "Noor Shah",
                  "told school that a child is away", "Charlie Shah", "messages.quiet_from: 20:00 to 21:00"):
        assert words in found, words
    assert "Police" not in found, "a reason stands in its row, never in the trail"


@pytest.mark.usefixtures("done")
def test_a_head_reads_no_withheld_entry(as_staff: Enter, world: World) -> None:
    found = of(as_staff(world.head))
    assert "changed a mark" in found.text
    assert "kept an entry" not in found.text
    assert "opened a task" not in found.text
    assert "withheld_entry" not in [option.get("value") for option in found.all(".//option")]


@pytest.mark.usefixtures("done")
def test_an_administrator_reads_of_no_child(as_staff: Enter, world: World, administrator: int) -> None:
    client = as_staff(administrator)
    found = of(client)
    assert "worked on a pupil’s record" in found.text
    assert "changed a setting" in found.text
    for words in ("Tom", "Noor", "Ahmed", "Shah", "Charlie", "changed a mark", "away", "kept an entry"):
        assert words not in found.text.partition("Entries, newest first")[2], words
    assert not found.all(".//*[@id='pupil']"), "no field for a pupil"
    for query in ({"pupil": "Tom"}, {"deed": "changed_mark"}, {"who": "Charlie"}, {"deed": "withheld_entry"}):
        rows = of(client, **query).text.partition("Entries, newest first")[2]
        assert "Tom" not in rows
        assert "Charlie" not in rows
    assert "Nothing in the trail fits" in of(client, pupil="Tom").text
    assert "Nothing in the trail fits" in of(client, who="Charlie").text
    written = client.get("/staff/hill/trail.csv").text
    for words in ("Tom", "Noor", "Charlie", "changed a mark", "kept an entry"):
        assert words not in written, words
    tom = public_id(world.tom)
    for path in (f"pupils/{tom}/trail", f"pupils/{tom}/told", f"pupils/{tom}/told/con-1-Alice"):
        assert client.get(f"/staff/hill/{path}").status_code == 403


@pytest.mark.usefixtures("done")
def test_the_filters(as_staff: Enter, world: World) -> None:
    client = as_staff(world.dsl)
    rows = of(client, pupil="noor").text.partition("Entries, newest first")[2]
    assert "Noor Shah" in rows
    assert "Tom Ahmed" not in rows
    rows = of(client, who="charlie", deed="reported_absence").text.partition("Entries, newest first")[2]
    assert "told school that a child is away" in rows
    assert "Saira" not in rows
    assert "Nothing in the trail fits" in of(client, since="2027-01-01").text
    kept = of(client, since="16 June", until="2026-06-01", who="Ahm")
    assert "Enter a day, like 2026-06-16." in kept.text
    assert kept.fields()["since"] == "16 June"
    assert kept.fields()["who"] == "Ahm"
    assert "comes before the first" in of(client, since="2026-06-16", until="2026-06-15").text
    assert client.get("/staff/hill/trail?since=soon", headers={"Accept": "text/html"}).status_code == 200
    assert client.get("/staff/hill/trail.csv?since=soon").status_code == 400
    assert client.get("/staff/hill/trail?after=nonsense").status_code == 200


def test_to_look_is_in_the_trail(as_staff: Enter, world: World) -> None:
    client = as_staff(world.dsl)
    of(client, pupil="Tom", deed="changed_mark")
    client.get("/staff/hill/trail.csv")
    with read_door() as db:
        looks = db.execute(
            select(TrailEntry.action, TrailEntry.pupil_id, TrailEntry.detail)
            .where(TrailEntry.action.in_(("searched_trail", "exported_trail"))).order_by(TrailEntry.id)
        ).all()  # fmt: skip
    assert [tuple(look) for look in looks] == [
        ("searched_trail", world.tom, {"pupils": [world.tom], "deed": "changed_mark"}), ("exported_trail", None, {}),
    ]  # fmt: skip
    assert "looked at the trail" in of(client).text


@pytest.mark.usefixtures("done")
def test_the_file_is_what_the_page_says(as_staff: Enter, world: World) -> None:
    with unit_of_work() as tx:
        rogue = Actor(ActorKind.STAFF, world.officer, "=cmd|'/c calc'!A1")
        write(tx, world.organisation, rogue, Deed("changed_mark", "mark", 1, world.hill, world.tom))
    answer = as_staff(world.dsl).get("/staff/hill/trail.csv?pupil=Tom")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["When", "Who", "What", "About whom", "More", "School"]
    assert {row[3] for row in rows[1:]} == {"Tom Ahmed"}
    assert any(row[1].startswith("'=cmd") for row in rows[1:])


def test_pages_go_by_key_and_cost_the_same(as_staff: Enter, world: World, db: Database) -> None:
    def fill(count: int) -> None:
        with unit_of_work() as tx:
            write(tx, world.organisation, SAIRA, *(
                Deed("changed_mark", "mark", number, world.hill, world.tom) for number in range(count)
            ))  # fmt: skip

    client = as_staff(world.dsl)
    fill(5)
    of(client)
    with counted_statements(db) as few:
        of(client)
    fill(200)
    with counted_statements(db) as many:
        first = of(client)
    assert len(many) == len(few) <= 14, many
    second = page(client.get(first.links()["Older"]))
    assert "Newest" in second.links()
    assert second.text.count("changed a mark") >= 50


@pytest.mark.parametrize("path", ["", "/trail", "/told", "/told/con-1-Alice"])
def test_another_schools_pupil_is_not_there(as_staff: Enter, world: World, path: str) -> None:
    for pupil in (world.ella, world.other_pupil):
        assert as_staff(world.dsl).get(f"/staff/hill/pupils/{public_id(pupil)}{path}").status_code == 404


def test_who_reads_one_school_does_not_read_the_organisation(as_staff: Enter, world: World) -> None:
    client = as_staff(world.dsl)
    assert client.get("/staff/hill/trail?of=organisation").status_code == 403
    assert "The whole organisation" not in of(client).links()
    with unit_of_work() as tx:
        row = {"organisation_id": world.organisation, "staff_id": world.dsl, "starts_on": date(2025, 9, 1)}
        tx.execute(StaffRole.__table__.insert().values(**row, school_id=world.vale, role="head"))
        deeds = [Deed("withheld_entry", "withheld_entry", 1, school, pupil)
                 for school, pupil in ((world.hill, world.tom), (world.vale, world.ella))]  # fmt: skip
        write(tx, world.organisation, SAIRA, *deeds, Deed("changed_mark", "mark", 1, world.vale, world.ella))
    found = of(client, of="organisation").text.partition("Entries, newest first")[2]
    assert "Vale Academy" in found
    assert found.count("kept an entry from a contact") == 1, "of the school where she is the safeguarding lead"


def test_a_pupils_page_leads_to_who_saw_it(as_staff: Enter, world: World) -> None:
    tom = public_id(world.tom)
    officer, head, dsl = as_staff(world.officer), as_staff(world.head), as_staff(world.dsl)
    assert "Who did and saw what" not in page(officer.get(f"/staff/hill/pupils/{tom}")).links()
    assert officer.get(f"/staff/hill/pupils/{tom}/trail").status_code == 403
    officer.get(f"/staff/hill/pupils/{tom}/orders")
    write_noted(at_once=True)
    assert "Who did and saw what" in page(head.get(f"/staff/hill/pupils/{tom}")).links()
    of_head = page(head.get(f"/staff/hill/pupils/{tom}/trail")).text
    assert "Saira Khan, Attendance officerlooked at the pupil’s pageTom Ahmed" in of_head
    assert "court orders" not in of_head
    assert "looked at the court orders" in page(dsl.get(f"/staff/hill/pupils/{tom}/trail")).text


# What each parent was shown.


def look(client: FlaskClient, path: str) -> Page:
    found = page(client.get(path))
    write_noted(at_once=True)
    forget_noted()
    return found


def rows() -> int:
    with read_door() as db:
        return int(db.scalar(select(func.count()).select_from(ShownPage)) or 0)


def test_a_row_only_when_the_page_says_something_else(
    as_parent: Enter, world: World, hill: HillMorning, at: time_machine.Traveller
) -> None:
    hill.clock("09:20")
    alice = as_parent(world.alice)
    look(alice, "/home")
    assert rows() == 2, "one a child"
    look(alice, "/home")
    assert rows() == 2
    hill.register(tom="/")
    look(alice, "/home")
    assert rows() == 3
    at.shift(timedelta(days=1))
    look(alice, "/home")
    assert rows() == 5
    with read_door() as db:
        entries = db.scalars(select(TrailEntry.detail).where(TrailEntry.action == "was_shown")).all()
        digests = db.scalars(select(ShownPage.digest)).all()
    assert sorted(each["digest"] for each in entries) == sorted(digests)


def test_what_alice_was_shown_is_drawn_again_as_it_was(
    as_parent: Enter, as_staff: Enter, world: World, hill: HillMorning
) -> None:
    alice, tom = as_parent(world.alice), public_id(world.tom)
    look(alice, "/home")
    hill.clock("09:20")
    hill.register(tom="N")
    hill.run()
    look(alice, "/home")
    hill.clock("09:40")
    dsl = as_staff(world.dsl)
    listed = page(dsl.get(f"/staff/hill/pupils/{tom}/told?contact=con-1-Alice"))
    assert listed.h1 == "What Alice Ahmed was shown about Tom Ahmed"
    assert listed.text.count("Was shown Today") == 2
    assert "Hill Primary: Tom was not in class" in listed.text or "Message" in listed.text
    before = page(dsl.get(f"/staff/hill/pupils/{tom}/told/con-1-Alice?at=2026-06-16T07:45"))
    after = page(dsl.get(f"/staff/hill/pupils/{tom}/told/con-1-Alice?at=2026-06-16T09:30"))
    assert "The sealed trail proves these words." in before.text
    assert "I thought Tom was in school" not in before.text
    assert "I thought Tom was in school" in after.text
    assert "Nothing was kept" in page(dsl.get(f"/staff/hill/pupils/{tom}/told/con-1-Alice?at=2026-06-15T09:30")).text
    wrong = page(dsl.get(f"/staff/hill/pupils/{tom}/told/con-1-Alice?at=yesterday"))
    assert "Enter a day and a time" in wrong.text
    assert "Ella" not in after.text, "her sister is another page"


def test_what_is_for_the_safeguarding_leads_is_for_them_alone(as_staff: Enter, world: World) -> None:
    alice, tom = Actor(ActorKind.CONTACT, world.alice, "Alice Ahmed"), public_id(world.tom)
    with unit_of_work() as tx:
        for action in ("raised_alarm", "reported_absence"):
            write(tx, world.organisation, alice, Deed(action, "first_day_case", 1, world.hill, world.tom))
    texts = [page(as_staff(each).get(f"/staff/hill/pupils/{tom}/told?contact=con-1-Alice")).text
             for each in (world.dsl, world.head)]  # fmt: skip
    assert ["Raised an alarm" in text for text in texts] == [True, False]
    assert ["Told school that a child is away" in text for text in texts] == [True, True]


def test_bob_was_shown_something_else(as_parent: Enter, as_staff: Enter, world: World, done: None) -> None:
    """Tom's mark of Monday is withheld from Bob: what is drawn of his pages has it neither."""
    marks = MarkChange(world.tom_enrolment, date(2026, 6, 15), 0, "I")
    write_marks(MarkBatch(world.organisation, world.hill, (marks,), SAIRA, "Ill", MarkSource.STAFF))
    tom, dsl = public_id(world.tom), as_staff(world.dsl)
    for contact in (world.alice, world.bob):
        look(as_parent(contact), f"/children/{tom}/year")
    shown = {
        name: page(dsl.get(f"/staff/hill/pupils/{tom}/told/con-1-{name}")).text for name in ("Alice", "Bob")
    }  # fmt: skip
    assert "Mon 15 June 2026: Ill" in shown["Alice"]
    assert "Mon 15 June 2026: Does not count" in shown["Bob"]
    assert "Ill" not in shown["Bob"]


def test_words_that_were_changed_afterwards_are_named(
    as_parent: Enter, as_staff: Enter, world: World
) -> None:
    tom, dsl = public_id(world.tom), as_staff(world.dsl)
    look(as_parent(world.alice), f"/children/{tom}")
    address = f"/staff/hill/pupils/{tom}/told/con-1-Alice"
    assert "The sealed trail proves" in page(dsl.get(address)).text
    with unit_of_work() as tx:
        tx.execute(update(ShownPage).values(facts={"lines": ["In school all day"]}))
    assert "are not what the sealed trail says was shown" in page(dsl.get(address)).text
    with unit_of_work() as tx:
        tx.execute(delete(TrailEntry).where(TrailEntry.action == "was_shown"))
    assert "are not what the sealed trail says was shown" in page(dsl.get(address)).text


def test_a_strangers_parent_is_not_there(as_staff: Enter, world: World) -> None:
    dsl, tom = as_staff(world.dsl), public_id(world.tom)
    for adult in ("con-1-Charlie", "con-2-Mo", "nobody"):
        assert dsl.get(f"/staff/hill/pupils/{tom}/told/{adult}").status_code == 404
        assert dsl.get(f"/staff/hill/pupils/{tom}/told?contact={adult}").status_code == 404


def test_to_read_what_was_shown_is_in_the_trail(as_staff: Enter, world: World) -> None:
    dsl, tom = as_staff(world.dsl), public_id(world.tom)
    dsl.get(f"/staff/hill/pupils/{tom}/told?contact=con-1-Alice")
    dsl.get(f"/staff/hill/pupils/{tom}/told/con-1-Alice?at=2026-06-16T07:30")
    with read_door() as db:
        kept: list[Any] = list(db.scalars(
            select(TrailEntry.detail).where(TrailEntry.action == "read_what_was_shown").order_by(TrailEntry.id)
        ))  # fmt: skip
    assert [each["contact"] for each in kept] == [world.alice, world.alice]
    assert datetime.fromisoformat(kept[1]["when"]).minute == 30


def test_the_link_behind_a_text_is_kept(app: Any, world: World, hill: HillMorning, db: Database) -> None:
    hill.clock("09:20")
    hill.register(tom="N")
    hill.run()
    from notifications.models import Delivery

    with db.reading() as connection:
        body = connection.scalars(select(Delivery.body).where(Delivery.channel == "sms").order_by(Delivery.id)).first()
        alice = connection.scalar(select(Contact.id).where(Contact.id == world.alice))
    assert body is not None
    look(app.test_client(), "/t/" + body.split("/t/")[1].split()[0].rstrip("."))
    with db.reading() as connection:
        (row,) = connection.execute(select(ShownPage.contact_id, ShownPage.pupil_id, ShownPage.page, ShownPage.facts))
    assert (row.contact_id, row.pupil_id, row.page) == (alice, world.tom, "link")
    assert row.facts["lines"][0] == "Where is Tom this morning?"
