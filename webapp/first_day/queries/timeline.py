"""Everything that happened about one pupil between two days, newest first, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)

from notifications.models import Delivery, InboundMessage, Message, MessagePupil
from webapp.absence.models import AbsenceReport, ReportEvent, ReportMessage
from webapp.first_day.models import CaseEvent, FirstDayCase, PupilNote
from webapp.foundation.types import Instant
from webapp.people.models import Contact
from webapp.record.models import MarkAmendment, Sighting


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing. ``source``: case, report, report_event, talk, sighting, message, text_in, note, amendment; the meaning
    of ``kind``, ``outcome`` and ``extra`` depends on it. ``danger``: only for those who see safeguarding flags.
    ``reason``: health data, only for those who see reasons. ``ref`` leads to a report. Of a message, ``done_at`` is
    when it came to the state in ``outcome``, None while it waits, and ``why`` what the provider said against it."""

    at: datetime
    source: str
    kind: str
    outcome: str
    words: str
    who: str
    whom: str
    extra: str
    danger: bool
    reason: bool
    ref: str
    done_at: datetime | None
    why: str


_ORGANISATION: Any = bindparam("organisation_id")
_ENROLMENT: Any = bindparam("enrolment_id")
_PUPIL: Any = bindparam("pupil_id")
_FIRST: Any = bindparam("first", type_=Instant())
_LAST: Any = bindparam("last", type_=Instant())
_DONE_AT = case(
    (Delivery.state == "delivered", Delivery.delivered_at), (Delivery.state == "failed", Delivery.failed_at),
    (Delivery.state.in_(("sent", "unknown")), Delivery.sent_at),
)  # fmt: skip


def _text(column: Any) -> ColumnElement[Any]:
    return cast(func.coalesce(column, ""), String)


def _part(
    at: Any, source: str, kind: Any, *, outcome: Any = "", words: Any = "", who: Any = "", whom: Any = "",
    extra: Any = "", danger: Any = False, reason: bool = False, ref: Any = "", done_at: Any = None, why: Any = "",
) -> Select[*tuple[Any, ...]]:  # fmt: skip
    plain = [literal(each, String) if isinstance(each, str) else _text(each)
             for each in (source, kind, outcome, words, who, whom, extra)]  # fmt: skip
    return select(
        at.label("at"),
        *(each.label(name) for each, name in zip(plain, Happening.__slots__[1:8], strict=True)),
        (literal(danger, Boolean) if isinstance(danger, bool) else danger).label("danger"),
        literal(reason, Boolean).label("reason"),
        (literal(ref, String) if isinstance(ref, str) else _text(ref)).label("ref"),
        (literal(None, Instant()) if done_at is None else done_at).label("done_at"),
        (literal(why, String) if isinstance(why, str) else _text(why)).label("why"),
    ).where(at >= _FIRST, at < _LAST)


def _same(left: Any, right: Any, mine: str, theirs: str) -> Any:
    return and_(left.organisation_id == right.organisation_id, getattr(left, mine) == getattr(right, theirs))


