"""Words that a school has edited: {placeholders} from an allowed list, replaced in one pass and escaped.

Such text never reaches a template engine, and a value that itself looks like a placeholder stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from webapp.people.rules.refusals import Refused

_PLACEHOLDER = re.compile(r"\{ ?([a-z][a-z_]{0,30}) ?\}")
_BRACE = re.compile(r"[{}]")


class PlaceholderRefused(Refused):
    """A text with a placeholder that is not known, or with a brace that stands alone."""


def placeholders_in(text: str) -> tuple[str, ...]:
    """The names between braces, in order, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def check(text: str, allowed: Collection[str], *, needed: Collection[str] = (), field: str = "text") -> None:
    """Raises ``PlaceholderRefused`` for an unknown or missing placeholder and for a brace that is not part of one."""
    if _BRACE.search(_PLACEHOLDER.sub("", text)):
        raise PlaceholderRefused(field, f"Use braces only around one of these: {_listed(allowed)}.")
    used = placeholders_in(text)
    if any(name not in allowed for name in used):
        raise PlaceholderRefused(field, f"One of the words in braces is not known. These are: {_listed(allowed)}.")
    missing = [name for name in needed if name not in used]
    if missing:
        raise PlaceholderRefused(field, f"Put this in: {_listed(missing)}.")


def fill(text: str, values: Mapping[str, str], *, escape: Callable[[str], str] = str, field: str = "text") -> str:
    """The text with its placeholders replaced; for HTML, ``escape`` is given each value and each stretch of the text.

    Raises ``PlaceholderRefused`` as ``check`` does with the names of ``values``.
    """
    check(text, values, field=field)
    filled, end = [], 0
    for found in _PLACEHOLDER.finditer(text):
        filled += [escape(text[end : found.start()]), escape(values[found[1]])]
        end = found.end()
    return "".join([*filled, escape(text[end:])])


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
