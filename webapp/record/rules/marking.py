"""May this code be written for this session, by this person, today?

One check for every way a mark comes in (register, board, reception, leave decision, import). It is asked before the
mark is written; it never changes the code.
"""

from __future__ import annotations

from datetime import date

from webapp.record.rules.codes import Code, CodeRefused, Half, Setter, get_code, present_code

# What may stand on a session when school is shut to this pupil. Z is not a session of ours at all.
CLOSURE_CODES = frozenset({"#", "Y4"})
_ON_CLOSED_SESSION = CLOSURE_CODES | {"Z"}

_SETTER_WORDS = {
    Setter.REGISTER_TAKER: "person taking the register",
    Setter.RECEPTION: "reception desk",
    Setter.OFFICE: "attendance office",
    Setter.SCHOOL_LEADER: "school leader",
    Setter.HEAD: "headteacher",
    Setter.IMPORT: "import",
}


class WrongHalf(CodeRefused):
    """`/` in an afternoon or `\\` in a morning."""


class SessionClosed(CodeRefused):
    """A mark of a pupil's own on a session when school is shut to that pupil."""


class SessionOpen(CodeRefused):
    """A closure code on an open session: it would take one child out of the count, and nobody would look."""


class NotAllowedAhead(CodeRefused):
    """A session that has not begun may hold planned codes only (reference 7.3)."""


class SetterNotAllowed(CodeRefused):
    """Somebody else sets this code."""


class LeaveNotGranted(CodeRefused):
    """A head of leave (regulation 11) with no grant by an authorised person behind it."""


class WrongForAge(CodeRefused):
    """X for a pupil of compulsory school age, C2 for one who is not, or an age that nobody gave."""


class NoteNeeded(CodeRefused):
    """K, B, W and Y7 must say what the provision or cause is."""


def check_mark(
    code: Code | str,
    on: date,
    half: Half,
    *,
    today: date,
    session_open: bool,
    setter: Setter,
    compulsory_school_age: bool | None = None,
    note: str = "",
    leave_granted: bool = False,
    begun: bool = True,
) -> Code:
    """The code, if it may be written for the session `half` of day `on`; else the CodeRefused that says why not.

    `session_open`: school is open to this pupil then (calendar, year group and unplanned closure). `begun`: for a
    session of `today`, whether it has begun; `False` makes it a session ahead, so that no afternoon is marked present
    in the morning. `leave_granted`: an authorised person has granted leave for this session, so that the office may
    write the code of that decision; a head or school leader decides by writing it. `compulsory_school_age` is asked
    for by X and C2 only.
    """
    found = get_code(code.code if isinstance(code, Code) else code, on)
    _check_session(found, on, half, today=today, session_open=session_open, begun=begun)
    _check_setter(found, setter, leave_granted=leave_granted)
    _check_age(found, compulsory_school_age)
    # The school's own system keeps the nature; a file of marks has no place for it.
    if found.needs_note and setter is not Setter.IMPORT and not note.strip():
        raise NoteNeeded(
            f"Code {found.code} needs a note: {found.meaning.lower()}.",
            field="note",
            mend="Write what the cause is." if found.code == "Y7" else "Write where the pupil is and what for.",
        )
    return found


def _check_session(code: Code, on: date, half: Half, *, today: date, session_open: bool, begun: bool) -> None:
    if half not in code.halves:
        name = "morning" if half is Half.AM else "afternoon"
        raise WrongHalf(
            f"Code {code.code} is not a mark for the {name}.",
            field="half",
            mend=f"Use {present_code(half).code} for the {name}.",
        )
    if not session_open and code.code not in _ON_CLOSED_SESSION:
        raise SessionClosed(
            f"School is closed in that session, so it cannot be marked {code.code}.",
            field="date",
            mend="Choose a session when school is open, or use # (planned closure) or Y4 (unexpected closure).",
        )
    if session_open and code.code in CLOSURE_CODES:
        raise SessionOpen(
            f"Code {code.code} is for a session when school is closed, and the calendar says that it is open.",
            field="code",
            mend="Close the session in the calendar first, or choose the pupil's own code.",
        )
    ahead = on > today or (on == today and not begun)
    if ahead and not code.ahead:
        raise NotAllowedAhead(
            f"Code {code.code} cannot be written before the session has begun.",
            field="date",
            mend="Wait for the session, or use a planned code such as M, C or V.",
        )


def _check_setter(code: Code, setter: Setter, *, leave_granted: bool) -> None:
    if setter not in code.setters:
        raise SetterNotAllowed(
            f"Code {code.code} is not set by the {_SETTER_WORDS[setter]}.",
            field="code",
            mend="Ask the attendance office to set it." if Setter.OFFICE in code.setters else "It is kept for history.",
        )
    if code.needs_leave and setter is Setter.OFFICE and not leave_granted:
        raise LeaveNotGranted(
            f"Code {code.code} is leave, and no leave has been granted for that session.",
            field="code",
            mend="Ask the head to decide the leave, or use the code that fits without it.",
        )


def _check_age(code: Code, compulsory_school_age: bool | None) -> None:
    if code.code == "X" and compulsory_school_age is not False:
        known = compulsory_school_age is not None
        raise WrongForAge(
            "Code X is never for a pupil of compulsory school age."
            if known
            else "Code X needs the pupil's age, and it is not known.",
            field="code",
            mend="Use C2 for an agreed part-time timetable." if known else "Enter the pupil's date of birth first.",
        )
    if code.code == "C2" and compulsory_school_age is False:
        raise WrongForAge(
            "Code C2 is for pupils of compulsory school age.",
            field="code",
            mend="Use X for a pupil who is not required to attend.",
        )
