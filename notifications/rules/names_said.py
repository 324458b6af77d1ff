"""Which children a text speaks of, by name. A name that is nobody's, or that fits several, is left to a person."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from notifications.rules import reply_words
from notifications.rules.person_words import NO_NAMES, PERSONS, SIBLING
from webapp.people.rules.danger import plain_words

_SHORTEST_GUESSED = 4
"""Shorter names are one slip away from too many words."""


@dataclass(frozen=True, slots=True)
class Named:
    """``children`` are positions; ``sure``: nobody else can be meant; ``said``: the words name somebody, whoever was
    asked about."""

    children: tuple[int, ...]
    sure: bool
    said: bool = False


def children_named(
    words: str, first_names: Sequence[str], legal_names: Sequence[str] = (), asked: Collection[int] | None = None
) -> Named:
    """Who is meant, of all the children of a number. ``asked``: those whom the message was about that is answered;
    they are meant where nobody is named. Two of one name, and a name that is also a word (Will), are not sure.
    """
    everyone = tuple(range(len(first_names)))
    about = tuple(sorted(asked)) if asked else everyone
    names = [_names_of(first, legal_names[i] if i < len(legal_names) else "") for i, first in enumerate(first_names)]
    spoken_of = [word for pattern in PERSONS for found in pattern.finditer(words) for word in found.groups() if word]
    exact = {i for i in everyone if any(_says(words, name) for name in names[i])}
    plain = {i for i in exact if _is_plain(i, names, words, spoken_of)}
    found = plain if asked else exact
    known = [name for of in names for name in of]
    guessed, strangers = _guess([word for word in spoken_of if not any(_says(word, name) for name in known)], names)
    if strangers or SIBLING.search(words) or (asked and _begins_with_one(words, names, exact - plain)):
        return Named((), False, said=True)
    if found or guessed:
        meant = tuple(sorted(found | guessed))
        alone = all(sum(bool(names[i] & of) for of in names) == 1 for i in meant)
        return Named(meant, alone and found <= plain, said=True)
    return _everybody(words, everyone, about)


def _names_of(first: str, legal: str) -> frozenset[str]:
    """What a child goes by: the name of the register, the legal one, and its first part."""
    whole = plain_words(legal)
    return frozenset(name for name in (plain_words(first), whole, whole.split(" ")[0]) if name)


def _says(words: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}s?(?!\w)", words) is not None


def _is_plain(child: int, names: Sequence[frozenset[str]], words: str, spoken_of: Sequence[str]) -> bool:
    """False for a name that is a word, where it does not stand as a person's would."""
    said = [name for name in names[child] if _says(words, name)]
    return any(
        name not in reply_words.NAMES_THAT_ARE_WORDS or any(word in {name, f"{name}s"} for word in spoken_of)
        for name in said
    )


def _begins_with_one(words: str, names: Sequence[frozenset[str]], doubtful: Collection[int]) -> bool:
    """ "Will be late": of Will, or of the child who was asked about?"""
    return any(re.search(rf"(?:^|[.!?] ?){re.escape(name)}\b", words) for i in doubtful for name in names[i])


def _guess(unknown: Sequence[str], names: Sequence[frozenset[str]]) -> tuple[set[int], list[str]]:
    """Of words that stand as a name would: the children whose name is one slip away, and words that are nobody's."""
    guessed: set[int] = set()
    strangers = []
    for word in unknown:
        if word in NO_NAMES or not word.isalpha():
            continue
        near = {i for i, of in enumerate(names) if any(_one_slip(word, name) for name in of)}
        if len(near) == 1:
            guessed |= near
        else:
            strangers.append(word)
    return guessed, strangers


def _one_slip(word: str, name: str) -> bool:
    """One letter too many, too few, wrong, or two that changed places; the first letter is right."""
    short, long = sorted((word, name), key=len)
    if len(short) < _SHORTEST_GUESSED or len(long) - len(short) > 1 or word[0] != name[0]:
        return False
    same = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    changed = short[:same] + short[same + 1 : same + 2] + short[same : same + 1] + short[same + 2 :]
    return short[same + 1 :] == long[same + 1 :] or changed == long


def _everybody(words: str, everyone: tuple[int, ...], about: tuple[int, ...]) -> Named:
    """Nobody is named: those asked about, if it is one child, or if the words speak of them all."""
    several = reply_words.EVERY_CHILD.search(words)
    if len(everyone) <= 1 or (len(about) == 1 and several is None):
        return Named(about, True)
    if several is None:
        return Named(about, True) if reply_words.EVERYBODY.search(words) else Named((), False)
    count = next((n for word, n in reply_words.HOW_MANY.items() if word in several.group()), 0)
    if len(about) > 1 and count in {0, len(about)}:
        return Named(about, True)
    if count in {0, len(everyone)} and reply_words.SOME_CHILDREN.search(words) is None:
        return Named(everyone, True, said=True)
    return Named((), False, said=True)
