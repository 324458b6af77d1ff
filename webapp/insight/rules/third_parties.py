"""Taking a person's rows apart into what is theirs and what may be somebody else's.

Whatever may be another's is a ``Line``: held back until a person has decided. A line is named by what it says, so that
the same words, gathered anew, are the same line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from webapp.foundation.words import staff_time
from webapp.insight.rules.holdings import HOLDINGS, Treat, label_of, treatment_of
from webapp.people.rules.school_times import LONDON

STRUCK = "[held back]"
Field = tuple[str, str, str, str]
"""A column, its label, its text, and the key of the line that decides about it ("" where it is simply given)."""


class Category(StrEnum):
    """Why a line is doubtful."""

    STAFF = "staff"
    PERSON = "person"
    POINT = "point"
    WORDS = "words"
    CONTACT = "contact"
    PROTECTION = "protection"
    WITHHELD = "withheld"
    PAPER = "paper"


CATEGORY_WORDS: Mapping[Category, str] = {
    Category.STAFF: "Names of staff",
    Category.PERSON: "Names of other people",
    Category.POINT: "Other people's numbers and addresses",
    Category.WORDS: "Words that somebody wrote",
    Category.CONTACT: "What other contacts are to the pupil",
    Category.PROTECTION: "Safeguarding, court orders and referrals",
    Category.WITHHELD: "Entries withheld from a contact",
    Category.PAPER: "Papers and photographs",
}
PROTECTED_SUBJECTS = frozenset(
    {"message_stop", "withheld_entry", "court_order", "pupil_note", "record_hold", "subject_request", "referral",
     "sign_out_request"}
)  # fmt: skip
"""What the trail may be about that tells of protection by being there at all."""
_PROTECTED_TABLES = frozenset({"court_order", "message_stop", "withheld_entry", "record_hold", "referral"})
_OTHERS = {
    "pupil_contact": Category.CONTACT, "shown_page": Category.PROTECTION, "subject_request": Category.PROTECTION
}  # fmt: skip
"""What a pupil's file holds of each contact, and why another's row is held back as a whole."""
_THEIR_OWN = {"sign_out_request": ("reason",), "detail_change": ("old_value", "new_value", "words")}
"""Columns that a contact fills in of a row in which school answers."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose data it is, and who asks. ``names`` and ``points`` are theirs who asks or whose it is; ``contacts`` names
    everybody else's contact numbers; ``others`` are words to strike from a text: names, numbers and addresses."""

    is_pupil: bool
    contact_id: int | None
    names: frozenset[str]
    points: frozenset[str]
    contacts: Mapping[int, str]
    staff: frozenset[str]
    others: tuple[str, ...]
    withheld: frozenset[tuple[str, int]] = frozenset()
    """(table, id) of rows that are withheld; a mark by its enrolment, day and half in one number."""


@dataclass(slots=True)
class Line:
    """One thing to decide. ``words`` as it stands here; ``struck`` without the names of others."""

    key: str
    category: Category
    chapter: str
    title: str
    words: str
    struck: str | None = None
    times: int = 1


