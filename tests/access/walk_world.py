"""The world of the walks: three schools of two organisations, each furnished alike, and somebody of every kind.

Whatever an address can name is there for every family and every school, so that each address can be asked for with
one's own, another family's, another school's and another organisation's.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Connection, insert, select

from notifications import channels
from notifications.models import InboundMessage, Message
from tests.databases import RolledBack
from tests.factories import (
    FULL_RIGHTS,
    TODAY,
    World,
    add_contact,
    add_form,
    add_pupil,
    add_staff,
    link,
)
from tests.pages import make_app, page
from webapp.absence.models import AbsenceReport, SignOutRequest
from webapp.absence.queries.reporting import ContactKey
from webapp.absence.rules.drafts import TypedReport
from webapp.absence.services.decide import confirm
from webapp.absence.services.deciders import Decider, Decision
from webapp.absence.services.papers import add_file
from webapp.absence.services.report import Reported, Reporter, report_absence
from webapp.absence.services.talk import ask
from webapp.accounts.models import Passkey, PasskeyContact, SharedMachine
from webapp.accounts.queries.devices import devices
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.services.on_site import enrol_on_site_device
from webapp.accounts.services.sessions import demo_sign_in
from webapp.accounts.services.sightings import write_sightings
from webapp.first_day.models import FirstDayCase
from webapp.first_day.services.run import run_first_day
from webapp.foundation import clock, events, files, ids
from webapp.foundation import db as doors
from webapp.foundation.db import Base, insert_row, read_door, unit_of_work
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.trail import FIRSTBELL, Actor, ActorKind
from webapp.insight.models import RetentionRun, SubjectLine, SubjectRequest
from webapp.insight.services.noting import write_noted
from webapp.people.models import (
    Contact,
    CourtOrder,
    DetailChange,
    FormStaff,
    ImportRun,
    Placement,
    Pupil,
    Referral,
    SchoolSetting,
    Staff,
    StaffAway,
    StaffRole,
)
from webapp.people.models import Task as TaskTable
from webapp.people.queries.own_voice import find_own_contact
from webapp.people.queries.setting_rows import load_settings
from webapp.people.rules.calendar_changes import key_of
from webapp.people.rules.contact_points import PointKind, ReadPoint
from webapp.people.rules.files import ImportKind
from webapp.people.rules.school_times import in_london
from webapp.people.rules.session_days import CalendarEvent, EventKind
from webapp.people.rules.setting_changes import version_of
from webapp.people.services.calendar import add_entry
from webapp.people.services.own_voice import Keeper, set_own_points_in
from webapp.people.services.tasks import open_task_in
from webapp.record.models import MarkConflict, Sighting
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks
from webapp.record.services.registers import RegisterMark, take_register
from webapp.record.services.sightings import Collector, Desk, sign_in, sign_out

ROLES = (
    "teacher", "tutor", "attendance_officer", "reception", "pastoral_lead", "sen_coordinator", "attendance_lead",
    "head", "deputy_head", "dsl", "deputy_dsl", "governor", "welfare_officer", "administrator", "trust_lead",
    "cover_teacher", "medical_room", "attendance_champion",
)  # fmt: skip
"""Every role that a school gives, written out: a new one is decided about here."""

Ids = Mapping[str, Any]
"""What addresses and forms may name, by the name that the address has for it."""


@dataclass
class Visitor:
    """Somebody who asks. ``schools``: the roles by school code; ``own``: takes the form's register; ``rights``: what a
    parent may do, by the child's name in ``Walk.children``."""

    name: str
    door: str = ""
    schools: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own: bool = False
    rights: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""


@dataclass
class Walk:
    """The furnished world. ``places``: by school code; ``families``: by the parent whose they are."""

    app: Flask
    database: RolledBack
    visitors: dict[str, Visitor]
    places: dict[str, dict[str, Any]]
    families: dict[str, dict[str, Any]]
    children: dict[str, str]
    standing: dict[str, list[str]] = field(default_factory=dict)
    """What the database holds when nothing has been asked."""

    def client(self, visitor: Visitor) -> FlaskClient:
        """A browser of its own, signed in as the visitor."""
        client = self.app.test_client()
        for name, value in visitor.cookies.items():
            client.set_cookie(name, value)
        return client


def at(hhmm: str, on: date = TODAY) -> Any:
    return in_london(on, time.fromisoformat(hhmm))


