"""The code table, row by row, and every refusal of a mark."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.record.rules import (
    CODES,
    Code,
    CodeClass,
    CodeRefused,
    Half,
    LeaveNotGranted,
    NotAllowedAhead,
    NoteNeeded,
    NotYetInForce,
    RetiredCode,
    SessionClosed,
    SessionOpen,
    Setter,
    SetterNotAllowed,
    UnknownCode,
    WrongForAge,
    WrongHalf,
    YearLook,
    check_mark,
    codes_in_force,
    find_code,
    find_code_ever,
    get_code,
    half_from_index,
    half_index,
    present_code,
)

TODAY = date(2026, 6, 16)
TOMORROW = date(2026, 6, 17)
LAST_OLD_DAY = date(2024, 8, 18)
FIRST_NEW_DAY = date(2024, 8, 19)

# The statutory table typed out a second time, on purpose: code, class, look in the year picture, may be set ahead.
STATUTE = [
    ("/", "present", "in_school", False),
    ("\\", "present", "in_school", False),
    ("L", "present", "in_school", False),
    ("K", "approved_activity", "in_school", True),
    ("V", "approved_activity", "in_school", True),
    ("P", "approved_activity", "in_school", True),
    ("W", "approved_activity", "in_school", True),
    ("B", "approved_activity", "in_school", True),
    ("D", "not_possible", "not_counted", True),
    ("C1", "authorised", "accepted", True),
    ("M", "authorised", "accepted", True),
    ("J1", "authorised", "accepted", True),
    ("S", "authorised", "accepted", True),
    ("X", "not_possible", "not_counted", True),
    ("C2", "authorised", "accepted", True),
    ("C", "authorised", "accepted", True),
    ("T", "authorised", "accepted", True),
    ("R", "authorised", "accepted", True),
    ("I", "authorised", "accepted", False),
    ("E", "authorised", "accepted", True),
    ("Q", "not_possible", "not_counted", False),
    ("Y1", "not_possible", "not_counted", False),
    ("Y2", "not_possible", "not_counted", False),
    ("Y3", "not_possible", "not_counted", False),
    ("Y4", "not_possible", "not_counted", False),
    ("Y5", "not_possible", "not_counted", False),
    ("Y6", "not_possible", "not_counted", False),
    ("Y7", "not_possible", "not_counted", False),
    ("G", "unauthorised", "not_accepted", False),
    ("N", "unauthorised", "no_reason", False),
    ("O", "unauthorised", "not_accepted", False),
    ("U", "unauthorised", "not_accepted", False),
    ("Z", "administrative", "not_counted", False),
    ("#", "administrative", "not_counted", True),
]
NEW_IN_2024 = {"C1", "C2", "J1", "K", "Q", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"}
RETIRED = {"H": "authorised", "J": "approved_activity", "Y": "not_possible"}


@pytest.mark.parametrize(("letter", "code_class", "picture", "ahead"), STATUTE, ids=[row[0] for row in STATUTE])
def test_the_code_stands_as_the_regulations_have_it(letter: str, code_class: str, picture: str, ahead: bool) -> None:
    code = get_code(letter, TODAY)
    assert (code.code, code.code_class, code.picture, code.ahead) == (
        letter,
        CodeClass(code_class),
        YearLook(picture),
        ahead,
    )


def test_there_is_no_other_code_today() -> None:
    assert [code.code for code in codes_in_force(TODAY)] == [row[0] for row in STATUTE]


def test_the_day_before_the_regulations_had_the_old_codes() -> None:
    old = {code.code for code in codes_in_force(LAST_OLD_DAY)}
    assert old == {row[0] for row in STATUTE} - NEW_IN_2024 | set(RETIRED)


@pytest.mark.parametrize("letter", sorted(RETIRED))
def test_a_retired_code_is_read_but_no_longer_written(letter: str) -> None:
    assert get_code(letter, LAST_OLD_DAY).code_class == RETIRED[letter]
    assert get_code(letter, LAST_OLD_DAY).setters == {Setter.IMPORT}
    assert find_code(letter, FIRST_NEW_DAY) is None
    assert find_code_ever(letter) is not None
    with pytest.raises(RetiredCode, match="ended on 18 August 2024") as refused:
        get_code(letter, FIRST_NEW_DAY)
    assert (refused.value.field, refused.value.mend[:3]) == ("code", "Use")


@pytest.mark.parametrize("letter", sorted(NEW_IN_2024))
def test_a_code_of_2024_is_refused_for_an_earlier_day(letter: str) -> None:
    assert get_code(letter, FIRST_NEW_DAY).code == letter
    assert find_code(letter, LAST_OLD_DAY) is None
    with pytest.raises(NotYetInForce, match="began on 19 August 2024"):
        get_code(letter, LAST_OLD_DAY)


@pytest.mark.parametrize(
    ("typed", "letter"),
    [("i", "I"), (" c2 ", "C2"), ("y7\n", "Y7"), ("\u00a0M", "M"), ("/", "/"), (" \\", "\\"), ("#", "#"), ("j1", "J1")],
)
def test_a_code_is_read_without_regard_to_case_and_spaces(typed: str, letter: str) -> None:
    found = find_code(typed, TODAY)
    assert found is not None
    assert found.code == letter


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-",
        "F",
        "X01",
        "I02",
        "C3",
        "Y8",
        "Y0",
        "//",
        "/\\",
        "ı",
        "ſ",
        "\uff29",
        "C 2",
        "\x00",
        "😀",
        "I" * 5000,
    ],
)
def test_anything_else_is_unknown_and_the_answer_is_short_and_printable(typed: str) -> None:
    assert find_code(typed, TODAY) is None
    with pytest.raises(UnknownCode) as refused:
        get_code(typed, TODAY)
    assert refused.value.field == "code"
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 60
    assert "Y7" in refused.value.mend and "H" not in refused.value.mend.split()


@given(st.text(), st.dates())
def test_find_and_get_agree_on_every_text_and_day(typed: str, on: date) -> None:
    found = find_code(typed, on)
    try:
        assert get_code(typed, on) == found
    except CodeRefused as refused:
        assert found is None
        assert refused.mend and refused.field


def test_codes_at_another_place_those_with_a_note_and_those_of_leave() -> None:
    assert {code.code for code in CODES if code.elsewhere} == set("BDKPVW")
    assert {code.code for code in CODES if code.needs_note} == {"K", "B", "W", "Y7"}
    assert {code.code for code in CODES if code.needs_leave} == {"C", "C1", "C2", "J1", "S"}
    assert {code.code for code in CODES if code.is_late} == {"L", "U"}


def test_a_parent_reads_words_and_never_a_letter() -> None:
    for code in CODES:
        assert len(code.parent_words) > 2, code.code
        assert code.code not in code.parent_words.split(), code.code
        assert "unauthorised" not in code.parent_words.lower()
    assert get_code("Y5", TODAY).parent_words == "Does not count"


def test_halves() -> None:
    assert get_code("/", TODAY).halves == {Half.AM}
    assert get_code("\\", TODAY).halves == {Half.PM}
    assert get_code("I", TODAY).halves == {Half.AM, Half.PM}
    assert (present_code(Half.AM).code, present_code(Half.PM).code) == ("/", "\\")
    assert [half_from_index(half_index(half)) for half in Half] == [Half.AM, Half.PM]
    assert (half_index(Half.AM), half_index(Half.PM)) == (0, 1)
    for wrong in (2, -1):
        with pytest.raises(ValueError, match="half must be 0"):
            half_from_index(wrong)


# -- check_mark ------------------------------------------------------------------------------------------------------


def mark(
    letter: Code | str,
    half: Half = Half.AM,
    *,
    on: date = TODAY,
    session_open: bool = True,
    setter: Setter = Setter.OFFICE,
    csa: bool | None = None,
    note: str = "nature",
    leave_granted: bool = True,
    begun: bool = True,
) -> Code:
    return check_mark(
        letter,
        on,
        half,
        today=TODAY,
        session_open=session_open,
        setter=setter,
        compulsory_school_age=csa,
        note=note,
        leave_granted=leave_granted,
        begun=begun,
    )


@pytest.mark.parametrize("letter", [row[0] for row in STATUTE])
def test_every_code_has_a_session_that_takes_it(letter: str) -> None:
    half = Half.PM if letter == "\\" else Half.AM
    assert mark(letter, half, session_open=letter not in ("#", "Y4"), csa=letter != "X").code == letter


@pytest.mark.parametrize(("letter", "ahead"), [(row[0], row[3]) for row in STATUTE])
@pytest.mark.parametrize("when", ["tomorrow", "later today"])
def test_ahead_only_planned_codes(letter: str, ahead: bool, when: str) -> None:
    half = Half.PM if letter == "\\" else Half.AM
    on, begun = (TOMORROW, True) if when == "tomorrow" else (TODAY, False)
    session_open = letter not in ("#", "Y4")
    if ahead:
        assert mark(letter, half, on=on, begun=begun, session_open=session_open, csa=letter != "X").code == letter
    else:
        with pytest.raises(NotAllowedAhead) as refused:
            mark(letter, half, on=on, begun=begun, session_open=session_open, csa=letter != "X")
        assert refused.value.field == "date"


def test_what_is_not_said_is_not_granted() -> None:
    def plain(letter: str, on: date = TODAY) -> Code:
        return check_mark(letter, on, Half.AM, today=TODAY, session_open=True, setter=Setter.OFFICE)

    with pytest.raises(LeaveNotGranted):
        plain("C")
    with pytest.raises(NoteNeeded):
        plain("B")
    with pytest.raises(WrongForAge):
        plain("X")
    assert plain("I").code == "I"


def test_a_mark_is_checked_by_its_code_too() -> None:
    assert mark(get_code("I", TODAY)) is get_code("I", TODAY)
    with pytest.raises(RetiredCode):
        mark(get_code("H", LAST_OLD_DAY), setter=Setter.IMPORT)


def test_not_begun_says_nothing_of_an_earlier_day() -> None:
    assert mark("I", on=date(2026, 6, 15), begun=False).code == "I"


@pytest.mark.parametrize("letter", [row[0] for row in STATUTE])
def test_a_closed_session_takes_closures_only_and_an_open_one_takes_none(letter: str) -> None:
    half = Half.PM if letter == "\\" else Half.AM
    if letter in ("#", "Y4"):
        assert mark(letter, half, session_open=False).code == letter
        with pytest.raises(SessionOpen):
            mark(letter, half, session_open=True)
    elif letter == "Z":
        # Not a pupil of this school yet: open or closed is all one.
        assert mark(letter, session_open=False) == mark(letter, session_open=True)
    else:
        with pytest.raises(SessionClosed) as refused:
            mark(letter, half, session_open=False, csa=letter != "X")
        assert refused.value.field == "date"


def test_a_morning_stroke_is_no_afternoon_mark() -> None:
    with pytest.raises(WrongHalf) as refused:
        mark("/", Half.PM)
    assert (refused.value.field, refused.value.mend) == ("half", "Use \\ for the afternoon.")
    with pytest.raises(WrongHalf, match="not a mark for the morning"):
        mark("\\", Half.AM)


@pytest.mark.parametrize(
    ("letter", "csa", "mend"),
    [
        ("X", False, None),
        ("X", True, "Use C2 for an agreed part-time timetable."),
        ("X", None, "Enter the pupil's date of birth first."),  # an unknown age takes no child out of the count
        ("C2", True, None),
        ("C2", None, None),
        ("C2", False, "Use X for a pupil who is not required to attend."),
        ("I", None, None),
    ],
)
def test_age(letter: str, csa: bool | None, mend: str | None) -> None:
    if mend is None:
        assert mark(letter, csa=csa).code == letter
    else:
        with pytest.raises(WrongForAge) as refused:
            mark(letter, csa=csa)
        assert refused.value.mend == mend


TAKER = {"/", "\\", "L", "N", "U"}
DOOR = {"L", "U"}


@pytest.mark.parametrize("letter", [row[0] for row in STATUTE])
@pytest.mark.parametrize("setter", list(Setter))
def test_who_sets_what(letter: str, setter: Setter) -> None:
    half = Half.PM if letter == "\\" else Half.AM
    allowed = {Setter.REGISTER_TAKER: TAKER, Setter.RECEPTION: DOOR}.get(setter)
    session_open = letter not in ("#", "Y4")
    if allowed is None or letter in allowed:
        assert mark(letter, half, setter=setter, session_open=session_open, csa=letter != "X").code == letter
    else:
        with pytest.raises(SetterNotAllowed) as refused:
            mark(letter, half, setter=setter, session_open=session_open, csa=letter != "X")
        assert refused.value.mend == "Ask the attendance office to set it."


@pytest.mark.parametrize("letter", ["C", "C1", "C2", "J1", "S"])
def test_the_office_writes_leave_only_behind_a_decision(letter: str) -> None:
    assert mark(letter, setter=Setter.OFFICE, leave_granted=True).code == letter
    assert mark(letter, setter=Setter.HEAD, leave_granted=False).code == letter
    assert mark(letter, setter=Setter.SCHOOL_LEADER, leave_granted=False).code == letter
    with pytest.raises(LeaveNotGranted):
        mark(letter, setter=Setter.OFFICE, leave_granted=False)


def test_an_appointment_needs_no_decision_by_the_head() -> None:
    assert mark("M", setter=Setter.OFFICE, leave_granted=False).code == "M"


@pytest.mark.parametrize("letter", ["K", "B", "W", "Y7"])
def test_the_nature_is_recorded(letter: str) -> None:
    for empty in ("", " \n"):
        with pytest.raises(NoteNeeded) as refused:
            mark(letter, note=empty)
        assert refused.value.field == "note"
        assert ("cause" in refused.value.mend) == (letter == "Y7")
    assert mark(letter, note="", setter=Setter.IMPORT).code == letter


def test_history_comes_by_import_only() -> None:
    old = date(2024, 7, 1)
    assert mark("H", on=old, setter=Setter.IMPORT).code == "H"
    with pytest.raises(SetterNotAllowed, match="Code H is not set by the attendance office") as refused:
        mark("H", on=old)
    assert refused.value.mend == "It is kept for history."
    with pytest.raises(RetiredCode):
        mark("H", setter=Setter.IMPORT)


@given(
    st.sampled_from([code.code for code in CODES]),
    st.sampled_from(Half),
    st.dates(date(2023, 9, 1), date(2027, 7, 31)),
    st.booleans(),
    st.sampled_from(Setter),
    st.none() | st.booleans(),
    st.booleans(),
)
def test_whatever_is_taken_keeps_every_rule(
    letter: str, half: Half, on: date, session_open: bool, setter: Setter, csa: bool | None, begun: bool
) -> None:
    try:
        code = mark(letter, half, on=on, session_open=session_open, setter=setter, csa=csa, begun=begun)
    except CodeRefused as refused:
        assert str(refused) and refused.field in ("code", "date", "half", "note") and refused.mend.endswith(".")
        return
    assert half in code.halves and setter in code.setters and find_code(letter, on) is code
    assert session_open != (code.code in ("#", "Y4")) or code.code == "Z"
    assert code.ahead or on < TODAY or (on == TODAY and begun)
