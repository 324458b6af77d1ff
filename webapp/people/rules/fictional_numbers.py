"""Telephone numbers kept for drama, which reach nobody.

Source: Ofcom, "Telephone numbers for use in TV and radio drama programmes": sixteen blocks of landlines, and one each
of mobile, freephone, premium-rate and UK-wide numbers, a thousand numbers each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_BLOCK = 1000


class BlockKind(StrEnum):
    LANDLINE = "landline"
    MOBILE = "mobile"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class FictionalRange:
    """A block of a thousand numbers; ``first`` is its lowest in E.164 without the plus sign."""

    area: str
    first: int
    kind: BlockKind = BlockKind.LANDLINE

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number < self.first + _BLOCK

    def number(self, n: int) -> str:
        return f"+{self.first + n}"


FICTIONAL_RANGES: tuple[FictionalRange, ...] = (
    FictionalRange("no area", 441632960000),
    FictionalRange("Leeds", 441134960000),
    FictionalRange("Sheffield", 441144960000),
    FictionalRange("Nottingham", 441154960000),
    FictionalRange("Leicester", 441164960000),
    FictionalRange("Bristol", 441174960000),
    FictionalRange("Reading", 441184960000),
    FictionalRange("Birmingham", 441214960000),
    FictionalRange("Edinburgh", 441314960000),
    FictionalRange("Glasgow", 441414960000),
    FictionalRange("Liverpool", 441514960000),
    FictionalRange("Manchester", 441614960000),
    FictionalRange("London", 442079460000),
    FictionalRange("Tyneside, Durham and Sunderland", 441914980000),
    FictionalRange("Northern Ireland", 442896496000),
    FictionalRange("Cardiff", 442920180000),
    FictionalRange("mobile", 447700900000, BlockKind.MOBILE),
    FictionalRange("freephone", 448081570000, BlockKind.SERVICE),
    FictionalRange("premium rate", 449098790000, BlockKind.SERVICE),
    FictionalRange("UK-wide", 443069990000, BlockKind.SERVICE),
)

_LANDLINES = tuple(block for block in FICTIONAL_RANGES if block.kind is BlockKind.LANDLINE)
_MOBILE = next(block for block in FICTIONAL_RANGES if block.kind is BlockKind.MOBILE)
FICTIONAL_LANDLINES = len(_LANDLINES) * _BLOCK


def fictional_range(e164: str) -> FictionalRange | None:
    """The block that holds an E.164 number, or None."""
    number = int(e164.removeprefix("+"))
    return next((block for block in FICTIONAL_RANGES if number in block), None)


def fictional_mobile(n: int) -> str:
    """The ``n``-th mobile kept for drama, E.164, n from 0 to 999. Raises ``ValueError`` beyond."""
    if not 0 <= n < _BLOCK:
        raise ValueError("There are 1,000 fictional mobiles: n runs from 0 to 999")
    return _MOBILE.number(n)


def fictional_landline(n: int) -> str:
    """The ``n``-th landline kept for drama, E.164; the first thousand are 01632, which is no area.

    Raises ``ValueError`` beyond ``FICTIONAL_LANDLINES``.
    """
    if not 0 <= n < FICTIONAL_LANDLINES:
        raise ValueError(f"There are {FICTIONAL_LANDLINES:,} fictional landlines: n runs from 0")
    return _LANDLINES[n // _BLOCK].number(n % _BLOCK)