@contextmanager
def furnished(database: RolledBack, world: World, folder: Path) -> Iterator[Walk]:
    """The world as it is at 9:20 on its Tuesday, while the database is held; nothing is left in the process."""
    with database.held():
        with _in_use(database), time_machine.travel(at("07:40", TODAY - timedelta(days=1)), tick=False) as traveller:
            walk = _Building(make_app(database, folder), database, world, traveller).build()
            write_sightings(at_once=True)
            write_noted(at_once=True)
        yield walk


@contextmanager
def walking(walk: Walk, folder: Path) -> Iterator[Walk]:
    """The furnished world at 9:20, with an application of its own for a module's tests."""
    with _in_use(walk.database), time_machine.travel(at("09:20"), tick=False):
        walk.app = make_app(walk.database, folder)
        # A page that was opened in another module may have left a note of that.
        with walk.database.reading() as db:
            walk.standing = dump(db)
        yield walk
        # What was noted of these sessions is written here, and in no test that comes later.
        write_sightings(at_once=True)
        write_noted(at_once=True)


@contextmanager
def _in_use(database: RolledBack) -> Iterator[None]:
    """Whatever is put in place for the process is gone afterwards."""
    with ExitStack() as closing:
        doors.use(database)
        database.memo.forget()
        closing.callback(doors.use, None)
        closing.callback(channels.use, None)
        closing.callback(events.forget_all)
        closing.callback(clock.use_school_offset, None)
        yield


