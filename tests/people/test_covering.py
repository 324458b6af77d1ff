"""Who does whose work: named covers, chains of them, loops, and those who answer for it when nobody else is here."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.foundation.sessions import Half
from webapp.people.rules.absences import Away, CoverRefused, read_away
from webapp.people.rules.covering import (
    COVER_NEEDS,
    OFFICE_LADDER,
    SAFEGUARDING_LADDER,
    Hold,
    Member,
    Standing,
    can_cover,
    ladder_of,
)
from webapp.people.rules.roles import Role, permissions_of

SAIRA, PAUL, BRENDA, HEAD, DSL, DEPUTY, JO, AMY = 1, 2, 3, 4, 5, 6, 7, 8
ROLES = {
    SAIRA: {Role.ATTENDANCE_OFFICER}, PAUL: {Role.ATTENDANCE_LEAD}, BRENDA: {Role.RECEPTION}, HEAD: {Role.HEAD},
    DSL: {Role.DSL}, DEPUTY: {Role.DEPUTY_DSL}, JO: {Role.TEACHER, Role.TUTOR}, AMY: {Role.TEACHER},
}  # fmt: skip


def school(away: set[int] = frozenset(), covers: dict[int, int] | None = None, without: set[int] = frozenset()):
    return Standing(
        Member(number, f"P{number}", frozenset(roles), (covers or {}).get(number), number in away)
        for number, roles in ROLES.items() if number not in without
    )  # fmt: skip


def test_every_role_says_what_covering_it_needs_and_can_cover_itself() -> None:
    assert set(COVER_NEEDS) == set(Role)
    for role in Role:
        assert COVER_NEEDS[role] in permissions_of([role]), role
        assert can_cover([role], [role])


@pytest.mark.parametrize(
    ("roles", "ladder"),
    [
        ({Role.DSL}, SAFEGUARDING_LADDER), ({Role.DEPUTY_DSL, Role.TEACHER}, SAFEGUARDING_LADDER),
        ({Role.ATTENDANCE_OFFICER}, (*OFFICE_LADDER, Role.DSL, Role.DEPUTY_DSL)),
        ({Role.MEDICAL_ROOM}, (*OFFICE_LADDER, Role.DSL, Role.DEPUTY_DSL)),
        ({Role.TEACHER}, (Role.HEAD, Role.DEPUTY_HEAD, Role.DSL, Role.DEPUTY_DSL)),
        (set(), (Role.HEAD, Role.DEPUTY_HEAD, Role.DSL, Role.DEPUTY_DSL)),
    ],
)  # fmt: skip
def test_every_ladder_ends_with_those_who_lead(roles: set[Role], ladder: tuple[Role, ...]) -> None:
    assert ladder_of(roles) == ladder


@pytest.mark.parametrize(
    ("owner", "away", "covers", "holder"),
    [
        # Here: their own, whoever is named.
        (SAIRA, set(), {SAIRA: BRENDA}, SAIRA),
        (SAIRA, {SAIRA}, {SAIRA: BRENDA}, BRENDA),
        # A chain, and a loop, which is walked once and then left to those who answer for the office.
        (SAIRA, {SAIRA, BRENDA}, {SAIRA: BRENDA, BRENDA: HEAD}, HEAD),
        (SAIRA, {SAIRA, BRENDA}, {SAIRA: BRENDA, BRENDA: SAIRA}, PAUL),
        (SAIRA, {SAIRA}, {}, PAUL),
        (SAIRA, {SAIRA, PAUL}, {}, BRENDA),
        (SAIRA, {SAIRA, PAUL, BRENDA}, {}, HEAD),
        (SAIRA, {SAIRA, PAUL, BRENDA, HEAD}, {}, DSL),
        # Reception may not act as a safeguarding lead, though somebody once wrote her name there: the next of her own.
        (DSL, {DSL}, {DSL: BRENDA}, DEPUTY),
        (DSL, {DSL, DEPUTY}, {}, HEAD),
        (DSL, {DSL}, {DSL: HEAD}, HEAD),
        # Everybody who leads is away: it stays with one of them, who is still written to.
        (DSL, {DSL, DEPUTY, HEAD}, {}, DEPUTY),
        (HEAD, {HEAD, DSL, DEPUTY}, {}, DSL),
        (JO, {JO}, {JO: AMY}, AMY),
        (JO, {JO, AMY}, {JO: AMY}, HEAD),
        # Somebody who has left, and whoever covered for them.
        (99, set(), {}, HEAD),
        (99, {HEAD}, {}, DSL),
        (SAIRA, {SAIRA}, {SAIRA: 99}, PAUL),
    ],
)
def test_who_does_the_work(owner: int, away: set[int], covers: dict[int, int], holder: int) -> None:
    assert school(away, covers).holder(owner) == holder


def test_nobody_at_all_leaves_it_where_it_is() -> None:
    assert Standing(()).holder(SAIRA) == SAIRA


# A task through all that can happen to it: who owns it, whether they are away, who began it, who else is away.
OWNER_BACK, OWNER_AWAY = (), (SAIRA,)


@pytest.mark.parametrize(
    ("owner_away", "begun_by", "cover_away", "expected"),
    [
        (away, begun, cover, held)
        for (away, begun, cover), held in {
            (False, None, False): Hold(SAIRA), (False, None, True): Hold(SAIRA),
            (True, None, False): Hold(BRENDA, SAIRA), (True, None, True): Hold(PAUL, SAIRA),
            # The owner is back: what the cover began stays the cover's.
            (False, BRENDA, False): Hold(BRENDA, SAIRA), (True, BRENDA, False): Hold(BRENDA, SAIRA),
            # The cover who began it is away in turn: theirs goes where their work goes, here to the owner.
            (False, BRENDA, True): Hold(SAIRA), (True, BRENDA, True): Hold(PAUL, SAIRA),
            # The owner began it herself.
            (False, SAIRA, False): Hold(SAIRA), (False, SAIRA, True): Hold(SAIRA),
            (True, SAIRA, False): Hold(BRENDA, SAIRA), (True, SAIRA, True): Hold(PAUL, SAIRA),
            # Whoever began it has left the school.
            (False, 99, False): Hold(HEAD, SAIRA), (False, 99, True): Hold(HEAD, SAIRA),
            (True, 99, False): Hold(HEAD, SAIRA), (True, 99, True): Hold(HEAD, SAIRA),
        }.items()
    ],
)  # fmt: skip
def test_the_whole_life_of_a_task(owner_away: bool, begun_by: int | None, cover_away: bool, expected: Hold) -> None:
    away = {number for number, is_away in ((SAIRA, owner_away), (BRENDA, cover_away)) if is_away}
    standing = school(away, {SAIRA: BRENDA, BRENDA: SAIRA})
    assert standing.hold(SAIRA, begun_by) == expected
    assert SAIRA in standing.owners(expected.by) or begun_by is not None or not owner_away


def test_the_cross_product_is_whole() -> None:
    marks = test_the_whole_life_of_a_task.pytestmark[0].args[1]
    assert {row[:3] for row in marks} == set(product((False, True), (None, BRENDA, SAIRA, 99), (False, True)))


@pytest.mark.parametrize(
    ("who", "away", "has", "has_not"),
    [
        (SAIRA, set(), {Role.ATTENDANCE_OFFICER}, {Role.DSL, Role.RECEPTION, Role.ATTENDANCE_LEAD}),
        # A deputy has every task of the DSL, here or away; the DSL's tasks pass on only when both are away.
        (DEPUTY, set(), {Role.DSL, Role.DEPUTY_DSL}, {Role.HEAD}),
        (HEAD, {DSL}, {Role.HEAD}, {Role.DSL}),
        (HEAD, {DSL, DEPUTY}, {Role.HEAD, Role.DSL}, {Role.RECEPTION}),
        (PAUL, {SAIRA}, {Role.ATTENDANCE_OFFICER, Role.ATTENDANCE_LEAD}, {Role.RECEPTION}),
        (BRENDA, {SAIRA}, {Role.RECEPTION}, {Role.ATTENDANCE_OFFICER}),
        # Away, they still see their own.
        (SAIRA, {SAIRA}, {Role.ATTENDANCE_OFFICER}, {Role.RECEPTION}),
        # Of roles that nobody holds the head has the tasks, or whoever does that work.
        (HEAD, set(), {Role.PASTORAL_LEAD}, {Role.ATTENDANCE_OFFICER}),
    ],
)
def test_whose_roles_tasks_are_mine(who: int, away: set[int], has: set[Role], has_not: set[Role]) -> None:
    queues = school(away).queues(who, ROLES[who])
    assert has <= queues and not has_not & queues


@pytest.mark.parametrize(
    ("roles", "away", "covers", "told"),
    [
        ((Role.DSL, Role.DEPUTY_DSL), set(), {}, (DSL, DEPUTY)),
        # Whoever is away is told too, and so is the cover.
        ((Role.DSL, Role.DEPUTY_DSL), {DSL}, {DSL: HEAD}, (HEAD, DSL, DEPUTY)),
        ((Role.DSL, Role.DEPUTY_DSL), {DSL, DEPUTY}, {}, (HEAD, DSL, DEPUTY)),
        ((Role.ATTENDANCE_OFFICER,), {SAIRA}, {SAIRA: BRENDA}, (SAIRA, BRENDA)),
    ],
)
def test_who_is_told(roles: tuple[Role, ...], away: set[int], covers: dict[int, int], told: tuple[int, ...]) -> None:
    assert school(away, covers).told(roles) == tuple(sorted(told))


def test_where_nobody_leads_safeguarding_the_heads_are_told() -> None:
    assert school(without={DSL, DEPUTY}).told((Role.DSL, Role.DEPUTY_DSL), (Role.HEAD,)) == (HEAD,)
    assert school(without={DSL, DEPUTY}).told((Role.DSL,)) == ()


@pytest.mark.parametrize(
    ("away", "covers", "taker"),
    [
        (set(), {SAIRA: BRENDA}, SAIRA), ({SAIRA}, {SAIRA: BRENDA}, BRENDA), ({SAIRA}, {}, PAUL),
        ({SAIRA, PAUL}, {}, BRENDA), ({SAIRA, PAUL, BRENDA, HEAD}, {}, SAIRA),
    ],
)  # fmt: skip
def test_who_takes_a_step_of_the_office(away: set[int], covers: dict[int, int], taker: int) -> None:
    assert school(away, covers).taker(OFFICE_LADDER) == taker


_PEOPLE = st.lists(
    st.tuples(st.frozensets(st.sampled_from(list(Role)), min_size=1, max_size=3), st.integers(0, 9), st.booleans()),
    min_size=1, max_size=9,
)  # fmt: skip


@given(people=_PEOPLE)
def test_never_nobody_and_nobody_unfit(people: list[tuple[frozenset[Role], int, bool]]) -> None:
    """Every chain ends, with somebody of the school who is here and fit where there is one on the ladder."""
    standing = Standing(
        Member(number, str(number), roles, cover if cover != number else None, away)
        for number, (roles, cover, away) in enumerate(people)
    )
    for number, member in standing.members.items():
        holder = standing.holder(number)
        assert holder in standing.members
        assert (holder == number) or member.away
        if holder != number:
            assert can_cover(standing.members[holder].roles, member.roles)
        if member.away and standing.members[holder].away:
            ladder = set(ladder_of(member.roles))
            assert not any(
                one.roles & ladder and not one.away and can_cover(one.roles, member.roles)
                for one in standing.members.values() if one.id != number
            )  # fmt: skip
        assert number in standing.owners(holder)


# Half days.

TODAY = date(2026, 6, 16)


@pytest.mark.parametrize(
    ("typed", "half", "expected"),
    [
        (("2026-06-16", "morning", "", "afternoon"), Half.AM, Away(TODAY)),
        (("2026-06-16", "morning", "2026-06-16", "morning"), Half.AM, Away(TODAY, Half.AM, TODAY, Half.AM)),
        (("2026-06-16", "afternoon", "2026-06-17", "morning"), Half.AM,
         Away(TODAY, Half.PM, date(2026, 6, 17), Half.AM)),
        # The morning is over.
        (("2026-06-16", "morning", "2026-06-16", "afternoon"), Half.PM, Away(TODAY, Half.PM, TODAY, Half.PM)),
    ],
)  # fmt: skip
def test_an_absence_that_was_typed(typed: tuple[str, str, str, str], half: Half, expected: Away) -> None:
    assert read_away(*typed, TODAY, half) == expected


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (("", "morning", "", ""), "starts_on"), (("2026-06-15", "morning", "", ""), "starts_on"),
        (("tomorrow", "morning", "", ""), "starts_on"), (("2026-06-16", "morning", "2026-06-15", "morning"), "ends_on"),
        (("2026-06-16", "afternoon", "2026-06-16", "morning"), "ends_on"),
        (("2026-06-16", "morning", "2028-06-16", "morning"), "ends_on"),
        (("2026-06-16", "morning", "soon", "morning"), "ends_on"),
    ],
)  # fmt: skip
def test_an_absence_that_cannot_be(typed: tuple[str, str, str, str], field: str) -> None:
    with pytest.raises(CoverRefused) as refused:
        read_away(*typed, TODAY, Half.AM)
    assert refused.value.field == field


@given(
    st.tuples(st.integers(0, 4), st.sampled_from(Half), st.none() | st.integers(0, 4), st.sampled_from(Half)),
    st.integers(-2, 7), st.sampled_from(Half),
)  # fmt: skip
def test_half_days_are_in_order(span: tuple[int, Half, int | None, Half], day: int, half: Half) -> None:
    """Counted in half days from a fixed one: away from the first to the last, and over after the last."""
    def at(offset: int) -> date:
        return date.fromordinal(TODAY.toordinal() + offset)

    start, end = span[0] * 2 + span[1].index, None if span[2] is None else span[2] * 2 + span[3].index
    away = Away(at(span[0]), span[1], None if span[2] is None else at(span[2]), span[3])
    now = day * 2 + half.index
    assert away.holds(at(day), half) is (start <= now and (end is None or now <= end))
    assert away.is_over(at(day), half) is (end is not None and end < now)
