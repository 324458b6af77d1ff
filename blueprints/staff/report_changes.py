"""What a report said before its family changed it, as far as the viewer may read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from webapp.absence.queries.pages import ChangeLine
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.sight import shown
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.rules.roles import Permission


@dataclass(frozen=True, slots=True)
class Before:
    """One change: when, by whom, and what stood until then; ``words`` are the family's own."""

    at: datetime
    by: str
    said: str
    words: str


def changes_shown(
    found: Sequence[ChangeLine], *, danger: bool, permissions: Collection[Permission]
) -> list[Before]:
    """Oldest first. Words of danger in the report as it is now hide what it said before, too."""
    return [_before(each, danger, permissions) for each in found]


def _before(each: ChangeLine, danger: bool, permissions: Collection[Permission]) -> Before:
    was = each.before
    text = shown(
        reason=was.get("reason") or "other", symptoms=was.get("symptoms") or "", words=was.get("words") or "",
        danger=danger, permissions=permissions,
    )  # fmt: skip
    parts = [text.why, *_when(was)] if was.get("reason") else _when(was)
    return Before(each.at, each.by, ", ".join(parts), text.words)


def _when(was: dict[str, str]) -> list[str]:
    if not was.get("kind"):
        return []
    first, last = date.fromisoformat(was["starts_on"]), date.fromisoformat(was["ends_on"])
    days = short_day_words(first) + (f" to {short_day_words(last)}" if last != first else "")
    parts = [Kind(was["kind"]).label.lower(), days]
    parts += [f"leaves {staff_time(time.fromisoformat(was['leaves_at']))}"] if was.get("leaves_at") else []
    parts += [f"in at {staff_time(time.fromisoformat(was['arrives_at']))}"] if was.get("arrives_at") else []
    return parts
