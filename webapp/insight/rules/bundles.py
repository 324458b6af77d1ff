"""What is handed over: the gathered chapters with every line as it was decided. Its shape stands in
docs/data-protection/subject-access.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.insight.rules.requests import Choice
from webapp.insight.rules.third_parties import STRUCK

SHAPE = "firstbell-subject-access-1"


@dataclass(frozen=True, slots=True)
class Decided:
    """A line as it was decided; an empty choice gives nothing out."""

    choice: str
    struck: str | None = None


def resolve(gathered: Mapping[str, Any], decisions: Mapping[str, Decided]) -> dict[str, Any]:
    """The bundle. A row that is held back as a whole leaves no gap; a part of a row says that it is held back.

    ``gathered``: {about, chapters: [{title, tables: [{table, title, rows: [{line, fields: [[column, label, text,
    line]]}]}]}]}. A line that nobody has decided about is held back.
    """
    held = 0
    chapters = []
    for chapter in gathered["chapters"]:
        tables = []
        for table in chapter["tables"]:
            rows = []
            for row in table["rows"]:
                given, missing = _row(row, decisions)
                held += missing
                if given is not None:
                    rows.append(given)
            if rows:
                tables.append({"table": table["table"], "title": table["title"], "rows": rows})
        if tables:
            chapters.append({"title": chapter["title"], "tables": tables})
    return {"shape": SHAPE, "about": dict(gathered["about"]), "parts_held_back": held > 0, "chapters": chapters}


def _row(row: Mapping[str, Any], decisions: Mapping[str, Decided]) -> tuple[dict[str, Any] | None, int]:
    whole = decisions.get(row["line"], Decided("")) if row["line"] else None
    if whole is not None and whole.choice not in (Choice.RELEASE, Choice.STRIKE):
        return None, 1
    if whole is not None and whole.choice == Choice.STRIKE:
        return {"fields": [{"name": "row", "label": "Entry", "value": whole.struck or STRUCK}]}, 1
    fields, held = [], 0
    for name, label, text, line in row["fields"]:
        decided = decisions.get(line, Decided("")) if line else Decided(Choice.RELEASE)
        value = _value(text, decided)
        held += value != text
        fields.append({"name": name, "label": label, "value": value})
    return {"fields": fields}, held


def _value(text: str, decided: Decided) -> str:
    if decided.choice == Choice.RELEASE:
        return text
    if decided.choice == Choice.STRIKE and decided.struck is not None:
        return decided.struck
    return STRUCK