@dataclass(slots=True)
class Lines:
    """The lines found so far, each once."""

    by_key: dict[str, Line] = field(default_factory=dict)

    def add(self, category: Category, chapter: str, title: str, words: str, struck: str | None = None) -> str:
        key = hashlib.sha256(f"{category}\n{title}\n{words}".encode()).hexdigest()[:40]
        held = self.by_key.get(key)
        if held is None:
            self.by_key[key] = Line(key, category, chapter, title[:120], words, struck)
        else:
            held.times += 1
        return key


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row as it may be given; ``line`` is the key of the line that decides about all of it, or ""."""

    fields: tuple[Field, ...]
    line: str = ""


def read_row(table: str, row: Mapping[str, Any], person: Person, lines: Lines) -> ReadRow | None:
    """A row in words; None where nothing of it is for anybody."""
    holding = HOLDINGS[table]
    whole = _whole(table, row, person)
    fields: list[Field] = []
    for column, value in row.items():
        treat = treatment_of(table, column)
        text = _text(value)
        if treat in (None, Treat.OMIT) or not text:
            continue
        # A row that is one line is decided about as a whole: its parts need none of their own.
        key = "" if whole else _line_of(table, column, row, text, treat, person, lines)
        fields.append((column, label_of(column), _shown(treat, value, text, person), key))
    if not fields:
        return None
    if not whole:
        return ReadRow(tuple(fields))
    words = "; ".join(f"{label}: {text}" for _, label, text, _ in fields)
    title = f"{holding.title}: {holding.chapter}" if whole is not Category.CONTACT else holding.title
    return ReadRow(tuple(fields), lines.add(whole, holding.chapter, title, words, _struck(words, person)))


def _whole(table: str, row: Mapping[str, Any], person: Person) -> Category | None:
    """Why a row is held back as a whole, so that not even a gap shows; None for an ordinary one."""
    if _marked(table, row) in person.withheld:
        return Category.WITHHELD
    if table in _PROTECTED_TABLES or row.get("danger"):
        return Category.PROTECTION
    if table == "pupil_note" and row.get("kind") == "safeguarding":
        return Category.PROTECTION
    if table == "trail_entry" and row.get("subject_kind") in PROTECTED_SUBJECTS:
        return Category.PROTECTION
    if _tells_of_danger(table, row):
        return Category.PROTECTION
    if table in _OTHERS and person.is_pupil and not _is_mine(row, person):
        return _OTHERS[table]
    # A page may have said what was withheld afterwards.
    return Category.WITHHELD if table == "shown_page" and person.withheld else None


def _tells_of_danger(table: str, row: Mapping[str, Any]) -> bool:
    """A task or a message for the safeguarding leads: that there is one says that somebody spoke of danger."""
    if table == "message":
        return "danger" in str(row.get("name"))
    kind = str(row.get("kind"))
    about = row.get("subject_kind") in PROTECTED_SUBJECTS
    return table == "task" and (about or "danger" in kind or "flagged" in kind)


def _is_mine(row: Mapping[str, Any], person: Person) -> bool:
    whose = row.get("requester_id") if "requester_id" in row else row.get("contact_id")
    return person.contact_id is not None and whose == person.contact_id


def _marked(table: str, row: Mapping[str, Any]) -> tuple[str, int]:
    """The name under which a row may be withheld."""
    if table in ("mark", "mark_amendment", "mark_note", "mark_conflict", "expectation"):
        return "mark", session_number(row["enrolment_id"], row["date"], row["half"])
    if table in ("message_pupil", "delivery"):
        return "message", row["message_id"]
    return table, row.get("id", 0)


def session_number(enrolment_id: int, on: date, half: int) -> int:
    """One number for a session of an enrolment."""
    return (enrolment_id * 10_000_000 + on.toordinal()) * 2 + half


def _line_of(
    table: str, column: str, row: Mapping[str, Any], text: str, treat: Treat | None, person: Person, lines: Lines
) -> str:
    holding = HOLDINGS[table]
    match treat:
        case Treat.STAFF:
            return "" if text in person.names else lines.add(Category.STAFF, "", "Name of a member of staff", text)
        case Treat.PERSON:
            if text in person.names or text == "Firstbell":
                return ""
            if text in person.staff:
                return lines.add(Category.STAFF, "", "Name of a member of staff", text)
            return lines.add(Category.PERSON, "", "Name of somebody", text)
        case Treat.CONTACT:
            if row[column] == person.contact_id:
                return ""
            name = person.contacts.get(row[column], "another contact")
            return lines.add(Category.PERSON, "", "Name of somebody", name)
        case Treat.POINT:
            return "" if text in person.points else lines.add(Category.POINT, "", "Number or address", text)
        case Treat.TEXT | Treat.JSON:
            if _wrote_it_themselves(table, column, row, person):
                return ""
            if table == "report_file":
                return lines.add(Category.PAPER, holding.chapter, holding.title, f"{text} ({_when(row)})")
            title = f"{holding.title}: {label_of(column).lower()}"
            return lines.add(Category.WORDS, holding.chapter, title, text, _struck(text, person))
    return ""


def _wrote_it_themselves(table: str, column: str, row: Mapping[str, Any], person: Person) -> bool:
    """Their own words hold nothing that they have not told school themselves."""
    mine = person.contact_id
    if mine is None:
        return False
    if table == "report_message":
        return bool(row["side"] == "family" and row["author_id"] == mine)
    if table in _THEIR_OWN:
        return column in _THEIR_OWN[table] and row.get("contact_id") == mine
    # What staff wrote about a report (``report_event``, ``report_decision``) is not theirs.
    return table in ("absence_report", "inbound_message") and row.get("contact_id") == mine


def _shown(treat: Treat | None, value: Any, text: str, person: Person) -> str:
    if treat is Treat.CONTACT:
        return person.contacts.get(value, "another contact")
    return text


def _struck(text: str, person: Person) -> str | None:
    """The text without the names, numbers and addresses of others; None where none of them is in it."""
    found = text
    for word in person.others:
        found = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", STRUCK, found, flags=re.I)
    return found if found != text else None


def others_to_strike(words: Iterable[str], own: Collection[str]) -> tuple[str, ...]:
    """Longest first, so that a whole name goes before its parts; nothing that is the person's own, and no initials."""
    kept = {word for word in words if len(word) > 1 and word.casefold() not in {each.casefold() for each in own}}
    return tuple(sorted(kept, key=lambda word: (-len(word), word)))


def _when(row: Mapping[str, Any]) -> str:
    return _text(row.get("added_at"))


def _text(value: Any) -> str:
    """A value as people read it; empty for what says nothing."""
    match value:
        case None | "":
            return ""
        case bool():
            return "Yes" if value else "No"
        case datetime():
            local = value.astimezone(LONDON)
            return f"{local.date().isoformat()} {staff_time(local)}"
        case date():
            return value.isoformat()
        case time():
            return staff_time(value)
        case dict():
            return "; ".join(f"{label_of(str(name))}: {text}" for name, part in value.items() if (text := _text(part)))
        case list() | tuple():
            return ", ".join(text for part in value if (text := _text(part)))
    return str(value)
