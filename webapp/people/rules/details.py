"""What a contact may ask to have changed about themselves, and how the office sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.people.rules.contact_points import PointKind, national, read_email, read_mobile, read_phone
from webapp.people.rules.languages import LANGUAGES, language_name
from webapp.people.rules.names import clean_text
from webapp.people.rules.refusals import Refused

LONGEST_ADDRESS = 300
LONGEST_WORDS = 500
MOST_OPEN = 5
"""How many requests of one contact wait at a time."""


class Detail(StrEnum):
    """One thing that school holds about a contact; the value is what is stored."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    EMAIL = "email"
    LANGUAGE = "language"
    ADDRESS = "address"

    @property
    def is_point(self) -> bool:
        return self in (Detail.MOBILE, Detail.LANDLINE, Detail.EMAIL)

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Detail.MOBILE: "Mobile number", Detail.LANDLINE: "Landline", Detail.EMAIL: "E-mail", Detail.LANGUAGE: "Language",
    Detail.ADDRESS: "Home address",
}  # fmt: skip


class DetailRefused(Refused):
    """What was asked for cannot be, names its field, or somebody was first."""


@dataclass(frozen=True, slots=True)
class AskedDetail:
    """One change: ``old`` empty for one to be added, ``new`` for one to be taken out. Never both."""

    detail: Detail
    old: str
    new: str
    words: str


def read_change(
    typed: Mapping[str, str], held: Collection[tuple[str, str]], language: str, *, allow_fictional: bool = False
) -> AskedDetail:
    """What was typed (detail, old, new, words). ``held``: (kind, value) of the numbers and addresses that work.

    Raises ``DetailRefused``, and ``ContactPointRefused`` for a number or address that cannot be one; both name a field.
    """
    try:
        detail = Detail(typed.get("detail", ""))
    except ValueError:
        raise DetailRefused("detail", "Choose what is to be changed.") from None
    words = clean_text(typed.get("words", ""), LONGEST_WORDS, "words")
    raw = typed.get("new", "").strip()
    if detail is Detail.LANGUAGE:
        if raw not in LANGUAGES:
            raise DetailRefused("new_language", "Choose a language from the list.")
        if raw == language:
            raise DetailRefused("new_language", f"School has {language_name(raw)} already.")
        return AskedDetail(detail, language, raw, words)
    if detail is Detail.ADDRESS:
        address = clean_text(raw, LONGEST_ADDRESS, "new")
        if not address:
            raise DetailRefused("new", "Enter the new address.")
        return AskedDetail(detail, "", address, words)
    old = typed.get("old", "")
    if old and (detail.value, old) not in set(held):
        raise DetailRefused("old", "Choose which one is to be changed.")
    new = _point(detail, raw, allow_fictional=allow_fictional) if raw else ""
    if not old and not new:
        raise DetailRefused("new", "Enter the new one.")
    if any(value == new for _, value in held):
        raise DetailRefused("new", "School has this already.")
    if not new and len(held) == 1:
        raise DetailRefused("new", "School has no other way to reach you. Enter a new one.")
    return AskedDetail(detail, old, new, words)


def _point(detail: Detail, raw: str, *, allow_fictional: bool) -> str:
    if detail is Detail.EMAIL:
        return read_email(raw, allow_fictional=allow_fictional, field="new").value
    if detail is Detail.MOBILE:
        return read_mobile(raw, allow_fictional=allow_fictional, field="new")
    point = read_phone(raw, allow_fictional=allow_fictional, field="new")
    if point.kind is not PointKind.LANDLINE:
        raise DetailRefused("new", "This is a mobile number. Choose Mobile number above.")
    return point.value


def shown(detail: str, value: str) -> str:
    """A stored value as pages write it."""
    if not value:
        return ""
    if detail == Detail.LANGUAGE:
        return language_name(value)
    return national(value) if detail in (Detail.MOBILE, Detail.LANDLINE) else value


def need_answer(accept: bool, answer: str) -> str:
    """The office's words to the contact; needed for a refusal. Raises ``DetailRefused`` and TextRefused."""
    words = clean_text(answer, LONGEST_WORDS, "answer")
    if not accept and not words:
        raise DetailRefused("answer", "Write why not, in words that they may read.")
    return words
