"""The words of Today for a pupil who looks at themselves: the same card, said to them."""

from __future__ import annotations

from typing import Any


def in_own_words(card: dict[str, Any], name: str) -> dict[str, Any]:
    """The card with "you" in the place of the name, and "I" on its buttons. That somebody thought they were in school
    is a parent's alarm, not theirs."""
    return {
        **card,
        "title": _to_you(card["title"].replace(f"where {name} is", "where you are"), name) if card["title"] else None,
        "status": {**card["status"], "text": _to_you(card["status"]["text"], name)} if card["status"] else None,
        "says": _to_you(card["says"], name),
        "actions": [
            {**action, "text": action["text"].replace(f"{name} is ", "I am ")}
            for action in card["actions"]
            if not action.get("post", "").endswith("/thought-in")
        ],
    }


def _to_you(words: str, name: str) -> str:
    for theirs, yours in ((f"{name} is ", "You are "), (f"{name} was ", "You were "), (f"{name} has ", "You have "),
                          (f"{name} came ", "You came ")):  # fmt: skip
        words = words.replace(theirs, yours)
    return words