def _happenings() -> Select[*tuple[Any, ...]]:
    name = Contact.first_name + " " + Contact.last_name
    of_report = and_(AbsenceReport.organisation_id == _ORGANISATION, AbsenceReport.enrolment_id == _ENROLMENT)
    parts = [
        _part(CaseEvent.at, "case", CaseEvent.kind, outcome=CaseEvent.outcome, words=CaseEvent.words,
              who=CaseEvent.by, whom=name)
        .select_from(FirstDayCase)
        .join(CaseEvent, _same(CaseEvent, FirstDayCase, "case_id", "id"))
        .outerjoin(Contact, _same(Contact, CaseEvent, "id", "contact_id"))
        .where(FirstDayCase.organisation_id == _ORGANISATION, FirstDayCase.enrolment_id == _ENROLMENT),
        _part(AbsenceReport.sent_at, "report", AbsenceReport.channel, outcome=AbsenceReport.reason,
              words=AbsenceReport.words, who=AbsenceReport.told_by, extra=AbsenceReport.symptoms,
              danger=AbsenceReport.danger, reason=True, ref=AbsenceReport.public_id)
        .where(of_report),
        _part(ReportEvent.at, "report_event", ReportEvent.kind, who=ReportEvent.by, danger=AbsenceReport.danger,
              ref=AbsenceReport.public_id)
        .select_from(AbsenceReport)
        .join(ReportEvent, _same(ReportEvent, AbsenceReport, "report_id", "id"))
        .where(of_report, ReportEvent.kind.not_in(("sent", "taken_down"))),
        _part(ReportMessage.at, "talk", ReportMessage.side, words=ReportMessage.words, who=ReportMessage.author,
              danger=AbsenceReport.danger, reason=True, ref=AbsenceReport.public_id)
        .select_from(AbsenceReport)
        .join(ReportMessage, _same(ReportMessage, AbsenceReport, "report_id", "id"))
        .where(of_report),
        _part(Sighting.at, "sighting", Sighting.kind, words=Sighting.reason, who=Sighting.seen_by,
              whom=Sighting.collected_by_name, extra=Sighting.place)
        .where(Sighting.organisation_id == _ORGANISATION, Sighting.enrolment_id == _ENROLMENT,
               Sighting.struck_at.is_(None)),
        _part(Delivery.created_at, "message", Message.name, outcome=Delivery.state, words=Delivery.body,
              whom=name, extra=Delivery.channel, done_at=_DONE_AT, why=Delivery.error_words)
        .select_from(MessagePupil)
        .join(Message, _same(Message, MessagePupil, "id", "message_id"))
        .join(Delivery, _same(Delivery, Message, "message_id", "id"))
        .join(Contact, _same(Contact, Message, "id", "contact_id"))
        .where(MessagePupil.organisation_id == _ORGANISATION, MessagePupil.pupil_id == _PUPIL,
               Message.school_id == bindparam("school_id")),
        _part(InboundMessage.received_at, "text_in", InboundMessage.reading, words=InboundMessage.body,
              who=func.coalesce(name, InboundMessage.sender), extra=InboundMessage.provider,
              danger=InboundMessage.danger, reason=True)
        .select_from(InboundMessage)
        .outerjoin(Contact, _same(Contact, InboundMessage, "id", "contact_id"))
        .where(InboundMessage.organisation_id == _ORGANISATION, InboundMessage.enrolment_id == _ENROLMENT),
        _part(PupilNote.at, "note", PupilNote.kind, words=PupilNote.words, who=PupilNote.by, whom=name,
              extra=PupilNote.position)
        .select_from(PupilNote)
        .outerjoin(Contact, _same(Contact, PupilNote, "id", "contact_id"))
        .where(PupilNote.organisation_id == _ORGANISATION, PupilNote.pupil_id == _PUPIL,
               PupilNote.school_id == bindparam("school_id")),
        _part(MarkAmendment.amended_at, "amendment", MarkAmendment.source, outcome=MarkAmendment.amended_code,
              words=MarkAmendment.reason, who=MarkAmendment.actor_name, whom=MarkAmendment.actor_position,
              extra=cast(MarkAmendment.date, String) + "|" + cast(MarkAmendment.half, String) + "|"
              + func.coalesce(MarkAmendment.original_code, ""))
        .where(MarkAmendment.organisation_id == _ORGANISATION, MarkAmendment.enrolment_id == _ENROLMENT),
    ]  # fmt: skip
    every = union_all(*parts).subquery("happenings")
    return select(every).order_by(every.c.at.desc()).limit(bindparam("limit", type_=Integer))


_HAPPENINGS = _happenings()


def happenings(
    db: Connection, organisation_id: int, school_id: int, enrolment_id: int, pupil_id: int, first: datetime,
    last: datetime, limit: int = 400,
) -> Sequence[Happening]:  # fmt: skip
    """What happened from ``first`` until before ``last`` (instants)."""
    keys = {
        "organisation_id": organisation_id, "school_id": school_id, "enrolment_id": enrolment_id,
        "pupil_id": pupil_id, "first": first, "last": last, "limit": limit,
    }  # fmt: skip
    return [Happening(*row) for row in db.execute(_HAPPENINGS, keys)]
