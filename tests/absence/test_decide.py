"""Staff confirm, decide otherwise, do not accept, and undo; the family hears of it two minutes later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from tests.absence.family import alice, rows, sent, statements, typed
from tests.factories import FULL_RIGHTS, TODAY, World, add_pupil, link
from webapp.absence.models import AbsenceReport, ReportDecision, ReportEvent
from webapp.absence.rules.talk import WordsRefused
from webapp.absence.services import outcomes
from webapp.absence.services.decide import confirm, decide_other_code, not_accept
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.happenings import ReportDecided
from webapp.absence.services.report import report_absence
from webapp.absence.services.undo import undo
from webapp.foundation import events, work
from webapp.foundation.db import Database, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.rules.school_times import in_london
from webapp.record.models import Mark, MarkAmendment
from webapp.record.rules.codes import Setter, UnknownCode
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

AT_0905 = in_london(TODAY, time(9, 5))
AT_1310 = in_london(TODAY, time(13, 10))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """What families are told, as (first name, key)."""
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(outcomes, "tell_outcome_in", lambda _tx, about, key: heard.append((about.first_name, key)))
    return heard


def khan(world: World) -> Decider:
    return Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.officer, "Saira Khan", "Officer"))


def report(world: World, *pupils: int, key: str = "k1", **changes: object) -> list[Decision]:
    """Alice's report about Tom (or these pupils), and the decision that its suggested code offers."""
    result = report_absence(typed(*(pupils or (world.tom,)), **changes), alice(world), key)
    names = [child.report for child in sent(result).children]
    with read_door() as db:
        found = db.execute(
            select(AbsenceReport.id, AbsenceReport.version, AbsenceReport.suggested_code)
            .where(AbsenceReport.public_id.in_(names))
            .order_by(AbsenceReport.id)
        )
        return [Decision(*row) for row in found]


def mark(world: World, day: date = TODAY, half: int = 0, enrolment: int = 0) -> str | None:
    with read_door() as db:
        return db.scalar(
            select(Mark.code).where(
                Mark.enrolment_id == (enrolment or world.tom_enrolment), Mark.date == day, Mark.half == half
            )
        )


def write(world: World, code: str, half: int = 0) -> None:
    change = MarkChange(world.tom_enrolment, TODAY, half, code)
    actor = Actor(ActorKind.STAFF, world.teacher, "Jo Reed", "Teacher")
    write_marks(MarkBatch(world.organisation, world.hill, (change,), actor, "register", MarkSource.REGISTER))


def state() -> list[tuple[object, ...]]:
    return rows(AbsenceReport.state, AbsenceReport.version)


