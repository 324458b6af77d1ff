"""Notes about a pupil: their kinds, who sees which, and what becomes of words of danger."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from webapp.people.rules.danger import speaks_of_danger
from webapp.people.rules.names import clean_text
from webapp.people.rules.refusals import Refused
from webapp.people.rules.roles import Permission

LONGEST_NOTE = 2000


class NoteKind(StrEnum):
    """What a note speaks of; the value is what is stored. ``MESSAGE``: what school wrote to a contact."""

    GENERAL = "general"
    HEALTH = "health"
    SAFEGUARDING = "safeguarding"
    MESSAGE = "message"


NOTE_CHOICES = (NoteKind.GENERAL, NoteKind.HEALTH, NoteKind.SAFEGUARDING)
"""The kinds that somebody may choose."""


class NoteRefused(Refused):
    """A note or message that cannot be kept."""


def sees_note(kind: str, permissions: Collection[Permission]) -> bool:
    """Whether there is any trace of the note for this viewer (domain: teachers see no health or safeguarding detail).

    A kind that this version does not know is shown to safeguarding leads alone.
    """
    if kind in (NoteKind.GENERAL, NoteKind.MESSAGE):
        return True
    if kind == NoteKind.HEALTH:
        return Permission.SEE_MEDICAL_NOTES in permissions
    return Permission.SEE_SAFEGUARDING_FLAGS in permissions


def need_note(words: str) -> str:
    """Cleaned words. Raises NoteRefused when nothing is left, TextRefused when there are too many."""
    text = clean_text(words, LONGEST_NOTE, "words")
    if not text:
        raise NoteRefused("words", "Write something first.")
    return text


def kind_of(chosen: str, words: str) -> tuple[NoteKind, bool]:
    """The kind that a note is kept as, and whether it speaks of danger; words of danger are safeguarding, whatever was
    chosen. Raises NoteRefused where nothing was chosen."""
    if chosen not in {kind.value for kind in NOTE_CHOICES}:
        raise NoteRefused("kind", "Choose what the note is about.")
    danger = speaks_of_danger(words)
    return (NoteKind.SAFEGUARDING if danger else NoteKind(chosen)), danger
