"""What a page said to a parent, as plain words that can be drawn again, and the proof of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

LONGEST_LINE = 2000
MOST_LINES = 400
_HALVES = ("am", "pm")


@dataclass(frozen=True, slots=True)
class Facts:
    """``lines`` are the sentences and labels in the order of the page. ``weeks`` are (Monday, fourteen symbols) as the
    family was told of them, and ``words`` what the page calls each symbol; ``told`` are the words of sessions for which
    only a report speaks, (day, "am" or "pm", words)."""

    lines: tuple[str, ...]
    weeks: tuple[tuple[date, str], ...] = ()
    told: tuple[tuple[date, str, str], ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)


def as_kept(facts: Facts) -> dict[str, Any]:
    """The facts as JSON."""
    kept: dict[str, Any] = {"lines": [line[:LONGEST_LINE] for line in facts.lines[:MOST_LINES]]}
    if facts.weeks:
        used = {symbol for _, codes in facts.weeks for symbol in codes}
        kept["weeks"] = [[monday.isoformat(), codes] for monday, codes in facts.weeks]
        kept["words"] = {symbol: facts.words[symbol] for symbol in sorted(used) if symbol in facts.words}
    if facts.told:
        kept["told"] = [[on.isoformat(), half, said] for on, half, said in facts.told]
    return kept


def digest_of_facts(kept: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the facts, written in one way whatever the database made of them."""
    return hashlib.sha256(
        json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def lines_of(*parts: str | Iterable[str | None] | None) -> tuple[str, ...]:
    """The words that are there, in order, each without its white space around."""
    found: list[str] = []
    for part in parts:
        those = [part] if isinstance(part, str) or part is None else list(part)
        found += [" ".join(str(one).split()) for one in those if one and str(one).strip()]
    return tuple(found)


def is_new(last: tuple[str, date] | None, digest: str, on: date) -> bool:
    """Whether a page is worth a row: it says something else than the last one, or the day is another."""
    return last is None or last != (digest, on)


def drawn_days(kept: Mapping[str, Any]) -> list[tuple[date, str, str]]:
    """(day, morning, afternoon) in the words of then, newest first; days of which nothing was said are left out."""
    said: dict[date, dict[str, str]] = {}
    for monday, codes in kept.get("weeks", []):
        for place, symbol in enumerate(codes):
            if words := kept.get("words", {}).get(symbol, ""):
                on = date.fromisoformat(monday) + timedelta(days=place // 2)
                said.setdefault(on, {})[_HALVES[place % 2]] = words
    for day, half, words in kept.get("told", []):
        said.setdefault(date.fromisoformat(day), {})[half] = words
    return [(on, said[on].get("am", ""), said[on].get("pm", "")) for on in sorted(said, reverse=True)]
