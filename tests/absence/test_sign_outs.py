"""A pupil asks to leave: what may be asked, what follows what, and who is told."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, select

from notifications.models import Message
from tests.factories import TODAY, World, add_staff
from tests.pupils import Sixth, add_sixth
from webapp.absence.models import SignOutRequest
from webapp.absence.queries.sign_outs import sign_outs_on
from webapp.absence.rules.sign_outs import (
    SignOutDeed,
    SignOutRefused,
    SignOutState,
    after,
    phone_may_go,
    read_sign_out,
)
from webapp.absence.services.sign_outs import (
    Leaver,
    SignOutNotThere,
    answer_sign_out,
    ask_to_leave,
    go_by_phone,
    see_go,
    take_back,
)
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, TrailEntry
from webapp.people.models import MessageStop, Task
from webapp.people.rules.names import TextRefused
from webapp.people.rules.own_voice import SignOut
from webapp.people.rules.school_times import in_london
from webapp.record.models import Sighting
from webapp.record.services.arrivals import Desk

S, D = SignOutState, SignOutDeed
NOON, ENDS = time(12), time(15, 10)
AT_NOON = in_london(TODAY, NOON)
FOLLOWS = {
    (S.ASKED, D.AGREE): S.AGREED, (S.ASKED, D.REFUSE): S.REFUSED, (S.ASKED, D.TAKE_BACK): S.WITHDRAWN,
    (S.AGREED, D.TAKE_BACK): S.WITHDRAWN, (S.AGREED, D.REFUSE): S.REFUSED, (S.AGREED, D.GO): S.GONE,
}  # fmt: skip


@pytest.mark.parametrize(("state", "deed"), list(product(S, D)))
def test_what_follows_what(state: S, deed: D) -> None:
    if (state, deed) in FOLLOWS:
        assert after(state, deed) is FOLLOWS[state, deed]
    else:
        with pytest.raises(SignOutRefused):
            after(state, deed)


@pytest.mark.parametrize(
    ("leaves", "back", "reason", "field"),
    [
        ("", "", "Dentist", "leaves_at"), ("soon", "", "Dentist", "leaves_at"), ("11:59am", "", "Dentist", "leaves_at"),
        ("3:10pm", "", "Dentist", "leaves_at"), ("1:10pm", "later", "Dentist", "back_at"),
        ("1:10pm", "1:10pm", "Dentist", "back_at"), ("1:10pm", "", "  ", "reason"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(leaves: str, back: str, reason: str, field: str) -> None:
    with pytest.raises(SignOutRefused) as refused:
        read_sign_out(leaves, back, reason, NOON, ENDS)
    assert refused.value.field == field
    with pytest.raises(TextRefused):
        read_sign_out("1:10pm", "", "x" * 301, NOON, ENDS)


def test_what_is_asked_is_read() -> None:
    read = read_sign_out("1.10pm", "2:15pm", " The dentist ", time(12, 0, 30), ENDS)
    assert (read.leaves_at, read.back_at) == (time(13, 10), time(14, 15))
    assert (read.reason, read.danger) == ("The dentist", False)
    assert read_sign_out("12:00", "", "I want to die", time(12, 0, 59), ENDS).danger


@pytest.mark.parametrize(
    ("how", "state", "minutes", "may"),
    [
        (SignOut.PHONE, S.AGREED, -11, False), (SignOut.PHONE, S.AGREED, -10, True),
        (SignOut.PHONE, S.AGREED, 30, True),
        (SignOut.PHONE, S.AGREED, 31, False), (SignOut.PHONE, S.ASKED, 0, False),
        (SignOut.RECEPTION, S.AGREED, 0, False),
        (SignOut.NO, S.AGREED, 0, False),
    ],
)  # fmt: skip
def test_when_a_phone_signs_out(how: SignOut, state: S, minutes: int, may: bool) -> None:
    assert phone_may_go(how, state, AT_NOON, AT_NOON + timedelta(minutes=minutes)) is may


@pytest.fixture
def noon(db: Any) -> Any:
    with time_machine.travel(AT_NOON, tick=False) as traveller:
        yield traveller


def school(world: World, **more: Any) -> tuple[Sixth, Leaver]:
    with unit_of_work() as tx:
        maya = add_sixth(tx, world, **more)
    who = Actor(ActorKind.PUPIL, maya.maya, "Maya Patel")
    how = SignOut(more.get("sign_out", "reception"))
    return maya, Leaver(world.organisation, world.vale, maya.enrolment, maya.maya, maya.own, "Maya", who, how)


def desk(world: World) -> Desk:
    return Desk(world.organisation, world.vale, Actor(ActorKind.STAFF, world.vale_officer, "Vera Moss", "Officer"))


def ask(by: Leaver, reason: str = "The dentist", key: str = "key-1") -> str:
    return ask_to_leave(by, read_sign_out("1:10pm", "2:15pm", reason, NOON, ENDS), key)


def held(*columns: Any) -> Any:
    with read_door() as db:
        return db.execute(select(*columns).order_by(SignOutRequest.id.desc()).limit(1)).one()


def messages(name: str) -> list[tuple[int | None, int | None]]:
    with read_door() as db:
        return [tuple(row) for row in db.execute(
            select(Message.contact_id, Message.staff_id).where(Message.name == name).order_by(Message.id)
        )]  # fmt: skip


@pytest.mark.usefixtures("noon")
def test_asked_agreed_and_seen_to_go(world: World) -> None:
    maya, by = school(world)
    name = ask(by)
    assert ask(by) == name, "the same form is the same request"
    with pytest.raises(SignOutRefused):
        ask(by, key="key-2")
    answer_sign_out(desk(world), name, 1, agree=True, answer="See you at 2:15", leads=False)
    assert messages("sign_out_answered") == [(maya.own, None)]
    assert messages("pupil_told") == []
    see_go(desk(world), name, 2, leads=False)
    with read_door() as db:
        seen = db.execute(select(Sighting.kind, Sighting.seen_by, Sighting.reason, Sighting.back_by)).one()
        deeds = db.execute(
            select(TrailEntry.action, TrailEntry.actor_kind, TrailEntry.pupil_id).where(
                TrailEntry.subject_kind == "sign_out_request"
            ).order_by(TrailEntry.id)
        ).all()  # fmt: skip
    assert tuple(seen) == ("left", "Vera Moss", "Agreed by Vera Moss.", in_london(TODAY, time(14, 15)))
    assert [tuple(deed) for deed in deeds] == [
        ("asked_to_leave", "pupil", maya.maya), ("moved_sign_out", "staff", maya.maya),
        ("moved_sign_out", "staff", maya.maya),
    ]  # fmt: skip
    assert messages("pupil_told") == [(maya.priya, None)]
    with pytest.raises(SignOutRefused):
        see_go(desk(world), name, 3, leads=False)


@pytest.mark.usefixtures("noon")
def test_a_refusal_says_why_and_two_at_once_are_told(world: World) -> None:
    _, by = school(world)
    name = ask(by)
    with pytest.raises(SignOutRefused) as refused:
        answer_sign_out(desk(world), name, 1, agree=False, answer=" ", leads=False)
    assert refused.value.field == "answer"
    answer_sign_out(desk(world), name, 1, agree=False, answer="You have a mock exam", leads=False)
    assert held(SignOutRequest.state, SignOutRequest.answer) == ("refused", "You have a mock exam")
    with pytest.raises(SignOutRefused):
        answer_sign_out(desk(world), name, 1, agree=True, answer="", leads=False)
    with pytest.raises(SignOutRefused):
        see_go(desk(world), name, 2, leads=False)


def test_her_phone_signs_her_out_where_the_school_lets_it_and_about_the_time(
    world: World, noon: time_machine.Traveller
) -> None:
    _, by = school(world, sign_out="phone")
    name = ask(by)
    with pytest.raises(SignOutRefused):
        go_by_phone(by, name)
    answer_sign_out(desk(world), name, 1, agree=True, answer="", leads=False)
    with pytest.raises(SignOutRefused):
        go_by_phone(by, name)
    noon.move_to(in_london(TODAY, time(13, 2)))
    go_by_phone(by, name)
    with read_door() as db:
        seen = db.execute(select(Sighting.kind, Sighting.seen_by)).one()
    assert tuple(seen) == ("left", "Maya Patel")
    assert held(SignOutRequest.state, SignOutRequest.gone_at) == ("gone", in_london(TODAY, time(13, 2)))


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("how", ["no", "reception"])
def test_elsewhere_a_phone_signs_nobody_out(world: World, how: str) -> None:
    _, by = school(world, sign_out=how)
    if how == "no":
        with pytest.raises(SignOutRefused):
            ask(by)
        return
    name = ask(by)
    answer_sign_out(desk(world), name, 1, agree=True, answer="", leads=False)
    with pytest.raises(SignOutRefused):
        go_by_phone(by, name)


@pytest.mark.usefixtures("noon")
def test_she_takes_it_back_and_nobody_elses(world: World) -> None:
    maya, by = school(world)
    name = ask(by)
    stranger = Leaver(world.organisation, world.vale, maya.enrolment, maya.maya, maya.priya, "M", by.actor, by.how)
    for deed in (take_back, go_by_phone):
        with pytest.raises(SignOutNotThere):
            deed(stranger, name)
    take_back(by, name)
    assert held(SignOutRequest.state) == ("withdrawn",)
    with pytest.raises(SignOutRefused):
        answer_sign_out(desk(world), name, 2, agree=True, answer="", leads=False)


@pytest.mark.usefixtures("noon")
def test_another_school_has_no_such_request(world: World) -> None:
    _, by = school(world)
    name = ask(by)
    elsewhere = Desk(world.organisation, world.hill, desk(world).actor)
    with pytest.raises(SignOutNotThere):
        answer_sign_out(elsewhere, name, 1, agree=True, answer="", leads=True)


@pytest.mark.usefixtures("noon")
def test_words_of_danger_are_the_dsls_and_nobody_else_lets_her_go(world: World) -> None:
    maya, by = school(world)
    with unit_of_work() as tx:
        lead = add_staff(tx, world.organisation, world.vale, "Sanjay", "Desai", "DSL", "dsl")
    name = ask(by, "My stepdad hit me and I am scared to go home")
    assert messages("danger_to_dsl") == [(None, lead)]
    with read_door() as db:
        task = db.execute(select(Task.owner_role, Task.pupil_id, Task.kind)).one()
    assert tuple(task) == ("dsl", maya.maya, "danger_in_sign_out")
    with pytest.raises(SignOutRefused):
        answer_sign_out(desk(world), name, 1, agree=True, answer="", leads=False)
    answer_sign_out(desk(world), name, 1, agree=True, answer="", leads=True)
    with pytest.raises(SignOutRefused):
        see_go(desk(world), name, 2, leads=False)
    see_go(desk(world), name, 2, leads=True)
    assert messages("pupil_told") == []


def test_while_the_dsl_leads_nobody_else_agrees_and_no_phone_signs_out(
    world: World, noon: time_machine.Traveller
) -> None:
    maya, by = school(world, sign_out="phone")
    name = ask(by)
    with unit_of_work() as tx:
        tx.execute(
            insert(MessageStop).values(
                organisation_id=world.organisation, id=1, public_id="stop-1", school_id=world.vale,
                pupil_id=maya.maya, stopped_at=datetime(2026, 6, 16, 8, tzinfo=AT_NOON.tzinfo),
                stopped_by="Sanjay Desai",
            )
        )  # fmt: skip
    with pytest.raises(SignOutRefused):
        answer_sign_out(desk(world), name, 1, agree=True, answer="", leads=False)
    answer_sign_out(desk(world), name, 1, agree=True, answer="", leads=True)
    noon.move_to(in_london(TODAY, time(13, 10)))
    with pytest.raises(SignOutRefused):
        go_by_phone(by, name)


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(("groups", "told"), [((), False), (("child_protection",), True)])
def test_with_emergencies_alone_parents_hear_of_who_is_looked_for_first(
    world: World, groups: tuple[str, ...], told: bool
) -> None:
    maya, by = school(world, see="emergencies", groups=groups)
    name = ask(by)
    answer_sign_out(desk(world), name, 1, agree=True, answer="", leads=False)
    see_go(desk(world), name, 2, leads=False)
    assert messages("pupil_told") == ([(maya.priya, None)] if told else [])


@pytest.mark.usefixtures("noon")
def test_the_list_of_a_school_is_one_statement(world: World, db: Any) -> None:
    from tests.absence.family import statements

    _, by = school(world)
    ask(by)
    with read_door() as reading, statements(db) as seen:
        rows = sign_outs_on(reading, world.organisation, world.vale, TODAY)
    assert [(row.first_name, row.form, row.dsl_leads) for row in rows] == [("Maya", "12A", False)]
    assert len(seen) == 1
