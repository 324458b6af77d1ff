"""Nothing is deleted before its time, while it is held, or unconfirmed; and what is deleted leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from notifications.models import Message, MessagePupil
from tests.factories import World, add_pupil
from webapp.absence.models import AbsenceReport, ReportDecision
from webapp.first_day.models import FirstDayCase
from webapp.foundation import trail, work
from webapp.foundation.db import Base, insert_row, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind, Deed, TrailEntry, seals, verify
from webapp.insight.models import RecordHold, RetentionRun, SubjectRequest
from webapp.insight.queries.gathering import Subject, belongs
from webapp.insight.queries.keeping import count_due, last_counts, list_due
from webapp.insight.queries.requests import find_about
from webapp.insight.rules.holdings import HOLDINGS
from webapp.insight.rules.keeping import DeletionRefused, RecordKind, Schedule, schedule_of
from webapp.insight.services.holds import hold_records, release_hold
from webapp.insight.services.keeping import confirm_deletion, count_school, delete_again
from webapp.insight.services.requests import Keeper
from webapp.people.models import Enrolment, MessageStop, Pupil, PupilContact, PupilGroup
from webapp.people.queries import settings_of
from webapp.people.rules.protections import ProtectionRefused
from webapp.record.models import Mark, MarkAmendment, PupilWeek

TODAY = date(2026, 6, 16)
OLD = date(2018, 11, 5)
"""Of a school year that ended more than six years ago."""
OLD_AT = datetime(2018, 11, 5, 9, tzinfo=UTC)
YOUNG = date(2020, 9, 7)
KINDS = list(RecordKind)


def schedule(keeper: Keeper) -> Schedule:
    with read_door() as db:
        return schedule_of(settings_of(db, keeper.organisation_id, keeper.school_id, TODAY), TODAY)


def due(keeper: Keeper, kind: RecordKind) -> int:
    with read_door() as db:
        return count_due(db, kind, keeper.organisation_id, keeper.school_id, schedule(keeper)).due


def delete(keeper: Keeper, *kinds: RecordKind, key: str = "a-key-of-eight") -> str:
    total = sum(due(keeper, kind) for kind in kinds)
    public_id = confirm_deletion(keeper, kinds, str(total), submission_key=key)
    assert work.run_due({"retention_run"}) == 1
    return public_id


def rows(table: Any, *where: Any) -> int:
    with read_door() as db:
        return int(db.scalar(select(func.count()).select_from(table).where(*where)) or 0)


@pytest.fixture
def old(world: World, keeper: Keeper) -> World:
    """Something of every kind about Tom and Noor, old and young."""
    of, school = world.organisation, world.hill
    with unit_of_work() as tx:
        tx.execute(
            insert(Mark),
            [
                {"organisation_id": of, "enrolment_id": enrolment, "date": day, "half": half, "code": "/"}
                for enrolment in (world.tom_enrolment, world.noor_enrolment)
                for day in (OLD, YOUNG)
                for half in (0, 1)
            ],
        )
        sums = dict.fromkeys(
            ("possible", "present", "authorised", "unauthorised", "late", "unresolved", "illness"), 0
        )
        tx.execute(
            insert(PupilWeek),
            [{"organisation_id": of, "school_id": school, "week": week, "enrolment_id": world.tom_enrolment,
              "codes": "", **sums} for week in (OLD, YOUNG)],
        )  # fmt: skip
        for pupil, enrolment, contact in (
            (world.tom, world.tom_enrolment, world.alice), (world.noor, world.noor_enrolment, world.charlie),
        ):
            report = insert_row(
                tx, AbsenceReport, organisation_id=of, public_id=f"old-{pupil}", school_id=school,
                enrolment_id=enrolment, contact_id=contact, told_by="P", channel="app", kind="all_day", starts_on=OLD,
                ends_on=OLD, reason="ill", suggested_code="I", state="recorded", sent_at=OLD_AT,
            )  # fmt: skip
            insert_row(
                tx, ReportDecision, organisation_id=of, report_id=report, date=OLD, half=0, code="I", accepted=True,
                decided_at=OLD_AT, decided_by_id=1, decided_by="S", told_due_at=OLD_AT,
            )  # fmt: skip
            insert_row(
                tx, FirstDayCase, organisation_id=of, public_id=f"case-{pupil}", school_id=school,
                enrolment_id=enrolment, date=OLD, half=0, state="closed", opened_at=OLD_AT, owner_role="dsl",
                next_step="ring",
            )  # fmt: skip
            message = insert_row(
                tx, Message, organisation_id=of, public_id=f"msg-{pupil}", key=f"{pupil}", school_id=school,
                contact_id=contact, name="school_asks", urgency="soon", language="en", about_kind="report", words={},
                created_at=OLD_AT,
            )  # fmt: skip
            tx.execute(insert(MessagePupil).values(organisation_id=of, pupil_id=pupil, message_id=message))
    return world


OF_TWO = {RecordKind.REGISTER: 4, RecordKind.CASES: 2, RecordKind.REPORTS: 2, RecordKind.MESSAGES: 2}


@pytest.mark.parametrize("kind", OF_TWO)
def test_what_is_due_is_counted_listed_and_deleted_when_somebody_confirms(
    old: World, keeper: Keeper, kind: RecordKind
):
    assert due(keeper, kind) == OF_TWO[kind]
    with read_door() as db:
        listed = list_due(db, kind, keeper.organisation_id, keeper.school_id, schedule(keeper))
    assert sum(each.due for each in listed) == (OF_TWO[kind] if kind is not RecordKind.MESSAGES else 0)
    delete(keeper, kind)
    assert due(keeper, kind) == 0
    assert rows(Mark) == (4 if kind is RecordKind.REGISTER else 8)


def test_the_register_of_the_last_six_years_stays(old: World, keeper: Keeper):
    delete(keeper, *KINDS)
    with read_door() as db:
        assert set(db.scalars(select(Mark.date))) == {YOUNG}
        assert set(db.scalars(select(PupilWeek.week))) == {YOUNG}


def test_an_entry_that_was_changed_later_is_kept_from_its_change_on(old: World, keeper: Keeper):
    with unit_of_work() as tx:
        insert_row(
            tx, MarkAmendment, organisation_id=old.organisation, enrolment_id=old.tom_enrolment, date=OLD, half=0,
            original_code="N", amended_code="/", reason="r", amended_at=datetime(2021, 1, 5, tzinfo=UTC),
            actor_kind="staff", actor_name="S", actor_position="P", source="staff",
        )  # fmt: skip
    assert due(keeper, RecordKind.REGISTER) == 2
    delete(keeper, *KINDS)
    assert rows(Mark, Mark.enrolment_id == old.tom_enrolment) == 4


def held_by_hand(world: World, keeper: Keeper) -> None:
    with read_door() as db:
        public_id = db.scalar(select(Pupil.public_id).where(Pupil.id == world.tom))
        about = find_about(db, keeper.organisation_id, keeper.school_id, "pupil", str(public_id), TODAY)
    assert about is not None
    hold_records(keeper, about, "A claim", "2026-12-01")


def held_by_stop(world: World, keeper: Keeper) -> None:
    with unit_of_work() as tx:
        insert_row(
            tx, MessageStop, organisation_id=world.organisation, public_id="st", school_id=world.hill,
            pupil_id=world.tom, stopped_at=OLD_AT, stopped_by="D",
        )  # fmt: skip


def held_by_request(world: World, keeper: Keeper) -> None:
    with unit_of_work() as tx:
        insert_row(
            tx, SubjectRequest, organisation_id=world.organisation, public_id="rq", school_id=world.hill,
            pupil_id=world.tom, asked_by="pupil", basis="access", received_on=TODAY, state="logged", logged_at=OLD_AT,
            logged_by="D",
        )  # fmt: skip


def held_by_case(world: World, keeper: Keeper) -> None:
    with unit_of_work() as tx:
        tx.execute(
            update(FirstDayCase)
            .where(FirstDayCase.enrolment_id == world.tom_enrolment)
            .values(state="open", next_due_at=OLD_AT)
        )


@pytest.mark.parametrize("hold", [held_by_hand, held_by_stop, held_by_request, held_by_case])
def test_nothing_that_is_held_is_deleted(old: World, keeper: Keeper, hold: Any):
    hold(old, keeper)
    delete(keeper, RecordKind.REGISTER, RecordKind.CASES, RecordKind.REPORTS, RecordKind.MESSAGES)
    assert rows(Mark, Mark.enrolment_id == old.tom_enrolment) == 4
    assert rows(AbsenceReport, AbsenceReport.enrolment_id == old.tom_enrolment) == 1
    assert rows(FirstDayCase, FirstDayCase.enrolment_id == old.tom_enrolment) == 1
    assert rows(MessagePupil, MessagePupil.pupil_id == old.tom) == 1
    assert rows(Mark, Mark.enrolment_id == old.noor_enrolment) == 2


def test_a_hold_that_comes_after_the_confirmation_still_holds(old: World, keeper: Keeper):
    total = due(keeper, RecordKind.REPORTS)
    confirm_deletion(keeper, (RecordKind.REPORTS,), str(total), submission_key="a-key-of-eight")
    held_by_hand(old, keeper)
    work.run_due({"retention_run"})
    assert rows(AbsenceReport, AbsenceReport.enrolment_id == old.tom_enrolment) == 1
    assert rows(AbsenceReport, AbsenceReport.enrolment_id == old.noor_enrolment) == 0


def test_a_hold_ends_when_somebody_lets_go_and_is_made_once(old: World, keeper: Keeper):
    held_by_hand(old, keeper)
    with pytest.raises(ProtectionRefused, match="already"):
        held_by_hand(old, keeper)
    with read_door() as db:
        public_id = db.scalars(select(RecordHold.public_id)).one()
    release_hold(keeper, public_id)
    with pytest.raises(ProtectionRefused):
        release_hold(keeper, public_id)
    assert due(keeper, RecordKind.REPORTS) == 2


@pytest.mark.parametrize("typed", ["", "1", "two", "20"])
def test_who_deletes_types_how_many(old: World, keeper: Keeper, typed: str):
    with pytest.raises(DeletionRefused) as refused:
        confirm_deletion(keeper, (RecordKind.REPORTS,), typed, submission_key="a-key-of-eight")
    assert refused.value.field == "total"
    assert rows(RetentionRun) == 0


def test_one_deletion_at_a_time_and_the_same_form_is_the_same(old: World, keeper: Keeper):
    first = confirm_deletion(keeper, (RecordKind.REPORTS,), "2", submission_key="a-key-of-eight")
    assert confirm_deletion(keeper, (RecordKind.REPORTS,), "2", submission_key="a-key-of-eight") == first
    with pytest.raises(DeletionRefused, match="Wait"):
        confirm_deletion(keeper, (RecordKind.CASES,), "2", submission_key="another-key")


def test_the_certificate_counts_and_names_nobody(old: World, keeper: Keeper):
    public_id = delete(keeper, RecordKind.REPORTS, RecordKind.MESSAGES)
    with read_door() as db:
        run = db.execute(select(RetentionRun.__table__).where(RetentionRun.public_id == public_id)).one()
    assert run.state == "done"
    assert run.result["reports"] == {"absence_report": 2, "report_decision": 2}
    assert run.result["messages"] == {"message": 2, "message_pupil": 2}
    assert run.confirmed_by == "Dina Bell"
    assert not {"Tom", "Noor", "Alice"} & set(str(run.result).replace("'", " ").split())


def test_a_night_counts_and_deletes_nothing(old: World, keeper: Keeper):
    before = rows(Mark), rows(Message)
    count_school(keeper.organisation_id, keeper.school_id)
    with read_door() as db:
        found = last_counts(db, keeper.organisation_id, keeper.school_id)
    assert {kind: found[kind].due for kind in ("register", "reports")} == {"register": 4, "reports": 2}
    assert found["register"].oldest == OLD
    assert (rows(Mark), rows(Message)) == before


def test_names_in_the_trail_go_and_the_chain_still_verifies(old: World, keeper: Keeper, clock: Any):
    actor = Actor(ActorKind.STAFF, 1, "Old Name", "Officer")
    long_ago = datetime(2017, 11, 5, tzinfo=UTC)
    clock.move_to(long_ago)
    with unit_of_work() as tx:
        trail.write(tx, old.organisation, actor, Deed("confirmed_code", "mark", 1, old.hill, old.noor))
    clock.move_to(datetime(2026, 6, 16, 9, tzinfo=UTC))
    assert seals.seal_new(since=long_ago) > 0
    delete(keeper, RecordKind.TRAIL)
    assert rows(TrailEntry, TrailEntry.actor_name == "Old Name") == 0
    with read_door() as db:
        faults = list(verify.verify(db, old.organisation, OLD_AT))
    assert faults == []


@pytest.fixture
def grown_up(planted: World, keeper: Keeper) -> Iterator[World]:
    """Tom, with every kind of row about him, is 26 and has left long ago."""
    with unit_of_work() as tx:
        tx.execute(update(Pupil).where(Pupil.id == planted.tom).values(date_of_birth=date(2000, 1, 15)))
        old = {"starts_on": date(2005, 9, 1), "ends_on": date(2011, 7, 20)}
        tx.execute(update(Enrolment).where(Enrolment.pupil_id == planted.tom).values(**old))
        tx.execute(update(MessageStop).values(lifted_at=OLD_AT))
        shown = {"shown_at": OLD_AT}
        tx.execute(Base.metadata.tables["withheld_entry"].update().values(**shown))
    yield planted


def about_tom(world: World) -> dict[str, int]:
    """What any table of the map holds about him; the trail's entries name him no more."""
    subject = Subject(world.organisation, world.tom, None)
    with read_door() as db:
        found = {
            name: db.scalar(
                select(func.count())
                .select_from(Base.metadata.tables[name])
                .where(belongs(Base.metadata.tables[name], holding.pupil, subject))
            )
            for name, holding in HOLDINGS.items()
            if holding.pupil is not None
        }
    return {name: count for name, count in found.items() if count}


