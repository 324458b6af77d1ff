"""From what was typed to a clean report, or to the errors that keep what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from webapp.absence.rules.cover import Away, sessions_touched
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import COMING, REASONS, Reason, Symptom, needs_eyes, suggest_code
from webapp.absence.rules.times import local_day, read_day, read_time
from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.foundation.words import time_words
from webapp.people.rules.calendar import SchoolCalendar
from webapp.people.rules.danger import speaks_of_danger
from webapp.people.rules.names import LONGEST_TEXT, TextRefused, clean_text
from webapp.people.rules.school_times import SchoolTimes
from webapp.people.rules.session_days import day_and_month
from webapp.people.rules.settings import (
    AM_REGISTER_OPENS,
    LONG_RUN_DAYS,
    N_DAYS,
    PM_SESSION_ENDS,
)

LONGEST_WORDS = LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class TypedReport:
    """A report as the form sent it, each field as text; ``children`` are the names of the children in URLs.

    Days are 2026-06-16 from a radio, or day, month and year with spaces between them.
    """

    children: tuple[str, ...]
    kind: str
    starts_on: str
    ends_on: str = ""
    leaves_at: str = ""
    arrives_at: str = ""
    reason: str = ""
    symptoms: tuple[str, ...] = ()
    words: str = ""
    wants_call: bool = False
    back_on: str = ""


@dataclass(frozen=True, slots=True)
class ChildDay:
    """A child of the report with their school's calendar and times on the first day."""

    key: str
    first_name: str
    calendar: SchoolCalendar
    times: SchoolTimes
    year_group: int | None = None


@dataclass(frozen=True, slots=True)
class FieldError:
    """``field`` is the name in the form, ``sentence`` what to do."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """Nothing was sent. ``typed`` goes back into the form as it came."""

    errors: tuple[FieldError, ...]
    typed: TypedReport


@dataclass(frozen=True, slots=True)
class ChildDraft:
    """The report about one child. ``asked_until`` is the last day that was asked for where the run was too long."""

    key: str
    away: Away
    suggested_code: str
    after_close: bool
    asked_until: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that may be sent: what is the same for every child, and each child's own."""

    kind: Kind
    starts_on: date
    ends_on: date
    leaves_at: time | None
    arrives_at: time | None
    reason: Reason
    symptoms: tuple[Symptom, ...]
    words: str
    wants_call: bool
    back_on: date | None
    read_first: bool
    not_sure: bool
    danger: bool
    children: tuple[ChildDraft, ...]


class _Form:
    """Collects errors, each field's first only."""

    def __init__(self, typed: TypedReport) -> None:
        self.typed = typed
        self.errors: dict[str, str] = {}

    def refuse(self, field: str, sentence: str) -> None:
        self.errors.setdefault(field, sentence)

    def day(self, field: str, missing: str) -> date | None:
        raw = getattr(self.typed, field)
        found = read_day(raw)
        if found is None:
            self.refuse(field, "Enter a real day, like 16 6 2026" if raw.strip() else missing)
        return found

    def time(self, field: str, missing: str) -> time | None:
        raw = getattr(self.typed, field)
        found = read_time(raw)
        if found is None:
            self.refuse(field, "Enter a time, like 9:30am" if raw.strip() else missing)
        return found


def read_report(typed: TypedReport, children: Sequence[ChildDay], now: datetime) -> Draft | Refusals:
    """The clean report, or every error with its field. ``children`` are those chosen, ``now`` is school time."""
    form = _Form(typed)
    names = _names(children)
    if not children:
        form.refuse("children", "Choose a child")
    kind = _kind(form)
    reason = _reason(form, kind, names)
    words = _words(form)
    starts_on = form.day("starts_on", "Choose the day")
    ends_on = starts_on
    if kind is Kind.DAYS:
        ends_on = form.day("ends_on", f"Enter the last day {names} will be away")
    leaves_at = form.time("leaves_at", f"Enter the time {names} will leave") if kind and kind.leaves else None
    arrives_at = form.time("arrives_at", f"Enter the time {names} will be in school") if kind and kind.arrives else None
    if leaves_at and arrives_at and arrives_at <= leaves_at:
        form.refuse("arrives_at", "The time back must be after the time out")
    if starts_on and ends_on and ends_on < starts_on:
        form.refuse("ends_on", "The last day must be the same as or after the first day")
    back_on = form.day("back_on", "") if typed.back_on.strip() else None
    drafts: list[ChildDraft] = []
    if kind and reason and starts_on and ends_on and not form.errors:
        away = Away(kind, starts_on, ends_on, leaves_at, arrives_at)
        drafts = [draft for child in children if (draft := _of_child(form, child, away, reason, now, len(children)))]
    if back_on and ends_on and back_on <= ends_on:
        form.refuse("back_on", "The day back must be after the last day away")
    if form.errors or kind is None or reason is None or starts_on is None or ends_on is None:
        return Refusals(tuple(FieldError(*error) for error in form.errors.items()), typed)
    danger = bool(words) and speaks_of_danger(words)
    return Draft(
        kind=kind, starts_on=starts_on, ends_on=ends_on, leaves_at=leaves_at, arrives_at=arrives_at, reason=reason,
        symptoms=_symptoms(reason, typed.symptoms), words=words,
        wants_call=typed.wants_call, back_on=back_on,
        read_first=REASONS[reason].read_first or danger or typed.wants_call,
        not_sure=needs_eyes(reason, kind) or any(each.suggested_code in COMING for each in drafts),
        danger=danger, children=tuple(drafts),
    )  # fmt: skip


