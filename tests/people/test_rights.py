"""Who may do what for whom: Alice (parent of Tom and Ella), Bob (separated, parent of Tom), a neighbour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.people.rules import (
    CourtOrder,
    Denial,
    Link,
    Right,
    effective_rights,
    first_day_contacts,
    is_parent,
    may,
    pupil_may_report,
    read_denies,
    refusal,
    with_usual_rights,
)

TODAY = date(2026, 6, 16)
TOM, ELLA = 1, 2
ALICE, BOB, NEIGHBOUR = 10, 11, 12

ALICE_TOM = with_usual_rights(
    Link(TOM, ALICE, "mother", 1, is_parent=True, parental_responsibility=True, lives_with=True)
)
BOB_TOM = with_usual_rights(Link(TOM, BOB, "father", 2, is_parent=True, parental_responsibility=True))
NEIGHBOUR_TOM = with_usual_rights(Link(TOM, NEIGHBOUR, "neighbour", 3))


def _order(*denies: Denial, **dates: date | None) -> CourtOrder:
    given_dates = {"starts_on": date(2026, 1, 1), **dates}
    return CourtOrder(TOM, BOB, frozenset(denies), **given_dates)  # type: ignore[arg-type]


def _allowed(link: Link, *orders: CourtOrder, on: date = TODAY) -> set[Right]:
    return set(effective_rights(link, orders, on).allowed)


def test_usual_rights() -> None:
    assert _allowed(ALICE_TOM) == set(Right)
    assert _allowed(BOB_TOM) == set(Right) - {Right.REQUEST_LEAVE}
    assert _allowed(NEIGHBOUR_TOM) == set()


def test_a_bare_link_grants_nothing_even_to_a_parent() -> None:
    assert _allowed(Link(TOM, ALICE, "mother", 1, is_parent=True, lives_with=True)) == set()


def test_school_may_grant_one_thing_to_somebody_who_is_no_parent() -> None:
    collector = replace(NEIGHBOUR_TOM, may_collect=True, may_request_leave=True, lives_with=True)
    assert _allowed(collector) == {Right.COLLECT}


def test_leave_needs_a_parent_the_child_lives_with_whatever_was_ticked() -> None:
    assert Right.REQUEST_LEAVE not in _allowed(replace(BOB_TOM, may_request_leave=True))
    assert Right.REQUEST_LEAVE in _allowed(replace(BOB_TOM, may_request_leave=True, lives_with=True))


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "held"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (TODAY + timedelta(days=1), None, False),
        (None, TODAY - timedelta(days=1), False),
    ],
)
def test_a_link_holds_on_its_days(starts_on: date | None, ends_on: date | None, held: bool) -> None:
    link = replace(ALICE_TOM, starts_on=starts_on, ends_on=ends_on)
    assert bool(_allowed(link)) is held
    assert (link in first_day_contacts([link], [], TODAY).ring) is held


@pytest.mark.parametrize(
    ("denial", "left"),
    [
        (Denial.VIEW, {Right.REPORT, Right.COLLECT}),
        (Denial.REPORT, {Right.VIEW_ATTENDANCE, Right.VIEW_PLANS, Right.VIEW_MESSAGES, Right.COLLECT}),
        (Denial.LEAVE, set(Right) - {Right.REQUEST_LEAVE}),
        (Denial.COLLECT, set(Right) - {Right.COLLECT, Right.REQUEST_LEAVE}),
        (Denial.CONTACT, set()),
    ],
)
def test_what_an_order_takes_away(denial: Denial, left: set[Right]) -> None:
    rights = effective_rights(BOB_TOM, [_order(denial)], TODAY)
    assert set(rights.allowed) == left
    assert rights.blocked is (denial is Denial.CONTACT)
    assert rights.restricted and not rights.needs_check


@pytest.mark.parametrize(
    ("dates", "takes_away", "needs_check"),
    [
        ({}, True, False),
        ({"starts_on": TODAY + timedelta(days=1)}, False, False),
        ({"ends_on": TODAY}, True, False),
        ({"ends_on": TODAY - timedelta(days=1)}, False, False),
        ({"review_on": TODAY}, True, False),
        ({"review_on": TODAY - timedelta(days=1)}, True, True),
        # It ran out after a review that nobody made: still shut.
        ({"review_on": date(2026, 3, 1), "ends_on": date(2026, 5, 1)}, True, True),
        # A person ended it before its review came.
        ({"review_on": date(2026, 5, 1), "ends_on": date(2026, 3, 1)}, False, False),
    ],
)
def test_the_days_of_an_order(dates: dict[str, date], takes_away: bool, needs_check: bool) -> None:
    rights = effective_rights(BOB_TOM, [_order(Denial.COLLECT, **dates)], TODAY)
    assert may(rights, Right.COLLECT) is not takes_away
    assert rights.needs_check is needs_check
    if needs_check:
        assert not rights.allowed


def test_an_order_about_another_child_or_contact_changes_nothing() -> None:
    assert _allowed(ALICE_TOM, _order(Denial.CONTACT)) == set(Right)
    bob_ella = replace(BOB_TOM, pupil_id=ELLA)
    assert _allowed(bob_ella, _order(Denial.CONTACT)) == _allowed(bob_ella)


def test_do_not_contact_suppresses_everything() -> None:
    rights = effective_rights(replace(ALICE_TOM, do_not_contact=True), [], TODAY)
    assert rights.blocked and not rights.allowed


@pytest.mark.parametrize(
    ("raw", "denies"),
    [
        ("view,report", frozenset({Denial.VIEW, Denial.REPORT})),
        (" Collect ", frozenset({Denial.COLLECT})),
        ("", None),
        ("view,everything", None),
    ],
)
def test_words_of_an_order(raw: str, denies: frozenset[Denial] | None) -> None:
    assert read_denies(raw) == denies


def test_an_order_that_cannot_be_read_takes_everything_away() -> None:
    rights = effective_rights(BOB_TOM, [CourtOrder(TOM, BOB, None, date(2026, 1, 1))], TODAY)
    assert rights.needs_check and rights.blocked and not rights.allowed


@given(
    st.sets(st.sampled_from(Denial), min_size=1),
    st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    st.sampled_from([ALICE_TOM, BOB_TOM, NEIGHBOUR_TOM]),
)
def test_an_order_never_gives(
    denies: set[Denial], starts_on: date, ends_on: date | None, review_on: date | None, link: Link
) -> None:
    order = CourtOrder(TOM, link.contact_id, frozenset(denies), starts_on, ends_on, review_on)
    with_order = effective_rights(link, [order], TODAY)
    assert with_order.allowed <= effective_rights(link, [], TODAY).allowed
    assert not (with_order.needs_check and with_order.allowed)


def test_the_parents_sentence_does_not_give_the_cause_away() -> None:
    never_granted = effective_rights(replace(BOB_TOM, may_view_attendance=False), [], TODAY)
    ordered = effective_rights(BOB_TOM, [_order(Denial.VIEW)], TODAY)
    unchecked = effective_rights(BOB_TOM, [_order(Denial.LEAVE, review_on=date(2026, 2, 1))], TODAY)
    stopped = effective_rights(replace(BOB_TOM, do_not_contact=True), [], TODAY)
    for right in Right:
        sentences = {refusal(rights, right, "Tom") for rights in (never_granted, ordered, unchecked, stopped)}
        assert len(sentences) == 1
        words = sentences.pop().lower()
        assert "tom" in words and not any(word in words for word in ("court", "order", "review", "allowed"))


def test_leave_is_refused_in_the_words_of_the_record() -> None:
    assert refusal(effective_rights(BOB_TOM, [], TODAY), Right.REQUEST_LEAVE, "Tom") == (
        "A parent Tom lives with has to ask. Our record says that is not you. If this is wrong, ring school."
    )
    at_home = effective_rights(replace(ALICE_TOM, may_request_leave=False), [], TODAY)
    assert refusal(at_home, Right.REQUEST_LEAVE) == (
        "You cannot ask for time off for your child here. Please ring the school office."
    )


@pytest.mark.parametrize(
    ("relationship", "responsibility", "lives_with", "parent"),
    [
        ("Mother", False, False, True),
        ("father", False, False, True),
        ("step-father", False, True, True),
        ("step-father", False, False, False),
        ("foster carer", False, True, True),
        ("grandmother", True, False, True),
        ("grandmother", False, False, False),
        ("sister", False, True, False),
        ("neighbour", False, False, False),
    ],
)
def test_parent_in_education_law(relationship: str, responsibility: bool, lives_with: bool, parent: bool) -> None:
    assert is_parent(relationship, parental_responsibility=responsibility, lives_with=lives_with) is parent


def _ids(links: tuple[Link, ...]) -> list[int]:
    return [link.contact_id for link in links]


def test_first_day_text_goes_to_the_home_and_everybody_is_rung_in_order() -> None:
    reach = first_day_contacts([NEIGHBOUR_TOM, BOB_TOM, ALICE_TOM], [], TODAY)
    assert (_ids(reach.text), _ids(reach.ring), _ids(reach.held)) == ([ALICE], [ALICE, BOB, NEIGHBOUR], [])


def test_home_comes_before_the_schools_priority() -> None:
    reach = first_day_contacts([replace(BOB_TOM, priority=1), replace(ALICE_TOM, priority=5)], [], TODAY)
    assert _ids(reach.ring) == [ALICE, BOB]


def test_both_parents_at_home_get_the_text() -> None:
    reach = first_day_contacts([replace(BOB_TOM, lives_with=True), ALICE_TOM], [], TODAY)
    assert _ids(reach.text) == [ALICE, BOB]


def test_without_a_parent_at_home_the_next_parent_gets_it_and_an_emergency_contact_never() -> None:
    stopped = replace(ALICE_TOM, do_not_contact=True)
    reach = first_day_contacts([stopped, NEIGHBOUR_TOM, BOB_TOM], [], TODAY)
    assert (_ids(reach.text), _ids(reach.ring), _ids(reach.held)) == ([BOB], [BOB, NEIGHBOUR], [ALICE])
    alone = first_day_contacts([NEIGHBOUR_TOM], [], TODAY)
    assert (_ids(alone.text), _ids(alone.ring)) == ([], [NEIGHBOUR])


LAPSED = date(2026, 2, 1)


@pytest.mark.parametrize("denial", Denial)
@pytest.mark.parametrize("ends_on", [None, date(2026, 5, 1)])
@pytest.mark.parametrize("bob", [BOB_TOM, replace(BOB_TOM, lives_with=True)])
def test_when_an_order_lapses_nothing_new_is_shown_and_who_is_asked_and_rung_stays(
    denial: Denial, ends_on: date | None, bob: Link
) -> None:
    order = _order(denial, review_on=LAPSED, ends_on=ends_on)
    before, after = effective_rights(bob, [order], LAPSED), effective_rights(bob, [order], TODAY)
    assert not before.needs_check and after.needs_check and after.restricted
    assert not after.allowed
    assert (after.blocked, after.asked) == (before.blocked, before.asked)
    then, now = (first_day_contacts([ALICE_TOM, bob], [order], on) for on in (LAPSED, TODAY))
    assert now == then


def test_an_order_that_cannot_be_read_is_for_the_dsl_alone() -> None:
    order = CourtOrder(TOM, BOB, None, date(2026, 1, 1))
    reach = first_day_contacts([ALICE_TOM, BOB_TOM], [order], TODAY)
    assert (_ids(reach.ring), _ids(reach.held)) == ([ALICE], [BOB])


def test_who_is_stopped_by_the_dsl_is_held_and_is_nobody_to_text() -> None:
    reach = first_day_contacts([ALICE_TOM, BOB_TOM, NEIGHBOUR_TOM], [], TODAY, stopped={ALICE})
    assert (_ids(reach.text), _ids(reach.ring), _ids(reach.held)) == ([BOB], [BOB, NEIGHBOUR], [ALICE])


@pytest.mark.parametrize(
    ("on", "from_age", "may_report"),
    [
        (date(2026, 6, 16), None, False),
        (date(2026, 6, 15), 16, False),
        # Sixteen, and of compulsory school age until the last Friday of June.
        (date(2026, 6, 16), 16, False),
        (date(2026, 6, 26), 16, False),
        (date(2026, 6, 27), 16, True),
        (date(2026, 6, 16), 18, False),
        (date(2028, 6, 16), 18, True),
    ],
)
def test_a_pupil_reports_from_the_age_the_school_says(on: date, from_age: int | None, may_report: bool) -> None:
    assert pupil_may_report(date(2010, 6, 16), on, from_age) is may_report
