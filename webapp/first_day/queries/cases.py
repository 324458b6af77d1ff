"""Cases, what was done in them, and which messages about them have gone out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, func, or_, select

from notifications.models import Delivery, Message
from notifications.rules.message_kinds import MessageName
from webapp.first_day.models import CaseEvent, FirstDayCase, FirstDayRun
from webapp.first_day.rules import CallOutcome
from webapp.people.models import Enrolment, Pupil
from webapp.record.models import Register
from webapp.record.rules import CaseOutcome

_ORGANISATION: Any = bindparam("organisation_id")
_IDS: Any = bindparam("ids", expanding=True)
_HEARD = ("answer", "reply")
MOVED = "moved"
"""A text was about another child: ``outcome`` is the number of the reply that counts no more."""
_GONE_OUT = ("sent", "delivered", "unknown")
"""A call that got no answer may have gone through: the family is corrected all the same."""


@dataclass(slots=True)
class CaseHistory:
    """What the ladder asks about a case: who was texted and not told since that all is well, and what came of each
    call, in order. ``texted_at``: when the last text was asked for; ``again``: who was asked a second time; ``failed``:
    nothing that was sent to them went through. A text that was called off before it left is none. ``heard``: somebody
    has answered, in whatever words, or was spoken to."""

    texted: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    texted_at: datetime | None = None
    again: set[int] = field(default_factory=set)
    calls: dict[int, list[CallOutcome]] = field(default_factory=lambda: defaultdict(list))
    heard: bool = False


_text = Delivery.__table__.alias("text")
# A push counts for nothing where a child is missing.
_of_event = and_(
    _text.c.organisation_id == CaseEvent.organisation_id, _text.c.message_id == CaseEvent.message_id,
    _text.c.channel != "push",
)  # fmt: skip
_CALLED_OFF = and_(
    exists().where(_of_event, _text.c.state == "cancelled"),
    ~exists().where(_of_event, _text.c.state.in_(("waiting", *_GONE_OUT))),
)
_HISTORY = (
    select(
        CaseEvent.case_id, CaseEvent.contact_id, CaseEvent.kind, CaseEvent.outcome, CaseEvent.at, Message.name,
        CaseEvent.id, case((CaseEvent.kind == "text", _CALLED_OFF)).label("called_off"),
    )
    .outerjoin(Message, and_(Message.organisation_id == CaseEvent.organisation_id, Message.id == CaseEvent.message_id))
    .where(
        CaseEvent.organisation_id == _ORGANISATION, CaseEvent.case_id.in_(_IDS),
        CaseEvent.kind.in_(("text", "text_failed", "correction", "call", "skip", "answer", "reply", MOVED)),
        or_(CaseEvent.contact_id.is_not(None), CaseEvent.kind.in_(("reply", MOVED))),
    )
    .order_by(CaseEvent.at, CaseEvent.id)
)  # fmt: skip
_CASE = (
    select(
        FirstDayCase.id, FirstDayCase.public_id, FirstDayCase.school_id, FirstDayCase.enrolment_id, FirstDayCase.date,
        FirstDayCase.half, FirstDayCase.state, FirstDayCase.alarm, FirstDayCase.opened_at, FirstDayCase.owner_id,
        FirstDayCase.owner_role, FirstDayCase.next_step, FirstDayCase.next_contact_id, FirstDayCase.next_due_at,
        FirstDayCase.ringing_by_id, FirstDayCase.ringing_by, FirstDayCase.ringing_until, FirstDayCase.outcome,
        FirstDayCase.outcome_words, FirstDayCase.last_words, FirstDayCase.closed_at, FirstDayCase.closed_by,
        FirstDayCase.version, Enrolment.pupil_id, Pupil.public_id.label("pupil_public_id"), Pupil.first_name,
        Pupil.last_name,
    )
    .join(
        Enrolment,
        and_(Enrolment.organisation_id == FirstDayCase.organisation_id, Enrolment.id == FirstDayCase.enrolment_id),
    )
    .join(Pupil, and_(Pupil.organisation_id == Enrolment.organisation_id, Pupil.id == Enrolment.pupil_id))
    .where(FirstDayCase.organisation_id == _ORGANISATION)
    .order_by(FirstDayCase.id)
)  # fmt: skip
_BY_PUBLIC_ID = _CASE.where(FirstDayCase.public_id == bindparam("public_id"))
_BY_IDS = _CASE.where(FirstDayCase.id.in_(_IDS))
_OF_ENROLMENTS = select(
    FirstDayCase.date, FirstDayCase.half, FirstDayCase.enrolment_id, FirstDayCase.id, FirstDayCase.state
).where(
    FirstDayCase.organisation_id == _ORGANISATION,
    FirstDayCase.enrolment_id.in_(bindparam("enrolment_ids", expanding=True)),
    FirstDayCase.date >= bindparam("first"),
    FirstDayCase.date <= bindparam("last"),
)
_RUNS = select(
    FirstDayRun.half, FirstDayRun.started_at, FirstDayRun.finished_at, FirstDayRun.opened, FirstDayRun.messages,
    FirstDayRun.by,
).where(
    FirstDayRun.organisation_id == _ORGANISATION, FirstDayRun.school_id == bindparam("school_id"),
    FirstDayRun.date == bindparam("on"),
)  # fmt: skip
_MARKS_UPDATED = select(
    func.max(case((Register.source == "import", Register.taken_at))).label("imported_at"),
    func.max(Register.taken_at).label("at"),
    func.count(case((Register.source == "register", 1))).label("own"),
).where(
    Register.organisation_id == _ORGANISATION, Register.school_id == bindparam("school_id"),
    Register.date == bindparam("on"), Register.half == bindparam("half"),
)  # fmt: skip
_TEXTS = (
    select(
        CaseEvent.case_id, CaseEvent.message_id, Message.contact_id, Message.name, Message.about_id,
        func.min(Delivery.sent_at).label("sent_at"),
    )
    .join(Message, and_(Message.organisation_id == CaseEvent.organisation_id, Message.id == CaseEvent.message_id))
    .outerjoin(
        Delivery,
        and_(
            Delivery.organisation_id == Message.organisation_id, Delivery.message_id == Message.id,
            Delivery.state.in_(_GONE_OUT),
        ),
    )
    .where(CaseEvent.organisation_id == _ORGANISATION, CaseEvent.kind.in_(("text", "correction")))
    .group_by(CaseEvent.case_id, CaseEvent.message_id, Message.contact_id, Message.name, Message.about_id)
    .order_by(CaseEvent.case_id, CaseEvent.message_id)
)  # fmt: skip
_TEXTS_OF_CASES = _TEXTS.where(CaseEvent.case_id.in_(_IDS))
_TEXTS_OF_MESSAGES = _TEXTS.where(CaseEvent.message_id.in_(_IDS))
_ADDRESSES = (
    select(Delivery.address)
    .where(
        Delivery.organisation_id == _ORGANISATION, Delivery.message_id.in_(_IDS), Delivery.channel == "sms",
    )
    .order_by(Delivery.id.desc())
)  # fmt: skip
_EVENTS = (
    select(
        CaseEvent.id, CaseEvent.at, CaseEvent.kind, CaseEvent.contact_id, CaseEvent.outcome, CaseEvent.words,
        CaseEvent.by, CaseEvent.message_id,
    )
    .where(CaseEvent.organisation_id == _ORGANISATION, CaseEvent.case_id == bindparam("case_id"))
    .order_by(CaseEvent.at, CaseEvent.id)
)  # fmt: skip
_NOTED = select(CaseEvent.case_id).where(
    CaseEvent.organisation_id == _ORGANISATION, CaseEvent.case_id.in_(_IDS), CaseEvent.kind == "note",
    CaseEvent.words == bindparam("words"),
)  # fmt: skip
_OPEN_OF_DAY = _CASE.where(
    FirstDayCase.school_id == bindparam("school_id"), FirstDayCase.date == bindparam("on"),
    FirstDayCase.state != "closed",
)  # fmt: skip
# Words of a text are only read into an answer: until they explain the child, the adult may still say it by the link.
_ANSWERED = (
    select(CaseEvent.case_id)
    .join(
        FirstDayCase,
        and_(FirstDayCase.organisation_id == CaseEvent.organisation_id, FirstDayCase.id == CaseEvent.case_id),
    )
    .where(
        CaseEvent.organisation_id == _ORGANISATION, CaseEvent.case_id.in_(_IDS),
        CaseEvent.contact_id == bindparam("contact_id"),
        or_(
            CaseEvent.kind == "answer",
            and_(
                CaseEvent.kind == "reply", FirstDayCase.state == "closed",
                FirstDayCase.outcome == CaseOutcome.EXPLAINED.value,
            ),
        ),
    )
)  # fmt: skip


def histories(db: Connection, organisation_id: int, case_ids: Collection[int]) -> Mapping[int, CaseHistory]:
    """What was done so far in each of the cases; one that is new has an empty history."""
    found: dict[int, CaseHistory] = defaultdict(CaseHistory)
    if not case_ids:
        return found
    rows = db.execute(_HISTORY, {"organisation_id": organisation_id, "ids": sorted(case_ids)}).all()
    moved = {row.outcome for row in rows if row.kind == MOVED}
    for row in rows:
        if row.kind == MOVED or (row.kind == "reply" and str(row.id) in moved):
            continue
        history = found[row.case_id]
        if row.kind == "text":
            if not row.called_off:
                history.texted.add(row.contact_id)
                history.texted_at = row.at
            if not row.called_off and row.name == MessageName.MISSING_CHILD_AGAIN:
                history.again.add(row.contact_id)
        elif row.kind == "text_failed":
            history.failed.add(row.contact_id)
        elif row.kind == "correction":
            history.texted.discard(row.contact_id)
        elif row.kind == "call":
            history.calls[row.contact_id].append(CallOutcome(row.outcome))
        elif row.kind == "skip":
            # Passed over with a reason: the next one is rung.
            history.calls[row.contact_id].append(CallOutcome.NO_ANSWER)
        elif row.outcome == CallOutcome.WRONG_NUMBER and row.contact_id is not None:
            history.calls[row.contact_id].append(CallOutcome.WRONG_NUMBER)
        history.heard |= row.kind in _HEARD and row.outcome != CallOutcome.WRONG_NUMBER
        history.heard |= row.kind == "call" and row.outcome == CallOutcome.SPOKE
    return found


def find_case(db: Connection, organisation_id: int, public_id: str, *, lock: bool = False) -> Any | None:
    """A case with its child, or None: columns of ``first_day_case`` and pupil_id, pupil_public_id, first_name,
    last_name."""
    statement = _BY_PUBLIC_ID.with_for_update(of=FirstDayCase) if lock else _BY_PUBLIC_ID
    return db.execute(statement, {"organisation_id": organisation_id, "public_id": public_id}).one_or_none()


def cases_by_id(db: Connection, organisation_id: int, ids: Collection[int], *, lock: bool = False) -> Sequence[Any]:
    """These cases with their children, by id; columns as ``find_case``."""
    statement = _BY_IDS.with_for_update(of=FirstDayCase) if lock else _BY_IDS
    return db.execute(statement, {"organisation_id": organisation_id, "ids": sorted(ids)}).all() if ids else []


def open_cases_of_day(db: Connection, organisation_id: int, school_id: int, on: date) -> Sequence[Any]:
    """The school's cases of that day that are not closed; columns as ``find_case``."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return db.execute(_OPEN_OF_DAY, keys).all()


