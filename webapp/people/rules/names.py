"""Names of people, what a message may call a child, and the cleaning of everything that somebody types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.people.rules.refusals import Refused

LONGEST_NAME = 100
LONGEST_TEXT = 2000

# Overrides, embeddings and isolates can show a line in another order than it is stored; the plain marks LRM, RLM and
# ALM cannot, and right-to-left writing needs them.
_BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
# Characters that show nothing and would split a word that has to be found: soft hyphen, zero-width space, joiners of
# words, byte order mark, annotation marks. The joiners inside emoji and Persian or Indic words (200C, 200D) stay.
_UNSEEN = "\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"
_REMOVED = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff{_BIDI_CONTROLS}{_UNSEEN}]")
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Tag characters are kept in the flags of England, Scotland and Wales and nowhere else.
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]{2,8}\U000e007f)|[\U000e0000-\U000e007f]")


class TextRefused(Refused):
    """A text that is too long, or empty where one is needed."""


def clean_text(value: str, max_len: int = LONGEST_TEXT, field: str = "text") -> str:
    """What somebody typed, safe to keep and show: NFC, newlines as \\n, no NUL or other control, no hidden reordering.

    Emoji, accents and right-to-left letters stay. Spaces at both ends go. Raises ``TextRefused`` when more than
    ``max_len`` characters are left.
    """
    text = _LINE_ENDS.sub("\n", value)
    text = _TAGS.sub(lambda found: found[1] or "", _REMOVED.sub("", text))
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > max_len:
        raise TextRefused(field, f"Use {max_len:,} characters or fewer. This has {len(text):,}.")
    return text


def clean_line(value: str, max_len: int = LONGEST_NAME, field: str = "name") -> str:
    """``clean_text`` on one line: any run of spaces, tabs and newlines becomes one space."""
    return clean_text(re.sub(r"\s+", " ", clean_text(value, len(value) * 4, field)), max_len, field)


def need_line(value: str, max_len: int = LONGEST_NAME, field: str = "name") -> str:
    """``clean_line`` that must not be empty. Raises ``TextRefused``."""
    line = clean_line(value, max_len, field)
    if not line:
        raise TextRefused(field, "Enter something here; it cannot be empty.")
    return line


@dataclass(frozen=True, slots=True)
class PersonName:
    """A pupil's name. ``first`` is what the pupil is called; ``legal_first`` is on the register, empty if the same."""

    first: str
    last: str
    legal_first: str = ""

    @property
    def display(self) -> str:
        """Tom Ahmed."""
        return f"{self.first} {self.last}".strip()

    @property
    def legal(self) -> str:
        """Thomas Ahmed: for registers, letters of law and certificates."""
        return f"{self.legal_first or self.first} {self.last}".strip()

    @property
    def list_form(self) -> str:
        """Ahmed, Tom: for lists in the order of surnames."""
        return ", ".join(part for part in (self.last, self.first) if part)

    @property
    def initials(self) -> str:
        """TA; the first letter of the first and of the last name."""
        return "".join(_first_letter(part) for part in (self.first, self.last))

    @property
    def staff_form(self) -> str:
        """T Ahmed: how staff see each other on the board."""
        return f"{_first_letter(self.first)} {self.last}".strip()

    @property
    def sort_key(self) -> tuple[str, str]:
        """Surname, then first name, without regard to capitals, accents, hyphens, apostrophes and spaces."""
        return _plain(self.last), _plain(self.first)


def _first_letter(part: str) -> str:
    return next((character.upper() for character in part if character.isalpha()), "")


def _plain(part: str) -> str:
    letters = unicodedata.normalize("NFKD", part.casefold())
    return "".join(character for character in letters if character.isalnum())


def sms_first_name(first: str, *, say_your_child: bool) -> str:
    """What a text calls one child: the first name or "your child" where the contact is set so or none is known."""
    name = clean_line(first)
    return "your child" if say_your_child or not name else name


def sms_children(firsts: Sequence[str], *, say_your_child: bool) -> str:
    """What a text calls siblings: "Tom and Noor", "Tom, Noor and Zoë", "your children". ``ValueError`` for none."""
    if not firsts:
        raise ValueError("A message is about at least one child")
    if len(firsts) == 1:
        return sms_first_name(firsts[0], say_your_child=say_your_child)
    names = [clean_line(first) for first in firsts]
    if say_your_child or not all(names):
        return "your children"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def starting(words: str) -> str:
    """The same words at the start of a sentence: "Your child"; a name is left as it is spelled."""
    return words[:1].upper() + words[1:] if words.startswith("your child") else words
