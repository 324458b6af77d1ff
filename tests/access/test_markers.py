"""What each role reads, page by page. A word of its own is planted in every kind of private text about the pupils of a
school; then every page is opened as every role, and what stands there is compared with a table written by hand.

``READS`` says who reads a word and on which pages. Each cell of role × page × word is exactly that, so that neither a
leak nor a page that lost its words goes unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from notifications.models import InboundMessage
from tests.access.test_html_walk import SAMPLE
from tests.access.walk_table import (
    ATTENDANCE,
    BOARD_DESK,
    CASE_WORKERS,
    CHECKERS,
    CLASSROOM,
    DECIDERS,
    DESK,
    EVERYBODY,
    HEADS,
    NOTE_WRITERS,
    REFERRERS,
    REQUEST_KEEPERS,
    RIGHTS_KEEPERS,
    SAFEGUARDING,
    STAFF,
    STOPPERS,
    WITH_PUPILS,
    Ask,
    address,
    method_of,
    rules,
)
from tests.access.walk_world import ROLES, Ids, Visitor, Walk
from tests.factories import TODAY, add_form, add_pupil
from webapp.absence.models import AbsenceReport
from webapp.first_day.models import CaseEvent, FirstDayCase, PupilNote
from webapp.foundation import clock
from webapp.foundation.db import insert_row, unit_of_work
from webapp.foundation.trail import Actor, ActorKind
from webapp.people.models import (
    ContactPoint,
    CourtOrder,
    ImportRun,
    MessageStop,
    Pupil,
    PupilContact,
    PupilGroup,
    Referral,
    WithheldEntry,
)
from webapp.people.rules.files import ImportKind
from webapp.record.models import Sighting
from webapp.record.services import MarkBatch, MarkChange, MarkSource, write_marks

OFFICER = Actor(ActorKind.STAFF, 1, "Saira Khan", "Attendance officer")
YESTERDAY = TODAY - timedelta(days=1)
FLAGS = ATTENDANCE | HEADS | SAFEGUARDING
ON_THE_BOARD = CASE_WORKERS | BOARD_DESK
EWO = frozenset({"welfare_officer"})

RECEPTION_DESK = DECIDERS | SAFEGUARDING | DESK
MEDICAL = CASE_WORKERS | {"medical_room"}
_SEARCH = "call case day day_changes take_down"
"""The board, and what is done from it."""
LED = HEADS | SAFEGUARDING
_TRAIL = "pupil_trail told trail trail_file"
_ASKED = "data_request data_requests new_data_request"
"""Requests for data: whom one is about is all that somebody reads there who only keeps its days (decision 0018)."""

READS: Mapping[str, tuple[tuple[frozenset[str], str], ...]] = {
    # The name of a child of one's own form; and of a child of another.
    "mk-own-name": (
        (WITH_PUPILS, "pupil find on_site"), (ON_THE_BOARD, _SEARCH), (NOTE_WRITERS, "note"),
        (CASE_WORKERS, "inbox write"), (MEDICAL, "medical"), (DECIDERS, "mark"), (DECIDERS | CLASSROOM, "register"),
        (RECEPTION_DESK, "reception reception_pupil"), (FLAGS, "orders"), (RIGHTS_KEEPERS, "rights"),
        (STOPPERS, "stops withheld"), (REFERRERS, "referrals"), (REFERRERS | EWO, "referred referred_case"),
        (DECIDERS, "detail_change detail_changes own_contact"), (REQUEST_KEEPERS, _ASKED),
        (CHECKERS, "data_lines"), (LED, _TRAIL), (LED, "told_page"),
    ),
    "mk-other-name": (
        # In a fire everybody in the building counts.
        (WITH_PUPILS, "on_site"), (NOTE_WRITERS, "pupil find note"), (ON_THE_BOARD, _SEARCH), (CASE_WORKERS, "write"),
        (DECIDERS, "mark"), (RECEPTION_DESK, "reception reception_pupil"), (FLAGS, "orders"),
        (RIGHTS_KEEPERS, "rights"), (STOPPERS, "stops withheld"), (REFERRERS, "referrals"),
        (DECIDERS, "own_contact"), (LED, _TRAIL), (REQUEST_KEEPERS, "data_requests new_data_request"),
    ),
    "mk-general-note": ((WITH_PUPILS, "pupil"), (ON_THE_BOARD, "case")),
    "mk-health-note": ((MEDICAL, "pupil medical"), (CASE_WORKERS, "case")),
    "mk-safeguarding-note": ((FLAGS, "pupil case"),),
    "mk-reason": ((CASE_WORKERS, "day day_changes inbox report"),),
    "mk-danger": ((FLAGS, "day day_changes inbox pupil report"),),
    "mk-search-note": ((ON_THE_BOARD, "pupil case"),),
    "mk-said-on-the-phone": ((CASE_WORKERS, "pupil case"),),
    "mk-why-changed": ((CASE_WORKERS, "pupil case"),),
    "/ to Y5": ((CASE_WORKERS, "pupil case"),),
    "mk-why-left": ((CASE_WORKERS, "pupil"), (RECEPTION_DESK, "reception")),
    "mk-order": ((FLAGS, "orders"),),
    "mk-stop": ((STOPPERS, "stops"),),
    "mk-withheld": ((STOPPERS, "withheld"),),
    "mk-referral": ((REFERRERS, "referrals"), (REFERRERS | EWO, "referred referred_case")),
    "mk-text": ((CASE_WORKERS, "call case inbox pupil"),),
    "mk-message": ((CASE_WORKERS, "case pupil"),),
    "01632 960777": ((NOTE_WRITERS, "pupil"), (ON_THE_BOARD, "call case")),
    "mk-looked-after-cell": ((ATTENDANCE, "run"),),
    "mk-court-order-cell": ((ATTENDANCE, "run"),),
    "Child protection plan": ((FLAGS, "pupil"),),
    "Medical need": ((MEDICAL, "pupil medical"),),
}
"""Who reads each word, and on which pages: nobody else, and nowhere else. Governors stand in no row. Administrators
and trust leads stand in the row of a name where a request for data is written down, and in no other."""

Found = dict[str, set[str]]
"""Words by endpoint."""


@pytest.fixture(scope="module")
def planted(walk: Walk) -> Iterator[Walk]:
    """The world with words of danger, health and law in it; taken back afterwards."""

    class Over(Exception):
        pass

    try:
        with walk.database.writing():
            _plant(walk)
            yield walk
            raise Over
    except Over:
        walk.database.memo.forget()


def _plant(walk: Walk) -> None:
    place = walk.places["hill"]
    org, school, pupil, enrolment = place["organisation"], place["school_id"], *place["missing"]
    now, keys = clock.school_now(), {"organisation_id": org}
    with unit_of_work() as tx:
        tx.execute(update(Pupil).where(Pupil.id == pupil).values(last_name="Ahmed-mk-own-name"))
        other = add_form(tx, org, school, "4Q")
        stranger = add_pupil(tx, org, school, "Uma", "Ahmad-mk-other-name", form_id=other, year_group=4)
        place["stranger"] = tx.scalar(select(Pupil.public_id).where(Pupil.id == stranger[0]))
        for group in ("child_protection", "medical"):
            tx.execute(insert(PupilGroup).values(**keys, pupil_id=pupil, group=group, starts_on=YESTERDAY))
        for kind in ("general", "health", "safeguarding", "message"):
            words = f"mk-{kind}-note" if kind != "message" else "mk-message"
            more = {"contact_id": place["contact"]} if kind == "message" else {}
            insert_row(
                tx, PupilNote, **keys, public_id=f"mk-{kind}", school_id=school, pupil_id=pupil, kind=kind, words=words,
                at=now, by_id=1, by="Saira Khan", position="Attendance officer", **more,
            )  # fmt: skip
        case = tx.scalar(select(FirstDayCase.id).where(FirstDayCase.public_id == place["case"]))
        for kind, words, outcome in (("note", "mk-search-note", ""), ("call", "mk-said-on-the-phone", "spoke")):
            insert_row(
                tx, CaseEvent, **keys, case_id=case, at=now, kind=kind, contact_id=place["contact"], outcome=outcome,
                words=words, by="Saira Khan",
            )  # fmt: skip
        insert_row(
            tx, Sighting, **keys, public_id="mk-sighting", school_id=school, enrolment_id=stranger[1], kind="left",
            at=now, date=TODAY, reason="mk-why-left", seen_by="Brenda", collector_known=True,
        )  # fmt: skip
        insert_row(
            tx, CourtOrder, **keys, pupil_id=pupil, contact_id=place["contact"], kind="mk-order", denies="collect",
            starts_on=YESTERDAY, document_reference="mk-order",
        )  # fmt: skip
        # Whoever is stopped is not rung: the number that is looked for is another's.
        another = tx.scalar(
            select(PupilContact.contact_id)
            .where(PupilContact.pupil_id == pupil, PupilContact.contact_id != place["contact"])
            .order_by(PupilContact.contact_id)
        )
        insert_row(
            tx, MessageStop, **keys, public_id="mk-stop", school_id=school, pupil_id=pupil, reason="mk-stop",
            stopped_at=now, stopped_by="Dina Bell", contact_id=another,
        )  # fmt: skip
        insert_row(
            tx, WithheldEntry, **keys, public_id="mk-withheld", school_id=school, pupil_id=pupil, kind="mark",
            review_on=TODAY + timedelta(days=9), enrolment_id=enrolment, date=YESTERDAY, half=0, reason="mk-withheld",
            withheld_at=now, withheld_by="Dina Bell",
        )  # fmt: skip
        tx.execute(update(Referral).where(Referral.public_id == "referral-hill").values(reason="mk-referral"))
        tx.execute(update(InboundMessage).where(InboundMessage.public_id == "text-hill").values(body="mk-text"))
        tx.execute(
            update(ContactPoint)
            .where(ContactPoint.contact_id == place["contact"], ContactPoint.kind == "mobile")
            .values(value="+441632960777", kind="landline")
        )
        tx.execute(
            update(AbsenceReport).where(AbsenceReport.public_id == place["report"]).values(words="mk-reason sick")
        )
        tx.execute(
            update(AbsenceReport)
            .where(AbsenceReport.public_id == place["held"])
            .values(words="mk-danger he hits us", danger=True)
        )
        _plant_files(tx, keys)
    for code, why in (("/", ""), ("Y5", "mk-why-changed")):
        change = MarkChange(enrolment, YESTERDAY, 0, code)
        write_marks(MarkBatch(org, school, (change,), OFFICER, why, MarkSource.STAFF))


def _plant_files(tx: Any, keys: Mapping[str, Any]) -> None:
    """Cells of files that wait: who keeps the lists brings them in, and does not read these."""
    for kind, heading, cell in (
        (ImportKind.PUPILS, "Looked after", "mk-looked-after-cell"),
        (ImportKind.CONTACTS, "Court order", "mk-court-order-cell"),
    ):
        preview = {"headings": ["Name", heading], "rows": [["Somebody", cell]], "staged": {"by": "Saira Khan"}}
        tx.execute(update(ImportRun).where(ImportRun.public_id == f"{kind.value}-hill").values(preview=preview))


def _variants(place: Ids) -> Iterator[Ids]:
    """The pupil of whom nearly all is said, one of another form, and the reports of the others."""
    yield place
    yield {**place, "pupil": place["stranger"]}
    yield {**place, "report": place["held"], "pupil": place["gone"]}


def read_by(walk: Walk, visitor: Visitor) -> Found:
    """The planted words on every page that opens to the visitor, by endpoint."""
    client, place = walk.client(visitor), walk.places["hill"]
    found: Found = {}
    asked: set[tuple[str, str]] = set()
    for rule in rules(walk, STAFF):
        if method_of(rule) != "GET":
            continue
        for ask in STAFF[rule.endpoint]:
            for ids in _variants(place):
                path, query = address(rule, ask, ids), _query(ask, ids)
                if (path, str(query)) in asked:
                    continue
                asked.add((path, str(query)))
                answer = client.get(path, query_string=query)
                text = answer.get_data().decode("utf-8", "ignore")
                answer.close()
                words = {word for word in READS if word in text}
                if words:
                    found.setdefault(rule.endpoint.partition(".")[2], set()).update(words)
    return found


def _query(ask: Ask, ids: Ids) -> dict[str, str]:
    return {name: str(ids.get(value, value)) for name, value in ask.query.items()}


def expected_of(role: str) -> Found:
    found: Found = {}
    for word, rows in READS.items():
        for roles, pages in rows:
            for page in pages.split() if role in roles else ():
                found.setdefault(page, set()).add(word)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_reads(planted: Walk, db_kind: str, role: str) -> None:
    if db_kind == "postgresql" and f"hill {role}" not in SAMPLE:
        pytest.skip("every role reads on SQLite")
    found, expected = read_by(planted, planted.visitors[f"hill {role}"]), expected_of(role)
    pages = sorted(set(found) | set(expected))
    leaks = {page: sorted(more) for page in pages if (more := found.get(page, set()) - expected.get(page, set()))}
    lost = {page: sorted(less) for page in pages if (less := expected.get(page, set()) - found.get(page, set()))}
    assert (leaks, lost) == ({}, {})


@pytest.mark.parametrize("name", ["vale head", "vale dsl", "dale attendance_officer", "alice"])
def test_nothing_of_one_school_is_read_from_another(planted: Walk, db_kind: str, name: str) -> None:
    """Rights hold at their own school alone: at Hill these open no page of a pupil. Lists of the trust's own hold
    nobody's words."""
    if db_kind == "postgresql":
        pytest.skip("read on SQLite")
    assert read_by(planted, planted.visitors[name]) == {}


def test_administrator_of_two_schools_reads_what_one_reads(planted: Walk, db_kind: str) -> None:
    if db_kind == "postgresql":
        pytest.skip("read on SQLite")
    assert read_by(planted, planted.visitors["administrator of both"]) == expected_of("administrator")


def test_those_who_run_or_watch_read_no_case() -> None:
    assert expected_of("governor") == {}
    for role in ("administrator", "trust_lead"):
        read = expected_of(role)
        assert set(read) == set(_ASKED.split())
        assert set().union(*read.values()) == {"mk-own-name", "mk-other-name"}


def test_every_word_is_planted_for_somebody() -> None:
    assert all(roles <= EVERYBODY and roles and pages for rows in READS.values() for roles, pages in rows)
