"""What the board says of a text that raises the alarm: never more, and never other, than the text itself says."""

from __future__ import annotations

import re
from collections.abc import Collection

from webapp.people.rules.danger import Danger, DangerFound

LEFT_OR_THERE = "the child left for school, or is there"
LEFT_HOME = "the child has left home"
READ_IT = "words of danger: read the text"
"""The kind of danger is only for those who may read the text."""
_FOR_SCHOOL = re.compile(r"\b(?:school|bus)\b")


def alarm_words(*, thought_in: bool, dangers: Collection[DangerFound]) -> str:
    """``thought_in``: the text was read as saying that the child is in school or on the way there.

    Any other danger beside it comes first: who ran away last night did not leave for school.
    """
    if any(one.kind is not Danger.LEFT_HOME for one in dangers):
        return READ_IT
    if thought_in or any(_FOR_SCHOOL.search(one.words) for one in dangers):
        return LEFT_OR_THERE
    return LEFT_HOME
