"""Who looks at a page and what they may do: one statement, on both engines, failing closed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import bindparam, delete, func, insert, select, update

from tests.accounts.conftest import MORNING
from tests.factories import TODAY, World, add_contact, add_pupil, add_staff, link
from webapp.accounts.models import Session
from webapp.accounts.queries.devices import find_session
from webapp.accounts.queries.parents import ParentViewer, find_parent
from webapp.accounts.queries.staff import StaffKey, StaffViewer, find_staff, staff_statement
from webapp.accounts.rules.codes import Door
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.rules.sessions import idle_since
from webapp.accounts.services.endings import end_session
from webapp.accounts.services.sessions import choose_contacts, demo_sign_in, start_session_in
from webapp.accounts.services.tokens import token_hash
from webapp.foundation.clock import machine_now
from webapp.foundation.config import demo_environment, load
from webapp.foundation.db import Database, insert_row, unit_of_work
from webapp.people.models import ContactPoint, CourtOrder, Enrolment, Placement, PupilContact, School, Staff, StaffRole
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.rights import Right
from webapp.people.rules.roles import Permission, Role

pytestmark = pytest.mark.usefixtures("morning")


@pytest.fixture
def config(tmp_path: Any) -> Any:
    return load(demo_environment(tmp_path, "k" * 40, 8000))


@pytest.fixture
def enter(db: Database, world: World, config: Any) -> Any:
    """A token for a contact, or with ``staff`` for a member of staff."""

    def sign_in(person: int, *, staff: bool = False, organisation: int | None = None) -> str:
        key = (StaffKey if staff else ContactKey)(organisation or world.organisation, person)
        return demo_sign_in(config, key).token

    return sign_in


def look(db: Database, token: str, now: datetime = MORNING, on: date = TODAY) -> ParentViewer | None:
    with db.reading() as read:
        return find_parent(read, token_hash(token), now, on)


def look_staff(db: Database, token: str, now: datetime = MORNING, on: date = TODAY) -> StaffViewer | None:
    with db.reading() as read:
        return find_staff(read, token_hash(token), now, idle_since(now), on)


def order(world: World, contact: int, pupil: int, **values: Any) -> None:
    with unit_of_work() as tx:
        insert_row(
            tx, CourtOrder, organisation_id=world.organisation, pupil_id=pupil, contact_id=contact,
            kind="prohibited steps", **{"starts_on": date(2026, 1, 1), "denies": "view", **values},
        )  # fmt: skip


def first_names(viewer: ParentViewer | None) -> list[str]:
    assert viewer is not None
    return [child.first_name for child in viewer.children]


def test_alice_sees_her_two_children_oldest_first(db: Database, world: World, enter: Any) -> None:
    viewer = look(db, enter(world.alice))
    assert viewer is not None
    assert [contact.name for contact in viewer.contacts] == ["Alice Ahmed"]
    assert first_names(viewer) == ["Ella", "Tom"]
    ella, tom = viewer.children
    assert ella.id == world.ella
    assert [(e.id, e.school.code, e.year_group, e.form_name) for e in ella.enrolments] == [
        (world.ella_enrolment, "vale", 8, "8B")
    ]
    assert tom.enrolments[0].school.name == "Hill Primary"
    assert all(tom.may(right) for right in Right)
    assert viewer.find_child(tom.public_id) is tom
    assert viewer.find_child("nobody") is None
    assert viewer.find_child_of(world.organisation, world.noor) is None
    assert viewer.contacts[0].actor.name == "Alice Ahmed"


def test_each_parent_sees_their_own(db: Database, world: World, enter: Any) -> None:
    bob = look(db, enter(world.bob))
    assert first_names(bob) == ["Tom"]
    assert bob is not None and not bob.children[0].may(Right.REQUEST_LEAVE)
    assert first_names(look(db, enter(world.charlie))) == ["Noor"]
    other = look(db, enter(world.other_contact, organisation=world.other_organisation))
    assert first_names(other) == ["Mallory"]


def test_it_is_one_statement_however_many_children_and_orders(
    db: Database, world: World, enter: Any, counting: Any
) -> None:
    token = enter(world.alice)
    with unit_of_work() as tx:
        for n in range(8):
            pupil, _ = add_pupil(tx, world.organisation, world.hill, f"Kid{n}", "Ahmed", form_id=world.form_3k)
            link(tx, world.organisation, pupil, world.alice, "mother", 1, is_parent=True, may_report=True)
    for denied in ("leave", "collect"):
        order(world, world.alice, world.tom, denies=denied)
    with counting() as statements:
        viewer = look(db, token)
    assert len(statements) == 1
    assert viewer is not None and len(viewer.children) == 10
    tom = viewer.find_child_of(world.organisation, world.tom)
    assert tom is not None and len(tom.enrolments) == 1
    assert tom.rights.allowed == frozenset(Right) - {Right.REQUEST_LEAVE, Right.COLLECT}


def test_an_order_takes_away_what_it_names(db: Database, world: World, enter: Any) -> None:
    token = enter(world.bob)
    order(world, world.bob, world.tom, denies="view")
    viewer = look(db, token)
    assert viewer is not None
    (tom,) = viewer.children
    assert not tom.may(Right.VIEW_ATTENDANCE)
    assert tom.may(Right.REPORT)
    # Alice's rights are her own.
    alice = look(db, enter(world.alice))
    assert alice is not None and all(child.may(Right.VIEW_ATTENDANCE) for child in alice.children)


@pytest.mark.parametrize(
    "values",
    [
        {"denies": "contact"},
        {"denies": "view", "review_on": date(2026, 6, 15)},
        {"denies": "view", "review_on": date(2026, 5, 1), "ends_on": date(2026, 6, 1)},
        {"denies": "no such word"},
        {"denies": ""},
    ],
    ids=["no contact", "review date passed", "review date passed before it ended", "words nobody can read", "no words"],
)
def test_an_order_that_bars_or_was_not_looked_at_hides_the_child(
    db: Database, world: World, enter: Any, values: dict[str, Any]
) -> None:
    token = enter(world.bob)
    order(world, world.bob, world.tom, **values)
    viewer = look(db, token)
    assert viewer is not None
    assert viewer.children == ()


@pytest.mark.parametrize(
    "values",
    [
        {"denies": "contact", "ends_on": date(2026, 6, 15)},
        {"denies": "contact", "starts_on": date(2026, 6, 17)},
        {"denies": "contact", "ends_on": date(2026, 6, 15), "review_on": date(2026, 6, 20)},
    ],
    ids=["over", "not yet", "over before its review"],
)
def test_an_order_that_is_not_in_force_takes_nothing(
    db: Database, world: World, enter: Any, values: dict[str, Any]
) -> None:
    token = enter(world.bob)
    order(world, world.bob, world.tom, **values)
    assert first_names(look(db, token)) == ["Tom"]


@pytest.mark.parametrize(
    "change",
    [
        {"do_not_contact": True},
        {"ends_on": date(2026, 6, 15)},
        {"starts_on": date(2026, 6, 17)},
        {f"may_{right}": False for right in Right},
        {f"may_{right}": right is Right.COLLECT for right in Right},
    ],
    ids=["not to be contacted", "ended", "not yet", "no rights", "collects only"],
)
def test_a_child_one_has_nothing_to_do_with_is_not_there(
    db: Database, world: World, enter: Any, change: dict[str, Any]
) -> None:
    token = enter(world.bob)
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).where(PupilContact.contact_id == world.bob).values(change))
    viewer = look(db, token)
    assert viewer is not None
    assert (viewer.children, len(viewer.contacts)) == ((), 1)


def test_a_child_who_has_left_is_not_there_and_one_at_two_schools_is_once(
    db: Database, world: World, enter: Any
) -> None:
    token = enter(world.alice)
    with unit_of_work() as tx:
        tx.execute(update(Enrolment).where(Enrolment.id == world.tom_enrolment).values(ends_on=date(2026, 6, 15)))
        insert_row(
            tx, Enrolment, organisation_id=world.organisation, pupil_id=world.ella, school_id=world.hill,
            kind="dual_subsidiary", starts_on=TODAY,
        )  # fmt: skip
    viewer = look(db, token)
    assert first_names(viewer) == ["Ella"]
    assert viewer is not None
    assert {enrolment.school.code for enrolment in viewer.children[0].enrolments} == {"vale", "hill"}


def test_september_moves_the_form_and_hides_nothing(db: Database, world: World, enter: Any) -> None:
    token = enter(world.bob)
    with unit_of_work() as tx:
        old = update(Placement).where(Placement.enrolment_id == world.tom_enrolment)
        tx.execute(old.values(ends_on=date(2026, 8, 31)))
    september = datetime(2026, 8, 14, 7, 40, tzinfo=MORNING.tzinfo)
    viewer = look(db, token, now=september, on=date(2026, 9, 2))
    assert viewer is not None
    assert [(e.year_group, e.form_name) for e in viewer.children[0].enrolments] == [(None, "")]


@pytest.mark.parametrize(
    "change",
    [{"value": "+447700900777"}, {"state": "bad"}, None],
    ids=["another number", "said to be wrong", "taken away"],
)
def test_a_number_that_is_no_longer_the_contacts_opens_nothing(
    db: Database, world: World, enter: Any, change: dict[str, Any] | None
) -> None:
    """What the office changes takes hold at the next tap, without ending a session."""
    token = enter(world.alice)
    with unit_of_work() as tx:
        mine = (ContactPoint.contact_id == world.alice) & (ContactPoint.kind == "mobile")
        tx.execute(update(ContactPoint).where(mine).values(change) if change else delete(ContactPoint).where(mine))
    viewer = look(db, token)
    assert viewer is not None
    assert (viewer.contacts, viewer.children) == ((), ())


def test_who_has_stopped_our_texts_stays_signed_in(db: Database, world: World, enter: Any) -> None:
    token = enter(world.alice)
    with unit_of_work() as tx:
        tx.execute(update(ContactPoint).where(ContactPoint.contact_id == world.alice).values(state="opted_out"))
    assert first_names(look(db, token)) == ["Ella", "Tom"]


def test_nothing_opens_with_another_token_an_ended_or_an_old_session(db: Database, world: World, enter: Any) -> None:
    token = enter(world.alice)
    assert look(db, token + "x") is None
    assert look(db, token, now=MORNING + timedelta(days=60, seconds=-1)) is not None
    assert look(db, token, now=MORNING + timedelta(days=60)) is None
    end_session(token)
    assert look(db, token) is None


def test_the_doors_do_not_open_each_other(db: Database, world: World, enter: Any) -> None:
    assert look_staff(db, enter(world.alice)) is None
    assert look(db, enter(world.officer, staff=True)) is None


def test_somebody_who_has_not_chosen_sees_nothing(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        _, token = start_session_in(
            tx, Door.PARENT, now=machine_now(), point=ReadPoint(PointKind.MOBILE, "+447700900001")
        )
    viewer = look(db, token)
    assert viewer is not None
    assert (viewer.contacts, viewer.children) == ((), ())


def test_one_person_in_two_organisations_sees_the_children_of_both(
    db: Database, world: World, config: Any
) -> None:
    mobile = "+447700900001"
    with unit_of_work() as tx:
        there = add_contact(tx, world.other_organisation, "Alice", "Ahmed", mobile=mobile)
        link(tx, world.other_organisation, world.other_pupil, there, "aunt", 2, may_report=True)
        session_id, token = start_session_in(
            tx, Door.PARENT, now=machine_now(), point=ReadPoint(PointKind.MOBILE, mobile)
        )
    both = [ContactKey(world.organisation, world.alice), ContactKey(world.other_organisation, there)]
    with db.reading() as read:
        session = find_session(read, token_hash(token), MORNING, idle_since(MORNING))
    assert session is not None and session.id == session_id
    choose_contacts(session, both)
    viewer = look(db, token)
    assert first_names(viewer) == ["Ella", "Mallory", "Tom"]
    assert viewer is not None
    mallory = viewer.find_child_of(world.other_organisation, world.other_pupil)
    assert mallory is not None and mallory.rights.allowed == {Right.REPORT}
    assert mallory.contact.organisation_id == world.other_organisation


def test_staff_with_their_roles_at_each_school_in_one_statement(
    db: Database, world: World, enter: Any, counting: Any
) -> None:
    with unit_of_work() as tx:
        for role, starts_on, ends_on in (
            ("teacher", date(2026, 1, 1), None),
            ("head", date(2025, 1, 1), date(2026, 6, 15)),
            ("dsl", date(2026, 6, 17), None),
            ("a role of tomorrow's service", date(2025, 1, 1), None),
        ):
            tx.execute(
                insert(StaffRole).values(
                    organisation_id=world.organisation, staff_id=world.officer, school_id=world.vale,
                    role=role[:24], starts_on=starts_on, ends_on=ends_on,
                )
            )  # fmt: skip
    token = enter(world.officer, staff=True)
    with counting() as statements:
        viewer = look_staff(db, token)
    assert len(statements) == 1
    assert viewer is not None
    assert (viewer.name, viewer.position, viewer.actor.id) == ("Saira Khan", "Attendance officer", world.officer)
    assert {school.code: school.roles for school in viewer.schools} == {
        "hill": {Role.ATTENDANCE_OFFICER, Role.RECEPTION},
        "vale": {Role.TEACHER},
    }
    hill, vale = viewer.find_school("hill"), viewer.find_school("vale")
    assert hill is not None and hill.allows(Permission.CONFIRM_CODES)
    assert vale is not None and not vale.allows(Permission.CONFIRM_CODES)
    assert viewer.schools_where(Permission.CONFIRM_CODES) == (hill,)
    assert viewer.find_school("dale") is None


def test_a_version_comes_along_in_the_same_statement(
    db: Database, world: World, enter: Any, counting: Any
) -> None:
    ours = School.organisation_id == Session.staff_organisation_id
    version = select(func.max(School.id)).where(ours, School.code == bindparam("code")).correlate(Session)
    statement = staff_statement(version.scalar_subquery())
    token = enter(world.officer, staff=True)
    with counting() as statements, db.reading() as read:
        viewer = find_staff(
            read, token_hash(token), MORNING, idle_since(MORNING), TODAY, statement, {"code": "vale"}
        )
    assert len(statements) == 1
    assert viewer is not None and viewer.version == world.vale


@pytest.mark.parametrize(
    ("minutes", "inside"), [(29, True), (30, False), (60 * 13, False)], ids=["at work", "idle", "next day"]
)
def test_a_machine_left_alone_is_signed_out(
    db: Database, world: World, enter: Any, minutes: int, inside: bool
) -> None:
    token = enter(world.officer, staff=True)
    assert (look_staff(db, token, now=MORNING + timedelta(minutes=minutes)) is not None) is inside


def test_a_working_day_ends_however_busy(
    db: Database, world: World, enter: Any, morning: time_machine.Traveller
) -> None:
    token = enter(world.officer, staff=True)
    with unit_of_work() as tx:
        tx.execute(update(Session).values(seen_at=MORNING + timedelta(hours=12)))
    assert look_staff(db, token, now=MORNING + timedelta(hours=12, seconds=-1)) is not None
    assert look_staff(db, token, now=MORNING + timedelta(hours=12)) is None


def test_who_works_here_no_longer_is_out(db: Database, world: World, enter: Any) -> None:
    token = enter(world.officer, staff=True)
    with unit_of_work() as tx:
        tx.execute(update(Staff).where(Staff.id == world.officer).values(ends_on=date(2026, 6, 15)))
    assert look_staff(db, token) is None


def test_staff_without_a_role_enter_and_see_no_school(db: Database, world: World, enter: Any) -> None:
    with unit_of_work() as tx:
        new = add_staff(tx, world.organisation, world.hill, "Nia", "New", "Caretaker")
    viewer = look_staff(db, enter(new, staff=True))
    assert viewer is not None
    assert viewer.schools == ()
