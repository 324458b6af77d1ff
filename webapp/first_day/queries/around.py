"""What stands on every staff page beside its own matter: the numbers of the bar and the school's health, in one
statement; and the version of a school's day, which a poll compares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, exists, func, literal, or_, select

from notifications.models import IS_OPEN, ChannelPause, Delivery, InboundMessage, Message
from webapp.absence.models import AbsenceReport, ReportMessage
from webapp.accounts.models import Session
from webapp.first_day.models import CaseEvent, FirstDayCase, FirstDayRun
from webapp.first_day.queries.steps import IS_MY_STEP, step_keys
from webapp.foundation.clock import school_offset
from webapp.foundation.sessions import Half
from webapp.foundation.trail import TrailEntry
from webapp.foundation.types import Instant
from webapp.people.models import Form, School, Task
from webapp.people.queries import calendar_of, times_of
from webapp.people.queries.tasks import COLLECTION_STOPPED, IS_MINE, task_keys
from webapp.people.rules.covering import Mine
from webapp.record.models import Register
from webapp.record.rules import TAKEN_STATES

TEXTS_LATE_AFTER = timedelta(minutes=1)
"""A text that should have gone out this long ago has not gone out; nor has one for which nothing has run since."""

_ORGANISATION: Any = bindparam("organisation_id")
_SCHOOL: Any = bindparam("school_id")
_DAY: Any = bindparam("on")
_TAKEN = sorted(state.value for state in TAKEN_STATES)


@dataclass(frozen=True, slots=True)
class Around:
    """``texts_stopped_since`` is the instant (school time) from which texts wait, None while they go out; ``untold``
    how many families (the cases and reports of which nobody has been told) wait for one. ``marks_at`` is when the
    newest register of the session came in, ``imported_at`` when the newest from another system did, ``own`` how many
    were taken here, ``ran_at`` when the first-day run looked. ``tasks`` count the searches of today whose step is
    theirs. ``forms_open``: forms whose register of the session has not been taken. ``stops``:
    children whom somebody came for and was not given, where nobody has said yet what was done."""

    texts_in: int
    reports_waiting: int
    tasks: int
    texts_stopped_since: datetime | None
    untold: int
    marks_at: datetime | None
    imported_at: datetime | None
    own: int
    ran_at: datetime | None
    forms_open: int
    forms: int
    stops: int

    @property
    def inbox(self) -> int:
        return self.texts_in + self.reports_waiting


def _of_school(table: Any) -> Any:
    return and_(table.organisation_id == _ORGANISATION, table.school_id == _SCHOOL)


_LATE = and_(
    _of_school(Delivery), IS_OPEN, Delivery.channel == "sms", Delivery.due_at < bindparam("late", type_=Instant())
)


def _untold() -> Any:
    """Things about children that a text has waited to tell, and of which no adult has been told another way."""
    told, same = Delivery.__table__.alias("told"), Message.__table__.alias("same")
    is_told = exists().where(
        same.c.organisation_id == Message.organisation_id, same.c.about_kind == Message.about_kind,
        same.c.about_id == Message.about_id, told.c.organisation_id == same.c.organisation_id,
        told.c.message_id == same.c.id, told.c.channel != "push", told.c.state.in_(("sent", "delivered")),
    )  # fmt: skip
    things = (
        select(Message.about_id)
        .join(Delivery, and_(Delivery.organisation_id == Message.organisation_id, Delivery.message_id == Message.id))
        .where(_LATE, Message.contact_id.is_not(None), Message.urgency != "code", ~is_told)
        .group_by(Message.about_kind, Message.about_id, case((Message.about_id.is_(None), Message.id)))
    )
    return select(func.count()).select_from(things.subquery("untold_things"))


def _around() -> Select[*tuple[Any, ...]]:
    unread_talk = (
        select(ReportMessage.id)
        .where(
            ReportMessage.organisation_id == AbsenceReport.organisation_id,
            ReportMessage.report_id == AbsenceReport.id,
            ReportMessage.side == "family",
            ReportMessage.read_at.is_(None),
        )
        .exists()
    )
    of_session = and_(_of_school(Register), Register.date == _DAY, Register.half == bindparam("half"))
    columns = {
        "texts_in": select(func.count()).where(
            InboundMessage.organisation_id == _ORGANISATION,
            or_(InboundMessage.school_id == _SCHOOL, InboundMessage.school_id.is_(None)),
            InboundMessage.state == "new",
        ),
        "reports_waiting": select(func.count()).where(
            _of_school(AbsenceReport),
            AbsenceReport.ends_on >= _DAY,
            or_(AbsenceReport.state.in_(("sent", "held")), unread_talk),
        ),
        "tasks": select(func.count()).where(
            _of_school(Task),
            Task.state == "open",
            IS_MINE,
        ),
        "stops": select(func.count()).where(_of_school(Task), Task.state == "open", Task.kind == COLLECTION_STOPPED),
        "steps": select(func.count()).where(_of_school(FirstDayCase), FirstDayCase.date == _DAY, IS_MY_STEP),
        "paused": select(func.min(ChannelPause.since)).where(ChannelPause.channel == "sms"),
        "stopped": select(func.min(Delivery.due_at)).where(_LATE),
        "untold": _untold(),
        "ran_at": select(func.max(FirstDayRun.started_at)).where(
            _of_school(FirstDayRun), FirstDayRun.date == _DAY, FirstDayRun.half == bindparam("half")
        ),
        "marks_at": select(func.max(Register.taken_at)).where(of_session),
        "imported_at": select(func.max(Register.taken_at)).where(of_session, Register.source == "import"),
        "own": select(func.count()).where(of_session, Register.source == "register"),
        "taken": select(func.count()).where(of_session, Register.state.in_(_TAKEN)),
        "forms": select(func.count()).select_from(Form).where(_of_school(Form)),
    }
    return select(*(column.scalar_subquery().label(name) for name, column in columns.items()))


_AROUND = _around()


def load_around(
    db: Connection, organisation_id: int, school_id: int, mine: Mine, on: date, half: int, now: datetime,
) -> Around:  # fmt: skip
    """The numbers for one member of staff at one school; ``now`` is machine time, by which deliveries are due.

    Texts have stopped where the channel is refused, where one waits, and where the register has closed and nobody has
    looked who is missing: then the worker is down, and nothing is even queued.
    """
    row = db.execute(
        _AROUND,
        {
            **task_keys(mine, on), **step_keys(mine), "organisation_id": organisation_id, "school_id": school_id,
            "half": half, "late": now - TEXTS_LATE_AFTER,
        },
    ).one()  # fmt: skip
    offset = school_offset()
    stopped = [at + offset for at in (row.paused, row.stopped) if at is not None]
    if row.ran_at is None:
        stopped += _should_have_run(db, organisation_id, school_id, on, Half.from_index(half), now + offset)
    return Around(
        texts_in=row.texts_in, reports_waiting=row.reports_waiting, tasks=row.tasks + row.steps,
        texts_stopped_since=min(stopped, default=None), untold=row.untold, marks_at=row.marks_at,
        imported_at=row.imported_at, own=row.own, ran_at=row.ran_at,
        forms_open=max(0, row.forms - row.taken), forms=row.forms, stops=row.stops,
    )  # fmt: skip


def _should_have_run(
    db: Connection, organisation_id: int, school_id: int, on: date, half: Half, now: datetime
) -> list[datetime]:
    """The close of the register, if it is past and the session goes on."""
    times = times_of(db, organisation_id, school_id, on)
    closes = times.register_closes(on, half)
    if not closes + TEXTS_LATE_AFTER < now < times.session_ends(on, half):
        return []
    return [closes] if calendar_of(db, organisation_id, school_id).is_open(on, half) else []


def _version() -> Any:
    """Every deed at a school leaves a trail, and everything heard in a case an event: both numbers only rise."""
    trail = (
        select(TrailEntry.id)
        .where(
            TrailEntry.organisation_id == Session.staff_organisation_id,
            TrailEntry.school_id
            == select(School.id)
            .where(School.organisation_id == Session.staff_organisation_id, School.code == bindparam("school_code"))
            .correlate(Session)
            .scalar_subquery(),
        )
        .order_by(TrailEntry.id.desc())
        .limit(1)
        .correlate(Session)
        .scalar_subquery()
    )
    heard = (
        select(func.max(CaseEvent.id))
        .where(CaseEvent.organisation_id == Session.staff_organisation_id)
        .correlate(Session)
        .scalar_subquery()
    )
    return select(func.coalesce(trail, literal(0)) + func.coalesce(heard, literal(0))).scalar_subquery()


DAY_VERSION = _version()
"""For ``access.use_version``: rises with everything that is done at the school. Parameter ``school_code``."""