class _Building:
    def __init__(self, app: Flask, database: RolledBack, world: World, traveller: time_machine.Traveller) -> None:
        self.app, self.database, self.world, self.traveller = app, database, world, traveller
        self.count = 0

    def build(self) -> Walk:
        world = self.world
        with unit_of_work() as tx:
            people = self._people(tx)
        self._yesterday(people)
        self.traveller.move_to(at("07:40"))
        families = self._families(people)
        places = self._mornings(people)
        self.traveller.move_to(at("09:20"))
        self._ask(people, families)
        self._waiting(people, places, families)
        self._found(people, places, families)
        self._lists(people, places)
        self._orders(people)
        visitors = self._visitors(people)
        children = {
            name: self._name(Pupil, number)
            for name, number in (("tom", world.tom), ("ella", world.ella), ("noor", world.noor),
                                 ("vic", people["vic"][0]), ("maya", people["maya"][0]), ("mallory", world.other_pupil))
        }  # fmt: skip
        self._phones(visitors, families)
        return Walk(self.app, self.database, visitors, places, families, children)

    # Who there is.

    def _people(self, tx: Connection) -> dict[str, Any]:
        world = self.world
        org, other = world.organisation, world.other_organisation
        people: dict[str, Any] = {"form_5d": add_form(tx, other, world.other_school, "5D")}
        tx.execute(
            Placement.__table__.update()
            .where(Placement.enrolment_id == world.other_enrolment)
            .values(form_id=people["form_5d"])
        )
        people["vic"] = add_pupil(
            tx, org, world.vale, "Vic", "Stone", form_id=world.form_8b, year_group=8, born=date(2013, 5, 1)
        )
        people["max"] = add_pupil(tx, other, world.other_school, "Max", "Dale", form_id=people["form_5d"])
        val = people["val"] = add_contact(tx, org, "Val", "Stone", mobile="+447700900005")
        link(tx, org, people["vic"][0], val, "mother", 1, lives_with=True, may_request_leave=True, **FULL_RIGHTS)
        link(tx, other, people["max"][0], world.other_contact, "mother", 1, lives_with=True, **FULL_RIGHTS)
        for number, name in enumerate(("Dana", "Eve"), 6):
            contact = people[name.lower()] = add_contact(tx, org, name, "Ahmed", mobile=f"+4477009000{number:02}")
            link(tx, org, world.tom, contact, "mother", number, **FULL_RIGHTS)
        born = date(2009, 5, 1)
        people["maya"] = add_pupil(tx, org, world.vale, "Maya", "Patel", year_group=12, born=born)
        for key, value in (("pupils.report_from_age", "16"), ("pupils.sign_out", "reception")):
            setting = {"key": key, "effective_from": date(2025, 9, 1), "value": value}
            tx.execute(insert(SchoolSetting).values(organisation_id=org, school_id=world.vale, **setting))
        own = [ReadPoint(PointKind.MOBILE, "+447700900009")]
        set_own_points_in(tx, Keeper(org, world.vale, OFFICER), people["maya"][0], own, 0)
        held = find_own_contact(tx, org, people["maya"][0])
        people["maya_own"] = held.id if held else 0
        people["nani"] = add_contact(tx, org, "Nani", "Begum", mobile="+447700900008")
        link(tx, org, world.tom, people["nani"], "grandmother", 9, may_collect=True)
        people["staff"] = self._staff(tx, people)
        return people

    def _orders(self, people: dict[str, Any]) -> None:
        with unit_of_work() as tx:
            for name, denies in (("dana", "report"), ("eve", "contact")):
                insert_row(
                    tx, CourtOrder, organisation_id=self.world.organisation, pupil_id=self.world.tom,
                    contact_id=people[name], kind="order", denies=denies, starts_on=date(2026, 1, 1),
                )  # fmt: skip

    def _staff(self, tx: Connection, people: dict[str, Any]) -> dict[str, tuple[int, int, Visitor]]:
        world, org = self.world, self.world.organisation
        schools = {"hill": world.hill, "vale": world.vale}
        forms = {"hill": world.form_3k, "vale": world.form_8b}
        found: dict[str, tuple[int, int, Visitor]] = {}
        for code, school in schools.items():
            for number, role in enumerate(ROLES):
                person = add_staff(tx, org, school, "R", f"{code}{number}", role, role)
                own = role in ("teacher", "tutor", "cover_teacher")
                if own:
                    tx.execute(
                        insert(FormStaff).values(
                            organisation_id=org, form_id=forms[code], staff_id=person, starts_on=date(2025, 9, 1)
                        )
                    )
                visitor = Visitor(f"{code} {role}", "staff", {code: frozenset({role})}, own)
                found[visitor.name] = (org, person, visitor)
            person = add_staff(tx, org, school, "F", f"{code}form", "Teacher", "teacher")
            visitor = Visitor(f"{code} teacher of no form", "staff", {code: frozenset({"teacher"})})
            found[visitor.name] = (org, person, visitor)
        for role in ("administrator", "trust_lead"):
            person = add_staff(tx, org, world.hill, "T", f"all{role}"[:8], role, role)
            tx.execute(
                insert(StaffRole).values(
                    organisation_id=org, staff_id=person, school_id=world.vale, role=role, starts_on=date(2020, 9, 1)
                )
            )
            both = dict.fromkeys(schools, frozenset({role}))
            found[f"{role} of both"] = (org, person, Visitor(f"{role} of both", "staff", both))
        gone = add_staff(tx, org, world.hill, "G", "gone", "Teacher")
        found["staff without a role"] = (org, gone, Visitor("staff without a role", "staff"))
        officer = Visitor("dale attendance_officer", "staff", {"dale": frozenset({"attendance_officer"})})
        found[officer.name] = (world.other_organisation, world.other_officer, officer)
        return found

    def _visitors(self, people: dict[str, Any]) -> dict[str, Visitor]:
        world, org = self.world, self.world.organisation
        parents = {
            "alice": (world.alice, {"tom": "all", "ella": "all"}), "bob": (world.bob, {"tom": "all"}),
            "charlie": (world.charlie, {"noor": "all"}), "val": (people["val"], {"vic": "all"}),
            # A court order takes away the right to report, or all contact; a grandmother may collect and no more.
            "maya": (people["maya_own"], {"maya": "all"}),
            "dana": (people["dana"], {"tom": "view"}), "eve": (people["eve"], {}), "nani": (people["nani"], {}),
        }  # fmt: skip
        visitors = {"nobody": Visitor("nobody")}
        for name, (contact, rights) in parents.items():
            visitors[name] = Visitor(name, "parent", rights=rights)
            self._enter(visitors[name], ContactKey(org, contact))
        visitors["mo"] = Visitor("mo", "parent", rights={"mallory": "all", "max": "all"})
        self._enter(visitors["mo"], ContactKey(world.other_organisation, world.other_contact))
        for organisation, person, visitor in people["staff"].values():
            visitors[visitor.name] = visitor
            self._enter(visitor, StaffKey(organisation, person))
        self._enter(visitors["nobody"], None)
        return visitors

    def _enter(self, visitor: Visitor, who: ContactKey | StaffKey | None) -> None:
        client = self.app.test_client()
        if who is not None:
            signed_in = demo_sign_in(self.app.extensions["settings"], who)
            name = self.app.extensions["cookies"].name(signed_in.door.value)
            client.set_cookie(name, signed_in.token)
            visitor.cookies[name] = signed_in.token
        answer = client.get("/demo/clock")
        visitor.csrf = page(answer).fields("/demo/clock")["csrf_token"]
        for header in answer.headers.getlist("Set-Cookie"):
            name, _, value = header.split(";", 1)[0].partition("=")
            visitor.cookies[name] = value

    # What has happened.

    def _report(self, organisation: int, contact: int, pupil: int, **typed: Any) -> str:
        self.count += 1
        values = {
            "children": (self._name(Pupil, pupil),), "kind": "all_day", "starts_on": clock.school_today().isoformat(),
            "reason": "ill", "words": "Poorly", **typed,
        }  # fmt: skip
        done = report_absence(
            TypedReport(**values), Reporter((ContactKey(organisation, contact),), None), f"submission-{self.count}"
        )
        assert isinstance(done, Reported), done
        return done.children[0].report

    def _yesterday(self, people: dict[str, Any]) -> None:
        """Each child who is missing today was ill the day before, so that one tap can say: still poorly."""
        world = self.world
        for organisation, contact, pupil in (
            (world.organisation, world.alice, world.tom), (world.organisation, world.bob, world.tom),
            (world.organisation, world.charlie, world.noor), (world.organisation, people["val"], people["vic"][0]),
            (world.other_organisation, world.other_contact, world.other_pupil),
            (world.organisation, people["maya_own"], people["maya"][0]),
        ):  # fmt: skip
            self._report(organisation, contact, pupil)

    def _families(self, people: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Each family: a child of theirs, and a report of theirs with a photo."""
        world, org, other = self.world, self.world.organisation, self.world.other_organisation
        tomorrow = (TODAY + timedelta(days=1)).isoformat()
        rows = {
            "alice": (org, world.alice, "tom", world.tom, world.ella, {}),
            "bob": (org, world.bob, "tom", world.tom, world.tom, {"starts_on": tomorrow}),
            "charlie": (org, world.charlie, "noor", world.noor, world.noor, {}),
            "val": (org, people["val"], "vic", people["vic"][0], people["vic"][0], {"starts_on": tomorrow}),
            "mo": (other, world.other_contact, "mallory", world.other_pupil, people["max"][0], {}),
            "maya": (org, people["maya_own"], "maya", people["maya"][0], people["maya"][0], {"starts_on": tomorrow}),
        }
        families = {}
        for name, (organisation, contact, child, pupil, reported, typed) in rows.items():
            report = self._report(organisation, contact, reported, **typed)
            key = ContactKey(organisation, contact)
            file = add_file((key,), report, f"upload-{name}", "note.jpg", photo())
            families[name] = {
                "organisation": organisation, "contact": contact, "author": name, "child_name": child,
                "child": self._name(Pupil, pupil), "report": report, "file": file.public_id, "reported": reported,
                "starts_on": typed.get("starts_on", TODAY.isoformat()),
                "back_on": (TODAY + timedelta(days=2)).isoformat(),
            }  # fmt: skip
        return families

    def _mornings(self, people: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Each school: one child whom nobody has explained, and one whom the family reported."""
        world, org, other = self.world, self.world.organisation, self.world.other_organisation
        rows = {
            "hill": (org, world.hill, world.form_3k, "3K", (world.tom, world.tom_enrolment),
                     (world.noor, world.noor_enrolment), "charlie", world.alice),
            "vale": (org, world.vale, world.form_8b, "8B", people["vic"], (world.ella, world.ella_enrolment), "alice",
                     people["val"]),
            "dale": (other, world.other_school, people["form_5d"], "5D", (world.other_pupil, world.other_enrolment),
                     people["max"], "mo", world.other_contact),
        }  # fmt: skip
        places: dict[str, dict[str, Any]] = {}
        for code, (organisation, school, form_id, form, missing, away, author, contact) in rows.items():
            self.traveller.move_to(at("08:50"))
            marks = [RegisterMark(missing[1], "N"), RegisterMark(away[1], "N")]
            take_register(organisation, school, form_id, TODAY, Half.AM, marks, actor=OFFICER)
            places[code] = {
                "organisation": organisation, "school_id": school, "school": code, "form": form, "form_id": form_id,
                "on": TODAY.isoformat(), "half": "morning", "pupil": self._name(Pupil, missing[0]),
                "enrolment": missing[1], "away": away, "missing": missing, "author": author, "contact": contact,
                "open_form": "9Z", "their_adult": self._name(Contact, contact),
            }  # fmt: skip
            with unit_of_work() as tx:
                not_taken = add_form(tx, organisation, school, "9Z")
                add_pupil(tx, organisation, school, f"Zed{code}", "Bay", form_id=not_taken)
                for _, person, visitor in people["staff"].values():
                    if visitor.own and code in visitor.schools:
                        take = {"form_id": not_taken, "staff_id": person, "starts_on": date(2025, 9, 1)}
                        tx.execute(insert(FormStaff).values(organisation_id=organisation, **take))
        self.traveller.move_to(at("09:16"))
        for place in places.values():
            run_first_day(place["organisation"], place["school_id"], TODAY, Half.AM)
        return places

    def _ask(self, people: dict[str, Any], families: dict[str, dict[str, Any]]) -> None:
        schools = {"alice": self.world.vale, "bob": self.world.hill, "charlie": self.world.hill,
                   "val": self.world.vale, "mo": self.world.other_school, "maya": self.world.vale}  # fmt: skip
        for name, family in families.items():
            by = Decider(family["organisation"], schools[name], OFFICER)
            ask(by, self._report_row(family["report"]).id, "How is the child?", f"question-{name}")

    def _waiting(
        self, people: dict[str, Any], places: dict[str, dict[str, Any]], families: dict[str, dict[str, Any]]
    ) -> None:
        """A text to read, a task to do, a sighting to strike, and a decision to undo, at each school."""
        for code, place in places.items():
            organisation, school = place["organisation"], place["school_id"]
            with unit_of_work() as tx:
                insert_row(
                    tx, InboundMessage, organisation_id=organisation, public_id=f"text-{code}", provider="demo",
                    provider_id=code, sender="+447700900001", body="Poorly", received_at=clock.school_now(),
                    school_id=school, contact_id=place["contact"], enrolment_id=place["enrolment"], candidates=[],
                    suggestion={"reason": "ill"},
                )  # fmt: skip
                task = open_task_in(
                    tx, organisation, school, kind="look", subject_kind="report", subject_id=school, title="Look",
                    due_at=clock.machine_now(), actor=FIRSTBELL, owner_role="attendance_officer",
                )  # fmt: skip
                # A third child of the form, seen at reception.
                seen = add_pupil(tx, organisation, school, f"Sid{code}", "Bay", form_id=place["form_id"])
                third = add_pupil(tx, organisation, school, f"Una{code}", "Bay", form_id=place["form_id"])
                fourth = add_pupil(tx, organisation, school, f"Hal{code}", "Bay", form_id=place["form_id"])
                parent = add_contact(tx, organisation, f"P{code}", "Bay", mobile=f"+44770090001{school}")
                for child in (third, fourth):
                    link(tx, organisation, child[0], parent, "mother", 1, lives_with=True, **FULL_RIGHTS)
                insert_row(
                    tx, InboundMessage, organisation_id=organisation, public_id=f"whose-{code}", provider="demo",
                    provider_id=f"{code}2", sender="+447700900099", body="He is poorly",
                    received_at=clock.school_now(), school_id=school, candidates=[], suggestion={},
                )  # fmt: skip
                leaver = people["maya"] if code == "vale" else seen
                place |= {"request_id": f"leaving-{code}", "change": f"change-{code}"}
                place["adult"] = self._name_in(tx, Contact, parent)
                asks = people["maya_own"] if code == "vale" else place["contact"]
                insert_row(
                    tx, SignOutRequest, organisation_id=organisation, public_id=place["request_id"],
                    school_id=school, enrolment_id=leaver[1], contact_id=asks, date=TODAY,
                    leaves_at=time(13, 10), reason="The dentist", asked_at=clock.school_now(),
                )  # fmt: skip
                insert_row(
                    tx, DetailChange, organisation_id=organisation, public_id=place["change"], school_id=school,
                    contact_id=place["contact"], field="language", old_value="en", new_value="pl",
                    asked_at=clock.machine_now(), asked_by="A parent",
                )  # fmt: skip
                elsewhere = add_pupil(tx, organisation, school, f"Ivy{code}", "Bay", form_id=place["form_id"])
            place |= {"whose_text": f"whose-{code}", "elsewhere": self._name(Pupil, elsewhere[0])}
            planned = MarkChange(elsewhere[1], TODAY, 0, "B")
            write_marks(MarkBatch(organisation, school, (planned,), OFFICER, "College day", MarkSource.STAFF))
            place |= {"text": f"text-{code}", "task": self._name(TaskTable, task), "seen_enrolment": seen[1]}
            sign_in(Desk(organisation, school, OFFICER), seen[1])
            self._of_staff(people, code, place, missing_of(place))
            # Decided already: its decision can be undone.
            report = self._report_row(self._report(organisation, parent, third[0]))
            choice = Decision(report.id, report.version, "I", None)
            outcome = confirm(Decider(organisation, school, OFFICER), [choice], session=(TODAY, 0))
            place["decision"] = outcome.decided[0].decisions[0]
            # From a phone that somebody has to look at first.
            sign_in(Desk(organisation, school, OFFICER), fourth[1])
            sign_out(Desk(organisation, school, OFFICER), fourth[1], Collector(parent), reason="Dentist")
            place["gone"] = self._name(Pupil, fourth[0])
            place["held"] = self._report(organisation, parent, fourth[0])
            with unit_of_work() as tx:
                held = AbsenceReport.__table__.update().where(AbsenceReport.public_id == place["held"])
                tx.execute(held.values(state="held"))

    def _of_staff(self, people: dict[str, Any], code: str, place: dict[str, Any], pupil: int) -> None:
        """A referral, a register given as cover and an absence at each school; a cover and a role to choose."""
        organisation, school = place["organisation"], place["school_id"]
        keys = {"organisation_id": organisation, "school_id": school}
        by = f"{code} attendance_officer"
        officer = people["staff"][by][1]
        with unit_of_work() as tx:
            known = people["staff"].get(f"{code} welfare_officer")
            made = () if known else (add_staff(tx, organisation, school, "W", f"{code}ewo", "EWO", "welfare_officer"),)
            ewo = known[1] if known else made[0]
            referral = insert_row(
                tx, Referral, **keys, public_id=f"referral-{code}", pupil_id=pupil, officer_id=ewo, reason="Below 90%",
                starts_on=TODAY, ends_on=TODAY + timedelta(days=30), referred_at=clock.school_now(),
                referred_by="Saira Khan",
            )  # fmt: skip
            taker = add_staff(tx, organisation, school, "C", f"{code}cover", "Cover", "cover_teacher")
            tx.execute(
                insert(FormStaff).values(
                    organisation_id=organisation, form_id=place["form_id"], staff_id=taker, starts_on=TODAY,
                    ends_on=TODAY,
                )
            )  # fmt: skip
            insert_row(
                tx, StaffAway, **keys, public_id=f"away-{code}", staff_id=taker, starts_on=TODAY, said_by="Saira Khan",
                said_at=clock.school_now(),
            )  # fmt: skip
            place |= {
                "referral": self._name_in(tx, Referral, referral), "ewo": ewo, "taker_id": taker,
                "taker": self._name_in(tx, Staff, taker), "away_span": f"away-{code}",
                "given": f"{place['form_id']}.{taker}.{TODAY.isoformat()}", "officer_id": officer,
                "officer_name": self._name_in(tx, Staff, officer),
            }  # fmt: skip

    def _lists(self, people: dict[str, Any], places: dict[str, dict[str, Any]]) -> None:
        """A file of each kind that can be brought in, a mark to settle, a planned setting, a closed day of the school's
        own, and the officer's device by the door, at each school."""
        for number, (code, place) in enumerate(places.items()):
            organisation, school = place["organisation"], place["school_id"]
            closed = CalendarEvent(
                EventKind.INSET, *(date(2026, 6, 29) + timedelta(days=number),) * 2, BOTH_HALVES, None, "Training"
            )
            keys = {"organisation_id": organisation, "school_id": school}
            with unit_of_work() as tx:
                for kind in ImportKind:
                    run = insert_row(
                        tx, ImportRun, **keys, public_id=f"{kind.value}-{code}", kind=kind.value, state="ready",
                        file_name="file.csv", file_id=files.put(tx, organisation, kind.value.encode(), "text/csv"),
                        counts={"rows": 1, "new": 1}, preview={}, staged_at=clock.machine_now(),
                        actor_kind="staff", actor_id=1, actor_name="Saira Khan",
                    )  # fmt: skip
                    place[f"run_{kind.value}"] = self._name_in(tx, ImportRun, run)
                tx.execute(
                    insert(MarkConflict).values(
                        organisation_id=organisation, enrolment_id=place["seen_enrolment"], half=0, ours=None,
                        theirs="I", date=TODAY - timedelta(days=1), found_at=clock.machine_now(),
                    )
                )  # fmt: skip
                planned = {"key": "board.confirm_hold_minutes", "effective_from": PLANNED_FROM, "value": "3"}
                tx.execute(insert(SchoolSetting).values(**keys, **planned))
                place["computer"] = f"computer-{code}"
                insert_row(
                    tx, SharedMachine, organisation_id=organisation, public_id=place["computer"], school_id=school,
                    name="Hall", token_hash=f"no-token-{code}", named_by="Grace Osei", named_at=clock.machine_now(),
                )
            by = Actor(
                ActorKind.STAFF, people["staff"][f"{code} attendance_officer"][1], "Officer", "Attendance officer"
            )
            add_entry(organisation, school, closed, actor=OFFICER, submission_key=f"closed-day-of-{code}")
            with read_door() as db:
                rows = load_settings(db, organisation, school)
            place |= {
                "entry": key_of(closed), "ends_on": closed.ends_on.isoformat(), "group": "board",
                "settings_version": version_of((*rows.mine, *rows.trust), BOARD_SETTINGS),
                "device": enrol_on_site_device(organisation, school, by, "By the door", f"device-of-{code}"),
                **self._data_law(organisation, school, code, place["missing"][0]),
                "person": self._name(Staff, people["staff"][f"{code} attendance_officer"][1]),
            }  # fmt: skip

    def _data_law(self, organisation: int, school: int, code: str, pupil: int) -> dict[str, Any]:
        """Requests for data, one as it came, one being checked, one ready; an old import, and a deletion."""
        common = {
            "organisation_id": organisation, "school_id": school, "pupil_id": pupil, "asked_by": "pupil",
            "basis": "access", "received_on": TODAY, "starts_clock_on": TODAY, "due_on": TODAY,
            "logged_at": clock.machine_now(), "logged_by": "Dina Bell",
        }  # fmt: skip
        with unit_of_work() as tx:
            made = files.put(tx, organisation, f"bundle of {code}".encode(), "application/json")
            insert_row(tx, SubjectRequest, public_id=f"rq-{code}", state="logged", **common)
            checked = insert_row(tx, SubjectRequest, public_id=f"check-{code}", state="checking", **common)
            insert_row(tx, SubjectRequest, public_id=f"ready-{code}", state="ready", json_file_id=made, **common)
            line = insert_row(
                tx, SubjectLine, organisation_id=organisation, request_id=checked, key="k", number=1, category="staff",
                chapter="Notes", title="Name of a member of staff", words="Saira Khan",
            )  # fmt: skip
            insert_row(
                tx, ImportRun, organisation_id=organisation, school_id=school, public_id=f"old-{code}", kind="pupils",
                state="abandoned", file_name="old.csv", counts={}, preview={}, actor_kind="staff", actor_id=1,
                actor_name="Saira Khan", staged_at=at("09:00", date(2019, 1, 8)),
            )  # fmt: skip
            insert_row(
                tx, RetentionRun, organisation_id=organisation, school_id=school, public_id=f"del-{code}", state="done",
                plan={"kinds": {"tasks": {"before": "2019-08-01", "due": 1}}, "sen_born": "1995-06-16",
                      "left_before": "2019-08-01"},
                result={"tasks": {"task": 1}}, confirmed_at=clock.machine_now(), confirmed_by="Grace Osei",
            )  # fmt: skip
        return {"data_request": f"rq-{code}", "checked_request": f"check-{code}", "ready_request": f"ready-{code}",
                "data_line": line, "deletion": f"del-{code}"}  # fmt: skip

    def _found(
        self, people: dict[str, Any], places: dict[str, dict[str, Any]], families: dict[str, dict[str, Any]]
    ) -> None:
        """The names that all of it has in addresses."""
        with read_door() as db:
            for place in places.values():
                report = self._report_row(families[place["author"]]["report"])
                place["file"] = families[place["author"]]["file"]
                place |= {"report": report.public_id, "report_id": report.id, "report_version": report.version}
                case = (FirstDayCase.organisation_id == place["organisation"],
                        FirstDayCase.enrolment_id == place["enrolment"])  # fmt: skip
                place["case"] = db.scalars(select(FirstDayCase.public_id).where(*case)).one()
                place["sighting"] = db.scalars(
                    select(Sighting.public_id).where(
                        Sighting.organisation_id == place["organisation"],
                        Sighting.enrolment_id == place["seen_enrolment"],
                    )
                ).one()
            for family in families.values():
                mine = (Message.organisation_id == family["organisation"], Message.contact_id == family["contact"])
                rows = db.execute(select(Message.name, Message.public_id, Message.words).where(*mine)).all()
                links = {row.name: row.words["link"].rsplit("/", 1)[-1] for row in rows if "link" in row.words}
                report = self._report_row(family["report"])
                family |= {
                    "message": rows[0].public_id, "question_token": links["school_asks"], "version": report.version,
                    "token": links.get("missing_child", ""),
                }  # fmt: skip
                family["change"] = self._change(family, name_of(families, family))
                family["request_id"] = "leaving-vale"
            for place in places.values():
                for name in _ASKED[place["school"]]:
                    families[name]["case"] = place["case"]

    def _change(self, family: dict[str, Any], name: str) -> str:
        """Each family asks for another language."""
        with unit_of_work() as tx:
            insert_row(
                tx, DetailChange, organisation_id=family["organisation"], public_id=f"change-{name}",
                school_id=1 if family["organisation"] == self.world.organisation else self.world.other_school,
                contact_id=family["contact"], field="language", old_value="en", new_value="pl",
                asked_at=clock.machine_now(), asked_by=name,
            )  # fmt: skip
        return f"change-{name}"

    def _phones(self, visitors: dict[str, Visitor], families: dict[str, dict[str, Any]]) -> None:
        """Each parent has a second phone that is signed in."""
        for family in families.values():
            who = ContactKey(family["organisation"], family["contact"])
            signed_in = demo_sign_in(self.app.extensions["settings"], who, user_agent="second")
            with read_door() as db:
                found = devices(db, signed_in.session_id, clock.machine_now())
            family["phone"] = next(device.public_id for device in found if device.here)
            family["passkey"] = self._passkey(who)

    def _passkey(self, who: ContactKey) -> str:
        """A passkey that no phone has: its name in addresses."""
        with unit_of_work() as tx:
            number = insert_row(
                tx, Passkey, public_id=ids.public_id(), door="parent", credential_id=f"walk-{who.contact_id}",
                public_key="none", sign_count=0, transports=[], device_type="single_device", backed_up=False,
                name="Phone", point_kind="mobile", point_value="+447700900001", created_at=clock.machine_now(),
            )  # fmt: skip
            tx.execute(insert(PasskeyContact).values(**asdict(who), passkey_id=number))
            return self._name_in(tx, Passkey, number)

    def _name(self, table: Any, number: int) -> str:
        with read_door() as db:
            return self._name_in(db, table, number)

    def _name_in(self, db: Connection, table: Any, number: int) -> str:
        return str(db.scalar(select(table.public_id).where(table.id == number)))

    def _report_row(self, public_id: str) -> Any:
        with read_door() as db:
            columns = (AbsenceReport.id, AbsenceReport.version, AbsenceReport.public_id)
            return db.execute(select(*columns).where(AbsenceReport.public_id == public_id)).one()


def name_of(families: dict[str, dict[str, Any]], family: dict[str, Any]) -> str:
    return next(name for name, found in families.items() if found is family)


def missing_of(place: Mapping[str, Any]) -> int:
    """The number of the pupil whom nobody has explained at a school."""
    return int(place["missing"][0])


_ASKED = {"hill": ("alice", "bob", "charlie"), "vale": ("val",), "dale": ("mo",)}
PLANNED_FROM = TODAY + timedelta(days=7)
BOARD_SETTINGS = ("board.confirm_hold_minutes", "board.ringing_hold_minutes")
OFFICER = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(out, "JPEG")
    return out.getvalue()


def dump(tx: Connection) -> dict[str, list[str]]:
    """Every row of every table, but what a session or a link says of when it was last seen."""
    seen = {"seen_at", "expires_at", "opened_at"}
    return {
        table.name: sorted(repr(tuple(row)) for row in tx.execute(select(*(c for c in table.c if c.name not in seen))))
        for table in Base.metadata.sorted_tables
    }
