"""What the trail's proof is made of: the digest of one entry, and the chain that each seal adds to."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

FIRST_LINK = "0" * 64
"""What the first seal of an organisation is chained to."""
STAYS = ("organisation_id", "at", "school_id", "actor_kind", "action", "subject_kind")
"""What an entry says for ever: that something was done, when, and by what sort of hand."""
PERSONAL = ("actor_id", "actor_name", "actor_position", "subject_id", "pupil_id", "detail")
"""What may have to be erased. The number is in neither: PostgreSQL gives it at the insert, and the seal has it."""

Sealed = tuple[int, str]
"""An entry's number and its digest, as a seal lists them."""


def new_salt() -> str:
    """Sixteen random bytes, in hex: without them nobody can guess contents that were erased from their digest."""
    return secrets.token_hex(16)


def personal_digest(salt: str, entry: Mapping[Any, Any]) -> str:
    """SHA-256 in hex over the salt and the personal contents, written in one way whatever the database made of them."""
    # Through JSON and back, so that what goes in (a tuple, a number as a key) reads as what comes out.
    detail = json.loads(json.dumps(entry["detail"])) if entry["detail"] else {}
    return _sha256(salt, _written({**{name: entry[name] for name in PERSONAL}, "detail": detail}))


def digest_of(personal: str, entry: Mapping[Any, Any]) -> str:
    """SHA-256 in hex over what stays and the digest of what is personal, so that either can be checked alone."""
    return _sha256(personal, _written({**{name: entry[name] for name in STAYS}, "at": instant_words(entry["at"])}))


def link_of(before: str, position: int, sealed_at: datetime, entries: Iterable[Sealed]) -> str:
    """The head of the chain after a seal: SHA-256 in hex over the head before it and all that the seal says."""
    return _sha256(before, _written([position, instant_words(sealed_at), [list(entry) for entry in entries]]))


def instant_words(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
