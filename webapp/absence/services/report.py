"""A family tells school why children are away."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from webapp.absence.queries.reporting import KnownReport, Reportable, ReportableChild, find_reportable
from webapp.absence.rules.drafts import ChildDay, ChildDraft, Refusals, TypedReport, read_report
from webapp.absence.rules.kinds import Channel
from webapp.absence.rules.said_again import is_same_hours
from webapp.absence.rules.states import ReportRefused
from webapp.absence.rules.times import local_day, read_day
from webapp.absence.services.making import (
    Prepared,
    Reported,
    ReportedChild,
    Reporter,
    add_to_report,
    as_json,
    from_result,
    make_reports,
)
from webapp.foundation.clock import school_now
from webapp.foundation.db import read_door, unit_of_work
from webapp.foundation.submissions import find_result, keep_result

__all__ = ["ChildNotThere", "Reported", "ReportedChild", "Reporter", "report_absence", "report_absence_in"]

LONGEST_KEY = 64


class ChildNotThere(LookupError):
    """One of the children is not there for this adult; which one, and why, is nobody's business."""


def report_absence(
    typed: TypedReport, by: Reporter, key: str, *, channel: Channel = Channel.APP, phone_time: datetime | None = None,
    long_run: bool = False,
) -> Reported | Refusals:  # fmt: skip
    """Send one report a child, in one commit, once for each ``key``; or every error with its field.

    ``long_run``: the days of earlier reports make it longer than the school's setting, so school asks to talk.
    Raises ChildNotThere where one child is unknown or may not be reported by this adult, SubmissionReused for a key
    that came before with other content, ReportRefused for a key that cannot be one.
    """
    with read_door() as db:
        prepared = _prepare(db, typed, by, key, channel, phone_time)
    if not isinstance(prepared, Prepared):
        return prepared
    if long_run:
        asking = tuple((child, replace(own, asked_until=own.away.ends_on)) for child, own in prepared.pairs)
        prepared = replace(prepared, pairs=asking)
    try:
        with unit_of_work() as tx:
            return _write(tx, prepared)
    except IntegrityError:
        # The same form twice at the same moment: the other one was first.
        with read_door() as db:
            result = find_result(db, prepared.anchor, prepared.actor, prepared.key, prepared.content)
        if result is None:
            raise
        return from_result(result)


def report_absence_in(
    tx: Connection, typed: TypedReport, by: Reporter, key: str, *, channel: Channel,
    phone_time: datetime | None = None,
) -> Reported | Refusals:  # fmt: skip
    """As ``report_absence``, in the caller's transaction; the caller sees to it that two do not run at once."""
    prepared = _prepare(tx, typed, by, key, channel, phone_time)
    return _write(tx, prepared) if isinstance(prepared, Prepared) else prepared


def _prepare(
    db: Connection, typed: TypedReport, by: Reporter, key: str, channel: Channel, phone_time: datetime | None
) -> Prepared | Reported | Refusals:
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
        return from_result(find_result(db, anchor, actor, key, content))
    children = sorted(found.children, key=lambda child: wanted.index(child.key))
    if {child.key for child in children} != set(wanted):
        raise ChildNotThere("one of the children is not there")
    days = [ChildDay(c.key, c.first_name, c.calendar, c.times, c.year_group) for c in children]
    draft = read_report(typed, days, now)
    if isinstance(draft, Refusals):
        return draft
    pairs = tuple(zip(children, draft.children, strict=True))
    return Prepared(draft, pairs, channel, phone_time, now, actor, anchor, key, content)


def _write(tx: Connection, prepared: Prepared) -> Reported:
    by_organisation: dict[int, list[tuple[ReportableChild, ChildDraft]]] = {}
    done: dict[tuple[int, int], ReportedChild] = {}
    for child, draft in prepared.pairs:
        before = _told_before(child, draft)
        if before is not None:
            done[child.organisation_id, child.enrolment_id] = add_to_report(tx, prepared, child, draft, before)
        else:
            by_organisation.setdefault(child.organisation_id, []).append((child, draft))
    for organisation_id, pairs in by_organisation.items():
        made = make_reports(tx, prepared, organisation_id, pairs)
        for (child, _), reported in zip(pairs, made, strict=True):
            done[organisation_id, child.enrolment_id] = reported
    result = Reported(tuple(done[child.organisation_id, child.enrolment_id] for child, _ in prepared.pairs))
    keep_result(
        tx, prepared.anchor, prepared.actor, prepared.key, prepared.content, [as_json(one) for one in result.children]
    )
    return result


def _told_before(child: ReportableChild, draft: ChildDraft) -> KnownReport | None:
    """The same adult's last report for days that this one touches, if it says the same hours: what they said before
    something else is said anew."""
    own = [report for report in child.reports if report.contact_id == child.contact_id]
    return own[-1] if own and is_same_hours(own[-1].said.away, draft.away) else None
