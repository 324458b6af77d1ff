"""A school year as a picture: weeks across, Monday to Friday down, each day a morning bar over an afternoon bar.

Five looks (``webapp.record.rules`` ``Code.picture``), each a class, so that dark, forced colours and paper can give it
another face; a sixth where no reason stands and the family has given one. A late mark keeps its look and loses a
corner. Every number is whole: small on the wire.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from markupsafe import Markup, escape

from webapp.foundation.sessions import BOTH_HALVES, Half
from webapp.people.rules.calendar import SchoolCalendar, Term, Why
from webapp.record.rules.codes import CODES, YearLook
from webapp.record.rules.weeks import EMPTY_WEEK, NO_MARK, SYMBOL_OF, week_start

_SCHOOL_DAYS = 5
_LABELS, _PITCH, _GAP = 14, 24, 12
_WIDE, _HIGH, _DAY, _AFTERNOON = 22, 8, 20, 9
_HEIGHT = _SCHOOL_DAYS * _DAY - 2


class YearLayout(StrEnum):
    """``ROW``: one term beside another where there is room (60em), below each other elsewhere."""

    STACKED = "stacked"
    ROW = "row"


class WeekRow(NamedTuple):
    """One row of the cache of weeks: its Monday, and fourteen symbols as ``weeks.pack_week`` writes them."""

    week: date
    codes: str


class YearDrawing(NamedTuple):
    """How a half day is drawn: the look's class, and whether a corner is cut off for a late arrival."""

    css_class: str
    late: bool


