"""Names in plain letters, for addresses."""

from __future__ import annotations

import unicodedata

# Letters that no decomposition takes apart.
_WHOLE = str.maketrans("łŁøØđĐıßəæ", "lLoOdDisea")


def plain_letters(name: str) -> str:
    """Small unaccented letters and digits only: "Siân O'Brien" is "sianobrien"."""
    letters = unicodedata.normalize("NFKD", name.translate(_WHOLE)).encode("ascii", "ignore").decode()
    return "".join(letter for letter in letters.lower() if letter.isalnum())
