"""Roles and permissions as a whole table, and what membership of a group means."""

from __future__ import annotations

import pytest

from webapp.people.rules import (
    GROUPS,
    MAY_SPAN_SCHOOLS,
    PERMISSIONS,
    Group,
    Permission,
    Role,
    RoleGrant,
    Worker,
    allowed,
    allowed_at,
    look_first,
    permissions_of,
    roles_at,
    schools_where,
    visible_groups,
    workers_to_tell,
)

HILL, VALE = 1, 2
P = Permission

CASE_CONTENT = {
    P.VIEW_BOARD, P.CONFIRM_CODES, P.AMEND_PAST_MARKS, P.TAKE_OWN_REGISTER, P.TAKE_ANY_REGISTER, P.CHASE_REGISTERS,
    P.USE_RECEPTION, P.VIEW_WHO_IS_ON_SITE, P.VIEW_OWN_PUPILS, P.VIEW_ANY_PUPIL, P.SEE_HEALTH_REASONS,
    P.SEE_SAFEGUARDING_FLAGS, P.SEE_CONTACTS, P.SEE_WHO_MAY_COLLECT, P.SEE_COURT_ORDERS, P.MANAGE_RIGHTS,
    P.WRITE_TO_FAMILIES, P.LOG_CALLS, P.TELL_DSL, P.GET_ALARMS, P.STOP_MESSAGES, P.WITHHOLD_ENTRIES, P.RUN_FIRST_DAY,
    P.CLOSE_CASES, P.VIEW_PUPIL_TRAIL, P.VIEW_SAFEGUARDING_TRAIL, P.VIEW_REFERRED_CASES,
}  # fmt: skip


def test_every_permission_has_somebody_and_every_role_something() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert all(PERMISSIONS.values())
    assert set().union(*PERMISSIONS.values()) == set(Role)
    assert len({role.label for role in Role}) == len(Role)


# The whole of what each of these may do, so that a permission added for one of them has to be agreed here.
@pytest.mark.parametrize(
    ("role", "permissions"),
    [
        (Role.GOVERNOR, {P.VIEW_TOTALS}),
        (Role.WELFARE_OFFICER, {P.VIEW_REFERRED_CASES}),
        (Role.TEACHER, {P.TAKE_OWN_REGISTER, P.VIEW_OWN_PUPILS, P.VIEW_WHO_IS_ON_SITE, P.TELL_DSL}),
        (Role.TUTOR, {P.TAKE_OWN_REGISTER, P.VIEW_OWN_PUPILS, P.VIEW_WHO_IS_ON_SITE, P.TELL_DSL}),
        (
            Role.RECEPTION,
            {
                P.VIEW_BOARD, P.USE_RECEPTION, P.CHASE_REGISTERS, P.VIEW_WHO_IS_ON_SITE, P.VIEW_OWN_PUPILS,
                P.VIEW_ANY_PUPIL, P.SEE_CONTACTS, P.SEE_WHO_MAY_COLLECT, P.LOG_CALLS, P.TELL_DSL,
            },
        ),
        (
            Role.ADMINISTRATOR,
            {
                P.IMPORT, P.MANAGE_CALENDAR, P.MANAGE_SETTINGS, P.MANAGE_MESSAGE_TEXTS, P.MANAGE_STAFF, P.VIEW_TOTALS,
                P.VIEW_TRAIL,
            },
        ),
        (
            Role.TRUST_LEAD,
            {
                P.IMPORT, P.MANAGE_CALENDAR, P.MANAGE_SETTINGS, P.MANAGE_MESSAGE_TEXTS, P.MANAGE_STAFF, P.VIEW_TOTALS,
                P.COMPARE_SCHOOLS,
            },
        ),
    ],
)  # fmt: skip
def test_the_whole_of_a_role(role: Role, permissions: set[Permission]) -> None:
    assert permissions_of([role]) == permissions


@pytest.mark.parametrize("role", [Role.GOVERNOR, Role.ADMINISTRATOR, Role.TRUST_LEAD])
def test_no_case_content_for_those_who_run_or_watch(role: Role) -> None:
    assert not permissions_of([role]) & CASE_CONTENT


@pytest.mark.parametrize(
    ("permission", "has", "has_not"),
    [
        (P.STOP_MESSAGES, {Role.DSL, Role.DEPUTY_DSL}, {Role.RECEPTION, Role.ATTENDANCE_OFFICER}),
        (P.GET_ALARMS, {Role.DSL, Role.DEPUTY_DSL, Role.ATTENDANCE_OFFICER}, {Role.TEACHER}),
        (P.CONFIRM_CODES, {Role.ATTENDANCE_OFFICER, Role.HEAD}, {Role.RECEPTION, Role.TEACHER, Role.PASTORAL_LEAD}),
        (P.AMEND_PAST_MARKS, {Role.ATTENDANCE_LEAD}, {Role.TEACHER, Role.RECEPTION, Role.SEN_COORDINATOR}),
        (P.SEE_HEALTH_REASONS, {Role.SEN_COORDINATOR, Role.PASTORAL_LEAD}, {Role.TEACHER, Role.RECEPTION}),
        (P.SEE_SAFEGUARDING_FLAGS, {Role.DSL}, {Role.TUTOR, Role.PASTORAL_LEAD, Role.RECEPTION}),
        (P.SEE_COURT_ORDERS, {Role.DSL, Role.ATTENDANCE_OFFICER}, {Role.RECEPTION, Role.TEACHER}),
        (P.IMPORT, {Role.ADMINISTRATOR, Role.ATTENDANCE_OFFICER}, {Role.TEACHER, Role.GOVERNOR}),
        (P.COMPARE_SCHOOLS, {Role.TRUST_LEAD}, {Role.HEAD, Role.ADMINISTRATOR}),
    ],
)
def test_who_may(permission: Permission, has: set[Role], has_not: set[Role]) -> None:
    assert all(allowed([role], permission) for role in has)
    assert not any(allowed([role], permission) for role in has_not)


