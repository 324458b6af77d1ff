"""What a parent's reply means. A reading is a suggestion with the words beside it; staff confirm, and set the code.

Danger and "he is in school" are looked for first and never outvoted. Where two meanings meet, or a doubt is spoken, the
reading says that it is not sure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from notifications.rules import reason_words, reply_words
from notifications.rules.names_said import children_named
from webapp.people.rules.danger import Danger, DangerFound, find_danger, plain_words

_LONGEST_SURE = 160


class Meaning(StrEnum):
    """What a reply says, gravest first; the value is what is stored."""

    IN_SCHOOL = "in_school"
    WRONG_NUMBER = "wrong_number"
    STOP = "stop"
    MAYBE_STOP = "maybe_stop"
    START = "start"
    HELP = "help"
    AWAY = "away"
    ON_THE_WAY = "on_the_way"
    CALL_ME = "call_me"
    THANKS = "thanks"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reading:
    """``reason`` (of AWAY) and ``symptoms`` are keys of the quick report, empty where none was heard.

    ``alarm``: the parent believes that the child is in school, or the child has left for it. ``children``: positions,
    in the names given, of those who are meant; empty where that is not known. ``wants_call`` may stand beside any.
    ``names_said``: the words name somebody, so that it is not the message they answer that says who is meant.
    """

    meaning: Meaning
    reason: str = ""
    symptoms: tuple[str, ...] = ()
    sure: bool = False
    alarm: bool = False
    wants_call: bool = False
    dangers: tuple[DangerFound, ...] = ()
    children: tuple[int, ...] = ()
    names_sure: bool = True
    names_said: bool = False


def read_reply(
    text: str, first_names: Sequence[str] = (), *, legal_names: Sequence[str] = (),
    asked: Collection[int] | None = None,
) -> Reading:  # fmt: skip
    """The reading of one text from a contact; ``first_names`` are those of the children that it may be about, and
    ``asked`` the positions of those whom the message was about that it answers."""
    words = plain_words(re.sub(r"(\w)['’‘]ll\b", r"\1 will", text))
    dangers = find_danger(text)
    named = children_named(words, first_names, legal_names, asked)
    names = tuple(dict.fromkeys(plain_words(name) for name in (*first_names, *legal_names)))
    meaning, reason, symptoms, sure = _meaning(words, names)
    alarm = meaning is Meaning.IN_SCHOOL or any(item.kind in _ALARMING for item in dangers)
    return Reading(
        meaning=meaning, reason=reason, symptoms=symptoms, alarm=alarm, dangers=dangers, children=named.children,
        sure=sure and named.sure and not dangers and len(words) <= _LONGEST_SURE,
        wants_call=reply_words.CALL_ME.search(words) is not None, names_sure=named.sure, names_said=named.said,
    )  # fmt: skip


_ALARMING = frozenset({Danger.LEFT_HOME, Danger.MISSING})


def _meaning(words: str, names: tuple[str, ...]) -> tuple[Meaning, str, tuple[str, ...], bool]:
    whole = words.strip(" .!,-*\"")
    for meaning, keywords in _WHOLE_MESSAGES:
        if whole in keywords:
            return meaning, "", (), meaning is not Meaning.MAYBE_STOP
    if reply_words.WRONG_NUMBER.search(words):
        return Meaning.WRONG_NUMBER, "", (), "?" not in words
    patterns = _patterns(names)
    told_not_in = patterns.not_in_school.sub(" - ", words)
    if patterns.in_school.search(patterns.not_dropped.sub(" - ", told_not_in)):
        return Meaning.IN_SCHOOL, "", (), True
    if reply_words.POLITE_STOP.search(words):
        return Meaning.MAYBE_STOP, "", (), False
    heard = reason_words.NOT_A_REASON.sub(" - ", words)
    symptoms = tuple(name for name, pattern in reason_words.SYMPTOMS.items() if pattern.search(heard))
    reasons = [name for name, pattern in reason_words.REASONS.items() if pattern.search(heard)]
    if symptoms or reason_words.ILL_OTHERWISE.search(heard):
        reasons.insert(0, "ill")
    on_the_way = patterns.on_the_way.search(words) is not None
    plain = reply_words.DOUBT.search(heard) is None and reply_words.ANOTHER_DAY.search(words) is None
    away = reply_words.AWAY.search(words) is not None
    if reasons and (away or not on_the_way or reasons == ["appointment"]):
        sure = plain and len(reasons) == 1 and reasons[0] in _SURE_REASONS and not on_the_way
        return Meaning.AWAY, reasons[0], symptoms, sure
    if on_the_way:
        return Meaning.ON_THE_WAY, reasons[0] if reasons else "", symptoms, plain and not reasons and not away
    if away:
        return Meaning.AWAY, "", (), False
    if reply_words.CALL_ME.search(words):
        return Meaning.CALL_ME, "", (), plain
    if words and reply_words.THANKS.fullmatch(words):
        return Meaning.THANKS, "", (), True
    return Meaning.UNCLEAR, "", (), False


# A holiday, a family's grief or a bus need a person's eye, however plainly they are said.
_SURE_REASONS = frozenset({"ill", "appointment"})
_WHOLE_MESSAGES = (
    (Meaning.STOP, reply_words.STOP),
    (Meaning.MAYBE_STOP, reply_words.STOP_OR_A_WORD),
    (Meaning.START, reply_words.START),
    (Meaning.HELP, reply_words.HELP),
)


def may_be_start(text: str) -> bool:
    """True for YES too, which starts our texts again for somebody who had stopped them, and is an answer otherwise."""
    return plain_words(text).strip(" .!") in reply_words.START | reply_words.START_OR_A_WORD


@dataclass(frozen=True, slots=True)
class _Patterns:
    in_school: re.Pattern[str]
    not_in_school: re.Pattern[str]
    not_dropped: re.Pattern[str]
    on_the_way: re.Pattern[str]


@lru_cache(maxsize=512)
def _patterns(names: tuple[str, ...]) -> _Patterns:
    name = "|".join(re.escape(one) for one in names if one) or "my child"
    child = f"(?:him|her|them|the kids|the children|both|my son|my daughter|{name})"

    def made(rows: tuple[str, ...]) -> re.Pattern[str]:
        written = (row.replace("{name}", f"(?:{name})").replace("{child}", child) for row in rows)
        return reason_words.any_of(*written)

    return _Patterns(
        made(reply_words.IN_SCHOOL), made(reply_words.NOT_IN_SCHOOL), made(reply_words.NOT_DROPPED_YET),
        made(reply_words.ON_THE_WAY),
    )  # fmt: skip