def test_of_a_pupil_whose_time_is_over_nothing_is_left_in_any_table(grown_up: World, keeper: Keeper):
    assert len(about_tom(grown_up)) > 15
    delete(keeper, RecordKind.PUPILS)
    assert about_tom(grown_up) == {}
    with read_door() as db:
        # Bob has no other child here, Alice has: she stays.
        contacts = set(db.scalars(select(Base.metadata.tables["contact"].c.id)))
        himself = db.scalar(select(func.count()).select_from(Base.metadata.tables["contact"]).where(
            Base.metadata.tables["contact"].c.public_id == "tom-himself"
        ))  # fmt: skip
    assert grown_up.bob not in contacts
    assert not himself
    assert grown_up.alice in contacts


@pytest.mark.parametrize(
    ("born", "left", "sen", "is_due"),
    [
        (date(2001, 6, 15), date(2019, 7, 20), False, True),
        (date(2001, 6, 17), date(2019, 7, 20), False, False),
        (date(2001, 6, 15), date(2019, 9, 1), False, False),
        (date(2001, 6, 15), None, False, False),
        (date(2001, 6, 15), date(2019, 7, 20), True, False),
        (date(1995, 6, 15), date(2013, 7, 20), True, True),
    ],
)
def test_a_pupils_record_is_due_by_age_and_once_the_register_may_go(
    world: World, keeper: Keeper, born: date, left: date | None, sen: bool, is_due: bool
):
    with unit_of_work() as tx:
        pupil, enrolment = add_pupil(tx, world.organisation, world.hill, "Old", "Pupil", born=born)
        tx.execute(
            update(Enrolment).where(Enrolment.id == enrolment).values(starts_on=date(2006, 9, 1), ends_on=left)
        )
        if sen:
            tx.execute(
                insert(PupilGroup).values(
                    organisation_id=world.organisation, pupil_id=pupil, group="ehcp", starts_on=date(2006, 9, 1)
                )
            )
    assert due(keeper, RecordKind.PUPILS) == int(is_due)


