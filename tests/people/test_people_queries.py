"""Queries over people: what pages read, in a fixed number of statements."""

from __future__ import annotations

from datetime import date

from sqlalchemy import update

from tests.factories import TODAY, World
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.sessions import Half
from webapp.people.models import Enrolment
from webapp.people.queries import (
    calendar_of,
    family_of,
    find_pupil,
    find_school,
    form_roll,
    forms_of,
    groups_of,
    holders_of,
    roll_of,
    search_pupils,
    settings_of,
)
from webapp.people.rules.settings import AM_REGISTER_CLOSES


def test_the_roll_of_a_day_is_of_one_school(db: Database, world: World) -> None:
    with read_door() as door:
        names = [pupil.name for pupil in roll_of(door, world.organisation, world.hill, TODAY)]
        assert names == ["Tom Ahmed", "Noor Shah"]
        assert roll_of(door, world.organisation, world.hill, date(2024, 1, 8)) == []
        assert roll_of(door, world.other_organisation, world.hill, TODAY) == []


def test_a_leaver_is_on_roll_on_the_last_day_and_not_after(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(update(Enrolment).where(Enrolment.id == world.noor_enrolment).values(ends_on=TODAY))
    with read_door() as door:
        assert len(roll_of(door, world.organisation, world.hill, TODAY)) == 2
        assert len(roll_of(door, world.organisation, world.hill, date(2026, 6, 17))) == 1


def test_a_pupil_is_found_only_through_their_own_school(db: Database, world: World) -> None:
    with read_door() as door:
        tom = roll_of(door, world.organisation, world.hill, TODAY)[0]
        assert find_pupil(door, world.organisation, world.hill, tom.public_id, TODAY) == tom
        assert find_pupil(door, world.organisation, world.vale, tom.public_id, TODAY) is None
        assert find_pupil(door, world.other_organisation, world.other_school, tom.public_id, TODAY) is None


def test_search_reads_names_and_forms_and_takes_signs_as_letters(db: Database, world: World) -> None:
    with read_door() as door:

        def found(words: str) -> list[str]:
            return [pupil.first_name for pupil in search_pupils(door, world.organisation, world.hill, words, TODAY)]

        assert found("tom") == found("TOM AHM") == found("ahmed") == ["Tom"]
        assert found("3k") == ["Tom", "Noor"]
        assert found("%") == found("_om") == []


def test_families_hold_each_parent_apart(db: Database, world: World) -> None:
    with read_door() as door:
        family = family_of(door, world.organisation, [world.tom, world.ella])
    assert [link.contact_id for link in family.links[world.tom]] == [world.alice, world.bob]
    assert [link.contact_id for link in family.links[world.ella]] == [world.alice]
    assert family.contacts[world.bob].language == "ur"
    assert [point.kind for point in family.contacts[world.alice].points] == ["mobile", "email"]
    reach = family.to_reach(world.tom, TODAY)
    assert [link.contact_id for link in reach.text] == [world.alice]
    assert [link.contact_id for link in reach.ring] == [world.alice, world.bob]


def test_forms_groups_and_roles(db: Database, world: World) -> None:
    with read_door() as door:
        assert forms_of(door, world.organisation, world.hill, [world.teacher], TODAY) == [(world.form_3k, "3K")]
        assert [
            pupil.first_name for pupil in form_roll(door, world.organisation, world.hill, world.form_3k, TODAY)
        ] == [
            "Tom",
            "Noor",
        ]
        assert groups_of(door, world.organisation, [world.tom, world.noor], TODAY) == {
            world.noor: frozenset({"travels_alone"})
        }
        holders = holders_of(door, world.organisation, world.hill, ["dsl", "head"], TODAY)
        assert [(role, person.short_name) for role, person in holders] == [("dsl", "D Bell"), ("head", "G Osei")]


def test_calendar_and_settings_are_read_per_school(db: Database, world: World) -> None:
    with read_door() as door:
        school = find_school(door, world.organisation, "hill")
        assert school is not None
        assert school.organisation_name == "Firsthill Trust"
        assert find_school(door, world.other_organisation, "hill") is None
        calendar = calendar_of(door, world.organisation, world.hill)
        assert calendar.is_open(TODAY, Half.AM)
        assert not calendar.is_open(date(2026, 6, 26), Half.AM)
        settings = settings_of(door, world.organisation, world.hill, TODAY)
        assert f"{settings[AM_REGISTER_CLOSES]:%H:%M}" == "09:15"
