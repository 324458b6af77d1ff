"""What a list of names holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Faith(StrEnum):
    """Whose days of religious observance a family may keep (code R)."""

    NONE = ""
    MUSLIM = "muslim"
    JEWISH = "jewish"
    HINDU = "hindu"
    SIKH = "sikh"


@dataclass(frozen=True, slots=True)
class Background:
    """The names of families with one history.

    ``share`` counts families in a thousand; ``ethnicity`` is the code of the school census; ``own_language`` is the
    share of children whose first language is ``language`` and not English. A surname with a stroke has a man's and a
    woman's form: "Nowak", "Kowalski/Kowalska". ``mothers_surnames`` are for families where a mother keeps her own.
    """

    key: str
    share: int
    ethnicity: str
    language: str
    own_language: float
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]
    mothers_surnames: tuple[str, ...] = ()
    faith: Faith = Faith.NONE


def listed(text: str) -> tuple[str, ...]:
    """The names of a text with commas between them."""
    return tuple(" ".join(name.split()) for name in text.split(","))