_CLASSES = {
    YearLook.IN_SCHOOL: "year-in",
    YearLook.ACCEPTED: "year-accepted",
    YearLook.NOT_ACCEPTED: "year-not",
    YearLook.NO_REASON: "year-open",
    YearLook.NOT_COUNTED: "year-none",
}
_TOLD_CLASS = "year-told"
_ORDER = (*_CLASSES.values(), _TOLD_CLASS, "year-stripe", "year-cross")
# Beside the symbols of codes: nothing to draw, a session that was not held, and one that the family has explained.
_EMPTY, _CLOSED, _TOLD = "_", "~", "?"
_WITHOUT_MARK = {
    NO_MARK: YearDrawing("year-open", False), _CLOSED: YearDrawing("year-none", False),
    _TOLD: YearDrawing(_TOLD_CLASS, False),
}  # fmt: skip
_OPEN = frozenset({NO_MARK, *(SYMBOL_OF[code.code] for code in CODES if code.picture is YearLook.NO_REASON)})
DRAWINGS: Mapping[str, YearDrawing] = MappingProxyType(
    {SYMBOL_OF[code.code]: YearDrawing(_CLASSES[code.picture], code.is_late) for code in CODES}
)
_LETTERS = MappingProxyType({symbol: code for code, symbol in SYMBOL_OF.items()})
# Order of the sentence; what does not count is not counted out loud, because Y5 (detention) is among it.
_WORDS = (
    ("year-in", "in school"),
    ("year-accepted", "away, reason accepted"),
    ("year-not", "away, not accepted"),
    ("year-open", "no reason yet"),
    (_TOLD_CLASS, "told to school, not recorded yet"),
)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The columns of one term: (Monday, left edge), with a gap for half-term; ``right`` is where the last one ends."""

    columns: tuple[tuple[date, int], ...]
    right: int


@lru_cache(maxsize=256)
def _frame(term: Term, calendar: SchoolCalendar, year_group: int | None) -> _Frame:
    columns: list[tuple[date, int]] = []
    x, gap_before = _LABELS, False
    monday = week_start(term.starts_on)
    while monday <= term.ends_on:
        if _is_half_term(monday, calendar, year_group):
            gap_before = bool(columns)
        else:
            x += _GAP if gap_before else 0
            columns.append((monday, x))
            x, gap_before = x + _PITCH, False
        monday += timedelta(days=7)
    return _Frame(tuple(columns), x)


def _is_half_term(monday: date, calendar: SchoolCalendar, year_group: int | None) -> bool:
    days = (monday + timedelta(days=number) for number in range(_SCHOOL_DAYS))
    return all(calendar.session(day, half, year_group).why is Why.HALF_TERM for day in days for half in BOTH_HALVES)


def year_picture(
    weeks: Sequence[WeekRow],
    terms: Sequence[Term],
    calendar: SchoolCalendar,
    today: date,
    *,
    for_parent: bool,
    layout: YearLayout | str = YearLayout.STACKED,
    year_group: int | None = None,
    since: date | None = None,
    until: date | None = None,
    told: Collection[tuple[date, Half]] = (),
    rtl: bool = False,
    day_letters: str = "MTWTF",
) -> Markup:
    """The picture of the terms that have begun by ``today``; nothing where none has.

    ``since`` and ``until`` bound the enrolment, both included: outside it a day is empty, like a day to come. A past
    session that was held and has no mark is drawn as having no reason yet; today's is empty until it is marked.
    ``told``: sessions for which the family has given a reason, drawn so while school has recorded none. Each
    term carries its own title and description: for a parent in words, for staff with the codes as well. ``rtl`` runs
    the weeks from the right. Raises ValueError for a layout that is neither stacked nor row.
    """
    rows = {row.week: row.codes for row in weeks}
    begun = [term for term in terms if term.starts_on <= today]
    frames = [_frame(term, calendar, year_group) for term in begun]
    width = max((frame.right for frame in frames), default=0)
    drawn = []
    for term, frame in zip(begun, frames, strict=True):
        first, last = max(term.starts_on, since or date.min), min(term.ends_on, until or date.max, today)
        settled = (
            (x, monday, _settle(monday, rows.get(monday, EMPTY_WEEK), first, last, calendar, year_group, today))
            for monday, x in frame.columns
        )
        weeks_of_term = [(x, _said(monday, symbols, told)) for x, monday, symbols in settled]
        drawn.append(_term(term, weeks_of_term, width, for_parent=for_parent, rtl=rtl, day_letters=day_letters))
    kind = " year__terms--row" if YearLayout(layout) is YearLayout.ROW else ""
    # Put together as text: `Markup.format` took four fifths of the time. `_term` escapes what people wrote.
    return Markup(f'<div class="year__terms{kind}">{"".join(drawn)}</div>')  # noqa: S704


def _settle(
    monday: date, codes: str, first: date, last: date, calendar: SchoolCalendar, year_group: int | None, today: date
) -> str:
    """The ten symbols of Monday to Friday, with what has no mark told apart: empty, no school, not marked."""
    school_week = codes[: 2 * _SCHOOL_DAYS]
    if NO_MARK not in school_week and first <= monday and monday + timedelta(days=_SCHOOL_DAYS - 1) <= last:
        return school_week
    settled = []
    for number in range(_SCHOOL_DAYS):
        day = monday + timedelta(days=number)
        for half in BOTH_HALVES:
            symbol = codes[number * 2 + half.index]
            if not first <= day <= last:
                symbol = _EMPTY
            elif symbol == NO_MARK:
                open_ = calendar.is_open(day, half, year_group)
                symbol = _CLOSED if not open_ else _EMPTY if day == today else NO_MARK
            settled.append(symbol)
    return "".join(settled)


def _said(monday: date, symbols: str, told: Collection[tuple[date, Half]]) -> str:
    """The same symbols; one without a reason that the family has explained is told apart."""
    if not told:
        return symbols
    return "".join(
        _TOLD if symbol in _OPEN and (monday + timedelta(days=slot // 2), BOTH_HALVES[slot % 2]) in told else symbol
        for slot, symbol in enumerate(symbols)
    )


def _term(
    term: Term, weeks: Sequence[tuple[int, str]], width: int, *, for_parent: bool, rtl: bool, day_letters: str
) -> str:
    name = escape(term.name)
    words = _words("".join(symbols for _, symbols in weeks), for_parent=for_parent)
    mirror = f' transform="matrix(-1 0 0 1 {width} 0)"' if rtl else ""
    return (
        f'<div class="year__term"><p class="year__name">{name}</p>'
        f'<svg class="year__picture" viewBox="0 0 {width} {_HEIGHT}" role="img" direction="{"rtl" if rtl else "ltr"}">'
        f"<title>{name}</title><desc>{escape(words)}</desc>{_letters_at(day_letters, width if rtl else 0)}"
        f"<g{mirror}>{_paths(weeks)}</g></svg></div>"
    )


@lru_cache(maxsize=256)
def _letters_at(day_letters: str, x: int) -> str:
    return "".join(
        f'<text x="{x}" y="{number * _DAY + 12}">{escape(letter)}</text>'
        for number, letter in enumerate(day_letters[:_SCHOOL_DAYS])
    )


def _paths(weeks: Sequence[tuple[int, str]]) -> str:
    """One path a look, and one for the lines inside the bars."""
    shapes: dict[str, list[str]] = {}
    for x, symbols in weeks:
        for look, shape in _week(x, symbols):
            shapes.setdefault(look, []).append(shape)
    return "".join(f'<path class="{look}" d="{"".join(shapes[look])}"/>' for look in _ORDER if look in shapes)


# Most weeks of most pupils are one of few: kept, a picture is a matter of joining.
@lru_cache(maxsize=8192)
def _week(x: int, symbols: str) -> tuple[tuple[str, str], ...]:
    shapes: dict[str, str] = {}
    for slot, symbol in enumerate(symbols):
        if symbol == _EMPTY:
            continue
        look, late = DRAWINGS.get(symbol) or _WITHOUT_MARK[symbol]
        y = slot // 2 * _DAY + slot % 2 * _AFTERNOON
        shapes[look] = shapes.get(look, "") + _shape(look, x, y, late=late)
        if look == "year-accepted":
            stripes = "".join(f"M{x + start} {y + _HIGH - 1}l6-6" for start in (1, 6, 11, 15))
            shapes["year-stripe"] = shapes.get("year-stripe", "") + stripes
        elif look == "year-not":
            shapes["year-cross"] = shapes.get("year-cross", "") + f"M{x + 9} {y + 2}l4 4m0-4l-4 4"
    return tuple(shapes.items())


def _shape(look: str, x: int, y: int, *, late: bool) -> str:
    if look == "year-none":
        return f"M{x + 11} {y + 4}h0"
    if look in ("year-accepted", "year-open"):
        # The outline is drawn inside the bar's edge.
        return f"M{x + 1} {y + 1}h{_WIDE - 2}v{_HIGH - 2}h-{_WIDE - 2}z"
    if look == _TOLD_CLASS:
        return f"M{x + 1} {y + 1}h{_WIDE - 2}v{_HIGH - 2}h-{_WIDE - 2}zm6 3h8"
    if late:
        return f"M{x + 7} {y}h{_WIDE - 7}v{_HIGH}h-{_WIDE}v-1z"
    return f"M{x} {y}h{_WIDE}v{_HIGH}h-{_WIDE}z"


def _words(symbols: str, *, for_parent: bool) -> str:
    numbers = Counter(symbols)
    looks: Counter[str] = Counter()
    for symbol, number in numbers.items():
        if symbol != _EMPTY:
            looks[(DRAWINGS.get(symbol) or _WITHOUT_MARK[symbol]).css_class] += number
    said = ", ".join(f"{looks[look]} {words}" for look, words in _WORDS if looks[look])
    text = f"Half days: {said}." if said else "No half days yet."
    codes = sorted((_LETTERS[symbol], number) for symbol, number in numbers.items() if symbol in _LETTERS)
    if codes and not for_parent:
        text += " Codes: " + ", ".join(f"{code} {number}" for code, number in codes) + "."
    return text
