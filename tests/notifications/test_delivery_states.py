"""Every (state, event) pair, and that reports may come in any order, as often as they like."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.rules.delivery_states import (
    ODD,
    TABLE,
    DeliveryEvent,
    DeliveryState,
    event_of_status,
    next_state,
    said,
    why,
)

S, E = DeliveryState, DeliveryEvent

WAITING, UNKNOWN, CANCELLED, EXPIRED = S.WAITING, S.UNKNOWN, S.CANCELLED, S.EXPIRED
SENT, FAILED, DELIVERED = S.SENT, S.FAILED, S.DELIVERED

# state: where it goes by TAKEN, NO_ANSWER, ARRIVED, REFUSED, NOT_TRUE, TOO_LATE, AGAIN
EXPECTED = {
    WAITING: (SENT, UNKNOWN, DELIVERED, FAILED, CANCELLED, EXPIRED, WAITING),
    UNKNOWN: (SENT, UNKNOWN, DELIVERED, FAILED, CANCELLED, EXPIRED, WAITING),
    CANCELLED: (SENT, CANCELLED, DELIVERED, FAILED, CANCELLED, CANCELLED, CANCELLED),
    EXPIRED: (SENT, EXPIRED, DELIVERED, FAILED, EXPIRED, EXPIRED, EXPIRED),
    SENT: (SENT, SENT, DELIVERED, FAILED, SENT, SENT, SENT),
    FAILED: (FAILED, FAILED, DELIVERED, FAILED, FAILED, FAILED, WAITING),
    DELIVERED: (DELIVERED,) * 7,
}
EVENTS = (E.TAKEN, E.NO_ANSWER, E.ARRIVED, E.REFUSED, E.NOT_TRUE, E.TOO_LATE, E.AGAIN)
REPORTS = (E.TAKEN, E.ARRIVED, E.REFUSED)


def test_the_whole_cross_product() -> None:
    assert set(EXPECTED) == set(S)
    assert set(EVENTS) == set(E)
    assert dict(TABLE) == {
        (state, event): leads_to
        for state, row in EXPECTED.items()
        for event, leads_to in zip(EVENTS, row, strict=True)
    }


GOAL = dict(zip(EVENTS, (SENT, UNKNOWN, DELIVERED, FAILED, CANCELLED, EXPIRED, WAITING), strict=True))


@pytest.mark.parametrize(("state", "event"), list(product(S, E)))
def test_each_odd_row_has_its_reason(state: DeliveryState, event: DeliveryEvent) -> None:
    is_odd = (state, event) in ODD
    assert bool(why(state, event)) == (is_odd or next_state(state, event) is not GOAL[event])


@pytest.mark.parametrize("state", S)
@given(reports=st.lists(st.sampled_from(REPORTS), max_size=4))
def test_the_order_of_reports_does_not_matter(state: DeliveryState, reports: list[DeliveryEvent]) -> None:
    ends = set()
    for order in permutations(reports):
        end = state
        for event in order:
            end = next_state(end, event)
        ends.add(end)
    assert len(ends) == 1


@pytest.mark.parametrize(("state", "event"), list(product(S, REPORTS)))
def test_a_repeated_report_changes_nothing(state: DeliveryState, event: DeliveryEvent) -> None:
    once = next_state(state, event)
    assert next_state(once, event) is once


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("accepted", E.TAKEN), ("queued", E.TAKEN), ("sending", E.TAKEN), ("sent", E.TAKEN), ("scheduled", E.TAKEN),
        ("delivered", E.ARRIVED), ("read", E.ARRIVED), ("undelivered", E.REFUSED), ("failed", E.REFUSED),
        ("canceled", E.REFUSED), (" Delivered ", E.ARRIVED), ("receiving", None), ("", None), ("new word", None),
    ],
)  # fmt: skip
def test_the_providers_words(status: str, event: DeliveryEvent | None) -> None:
    assert event_of_status(status) is event


@pytest.mark.parametrize(("channel", "state"), list(product(("sms", "push", "email"), S)))
def test_every_state_can_be_said(channel: str, state: DeliveryState) -> None:
    words = said(channel, state.value)
    assert words
    if channel == "push" and state is SENT:
        assert "not known whether it was seen" in words
    if state is not DELIVERED:
        assert "delivered" not in words.lower()
