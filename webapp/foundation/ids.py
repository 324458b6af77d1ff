"""Names for rows in URLs: short, random, unguessable."""

from __future__ import annotations

import secrets

_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 12


def public_id() -> str:
    """Twelve characters of 56 (70 bits), none of which is mistaken for another when read out."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
