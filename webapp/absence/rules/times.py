"""Days and times as people type them; instants as families read them."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from webapp.foundation.words import time_words

LONDON = ZoneInfo("Europe/London")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = re.compile(r"(\d{1,2})(?:[.:h ]?(\d{2}))?(am|pm)?")
_DAY = re.compile(r"(\d{1,2})[ ./-]+(\d{1,2}|[a-z]{3,9})[ ./-]+(\d{4}|\d{2})")


def read_day(typed: str) -> date | None:
    """2026-06-16, 16 6 2026, 16/06/26, 16 June 2026; None for anything else or a day that no calendar has."""
    text = " ".join(typed.split()).lower()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
        found = _DAY.fullmatch(text)
        if found is None or not text.isascii():
            return None
        month = int(found[2]) if found[2].isdigit() else _MONTHS.index(found[2][:3]) + 1
        year = int(found[3])
        return date(year + 2000 if year < 100 else year, month, int(found[1]))
    except ValueError:
        return None


def read_time(typed: str) -> time | None:
    """9.30, 0930, 9:30am, 930, 2pm; None for anything else.

    Without am or pm, 1 to 6 are afternoon: no school day begins before seven.
    """
    text = "".join(typed.split()).lower().replace("a.m.", "am").replace("p.m.", "pm")
    if not text.isascii():
        return None
    if re.fullmatch(r"\d{3,4}", text):
        text = f"{text[:-2]}:{text[-2:]}"
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    elif 1 <= hour <= 6 and not found[1].startswith("0"):
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def clock_words(at: datetime) -> str:
    """7:41am, of an instant."""
    return time_words(at.astimezone(LONDON))


def local_day(at: datetime) -> date:
    """The date in London at an instant."""
    return at.astimezone(LONDON).date()
