"""How many parts a text message costs, counted as the networks count.

GSM 03.38: 160 characters of the GSM-7 alphabet in one part, 153 in each of several; one character outside it makes the
whole text UCS-2, 70 in one part and 67 in each of several. A character of the extension table costs two and is never
divided between parts, nor is a surrogate pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")

LONGEST_WITH_NAME = 134
"""Two UCS-2 parts: within it a name such as Zoë costs two parts and never three, and every name gets the same words."""


class Encoding(StrEnum):
    """The alphabet in which a text travels."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_ROOM = {Encoding.GSM_7: (160, 153), Encoding.UCS_2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """``units`` are septets (GSM-7) or 16-bit units (UCS-2); ``parts`` is what is paid for, at least 1."""

    encoding: Encoding
    units: int
    parts: int


def encoding_of(text: str) -> Encoding:
    """GSM-7 if every character is in its alphabet, else UCS-2."""
    return Encoding.GSM_7 if all(c in _BASIC or c in _EXTENDED for c in text) else Encoding.UCS_2


def outside_gsm(text: str) -> frozenset[str]:
    """The characters that make a text UCS-2."""
    return frozenset(text) - _BASIC - _EXTENDED


def count(text: str) -> Segments:
    """The parts of a text as it stands; an empty one is still one part."""
    encoding = encoding_of(text)
    alone, together = _ROOM[encoding]
    costs = list(_costs(text, encoding))
    units = sum(costs)
    return Segments(encoding, units, 1 if units <= alone else _filled(costs, together))


def _costs(text: str, encoding: Encoding) -> Iterator[int]:
    if encoding is Encoding.GSM_7:
        return (2 if c in _EXTENDED else 1 for c in text)
    return (2 if ord(c) > 0xFFFF else 1 for c in text)


def _filled(costs: list[int], room: int) -> int:
    parts, used = 1, 0
    for cost in costs:
        if used + cost > room:
            parts, used = parts + 1, 0
        used += cost
    return parts


def fits_with_name(text: str) -> bool:
    """True if a text that holds a name is short enough for any name of that length."""
    return len(text.encode("utf-16-le")) // 2 <= LONGEST_WITH_NAME
