"""Three taps: Today, a reason, sent; and the receipt over time."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.factories import World
from tests.pages import Enter, counted_statements, page
from webapp.absence.models import AbsenceReport
from webapp.foundation.db import Database, read_door
from webapp.people.models import Pupil


def public_id(pupil_id: int) -> str:
    with read_door() as db:
        return str(db.scalar(select(Pupil.public_id).where(Pupil.id == pupil_id)))


def but_the_clock(statements: list[str]) -> list[str]:
    """Without the demo's own question, four times a second at most, where its school time stands."""
    return [statement for statement in statements if "school_clock" not in statement]


def reports() -> list[AbsenceReport]:
    with read_door() as db:
        return list(db.execute(select(AbsenceReport.__table__).order_by(AbsenceReport.id)))


def send_quick(client, child: str, **fields):
    address = f"/children/{child}/away-today"
    form = page(client.get(address)).fields(address)
    return client.post(address, data={**form, **fields})


def test_today_shows_each_child_before_the_register(as_parent: Enter, world: World):
    today = page(as_parent(world.alice).get("/home"))
    assert today.title == "Today"
    assert "Tuesday 16 June, 7:40am" in today.text
    assert "Starts 8:45am" in today.text
    assert "Ella is not coming in" in today.links()
    assert "Nothing is waiting for you." in today.text


