"""A family tells school why children are away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from webapp.absence.models import ReportMessage
from webapp.absence.queries.reporting import (
    KnownReport,
    Reportable,
    ReportableChild,
    find_reportable,
    last_report_held,
)
from webapp.absence.rules.drafts import ChildDay, ChildDraft, Draft, Refusals, TypedReport, read_report
from webapp.absence.rules.kinds import Channel
from webapp.absence.rules.states import ReportRefused, State, first_state
from webapp.absence.rules.times import local_day, read_day
from webapp.absence.services.happenings import ReportMade
from webapp.absence.services.rows import add_rows
from webapp.absence.services.sending import add_reports
from webapp.absence.services.telling import About, tell_danger_in, tell_receipt_in
from webapp.accounts.rules.persons import ContactKey
from webapp.foundation import events, ids, trail
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.submissions import find_result, keep_result
from webapp.foundation.trail import Actor, ActorKind, Deed

LONGEST_KEY = 64


class ChildNotThere(LookupError):
    """One of the children is not there for this adult; which one, and why, is nobody's business."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: the adult, one contact an organisation, and the signed-in phone (None for a link or staff)."""

    adults: tuple[ContactKey, ...]
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReportedChild:
    """What came of it for one child at one school.

    ``already``: this adult had told school before; nothing new was made, and words went onto the report that stands.
    ``asked_until``: the run was too long, only its first days were sent.
    """

    organisation_id: int
    key: str
    first_name: str
    school_id: int
    report: str
    state: State
    sent_at: datetime
    already: bool = False
    asked_until: date | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """Every child of the form, in the order of the form."""

    children: tuple[ReportedChild, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    draft: Draft
    pairs: tuple[tuple[ReportableChild, ChildDraft], ...]
    channel: Channel
    phone_time: datetime | None
    now: datetime
    actor: str
    anchor: int
    key: str
    content: dict[str, Any]


def report_absence(
    typed: TypedReport, by: Reporter, key: str, *, channel: Channel = Channel.APP, phone_time: datetime | None = None
) -> Reported | Refusals:
    """Send one report a child, in one commit, once for each ``key``; or every error with its field.

    Raises ChildNotThere where one child is unknown or may not be reported by this adult, SubmissionReused for a key
    that came before with other content, ReportRefused for a key that cannot be one.
    """
    with read_door() as db:
        prepared = _prepare(db, typed, by, key, channel, phone_time)
    if not isinstance(prepared, _Prepared):
        return prepared
    try:
        with unit_of_work() as tx:
            return _write(tx, prepared)
    except IntegrityError:
        # The same form twice at the same moment: the other one was first.
        with read_door() as db:
            result = find_result(db, prepared.anchor, prepared.actor, prepared.key, prepared.content)
        if result is None:
            raise
        return _from_result(result)


def report_absence_in(
    tx: Connection, typed: TypedReport, by: Reporter, key: str, *, channel: Channel,
    phone_time: datetime | None = None,
) -> Reported | Refusals:  # fmt: skip
    """As ``report_absence``, in the caller's transaction; the caller sees to it that two do not run at once."""
    prepared = _prepare(tx, typed, by, key, channel, phone_time)
    return _write(tx, prepared) if isinstance(prepared, _Prepared) else prepared


def _prepare(
    db: Connection, typed: TypedReport, by: Reporter, key: str, channel: Channel, phone_time: datetime | None
) -> _Prepared | Reported | Refusals:
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise ReportRefused("key", "Open the form again and send it once more.")
    if not by.adults:
        raise ChildNotThere("nobody reports")
    now = school_now()
    first_adult = min(by.adults, key=lambda adult: (adult.organisation_id, adult.contact_id))
    actor, anchor = f"report:{first_adult.contact_id}:{by.session_id or '-'}", first_adult.organisation_id
    content = {**asdict(typed), "channel": channel.value}
    wanted = list(dict.fromkeys(typed.children))
    today = local_day(now)
    first = read_day(typed.starts_on) or today
    last = max(first, read_day(typed.ends_on) or first)
    found = Reportable((), False)
    if wanted:
        found = find_reportable(
            db, by.adults, wanted, on=today, first=first, last=last, actor=actor, anchor=anchor, key=key
        )
    if found.sent_before:
        return _from_result(find_result(db, anchor, actor, key, content))
    children = sorted(found.children, key=lambda child: wanted.index(child.key))
    if {child.key for child in children} != set(wanted):
        raise ChildNotThere("one of the children is not there")
    days = [ChildDay(c.key, c.first_name, c.calendar, c.times, c.year_group) for c in children]
    draft = read_report(typed, days, now)
    if isinstance(draft, Refusals):
        return draft
    pairs = tuple(zip(children, draft.children, strict=True))
    return _Prepared(draft, pairs, channel, phone_time, now, actor, anchor, key, content)


def _write(tx: Connection, prepared: _Prepared) -> Reported:
    by_organisation: dict[int, list[tuple[ReportableChild, ChildDraft]]] = {}
    done: dict[tuple[int, int], ReportedChild] = {}
    for child, draft in prepared.pairs:
        before = _told_before(child, prepared)
        if before is not None:
            done[child.organisation_id, child.enrolment_id] = _add_to(tx, prepared, child, before)
        else:
            by_organisation.setdefault(child.organisation_id, []).append((child, draft))
    for organisation_id, pairs in by_organisation.items():
        for child, reported in _add_reports(tx, prepared, organisation_id, pairs):
            done[organisation_id, child.enrolment_id] = reported
    result = Reported(tuple(done[child.organisation_id, child.enrolment_id] for child, _ in prepared.pairs))
    keep_result(
        tx, prepared.anchor, prepared.actor, prepared.key, prepared.content, [_as_json(one) for one in result.children]
    )
    return result


def _told_before(child: ReportableChild, prepared: _Prepared) -> KnownReport | None:
    """The same adult's report of the same kind for days that this one touches."""
    for report in child.reports:
        if report.contact_id == child.contact_id and report.kind == prepared.draft.kind:
            return report
    return None


def _add_reports(
    tx: Connection, prepared: _Prepared, organisation_id: int, pairs: Sequence[tuple[ReportableChild, ChildDraft]]
) -> list[tuple[ReportableChild, ReportedChild]]:
    draft, now = prepared.draft, prepared.now
    rows: list[dict[str, Any]] = []
    states: list[State] = []
    for child, own in pairs:
        new_phone = prepared.channel is Channel.APP and not child.known_phone
        held_before = child.order_in_place and last_report_held(
            tx, organisation_id, child.enrolment_id, child.contact_id
        )
        state = first_state(new_phone=new_phone, order_in_place=child.order_in_place, last_held=held_before)
        states.append(state)
        rows.append(
            {
                "organisation_id": organisation_id, "public_id": ids.public_id(), "school_id": child.school.id,
                "enrolment_id": child.enrolment_id, "contact_id": child.contact_id, "told_by": child.contact_name,
                "channel": prepared.channel.value, "kind": draft.kind.value, "starts_on": own.away.starts_on,
                "ends_on": own.away.ends_on, "leaves_at": own.away.leaves_at, "arrives_at": own.away.arrives_at,
                "reason": draft.reason.value, "symptoms": ",".join(draft.symptoms), "words": draft.words,
                "wants_call": draft.wants_call, "back_on": None if own.asked_until else draft.back_on,
                "suggested_code": own.suggested_code, "read_first": draft.read_first or own.asked_until is not None,
                "not_sure": draft.not_sure, "danger": draft.danger, "after_close": own.after_close,
                "state": state.value, "sent_at": now, "phone_time": prepared.phone_time,
            }
        )  # fmt: skip
    asked = [{"asked_until": own.asked_until.isoformat()} if own.asked_until else {} for _, own in pairs]
    numbers = add_reports(tx, rows, asked, now)
    told_by = pairs[0][0].contact_name
    actor = Actor(ActorKind.CONTACT, pairs[0][0].contact_id, told_by)
    trail.write(
        tx, organisation_id, actor,
        *(
            Deed("reported_absence", "absence_report", number, child.school.id, child.pupil_id,
                 {"kind": draft.kind.value, "channel": prepared.channel.value, "state": state.value})
            for number, (child, _), state in zip(numbers, pairs, states, strict=True)
        ),
    )  # fmt: skip
    made = []
    for number, row, state, (child, own) in zip(numbers, rows, states, pairs, strict=True):
        about = About(
            organisation_id, child.school.id, number, row["public_id"], child.pupil_id, child.first_name,
            child.contact_id,
        )  # fmt: skip
        if draft.danger:
            tell_danger_in(tx, about, f"report:{number}", now)
        new_phone = prepared.channel is Channel.APP and not child.known_phone
        if new_phone or (child.flagged and prepared.channel is not Channel.PHONE):
            tell_receipt_in(tx, about)
        events.emit(
            tx,
            ReportMade(
                organisation_id, child.school.id, child.enrolment_id, child.pupil_id, number, own.away.starts_on,
                own.away.ends_on, state.value, danger=draft.danger,
            ),
        )  # fmt: skip
        reported = ReportedChild(
            organisation_id, child.key, child.first_name, child.school.id, row["public_id"], state, now,
            asked_until=own.asked_until,
        )  # fmt: skip
        made.append((child, reported))
    return made


def _add_to(tx: Connection, prepared: _Prepared, child: ReportableChild, before: KnownReport) -> ReportedChild:
    """The report stands; what was written this time is added to the talk on it, so that no word is lost."""
    words, now = prepared.draft.words, prepared.now
    if words:
        message = {
            "organisation_id": child.organisation_id, "report_id": before.id, "side": "family",
            "author": child.contact_name, "author_id": child.contact_id, "words": words, "at": now,
        }  # fmt: skip
        (number,) = add_rows(tx, ReportMessage, [message], ("report_id",))
        actor = Actor(ActorKind.CONTACT, child.contact_id, child.contact_name)
        deed = Deed("wrote_on_report", "absence_report", before.id, child.school.id, child.pupil_id)
        trail.write(tx, child.organisation_id, actor, deed)
        if prepared.draft.danger:
            about = About(
                child.organisation_id, child.school.id, before.id, before.public_id, child.pupil_id, child.first_name,
                child.contact_id,
            )  # fmt: skip
            tell_danger_in(tx, about, f"message:{number}", now)
    return ReportedChild(
        child.organisation_id, child.key, child.first_name, child.school.id, before.public_id, State(before.state),
        before.sent_at, already=True,
    )  # fmt: skip


def _as_json(child: ReportedChild) -> dict[str, Any]:
    held = asdict(child)
    return {
        **held, "state": child.state.value, "sent_at": child.sent_at.isoformat(),
        "asked_until": child.asked_until.isoformat() if child.asked_until else None,
    }  # fmt: skip


def _from_result(result: Any) -> Reported:
    return Reported(
        tuple(
            replace(
                ReportedChild(**{**held, "state": State(held["state"])}),
                sent_at=datetime.fromisoformat(held["sent_at"]),
                asked_until=date.fromisoformat(held["asked_until"]) if held["asked_until"] else None,
            )
            for held in result
        )
    )
