"""PINs: how staff come back to a shared computer on which they have signed in whole that day."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from webapp.people.rules.refusals import Refused

PIN_DIGITS = 6
PIN_TRIES = 5
_ROWS = ("0123456789", "9876543210", "01234567890123456789", "147258369", "369258147")
_YEARS = range(1930, 2031)


def read_pin(typed: str) -> str:
    """The six digits of what was typed. Raises ``Refused`` for anything else, which costs no try."""
    digits = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed))[:40]
    if not re.fullmatch(rf"[0-9]{{{PIN_DIGITS}}}", digits):
        raise Refused("pin", f"Enter the {PIN_DIGITS} digits of your PIN.")
    return digits


def read_new_pin(typed: str, again: str) -> str:
    """A PIN to keep. Raises ``Refused`` for one that is tried first, and where the two are not the same."""
    pin = read_pin(typed)
    if is_trivial(pin):
        raise Refused("pin", "This is one of the first that would be tried. Use no rows, no repeats and no dates.")
    if re.sub(r"\s", "", unicodedata.normalize("NFKC", again))[:40] != pin:
        raise Refused("again", "The two are not the same. Type the PIN again.")
    return pin


def is_trivial(pin: str) -> bool:
    """True for repeats (000000, 121212, 123123), rows of keys (123456, 147258), years and days of birth."""
    if len(set(pin)) < 3 or pin[:3] == pin[3:] or pin[:2] * 3 == pin:
        return True
    if any(pin in row for row in _ROWS) or pin[:3] == pin[5:2:-1] or pin[::2] == pin[1::2]:
        return True
    return any(int(part) in _YEARS for part in (pin[:4], pin[1:5], pin[2:])) or _is_day(pin)


def _is_day(pin: str) -> bool:
    """Day, month and year as they are written here, 140685."""
    try:
        date(2000 + int(pin[4:]), int(pin[2:4]), int(pin[:2]))
    except ValueError:
        return False
    return True
