"""The office's desk: a report was opened, a held one is trusted, a call was taken down."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, update

from notifications.services import settle_text_in
from webapp.absence.models import AbsenceReport
from webapp.absence.queries.deciding import ReportToDecide, reports_to_decide
from webapp.absence.queries.desk import SchoolChild, find_school_children
from webapp.absence.rules.drafts import ChildDay, ChildDraft, Draft, Refusals, TypedReport, read_report
from webapp.absence.rules.kinds import Channel
from webapp.absence.rules.states import Event, ReportRefused, State, next_state
from webapp.absence.rules.times import local_day
from webapp.absence.services.deciders import Decider
from webapp.absence.services.happenings import ReportChanged, ReportMade
from webapp.absence.services.rows import add_events, add_rows
from webapp.absence.services.said_again import AlreadyTold, add_words_in, told_before_in
from webapp.absence.services.telling import About, tell_danger_in
from webapp.foundation import events, ids, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import unit_of_work
from webapp.foundation.submissions import find_result, keep_result
from webapp.foundation.trail import Deed
from webapp.people.queries import calendar_of, settings_of
from webapp.people.rules.names import need_line
from webapp.people.rules.school_times import SchoolTimes


@dataclass(frozen=True, slots=True)
class TakenDown:
    """A report that staff wrote for a family; ``state`` held where the caller may not report about the child."""

    report_id: int
    public_id: str
    state: State


def mark_read(by: Decider, report_ids: Collection[int]) -> Sequence[int]:
    """Staff opened these reports; returns those that were read now for the first time. Asked for by POST only."""
    with unit_of_work() as tx:
        now = school_now()
        found = reports_to_decide(tx, by.organisation_id, by.school_id, report_ids, lock=True)
        fresh = [report for report in found if report.read_at is None]
        if not fresh:
            return []
        sent = [report.id for report in fresh if report.state == State.SENT]
        tx.execute(
            update(AbsenceReport)
            .where(
                AbsenceReport.organisation_id == by.organisation_id,
                AbsenceReport.id.in_([report.id for report in fresh]),
            )
            .values(read_at=now, read_by=by.actor.name)
        )
        if sent:
            # Being read is no new version: what the family has open is what it was.
            tx.execute(
                update(AbsenceReport)
                .where(AbsenceReport.organisation_id == by.organisation_id, AbsenceReport.id.in_(sent))
                .values(state=next_state(State.SENT, Event.READ).value)
            )
        add_events(tx, by.organisation_id, now, "read", by.actor.name, [(report.id, {}) for report in fresh])
        deeds = (
            Deed("read_report", "absence_report", report.id, by.school_id, report.pupil_id) for report in fresh
        )
        trail.write(tx, by.organisation_id, by.actor, *deeds)
        return [report.id for report in fresh]


def release(by: Decider, report_id: int, version: int) -> None:
    """Trust a held report: somebody has checked who sent it. Raises ReportRefused."""
    with unit_of_work() as tx:
        now = school_now()
        found = reports_to_decide(tx, by.organisation_id, by.school_id, [report_id], lock=True)
        if not found:
            raise ReportRefused("report", "This report is not there.")
        report = found[0]
        if report.version != version:
            raise ReportRefused("report", "Somebody changed this report. Look at it again.")
        after = next_state(State(report.state), Event.RELEASE)
        tx.execute(
            update(AbsenceReport)
            .where(AbsenceReport.organisation_id == by.organisation_id, AbsenceReport.id == report_id)
            .values(state=after.value, version=version + 1, read_at=now, read_by=by.actor.name)
        )
        add_events(tx, by.organisation_id, now, "released", by.actor.name, [(report_id, {})])
        deed = Deed("released_report", "absence_report", report_id, by.school_id, report.pupil_id)
        trail.write(tx, by.organisation_id, by.actor, deed)
        events.emit(tx, _changed(by, report, after))


def _changed(by: Decider, report: ReportToDecide, after: State) -> ReportChanged:
    return ReportChanged(
        by.organisation_id, by.school_id, report.enrolment_id, report.pupil_id, report.id, report.starts_on,
        report.ends_on, after.value, report.starts_on, report.ends_on, report.danger,
    )  # fmt: skip


def log_phone_report(
    by: Decider, typed: TypedReport, key: str, *, contact_id: int | None, caller: str = "", add: bool = False
) -> tuple[TakenDown, ...] | Refusals:
    """Write down what somebody said on the phone, about the school's children named in ``typed``.

    ``contact_id`` is the caller where the record has them, else ``caller`` is the name that they gave. From a caller
    who may not report about a child the report is held. What they have told school already is not a second report:
    AlreadyTold, or with ``add`` the words go onto the one that stands.
    Raises ReportRefused, AlreadyTold, TextRefused, SubmissionReused.
    """
    with unit_of_work() as tx:
        return take_down_in(tx, by, typed, key, contact_id=contact_id, caller=caller, channel=Channel.PHONE, add=add)


def report_from_text(
    by: Decider, typed: TypedReport, key: str, *, contact_id: int | None, inbound_id: int
) -> tuple[TakenDown, ...] | Refusals:
    """Take the reason that staff read in a text that came in; they have looked at the suggestion and chosen.

    The text is settled in the same transaction, so that it never becomes two reports; what the adult has told school
    already gets the words of the text. Raises as ``log_phone_report`` but for AlreadyTold, and InboundRefused for a
    text that somebody has dealt with.
    """
    with unit_of_work() as tx:
        taken = take_down_in(tx, by, typed, key, contact_id=contact_id, caller="", channel=Channel.TEXT, add=True)
        if not isinstance(taken, Refusals):
            settle_text_in(tx, by.organisation_id, inbound_id, actor=by.actor)
        return taken


def take_down_in(
    tx: Connection, by: Decider, typed: TypedReport, key: str, *, contact_id: int | None, caller: str,
    channel: Channel, add: bool,
) -> tuple[TakenDown, ...] | Refusals:  # fmt: skip
    """As ``log_phone_report`` and ``report_from_text``, in the caller's transaction."""
    content = {"children": typed.children, "kind": typed.kind, "day": typed.starts_on, "words": typed.words,
               "reason": typed.reason, "contact": contact_id, "channel": channel.value}  # fmt: skip
    actor, now = f"staff:{by.actor.id}", school_now()
    held = find_result(tx, by.organisation_id, actor, key, content)
    if held is not None:
        return tuple(TakenDown(one[0], one[1], State(one[2])) for one in held)
    children = find_school_children(tx, by.organisation_id, by.school_id, typed.children, contact_id, local_day(now))
    if {child.key for child in children} != set(typed.children):
        raise ReportRefused("children", "Choose a child of this school.")
    name = next((child.contact_name for child in children if child.contact_name), "")
    if not name:
        name = need_line(caller, 200, "caller") if channel is Channel.PHONE else "Somebody by text"
    times = SchoolTimes(settings_of(tx, by.organisation_id, by.school_id, local_day(now)))
    calendar = calendar_of(tx, by.organisation_id, by.school_id)
    days = [ChildDay(child.key, child.first_name, calendar, times, child.year_group) for child in children]
    draft = read_report(typed, days, now)
    if isinstance(draft, Refusals):
        return draft
    told = told_before_in(tx, by, children, draft, contact_id, name)
    if told and not add:
        raise AlreadyTold(next(iter(told.values())))
    done = [TakenDown(one.id, one.public_id, State(one.state)) for one in told.values()]
    add_words_in(tx, by, [(child, told[child.enrolment_id]) for child in children if child.enrolment_id in told],
                 draft, contact_id, name)  # fmt: skip
    pairs = [
        (child, own) for child, own in zip(children, draft.children, strict=True) if child.enrolment_id not in told
    ]
    done += _make(tx, by, draft, pairs, contact_id, name, channel)
    keep_result(
        tx, by.organisation_id, actor, key, content, [[one.report_id, one.public_id, one.state.value] for one in done]
    )
    return tuple(done)


