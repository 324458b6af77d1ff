"""Who hears of a report: the adult whom school knows, the DSL, the family when school asks or has decided."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from notifications.models import Delivery, Message
from tests.absence.family import alice, rows, sent, typed
from tests.factories import FULL_RIGHTS, TODAY, World, link
from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.queries.telling import outcome_stands, waits_for_family
from webapp.absence.rules.kinds import Channel
from webapp.absence.rules.talk import WordsRefused
from webapp.absence.services import outcomes
from webapp.absence.services.calls import ask_for_call
from webapp.absence.services.change import Changed, change_report, withdraw_report
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.happenings import ReportDanger
from webapp.absence.services.report import Reporter, report_absence, report_absence_in
from webapp.absence.services.talk import answer_by_link, ask, write_to_school
from webapp.absence.services.undo import undo
from webapp.accounts.rules.links import LinkRefused, LinkState
from webapp.accounts.rules.persons import ContactKey
from webapp.accounts.services.links import issue_link_in
from webapp.foundation import events, work
from webapp.foundation.clock import school_now
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import PupilContact, Staff, StaffRole, Task
from webapp.people.rules.school_times import in_london

DANGER = "He left at 8 and is not answering his phone"


def khan(world: World) -> Decider:
    return Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


def adults(contact_id: int, world: World) -> tuple[ContactKey, ...]:
    return (ContactKey(world.organisation, contact_id),)


def messages(name: str) -> list[tuple[int | None, int | None]]:
    """(contact, staff) of every message of that name."""
    with read_door() as db:
        found = db.execute(
            select(Message.contact_id, Message.staff_id).where(Message.name == name).order_by(Message.id)
        )
        return [(row.contact_id, row.staff_id) for row in found]


def texts(name: str) -> list[tuple[str, str]]:
    """(address, body) of every text of that name."""
    with read_door() as db:
        found = db.execute(
            select(Delivery.address, Delivery.body)
            .join(Message, (Message.organisation_id == Delivery.organisation_id) & (Message.id == Delivery.message_id))
            .where(Message.name == name, Delivery.channel == "sms")
            .order_by(Delivery.id)
        )
        return [(row.address, row.body) for row in found]


def sent_report(world: World, *pupils: int, key: str = "k1", **changes: object) -> str:
    made = report_absence(typed(*(pupils or (world.tom,)), **changes), alice(world), key)
    return sent(made).children[0].report


def number() -> int:
    found = rows(AbsenceReport.id)[0][0]
    assert isinstance(found, int)
    return found


def test_the_first_report_from_a_new_phone_is_told_to_the_adult_whom_school_knows(db: Database, world: World) -> None:
    sent_report(world, world.tom, world.ella)
    assert messages("report_receipt") == [(world.alice, None), (world.alice, None)]
    assert texts("report_receipt") == [
        (
            "+447700900001",
            "Hill Primary: we got your message about Tom at 7:41am. If you did not send it, please ring 01632 960001 "
            "now.",
        ),
        (
            "+447700900001",
            "Vale Academy: we got your message about Ella at 7:41am. If you did not send it, please ring 01632 960002 "
            "now.",
        ),
    ]
    sent_report(world, key="k2", starts_on="2026-06-17")
    assert len(messages("report_receipt")) == 2


def test_a_name_is_said_only_about_today(db: Database, world: World) -> None:
    sent_report(world, starts_on="2026-06-17")
    assert "Tom" not in texts("report_receipt")[0][1]


def test_a_flagged_pupil_gets_a_receipt_every_time(db: Database, world: World) -> None:
    charlie = Reporter(adults(world.charlie, world), 9)
    report_absence(typed(world.noor), charlie, "k1")
    report_absence(typed(world.noor, starts_on="2026-06-17"), charlie, "k2")
    assert messages("report_receipt") == [(world.charlie, None)] * 2


def test_danger_reaches_the_safeguarding_lead_at_once_and_flags_the_report(db: Database, world: World) -> None:
    heard: list[ReportDanger] = []
    events.subscribe(ReportDanger, lambda _tx, danger: heard.append(danger))
    try:
        sent_report(world, words=DANGER)
    finally:
        events.forget_all()
    assert messages("danger_to_dsl") == [(None, world.dsl)]
    assert rows(AbsenceReport.danger, AbsenceReport.read_first) == [(True, True)]
    assert [(one.pupil_id, one.report_id) for one in heard] == [(world.tom, number())]
    with read_door() as door:
        due = door.scalars(
            select(Delivery.body)
            .join(Message, (Message.organisation_id == Delivery.organisation_id) & (Message.id == Delivery.message_id))
            .where(Message.name == "danger_to_dsl")
        ).all()
    assert due and not any("Tom" in body or "left" in body for body in due)


def test_where_there_is_no_safeguarding_lead_the_heads_hear(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        tx.execute(update(StaffRole).where(StaffRole.role == "dsl").values(role="governor"))
    sent_report(world, words=DANGER)
    assert messages("danger_to_dsl") == [(None, world.head), (None, world.dsl)]


@pytest.mark.parametrize("way", ["talk", "again", "change"])
def test_danger_is_heard_in_whatever_is_written_later(db: Database, world: World, way: str) -> None:
    name = sent_report(world)
    assert messages("danger_to_dsl") == []
    if way == "talk":
        write_to_school(adults(world.alice, world), name, DANGER, "t1")
    elif way == "again":
        sent_report(world, key="k2", words=DANGER)
    else:
        change_report(adults(world.alice, world), name, 1, typed(world.tom, words=DANGER))
    assert messages("danger_to_dsl") == [(None, world.dsl)]
    assert rows(AbsenceReport.danger, AbsenceReport.read_first) == [(True, True)]


def test_taking_the_words_back_does_not_take_back_the_danger(db: Database, world: World) -> None:
    name = sent_report(world, words=DANGER)
    change_report(adults(world.alice, world), name, 1, typed(world.tom, words=""))
    assert rows(AbsenceReport.danger, AbsenceReport.read_first, AbsenceReport.words) == [(True, True, "")]
    assert len(messages("danger_to_dsl")) == 1


def test_the_family_is_told_of_a_decision_and_of_its_undoing(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    name = sent_report(world)
    frozen.move_to(in_london(TODAY, time(9, 5)))
    decided = confirm(khan(world), [Decision(number(), 1, "I")]).decided[0]
    work.run_due([outcomes.TELL_OUTCOME])
    assert messages("report_outcome") == []
    frozen.shift(timedelta(minutes=2))
    work.run_due([outcomes.TELL_OUTCOME])
    assert messages("report_outcome") == [(world.alice, None)]
    assert texts("report_outcome")[0][1] == (
        "Hill Primary has dealt with what you told us. Sign in to see it: "
        f"https://attend.hill.example/absence-reports/{name}"
    )
    undo(khan(world), decided.decisions)
    frozen.shift(timedelta(minutes=2))
    work.run_due([outcomes.TELL_OUTCOME])
    assert messages("report_outcome") == [(world.alice, None)] * 2


@pytest.mark.parametrize("when", ["before it is due", "while it waits to go"])
def test_no_decision_is_told_on_what_the_family_took_back(
    db: Database, world: World, frozen: time_machine.Traveller, when: str
) -> None:
    name = sent_report(world)
    frozen.move_to(in_london(TODAY, time(9, 5)))
    confirm(khan(world), [Decision(number(), 1, "I")])
    waits = when == "while it waits to go"
    if waits:
        frozen.shift(timedelta(minutes=2))
        work.run_due([outcomes.TELL_OUTCOME])
        assert len(messages("report_outcome")) == 1
    with read_door() as read:
        assert outcome_stands(read, world.organisation, number())
    version = rows(AbsenceReport.version)[0][0]
    assert isinstance(withdraw_report(adults(world.alice, world), name, int(str(version)), "10:00"), Changed)
    frozen.shift(timedelta(minutes=3))
    work.run_due([outcomes.TELL_OUTCOME])
    assert len(messages("report_outcome")) == waits
    with read_door() as read:
        assert not outcome_stands(read, world.organisation, number())


def question(world: World) -> str:
    """School asks; returns the token of the link in the text."""
    ask(khan(world), number(), "Has she seen a doctor?", "a1")
    found = re.search(r"/t/(\w+)", texts("school_asks")[0][1])
    assert found is not None
    return found[1]


def test_school_asks_and_the_link_takes_one_answer(db: Database, world: World) -> None:
    sent_report(world)
    token = question(world)
    with pytest.raises(WordsRefused):
        answer_by_link(token, " \x00 ")
    with read_door() as door:
        assert waits_for_family(door, world.organisation, number())
    answer_by_link(token, "Yes, yesterday")
    with read_door() as door:
        assert not waits_for_family(door, world.organisation, number())
        lines = door.execute(select(ReportMessage.side, ReportMessage.words).order_by(ReportMessage.id)).all()
    assert [tuple(line) for line in lines] == [("school", "Has she seen a doctor?"), ("family", "Yes, yesterday")]
    # What asked is read, so that no text follows a push; the receipt beside it is not.
    with read_door() as door:
        lines = door.scalars(select(ReportMessage.read_at).order_by(ReportMessage.id)).all()
        assert lines == [school_now(), None]
        read = door.execute(select(Message.name).where(Message.read_at.is_not(None))).all()
    assert [tuple(row) for row in read] == [("school_asks",)]
    with pytest.raises(LinkRefused) as used:
        answer_by_link(token, "Again")
    assert used.value.state is LinkState.USED


def test_a_link_that_is_old_altered_of_another_kind_or_of_an_adult_without_the_right(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    sent_report(world)
    token = question(world)
    with pytest.raises(LinkRefused) as altered:
        answer_by_link(token[:-1] + ("a" if token[-1] != "a" else "b"), "Yes")
    assert altered.value.state is LinkState.ALTERED
    with unit_of_work() as tx:
        other = issue_link_in(
            tx, organisation_id=world.organisation, school_id=world.hill, contact_id=world.alice,
            purpose="where_is_child", subjects=(number(),),
        )  # fmt: skip
    with pytest.raises(LinkRefused):
        answer_by_link(other, "Yes")
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).where(PupilContact.contact_id == world.alice).values(may_report=False))
    with pytest.raises(LinkRefused) as withdrawn:
        answer_by_link(token, "Yes")
    assert withdrawn.value.state is LinkState.WITHDRAWN
    frozen.shift(timedelta(hours=49))
    with pytest.raises(LinkRefused) as expired:
        answer_by_link(token, "Yes")
    assert expired.value.state is LinkState.EXPIRED
    with read_door() as door:
        assert door.scalars(select(ReportMessage.side)).all() == ["school"]


def test_please_ring_me_is_one_task(db: Database, world: World) -> None:
    name = sent_report(world)
    ask_for_call(adults(world.alice, world), name)
    ask_for_call(adults(world.alice, world), name)
    with read_door() as door:
        tasks = door.execute(select(Task.title, Task.owner_role, Task.due_at, Task.pupil_id)).all()
    assert [tuple(task) for task in tasks] == [
        ("Ring Alice Ahmed about Tom", "attendance_officer", in_london(TODAY, time(15, 15)), world.tom)
    ]
    assert rows(AbsenceReport.wants_call, AbsenceReport.read_first) == [(True, True)]


def test_a_ticked_call_makes_the_task_with_the_report(db: Database, world: World) -> None:
    sent_report(world, reason="anxious", wants_call=True)
    with read_door() as door:
        assert door.scalars(select(Task.title)).all() == ["Ring Alice Ahmed about Tom"]


def test_no_message_goes_to_the_other_parent(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    with unit_of_work() as tx:
        link(tx, world.organisation, world.ella, world.bob, "father", 2, **FULL_RIGHTS)
    sent_report(world, world.tom, world.ella)
    frozen.move_to(in_london(TODAY, time(9, 5)))
    confirm(khan(world), [Decision(number(), 1, "I")])
    question(world)
    frozen.shift(timedelta(minutes=2))
    work.run_due([outcomes.TELL_OUTCOME])
    with read_door() as door:
        assert set(door.scalars(select(Message.contact_id))) == {world.alice}
        assert door.scalar(select(Staff.id).where(Staff.id == world.dsl)) == world.dsl


def test_an_answer_by_link_joins_the_transaction_that_uses_the_link(db: Database, world: World) -> None:
    with unit_of_work() as tx:
        made = report_absence_in(
            tx, typed(world.tom), Reporter(adults(world.alice, world)), "link:1", channel=Channel.LINK
        )
    assert sent(made).children[0].first_name == "Tom"
    assert rows(AbsenceReport.channel, AbsenceReport.state) == [("link", "sent")]
    # School wrote to this number itself: nobody has to be warned.
    assert messages("report_receipt") == []
