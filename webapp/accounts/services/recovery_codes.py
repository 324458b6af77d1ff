"""Recovery codes of staff: ten at a time, shown once, kept as slow hashes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert

from webapp.accounts.models import RecoveryCode
from webapp.accounts.queries.staff import StaffKey
from webapp.accounts.rules.links import LETTERS
from webapp.accounts.rules.second_factors import RECOVERY_CODES, shown_recovery
from webapp.accounts.services.tokens import hash_code
from webapp.foundation.db import take_ids


@dataclass(frozen=True, slots=True)
class RecoverySet:
    """New codes, as (selector, secret), and the hashes of the secrets."""

    codes: tuple[tuple[str, str], ...]
    hashes: tuple[str, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        """As they are written down."""
        return tuple(shown_recovery(*code) for code in self.codes)


def make_recovery() -> RecoverySet:
    """Slow: never inside a unit of work."""
    selectors: set[str] = set()
    while len(selectors) < RECOVERY_CODES:
        selectors.add(_letters(4))
    codes = tuple((selector, _letters(8)) for selector in sorted(selectors))
    return RecoverySet(codes, tuple(hash_code(secret) for _, secret in codes))


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def keep_recovery_in(tx: Connection, key: StaffKey, made: RecoverySet) -> None:
    """From here on these work, and none from before."""
    tx.execute(delete(RecoveryCode).where(*of_staff(key)))
    rows = [
        {"organisation_id": key.organisation_id, "id": number, "staff_id": key.staff_id, "selector": selector,
         "code_hash": hashed}
        for (selector, _), hashed, number in zip(
            made.codes, made.hashes, take_ids(tx, RecoveryCode, RECOVERY_CODES), strict=True
        )
    ]  # fmt: skip
    tx.execute(insert(RecoveryCode), rows)


def of_staff(key: StaffKey) -> tuple[ColumnElement[bool], ...]:
    """The codes of one member of staff, as conditions."""
    return RecoveryCode.organisation_id == key.organisation_id, RecoveryCode.staff_id == key.staff_id
