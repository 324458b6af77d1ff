"""UPN check letters, against published numbers and a sum written out by hand."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from webapp.people.rules import UpnRefused, check_letter, check_upn, is_temporary_upn, make_upn

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


# H801200001001 stands in the tests of DfE's own multiplication tables check; the others in public validators.
@pytest.mark.parametrize(
    "upn", ["H801200001001", "B801200005001", "Z213282605052", " h801 200 001001 ", "b801200005001"]
)
def test_published_numbers(upn: str) -> None:
    assert check_upn(upn) == upn.replace(" ", "").upper()
    assert not is_temporary_upn(check_upn(upn))


def test_a_temporary_number_by_hand() -> None:
    # 8*2 + 0 + 1*4 + 2*5 + 0... + 5*10 + 0 + 0 + C (2) * 13 = 106; 106 mod 23 = 14 -> Q
    assert check_letter("80120000500C") == "Q"
    assert check_upn("Q80120000500C") == "Q80120000500C"
    assert is_temporary_upn("Q80120000500C")


@pytest.mark.parametrize(
    ("raw", "mend"),
    [
        ("", "Enter the UPN"),
        ("   ", "Enter the UPN"),
        ("P20700001604", "has 13 characters; this has 12"),
        ("P2070000160499", "has 13 characters; this has 14"),
        ("1207000016049", "starts with a letter"),
        ("I207000016049", "never with I, O or S"),
        ("P20700001604S", "only the last may be a letter"),
        ("P2070A0016049", "only the last may be a letter"),
        ("P20700001604٩", "only the last may be a letter"),
        ("P207000\x0016049", "only the last may be a letter"),
        ("B207000016049", "go with P"),
        ("P207000016048", "One character is wrong"),
    ],
)
def test_refused_with_field_and_mend(raw: str, mend: str) -> None:
    with pytest.raises(UpnRefused, match=mend) as refused:
        check_upn(raw, field="Former UPN")
    assert refused.value.field == "Former UPN"
    assert len(raw) < 5 or raw not in str(refused.value)


_permanent = st.builds(
    make_upn, st.integers(0, 999), st.integers(0, 9999), st.integers(1999, 2030), st.integers(0, 999)
)
_temporary = st.builds(
    lambda *parts: make_upn(*parts, temporary=True),
    st.integers(0, 999), st.integers(0, 9999), st.integers(0, 99), st.integers(0, 2299),
)  # fmt: skip


@given(_permanent | _temporary)
def test_what_is_made_passes(upn: str) -> None:
    assert check_upn(upn) == upn
    values = [int(c) if c.isdigit() else LETTERS.index(c) for c in upn[1:]]
    assert LETTERS.index(upn[0]) == sum((place + 2) * value for place, value in enumerate(values)) % 23


@given(_permanent, st.integers(1, 12), st.integers(0, 9))
def test_one_wrong_digit_is_always_caught(upn: str, place: int, digit: int) -> None:
    assume(upn[place] != str(digit))
    with pytest.raises(UpnRefused):
        check_upn(upn[:place] + str(digit) + upn[place + 1 :])


@given(_permanent, st.integers(1, 11))
def test_two_neighbours_swapped_are_always_caught(upn: str, place: int) -> None:
    assume(upn[place] != upn[place + 1])
    with pytest.raises(UpnRefused):
        check_upn(upn[:place] + upn[place + 1] + upn[place] + upn[place + 2 :])


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ((1000, 1, 2026, 1), "local_authority"),
        ((1, 10000, 2026, 1), "establishment"),
        ((1, 1, 2026, 1000), "serial"),
        ((1, 1, 2026, -1), "serial"),
        ((1, 1, -1, 1), "year"),
    ],
)
def test_parts_that_do_not_fit(parts: tuple[int, int, int, int], field: str) -> None:
    with pytest.raises(UpnRefused) as refused:
        make_upn(*parts)
    assert refused.value.field == field
