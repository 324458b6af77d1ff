"""The end of a pupil's record: every row of the map that is theirs, then the contacts whom nothing ties any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from notifications.services.forgetting import (
    forget_messages_in,
    forget_messages_of_pupils_in,
    forget_phones_in,
    messages_of_contacts,
    written_about_others,
)
from webapp.absence.models import (
    AbsenceReport,
    ReportDecision,
    ReportEvent,
    ReportFile,
    ReportMessage,
    SignOutRequest,
)
from webapp.accounts.models import PasskeyContact, SessionContact, SingleTaskLink
from webapp.first_day.models import CaseEvent, FirstDayCase, PupilNote
from webapp.foundation import files
from webapp.foundation.db import Base
from webapp.foundation.trail import FIRSTBELL, TrailEntry
from webapp.foundation.trail.erase import erase
from webapp.insight.models import RecordHold, ShownPage, SubjectLine, SubjectRequest
from webapp.people.models import (
    Contact,
    ContactPoint,
    CourtOrder,
    DetailChange,
    Enrolment,
    MessageStop,
    Placement,
    Pupil,
    PupilContact,
    PupilGroup,
    ReachNote,
    Referral,
    Task,
    WithheldEntry,
)
from webapp.record.services.forgetting import forget_sessions_in

_EVER = date(2999, 8, 1)


def forget_pupils_in(tx: Connection, of: int, pupil_ids: Collection[int]) -> Counter[str]:
    """Delete all that is held about these pupils; the caller has asked who is held. Returns the rows by table."""
    gone: Counter[str] = Counter()
    enrolments = _ids(tx, Enrolment, of, Enrolment.pupil_id.in_(pupil_ids))
    contacts = list(
        tx.scalars(
            select(PupilContact.contact_id)
            .where(PupilContact.organisation_id == of, PupilContact.pupil_id.in_(pupil_ids))
            .distinct()
        )
    )
    gone.update(forget_sessions_in(tx, of, enrolments, _EVER))
    gone.update(_reports(tx, of, AbsenceReport.enrolment_id.in_(enrolments)))
    cases = _ids(tx, FirstDayCase, of, FirstDayCase.enrolment_id.in_(enrolments))
    _take(tx, gone, of, (CaseEvent, CaseEvent.case_id.in_(cases)), (FirstDayCase, FirstDayCase.id.in_(cases)),
          (PupilNote, PupilNote.pupil_id.in_(pupil_ids)),
          (SignOutRequest, SignOutRequest.enrolment_id.in_(enrolments)))  # fmt: skip
    alone, unnamed = forget_messages_of_pupils_in(tx, of, pupil_ids, enrolments)
    gone.update(unnamed)
    gone.update(_messages(tx, of, alone))
    requests = _ids(tx, SubjectRequest, of, SubjectRequest.pupil_id.in_(pupil_ids))
    _take(tx, gone, of, (SubjectLine, SubjectLine.request_id.in_(requests)),
          (SubjectRequest, SubjectRequest.id.in_(requests)))  # fmt: skip
    for table in (Task, Referral, WithheldEntry, MessageStop, CourtOrder, RecordHold, ShownPage, PupilContact,
                  PupilGroup):  # fmt: skip
        _take(tx, gone, of, (table, table.pupil_id.in_(pupil_ids)))
    _take(tx, gone, of, (Placement, Placement.enrolment_id.in_(enrolments)), (Enrolment, Enrolment.id.in_(enrolments)))
    gone["trail_entry"] += _erase(tx, of, TrailEntry.pupil_id.in_(pupil_ids))
    _take(tx, gone, of, (Pupil, Pupil.id.in_(pupil_ids)))
    gone.update(_contacts(tx, of, contacts))
    return gone


def _contacts(tx: Connection, of: int, contact_ids: Collection[int]) -> Counter[str]:
    """Those of them whom no child ties, and to whom no row of another child points."""
    gone: Counter[str] = Counter()
    kept = written_about_others(tx, of, contact_ids)
    asked = [number for number in contact_ids if number not in kept]
    untied = _ids(tx, Contact, of, Contact.id.in_(asked), *(~each for each in _pointing(of)))
    gone.update(_messages(tx, of, messages_of_contacts(tx, of, untied)))
    gone.update(forget_phones_in(tx, of, untied))
    for table in (SingleTaskLink, SessionContact, PasskeyContact, DetailChange, ReachNote, ShownPage, ContactPoint):
        _take(tx, gone, of, (table, table.contact_id.in_(untied)))
    theirs = (TrailEntry.actor_kind == "contact", TrailEntry.actor_id.in_(untied))
    gone["trail_entry"] += _erase(tx, of, *theirs)
    _take(tx, gone, of, (Contact, Contact.id.in_(untied)))
    return gone


_GO_WITH_A_CONTACT = frozenset(
    {"message", "push_subscription", "inbound_message", "single_task_link", "session_contact", "passkey_contact",
     "contact_point", "detail_change", "reach_note"}
)  # fmt: skip


def _pointing(of: int) -> list[ColumnElement[bool]]:
    """Whether any row points at a contact, of any table that may: a new table's foreign key is asked by itself."""
    return [
        exists().where(table.c.organisation_id == of, column == Contact.id, *_of_another_child(table))
        for name, table in Base.metadata.tables.items()
        for column in table.c
        if name not in _GO_WITH_A_CONTACT
        and any(key.column.table is Contact.__table__ and key.column.name == "id" for key in column.foreign_keys)
    ]


def _of_another_child(table: Any) -> tuple[ColumnElement[bool], ...]:
    """A page that was about no child goes with the contact; one about a child who is kept keeps them."""
    return (table.c.pupil_id.is_not(None),) if table is ShownPage.__table__ else ()


def _reports(tx: Connection, of: int, which: ColumnElement[bool]) -> Counter[str]:
    gone: Counter[str] = Counter()
    reports = _ids(tx, AbsenceReport, of, which)
    papers = list(
        tx.scalars(
            select(ReportFile.file_id).where(ReportFile.organisation_id == of, ReportFile.report_id.in_(reports))
        )
    )
    for table in (ReportDecision, ReportEvent, ReportMessage, ReportFile):
        _take(tx, gone, of, (table, table.report_id.in_(reports)))
    _take(tx, gone, of, (AbsenceReport, AbsenceReport.id.in_(reports)))
    gone["file"] += files.remove_unused(tx, of, papers)
    return gone


def _messages(tx: Connection, of: int, message_ids: Collection[int]) -> dict[str, int]:
    tx.execute(
        update(PupilNote)
        .where(PupilNote.organisation_id == of, PupilNote.message_id.in_(message_ids))
        .values(message_id=None)
    )
    return forget_messages_in(tx, of, message_ids)


def _erase(tx: Connection, of: int, *which: ColumnElement[bool]) -> int:
    mine = (TrailEntry.organisation_id == of, TrailEntry.erased_at.is_(None), *which)
    return erase(tx, of, FIRSTBELL, list(tx.scalars(select(TrailEntry.id).where(*mine))))


def _ids(tx: Connection, table: Any, of: int, *which: ColumnElement[bool]) -> list[int]:
    return list(tx.scalars(select(table.id).where(table.organisation_id == of, *which)))


def _take(tx: Connection, gone: Counter[str], of: int, *which: tuple[Any, ColumnElement[bool]]) -> None:
    for table, where in which:
        gone[table.__tablename__] += tx.execute(delete(table).where(table.organisation_id == of, where)).rowcount
