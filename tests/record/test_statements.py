"""Of what one adult says about the same hours the latest holds; two adults stand side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from webapp.record.rules import (
    RegisterState,
    Report,
    ReportState,
    SessionFacts,
    SessionRegister,
    Whereabouts,
    Why,
    WorkList,
    day_state,
)
from webapp.record.rules.statements import latest_words

R, W, L = ReportState, Why, WorkList
ALICE, BOB = 1, 2


def at(clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 6, 16, hour, minute, tzinfo=UTC)


ILL = Report(1, R.SENT, said_by=ALICE)
ON_THE_WAY = Report(2, R.SENT, expected_at=at("10:00"), said_by=ALICE)
LEAVING_14 = Report(3, R.SENT, covers_from=at("14:00"), said_by=ALICE)
OUT_11_TO_12 = Report(4, R.SENT, covers_from=at("11:00"), covers_to=at("12:00"), said_by=ALICE)
COMING_9 = Report(5, R.WITHDRAWN, expected_at=at("9:00"), said_by=ALICE)
AM = SessionRegister(RegisterState.TAKEN, at("8:50"), at("9:15"), at("12:00"))
PM = SessionRegister(RegisterState.TAKEN, at("13:15"), at("13:35"), at("15:20"))


def of(report: Report, **changes: object) -> Report:
    return replace(report, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("why", "said", "left"),
    [
        ("one report", [ILL], [1]),
        ("ill, then on the way", [ILL, ON_THE_WAY], [2]),
        ("on the way, then ill after all", [ON_THE_WAY, ILL], [1]),
        ("ill, on the way, ill after all", [ILL, ON_THE_WAY, of(ILL, id=9)], [9]),
        ("ill, then another time of coming", [ILL, ON_THE_WAY, of(ON_THE_WAY, id=9, expected_at=at("11:00"))], [9]),
        ("two adults who disagree", [ILL, of(ON_THE_WAY, said_by=BOB)], [1, 2]),
        ("adults whom nobody knows", [of(ILL, said_by=None), of(ON_THE_WAY, said_by=None)], [1, 2]),
        ("late, and leaving early: other hours", [ON_THE_WAY, LEAVING_14], [2, 3]),
        ("leaving early, and late", [LEAVING_14, ON_THE_WAY], [2, 3]),
        ("late until 10, out from 11", [ON_THE_WAY, OUT_11_TO_12], [2, 4]),
        ("ill, then only leaving early", [ILL, LEAVING_14], [3]),
        ("out from 11, then ill", [OUT_11_TO_12, ILL], [1]),
        ("ill, then taken back with a time", [ILL, COMING_9], [5]),
        ("taken back without a time says nothing", [ILL, of(COMING_9, expected_at=None)], [1, 5]),
        ("a held report replaces nothing", [ILL, of(ON_THE_WAY, state=R.HELD)], [1, 2]),
        ("and is replaced by nothing: who sent it is still to be asked", [of(ILL, state=R.HELD), ON_THE_WAY], [1, 2]),
        ("recorded already, and on the way all the same", [of(ILL, state=R.RECORDED), ON_THE_WAY], [2]),
        ("touching hours are no overlap", [OUT_11_TO_12, of(LEAVING_14, covers_from=at("12:00"))], [3, 4]),
    ],
)
def test_which_words_hold(why: str, said: list[Report], left: list[int]) -> None:
    assert sorted(report.id for report in latest_words(said)) == left, why


@pytest.mark.parametrize(
    ("register", "said", "now", "why", "work_list", "at_hand"),
    [
        (AM, (ILL, ON_THE_WAY), "9:30", W.REPORT, L.TO_CONFIRM, 2),
        # The time has gone by: the older "ill" must not keep anybody from looking.
        (AM, (ILL, ON_THE_WAY), "10:00", W.DID_NOT_COME, L.UNEXPLAINED, 2),
        (PM, (ILL, ON_THE_WAY), "13:40", W.NO_REASON, L.UNEXPLAINED, None),
        (AM, (ON_THE_WAY, ILL), "10:00", W.REPORT, L.TO_CONFIRM, 1),
        (AM, (ILL, of(ON_THE_WAY, said_by=BOB)), "10:00", W.REPORT, L.TO_CONFIRM, 1),
        (AM, (of(ILL, state=R.RECORDED), ON_THE_WAY), "10:00", W.DID_NOT_COME, L.UNEXPLAINED, 2),
        (AM, (ILL, of(ON_THE_WAY, state=R.READ)), "9:30", W.REPORT, L.TO_CONFIRM, 2),
        (AM, (ILL, LEAVING_14), "9:20", W.NO_REASON, L.UNEXPLAINED, None),
    ],
)
def test_where_the_child_is(
    register: SessionRegister, said: tuple[Report, ...], now: str, why: Why, work_list: WorkList, at_hand: int | None
) -> None:
    answer = day_state(SessionFacts(register, "N", reports=said), at(now))
    assert (answer.why, answer.work_list, answer.report_id) == (why, work_list, at_hand)


def test_came_as_they_said_is_no_clash_with_what_they_said_before() -> None:
    came = day_state(SessionFacts(AM, "U", reports=(ILL, ON_THE_WAY)), at("10:05"))
    assert (came.state, came.work_list, came.flags) == (Whereabouts.IN_SCHOOL, L.LATE, frozenset())
    other = day_state(SessionFacts(AM, "U", reports=(ON_THE_WAY, ILL)), at("10:05"))
    assert other.work_list is L.REPORTED_MARKED_IN
