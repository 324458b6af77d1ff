"""Codes and tokens: made at random, and never stored as they are.

A token has at least 92 random bits, so a plain digest hides it. A code has twenty, so its hash is slow and salted.
"""

from __future__ import annotations

import hashlib
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.accounts.rules.codes import CODE_DIGITS
from webapp.accounts.rules.links import LETTERS, TOKEN_LENGTH

# OWASP's smallest setting of Argon2id: 19 MiB, two passes, one lane; about 30 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each hash holds 19 MiB for its 30 ms: a flood of sign-ins waits in line and does not take the memory.
_AT_ONCE = threading.BoundedSemaphore(4)


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def hash_code(code: str) -> str:
    """What is stored of a code. Slow: never inside a unit of work."""
    with _AT_ONCE:
        return _HASHER.hash(code)


def code_matches(code_hash: str, code: str) -> bool:
    """Whether the code is the one that was hashed. Slow: never inside a unit of work."""
    try:
        with _AT_ONCE:
            return _HASHER.verify(code_hash, code)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(code_hash: str) -> bool:
    """Whether something was hashed with other parameters than today's."""
    return _HASHER.check_needs_rehash(code_hash)


def new_session_token() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def new_link_token() -> str:
    """Sixteen letters and digits that survive a text message and being read out."""
    return "".join(secrets.choice(LETTERS) for _ in range(TOKEN_LENGTH))


def token_hash(token: str) -> str:
    """What is stored of a token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()
