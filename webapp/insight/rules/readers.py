"""What a reader of the trail is shown of each entry: whole, as work on a record, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.foundation.words import short_day_words
from webapp.insight.rules.deeds import OTHERS, Reach, words_of
from webapp.insight.rules.pages import page_words
from webapp.people.rules.roles import Permission

OF_FAMILIES = frozenset({"contact", "pupil"})
A_FAMILY = "Somebody of a family"
_HALVES = ("morning", "afternoon")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose trail somebody reads. ``schools`` are all that they read of, ``children`` those at which they see any
    pupil, ``safeguarding`` those of which they read what is for the safeguarding leads. ``whole``: the organisation's,
    with what belongs to no school."""

    schools: frozenset[int]
    children: frozenset[int]
    safeguarding: frozenset[int]
    whole: bool = False

    def sees_children(self, school_id: int | None) -> bool:
        """Whether deeds about a child are read with their words; of no school, only by who sees every school's."""
        return self._holds(self.children, school_id)

    def sees_safeguarding(self, school_id: int | None) -> bool:
        return self._holds(self.safeguarding, school_id)

    def _holds(self, where: frozenset[int], school_id: int | None) -> bool:
        return school_id in where if school_id is not None else self.whole and where == self.schools


def reader_of(permissions: Mapping[int, Collection[Permission]], *, whole: bool = False) -> Reader:
    """The reader who holds these permissions, by school; a school without ``VIEW_TRAIL`` is left out."""
    held = {school: those for school, those in permissions.items() if Permission.VIEW_TRAIL in those}
    return Reader(
        frozenset(held),
        frozenset(school for school, those in held.items() if Permission.VIEW_PUPIL_TRAIL in those),
        frozenset(school for school, those in held.items() if Permission.VIEW_SAFEGUARDING_TRAIL in those),
        whole,
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in one entry, as far as a page may need it."""

    actor_kind: str
    actor_name: str
    actor_position: str
    action: str
    school_id: int | None
    pupil_name: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """An entry as one reader is told it. ``whole`` is False where only the kind of work is said."""

    who: str
    what: str
    whom: str
    more: str
    whole: bool


def said_to(reader: Reader, entry: Entry) -> Said | None:
    """The entry in this reader's words; None where it is not for them."""
    deed = words_of(entry.action)
    if deed.reach is Reach.SAFEGUARDING and not reader.sees_safeguarding(entry.school_id):
        return None
    sees_children = reader.sees_children(entry.school_id)
    if deed.reach is Reach.CHILD and not sees_children:
        who = A_FAMILY if entry.actor_kind in OF_FAMILIES else _named(entry)
        return Said(who, OTHERS, "", "", whole=False)
    if entry.actor_kind in OF_FAMILIES and not sees_children:
        return Said(A_FAMILY, deed.words, "", "", whole=False)
    whom = entry.pupil_name if sees_children else ""
    page = page_words(str(entry.detail.get("page", "")))
    return Said(_named(entry), f"{deed.words} {page}".strip(), whom, detail_words(entry.detail), whole=True)


def _named(entry: Entry) -> str:
    return ", ".join(part for part in (entry.actor_name, entry.actor_position) if part)


def detail_words(detail: Mapping[str, Any]) -> str:
    """The plain values of an entry that a page says; what is not listed here stays in the entry."""
    said = []
    if isinstance(detail.get("date"), str):
        half = detail.get("half")
        part = f" {_HALVES[half]}" if half in (0, 1) else ""
        said.append(f"{_day(detail['date'])}{part}")
    if isinstance(detail.get("key"), str):
        said.append(f"{detail['key']}: {detail.get('before') or 'nothing'} to {detail.get('value') or 'nothing'}")
    if isinstance(detail.get("changed"), int):
        said.append(f"{detail['changed']} marks")
    said += [str(detail[name]) for name in ("role", "reason", "to") if isinstance(detail.get(name), str)]
    return ", ".join(said)


def _day(written: str) -> str:
    try:
        return short_day_words(date.fromisoformat(written))
    except ValueError:
        return written
