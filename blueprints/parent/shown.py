"""What a page has just said to a parent, child by child: noted, so that it can be drawn again as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from blueprints.parent.frame import main_place
from blueprints.pictures import WeekRow
from webapp.accounts.queries.parents import ParentViewer, ViewerChild
from webapp.foundation.sessions import Half
from webapp.insight.rules.shown import Facts, lines_of
from webapp.insight.services.noting import Whom, note_shown
from webapp.record.rules.codes import CODES, Code, YearLook, find_code_ever
from webapp.record.rules.weeks import NO_MARK, SYMBOL_OF, unpack_week

_LOOKS = {
    YearLook.IN_SCHOOL: "In school", YearLook.ACCEPTED: "Away, reason accepted",
    YearLook.NOT_ACCEPTED: "Away, not accepted", YearLook.NO_REASON: "No reason yet",
    YearLook.NOT_COUNTED: "No school, or does not count",
}  # fmt: skip


def _drawn(code: Code) -> str:
    """A code as the picture of the year draws it, in the words of its key."""
    return "In school, came late" if code.is_late and code.picture is YearLook.IN_SCHOOL else _LOOKS[code.picture]


PICTURED: Mapping[str, str] = MappingProxyType({SYMBOL_OF[code.code]: _drawn(code) for code in CODES})
_SPOKEN_FOR = frozenset(
    {NO_MARK, *(SYMBOL_OF[code.code] for code in CODES if code.picture is YearLook.NO_REASON)}
)  # fmt: skip
"""Where a report's words stand in the place of the mark's."""


Said = Sequence[str | None]


def card_lines(card: Mapping[str, Any] | None) -> tuple[str | None, ...]:
    """A child's card: what it says, and what it offers."""
    if card is None:
        return ()
    status = card["status"]["text"] if card["status"] else None
    offered = [action["text"] for action in card["actions"]]
    return (card["name"], card["place"], card["title"], status, card["says"], *offered)


def note_today(viewer: ParentViewer, today: Mapping[str, Any]) -> None:
    """Today: the card, what waits and the year of each child, as ``today.load_today`` made them."""
    years = {year["id"]: year for year in today["years"]}
    for card in today["cards"]:
        child = viewer.find_child(card["id"])
        if child is not None:
            waits = [f"{one['text']}: {one['note']}" for one in today["waiting"] if one["child"] == card["id"]]
            note_child(child, "home", (*card_lines(card), *waits), years.get(card["id"]))


def note_child(
    child: ViewerChild, page: str, lines: Said, year: Mapping[str, Any] | None = None
) -> None:
    """A page about one child, with the picture of their year where the page has it.

    Nearly every look says what was noted already: no more is done here than its hash needs.
    """
    said = (*lines, *((year["says"], year["detail"], *year["told"]) if year else ()))
    weeks: Sequence[WeekRow] = year["weeks"] if year else ()
    told = year["said"] if year else {}
    _note(
        child, page, hash((said, tuple(weeks), tuple(told.items()))),
        lambda: Facts(lines_of(said), tuple(weeks), _spoken_for(weeks, told), PICTURED),
    )  # fmt: skip


def note_of_nobody(viewer: ParentViewer, organisation_id: int, school_id: int, page: str, lines: Sequence[str]) -> None:
    """A page, or a part of one, that names no child."""
    contact = viewer.find_contact(organisation_id)
    if contact is not None:
        said = tuple(lines)
        whom = Whom(organisation_id, contact.id, None, page)
        note_shown(whom, contact.actor, school_id, hash(said), lambda: Facts(said))


Told = tuple[int, int, Sequence[int], Sequence[str]]
"""A message on a page: organisation, school, pupils, and its lines."""


def note_messages(viewer: ParentViewer, page: str, said: Iterable[Told]) -> None:
    """Messages as their words stood on a page, the newest first: noted of each child that one names."""
    of_child: dict[tuple[int, int], list[str]] = {}
    of_nobody: dict[tuple[int, int], list[str]] = {}
    for organisation_id, school_id, pupils, lines in said:
        for pupil_id in pupils:
            of_child.setdefault((organisation_id, pupil_id), []).extend(lines)
        if not pupils:
            of_nobody.setdefault((organisation_id, school_id), []).extend(lines)
    for key, lines in of_child.items():
        child = viewer.find_child_of(*key)
        if child is not None:
            note_child(child, page, lines)
    for key, lines in of_nobody.items():
        note_of_nobody(viewer, *key, page, lines_of(lines))


def note_days(child: ViewerChild, year: Mapping[str, Any], months: Iterable[Mapping[str, Any]]) -> None:
    """The year as a list, day by day in its words."""
    days = (
        f"{day} {month['name']}: {morning}, {afternoon}"
        for month in months
        for day, morning, afternoon in month["days"]
    )
    note_child(child, "year", lines_of(year["says"], year["detail"], days))


def _note(child: ViewerChild, page: str, mark: int, facts: Any) -> None:
    whom = Whom(child.organisation_id, child.contact.id, child.id, page)
    note_shown(whom, child.contact.actor, main_place(child).school.id, mark, facts)


def _spoken_for(
    weeks: Sequence[WeekRow], told: Mapping[tuple[date, Half], str]
) -> tuple[tuple[date, str, str], ...]:
    """Of the sessions that a report covers, those for which the page says the report's words."""
    if not told:
        return ()
    marked: set[tuple[date, str]] = set()
    for week in weeks:
        for (day, half), code in unpack_week(week.codes, week.week).items():
            found = find_code_ever(code)
            if found is not None and SYMBOL_OF[found.code] not in _SPOKEN_FOR:
                marked.add((day, half.value))
    return tuple((day, half.value, words) for (day, half), words in told.items() if (day, half.value) not in marked)