def cases_of(
    db: Connection, organisation_id: int, enrolment_ids: Collection[int], first: date, last: date
) -> Sequence[Any]:
    """The cases of these enrolments on these days: date, half, enrolment_id, id, state."""
    keys = {
        "organisation_id": organisation_id, "enrolment_ids": sorted(enrolment_ids), "first": first, "last": last,
    }  # fmt: skip
    return db.execute(_OF_ENROLMENTS, keys).all()


def runs_of(db: Connection, organisation_id: int, school_id: int, on: date) -> Mapping[int, Any]:
    """The first-day runs of that day by half (0, 1): started_at, finished_at, opened, messages, by."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on}
    return {row.half: row for row in db.execute(_RUNS, keys)}


@dataclass(frozen=True, slots=True)
class MarksAge:
    """How new the marks of a session are: ``at`` the newest register, ``imported_at`` the newest import, each None for
    none; ``own`` registers were taken on Firstbell's own page, and do not grow old."""

    at: datetime | None
    imported_at: datetime | None
    own: int


def marks_age(db: Connection, organisation_id: int, school_id: int, on: date, half: int) -> MarksAge:
    """How new the marks of the session are."""
    keys = {"organisation_id": organisation_id, "school_id": school_id, "on": on, "half": half}
    row = db.execute(_MARKS_UPDATED, keys).one()
    return MarksAge(row.at, row.imported_at, row.own)


