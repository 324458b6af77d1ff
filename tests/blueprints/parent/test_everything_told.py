"""What school told me, and when: the words as sent, what became of each, and never another's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, select, update

from notifications.models import Delivery, Message
from notifications.services.calling_off import keep_message_in
from tests.blueprints.parent.test_report import public_id
from tests.factories import TODAY, World
from tests.pages import Enter, counted_statements, page
from webapp.first_day.models import FirstDayCase
from webapp.first_day.services.pupil_notes import NoteWriter, PupilNamed, write_to_contact
from webapp.first_day.services.school_session import SchoolSession
from webapp.first_day.services.telling import Missing, Wrong, ask_families_in, correct_in
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import CourtOrder, PupilContact
from webapp.people.services.stops import Protector, stop_messages

_NOTED = ("shown_page", "trail_entry", "id_sequence")
"""What is written of the look itself, after the answer."""
KHAN = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")


def write(
    world: World, words: str, contact: int | None = None, pupil: int | None = None, school: int | None = None
) -> int:
    """The number of a message that somebody at school wrote."""
    child = pupil or world.tom
    by = NoteWriter(world.organisation, school or world.hill, KHAN)
    write_to_contact(by, PupilNamed(child, public_id(child)), contact or world.alice, words, f"key-{words}")
    with read_door() as db:
        return int(db.scalar(select(Message.id).order_by(Message.id.desc()).limit(1)) or 0)


def missing(world: World, *contacts: int) -> int:
    session = SchoolSession(world.organisation, world.hill, TODAY, Half.AM)
    with unit_of_work() as tx:
        now = school_now()
        case = insert_row(
            tx, FirstDayCase, organisation_id=world.organisation, public_id="case-of-tom-1", school_id=world.hill,
            enrolment_id=world.tom_enrolment, date=TODAY, half=0, state="open", opened_at=now,
            owner_role="attendance_officer", next_step="ring", next_due_at=now,
        )  # fmt: skip
        ask_families_in(tx, session, {contact: [Missing(case, world.tom, "Tom")] for contact in contacts})
    return case


def set_way(message: int, state: str, **at: Any) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Delivery).where(Delivery.message_id == message).values(state=state, **at))


def told(client: Any, query: str = "") -> str:
    return page(client.get(f"/messages/all{query}")).text


@pytest.mark.parametrize(
    ("state", "times", "said"),
    [
        ("waiting", {}, "not sent yet"),
        ("sent", {"sent_at": 0}, "sent 7:40am. We do not know if it arrived."),
        ("unknown", {}, "sent. We do not know if it arrived."),
        ("delivered", {"sent_at": 0, "delivered_at": 2}, "arrived 7:42am."),
        ("failed", {"sent_at": 0, "failed_at": 1}, "it did not arrive."),
        ("cancelled", {}, "not sent, because it was no longer true."),
        ("expired", {}, "not sent, because it was too late."),
    ],
)  # fmt: skip
def test_it_says_what_became_of_a_message(
    as_parent: Enter, world: World, state: str, times: dict[str, int], said: str
) -> None:
    number = write(world, "Tom left his inhaler.")
    set_way(number, state, **{name: school_now() + timedelta(minutes=minutes) for name, minutes in times.items()})
    found = told(as_parent(world.alice))
    assert "Hill Primary, Saira Khan" in found
    assert "Tom left his inhaler." in found
    assert f"Text to your number •••• 0001: {said}" in found
    assert "447700900001" not in found
    assert "http" not in found


def test_opened_is_said_and_so_is_the_year(as_parent: Enter, world: World, at: time_machine.Traveller) -> None:
    number = write(world, "Please ring us")
    with unit_of_work() as tx:
        long_ago = school_now() - timedelta(days=400)
        tx.execute(update(Message).where(Message.id == number).values(created_at=long_ago, read_at=school_now()))
    found = told(as_parent(world.alice))
    assert "You opened it 7:40am." in found
    assert "12 May 2025" in found


def test_a_correction_stands_beside_the_first(as_parent: Enter, world: World) -> None:
    case = missing(world, world.alice)
    with read_door() as db:
        first = db.execute(select(Message.id, Message.about_id)).one()
    set_way(first.id, "delivered", sent_at=school_now(), delivered_at=school_now())
    session = SchoolSession(world.organisation, world.hill, TODAY, Half.AM)
    with unit_of_work() as tx:
        correct_in(tx, session, [Wrong(world.alice, first.id, first.about_id, school_now(), case, world.tom, "Tom")])
    found = page(as_parent(world.alice).get("/messages/all"))
    (item,) = [each for each in found.all(".//ol/li") if "was not marked in" in "".join(each.itertext())]
    words = " ".join("".join(item.itertext()).split())
    assert words.index("was not marked in") < words.index("School put this right:") < words.index("sorry, our text")


def test_each_adult_has_their_own(as_parent: Enter, world: World) -> None:
    write(world, "To Alice alone")
    write(world, "To Bob alone", contact=world.bob)
    alice, bob, charlie = (told(as_parent(each)) for each in (world.alice, world.bob, world.charlie))
    assert ("To Alice alone" in alice, "To Bob alone" in alice) == (True, False)
    assert ("To Alice alone" in bob, "To Bob alone" in bob) == (False, True)
    assert "School has sent you no message yet." in charlie


def test_a_child_at_a_time(as_parent: Enter, world: World) -> None:
    write(world, "About Tom")
    write(world, "About Ella", pupil=world.ella, school=world.vale)
    alice = as_parent(world.alice)
    assert "About Tom" in told(alice)
    assert "About Ella" in told(alice)
    only = told(alice, f"?child={public_id(world.ella)}")
    assert ("About Tom" in only, "About Ella" in only) == (False, True)
    for other in (public_id(world.noor), public_id(world.other_pupil), "nobody"):
        assert alice.get(f"/messages/all?child={other}").status_code == 404


@pytest.mark.parametrize("how", ["right", "order", "withheld", "lapsed order"])
def test_what_may_be_read_no_longer_is_not_there(as_parent: Enter, world: World, how: str) -> None:
    number = write(world, "Not for you")
    set_way(number, "delivered", sent_at=school_now(), delivered_at=school_now())
    for count in range(35):
        write(world, f"About Ella {count}", pupil=world.ella, school=world.vale)
    mine = (PupilContact.contact_id == world.alice, PupilContact.pupil_id == world.tom)
    with unit_of_work() as tx:
        if how == "right":
            tx.execute(update(PupilContact).where(*mine).values(may_view_messages=False))
        elif how == "withheld":
            keep_message_in(tx, world.organisation, number, world.alice, kept=True)
        else:
            lapsed = {"review_on": date(2026, 6, 1)} if how == "lapsed order" else {}
            insert_row(
                tx, CourtOrder, organisation_id=world.organisation, pupil_id=world.tom, contact_id=world.alice,
                kind="order", denies="view" if how == "order" else "collect", starts_on=date(2026, 1, 1), **lapsed,
            )  # fmt: skip
    alice = as_parent(world.alice)
    first = page(alice.get("/messages/all"))
    assert "Not for you" not in first.text
    assert first.text.count("About Ella") == 30, "a full page, and no gap"
    second = page(alice.get(first.links()["Older messages"]))
    assert "Not for you" not in second.text
    assert second.text.count("About Ella") == 5


def test_a_stop_leaves_what_was_told_and_shows_nothing_that_did_not_go(as_parent: Enter, world: World) -> None:
    gone = write(world, "This went out")
    set_way(gone, "delivered", sent_at=school_now(), delivered_at=school_now())
    write(world, "This waits")
    by = Protector(world.organisation, world.hill, Actor(ActorKind.STAFF, world.dsl, "Dina Bell", "DSL"))
    assert stop_messages(by, world.tom, world.alice)
    found = told(as_parent(world.alice))
    assert ("This went out" in found, "This waits" in found) == (True, False)
    assert "stop" not in found.lower()
    assert "DSL" not in found


def test_it_costs_the_same_for_thirty_as_for_one(db: Database, as_parent: Enter, world: World) -> None:
    alice = as_parent(world.alice)

    def statements() -> list[str]:
        db.memo.forget()
        with counted_statements(db) as seen:
            assert alice.get("/messages/all").status_code == 200
        return [each for each in seen if not any(name in each for name in _NOTED)]

    write(world, "One")
    few = statements()
    for number in range(28):
        write(world, f"Another {number}")
    assert len(statements()) <= len(few) <= 12


def test_a_key_that_nobody_was_given_is_the_first_page(as_parent: Enter, world: World) -> None:
    write(world, "Here")
    assert "Here" in told(as_parent(world.alice), "?before=nonsense")
    assert "There are no older messages." in told(as_parent(world.alice), "?before=1000000000000000-1")


def test_the_list_of_messages_leads_there(as_parent: Enter, world: World) -> None:
    links = page(as_parent(world.alice).get("/messages")).links()
    assert links["Everything school told you, and when"] == "/messages/all"


def test_a_message_about_two_children_needs_the_right_for_both(as_parent: Enter, world: World) -> None:
    number = write(world, "About both")
    from notifications.models import MessagePupil

    with unit_of_work() as tx:
        row = {"organisation_id": world.organisation, "message_id": number}
        tx.execute(insert(MessagePupil).values(**row, pupil_id=world.ella))
        mine = (PupilContact.contact_id == world.alice, PupilContact.pupil_id == world.ella)
        tx.execute(update(PupilContact).where(*mine).values(may_view_messages=False))
    assert "About both" not in told(as_parent(world.alice))
