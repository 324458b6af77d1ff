"""Who is in the demo trust: families, rights, groups, numbers, staff."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest

from webapp.demo.cast import FAMILIES, WRONG_NUMBER
from webapp.demo.gathering import upn_of
from webapp.demo.schools import SCHOOLS, born_between
from webapp.demo.trust import Trust
from webapp.people.rules.contact_points import PointKind, read_contact_point
from webapp.people.rules.fictional_numbers import fictional_range
from webapp.people.rules.groups import Group
from webapp.people.rules.identifiers import check_upn
from webapp.people.rules.names import clean_line
from webapp.people.rules.rights import CourtOrder, Right, effective_rights, first_day_contacts, read_denies
from webapp.people.rules.roles import Role
from webapp.people.rules.school_times import check_together


def _child(trust: Trust, key: str):
    return next(pupil for pupil in trust.people.pupils if pupil.key == key)


def _adult(trust: Trust, key: str):
    return next(contact for contact in trust.people.contacts if contact.key == key)


def _orders(trust: Trust):
    return [
        CourtOrder(each.pupil, each.contact, read_denies(each.denies), each.starts_on, each.ends_on, each.review_on)
        for each in trust.people.orders
    ]


def _rights(trust: Trust, adult: str, child: str):
    pupil, contact = _child(trust, child).number, _adult(trust, adult).number
    link = next(each for each in trust.people.links if (each.pupil_id, each.contact_id) == (pupil, contact))
    return effective_rights(link, _orders(trust), trust.day)


def test_two_schools_of_their_sizes(trust: Trust):
    by_school = Counter(pupil.school for pupil in trust.people.pupils)
    assert by_school == {"hill": 420, "vale": 1150}
    forms = Counter(form.school for form in trust.people.forms)
    assert forms["hill"] == 14
    assert {form.year_group for form in trust.people.forms if form.school == "hill"} == set(range(7))
    assert {form.year_group for form in trust.people.forms if form.school == "vale"} == set(range(7, 14))
    sizes = Counter(pupil.form for pupil in trust.people.pupils)
    assert all(sizes[form.number] == form.size for form in trust.people.forms)


def test_the_times_of_the_day_may_stand_together():
    for school in SCHOOLS.values():
        check_together(school.settings)


def test_pupils_have_the_age_of_their_year_and_a_upn_of_their_own(trust: Trust):
    for pupil in trust.people.pupils:
        first, last = born_between(trust.year, pupil.year_group)
        assert first <= pupil.born <= last
        assert pupil.joined <= trust.day
    upns = [upn_of(pupil, trust.year) for pupil in trust.people.pupils]
    assert len(set(upns)) == len(upns)
    assert all(check_upn(upn) == upn for upn in upns)


def test_brothers_and_sisters_are_born_apart_or_together(trust: Trust):
    families: dict[int, list] = {}
    for pupil in trust.people.pupils:
        families.setdefault(pupil.family, []).append(pupil)
    siblings = [family for family in families.values() if len(family) > 1]
    assert 0.35 < sum(map(len, siblings)) / len(trust.people.pupils) < 0.6
    assert sum(len({pupil.school for pupil in family}) == 2 for family in siblings) > 60
    close = [
        family for family in siblings for one in family for other in family
        if one.number < other.number and 0 < abs((one.born - other.born).days) < 270
    ]  # fmt: skip
    assert len(close) <= 3
    assert any(one.born == other.born for family in siblings for one in family for other in family if one is not other)


def test_names_keep_their_accents_and_come_from_everywhere(trust: Trust):
    first = Counter(pupil.first_name for pupil in trust.people.pupils)
    last = {pupil.last_name for pupil in trust.people.pupils}
    assert {"Zoë", "José", "Siân", "Łukasz"} <= set(first)
    assert "Nguyễn" in last
    assert len(first) > 450
    assert len(last) > 300
    assert len({pupil.ethnicity for pupil in trust.people.pupils}) >= 14
    words = [*first, *last, *(name for each in trust.people.contacts for name in (each.first_name, each.last_name))]
    assert all(clean_line(word) == word and unicodedata.is_normalized("NFC", word) for word in words)


def test_only_numbers_that_reach_nobody(trust: Trust):
    points = trust.people.points
    for point in points:
        read = read_contact_point(point.value, allow_fictional=True)
        assert (read.kind, read.value) == (point.kind, point.value)
        if point.kind is PointKind.EMAIL:
            assert point.value.endswith(".example")
        else:
            assert fictional_range(point.value) is not None
    mobiles = [point.value for point in points if point.kind is PointKind.MOBILE]
    assert len(set(mobiles)) == len(mobiles)
    assert 900 <= len(mobiles) <= 1000
    assert {"+441632960001", "+441632960002"}.isdisjoint(point.value for point in points)


def test_every_adult_can_be_reached_somehow_and_belongs_to_a_child(trust: Trust):
    everybody = {contact.number for contact in trust.people.contacts}
    assert {point.contact for point in trust.people.points} == everybody
    assert {link.contact_id for link in trust.people.links} == everybody
    assert {link.pupil_id for link in trust.people.links} == {pupil.number for pupil in trust.people.pupils}
    assert 1.65 <= len(everybody) / len(trust.people.pupils) <= 1.95
    for pupil in range(len(trust.people.pupils)):
        priorities = [link.priority for link in trust.people.links if link.pupil_id == pupil]
        assert priorities == list(range(1, len(priorities) + 1))


def test_every_child_has_somebody_to_tell(trust: Trust):
    by_pupil: dict[int, list] = {}
    for link in trust.people.links:
        by_pupil.setdefault(link.pupil_id, []).append(link)
    orders = _orders(trust)
    without = [p for p, links in by_pupil.items() if not first_day_contacts(links, orders, trust.day).text]
    assert without == []


@pytest.mark.parametrize(
    ("group", "low", "high"),
    [
        (Group.PUPIL_PREMIUM, 0.24, 0.27),
        (Group.SEN_SUPPORT, 0.12, 0.14),
        (Group.EHCP, 0.035, 0.045),
        (Group.EAL, 0.17, 0.24),
        (Group.LOOKED_AFTER, 0.003, 0.012),
        (Group.CHILD_IN_NEED, 0.01, 0.03),
        (Group.CHILD_PROTECTION, 0.003, 0.01),
        (Group.YOUNG_CARER, 0.008, 0.02),
        (Group.TRAVELS_ALONE, 0.02, 0.05),
        (Group.MEDICAL, 0.02, 0.04),
        (Group.SERVICE_CHILD, 0.008, 0.02),
    ],
)
def test_the_shares_of_groups(trust: Trust, group: Group, low: float, high: float):
    assert low <= sum(group in pupil.groups for pupil in trust.people.pupils) / len(trust.people.pupils) <= high


def test_the_cast_stands_where_the_table_says(trust: Trust):
    numbers = {form.number: form for form in trust.people.forms}
    for family in FAMILIES:
        for child in family.children:
            pupil = _child(trust, f"{child.first} {child.last}")
            assert (pupil.school, numbers[pupil.form].name) == (child.school, child.form)
    names = Counter((pupil.first_name, pupil.last_name) for pupil in trust.people.pupils)
    assert all(names[child.first, child.last] == 1 for family in FAMILIES for child in family.children)
    adults = Counter(f"{each.first_name} {each.last_name}" for each in trust.people.contacts)
    assert all(adults[f"{adult.first} {adult.last}"] == 1 for family in FAMILIES for adult in family.adults)


def test_the_cast_has_its_numbers(trust: Trust):
    held = {}
    for point in trust.people.points:
        held.setdefault(trust.people.contacts[point.contact].key, []).append(point.value)
    assert held["Alice Ahmed"] == ["+447700900001", "alice.ahmed@family.example"]
    assert held["Bob Ahmed"] == ["+447700900002"]
    assert held["Charlie Shah"][0] == "+447700900003"
    assert held["Grace Osei"] == [WRONG_NUMBER] == ["+447700900404"]
    assert held["Stanley Briggs"] == ["+441632960013"]
    assert sum(point.value == WRONG_NUMBER for point in trust.people.points) == 1


def test_separated_parents_are_held_separately(trust: Trust):
    for child in ("Tom Ahmed", "Ella Ahmed"):
        alice, bob = _rights(trust, "Alice Ahmed", child), _rights(trust, "Bob Ahmed", child)
        assert alice.allowed == frozenset(Right)
        assert bob.allowed == frozenset(Right) - {Right.REQUEST_LEAVE}
        assert alice.link.lives_with and not bob.link.lives_with
    bob = _adult(trust, "Bob Ahmed")
    assert (bob.language, bob.needs_interpreter) == ("ur", True)
    assert not _rights(trust, "Sheila Turner", "Tom Ahmed").allowed - {Right.COLLECT}


@pytest.mark.parametrize(
    ("adult", "child", "blocked", "needs_check", "allowed"),
    [
        ("Dean Marsh", "Kayden Marsh", True, False, frozenset()),
        # His order waits for its review: nothing is shown to him, and whoever was rung still is.
        ("Samir Haddad", "Amira Haddad", False, True, frozenset()),
        ("Tracey Pearce", "Jayden Pearce", True, False, frozenset()),
        ("Margaret Doyle", "Jayden Pearce", False, False, frozenset(Right)),
        ("Tunde Adeyemi", "Jayden Pearce", False, False, frozenset()),
        ("Stanley Briggs", "Lily Briggs", False, False, frozenset(Right)),
    ],
)
def test_what_orders_and_care_do(trust: Trust, adult, child, blocked, needs_check, allowed):
    rights = _rights(trust, adult, child)
    assert (rights.blocked, rights.needs_check, rights.allowed) == (blocked, needs_check, allowed)


def test_the_kinds_of_family_that_a_school_knows(trust: Trust):
    relationships = Counter(link.relationship for link in trust.people.links)
    for kind in ("foster carer", "social worker", "step-father", "grandmother", "childminder", "aunt"):
        assert relationships[kind] >= 3, kind
    contacts = trust.people.contacts
    assert sum(contact.needs_interpreter for contact in contacts) > 40
    assert {"ur", "pl", "ro", "bn", "so", "ar", "pa", "tr", "uk"} <= {contact.language for contact in contacts}
    assert sum(contact.prefers_voice for contact in contacts) > 5
    assert sum(contact.child_words == "your_child" for contact in contacts) > 10
    away = [link for link in trust.people.links if link.relationship == "father" and not link.lives_with]
    assert len(away) > 150
    assert {point.state for point in trust.people.points} == {"usable", "bad", "opted_out"}
    reviews = [order.review_on for order in trust.people.orders if order.review_on]
    assert any(review < trust.day for review in reviews) and any(review > trust.day for review in reviews)


def test_every_role_is_held_and_every_form_has_its_tutor(trust: Trust):
    staff = trust.people.staff
    assert {role for member in staff for _, role in member.roles} == set(Role)
    assert 55 <= len(staff) <= 75
    assert len({member.email for member in staff}) == len(staff)
    assert len({member.display for member in staff}) == len(staff)
    assert all(read_contact_point(member.email, allow_fictional=True).value == member.email for member in staff)
    led = Counter(member.form for member in staff if member.form)
    assert led == Counter((form.school, form.name) for form in trust.people.forms)
    by_name = {member.display: member for member in staff}
    assert by_name["J Reed"].form == ("hill", "3K")
    assert ("hill", Role.ATTENDANCE_OFFICER) in by_name["S Khan"].roles
    assert ("hill", Role.HEAD) in by_name["G Osei"].roles
    assert ("hill", Role.DEPUTY_HEAD) in by_name["D Bell"].roles
    assert ("hill", Role.PASTORAL_LEAD) in by_name["N Okafor"].roles


def test_the_people_are_the_same_in_any_year(trust_at):
    def names(trust: Trust):
        return [(pupil.first_name, pupil.last_name, pupil.form) for pupil in trust.people.pupils]

    assert names(trust_at("2026-11-20T08:52")) == names(trust_at("2028-06-13T08:52"))
