"""Rights, orders, stops and withheld entries in any order, against an oracle of its own.

Nothing reaches a contact whose right is gone, on any page, in any message, through any link.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
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
from notifications.models import Delivery, Message
from notifications.services import load_handlers, no_checks
from notifications.services.queueing import WORK
from tests.databases import RolledBack
from tests.factories import TODAY, World
from tests.first_day.conftest import SETTINGS, at
from tests.pages import entering, make_app
from webapp import reactions
from webapp.accounts.rules.links import LinkRefused
from webapp.accounts.services.links import issue_link_in
from webapp.accounts.services.sightings import write_sightings
from webapp.first_day.models import FirstDayCase
from webapp.first_day.rules.answers import WHERE_IS_CHILD
from webapp.first_day.services import clockwork
from webapp.first_day.services.answers import read_link
from webapp.first_day.services.pupil_notes import NoteRefused, NoteWriter, PupilNamed, write_to_contact
from webapp.foundation import clock, events, work
from webapp.foundation import db as doors
from webapp.foundation.clock import school_now, school_today
from webapp.foundation.db import insert_row, read_door, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import CourtOrder, MessageStop, Pupil, PupilContact, WithheldEntry
from webapp.people.rules.orders import TypedOrder
from webapp.people.rules.rights_changes import RightsRefused
from webapp.people.services.orders import add_order, end_order
from webapp.people.services.rights import change_rights
from webapp.people.services.stops import Protector, lift_stop, stop_messages
from webapp.people.services.withholding import Entry, show_again, withhold
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

BOTH = ("alice", "bob")
NUMBERS = {"alice": ("07700 900001", "+447700900001"), "bob": ("07700 900002", "+447700900002")}
SEES = ("may_view_attendance", "may_view_messages", "may_report", "may_collect")
TAKES = {
    "view": {"may_view_attendance", "may_view_messages"}, "report": {"may_report"}, "collect": {"may_collect"},
    "contact": set(SEES),
}  # fmt: skip
WHO = st.sampled_from(BOTH)
WHOM = st.sampled_from((*BOTH, None))


@dataclass
class Order:
    whom: str
    denies: frozenset[str]
    review: date | None
    end: date | None = None


@dataclass
class Oracle:
    """What each adult may do, in as few words as it can be said."""

    ticks: dict[str, set[str]] = field(default_factory=lambda: {who: set(SEES) for who in BOTH})
    orders: dict[int, Order] = field(default_factory=dict)
    stops: set[str | None] = field(default_factory=set)
    withheld: set[str | None] = field(default_factory=set)

    def allowed(self, who: str, today: date) -> set[str]:
        left = set(self.ticks[who])
        for order in self.orders.values():
            if order.whom != who:
                continue
            if order.review is not None and order.review < today:
                return set()
            if order.end is None or today <= order.end:
                for word in order.denies:
                    left -= TAKES[word]
        return left

    def is_stopped(self, who: str) -> bool:
        return bool(self.stops & {who, None})

    def hides(self, who: str) -> bool:
        return bool(self.withheld & {who, None})


class Rights(RuleBasedStateMachine):
    """Alice and Bob, parents of Tom; yesterday Tom came late, and today somebody looks for him."""

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
        self.now = at("09:20")
        self.traveller = self.closing.enter_context(time_machine.travel(self.now, tick=False))
        clockwork.forget_queued()
        reactions.wire(SETTINGS)
        load_handlers()
        self.oracle, self.count = Oracle(), 0
        self.sent: dict[str, tuple[str, bool]] = {}
        self.tokens: dict[str, tuple[str, bool]] = {}
        world = self.world
        self.ids = {"alice": world.alice, "bob": world.bob}
        actor = Actor(ActorKind.STAFF, world.dsl, "Dina Bell", "DSL")
        self.by = Protector(world.organisation, world.hill, actor)
        self.writer = NoteWriter(world.organisation, world.hill, actor)
        late = MarkChange(world.tom_enrolment, TODAY - timedelta(days=1), 0, "L", minutes_late=4)
        write_marks(MarkBatch(world.organisation, world.hill, [late], actor, "Seen", MarkSource.STAFF))
        with unit_of_work() as tx:
            self.case = insert_row(
                tx, FirstDayCase, organisation_id=world.organisation, public_id="case-of-tom-1", school_id=world.hill,
                enrolment_id=world.tom_enrolment, date=TODAY, half=0, state="open", opened_at=school_now(),
                owner_role="attendance_officer", next_step="ring", next_due_at=school_now(),
            )  # fmt: skip
        with read_door() as db:
            self.tom = str(db.scalar(select(Pupil.public_id).where(Pupil.id == world.tom)))
        self.enter, _ = entering(self.app, world)
        self.clients: dict[str, FlaskClient] = {who: self.enter(number) for who, number in self.ids.items()}

    @initialize()
    def a_letter_to_each(self) -> None:
        """They have read it: so that there is something to lose from the first step on."""
        for who in BOTH:
            self.write(who)
        self.post_goes()

    def teardown(self) -> None:
        write_sightings(at_once=True)
        self.closing.close()

    @rule(who=WHO, ticks=st.sets(st.sampled_from(SEES)))
    def change(self, who: str, ticks: set[str]) -> None:
        with read_door() as db:
            row = db.execute(
                select(PupilContact.version, PupilContact.parental_responsibility, PupilContact.lives_with).where(
                    PupilContact.pupil_id == self.world.tom, PupilContact.contact_id == self.ids[who]
                )
            ).one()
        kept = {name for name in ("parental_responsibility", "lives_with") if getattr(row, name)}
        try:
            change_rights(self.by, self.world.tom, self.ids[who], ticks | kept, row.version, "So")
        except RightsRefused:
            return
        self._set(who, ticks)

    def _set(self, who: str, ticks: set[str]) -> None:
        self.oracle.ticks[who] = set(ticks)
        self._lose(who)

    def _lose(self, who: str) -> None:
        """A link that could not be used at any time since it was made is dead for good."""
        if "may_report" not in self.oracle.allowed(who, school_today()):
            self.tokens = {token: (whose, live and whose != who) for token, (whose, live) in self.tokens.items()}

    @rule(who=WHO, denies=st.sets(st.sampled_from(sorted(TAKES)), min_size=1), days=st.integers(1, 5))
    def order(self, who: str, denies: set[str], days: int) -> None:
        self.count += 1
        review = school_today() + timedelta(days=days)
        add_order(
            self.by, self.world.tom, self.ids[who],
            TypedOrder("Order", tuple(denies), "2026-06-01", "", review.isoformat(), f"Paper {self.count}"), None,
        )  # fmt: skip
        with read_door() as db:
            number = db.scalar(select(CourtOrder.id).order_by(CourtOrder.id.desc()))
        assert number is not None
        self.oracle.orders[number] = Order(who, frozenset(denies), review)
        self._lose(who)

    @precondition(lambda self: self.oracle.orders)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.oracle.orders)))
        with read_door() as db:
            version = db.scalar(select(CourtOrder.version).where(CourtOrder.id == number))
        last = school_today() - timedelta(days=1)
        end_order(self.by, self.world.tom, number, version or 0, last.isoformat())
        order = self.oracle.orders[number]
        order.end, order.review = last, None

    @rule(whom=WHOM)
    def stop(self, whom: str | None) -> None:
        stop_messages(self.by, self.world.tom, self.ids[whom] if whom else None)
        self.oracle.stops.add(whom)
        self.tokens = {
            token: (whose, live and whom is not None and whose != whom) for token, (whose, live) in self.tokens.items()
        }
        self.sent = {
            words: (whose, went or not (whom is None or whom == whose)) for words, (whose, went) in self.sent.items()
        }

    @precondition(lambda self: self.oracle.stops)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        whom = data.draw(st.sampled_from(sorted(self.oracle.stops, key=str)))
        with read_door() as db:
            named = db.scalar(
                select(MessageStop.public_id).where(
                    MessageStop.lifted_at.is_(None),
                    MessageStop.contact_id.is_not_distinct_from(self.ids[whom] if whom else None),
                )
            )
        lift_stop(self.by, self.world.tom, str(named), "Spoken to")
        self.oracle.stops.remove(whom)

    @rule(whom=WHOM)
    def keep(self, whom: str | None) -> None:
        entry = Entry("mark", self.world.tom, self.world.tom_enrolment, TODAY - timedelta(days=1), 0)
        review = (school_today() + timedelta(days=9)).isoformat()
        withhold(self.by, entry, self.ids[whom] if whom else None, review, "An interview")
        self.oracle.withheld.add(whom)

    @precondition(lambda self: self.oracle.withheld)
    @rule(data=st.data())
    def show(self, data: st.DataObject) -> None:
        whom = data.draw(st.sampled_from(sorted(self.oracle.withheld, key=str)))
        with read_door() as db:
            named = db.scalar(
                select(WithheldEntry.public_id).where(
                    WithheldEntry.shown_at.is_(None),
                    WithheldEntry.contact_id.is_not_distinct_from(self.ids[whom] if whom else None),
                )
            )
        show_again(self.by, self.world.tom, str(named), "It is over")
        self.oracle.withheld.remove(whom)

    @rule(who=WHO)
    def write(self, who: str) -> None:
        """Somebody writes; the service itself says to whom not."""
        self.count += 1
        words = f"Letter {self.count} to {who}."
        free = "may_view_messages" in self.oracle.allowed(who, school_today()) and not self.oracle.is_stopped(who)
        try:
            write_to_contact(
                self.writer, PupilNamed(self.world.tom, self.tom), self.ids[who], words, f"key-of-{self.count}-letter"
            )
        except NoteRefused:
            assert not free
            return
        assert free
        self.sent[words] = (who, True)

    @rule(who=WHO)
    def ask(self, who: str) -> None:
        """A link about the search goes to an adult who may be asked."""
        if "may_report" not in self.oracle.allowed(who, school_today()) or self.oracle.is_stopped(who):
            return
        with unit_of_work() as tx:
            token = issue_link_in(
                tx, organisation_id=self.world.organisation, school_id=self.world.hill, contact_id=self.ids[who],
                purpose=WHERE_IS_CHILD, subjects=[self.case], lives=timedelta(days=40),
            )  # fmt: skip
        self.tokens[token] = (who, True)

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        if self.now < at("09:20") + timedelta(days=20):
            self.now += timedelta(days=days)
            self.traveller.move_to(self.now)

    @rule()
    def post_goes(self) -> None:
        with read_door() as db:
            before = set(db.scalars(select(Delivery.id).where(Delivery.sent_at.is_not(None))))
        work.run_due({WORK})
        with read_door() as db:
            rows = db.execute(
                select(Delivery.id, Message.contact_id)
                .join(Message, Message.id == Delivery.message_id)
                .where(Delivery.sent_at.is_not(None))
            ).all()
        for number, contact in rows:
            if number not in before:
                who = next(name for name, one in self.ids.items() if one == contact)
                assert not self.oracle.is_stopped(who), "a message went out under a stop"
                assert "may_view_messages" in self.oracle.allowed(who, school_today()), "went without a right"

    @invariant()
    def pages_show_what_may_be_seen_and_no_more(self) -> None:
        for who in BOTH:
            allowed = self.oracle.allowed(who, school_today())
            if allowed:
                # Whoever was left with no right at all was signed out, and comes in again.
                self.clients[who] = self.enter(self.ids[who])
            client = self.clients[who]
            pages = {
                address: client.get(address, follow_redirects=True)
                for address in ("/home", "/children", f"/children/{self.tom}", f"/children/{self.tom}/year",
                                "/messages", "/you", "/you/contact", "/you/phones")
            }  # fmt: skip
            every = "".join(answer.text for answer in pages.values())
            other = next(one for one in BOTH if one != who)
            assert not any(number in every for number in NUMBERS[other]), f"{other}'s number on a page of {who}"
            assert f"to {other}." not in every, f"a letter to {other} on a page of {who}"
            year = pages[f"/children/{self.tom}/year"]
            if "may_view_attendance" in allowed:
                assert year.status_code == 200
                assert ("Came in late" in year.text) is not self.oracle.hides(who)
            else:
                assert "June 2026" not in year.text and "half day" not in pages[f"/children/{self.tom}"].text
            if self.oracle.hides(who):
                assert "Came in late" not in every and "1 late" not in every
            if not allowed - {"may_collect"}:
                assert ">Tom<" not in every and "Tom:" not in every
            for words, (whose, _) in self.sent.items():
                if whose == who and "may_view_messages" not in allowed:
                    assert words not in every

    @invariant()
    def links_open_for_those_who_may_be_asked(self) -> None:
        for token, (_, live) in self.tokens.items():
            if not live:
                with pytest.raises(LinkRefused):
                    read_link(token)


def test_nothing_reaches_a_contact_whose_right_is_gone(_shared: RolledBack, world: World, tmp_path: Path) -> None:
    with _shared.held():
        doors.use(_shared)
        app = make_app(_shared, tmp_path)
        doors.use(None)
    machine = type("Machine", (Rights,), {"database": _shared, "world": world, "app": app})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=6, stateful_step_count=12, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
        ),
    )  # fmt: skip