def _make(
    tx: Connection, by: Decider, draft: Draft, pairs: Sequence[tuple[SchoolChild, ChildDraft]],
    contact_id: int | None, name: str, channel: Channel,
) -> list[TakenDown]:  # fmt: skip
    now = school_now()
    rows: list[dict[str, Any]] = []
    for child, own in pairs:
        # Whoever took the call has read it; whom the record does not let report is not believed by itself.
        state = State.READ if child.may_report else State.HELD
        rows.append(
            {
                "organisation_id": by.organisation_id, "public_id": ids.public_id(), "school_id": by.school_id,
                "enrolment_id": child.enrolment_id, "contact_id": contact_id if child.contact_name else None,
                "told_by": name, "channel": channel.value, "kind": draft.kind.value,
                "starts_on": own.away.starts_on, "ends_on": own.away.ends_on, "leaves_at": own.away.leaves_at,
                "arrives_at": own.away.arrives_at, "reason": draft.reason.value,
                "symptoms": ",".join(draft.symptoms), "words": draft.words, "wants_call": draft.wants_call,
                "back_on": draft.back_on, "suggested_code": own.suggested_code, "read_first": draft.read_first,
                "not_sure": draft.not_sure, "danger": draft.danger, "after_close": own.after_close,
                "state": state.value, "sent_at": now, "read_at": now, "read_by": by.actor.name,
            }
        )  # fmt: skip
    numbers = add_rows(tx, AbsenceReport, rows, ("public_id",))
    add_events(tx, by.organisation_id, now, "taken_down", by.actor.name, [(number, {}) for number in numbers])
    trail.write(
        tx, by.organisation_id, by.actor,
        *(
            Deed("took_down_report", "absence_report", number, by.school_id, child.pupil_id,
                 {"channel": channel.value, "state": row["state"]})
            for number, (child, _), row in zip(numbers, pairs, rows, strict=True)
        ),
    )  # fmt: skip
    for number, (child, _), row in zip(numbers, pairs, rows, strict=True):
        _tell(tx, by, child, number, row)
    return [
        TakenDown(number, str(row["public_id"]), State(row["state"])) for number, row in zip(numbers, rows, strict=True)
    ]


def _tell(tx: Connection, by: Decider, child: SchoolChild, number: int, row: dict[str, Any]) -> None:
    if row["danger"]:
        about = About(
            by.organisation_id, by.school_id, number, row["public_id"], child.pupil_id, child.first_name,
            row["contact_id"] or 0,
        )  # fmt: skip
        tell_danger_in(tx, [about], f"report:{number}", row["sent_at"])
    events.emit(
        tx,
        ReportMade(
            by.organisation_id, by.school_id, child.enrolment_id, child.pupil_id, number, row["starts_on"],
            row["ends_on"], row["state"], danger=row["danger"],
        ),
    )  # fmt: skip