def texts_of_cases(db: Connection, organisation_id: int, case_ids: Collection[int]) -> Sequence[Any]:
    """Messages about these cases: case_id, message_id, contact_id, name, about_id, sent_at (school time, None:
    not gone out)."""
    keys = {"organisation_id": organisation_id, "ids": sorted(case_ids)}
    return db.execute(_TEXTS_OF_CASES, keys).all() if case_ids else []


def texts_of_messages(db: Connection, organisation_id: int, message_ids: Collection[int]) -> Sequence[Any]:
    """As ``texts_of_cases``, by message: one row for each case that a message is about."""
    keys = {"organisation_id": organisation_id, "ids": sorted(message_ids)}
    return db.execute(_TEXTS_OF_MESSAGES, keys).all() if message_ids else []


def numbers_texted(db: Connection, organisation_id: int, message_ids: Collection[int]) -> Sequence[str]:
    """The mobile numbers that these messages were sent to, newest first."""
    keys = {"organisation_id": organisation_id, "ids": sorted(message_ids)}
    return db.scalars(_ADDRESSES, keys).all() if message_ids else []


def events_of(db: Connection, organisation_id: int, case_id: int) -> Sequence[Any]:
    """Everything done in a case, oldest first: id, at, kind, contact_id, outcome, words, by, message_id."""
    return db.execute(_EVENTS, {"organisation_id": organisation_id, "case_id": case_id}).all()


def noted_with(db: Connection, organisation_id: int, case_ids: Collection[int], words: str) -> frozenset[int]:
    """Those of the cases that have a note of these very words."""
    keys = {"organisation_id": organisation_id, "ids": sorted(case_ids), "words": words}
    return frozenset(db.scalars(_NOTED, keys)) if case_ids else frozenset()


def answered_by(db: Connection, organisation_id: int, case_ids: Collection[int], contact_id: int) -> frozenset[int]:
    """Those of the cases to which this adult has answered: by a link or in the app, or by a text that explained."""
    keys = {"organisation_id": organisation_id, "ids": sorted(case_ids), "contact_id": contact_id}
    return frozenset(db.scalars(_ANSWERED, keys)) if case_ids else frozenset()
