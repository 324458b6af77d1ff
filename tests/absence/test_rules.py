"""States, sessions, facts for `day_state`, receipts, cards and what may be decided."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import date, datetime, time

import pytest

from tests.absence.calendars import CALENDAR, TIMES, TUESDAY, at, child
from webapp.absence.rules.cards import Card, CardFacts, CardReport, CardState, card_sentence
from webapp.absence.rules.cover import Away, as_fact, sessions_covered
from webapp.absence.rules.deciding import worth_telling
from webapp.absence.rules.kinds import Kind
from webapp.absence.rules.reasons import Reason
from webapp.absence.rules.receipts import (
    ReceiptFacts,
    StepName,
    Told,
    after_close_words,
    expected_fault,
    has_it_words,
    headline,
    long_run_words,
    receipt_steps,
    recorded_words,
    told_before_words,
    when_words,
)
from webapp.absence.rules.repeats import Earlier, asks_to_talk, find_repeatable, repeat_words
from webapp.absence.rules.sight import shown
from webapp.absence.rules.states import (
    MOVES,
    Event,
    ReportRefused,
    State,
    after_undo,
    first_state,
    may_change,
    may_withdraw,
    next_state,
)
from webapp.people.rules.roles import Permission
from webapp.record.rules.codes import CODES
from webapp.record.rules.day_state import day_state
from webapp.record.rules.facts import ReportState, SessionFacts, SessionRegister, Whereabouts, Why
from webapp.record.rules.registers import RegisterState

S, E = State, Event

REFUSED = {
    (S.SENT, E.UNDO), (S.SENT, E.RELEASE), (S.READ, E.UNDO), (S.READ, E.RELEASE), (S.RECORDED, E.CHANGE),
    (S.RECORDED, E.RELEASE), (S.NOT_ACCEPTED, E.CHANGE), (S.NOT_ACCEPTED, E.RELEASE), (S.NOT_ACCEPTED, E.SAY_BACK),
    (S.WITHDRAWN, E.ACCEPT), (S.WITHDRAWN, E.REFUSE), (S.WITHDRAWN, E.RELEASE), (S.WITHDRAWN, E.CHANGE),
    (S.WITHDRAWN, E.SAY_BACK), (S.HELD, E.ACCEPT), (S.HELD, E.REFUSE), (S.HELD, E.UNDO),
}  # fmt: skip


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_every_pair_of_state_and_event(state: State, event: Event) -> None:
    if (state, event) in REFUSED:
        with pytest.raises(ReportRefused) as refused:
            next_state(state, event)
        assert refused.value.field == "report"
        assert refused.value.mend
    else:
        assert next_state(state, event) is MOVES[state, event]


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (S.SENT, E.READ, S.READ), (S.READ, E.CHANGE, S.SENT), (S.SENT, E.ACCEPT, S.RECORDED),
        (S.READ, E.REFUSE, S.NOT_ACCEPTED), (S.RECORDED, E.UNDO, S.READ), (S.RECORDED, E.WITHDRAW, S.WITHDRAWN),
        (S.HELD, E.RELEASE, S.READ), (S.HELD, E.READ, S.HELD), (S.WITHDRAWN, E.WITHDRAW, S.WITHDRAWN),
        (S.NOT_ACCEPTED, E.ACCEPT, S.RECORDED), (S.HELD, E.CHANGE, S.HELD),
    ],
)  # fmt: skip
def test_where_an_event_leads(state: State, event: Event, after: State) -> None:
    assert next_state(state, event) is after


def test_a_family_may_change_until_school_has_dealt_with_it_and_withdraw_always() -> None:
    assert {state for state in State if may_change(state)} == {S.SENT, S.READ, S.HELD}
    assert all(may_withdraw(state) for state in State)


@pytest.mark.parametrize(
    ("state", "left", "after"),
    [
        (S.RECORDED, None, S.READ), (S.RECORDED, True, S.RECORDED), (S.RECORDED, False, S.NOT_ACCEPTED),
        (S.NOT_ACCEPTED, True, S.RECORDED), (S.WITHDRAWN, None, S.WITHDRAWN), (S.WITHDRAWN, True, S.WITHDRAWN),
    ],
)  # fmt: skip
def test_after_undo(state: State, left: bool | None, after: State) -> None:
    assert after_undo(state, left) is after


@pytest.mark.parametrize(
    ("new", "order", "last_held", "state"),
    [
        (False, False, False, S.SENT), (True, False, False, S.SENT), (False, True, False, S.SENT),
        (True, True, False, S.HELD), (False, True, True, S.HELD), (False, False, True, S.SENT),
    ],
)  # fmt: skip
def test_trust(new: bool, order: bool, last_held: bool, state: State) -> None:
    assert first_state(new_phone=new, order_in_place=order, last_held=last_held) is state


def halves(away: Away) -> list[str]:
    return [f"{s.date.day}{s.half}" for s in sessions_covered(away, CALENDAR, TIMES, 8)]


@pytest.mark.parametrize(
    ("away", "covered"),
    [
        (Away(Kind.ALL_DAY, TUESDAY, TUESDAY), ["16am", "16pm"]),
        (Away(Kind.DAYS, date(2026, 6, 18), date(2026, 6, 22)), ["18am", "18pm", "22am", "22pm"]),
        (Away(Kind.LATE, TUESDAY, TUESDAY, arrives_at=time(9, 0)), ["16am"]),
        (Away(Kind.LATE, TUESDAY, TUESDAY, arrives_at=time(13, 0)), ["16am"]),
        (Away(Kind.LATE, TUESDAY, TUESDAY, arrives_at=time(13, 5)), ["16am", "16pm"]),
        (Away(Kind.EARLY, TUESDAY, TUESDAY, leaves_at=time(11, 0)), ["16pm"]),
        (Away(Kind.EARLY, TUESDAY, TUESDAY, leaves_at=time(14, 0)), []),
        (Away(Kind.OUT_AND_BACK, TUESDAY, TUESDAY, time(10, 0), time(11, 30)), []),
        (Away(Kind.OUT_AND_BACK, TUESDAY, TUESDAY, time(11, 0), time(14, 0)), ["16pm"]),
    ],
)
def test_the_sessions_whose_register_the_child_misses(away: Away, covered: list[str]) -> None:
    assert halves(away) == covered


@dataclass(frozen=True)
class Row:
    """A report as a query would give it."""

    kind: str = "all_day"
    state: str = "sent"
    id: int = 5
    starts_on: date = TUESDAY
    ends_on: date = TUESDAY
    leaves_at: time | None = None
    arrives_at: time | None = None
    expected_at: datetime | None = None
    read_first: bool = False
    not_sure: bool = False
    contact_id: int | None = None


AM = SessionRegister(RegisterState.TAKEN, at("08:45"), at("09:15"), at("12:00"))
PM = SessionRegister(RegisterState.TAKEN, at("13:00"), at("13:20"), at("15:15"))


def where(row: Row, register: SessionRegister, clock: str, code: str | None = "N") -> tuple[Whereabouts | None, Why]:
    fact = as_fact(row, register)
    answer = day_state(SessionFacts(register, code, reports=(fact,) if fact else ()), at(clock))
    return answer.state, answer.why


EXPLAINED, UNEXPLAINED = Whereabouts.EXPLAINED, Whereabouts.UNEXPLAINED


@pytest.mark.parametrize(
    ("row", "register", "clock", "state"),
    [
        (Row(), AM, "09:20", EXPLAINED),
        (Row(), PM, "13:30", EXPLAINED),
        (Row(state="held"), AM, "09:20", UNEXPLAINED),
        (Row(state="recorded"), AM, "09:20", EXPLAINED),
        (Row(starts_on=date(2026, 6, 15), ends_on=date(2026, 6, 15)), AM, "09:20", UNEXPLAINED),
        (Row("late", arrives_at=time(10)), AM, "09:59", EXPLAINED),
        (Row("late", arrives_at=time(10)), AM, "10:00", UNEXPLAINED),
        (Row("late", arrives_at=time(10)), PM, "13:30", UNEXPLAINED),
        (Row("early", leaves_at=time(11)), AM, "09:20", UNEXPLAINED),
        (Row("early", leaves_at=time(11)), PM, "13:30", EXPLAINED),
        (Row("out_and_back", leaves_at=time(10), arrives_at=time(11)), AM, "09:20", UNEXPLAINED),
        (Row("out_and_back", leaves_at=time(8, 50), arrives_at=time(11)), AM, "10:00", EXPLAINED),
        (Row("out_and_back", leaves_at=time(8, 50), arrives_at=time(11)), AM, "11:00", UNEXPLAINED),
        (Row(state="withdrawn", expected_at=at("10:00")), AM, "09:59", EXPLAINED),
        (Row(state="withdrawn", expected_at=at("10:00")), AM, "10:00", UNEXPLAINED),
        (Row(state="withdrawn"), AM, "09:20", UNEXPLAINED),
        (Row(state="withdrawn", expected_at=at("10:00", date(2026, 6, 15))), AM, "09:20", UNEXPLAINED),
    ],
)
def test_what_day_state_makes_of_a_report(row: Row, register: SessionRegister, clock: str, state: Whereabouts) -> None:
    assert where(row, register, clock)[0] is state


def test_every_state_of_a_report_is_one_that_day_state_knows() -> None:
    assert {state.value for state in State} == {state.value for state in ReportState}


SENT = ReceiptFacts(S.SENT, at("07:41"), None, at("08:00"))


def words(facts: ReceiptFacts, clock: str) -> list[tuple[StepName, bool, str]]:
    return [(step.name, step.done, step.words) for step in receipt_steps(facts, at(clock))]


def test_the_receipt_over_time() -> None:
    assert words(SENT, "07:41") == [
        (StepName.SENT, True, "Sent 7:41am"),
        (StepName.READ, False, "Not read yet. The office opens at 8am."),
        (StepName.RECORDED, False, "Not recorded yet. You will see here what school records."),
    ]
    assert words(SENT, "08:30")[1] == (StepName.READ, False, "Not read yet.")
    read = replace(SENT, state=S.READ, read_at=at("08:55"))
    assert words(read, "08:56")[1] == (StepName.READ, True, "Read by the attendance office 8:55am")
    recorded = replace(read, state=S.RECORDED, told=(Told("I", True, at("09:10")),))
    assert words(recorded, "09:15")[2:] == [(StepName.RECORDED, True, "Recorded as illness 9:10am")]
    # Decided, and still within the two minutes: nothing is claimed yet.
    held_back = replace(read, state=S.RECORDED)
    assert words(held_back, "09:11")[2][1] is False


def test_a_refusal_says_why_and_offers_to_ask() -> None:
    facts = replace(SENT, state=S.NOT_ACCEPTED, told=(Told("O", False, at("09:10"), "Time off was not agreed"),))
    (step,) = [step for step in receipt_steps(facts, at("10:00")) if step.name is StepName.NOT_ACCEPTED]
    assert (step.words, step.asks) == ("Not accepted: time off was not agreed.", True)


def test_after_the_close_held_and_taken_back() -> None:
    late = replace(SENT, sent_at=at("09:40"), after_close=True)
    assert words(late, "09:41")[0][2] == "Sent 9:40am. School got this after the register closed."
    assert words(replace(SENT, state=S.HELD), "08:00")[1:] == [
        (StepName.CHECK, False, "School will check this with you first. Please ring the office.")
    ]
    back = replace(SENT, state=S.WITHDRAWN, withdrawn_at=at("08:10"), expected_at=at("10:30"))
    assert words(back, "08:11")[1:] == [
        (StepName.WITHDRAWN, True, "You took this back 8:10am. School expects your child at 10:30am.")
    ]


def test_other_days_carry_their_date() -> None:
    assert words(SENT, "07:41")[0][2] == "Sent 7:41am"
    steps = receipt_steps(SENT, at("09:00", date(2026, 6, 17)))
    assert steps[0].words == "Sent Tue 16 June, 7:41am"


def test_recorded_words_never_show_a_letter() -> None:
    for code in CODES:
        assert recorded_words(code.code)
        assert recorded_words(code.code) != code.code
    assert recorded_words("M") == "an appointment"


def test_the_sentences_of_the_receipt() -> None:
    day = Away(Kind.ALL_DAY, TUESDAY, TUESDAY)
    assert headline(at("07:41")) == "Sent to school at 7:41am"
    assert has_it_words("Vale Academy", "Ella", day, TUESDAY) == "Vale Academy has it: Ella is away today."
    assert when_words(day, TUESDAY) == "Today, all day"
    assert when_words(Away(Kind.DAYS, TUESDAY, date(2026, 6, 19)), TUESDAY) == (
        "Tuesday 16 to Friday 19 June, all day"
    )
    assert when_words(Away(Kind.LATE, TUESDAY, TUESDAY, arrives_at=time(10, 30)), TUESDAY) == "Today, until 10:30am"
    assert after_close_words("Ella", at("09:15"), "01632 960001") == (
        "The register closed at 9:15am. You can still tell school here. "
        "If Ella might be on the way, ring 01632 960001 too."
    )
    assert long_run_words(5) == "For more than 5 days, please talk to us."
    assert told_before_words("Ella", at("07:41"), TUESDAY, by_me=True) == "You told school about Ella at 7:41am."
    assert told_before_words("Ella", at("07:41"), TUESDAY, by_me=False) == (
        "School already knows Ella is away today. You can still tell school something."
    )


@pytest.mark.parametrize(
    ("clock", "fault"),
    [
        ("10:00", None), ("08:50", "Choose a time that is still to come"),
        ("15:15", "School ends at 3:15pm. Choose an earlier time"),
    ],
)  # fmt: skip
def test_when_a_child_may_be_expected(clock: str, fault: str | None) -> None:
    assert expected_fault(TUESDAY, at(clock), opens=at("08:45"), ends=at("15:15"), now=at("09:00")) == fault


CARD = CardFacts("Tom", at("08:50"), at("15:15"))
REPORT = CardReport(S.SENT, Kind.ALL_DAY, at("07:41"))


@pytest.mark.parametrize(
    ("facts", "clock", "state", "sentence"),
    [
        (CARD, "07:40", CardState.STARTS, "Starts 8:50am"),
        (CARD, "09:00", CardState.NOT_MARKED, "Not marked yet"),
        (replace(CARD, marked_in_at=at("08:52")), "09:00", CardState.IN, "Marked in at 8:52am"),
        (replace(CARD, came_in_at=at("09:32")), "10:00", CardState.CAME_IN, "Came in at 9:32am"),
        (replace(CARD, report=REPORT), "09:00", CardState.KNOWN, "School knows Tom is away today"),
        (replace(CARD, report=REPORT, marked_in_at=at("08:52")), "09:00", CardState.IN, "Marked in at 8:52am"),
        (
            replace(CARD, agreed_until=date(2026, 6, 19)), "09:00", CardState.AGREED,
            "Away until Fri 19 June. Agreed.",
        ),
        (
            replace(CARD, closed=True), "07:40", CardState.CLOSED,
            "School is closed today. You do not need to do anything.",
        ),
        (
            replace(CARD, no_school=True, back_on=date(2026, 6, 22)), "07:40", CardState.NO_SCHOOL,
            "No school today. Back on Monday 22 June.",
        ),
        (
            replace(CARD, report=replace(REPORT, state=S.HELD)), "09:00", CardState.CHECK,
            "Sent 7:41am. School will check it with you first.",
        ),
        (
            replace(CARD, report=replace(REPORT, state=S.WITHDRAWN, expected_at=at("10:00"))), "09:30",
            CardState.EXPECTED, "School expects Tom at 10am",
        ),
        (
            replace(CARD, report=replace(REPORT, state=S.WITHDRAWN, expected_at=at("10:00"))), "10:00",
            CardState.NOT_MARKED, "Not marked yet",
        ),
        (replace(CARD, may_view=False, report=REPORT), "09:00", CardState.NO_STATUS, ""),
        (CARD, "15:15", CardState.OVER, "School is over for today."),
    ],
)  # fmt: skip
def test_the_card_of_a_child(facts: CardFacts, clock: str, state: CardState, sentence: str) -> None:
    assert card_sentence(facts, at(clock)) == Card(state, sentence)


def test_a_child_being_looked_for_stands_first_whatever_else_is_so() -> None:
    everything = replace(CARD, case_open=True, report=REPORT, may_view=False, marked_in_at=at("08:52"))
    assert card_sentence(everything, at("09:20")) == Card(
        CardState.WHERE, "Please tell school where Tom is", first=True
    )


MONDAY = date(2026, 6, 15)
ILL = Earlier("r1", S.RECORDED, Reason.ILL, Kind.ALL_DAY, MONDAY, MONDAY)


@pytest.mark.parametrize(
    ("reports", "found"),
    [
        ([ILL], True),
        ([replace(ILL, state=S.WITHDRAWN)], False),
        ([replace(ILL, state=S.NOT_ACCEPTED)], False),
        ([replace(ILL, state=S.HELD)], False),
        ([replace(ILL, reason=Reason.TRIP)], False),
        ([replace(ILL, kind=Kind.LATE)], False),
        ([replace(ILL, starts_on=date(2026, 6, 12), ends_on=date(2026, 6, 12))], False),
        ([ILL, replace(ILL, starts_on=TUESDAY, ends_on=TUESDAY)], False),
        ([replace(ILL, starts_on=date(2026, 6, 9), kind=Kind.DAYS)], True),
        ([replace(ILL, starts_on=date(2026, 6, 10), kind=Kind.DAYS)], True),
        ([], False),
    ],
)
def test_still_poorly(reports: list[Earlier], found: bool) -> None:
    assert (find_repeatable(reports, child("Ella"), TUESDAY) is not None) is found


@pytest.mark.parametrize(("since", "asks"), [(date(2026, 6, 9), True), (date(2026, 6, 10), False), (MONDAY, False)])
def test_a_run_longer_than_the_setting_asks_to_talk(since: date, asks: bool) -> None:
    run = replace(ILL, starts_on=since, kind=Kind.DAYS)
    assert asks_to_talk([run], child("Ella"), TUESDAY) is asks
    assert not asks_to_talk([replace(run, state=S.WITHDRAWN)], child("Ella"), TUESDAY)


def test_on_a_monday_friday_is_repeated_and_on_a_sunday_nothing() -> None:
    friday = replace(ILL, starts_on=date(2026, 6, 12), ends_on=date(2026, 6, 12))
    assert find_repeatable([friday], child("Ella"), MONDAY) == friday
    assert find_repeatable([friday], child("Ella"), date(2026, 6, 14)) is None
    assert repeat_words(date(2026, 6, 12), MONDAY) == "Still poorly? One tap repeats Friday."
    assert repeat_words(MONDAY, TUESDAY) == "Still poorly? One tap repeats yesterday."
    assert repeat_words(MONDAY, TUESDAY, closed_at=at("09:15"), long_run=5) == (
        "Still poorly? One tap repeats yesterday. The register closed at 9:15am. You can still tell school here. "
        "For more than 5 days, please talk to us. Today is sent all the same."
    )


def test_what_a_role_may_read() -> None:
    facts = {"reason": "ill", "symptoms": "sick", "words": "He left at 8"}
    both = {Permission.SEE_HEALTH_REASONS, Permission.SEE_SAFEGUARDING_FLAGS}
    assert shown(**facts, danger=True, permissions=both).words == "He left at 8"
    assert shown(**facts, danger=True, permissions={Permission.SEE_HEALTH_REASONS}).why == (
        "Held by the safeguarding lead"
    )
    assert shown(**facts, danger=False, permissions=set()).why == "Reason held by the office"
    assert shown(**facts, danger=False, permissions=set()).words == ""
    assert shown(**facts, danger=False, permissions=both).why == "Ill or unwell: sick or diarrhoea"


def test_the_same_outcome_is_told_once() -> None:
    assert worth_telling("I", True, [])
    assert not worth_telling("I", True, [("I", True)])
    assert worth_telling("O", False, [("I", True)])
    assert worth_telling("I", True, [("I", True), ("O", False)])
