"""Imports in words: where a run stands, what a file would do, and what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from blueprints.staff.frame import Here
from webapp.foundation.clock import london
from webapp.foundation.words import short_day_words, staff_time
from webapp.people.queries.imports import RunRow
from webapp.people.rules.files import PERMISSION_OF, Counts, FieldChange, ImportKind, RunState
from webapp.people.rules.files.hidden import HIDDEN, may_read_column

KIND_WORDS = {
    ImportKind.PUPILS: ("Pupils", "The whole roll, or a part of it if you say so."),
    ImportKind.CONTACTS: ("Contacts", "Parents and carers, one row an adult and child."),
    ImportKind.STAFF: ("Staff", "Who works here, with which roles."),
    ImportKind.CALENDAR: ("Calendar", "Terms, half-terms, INSET days and bank holidays."),
    ImportKind.MARKS: ("Marks", "Attendance codes, one row a session or many."),
}
_NOUNS = {
    ImportKind.PUPILS: ("pupil", "pupils"), ImportKind.CONTACTS: ("link", "links between adults and children"),
    ImportKind.STAFF: ("member of staff", "staff"), ImportKind.CALENDAR: ("entry", "entries"),
    ImportKind.MARKS: ("mark", "marks"),
}  # fmt: skip
_ENDED = {ImportKind.PUPILS: ("would leave", "left")}
_STATES = {
    RunState.CHECKING: ("wait", "Being checked"), RunState.READY: ("agreed", "Ready to bring in"),
    RunState.REFUSED: ("missing", "Needs mending"), RunState.APPLYING: ("wait", "Being brought in"),
    RunState.APPLIED: ("in", "Brought in"), RunState.ABANDONED: ("quiet", "Given up"),
    RunState.FAILED: ("missing", "Stopped"),
}  # fmt: skip
UNDER_WAY = frozenset({RunState.CHECKING, RunState.APPLYING})


def kinds_of(at: Here) -> list[ImportKind]:
    """What the viewer may bring in at this school."""
    return [kind for kind in ImportKind if at.may(PERMISSION_OF[kind])]


def status_of(run: RunRow) -> tuple[str, str]:
    """The kind of its sign, and its word."""
    return _STATES[run.state]


def nouns(kind: ImportKind, number: int) -> str:
    one, many = _NOUNS[kind]
    return one if number == 1 else many


def result_words(run: RunRow) -> str:
    """One line of what a file did or would do; empty where nothing is known yet."""
    counts = run.counts
    if run.state is RunState.REFUSED:
        return f"{counts.rejected:,} to mend"
    if run.state not in (RunState.READY, RunState.APPLIED):
        return ""
    parts = [f"{number:,} {word}" for number, word in _parts(run.kind, counts) if number]
    return ", ".join(parts) or "Nothing new"


def would_change_nothing(run: RunRow) -> bool:
    """The file may be brought in, and all of it is here as it stands there."""
    return run.state is RunState.READY and not any(number for number, _ in _parts(run.kind, run.counts))


def _parts(kind: ImportKind, counts: Counts) -> Sequence[tuple[int, str]]:
    return (
        (counts.new, "new"), (counts.changed, "changed"), (counts.removed, "leaving" if kind in _ENDED else "ending"),
        (counts.conflicts, "in conflict"), (counts.left_out, "left out"),
    )  # fmt: skip


def count_figures(run: RunRow) -> list[dict[str, Any]]:
    """The counts of a preview, each beside what it counts."""
    counts, done = run.counts, run.state is RunState.APPLIED
    ended = _ENDED.get(run.kind, ("would end", "ended"))[done]
    rows = [
        (counts.new, "new", ""), (counts.changed, "changed", ""), (counts.unchanged, "as they are", ""),
        (counts.removed, ended, f"of {counts.of:,} here"),
    ]  # fmt: skip
    if counts.conflicts:
        rows.append((counts.conflicts, "in conflict", "kept as they are here"))
    if counts.left_out:
        rows.append((counts.left_out, "left out", "not on roll, or no mark"))
    shown = [row for row in rows if row[1] != ended or counts.of]
    return [{"value": f"{value:,}", "unit": unit, "note": note} for value, unit, note in shown]


def when_staged(run: RunRow) -> str:
    """Tue 16 June 07:41."""
    return _when(run.applied_at or run.staged_at)


def who_and_when(run: RunRow) -> list[tuple[str, str, str]]:
    """Who chose the file and when; then who brought it in, in the order in which it happened."""
    found = [("chosen by", run.staged.by, _when(run.staged_at))]
    if run.applied_at is not None:
        found.append(("brought in by", run.actor_name, _when(run.applied_at)))
    return found


def changes_for(run: RunRow, at: Here) -> list[FieldChange]:
    """What the file changes, as far as the viewer may know it."""
    return [each.seen_with(at.permissions) for each in run.preview.changes]


def columns_for(run: RunRow, at: Here) -> list[tuple[str, tuple[str, ...]]]:
    """The first rows of the file, heading by heading, as far as the viewer may read them."""
    found = zip(run.preview.headings, zip(*run.preview.rows, strict=True), strict=True)
    return [
        (heading, cells if may_read_column(run.kind, heading, at.permissions) else (HIDDEN,) * len(cells))
        for heading, cells in found
    ]


def ending_words(run: RunRow) -> str:
    """What becomes of whoever the file leaves out."""
    return "Leaves the roll" if run.kind in _ENDED else "Ends"


def _when(instant: datetime) -> str:
    """An instant of the school's day, kept in school time: the demo's ticks from the chosen morning."""
    moment = london(instant)
    return f"{short_day_words(moment.date())} {staff_time(moment)}"
