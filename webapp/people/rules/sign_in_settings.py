"""Settings of staff's sign-in: when a shared computer locks itself, and how long a proof lasts.

A module of their own because ``settings`` is as long as a module may be; both fill one registry.
"""

from __future__ import annotations

from webapp.people.rules.settings import _choice, _count

STAFF_CODES_ALONE = _choice(
    "staff.codes_alone", ("no", "yes"),
    "Whether staff who have a password may sign in with a code by e-mail instead of it.",
)  # fmt: skip
STAFF_SECOND_FACTOR = _choice(
    "staff.second_factor", ("by_role", "everybody"),
    "Who needs a second proof to sign in: everybody but teachers and governors, or everybody.",
)  # fmt: skip
LOCK_AFTER_MINUTES = _count(
    "staff.lock_after_minutes", 5, 1, 30, "minutes",
    "A computer that several people use locks itself when nobody has touched it for so long.",
)  # fmt: skip
PROOF_READING_MINUTES = _count(
    "staff.proof_reading_minutes", 30, 5, 240, "minutes",
    "Rights, court orders, stops and what is kept back ask for a proof again when the last one is older.",
)  # fmt: skip
PROOF_TAKING_MINUTES = _count(
    "staff.proof_taking_minutes", 10, 1, 60, "minutes",
    "Files to take away, and changes to who may sign in, ask for a proof again when the last one is older.",
)  # fmt: skip
