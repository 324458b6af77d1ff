"""Codes and tokens: made at random, and never stored as they are.

A token has at least 92 random bits, so a plain digest hides it. A code has twenty, so its hash is slow and salted.
"""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from webapp.accounts.rules.codes import CODE_DIGITS
from webapp.accounts.rules.links import LETTERS, TOKEN_LENGTH

# OWASP's smallest setting of Argon2id: 19 MiB, two passes, one lane; about 30 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def hash_code(code: str) -> str:
    """What is stored of a code. Slow: never inside a unit of work."""
    return _HASHER.hash(code)


def code_matches(code_hash: str, code: str) -> bool:
    """Whether the code is the one that was hashed. Slow: never inside a unit of work."""
    try:
        return _HASHER.verify(code_hash, code)
    except VerificationError:
        return False


def new_session_token() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def new_link_token() -> str:
    """Sixteen letters and digits that survive a text message and being read out."""
    return "".join(secrets.choice(LETTERS) for _ in range(TOKEN_LENGTH))


def token_hash(token: str) -> str:
    """What is stored of a token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()
