"""The attendance and absence codes of England: what each means, how it counts, who may write it and when.

Source: regulation 10 and its table, School Attendance (Pupil Registration) (England) Regulations 2024 (SI 2024/208),
in force 19 August 2024; statistical class as in Working together to improve school attendance (DfE, August 2024).
H, J and plain Y ended on 18 August 2024 and stay readable for the marks of earlier years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

REGULATIONS_2024 = date(2024, 8, 19)
LAST_DAY_OF_OLD_CODES = date(2024, 8, 18)


class CodeClass(StrEnum):
    PRESENT = "present"
    APPROVED_ACTIVITY = "approved_activity"
    AUTHORISED = "authorised"
    UNAUTHORISED = "unauthorised"
    NOT_POSSIBLE = "not_possible"
    ADMINISTRATIVE = "administrative"


class Half(StrEnum):
    AM = "am"
    PM = "pm"


class Setter(StrEnum):
    """In which capacity a mark is written; a person may hold several."""

    REGISTER_TAKER = "register_taker"
    RECEPTION = "reception"
    OFFICE = "office"
    SCHOOL_LEADER = "school_leader"
    HEAD = "head"
    IMPORT = "import"


class YearLook(StrEnum):
    """The five looks of a half day in the year picture."""

    IN_SCHOOL = "in_school"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    NO_REASON = "no_reason"
    NOT_COUNTED = "not_counted"


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `valid_from` and `valid_to` are both inclusive, None is open-ended.

    `ahead`: may be written for a session that has not begun. `elsewhere`: an expectation that somebody at another place
    must confirm. `needs_note`: the nature of the provision or cause must be recorded beside it. `needs_leave`: a head
    of leave in regulation 11, which only an authorised person grants. `parent_words`: what a parent reads, never the
    letter; Y5 (detention) says nothing more than that it does not count.
    """

    code: str
    meaning: str
    code_class: CodeClass
    valid_from: date | None
    valid_to: date | None
    halves: frozenset[Half]
    setters: frozenset[Setter]
    ahead: bool
    elsewhere: bool
    needs_note: bool
    needs_leave: bool
    parent_words: str
    picture: YearLook

    @property
    def is_late(self) -> bool:
        """L or U: drawn with a cut corner in the year picture."""
        return self.code in ("L", "U")


class RecordRefused(ValueError):
    """What the record may not take. `str()` says why, `field` names the input at fault, `mend` what to do instead."""

    def __init__(self, message: str, *, field: str, mend: str) -> None:
        super().__init__(message)
        self.field = field
        self.mend = mend


class CodeRefused(RecordRefused):
    """A code that may not be used in this place."""


class UnknownCode(CodeRefused):
    """No code of any year."""


class RetiredCode(CodeRefused):
    """H, J or plain Y after 18 August 2024."""


class NotYetInForce(CodeRefused):
    """A code of the 2024 Regulations on a day before 19 August 2024."""


_P, _AEA, _AA = CodeClass.PRESENT, CodeClass.APPROVED_ACTIVITY, CodeClass.AUTHORISED
_UA, _NP, _ADM = CodeClass.UNAUTHORISED, CodeClass.NOT_POSSIBLE, CodeClass.ADMINISTRATIVE

_PICTURE = {
    _P: YearLook.IN_SCHOOL,
    _AEA: YearLook.IN_SCHOOL,
    _AA: YearLook.ACCEPTED,
    _UA: YearLook.NOT_ACCEPTED,
    _NP: YearLook.NOT_COUNTED,
    _ADM: YearLook.NOT_COUNTED,
}
_OFFICE = frozenset({Setter.OFFICE, Setter.SCHOOL_LEADER, Setter.HEAD, Setter.IMPORT})
_TAKER = _OFFICE | {Setter.REGISTER_TAKER}
_DOOR = _TAKER | {Setter.RECEPTION}
_HISTORY = frozenset({Setter.IMPORT})
_BOTH = frozenset(Half)


