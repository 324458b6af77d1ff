"""The family changes a report, takes it back, or says when the child will be back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, update

from webapp.absence.models import AbsenceReport
from webapp.absence.queries.families import OwnReport, find_own_report
from webapp.absence.rules.backs import read_back_on
from webapp.absence.rules.cover import Away
from webapp.absence.rules.drafts import ChildDay, FieldError, Refusals, TypedReport, read_report
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.receipts import expected_fault
from webapp.absence.rules.states import Event, State, next_state
from webapp.absence.rules.times import local_day, read_time
from webapp.absence.services.happenings import ReportChanged, ReportWithdrawn
from webapp.absence.services.rows import add_events
from webapp.absence.services.telling import About, tell_danger_in
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation import events, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.sessions import Half
from webapp.foundation.trail import Actor, Deed
from webapp.people.queries import calendar_of, settings_of
from webapp.people.rules.school_times import SchoolTimes, in_london
from webapp.people.rules.settings import AM_REGISTER_OPENS, PM_SESSION_ENDS

CHANGED_FIELDS = (
    "kind", "starts_on", "ends_on", "leaves_at", "arrives_at", "reason", "symptoms", "words", "wants_call", "back_on",
)  # fmt: skip


class ReportNotThere(LookupError):
    """There is no such report for this adult."""


class Stale(Exception):
    """Somebody changed the report since the page was opened. ``current`` is how it stands; what was typed is the
    caller's still, so that both can be shown."""

    def __init__(self, current: OwnReport) -> None:
        super().__init__(f"report {current.id} has version {current.version}")
        self.current = current


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Nothing was changed; each error with its field."""

    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """The report after the deed. ``asked_until``: the run was too long, only its first days stand."""

    report: OwnReport
    asked_until: date | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    report: OwnReport
    after: State
    child: ChildDay
    now: datetime
    actor: Actor

    @property
    def today(self) -> date:
        return local_day(self.now)

    @property
    def about(self) -> About:
        one = self.report
        return About(
            one.organisation_id, one.school_id, one.id, one.public_id, one.pupil_id, one.first_name, one.contact_id
        )


def _open(tx: Connection, adults: Collection[ContactKey], public_id: str, version: int, event: Event) -> _Opened:
    now = school_now()
    report = find_own_report(tx, adults, public_id, local_day(now), lock=True)
    if report is None:
        raise ReportNotThere("no such report")
    if report.version != version:
        raise Stale(report)
    after = next_state(State(report.state), event)
    calendar = calendar_of(tx, report.organisation_id, report.school_id)
    times = SchoolTimes(settings_of(tx, report.organisation_id, report.school_id, local_day(now)))
    child = ChildDay(report.child, report.first_name, calendar, times, report.year_group)
    return _Opened(report, after, child, now, report.by)


def change_report(
    adults: Collection[ContactKey], public_id: str, version: int, typed: TypedReport
) -> Changed | Refusals:
    """Put the report as typed now in place of the one that stands; the children typed are not looked at.

    Raises ReportNotThere, Stale, or ReportRefused once school has dealt with it. The same words again change nothing.
    """
    with unit_of_work() as tx:
        opened = _open(tx, adults, public_id, version, Event.CHANGE)
        draft = read_report(typed, [opened.child], opened.now)
        if isinstance(draft, Refusals):
            return draft
        own = draft.children[0]
        values: dict[str, Any] = {
            "kind": draft.kind.value, "starts_on": own.away.starts_on, "ends_on": own.away.ends_on,
            "leaves_at": own.away.leaves_at, "arrives_at": own.away.arrives_at, "reason": draft.reason.value,
            "symptoms": ",".join(draft.symptoms), "words": draft.words, "wants_call": draft.wants_call,
            "back_on": None if own.asked_until else draft.back_on,
        }  # fmt: skip
        if _stands(opened.report, values, own.asked_until):
            return Changed(opened.report, own.asked_until)
        values |= {
            "suggested_code": own.suggested_code,
            "read_first": draft.read_first or own.asked_until is not None or opened.report.danger,
            "not_sure": draft.not_sure, "danger": opened.report.danger or draft.danger,
        }  # fmt: skip
        if opened.after is State.SENT:
            values |= {"read_at": None, "read_by": ""}
        if draft.danger and draft.words != opened.report.words:
            tell_danger_in(tx, [opened.about], f"report:{opened.report.id}:{opened.report.version + 1}", opened.now)
        return Changed(_keep(tx, opened, "changed", values, own.asked_until), own.asked_until)


def withdraw_report(
    adults: Collection[ContactKey], public_id: str, version: int, expected: str = ""
) -> Changed | NotTaken:
    """"Ella is coming in": take the report back. ``expected`` is the time as typed, needed once the day has come.

    Past that time the child is unexplained. Raises ReportNotThere, Stale or ReportRefused.
    """
    with unit_of_work() as tx:
        opened = _open(tx, adults, public_id, version, Event.WITHDRAW)
        expected_at: datetime | None = None
        if opened.report.ends_on < opened.today:
            return NotTaken((FieldError("expected", "This report is over. Write to school instead"),))
        if opened.report.starts_on <= opened.today:
            answer = _expected(opened, expected)
            if isinstance(answer, str):
                return NotTaken((FieldError("expected", answer),))
            expected_at = answer
        trusted_at = None if opened.report.state == State.HELD else expected_at
        after = _keep(tx, opened, "withdrawn", {"expected_at": trusted_at})
        events.emit(
            tx,
            ReportWithdrawn(
                after.organisation_id, after.school_id, after.enrolment_id, after.pupil_id, after.id, after.starts_on,
                after.ends_on, after.state, expected_at=trusted_at,
            ),
        )  # fmt: skip
        return Changed(after)


def _expected(opened: _Opened, typed: str) -> datetime | str:
    at = read_time(typed)
    if at is None:
        if typed.strip():
            return "Enter a time, like 9:30am"
        return f"Enter the time {opened.report.first_name} will be at school"
    today, settings = opened.today, opened.child.times.settings
    if not opened.child.calendar.is_school_day(today, opened.child.year_group):
        return opened.child.calendar.session(today, Half.AM, opened.child.year_group).sentence
    expected_at = in_london(today, at)
    fault = expected_fault(
        today, expected_at, opens=in_london(today, settings[AM_REGISTER_OPENS]),
        ends=in_london(today, settings[PM_SESSION_ENDS]), now=opened.now,
    )  # fmt: skip
    return fault or expected_at


def say_back_on(
    adults: Collection[ContactKey], public_id: str, version: int, back_on: str
) -> Changed | NotTaken:
    """"Back when?" The child is away until the school day before; never longer than the school's longest run.

    Raises ReportNotThere, Stale or ReportRefused.
    """
    with unit_of_work() as tx:
        opened = _open(tx, adults, public_id, version, Event.SAY_BACK)
        report = opened.report
        away = Away(Kind(report.kind), report.starts_on, report.ends_on)
        back = read_back_on(opened.child, away, back_on, opened.today, asked_until=report.asked_until)
        if isinstance(back, FieldError):
            return NotTaken((back,))
        values: dict[str, Any] = {"kind": back.away.kind.value, "ends_on": back.away.ends_on, "back_on": back.back_on}
        if _stands(report, values, back.asked_until):
            return Changed(report, back.asked_until)
        if back.asked_until is not None:
            values["read_first"] = True
        return Changed(_keep(tx, opened, "back_on", values, back.asked_until), back.asked_until)


def _stands(report: OwnReport, values: dict[str, Any], asked_until: date | None) -> bool:
    """The report says so already, also how long the family would like it to be."""
    asked = asked_until if asked_until and asked_until > values["ends_on"] else None
    return asked == report.asked_until and all(getattr(report, field) == value for field, value in values.items())


def _keep(
    tx: Connection, opened: _Opened, kind: str, values: dict[str, Any], asked_until: date | None = None
) -> OwnReport:
    """Write the change, what it replaced, the trail, and tell the floors above. Of a run that was too long, the event
    keeps the last day that was asked for."""
    before = opened.report
    tx.execute(
        update(AbsenceReport)
        .where(AbsenceReport.organisation_id == before.organisation_id, AbsenceReport.id == before.id)
        .values(**values, state=opened.after.value, version=before.version + 1)
    )
    own = {field: value for field, value in values.items() if field in OwnReport.__dataclass_fields__}
    after = replace(before, **own, state=opened.after.value, version=before.version + 1)
    replaced = {field: _plain(getattr(before, field)) for field in (*CHANGED_FIELDS, "state")}
    if asked_until is not None:
        replaced["asked_until"] = asked_until.isoformat()
    add_events(tx, before.organisation_id, opened.now, kind, before.told_by, [(before.id, replaced)])
    deed = Deed(f"{kind}_report", "absence_report", before.id, before.school_id, before.pupil_id)
    trail.write(tx, before.organisation_id, opened.actor, deed)
    if kind != "withdrawn":
        events.emit(
            tx,
            ReportChanged(
                after.organisation_id, after.school_id, after.enrolment_id, after.pupil_id, after.id, after.starts_on,
                after.ends_on, after.state, before.starts_on, before.ends_on, after.danger,
            ),
        )  # fmt: skip
    return after


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
