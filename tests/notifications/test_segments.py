"""Counting as the networks count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.rules.segments import Encoding, count, encoding_of, fits_with_name, outside_gsm

GSM, UCS = Encoding.GSM_7, Encoding.UCS_2
# GSM 03.38 basic table by code point, written down apart from the rules: row by row as in the standard.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "^{}\\[~]|€\f"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", GSM, 0, 1),
        ("a" * 160, GSM, 160, 1),
        ("a" * 161, GSM, 161, 2),
        ("a" * 306, GSM, 306, 2),
        ("a" * 307, GSM, 307, 3),
        ("€" * 80, GSM, 160, 1),
        ("€" * 80 + "a", GSM, 161, 2),
        # 152 and one that costs two do not fill a part: it moves to the next whole.
        ("a" * 152 + "€" + "a" * 151, GSM, 305, 2),
        ("a" * 152 + "€" + "a" * 152, GSM, 306, 3),
        ("é" * 160, GSM, 160, 1),
        ("ë", UCS, 1, 1),
        ("ë" * 70, UCS, 70, 1),
        ("ë" * 71, UCS, 71, 2),
        ("ë" * 134, UCS, 134, 2),
        ("ë" * 135, UCS, 135, 3),
        ("a" * 133 + "ë", UCS, 134, 2),
        ("😀" * 35, UCS, 70, 1),
        # 66 and a pair do not fill a part either.
        ("ë" * 66 + "😀" + "ë" * 66, UCS, 134, 3),
        ("’", UCS, 1, 1),
        ("ç", UCS, 1, 1),
        ("Ç", GSM, 1, 1),
    ],
)
def test_parts(text: str, encoding: Encoding, units: int, parts: int) -> None:
    found = count(text)
    assert (found.encoding, found.units, found.parts) == (encoding, units, parts)


def test_the_alphabet_is_the_standards() -> None:
    assert len(BASIC) == 127
    assert {c for c in map(chr, range(0x10000)) if encoding_of(c) is GSM} == set(BASIC) | set(EXTENDED)


@pytest.mark.parametrize(("text", "outside"), [("Tom", ""), ("Zoë", "ë"), ("Şükrü Łoś", "Şś" + "Ł")])
def test_what_makes_it_dear(text: str, outside: str) -> None:
    assert outside_gsm(text) == frozenset(outside)


@given(st.text(max_size=400), st.characters(exclude_categories=["Cs"]))
def test_more_text_is_never_cheaper(text: str, more: str) -> None:
    before, after = count(text), count(text + more)
    assert 1 <= before.parts <= after.parts
    assert after.parts <= len(text) + 2


@given(st.text(alphabet=st.sampled_from("abc é€ ëŁ😀"), max_size=200))
def test_a_text_that_fits_costs_two_parts_at_most(text: str) -> None:
    if fits_with_name(text) and "😀" not in text:
        assert count(text).parts <= 2


@pytest.mark.parametrize(("length", "fits"), [(134, True), (135, False)])
def test_the_room_for_a_name(length: int, fits: bool) -> None:
    assert fits_with_name("x" * length) is fits_with_name("ë" * length) is fits
