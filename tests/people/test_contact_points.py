"""Phones and e-mails: one written form, what is refused, and the numbers that reach nobody."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from webapp.people.rules import (
    FICTIONAL_LANDLINES,
    FICTIONAL_RANGES,
    ContactPointRefused,
    PointKind,
    fictional_landline,
    fictional_mobile,
    fictional_range,
    mask,
    national,
    read_contact_point,
    read_email,
    read_mobile,
    read_phone,
)


def _example(kind: int, region: str = "GB") -> str:
    """A number of a kind from the library's own metadata, so that none is written down here."""
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    "typed",
    [
        "07700900123",
        "07700 900 123",
        "07700-900123",
        "(07700) 900123",
        "+447700900123",
        "+44 7700 900123",
        "+44 (0)7700 900123",
        "+4407700900123",
        "0044 7700 900123",
        "7700900123",
        "  07700\u00a0900123 ",
        "\u202a+44 7700 900123\u202c",
        "07700\u2011900123",
        "０７７００９００１２３",
        "٠٧٧٠٠٩٠٠١٢٣",
    ],
)
def test_one_mobile_however_it_is_typed(typed: str) -> None:
    point = read_phone(typed, allow_fictional=True)
    assert (point.kind, point.value) == (PointKind.MOBILE, "+447700900123")
    assert read_mobile(typed, allow_fictional=True) == "+447700900123"


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("01632 960001", PointKind.LANDLINE, "+441632960001"),
        ("0113 496 0001", PointKind.LANDLINE, "+441134960001"),
        ("020 7946 0999", PointKind.LANDLINE, "+442079460999"),
        ("0808 157 0001", PointKind.LANDLINE, "+448081570001"),
        ("03069 990001", PointKind.LANDLINE, "+443069990001"),
    ],
)
def test_landlines_and_services_that_can_be_rung(typed: str, kind: PointKind, value: str) -> None:
    assert read_phone(typed, allow_fictional=True) == read_contact_point(typed, allow_fictional=True)
    point = read_phone(typed, allow_fictional=True)
    assert (point.kind, point.value) == (kind, value)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (_example(PhoneNumberType.MOBILE), PointKind.MOBILE),
        (_example(PhoneNumberType.FIXED_LINE), PointKind.LANDLINE),
        (_example(PhoneNumberType.MOBILE, "PK"), PointKind.MOBILE),
        (_example(PhoneNumberType.MOBILE, "JE"), PointKind.MOBILE),
        (_example(PhoneNumberType.FIXED_LINE, "IE"), PointKind.LANDLINE),
        ("+1 202 555 0123", PointKind.MOBILE),  # North American numbers do not tell; a text may reach them
    ],
)
def test_numbers_outside_drama_need_no_exception(number: str, kind: PointKind) -> None:
    point = read_phone(number)
    assert point.kind is kind
    assert point.value == number.replace(" ", "")


@pytest.mark.parametrize(
    ("typed", "mend"),
    [
        ("", "Enter a phone number"),
        (" \u200b ", "Enter a phone number"),
        ("mum's mobile", "Use digits only"),
        ("07700 9OO123", "Use digits only"),
        ("07700 900123 mum", "Use digits only"),
        ("07700\x00900123 \x00x", "Use digits only"),
        ("07700 90012", "one may be missing"),
        ("07700 9001234", "not a phone number|one may be missing"),
        ("999", "one may be missing"),
        ("1", "not a phone number"),
        ("0" * 40, "not a phone number"),
        ("07700 900123 / 07700 900124", "one number only"),
        ("07700 900123, 07700 900124", "one number only"),
        ("07700 900123 or 01632 960001", "one number only"),
        ("01632 960001 ext 12", "extension"),
        ("01632960001x12", "extension"),
        ("4.47701E+11", "spreadsheet"),
        ("0909 8790001", "costs the caller"),
        (_example(PhoneNumberType.PREMIUM_RATE), "costs the caller"),
        (_example(PhoneNumberType.PERSONAL_NUMBER), "costs the caller"),
        (_example(PhoneNumberType.PAGER), "costs the caller"),
    ],
)
def test_refused_phones(typed: str, mend: str) -> None:
    with pytest.raises(ContactPointRefused, match=mend) as refused:
        read_phone(typed, allow_fictional=True, field="Mobile 2")
    assert refused.value.field == "Mobile 2"
    assert not any(character.isdigit() for character in refused.value.mend.replace("07", ""))