def test_a_pupil_at_another_school_of_the_trust_stays(world: World, keeper: Keeper):
    with unit_of_work() as tx:
        pupil, enrolment = add_pupil(tx, world.organisation, world.hill, "Old", "Pupil", born=date(2000, 1, 1))
        tx.execute(
            update(Enrolment)
            .where(Enrolment.id == enrolment)
            .values(starts_on=date(2006, 9, 1), ends_on=date(2011, 7, 1))
        )
        insert_row(tx, Enrolment, organisation_id=world.organisation, pupil_id=pupil, school_id=world.vale,
                   starts_on=date(2011, 9, 1))  # fmt: skip
    assert due(keeper, RecordKind.PUPILS) == 0


def test_another_schools_rows_are_not_in_the_list(old: World, keeper: Keeper):
    at_vale = Keeper(keeper.organisation_id, old.vale, keeper.actor)
    assert {kind: due(at_vale, kind) for kind in OF_TWO} == dict.fromkeys(OF_TWO, 0)


def test_ties_that_are_gone_leave_no_tie_behind(grown_up: World, keeper: Keeper):
    delete(keeper, RecordKind.PUPILS)
    assert rows(PupilContact, PupilContact.pupil_id == grown_up.tom) == 0


def test_after_a_restore_what_was_deleted_goes_again_and_what_is_held_stays(old: World, keeper: Keeper):
    total = due(keeper, RecordKind.REPORTS)
    assert total == 2
    days = schedule(keeper)
    held_by_hand(old, keeper)
    certificate = {
        "organisation": old.organisation, "school": old.hill, "certificate": "before-restore",
        "plan": {"kinds": {"reports": {"before": days.before[RecordKind.REPORTS].isoformat(), "due": 2}},
                 "sen_born": days.sen_born.isoformat(), "left_before": days.left_before.isoformat()},
        "result": {}, "confirmed_by": "Grace Osei", "confirmed_position": "Headteacher",
        "confirmed_at": "2026-06-01T09:00:00+00:00",
    }  # fmt: skip
    assert delete_again(certificate) == 1
    assert rows(AbsenceReport, AbsenceReport.enrolment_id == old.tom_enrolment) == 1
    assert rows(AbsenceReport, AbsenceReport.enrolment_id == old.noor_enrolment) == 0
    assert delete_again(certificate) == 0
    assert rows(RetentionRun, RetentionRun.public_id == "before-restore") == 1
