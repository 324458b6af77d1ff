"""A file of a school's calendar: terms, and the days inside them on which school is closed."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.people.rules.files.cells import read_date
from webapp.people.rules.files.columns import Field, Layout
from webapp.people.rules.files.kinds import ImportKind
from webapp.people.rules.files.rows import Reading, RowReader
from webapp.people.rules.files.tables import read_table
from webapp.people.rules.session_days import CalendarEvent, EventKind, Term, read_year_groups

CALENDAR = Layout(
    ImportKind.CALENDAR,
    (
        Field("kind", "Type", ("kind", "event type", "category", "event"), needed=True),
        Field("name", "Name", ("title", "description", "reason", "details", "term name")),
        Field("starts_on", "First day", ("start date", "start", "from", "date", "starts", "first date"), needed=True),
        Field("ends_on", "Last day", ("end date", "end", "to", "until", "ends", "last date")),
        Field("half", "Half", ("session", "am/pm", "ampm", "part of day")),
        Field("year_groups", "Year groups", ("years", "year group", "year", "for years")),
    ),
)
_TERM = "term"
_KINDS: dict[str, EventKind | str] = {
    word: kind
    for kind, words in {
        _TERM: ("term", "school term", "term dates", "term time"),
        EventKind.INSET: ("inset", "inset day", "training day", "staff training", "staff training day", "baker day"),
        EventKind.BANK_HOLIDAY: ("bank holiday", "bank_holiday", "public holiday"),
        EventKind.HALF_TERM: ("half term", "half-term", "half_term", "half term holiday", "half-term holiday"),
        EventKind.CLOSURE_PLANNED: (
            "closure", "planned closure", "closure_planned", "closed", "polling station", "school closure",
        ),
        EventKind.CLOSURE_UNPLANNED: (
            "unplanned closure", "closure_unplanned", "unexpected closure", "emergency closure", "snow day",
        ),
    }.items()
    for word in words
}  # fmt: skip
_HALVES = {
    "": BOTH_HALVES, "all": BOTH_HALVES, "all day": BOTH_HALVES, "day": BOTH_HALVES, "am": (Half.AM,),
    "morning": (Half.AM,), "pm": (Half.PM,), "afternoon": (Half.PM,),
}  # fmt: skip
_LONGEST_TERM = 190
_LONGEST_EVENT = 60
_SAY_KIND = "Write term, INSET, bank holiday, half term, planned closure or unplanned closure."


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A term or an event, as the calendar has them."""

    line: int
    value: Term | CalendarEvent


def read_calendar(data: bytes) -> Reading[CalendarRow]:
    """The calendar of a file. Raises FileRefused for one that cannot be read at all."""
    reader = RowReader(read_table(data, CALENDAR))
    rows: list[CalendarRow] = []
    seen: dict[object, int] = {}
    for row in reader.rows():
        found = _read_one(row)
        if found is None:
            continue
        before = seen.setdefault(key_of(found), row.line)
        if before != row.line:
            reader.reject("starts_on", f"Line {before} says the same. Give each once.")
            continue
        rows.append(CalendarRow(row.line, found))
    return reader.done(rows)


def key_of(value: Term | CalendarEvent) -> tuple[object, ...]:
    """What makes a term or an event the same one in two files."""
    if isinstance(value, Term):
        return _TERM, value.starts_on
    return value.kind, value.starts_on, value.halves, value.year_groups


def _read_one(row: RowReader) -> Term | CalendarEvent | None:
    row.need("kind")
    kind = row.word("kind", _KINDS, _SAY_KIND)
    name = row.text("name", 60 if kind == _TERM else 200)
    starts_on = row.need_cell("starts_on", read_date)
    ends_on = row.date("ends_on")
    halves = row.word("half", _HALVES, "Write AM, PM or All day, or leave it empty.") or BOTH_HALVES
    years = row.read("year_groups", read_year_groups)
    if not row.is_good or kind is None or starts_on is None:
        return None
    if kind == _TERM and ends_on is None:
        row.reject("ends_on", "Enter the last day of the term.")
        return None
    last = ends_on or starts_on
    days = (last - starts_on).days + 1
    if days < 1:
        row.reject("ends_on", "The last day is before the first day. Check both.")
        return None
    if days > (_LONGEST_TERM if kind == _TERM else _LONGEST_EVENT):
        row.reject("ends_on", f"That is {days:,} days. Check the year of both days.")
        return None
    if isinstance(kind, EventKind):
        return CalendarEvent(kind, starts_on, last, halves, years, name)
    if halves != BOTH_HALVES or years is not None:
        row.reject("half" if halves != BOTH_HALVES else "year_groups", "A term is for whole days and every year.")
        return None
    if not name:
        row.reject("name", "Enter the name of the term, like Autumn.")
        return None
    return Term(name, starts_on, last)
