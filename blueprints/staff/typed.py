"""What a form must carry: its submission key and the version that was seen. Anything else was not sent by our page."""

from __future__ import annotations

from flask import abort, request

from webapp.people.rules.names import clean_text


def is_number(value: str, digits: int = 9) -> bool:
    """True for a whole number in plain digits; other scripts' digits pass ``isdigit`` and break ``int``."""
    return value.isascii() and value.isdigit() and len(value) <= digits


def fit_to_show(value: str) -> str:
    """What was typed, fit to stand in a page again: no NUL and no other control. Its length is the rules' matter."""
    return clean_text(value, 4 * len(value), "typed")


def typed_again() -> dict[str, str]:
    """The fields of the form as they came, for the page that says what is wrong with them."""
    return {name: fit_to_show(value) for name, value in request.form.items()}


def typed_key() -> str:
    """The key of this submission. 400 for what no page of ours has made."""
    key = request.form.get("submission_key", "")
    if not 8 <= len(key) <= 64 or not (key.isascii() and key.isprintable()):
        abort(400)
    return key


def typed_version() -> int:
    """The version that the form was made from. 400 without one."""
    return typed_number("version")


def typed_number(name: str) -> int:
    """A whole number that our own page put into the form. 400 for anything else."""
    value = request.form.get(name, "")
    if not is_number(value):
        abort(400)
    return int(value)
