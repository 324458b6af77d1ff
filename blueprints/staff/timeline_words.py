"""Everything about a pupil as entries of the timeline: one title, what it says, who. Roles see no trace of the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from flask import url_for

from notifications.rules.hiding import hide_links
from webapp.absence.rules.sight import shown
from webapp.first_day.queries.timeline import Happening
from webapp.first_day.rules.notes import NoteKind, sees_note
from webapp.foundation.clock import london
from webapp.foundation.words import day_words, short_day_words, staff_time
from webapp.people.rules.roles import Permission
from webapp.record.rules import SightingKind, Why

KINDS = {"marks": "Marks", "messages": "Messages", "calls": "Calls", "reports": "Reports", "notes": "Notes"}
_KIND_OF = {
    "amendment": "marks", "sighting": "marks", "message": "messages", "text_in": "messages", "talk": "messages",
    "report": "reports", "report_event": "reports",
}  # fmt: skip
_CHANNELS = {"sms": "Text", "push": "Push", "email": "E-mail"}
_STATES = {
    "waiting": "queued", "sent": "sent", "unknown": "sent", "delivered": "delivered", "failed": "failed",
    "cancelled": "not sent, no longer true", "expired": "not sent in time",
}  # fmt: skip
_SIGHTINGS = {
    SightingKind.ARRIVED.value: "Came in",
    SightingKind.SEEN_ELSEWHERE_IN_SCHOOL.value: "Seen in school",
    SightingKind.RETURNED.value: "Came back",
    SightingKind.LEFT.value: "Left",
    SightingKind.SENT_HOME.value: "Sent home",
}
_CALLS = {
    "spoke": "spoke", "voicemail": "left a message", "no_answer": "no answer", "wrong_number": "wrong number",
}  # fmt: skip
_ANSWERS = {
    "away": "Answered: away", "on_the_way": "Answered: on the way",
    "thought_in": "Thought that the child was in school",
    "wrong_number": "Answered: wrong number",
}  # fmt: skip
_REPORT_EVENTS = {
    "read": "Report read", "accepted": "Report accepted", "not_accepted": "Report not accepted",
    "undone": "Decision undone", "changed": "Report changed by the family", "withdrawn": "Report taken back",
    "asked": "Family asked", "released": "Report trusted", "back": "Family said when back",
}  # fmt: skip
_CASE = {
    "opened": ("question", "Unexplained. Case opened"), "reopened": ("question", "Case opened again"),
    "closed": ("check", "Case closed"), "no_text": ("message", "No text"), "text_failed": ("message", "Text failed"),
    "note": ("edit", "Note"), "skip": ("clock", "Step passed over"), "late": ("warning", "A step is overdue"),
    "vanished": ("warning", "Gone since"), "alarm": ("warning", "Alarm"), "alarm_over": ("check", "Alarm over"),
    "moved": ("message", "Text moved to another child"),
    "told_dsl": ("warning", "Safeguarding lead told"), "told_police": ("warning", "Police or children’s services told"),
}  # fmt: skip
_WHY_OPENED = {
    Why.COLLECTOR_NOT_KNOWN: "Left with nobody known", Why.NO_GOOD_REASON: "The reason was not accepted",
    Why.NOT_CONFIRMED_ELSEWHERE: "Nobody at the other place has confirmed", Why.DID_NOT_COME: "Did not come when said",
    Why.NO_REASON: "Not marked in, no reason yet", Why.NO_MARK: "No mark in a register that was taken",
}  # fmt: skip
_FROM_FAMILIES = frozenset({"answer", "reply", "call"})
"""What a family said in a search: as much of it is seen as of a report. What staff wrote is for those on the board."""
_OURS = frozenset({"opened", "reopened"})
"""Words of Firstbell's own, which say nothing that the mark does not."""
# The message itself stands in the timeline, with what became of it.
_SAID_ELSEWHERE = frozenset({"text", "correction"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline; ``kind`` is a key of KINDS or empty."""

    on: date
    time: str
    symbol: str
    title: str
    text: str
    who: str
    kind: str = ""
    href: str = ""
    link: str = "Open"

    @property
    def heading(self) -> str:
        """The title, and what sets it off from the text that follows it."""
        return f"{self.title}:" if self.text and self.title[-1:] not in ".:?" else self.title


def entries(found: Iterable[Happening], permissions: Collection[Permission], school: str) -> list[Entry]:
    """What this viewer may see, in the order in which it came."""
    return [entry for each in found if (entry := _entry(each, permissions, school)) is not None]


def _entry(each: Happening, permissions: Collection[Permission], school: str) -> Entry | None:
    if each.danger and Permission.SEE_SAFEGUARDING_FLAGS not in permissions:
        return None
    if each.source == "case" and each.kind in _SAID_ELSEWHERE:
        return None
    if each.source == "note" and not sees_note(each.kind, permissions):
        return None
    reasons = Permission.SEE_HEALTH_REASONS in permissions
    at = london(each.at)
    symbol, title, text, who, kind = _words(each, permissions, reasons)
    ref = each.ref and Permission.SEE_HEALTH_REASONS in permissions
    href = url_for("staff.report", school=school, report=each.ref) if ref else ""
    return Entry(at.date(), staff_time(at), symbol, title, text, who, kind or _KIND_OF.get(each.source, ""), href)


def _words(each: Happening, permissions: Collection[Permission], reasons: bool) -> tuple[str, str, str, str, str]:
    match each.source:
        case "case":
            return _case(each, permissions)
        case "report":
            seen = shown(reason=each.outcome, symptoms=each.extra, words=each.words, danger=each.danger,
                         permissions=permissions)  # fmt: skip
            said = f"{seen.why}. {_quoted(seen.words)}".strip() if not seen.hidden else seen.why
            return "sent", "Reported away", said, f"{each.who}, {each.kind}", ""
        case "report_event":
            return "tick", _REPORT_EVENTS.get(each.kind, each.kind.replace("_", " ").capitalize()), "", each.who, ""
        case "talk":
            words = _quoted(each.words) if reasons else ""
            return "message", "School asked" if each.kind == "school" else "Family wrote", words, each.who, ""
        case "sighting":
            more = ", ".join(part for part in (each.extra, each.words if reasons else "") if part)
            whom = f" with {each.whom}" if each.whom else ""
            return "school", f"{_SIGHTINGS.get(each.kind, each.kind)}{whom}", more, each.who, ""
        case "message":
            title = f"{_CHANNELS.get(each.extra, each.extra)} to {each.whom}: {_came_of_it(each)}."
            return "message", title, _quoted(hide_links(each.words)), "Firstbell", ""
        case "text_in":
            return (
                "inbox",
                "Answer in the app" if each.extra == "app" else "Text came in",
                _quoted(each.words) if reasons else "Reason held by the office",
                each.who,
                "",
            )
        case "note":
            return _note(each, reasons)
        case _:
            return _amendment(each, reasons)


def _came_of_it(each: Happening) -> str:
    """What became of a message, and when: queued 08:51; delivered 08:52; failed 08:52, wrong number."""
    state = _STATES.get(each.outcome, each.outcome)
    at = each.at if each.outcome == "waiting" else each.done_at
    said = f"{state} {staff_time(london(at))}" if at is not None else state
    more = {"failed": each.why, "unknown": "no receipt"}.get(each.outcome, "")
    return f"{said}, {more}" if more else said


def _case(each: Happening, permissions: Collection[Permission]) -> tuple[str, str, str, str, str]:
    needs = Permission.SEE_HEALTH_REASONS if each.kind in _FROM_FAMILIES else Permission.VIEW_BOARD
    words = each.words if needs in permissions or each.kind in _OURS else ""
    if each.kind == "call":
        outcome = _CALLS.get(each.outcome, each.outcome)
        return "phone", f"Call to {each.whom or 'a contact'}: {outcome}", words, each.who, "calls"
    if each.kind in ("answer", "reply"):
        return "inbox", _ANSWERS.get(each.outcome, "Answered"), words, each.whom or each.who, "messages"
    symbol, title = _CASE.get(each.kind, ("info", each.kind.replace("_", " ").capitalize()))
    if each.kind in ("opened", "reopened"):
        words = _WHY_OPENED.get(Why(words), "") if words in set(Why) else words
    if each.kind == "late":
        words = ""
    return symbol, title, "" if words == title else words, each.who, "messages" if symbol == "message" else ""


_NOTES = {NoteKind.GENERAL.value: "Note", NoteKind.HEALTH.value: "Health note"}


def _note(each: Happening, reasons: bool) -> tuple[str, str, str, str, str]:
    who = f"{each.who}, {each.extra}" if each.extra else each.who
    if each.kind == NoteKind.MESSAGE:
        return "message", f"Message to {each.whom}", _quoted(each.words) if reasons else "", who, "messages"
    return "edit", _NOTES.get(each.kind, "Safeguarding note"), _quoted(each.words), who, "notes"


def _amendment(each: Happening, reasons: bool) -> tuple[str, str, str, str, str]:
    day, half, before = each.extra.split("|")
    on = date.fromisoformat(day)
    # Why a mark was changed is the reason of the absence.
    change = f": {before or 'no mark'} to {each.outcome or 'no mark'}. {_quoted(each.words)}" if reasons else ""
    which = f"{short_day_words(on)} {'morning' if half == '0' else 'afternoon'}"
    who = f"{each.who}, {each.whom}" if each.whom else each.who
    return "edit", "Mark changed", f"{which}{change}".strip(), who, ""


def _quoted(words: str) -> str:
    return f"“{words}”" if words else ""


def by_day(found: Iterable[Entry], today: date) -> list[dict[str, object]]:
    """The timeline component's days."""
    days: dict[date, list[Entry]] = {}
    for entry in found:
        days.setdefault(entry.on, []).append(entry)
    return [
        {"label": f"Today, {day_words(on)}" if on == today else day_words(on), "entries": held}
        for on, held in days.items()
    ]
