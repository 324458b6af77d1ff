"""Languages by name."""

from __future__ import annotations

import pytest

from webapp.demo.cast import FAMILIES
from webapp.people.rules.languages import language_name, own_language_name


@pytest.mark.parametrize(
    ("code", "name", "own"),
    [
        ("ur", "Urdu", "اردو"), ("ur-PK", "Urdu", "اردو"), ("EN", "English", ""), ("cs", "Czech", "čeština"),
        ("Romany", "Romany", ""),
    ],
)  # fmt: skip
def test_a_language_has_its_name(code: str, name: str, own: str) -> None:
    assert (language_name(code), own_language_name(code)) == (name, own)


def test_every_language_of_the_demos_families_has_one() -> None:
    codes = {adult.language for family in FAMILIES for adult in family.adults}
    assert {code for code in codes if language_name(code) == code} == set()
