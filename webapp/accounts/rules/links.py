"""Single-task links: one screen, one answer, no sign-in; acted on by POST only."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

LETTERS = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
TOKEN_LENGTH = 16
"""Sixteen characters of 56 that are not mistaken for one another: 92.9 bits."""
LINK_LIFETIME = timedelta(hours=48)
WITHDRAWN = "withdrawn"
_TOKEN = re.compile(f"[{LETTERS}]{{{TOKEN_LENGTH}}}")


class LinkState(StrEnum):
    """``ALTERED`` is a token that was never given out, or whose letters were changed or lost on the way."""

    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ALTERED = "altered"


class LinkRefused(ValueError):
    """A link that no longer acts. ``state`` says why."""

    def __init__(self, state: LinkState) -> None:
        super().__init__(f"the link is {state}")
        self.state = state


def looks_like_token(raw: str) -> bool:
    """False for what cannot be a token, so that nothing is looked up for it."""
    return _TOKEN.fullmatch(raw) is not None


def link_state(*, used_at: datetime | None, outcome: str, expires_at: datetime, now: datetime) -> LinkState:
    """A used link stays used after its time: the answer stands."""
    if used_at is not None:
        return LinkState.WITHDRAWN if outcome == WITHDRAWN else LinkState.USED
    return LinkState.LIVE if now < expires_at else LinkState.EXPIRED
