"""How fresh a proof must be for which pages of staff: a session says who signed in, a proof who sits there now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.people.rules.settings import SettingKey, Settings
from webapp.people.rules.sign_in_settings import PROOF_READING_MINUTES, PROOF_TAKING_MINUTES


class Fresh(StrEnum):
    """For what a proof is asked again. What serves a child in danger now asks for none (decision 0014)."""

    SAFEGUARDING = "safeguarding"
    """Reading and changing rights, court orders, stops, and what is kept from a contact."""
    EXPORT = "export"
    """What leaves the service as a file, or for a device."""
    ACCESS = "access"
    """Who may sign in, and with what."""


_KEYS: dict[Fresh, SettingKey[int]] = {
    Fresh.SAFEGUARDING: PROOF_READING_MINUTES, Fresh.EXPORT: PROOF_TAKING_MINUTES, Fresh.ACCESS: PROOF_TAKING_MINUTES,
}  # fmt: skip


def lasts(what: Fresh, settings: Iterable[Settings]) -> timedelta:
    """How long a proof serves; of several schools the strictest counts. With no school, the default."""
    key = _KEYS[what]
    return timedelta(minutes=min((each[key] for each in settings), default=key.default))


def is_stale(proved_at: datetime | None, longest: timedelta, now: datetime) -> bool:
    """True where nobody has proved who is here for so long. Demo sessions carry a moment to come."""
    return proved_at is None or now - proved_at >= longest
