"""Puts the named families into the forms that the table gives them."""

from __future__ import annotations

from datetime import date

from webapp.demo.cast import FAMILIES, Adult, Child, Family
from webapp.demo.gathering import Gathering
from webapp.demo.schools import SCHOOLS
from webapp.people.rules.contact_points import PointKind
from webapp.people.rules.fictional_numbers import fictional_landline, fictional_mobile


def add_cast(gathering: Gathering) -> None:
    """The cast comes first, so that their places, numbers and ids are the same whatever the date and seed."""
    for family in FAMILIES:
        gathering.families += 1
        pupils = {child.first: _add_child(gathering, family, child) for child in family.children}
        for priority, adult in enumerate(family.adults, start=1):
            _add_adult(gathering, adult, priority, pupils)


def _add_child(gathering: Gathering, family: Family, child: Child) -> int:
    form = gathering.find_form(child.school, child.form)
    return gathering.add_pupil(
        form, child.first, child.last, child.sex, gathering.birthday(form.year_group), ethnicity=child.ethnicity,
        language=child.language, faith=family.faith, legal=child.legal, key=f"{child.first} {child.last}",
        groups=frozenset(child.groups), rate=child.rate,
        joined=date(gathering.year - (form.year_group - SCHOOLS[child.school].first_year), 9, 1),
    )  # fmt: skip


def _add_adult(gathering: Gathering, adult: Adult, priority: int, pupils: dict[str, int]) -> None:
    contact = gathering.add_contact(
        adult.title, adult.first, adult.last, language=adult.language, needs_interpreter=adult.interpreter,
        child_words="your_child" if adult.your_child else "name", prefers_voice=adult.voice,
        address_confidential=adult.hidden_address, key=f"{adult.first} {adult.last}",
    )  # fmt: skip
    if adult.mobile is not None:
        gathering.add_point(contact, PointKind.MOBILE, fictional_mobile(adult.mobile))
    if adult.landline is not None:
        gathering.add_point(contact, PointKind.LANDLINE, fictional_landline(adult.landline))
    if adult.email:
        gathering.add_point(contact, PointKind.EMAIL, gathering.address(adult.first, adult.last))
    for first, pupil in pupils.items():
        if adult.of and first not in adult.of:
            continue
        gathering.link(
            pupil, contact, adult.relationship, priority, home=adult.home, responsible=adult.responsible,
            collects=True if adult.relationship in {"grandmother", "grandfather"} else None,
            no_contact=adult.no_contact,
        )  # fmt: skip
        if adult.order is not None:
            gathering.order(pupil, contact, adult.order.kind, adult.order.denies, adult.order.review_in)
