"""Mobiles, landlines and e-mail addresses: one written form for each, and what is refused.

Phone numbers are kept in E.164 (+447…), e-mail addresses in lower case, so that one person's point is found however it
was typed. Nothing here asks the network.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from webapp.people.rules.fictional_numbers import BlockKind, fictional_range
from webapp.people.rules.refusals import Refused

_LONGEST_EMAIL = 254
_RESERVED_DOMAINS = ("example", "test", "invalid", "localhost", "example.com", "example.org", "example.net")
_MOBILES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_RUNG = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.UAN, PhoneNumberType.TOLL_FREE})


class PointKind(StrEnum):
    """How a contact is reached; the value is what is stored."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    EMAIL = "email"


# The library calls the reserved mobiles and 01632 invalid, so their kind comes from our own table.
_POINT_OF_BLOCK = {BlockKind.LANDLINE: PointKind.LANDLINE, BlockKind.MOBILE: PointKind.MOBILE}


@dataclass(frozen=True, slots=True)
class ReadPoint:
    """A contact point in its one written form: E.164, or a lower-case address."""

    kind: PointKind
    value: str


class ContactPointRefused(Refused):
    """A number or address that cannot be used. The mend never repeats it."""


def read_contact_point(raw: str, *, allow_fictional: bool = False, field: str = "contact_point") -> ReadPoint:
    """A phone number or an e-mail address, told apart by its @. Raises ``ContactPointRefused``.

    ``allow_fictional`` is the setting FIRSTBELL_FICTIONAL_NUMBERS: it accepts what is kept for drama and examples,
    for the demo and for tests.
    """
    read = read_email if "@" in raw else read_phone
    return read(raw, allow_fictional=allow_fictional, field=field)


def read_mobile(raw: str, *, allow_fictional: bool = False, field: str = "mobile") -> str:
    """A mobile in E.164. Raises ``ContactPointRefused`` for anything that cannot receive a text."""
    point = read_phone(raw, allow_fictional=allow_fictional, field=field)
    if point.kind is not PointKind.MOBILE:
        raise ContactPointRefused(field, "This is a landline. Enter a mobile number, which can receive texts.")
    return point.value


def read_phone(raw: str, *, allow_fictional: bool = False, field: str = "phone") -> ReadPoint:
    """A phone number as it is written in the United Kingdom, or from abroad with + or 00.

    Raises ``ContactPointRefused`` for anything that is not one whole number, for services that cost the caller, and for
    numbers kept for drama unless ``allow_fictional``.
    """
    text = _plain(raw)
    if not text:
        raise ContactPointRefused(field, "Enter a phone number, like 07 and nine more digits.")
    if re.search(r"(ext|x)\W*[0-9]+$", text, re.IGNORECASE):
        raise ContactPointRefused(field, "Leave out the extension and keep it in the note beside the number.")
    if re.fullmatch(r"[0-9.]+e\+?[0-9]+", text, re.IGNORECASE):
        raise ContactPointRefused(field, "A spreadsheet has shortened this number. Format the column as text first.")
    if re.search(r"[/;,&]|\bor\b", text):
        raise ContactPointRefused(field, "Enter one number only; a second one has its own line.")
    if not re.fullmatch(r"\+?[0-9()\s.\-]+", text):
        raise ContactPointRefused(field, "Use digits only, with + first if the number is from abroad.")
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        raise ContactPointRefused(field, "This is not a phone number. Check the digits.") from None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    block = fictional_range(e164)
    if block is not None and not allow_fictional:
        raise ContactPointRefused(field, "This is a number kept for drama: it reaches nobody. Enter the real one.")
    if block is not None and block.kind in _POINT_OF_BLOCK:
        return ReadPoint(_POINT_OF_BLOCK[block.kind], e164)
    if not phonenumbers.is_valid_number(number):
        raise ContactPointRefused(field, "This is not a number in use. Check the digits: one may be missing or wrong.")
    kind = phonenumbers.number_type(number)
    if kind in _MOBILES:
        return ReadPoint(PointKind.MOBILE, e164)
    if kind in _RUNG:
        return ReadPoint(PointKind.LANDLINE, e164)
    raise ContactPointRefused(field, "This kind of number costs the caller or is a pager. Enter a mobile or landline.")


def read_email(raw: str, *, allow_fictional: bool = False, field: str = "email") -> ReadPoint:
    """An e-mail address in lower case. Raises ``ContactPointRefused``; addresses at reserved example domains are
    refused unless ``allow_fictional``."""
    text = _plain(raw)
    if not text:
        raise ContactPointRefused(field, "Enter an e-mail address, like name@school.org.uk.")
    try:
        found = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, test_environment=allow_fictional, strict=True
        )
    except EmailNotValidError:
        raise ContactPointRefused(field, "This is not an e-mail address. It looks like name@school.org.uk.") from None
    address = (found.ascii_email or found.normalized).lower()
    if len(address) > _LONGEST_EMAIL:
        raise ContactPointRefused(field, "This e-mail address is too long. Check it.")
    if not allow_fictional and _is_reserved(address.partition("@")[2]):
        raise ContactPointRefused(field, "This address is kept for examples: it reaches nobody. Enter the real one.")
    return ReadPoint(PointKind.EMAIL, address)


def _is_reserved(domain: str) -> bool:
    return any(domain == reserved or domain.endswith(f".{reserved}") for reserved in _RESERVED_DOMAINS)


def _plain(raw: str) -> str:
    """The text in plain digits and signs, without the invisible marks that phones put around copied numbers."""
    kept = "".join(
        " " if unicodedata.category(character) in {"Zs", "Cc"} else character
        for character in unicodedata.normalize("NFKC", raw)
        if unicodedata.category(character) != "Cf"
    )
    plain = "".join(str(unicodedata.decimal(character, character)) for character in kept)
    return re.sub(r"[\u2010-\u2015\u2212]", "-", plain).strip()


def national(e164: str) -> str:
    """A number as people read it: 07700 900123, or +33 1 … from abroad."""
    number = phonenumbers.parse(e164)
    style = PhoneNumberFormat.NATIONAL if number.country_code == 44 else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def mask(value: str) -> str:
    """A point for a log: •••• 0123, or a••••@hill.example; nothing of a value too short to hide."""
    local, at, domain = value.partition("@")
    if at:
        return f"{local[:1] if len(local) > 2 else ''}••••@{domain}"
    return f"•••• {value[-4:]}" if len(value) > 6 else "••••"
