"""What a password of staff must be: long enough, and not one that is tried first.

No rule about capitals, digits or signs, and none about its age (NCSC; OWASP ASVS 5, 6.2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from webapp.accounts.rules.common_words import COMMON_WORDS, ROWS
from webapp.people.rules.refusals import Refused

SHORTEST = 12
LONGEST = 200
LEAST_OF_ITS_OWN = 5
"""So many letters or digits must be left beside common words, rows of keys, years, and the person's own names."""
_FOLDED = str.maketrans("0134$5@7!|8", "oieassatiib")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ROW_AT_LEAST = 4


def read_password(typed: str, again: str, own: Iterable[str] = ()) -> str:
    """The new password. ``own``: names that are no secret (the person's, the school's). Raises ``Refused``."""
    password = plain(typed)
    if len(password) < SHORTEST:
        raise Refused("password", f"Use at least {SHORTEST} characters, such as three or four words.")
    if len(password) > LONGEST:
        raise Refused("password", f"Use at most {LONGEST} characters.")
    if is_common(password, own):
        raise Refused("password", "This is one of the first that would be tried. Use words that nobody expects.")
    if plain(again) != password:
        raise Refused("again", "The two are not the same. Type the password again.")
    return password


def plain(typed: str) -> str:
    """A password as it is hashed: the same letters give the same password on every keyboard."""
    return unicodedata.normalize("NFKC", typed)


def is_common(password: str, own: Iterable[str] = ()) -> bool:
    """True if little is left of it without what everybody, or everybody at the school, knows."""
    low = password.casefold()
    if len(set(low)) < LEAST_OF_ITS_OWN:
        return True
    taken = [False] * len(low)
    folded = low.translate(_FOLDED) if len(low.translate(_FOLDED)) == len(low) else low
    for word in (*_names(own), *COMMON_WORDS):
        for text in {low, folded}:
            _take(taken, (match.span() for match in re.finditer(re.escape(word), text)))
    _take(taken, (match.span() for match in _YEAR.finditer(low)))
    _take(taken, _runs(low))
    return sum(1 for letter, gone in zip(low, taken, strict=True) if letter.isalnum() and not gone) < LEAST_OF_ITS_OWN


def _names(own: Iterable[str]) -> set[str]:
    words = {word for name in own for word in re.split(r"[\W_]+", name.casefold())}
    return {word for word in words if len(word) > 2}


def _take(taken: list[bool], spans: Iterable[tuple[int, int]]) -> None:
    for start, end in spans:
        taken[start:end] = [True] * (end - start)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches along a row of keys, forwards or back, and one letter many times."""
    for start in range(len(text) - _ROW_AT_LEAST + 1):
        part = text[start : start + _ROW_AT_LEAST]
        if len(set(part)) == 1 or any(part in row or part[::-1] in row for row in ROWS):
            yield start, start + _ROW_AT_LEAST
