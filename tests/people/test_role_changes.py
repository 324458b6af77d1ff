"""Giving and ending roles: what may be typed, nobody gives themselves one, and a school is never left without."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.people.rules.role_changes import (
    Grant,
    Held,
    RoleRefused,
    check_giver,
    check_left,
    overlaps,
    read_grant,
    read_last_day,
)
from webapp.people.rules.roles import Role

TODAY, TOMORROW, JULY = date(2026, 6, 16), date(2026, 6, 17), date(2026, 7, 31)
LONG_AGO = date(2020, 9, 1)


@pytest.mark.parametrize(
    ("typed", "grant"),
    [
        (("dsl", "", ""), Grant(Role.DSL, TODAY, None)),
        (("cover_teacher", "2026-06-17", "2026-06-17"), Grant(Role.COVER_TEACHER, TOMORROW, TOMORROW)),
    ],
)
def test_a_role_that_was_typed(typed: tuple[str, str, str], grant: Grant) -> None:
    assert read_grant(*typed, TODAY) == grant


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (("", "", ""), "role"), (("wizard", "", ""), "role"), (("dsl", "2026-06-15", ""), "starts_on"),
        (("dsl", "soon", ""), "starts_on"), (("dsl", "2030-01-01", ""), "starts_on"),
        (("dsl", "2026-06-17", "2026-06-16"), "ends_on"), (("dsl", "", "31/07"), "ends_on"),
    ],
)  # fmt: skip
def test_a_role_that_cannot_be_given(typed: tuple[str, str, str], field: str) -> None:
    with pytest.raises(RoleRefused) as refused:
        read_grant(*typed, TODAY)
    assert refused.value.field == field


def test_the_last_day() -> None:
    assert read_last_day("", TODAY) == date(2026, 6, 15)
    assert read_last_day("2026-07-31", TODAY) == JULY
    with pytest.raises(RoleRefused):
        read_last_day("2026-06-15", TODAY)


def test_nobody_gives_themselves_a_role() -> None:
    check_giver(1, 2)
    check_giver(None, 2)
    with pytest.raises(RoleRefused):
        check_giver(2, 2)


@pytest.mark.parametrize(
    ("role", "others", "first_day_without", "refused"),
    [
        (Role.ADMINISTRATOR, [], TODAY, True),
        (Role.ADMINISTRATOR, [Held(2, Role.ADMINISTRATOR, LONG_AGO, None)], TODAY, False),
        # The other's role has ended, has yet to begin, or ends the day before.
        (Role.DSL, [Held(2, Role.DSL, LONG_AGO, date(2026, 6, 15))], TODAY, True),
        (Role.DSL, [Held(2, Role.DSL, TOMORROW, None)], TODAY, True),
        (Role.DSL, [Held(2, Role.DSL, TOMORROW, None)], TOMORROW, False),
        (Role.DSL, [Held(2, Role.DSL, LONG_AGO, JULY)], date(2026, 8, 1), True),
        (Role.DSL, [Held(2, Role.DEPUTY_DSL, LONG_AGO, None)], TODAY, True),
        (Role.TEACHER, [], TODAY, False),
    ],
)
def test_a_school_is_never_left_without(
    role: Role, others: list[Held], first_day_without: date, refused: bool
) -> None:
    if refused:
        with pytest.raises(RoleRefused, match="Give the role to somebody else first"):
            check_left(role, others, first_day_without)
    else:
        check_left(role, others, first_day_without)


@pytest.mark.parametrize(
    ("grant", "held", "is_held"),
    [
        (Grant(Role.DSL, TODAY, None), Held(1, Role.DSL, LONG_AGO, None), True),
        (Grant(Role.DSL, TOMORROW, JULY), Held(1, Role.DSL, LONG_AGO, TODAY), False),
        (Grant(Role.DSL, TODAY, TODAY), Held(1, Role.DSL, TODAY, TODAY), True),
        (Grant(Role.DSL, TODAY, TODAY), Held(1, Role.DSL, TOMORROW, None), False),
        (Grant(Role.DSL, TODAY, None), Held(1, Role.HEAD, LONG_AGO, None), False),
    ],
)
def test_a_role_is_not_given_twice(grant: Grant, held: Held, is_held: bool) -> None:
    assert overlaps(grant, [held]) is is_held