def test_roles_add_up_and_nothing_is_nothing() -> None:
    assert allowed([Role.TEACHER, Role.DSL], P.STOP_MESSAGES)
    assert permissions_of([Role.TEACHER, Role.DSL]) == permissions_of([Role.TEACHER]) | permissions_of([Role.DSL])
    assert not any(allowed([], permission) for permission in Permission)


def test_a_role_holds_at_its_school_alone() -> None:
    grants = [RoleGrant(Role.DSL, VALE), RoleGrant(Role.TEACHER, HILL)]
    assert allowed_at(grants, P.STOP_MESSAGES, VALE)
    assert not allowed_at(grants, P.STOP_MESSAGES, HILL)
    assert roles_at(grants, HILL) == {Role.TEACHER}
    assert schools_where(grants, P.TELL_DSL, [HILL, VALE]) == (HILL, VALE)
    assert schools_where(iter(grants), P.STOP_MESSAGES, [HILL, VALE]) == (VALE,)


@pytest.mark.parametrize("role", Role)
def test_only_roles_of_the_trust_span_schools(role: Role) -> None:
    if role in MAY_SPAN_SCHOOLS:
        assert RoleGrant(role, None).covers(HILL) and RoleGrant(role, None).covers(VALE)
    else:
        with pytest.raises(ValueError, match="name the school"):
            RoleGrant(role, None)
    assert not RoleGrant(role, HILL).covers(VALE)


def test_every_group_is_described_once() -> None:
    assert set(GROUPS) == set(Group)
    assert [kind.order for kind in GROUPS.values()] == list(range(len(Group)))
    assert len({kind.label for kind in GROUPS.values()}) == len({kind.short for kind in GROUPS.values()}) == len(Group)
    assert all(kind.label for kind in GROUPS.values())
    assert all(len(group) <= 32 for group in Group)


@pytest.mark.parametrize(
    ("group", "first", "sensitive", "worker"),
    [
        (Group.CHILD_PROTECTION, True, True, Worker.SOCIAL_WORKER),
        (Group.CHILD_IN_NEED, True, True, Worker.SOCIAL_WORKER),
        (Group.LOOKED_AFTER, True, True, Worker.SOCIAL_WORKER),
        (Group.YOUTH_OFFENDING, True, True, Worker.YOUTH_OFFENDING_WORKER),
        (Group.YOUNG_CARER, True, True, None),
        (Group.MISSING_BEFORE, True, True, None),
        (Group.MEDICAL, True, True, None),
        (Group.TRAVELS_ALONE, True, False, None),
        (Group.PREVIOUSLY_LOOKED_AFTER, False, True, None),
        (Group.PUPIL_PREMIUM, False, False, None),
        (Group.SEN_SUPPORT, False, False, None),
        (Group.EHCP, False, False, None),
        (Group.EAL, False, False, None),
        (Group.SERVICE_CHILD, False, False, None),
    ],
)
def test_what_a_group_means(group: Group, first: bool, sensitive: bool, worker: Worker | None) -> None:
    kind = GROUPS[group]
    assert (kind.look_first, kind.sensitive, kind.worker) == (first, sensitive, worker)
    assert look_first([Group.EAL, group]) is first


def test_workers_are_told_once_each() -> None:
    groups = [Group.YOUTH_OFFENDING, Group.LOOKED_AFTER, Group.CHILD_IN_NEED]
    assert workers_to_tell(groups) == (Worker.SOCIAL_WORKER, Worker.YOUTH_OFFENDING_WORKER)
    assert workers_to_tell([Group.EAL]) == ()


def test_nobody_sees_a_trace_of_what_is_not_theirs() -> None:
    groups = [Group.EAL, Group.MEDICAL, Group.CHILD_PROTECTION, Group.TRAVELS_ALONE, Group.EAL]
    seen = {
        role: [kind.group for kind in visible_groups(groups, permissions_of([role]))]
        for role in (Role.TEACHER, Role.SEN_COORDINATOR, Role.DSL)
    }
    assert seen[Role.TEACHER] == [Group.TRAVELS_ALONE, Group.EAL]
    assert seen[Role.SEN_COORDINATOR] == [Group.MEDICAL, Group.TRAVELS_ALONE, Group.EAL]
    assert seen[Role.DSL] == [Group.CHILD_PROTECTION, Group.MEDICAL, Group.TRAVELS_ALONE, Group.EAL]
