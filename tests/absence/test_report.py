"""A family tells school why children are away: once, for each child, and only for their own."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from tests.absence.family import AT_0741, alice, rows, sent, statements, typed
from tests.factories import FULL_RIGHTS, TODAY, World, add_pupil, link
from webapp.absence.models import AbsenceReport, ReportEvent, ReportMessage
from webapp.absence.rules.drafts import Refusals
from webapp.absence.rules.states import ReportRefused, State
from webapp.absence.services.happenings import ReportMade
from webapp.absence.services.report import ChildNotThere, Reporter, report_absence
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation import events
from webapp.foundation.db import Database, insert_row, read_door, unit_of_work
from webapp.foundation.submissions import SubmissionReused
from webapp.foundation.trail import TrailEntry
from webapp.people.models import CourtOrder, PupilContact


def test_one_report_a_child_across_schools(db: Database, world: World) -> None:
    heard: list[ReportMade] = []
    events.subscribe(ReportMade, lambda _tx, made: heard.append(made))
    try:
        result = sent(report_absence(typed(world.tom, world.ella), alice(world), "k1"))
    finally:
        events.forget_all()
    assert [(child.first_name, child.school_id, child.state) for child in result.children] == [
        ("Tom", world.hill, State.SENT),
        ("Ella", world.vale, State.SENT),
    ]
    stored = rows(AbsenceReport.enrolment_id, AbsenceReport.told_by, AbsenceReport.suggested_code, AbsenceReport.state,
                  AbsenceReport.sent_at, AbsenceReport.after_close, AbsenceReport.symptoms)  # fmt: skip
    assert stored == [
        (world.tom_enrolment, "Alice Ahmed", "I", "sent", AT_0741, False, "sick"),
        (world.ella_enrolment, "Alice Ahmed", "I", "sent", AT_0741, False, "sick"),
    ]
    assert [(made.pupil_id, made.school_id, made.starts_on, made.state) for made in heard] == [
        (world.tom, world.hill, TODAY, "sent"),
        (world.ella, world.vale, TODAY, "sent"),
    ]
    with read_door() as door:
        deeds = door.execute(select(TrailEntry.action, TrailEntry.pupil_id, TrailEntry.actor_name)).all()
        assert [tuple(deed) for deed in deeds] == [
            ("reported_absence", world.tom, "Alice Ahmed"),
            ("reported_absence", world.ella, "Alice Ahmed"),
        ]
        assert door.scalars(select(ReportEvent.kind)).all() == ["sent", "sent"]


def test_the_same_form_twice_is_one_report(db: Database, world: World) -> None:
    first = report_absence(typed(world.tom), alice(world), "k1")
    assert report_absence(typed(world.tom), alice(world), "k1") == first
    assert len(rows(AbsenceReport.id)) == 1
    with pytest.raises(SubmissionReused):
        report_absence(typed(world.tom, reason="appointment"), alice(world), "k1")
    assert len(rows(AbsenceReport.id)) == 1


def test_two_threads_with_the_same_form_make_one_report(cloned_db: Database, world: World) -> None:
    form, results, barrier = typed(world.tom, world.ella), [], threading.Barrier(6)

    def send() -> None:
        barrier.wait()
        results.append(report_absence(form, alice(world), "k1"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert all(result == results[0] for result in results)
    assert len(rows(AbsenceReport.id)) == 2
    with read_door() as door:
        assert door.scalar(select(func.count()).select_from(ReportEvent)) == 2


@pytest.mark.parametrize("who", ["noor", "other_pupil"])
def test_another_familys_child_is_not_there(db: Database, world: World, who: str) -> None:
    stranger = getattr(world, who)
    for children in ((stranger,), (world.tom, stranger)):
        with pytest.raises(ChildNotThere):
            report_absence(typed(*children), alice(world), "k1")
    with pytest.raises(ChildNotThere):
        report_absence(replace(typed(world.tom), children=("nobody",)), alice(world), "k1")
    assert rows(AbsenceReport.id) == []


def test_a_contact_id_of_another_organisation_opens_nothing(db: Database, world: World) -> None:
    crossed = Reporter((ContactKey(world.other_organisation, world.alice),), 7)
    with pytest.raises(ChildNotThere):
        report_absence(typed(world.tom), crossed, "k1")


@pytest.mark.parametrize(
    "lose",
    [
        {"may_report": False},
        {"do_not_contact": True},
        {"ends_on": date(2026, 6, 15)},
    ],
)
def test_an_adult_without_the_right_finds_no_child(db: Database, world: World, lose: dict[str, object]) -> None:
    with unit_of_work() as tx:
        tx.execute(update(PupilContact).where(PupilContact.contact_id == world.alice).values(**lose))
    with pytest.raises(ChildNotThere):
        report_absence(typed(world.tom), alice(world), "k1")


def order(world: World, contact_id: int, denies: str = "report") -> None:
    with unit_of_work() as tx:
        insert_row(
            tx, CourtOrder, organisation_id=world.organisation, pupil_id=world.tom, contact_id=contact_id,
            kind="prohibited steps", denies=denies, starts_on=date(2026, 1, 5),
        )  # fmt: skip


def test_an_order_takes_the_right_away(db: Database, world: World) -> None:
    order(world, world.bob)
    with pytest.raises(ChildNotThere):
        report_absence(typed(world.tom), Reporter((ContactKey(world.organisation, world.bob),), 8), "k1")


def test_a_new_phone_with_an_order_in_place_is_held_until_somebody_has_looked(db: Database, world: World) -> None:
    order(world, world.bob)
    assert sent(report_absence(typed(world.tom), alice(world), "k1")).children[0].state is State.HELD
    # Sending again, or another day, from the phone that is no longer new does not open the door.
    tomorrow = typed(world.tom, starts_on="2026-06-17")
    assert sent(report_absence(tomorrow, alice(world), "k2")).children[0].state is State.HELD
    # Ella has no order.
    assert sent(report_absence(typed(world.ella), alice(world), "k3")).children[0].state is State.SENT


def test_a_known_phone_with_an_order_in_place_is_believed(db: Database, world: World) -> None:
    report_absence(typed(world.tom, starts_on="2026-06-17"), alice(world), "k0")
    order(world, world.bob)
    assert sent(report_absence(typed(world.tom), alice(world), "k1")).children[0].state is State.SENT
    assert sent(report_absence(typed(world.tom, starts_on="2026-06-18"), alice(world, 99), "k2")).children[0].state is (
        State.HELD
    )


def test_telling_again_adds_to_what_stands(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    first = sent(report_absence(typed(world.tom), alice(world), "k1")).children[0]
    frozen.shift(timedelta(minutes=5))
    again = sent(report_absence(typed(world.tom, words="Now a rash too"), alice(world), "k2")).children[0]
    assert (again.already, again.report, again.sent_at) == (True, first.report, AT_0741)
    assert len(rows(AbsenceReport.id)) == 1
    with read_door() as door:
        assert door.execute(select(ReportMessage.side, ReportMessage.author, ReportMessage.words)).all() == [
            ("family", "Alice Ahmed", "Now a rash too")
        ]


def test_the_other_parent_can_still_tell(db: Database, world: World) -> None:
    report_absence(typed(world.tom), alice(world), "k1")
    bob = Reporter((ContactKey(world.organisation, world.bob),), 8)
    assert not sent(report_absence(typed(world.tom), bob, "k1")).children[0].already
    assert [row[0] for row in rows(AbsenceReport.told_by)] == ["Alice Ahmed", "Bob Ahmed"]


def test_one_adult_of_two_organisations_reports_for_children_of_both(db: Database, world: World) -> None:
    both = Reporter(
        (ContactKey(world.organisation, world.alice), ContactKey(world.other_organisation, world.other_contact)), 7
    )
    result = sent(report_absence(typed(world.other_pupil, world.tom), both, "k1"))
    assert [(child.organisation_id, child.first_name) for child in result.children] == [
        (world.other_organisation, "Mallory"),
        (world.organisation, "Tom"),
    ]
    assert report_absence(typed(world.other_pupil, world.tom), both, "k1") == result


def test_errors_keep_what_was_typed_and_send_nothing(db: Database, world: World) -> None:
    form = typed(world.tom, starts_on="18 7 2026", words="مرحبا \x00 🤒")
    result = report_absence(form, alice(world), "k1")
    assert isinstance(result, Refusals)
    assert result.typed == form
    assert [(error.field, error.sentence) for error in result.errors] == [
        ("starts_on", "18 July is in the school holidays. Choose a school day")
    ]
    assert rows(AbsenceReport.id) == []


def test_no_child_chosen_is_an_error_and_not_a_404(db: Database, world: World) -> None:
    result = report_absence(replace(typed(world.tom), children=()), alice(world), "k1")
    assert isinstance(result, Refusals)
    assert ("children", "Choose a child") in [(error.field, error.sentence) for error in result.errors]


def test_words_are_cleaned_and_kept(db: Database, world: World) -> None:
    report_absence(typed(world.tom, words=" \x00مريض 🤒 e\u0301\u202e "), alice(world), "k1")
    assert rows(AbsenceReport.words) == [("مريض 🤒 é",)]


@pytest.mark.parametrize("key", ["", "x" * 65, "a\x00b", "é"])
def test_a_key_that_cannot_be_one_is_refused(db: Database, world: World, key: str) -> None:
    with pytest.raises(ReportRefused):
        report_absence(typed(world.tom), alice(world), key)


def test_a_long_run_sends_its_first_days(db: Database, world: World) -> None:
    form = typed(world.tom, kind="days", ends_on="2026-06-30")
    child = sent(report_absence(form, alice(world), "k1")).children[0]
    assert child.asked_until == date(2026, 6, 30)
    assert rows(AbsenceReport.ends_on, AbsenceReport.read_first) == [(date(2026, 6, 22), True)]


def test_after_the_cut_off_the_door_is_open(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    frozen.move_to(AT_0741 + timedelta(hours=2))
    report_absence(typed(world.tom), alice(world), "k1")
    assert rows(AbsenceReport.after_close) == [(True,)]


def test_as_many_statements_for_one_child_as_for_fifty(db: Database, world: World) -> None:
    pupils = []
    with unit_of_work() as tx:
        for number in range(50):
            pupil, _ = add_pupil(tx, world.organisation, world.hill, f"P{number:02}", "Ahmed", form_id=world.form_3k)
            link(tx, world.organisation, pupil, world.alice, "mother", 1, lives_with=True, **FULL_RIGHTS)
            pupils.append(pupil)
    report_absence(typed(world.tom, starts_on="2026-06-18"), alice(world), "k0")

    def heard_of(key: str, *children: int) -> list[str]:
        form = typed(*children)
        with statements(db) as heard:
            sent(report_absence(form, alice(world), key))
        return [statement[:60] for statement in heard]

    few, many = heard_of("k1", pupils[0]), heard_of("k2", *pupils[1:])
    assert few == many
    assert len(few) <= (8 if db.is_sqlite else 4)


def test_a_report_is_one_read_and_three_writes_on_postgresql(cloned_db: Database, world: World) -> None:
    report_absence(typed(world.tom, starts_on="2026-06-18"), alice(world), "k0")
    form = typed(world.tom)
    with statements(cloned_db) as heard:
        report_absence(form, alice(world), "k1")
    if not cloned_db.is_sqlite:
        assert len(heard) == 4