def _names(children: Sequence[ChildDay]) -> str:
    if not children:
        return "your child"
    firsts = [child.first_name for child in children]
    return firsts[0] if len(firsts) == 1 else f"{', '.join(firsts[:-1])} and {firsts[-1]}"


def _kind(form: _Form) -> Kind | None:
    try:
        return Kind(form.typed.kind)
    except ValueError:
        form.refuse("kind", "Choose what it is")
        return None


def _reason(form: _Form, kind: Kind | None, names: str) -> Reason | None:
    try:
        reason = Reason(form.typed.reason)
    except ValueError:
        reason = None
    if reason is None or (kind is not None and not REASONS[reason].fits(kind)):
        verb = "is" if names == "your child" or " and " not in names else "are"
        form.refuse("reason", f"Choose why {names} {verb} {_doing(kind)}")
        return None
    return reason


def _doing(kind: Kind | None) -> str:
    if kind is Kind.LATE:
        return "coming in late"
    if kind is Kind.EARLY:
        return "leaving early"
    return "going out" if kind is Kind.OUT_AND_BACK else "away"


def _words(form: _Form) -> str:
    try:
        return clean_text(form.typed.words, LONGEST_WORDS, "words")
    except TextRefused as refused:
        form.refuse("words", refused.mend)
        return ""


def _symptoms(reason: Reason, typed: Sequence[str]) -> tuple[Symptom, ...]:
    """In the order of the page; a chip that this reason does not have was not shown."""
    return tuple(symptom for symptom in REASONS[reason].symptoms if symptom.value in typed)


def _of_child(
    form: _Form, child: ChildDay, away: Away, reason: Reason, now: datetime, count: int
) -> ChildDraft | None:
    whose = f"{child.first_name}: " if count > 1 else ""
    fault = _day_fault(child, away, local_day(now)) or _time_fault(child, away)
    if fault is not None:
        form.refuse(fault.field, whose + fault.sentence)
        return None
    days = child.calendar.school_days(away.starts_on, away.ends_on, child.year_group)
    most = child.times.settings[LONG_RUN_DAYS]
    asked_until = None
    if len(days) > most:
        asked_until = away.ends_on
        away = Away(away.kind, away.starts_on, days[most - 1], away.leaves_at, away.arrives_at)
    first = sessions_touched(away, child.calendar, child.times, child.year_group)[0]
    _, arrives = away.between(first.date)
    closes, ends = child.times.register_closes(*first), child.times.session_ends(*first)
    return ChildDraft(
        key=child.key,
        away=away,
        suggested_code=suggest_code(reason, away.kind, arrives=arrives, closes=closes, ends=ends),
        after_close=away.holds(local_day(now)) and now >= child.times.cut_off(local_day(now)),
        asked_until=asked_until,
    )


def _day_fault(child: ChildDay, away: Away, today: date) -> FieldError | None:
    calendar, year = child.calendar, child.year_group
    limit = child.times.settings[N_DAYS]
    earliest = calendar.school_days(date.fromordinal(today.toordinal() - 60), today, year)[-limit - 1 :]
    if away.starts_on < (earliest[0] if earliest else today):
        return FieldError("starts_on", f"Choose one of the last {limit} school days. Ring school about others")
    closed = _closed(child, away.starts_on)
    if away.kind is not Kind.DAYS:
        return FieldError("starts_on", closed) if closed else None
    last = max((term.ends_on for term in calendar.terms if _same_year(term.ends_on, away.starts_on)), default=None)
    if last is not None and away.ends_on > last:
        return FieldError("ends_on", f"The school year ends on {day_and_month(last)}. Choose that day or one before")
    if not calendar.school_days(away.starts_on, away.ends_on, year):
        return FieldError("starts_on", closed or "School is closed on these days. Choose a school day")
    return None


def _closed(child: ChildDay, day: date) -> str:
    """The calendar's sentence for a day without school, else ""."""
    if child.calendar.is_school_day(day, child.year_group):
        return ""
    return child.calendar.session(day, Half.AM, child.year_group).sentence


def _same_year(one: date, other: date) -> bool:
    return _academic(one) == _academic(other)


def _academic(day: date) -> int:
    return day.year if day.month >= 9 else day.year - 1


def _time_fault(child: ChildDay, away: Away) -> FieldError | None:
    settings = child.times.settings
    opens, ends = settings[AM_REGISTER_OPENS], settings[PM_SESSION_ENDS]
    for field, at in (("leaves_at", away.leaves_at), ("arrives_at", away.arrives_at)):
        if at is None:
            continue
        if at <= opens:
            return FieldError(field, f"School starts at {time_words(opens)}. Choose a later time")
        if at >= ends:
            return FieldError(field, f"School ends at {time_words(ends)}. Choose an earlier time")
    if not sessions_touched(away, child.calendar, child.times, child.year_group):
        shut = next(half for half in BOTH_HALVES if not child.calendar.is_open(away.starts_on, half, child.year_group))
        sentence = child.calendar.session(away.starts_on, shut, child.year_group).sentence
        return FieldError("arrives_at" if away.kind.arrives else "leaves_at", sentence)
    return None


def latest_back_on(child: ChildDay, starts_on: date) -> date | None:
    """The last day on which "Back when?" can say that the child returns: the school day after the longest run.

    None where the calendar does not reach that far. ``starts_on`` is a school day.
    """
    return child.calendar.school_days_after(starts_on, child.times.settings[LONG_RUN_DAYS], child.year_group)