def test_a_landline_is_no_mobile() -> None:
    with pytest.raises(ContactPointRefused, match="landline"):
        read_mobile("01632 960001", allow_fictional=True)


@pytest.mark.parametrize("block", FICTIONAL_RANGES, ids=lambda block: block.area)
def test_every_block_of_drama_is_refused_without_the_exception(block: object) -> None:
    first = block.number(0)  # type: ignore[attr-defined]
    last = block.number(999)  # type: ignore[attr-defined]
    for number in (first, last):
        assert fictional_range(number) is block
        with pytest.raises(ContactPointRefused, match="kept for drama"):
            read_phone(number)
    assert fictional_range(f"+{int(first) - 1}") is not block
    assert fictional_range(f"+{int(last) + 1}") is not block


def test_drama_has_twenty_thousand_numbers() -> None:
    numbers = {block.number(n) for block in FICTIONAL_RANGES for n in range(1000)}
    assert len(numbers) == 20_000


def test_the_generators_give_every_number_once() -> None:
    mobiles = {fictional_mobile(n) for n in range(1000)}
    assert len(mobiles) == 1000 and all(number.startswith("+447700900") for number in mobiles)
    landlines = {fictional_landline(n) for n in range(FICTIONAL_LANDLINES)}
    assert len(landlines) == FICTIONAL_LANDLINES == 16_000
    assert fictional_landline(0) == "+441632960000"
    for n in (-1, 1000):
        with pytest.raises(ValueError, match="0 to 999"):
            fictional_mobile(n)
    for n in (-1, FICTIONAL_LANDLINES):
        with pytest.raises(ValueError, match="n runs from 0"):
            fictional_landline(n)


@given(st.integers(0, FICTIONAL_LANDLINES - 1), st.integers(0, 999))
def test_what_is_generated_reads_back_from_its_national_form(landline: int, mobile: int) -> None:
    generated = ((fictional_landline(landline), PointKind.LANDLINE), (fictional_mobile(mobile), PointKind.MOBILE))
    for number, kind in generated:
        point = read_phone(national(number), allow_fictional=True)
        assert (point.kind, point.value) == (kind, number)


def test_how_people_read_a_number() -> None:
    assert national("+447700900123") == "07700 900123"
    assert national("+12025550123") == "+1 202-555-0123"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("Alice@Hill.example", "alice@hill.example"),
        (" bob+tom@example.org ", "bob+tom@example.org"),
        ("o'neil@vale.example", "o'neil@vale.example"),
        ("\u200balice@hill.example", "alice@hill.example"),
        ("alice@münchen.example", "alice@xn--mnchen-3ya.example"),
    ],
)
def test_one_address_however_it_is_typed(typed: str, value: str) -> None:
    point = read_contact_point(typed, allow_fictional=True)
    assert (point.kind, point.value) == (PointKind.EMAIL, value)


@pytest.mark.parametrize(
    ("typed", "mend"),
    [
        ("", "Enter an e-mail"),
        ("alice", "not an e-mail"),
        ("alice@hill", "not an e-mail"),
        ("alice@@hill.example", "not an e-mail"),
        ("alice@hill.example, bob@hill.example", "not an e-mail"),
        ("Alice <alice@hill.example>", "not an e-mail"),
        ("alice@[127.0.0.1]", "not an e-mail"),
        ("alice@hill.example\nBcc: bob@hill.example", "not an e-mail"),
        ("zoë@hill.example", "not an e-mail"),
        ("a" * 300 + "@hill.example", "not an e-mail"),
    ],
)
def test_refused_emails(typed: str, mend: str) -> None:
    with pytest.raises(ContactPointRefused, match=mend) as refused:
        read_email(typed, allow_fictional=True, field="E-mail")
    assert refused.value.field == "E-mail"
    assert "alice" not in refused.value.mend


@pytest.mark.parametrize("typed", ["alice@hill.example", "alice@example.com", "a@mail.example.org"])
def test_example_domains_need_the_exception(typed: str) -> None:
    with pytest.raises(ContactPointRefused, match="kept for examples"):
        read_email(typed)


def test_an_ordinary_address_needs_no_exception() -> None:
    assert read_email("office@notexample.com").value == "office@notexample.com"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("+447700900123", "•••• 0123"),
        ("+441632", "•••• 1632"),
        ("123456", "••••"),
        ("", "••••"),
        ("alice@hill.example", "a••••@hill.example"),
        ("al@hill.example", "••••@hill.example"),
    ],
)
def test_masked_for_logs(value: str, masked: str) -> None:
    assert mask(value) == masked
