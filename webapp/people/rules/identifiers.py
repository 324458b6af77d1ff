"""The unique pupil number (UPN): its check letter, reading one, and making one for demo data.

A UPN is a check letter and twelve characters: local authority (3 digits), establishment (4), year of allocation (2) and
a serial of three digits, or of two digits and a letter where the number is temporary. The check letter is the sum of
each character's value times its position, counted from 2, modulo 23, as a letter of the alphabet without I, O and S;
the same letters give the value of a temporary number's last character (Government Data Standards Catalogue, Unique
Pupil Number 2.0; DfE school census checks 1500 to 1570).
"""

from __future__ import annotations

import re

from webapp.people.rules.refusals import Refused

_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_FIRST_WEIGHT = 2
_LENGTH = 13


class UpnRefused(Refused):
    """Something that is not a UPN. ``mend`` may name the letter expected, never the number."""


def check_letter(twelve: str) -> str:
    """The letter that stands before these twelve characters. Raises ``UpnRefused`` if they are not of a UPN's shape."""
    if not re.fullmatch(rf"[0-9]{{11}}[0-9{_LETTERS}]", twelve):
        raise UpnRefused("upn", "After the first letter a UPN has 12 digits; only the last may be a letter.")
    total = sum(_value(character) * weight for weight, character in enumerate(twelve, start=_FIRST_WEIGHT))
    return _LETTERS[total % len(_LETTERS)]


def _value(character: str) -> int:
    return int(character) if character.isdigit() else _LETTERS.index(character)


def check_upn(raw: str, field: str = "upn") -> str:
    """The UPN in capitals and without spaces. Raises ``UpnRefused`` naming ``field`` and the mend."""
    upn = re.sub(r"\s", "", raw).upper()
    if not upn:
        raise UpnRefused(field, "Enter the UPN.")
    if len(upn) != _LENGTH:
        raise UpnRefused(field, f"A UPN has 13 characters; this has {len(upn)}. Check it against the school's system.")
    if upn[0] not in _LETTERS:
        raise UpnRefused(field, "A UPN starts with a letter, never with I, O or S.")
    try:
        expected = check_letter(upn[1:])
    except UpnRefused as refused:
        raise UpnRefused(field, refused.mend) from None
    if upn[0] != expected:
        raise UpnRefused(
            field, f"The first letter does not fit the digits: they go with {expected}. One character is wrong."
        )
    return upn


def is_temporary_upn(upn: str) -> bool:
    """True if a checked UPN is temporary: its last character is a letter."""
    return not upn[-1].isdigit()


def make_upn(local_authority: int, establishment: int, year: int, serial: int, *, temporary: bool = False) -> str:
    """A UPN with its check letter. ``year`` may have four digits; ``serial`` runs 0–999, temporary 0–2299.

    Raises ``UpnRefused`` for a part that does not fit its digits.
    """
    highest = len(_LETTERS) * 100 - 1 if temporary else 999
    for name, value, most in (
        ("local_authority", local_authority, 999), ("establishment", establishment, 9999), ("serial", serial, highest),
    ):  # fmt: skip
        if not 0 <= value <= most:
            raise UpnRefused(name, f"Use a number from 0 to {most}.")
    if year < 0:
        raise UpnRefused("year", "Use a year that is not negative.")
    tail = f"{serial % 100:02}{_LETTERS[serial // 100]}" if temporary else f"{serial:03}"
    twelve = f"{local_authority:03}{establishment:04}{year % 100:02}{tail}"
    return check_letter(twelve) + twelve
