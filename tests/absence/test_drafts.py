"""From what was typed to a clean report, or to errors that keep what was typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.absence.calendars import CLOSED, TUESDAY, at, child
from webapp.absence.rules.backs import Back, read_back_on
from webapp.absence.rules.cover import Away
from webapp.absence.rules.drafts import Draft, FieldError, Refusals, TypedReport, read_report
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import REASONS, Reason, Symptom, after_words, reasons_for, suggest_code, why_words
from webapp.absence.rules.times import read_day, read_time

QUICK = TypedReport(("ella",), "all_day", TUESDAY.isoformat(), reason="ill")


def errors(typed: TypedReport, *names: str, now: str = "07:41") -> list[tuple[str, str]]:
    result = read_report(typed, [child(name) for name in names or ("Ella",)], at(now))
    assert isinstance(result, Refusals), result
    assert result.typed is typed
    return [(error.field, error.sentence) for error in result.errors]


def draft(typed: TypedReport, *names: str, now: str = "07:41") -> Draft:
    result = read_report(typed, [child(name) for name in names or ("Ella",)], at(now))
    assert isinstance(result, Draft), result
    return result


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"reason": ""}, "reason", "Choose why Ella is away"),
        ({"reason": "nonsense"}, "reason", "Choose why Ella is away"),
        ({"reason": "running_late"}, "reason", "Choose why Ella is away"),
        ({"kind": ""}, "kind", "Choose what it is"),
        ({"kind": "weeks"}, "kind", "Choose what it is"),
        ({"starts_on": ""}, "starts_on", "Choose the day"),
        ({"starts_on": "31 2 2026"}, "starts_on", "Enter a real day, like 16 6 2026"),
        ({"starts_on": "18 July 2026"}, "starts_on", "18 July is in the school holidays. Choose a school day"),
        ({"starts_on": "20 6 2026"}, "starts_on", "20 June is a Saturday. Choose a school day"),
        ({"starts_on": "26 6 2026"}, "starts_on", "26 June is a training day. Choose a school day"),
        ({"starts_on": "19 6 2026"}, "starts_on", "School is closed on 19 June. Choose a school day"),
        ({"starts_on": "1 6 2026"}, "starts_on", "Choose one of the last 5 school days. Ring school about others"),
        ({"kind": "days"}, "ends_on", "Enter the last day Ella will be away"),
        (
            {"kind": "days", "ends_on": "15 6 2026"}, "ends_on",
            "The last day must be the same as or after the first day",
        ),
        (
            {"kind": "days", "ends_on": "4 9 2026"}, "ends_on",
            "The school year ends on 17 July. Choose that day or one before",
        ),
        (
            {"kind": "days", "starts_on": "20 6 2026", "ends_on": "21 6 2026"}, "starts_on",
            "20 June is a Saturday. Choose a school day",
        ),
        ({"kind": "late"}, "arrives_at", "Enter the time Ella will be in school"),
        ({"kind": "late", "arrives_at": "25:00"}, "arrives_at", "Enter a time, like 9:30am"),
        ({"kind": "late", "arrives_at": "8am"}, "arrives_at", "School starts at 8:45am. Choose a later time"),
        ({"kind": "late", "arrives_at": "15.30"}, "arrives_at", "School ends at 3:15pm. Choose an earlier time"),
        ({"kind": "early"}, "leaves_at", "Enter the time Ella will leave"),
        (
            {"kind": "out_and_back", "leaves_at": "11am", "arrives_at": "10am"}, "arrives_at",
            "The time back must be after the time out",
        ),
        ({"words": "x" * 2001}, "words", "Use 2,000 characters or fewer. This has 2,001."),
        ({"back_on": "16 6 2026"}, "back_on", "The day back must be after the last day away"),
    ],
)  # fmt: skip
def test_each_error_names_its_field_and_the_mend(changes: dict[str, str], field: str, sentence: str) -> None:
    assert (field, sentence) in errors(replace(QUICK, **changes))


def test_no_child_and_several_children() -> None:
    result = read_report(replace(QUICK, reason=""), [], at("07:41"))
    assert isinstance(result, Refusals)
    assert [(error.field, error.sentence) for error in result.errors] == [
        ("children", "Choose a child"),
        ("reason", "Choose why your child is away"),
    ]
    assert errors(replace(QUICK, reason=""), "Ella", "Tom") == [("reason", "Choose why Ella and Tom are away")]
    assert errors(replace(QUICK, starts_on="26 6 2026"), "Ella", "Tom") == [
        ("starts_on", "Ella: 26 June is a training day. Choose a school day")
    ]


def test_the_quick_way_is_three_taps() -> None:
    found = draft(QUICK)
    assert (found.kind, found.starts_on, found.reason, found.words) == (Kind.ALL_DAY, TUESDAY, Reason.ILL, "")
    assert found.children[0].suggested_code == "I"
    assert not (found.children[0].after_close or found.read_first or found.not_sure or found.danger)


@pytest.mark.parametrize(("now", "after"), [("09:14", False), ("09:15", True), ("16:00", True)])
def test_the_cut_off_changes_the_words_and_never_closes_the_door(now: str, after: bool) -> None:
    assert draft(QUICK, now=now).children[0].after_close is after
    assert draft(replace(QUICK, starts_on="17 6 2026"), now=now).children[0].after_close is False


def test_yesterday_may_still_be_explained() -> None:
    assert draft(replace(QUICK, starts_on="9 6 2026")).starts_on == date(2026, 6, 9)


def test_a_long_run_is_cut_to_the_days_that_are_sent() -> None:
    found = draft(replace(QUICK, kind="days", ends_on="30 6 2026"))
    own = found.children[0]
    # Friday 19 June is closed: Tue, Wed, Thu, Mon, Tue.
    assert (own.away.ends_on, own.asked_until) == (date(2026, 6, 23), date(2026, 6, 30))
    five = draft(replace(QUICK, kind="days", ends_on="23 6 2026")).children[0]
    assert (five.away.ends_on, five.asked_until) == (date(2026, 6, 23), None)


@pytest.mark.parametrize(
    ("words", "danger"),
    [("He left at 8", True), ("She ran away last night", True), ("Sick all night", False), ("", False)],
)
def test_danger_is_heard_and_read_first(words: str, danger: bool) -> None:
    found = draft(replace(QUICK, words=words))
    assert (found.danger, found.read_first) == (danger, danger)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("a\x00b\r\nc", "ab\nc"),
        ("  \u202eevil\u202c ", "evil"),
        ("مريض 🤒", "مريض 🤒"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_words_are_cleaned(words: str, kept: str) -> None:
    assert draft(replace(QUICK, words=words)).words == kept


@given(
    st.builds(
        TypedReport,
        children=st.just(("ella",)),
        kind=st.sampled_from([*Kind, "", "\x00"]),
        starts_on=st.one_of(st.dates().map(str), st.text(max_size=20)),
        ends_on=st.one_of(st.dates().map(str), st.text(max_size=20)),
        leaves_at=st.one_of(st.times().map(str), st.text(max_size=8)),
        arrives_at=st.one_of(st.times().map(str), st.text(max_size=8)),
        reason=st.sampled_from([*Reason, ""]),
        symptoms=st.lists(st.text(max_size=8), max_size=3).map(tuple),
        words=st.text(max_size=50),
    )
)
def test_whatever_is_typed_gives_a_report_or_errors(typed: TypedReport) -> None:
    result = read_report(typed, [child("Ella")], at("07:41"))
    if isinstance(result, Refusals):
        assert result.errors
        assert all(error.field in TypedReport.__dataclass_fields__ and error.sentence for error in result.errors)
    else:
        assert result.starts_on <= result.children[0].away.ends_on <= result.ends_on
        assert "\x00" not in result.words


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-06-16", date(2026, 6, 16)), ("16 6 2026", date(2026, 6, 16)), ("16/06/26", date(2026, 6, 16)),
        ("16 June 2026", date(2026, 6, 16)), ("16  jun 2026 ", date(2026, 6, 16)), ("31 6 2026", None),
        ("29 2 2028", date(2028, 2, 29)), ("16 2026", None), ("", None), ("16 Foo 2026", None), ("١٦ ٦ ٢٠٢٦", None),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(typed: str, day: date | None) -> None:
    assert read_day(typed) == day


@pytest.mark.parametrize(
    ("typed", "at_time"),
    [
        ("9.30", time(9, 30)), ("0930", time(9, 30)), ("9:30am", time(9, 30)), ("930", time(9, 30)),
        ("2pm", time(14)), ("2:15", time(14, 15)), ("12", time(12)), ("12am", time(0)), ("14:05", time(14, 5)),
        ("06:30", time(6, 30)), ("25:00", None), ("9:60", None), ("13pm", None), ("soon", None), ("", None),
        ("９:30", None),
    ],
)  # fmt: skip
def test_times_are_read_as_people_write_them(typed: str, at_time: time | None) -> None:
    assert read_time(typed) == at_time


def test_every_reason_has_its_row_and_every_kind_its_reasons() -> None:
    assert set(REASONS) == set(Reason)
    assert [row.reason for row in reasons_for(Kind.ALL_DAY) if row.quick] == [
        Reason.ILL, Reason.APPOINTMENT, Reason.ANXIOUS, Reason.BEREAVEMENT, Reason.RELIGIOUS, Reason.TRANSPORT,
        Reason.NOT_KNOWN, Reason.OTHER,
    ]  # fmt: skip
    for kind in Kind:
        assert {Reason.ILL, Reason.APPOINTMENT, Reason.OTHER} <= {row.reason for row in reasons_for(kind)}
    assert Reason.TRIP not in {row.reason for row in reasons_for(Kind.LATE)}


def test_the_words_after_a_reason() -> None:
    assert after_words(Reason.ILL, [Symptom.COUGH, Symptom.SICK], "Ella") == (
        "Sick or diarrhoea. Keep Ella at home until 2 days after the last time.",
        "Cough or cold. NHS: fine for school if well enough, with no high temperature.",
    )
    assert after_words(Reason.ANXIOUS, [], "Ella") == (
        "Thank you for telling us. School can help. Shall we ring you?",
    )
    assert after_words(Reason.BEREAVEMENT, [], "Ella") == ("We are sorry. Take the time you need.",)
    hot = after_words(Reason.ILL, [Symptom.TEMPERATURE], "Ella")
    assert hot == ("High temperature. NHS: keep at home until it goes.",)
    assert why_words(Reason.ILL, [Symptom.SICK]) == "Ill or unwell: sick or diarrhoea"


@pytest.mark.parametrize(
    ("reason", "kind", "arrives", "code"),
    [
        (Reason.ILL, Kind.ALL_DAY, None, "I"),
        (Reason.APPOINTMENT, Kind.OUT_AND_BACK, "11:00", "M"),
        (Reason.RELIGIOUS, Kind.ALL_DAY, None, "R"),
        (Reason.TRIP, Kind.DAYS, None, "G"),
        (Reason.OTHER, Kind.ALL_DAY, None, "N"),
        (Reason.RUNNING_LATE, Kind.LATE, "09:00", "L"),
        (Reason.RUNNING_LATE, Kind.LATE, "09:15", "U"),
        (Reason.RUNNING_LATE, Kind.LATE, "13:10", "N"),
        (Reason.APPOINTMENT, Kind.LATE, "09:10", "L"),
        (Reason.APPOINTMENT, Kind.LATE, "10:30", "M"),
        (Reason.OTHER, Kind.LATE, "10:30", "U"),
    ],
)
def test_the_suggested_code(reason: Reason, kind: Kind, arrives: str | None, code: str) -> None:
    given_at = at(arrives) if arrives else None
    assert suggest_code(reason, kind, arrives=given_at, closes=at("09:15"), ends=at("12:00")) == code


@pytest.mark.parametrize(
    ("typed", "ends_on", "back_on", "asked_until"),
    [
        ("17 6 2026", date(2026, 6, 16), date(2026, 6, 17), None),
        ("18 6 2026", date(2026, 6, 17), date(2026, 6, 18), None),
        # Over the closed Friday and the weekend.
        ("22 6 2026", date(2026, 6, 18), date(2026, 6, 22), None),
        ("24 6 2026", date(2026, 6, 23), date(2026, 6, 24), None),
        ("25 6 2026", date(2026, 6, 23), None, date(2026, 6, 24)),
        ("not_sure", date(2026, 6, 16), None, None),
    ],
)
def test_back_when(typed: str, ends_on: date, back_on: date | None, asked_until: date | None) -> None:
    answer = read_back_on(child("Ella"), Away(Kind.ALL_DAY, TUESDAY, TUESDAY), typed, TUESDAY)
    assert isinstance(answer, Back)
    assert (answer.away.ends_on, answer.back_on, answer.asked_until) == (ends_on, back_on, asked_until)
    assert answer.away.kind is (Kind.DAYS if ends_on > TUESDAY else Kind.ALL_DAY)


def test_back_sooner_shortens_what_is_still_to_come() -> None:
    answer = read_back_on(child("Ella"), Away(Kind.DAYS, TUESDAY, date(2026, 6, 22)), "18 6 2026", TUESDAY)
    assert isinstance(answer, Back)
    assert answer.away.ends_on == date(2026, 6, 17)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the day Ella will be back"),
        ("soon", "Enter a real day, like 16 6 2026"),
        ("16 6 2026", "The day back must be after today and after the first day away"),
        (CLOSED.isoformat(), "School is closed on 19 June. Choose a school day"),
    ],
)
def test_a_day_back_that_cannot_be(typed: str, sentence: str) -> None:
    answer = read_back_on(child("Ella"), Away(Kind.ALL_DAY, TUESDAY, TUESDAY), typed, TUESDAY)
    assert answer == FieldError("back_on", sentence)