def test_a_report_takes_a_reason_and_shows_its_receipt(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    answer = send_quick(alice, public_id(world.ella), reason="ill", symptoms=["sick"])
    assert answer.status_code == 303
    receipt = page(alice.get(answer.location))
    assert receipt.h1 == "Sent to school at 7:40am"
    assert "Vale Academy has it: Ella is away today." in receipt.text
    assert "Not read yetThe office opens at 8am." in receipt.text.replace("yet The", "yetThe")
    assert "Keep Ella at home until 2 days after the last time." in receipt.text
    assert "Ill or unwell: sick or diarrhoea" in receipt.text
    home = page(alice.get("/home"))
    assert "You told school about Ella at 7:40am." in home.text
    assert "See or change this" in home.links()


def test_two_children_are_reported_with_one_form(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    answer = send_quick(alice, public_id(world.ella), reason="ill", also=[public_id(world.tom)])
    receipt = page(alice.get(answer.location))
    assert "Vale Academy has it: Ella is away today. Hill Primary has it: Tom is away today." in receipt.text
    assert len(reports()) == 2


def test_no_reason_is_an_error_that_keeps_what_was_typed(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    answer = send_quick(alice, public_id(world.ella), words="She was up\x00 all night 🤒 مرحبا")
    form = page(answer)
    assert answer.status_code == 422
    assert form.title == "Error: Why is Ella away today?"
    assert form.links()["Choose why Ella is away"] == "#reason"
    assert "🤒 مرحبا" in form.fields()["words"]
    assert reports() == []


def test_the_same_form_twice_is_one_report(as_parent: Enter, world: World):
    alice, address = as_parent(world.alice), f"/children/{public_id(world.ella)}/away-today"
    form = {**page(alice.get(address)).fields(address), "reason": "ill"}
    first, second = alice.post(address, data=form), alice.post(address, data=form)
    assert first.location == second.location
    assert len(reports()) == 1
    other = alice.post(address, data={**form, "reason": "appointment"})
    assert other.status_code == 409
    assert page(other).h1 == "This form was sent before"


def test_a_second_report_adds_its_words_to_the_first(as_parent: Enter, world: World):
    alice, ella = as_parent(world.alice), public_id(world.ella)
    send_quick(alice, ella, reason="ill")
    again = page(alice.get(f"/children/{ella}/away-today"))
    assert "You told school about Ella at 7:40am." in again.text
    receipt = page(alice.get(send_quick(alice, ella, reason="ill", words="Now a fever too").location))
    assert "Now a fever too" in receipt.text
    assert len(reports()) == 1


def test_the_other_parent_learns_only_that_school_knows(as_parent: Enter, world: World):
    sent = send_quick(as_parent(world.alice), public_id(world.tom), reason="anxious", words="He cried")
    bob = as_parent(world.bob)
    form = page(bob.get(f"/children/{public_id(world.tom)}/away-today"))
    assert "School already knows Tom is away today. You can still tell school something." in form.text
    assert "He cried" not in form.text
    assert "He cried" not in page(bob.get("/home")).text
    assert bob.get(sent.location).status_code == 404


def test_another_familys_child_and_another_schools_are_not_there(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    for stranger in (world.noor, world.other_pupil):
        assert alice.get(f"/children/{public_id(stranger)}/away-today").status_code == 404
        assert alice.get(f"/children/{public_id(stranger)}/year").status_code == 404
    answer = send_quick(alice, public_id(world.tom), reason="ill", also=[public_id(world.noor)])
    assert answer.status_code == 404
    assert reports() == []


def test_after_the_register_closed_the_door_stays_open(as_parent: Enter, world: World, at):
    at.move_to("2026-06-16T08:40:00+00:00")
    alice, ella = as_parent(world.alice), public_id(world.ella)
    form = page(alice.get(f"/children/{ella}/away-today"))
    assert "The register closed at 9:15am. You can still tell school here." in form.text
    receipt = page(alice.get(send_quick(alice, ella, reason="ill").location))
    assert "School got this after the register closed." in receipt.text


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("2026-06-20T08:00:00+00:00", "No school today. Back on Monday 22 June."),
        ("2026-06-26T08:00:00+00:00", "No school today. Back on Monday 29 June."),
        ("2026-05-27T08:00:00+00:00", "No school today. Back on Monday 1 June."),
        ("2026-06-16T15:00:00+00:00", "School is over for today."),
        ("2026-06-16T08:30:00+00:00", "Not marked yet"),
    ],
)
def test_each_kind_of_day_has_its_own_today(as_parent: Enter, world: World, at, moment: str, says: str):
    at.move_to(moment)
    assert says in page(as_parent(world.alice).get("/home")).text


def test_home_and_quick_report_ask_little(as_parent: Enter, world: World, db: Database):
    alice, ella = as_parent(world.alice), public_id(world.ella)
    for address in ("/home", f"/children/{ella}/away-today"):
        alice.get(address)
        with counted_statements(db) as seen:
            assert alice.get(address).status_code == 200
        assert len(but_the_clock(seen)) <= 5, seen


def test_a_report_is_changed_until_school_has_dealt_with_it(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    receipt = send_quick(alice, public_id(world.ella), reason="ill").location.split("?")[0]
    form = page(alice.get(f"{receipt}/change")).fields(f"{receipt}/change")
    answer = alice.post(f"{receipt}/change", data={**form, "reason": "appointment", "words": "At the dentist"})
    assert answer.status_code == 303, answer.text
    told = page(alice.get(answer.location))
    assert told.h1 == "Changed at 7:40am"
    assert "School has what you changed at 7:40am. Doctor, dentist or hospital. Today, all day." in told.text
    assert "Changed7:40am" in told.text
    stale = alice.post(f"{receipt}/change", data={**form, "words": "Something else"})
    both = page(stale)
    assert stale.status_code == 409
    assert both.h1 == "This changed while you were writing"
    assert "At the dentist" in both.text and "Something else" in both.text
    mine = alice.post(f"{receipt}/change", data=both.fields(f"{receipt}/change"))
    assert "Something else" in page(alice.get(mine.location)).text


def test_coming_in_asks_when(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    receipt = send_quick(alice, public_id(world.ella), reason="ill").location.split("?")[0]
    address = f"{receipt}/coming-in"
    form = page(alice.get(address)).fields(address)
    refused = alice.post(address, data=form)
    assert refused.status_code == 422
    assert "Enter the time Ella will be at school" in page(refused).text
    answer = alice.post(address, data={**form, "expected_other": "10.30"})
    assert "School expects Ella at 10:30am." in page(alice.get(answer.location)).text
    assert "School expects Ella at 10:30am" in page(alice.get("/home")).text


def test_back_when_lengthens_the_report(as_parent: Enter, world: World):
    alice = as_parent(world.alice)
    receipt = send_quick(alice, public_id(world.ella), reason="ill").location.split("?")[0]
    shown = page(alice.get(receipt))
    for words in ("Tomorrow", "Thursday", "Friday", "Not sure"):
        assert words in shown.text
    fields = shown.fields(f"{receipt}/back")
    alice.post(f"{receipt}/back", data={**fields, "back_on": "2026-06-18"})
    assert "Tuesday 16 to Wednesday 17 June, all day" in page(alice.get(receipt)).text
    assert reports()[0].back_on.isoformat() == "2026-06-18"


def test_a_late_child_can_be_changed_to_away_and_keeps_the_reason(as_parent: Enter, world: World):
    alice, tom = as_parent(world.alice), public_id(world.tom)
    way = f"/children/{tom}/on-the-way"
    form = page(alice.get(way)).fields(way)
    receipt = alice.post(way, data={**form, "arrives_at_other": "10am"}).location.split("?")[0]
    change = page(alice.get(f"{receipt}/change")).fields(f"{receipt}/change")
    assert (change["kind"], change["reason"], change["arrives_at"]) == ("late", "running_late", "10am")
    refused = page(alice.post(f"{receipt}/change", data={**change, "kind": "all_day"}))
    assert refused.links()["Choose why Tom is away"] == "#reason"
    answer = alice.post(f"{receipt}/change", data={**change, "kind": "all_day", "reason": "transport"})
    assert "Today, all day" in page(alice.get(answer.location)).text
