"""What the page of one report says of it: its steps, when the child is back, what was told, what may still be done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from blueprints.parent.typed import receipt_url
from webapp.absence.queries.families import OwnReport
from webapp.absence.queries.pages import ReportPage
from webapp.absence.rules.cover import Away
from webapp.absence.rules.drafts import ChildDay, latest_back_on
from webapp.absence.rules.kinds import WHOLE_DAYS, Kind
from webapp.absence.rules.reasons import NHS_ADVICE, Reason, Symptom, after_words, why_words
from webapp.absence.rules.receipts import (
    GOT_LATE,
    ReceiptFacts,
    StepName,
    Told,
    changed_headline,
    headline,
    receipt_steps,
    when_words,
)
from webapp.absence.rules.states import Event, State, allows
from webapp.absence.rules.times import clock_words, local_day
from webapp.foundation.words import day_words, short_day_words

# The title and what is smaller beside it: "Sent" and "7:41am", "Not read yet" and what follows its full stop.
_TIMED = re.compile(
    r"(Sent|Changed|Read by [^.]*?|Recorded as [^.]*?|Not [^.:]*?)\.? ((?:\w{3} \d+ \w+, )?\d.*|[A-Z].*)"
)
_DECIDED = frozenset({State.RECORDED, State.NOT_ACCEPTED})
_STEP_LOOK = {StepName.NOT_ACCEPTED: "refused"}


def parts_of(page: ReportPage, now: datetime) -> dict[str, Any]:
    """One child's part of a receipt, each thing only when it is so."""
    one, today = page.report, local_day(now)
    state = state_as_told(page)
    stands = state is not State.WITHDRAWN
    return {
        "report": one, "school": page.school, "steps": _steps(page, now),
        "asked": bool(page.talk) and page.talk[-1].side == "school",
        "files": [(file.public_id, file.name) for file in page.files],
        "stands": stands, "nhs": NHS_ADVICE if one.reason == Reason.ILL and stands else "",
        "facts": facts_of(one, today), "backs": _backs(page, today), "back_on": _back_on(page),
        "may_change": allows(state, Event.CHANGE) and one.ends_on >= today,
        "may_withdraw": allows(state, Event.WITHDRAW) and one.ends_on >= today,
    }  # fmt: skip


def state_as_told(page: ReportPage) -> State:
    """The state that the family knows of: a decision counts once it has been told."""
    state = State(page.report.state)
    return State.READ if state in _DECIDED and not page.told else state


def away_of(one: OwnReport) -> Away:
    return Away(Kind(one.kind), one.starts_on, one.ends_on, one.leaves_at, one.arrives_at)


def said_of(one: OwnReport) -> Away:
    """The days as the family said them, also where only the first of them stand."""
    return replace(away_of(one), ends_on=one.asked_until) if one.asked_until else away_of(one)


def title_of(one: OwnReport, today: date) -> str:
    """The h1: when it was sent; of one taken back, that."""
    if one.state == State.WITHDRAWN:
        return "You took this back"
    if one.changed_at is not None:
        return changed_headline(one.changed_at, today)
    sent_on = local_day(one.sent_at)
    if sent_on == today:
        return headline(one.sent_at)
    return f"Sent to school on {short_day_words(sent_on)}, {clock_words(one.sent_at)}"


def look_of(state: State) -> str:
    if state is State.HELD:
        return "wait"
    return "quiet" if state is State.WITHDRAWN else "in"


def facts_of(one: OwnReport, today: date) -> list[tuple[str, str]]:
    """What you told school."""
    found = [
        ("Child", one.first_name),
        ("When", when_words(said_of(one), today)),
        ("Why", why_words(Reason(one.reason), symptoms_of(one.symptoms))),
    ]
    if one.back_on:
        found.append(("Back", day_words(one.back_on)))
    if one.words:
        found.append(("Your words", one.words))
    if one.wants_call:
        found.append(("Ring you?", "Yes, please"))
    return found


