"""What the caches of weeks and years must hold, from the marks alone. Imports nothing of the product.

Written from reference 1 and 2: the class of each code, one letter a line, and plain counting.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

PRESENT, AUTHORISED, UNAUTHORISED, UNCOUNTED = "present", "authorised", "unauthorised", "uncounted"
CLASS = {
    "/": PRESENT, "\\": PRESENT, "L": PRESENT, "K": PRESENT, "V": PRESENT, "P": PRESENT, "W": PRESENT, "B": PRESENT,
    "C1": AUTHORISED, "M": AUTHORISED, "J1": AUTHORISED, "S": AUTHORISED, "C2": AUTHORISED, "C": AUTHORISED,
    "T": AUTHORISED, "R": AUTHORISED, "I": AUTHORISED, "E": AUTHORISED,
    "G": UNAUTHORISED, "N": UNAUTHORISED, "O": UNAUTHORISED, "U": UNAUTHORISED,
    "D": UNCOUNTED, "X": UNCOUNTED, "Q": UNCOUNTED, "Y1": UNCOUNTED, "Y2": UNCOUNTED, "Y3": UNCOUNTED,
    "Y4": UNCOUNTED, "Y5": UNCOUNTED, "Y6": UNCOUNTED, "Y7": UNCOUNTED, "Z": UNCOUNTED, "#": UNCOUNTED,
    # Before 19 August 2024 only.
    "H": AUTHORISED, "J": PRESENT, "Y": UNCOUNTED,
}  # fmt: skip
SYMBOL = {code: code for code in CLASS if len(code) == 1} | {
    "C1": "c", "C2": "p", "J1": "j", "Y1": "1", "Y2": "2", "Y3": "3", "Y4": "4", "Y5": "5", "Y6": "6", "Y7": "7",
}  # fmt: skip

# possible, present, authorised, unauthorised, late, unresolved, illness
Counts = tuple[int, int, int, int, int, int, int]
OracleMark = tuple[int, date, int, str | None]


def count(codes: Iterable[str]) -> Counts:
    """The seven counts of some marks."""
    codes = list(codes)
    present, authorised, unauthorised = (
        sum(1 for code in codes if CLASS[code] == wanted) for wanted in (PRESENT, AUTHORISED, UNAUTHORISED)
    )
    late = sum(1 for code in codes if code in ("L", "U"))
    possible = present + authorised + unauthorised
    return possible, present, authorised, unauthorised, late, codes.count("N"), codes.count("I")


def weeks(marks: Iterable[OracleMark]) -> dict[tuple[int, date], tuple[Counts, str]]:
    """By enrolment and Monday: the counts, and the week as fourteen symbols from Monday morning to Sunday afternoon."""
    sessions: dict[tuple[int, date], dict[int, str]] = {}
    for enrolment, day, half, code in marks:
        if code is not None:
            monday = day
            while monday.weekday() != 0:
                monday -= timedelta(days=1)
            sessions.setdefault((enrolment, monday), {})[2 * (day - monday).days + half] = code
    return {
        key: (count(week.values()), "".join(SYMBOL[week[slot]] if slot in week else "." for slot in range(14)))
        for key, week in sessions.items()
    }


def years(marks: Iterable[OracleMark]) -> dict[tuple[int, int], Counts]:
    """By enrolment and academic year (1 August to 31 July, named by its first): the counts, where any counts."""
    codes: dict[tuple[int, int], list[str]] = {}
    for enrolment, day, _half, code in marks:
        if code is not None:
            codes.setdefault((enrolment, day.year - (day.month < 8)), []).append(code)
    return {key: count(each) for key, each in codes.items() if count(each)[0] > 0}
