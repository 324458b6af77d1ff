"""Who, by which channel, and when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.rules.message_kinds import KINDS, MessageName, Urgency, Ways, get_kind
from notifications.rules.policy import (
    CallReason,
    Channel,
    Hours,
    Point,
    Reach,
    call_reason,
    next_way,
    not_quiet,
    plan,
)
from webapp.people.rules.school_times import LONDON

M = MessageName
MORNING = datetime(2026, 6, 16, 8, 20, tzinfo=UTC)  # 9:20am in London
NIGHT = datetime(2026, 6, 16, 20, 30, tzinfo=UTC)  # 9:30pm
HOURS = Hours()

MOBILE = Point("mobile", "+447700900001")
SECOND = Point("mobile", "+447700900002")
BAD = Point("mobile", "+447700900003", "bad")
STOPPED = Point("mobile", "+447700900004", "opted_out")
LANDLINE = Point("landline", "+441632960123")
EMAIL = Point("email", "alice@family.example")
PHONE = "https://fcm.googleapis.com/one"
TABLET = "https://fcm.googleapis.com/two"


def taken(name: M, reach: Reach, now: datetime = MORNING) -> tuple[list[tuple[str, str]], CallReason | None]:
    made = plan(KINDS[name], reach, now, HOURS)
    return [(step.channel.value, step.address) for step in made.steps], made.call


@pytest.mark.parametrize(
    ("reach", "steps", "call"),
    [
        # Text and push together.
        (Reach((MOBILE, EMAIL), (PHONE,)), [("sms", MOBILE.value), ("push", PHONE)], None),
        (Reach((MOBILE,), (PHONE, TABLET)), [("sms", MOBILE.value), ("push", PHONE), ("push", TABLET)], None),
        (Reach((MOBILE, SECOND)), [("sms", MOBILE.value)], None),
        (Reach((BAD, SECOND)), [("sms", SECOND.value)], None),
        (Reach((LANDLINE, MOBILE)), [("sms", MOBILE.value)], None),
        # Nobody can be texted: everything else goes, and somebody rings.
        (Reach((BAD, EMAIL)), [("email", EMAIL.value)], CallReason.BAD_NUMBER),
        (Reach((STOPPED, EMAIL), (PHONE,)), [("email", EMAIL.value), ("push", PHONE)], CallReason.OPTED_OUT),
        (Reach((STOPPED,), (PHONE,)), [("push", PHONE)], CallReason.OPTED_OUT),
        (Reach((LANDLINE,)), [], CallReason.LANDLINE_ONLY),
        (Reach((EMAIL,)), [("email", EMAIL.value)], CallReason.NO_WAY),
        (Reach(), [], CallReason.NO_WAY),
        (Reach((MOBILE,), prefers_voice=True), [("sms", MOBILE.value)], CallReason.PREFERS_VOICE),
    ],
)
@pytest.mark.parametrize("now", [MORNING, NIGHT])
@pytest.mark.parametrize("name", [M.MISSING_CHILD, M.MISSING_CHILD_AGAIN, M.CORRECTION])
def test_a_missing_child(
    name: M, now: datetime, reach: Reach, steps: list[tuple[str, str]], call: CallReason | None
) -> None:
    assert taken(name, reach, now) == (steps, call)
    assert all(step.not_before is None for step in plan(KINDS[name], reach, now, HOURS).steps)


@pytest.mark.parametrize(
    ("reach", "steps", "call"),
    [
        (Reach((MOBILE, EMAIL), (PHONE,)), [("push", PHONE), ("sms", MOBILE.value)], None),
        (Reach((MOBILE, EMAIL)), [("sms", MOBILE.value)], None),
        (Reach((STOPPED, EMAIL)), [("email", EMAIL.value)], None),
        (Reach((STOPPED,), (PHONE,)), [("push", PHONE)], None),
        (Reach((LANDLINE,)), [], CallReason.LANDLINE_ONLY),
        (Reach(), [], CallReason.NO_WAY),
    ],
)
def test_ordinary_messages_push_first(
    reach: Reach, steps: list[tuple[str, str]], call: CallReason | None
) -> None:
    assert taken(M.SCHOOL_ASKS, reach) == (steps, call)


def test_the_text_waits_for_a_sign_of_the_push() -> None:
    push, text = plan(KINDS[M.SCHOOL_ASKS], Reach((MOBILE,), (PHONE,)), MORNING, HOURS).steps
    assert (push.channel, push.not_before, push.unless_seen) == (Channel.PUSH, None, False)
    assert (text.channel, text.not_before, text.unless_seen) == (Channel.SMS, MORNING + timedelta(minutes=10), True)


def test_a_receipt_never_goes_to_the_phone_that_reported() -> None:
    assert taken(M.REPORT_RECEIPT, Reach((MOBILE,), (PHONE,))) == ([("sms", MOBILE.value)], None)
    assert taken(M.REPORT_RECEIPT, Reach((EMAIL,), (PHONE,))) == ([("email", EMAIL.value)], None)


def test_staff_are_told_every_way_at_once() -> None:
    reach = Reach((MOBILE, EMAIL), (PHONE,))
    assert taken(M.DANGER_TO_DSL, reach, NIGHT)[0] == [("sms", MOBILE.value), ("push", PHONE), ("email", EMAIL.value)]
    assert taken(M.STAFF_ALARM, Reach((EMAIL,)))[0] == [("email", EMAIL.value)]


@pytest.mark.parametrize("point", [MOBILE, EMAIL, BAD])
def test_a_code_goes_where_it_was_asked_for(point: Point) -> None:
    made = plan(KINDS[M.SIGN_IN_CODE], Reach((SECOND,), (PHONE,)), NIGHT, HOURS, given=point)
    assert [(step.address, step.not_before) for step in made.steps] == [(point.value, None)]
    with pytest.raises(ValueError, match="sign_in_code"):
        plan(KINDS[M.SIGN_IN_CODE], Reach(), NIGHT, HOURS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name.value)
def test_only_ordinary_messages_wait_for_the_morning(kind) -> None:
    steps = plan(kind, Reach((MOBILE, EMAIL), (PHONE,)), NIGHT, HOURS, given=MOBILE).steps
    # A text after a push that nobody saw waits for that.
    held = {step.not_before is not None for step in steps if not step.unless_seen}
    assert held == {kind.urgency is Urgency.ORDINARY}


def at(day: int, hour: int, minute: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        (at(16, 7, 0), at(16, 7, 0)),
        (at(16, 19, 59), at(16, 19, 59)),
        (at(16, 20, 0), at(17, 7, 0)),
        (at(16, 23, 59), at(17, 7, 0)),
        (at(17, 0, 0), at(17, 7, 0)),
        (at(17, 6, 59), at(17, 7, 0)),
        # The clocks change in the night: the wall clock says when it is seven.
        (at(24, 21, 0, 10), at(25, 7, 0, 10)),
        (at(28, 21, 0, 3), at(29, 7, 0, 3)),
    ],
)
def test_quiet_hours(now: datetime, goes: datetime) -> None:
    assert not_quiet(now, HOURS) == goes


@given(st.integers(0, 2 * 366 * 24 * 60), st.integers(17, 23), st.integers(6, 9))
def test_what_is_held_goes_at_the_first_minute_that_is_not_quiet(minute: int, evening: int, morning: int) -> None:
    now = datetime(2025, 9, 1, tzinfo=UTC) + timedelta(minutes=minute)
    hours = Hours(time(evening), time(morning))
    goes = not_quiet(now, hours)
    assert now <= goes <= now + timedelta(hours=17)
    local = goes.astimezone(LONDON).time()
    assert hours.quiet_to <= local < hours.quiet_from
    assert goes == now or local == hours.quiet_to


def test_a_late_push_does_not_bring_a_text_at_night() -> None:
    evening = at(16, 19, 55)
    _, text = plan(KINDS[M.SCHOOL_ASKS], Reach((MOBILE,), (PHONE,)), evening, HOURS).steps
    assert text.not_before == at(17, 7, 0)


@pytest.mark.parametrize(
    ("reach", "tried", "way"),
    [
        (Reach((MOBILE, SECOND, EMAIL)), {("sms", MOBILE.value)}, ("sms", SECOND.value)),
        (Reach((MOBILE, SECOND, EMAIL)), {("sms", MOBILE.value), ("sms", SECOND.value)}, ("email", EMAIL.value)),
        (Reach((MOBILE, EMAIL)), {("sms", MOBILE.value), ("email", EMAIL.value)}, None),
        (Reach((BAD, STOPPED, LANDLINE)), set(), None),
    ],
)
def test_the_next_way(reach: Reach, tried: set[tuple[str, str]], way: tuple[str, str] | None) -> None:
    step = next_way(KINDS[M.MISSING_CHILD], reach, tried)
    assert (None if step is None else (step.channel.value, step.address)) == way


def test_a_code_takes_no_other_way() -> None:
    assert next_way(KINDS[M.SIGN_IN_CODE], Reach((MOBILE, EMAIL)), set()) is None


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ((MOBILE,), CallReason.FAILED),
        ((BAD, STOPPED), CallReason.OPTED_OUT),
        ((BAD,), CallReason.BAD_NUMBER),
        ((LANDLINE, EMAIL), CallReason.LANDLINE_ONLY),
        ((EMAIL,), CallReason.NO_WAY),
    ],
)
def test_why_somebody_must_ring(points: tuple[Point, ...], why: CallReason) -> None:
    assert call_reason(Reach(points)) is why
    assert why.words


POINTS = st.lists(st.sampled_from([MOBILE, SECOND, BAD, STOPPED, LANDLINE, EMAIL]), unique=True, max_size=6)


@given(
    st.sampled_from([kind for kind in KINDS.values() if kind.ways not in (Ways.GIVEN_POINT, Ways.PUSH)]), POINTS,
    st.lists(st.sampled_from([PHONE, TABLET]), unique=True), st.booleans(),
)  # fmt: skip
def test_nobody_is_forgotten(kind, points: list[Point], pushes: list[str], voice: bool) -> None:
    reach = Reach(tuple(points), tuple(pushes), voice)
    made = plan(kind, reach, MORNING, HOURS)
    assert made.steps or made.call
    assert len({(step.channel, step.address) for step in made.steps}) == len(made.steps)
    usable = {point.value for point in points if point.state == "usable" and point.kind != "landline"}
    assert {step.address for step in made.steps} <= usable | set(pushes)
    if kind.urgency is Urgency.MISSING and not any(step.channel is Channel.SMS for step in made.steps):
        assert made.call


def test_a_name_that_is_no_message() -> None:
    with pytest.raises(ValueError, match="newsletter"):
        get_kind("newsletter")