def clocks_of(children: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What happens now: one clock where it says the same of every child, else one a child.

    That school got one of them after its register had closed is a line of the same clock, with that child's name.
    """
    first, *rest = ([_in_time(step) for step in one["steps"]] for one in children)
    if any(each != first for each in rest):
        return [{"name": one["report"].first_name, "steps": one["steps"], "children": [one]} for one in children]
    late = [one["report"].first_name for one in children if one["report"].after_close]
    if 0 < len(late) < len(children):
        text = f"{first[0]['text']}. For {and_words(late)}, {GOT_LATE[0].lower()}{GOT_LATE[1:]}"
        steps = [{**first[0], "text": text}, *first[1:]]
    else:
        steps = children[0]["steps"]
    return [{"name": "", "steps": steps, "children": children}]


def _in_time(step: dict[str, str]) -> dict[str, str]:
    """The step as it would be of a report that school got in time."""
    late = step["text"].endswith(GOT_LATE)
    return {**step, "text": step["text"].removesuffix(GOT_LATE).rstrip(". ")} if late else step


def advice_of(reports: Sequence[OwnReport]) -> list[str]:
    """What to do now, once for all the children to whom it applies."""
    names: dict[tuple[str, str], list[str]] = {}
    for one in reports:
        names.setdefault((one.reason, one.symptoms), []).append(one.first_name)
    found = [
        words.removesuffix(" Shall we ring you?")  # That was asked on the form.
        for (reason, symptoms), children in names.items()
        for words in after_words(Reason(reason), symptoms_of(symptoms), and_words(children))
    ]
    return list(dict.fromkeys(found))


def and_words(names: Sequence[str]) -> str:
    """Tom; Tom and Ella; Tom, Ella and Noor."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def symptoms_of(chips: str) -> list[Symptom]:
    return [Symptom(chip) for chip in chips.split(",") if chip in set(Symptom)]


def _steps(page: ReportPage, now: datetime) -> list[dict[str, str]]:
    one = page.report
    facts = ReceiptFacts(
        State(one.state), one.sent_at, one.read_at, page.times.office_opens(local_day(now)), one.after_close,
        [Told(told.code, told.accepted, told.decided_at, told.reason) for told in page.told], one.expected_at,
        page.withdrawn_at, one.changed_at,
    )  # fmt: skip
    steps = []
    for step in receipt_steps(facts, now):
        look = _STEP_LOOK.get(step.name, "done" if step.done else "waiting")
        timed = _TIMED.fullmatch(step.words)
        title, text = (timed[1], timed[2]) if timed else (step.words.removesuffix("."), "")
        found = {"state": look, "title": title, "text": text}
        if step.asks:
            found |= {"href": receipt_url(one.public_id, write="yes", _anchor="talk"), "link": "Ask school about this"}
        steps.append(found)
    return steps


def _backs(page: ReportPage, today: date) -> list[tuple[str, str]]:
    """The days that "Back when?" offers, and "Not sure"; empty where the question makes no sense any more."""
    one = page.report
    whole = Kind(one.kind) in WHOLE_DAYS and allows(state_as_told(page), Event.SAY_BACK) and one.ends_on >= today
    if not whole:
        return []
    child = ChildDay(one.child, one.first_name, page.calendar, page.times, one.year_group)
    # Beyond the longest run school wants to talk, and hears how long all the same.
    latest = None if one.asked_until else latest_back_on(child, one.starts_on)
    found: list[tuple[str, str]] = []
    # Who gave the last day is not asked about the days before it.
    told = one.asked_until or (one.ends_on if one.back_on is None else one.starts_on)
    day = max(told, one.starts_on, today)
    while len(found) < 3:
        following = page.calendar.next_school_day(day, one.year_group)
        if following is None or (latest is not None and following > latest):
            break
        day = following
        found.append((day.isoformat(), _day_name(day, today)))
    return [*found, ("not_sure", "Not sure")] if found else []


def _back_on(page: ReportPage) -> str:
    """The day back that the family has said, also where it lies beyond the longest run."""
    one = page.report
    asked = one.asked_until and page.calendar.next_school_day(one.asked_until, one.year_group)
    day = asked or one.back_on
    return day.isoformat() if day else ""


def _day_name(day: date, today: date) -> str:
    ahead = (day - today).days
    if ahead == 1:
        return "Tomorrow"
    return day_words(day).split(" ", 1)[0] if ahead < 7 else short_day_words(day)
