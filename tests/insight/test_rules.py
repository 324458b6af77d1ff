"""By when a request is answered, what may be done to it when, and what a line gives out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.insight.rules.bundles import Decided, resolve
from webapp.insight.rules.deadlines import Basis, RequestClock, due_on, months_after
from webapp.insight.rules.keeping import schedule_of, school_years_before, years_before
from webapp.insight.rules.requests import TRANSITIONS, RequestEvent, RequestMoved, RequestState, read_choice, step
from webapp.insight.rules.third_parties import Lines, Person, others_to_strike, read_row
from webapp.people.rules.calendar import CalendarEvent, EventKind, SchoolCalendar, Term
from webapp.people.rules.settings import Settings

SCHOOL = SchoolCalendar(
    [Term("Summer", date(2026, 4, 13), date(2026, 7, 17)), Term("Autumn", date(2026, 9, 2), date(2026, 12, 18))],
    [CalendarEvent(EventKind.HALF_TERM, date(2026, 5, 25), date(2026, 5, 29)),
     CalendarEvent(EventKind.INSET, date(2026, 6, 26), date(2026, 6, 26))],
)  # fmt: skip
HOLIDAYS = frozenset({date(2026, 8, 31), date(2026, 12, 25)})
ACCESS, RECORD = Basis.ACCESS, Basis.EDUCATIONAL_RECORD


@pytest.mark.parametrize(
    ("clock", "day"),
    [
        (RequestClock(ACCESS, date(2026, 6, 16)), date(2026, 7, 16)),
        # No 31st of June, and of February: the last of the month.
        (RequestClock(ACCESS, date(2026, 5, 31)), date(2026, 6, 30)),
        (RequestClock(ACCESS, date(2026, 1, 30)), date(2026, 3, 2)),
        (RequestClock(ACCESS, date(2028, 1, 31)), date(2028, 2, 29)),
        # A Saturday; a bank holiday after a weekend.
        (RequestClock(ACCESS, date(2026, 6, 11)), date(2026, 7, 13)),
        (RequestClock(ACCESS, date(2026, 7, 29)), date(2026, 9, 1)),
        (RequestClock(ACCESS, date(2026, 6, 16), paused_days=5), date(2026, 7, 21)),
        (RequestClock(ACCESS, date(2026, 6, 16), extended=True), date(2026, 9, 16)),
        (RequestClock(ACCESS, date(2026, 11, 16), extended=True), date(2027, 2, 16)),
        (RequestClock(ACCESS, None), None),
        (RequestClock(ACCESS, date(2026, 6, 16), paused_on=date(2026, 6, 20)), None),
        # 15 school days, over an INSET day; over the summer; nothing stops them.
        (RequestClock(RECORD, date(2026, 6, 16)), date(2026, 7, 8)),
        (RequestClock(RECORD, date(2026, 7, 13)), date(2026, 9, 16)),
        (RequestClock(RECORD, date(2026, 6, 16), paused_on=date(2026, 6, 20), extended=True), date(2026, 7, 8)),
        # The calendar ends: weekdays count, sooner than the law asks.
        (RequestClock(RECORD, date(2026, 12, 18)), date(2027, 1, 8)),
        (RequestClock(RECORD, None), None),
    ],
)
def test_the_last_day(clock: RequestClock, day: date | None):
    assert due_on(clock, SCHOOL, HOLIDAYS) == day


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 60), st.booleans())
def test_no_request_is_ever_due_sooner_than_a_month_or_on_a_weekend(start: date, paused: int, longer: bool):
    day = due_on(RequestClock(ACCESS, start, None, paused, longer), SCHOOL, frozenset())
    assert day is not None
    assert day.weekday() < 5
    assert day >= months_after(start, 3 if longer else 1) + timedelta(days=paused)
    assert day <= months_after(start, 3 if longer else 1) + timedelta(days=paused + 2)


@pytest.mark.parametrize("state", RequestState)
@pytest.mark.parametrize("event", RequestEvent)
def test_each_event_in_each_state(state: RequestState, event: RequestEvent):
    if (state, event) in TRANSITIONS:
        assert step(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(RequestMoved):
            step(state, event)


def test_nothing_is_ready_that_was_not_checked_and_nothing_leaves_a_closed_request():
    into_ready = {state for (state, _), after in TRANSITIONS.items() if after is RequestState.READY}
    assert into_ready == {RequestState.MAKING}
    assert {state for (state, _), after in TRANSITIONS.items() if after is RequestState.MAKING} == {
        RequestState.CHECKING
    }
    assert not [state for state, _ in TRANSITIONS if state is RequestState.CLOSED]


@pytest.mark.parametrize(
    ("today", "years", "before"),
    [
        (date(2026, 7, 31), 6, date(2019, 8, 1)), (date(2026, 8, 1), 6, date(2020, 8, 1)),
        (date(2026, 6, 16), 1, date(2024, 8, 1)), (date(2024, 2, 29), 25, date(1998, 8, 1)),
    ],
)  # fmt: skip
def test_years_count_from_the_end_of_the_school_year(today: date, years: int, before: date):
    assert school_years_before(today, years) == before


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.integers(1, 30))
def test_nothing_is_due_before_its_years_are_over(today: date, years: int):
    last_due = school_years_before(today, years) - timedelta(days=1)
    assert last_due < years_before(today, years)


@given(st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_no_register_entry_of_the_last_six_years_is_ever_due(today: date):
    schedule = schedule_of(Settings(), today)
    assert schedule.left_before <= years_before(today, 6)


ALICE = Person(
    is_pupil=True, contact_id=1, names=frozenset({"Alice Ahmed", "Tom"}), points=frozenset({"a@b.example"}),
    contacts={1: "Alice Ahmed", 2: "Bob Ahmed"}, staff=frozenset({"Saira Khan"}),
    others=others_to_strike(["Bob Ahmed", "Bob", "Ahmed", "+447700900002"], ["Alice", "Ahmed", "Tom"]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("Bob said so", "[held back] said so"), ("BOB AHMED came", "[held back] came"), ("Bobby came", None),
        ("ring +447700900002 now", "ring [held back] now"), ("Tom Ahmed is ill", None),
        ("Bob and Bob", "[held back] and [held back]"),
    ],
)  # fmt: skip
def test_names_and_numbers_of_others_are_struck_whole(text: str, struck: str | None):
    lines = Lines()
    read_row("pupil_note", {"kind": "general", "words": text, "pupil_id": 1}, ALICE, lines)
    (line,) = lines.by_key.values()
    assert (line.words, line.struck) == (text, struck)


def test_a_column_that_nobody_has_named_is_never_given():
    row = read_row("pupil", {"first_name": "Tom", "shoe_size": "MARK"}, ALICE, Lines())
    assert row is not None
    assert [field[0] for field in row.fields] == ["first_name"]


WORDS = st.text(min_size=1, max_size=12).map(lambda text: f"S{text}")


@given(st.lists(st.tuples(WORDS, st.sampled_from(["", "release", "strike", "hold"]), st.booleans()), max_size=8))
def test_only_what_was_released_is_in_a_bundle(rows: list[tuple[str, str, bool]]):
    listed, decisions, given_out = [], {}, []
    for place, (text, choice, whole) in enumerate(rows):
        text, key = f"{place}:{text}", f"key{place}"
        decisions[key] = Decided(choice, "struck")
        fields = [["words", "Words", text, "" if whole else key]]
        listed.append({"line": key if whole else "", "fields": fields})
        if choice == "release":
            given_out.append(text)
    about = {"name": "T", "kind": "pupil", "organisation": "O", "received_on": "", "gathered_on": ""}
    tables = [{"table": "t", "title": "T", "rows": listed}]
    bundle = resolve({"about": about, "chapters": [{"title": "C", "tables": tables}]}, decisions)
    values = [field["value"] for chapter in bundle["chapters"] for table in chapter["tables"]
              for row in table["rows"] for field in row["fields"]]  # fmt: skip
    assert sorted(set(values) - {"struck", "[held back]"}) == sorted(set(given_out))
    assert bundle["parts_held_back"] == any(choice != "release" for _, choice, _ in rows)


@pytest.mark.parametrize(
    ("typed", "exemption", "may_strike"),
    [("", "others", True), ("hold", "", True), ("hold", "because", True), ("strike", "", False), ("give", "", True)],
)
def test_a_decision_that_is_none_is_refused(typed: str, exemption: str, may_strike: bool):
    with pytest.raises(Exception, match=r"Choose"):
        read_choice(typed, exemption, may_strike=may_strike)
