"""What is taken out of a text before it is shown or kept: codes and the secret end of a single-task link."""

from __future__ import annotations

import re

_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_LINK = re.compile(r"(/t/)[A-Za-z0-9_-]+")


def hide_links(text: str) -> str:
    """The text with what opens a single-task link left out: staff read what was sent and cannot act as the parent."""
    return _LINK.sub(r"\1…", text)


def hide_codes(text: str) -> str:
    """The text with its sign-in code left out."""
    return _CODE.sub("••••••", text)


def hide_secrets(text: str) -> str:
    """The text of a message that opens a door, with what opens it left out."""
    return hide_links(hide_codes(text))