def test_confirm_sets_the_mark_of_the_session_that_has_begun(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    wanted = report(world)
    frozen.move_to(AT_0905)
    heard: list[ReportDecided] = []
    events.subscribe(ReportDecided, lambda _tx, decided: heard.append(decided))
    try:
        outcome = confirm(khan(world), wanted)
    finally:
        events.forget_all()
    assert not outcome.left
    (decided,) = outcome.decided
    assert [(s.date, s.half.index) for s in decided.sessions] == [(TODAY, 0)]
    assert decided.told_due_at == AT_0905 + timedelta(minutes=2)
    assert (mark(world), mark(world, half=1)) == ("I", None)
    assert state() == [("recorded", 2)]
    assert [(each.accepted, each.sessions, each.state) for each in heard] == [(True, ((TODAY, 0),), "recorded")]
    with read_door() as door:
        row = door.execute(select(AbsenceReport.read_at, AbsenceReport.read_by)).one()
        assert tuple(row) == (AT_0905, "Saira Khan")


def test_the_afternoon_is_confirmed_when_it_has_begun(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    confirm(khan(world), [wanted])
    frozen.move_to(AT_1310)
    again = Decision(wanted.report_id, 2, "I")
    outcome = confirm(khan(world), [again], session=(TODAY, 1))
    assert [(s.half.index) for s in outcome.decided[0].sessions] == [1]
    assert (mark(world), mark(world, half=1)) == ("I", "I")


def test_planned_codes_are_written_ahead(db: Database, world: World) -> None:
    wanted = report(world, kind="days", ends_on="2026-06-17", reason="appointment")
    assert len(confirm(khan(world), wanted).decided[0].sessions) == 4
    assert mark(world, date(2026, 6, 17), 1) == "M"


def test_an_n_is_replaced_and_the_record_keeps_both(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    wanted = report(world)
    frozen.move_to(AT_0905)
    write(world, "N")
    confirm(khan(world), wanted)
    assert mark(world) == "I"
    with read_door() as door:
        kept = door.execute(select(MarkAmendment.original_code, MarkAmendment.amended_code, MarkAmendment.actor_name))
        assert [tuple(row) for row in kept] == [("N", "I", "Saira Khan")]


def test_a_child_marked_in_meanwhile_is_never_overwritten_unseen(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    write(world, "/")
    outcome = confirm(khan(world), [wanted])
    assert [(left.stale, left.sentence) for left in outcome.left] == [
        (True, "The mark was changed meanwhile. Look at it again.")
    ]
    assert mark(world) == "/"
    assert state() == [("sent", 1)]
    seen = Decision(wanted.report_id, 1, "I", seen="/")
    assert confirm(khan(world), [seen]).decided
    assert mark(world) == "I"


def test_a_stale_row_is_left_and_shown_and_holds_back_no_other(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    toms, noors = second_child(world)
    frozen.move_to(AT_0905)
    stale = Decision(toms.report_id, 7, "I")
    outcome = confirm(khan(world), [stale, noors])
    assert [each.report_id for each in outcome.decided] == [noors.report_id]
    (left,) = outcome.left
    assert (left.report_id, left.stale) == (toms.report_id, True)
    assert left.current is not None and left.current.version == 1
    assert mark(world) is None


def second_child(world: World) -> tuple[Decision, Decision]:
    """Reports about Tom and about a second child of Alice at Hill."""
    with unit_of_work() as tx:
        pupil, _ = add_pupil(tx, world.organisation, world.hill, "Zoe", "Ahmed", form_id=world.form_3k)
        link(tx, world.organisation, pupil, world.alice, "mother", 1, lives_with=True, **FULL_RIGHTS)
    first, second = report(world, world.tom, pupil)
    return first, second


@pytest.mark.parametrize("reason", ["anxious", "bereavement", "other", "transport"])
def test_what_must_be_read_first_is_not_confirmed_unread_or_in_bulk(
    db: Database, world: World, frozen: time_machine.Traveller, reason: str
) -> None:
    (wanted,) = report(world, reason=reason)
    frozen.move_to(AT_0905)
    outcome = confirm(khan(world), [Decision(wanted.report_id, 1, "I")])
    assert [left.sentence for left in outcome.left] == ["Open and read this report first."]
    with unit_of_work() as tx:
        tx.execute(update(AbsenceReport).values(state="read"))
    bulk = confirm(khan(world), [Decision(wanted.report_id, 1, "I"), Decision(10_000, 1, "I")])
    assert [left.sentence for left in bulk.left] == ["This report is not there.", "Read this one by itself."]
    assert confirm(khan(world), [Decision(wanted.report_id, 1, "I")]).decided


def test_a_flagged_pupil_is_left_out_of_a_bulk(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    with unit_of_work() as tx:
        link(tx, world.organisation, world.noor, world.alice, "aunt", 2, **FULL_RIGHTS)
    both = report(world, world.tom, world.noor)
    frozen.move_to(AT_0905)
    outcome = confirm(khan(world), both)
    assert [each.report_id for each in outcome.decided] == [both[0].report_id]
    assert [left.sentence for left in outcome.left] == ["Read this one by itself."]
    assert confirm(khan(world), both[1:]).decided


def test_a_held_report_cannot_be_decided(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    wanted = report(world)
    with unit_of_work() as tx:
        tx.execute(update(AbsenceReport).values(state="held"))
    outcome = confirm(khan(world), wanted)
    assert [left.sentence for left in outcome.left] == ["Check first who sent this report, then release it."]


def test_another_schools_officer_finds_no_report(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    wanted = report(world)
    frozen.move_to(AT_0905)
    for organisation, school in ((world.organisation, world.vale), (world.other_organisation, world.other_school)):
        stranger = Decider(organisation, school, Actor(ActorKind.STAFF, world.vale_officer, "Vera Moss"))
        assert [left.sentence for left in confirm(stranger, wanted).left] == ["This report is not there."]
    assert mark(world) is None


@pytest.mark.parametrize(
    ("code", "setter", "words"),
    [
        ("C", Setter.OFFICE, "no leave has been granted"),
        ("\\", Setter.OFFICE, "not a mark for the morning"),
        ("Y7", Setter.OFFICE, "needs a note"),
        ("X", Setter.OFFICE, "never for a pupil of compulsory school age"),
    ],
)
def test_a_code_that_may_not_stand_is_refused_with_its_reason(
    db: Database, world: World, frozen: time_machine.Traveller, code: str, setter: Setter, words: str
) -> None:
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    by = Decider(world.organisation, world.hill, khan(world).actor, setter)
    outcome = decide_other_code(by, Decision(wanted.report_id, 1, code))
    assert words in outcome.left[0].sentence
    assert mark(world) is None


def test_a_head_may_grant_c_and_an_unknown_code_is_named(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    with pytest.raises(UnknownCode):
        decide_other_code(khan(world), Decision(wanted.report_id, 1, "QQ"))
    head = Decider(world.organisation, world.hill, Actor(ActorKind.STAFF, world.head, "Grace Osei"), Setter.HEAD)
    assert decide_other_code(head, Decision(wanted.report_id, 1, "C")).decided
    assert mark(world) == "C"


def test_not_accepted_needs_a_reason(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    with pytest.raises(WordsRefused):
        not_accept(khan(world), Decision(wanted.report_id, 1, "O"), " \x00 ")
    outcome = not_accept(khan(world), Decision(wanted.report_id, 1, "O"), "Time off was not agreed")
    assert outcome.decided
    assert state() == [("not_accepted", 2)]
    assert mark(world) == "O"
    with read_door() as door:
        assert door.execute(select(ReportDecision.accepted, ReportDecision.reason)).one() == (
            False, "Time off was not agreed",
        )  # fmt: skip


def test_undo_within_two_minutes_tells_nobody(
    db: Database, world: World, frozen: time_machine.Traveller, told: list[tuple[str, str]]
) -> None:
    wanted = report(world)
    frozen.move_to(AT_0905)
    write(world, "N")
    decided = confirm(khan(world), wanted).decided[0]
    frozen.shift(timedelta(seconds=119))
    work.run_due([outcomes.TELL_OUTCOME])
    undone = undo(khan(world), decided.decisions)
    assert (undone.told, undone.left) == (False, ())
    assert mark(world) == "N"
    assert state() == [("read", 3)]
    frozen.shift(timedelta(minutes=5))
    work.run_due([outcomes.TELL_OUTCOME])
    assert told == []
    with read_door() as door:
        assert door.scalars(select(ReportEvent.kind).order_by(ReportEvent.id)).all() == ["sent", "accepted", "undone"]
        assert door.scalars(select(MarkAmendment.amended_code).order_by(MarkAmendment.id)).all() == ["I", "N"]


def test_undo_after_two_minutes_is_followed_by_a_correction(
    db: Database, world: World, frozen: time_machine.Traveller, told: list[tuple[str, str]]
) -> None:
    wanted = report(world)
    frozen.move_to(AT_0905)
    decided = confirm(khan(world), wanted).decided[0]
    frozen.shift(timedelta(minutes=2))
    work.run_due([outcomes.TELL_OUTCOME])
    assert told == [("Tom", f"outcome:{decided.decisions[0]}")]
    assert undo(khan(world), decided.decisions).told
    assert mark(world) is None
    frozen.shift(timedelta(minutes=2))
    work.run_due([outcomes.TELL_OUTCOME])
    assert told[1:] == [("Tom", f"outcome:{decided.decisions[0]}:undone")]


def test_another_code_after_an_undo_is_the_correction(
    db: Database, world: World, frozen: time_machine.Traveller, told: list[tuple[str, str]]
) -> None:
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    decided = confirm(khan(world), [wanted]).decided[0]
    frozen.shift(timedelta(minutes=3))
    work.run_due([outcomes.TELL_OUTCOME])
    undo(khan(world), decided.decisions)
    frozen.shift(timedelta(minutes=1))
    second = confirm(khan(world), [Decision(wanted.report_id, 3, "M")]).decided[0]
    frozen.shift(timedelta(minutes=5))
    work.run_due([outcomes.TELL_OUTCOME])
    assert told[1:] == [("Tom", f"outcome:{second.decisions[-1]}")]
    assert mark(world) == "M"


def test_the_same_code_for_the_afternoon_is_no_news(
    db: Database, world: World, frozen: time_machine.Traveller, told: list[tuple[str, str]]
) -> None:
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    confirm(khan(world), [wanted])
    frozen.move_to(AT_1310)
    work.run_due([outcomes.TELL_OUTCOME])
    confirm(khan(world), [Decision(wanted.report_id, 2, "I")], session=(TODAY, 1))
    frozen.shift(timedelta(minutes=5))
    work.run_due([outcomes.TELL_OUTCOME])
    assert len(told) == 1
    with read_door() as door:
        assert None not in door.scalars(select(ReportDecision.told_at)).all()


def test_undo_leaves_a_mark_that_somebody_changed_since(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    wanted = report(world)
    frozen.move_to(AT_0905)
    decided = confirm(khan(world), wanted).decided[0]
    write(world, "L")
    undone = undo(khan(world), decided.decisions)
    assert undone.reports == ()
    assert [left.stale for left in undone.left] == [True]
    assert (mark(world), state()) == ("L", [("recorded", 2)])


def test_an_old_decision_is_not_undone_from_under_a_later_one(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    """A tab that stood open: the mark is the same again, but it is what somebody else has decided since."""
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    first = confirm(khan(world), [wanted]).decided[0]
    for version, code in ((2, "M"), (3, "I")):
        frozen.shift(timedelta(minutes=1))
        assert confirm(khan(world), [Decision(wanted.report_id, version, code)]).decided
    undone = undo(khan(world), first.decisions)
    assert undone.reports == ()
    assert [left.stale for left in undone.left] == [True]
    assert mark(world) == "I"


def test_undo_twice_and_by_a_stranger_changes_nothing(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    wanted = report(world)
    frozen.move_to(AT_0905)
    decided = confirm(khan(world), wanted).decided[0]
    stranger = Decider(world.organisation, world.vale, Actor(ActorKind.STAFF, world.vale_officer, "Vera Moss"))
    assert undo(stranger, decided.decisions).reports == ()
    assert mark(world) == "I"
    assert undo(khan(world), decided.decisions).reports == (wanted[0].report_id,)
    assert undo(khan(world), decided.decisions).reports == ()


def test_confirm_undo_confirm(db: Database, world: World, frozen: time_machine.Traveller) -> None:
    (wanted,) = report(world)
    frozen.move_to(AT_0905)
    first = confirm(khan(world), [wanted]).decided[0]
    undo(khan(world), first.decisions)
    assert confirm(khan(world), [Decision(wanted.report_id, 3, "I")]).decided
    assert (mark(world), state()) == ("I", [("recorded", 4)])


def test_as_many_statements_for_one_report_as_for_fifty(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    pupils = []
    with unit_of_work() as tx:
        for number in range(52):
            pupil, _ = add_pupil(tx, world.organisation, world.hill, f"P{number:02}", "Ahmed", form_id=world.form_3k)
            link(tx, world.organisation, pupil, world.alice, "mother", 1, lives_with=True, **FULL_RIGHTS)
            pupils.append(pupil)
    wanted = report(world, *pupils)
    frozen.move_to(AT_0905)
    counts: dict[int, int] = {}
    for items in (wanted[:2], wanted[2:]):
        with statements(db) as heard:
            outcome = confirm(khan(world), items)
        counts[len(items)] = len(heard)
        assert len(outcome.decided) == len(items)
        with statements(db) as heard:
            undo(khan(world), [number for each in outcome.decided for number in each.decisions])
        counts[-len(items)] = len(heard)
    assert counts[2] == counts[50]
    assert counts[-2] == counts[-50]
    assert {row[0] for row in state()} == {"read"}
