"""What an adult says twice is one report; what they say anew is the one that counts."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from tests.absence.family import AT_0741, alice, rows, sent, typed
from tests.absence.test_desk import khan, state_of_text, text_in
from tests.factories import TODAY, World
from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.absence.queries.statements import statements_on
from webapp.absence.rules.deciding import SAID_SINCE
from webapp.absence.services.change import withdraw_report
from webapp.absence.services.decide import confirm, decide_other_code
from webapp.absence.services.deciders import Decision
from webapp.absence.services.desk import log_phone_report, report_from_text
from webapp.absence.services.report import report_absence
from webapp.absence.services.said_again import AlreadyTold
from webapp.foundation.db import Database, read_door
from webapp.record.models import Mark

ILL = {"words": "Sick in the night"}
LATE = {"kind": "late", "reason": "running_late", "arrives_at": "9.30", "symptoms": ()}


def talk() -> list[tuple[str, str]]:
    with read_door() as door:
        return [tuple(row) for row in door.execute(select(ReportMessage.author, ReportMessage.words))]


def test_one_call_that_two_people_take_down_is_one_report(db: Database, world: World) -> None:
    form = typed(world.tom, **ILL)
    log_phone_report(khan(world), form, "key-one", contact_id=world.bob)
    with pytest.raises(AlreadyTold) as refused:
        log_phone_report(khan(world), replace(form, words="Still sick"), "key-two", contact_id=world.bob)
    assert "Saira Khan took this call from Bob Ahmed at 07:41." in refused.value.mend
    assert len(rows(AbsenceReport.id)) == 1


def test_what_they_add_goes_onto_the_report_that_stands(db: Database, world: World) -> None:
    report_absence(typed(world.tom, **ILL), alice(world), "k1")
    form = typed(world.tom, words="And a rash")
    with pytest.raises(AlreadyTold) as refused:
        log_phone_report(khan(world), form, "key-one", contact_id=world.alice)
    assert "Alice Ahmed told school this at 07:41 by app." in refused.value.mend
    for _ in range(2):
        log_phone_report(khan(world), form, "key-two", contact_id=world.alice, add=True)
    assert talk() == [("Alice Ahmed", "And a rash")]
    assert len(rows(AbsenceReport.id)) == 1


def test_a_text_that_says_it_again_is_settled_and_its_words_are_kept(db: Database, world: World) -> None:
    report_absence(typed(world.tom, **ILL), alice(world), "k1")
    number = text_in(world)
    form = typed(world.tom, words="hes got a temp")
    report_from_text(khan(world), form, "key-one", contact_id=world.alice, inbound_id=number)
    assert talk() == [("Alice Ahmed", "hes got a temp")]
    assert len(rows(AbsenceReport.id)) == 1
    assert state_of_text(number)[0] == "settled"


@pytest.mark.parametrize(
    ("contact", "changes"),
    [("bob", {}), ("alice", {"reason": "appointment"}), ("alice", LATE), ("other", {})],
)
def test_another_adult_or_other_words_are_a_report_of_their_own(
    db: Database, world: World, contact: str, changes: dict[str, object]
) -> None:
    log_phone_report(khan(world), typed(world.tom, **ILL), "key-one", contact_id=world.alice)
    who = {"bob": world.bob, "alice": world.alice}.get(contact)
    log_phone_report(khan(world), typed(world.tom, **changes), "key-two", contact_id=who, caller="Aunt May")
    assert len(rows(AbsenceReport.id)) == 2


def test_two_who_take_it_down_at_once_make_one(cloned_db: Database, world: World) -> None:
    form = typed(world.tom, **ILL)
    done: list[str] = []

    def take(key: str) -> None:
        try:
            log_phone_report(khan(world), form, key, contact_id=world.bob)
            done.append("made")
        except AlreadyTold:
            done.append("told")

    with time_machine.travel(AT_0741, tick=False):
        threads = [threading.Thread(target=take, args=(f"key-{n}-key",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(done) == ["made", "told", "told", "told"]
    assert len(rows(AbsenceReport.id)) == 1


def test_ill_then_on_the_way_cannot_be_confirmed_as_ill(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    report_absence(typed(world.tom, **ILL), alice(world), "k1")
    frozen.shift(60 * 75)
    first = rows(AbsenceReport.id)[0][0]
    assert isinstance(first, int)
    report_absence(typed(world.tom, **LATE), alice(world), "k2")
    outcome = confirm(khan(world), [Decision(first, 1, "I")], session=(TODAY, 0))
    assert [(one.sentence, one.stale) for one in outcome.left] == [(SAID_SINCE, True)]
    assert not outcome.decided
    with read_door() as door:
        assert door.scalars(select(Mark.code)).all() == []
    # On its own page, where both are seen, a person may.
    assert decide_other_code(khan(world), Decision(first, 1, "I"), session=(TODAY, 0)).decided


def test_a_report_taken_back_speaks_from_that_moment(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    late = sent(report_absence(typed(world.tom, **LATE), alice(world), "k1")).children[0].report
    frozen.shift(60)
    report_absence(typed(world.tom, **ILL), alice(world), "k2")
    frozen.shift(60)
    withdraw_report(alice(world).adults, late, 1, "10:00")
    with read_door() as door:
        said = statements_on(door, world.organisation, world.hill, [world.tom_enrolment], TODAY, TODAY)
    assert [each.kind for each in said] == ["all_day", "late"]


def test_the_same_words_after_others_are_said_anew(
    db: Database, world: World, frozen: time_machine.Traveller
) -> None:
    for number, words in enumerate([LATE, ILL, {**LATE, "arrives_at": "10.30"}]):
        report_absence(typed(world.tom, **words), alice(world), f"k{number}")
        frozen.shift(60)
    assert rows(AbsenceReport.kind) == [("late",), ("all_day",), ("late",)]
    report_absence(typed(world.tom, **{**LATE, "arrives_at": "10.30"}), alice(world), "k9")
    assert len(rows(AbsenceReport.kind)) == 3
