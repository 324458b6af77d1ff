"""Reception: coming and going, the red stop, and the list for a fire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.blueprints.staff.conftest import HillMorning, public_id
from tests.factories import TODAY, World, add_contact, add_staff, link
from tests.pages import Enter, page
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import CourtOrder
from webapp.record.models import Mark, Sighting

DESK = "/staff/hill/reception"


def sightings() -> list[Any]:
    with read_door() as db:
        columns = (Sighting.kind, Sighting.minutes_late, Sighting.collected_by_name, Sighting.struck_at)
        return list(db.execute(select(*columns).order_by(Sighting.id)))


def do(client: Any, world: World, deed: str, **fields: object) -> Any:
    address = f"{DESK}/{public_id(world.tom)}"
    shown = page(client.get(address))
    offered = any(form.get("action") == f"{address}/{deed}" for form in shown.all(".//form"))
    held = shown.fields(f"{address}/{deed}" if offered else f"{address}/in")
    return client.post(f"{address}/{deed}", data={**held, **fields})


def test_late_is_suggested_by_the_clock(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("09:00")
    client = as_staff(world.officer)
    address = f"{DESK}/{public_id(world.tom)}"
    held = page(client.get(address)).fields(f"{address}/in")
    assert (held["code"], held["minutes"]) == ("L", "15")
    hill.clock("09:30")
    client = as_staff(world.officer)
    held = page(client.get(address)).fields(f"{address}/in")
    assert (held["code"], held["minutes"]) == ("U", "45")
    assert do(client, world, "in", reason="Bus was late").status_code == 303
    with read_door() as db:
        row = db.execute(select(Mark.code, Mark.minutes_late).where(Mark.enrolment_id == world.tom_enrolment)).one()
    assert tuple(row) == ("U", 45)
    assert "Came in, 45 min late" in page(client.get(DESK)).text


def test_a_child_who_is_marked_in_is_not_suggested_as_late(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("08:50")
    hill.register(tom="/")
    hill.clock("09:00")
    address = f"{DESK}/{public_id(world.tom)}"
    held = page(as_staff(world.officer).get(address)).fields(f"{address}/in")
    assert (held["code"], held["minutes"]) == ("", "")


def test_the_form_says_what_is_needed_when(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("10:00")
    client = as_staff(world.officer)
    shown = page(client.get(f"{DESK}/{public_id(world.tom)}")).text
    assert "Name, if it is somebody else (you need not write)" not in shown
    refused = do(client, world, "out", who="gone", reason="")
    words = "Write what was seen: when, where and with whom the pupil went."
    assert (refused.status_code, page(refused).links()[words]) == (422, "#why")
    assert 'id="why-error"' in refused.text
    assert "Nobody has been signed in or out here today." in page(client.get(DESK)).text


@pytest.mark.parametrize("minutes", ["x", "-3", "5.5", "99999", "٣"])
def test_minutes_are_a_number(hill: HillMorning, as_staff: Enter, world: World, minutes: str) -> None:
    hill.clock("09:30")
    answer = do(as_staff(world.officer), world, "in", minutes=minutes)
    assert answer.status_code == 422
    assert "Enter the minutes late as a number" in page(answer).text
    assert sightings() == []


def test_who_may_collect_takes_the_child(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("10:00")
    client = as_staff(world.officer)
    assert do(client, world, "out", who=str(world.alice), reason="Dentist", back_by="11.30").status_code == 303
    assert [(row.kind, row.collected_by_name) for row in sightings()] == [("left", "Alice Ahmed")]
    assert "back by 11:30" in page(client.get(DESK)).text
    assert do(client, world, "back").status_code == 303
    assert sightings()[-1].kind == "returned"


def test_sent_home_ill(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("10:00")
    fields = {"who": str(world.alice), "reason": "Sick in class", "sent_home": "1"}
    assert do(as_staff(world.officer), world, "out", **fields).status_code == 303
    assert sightings()[-1].kind == "sent_home"


def test_somebody_else_is_a_red_stop(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("10:00")
    answer = do(as_staff(world.officer), world, "out", who="other", name="Uncle Jim", reason="Home")
    found = page(answer)
    assert answer.status_code == 403
    assert "Do not let Tom go. The designated safeguarding lead has been told." in found.text
    assert "Uncle Jim" in found.fields(f"{DESK}/{public_id(world.tom)}/out")["name"]
    assert sightings() == []


def test_a_contact_under_an_order_is_not_named_and_is_stopped(
    hill: HillMorning, as_staff: Enter, world: World, db: Database
) -> None:
    with unit_of_work() as tx:
        dan = add_contact(tx, world.organisation, "Dan", "Ahmed")
        link(tx, world.organisation, world.tom, dan, "father", 3, may_collect=True)
        tx.execute(
            insert(CourtOrder).values(
                organisation_id=world.organisation, id=900, pupil_id=world.tom, contact_id=dan, denies="collect",
                kind="prohibited steps", starts_on=TODAY - timedelta(days=30),
            )
        )  # fmt: skip
    hill.clock("10:00")
    client = as_staff(world.officer)
    assert "Dan" not in page(client.get(f"{DESK}/{public_id(world.tom)}")).text
    assert do(client, world, "out", who=str(dan), reason="Home").status_code == 403
    assert sightings() == []


def test_nobody_chosen_and_a_time_that_is_none(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("10:00")
    client = as_staff(world.officer)
    assert "Choose who takes the child" in page(do(client, world, "out", reason="Dentist")).text
    answer = do(client, world, "out", who=str(world.alice), back_by="soon", reason="Dentist")
    assert "Enter the time back like 11:30" in page(answer).text
    assert sightings() == []


def test_a_slip_is_struck_and_stays(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("10:00")
    client = as_staff(world.officer)
    do(client, world, "elsewhere", place="Medical room")
    found = page(client.get(DESK))
    assert "Medical room" in found.text
    assert client.post(f"{DESK}/strike", data=found.fields(f"{DESK}/strike")).status_code == 303
    assert sightings()[0].struck_at is not None
    assert "(a slip)" in page(client.get(DESK)).text


def test_roles_and_schools(hill: HillMorning, as_staff: Enter, world: World) -> None:
    address = f"{DESK}/{public_id(world.tom)}"
    assert as_staff(world.teacher).get(address).status_code == 403
    assert as_staff(world.vale_officer).get(address).status_code == 404
    assert as_staff(world.vale_officer).get(address.replace("hill", "vale")).status_code == 404


def test_who_is_on_site(hill: HillMorning, as_staff: Enter, world: World) -> None:
    found = page(as_staff(world.teacher).get("/staff/hill/on-site"))
    assert "2 not known" in found.text
    hill.clock("08:55")
    hill.register()
    found = page(as_staff(world.teacher).get("/staff/hill/on-site"))
    assert "1 in school" in found.text
    assert "☐ Noor Shah" in found.text
    assert as_staff(world.vale_officer).get("/staff/hill/on-site").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "X"}, "Reception sets L or U, no other code. Choose No mark, L or U."),
        ({"code": "/"}, "Reception sets L or U, no other code."),
        ({"code": "U", "minutes": "999"}, "At 09:30 nobody can be 999 minutes late. Enter 45 or fewer."),
        ({"code": "U", "minutes": "46"}, "Enter 45 or fewer."),
    ],
)
def test_a_mark_that_reception_cannot_set_keeps_what_was_typed(
    hill: HillMorning, as_staff: Enter, world: World, fields: dict[str, str], words: str
) -> None:
    hill.clock("09:30")
    answer = do(as_staff(world.officer), world, "in", **{"reason": "Bus was late", **fields})
    found = page(answer)
    assert answer.status_code == 422
    assert words in found.text
    assert found.fields(f"{DESK}/{public_id(world.tom)}/in")["reason"] == "Bus was late"
    assert sightings() == []


@pytest.mark.parametrize(("clock", "words"), [("12:30", "before the session has begun"), ("15:40", "School is over")])
def test_nobody_is_late_for_a_session_that_is_not_on(
    hill: HillMorning, as_staff: Enter, world: World, clock: str, words: str
) -> None:
    hill.clock(clock)
    answer = do(as_staff(world.officer), world, "in", code="L", minutes="0")
    assert answer.status_code == 422
    assert words in page(answer).text
    assert sightings() == []


@pytest.mark.parametrize("place", ["", "  ", "The moon", "x" * 100])
def test_a_place_that_is_none(hill: HillMorning, as_staff: Enter, world: World, place: str) -> None:
    hill.clock("10:00")
    answer = do(as_staff(world.officer), world, "elsewhere", place=place)
    assert answer.status_code == 422
    assert "Choose where in school the child is" in page(answer).text
    assert sightings() == []


@pytest.mark.parametrize("who", ["nobody", "-1", "999999", "²", "9" * 30, "other "])
def test_a_collector_whom_no_page_offers_alarms_nobody(
    hill: HillMorning, as_staff: Enter, world: World, who: str
) -> None:
    hill.clock("10:00")
    answer = do(as_staff(world.officer), world, "out", who=who, reason="Home")
    assert answer.status_code == 422
    assert "Choose who takes the" in page(answer).text
    with read_door() as db:
        assert "stopped_collection" not in db.scalars(select(TrailEntry.action)).all()
    # Somebody of whom school knows, and who may not collect this child, still does.
    assert do(as_staff(world.officer), world, "out", who=str(world.charlie), reason="Home").status_code == 403
    with read_door() as db:
        assert "stopped_collection" in db.scalars(select(TrailEntry.action)).all()


def test_nobody_comes_back_who_never_left(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("10:00")
    client = as_staff(world.officer)
    answer = do(client, world, "back")
    assert answer.status_code == 422
    refused = page(answer)
    assert "Tom has not left today. Use Arrived for a child who comes in" in refused.text
    links = {link.get("href") for link in refused.all(".//a")}
    assert "#code" in links and "#back" not in links
    do(client, world, "in")
    assert do(client, world, "back").status_code == 422
    do(client, world, "out", who=str(world.alice), reason="Dentist")
    assert [do(client, world, "back").status_code for _ in range(2)] == [303, 303]
    assert [row.kind for row in sightings()] == ["arrived", "left", "returned"]


def test_back_is_offered_of_a_child_who_has_left_and_of_no_other(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.clock("10:00")
    client = as_staff(world.officer)
    address = f"{DESK}/{public_id(world.tom)}"

    def seen() -> tuple[bool, bool]:
        found = page(client.get(address))
        offered = any(form.get("action") == f"{address}/back" for form in found.all(".//form"))
        return offered, "Left school" in found.text

    assert seen() == (False, False)
    do(client, world, "in")
    assert seen() == (False, False)
    do(client, world, "out", who=str(world.alice), reason="Dentist")
    assert seen() == (True, True)
    do(client, world, "back")
    assert seen() == (False, False)
    do(client, world, "out", who=str(world.alice), reason="Dentist")
    listed = page(client.get(DESK))
    newest = next(field.get("value") for field in listed.all(".//input") if field.get("name") == "sighting")
    client.post(f"{DESK}/strike", data={**listed.fields(f"{DESK}/strike"), "sighting": newest})
    assert seen() == (False, False), "that entry was a slip"


@pytest.mark.parametrize(("who", "words"), [("gone", "Write what was seen"), ("alone", "Write who agreed")])
def test_a_reason_that_is_missing_is_asked_for_beside_its_field(
    hill: HillMorning, as_staff: Enter, world: World, who: str, words: str
) -> None:
    hill.clock("10:00")
    found = page(do(as_staff(world.officer), world, "out", who=who, reason=" "))
    assert [link.get("href") for link in found.all(".//a") if words in "".join(link.itertext())] == ["#why"]
    assert sightings() == []


def test_an_entry_is_struck_for_a_reason(hill: HillMorning, as_staff: Enter, world: World) -> None:
    hill.clock("10:00")
    client = as_staff(world.officer)
    do(client, world, "elsewhere", place="Medical room")
    held = page(client.get(DESK)).fields(f"{DESK}/strike")
    for reason, words in ((" ", "Reason: Write why this entry is struck."), ("x" * 501, "This has 501.")):
        answer = client.post(f"{DESK}/strike", data={**held, "reason": reason})
        assert answer.status_code == 422
        assert words in page(answer).text
    assert sightings()[0].struck_at is None


TASKS, HILL_BOARD = "/staff/hill/tasks", "/staff/hill/day/2026-06-16/morning"


def test_a_stop_stands_before_the_dsl_until_she_says_what_was_done(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.clock("10:05")
    desk = as_staff(world.officer)
    for _ in range(2):
        # Two taps are one stop.
        assert do(desk, world, "out", who="other", name="Uncle Ray", reason="Family party").status_code == 403
    dsl = as_staff(world.dsl)
    head = "Uncle Ray came for Tom at 10:05 and was stopped by Saira Khan"
    board = page(dsl.get(HILL_BOARD))
    assert f"Tom Ahmed was not let go. {head}" in board.text
    assert board.links()["Say what was done"] == TASKS
    tasks = page(dsl.get(TASKS))
    assert tasks.text.count(head) == 1
    timeline = page(dsl.get(f"/staff/hill/pupils/{public_id(world.tom)}")).text
    assert "Uncle Ray wanted to take Tom and was stopped at reception. Family party" in timeline
    address = next(form.get("action") for form in tasks.all(".//form") if "/done" in form.get("action", ""))
    fields = tasks.fields(address)
    refused = dsl.post(address, data={**fields, "note": "  "})
    assert refused.status_code == 422
    assert "Write what was done about it" in page(refused).text
    assert dsl.post(address, data={**fields, "note": "Rang Alice: he is her brother, sent away"}).status_code == 303
    assert "Uncle Ray" not in page(dsl.get(HILL_BOARD)).text
    assert "Nothing is waiting for you" in page(dsl.get(TASKS)).text
    after = page(dsl.get(f"/staff/hill/pupils/{public_id(world.tom)}")).text
    assert "After the stop at reception: Rang Alice: he is her brother, sent away" in after


def test_who_may_not_see_safeguarding_sees_nothing_of_a_stop(
    hill: HillMorning, as_staff: Enter, world: World
) -> None:
    hill.clock("10:05")
    do(as_staff(world.officer), world, "out", who="other", name="Uncle Ray", reason="Home")
    with unit_of_work() as tx:
        brenda = add_staff(tx, world.organisation, world.hill, "Brenda", "Hirst", "Receptionist", "reception")
        deputy = add_staff(tx, world.organisation, world.hill, "Vi", "Shah", "Deputy DSL", "deputy_dsl")
    other = as_staff(brenda)
    for address in (HILL_BOARD, TASKS, f"/staff/hill/pupils/{public_id(world.tom)}"):
        assert "Uncle Ray" not in page(other.get(address)).text
    # A deputy has the tasks of the DSL.
    assert "Uncle Ray came for Tom" in page(as_staff(deputy).get(TASKS)).text