def _code(
    code: str,
    code_class: CodeClass,
    meaning: str,
    parent_words: str,
    *,
    setters: frozenset[Setter] = _OFFICE,
    halves: frozenset[Half] = _BOTH,
    picture: YearLook | None = None,
    since: date | None = None,
    until: date | None = None,
    ahead: bool = False,
    elsewhere: bool = False,
    note: bool = False,
    leave: bool = False,
) -> Code:
    return Code(
        code=code,
        meaning=meaning,
        code_class=code_class,
        valid_from=since,
        valid_to=until,
        halves=halves,
        setters=setters,
        ahead=ahead,
        elsewhere=elsewhere,
        needs_note=note,
        needs_leave=leave,
        parent_words=parent_words,
        picture=picture or _PICTURE[code_class],
    )


_NEW, _OLD = REGULATIONS_2024, LAST_DAY_OF_OLD_CODES

# Two words a row: what staff read, what a parent reads.
CODES: tuple[Code, ...] = (
    _code("/", _P, "Present, morning", "In school", setters=_TAKER, halves=frozenset({Half.AM})),
    _code("\\", _P, "Present, afternoon", "In school", setters=_TAKER, halves=frozenset({Half.PM})),
    _code("L", _P, "Late, before the register closed", "Came in late", setters=_DOOR),
    _code("K", _AEA, "Education arranged by the local authority", "Learning at a place arranged by the council",
          since=_NEW, ahead=True, elsewhere=True, note=True),
    _code("V", _AEA, "Educational visit or trip", "On a school trip", ahead=True, elsewhere=True),
    # P names its own nature (sport), so no note is asked for, unlike B and W.
    _code("P", _AEA, "Approved sporting activity", "At sport agreed by school", ahead=True, elsewhere=True),
    _code("W", _AEA, "Work experience", "On work experience", ahead=True, elsewhere=True, note=True),
    _code("B", _AEA, "Other approved educational activity off site", "Learning at another place agreed by school",
          ahead=True, elsewhere=True, note=True),
    _code("D", _NP, "At another school where also registered", "At their other school", ahead=True, elsewhere=True),
    _code("C1", _AA, "Leave: performance or employment abroad", "Performing or working, agreed by school",
          since=_NEW, ahead=True, leave=True),
    # Leave in law too, but no head of school decides a dentist: the office records it (ux.md, the board).
    _code("M", _AA, "Medical or dental appointment", "Doctor, dentist or hospital", ahead=True),
    _code("J1", _AA, "Leave: interview for employment or another school", "At an interview, agreed by school",
          since=_NEW, ahead=True, leave=True),
    _code("S", _AA, "Leave: studying for a public examination", "Studying for exams, agreed by school",
          ahead=True, leave=True),
    _code("X", _NP, "Not of compulsory school age, not required to attend", "Not due in school", ahead=True),
    _code("C2", _AA, "Leave: temporary part-time timetable", "On a part-time timetable agreed with school",
          since=_NEW, ahead=True, leave=True),
    _code("C", _AA, "Leave: other exceptional circumstance", "Time off agreed by school", ahead=True, leave=True),
    _code("T", _AA, "Parent travelling for occupational purposes", "Travelling for a parent's work", ahead=True),
    _code("R", _AA, "Religious observance", "Religious day", ahead=True),
    _code("I", _AA, "Illness", "Ill"),
    _code("E", _AA, "Suspended or permanently excluded", "Suspended or excluded", ahead=True),
    _code("Q", _NP, "Local authority's travel arrangement not made", "No transport from the council", since=_NEW),
    _code("Y1", _NP, "Transport normally provided not available", "School transport did not run", since=_NEW),
    _code("Y2", _NP, "Widespread disruption to travel", "Travel stopped by an emergency", since=_NEW),
    _code("Y3", _NP, "Part of the premises out of use", "Part of school was closed", since=_NEW),
    _code("Y4", _NP, "Whole school unexpectedly closed", "School closed unexpectedly", since=_NEW),
    _code("Y5", _NP, "Criminal justice detention", "Does not count", since=_NEW),
    _code("Y6", _NP, "Public health guidance or law on infection", "Kept away by public health rules", since=_NEW),
    _code("Y7", _NP, "Other unavoidable cause", "Could not come, and nobody could help it", since=_NEW, note=True),
    _code("G", _UA, "Holiday without leave", "Away on holiday, not agreed"),
    _code("N", _UA, "Reason not yet established", "No reason yet", setters=_TAKER, picture=YearLook.NO_REASON),
    _code("O", _UA, "Absent, none of the other codes applies", "Away, not agreed"),
    _code("U", _UA, "Late, after the register closed", "Came in after the register closed", setters=_DOOR),
    _code("Z", _ADM, "Not yet on the admission register", "Not yet at this school"),
    _code("#", _ADM, "Planned whole-school closure", "School closed", ahead=True),
    _code("H", _AA, "Leave: family holiday agreed (until August 2024)", "Holiday agreed by school",
          until=_OLD, setters=_HISTORY),
    _code("J", _AEA, "Interview (until August 2024)", "At an interview", until=_OLD, setters=_HISTORY),
    _code("Y", _NP, "Unable to attend, exceptional circumstances (until August 2024)", "Could not come to school",
          until=_OLD, setters=_HISTORY),
)  # fmt: skip

