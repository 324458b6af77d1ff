"""The family changes a report, takes it back, says when the child is back, repeats yesterday."""

from __future__ import annotations

import threading
from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import insert, select, update

from tests.absence.family import AT_0741, alice, key_of, rows, sent, typed
from tests.factories import TODAY, World
from webapp.absence.models import AbsenceReport, ReportEvent
from webapp.absence.queries.families import find_own_report
from webapp.absence.rules.drafts import Refusals
from webapp.absence.rules.states import ReportRefused, State
from webapp.absence.services.change import (
    Changed,
    NotTaken,
    ReportNotThere,
    Stale,
    change_report,
    say_back_on,
    withdraw_report,
)
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.happenings import ReportChanged, ReportWithdrawn
from webapp.absence.services.repeat import repeat_yesterday
from webapp.absence.services.report import ChildNotThere, report_absence
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation import events
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import CourtOrder, PupilContact, SchoolSetting
from webapp.people.rules.school_times import in_london


def sent_report(world: World, **changes: object) -> str:
    return sent(report_absence(typed(world.tom, **changes), alice(world), "k1")).children[0].report


def adults(contact_id: int, world: World) -> tuple[ContactKey, ...]:
    return (ContactKey(world.organisation, contact_id),)


def test_a_change_replaces_keeps_and_tells(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    name = sent_report(world)
    with unit_of_work() as tx:
        tx.execute(update(AbsenceReport).values(state="read", read_at=AT_0741, read_by="Saira Khan"))
    heard: list[ReportChanged] = []
    events.subscribe(ReportChanged, lambda _tx, changed: heard.append(changed))
    try:
        result = change_report(
            adults(world.alice, world), name, 1, typed(world.tom, kind="days", ends_on="2026-06-18", reason="other")
        )
    finally:
        events.forget_all()
    assert isinstance(result, Changed)
    assert (result.report.version, result.report.state, result.report.ends_on) == (2, "sent", date(2026, 6, 18))
    # Nobody has read what it says now.
    stands = rows(
        AbsenceReport.state, AbsenceReport.version, AbsenceReport.reason, AbsenceReport.read_at,
        AbsenceReport.suggested_code, AbsenceReport.not_sure,
    )  # fmt: skip
    assert stands == [("sent", 2, "other", None, "N", True)]
    assert [(one.before_ends_on, one.ends_on) for one in heard] == [(TODAY, date(2026, 6, 18))]
    with read_door() as door:
        kept = door.execute(select(ReportEvent.kind, ReportEvent.before).order_by(ReportEvent.id)).all()
    assert kept[-1][0] == "changed"
    assert (kept[-1][1]["reason"], kept[-1][1]["ends_on"], kept[-1][1]["state"]) == ("ill", "2026-06-16", "read")


def test_the_same_words_again_change_nothing(db: Database, world: World) -> None:
    name = sent_report(world)
    result = change_report(adults(world.alice, world), name, 1, typed(world.tom))
    assert isinstance(result, Changed)
    assert rows(AbsenceReport.version) == [(1,)]


def test_errors_of_a_change_change_nothing(db: Database, world: World) -> None:
    name = sent_report(world)
    result = change_report(adults(world.alice, world), name, 1, typed(world.tom, reason=""))
    assert isinstance(result, Refusals)
    assert rows(AbsenceReport.version) == [(1,)]


def test_a_stale_form_shows_how_it_stands(db: Database, world: World) -> None:
    name = sent_report(world)
    change_report(adults(world.alice, world), name, 1, typed(world.tom, reason="appointment"))
    for act in (
        lambda: change_report(adults(world.alice, world), name, 1, typed(world.tom, reason="other")),
        lambda: withdraw_report(adults(world.alice, world), name, 1, "10am"),
        lambda: say_back_on(adults(world.alice, world), name, 1, "2026-06-18"),
    ):
        with pytest.raises(Stale) as stale:
            act()
        assert (stale.value.current.version, stale.value.current.reason) == (2, "appointment")
    assert rows(AbsenceReport.reason, AbsenceReport.state) == [("appointment", "sent")]


def test_two_changes_at_once_and_one_of_them_is_stale(cloned_db: Database, world: World) -> None:
    name = sent_report(world)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def send(reason: str) -> None:
        form = typed(world.tom, reason=reason)
        barrier.wait()
        try:
            change_report(adults(world.alice, world), name, 1, form)
            outcomes.append("changed")
        except Stale:
            outcomes.append("stale")

    threads = [threading.Thread(target=send, args=(reason,)) for reason in ("appointment", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["changed", "stale"]
    assert rows(AbsenceReport.version) == [(2,)]


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_another_adult_finds_no_report(db: Database, world: World, who: str) -> None:
    name = sent_report(world)
    other = adults(getattr(world, who), world)
    for act in (
        lambda: change_report(other, name, 1, typed(world.tom)),
        lambda: withdraw_report(other, name, 1, "10am"),
        lambda: say_back_on(other, name, 1, "2026-06-18"),
        lambda: withdraw_report((ContactKey(world.other_organisation, world.alice),), name, 1, "10am"),
        lambda: withdraw_report((), name, 1, "10am"),
    ):
        with pytest.raises(ReportNotThere):
            act()
    assert rows(AbsenceReport.version) == [(1,)]


def test_an_adult_who_lost_the_right_finds_their_own_report_no_more(db: Database, world: World) -> None:
    name = sent_report(world)
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).where(PupilContact.contact_id == world.alice).values(may_report=False))
    with pytest.raises(ReportNotThere):
        withdraw_report(adults(world.alice, world), name, 1, "10am")


def test_once_dealt_with_it_is_not_changed_but_may_be_taken_back(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    name = sent_report(world)
    frozen.move_to(in_london(TODAY, time(9, 5)))
    by = Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan"))
    (number,) = rows(AbsenceReport.id)[0]
    assert isinstance(number, int)
    assert confirm(by, [Decision(number, 1, "I")]).decided
    with pytest.raises(ReportRefused):
        change_report(adults(world.alice, world), name, 2, typed(world.tom, reason="other"))
    assert isinstance(withdraw_report(adults(world.alice, world), name, 2, "1.30pm"), Changed)
    assert rows(AbsenceReport.state) == [("withdrawn",)]


def test_taking_back_asks_when_and_says_so(db: Database, world: World) -> None:
    name = sent_report(world)
    heard: list[ReportWithdrawn] = []
    events.subscribe(ReportWithdrawn, lambda _tx, withdrawn: heard.append(withdrawn))
    try:
        missing = withdraw_report(adults(world.alice, world), name, 1, " ")
        assert isinstance(missing, NotTaken)
        assert [error.sentence for error in missing.errors] == ["Enter the time Tom will be at school"]
        wrong = withdraw_report(adults(world.alice, world), name, 1, "16:00")
        assert isinstance(wrong, NotTaken)
        assert [error.sentence for error in wrong.errors] == ["School ends at 3:15pm. Choose an earlier time"]
        assert heard == []
        result = withdraw_report(adults(world.alice, world), name, 1, "9.30")
    finally:
        events.forget_all()
    expected = in_london(TODAY, time(9, 30))
    assert isinstance(result, Changed)
    assert (result.report.state, result.report.expected_at) == (State.WITHDRAWN, expected)
    assert [one.expected_at for one in heard] == [expected]
    # The bus is late.
    again = withdraw_report(adults(world.alice, world), name, 2, "9.45")
    assert isinstance(again, Changed)
    assert again.report.expected_at == in_london(TODAY, time(9, 45))


def test_a_report_about_tomorrow_is_taken_back_without_a_time(db: Database, world: World) -> None:
    name = sent_report(world, starts_on="2026-06-17")
    result = withdraw_report(adults(world.alice, world), name, 1)
    assert isinstance(result, Changed)
    assert result.report.expected_at is None


def test_a_report_that_is_over_cannot_be_taken_back(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    name = sent_report(world)
    frozen.shift(timedelta(days=1))
    result = withdraw_report(adults(world.alice, world), name, 1, "10am")
    assert isinstance(result, NotTaken)
    assert rows(AbsenceReport.state) == [("sent",)]


def test_a_held_report_taken_back_explains_nothing(db: Database, world: World) -> None:
    name = sent_report(world)
    with unit_of_work() as tx:
        tx.execute(update(AbsenceReport).values(state="held"))
    withdraw_report(adults(world.alice, world), name, 1, "10am")
    assert rows(AbsenceReport.state, AbsenceReport.expected_at) == [("withdrawn", None)]


def test_back_when_lengthens_and_shortens(db: Database, world: World) -> None:
    name = sent_report(world)
    who = adults(world.alice, world)
    longer = say_back_on(who, name, 1, "2026-06-19")
    assert isinstance(longer, Changed)
    assert rows(AbsenceReport.kind, AbsenceReport.ends_on, AbsenceReport.back_on) == [
        ("days", date(2026, 6, 18), date(2026, 6, 19))
    ]
    say_back_on(who, name, 2, "2026-06-17")
    assert rows(AbsenceReport.kind, AbsenceReport.ends_on) == [("all_day", TODAY)]
    same = say_back_on(who, name, 3, "2026-06-17")
    assert isinstance(same, Changed)
    assert same.report.version == 3
    weekend = say_back_on(who, name, 3, "2026-06-20")
    assert isinstance(weekend, NotTaken)


def test_back_too_late_sends_the_first_days_and_asks_to_talk(db: Database, world: World) -> None:
    name = sent_report(world)
    result = say_back_on(adults(world.alice, world), name, 1, "2026-07-01")
    assert isinstance(result, Changed)
    assert result.asked_until == date(2026, 6, 30)
    assert rows(AbsenceReport.ends_on, AbsenceReport.back_on, AbsenceReport.read_first) == [
        (date(2026, 6, 22), None, True)
    ]
    assert asked_for(world, name) == date(2026, 6, 30)
    say_back_on(adults(world.alice, world), name, 2, "not_sure")
    assert asked_for(world, name) == date(2026, 6, 30)
    say_back_on(adults(world.alice, world), name, 2, "2026-06-18")
    assert asked_for(world, name) is None


def asked_for(world: World, name: str) -> date | None:
    with read_door() as door:
        found = find_own_report(door, adults(world.alice, world), name, TODAY)
    assert found is not None
    return found.asked_until


def test_what_was_said_of_a_long_run_is_kept_when_it_is_sent_and_when_it_is_changed(db: Database, world: World) -> None:
    name = sent_report(world, kind="days", ends_on="2026-06-30")
    assert asked_for(world, name) == date(2026, 6, 30)
    who = adults(world.alice, world)
    # The same words again change nothing, also not the days that are still to be talked about.
    change_report(who, name, 1, typed(world.tom, kind="days", ends_on="2026-06-30"))
    assert rows(AbsenceReport.version) == [(1,)]
    change_report(who, name, 1, typed(world.tom, kind="days", ends_on="2026-07-02"))
    assert asked_for(world, name) == date(2026, 7, 2)
    change_report(who, name, 2, typed(world.tom, kind="days", ends_on="2026-06-17"))
    assert asked_for(world, name) is None


def test_still_poorly_is_one_tap(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    sent_report(world, words="private words")
    frozen.shift(timedelta(days=1))
    key = key_of(world.tom)
    first = repeat_yesterday(alice(world), key, "k2")
    assert repeat_yesterday(alice(world), key, "k2") == first
    assert sent(repeat_yesterday(alice(world), key, "k3")).children[0].already
    assert rows(AbsenceReport.starts_on, AbsenceReport.reason, AbsenceReport.symptoms, AbsenceReport.words) == [
        (TODAY, "ill", "sick", "private words"),
        (date(2026, 6, 17), "ill", "sick", ""),
    ]


def test_nothing_to_repeat_and_nobody_elses(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    with pytest.raises(ReportRefused):
        repeat_yesterday(alice(world), key_of(world.tom), "k2")
    with pytest.raises(ChildNotThere):
        repeat_yesterday(alice(world), key_of(world.noor), "k2")
    sent_report(world)
    frozen.shift(timedelta(days=1))
    bob = type(alice(world))(adults(world.bob, world), 8)
    with pytest.raises(ReportRefused):
        repeat_yesterday(bob, key_of(world.tom), "k2")


def test_the_long_run_asks_to_talk(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    with unit_of_work() as tx:
        tx.execute(
            insert(SchoolSetting).values(
                organisation_id=world.organisation, school_id=world.hill, key="absence.long_run_days",
                effective_from=date(2025, 9, 1), value="2",
            )
        )  # fmt: skip
    db.memo.forget()
    sent_report(world)
    frozen.shift(timedelta(days=1))
    repeat_yesterday(alice(world), key_of(world.tom), "k2")
    frozen.shift(timedelta(days=1))
    third = sent(repeat_yesterday(alice(world), key_of(world.tom), "k3")).children[0]
    # Today is sent all the same; school asks to talk, and reads it before anybody confirms it.
    assert third.asked_until == date(2026, 6, 18)
    assert rows(AbsenceReport.starts_on, AbsenceReport.read_first) == [
        (TODAY, False), (date(2026, 6, 17), False), (date(2026, 6, 18), True),
    ]  # fmt: skip
    assert sent(repeat_yesterday(alice(world), key_of(world.tom), "k3")).children[0] == third


def test_an_order_about_another_adult_leaves_mine_alone(db: Database, world: World) -> None:
    name = sent_report(world)
    with unit_of_work() as tx:
        tx.execute(
            insert(CourtOrder).values(
                organisation_id=world.organisation, id=99, pupil_id=world.tom, contact_id=world.bob, kind="order",
                denies="contact", starts_on=date(2026, 1, 5),
            )
        )  # fmt: skip
    assert isinstance(withdraw_report(adults(world.alice, world), name, 1, "10am"), Changed)
