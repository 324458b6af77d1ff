"""The component page: every component in every state, as parents and as staff see them. In the demo only."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, render_template, request
from markupsafe import Markup

from blueprints.pictures import WeekRow, year_picture
from webapp.people.rules.calendar import CalendarEvent, EventKind, SchoolCalendar, Term

components = Blueprint("demo_components", __name__, url_prefix="/demo/components")

_TODAY = date(2026, 6, 16)
_TERMS = (
    Term("Autumn term", date(2025, 9, 2), date(2025, 12, 19)),
    Term("Spring term", date(2026, 1, 5), date(2026, 3, 27)),
    Term("Summer term", date(2026, 4, 13), date(2026, 7, 21)),
)
_CALENDAR = SchoolCalendar(
    _TERMS,
    (
        CalendarEvent(EventKind.HALF_TERM, date(2025, 10, 27), date(2025, 10, 31)),
        CalendarEvent(EventKind.HALF_TERM, date(2026, 2, 16), date(2026, 2, 20)),
        CalendarEvent(EventKind.HALF_TERM, date(2026, 5, 25), date(2026, 5, 29)),
        CalendarEvent(EventKind.BANK_HOLIDAY, date(2026, 5, 4), date(2026, 5, 4)),
        CalendarEvent(EventKind.INSET, date(2025, 9, 2), date(2025, 9, 2)),
        CalendarEvent(EventKind.CLOSURE_UNPLANNED, date(2026, 1, 9), date(2026, 1, 9)),
    ),
)
_PRESENT = "/\\" * 5 + "...."
_WEEKS = {
    date(2025, 9, 1): "..../\\/\\/\\....",
    date(2025, 9, 29): "/\\IIIIII/\\....",
    date(2025, 10, 13): "L\\/\\/\\/\\/\\....",
    date(2025, 11, 24): "/\\/\\M\\/\\/\\....",
    date(2026, 1, 5): "/\\/\\/\\/\\44....",
    date(2026, 2, 2): "/\\/\\/\\IIII....",
    date(2026, 3, 9): "/\\/\\/\\/\\OO....",
    date(2026, 4, 20): "GG/\\/\\/\\/\\....",
    date(2026, 5, 4): "../\\/\\/\\/\\....",
    date(2026, 6, 1): "U\\/\\VV/\\/\\....",
    date(2026, 6, 8): "/\\/N/\\/\\/\\....",
    date(2026, 6, 15): "/\\............",
}
_LANGUAGES = {"en": "ltr", "ur": "rtl", "ar": "rtl", "pa": "ltr"}


def _year(*, for_parent: bool, layout: str, rtl: bool) -> Markup:
    weeks, monday = [], date(2025, 9, 1)
    while monday <= _TODAY:
        weeks.append(WeekRow(monday, _WEEKS.get(monday, _PRESENT)))
        monday += timedelta(days=7)
    return year_picture(weeks, _TERMS, _CALENDAR, _TODAY, for_parent=for_parent, layout=layout, rtl=rtl)


def _asked() -> dict[str, str | None]:
    """The way of seeing that the address asks for: ?theme=dark&lang=ur."""
    lang = request.args.get("lang", "en")
    lang = lang if lang in _LANGUAGES else "en"
    theme = request.args.get("theme")
    return {"lang": lang, "dir": _LANGUAGES[lang], "theme": theme if theme in ("light", "dark") else None}


@components.get("")
def parent() -> str:
    """Parents' components."""
    asked = _asked()
    picture = _year(for_parent=True, layout="row", rtl=asked["dir"] == "rtl")
    return render_template("demo/components.html", picture=picture, **asked)


@components.get("/staff")
def staff() -> str:
    """Staff's components."""
    asked = _asked()
    picture = _year(for_parent=False, layout="row", rtl=asked["dir"] == "rtl")
    return render_template("demo/staff_components.html", picture=picture, **asked)


@components.get("/link")
def link() -> str:
    """The single-task page's frame."""
    return render_template("demo/link_component.html", **_asked())


@components.get("/flow")
def flow() -> str:
    """A page in a flow, with an error."""
    return render_template("demo/flow_component.html", **_asked())
