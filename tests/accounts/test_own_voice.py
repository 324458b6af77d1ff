"""A pupil at the parents' door: who is let in, with which number, and when it ends by itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, select, update

from tests.accounts.conftest import LetterBox
from tests.factories import FULL_RIGHTS, TODAY, World, add_contact, link
from tests.pupils import ADULT, KEEPER, NUMBER, PRIYA, Sixth, add_sixth, say
from webapp.accounts.models import Session
from webapp.accounts.queries.parents import ParentViewer, find_parent
from webapp.accounts.queries.points import candidates
from webapp.accounts.rules.codes import CodeRefused, Door
from webapp.accounts.services.codes import ask_code, check_code
from webapp.accounts.services.endings import sweep_sign_in
from webapp.accounts.services.sessions import SignedIn
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import LONDON, machine_now
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.foundation.trail import TrailEntry
from webapp.people.models import Contact, ContactPoint, Enrolment, Pupil, PupilContact
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.own_voice import OWN_RIGHTS, ParentsSee
from webapp.people.rules.rights import Right
from webapp.people.services.own_voice import Keeper, set_own_points

pytestmark = pytest.mark.usefixtures("morning", "db")


def sixth(world: World, **more: Any) -> Sixth:
    with unit_of_work() as tx:
        return add_sixth(tx, world, **more)


def enter(letters: LetterBox, number: str = NUMBER) -> SignedIn:
    browser = f"{number}{len(letters.messages)}".ljust(43, "b")
    ask_code(Door.PARENT, ReadPoint(PointKind.MOBILE, number), browser, "192.0.2.1", send=letters)
    signed_in = check_code(Door.PARENT, browser, letters.code, "192.0.2.1")
    assert isinstance(signed_in, SignedIn)
    return signed_in


def looks(signed_in: SignedIn, on: date = TODAY) -> ParentViewer:
    with read_door() as db:
        viewer = find_parent(db, token_hash(signed_in.token), machine_now(), on)
    assert viewer is not None
    return viewer


def test_a_pupil_comes_in_by_the_same_door_as_herself_and_sees_herself_alone(world: World, letters: LetterBox) -> None:
    maya = sixth(world)
    viewer = looks(enter(letters))
    assert viewer.is_pupil
    (me,) = viewer.children
    assert (me.id, me.first_name, me.rights.allowed) == (maya.maya, "Maya", OWN_RIGHTS)
    assert (viewer.contacts[0].actor.kind, viewer.contacts[0].actor.id) == ("pupil", maya.maya)
    with read_door() as db:
        deed = db.execute(
            select(TrailEntry.actor_kind, TrailEntry.actor_id, TrailEntry.actor_name).where(
                TrailEntry.action == "signed_in"
            )
        ).one()
    assert tuple(deed) == ("pupil", maya.maya, "Maya Patel")


@pytest.mark.parametrize(
    "told",
    [{"from_age": "never"}, {"from_age": "18"}, {"born": date(2010, 6, 16)}, {"born": date(2013, 1, 1)}],
)
def test_whom_the_school_does_not_let_in_gets_no_code(world: World, letters: LetterBox, told: dict[str, Any]) -> None:
    """Under age, or not allowed: the page is the same, and nothing leaves."""
    sixth(world, **told)
    ask_code(Door.PARENT, ReadPoint(PointKind.MOBILE, NUMBER), "b" * 43, "192.0.2.1", send=letters)
    assert letters.messages == []
    with read_door() as db:
        assert candidates(db, "mobile", NUMBER, TODAY) == ()


def test_a_code_costs_the_same_statements_for_a_pupil_a_parent_and_nobody(
    world: World, letters: LetterBox, counting: Any
) -> None:
    sixth(world)
    counts = []
    for number in (NUMBER, PRIYA, "+447700900077"):
        with counting() as seen:
            ask_code(
                Door.PARENT, ReadPoint(PointKind.MOBILE, number), number.ljust(43, "c"), "192.0.2.1",
                send=lambda _tx, _message: None,
            )  # fmt: skip
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts


def test_a_number_that_a_parent_has_too_lets_the_parent_in_and_not_the_pupil(world: World, letters: LetterBox) -> None:
    maya = sixth(world, number=PRIYA)
    with read_door() as db:
        (only,) = candidates(db, "mobile", PRIYA, TODAY)
    assert [key.contact_id for key in only.contacts] == [maya.priya]
    viewer = looks(enter(letters, PRIYA))
    assert not viewer.is_pupil and [contact.first_name for contact in viewer.contacts] == ["Priya"]


def test_a_number_of_an_under_age_pupil_and_a_parent_is_the_parents(world: World, letters: LetterBox) -> None:
    sixth(world, number=PRIYA, born=date(2013, 1, 1))
    assert [contact.first_name for contact in looks(enter(letters, PRIYA)).contacts] == ["Priya"]


def test_once_somebody_else_holds_the_number_the_pupils_phone_shows_nothing(
    world: World, letters: LetterBox
) -> None:
    sixth(world)
    signed_in = enter(letters)
    assert looks(signed_in).children
    with unit_of_work() as tx:
        other = add_contact(tx, world.organisation, "Zed", "New", mobile=NUMBER)
        link(tx, world.organisation, world.noor, other, "mother", 5, **FULL_RIGHTS)
    viewer = looks(signed_in)
    assert (viewer.contacts, viewer.children) == ((), ())


def test_it_begins_and_ends_by_itself(
    world: World, letters: LetterBox, morning: time_machine.Traveller
) -> None:
    """Of compulsory school age until Friday 26 June; the school stops it on 6 July; and she leaves on 10 July."""
    maya = sixth(world, born=date(2010, 6, 16))
    with pytest.raises((CodeRefused, IndexError)):
        enter(letters)
    morning.move_to(datetime(2026, 6, 27, 8, tzinfo=LONDON))
    signed_in = enter(letters)
    assert looks(signed_in, date(2026, 6, 27)).is_pupil
    with unit_of_work() as tx:
        say(tx, world, {"pupils.report_from_age": "never"}, date(2026, 7, 6))
        tx.execute(update(Enrolment).where(Enrolment.id == maya.enrolment).values(ends_on=date(2026, 7, 10)))
    assert looks(signed_in, date(2026, 7, 5)).children
    assert looks(signed_in, date(2026, 7, 6)).contacts == ()
    with unit_of_work() as tx:
        say(tx, world, {"pupils.report_from_age": "16"}, date(2026, 7, 7))
    assert looks(signed_in, date(2026, 7, 10)).children
    assert looks(signed_in, date(2026, 7, 11)).contacts == ()


def test_the_night_ends_the_sessions_of_pupils_who_have_left(
    world: World, letters: LetterBox, morning: time_machine.Traveller
) -> None:
    maya = sixth(world)
    hers, mothers = enter(letters), enter(letters, PRIYA)
    sweep_sign_in()
    assert open_sessions() == {hers.session_id, mothers.session_id}
    with unit_of_work() as tx:
        tx.execute(update(Enrolment).where(Enrolment.id == maya.enrolment).values(ends_on=TODAY))
    morning.move_to(datetime(2026, 6, 17, 3, 45, tzinfo=LONDON))
    sweep_sign_in()
    assert open_sessions() == {mothers.session_id}


def open_sessions() -> set[int]:
    with read_door() as db:
        return set(db.scalars(select(Session.id).where(Session.ended_at.is_(None))))


def test_taking_her_number_off_ends_it_at_the_next_tap(world: World, letters: LetterBox) -> None:
    maya = sixth(world)
    signed_in = enter(letters)
    with read_door() as db:
        version = db.scalar(select(Contact.version).where(Contact.id == maya.own)) or 0
    assert set_own_points(Keeper(world.organisation, world.vale, KEEPER), maya.maya, [], version)
    assert looks(signed_in).contacts == ()


@pytest.mark.parametrize(
    ("see", "allowed"),
    [("everything", True), ("fact", True), ("emergencies", False)],
)
def test_what_is_left_to_her_mother(world: World, letters: LetterBox, see: str, allowed: bool) -> None:
    maya = sixth(world, see=see)
    viewer = looks(enter(letters, PRIYA))
    assert bool(viewer.children) is allowed
    if allowed:
        assert viewer.children[0].parents_see is ParentsSee(see)
        assert viewer.children[0].may(Right.REPORT)
        assert viewer.children[0].id == maya.maya


def test_from_eighteen_her_own_word_counts(world: World, letters: LetterBox) -> None:
    maya = sixth(world, born=ADULT)
    mother = enter(letters, PRIYA)
    assert looks(mother).children[0].parents_see is ParentsSee.FACT
    with unit_of_work() as tx:
        tx.execute(update(Contact).where(Contact.id == maya.own).values(parents_see="emergencies"))
    assert looks(mother).children == ()
    # Her brothers and sisters are seen as before: it is about her alone.
    with unit_of_work() as tx:
        link(tx, world.organisation, world.ella, maya.priya, "mother", 3, **FULL_RIGHTS)
    assert [child.first_name for child in looks(mother).children] == ["Ella"]


BIRTHS = [
    date(2008, 6, 16), date(2008, 6, 17), date(2009, 8, 31), date(2009, 9, 1), date(2010, 8, 31), date(2013, 1, 1),
]  # fmt: skip


@pytest.mark.parametrize("on", [TODAY, date(2026, 6, 26), date(2026, 6, 27), date(2026, 9, 1)])
def test_the_statement_says_what_the_rule_says(world: World, on: date) -> None:
    """Every age on both sides of each border, at a school that says 16, at one that says 18, and never."""
    from webapp.people.rules.rights import pupil_may_report

    with unit_of_work() as tx:
        maya = add_sixth(tx, world)
        org, expected = world.organisation, set()
        for number, (born, school, age) in enumerate(
            (born, school, age) for born in BIRTHS for school, age in ((world.vale, 16), (world.hill, 18))
        ):
            value = f"+4477009008{number:02}"
            pupil = insert_row(
                tx, Pupil, organisation_id=org, public_id=f"row-{number}", legal_first_name="P", first_name="P",
                last_name=str(number), date_of_birth=born, sex="F",
            )  # fmt: skip
            insert_row(
                tx, Enrolment, organisation_id=org, pupil_id=pupil, school_id=school, starts_on=date(2025, 9, 1)
            )
            contact = add_contact(tx, org, f"P{number}", "Own", mobile=value)
            tx.execute(
                insert(PupilContact).values(
                    organisation_id=org, pupil_id=pupil, contact_id=contact, relationship="pupil", priority=9,
                    is_pupil=True,
                )
            )  # fmt: skip
            if pupil_may_report(born, on, age):
                expected.add(value)
        from webapp.people.models import OrganisationSetting

        tx.execute(
            insert(OrganisationSetting).values(
                organisation_id=org, key="pupils.report_from_age", effective_from=date(2025, 9, 1), value="18"
            )
        )
    with read_door() as db:
        every = db.scalars(select(ContactPoint.value).where(ContactPoint.value.like("+4477009008%"))).all()
        found = {value for value in every if candidates(db, "mobile", value, on)}
    assert found == expected and 0 < len(expected) < len(every)
    assert maya.own