_BY_CODE: Mapping[str, Code] = MappingProxyType({code.code: code for code in CODES})
_HALVES = (Half.AM, Half.PM)


def half_index(half: Half) -> int:
    """0 for the morning, 1 for the afternoon: how a half is stored and sorted."""
    return _HALVES.index(half)


def half_from_index(index: int) -> Half:
    """Raises ValueError for anything but 0 and 1."""
    if index not in (0, 1):
        raise ValueError(f"half must be 0 (morning) or 1 (afternoon), not {index}")
    return _HALVES[index]


def find_code_ever(code: str) -> Code | None:
    """The code of any year, in force or not: for marks that were checked when they were written."""
    found = _BY_CODE.get(code)
    if found is not None:
        return found
    text = code.strip()
    # ASCII only: upper() would turn a dotless or long letter of another alphabet into a code that nobody typed.
    return _BY_CODE.get(text.upper()) if text.isascii() else None


def find_code(code: str, on: date) -> Code | None:
    """The code in force on that day, read without regard to case or spaces around it; None if there is none."""
    found = find_code_ever(code)
    return found if found is not None and _in_force(found, on) else None


def get_code(code: str, on: date) -> Code:
    """As `find_code`; raises UnknownCode, RetiredCode or NotYetInForce."""
    found = find_code_ever(code)
    if found is None:
        raise UnknownCode(
            f"“{_shown(code)}” is not an attendance code." if code.strip() else "No code was given.",
            field="code",
            mend="Use one of: " + " ".join(each.code for each in codes_in_force(on)) + ".",
        )
    if found.valid_to is not None and on > found.valid_to:
        raise RetiredCode(
            f"Code {found.code} ended on {found.valid_to.day} {found.valid_to:%B %Y}.",
            field="code",
            mend=_INSTEAD[found.code],
        )
    if not _in_force(found, on):
        raise NotYetInForce(
            f"Code {found.code} began on {REGULATIONS_2024.day} {REGULATIONS_2024:%B %Y}.",
            field="code",
            mend="Use the code that was in force on that day.",
        )
    return found


_INSTEAD = {
    "H": "Use C where leave was granted, G where it was not.",
    "J": "Use J1.",
    "Y": "Use the one of Y1 to Y7, or Q, that fits the cause.",
}


def codes_in_force(on: date) -> tuple[Code, ...]:
    return tuple(code for code in CODES if _in_force(code, on))


def present_code(half: Half) -> Code:
    return _BY_CODE["/" if half is Half.AM else "\\"]


def _in_force(code: Code, on: date) -> bool:
    return (code.valid_from is None or code.valid_from <= on) and (code.valid_to is None or on <= code.valid_to)


def _shown(text: str) -> str:
    """Short and printable, so that no pasted file or control character reaches a page or log."""
    clean = "".join(char if char.isprintable() else "?" for char in text.strip()[:13])
    return clean if len(clean) <= 12 else clean[:12] + "…"
