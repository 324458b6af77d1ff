"""The columns of a file of marks, one row a session of a pupil."""

from __future__ import annotations

from webapp.people.rules.files.columns import Field, Layout
from webapp.people.rules.files.kinds import ImportKind
from webapp.people.rules.files.pupils import ADMISSION_NUMBER, UPN

MARKS = Layout(
    ImportKind.MARKS,
    (
        UPN,
        ADMISSION_NUMBER,
        Field("date", "Date", ("mark date", "attendance date", "session date", "day"), needed=True),
        Field("session", "Session", ("am/pm", "ampm", "half", "session name", "am or pm"), needed=True),
        Field("code", "Code", ("mark", "attendance code", "attendance mark", "mark code", "att code"), needed=True),
        Field("minutes_late", "Minutes late", ("mins late", "late minutes", "minutes", "mins")),
        Field("comment", "Comment", ("comments", "note", "notes", "mark comment", "reason")),
    ),
    one_of=(("upn", "admission_number"),),
)

# Empty cells, and the signs by which school systems say that nobody has marked this session.
NO_MARK_WORDS = frozenset({"", "-", "--", "no mark", "missing mark"})
