"""A morning in any order of events, against an oracle that never calls ``day_state``: everybody is where it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from notifications import channels
from notifications.services import no_checks
from tests.databases import RolledBack
from tests.factories import TODAY, World
from tests.first_day.conftest import SETTINGS, at
from tests.first_day.mornings import case_of, look, texts, token_of, told
from tests.oracles.morning import EXPLAINED, IN_SCHOOL, NOT_KNOWN, UNEXPLAINED, Child, School
from tests.pages import make_app
from webapp import reactions
from webapp.absence.models import AbsenceReport
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.queries.statements import last_said_at
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.change import Changed, withdraw_report
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.report import Reported, Reporter, report_absence
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.links import LinkRefused
from webapp.accounts.services.sessions import demo_sign_in
from webapp.accounts.services.sightings import write_sightings
from webapp.first_day.rules import CaseRefused
from webapp.first_day.rules.answers import Answer
from webapp.first_day.services import clockwork
from webapp.first_day.services.answers import Answered, LinkAnswer, answer_by_link
from webapp.first_day.services.handling import Caseworker, close_case, end_alarm, here_now, tell_dsl
from webapp.foundation import clock, events, work
from webapp.foundation import db as doors
from webapp.foundation.clock import london, machine_now
from webapp.foundation.db import read_door
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import Pupil
from webapp.record.rules import CaseOutcome, RegisterEventRefused
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.registers import RegisterMark, take_register
from webapp.record.services.sightings import Collector, Desk, back, sign_in, sign_out, walked_out

STAFF = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")
BY_CLOCK = {"first_day_run", "first_day_look", "first_day_register", "delivery"}
NAMES = st.sampled_from(["Tom", "Noor"])
LAST = at("11:50")


class Morning(RuleBasedStateMachine):
    """Hill Primary's 3K from 8:46 to 11:50."""

    database: RolledBack
    world: World
    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        doors.use(self.closing.enter_context(self.database.held()))
        self.closing.callback(doors.use, None)
        self.closing.enter_context(work.fresh_kinds())
        self.closing.enter_context(no_checks())
        self.closing.callback(channels.use, None)
        self.closing.callback(events.forget_all)
        self.closing.callback(clock.use_school_offset, None)
        self.traveller = self.closing.enter_context(time_machine.travel(at("08:46"), tick=False))
        clockwork.forget_queued()
        reactions.wire(SETTINGS)
        self.oracle = School(at("09:15"), {"Tom": Child(), "Noor": Child()})
        world = self.world
        self.enrolments = {"Tom": world.tom_enrolment, "Noor": world.noor_enrolment}
        self.pupils = {"Tom": world.tom, "Noor": world.noor}
        self.parents = {"Tom": world.alice, "Noor": world.charlie}
        with read_door() as db:
            found = db.execute(select(Pupil.id, Pupil.public_id)).all()
        keys = {row.id: row.public_id for row in found}
        self.keys = {name: keys[pupil] for name, pupil in self.pupils.items()}
        self.staff = Caseworker(world.organisation, world.hill, STAFF, is_dsl=True)
        self.desk = Desk(world.organisation, world.hill, STAFF)
        self.reported: set[tuple[str, str]] = set()
        self.count = 0

    def teardown(self) -> None:
        write_sightings(at_once=True)
        self.closing.close()

    def child(self, name: str) -> Child:
        return self.oracle.children[name]

    def live_case(self, name: str) -> str | None:
        case = case_of(self.enrolments[name])
        return case.public_id if case is not None and case.state != "closed" else None

    @initialize(minutes=st.integers(0, 20))
    def begin(self, minutes: int) -> None:
        self.traveller.shift(timedelta(minutes=minutes))

    @rule(minutes=st.sampled_from([1, 5, 12, 30, 45]))
    def time_passes(self, minutes: int) -> None:
        for _ in range(minutes):
            if machine_now() + timedelta(minutes=1) > LAST:
                return
            self.traveller.shift(timedelta(minutes=1))
            if machine_now() >= at("09:15"):
                clockwork.queue_due_runs()
                work.run_due(BY_CLOCK)

    @precondition(lambda self: not self.oracle.register_taken)
    @rule(tom=st.sampled_from("/LN"), noor=st.sampled_from("/LN"))
    def register(self, tom: str, noor: str) -> None:
        world = self.world
        marks = [RegisterMark(world.tom_enrolment, tom), RegisterMark(world.noor_enrolment, noor)]
        try:
            take_register(world.organisation, world.hill, world.form_3k, TODAY, Half.AM, marks, actor=STAFF)
        except RegisterEventRefused:
            return
        self.oracle.register_taken = True
        for name, mark in (("Tom", tom), ("Noor", noor)):
            if not (mark == "N" and self.child(name).mark == "I"):
                self.child(name).set_mark(mark)
            self.child(name).found_if_here()

    @rule(name=NAMES, code=st.sampled_from(["/", "L", "N", "I"]))
    def mark(self, name: str, code: str) -> None:
        change = MarkChange(self.enrolments[name], TODAY, 0, code)
        write_marks(MarkBatch(self.world.organisation, self.world.hill, (change,), STAFF, "Said so", MarkSource.STAFF))
        self.child(name).set_mark(code)
        self.child(name).found_if_here()

    @rule(name=NAMES)
    def confirms(self, name: str) -> None:
        """The office makes "ill" of what the family said."""
        child = self.child(name)
        if child.said != "away" or child.told_twice or child.seen or child.mark not in ("", "N"):
            return
        with read_door() as db:
            row = db.execute(
                select(AbsenceReport.id, AbsenceReport.version).where(
                    AbsenceReport.enrolment_id == self.enrolments[name], AbsenceReport.kind == "all_day"
                )
            ).one()
        by = Decider(self.world.organisation, self.world.hill, STAFF)
        wanted = Decision(row.id, row.version, "I", seen=child.mark or None)
        assert confirm(by, [wanted], session=(TODAY, 0)).decided
        child.confirm_ill()

    @rule(name=NAMES, late=st.booleans(), minutes=st.integers(1, 60))
    def report(self, name: str, late: bool, minutes: int) -> None:
        kind = "late" if late else "all_day"
        coming = machine_now() + timedelta(minutes=minutes)
        if (name, kind) in self.reported or coming >= at("12:00"):
            return
        with read_door() as db:
            key = str(db.scalar(select(Pupil.public_id).where(Pupil.id == self.pupils[name])))
        typed = TypedReport(
            (key,), kind, TODAY.isoformat(), reason="running_late" if late else "ill",
            arrives_at=f"{london(coming):%H:%M}" if late else "",
        )  # fmt: skip
        self.count += 1
        adult = Reporter((ContactKey(self.world.organisation, self.parents[name]),), 7)
        assert isinstance(report_absence(typed, adult, f"key-{self.count}"), Reported)
        self.reported.add((name, kind))
        self.child(name).say(coming if late else None)

    @rule(name=NAMES, minutes=st.integers(2, 40))
    def withdraw(self, name: str, minutes: int) -> None:
        coming = machine_now() + timedelta(minutes=minutes)
        if not self.child(name).away or coming >= at("12:00"):
            return
        with read_door() as db:
            row = db.execute(
                select(AbsenceReport.public_id, AbsenceReport.version).where(
                    AbsenceReport.enrolment_id == self.enrolments[name], AbsenceReport.kind == "all_day"
                )
            ).one()
        adult = (ContactKey(self.world.organisation, self.parents[name]),)
        assert isinstance(withdraw_report(adult, row.public_id, row.version, f"{london(coming):%H:%M}"), Changed)
        self.child(name).take_back(coming)

    @rule(name=NAMES, code=st.sampled_from([None, "L", "U"]))
    def arrives(self, name: str, code: str | None) -> None:
        self.traveller.shift(timedelta(seconds=1))
        with read_door() as db:
            said_at = last_said_at(db, self.world.organisation, self.world.hill, self.enrolments[name], TODAY)
        sign_in(self.desk, self.enrolments[name], code=code, said_at=said_at)
        if code is not None and self.child(name).mark not in ("/", "L", "U"):
            self.child(name).set_mark(code)
        self.child(name).see("here", arrived=True)

    @rule(name=NAMES)
    def is_seen(self, name: str) -> None:
        self.traveller.shift(timedelta(seconds=1))
        here_now(self.staff, self.enrolments[name])
        self.child(name).see("here", looked=True)

    @rule(name=NAMES, minutes=st.sampled_from([None, 10, 60]))
    def leaves(self, name: str, minutes: int | None) -> None:
        back_by = machine_now() + timedelta(minutes=minutes) if minutes else None
        if not self.child(name).is_here or (back_by is not None and back_by >= at("12:00")):
            return
        sign_out(self.desk, self.enrolments[name], Collector(self.parents[name]), reason="Dentist", back_by=back_by)
        self.child(name).see("left", back_by)

    @rule(name=NAMES)
    def walks_out(self, name: str) -> None:
        if self.child(name).is_here:
            walked_out(self.desk, self.enrolments[name], "Went through the gate")
            self.child(name).see("taken")

    @rule(name=NAMES)
    def comes_back(self, name: str) -> None:
        if self.child(name).seen in ("left", "taken"):
            back(self.desk, self.enrolments[name])
            self.child(name).see("here")

    @rule(name=NAMES, answer=st.sampled_from([Answer.AWAY, Answer.ON_THE_WAY, Answer.THOUGHT_IN]))
    def answers(self, name: str, answer: Answer) -> None:
        coming = machine_now() + timedelta(minutes=20)
        case = case_of(self.enrolments[name])
        if case is None or not any(m.contact_id == self.parents[name] for m in told("missing_child")):
            return
        kind = {Answer.AWAY: "all_day", Answer.ON_THE_WAY: "late"}.get(answer)
        if kind and ((name, kind) in self.reported or coming >= at("12:00")):
            return
        given = LinkAnswer(answer, reason="ill" if answer is Answer.AWAY else "", arrives_at=f"{london(coming):%H:%M}")
        try:
            result = answer_by_link(token_of(self.parents[name]), case.public_id, given)
        except LinkRefused:
            return
        assert isinstance(result, Answered), result
        if kind:
            self.reported.add((name, kind))
        if answer is Answer.THOUGHT_IN:
            self.child(name).thought_in()
        else:
            self.child(name).say(coming if answer is Answer.ON_THE_WAY else None)

    @rule(name=NAMES)
    def is_located(self, name: str) -> None:
        case = self.live_case(name)
        if case is not None:
            close_case(self.staff, case, CaseOutcome.LOCATED, "At home, seen by a neighbour")
            self.child(name).locate()

    @rule(name=NAMES)
    def dsl_is_told(self, name: str) -> None:
        case = self.live_case(name)
        if case is not None:
            try:
                tell_dsl(self.staff, case)
            except CaseRefused:
                assert self.child(name).with_dsl, "refused only where the DSL has been told"
            self.child(name).with_dsl = True

    @rule(name=NAMES)
    def alarm_ends(self, name: str) -> None:
        case = self.live_case(name)
        if case is not None and self.child(name).alarm:
            end_alarm(self.staff, case, "Spoke to the family")
            self.child(name).alarm = False

    @invariant()
    def everybody_is_where_the_oracle_says(self) -> None:
        now, morning = machine_now(), look(self.world)
        expected = {name: self.oracle.where(name, now) for name in self.oracle.children}
        told_of = {pupil.row.first_name: pupil.state.state.value for pupil in morning.pupils if pupil.state.state}
        for name, state in expected.items():
            # Pupils of whom nothing is to be said are counted, not listed.
            if name in told_of:
                assert told_of[name] == state, (name, morning.pupils)
            else:
                assert state in (IN_SCHOOL, NOT_KNOWN), name
        for state in (IN_SCHOOL, EXPLAINED, UNEXPLAINED, NOT_KNOWN):
            assert sum(count for key, count in morning.counts.items() if key.value == state) == list(
                expected.values()
            ).count(state)
        assert morning.due == 2

    @invariant()
    def the_board_says_so(self) -> None:
        """The page itself, as an officer reads it: a sum that adds up, and six lists with the right children."""
        now, names = machine_now(), self.oracle.children
        states = Counter(self.oracle.where(name, now) for name in names)
        lists = {name: self.oracle.list_of(name, now) for name in names}
        board = self.board(next((each for each in lists.values() if each in ("planned", "settled")), ""))
        total = {key: int(number) for key, number in re.findall(r'data-sum="(\w+)">(\d+)<', board)}
        assert total == {"due": 2, IN_SCHOOL: 0, EXPLAINED: 0, UNEXPLAINED: 0, NOT_KNOWN: 0, **states}
        assert total.pop("due") == sum(total.values())
        counts = {key: int(number) for key, number in re.findall(r'data-count="(\w+)">(\d+)<', board)}
        assert len(counts) == 6
        assert counts["unexplained"] == states[UNEXPLAINED]
        # What the office makes of two reports that differ is tests/record/test_day_state.py's.
        plain = not any(child.told_twice for child in names.values())
        if plain:
            assert counts == {**dict.fromkeys(counts, 0), **Counter(filter(None, lists.values()))}, lists
        for section in board.split('<section class="board-list" id="')[1:]:
            key = section.partition('"')[0]
            rows = re.findall(r'<tr id="\w-([^"]+)"(?: class="row--(\w+)")?>', section.partition("</section>")[0])
            standing = {pupil for pupil, state in rows if state != "done"}
            expected = {self.keys[name] for name, each in lists.items() if each == key}
            if plain or key == "unexplained":
                assert standing == expected or ("Show them" in section and not rows), (key, rows, lists)

    def board(self, wanted: str) -> str:
        """The board's HTML, to somebody who has just signed in: half an hour may have gone by since the last look."""
        client, world = self.app.test_client(), self.world
        signed_in = demo_sign_in(self.app.extensions["settings"], StaffKey(world.organisation, world.officer))
        client.set_cookie(self.app.extensions["cookies"].name("staff"), signed_in.token)
        answer = client.get(f"/staff/hill/day/{TODAY}/morning", query_string={"list": wanted})
        assert answer.status_code == 200
        return answer.text

    @invariant()
    def whoever_is_unexplained_is_somebodys_next_step(self) -> None:
        now = machine_now()
        for name in self.oracle.children:
            case = case_of(self.enrolments[name])
            state = self.oracle.where(name, now)
            if state == UNEXPLAINED and (now >= at("09:16") or self.child(name).seen == "taken"):
                assert case is not None, name
                assert case.state != "closed", name
                assert case.next_due_at is not None, name
            if case is not None and state == IN_SCHOOL:
                assert case.state == "closed", name
            if case is not None and state == EXPLAINED:
                assert case.state != "open", name

    @invariant()
    def nobody_is_corrected_who_was_not_told(self) -> None:
        corrected = sum("was wrong" in body for _, state, body in texts() if state != "cancelled")
        assert corrected <= sum("not marked in" in body for _, state, body in texts() if state in ("sent", "delivered"))


@pytest.fixture
def app(_shared: RolledBack, tmp_path: Path) -> Iterator[Flask]:
    """The pages, over the database of the morning; what happens is wired by each morning for itself."""
    made = make_app(_shared, tmp_path)
    events.forget_all()
    clock.use_school_offset(None)
    yield made
    doors.use(None)
    channels.use(None)


def test_a_morning(_shared: RolledBack, world: World, app: Flask) -> None:
    machine = type("AMorning", (Morning,), {"database": _shared, "world": world, "app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40, stateful_step_count=25, suppress_health_check=list(HealthCheck), print_blob=True,
            # A step asks for a page and runs the clock's work: how long it takes says how busy the machine is.
            deadline=None,
            # A morning takes half a second, so that shrinking one takes minutes; its 25 steps are read as they are.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )  # fmt: skip
